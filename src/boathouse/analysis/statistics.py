"""DataFrame.stat, describe and summary: relations made of aggregates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import as_type, cast
from boathouse.analysis.expressions import bind as bind_expression
from boathouse.analysis.expressions import unaliased
from boathouse.analysis.grouping import group
from boathouse.analysis.names import bind_name, column_of
from boathouse.analysis.scope import Bound, Context, Scope
from boathouse.errors.exceptions import IllegalArgumentError, refused
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string
from boathouse.types.text import pretty_text

if TYPE_CHECKING:
    from collections.abc import Sequence

_DESCRIBED = ("count", "mean", "stddev", "min", "max")
_SUMMARISED = ("count", "mean", "stddev", "min", "25%", "50%", "75%", "max")
_SEED_RANGE = 2**31


def _column(name: str, scope: Scope) -> e.Expression:
    return unaliased(bind_name(se.Name((name,)), scope))


def _numeric(name: str, scope: Scope, what: str) -> e.Expression:
    column = unaliased(column_of(name, scope))
    if not isinstance(column.type, t.NumericType):
        raise refused(f"{what} of a column of type {column.type.simple} cannot be computed.")
    return column


def _one_group(bound: Bound, scope: Scope, outputs: Sequence[e.Expression]) -> Bound:
    return group(bound, scope, (), outputs)


# ---- describe and summary
# ---------------------------------------------------------------------------------


def describe(node: sr.Describe, bound: Bound, context: Context) -> Bound:
    """count, mean, stddev, min and max of columns, as text."""
    return _summary(bound, context, node.columns, _DESCRIBED)


def summary(node: sr.Summary, bound: Bound, context: Context) -> Bound:
    """Like describe, with percentiles and a choice."""
    for statistic in node.statistics:
        if not _is_statistic(statistic):
            raise IllegalArgumentError("UNRECOGNIZED_STATISTIC", stats=f"'{statistic}'")
    return _summary(bound, context, (), node.statistics or _SUMMARISED)


def _is_statistic(name: str) -> bool:
    if name.endswith("%"):
        return name[:-1].replace(".", "", 1).isdigit() and 0 <= float(name[:-1]) <= 100
    return name.lower() in {
        "count",
        "count_distinct",
        "approx_count_distinct",
        "mean",
        "stddev",
        "min",
        "max",
    }


def _summary(
    bound: Bound, context: Context, names: Sequence[str], statistics: Sequence[str]
) -> Bound:
    scope = Scope.over(bound, context=context)
    found = [_column(n, scope) for n in names] or list(bound.output)
    labels = list(names) or [a.name for a in bound.output]
    kept = [
        (x, label)
        for x, label in zip(found, labels, strict=True)
        if isinstance(x.type, t.NumericType) or is_string(x.type)
    ]
    outputs: list[e.Expression] = []
    for statistic in statistics:
        for column, _ in kept:
            value = _statistic(statistic, column, scope)
            outputs.append(e.Alias(cast(value, t.STRING, se.CastMode.LEGACY, context), statistic))
    if not kept:
        return _literal_rows(statistics)
    grouped = _one_group(bound, scope, outputs)
    return _stacked(grouped, statistics, [label for _, label in kept], scope)


def _literal_rows(statistics: Sequence[str]) -> Bound:
    attribute = e.Attribute(e.fresh_id(), "summary", t.STRING)
    rows = tuple((e.Literal(name, t.STRING),) for name in statistics)
    return Bound(r.Values(rows, (attribute,)))


def _statistic(name: str, column: e.Expression, scope: Scope) -> e.Expression:
    text = is_string(column.type)
    number = column if not text else cast(column, t.DOUBLE, se.CastMode.TRY, scope.context)
    match name.lower():
        case "count" | "min" | "max" as function:
            return bind_function(function, [column], scope)
        case "mean":
            return bind_function("avg", [number], scope)
        case "stddev":
            return bind_function("stddev_samp", [number], scope)
        case "count_distinct":
            count = bind_function("count", [column], scope)
            assert isinstance(count, e.AggregateCall)  # noqa: S101 - count is one
            return e.AggregateCall(
                count.function,
                count.arguments,
                count.of,
                count.may_be_null,
                distinct=True,
                name="count",
            )
        case "approx_count_distinct":
            return bind_function("approx_count_distinct", [column], scope)
        case _:
            share = e.Literal(float(name[:-1]) / 100, t.DOUBLE)
            return bind_function("percentile_approx", [number, share], scope)


def _stacked(
    grouped: Bound, statistics: Sequence[str], labels: Sequence[str], scope: Scope
) -> Bound:
    """One row of statistics times columns -> a row for each statistic."""
    width = len(labels)
    rows: list[e.Expression] = []
    for number, statistic in enumerate(statistics):
        values = grouped.output[number * width : (number + 1) * width]
        arguments: list[e.Expression] = [e.Literal("0", t.STRING), e.Literal(statistic, t.STRING)]
        for index, value in enumerate(values, 1):
            arguments += [e.Literal(str(index), t.STRING), value]
        rows.append(bind_function("named_struct", arguments, scope))
    call = bind_function("inline", [bind_function("array", rows, scope)], scope)
    assert isinstance(call, e.GeneratorCall)  # noqa: S101 - inline is one
    attributes = tuple(e.Attribute(e.fresh_id(), name, t.STRING) for name in ("summary", *labels))
    return Bound(r.Project(r.Generate(grouped.plan, call, attributes), attributes), (grouped,))


# ---- two columns
# --------------------------------------------------------------------------------------------


def covariance(node: sr.Covariance, bound: Bound, context: Context) -> Bound:
    """Sample covariance."""
    return _pair("covar_samp", "cov", node.first, node.second, bound, context)


def correlation(node: sr.Correlation, bound: Bound, context: Context) -> Bound:
    """Pearson's correlation."""
    if node.method != "pearson":
        raise refused(f"Correlation by {node.method} is not to be had.")
    return _pair("corr", "corr", node.first, node.second, bound, context)


