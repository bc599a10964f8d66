"""Columns that nothing asks for are not made."""

from __future__ import annotations

from dataclasses import replace
from operator import is_
from typing import Any

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import children, outer_references, references
from boathouse.rewrite.rebuild import inside_queries

Wanted = set[int]


def prune_columns(plan: r.Relation) -> r.Relation:
    """Narrow scans and select lists to what is used above them.

    Project[a](Filter[b > 1](Scan[a, b, c, d]))  ->  Project[a](Filter[b > 1](Scan[a, b]))
    """
    return _pruned(plan, {a.id for a in plan.output})


def _uses(node: r.Relation) -> Wanted:
    found: Wanted = set()
    for root in children(node):
        found |= references(root)
    return found


def _pruned(plan: r.Relation, wanted: Wanted) -> r.Relation:
    chain: list[r.Unary] = []
    while isinstance(plan, r.Unary) and not isinstance(plan, r.With):
        narrowed, wanted = _narrowed(plan, wanted)
        chain.append(inside_queries(narrowed, prune_columns))
        plan = plan.child
    result = inside_queries(_leaf(plan, wanted), prune_columns)
    for node in reversed(chain):
        result = node if node.child is result else replace(node, child=result)
    return result


def _narrowed(node: r.Unary, wanted: Wanted) -> tuple[r.Unary, Wanted]:
    """`node` without outputs nobody wants, and what it wants of its child."""
    match node:
        case r.Project():
            kept = tuple(x for x in node.expressions if e.attribute_of(x).id in wanted)
            if len(kept) < len(node.expressions):
                node = replace(node, expressions=kept)
            return node, _uses(node)
        case r.Aggregate():
            kept_calls = tuple(x for x in node.aggregates if x.id in wanted)
            if len(kept_calls) < len(node.aggregates):
                node = replace(node, aggregates=kept_calls)
            return node, _uses(node)
        case r.Distinct() | r.Tail():
            return node, wanted | {a.id for a in node.child.output}
        case _:
            return node, wanted | _uses(node)


def _leaf(plan: r.Relation, wanted: Wanted) -> r.Relation:
    match plan:
        case r.Scan():
            kept = [i for i, a in enumerate(plan.attributes) if a.id in wanted]
            if len(kept) == len(plan.attributes):
                return plan
            return replace(
                plan,
                columns=tuple(plan.columns[i] for i in kept),
                attributes=tuple(plan.attributes[i] for i in kept),
            )
        case r.Join() | r.AsOfJoin():
            return _sides(plan, wanted)
        case r.SetOperation():
            return _operands(plan, wanted)
        case r.With():
            return _tables(plan, wanted)
        case _:
            return plan


def _sides(plan: Any, wanted: Wanted) -> r.Relation:
    everything = wanted | _uses(plan)
    if isinstance(plan, r.Join) and plan.lateral:
        everything |= outer_references(plan.right)
    left, right = _pruned(plan.left, everything), _pruned(plan.right, everything)
    same = left is plan.left and right is plan.right
    return plan if same else replace(plan, left=left, right=right)


def _operands(plan: r.SetOperation, wanted: Wanted) -> r.Relation:
    if plan.operator.value != "UNION" or not plan.all:
        kept = list(range(len(plan.attributes)))
    else:
        kept = [i for i, a in enumerate(plan.attributes) if a.id in wanted]
        kept = kept or [0][: len(plan.attributes)]
    operands: list[r.Relation] = []
    for child in plan.children:
        columns = tuple(child.output[i] for i in kept)
        pruned = _pruned(child, {a.id for a in columns})
        if [a.id for a in pruned.output] != [a.id for a in columns]:
            pruned = r.Project(pruned, columns)
        operands.append(pruned)
    if len(kept) == len(plan.attributes) and all(map(is_, operands, plan.children)):
        return plan
    attributes = tuple(plan.attributes[i] for i in kept)
    return r.SetOperation(tuple(operands), plan.operator, plan.all, attributes)


def _tables(plan: r.With, wanted: Wanted) -> r.Relation:
    child = _pruned(plan.child, wanted)
    tables = tuple(map(_table, plan.tables))
    same = child is plan.child and all(map(is_, tables, plan.tables))
    return plan if same else replace(plan, child=child, tables=tables)


def _table(table: r.CommonTable) -> r.CommonTable:
    query = _whole(table.query)
    step = None if table.step is None else _whole(table.step)
    same = query is table.query and step is table.step
    return table if same else replace(table, query=query, step=step)


def _whole(plan: r.Relation) -> r.Relation:
    return _pruned(plan, {a.id for a in plan.output})
