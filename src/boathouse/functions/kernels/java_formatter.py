"""Java's DateTimeFormatter: texts written and read under a pattern, letter by letter.

Reading follows Java to the index where it stops, because errors name it: each part takes a place in
the text and gives the place after it, or ``~place`` where it does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol

from boathouse.functions.datetime_patterns import Field, Part, Section, parse_pattern
from boathouse.functions.kernels import zone_names
from boathouse.functions.kernels.java_fields import (
    DAYS,
    ERAS,
    HALVES,
    MONTHS,
    QUARTERS,
    Moment,
)
from boathouse.functions.kernels.java_offsets import LocalOffset, Offset
from boathouse.types.zones import Zone, offset_zone, zone_of


@dataclass(slots=True)
class Reading:
    """What was read so far: numbers by field, and a zone."""

    fields: dict[str, int] = field(default_factory=dict)
    zone: Zone | None = None

    def put(self, name: str, value: int, start: int, end: int) -> int:
        """Keep a value; where the field had another one, `start` is an error."""
        old = self.fields.setdefault(name, value)
        return end if old == value else ~start


class Piece(Protocol):
    """A part of a formatter."""

    def write(self, moment: Moment) -> str:
        """The text that stands here."""
        ...

    def read(self, reading: Reading, text: str, at: int) -> int:
        """The place after what is read, ``~place`` where reading fails."""
        ...


@dataclass(frozen=True, slots=True)
class Formatter:
    """A pattern, ready to write and read."""

    pieces: tuple[Piece, ...]

    def write(self, moment: Moment) -> str:
        """The text of `moment`."""
        return "".join([piece.write(moment) for piece in self.pieces])

    def read(self, text: str) -> Reading | str:
        """What stands in `text`, or the end of Java's message if it does not fit."""
        reading = Reading()
        at = 0
        for piece in self.pieces:
            at = piece.read(reading, text, at)
            if at < 0:
                return f" at index {~at}"
        return reading if at == len(text) else f", unparsed text found at index {at}"


# ---- pieces -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself, in any case."""

    text: str

    def write(self, moment: Moment) -> str:
        """The text that stands here."""
        return self.text

    def read(self, reading: Reading, text: str, at: int) -> int:
        """The place after it, ``~place`` where reading fails."""
        end = at + len(self.text)
        return end if text[at:end].lower() == self.text.lower() else ~at


@dataclass(frozen=True, slots=True)
class Optional:
    """A section in brackets."""

    pieces: tuple[Piece, ...]

    def write(self, moment: Moment) -> str:
        """The text that stands here."""
        return "".join([piece.write(moment) for piece in self.pieces])

    def read(self, reading: Reading, text: str, at: int) -> int:
        """The place after it, ``~place`` where reading fails."""
        fields, zone, start = dict(reading.fields), reading.zone, at
        for piece in self.pieces:
            at = piece.read(reading, text, at)
            if at < 0:
                reading.fields, reading.zone = fields, zone
                return start
        return at


@dataclass(frozen=True, slots=True)
class Number:
    """A number of `least` to `most` digits. `sign` is Java's style: NORMAL (a minus may stand),
    EXCEEDS_PAD (and a plus where there are more than `least` digits) or NOT_NEGATIVE. `following`
    counts digits of the numbers that touch it from the right; -1 if it is such a number itself.
    `base` is the year from which two digits count.
    """

    name: str
    value: Callable[[Moment], int]
    least: int
    most: int
    sign: str
    following: int = 0
    base: int | None = None

    @property
    def fixed(self) -> bool:
        """Whether its width never varies."""
        return self.least == self.most and self.sign == "NOT_NEGATIVE"

    def write(self, moment: Moment) -> str:
        """The text that stands here."""
        value = self.value(moment)
        if self.base is not None:
            value = abs(value) % 100
        digits = str(abs(value)).rjust(self.least, "0")
        if value < 0:
            return f"-{digits}"
        exceeds = self.sign == "EXCEEDS_PAD" and value >= 10**self.least
        return f"+{digits}" if exceeds else digits

    def read(self, reading: Reading, text: str, at: int) -> int:
        """The place after it, ``~place`` where reading fails."""
        start = at
        sign = text[at : at + 1]
        if sign in {"+", "-"}:
            if not (self.sign == "EXCEEDS_PAD" or (self.sign == "NORMAL" and sign == "-")):
                return ~at
            at += 1
        count = _digits(text, at, self.most + max(self.following, 0))
        if self.following > 0:
            count = min(count, max(self.least, count - self.following))
        if at + self.least > len(text) or count < self.least:
            return ~at
        value = int(text[at : at + count])
        if sign == "-":
            if value == 0:
                return ~start
            value = -value
        elif self.sign == "EXCEEDS_PAD" and (sign == "+") != (count > self.least):
            return ~start
        if self.base is not None and count == self.least:
            value += self.base - self.base % 100
            value += 100 if value < self.base else 0
        return reading.put(self.name, value, at, at + count)


