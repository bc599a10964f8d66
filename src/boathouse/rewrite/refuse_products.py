"""Refuse joins of every row with every row, where they are not wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import contains, inputs, outer_references, references

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPEN = frozenset({"inner", "left outer", "right outer", "full outer"})
"""The joins that want a condition; CROSS JOIN asks for the product."""


def refuse_products(plan: r.Relation) -> None:
    """_LEGACY_ERROR_TEMP_1211 for a join without a condition that looks at both sides.

    `a JOIN b`, but not `a, b WHERE a.x < b.y`, nor `a CROSS JOIN b`.
    """
    stack: list[tuple[r.Relation, tuple[e.Expression, ...]]] = [(plan, ())]
    while stack:
        node, known = stack.pop()
        if isinstance(node, r.Filter):
            known = (*known, *_parts(node.condition))
        elif isinstance(node, r.Join):
            known = (*known, *_parts(node.condition))
            if node.kind.value in _OPEN and not _correlated(node) and not _joined(node, known):
                raise AnalysisError(
                    "_LEGACY_ERROR_TEMP_1211",
                    joinType=node.kind.value.upper(),
                    leftPlan=type(node.left).__name__,
                    rightPlan=type(node.right).__name__,
                )
        elif not isinstance(node, (r.Project, r.Sort)):
            known = ()
        stack += ((child, known) for child in inputs(node))


def _parts(condition: e.Expression | None) -> Iterator[e.Expression]:
    stack = [] if condition is None else [condition]
    while stack:
        part = stack.pop()
        if isinstance(part, e.Call) and part.function.name == "and":
            stack += [x for x in part.arguments if x is not None]
        else:
            yield part


def _correlated(join: r.Join) -> bool:
    return join.lateral and bool(outer_references(join.right))


def _joined(join: r.Join, conditions: tuple[e.Expression, ...]) -> bool:
    """Whether one of `conditions` looks at both sides, or lets no row through at all."""
    sides = [{a.id for a in side.output} for side in (join.left, join.right)]
    for condition in conditions:
        seen = references(condition)
        if all(seen & side for side in sides) or not contains(condition, e.Attribute):
            return not isinstance(condition, e.Literal) or condition.value is not True
    return False
