"""Functions of TIME, a time of day; and timestamps put into buckets.

Spark lets TIME be used only where ``spark.sql.timeType.enabled`` says so.
"""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions import from_text
from boathouse.functions.clock import AT_GREENWICH, Clock, moment_in, zone_name
from boathouse.functions.datetime import DATETIME
from boathouse.functions.datetime_reading import read
from boathouse.functions.let import let, let_all
from boathouse.functions.signature import (
    ANY,
    INT,
    NUMERIC,
    STRING,
    TEXT,
    WHOLE,
    Argument,
    Takes,
    TypeMismatch,
    always,
    any_nullable,
    changed,
    constant,
    exactly,
    known,
    never,
    optional,
)
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string
from boathouse.types.text import literal_text

Arguments = tuple[Argument, ...]

_GUARDED = {"needs_time_type": True}
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_UNITS = {
    "HOUR": 3_600 * _SECOND,
    "MINUTE": 60 * _SECOND,
    "SECOND": _SECOND,
    "MILLISECOND": 1_000,
    "MICROSECOND": 1,
}
_PATTERN = "HH:mm:ss.SSSSSS"


def _time(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.TimeType):
        return given.type
    castable = is_string(given.type) or isinstance(given.type, t.NullType)
    return t.TIME if castable else None


TIME = Takes(_time, '"TIME"')


def micros_of_day(time: Expression) -> Expression:
    """Microseconds since midnight."""
    return duck.f.epoch_us(duck.literal("1970-01-01", "DATE") + time)


def _time_at(micros: Expression) -> Expression:
    return duck.f.make_timestamp(micros).cast("TIME")


# ---- made ---------------------------------------------------------------------------------------


def _out_of_range(name: str, bounds: str, value: Expression) -> Expression:
    message = duck.f.concat(f"Invalid value for {name} (valid values {bounds}): ", value)
    return duck.fail("DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION", rangeMessage=message)


@DATETIME.scalar(
    "make_time",
    takes=[INT, INT, exactly(t.DecimalType(16, 6))],
    gives=t.TIME,
    nullable=always,
    extra=_GUARDED,
)
def make_time(hour: Expression, minute: Expression, second: Expression) -> Expression:
    """The time of an hour, a minute and seconds with a fraction.

    >>> SELECT CAST(make_time(6, 30, 45.887) AS STRING)
    06:30:45.887
    """

    def made(h: Expression, m: Expression, s: Expression) -> Expression:
        whole = duck.f.floor(s).cast("BIGINT")
        micros = (h.cast("BIGINT") * 60 + m) * 60 * _SECOND + (s * _SECOND).cast("BIGINT")
        missing = duck.any_of(h.is_null(), m.is_null(), s.is_null())
        return duck.case(
            (missing, None),
            (_outside(h, 23), _out_of_range("HourOfDay", "0 - 23", h)),
            (_outside(m, 59), _out_of_range("MinuteOfHour", "0 - 59", m)),
            (_outside(whole, 59), _out_of_range("SecondOfMinute", "0 - 59", whole)),
            otherwise=_time_at(micros),
        ).cast("TIME")

    return let_all((hour, minute, second), made, "part")


def _outside(value: Expression, most: int) -> Expression:
    return duck.any_of(value.less(0), value.greater(most))


def _from_micros(micros: Expression) -> Expression:
    """The time at `micros`, which may be a HUGEINT; an error past the ends of the day."""

    def checked(value: Expression) -> Expression:
        nanos = duck.f.concat(value * 1_000)
        message = duck.f.concat(
            "Invalid TIME value: must be between 00:00:00 and 23:59:59.999999999, but got ",
            nanos,
            " nanoseconds",
        )
        wrong = duck.fail("DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION", rangeMessage=message)
        return duck.case(
            (value.is_null(), None),
            (_outside(value, _DAY - 1), wrong),
            otherwise=_time_at(value.cast("BIGINT")),
        ).cast("TIME")

    return let(micros, checked, "micros")


def _number(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.NumericType):
        return given.type
    return t.DOUBLE if isinstance(given.type, t.NullType) else None


