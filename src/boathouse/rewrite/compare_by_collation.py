"""Texts under a collation are compared by their keys (`functions.collation_key`)."""

from __future__ import annotations

from dataclasses import replace

from boathouse.errors.exceptions import unsupported
from boathouse.functions.registry import functions
from boathouse.functions.signature import Argument
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.collations import by_key, key_of
from boathouse.plan.tree import children, map_children, walk
from boathouse.rewrite.rebuild import rebuild
from boathouse.spec.relations import SetOperator
from boathouse.types.collations import is_collated


def compare_by_collation(plan: r.Relation) -> r.Relation:
    """Put the key of a collated text wherever values are compared: in operators, orders, groups and
    joins. What compares otherwise and is not built raises UNSUPPORTED_FEATURE.

        Sort[a](t)       ->  Sort[key(a)](t)
        Filter[a = b](t) ->  Filter[key(a) = key(b)](t)
        Aggregate[a](t)  ->  Project[a](Aggregate[key(a), first(a) AS a](t))
    """
    return rebuild(plan, _compared)


def _compared(node: r.Relation) -> r.Relation:
    if any(_mentions(root) for root in children(node)):
        node = map_children(node, keyed)
    match node:
        case r.Sort():
            keys = _keys(node.keys)
            return node if keys == node.keys else replace(node, keys=keys)
        case r.Aggregate() if any(is_collated(key.type) for key in node.grouping):
            return _grouped(node)
        case r.Distinct() if any(is_collated(a.of) for a in node.output):
            return _distinct(node)
        case r.SetOperation(operator=SetOperator.UNION):
            if not node.all and any(is_collated(a.of) for a in node.output):
                return _distinct(r.Distinct(replace(node, all=True)))
        case r.SetOperation():
            _refuse_collated(node.output, node.operator.value)
        case r.With():
            for table in node.tables:
                if table.recursive and not table.all:
                    _refuse_collated(table.query.output, "UNION")
        case r.DistinctOn():
            _refuse_collated(node.keys, "dropDuplicates")
        case _:
            pass
    return node


def _mentions(root: e.Expression) -> bool:
    return any(is_collated(node.type) for node in walk(root))


def _refuse_collated(columns: tuple[e.Attribute, ...], what: str) -> None:
    if any(is_collated(column.of) for column in columns):
        raise unsupported(f"{what} of collated texts")


def keyed(node: e.Expression) -> e.Expression:
    """`node` with keys in place of the texts that are compared in it."""
    node = map_children(node, keyed)
    match node:
        case e.Call() | e.AggregateCall() | e.GeneratorCall():
            return by_key(node)
        case e.WindowCall():
            return _window(node)
        case e.InSubquery():
            return _in_query(node)
        case _:
            return node


def _window(node: e.WindowCall) -> e.WindowCall:
    changed = replace(node, partition=tuple(map(key_of, node.partition)), order=_keys(node.order))
    return node if changed == node else changed


def _keys(order: tuple[e.SortKey, ...]) -> tuple[e.SortKey, ...]:
    return tuple([replace(key, child=key_of(key.child)) for key in order])


def _in_query(node: e.InSubquery) -> e.InSubquery:
    """Both sides as keys."""
    query = node.query
    if not any(is_collated(x.type) for x in (*node.values, *query.output)):
        return node
    outputs = [e.Alias(key_of(column), column.name) for column in query.output]
    keys = tuple(map(key_of, node.values))
    return replace(node, values=keys, query=r.Project(query, tuple(outputs)))


def _grouped(node: r.Aggregate) -> r.Relation:
    """Groups of the keys; each shows the first of its texts."""
    if node.sets is not None:
        raise unsupported("grouping sets of collated texts")
    first = functions()["first"]
    keys: list[e.Alias] = []
    shown: list[e.Alias] = []
    for key in node.grouping:
        text = key.child
        if not is_collated(text.type):
            keys.append(key)
            continue
        keys.append(e.Alias(key_of(text), key.name))
        facts = (("arguments", (Argument(text.type, text.nullable),)),)
        kept = e.AggregateCall(first, (text, None), text.type, text.nullable, facts=facts)
        shown.append(replace(key, child=kept))
    grouped = r.Aggregate(node.child, tuple(keys), (*shown, *node.aggregates))
    return r.Project(grouped, node.output)


def _distinct(node: r.Distinct) -> r.Relation:
    """One row for each key, under the columns' own ids."""
    grouping = tuple([e.Alias(a, a.name, a.id, a.metadata) for a in node.output])
    inner = [e.Alias(a, a.name) for a in node.output]
    renewed = r.Project(node.child, tuple(inner))
    keys = [replace(x, child=y.attribute) for x, y in zip(grouping, inner, strict=True)]
    return _grouped(r.Aggregate(renewed, tuple(keys), ()))
