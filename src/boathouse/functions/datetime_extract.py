"""EXTRACT and date_part: a part of a date, a timestamp or an interval, named by a constant."""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.datetime import DATETIME
from boathouse.functions.interval_parts import micros_of, months_of
from boathouse.functions.let import let
from boathouse.functions.signature import ANY, STRING, Argument, TypeMismatch, constant
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string

_NAMES = {
    "YEAR": ("YEAR", "Y", "YEARS", "YR", "YRS"),
    "YEAROFWEEK": ("YEAROFWEEK",),
    "QUARTER": ("QUARTER", "QTR"),
    "MONTH": ("MONTH", "MON", "MONS", "MONTHS"),
    "WEEK": ("WEEK", "W", "WEEKS"),
    "DAY": ("DAY", "D", "DAYS"),
    "DAYOFWEEK": ("DAYOFWEEK", "DOW"),
    "DAYOFWEEK_ISO": ("DAYOFWEEK_ISO", "DOW_ISO"),
    "DOY": ("DOY",),
    "HOUR": ("HOUR", "H", "HOURS", "HR", "HRS"),
    "MINUTE": ("MINUTE", "M", "MIN", "MINS", "MINUTES"),
    "SECOND": ("SECOND", "S", "SEC", "SECONDS", "SECS"),
}
_FIELDS = {name: field for field, names in _NAMES.items() for name in names}
_CALLED = {
    "WEEK": "weekofyear",
    "DAY": "dayofmonth",
    "DAYOFWEEK_ISO": "weekday",
    "DOY": "dayofyear",
    "SECOND": "secondwithfraction",
}
"""The functions that Spark's messages name, where they are not called as the part is."""
_CLOCK = ("HOUR", "MINUTE", "SECOND")
_MOMENT_WORDS = '"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)"'
_SECONDS = t.DecimalType(8, 6)
_MILLION = 1_000_000


def _field(arguments: tuple[Argument, ...]) -> str | None:
    """The part that the first argument names; None when it is NULL."""
    name = arguments[0].value
    if name is None or not arguments[0].constant:
        return None
    field = _FIELDS.get(str(name).upper())
    if field is None or not _has(arguments[1].type, field):
        raise AnalysisError("INVALID_EXTRACT_FIELD", field=f"`{name}`", expr=arguments[1].shown())
    return field


def _has(source: t.DataType, field: str) -> bool:
    match source:
        case t.YearMonthIntervalType(start=start, end=end):
            return field in ("YEAR", "MONTH")[start : end + 1]
        case t.DayTimeIntervalType(start=start, end=end):
            return field in ("DAY", *_CLOCK)[start : end + 1]
        case t.CalendarIntervalType():
            return field in {"YEAR", "MONTH", "DAY", *_CLOCK}
        case t.TimeType():
            return field in _CLOCK
        case _:
            return True


def _is_interval(source: t.DataType) -> bool:
    kinds = (t.YearMonthIntervalType, t.DayTimeIntervalType, t.CalendarIntervalType)
    return isinstance(source, kinds)


def _types(name: str, arguments: tuple[Argument, ...]) -> tuple[t.DataType, ...]:
    named = is_string(arguments[0].type) or isinstance(arguments[0].type, t.NullType)
    if not arguments[0].constant or not named:
        raise AnalysisError(
            "NON_FOLDABLE_ARGUMENT",
            funcName=f"`{name}`",
            paramName="`field`",
            paramType='"STRING"',
        )
    source = arguments[1].type
    field = _field(arguments)
    if field is None:
        return t.STRING, source  # Nothing is asked of it.
    if _is_interval(source) or isinstance(source, (t.TimestampNTZType, t.TimeType)):
        return t.STRING, source
    times = (t.DateType, t.TimestampType, t.NullType)
    if not isinstance(source, times) and not is_string(source):
        raise TypeMismatch(
            "UNEXPECTED_INPUT_TYPE",
            stands_for=f"{_CALLED.get(field, field.lower())}({{1}})",
            paramIndex="first",
            inputSql=arguments[1].shown(),
            requiredType=_MOMENT_WORDS if field in _CLOCK else '"DATE"',
            inputType=f'"{source.sql}"',
        )
    if field in _CLOCK:
        return t.STRING, t.TIMESTAMP
    return t.STRING, t.DATE


