"""Looking through a spec, without recursion and in no particular order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boathouse.spec.expressions import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator


def nodes_of(root: object, into: type = object) -> Iterator[Any]:
    """The nodes of `root`, itself among them; what stands below nodes of other kinds than `into` is
    left out.
    """
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
            continue
        fields = getattr(type(node), "__dataclass_fields__", None)
        if fields is None or isinstance(node, Origin):
            continue
        yield node
        if isinstance(node, into):
            stack.extend(getattr(node, name) for name in fields)
