"""Variants described, from the JSON text that they are held as."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pyarrow as pa

from boathouse.functions.kernels.rows import by_row, groups
from boathouse.types import datatypes as t

_OBJECT = "OBJECT<"
_LONG_DIGITS = 20


def _kind(value: Any) -> t.DataType:
    match value:
        case None:
            return t.NULL
        case bool():
            return t.BOOLEAN
        case str():
            return t.STRING
        case int() if -(2**63) <= value < 2**63:
            return t.LONG
        case int() | Decimal():
            return _decimal(Decimal(value))
        case float():
            return t.DOUBLE
        case list():
            element: t.DataType = t.NULL
            for item in value:
                element = _merged(element, _kind(item))
            return t.ArrayType(element)
        case _:
            fields = [t.StructField(name, _kind(value[name])) for name in sorted(value)]
            return t.StructType(tuple(fields))


def _decimal(value: Decimal) -> t.DataType:
    _, digits, exponent = value.as_tuple()
    scale = max(-int(exponent), 0)
    precision = max(len(digits), scale)
    return t.DecimalType(precision, scale) if precision <= 38 else t.DOUBLE


def _merged(left: t.DataType, right: t.DataType) -> t.DataType:
    """The kind of what is one or the other; VARIANT where they have nothing in common."""
    if left == right or isinstance(right, t.NullType):
        return left
    match left, right:
        case t.NullType(), _:
            return right
        case t.ArrayType(), t.ArrayType():
            return t.ArrayType(_merged(left.element, right.element))
        case t.StructType(), t.StructType():
            fields = {field.name: field.type for field in left.fields}
            for field in right.fields:
                fields[field.name] = _merged(fields.get(field.name, t.NULL), field.type)
            return t.StructType(tuple(t.StructField(n, fields[n]) for n in sorted(fields)))
        case ((t.LongType() | t.DecimalType()), (t.LongType() | t.DecimalType())):
            return _wider(_as_decimal(left), _as_decimal(right))
        case t.NumericType(), t.NumericType():
            return t.DOUBLE
        case _:
            return t.VARIANT


def _as_decimal(given: t.DataType) -> t.DecimalType:
    return given if isinstance(given, t.DecimalType) else t.DecimalType(_LONG_DIGITS, 0)


def _wider(left: t.DecimalType, right: t.DecimalType) -> t.DataType:
    scale = max(left.scale, right.scale)
    precision = max(left.precision - left.scale, right.precision - right.scale) + scale
    return t.DecimalType(precision, scale) if precision <= 38 else t.DOUBLE


def _text(given: t.DataType) -> str:
    match given:
        case t.ArrayType():
            return f"ARRAY<{_text(given.element)}>"
        case t.StructType():
            fields = (f"{t.quoted_if_needed(f.name)}: {_text(f.type)}" for f in given.fields)
            return f"{_OBJECT}{', '.join(fields)}>"
        case _:
            return given.sql


def _fraction(text: str) -> Decimal | float:
    return float(text) if "e" in text.lower() else Decimal(text)


def _read(text: str) -> t.DataType:
    return _kind(json.loads(text, parse_float=_fraction))


@by_row
def schema(text: str) -> str:
    """The schema of a variant, objects told as OBJECT."""
    return _text(_read(text))


def merged_schema(values: pa.ListArray) -> list[str]:
    """The schema that all variants of a group have in common."""
    result: list[str] = []
    for group in groups(values):
        kind: t.DataType = t.NULL
        for text in group.drop_null().to_pylist():
            kind = _merged(kind, _read(text))
        result.append(_text(kind))
    return result