def _pair(
    function: str, name: str, first: str, second: str, bound: Bound, context: Context
) -> Bound:
    scope = Scope.over(bound, context=context)
    columns = [as_type(_numeric(n, scope, name), t.DOUBLE, context) for n in (first, second)]
    # Spark reads a missing value as 0 here, unlike the functions of SQL.
    zero = e.Literal(0.0, t.DOUBLE)
    present = [bind_function("coalesce", [column, zero], scope) for column in columns]
    value = bind_function(function, present, scope)
    return _one_group(bound, scope, [e.Alias(value, name)])


def crosstab(node: sr.Crosstab, bound: Bound, context: Context) -> Bound:
    """How often each pair of values occurs: rows are first values, columns second ones."""
    scope = Scope.over(bound, context=context)
    zone = context.facts.zone
    columns = [_column(node.first, scope), _column(node.second, scope)]
    count = bind_function("count", [e.Literal(1, t.INTEGER)], scope)
    grouped = group(bound, scope, columns, [*columns, e.Alias(count, "count")])
    found = [
        (
            *[
                "null" if v is None else pretty_text(v, c.type, zone)
                for v, c in zip(row[:2], columns, strict=True)
            ],
            row[2],
        )
        for row in context.rows(grouped.plan)
    ]
    seconds = sorted({row[1] for row in found})
    table: dict[str, dict[str, int]] = {}
    for first, second, times in found:
        counts = table.setdefault(str(first), {})
        counts[str(second)] = counts.get(str(second), 0) + int(str(times))
    attributes = (
        e.Attribute(e.fresh_id(), f"{node.first}_{node.second}", t.STRING, columns[0].nullable),
        *[e.Attribute(e.fresh_id(), str(s), t.LONG, may_be_null=False) for s in seconds],
    )
    rows = tuple(
        (e.Literal(first, t.STRING), *[e.Literal(counts.get(str(s), 0), t.LONG) for s in seconds])
        for first, counts in sorted(table.items())
    )
    if not rows:
        empty = (e.Literal(None, t.STRING),)
        nothing = r.Values((empty,), attributes)
        return Bound(r.Filter(nothing, e.Literal(value=False, of=t.BOOLEAN)))
    return Bound(r.Values(rows, attributes))


