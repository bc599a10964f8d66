"""Functions of Spark's group for JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from boathouse import duck
from boathouse.duck import Expression, native, tree
from boathouse.duck.kernels import kernel
from boathouse.errors.exceptions import SparkError
from boathouse.functions.clock import AT_GREENWICH, Clock
from boathouse.functions.json_reading import (
    check_corrupt,
    corrupt_name,
    read_json,
    reading_under,
)
from boathouse.functions.json_writing import json_document, writing_under
from boathouse.functions.kernels.lenient_json import in_standard_form
from boathouse.functions.options import OPTIONS, SCHEMA, options_of, schema_of
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    STRING,
    TEXT,
    Argument,
    Takes,
    TypeMismatch,
    always,
    changed,
    constant,
    never,
)
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string, wider

JSON = Group("json_funcs")

_Arguments = tuple[Argument, ...]


# ---- paths --------------------------------------------------------------------------------------


def _asked(what: str, gives: t.DataType, *arguments: Expression) -> Expression:
    """What the native function of JSON says that is called so, or the kernel of the same name."""
    if native.available():
        return native.call(f"json_{what}", *arguments)
    return kernel("json_paths", what, gives)(*arguments)


@JSON.scalar(
    "get_json_object",
    takes=[TEXT, TEXT],
    gives=t.STRING,
    nullable=always,
)
def get_json_object(text: Expression, path: Expression) -> Expression:
    """What stands at a path in a JSON text: text without quotes, objects and arrays as JSON.

    >>> SELECT get_json_object('{"boat": {"berth": [7, 8]}}', '$.boat.berth[1]')
    8
    """
    return _asked("path", t.STRING, text, path)


def _tuple_of(arguments: _Arguments) -> t.StructType:
    names = [f"c{place}" for place in range(len(arguments) - 1)]
    return t.StructType(tuple(t.StructField(name, t.STRING) for name in names))


# Anything, so that the check below says what is wrong.
_TEXTS_ALONE = changed(ANY, wanted='"STRING"')


def _check_texts(arguments: tuple[Argument, ...]) -> None:
    if not all(is_string(given.type) for given in arguments):
        raise TypeMismatch("NON_STRING_TYPE", funcName="`json_tuple`")


@JSON.generator(
    "json_tuple",
    takes=[_TEXTS_ALONE, _TEXTS_ALONE],
    variadic=_TEXTS_ALONE,
    gives=_tuple_of,
    nullable=always,
    check=_check_texts,
)
def json_tuple(text: Expression, *names: Expression) -> Expression:
    """One row with the fields of a JSON object by their names.

    >>> SELECT json_tuple('{"a": 1, "b": "x"}', 'a', 'b')
    1 | x
    """
    fields = [_asked("field", t.STRING, text, name) for name in names]
    if len(fields) == 1:
        return duck.list_of(fields[0])
    return duck.list_of(
        tree.StructOf(tuple((str(place), field) for place, field in enumerate(fields)))
    )


@JSON.scalar("json_array_length", takes=[TEXT], gives=t.INTEGER, nullable=always)
def json_array_length(text: Expression) -> Expression:
    """How many elements the outermost array of a JSON text has.

    >>> SELECT json_array_length('[1, [2, 3], 4]')
    3
    """
    return _asked("length", t.INTEGER, text)


@JSON.scalar("json_object_keys", takes=[TEXT], gives=t.ArrayType(t.STRING, True), nullable=always)
def json_object_keys(text: Expression) -> Expression:
    """The keys of the outermost object of a JSON text.

    >>> SELECT json_object_keys('{"pier": 7, "berth": {"nr": 9}}')
    [pier, berth]
    """
    return _asked("keys", t.ArrayType(t.STRING, True), text)


# ---- schemas ------------------------------------------------------------------------------------


_TIME = r"\d\d?:\d\d?(:\d\d?(\.\d+)?)?\s?(Z|[+-]\d\d?(:?\d\d)?)?"
_MOMENT = re.compile(rf"\d{{4,6}}(-\d\d?(-\d\d?([T ]({_TIME})?)?)?)?|T?{_TIME}")
"""A day, a month or a year is a time too, and so is a time of day."""


def is_moment(text: str) -> bool:
    """Whether `text` is a TIMESTAMP where schemas are inferred."""
    return _MOMENT.fullmatch(text) is not None


def _inferred(value: Any, *, moments: bool) -> t.DataType:
    match value:
        case None:
            return t.NULL
        case bool():
            return t.BOOLEAN
        case int():
            return _inferred_whole(value)
        case Decimal():
            return _inferred_fraction(value)
        case float():
            return t.DOUBLE
        case str():
            return t.TIMESTAMP if moments and is_moment(value) else t.STRING
        case list():
            element: t.DataType = t.NULL
            for item in value:
                element = _merged(element, _inferred(item, moments=moments))
            return t.ArrayType(element, True)
        case _:
            types = {name: _inferred(value[name], moments=moments) for name in sorted(value)}
            return t.StructType(tuple(t.StructField(*field) for field in types.items()))


def _inferred_fraction(value: Decimal) -> t.DataType:
    exponent = int(value.as_tuple().exponent)
    scale, digits = max(-exponent, 0), len(value.as_tuple().digits) + max(exponent, 0)
    precision = max(digits, scale)
    most = t.DecimalType.MAX_PRECISION
    return t.DecimalType(precision, scale) if precision <= most else t.DOUBLE


def _inferred_whole(value: int) -> t.DataType:
    if -(2**63) <= value < 2**63:
        return t.LONG
    digits = len(str(abs(value)))
    return t.DecimalType(digits, 0) if digits <= t.DecimalType.MAX_PRECISION else t.DOUBLE


def _merged(a: t.DataType, b: t.DataType) -> t.DataType:
    """The type of elements of both types; text where they have nothing in common."""
    if isinstance(a, t.NullType) or a == b:
        return b
    if isinstance(b, t.NullType):
        return a
    match a, b:
        case t.NumericType(), t.NumericType():
            return wider(a, b) or t.DOUBLE
        case t.ArrayType(), t.ArrayType():
            return t.ArrayType(_merged(a.element, b.element), True)
        case t.StructType(), t.StructType():
            known = {f.name: f.type for f in a.fields}
            for f in b.fields:
                known[f.name] = _merged(known.get(f.name, t.NULL), f.type)
            return t.StructType(tuple(t.StructField(name, known[name]) for name in sorted(known)))
        case _:
            return t.STRING


def without_void(given: t.DataType) -> t.DataType:
    """`given` with text where nothing but null was seen."""
    match given:
        case t.NullType():
            return t.STRING
        case t.ArrayType():
            return t.ArrayType(without_void(given.element), True)
        case t.StructType():
            fields = [t.StructField(f.name, without_void(f.type)) for f in given.fields]
            return t.StructType(tuple(fields))
        case _:
            return given


def _number(exactly: bool) -> Callable[[str], Decimal | float]:  # noqa: FBT001
    return Decimal if exactly else float


def _as_texts(value: Any) -> Any:
    """`value` with texts in place of numbers and booleans."""
    match value:
        case dict():
            return {name: _as_texts(inner) for name, inner in value.items()}
        case list():
            return [_as_texts(inner) for inner in value]
        case _:
            return None if value is None else str(value)


def _without_nulls(value: Any) -> Any:
    """`value` without fields of which nothing is known."""
    match value:
        case dict():
            kept = {name: _without_nulls(inner) for name, inner in value.items()}
            return {name: inner for name, inner in kept.items() if inner not in (None, [], {})}
        case list():
            return [_without_nulls(inner) for inner in value]
        case _:
            return value


def _check_sample(arguments: _Arguments) -> None:
    if arguments[0].value is None:
        raise TypeMismatch("UNEXPECTED_NULL", exprName="json")


@JSON.scalar(
    "schema_of_json",
    takes=[changed(constant(STRING), name="json"), OPTIONS],
    gives=t.STRING,
    nullable=never,
    check=_check_sample,
    shows=lambda text, *_: f"schema_of_json({text})",
    needs=("arguments",),
)
def schema_of_json(
    text: Expression, options: Expression | None, arguments: _Arguments
) -> Expression:
    """The schema, as DDL text, of a constant JSON text.

    >>> SELECT schema_of_json('{"pier": 7, "boats": ["Kai"]}')
    STRUCT<boats: ARRAY<STRING>, pier: BIGINT>
    """
    sample, said = str(arguments[0].value), options_of(arguments, 1)
    if not sample.strip():
        return duck.literal(t.STRING.sql)
    exactly = said.get("prefersdecimal", "").lower() == "true"
    standard = in_standard_form(sample, reading_under(said, AT_GREENWICH).allowed)
    try:
        value = json.loads(sample if standard is None else standard, parse_float=_number(exactly))
        if said.get("primitivesasstring", "").lower() == "true":
            value = _as_texts(value)
        if said.get("dropfieldifallnull", "").lower() == "true":
            value = _without_nulls(value)
    except ValueError as error:
        raise SparkError("NO_CONDITION", message=f"No JSON: {error}") from None
    # A format of one's own is not looked at here.
    moments = said.get("infertimestamp", "").lower() == "true" and "timestampformat" not in said
    return duck.literal(without_void(_inferred(value, moments=moments)).sql)


# ---- values to text and back --------------------------------------------------------------------


def _nested(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type


def _check_written(arguments: _Arguments) -> None:
    kinds = (t.StructType, t.ArrayType, t.MapType, t.VariantType, t.NullType)
    if not isinstance(arguments[0].type, kinds):
        raise TypeMismatch("INVALID_JSON_SCHEMA", schema=f'"{arguments[0].type.sql}"')


@JSON.scalar(
    "to_json",
    takes=[Takes(_nested, '("STRUCT" or "ARRAY" or "MAP" or "VARIANT")'), OPTIONS],
    gives=t.STRING,
    nullable=always,
    check=_check_written,
    shows=lambda value, *_: f"to_json({value})",
    needs=("arguments", "clock"),
)
def to_json(
    value: Expression, options: Expression | None, arguments: _Arguments, clock: Clock
) -> Expression:
    """A struct, array or map as JSON text; null fields of structs are left out.

    >>> SELECT to_json(named_struct('pier', 7, 'boats', array('Kai', NULL)))
    {"pier":7,"boats":["Kai",null]}
    """
    how = writing_under(options_of(arguments, 1), clock)
    return json_document(value, arguments[0].type, how)


def _check_read(arguments: _Arguments) -> None:
    schema = schema_of(arguments, 1)
    if not isinstance(schema, (t.StructType, t.ArrayType, t.MapType, t.VariantType)):
        raise TypeMismatch("INVALID_JSON_SCHEMA", schema=f'"{schema.sql}"')
    if any(isinstance(part, t.MapType) and not is_string(part.key) for part in t.parts_of(schema)):
        raise TypeMismatch("INVALID_JSON_MAP_KEY_TYPE", schema=f'"{schema.sql}"')
    check_corrupt(schema, corrupt_name(options_of(arguments, 2)))


def _from_json_shown(text: str, schema: str, *_: str) -> str:
    """Spark names a map after the field that it reads it as."""
    return "entries" if schema.strip().lower().startswith("map<") else f"from_json({text})"


@JSON.scalar(
    "from_json",
    takes=[TEXT, SCHEMA, OPTIONS],
    gives=lambda arguments: schema_of(arguments, 1),
    nullable=always,
    check=_check_read,
    shows=_from_json_shown,
    needs=("arguments", "clock"),
)
def from_json(
    text: Expression,
    schema: Expression,
    options: Expression | None,
    arguments: _Arguments,
    clock: Clock,
) -> Expression:
    """A JSON text as a struct, array or map of a schema; null where it does not fit.

    >>> SELECT from_json('{"pier": 7, "boat": "Kai"}', 'pier INT, boat STRING').pier
    7
    """
    how = reading_under(options_of(arguments, 2), clock)
    return read_json(text, schema_of(arguments, 1), how)
