"""DESCRIBE, and the facts about a table that SHOW TABLE EXTENDED tells too."""

from __future__ import annotations

import datetime
import getpass
import json
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError, ParseError
from boathouse.session import execute
from boathouse.session.answers import Answer, answer, commented, schema
from boathouse.session.catalog import CATALOG, Table
from boathouse.session.commands import defaults, partitions
from boathouse.session.commands.databases import find_database
from boathouse.session.commands.functions import describe_function
from boathouse.session.commands.moments import moment
from boathouse.session.commands.resources import procedure_not_found
from boathouse.session.commands.tables import CLUSTERING
from boathouse.session.commands.targets import (
    Target,
    Temporary,
    require,
    schema_of,
)
from boathouse.session.commands.views import told_settings
from boathouse.spec import commands as sc
from boathouse.types import datatypes as t
from boathouse.types.char_types import text_for_char

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boathouse.session.operations import Operation
    from boathouse.session.session import Session

_COLUMNS = commented(
    schema(("col_name", t.STRING), ("data_type", t.STRING), ("comment", t.STRING, True)),
    "name of the column",
    "data type of the column",
    "comment of the column",
)
_INFORMATION = commented(
    schema(("info_name", t.STRING), ("info_value", t.STRING)),
    "name of the column info",
    "value of the column info",
)
_DATABASE = commented(
    schema(("info_name", t.STRING), ("info_value", t.STRING, True)),
    "name of the namespace info",
    "value of the namespace info",
)
_STATISTICS = (
    "min",
    "max",
    "num_nulls",
    "distinct_count",
    "avg_col_len",
    "max_col_len",
    "histogram",
)
CREATED_BY = "Spark 4.2.0"
"""The system whose tables these are, as DESCRIBE tells it."""

Row = tuple[str, str, str | None]


def describe(session: Session, command: sc.Describe, operation: Operation) -> Answer:
    """DESCRIBE of any kind."""
    match command.kind:
        case "database":
            return _database(session, command)
        case "function":
            return describe_function(session, command)
        case "procedure":
            raise procedure_not_found(session, command.name)
        case "query":
            assert command.input is not None  # noqa: S101 - the parser's promise
            columns = execute.schema_of(session.plan(command.input, operation))
            return answer(session, _COLUMNS, list(_columns(columns)))
        case _ if command.as_json:
            return _as_json(session, command)
        case _ if command.column:
            return _column(session, command)
        case _:
            return _table(session, command)


# ---- tables
# ---------------------------------------------------------------------------------------


def _columns(columns: t.StructType) -> Iterator[Row]:
    for field in columns.fields:
        yield field.name, field.type.simple, dict(field.metadata).get("comment")


def _table(session: Session, command: sc.Describe) -> Answer:
    target = require(session, command.name, routines=True)
    if command.partition:
        _refuse_partition(target, command)
    columns = schema_of(session, target)
    rows = list(_columns(columns))
    if isinstance(target, Table):
        for title, names in (
            ("# Partition Information", target.partition_by),
            ("# Clustering Information", target.cluster_by),
        ):
            if names or (title.startswith("# Cl") and CLUSTERING in target.properties):
                rows += [(title, "", ""), ("# col_name", "data_type", "comment")]
                chosen = (f for n in names for f in columns.fields if f.name.lower() == n.lower())
                rows += _columns(t.StructType(tuple(chosen)))
        if command.partition:
            rows += _partition_rows(session, target, command)
        elif command.extended:
            rows += [("", "", ""), ("# Detailed Table Information", "", "")]
            rows += [(key, value, "") for key, value in details(session, target)]
        rows += _default_rows(target)
    return answer(session, _COLUMNS, rows)


def _refuse_partition(target: Target, command: sc.Describe) -> None:
    """A view has no partitions."""
    if isinstance(target, Temporary) or target.is_view:
        raise AnalysisError(
            "FORBIDDEN_OPERATION",
            statement="DESC PARTITION",
            objectType="TEMPORARY VIEW" if isinstance(target, Temporary) else "VIEW",
            objectName=t.quoted(command.name[-1]),
        )


