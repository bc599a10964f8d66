"""GROUP BY: which expressions are keys, which are aggregates, and what is neither."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn, TypeGuard

from boathouse.analysis.calls import is_random
from boathouse.analysis.coercion import context_of
from boathouse.analysis.correlation import correlated, refuse_outer
from boathouse.analysis.exposure import aggregate_below, expose, with_aggregate, with_hidden
from boathouse.analysis.expressions import bind, expand, unaliased
from boathouse.analysis.generators import extract_generators
from boathouse.analysis.naming import numbered, qualified_sql, shown, shown_sql
from boathouse.analysis.scope import Bound, Context, Grouped, Scope
from boathouse.analysis.stars import refuse_inner_stars
from boathouse.analysis.windows import layered
from boathouse.errors.exceptions import AnalysisError, ParseError
from boathouse.functions.registry import look_up
from boathouse.functions.signature import Kind
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import children, contains, map_children, outer_attributes, walk
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.spec.nodes import nodes_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    BindList = Callable[[Sequence[se.Expression], Scope], list[e.Expression]]

    Tell = Callable[[AnalysisError], None]

Sets = tuple[tuple[int, ...], ...]

_OF_GROUPS = (e.AggregateCall, e.GroupingIndicator)


def has_aggregate(expression: e.Expression) -> bool:
    """Whether an aggregate stands in `expression` outside of the function of a window."""
    stack = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, _OF_GROUPS):
            return True
        stack.extend(_parts(node))
    return False


def _parts(node: e.Expression) -> list[e.Expression]:
    """The expressions inside `node`; a window function itself is not an aggregate of the group."""
    if isinstance(node, e.WindowCall):
        inside = [a for a in node.function.arguments if a is not None]
        return [*inside, *node.partition, *[key.child for key in node.order]]
    found: list[e.Expression] = []
    map_children(node, lambda child: found.append(child) or child)
    return found


def named(expression: e.Expression) -> e.Named:
    """`expression` as an entry of a select list, under Spark's name when it has none."""
    match expression:
        case e.Alias() | e.Attribute():
            return expression
        case e.Cast(child=(e.Attribute() | e.Alias()) as column) if expression.explicit:
            return e.Alias(expression, column.name, generated=True)
        case e.OuterReference():
            return e.Alias(expression, expression.attribute.name, generated=True)
        case _:
            return e.Alias(expression, shown(expression), generated=True)


def grouped_by(node: sr.Aggregate, bound: Bound, context: Context, bind_list: BindList) -> Bound:
    """The relation that `node` makes of `bound`."""
    scope = Scope.over(bound, context=context)
    aggregates = bind_list(node.aggregates, _with_keys(node, scope))
    if node.piped:  # the positions among the keys are those of the input's columns
        keyed = len(node.aggregates) - node.piped
        for i, item in enumerate(node.aggregates[:keyed]):
            if _is_position(item, scope):
                aggregates[i] = _by_position(item.value, scope.attributes)
    for item in aggregates[len(aggregates) - node.piped :]:
        if contains(item, e.WindowCall) and not isinstance(item, e.Alias):
            condition = "UNSUPPORTED_FEATURE.PIPE_OPERATOR_AGGREGATE_UNSUPPORTED_CASE"
            raise ParseError(condition, context_of(node.origin), case=_PIPED_WINDOWS)
        if not has_aggregate(item):
            condition = "PIPE_OPERATOR_AGGREGATE_EXPRESSION_CONTAINS_NO_AGGREGATE_FUNCTION"
            text = shown_sql(item) if isinstance(item, e.Alias) else numbered(item)
            raise AnalysisError(condition, expr=text)
    keys, sets = _keys(node, scope, aggregates)
    keys, sets = _distinct_keys(keys, sets)
    expressions = aggregates if node.select_list else [*keys, *aggregates]
    return group(bound, scope, tuple(keys), expressions, sets)


