"""What ``+ - * /`` mean beside dates, times and intervals: hidden entries of the table, which the
operators hand over to by the kinds of their operands.
"""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions.casts import cast
from boathouse.functions.interval_parts import duration, micros_of
from boathouse.functions.let import let
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    DATE,
    STRING,
    Argument,
    Takes,
    TypeMismatch,
    always,
    any_nullable,
    changed,
    exactly,
    under_setting,
    unexpected,
)
from boathouse.functions.text_form import text_of
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import is_string

DATETIME = Group("datetime_funcs")
_OLD_INTERVALS = "spark.sql.legacy.interval.enabled"

_Arguments = tuple[Argument, ...]
_DAY = 86_400_000_000
_SCALED = {
    "days": "interval",
    "duration": "interval",
    "months": "interval",
    "interval": "calendar interval",
}


def taking_over(symbol: str) -> Callable[[_Arguments], str | None]:
    """Which entry takes the operands of `symbol` by their kinds; None for the operator itself."""
    choose = _CHOICES[symbol]

    def resolve(given: _Arguments) -> str | None:
        if len(given) != 2:
            return None
        types = given[0].type, given[1].type
        found = choose(*_kinds(*types))
        # Spark lets these alone be null.
        between = {type(x) for x in types} == {t.DateType, t.TimestampNTZType}
        return "local - date" if between and found == "moment - moment" else found

    return resolve


def _kinds(first: t.DataType, second: t.DataType) -> tuple[str, str]:
    """The kinds of two operands. Beside dates and times only text without a collation is read."""
    a, b = _kind(first), _kind(second)
    collated = [isinstance(x, t.StringType) and x != t.STRING for x in (first, second)]
    spans = {"days", "duration", "interval"}
    return ("other" if collated[0] and b not in spans else a), (
        "other" if collated[1] and a not in spans else b
    )


def handed_over(symbol: str) -> frozenset[str]:
    """All entries that `symbol` may hand over to."""
    choose = _CHOICES[symbol]
    kinds = (*_KINDS.values(), "days", "duration", "text", "other")
    found = {one for a in kinds for b in kinds if (one := choose(a, b)) is not None}
    return frozenset(found | ({"local - date"} if symbol == "-" else set()))


def _kind(given: t.DataType) -> str:
    match given:
        case t.DayTimeIntervalType():
            return "days" if given.start == given.end == 0 else "duration"
        case _ if is_string(given):
            return "text"
        case _:
            return _KINDS.get(type(given), "other")


_KINDS: dict[type[t.DataType], str] = {
    t.DateType: "date",
    t.TimestampType: "timestamp",
    t.TimestampNTZType: "timestamp",
    t.TimeType: "time",
    t.YearMonthIntervalType: "months",
    t.CalendarIntervalType: "interval",
    t.NullType: "void",
}


def _sum(a: str, b: str) -> str | None:
    match a, b:
        case ("void", "void") | ("interval", "interval" | "void") | ("void", "interval"):
            return None
        case ("days" | "duration", "days" | "duration" | "void") | ("void", "days" | "duration"):
            return None
        case "date", "days":
            return "date + days"
        case "days", "date":
            return "days + date"
        case "date" | "timestamp", "months":
            return "moment + months"
        case "months", "date" | "timestamp":
            return "months + moment"
        case "time", "days" | "duration" | "void":
            return "time + interval"
        case "days" | "duration" | "void", "time":
            return "interval + time"
        case ("date", "interval") | ("text", "days" | "duration" | "interval"):
            return f"{a} + interval"
        case ("interval", "date") | ("days" | "duration" | "interval", "text"):
            return f"interval + {b}"
        case (_, "days" | "duration" | "interval") | ("date" | "timestamp", "void"):
            return "moment + interval"
        case ("days" | "duration" | "interval", _) | ("void", "date" | "timestamp"):
            return "interval + moment"
        case "date", _:
            return "date + number"
        case _, "date":
            return "number + date"
        case _:
            return None


