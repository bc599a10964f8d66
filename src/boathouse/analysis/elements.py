"""Elements of arrays, keys and values of maps, each made into something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from boathouse.analysis.calls import bind_function
from boathouse.plan import expressions as e
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.analysis.scope import Scope

Convert = Callable[[e.Expression, t.DataType], e.Expression]
"""A value, as one of another type."""


def converted(
    value: e.Expression, wanted: t.ArrayType | t.MapType, scope: Scope, convert: Convert
) -> e.Expression:
    """`value`, an array or a map, with each of its elements converted to those of `wanted`."""
    given = value.type
    if isinstance(given, t.ArrayType) and isinstance(wanted, t.ArrayType):
        element = e.LambdaVariable(e.fresh_id(), "element", given.element, given.contains_null)
        changed = e.Lambda((element,), convert(element, wanted.element))
        return bind_function("transform", [value, changed], scope)
    if not isinstance(given, t.MapType) or not isinstance(wanted, t.MapType):
        raise TypeError(given)
    for name, at in (("transform_keys", 0), ("transform_values", 1)):
        of = value.type
        assert isinstance(of, t.MapType)  # noqa: S101 - a map stays one
        pair = (
            e.LambdaVariable(e.fresh_id(), "key", of.key, may_be_null=False),
            e.LambdaVariable(e.fresh_id(), "value", of.value, of.value_contains_null),
        )
        part = convert(pair[at], (wanted.key, wanted.value)[at])
        if part is not pair[at]:
            value = bind_function(name, [value, e.Lambda(pair, part)], scope)
    return value


def fields_differ(given: t.DataType, wanted: t.DataType, key: Callable[[str], str]) -> bool:
    """Whether structs inside both have other fields, or have them in another order."""
    match given, wanted:
        case t.StructType(), t.StructType():
            return len(given) != len(wanted) or any(
                key(x.name) != key(y.name) or fields_differ(x.type, y.type, key)
                for x, y in zip(given.fields, wanted.fields, strict=True)
            )
        case t.ArrayType(), t.ArrayType():
            return fields_differ(given.element, wanted.element, key)
        case t.MapType(), t.MapType():
            return fields_differ(given.key, wanted.key, key) or fields_differ(
                given.value, wanted.value, key
            )
        case _:
            return False
