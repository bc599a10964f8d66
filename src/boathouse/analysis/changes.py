"""DELETE and UPDATE, and what they share with MERGE: the target, assignments, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.assignments import (
    GENERATED,
    Assignment,
    Columns,
    not_a_struct,
)
from boathouse.analysis.calls import bind_function, is_random
from boathouse.analysis.conditions import as_condition
from boathouse.analysis.expressions import (
    bind,
    bind_condition,
    unaliased,
)
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.scope import Bound, Context, Scope, StoredTable
from boathouse.analysis.sources import attributes_of
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import changes
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import walk
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.sql import parse_expression
from boathouse.tables.delta.conditions import identity_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def bind_delete(
    node: sc.Delete, table: StoredTable, schema: t.StructType, context: Context
) -> changes.Change:
    """DELETE FROM table WHERE condition. `schema` is the table's, with all that is said of its
    columns.
    """
    target, bound = target_of(table, node, context)
    condition = _where(node.condition, bound, context)
    clause = changes.Clause(sc.MergeVerb.DELETE)
    change = changes.Change(target, condition, schema, target.columns, matched=(clause,))
    require_deterministic(change.expressions())
    return change


def bind_update(
    node: sc.Update, table: StoredTable, schema: t.StructType, context: Context
) -> changes.Change:
    """UPDATE table SET assignments WHERE condition."""
    target, bound = target_of(table, node, context)
    condition = _where(node.condition, bound, context)
    scope = Scope.over(bound, context=context)
    columns = columns_of(target, schema, context)
    said = [assignment_of(key, value, scope, scope, columns) for key, value in node.assignments]
    values = columns.updated([x for x in said if x is not None])
    clause = changes.Clause(sc.MergeVerb.UPDATE, None, values)
    change = changes.Change(target, condition, schema, target.columns, matched=(clause,))
    require_plain(change.expressions())
    require_deterministic(change.expressions())
    return change


def bind_replacement(
    node: sc.Insert,
    source: Bound,
    equals: Mapping[str, e.Expression],
    table: StoredTable,
    schema: t.StructType,
    context: Context,
) -> changes.Change:
    """What INSERT ... REPLACE ON or USING takes away before it puts the rows of `source` in;
    `equals` are the values that it gives to the columns, by lower-case name.
    """
    target, bound = target_of(table, sc.Delete(node.table, None, node.alias), context)
    if node.replace_on is not None:
        scope = Scope.over(bound, source, context=context, clause="REPLACE ON")
        condition = as_condition(unaliased(bind(node.replace_on, scope)), context)
    else:
        condition = _equal(node.replace_using, target, equals, context)
    clause = changes.Clause(sc.MergeVerb.DELETE)
    kept = columns_of(target, schema, context).unchanged()
    change = changes.Change(target, condition, schema, kept, source.plan, matched=(clause,))
    require_plain(change.expressions())
    require_deterministic(change.expressions())
    return change


def _equal(
    names: Sequence[str],
    target: changes.Target,
    values: Mapping[str, e.Expression],
    context: Context,
) -> e.Expression:
    """That a row of the table has the values in the columns `names`. As everywhere, null is equal
    to nothing.
    """
    columns = {a.name.lower(): a for a in target.columns}
    condition: e.Expression = e.Literal(value=True, of=t.BOOLEAN)
    scope = Scope(context)
    for name in names:
        there, value = columns.get(name.lower()), values.get(name.lower())
        if there is None or value is None:
            proposal = ", ".join(t.quoted(a.name) for a in target.columns)
            condition_name = "UNRESOLVED_COLUMN.WITH_SUGGESTION"
            raise AnalysisError(condition_name, objectName=t.quoted(name), proposal=proposal)
        same = bind_function("=", [there, value], scope)
        condition = bind_function("and", [condition, same], scope)
    return condition


# ---- the target
# ---------------------------------------------------------------------------------------


def target_of(
    table: StoredTable, node: sc.Delete | sc.Update | sc.Merge, context: Context
) -> tuple[changes.Target, Bound]:
    """The rows of `table`, for a change and for names to be looked up in."""
    source = table.source
    qualifier = table.qualifier if node.alias is None else (node.alias,)
    columns = attributes_of(source.schema, *qualifier)
    hidden = attributes_of(source.metadata_schema, *qualifier)
    file = e.Attribute(e.fresh_id(), changes.PLACE, t.STRING, may_be_null=False)
    row = e.Attribute(e.fresh_id(), changes.ROW, t.LONG, may_be_null=False)
    tracked = any(f.name == "row_id" for of in hidden for f in _parts(of))
    kept = (changes.KEPT_ROW_ID, changes.KEPT_ROW_VERSION) if tracked else ()
    track = tuple(e.Attribute(e.fresh_id(), name, t.LONG) for name in kept)
    places = (file, row, *track)
    names = (*source.schema.names, *source.metadata_schema.names, *[a.name for a in places])
    scan = r.Scan(source, names, (*columns, *hidden, *places))
    target = changes.Target(scan, columns, file, row, track)
    bound = Bound(r.Project(scan, columns), hidden=hidden)
    for plan_id in node.plan_ids:
        bound = bound.numbered(plan_id)
    return target, bound


def _parts(attribute: e.Attribute) -> tuple[t.StructField, ...]:
    return attribute.of.fields if isinstance(attribute.of, t.StructType) else ()


def refuse_identity(field: t.StructField | None) -> None:
    """DELTA_IDENTITY_COLUMNS_UPDATE_NOT_SUPPORTED where a row would get another identity."""
    if field is not None and identity_of(field) is not None:
        raise AnalysisError("DELTA_IDENTITY_COLUMNS_UPDATE_NOT_SUPPORTED", colName=field.name)


def columns_of(
    target: changes.Target, schema: t.StructType, context: Context, *, evolves: bool = False
) -> Columns:
    """The columns of the target as a change leaves them, with what is there now."""
    current = {context.key(a.name): a for a in target.columns}
    return Columns(schema, current, context, evolves)


def _where(node: se.Expression | None, bound: Bound, context: Context) -> e.Expression | None:
    if node is None:
        return None
    condition = bind_condition(node, Scope.over(bound, context=context, clause="WHERE"))
    require_plain((condition,))
    return condition


# ---- assignments
# --------------------------------------------------------------------------------------


def assignment_of(
    key: se.Expression, value: se.Expression, targets: Scope, values: Scope, columns: Columns
) -> Assignment | None:
    """One ``column = value``; None for a generated column that is to have its DEFAULT."""
    path = path_of(key, targets)
    field = field_named(path[0], columns)
    refuse_identity(field)
    if isinstance(value, se.Default) and field is not None:
        if GENERATED in dict(field.metadata):
            return None
        return Assignment(path, columns.default(field))
    return Assignment(path, unaliased(bind(value, values)))


def field_named(name: str, columns: Columns) -> t.StructField | None:
    """The column called `name`."""
    key = columns.context.key
    return next((f for f in columns.schema.fields if key(f.name) == key(name)), None)


def path_of(node: se.Expression, scope: Scope) -> tuple[str, ...]:
    """The column, and the fields inside it, that the left side of an assignment names."""
    found = unaliased(bind(_name(node), scope))
    fields: list[str] = []
    while isinstance(found, e.Field):
        if isinstance(found.child.type, t.ArrayType):
            raise not_a_struct(_shown_path(found.child), found.child.type)
        fields.append(found.struct_field.name)
        found = found.child
    if isinstance(found, e.Attribute):
        return (found.name, *reversed(fields))
    inside = next(x for x in walk(found) if isinstance(x, e.Attribute))
    raise not_a_struct((inside.name,), inside.of)


def _shown_path(found: e.Expression) -> tuple[str, ...]:
    fields: list[str] = []
    while isinstance(found, e.Field):
        fields.append(found.struct_field.name)
        found = found.child
    return (found.name if isinstance(found, e.Attribute) else shown_sql(found), *reversed(fields))


def _name(node: se.Expression) -> se.Expression:
    return parse_expression(node.text) if isinstance(node, se.ExpressionText) else node


# ---- what is refused
# ----------------------------------------------------------------------------------


def is_deterministic(expressions: Iterable[e.Expression]) -> bool:
    """Whether `expressions` give the same for the same row each time."""
    return not any(is_random(node) for root in expressions for node in walk(root))


def require_deterministic(expressions: Iterable[e.Expression]) -> None:
    """INVALID_NON_DETERMINISTIC_EXPRESSIONS unless all give the same for the same row."""
    for root in expressions:
        for node in walk(root):
            if is_random(node):
                raise AnalysisError(
                    "INVALID_NON_DETERMINISTIC_EXPRESSIONS", sqlExprs=f'"{shown_sql(root)}"'
                )


def require_plain(expressions: Iterable[e.Expression]) -> None:
    """Aggregates, windows and generators have no place in the values of a row."""
    for root in expressions:
        for node in walk(root):
            if isinstance(node, e.GeneratorCall):
                raise AnalysisError("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", plan=shown_sql(root))
            if isinstance(node, (e.AggregateCall, e.WindowCall)):
                raise AnalysisError(
                    "UNSUPPORTED_EXPR_FOR_OPERATOR", invalidExprSqls=f'"{shown_sql(node)}"'
                )
