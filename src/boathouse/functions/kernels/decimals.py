"""Products and quotients of decimals that have more digits on the way than 128 bits hold; texts
that spell them.
"""

from __future__ import annotations

import unicodedata
from decimal import ROUND_HALF_UP, Context, Decimal

from boathouse.errors.exceptions import SparkArithmeticError
from boathouse.functions.kernels.rows import by_row

_EXACT = Context(prec=200, rounding=ROUND_HALF_UP)
_KEPT = Context(prec=39, rounding=ROUND_HALF_UP)
"""Spark keeps so many digits of a product before it gives it the scale of its type."""
_LAST = Decimal(1).scaleb(-39)
"""The last digit that Spark computes of a quotient."""


@by_row
def product(a: Decimal, b: Decimal, *, precision: int, scale: int) -> Decimal:
    """The product, half up."""
    return _fitted(_KEPT.multiply(a, b), precision, scale)


@by_row
def quotient(a: Decimal, b: Decimal, *, precision: int, scale: int) -> Decimal:
    """The quotient, half up; `b` is not zero."""
    return _fitted(_EXACT.quantize(_EXACT.divide(a, b), _LAST), precision, scale)


@by_row
def whole_quotient(a: Decimal, b: Decimal, *, precision: int, scale: int) -> Decimal:
    """The quotient without its fraction; `b` is not zero."""
    whole = _EXACT.to_integral_value(_EXACT.divide_int(a, b))
    return _fitted(whole, precision, scale)


@by_row
def ascii_digits(text: str) -> str:
    """The text with 0 to 9 for the digits of other scripts, as far as one ``char`` of Java goes."""
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() and letter <= "\uffff" else letter
        for letter in text
    )


def _fitted(number: Decimal, precision: int, scale: int) -> Decimal:
    result = _EXACT.quantize(number, Decimal(1).scaleb(-scale))
    if result and result.adjusted() >= precision - scale:
        raise SparkArithmeticError(
            "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
            value=f"{number:f}",
            precision=precision,
            scale=scale,
            config='"spark.sql.ansi.enabled"',
        )
    return result
