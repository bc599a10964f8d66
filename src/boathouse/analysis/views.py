"""Views -> the plan of their query, under the columns that they promised."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import cast, same_type
from boathouse.analysis.expressions import bind, unaliased
from boathouse.analysis.naming import qualified_sql
from boathouse.analysis.scope import Bound, Context, Keeping, Metrics, Promise, Scope, View
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.castable import is_up_cast
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.spec.expressions import CastMode
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Iterator


def requalified(bound: Bound, *qualifier: str) -> Bound:
    """`bound` with its columns under another qualifier; the plan stays as it is."""
    return Bound(
        renewed_output(bound.plan, tuple(a.qualified(*qualifier) for a in bound.output)),
        (bound,),
        hidden=tuple(a.qualified(*qualifier) for a in bound.hidden if a.name.startswith("_")),
    )


def renewed_output(plan: r.Relation, attributes: tuple[e.Attribute, ...]) -> r.Relation:
    """`plan` giving the same columns under other names or qualifiers."""
    return r.Project(plan, attributes)


def bind_view(view: View, context: Context) -> Bound:
    """The query of `view`, bound where nothing around it can be named."""
    inside = replace(
        context,
        tables=view.tables or context.tables,
        facts=context.facts.under(view.settings),
        common_tables={},
        outer=None,
        references={},
        windows={},
    )
    bound = inside.bind(view.query, inside)
    if view.metrics is not None:
        bound = _with_metrics(bound, view.metrics, inside)
    if view.promise is not None:
        columns = tuple(_kept(view, view.promise, bound.output, context))
        bound = Bound(r.Project(bound.plan, columns), (bound,))
    if view.seen is not None:
        view.seen(bound.output)
    return requalified(bound, *view.qualifier)


def _with_metrics(bound: Bound, metrics: Metrics, context: Context) -> Bound:
    """The columns of a metric view over the rows of its source. A measure has no value in a row:
    groups put its aggregate there, whoever reads it otherwise is refused.
    """
    scope = Scope.over(bound, context=context)
    columns: list[e.Alias] = []
    for name, expression in metrics.dimensions:
        columns.append(e.Alias(unaliased(bind(expression, scope)), name))
    for name, expression in metrics.measures:
        aggregate = unaliased(bind(expression, scope))
        none = bind_function("measure_of_a_row", [], scope)
        column = e.Alias(cast(none, aggregate.type, CastMode.ANSI, context), name)
        context.measures[column.id] = aggregate
        columns.append(column)
    return Bound(r.Project(bound.plan, tuple(columns)), (bound,))


def _kept(
    view: View, promise: Promise, output: tuple[e.Attribute, ...], context: Context
) -> Iterator[e.Alias]:
    """The promised columns, found in `output` by their names there; of equal names, in order."""
    names = [context.key(name) for name in promise.output]
    columns: dict[str, list[e.Attribute]] = defaultdict(list)
    for a in output:
        columns[context.key(a.name)].append(a)
    counts = Counter(names)
    unused = {name: iter(found) for name, found in columns.items()}
    for field, written, name in zip(promise.schema.fields, promise.output, names, strict=True):
        found, expected = columns[name], counts[name]
        if len(found) != expected:
            raise AnalysisError(
                "INCOMPATIBLE_VIEW_SCHEMA_CHANGE",
                viewName=".".join(map(t.quoted, view.qualifier)),
                colName=written,
                expectedNum=expected,
                actualCols=f"[{','.join(qualified_sql(a) for a in found)}]",
                suggestion=promise.statement,
            )
        value = _of_type(next(unused[name]), field, promise, context)
        yield e.Alias(value, field.name, metadata=field.metadata)


def _of_type(
    column: e.Attribute, field: t.StructField, promise: Promise, context: Context
) -> e.Expression:
    if promise.keeping is Keeping.NOT or same_type(column.type, field.type):
        return column
    if promise.keeping is Keeping.SAFELY and not is_up_cast(column.type, field.type):
        raise AnalysisError(
            "CANNOT_UP_CAST_DATATYPE",
            expression=qualified_sql(column),
            sourceType=f'"{column.type.sql}"',
            targetType=f'"{field.type.sql}"',
            details="Cast it in the query of the view, or make the view anew.",
        )
    return cast(column, field.type, CastMode.ANSI, context)
