"""Where in the text an error of rows comes from. DuckDB does not say; but of the expressions of a
query few can raise a given condition, and mostly one.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from boathouse.analysis.coercion import context_of
from boathouse.errors.exceptions import QueryContext, SparkError
from boathouse.plan import expressions as e
from boathouse.plan.tree import children, walk_relations
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Generator

    from boathouse.plan import relations as r
    from boathouse.spec.expressions import Origin

_SUMS = frozenset({"+", "-", "*", "unary -", "negative", "abs", "sum"})
_RAISERS = {
    "DIVIDE_BY_ZERO": frozenset({"/", "div"}),
    "REMAINDER_BY_ZERO": frozenset({"%", "mod", "pmod"}),
    "ARITHMETIC_OVERFLOW": _SUMS | {"div"},
    "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION": _SUMS | {"/"},
    "INVALID_ARRAY_INDEX": frozenset({"array_item"}),
    "INVALID_ARRAY_INDEX_IN_ELEMENT_AT": frozenset({"element_at"}),
}
"""The functions that raise a condition."""


@contextmanager
def blaming(plan: r.Relation) -> Generator[None]:
    """Give errors that are raised inside their place in the text that `plan` was made from."""
    try:
        yield
    except SparkError as error:
        if error.context is None:
            error.context = blamed(error, plan)
        raise


def blamed(error: SparkError, plan: r.Relation) -> QueryContext | None:
    """The place of the innermost expression of `plan` that may have raised `error`."""
    if error.condition not in _RAISERS and not error.condition.startswith("CAST_"):
        return None
    found: Origin | None = None
    for relation in walk_relations(plan):
        # Spark computes from the inside out: the last one seen on the way down comes first.
        pending: list[tuple[e.Expression, Origin | None]] = [
            (child, None) for child in reversed(children(relation))
        ]
        while pending:
            node, outer = pending.pop()
            origin = getattr(node, "origin", None) or outer
            if origin is not None and _may_raise(node, error):
                found = origin
            pending.extend((child, origin) for child in reversed(children(node)))
        if found is not None:
            break
    return context_of(found)


def _may_raise(node: e.Expression, error: SparkError) -> bool:
    if isinstance(node, e.Cast):
        wanted = error.parameters.get("targetType", "").strip('"')
        return node.to.sql == wanted or _decimal(error) == node.to
    names = _RAISERS.get(error.condition, frozenset())
    if not isinstance(node, (e.Call, e.AggregateCall)) or node.function.name not in names:
        return False
    decimal = _decimal(error)
    return decimal is None or decimal == node.type


def _decimal(error: SparkError) -> t.DecimalType | None:
    """The decimal that a value did not fit in, if that is what `error` is about."""
    precision, scale = (error.parameters.get(name) for name in ("precision", "scale"))
    return None if precision is None or scale is None else t.DecimalType(int(precision), int(scale))
