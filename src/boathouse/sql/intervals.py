"""Interval literals: ``INTERVAL 1 DAY 2 HOURS``, ``'1-2' YEAR TO MONTH``, ``INTERVAL '1 day'``.

Year-month values are months, day-time values are microseconds, calendar values are the triple of
months, days and microseconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from boathouse.errors.exceptions import (
    IllegalArgumentError,
    ParseError,
    QueryContext,
    SparkArithmeticError,
    SparkError,
)
from boathouse.spec.expressions import Literal
from boathouse.types import datatypes as types

MICROSECONDS = {
    "day": 86_400_000_000,
    "hour": 3_600_000_000,
    "minute": 60_000_000,
    "second": 1_000_000,
    "millisecond": 1_000,
    "microsecond": 1,
}
MONTHS = {"year": 12, "month": 1}
UNITS = frozenset({*MICROSECONDS, *MONTHS, "week", "nanosecond"})

_PAIR = re.compile(r"\s*([+-]?)\s*(\d*\.?\d*)\s+([a-zA-Z]+)", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")


def unit_of(word: str) -> str | None:
    """The singular lower-case unit that `word` names, or None."""
    name = word.lower().removesuffix("s")
    return name if name in UNITS else None


@dataclass(frozen=True, slots=True)
class _Amount:
    months: int = 0
    days: int = 0
    microseconds: int = 0

    def plus(self, other: _Amount) -> _Amount:
        return _Amount(
            self.months + other.months,
            self.days + other.days,
            self.microseconds + other.microseconds,
        )


def multi_unit(
    pairs: list[tuple[str, str]], written: str, context: QueryContext, *, legacy: bool = False
) -> Literal:
    """`pairs` of number text and unit as written; year-month and day-time units do not mix (but in
    `legacy` mode, which makes calendar intervals of everything). `written` is the literal's text.
    """
    total = _Amount()
    for value, word in pairs:
        total = total.plus(_amount(value.strip(), word, context))
    names = [unit_of(word) or word for _, word in pairs]
    if legacy:
        value = (total.months, total.days, total.microseconds)
        return Literal(value, types.CALENDAR_INTERVAL)
    year_month = [unit in MONTHS for unit in names]
    if any(year_month) and not all(year_month):
        raise ParseError("_LEGACY_ERROR_TEMP_0029", context, literal=written)
    if year_month[0]:
        places = [types.YEAR_MONTH_UNITS.index(unit) for unit in names]
        kind = types.YearMonthIntervalType(min(places), max(places))
        return Literal(total.months, kind)
    places = [_day_time_place(unit) for unit in names]
    microseconds = total.days * MICROSECONDS["day"] + total.microseconds
    if not _fits(microseconds, 64):
        raise SparkArithmeticError("INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION")
    return Literal(microseconds, types.DayTimeIntervalType(min(places), max(places)))


def _fits(number: int, bits: int) -> bool:
    return -(2 ** (bits - 1)) <= number < 2 ** (bits - 1)


def _day_time_place(unit: str) -> int:
    if unit == "week":
        return 0
    return types.DAY_TIME_UNITS.index(unit) if unit in types.DAY_TIME_UNITS else 3


_NANOSECONDS = 9
"""The most digits of a fraction that Spark reads."""


def _amount(value: str, word: str, context: QueryContext) -> _Amount:
    """One number of one unit; only seconds may have a fraction."""
    shown, unit = f" {value} {word}", unit_of(word)
    value = re.sub(r"^([+-])\s+", r"\1", value)
    if unit == "nanosecond":
        # A word of the language, but no unit.
        condition = "INVALID_INTERVAL_FORMAT.INVALID_UNIT"
        raise IllegalArgumentError(condition, context, input=shown, unit=word.lower())
    if not _NUMBER.fullmatch(value):
        raise _no_number(value, word.lower(), shown, context)
    if len(value.partition(".")[2]) > _NANOSECONDS:
        condition = "INVALID_INTERVAL_FORMAT.INVALID_PRECISION"
        raise IllegalArgumentError(condition, context, input=shown, value=value)
    number = Decimal(value)
    if unit == "second":
        return _Amount(microseconds=int(number * 1_000_000))
    if number != int(number) or "." in value:
        condition = "INVALID_INTERVAL_FORMAT.INVALID_FRACTION"
        raise IllegalArgumentError(condition, context, input=shown, unit=word.lower())
    whole = int(number)
    if unit in MONTHS:
        amount = _Amount(months=whole * MONTHS[unit])
    elif unit in {"day", "week"}:
        amount = _Amount(days=whole * (7 if unit == "week" else 1))
    else:
        amount = _Amount(microseconds=whole * MICROSECONDS[unit or ""])
    small = _fits(amount.months, 32) and _fits(amount.days, 32)
    if not (small and _fits(amount.microseconds, 64)):
        condition = "INVALID_INTERVAL_FORMAT.ARITHMETIC_EXCEPTION"
        raise IllegalArgumentError(condition, context, input=shown)
    return amount


def _no_number(value: str, unit: str, shown: str, context: QueryContext) -> SparkError:
    """The error for a value of an interval that is no number: Spark looks for letters first."""
    if any(letter.isalpha() for letter in value):
        return ParseError("_LEGACY_ERROR_TEMP_0026", context, value=value)
    words = value.split()
    if not words:
        condition = "INVALID_INTERVAL_FORMAT.UNRECOGNIZED_NUMBER"
        return IllegalArgumentError(condition, context, input=shown, number=unit)
    if len(words) > 1:
        condition = "INVALID_INTERVAL_FORMAT.INVALID_UNIT"
        return IllegalArgumentError(condition, context, input=shown, unit=words[1])
    condition = "INVALID_INTERVAL_FORMAT.INVALID_VALUE"
    # Behind a sign alone Spark takes the unit for the number.
    wrong = unit if value in {"+", "-"} else value
    return IllegalArgumentError(condition, context, input=shown, value=wrong)


def from_text(text: str, written: str, context: QueryContext, *, legacy: bool = False) -> Literal:
    """``INTERVAL '1 day 2 hours'``; raises INVALID_TYPED_LITERAL for other text."""
    body = text.strip()
    if body[:8].lower() == "interval":
        body = body[8:]
    pairs: list[tuple[str, str]] = []
    position = 0
    while position < len(body) and body[position:].strip():
        match = _PAIR.match(body, position)
        unit = unit_of(match[3]) if match else None
        if match is None or unit is None or not _NUMBER.fullmatch(match[2]):
            raise _invalid(text, context)
        pairs.append((match[1] + match[2], unit))
        position = match.end()
    if not pairs:
        raise _invalid(text, context)
    try:
        return multi_unit(pairs, written, context, legacy=legacy)
    except IllegalArgumentError:
        raise _invalid(text, context) from None


def _invalid(text: str, context: QueryContext) -> ParseError:
    return ParseError("INVALID_TYPED_LITERAL", context, valueType='"INTERVAL"', value=f"'{text}'")


_DAY, _HOUR, _MINUTE = r"(?P<day>\d{1,9})", r"(?P<hour>\d{1,9})", r"(?P<minute>\d{1,9})"
_SECOND = r"(?P<second>\d{1,9}(?:\.\d{1,9})?)"
_DAY_TIME_PATTERN = {
    ("day", "hour"): rf"{_DAY}\s+{_HOUR}",
    ("day", "minute"): rf"{_DAY}\s+{_HOUR}:{_MINUTE}",
    ("day", "second"): rf"{_DAY}\s+{_HOUR}:{_MINUTE}:{_SECOND}",
    ("hour", "minute"): rf"{_HOUR}:{_MINUTE}",
    ("hour", "second"): rf"{_HOUR}:{_MINUTE}:{_SECOND}",
    ("minute", "second"): rf"{_MINUTE}:{_SECOND}",
}
_LIMITS = {"day": 106_751_991, "hour": 23, "minute": 59, "second": 59}


def unit_to_unit(
    text: str, first: str, last: str, context: QueryContext, *, negative: bool = False
) -> Literal:
    """``'1-2' YEAR TO MONTH``, ``'1 2:3:4.5' DAY TO SECOND`` and the forms between."""
    body, sign = text.strip(), -1 if negative else 1
    if body[:1] in {"-", "+"}:
        sign = -sign if body[0] == "-" else sign
        body = body[1:]
    if (first, last) == ("year", "month"):
        match = re.fullmatch(r"(\d{1,9})-(\d{1,9})", body, re.ASCII)
        if match is None:
            raise _unmatched(text, first, last, context)
        months = sign * (int(match[1]) * 12 + int(match[2]))
        if int(match[2]) > 11 or not -(2**31) <= months < 2**31:
            condition = "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING"
            raise ParseError(condition, context, input=text, interval="year-month")
        return Literal(months, types.YearMonthIntervalType())
    pattern = _DAY_TIME_PATTERN.get((first, last))
    if pattern is None:
        condition = "INVALID_INTERVAL_FORMAT.UNSUPPORTED_FROM_TO_EXPRESSION"
        raise ParseError(condition, context, input=text, **{"from": first, "to": last})
    match = re.fullmatch(pattern, body, re.ASCII)
    if match is None:
        raise _unmatched(text, first, last, context)
    parts = match.groupdict()
    total = 0
    for unit, value in parts.items():
        if (unit != first or unit == "day") and Decimal(value) >= _LIMITS[unit] + 1:
            message = f"requirement failed: {unit} {value} outside range [0, {_LIMITS[unit]}]"
            raise ParseError("_LEGACY_ERROR_TEMP_0063", context, msg=message)
        total += int(Decimal(value) * MICROSECONDS[unit])
    start, end = types.DAY_TIME_UNITS.index(first), types.DAY_TIME_UNITS.index(last)
    return Literal(sign * total, types.DayTimeIntervalType(start, end))


_LOOSE = re.compile(r"([+|-])?(?:(\d+) )?(?:(\d+):)?(\d+):(\d+)(?:\.(\d{1,9}))?", re.ASCII)


def loose_day_time(
    text: str, first: str, last: str, context: QueryContext, *, negative: bool = False
) -> Literal:
    """The interval that Spark read before version 3 where days, hours, minutes and seconds may be
    left away whatever the units say; what is finer than `last` is cut.
    """
    match = _LOOSE.fullmatch(text.strip())
    if (first, last) not in _DAY_TIME_PATTERN:
        return unit_to_unit(text, first, last, context)
    if match is None:
        message = (
            "requirement failed: Interval string must match day-time format of 'd h:m:s.n': "
            f"{text}, set spark.sql.legacy.fromDayTimeString.enabled to true to restore the "
            "behavior before Spark 3.0."
        )
        raise ParseError("_LEGACY_ERROR_TEMP_0063", context, msg=message)
    sign, day, *clock, fraction = match.groups()
    if clock[0] is None and first != "minute" and fraction is None:
        clock = [*clock[1:], None]  # two numbers are hours and minutes, if nothing says otherwise
    given = dict(zip(("day", "hour", "minute", "second"), (day, *clock), strict=True))
    total = 0
    for unit, number in given.items():
        value = int(number or 0)
        if unit != "day" and value > _LIMITS[unit]:
            message = f"requirement failed: {unit} {value} outside range [0, {_LIMITS[unit]}]"
            condition = "INVALID_INTERVAL_FORMAT.DAY_TIME_PARSING"
            raise ParseError(condition, context, msg=message, input=text)
        total += value * MICROSECONDS[unit]
    total += int((fraction or "").ljust(6, "0")[:6])
    total -= total % MICROSECONDS[last] if last != "second" else 0
    start, end = types.DAY_TIME_UNITS.index(first), types.DAY_TIME_UNITS.index(last)
    less = (sign == "-") != negative
    return Literal(-total if less else total, types.DayTimeIntervalType(start, end))


def calendar_of(given: Literal) -> Literal:
    """A year-month or day-time interval as a calendar interval."""
    number = int(given.value or 0)
    if isinstance(given.type, types.YearMonthIntervalType):
        return Literal((number, 0, 0), types.CALENDAR_INTERVAL)
    sign = -1 if number < 0 else 1
    days, rest = divmod(abs(number), MICROSECONDS["day"])
    if isinstance(given.type, types.DayTimeIntervalType) and given.type.start > 0:
        days, rest = 0, abs(number)
    return Literal((0, sign * days, sign * rest), types.CALENDAR_INTERVAL)


_FORMS = {
    ("year", "month"): "y-m",
    ("day", "hour"): "d h",
    ("day", "minute"): "d h:m",
    ("day", "second"): "d h:m:s.n",
    ("hour", "minute"): "h:m",
    ("hour", "second"): "h:m:s.n",
    ("minute", "second"): "m:s.n",
}


def _unmatched(text: str, first: str, last: str, context: QueryContext) -> ParseError:
    form, units = f"[+|-]{_FORMS[first, last]}", f"{first} to {last}"
    months = first == "year"
    suffix = "" if months else "_WITH_NOTICE"
    return ParseError(
        f"INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING{suffix}",
        context,
        input=text,
        intervalStr="year-month" if months else "day-time",
        supportedFormat=f"`{form}`, `INTERVAL [+|-]'{form}' {units.upper()}`",
        typeName=f"interval {units}",
    )
