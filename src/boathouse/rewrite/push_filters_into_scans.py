"""Scans learn which rows will be asked for, so that their source can leave out files."""

from __future__ import annotations

from dataclasses import replace
from operator import is_
from typing import TYPE_CHECKING

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import contains, references
from boathouse.rewrite.collapse_projects import substituted
from boathouse.rewrite.rebuild import inside_queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Hints = tuple[e.Expression, ...]

_QUERIES = (e.ScalarSubquery, e.Exists, e.InSubquery)

_LEFT = {"inner", "cross", "left outer", "left semi", "left anti"}
"""Kinds of joins of which a row that is kept has its left columns from a left row."""
_RIGHT = {"inner", "cross", "right outer"}
_MATCHED_LEFT = {"inner", "cross", "right outer", "left semi"}
"""Kinds of joins that use a left row only where the condition holds."""
_MATCHED_RIGHT = {"inner", "cross", "left outer", "left semi", "left anti"}


def push_filters_into_scans(plan: r.Relation) -> r.Relation:
    """Tell scans the conjuncts of the filters above them. The filters stay.

    Filter[a > 1](Join(Scan[a], Scan[b]))  ->  Filter[a > 1](Join(Scan[a; a > 1], Scan[b]))

    A common table learns what its only reader asks for; one with several readers learns nothing.
    """
    return _Pusher().pushed(plan, ())


def conjuncts(condition: e.Expression | None) -> Hints:
    """The conditions of which `condition` is the conjunction."""
    found: list[e.Expression] = []
    stack = [] if condition is None else [condition]
    while stack:
        match stack.pop():
            case e.Call(function=function, arguments=arguments) if function.name == "and":
                stack += [argument for argument in arguments if argument is not None]
            case other:
                found.append(other)
    return tuple(reversed(found))


def _plain(condition: e.Expression | None) -> Hints:
    """The conjuncts that ask no other query."""
    return tuple(one for one in conjuncts(condition) if not contains(one, *_QUERIES))


def _below(node: r.Unary, hints: Hints) -> Hints:
    """What holds for every row of the child that can matter."""
    match node:
        case r.Filter():
            return hints + _plain(node.condition)
        case r.Project():
            if any(contains(x, e.WindowCall) for x in node.expressions if type(x) is e.Alias):
                return ()
            return _through(hints, node.expressions)
        case r.Aggregate():
            if node.sets is not None or not node.grouping:
                return ()
            keys = {key.id for key in node.grouping}
            return _through(_about(hints, keys), node.grouping)
        case r.Sort() | r.Distinct() | r.Partitioned():
            return hints
        case r.Generate():
            return _about(hints, {a.id for a in node.child.output})
        case _:
            return ()


def _through(hints: Hints, expressions: Iterable[e.Named]) -> Hints:
    inner: dict[int, e.Expression] = {x.id: x.child for x in expressions if type(x) is e.Alias}
    return tuple(substituted(hint, inner) for hint in hints) if inner else hints


def _about(hints: Hints, ids: set[int]) -> Hints:
    """Those that look at columns `ids` only."""
    return tuple(hint for hint in hints if references(hint) <= ids)


def _renamed(hints: Hints, attributes: tuple[e.Attribute, ...], child: r.Relation) -> Hints:
    names: Mapping[int, e.Expression] = {
        new.id: old for new, old in zip(attributes, child.output, strict=False)
    }
    return tuple(substituted(hint, names) for hint in hints)


class _Pusher:
    """Walks one plan; `_asked` is what each reader of a common table asks for."""

    def __init__(self) -> None:
        self._asked: dict[int, list[Hints]] = {}

    def pushed(self, plan: r.Relation, hints: Hints) -> r.Relation:
        """`plan`, of whose rows those matter for which all `hints` are true."""
        chain: list[r.Unary] = []
        while isinstance(plan, r.Unary) and not isinstance(plan, r.With):
            chain.append(inside_queries(plan, self._whole))
            hints = _below(plan, hints)
            plan = plan.child
        result = self._leaf(inside_queries(plan, self._whole), hints)
        for node in reversed(chain):
            result = node if node.child is result else replace(node, child=result)
        return result

    def _whole(self, query: r.Relation) -> r.Relation:
        return self.pushed(query, ())

    def _leaf(self, plan: r.Relation, hints: Hints) -> r.Relation:
        match plan:
            case r.Scan():
                own = _about(hints, {a.id for a in plan.attributes})
                if not isinstance(plan.source, r.Prunable) or own == plan.filters:
                    return plan
                return replace(plan, filters=own)
            case r.Join():
                return self._join(plan, hints)
            case r.SetOperation():
                children = tuple(
                    self.pushed(x, _renamed(hints, plan.attributes, x)) for x in plan.children
                )
                same = all(map(is_, children, plan.children))
                return plan if same else replace(plan, children=children)
            case r.CommonTableScan():
                columns = zip(plan.attributes, plan.columns, strict=True)
                names = {a.id: replace(a, id=number) for a, number in columns}
                asked = tuple(substituted(hint, names) for hint in hints)
                self._asked.setdefault(plan.id, []).append(_about(asked, set(plan.columns)))
                return plan
            case r.With():
                return self._with(plan, hints)
            case r.AsOfJoin():
                left, right = self.pushed(plan.left, ()), self.pushed(plan.right, ())
                same = left is plan.left and right is plan.right
                return plan if same else replace(plan, left=left, right=right)
            case _:
                return plan

    def _join(self, plan: r.Join, hints: Hints) -> r.Relation:
        kind, own = plan.kind.value, _plain(plan.condition)
        left = (hints if kind in _LEFT else ()) + (own if kind in _MATCHED_LEFT else ())
        right = (hints if kind in _RIGHT else ()) + (own if kind in _MATCHED_RIGHT else ())
        new_left = self.pushed(plan.left, _about(left, {a.id for a in plan.left.output}))
        new_right = self.pushed(plan.right, _about(right, {a.id for a in plan.right.output}))
        same = new_left is plan.left and new_right is plan.right
        return plan if same else replace(plan, left=new_left, right=new_right)

    def _with(self, plan: r.With, hints: Hints) -> r.Relation:
        # Readers before what they read: the query first, then the tables from the last on.
        child = self.pushed(plan.child, hints)
        tables = tuple(reversed([self._table(table) for table in reversed(plan.tables)]))
        same = child is plan.child and all(map(is_, tables, plan.tables))
        return plan if same else replace(plan, child=child, tables=tables)

    def _table(self, table: r.CommonTable) -> r.CommonTable:
        if table.step is not None:
            query, step = self._whole(table.query), self._whole(table.step)
            same = query is table.query and step is table.step
            return table if same else replace(table, query=query, step=step)
        asked = self._asked.get(table.id, [])
        query = self.pushed(table.query, asked[0] if len(asked) == 1 else ())
        return table if query is table.query else replace(table, query=query)
