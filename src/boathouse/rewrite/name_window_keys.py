"""What windows are partitioned and ordered by are columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import contains, map_children, walk
from boathouse.rewrite.rebuild import rebuild

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PLAIN = (e.Attribute, e.Literal, e.OuterReference)


def name_window_keys(plan: r.Relation) -> r.Relation:
    """Compute the keys of windows in a list of their own.

        Project[rank() OVER (ORDER BY 10 / a)](t)
        ->  Project[rank() OVER (ORDER BY key)](Project[a, 10 / a AS key](t))

    DuckDB orders windows by nothing that may be another value each time, and takes what may raise
    an error for such.
    """
    return rebuild(plan, _named)


def _named(node: r.Relation) -> r.Relation:
    if not isinstance(node, r.Project):
        return node
    found = (key for root in node.expressions if _has_window(root) for key in _keys(root))
    keys = dict.fromkeys(key for key in found if type(key) not in _PLAIN)
    if not keys:
        return node
    aliases = {key: e.Alias(key, "key") for key in keys}
    child = r.Project(node.child, (*node.child.output, *aliases.values()))
    columns = {key: alias.attribute for key, alias in aliases.items()}
    changed = [_with_columns(x, columns) if _has_window(x) else x for x in node.expressions]
    return r.Project(child, tuple(changed))


def _has_window(root: e.Expression) -> bool:
    return contains(root, e.WindowCall)


def _keys(root: e.Expression) -> Iterator[e.Expression]:
    for node in walk(root):
        if isinstance(node, e.WindowCall):
            yield from node.partition
            yield from (key.child for key in node.order)


def _with_columns(root: e.Expression, columns: Mapping[e.Expression, e.Attribute]) -> Any:
    def visit(node: e.Expression) -> e.Expression:
        if not isinstance(node, e.WindowCall):
            return map_children(node, visit)
        return e.WindowCall(
            node.function,
            tuple(columns.get(key, key) for key in node.partition),
            tuple(
                e.SortKey(columns.get(key.child, key.child), key.ascending, key.nulls_first)
                for key in node.order
            ),
            node.frame,
        )

    return map_children(root, visit)
