"""Rows that come out of a window function come in its order."""

from __future__ import annotations

from dataclasses import replace

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import walk

_ON = (r.Project, r.Filter)
"""What stands above the windows and passes their rows on, so that the sort can stand higher still:
DuckDB knows how to take the first rows of each partition, if the filter is next to the window.
"""
_IN_ORDER = (*_ON, r.Limit, r.Observe)
"""What keeps the order of its rows."""


def order_windows(plan: r.Relation) -> r.Relation:
    """Sort what window functions give, where nothing above brings another order.

        Project[a, rank() OVER (PARTITION BY b ORDER BY a)](t)
        ->  Project[a, rank](Sort[b, a](Project[a, b, rank() OVER (...) AS rank](t)))

    Spark computes a window over sorted rows and passes them on so, and programs show them without
    an ORDER BY of their own; DuckDB gives the partitions in the order of a hash.
    """
    above: list[r.Unary] = []
    node = plan
    while isinstance(node, _IN_ORDER):
        keys = _keys(node) if isinstance(node, r.Project) else ()
        if keys:
            assert isinstance(node, r.Project)  # noqa: S101 - only these have keys
            return _sorted(node, keys, above)
        above.append(node)
        node = node.child
    return plan


def _keys(node: r.Project) -> tuple[e.SortKey, ...]:
    """The order that the rows have: Spark sorts for one specification after the other, so that the
    last one counts first.
    """
    calls = [x for root in node.expressions for x in walk(root) if isinstance(x, e.WindowCall)]
    specifications = dict.fromkeys((call.partition, call.order) for call in calls)
    keys: dict[e.Expression, e.SortKey] = {}
    for partition, order in reversed(specifications):
        for key in (*[e.SortKey(x) for x in partition], *order):
            keys.setdefault(key.child, key)
    return tuple(keys.values())


def _sorted(node: r.Project, keys: tuple[e.SortKey, ...], above: list[r.Unary]) -> r.Relation:
    hidden = tuple(e.Alias(key.child, "key") for key in keys)
    columns = tuple(alias.attribute for alias in hidden)
    found: r.Relation = replace(node, expressions=(*node.expressions, *hidden))
    output = node.output
    while above and isinstance(above[-1], _ON):
        one = above.pop()
        output = one.output
        if isinstance(one, r.Project):
            one = replace(one, expressions=(*one.expressions, *columns))
        found = replace(one, child=found)
    order = [replace(key, child=column) for key, column in zip(keys, columns, strict=True)]
    found = r.Project(r.Sort(found, tuple(order)), output)
    while above:
        found = replace(above.pop(), child=found)
    return found
