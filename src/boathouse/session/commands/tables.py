"""Tables over files: CREATE, DROP, TRUNCATE, and what such tables refuse."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from boathouse.analysis.calls import constant_of
from boathouse.analysis.coercion import cast
from boathouse.analysis.expressions import bind, unaliased
from boathouse.analysis.scope import Scope
from boathouse.analysis.sources import attributes_of
from boathouse.errors.exceptions import AnalysisError, UnsupportedError
from boathouse.files.formats import format_named, nullable, open_files, require_distinct
from boathouse.files.listing import local_path
from boathouse.files.scan import require_supported
from boathouse.plan.explain import tree_text
from boathouse.session import execute
from boathouse.session.answers import Answer, nothing
from boathouse.session.catalog import Table, TableName
from boathouse.session.commands import collations, constraints, defaults, partitions
from boathouse.session.commands.assignments import ENFORCES
from boathouse.session.commands.delta import statements as delta_statements
from boathouse.session.commands.targets import (
    Temporary,
    find,
    refuse_odd_name,
    require,
    require_table,
    schema_of,
)
from boathouse.session.commands.views import drop_temporary, not_in_catalog
from boathouse.session.commands.writes import put_table
from boathouse.session.delta import is_delta
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.sql.ddl import transform_text
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.char_types import texts_for_chars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.session.operations import Operation
    from boathouse.session.session import Session

_DEFAULT_SOURCE = "spark.sql.sources.default"


# ---- created
# --------------------------------------------------------------------------------------


def create_table(session: Session, command: sc.CreateTable, operation: Operation) -> Answer:
    """CREATE TABLE, with or without a query; catalog.createTable."""
    name = session.warehouse.name_of(command.name, session)
    on_delta = is_delta(command.provider or session.settings.text(_DEFAULT_SOURCE))
    if on_delta and not session.warehouse.is_delta_path(command.name):
        refuse_odd_name(name.table)
        session.warehouse.require_database(name)
    if command.provider.lower() == "hive":
        raise AnalysisError(
            "NOT_SUPPORTED_COMMAND_WITHOUT_HIVE_SUPPORT", cmd="CREATE Hive TABLE (AS SELECT)"
        )
    if command.computed_options:
        computed = _constant_options(session, command)
        command = replace(command, options=(*command.options, *computed))
    if on_delta:
        # Spark looks at the names before it asks any catalog.
        _require_distinct(t.StructType(tuple(c.column for c in command.columns)), session)
        delta_statements.create_table(session, command, name, operation)
        return nothing(session)
    return create_over_files(session, name, command, operation)


def _constant_options(session: Session, command: sc.CreateTable) -> tuple[tuple[str, str], ...]:
    """The values of the options that are expressions; INVALID_SQL_SYNTAX.OPTION_IS_INVALID for one
    that is not constant.
    """
    schema = t.StructType(tuple(c.column for c in command.columns))
    scope = Scope(session.context(), attributes_of(schema))

    options: list[tuple[str, str]] = []
    for key, said in command.computed_options:
        value = unaliased(bind(said, scope))
        if isinstance(value.type, t.NullType):
            continue
        nested = isinstance(value.type, (t.ArrayType, t.MapType, t.StructType))
        text = constant_of(cast(value, t.STRING, CastMode.ANSI, scope.context), scope)
        if nested or not isinstance(text, str):
            condition = "INVALID_SQL_SYNTAX.OPTION_IS_INVALID"
            raise AnalysisError(condition, key=key, supported="constant expressions")
        options.append((key, text))
    return tuple(options)


def create_over_files(
    session: Session,
    name: TableName,
    command: sc.CreateTable,
    operation: Operation,
    replaced: Table | None = None,
) -> Answer:
    """A new table over files, in the place of the one that is `replaced`."""
    constraints.require_conditions(session, command)
    _refuse_unknown(name, command)
    provider = command.provider or session.settings.text(_DEFAULT_SOURCE)
    format_named(provider)
    columns, (bucket_by, buckets) = _partitioning(command)
    command = replace(command, bucket_by=bucket_by)
    plan = None if command.input is None else session.plan(command.input, operation)
    # Spark looks at what is said of the columns before it looks at the name of the table.
    if plan is not None:
        _checked(session, name, command, execute.schema_of(plan), columns)
    elif command.columns:
        _said(session, name, command, provider, columns)
    refuse_odd_name(name.table)
    session.warehouse.require_database(name)
    if replaced is None and session.warehouse.find(name) is not None:
        if command.if_not_exists:
            return nothing(session)
        said = name.said(command.name).shown
        raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=said)
    location = _location(command)
    table = Table(
        name,
        provider,
        t.StructType(),
        path=_place(session, name, location, replaced),
        external=location is not None,
        options={k: v for k, v in command.options if k.lower() != "path"},
        comment=command.comment,
        created=time.time_ns() // 1_000_000,
        cluster_by=command.cluster_by,
        bucket_by=bucket_by,
        buckets=buckets,
        sort_by=command.sort_by,
        collation=command.collation,
    )
    if plan is not None:
        schema = execute.schema_of(plan)
        partition_by = _checked(session, name, command, schema, columns)
        properties = _properties(command, schema)
        table = replace(table, partition_by=partition_by, properties=properties)
        put_table(session, table, plan, operation)
        return nothing(session)
    schema, partition_by = _schema(session, command, table, location, columns)
    properties = _properties(command, schema)
    Path(table.path).mkdir(parents=True, exist_ok=True)
    session.warehouse.put(
        replace(table, schema=schema, partition_by=partition_by, properties=properties)
    )
    return nothing(session)


def _location(command: sc.CreateTable) -> str | None:
    """Where the files are to be, if LOCATION or the option ``path`` says so."""
    path = next((v for k, v in command.options if k.lower() == "path"), None)
    location = command.location if command.location is not None else path
    if command.external and location is None:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1069")
    return location


def _checked(
    session: Session,
    name: TableName,
    command: sc.CreateTable,
    schema: t.StructType,
    columns: Sequence[str],
) -> tuple[str, ...]:
    """The partition `columns` as `schema` calls them; raises where a new table cannot have these
    columns, partitions and buckets.
    """
    _require_distinct(schema, session)
    collations.require_known(schema.fields)
    collations.require_plain_keys(session, schema.fields)
    partition_by = _partition_columns(name, schema, columns)
    collations.require_plain("PARTITION", columns, schema.fields)
    collations.require_plain("BUCKET", command.bucket_by, schema.fields)
    _check_buckets(name, command, schema, partition_by)
    return partition_by


def _require_distinct(of: t.DataType, session: Session) -> None:
    """COLUMN_ALREADY_EXISTS when two columns, or two fields of one, have one name."""
    match of:
        case t.StructType():
            require_distinct(of, session.files(None))
            for field in of.fields:
                _require_distinct(field.type, session)
        case t.ArrayType():
            _require_distinct(of.element, session)
        case t.MapType():
            _require_distinct(of.key, session)
            _require_distinct(of.value, session)
        case _:
            pass


def _properties(command: sc.CreateTable, schema: t.StructType) -> dict[str, str]:
    properties = dict(command.properties)
    if command.cluster_by:
        properties[CLUSTERING] = clustering(schema, command.cluster_by)
    return properties


def _check_buckets(
    name: TableName, command: sc.CreateTable, schema: t.StructType, partition_by: Sequence[str]
) -> None:
    in_schema(name, schema, command.bucket_by, "bucket")
    in_schema(name, schema, command.sort_by, "sort")
    buckets = {column.lower() for column in command.bucket_by}
    for column in partition_by:
        if column.lower() in buckets:
            raise AnalysisError(
                "_LEGACY_ERROR_TEMP_1166",
                bucketCol=column,
                normalizedPartCols=", ".join(partition_by),
            )


def _refuse_unknown(name: TableName, command: sc.CreateTable) -> None:
    """What tables over files do not have."""
    replaces = "REPLACE TABLE" if command.input is None else "REPLACE TABLE AS SELECT"
    missing = [
        (replaces, command.replace or not command.create),
        ("generated columns", any(c.generated for c in command.columns)),
        ("identity columns", any(c.identity for c in command.columns)),
        ("CONSTRAINT", bool(command.constraints)),
    ]
    for operation, asked in missing:
        if asked:
            raise AnalysisError(
                "UNSUPPORTED_FEATURE.TABLE_OPERATION", tableName=name.shown, operation=operation
            )


def _place(
    session: Session, name: TableName, location: str | None, replaced: Table | None = None
) -> str:
    if location is not None:
        return local_path(location)
    place = session.warehouse.location_of(name)
    if replaced is not None and replaced.path == str(place):
        return replaced.path
    if place.exists() and any(not e.name.startswith(("_", ".")) for e in place.iterdir()):
        raise AnalysisError(
            "LOCATION_ALREADY_EXISTS", location=f"file:{place}", identifier=name.shown
        )
    return str(place)


def _partitioning(command: sc.CreateTable) -> tuple[list[str], tuple[tuple[str, ...], int]]:
    """The partition columns, and the columns and number of buckets, which a transform may say."""
    columns: list[str] = []
    buckets = (command.bucket_by, command.buckets)
    for transform in command.partition_by:
        match transform:
            case se.Name():
                columns.append(transform.parts[-1])
            case se.Call(name=("bucket",), arguments=(se.Literal() as count, *names)):
                of = tuple(x.parts[-1] for x in names if isinstance(x, se.Name))
                buckets = (of, int(str(count.value)))
            case _:
                shown = f"`{transform_text(transform)}`"
                raise UnsupportedError("UNSUPPORTED_PARTITION_TRANSFORM", transform=shown)
    return columns, buckets


CLUSTERING = "clusteringColumns"
"""The property that keeps the clustering of tables over files."""


def clustering(schema: t.StructType, columns: Sequence[str]) -> str:
    """`columns` as the property says them; _LEGACY_ERROR_TEMP_3060 for one that is not there."""
    known = {name.lower(): name for name in schema.names}
    for column in columns:
        if column.lower() not in known:
            raise AnalysisError("_LEGACY_ERROR_TEMP_3060", i=column, schema=tree_text(schema))
    return json.dumps([[known[c.lower()]] for c in columns], separators=(",", ":"))


def _schema(
    session: Session,
    command: sc.CreateTable,
    table: Table,
    location: str | None,
    columns: Sequence[str],
) -> tuple[t.StructType, tuple[str, ...]]:
    """The stored schema and partition columns of a `table` that is created without a query."""
    provider = table.provider
    environment = session.files(None)
    if not command.columns:
        if location is None or not Path(local_path(location)).exists():
            raise AnalysisError("UNABLE_TO_INFER_SCHEMA", format=format_named(provider).name)
        found = open_files(provider, [location], table.options, environment)
        return found.schema, found.listing.partitions.names
    schema, partition_by = _said(session, table.name, command, provider, columns)
    aside = set(partition_by)
    data = t.StructType(tuple(f for f in schema.fields if f.name not in aside))
    require_supported(format_named(provider), texts_for_chars(data))
    moved = (f for p in partition_by for f in schema.fields if f.name == p)
    # Spark keeps NOT NULL of partition columns alone.
    kept = data if session.settings.flag(ENFORCES) else nullable(data)
    return t.StructType((*kept.fields, *moved)), partition_by


def _said(
    session: Session,
    name: TableName,
    command: sc.CreateTable,
    provider: str,
    columns: Sequence[str],
) -> tuple[t.StructType, tuple[str, ...]]:
    """The columns and partition columns as they are said, where a table may have them."""
    defaults.require_provider(session, provider, command.columns, "CREATE TABLE")
    fields = tuple(defaults.stored_column(session, c, "CREATE TABLE") for c in command.columns)
    schema = t.StructType(fields)
    return schema, _checked(session, name, command, schema, columns)


def _partition_columns(
    name: TableName, schema: t.StructType, wanted: Sequence[str]
) -> tuple[str, ...]:
    columns = in_schema(name, schema, wanted, "partition")
    lower = [column.lower() for column in wanted]
    for column in lower:
        if lower.count(column) > 1:
            raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=t.quoted(column))
        of = next(f.type for f in schema.fields if f.name.lower() == column)
        if isinstance(of, (t.ArrayType, t.MapType, t.StructType, t.VariantType)):
            raise AnalysisError("INVALID_PARTITION_COLUMN_DATA_TYPE", type=f'"{of.sql}"')
    if wanted and len(wanted) == len(schema):
        raise AnalysisError("ALL_PARTITION_COLUMNS_NOT_ALLOWED")
    return columns


def in_schema(
    name: TableName, schema: t.StructType, wanted: Sequence[str], kind: str
) -> tuple[str, ...]:
    """The `wanted` columns as `schema` calls them; COLUMN_NOT_DEFINED_IN_TABLE for one that is
    not there.
    """
    known = {column.lower(): column for column in schema.names}
    for column in wanted:
        if column.lower() not in known:
            raise AnalysisError(
                "COLUMN_NOT_DEFINED_IN_TABLE",
                colType=kind,
                colName=t.quoted(column),
                tableName=name.shown,
                tableCols=", ".join(t.quoted(n) for n in schema.names),
            )
    return tuple(known[column.lower()] for column in wanted)


def create_table_like(
    session: Session,
    command: sc.CreateTableLike,
    operation: Operation,
) -> Answer:
    """CREATE TABLE ... LIKE: columns, partitions and format of another, not its rows."""
    name = session.warehouse.name_of(command.name, session)
    source = require(session, command.source)
    session.warehouse.require_database(name)
    if session.warehouse.find(name) is not None:
        if command.if_not_exists:
            return nothing(session)
        raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=name.short)
    like = source if isinstance(source, Table) and not source.is_view else None
    provider = command.provider or (like.provider if like is not None else "")
    provider = provider or session.settings.text(_DEFAULT_SOURCE)
    if is_delta(provider):
        columns = schema_of(session, source)
        delta_statements.create_like(session, command, name, columns, like, operation)
        return nothing(session)
    if provider.lower() != "hive":
        format_named(provider)
    place = _place(session, name, command.location)
    Path(place).mkdir(parents=True, exist_ok=True)
    session.warehouse.put(
        Table(
            name,
            provider,
            schema_of(session, source),
            like.partition_by if like else (),
            place,
            external=command.location is not None,
            options=like.options if like else {},
            properties=dict(command.properties),
            created=time.time_ns() // 1_000_000,
            bucket_by=like.bucket_by if like else (),
            buckets=like.buckets if like else 0,
            sort_by=like.sort_by if like else (),
            collation=like.collation if like else "",
        )
    )
    return nothing(session)


# ---- dropped, emptied
# ------------------------------------------------------------------------------


def drop_table(session: Session, command: sc.DropTable, operation: Operation) -> Answer:
    """DROP TABLE; it takes views too."""
    found = find(session, command.name)
    if isinstance(found, Temporary):
        drop_temporary(session, found)
        return nothing(session)
    name = session.warehouse.name_of(command.name, session)
    if found is None:
        if command.if_exists:
            return nothing(session)
        raise not_in_catalog(name.said(command.name))
    is_view = found.view is not None and not found.language
    if is_view and not session.settings.flag("spark.sql.dropTableOnView.enabled"):
        raise AnalysisError(
            "WRONG_COMMAND_FOR_OBJECT_TYPE",
            operation="DROP TABLE",
            requiredType="EXTERNAL or MANAGED",
            objectName=name.shown.replace("`", ""),
            foundType="VIEW",
            alternative="DROP VIEW",
        )
    session.forget(command.name)
    session.warehouse.upkeep.settle()
    session.warehouse.catalog.drop(name)
    session.warehouse.changed(found.path or str(session.warehouse.location_of(name)))
    return nothing(session)


def truncate(session: Session, command: sc.Truncate, operation: Operation) -> Answer:
    """TRUNCATE TABLE: its files go, or those of some partitions."""
    table = require_table(session, command.name, command.caller or "TRUNCATE TABLE")
    if is_delta(table.provider):
        if command.partition:
            raise AnalysisError("DELTA_TRUNCATE_TABLE_PARTITION_NOT_SUPPORTED")
        delta_statements.truncate(session, table)
        return nothing(session)
    if table.external:
        raise AnalysisError("CANNOT_TRUNCATE_EXTERNAL_TABLE", tableName=table.name.shown)
    if command.partition and not table.partition_by:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1267", tableIdentWithDB=table.name.shown)
    if command.partition:
        wanted = partitions.said(session, table, command.partition)
        found = partitions.matching(table, wanted)
        if not found and len(wanted) == len(table.partition_by):
            raise partitions.not_found(table, wanted)
        places = [partitions.place_of(table, p) for p in found]
    else:
        places = [Path(table.path)]
    for place in places:
        if place.exists():
            _empty(place)
    session.warehouse.changed(table.path)
    session.warehouse.rows_changed(table)
    return nothing(session)


def _empty(directory: Path) -> None:
    for entry in directory.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
