"""Rows on their way into a Delta table: what is not given is filled in, what must hold is checked.

The order is Delta's: defaults, then generated columns out of them, then NOT NULL and CHECK.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.calls import bind_function
from boathouse.analysis.expressions import bind, bind_condition
from boathouse.analysis.scope import Bound, Scope
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import references
from boathouse.session.commands.assignments import assigned
from boathouse.session.commands.defaults import default_of
from boathouse.tables.delta.conditions import (
    Identity,
    check_constraints,
    generation_of,
    identity_of,
    with_identity,
)
from boathouse.tables.delta.creation import declared_schema
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from boathouse.analysis.scope import Context
    from boathouse.session.catalog import Table


def stored_rows(
    plan: r.Relation,
    given: Mapping[str, e.Expression],
    table: Table,
    context: Context,
    fields: Sequence[t.StructField],
    properties: Mapping[str, str],
    *,
    by_name: bool = False,
    fills: bool = False,
) -> r.Relation:
    """Rows of the columns `fields` of `table`, made of `given` (expressions over `plan` by
    name), with everything checked that the table asks for. Fields of structs are matched by
    position or `by_name`; `fills`: those that are not there are NULL.
    """
    fields = declared_schema(t.StructType(tuple(fields))).fields

    def fitted(value: e.Expression, f: t.StructField) -> e.Expression:
        return assigned(value, f, table, context, by_name=by_name, fills=fills)

    filled = _filled(plan, given, context, fields, fitted)
    computed = _computed(filled, given, table, context, fields)
    return checked_rows(computed, context, fields, properties)


def _filled(
    plan: r.Relation,
    given: Mapping[str, e.Expression],
    context: Context,
    fields: Sequence[t.StructField],
    fitted: Callable[[e.Expression, t.StructField], e.Expression],
) -> r.Relation:
    outputs: list[e.Alias] = []
    for f in fields:
        value = given.get(f.name)
        identity = identity_of(f)
        if identity is not None:
            value = _identity(value, identity, f, context)
        elif value is None and generation_of(f) is not None:
            value = e.Literal(None, f.type)
        elif value is None:
            value = default_of(f, context)
        outputs.append(e.Alias(fitted(value, f), f.name))
    return r.Project(plan, tuple(outputs))


def _identity(
    value: e.Expression | None, identity: Identity, f: t.StructField, context: Context
) -> e.Expression:
    """The values of an identity column: those given, if they may be, else the next ones."""
    if value is not None:
        if not identity.given:
            raise AnalysisError(
                "DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED", colName=f.name
            )
        return value
    scope = Scope(context)
    number = bind_function("row_number", [], scope)
    assert isinstance(number, e.AggregateCall)  # noqa: S101 - a window function is one
    factor = bind_function("*", [e.WindowCall(number), e.Literal(identity.step, t.LONG)], scope)
    # The first row has number 1.
    base = e.Literal(identity.next - identity.step, t.LONG)
    return bind_function("+", [factor, base], scope)


def after_identities(schema: t.StructType, given: Collection[str], rows: int) -> t.StructType:
    """`schema` after `rows` rows in which the columns `given` had values."""

    def counted(f: t.StructField) -> t.StructField:
        identity = identity_of(f)
        if identity is None or f.name in given or not rows:
            return f
        return with_identity(f, replace(identity, high=identity.next + identity.step * (rows - 1)))

    return t.StructType(tuple(counted(f) for f in schema.fields))


def _computed(
    plan: r.Relation,
    given: Mapping[str, e.Expression],
    table: Table,
    context: Context,
    fields: Sequence[t.StructField],
) -> r.Relation:
    """Generated columns: computed where nothing is given, else checked."""
    generated = [(at, text) for at, f in enumerate(fields) if (text := generation_of(f))]
    if not generated:
        return plan
    scope = Scope.over(Bound(plan), context=context)
    outputs: list[e.Named] = list(plan.output)
    for at, text in generated:
        field = fields[at]
        value = assigned(bind(sql.parse_expression(text), scope), field, table, context)
        if field.name not in given:
            outputs[at] = e.Alias(value, field.name)
            continue
        same = bind_function("<=>", [plan.output[at], value], scope)
        texts = ["Generated Column", f"({t.quoted(field.name)} <=> {text})"]
        held = _held(same, texts, plan.output, scope)
        plan = r.Filter(plan, held)
    return r.Project(plan, tuple(outputs))


def checked_rows(
    plan: r.Relation,
    context: Context,
    fields: Sequence[t.StructField],
    properties: Mapping[str, str],
) -> r.Relation:
    """`plan`, whose columns are those of `fields`, with NOT NULL and CHECK made sure of."""
    scope = Scope.over(Bound(plan), context=context)
    checks = [
        check
        for f, a in zip(fields, plan.output, strict=True)
        for check in _not_null(f, a, (f.name,), scope)
    ]
    for check in checks:
        plan = r.Filter(plan, check)
    for name, text in check_constraints(properties).items():
        condition = bind_condition(sql.parse_expression(text), scope)
        used = references(condition)
        shown = [a for a in plan.output if a.id in used]
        plan = r.Filter(plan, _held(condition, [name, text], shown, scope))
    return plan


def _held(
    condition: e.Expression, texts: Sequence[str], shown: Sequence[e.Attribute], scope: Scope
) -> e.Expression:
    lines = [_shown(a, scope) for a in shown]
    values: e.Expression = e.Literal("", t.STRING)
    if lines:
        values = bind_function("concat", lines, scope)
    named = [e.Literal(text, t.STRING) for text in texts]
    return bind_function("delta_holds", [condition, *named, values], scope)


def _shown(a: e.Attribute, scope: Scope) -> e.Expression:
    """A line of the message: `` - name : value``."""
    text = bind_function("string", [a], scope) if _has_text(a.type) else e.Literal("...", t.STRING)
    value = bind_function("coalesce", [text, e.Literal("null", t.STRING)], scope)
    return bind_function("concat", [e.Literal(f"\n - {a.name} : ", t.STRING), value], scope)


def _has_text(of: t.DataType) -> bool:
    return not isinstance(of, (t.VariantType, t.BinaryType))


def _not_null(
    f: t.StructField, value: e.Expression, path: tuple[str, ...], scope: Scope
) -> list[e.Expression]:
    """Conditions that fail where `value` is NULL and must not be; also inside structs."""
    found: list[e.Expression] = []
    # A cast may have promised for a part of a struct what only this check makes sure of.
    if not f.nullable and (value.nullable or len(path) > 1):
        name = e.Literal(".".join(path), t.STRING)
        guarded = bind_function("delta_not_null", [value, name], scope)
        found.append(bind_function("isnotnull", [guarded], scope))
    if not isinstance(f.type, t.StructType):
        return found
    for index, part in enumerate(f.type.fields):
        inner = _not_null(part, e.Field(value, index), (*path, part.name), scope)
        if f.nullable:
            # A part must not be NULL only where the struct is there.
            absent = bind_function("isnull", [value], scope)
            inner = [bind_function("or", [absent, check], scope) for check in inner]
        found += inner
    return found


def described(values: Sequence[str]) -> str:
    """A list as the history shows it."""
    return json.dumps(list(values))
