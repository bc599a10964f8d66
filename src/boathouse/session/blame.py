"""Where in the text an error of rows comes from. DuckDB does not say; but of the expressions of a
query few can raise a given condition, and mostly one.
"""

from __future__ import annotations

from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from boathouse.analysis.coercion import context_of
from boathouse.errors.exceptions import QueryContext, SparkError
from boathouse.plan import expressions as e
from boathouse.plan.tree import children, walk_relations
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

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
_ADVISED = {
    "try_add": frozenset({"+", "sum"}),
    "try_subtract": frozenset({"-"}),
    "try_multiply": frozenset({"*"}),
}
"""What errors of some functions advise to use instead."""


@contextmanager
def blaming(plan: r.Relation) -> Generator[None]:
    """Give errors that are raised inside their place in the text that `plan` was made from."""
    try:
        yield
    except SparkError as error:
        if error.context is not None:
            raise
        told = _with_scale(error, plan)
        told.context = blamed(told, plan)
        if told is error:
            raise
        raise told from None


_LARGEST = 10**38
_KEPT = Context(prec=39, rounding=ROUND_HALF_UP)
"""The digits that Spark keeps of a product."""
_PLACES = 39
"""The digits behind the point that Spark computes of a quotient."""


def _with_scale(error: SparkError, plan: r.Relation) -> SparkError:
    """`error`, or where it tells the digits of a decimal alone, as DuckDB does, one that tells the
    number and its scale.
    """
    digits = error.parameters.get("value", "")
    whole = digits.lstrip("-").isdigit() and error.parameters.get("scale") == "0"
    if not (whole and error.condition in _RAISERS and abs(int(digits)) >= _LARGEST):
        return error
    calls = [
        node
        for relation in reversed(list(walk_relations(plan)))
        for node, _ in _computed(relation)
        if isinstance(node, (e.Call, e.AggregateCall))
        and isinstance(node.type, t.DecimalType)
        and node.function.name in _RAISERS[error.condition]
    ]
    if not calls or not isinstance(of := calls[0].type, t.DecimalType):
        return error
    sign, figures, _ = Decimal(digits).as_tuple()
    value = Decimal((sign, figures, -of.scale))
    if calls[0].function.name == "*":
        value = _KEPT.plus(value)
    elif calls[0].function.name == "/":
        value = Decimal((sign, figures + (0,) * (_PLACES - of.scale), -_PLACES))
    parameters = {**error.parameters, "value": f"{value:f}", "scale": str(of.scale)}
    return type(error)(error.condition, **parameters)


def blamed(error: SparkError, plan: r.Relation) -> QueryContext | None:
    """The place of the first expression of `plan` that may have raised `error`, in the order in
    which Spark computes them: relations from below, expressions from the inside out.
    """
    if error.condition not in _RAISERS and error.condition != "CAST_INVALID_INPUT":
        # Spark itself knows no place for any other, CAST_OVERFLOW included.
        return None
    for relation in reversed(list(walk_relations(plan))):
        for node, origin in _computed(relation):
            if origin is not None and _may_raise(node, error):
                return context_of(origin)
    return None


def _computed(relation: r.Relation) -> Iterator[tuple[e.Expression, Origin | None]]:
    """The expressions of `relation`, arguments before what takes them, each with its place; what
    nobody wrote (an implicit cast) has that of the expression around it.
    """
    found: list[tuple[e.Expression, Origin | None]] = []
    pending: list[tuple[e.Expression, Origin | None]] = [(x, None) for x in children(relation)]
    while pending:
        node, outer = pending.pop()
        origin = getattr(node, "origin", None) or outer
        found.append((node, origin))
        pending.extend((child, origin) for child in children(node))
    return reversed(found)


def _may_raise(node: e.Expression, error: SparkError) -> bool:
    if isinstance(node, e.Cast):
        wanted = error.parameters.get("targetType", "").strip('"')
        refuses = node.mode is CastMode.ANSI
        return refuses and (node.to.sql == wanted or _decimal(error) == node.to)
    names = _RAISERS.get(error.condition, frozenset())
    if not isinstance(node, (e.Call, e.AggregateCall)) or node.function.name not in names:
        return False
    advice = error.parameters.get("alternative", "")
    if any(word in advice for word in _ADVISED):
        return any(word in advice for word in _advised(node))
    decimal = _decimal(error)
    return decimal is None or decimal == node.type


def _advised(node: e.Call | e.AggregateCall) -> list[str]:
    return [word for word, names in _ADVISED.items() if node.function.name in names]


def _decimal(error: SparkError) -> t.DecimalType | None:
    """The decimal that a value did not fit in, if that is what `error` is about."""
    precision, scale = (error.parameters.get(name) for name in ("precision", "scale"))
    return None if precision is None or scale is None else t.DecimalType(int(precision), int(scale))
