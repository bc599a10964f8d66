"""A whole number compared with a decimal that is written there: Spark makes a whole number of the
decimal, ``i > 1.5`` is ``i > 1``.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from boathouse.plan import expressions as e
from boathouse.types import datatypes as t

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ROUNDED = {">": ROUND_FLOOR, ">=": ROUND_CEILING, "<": ROUND_CEILING, "<=": ROUND_FLOOR}
"""How the decimal behind the sign is rounded."""
_LEAST, _MOST = -(2**63), 2**63 - 1


def with_whole_bound(
    symbol: str, arguments: Sequence[e.Expression | None]
) -> Sequence[e.Expression | None] | e.Literal:
    """`arguments` of a comparison, with a whole number for a decimal; or the answer where the
    decimal is beyond all whole numbers.
    """
    if symbol not in _ROUNDED or len(arguments) != 2:
        return arguments
    first, second = arguments
    if _is_whole(first) and (bound := _written(second)) is not None:
        found = _bound(symbol, bound)
        return found if found.type == t.BOOLEAN else (first, found)
    if _is_whole(second) and (bound := _written(first)) is not None:
        found = _bound(_MIRRORED[symbol], bound)
        return found if found.type == t.BOOLEAN else (found, second)
    return arguments


def _is_whole(value: e.Expression | None) -> bool:
    return value is not None and isinstance(value.type, t.IntegralType)


def _written(value: e.Expression | None) -> Decimal | None:
    if not isinstance(value, e.Literal) or not isinstance(value.type, t.DecimalType):
        return None
    return None if value.value is None else Decimal(value.value)


def _bound(symbol: str, value: Decimal) -> e.Literal:
    """The literal behind `symbol`, TRUE or FALSE where it does not matter what stands before."""
    if not _LEAST <= value <= _MOST:
        return e.Literal((value > _MOST) == (symbol in {"<", "<="}), t.BOOLEAN)
    return e.Literal(int(value.to_integral_value(_ROUNDED[symbol])), t.LONG)
