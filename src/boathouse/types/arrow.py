"""Spark's types as Arrow: what clients are sent (`arrow_type`) and what they send (`spark_type`).

Nothing here touches values. A year-month interval travels as int32 months because pyarrow has no
Arrow type for it; all else is as Spark's own server sends it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import pyarrow as pa
from pyarrow import types as kinds

from boathouse.errors.exceptions import UnsupportedError, unsupported
from boathouse.types import datatypes as t

METADATA = b"SPARK::metadata::json"
"""The key under which a field's Spark metadata travels."""

_SIMPLE: Mapping[type[t.DataType], pa.DataType] = MappingProxyType(
    {
        t.NullType: pa.null(),
        t.BooleanType: pa.bool_(),
        t.ByteType: pa.int8(),
        t.ShortType: pa.int16(),
        t.IntegerType: pa.int32(),
        t.LongType: pa.int64(),
        t.FloatType: pa.float32(),
        t.DoubleType: pa.float64(),
        t.DateType: pa.date32(),
        t.TimestampNTZType: pa.timestamp("us"),
        t.TimeType: pa.time64("ns"),
        t.CalendarIntervalType: pa.month_day_nano_interval(),
        t.YearMonthIntervalType: pa.int32(),
        t.DayTimeIntervalType: pa.duration("us"),
        t.VariantType: pa.struct(
            [
                pa.field("value", pa.binary(), nullable=False),
                pa.field("metadata", pa.binary(), nullable=False, metadata={"variant": "true"}),
            ]
        ),
    }
)


def arrow_type(of: t.DataType, zone: str, *, large: bool = False) -> pa.DataType:
    """The Arrow type in which clients get values of `of`. Timestamps are labelled with the
    session's `zone`; `large` gives text and bytes 64-bit offsets.
    """
    simple = _SIMPLE.get(type(of))
    if simple is not None:
        return simple
    match of:
        case t.StringType() | t.CharType() | t.VarcharType():
            return pa.large_string() if large else pa.string()
        case t.BinaryType():
            return pa.large_binary() if large else pa.binary()
        case t.TimestampType():
            return pa.timestamp("us", tz=zone)
        case t.DecimalType():
            return pa.decimal128(of.precision, of.scale)
        case t.ArrayType():
            element = arrow_type(of.element, zone, large=large)
            return pa.list_(_part("element", element, nullable=of.contains_null))
        case t.MapType():
            # An empty map's keys may be of type void, which Arrow has no keys of.
            kind = arrow_type(of.key, zone, large=large)
            kind = pa.int32() if pa.types.is_null(kind) else kind
            key = pa.field("key", kind, nullable=False)
            value = arrow_type(of.value, zone, large=large)
            return pa.map_(key, _part("value", value, nullable=of.value_contains_null))
        case t.StructType():
            names = struct_names(of.names)
            return pa.struct(_fields(zip(names, of.fields, strict=True), zone, large=large))
        case t.UserDefinedType():
            return arrow_type(of.storage, zone, large=large)
        case t.SpatialType():
            told = {of.name: "true", "srid": str(of.srid)}
            shape = pa.field("wkb", pa.binary(), nullable=False, metadata=told)
            return pa.struct([pa.field("srid", pa.int32(), nullable=False), shape])
        case _:
            raise unsupported(f"results of type {of.sql}")


def _part(name: str, of: pa.DataType, *, nullable: bool) -> pa.Field:
    # Spark says that an empty array holds no null of type void; Arrow refuses to.
    return pa.field(name, of, nullable=nullable or pa.types.is_null(of))


def arrow_schema(of: t.StructType, zone: str, *, large: bool = False) -> pa.Schema:
    """The Arrow schema in which clients get rows of `of`; names may repeat."""
    return pa.schema(_fields(zip(of.names, of.fields, strict=True), zone, large=large))


