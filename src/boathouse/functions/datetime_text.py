"""Functions that read dates and timestamps from text and write them as text."""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions import castable
from boathouse.functions.casts import cast
from boathouse.functions.clock import Clock
from boathouse.functions.datetime import DATETIME
from boathouse.functions.datetime_reading import read
from boathouse.functions.datetime_writing import written
from boathouse.functions.signature import (
    LONG,
    STRING,
    Argument,
    Takes,
    always,
    any_nullable,
    argument_at,
    changed,
    known,
    optional,
)
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import implicit_cast, is_string

_DEFAULT = "yyyy-MM-dd HH:mm:ss"


def _moment_or_text(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    """Text, dates and timestamps as they are."""
    if is_string(given.type):
        return t.STRING
    times = (t.DateType, t.TimestampType, t.TimestampNTZType, t.NullType)
    return given.type if isinstance(given.type, times) else None


_MOMENT_OR_TEXT = Takes(_moment_or_text, '("STRING" or "DATE" or "TIMESTAMP" or "TIMESTAMP_NTZ")')


def _number_too(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type if isinstance(given.type, t.NumericType) else _moment_or_text(given, ansi)


_MOMENT_TEXT_OR_NUMBER = Takes(_number_too, _MOMENT_OR_TEXT.wanted.replace(")", ' or "NUMERIC")'))


def _or_as_text(rule: Takes) -> Takes:
    """What `rule` takes; anything else is cast to text and then read."""

    def coerce(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        return rule.coerce(given, ansi) or STRING.coerce(given, ansi)

    return changed(rule, coerce=coerce)


_ANYTHING = _or_as_text(_MOMENT_TEXT_OR_NUMBER)


def pattern_of(argument: Argument) -> str | None:
    """The pattern, None for NULL."""
    return argument.value


def _is_cast(arguments: tuple[Argument, ...]) -> bool:
    """Without a pattern, a value that is no text is cast."""
    return not is_string(arguments[0].type) and argument_at(arguments, 1) is None


def _maybe_unread(result: t.DataType, *, safe: bool) -> Callable[[tuple[Argument, ...]], bool]:
    """Spark: what is cast may be null as casts may, reading by a pattern only if it is `safe`."""

    def nullable(arguments: tuple[Argument, ...]) -> bool:
        if _is_cast(arguments):
            given = arguments[0]
            return castable.cast_nullable(given.type, result, CastMode.LEGACY, given.nullable)
        return safe or any_nullable(arguments) or argument_at(arguments, 1) is None

    return nullable


def _reads(
    name: str,
    result: t.DataType,
    doc: str,
    *,
    instead: str | None,
    takes: Takes = _ANYTHING,
    hidden: bool = False,
) -> None:
    """Add a function that reads `result`; unreadable text is null where `instead`, the function
    that Spark's error names, is None.
    """

    def lowering(
        value: Expression,
        pattern: Expression | None,
        arguments: tuple[Argument, ...],
        ansi: bool,  # noqa: FBT001
        clock: Clock,
    ) -> Expression:
        given, duck_type = arguments[0].type, _DUCK[type(result)]
        mode = CastMode.ANSI if ansi else CastMode.LEGACY
        mode = CastMode.TRY if instead is None else mode
        if not is_string(given):
            return _from_value(value, arguments[0], result, mode)
        if pattern is None:
            return cast(value, given, result, mode)
        format_ = pattern_of(arguments[1])
        if format_ is None:
            return duck.literal(None, duck_type)
        zoned = not isinstance(result, t.TimestampNTZType)
        error = instead if ansi else None
        shown = read(value, format_, zoned=zoned, error=error, clock=clock)
        return clock.local(shown).cast("DATE") if isinstance(result, t.DateType) else shown

    DATETIME.scalar(
        name,
        takes=[takes, known(optional(STRING))],
        gives=result,
        nullable=_maybe_unread(result, safe=instead is None),
        null_without_ansi=lambda arguments: not _is_cast(arguments),
        needs=("arguments", "ansi", "clock"),
        hidden=hidden,
        doc=doc,
    )(lowering)


_DUCK: dict[type[t.DataType], str] = {
    t.DateType: "DATE",
    t.TimestampType: "TIMESTAMPTZ",
    t.TimestampNTZType: "TIMESTAMP",
}


def _from_value(
    value: Expression, argument: Argument, result: t.DataType, mode: CastMode
) -> Expression:
    if isinstance(argument.type, t.NumericType):
        moment = cast(value, argument.type, t.TIMESTAMP, mode)
        return cast(moment, t.TIMESTAMP, result)
    return cast(value, argument.type, result)


_reads(
    "to_date",
    t.DATE,
    """The date that a text shows, under a pattern if there is one.

    >>> SELECT to_date('2024-08-17'), to_date('17.8.2024', 'd.M.yyyy')
    2024-08-17 | 2024-08-17
    """,
    instead="try_to_date",
    takes=_or_as_text(_MOMENT_OR_TEXT),
)
_reads(
    "try_to_date",
    t.DATE,
    """The date that a text shows, null where it shows none.

    >>> SELECT try_to_date('17.8.2024', 'd.M.yyyy'), try_to_date('soon', 'd.M.yyyy')
    2024-08-17 | NULL
    """,
    instead=None,
    takes=_or_as_text(_MOMENT_OR_TEXT),
)
_reads(
    "to_timestamp",
    t.TIMESTAMP,
    """The timestamp that a text shows, under a pattern if there is one.

    >>> SELECT to_timestamp('17.08.2024 21:05', 'dd.MM.yyyy HH:mm')
    2024-08-17 21:05:00
    """,
    instead="try_to_timestamp",
)
_reads(
    "to_timestamp_ltz",
    t.TIMESTAMP,
    """The timestamp that a text shows, under a pattern if there is one.

    >>> SELECT to_timestamp_ltz('2024-08-17 21:05:09')
    2024-08-17 21:05:09
    """,
    instead="try_to_timestamp",
)
_reads(
    "to_timestamp_ntz",
    t.TIMESTAMP_NTZ,
    """The timestamp without a zone that a text shows, under a pattern if there is one.

    >>> SELECT to_timestamp_ntz('2024-08-17 21:05:09')
    2024-08-17 21:05:09
    """,
    instead="try_to_timestamp",
    # A number is no timestamp without a zone.
    takes=changed(_or_as_text(_MOMENT_OR_TEXT), wanted=_MOMENT_TEXT_OR_NUMBER.wanted),
)
_reads(
    "try_to_timestamp",
    t.TIMESTAMP,
    """The timestamp that a text shows, null where it shows none.

    >>> SELECT try_to_timestamp('17.08.2024', 'dd.MM.yyyy'), try_to_timestamp('soon', 'yyyy')
    2024-08-17 00:00:00 | NULL
    """,
    instead=None,
)
_reads(
    "try_to_timestamp, ntz",
    t.TIMESTAMP_NTZ,
    """The timestamp without a zone that a text shows, null where it shows none.

    >>> SELECT try_to_timestamp('17.08.2024', 'dd.MM.yyyy'), try_to_timestamp('soon', 'yyyy')
    2024-08-17 00:00:00 | NULL
    """,
    instead=None,
    hidden=True,
)


# ---- seconds since 1970 -------------------------------------------------------------------------


def _text_alone(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.NullType):
        return t.STRING
    return given.type if is_string(given.type) else None


_PATTERN = Takes(_text_alone, '"STRING"')
"""A pattern; nothing is made a text to be one."""


def _unix_seconds(
    value: Expression,
    pattern: Expression | None,
    arguments: tuple[Argument, ...],
    ansi: bool,  # noqa: FBT001
    clock: Clock,
) -> Expression:
    given = arguments[0].type
    if isinstance(given, t.NullType):
        return duck.literal(None, "BIGINT")
    if is_string(given):
        format_ = _DEFAULT if pattern is None else pattern_of(arguments[1])
        if format_ is None:
            return duck.literal(None, "BIGINT")
        error = "try_to_timestamp" if ansi else None
        moment = read(value, format_, zoned=True, error=error, clock=clock)
    elif isinstance(given, (t.TimestampType, t.TimestampNTZType)):
        moment = value  # Spark counts from 1970 in whichever clock it shows
    else:
        moment = clock.moment(value.cast("TIMESTAMP"))
    # Spark rounds towards zero here, and down in unix_seconds.
    return duck.f.epoch_us(moment) // 1_000_000


DATETIME.scalar(
    "to_unix_timestamp",
    takes=[_MOMENT_OR_TEXT, known(optional(_PATTERN))],
    shows=lambda value, pattern=_DEFAULT: f"to_unix_timestamp({value}, {pattern})",
    gives=t.LONG,
    null_without_ansi=True,
    needs=("arguments", "ansi", "clock"),
    doc="""Seconds from 1970-01-01 00:00:00 UTC to a timestamp, or to what a text shows.

    >>> SELECT to_unix_timestamp('2024-08-17', 'yyyy-MM-dd')
    1723852800
    """,
)(_unix_seconds)


@DATETIME.scalar(
    "unix_timestamp",
    takes=[optional(_MOMENT_OR_TEXT), known(optional(_PATTERN))],
    gives=t.LONG,
    shows=lambda value="current_timestamp()", pattern=_DEFAULT: (
        f"unix_timestamp({value}, {pattern})"
    ),
    null_without_ansi=True,
    needs=("arguments", "ansi", "clock", "now"),
)
def unix_timestamp(
    value: Expression | None,
    pattern: Expression | None,
    arguments: tuple[Argument, ...],
    ansi: bool,  # noqa: FBT001
    clock: Clock,
    now: int,
) -> Expression:
    """Seconds from 1970-01-01 00:00:00 UTC to a timestamp, to what a text shows, or to now.

    >>> SELECT unix_timestamp('2024-08-17 00:00:01')
    1723852801
    """
    if value is None:
        return duck.literal(now // 1_000_000, "BIGINT")
    return _unix_seconds(value, pattern, arguments, ansi, clock)


@DATETIME.scalar(
    "from_unixtime",
    takes=[LONG, known(optional(STRING, _DEFAULT))],
    gives=t.STRING,
    nullable=always,
    needs=("arguments", "clock"),
)
def from_unixtime(
    seconds: Expression, pattern: Expression, arguments: tuple[Argument, ...], clock: Clock
) -> Expression:
    """The moment a number of seconds after 1970-01-01 00:00:00 UTC, written under a pattern.

    >>> SELECT from_unixtime(0, 'yyyy/MM/dd HH:mm')
    1970/01/01 00:00
    """
    format_ = pattern_of(arguments[1]) if len(arguments) > 1 else _DEFAULT
    if format_ is None:
        return duck.literal(None, "VARCHAR")
    moment = duck.f.make_timestamptz(seconds * 1_000_000)
    return written(moment, format_, zoned=True, clock=clock)


def _timestamp(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, (t.DateType, t.TimestampNTZType)):
        return given.type
    return implicit_cast(given.type, t.TIMESTAMP, ansi=ansi)


@DATETIME.scalar(
    "date_format",
    takes=[Takes(_timestamp, '"TIMESTAMP"'), known(STRING)],
    gives=t.STRING,
    needs=("arguments", "clock"),
)
def date_format(
    moment: Expression, pattern: Expression, arguments: tuple[Argument, ...], clock: Clock
) -> Expression:
    """A date or timestamp written under a pattern.

    >>> SELECT date_format(TIMESTAMP'2024-08-17 21:05:09', 'EEEE, d MMM yyyy h:mm a')
    Saturday, 17 Aug 2024 9:05 PM
    """
    format_ = pattern_of(arguments[1])
    if format_ is None:
        return duck.literal(None, "VARCHAR")
    zoned = isinstance(arguments[0].type, t.TimestampType)
    if isinstance(arguments[0].type, t.DateType):
        moment = moment.cast("TIMESTAMP")
    return written(moment, format_, zoned=zoned, clock=clock)
