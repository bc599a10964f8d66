"""DataFrames and queries into Delta tables: what each verb and mode of the writers means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError, UnsupportedError
from boathouse.session.catalog import Table, TableName
from boathouse.session.commands.assignments import with_defaults
from boathouse.session.commands.delta.matching import Matching, read_once
from boathouse.session.commands.delta.replacing import Condition
from boathouse.session.commands.delta.tables import NewTable, make, require_same_place
from boathouse.session.commands.delta.writes import DeltaWrite, put, put_by_name
from boathouse.session.commands.targets import not_found
from boathouse.session.delta import is_delta, log_at
from boathouse.session.delta_writing import snapshot_of, table_at
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.sql.ddl import transform_text
from boathouse.tables.delta.evolution import merged
from boathouse.tables.storage import place_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boathouse.plan import relations as r
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session

_MERGE = "spark.databricks.delta.schema.autoMerge.enabled"
_DYNAMIC = "spark.sql.sources.partitionOverwriteMode"


def concerns(existing: Table | None, provider: str) -> bool:
    """Whether a write to a table of the catalog is one to a Delta table."""
    return is_delta(provider if existing is None or existing.is_view else existing.provider)


def lower(options: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Options by lower-case name."""
    return {key.lower(): value for key, value in options}


# ---- DataFrameWriter
# -------------------------------------------------------------------------------------


def save(
    session: Session, plan: r.Relation, command: sc.Write, path: str, operation: Operation
) -> None:
    """``df.write.format("delta").save(path)``."""
    place = place_of(path)
    exists = log_at(place).exists()
    match command.mode:
        case sc.SaveMode.DEFAULT | sc.SaveMode.ERROR_IF_EXISTS if exists:
            raise AnalysisError("DELTA_PATH_EXISTS", path=f"file:{place}")
        case sc.SaveMode.IGNORE if exists:
            return
        case _:
            pass
    options = lower(command.options)
    if not exists:
        make(session, _new(command, None, place, plan, options), operation)
        return
    table = table_at(place)
    if options.get("overwriteschema", "").lower() != "true":
        # Whether types go together is told as Delta tells it: no assignment, as into a name.
        merged(table.schema, t.StructType(tuple(a.field for a in plan.output)), widens=True)
    _write_existing(session, plan, table, command, options, operation)


def save_as_table(
    session: Session,
    command: sc.Write,
    name: TableName,
    existing: Table | None,
    operation: Operation,
) -> None:
    """``saveAsTable``."""
    match command.mode:
        case sc.SaveMode.DEFAULT | sc.SaveMode.ERROR_IF_EXISTS if existing is not None:
            raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=name.shown)
        case sc.SaveMode.IGNORE if existing is not None:
            return
        case _:
            pass
    plan = session.plan(command.input, operation)
    options = lower(command.options)
    path = options.get("path") or command.path
    if existing is not None:
        require_same_place(existing, place_of(path) if path else None)
        _write_existing(session, plan, existing, command, options, operation)
        return
    session.warehouse.require_database(name)
    place = place_of(path) if path else str(session.warehouse.location_of(name))
    new = _new(command, name, place, plan, options)
    make(session, new, operation)


def _new(
    command: sc.Write,
    name: TableName | None,
    place: str,
    plan: r.Relation,
    options: Mapping[str, str],
) -> NewTable:
    external = name is None or bool(options.get("path") or command.path)
    return NewTable(
        place,
        name,
        partition_by=command.partition_by,
        cluster_by=tuple(tuple(column.split(".")) for column in command.cluster_by),
        external=external,
        rows=plan,
        replaces=name is not None and command.mode is sc.SaveMode.OVERWRITE,
        properties={k: v for k, v in command.options if k.lower().startswith("delta.")},
        options=options,
    )


def _write_existing(
    session: Session,
    plan: r.Relation,
    table: Table,
    command: sc.Write,
    options: Mapping[str, str],
    operation: Operation,
) -> None:
    overwrite = command.mode is sc.SaveMode.OVERWRITE
    where = options.get("replacewhere") if overwrite else None
    if where is not None and options.get("partitionoverwritemode", "").lower() == "dynamic":
        raise AnalysisError("DELTA_REPLACE_WHERE_WITH_DYNAMIC_PARTITION_OVERWRITE")
    dynamic = overwrite and where is None and _is_dynamic(session, table, options)
    to = DeltaWrite(
        table,
        snapshot_of(table),
        overwrite,
        dynamic,
        None if where is None else Condition.of(where),
        merges=_merges(session, options) or command.schema_evolution,
        replaces_schema=overwrite and options.get("overwriteschema", "").lower() == "true",
        partition_by=command.partition_by,
        options=options,
    )
    put_by_name(session, plan, to, operation)


def _merges(session: Session, options: Mapping[str, str]) -> bool:
    said = options.get("mergeschema")
    return session.settings.flag(_MERGE) if said is None else said.lower() == "true"


