"""Variants as other systems store them."""

from __future__ import annotations

from boathouse.errors.exceptions import SparkRuntimeError
from boathouse.functions.kernels.rows import by_row
from boathouse.types import variant


def _text(value: bytes, metadata: bytes) -> str:
    try:
        return variant.decode(value, metadata)
    except ValueError:
        raise SparkRuntimeError("MALFORMED_VARIANT") from None


decode = by_row(_text)
"""The JSON text of a variant, out of its value and its metadata."""


def _stored(text: str) -> dict[str, bytes]:
    value, metadata = variant.encode(text)
    return {"metadata": metadata, "value": value}


encode = by_row(_stored)
"""JSON text as a variant: a struct of its metadata and its value."""
