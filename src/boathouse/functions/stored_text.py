"""Values as Spark keeps them: dates, times and intervals are numbers, and nested values have a text
of Java's, which format strings and errors show.
"""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.types import field_names
from boathouse.functions.let import let
from boathouse.functions.text_form import text_of
from boathouse.functions.time_of_day import micros_of_day
from boathouse.types import datatypes as t


def stored_type(given: t.DataType) -> t.DataType:
    """What Java sees of values of the type `given`."""
    match given:
        case t.DateType() | t.YearMonthIntervalType():
            return t.INTEGER
        case t.TimestampType() | t.TimestampNTZType() | t.TimeType() | t.DayTimeIntervalType():
            return t.LONG
        case _:
            return given


def stored(value: Expression, given: t.DataType) -> Expression:
    """`value` of type `given` as it is kept, see `stored_type`."""
    match given:
        case t.DateType():
            return (value - duck.literal("1970-01-01", "DATE")).cast("INTEGER")
        case t.TimestampType() | t.TimestampNTZType():
            return duck.f.epoch_us(value)
        case t.TimeType():
            return micros_of_day(value) * 1000
        case _:
            return value


def stored_text(value: Expression, given: t.DataType) -> Expression:
    """The text of what is kept, null where `value` is: ``[1,null,a]`` for an array or a struct."""
    match given:
        case t.ArrayType():
            return _list(value, given.element)
        case t.StructType():
            return let(value, lambda struct: _struct(struct, given), "struct")
        case t.MapType():
            return let(value, lambda map_: _map(map_, given), "map")
        case _:
            return text_of(stored(value, given), stored_type(given))


def _shown(value: Expression, given: t.DataType) -> Expression:
    return duck.f.coalesce(stored_text(value, given), "null")


def _list(value: Expression, element: t.DataType) -> Expression:
    shown = duck.lambda_("_stored", lambda item: _shown(item, element))
    inside = duck.f.array_to_string(duck.f.list_transform(value, shown), ",")
    return duck.literal("[").joined(inside).joined("]")


def _map(value: Expression, given: t.MapType) -> Expression:
    keys, values = (
        _list(duck.f.map_keys(value), given.key),
        _list(duck.f.map_values(value), given.value),
    )
    return duck.literal("keys: ").joined(keys).joined(", values: ").joined(values)


def _struct(value: Expression, given: t.StructType) -> Expression:
    parts: list[Expression] = []
    for name, field in zip(field_names(given), given.fields, strict=True):
        parts += [
            duck.literal("," if parts else "["),
            _shown(duck.field_of(value, name), field.type),
        ]
    text = duck.f.concat(*(parts or [duck.literal("[")]), duck.literal("]"))
    return duck.if_(value.is_not_null(), text)
