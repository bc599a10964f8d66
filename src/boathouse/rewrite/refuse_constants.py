"""A constant that fails, fails before there are rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import children, inputs, walk_relations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from boathouse.errors.exceptions import SparkError

_GUARDS = frozenset(("coalesce", "nvl", "ifnull", "nvl2", "if", "decode_by_value"))
"""Functions that always look at the first of their arguments, and at the others by need."""
_ROW_BY_ROW = (r.Project, r.Filter, r.Limit)
_LOCAL = (r.Values, r.LocalData)


def refuse_constants(plan: r.Relation, failing: Mapping[e.Expression, SparkError]) -> None:
    """Raise the error of the first constant that is always computed, of those that are `failing`.

        Project[1 / 0](Filter[id > 50](Range))     DIVIDE_BY_ZERO, though no row is left

    So Spark does, which computes constants while it plans, and lets those that fail be where only
    some rows come to them, or nobody asks for the column. Rows that a query spells out are computed
    sooner, and one by one.
    """
    if any(isinstance(node, r.Limit) and node.limit == 0 for node in walk_relations(plan)):
        return
    stack = [plan]
    while stack:
        node = stack.pop()
        # Which columns of a common table are asked for is not known here.
        stack += [node.child] if isinstance(node, r.With) else inputs(node)
        local = _is_local(node)
        for inner in _always(_roots(node, failing)):
            if inner in failing and not local:
                raise failing[inner]
            if isinstance(inner, (e.ScalarSubquery, e.InSubquery)):
                stack.append(inner.query)


def _roots(node: r.Relation, failing: Mapping[e.Expression, SparkError]) -> list[e.Expression]:
    """The expressions of `node`; constants are no keys of groups."""
    if not isinstance(node, r.Aggregate):
        return children(node)
    keys = [key for key in node.grouping if key.child not in failing]
    return [*keys, *node.aggregates]


def _is_local(node: r.Relation) -> bool:
    while isinstance(node, _ROW_BY_ROW):
        node = node.child
    return isinstance(node, _LOCAL)


def _always(roots: Iterable[e.Expression]) -> Iterator[e.Expression]:
    """What is computed for every row, of `roots` and what is in them."""
    stack = list(roots)
    while stack:
        node = stack.pop()
        yield node
        match node:
            case e.Case():
                stack.append(node.branches[0][0])
            case e.Call() if node.function.name in _GUARDS:
                stack += children(node)[:1]
            case e.Call() if node.function.name.startswith("try"):
                pass
            case e.Lambda() | e.ScalarSubquery() | e.Exists() | e.InSubquery():
                pass
            case _:
                stack += children(node)
