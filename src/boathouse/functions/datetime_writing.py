"""Timestamps written as text under a Java pattern: by strftime where it says the same, else by a
kernel.
"""

from __future__ import annotations

import datetime

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.functions.clock import Clock
from boathouse.functions.datetime_patterns import (
    Field,
    Part,
    Section,
    check_legacy,
    parse_pattern,
)
from boathouse.functions.let import let
from boathouse.types import datatypes as t
from boathouse.types.zones import named, offset_zone

DAY = "yyyy-MM-dd"
LOCAL = f"{DAY}'T'HH:mm:ss.SSS"
"""How dates and times are written into files and documents, if nobody says otherwise."""

_MINUTES = 3
_OFFSETS = {Field("X", _MINUTES), Field("X", 5)}
_FIRST, _LAST = "1900-01-01 00:00:00", "9999-12-31 23:59:59.999999"
"""Between these strftime and Java agree; offsets had seconds before."""
LEGACY = "LEGACY"
_STRFTIME = {
    ("y", 2): "%y",
    ("y", 4): "%Y",
    ("M", 1): "%-m",
    ("M", 2): "%m",
    ("M", 3): "%b",
    ("M", 4): "%B",
    ("L", 1): "%-m",
    ("L", 2): "%m",
    ("L", 3): "%b",
    ("L", 4): "%B",
    ("d", 1): "%-d",
    ("d", 2): "%d",
    ("D", 1): "%-j",
    ("D", 3): "%j",
    ("E", 1): "%a",
    ("E", 2): "%a",
    ("E", 3): "%a",
    ("E", 4): "%A",
    ("H", 1): "%-H",
    ("H", 2): "%H",
    ("h", 1): "%-I",
    ("h", 2): "%I",
    ("m", 1): "%-M",
    ("m", 2): "%M",
    ("s", 1): "%-S",
    ("s", 2): "%S",
    ("a", 1): "%p",
    ("S", 3): "%g",
    ("S", 6): "%f",
}


def moment_pattern(clock: Clock) -> str:
    """How moments are written into files and documents, if nobody says otherwise."""
    return f"{LOCAL}XXX" if clock.policy == LEGACY else f"{LOCAL}XXXXX"


def written(moment: Expression, pattern: str, *, zoned: bool, clock: Clock) -> Expression:
    """`moment` (TIMESTAMPTZ if `zoned`, else TIMESTAMP) as text. Raises for a pattern that Spark
    refuses.
    """
    legacy = clock.policy == LEGACY
    if legacy:
        check_legacy(pattern)
    texts = None if legacy else _texts(parse_pattern(pattern, reading=False))
    slow = kernel("date_texts", "write", t.STRING, pattern=pattern, zone=clock.zone, legacy=legacy)
    if texts is None:
        return slow(moment if zoned else clock.moment(moment))

    def text(given: Expression) -> Expression:
        local, instant = given, given
        if zoned:
            local = clock.local(given)
        else:
            instant = clock.moment(given)
        first, last = (duck.literal(x).cast("TIMESTAMP") for x in (_FIRST, _LAST))
        common = duck.all_of(local.at_least(first), local.at_most(last))
        pieces = [
            duck.f.strftime(local, piece)
            if isinstance(piece, str)
            else _offset(local, instant, clock.zone, piece)
            for piece in texts
        ]
        quick = pieces[0] if len(pieces) == 1 else duck.operator("||", *pieces)
        return duck.case((common, quick), otherwise=slow(instant))

    return let(moment, text, "moment")


def _offset(local: Expression, instant: Expression, zone: str, field: Field) -> Expression:
    """The offset as ``+02:00``, Z for none; zones of today that have a name have no seconds."""
    known = named(zone)
    if isinstance(known.clock, datetime.timezone):
        seconds, _ = known.at(0)
        whole = seconds if field.count > _MINUTES else int(seconds / 60) * 60
        return duck.literal(offset_zone(whole).name)
    minutes = (duck.f.epoch_us(local) - duck.f.epoch_us(instant)) // 60_000_000

    def text(offset: Expression) -> Expression:
        size = duck.f.abs(offset)
        clock = duck.f.strftime(duck.f.make_timestamp(size * 60_000_000), "%H:%M")
        sign = duck.case((offset.less(0), "-"), otherwise="+")
        return duck.case((offset.equals(0), "Z"), otherwise=duck.operator("||", sign, clock))

    return let(minutes, text, "offset")


def _texts(parts: tuple[Part, ...]) -> list[str | Field] | None:
    """What strftime calls the runs of the pattern's letters, and the offsets between them; None
    where there is something that it cannot say.
    """
    texts: list[str | Field] = []
    for part in _flat(parts):
        if isinstance(part, Field) and part in _OFFSETS:
            texts.append(part)
            continue
        known = _known(part)
        if known is None:
            return None
        if texts and isinstance(texts[-1], str):
            texts[-1] += known
        else:
            texts.append(known)
    return texts or None


def _flat(parts: tuple[Part, ...]) -> list[Part]:
    found: list[Part] = []
    for part in parts:
        found.extend(_flat(part.parts) if isinstance(part, Section) else [part])
    return found


def _known(part: Part) -> str | None:
    if isinstance(part, str):
        return part.replace("%", "%%")
    return None if isinstance(part, Section) else _STRFTIME.get((part.letter, part.count))
