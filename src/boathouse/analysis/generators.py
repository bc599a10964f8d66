"""Functions that yield rows: in a select list, in LATERAL VIEW, in FROM."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from boathouse.analysis.coercion import context_of
from boathouse.analysis.expressions import bind as bind_expression
from boathouse.analysis.expressions import renamed_generator, unaliased
from boathouse.analysis.faults import is_checked
from boathouse.analysis.naming import class_named, shown_sql
from boathouse.analysis.routines import builtin_name
from boathouse.analysis.scope import Bound, Context, Scope
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.registry import called
from boathouse.functions.signature import Kind
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.spec import expressions as se
from boathouse.spec.nodes import nodes_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.spec import relations as sr


NESTED: Final = "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS"


def generate(
    child: r.Relation, call: e.GeneratorCall, *qualifier: str
) -> tuple[r.Generate, tuple[e.Attribute, ...]]:
    """`child` with the rows of `call`, and the new columns."""
    attributes = columns_of(call, *qualifier)
    return r.Generate(child, call, attributes), attributes


def columns_of(call: e.GeneratorCall, *qualifier: str) -> tuple[e.Attribute, ...]:
    """The columns of `call`, new ones where it has not told their ids."""
    fields = call.schema.fields
    numbers = call.numbers or tuple(e.fresh_id() for _ in fields)
    return tuple(
        e.Attribute(number, f.name, f.type, f.nullable or call.outer, qualifier, f.metadata)
        for number, f in zip(numbers, fields, strict=True)
    )


def lateral_view(node: sr.LateralView, bound: Bound, context: Context) -> Bound:
    """LATERAL VIEW [OUTER] generator(...) alias AS columns."""
    scope = Scope.over(bound, context=context)
    try:
        call = bind_expression(node.generator, scope)
    except AnalysisError as missing:
        if missing.condition != "UNRESOLVED_ROUTINE":
            raise
        # What it takes may call what there is not, too.
        given = node.generator.arguments if isinstance(node.generator, se.Call) else ()
        for argument in given:
            bind_expression(argument, scope)
        database = context.facts.session.get("database", "default")
        name = f"{t.quoted(database)}.{missing.parameters['routineName']}"
        where = context_of(node.origin)
        raise AnalysisError("ROUTINE_NOT_FOUND", where, routineName=name) from None
    if not isinstance(call, e.GeneratorCall):
        name = call.function.name if isinstance(call, e.Call) else shown_sql(call)
        raise AnalysisError(
            "UNSUPPORTED_GENERATOR.NOT_GENERATOR",
            context_of(node.origin),
            functionName=t.quoted(name),
            classCanonicalName=class_named(name),
        )
    if node.columns:
        call = renamed_generator(call, node.columns, scope)
    outer = e.GeneratorCall(
        call.function, call.arguments, call.schema, node.outer or call.outer, call.facts, call.name
    )
    plan, _ = generate(bound.plan, outer, node.alias)
    return Bound(plan, (bound,), hidden=bound.hidden)


def table_generator(node: sr.TableFunction, context: Context) -> Bound:
    """explode(...) and its kin in FROM; columns of the left side come in through LATERAL."""
    call = bind_expression(
        se.Call(node.name, node.arguments, origin=node.origin), Scope(context, clause="FROM")
    )
    assert isinstance(call, e.GeneratorCall)  # noqa: S101 - asked before
    plan, attributes = generate(r.OneRow(), call, node.name[-1])
    return Bound(r.Project(plan, attributes))


def extract_generators(
    plan: r.Relation, expressions: list[e.Expression]
) -> tuple[r.Relation, list[e.Expression]]:
    """A select list whose generators are taken out below it: each row meets each row of each."""
    if not any(isinstance(expression, e.GeneratorCall) for expression in expressions):
        return plan, expressions
    result: list[e.Expression] = []
    for expression in expressions:
        if isinstance(expression, e.GeneratorCall):
            plan, attributes = generate(plan, expression)
            result.extend(attributes)
        else:
            result.append(expression)
    return plan, result


def outside(
    fault: AnalysisError, operator: str, node: se.Expression, scope: Scope
) -> AnalysisError:
    """`fault` of the expression `node` of an `operator`, which shows its text for ``{}``; or that
    there is a generator in it.
    """
    if fault.condition == NESTED:
        text = fault.parameters["expression"].strip('"')
    elif is_checked(fault) and misplaced(node, scope):
        try:
            text = shown_sql(
                unaliased(bind_expression(node, replace(scope, generators_shown=True)))
            )
        except AnalysisError:
            text = written(node)
    else:
        return fault
    plan = f"'{operator.format(text)}"
    return AnalysisError("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", plan=plan)


def written(node: se.Expression) -> str:
    """The calls of `node` as they were written."""
    calls = (x for x in nodes_of(node, into=se.Expression) if isinstance(x, se.Call))
    places = [call.origin for call in calls if call.origin is not None]
    widest = max(places, key=lambda place: place.stop - place.start, default=se.Origin())
    return widest.text[widest.start : widest.stop + 1]


def misplaced(node: se.Expression, scope: Scope, *, listed: bool = False) -> bool:
    """Whether there is a generator in `node` whose arguments are bound: to Spark that is a fault by
    itself, whatever else is wrong in there. An entry of a select list that is `listed` may be one.
    """
    entry = node.child if isinstance(node, se.Alias) and listed else node
    return any(
        isinstance(call, se.Call)
        and (call is not entry or not listed)
        and _is_generator(call, scope.context)
        and _are_bound(call.arguments, scope)
        for call in nodes_of(node, into=se.Expression)
    )


def _is_generator(call: se.Call, context: Context) -> bool:
    name = builtin_name(call, context)
    function = None if name is None or call.operator else called(name)
    return function is not None and function.kind is Kind.GENERATOR


def _are_bound(arguments: Sequence[se.Expression], scope: Scope) -> bool:
    try:
        with scope.context.attempt():
            for argument in arguments:
                bind_expression(argument, scope)
    except AnalysisError:
        return False
    return True