@DATETIME.scalar(
    "time_from_seconds",
    takes=[Takes(_number, NUMERIC.wanted)],
    gives=t.TIME,
    nullable=always,
    needs=("arguments",),
    extra=_GUARDED,
)
def time_from_seconds(seconds: Expression, arguments: Arguments) -> Expression:
    """The time so many seconds, with a fraction, after midnight.

    >>> SELECT CAST(time_from_seconds(52200.5) AS STRING)
    14:30:00.5
    """
    if isinstance(arguments[0].type, (t.FloatType, t.DoubleType)):
        return _from_micros(duck.f.trunc(seconds.cast("DOUBLE") * _SECOND).cast("HUGEINT"))
    if isinstance(arguments[0].type, t.DecimalType):
        scale = arguments[0].type.scale
        wide = seconds.cast(f"DECIMAL(38,{scale})") * _SECOND
        return _from_micros(duck.f.trunc(wide).cast("HUGEINT"))
    return _from_micros(seconds.cast("HUGEINT") * _SECOND)


def _add_from(name: str, factor: int, unit: str, example: str) -> None:
    def lowering(number: Expression) -> Expression:
        return _from_micros(number.cast("HUGEINT") * factor)

    DATETIME.scalar(
        name,
        takes=[WHOLE],
        gives=t.TIME,
        nullable=always,
        extra=_GUARDED,
        doc=f"""The time so many {unit} after midnight.

    >>> SELECT CAST({name}({example}) AS STRING)
    14:30:00.5
    """,
    )(lowering)


_add_from("time_from_millis", 1_000, "milliseconds", "52200500")
_add_from("time_from_micros", 1, "microseconds", "52200500000")


# ---- as numbers ---------------------------------------------------------------------------------


