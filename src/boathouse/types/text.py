"""Constants as Spark writes them: in column names, in SQL text, in messages."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boathouse.types import datatypes as t
from boathouse.types import java_numbers
from boathouse.types.civil import date_of
from boathouse.types.zones import named

if TYPE_CHECKING:
    from collections.abc import Iterable

_SUFFIX: dict[type[t.DataType], str] = {
    t.ByteType: "Y",
    t.ShortType: "S",
    t.LongType: "L",
    t.DecimalType: "BD",
    t.DoubleType: "D",
}
_MICROS = 1_000_000
_PLAIN_LOW, _PLAIN_HIGH = 1e-3, 1e7


def literal_text(value: Any, of: t.DataType, *, quoted: bool, zone: str = "UTC") -> str:
    """A literal in a column name, or (`quoted`) as SQL text with quotes and suffixes."""
    if value is None:
        return "NULL"
    if isinstance(of, (t.StringType, t.CharType, t.VarcharType)):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" if quoted else value
    if isinstance(of, t.NumericType):
        return _number(value, of, quoted=quoted)
    match of:
        case t.BooleanType():
            return "true" if value else "false"
        case t.BinaryType():
            return f"X'{value.hex().upper()}'"
        case t.DateType():
            return f"DATE '{date_text(value)}'"
        case t.TimestampType():
            return f"TIMESTAMP '{timestamp_text(value, zone)}'"
        case t.TimestampNTZType():
            return f"TIMESTAMP_NTZ '{timestamp_text(value, 'UTC')}'"
        case t.TimeType():
            return f"TIME '{time_text(value)}'"
        case _:
            return _nested_or_interval(value, of, quoted=quoted, zone=zone)


def _number(value: Any, of: t.DataType, *, quoted: bool) -> str:
    text = number_text(value, of)
    if not quoted:
        return text
    if isinstance(of, t.FloatType):
        return f"CAST({text} AS FLOAT)"
    return text + _SUFFIX.get(type(of), "")


def number_text(value: Any, of: t.DataType) -> str:
    """A number as it stands in the name of a column; small decimals as Java's ``1E-8``."""
    if isinstance(of, (t.DoubleType, t.FloatType)):
        return double_text(value, single=isinstance(of, t.FloatType))
    if isinstance(of, t.DecimalType):
        return str(Decimal(f"{Decimal(value):.{of.scale}f}"))
    return str(value)


