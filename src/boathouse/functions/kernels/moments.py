"""Texts that show moments in unusual forms, as casts read them."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

import pyarrow as pa

from boathouse.types.civil import day_number, days_of_month
from boathouse.types.zones import named, zone_of

_SECOND = 1_000_000
_DAY = 86_400
_TEXTS = 16_384
"""Of how many texts the answer is kept."""
_MOST = 2**63
_CLOCK = (
    r"(?P<h>[01]?\d|2[0-3])(?::(?P<i>[0-5]?\d)(?::(?P<s>[0-5]?\d)(?:\.(?P<f>\d*))?"
    r"(?: ?(?P<z>[A-Za-z][^ ]*|[+-]\d[\d:]*))?)?)?"
)
_DATED = re.compile(
    rf"(?P<y>[+-]?\d{{4,7}})(?:-(?P<m>\d{{1,2}})(?:-(?P<d>\d{{1,2}})(?:[T ]{_CLOCK})?)?)?",
    re.ASCII,
)
_DAYS = re.compile(
    r"(?P<y>[+-]?\d{4,7})(?:-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2})(?:[T ].*)?)?)?", re.ASCII | re.DOTALL
)
_TIMED = re.compile(rf"(?:T(?=\d)|(?=\d{{1,2}}:)){_CLOCK}", re.ASCII)
"""A time alone, which is of the current day."""
_BLANKS = "".join(map(chr, range(0x21))) + "\x7f"


def read(texts: pa.Array, zones: pa.Array) -> pa.Array:
    """The moment that each text shows, in its own zone or in that beside it; null where none."""
    rows = zip(texts.to_pylist(), zones.to_pylist(), strict=True)
    found = [None if text is None else moment(text, zone) for text, zone in rows]
    return pa.array(found, pa.int64()).cast(pa.timestamp("us", "UTC"))


@lru_cache(_TEXTS)
def moment(text: str, zone: str) -> int | None:
    """The moment that a text shows, in microseconds, in its own zone or in `zone`."""
    bare = text.strip(_BLANKS)
    match = _DATED.fullmatch(bare)
    if match is not None:
        found = _day_of(match)
    else:
        match = _TIMED.fullmatch(bare)
        if match is None:
            return None
        now = datetime.datetime.now(named(zone).clock)
        found = day_number(now.year, now.month, now.day)
    clock = named(zone) if not match["z"] else zone_of(match["z"])
    if clock is None or found is None:
        return None
    second = found * _DAY + _second_of(match)
    return _within((second - clock.of_local(second)) * _SECOND + _micros_of(match))


@lru_cache(_TEXTS)
def local(text: str) -> int | None:
    """What a text shows without a zone, in microseconds."""
    match = _DATED.fullmatch(text.strip(_BLANKS))
    found = None if match is None or match["z"] else _day_of(match)
    if match is None or found is None:
        return None
    return _within((found * _DAY + _second_of(match)) * _SECOND + _micros_of(match))


@lru_cache(_TEXTS)
def day(text: str) -> int | None:
    """When the day begins that a text shows, in microseconds; what follows a T or a blank is not
    read.
    """
    match = _DAYS.fullmatch(text.strip(_BLANKS))
    found = None if match is None else _day_of(match)
    return None if found is None else found * _DAY * _SECOND


def _day_of(match: re.Match[str]) -> int | None:
    year, month, of_month = int(match["y"]), int(match["m"] or 1), int(match["d"] or 1)
    if not 1 <= month <= 12 or not 1 <= of_month <= days_of_month(year, month):
        return None
    return day_number(year, month, of_month)


def _second_of(match: re.Match[str]) -> int:
    return int(match["h"] or 0) * 3600 + int(match["i"] or 0) * 60 + int(match["s"] or 0)


def _micros_of(match: re.Match[str]) -> int:
    return int((match["f"] or "").ljust(6, "0")[:6])


def _within(micros: int) -> int | None:
    return micros if -_MOST < micros < _MOST else None
