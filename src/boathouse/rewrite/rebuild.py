"""Rebuilding a plan from the leaves up, without recursion along chains of relations."""

from __future__ import annotations

from dataclasses import replace
from operator import is_
from typing import TYPE_CHECKING, TypeVar

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import computed, contains, map_children

if TYPE_CHECKING:
    from collections.abc import Callable

    Change = Callable[[r.Relation], r.Relation]

_QUERIES = (e.ScalarSubquery, e.Exists, e.InSubquery)

Node = TypeVar("Node", bound=r.Relation)


def _unchanged(node: r.Relation) -> r.Relation:
    return node


def rebuild(
    plan: r.Relation, change: Change = _unchanged, *, first: Change = _unchanged
) -> r.Relation:
    """`plan` with `change` applied to every relation, leaves first, inside subqueries too; `first`
    before that, from the root down.
    """

    def again(plan: r.Relation) -> r.Relation:
        return rebuild(plan, change, first=first)

    chain: list[r.Unary] = []
    plan = first(plan)
    while isinstance(plan, r.Unary) and not isinstance(plan, r.With):
        chain.append(plan)
        plan = first(plan.child)
    result = change(_with_children(inside_queries(plan, again), again))
    for node in reversed(chain):
        node = inside_queries(node, again)  # noqa: PLW2901 - the same relation, its subqueries done
        result = change(node if node.child is result else replace(node, child=result))
    return result


def _with_children(node: r.Relation, again: Change) -> r.Relation:
    match node:
        case r.Join() | r.AsOfJoin():
            left, right = again(node.left), again(node.right)
            same = left is node.left and right is node.right
            return node if same else replace(node, left=left, right=right)
        case r.SetOperation():
            rebuilt = tuple(map(again, node.children))
            same = all(map(is_, rebuilt, node.children))
            return node if same else replace(node, children=rebuilt)
        case r.With():
            tables = tuple(_table(table, again) for table in node.tables)
            child = again(node.child)
            same = child is node.child and all(map(is_, tables, node.tables))
            return node if same else replace(node, tables=tables, child=child)
        case _:
            return node


def _table(table: r.CommonTable, again: Change) -> r.CommonTable:
    query = again(table.query)
    step = None if table.step is None else again(table.step)
    same = query is table.query and step is table.step
    return table if same else replace(table, query=query, step=step)


def inside_queries(node: Node, change: Change) -> Node:
    """`node` with `change` applied to each whole query inside its expressions."""
    if not any(contains(root, *_QUERIES) for root in computed(node)):
        return node

    def visit(expression: e.Expression) -> e.Expression:
        expression = map_children(expression, visit)
        if isinstance(expression, _QUERIES):
            changed = change(expression.query)
            return expression if changed is expression.query else replace(expression, query=changed)
        return expression

    return map_children(node, visit)
