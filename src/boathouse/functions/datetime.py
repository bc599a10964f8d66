"""Functions of Spark's group for dates and times: parts, arithmetic, truncation, now."""

from __future__ import annotations

import re
from collections.abc import Mapping

from boathouse import duck
from boathouse.duck import Expression
from boathouse.errors.exceptions import AnalysisError, IllegalArgumentError
from boathouse.functions.arithmetic import overflow
from boathouse.functions.clock import clock, is_utc
from boathouse.functions.clock import moment as moment_of
from boathouse.functions.let import let, let_all
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    BOOLEAN,
    DATE,
    INT,
    STRING,
    TIMESTAMP,
    Argument,
    Takes,
    always,
    changed,
    exactly,
    never,
    optional,
)
from boathouse.functions.text_form import text_of
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string

DATETIME = Group("datetime_funcs")

TIMESTAMP_NTZ = exactly(t.TIMESTAMP_NTZ)


def _timestamp_of_any_kind(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, (t.TimestampType, t.TimestampNTZType)):
        return given.type
    return TIMESTAMP.coerce(given, ansi)


ANY_TIMESTAMP = Takes(_timestamp_of_any_kind, '"TIMESTAMP"')
"""A timestamp with or without a zone."""


# ---- parts of a date ----------------------------------------------------------------------------


def _date_part(name: str, *aliases: str, part: str, doc: str, offset: int = 0) -> None:
    def lowering(day: Expression) -> Expression:
        return _integer(duck.call(part, day) + offset if offset else duck.call(part, day))

    DATETIME.scalar(name, *aliases, takes=[DATE], gives=t.INTEGER, doc=doc)(lowering)


def _integer(value: Expression) -> Expression:
    return value.cast("INTEGER")


_date_part(
    "year",
    part="year",
    doc="""The year of a date.

    >>> SELECT year(DATE'2024-08-17')
    2024
    """,
)
_date_part(
    "quarter",
    part="quarter",
    doc="""The quarter of a date, 1 to 4.

    >>> SELECT quarter(DATE'2024-08-17')
    3
    """,
)
_date_part(
    "month",
    part="month",
    doc="""The month of a date, 1 to 12.

    >>> SELECT month(DATE'2024-08-17')
    8
    """,
)
_date_part(
    "day",
    "dayofmonth",
    part="day",
    doc="""The day of the month of a date.

    >>> SELECT day(DATE'2024-08-17')
    17
    """,
)
_date_part(
    "dayofyear",
    part="dayofyear",
    doc="""The day of the year of a date, 1 to 366.

    >>> SELECT dayofyear(DATE'2024-08-17')
    230
    """,
)
_date_part(
    "dayofweek",
    part="dayofweek",
    offset=1,
    doc="""The day of the week of a date: 1 is Sunday, 7 is Saturday.

    >>> SELECT dayofweek(DATE'2024-08-17')
    7
    """,
)
_date_part(
    "weekday",
    part="isodow",
    offset=-1,
    doc="""The day of the week of a date: 0 is Monday, 6 is Sunday.

    >>> SELECT weekday(DATE'2024-08-17')
    5
    """,
)
_date_part(
    "weekofyear",
    part="week",
    doc="""The ISO week of a date: it begins on Monday, week 1 has more than three days of the year.

    >>> SELECT weekofyear(DATE'2021-01-03')
    53
    """,
)


@DATETIME.scalar("dayname", takes=[DATE], gives=t.STRING)
def dayname(day: Expression) -> Expression:
    """The three-letter English name of the day of the week.

    >>> SELECT dayname(DATE'2024-08-17')
    Sat
    """
    return duck.f.left(duck.f.dayname(day), 3)


@DATETIME.scalar("monthname", takes=[DATE], gives=t.STRING)
def monthname(day: Expression) -> Expression:
    """The three-letter English name of the month.

    >>> SELECT monthname(DATE'2024-08-17')
    Aug
    """
    return duck.f.left(duck.f.monthname(day), 3)


