"""Text of dates and times to literal values, by Spark's rules for typed literals."""

from __future__ import annotations

import datetime as dt
import re

from boathouse.types.zones import zone_of

_DATE = re.compile(r"([+-]?\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T].*)?)?)?", re.DOTALL | re.ASCII)
_TIME = r"T?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?(?:\s*([AP])M)?"
_TIMESTAMP = re.compile(
    # A zone follows the seconds only.
    r"(?:([+-]?\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T](?:(?P<h>\d{1,2})(?::(?P<m>\d{1,2})"
    r"(?::(?P<s>\d{1,2})(?:\.(?P<f>\d*))?\s*(?P<zone>\S.*)?)?)?)?)?)?)?"
    r"|T?(?P<h2>\d{1,2}):(?P<m2>\d{1,2})(?::(?P<s2>\d{1,2})(?:\.(?P<f2>\d*))?"
    r"\s*(?P<zone2>\S.*)?)?)",
    re.ASCII,
)
_TIME_OF_DAY = re.compile(_TIME, re.ASCII | re.IGNORECASE)
_EPOCH = dt.date(1970, 1, 1).toordinal()
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_HALF_DAY = 12
"""Hours, of which AM and PM have so many each."""
_SPECIAL = re.compile(r"(epoch|now|today|tomorrow|yesterday)(?:\s+(\S.*))?", re.IGNORECASE)


def date_value(text: str, time_zone: str) -> int | None:
    """Days since 1970-01-01, or None when `text` is no date; ``today`` and its kin count."""
    text = text.strip()
    special = special_value(text, time_zone)
    if special is not None:
        return special // _DAY
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    days = days_of(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    return days if days is not None and abs(days) < 2**31 else None


def days_of(year: int, month: int, day: int) -> int | None:
    """Days since the epoch of a proleptic Gregorian date of any year; None when there is none."""
    cycles = (year - 2000) // 400
    try:
        inside = dt.date(year - 400 * cycles, month, day).toordinal()
    except ValueError:
        return None
    return inside + cycles * 146_097 - _EPOCH


def timestamp_value(text: str, time_zone: str) -> tuple[int, bool] | None:
    """Microseconds since the epoch and whether `text` named a zone; without one the value is the
    wall clock's, not yet moved to `time_zone`. None when `text` is no timestamp.
    """
    text = text.strip()
    special = special_value(text, time_zone)
    if special is not None:
        return special, text[:5].lower() == "epoch"
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    found = match.groupdict()
    if found["h2"] is not None:
        days = _now(time_zone) // _DAY
        clock = _clock(found["h2"], found["m2"], found["s2"], found["f2"])
        zone = found["zone2"]
    else:
        days = days_of(int(match[1]), int(match[2] or 1), int(match[3] or 1))
        clock = _clock(found["h"], found["m"], found["s"], found["f"])
        zone = found["zone"]
    if days is None or clock is None:
        return None
    value = days * _DAY + clock
    if abs(value) >= 2**63:
        return None
    if not zone:
        return value, False
    moved = to_instant(value, zone)
    return None if moved is None else (moved, True)


def wall_clock(text: str, time_zone: str) -> int | None:
    """Microseconds that `text` shows, whatever zone it names: what TIMESTAMP_NTZ keeps."""
    match = _TIMESTAMP.fullmatch(text.strip())
    zone = (match["zone"] or match["zone2"]) if match else None
    body = text.strip().removesuffix(zone).strip() if zone else text
    found = timestamp_value(body, time_zone)
    return found[0] if found else None


def time_value(text: str) -> int | None:
    """Nanoseconds since midnight of ``h:m:s.f``, by two times twelve hours where AM or PM follows;
    or None.
    """
    match = _TIME_OF_DAY.fullmatch(text.strip())
    if match is None:
        return None
    hour = match[1]
    if match[5]:
        if not 1 <= int(hour) <= _HALF_DAY:
            return None
        hour = str(int(hour) % _HALF_DAY + (_HALF_DAY if match[5] in "Pp" else 0))
    clock = _clock(hour, match[2], match[3], match[4])
    return None if clock is None else clock * 1000


def to_instant(wall_clock: int, time_zone: str) -> int | None:
    """Microseconds since the epoch of what clocks in `time_zone` show as `wall_clock`
    microseconds; None when there is no such zone.
    """
    zone = zone_of(time_zone.strip())
    return None if zone is None else wall_clock - zone.of_local(wall_clock // _SECOND) * _SECOND


def _clock(
    hour: str | None, minute: str | None, second: str | None, part: str | None
) -> int | None:
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + int((part or "").ljust(6, "0")[:6])


def _now(time_zone: str) -> int:
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    instant = int((now - dt.datetime(1970, 1, 1)) / dt.timedelta(microseconds=1))
    there = to_instant(instant, time_zone)
    return instant if there is None else 2 * instant - there


def special_value(text: str, time_zone: str) -> int | None:
    """The microseconds that clocks in `time_zone` show at ``now``, ``today``, ``tomorrow``,
    ``yesterday`` and in UTC at ``epoch``; a zone behind the word counts instead. None when `text`
    is no such word.
    """
    match = _SPECIAL.fullmatch(text.strip())
    if match is None or (match[2] and to_instant(0, match[2]) is None):
        return None
    word = match[1].lower()
    if word == "epoch":
        return 0
    now = _now(match[2] or time_zone)
    if word == "now":
        return now
    midnight = now - now % _DAY
    return midnight + {"today": 0, "tomorrow": _DAY, "yesterday": -_DAY}[word]
