"""What was read under a pattern put together to a date and a time, as strictly as Java does it, and
completed as Spark does it: what is not said is 1970-01-01 00:00:00.
"""

from __future__ import annotations

from collections.abc import Callable

from boathouse.functions.kernels.java_fields import MONTHS
from boathouse.types import civil

_RANGES = {
    "YEAR": ("Year", -999_999_999, 999_999_999),
    "YEAR_OF_ERA": ("YearOfEra", 1, 999_999_999),
    "MONTH_OF_YEAR": ("MonthOfYear", 1, 12),
    "DAY_OF_MONTH": ("DayOfMonth", 1, 31),
    "DAY_OF_YEAR": ("DayOfYear", 1, 366),
    "HOUR_OF_DAY": ("HourOfDay", 0, 23),
    "CLOCK_HOUR_OF_DAY": ("ClockHourOfDay", 1, 24),
    "HOUR_OF_AMPM": ("HourOfAmPm", 0, 11),
    "CLOCK_HOUR_OF_AMPM": ("ClockHourOfAmPm", 1, 12),
    "AMPM_OF_DAY": ("AmPmOfDay", 0, 1),
    "MINUTE_OF_HOUR": ("MinuteOfHour", 0, 59),
    "SECOND_OF_MINUTE": ("SecondOfMinute", 0, 59),
    "NANO_OF_SECOND": ("NanoOfSecond", 0, 999_999_999),
}
_SHOWN = {"DAY_OF_MONTH": "1 - 28/31", "DAY_OF_YEAR": "1 - 365/366"}
_TIMES = (
    "HOUR_OF_DAY",
    "HOUR_OF_AMPM",
    "AMPM_OF_DAY",
    "MINUTE_OF_HOUR",
    "SECOND_OF_MINUTE",
    "NANO_OF_SECOND",
)

Fields = dict[str, int]
Date = tuple[int, int, int]
Time = tuple[int, int]
"""The second of the day, and nanoseconds."""


class Unresolved(ValueError):
    """Fields that make no date and time; says why, in Java's words. `reading` tells whether Java
    finds out while reading, and then shows the text too.
    """

    def __init__(self, message: str, *, reading: bool = True) -> None:
        super().__init__(message)
        self.reading = reading


def resolved(fields: Fields) -> tuple[Date, Time]:
    """The date and time that `fields` say. Raises Unresolved."""
    rest = dict(fields)
    date = _date(rest)
    time = _time(rest)
    _agree(rest, date, time)
    return date or _default_date(rest), time or _default_time(rest)


def _checked(name: str, value: int, *, reading: bool = True) -> int:
    shown, least, most = _RANGES[name]
    if not least <= value <= most:
        values = _SHOWN.get(name, f"{least} - {most}")
        message = f"Invalid value for {shown} (valid values {values}): {value}"
        raise Unresolved(message, reading=reading)
    return value


def _put(rest: Fields, name: str, source: str, value: int) -> None:
    old = rest.setdefault(name, value)
    if old != value:
        raise Unresolved(
            f"Conflict found: {_RANGES[name][0]} {old} differs from {_RANGES[name][0]} {value}"
            f" while resolving  {_RANGES[source][0]}"
        )


def _date(rest: Fields) -> Date | None:
    if "YEAR_OF_ERA" in rest:
        _era(rest)
    if "YEAR" not in rest:
        return None
    if "MONTH_OF_YEAR" in rest and "DAY_OF_MONTH" in rest:
        return _year_month_day(*(rest.pop(x) for x in ("YEAR", "MONTH_OF_YEAR", "DAY_OF_MONTH")))
    if "DAY_OF_YEAR" in rest:
        return _year_day(rest.pop("YEAR"), rest.pop("DAY_OF_YEAR"))
    return None


def _year_day(year: int, day: int, *, reading: bool = True) -> Date:
    _checked("YEAR", year, reading=reading)
    _checked("DAY_OF_YEAR", day, reading=reading)
    if day == 366 and not civil.is_leap(year):
        message = f"Invalid date 'DayOfYear 366' as '{year}' is not a leap year"
        raise Unresolved(message, reading=reading)
    return civil.date_of(civil.day_number(year, 1, 1) + day - 1)


def _era(rest: Fields) -> None:
    year = _checked("YEAR_OF_ERA", rest.pop("YEAR_OF_ERA"))
    if "ERA" in rest:
        _put(rest, "YEAR", "YEAR_OF_ERA", year if rest.pop("ERA") else 1 - year)
    else:
        rest["YEAR_OF_ERA"] = year