def _default_rows(table: Table) -> Iterator[Row]:
    pairs = [(f, dict(f.metadata).get(defaults.CURRENT)) for f in table.schema.fields]
    if any(text is not None for _, text in pairs):
        yield "", "", ""
        yield "# Column Default Values", "", ""
        for field, text in pairs:
            if text is not None:
                yield field.name, field.type.simple, text


def _found_partition(session: Session, table: Table, command: sc.Describe) -> partitions.Partition:
    wanted = partitions.said(session, table, command.partition) if table.partition_by else ()
    partitions.require_whole(table, wanted, "DESC PARTITION")
    if not partitions.matching(table, wanted):
        raise partitions.not_found(table, wanted)
    return wanted


def _partition_rows(session: Session, table: Table, command: sc.Describe) -> list[Row]:
    wanted = _found_partition(session, table, command)
    if not command.extended:
        return []
    values = ", ".join(f"{name}={value}" for name, value in wanted)
    return [
        ("", "", ""),
        ("# Detailed Partition Information", "", ""),
        ("Database", table.name.database, ""),
        ("Table", table.name.table, ""),
        ("Partition Values", f"[{values}]", ""),
        ("Location", f"file:{partitions.place_of(table, wanted)}", ""),
        *_storage(table),
        ("Created Time", moment(session.zone, table.created), ""),
        ("Last Access", "UNKNOWN", ""),
        ("", "", ""),
        ("# Storage Information", "", ""),
        ("Location", f"file:{table.path}", ""),
        *_storage(table),
    ]


def _storage(table: Table) -> list[Row]:
    return [("Storage Properties", _pairs(table.options), "")] if table.options else []


def _pairs(mapping: object) -> str:
    pairs = sorted(dict(mapping).items())  # pyright: ignore[reportArgumentType, reportCallIssue]
    return f"[{', '.join(f'{key}={value}' for key, value in pairs)}]"


def _list(names: tuple[str, ...]) -> str:
    return f"[{', '.join(t.quoted(name) for name in names)}]"


def details(session: Session, target: Target) -> Iterator[tuple[str, str]]:
    """What is known of a table or view besides its columns."""
    if isinstance(target, Temporary):
        yield from _temporary_details(session, target)
        return
    yield "Catalog", CATALOG
    yield "Database", target.name.database
    yield "Table", target.name.table
    yield "Created Time", moment(session.zone, target.created)
    yield "Last Access", "UNKNOWN"
    yield "Created By", CREATED_BY
    yield "Type", target.kind
    if target.is_view:
        yield from _view_details(target)
        return
    yield "Provider", target.provider
    if target.buckets:
        yield "Num Buckets", str(target.buckets)
        yield "Bucket Columns", _list(target.bucket_by)
        yield "Sort Columns", _list(target.sort_by)
    if target.comment is not None:
        yield "Comment", target.comment
    if target.properties:
        yield "Table Properties", _pairs(target.properties)
    if target.measured_bytes is not None:
        rows = "" if target.measured_rows is None else f", {target.measured_rows} rows"
        yield "Statistics", f"{target.measured_bytes} bytes{rows}"
    yield "Location", f"file:{target.path}"
    for key, value, _ in _storage(target):
        yield key, value
    if target.partition_by:
        yield "Partition Provider", "Catalog"
    if target.collation:
        yield "Collation", target.collation


def _view_details(view: Table) -> Iterator[tuple[str, str]]:
    if view.comment is not None:
        yield "Comment", view.comment
    if view.collation:
        yield "Collation", view.collation
    yield "View Text", view.view or ""
    if view.language:
        yield "Language", view.language
        yield "Table Properties", _pairs(view.properties)
        return
    yield "View Original Text", view.view or ""
    if view.shown_mode:
        yield "View Schema Mode", view.shown_mode
    yield "View Catalog and Namespace", f"{CATALOG}.{view.namespace}"
    yield "View Query Output Columns", _list(view.output)
    if view.properties:
        yield "Table Properties", _pairs(view.properties)


def _temporary_details(session: Session, target: Temporary) -> Iterator[tuple[str, str]]:
    view = target.view
    if target.is_global:
        yield "Database", target.namespace
    yield "Table", view.name
    yield "Created Time", moment(session.zone, view.created)
    yield "Last Access", "UNKNOWN"
    yield "Created By", CREATED_BY
    yield "Type", "VIEW"
    if view.comment is not None:
        yield "Comment", view.comment
    if view.text:
        yield "View Text", view.text
        yield "View Schema Mode", "BINDING"
        yield "View Catalog and Namespace", f"{CATALOG}.{view.namespace}"
        yield "View Query Output Columns", _list(view.output)


