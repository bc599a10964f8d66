"""Delta tables: how many of its files a filter about two columns leaves to be read."""

from __future__ import annotations

import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from boathouse import sql
from boathouse.app import Boathouse
from boathouse.plan import relations as r
from boathouse.plan.tree import walk_relations
from boathouse.session import execute
from boathouse.session.operations import Operation
from boathouse.session.session import Session
from boathouse.spec import commands as sc
from boathouse.spec import relations as sr
from boathouse.tables.delta.scan import DeltaScan

ROWS = 2_000_000
FILES = 100
QUERIES = 50
SPAN = 0.1
"""The part of each column's values that a filter asks for."""


def _run(session: Session, text: str) -> float:
    """Seconds of a statement."""
    statement = sql.parse_statement(text, session.parser_settings())
    assert isinstance(statement, sc.Command)
    start = time.perf_counter()
    session.command(statement, Operation(""))
    return time.perf_counter() - start


def _files(session: Session, text: str) -> tuple[int, int]:
    """How many files a query reads, and how many its table has."""
    relation = sql.parse_statement(text, session.parser_settings())
    assert isinstance(relation, sr.Relation)
    plan = execute.rewritten(session.plan(relation), session.engine, session.zone)
    [scan] = [node for node in walk_relations(plan) if isinstance(node, r.Scan)]
    assert isinstance(scan.source, DeltaScan)
    names = {a.id: name for a, name in zip(scan.attributes, scan.columns, strict=True)}
    return len(scan.source.pruned(scan.filters, names).chosen), scan.source.index.count


def _share(session: Session, table: str) -> tuple[float, int]:
    """The mean share of files that filters about both columns read, and how many files there are."""
    random.seed(1)
    shares: list[float] = []
    count = 0
    for _ in range(QUERIES):
        x, y = (random.random() * (1 - SPAN) for _ in range(2))
        where = f"x BETWEEN {x}D AND {x + SPAN}D AND y BETWEEN {y}D AND {y + SPAN}D"
        read, count = _files(session, f"SELECT sum(v) FROM {table} WHERE {where}")
        shares.append(read / count)
    return statistics.mean(shares), count


def report() -> str:
    """The share of files read of a table as it was written, in Z-order, and clustered."""
    folder = Path(tempfile.mkdtemp(prefix="boathouse-bench-"))
    lines = [
        "## Delta layout",
        "",
        f"{ROWS:,} rows; filters that ask for a tenth of each of two columns, the mean of {QUERIES}.",
        "",
        "| what | files | share of files read | seconds of OPTIMIZE |",
        "|---|---|---|---|",
    ]
    number = "pmod(xxhash64(id, {}), 1000000) / 1000000D"
    x, y = number.format(1), number.format(2)
    rows = f"SELECT {x} AS x, {y} AS y, id AS v FROM range({ROWS})"
    size = ROWS * 21 // FILES
    try:
        with Boathouse(folder / "data") as boathouse:
            session = boathouse.open_session("bench", "bench")
            for name, clause, statement in (
                ("as written", "", ""),
                ("ZORDER BY (x, y)", "", "OPTIMIZE t ZORDER BY (x, y)"),
                ("CLUSTER BY (x, y)", "CLUSTER BY (x, y)", "OPTIMIZE t"),
            ):
                _run(
                    session,
                    f"CREATE OR REPLACE TABLE t USING delta {clause} TBLPROPERTIES"
                    f" ('delta.targetFileSize' = '{size}') AS {rows}",
                )
                seconds = _run(session, statement) if statement else 0.0
                share, count = _share(session, "t")
                lines.append(f"| {name} | {count} | {share:.1%} | {seconds:.2f} |")
        return "\n".join([*lines, ""])
    finally:
        shutil.rmtree(folder)