def _year_month_day(year: int, month: int, day: int, *, reading: bool = True) -> Date:
    _checked("YEAR", year, reading=reading)
    _checked("MONTH_OF_YEAR", month, reading=reading)
    _checked("DAY_OF_MONTH", day, reading=reading)
    if day <= civil.days_of_month(year, month):
        return year, month, day
    if day == 29:
        message = f"Invalid date 'February 29' as '{year}' is not a leap year"
    else:
        message = f"Invalid date '{MONTHS[month - 1].upper()} {day}'"
    raise Unresolved(message, reading=reading)


def _time(rest: Fields) -> Time | None:
    for clock, hour, count in (
        ("CLOCK_HOUR_OF_DAY", "HOUR_OF_DAY", 24),
        ("CLOCK_HOUR_OF_AMPM", "HOUR_OF_AMPM", 12),
    ):
        if clock in rest:
            _put(rest, hour, clock, _checked(clock, rest.pop(clock)) % count)
    if "AMPM_OF_DAY" in rest and "HOUR_OF_AMPM" in rest:
        half = _checked("AMPM_OF_DAY", rest.pop("AMPM_OF_DAY"))
        hour = _checked("HOUR_OF_AMPM", rest.pop("HOUR_OF_AMPM"))
        _put(rest, "HOUR_OF_DAY", "AMPM_OF_DAY", half * 12 + hour)
    for name in _TIMES:
        if name in rest:
            _checked(name, rest[name])
    minute, second, nano = (name in rest for name in _TIMES[3:])
    gap = (not minute and (second or nano)) or (minute and not second and nano)
    if "HOUR_OF_DAY" not in rest or gap:
        return None
    hour, minutes, seconds, nanos = (rest.pop(name, 0) for name in ("HOUR_OF_DAY", *_TIMES[3:]))
    return hour * 3600 + minutes * 60 + seconds, nanos


_OF_DATE: dict[str, tuple[str, Callable[[Date], int]]] = {
    "ERA": ("Era", lambda date: int(date[0] > 0)),
    "YEAR_OF_ERA": ("YearOfEra", lambda date: date[0] if date[0] > 0 else 1 - date[0]),
    "MONTH_OF_YEAR": ("MonthOfYear", lambda date: date[1]),
    "DAY_OF_MONTH": ("DayOfMonth", lambda date: date[2]),
    "DAY_OF_YEAR": ("DayOfYear", lambda date: civil.day_of_year(*date)),
}
_OF_TIME: dict[str, tuple[str, Callable[[Time], int]]] = {
    "HOUR_OF_AMPM": ("HourOfAmPm", lambda time: time[0] // 3600 % 12),
    "AMPM_OF_DAY": ("AmPmOfDay", lambda time: time[0] // 43_200),
}


def _agree(rest: Fields, date: Date | None, time: Time | None) -> None:
    """What is left must not contradict the date or the time."""
    found: list[tuple[str, int, int, str]] = []
    if date is not None:
        shown = "{:04}-{:02}-{:02}".format(*date)
        found += [(n, rest[k], f(date), shown) for k, (n, f) in _OF_DATE.items() if k in rest]
    if time is not None:
        shown = f"{time[0] // 3600:02}:{time[0] // 60 % 60:02}"
        found += [(n, rest[k], f(time), shown) for k, (n, f) in _OF_TIME.items() if k in rest]
    for name, said, other, source in found:
        if said != other:
            raise Unresolved(
                f"Conflict found: Field {name} {other} differs from {name} {said}"
                f" derived from {source}"
            )


def _default_date(rest: Fields) -> Date:
    if "DAY_OF_YEAR" in rest:
        return _year_day(rest.get("YEAR", 1970), rest["DAY_OF_YEAR"], reading=False)
    parts = (rest.get("YEAR", 1970), rest.get("MONTH_OF_YEAR", 1), rest.get("DAY_OF_MONTH", 1))
    return _year_month_day(*parts, reading=False)


def _default_time(rest: Fields) -> Time:
    # Spark: an hour of a half day without its half is in the morning, and PM alone is noon.
    noon = 12 if rest.get("AMPM_OF_DAY") == 1 else 0
    hour = rest.get("HOUR_OF_DAY", rest.get("HOUR_OF_AMPM", noon))
    minutes, seconds, nanos = (rest.get(name, 0) for name in _TIMES[3:])
    return hour * 3600 + minutes * 60 + seconds, nanos
