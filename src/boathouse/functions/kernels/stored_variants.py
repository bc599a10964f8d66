"""Variants as other systems store them."""

from __future__ import annotations

from typing import Any

from boathouse.errors.exceptions import SparkRuntimeError
from boathouse.functions.kernels.rows import by_row
from boathouse.types import variant


def _text(value: bytes, metadata: bytes) -> str:
    try:
        return variant.decode(value, metadata)
    except ValueError:
        raise SparkRuntimeError("MALFORMED_VARIANT") from None


decode = by_row(_text)
"""A variant as DuckDB holds it, out of its value and its metadata."""


def _stored(text: str) -> dict[str, bytes]:
    value, metadata = variant.encode(text)
    return {"metadata": metadata, "value": value}


encode = by_row(_stored)
"""A variant as files have it: a struct of its metadata and its value."""


def _shredded_text(stored: dict[str, Any]) -> str:
    try:
        found = _whole(stored, stored["metadata"])
    except ValueError:
        raise SparkRuntimeError("MALFORMED_VARIANT") from None
    return variant.held(None if found is _MISSING else found)


_MISSING = object()


def _whole(stored: dict[str, Any], metadata: bytes) -> Any:
    """What is in columns of its own (`typed_value`) and what is not (`value`), put together."""
    typed, rest = stored.get("typed_value"), stored.get("value")
    left = _MISSING if rest is None else variant.read(rest, metadata)
    match typed:
        case None:
            return left
        case dict():
            parts = {name: _whole(part, metadata) for name, part in typed.items() if part}
            kept = {name: part for name, part in parts.items() if part is not _MISSING}
            return {**kept, **left} if isinstance(left, dict) else kept
        case list():
            return [_whole(part, metadata) for part in typed]
        case _:
            return variant.of_column(typed)


decode_shredded = by_row(_shredded_text)
"""What DuckDB holds for a variant of which parts have columns of their own, out of all of them."""
