"""Floating point numbers as Java writes them."""

from __future__ import annotations

from boathouse.functions.kernels.rows import by_row
from boathouse.types.text import double_text


@by_row
def text(value: float, *, single: bool) -> str:
    """Any number; a `single` one has 32 bits."""
    return double_text(value, single=single)
