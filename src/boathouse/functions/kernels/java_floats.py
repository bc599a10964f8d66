"""Doubles as Java's Formatter writes them where DuckDB has no word for it. Signs and widths are not
written here: the values are zero or greater, and finite.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context
from math import isfinite

from boathouse.functions.kernels.rows import by_row

_DIGITS = 13
"""Hexadecimal digits of a double's fraction."""


@by_row
def scientific(value: float, *, digits: int) -> str:
    """`value` as ``1.50e+03``: its shortest text, rounded to so many `digits`, halves up."""
    if not isfinite(value):
        return ""
    rounded = Context(prec=digits + 1, rounding=ROUND_HALF_UP).create_decimal(repr(value))
    _, figures, _ = rounded.as_tuple()
    text = "".join(map(str, figures)).ljust(digits + 1, "0")[: digits + 1]
    exponent = rounded.adjusted() if rounded else 0
    fraction = f".{text[1:]}" if digits else ""
    return f"{text[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


@by_row
def hexadecimal(value: float, *, digits: int | None) -> str:
    """`value` as ``0x1.8p0``, of a fraction with so many `digits`, or those it needs."""
    if not isfinite(value):
        return ""
    whole, rest = value.hex().removeprefix("0x").split(".") if value else ("0", "0p+0")
    fraction, power = rest.split("p")
    exponent = int(power)
    if digits is None:
        return f"0x{whole}.{fraction.rstrip('0') or '0'}p{exponent}"
    digits = max(digits, 1)
    if digits < _DIGITS:
        number = int(whole + fraction, 16)
        whole_digits = _rounded(number, 4 * (_DIGITS - digits))
        whole, fraction = _parts(whole_digits, digits)
    return f"0x{whole}.{fraction.ljust(digits, '0')}p{exponent}"


def _rounded(number: int, bits: int) -> int:
    """`number` without its last `bits`, to the nearest, halves to the even one."""
    kept, cut = number >> bits, number & ((1 << bits) - 1)
    half = 1 << (bits - 1)
    return kept + (cut > half or (cut == half and kept & 1))


def _parts(number: int, digits: int) -> tuple[str, str]:
    """The whole part and the fraction of `number`, of which so many `digits` are the fraction's."""
    whole, fraction = divmod(number, 16**digits)
    return f"{whole:x}", f"{fraction:0{digits}x}"
