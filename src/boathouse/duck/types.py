"""Spark's types as DuckDB stores them while a query runs.

A year-month interval is an INTEGER of months and a day-time interval a BIGINT of microseconds,
because DuckDB's INTERVAL is neither ordered nor summed as Spark's two kinds are.
"""

from __future__ import annotations

from datetime import timezone
from typing import TYPE_CHECKING

from boathouse.duck.render import NO_FIELD, quote
from boathouse.types import datatypes as t
from boathouse.types.zones import offset_zone, zone_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SIMPLE: dict[type[t.DataType], str] = {
    t.NullType: "INTEGER",
    t.BooleanType: "BOOLEAN",
    t.ByteType: "TINYINT",
    t.ShortType: "SMALLINT",
    t.IntegerType: "INTEGER",
    t.LongType: "BIGINT",
    t.FloatType: "FLOAT",
    t.DoubleType: "DOUBLE",
    t.StringType: "VARCHAR",
    t.CharType: "VARCHAR",
    t.VarcharType: "VARCHAR",
    t.BinaryType: "BLOB",
    t.DateType: "DATE",
    t.TimestampType: "TIMESTAMPTZ",
    t.TimestampNTZType: "TIMESTAMP",
    t.TimeType: "TIME",
    t.CalendarIntervalType: "INTERVAL",
    t.YearMonthIntervalType: "INTEGER",
    t.DayTimeIntervalType: "BIGINT",
    t.VariantType: "JSON",
    t.GeometryType: "STRUCT(srid INTEGER,wkb BLOB)",
    t.GeographyType: "STRUCT(srid INTEGER,wkb BLOB)",
}


def duck_type(spark: t.DataType) -> str:
    """The DuckDB type that values of `spark` have inside a query."""
    simple = _SIMPLE.get(type(spark))
    return simple if simple is not None else _NESTED[type(spark)](spark)


def field_names(struct: t.StructType) -> tuple[str, ...]:
    """DuckDB names for the fields of `struct`, by position: Spark's own, numbered where two are
    equal without regard to case, which DuckDB refuses. An empty name becomes a blank.
    """
    seen: set[str] = set()
    names: list[str] = []
    for number, name in enumerate(struct.names):
        unique = name or " "
        while unique.lower() in seen:
            unique = f"{name}#{number}"
        seen.add(unique.lower())
        names.append(unique)
    return tuple(names)


def struct_type(fields: Iterable[tuple[str, str]]) -> str:
    """The DuckDB struct with fields of these names and DuckDB types."""
    stated = ",".join(f"{quote(name)} {of}" for name, of in fields)
    return f"STRUCT({stated or f'{NO_FIELD} BOOLEAN'})"


def _decimal(spark: t.DecimalType) -> str:
    return f"DECIMAL({spark.precision},{spark.scale})"


def _array(spark: t.ArrayType) -> str:
    return f"{duck_type(spark.element)}[]"


def _map(spark: t.MapType) -> str:
    return f"MAP({duck_type(spark.key)},{duck_type(spark.value)})"


def _struct(spark: t.StructType) -> str:
    types = [duck_type(f.type) for f in spark.fields]
    return struct_type(zip(field_names(spark), types, strict=True))


def _user_defined(spark: t.UserDefinedType) -> str:
    return duck_type(spark.storage)


_NESTED: dict[type[t.DataType], Callable[..., str]] = {
    t.DecimalType: _decimal,
    t.ArrayType: _array,
    t.MapType: _map,
    t.StructType: _struct,
    t.UserDefinedType: _user_defined,
}


def duck_zone(zone: str) -> str:
    """DuckDB's name for Spark's `zone`: it spells offsets such as ``+02:00`` differently."""
    known = zone_of(zone)
    if known is None:
        return zone
    if not isinstance(known.clock, timezone):
        return known.name
    offset, _ = known.at(0)
    return f"GMT{offset_zone(offset).name}" if offset else "UTC"
