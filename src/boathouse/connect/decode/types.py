"""Protobuf data types to Boathouse's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from boathouse import sql
from boathouse.connect.decode.invalid import unset
from boathouse.sql.schemas import JsonObject
from boathouse.types import datatypes as t


def _decimal(message: Any) -> t.DataType:
    precision = message.precision if message.HasField("precision") else 10
    return t.DecimalType(precision, message.scale if message.HasField("scale") else 0)


def _year_month(message: Any) -> t.DataType:
    start = message.start_field if message.HasField("start_field") else 0
    return t.YearMonthIntervalType(start, message.end_field if message.HasField("end_field") else 1)


def _day_time(message: Any) -> t.DataType:
    start = message.start_field if message.HasField("start_field") else 0
    return t.DayTimeIntervalType(start, message.end_field if message.HasField("end_field") else 3)


def _map(message: Any) -> t.DataType:
    key, value = data_type(message.key_type), data_type(message.value_type)
    return t.MapType(key, value, message.value_contains_null)


def _frozen(value: Any) -> Any:
    """JSON `value` in the hashable form that fields keep."""
    if isinstance(value, dict):
        return JsonObject((key, _frozen(item)) for key, item in value.items())
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def struct_field(message: Any) -> t.StructField:
    """A field with its metadata's JSON read."""
    said = json.loads(message.metadata) if message.metadata else {}
    metadata = t.metadata_pairs({key: _frozen(item) for key, item in said.items()})
    return t.StructField(message.name, data_type(message.data_type), message.nullable, metadata)


def _struct(message: Any) -> t.DataType:
    return t.StructType(tuple(struct_field(field) for field in message.fields))


def _user_defined(message: Any) -> t.DataType:
    return t.UserDefinedType(
        data_type(message.sql_type),
        message.jvm_class,
        message.python_class,
        message.serialized_python_class,
    )


def _always(value: t.DataType) -> Callable[[Any], t.DataType]:
    return lambda message: value


KINDS: dict[str, Callable[[Any], t.DataType]] = {
    "null": _always(t.NULL),
    "boolean": _always(t.BOOLEAN),
    "byte": _always(t.BYTE),
    "short": _always(t.SHORT),
    "integer": _always(t.INTEGER),
    "long": _always(t.LONG),
    "float": _always(t.FLOAT),
    "double": _always(t.DOUBLE),
    "decimal": _decimal,
    "string": lambda m: t.StringType(m.collation) if m.collation else t.STRING,
    "char": lambda m: t.CharType(m.length),
    "var_char": lambda m: t.VarcharType(m.length),
    "binary": _always(t.BINARY),
    "date": _always(t.DATE),
    "time": lambda m: t.TimeType(m.precision) if m.HasField("precision") else t.TIME,
    "timestamp": _always(t.TIMESTAMP),
    "timestamp_ntz": _always(t.TIMESTAMP_NTZ),
    "calendar_interval": _always(t.CALENDAR_INTERVAL),
    "year_month_interval": _year_month,
    "day_time_interval": _day_time,
    "array": lambda m: t.ArrayType(data_type(m.element_type), m.contains_null),
    "map": _map,
    "struct": _struct,
    "variant": _always(t.VARIANT),
    "udt": _user_defined,
    "unparsed": lambda m: sql.parse_type(m.data_type_string),
    "geometry": lambda m: t.GeometryType(m.srid),
    "geography": lambda m: t.GeographyType(m.srid),
}


def data_type(message: Any) -> t.DataType:
    """The type that a `DataType` message says."""
    kind = message.WhichOneof("kind")
    if kind is None:
        raise unset(message, "kind")
    return KINDS[kind](getattr(message, kind))


def struct_type(message: Any) -> t.StructType:
    """The schema that a `DataType` message says; a type that is no struct becomes its one field
    ``value``, as in Spark.
    """
    found = data_type(message)
    if isinstance(found, t.StructType):
        return found
    return t.StructType((t.StructField("value", found),))