def double_text(value: float, *, single: bool = False) -> str:
    """A floating point number as Java writes it: ``1.0E7``, ``0.001``, ``Infinity``."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    minus = "-" if math.copysign(1, value) < 0 else ""
    if value == 0:
        return f"{minus}0.0"
    digits, point = java_numbers.figures(abs(value), single=single)
    if _PLAIN_LOW <= abs(value) < _PLAIN_HIGH:
        return minus + _plain(digits, point)
    return f"{minus}{digits[0]}.{digits[1:] or '0'}E{point - 1}"


def _plain(figures: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + figures
    padded = figures.ljust(point, "0")
    return f"{padded[:point]}.{padded[point:] or '0'}"


def date_text(days: int) -> str:
    """Days since the epoch as ``yyyy-MM-dd``; years past 9999 carry a plus."""
    year, month, day = date_of(days)
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    return f"{sign}{abs(year):04d}-{month:02d}-{day:02d}"


def timestamp_text(micros: int, zone: str) -> str:
    """Microseconds since the epoch as local time in `zone`, without trailing zeros."""
    offset, _ = named(zone).at(micros // 1_000_000)
    days, rest = divmod(micros + offset * 1_000_000, 86_400_000_000)
    return f"{date_text(days)} {time_text(rest * 1000)}"


def time_text(nanos: int) -> str:
    """Nanoseconds of the day as ``HH:mm:ss[.fraction]``."""
    seconds, fraction = divmod(nanos, 1_000_000_000)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    tail = f"{fraction:09d}".rstrip("0")
    return f"{text}.{tail}" if tail else text


def _nested_or_interval(value: Any, of: t.DataType, *, quoted: bool, zone: str) -> str:
    def inner(item: Any, kind: t.DataType) -> str:
        return literal_text(item, kind, quoted=quoted, zone=zone)

    def called(name: str, items: Iterable[str]) -> str:
        # In the name of a column it is the call that Spark reads where the literal stands.
        return f"{name if quoted else name.lower()}({', '.join(items)})"

    match of:
        case t.ArrayType():
            return called("ARRAY", [inner(item, of.element) for item in value])
        case t.MapType():
            pairs = [f"{inner(k, of.key)}, {inner(v, of.value)}" for k, v in value]
            return called("MAP", pairs)
        case t.StructType():
            fields = [
                f"{inner(t_name, t.STRING)}, {inner(item, f.type)}"
                for t_name, item, f in zip(of.names, value, of.fields, strict=True)
            ]
            return called("NAMED_STRUCT", fields)
        case t.YearMonthIntervalType() | t.DayTimeIntervalType():
            return interval_text(value, of)
        case t.CalendarIntervalType():
            return f"INTERVAL '{calendar_interval_text(value)}'"
        case _:
            return str(value)


def interval_text(value: int, of: t.YearMonthIntervalType | t.DayTimeIntervalType) -> str:
    """``INTERVAL '1-2' YEAR TO MONTH`` and its kin, as Spark casts an ANSI interval to text."""
    units = t.YEAR_MONTH_UNITS if isinstance(of, t.YearMonthIntervalType) else t.DAY_TIME_UNITS
    sign, size = ("-", -value) if value < 0 else ("", value)
    bounds = units[of.start] if of.start == of.end else f"{units[of.start]} to {units[of.end]}"
    months = isinstance(of, t.YearMonthIntervalType)
    body = _year_month(size, of) if months else _day_time(size, of)
    return f"INTERVAL '{sign}{body}' {bounds.upper()}"


def _year_month(months: int, of: t.YearMonthIntervalType) -> str:
    if of.start == of.end:
        return str(months // 12 if of.start == 0 else months)
    return f"{months // 12}-{months % 12}"


def _day_time(micros: int, of: t.DayTimeIntervalType) -> str:
    seconds, fraction = divmod(micros, _MICROS)
    sizes = (86_400, 3_600, 60, 1)
    amounts: list[int] = []
    rest = seconds
    for position in range(of.start, of.end + 1):
        amount, rest = divmod(rest, sizes[position])
        amounts.append(amount)
    pieces = [str(amounts[0])] + [f"{amount:02d}" for amount in amounts[1:]]
    if of.start > 0:
        pieces[0] = pieces[0].rjust(2, "0")
    if of.end == len(sizes) - 1 and fraction:
        pieces[-1] += "." + f"{fraction:06d}".rstrip("0")
    if of.start == 0 and len(pieces) > 1:
        return f"{pieces[0]} {':'.join(pieces[1:])}"
    return ":".join(pieces)


def calendar_interval_text(value: tuple[int, int, int]) -> str:
    """``1 years 2 months 3 days 4 hours ...``: the parts that are not zero."""
    months, days, micros = value
    years, months = _truncated(months, 12)
    hours, rest = _truncated(micros, 3_600 * _MICROS)
    minutes, rest = _truncated(rest, 60 * _MICROS)
    parts = [(years, "years"), (months, "months"), (days, "days"), (hours, "hours")]
    texts = [f"{amount} {unit}" for amount, unit in [*parts, (minutes, "minutes")] if amount]
    if rest:
        seconds = f"{Decimal(rest) / _MICROS:f}"
        texts.append(f"{seconds} seconds")
    return " ".join(texts) or "0 seconds"


def _truncated(value: int, by: int) -> tuple[int, int]:
    quotient = abs(value) // by * (1 if value >= 0 else -1)
    return quotient, value - quotient * by


def pretty_text(value: Any, of: t.DataType, zone: str = "UTC") -> str:
    """A value as ``show()`` prints it: like a cast to text, but NULL in capitals at any depth and
    binary as ``[0A FF]``.
    """

    def inner(item: Any, kind: t.DataType) -> str:
        return pretty_text(item, kind, zone)

    if value is None:
        return "NULL"
    match of:
        case t.NumericType():
            return number_text(value, of)
        case t.BooleanType():
            return "true" if value else "false"
        case t.DateType():
            return date_text(value)
        case t.TimestampType():
            return timestamp_text(value, zone)
        case t.TimestampNTZType():
            return timestamp_text(value, "UTC")
        case t.TimeType():
            return time_text(value)
        case t.BinaryType():
            return f"[{' '.join(f'{byte:02X}' for byte in value)}]"
        case t.ArrayType():
            return f"[{', '.join(inner(item, of.element) for item in value)}]"
        case t.MapType():
            pairs = [f"{inner(k, of.key)} -> {inner(v, of.value)}" for k, v in value]
            return "{" + ", ".join(pairs) + "}"
        case t.StructType():
            fields = zip(value, of.fields, strict=True)
            return "{" + ", ".join(inner(item, f.type) for item, f in fields) + "}"
        case t.CalendarIntervalType():
            return calendar_interval_text(value)
        case t.UserDefinedType():
            return inner(value, of.storage)
        case _:
            return literal_text(value, of, quoted=False, zone=zone)
