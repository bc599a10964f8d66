"""Values that are equal and look different are one group: minus zero is written as zero, and maps
by their keys.
"""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.types import duck_type
from boathouse.functions.nested_order import hides_nulls, order_key
from boathouse.functions.nested_values import rebuilt
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument, never, same_as
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


def has_forms(given: t.DataType) -> bool:
    """Whether equal values of the type `given` may look different."""
    return has_zeros(given) or t.contains_type(given, t.MapType)


def in_one_form(value: Expression, given: t.DataType, depth: int = 0) -> Expression:
    """`value`, of the type `given`, with zero for each minus zero, and with its maps in order."""
    if isinstance(given, (t.FloatType, t.DoubleType)) or not has_forms(given):
        return with_one_zero(value, given)
    made = rebuilt(value, given, in_one_form, depth)
    if not isinstance(given, t.MapType):
        return made
    entries = duck.f.map_entries(made)
    if not hides_nulls(given.key):
        return duck.f.map_from_entries(duck.f.list_sort(entries))

    def marked(entry: Expression) -> Expression:
        key = order_key(duck.field_of(entry, "key"), given.key, depth)
        return duck.struct_of(order=key, entry=entry)

    keyed = duck.f.list_transform(entries, duck.lambda_(f"_entry{depth}", marked))
    entry = duck.lambda_(f"_entry{depth}", lambda one: duck.field_of(one, "entry"))
    return duck.f.map_from_entries(duck.f.list_transform(duck.f.list_sort(keyed), entry))


@ZEROS.scalar("one_form", takes=[ANY], gives=same_as(0), needs=("arguments",), hidden=True)
def one_form(value: Expression, arguments: tuple[Argument, ...]) -> Expression:
    """`value` as a key of GROUP BY shows it: no zero has a minus, maps are in the order of keys.

    >>> SELECT one_form(CAST('-0.0' AS DOUBLE)), one_form(map('port', 1, 'bow', 2))
    0.0 | {bow -> 2, port -> 1}
    """
    return in_one_form(value, arguments[0].type)


def _with_text(arguments: tuple[Argument, ...]) -> t.DataType:
    value = t.StructField("value", arguments[0].type)
    return t.StructType((value, t.StructField("told apart by", t.STRING)))


@ZEROS.scalar("told_apart", takes=[ANY], gives=_with_text, nullable=never, hidden=True)
def told_apart(value: Expression) -> Expression:
    """`value` beside its text, which differs where DuckDB takes two intervals for equal.

    >>> SELECT told_apart(make_interval(0, 1))
    {1 months, 1 month}
    """
    return duck.struct_of(**{"value": value, "told apart by": value.cast("VARCHAR")})
