"""``try_add`` and its kin: arithmetic that gives null where the operator raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.types import duck_type
from boathouse.functions import operators
from boathouse.functions.arithmetic import (
    over,
    product_type,
    quotient_type,
    remainder,
    remainder_type,
    sum_type,
    tried,
)
from boathouse.functions.datetime_operators import handed_over
from boathouse.functions.registry import Group, added
from boathouse.functions.signature import ANY, Argument, always
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode

MATH = Group("math_funcs")

_Arguments = tuple[Argument, ...]
_Operation = Callable[..., Expression]


def _trying(
    name: str, symbol: str, operation: _Operation, of_decimals: Callable[..., t.DataType], doc: str
) -> None:
    """`name`: the operator `symbol` with its operands and type, but `operation` as its meaning."""
    operator = added(symbol)

    def resolve(given: _Arguments) -> str | None:
        other = operator.resolve(given) if operator.resolve is not None else None
        return None if other is None else f"{name}: {other}"

    def lowering(
        a: Expression, b: Expression, *, arguments: _Arguments, result: t.DataType
    ) -> Expression:
        return operation(a, b, arguments, result)

    if operator.resolve is not None:
        for other in handed_over(symbol):
            _add_tried(name, other)
    MATH.scalar(
        name,
        takes=[ANY, ANY],
        coerce=operator.coerce,
        resolve=resolve,
        gives=operator.gives,
        under=operators.cutting(name),
        nullable=always,
        needs=("arguments", "result"),
        stands_for=f"({{0}} {symbol} {{1}})",
        extra={"tries": True},
        doc=doc,
    )(lowering)
    operators.add_cut(name, of_decimals)


def _add_tried(name: str, other: str) -> None:
    """Add the hidden entry that is `other`, null where that raises, shown as `name`."""
    plain = added(other)
    entry = added(f"try {other}", other)
    assert entry.lowering is not None  # noqa: S101 - operators are all built
    lowering: _Operation = entry.lowering
    MATH.add(
        replace(
            entry,
            name=f"{name}: {other}",
            lowering=_tried_operands(lowering),
            nullable=always,
            shows=lambda a, b: f"{name}({a}, {b})",
            extra={**entry.extra, "tries": True},
            stands_for="" if plain.shows is None else plain.shows("{0}", "{1}"),
        )
    )


def _tried_operands(lowering: _Operation) -> _Operation:
    def of_names(a: Expression, b: Expression, **facts: Any) -> Expression:
        if "ansi" in facts:
            # What raises by itself is not to be tried.
            facts["ansi"] = False
        return tried(a, b, lambda x, y: lowering(x, y, **facts))

    return of_names


def _by(symbol: str) -> _Operation:
    operator = added(symbol)
    assert operator.lowering is not None  # noqa: S101 - operators are all built
    lowering: _Operation = operator.lowering

    def operation(
        a: Expression, b: Expression, arguments: _Arguments, result: t.DataType
    ) -> Expression:
        if isinstance(arguments[0].type, (t.YearMonthIntervalType, t.DayTimeIntervalType)):
            size = duck.operator(symbol, a.cast("HUGEINT"), b.cast("HUGEINT"))
            return size.try_cast(duck_type(result))
        facts = {"arguments": arguments, "result": result, "ansi": True}
        if isinstance(arguments[0].type, (t.FloatType, t.DoubleType)):
            return lowering(a, b, **facts)
        return tried(a, b, lambda x, y: lowering(x, y, **facts))

    return operation


_trying(
    "try_add",
    "+",
    _by("+"),
    sum_type,
    """The sum of two numbers, dates or intervals; null where it does not fit its type.

    >>> SELECT try_add(2147483647, 1)
    NULL
    """,
)
_trying(
    "try_subtract",
    "-",
    _by("-"),
    sum_type,
    """The difference of two numbers, dates or intervals; null where it does not fit its type.

    >>> SELECT try_subtract(5, 3)
    2
    """,
)
_trying(
    "try_multiply",
    "*",
    _by("*"),
    product_type,
    """The product of two numbers, or an interval so many times; null where it does not fit.

    >>> SELECT try_multiply(2147483647, 2)
    NULL
    """,
)
_trying(
    "try_divide",
    "/",
    lambda a, b, given, of: over(a, b, operators.stored(given), of, CastMode.TRY),
    quotient_type,
    """The quotient of two numbers, or a part of an interval; null for a zero divisor.

    >>> SELECT try_divide(3, 0)
    NULL
    """,
)
_trying(
    "try_mod",
    "%",
    lambda a, b, given, of: remainder(a, b, operators.stored(given), of, CastMode.TRY),
    remainder_type,
    """The remainder of a division; null for a zero divisor.

    >>> SELECT try_mod(5, 3)
    2
    """,
)
