"""ALTER TABLE and ALTER VIEW, COMMENT ON."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import AnalysisError, unsupported
from boathouse.files.formats import format_named
from boathouse.files.listing import local_path
from boathouse.files.scan import require_supported
from boathouse.session.answers import Answer, nothing
from boathouse.session.catalog import CATALOG, Table
from boathouse.session.commands import (
    collations,
    databases,
    defaults,
    partitions,
    views,
)
from boathouse.session.commands.delta import alter as delta_alter
from boathouse.session.commands.tables import CLUSTERING, clustering
from boathouse.session.commands.targets import (
    Temporary,
    refuse_odd_name,
    require,
    require_table,
    shown,
    shown_target,
    table_operation,
)
from boathouse.session.delta import is_delta
from boathouse.spec import commands as sc
from boathouse.types import datatypes as t
from boathouse.types.char_types import texts_for_chars
from boathouse.types.collations import uncollated

if TYPE_CHECKING:
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session


def alter_table(session: Session, command: sc.AlterTable, operation: Operation) -> Answer:
    """ALTER TABLE / VIEW."""
    action: Any = command.action
    if isinstance(action, sc.AlterViewQuery):
        session.forget(command.name)
        views.alter_view_query(session, command.name, action, operation)
    elif isinstance(action, sc.AlterRename):
        _rename(session, command, action)
    elif command.view:
        _alter_view(session, command)
    else:
        words, alternative = _operation(action)
        table = require_table(session, command.name, words, alternative=alternative)
        if is_delta(table.provider):
            delta_alter.alter(session, table, action, operation)
            return nothing(session)
        _ACTIONS[type(action)](session, table, action)
    return nothing(session)


def _operation(action: object) -> tuple[str, str]:
    """The statement as messages name it, and the message's subclass."""
    match action:
        case sc.AlterSetProperties():
            return "ALTER TABLE ... SET TBLPROPERTIES", "USE_ALTER_VIEW"
        case sc.AlterUnsetProperties():
            return "ALTER TABLE ... UNSET TBLPROPERTIES", "USE_ALTER_VIEW"
        case sc.AlterAddColumns():
            word = "COLUMN" if len(action.columns) == 1 else "COLUMNS"
            return f"ALTER TABLE ... ADD {word}", "NO_ALTERNATIVE"
        case sc.AlterPartitions(verb=verb):
            return action.caller or _OF_PARTITIONS[verb], "NO_ALTERNATIVE"
        case sc.AlterSerde():
            return "ALTER TABLE ... SET [SERDE|SERDEPROPERTIES]", "USE_ALTER_VIEW"
        case sc.AlterConstraint():
            verb = "DROP" if action.text is None else "ADD"
            return f"ALTER TABLE ... {verb} CONSTRAINT", "NO_ALTERNATIVE"
        case sc.AlterOther(verb="SET LOCATION"):
            return _OF_PARTITIONS["set location"], "NO_ALTERNATIVE"
        case sc.AlterColumn(hive=True):
            return "ALTER TABLE ... CHANGE COLUMN", "NO_ALTERNATIVE"
        case sc.AlterOther():
            return f"ALTER TABLE ... {action.verb}", "NO_ALTERNATIVE"
        case _:
            words = _OF_COLUMNS.get(type(action))
            return f"ALTER TABLE ... {words}" if words else "ALTER TABLE", "NO_ALTERNATIVE"


_OF_PARTITIONS = {
    "add": "ALTER TABLE ... ADD PARTITION ...",
    "drop": "ALTER TABLE ... DROP PARTITION ...",
    "rename": "ALTER TABLE ... RENAME TO PARTITION",
    "set location": "ALTER TABLE ... SET LOCATION ...",
    "recover": "ALTER TABLE ... RECOVER PARTITIONS",
    "repair": "MSCK REPAIR TABLE",
}
_OF_COLUMNS: dict[type, str] = {
    sc.AlterDropColumns: "DROP COLUMNS",
    sc.AlterRenameColumn: "RENAME COLUMN",
    sc.AlterColumn: "ALTER COLUMN",
    sc.AlterColumns: "ALTER COLUMN",
    sc.AlterReplaceColumns: "REPLACE COLUMNS",
}


