"""A month, 30 days and 720 hours are three values: to DuckDB they are equal."""

from __future__ import annotations

from dataclasses import replace
from operator import is_
from typing import Final

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.collations import call
from boathouse.plan.tree import map_children
from boathouse.rewrite.rebuild import rebuild
from boathouse.spec.relations import SetOperator
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode

_TEXT: Final = t.StructField("told apart by", t.STRING)


def tell_intervals_apart(plan: r.Relation) -> r.Relation:
    """Put their texts beside the calendar intervals that rows are grouped by.

    Aggregate[v](t)  ->  Project[k.value AS v](Aggregate[struct(v, v as text) AS k](t))
    """
    return rebuild(plan, _told_apart)


def _told_apart(node: r.Relation) -> r.Relation:
    match node:
        case r.Aggregate():
            aggregates = tuple([map_children(x, _indicated) for x in node.aggregates])
            if not any(_is_alike(key.child.type) for key in node.grouping):
                same = all(map(is_, aggregates, node.aggregates))
                return node if same else replace(node, aggregates=aggregates)
            keys = tuple(map(_marked_key, node.grouping))
            return _shown(replace(node, grouping=keys, aggregates=aggregates), node)
        case r.Distinct() if any(_is_alike(a.of) for a in node.output):
            return _shown(r.Distinct(_marking(node.child)), node)
        case r.SetOperation() if not (node.all and node.operator is SetOperator.UNION):
            if any(_is_alike(a.of) for a in node.output):
                children = tuple(map(_marking, node.children))
                columns = [
                    e.Attribute(e.fresh_id(), a.name, x.of) if _is_alike(a.of) else a
                    for x, a in zip(children[0].output, node.output, strict=True)
                ]
                made = replace(node, children=children, attributes=tuple(columns))
                return _shown(made, node)
        case _:
            pass
    return node


def _is_alike(given: t.DataType) -> bool:
    done = isinstance(given, t.StructType) and given.fields[-1:] == (_TEXT,)
    return not done and t.contains_type(given, t.CalendarIntervalType)


def _marked(value: e.Expression) -> e.Expression:
    if not _is_alike(value.type):
        return value
    fields = t.StructField("value", value.type), _TEXT
    return call("told_apart", (value,), t.StructType(fields), nullable=False)


def _marked_key(key: e.Alias) -> e.Alias:
    return e.Alias(_marked(key.child), key.name) if _is_alike(key.child.type) else key


def _indicated(node: e.Expression) -> e.Expression:
    """GROUPING of the keys, and how many intervals there are."""
    match node:
        case e.GroupingIndicator():
            return map_children(node, _marked)
        case e.AggregateCall(distinct=True) if node.function.name == "count":
            return map_children(node, _text)
        case _:
            return map_children(node, _indicated)


def _text(value: e.Expression) -> e.Expression:
    if not _is_alike(value.type):
        return value
    return e.Cast(value, t.STRING, CastMode.ANSI, value.nullable)


def _marking(node: r.Relation) -> r.Project:
    """`node` with what it has under new columns where intervals are in it."""
    marked = [e.Alias(_marked(a), a.name) if _is_alike(a.of) else a for a in node.output]
    return r.Project(node, tuple(marked))


def _shown(made: r.Relation, node: r.Relation) -> r.Project:
    """The columns of `node` from what was `made` of it."""
    pairs = zip(made.output, node.output, strict=True)
    shown = [
        e.Alias(e.Field(x, 0), a.name, a.id, a.metadata) if _is_alike(a.of) else x for x, a in pairs
    ]
    return r.Project(made, tuple(shown))
