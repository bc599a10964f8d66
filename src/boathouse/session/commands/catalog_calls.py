"""The operations of `spark.catalog` that no SQL statement stands for, and what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boathouse import sql
from boathouse.errors.exceptions import unsupported
from boathouse.functions.registry import functions as built_in
from boathouse.session.answers import Answer, answer, schema
from boathouse.session.catalog import CATALOG, Database, matching
from boathouse.session.commands import caching, showing
from boathouse.session.commands.databases import find_database
from boathouse.session.commands.functions import SqlFunction, class_name, resolve, usage
from boathouse.session.commands.targets import (
    Target,
    Temporary,
    database_of,
    find,
    require,
    schema_of,
)
from boathouse.session.commands.views import drop_temporary
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.spec import commands as sc

_DATABASES = schema(
    ("name", t.STRING, True),
    ("catalog", t.STRING, True),
    ("description", t.STRING, True),
    ("locationUri", t.STRING, True),
)
_TABLES = schema(
    ("name", t.STRING, True),
    ("catalog", t.STRING, True),
    ("namespace", t.ArrayType(t.STRING), True),
    ("description", t.STRING, True),
    ("tableType", t.STRING, True),
    ("isTemporary", t.BOOLEAN),
)
_FUNCTIONS = schema(
    ("name", t.STRING, True),
    ("catalog", t.STRING, True),
    ("namespace", t.ArrayType(t.STRING), True),
    ("description", t.STRING, True),
    ("className", t.STRING, True),
    ("isTemporary", t.BOOLEAN),
)
_COLUMNS = schema(
    ("name", t.STRING, True),
    ("description", t.STRING, True),
    ("dataType", t.STRING, True),
    ("nullable", t.BOOLEAN),
    ("isPartition", t.BOOLEAN),
    ("isBucket", t.BOOLEAN),
    ("isCluster", t.BOOLEAN),
)
_CATALOGS = schema(("name", t.STRING, True), ("description", t.STRING, True))
_FLAG = schema(("value", t.BOOLEAN))
_TEXT = schema(("value", t.STRING))


def catalog_call(session: Session, command: sc.CatalogCall, operation: Operation) -> Answer:
    """One operation of `spark.catalog`."""
    handler = _CALLS.get(command.operation)
    if handler is None:
        raise unsupported(f"the catalog operation {command.operation}")
    return handler(session, dict(command.arguments))


def _parts(text: str | None) -> tuple[str, ...]:
    return () if not text else sql.parse_identifier(text)


def _name(arguments: Mapping[str, Any], key: str = "table_name") -> tuple[str, ...]:
    """The name of a table or function, in the database said beside it."""
    return (*_parts(arguments.get("db_name")), *_parts(arguments[key]))


# ---- databases and catalogs
# -----------------------------------------------------------------------


def _current_database(session: Session, arguments: Mapping[str, Any]) -> Answer:
    return answer(session, _TEXT, [(session.current_schema,)])


def _current_catalog(session: Session, arguments: Mapping[str, Any]) -> Answer:
    return answer(session, _TEXT, [(session.catalog,)])


def _list_catalogs(session: Session, arguments: Mapping[str, Any]) -> Answer:
    names = matching([CATALOG], arguments.get("pattern"))
    return answer(session, _CATALOGS, [(name, None) for name in names])


def _database_row(database: Database) -> tuple[str, ...]:
    return database.name, CATALOG, database.comment, f"file:{database.location}"


def _list_databases(session: Session, arguments: Mapping[str, Any]) -> Answer:
    known = {d.name: d for d in session.warehouse.catalog.databases()}
    names = matching(known, arguments.get("pattern"))
    return answer(session, _DATABASES, [_database_row(known[name]) for name in names])


def _get_database(session: Session, arguments: Mapping[str, Any]) -> Answer:
    found = find_database(session, _parts(arguments["db_name"]))
    return answer(session, _DATABASES, [_database_row(found)])


def _database_exists(session: Session, arguments: Mapping[str, Any]) -> Answer:
    name = database_of(session, _parts(arguments["db_name"]))
    return answer(session, _FLAG, [(session.warehouse.catalog.database(name) is not None,)])


# ---- tables and views
# -----------------------------------------------------------------------------


def _table_row(target: Target) -> tuple[Any, ...]:
    if isinstance(target, Temporary):
        namespace = [target.namespace] if target.is_global else []
        return target.view.name, None, namespace, target.view.comment, "TEMPORARY", True
    name = target.name
    return name.table, CATALOG, [name.database], target.comment, target.kind, False


def _list_tables(session: Session, arguments: Mapping[str, Any]) -> Answer:
    database = showing.listing_database(session, _parts(arguments.get("db_name")))
    found = showing.listed(session, database, arguments.get("pattern"))
    return answer(session, _TABLES, [_table_row(x) for x in found])


def _list_views(session: Session, arguments: Mapping[str, Any]) -> Answer:
    database = showing.listing_database(session, _parts(arguments.get("db_name")))
    found = showing.listed(session, database, arguments.get("pattern"))
    return answer(session, _TABLES, [_table_row(x) for x in found if showing.is_view(x)])


def _get_table(session: Session, arguments: Mapping[str, Any]) -> Answer:
    return answer(session, _TABLES, [_table_row(require(session, _name(arguments)))])


def _table_exists(session: Session, arguments: Mapping[str, Any]) -> Answer:
    return answer(session, _FLAG, [(find(session, _name(arguments)) is not None,)])


def _list_columns(session: Session, arguments: Mapping[str, Any]) -> Answer:
    target = require(session, _name(arguments))
    sets = ((), (), ())
    if not isinstance(target, Temporary):
        sets = (target.partition_by, target.bucket_by, target.cluster_by)
    groups = [{name.lower() for name in names} for names in sets]
    rows = [
        (
            f.name,
            dict(f.metadata).get("comment"),
            f.type.simple,
            f.nullable,
            *(f.name.lower() in group for group in groups),
        )
        for f in schema_of(session, target).fields
    ]
    return answer(session, _COLUMNS, rows)


def _is_cached(session: Session, arguments: Mapping[str, Any]) -> Answer:
    return answer(session, _FLAG, [(caching.is_cached(session, _name(arguments)),)])


def _drop_temp_view(session: Session, arguments: Mapping[str, Any]) -> Answer:
    view = session.views.get(arguments["view_name"])
    dropped = view is not None and drop_temporary(session, Temporary(view))
    return answer(session, _FLAG, [(dropped,)])


def _drop_global_temp_view(session: Session, arguments: Mapping[str, Any]) -> Answer:
    view = session.warehouse.global_views.get(arguments["view_name"])
    dropped = view is not None and drop_temporary(session, Temporary(view, is_global=True))
    return answer(session, _FLAG, [(dropped,)])


def _list_partitions(session: Session, arguments: Mapping[str, Any]) -> Answer:
    names = showing.partition_names(session, _name(arguments))
    return answer(session, schema(("partition", t.STRING, True)), [(name,) for name in names])


def _table_properties(session: Session, arguments: Mapping[str, Any]) -> Answer:
    properties = showing.properties_of(require(session, _name(arguments)))
    columns = schema(("key", t.STRING), ("value", t.STRING))
    return answer(session, columns, list(properties.items()))


def _create_table_string(session: Session, arguments: Mapping[str, Any]) -> Answer:
    return answer(session, _TEXT, [(showing.create_statement(session, _name(arguments)),)])


# ---- functions
# ------------------------------------------------------------------------------------


def _function_row(function: Any, name: str) -> tuple[Any, ...]:
    if isinstance(function, SqlFunction):
        stored = len(function.name) > 1
        catalog = function.name[0] if stored else None
        namespace = [function.name[1]] if stored else None
        comment = function.definition.comment
        return function.name[-1], catalog, namespace, comment, class_name(function), not stored
    description = usage(function) if hasattr(function, "doc") else "N/A."
    return name, None, None, description, class_name(function), True


def _list_functions(session: Session, arguments: Mapping[str, Any]) -> Answer:
    database = find_database(session, _parts(arguments.get("db_name")))
    known: dict[str, Any] = {n: f for n, f in built_in().items() if not f.hidden}
    known |= session.functions
    known |= {f.name[-1]: f for f in session.warehouse.functions(session, database.name)}
    names = matching(sorted(known), arguments.get("pattern"))
    return answer(session, _FUNCTIONS, [_function_row(known[name], name) for name in names])


def _get_function(session: Session, arguments: Mapping[str, Any]) -> Answer:
    parts = _name(arguments, "function_name")
    found = resolve(session, parts)
    return answer(session, _FUNCTIONS, [_function_row(found, parts[-1].lower())])


def _function_exists(session: Session, arguments: Mapping[str, Any]) -> Answer:
    parts = _name(arguments, "function_name")
    found = session.tables().function(parts) is not None
    if len(parts) == 1 or parts[:-1] in (("builtin",), ("system", "builtin")):
        found = found or parts[-1].lower() in built_in()
    return answer(session, _FLAG, [(found,)])


_CALLS: dict[str, Callable[[Session, Mapping[str, Any]], Answer]] = {
    "current_database": _current_database,
    "current_catalog": _current_catalog,
    "list_catalogs": _list_catalogs,
    "list_databases": _list_databases,
    "get_database": _get_database,
    "database_exists": _database_exists,
    "list_tables": _list_tables,
    "list_views": _list_views,
    "get_table": _get_table,
    "table_exists": _table_exists,
    "list_columns": _list_columns,
    "is_cached": _is_cached,
    "drop_temp_view": _drop_temp_view,
    "drop_global_temp_view": _drop_global_temp_view,
    "list_partitions": _list_partitions,
    "get_table_properties": _table_properties,
    "get_create_table_string": _create_table_string,
    "list_functions": _list_functions,
    "get_function": _get_function,
    "function_exists": _function_exists,
}
