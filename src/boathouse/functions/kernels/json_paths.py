"""What stands at paths in JSON texts, row by row."""

from __future__ import annotations

import json
import re
from typing import Any

from boathouse.functions.kernels.rows import by_row
from boathouse.types.text import double_text

Steps = list[str | int | None]
"""Names, places (from 0), None for every element."""

_STEP = re.compile(r"\.([^.\[]+)|\['([^'?]+)'\]|\[(\d+)\]|(\[\*\])")


def parse_path(path: str) -> Steps | None:
    """The steps of a path; None for no path."""
    if not path.startswith("$"):
        return None
    steps: Steps = []
    at = 1
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None or match[1] == "*":
            return None
        dotted, quoted, place, _ = match.groups()
        steps.append(dotted or quoted or (None if place is None else int(place)))
        at = match.end()
    return steps


@by_row
def extract(text: str, path: str) -> str | None:
    """What stands at `path` in valid JSON: text without quotes, all else as JSON. Several values
    are an array.
    """
    steps = parse_path(path)
    if steps is None:
        return None
    found = _at(json.loads(text, object_pairs_hook=_first_ones), steps)
    if steps and not isinstance(steps[-1], int):
        found = [value for value in found if value is not None]
    if not found:
        return None
    if len(found) == 1:
        several = None in steps and isinstance(found[0], str)
        return found[0] if isinstance(found[0], str) and not several else _written(found[0])
    return _written(found)


@by_row
def field(text: str, name: str) -> str | None:
    """What the field `name` of a valid JSON object has: text without quotes, all else as JSON."""
    found = json.loads(text).get(name)
    return found if found is None or isinstance(found, str) else _written(found)


def _first_ones(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of `pairs`; of those with one key the first counts."""
    return dict(reversed(pairs))


def _at(value: Any, steps: Steps) -> list[Any]:
    found = [value]
    for step in steps:
        found = [inner for outer in found for inner in _next(outer, step)]
    return found


def _next(value: Any, step: str | int | None) -> list[Any]:
    match value, step:
        case list(), None:
            return value
        case list(), int():
            return value[step : step + 1]
        case dict(), str() if step in value:
            return [value[step]]
        case _:
            return []


def _written(value: Any) -> str:
    match value:
        case float():
            return double_text(value)
        case list():
            return f"[{','.join(map(_written, value))}]"
        case dict():
            pairs = (f"{_written(key)}:{_written(inner)}" for key, inner in value.items())
            return f"{{{','.join(pairs)}}}"
        case _:
            return json.dumps(value, ensure_ascii=False)
