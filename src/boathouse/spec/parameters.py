"""Arguments of ``spark.sql(text, args)`` in statements that are commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from boathouse.spec import expressions as se
from boathouse.spec.nodes import rebuilt

if TYPE_CHECKING:
    from boathouse.spec import relations as sr

Node = TypeVar("Node")


def with_parameters(root: Node, arguments: sr.QueryText) -> Node:
    """`root` with every parameter that `arguments` has a value for replaced by it."""
    named = dict(arguments.named)

    def change(value: Any) -> Any:
        if not isinstance(value, se.Parameter):
            return value
        if value.name is not None:
            return named.get(value.name, value)
        given = arguments.positional
        return given[value.position] if value.position < len(given) else value

    return rebuilt(root, change)