_CLOCKED = changed(ANY_TIMESTAMP, wanted='"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)"')


def _time_part(name: str, doc: str) -> None:
    def lowering(
        moment: Expression, *unused: Expression, arguments: tuple[Argument, ...], zone: str
    ) -> Expression:
        zoned = isinstance(arguments[0].type, t.TimestampType)
        return _integer(duck.call(name, clock(moment, zone) if zoned else moment))

    def of_time(arguments: tuple[Argument, ...]) -> str | None:
        return f"{name}_of_time" if isinstance(arguments[0].type, t.TimeType) else None

    DATETIME.scalar(
        name,
        takes=[_CLOCKED],
        # Spark takes more, and looks at the first alone.
        variadic=ANY,
        nullable=lambda arguments: arguments[0].nullable,
        shows=lambda moment, *unused: f"{name}({moment})",
        gives=t.INTEGER,
        resolve=of_time,
        needs=("arguments", "zone"),
        doc=doc,
    )(lowering)


_time_part(
    "hour",
    """The hour of a timestamp in the session's zone.

    >>> SELECT hour(TIMESTAMP'2024-08-17 21:05:09')
    21
    """,
)
_time_part(
    "minute",
    """The minute of a timestamp.

    >>> SELECT minute(TIMESTAMP'2024-08-17 21:05:09')
    5
    """,
)
_time_part(
    "second",
    """The whole second of a timestamp.

    >>> SELECT second(TIMESTAMP'2024-08-17 21:05:09.7')
    9
    """,
)


# ---- arithmetic ---------------------------------------------------------------------------------


