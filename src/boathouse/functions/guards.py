"""Hidden functions that binding puts in to hold a query to Spark's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.functions.registry import Group
from boathouse.functions.signature import INT, never
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.duck import Expression

GUARDS = Group("guards")


@GUARDS.scalar(
    "next_recursion_level", takes=[INT, INT], gives=t.INTEGER, nullable=never, hidden=True
)
def next_recursion_level(level: Expression, most: Expression) -> Expression:
    """One more than `level`, an error past `most`."""
    failure = duck.fail("RECURSION_LEVEL_LIMIT_EXCEEDED", levelLimit=most)
    return duck.if_(level.at_least(most), failure, level + 1)
