"""What the verbs and modes of DataFrameWriter and DataFrameWriterV2 mean for files and tables over
files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError, IllegalArgumentError
from boathouse.session import execute
from boathouse.session.answers import Answer, nothing
from boathouse.session.catalog import Table, TableName
from boathouse.session.commands.assignments import fitted
from boathouse.session.commands.delta import saves as delta_saves
from boathouse.session.commands.tables import create_over_files, create_table, in_schema
from boathouse.session.commands.targets import not_found
from boathouse.session.commands.writes import append, insert_into, put_files, refuse_reading
from boathouse.session.delta import is_delta
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr

if TYPE_CHECKING:
    from boathouse.plan import relations as r
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session

_DEFAULT_SOURCE = "spark.sql.sources.default"
_SOURCES = {
    "avro": "AvroDataSourceV2",
    "csv": "CSVDataSourceV2",
    "json": "JsonDataSourceV2",
    "orc": "OrcDataSourceV2",
    "parquet": "ParquetDataSourceV2",
    "text": "TextDataSourceV2",
}
"""What an error calls a format."""


def _target(
    session: Session, parts: tuple[str, ...], provider: str
) -> tuple[TableName, Table | None, str]:
    """The table's name, the table if it is there, and the format that is named or usual."""
    name = session.warehouse.name_of(parts, session)
    provider = provider or session.settings.text(_DEFAULT_SOURCE)
    return name, session.warehouse.find(name), provider


# ---- DataFrameWriter
# -------------------------------------------------------------------------------------


def write(session: Session, command: sc.Write, operation: Operation) -> Answer:
    """save, saveAsTable and insertInto."""
    if command.sort_by and not command.buckets:
        raise AnalysisError("SORT_BY_WITHOUT_BUCKETING")
    if command.insert:
        return _insert(session, command, operation)
    if command.table:
        return _save_as_table(session, command, operation)
    options = dict(command.options)
    path = command.path or options.get("path")
    if path is None:
        raise IllegalArgumentError("_LEGACY_ERROR_TEMP_2047")
    _refuse_buckets(command, "save")
    plan = session.plan(command.input, operation)
    provider = command.format or session.settings.text(_DEFAULT_SOURCE)
    if is_delta(provider):
        delta_saves.save(session, plan, command, path, operation)
        return nothing(session)
    mode = command.mode
    mode = sc.SaveMode.ERROR_IF_EXISTS if mode is sc.SaveMode.DEFAULT else mode
    put_files(session, plan, provider, path, mode, command.partition_by, options, operation)
    return nothing(session)


def _insert(session: Session, command: sc.Write, operation: Operation) -> Answer:
    _refuse_buckets(command, "insertInto")
    if command.partition_by:
        raise AnalysisError(
            "PARTITION_BY_NOT_ALLOWED_WITH_INSERT_INTO", tableName=".".join(command.table)
        )
    overwrite = command.mode is sc.SaveMode.OVERWRITE
    return insert_into(
        session, sc.Insert(command.table, command.input, overwrite=overwrite), operation
    )


def _refuse_buckets(command: sc.Write, operation: str) -> None:
    if command.buckets or command.bucket_by:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1312", operation=operation)


def _save_as_table(session: Session, command: sc.Write, operation: Operation) -> Answer:
    name, existing, provider = _target(session, command.table, command.format)
    if delta_saves.concerns(existing, provider):
        delta_saves.save_as_table(session, command, name, existing, operation)
        return nothing(session)
    if existing is None:
        return create_table(session, _creation(command, provider), operation)
    match command.mode:
        case sc.SaveMode.DEFAULT | sc.SaveMode.ERROR_IF_EXISTS:
            raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=name.shown)
        case sc.SaveMode.IGNORE:
            return nothing(session)
        case sc.SaveMode.APPEND:
            _require_same_format(existing, command.format)
            plan = _by_name(session, session.plan(command.input, operation), existing)
            _require_same_layout(existing, command)
            return append(session, existing, plan, operation)
        case _:
            refuse_reading(session.plan(command.input, operation), existing)
            created = _creation(command, provider)
            answer = create_over_files(session, name, created, operation, replaced=existing)
            session.warehouse.catalog.remove_left(existing)
            return answer