def _gives(arguments: tuple[Argument, ...]) -> t.DataType:
    field, source = _field(arguments), arguments[1].type
    if field is None:
        return t.DOUBLE
    if field == "SECOND":
        return _SECONDS
    small = _is_interval(source) and field in {"MONTH", "HOUR", "MINUTE"}
    return t.BYTE if small else t.INTEGER


_DATE_PARTS: dict[str, Callable[[Expression], Expression]] = {
    "YEAR": duck.f.year,
    "YEAROFWEEK": duck.f.isoyear,
    "QUARTER": duck.f.quarter,
    "MONTH": duck.f.month,
    "WEEK": duck.f.week,
    "DAY": duck.f.day,
    "DAYOFWEEK": lambda day: duck.f.dayofweek(day) + 1,
    "DAYOFWEEK_ISO": duck.f.isodow,
    "DOY": duck.f.dayofyear,
    "HOUR": duck.f.hour,
    "MINUTE": duck.f.minute,
}


def _as_seconds(micros: Expression) -> Expression:
    return (micros.cast("DECIMAL(18,0)") * duck.literal("0.000001", "DECIMAL(6,6)")).cast(
        "DECIMAL(8,6)"
    )


def _of_date(field: str, source: Expression) -> Expression:
    if field == "SECOND":
        return _as_seconds(duck.f.microsecond(source))
    return _DATE_PARTS[field](source).cast("INTEGER")


def _of_months(field: str, months: Expression) -> Expression:
    return (months // 12).cast("INTEGER") if field == "YEAR" else (months % 12).cast("TINYINT")


_DAY = 86_400_000_000


def _of_micros(field: str, micros: Expression) -> Expression:
    match field:
        case "DAY":
            return (micros // _DAY).cast("INTEGER")
        case "HOUR":
            hours = micros // 3_600_000_000
            return (hours % 24).cast("TINYINT")
        case "MINUTE":
            return (micros // 60_000_000 % 60).cast("TINYINT")
        case _:
            return _as_seconds(micros % 60_000_000)


def _of_calendar(field: str, interval: Expression) -> Expression:
    if field in {"YEAR", "MONTH"}:
        return _of_months(field, months_of(interval))
    # Whole days of the clock count as days.
    if field == "DAY":
        days = duck.f.datepart("day", interval) + micros_of(interval) // _DAY
        return days.cast("INTEGER")
    return _of_micros(field, micros_of(interval) % _DAY)


def _extract(field: Expression, source: Expression, arguments: tuple[Argument, ...]) -> Expression:
    word = _field(arguments)
    if word is None:
        return duck.literal(None, "DOUBLE")
    match arguments[1].type:
        case t.YearMonthIntervalType():
            return _of_months(word, source)
        case t.DayTimeIntervalType():
            return _of_micros(word, source)
        case t.CalendarIntervalType():
            return let(source, lambda interval: _of_calendar(word, interval), "interval")
        case _:
            return _of_date(word, source)


def _nullable(arguments: tuple[Argument, ...]) -> bool:
    field, source = _field(arguments), arguments[1]
    # To Spark a timestamp without a zone may have no date.
    dated = isinstance(source.type, t.TimestampNTZType) and field not in _CLOCK
    return isinstance(source.type, t.TimeType) or dated or field is None or source.nullable


def _add(*names: str, doc: str, shows: Callable[..., str] | None = None) -> None:
    DATETIME.scalar(
        *names,
        takes=[constant(STRING), ANY],
        gives=_gives,
        coerce=lambda given, ansi: _types(names[0], given),
        nullable=_nullable,
        needs=("arguments",),
        shows=shows,
        doc=doc,
    )(_extract)


_add(
    "date_part",
    doc="""A part of a date, timestamp or interval, named by a text.

    >>> SELECT date_part('s', TIMESTAMP'2024-08-17 21:05:09.5')
    9.500000
    """,
)
_add(
    "datepart",
    doc="""A part of a date, timestamp or interval, named by a text.

    >>> SELECT datepart('HOUR', TIMESTAMP'2024-08-17 21:05:09')
    21
    """,
    shows=lambda field, source: f"datepart({field} FROM {source})",
)
_add(
    "extract",
    doc="""A part of a date, timestamp or interval. The parser passes the part as a text.

    >>> SELECT extract(WEEK FROM DATE'2024-08-17')
    33
    """,
    shows=lambda field, source: f"extract({field} FROM {source})",
)
