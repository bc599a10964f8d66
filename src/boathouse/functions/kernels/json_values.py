"""JSON texts read as values of a type, row by row: what the native reader says, for the texts and
types that it leaves, and for all of them where there is none. The rules are those of Spark's
JacksonParser.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any, Self

import pyarrow as pa

from boathouse.duck.types import field_names
from boathouse.errors.exceptions import SparkError, SparkRuntimeError
from boathouse.functions.kernels import date_texts, moments
from boathouse.functions.kernels.json_paths import Members, is_array, written
from boathouse.functions.kernels.lenient_json import in_standard_form
from boathouse.types import datatypes as t
from boathouse.types import variant
from boathouse.types.civil import DAY, MICROS
from boathouse.types.text import double_text

_BITS: dict[type[t.DataType], int] = {
    t.ByteType: 8,
    t.ShortType: 16,
    t.IntegerType: 32,
    t.LongType: 64,
}
_WORDS = {
    "NaN": math.nan,
    "Infinity": math.inf,
    "+Infinity": math.inf,
    "INF": math.inf,
    "+INF": math.inf,
    "-Infinity": -math.inf,
    "-INF": -math.inf,
}
_EXACT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?", re.ASCII)
_ENOUGH = Context(prec=2000, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: patterns of dates and times (None: as a cast does), and the field that keeps
    what could not be read.
    """

    timestamp: str | None = None
    local: str | None = None
    date: str | None = None
    corrupt: str = "_corrupt_record"
    allowed: tuple[str, ...] = ("singlequotes", "nonnumericnumbers")
    """What is read beyond standard JSON: options without their ``allow``."""
    strict: bool = False
    """Whether what cannot be read is an error (mode FAILFAST)."""
    zone: str = "UTC"
    policy: str = "CORRECTED"


class _UnreadError(ValueError):
    """A value does not fit its type."""


