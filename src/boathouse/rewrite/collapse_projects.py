"""Select lists over select lists become one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import map_children, walk
from boathouse.rewrite.rebuild import rebuild

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CHEAP = (e.Attribute, e.Literal, e.OuterReference)
_QUERIES = (e.ScalarSubquery, e.Exists, e.InSubquery)


def collapse_projects(plan: r.Relation) -> r.Relation:
    """Merge a Project into the one below it.

        Project[c, a + 1](Project[a, b + 1 AS c](t))  ->  Project[b + 1 AS c, a + 1](t)

    Not where it would compute something twice: ``Project[c + c](Project[rand() AS c](t))``; nor
    into windows, whose rows a filter between would change; nor past a subquery, inside of which a
    column of the lower list may be used.
    """
    return rebuild(plan, first=_merged)


def _merged(node: r.Relation) -> r.Relation:
    """`node` with as many Projects below it as can be merged into it.

    From the top down, each list is looked at once: thousands of chained withColumn differ in one
    entry each.
    """
    if not (isinstance(node, r.Project) and isinstance(node.child, r.Project)):
        return node
    upper = _Upper(node.expressions)
    below: r.Relation = node.child
    while isinstance(below, r.Project) and upper.take(below):
        below = below.child
    return node if below is node.child else r.Project(below, tuple(upper.expressions))


class _Upper:
    """A select list, and which of its entries use a column, each as often as it does."""

    def __init__(self, expressions: Sequence[e.Named]) -> None:
        self.expressions = list(expressions)
        self._users: defaultdict[int, list[int]] = defaultdict(list)
        self._asks = False
        for position, expression in enumerate(expressions):
            self._note(expression, [position])

    def _note(self, expression: e.Expression, positions: Sequence[int]) -> None:
        """The entries at `positions` use what `expression` does."""
        for node in walk(expression):
            if isinstance(node, e.Attribute):
                self._users[node.id] += positions
            self._asks |= isinstance(node, _QUERIES)

    def take(self, lower: r.Project) -> bool:
        """Say everything over the input of `lower`; False, and nothing done, where that must not
        be.
        """
        made = {x.id: x.child for x in lower.expressions if isinstance(x, e.Alias)}
        used = [number for number in made if number in self._users]
        if made and self._asks:
            return False
        if not all(_may_move(made[number], len(self._users[number])) for number in used):
            return False
        for position in {at for number in used for at in self._users[number]}:
            self.expressions[position] = _placed(self.expressions[position], made)
        for number in used:
            self._note(made[number], self._users.pop(number))
        return True


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
