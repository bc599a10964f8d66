"""Where a query inside another may look at the columns of the query around, and where not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.naming import inner_sql, key_text, shown_sql
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import (
    children,
    contains,
    inputs,
    outer_attributes,
    walk,
    walk_relations,
)
from boathouse.spec.relations import JoinType
from boathouse.types.coercion import is_orderable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from boathouse.analysis.scope import Context

_CATEGORY = "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY"

_HOSTS = (r.Filter, r.Project, r.Join, r.Generate)
"""What may itself look at the query around; what stands below and above them is free to."""

_LACKING = {
    JoinType.LEFT_OUTER: ("right",),
    JoinType.LEFT_SEMI: ("right",),
    JoinType.LEFT_ANTI: ("right",),
    JoinType.RIGHT_OUTER: ("left",),
    JoinType.FULL_OUTER: ("left", "right"),
}
"""The sides of a join that must do without the query around."""


def refuse_correlated(query: r.Relation, context: Context) -> None:
    """The error for a `query` that looks at the query around from where Spark cannot follow, or at
    what it cannot list.
    """
    outer = {a.id for a in outer_attributes(query)}
    if not outer:
        return
    for node in walk_relations(query):
        hosted = isinstance(node, _HOSTS)
        looking = [x for x in children(node) if _looks(x, outer)]
        if isinstance(node, r.Generate) and looking and not isinstance(node.child, r.OneRow):
            raise _refused([inner_sql(x) for x in looking])
        if isinstance(node, r.Sort) and looking:
            raise _refused([key_text(k, inner_sql) for k in node.keys if k.child in looking])
        if isinstance(node, r.Aggregate):
            keys = [inner_sql(k.child) for k in node.grouping if k in looking]
            if keys:
                raise _refused(keys)
        refuse_outer(x for x in looking if not hosted or contains(x, e.WindowCall))
        if isinstance(node, r.Join):
            for side in _LACKING.get(node.kind, ()):
                below = outer_attributes(node.left if side == "left" else node.right)
                if outer & {a.id for a in below}:
                    condition = "ACCESSING_OUTER_QUERY_COLUMN_IS_NOT_ALLOWED"
                    raise AnalysisError(f"{_CATEGORY}.{condition}", treeNode="Join")
    unordered = _unordered_reference(query, outer)
    if unordered is not None:
        context.postpone(unordered)


def _looks(expression: e.Expression, outer: set[int]) -> bool:
    return any(
        isinstance(node, e.OuterReference) and node.attribute.id in outer
        for node in walk(expression)
    )


def refuse_outer(expressions: Iterable[e.Expression]) -> None:
    """The error for `expressions` that look at the query around, and stand where they may not."""
    for expression in expressions:
        if contains(expression, e.OuterReference):
            text = inner_sql(expression)
            if not isinstance(expression, e.Alias):
                text += f" AS `{shown_sql(expression)}`"
            raise _refused([text])


def _refused(texts: Sequence[str]) -> AnalysisError:
    listed = ",".join(f'"{text}"' for text in texts)
    return AnalysisError(f"{_CATEGORY}.CORRELATED_REFERENCE", sqlExprs=listed)


def refuse_ordering(keys: Iterable[e.Expression]) -> None:
    """The error for sort keys with queries that Spark cannot turn into joins there."""
    for key in keys:
        if contains(key, e.Exists, e.InSubquery):
            raise AnalysisError(f"{_CATEGORY}.UNSUPPORTED_IN_EXISTS_SUBQUERY", treeNode="Sort")
        if correlated(key):
            condition = "UNSUPPORTED_CORRELATED_SCALAR_SUBQUERY"
            raise AnalysisError(f"{_CATEGORY}.{condition}", treeNode="Sort")


def correlated(expression: e.Expression) -> bool:
    """Whether a query for one value in `expression` looks at columns of the query it stands in."""
    stack = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, e.ScalarSubquery) and outer_attributes(node.query):
            return True
        stack += children(node)
    return False


def _unordered_reference(query: r.Relation, outer: set[int]) -> AnalysisError | None:
    """The error for a `query` for which Spark lists the distinct values that it sees of the query
    around, and which have no order. It need not where the query is of one row, where what it sees
    stands in a condition that can be taken out, and for a value of a map.
    """
    stack = [] if _of_one_row(query) else [(query, True)]
    while stack:
        node, flat = stack.pop()
        looking = [x for x in children(node) if _looks(x, outer)]
        if isinstance(node, r.Filter):
            looking = [] if flat or _compares(node.condition, outer) else looking
        for seen in (x for root in looking for x in _seen(root)):
            if seen.attribute.id in outer and not is_orderable(seen.type):
                name = ".".join((*seen.attribute.qualifier, seen.attribute.name))
                kind = seen.type.simple.partition("<")[0]
                told = {"expr": name, "dataType": kind}
                condition = "UNSUPPORTED_CORRELATED_REFERENCE_DATA_TYPE"
                return AnalysisError(f"{_CATEGORY}.{condition}", **told)
        flat = flat and isinstance(node, (r.Project, r.Filter, r.Join))
        stack += [(below, flat) for below in inputs(node)]
    return None


def _of_one_row(node: r.Relation) -> bool:
    while isinstance(node, r.Project):
        node = node.child
    return isinstance(node, r.OneRow) or (
        isinstance(node, r.Generate) and isinstance(node.child, r.OneRow)
    )


def _compares(condition: e.Expression, outer: set[int]) -> bool:
    """Whether `condition` is that something equals what stands in the query around."""
    if not isinstance(condition, e.Call):
        return False
    if condition.function.name == "and":
        return all(_compares(x, outer) or not _looks(x, outer) for x in children(condition))
    sides = children(condition)
    if condition.function.name not in {"=", "<=>"}:
        return False
    return any(_looks(x, outer) and not contains(x, e.Attribute) for x in sides)


def _seen(root: e.Expression) -> Iterator[e.OuterReference]:
    """What `root` sees of the query around, but for maps of which it takes a value."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, e.OuterReference):
            yield node
        below = children(node)
        value = isinstance(node, e.Call) and node.function.name == "map_value"
        if value and isinstance(below[0], e.OuterReference) and is_orderable(node.type):
            below = below[1:]
        stack += below
