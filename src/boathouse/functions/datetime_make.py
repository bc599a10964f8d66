"""Dates and timestamps made from numbers and parts, and turned into numbers."""

from __future__ import annotations

from typing import Any

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions.clock import Clock, moment_in, zone_name
from boathouse.functions.datetime import DATETIME
from boathouse.functions.let import let, let_all
from boathouse.functions.narrowing import saturated, wrapped
from boathouse.functions.signature import (
    INT,
    INTEGRAL,
    STRING,
    TIMESTAMP,
    Argument,
    Takes,
    always,
    any_nullable,
    as_it_is,
    exactly,
    optional,
    unexpected,
)
from boathouse.types import datatypes as t
from boathouse.types.coercion import implicit_cast

_MILLION = 1_000_000


# ---- from and to numbers ------------------------------------------------------------------------


def _number(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type if isinstance(given.type, (t.NumericType, t.NullType)) else None


def _maybe_fractional(arguments: tuple[Argument, ...]) -> bool:
    doubtful = isinstance(arguments[0].type, (t.DoubleType, t.FloatType))
    return doubtful or arguments[0].nullable


@DATETIME.scalar(
    "timestamp_seconds",
    takes=[Takes(_number, '"NUMERIC"')],
    gives=t.TIMESTAMP,
    nullable=_maybe_fractional,
    needs=("arguments",),
)
def timestamp_seconds(seconds: Expression, arguments: tuple[Argument, ...]) -> Expression:
    """The moment a number of seconds after 1970-01-01 00:00:00 UTC.

    >>> SELECT timestamp_seconds(1230219000), timestamp_seconds(0.25)
    2008-12-25 15:30:00 | 1970-01-01 00:00:00.25
    """
    match arguments[0].type:
        case t.DecimalType(scale=scale):
            wide = seconds.cast(f"DECIMAL(38,{scale})") * _MILLION
            return duck.f.make_timestamptz(_truncated_to_long(wide))
        case t.FloatType() | t.DoubleType():
            return let(seconds.cast("DOUBLE"), _from_double, "seconds")
        case _:
            return duck.f.make_timestamptz(seconds.cast("BIGINT") * _MILLION)


def _truncated_to_long(number: Expression) -> Expression:
    return duck.f.trunc(number).cast("BIGINT")


def _from_double(seconds: Expression) -> Expression:
    finite = duck.f.isfinite(seconds)
    moment = duck.f.make_timestamptz(saturated(seconds * _MILLION, t.LONG))
    return duck.case((finite, moment))


def _from_number(name: str, factor: int, doc: str) -> None:
    def lowering(number: Expression) -> Expression:
        wide = number.cast("BIGINT")
        return duck.f.make_timestamptz(wide * factor if factor > 1 else wide)

    DATETIME.scalar(name, takes=[_WHOLE], gives=t.TIMESTAMP, doc=doc)(lowering)


def _whole(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return t.LONG if isinstance(given.type, (t.IntegralType, t.NullType)) else None


_WHOLE = Takes(_whole, INTEGRAL.wanted)

_from_number(
    "timestamp_millis",
    1_000,
    """The moment a number of milliseconds after 1970-01-01 00:00:00 UTC.

    >>> SELECT timestamp_millis(1230219000123)
    2008-12-25 15:30:00.123
    """,
)
_from_number(
    "timestamp_micros",
    1,
    """The moment a number of microseconds after 1970-01-01 00:00:00 UTC.

    >>> SELECT timestamp_micros(1230219000123123)
    2008-12-25 15:30:00.123123
    """,
)


def floor_divided(number: Expression, divisor: int) -> Expression:
    """`number` divided by `divisor`, rounded down: DuckDB's ``//`` rounds towards zero."""
    rest = ((number % divisor) + divisor) % divisor
    return (number - rest) // divisor


def _to_number(name: str, divisor: int, doc: str) -> None:
    def lowering(moment: Expression) -> Expression:
        micros = duck.f.epoch_us(moment)
        return (
            micros
            if divisor == 1
            else let(micros, lambda number: floor_divided(number, divisor), "micros")
        )

    DATETIME.scalar(name, takes=[as_it_is(t.TIMESTAMP)], gives=t.LONG, doc=doc)(lowering)


_to_number(
    "unix_seconds",
    _MILLION,
    """Whole seconds from 1970-01-01 00:00:00 UTC to a moment.

    >>> SELECT unix_seconds(TIMESTAMP'1970-01-01 00:00:01.9')
    1
    """,
)
_to_number(
    "unix_millis",
    1_000,
    """Whole milliseconds from 1970-01-01 00:00:00 UTC to a moment.

    >>> SELECT unix_millis(TIMESTAMP'1970-01-01 00:00:01.9')
    1900
    """,
)
_to_number(
    "unix_micros",
    1,
    """Microseconds from 1970-01-01 00:00:00 UTC to a moment.

    >>> SELECT unix_micros(TIMESTAMP'1970-01-01 00:00:01.9')
    1900000
    """,
)


@DATETIME.scalar("unix_date", takes=[as_it_is(t.DATE)], gives=t.INTEGER)
def unix_date(day: Expression) -> Expression:
    """Days from 1970-01-01 to a date.

    >>> SELECT unix_date(DATE'1970-02-01')
    31
    """
    return (day - duck.literal("1970-01-01", "DATE")).cast("INTEGER")


@DATETIME.scalar("date_from_unix_date", takes=[INT], gives=t.DATE)
def date_from_unix_date(days: Expression) -> Expression:
    """The date a number of days after 1970-01-01.

    >>> SELECT date_from_unix_date(31)
    1970-02-01
    """
    return duck.literal("1970-01-01", "DATE") + days


# ---- from parts ---------------------------------------------------------------------------------

_LIMITED = (
    ("MonthOfYear", "1 - 12", 1, 12),
    ("DayOfMonth", "1 - 28/31", 1, 31),
    ("HourOfDay", "0 - 23", 0, 23),
    ("MinuteOfHour", "0 - 59", 0, 59),
    ("SecondOfMinute", "0 - 59", 0, 59),
)


def range_message(year: Expression, *parts: Expression) -> Expression:
    """What is wrong with `parts` (month, day, hour, ...), in Java's words: the first that is out of
    its range, else the day that the month lacks.
    """
    branches = [
        (
            duck.any_of(part.less(least), part.greater(most)),
            duck.f.concat(f"Invalid value for {name} (valid values {range_}): ", part),
        )
        for part, (name, range_, least, most) in zip(parts, _LIMITED, strict=False)
    ]
    leap_day = duck.all_of(parts[0].equals(2), parts[1].equals(29))
    not_leap = duck.f.concat("Invalid date 'February 29' as '", year, "' is not a leap year")
    month = duck.f.upper(duck.f.monthname(duck.f.make_date(2000, parts[0], 1)))
    no_such_day = duck.f.concat("Invalid date '", month, " ", parts[1], "'")
    return duck.case(*branches, (leap_day, not_leap), otherwise=no_such_day)


def _checked(
    made: Expression, parts: tuple[Expression, ...], year: Expression, *, ansi: bool
) -> Expression:
    """`made`, or the error about the first of `parts` (month, day, ...) that cannot be."""
    if not ansi:
        return made
    nothing = duck.any_of(year.is_null(), *(part.is_null() for part in parts))
    wrong = duck.fail(
        "DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION",
        rangeMessage=range_message(year, *parts),
        ansiConfig='"spark.sql.ansi.enabled"',
    )
    return let(
        made,
        lambda value: duck.case((value.is_not_null(), value), (nothing, None), otherwise=wrong),
        "made",
    )


@DATETIME.scalar(
    "make_date",
    takes=[INT, INT, INT],
    gives=t.DATE,
    needs=("ansi",),
    null_without_ansi=True,
)
def make_date(year: Expression, month: Expression, day: Expression, *, ansi: bool) -> Expression:
    """The date of a year, a month and a day.

    >>> SELECT make_date(2024, 8, 17)
    2024-08-17
    """

    def made(y: Expression, m: Expression, d: Expression) -> Expression:
        # TRY refuses arguments that may raise an error of ours, so they are named first.
        return _checked(duck.f.TRY(duck.f.make_date(y, m, d)), (m, d), y, ansi=ansi)

    return let_all((year, month, day), made, "part")


_SECONDS = exactly(t.DecimalType(16, 6))


def _local(parts: tuple[Expression, ...]) -> Expression:
    """The TIMESTAMP of year, month, day, hour, minute and microseconds (60 seconds are the next
    minute); null where there is none such.
    """
    year, month, day, hour, minute, micros = parts
    clock = (hour.cast("BIGINT") * 60 + minute) * 60 * _MILLION + micros
    whole = duck.all_of(
        micros.at_least(0),
        micros.at_most(60 * _MILLION),
        hour.at_least(0),
        hour.less(24),
        minute.at_least(0),
        minute.less(60),
    )
    made = duck.f.TRY(duck.f.make_date(year, month, day)) + duck.f.to_microseconds(clock)
    return duck.case((whole, made))


def _made(parts: tuple[Expression, ...], *, ansi: bool) -> Expression:
    year, month, day, hour, minute, seconds = parts
    # Java keeps 32 bits of the microseconds.
    micros = wrapped((seconds.cast("DECIMAL(38,6)") * _MILLION).cast("BIGINT"), 32)

    def build(kept: Expression) -> Expression:
        local = _local((year, month, day, hour, minute, kept))
        if not ansi:
            return local
        second = duck.f.floor(kept.cast("DOUBLE") / _MILLION).cast("INTEGER")
        beyond = duck.all_of(kept.greater(60 * _MILLION), kept.less(61 * _MILLION))
        shown = duck.f.rtrim(seconds.cast("VARCHAR"), "0")
        fraction = duck.fail("INVALID_FRACTION_OF_SECOND", secAndMicros=shown)
        checked = _checked(local, (month, day, hour, minute, second), year, ansi=ansi)
        return duck.case((beyond, fraction), otherwise=checked)

    return let(micros, build, "micros")


def _timestamp_maker(
    name: str, result: t.DataType, doc: str, *, safe: bool = False, zoned: bool = True
) -> None:
    def lowering(*given: Expression | None, ansi: bool, clock: Clock) -> Expression:
        parts = tuple(part for part in given[:6] if part is not None)
        local = let_all(parts, lambda *known: _made(known, ansi=ansi and not safe), "part")
        zone = given[6] if zoned else None
        if isinstance(result, t.TimestampNTZType):
            return local
        if zone is None:
            return clock.moment(local)
        named = zone_name(zone)
        # A zone that does not exist is told before parts that do not, but not where one is null.
        incomplete = duck.any_of(zone.is_null(), *(part.is_null() for part in parts))
        # DuckDB computes a constant condition even where no row comes to it.
        asked = duck.if_(incomplete, "UTC", named)
        unheard = duck.f.timezone(asked, duck.literal("2000-01-01", "TIMESTAMP")).is_null()
        return duck.case((incomplete, None), (unheard, None), otherwise=moment_in(named, local))

    shown = 7 if name.endswith("_ltz") else 6
    takes = [INT, INT, INT, INT, INT, _SECONDS, *([optional(STRING)] if zoned else [])]
    DATETIME.scalar(
        name,
        takes=takes,
        gives=result,
        nullable=always if safe else any_nullable,
        null_without_ansi=True,
        needs=("ansi", "clock"),
        stands_for="make_timestamp" if name == "try_make_timestamp" else "",
        by_count=lambda count: _of_date(name) if count in _COUNTS_OF_DATES[name] else None,
        extra=_expected(name),
        shows=(lambda *names: f"{name}({', '.join(names[:shown])})") if safe else None,
        doc=doc,
    )(lowering)


_COUNTS_OF_DATES = {
    "make_timestamp": (1, 2, 3),
    "make_timestamp_ltz": (2, 3),
    "make_timestamp_ntz": (2,),
    "try_make_timestamp": (1, 2, 3),
    "try_make_timestamp_ltz": (2, 3),
    "try_make_timestamp_ntz": (2,),
}
"""With how many arguments each is of a date, and not of its parts."""


def _expected(name: str) -> dict[str, Any]:
    """How many arguments Spark says that it expects: it leaves out some that it takes."""
    if name.endswith("make_timestamp"):
        return {"expects": {name: "[1, 2, 3, 6, 7]"}}
    return {"expects": {name: "6" if name.startswith("try_") else "[2, 6]"}}


def _of_date(name: str) -> str:
    """The function of a date and a time that goes by the same name."""
    if name.endswith("_ltz"):
        return "make_timestamp_of_date"
    return f"{name}_of_date"


_timestamp_maker(
    "make_timestamp",
    t.TIMESTAMP,
    """The moment of year, month, day, hour, minute and seconds, in the session's zone or another.

    >>> SELECT make_timestamp(2024, 8, 17, 21, 5, 9), make_timestamp(2024, 8, 17, 21, 5, 9, 'CET')
    2024-08-17 21:05:09 | 2024-08-17 19:05:09
    """,
)
_timestamp_maker(
    "make_timestamp_ltz",
    t.TIMESTAMP,
    """The moment of a year, month, day, hour, minute and seconds in the session's zone or another.

    >>> SELECT make_timestamp_ltz(2024, 8, 17, 21, 5, 9.25)
    2024-08-17 21:05:09.25
    """,
)
_timestamp_maker(
    "make_timestamp_ntz",
    t.TIMESTAMP_NTZ,
    """The timestamp without a zone of a year, month, day, hour, minute and seconds.

    >>> SELECT make_timestamp_ntz(2024, 8, 17, 21, 5, 9.25)
    2024-08-17 21:05:09.25
    """,
    zoned=False,
)
_timestamp_maker(
    "try_make_timestamp",
    t.TIMESTAMP,
    """The moment of a year, month, day, hour, minute and seconds; null where there is none such.

    >>> SELECT try_make_timestamp(2024, 13, 17, 21, 5, 9)
    NULL
    """,
    safe=True,
)
_timestamp_maker(
    "try_make_timestamp_ltz",
    t.TIMESTAMP,
    """The moment of a year, month, day, hour, minute and seconds; null where there is none such.

    >>> SELECT try_make_timestamp_ltz(2024, 2, 30, 21, 5, 9)
    NULL
    """,
    safe=True,
)
_timestamp_maker(
    "try_make_timestamp_ntz",
    t.TIMESTAMP_NTZ,
    """The timestamp without a zone of the parts given; null where there is none such.

    >>> SELECT try_make_timestamp_ntz(2024, 2, 29, 24, 5, 9)
    NULL
    """,
    safe=True,
    zoned=False,
)


# ---- zones --------------------------------------------------------------------------------------


def _reread(local: Expression) -> Expression:
    """The moment that has this clock and calendar in UTC."""
    return duck.f.make_timestamptz(duck.f.epoch_us(local))


@DATETIME.scalar("from_utc_timestamp", takes=[TIMESTAMP, STRING], gives=t.TIMESTAMP)
def from_utc_timestamp(moment: Expression, zone: Expression) -> Expression:
    """The timestamp moved by the offset that a zone has then, as if it had been in UTC.

    >>> SELECT from_utc_timestamp('2024-08-17 12:00:00', 'Europe/Berlin')
    2024-08-17 14:00:00
    """
    return _reread(duck.f.timezone(zone_name(zone), moment))


@DATETIME.scalar("to_utc_timestamp", takes=[TIMESTAMP, STRING], gives=t.TIMESTAMP)
def to_utc_timestamp(moment: Expression, zone: Expression) -> Expression:
    """The timestamp moved back by the offset that a zone has then, as if it had been in that zone.

    >>> SELECT to_utc_timestamp('2024-08-17 14:00:00', 'Europe/Berlin')
    2024-08-17 12:00:00
    """
    local = duck.f.make_timestamp(duck.f.epoch_us(moment))
    return moment_in(zone_name(zone), local)


def _convert_types(arguments: tuple[Argument, ...], ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    wanted = (t.STRING, t.STRING, t.TIMESTAMP_NTZ)[-len(arguments) :]
    for place, (argument, of) in enumerate(zip(arguments, wanted, strict=True)):
        if implicit_cast(argument.type, of, ansi=ansi) is None:
            refused = unexpected(place, f'"{of.sql}"')
            # The session's zone, which may be left out, counts as the first argument.
            refused.parameters["paramIndex"] = ("second", "third")[place - len(wanted) + 2]
            raise refused
    return wanted


@DATETIME.scalar(
    "convert_timezone",
    takes=[STRING, STRING, optional(exactly(t.TIMESTAMP_NTZ))],
    gives=t.TIMESTAMP_NTZ,
    coerce=_convert_types,
    shows=lambda *names: f"convert_timezone({', '.join(['current_timezone()', *names][-3:])})",
    needs=("zone",),
)
def convert_timezone(*given: Expression | None, zone: str) -> Expression:
    """A timestamp without a zone, read in one zone (the session's when left out), as another shows it.

    >>> SELECT convert_timezone('Europe/Berlin', 'America/New_York', TIMESTAMP_NTZ'2024-08-17 14:00:00')
    2024-08-17 08:00:00
    """  # noqa: E501
    parts = [part for part in given if part is not None]
    source = parts[0] if len(parts) == 3 else duck.literal(zone)
    moment = moment_in(zone_name(source), parts[-1])
    return duck.f.timezone(zone_name(parts[-2]), moment)
