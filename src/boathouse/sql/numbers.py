"""Number tokens to typed literals: suffixes, exponents, ranges."""

from __future__ import annotations

import math
import struct
from decimal import Decimal, InvalidOperation

from boathouse.errors.exceptions import (
    ParseError,
    QueryContext,
    SparkArithmeticError,
    SparkError,
)
from boathouse.spec.expressions import Literal
from boathouse.sql.settings import DEFAULT, ParserSettings
from boathouse.types import datatypes as types

_WHOLE: dict[str, types.IntegralType] = {"L": types.LONG, "S": types.SHORT, "Y": types.BYTE}
_LONGEST = 1_000
_REAL_LIMITS = {"float": "3.4028234663852886E+38", "double": "1.7976931348623157E+308"}


def number_literal(
    token: str, *, negative: bool, context: QueryContext, settings: ParserSettings = DEFAULT
) -> Literal:
    """The literal that `token` spells; raises INVALID_NUMERIC_LITERAL_RANGE and
    DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION with `context`.
    """
    if len(token) > _LONGEST:
        return _excessive(token, context)
    if token.isdigit():
        return _whole_number(int(token), negative=negative)
    text = token.upper()
    sign = "-" if negative else ""
    if text.endswith("BD"):
        return _decimal(_exact(sign + token[:-2], context), context)
    suffix, body = text[-1], sign + token[:-1]
    if suffix in _WHOLE and text[:-1].isdigit():
        return _fixed_width(body, _WHOLE[suffix], context)
    if suffix in "FD":
        return _real(body, types.FLOAT if suffix == "F" else types.DOUBLE, context)
    if "E" in text and not settings.exponent_literal_as_decimal:
        return _real(sign + token, types.DOUBLE, context)
    return _decimal(_exact(sign + token, context), context if "E" in text else None)


def _excessive(token: str, context: QueryContext) -> Literal:
    """Refuse a number of so many digits that Python would not read it either."""
    suffix = token[-1].upper()
    if suffix in _WHOLE:
        type_ = _WHOLE[suffix]
        limit = 2 ** (type_.bits - 1)
        raise _out_of_range(token[:-1], type_.name, str(-limit), str(limit - 1), context)
    raise _too_precise(sum(letter.isdigit() for letter in token), None)


def _exact(text: str, context: QueryContext) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond what even Decimal holds
        raise _too_precise(2**31 - 1, context) from None


def _too_precise(precision: int, context: QueryContext | None) -> SparkError:
    condition, limit = "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", types.DecimalType.MAX_PRECISION
    if context is None:
        return SparkArithmeticError(condition, precision=precision, maxPrecision=limit)
    return ParseError(condition, context, precision=precision, maxPrecision=limit)


def _whole_number(magnitude: int, *, negative: bool) -> Literal:
    value = -magnitude if negative else magnitude
    if -(2**31) <= value < 2**31:
        return Literal(value, types.INTEGER)
    if -(2**63) <= value < 2**63:
        return Literal(value, types.LONG)
    return _decimal(Decimal(value), None)


def _fixed_width(body: str, type_: types.IntegralType, context: QueryContext) -> Literal:
    value, limit = int(body), 2 ** (type_.bits - 1)
    if not -limit <= value < limit:
        raise _out_of_range(body, type_.name, str(-limit), str(limit - 1), context)
    return Literal(value, type_)


def _real(body: str, type_: types.DataType, context: QueryContext) -> Literal:
    value = float(body)
    limit = _REAL_LIMITS[type_.simple]
    if abs(value) > float(limit) or math.isinf(value):
        raise _out_of_range(body, type_.simple, "-" + limit, limit, context)
    if type_ == types.FLOAT:
        value = struct.unpack("<f", struct.pack("<f", value))[0]
    return Literal(value, type_)


def _out_of_range(body: str, name: str, low: str, high: str, context: QueryContext) -> ParseError:
    return ParseError(
        "INVALID_NUMERIC_LITERAL_RANGE",
        context,
        rawStrippedQualifier=body,
        minValue=low,
        maxValue=high,
        typeName=name,
    )


def _decimal(value: Decimal, context: QueryContext | None) -> Literal:
    digits = value.as_tuple()
    exponent = int(digits.exponent)
    if exponent > 0:  # Spark has no negative scale: 1e3BD is 1000
        precision, scale = len(digits.digits) + exponent, 0
    else:
        precision, scale = max(_significant(digits.digits), -exponent), -exponent
    if precision > types.DecimalType.MAX_PRECISION:
        raise _too_precise(precision, context)
    sign = digits.sign if any(digits.digits) else 0  # there is no -0.0 among decimals
    value = Decimal((sign, (*digits.digits, *(0,) * max(exponent, 0)), min(exponent, 0)))
    return Literal(value, types.DecimalType(precision, scale))


def _significant(digits: tuple[int, ...]) -> int:
    return len("".join(map(str, digits)).lstrip("0")) or 1
