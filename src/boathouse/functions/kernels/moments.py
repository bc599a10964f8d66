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
_TIMED = re.compile(rf"(?:T(?=\d)|(?=\d{{1,2}}:)){_CLOCK}", re.ASCII)
"""A time alone, which is of the current day."""
_BLANKS = "".join(map(chr, range(0x21))) + "\x7f"


def read(texts: pa.Array, zones: pa.Array) -> pa.Array:
    """The moment that each text shows, in its own zone or in that beside it; null where none."""
    rows = zip(texts.to_pylist(), zones.to_pylist(), strict=True)
    found = [None if text is None else _read(text, zone) for text, zone in rows]
    return pa.array(found, pa.int64()).cast(pa.timestamp("us", "UTC"))


@lru_cache(_TEXTS)
def _read(text: str, zone: str) -> int | None:
    bare = text.strip(_BLANKS)
    match = _DATED.fullmatch(bare)
    if match is not None:
        day = int(match["y"]), int(match["m"] or 1), int(match["d"] or 1)
    else:
        match = _TIMED.fullmatch(bare)
        if match is None:
            return None
        now = datetime.datetime.now(named(zone).clock)
        day = now.year, now.month, now.day
    clock = named(zone) if not match["z"] else zone_of(match["z"])
    if clock is None or not 1 <= day[1] <= 12 or not 1 <= day[2] <= days_of_month(*day[:2]):
        return None
    local = day_number(*day) * _DAY
    local += int(match["h"] or 0) * 3600 + int(match["i"] or 0) * 60 + int(match["s"] or 0)
    micros = int((match["f"] or "").ljust(6, "0")[:6])
    moment = (local - clock.of_local(local)) * _SECOND + micros
    return moment if -_MOST < moment < _MOST else None
