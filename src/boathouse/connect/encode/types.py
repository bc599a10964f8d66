"""Boathouse's data types to protobuf."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from boathouse.connect.messages import types_pb2
from boathouse.types import datatypes as t


def _set(kind: str) -> Callable[[Any, Any], None]:
    return lambda message, type: getattr(message, kind).SetInParent()


def _decimal(message: Any, type: t.DecimalType) -> None:
    message.decimal.precision, message.decimal.scale = type.precision, type.scale


def _string(message: Any, type: t.StringType) -> None:
    message.string.collation = type.collation


def _char(message: Any, type: t.CharType) -> None:
    message.char.length = type.length


def _varchar(message: Any, type: t.VarcharType) -> None:
    message.var_char.length = type.length


def _time(message: Any, type: t.TimeType) -> None:
    message.time.precision = type.precision


def _year_month(message: Any, type: t.YearMonthIntervalType) -> None:
    interval = message.year_month_interval
    interval.start_field, interval.end_field = type.start, type.end


def _day_time(message: Any, type: t.DayTimeIntervalType) -> None:
    interval = message.day_time_interval
    interval.start_field, interval.end_field = type.start, type.end


def _array(message: Any, type: t.ArrayType) -> None:
    fill_data_type(message.array.element_type, type.element)
    message.array.contains_null = type.contains_null


def _map(message: Any, type: t.MapType) -> None:
    fill_data_type(message.map.key_type, type.key)
    fill_data_type(message.map.value_type, type.value)
    message.map.value_contains_null = type.value_contains_null


def metadata_json(field: t.StructField) -> str | None:
    """The field's metadata as JSON text, None if it has none."""
    if not field.metadata:
        return None
    return json.dumps(dict(field.metadata), separators=(",", ":"))


def _struct(message: Any, type: t.StructType) -> None:
    message.struct.SetInParent()
    for field in type.fields:
        target = message.struct.fields.add(name=field.name, nullable=field.nullable)
        fill_data_type(target.data_type, field.type)
        metadata = metadata_json(field)
        if metadata is not None:
            target.metadata = metadata


def _user_defined(message: Any, type: t.UserDefinedType) -> None:
    message.udt.type = "udt"
    if type.jvm_class:
        message.udt.jvm_class = type.jvm_class
    if type.python_class:
        message.udt.python_class = type.python_class
    if type.serialized:
        message.udt.serialized_python_class = type.serialized
    fill_data_type(message.udt.sql_type, type.storage)


def _spatial(kind: str) -> Callable[[Any, Any], None]:
    def fill(message: Any, type: t.SpatialType) -> None:
        getattr(message, kind).srid = type.srid

    return fill


KINDS: dict[type[t.DataType], Callable[[Any, Any], None]] = {
    t.NullType: _set("null"),
    t.BooleanType: _set("boolean"),
    t.ByteType: _set("byte"),
    t.ShortType: _set("short"),
    t.IntegerType: _set("integer"),
    t.LongType: _set("long"),
    t.FloatType: _set("float"),
    t.DoubleType: _set("double"),
    t.DecimalType: _decimal,
    t.StringType: _string,
    t.CharType: _char,
    t.VarcharType: _varchar,
    t.BinaryType: _set("binary"),
    t.DateType: _set("date"),
    t.TimeType: _time,
    t.TimestampType: _set("timestamp"),
    t.TimestampNTZType: _set("timestamp_ntz"),
    t.CalendarIntervalType: _set("calendar_interval"),
    t.YearMonthIntervalType: _year_month,
    t.DayTimeIntervalType: _day_time,
    t.ArrayType: _array,
    t.MapType: _map,
    t.StructType: _struct,
    t.VariantType: _set("variant"),
    t.GeometryType: _spatial("geometry"),
    t.GeographyType: _spatial("geography"),
    t.UserDefinedType: _user_defined,
}


def fill_data_type(message: Any, type: t.DataType) -> None:
    """Write `type` into the empty `DataType` message."""
    KINDS[type.__class__](message, type)


def data_type(type: t.DataType) -> types_pb2.DataType:
    """`type` as a message."""
    message = types_pb2.DataType()
    fill_data_type(message, type)
    return message
