"""Walking and rebuilding plans and expressions, from tables of which fields hold children."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from boathouse.plan import expressions as e
from boathouse.plan import relations as r

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Node = TypeVar("Node", bound=e.Expression)

_PARTS = (e.Expression, e.SortKey, e.Frame)


@cache
def _child_fields(kind: type) -> tuple[str, ...]:
    """The fields of a node class that may hold expressions, found by their annotations."""
    words = ("Expression", "SortKey", "Alias", "Attribute", "Named", "AggregateCall", "Frame")
    words += ("LambdaVariable", "GeneratorCall")
    skipped = {"attribute", "of"} if kind is e.OuterReference else set[str]()
    return tuple(
        f.name
        for f in fields(kind)
        if f.name not in skipped and any(word in str(f.type) for word in words)
    )


def _inner(value: Any) -> Iterator[e.Expression]:
    if isinstance(value, e.Expression):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _inner(item)
    elif isinstance(value, (e.SortKey, e.Frame, r.CommonTable)):
        for f in fields(value):
            yield from _inner(getattr(value, f.name))


def children(node: e.Expression | r.Relation) -> list[e.Expression]:
    """The expressions directly inside `node` (subqueries' insides are not)."""
    found: list[e.Expression] = []
    for name in _child_fields(type(node)):
        value = getattr(node, name)
        # The common case, long select lists of plain columns, without a generator for each.
        if type(value) is tuple and False not in [isinstance(x, e.Expression) for x in value]:
            found += value
        else:
            found.extend(_inner(value))
    return found


def walk(root: e.Expression) -> Iterator[e.Expression]:
    """`root` and every expression inside it, parents first."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def _map_value(value: Any, change: Callable[[e.Expression], e.Expression]) -> Any:
    if isinstance(value, e.Expression):
        return change(value)
    if isinstance(value, tuple):
        changed = [_map_value(item, change) for item in value]
        same = all(a is b for a, b in zip(changed, value, strict=True))
        return value if same else tuple(changed)
    if isinstance(value, (e.SortKey, e.Frame)):
        return map_children(value, change)
    return value


def map_children(node: Any, change: Callable[[e.Expression], e.Expression]) -> Any:
    """`node` with each expression directly inside it changed; the same object if none was."""
    if not is_dataclass(node):
        return node
    changes: dict[str, Any] = {}
    for name in _child_fields(type(node)):
        before = getattr(node, name)
        after = _map_value(before, change)
        if after is not before:
            changes[name] = after
    return replace(node, **changes) if changes else node  # pyright: ignore[reportArgumentType]


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
    return any(isinstance(node, kinds) for node in walk(root))


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
