"""Catalog messages to commands: SQL's command where there is one, else a CatalogCall."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from boathouse import sql
from boathouse.connect.decode.invalid import unset
from boathouse.connect.decode.types import struct_type
from boathouse.spec import commands as c


def _options(mapping: Any) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(mapping.items()))


def _create_table(body: Any, path: str | None, **more: Any) -> c.Command:
    columns: tuple[c.ColumnDefinition, ...] = ()
    if body.HasField("schema"):
        columns = tuple(c.ColumnDefinition(field) for field in struct_type(body.schema))
    return c.CreateTable(
        sql.parse_identifier(body.table_name),
        columns,
        provider=body.source,
        options=_options(body.options),
        location=path,
        **more,
    )


def _path(body: Any) -> str | None:
    return body.path if body.HasField("path") else None


def _plain_table(body: Any) -> c.Command:
    comment = body.description if body.HasField("description") else None
    external = body.HasField("path")
    return _create_table(body, _path(body), comment=comment, external=external)


def _create_database(body: Any) -> c.Command:
    properties = dict(body.properties)
    comment, location = properties.pop("comment", None), properties.pop("location", None)
    return c.CreateDatabase(
        sql.parse_identifier(body.db_name),
        body.if_not_exists,
        comment,
        location,
        _options(properties),
    )


def _fields(operation: str) -> Callable[[Any], c.Command]:
    """A call that keeps the message's fields as they are: None where an optional one is unset."""

    def build(body: Any) -> c.Command:
        arguments: list[tuple[str, object]] = []
        for field in body.DESCRIPTOR.fields:
            unset = field.has_presence and not body.HasField(field.name)
            arguments.append((field.name, None if unset else getattr(body, field.name)))
        return c.CatalogCall(operation, tuple(arguments))

    return build


def _name(text: str) -> c.Parts:
    return sql.parse_identifier(text)


_COMMANDS: dict[str, Callable[[Any], c.Command]] = {
    "set_current_database": lambda b: c.Use(_name(b.db_name), "database"),
    "set_current_catalog": lambda b: c.SetCatalog(b.catalog_name),
    "create_external_table": lambda b: _create_table(b, _path(b), external=True),
    "create_table": _plain_table,
    "recover_partitions": lambda b: c.AlterTable(
        _name(b.table_name), c.AlterPartitions("recover", caller="recoverPartitions()")
    ),
    "cache_table": lambda b: c.Cache(_name(b.table_name)),
    "uncache_table": lambda b: c.Uncache(_name(b.table_name)),
    "clear_cache": lambda b: c.ClearCache(),
    "refresh_table": lambda b: c.Refresh(_name(b.table_name), from_catalog=True),
    "refresh_by_path": lambda b: c.Refresh(path=b.path),
    "drop_table": lambda b: c.DropTable(_name(b.table_name), b.if_exists, b.purge),
    "drop_view": lambda b: c.DropView(_name(b.view_name), b.if_exists),
    "create_database": _create_database,
    "drop_database": lambda b: c.DropDatabase(_name(b.db_name), b.if_exists, b.cascade),
    "truncate_table": lambda b: c.Truncate(_name(b.table_name), caller="Catalog.truncateTable"),
    "analyze_table": lambda b: c.Analyze(_name(b.table_name), no_scan=b.no_scan),
}

_CALLS = (
    "current_database",
    "list_databases",
    "list_tables",
    "list_functions",
    "list_columns",
    "get_database",
    "get_table",
    "get_function",
    "database_exists",
    "table_exists",
    "function_exists",
    "drop_temp_view",
    "drop_global_temp_view",
    "is_cached",
    "current_catalog",
    "list_catalogs",
    "list_partitions",
    "list_views",
    "get_table_properties",
    "get_create_table_string",
)

KINDS = _COMMANDS | {operation: _fields(operation) for operation in _CALLS}


def command(message: Any) -> c.Command:
    """The command that a `Catalog` message says."""
    which = message.WhichOneof("cat_type")
    if which is None:
        raise unset(message, "cat_type")
    return KINDS[which](getattr(message, which))
