"""Functions of Java's regular expressions where RE2 cannot say them, or each row has its own."""

from __future__ import annotations

import re
from typing import Any

from boathouse.errors.exceptions import IllegalArgumentError, SparkRuntimeError
from boathouse.functions.java_patterns import InvalidPattern
from boathouse.functions.java_patterns_exactly import compiled
from boathouse.functions.kernels.rows import by_row


def invalid_pattern(pattern: str, function: str) -> SparkRuntimeError:
    """The error for a text that is no regular expression."""
    if function == "split":
        # Spark lets Java's own exception through.
        return IllegalArgumentError("NO_CONDITION", message=f"No regular expression: {pattern}")
    shown = pattern.replace("\\", "\\\\").replace("'", "\\'")
    return SparkRuntimeError(
        "INVALID_PARAMETER_VALUE.PATTERN",
        parameter="`regexp`",
        functionName=f"`{function}`",
        value=f"'{shown}'",
    )


def _check_group(index: int, groups: int, function: str) -> None:
    """Raise where a pattern with so many `groups` has none of this `index`."""
    if not 0 <= index <= groups:
        raise SparkRuntimeError(
            "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
            parameter="`idx`",
            functionName=f"`{function}`",
            groupCount=groups,
            groupIndex=index,
        )


def _pattern(text: str, function: str) -> re.Pattern[str]:
    try:
        return compiled(text)
    except InvalidPattern:
        raise invalid_pattern(text, function) from None


@by_row
def matches(text: str, pattern: str, *, name: str) -> bool:
    """Whether a part of `text` matches."""
    return _pattern(pattern, name).search(text) is not None


@by_row
def extract(text: str, pattern: str, group: int, *, name: str) -> str:
    """What `group` holds at the first match."""
    found = _pattern(pattern, name)
    match = found.search(text)
    if match is None:
        return ""
    _check_group(group, found.groups, name)
    return match[group] or ""


@by_row
def extract_all(text: str, pattern: str, group: int, *, name: str) -> list[str]:
    """What `group` holds at each match."""
    found = _pattern(pattern, name)
    matches = list(found.finditer(text))
    if matches:
        _check_group(group, found.groups, name)
    return [match[group] or "" for match in matches]


@by_row
def count(text: str, pattern: str, *, name: str) -> int:
    """How often `pattern` matches."""
    return sum(1 for _ in _pattern(pattern, name).finditer(text))


def substring(*columns: Any, name: str) -> list[str | None]:
    """The first match, null where there is none."""

    def first(text: str, pattern: str) -> str | None:
        match = _pattern(pattern, name).search(text)
        return None if match is None else match[0] or None

    return by_row(first)(*columns)


@by_row
def place(text: str, pattern: str, *, name: str) -> int:
    """Where the first match begins: 1 is the first character, 0 nowhere."""
    match = _pattern(pattern, name).search(text)
    return 0 if match is None else match.start() + 1


@by_row
def replaced(text: str, pattern: str, replacement: str, position: int, *, name: str) -> str:
    """`text` with every match from `position` on replaced."""
    found = _pattern(pattern, name)
    start = max(position - 1, 0)
    if start and start >= len(text):
        return text
    rest = text[start:]
    parts, at = [text[:start]], 0
    for match in found.finditer(rest):
        try:
            new = _expanded(replacement, match)
        except (IndexError, ValueError):
            raise SparkRuntimeError(
                "INVALID_REGEXP_REPLACE",
                source=text,
                pattern=pattern,
                replacement=replacement,
                position=position,
            ) from None
        parts += [rest[at : match.start()], new]
        at = match.end()
    return "".join([*parts, rest[at:]])


def _expanded(replacement: str, match: re.Match[str]) -> str:
    r"""Java's ``$1``, ``${name}`` and ``\`` at `match`. IndexError or ValueError if none."""
    parts: list[str] = []
    at = 0
    while at < len(replacement):
        character = replacement[at]
        at += 1
        if character == "\\":
            parts.append(replacement[at])
            at += 1
        elif character != "$":
            parts.append(character)
        elif (
            named := re.compile(r"\{([A-Za-z][A-Za-z0-9]*)\}").match(replacement, at)
        ) is not None:
            parts.append(match[named[1]] or "")
            at = named.end()
        else:
            number, at = int(replacement[at]), at + 1
            most = match.re.groups
            while replacement[at : at + 1].isdigit() and number * 10 + int(replacement[at]) <= most:
                number, at = number * 10 + int(replacement[at]), at + 1
            parts.append(match[number] or "")
    return "".join(parts)


@by_row
def parts(text: str, pattern: str, limit: int, *, name: str) -> list[str]:
    """`text` between matches, in at most `limit` parts if it is positive."""
    if not pattern and text:
        # Spark: without a pattern every character is a part.
        most = limit if 0 < limit < len(text) else len(text)
        return [*text[: most - 1], text[most - 1 :]]
    found: list[str] = []
    at = 0
    for match in _pattern(pattern, name).finditer(text):
        if 0 < limit <= len(found) + 1:
            break
        if match.end() == 0:
            # Java: nothing before the text's first character is no part.
            continue
        found.append(text[at : match.start()])
        at = match.end()
    return [*found, text[at:]]