_PIPED_WINDOWS = (
    "window functions; please update the query to move the window functions to a subsequent "
    "|> SELECT operator instead"
)


def _with_keys(node: sr.Aggregate, scope: Scope) -> Scope:
    """A DataFrame's keys stand to the left of its aggregates, which may name their aliases."""
    if node.select_list or node.kind is not sr.GroupKind.GROUP_BY:
        return scope
    keys = (bind(item, scope) for item in node.grouping if isinstance(item, se.Alias))
    aliases = {scope.context.key(x.name): x.child for x in keys if isinstance(x, e.Alias)}
    return scope.with_aliases(aliases) if aliases else scope


def refuse_piped_aggregates(expressions: Iterable[e.Expression], clause: str) -> None:
    """EXTEND and SET compute row by row."""
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, e.WindowCall):
                break
            if isinstance(node, e.AggregateCall):
                condition = "PIPE_OPERATOR_CONTAINS_AGGREGATE_FUNCTION"
                text = numbered(node)
                raise AnalysisError(condition, expr=text, clause=clause)


def _distinct_keys(
    keys: list[e.Expression], sets: Sets | None
) -> tuple[list[e.Expression], Sets | None]:
    if sets is None:
        return keys, None
    distinct: list[e.Expression] = []
    position = [
        distinct.index(k) if k in distinct else (distinct.append(k), len(distinct) - 1)[1]
        for k in keys
    ]
    return distinct, tuple(tuple(dict.fromkeys(position[i] for i in one)) for one in sets)


# ---- keys and grouping sets
# ---------------------------------------------------------------------------


def _keys(
    node: sr.Aggregate, scope: Scope, aggregates: list[e.Expression]
) -> tuple[list[e.Expression], Sets | None]:
    if node.by_all:
        keys = [unaliased(x) for x in aggregates if not contains(x, *_OF_GROUPS)]
        for item in node.aggregates:
            _refuse_lateral(item, scope)
        if not keys and any(_beside(unaliased(item)) for item in aggregates):
            raise AnalysisError("UNRESOLVED_ALL_IN_GROUP_BY")
        return keys, None

    def key(item: se.Expression) -> e.Expression:
        return _key(item, node, scope, aggregates)

    plain = [key(item) for item in node.grouping]
    indexes = tuple(range(len(plain)))
    match node.kind:
        case sr.GroupKind.ROLLUP:
            return plain, rollup([(i,) for i in indexes])
        case sr.GroupKind.CUBE:
            return plain, cube([(i,) for i in indexes])
        case sr.GroupKind.GROUPING_SETS if not node.analytics:
            return _explicit_sets(node, plain, key)
        case _:
            return (plain, None) if not node.analytics else _analytics(node, plain, key)


def _beside(item: e.Expression) -> bool:
    """Whether there is a column outside of the aggregates of `item`."""
    stack = [item]
    while stack:
        node = stack.pop()
        if isinstance(node, e.Attribute):
            return True
        if not isinstance(node, e.AggregateCall):
            stack.extend(_parts(node))
    return False


def rollup(items: Sequence[tuple[int, ...]]) -> Sets:
    """All prefixes, the longest first."""
    return tuple(tuple(itertools.chain.from_iterable(items[:n])) for n in range(len(items), -1, -1))


def cube(items: Sequence[tuple[int, ...]]) -> Sets:
    """All subsets."""
    chosen = itertools.product((True, False), repeat=len(items))
    return tuple(
        tuple(
            itertools.chain.from_iterable(x for x, take in zip(items, takes, strict=True) if take)
        )
        for takes in chosen
    )


def _explicit_sets(
    node: sr.Aggregate, plain: list[e.Expression], key: Callable[[se.Expression], e.Expression]
) -> tuple[list[e.Expression], Sets]:
    keys = list(plain)
    sets = [tuple(_index(keys, key(item)) for item in one) for one in node.grouping_sets]
    return keys, tuple(sets)


