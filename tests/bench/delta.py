"""Delta tables: what a write costs beside DuckDB's bare COPY of the same rows."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from boathouse import sql
from boathouse.app import Boathouse
from boathouse.session.operations import Operation
from boathouse.session.session import Session
from boathouse.spec import commands as sc

ROWS = 20_000_000
_ROUNDS = 3
_QUERY = (
    "SELECT {id} AS id, ({id} * 7919) % 1000003 AS key, {id} * 0.5 AS price,"
    " CAST(({id} % 1000) AS {text}) AS name FROM {source}"
)


def _seconds(run: Callable[[], object]) -> tuple[float, float]:
    """Wall clock and CPU seconds of `run`, the medians of some rounds."""
    walls, processors = [], []
    for _ in range(_ROUNDS):
        before, start = os.times(), time.perf_counter()
        run()
        after = os.times()
        walls.append(time.perf_counter() - start)
        processors.append(after.user + after.system - before.user - before.system)
    return statistics.median(walls), statistics.median(processors)


def _statement(session: Session, text: str) -> None:
    statement = sql.parse_statement(text, session.parser_settings())
    assert isinstance(statement, sc.Command)
    session.command(statement, Operation(""))


def _copies(folder: Path) -> tuple[float, float]:
    connection = duckdb.connect()
    query = _QUERY.format(id="range", text="VARCHAR", source=f"range({ROWS})")
    return _seconds(
        lambda: connection.execute(
            f"COPY ({query}) TO '{folder / 'bare.parquet'}' (FORMAT parquet)"
        ).fetchall()
    )


def report() -> str:
    """Append and full overwrite as times of the bare COPY."""
    folder = Path(tempfile.mkdtemp(prefix="boathouse-bench-"))
    try:
        bare = _copies(folder)
        lines = ["## Delta writes", "", f"{ROWS:,} rows of four columns; median of {_ROUNDS}.", ""]
        lines += [
            "| what | seconds | CPU seconds | x COPY | x COPY's CPU |",
            "|---|---|---|---|---|",
        ]
        lines.append(f"| DuckDB COPY | {bare[0]:.2f} | {bare[1]:.2f} | 1.00 | 1.00 |")
        query = _QUERY.format(id="id", text="STRING", source=f"range({ROWS})")
        with Boathouse(folder / "data") as boathouse:
            session = boathouse.open_session("bench", "bench")
            for profile in ("rich", "plain"):
                _statement(
                    session,
                    f"CREATE TABLE {profile} USING delta TBLPROPERTIES"
                    f" ('boathouse.profile' = '{profile}') AS {query} LIMIT 0",
                )
                for verb in ("INSERT INTO", "INSERT OVERWRITE"):
                    text = f"{verb} {profile} {query}"
                    wall, processor = _seconds(lambda text=text: _statement(session, text))
                    lines.append(
                        f"| {verb}, {profile} | {wall:.2f} | {processor:.2f}"
                        f" | {wall / bare[0]:.2f} | {processor / bare[1]:.2f} |"
                    )
        return "\n".join([*lines, ""])
    finally:
        shutil.rmtree(folder)
