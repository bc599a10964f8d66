"""ALTER TABLE of Delta tables: each change is a version of its own, and no data file is touched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import AnalysisError, SparkError
from boathouse.session.commands import defaults
from boathouse.session.commands.delta import checks as delta_checks
from boathouse.session.commands.delta.features import drop_feature
from boathouse.session.delta_writing import PROFILE, begin, snapshot_of
from boathouse.spec import commands as sc
from boathouse.tables.delta import evolution, upgrades
from boathouse.tables.delta.conditions import CONSTRAINT, identity_of, with_identity
from boathouse.tables.delta.creation import (
    clustering,
    declared_schema,
    enabled,
    with_schema,
)
from boathouse.tables.delta.definitions import check_clustering
from boathouse.tables.delta.physical import is_mapped
from boathouse.tables.delta.properties import Values, canonical_key, checked
from boathouse.tables.delta.schema import schema_of
from boathouse.tables.storage import place_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from boathouse.session.catalog import Table
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.tables.delta.actions import Metadata
    from boathouse.tables.delta.snapshot import Snapshot
    from boathouse.tables.delta.transaction import Transaction

_ANY_PROPERTY = "spark.databricks.delta.allowArbitraryProperties.enabled"


def alter(session: Session, table: Table, action: object, operation: Operation) -> None:
    """ALTER TABLE: `action` is one of the spec's."""
    handler = _ACTIONS.get(type(action))
    if handler is None:
        raise AnalysisError("DELTA_OPERATION_NOT_ALLOWED", operation=_words(action))
    handler(session, table, action)
    session.warehouse.changed(table.path)


def _words(action: object) -> str:
    if isinstance(action, sc.AlterPartitions):
        return f"ALTER TABLE {action.verb.upper()} PARTITION"
    return "ALTER TABLE"


def comment(session: Session, table: Table, text: str | None) -> None:
    """COMMENT ON TABLE."""
    snapshot = snapshot_of(table)
    changed = replace(snapshot.metadata, description=text)
    _commit(session, snapshot, "SET TBLPROPERTIES", {"properties": {"comment": text}}, changed)


def _commit(
    session: Session,
    snapshot: Snapshot,
    operation: str,
    parameters: Mapping[str, Any],
    metadata: Metadata,
) -> None:
    transaction = begin(session, snapshot, operation, parameters)
    transaction.change_metadata(metadata)
    transaction.commit()


def _schema(snapshot: Snapshot) -> t.StructType:
    return declared_schema(schema_of(snapshot.metadata.schema_string))


# ---- properties
# ------------------------------------------------------------------------------------------


def _set_properties(session: Session, table: Table, action: sc.AlterSetProperties) -> None:
    snapshot = snapshot_of(table)
    given = {k: v for k, v in action.properties if k.lower() not in {"comment", PROFILE}}
    for key, condition in (
        ("location", "DELTA_CANNOT_CHANGE_LOCATION"),
        ("provider", "DELTA_CANNOT_CHANGE_PROVIDER"),
    ):
        if key in {k.lower() for k in given}:
            raise AnalysisError(condition)
    properties = checked(given, unknown=session.settings.flag(_ANY_PROPERTY))
    said = {k.lower(): v for k, v in action.properties}
    metadata = enabled(snapshot.metadata, properties)
    if "comment" in said:
        metadata = replace(metadata, description=said["comment"])
    parameters = {"properties": dict(action.properties)}
    transaction = begin(session, snapshot, "SET TBLPROPERTIES", parameters)
    versions = {k: properties[k] for k in properties if k in _VERSIONS}
    kept = {k: v for k, v in metadata.configuration.items() if k not in _VERSIONS}
    _ask_for(transaction, versions)
    transaction.change_metadata(replace(metadata, configuration=kept))
    _number_rows(transaction, snapshot)
    transaction.commit()


_VERSIONS = ("delta.minReaderVersion", "delta.minWriterVersion")


def _ask_for(transaction: Transaction, versions: Mapping[str, str]) -> None:
    """Upgrade the protocol to versions that were asked for by number."""
    if not versions:
        return
    before = transaction.protocol
    reader = int(versions.get(_VERSIONS[0], before.min_reader_version))
    writer = int(versions.get(_VERSIONS[1], before.min_writer_version))
    if reader < before.min_reader_version or writer < before.min_writer_version:
        raise SparkError(
            "DELTA_INVALID_PROTOCOL_DOWNGRADE",
            oldProtocol=f"{before.min_reader_version},{before.min_writer_version}",
            newProtocol=f"{reader},{writer}",
        )
    transaction.add(*upgrades.at_least(before, reader, writer))


