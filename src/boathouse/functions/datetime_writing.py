"""Timestamps written as text under a Java pattern: by strftime where it has the letter."""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.errors.exceptions import unsupported
from boathouse.functions.datetime_patterns import Field, Part, Section, parse_pattern
from boathouse.functions.let import let

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


def written(moment: Expression, pattern: str, *, zoned: bool, zone: str) -> Expression:
    """`moment` (TIMESTAMPTZ if `zoned`, else TIMESTAMP) as text. Raises for a pattern that Spark
    refuses, or with a letter that is not built.
    """
    parts = parse_pattern(pattern, reading=False)
    local = moment.cast("TIMESTAMP") if zoned else moment
    if not parts:
        return duck.f.left(local.cast("VARCHAR"), 0)
    writer = _Writer(moment if zoned else None, zone)
    return let(local, lambda given: writer.text(given, parts), "moment")


class _Writer:
    """Writes parts: runs of letters that strftime knows as one call, others one by one."""

    def __init__(self, moment: Expression | None, zone: str) -> None:
        self.moment = moment
        self.zone = zone

    def text(self, local: Expression, parts: tuple[Part, ...]) -> Expression:
        pieces: list[Expression] = []
        run = ""
        for part in _flat(parts):
            known = _known(part)
            if known is not None:
                run += known
                continue
            if run:
                pieces.append(duck.f.strftime(local, run))
                run = ""
            if isinstance(part, Field):
                pieces.append(self.field(local, part))
        if run:
            pieces.append(duck.f.strftime(local, run))
        return pieces[0] if len(pieces) == 1 else duck.operator("||", *pieces)

    def field(self, local: Expression, field: Field) -> Expression:
        if field.letter in "VzOXxZ":
            return self.zone_text(local, field)
        return _COMPOSED[field.letter](local, field.count)

    def zone_text(self, local: Expression, field: Field) -> Expression:
        letter, count = field.letter, field.count
        if letter == "V" or (letter == "z" and self.zone == "UTC"):
            long_name = letter == "z" and count == 4
            return duck.literal("Coordinated Universal Time" if long_name else self.zone)
        if letter == "z":
            raise unsupported("the pattern letter z, the name of a time zone, outside UTC")
        if self.moment is None:
            seconds = duck.f.epoch_us(local) - duck.f.epoch_us(local.cast("TIMESTAMPTZ"))
        else:
            seconds = duck.f.epoch_us(local) - duck.f.epoch_us(self.moment)
        return let(
            (seconds // 1_000_000).cast("INTEGER"),
            lambda offset: _offset_text(offset, letter, count),
            "offset",
        )


def _flat(parts: tuple[Part, ...]) -> list[Part]:
    found: list[Part] = []
    for part in parts:
        found.extend(_flat(part.parts) if isinstance(part, Section) else [part])
    return found


def _known(part: Part) -> str | None:
    if isinstance(part, str):
        return part.replace("%", "%%")
    return _STRFTIME.get((part.letter, part.count)) if isinstance(part, Field) else None


def _padded(number: Expression, count: int) -> Expression:
    text = number.cast("VARCHAR")
    if count == 1:
        return text
    wide = duck.f.greatest(duck.f.length(text), count).cast("INTEGER")
    return duck.f.lpad(text, wide, "0")


def _year(local: Expression, count: int) -> Expression:
    return _padded(duck.f.year(local), count)


def _number(read: Callable[[Expression], Expression]) -> Callable[[Expression, int], Expression]:
    return lambda local, count: _padded(read(local), count)


def _fraction(local: Expression, count: int) -> Expression:
    micros = duck.f.strftime(local, "%f")
    return duck.f.left(micros, count) if count < 6 else micros.joined("0" * (count - 6))


def _quarter(local: Expression, count: int) -> Expression:
    number = duck.f.quarter(local)
    if count <= 2:
        return _padded(number, count)
    if count == 3:
        return duck.operator("||", "Q", number.cast("VARCHAR"))
    names = duck.list_of("1st quarter", "2nd quarter", "3rd quarter", "4th quarter")
    return duck.f.list_extract(names, number)


def _era(local: Expression, count: int) -> Expression:
    before, after = ("Before Christ", "Anno Domini") if count == 4 else ("BC", "AD")
    return duck.case((duck.f.year(local).less(1), before), otherwise=after)


_COMPOSED: dict[str, Callable[[Expression, int], Expression]] = {
    "y": _year,
    "D": _number(duck.f.dayofyear),
    "F": _number(lambda local: (duck.f.day(local) - 1) % 7 + 1),
    "G": _era,
    "K": _number(lambda local: duck.f.hour(local) % 12),
    "k": _number(lambda local: (duck.f.hour(local) + 23) % 24 + 1),
    "Q": _quarter,
    "q": _quarter,
    "S": _fraction,
}


def _offset_text(offset: Expression, letter: str, count: int) -> Expression:
    """A zone's offset as ``+02``, ``+0200``, ``+02:00`` or ``GMT+2``; Z or GMT for none."""
    sign = duck.case((offset.less(0), "-"), otherwise="+")
    size = duck.f.abs(offset)
    hours, minutes, seconds = size // 3600, size // 60 % 60, size % 60
    two = [_padded(part, 2) for part in (hours, minutes, seconds)]
    if letter == "O" or (letter == "Z" and count == 4):
        return _gmt(offset, sign, hours if count == 1 else two[0], two[1], count)
    if letter == "Z":
        count = 2 if count < 4 else 3
    colon = ":" if count in {3, 5} else ""
    pieces: list[duck.Expression | str] = [sign, two[0]]
    if count == 1:
        more = duck.operator("||", colon, two[1])
        pieces.append(duck.case((minutes.equals(0), ""), otherwise=more))
    else:
        pieces += [colon, two[1]]
    if count >= 4:
        more = duck.operator("||", colon, two[2])
        pieces.append(duck.case((seconds.equals(0), ""), otherwise=more))
    text = duck.operator("||", *pieces)
    zero = "Z" if letter == "X" or (letter == "Z" and count >= 3) else None
    return text if zero is None else duck.case((offset.equals(0), zero), otherwise=text)


def _gmt(
    offset: Expression, sign: Expression, hours: Expression, minutes: Expression, count: int
) -> Expression:
    shown = hours.cast("VARCHAR")
    full = duck.operator("||", "GMT", sign, shown, ":", minutes)
    short = duck.operator("||", "GMT", sign, shown)
    text = duck.case((minutes.equals("00"), short), otherwise=full) if count == 1 else full
    return duck.case((offset.equals(0), "GMT"), otherwise=text)
