"""Letting a column that a later clause asks for through the relations above it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import walk, walk_relations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boathouse.analysis.scope import Bound


def expose(plan: r.Relation, wanted: Iterable[e.Attribute]) -> r.Relation | None:
    """`plan` with the columns `wanted` behind its own; None when something in between (groups,
    DISTINCT, a set operation) has let go of them for good.

        Project[a](Filter(Scan[a, b])), wanted b  ->  Project[a, b](Filter(Scan[a, b]))
    """
    visible = {a.id for a in plan.output}
    missing = list({a.id: a for a in wanted if a.id not in visible}.values())
    if not missing:
        return plan
    match plan:
        case r.Project():
            child = expose(plan.child, missing)
            return None if child is None else r.Project(child, (*plan.expressions, *missing))
        case r.Filter() | r.Sort() | r.Limit() | r.With() | r.Generate():
            child = expose(plan.child, missing)
            return None if child is None else replace(plan, child=child)
        case r.Join():
            return _through_join(plan, missing)
        case _:
            return None


def with_hidden(bound: Bound, expressions: Iterable[e.Expression]) -> r.Relation:
    """The plan of `bound`, giving also what `expressions` look at and it keeps to itself (the
    column ``_metadata`` of files).
    """
    used = [x for one in expressions for x in walk(one) if isinstance(x, e.Attribute)]
    visible = {a.id for a in bound.output} if used else set[int]()
    missing = [x for x in used if x.id not in visible]
    return (expose(bound.plan, missing) if missing else None) or bound.plan


def file_column(inputs: tuple[Bound, ...]) -> e.Attribute | None:
    """The column ``_metadata`` of the only files below `inputs`, None unless there is just one."""
    scans = [
        node
        for bound in inputs
        for node in walk_relations(bound.plan)
        if isinstance(node, r.Scan) and node.source.metadata_schema.fields
    ]
    if len(scans) != 1:
        return None
    (scan,) = scans
    hidden = scan.attributes[len(scan.source.schema.fields) :]
    (bound,) = [b for b in inputs if any(node is scan for node in walk_relations(b.plan))]
    return hidden[0] if hidden and expose(bound.plan, hidden[:1]) is not None else None


def _through_join(plan: r.Join, missing: list[e.Attribute]) -> r.Relation | None:
    left, right = _gives(plan.left, missing), _gives(plan.right, missing)
    if len(left) + len(right) < len(missing):
        return None
    sides = expose(plan.left, left), expose(plan.right, right)
    return None if None in sides else replace(plan, left=sides[0], right=sides[1])


def _gives(plan: r.Relation, wanted: list[e.Attribute]) -> list[e.Attribute]:
    """Those of `wanted` that can come out of `plan`."""
    return [a for a in wanted if expose(plan, [a]) is not None]


def aggregate_below(plan: r.Relation) -> r.Aggregate | None:
    """The Aggregate that a grouped select list stands on."""
    while isinstance(plan, (r.Project, r.Filter, r.Sort)):
        plan = plan.child
    return plan if isinstance(plan, r.Aggregate) else None


def with_aggregate(plan: r.Relation, aggregate: r.Aggregate) -> r.Relation:
    """`plan` standing on `aggregate` instead of its own."""
    if isinstance(plan, (r.Project, r.Filter, r.Sort)):
        return replace(plan, child=with_aggregate(plan.child, aggregate))
    return aggregate