def _column(session: Session, command: sc.Describe) -> Answer:
    target = require(session, command.name, routines=True)
    columns = schema_of(session, target)
    name = command.column[0] if len(command.column) == 1 else command.column[-1]
    field = next((f for f in columns.fields if f.name.lower() == name.lower()), None)
    inner = any(f.name.lower() == command.column[0].lower() for f in columns.fields)
    if len(command.column) > 1 and inner:
        raise _nested(command, columns)
    if field is None:
        raise AnalysisError(
            "COLUMN_NOT_FOUND",
            colName=".".join(map(t.quoted, command.column)),
            caseSensitiveConfig='"spark.sql.caseSensitive"',
        )
    metadata = dict(field.metadata)
    rows = [
        ("col_name", field.name),
        ("data_type", field.type.simple),
        ("comment", metadata.get("comment") or "NULL"),
    ]
    if command.extended:
        known = target.statistics.get(field.name, {}) if isinstance(target, Table) else {}
        rows += [(name, known.get(name, "NULL")) for name in _STATISTICS]
        if defaults.CURRENT in metadata:
            rows.append(("default", metadata[defaults.CURRENT]))
    return answer(session, _INFORMATION, rows)


def _nested(command: sc.Describe, columns: t.StructType) -> AnalysisError:
    """The error for a field inside a column, or inside one that has none."""
    first, *inner = command.column
    field = next(f for f in columns.fields if f.name.lower() == first.lower())
    kind, shown = field.type, field.name
    for name in inner:
        of = kind.element if isinstance(kind, t.ArrayType) else kind
        if isinstance(kind, t.MapType):
            kind, shown = kind.value, f"{shown}[{name}]"
            continue
        if not isinstance(of, t.StructType):
            told = {"base": f'"{shown}"', "other": f'"{kind.sql}"'}
            return AnalysisError("INVALID_EXTRACT_BASE_FIELD_TYPE", **told)
        found = next((f for f in of.fields if f.name.lower() == name.lower()), None)
        if found is None:
            fields = ", ".join(t.quoted(f.name) for f in of.fields)
            return AnalysisError("FIELD_NOT_FOUND", fieldName=t.quoted(name), fields=fields)
        kind, shown = found.type, f"{shown}.{found.name}"
    return AnalysisError("_LEGACY_ERROR_TEMP_1060", command="DESC TABLE COLUMN", column=shown)


# ---- databases
# ------------------------------------------------------------------------------------


def _database(session: Session, command: sc.Describe) -> Answer:
    found = find_database(session, command.name)
    rows: list[tuple[str, str | None]] = [
        ("Catalog Name", CATALOG),
        ("Namespace Name", command.name[-1] if command.name else found.name),
        ("Comment", found.comment),
        *([("Collation", found.collation)] if found.collation else []),
        ("Location", f"file:{found.location}"),
        ("Owner", session.user or getpass.getuser()),
    ]
    if command.extended:
        pairs = ", ".join(f"({key},{value})" for key, value in sorted(found.properties.items()))
        rows.append(("Properties", f"({pairs})" if pairs else ""))
    return answer(session, _DATABASE, rows)


# ---- as JSON
# --------------------------------------------------------------------------------------


def _as_json(session: Session, command: sc.Describe) -> Answer:
    if not command.extended:
        raise ParseError("DESCRIBE_JSON_NOT_EXTENDED", tableName=".".join(command.name))
    target = require(session, command.name, routines=True)
    if isinstance(target, Temporary):
        facts = _json_of_temporary(session, target)
    else:
        facts = _json_of_stored(session, target, _json_of_partition(session, target, command))
    text = json.dumps(facts, separators=(",", ":"), ensure_ascii=False)
    return answer(session, schema(("json_metadata", t.STRING)), [(text,)])


