"""A process that writes to Delta tables until it is killed: `python -m tests.faults.worker`.

It says on standard output what was acknowledged, one line each, at once.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from boathouse import sql
from boathouse.app import Boathouse
from boathouse.session.operations import Operation
from boathouse.spec import commands as sc


class Writer:
    """A session without a server, so that a process starts quickly."""

    def __init__(self, place: Path) -> None:
        self.boathouse = Boathouse(place / "data")
        self.session = self.boathouse.open_session("writer", "writer")

    def run(self, text: str) -> None:
        statement = sql.parse_statement(text, self.session.parser_settings())
        assert isinstance(statement, sc.Command)
        self.session.command(statement, Operation(""))


def appends(writer: Writer, table: str, who: str, count: int) -> None:
    """`count` commits of two rows each: (who, number)."""
    for number in range(count):
        writer.run(
            f"INSERT INTO delta.`{table}` SELECT '{who}' AS who, {number} AS number, id AS part"
            " FROM range(2)"
        )
        print("append", who, number, flush=True)


def overwrites(writer: Writer, table: str, who: str, count: int) -> None:
    """All rows replaced, `count` times."""
    for number in range(count):
        writer.run(
            f"INSERT OVERWRITE delta.`{table}` SELECT '{who}' AS who, {number} AS number, id AS part"
            " FROM range(100)"
        )
        print("overwrite", who, number, flush=True)


def mixed(writer: Writer, place: Path, who: str) -> None:
    """Appends to one table and overwrites of another, until the end."""
    for number in range(1_000_000):
        appended, overwritten = place / "appended", place / "overwritten"
        row = f"SELECT '{who}' AS who, {number} AS number, id AS part FROM range"
        writer.run(f"INSERT INTO delta.`{appended}` {row}(2)")
        print("append", who, number, flush=True)
        writer.run(f"INSERT OVERWRITE delta.`{overwritten}` {row}(100)")
        print("overwrite", who, number, flush=True)


def merges(writer: Writer, table: str, who: str) -> None:
    """Every second row changed in place, then all files packed and now and then the old ones taken
    away, until the end.
    """
    writer.run("SET spark.databricks.delta.retentionDurationCheck.enabled = false")
    for number in range(1_000_000):
        writer.run(
            f"MERGE INTO delta.`{table}` t USING (SELECT 2 * id AS part FROM range(50)) s"
            " ON t.part = s.part"
            f" WHEN MATCHED THEN UPDATE SET who = '{who}', number = {number}"
        )
        print("merge", who, number, flush=True)
        writer.run(f"OPTIMIZE delta.`{table}`")
        print("optimize", who, number, flush=True)
        if number % 2 == 0:
            writer.run(f"VACUUM delta.`{table}` RETAIN 0 HOURS")
            print("vacuum", who, number, flush=True)


def main() -> None:
    """``worker PLACE KIND WHO [COUNT]``."""
    place, kind, who, *rest = sys.argv[1:]
    root = Path(place)
    with tempfile.TemporaryDirectory() as folder:
        writer = Writer(Path(folder))
        print("ready", flush=True)
        if kind == "mixed":
            mixed(writer, root, who)
        elif kind == "merge":
            merges(writer, str(root / "merged"), who)
        elif kind == "append":
            sys.stdin.readline()
            appends(writer, str(root / "appended"), who, int(rest[0]))
        writer.boathouse.close()


if __name__ == "__main__":
    main()
