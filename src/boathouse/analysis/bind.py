"""Spec relations -> bound ones. This file only routes; each kind is bound in its own room.

A chain of relations with one input each is walked in a loop, so that thousands of chained
DataFrame calls need no deeper stack than one.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from boathouse.analysis import (
    columns,
    generators,
    joins,
    missing_values,
    named_queries,
    pivots,
    select,
    sets,
    sources,
    statistics,
    tables_of_text,
    transforms,
)
from boathouse.analysis.faults import Postponed
from boathouse.analysis.routines import told_first
from boathouse.analysis.scope import Bound, Context
from boathouse.analysis.stars import MisusedStarError
from boathouse.analysis.time_windows import over_time
from boathouse.errors.exceptions import SparkError, internal, unsupported
from boathouse.spec import relations as sr

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.plan import relations as r


def bind_query(relation: sr.Relation, context: Context) -> r.Relation:
    """The plan of a whole query."""
    postponed = Postponed()
    context = replace(context, postponed=postponed)
    try:
        plan = bind(relation, context).plan
    except SparkError as error:
        raise told_first(postponed.first(error) or error, relation, context) from None
    fault = postponed.first()
    if fault is not None:
        raise told_first(fault, relation, context)
    return plan


def bind(relation: sr.Relation, context: Context) -> Bound:
    """`relation` bound in `context`."""
    chain: list[Any] = []
    node: Any = relation
    while type(node) in CHAINED:
        chain.append(node)
        node = node.input
    keeps = context.tables.keeps_any
    postponed = context.waiting
    start = len(postponed.waiting)
    bound = _numbered(LEAVES[type(node)](node, context), node)
    postponed.settle(start)
    bound = _kept(bound, node, context) if keeps else bound
    for link in reversed(chain):
        try:
            bound = _numbered(CHAINED[type(link)](link, bound, context), link)
        except MisusedStarError as misused:
            raise _placed(misused, link) from None
        postponed.settle(start)
        bound = _kept(bound, link, context) if keeps else bound
    return bound


def _placed(misused: MisusedStarError, link: sr.Relation) -> MisusedStarError:
    """The error about a star that stands alone in a clause, which names the clause."""
    clause = _CLAUSES.get(type(link))
    if clause is None or misused.parameters["prettyName"] != "expression":
        return misused
    return MisusedStarError(misused.node, clause)


_CLAUSES: dict[type, str] = {
    sr.Filter: "Filter",
    sr.Sort: "Sort",
    sr.Aggregate: "Aggregate",
    sr.Having: "UnresolvedHaving",
}


def _kept(bound: Bound, node: sr.Relation, context: Context) -> Bound:
    """`bound` reading the persisted rows of `node` when there are any."""
    scan = context.tables.kept(node, bound.output)
    return (
        bound if scan is None else replace(bound, plan=scan, hidden=(), grouped=None, select=None)
    )


def _numbered(bound: Bound, node: sr.Relation) -> Bound:
    return bound if node.plan_id is None else bound.numbered(node.plan_id)


def _unsupported(node: sr.Unsupported, context: Context) -> Bound:
    raise unsupported(node.feature)


LEAVES: dict[type, Callable[..., Bound]] = {
    sr.NamedTable: sources.named_table,
    sr.DataSource: sources.data_source,
    sr.LocalRelation: sources.local,
    sr.CachedLocalRelation: sources.local,
    sr.CachedRemoteRelation: sources.remote,
    sr.Range: sources.number_range,
    sr.Values: sources.values,
    sr.OneRow: sources.one_row,
    sr.TableFunction: sources.table_function,
    sr.QueryText: sources.query_text,
    sr.CommandResult: sources.command_result,
    sr.With: named_queries.with_tables,
    sr.WithRelations: sources.with_relations,
    sr.NamedWindows: select.named_windows,
    sr.Join: joins.join,
    sr.AsOfJoin: joins.as_of_join,
    sr.NearestByJoin: joins.nearest_by_join,
    sr.SetOperation: sets.set_operation,
    sr.RelationChanges: sources.changes,
    sr.Unsupported: _unsupported,
}
"""Relations that bind their inputs themselves, because they have none, or several, or because
names mean something else inside."""

CHAINED: dict[type, Callable[..., Bound]] = {
    sr.Project: select.project,
    sr.Filter: select.filter_rows,
    sr.Aggregate: select.aggregate,
    sr.Having: select.having,
    sr.Qualify: select.qualify,
    sr.PipeStep: select.pipe_step,
    sr.Sort: select.sort,
    sr.Limit: select.limit,
    sr.Offset: select.offset,
    sr.Tail: select.tail,
    sr.Distinct: select.distinct,
    sr.SubqueryAlias: columns.subquery_alias,
    sr.Deduplicate: columns.deduplicate,
    sr.ToDF: columns.to_df,
    sr.ToSchema: columns.to_schema,
    sr.Drop: columns.drop,
    sr.WithColumns: partial(over_time, columns.with_columns),
    sr.WithColumnsRenamed: columns.with_columns_renamed,
    sr.Sample: columns.sample,
    sr.Repartition: columns.repartition,
    sr.RepartitionByExpression: select.repartition_by,
    sr.CollectMetrics: columns.collect_metrics,
    sr.Hint: select.hint,
    sr.WithWatermark: columns.with_watermark,
    sr.LateralView: generators.lateral_view,
    sr.Transform: transforms.transform,
    sr.Unpivot: pivots.unpivot,
    sr.PivotClause: pivots.pivot_clause,
    sr.Transpose: pivots.transpose,
    sr.Parse: tables_of_text.parse,
    sr.ShowString: tables_of_text.show_string,
    sr.HtmlString: tables_of_text.html_string,
    sr.Summary: statistics.summary,
    sr.Describe: statistics.describe,
    sr.Crosstab: statistics.crosstab,
    sr.Covariance: statistics.covariance,
    sr.Correlation: statistics.correlation,
    sr.ApproximateQuantile: statistics.approximate_quantile,
    sr.FrequentItems: statistics.frequent_items,
    sr.SampleBy: statistics.sample_by,
    sr.FillNull: missing_values.fill,
    sr.DropNull: missing_values.drop,
    sr.Replace: missing_values.replace_values,
}
"""Relations with one input that is bound in the same context."""


def require_known() -> None:
    """Fail unless every spec relation is routed: a house test calls it."""
    known = set(LEAVES) | set(CHAINED)
    for name, kind in vars(sr).items():
        if (
            isinstance(kind, type)
            and issubclass(kind, sr.Relation)
            and kind not in known | {sr.Relation}
        ):
            raise internal(f"no binder for {name}")
