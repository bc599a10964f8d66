"""Delta tables: how long a log takes to open, a selective query to plan, a table to be read."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import boathouse
from boathouse.session.delta import log_at
from boathouse.tables.delta.checkpoint_writing import write_checkpoint
from boathouse.tables.delta.log import DeltaLog
from boathouse.tables.storage import storage_of
from tests.tables.builder import TableBuilder, metadata, protocol

COMMITS = 10_000
FILES = 5_000
ROUNDS = 5


def best(work: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, float]:
    """The least wall-clock and CPU seconds of some rounds."""
    walls: list[float] = []
    cpus: list[float] = []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus)


def measure(place: Path, tpch: Path) -> list[str]:
    """The lines of the report; tables are made below `place` once."""
    lines = ["| Delta | wall s | CPU s |", "|---|---|---|"]

    def line(what: str, times: tuple[float, float]) -> None:
        lines.append(f"| {what} | {times[0]:.3f} | {times[1]:.3f} |")
        print(lines[-1], flush=True)

    commits = str(long_log(place / "commits"))
    line(f"open {COMMITS:,} commits, no checkpoint", best(lambda: opened(commits), 2))
    checkpointed = str(with_checkpoint(place / "commits", place / "checkpointed"))
    line(f"open {COMMITS:,} commits with a checkpoint", best(lambda: opened(checkpointed)))
    files = many_files(place / "files")
    with boathouse.session() as spark:
        query = f"SELECT name FROM delta.`{files}` WHERE id = 31234"
        line(f"one of {FILES:,} files, first time", best(lambda: spark.sql(query).collect(), 1))
        line(f"one of {FILES:,} files, whole query", best(lambda: spark.sql(query).collect()))
        compare(spark, tpch, place / "lineitem", line)
    return lines


def compare(spark: Any, tpch: Path, place: Path, line: Callable[..., None]) -> None:
    """The same Parquet file read as it is and through a log."""
    log = TableBuilder(place)
    if not place.exists():
        source = tpch / "lineitem.parquet"
        schema = spark.read.parquet(str(source)).schema.jsonValue()
        add = {"path": source.as_uri(), "partitionValues": {}, "size": source.stat().st_size,
               "modificationTime": 0, "dataChange": True}  # fmt: skip
        log.commit(protocol(), metadata(schema), {"add": add})
    sources = {"Parquet": f"parquet.`{tpch / 'lineitem.parquet'}`", "Delta": f"delta.`{place}`"}
    totals = {}
    for name, source in sources.items():
        queries = [query.format(source) for query in QUERIES]
        totals[name] = best(lambda queries=queries: [spark.sql(q).collect() for q in queries])
        line(f"lineitem, three queries, {name}", totals[name])
    line(
        "Delta / Parquet",
        tuple(a / b for a, b in zip(totals["Delta"], totals["Parquet"], strict=True)),
    )


QUERIES = (
    "SELECT sum(l_extendedprice * l_discount) FROM {} WHERE l_shipdate >= '1994-01-01' AND l_discount BETWEEN 0.05 AND 0.07",
    "SELECT l_returnflag, l_linestatus, sum(l_quantity), avg(l_discount), count(*) FROM {} GROUP BY 1, 2",
    "SELECT l_shipmode, count(DISTINCT l_suppkey) FROM {} GROUP BY 1",
)


def opened(place: str) -> None:
    """Open the newest snapshot, with nothing known of it."""
    DeltaLog(storage_of(place)).snapshot()


def long_log(root: Path) -> Path:
    """A log of commits that add five files each, which are not there."""
    if root.exists():
        return root
    table = TableBuilder(root)
    table.created("id BIGINT, name STRING, d DATE")
    for version in range(1, COMMITS + 1):
        table.commit(*[added(version * 5 + number) for number in range(5)])
    return root


def added(number: int) -> dict[str, Any]:
    """The action that adds file `number`."""
    stats = {
        "numRecords": 10,
        "minValues": {"id": number * 10, "name": f"n{number}", "d": "2020-01-01"},
        "maxValues": {"id": number * 10 + 9, "name": f"n{number}z", "d": "2020-12-31"},
        "nullCount": {"id": 0, "name": 0, "d": 0},
    }
    value = {"path": f"part-{number:06}.parquet", "partitionValues": {}, "size": 1000, "modificationTime": 0,
             "dataChange": True, "stats": json.dumps(stats)}  # fmt: skip
    return {"add": value}


def with_checkpoint(source: Path, root: Path) -> Path:
    """A copy of a log with a checkpoint at its end."""
    if root.exists():
        return root
    shutil.copytree(source, root)
    write_checkpoint(log_at(str(root)).snapshot())
    return root


def many_files(root: Path) -> Path:
    """A table of many small files that are there."""
    if root.exists():
        return root
    table = TableBuilder(root)
    table.created("id BIGINT, name STRING, d DATE")
    actions: list[dict[str, Any]] = []
    for number in range(FILES):
        first = number * 10
        data = {"id": range(first, first + 10), "name": [f"n{n}" for n in range(10)],
                "d": [date(2020, 1, 1) + timedelta(days=number % 365)] * 10}  # fmt: skip
        actions.append(table.file(pa.table(data), name=f"f{number}.parquet"))
    table.commit(*actions)
    assert pq.read_metadata(root / "f0.parquet").num_rows == 10
    return root