class _Fraction(float):
    """A number with a point or an exponent, which is kept as it was written."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        made = super().__new__(cls, text)
        made.text = text
        return made


_Read = tuple[Any, bool]
"""A value, and whether all of it could be read."""


def read(texts: pa.Array, *, wanted: t.DataType, how: Reading) -> list[Any]:
    """Each text as a value of `wanted`. Times are numbers, structs are dictionaries by DuckDB's
    names; of types that JSON does not know, such as intervals, the text is given.
    """
    reader = _Reader(how)
    return [None if text is None else reader.document(text, wanted) for text in texts.to_pylist()]


def _parsed(text: str, how: Reading) -> Any:
    standard = in_standard_form(text, (*how.allowed, "everykey"))
    if standard is None:
        raise _UnreadError
    return json.loads(standard, object_pairs_hook=Members, parse_float=_Fraction)


@dataclass(frozen=True, slots=True)
class _Reader:
    how: Reading

    def document(self, text: str, wanted: t.DataType) -> Any:
        if not text.strip(" \t\n\r"):
            return None
        found: Any = None
        try:
            found = _parsed(text, self.how)
            value, whole = self.whole_of(found, wanted)
        except _UnreadError:
            value, whole = _nothing(wanted), False
        if whole:
            return value
        if self.how.strict:
            raise _malformed(text, value, wanted, array=is_array(found))
        if isinstance(wanted, t.StructType):
            kept = self.keeps(wanted)
            if kept is not None:
                value[field_names(wanted)[kept]] = text
        return value

    def keeps(self, wanted: t.StructType) -> int | None:
        """The field for what cannot be read."""
        for place, field in enumerate(wanted.fields):
            if field.name == self.how.corrupt and isinstance(field.type, t.StringType):
                return place
        return None

    def whole_of(self, found: Any, wanted: t.DataType) -> _Read:
        match wanted:
            case t.StructType():
                if not isinstance(found, Members):
                    raise _UnreadError
                return self.struct(found, wanted, self.keeps(wanted))
            case t.ArrayType(element=t.StructType() as element) if isinstance(found, Members):
                # An object stands for an array of one.
                value, whole = self.struct(found, element)
                return [value], whole
            case t.VariantType():
                return self.value(found, wanted)
            case _ if found is None and self.how.strict:
                raise _UnreadError
            case _:
                return self.value(found, wanted)

    def value(self, found: Any, wanted: t.DataType) -> _Read:
        """Raises _UnreadError."""
        if found is None and not isinstance(wanted, t.VariantType):
            return None, True
        match wanted:
            case t.StructType() if isinstance(found, Members):
                return self.struct(found, wanted)
            case t.ArrayType() if is_array(found):
                return self.several(found, wanted.element)
            case t.MapType() if isinstance(found, Members):
                values, whole = self.several([held for _, held in found], wanted.value)
                keys = [_whole_text(name) for name, _ in found]
                return list(dict(zip(keys, values, strict=True)).items()), whole
            case t.StructType() | t.ArrayType() | t.MapType():
                raise _UnreadError
            case _:
                return self.leaf(found, wanted), True

    def several(self, found: Any, wanted: t.DataType) -> _Read:
        read = [self.value(each, wanted) for each in found]
        return [value for value, _ in read], all(whole for _, whole in read)

    def struct(self, found: Members, wanted: t.StructType, kept: int | None = None) -> _Read:
        """Of fields with one name the last that can be read counts."""
        names = field_names(wanted)
        values: dict[str, Any] = dict.fromkeys(names)
        places = {name: place for place, name in enumerate(wanted.names)}
        whole = True
        for name, held in found:
            place = places.get(name)
            if place is None or place == kept:
                continue
            try:
                values[names[place]], inner = self.value(held, wanted.fields[place].type)
            except _UnreadError:
                inner = False
            whole = whole and inner
        return values, whole

    def leaf(self, found: Any, wanted: t.DataType) -> Any:
        if isinstance(wanted, (t.DateType, t.TimestampType, t.TimestampNTZType)):
            return self.time(found, wanted)
        convert = _LEAVES.get(type(wanted), _text_alone)
        return convert(found, wanted)

    def time(self, found: Any, wanted: t.DataType) -> int:
        is_moment = isinstance(wanted, t.TimestampType)
        if is_moment and type(found) is int:
            return (_within(found, 64) * MICROS + 2**63) % 2**64 - 2**63
        if not isinstance(found, str):
            raise _UnreadError
        micros = self.micros(found, wanted)
        if micros is None:
            raise _UnreadError
        return micros // (DAY * MICROS) if isinstance(wanted, t.DateType) else micros

    def micros(self, text: str, wanted: t.DataType) -> int | None:
        patterns: dict[type[t.DataType], str | None] = {
            t.DateType: self.how.date,
            t.TimestampType: self.how.timestamp,
            t.TimestampNTZType: self.how.local,
        }
        pattern = patterns[type(wanted)]
        zoned = isinstance(wanted, t.TimestampType)
        if pattern is not None:
            return self.by_pattern(text, pattern, zoned=zoned)
        if zoned:
            return moments.moment(text, self.how.zone)
        return moments.day(text) if isinstance(wanted, t.DateType) else moments.local(text)

    def by_pattern(self, text: str, pattern: str, *, zoned: bool) -> int | None:
        """Under a pattern that is none, no text can be read."""
        try:
            return date_texts.reader(pattern, self.how.zone, zoned, self.how.policy, None)(text)
        except SparkError as wrong:
            if wrong.condition == _CHANGED:
                raise
            return None


_CHANGED = "INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER"


def _nothing(wanted: t.DataType) -> Any:
    """What there is of a text that is no such document."""
    return dict.fromkeys(field_names(wanted)) if isinstance(wanted, t.StructType) else None


# ---- leaves -------------------------------------------------------------------------------------


def _whole_text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _string(found: Any, _: t.DataType) -> str:
    return _whole_text(found if isinstance(found, str) else written(found))


def _text_alone(found: Any, _: t.DataType) -> str:
    if not isinstance(found, str):
        raise _UnreadError
    return _whole_text(found)


def _boolean(found: Any, _: t.DataType) -> bool:
    if not isinstance(found, bool):
        raise _UnreadError
    return found


def _within(number: int, bits: int) -> int:
    """Java's parser takes a byte without a sign for one with."""
    most = 2**8 if bits == 8 else 2 ** (bits - 1)
    if not -(2 ** (bits - 1)) <= number < most:
        raise _UnreadError
    return number - 2**8 if bits == 8 and number > 127 else number


