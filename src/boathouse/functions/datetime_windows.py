"""Windows of time: the interval of fixed length in which a timestamp falls.

A window leaves out rows without a timestamp and may turn one row into several: that is
`analysis.time_windows`, which calls what is hidden here.
"""

from __future__ import annotations

import re

from boathouse import duck
from boathouse.duck import Expression
from boathouse.errors.exceptions import AnalysisError, IllegalArgumentError, unsupported
from boathouse.functions.datetime import ANY_TIMESTAMP, DATETIME
from boathouse.functions.let import let
from boathouse.functions.signature import (
    STRING,
    Argument,
    Takes,
    TypeMismatch,
    always,
    argument_at,
    constant,
    never,
    optional,
)
from boathouse.types import datatypes as t

_Arguments = tuple[Argument, ...]
_UNITS = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
_PART = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s+([a-z]+?)s?(?=\s|$)")


def duration(text: str) -> int:
    """The microseconds of ``1 hour 30 minutes`` and its like; else ``CANNOT_PARSE_INTERVAL``."""
    words = re.sub(r"^\s*interval\b", "", text.lower())
    total, at = 0.0, 0
    while words[at:].strip():
        match = _PART.match(words, at)
        if match is None or match[2] not in _UNITS:
            months = match is not None and match[2] in {"month", "year"}
            if months:
                raise IllegalArgumentError("_LEGACY_ERROR_TEMP_3231", interval=text)
            raise AnalysisError("CANNOT_PARSE_INTERVAL", intervalString=f"'{text}'")
        total += float(match[1]) * _UNITS[match[2]]
        at = match.end()
    if not words.strip():
        raise AnalysisError("CANNOT_PARSE_INTERVAL", intervalString=f"'{text}'")
    return round(total)


def _struct(arguments: _Arguments) -> t.StructType:
    kind = arguments[0].type
    return t.StructType((t.StructField("start", kind), t.StructField("end", kind)))


@DATETIME.scalar(
    "window",
    takes=[ANY_TIMESTAMP, *([constant(STRING)] + [constant(optional(STRING))] * 2)],
    gives=_struct,
    nullable=never,
    shows=lambda *_: "window",
    extra={"of_time": True},
)
def window(moment: Expression, *_: Expression | None) -> Expression:
    """The window of a fixed length in which a timestamp falls, from its start to before its end. A
    row comes once for each of several windows that overlap, and not at all without a timestamp.

    >>> SELECT window(TIMESTAMP'2024-08-17 21:05:09', '10 minutes').start
    2024-08-17 21:00:00
    """
    raise unsupported("window here")


@DATETIME.scalar(
    "time_window",
    takes=[ANY_TIMESTAMP, *([constant(STRING)] + [constant(optional(STRING))] * 2)],
    gives=_struct,
    nullable=never,
    needs=("arguments",),
    shows=lambda *_: "window",
    hidden=True,
)
def time_window(moment: Expression, *_: Expression | None, arguments: _Arguments) -> Expression:
    """The window of a timestamp that is there.

    >>> SELECT time_window(TIMESTAMP'2024-08-17 21:05:09', '10 minutes').start
    2024-08-17 21:00:00
    """
    size, start = duration(str(arguments[1].value)), argument_at(arguments, 3)
    offset = 0 if start is None else duration(str(start.value))
    zoned = isinstance(arguments[0].type, t.TimestampType)
    make = duck.f.make_timestamptz if zoned else duck.f.make_timestamp

    def bounds(micros: Expression) -> Expression:
        since = ((micros - offset) % size + size) % size
        first = micros - since
        pair = duck.struct_of(start=make(first), end=make(first + size))
        return duck.case((micros.is_not_null(), pair))

    return let(duck.f.epoch_us(moment), bounds, "micros")


@DATETIME.scalar(
    "sliding_windows",
    takes=[ANY_TIMESTAMP, *([constant(STRING)] * 2), constant(optional(STRING))],
    gives=lambda arguments: t.ArrayType(_struct(arguments)),
    needs=("arguments",),
    hidden=True,
)
def sliding_windows(moment: Expression, *_: Expression | None, arguments: _Arguments) -> Expression:
    """The windows of a fixed length, one beginning every so often, in which a timestamp falls.

    >>> SELECT size(sliding_windows(TIMESTAMP'2024-08-17 21:05:09', '10 minutes', '5 minutes'))
    2
    """
    size, slide = (duration(str(arguments[place].value)) for place in (1, 2))
    start = argument_at(arguments, 3)
    offset = 0 if start is None else duration(str(start.value))
    zoned = isinstance(arguments[0].type, t.TimestampType)
    make = duck.f.make_timestamptz if zoned else duck.f.make_timestamp

    def windows(micros: Expression) -> Expression:
        since = ((micros - offset) % slide + slide) % slide
        many = duck.f.ceil((since * -1 + size).cast("DOUBLE") / float(slide)).cast("BIGINT")

        def one(place: Expression) -> Expression:
            first = micros - since - place * slide
            return duck.struct_of(start=make(first), end=make(first + size))

        return duck.f.list_transform(duck.f.range(many), duck.lambda_("_i", one))

    return let(duck.f.epoch_us(moment), windows, "micros")


def _window_type(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    match given.type:
        case t.StructType(fields=(first, last)) if first.name == "start" and last.name == "end":
            return given.type
        case _:
            return None


def _no_window(given: Argument, text: str) -> AnalysisError | None:
    """A row that is no window is not looked at by its type: no rule of Spark's finds it."""
    if not isinstance(given.type, (t.StructType, t.NullType)):
        return None
    null = isinstance(given.type, t.NullType)
    shown = "cast(null as struct<>)" if null else text[1:-1]
    return AnalysisError("_LEGACY_ERROR_TEMP_3101", windowTime=f"window_time({shown})")


def _end_type(arguments: _Arguments) -> t.DataType:
    given = arguments[0].type
    if not isinstance(given, t.StructType):
        raise TypeMismatch("UNEXPECTED_INPUT_TYPE", position=0, requiredType='"STRUCT"')
    return given.fields[1].type


@DATETIME.scalar(
    "window_time",
    takes=[Takes(_window_type, '"STRUCT"', refused=_no_window)],
    gives=_end_type,
    nullable=always,
)
def window_time(given: Expression) -> Expression:
    """The last microsecond of a window.

    >>> SELECT window_time(window(TIMESTAMP'2024-08-17 21:05:09', '10 minutes'))
    2024-08-17 21:09:59.999999
    """
    return duck.field_of(given, "end") - duck.f.to_microseconds(duck.literal(1, "BIGINT"))


@DATETIME.scalar(
    "session_window",
    takes=[ANY_TIMESTAMP, STRING],
    gives=_struct,
    nullable=never,
    shows=lambda *_: "session_window",
    extra={"of_time": True},
)
def session_window(moment: Expression, gap: Expression) -> Expression:
    """The session a timestamp belongs to: rows no further apart than a gap, and the gap after the
    last. Without groups every row is a session by itself.

    >>> SELECT count(*) FROM VALUES (TIMESTAMP'2024-08-17 21:05:09') AS t(at)
    ... GROUP BY session_window(at, '10 minutes')
    1
    """
    raise unsupported("session_window here")
