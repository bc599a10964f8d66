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
_WEEK_BASED = "YWwuec"
_ILLEGAL = "ABnNp"
_FORMAT_ONLY = "EFqQ"
_NARROW = "GMLEQq"
"""Letters that Java shows by one letter where five stand; Spark wants none of that."""
_LONGEST_YEAR = 6
_KNOWN = "GyMLdQqDEFahKkHmsSVvzOXxZ"
_RESERVED = "{}#"
_LEGACY = "GyYMLwWDdFEuaHkKhmsSzZX"
"""The letters of SimpleDateFormat, Spark 2's formatter."""
_MOST = {
    "G": 4,
    "y": _LONGEST_YEAR,
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
def parse_pattern(pattern: str, *, reading: bool, zoned: bool = True) -> tuple[Part, ...]:
    """The parts of `pattern`; `reading` text allows fewer letters than writing it. Raises
    ``INVALID_DATETIME_PATTERN`` and its kin; what they say depends on whether the texts are of
    timestamps with a zone.
    """
    try:
        _check_letters(pattern, reading=reading)
        parts, rest = _parts(pattern, 0, 0, pattern)
        if rest != len(pattern):
            raise _refused(pattern)
        for part in _fields(parts):
            if part.letter not in _KNOWN or not _fits(part):
                raise _refused(pattern)
    except (IllegalArgumentError, SparkRuntimeError):
        if not zoned:
            raise _refused(pattern) from None
        if not is_legacy_pattern(pattern):
            raise
        # Spark 2 took it.
        raise UpgradeError(
            "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION",
            pattern="'" + pattern.replace("\\", "\\\\").replace("'", "\\'") + "'",
            config='"spark.sql.legacy.timeParserPolicy"',
            docroot=_DOCUMENTATION,
        ) from None
    return parts


def _check_letters(pattern: str, *, reading: bool) -> None:
    """Spark's own rules, before Java's: about what stands outside of quotes."""
    illegal = _ILLEGAL + (_FORMAT_ONLY if reading else "")
    for outside in pattern.split("'")[::2]:
        week = next((character for character in outside if character in _WEEK_BASED), None)
        if week is not None:
            raise IllegalArgumentError(
                "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN", c=week
            )
        wrong = next((character for character in outside if character in illegal), None)
        if wrong is not None:
            raise IllegalArgumentError(
                "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER", c=wrong, pattern=pattern
            )
        lengths = (*(letter * 5 for letter in _NARROW), "y" * (_LONGEST_YEAR + 1))
        long = next((length for length in lengths if length in outside), None)
        if long is not None:
            raise IllegalArgumentError("INVALID_DATETIME_PATTERN.LENGTH", pattern=long)


@cache
def legacy_parts(pattern: str) -> tuple[Field | str, ...]:
    """The parts of a pattern of SimpleDateFormat. Raises ValueError where it is none."""
    found: list[Field | str] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "'":
            literal, at = _legacy_quoted(pattern, at + 1)
            found.append(literal)
        elif character.isascii() and character.isalpha():
            count = len(pattern) - at - len(pattern[at:].lstrip(character))
            if character not in _LEGACY or (character == "X" and count > 3):
                raise ValueError(pattern)
            found.append(Field(character, count))
            at += count
        else:
            found.append(character)
            at += 1
    return tuple(found)


def _legacy_quoted(pattern: str, at: int) -> tuple[str, int]:
    if pattern[at : at + 1] == "'":
        return "'", at + 1
    end = _closing(pattern, at)
    if end is None:
        raise ValueError(pattern)
    return pattern[at:end].replace("''", "'"), end + 1


def is_legacy_pattern(pattern: str) -> bool:
    """Whether SimpleDateFormat takes `pattern`."""
    try:
        legacy_parts(pattern)
    except ValueError:
        return False
    return True


def check_legacy(pattern: str) -> None:
    """Raise ``INVALID_DATETIME_PATTERN`` where `pattern` is none under the policy LEGACY."""
    if not is_legacy_pattern(pattern):
        raise _refused(pattern)


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
    end = _closing(text, start)
    if end is None:
        raise _refused(text)
    return text[start:end].replace("''", "'") or "'", end + 1


def _closing(text: str, start: int) -> int | None:
    """Where the quote that opens before `start` ends, None if it does not."""
    at = start
    while at < len(text):
        if text[at] != "'":
            at += 1
        elif text[at + 1 : at + 2] == "'":
            at += 2
        else:
            return at
    return None


def _fits(field: Field) -> bool:
    letter, count = field.letter, field.count
    if letter == "V":
        return count == 2
    if letter in "Ov":
        return count in {1, 4}
    return count <= _MOST[letter]


def _refused(pattern: str) -> SparkError:
    escaped = pattern.replace("\\", "\\\\").replace("'", "\\'")
    return SparkRuntimeError(
        "INVALID_DATETIME_PATTERN.WITH_SUGGESTION", pattern=f"'{escaped}'", docroot=_DOCUMENTATION
    )
