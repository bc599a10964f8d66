"""Offsets from UTC in the forms of Java's patterns: ``+02``, ``+02:00``, ``GMT+2``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from boathouse.functions.kernels.java_fields import Moment


class _Reading(Protocol):
    def put(self, name: str, value: int, start: int, end: int) -> int: ...


class OffsetError(ValueError):
    """A text that has the form of an offset and is none; says Java's message."""


@dataclass(frozen=True, slots=True)
class Offset:
    """An offset in one of Java's forms: capitals must stand, small letters may. `none` is what
    stands for UTC.
    """

    form: str
    none: str

    def write(self, moment: Moment) -> str:
        """The text that stands here."""
        size = abs(moment.offset)
        hours, minutes, seconds = size // 3600, size // 60 % 60, size % 60
        colon = ":" if ":" in self.form else ""
        text = f"{hours:02}"
        shown = hours
        if "MM" in self.form or minutes:
            text += f"{colon}{minutes:02}"
            shown += minutes
        if "ss" in self.form and seconds:
            text += f"{colon}{seconds:02}"
            shown += seconds
        return f"{'-' if moment.offset < 0 else '+'}{text}" if shown else self.none

    def read(self, reading: _Reading, text: str, at: int) -> int:
        """The place after it, ``~place`` where reading fails."""
        if at >= len(text):
            return ~at
        end = at + len(self.none)
        if text[at:end].lower() == self.none.lower():
            return reading.put("OFFSET_SECONDS", 0, at, end)
        if text[at] not in "+-":
            return ~at
        colon = ":" in self.form
        hours, place = _two_digits(text, at + 1, colon=False)
        if hours is None:
            return ~at
        minutes, place = _two_digits(text, place, colon=colon)
        if minutes is None and "MM" in self.form:
            return ~at
        seconds = None
        if minutes is not None and "ss" in self.form:
            seconds, place = _two_digits(text, place, colon=colon)
        if hours > 23:
            raise OffsetError("Value out of range: Hour[0-23], Minute[0-59], Second[0-59]")
        offset = hours * 3600 + (minutes or 0) * 60 + (seconds or 0)
        return reading.put("OFFSET_SECONDS", -offset if text[at] == "-" else offset, at, place)


def _two_digits(text: str, at: int, *, colon: bool) -> tuple[int | None, int]:
    """The number up to 59 at `at`, after a colon if `colon`, and the place after it."""
    start = at
    if colon:
        if text[at : at + 1] != ":":
            return None, start
        at += 1
    digits = text[at : at + 2]
    if len(digits) < 2 or not (digits.isascii() and digits.isdigit()) or int(digits) > 59:
        return None, start
    return int(digits), at + 2


@dataclass(frozen=True, slots=True)
class LocalOffset:
    """``GMT+2``, or if `full` ``GMT+02:00``."""

    full: bool

    def write(self, moment: Moment) -> str:
        """The text that stands here."""
        if moment.offset == 0:
            return "GMT"
        size = abs(moment.offset)
        hours, minutes, seconds = size // 3600, size // 60 % 60, size % 60
        text = f"GMT{'-' if moment.offset < 0 else '+'}"
        text += f"{hours:02}" if self.full else str(hours)
        if self.full or minutes or seconds:
            text += f":{minutes:02}"
        return text + (f":{seconds:02}" if seconds else "")

    def read(self, reading: _Reading, text: str, at: int) -> int:
        """The place after it, ``~place`` where reading fails."""
        if text[at : at + 3].lower() != "gmt":
            return ~at
        place = at + 3
        if text[place : place + 1] not in {"+", "-"}:
            return reading.put("OFFSET_SECONDS", 0, at, place)
        sign = -1 if text[place] == "-" else 1
        hours, place = self._hours(text, place + 1)
        if hours is None:
            return ~at
        minutes, after = _two_digits(text, place, colon=True)
        if minutes is None and self.full:
            return ~at
        seconds = None
        if minutes is not None:
            seconds, after = _two_digits(text, after, colon=True)
        offset = hours * 3600 + (minutes or 0) * 60 + (seconds or 0)
        return reading.put("OFFSET_SECONDS", sign * offset, at, after)

    def _hours(self, text: str, at: int) -> tuple[int | None, int]:
        width = 0
        while width < 2 and text[at + width : at + width + 1] in tuple("0123456789"):
            width += 1
        if width < (2 if self.full else 1):
            return None, at
        return int(text[at : at + width]), at + width
