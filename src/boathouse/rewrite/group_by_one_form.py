"""Groups of floating point numbers have one zero, those of maps one order."""

from __future__ import annotations

from dataclasses import replace

from boathouse.functions.zeros import has_forms
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.collations import call
from boathouse.plan.tree import map_children
from boathouse.rewrite.rebuild import rebuild
from boathouse.spec.relations import SetOperator


def group_by_one_form(plan: r.Relation) -> r.Relation:
    """Write minus zero as zero, and maps by their keys, in what rows are grouped by.

        Aggregate[a](t)  ->  Aggregate[a + 0.0 AS a](t)
        Distinct[a](t)   ->  Project[a](Distinct(Project[a + 0.0 AS a](t)))
        Union(t, u)      ->  Union(Project[a + 0.0 AS a](t), Project[b + 0.0 AS b](u))

    Both engines take the two for one group; Spark shows it as zero, DuckDB as what came first. Maps
    with the same entries are one group to Spark, which shows them by their keys; to DuckDB not.
    """
    return rebuild(plan, _in_one_form)


def _in_one_form(node: r.Relation) -> r.Relation:
    match node:
        case r.Aggregate() if any(_differs(key.child) for key in node.grouping):
            keys = tuple([replace(key, child=_one_form(key.child)) for key in node.grouping])
            aggregates = tuple([map_children(x, _indicated) for x in node.aggregates])
            return replace(node, grouping=keys, aggregates=aggregates)
        case r.Distinct() if _shows_forms(node.child):
            renewed = _renewed(node.child)
            pairs = zip(renewed.output, node.output, strict=True)
            shown = [e.Alias(x, a.name, a.id, a.metadata) for x, a in pairs]
            return r.Project(r.Distinct(renewed), tuple(shown))
        case r.SetOperation() if not (node.all and node.operator is SetOperator.UNION):
            if any(map(_shows_forms, node.children)):
                return replace(node, children=tuple(map(_renewed, node.children)))
        case _:
            pass
    return node


def _differs(value: e.Expression) -> bool:
    done = isinstance(value, e.Call) and value.function.name == "one_form"
    return has_forms(value.type) and not done


def _shows_forms(node: r.Relation) -> bool:
    """Whether a column may show another form: not if this pass has been here."""
    if isinstance(node, r.Project):
        shown = [x.child if isinstance(x, e.Alias) else x for x in node.expressions]
        return any(map(_differs, shown))
    return any(has_forms(a.of) for a in node.output)


def _one_form(value: e.Expression) -> e.Expression:
    if not _differs(value):
        return value
    return call("one_form", (value,), value.type, nullable=value.nullable)


def _indicated(node: e.Expression) -> e.Expression:
    """GROUPING of the keys."""
    if isinstance(node, e.GroupingIndicator):
        return map_children(node, _one_form)
    return map_children(node, _indicated)


def _renewed(node: r.Relation) -> r.Project:
    """`node` under new columns in one form."""
    return r.Project(node, tuple([e.Alias(_one_form(a), a.name) for a in node.output]))
