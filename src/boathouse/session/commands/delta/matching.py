"""INSERT ... REPLACE ON and REPLACE USING: what matches a row of the query gives way."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from boathouse.analysis.changes import bind_replacement
from boathouse.analysis.scope import Bound, StoredTable
from boathouse.plan import relations as r
from boathouse.session import execute
from boathouse.session.changes import Changing
from boathouse.session.storage import MEMORY_AND_DISK
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from boathouse.plan import expressions as e
    from boathouse.plan.changes import Change
    from boathouse.session.catalog import Table
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.spec import commands as sc
    from boathouse.tables.delta.actions import AddFile
    from boathouse.tables.delta.snapshot import Snapshot
    from boathouse.tables.delta.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Matching:
    """The rows of `snapshot` that match a row of `source`, which is read more than once."""

    command: sc.Insert
    table: Table
    snapshot: Snapshot
    source: Bound

    @property
    def text(self) -> str:
        """As the history shows it."""
        if self.command.replace_on is None:
            return f"USING ({', '.join(map(t.quoted, self.command.replace_using))})"
        origin = getattr(self.command.replace_on, "origin", None)
        return "ON" if origin is None else origin.text[origin.start : origin.stop]

    def take_away(
        self,
        session: Session,
        transaction: Transaction,
        values: Mapping[str, e.Expression],
        schema: t.StructType,
        operation: Operation,
    ) -> tuple[Sequence[AddFile], bool]:
        """Collect in `transaction` that the rows go. The files that are gone, and whether others
        say which rows of them. `values` are what the source gives to the columns, `schema` is the
        table's as it will be.
        """
        context = session.context(operation)
        stored = StoredTable(
            self.table.name.qualifier, self.snapshot.scan(session.files(operation))
        )
        change: Change = bind_replacement(
            self.command, self.source, values, stored, schema, context
        )
        changing = Changing(session, change, self.snapshot, transaction, context, operation)
        outcome = changing.run()
        return outcome.fate.gone, bool(outcome.change_files)


@contextmanager
def read_once(session: Session, bound: Bound, operation: Operation) -> Generator[Bound]:
    """`bound`, run now, its rows kept for a while: it may give others the next time."""
    plan, zone, key = bound.plan, session.zone, object()
    statement = execute.compiled(plan, session.engine, zone)
    schema = execute.schema_of(plan)
    session.cache.add(key, schema, lambda: statement.query(zone), MEMORY_AND_DISK)
    try:
        kept = session.cache.source(key, lambda stream: operation.on_cancel(stream.interrupt))
        assert kept is not None  # noqa: S101 - just added
        yield replace(bound, plan=r.Scan(kept, kept.schema.names, plan.output))
    finally:
        session.cache.remove(key)