def _digits(text: str, at: int, most: int) -> int:
    """How many digits, at most `most`, stand at `at`."""
    end = min(len(text), at + most)
    place = at
    while place < end and text[place] in "0123456789":
        place += 1
    return place - at


@dataclass(frozen=True, slots=True)
class Fraction:
    """Digits of a second."""

    least: int
    most: int

    def write(self, moment: Moment) -> str:
        """The text that stands here."""
        return f"{moment.micro:06}000"[: self.most]

    def read(self, reading: Reading, text: str, at: int) -> int:
        """The place after it, ``~place`` where reading fails."""
        if at + self.least > len(text):
            return ~at
        count = _digits(text, at, self.most)
        # Java looks one character too far: a single digit that has to be there may be none.
        if count < self.least - 1:
            return ~at
        nanos = int(text[at : at + count].ljust(9, "0"))
        return reading.put("NANO_OF_SECOND", nanos, at, at + count)


@dataclass(frozen=True, slots=True)
class Text:
    """A field that has names; `first` is the value of the first one."""

    name: str
    value: Callable[[Moment], int]
    names: tuple[str, ...]
    first: int

    def write(self, moment: Moment) -> str:
        """The text that stands here."""
        return self.names[self.value(moment) - self.first]

    def read(self, reading: Reading, text: str, at: int) -> int:
        """The place after it, ``~place`` where reading fails."""
        for index, name in sorted(enumerate(self.names), key=lambda pair: -len(pair[1])):
            end = at + len(name)
            if text[at:end].lower() == name.lower():
                return reading.put(self.name, index + self.first, at, end)
        return ~at


@dataclass(frozen=True, slots=True)
class ZoneText:
    """The zone's id, or if `named` its name in English; a `generic` one leaves open whether it is
    summer.
    """

    named: bool
    long: bool = False
    generic: bool = False

    def write(self, moment: Moment) -> str:
        """The text that stands here."""
        zone = moment.zone
        found = zone_names.names_of(zone.name) if self.named and not zone.fixed else None
        if found is None:
            return zone.name
        if self.generic:
            return found.long_generic if self.long else found.short_generic
        return found.shown(summer=moment.summer, long=self.long)

    def read(self, reading: Reading, text: str, at: int) -> int:
        """The place after it, ``~place`` where reading fails."""
        if at >= len(text):
            return ~at
        if text[at] in "+-":
            return self._offset(reading, text, at, at)
        start = text[at : at + 3].upper()
        if start == "GMT" and text[at + 3 : at + 4] == "0":
            reading.zone = zone_of("GMT")
            return at + 4
        # Names may begin with UTC, so that only ids end there.
        if start == "GMT" or (start == "UTC" and not self.named):
            return self._offset(reading, text, at, at + 3)
        if start[:2] == "UT" and start != "UTC":
            return self._offset(reading, text, at, at + 2)
        style: zone_names.Kind = "long" if self.long else "short"
        found = zone_names.longest(text, at, style if self.named else "id")
        if found is None:
            if text[at] not in "zZ":
                return ~at
            reading.zone = zone_of("Z")
            return at + 1
        reading.zone = zone_of(found[0])
        return found[1]

    def _offset(self, reading: Reading, text: str, start: int, at: int) -> int:
        prefix = text[start:at].upper()
        inner = Reading()
        end = ~at
        if at < len(text) and (not prefix or text[at] not in "0zZ"):
            end = Offset("+HH:MM:ss", "Z" if not prefix else "0").read(inner, text, at)
        if end < 0:
            if not prefix:
                return ~start
            reading.zone = zone_of(prefix)
            return at
        reading.zone = offset_zone(inner.fields["OFFSET_SECONDS"], prefix)
        return end


# ---- from a pattern -----------------------------------------------------------------------------

_MONTH: tuple[str, Callable[[Moment], int]] = ("MONTH_OF_YEAR", lambda x: x.month)
_QUARTER: tuple[str, Callable[[Moment], int]] = ("QUARTER_OF_YEAR", lambda x: (x.month + 2) // 3)
_FIELDS: dict[str, tuple[str, Callable[[Moment], int]]] = {
    "d": ("DAY_OF_MONTH", lambda x: x.day),
    "D": ("DAY_OF_YEAR", lambda x: x.year_day),
    "E": ("DAY_OF_WEEK", lambda x: x.weekday),
    "F": ("ALIGNED_DAY_OF_WEEK_IN_MONTH", lambda x: (x.day - 1) % 7 + 1),
    "G": ("ERA", lambda x: int(x.year > 0)),
    "a": ("AMPM_OF_DAY", lambda x: x.hour // 12),
    "h": ("CLOCK_HOUR_OF_AMPM", lambda x: (x.hour + 11) % 12 + 1),
    "H": ("HOUR_OF_DAY", lambda x: x.hour),
    "k": ("CLOCK_HOUR_OF_DAY", lambda x: (x.hour + 23) % 24 + 1),
    "K": ("HOUR_OF_AMPM", lambda x: x.hour % 12),
    "m": ("MINUTE_OF_HOUR", lambda x: x.second // 60 % 60),
    "s": ("SECOND_OF_MINUTE", lambda x: x.second % 60),
    "M": _MONTH,
    "L": _MONTH,
    "Q": _QUARTER,
    "q": _QUARTER,
}
_THREE = tuple(name[:3] for name in MONTHS)
_NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...], int]] = {
    "M": (_THREE, MONTHS, 1),
    "L": (_THREE, MONTHS, 1),
    "Q": (("Q1", "Q2", "Q3", "Q4"), QUARTERS, 1),
    "q": (("Q1", "Q2", "Q3", "Q4"), QUARTERS, 1),
    "E": (tuple(name[:3] for name in DAYS), DAYS, 1),
    "G": (tuple(short for short, _ in ERAS), tuple(long for _, long in ERAS), 0),
    "a": (HALVES, HALVES, 0),
}
"""Short names, long ones, and the value of the first."""


