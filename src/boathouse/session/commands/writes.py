"""Rows of a query into files, a table over files or a directory."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError, SparkArithmeticError
from boathouse.files.formats import nullable, write_files
from boathouse.lower.expressions import column_name
from boathouse.lower.relations import Lowering
from boathouse.plan import relations as r
from boathouse.plan.tree import walk_relations
from boathouse.session import execute
from boathouse.session.answers import Answer, nothing
from boathouse.session.catalog import Table
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
    require,
    shown_target,
    table_operation,
    with_declared,
)
from boathouse.session.delta import is_delta
from boathouse.spec import commands as sc
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boathouse.session.operations import Operation
    from boathouse.session.session import Session

# ---- files
# ----------------------------------------------------------------------------------------------


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
# ----------------------------------------------------------------------------------------------


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
    return with_declared(nullable(t.StructType((*kept, *moved))))


def append(session: Session, table: Table, plan: r.Relation, operation: Operation) -> Answer:
    """More rows for a table over files; `plan` has its columns."""
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


def refuse_reading(plan: r.Relation, table: Table) -> None:
    """UNSUPPORTED_OVERWRITE.TABLE where `plan` reads the table that it would replace."""
    for node in walk_relations(plan):
        if isinstance(node, r.Scan) and table.path in getattr(node.source, "roots", ()):
            raise AnalysisError("UNSUPPORTED_OVERWRITE.TABLE", table=table.name.shown)


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
        refuse_reading(plan, table)
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
    found = partitions.said(session, table, values, mark="Some({})")
    if [name for name, _ in found] != list(table.partition_by[: len(found)]):
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1147", partColumns=f"[{','.join(table.partition_by)}]"
        )
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


def insert_directory(session: Session, command: sc.InsertDirectory, operation: Operation) -> Answer:
    """INSERT OVERWRITE DIRECTORY."""
    plan = session.plan(command.input, operation)
    options = dict(command.options)
    path = command.path or options.pop("path", "")
    put_files(session, plan, command.format, path, sc.SaveMode.OVERWRITE, (), options, operation)
    return nothing(session)
