"""Protobuf literals to typed constants. A value is in the literal form of its type."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from boathouse.connect.decode.invalid import invalid, unset
from boathouse.connect.decode.types import data_type
from boathouse.spec.expressions import Literal
from boathouse.types import datatypes as t

Value = tuple[Any, t.DataType]


def _plain(type: t.DataType) -> Callable[[Any, t.DataType | None], Value]:
    return lambda value, expected: (value, type)


def _typed(default: t.DataType) -> Callable[[Any, t.DataType | None], Value]:
    return lambda value, expected: (value, expected or default)


def _decimal(message: Any, expected: t.DataType | None) -> Value:
    value = Decimal(message.value)
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise invalid(f"{message.value} is no decimal")
    # Spark widens the stated precision and scale to what the value needs: the Python client states
    # (10, 0) for every decimal.
    scale = max(-exponent, 0, message.scale if message.HasField("scale") else 0)
    precision = len(digits) + max(exponent, 0)
    if message.HasField("precision"):
        precision = max(precision, message.precision)
    return value, t.DecimalType(max(precision, scale), scale)


def _calendar_interval(message: Any, expected: t.DataType | None) -> Value:
    return (message.months, message.days, message.microseconds), t.CALENDAR_INTERVAL


def _time(message: Any, expected: t.DataType | None) -> Value:
    return message.nano, t.TimeType(message.precision) if message.HasField("precision") else t.TIME


def _array(message: Any, expected: t.DataType | None) -> Value:
    element = expected.element if isinstance(expected, t.ArrayType) else None
    if element is None and message.HasField("element_type"):
        element = data_type(message.element_type)
    items = [value_of(item, element) for item in message.elements]
    type = (
        expected if isinstance(expected, t.ArrayType) else t.ArrayType(element or _type_of(items))
    )
    return tuple(value for value, _ in items), type


def _map(message: Any, expected: t.DataType | None) -> Value:
    key, value = None, None
    if isinstance(expected, t.MapType):
        key, value = expected.key, expected.value
    elif message.HasField("key_type"):
        key, value = data_type(message.key_type), data_type(message.value_type)
    keys = [value_of(item, key) for item in message.keys]
    values = [value_of(item, value) for item in message.values]
    pairs = tuple((k[0], v[0]) for k, v in zip(keys, values, strict=True))
    if isinstance(expected, t.MapType):
        return pairs, expected
    return pairs, t.MapType(key or _type_of(keys), value or _type_of(values))


def _struct(message: Any, expected: t.DataType | None) -> Value:
    if not isinstance(expected, t.StructType) and message.HasField("struct_type"):
        expected = data_type(message.struct_type)
    fields = expected.fields if isinstance(expected, t.StructType) else ()
    types = [field.type for field in fields] or [None] * len(message.elements)
    items = [value_of(item, type) for item, type in zip(message.elements, types, strict=True)]
    if not fields:
        fields = tuple(t.StructField(f"col{i + 1}", item[1]) for i, item in enumerate(items))
    return tuple(value for value, _ in items), t.StructType(fields)


_SPECIAL: dict[str, t.DataType] = {
    "bools": t.BOOLEAN,
    "ints": t.INTEGER,
    "longs": t.LONG,
    "floats": t.FLOAT,
    "doubles": t.DOUBLE,
    "strings": t.STRING,
}


def _specialized(message: Any, expected: t.DataType | None) -> Value:
    kind = message.WhichOneof("value_type")
    if kind is None:
        return (), expected or t.ArrayType()
    values = tuple(getattr(message, kind).values)
    return values, expected or t.ArrayType(_SPECIAL[kind], contains_null=False)


def _type_of(items: list[Value]) -> t.DataType:
    return next((type for value, type in items if value is not None), t.NULL)


KINDS: dict[str, Callable[[Any, t.DataType | None], Value]] = {
    "null": lambda message, expected: (None, expected or data_type(message)),
    "binary": _plain(t.BINARY),
    "boolean": _plain(t.BOOLEAN),
    "byte": _plain(t.BYTE),
    "short": _plain(t.SHORT),
    "integer": _plain(t.INTEGER),
    "long": _plain(t.LONG),
    "float": _plain(t.FLOAT),
    "double": _plain(t.DOUBLE),
    "decimal": _decimal,
    "string": _typed(t.STRING),
    "date": _plain(t.DATE),
    "timestamp": _plain(t.TIMESTAMP),
    "timestamp_ntz": _plain(t.TIMESTAMP_NTZ),
    "calendar_interval": _calendar_interval,
    "year_month_interval": _typed(t.YEAR_MONTH),
    "day_time_interval": _typed(t.DAY_TIME),
    "array": _array,
    "map": _map,
    "struct": _struct,
    "specialized_array": _specialized,
    "time": _time,
}


def value_of(message: Any, expected: t.DataType | None = None) -> Value:
    """The value and type of a `Literal` message; `expected` is the type its container states."""
    if message.HasField("data_type"):
        expected = data_type(message.data_type)
    kind = message.WhichOneof("literal_type")
    if kind is None:
        if expected is None:
            raise unset(message, "literal_type")
        return None, expected
    return KINDS[kind](getattr(message, kind), expected)


def literal(message: Any) -> Literal:
    """A `Literal` message as an expression."""
    return Literal(*value_of(message))