@cache
def formatter(pattern: str, *, reading: bool) -> Formatter:
    """The formatter of a pattern that Spark takes."""
    parts = parse_pattern(pattern, reading=reading)
    return Formatter(_pieces(parts, era=_has_era(parts), reading=reading))


def _has_era(parts: Sequence[Part]) -> bool:
    return any(
        _has_era(part.parts)
        if isinstance(part, Section)
        else isinstance(part, Field) and part.letter == "G"
        for part in parts
    )


def _pieces(parts: Sequence[Part], *, era: bool, reading: bool) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    head = -1
    for part in parts:
        piece = _piece(part, era=era, reading=reading)
        if not isinstance(piece, Number) and not (isinstance(piece, Fraction) and piece.most == 1):
            head = -1
        elif head < 0:
            head = len(pieces)
        else:
            piece, head = _touching(pieces, head, piece)
        pieces.append(piece)
    return tuple(pieces)


def _touching(
    pieces: list[Piece], head: int, piece: Number | Fraction
) -> tuple[Number | Fraction, int]:
    """`piece`, that follows numbers without anything between, and where the run begins now. Of a
    run only the first number has a width that varies.
    """
    first = pieces[head]
    fixed = piece.least if isinstance(piece, Fraction) or piece.fixed else 0
    if isinstance(first, Number):
        pieces[head] = replace(first, following=max(first.following, 0) + fixed if fixed else -1)
    if not fixed:
        return piece, len(pieces)
    return (replace(piece, following=-1) if isinstance(piece, Number) else piece), head


def _piece(part: Part, *, era: bool, reading: bool) -> Piece:
    match part:
        case str():
            return Literal(part)
        case Section():
            return Optional(_pieces(part.parts, era=era, reading=reading))
        case Field(letter="y"):
            return _year(part.count, era=era)
        case Field(letter="S"):
            return Fraction(1 if reading else part.count, part.count)
        case Field(letter="V"):
            return ZoneText(named=False)
        case Field(letter="z" | "v"):
            return ZoneText(named=True, long=part.count == 4, generic=part.letter == "v")
        case Field(letter="O" | "X" | "x" | "Z"):
            return _offset(part.letter, part.count)
        case Field(letter="G" | "E" | "a"):
            return _text(part.letter, part.count)
        case Field(letter="M" | "L" | "Q" | "q") if part.count > 2:
            return _text(part.letter, part.count)
        case Field():
            return _number(part.letter, part.count)


def _year(count: int, *, era: bool) -> Piece:
    name = "YEAR_OF_ERA" if era else "YEAR"

    def value(moment: Moment) -> int:
        return 1 - moment.year if era and moment.year < 1 else moment.year

    if count == 2:
        return Number(name, value, 2, 2, "NOT_NEGATIVE", base=2000)
    return Number(name, value, count, 19, "NORMAL" if count < 4 else "EXCEEDS_PAD")


def _number(letter: str, count: int) -> Piece:
    name, value = _FIELDS[letter]
    if count == 1:
        return Number(name, value, 1, 19, "NORMAL")
    return Number(name, value, count, 3 if letter == "D" else count, "NOT_NEGATIVE")


def _text(letter: str, count: int) -> Piece:
    name, value = _FIELDS[letter]
    short, long, first = _NAMES[letter]
    return Text(name, value, long if count == 4 else short, first)


_FORMS = {1: "+HHmm", 2: "+HHMM", 3: "+HH:MM", 4: "+HHMMss", 5: "+HH:MM:ss"}


def _offset(letter: str, count: int) -> Piece:
    if letter == "O" or (letter == "Z" and count == 4):
        return LocalOffset(full=count == 4)
    if letter == "Z":
        return Offset("+HH:MM:ss", "Z") if count == 5 else Offset("+HHMM", "+0000")
    none = {1: "+00", 2: "+0000", 3: "+00:00", 4: "+0000", 5: "+00:00"}[count]
    return Offset(_FORMS[count], "Z" if letter == "X" else none)
