"""Rebuilding a plan from the leaves up, without recursion along chains of relations."""

from __future__ import annotations

from dataclasses import replace
from operator import is_
from typing import TYPE_CHECKING, TypeVar

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import children, contains, map_children

if TYPE_CHECKING:
    from collections.abc import Callable

    Change = Callable[[r.Relation], r.Relation]

_QUERIES = (e.ScalarSubquery, e.Exists, e.InSubquery)

Node = TypeVar("Node", bound=r.Relation)


def rebuild(plan: r.Relation, change: Change) -> r.Relation:
    """`plan` with `change` applied to every relation, leaves first, inside subqueries too."""
    chain: list[r.Unary] = []
    while isinstance(plan, r.Unary) and not isinstance(plan, r.With):
        chain.append(plan)
        plan = plan.child
    result = change(_with_children(_inside(plan, change), change))
    for node in reversed(chain):
        node = _inside(node, change)  # noqa: PLW2901 - the same relation, its subqueries done
        result = change(node if node.child is result else replace(node, child=result))
    return result


def _with_children(node: r.Relation, change: Change) -> r.Relation:
    match node:
        case r.Join() | r.AsOfJoin():
            left, right = rebuild(node.left, change), rebuild(node.right, change)
            same = left is node.left and right is node.right
            return node if same else replace(node, left=left, right=right)
        case r.SetOperation():
            rebuilt = tuple(rebuild(child, change) for child in node.children)
            same = all(a is b for a, b in zip(rebuilt, node.children, strict=True))
            return node if same else replace(node, children=rebuilt)
        case r.With():
            tables = tuple(_table(table, change) for table in node.tables)
            child = rebuild(node.child, change)
            same = child is node.child and all(map(is_, tables, node.tables))
            return node if same else replace(node, tables=tables, child=child)
        case _:
            return node


def _table(table: r.CommonTable, change: Change) -> r.CommonTable:
    query = rebuild(table.query, change)
    step = None if table.step is None else rebuild(table.step, change)
    same = query is table.query and step is table.step
    return table if same else replace(table, query=query, step=step)


def _inside(node: Node, change: Change) -> Node:
    """`node` with the queries inside its expressions rebuilt."""
    return inside_queries(node, lambda query: rebuild(query, change))


def inside_queries(node: Node, change: Change) -> Node:
    """`node` with `change` applied to each whole query inside its expressions."""
    roots = [root for root in children(node) if type(root) is not e.Attribute]
    if not any(contains(root, *_QUERIES) for root in roots):
        return node

    def visit(expression: e.Expression) -> e.Expression:
        expression = map_children(expression, visit)
        if isinstance(expression, _QUERIES):
            changed = change(expression.query)
            return expression if changed is expression.query else replace(expression, query=changed)
        return expression

    return map_children(node, visit)
