"""Joins: of all types, by condition, USING, NATURAL, lateral, as-of and nearest-by."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from boathouse.analysis.calls import bind_function, is_random
from boathouse.analysis.coercion import context_of
from boathouse.analysis.conditions import refuse_in_clause
from boathouse.analysis.correlation import refuse_correlated
from boathouse.analysis.expressions import bind as bind_expression
from boathouse.analysis.expressions import (
    bind_condition,
    unaliased,
)
from boathouse.analysis.faults import each
from boathouse.analysis.generators import outside
from boathouse.analysis.naming import plainly, row_text, shown_sql, whole_sql
from boathouse.analysis.scope import Bound, Context, Scope
from boathouse.analysis.stars import MisusedStarError
from boathouse.errors.exceptions import AnalysisError, refused
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import (
    children,
    contains,
    outer_attributes,
    outer_references,
    references,
    walk,
    walk_relations,
)
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t
from boathouse.types.coercion import wider

if TYPE_CHECKING:
    from collections.abc import Sequence

_Pair = tuple[e.Attribute, e.Attribute]
_ONE_SIDE = (sr.JoinType.LEFT_SEMI, sr.JoinType.LEFT_ANTI)


def join(node: sr.Join, context: Context) -> Bound:
    """Pairs of rows of two relations."""
    if node.natural and node.type in _ONE_SIDE:
        raise refused(f"requirement failed: Unsupported natural join type {_kind(node)}")
    left, right = _sides(node, context)
    if node.structs is not None:
        return _typed(node, node.structs, left, right, context)
    names = _common_names(node, left, right, context)
    if names:
        return _using(node, left, right, names, context)
    condition = _condition(node, left, right, context)
    if _loses_rows(node, right.plan):
        return Bound(_without_lone_rows(left.plan, right.plan), (left, right))
    plan = r.Join(left.plan, right.plan, node.type, condition, node.lateral)
    if node.type in _ONE_SIDE:
        return Bound(plan, (left,), hidden=left.hidden)
    return Bound(plan, (left, right), hidden=left.hidden + right.hidden)


def _kind(node: sr.Join) -> str:
    """The type of the join as Spark shows it, such as ``LeftOuter``."""
    return node.type.value.title().replace(" ", "")


def _loses_rows(node: sr.Join, right: r.Relation) -> bool:
    """Whether a LEFT JOIN LATERAL of a generator, without ON, gives no row for a row of which there
    is none: Spark computes its rows beside those of the left side, and forgets what join it was.
    """
    while isinstance(right, r.Project):
        right = right.child
    generates = isinstance(right, r.Generate) and isinstance(right.child, r.OneRow)
    plain = node.lateral and node.condition is None
    return plain and generates and node.type is sr.JoinType.LEFT_OUTER


def _without_lone_rows(left: r.Relation, right: r.Relation) -> r.Relation:
    there = e.Alias(e.Literal(True, t.BOOLEAN), "there")
    marked = r.Project(right, (*right.output, there))
    joined = r.Join(left, marked, sr.JoinType.LEFT_OUTER, None, True)
    *columns, mark = joined.output
    return r.Project(r.Filter(joined, mark), tuple(columns))


def _sides(node: sr.Join, context: Context) -> tuple[Bound, Bound]:
    if node.lateral:
        left = context.bind(node.left, context)
        return left, _lateral(left, node, context)
    left, right = each((node.left, node.right), lambda side: context.bind(side, context))
    return left, right


def _lateral(left: Bound, node: sr.Join, context: Context) -> Bound:
    inner = context.within(Scope.over(left, context=context))
    right = context.bind(node.right, inner)
    refuse_correlated(right.plan, context)
    if _is_random(right.plan) and not _is_one_row(left.plan):
        condition = "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.NON_DETERMINISTIC_LATERAL_SUBQUERIES"
        raise AnalysisError(condition, treeNode="LateralJoin")
    return right


def _is_random(plan: r.Relation) -> bool:
    return any(
        is_random(x) for node in walk_relations(plan) for root in children(node) for x in walk(root)
    )


def _is_one_row(plan: r.Relation) -> bool:
    """Whether `plan` has at most one row, as far as Spark sees."""
    while isinstance(plan, (r.Project, r.Filter, r.Sort, r.Distinct)):
        plan = plan.child
    match plan:
        case r.OneRow():
            return True
        case r.Aggregate():
            return not plan.grouping
        case r.Limit():
            return plan.limit is not None and plan.limit <= 1
        case _:
            return False


def _condition(node: sr.Join, left: Bound, right: Bound, context: Context) -> e.Expression | None:
    if node.condition is None:
        return None
    scope = Scope.over(left, right, context=context, clause="JOIN")
    if isinstance(node.condition, se.Star):
        raise MisusedStarError(node.condition, "Join")
    try:
        condition = unaliased(bind_expression(node.condition, scope))
    except AnalysisError as fault:
        raise outside(fault, f"Join {_kind(node)}, {{}}", node.condition, scope) from None
    if isinstance(condition, e.GeneratorCall):
        plan = f"'Join {_kind(node)}, {shown_sql(condition)}"
        raise AnalysisError("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", plan=plan)
    if not isinstance(condition.type, t.BooleanType):
        raise AnalysisError(
            "JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE",
            context_of(node.origin),
            joinCondition=f'"{shown_sql(condition)}"',
            conditionType=f'"{condition.type.sql}"',
        )
    if node.lateral and any(is_random(x) for x in walk(condition)):
        raise AnalysisError(
            "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.LATERAL_JOIN_CONDITION_NON_DETERMINISTIC",
            condition=whole_sql(condition),
        )
    refuse_in_clause(condition, "JOIN", context)
    _refuse_correlated(condition, scope)
    return condition


def _all_of(conditions: Sequence[e.Expression], scope: Scope) -> e.Expression | None:
    if len(conditions) > 1:
        return bind_function("and", conditions, scope)
    return conditions[0] if conditions else None


def _pairs(names: Sequence[str], left: Bound, right: Bound, context: Context) -> list[_Pair]:
    return [
        (_side(left, name, "left", context), _side(right, name, "right", context)) for name in names
    ]


def _equal(pairs: Sequence[_Pair], scope: Scope) -> list[e.Expression]:
    return [bind_function("=", pair, scope) for pair in pairs]


def _refuse_correlated(condition: e.Expression, scope: Scope) -> None:
    """A query for one value cannot look at the rows that are being joined; EXISTS and IN at those
    of one side alone.
    """
    here = {a.id for a in (*scope.attributes, *scope.hidden)}
    for node in walk(condition):
        if isinstance(node, (e.Exists, e.InSubquery)):
            _refuse_both_sides(node, scope)
        if isinstance(node, e.ScalarSubquery) and outer_references(node.query) & here:
            category = "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY"
            raise AnalysisError(
                f"{category}.UNSUPPORTED_CORRELATED_SCALAR_SUBQUERY",
                treeNode=f"Join {shown_sql(condition)}",
            )


def _refuse_both_sides(node: e.Exists | e.InSubquery, scope: Scope) -> None:
    seen = list(dict.fromkeys(outer_attributes(node.query)))
    values = node.values if isinstance(node, e.InSubquery) else ()
    looked = {a.id for a in seen} | {i for value in values for i in references(value)}
    if all(looked & {a.id for a in (*side.output, *side.hidden)} for side in scope.inputs):
        parts = ", ".join(plainly(whole_sql(x)) for x in (*seen, *_looking(node.query)))
        text = f"exists({parts})"
        if isinstance(node, e.InSubquery):
            left = row_text(node.values, lambda x: plainly(whole_sql(x)))
            text = f"({left} IN (listquery({parts})))"
        raise AnalysisError(
            "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY"
            ".UNSUPPORTED_CORRELATED_EXPRESSION_IN_JOIN_CONDITION",
            subqueryExpression=text,
        )


def _looking(query: r.Relation) -> list[e.Expression]:
    """The conditions in `query` that look at the query around."""
    found: list[e.Expression] = []
    for node in walk_relations(query):
        stack: list[e.Expression] = [node.condition] if isinstance(node, r.Filter) else []
        while stack:
            part = stack.pop()
            if isinstance(part, e.Call) and part.function.name == "and":
                stack += [x for x in reversed(part.arguments) if x is not None]
            elif contains(part, e.OuterReference):
                found.append(part)
    return found


def _common_names(node: sr.Join, left: Bound, right: Bound, context: Context) -> tuple[str, ...]:
    if not node.natural:
        return node.using
    key = context.key
    present = Counter(key(a.name) for a in right.output)
    common: list[str] = []
    for attribute in left.output:
        name = key(attribute.name)
        if present[name]:
            present[name] -= 1
            common.append(attribute.name)
    return tuple(common)


def _using(
    node: sr.Join, left: Bound, right: Bound, names: Sequence[str], context: Context
) -> Bound:
    """JOIN USING: each named column comes out once; both originals stay in reach by qualifier."""
    pairs = _pairs(names, left, right, context)
    scope = Scope.over(left, right, context=context)
    condition = _all_of(_equal(pairs, scope), scope)
    plan = r.Join(left.plan, right.plan, node.type, condition, node.lateral)
    if node.type in _ONE_SIDE:
        keyed = {a.id for a, _ in pairs}
        rest = [a for a in left.output if a.id not in keyed]
        return Bound(r.Project(plan, (*[a for a, _ in pairs], *rest)), (left,))
    sides = {a.id: a for a in plan.output}
    keys = [
        _key(node, sides[a.id], sides[b.id], name, scope)
        for (a, b), name in zip(pairs, names, strict=True)
    ]
    used = {x.id for pair in pairs for x in pair}
    rest = [a for a in plan.output if a.id not in used]
    listed = tuple(keys) + tuple(rest)
    shown = {a.id for a in listed if isinstance(a, e.Attribute)}
    hidden = tuple(sides[x.id] for pair in pairs for x in pair if x.id not in shown)
    everything = r.Project(plan, listed + hidden)
    outputs = everything.output[: len(listed)]
    return Bound(
        r.Project(everything, outputs),
        (left, right),
        hidden=hidden + left.hidden + right.hidden,
        select=Scope(context, everything.output, (), (left, right)),
    )


def _side(bound: Bound, name: str, side: str, context: Context) -> e.Attribute:
    found = Scope.over(bound, context=context).named(name)
    if found:
        return found[0]  # of several Spark takes the first
    raise AnalysisError(
        "UNRESOLVED_USING_COLUMN_FOR_JOIN",
        colName=t.quoted(name),
        side=side,
        suggestion=", ".join(t.quoted(a.name) for a in sorted(bound.output, key=lambda a: a.name)),
    )


def _key(node: sr.Join, left: e.Attribute, right: e.Attribute, name: str, scope: Scope) -> e.Named:
    match node.type:
        case sr.JoinType.RIGHT_OUTER:
            return right
        case sr.JoinType.FULL_OUTER:
            return e.Alias(bind_function("coalesce", [left, right], scope), left.name or name)
        case _:
            return left


# ---- joinWith
# ------------------------------------------------------------------------------------------


def _typed(
    node: sr.Join, structs: tuple[bool, bool], left: Bound, right: Bound, context: Context
) -> Bound:
    """Pairs of objects: one column for each side, NULL where an outer join finds none."""
    if node.type in _ONE_SIDE:
        kind = node.type.value.upper()
        raise AnalysisError(
            "INVALID_JOIN_TYPE_FOR_JOINWITH", context_of(node.origin), joinType=kind
        )
    conditions = [condition] if (condition := _condition(node, left, right, context)) else []
    scope = Scope.over(left, right, context=context)
    conditions += _equal(_pairs(node.using, left, right, context), scope)
    first = _whole(left, "_1", context, as_struct=structs[0])
    second = _whole(right, "_2", context, as_struct=structs[1])
    plan = r.Join(first, second, node.type, _all_of(conditions, scope))
    sides = (plan.output[len(left.output)], plan.output[-1])
    return Bound(r.Project(plan, sides), (left, right))


def _whole(bound: Bound, name: str, context: Context, *, as_struct: bool) -> r.Relation:
    """The rows of `bound` with one more column: the whole row as a struct, or its only column."""
    columns = bound.output
    scope = Scope.over(bound, context=context)
    value = bind_function("struct", columns, scope) if as_struct else columns[0]
    return r.Project(bound.plan, (*columns, e.Alias(value, name)))


# ---- nearest rows
# ---------------------------------------------------------------------------------------


def as_of_join(node: sr.AsOfJoin, context: Context) -> Bound:
    """For each left row the right row whose as-of value lies nearest in the direction asked."""
    left, right = context.bind(node.left, context), context.bind(node.right, context)
    scope = Scope.over(left, right, context=context)
    a = unaliased(bind_expression(node.left_as_of, Scope.over(left, context=context)))
    b = unaliased(bind_expression(node.right_as_of, Scope.over(right, context=context)))
    if wider(a.type, b.type, ansi=context.facts.ansi) is None:
        raise AnalysisError(
            "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
            sqlExpr='"as_of"',
            left=f'"{a.type.sql}"',
            right=f'"{b.type.sql}"',
        )
    conditions = [_in_direction(node, a, b, scope)]
    if node.condition is not None:
        conditions.append(bind_condition(node.condition, scope))
    conditions += _equal(_pairs(node.using, left, right, context), scope)
    distance = _distance(node, a, b, scope)
    if node.tolerance is not None:
        tolerance = unaliased(bind_expression(node.tolerance, scope))
        conditions.append(bind_function("<=", [distance, tolerance], scope))
    conditions = [c for c in conditions if c != e.Literal(value=True, of=t.BOOLEAN)]
    condition = _all_of(conditions, scope)
    ranking = (e.SortKey(distance, ascending=True, nulls_first=False),)
    plan = r.AsOfJoin(left.plan, right.plan, condition, ranking, 1, outer=node.type != "inner")
    return Bound(plan, (left, right))


def _in_direction(
    node: sr.AsOfJoin, left: e.Expression, right: e.Expression, scope: Scope
) -> e.Expression:
    strict = "" if node.allow_exact_matches else None
    match node.direction:
        case "backward":
            return bind_function(">=" if strict == "" else ">", [left, right], scope)
        case "forward":
            return bind_function("<=" if strict == "" else "<", [left, right], scope)
        case _ if strict == "":
            return e.Literal(value=True, of=t.BOOLEAN)
        case _:
            return bind_function("not", [bind_function("=", [left, right], scope)], scope)


def _distance(
    node: sr.AsOfJoin, left: e.Expression, right: e.Expression, scope: Scope
) -> e.Expression:
    forward = bind_function("-", [right, left], scope)
    backward = bind_function("-", [left, right], scope)
    match node.direction:
        case "backward":
            return backward
        case "forward":
            return forward
        case _:
            later = bind_function(">", [left, right], scope)
            return e.Case(((later, backward),), forward, backward.type)


def nearest_by_join(node: sr.NearestByJoin, context: Context) -> Bound:
    """For each left row the right rows that rank best (by least distance or most similarity)."""
    left, right = context.bind(node.left, context), context.bind(node.right, context)
    scope = Scope.over(left, right, context=context)
    ranking = unaliased(bind_expression(node.ranking, scope))
    ascending = node.direction != "similarity"
    key = e.SortKey(ranking, ascending, nulls_first=False)
    outer = node.type.replace("_", "").lower() == "leftouter"
    plan = r.AsOfJoin(left.plan, right.plan, None, (key,), node.results, outer)
    return Bound(plan, (left, right))
