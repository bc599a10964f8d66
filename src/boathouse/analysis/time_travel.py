"""The moment that ``TIMESTAMP AS OF`` asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.analysis.calls import is_random
from boathouse.analysis.coercion import as_type, context_of
from boathouse.analysis.expressions import bind as bind_expression
from boathouse.analysis.expressions import unaliased
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.scope import Scope
from boathouse.errors.exceptions import AnalysisError, SparkError
from boathouse.plan.tree import walk
from boathouse.spec import expressions as se
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.analysis.scope import Context
    from boathouse.plan import expressions as e
    from boathouse.spec import relations as sr


def travelling(node: sr.NamedTable, context: Context) -> sr.NamedTable:
    """`node` with its moment as a literal. Raises INVALID_TIME_TRAVEL_TIMESTAMP_EXPR."""
    if node.timestamp is None:
        return node
    moment = unaliased(bind_expression(node.timestamp, Scope(context)))
    if any(map(is_random, walk(moment))):
        raise _refused(node, moment, "NON_DETERMINISTIC")
    try:
        value = context.fold(as_type(moment, t.TIMESTAMP, context))
    except SparkError as error:
        raise _refused(node, moment, "INPUT") from error
    if value is None:
        raise _refused(node, moment, "INPUT")
    if not isinstance(value, int):
        raise _refused(node, moment, "UNEVALUABLE")
    return replace(node, timestamp=se.Literal(value, t.TIMESTAMP))


def _refused(node: sr.NamedTable, moment: e.Expression, why: str) -> AnalysisError:
    return AnalysisError(
        f"INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.{why}",
        context_of(node.origin),
        expr=f'"{shown_sql(moment)}"',
    )