def _fields(
    named: Iterable[tuple[str, t.StructField]], zone: str, *, large: bool
) -> list[pa.Field]:
    return [
        pa.field(
            name,
            arrow_type(f.type, zone, large=large),
            nullable=f.nullable or isinstance(f.type, t.NullType),
            metadata={METADATA: json.dumps(dict(f.metadata))} if f.metadata else None,
        )
        for name, f in named
    ]


def struct_names(names: tuple[str, ...]) -> list[str]:
    """The names of a struct's fields in Arrow: those that occur twice are numbered, ``a_0`` and
    ``a_1``, as clients expect.
    """
    counts = (
        {name: 0 for name in names if names.count(name) > 1} if len(set(names)) < len(names) else {}
    )
    result: list[str] = []
    for name in names:
        if name in counts:
            result.append(f"{name}_{counts[name]}")
            counts[name] += 1
        else:
            result.append(name)
    return result


# ---- what clients send --------------------------------------------------------------------------

_FOUND: Mapping[pa.DataType, t.DataType] = MappingProxyType(
    {
        pa.null(): t.NULL,
        pa.bool_(): t.BOOLEAN,
        pa.int8(): t.BYTE,
        pa.int16(): t.SHORT,
        pa.int32(): t.INTEGER,
        pa.int64(): t.LONG,
        pa.float32(): t.FLOAT,
        pa.float64(): t.DOUBLE,
        pa.string(): t.STRING,
        pa.large_string(): t.STRING,
        pa.string_view(): t.STRING,
        pa.binary(): t.BINARY,
        pa.large_binary(): t.BINARY,
        pa.binary_view(): t.BINARY,
        pa.date32(): t.DATE,
        pa.month_day_nano_interval(): t.CALENDAR_INTERVAL,
    }
)


def spark_type(of: pa.DataType) -> t.DataType:
    """The Spark type of Arrow values; UNSUPPORTED_ARROWTYPE for those Spark has none for."""
    found = _FOUND.get(of)
    if found is not None:
        return found
    for matches, build in _BY_KIND:
        if matches(of):
            return build(of)
    raise UnsupportedError("UNSUPPORTED_ARROWTYPE", typeName=str(of))


def spark_schema(of: pa.Schema) -> t.StructType:
    """The Spark schema of Arrow rows."""
    return t.StructType(tuple(_field(f) for f in of))


def is_variant(of: pa.DataType) -> bool:
    """Whether a struct is the binary form of a variant."""
    if not kinds.is_struct(of) or {f.name for f in of} != {"value", "metadata"}:
        return False
    return (of.field("metadata").metadata or {}).get(b"variant") == b"true"


def _field(f: pa.Field) -> t.StructField:
    told = json.loads((f.metadata or {}).get(METADATA, b"{}"))
    return t.StructField(f.name, spark_type(f.type), f.nullable, t.metadata_pairs(told))


def _list(of: pa.DataType) -> t.DataType:
    return t.ArrayType(spark_type(of.value_type), of.value_field.nullable)


def _map(of: pa.DataType) -> t.DataType:
    return t.MapType(spark_type(of.key_type), spark_type(of.item_type), of.item_field.nullable)


def _struct(of: pa.DataType) -> t.DataType:
    return t.VARIANT if is_variant(of) else t.StructType(tuple(_field(f) for f in of))


_BY_KIND: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType], t.DataType]], ...] = (
    (kinds.is_timestamp, lambda of: t.TIMESTAMP if of.tz else t.TIMESTAMP_NTZ),
    (kinds.is_decimal, lambda of: t.DecimalType(of.precision, of.scale)),
    (kinds.is_duration, lambda _: t.DAY_TIME),
    (kinds.is_time64, lambda _: t.TIME),
    (kinds.is_fixed_size_binary, lambda _: t.BINARY),
    (kinds.is_dictionary, lambda of: spark_type(of.value_type)),
    (kinds.is_map, _map),
    (kinds.is_list, _list),
    (kinds.is_large_list, _list),
    (kinds.is_fixed_size_list, _list),
    (kinds.is_struct, _struct),
)
