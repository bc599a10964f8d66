"""Walking and rebuilding plans and expressions, from tables of which fields hold children."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from operator import is_
from typing import Any, TypeVar

from boathouse.plan import expressions as e
from boathouse.plan import relations as r

Node = TypeVar("Node", bound=e.Expression)

_Reading = Callable[[Any], Iterable[e.Expression]]

_NODES = {
    "Expression",
    "Alias",
    "Attribute",
    "Named",
    "AggregateCall",
    "GeneratorCall",
    "LambdaVariable",
}
_PARTS = {"SortKey", "Frame"}
"""What holds expressions without being one."""


def _within(value: Any) -> Iterator[e.Expression]:
    """The expressions in a value of any form."""
    if isinstance(value, e.Expression):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _within(item)
    elif isinstance(value, (e.SortKey, e.Frame)):
        yield from children(value)


# How the expressions in a field are read, for the commonest forms of its annotation.
_READINGS: dict[str, _Reading] = {
    "node": lambda value: (value,),
    "node | None": lambda value: () if value is None else (value,),
    "tuple[node, ...]": lambda value: value,
    "tuple[node | None, ...]": lambda value: [x for x in value if x is not None],
}


@cache
def _child_fields(kind: type) -> tuple[tuple[str, _Reading], ...]:
    """The fields of a node class that may hold expressions, found by their annotations, each with
    how they are read.
    """
    if not is_dataclass(kind) or kind is e.OuterReference:
        return ()
    found: list[tuple[str, _Reading]] = []
    for f in fields(kind):
        words = set(re.findall(r"\w+", str(f.type)))
        if words & (_NODES | _PARTS):
            form = re.sub("|".join(_NODES), "node", str(f.type))
            found.append((f.name, _READINGS.get(form, _within)))
    return tuple(found)


def children(node: e.Expression | e.SortKey | e.Frame | r.Relation) -> list[e.Expression]:
    """The expressions directly inside `node` (subqueries' insides are not)."""
    found: list[e.Expression] = []
    for name, reading in _child_fields(type(node)):
        found += reading(getattr(node, name))
    return found


def computed(node: r.Relation) -> list[e.Expression]:
    """The expressions directly inside `node` that are more than a column: select lists are full of
    columns.
    """
    return [root for root in children(node) if type(root) is not e.Attribute]


def walk(root: e.Expression) -> Iterator[e.Expression]:
    """`root` and every expression inside it, parents first."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack += reversed(children(node))


def _map_value(value: Any, change: Callable[[e.Expression], e.Expression]) -> Any:
    if isinstance(value, e.Expression):
        return change(value)
    if isinstance(value, tuple):
        changed = [_map_value(item, change) for item in value]
        return value if all(map(is_, changed, value)) else tuple(changed)
    if isinstance(value, (e.SortKey, e.Frame)):
        return map_children(value, change)
    return value


def map_children(node: Any, change: Callable[[e.Expression], e.Expression]) -> Any:
    """`node` with each expression directly inside it changed; the same object if none was."""
    changes: dict[str, Any] = {}
    for name, _ in _child_fields(type(node)):
        before = getattr(node, name)
        after = _map_value(before, change)
        if after is not before:
            changes[name] = after
    return replace(node, **changes) if changes else node


def transform(
    root: e.Expression, change: Callable[[e.Expression], e.Expression | None]
) -> e.Expression:
    """`root` with `change` tried from the top; where it gives None, the children are tried."""
    changed = change(root)
    if changed is not None:
        return changed
    result = map_children(root, lambda child: transform(child, change))
    assert isinstance(result, e.Expression)  # noqa: S101 - map_children keeps the class
    return result


def contains(root: e.Expression, *kinds: type[e.Expression]) -> bool:
    """Whether an expression of one of `kinds` stands in `root`."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, kinds):
            return True
        stack += children(node)
    return False


def references(root: e.Expression) -> set[int]:
    """The ids of all columns `root` looks at, outer ones and those inside subqueries too."""
    found: set[int] = set()
    for node in walk(root):
        if isinstance(node, e.Attribute):
            found.add(node.id)
        elif isinstance(node, e.OuterReference):
            found.add(node.attribute.id)
        elif isinstance(node, (e.ScalarSubquery, e.Exists, e.InSubquery)):
            found |= outer_references(node.query)
    return found


def inputs(node: r.Relation) -> tuple[r.Relation, ...]:
    """The relations directly below `node`."""
    match node:
        case r.With():
            queries = [q for table in node.tables for q in (table.query, table.step) if q]
            return (*queries, node.child)
        case r.Unary():
            return (node.child,)
        case r.Join() | r.AsOfJoin():
            return (node.left, node.right)
        case r.SetOperation():
            return node.children
        case _:
            return ()


def walk_relations(root: r.Relation) -> Iterator[r.Relation]:
    """`root` and every relation below it, without those in subqueries of expressions."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(inputs(node)))


def outer_references(query: r.Relation) -> set[int]:
    """The ids of enclosing queries' columns that `query` looks at."""
    found: set[int] = set()
    for node in walk_relations(query):
        for root in children(node):
            for inner in walk(root):
                if isinstance(inner, e.OuterReference):
                    found.add(inner.attribute.id)
                elif isinstance(inner, (e.ScalarSubquery, e.Exists, e.InSubquery)):
                    found |= outer_references(inner.query)
    return found


def outer_attributes(query: r.Relation) -> list[e.Attribute]:
    """The columns of the query around that expressions of `query` itself look at, as often as they
    do.
    """
    found = [
        inner.attribute
        for node in walk_relations(query)
        for root in children(node)
        for inner in walk(root)
        if isinstance(inner, e.OuterReference)
    ]
    if found:  # the right side of a lateral join looks at the left one
        inside = {a.id for node in walk_relations(query) for a in node.output}
        found = [a for a in found if a.id not in inside]
    return found
