"""Minus zero and zero are one group: in a key, minus zero is written as zero."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.types import duck_type
from boathouse.functions.nested_values import rebuilt
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument, same_as
from boathouse.types import datatypes as t

ZEROS = Group("math_funcs")


def has_zeros(given: t.DataType) -> bool:
    """Whether a value of the type `given` may be, or hold, a minus zero."""
    return t.contains_type(given, t.FloatType, t.DoubleType)


def with_one_zero(value: Expression, given: t.DataType, depth: int = 0) -> Expression:
    """`value`, of the type `given`, with zero for each minus zero."""
    if isinstance(given, (t.FloatType, t.DoubleType)):
        return value + duck.literal(0.0, duck_type(given))
    return rebuilt(value, given, with_one_zero, depth) if has_zeros(given) else value


@ZEROS.scalar("one_zero", takes=[ANY], gives=same_as(0), needs=("arguments",), hidden=True)
def one_zero(value: Expression, arguments: tuple[Argument, ...]) -> Expression:
    """`value` with zero for each minus zero.

    >>> SELECT one_zero(CAST('-0.0' AS DOUBLE))
    0.0
    """
    return with_one_zero(value, arguments[0].type)