def _difference(a: str, b: str) -> str | None:
    match a, b:
        case ("void", "void") | ("interval", "interval" | "void") | ("void", "interval"):
            return None
        case ("days" | "duration", "days" | "duration" | "void") | ("void", "days" | "duration"):
            return None
        case "date", "days":
            return "date - days"
        case "date" | "timestamp", "months":
            return "moment - months"
        case "time", "days" | "duration":
            return "time - interval"
        case ("date", "interval") | ("text", "days" | "duration" | "interval"):
            return f"{a} - interval"
        case _, "days" | "duration" | "interval":
            return "moment - interval"
        case ("time", "time" | "text" | "void") | ("text" | "void", "time"):
            return "time - time"
        case ("timestamp", _) | (_, "timestamp"):
            return "moment - moment"
        case (_, "date") | ("date", "text" | "void"):
            return "date - date"
        case "date", _:
            return "date - number"
        case _:
            return None


def _product(a: str, b: str) -> str | None:
    if a in _SCALED:
        return f"{_SCALED[a]} * number"
    return f"number * {_SCALED[b]}" if b in _SCALED else None


def _quotient(a: str, b: str) -> str | None:
    return f"{_SCALED[a]} / number" if a in _SCALED else None


_CHOICES: dict[str, Callable[[str, str], str | None]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
}


# ---- rules for the operands ---------------------------------------------------------------------