# ---- one column
# -----------------------------------------------------------------------------------------------


def approximate_quantile(node: sr.ApproximateQuantile, bound: Bound, context: Context) -> Bound:
    """Quantiles of each column as one array of arrays; exact, which any error bound allows."""
    scope = Scope.over(bound, context=context)
    if node.relative_error < 0 or any(not 0 <= p <= 1 for p in node.probabilities):
        raise refused("probabilities lie in [0, 1], errors above 0")
    shares = e.Literal(tuple(node.probabilities), t.ArrayType(t.DOUBLE, contains_null=False))
    arrays: list[e.Expression] = []
    for name in node.columns:
        column = as_type(_numeric(name, scope, "quantile"), t.DOUBLE, context)
        present = bind_function("nanvl", [column, e.Literal(None, t.DOUBLE)], scope)
        value = bind_function("percentile_approx", [present, shares], scope)
        empty = e.Literal((), t.ArrayType(t.DOUBLE, contains_null=False))
        arrays.append(bind_function("coalesce", [value, empty], scope))
    together = bind_function("array", arrays, scope)
    return _one_group(bound, scope, [e.Alias(together, "approx_quantile")])


def frequent_items(node: sr.FrequentItems, bound: Bound, context: Context) -> Bound:
    """The values of each column that more than a share `support` of the rows have."""
    scope = Scope.over(bound, context=context)
    if not 1e-4 <= node.support <= 1:
        raise refused(f"The support must lie in [1e-4, 1], and is {node.support}.")
    total = context.rows(
        _one_group(
            bound,
            scope,
            [e.Alias(bind_function("count", [e.Literal(1, t.INTEGER)], scope), "count")],
        ).plan
    )[0][0]
    attributes: list[e.Attribute] = []
    values: list[e.Expression] = []
    for name in node.columns:
        column = _column(name, scope)
        of = t.ArrayType(column.type)
        attributes.append(e.Attribute(e.fresh_id(), f"{name}_freqItems", of, may_be_null=False))
        values.append(e.Literal(_frequent(bound, scope, column, total * node.support), of))
    return Bound(r.Values((tuple(values),), tuple(attributes)))


def _frequent(bound: Bound, scope: Scope, column: e.Expression, least: float) -> tuple[object, ...]:
    count = bind_function("count", [e.Literal(1, t.INTEGER)], scope)
    grouped = group(bound, scope, [column], [column, e.Alias(count, "count")])
    enough = bind_function(">=", [grouped.output[1], e.Literal(least, t.DOUBLE)], scope)
    return tuple(row[0] for row in scope.context.rows(r.Filter(grouped.plan, enough)))


def sample_by(node: sr.SampleBy, bound: Bound, context: Context) -> Bound:
    """A Bernoulli sample with a share for each value of a column; other values are left out."""
    scope = Scope.over(bound, context=context)
    column = unaliased(bind_expression(node.column, scope))
    seed = node.seed if node.seed is not None else context.facts.now % _SEED_RANGE
    branches: list[tuple[e.Expression, e.Expression]] = []
    for literal, share in node.fractions:
        if not 0 <= share <= 1:
            raise refused(f"Fractions must lie in [0, 1], and one is {share}.")
        stratum = as_type(e.Literal(literal.value, literal.type), column.type, context)
        matches = bind_function("<=>", [column, stratum], scope)
        branches.append((matches, e.Literal(share, t.DOUBLE)))
    if not branches:
        return Bound(r.Filter(bound.plan, e.Literal(value=False, of=t.BOOLEAN)), (bound,))
    # Spark draws for every row, whatever its stratum.
    draw = bind_function("rand", [e.Literal(seed, t.LONG)], scope)
    least = e.Case(tuple(branches), e.Literal(0.0, t.DOUBLE), t.DOUBLE)
    return Bound(r.Filter(bound.plan, bind_function("<", [draw, least], scope)), (bound,))
