"""Functions of Spark's group for text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.functions.registry import Group
from boathouse.functions.signature import BINARY, INT, STRING, one_of, optional, same_as
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.duck import Expression

TEXT = Group("string_funcs")

_MAX_INT = 2**31 - 1

TEXT.calls(
    "upper",
    "upper",
    "ucase",
    takes=[STRING],
    gives=t.STRING,
    doc="""The text with every letter in upper case.

    >>> SELECT upper('Boathouse')
    BOATHOUSE
    """,
)


@TEXT.scalar(
    "substring",
    "substr",
    takes=[one_of(STRING, BINARY), INT, optional(INT, _MAX_INT)],
    gives=same_as(0),
)
def substring(text: Expression, position: Expression, length: Expression) -> Expression:
    """Part of a text from a position (1 is the first character, negative counts from the end).

    >>> SELECT substring('Spark SQL', 5)
    k SQL
    """
    start = duck.case((position.equals(0), 1), otherwise=position)
    return duck.f.substring(text, start, length)
