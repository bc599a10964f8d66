"""Conditions of WHERE, HAVING and ON: what they must be, and what may not stand in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.calls import is_random
from boathouse.analysis.naming import qualified_sql, shown_sql
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.signature import Kind
from boathouse.plan import expressions as e
from boathouse.plan.tree import walk
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.analysis.scope import Context


def as_condition(
    condition: e.Expression, context: Context, *, bare_null: bool = True
) -> e.Expression:
    """`condition`, which must be BOOLEAN; WHERE alone takes no `bare_null` for one."""
    if isinstance(condition.type, t.BooleanType):
        return condition
    if isinstance(condition.type, t.NullType) and bare_null:
        return e.Literal(None, t.BOOLEAN)
    if isinstance(condition, e.GeneratorCall):
        text = shown_sql(condition)
        raise AnalysisError("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", plan=f"'Filter {text}")
    text = f'"{shown_sql(condition)}"'
    kind = "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN"
    given = f'"{condition.type.sql}"'
    context.postpone(AnalysisError(kind, sqlExpr=text, filter=text, type=given))
    return e.Literal(None, t.BOOLEAN)


def refuse_in_clause(condition: e.Expression, clause: str, context: Context) -> None:
    """Aggregates, windows and generators have no place in WHERE and ON."""
    for inner in walk(condition):
        if isinstance(inner, (e.AggregateCall, e.WindowCall)) and clause == "JOIN":
            text = f'"{shown_sql(inner)}"'
            context.postpone(AnalysisError("UNSUPPORTED_EXPR_FOR_OPERATOR", invalidExprSqls=text))
            return
        if isinstance(inner, e.WindowCall):
            raise AnalysisError("WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", clauseName=clause)
        if clause == "JOIN" and is_random(inner):
            told = "INVALID_NON_DETERMINISTIC_EXPRESSIONS"
            context.postpone(AnalysisError(told, sqlExprs=f'"{shown_sql(condition)}"'))
            return
        if isinstance(inner, e.GroupingIndicator):
            raise AnalysisError("UNSUPPORTED_GROUPING_EXPRESSION")
        if isinstance(inner, e.AggregateCall) and inner.function.kind is Kind.WINDOW:
            told = "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE"
            context.postpone(AnalysisError(told, funcName=f'"{shown_sql(inner)}"'))
            return
        if isinstance(inner, e.AggregateCall):
            listed = [x for x in walk(condition) if isinstance(x, e.AggregateCall)]
            fault = AnalysisError(
                "INVALID_WHERE_CONDITION",
                condition=f'"{shown_sql(condition)}"',
                expressionList=", ".join(qualified_sql(x) for x in listed),
            )
            context.postpone(fault)
            return
        if isinstance(inner, e.GeneratorCall):
            raise AnalysisError("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", plan="Filter")