def _days(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    """Spark widens nothing here: a BIGINT is refused."""
    if isinstance(given.type, (t.IntegerType, t.ShortType, t.ByteType)):
        return t.INTEGER
    return t.INTEGER if is_string(given.type) or isinstance(given.type, t.NullType) else None


_DAYS = Takes(_days, '("INT" or "SMALLINT" or "TINYINT")', strict=True)


def _days_of(name: str) -> Takes:
    """Days for the function `name`: in the old way constant texts are read at once."""

    def coerce(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        if is_string(given.type) and not ansi and not given.constant:
            return None
        text = given.value if is_string(given.type) and not ansi else None
        if text is not None and re.fullmatch(r"\s*[+-]?\d+\s*", str(text)) is None:
            raise AnalysisError("SECOND_FUNCTION_ARGUMENT_NOT_INTEGER", functionName=name)
        return _days(given, ansi)

    return changed(_DAYS, coerce=coerce)


def _takes_over(count: int, name: str) -> object:
    """A `resolve` that hands calls with `count` arguments, the unit first, to `name`."""

    def resolve(arguments: tuple[Argument, ...]) -> str | None:
        return name if len(arguments) == count else None

    return resolve


@DATETIME.scalar(
    "date_add",
    "dateadd",
    takes=[DATE, _days_of("date_add")],
    gives=t.DATE,
    resolve=_takes_over(3, "timestampadd"),
    shows=lambda start, days: f"date_add({start}, {days})",
)
def date_add(start: Expression, days: Expression) -> Expression:
    """The date a number of days later.

    >>> SELECT date_add(DATE'2024-02-28', 2)
    2024-03-01
    """
    return start + days


@DATETIME.scalar("date_sub", takes=[DATE, _days_of("date_sub")], gives=t.DATE)
def date_sub(start: Expression, days: Expression) -> Expression:
    """The date a number of days earlier.

    >>> SELECT date_sub(DATE'2024-03-01', 2)
    2024-02-28
    """
    return start - days


@DATETIME.scalar(
    "datediff",
    "date_diff",
    takes=[DATE, DATE],
    gives=t.INTEGER,
    resolve=_takes_over(3, "timestampdiff"),
)
def datediff(end: Expression, start: Expression) -> Expression:
    """How many days lie between two dates, the later one first.

    >>> SELECT datediff(DATE'2024-03-01', DATE'2024-02-01')
    29
    """
    return _integer(end - start)


@DATETIME.scalar("add_months", takes=[DATE, INT], gives=t.DATE)
def add_months(start: Expression, months: Expression) -> Expression:
    """The date a number of months later, on the month's last day where it has no such day.

    >>> SELECT add_months(DATE'2024-01-31', 1)
    2024-02-29
    """
    return let_all((start, months), _months_later, "part")


def _months_later(start: Expression, months: Expression) -> Expression:
    later = duck.f.TRY((start + duck.f.to_months(months)).cast("DATE"))
    beyond = duck.all_of(start.is_not_null(), months.is_not_null())
    return duck.f.coalesce(later, duck.if_(beyond, overflow("overflow")))


@DATETIME.scalar("last_day", takes=[DATE], gives=t.DATE)
def last_day(day: Expression) -> Expression:
    """The last day of the date's month.

    >>> SELECT last_day(DATE'2024-02-10')
    2024-02-29
    """
    return duck.f.last_day(day)


_WEEKDAYS = {
    "MONDAY": 1,
    "TUESDAY": 2,
    "WEDNESDAY": 3,
    "THURSDAY": 4,
    "FRIDAY": 5,
    "SATURDAY": 6,
    "SUNDAY": 7,
}
_WEEKDAY_NAMES = {
    short: number for name, number in _WEEKDAYS.items() for short in (name, name[:3], name[:2])
}


@DATETIME.scalar(
    "next_day", takes=[DATE, STRING], gives=t.DATE, nullable=always, needs=("arguments", "ansi")
)
def next_day(
    day: Expression, weekday: Expression, arguments: tuple[Argument, ...], *, ansi: bool
) -> Expression:
    """The first date after another that falls on a day of the week, given in English.

    >>> SELECT next_day(DATE'2024-08-17', 'Mon')
    2024-08-19
    """
    if arguments[1].constant and arguments[1].value is not None:
        number = _WEEKDAY_NAMES.get(arguments[1].value.strip().upper())
        if number is not None:
            return _next(day, duck.literal(number))

    def chosen(name: Expression) -> Expression:
        raised = duck.f.upper(duck.f.trim(name))
        branches = [(raised.equals(known), number) for known, number in _WEEKDAY_NAMES.items()]
        if not ansi:
            return _next(day, duck.case(*branches))
        wrong = duck.fail("ILLEGAL_DAY_OF_WEEK", string=name)
        missing = duck.any_of(name.is_null(), day.is_null())
        return _next(day, duck.case((missing, None), *branches, otherwise=wrong))

    return let(weekday, chosen, "weekday")


def _next(day: Expression, number: Expression) -> Expression:
    ahead = (number.cast("INTEGER") - duck.f.isodow(day) + 6) % 7
    return day + _integer(ahead + 1)


@DATETIME.scalar(
    "months_between", takes=[TIMESTAMP, TIMESTAMP, optional(BOOLEAN, True)], gives=t.DOUBLE
)
def months_between(later: Expression, earlier: Expression, rounded: Expression) -> Expression:
    """How many months lie between two timestamps, the later one first: whole where the days of the
    month agree or both are the last, else with a fraction of a month of 31 days.

    >>> SELECT months_between(DATE'2024-04-15', DATE'2024-03-15'), months_between(DATE'2024-04-15', DATE'2024-03-01')
    1.0 | 1.4516129
    """  # noqa: E501

    def difference(end_at: Expression, start_at: Expression) -> Expression:
        end, start = end_at.cast("TIMESTAMP"), start_at.cast("TIMESTAMP")
        months = (duck.f.year(end) * 12 + duck.f.month(end)) - (
            duck.f.year(start) * 12 + duck.f.month(start)
        )
        same_day = duck.f.day(end).equals(duck.f.day(start))
        both_last = duck.all_of(_is_last_day(end), _is_last_day(start))
        seconds = _seconds_into_month(end_at) - _seconds_into_month(start_at)
        exact = months.cast("DOUBLE") + seconds.cast("DOUBLE") / (31 * 86_400)
        cut = duck.case((rounded, duck.f.round(exact, 8)), otherwise=exact)
        return duck.case(
            (duck.any_of(end.is_null(), start.is_null(), rounded.is_null()), None),
            (duck.any_of(same_day, both_last), months.cast("DOUBLE")),
            otherwise=cut,
        )

    return let(
        later, lambda end: let(earlier, lambda start: difference(end, start), "start"), "end"
    )


def _is_last_day(moment: Expression) -> Expression:
    return moment.cast("DATE").equals(duck.f.last_day(moment))


def _seconds_into_month(moment: Expression) -> Expression:
    day = moment.cast("DATE")
    since = duck.f.epoch_us(moment) - duck.f.epoch_us(day.cast("TIMESTAMPTZ"))
    return duck.f.day(day) * 86_400 + since // 1_000_000


_CLOCK_UNITS = {
    "MICROSECOND": 1,
    "MILLISECOND": 1_000,
    "SECOND": 1_000_000,
    "MINUTE": 60_000_000,
    "HOUR": 3_600_000_000,
}
_DAY_UNITS = {"DAY": 1, "DAYOFYEAR": 1, "WEEK": 7}
_MONTH_UNITS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_DAY_MICROS = 86_400_000_000
_MONTH_MICROS = 2_629_746_000_000
_FARTHEST = 9.2233e18
"""Microseconds from 1970 to the last moment of DuckDB, nearly."""


def _unit(function: str, arguments: tuple[Argument, ...]) -> str:
    name = str(arguments[0].value)
    unit = name.upper()
    if (function, unit) == ("TIMESTAMPDIFF", "DAYOFYEAR"):
        unit = ""  # it may be added only
    if unit not in _CLOCK_UNITS and unit not in _DAY_UNITS and unit not in _MONTH_UNITS:
        raise IllegalArgumentError(
            "INVALID_PARAMETER_VALUE.DATETIME_UNIT",
            functionName=f"`{function}`",
            parameter="`unit`",
            invalidValue=f"'{name}'",
        )
    return unit


_UNIT = Takes(STRING.coerce, '"STRING"', constant=True)


@DATETIME.scalar(
    "timestampadd",
    takes=[_UNIT, exactly(t.LONG), ANY_TIMESTAMP],
    gives=lambda arguments: arguments[2].type,
    needs=("arguments", "result"),
    hidden=True,
    shows=lambda unit, count, start: f"timestampadd({unit}, {count}, {start})",
    extra={"called": False},
)
def timestampadd(
    unit: Expression,
    count: Expression,
    start: Expression,
    arguments: tuple[Argument, ...],
    result: t.DataType,
) -> Expression:
    """The timestamp a number of units later. The parser passes the unit as a text.

    >>> SELECT timestampadd(HOUR, 3, TIMESTAMP'2024-08-17 22:00:00')
    2024-08-18 01:00:00
    """
    word = _unit("TIMESTAMPADD", arguments)
    if word in _CLOCK_UNITS:
        step, size = duck.f.to_microseconds(count * _CLOCK_UNITS[word]), _CLOCK_UNITS[word]
    elif word in _DAY_UNITS:
        step = duck.f.to_days(_integer(count * _DAY_UNITS[word]))
        size = _DAY_UNITS[word] * _DAY_MICROS
    else:
        step = duck.f.to_months(_integer(count * _MONTH_UNITS[word]))
        size = _MONTH_UNITS[word] * _MONTH_MICROS
    return _inside(start, count, step, size, str(arguments[0].value))


def _inside(
    start: Expression, count: Expression, step: Expression, size: int, unit: str
) -> Expression:
    """`step` after `start`, an error past the timestamps that there are. A month counts by its
    mean length, so that in the last month of all it may be another error.
    """
    reached = duck.f.epoch_us(start).cast("DOUBLE") + count.cast("DOUBLE") * size
    moment = text_of(duck.f.make_timestamptz(duck.f.epoch_us(start)), t.TIMESTAMP)
    told = duck.operator(
        "||", "add ", count.cast("VARCHAR"), f"L {unit} to TIMESTAMP '", moment, "'"
    )
    failure = duck.fail("DATETIME_OVERFLOW", operation=told)
    return duck.case(
        (start.is_null(), None),
        (duck.f.abs(reached).greater(_FARTHEST), failure),
        otherwise=start + step,
    )


@DATETIME.scalar(
    "timestampdiff",
    takes=[_UNIT, ANY_TIMESTAMP, ANY_TIMESTAMP],
    gives=t.LONG,
    needs=("arguments",),
    hidden=True,
    extra={"called": False},
)
def timestampdiff(
    unit: Expression, start: Expression, end: Expression, arguments: tuple[Argument, ...]
) -> Expression:
    """How many whole units lie between two timestamps, the earlier one first.

    >>> SELECT timestampdiff(HOUR, TIMESTAMP'2024-08-17 22:00:00', TIMESTAMP'2024-08-18 01:30:00')
    3
    """
    word = _unit("TIMESTAMPDIFF", arguments)

    def difference(first: Expression, last: Expression) -> Expression:
        if word in _MONTH_UNITS:
            return _whole_months(first, last) // _MONTH_UNITS[word]
        size = _CLOCK_UNITS.get(word) or _DAY_UNITS[word] * _DAY_MICROS
        return (duck.f.epoch_us(last) - duck.f.epoch_us(first)) // size

    return let(
        start.cast("TIMESTAMP"),
        lambda first: let(end.cast("TIMESTAMP"), lambda last: difference(first, last), "last"),
        "first",
    )


def _whole_months(start: Expression, end: Expression) -> Expression:
    months = (duck.f.year(end) * 12 + duck.f.month(end)) - (
        duck.f.year(start) * 12 + duck.f.month(start)
    )
    start_rest = start - duck.f.date_trunc("month", start)
    end_rest = end - duck.f.date_trunc("month", end)
    return let(
        months,
        lambda m: duck.case(
            (duck.all_of(m.greater(0), end_rest.less(start_rest)), m - 1),
            (duck.all_of(m.less(0), end_rest.greater(start_rest)), m + 1),
            otherwise=m,
        ),
        "months",
    )


# ---- truncation ---------------------------------------------------------------------------------

_DATE_FORMATS = {
    "year": ("YEAR", "YYYY", "YY"),
    "quarter": ("QUARTER",),
    "month": ("MONTH", "MON", "MM"),
    "week": ("WEEK",),
}
_TIMESTAMP_FORMATS = _DATE_FORMATS | {
    "day": ("DAY", "DD"),
    "hour": ("HOUR",),
    "minute": ("MINUTE",),
    "second": ("SECOND",),
    "millisecond": ("MILLISECOND",),
    "microsecond": ("MICROSECOND",),
}


def _truncated(
    value: Expression,
    format: Expression,
    given: Argument,
    formats: dict[str, tuple[str, ...]],
    duck_type: str,
) -> Expression:
    if given.constant:
        word = str(given.value).upper()
        units = [unit for unit, names in formats.items() if word in names]
        if not units or given.value is None:
            return duck.literal(None, duck_type)
        return _begun(units[0], value, duck_type)

    def chosen(name: Expression) -> Expression:
        raised = duck.f.upper(name)
        branches = [
            (duck.any_of(*(raised.equals(word) for word in names)), _begun(unit, value, duck_type))
            for unit, names in formats.items()
        ]
        return duck.case(*branches)

    return let(format, chosen, "format")


def _begun(unit: str, value: Expression, duck_type: str) -> Expression:
    if unit not in _SIZES or duck_type != "TIMESTAMPTZ":
        return duck.f.date_trunc(unit, value).cast(duck_type)

    def since(moment: Expression) -> Expression:
        # What began is found by the clock, but is a moment: an hour may come twice.
        micros = duck.f.epoch_us(moment.cast("TIMESTAMP"))
        past = (micros % _SIZES[unit] + _SIZES[unit]) % _SIZES[unit]
        return duck.f.make_timestamptz(duck.f.epoch_us(moment) - past)

    return let(value, since, "moment")


_SIZES = {"hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "millisecond": 1000}
"""Units in which clocks are not set back, in microseconds."""


@DATETIME.scalar("trunc", takes=[DATE, STRING], gives=t.DATE, nullable=always, needs=("arguments",))
def trunc(day: Expression, format: Expression, arguments: tuple[Argument, ...]) -> Expression:
    """The first day of the date's year, quarter, month or week; null for another unit.

    >>> SELECT trunc(DATE'2024-08-17', 'quarter'), trunc(DATE'2024-08-17', 'WEEK')
    2024-07-01 | 2024-08-12
    """
    return _truncated(day, format, arguments[1], _DATE_FORMATS, "DATE")


@DATETIME.scalar(
    "date_trunc",
    takes=[STRING, TIMESTAMP],
    gives=t.TIMESTAMP,
    nullable=always,
    needs=("arguments", "zone"),
)
def date_trunc(
    format: Expression, moment: Expression, arguments: tuple[Argument, ...], zone: str
) -> Expression:
    """The timestamp at which the year, month, day, hour, ... of another began.

    >>> SELECT date_trunc('HOUR', TIMESTAMP'2024-08-17 21:05:09')
    2024-08-17 21:00:00
    """
    if not is_utc(zone):
        return _truncated(moment, format, arguments[0], _TIMESTAMP_FORMATS, "TIMESTAMPTZ")
    shown = _truncated(clock(moment, zone), format, arguments[0], _TIMESTAMP_FORMATS, "TIMESTAMP")
    return moment_of(shown, zone)


# ---- now ----------------------------------------------------------------------------------------


def _moment(now: int) -> Expression:
    return duck.f.make_timestamptz(duck.literal(now, "BIGINT"))


@DATETIME.scalar(
    "current_timestamp",
    "now",
    gives=t.TIMESTAMP,
    nullable=never,
    needs=("now",),
    deterministic=False,
)
def current_timestamp(now: int) -> Expression:
    """The moment at which the query began.

    >>> SELECT current_timestamp() = now()
    true
    """
    return _moment(now)


@DATETIME.scalar(
    "current_date",
    "curdate",
    gives=t.DATE,
    nullable=never,
    needs=("now",),
    deterministic=False,
    shows=lambda: "current_date()",
)
def current_date(now: int) -> Expression:
    """The date in the session's zone when the query began.

    >>> SELECT current_date() = curdate()
    true
    """
    return _moment(now).cast("DATE")


@DATETIME.scalar(
    "localtimestamp", gives=t.TIMESTAMP_NTZ, nullable=never, needs=("now",), deterministic=False
)
def localtimestamp(now: int) -> Expression:
    """The clock and calendar in the session's zone when the query began, without the zone.

    >>> SELECT localtimestamp() = CAST(now() AS TIMESTAMP_NTZ)
    true
    """
    return _moment(now).cast("TIMESTAMP")


@DATETIME.scalar("current_timezone", gives=t.STRING, nullable=never, needs=("session",))
def current_timezone(session: Mapping[str, str]) -> Expression:
    """The name of the session's zone.

    >>> SELECT current_timezone()
    UTC
    """
    return duck.literal(session["zone"])  # Inside of a view, too, it is that of who asks.
