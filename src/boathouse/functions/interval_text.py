"""Text as an interval: the forms that CAST from STRING reads, null where the text is none."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions.let import let
from boathouse.functions.narrowing import wrapped
from boathouse.types import datatypes as t

_BLANK = r"[\x00-\x20\x7f]*"
_LETTERS = {"year": "y", "month": "m", "day": "d", "hour": "h", "minute": "m", "second": "s.n"}
_MICROS = {"day": 86_400_000_000, "hour": 3_600_000_000, "minute": 60_000_000}
_LIMITED = {
    "month": r"(0?\d|10|11)",
    "hour": r"(\d|0\d|1\d|2[0-3])",
    "minute": r"([0-5]?\d)",
    "second": r"([0-5]?\d)(?:\.(\d{1,9}))?",
}

_Interval = t.YearMonthIntervalType | t.DayTimeIntervalType


def _units(to: _Interval) -> tuple[str, ...]:
    names = t.YEAR_MONTH_UNITS if isinstance(to, t.YearMonthIntervalType) else t.DAY_TIME_UNITS
    return names[to.start : to.end + 1]


def _written(to: _Interval, pieces: list[str]) -> str:
    """The parts between the marks that stand between units: ``d h:m:s``, ``y-m``."""
    units = _units(to)
    text = pieces[0]
    for before, piece in zip(units, pieces[1:], strict=False):
        text += {"year": "-", "day": " "}.get(before, ":") + piece
    return text


def supported_format(to: _Interval) -> str:
    """How an error message writes the forms of `to`."""
    form = _written(to, [_LETTERS[unit] for unit in _units(to)])
    name = to.simple.removeprefix("interval ").upper()
    return f"`[+|-]{form}`, `INTERVAL [+|-]'[+|-]{form}' {name}`"


def _pattern(to: _Interval) -> str:
    """Groups: both signs, then the numbers, the fraction of seconds last."""
    units = _units(to)
    first = rf"({_leading(units[0])})" + (r"(?:\.(\d{1,9}))?" if units[0] == "second" else "")
    return _framed(to, _written(to, [first, *(_LIMITED[unit] for unit in units[1:])]))


_MOST_DIGITS = {"day": 9, "hour": 10, "minute": 12, "second": 13}
"""How many digits the first number of an interval may have; years and months as a BIGINT has."""


def _leading(unit: str) -> str:
    return rf"\d{{1,{_MOST_DIGITS.get(unit, 19)}}}"


def _framed(to: _Interval, body: str) -> str:
    name = r"\s+".join(to.simple.removeprefix("interval ").split(" "))
    return rf"(?i)^{_BLANK}(?:interval\s+([+-])?')?([+-])?{body}(?:'\s+{name})?{_BLANK}$"


def has_form(text: Expression, to: _Interval) -> Expression:
    """Whether `text` looks like an interval of `to`, whatever numbers stand in it."""
    months = isinstance(to, t.YearMonthIntervalType)
    number = r"\d+" if months else _leading(_units(to)[0])
    fraction = r"(?:\.\d{1,9})?"
    later = [r"\d{1,2}" + (fraction if unit == "second" else "") for unit in _units(to)[1:]]
    first = number + (fraction if _units(to)[0] == "second" else "")
    return duck.f.regexp_matches(text, _framed(to, _written(to, [first, *later])))


def to_interval(text: Expression, to: _Interval) -> Expression:
    """The months or microseconds that `text` says, null where it has not the form of `to`."""
    units = _units(to)
    letters = "abcdef"[: len(units)] + ("f" if units[-1] == "second" else "")
    names = ["p", "q", *letters]
    found = duck.f.regexp_extract(text, _pattern(to), duck.list_of(*names))

    def build(parts: Expression) -> Expression:
        numbers = [duck.field_of(parts, letter) for letter in letters]
        size = _months(units, numbers) if "year" in units or units == ("month",) else None
        size = size if size is not None else _micros(units, numbers)
        signs = duck.field_of(parts, "p"), duck.field_of(parts, "q")
        negative = signs[0].equals("-").differs(signs[1].equals("-"))
        whole = duck.case((negative, -size), otherwise=size)
        target = "INTEGER" if isinstance(to, t.YearMonthIntervalType) else "BIGINT"
        return duck.if_(numbers[0].differs(""), whole.try_cast(target))

    return let(found, build, "parts")


def _number(digits: Expression) -> Expression:
    return digits.try_cast("HUGEINT")


def _months(units: tuple[str, ...], numbers: list[Expression]) -> Expression:
    if units == ("month",):
        return _number(numbers[0])
    if len(units) == 1:  # Spark keeps the lowest 64 bits of the product, without a word
        years = numbers[0].try_cast("BIGINT").cast("HUGEINT")
        return wrapped(years * 12, 64, "HUGEINT").cast("HUGEINT")
    years = _number(numbers[0]) * 12
    return years + _number(numbers[1])


def _micros(units: tuple[str, ...], numbers: list[Expression]) -> Expression:
    total = duck.literal(0, "HUGEINT")
    for unit, digits in zip(units, numbers, strict=False):
        total += _number(digits) * _MICROS.get(unit, 1_000_000)
    if len(units) == 1 and units != ("second",):  # and of this one
        return wrapped(total, 64, "HUGEINT").cast("HUGEINT")
    if units[-1] == "second":
        fraction = duck.f.left(duck.f.rpad(numbers[-1], 6, "0"), 6)
        total += _number(fraction)
    return total


_CALENDAR = (
    r"(?i)(?:interval\s+)?(?:[+-]?\d+(?:\.\d+)?\s+"
    r"(?:year|month|week|day|hour|minute|second|millisecond|microsecond)s?\s*)+"
)


def to_calendar(text: Expression) -> Expression:
    """An interval of months, days and microseconds: ``1 day -2 hours``."""
    bare = duck.f.regexp_replace(text, rf"(?i)^{_BLANK}interval\s+", "")
    legal = duck.f.regexp_full_match(text, f"{_BLANK}{_CALENDAR}{_BLANK}")
    return duck.if_(legal, bare.try_cast("INTERVAL"))
