"""Intervals made from parts.

The three kinds inside a query: year-month is INTEGER months, day-time is BIGINT microseconds, the
calendar interval is DuckDB's INTERVAL.
"""

from __future__ import annotations

from decimal import Decimal

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions.datetime import DATETIME
from boathouse.functions.interval_parts import calendar_of
from boathouse.functions.let import let
from boathouse.functions.signature import (
    INT,
    always,
    any_nullable,
    exactly,
    optional,
)
from boathouse.types import datatypes as t

_DAY = 86_400_000_000
_HOUR = 3_600_000_000
_MINUTE = 60_000_000
_SECOND = 1_000_000


# ---- intervals made from parts ------------------------------------------------------------------

_ZERO = optional(INT, 0)
_ZERO_SECONDS = optional(exactly(t.DecimalType(18, 6)), Decimal("0.000000"))


def _seconds_micros(seconds: Expression) -> Expression:
    # DuckDB keeps to 18 digits where both factors do.
    return (seconds.cast("DECIMAL(18,6)") * duck.literal(_SECOND, "DECIMAL(20,0)")).cast("HUGEINT")


def _or_overflow(
    value: Expression, most: int, duck_type: str, failure: Expression | None
) -> Expression:
    """`value` (HUGEINT) as `duck_type`, or `failure` (null for None) past `most` either way."""

    def checked(given: Expression) -> Expression:
        outside = duck.any_of(given.greater(most), given.less(-most - 1))
        return duck.case((outside, failure), otherwise=given.cast(duck_type))

    return let(value, checked, "value")


def _interval_overflow() -> Expression:
    return duck.fail("INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION")


@DATETIME.scalar(
    "make_dt_interval",
    takes=[_ZERO, _ZERO, _ZERO, _ZERO_SECONDS],
    gives=t.DAY_TIME,
)
def make_dt_interval(
    days: Expression, hours: Expression, minutes: Expression, seconds: Expression
) -> Expression:
    """The day-time interval of days, hours, minutes and seconds.

    >>> SELECT make_dt_interval(1, 2, 3, 4.5)
    INTERVAL '1 02:03:04.5' DAY TO SECOND
    """
    total = (
        days.cast("HUGEINT") * _DAY
        + hours.cast("HUGEINT") * _HOUR
        + minutes.cast("HUGEINT") * _MINUTE
        + _seconds_micros(seconds)
    )
    return _or_overflow(total, 2**63 - 1, "BIGINT", _interval_overflow())


@DATETIME.scalar("make_ym_interval", takes=[_ZERO, _ZERO], gives=t.YEAR_MONTH)
def make_ym_interval(years: Expression, months: Expression) -> Expression:
    """The year-month interval of years and months.

    >>> SELECT CAST(make_ym_interval(1, 2) AS STRING)
    INTERVAL '1-2' YEAR TO MONTH
    """
    total = years.cast("HUGEINT") * 12 + months.cast("HUGEINT")
    return _or_overflow(total, 2**31 - 1, "INTEGER", _interval_overflow())


def _calendar_maker(name: str, doc: str, *, safe: bool) -> None:
    def lowering(
        years: Expression,
        months: Expression,
        weeks: Expression,
        days: Expression,
        hours: Expression,
        minutes: Expression,
        seconds: Expression,
        ansi: bool,  # noqa: FBT001
    ) -> Expression:
        def failure() -> Expression | None:
            if safe or not ansi:
                return None
            return duck.fail(
                "ARITHMETIC_OVERFLOW",
                message="overflow",
                alternative="",
                config='"spark.sql.ansi.enabled"',
            )

        all_months = years.cast("HUGEINT") * 12 + months.cast("HUGEINT")
        all_days = weeks.cast("HUGEINT") * 7 + days.cast("HUGEINT")
        micros = (
            hours.cast("HUGEINT") * _HOUR
            + minutes.cast("HUGEINT") * _MINUTE
            + _seconds_micros(seconds)
        )
        return calendar_of(
            _or_overflow(all_months, 2**31 - 1, "INTEGER", failure()),
            _or_overflow(all_days, 2**31 - 1, "INTEGER", failure()),
            _or_overflow(micros, 2**63 - 1, "BIGINT", failure()),
        )

    DATETIME.scalar(
        name,
        takes=[INT if safe else _ZERO, *([_ZERO] * 5), _ZERO_SECONDS],
        gives=t.CALENDAR_INTERVAL,
        nullable=always if safe else any_nullable,
        null_without_ansi=True,
        needs=("ansi",),
        stands_for="make_interval",
        doc=doc,
    )(lowering)


_calendar_maker(
    "make_interval",
    """The interval of years, months, weeks, days, hours, minutes and seconds.

    >>> SELECT CAST(make_interval(1, 2, 3, 4, 5, 6, 7.5) AS STRING)
    1 years 2 months 25 days 5 hours 6 minutes 7.5 seconds
    """,
    safe=False,
)
_calendar_maker(
    "try_make_interval",
    """The interval of years, months, weeks, days, hours, minutes and seconds, null past its range.

    >>> SELECT CAST(try_make_interval(0, 0, 0, 2) AS STRING)
    2 days
    """,
    safe=True,
)
