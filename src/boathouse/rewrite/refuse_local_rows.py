"""Select lists over rows that a query spells out are computed whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.errors.exceptions import SparkError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import children, contains, inputs, walk
from boathouse.rewrite.collapse_projects import substituted
from boathouse.rewrite.fold_constants import OF_DATA, is_pure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boathouse.rewrite.fold_constants import Evaluate

_QUERIES = (e.ScalarSubquery, e.Exists, e.InSubquery)
_LATER = (*_QUERIES, e.GeneratorCall)
"""What becomes a join or an operator of its own, and is computed later."""
_MOST = 200
"""So many values are computed for one select list; those of more rows are not looked at."""
_DEEPEST = 6
"""So many lists and filters below one are looked at: what they compute is written into it."""

Row = dict[int, e.Expression]


def refuse_local_rows(plan: r.Relation, evaluate: Evaluate) -> None:
    """Raise the error of a value that nobody may ask for.

        Project[a](Project[a, a DIV 0 AS x](Values[1]))     DIVIDE_BY_ZERO

    So Spark does: it computes such lists before it looks which columns and rows are asked for.
    """
    if isinstance(plan, r.Limit) and plan.limit == 0:
        return
    for project in _inner_projects(plan):
        lists = [x.child for x in project.expressions if isinstance(x, e.Alias)]
        lists = [x for x in lists if not isinstance(x, (e.Attribute, e.Literal))]
        # What is beside windows is computed below them.
        lists = [x for x in lists if not contains(x, e.WindowCall)]
        by_row = not any(contains(x, *_LATER) for x in lists)
        rows = _rows(project.child, evaluate) if lists and by_row else None
        values = [substituted(x, row) for row in rows or () for x in lists]
        values = [x for x in values if all(map(is_pure, walk(x)))]
        if len(values) <= _MOST:
            _computed(values, evaluate)


def _inner_projects(plan: r.Relation) -> Iterator[r.Project]:
    """The select lists below `plan`, in subqueries and common tables that are read, too."""
    tables: dict[int, r.Relation] = {}
    stack = [(plan, False)]
    while stack:
        node, inside = stack.pop()
        match node:
            case r.With():
                tables.update((table.id, table.query) for table in node.tables)
                stack.append((node.child, inside))
                continue
            case r.CommonTableScan() if node.id in tables:
                stack.append((tables.pop(node.id), True))
            case r.Project() if inside:
                yield node
            case _:
                pass
        stack += [(child, True) for child in inputs(node)]
        stack += [
            (inner.query, True)
            for root in children(node)
            for inner in walk(root)
            if isinstance(inner, _QUERIES)
        ]


def _rows(node: r.Relation, evaluate: Evaluate) -> list[Row] | None:
    """The rows of `node`, each a constant for each column; None where the query spells none out."""
    steps: list[r.Project | r.Filter] = []
    while isinstance(node, (r.Project, r.Filter)) and len(steps) < _DEEPEST:
        steps.append(node)
        node = node.child
    if not isinstance(node, r.Values) or len(node.rows) > _MOST:
        return None
    ids = [a.id for a in node.attributes]
    rows: list[Row] | None = [dict(zip(ids, row, strict=True)) for row in node.rows]
    for step in reversed(steps):
        if rows is None or any(contains(x, *_LATER, e.WindowCall) for x in children(step)):
            return None
        if isinstance(step, r.Project):
            rows = [_listed(row, step) for row in rows]
        elif not contains(step.condition, e.OuterReference):  # else Spark filters after the join
            rows = _kept(rows, step.condition, evaluate)
    return rows


def _listed(row: Row, step: r.Project) -> Row:
    outputs = ((e.attribute_of(x).id, x) for x in step.expressions)
    return {id_: substituted(x.child if isinstance(x, e.Alias) else x, row) for id_, x in outputs}


def _kept(rows: list[Row], condition: e.Expression, evaluate: Evaluate) -> list[Row] | None:
    """The rows for which `condition` holds; None where that cannot be told."""
    conditions = [substituted(condition, row) for row in rows]
    if not all(is_pure(x) for each in conditions for x in walk(each)):
        return None
    holds = _computed(conditions, evaluate)
    if len(holds) < len(rows):
        return None
    return [row for row, held in zip(rows, holds, strict=True) if held]


def _computed(values: list[e.Expression], evaluate: Evaluate) -> list[object]:
    """`values` in literal form; none where they are of no use here."""
    if not values:
        return []
    try:
        return evaluate(values)
    except SparkError as error:
        if error.sqlstate.startswith(OF_DATA):
            raise
        return []
