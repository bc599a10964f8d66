"""The write path, top to bottom: rows of a query into files, directly or as a table's."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import (
    AnalysisError,
    IllegalArgumentError,
    SparkArithmeticError,
    unsupported,
)
from boathouse.files.formats import write_files
from boathouse.lower.expressions import column_name
from boathouse.lower.relations import Lowering
from boathouse.plan import relations as r
from boathouse.plan.tree import walk_relations
from boathouse.session import execute
from boathouse.session.answers import Answer, nothing
from boathouse.session.catalog import Table, TableName
from boathouse.session.commands import partitions
from boathouse.session.commands.assignments import (
    fitted,
    given,
    told_by_column,
    with_defaults,
)
from boathouse.session.commands.delta import saves as delta_saves
from boathouse.session.commands.targets import (
    Temporary,
    not_found,
    require,
    shown_target,
    table_operation,
    with_declared,
)
from boathouse.session.delta import is_delta
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boathouse.session.operations import Operation
    from boathouse.session.session import Session

_DEFAULT_SOURCE = "spark.sql.sources.default"


# ---- DataFrameWriter
# -------------------------------------------------------------------------------------


def write(session: Session, command: sc.Write, operation: Operation) -> Answer:
    """save, saveAsTable and insertInto."""
    if command.insert:
        insert = sc.Insert(
            command.table, command.input, overwrite=command.mode is sc.SaveMode.OVERWRITE
        )
        return insert_into(session, insert, operation)
    if command.sort_by and not command.buckets:
        raise AnalysisError("SORT_BY_WITHOUT_BUCKETING")
    if command.table:
        return _save_as_table(session, command, operation)
    options = dict(command.options)
    path = command.path or options.get("path")
    if path is None:
        raise IllegalArgumentError("_LEGACY_ERROR_TEMP_2047")
    if command.buckets or command.bucket_by:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1312", operation="save")
    plan = session.plan(command.input, operation)
    if is_delta(command.format or session.settings.text(_DEFAULT_SOURCE)):
        delta_saves.save(session, plan, command, path, operation)
        return nothing(session)
    mode = command.mode
    mode = sc.SaveMode.ERROR_IF_EXISTS if mode is sc.SaveMode.DEFAULT else mode
    provider = command.format or session.settings.text(_DEFAULT_SOURCE)
    put_files(session, plan, provider, path, mode, command.partition_by, options, operation)
    return nothing(session)


def put_files(
    session: Session,
    plan: r.Relation,
    provider: str,
    path: str,
    mode: sc.SaveMode,
    partition_by: Sequence[str],
    options: Mapping[str, str],
    operation: Operation,
    below: str = "",
) -> int:
    """Write the rows of `plan`; the number of rows. Nothing is visible until all is there. What is
    replaced is all that was there, or the partition `below`.
    """
    schema = execute.schema_of(plan)
    files = next((n.partitions for n in walk_relations(plan) if isinstance(n, r.Partitioned)), 1)
    writing = write_files(
        provider, schema, path, mode, partition_by, options, session.files(operation), files, below
    )
    if writing.skipped:
        return 0
    lowering = Lowering()
    child = lowering.query(execute.rewritten(plan, session.engine, session.zone))
    columns = [column_name(a.id) for a in plan.output]
    text = execute.rendered(writing.relation(child, columns))
    with session.engine.execute(text, tables=lowering.tables, zone=session.zone) as stream:
        operation.on_cancel(stream.interrupt)
        rows = writing.write(stream).rows
    session.warehouse.changed(path)
    return rows


# ---- tables
# ------------------------------------------------------------------------------------------------


def _save_as_table(session: Session, command: sc.Write, operation: Operation) -> Answer:
    name = session.warehouse.name_of(command.table, session)
    existing = session.warehouse.find(name)
    provider = command.format or session.settings.text(_DEFAULT_SOURCE)
    if delta_saves.concerns(existing, provider):
        delta_saves.save_as_table(session, command, name, existing, operation)
        return nothing(session)
    plan = session.plan(command.input, operation)
    match command.mode:
        case sc.SaveMode.DEFAULT | sc.SaveMode.ERROR_IF_EXISTS if existing is not None:
            raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=name.shown)
        case sc.SaveMode.IGNORE if existing is not None:
            return nothing(session)
        case sc.SaveMode.APPEND if existing is not None:
            _require_same_format(existing, command.format)
            return _append(session, existing, _by_name(session, plan, existing), operation)
        case _:
            create_from(session, name, plan, command, operation)
    return nothing(session)


def _require_same_format(existing: Table, named: str | None) -> None:
    """_LEGACY_ERROR_TEMP_1159 for a format that is named and is not that of the table."""
    if named and existing.provider.lower() != named.lower():
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1159",
            tableName=existing.name.plain,
            existingProvider=existing.provider,
            specifiedProvider=named,
        )


def create_from(
    session: Session, name: TableName, plan: r.Relation, command: sc.Write, operation: Operation
) -> None:
    """A new table, or one in the place of another, with the rows of `plan`."""
    options = dict(command.options)
    location = options.pop("path", None) or command.path
    provider = command.format or session.settings.text(_DEFAULT_SOURCE)
    partition_by = tuple(command.partition_by)
    put_table(
        session, _new(session, name, provider, partition_by, location, options), plan, operation
    )


def _new(
    session: Session,
    name: TableName,
    provider: str,
    partition_by: tuple[str, ...],
    location: str | None,
    options: Mapping[str, str],
) -> Table:
    """A table without columns yet, at `location` or where the warehouse has its own."""
    place = location or str(session.warehouse.location_of(name))
    external = location is not None
    columns = t.StructType()
    return Table(name, provider, columns, partition_by, place, external=external, options=options)


def put_table(session: Session, table: Table, plan: r.Relation, operation: Operation) -> None:
    """Write the rows of `plan` as those of `table`, then remember it with their columns: a name
    never stands for half of its rows.
    """
    session.warehouse.require_database(table.name)
    put_files(
        session,
        plan,
        table.provider,
        table.path,
        sc.SaveMode.OVERWRITE,
        table.partition_by,
        table.options,
        operation,
    )
    schema = _stored_schema(execute.schema_of(plan), table.partition_by)
    session.warehouse.put(replace(table, schema=schema, created=time.time_ns() // 1_000_000))


def _stored_schema(schema: t.StructType, partition_by: Sequence[str]) -> t.StructType:
    """Partition columns last, everything nullable: files promise nothing."""
    aside = {name.lower() for name in partition_by}
    kept = [f for f in schema.fields if f.name.lower() not in aside]
    moved = [f for p in partition_by for f in schema.fields if f.name.lower() == p.lower()]
    return with_declared(t.StructType(tuple(replace(f, nullable=True) for f in (*kept, *moved))))


def _append(session: Session, table: Table, plan: r.Relation, operation: Operation) -> Answer:
    put_files(
        session,
        plan,
        table.provider,
        table.path,
        sc.SaveMode.APPEND,
        table.partition_by,
        table.options,
        operation,
    )
    return nothing(session)


def insert_into(session: Session, command: sc.Insert, operation: Operation) -> Answer:
    """INSERT INTO / OVERWRITE a table over files."""
    table = _target(session, command)
    if is_delta(table.provider):
        delta_saves.insert_into(session, command, table, operation)
        return nothing(session)
    if command.schema_evolution:
        raise AnalysisError("UNSUPPORTED_INSERT_WITH_SCHEMA_EVOLUTION")
    if command.replace_on is not None or command.replace_using:
        raise table_operation(table, "INSERT INTO ... REPLACE ON/USING")
    if command.replace_where is not None:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1012", identifier=table.name.shown)
    for column, _ in command.partition:
        partitions.require_column(table, column)
    context = session.context(operation)
    command = with_defaults(command, table, session)
    plan = session.plan(command.input, operation)
    rows = fitted(command, plan, table, context)
    below = _replaced(session, command, table)
    if command.if_not_exists and _has_partition(session, command, table):
        return nothing(session)
    if command.overwrite and not _is_dynamic(session, table, below):
        for node in walk_relations(plan):
            if isinstance(node, r.Scan) and table.path in getattr(node.source, "roots", ()):
                raise AnalysisError("UNSUPPORTED_OVERWRITE.TABLE", table=table.name.shown)
    mode = sc.SaveMode.OVERWRITE if command.overwrite else sc.SaveMode.APPEND
    try:
        put_files(
            session,
            rows,
            table.provider,
            table.path,
            mode,
            table.partition_by,
            table.options,
            operation,
            below,
        )
    except SparkArithmeticError as error:
        values = given(command, plan, table, context)
        raise told_by_column(error, table, values) from error
    session.warehouse.rows_changed(table)
    return nothing(session)


def _is_dynamic(session: Session, table: Table, below: str) -> bool:
    """Whether an overwriting INSERT, whose constants mean the partition `below`, replaces only what
    it writes.
    """
    default = session.settings.text("spark.sql.sources.partitionOverwriteMode")
    mode = dict(table.options).get("partitionOverwriteMode", default)
    return mode.upper() == "DYNAMIC" and below.count("=") < len(table.partition_by)


def _replaced(session: Session, command: sc.Insert, table: Table) -> str:
    """The directory of the partition that the constants of a PARTITION clause mean: they stand
    before the columns without one, which name all partition columns that are left.
    """
    said = [column for column, _ in command.partition]
    if said and len(said) < len(table.partition_by):
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1169",
            tableName=table.name.shown,
            normalizedPartSpec=",".join(said),
            partColNames=",".join(table.partition_by),
        )
    values = tuple((name, value) for name, value in command.partition if value is not None)
    found = partitions.said(session, table, values)
    if [name for name, _ in found] != list(table.partition_by[: len(found)]):
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1147", partColumns=f"[{','.join(table.partition_by)}]"
        )
    if any(value == "" for _, value in found):
        details = f"an empty value in {partitions.name_of(found)}"
        raise AnalysisError("_LEGACY_ERROR_TEMP_1076", details=details)
    return partitions.name_of(found)


def _has_partition(session: Session, command: sc.Insert, table: Table) -> bool:
    values = tuple((name, value) for name, value in command.partition if value is not None)
    return bool(partitions.matching(table, partitions.said(session, table, values)))


def insert_several(session: Session, command: sc.MultiInsert, operation: Operation) -> Answer:
    """FROM ... INSERT ... INSERT ...: one after the other."""
    for insert in command.inserts:
        insert_into(session, insert, operation)
    return nothing(session)


def _target(session: Session, command: sc.Insert) -> Table:
    """The table to insert into; a view is none."""
    found = require(session, command.table, routines=True)
    if isinstance(found, Temporary) or found.is_view:
        raise AnalysisError(
            "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", viewName=shown_target(found), operation="INSERT"
        )
    return found


def _by_name(session: Session, plan: r.Relation, table: Table) -> r.Relation:
    """SaveAsTable appends by name."""
    command = sc.Insert((), sr.OneRow(), by_name=True)
    if len(plan.output) != len(table.schema.fields):
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1161",
            tableName=table.name.plain,
            existingTableSchema=table.schema.simple,
            querySchema=execute.schema_of(plan).simple,
        )
    return fitted(command, plan, table, session.context())


def insert_directory(session: Session, command: sc.InsertDirectory, operation: Operation) -> Answer:
    """INSERT OVERWRITE DIRECTORY."""
    plan = session.plan(command.input, operation)
    options = dict(command.options)
    path = command.path or options.pop("path", "")
    put_files(session, plan, command.format, path, sc.SaveMode.OVERWRITE, (), options, operation)
    return nothing(session)


# ---- DataFrameWriterV2
# ----------------------------------------------------------------------------------


def write_v2(session: Session, command: sc.WriteV2, operation: Operation) -> Answer:
    """writeTo(...).create / replace / append / overwrite."""
    name = session.warehouse.name_of(command.table, session)
    existing = session.warehouse.find(name)
    provider = command.provider or session.settings.text(_DEFAULT_SOURCE)
    if delta_saves.concerns(existing, provider):
        delta_saves.write_v2(session, command, name, existing, operation)
        return nothing(session)
    plan = session.plan(command.input, operation)
    match command.mode:
        case sc.WriteV2Mode.CREATE if existing is not None:
            raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=name.shown)
        case sc.WriteV2Mode.CREATE | sc.WriteV2Mode.CREATE_OR_REPLACE:
            return _create_v2(session, name, plan, command, operation)
        case _ if existing is None:
            raise not_found(session, command.table, routines=True)
        case sc.WriteV2Mode.REPLACE:
            return _create_v2(session, name, plan, command, operation)
        case sc.WriteV2Mode.APPEND:
            insert = sc.Insert(command.table, command.input, by_name=True)
            return insert_into(session, insert, operation)
        case _:
            if command.condition not in (None, se.Literal(value=True, type=t.BOOLEAN)):
                raise unsupported("overwriting the rows that match a condition")
            insert = sc.Insert(command.table, command.input, by_name=True, overwrite=True)
            return insert_into(session, insert, operation)


def _create_v2(
    session: Session, name: TableName, plan: r.Relation, command: sc.WriteV2, operation: Operation
) -> Answer:
    partition_by = tuple(
        x.parts[-1] if isinstance(x, se.Name) else _refused(x) for x in command.partition_by
    )
    options = dict(command.options)
    provider = command.provider or session.settings.text(_DEFAULT_SOURCE)
    location = options.pop("path", None)
    table = _new(session, name, provider, partition_by, location, options)
    properties = dict(command.properties)
    put_table(session, replace(table, properties=properties), plan, operation)
    return nothing(session)


def _refused(transform: se.Expression) -> str:
    raise unsupported(f"partitioning by {transform}")
