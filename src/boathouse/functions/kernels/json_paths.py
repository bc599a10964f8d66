"""What stands at paths in JSON texts, row by row: what the native functions of JSON say."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from boathouse.functions.kernels.lenient_json import in_standard_form
from boathouse.functions.kernels.rows import by_row
from boathouse.types.text import double_text

Steps = list[str | int | None]
"""Names, places (from 0), None for every element."""

_STEP = re.compile(
    r"\.\s*([^.\[\s*][^.\[]*)|\s*\['\s*([^'?\s][^'?]*)'\]|\[\s*(\d{1,18})\]|(\[\*\])"
)
_ALLOWED = ("singlequotes", "unquotedcontrolchars", "everykey")
_SPECIAL = re.compile(r'["\\\x00-\x1f\ud800-\udfff\U00010000-\U0010ffff]')
_SHORT = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def parse_path(text: str) -> Steps | None:
    """The steps of a path; None for no path, and for one that leads nowhere."""
    if not text.startswith("$"):
        return None
    steps: Steps = []
    at = 1
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None and not text[at:].strip():
            break
        if match is None or match[2] == "*":
            return None
        dotted, quoted, place, _ = match.groups()
        steps.append(dotted or quoted or (None if place is None else int(place)))
        at = match.end()
    return steps


class Members(list[tuple[str, Any]]):
    """The members of an object; a name may come twice."""

    __slots__ = ()


class _Style(Enum):
    """How a text is written: without its quotes, or with; flat: arrays without their brackets."""

    RAW = auto()
    QUOTED = auto()
    FLAT = auto()


_Found = tuple[bool, list[str]]
"""Whether there was anything, and what was written."""


def _read(text: str) -> Any:
    """The value that `text` begins with; raises ValueError."""
    standard = in_standard_form(text, _ALLOWED)
    if standard is None:
        raise ValueError
    return json.loads(standard, object_pairs_hook=Members)


def _of_document(function: Callable[..., Any]) -> Callable[..., list[Any]]:
    """`function` of a value as a kernel of its text: null where it is none."""

    def of_text(text: str, *others: str) -> Any:
        try:
            return function(_read(text), *others)
        except ValueError:
            return None

    return by_row(of_text)


@_of_document
def path(value: Any, said: str) -> str | None:
    """What stands at the path `said`, by the rules of Spark's GetJsonObject."""
    steps = parse_path(said)
    if steps is None:
        return None
    found, parts = _found(value, steps, _Style.RAW)
    return _whole(",".join(parts)) if found else None


@_of_document
def field(value: Any, name: str) -> str | None:
    """The last value of the field `name` that is not null."""
    members = value if isinstance(value, Members) else []
    for said, held in reversed(members):
        if said == name and held is not None:
            return _whole(held if isinstance(held, str) else written(held))
    return None


@_of_document
def length(value: Any) -> int | None:
    """How many elements an array has."""
    return len(value) if is_array(value) else None


@_of_document
def keys(value: Any) -> list[str] | None:
    """The names of an object's fields."""
    if not isinstance(value, Members):
        return None
    return [name.encode("utf-8", "replace").decode() for name, _ in value]


def is_array(value: Any) -> bool:
    """Whether `value` was read of an array, not of an object."""
    return isinstance(value, list) and not isinstance(value, Members)


def _whole(text: str) -> str | None:
    """`text`, unless half a character stands alone, which Java cannot write."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return text


def _found(value: Any, steps: Steps, style: _Style) -> _Found:
    if not steps:
        return _found_at_end(value, style)
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        return _found_in_field(value, step, rest, style)
    if not is_array(value):
        return False, []
    if step is None:
        return _found_in_each(value, rest, style)
    if step >= len(value):
        return False, []
    return _found(value[step], rest, _Style.QUOTED if rest[:1] == [None] else style)


def _found_at_end(value: Any, style: _Style) -> _Found:
    if isinstance(value, str) and style is _Style.RAW:
        return True, [value]
    if is_array(value) and style is _Style.FLAT:
        return _together([_found_at_end(each, style) for each in value])
    return True, [written(value)]


def _found_in_field(value: Any, name: str, rest: Steps, style: _Style) -> _Found:
    parts: list[str] = []
    for said, held in value if isinstance(value, Members) else []:
        if said == name and held is not None:
            found, written = _found(held, rest, style)
            parts += written
            if found:
                return True, parts
    return False, parts


def _found_in_each(value: list[Any], rest: Steps, style: _Style) -> _Found:
    if rest[:1] == [None]:
        found, parts = _together([_found(each, rest[1:], _Style.FLAT) for each in value])
        return found, [f"[{','.join(parts)}]"]
    inner = _Style.FLAT if style is _Style.FLAT else _Style.QUOTED
    each_found = [_found(each, rest, inner) for each in value]
    found, parts = _together(each_found)
    count = sum(one for one, _ in each_found)
    if style is _Style.QUOTED or count > 1:
        return found, [f"[{','.join(parts)}]"]
    # A single one stands without brackets.
    return found, parts if found else []


def _together(found: list[_Found]) -> _Found:
    return any(one for one, _ in found), [part for _, parts in found for part in parts]


def written(value: Any) -> str:
    """`value` as Java writes it, halves of characters and all."""
    match value:
        case float():
            return double_text(value) if math.isfinite(value) else f'"{double_text(value)}"'
        case Members():
            pairs = (f"{_quoted(name)}:{written(held)}" for name, held in value)
            return f"{{{','.join(pairs)}}}"
        case list():
            return f"[{','.join(map(written, value))}]"
        case str():
            return _quoted(value)
        case _:
            return json.dumps(value)


def _quoted(text: str) -> str:
    return f'"{_SPECIAL.sub(_escaped, text)}"'


def _escaped(sign: re.Match[str]) -> str:
    known = _SHORT.get(sign[0])
    if known is not None:
        return known
    halves = sign[0].encode("utf-16-be", "surrogatepass").hex().upper()
    return "".join(f"\\u{halves[at : at + 4]}" for at in range(0, len(halves), 4))
