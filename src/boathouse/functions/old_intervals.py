"""Differences of dates and timestamps as Spark has them where spark.sql.legacy.interval.enabled is
on: calendar intervals, as all intervals are then.
"""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions.datetime_operators import MOMENT
from boathouse.functions.let import let_all
from boathouse.functions.registry import Group
from boathouse.functions.signature import DATE
from boathouse.types import datatypes as t

GUARDS = Group("guards")


@GUARDS.scalar(
    "date - date, calendar",
    takes=[DATE, DATE],
    gives=t.CALENDAR_INTERVAL,
    shows="({} - {})".format,
    hidden=True,
)
def between_dates(end: Expression, start: Expression) -> Expression:
    """The months and days between two dates, both of one sign, as java.time.Period has them."""

    def build(last: Expression, first: Expression) -> Expression:
        months = _months(last) - _months(first)
        days = duck.f.day(last) - duck.f.day(first)
        early = duck.all_of(months.greater(0), days.less(0))
        late = duck.all_of(months.less(0), days.greater(0))
        whole = duck.case((early, months - 1), (late, months + 1), otherwise=months)
        ahead = last - (first + duck.f.to_months(whole.cast("INTEGER"))).cast("DATE")
        behind = days - duck.f.day(duck.f.last_day(last))
        rest = duck.case((early, ahead), (late, behind), otherwise=days)
        return duck.f.to_months(whole.cast("INTEGER")) + duck.f.to_days(rest.cast("INTEGER"))

    return let_all((end, start), build, "day")


def _months(day: Expression) -> Expression:
    return (duck.f.year(day) * 12 + duck.f.month(day)).cast("INTEGER")


@GUARDS.scalar(
    "moment - moment, calendar",
    takes=[MOMENT, MOMENT],
    gives=t.CALENDAR_INTERVAL,
    shows="({} - {})".format,
    hidden=True,
)
def between_moments(end: Expression, start: Expression) -> Expression:
    """The time between two timestamps, in microseconds."""
    return duck.f.to_microseconds(duck.f.epoch_us(end) - duck.f.epoch_us(start))