def _number_rows(transaction: Transaction, snapshot: Snapshot) -> None:
    """Give row ids to the files that were there before rows were tracked."""
    tracked = Values(transaction.metadata.configuration).flag("delta.enableRowTracking")
    if not tracked or Values(snapshot.properties).flag("delta.enableRowTracking"):
        return
    transaction.read_whole()
    bare = [file for file in snapshot.files.files() if file.base_row_id is None]
    transaction.add(*(replace(file, data_change=False) for file in bare))


def _unset_properties(session: Session, table: Table, action: sc.AlterUnsetProperties) -> None:
    snapshot = snapshot_of(table)
    keys = [canonical_key(key) for key in action.keys]
    there = snapshot.metadata.configuration
    for key in keys:
        if key not in there and key != "comment" and not action.if_exists:
            raise AnalysisError(
                "DELTA_UNSET_NON_EXISTENT_PROPERTY", property=key, tableName=table.name.shown
            )
        if key == "delta.columnMapping.mode":
            raise AnalysisError(
                "DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE",
                oldMode=there.get(key, "none"),
                newMode="none",
            )
    kept = {k: v for k, v in there.items() if k not in keys}
    metadata = replace(snapshot.metadata, configuration=kept)
    if "comment" in keys:
        metadata = replace(metadata, description=None)
    parameters = {"properties": list(action.keys), "ifExists": str(action.if_exists).lower()}
    _commit(session, snapshot, "UNSET TBLPROPERTIES", parameters, metadata)


# ---- columns
# ------------------------------------------------------------------------------------------


def _add_columns(session: Session, table: Table, action: sc.AlterAddColumns) -> None:
    snapshot = snapshot_of(table)
    schema = _schema(snapshot)
    names: list[dict[str, Any]] = []
    for parts, definition, position in action.columns:
        column = _new_column(session, snapshot, definition)
        if action.if_not_exists and _has(schema, parts):
            continue
        place = None if position is None else _place(position)
        schema = evolution.with_column(schema, parts[:-1], replace(column, name=parts[-1]), place)
        names.append({"column": column.json})
    if names:
        metadata = with_schema(snapshot.metadata, schema)
        _commit(session, snapshot, "ADD COLUMNS", {"columns": names}, metadata)


def _has(schema: t.StructType, path: Sequence[str]) -> bool:
    try:
        evolution.found(schema, path)
    except AnalysisError:
        return False
    return True


def _place(position: sc.ColumnPosition) -> tuple[str, ...]:
    return () if position.after is None else (position.after,)


def _new_column(
    session: Session, snapshot: Snapshot, definition: sc.ColumnDefinition
) -> t.StructField:
    if definition.default is not None:
        # Rows that are there would need it too, and no file says so.
        raise AnalysisError("WRONG_COLUMN_DEFAULTS_FOR_DELTA_ALTER_TABLE_ADD_COLUMN_NOT_SUPPORTED")
    if not definition.column.nullable and snapshot.files.count:
        raise AnalysisError(
            "DELTA_NEW_NOT_NULL_VIOLATION",
            numRows="All",
            tableName="",
            colName=definition.column.name,
        )
    return definition.column


def _require_mapping(snapshot: Snapshot, condition: str) -> None:
    if not is_mapped(snapshot.properties):
        advice = (
            "Give it column mapping first: ALTER TABLE ... SET TBLPROPERTIES"
            " ('delta.columnMapping.mode' = 'name')."
        )
        raise AnalysisError(condition, advice=advice)


def _drop_columns(session: Session, table: Table, action: sc.AlterDropColumns) -> None:
    snapshot = snapshot_of(table)
    _require_mapping(snapshot, "DELTA_UNSUPPORTED_DROP_COLUMN")
    schema = _schema(snapshot)
    for path in action.columns:
        if action.if_exists and not _has(schema, path):
            continue
        _require_free(snapshot, table, path, "drop")
        schema = evolution.without_column(schema, path)
    names = [".".join(path) for path in action.columns]
    metadata = with_schema(snapshot.metadata, schema)
    _commit(session, snapshot, "DROP COLUMNS", {"columns": names}, metadata)


def _require_free(snapshot: Snapshot, table: Table, path: Sequence[str], verb: str) -> None:
    """Raise where something else of the table is said in terms of the column."""
    name = ".".join(path)
    if verb == "drop":
        if name.lower() in {p.lower() for p in snapshot.partition_by}:
            raise AnalysisError("DELTA_UNSUPPORTED_DROP_PARTITION_COLUMN", columnList=name)
        if name.lower() in {c.lower() for c in table.cluster_by}:
            raise AnalysisError("DELTA_UNSUPPORTED_DROP_CLUSTERING_COLUMN", columnList=name)
    delta_checks.require_unused(snapshot, path, verb)


