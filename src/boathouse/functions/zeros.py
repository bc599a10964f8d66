"""Minus zero and zero are one group: in a key, minus zero is written as zero."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.types import duck_type, field_names
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument, same_as
from boathouse.types import datatypes as t

ZEROS = Group("math_funcs")


def has_zeros(given: t.DataType) -> bool:
    """Whether a value of the type `given` may be, or hold, a minus zero."""
    match given:
        case t.FloatType() | t.DoubleType():
            return True
        case t.ArrayType():
            return has_zeros(given.element)
        case t.StructType():
            return any(has_zeros(f.type) for f in given.fields)
        case _:
            return False


def with_one_zero(value: Expression, given: t.DataType, depth: int = 0) -> Expression:
    """`value`, of the type `given`, with zero for each minus zero."""
    if not has_zeros(given):
        return value
    match given:
        case t.ArrayType():
            body = duck.lambda_(f"_z{depth}", lambda x: with_one_zero(x, given.element, depth + 1))
            return duck.f.list_transform(value, body)
        case t.StructType():
            pairs = zip(field_names(given), given.fields, strict=True)
            fields = {
                name: with_one_zero(duck.field_of(value, name), f.type, depth) for name, f in pairs
            }
            return duck.case((value.is_null(), None), otherwise=duck.struct_of(**fields))
        case _:
            return value + duck.literal(0.0, duck_type(given))


@ZEROS.scalar("one_zero", takes=[ANY], gives=same_as(0), needs=("arguments",), hidden=True)
def one_zero(value: Expression, arguments: tuple[Argument, ...]) -> Expression:
    """`value` with zero for each minus zero.

    >>> SELECT one_zero(CAST('-0.0' AS DOUBLE))
    0.0
    """
    return with_one_zero(value, arguments[0].type)
