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