def _index(keys: list[e.Expression], wanted: e.Expression) -> int:
    if wanted not in keys:
        keys.append(wanted)
    return keys.index(wanted)


def _analytics(
    node: sr.Aggregate, plain: list[e.Expression], key: Callable[[se.Expression], e.Expression]
) -> tuple[list[e.Expression], Sets]:
    """GROUP BY a, ROLLUP(b, c), ...: every combination of one set from each item."""
    keys = list(plain)
    choices: list[Sets] = [(tuple(range(len(plain))),)]
    for item in node.analytics:
        parts = [tuple(_index(keys, key(x)) for x in one) for one in item.sets]
        make = {sr.GroupKind.ROLLUP: rollup, sr.GroupKind.CUBE: cube}.get(item.kind)
        choices.append(make(parts) if make else tuple(parts))
    combined = itertools.product(*choices)
    return keys, tuple(tuple(dict.fromkeys(itertools.chain.from_iterable(one))) for one in combined)


def _key(
    item: se.Expression, node: sr.Aggregate, scope: Scope, aggregates: list[e.Expression]
) -> e.Expression:
    if node.select_list and _is_position(item, scope):
        if any(isinstance(x, se.Star) for x in node.aggregates):
            raise AnalysisError("STAR_GROUP_BY_POS")
        listed: Sequence[e.Expression] = scope.attributes if node.piped else aggregates
        return _by_position(item.value, listed)
    listed_query = _listed_query(item, node, aggregates)
    if listed_query is not None:
        return listed_query
    refuse_inner_stars(item)
    try:
        with scope.context.attempt():
            found = bind(item, scope)
    except AnalysisError as missing:
        allowed = scope.context.facts.setting("spark.sql.groupByAliases") != "false"
        alias = _by_alias(item, scope, aggregates) if node.select_list and allowed else None
        if alias is None or not missing.condition.startswith("UNRESOLVED_COLUMN"):
            raise
        for entry in _called(item, node, scope):
            _refuse_lateral(entry, scope)
        found = alias
    windows = [x for x in walk(found) if isinstance(x, e.WindowCall)]
    if has_aggregate(found) or any(x.function.function.kind is Kind.AGGREGATE for x in windows):
        fault = AnalysisError("GROUP_BY_AGGREGATE", sqlExpr=qualified_sql(found))
        scope.context.postpone(fault)
    elif windows or contains(found, e.GeneratorCall):
        text = f'"{shown_sql(found)}"'
        fault = AnalysisError("UNSUPPORTED_EXPR_FOR_OPERATOR", invalidExprSqls=text)
        scope.context.postpone(fault)
    return found if not node.select_list else unaliased(found)


def _listed_query(
    item: se.Expression, node: sr.Aggregate, aggregates: Sequence[e.Expression]
) -> e.Expression | None:
    """The entry of the select list that is `item`, where there is a query in it: each time that one
    is bound it has columns of its own.
    """
    if len(node.aggregates) != len(aggregates):
        return None
    if not any(isinstance(x, se.Subquery) for x in nodes_of(item, into=se.Expression)):
        return None
    for entry, bound in zip(node.aggregates, aggregates, strict=True):
        if item == (entry.child if isinstance(entry, se.Alias) else entry):
            return unaliased(bound)
    return None


def _called(item: se.Expression, node: sr.Aggregate, scope: Scope) -> list[se.Alias]:
    """The entries of the select list that `item` names."""
    key = scope.context.key
    name = key(item.parts[0]) if isinstance(item, se.Name) else None
    entries = [x for x in node.aggregates if isinstance(x, se.Alias)]
    return [x for x in entries if key(x.names[0]) == name]


def _refuse_lateral(entry: se.Expression, scope: Scope) -> None:
    """An entry that becomes a key must do without the aliases to its left."""
    try:
        expand(entry, scope)
    except AnalysisError as missing:
        if missing.condition.startswith("UNRESOLVED_COLUMN"):
            raise AnalysisError("UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_GROUP_BY") from None


