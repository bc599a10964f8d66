"""Queries inside expressions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.analysis.coercion import as_type, context_of
from boathouse.analysis.collations import agreed
from boathouse.analysis.correlation import refuse_correlated
from boathouse.analysis.faults import each
from boathouse.analysis.naming import row_text, shown_sql, whole_sql
from boathouse.analysis.routines import told_first
from boathouse.errors.exceptions import AnalysisError, internal, unsupported
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.spec import expressions as se
from boathouse.spec.nodes import nodes_of
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_orderable, wider

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.analysis.scope import Scope

_BY_VALUES = "spark.sql.legacy.inSubqueryNullability"


def bind_subquery(
    node: se.Subquery, scope: Scope, bind: Callable[[se.Expression, Scope], e.Expression]
) -> e.Expression:
    """A scalar subquery, EXISTS or IN."""
    # What stands left of IN comes first: only where it is resolved Spark looks at the query.
    values = each(node.values, lambda value: bind(value, scope))
    query = _query(node, scope)
    match node.kind:
        case se.SubqueryKind.SCALAR:
            if len(query.output) != 1:
                fault = AnalysisError(
                    "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
                    context_of(node.origin),
                    number=len(query.output),
                )
                scope.context.postpone(fault)
            return e.ScalarSubquery(query)
        case se.SubqueryKind.EXISTS:
            return e.Exists(query)
        case se.SubqueryKind.IN:
            return _in(node, query, values, scope)
        case se.SubqueryKind.TABLE_ARGUMENT:
            raise unsupported("a table as argument of a function")


def _query(node: se.Subquery, scope: Scope) -> r.Relation:
    relation = node.relation
    if relation is None:
        if node.plan_id is None or node.plan_id not in scope.context.references:
            raise internal("a subquery without its relation")
        relation = scope.context.references[node.plan_id]
    # The aliases of the select list that is being bound are not in sight.
    around = replace(scope, aliases={}) if scope.lateral else scope
    inner = scope.context.within(around).further_in()
    start = len(inner.waiting.waiting)
    try:
        query = inner.bind(relation, inner).plan
    except AnalysisError as fault:
        raise told_first(fault, relation, inner) from None
    inner.waiting.of_expression(start)
    refuse_correlated(query, inner)
    return query


def _in(
    node: se.Subquery,
    query: r.Relation,
    values: list[e.Expression],
    scope: Scope,
) -> e.Expression:
    columns = query.output
    if len(values) != len(columns):
        raise AnalysisError(
            "DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH",
            context_of(node.origin),
            sqlExpr=f'"({row_text(values, shown_sql)} IN (listquery()))"',
            leftLength=len(values),
            rightLength=len(columns),
            leftColumns=", ".join(f'"{shown_sql(v)}"' for v in values),
            rightColumns=", ".join(f'"{shown_sql(c)}"' for c in columns),
        )
    ansi = scope.context.facts.ansi
    pairs = [
        agreed(pair, lambda: f"({row_text(values, shown_sql)} IN (listquery()))")
        for pair in zip(values, columns, strict=True)
    ]
    types = [wider(v.type, c.type, ansi=ansi) for v, c in pairs]
    outputs: list[e.Named] = []
    for position, (column, wanted) in enumerate(zip(columns, types, strict=True)):
        if wanted is None:
            raise AnalysisError(
                "DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH",
                context_of(node.origin),
                sqlExpr=f'"({row_text(values, shown_sql)} IN (listquery()))"',
                mismatchedColumns=_mismatched(values[position], column),
                leftType=", ".join(f'"{v.type.sql}"' for v in values),
                rightType=", ".join(f'"{c.type.sql}"' for c in columns),
            )
        if len(values) == 1 and not is_orderable(wanted):
            raise AnalysisError(
                "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                context_of(node.origin),
                functionName="`insubquery`",
                dataType=f'"{wanted.sql}"',
                sqlExpr=f'"({row_text(values, shown_sql)} IN (listquery()))"',
            )
        values[position] = as_type(values[position], wanted, scope.context)
        cast = as_type(column, wanted, scope.context)
        outputs.append(column if cast is column else e.Alias(cast, column.name))
    if any(output is not column for output, column in zip(outputs, columns, strict=True)):
        query = r.Project(query, tuple(outputs))
    by_values = scope.context.facts.setting(_BY_VALUES) == "true"
    found = e.InSubquery(tuple(values), query, by_values=by_values)
    if _is_null_before_looking(values, scope):
        return e.Literal(None, t.BOOLEAN, shown_sql(found))
    return found


def _is_null_before_looking(values: list[e.Expression], scope: Scope) -> bool:
    """Whether a null is IN nothing at all: a setting of Spark's, else so where there is no ANSI."""
    inner = values[0]
    while isinstance(inner, e.Cast):
        inner = inner.child
    if len(values) > 1 or not isinstance(inner, e.Literal) or inner.value is not None:
        return False
    facts = scope.context.facts
    said = facts.setting("spark.sql.legacy.nullInEmptyListBehavior").lower()
    return said == "true" or (said != "false" and not facts.ansi)


def _mismatched(value: e.Expression, column: e.Attribute) -> str:
    given = f"{whole_sql(value)}:{value.type.simple}"
    return f"({given}, {whole_sql(column)}:{column.type.simple})"


def refuse_subqueries(body: se.Expression) -> None:
    """A lambda holds no subquery."""
    if any(isinstance(node, se.Subquery) for node in nodes_of(body, into=se.Expression)):
        kind = "HIGHER_ORDER_FUNCTION"
        raise AnalysisError(f"UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.{kind}")
