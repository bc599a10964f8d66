"""Spec relations to protobuf, one table entry for each node. What only SQL text can say has no
message and is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from boathouse.connect.encode.expressions import (
    fill_alias,
    fill_expression,
    fill_sort_order,
    finish,
    only_in_sql,
)
from boathouse.connect.encode.literals import fill_literal
from boathouse.connect.encode.names import identifier_text
from boathouse.connect.encode.types import fill_data_type
from boathouse.connect.messages import relations_pb2
from boathouse.spec import expressions as e
from boathouse.spec import relations as r
from boathouse.types import datatypes as t

Todo = list[tuple[r.Relation, Any]]
"""Relations still to be written, each with its empty message."""

Fill = Callable[[Any, Any, Todo], None]


def _add_all(target: Any, nodes: Iterable[e.Expression]) -> None:
    for node in nodes:
        fill_expression(target.add(), node)


def _maybe(node: e.Expression | None, target: Any) -> None:
    if node is not None:
        fill_expression(target, node)


def _add_order(target: Any, order: Iterable[e.SortOrder]) -> None:
    for key in order:
        todo: list[tuple[e.Expression, Any]] = []
        fill_sort_order(key, target.add(), todo)
        finish(todo)


def _count(node: e.Expression) -> int:
    """The number in LIMIT and its kin; the protocol takes no expression there."""
    if isinstance(node, e.Literal) and node.type == t.INTEGER and node.value is not None:
        return node.value
    raise only_in_sql(node)


# ---- sources ----------------------------------------------------------------------------------


def _named_table(node: r.NamedTable, message: Any, todo: Todo) -> None:
    if node.version is not None or node.timestamp is not None or node.identifier is not None:
        raise only_in_sql(node)
    message.read.named_table.unparsed_identifier = identifier_text(node.parts)
    message.read.named_table.options.update(node.options)
    message.read.is_streaming = node.streaming


def _data_source(node: r.DataSource, message: Any, todo: Todo) -> None:
    source = message.read.data_source
    source.SetInParent()
    if node.format:
        source.format = node.format
    if node.schema:
        source.schema = node.schema
    source.options.update(node.options)
    source.paths.extend(node.paths)
    source.predicates.extend(node.predicates)
    message.read.is_streaming = node.streaming


def _local(node: r.LocalRelation, message: Any, todo: Todo) -> None:
    message.local_relation.SetInParent()
    if node.data is not None:
        message.local_relation.data = node.data
    if node.schema:
        message.local_relation.schema = node.schema


def _cached_local(node: r.CachedLocalRelation, message: Any, todo: Todo) -> None:
    if node.legacy:
        message.cached_local_relation.hash = node.data_hashes[0]
        return
    message.chunked_cached_local_relation.dataHashes.extend(node.data_hashes)
    if node.schema_hash:
        message.chunked_cached_local_relation.schemaHash = node.schema_hash


def _cached_remote(node: r.CachedRemoteRelation, message: Any, todo: Todo) -> None:
    message.cached_remote_relation.relation_id = node.relation_id


def _range(node: r.Range, message: Any, todo: Todo) -> None:
    body = message.range
    body.start, body.end, body.step = node.start, node.end, node.step
    if node.partitions is not None:
        body.num_partitions = node.partitions


def _table_function(node: r.TableFunction, message: Any, todo: Todo) -> None:
    body = message.unresolved_table_valued_function
    body.function_name = node.name[0] if len(node.name) == 1 else identifier_text(node.name)
    _add_all(body.arguments, node.arguments)


def _query_text(node: r.QueryText, message: Any, todo: Todo) -> None:
    message.sql.query = node.text
    for name, value in node.named:
        fill_expression(message.sql.named_arguments[name], value)
    _add_all(message.sql.pos_arguments, node.positional)


def _changes(node: r.RelationChanges, message: Any, todo: Todo) -> None:
    message.relation_changes.unparsed_identifier = identifier_text(node.parts)
    message.relation_changes.options.update(node.options)
    message.relation_changes.is_streaming = node.streaming


# ---- one input --------------------------------------------------------------------------------


def _project(node: r.Project, message: Any, todo: Todo) -> None:
    message.project.SetInParent()
    if not isinstance(node.input, r.OneRow):
        todo.append((node.input, message.project.input))
    _add_all(message.project.expressions, node.expressions)


def _filter(node: r.Filter, message: Any, todo: Todo) -> None:
    todo.append((node.input, message.filter.input))
    fill_expression(message.filter.condition, node.condition)


def _sort(node: r.Sort, message: Any, todo: Todo) -> None:
    if node.all_columns is not None:
        raise only_in_sql(node)
    todo.append((node.input, message.sort.input))
    message.sort.is_global = node.is_global
    _add_order(message.sort.order, node.order)


def _limit(node: r.Limit, message: Any, todo: Todo) -> None:
    message.limit.limit = _count(node.limit)
    todo.append((node.input, message.limit.input))


def _offset(node: r.Offset, message: Any, todo: Todo) -> None:
    message.offset.offset = _count(node.offset)
    todo.append((node.input, message.offset.input))


def _tail(node: r.Tail, message: Any, todo: Todo) -> None:
    message.tail.limit = _count(node.limit)
    todo.append((node.input, message.tail.input))


_GROUPS = {
    r.GroupKind.GROUP_BY: 1,
    r.GroupKind.ROLLUP: 2,
    r.GroupKind.CUBE: 3,
    r.GroupKind.PIVOT: 4,
    r.GroupKind.GROUPING_SETS: 5,
}


def _aggregate(node: r.Aggregate, message: Any, todo: Todo) -> None:
    if node.select_list or node.analytics or node.by_all:
        raise only_in_sql(node)
    body = message.aggregate
    body.group_type = _GROUPS[node.kind]
    todo.append((node.input, body.input))
    _add_all(body.grouping_expressions, node.grouping)
    _add_all(body.aggregate_expressions, node.aggregates)
    if node.pivot is not None:
        fill_expression(body.pivot.col, node.pivot.column)
        for value in node.pivot.values:
            if not isinstance(value, e.Literal):
                raise only_in_sql(node)
            fill_literal(body.pivot.values.add(), value.value, value.type)
    for grouping_set in node.grouping_sets:
        _add_all(body.grouping_sets.add().grouping_set, grouping_set)


def _subquery_alias(node: r.SubqueryAlias, message: Any, todo: Todo) -> None:
    if node.columns:
        raise only_in_sql(node)
    message.subquery_alias.alias = node.alias
    message.subquery_alias.qualifier.extend(node.qualifier)
    todo.append((node.input, message.subquery_alias.input))


def _distinct(node: r.Distinct, message: Any, todo: Todo) -> None:
    message.deduplicate.all_columns_as_keys = True
    todo.append((node.input, message.deduplicate.input))


def _deduplicate(node: r.Deduplicate, message: Any, todo: Todo) -> None:
    body = message.deduplicate
    body.column_names.extend(node.columns)
    body.all_columns_as_keys = node.all_columns
    body.within_watermark = node.within_watermark
    todo.append((node.input, body.input))


def _sample(node: r.Sample, message: Any, todo: Todo) -> None:
    body = message.sample
    body.lower_bound, body.upper_bound = node.lower, node.upper
    body.with_replacement = node.with_replacement
    body.deterministic_order = node.deterministic_order
    if node.seed is not None:
        body.seed = node.seed
    todo.append((node.input, body.input))


def _repartition(node: r.Repartition, message: Any, todo: Todo) -> None:
    message.repartition.num_partitions = node.partitions
    message.repartition.shuffle = node.shuffle
    todo.append((node.input, message.repartition.input))


def _by_expression(node: r.RepartitionByExpression, message: Any, todo: Todo) -> None:
    body = message.repartition_by_expression
    if node.partitions is not None:
        body.num_partitions = node.partitions
    _add_all(body.partition_exprs, node.expressions)
    todo.append((node.input, body.input))


def _hint(node: r.Hint, message: Any, todo: Todo) -> None:
    message.hint.name = node.name
    _add_all(message.hint.parameters, node.parameters)
    todo.append((node.input, message.hint.input))


def _to_df(node: r.ToDF, message: Any, todo: Todo) -> None:
    message.to_df.column_names.extend(node.names)
    todo.append((node.input, message.to_df.input))


def _to_schema(node: r.ToSchema, message: Any, todo: Todo) -> None:
    fill_data_type(message.to_schema.schema, node.schema)
    todo.append((node.input, message.to_schema.input))


def _drop(node: r.Drop, message: Any, todo: Todo) -> None:
    _add_all(message.drop.columns, node.expressions)
    message.drop.column_names.extend(node.names)
    todo.append((node.input, message.drop.input))


def _with_columns(node: r.WithColumns, message: Any, todo: Todo) -> None:
    for alias in node.aliases:
        pending: list[tuple[e.Expression, Any]] = []
        fill_alias(alias, message.with_columns.aliases.add(), pending)
        finish(pending)
    todo.append((node.input, message.with_columns.input))


def _renamed(node: r.WithColumnsRenamed, message: Any, todo: Todo) -> None:
    for old, new in node.renames:
        message.with_columns_renamed.renames.add(col_name=old, new_col_name=new)
    todo.append((node.input, message.with_columns_renamed.input))


def _unpivot(node: r.Unpivot, message: Any, todo: Todo) -> None:
    grouped = node.values is not None and any(len(group) != 1 for group in node.values)
    single = node.ids is not None and len(node.value_names) == 1 and not node.aliases
    if grouped or not single or not node.include_nulls:
        raise only_in_sql(node)
    body = message.unpivot
    _add_all(body.ids, node.ids or ())
    if node.values is not None:
        body.values.SetInParent()
        _add_all(body.values.values, (group[0] for group in node.values))
    body.variable_column_name, body.value_column_name = node.variable_name, node.value_names[0]
    todo.append((node.input, body.input))


def _transpose(node: r.Transpose, message: Any, todo: Todo) -> None:
    _add_all(message.transpose.index_columns, node.index)
    todo.append((node.input, message.transpose.input))


def _watermark(node: r.WithWatermark, message: Any, todo: Todo) -> None:
    body = message.with_watermark
    body.event_time, body.delay_threshold = node.event_time, node.delay
    todo.append((node.input, body.input))


def _collect_metrics(node: r.CollectMetrics, message: Any, todo: Todo) -> None:
    message.collect_metrics.name = node.name
    _add_all(message.collect_metrics.metrics, node.metrics)
    todo.append((node.input, message.collect_metrics.input))


_FORMATS = {"csv": 1, "json": 2, "xml": 3}


def _parse(node: r.Parse, message: Any, todo: Todo) -> None:
    body = message.parse
    body.format = _FORMATS[node.format]
    if node.schema is not None:
        fill_data_type(body.schema, node.schema)
    body.options.update(node.options)
    todo.append((node.input, body.input))


# ---- statistics and missing values ------------------------------------------------------------


def _show_string(node: r.ShowString, message: Any, todo: Todo) -> None:
    body = message.show_string
    body.num_rows, body.truncate, body.vertical = node.rows, node.truncate, node.vertical
    todo.append((node.input, body.input))


def _html_string(node: r.HtmlString, message: Any, todo: Todo) -> None:
    message.html_string.num_rows, message.html_string.truncate = node.rows, node.truncate
    todo.append((node.input, message.html_string.input))


def _summary(node: r.Summary, message: Any, todo: Todo) -> None:
    message.summary.statistics.extend(node.statistics)
    todo.append((node.input, message.summary.input))


def _describe(node: r.Describe, message: Any, todo: Todo) -> None:
    message.describe.cols.extend(node.columns)
    todo.append((node.input, message.describe.input))


def _pair(kind: str) -> Fill:
    def fill(node: Any, message: Any, todo: Todo) -> None:
        body = getattr(message, kind)
        body.col1, body.col2 = node.first, node.second
        todo.append((node.input, body.input))

    return fill


def _correlation(node: r.Correlation, message: Any, todo: Todo) -> None:
    _pair("corr")(node, message, todo)
    message.corr.method = node.method


def _quantile(node: r.ApproximateQuantile, message: Any, todo: Todo) -> None:
    body = message.approx_quantile
    body.cols.extend(node.columns)
    body.probabilities.extend(node.probabilities)
    body.relative_error = node.relative_error
    todo.append((node.input, body.input))


def _frequent(node: r.FrequentItems, message: Any, todo: Todo) -> None:
    message.freq_items.cols.extend(node.columns)
    message.freq_items.support = node.support
    todo.append((node.input, message.freq_items.input))


def _sample_by(node: r.SampleBy, message: Any, todo: Todo) -> None:
    body = message.sample_by
    fill_expression(body.col, node.column)
    for stratum, fraction in node.fractions:
        target = body.fractions.add(fraction=fraction)
        fill_literal(target.stratum, stratum.value, stratum.type)
    if node.seed is not None:
        body.seed = node.seed
    todo.append((node.input, body.input))


def _fill_null(node: r.FillNull, message: Any, todo: Todo) -> None:
    message.fill_na.cols.extend(node.columns)
    for value in node.values:
        fill_literal(message.fill_na.values.add(), value.value, value.type)
    todo.append((node.input, message.fill_na.input))


def _drop_null(node: r.DropNull, message: Any, todo: Todo) -> None:
    message.drop_na.cols.extend(node.columns)
    if node.minimum_non_null is not None:
        message.drop_na.min_non_nulls = node.minimum_non_null
    todo.append((node.input, message.drop_na.input))


def _replace(node: r.Replace, message: Any, todo: Todo) -> None:
    message.replace.cols.extend(node.columns)
    for old, new in node.replacements:
        target = message.replace.replacements.add()
        fill_literal(target.old_value, old.value, old.type)
        fill_literal(target.new_value, new.value, new.type)
    todo.append((node.input, message.replace.input))


# ---- several inputs ---------------------------------------------------------------------------

_JOINS = {
    r.JoinType.INNER: 1,
    r.JoinType.FULL_OUTER: 2,
    r.JoinType.LEFT_OUTER: 3,
    r.JoinType.RIGHT_OUTER: 4,
    r.JoinType.LEFT_ANTI: 5,
    r.JoinType.LEFT_SEMI: 6,
    r.JoinType.CROSS: 7,
}


def _join(node: r.Join, message: Any, todo: Todo) -> None:
    if node.natural or (node.lateral and (node.using or node.structs)):
        raise only_in_sql(node)
    body = message.lateral_join if node.lateral else message.join
    body.join_type = _JOINS[node.type]
    todo.extend([(node.left, body.left), (node.right, body.right)])
    _maybe(node.condition, body.join_condition)
    if not node.lateral:
        body.using_columns.extend(node.using)
        if node.structs is not None:
            sides = body.join_data_type
            sides.SetInParent()
            sides.is_left_struct, sides.is_right_struct = node.structs


def _as_of(node: r.AsOfJoin, message: Any, todo: Todo) -> None:
    body = message.as_of_join
    todo.extend([(node.left, body.left), (node.right, body.right)])
    fill_expression(body.left_as_of, node.left_as_of)
    fill_expression(body.right_as_of, node.right_as_of)
    _maybe(node.condition, body.join_expr)
    _maybe(node.tolerance, body.tolerance)
    body.using_columns.extend(node.using)
    body.join_type, body.direction = node.type, node.direction
    body.allow_exact_matches = node.allow_exact_matches


def _nearest(node: r.NearestByJoin, message: Any, todo: Todo) -> None:
    body = message.nearest_by_join
    todo.extend([(node.left, body.left), (node.right, body.right)])
    fill_expression(body.ranking_expression, node.ranking)
    body.num_results, body.join_type = node.results, node.type
    body.mode, body.direction = node.mode, node.direction


_SETS = {r.SetOperator.INTERSECT: 1, r.SetOperator.UNION: 2, r.SetOperator.EXCEPT: 3}


def _set_operation(node: r.SetOperation, message: Any, todo: Todo) -> None:
    body = message.set_op
    body.set_op_type, body.is_all = _SETS[node.operator], node.all
    body.by_name, body.allow_missing_columns = node.by_name, node.allow_missing_columns
    todo.extend([(node.left, body.left_input), (node.right, body.right_input)])


def _with_relations(node: r.WithRelations, message: Any, todo: Todo) -> None:
    todo.append((node.root, message.with_relations.root))
    todo.extend((each, message.with_relations.references.add()) for each in node.references)


KINDS: dict[type[r.Relation], Fill] = {
    r.NamedTable: _named_table,
    r.DataSource: _data_source,
    r.LocalRelation: _local,
    r.CachedLocalRelation: _cached_local,
    r.CachedRemoteRelation: _cached_remote,
    r.Range: _range,
    r.TableFunction: _table_function,
    r.QueryText: _query_text,
    r.RelationChanges: _changes,
    r.Project: _project,
    r.Filter: _filter,
    r.Sort: _sort,
    r.Limit: _limit,
    r.Offset: _offset,
    r.Tail: _tail,
    r.Aggregate: _aggregate,
    r.SubqueryAlias: _subquery_alias,
    r.Distinct: _distinct,
    r.Deduplicate: _deduplicate,
    r.Sample: _sample,
    r.Repartition: _repartition,
    r.RepartitionByExpression: _by_expression,
    r.Hint: _hint,
    r.ToDF: _to_df,
    r.ToSchema: _to_schema,
    r.Drop: _drop,
    r.WithColumns: _with_columns,
    r.WithColumnsRenamed: _renamed,
    r.Unpivot: _unpivot,
    r.Transpose: _transpose,
    r.WithWatermark: _watermark,
    r.CollectMetrics: _collect_metrics,
    r.Parse: _parse,
    r.ShowString: _show_string,
    r.HtmlString: _html_string,
    r.Summary: _summary,
    r.Describe: _describe,
    r.Crosstab: _pair("crosstab"),
    r.Covariance: _pair("cov"),
    r.Correlation: _correlation,
    r.ApproximateQuantile: _quantile,
    r.FrequentItems: _frequent,
    r.SampleBy: _sample_by,
    r.FillNull: _fill_null,
    r.DropNull: _drop_null,
    r.Replace: _replace,
    r.Join: _join,
    r.AsOfJoin: _as_of,
    r.NearestByJoin: _nearest,
    r.SetOperation: _set_operation,
    r.WithRelations: _with_relations,
}


def _fill_common(node: r.Relation, message: Any) -> None:
    if node.plan_id is not None:
        message.common.plan_id = node.plan_id
    if node.origin is not None and node.origin.fragment:
        python = message.common.origin.python_origin
        python.fragment, python.call_site = node.origin.fragment, node.origin.call_site


def fill_relation(message: Any, node: r.Relation) -> None:
    """Write `node` into the empty `Relation` message."""
    todo: Todo = [(node, message)]
    while todo:
        each, target = todo.pop()
        fill = KINDS.get(type(each))
        if fill is None:
            raise only_in_sql(each)
        _fill_common(each, target)
        fill(each, target, todo)


def relation(node: r.Relation) -> relations_pb2.Relation:
    """`node` as a message."""
    message = relations_pb2.Relation()
    fill_relation(message, node)
    return message
