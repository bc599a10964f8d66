"""CAST between any two Spark types, as DuckDB expressions.

Where DuckDB's own cast means the same it is used bare; its errors (a value out of range, text that
is no number) become Spark's in `duck.failures`. `castable` says which casts exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck.tree import StructOf
from boathouse.duck.types import duck_type, field_names
from boathouse.errors.exceptions import unsupported
from boathouse.functions import from_text, interval_text
from boathouse.functions.castable import (
    can_cast,
    cast_mismatch,
    cast_nullable,
    is_up_cast,
)
from boathouse.functions.clock import clock, moment
from boathouse.functions.into_variant import into_variant
from boathouse.functions.let import let
from boathouse.functions.narrowing import saturated, wrapped
from boathouse.functions.text_form import text_of
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import is_string

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.duck import Expression

__all__ = ["CastMode", "can_cast", "cast", "cast_mismatch", "cast_nullable", "is_up_cast"]

_ANSI_SETTING = '"spark.sql.ansi.enabled"'
_MICROS = {0: 86_400_000_000, 1: 3_600_000_000, 2: 60_000_000, 3: 1_000_000}
_SECOND = 1_000_000
_SUFFIX: dict[type[t.DataType], str] = {
    t.LongType: "L",
    t.ShortType: "S",
    t.ByteType: "Y",
    t.DecimalType: "BD",
}


def cast(
    value: Expression,
    given: t.DataType,
    to: t.DataType,
    mode: CastMode = CastMode.ANSI,
    zone: str = "",
) -> Expression:
    """`value` of type `given` as type `to`. Raises UNSUPPORTED_FEATURE for casts that are not built
    (out of VARIANT). `zone` is the session's; DuckDB's cursor knows it, so it is not written out.
    """
    if isinstance(given, t.UserDefinedType):
        given = given.storage
    if given == to or (is_string(given) and is_string(to)):
        return value
    target = duck_type(to)
    if isinstance(given, t.NullType):
        return value.cast(target)
    if is_string(to):
        return text_of(value, given, java=mode is CastMode.LEGACY)
    if _is_plain(given, to, mode):
        return value if duck_type(given) == target else value.cast(target)
    in_zone = _IN_ZONE.get((_kind(given), _kind(to)))
    if in_zone is not None:
        return in_zone(value, given, mode, zone)
    rule = _RULES.get((_kind(given), _kind(to)))
    if rule is None:
        raise unsupported(f"CAST from {given.sql} to {to.sql}")
    return rule(value, given, to, mode)


# ---- what DuckDB does the same way ---------------------------------------------------------------

_NUMERIC_WIDTH = {"TINYINT": 0, "SMALLINT": 1, "INTEGER": 2, "BIGINT": 3, "FLOAT": 4, "DOUBLE": 5}


def _is_plain(given: t.DataType, to: t.DataType, mode: CastMode) -> bool:
    """Whether DuckDB's CAST is right for every value, or raises an error that becomes Spark's."""
    ansi = mode is CastMode.ANSI
    match given, to:
        case t.BooleanType(), t.BooleanType() | t.IntegralType() | t.FloatType() | t.DoubleType():
            return True
        case t.NumericType(), t.BooleanType():
            return True
        case t.IntegralType(), t.IntegralType():
            return ansi or given.bits <= to.bits
        case t.IntegralType() | t.DecimalType(), t.FloatType() | t.DoubleType():
            return True
        case t.FloatType() | t.DoubleType(), t.DoubleType():
            return True
        case ((t.IntegralType() | t.DecimalType()), t.DecimalType()):
            return ansi or is_up_cast(given, to)
        case t.TimestampNTZType(), t.DateType():
            return True
        case t.DateType(), t.TimestampNTZType():
            return True
        case t.ArrayType(), t.ArrayType():
            return _is_plain_inside(given.element, to.element, mode)
        case t.MapType(), t.MapType():
            return _is_plain_inside(given.key, to.key, mode) and _is_plain_inside(
                given.value, to.value, mode
            )
        case t.StructType(), t.StructType():
            return field_names(given) == field_names(to) and all(
                _is_plain_inside(x.type, y.type, mode)
                for x, y in zip(given.fields, to.fields, strict=True)
            )
        case _:
            return given == to


def _is_plain_inside(given: t.DataType, to: t.DataType, mode: CastMode) -> bool:
    same_text = is_string(given) and is_string(to)
    return same_text or isinstance(given, t.NullType) or _is_plain(given, to, mode)


# ---- endings -------------------------------------------------------------------------------------


def _invalid(value: Expression, given: t.DataType, to: t.DataType) -> Expression:
    """Raise CAST_INVALID_INPUT, showing `value`, a text, as a literal."""
    shown = value
    if is_string(given):
        shown = duck.literal("'").joined(duck.f.replace(value, "'", "\\'")).joined("'")
    return duck.fail(
        "CAST_INVALID_INPUT",
        expression=shown,
        # Spark forgets the text's collation here.
        sourceType=f'"{"STRING" if is_string(given) else given.sql}"',
        targetType=f'"{to.sql}"',
        ansiConfig=_ANSI_SETTING,
    )


def _overflow(value: Expression, given: t.DataType, to: t.DataType) -> Expression:
    return duck.fail(
        "CAST_OVERFLOW",
        value=value,
        sourceType=f'"{given.sql}"',
        targetType=f'"{to.sql}"',
        ansiConfig=_ANSI_SETTING,
    )


def _checked(
    value: Expression,
    given: t.DataType,
    to: t.DataType,
    mode: CastMode,
    read: Callable[[Expression], Expression],
) -> Expression:
    """`read(value)`; under ANSI a null that `value` was not is an error."""

    def build(text: Expression) -> Expression:
        if mode is not CastMode.ANSI:
            return read(text)
        failure = duck.if_(text.is_not_null(), _invalid(text, given, to))
        return duck.f.coalesce(read(text), failure)

    return let(value, build, "text")


# ---- text -> anything ----------------------------------------------------------------------------


def _text_to_integral(
    value: Expression, given: t.DataType, to: t.IntegralType, mode: CastMode
) -> Expression:
    target = duck_type(to)
    read = from_text.to_whole_cut if mode is CastMode.LEGACY else from_text.to_whole
    return _checked(value, given, to, mode, lambda text: read(text, target))


def _text_to_floating(
    value: Expression, given: t.DataType, to: t.DataType, mode: CastMode
) -> Expression:
    target = duck_type(to)
    return _checked(value, given, to, mode, lambda text: from_text.to_floating(text, target))


def _text_to_decimal(
    value: Expression, given: t.DataType, to: t.DecimalType, mode: CastMode
) -> Expression:
    def build(text: Expression) -> Expression:
        def failure(plain: Expression) -> Expression:
            return duck.case(
                (text.is_null(), None),
                (from_text.is_number(plain), _out_of_range(from_text.trimmed(plain), to)),
                otherwise=_invalid(text, given, to),
            )

        return from_text.to_decimal(text, to, failure if mode is CastMode.ANSI else None)

    return let(value, build, "text")


def _out_of_range(value: Expression, to: t.DecimalType) -> Expression:
    return duck.fail(
        "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
        value=value,
        precision=str(to.precision),
        scale=str(to.scale),
        config=_ANSI_SETTING,
    )


def _text_to_boolean(
    value: Expression, given: t.DataType, to: t.DataType, mode: CastMode
) -> Expression:
    return _checked(value, given, to, mode, from_text.to_boolean)


def _text_to_date(
    value: Expression, given: t.DataType, to: t.DataType, mode: CastMode
) -> Expression:
    return _checked(value, given, to, mode, from_text.to_date)


def _text_to_timestamp(
    value: Expression, given: t.DataType, mode: CastMode, zone: str
) -> Expression:
    return _checked(value, given, t.TIMESTAMP, mode, lambda text: from_text.to_moment(text, zone))


def _text_to_local(
    value: Expression, given: t.DataType, to: t.DataType, mode: CastMode
) -> Expression:
    return _checked(value, given, to, mode, from_text.to_local)


def _text_to_time(
    value: Expression, given: t.DataType, to: t.TimeType, mode: CastMode
) -> Expression:
    return _checked(value, given, to, mode, from_text.to_time)


def _text_to_interval(
    value: Expression,
    given: t.DataType,
    to: t.YearMonthIntervalType | t.DayTimeIntervalType,
    mode: CastMode,
) -> Expression:
    months = isinstance(to, t.YearMonthIntervalType)
    words, notice = ("year-month", "") if months else ("day-time", "_WITH_NOTICE")

    def build(text: Expression) -> Expression:
        read = interval_text.to_interval(text, to)
        if mode is CastMode.TRY:
            return read
        # Spark raises these without ANSI too.
        unknown = duck.fail(
            f"INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING{notice}",
            input=text,
            intervalStr=words,
            supportedFormat=interval_text.supported_format(to),
            typeName=to.simple,
        )
        parsing = "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING"
        failure = duck.case(
            (text.is_null(), None),
            (interval_text.has_form(text, to), duck.fail(parsing, input=text, interval=words)),
            otherwise=unknown,
        )
        return duck.f.coalesce(read, failure)

    return let(value, build, "text")


def _text_to_calendar(
    value: Expression, given: t.DataType, to: t.DataType, mode: CastMode
) -> Expression:
    # Text that is no interval is null, whatever the setting.
    return let(value, interval_text.to_calendar, "text")


def _text_to_binary(
    value: Expression, given: t.DataType, to: t.DataType, mode: CastMode
) -> Expression:
    return duck.f.encode(value)


# ---- numbers -------------------------------------------------------------------------------------


def _narrow(
    value: Expression, given: t.IntegralType, to: t.IntegralType, mode: CastMode
) -> Expression:
    return value.try_cast(duck_type(to)) if mode is CastMode.TRY else wrapped(value, to.bits)


def _floating_to_integral(
    value: Expression, given: t.DataType, to: t.IntegralType, mode: CastMode
) -> Expression:
    if mode is CastMode.LEGACY:
        return let(value, lambda number: saturated(number, to), "number")
    return _cut(value, given, to, mode)


def _cut(value: Expression, given: t.DataType, to: t.IntegralType, mode: CastMode) -> Expression:
    """`value` without its fraction, null or CAST_OVERFLOW where it does not fit."""

    def build(number: Expression) -> Expression:
        whole = duck.f.trunc(number).try_cast(duck_type(to))
        if mode is CastMode.TRY:
            return whole
        shown = text_of(number, given)
        if isinstance(given, t.DecimalType):
            shown = shown.joined("BD")
        if isinstance(given, t.DoubleType):
            shown = duck.case((duck.f.isfinite(number), shown.joined("D")), otherwise=shown)
        failure = duck.if_(number.is_not_null(), _overflow(shown, given, to))
        return duck.f.coalesce(whole, failure)

    return let(value, build, "number")


def _decimal_to_integral(
    value: Expression, given: t.DecimalType, to: t.IntegralType, mode: CastMode
) -> Expression:
    if mode is not CastMode.LEGACY:
        return _cut(value, given, to, mode)
    long = wrapped(duck.f.trunc(value), 64, "HUGEINT")
    return long if to.bits == 64 else wrapped(long, to.bits)


def _to_decimal(
    value: Expression, given: t.DataType, to: t.DecimalType, mode: CastMode
) -> Expression:
    return value.try_cast(duck_type(to))


def _floating_to_decimal(
    value: Expression, given: t.DataType, to: t.DecimalType, mode: CastMode
) -> Expression:
    # Spark reads the double as it is printed: 1.005 becomes 1.01, not 1.00.
    target = duck_type(to)

    def build(number: Expression) -> Expression:
        exact = number.cast("DOUBLE") if isinstance(given, t.FloatType) else number
        text = exact.cast("VARCHAR")
        read = text.try_cast(target)
        if to.precision == to.scale:
            # There is no room for the digit before an exponent.
            read = duck.f.coalesce(read, from_text.pointed(text).try_cast(target))
        if mode is not CastMode.ANSI:
            return read
        failure = duck.if_(duck.f.isfinite(number), _out_of_range(text_of(number, given), to))
        return duck.f.coalesce(read, failure)

    return let(value, build, "number")


def _boolean_to_decimal(
    value: Expression, given: t.DataType, to: t.DecimalType, mode: CastMode
) -> Expression:
    return cast(value.cast("INTEGER"), t.INTEGER, to, mode)


def _to_float(value: Expression, given: t.DataType, to: t.DataType, mode: CastMode) -> Expression:
    def build(number: Expression) -> Expression:
        huge = duck.if_(
            number.greater(0.0), duck.literal("inf", "FLOAT"), duck.literal("-inf", "FLOAT")
        )
        fits = number.try_cast("FLOAT")
        return duck.f.coalesce(fits, duck.if_(number.is_not_null(), huge))

    return let(value, build, "number")


def _integral_to_binary(
    value: Expression, given: t.IntegralType, to: t.DataType, mode: CastMode
) -> Expression:
    digits = duck.f.lpad(duck.f.to_hex(value.cast("BIGINT")), 16, "0")
    return duck.f.unhex(duck.f.right(digits, given.bits // 4))


# ---- dates and times -----------------------------------------------------------------------------


def _integral_to_timestamp(
    value: Expression, given: t.DataType, to: t.DataType, mode: CastMode
) -> Expression:
    # Spark stops at the last moment it knows, DuckDB knows fewer: past them it raises.
    return duck.f.make_timestamptz((value.cast("HUGEINT") * _SECOND).cast("BIGINT"))


def _floating_to_timestamp(
    value: Expression, given: t.DataType, to: t.DataType, mode: CastMode
) -> Expression:
    def build(number: Expression) -> Expression:
        size = number.cast("DOUBLE") * 1e6
        moment = duck.f.make_timestamptz(saturated(size, t.LONG))
        finite = duck.f.isfinite(number)
        beyond = duck.f.abs(size).greater(float(2**63))
        if mode is CastMode.LEGACY:
            return duck.if_(finite, moment)
        if mode is CastMode.TRY:
            return duck.case((beyond, None), (finite, moment))
        failure = _invalid(text_of(number, given), t.DOUBLE, to)
        overflow = _overflow(text_of(size, t.DOUBLE).joined("D"), t.DOUBLE, t.LONG)
        known = duck.case((beyond, overflow), otherwise=moment)
        return duck.case((finite, known), (number.is_not_null(), failure))

    return let(value, build, "number")


_DIGITS_OF_SECONDS = 12
"""Of so many seconds the microseconds surely fit into a BIGINT."""


def _decimal_to_timestamp(
    value: Expression, given: t.DecimalType, to: t.DataType, mode: CastMode
) -> Expression:
    whole = duck.f.trunc(value) if given.scale else value
    fraction = duck.f.trunc((value - whole).cast("DECIMAL(18,12)") * _SECOND)
    # Spark keeps the lowest 64 bits of what is too much (of 34 digits: longer ones it rounds).
    seconds = whole.cast("HUGEINT") % duck.literal(2**64, "HUGEINT")
    micros = seconds * _SECOND + fraction.cast("HUGEINT")
    fits = given.precision - given.scale <= _DIGITS_OF_SECONDS
    moment = micros.cast("BIGINT") if fits else wrapped(micros, 64, "HUGEINT")
    return duck.f.make_timestamptz(moment)


def _boolean_to_timestamp(
    value: Expression, given: t.DataType, to: t.DataType, mode: CastMode
) -> Expression:
    # The old rule: true is one microsecond.
    return duck.f.make_timestamptz(value.cast("BIGINT"))


def _floor_seconds(micros: Expression) -> Expression:
    return (micros - ((micros % _SECOND + _SECOND) % _SECOND)) // _SECOND


def _timestamp_to_integral(
    value: Expression, given: t.DataType, to: t.IntegralType, mode: CastMode
) -> Expression:
    def build(moment: Expression) -> Expression:
        seconds = _floor_seconds(duck.f.epoch_us(moment))
        if to.bits == 64:
            return seconds
        fits = seconds.try_cast(duck_type(to))
        if mode is not CastMode.ANSI:
            return fits
        shown = duck.literal("TIMESTAMP '").joined(text_of(moment, given)).joined("'")
        failure = duck.if_(moment.is_not_null(), _overflow(shown, given, to))
        return duck.f.coalesce(fits, failure)

    return let(value, build, "moment")


def _timestamp_to_floating(
    value: Expression, given: t.DataType, to: t.DataType, mode: CastMode
) -> Expression:
    return (duck.f.epoch_us(value) / 1e6).cast(duck_type(to))


def _timestamp_to_decimal(
    value: Expression, given: t.DataType, to: t.DecimalType, mode: CastMode
) -> Expression:
    seconds = duck.f.epoch_us(value).cast("DECIMAL(19,0)") * duck.literal(
        "0.000001", "DECIMAL(6,6)"
    )
    return cast(seconds, t.DecimalType(25, 6), to, mode)


def _timestamp_to_boolean(
    value: Expression, given: t.DataType, to: t.DataType, mode: CastMode
) -> Expression:
    return duck.f.epoch_us(value).differs(0)


def _local_to_timestamp(
    value: Expression, given: t.DataType, mode: CastMode, zone: str
) -> Expression:
    return moment(value.cast("TIMESTAMP") if isinstance(given, t.DateType) else value, zone)


def _timestamp_to_local(
    value: Expression, given: t.DataType, mode: CastMode, zone: str
) -> Expression:
    return clock(value, zone)


def _timestamp_to_date(
    value: Expression, given: t.DataType, mode: CastMode, zone: str
) -> Expression:
    return clock(value, zone).cast("DATE")


def _to_null(value: Expression, given: t.DataType, to: t.DataType, mode: CastMode) -> Expression:
    # The old rule: a date as a number is null.
    return duck.NULL.cast(duck_type(to))


def _time_to_time(
    value: Expression, given: t.TimeType, to: t.TimeType, mode: CastMode
) -> Expression:
    if to.precision >= min(given.precision, 6):
        return value
    step = 10 ** (6 - to.precision)
    micros = _time_micros(value)
    return _time_of(micros - micros % step)


def _time_micros(value: Expression) -> Expression:
    return duck.f.epoch_us(duck.literal("1970-01-01", "DATE") + value)


def _time_of(micros: Expression) -> Expression:
    return duck.f.make_timestamp(micros).cast("TIME")


def _time_to_number(
    value: Expression, given: t.TimeType, to: t.NumericType, mode: CastMode
) -> Expression:
    micros = _time_micros(value)
    if mode is CastMode.LEGACY:
        mode = CastMode.TRY  # what does not fit is null, never cut
    if isinstance(to, t.IntegralType):
        return _seconds_of_day(value, given, to, mode)
    seconds = micros.cast("DECIMAL(11,0)") * duck.literal("0.000001", "DECIMAL(6,6)")
    return cast(seconds, t.DecimalType(17, 6), to, mode)


def _seconds_of_day(
    value: Expression, given: t.TimeType, to: t.IntegralType, mode: CastMode
) -> Expression:
    def build(time: Expression) -> Expression:
        fitting = (_time_micros(time) // _SECOND).try_cast(duck_type(to))
        if mode is not CastMode.ANSI:
            return fitting
        shown = duck.literal("TIME '").joined(text_of(time, given)).joined("'")
        failure = _overflow(shown, given, to)
        return duck.f.coalesce(fitting, duck.if_(time.is_not_null(), failure))

    return let(value, build, "time")


# ---- intervals -----------------------------------------------------------------------------------


def _months_in(unit: int) -> int:
    return 12 if unit == 0 else 1


def _same_year_month(
    value: Expression,
    given: t.YearMonthIntervalType,
    to: t.YearMonthIntervalType,
    mode: CastMode,
) -> Expression:
    return value if to.end >= given.end else value // 12 * 12


def _same_day_time(
    value: Expression, given: t.DayTimeIntervalType, to: t.DayTimeIntervalType, mode: CastMode
) -> Expression:
    unit = _MICROS[to.end]
    return value if to.end >= given.end else value // unit * unit


def _interval_to_number(
    value: Expression,
    given: t.YearMonthIntervalType | t.DayTimeIntervalType,
    to: t.NumericType,
    mode: CastMode,
) -> Expression:
    if mode is CastMode.LEGACY:
        mode = CastMode.ANSI  # what is out of range is an error, whatever the setting
    months = isinstance(given, t.YearMonthIntervalType)
    unit = _months_in(given.end) if months else _MICROS[given.end]
    if isinstance(to, t.IntegralType):
        return let(value, lambda size: _whole_units(size, given, to, unit, mode), "size")
    if months or given.end != 3:
        return cast((value // unit).cast("BIGINT"), t.LONG, to, mode)
    seconds = value.cast("DECIMAL(19,0)") * duck.literal("0.000001", "DECIMAL(6,6)")
    return cast(seconds, t.DecimalType(25, 6), to, mode)


def _whole_units(
    value: Expression, given: t.DataType, to: t.IntegralType, unit: int, mode: CastMode
) -> Expression:
    whole = (value // unit).try_cast(duck_type(to))
    if mode is CastMode.TRY:
        return whole
    failure = _overflow(text_of(value, given), given, to)
    return duck.f.coalesce(whole, duck.if_(value.is_not_null(), failure))


def _number_to_interval(
    value: Expression,
    given: t.NumericType,
    to: t.YearMonthIntervalType | t.DayTimeIntervalType,
    mode: CastMode,
) -> Expression:
    months = isinstance(to, t.YearMonthIntervalType)
    unit = _months_in(to.end) if months else _MICROS[to.end]

    def build(number: Expression) -> Expression:
        counted = _many(number, given, unit)
        fits = counted.try_cast("INTEGER" if months else "BIGINT")
        if mode is CastMode.TRY:
            return fits
        shown = text_of(number, given).joined(_SUFFIX.get(type(given), ""))
        return duck.f.coalesce(fits, duck.if_(number.is_not_null(), _overflow(shown, given, to)))

    return let(value, build, "number")


def _many(number: Expression, given: t.NumericType, unit: int) -> Expression:
    """A number so many times, rounded, with as many digits as there is room for; null where it is
    beyond any interval.
    """
    if not isinstance(given, t.DecimalType):
        return number.cast("HUGEINT") * unit
    digits = len(str(unit))
    room = t.DecimalType.MAX_PRECISION - given.precision
    if digits <= room:
        product = number * duck.literal(unit, f"DECIMAL({room},0)")
    else:
        product = number.try_cast("DECIMAL(26,6)") * unit
    return duck.f.round(product).cast("HUGEINT")


# ---- nested --------------------------------------------------------------------------------------


def _array(value: Expression, given: t.ArrayType, to: t.ArrayType, mode: CastMode) -> Expression:
    def item(element: Expression) -> Expression:
        return cast(element, given.element, to.element, mode)

    return duck.f.list_transform(value, duck.lambda_("_item", item))


def _map(value: Expression, given: t.MapType, to: t.MapType, mode: CastMode) -> Expression:
    def entry(item: Expression) -> Expression:
        key = cast(duck.field_of(item, "key"), given.key, to.key, mode)
        return duck.struct_of(
            key=key, value=cast(duck.field_of(item, "value"), given.value, to.value, mode)
        )

    entries = duck.f.list_transform(duck.f.map_entries(value), duck.lambda_("_item", entry))
    return duck.f.map_from_entries(entries)


def _struct(value: Expression, given: t.StructType, to: t.StructType, mode: CastMode) -> Expression:
    def build(struct: Expression) -> Expression:
        old, new = field_names(given), field_names(to)
        pairs = zip(old, new, given.fields, to.fields, strict=True)
        fields = tuple(
            (name, cast(duck.field_of(struct, before), x.type, y.type, mode))
            for before, name, x, y in pairs
        )
        return duck.if_(struct.is_not_null(), StructOf(fields))

    return let(value, build, "struct")


# ---- the table -----------------------------------------------------------------------------------

_KINDS: dict[type[t.DataType], str] = {
    t.ByteType: "integral",
    t.ShortType: "integral",
    t.IntegerType: "integral",
    t.LongType: "integral",
    t.FloatType: "floating",
    t.DoubleType: "floating",
    t.DecimalType: "decimal",
    t.BooleanType: "boolean",
    t.StringType: "text",
    t.CharType: "text",
    t.VarcharType: "text",
    t.BinaryType: "binary",
    t.DateType: "date",
    t.TimestampType: "timestamp",
    t.TimestampNTZType: "local",
    t.TimeType: "time",
    t.YearMonthIntervalType: "months",
    t.DayTimeIntervalType: "duration",
    t.CalendarIntervalType: "interval",
    t.ArrayType: "array",
    t.MapType: "map",
    t.StructType: "struct",
    t.VariantType: "variant",
}


def _kind(given: t.DataType) -> str:
    return _KINDS.get(type(given), "other")


_IN_ZONE: dict[tuple[str, str], Callable[..., Expression]] = {
    ("text", "timestamp"): _text_to_timestamp,
    ("date", "timestamp"): _local_to_timestamp,
    ("local", "timestamp"): _local_to_timestamp,
    ("timestamp", "local"): _timestamp_to_local,
    ("timestamp", "date"): _timestamp_to_date,
}
"""What goes by the clocks of the session's zone."""