# ---- names
# ----------------------------------------------------------------------------------------


def _rename(session: Session, command: sc.AlterTable, action: sc.AlterRename) -> None:
    found = require(session, command.name)
    is_view = isinstance(found, Temporary) or found.is_view
    own = found.view.name if isinstance(found, Temporary) else found.name.table
    if is_view and not command.view and not isinstance(found, Temporary):
        raise AnalysisError(
            "EXPECT_TABLE_NOT_VIEW.USE_ALTER_VIEW", operation="ALTER TABLE", viewName=t.quoted(own)
        )
    if command.view and not is_view:
        raise AnalysisError(
            "EXPECT_VIEW_NOT_TABLE.USE_ALTER_TABLE", operation="ALTER VIEW", tableName=t.quoted(own)
        )
    session.forget(command.name)
    if isinstance(found, Temporary):
        _rename_temporary(session, found, action.name)
    else:
        _rename_stored(session, found, action.name)


def _rename_temporary(session: Session, found: Temporary, parts: tuple[str, ...]) -> None:
    known = session.warehouse.global_views if found.is_global else session.views
    name, database = parts[-1], found.namespace or session.database
    _refuse_long_name(parts)
    if len(parts) > 1 and parts[-2].lower() != database:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1073", db=database, newDb=parts[-2])
    if len(parts) > 1 and not found.is_global:
        told = {"oldName": t.quoted(found.view.name), "newName": ".".join(map(t.quoted, parts))}
        raise AnalysisError("_LEGACY_ERROR_TEMP_1074", db=database, **told)
    if known.get(name) is not None:
        raise AnalysisError("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", relationName=t.quoted(name))
    known.drop(found.view.name)
    known.put(replace(found.view, name=name))


_NAME_AND_DATABASE = 2


def _refuse_long_name(parts: tuple[str, ...]) -> None:
    own = parts[1:] if parts[0].lower() == CATALOG else parts
    if len(own) > _NAME_AND_DATABASE:
        told = {"identifier": ".".join(map(t.quoted, parts)), "limit": _NAME_AND_DATABASE}
        raise AnalysisError("IDENTIFIER_TOO_MANY_NAME_PARTS", **told)


def _rename_stored(session: Session, found: Table, parts: tuple[str, ...]) -> None:
    _refuse_long_name(parts)
    name = session.warehouse.name_of(parts, session, found.name.database)
    refuse_odd_name(name.table)
    if name.database != found.name.database:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1073", db=found.name.database, newDb=name.database)
    if session.warehouse.find(name) is not None:
        raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=name.short)
    session.warehouse.upkeep.settle()
    session.warehouse.catalog.rename(found, name)


# ---- properties
# -----------------------------------------------------------------------------------


def _alter_view(session: Session, command: sc.AlterTable) -> None:
    if isinstance(command.action, sc.AlterViewSchema):
        views.require_schema_modes(session)
    found = require(session, command.name)
    if isinstance(found, Temporary):
        if isinstance(command.action, sc.AlterViewSchema):
            raise AnalysisError("UNSUPPORTED_FEATURE.TEMPORARY_VIEW_WITH_SCHEMA_BINDING_MODE")
        raise AnalysisError(
            "EXPECT_PERMANENT_VIEW_NOT_TEMP",
            operation=_operation(command.action)[0].replace("TABLE", "VIEW", 1),
            viewName=found.shown,
        )
    if not found.is_view:
        if isinstance(command.action, sc.AlterViewSchema):
            raise AnalysisError(
                "EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE",
                operation="ALTER VIEW ... WITH SCHEMA ...",
                tableName=shown_target(found),
            )
        raise AnalysisError(
            "EXPECT_VIEW_NOT_TABLE.USE_ALTER_TABLE",
            operation=_operation(command.action)[0].replace("TABLE", "VIEW", 1),
            tableName=shown_target(found),
        )
    action: Any = command.action
    _ACTIONS[type(action)](session, found, action)


def _set_properties(session: Session, table: Table, action: sc.AlterSetProperties) -> None:
    properties = {**table.properties, **dict(action.properties)}
    comment = properties.pop("comment", table.comment)
    session.warehouse.put(replace(table, properties=properties, comment=comment))


