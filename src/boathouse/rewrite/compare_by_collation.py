"""Texts under a collation are compared by their keys (`functions.collation_key`)."""

from __future__ import annotations

from dataclasses import replace

from boathouse.errors.exceptions import unsupported
from boathouse.functions.registry import functions
from boathouse.functions.signature import Argument
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.collations import by_key, call, key_of
from boathouse.plan.tree import computed, map_children, walk
from boathouse.rewrite.rebuild import rebuild
from boathouse.spec.relations import SetOperator
from boathouse.types import datatypes as t
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
    if any(_mentions(root) for root in computed(node)):
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
        case r.SetOperation() if any(is_collated(a.of) for a in node.output):
            return _either_or_both(node)
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
    partition = tuple(map(key_of, node.partition))
    changed = replace(node, partition=partition, order=_keys(node.order))
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


def _grouped(node: r.Aggregate, condition: e.Expression | None = None) -> r.Relation:
    """Groups of the keys; each shows the first of its texts (of rows for which `condition` holds),
    none where it is not grouped by.
    """
    keys: list[e.Alias] = []
    shown: list[e.Alias] = []
    for key in node.grouping:
        text = key.child
        if not is_collated(text.type):
            keys.append(key)
            continue
        by = key_of(text)
        keys.append(e.Alias(by, key.name))
        kept: e.Expression = replace(_first(text), condition=condition)
        if node.sets is not None:
            told = e.GroupingIndicator((by,), t.BYTE)
            grouped_by = call("=", (told, e.Literal(0, t.BYTE)), t.BOOLEAN, nullable=False)
            kept = e.Case(((grouped_by, kept),), None, text.type)
        shown.append(replace(key, child=kept))
    told = tuple([map_children(x, _indicated) for x in node.aggregates])
    grouped = r.Aggregate(node.child, tuple(keys), (*shown, *told), node.sets)
    return r.Project(grouped, node.output)


def _indicated(node: e.Expression) -> e.Expression:
    """GROUPING of keys."""
    if isinstance(node, e.GroupingIndicator):
        return map_children(node, key_of)
    return map_children(node, _indicated)


def _either_or_both(node: r.SetOperation) -> r.Relation:
    """INTERSECT or EXCEPT of keys: groups of the rows of both sides, each row marked with its side.

    Intersect(a, b)  ->  Filter[min(side) = 0 AND max(side) = 1](Aggregate[keys](Union(a, b)))
    """
    sides: list[r.Relation] = []
    for number, child in enumerate(node.children):
        columns = [e.Alias(a, a.name) for a in child.output]
        if node.all:
            columns.append(e.Alias(_number(child.output), "number"))
        mark = e.Alias(e.Literal(number, t.INTEGER), "side")
        sides.append(r.Project(child, (*columns, mark)))
    attributes = tuple([e.Alias(a, a.name).attribute for a in sides[0].output])
    union = r.SetOperation(tuple(sides), SetOperator.UNION, all=True, attributes=attributes)
    *columns, side = union.output
    keys = [e.Alias(a, a.name, b.id) for a, b in zip(columns, node.output, strict=False)]
    keys += [e.Alias(a, a.name) for a in columns[len(keys) :]]
    least, most = (e.Alias(_chosen(name, side), name) for name in ("min", "max"))
    ours = call("=", (side, e.Literal(0, t.INTEGER)), t.BOOLEAN, nullable=False)
    grouped = _grouped(r.Aggregate(union, tuple(keys), (least, most)), ours)
    right = 1 if node.operator is SetOperator.INTERSECT else 0
    parts = tuple(
        [
            call("=", (x.attribute, e.Literal(number, t.INTEGER)), t.BOOLEAN, nullable=False)
            for x, number in ((least, 0), (most, right))
        ]
    )
    kept = r.Filter(grouped, call("and", parts, t.BOOLEAN, nullable=False))
    return r.Project(kept, node.output)


def _number(columns: tuple[e.Attribute, ...]) -> e.WindowCall:
    """Which of the rows with its keys a row is: as many meet as there are on both sides."""
    call_of = e.AggregateCall(functions()["row_number"], (), t.INTEGER, may_be_null=False)
    order = e.SortKey(e.Literal(1, t.INTEGER), ascending=True, nulls_first=True)
    return e.WindowCall(call_of, tuple(map(key_of, columns)), (order,))


def _chosen(name: str, value: e.Expression) -> e.AggregateCall:
    return e.AggregateCall(functions()[name], (value,), value.type, value.nullable)


def _first(text: e.Expression) -> e.AggregateCall:
    facts = (("arguments", (Argument(text.type, text.nullable),)),)
    return e.AggregateCall(
        functions()["first"], (text, None), text.type, text.nullable, facts=facts
    )


def _distinct(node: r.Distinct) -> r.Relation:
    """One row for each key, under the columns' own ids."""
    grouping = tuple([e.Alias(a, a.name, a.id, a.metadata) for a in node.output])
    inner = [e.Alias(a, a.name) for a in node.output]
    renewed = r.Project(node.child, tuple(inner))
    keys = [replace(x, child=y.attribute) for x, y in zip(grouping, inner, strict=True)]
    return _grouped(r.Aggregate(renewed, tuple(keys), ()))
