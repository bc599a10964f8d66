"""Calendar intervals multiplied and divided: each of their three parts is scaled for itself; what
is left of a day goes to its clock, and what is left of a month is lost.
"""

from __future__ import annotations

from typing import Any

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions.arithmetic import guarded, mode_of, overflow
from boathouse.functions.datetime_operators import CALENDAR
from boathouse.functions.interval_parts import calendar_of, micros_of, months_of
from boathouse.functions.let import let_all
from boathouse.functions.narrowing import saturated
from boathouse.functions.registry import Group
from boathouse.functions.signature import DOUBLE, always
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode

DATETIME = Group("datetime_funcs")
_DAY = 86_400_000_000


def _scaled(interval: Expression, number: Expression, symbol: str, mode: CastMode) -> Expression:
    def parts(span: Expression, by: Expression) -> Expression:
        scaled = tuple(
            duck.operator(symbol, part.cast("DOUBLE"), by)
            for part in (months_of(span), duck.f.datepart("day", span), micros_of(span))
        )
        return let_all(scaled, build, "part")

    def build(months: Expression, days: Expression, micros: Expression) -> Expression:
        clock = micros + (days - saturated(days, t.INTEGER)) * _DAY
        # Java rounds half up, and never complains about the clock.
        rounded = saturated(duck.f.floor(clock + 0.5), t.LONG)
        return calendar_of(_whole(months, mode), _whole(days, mode), rounded)

    return let_all((interval, number), parts, "scaled")


def _whole(number: Expression, mode: CastMode) -> Expression:
    """A double cut to an INTEGER. Where it does not fit it is an error under ANSI, null where it is
    tried, and else the nearest one that does.
    """
    whole = saturated(number, t.INTEGER)
    if mode is CastMode.LEGACY:
        return whole
    large = duck.any_of(number.at_least(2.0**31), number.at_most(-(2.0**31) - 1))
    known = duck.f.isnan(number).negated()
    failure = overflow("overflow") if mode is CastMode.ANSI else None
    return duck.case((duck.all_of(known, large), failure), otherwise=whole)


def _scales_calendar(
    name: str, word: str, sides: tuple[str, str], sentence: str, answer: str
) -> None:
    """The entry for a calendar interval scaled by a double, and the one that tries it."""
    symbol = "*" if word == "multiply" else "/"
    swapped = name.startswith("number")

    def scale(a: Expression, b: Expression, mode: CastMode) -> Expression:
        span, by = (b, a) if swapped else (a, b)
        if symbol == "/":
            span, by = guarded(span, by, mode, "INTERVAL_DIVIDED_BY_ZERO", nullable=True)
        return _scaled(span, by, symbol, mode)

    def lowering(a: Expression, b: Expression, *, ansi: bool) -> Expression:
        return scale(a, b, mode_of(ansi=ansi))

    def trying(a: Expression, b: Expression) -> Expression:
        return scale(a, b, CastMode.TRY)

    entry: dict[str, Any] = {
        "takes": [DOUBLE, CALENDAR] if swapped else [CALENDAR, DOUBLE],
        "gives": t.CALENDAR_INTERVAL,
        "nullable": always,
        "shows": (f"{word}_interval" + ("({1}, {0})" if swapped else "({0}, {1})")).format,
        "extra": {"swapped": swapped},
        "hidden": True,
    }
    example = f"{sentence}\n\n    >>> SELECT CAST({{}} AS STRING)\n    {answer}\n    ".format
    written = example(f" {symbol} ".join(sides))
    tried = example(f"try_{word}({', '.join(sides)})")
    DATETIME.scalar(name, **entry, needs=("ansi",), doc=written)(lowering)
    DATETIME.scalar(f"try {name}", **entry, doc=tried)(trying)


_MANY = "A calendar interval so many times."
_scales_calendar(
    "calendar interval * number", "multiply", ("make_interval(0, 1)", "3"), _MANY, "3 months"
)
_scales_calendar(
    "number * calendar interval", "multiply", ("3", "make_interval(0, 1)"), _MANY, "3 months"
)
_scales_calendar(
    "calendar interval / number",
    "divide",
    ("make_interval(0, 4)", "2"),
    "A part of a calendar interval.",
    "2 months",
)
