"""How long Boathouse takes from SQL text to DuckDB's SQL for the queries of TPC-DS.

Needs the tables in data/tpc/tpcds (`make test` makes them); run as `python -m tests.bench.compile`.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from boathouse.app import Boathouse
from boathouse.session.execute import compiled
from boathouse.session.operations import Operation
from boathouse.session.session import Session
from boathouse.spec.commands import CreateView
from boathouse.spec.relations import DataSource
from boathouse.sql import parse_query
from tests.bench import data
from tests.bench.engines import ROOT

TABLES = ROOT / "data" / "tpc" / "tpcds"
ROUNDS = 5


def registered(session: Session, folder: Path) -> None:
    """A temporary view of `session` for each file."""
    for file in sorted(folder.glob("*.parquet")):
        source = DataSource("parquet", paths=(str(file),))
        session.command(CreateView((file.stem,), source, replace=True), Operation(file.stem))


def measured(session: Session, text: str) -> tuple[float, float]:
    """Milliseconds to parse, and to bind, rewrite, lower and render; the least of some rounds."""
    parsing: list[float] = []
    compiling: list[float] = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        spec = parse_query(text.replace('"', "`"))
        middle = time.perf_counter()
        compiled(session.plan(spec), session.engine, session.zone)
        parsing.append(middle - start)
        compiling.append(time.perf_counter() - middle)
    return min(parsing) * 1000, min(compiling) * 1000


def main() -> None:
    """Print the slowest query, and the typical one."""
    with Boathouse() as boathouse:
        session = boathouse.open_session("bench", "bench")
        registered(session, TABLES)
        times: dict[int, tuple[float, float]] = {}
        failures: dict[int, str] = {}
        for number, text in data.texts("tpcds").items():
            try:
                times[number] = measured(session, text)
            except Exception as error:  # noqa: BLE001 - every failure is told
                failures[number] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        session.close()
    print(f"TPC-DS from text to DuckDB's SQL: {len(times)} of {len(times) + len(failures)} queries")
    if times:
        slowest = max(times, key=lambda number: times[number][1])
        parse, bind = times[slowest]
        print(f"analysis and lowering, slowest (query {slowest}): {bind:.1f} ms")
        print(f"the same query's parsing: {parse:.1f} ms")
        print(f"median: {statistics.median(b for _, b in times.values()):.1f} ms")
    for number, reason in failures.items():
        print(f"FAILED query {number}: {reason}")


if __name__ == "__main__":
    main()