def _creation(command: sc.Write, provider: str) -> sc.CreateTable:
    """The statement that makes the table anew."""
    return sc.CreateTable(
        command.table,
        input=command.input,
        provider=provider,
        options=command.options,
        partition_by=tuple(se.Name((column,)) for column in command.partition_by),
        cluster_by=command.cluster_by,
        bucket_by=command.bucket_by if command.buckets else (),
        buckets=command.buckets,
        sort_by=command.sort_by,
        location=command.path,
    )


def _require_same_format(existing: Table, named: str | None) -> None:
    """_LEGACY_ERROR_TEMP_1159 for a format that is named and is not that of the table."""
    if named and existing.provider.lower() != named.lower():
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1159",
            tableName=existing.name.plain,
            existingProvider=_SOURCES.get(existing.provider.lower(), existing.provider),
            specifiedProvider=_SOURCES.get(named.lower(), named),
        )


def _by_name(session: Session, plan: r.Relation, table: Table) -> r.Relation:
    """The columns of `plan` as those of `table`, found by their names."""
    if len(plan.output) != len(table.schema.fields):
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1161",
            tableName=table.name.plain,
            existingTableSchema=table.schema.simple,
            querySchema=execute.schema_of(plan).simple,
        )
    key = session.context().key
    there = {key(attribute.name) for attribute in plan.output}
    for column in table.schema.names:
        if key(column) not in there:
            columns = ", ".join(attribute.name for attribute in plan.output)
            raise AnalysisError("_LEGACY_ERROR_TEMP_1162", col=column, inputColumns=columns)
    return fitted(sc.Insert((), sr.OneRow(), by_name=True), plan, table, session.context())


def _require_same_layout(existing: Table, command: sc.Write) -> None:
    """Who appends says the table's partitions and buckets once more."""
    said = in_schema(existing.name, existing.schema, command.partition_by, "partition")
    if said != existing.partition_by:
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1163",
            tableName=existing.name.plain,
            specifiedPartCols=", ".join(said),
            existingPartCols=", ".join(existing.partition_by),
        )
    specified = _buckets(command.buckets, command.bucket_by, command.sort_by)
    there = _buckets(existing.buckets, existing.bucket_by, existing.sort_by)
    if specified != there:
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1164",
            tableName=existing.name.plain,
            specifiedBucketString=specified,
            existingBucketString=there,
        )


def _buckets(count: int, columns: tuple[str, ...], order: tuple[str, ...]) -> str:
    """How an error shows buckets."""
    if not count:
        return "not bucketed"
    text = f"{count} buckets, bucket columns: [{', '.join(columns)}]"
    return f"{text}, sort columns: [{', '.join(order)}]" if order else text


# ---- DataFrameWriterV2
# ----------------------------------------------------------------------------------


def write_v2(session: Session, command: sc.WriteV2, operation: Operation) -> Answer:
    """writeTo(...).create / replace / append / overwrite: over files there is only create."""
    name, existing, provider = _target(session, command.table, command.provider)
    if delta_saves.concerns(existing, provider):
        delta_saves.write_v2(session, command, name, existing, operation)
        return nothing(session)
    match command.mode:
        case sc.WriteV2Mode.CREATE:
            created = sc.CreateTable(
                command.table,
                input=command.input,
                provider=provider,
                options=command.options,
                properties=command.properties,
                partition_by=command.partition_by,
                cluster_by=command.cluster_by,
            )
            return create_table(session, created, operation)
        case sc.WriteV2Mode.REPLACE | sc.WriteV2Mode.CREATE_OR_REPLACE:
            raise AnalysisError(
                "UNSUPPORTED_FEATURE.TABLE_OPERATION",
                tableName=name.shown,
                operation="REPLACE TABLE AS SELECT",
            )
        case _ if existing is None:
            raise not_found(session, command.table, routines=True)
        case _:
            raise AnalysisError("_LEGACY_ERROR_TEMP_1012", identifier=name.shown)
