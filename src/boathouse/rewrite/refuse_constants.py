"""A constant that fails, fails before there are rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import children, inputs, references, walk, walk_relations
from boathouse.rewrite.rebuild import rebuild

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from boathouse.errors.exceptions import SparkError

_GUARDS = frozenset(("coalesce", "nvl", "ifnull", "nvl2", "if", "decode_by_value"))
"""Functions that always look at the first of their arguments, and at the others by need."""
_ROW_BY_ROW = (r.Project, r.Filter, r.Limit)
_LOCAL = (r.Values, r.LocalData)


def drop_failing_keys(plan: r.Relation, failing: Container[e.Expression]) -> r.Relation:
    """Group by no constant that is `failing`, unless somebody asks for it.

        Project[a](Aggregate[a, 1 / 0](t))  ->  Project[a](Aggregate[a, NULL](t))

    Constants are no keys of groups: Spark never computes them.
    """
    asked = {
        inner.id
        for node in walk_relations(plan)
        for root in children(node)
        for inner in walk(root)
        if isinstance(inner, e.Attribute)
    }

    def dropped(key: e.Alias) -> e.Alias:
        fails = any(inner in failing for inner in _always([key.child]))
        if not fails or references(key.child) or key.id in asked:
            return key
        return replace(key, child=e.Literal(None, key.type))

    def visit(node: r.Relation) -> r.Relation:
        if not isinstance(node, r.Aggregate) or node.sets is not None:
            return node
        keys = tuple(map(dropped, node.grouping))
        changed = any(a is not b for a, b in zip(keys, node.grouping, strict=True))
        return replace(node, grouping=keys) if changed else node

    return rebuild(plan, visit)


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
        for inner in _always(children(node)):
            if inner in failing and not local:
                raise failing[inner]
            if isinstance(inner, (e.ScalarSubquery, e.InSubquery)):
                stack.append(inner.query)


def refuse_lateral_constants(plan: r.Relation, failing: Mapping[e.Expression, SparkError]) -> None:
    """Raise the error of a `failing` constant in the select list of a lateral query over rows, even
    if nobody asks for the column: Spark computes the list before it joins it.

        Join[lateral](t, Project[1 / 0](Range))     DIVIDE_BY_ZERO
    """
    for node in walk_relations(plan):
        if not isinstance(node, r.Join) or not node.lateral:
            continue
        listed = node.right
        while isinstance(listed, r.Project) and _renames(listed):
            listed = listed.child
        if isinstance(listed, r.Project) and not isinstance(listed.child, r.OneRow):
            for inner in _always(listed.expressions):
                if inner in failing:
                    raise failing[inner]


def _renames(node: r.Project) -> bool:
    named = (x.child if isinstance(x, e.Alias) else x for x in node.expressions)
    return all(isinstance(x, e.Attribute) for x in named)


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
            case e.InSubquery():
                stack += node.values
            case e.Lambda() | e.ScalarSubquery() | e.Exists():
                pass
            case _:
                stack += children(node)