def _rename_column(session: Session, table: Table, action: sc.AlterRenameColumn) -> None:
    snapshot = snapshot_of(table)
    _require_mapping(snapshot, "DELTA_UNSUPPORTED_RENAME_COLUMN")
    _require_free(snapshot, table, action.column, "rename")
    schema = evolution.renamed(_schema(snapshot), action.column, action.name)
    metadata = with_schema(snapshot.metadata, schema)
    if len(action.column) == 1:
        old = action.column[0].lower()
        partitions = [action.name if p.lower() == old else p for p in metadata.partition_columns]
        metadata = replace(metadata, partition_columns=tuple(partitions))
    parameters = {"oldColumnPath": ".".join(action.column)}
    parameters["newColumnPath"] = ".".join((*action.column[:-1], action.name))
    _commit(session, snapshot, "RENAME COLUMN", parameters, metadata)


def _alter_columns(session: Session, table: Table, action: sc.AlterColumns) -> None:
    for each in action.columns:
        _alter_column(session, table, each)


def _alter_column(session: Session, table: Table, action: sc.AlterColumn) -> None:
    snapshot = snapshot_of(table)
    schema = _schema(snapshot)
    column = evolution.found(schema, action.column)
    if isinstance(action.type, t.DataType) and action.type != column.type:
        delta_checks.require_unused(snapshot, action.column, "change")
        if identity_of(column) is not None:
            raise AnalysisError("DELTA_IDENTITY_COLUMNS_ALTER_COLUMN_NOT_SUPPORTED")
        widens = Values(snapshot.properties).flag("delta.enableTypeWidening")
        schema = evolution.with_type(schema, action.column, action.type, widens=widens)
    if action.position is not None:
        schema = evolution.moved(schema, action.column, _place(action.position))
    if action.nullable is False and column.nullable:
        delta_checks.require_no_nulls(session, table, action.column)
    schema = _with_facts(session, schema, column, action)
    metadata = with_schema(snapshot.metadata, schema)
    changed = evolution.found(schema, action.column)
    parameters = {"column": changed.json}
    transaction = begin(session, snapshot, "CHANGE COLUMN", parameters)
    if action.nullable is False:
        transaction.read_whole()
    transaction.change_metadata(metadata)
    transaction.commit()


def _with_facts(
    session: Session, schema: t.StructType, column: t.StructField, action: sc.AlterColumn
) -> t.StructType:
    """`schema` with the column's comment, default and nullability as asked."""

    def change(fields: list[t.StructField], at: int) -> None:
        field = fields[at]
        metadata = dict(field.metadata)
        if action.comment is not None:
            metadata["comment"] = action.comment
        if action.default is not None:
            defaults.check_default(session, column, action.default, "ALTER TABLE ALTER COLUMN")
            metadata[defaults.CURRENT] = action.default
        if action.drop_default:
            metadata.pop(defaults.CURRENT, None)
        nullable = field.nullable if action.nullable is None else action.nullable
        pairs = t.metadata_pairs(metadata)
        fields[at] = replace(field, nullable=nullable, metadata=pairs)

    return evolution.changed(schema, action.column, change)


def _replace_columns(session: Session, table: Table, action: sc.AlterReplaceColumns) -> None:
    snapshot = snapshot_of(table)
    before = _schema(snapshot)
    if any(identity_of(f) is not None for f in before.fields):
        raise AnalysisError("DELTA_IDENTITY_COLUMNS_REPLACE_COLUMN_NOT_SUPPORTED")
    known = {f.name.lower(): f for f in before.fields}
    fields: list[t.StructField] = []
    for definition in action.columns:
        column = definition.column
        there = known.pop(column.name.lower(), None)
        if there is None:
            fields.append(_new_column(session, snapshot, definition))
            continue
        widens = Values(snapshot.properties).flag("delta.enableTypeWidening")
        one = evolution.with_type(t.StructType((there,)), (there.name,), column.type, widens=widens)
        metadata = {**dict(one.fields[0].metadata), **dict(column.metadata)}
        pairs = t.metadata_pairs(metadata)
        fields.append(replace(one.fields[0], name=column.name, metadata=pairs))
    if known:
        _require_mapping(snapshot, "DELTA_UNSUPPORTED_DROP_COLUMN")
        for gone in known.values():
            _require_free(snapshot, table, (gone.name,), "drop")
    metadata = with_schema(snapshot.metadata, t.StructType(tuple(fields)))
    parameters = {"columns": [f.json for f in fields]}
    _commit(session, snapshot, "REPLACE COLUMNS", parameters, metadata)


# ---- constraints
# ------------------------------------------------------------------------------------------


