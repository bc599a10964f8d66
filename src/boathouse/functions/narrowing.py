"""Java's narrowing of whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck

if TYPE_CHECKING:
    from boathouse.duck import Expression


def wrapped(value: Expression, bits: int, wide: str = "BIGINT") -> Expression:
    """The lowest `bits` of the whole number `value` as a signed number: Java's narrowing. `wide` is
    a DuckDB type with more than `bits` that holds `value`.
    """
    low = duck.operator("&", value.cast(wide), duck.literal(2**bits - 1).cast(wide))
    flipped = duck.f.xor(low, duck.literal(2 ** (bits - 1)).cast(wide))
    target = {8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT"}[bits]
    return (flipped - duck.literal(2 ** (bits - 1)).cast(wide)).cast(target)
