"""Variants shown and described, from the text that they are held as."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa

from boathouse.functions.kernels.lenient_json import in_standard_form
from boathouse.functions.kernels.rows import by_row, groups
from boathouse.types import civil, coercion, variant
from boathouse.types import datatypes as t
from boathouse.types.text import date_text, timestamp_text
from boathouse.types.variant import Marked
from boathouse.types.zones import named, offset_text

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
        case Marked(kind, _):
            return _MARKED[kind]
        case list():
            element: t.DataType = t.NULL
            for item in value:
                element = _merged(element, _kind(item))
            return t.ArrayType(element)
        case _:
            fields = [t.StructField(name, _kind(value[name])) for name in sorted(value)]
            return t.StructType(tuple(fields))


_MARKED: dict[str, t.DataType] = {
    "d": t.DOUBLE,
    "f": t.FLOAT,
    "D": t.DATE,
    "T": t.TIMESTAMP,
    "L": t.TIMESTAMP_NTZ,
    "B": t.BINARY,
}


def _decimal(value: Decimal) -> t.DataType:
    _, digits, exponent = Decimal(variant.stripped(value)).as_tuple()
    scale = -int(exponent)
    return t.DecimalType(max(len(digits), scale), scale)


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
        case (t.DecimalType(), t.NumericType()) | (t.NumericType(), t.DecimalType()):
            return t.DOUBLE
        case _:
            return coercion.tightest(left, right, ansi=False) or t.VARIANT


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


@by_row
def schema(text: str) -> str:
    """The schema of a variant, objects told as OBJECT."""
    return _text(_kind(variant.parsed(text)))


def merged_schema(values: pa.ListArray) -> list[str]:
    """The schema that all variants of a group have in common."""
    result: list[str] = []
    for group in groups(values):
        kind: t.DataType = t.NULL
        for text in group.drop_null().to_pylist():
            kind = _merged(kind, _kind(variant.parsed(text)))
        result.append(_text(kind))
    return result


# ---- texts --------------------------------------------------------------------------------------


@by_row
def read(text: str) -> str | None:
    """The text that is held for what `text` begins with; null where that is no JSON, or has a name
    twice in one object.
    """
    standard = in_standard_form(text, ("eachkeyonce",))
    return None if standard is None else _held(standard)


@by_row
def held(text: str) -> str | None:
    """The text that is held for a JSON text; null where it is none."""
    return _held(text)


def _held(text: str) -> str | None:
    try:
        return variant.held(variant.parsed(text)).encode("utf-8", "replace").decode()
    except ValueError:
        return None


@by_row
def shown(text: str, zone: str) -> str:
    """A variant as JSON, moments with their distance from UTC in the session's `zone`."""
    return variant.json_text(variant.parsed(text), _shown_in(zone, offset_text))


@by_row
def as_text(text: str, zone: str) -> str:
    """A variant as CAST to STRING gives it: what is no array or object stands there bare."""
    value = variant.parsed(text)
    if isinstance(value, (list, dict)):
        return variant.json_text(value, _shown_in(zone, offset_text))
    if isinstance(value, Marked) and value.kind == "B":
        return base64.b64decode(value.text).decode("utf-8", "replace")
    shown = _shown_in(zone, lambda _: "")(value)
    return json.loads(shown) if shown.startswith('"') else shown


def _shown_in(zone: str, ending: Callable[[int], str]) -> Callable[[Any], str]:
    """How to write what is neither array nor object; `ending` is put behind moments."""

    def atom(value: Any) -> str:
        match value:
            case Marked("d" | "f", text):
                return text if text[-1].isdigit() else variant.quoted(text)
            case Marked("D", text):
                return variant.quoted(date_text(int(text)))
            case Marked("T", text):
                micros = int(text)
                shown = timestamp_text(micros, zone)
                return variant.quoted(shown + ending(_offset(zone, micros)))
            case Marked("L", text):
                return variant.quoted(timestamp_text(int(text), "UTC"))
            case Marked(_, text):
                return variant.quoted(text)
            case Decimal():
                return variant.stripped(value)
            case _:
                return variant.quoted(value)

    return atom


def _offset(zone: str, micros: int) -> int:
    return named(zone).at(micros // civil.MICROS)[0]
