"""Days and years as plain numbers, for any year that Spark can hold: Python's own calendar ends at
the years 1 and 9999.
"""

from __future__ import annotations

DAY = 86_400
MICROS = 1_000_000
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
