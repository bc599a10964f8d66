"""Scalar subqueries inside the functions of a select list become columns below it."""

from __future__ import annotations

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import map_children
from boathouse.rewrite.rebuild import rebuild


def name_subqueries(plan: r.Relation) -> r.Relation:
    """Compute a scalar subquery before the function that takes its value.

        Project[f(a, (SELECT ...))](t)  ->  Project[f(a, x)](Project[a, (SELECT ...) AS x](t))

    A function that mentions its argument twice binds it to a lambda's parameter, and DuckDB takes
    no subquery inside a lambda.
    """
    return rebuild(plan, _named)


def _named(node: r.Relation) -> r.Relation:
    if not isinstance(node, r.Project):
        return node
    found: dict[e.ScalarSubquery, e.Alias] = {}

    def visit(root: e.Expression, *, inside: bool = False) -> e.Expression:
        if isinstance(root, e.ScalarSubquery):
            if not inside:
                return root
            return found.setdefault(root, e.Alias(root, "scalarsubquery")).attribute
        within = inside or isinstance(root, (e.Call, e.Cast))
        return map_children(root, lambda child: visit(child, inside=within))

    expressions = tuple(map_children(x, visit) for x in node.expressions)
    if not found:
        return node
    below = r.Project(node.child, (*node.child.output, *found.values()))
    return r.Project(below, expressions)
