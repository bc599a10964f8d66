"""What follows a call and only aggregates take: DISTINCT, FILTER, WITHIN GROUP, IGNORE NULLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.calls import check_arity, is_random
from boathouse.analysis.coercion import context_of
from boathouse.analysis.naming import shown_sql
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.signature import Kind
from boathouse.plan import expressions as e
from boathouse.plan.tree import walk
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.analysis.scope import Scope
    from boathouse.functions.signature import Function
    from boathouse.spec import expressions as se


def refuse_modifiers(
    node: se.Call,
    function: Function,
    name: str,
    scope: Scope,
    bind: Callable[[se.Expression, Scope], e.Expression],
) -> None:
    """FUNCTION_WITH_UNSUPPORTED_SYNTAX for a call of `function`, under this `name`, which is no
    aggregate.
    """
    for key in node.within:
        bind(key.child, scope)
    syntax = _first_of(node)
    if not syntax:
        return
    if "written" not in function.extra:  # those say themselves how many they take
        check_arity(function, name, len(node.arguments), node.origin)
    raise AnalysisError(
        "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
        context_of(node.origin),
        prettyName=t.quoted(_called(function, name, len(node.arguments))),
        syntax=syntax,
    )


def _first_of(node: se.Call) -> str:
    """The modifier that Spark finds first."""
    if node.within:
        return "WITHIN GROUP (ORDER BY ...)"
    if node.distinct:
        return "DISTINCT"
    if node.condition is not None:
        return "FILTER CLAUSE"
    return "IGNORE NULLS" if node.ignore_nulls else ""


def _called(function: Function, name: str, given: int) -> str:
    """The name that the message gives the function."""
    if function.group == "conversion_funcs":
        return "cast"
    if function.shows is None:
        return name
    # A few have their name in capitals.
    return function.shows(*("",) * given).partition("(")[0] or name


def refuse_filter(condition: e.Expression, origin: se.Origin | None) -> None:
    """The error for the `condition` of an aggregate that is none, or cannot be one."""
    kind, where, shown = "INVALID_AGGREGATE_FILTER", context_of(origin), shown_sql(condition)
    if not isinstance(condition.type, t.BooleanType):
        raise AnalysisError(f"{kind}.NOT_BOOLEAN", where, filterExpr=f'"{shown}"')
    inside = list(walk(condition))
    if any(map(is_random, inside)):
        raise AnalysisError(f"{kind}.NON_DETERMINISTIC", where, filterExpr=f'"{shown}"')
    for inner in inside:
        if isinstance(inner, e.AggregateCall) and inner.function.kind is Kind.AGGREGATE:
            told = {"filterExpr": f'"{shown}"', "aggExpr": f'"{shown_sql(inner)}"'}
            raise AnalysisError(f"{kind}.CONTAINS_AGGREGATE", where, **told)
    for inner in inside:
        if isinstance(inner, e.WindowCall):
            told = {"filterExpr": f'"{shown}"', "windowExpr": f'"{shown_sql(inner)}"'}
            raise AnalysisError(f"{kind}.CONTAINS_WINDOW_FUNCTION", where, **told)
