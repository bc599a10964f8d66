"""What Delta's Connect client (`delta.tables.DeltaTable`) packs into Spark's messages, as the
commands and relations that SQL has for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError

from boathouse import sql
from boathouse.connect.decode.delta_messages import MESSAGES, packed_name
from boathouse.connect.decode.expressions import expression
from boathouse.connect.decode.invalid import InvalidPlanError, invalid, unset
from boathouse.connect.decode.names import attribute_parts
from boathouse.connect.decode.types import data_type, struct_type
from boathouse.connect.messages import expressions_pb2, relations_pb2, types_pb2
from boathouse.errors.exceptions import unsupported
from boathouse.spec import commands as c
from boathouse.spec import expressions as e
from boathouse.spec import maintenance as m
from boathouse.spec import relations as r
from boathouse.types import datatypes as t

_DELTA = "delta"
_PARQUET = "parquet"

At = dict[str, Any]


def _parsed(of: Any, data: bytes) -> Any:
    try:
        return of.FromString(data)
    except DecodeError as error:
        raise InvalidPlanError("CONNECT_INVALID_PLAN.CANNOT_PARSE", errorMsg=error) from error


def _unpacked(message: Any, name: str) -> tuple[str, Any] | None:
    """The kind and the body of what the packed message `name` holds; None for another message."""
    if packed_name(message) != name:
        return None
    whole = _parsed(MESSAGES[name], message.value)
    which = whole.WhichOneof("kind")
    if which is None:
        raise unset(whole, "kind")
    return which, getattr(whole, which)


# ---- parts ---------------------------------------------------------------------------------------


def _identifier(text: str) -> c.Parts:
    """A name as SQL writes it, or an absolute path, which a clone may go to."""
    return (_DELTA, text) if text.startswith("/") else sql.parse_identifier(text)


def _table(message: Any) -> c.Parts:
    """A `DeltaTable`'s name; a path has the name that SQL gives it."""
    if not message.HasField("path"):
        return _identifier(message.table_or_view_name)
    if message.path.hadoop_conf:
        raise unsupported("file system options of DeltaTable.forPath")
    return (_DELTA, message.path.path)


def _texts(pairs: Any) -> r.Options:
    return tuple(sorted((pair.key, pair.value) for pair in pairs))


def _expression(data: bytes) -> e.Expression:
    return expression(_parsed(expressions_pb2.Expression, data))


def _condition(body: Any) -> e.Expression | None:
    return _expression(body.condition) if body.HasField("condition") else None


def _assignments(body: Any) -> tuple[tuple[e.Expression, e.Expression], ...]:
    return tuple((_expression(a.field), _expression(a.value)) for a in body.assignments)


class _Target(NamedTuple):
    parts: c.Parts
    alias: str | None
    plan_ids: tuple[int, ...]


def _target(data: bytes) -> _Target:
    """The table that a scan, perhaps with an alias, names: only such a relation can change."""
    node = _parsed(relations_pb2.Relation, data)
    alias = None
    numbered: list[int] = []
    while True:
        if node.common.HasField("plan_id"):
            numbered.insert(0, node.common.plan_id)
        if node.WhichOneof("rel_type") != "subquery_alias":
            break
        alias = alias or node.subquery_alias.alias
        node = node.subquery_alias.input
    if node.WhichOneof("rel_type") == "extension":
        found = _unpacked(node.extension, "DeltaRelation")
        if found is not None and found[0] == "scan":
            return _Target(_table(found[1].table), alias, tuple(numbered))
    raise invalid("the target of a change must be a Delta table")


def _at(body: Any, parts: c.Parts) -> r.NamedTable:
    """A table at the version or time that `body` says, if any."""
    if body.HasField("version"):
        return r.NamedTable(parts, version=e.Literal(body.version, t.LONG))
    if body.HasField("timestamp"):
        return r.NamedTable(parts, timestamp=e.Literal(body.timestamp, t.STRING))
    return r.NamedTable(parts)


# ---- relations -----------------------------------------------------------------------------------


def _delete(body: Any) -> c.Command:
    target = _target(body.target)
    return c.Delete(target.parts, _condition(body), target.alias, target.plan_ids)


def _update(body: Any) -> c.Command:
    parts, alias, plan_ids = _target(body.target)
    return c.Update(parts, _assignments(body), _condition(body), alias, plan_ids)


_VERBS = {
    "delete_action": (c.MergeVerb.DELETE, False),
    "update_action": (c.MergeVerb.UPDATE, False),
    "update_star_action": (c.MergeVerb.UPDATE, True),
    "insert_action": (c.MergeVerb.INSERT, False),
    "insert_star_action": (c.MergeVerb.INSERT, True),
}


def _action(message: Any) -> c.MergeAction:
    for name, (verb, star) in _VERBS.items():
        if message.HasField(name):
            body = getattr(message, name)
            pairs = _assignments(body) if hasattr(body, "assignments") else ()
            return c.MergeAction(verb, _condition(message), pairs, star)
    raise unset(message, "action_type")


def _merge(body: Any, source: r.Relation) -> c.Command:
    parts, alias, plan_ids = _target(body.target)
    return c.Merge(
        parts,
        source,
        _expression(body.condition),
        tuple(map(_action, body.matched_actions)),
        tuple(map(_action, body.not_matched_actions)),
        tuple(map(_action, body.not_matched_by_source_actions)),
        alias,
        body.with_schema_evolution,
        plan_ids,
    )


def _optimize(body: Any) -> c.Command:
    filters = tuple(sql.parse_expression(text) for text in body.partition_filters)
    condition = (
        filters[0]
        if len(filters) == 1
        else e.Call(("and",), filters, operator=True)
        if filters
        else None
    )
    order = tuple(attribute_parts(text) for text in body.zorder_columns)
    return m.Optimize(_table(body.table), condition, order)


