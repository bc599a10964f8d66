"""SQL statements that make and empty Delta tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError
from boathouse.session.commands import defaults
from boathouse.session.commands.delta.checks import condition_of, require_generable
from boathouse.session.commands.delta.saves import column_of
from boathouse.session.commands.delta.tables import (
    NewTable,
    catalog_entry,
    make,
    require_same_place,
)
from boathouse.session.delta import is_delta, log_at
from boathouse.session.delta_writing import begin, current, snapshot_of
from boathouse.tables.delta.conditions import (
    CONSTRAINT,
    Identity,
    with_generation,
    with_identity,
)
from boathouse.tables.delta.transaction import now
from boathouse.tables.object_storage import is_object_uri
from boathouse.tables.storage import place_of, storage_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.session.catalog import Table, TableName
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.spec import commands as sc


def create_table(
    session: Session, command: sc.CreateTable, name: TableName, operation: Operation
) -> None:
    """CREATE [OR REPLACE] TABLE, REPLACE TABLE, each with or without a query."""
    if session.warehouse.is_delta_path(command.name):
        _create_at_path(session, command, place_of(command.name[1]), operation)
        return
    existing = session.warehouse.find(name)
    if existing is not None and not command.replace:
        if command.if_not_exists:
            return
        raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=name.shown)
    if existing is None and not command.create:
        raise AnalysisError("DELTA_CANNOT_REPLACE_MISSING_TABLE", tableName=name.shown)
    if existing is not None and (existing.is_view or not is_delta(existing.provider)):
        raise AnalysisError("DELTA_NOT_A_DELTA_TABLE", tableName=name.shown)
    location = _location(command)
    if command.external and location is None:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1069")
    new = _definition(session, command, name, existing, location, operation)
    log = log_at(new.path)
    if not command.replace and new.external and log.exists():
        _adopt(session, new)
    elif not new.schema.fields and new.rows is None:
        raise _without_schema(new)
    else:
        _require_room(new, log.exists(), replaces=command.replace)
        make(session, new, operation)


def _create_at_path(
    session: Session, command: sc.CreateTable, place: str, operation: Operation
) -> None:
    """CREATE TABLE delta.`path`: a table that no catalog has a name for."""
    there = log_at(place).exists()
    shown = f"delta.`{place}`"
    if there and not command.replace:
        if command.if_not_exists:
            return
        raise AnalysisError("DELTA_TABLE_ALREADY_EXISTS", tableName=shown)
    if not there and not command.create:
        raise AnalysisError("DELTA_CANNOT_REPLACE_MISSING_TABLE", tableName=shown)
    new = _definition(session, command, None, None, place, operation)
    if not new.schema.fields and new.rows is None:
        raise _without_schema(new)
    _require_room(new, there, replaces=command.replace)
    make(session, new, operation)


def create_like(
    session: Session,
    command: sc.CreateTableLike,
    name: TableName,
    schema: t.StructType,
    like: Table | None,
    operation: Operation,
) -> None:
    """CREATE TABLE ... LIKE: the columns of another, and what a Delta table has besides."""
    location = None if command.location is None else place_of(command.location)
    own = {} if like is None or not is_delta(like.provider) else like.properties
    kept = {k: v for k, v in own.items() if not k.startswith(_OF_THE_SOURCE)}
    new = NewTable(
        location or str(session.warehouse.location_of(name)),
        name,
        schema,
        () if like is None else like.partition_by,
        properties={**kept, **dict(command.properties)},
        external=location is not None,
    )
    _require_room(new, log_at(new.path).exists(), replaces=False)
    make(session, new, operation)


_OF_THE_SOURCE = (
    "delta.columnMapping.",
    "delta.rowTracking.",
    "delta.min",
    "delta.feature.",
    "delta.constraints.",
    "delta.inCommitTimestampEnablement",
)


def _location(command: sc.CreateTable) -> str | None:
    path = next((v for k, v in command.options if k.lower() == "path"), None)
    location = command.location if command.location is not None else path
    return None if location is None else place_of(location)


def _definition(
    session: Session,
    command: sc.CreateTable,
    name: TableName | None,
    existing: Table | None,
    location: str | None,
    operation: Operation,
) -> NewTable:
    place = location
    if place is None:
        assert name is not None  # noqa: S101 - a table without one has a location
        own = existing.path if existing is not None else None
        place = own or str(session.warehouse.location_of(name))
    if existing is not None:
        require_same_place(existing, location)
    external = location is not None if existing is None else existing.external
    rows = None if command.input is None else session.plan(command.input, operation)
    schema = t.StructType(tuple(_column(session, c) for c in command.columns))
    require_generable(session, schema)
    return NewTable(
        place,
        name,
        schema,
        tuple(column_of(x) for x in command.partition_by),
        tuple(tuple(column.split(".")) for column in command.cluster_by),
        dict(command.properties),
        command.comment,
        external=external,
        rows=rows,
        replaces=command.replace,
        creates=command.create,
        constraints=_constraints(command),
        options={k.lower(): v for k, v in command.options},
    )


def _constraints(command: sc.CreateTable) -> dict[str, str]:
    return {
        f"{CONSTRAINT}{name.lower() or f'check_{number}'}": condition_of(text)
        for number, (name, text) in enumerate(command.constraints, 1)
    }


def _column(session: Session, definition: sc.ColumnDefinition) -> t.StructField:
    """A column with default, generation and identity in its metadata."""
    column = defaults.stored_column(session, definition, "CREATE TABLE")
    if definition.generated is not None:
        column = with_generation(column, definition.generated)
    if definition.identity is not None:
        start, step, given = definition.identity
        column = with_identity(column, Identity(start, step, given))
    return column


def _require_room(new: NewTable, there: bool, *, replaces: bool) -> None:  # noqa: FBT001 - a fact
    """A place with files that no log knows, or with a table that no catalog does, is not taken."""
    if there and replaces:
        return
    entries = storage_of(new.path).walk()
    if there or any(not entry.name.startswith(("_", ".")) for entry in entries):
        raise AnalysisError(
            "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION",
            tableId=new.shown,
            tableLocation=new.path if is_object_uri(new.path) else f"file:{new.path}",
        )


def _without_schema(new: NewTable) -> AnalysisError:
    if new.external:
        return AnalysisError(
            "DELTA_CREATE_EXTERNAL_TABLE_WITHOUT_TXN_LOG",
            tableName=new.shown,
            path=new.path,
            docLink="https://docs.delta.io/latest/index.html",
        )
    return AnalysisError("DELTA_SCHEMA_NOT_PROVIDED")


def _adopt(session: Session, new: NewTable) -> None:
    """A name for the table that is there already, if it is what was asked for."""
    entry = catalog_entry(new)
    there = current(entry)
    if new.rows is not None:
        raise AnalysisError(
            "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION",
            tableId=new.shown,
            tableLocation=f"file:{new.path}",
        )
    if new.schema.fields and not _same(new.schema, there.schema):
        raise AnalysisError(
            "DELTA_CREATE_TABLE_SCHEME_MISMATCH",
            path=new.path,
            specifiedSchema=new.schema.simple,
            existingSchema=there.schema.simple,
            schemaDifferences="",
        )
    asked = tuple(name.lower() for name in new.partition_by)
    if new.schema.fields and asked != tuple(name.lower() for name in there.partition_by):
        raise AnalysisError(
            "DELTA_CREATE_TABLE_WITH_DIFFERENT_PARTITIONING",
            path=new.path,
            specifiedColumns=", ".join(new.partition_by),
            existingColumns=", ".join(there.partition_by),
        )
    session.warehouse.put(entry)


def _same(asked: t.StructType, there: t.StructType) -> bool:
    pairs = [(f.name.lower(), f.type) for f in asked.fields]
    return pairs == [(f.name.lower(), f.type) for f in there.fields]


def truncate(session: Session, table: Table) -> None:
    """TRUNCATE TABLE: a version without rows."""
    snapshot = snapshot_of(table)
    transaction = begin(session, snapshot, "TRUNCATE", {})
    transaction.read_whole()
    files = snapshot.files.files()
    transaction.add(*(file.removed(now()) for file in files))
    transaction.metrics = {"numRemovedFiles": len(files)}
    transaction.commit()
    session.warehouse.changed(table.path)
