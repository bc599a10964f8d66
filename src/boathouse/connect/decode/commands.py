"""Protobuf commands to spec, one table entry for each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from boathouse import sql
from boathouse.connect.decode import delta
from boathouse.connect.decode.expressions import expression, expressions, optional
from boathouse.connect.decode.invalid import bad_enum, unset
from boathouse.connect.decode.relations import options, query_text, relation
from boathouse.errors.exceptions import AnalysisError, ParseError
from boathouse.spec import commands as c

_LONGEST_VIEW_NAME = 2
"""Parts of the name of a temporary view: a database, which is refused later, and its own."""

_SAVE_MODES = (
    c.SaveMode.DEFAULT,
    c.SaveMode.APPEND,
    c.SaveMode.OVERWRITE,
    c.SaveMode.ERROR_IF_EXISTS,
    c.SaveMode.IGNORE,
)


def _write(body: Any) -> c.Command:
    kind = body.WhichOneof("save_type")
    return c.Write(
        relation(body.input),
        format=body.source,
        path=body.path if kind == "path" else None,
        table=sql.parse_identifier(body.table.table_name) if kind == "table" else (),
        insert=body.table.save_method == body.SaveTable.TABLE_SAVE_METHOD_INSERT_INTO,
        mode=_SAVE_MODES[body.mode],
        partition_by=tuple(body.partitioning_columns),
        sort_by=tuple(body.sort_column_names),
        bucket_by=tuple(body.bucket_by.bucket_column_names),
        buckets=body.bucket_by.num_buckets,
        cluster_by=tuple(body.clustering_columns),
        options=options(body.options),
        schema_evolution=body.with_schema_evolution,
    )


_WRITE_MODES = {
    1: c.WriteV2Mode.CREATE,
    2: c.WriteV2Mode.OVERWRITE,
    3: c.WriteV2Mode.OVERWRITE_PARTITIONS,
    4: c.WriteV2Mode.APPEND,
    5: c.WriteV2Mode.REPLACE,
    6: c.WriteV2Mode.CREATE_OR_REPLACE,
}


def _write_v2(body: Any) -> c.Command:
    if body.mode not in _WRITE_MODES:
        raise bad_enum(body, "mode")
    return c.WriteV2(
        relation(body.input),
        sql.parse_identifier(body.table_name),
        _WRITE_MODES[body.mode],
        provider=body.provider,
        partition_by=expressions(body.partitioning_columns),
        cluster_by=tuple(body.clustering_columns),
        options=options(body.options),
        properties=options(body.table_properties),
        condition=optional(body, "overwrite_condition"),
        schema_evolution=body.with_schema_evolution,
    )


def _view(body: Any) -> c.Command:
    try:
        name = sql.parse_identifier(body.name)
    except ParseError:
        name = ()
    if not 1 <= len(name) <= _LONGEST_VIEW_NAME:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1321", viewName=body.name)
    return c.CreateView(
        name,
        relation(body.input),
        is_global=body.is_global,
        replace=body.replace,
    )


def _sql(body: Any) -> c.Command:
    return c.SqlCommand(relation(body.input) if body.HasField("input") else query_text(body, {}))


_MERGE_VERBS = {
    1: (c.MergeVerb.DELETE, False),
    2: (c.MergeVerb.INSERT, False),
    3: (c.MergeVerb.INSERT, True),
    4: (c.MergeVerb.UPDATE, False),
    5: (c.MergeVerb.UPDATE, True),
}


def _merge_action(message: Any) -> c.MergeAction:
    action = message.merge_action
    if action.action_type not in _MERGE_VERBS:
        raise bad_enum(action, "action_type")
    verb, star = _MERGE_VERBS[action.action_type]
    pairs = tuple((expression(each.key), expression(each.value)) for each in action.assignments)
    return c.MergeAction(verb, optional(action, "condition"), pairs, star)


def _merge(body: Any) -> c.Command:
    return c.Merge(
        sql.parse_identifier(body.target_table_name),
        relation(body.source_table_plan),
        expression(body.merge_condition),
        tuple(_merge_action(action) for action in body.match_actions),
        tuple(_merge_action(action) for action in body.not_matched_actions),
        tuple(_merge_action(action) for action in body.not_matched_by_source_actions),
        schema_evolution=body.with_schema_evolution,
    )


def _unsupported(feature: str) -> Callable[[Any], c.Command]:
    return lambda body: c.Unsupported(feature)


KINDS: dict[str, Callable[[Any], c.Command]] = {
    "register_function": _unsupported("user-defined functions"),
    "write_operation": _write,
    "create_dataframe_view": _view,
    "write_operation_v2": _write_v2,
    "sql_command": _sql,
    "write_stream_operation_start": _unsupported("writing a stream"),
    "streaming_query_command": _unsupported("streaming queries"),
    "get_resources_command": lambda body: c.GetResources(),
    "streaming_query_manager_command": _unsupported("streaming queries"),
    "register_table_function": _unsupported("user-defined table functions"),
    "streaming_query_listener_bus_command": _unsupported("streaming query listeners"),
    "register_data_source": _unsupported("Python data sources"),
    "create_resource_profile_command": lambda body: c.CreateResourceProfile(),
    "checkpoint_command": lambda body: c.Checkpoint(
        relation(body.relation), body.local, body.eager
    ),
    "remove_cached_remote_relation_command": lambda body: c.RemoveCachedRelation(
        body.relation.relation_id
    ),
    "merge_into_table_command": _merge,
    "ml_command": _unsupported("machine learning"),
    "execute_external_command": _unsupported("commands of external providers"),
    "pipeline_command": _unsupported("declarative pipelines"),
    "extension": delta.command,
}


def command(message: Any) -> c.Command:
    """The command that a `Command` message says."""
    which = message.WhichOneof("command_type")
    if which is None:
        raise unset(message, "command_type")
    return KINDS[which](getattr(message, which))
