"""Naming an expression that a lowering mentions more than once."""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression, tree

_NESTED = "_let"


def let(value: Expression, body: Callable[[Expression], Expression], name: str = "") -> Expression:
    """`body` of `value`, computed and written once: a column or literal, or a cast of one, goes in
    as it is, anything else through a lambda. Values of which one is used in the other's body need
    different names; and they are to be few, for each lambda inside a lambda nearly doubles the time
    that DuckDB (2.0.0) binds for: ten of them take a tenth of a second, fourteen take two.
    """
    bare = value.child if isinstance(value, tree.Cast) else value
    if isinstance(bare, (tree.Column, tree.Literal)):
        return body(value)
    parameter = f"{_NESTED}{name}"
    inner = tree.Lambda((parameter,), body(tree.Column(parameter)))
    return duck.f.list_extract(duck.f.list_transform(duck.list_of(value), inner), 1)


def let_all(
    values: tuple[Expression, ...], body: Callable[..., Expression], name: str = ""
) -> Expression:
    """`let` for several values that do not mention each other: `body` takes them in order."""

    def bound(known: tuple[Expression, ...]) -> Expression:
        if len(known) == len(values):
            return body(*known)
        place = len(known)
        return let(values[place], lambda value: bound((*known, value)), f"{name}{place}")

    return bound(())


_UNSETTLED = frozenset({"error", "random", "uuid", "nextval"})


def is_settled(value: object) -> bool:
    """Whether computing `value` twice gives the same and cannot raise an error of ours: what may
    stand inside TRY, which takes nothing volatile.
    """
    if isinstance(value, (tree.Column, tree.Literal)):
        return True
    if isinstance(value, tree.Call) and value.name in _UNSETTLED:
        return False
    if isinstance(value, tuple):
        return all(is_settled(item) for item in value)
    fields = getattr(type(value), "__dataclass_fields__", ())
    return all(is_settled(getattr(value, name)) for name in fields)
