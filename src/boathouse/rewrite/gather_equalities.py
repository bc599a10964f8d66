"""Long disjunctions of equalities become lists, because DuckDB plans each equality by itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.collations import call
from boathouse.plan.tree import transform
from boathouse.rewrite.rebuild import rebuild
from boathouse.types import datatypes as t

MANY = 16
"""From how many equalities of one column on they are a list."""

_ALIKE = (t.IntegralType, t.StringType, t.DateType)
"""Types whose values are equal in a list if they are by the operator."""


def gather_equalities(plan: r.Relation) -> r.Relation:
    """Say what a filter asks of one column again and again as one list.

    Filter[a = 1 OR a = 2 OR ... OR a = 20 OR b](t)  ->  Filter[a IN (1, 2, ..., 20) OR b](t)
    """
    return rebuild(plan, _gathered)


def _gathered(node: r.Relation) -> r.Relation:
    if not isinstance(node, r.Filter):
        return node
    condition = transform(node.condition, _listed)
    return node if condition is node.condition else replace(node, condition=condition)


def _listed(node: e.Expression) -> e.Expression | None:
    if not isinstance(node, e.Call) or node.function.name != "or" or len(node.arguments) < MANY:
        return None
    asked: defaultdict[int, list[e.Literal]] = defaultdict(list)
    pairs = [_pair(term) for term in node.arguments]
    for pair in pairs:
        if pair is not None:
            asked[pair[0].id].append(pair[1])
    terms: list[e.Expression | None] = []
    listed: set[int] = set()
    for term, pair in zip(node.arguments, pairs, strict=True):
        if pair is None or len(asked[pair[0].id]) < MANY:
            terms.append(term)
        elif pair[0].id not in listed:
            listed.add(pair[0].id)
            arguments = (pair[0], *asked[pair[0].id])
            made = call("in", arguments, t.BOOLEAN, nullable=node.may_be_null)
            terms.append(replace(made, name="in"))
    if not listed:
        return None
    return replace(node, arguments=tuple(terms)) if len(terms) > 1 else terms[0]


def _pair(term: e.Expression | None) -> tuple[e.Attribute, e.Literal] | None:
    """The column and the value of ``column = value``, of the same type."""
    if not isinstance(term, e.Call) or term.function.name != "=":
        return None
    column, value = term.arguments
    if not isinstance(column, e.Attribute):
        column, value = value, column
    if not isinstance(column, e.Attribute) or not isinstance(column.type, _ALIKE):
        return None
    literal = _literal(value)
    return None if literal is None or literal.type != column.type else (column, literal)


def _literal(value: e.Expression | None) -> e.Literal | None:
    """`value` if it is written, also where a whole number is to be a longer one."""
    if isinstance(value, e.Literal):
        return value
    if (
        isinstance(value, e.Cast)
        and isinstance(value.child, e.Literal)
        and isinstance(value.child.of, t.IntegralType)
        and isinstance(value.to, t.IntegralType)
        and value.child.of.bits <= value.to.bits
    ):
        return e.Literal(value.child.value, value.to)
    return None
