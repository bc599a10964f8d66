"""Views: temporary, global and persistent; created, altered and dropped."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.bind import bind_query
from boathouse.analysis.naming import shown_sql
from boathouse.errors.exceptions import AnalysisError, ParseError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import walk_relations
from boathouse.session.answers import NOTHING, Answer, nothing
from boathouse.session.catalog import UNAWARE, Table, TableName
from boathouse.session.commands import collations
from boathouse.session.commands.targets import (
    Temporary,
    find,
    refuse_odd_name,
    require,
    shown,
    shown_target,
)
from boathouse.session.metric_views import metric_view
from boathouse.session.relations import view_query
from boathouse.session.views import GLOBAL_DATABASE, TemporaryView
from boathouse.spec import commands as sc
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.session.operations import Operation
    from boathouse.session.relations import SessionTables
    from boathouse.session.session import Session

_ALWAYS_KEPT = ("spark.sql.ansi.enabled", "spark.sql.session.timeZone")
_UNTOLD = (
    "spark.sql.optimizer.",
    "spark.sql.codegen.",
    "spark.sql.execution.",
    "spark.sql.shuffle.",
    "spark.sql.adaptive.",
)
_ALWAYS_TOLD = (
    "spark.sql.artifact.isolation.enabled",
    "spark.sql.session.timeZone",
    "spark.sql.ansi.enabled",
    "spark.sql.artifact.isolation.alwaysApplyClassloader",
)
"""What is told of any view and function, in Spark's order; those of a server are always so."""
_SCHEMA_MODES = "spark.sql.legacy.viewSchemaBindingMode"


# ---- temporary
# ------------------------------------------------------------------------------------


def create_view(session: Session, command: sc.CreateView, operation: Operation) -> Answer:
    """CREATE VIEW of any kind, createOrReplaceTempView: bound once, so that mistakes show now, and
    kept as it was said.
    """
    if command.language:
        command = _of_metrics(session, command)
    if command.is_global:
        views, parts = session.warehouse.global_views, (GLOBAL_DATABASE, command.name[-1])
    elif command.temporary:
        views, parts = session.views, command.name[-1:]
    else:
        return _create_persistent(session, command, operation)
    name = command.name[-1]
    if not command.replace and views.get(name) is not None:
        if command.if_not_exists:
            return nothing(session)
        raise AnalysisError("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", relationName=t.quoted(name))
    tables = session.tables(operation).noting()
    plan = bind_query(command.input, replace(session.context(operation), tables=tables))
    schema = _view_schema(session, command, plan.output)
    view = TemporaryView(
        name,
        command.input,
        None,
        session.current_schema,
        command.comment,
        command.text,
        settings(session),
        time.time_ns() // 1_000_000,
        schema,
        tuple(a.name for a in plan.output),
        tables.noted,
    )
    if _keeps_its_plan(session, command):
        query = view_query(command.input, schema) if command.columns else command.input
        view = replace(view, query=query, views=session.views.snapshot())
    else:
        existing = views.get(name)
        if existing is not None and existing.views is None:
            _refuse_circle(parts, tables)
    session.forget(parts)
    views.put(view)
    return nothing(session)


def _keeps_its_plan(session: Session, command: sc.CreateView) -> bool:
    """Whether the names in a temporary view go on to mean what they mean now."""
    always = session.settings.flag("spark.sql.legacy.storeAnalyzedPlanForView")
    return always or not command.text or bool(command.language)


def _of_metrics(session: Session, command: sc.CreateView) -> sc.CreateView:
    """A metric view with the query, and the properties, that its text means."""
    metrics = metric_view(command.text)
    _refuse_doubles([name for name, _ in (*metrics.dimensions, *metrics.measures)], session)
    properties = {**dict(command.properties), **metrics.properties}
    return replace(command, input=metrics.query, properties=tuple(properties.items()))


def settings(session: Session) -> dict[str, str]:
    """The settings that a view keeps: all that are set."""
    always = {key: session.setting_text(key) for key in _ALWAYS_KEPT}
    return {**always, **dict(session.settings.items("spark.sql."))}


def told_settings(session: Session, kept: Mapping[str, str]) -> dict[str, str]:
    """The settings of a view or a function as DESCRIBE tells them: not those that the server was
    started with, nor those that say how Spark does its work.
    """
    started = session.settings.started_with("spark.sql.")
    told = {
        key: value
        for key, value in kept.items()
        if started.get(key) != value and not key.startswith(_UNTOLD)
    }
    return {**{key: kept.get(key, "true") for key in _ALWAYS_TOLD}, **told}


