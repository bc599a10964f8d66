"""How large one value may grow: past this, functions that make much out of little refuse instead of
taking the server's memory.
"""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.tree import Literal

MOST_ELEMENTS = 2**27
"""Elements of one array: of numbers that is a gigabyte."""
MOST_CHARACTERS = 2**29
"""Characters of one text."""

_SPARKS_MOST = 2**31 - 16
"""What errors say: the most that Spark would take."""
_SMALL = 2**16


def _is_small(size: Expression) -> bool:
    return isinstance(size, Literal) and isinstance(size.value, int) and size.value < _SMALL


def within_array(name: str, size: Expression, value: Expression) -> Expression:
    """`value`, an argument of what makes an array of `size` elements for the function `name`; an
    error where that is too many. The result itself could not be guarded: DuckDB computes what is
    constant in every branch of a CASE.
    """
    if _is_small(size):
        return value
    too_many = duck.fail(
        "COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER",
        numberOfElements=size,
        maxRoundedArrayLength=_SPARKS_MOST,
        functionName=f"`{name}`",
        parameter="`count`",
    )
    return duck.case((size.greater(MOST_ELEMENTS), too_many), otherwise=value)


def within_text(name: str, size: Expression, value: Expression) -> Expression:
    """`value`, an argument of what makes a text of `size` characters for the function `name`; an
    error where that is too many.
    """
    if _is_small(size):
        return value
    too_long = duck.fail(
        "COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION",
        numberOfElements=size,
        maxRoundedArrayLength=_SPARKS_MOST,
        functionName=f"`{name}`",
    )
    return duck.case((size.greater(MOST_CHARACTERS), too_long), otherwise=value)
