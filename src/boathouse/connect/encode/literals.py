"""Typed constants to protobuf literals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from boathouse.connect.encode.types import fill_data_type
from boathouse.connect.messages import expressions_pb2
from boathouse.errors.exceptions import unsupported
from boathouse.types import datatypes as t


def _scalar(field: str) -> Callable[[Any, Any, t.DataType], None]:
    return lambda message, value, type: setattr(message, field, value)


def _decimal(message: Any, value: Any, type: t.DecimalType) -> None:
    message.decimal.value = format(value, "f")
    message.decimal.precision, message.decimal.scale = type.precision, type.scale


def _time(message: Any, value: int, type: t.TimeType) -> None:
    message.time.nano, message.time.precision = value, type.precision


def _calendar_interval(message: Any, value: tuple[int, int, int], type: t.DataType) -> None:
    interval = message.calendar_interval
    interval.months, interval.days, interval.microseconds = value
    interval.SetInParent()


def _typed(field: str, default: t.DataType) -> Callable[[Any, Any, t.DataType], None]:
    def fill(message: Any, value: int, type: t.DataType) -> None:
        setattr(message, field, value)
        if type != default:
            fill_data_type(message.data_type, type)

    return fill


def _array(message: Any, value: tuple[Any, ...], type: t.ArrayType) -> None:
    fill_data_type(message.array.element_type, type.element)
    for item in value:
        fill_literal(message.array.elements.add(), item, type.element)
    fill_data_type(message.data_type, type)


def _map(message: Any, value: tuple[tuple[Any, Any], ...], type: t.MapType) -> None:
    fill_data_type(message.map.key_type, type.key)
    fill_data_type(message.map.value_type, type.value)
    for key, item in value:
        fill_literal(message.map.keys.add(), key, type.key)
        fill_literal(message.map.values.add(), item, type.value)
    fill_data_type(message.data_type, type)


def _struct(message: Any, value: tuple[Any, ...], type: t.StructType) -> None:
    fill_data_type(message.struct.struct_type, type)
    for item, field in zip(value, type.fields, strict=True):
        fill_literal(message.struct.elements.add(), item, field.type)
    fill_data_type(message.data_type, type)


KINDS: dict[type[t.DataType], Callable[[Any, Any, Any], None]] = {
    t.BooleanType: _scalar("boolean"),
    t.ByteType: _scalar("byte"),
    t.ShortType: _scalar("short"),
    t.IntegerType: _scalar("integer"),
    t.LongType: _scalar("long"),
    t.FloatType: _scalar("float"),
    t.DoubleType: _scalar("double"),
    t.DecimalType: _decimal,
    t.StringType: _typed("string", t.STRING),
    t.BinaryType: _scalar("binary"),
    t.DateType: _scalar("date"),
    t.TimeType: _time,
    t.TimestampType: _scalar("timestamp"),
    t.TimestampNTZType: _scalar("timestamp_ntz"),
    t.CalendarIntervalType: _calendar_interval,
    t.YearMonthIntervalType: _typed("year_month_interval", t.YEAR_MONTH),
    t.DayTimeIntervalType: _typed("day_time_interval", t.DAY_TIME),
    t.ArrayType: _array,
    t.MapType: _map,
    t.StructType: _struct,
}


def fill_literal(message: Any, value: Any, type: t.DataType) -> None:
    """Write `value`, in the literal form of `type`, into the empty `Literal` message."""
    if value is None:
        fill_data_type(message.null, type)
        return
    fill = KINDS.get(type.__class__)
    if fill is None:
        raise unsupported(f"a literal of type {type.sql}")
    fill(message, value, type)


def literal(value: Any, type: t.DataType) -> expressions_pb2.Expression.Literal:
    """`value` of `type` as a message."""
    message = expressions_pb2.Expression.Literal()
    fill_literal(message, value, type)
    return message
