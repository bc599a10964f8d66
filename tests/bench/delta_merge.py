"""Delta tables: MERGE of updates at random keys and some inserts, beside delta-rs.

Each engine works in a process of its own: its CPU time for the statement, its peak memory over all,
and how much of that was not there before the statement (libraries, the engine, the opened session).
`python -m tests.bench.delta_merge ENGINE TABLE SOURCE` is one such process.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 2_000_000
_FILES = 20
_SHARE, _NEW = 200, 2000
"""One row in so many is updated; one for so many is inserted."""
_ROOT = Path(__file__).parents[2]
_OTHERS = _ROOT / ".venv-delta" / "bin" / "python"
_ON = "t.id = s.id"


def report(rows: int = ROWS) -> str:
    """A table: CPU seconds, wall clock, peak memory, bytes written."""
    folder = Path(tempfile.mkdtemp(prefix="boathouse-bench-"))
    try:
        _make(folder, rows)
        found = {"Boathouse": _measured(sys.executable, "boathouse", folder)}
        if _OTHERS.exists():
            found["delta-rs"] = _measured(str(_OTHERS), "delta-rs", folder)
    finally:
        shutil.rmtree(folder)
    title = (
        f"## MERGE of {rows // _SHARE:,} updates and {rows // _NEW:,} inserts into {rows:,} rows "
        f"in {_FILES} files\n"
    )
    lines = [
        "| engine | CPU s | s | peak MB | of it for the statement | MB written |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in found.items():
        lines.append(
            f"| {name} | {one['cpu']:.2f} | {one['wall']:.2f} | {one['peak']:.0f} "
            f"| {one['peak'] - one['before']:.0f} | {one['written']:.1f} |"
        )
    if len(found) > 1:
        ours, theirs = found.values()
        lines.append(
            f"\ndelta-rs takes {theirs['cpu'] / ours['cpu']:.1f} times the CPU and "
            f"{theirs['peak'] / ours['peak']:.1f} times the memory; for the statement alone "
            f"{_statement(theirs) / _statement(ours):.1f} times."
        )
    return "\n".join([title, *lines, ""])


def _statement(one: dict[str, float]) -> float:
    return one["peak"] - one["before"]


def _make(folder: Path, rows: int) -> None:
    """The same rows as two tables, one for each engine's defaults, and the source.

    A row takes some 50 bytes in a file, for a digest can't be compressed.
    """
    for name, profile in (("boathouse", "rich"), ("delta-rs", "plain")):
        made = [
            (
                f"CREATE TABLE made (id BIGINT, key BIGINT, price DOUBLE, name STRING, "
                f"digest STRING) USING delta "
                f"LOCATION '{folder / name}' TBLPROPERTIES ('boathouse.profile' = '{profile}')"
            )
        ]
        part = rows // _FILES
        made += [
            f"INSERT INTO made SELECT id, id % 1000003, id * 0.5D, concat('name ', id % 100000), "
            f"md5(CAST(id AS STRING)) "
            f"FROM range({at * part}, {(at + 1) * part})"
            for at in range(_FILES)
        ]
        _boathouse([*made, "DROP TABLE made"])
    inserts = rows // _NEW
    _boathouse(
        [
            (
                f"INSERT OVERWRITE DIRECTORY '{folder / 'source'}' USING parquet "
                f"SELECT id * {_SHARE} + pmod(hash(id), {_SHARE}) AS id, 1L AS key, 2.5D AS price, "
                f"'new' AS name, 'none' AS digest FROM range({rows // _SHARE}) "
                f"UNION ALL SELECT {rows} + id, 1L, 2.5D, 'new', 'none' FROM range({inserts})"
            )
        ]
    )


def _measured(python: str, engine: str, folder: Path) -> dict[str, float]:
    table = folder / engine
    before = sum(file.stat().st_size for file in table.rglob("*") if file.is_file())
    command = [python, __file__, engine, str(table), str(folder / "source")]
    # The bare file, so that an environment without Boathouse can run it too.
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=_ROOT, env={**os.environ}
    )
    after = sum(file.stat().st_size for file in table.rglob("*") if file.is_file())
    return {**json.loads(done.stdout.splitlines()[-1]), "written": (after - before) / 1e6}


def _mark() -> tuple[float, float]:
    """CPU seconds so far, megabytes resident now."""
    with Path("/proc/self/statm").open() as file:
        pages = int(file.read().split()[1])
    return time.process_time(), pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _peak() -> float:
    """The most megabytes that were resident; what getrusage says counts the process before exec."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _boathouse(statements: list[str]) -> list[tuple[float, float]]:
    from boathouse import sql
    from boathouse.app import Boathouse
    from boathouse.cli.startup import spare_pandas
    from boathouse.session.operations import Operation
    from boathouse.spec import commands as sc

    marks: list[tuple[float, float]] = []
    spare_pandas()  # as `boathouse sql` does
    with Boathouse() as boathouse:
        session = boathouse.open_session("bench", "bench")
        for text in statements:
            statement = sql.parse_statement(text, session.parser_settings())
            marks.append(_mark())
            assert isinstance(statement, sc.Command)
            session.command(statement, Operation(""))
        marks.append(_mark())
    return marks


def _merge_here(table: str, source: str) -> tuple[float, float]:
    """CPU seconds of the statement, megabytes before it."""
    merge = (
        f"MERGE INTO delta.`{table}` t USING parquet.`{source}` s ON {_ON} "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
    _, start, end = _boathouse(["SHOW DATABASES", merge])
    return end[0] - start[0], start[1]


def _merge_there(table: str, source: str) -> tuple[float, float]:
    """CPU seconds of the statement, megabytes before it."""
    import pyarrow.parquet as pq

    there = importlib.import_module("deltalake").DeltaTable(table)
    rows = pq.read_table(source)
    start, before = _mark()
    merging = there.merge(
        rows, _ON.replace("t.", "target.").replace("s.", "source."), "source", "target"
    )
    merging.when_matched_update_all().when_not_matched_insert_all().execute()
    return time.process_time() - start, before


if __name__ == "__main__":
    _, which, table_, source_ = sys.argv
    start_ = time.perf_counter()
    cpu, before_ = (_merge_here if which == "boathouse" else _merge_there)(table_, source_)
    peak = _peak()
    wall_ = time.perf_counter() - start_
    print(json.dumps({"cpu": cpu, "wall": wall_, "peak": peak, "before": before_}))
