"""Java's narrowing of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck

if TYPE_CHECKING:
    from boathouse.duck import Expression
    from boathouse.types import datatypes as t


def wrapped(value: Expression, bits: int, wide: str = "BIGINT") -> Expression:
    """The lowest `bits` of the whole number `value` as a signed number: Java's narrowing. `wide` is
    a DuckDB type with more than `bits` that holds `value`.
    """
    low = duck.operator("&", value.cast(wide), duck.literal(2**bits - 1).cast(wide))
    flipped = duck.f.xor(low, duck.literal(2 ** (bits - 1)).cast(wide))
    target = {8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT"}[bits]
    return (flipped - duck.literal(2 ** (bits - 1)).cast(wide)).cast(target)


def saturated(value: Expression, to: t.IntegralType) -> Expression:
    """A double cut to a whole number as Java does: to the nearest that fits, NaN to zero."""
    # Java goes through INT for the narrow types and cuts the rest of the bits.
    bits = max(to.bits, 32)
    wide, most = ("INTEGER", 2**31 - 1) if bits == 32 else ("BIGINT", 2**63 - 1)
    number = duck.case(
        (duck.f.isnan(value), 0),
        (value.at_least(float(most + 1)), most),
        (value.at_most(-float(most + 1)), duck.literal(-most - 1)),
        (value.is_not_null(), duck.f.trunc(value).try_cast(wide)),
    ).cast(wide)
    return number if to.bits == bits else wrapped(number, to.bits)