def _set_schema_mode(session: Session, view: Table, action: sc.AlterViewSchema) -> None:
    session.warehouse.put(replace(view, schema_mode=action.mode))


def _unset_properties(session: Session, table: Table, action: sc.AlterUnsetProperties) -> None:
    properties = {k: v for k, v in table.properties.items() if k not in action.keys}
    comment = None if "comment" in action.keys else table.comment
    session.warehouse.put(replace(table, properties=properties, comment=comment))


# ---- columns
# --------------------------------------------------------------------------------------


def _add_columns(session: Session, table: Table, action: sc.AlterAddColumns) -> None:
    known = {name.lower() for name in table.schema.names}
    added: list[t.StructField] = []
    statement = "ALTER TABLE ADD COLUMNS"
    defaults.require_provider(session, table.provider, [c for _, c, _ in action.columns], statement)
    for parts, definition, _ in action.columns:
        if len(parts) > 1:
            _refuse_inner(table, parts)
        if not definition.column.nullable:
            raise AnalysisError("_LEGACY_ERROR_TEMP_1052")
        key = definition.column.name.lower()
        if key in known:
            raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=t.quoted(key))
        known.add(key)
        if definition.default is not None and _is_text_with_rows(table):
            raise unsupported("a column with a default added to a table of texts that has rows")
        column = defaults.stored_column(session, definition, statement)
        column = collations.under(column, table.collation)
        collations.require_plain_keys(session, (column,))
        added.append(replace(column, nullable=True))
    require_supported(format_named(table.provider), texts_for_chars(t.StructType(tuple(added))))
    aside = {p.lower() for p in table.partition_by}
    data = [f for f in table.schema.fields if f.name.lower() not in aside]
    last = [f for f in table.schema.fields if f.name.lower() in aside]
    session.warehouse.put(replace(table, schema=t.StructType((*data, *added, *last))))
    session.warehouse.changed(table.path)


def _is_text_with_rows(table: Table) -> bool:
    """A field that is missing in CSV or JSON is read like one that is null."""
    return table.provider.lower() in {"csv", "json"} and any(Path(table.path).rglob("*"))


def _refuse_inner(table: Table, parts: tuple[str, ...]) -> None:
    """A field may not be added to a column, nor to what is none or no struct."""
    field = _require_column(table, parts[0])
    if not isinstance(field.type, t.StructType):
        raise AnalysisError("INVALID_FIELD_NAME", fieldName=shown(parts), path=shown(parts[:1]))
    raise table_operation(table, "ADD COLUMN with qualified column")


def _require_column(table: Table, name: str) -> t.StructField:
    """The column of that name, in any case."""
    field = next((f for f in table.schema.fields if f.name.lower() == name.lower()), None)
    if field is None:
        raise AnalysisError(
            "UNRESOLVED_COLUMN.WITH_SUGGESTION",
            objectName=t.quoted(name),
            proposal=", ".join(map(t.quoted, table.schema.names)),
        )
    return field


def _drop_columns(session: Session, table: Table, action: sc.AlterDropColumns) -> None:
    if not action.if_exists:
        for parts in action.columns:
            _require_column(table, parts[0])
    raise table_operation(table, "DROP COLUMN")


def _rename_column(session: Session, table: Table, action: sc.AlterRenameColumn) -> None:
    _require_column(table, action.column[0])
    raise table_operation(table, "RENAME COLUMN")


