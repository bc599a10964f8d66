"""Functions that yield rows: in a select list, in LATERAL VIEW, in FROM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.coercion import context_of
from boathouse.analysis.expressions import bind as bind_expression
from boathouse.analysis.expressions import renamed_generator
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.scope import Bound, Context, Scope
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.spec import expressions as se

if TYPE_CHECKING:
    from boathouse.spec import relations as sr


def generate(
    child: r.Relation, call: e.GeneratorCall, *qualifier: str
) -> tuple[r.Generate, tuple[e.Attribute, ...]]:
    """`child` with the rows of `call`, and the new columns."""
    attributes = tuple(
        e.Attribute(e.fresh_id(), f.name, f.type, f.nullable or call.outer, qualifier, f.metadata)
        for f in call.schema.fields
    )
    return r.Generate(child, call, attributes), attributes


def lateral_view(node: sr.LateralView, bound: Bound, context: Context) -> Bound:
    """LATERAL VIEW [OUTER] generator(...) alias AS columns."""
    scope = Scope.over(bound, context=context)
    call = bind_expression(node.generator, scope)
    if not isinstance(call, e.GeneratorCall):
        raise AnalysisError("UNSUPPORTED_GENERATOR.NOT_GENERATOR", context_of(node.origin),
                            functionName=f'"{shown_sql(call)}"', classCanonicalName="expression")
    if node.columns:
        call = renamed_generator(call, node.columns, scope)
    outer = e.GeneratorCall(
        call.function, call.arguments, call.schema, node.outer or call.outer, call.facts, call.name
    )
    plan, _ = generate(bound.plan, outer, node.alias)
    return Bound(plan, (bound,), hidden=bound.hidden)


def table_generator(node: sr.TableFunction, context: Context) -> Bound:
    """explode(...) and its kin in FROM; columns of the left side come in through LATERAL."""
    call = bind_expression(se.Call(node.name, node.arguments, origin=node.origin), Scope(context))
    assert isinstance(call, e.GeneratorCall)  # noqa: S101 - asked before
    plan, attributes = generate(r.OneRow(), call, node.name[-1])
    return Bound(r.Project(plan, attributes))


def extract_generator(
    plan: r.Relation, expressions: list[e.Expression]
) -> tuple[r.Relation, list[e.Expression]]:
    """A select list whose generator is taken out below it; at most one may stand in it."""
    found = [x for x in expressions if isinstance(x, e.GeneratorCall)]
    if not found:
        return plan, expressions
    if len(found) > 1:
        names = ", ".join(f'"{shown_sql(x)}"' for x in found)
        raise AnalysisError(
            "UNSUPPORTED_GENERATOR.MULTI_GENERATOR", num=len(found), generators=names
        )
    generated, attributes = generate(plan, found[0])
    result: list[e.Expression] = []
    for expression in expressions:
        if expression is found[0]:
            result.extend(attributes)
        else:
            result.append(expression)
    return generated, result