def _json_of_temporary(session: Session, target: Temporary) -> dict[str, object]:
    columns = schema_of(session, target)
    told = [_json_column(f) for f in columns.fields]
    if not target.view.text or target.is_global:
        return {"columns": told}
    comment = {} if target.view.comment is None else {"comment": target.view.comment}
    return {
        "table_name": target.view.name,
        "catalog_name": "system",
        "namespace": ["session"],
        "schema_name": "session",
        "columns": told,
        **_json_of_making(target.view.created),
        "type": "VIEW",
        **comment,
        "view_text": target.view.text,
        "view_schema_mode": "BINDING",
        "view_catalog_and_namespace": f"{session.catalog}.{session.current_schema}",
        "view_query_output_columns": list(columns.names),
        "collation": "UTF8_BINARY",
    }


def _json_of_making(created: int) -> dict[str, object]:
    when = datetime.datetime.fromtimestamp(created / 1000, datetime.UTC)
    return {
        "created_time": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "last_access": "UNKNOWN",
        "created_by": CREATED_BY,
    }


def _json_of_partition(
    session: Session, table: Table, command: sc.Describe
) -> partitions.Partition:
    if not command.partition:
        return ()
    _refuse_partition(table, command)
    return _found_partition(session, table, command)


def _json_of_stored(
    session: Session, table: Table, partition: partitions.Partition
) -> dict[str, object]:
    facts: dict[str, object] = {
        "table_name": table.name.table,
        "catalog_name": CATALOG,
        "namespace": [table.name.database],
        "schema_name": table.name.database,
        "columns": [_json_column(f) for f in table.schema.fields],
    }
    if CLUSTERING in table.properties or table.cluster_by:
        facts["clustering_columns"] = list(table.cluster_by)
    if table.buckets:
        facts["num_buckets"] = table.buckets
        facts["bucket_columns"] = list(table.bucket_by)
        facts["sort_columns"] = list(table.sort_by)
    if partition:
        facts["partition_values"] = dict(partition)
    if not table.is_view:
        place = partitions.place_of(table, partition) if partition else table.path
        facts["location"] = f"file:{place}"
    if table.options:
        facts["storage_properties"] = dict(table.options)
    facts |= {**_json_of_making(table.created), "type": table.kind}
    if not table.is_view:
        facts["provider"] = table.provider
    if table.comment is not None:
        facts["comment"] = table.comment
    if table.is_view:
        facts |= {
            "view_text": table.view,
            "view_original_text": table.view,
            **({"view_schema_mode": table.shown_mode} if table.shown_mode else {}),
            "view_catalog_and_namespace": f"{CATALOG}.{table.namespace}",
            "view_query_output_columns": list(table.output),
        }
    if table.properties:
        facts["table_properties"] = dict(sorted(table.properties.items()))
    if table.is_view:
        facts["view_creation_spark_configuration"] = told_settings(session, table.settings)
    if table.partition_by:
        facts |= {"partition_provider": "Catalog", "partition_columns": list(table.partition_by)}
    facts["collation"] = table.collation or "UTF8_BINARY"
    return facts


def _json_column(field: t.StructField) -> dict[str, object]:
    metadata = dict(field.metadata)
    column: dict[str, object] = {"name": field.name, "type": _json_type(field.type)}
    column["nullable"] = field.nullable
    if "comment" in metadata:
        column["comment"] = metadata["comment"]
    if defaults.CURRENT in metadata:
        column["default"] = metadata[defaults.CURRENT]
    return column


def _json_type(of: t.DataType) -> dict[str, object]:
    match of:
        case t.StringType():
            return {"name": "string", "collation": of.collation}
        case t.CharType() | t.VarcharType():  # Spark tells what queries see
            return _json_type(text_for_char(of))
        case t.DecimalType():
            return {"name": "decimal", "precision": of.precision, "scale": of.scale}
        case t.ArrayType():
            inside = {"element_type": _json_type(of.element), "element_nullable": of.contains_null}
            return {"name": "array", **inside}
        case t.MapType():
            return {
                "name": "map",
                "key_type": _json_type(of.key),
                "value_type": _json_type(of.value),
                "value_nullable": of.value_contains_null,
            }
        case t.StructType():
            return {"name": "struct", "fields": [_json_column(f) for f in of.fields]}
        case _:
            return {"name": {"timestamp": "timestamp_ltz"}.get(of.simple, of.simple)}