def _is_position(item: se.Expression, scope: Scope) -> TypeGuard[se.Literal]:
    return (
        isinstance(item, se.Literal)
        and isinstance(item.type, t.IntegerType)
        and scope.context.facts.setting("spark.sql.groupByOrdinal") != "false"
    )


def _by_position(position: int, aggregates: Sequence[e.Expression]) -> e.Expression:
    if not 1 <= position <= len(aggregates):
        raise AnalysisError("GROUP_BY_POS_OUT_OF_RANGE", index=position, size=len(aggregates))
    found = unaliased(aggregates[position - 1])
    if has_aggregate(found):
        entry = aggregates[position - 1]
        text = entry if isinstance(entry, e.Alias) else e.Alias(found, shown(found))
        raise AnalysisError("GROUP_BY_POS_AGGREGATE", index=position, aggExpr=qualified_sql(text))
    return found


def _by_alias(
    item: se.Expression, scope: Scope, aggregates: list[e.Expression]
) -> e.Expression | None:
    named = [x for x in reversed(aggregates) if isinstance(x, e.Alias)]  # The first of a name.
    definitions = {scope.context.key(x.name): x.child for x in named}
    try:
        with scope.context.attempt():
            return unaliased(bind(item, scope.with_aliases(definitions)))
    except AnalysisError:
        return None


# ---- the aggregate
# ------------------------------------------------------------------------------------


def group(
    bound: Bound,
    scope: Scope,
    keys: Sequence[e.Expression],
    expressions: Sequence[e.Expression],
    sets: Sets | None = None,
) -> Bound:
    """Project(Aggregate(bound)) giving `expressions`."""
    aliases = tuple(_key_alias(key, sets) for key in keys)
    tell = scope.context.postpone
    collector = Collector(aliases, sets is not None, tell, tell)
    refuse_outer(expressions)
    _refuse_correlated_keys(keys, expressions)
    _refuse_correlated(expressions, keys, tell)
    outputs = [collector.output(x) for x in expressions]
    _refuse_unordered(aliases, tell)
    scope.context.waiting.settle(0)
    below = with_hidden(bound, (*aliases, *collector.aggregates))
    plan = r.Aggregate(below, aliases, tuple(collector.aggregates), sets)
    refreshed = {a.id: a for a in plan.output}
    plan, listed = extract_generators(plan, outputs)
    final = tuple(_refreshed(output, refreshed) for output in map(named, listed))
    return Bound(layered(plan, final), (bound,), grouped=Grouped(scope, aliases), select=scope)


def _refuse_correlated(
    expressions: Sequence[e.Expression], keys: Sequence[e.Expression], tell: Tell
) -> None:
    """A query for one value that looks at the row it stands in must be a key, or aggregated."""
    stack = list(expressions)
    while stack:
        node = stack.pop()
        if node in keys or isinstance(node, e.AggregateCall):
            continue
        if isinstance(node, e.ScalarSubquery) and outer_attributes(node.query):
            condition = "SCALAR_SUBQUERY_IS_IN_GROUP_BY_OR_AGGREGATE_FUNCTION"
            tell(AnalysisError(condition, sqlExpr=f'"{shown_sql(node)}"'))
        if isinstance(node, (e.Exists, e.InSubquery)):
            for column in outer_attributes(node.query):
                if column not in keys:
                    tell(_not_grouped(column, keys))
        stack += children(node)


def _refuse_correlated_keys(
    keys: Sequence[e.Expression], expressions: Sequence[e.Expression]
) -> None:
    """A query for one value that is a key and looks at the row it stands in must be listed too."""
    for key in keys:
        if correlated(key) and not any(key in walk(x) for x in expressions):
            place = "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY"
            raise AnalysisError(f"{place}.MUST_AGGREGATE_CORRELATED_SCALAR_SUBQUERY")