def _no_cast(wanted: t.DataType) -> Takes:
    def coerce(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        same = type(given.type) is type(wanted)
        return given.type if same else wanted if isinstance(given.type, t.NullType) else None

    shown = '"TIME"' if isinstance(wanted, t.TimeType) else f'"{wanted.sql}"'
    return Takes(coerce, shown, uncast=True)


_ONLY_TIME = _no_cast(t.TIME)


@DATETIME.scalar(
    "time_to_seconds",
    takes=[_ONLY_TIME],
    gives=t.DecimalType(14, 6),
    nullable=always,
    extra=_GUARDED,
)
def time_to_seconds(time: Expression) -> Expression:
    """Seconds since midnight, with a fraction.

    >>> SELECT time_to_seconds(TIME'14:30:00.5')
    52200.500000
    """
    micros = micros_of_day(time).cast("DECIMAL(12,0)")
    return (micros * duck.literal("0.000001", "DECIMAL(6,6)")).cast("DECIMAL(14,6)")


def _add_to(name: str, divisor: int, unit: str, answer: str) -> None:
    def lowering(time: Expression) -> Expression:
        return micros_of_day(time) // divisor

    DATETIME.scalar(
        name,
        takes=[_ONLY_TIME],
        gives=t.LONG,
        nullable=always,
        extra=_GUARDED,
        doc=f"""Whole {unit} since midnight.

    >>> SELECT {name}(TIME'14:30:00.1234')
    {answer}
    """,
    )(lowering)


_add_to("time_to_millis", 1_000, "milliseconds", "52200123")
_add_to("time_to_micros", 1, "microseconds", "52200123400")


# ---- units --------------------------------------------------------------------------------------


def _by_unit(
    name: str, unit: Expression, given: Argument, body: Callable[[int], Expression]
) -> Expression:
    """`body` of the unit's microseconds, whatever unit the row names."""
    wrong = duck.fail(
        "INVALID_PARAMETER_VALUE.TIME_UNIT",
        parameter="`unit`",
        functionName=f"`{name}`",
        invalidValue=duck.f.concat("'", unit, "'"),
    )
    if given.constant and str(given.value).upper() in _UNITS:
        return body(_UNITS[str(given.value).upper()])
    said = duck.f.upper(unit)
    known = [(said.equals(word), body(size)) for word, size in _UNITS.items()]
    return duck.case((unit.is_null(), None), *known, otherwise=wrong)


@DATETIME.scalar(
    "time_diff",
    takes=[STRING, TIME, TIME],
    gives=t.LONG,
    nullable=always,
    needs=("arguments",),
    extra=_GUARDED,
)
def time_diff(
    unit: Expression, start: Expression, end: Expression, arguments: Arguments
) -> Expression:
    """How many whole units (HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND) from a time to another.

    >>> SELECT time_diff('HOUR', TIME'20:30:29', TIME'12:00:00')
    -8
    """
    between = micros_of_day(end) - micros_of_day(start)
    difference = _by_unit("time_diff", unit, arguments[0], lambda size: between // size)
    return duck.case((between.is_not_null(), difference)).cast("BIGINT")


@DATETIME.scalar(
    "time_trunc",
    takes=[STRING, TIME],
    gives=lambda arguments: arguments[1].type,
    nullable=always,
    needs=("arguments",),
    extra=_GUARDED,
)
def time_trunc(unit: Expression, time: Expression, arguments: Arguments) -> Expression:
    """A time cut down to a whole unit: HOUR, MINUTE, SECOND, MILLISECOND or MICROSECOND.

    >>> SELECT CAST(time_trunc('HOUR', TIME'09:32:05.359') AS STRING)
    09:00:00
    """

    def cut(size: int) -> Expression:
        return let(micros_of_day(time), lambda micros: _time_at(micros - micros % size), "micros")

    found = _by_unit("time_trunc", unit, arguments[0], cut)
    return duck.case((time.is_not_null(), found)).cast("TIME")


@DATETIME.scalar(
    "current_time",
    takes=[changed(constant(optional(INT, 6)), name="precision")],
    gives=lambda arguments: t.TimeType(int(arguments[0].value)),
    nullable=never,
    needs=("now", "result"),
    deterministic=False,
    check=lambda arguments: _check_precision(arguments[0]),
)
def current_time(precision: Expression, now: int, result: t.DataType) -> Expression:
    """The time in the session's zone when the query began, with up to 6 digits of a second.

    >>> SELECT current_time() BETWEEN TIME'00:00' AND TIME'23:59:59.999999'
    true
    """
    digits = result.precision if isinstance(result, t.TimeType) else 6
    step = 10 ** (6 - digits)
    clock = duck.f.make_timestamptz(duck.literal(now - now % step, "BIGINT")).cast("TIMESTAMP")
    return clock.cast("TIME")


def _check_precision(given: Argument) -> None:
    if given.value is None or not 0 <= given.value <= 6:
        raise TypeMismatch(
            "VALUE_OUT_OF_RANGE",
            exprName="`precision`",
            valueRange="[0, 6]",
            currentValue=given.value,
        )


# ---- text ---------------------------------------------------------------------------------------


def _read(
    text: Expression, pattern: Expression | None, arguments: Arguments, *, safe: bool
) -> Expression:
    said = _PATTERN if pattern is None else arguments[1].value
    if said is None:
        return duck.literal(None, "TIME")

    def checked(given: Expression) -> Expression:
        if pattern is None:
            value = from_text.to_time(given)
        else:
            value = read(given, str(said), zoned=False, error=None, clock=AT_GREENWICH)
            value = value.cast("TIME")
        if safe:
            return value
        wrong = duck.fail(
            "CANNOT_PARSE_TIME",
            input=duck.f.concat("'", given, "'"),
            format=duck.literal(f"'{said}'"),
        )
        return let(
            value,
            lambda time: duck.case(
                (time.is_not_null(), time), (given.is_null(), None), otherwise=wrong
            ),
            "time",
        )

    return let(text, checked, "text")


def _add_reading(name: str, doc: str, *, safe: bool) -> None:
    def lowering(text: Expression, pattern: Expression | None, arguments: Arguments) -> Expression:
        return _read(text, pattern, arguments, safe=safe)

    def shows(*names: str) -> str:
        call = f"to_time({', '.join(names)})"
        return f"try_to_time({call})" if safe else call

    DATETIME.scalar(
        name,
        takes=[TEXT, known(optional(TEXT))],
        gives=t.TIME,
        nullable=always,
        needs=("arguments",),
        shows=shows,
        stands_for="to_time",
        extra=_GUARDED,
        doc=doc,
    )(lowering)


_add_reading(
    "to_time",
    """The time that a text shows, as a cast reads it or under a pattern.

    >>> SELECT CAST(to_time('12.10.05', 'HH.mm.ss') AS STRING)
    12:10:05
    """,
    safe=False,
)
_add_reading(
    "try_to_time",
    """The time that a text shows; null where it shows none.

    >>> SELECT CAST(try_to_time('noon') AS STRING)
    NULL
    """,
    safe=True,
)


# ---- a date and a time --------------------------------------------------------------------------


def _add_joined(name: str, shown: str, *, zoned: bool, safe: bool = False) -> None:
    """What the function `shown` of parts means for a date, a time and maybe a zone."""

    def lowering(
        day: Expression,
        time: Expression | None = None,
        zone: Expression | None = None,
        *,
        clock: Clock,
    ) -> Expression:
        local = day.cast("TIMESTAMP") if time is None else day + time
        if not zoned:
            return local
        if zone is None:
            return clock.moment(local)
        known = moment_in(zone_name(zone), local)
        return duck.f.TRY(known) if safe else known

    def shows(*names: str) -> str:
        call = f"{shown}({', '.join(names)})"
        return f"try_{shown}({call})" if safe and not zoned else call

    takes = [_no_cast(t.DATE), optional(_no_cast(t.TIME)), optional(STRING)]
    DATETIME.scalar(
        name,
        takes=takes if zoned else takes[:2],
        gives=t.TIMESTAMP if zoned else t.TIMESTAMP_NTZ,
        nullable=any_nullable if zoned else always,
        needs=("clock",),
        shows=shows,
        stands_for=shown.removeprefix("try_"),
        hidden=True,
        doc=f"""The timestamp of a date and a time.

    >>> SELECT {shown}(DATE'2014-12-28', TIME'06:30:45.887')
    2014-12-28 06:30:45.887
    """,
    )(lowering)


_add_joined("make_timestamp_of_date", "make_timestamp", zoned=True)
_add_joined("try_make_timestamp_of_date", "try_make_timestamp", zoned=True, safe=True)
_add_joined("make_timestamp_ntz_of_date", "make_timestamp_ntz", zoned=False)
_add_joined("try_make_timestamp_ntz_of_date", "make_timestamp_ntz", zoned=False, safe=True)


# ---- buckets ------------------------------------------------------------------------------------


def _bucket_size(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    kinds = (t.DayTimeIntervalType, t.YearMonthIntervalType)
    fits = isinstance(given.type, kinds) and _too_small(given, "") is None
    return given.type if fits else None


def _too_small(given: Argument, text: str) -> TypeMismatch | None:
    """A size is told before an origin that does not fit."""
    if not isinstance(given.value, int) or given.value > 0:
        return None
    return TypeMismatch(
        "VALUE_OUT_OF_RANGE",
        exprName="`bucketSize`",
        valueRange="(0, inf)",
        currentValue=literal_text(given.value, given.type, quoted=True),
    )


_SIZE = changed(
    constant(Takes(_bucket_size, '("INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH")')),
    name="bucketSize",
    refused=_too_small,
)


def _moment(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, (t.TimestampType, t.TimestampNTZType)):
        return given.type
    return t.TIMESTAMP if isinstance(given.type, t.NullType) else None


_MOMENT = Takes(_moment, '"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)"')
_EPOCH = duck.literal("1970-01-01", "TIMESTAMP")


def _months_after(start: Expression, end: Expression) -> Expression:
    """Whole months from one TIMESTAMP to a later or earlier one, rounded down."""

    def count(moment: Expression) -> Expression:
        return duck.f.year(moment) * 12 + duck.f.month(moment)

    between = count(end) - count(start)
    early = (start + duck.f.to_months(between.cast("INTEGER"))).greater(end)
    return between - early.cast("BIGINT")


def _bucketed(
    size: Expression, local: Expression, origin: Expression, *, months: bool
) -> Expression:
    """The start of the bucket of the TIMESTAMP `local`."""
    if months:

        def of_months(start: Expression, moment: Expression, width: Expression) -> Expression:
            passed = _months_after(start, moment)
            whole = passed - ((passed % width) + width) % width
            return start + duck.f.to_months(whole.cast("INTEGER"))

        return let_all((origin, local, size.cast("BIGINT")), of_months, "bucket")

    def of_micros(start: Expression, moment: Expression, width: Expression) -> Expression:
        rest = (((moment - start) % width) + width) % width
        return duck.f.make_timestamp(moment - rest)

    return let_all((duck.f.epoch_us(origin), duck.f.epoch_us(local), size), of_micros, "bucket")


def _origin(kind: t.DataType) -> Takes:
    """A constant of the type `kind`, not cast from a timestamp of the other sort."""
    rule = exactly(kind)

    def coerce(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        other = isinstance(given.type, (t.TimestampType, t.TimestampNTZType))
        return None if other and given.type != kind else rule.coerce(given, ansi)

    return constant(changed(optional(rule), name="origin", coerce=coerce))


def _add_bucket(name: str, kind: t.DataType, word: str) -> None:
    def lowering(
        size: Expression, moment: Expression, origin: Expression | None, arguments: Arguments
    ) -> Expression:
        months = isinstance(arguments[0].type, t.YearMonthIntervalType)
        zoned = isinstance(kind, t.TimestampType)
        width = arguments[0].value
        by_clock = zoned and not months and isinstance(width, int) and width % _DAY
        start = _EPOCH if origin is None else origin
        if by_clock:
            # Hours and minutes are counted along the time line, days by the calendar.
            local, start = (duck.f.timezone("UTC", x) for x in (moment, start.cast("TIMESTAMPTZ")))
            return duck.f.timezone("UTC", _bucketed(size, local, start, months=False))
        local = _bucketed(size, moment.cast("TIMESTAMP"), start.cast("TIMESTAMP"), months=months)
        return local.cast("TIMESTAMPTZ") if zoned else local

    DATETIME.scalar(
        name,
        takes=[_SIZE, _MOMENT, _origin(kind)],
        gives=kind,
        needs=("arguments",),
        resolve=_of_local if name == "time_bucket" else None,
        shows=lambda *names: f"time_bucket({', '.join([*names, f'{word} {_SHOWN}'][:3])})",
        hidden=name != "time_bucket",
        doc=f"""The start of the bucket in which a timestamp falls: buckets are as long as an
    interval, and one begins at the third argument, or at 1970-01-01.

    >>> SELECT time_bucket(INTERVAL '15' MINUTE, {word}'2024-01-01 11:27:00')
    2024-01-01 11:15:00
    """,
    )(lowering)


_SHOWN = "'1970-01-01 00:00:00'"


def _of_local(arguments: Arguments) -> str | None:
    local = len(arguments) > 1 and isinstance(arguments[1].type, t.TimestampNTZType)
    return "time_bucket_ntz" if local else None


_add_bucket("time_bucket", t.TIMESTAMP, "TIMESTAMP")
_add_bucket("time_bucket_ntz", t.TIMESTAMP_NTZ, "TIMESTAMP_NTZ")


# ---- parts --------------------------------------------------------------------------------------


def _add_part(part: str, answer: str) -> None:
    DATETIME.scalar(
        f"{part}_of_time",
        takes=[TIME],
        variadic=ANY,
        gives=t.INTEGER,
        nullable=always,
        shows=lambda time, *unused: f"{part}({time})",
        hidden=True,
        extra=_GUARDED,
        doc=f"""The {part} of a time.

    >>> SELECT {part}(TIME'21:05:09.7')
    {answer}
    """,
    )(lambda time, *unused: duck.call(part, time).cast("INTEGER"))


_add_part("hour", "21")
_add_part("minute", "5")
_add_part("second", "9")