_RULES: dict[tuple[str, str], Callable[..., Expression]] = {
    ("text", "integral"): _text_to_integral,
    ("text", "floating"): _text_to_floating,
    ("text", "decimal"): _text_to_decimal,
    ("text", "boolean"): _text_to_boolean,
    ("text", "date"): _text_to_date,
    ("text", "local"): _text_to_local,
    ("text", "time"): _text_to_time,
    ("text", "binary"): _text_to_binary,
    ("text", "months"): _text_to_interval,
    ("text", "duration"): _text_to_interval,
    ("text", "interval"): _text_to_calendar,
    ("integral", "integral"): _narrow,
    ("integral", "decimal"): _to_decimal,
    ("integral", "binary"): _integral_to_binary,
    ("integral", "timestamp"): _integral_to_timestamp,
    ("integral", "months"): _number_to_interval,
    ("integral", "duration"): _number_to_interval,
    ("floating", "integral"): _floating_to_integral,
    ("floating", "floating"): _to_float,
    ("floating", "decimal"): _floating_to_decimal,
    ("floating", "timestamp"): _floating_to_timestamp,
    ("decimal", "integral"): _decimal_to_integral,
    ("decimal", "decimal"): _to_decimal,
    ("decimal", "timestamp"): _decimal_to_timestamp,
    ("decimal", "months"): _number_to_interval,
    ("decimal", "duration"): _number_to_interval,
    ("boolean", "decimal"): _boolean_to_decimal,
    ("boolean", "timestamp"): _boolean_to_timestamp,
    ("date", "integral"): _to_null,
    ("date", "floating"): _to_null,
    ("date", "decimal"): _to_null,
    ("date", "boolean"): _to_null,
    ("timestamp", "integral"): _timestamp_to_integral,
    ("timestamp", "floating"): _timestamp_to_floating,
    ("timestamp", "decimal"): _timestamp_to_decimal,
    ("timestamp", "boolean"): _timestamp_to_boolean,
    ("time", "time"): _time_to_time,
    ("time", "integral"): _time_to_number,
    ("time", "decimal"): _time_to_number,
    ("months", "months"): _same_year_month,
    ("months", "integral"): _interval_to_number,
    ("months", "decimal"): _interval_to_number,
    ("duration", "duration"): _same_day_time,
    ("duration", "integral"): _interval_to_number,
    ("duration", "decimal"): _interval_to_number,
    ("array", "array"): _array,
    ("map", "map"): _map,
    ("struct", "struct"): _struct,
    ("boolean", "variant"): into_variant,
    ("integral", "variant"): into_variant,
    ("floating", "variant"): into_variant,
    ("decimal", "variant"): into_variant,
    ("text", "variant"): into_variant,
    ("binary", "variant"): into_variant,
    ("date", "variant"): into_variant,
    ("timestamp", "variant"): into_variant,
    ("local", "variant"): into_variant,
    ("array", "variant"): into_variant,
}
