"""Arguments of ``spark.sql(text, args)`` in statements that are commands."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from boathouse.spec import expressions as se

if TYPE_CHECKING:
    from boathouse.spec import relations as sr

Node = TypeVar("Node")


def with_parameters(root: Node, arguments: sr.QueryText) -> Node:
    """`root` with every parameter that `arguments` has a value for replaced by it."""
    named = dict(arguments.named)

    def visit(value: Any) -> Any:
        if isinstance(value, se.Parameter):
            if value.name is not None:
                return named.get(value.name, value)
            given = arguments.positional
            return given[value.position] if value.position < len(given) else value
        if isinstance(value, tuple):
            items = tuple(visit(item) for item in value)
            return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
        if is_dataclass(value) and not isinstance(value, (type, se.Origin)):
            changes: dict[str, Any] = {}
            for field in fields(value):
                before = getattr(value, field.name)
                after = visit(before)
                if after is not before:
                    changes[field.name] = after
            return replace(value, **changes) if changes else value
        return value

    return visit(root)
