"""Time zones by the names that Spark takes, and their clocks in any year."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from boathouse.types.civil import day_number

_DAY = 86_400
_MOST_OFFSET = 18 * 3600
_NAMES = 1024
"""Of how many names the answer is kept: texts of tables have any."""
_OFFSET = re.compile(
    r"(UTC|GMT|UT)?([+-])(?=(?:\d{1,2}(?::\d{1,2}|:\d\d:\d\d)?|\d{4}|\d{6})$)"
    r"(\d{1,2})(?::?(\d{1,2})(?::?(\d{2}))?)?",
    re.ASCII,
)
SHORT_ZONES = {
    "ACT": "Australia/Darwin",
    "AET": "Australia/Sydney",
    "AGT": "America/Argentina/Buenos_Aires",
    "ART": "Africa/Cairo",
    "AST": "America/Anchorage",
    "BET": "America/Sao_Paulo",
    "BST": "Asia/Dhaka",
    "CAT": "Africa/Harare",
    "CNT": "America/St_Johns",
    "CST": "America/Chicago",
    "CTT": "Asia/Shanghai",
    "EAT": "Africa/Addis_Ababa",
    "ECT": "Europe/Paris",
    "EST": "-05:00",
    "HST": "-10:00",
    "IET": "America/Indiana/Indianapolis",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "MIT": "Pacific/Apia",
    "MST": "-07:00",
    "NET": "Asia/Yerevan",
    "NST": "Pacific/Auckland",
    "PLT": "Asia/Karachi",
    "PNT": "America/Phoenix",
    "PRT": "America/Puerto_Rico",
    "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal",
    "VST": "Asia/Ho_Chi_Minh",
}
"""Names of three letters that Java, hence Spark, still takes beside those of the tz database."""

_TURNED = {
    "Africa/Casablanca": day_number(2018, 10, 28) * _DAY,
    "Africa/El_Aaiun": day_number(2018, 10, 28) * _DAY,
    "Africa/Windhoek": day_number(1994, 3, 20) * _DAY,
    "Eire": day_number(1968, 10, 27) * _DAY,
    "Europe/Dublin": day_number(1968, 10, 27) * _DAY,
}
"""Since when the tz database has winter time where Java has summer time."""


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
        summer = bool(shown.dst())
        if second >= _TURNED.get(self.name, second + 1):
            summer = not summer
        return _seconds(shown.utcoffset()), summer

    def of_local(self, second: int) -> int:
        """The offset where clocks show `second`, counted from 1970-01-01 00:00:00 there: the
        first of two, and in a gap the one before.
        """
        return _seconds(_within(second).replace(tzinfo=self.clock).utcoffset())


def _seconds(offset: datetime.timedelta | None) -> int:
    return 0 if offset is None else offset // datetime.timedelta(seconds=1)


_LEAST = day_number(1, 1, 3) * _DAY
_MOST = day_number(9990, 1, 1) * _DAY
_CYCLE = 146_097 * _DAY


def _within(second: int) -> datetime.datetime:
    """The moment, moved by whole cycles of 400 years if Python's calendar lacks it."""
    if second < _LEAST:
        second = _LEAST
    elif second > _MOST:
        second = _MOST - _CYCLE + (second - _MOST) % _CYCLE
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=second)


@lru_cache(_NAMES)
def zone_of(name: str) -> Zone | None:
    """The zone of this name or offset, if there is one: ``Europe/Paris``, ``PST``, ``+02:00``,
    ``UTC``, ``GMT+3``, ``Z``.
    """
    if name in {"Z", "UTC", "GMT", "UT"}:
        return Zone(name, datetime.UTC, fixed=name == "Z")
    known = SHORT_ZONES.get(name, name)
    found = _OFFSET.fullmatch(known)
    if found:
        hours, minutes, seconds = (int(found[group] or 0) for group in (3, 4, 5))
        offset = hours * 3600 + minutes * 60 + seconds
        if minutes > 59 or seconds > 59 or offset > _MOST_OFFSET:
            return None
        return offset_zone(-offset if found[2] == "-" else offset, found[1] or "")
    try:
        return Zone(known, ZoneInfo(known))
    except (KeyError, ValueError, OSError):
        return None


def named(name: str) -> Zone:
    """As `zone_of`, of a name that somebody has looked up before, as settings do with theirs."""
    zone = zone_of(name)
    if zone is None:
        raise ValueError(name)
    return zone


@cache
def offset_zone(seconds: int, prefix: str = "") -> Zone:
    """The zone that is always so far from UTC."""
    if prefix and not seconds:
        return Zone(prefix, datetime.UTC)
    delta = datetime.timedelta(seconds=seconds)
    shown = offset_text(seconds) if seconds else "Z"
    return Zone(prefix + shown, datetime.timezone(delta), fixed=not prefix)


def offset_text(seconds: int) -> str:
    """An offset as ``+02:00``, with seconds if it has some."""
    size = abs(seconds)
    text = f"{'-' if seconds < 0 else '+'}{size // 3600:02}:{size // 60 % 60:02}"
    return text + (f":{size % 60:02}" if size % 60 else "")


_FIRST = 0
_LAST = day_number(2038, 1, 1) * _DAY
_STEP = 7 * _DAY


@lru_cache(_NAMES)
def local_changes(name: str) -> tuple[tuple[int, int], ...]:
    """From which local second on which offset holds in a zone, as `Zone.of_local` has it, from 1970
    to 2037 (of an offset: in all years that Python knows); the last is where knowledge ends.
    """
    zone = named(name)
    if isinstance(zone.clock, datetime.timezone):
        return (_LEAST, zone.of_local(0)), (_MOST, 0)
    changes = [(_FIRST, zone.of_local(_FIRST))]
    for start in range(_FIRST, _LAST, _STEP):
        end = min(start + _STEP, _LAST)
        if zone.of_local(end) != changes[-1][1]:
            changes.append((_change(zone, start, end), zone.of_local(end)))
    return (*changes, (_LAST, 0))


def _change(zone: Zone, before: int, after: int) -> int:
    """The first second of the offset of `after`."""
    offset = zone.of_local(after)
    while after - before > 1:
        middle = (before + after) // 2
        if zone.of_local(middle) == offset:
            after = middle
        else:
            before = middle
    return after