def _refuse_unordered(keys: Sequence[e.Alias], tell: Tell) -> None:
    for key in keys:
        if t.contains_type(key.type, t.VariantType):
            fault = AnalysisError(
                "GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE",
                sqlExpr=f'"{shown_sql(key.child)}"',
                dataType=f'"{key.type.sql}"',
            )
            tell(fault)


def refuse_incomparable(columns: Sequence[e.Attribute], context: Context) -> None:
    """DISTINCT and set operations cannot compare maps and variants."""
    for column in columns:
        for kind, name in ((t.MapType, "MAP"), (t.VariantType, "VARIANT")):
            if t.contains_type(column.of, kind):
                fault = AnalysisError(
                    f"UNSUPPORTED_FEATURE.SET_OPERATION_ON_{name}_TYPE",
                    colName=t.quoted(column.name),
                    dataType=f'"{column.of.sql}"',
                )
                context.postpone(fault)


def _refreshed(output: e.Named, known: dict[int, e.Attribute]) -> e.Named:
    """`output` with the nullability that grouping sets give to keys."""
    if isinstance(output, e.Attribute):
        inner = known.get(output.id)
        return output if inner is None else output.made_nullable(nullable=inner.may_be_null)
    return output


def _key_alias(key: e.Expression, sets: Sets | None) -> e.Alias:
    """A key's column. A plain column stays the same column, unless sets may blank it out."""
    if isinstance(key, e.Attribute) and sets is None:
        return e.Alias(key, key.name, key.id, key.metadata, key.qualifier)
    if isinstance(key, e.Attribute):
        return e.Alias(key, key.name, metadata=key.metadata, qualifier=key.qualifier)
    found = named(key)
    assert isinstance(found, e.Alias)  # noqa: S101 - only attributes are not
    return found


_COMMUTES = {"+", "*", "=", "<=>", "and", "or", "&", "|", "^"}
_MIRRORS = {">": "<", ">=": "<="}


def canonical(expression: e.Expression) -> e.Expression:
    """`expression` in a form that those share which Spark takes for the same: ``1 + a`` is
    ``a + 1``.
    """
    changed = map_children(expression, canonical)
    if isinstance(changed, e.Lambda):
        return _renumbered(changed)
    if not isinstance(changed, e.Call):
        return changed
    name = changed.function.name
    if name in _COMMUTES:
        return replace(changed, arguments=tuple(sorted(changed.arguments, key=repr)))
    mirrored = look_up(_MIRRORS.get(name, ""))
    if mirrored is not None:
        return replace(changed, function=mirrored, arguments=changed.arguments[::-1])
    return changed


def _renumbered(function: e.Lambda) -> e.Lambda:
    """`function`, the lambdas inside of which are renumbered, with parameters that have the numbers
    below theirs: wherever it is written again it is the same.
    """
    inside = (part for part in walk(function.body) if isinstance(part, e.Lambda))
    lowest = min((p.id for part in inside for p in part.parameters), default=0)
    numbers = {p.id: lowest - place for place, p in enumerate(function.parameters, 1)}

    def renumbered(part: e.Expression) -> e.Expression:
        if isinstance(part, e.LambdaVariable):
            return replace(part, id=numbers.get(part.id, part.id))
        return map_children(part, renumbered)

    parameters = tuple(replace(p, id=numbers[p.id]) for p in function.parameters)
    return e.Lambda(parameters, renumbered(function.body))


def refuse_without_over(expressions: Sequence[e.Expression], tell: Tell) -> None:
    """Ranks and the like stand before OVER only."""
    stack = list(expressions[::-1])
    while stack:
        node = stack.pop()
        if isinstance(node, e.AggregateCall) and node.function.kind is Kind.WINDOW:
            condition = "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE"
            tell(AnalysisError(condition, funcName=f'"{shown_sql(node)}"'))
        stack.extend(reversed(_parts(node)))


