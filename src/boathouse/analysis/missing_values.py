"""DataFrame.na: filling, dropping and replacing what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import cast, mode_of
from boathouse.analysis.columns import projected
from boathouse.analysis.names import column_of
from boathouse.analysis.scope import Bound, Context, Scope
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.spec import expressions as se
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string

if TYPE_CHECKING:
    from boathouse.spec import relations as sr


def fill(node: sr.FillNull, bound: Bound, context: Context) -> Bound:
    """na.fill: columns whose kind of type is that of the value; NaN counts as missing."""
    scope = Scope.over(bound, context=context)
    targets = _targets(node.columns, scope)
    values = dict(
        zip(
            targets or [a.id for a in bound.output],
            node.values * (1 if len(node.values) > 1 else len(bound.output)),
            strict=False,
        )
    )
    named_each = len(node.values) > 1
    expressions: list[e.Named] = []
    for a in bound.output:
        value = values.get(a.id)
        chosen = value is not None and (not targets or a.id in targets)
        if value is None or not chosen or not (named_each or _same_kind(a.of, value.type)):
            expressions.append(a)
            continue
        expressions.append(_filled(a, value, scope))
    return projected(bound, tuple(expressions), context)


def _targets(names: tuple[str, ...], scope: Scope) -> list[int]:
    """The ids of the named columns; columns alone, no struct fields."""
    found: list[int] = []
    for name in names:
        if name == "*":
            found.extend(a.id for a in scope.attributes)
            continue
        column = column_of(name, scope)
        if not isinstance(column, e.Attribute):
            raise AnalysisError("UNSUPPORTED_FEATURE.REPLACE_NESTED_COLUMN", colName=t.quoted(name))
        found.append(column.id)
    return found


def _same_kind(column: t.DataType, value: t.DataType) -> bool:
    if isinstance(value, t.NumericType):
        return isinstance(column, t.NumericType)
    if is_string(value):
        return is_string(column)
    return isinstance(value, t.BooleanType) and isinstance(column, t.BooleanType)


def _filled(column: e.Attribute, value: se.Literal, scope: Scope) -> e.Alias:
    default = cast(
        e.Literal(value.value, value.type), column.of, mode_of(scope.context), scope.context
    )
    present: e.Expression = column
    if isinstance(column.of, (t.DoubleType, t.FloatType)):
        present = bind_function("nanvl", [column, e.Literal(None, column.of)], scope)
    return e.Alias(
        bind_function("coalesce", [present, default], scope), column.name, metadata=column.metadata
    )


def drop(node: sr.DropNull, bound: Bound, context: Context) -> Bound:
    """na.drop: rows with too few values that are neither null nor NaN."""
    scope = Scope.over(bound, context=context)
    columns = [column_of(name, scope) for name in node.columns] or list(bound.output)
    least = len(columns) if node.minimum_non_null is None else node.minimum_non_null
    present = [_present(column, scope) for column in columns]
    if not present:
        return Bound(bound.plan, (bound,))
    one, zero = e.Literal(1, t.INTEGER), e.Literal(0, t.INTEGER)
    if least == len(present):
        condition = bind_function("and", present, scope) if len(present) > 1 else present[0]
    else:
        count: e.Expression = zero
        for there in present:
            count = bind_function("+", [count, e.Case(((there, one),), zero, t.INTEGER)], scope)
        condition = bind_function(">=", [count, e.Literal(least, t.INTEGER)], scope)
    return Bound(r.Filter(bound.plan, condition), (bound,), hidden=bound.hidden)


def _present(column: e.Expression, scope: Scope) -> e.Expression:
    there = bind_function("isnotnull", [column], scope)
    if not isinstance(column.type, (t.DoubleType, t.FloatType)):
        return there
    number = bind_function("not", [bind_function("isnan", [column], scope)], scope)
    return bind_function("and", [there, number], scope)


def replace_values(node: sr.Replace, bound: Bound, context: Context) -> Bound:
    """na.replace: values of columns whose kind of type is that of the replacements."""
    scope = Scope.over(bound, context=context)
    targets = set(_targets(node.columns, scope)) or {a.id for a in bound.output}
    of = next((old.type for old, _ in node.replacements if old.value is not None), t.NULL)
    expressions: list[e.Named] = [
        _replaced(a, node, scope) if a.id in targets and _same_kind(a.of, of) else a
        for a in bound.output
    ]
    return projected(bound, tuple(expressions), context)


def _replaced(column: e.Attribute, node: sr.Replace, scope: Scope) -> e.Alias:
    branches: list[tuple[e.Expression, e.Expression]] = []
    for old, new in node.replacements:
        wanted = e.Literal(old.value, old.type)
        value = cast(
            e.Literal(new.value, new.type), column.of, mode_of(scope.context), scope.context
        )
        branches.append((bind_function("<=>", [column, wanted], scope), value))
    replaced = e.Case(tuple(branches), column, column.of)
    return e.Alias(replaced, column.name, metadata=column.metadata)
