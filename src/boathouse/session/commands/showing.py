"""SHOW of any kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError, unsupported
from boathouse.functions.registry import functions as built_in
from boathouse.functions.table_names import known_collations
from boathouse.plan.explain import tree_text
from boathouse.session.answers import Answer, answer, schema
from boathouse.session.catalog import CATALOG, Table, matching
from boathouse.session.commands import defaults, partitions
from boathouse.session.commands.describing import details
from boathouse.session.commands.functions import SqlFunction
from boathouse.session.commands.targets import (
    Target,
    Temporary,
    find,
    refuse_nested,
    require,
    require_database,
    require_table,
    schema_of,
    shown,
    shown_target,
)
from boathouse.session.delta import is_delta
from boathouse.session.views import GLOBAL_DATABASE
from boathouse.tables.delta.properties import settable
from boathouse.types import datatypes as t
from boathouse.types.char_types import texts_for_chars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
from boathouse.spec import commands as sc

_TABLES = schema(("namespace", t.STRING), ("tableName", t.STRING), ("isTemporary", t.BOOLEAN))
_VIEWS = schema(("namespace", t.STRING), ("viewName", t.STRING), ("isTemporary", t.BOOLEAN))
_EXTENDED = schema(
    ("namespace", t.STRING),
    ("tableName", t.STRING),
    ("isTemporary", t.BOOLEAN),
    ("information", t.STRING),
)
_COLLATIONS = schema(
    ("NAME", t.STRING),
    ("LANGUAGE", t.STRING, True),
    ("COUNTRY", t.STRING, True),
    ("ACCENT_SENSITIVITY", t.STRING),
    ("CASE_SENSITIVITY", t.STRING),
    ("PAD_ATTRIBUTE", t.STRING),
    ("ICU_VERSION", t.STRING, True),
)


def show(session: Session, command: sc.Show, operation: Operation) -> Answer:
    """SHOW."""
    handler = _KINDS.get(command.kind)
    if handler is None:
        raise unsupported(f"SHOW {command.kind.upper()}")
    return handler(session, command)


# ---- names
# ----------------------------------------------------------------------------------------


def listed(session: Session, database: str, pattern: str | None) -> list[Target]:
    """The tables and views of `database`, then the temporary views of the session, by name."""
    known: dict[str, Target] = {}
    if database == GLOBAL_DATABASE:
        for name, view in session.warehouse.global_views.snapshot().items():
            known[name] = Temporary(view, is_global=True)
    else:
        known = {x.name.table: x for x in session.warehouse.catalog.tables(database)}
    temporary = {name: Temporary(view) for name, view in session.views.snapshot().items()}
    return [
        *(known[name] for name in matching(sorted(known), pattern)),
        *(temporary[name] for name in matching(sorted(temporary), pattern)),
    ]


def listing_database(session: Session, parts: tuple[str, ...]) -> str:
    """The database whose tables are listed, which may be that of the global temporary views."""
    if len(parts) == 1 and parts[0].lower() == GLOBAL_DATABASE:
        return GLOBAL_DATABASE
    refuse_nested(parts)
    return require_database(session, parts)


def _row(target: Target) -> tuple[str, str, bool]:
    if isinstance(target, Temporary):
        return target.namespace, target.view.name, True
    return target.name.database, target.name.table, False


def is_view(target: Target) -> bool:
    """Whether it is a view of any kind."""
    return isinstance(target, Temporary) or target.is_view


def _tables(session: Session, command: sc.Show) -> Answer:
    database = listing_database(session, command.name)
    rows = [_row(x) for x in listed(session, database, command.pattern)]
    return answer(session, _TABLES, rows)


def _views(session: Session, command: sc.Show) -> Answer:
    database = listing_database(session, command.name)
    rows = [_row(x) for x in listed(session, database, command.pattern) if is_view(x)]
    return answer(session, _VIEWS, rows)


def _databases(session: Session, command: sc.Show) -> Answer:
    names = [d.name for d in session.warehouse.catalog.databases()]
    if command.name and shown(command.name).lower() != t.quoted(CATALOG):
        require_database(session, command.name)
        names = []  # databases hold no databases
    rows = [(name,) for name in matching(names, command.pattern)]
    return answer(session, schema(("namespace", t.STRING)), rows)


def _catalogs(session: Session, command: sc.Show) -> Answer:
    rows = [(name,) for name in matching([CATALOG], command.pattern)]
    return answer(session, schema(("catalog", t.STRING)), rows)


def _current_namespace(session: Session, command: sc.Show) -> Answer:
    columns = schema(("catalog", t.STRING), ("namespace", t.STRING))
    return answer(session, columns, [(session.catalog, session.current_schema)])


def function_names(session: Session, scope: str | None, pattern: str | None) -> list[str]:
    """The names of functions: of Spark (SYSTEM), of users (USER), or both."""
    system = [name for name, f in built_in().items() if not f.hidden]
    user = [
        f.shown if isinstance(f, SqlFunction) else name for name, f in session.functions.items()
    ]
    user += [f.shown for f in session.warehouse.functions(session)]
    # The pattern is for names alone; those of users are shown in full.
    full = {name.rpartition(".")[2]: name for name in user}
    chosen = {"SYSTEM": system, "USER": [*full]}.get(scope or "ALL", [*system, *full])
    found = matching(sorted(set(chosen)), pattern)
    listed = [name for name in found if name in system and (scope or "ALL") != "USER"]
    listed += [full[name] for name in found if name in full and scope != "SYSTEM"]
    return sorted(listed)


def _functions(session: Session, command: sc.Show) -> Answer:
    require_database(session, command.name)
    names = function_names(session, command.scope, command.pattern)
    return answer(session, schema(("function", t.STRING)), [(name,) for name in names])


def _collations(session: Session, command: sc.Show) -> Answer:
    rows = [row[2:] for row in known_collations()]
    found = set(matching([str(row[0]) for row in rows], command.pattern))
    return answer(session, _COLLATIONS, [row for row in rows if row[0] in found])


def _procedures(session: Session, command: sc.Show) -> Answer:
    raise AnalysisError("MISSING_CATALOG_ABILITY.PROCEDURES", plugin=CATALOG)


# ---- one table
# ------------------------------------------------------------------------------------


def _columns(session: Session, command: sc.Show) -> Answer:
    columns = schema_of(session, require(session, command.name))
    return answer(session, schema(("col_name", t.STRING)), [(name,) for name in columns.names])


def properties_of(target: Target) -> dict[str, str]:
    """The properties of a table or view in order, options among them."""
    if isinstance(target, Temporary):
        return {}
    options = {f"option.{key}": value for key, value in target.options.items()}
    return dict(sorted({**target.properties, **options}.items()))


def _properties(session: Session, command: sc.Show) -> Answer:
    target = require(session, command.name)
    properties = properties_of(target)
    columns = schema(("key", t.STRING), ("value", t.STRING))
    if command.key is None:
        return answer(session, columns, list(properties.items()))
    name = target.shown if isinstance(target, Temporary) else target.name.plain
    missing = f"Table {name} does not have property: {command.key}"
    return answer(session, columns, [(command.key, properties.get(command.key, missing))])


def _partitions(session: Session, command: sc.Show) -> Answer:
    names = partition_names(session, command.name, command.partition)
    return answer(session, schema(("partition", t.STRING)), [(name,) for name in names])


def partition_names(
    session: Session, name: tuple[str, ...], partition: partitions.Said = ()
) -> list[str]:
    """The partitions of a table as ``a=1/b=x``; those with the values of `partition`."""
    table = require_table(session, name, "SHOW PARTITIONS")
    if not table.partition_by:
        raise AnalysisError(
            "INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY", name=table.name.shown
        )
    wanted = partitions.said(session, table, partition)
    return sorted(partitions.name_of(p) for p in partitions.matching(table, wanted))


def _extended(session: Session, command: sc.Show) -> Answer:
    database = listing_database(session, command.name)
    if command.partition:
        return _extended_partition(session, command, database)
    rows = [
        (*_row(target), _information(session, target))
        for target in listed(session, database, command.pattern)
    ]
    return answer(session, _EXTENDED, rows)


def _information(session: Session, target: Target) -> str:
    lines = [f"{key}: {value}" if value else key for key, value in details(session, target)]
    if isinstance(target, Table) and target.partition_by:
        columns = ", ".join(t.quoted(name) for name in target.partition_by)
        lines.append(f"Partition Columns: [{columns}]")
    columns = texts_for_chars(schema_of(session, target))
    return "\n".join(lines) + f"\nSchema: {tree_text(columns)}\n"


def _extended_partition(session: Session, command: sc.Show, database: str) -> Answer:
    named = (database, command.pattern or "")
    parts = named if command.name else named[1:]
    table = require_table(session, parts, "SHOW TABLE EXTENDED")
    wanted = partitions.said(session, table, command.partition) if table.partition_by else ()
    partitions.require_whole(table, wanted, "SHOW TABLE EXTENDED")
    if not partitions.matching(table, wanted):
        raise partitions.not_found(table, wanted)
    values = ", ".join(f"{name}={value}" for name, value in wanted)
    lines = [
        f"Partition Values: [{values}]",
        f"Location: file:{partitions.place_of(table, wanted)}",
    ]
    known = dict(details(session, table))
    keys = ("Storage Properties", "Created Time", "Last Access")
    lines += [f"{key}: {known[key]}" for key in keys if key in known]
    row = (table.name.database, table.name.table, False, "\n".join(lines) + "\n")
    return answer(session, _EXTENDED, [row])


# ---- SHOW CREATE TABLE
# ------------------------------------------------------------------------------


def _create_table(session: Session, command: sc.Show) -> Answer:
    text = create_statement(session, command.name)
    target = find(session, command.name)
    if command.as_serde and isinstance(target, Table) and not target.is_view:
        raise AnalysisError(
            "UNSUPPORTED_SHOW_CREATE_TABLE.ON_DATA_SOURCE_TABLE_WITH_AS_SERDE",
            tableName=target.name.shown,
        )
    return answer(session, schema(("createtab_stmt", t.STRING)), [(text,)])


def create_statement(session: Session, name: tuple[str, ...]) -> str:
    """The statement that would make a table or view again."""
    target = find(session, name)
    if target is None:
        target = require(session, name)
    if isinstance(target, Temporary):
        raise AnalysisError(
            "EXPECT_PERMANENT_VIEW_NOT_TEMP",
            operation="SHOW CREATE TABLE",
            viewName=shown_target(target),
        )
    if target.language:
        raise AnalysisError(
            "UNSUPPORTED_SHOW_CREATE_TABLE.ON_METRIC_VIEW", tableName=t.quoted(target.name.table)
        )
    if target.is_view:
        return _view_statement(target)
    return _table_statement(target, session.setting_text("spark.sql.redaction.options.regex"))


def _view_statement(view: Table) -> str:
    columns = (
        t.quoted_if_needed(f.name) + _comment(dict(f.metadata).get("comment"))
        for f in view.schema.fields
    )
    lines = [f"CREATE VIEW {_name(view.name.database, view.name.table)} (", _block(columns)]
    if view.comment is not None:
        lines.append(f"COMMENT {_text(view.comment)}")
    if view.collation:
        lines.append(f"DEFAULT COLLATION {view.collation}")
    if view.properties:
        lines += ["TBLPROPERTIES (", _block(_pairs(view.properties))]
    if view.shown_mode:
        lines.append(f"WITH SCHEMA {view.shown_mode}")
    lines.append(f"AS {view.view}")
    return "\n".join(lines) + "\n"


def _table_statement(table: Table, hidden: str) -> str:
    name = _name(CATALOG, table.name.database, table.name.table)
    lines = [f"CREATE TABLE {name} (", _block(_column(f) for f in table.schema.fields)]
    lines.append(f"USING {table.provider}")
    if table.options:
        lines += ["OPTIONS (", _block(_pairs(redacted(table.options, hidden)))]
    transforms = list(map(t.quoted_if_needed, table.partition_by))
    files = not is_delta(table.provider)
    if files and table.cluster_by:
        transforms.append(f"cluster_by({', '.join(map(t.quoted_if_needed, table.cluster_by))})")
    for words, names in (
        ("PARTITIONED", transforms),
        ("CLUSTERED", map(t.quoted_if_needed, table.bucket_by)),
        ("SORTED", map(t.quoted_if_needed, table.sort_by)),
    ):
        if listed := ", ".join(names):
            lines.append(f"{words} BY ({listed})")
    if table.buckets:
        lines.append(f"INTO {table.buckets} BUCKETS")
    if table.cluster_by and not files:
        lines.append(f"CLUSTER BY ({', '.join(map(t.quoted_if_needed, table.cluster_by))})")
    if table.collation:
        lines.append(f"DEFAULT COLLATION {table.collation}")
    if table.comment is not None:
        lines.append(f"COMMENT {_text(table.comment)}")
    if table.external:
        lines.append(f"LOCATION {_text(f'file:{table.path}')}")
    properties = settable(table.properties) if is_delta(table.provider) else table.properties
    if properties:
        lines += ["TBLPROPERTIES (", _block(_pairs(properties))]
    return "\n".join(lines) + "\n"


def _name(*parts: str) -> str:
    return ".".join(map(t.quoted_if_needed, parts))


def _block(entries: Iterable[str]) -> str:
    return ",\n".join(f"  {entry}" for entry in entries) + ")"


_HIDDEN_ALWAYS = "(?i)secret|password|token|access[.]?key"


def redacted(options: Mapping[str, str], hidden: str) -> dict[str, str]:
    """`options` without the values of those that hold secrets, or match the pattern `hidden`."""
    patterns = [_HIDDEN_ALWAYS, hidden] if hidden else [_HIDDEN_ALWAYS]
    return {
        key: "*********(redacted)" if any(re.search(p, key) for p in patterns) else value
        for key, value in options.items()
    }


def _pairs(mapping: Mapping[str, str]) -> list[str]:
    pairs = sorted(mapping.items())
    return [f"{_text(key)} = {_text(value)}" for key, value in pairs]


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _comment(text: str | None) -> str:
    return "" if text is None else f" COMMENT {_text(text)}"


def _column(field: t.StructField) -> str:
    metadata = dict(field.metadata)
    parts = [t.quoted_if_needed(field.name), _type(field.type)]
    if not field.nullable:
        parts.append("NOT NULL")
    if defaults.CURRENT in metadata:
        parts.append(f"DEFAULT {metadata[defaults.CURRENT]}")
    return " ".join(parts) + _comment(metadata.get("comment"))


def _type(of: t.DataType) -> str:
    match of:
        case t.StringType() | t.CharType() | t.VarcharType():
            return f"{of.sql} COLLATE UTF8_BINARY" if "COLLATE" not in of.sql else of.sql
        case t.ArrayType():
            return f"ARRAY<{_type(of.element)}>"
        case t.MapType():
            return f"MAP<{_type(of.key)}, {_type(of.value)}>"
        case t.StructType():
            fields = (
                f"{t.quoted_if_needed(f.name)}: {_type(f.type)}{'' if f.nullable else ' NOT NULL'}"
                f"{_comment(dict(f.metadata).get('comment'))}"
                for f in of.fields
            )
            return f"STRUCT<{', '.join(fields)}>"
        case _:
            return of.sql


_KINDS: dict[str, Callable[[Session, sc.Show], Answer]] = {
    "tables": _tables,
    "views": _views,
    "databases": _databases,
    "catalogs": _catalogs,
    "current namespace": _current_namespace,
    "functions": _functions,
    "columns": _columns,
    "tblproperties": _properties,
    "partitions": _partitions,
    "table extended": _extended,
    "create table": _create_table,
    "collations": _collations,
    "procedures": _procedures,
}