def raised(fault: AnalysisError) -> NoReturn:
    """Tell `fault` at once."""
    raise fault


class Collector:
    """Takes the aggregates out of expressions and puts columns in their place."""

    def __init__(self, keys: Sequence[e.Alias], blanks: bool, tell: Tell, lacks: Tell) -> None:  # noqa: FBT001
        """Group by `keys`; `blanks` when grouping sets may turn them to null. It can `tell` of
        faults, and of a column that it `lacks` a place among the keys.
        """
        self.keys = keys
        self._tell = tell
        self._lacks = lacks
        self._blanks = blanks
        self.aggregates: list[e.Alias] = []
        self.kept: set[int] = set()
        """Columns that need no grouping because they come from above the groups."""
        self._by_key = {
            canonical(key.child): key.attribute.made_nullable() if blanks else key.attribute
            for key in keys
        }
        self._by_call: dict[e.Expression, e.Attribute] = {}

    def output(self, expression: e.Expression) -> e.Expression:
        """`expression` as an output, or a generator of outputs, over keys and aggregates."""
        if isinstance(expression, e.GeneratorCall):
            return map_children(expression, self.replaced)
        if isinstance(expression, e.Alias):
            key = next((k for k in self.keys if k.id == expression.id), None)
            if key is not None:
                return self._by_key[canonical(key.child)].named(expression.name)
            child = self.replaced(expression.child)
            return e.Alias(
                child,
                expression.name,
                expression.id,
                expression.metadata,
                expression.qualifier,
                expression.generated,
            )
        name = named(expression)
        result = self.replaced(expression)
        if isinstance(result, e.Attribute):
            return (
                result
                if result.name == name.name and isinstance(expression, e.Attribute)
                else (e.Alias(result, name.name, metadata=result.metadata, generated=True))
            )
        return e.Alias(result, name.name, generated=True)

    def replaced(self, expression: e.Expression) -> e.Expression:
        """`expression` over keys and aggregates."""
        found = self._by_key.get(canonical(expression))
        if found is not None:
            return found
        if isinstance(expression, (e.AggregateCall, e.GroupingIndicator)):
            return self._collected(expression)
        if isinstance(expression, e.WindowCall):
            return self._window(expression)
        if isinstance(expression, e.Attribute):
            if expression.id in self.kept:
                return expression
            self._lacks(_not_grouped(expression, self.keys))
            return expression
        if isinstance(expression, e.Call) and expression.function.name == "window_time":
            # Spark computes it below the groups.
            self._tell(_lacking(expression))
            return expression
        return map_children(expression, self.replaced)

    def remember(self, alias: e.Alias) -> None:
        """Use the aggregate that `alias` computes already."""
        self._by_call[alias.child] = alias.attribute

    def _collected(self, call: e.AggregateCall | e.GroupingIndicator) -> e.Attribute:
        if isinstance(call, e.GroupingIndicator):
            call = self._indicator(call)
        elif call.function.kind.value == "window":
            refuse_without_over([call], self._tell)
        else:
            _check_aggregate(call, self._tell)
        found = self._by_call.get(call)
        if found is None:
            alias = e.Alias(call, shown(call))
            self.aggregates.append(alias)
            found = self._by_call[call] = alias.attribute
        return found

    def _indicator(self, call: e.GroupingIndicator) -> e.GroupingIndicator:
        known = tuple(key.child for key in self.keys)
        if not self._blanks:
            for column in call.columns:
                if isinstance(column, e.Attribute) and column not in known:
                    self._lacks(_not_grouped(column, self.keys))
            self._tell(AnalysisError("UNSUPPORTED_GROUPING_EXPRESSION"))
            return call
        keys = ",".join(f"{shown_sql(k.child)}#{k.id}" for k in self.keys)
        if not isinstance(call.of, t.ByteType):
            if call.columns and call.columns != known:
                wanted = ",".join(f"{shown_sql(c)}#{e.fresh_id()}" for c in call.columns)
                raise AnalysisError(
                    "GROUPING_ID_COLUMN_MISMATCH", groupingIdColumn=wanted, groupByColumns=keys
                )
            return e.GroupingIndicator(known, call.of)
        for column in call.columns:
            if column not in known:
                raise AnalysisError(
                    "GROUPING_COLUMN_MISMATCH",
                    grouping=f"{shown_sql(column)}#{e.fresh_id()}",
                    groupingColumns=keys,
                )
        return call

    def _window(self, window: e.WindowCall) -> e.WindowCall:
        function = map_children(window.function, self.replaced)
        partition = tuple(self.replaced(x) for x in window.partition)
        order = tuple(
            e.SortKey(self.replaced(k.child), k.ascending, k.nulls_first) for k in window.order
        )
        return e.WindowCall(function, partition, order, window.frame)


