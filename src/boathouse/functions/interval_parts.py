"""The three parts of a calendar interval."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression

_HOUR = 3_600_000_000
_MINUTE = 60_000_000
_DAY = 24 * _HOUR


def micros_of(interval: Expression) -> Expression:
    """The part of a calendar interval below days, in microseconds."""
    hours = duck.f.hour(interval) * _HOUR
    return hours + duck.f.minute(interval) * _MINUTE + duck.f.microsecond(interval)


def months_of(interval: Expression) -> Expression:
    """The months and years of a calendar interval, in months."""
    return duck.f.year(interval) * 12 + duck.f.month(interval)


def calendar_of(months: Expression, days: Expression, micros: Expression) -> Expression:
    """The calendar interval of INTEGER months, INTEGER days and BIGINT microseconds."""
    return duck.f.to_months(months) + duck.f.to_days(days) + duck.f.to_microseconds(micros)


def duration(micros: Expression) -> Expression:
    """A duration of BIGINT microseconds; its whole days are days of the calendar, as Spark adds
    them to timestamps.
    """
    days = (micros // _DAY).cast("INTEGER")
    return duck.f.to_days(days) + duck.f.to_microseconds(micros % _DAY)
