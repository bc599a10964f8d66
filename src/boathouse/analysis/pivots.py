"""Rows to columns and back: pivot, unpivot, transpose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boathouse.analysis import grouping
from boathouse.analysis.calls import bind_function, constant_of
from boathouse.analysis.coercion import as_type, cast, context_of, mode_of
from boathouse.analysis.expressions import bind as bind_expression
from boathouse.analysis.expressions import bind_all, unaliased
from boathouse.analysis.generators import generate
from boathouse.analysis.names import visible_qualifier
from boathouse.analysis.naming import qualified_sql, shown, shown_sql
from boathouse.analysis.scope import Bound, Context, Scope
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions import casts
from boathouse.functions.signature import UNKNOWN
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import children, map_children, walk
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import is_orderable, tightest_common, widest
from boathouse.types.text import pretty_text

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_VALUES = "spark.sql.pivotMaxValues"
_IN_ONE_PASS = (t.NumericType, t.BooleanType)
_TRANSPOSE_MOST = "spark.sql.transposeMaxValues"


# ---- pivot
# ----------------------------------------------------------------------------------------------


def pivot(node: sr.Aggregate, bound: Bound, scope: Scope) -> Bound:
    """groupBy(...).pivot(column, values).agg(...)."""
    assert node.pivot is not None  # noqa: S101 - asked before
    column = unaliased(bind_expression(node.pivot.column, scope))
    keys = [unaliased_key(x) for x in bind_all(node.grouping, scope)]
    aggregates = bind_all(node.aggregates, scope)
    if node.pivot.values:
        values = [unaliased(bind_expression(v, scope)) for v in node.pivot.values]
        named = [(v, _value_name(v, scope)) for v in values]
    else:
        named = _distinct_values(bound, column, scope)
    return _pivoted(bound, scope, keys, aggregates, (column,), [([v], n) for v, n in named])


def unaliased_key(expression: e.Expression) -> e.Expression:
    """Grouping keys keep their alias, which names the output."""
    return expression


def _value_name(value: e.Expression, scope: Scope) -> str:
    text = constant_of(cast(value, t.STRING, mode_of(scope.context), scope.context), scope)
    return "null" if text is None else text


def _distinct_values(
    bound: Bound, column: e.Expression, scope: Scope
) -> list[tuple[e.Expression, str]]:
    alias = e.Alias(column, "value")
    distinct = r.Distinct(r.Project(bound.plan, (alias,)))
    ordered: r.Relation = distinct
    if is_orderable(column.type):
        ordered = r.Sort(distinct, (e.SortKey(alias.attribute),))
    most = int(scope.context.facts.setting(_MOST_VALUES) or 10_000)
    found = [row[0] for row in scope.context.rows(r.Limit(ordered, most + 1))]
    if len(found) > most:
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1324",
            pivotColumn=shown(column),
            maxValues=most,
            config=_MOST_VALUES,
        )
    literals = [e.Literal(value, column.type) for value in found]
    return [(literal, _value_name(literal, scope)) for literal in literals]


def pivot_clause(node: sr.PivotClause, bound: Bound, context: Context) -> Bound:
    """SQL's PIVOT: grouped by every column that neither an aggregate nor the clause uses."""
    scope = Scope.over(bound, context=context)
    aggregates = bind_all(node.aggregates, scope)
    for aggregate in aggregates:
        outside = _outside_of_aggregates(unaliased(aggregate))
        if outside is not None:
            raise AnalysisError(
                "_LEGACY_ERROR_TEMP_1006", context_of(node.origin), sql=qualified_sql(outside)
            )
    columns = tuple(unaliased(bind_expression(c, scope)) for c in node.columns)
    for column in columns:
        if not is_orderable(column.type):
            parts = visible_qualifier(column) if isinstance(column, e.Attribute) else ()
            name = ".".join(t.quoted(part) for part in (*parts, shown(column)))
            raise AnalysisError("INCOMPARABLE_PIVOT_COLUMN", columnName=name)
    used = {a.id for x in (*aggregates, *columns) for a in walk(x) if isinstance(a, e.Attribute)}
    keys: list[e.Expression] = [a for a in bound.output if a.id not in used]
    values = [_clause_value(v, columns, scope) for v in node.values]
    return _pivoted(bound, scope, keys, aggregates, columns, values)


def _outside_of_aggregates(expression: e.Expression) -> e.Expression | None:
    """What of an entry of PIVOT is not computed from aggregates; None if all is."""
    found: list[e.Expression] = [expression]
    while found:
        inner = found.pop()
        if isinstance(inner, e.Attribute):
            return inner
        if not isinstance(inner, e.AggregateCall):
            found += children(inner)
    return None if grouping.has_aggregate(expression) else expression