def _whole_number(found: Any, wanted: t.DataType) -> int:
    if type(found) is not int:
        raise _UnreadError
    return _within(found, _BITS[type(wanted)])


def _floating(found: Any, _: t.DataType) -> float:
    if isinstance(found, str) and found in _WORDS:
        return _WORDS[found]
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise _UnreadError
    try:
        return float(found)
    except OverflowError:
        return math.copysign(math.inf, found)


def _decimal(found: Any, wanted: t.DataType) -> Decimal:
    assert isinstance(wanted, t.DecimalType)  # noqa: S101 - for the type checker
    text = found.text if isinstance(found, _Fraction) else str(found)
    if isinstance(found, bool) or is_array(found) or _EXACT.fullmatch(text) is None:
        raise _UnreadError
    try:
        value = Decimal(text).quantize(Decimal(1).scaleb(-wanted.scale), context=_ENOUGH)
    except InvalidOperation:
        raise _UnreadError from None
    if abs(value) >= Decimal(10) ** (wanted.precision - wanted.scale):
        raise _UnreadError
    return value


def _binary(found: Any, _: t.DataType) -> bytes:
    if not isinstance(found, str):
        raise _UnreadError
    try:
        return base64.b64decode(found, validate=True)
    except (ValueError, binascii.Error):
        raise _UnreadError from None


def _variant(found: Any, _: t.DataType) -> str:
    held = variant.held(variant.parsed(_standard(found)))
    try:
        held.encode()
    except UnicodeEncodeError:
        raise _UnreadError from None
    return held


def _standard(found: Any) -> str:
    """A value as JSON, numbers as they were written. _UnreadError: a key comes twice."""
    match found:
        case _Fraction():
            return found.text
        case Members():
            if len(dict(found)) < len(found):
                raise _UnreadError
            return "{" + ",".join(f"{json.dumps(k)}:{_standard(v)}" for k, v in found) + "}"
        case list():
            return f"[{','.join(map(_standard, found))}]"
        case float():
            raise _UnreadError
        case _:
            return json.dumps(found)


_LEAVES: dict[type[t.DataType], Callable[[Any, t.DataType], Any]] = {
    t.StringType: _string,
    t.CharType: _string,
    t.VarcharType: _string,
    t.BooleanType: _boolean,
    t.ByteType: _whole_number,
    t.ShortType: _whole_number,
    t.IntegerType: _whole_number,
    t.LongType: _whole_number,
    t.FloatType: _floating,
    t.DoubleType: _floating,
    t.DecimalType: _decimal,
    t.BinaryType: _binary,
    t.VariantType: _variant,
    t.NullType: lambda _found, _wanted: None,
}


# ---- errors -------------------------------------------------------------------------------------


def _malformed(text: str, value: Any, wanted: t.DataType, *, array: bool) -> SparkRuntimeError:
    """The error for a record of which no more than `value` could be read."""
    kind, shown = "WITHOUT_SUGGESTION", _shown(value, wanted)
    if isinstance(wanted, t.StructType):
        if array:
            kind, shown = "CANNOT_PARSE_JSON_ARRAYS_AS_STRUCTS", text
    else:
        shown = f"[{shown}]"
    return SparkRuntimeError(
        f"MALFORMED_RECORD_IN_PARSING.{kind}", badRecord=shown, failFastMode="FAILFAST"
    )


def _shown(value: Any, of: t.DataType) -> str:
    """`value` as Java shows one inside a row."""
    match of:
        case _ if value is None:
            return "null"
        case t.StructType():
            parts = zip(value.values(), of.fields, strict=True)
            return f"[{','.join(_shown(part, field.type) for part, field in parts)}]"
        case t.ArrayType():
            return f"[{','.join(_shown(part, of.element) for part in value)}]"
        case t.MapType():
            keys = ",".join(key for key, _ in value)
            values = ",".join(_shown(held, of.value) for _, held in value)
            return f"keys: [{keys}], values: [{values}]"
        case t.FloatType() | t.DoubleType():
            return double_text(value, single=isinstance(of, t.FloatType))
        case t.BooleanType():
            return str(value).lower()
        case _:
            return str(value)
