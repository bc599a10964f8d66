"""Nulls inside of structs and arrays come first wherever order counts: calls and sort keys get the
key of such a value (`functions.nested_order`).

    ORDER BY s  ->  ORDER BY order_key(s)
    a < b       ->  order_key(a) < order_key(b)
    min(s)      ->  first_of_least(s, order_key(s))
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from boathouse.functions.collated_text import PREFIX
from boathouse.functions.nested_order import hides_nulls, order_type
from boathouse.functions.registry import functions
from boathouse.plan import expressions as e
from boathouse.plan.collations import call
from boathouse.plan.tree import map_children
from boathouse.types import datatypes as t

_KEY = "order_key"
_COMPARING = frozenset(("<", "<=", ">", ">=", "between"))
_CHOOSING = frozenset(("sort_array", "array_sort", "array_min", "array_max", "greatest", "least"))
Node = TypeVar("Node", bound=e.Call | e.AggregateCall | e.GeneratorCall)


def order_key(value: e.Expression) -> e.Expression:
    """What stands for `value` where it is put in order; itself where no null lies inside."""
    return _key(value) if _needs_key(value) else value


def _needs_key(value: e.Expression) -> bool:
    done = isinstance(value, e.Call) and value.function.name == _KEY
    return not done and hides_nulls(value.type)


def _key(value: e.Expression) -> e.Expression:
    return call(_KEY, (value,), order_type(value.type), nullable=value.nullable)


def ordered(node: Node) -> Node | e.Call | e.AggregateCall:
    """`node` with keys for the values that it puts in order, or what stands in its place."""
    name = node.function.name
    if name in _COMPARING:
        return map_children(node, _key) if _any_needs(node.arguments) else node
    if isinstance(node, e.AggregateCall):
        return _aggregate(node)
    if name not in _CHOOSING:
        return node
    arguments = tuple([x for x in node.arguments if x is not None])
    by_itself = name == "array_sort" and len(arguments) > 1
    if by_itself or not any(hides_nulls(_element(name, x.type)) for x in arguments):
        return node
    return call(f"{PREFIX}{name}", arguments, node.type, nullable=node.nullable)


def _any_needs(values: tuple[e.Expression | None, ...]) -> bool:
    return any(value is not None and _needs_key(value) for value in values)


def _element(name: str, given: t.DataType) -> t.DataType:
    """What the function `name` compares of an argument."""
    if name in {"greatest", "least"}:
        return given
    return given.element if isinstance(given, t.ArrayType) else t.NULL


def _aggregate(node: e.AggregateCall) -> e.AggregateCall:
    name = node.function.name
    if name in {"min", "max"}:
        value = node.arguments[0]
        if value is not None and _needs_key(value):
            chosen = functions()["first_of_greatest" if name == "max" else "first_of_least"]
            arguments = (value, _key(value))
            return replace(node, function=chosen, arguments=arguments, distinct=False)
    if name in {"min_by", "max_by"}:
        value, key, *rest = node.arguments
        if key is not None and _needs_key(key):
            return replace(node, arguments=(value, _key(key), *rest))
    return node