def _view_schema(
    session: Session, command: sc.CreateView, output: Sequence[e.Attribute]
) -> t.StructType:
    """The columns of a new view over `output`; raises where their names do not fit."""
    fields = [a.field for a in output]
    collations.require_known(fields)
    wanted = command.columns
    if wanted and len(wanted) != len(fields):
        kind = "NOT_ENOUGH" if len(fields) < len(wanted) else "TOO_MANY"
        temporary = command.temporary or command.is_global
        name = command.name[-1:] if temporary else ()
        table = session.warehouse.name_of(command.name, session) if not temporary else None
        raise AnalysisError(
            f"CREATE_VIEW_COLUMN_ARITY_MISMATCH.{kind}_DATA_COLUMNS",
            viewName=shown(name) if table is None else table.shown,
            viewColumns=", ".join(t.quoted(name) for name, _ in wanted),
            dataColumns=", ".join(t.quoted(f.name) for f in fields),
        )
    if wanted:
        fields = [_named(f, *column) for f, column in zip(fields, wanted, strict=True)]
    if command.text:
        _refuse_doubles([f.name for f in fields], session)
    return t.StructType(tuple(fields))


def _named(field: t.StructField, name: str, comment: str | None) -> t.StructField:
    metadata = dict(field.metadata)
    if comment is not None:
        metadata["comment"] = comment
    return replace(field, name=name, metadata=t.metadata_pairs(metadata))


def _refuse_doubles(names: Iterable[str], session: Session) -> None:
    seen: set[str] = set()
    for name in names:
        key = name if session.settings.flag("spark.sql.caseSensitive") else name.lower()
        if key in seen:
            raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=t.quoted(key))
        seen.add(key)


def _refuse_circle(name: tuple[str, ...], tables: SessionTables) -> None:
    """RECURSIVE_VIEW when the view `name`, whose new query was bound with `tables`, would come to
    stand inside of itself.
    """
    around: dict[tuple[str, ...], tuple[str, ...] | None] = {}
    for within, found in tables.found or ():
        around.setdefault(found, within)
    if name not in around:
        return
    path, step = [name], around[name]
    while step is not None:
        path.append(step)
        step = around[step]
    shown_path = " -> ".join(map(shown, [name, *reversed(path)]))
    raise AnalysisError("RECURSIVE_VIEW", viewIdent=shown(name), newPath=shown_path)


def create_view_using(
    session: Session, command: sc.CreateTemporaryViewUsing, operation: Operation
) -> Answer:
    """CREATE TEMPORARY VIEW ... USING format OPTIONS (...)."""
    options = dict(command.options)
    path = options.pop("path", None)
    schema = "" if command.schema is None else json.dumps(command.schema.json)
    source = sr.DataSource(
        format=command.format,
        schema=schema,
        options=tuple(options.items()),
        paths=() if path is None else (path,),
    )
    view = sc.CreateView(
        (command.name,), source, is_global=command.is_global, replace=command.replace
    )
    return create_view(session, view, operation)


# ---- persistent
# -----------------------------------------------------------------------------------


def _create_persistent(session: Session, command: sc.CreateView, operation: Operation) -> Answer:
    name = session.warehouse.name_of(command.name, session)
    if command.schema_mode:
        require_schema_modes(session)
    refuse_odd_name(name.table)
    session.warehouse.require_database(name)
    existing = session.warehouse.find(name)
    if existing is not None:
        if command.if_not_exists:
            return nothing(session)
        if not command.replace:
            # Spark names the catalog for views in SQL alone.
            said = name.said(command.name)
            told = said.short if command.language else said.shown
            raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=told)
        if not existing.is_view:
            raise AnalysisError(
                "EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE",
                tableName=name.shown,
                operation="CREATE OR REPLACE VIEW",
            )
    put_view(session, name, command, operation)
    return nothing(session)


def put_view(
    session: Session, name: TableName, command: sc.CreateView, operation: Operation
) -> None:
    """Remember a persistent view, after its query has been found to be one that can last."""
    tables = session.tables(operation).noting()
    plan = bind_query(command.input, replace(session.context(operation), tables=tables))
    tables.refuse_passing("VIEW", name.shown)
    if not session.settings.flag("spark.sql.legacy.allowAutoGeneratedAliasForView"):
        _refuse_made_up(plan, command, name)
    schema = _view_schema(session, command, plan.output)
    _refuse_circle(name.qualifier, tables)
    session.forget(name.qualifier)
    session.warehouse.put(
        Table(
            name,
            "",
            schema,
            comment=command.comment,
            properties=dict(command.properties),
            view=command.text,
            language=command.language,
            schema_mode=_schema_mode(session, command),
            collation=command.collation,
            settings=settings(session),
            created=time.time_ns() // 1_000_000,
            namespace=session.current_schema,
            output=tuple(a.name for a in plan.output),
        )
    )