def _clause_value(
    node: Any, columns: Sequence[e.Expression], scope: Scope
) -> tuple[list[e.Expression], str]:
    bound = bind_expression(node, scope)
    value = unaliased(bound)
    constant = constant_of(value, scope)
    if constant is UNKNOWN:
        raise AnalysisError("NON_LITERAL_PIVOT_VALUES", expression=f'"{shown_sql(value)}"')
    if len(columns) == 1:
        name = bound.name if isinstance(bound, e.Alias) else _value_name(value, scope)
        wanted = columns[0].type
        mode = mode_of(scope.context)
        if not casts.can_cast(value.type, wanted, mode):
            mode = CastMode.LEGACY
        if not casts.can_cast(value.type, wanted, mode):
            raise _pivot_type(value, wanted)
        if tightest_common(value.type, wanted) is not None:
            return [value], name
        fitted = cast(value, wanted, mode, scope.context)
        return [e.Literal(constant_of(fitted, scope), wanted)], name
    of = value.type
    asked = t.StructType(tuple(t.StructField(shown(c), c.type, c.nullable) for c in columns))
    if not isinstance(of, t.StructType) or not casts.can_cast(of, asked, CastMode.LEGACY):
        raise _pivot_type(value, asked)
    parts: list[e.Expression] = [
        e.Literal(None if constant is None else constant[i], f.type)
        for i, f in enumerate(of.fields)
    ]
    return parts, bound.name if isinstance(bound, e.Alias) else _value_name(value, scope)


def _pivot_type(value: e.Expression, wanted: t.DataType) -> AnalysisError:
    return AnalysisError(
        "PIVOT_VALUE_DATA_TYPE_MISMATCH",
        value=shown(value),
        valueType=value.type.simple,
        pivotType=wanted.simple,
    )


def _pivoted(
    bound: Bound,
    scope: Scope,
    keys: Sequence[e.Expression],
    aggregates: Sequence[e.Expression],
    columns: Sequence[e.Expression],
    values: Sequence[tuple[list[e.Expression], str]],
) -> Bound:
    """One output for each value and aggregate: the aggregate over the rows with that value. Where
    all of them are numbers it is null where there are no such rows; else as of no rows at all.
    """
    whole = all(isinstance(unaliased(x).type, _IN_ONE_PASS) for x in aggregates)
    outputs: list[e.Expression] = list(keys)
    kept = _kept_places([value for value, _ in values], scope) if whole else set(range(len(values)))
    for place, (value, name) in enumerate(values):
        equal = [bind_function("<=>", [c, v], scope) for c, v in zip(columns, value, strict=True)]
        condition = equal[0] if len(equal) == 1 else bind_function("and", equal, scope)
        for aggregate in aggregates:
            filtered = _filtered(unaliased(aggregate), condition, scope, or_null=whole)
            if place >= len(kept):
                filtered = _lost(filtered, place, len(kept), scope)
            elif place not in kept:
                filtered = e.Literal(None, filtered.type)
            full = name if len(aggregates) == 1 else f"{name}_{_aggregate_name(aggregate)}"
            outputs.append(e.Alias(filtered, full))
    return grouping.group(bound, scope, tuple(keys), outputs)


def _kept_places(values: Sequence[list[e.Expression]], scope: Scope) -> set[int]:
    """Where what is computed for each of `values` goes: Spark has as many places as there are
    different ones, and of equal ones takes the last.
    """
    last = {
        repr([constant_of(part, scope) for part in value]): place
        for place, value in enumerate(values)
    }
    return set(last.values())


def _lost(result: e.Expression, place: int, places: int, scope: Scope) -> e.Expression:
    """What is found at a `place` behind the `places` for results, of which `result` is one."""
    nulls = [e.Literal(None, result.type)] * (places - 1)
    results = bind_function("array", [result, *nulls], scope)
    return bind_function("array_item", [results, e.Literal(place, t.INTEGER)], scope)


def _aggregate_name(aggregate: e.Expression) -> str:
    return aggregate.name if isinstance(aggregate, e.Alias) else shown(aggregate)


def _filtered(
    root: e.Expression, condition: e.Expression, scope: Scope, *, or_null: bool
) -> e.Expression:
    def visit(node: e.Expression) -> e.Expression:
        if not isinstance(node, e.AggregateCall):
            return map_children(node, visit)
        both = (
            condition
            if node.condition is None
            else (bind_function("and", [node.condition, condition], scope))
        )
        return replace(node, condition=both)

    if not or_null:
        return visit(root)
    count = bind_function("count", [e.Literal(1, t.INTEGER)], scope)
    assert isinstance(count, e.AggregateCall)  # noqa: S101 - count is one
    any_row = bind_function(">", [replace(count, condition=condition), e.Literal(0, t.LONG)], scope)
    return e.Case(((any_row, visit(root)),), None, root.type)


