"""Statements that keep the rows of a query as a table inside the engine.

The table lies in the cache database, which compresses it and lets it spill; a view of the same name
in the main database makes it an ordinary table for queries.
"""

from __future__ import annotations

from collections.abc import Sequence

from boathouse.duck.engine import CACHE
from boathouse.duck.render import quote


def store(name: str, columns: Sequence[str], sql: str) -> tuple[str, str]:
    """Two statements, to be run in order: keep the rows of `sql` under the new `name` with
    `columns` by position, and make them visible.
    """
    # DuckDB has no table without columns.
    names = ",".join(quote(column) for column in columns) or quote(" ")
    table = f"{CACHE}.main.{quote(name)}"
    return (
        f"CREATE TABLE {table} AS SELECT * FROM ({sql}) AS t({names})",
        f"CREATE VIEW memory.main.{quote(name)} AS SELECT * FROM {table}",
    )


def discard(name: str) -> tuple[str, str]:
    """Two statements that undo `store`; nothing happens where there is nothing."""
    return (
        f"DROP VIEW IF EXISTS memory.main.{quote(name)}",
        f"DROP TABLE IF EXISTS {CACHE}.main.{quote(name)}",
    )
