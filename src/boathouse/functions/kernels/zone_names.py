"""What Java calls time zones in English: ``PST``, ``Pacific Standard Time``."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple
from zoneinfo import available_timezones


class Names(NamedTuple):
    """The names of a zone; the generic ones are those of all the year."""

    short: str
    short_summer: str
    long: str
    long_summer: str
    short_generic: str
    long_generic: str

    def shown(self, *, summer: bool, long: bool) -> str:
        """One of them."""
        return self[2 * long + summer]


@cache
def _table() -> tuple[dict[str, Names], dict[str, str]]:
    path = files("boathouse.functions.kernels").joinpath("zone_names.json")
    table = json.loads(path.read_text(encoding="utf-8"))
    names = {zone: Names(*row[:-1]) for row in table["names"] for zone in row[-1].split()}
    return names, table["reads"]


def names_of(zone: str) -> Names | None:
    """The names of a zone, None if it has none but its id."""
    return _table()[0].get(zone)


Kind = Literal["id", "short", "long", "any"]
"""Which names stand for a zone in a text; its id always does."""


@cache
def readable(kind: Kind) -> tuple[dict[str, str], int]:
    """Texts in lower case and the zone that each stands for, and the length of the longest."""
    known, reads = _table()
    texts = {
        text.lower(): zone
        for text, zone in reads.items()
        # Long names are several words.
        if kind in ("any", "long" if " " in text else "short")
    }
    texts |= {zone.lower(): zone for zone in {*known, *available_timezones()}}
    return texts, max(map(len, texts))


def longest(text: str, at: int, kind: Kind) -> tuple[str, int] | None:
    """The zone whose id or name begins at `at`, the longest that does, and where it ends."""
    texts, most = readable(kind)
    lower = text[at : at + most].lower()
    for length in range(len(lower), 0, -1):
        if lower[:length] in texts:
            return texts[lower[:length]], at + length
    return None
