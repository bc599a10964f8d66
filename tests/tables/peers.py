"""Runs in .venv-delta: other engines write and read Delta tables.

python peers.py write ROOT            delta-rs writes tables below ROOT
python peers.py read ENGINE PATH      the rows of a table as JSON, in order of their text; of several
                                      paths a list of such lists
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

ROWS = 60


def rows(first: int, count: int) -> Any:
    """A table of every plain and nested type."""
    import pyarrow as pa

    numbers = range(first, first + count)
    moment, day = datetime(2020, 1, 1, tzinfo=UTC), date(2020, 1, 1)
    columns = {
        "i": pa.array(numbers, pa.int32()),
        "l": pa.array([None if i % 7 == 0 else i for i in numbers], pa.int64()),
        "s": pa.array([f"s {i % 5}/ü=%" for i in numbers]),
        "d": pa.array([day + timedelta(days=i % 9) for i in numbers]),
        "t": pa.array([moment + timedelta(hours=i, microseconds=i) for i in numbers], pa.timestamp("us", "UTC")),
        "n": pa.array([Decimal(i % 4) / 4 for i in numbers], pa.decimal128(20, 3)),
        "f": pa.array([i / 2 for i in numbers]),
        "b": pa.array([None if i % 5 == 0 else i % 2 == 0 for i in numbers]),
        "x": pa.array([bytes([i % 256]) for i in numbers]),
        "a": pa.array([[i, None] for i in numbers], pa.list_(pa.int64())),
        "r": pa.array([{"a": i, "b": {"c": str(i)}} for i in numbers]),
        "m": pa.array([[("k", i)] for i in numbers], pa.map_(pa.string(), pa.int64())),
    }  # fmt: skip
    return pa.table(columns)


def write(root: Path) -> None:
    """Tables with appends, deletes, updates, a merge, checkpoints and optimized files."""
    import deltalake

    for name, by in (
        ("plain", None),
        ("by_text", ["s", "d"]),
        ("by_time", ["t"]),
        ("by_number", ["n", "b"]),
    ):
        place = str(root / name)
        deltalake.write_deltalake(place, rows(0, ROWS), partition_by=by)
        deltalake.write_deltalake(place, rows(ROWS, ROWS), mode="append")
        table = deltalake.DeltaTable(place)
        table.delete("i = 3 OR l = 100")
        table.update(updates={"l": "99"}, predicate="i = 5")
        table.create_checkpoint()
        deltalake.write_deltalake(place, rows(2 * ROWS, 5), mode="append")
        table = deltalake.DeltaTable(place)
        table.optimize.compact()
        table.delete("i = 7")
    feed = str(root / "feed")
    configuration = {"delta.enableChangeDataFeed": "true"}
    deltalake.write_deltalake(feed, rows(0, 9).select(["i", "s"]), configuration=configuration)
    deltalake.DeltaTable(feed).delete("i = 3")
    deltalake.DeltaTable(feed).update(updates={"s": "'new'"}, predicate="i = 5")


def read(engine: str, place: str) -> list[str]:
    """The rows that `engine` finds."""
    table: Any
    if engine == "deltalake":
        import deltalake

        table = deltalake.DeltaTable(place).to_pyarrow_table()
    elif engine == "query":
        import deltalake
        import pyarrow as pa

        builder = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(place))
        table = pa.table(builder.execute("SELECT * FROM t").read_all())
    elif engine == "feed":
        import deltalake
        import pyarrow as pa

        table = pa.table(deltalake.DeltaTable(place).load_cdf(starting_version=0).read_all())
    elif engine == "polars":
        import polars as pl

        table = pl.read_delta(place).to_arrow()
    elif engine == "kernel":
        import polars as pl
        import polars_deltalake as pd

        frame = pd.scan_delta(place)
        table = (frame.collect() if isinstance(frame, pl.LazyFrame) else frame).to_arrow()
    else:
        import duckdb
        import duckdb_extension_delta

        connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
        (binary,) = Path(duckdb_extension_delta.__file__).parent.rglob("*.duckdb_extension")
        connection.load_extension(str(binary))
        connection.execute("SET TimeZone = 'UTC'")
        table = connection.execute("SELECT * FROM delta_scan(?)", [place]).to_arrow_table()
    return shown(table.to_pylist())


def attempted(engine: str, place: str) -> list[str]:
    """The rows, or what is wrong as the only one."""
    try:
        return read(engine, place)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        return [f"{type(error).__name__}: {error}"]


def shown(found: list[dict[str, Any]]) -> list[str]:
    """Rows as texts in which equal values are equal, in order."""
    return sorted(json.dumps(plain(row), sort_keys=True) for row in found)


def plain(value: Any) -> Any:
    """A value of any engine in one form."""
    match value:
        case dict():
            return {key: plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case datetime():
            return value.replace(tzinfo=None).isoformat()
        case date():
            return value.isoformat()
        case Decimal():
            return str(value.normalize())
        case bytes() | bytearray():
            return bytes(value).hex()
        case _:
            return value


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]))
    elif len(sys.argv) == 4:
        print(json.dumps(read(*sys.argv[2:])), flush=True)
    else:
        print(json.dumps([attempted(sys.argv[2], each) for each in sys.argv[3:]]), flush=True)
    # All is said: the engines' threads sometimes abort the process while it ends of itself.
    os._exit(0)