def _alter_column(session: Session, table: Table, action: sc.AlterColumn) -> None:
    name, *inside = action.column
    if inside:
        raise table_operation(table, "ALTER COLUMN with qualified column")
    field = _require_column(table, name)
    if action.position is not None:
        raise table_operation(table, "ALTER COLUMN ... FIRST | AFTER")
    if action.nullable is not None:
        raise table_operation(table, "ALTER COLUMN ... SET NOT NULL")
    if field.name in table.partition_by:
        told = {"tableName": table.name.shown, "columnName": t.quoted(field.name)}
        raise AnalysisError("CANNOT_ALTER_PARTITION_COLUMN", **told)
    wanted = action.type if isinstance(action.type, t.DataType) else field.type
    if uncollated(wanted) != uncollated(field.type):
        raise AnalysisError(
            "NOT_SUPPORTED_CHANGE_COLUMN",
            table=table.name.shown,
            originName=t.quoted(field.name),
            originType=f'"{field.type.sql}"',
            newName=t.quoted(field.name),
            newType=f'"{wanted.sql}"',
        )
    metadata = dict(field.metadata)
    if action.comment is not None:
        metadata["comment"] = action.comment
    if action.default is not None:
        defaults.check_default(session, field, action.default, "ALTER TABLE ALTER COLUMN")
        metadata[defaults.CURRENT] = action.default
    if action.drop_default:
        metadata.pop(defaults.CURRENT, None)
    changed = replace(field, type=wanted, metadata=t.metadata_pairs(metadata))
    fields = tuple(changed if f is field else f for f in table.schema.fields)
    session.warehouse.put(replace(table, schema=t.StructType(fields)))


def _refused(operation: str) -> Any:
    def refuse(session: Session, table: Table, action: object) -> None:
        raise table_operation(table, operation)

    return refuse


def _constraint(session: Session, table: Table, action: sc.AlterConstraint) -> None:
    raise table_operation(table, f"{'DROP' if action.text is None else 'ADD'} CONSTRAINT")


def _serde(session: Session, table: Table, action: sc.AlterSerde) -> None:
    """Hive's properties are the options of files."""
    if action.partition:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1247")
    if action.name:
        condition = "UNSUPPORTED_FEATURE.ALTER_TABLE_SERDE_FOR_DATASOURCE_TABLE"
        raise AnalysisError(condition, tableName=table.name.shown)
    session.warehouse.put(replace(table, options={**table.options, **dict(action.properties)}))


# ---- the rest
# -------------------------------------------------------------------------------------


def _other(session: Session, table: Table, action: sc.AlterOther) -> None:
    if action.verb == "SET LOCATION":
        place = local_path(action.arguments[0])
        session.warehouse.put(replace(table, path=place))
        session.warehouse.changed(place)
        session.warehouse.changed(table.path)
    elif action.verb == "CLUSTER BY":
        known = {name.lower() for name in table.schema.names}
        unknown = [c for c in action.arguments if c.lower() not in known]
        if unknown:
            raise AnalysisError(
                "COLUMN_NOT_DEFINED_IN_TABLE",
                colType="cluster",
                colName=t.quoted(unknown[0]),
                tableName=table.name.shown,
                tableCols=", ".join(t.quoted(n) for n in table.schema.names),
            )
        said = clustering(table.schema, action.arguments)
        properties = {**table.properties, CLUSTERING: said}
        changed = replace(table, cluster_by=action.arguments, properties=properties)
        session.warehouse.put(changed)
    elif action.verb == "DEFAULT COLLATION":
        session.warehouse.put(replace(table, collation=action.arguments[0]))
    else:
        raise table_operation(table, action.verb)


_ACTIONS: dict[type, Any] = {
    sc.AlterSetProperties: _set_properties,
    sc.AlterUnsetProperties: _unset_properties,
    sc.AlterViewSchema: _set_schema_mode,
    sc.AlterAddColumns: _add_columns,
    sc.AlterDropColumns: _drop_columns,
    sc.AlterRenameColumn: _rename_column,
    sc.AlterReplaceColumns: _refused("REPLACE COLUMNS"),
    sc.AlterColumn: _alter_column,
    sc.AlterColumns: _refused("ALTER COLUMN in bulk"),
    sc.AlterPartitions: partitions.alter_partitions,
    sc.AlterSerde: _serde,
    sc.AlterConstraint: _constraint,
    sc.AlterOther: _other,
}


def comment_on(session: Session, command: sc.Comment, operation: Operation) -> Answer:
    """COMMENT ON a database or table."""
    if command.kind == "database":
        databases.comment_on_database(session, command.name, command.text)
    else:
        table = require_table(session, command.name, "COMMENT ON TABLE")
        if is_delta(table.provider):
            delta_alter.comment(session, table, command.text)
            return nothing(session)
        session.warehouse.put(replace(table, comment=command.text or ""))
    return nothing(session)
