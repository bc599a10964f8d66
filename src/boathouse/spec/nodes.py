"""Looking through a spec, and making one anew with other parts."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from boathouse.spec.expressions import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Node = TypeVar("Node")


def nodes_of(root: object, into: type = object) -> Iterator[Any]:
    """The nodes of `root`, itself among them, in no particular order; what stands below nodes of
    other kinds than `into` is left out.
    """
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
            continue
        names = getattr(type(node), "__dataclass_fields__", None)
        if names is None or isinstance(node, Origin):
            continue
        yield node
        if isinstance(node, into):
            stack.extend(getattr(node, name) for name in names)


def rebuilt(
    root: Node, change: Callable[[Any], Any], *, apart: type | tuple[type, ...] = ()
) -> Node:
    """`root` with everything for which `change` gives something else replaced by that; what has
    been replaced is not looked into, nor are nodes of the kind `apart` below `root`.
    """

    def visit(value: Any) -> Any:
        if isinstance(value, apart) and value is not root:
            return value
        changed = change(value)
        if changed is not value:
            return changed
        if isinstance(value, tuple):
            items = tuple(visit(item) for item in value)
            return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
        if is_dataclass(value) and not isinstance(value, (type, Origin)):
            changes: dict[str, Any] = {}
            for field in fields(value):
                before = getattr(value, field.name)
                after = visit(before)
                if after is not before:
                    changes[field.name] = after
            return replace(value, **changes) if changes else value
        return value

    return visit(root)
