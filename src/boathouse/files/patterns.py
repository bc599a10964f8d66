"""Datetime patterns (``yyyy-MM-dd HH:mm``) of options, for DuckDB and as regular expressions.

Only what files need: numbers, names of months and days, AM/PM, fractions, offsets and quoted text.
Other letters raise UNSUPPORTED_FEATURE.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

from boathouse.duck import tree
from boathouse.errors.exceptions import IllegalArgumentError, unsupported

_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|([^A-Za-z'])")

# letters -> (format, what it matches)
_PARTS: dict[str, tuple[str, str]] = {
    "yyyy": ("%Y", r"\d{4}"),
    "uuuu": ("%Y", r"\d{4}"),
    "y": ("%Y", r"\d{1,9}"),
    "yy": ("%y", r"\d{2}"),
    "MM": ("%m", r"\d{2}"),
    "M": ("%-m", r"\d{1,2}"),
    "MMM": ("%b", r"[A-Za-z]{3}"),
    "MMMM": ("%B", r"[A-Za-z]+"),
    "dd": ("%d", r"\d{2}"),
    "d": ("%-d", r"\d{1,2}"),
    "HH": ("%H", r"\d{2}"),
    "H": ("%-H", r"\d{1,2}"),
    "hh": ("%I", r"\d{2}"),
    "h": ("%-I", r"\d{1,2}"),
    "mm": ("%M", r"\d{2}"),
    "m": ("%-M", r"\d{1,2}"),
    "ss": ("%S", r"\d{2}"),
    "s": ("%-S", r"\d{1,2}"),
    "a": ("%p", r"[AaPp][Mm]"),
    "E": ("%a", r"[A-Za-z]{3}"),
    "EEE": ("%a", r"[A-Za-z]{3}"),
    "EEEE": ("%A", r"[A-Za-z]+"),
    "DDD": ("%j", r"\d{3}"),
    "XXX": ("%z", r"Z|[+-]\d{2}:\d{2}"),
    "XX": ("%z", r"Z|[+-]\d{4}"),
    "X": ("%z", r"Z|[+-]\d{2}(?:\d{2})?"),
    "xxx": ("%z", r"[+-]\d{2}:\d{2}"),
    "Z": ("%z", r"[+-]\d{4}"),
    "VV": ("%Z", r"[A-Za-z/_+-]+\d*"),
    "z": ("%Z", r"[A-Za-z/_+-]+\d*"),
}
_FRACTIONS = {1: "%g", 2: "%g", 3: "%g", 6: "%f", 9: "%n"}


@dataclass(frozen=True, slots=True)
class Format:
    """One reading of a pattern: `text` for strptime and strftime, `shape` what it matches, and
    whether it reads an offset or zone.
    """

    text: str
    shape: str
    zoned: bool


def formats(pattern: str) -> tuple[Format, ...]:
    """The ways to read `pattern`, the fullest first: parts in brackets may be absent."""
    return tuple(_format(variant) for variant in _variants(pattern))


def _variants(pattern: str) -> list[str]:
    """`pattern` with each bracketed part present and absent."""
    parts = re.split(r"\[([^\[\]]*)\]", pattern)
    choices = [(part, "") if at % 2 else (part,) for at, part in enumerate(parts)]
    return list(dict.fromkeys("".join(choice) for choice in product(*choices)))


def _format(pattern: str) -> Format:
    texts: list[str] = []
    shapes: list[str] = []
    zoned = False
    at = 0
    while at < len(pattern):
        match = _TOKEN.match(pattern, at)
        if match is None:
            raise IllegalArgumentError(
                "INVALID_DATETIME_PATTERN.WITH_SUGGESTION",
                pattern=pattern,
                docroot="https://spark.apache.org/docs/latest",
            )
        at = match.end()
        if match[2] is None:
            literal = match[3] if match[1] is None else (match[1].replace("''", "'") or "'")
            texts.append(literal.replace("%", "%%"))
            shapes.append(re.escape(literal))
            continue
        text, shape = _letters(match[0], pattern)
        zoned = zoned or text in {"%z", "%Z"}
        texts.append(text)
        shapes.append(f"(?:{shape})")
    return Format("".join(texts), "".join(shapes), zoned)


def _letters(letters: str, pattern: str) -> tuple[str, str]:
    if letters[0] == "S":
        return _FRACTIONS.get(len(letters), "%f"), rf"\d{{{len(letters)}}}"
    found = _PARTS.get(letters)
    if found is None:
        raise unsupported(f"the letters {letters} in the datetime pattern {pattern}")
    return found


def parsed(text: tree.Expression, pattern: str, *, zoned: bool) -> tree.Expression:
    """`text` read by `pattern`: a TIMESTAMPTZ (in the session's zone where the text has none) when
    `zoned`, else a TIMESTAMP; NULL where it does not fit.
    """
    branches: list[tuple[tree.Value, tree.Value]] = []
    for format_ in formats(pattern):
        value = tree.call("try_strptime", text, format_.text)
        if zoned or format_.zoned:
            value = value.cast("TIMESTAMPTZ")
        if format_.zoned and not zoned:
            value = tree.NULL.cast("TIMESTAMP")
        branches.append((tree.call("regexp_full_match", text, format_.shape), value))
    return tree.case(*branches)


def written(moment: tree.Expression, pattern: str, offset: tree.Expression) -> tree.Expression:
    """`moment`, a TIMESTAMP, in `pattern` with all its bracketed parts; `offset` is the text that
    stands for its zone, such as ``+02:00``.
    """
    format_ = formats(pattern)[0]
    pieces = re.split(r"(%z|%Z|%n)", format_.text)
    parts: list[tree.Expression] = []
    for piece in pieces:
        if piece in {"%z", "%Z"}:
            parts.append(offset)
        elif piece:
            parts.append(tree.call("strftime", moment, piece))
    return parts[0] if len(parts) == 1 else tree.call("concat", *parts)