def _not_grouped(attribute: e.Attribute, keys: Sequence[e.Expression]) -> AnalysisError:
    if not keys:
        return AnalysisError("MISSING_GROUP_BY", context_of(None))
    return _lacking(attribute)


def _lacking(expression: e.Expression) -> AnalysisError:
    name = shown_sql(expression)
    return AnalysisError(
        "MISSING_AGGREGATION", expression=f'"{name}"', expressionAnyValue=f'"any_value({name})"'
    )


def _check_aggregate(call: e.AggregateCall, tell: Tell) -> None:
    condition = call.condition
    if condition is not None and contains(condition, e.GroupingIndicator):
        raise AnalysisError("UNSUPPORTED_GROUPING_EXPRESSION")
    for part in _parts(call):
        if has_aggregate(part):
            tell(AnalysisError("NESTED_AGGREGATE_FUNCTION", context_of(call.origin)))
        if contains(part, e.WindowCall):
            raise AnalysisError("_LEGACY_ERROR_TEMP_1031")
        for inner in walk(part):
            if is_random(inner):
                condition = "AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION"
                tell(AnalysisError(condition, sqlExpr=f'"{shown_sql(call)}"'))
                return


# ---- more, asked for by a later clause
# ----------------------------------------------------------------


def regroup(
    plan: r.Relation,
    keys: Sequence[e.Alias],
    expression: e.Expression,
    context: Context,
    asked: Sequence[e.Alias] = (),
) -> tuple[r.Relation, e.Expression] | None:
    """`plan`, a grouped select list, grown so that `expression` (bound below the groups) can be
    computed over it, and that expression; None when the groups are out of reach. Queries in it
    have `asked` for aggregates.
    """
    below = aggregate_below(plan)
    if below is None:
        return None
    # Of sets that are there twice Spark knows the grouping only while it makes the groups.
    doubled = len(set(map(frozenset, below.sets or ()))) < len(below.sets or ())
    if doubled and contains(expression, e.GroupingIndicator):
        raise AnalysisError("UNSUPPORTED_GROUPING_EXPRESSION")
    for node in walk(expression):
        if isinstance(node, e.Call) and node.function.name == "window_time":
            raise AnalysisError("_LEGACY_ERROR_TEMP_3101", windowTime=shown_sql(node))
    collector = Collector(keys, below.sets is not None, context.postpone, raised)
    collector.kept = {a.id for a in plan.output}
    for alias in below.aggregates:
        collector.remember(alias)
    result = collector.replaced(expression)
    collector.aggregates.extend(asked)
    grown = r.Aggregate(
        below.child, below.grouping, (*below.aggregates, *collector.aggregates), below.sets
    )
    needed = [x for x in walk(result) if isinstance(x, e.Attribute)]
    needed += [alias.attribute for alias in asked]
    exposed = expose(with_aggregate(plan, grown), needed)
    return None if exposed is None else (exposed, result)