def _is_dynamic(session: Session, table: Table, options: Mapping[str, str]) -> bool:
    said = options.get("partitionoverwritemode", session.settings.text(_DYNAMIC))
    return said.lower() == "dynamic" and bool(table.partition_by)


# ---- INSERT
# ---------------------------------------------------------------------------------------------


def insert_into(session: Session, command: sc.Insert, table: Table, operation: Operation) -> None:
    """INSERT INTO / OVERWRITE, and ``insertInto``."""
    if command.replace_on is not None or command.replace_using:
        _replace_matching(session, command, table, operation)
        return
    for column, _ in command.partition:
        if column.lower() not in {name.lower() for name in table.partition_by}:
            raise AnalysisError("NON_PARTITION_COLUMN", columnName=t.quoted(column))
    condition = None
    if command.replace_where is not None:
        condition = Condition.over(command.replace_where, table.schema, session.context(operation))
    dynamic = command.overwrite and condition is None
    dynamic = dynamic and (_is_dynamic(session, table, {}) or bool(command.partition))
    to = DeltaWrite(
        table,
        snapshot_of(table),
        command.overwrite or condition is not None,
        dynamic,
        condition,
        merges=_merges(session, {}) or command.schema_evolution,
    )
    command = with_defaults(command, table, session)
    put(session, session.plan(command.input, operation), command, to, operation)


def _replace_matching(
    session: Session, command: sc.Insert, table: Table, operation: Operation
) -> None:
    """INSERT ... REPLACE ON / USING."""
    command = with_defaults(command, table, session)
    context = session.context(operation)
    snapshot = snapshot_of(table)
    with read_once(session, context.bind(command.input, context), operation) as source:
        to = DeltaWrite(
            table,
            snapshot,
            overwrite=True,
            matching=Matching(command, table, snapshot, source),
            merges=_merges(session, {}) or command.schema_evolution,
        )
        put(session, source.plan, command, to, operation)


# ---- DataFrameWriterV2
# ----------------------------------------------------------------------------------


def write_v2(
    session: Session,
    command: sc.WriteV2,
    name: TableName,
    existing: Table | None,
    operation: Operation,
) -> None:
    """``writeTo(...)``."""
    mode = command.mode
    plan = session.plan(command.input, operation)
    options = lower(command.options)
    match mode:
        case sc.WriteV2Mode.CREATE if existing is not None:
            raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=name.shown)
        case sc.WriteV2Mode.CREATE | sc.WriteV2Mode.CREATE_OR_REPLACE:
            make(session, _new_v2(session, command, name, existing, plan), operation)
        case _ if existing is None:
            raise not_found(session, command.table, routines=True)
        case sc.WriteV2Mode.REPLACE:
            make(session, _new_v2(session, command, name, existing, plan), operation)
        case _:
            to = _to_v2(session, command, existing, options)
            put_by_name(session, plan, to, operation)


def _to_v2(
    session: Session, command: sc.WriteV2, table: Table, options: Mapping[str, str]
) -> DeltaWrite:
    """``append``, ``overwrite(condition)``, ``overwritePartitions``."""
    condition = None
    overwrites = command.mode is sc.WriteV2Mode.OVERWRITE
    if overwrites and command.condition not in (None, se.Literal(value=True, type=t.BOOLEAN)):
        condition = Condition.over(command.condition, table.schema, session.context())
    return DeltaWrite(
        table,
        snapshot_of(table),
        command.mode is not sc.WriteV2Mode.APPEND,
        command.mode is sc.WriteV2Mode.OVERWRITE_PARTITIONS and bool(table.partition_by),
        condition,
        merges=_merges(session, options) or command.schema_evolution,
        options=options,
    )


def _new_v2(
    session: Session,
    command: sc.WriteV2,
    name: TableName,
    existing: Table | None,
    plan: r.Relation,
) -> NewTable:
    session.warehouse.require_database(name)
    options = lower(command.options)
    path = options.get("path")
    place = place_of(path) if path else None
    if place is None:
        place = str(session.warehouse.location_of(name)) if existing is None else existing.path
    return NewTable(
        place,
        name,
        partition_by=tuple(column_of(x) for x in command.partition_by),
        cluster_by=tuple(tuple(column.split(".")) for column in command.cluster_by),
        external=bool(path) or (existing is not None and existing.external),
        rows=plan,
        replaces=command.mode is not sc.WriteV2Mode.CREATE,
        creates=command.mode is not sc.WriteV2Mode.REPLACE,
        properties=dict(command.properties),
        options=options,
    )


def column_of(transform: se.Expression) -> str:
    """The column that a partitioning names; Delta has no transforms."""
    if isinstance(transform, se.Name):
        return transform.parts[-1]
    shown = f"`{transform_text(transform)}`"
    raise UnsupportedError("UNSUPPORTED_PARTITION_TRANSFORM", transform=shown)
