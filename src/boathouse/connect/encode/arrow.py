"""The Arrow types in which Spark's client expects each data type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow

from boathouse.errors.exceptions import unsupported
from boathouse.types import datatypes as t

Of = Callable[[Any, str], pyarrow.DataType]


def _always(type: pyarrow.DataType) -> Of:
    return lambda data_type, timezone: type


def _field(name: str, type: t.DataType, nullable: bool, timezone: str) -> pyarrow.Field:  # noqa: FBT001
    return pyarrow.field(name, arrow_type(type, timezone), nullable)


def _array(type: t.ArrayType, timezone: str) -> pyarrow.DataType:
    return pyarrow.list_(_field("element", type.element, type.contains_null, timezone))


def _map(type: t.MapType, timezone: str) -> pyarrow.DataType:
    value = _field("value", type.value, type.value_contains_null, timezone)
    return pyarrow.map_(_field("key", type.key, False, timezone), value)


def _struct(type: t.StructType, timezone: str) -> pyarrow.DataType:
    return pyarrow.struct([_field(f.name, f.type, f.nullable, timezone) for f in type.fields])


_VARIANT = pyarrow.struct(
    [
        pyarrow.field("value", pyarrow.binary(), nullable=False),
        pyarrow.field("metadata", pyarrow.binary(), nullable=False, metadata={"variant": "true"}),
    ]
)

KINDS: dict[type[t.DataType], Of] = {
    t.NullType: _always(pyarrow.null()),
    t.BooleanType: _always(pyarrow.bool_()),
    t.ByteType: _always(pyarrow.int8()),
    t.ShortType: _always(pyarrow.int16()),
    t.IntegerType: _always(pyarrow.int32()),
    t.LongType: _always(pyarrow.int64()),
    t.FloatType: _always(pyarrow.float32()),
    t.DoubleType: _always(pyarrow.float64()),
    t.DecimalType: lambda type, timezone: pyarrow.decimal128(type.precision, type.scale),
    t.StringType: _always(pyarrow.string()),
    t.CharType: _always(pyarrow.string()),
    t.VarcharType: _always(pyarrow.string()),
    t.BinaryType: _always(pyarrow.binary()),
    t.DateType: _always(pyarrow.date32()),
    t.TimestampType: lambda type, timezone: pyarrow.timestamp("us", timezone),
    t.TimestampNTZType: _always(pyarrow.timestamp("us")),
    t.TimeType: _always(pyarrow.time64("ns")),
    t.CalendarIntervalType: _always(pyarrow.month_day_nano_interval()),
    t.DayTimeIntervalType: _always(pyarrow.duration("us")),
    t.VariantType: _always(_VARIANT),
    t.ArrayType: _array,
    t.MapType: _map,
    t.StructType: _struct,
    t.UserDefinedType: lambda type, timezone: arrow_type(type.storage, timezone),
}


def arrow_type(type: t.DataType, timezone: str) -> pyarrow.DataType:
    """The Arrow type of `type` in a session of `timezone`."""
    of = KINDS.get(type.__class__)
    if of is None:
        raise unsupported(f"sending {type.sql} to the client")
    return of(type, timezone)


def arrow_schema(schema: t.StructType, timezone: str) -> pyarrow.Schema:
    """The Arrow schema of rows of `schema`."""
    return pyarrow.schema([_field(f.name, f.type, f.nullable, timezone) for f in schema.fields])
