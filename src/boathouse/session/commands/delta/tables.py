"""Delta tables made, replaced and emptied."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import AnalysisError
from boathouse.files.formats import nullable
from boathouse.session import execute
from boathouse.session.catalog import Table, TableName
from boathouse.session.commands.delta.files import write_metrics, write_rows
from boathouse.session.commands.delta.rows import stored_rows
from boathouse.session.delta import DELTA, log_at
from boathouse.session.delta_writing import PROFILE_SETTING, begin, table_properties
from boathouse.tables.delta.creation import CLUSTERING, RICH, Definition, created
from boathouse.tables.delta.data_files import Target
from boathouse.tables.delta.transaction import now
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boathouse.plan import relations as r
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.tables.delta.log import DeltaLog
    from boathouse.tables.delta.transaction import Transaction


@dataclass(frozen=True, slots=True)
class NewTable:
    """A Delta table to be made at `path`; `name` is None for one known by its path alone. `rows` is
    the query that fills it, `replaces` whether one that is there gives way.
    """

    path: str
    name: TableName | None = None
    schema: t.StructType = field(default_factory=lambda: t.StructType(()))
    partition_by: tuple[str, ...] = ()
    cluster_by: tuple[tuple[str, ...], ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    comment: str | None = None
    external: bool = False
    rows: r.Relation | None = None
    replaces: bool = False
    creates: bool = True
    options: Mapping[str, str] = field(default_factory=dict)
    constraints: Mapping[str, str] = field(default_factory=dict)
    """CHECK constraints by the key of their property."""

    @property
    def operation(self) -> str:
        """As the history calls it."""
        if self.name is None:
            return "WRITE"
        verb = "CREATE OR REPLACE TABLE" if self.replaces and self.creates else "CREATE TABLE"
        verb = verb if self.creates else "REPLACE TABLE"
        return verb if self.rows is None else f"{verb} AS SELECT"

    @property
    def shown(self) -> str:
        """As messages call it."""
        return f"delta.`{self.path}`" if self.name is None else self.name.shown


def make(session: Session, new: NewTable, operation: Operation) -> None:
    """Make the table; its name is known once it is there."""
    log = log_at(new.path)
    profile = "plain" if new.external else session.settings.text(PROFILE_SETTING).lower()
    properties = table_properties(session, new.properties, profile=profile, rich=RICH)
    # What a query happens to give now promises nothing for rows to come.
    schema = new.schema if new.rows is None else nullable(execute.schema_of(new.rows))
    definition = Definition(
        schema,
        _spelled(new, schema),
        new.cluster_by,
        {**properties, **new.constraints},
        comment=new.comment,
    )
    _commit(session, new, log, definition, operation)
    session.warehouse.changed(new.path)
    if new.name is not None:
        session.warehouse.put(catalog_entry(new))


def catalog_entry(new: NewTable) -> Table:
    """What the catalog remembers: all else is in the table's log."""
    assert new.name is not None  # noqa: S101 - asked by the caller
    return Table(
        new.name,
        DELTA,
        t.StructType(()),
        path=new.path,
        external=new.external,
        created=time.time_ns() // 1_000_000,
    )


def _spelled(new: NewTable, schema: t.StructType) -> tuple[str, ...]:
    """The partition columns as the schema spells them."""
    known = {f.name.lower(): f.name for f in schema.fields}
    for name in new.partition_by:
        if name.lower() not in known:
            raise AnalysisError(
                "DELTA_COLUMN_NOT_FOUND_IN_SCHEMA", columnName=name, tableSchema=schema.simple
            )
    if new.partition_by and len(new.partition_by) == len(schema):
        raise AnalysisError("DELTA_CANNOT_USE_ALL_COLUMNS_FOR_PARTITION")
    return tuple(known[name.lower()] for name in new.partition_by)


def _commit(
    session: Session,
    new: NewTable,
    log: DeltaLog,
    definition: Definition,
    operation: Operation,
) -> None:
    snapshot = log.snapshot() if log.exists() else None
    actions = created(
        definition, None if snapshot is None else (snapshot.protocol, snapshot.metadata)
    )
    transaction = begin(session, snapshot or log, new.operation, _parameters(new, definition))
    transaction.add(*actions)
    if snapshot is not None:
        transaction.read_whole()
        transaction.add(*(file.removed(now()) for file in snapshot.files.files()))
        before = snapshot.domains.get(CLUSTERING)
        if before is not None and not definition.cluster_by:
            transaction.add(replace(before, removed=True))
    if new.rows is not None:
        _fill(session, new, transaction, operation)
    transaction.commit()


def require_same_place(table: Table, place: str | None) -> None:
    """DELTA_TABLE_LOCATION_MISMATCH where `table` is to be made anew, or written, elsewhere."""
    if place is None or place == table.path:
        return
    raise AnalysisError(
        "DELTA_TABLE_LOCATION_MISMATCH",
        tableName=table.name.shown,
        existingTableLocation=f"`{table.path}`",
        tableLocation=f"`{place}`",
    )


def _fill(session: Session, new: NewTable, transaction: Transaction, operation: Operation) -> None:
    """The query's rows, as the table's first."""
    rows = new.rows
    assert rows is not None  # noqa: S101 - asked by the caller
    target = Target.of(transaction.log.storage, transaction.metadata, new.cluster_by)
    context = session.context(operation)
    given = {a.name: a for a in rows.output}
    name = new.name or TableName("delta", new.path)
    table = Table(name, DELTA, target.schema, path=new.path)
    plan = stored_rows(rows, given, table, context, target.schema.fields, target.properties)
    files = write_rows(session, plan, target, operation, new.options)
    transaction.add(*files)
    transaction.metrics = write_metrics(files)


def _parameters(new: NewTable, definition: Definition) -> dict[str, Any]:
    if new.name is None:
        return {"mode": "ErrorIfExists", "partitionBy": json.dumps(list(definition.partition_by))}
    return {
        "partitionBy": json.dumps(list(definition.partition_by)),
        "clusterBy": json.dumps([".".join(path) for path in definition.cluster_by]),
        "description": new.comment or "null",
        "isManaged": "false" if new.external else "true",
        "properties": json.dumps(dict(new.properties)),
    }