def require_schema_modes(session: Session) -> None:
    """FEATURE_NOT_ENABLED where views are not to know how they follow their tables."""
    if not session.settings.flag(_SCHEMA_MODES):
        raise ParseError(
            "FEATURE_NOT_ENABLED",
            featureName="VIEW ... WITH SCHEMA ...",
            configKey=_SCHEMA_MODES,
            configValue="true",
        )


def _schema_mode(session: Session, command: sc.CreateView) -> str:
    """How a new view follows its tables. One whose columns have names of their own keeps them."""
    if command.schema_mode == "EVOLUTION" and command.columns:
        return "TYPE EVOLUTION"
    if command.schema_mode:
        return command.schema_mode
    if not session.settings.flag(_SCHEMA_MODES):
        return UNAWARE
    compensates = session.settings.flag("spark.sql.legacy.viewSchemaCompensation")
    return "COMPENSATION" if compensates else "BINDING"


def _refuse_made_up(plan: r.Relation, command: sc.CreateView, name: TableName) -> None:
    """CREATE_PERSISTENT_VIEW_WITHOUT_ALIAS: a made-up name could change with Spark's version."""
    node = next((n for n in walk_relations(plan) if isinstance(n, (r.Project, r.Aggregate))), None)
    if not isinstance(node, r.Project):
        return
    below = node.child.aggregates if isinstance(node.child, r.Aggregate) else ()
    computed = {alias.id: alias.child for alias in below}
    for column in node.expressions:
        if not isinstance(column, e.Alias) or not column.generated:
            continue
        made = column.child
        if isinstance(made, e.Attribute):
            made = computed.get(made.id, made)
        if not isinstance(made, (e.Attribute, e.Literal, e.Field)):
            raise AnalysisError(
                "CREATE_PERMANENT_VIEW_WITHOUT_ALIAS",
                name=name.shown,
                attr=f'"{shown_sql(made)}"',
            )


def alter_view_query(
    session: Session, parts: tuple[str, ...], action: sc.AlterViewQuery, operation: Operation
) -> None:
    """ALTER VIEW ... AS query."""
    found = require(session, parts)
    if isinstance(found, Temporary):
        create_view(
            session,
            sc.CreateView(
                found.parts, action.input, is_global=found.is_global, replace=True, text=action.text
            ),
            operation,
        )
        return
    if not found.is_view:
        raise AnalysisError(
            "EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE",
            tableName=shown_target(found),
            operation="ALTER VIEW ... AS",
        )
    query = action.input
    if found.collation:
        settings = replace(session.parser_settings(), default_collation=found.collation)
        query = sql.parse_query(action.text, settings)
    command = sc.CreateView(
        parts,
        query,
        temporary=False,
        comment=found.comment,
        properties=tuple(found.properties.items()),
        text=action.text,
        schema_mode=found.schema_mode,
        collation=found.collation,
    )
    put_view(session, found.name, command, operation)


# ---- dropped
# --------------------------------------------------------------------------------------


def drop_view(session: Session, command: sc.DropView, operation: Operation) -> Answer:
    """DROP VIEW, catalog.dropTempView, catalog.dropGlobalTempView."""
    found = find(session, command.name)
    if isinstance(found, Temporary):
        dropped = drop_temporary(session, found)
        return Answer(rows=NOTHING.result(session.zone), other={"dropped": dropped})
    name = session.warehouse.name_of(command.name, session)
    if found is None:
        if command.if_exists:
            return nothing(session)
        raise not_in_catalog(name.said(command.name))
    if not found.is_view:
        raise AnalysisError(
            "WRONG_COMMAND_FOR_OBJECT_TYPE",
            alternative="DROP TABLE",
            foundType=found.kind,
            objectName=name.plain,
            operation="DROP VIEW",
            requiredType="VIEW or METRIC_VIEW",
        )
    session.warehouse.catalog.drop(name)
    return nothing(session)


def drop_temporary(session: Session, found: Temporary) -> bool:
    """Without a temporary view; False when another was faster."""
    session.forget(found.parts)
    views = session.warehouse.global_views if found.is_global else session.views
    return views.drop(found.view.name)


def not_in_catalog(name: TableName) -> AnalysisError:
    """The error of DROP for what is not there, which looks nowhere but in the catalog."""
    place = name.shown.rpartition(".")[0]
    return AnalysisError(
        "TABLE_OR_VIEW_NOT_FOUND", relationName=name.shown, searchPath=f"[{place}]"
    )
