"""JSON text over several lines, as Jackson's printer lays it out."""

from __future__ import annotations

import json
from typing import Any

from boathouse.functions.kernels.rows import by_row


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


class _Members(list[tuple[str, Any]]):
    """The members of an object; a name may come twice."""


@by_row
def pretty(text: str) -> str:
    """`text`, with each member of an object on a line and arrays on one."""
    value = json.loads(
        text,
        parse_int=_Number,
        parse_float=_Number,
        parse_constant=_Number,
        object_pairs_hook=_Members,
    )
    return _laid_out(value, 0)


def _laid_out(value: Any, depth: int) -> str:
    match value:
        case _Number():
            return value
        case _Members():
            if not value:
                return "{ }"
            inner = "\n" + "  " * (depth + 1)
            lines = [
                f"{inner}{json.dumps(name, ensure_ascii=False)} : {_laid_out(held, depth + 1)}"
                for name, held in value
            ]
            return "{" + ",".join(lines) + "\n" + "  " * depth + "}"
        case list():
            items = [_laid_out(item, depth) for item in value]
            return f"[ {', '.join(items)} ]" if items else "[ ]"
        case _:
            return json.dumps(value, ensure_ascii=False)