def _days(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    small = isinstance(given.type, (t.ByteType, t.ShortType, t.IntegerType, t.NullType))
    collated = isinstance(given.type, t.StringType) and given.type != t.STRING
    return t.INTEGER if small or collated else None


def _moment(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, (t.TimestampType, t.TimestampNTZType)):
        return given.type
    dated = isinstance(given.type, (t.DateType, t.NullType)) or is_string(given.type)
    return t.TIMESTAMP if dated else None


def _calendar_or_duration(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.NullType):
        return t.CALENDAR_INTERVAL
    spans = (t.CalendarIntervalType, t.DayTimeIntervalType)
    return given.type if isinstance(given.type, spans) else None


_DAYS = Takes(_days, '("INT" or "SMALLINT" or "TINYINT")')


def _dates_both(position: int, shown: str) -> Callable[[Argument, str], TypeMismatch | None]:
    """Texts beside a date: Spark makes dates of them before it looks for days at the second
    `position`.
    """

    def refused(given: Argument, text: str) -> TypeMismatch | None:
        if not is_string(given.type):
            return None
        said = {"requiredType": _DAYS.wanted, "inputType": '"DATE"'}
        return TypeMismatch("UNEXPECTED_INPUT_TYPE", shown, position=position, **said)

    return refused


MOMENT = Takes(_moment, '"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)"')
CALENDAR = exactly(t.CALENDAR_INTERVAL)
_SPAN = Takes(_calendar_or_duration, '("INTERVAL" or "INTERVAL DAY TO SECOND")')


def _moment_given(position: int) -> Callable[[_Arguments], t.DataType]:
    return lambda given: given[position].type


# ---- dates and days -----------------------------------------------------------------------------


def entry(name: str, lowering: Callable[..., Expression], doc: str, **fields: object) -> None:
    """Add a hidden entry."""
    DATETIME.scalar(name, hidden=True, doc=doc, **fields)(lowering)


def _later(day: Expression, days: Expression) -> Expression:
    return (day + days).cast("DATE")


def _earlier(day: Expression, days: Expression) -> Expression:
    return (day - days).cast("DATE")


def _whole_days(span: Expression) -> Expression:
    return (span // _DAY).cast("INTEGER")


entry(
    "date + number",
    _later,
    """The date a number of days later.

    >>> SELECT DATE'2024-01-31' + 1
    2024-02-01
    """,
    takes=[DATE, changed(_DAYS, refused=_dates_both(1, "date_add({0}, {1})"))],
    gives=t.DATE,
    shows=lambda a, b: f"date_add({a}, {b})",
)
entry(
    "number + date",
    lambda days, day: _later(day, days),
    """The date a number of days later.

    >>> SELECT 1 + DATE'2024-01-31'
    2024-02-01
    """,
    takes=[changed(_DAYS, refused=_dates_both(1, "date_add({0}, {1})")), DATE],
    gives=t.DATE,
    extra={"swapped": True},
    shows=lambda a, b: f"date_add({b}, {a})",
)
entry(
    "date - number",
    _earlier,
    """The date a number of days earlier.

    >>> SELECT DATE'2024-02-01' - 1
    2024-01-31
    """,
    takes=[DATE, _DAYS],
    gives=t.DATE,
    shows=lambda a, b: f"date_sub({a}, {b})",
)
entry(
    "date + days",
    lambda day, span: _later(day, _whole_days(span)),
    """The date an interval of whole days later.

    >>> SELECT DATE'2024-01-31' + INTERVAL '2' DAY
    2024-02-02
    """,
    takes=[DATE, ANY],
    gives=t.DATE,
    shows=lambda a, b: f"date_add({a}, extractansiintervaldays({b}))",
)
entry(
    "days + date",
    lambda span, day: _later(day, _whole_days(span)),
    """The date an interval of whole days later.

    >>> SELECT INTERVAL '2' DAY + DATE'2024-01-31'
    2024-02-02
    """,
    takes=[ANY, DATE],
    gives=t.DATE,
    shows=lambda a, b: f"date_add({b}, extractansiintervaldays({a}))",
)
entry(
    "date - days",
    lambda day, span: _earlier(day, _whole_days(span)),
    """The date an interval of whole days earlier.

    >>> SELECT DATE'2024-02-02' - INTERVAL '2' DAY
    2024-01-31
    """,
    takes=[DATE, ANY],
    gives=t.DATE,
    shows=lambda a, b: f"date_add({a}, (- extractansiintervaldays({b})))",
)


def _two_dates(arguments: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    if not ansi and is_string(arguments[1].type):
        # The old rules read a text beside a date as a number.
        raise TypeMismatch(
            "UNEXPECTED_INPUT_TYPE",
            "date_sub({0}, {1})",
            position=1,
            inputType='"DOUBLE"',
            requiredType=_DAYS.wanted,
        )
    for position, given in enumerate(arguments):
        if DATE.coerce(given, ansi) is None:
            raise unexpected(position, DATE.wanted)
    return t.DATE, t.DATE


entry(
    "date - date",
    lambda a, b: (a - b) * _DAY,
    """The days from the second date to the first, as an interval.

    >>> SELECT CAST(DATE'2024-02-02' - DATE'2024-01-31' AS STRING)
    INTERVAL '2' DAY
    """,
    takes=[DATE, DATE],
    coerce=_two_dates,
    gives=t.DayTimeIntervalType(0, 0),
    under=under_setting(_OLD_INTERVALS, "TRUE", "date - date, calendar"),
    shows=lambda a, b: f"({a} - {b})",
)


# ---- months -------------------------------------------------------------------------------------


def _dated(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    kinds = (t.DateType, t.TimestampType, t.TimestampNTZType)
    return given.type if isinstance(given.type, kinds) else None


_DATED = Takes(_dated, '("DATE" or "TIMESTAMP")')


def _moved(moment: Expression, span: Expression, kind: t.DataType) -> Expression:
    value = moment + span
    return value.cast("DATE") if isinstance(kind, t.DateType) else value


def _plus_months(a: Expression, b: Expression, *, arguments: _Arguments) -> Expression:
    return _moved(a, duck.f.to_months(b), arguments[0].type)


def _months_plus(a: Expression, b: Expression, *, arguments: _Arguments) -> Expression:
    return _moved(b, duck.f.to_months(a), arguments[1].type)


def _minus_months(a: Expression, b: Expression, *, arguments: _Arguments) -> Expression:
    return _moved(a, duck.f.to_months(-b), arguments[0].type)


entry(
    "moment + months",
    _plus_months,
    """The date or time some months later, on the month's last day where it has no such day.

    >>> SELECT DATE'2024-01-31' + INTERVAL '1' MONTH
    2024-02-29
    """,
    takes=[_DATED, ANY],
    gives=_moment_given(0),
    needs=("arguments",),
    shows=lambda a, b: f"{a} + {b}",
)
entry(
    "months + moment",
    _months_plus,
    """The date or time some months later.

    >>> SELECT INTERVAL '1' MONTH + DATE'2024-01-31'
    2024-02-29
    """,
    takes=[ANY, _DATED],
    gives=_moment_given(1),
    needs=("arguments",),
    shows=lambda a, b: f"{b} + {a}",
)
entry(
    "moment - months",
    _minus_months,
    """The date or time some months earlier.

    >>> SELECT DATE'2024-03-31' - INTERVAL '1' MONTH
    2024-02-29
    """,
    takes=[_DATED, ANY],
    gives=_moment_given(0),
    needs=("arguments",),
    shows=lambda a, b: f"{a} - {b}",
)


# ---- timestamps and intervals -------------------------------------------------------------------


def _as_interval(span: Expression, kind: t.DataType) -> Expression:
    """As a DuckDB INTERVAL."""
    return span if isinstance(kind, t.CalendarIntervalType) else let(span, duration, "span")


def _span_plus(
    moment: Expression, span: Expression, *, arguments: _Arguments, ansi: bool
) -> Expression:
    interval = _addable(_as_interval(span, arguments[1].type), arguments, ansi=ansi)
    return _moved(moment, interval, arguments[0].type)


def _plus_span(
    span: Expression, moment: Expression, *, arguments: _Arguments, ansi: bool
) -> Expression:
    return _span_plus(moment, span, arguments=arguments[::-1], ansi=ansi)


def _minus_span(
    moment: Expression, span: Expression, *, arguments: _Arguments, ansi: bool
) -> Expression:
    interval = _addable(_as_interval(span, arguments[1].type), arguments, ansi=ansi)
    value = moment - interval
    return value.cast("DATE") if isinstance(arguments[0].type, t.DateType) else value


def _addable(interval: Expression, arguments: _Arguments, *, ansi: bool) -> Expression:
    """`interval`, which must have no time of day beside a date, under ANSI."""
    if not ansi or not isinstance(arguments[0].type, t.DateType):
        return interval

    def build(span: Expression) -> Expression:
        timed = micros_of(span).differs(0)
        failure = duck.fail("INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION")
        return duck.case((timed, failure), otherwise=span)

    return let(interval, build, "addable")


def _as_text(operation: Callable[..., Expression], position: int) -> Callable[..., Expression]:
    """`operation` with a text at `position` read as a timestamp, and the result as text again."""

    def lowering(a: Expression, b: Expression, *, arguments: _Arguments, ansi: bool) -> Expression:
        operands = [a, b]
        mode = CastMode.ANSI if ansi else CastMode.LEGACY
        operands[position] = cast(operands[position], t.STRING, t.TIMESTAMP, mode)
        kinds = list(arguments)
        kinds[position] = Argument(t.TIMESTAMP)
        value = operation(*operands, arguments=tuple(kinds), ansi=ansi)
        return cast(value, t.TIMESTAMP, t.STRING, CastMode.ANSI)

    return lowering


def _moves(name: str, first: Takes, doc: str) -> None:
    """The three entries that move what `first` takes by an interval: after, before and back."""
    text = first is STRING
    position = 1
    shows_sum: Callable[..., str] = "{} + {}".format
    plain = {
        "gives": _moment_given(0),
        "needs": ("arguments", "ansi"),
        "nullable": always if text else any_nullable,
    }
    entry(
        f"{name} + interval",
        _as_text(_span_plus, 0) if text else _span_plus,
        doc,
        takes=[first, _SPAN],
        shows=shows_sum,
        **plain,
    )
    entry(
        f"interval + {name}",
        _as_text(_plus_span, position) if text else _plus_span,
        doc,
        takes=[_SPAN, first],
        shows=lambda a, b: f"{b} + {a}",
        extra={"swapped": True},
        **(plain | {"gives": _moment_given(position)}),
    )
    entry(
        f"{name} - interval",
        _as_text(_minus_span, 0) if text else _minus_span,
        doc,
        takes=[first, _SPAN],
        shows="{} - {}".format,
        stands_for="{} + (- {})",
        **plain,
    )


_moves(
    "moment",
    MOMENT,
    """The timestamp an interval later or earlier.

    >>> SELECT TIMESTAMP'2024-01-31 10:00:00' + INTERVAL '1' HOUR
    2024-01-31 11:00:00
    """,
)
_moves(
    "date",
    DATE,
    """The date a calendar interval later or earlier.

    >>> SELECT DATE'2024-01-31' + make_interval(0, 1)
    2024-02-29
    """,
)
_moves(
    "text",
    STRING,
    """A text read as a timestamp, an interval later or earlier, as text.

    >>> SELECT '2024-01-31' + INTERVAL '1' DAY
    2024-02-01 00:00:00
    """,
)


def _local_micros(moment: Expression) -> Expression:
    return duck.f.epoch_us(moment.cast("TIMESTAMP"))


_BETWEEN = """The time from the second timestamp to the first, by the clocks of the session's zone.

    >>> SELECT CAST(TIMESTAMP'2024-02-01 12:00:00' - TIMESTAMP'2024-02-01' AS STRING)
    INTERVAL '0 12:00:00' DAY TO SECOND
    """
for _name, _nullable in (("moment - moment", any_nullable), ("local - date", always)):
    entry(
        _name,
        lambda a, b: _local_micros(a) - _local_micros(b),
        _BETWEEN,
        takes=[MOMENT, MOMENT],
        gives=t.DAY_TIME,
        nullable=_nullable,
        under=under_setting(_OLD_INTERVALS, "TRUE", "moment - moment, calendar"),
        shows="({} - {})".format,
    )


# ---- times of day -------------------------------------------------------------------------------


def _clock(time: Expression) -> Expression:
    return duck.f.epoch_us(duck.literal("1970-01-01", "DATE") + time)


def _clock_moved(sign: int) -> Callable[..., Expression]:
    def lowering(time: Expression, span: Expression, arguments: _Arguments) -> Expression:
        of_time, of_span = (given.type for given in arguments)
        if isinstance(of_span, t.TimeType):
            of_time, of_span = of_span, of_time

        def build(micros: Expression) -> Expression:
            inside = duck.all_of(micros.at_least(0), micros.less(_DAY))
            value = duck.f.make_timestamp(micros).cast("TIME")
            moved, shown = text_of(span * sign, of_span), text_of(time, of_time)
            told = duck.operator("||", "add ", moved, " to the time value TIME '", shown, "'")
            failure = duck.fail("DATETIME_OVERFLOW", operation=told)
            return duck.case((micros.is_null(), None), (inside, value), otherwise=failure)

        return let(_clock(time) + span * sign, build, "clock")

    return lowering


def _duration(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.NullType):
        return t.DAY_TIME
    return given.type if isinstance(given.type, t.DayTimeIntervalType) else None


_DURATION = Takes(_duration, '"INTERVAL DAY TO SECOND"')
_CLOCK_DOC = """The time of day a duration later or earlier; an error past midnight.

    >>> SELECT TIME'10:00:00' + INTERVAL '1' HOUR
    11:00:00
    """


def _timed(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.TimeType):
        return given.type
    return t.TIME if is_string(given.type) or isinstance(given.type, t.NullType) else None


_TIMED = Takes(_timed, '"TIME"')
entry(
    "time + interval",
    _clock_moved(1),
    _CLOCK_DOC,
    takes=[_TIMED, _DURATION],
    gives=_moment_given(0),
    nullable=always,
    needs=("arguments",),
    shows="{} + {}".format,
)
entry(
    "interval + time",
    lambda span, time, arguments: _clock_moved(1)(time, span, arguments),
    _CLOCK_DOC,
    takes=[_DURATION, _TIMED],
    gives=_moment_given(1),
    nullable=always,
    needs=("arguments",),
    shows=lambda a, b: f"{b} + {a}",
)
entry(
    "time - interval",
    _clock_moved(-1),
    _CLOCK_DOC,
    takes=[_TIMED, _DURATION],
    gives=_moment_given(0),
    nullable=always,
    needs=("arguments",),
    shows="{} - {}".format,
)
entry(
    "time - time",
    lambda a, b: _clock(a) - _clock(b),
    """The time from the second time of day to the first.

    >>> SELECT CAST(TIME'10:00:00' - TIME'09:00:00' AS STRING)
    INTERVAL '01:00:00' HOUR TO SECOND
    """,
    takes=[_TIMED, _TIMED],
    gives=t.DayTimeIntervalType(1, 3),
    nullable=always,
    shows="{} - {}".format,
)
