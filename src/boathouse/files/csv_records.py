"""CSV text -> records, for what is not read line by line: headers, multiLine, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """How values are separated and quoted; empty text switches `quote`, `escape` or `comment` off.
    `line_separator` None stands for any line end.
    """

    separator: str = ","
    quote: str = '"'
    escape: str = "\\"
    comment: str = ""
    strip_leading: bool = False
    strip_trailing: bool = False
    line_separator: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """The `values` of a record (None: nothing at all, "": an empty quoted text) and its `text`."""

    values: list[str | None]
    text: str


def records(text: str, dialect: Dialect, *, multi_line: bool) -> Iterator[Record]:
    """The records of `text`, without blank lines and comments. With `multi_line` a quoted value may
    hold line ends.
    """
    end = dialect.line_separator
    if end is None:
        text, end = text.replace("\r\n", "\n").replace("\r", "\n"), "\n"
    token = _token(dialect, end)
    if multi_line:
        yield from _scan(text, dialect, token, end)
        return
    for line in text.split(end):
        if line.strip("".join(map(chr, range(33)))):
            yield from _scan(line, dialect, token, end)


def _token(dialect: Dialect, end: str) -> re.Pattern[str]:
    """A value. Groups: 1 inside of quotes, 2 with a quote inside that ends nothing, 3 after a quote
    that is never closed, 4 as it stands.
    """
    stop = f"(?:{re.escape(dialect.separator)}|{re.escape(end)}|\\Z)"
    bare = rf"((?:(?!{stop})[\s\S])*)"
    if not dialect.quote:
        return re.compile(rf"(\b\B)|(\b\B)|(\b\B)|{bare}")
    quote, escape = re.escape(dialect.quote), re.escape(dialect.escape)
    if dialect.quote == dialect.escape:
        inner = f"(?:[^{quote}]|{quote}{quote})*"
    elif dialect.escape:
        inner = rf"(?:[^{quote}{escape}]|{escape}[\s\S])*"
    else:
        inner = f"[^{quote}]*"
    before = r"[\x00-\x20]*?" if dialect.strip_leading else ""
    closed = rf"{before}{quote}({inner}){quote}[ \t]*(?={stop})"
    loose = rf"({before}{quote}{inner}{quote}(?:(?!{stop})[\s\S])*)"
    unclosed = rf"{before}{quote}({inner})\Z"
    return re.compile(f"{closed}|{loose}|{unclosed}|{bare}")


def _scan(text: str, dialect: Dialect, token: re.Pattern[str], end: str) -> Iterator[Record]:
    at = 0
    while at < len(text):
        if dialect.comment and text.startswith(dialect.comment, at):
            at = _after(text, end, at)
            continue
        if text.startswith(end, at):
            at += len(end)
            continue
        start, values = at, list[str | None]()
        while True:
            match = token.match(text, at)
            assert match is not None  # noqa: S101 - the second branch matches anything
            values.append(_value(match, dialect))
            at = match.end()
            if not text.startswith(dialect.separator, at):
                break
            at += len(dialect.separator)
        yield Record(values, text[start:at])
        at += len(end)


def _after(text: str, end: str, at: int) -> int:
    found = text.find(end, at)
    return len(text) if found < 0 else found + len(end)


def _value(match: re.Match[str], dialect: Dialect) -> str | None:
    inside = next((group for group in match.groups()[:3] if group is not None), None)
    if inside is not None:
        if not dialect.escape:
            return inside
        either = f"[{re.escape(dialect.quote)}{re.escape(dialect.escape)}]"
        if dialect.escape == dialect.quote:
            either = re.escape(dialect.quote)
        return re.sub(f"{re.escape(dialect.escape)}({either})", r"\1", inside)
    bare = match[4]
    blanks = "".join(map(chr, range(1, 33)))
    if dialect.strip_leading:
        bare = bare.lstrip(blanks)
    if dialect.strip_trailing:
        bare = bare.rstrip(blanks)
    return bare or None
