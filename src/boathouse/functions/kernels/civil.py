"""Days, years and zones as plain numbers, for any year that Spark can hold: Python's own calendar
ends at the years 1 and 9999.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY = 86_400
MICROS = 1_000_000
_FIXED = re.compile(r"(?:(UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?)")
_MONTH_STARTS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def is_leap(year: int) -> bool:
    """Whether a year of today's calendar has a 29th of February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_of_month(year: int, month: int) -> int:
    """How many days a month has."""
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in {4, 6, 9, 11} else 31


def day_of_year(year: int, month: int, day: int) -> int:
    """1 for the first of January."""
    return _MONTH_STARTS[month - 1] + day + (month > 2 and is_leap(year))


def day_number(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to a date of today's calendar."""
    before = year - 1
    return (
        before * 365
        + before // 4
        - before // 100
        + before // 400
        - 719_163
        + day_of_year(year, month, day)
    )


def date_of(number: int) -> tuple[int, int, int]:
    """Year, month and day of a number of days after 1970-01-01."""
    # Counted from the first of March of year 0, so that leap days end years.
    cycle, rest = divmod(number + 719_468, 146_097)
    year = (rest - rest // 1460 + rest // 36_524 - rest // 146_096) // 365
    day = rest - (365 * year + year // 4 - year // 100)
    month = (5 * day + 2) // 153
    civil = month + 3 if month < 10 else month - 9
    return year + cycle * 400 + (civil <= 2), civil, day - (153 * month + 2) // 5 + 1


def julian_day_number(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 (of today's calendar) to a date of the Julian calendar."""
    before = year - 1
    leap = month > 2 and year % 4 == 0
    return before * 365 + before // 4 - 719_165 + _MONTH_STARTS[month - 1] + day + leap


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone: its name, and its clock."""

    name: str
    clock: datetime.tzinfo
    fixed: bool = False
    """Whether it is an offset and has no name."""

    def at(self, second: int) -> tuple[int, bool]:
        """The offset in seconds, and whether it is summer time, at a second after 1970 in UTC."""
        shown = _within(second).replace(tzinfo=datetime.UTC).astimezone(self.clock)
        return _seconds(shown.utcoffset()), bool(shown.dst())

    def of_local(self, second: int) -> int:
        """The offset where clocks show `second`, counted from 1970-01-01 00:00:00 there: the
        first of two, and in a gap the one before.
        """
        return _seconds(_within(second).replace(tzinfo=self.clock).utcoffset())


def _seconds(offset: datetime.timedelta | None) -> int:
    return 0 if offset is None else offset // datetime.timedelta(seconds=1)


_LEAST = day_number(1, 1, 3) * DAY
_MOST = day_number(9990, 1, 1) * DAY
_CYCLE = 146_097 * DAY


def _within(second: int) -> datetime.datetime:
    """The moment, moved by whole cycles of 400 years if Python's calendar lacks it."""
    if second < _LEAST:
        second = _LEAST
    elif second > _MOST:
        second = _MOST - _CYCLE + (second - _MOST) % _CYCLE
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=second)


@cache
def zone_of(name: str) -> Zone | None:
    """The zone of this name or offset (``Europe/Paris``, ``+02:00``, ``UTC``, ``GMT+3``)."""
    if name.upper() in {"Z", "UTC", "GMT", "UT"}:
        return Zone("Z" if name in "zZ" else name.upper(), datetime.UTC, fixed=name in "zZ")
    found = _FIXED.fullmatch(name)
    if found:
        hours, minutes, seconds = (int(found[group] or 0) for group in (3, 4, 5))
        offset = (hours * 3600 + minutes * 60 + seconds) * (-1 if found[2] == "-" else 1)
        return offset_zone(offset, found[1] or "")
    try:
        return Zone(name, ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@cache
def offset_zone(seconds: int, prefix: str = "") -> Zone:
    """The zone that is always so far from UTC."""
    delta = datetime.timedelta(seconds=seconds)
    return Zone(prefix + _id(seconds), datetime.timezone(delta), fixed=not prefix)


def _id(seconds: int) -> str:
    if seconds == 0:
        return "Z"
    size = abs(seconds)
    text = f"{'-' if seconds < 0 else '+'}{size // 3600:02}:{size // 60 % 60:02}"
    return text + (f":{size % 60:02}" if size % 60 else "")