def _convert(body: Any) -> c.Command:
    parts = sql.parse_identifier(body.identifier)
    partitions = t.StructType(())
    if body.HasField("partition_schema_string"):
        partitions = sql.parse_schema(body.partition_schema_string)
    if body.HasField("partition_schema_struct"):
        partitions = struct_type(_parsed(types_pb2.DataType, body.partition_schema_struct))
    by_path = len(parts) == 2 and parts[0].lower() in {_PARQUET, _DELTA}
    name = f"{_DELTA}.{t.quoted(parts[1])}" if by_path else body.identifier
    return m.Named(m.ConvertToDelta(parts, partitions), name)


_RELATIONS: dict[str, Callable[[Any], c.Command]] = {
    "describe_history": lambda body: c.DescribeHistory(_table(body.table)),
    "describe_detail": lambda body: c.DescribeDetail(_table(body.table)),
    "convert_to_delta": _convert,
    "restore_table": lambda body: m.Restore(_at(body, _table(body.table))),
    "is_delta_table": lambda body: m.IsDeltaTable(body.path),
    "delete_from_table": _delete,
    "update_table": _update,
    "optimize_table": _optimize,
}


def inputs(message: Any) -> Sequence[Any]:
    """The relations inside a packed one: a MERGE's source."""
    found = _unpacked(message, "DeltaRelation")
    if found is None or found[0] != "merge_into_table":
        return ()
    return (_parsed(relations_pb2.Relation, found[1].source),)


def relation(message: Any, inputs: Sequence[r.Relation], at: At) -> r.Relation:
    """The relation that an ``extension`` says: a scan, or a command's rows."""
    found = _unpacked(message, "DeltaRelation")
    if found is None:
        return r.Unsupported("a relation of a Spark Connect plugin other than Delta's", **at)
    which, body = found
    if which == "scan":
        return r.NamedTable(_table(body.table), **at)
    if which == "merge_into_table":
        return r.CommandResult(_merge(body, inputs[0]), **at)
    return r.CommandResult(_RELATIONS[which](body), **at)


# ---- commands ------------------------------------------------------------------------------------


def _clone(body: Any) -> c.Command:
    return m.Clone(
        _identifier(body.target),
        _at(body, _table(body.table)),
        deep=not body.is_shallow,
        replace=body.replace,
        properties=_texts(body.properties),
    )


def _vacuum(body: Any) -> c.Command:
    hours = body.retention_hours if body.HasField("retention_hours") else None
    return m.Vacuum(_table(body.table), hours)


def _upgrade(body: Any) -> c.Command:
    versions = {"delta.minReaderVersion": body.reader_version}
    versions["delta.minWriterVersion"] = body.writer_version
    return _set(body, {key: str(value) for key, value in versions.items()})


def _set(body: Any, properties: dict[str, str]) -> c.Command:
    action = c.AlterSetProperties(tuple(properties.items()))
    return c.AlterTable(_table(body.table), action)


def _drop_feature(body: Any) -> c.Command:
    truncates = ("TRUNCATE HISTORY",) if body.truncate_history else ()
    action = c.AlterOther("DROP FEATURE", (body.feature_name, *truncates))
    return c.AlterTable(_table(body.table), action)


# CREATE, IF NOT EXISTS, REPLACE, CREATE OR REPLACE: what `CreateTable` says of each.
_MODES = {
    1: (True, False, False),
    2: (True, True, False),
    3: (False, False, True),
    4: (True, False, True),
}


def _column(message: Any) -> c.ColumnDefinition:
    said = {"comment": message.comment} if message.HasField("comment") else {}
    of = data_type(_parsed(types_pb2.DataType, message.data_type))
    field = t.StructField(message.name, of, message.nullable, t.metadata_pairs(said))
    generated = message.generated_always_as if message.HasField("generated_always_as") else None
    identity = None
    if message.HasField("identity_info"):
        info = message.identity_info
        identity = (info.start, info.step, info.allow_explicit_insert)
    return c.ColumnDefinition(field, None, generated, identity)


def _create(body: Any) -> c.Command:
    if body.mode not in _MODES:
        raise invalid(f"mode {body.mode} of creating a Delta table")
    creates, if_not_exists, replaces = _MODES[body.mode]
    named = body.HasField("table_name")
    if not named and not body.HasField("location"):
        raise invalid("neither a name nor a location for a new Delta table")
    return c.CreateTable(
        _identifier(body.table_name) if named else (_DELTA, body.location),
        tuple(map(_column, body.columns)),
        provider=_DELTA,
        partition_by=tuple(e.Name((name,)) for name in body.partitioning_columns),
        cluster_by=tuple(body.clustering_columns),
        location=body.location if named and body.HasField("location") else None,
        comment=body.comment if body.HasField("comment") else None,
        properties=_texts(body.properties),
        if_not_exists=if_not_exists,
        create=creates,
        replace=replaces,
    )


_COMMANDS: dict[str, Callable[[Any], c.Command]] = {
    "clone_table": _clone,
    "vacuum_table": _vacuum,
    "upgrade_table_protocol": _upgrade,
    "generate": lambda body: m.Generate(body.mode, _table(body.table)),
    "create_delta_table": _create,
    "add_feature_support": lambda body: _set(
        body, {f"delta.feature.{body.feature_name}": "supported"}
    ),
    "drop_feature_support": _drop_feature,
}


def command(message: Any) -> c.Command:
    """The command that an ``extension`` says."""
    found = _unpacked(message, "DeltaCommand")
    if found is None:
        return c.Unsupported("a command of a Spark Connect plugin other than Delta's")
    which, body = found
    return _COMMANDS[which](body)
