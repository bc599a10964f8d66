"""Arguments are looked at in turn: those after a null are not computed, and so cannot fail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from boathouse import duck
from boathouse.duck import tree
from boathouse.duck.types import duck_type
from boathouse.errors.exceptions import SparkError
from boathouse.functions.signature import always, any_nullable
from boathouse.plan import expressions as e
from boathouse.plan.tree import walk
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import is_string

if TYPE_CHECKING:
    from boathouse.duck.tree import Expression

_DIVISIONS: Final = frozenset(("/", "div", "%", "mod", "pmod"))
"""They look at the divisor first."""
_ALL_AT_ONCE: Final = frozenset(("concat",))
"""Functions that compute all of their arguments before they look at one."""
_LOOKING: Final = frozenset(("element_at", "map_value", "array_contains"))
"""Functions that may be null for other reasons, too."""
_READ_EARLY: Final = frozenset(("like", "rlike", "date_format", "from_unixtime"))
_RAISING: Final = _DIVISIONS | {"element_at", "array_item", "raise_error", "assert_true"}


def in_turn(node: e.Call, lowered: list[Expression | None]) -> list[Expression | None]:
    """The `lowered` arguments of `node`, those that may fail only where those before are not null.

        a <= CAST(b AS BIGINT)  ->  a <= CASE WHEN a IS NOT NULL THEN CAST(b AS BIGINT) END

    Sums that are too large are left out of it: nearly every query adds, and none relies on that.
    """
    if not _ends_at_null(node):
        return lowered
    places = range(len(lowered))
    order = reversed(places) if node.function.name in _DIVISIONS else places
    result: list[Expression | None] = [*lowered]
    before: list[Expression] = []
    for place in order:
        argument, given = node.arguments[place], lowered[place]
        if argument is None or given is None:
            continue
        if before and _may_fail(argument):
            result[place] = duck.case((duck.all_of(*[x.is_not_null() for x in before]), given))
        if argument.nullable:
            before.append(given)
    return result


def refused(
    node: e.Call, lowered: list[Expression | None], error: SparkError, *, spelled_out: bool
) -> Expression:
    """The `error` of a constant, such as a pattern, where a row comes to it: nobody looks at the
    constant where another argument is null. Raises it where none can be, and of functions that
    read their pattern before there are rows, unless these are spelled out.
    """
    if node.function.name in _READ_EARLY and not spelled_out:
        raise error
    others = [
        given
        for argument, given in zip(node.arguments, lowered, strict=True)
        if argument is not None and given is not None and argument.nullable
    ]
    if not others or not _ends_at_null(node) or not error.sqlstate.startswith(("22", "42601")):
        raise error
    failing = duck.fail(error.condition, **error.parameters)
    reached = duck.all_of(*[x.is_not_null() for x in others])
    return duck.case((reached, failing)).cast(duck_type(node.type))


def where(call: tree.Aggregate, condition: Expression) -> tree.Aggregate:
    """`call`, its arguments computed only where the `condition` of its FILTER holds: DuckDB
    computes them for all rows, and some may fail for those that are left out.

        sum(1 / a) FILTER (WHERE a > 0)
    """
    arguments = [
        x if isinstance(x, tree.Column) or not _looks_at_rows(x) else duck.if_(condition, x)
        for x in call.arguments
    ]
    own = None if call.condition is None else duck.if_(condition, call.condition)
    return replace(call, arguments=tuple(arguments), condition=own)


def _looks_at_rows(node: object) -> bool:
    if isinstance(node, tree.Column):
        return True
    if isinstance(node, tuple):
        return any(map(_looks_at_rows, node))
    fields = getattr(type(node), "__dataclass_fields__", ())
    return any(_looks_at_rows(getattr(node, name)) for name in fields)


def _ends_at_null(node: e.Call) -> bool:
    function = node.function
    ends = function.nullable in {any_nullable, always} or function.name in _LOOKING
    if len(node.arguments) < 2 or not ends:
        return False
    if not function.deterministic or function.name in _ALL_AT_ONCE:
        return False
    return not any(isinstance(argument, e.Lambda) for argument in node.arguments)


def _may_fail(root: e.Expression) -> bool:
    return any(map(_fails, walk(root)))


def _fails(node: e.Expression) -> bool:
    match node:
        case e.Cast(mode=CastMode.ANSI):
            given = node.child.type
            return is_string(given) and not is_string(node.to) and given != t.NULL
        case e.Call():
            return node.function.name in _RAISING
        case _:
            return False
