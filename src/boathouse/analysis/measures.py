"""``measure(column)`` of a metric view -> the aggregate that the view says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.calls import bind_function, wrong_number
from boathouse.analysis.naming import shown, shown_sql
from boathouse.errors.exceptions import AnalysisError, unsupported
from boathouse.plan import expressions as e
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.analysis.scope import Scope
    from boathouse.spec import expressions as se


def measure(
    node: se.Call, scope: Scope, bind: Callable[[se.Expression, Scope], e.Expression]
) -> e.Expression:
    """The aggregate, under the name of the call. INTERNAL_ERROR, as in Spark, for what is none."""
    if len(node.arguments) != 1:
        raise wrong_number("measure", "1", len(node.arguments), node.origin)
    if node.distinct or node.condition is not None:
        raise unsupported("measure(...) with DISTINCT or FILTER")
    column = bind(node.arguments[0], scope.without_aliases("AGGREGATE_FUNC"))
    measures = scope.context.measures
    found = measures.get(column.id) if isinstance(column, e.Attribute) else None
    if found is None:
        raise AnalysisError("INTERNAL_ERROR", message=f"{shown_sql(column)} is no measure")
    text = e.Literal(f"measure({shown(column)})", t.STRING)
    return bind_function("called_as", [found, text], scope)
