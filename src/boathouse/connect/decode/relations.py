"""Protobuf relations to spec, one table entry for each kind. A relation that the client used twice
(the same plan id) is decoded once and shared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from boathouse import sql
from boathouse.connect.decode import catalog, delta, literals
from boathouse.connect.decode.expressions import (
    alias,
    expression,
    expressions,
    optional,
    order,
    origin_of,
)
from boathouse.connect.decode.invalid import bad_enum, unset
from boathouse.connect.decode.types import struct_type
from boathouse.connect.decode.walk import fold
from boathouse.spec import expressions as e
from boathouse.spec import relations as r
from boathouse.types import datatypes as t

At = dict[str, Any]
"""The keyword arguments every relation takes: `plan_id` and `origin`."""

Inputs = Sequence[r.Relation]
Build = Callable[[Any, Inputs, At], r.Relation]


class Kind(NamedTuple):
    """How a kind of message is read: its inputs, and the node made from them."""

    inputs: Callable[[Any], Sequence[Any]]
    build: Build


def _leaf(build: Callable[[Any, At], r.Relation]) -> Kind:
    return Kind(lambda body: (), lambda body, inputs, at: build(body, at))


def _input(body: Any) -> Sequence[Any]:
    return (body.input,)


def _unary(build: Callable[[Any, r.Relation, At], r.Relation]) -> Kind:
    return Kind(_input, lambda body, inputs, at: build(body, inputs[0], at))


def _binary(build: Build) -> Kind:
    return Kind(lambda body: (body.left, body.right), build)


def options(mapping: Any) -> r.Options:
    """A string map in key order (the wire has none)."""
    return tuple(sorted(mapping.items()))


def _integer(value: int) -> e.Literal:
    return e.Literal(value, t.INTEGER)


def _given(body: Any, field: str) -> Any:
    """The value of an optional scalar, None where it is not set."""
    return getattr(body, field) if body.HasField(field) else None


# ---- sources ------------------------------------------------------------------------------------


def _read(body: Any, at: At) -> r.Relation:
    if body.WhichOneof("read_type") == "named_table":
        table = body.named_table
        parts = sql.parse_identifier(table.unparsed_identifier)
        return r.NamedTable(parts, options(table.options), body.is_streaming, **at)
    source = body.data_source
    return r.DataSource(
        source.format,
        source.schema,
        options(source.options),
        tuple(source.paths),
        tuple(source.predicates),
        body.is_streaming,
        **at,
    )


def query_text(body: Any, at: At) -> r.Relation:
    """A `SQL` relation, or a `SqlCommand` of an old client, which has the same fields."""
    text = body.query if hasattr(body, "query") else body.sql
    named: dict[str, e.Expression] = {k: literals.literal(m) for k, m in body.args.items()}
    named |= {name: expression(message) for name, message in body.named_arguments.items()}
    positional = tuple(literals.literal(message) for message in body.pos_args)
    positional += expressions(body.pos_arguments)
    return r.QueryText(
        text, tuple(sorted(named.items(), key=lambda pair: pair[0])), positional, **at
    )


def _range(body: Any, at: At) -> r.Relation:
    return r.Range(body.start, body.end, body.step, _given(body, "num_partitions"), **at)


def _local(body: Any, at: At) -> r.Relation:
    return r.LocalRelation(_given(body, "data"), body.schema, **at)


def _chunked(body: Any, at: At) -> r.Relation:
    return r.CachedLocalRelation(tuple(body.dataHashes), body.schemaHash, **at)


def _table_function(body: Any, at: At) -> r.Relation:
    return r.TableFunction((body.function_name,), expressions(body.arguments), **at)


def _changes(body: Any, at: At) -> r.Relation:
    parts = sql.parse_identifier(body.unparsed_identifier)
    return r.RelationChanges(parts, options(body.options), body.is_streaming, **at)


# ---- one input --------------------------------------------------------------------------------


def _project_inputs(body: Any) -> Sequence[Any]:
    return (body.input,) if body.HasField("input") else ()


def _project(body: Any, inputs: Inputs, at: At) -> r.Relation:
    return r.Project(inputs[0] if inputs else r.OneRow(), expressions(body.expressions), **at)


_GROUPS = {
    1: r.GroupKind.GROUP_BY,
    2: r.GroupKind.ROLLUP,
    3: r.GroupKind.CUBE,
    4: r.GroupKind.PIVOT,
    5: r.GroupKind.GROUPING_SETS,
}


def _aggregate(body: Any, input: r.Relation, at: At) -> r.Relation:
    if body.group_type not in _GROUPS:
        raise bad_enum(body, "group_type")
    pivot = None
    if body.HasField("pivot"):
        values = tuple(literals.literal(value) for value in body.pivot.values)
        pivot = r.Pivot(expression(body.pivot.col), values)
    return r.Aggregate(
        input,
        _GROUPS[body.group_type],
        expressions(body.grouping_expressions),
        expressions(body.aggregate_expressions),
        pivot,
        tuple(expressions(each.grouping_set) for each in body.grouping_sets),
        **at,
    )


def _deduplicate(body: Any, input: r.Relation, at: At) -> r.Relation:
    names = tuple(body.column_names)
    return r.Deduplicate(input, names, body.all_columns_as_keys, body.within_watermark, **at)


def _sample(body: Any, input: r.Relation, at: At) -> r.Relation:
    return r.Sample(
        input,
        body.lower_bound,
        body.upper_bound,
        body.with_replacement,
        _given(body, "seed"),
        body.deterministic_order,
        **at,
    )


def _by_expression(body: Any, input: r.Relation, at: At) -> r.Relation:
    keys = expressions(body.partition_exprs)
    return r.RepartitionByExpression(input, keys, _given(body, "num_partitions"), **at)


def _renamed(body: Any, input: r.Relation, at: At) -> r.Relation:
    pairs = [*sorted(body.rename_columns_map.items())]
    pairs += [(rename.col_name, rename.new_col_name) for rename in body.renames]
    return r.WithColumnsRenamed(input, tuple(pairs), **at)


def _show(body: Any, input: r.Relation, at: At) -> r.Relation:
    return r.ShowString(input, body.num_rows, body.truncate, body.vertical, **at)


def _unpivot(body: Any, input: r.Relation, at: At) -> r.Relation:
    values = None
    if body.HasField("values"):
        values = tuple((value,) for value in expressions(body.values.values))
    names = (body.value_column_name,)
    ids = expressions(body.ids)
    return r.Unpivot(input, ids, values, body.variable_column_name, names, **at)


_FORMATS = {1: "csv", 2: "json", 3: "xml"}


def _parse(body: Any, input: r.Relation, at: At) -> r.Relation:
    if body.format not in _FORMATS:
        raise bad_enum(body, "format")
    schema = struct_type(body.schema) if body.HasField("schema") else None
    return r.Parse(input, _FORMATS[body.format], schema, options(body.options), **at)


def _quantile(body: Any, input: r.Relation, at: At) -> r.Relation:
    probabilities = tuple(body.probabilities)
    names = tuple(body.cols)
    return r.ApproximateQuantile(input, names, probabilities, body.relative_error, **at)


def _frequent(body: Any, input: r.Relation, at: At) -> r.Relation:
    support = body.support if body.HasField("support") else 0.01
    return r.FrequentItems(input, tuple(body.cols), support, **at)


def _sample_by(body: Any, input: r.Relation, at: At) -> r.Relation:
    strata = tuple((literals.literal(each.stratum), each.fraction) for each in body.fractions)
    return r.SampleBy(input, expression(body.col), strata, _given(body, "seed"), **at)


def _fill(body: Any, input: r.Relation, at: At) -> r.Relation:
    values = tuple(literals.literal(value) for value in body.values)
    return r.FillNull(input, tuple(body.cols), values, **at)


def _replace(body: Any, input: r.Relation, at: At) -> r.Relation:
    pairs = tuple(
        (literals.literal(each.old_value), literals.literal(each.new_value))
        for each in body.replacements
    )
    return r.Replace(input, tuple(body.cols), pairs, **at)


def _correlation(body: Any, input: r.Relation, at: At) -> r.Relation:
    return r.Correlation(input, body.col1, body.col2, body.method or "pearson", **at)


# ---- several inputs ---------------------------------------------------------------------------

_JOINS = {
    1: r.JoinType.INNER,
    2: r.JoinType.FULL_OUTER,
    3: r.JoinType.LEFT_OUTER,
    4: r.JoinType.RIGHT_OUTER,
    5: r.JoinType.LEFT_ANTI,
    6: r.JoinType.LEFT_SEMI,
    7: r.JoinType.CROSS,
}


def _join_type(body: Any) -> r.JoinType:
    if body.join_type not in _JOINS:
        raise bad_enum(body, "join_type")
    return _JOINS[body.join_type]


def _join(body: Any, inputs: Inputs, at: At) -> r.Relation:
    structs = None
    if body.HasField("join_data_type"):
        sides = body.join_data_type
        structs = (sides.is_left_struct, sides.is_right_struct)
    return r.Join(
        inputs[0],
        inputs[1],
        _join_type(body),
        optional(body, "join_condition"),
        tuple(body.using_columns),
        structs=structs,
        **at,
    )


def _lateral(body: Any, inputs: Inputs, at: At) -> r.Relation:
    condition = optional(body, "join_condition")
    return r.Join(inputs[0], inputs[1], _join_type(body), condition, lateral=True, **at)


def _as_of(body: Any, inputs: Inputs, at: At) -> r.Relation:
    return r.AsOfJoin(
        inputs[0],
        inputs[1],
        expression(body.left_as_of),
        expression(body.right_as_of),
        optional(body, "join_expr"),
        tuple(body.using_columns),
        body.join_type,
        optional(body, "tolerance"),
        body.allow_exact_matches,
        body.direction,
        **at,
    )


def _nearest(body: Any, inputs: Inputs, at: At) -> r.Relation:
    return r.NearestByJoin(
        inputs[0],
        inputs[1],
        expression(body.ranking_expression),
        body.num_results,
        body.join_type,
        body.mode,
        body.direction,
        **at,
    )


_SETS = {1: r.SetOperator.INTERSECT, 2: r.SetOperator.UNION, 3: r.SetOperator.EXCEPT}


def _set_operation(body: Any, inputs: Inputs, at: At) -> r.Relation:
    if body.set_op_type not in _SETS:
        raise bad_enum(body, "set_op_type")
    return r.SetOperation(
        inputs[0],
        inputs[1],
        _SETS[body.set_op_type],
        body.is_all,
        body.by_name,
        body.allow_missing_columns,
        **at,
    )


def _with_relations(body: Any, inputs: Inputs, at: At) -> r.Relation:
    return r.WithRelations(inputs[0], tuple(inputs[1:]), **at)


def _unsupported(feature: str) -> Kind:
    return _leaf(lambda body, at: r.Unsupported(feature, **at))


KINDS: dict[str, Kind] = {
    "read": _leaf(_read),
    "project": Kind(_project_inputs, _project),
    "filter": _unary(lambda b, i, at: r.Filter(i, expression(b.condition), **at)),
    "join": _binary(_join),
    "set_op": Kind(lambda body: (body.left_input, body.right_input), _set_operation),
    "sort": _unary(lambda b, i, at: r.Sort(i, order(b.order), b.is_global, **at)),
    "limit": _unary(lambda b, i, at: r.Limit(i, _integer(b.limit), **at)),
    "aggregate": _unary(_aggregate),
    "sql": _leaf(query_text),
    "local_relation": _leaf(_local),
    "sample": _unary(_sample),
    "offset": _unary(lambda b, i, at: r.Offset(i, _integer(b.offset), **at)),
    "deduplicate": _unary(_deduplicate),
    "range": _leaf(_range),
    "subquery_alias": _unary(
        lambda b, i, at: r.SubqueryAlias(i, b.alias, tuple(b.qualifier), **at)
    ),
    "repartition": _unary(lambda b, i, at: r.Repartition(i, b.num_partitions, b.shuffle, **at)),
    "to_df": _unary(lambda b, i, at: r.ToDF(i, tuple(b.column_names), **at)),
    "with_columns_renamed": _unary(_renamed),
    "show_string": _unary(_show),
    "drop": _unary(lambda b, i, at: r.Drop(i, expressions(b.columns), tuple(b.column_names), **at)),
    "tail": _unary(lambda b, i, at: r.Tail(i, _integer(b.limit), **at)),
    "with_columns": _unary(
        lambda b, i, at: r.WithColumns(i, tuple(alias(each) for each in b.aliases), **at)
    ),
    "hint": _unary(lambda b, i, at: r.Hint(i, b.name, expressions(b.parameters), **at)),
    "unpivot": _unary(_unpivot),
    "to_schema": _unary(lambda b, i, at: r.ToSchema(i, struct_type(b.schema), **at)),
    "repartition_by_expression": _unary(_by_expression),
    "map_partitions": _unsupported("mapInPandas and mapInArrow"),
    "collect_metrics": _unary(
        lambda b, i, at: r.CollectMetrics(i, b.name, expressions(b.metrics), **at)
    ),
    "parse": _unary(_parse),
    "group_map": _unsupported("applyInPandas, applyInArrow and transformWithState"),
    "co_group_map": _unsupported("cogroup"),
    "with_watermark": _unary(
        lambda b, i, at: r.WithWatermark(i, b.event_time, b.delay_threshold, **at)
    ),
    "apply_in_pandas_with_state": _unsupported("applyInPandasWithState"),
    "html_string": _unary(lambda b, i, at: r.HtmlString(i, b.num_rows, b.truncate, **at)),
    "cached_local_relation": _leaf(
        lambda b, at: r.CachedLocalRelation((b.hash,), legacy=True, **at)
    ),
    "cached_remote_relation": _leaf(lambda b, at: r.CachedRemoteRelation(b.relation_id, **at)),
    "common_inline_user_defined_table_function": _unsupported("Python table functions"),
    "as_of_join": _binary(_as_of),
    "common_inline_user_defined_data_source": _unsupported("Python data sources"),
    "with_relations": Kind(lambda body: (body.root, *body.references), _with_relations),
    "transpose": _unary(lambda b, i, at: r.Transpose(i, expressions(b.index_columns), **at)),
    "unresolved_table_valued_function": _leaf(_table_function),
    "lateral_join": _binary(_lateral),
    "chunked_cached_local_relation": _leaf(_chunked),
    "relation_changes": _leaf(_changes),
    "nearest_by_join": _binary(_nearest),
    "fill_na": _unary(_fill),
    "drop_na": _unary(
        lambda b, i, at: r.DropNull(i, tuple(b.cols), _given(b, "min_non_nulls"), **at)
    ),
    "replace": _unary(_replace),
    "summary": _unary(lambda b, i, at: r.Summary(i, tuple(b.statistics), **at)),
    "crosstab": _unary(lambda b, i, at: r.Crosstab(i, b.col1, b.col2, **at)),
    "describe": _unary(lambda b, i, at: r.Describe(i, tuple(b.cols), **at)),
    "cov": _unary(lambda b, i, at: r.Covariance(i, b.col1, b.col2, **at)),
    "corr": _unary(_correlation),
    "approx_quantile": _unary(_quantile),
    "freq_items": _unary(_frequent),
    "sample_by": _unary(_sample_by),
    "catalog": _leaf(lambda b, at: r.CommandResult(catalog.command(b), **at)),
    "ml_relation": _unsupported("machine learning"),
    "extension": Kind(delta.inputs, delta.relation),
    "unknown": _unsupported("an unknown relation"),
}


def relation(message: Any) -> r.Relation:
    """The relation that a `Relation` message says."""
    shared: dict[tuple[int, str], r.Relation] = {}

    def enter(node: Any) -> tuple[Sequence[Any], Callable[[Inputs], r.Relation]]:
        which = node.WhichOneof("rel_type")
        if which is None:
            raise unset(node, "rel_type")
        at: At = {}
        key = None
        if node.HasField("common"):
            common = node.common
            at = {"plan_id": _given(common, "plan_id"), "origin": origin_of(common)}
            key = None if at["plan_id"] is None else (at["plan_id"], which)
        if key in shared:
            known = shared[key]
            return (), lambda inputs: known
        kind, body = KINDS[which], getattr(node, which)

        def build(inputs: Inputs) -> r.Relation:
            built = kind.build(body, inputs, at)
            if key is not None:
                shared[key] = built
            return built

        return kind.inputs(body), build

    return fold(message, enter)
