"""Functions that stand in FROM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.functions.registry import Group
from boathouse.functions.signature import INT, LONG, changed, optional
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.duck import Expression

TABLE = Group("table_funcs")


@TABLE.table(
    "range",
    takes=[
        changed(LONG, name="start"),
        optional(LONG),
        optional(LONG),
        optional(INT),
    ],
    gives=t.StructType((t.StructField("id", t.LONG, nullable=False),)),
)
def range_(
    start: Expression,
    end: Expression | None = None,
    step: Expression | None = None,
    partitions: Expression | None = None,
) -> Expression:
    """Numbers from a first (0 when only the end is given) up to, not including, an end, by steps
    of 1 or as the third argument says. Partitions mean nothing in one process.

    >>> SELECT * FROM range(1, 6, 2)
    1
    3
    5
    """
    if end is None:
        return duck.f.range(start)
    return duck.f.range(start, end, 1 if step is None else step)