# ---- unpivot
# --------------------------------------------------------------------------------------------


def unpivot(node: sr.Unpivot, bound: Bound, context: Context) -> Bound:
    """Each row becomes one row for each group of value columns: a generator of structs."""
    scope = Scope.over(bound, context=context)
    groups = _groups(node, scope)
    ids = _ids(node, scope, groups)
    width = len(groups[0]) if groups else len(node.value_names)
    if any(len(group) != width for group in groups) or width != len(node.value_names):
        raise AnalysisError("UNPIVOT_VALUE_SIZE_MISMATCH", names=len(node.value_names))
    types = [_common(groups, position) for position in range(width)]
    names = [_group_name(group, alias) for group, alias in _aliased(groups, node.aliases)]
    rows = [
        [
            e.Literal(name, t.STRING),
            *[as_type(x, of, context) for x, of in zip(group, types, strict=True)],
        ]
        for name, group in zip(names, groups, strict=True)
    ]
    structs = [_struct(row, scope) for row in rows]
    call = bind_function("inline", [bind_function("array", structs, scope)], scope)
    assert isinstance(call, e.GeneratorCall)  # noqa: S101 - inline is one
    nullable = [any(group[i].nullable for group in groups) for i in range(width)]
    fields = [t.StructField(node.variable_name, t.STRING, nullable=False)]
    fields += [
        t.StructField(n, of, null)
        for n, of, null in zip(node.value_names, types, nullable, strict=True)
    ]
    call = replace(call, schema=t.StructType(tuple(fields)))
    plan, attributes = generate(bound.plan, call)
    result: r.Relation = r.Project(plan, (*[grouping.named(x) for x in ids], *attributes))
    if not node.include_nulls:
        _refuse_ambiguous(node, ids, context)
        if width > 1:
            bind_function("coalesce", attributes[1:], scope)  # Spark looks so for what is there.
        present = [bind_function("isnotnull", [a], scope) for a in attributes[1:]]
        condition = present[0] if len(present) == 1 else bind_function("or", present, scope)
        result = r.Filter(result, condition)
    return Bound(result, (bound,))


def _refuse_ambiguous(node: sr.Unpivot, ids: list[e.Expression], context: Context) -> None:
    """Rows without a value are left away by its name, which must then be the only one."""
    columns = [grouping.named(x) for x in ids]
    names = [(*visible_qualifier(c), c.name) for c in columns]
    names += [(name,) for name in (node.variable_name, *node.value_names)]
    for value in node.value_names:
        alike = [name for name in names if context.key(name[-1]) == context.key(value)]
        if len(alike) > 1:
            listed = ", ".join(sorted(".".join(map(t.quoted, name)) for name in alike))
            raise AnalysisError(
                "AMBIGUOUS_REFERENCE", name=t.quoted(value), referenceNames=f"[{listed}]"
            )


def _struct(row: list[e.Expression], scope: Scope) -> e.Expression:
    arguments: list[e.Expression] = []
    for index, value in enumerate(row):
        arguments += [e.Literal(str(index), t.STRING), value]
    return bind_function("named_struct", arguments, scope)


def _groups(node: sr.Unpivot, scope: Scope) -> list[list[e.Expression]]:
    if node.values is not None:
        if not node.values:
            raise AnalysisError("UNPIVOT_REQUIRES_VALUE_COLUMNS")
        groups = [bind_all(group, scope) for group in node.values]
        if any(len(group) > 1 for group in groups) and len(node.value_names) == 1:
            groups = [[x] for group in groups for x in group]
        return groups
    chosen = {
        a.id for x in bind_all(node.ids or (), scope) for a in [x] if isinstance(a, e.Attribute)
    }
    rest: list[list[e.Expression]] = [[a] for a in scope.attributes if a.id not in chosen]
    if not rest:
        raise AnalysisError("UNPIVOT_REQUIRES_VALUE_COLUMNS")
    return rest


def _ids(node: sr.Unpivot, scope: Scope, groups: list[list[e.Expression]]) -> list[e.Expression]:
    if node.ids is not None:
        return bind_all(node.ids, scope)
    values = [x for group in groups for x in group]
    refused = [x for x in values if not isinstance(x, e.Attribute)]
    if refused:
        text = ", ".join(f'"{shown_sql(grouping.named(x))}"' for x in refused)
        raise AnalysisError(
            "UNPIVOT_REQUIRES_ATTRIBUTES", given="value", empty="id", expressions=text
        )
    used = {x.id for x in values if isinstance(x, e.Attribute)}
    return [a for a in scope.attributes if a.id not in used]


def _aliased(
    groups: list[list[e.Expression]], aliases: Sequence[str | None]
) -> list[tuple[list[e.Expression], str | None]]:
    padded = [*aliases, *[None] * (len(groups) - len(aliases))]
    return list(zip(groups, padded, strict=True))