def _constraint(session: Session, table: Table, action: sc.AlterConstraint) -> None:
    snapshot = snapshot_of(table)
    key = f"{CONSTRAINT}{action.name.lower()}"
    properties = dict(snapshot.metadata.configuration)
    parameters: dict[str, Any] = {"name": action.name}
    if action.text is None:
        if key not in properties:
            if action.if_exists:
                return
            raise AnalysisError(
                "DELTA_CONSTRAINT_DOES_NOT_EXIST",
                constraintName=action.name,
                tableName=table.name.shown,
                config="spark.databricks.delta.constraints.assumesDropIfExists.enabled",
                confValue="true",
            )
        parameters["expr"] = properties.pop(key)
        operation = "DROP CONSTRAINT"
    else:
        if key in properties:
            raise AnalysisError(
                "DELTA_CONSTRAINT_ALREADY_EXISTS",
                constraintName=action.name,
                oldConstraint=properties[key],
            )
        text = delta_checks.condition_of(action.text)
        delta_checks.require_all(session, table, action.name, text)
        parameters["expr"] = text
        properties[key] = text
        operation = "ADD CONSTRAINT"
    transaction = begin(session, snapshot, operation, parameters)
    transaction.read_whole()
    transaction.change_metadata(replace(snapshot.metadata, configuration=properties))
    transaction.commit()


# ---- the rest
# ------------------------------------------------------------------------------------------


def _other(session: Session, table: Table, action: sc.AlterOther) -> None:
    match action.verb:
        case "CLUSTER BY":
            _cluster_by(session, table, action.arguments)
        case "DROP FEATURE":
            truncates = len(action.arguments) > 1
            drop_feature(session, table, action.arguments[0], truncates=truncates)
        case "SYNC IDENTITY":
            _sync_identity(session, table, action.arguments)
        case "SET LOCATION":
            place = place_of(action.arguments[0])
            session.warehouse.put(replace(table, path=place, external=True))
        case verb:
            raise AnalysisError("DELTA_OPERATION_NOT_ALLOWED", operation=f"ALTER TABLE {verb}")


def _cluster_by(session: Session, table: Table, columns: Sequence[str]) -> None:
    snapshot = snapshot_of(table)
    if snapshot.partition_by:
        raise AnalysisError("DELTA_ALTER_TABLE_CLUSTER_BY_ON_PARTITIONED_TABLE_NOT_ALLOWED")
    parameters = {"oldClusteringColumns": ",".join(table.cluster_by)}
    parameters["newClusteringColumns"] = ",".join(columns)
    transaction = begin(session, snapshot, "CLUSTER BY", parameters)
    before = transaction.protocol
    after = upgrades.upgraded(before, {"clustering"})
    if after is not before:
        transaction.add(after)
    paths = [tuple(column.split(".")) for column in columns]
    mapped = is_mapped(snapshot.properties)
    check_clustering(snapshot.metadata, paths)
    transaction.add(clustering(_schema(snapshot), paths, mapped=mapped))
    transaction.commit()


def _sync_identity(session: Session, table: Table, path: tuple[str, ...]) -> None:
    """SYNC IDENTITY: count on from the values that are there."""
    snapshot = snapshot_of(table)
    schema = _schema(snapshot)
    identity = identity_of(evolution.found(schema, path))
    if identity is None:
        raise AnalysisError(
            "DELTA_IDENTITY_COLUMNS_ALTER_NON_IDENTITY_COLUMN", colName=".".join(path)
        )
    furthest = delta_checks.furthest(session, table, path, upwards=identity.step > 0)
    if furthest is None:
        return
    steps = -((identity.start - furthest) // identity.step)
    high = identity.start + steps * identity.step
    if steps < 0 or (identity.high is not None and (high - identity.high) * identity.step <= 0):
        return  # What was given once is not given again, even if its row is gone.
    after = replace(identity, high=high)

    def change(fields: list[t.StructField], at: int) -> None:
        fields[at] = with_identity(fields[at], after)

    metadata = with_schema(snapshot.metadata, evolution.changed(schema, path, change))
    transaction = begin(session, snapshot, "SYNC IDENTITY", {})
    transaction.read_whole()
    transaction.change_metadata(metadata)
    transaction.commit()


_ACTIONS: dict[type, Callable[[Session, Table, Any], None]] = {
    sc.AlterSetProperties: _set_properties,
    sc.AlterUnsetProperties: _unset_properties,
    sc.AlterAddColumns: _add_columns,
    sc.AlterDropColumns: _drop_columns,
    sc.AlterRenameColumn: _rename_column,
    sc.AlterReplaceColumns: _replace_columns,
    sc.AlterColumn: _alter_column,
    sc.AlterColumns: _alter_columns,
    sc.AlterConstraint: _constraint,
    sc.AlterOther: _other,
}
