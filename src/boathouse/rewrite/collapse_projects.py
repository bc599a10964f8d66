"""Select lists over select lists become one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import map_children, walk
from boathouse.rewrite.rebuild import rebuild

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHEAP = (e.Attribute, e.Literal, e.OuterReference)
_QUERIES = (e.ScalarSubquery, e.Exists, e.InSubquery)


def collapse_projects(plan: r.Relation) -> r.Relation:
    """Merge a Project into the one below it.

        Project[c, a + 1](Project[a, b + 1 AS c](t))  ->  Project[b + 1 AS c, a + 1](t)

    Not where it would compute something twice: ``Project[c + c](Project[rand() AS c](t))``; nor
    into windows, whose rows a filter between would change; nor past a subquery, inside of which a
    column of the lower list may be used.
    """
    return rebuild(plan, _merged)


def _merged(node: r.Relation) -> r.Relation:
    while isinstance(node, r.Project) and isinstance(node.child, r.Project):
        merged = _merge(node, node.child)
        if merged is None:
            return node
        node = merged
    return node


def _merge(upper: r.Project, lower: r.Project) -> r.Project | None:
    inner: dict[int, e.Expression] = {
        x.id: x.child for x in lower.expressions if isinstance(x, e.Alias)
    }
    if not inner:
        return r.Project(lower.child, upper.expressions)
    plain = [x.id for x in upper.expressions if type(x) is e.Attribute]
    uses: Counter[int] = Counter(plain)
    for expression in upper.expressions:
        if type(expression) is e.Attribute:
            continue
        for node in walk(expression):
            if isinstance(node, _QUERIES):
                return None
            if isinstance(node, e.Attribute):
                uses[node.id] += 1
    for number, times in uses.items():
        child = inner.get(number)
        if child is not None and not _may_move(child, times):
            return None
    return r.Project(lower.child, tuple(_placed(x, inner) for x in upper.expressions))


def _may_move(child: e.Expression, times: int) -> bool:
    if isinstance(child, _CHEAP):
        return True
    if times > 1:
        return False
    for node in walk(child):
        if isinstance(node, (e.WindowCall, *_QUERIES)):
            return False
        if isinstance(node, e.Call) and not node.function.deterministic:
            return False
    return True


def _placed(expression: e.Named, inner: Mapping[int, e.Expression]) -> e.Named:
    if isinstance(expression, e.Attribute):
        child = inner.get(expression.id)
        if child is None:
            return expression
        return e.Alias(
            child, expression.name, expression.id, expression.metadata, expression.qualifier
        )
    return map_children(expression, lambda child: substituted(child, inner))


def substituted(root: e.Expression, inner: Mapping[int, e.Expression]) -> e.Expression:
    """`root` with columns replaced by what they stand for."""
    if isinstance(root, e.Attribute):
        return inner.get(root.id, root)
    if isinstance(root, e.Literal):
        return root
    result: Any = map_children(root, lambda child: substituted(child, inner))
    return result