def _group_name(group: list[e.Expression], alias: str | None) -> str:
    return alias if alias is not None else "_".join(grouping.named(x).name for x in group)


def _common(groups: list[list[e.Expression]], position: int) -> t.DataType:
    columns = [group[position] for group in groups]
    # Spark takes the old rules for numbers here: a float next to a whole number stays a float.
    common = widest((c.type for c in columns), ansi=False, promotes_text=False)
    if common is None:
        by_type: dict[str, list[str]] = {}
        for group in groups:
            of, name = _told(group)
            by_type.setdefault(f'"{of.sql}"', []).append(name)
        listed = ", ".join(
            f"{of} ({', '.join(_first(sorted(names)))})" for of, names in sorted(by_type.items())
        )
        raise AnalysisError("UNPIVOT_VALUE_DATA_TYPE_MISMATCH", types=listed)
    # Where none is cast, nulls inside are where the first says that they are.
    alike = all(c.type.simple == columns[0].type.simple for c in columns)
    return columns[0].type if alike else common


def _told(group: list[e.Expression]) -> tuple[t.DataType, str]:
    """The type of a group of value columns and its name: several are a struct, parted at dots."""
    columns = [grouping.named(x) for x in group]
    if len(columns) == 1:
        return columns[0].type, t.quoted(columns[0].name)
    fields = tuple(t.StructField(c.name, c.type, c.nullable) for c in columns)
    parts = [f"'{c.name}', {'.'.join((*visible_qualifier(c), c.name))}" for c in columns]
    text = f"named_struct({', '.join(parts)})"
    return t.StructType(fields), ".".join(map(t.quoted, text.split(".")))


def _first(names: list[str]) -> list[str]:
    """Three of `names`, and that there are more."""
    return names if len(names) <= _SOME else [*names[:_SOME], "..."]


_SOME = 3


# ---- transpose
# --------------------------------------------------------------------------------------------


def transpose(node: sr.Transpose, bound: Bound, context: Context) -> Bound:
    """Each column becomes a row, each row a column named after its index value."""
    scope = Scope.over(bound, context=context)
    index = unaliased(bind_expression(node.index[0], scope)) if node.index else bound.output[0]
    if not isinstance(index, e.Attribute):
        raise AnalysisError("TRANSPOSE_INVALID_INDEX_COLUMN", reason="it is not a column")
    if isinstance(index.of, (t.ArrayType, t.MapType, t.StructType)):
        raise AnalysisError(
            "TRANSPOSE_INVALID_INDEX_COLUMN",
            reason=f"Index column must be of atomic type, but found: {index.of.sql}",
        )
    rest = [a for a in bound.output if a.id != index.id]
    common = widest((a.of for a in rest), promotes_text=False) if rest else t.STRING
    if common is None:
        types = [a.of for a in rest]
        first, last = f'"{types[0].sql}"', f'"{types[-1].sql}"'
        raise AnalysisError("TRANSPOSE_NO_LEAST_COMMON_TYPE", dt1=first, dt2=last)
    most = int(context.facts.setting(_TRANSPOSE_MOST) or 500)
    plan = r.Project(
        bound.plan,
        (
            e.Alias(index, "index"),
            *[e.Alias(as_type(a, common, context), a.name) for a in rest],
        ),
    )
    present = bind_function("isnotnull", [plan.output[0]], scope)
    ordered = r.Sort(r.Filter(plan, present), (e.SortKey(plan.output[0]),))
    rows = context.rows(r.Limit(ordered, most + 1))
    if len(rows) > most:
        raise AnalysisError("TRANSPOSE_EXCEED_ROW_LIMIT", maxValues=most, config=_TRANSPOSE_MOST)
    return _transposed(rest, rows, index.of, common, context.facts.zone)


def _transposed(
    columns: Sequence[e.Attribute],
    rows: list[tuple[Any, ...]],
    index: t.DataType,
    common: t.DataType,
    zone: str,
) -> Bound:
    attributes = [e.Attribute(e.fresh_id(), "key", t.STRING, may_be_null=False)]
    attributes += [
        e.Attribute(e.fresh_id(), pretty_text(row[0], index, zone), common) for row in rows
    ]
    values = tuple(
        (e.Literal(column.name, t.STRING), *[e.Literal(row[position], common) for row in rows])
        for position, column in enumerate(columns, 1)
    )
    if not values:
        empty = tuple(e.Literal(None, a.of) for a in attributes)
        none = r.Filter(r.Values((empty,), tuple(attributes)), e.Literal(value=False, of=t.BOOLEAN))
        return Bound(none)
    return Bound(r.Values(values, tuple(attributes)))
