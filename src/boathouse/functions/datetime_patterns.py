"""Java's date and time patterns (``yyyy-MM-dd HH:mm``), taken apart and checked as Spark does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from boathouse.errors.exceptions import (
    IllegalArgumentError,
    SparkError,
    SparkRuntimeError,
    UpgradeError,
)


@dataclass(frozen=True, slots=True)
class Field:
    """A letter of a pattern, `count` times."""

    letter: str
    count: int


@dataclass(frozen=True, slots=True)
class Section:
    """What stands in brackets: it may be missing when text is read."""

    parts: tuple[Part, ...]


Part = Field | Section | str
"""A field, an optional section, or text that stands for itself."""

_DOCUMENTATION = "https://spark.apache.org/docs/latest"
_ILLEGAL = "ABnNp"
_WEEK_BASED = "YWwuec"
_FORMAT_ONLY = "EFqQ"
_KNOWN = "GyMLdQqDEFahKkHmsSVzOXxZ"
_RESERVED = "{}#"
# The letters of Spark 2's formatter: a pattern that it took and that is refused now gets the error
# about changed behaviour, any other the error about the letter itself.
_SPARK_2 = "GyYMLwWDdFEuaHkKhmsSzZX"
_MOST = {
    "G": 4,
    "y": 6,
    "M": 4,
    "L": 4,
    "d": 2,
    "Q": 4,
    "q": 4,
    "D": 3,
    "E": 4,
    "F": 1,
    "a": 1,
    "h": 2,
    "K": 2,
    "k": 2,
    "H": 2,
    "m": 2,
    "s": 2,
    "S": 9,
    "V": 2,
    "z": 4,
    "O": 4,
    "X": 5,
    "x": 5,
    "Z": 5,
}


@cache
def parse_pattern(pattern: str, *, reading: bool) -> tuple[Part, ...]:
    """The parts of `pattern`; `reading` text allows fewer letters than writing it. Raises
    ``INVALID_DATETIME_PATTERN`` and its kin.
    """
    parts, rest = _parts(pattern, 0, 0, pattern)
    if rest != len(pattern):
        raise _refused(pattern)
    for part in _fields(parts):
        _check(part, pattern, reading=reading)
    return parts


def _fields(parts: tuple[Part, ...]) -> list[Field]:
    found: list[Field] = []
    for part in parts:
        if isinstance(part, Field):
            found.append(part)
        elif isinstance(part, Section):
            found.extend(_fields(part.parts))
    return found


def _parts(text: str, start: int, depth: int, pattern: str) -> tuple[tuple[Part, ...], int]:
    parts: list[Part] = []
    at = start
    while at < len(text):
        character = text[at]
        if character == "'":
            literal, at = _quoted(text, at + 1)
            parts.append(literal)
        elif character == "[":
            inner, at = _parts(text, at + 1, depth + 1, pattern)
            parts.append(Section(inner))
        elif character == "]":
            return tuple(parts), at + 1 if depth else at
        elif character.isascii() and character.isalpha():
            count = len(text) - at - len(text[at:].lstrip(character))
            parts.append(Field(character, count))
            at += count
        else:
            if character in _RESERVED:
                raise _refused(pattern)
            parts.append(character)
            at += 1
    return tuple(parts), at


def _quoted(text: str, start: int) -> tuple[str, int]:
    """The literal whose opening quote is before `start`; two quotes are one."""
    if text[start : start + 1] == "'":
        return "'", start + 1
    literal, at = "", start
    while at < len(text):
        if text[at] != "'":
            literal, at = literal + text[at], at + 1
        elif text[at + 1 : at + 2] == "'":
            literal, at = literal + "'", at + 2
        else:
            return literal, at + 1
    raise _refused(text)


def _check(field: Field, pattern: str, *, reading: bool) -> None:
    letter, count = field.letter, field.count
    known = letter in _KNOWN and not (reading and letter in _FORMAT_ONLY)
    fits = count <= _MOST.get(letter, 0) and (letter != "V" or count == 2)
    if not known or not fits:
        raise _refused(pattern)


def _refused(pattern: str) -> SparkError:
    letters = {character for character in pattern if character.isascii() and character.isalpha()}
    if letters <= set(_SPARK_2):
        return UpgradeError(
            "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION",
            pattern=f"'{pattern}'",
            config='"spark.sql.legacy.timeParserPolicy"',
            docroot=_DOCUMENTATION,
        )
    for character in pattern:
        if character in _WEEK_BASED:
            return IllegalArgumentError(
                "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN", c=character
            )
        if character in _ILLEGAL or character in _RESERVED:
            return IllegalArgumentError(
                "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER", c=character, pattern=pattern
            )
    return SparkRuntimeError(
        "INVALID_DATETIME_PATTERN.WITH_SUGGESTION", pattern=f"'{pattern}'", docroot=_DOCUMENTATION
    )
