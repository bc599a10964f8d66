"""Calendar intervals multiplied and divided: each of their three parts is scaled for itself; what
is left of a day goes to its clock, and what is left of a month is lost.
"""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions.arithmetic import guarded, overflow
from boathouse.functions.datetime_operators import CALENDAR
from boathouse.functions.interval_parts import calendar_of, micros_of, months_of
from boathouse.functions.let import let_all
from boathouse.functions.registry import Group
from boathouse.functions.signature import DOUBLE, always
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode

DATETIME = Group("datetime_funcs")
_DAY = 86_400_000_000


def _scaled(interval: Expression, number: Expression, symbol: str, *, ansi: bool) -> Expression:
    def build(span: Expression, by: Expression) -> Expression:
        months, days, micros = (
            duck.operator(symbol, part.cast("DOUBLE"), by)
            for part in (months_of(span), duck.f.datepart("day", span), micros_of(span))
        )
        whole = duck.f.trunc(days)
        clock = duck.f.round(micros + (days - whole) * _DAY)
        if ansi:
            large = duck.f.abs(months).at_least(2.0**31)
            months = duck.case((large, overflow("overflow")), otherwise=months)
        return calendar_of(
            duck.f.trunc(months).cast("INTEGER"), whole.cast("INTEGER"), clock.cast("BIGINT")
        )

    return let_all((interval, number), build, "scaled")


def _scales_calendar(name: str, symbol: str, word: str, doc: str, *, swapped: bool = False) -> None:
    """The entry for a calendar interval scaled by a double."""
    takes = [CALENDAR, DOUBLE]
    safe = name.startswith("try ")

    def lowering(a: Expression, b: Expression, *, ansi: bool) -> Expression:
        span, by = (b, a) if swapped else (a, b)
        if symbol == "/":
            mode = CastMode.ANSI if ansi and not safe else CastMode.TRY
            span, by = guarded(span, by, mode, "INTERVAL_DIVIDED_BY_ZERO", nullable=True)
        return _scaled(span, by, symbol, ansi=ansi and not safe)

    DATETIME.scalar(
        name,
        takes=takes[::-1] if swapped else takes,
        gives=t.CALENDAR_INTERVAL,
        nullable=always,
        shows=f"{word}_interval({{1}}, {{0}})".format
        if swapped
        else f"{word}_interval({{}}, {{}})".format,
        extra={"swapped": swapped},
        needs=("ansi",),
        hidden=True,
        doc=doc,
    )(lowering)


_scales_calendar(
    "calendar interval * number",
    "*",
    "multiply",
    """A calendar interval so many times.

    >>> SELECT CAST(make_interval(0, 1) * 3 AS STRING)
    3 months
    """,
)
_scales_calendar(
    "number * calendar interval",
    "*",
    "multiply",
    """A calendar interval so many times.

    >>> SELECT CAST(3 * make_interval(0, 1) AS STRING)
    3 months
    """,
    swapped=True,
)
_DIVIDED = """A part of a calendar interval.

    >>> SELECT CAST(make_interval(0, 4) / 2 AS STRING)
    2 months
    """
_scales_calendar("calendar interval / number", "/", "divide", _DIVIDED)
_scales_calendar(
    "try calendar interval / number",
    "/",
    "divide",
    _DIVIDED.replace("make_interval(0, 4) / 2", "try_divide(make_interval(0, 4), 2)"),
)
