"""SELECT: select lists, groups, HAVING, QUALIFY, ORDER BY and LIMIT.

A select list with aggregates becomes Project(Aggregate(input)): the aggregate computes keys and
aggregate calls, the project everything around them. What made a Bound is kept with it, so that
HAVING and ORDER BY can ask for a column or an aggregate that the list did not name.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.analysis import pivots
from boathouse.analysis.calls import constant_of, foldable, is_random
from boathouse.analysis.coercion import cast, context_of, mode_of, require_castable
from boathouse.analysis.conditions import as_condition, refuse_in_clause
from boathouse.analysis.correlation import refuse_ordering
from boathouse.analysis.exposure import aggregate_below, expose, with_hidden
from boathouse.analysis.expressions import (
    bind,
    bind_condition,
    expand,
    unaliased,
)
from boathouse.analysis.faults import each, is_checked
from boathouse.analysis.generators import (
    NESTED,
    columns_of,
    extract_generators,
    misplaced,
    outside,
    written,
)
from boathouse.analysis.grouping import (
    group,
    grouped_by,
    has_aggregate,
    named,
    refuse_incomparable,
    refuse_piped_aggregates,
    refuse_without_over,
    regroup,
)
from boathouse.analysis.names import unresolved, without_reference
from boathouse.analysis.naming import key_text, numbered, shown_sql
from boathouse.analysis.routines import builtin_name
from boathouse.analysis.scope import Bound, Context, Scope
from boathouse.analysis.stars import refuse_inner_stars
from boathouse.analysis.time_windows import over_time
from boathouse.analysis.windows import key_of, layered
from boathouse.errors.exceptions import AnalysisError, refused
from boathouse.functions.signature import UNKNOWN, Kind
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import children, contains, outer_attributes, references, walk
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.spec.nodes import nodes_of
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_orderable

if TYPE_CHECKING:
    from collections.abc import Sequence


_LATERAL_ALIASES = "spark.sql.lateralColumnAlias.enableImplicitResolution"


def bind_list(nodes: Sequence[se.Expression], scope: Scope) -> list[e.Expression]:
    """A select list, in which an entry may name an alias to its left."""
    aliases: dict[str, e.Expression] = dict(scope.aliases)
    counts: Counter[str] = Counter()
    result: list[e.Expression] = []
    # Spark expands stars first: one that is wrong is told before a wrong name to its left.
    stars = {i: expand(x, scope) for i, x in enumerate(nodes) if isinstance(x, se.Star)}
    implicit = scope.context.facts.setting(_LATERAL_ALIASES) != "false"

    def entry(place: int) -> None:
        node = nodes[place]
        begun = len(result)
        inside = replace(scope.with_aliases(aliases, counts), lateral=True) if implicit else scope
        for bound in stars.get(place) or _expanded(node, inside):
            if isinstance(bound, e.GeneratorCall) and isinstance(node, se.Alias):
                told = replace(bound, numbers=tuple(e.fresh_id() for _ in node.names))
                result.append(told)
                columns = columns_of(told)
                aliases.update((scope.context.key(column.name), column) for column in columns)
                continue
            result.append(_with_lateral_name(bound, node, inside))
            if isinstance(bound, e.Alias) and not bound.generated:
                key = scope.context.key(bound.name)
                aliases[key] = bound.child
                counts[key] += 1
        refuse_without_over(result[begun:], scope.context.postpone)

    each(range(len(nodes)), entry, scope.context.waiting)
    return result


def _expanded(node: se.Expression, scope: Scope) -> list[e.Expression]:
    try:
        return expand(node, scope)
    except AnalysisError as fault:
        if fault.condition != NESTED:
            if not is_checked(fault) or not misplaced(node, scope, listed=True):
                raise
            fault = AnalysisError(NESTED, expression=f'"{written(node)}"')
        raise _whole(fault, node, scope) from None


def _whole(nested: AnalysisError, node: se.Expression, scope: Scope) -> AnalysisError:
    """`nested`, the error about a generator, showing all of the entry `node` that it stands in."""
    try:
        entry = unaliased(bind(node, replace(scope, generators_shown=True)))
    except AnalysisError:
        return nested  # something else is wrong with it, too
    text = shown_sql(replace(entry, frame=None)) if isinstance(entry, e.WindowCall) else ""
    return AnalysisError(NESTED, expression=f'"{text or shown_sql(entry)}"')


def _with_lateral_name(bound: e.Expression, node: se.Expression, scope: Scope) -> e.Expression:
    """`bound` under the name that it has by the aliases to its left that `node` names, if any."""
    if isinstance(bound, e.Alias) or not scope.lateral or not scope.aliases:
        return bound
    key = scope.context.key
    # Not in subqueries: there the aliases cannot be named.
    names = (x for x in nodes_of(node, se.Expression) if isinstance(x, se.Name) and x.parts)
    mentioned = {key(x.parts[0]) for x in names}
    if mentioned.isdisjoint(scope.aliases) or isinstance(node, (se.Star, se.NamePattern)):
        return bound
    seen = named(bind(node, replace(scope, naming=True)))
    plain = isinstance(seen, e.Attribute) or isinstance(seen.child, e.Cast)
    name = without_reference(seen.name) if plain else seen.name
    return bound if name == named(bound).name else e.Alias(bound, name, generated=True)


def project(node: sr.Project, bound: Bound, context: Context) -> Bound:
    """A select list; with aggregates in it, one group of all rows."""
    return over_time(_project, node, bound, context)


def _project(node: sr.Project, bound: Bound, context: Context) -> Bound:
    scope = Scope.over(bound, context=context, clause=node.piped or "SELECT")
    try:
        expressions = bind_list(node.expressions, scope)
    except AnalysisError as missing:
        if _ends_in_comma(node) and missing.condition.startswith("UNRESOLVED_COLUMN"):
            raise AnalysisError("TRAILING_COMMA_IN_SELECT") from None
        raise
    if node.piped:
        refuse_piped_aggregates(expressions, node.piped)
    if any(has_aggregate(x) for x in expressions):
        return group(bound, scope, (), expressions)
    plan, expressions = extract_generators(with_hidden(bound, expressions), expressions)
    _refuse_nested_generators(expressions)
    return Bound(layered(plan, [named(x) for x in expressions]), (bound,), select=scope)


def _ends_in_comma(node: sr.Project) -> bool:
    """Whether FROM became a column because of a comma before it."""
    last = node.expressions[-1] if len(node.expressions) > 1 else None
    last = last.child if isinstance(last, se.Alias) else last
    parts = last.parts if isinstance(last, se.Name) else ()
    return isinstance(node.input, sr.OneRow) and [part.upper() for part in parts] == ["FROM"]


def _refuse_nested_generators(expressions: Sequence[e.Expression]) -> None:
    for expression in expressions:
        if contains(expression, e.GeneratorCall):
            raise AnalysisError(
                NESTED,
                expression=f'"{shown_sql(expression)}"',
            )


def filter_rows(node: sr.Filter, bound: Bound, context: Context) -> Bound:
    """WHERE, and DataFrame.filter, which may still see what the select list left away."""
    return over_time(_filter_rows, node, bound, context)


def _filter_rows(node: sr.Filter, bound: Bound, context: Context) -> Bound:
    scope = Scope.over(bound, context=context, clause="WHERE")
    try:
        with context.attempt():
            condition = bind_condition(node.condition, scope, bare_null=False)
    except AnalysisError as missing:
        missing = outside(missing, "Filter {}", node.condition, scope)
        if missing.condition.startswith("UNSUPPORTED_GENERATOR."):
            raise missing from None
        if bound.select is None or not _may_be_below(missing):
            raise
        return _filter_through(node, bound, context)
    refuse_in_clause(condition, "WHERE", context)
    plan = with_hidden(bound, [condition])
    if plan is bound.plan:
        return Bound(r.Filter(plan, condition), (bound,), hidden=bound.hidden)
    filtered = r.Project(r.Filter(plan, condition), bound.output)
    return Bound(filtered, (bound,), hidden=bound.hidden)


def _may_be_below(error: AnalysisError) -> bool:
    """Whether a name may mean a column below the select list: nothing else has it, or only the
    query around, which comes after.
    """
    return error.condition.startswith((*_UNKNOWN, "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY."))


_UNKNOWN = ("UNRESOLVED_COLUMN", "CANNOT_RESOLVE_DATAFRAME_COLUMN")


def _filter_through(node: sr.Filter, bound: Bound, context: Context) -> Bound:
    extended = Extended(bound, context)
    condition = extended.condition(node.condition)
    return extended.bound_again(r.Filter(extended.plan, condition))


# ---- groups
# ------------------------------------------------------------------------------------------


def pipe_step(_: sr.PipeStep, bound: Bound, context: Context) -> Bound:
    """The columns that there are, and those that a join hides; none that a select list read."""
    below = () if bound.select is None or bound.grouped is not None else bound.select.hidden
    return Bound(bound.plan, (bound,), hidden=bound.hidden or below)


def aggregate(node: sr.Aggregate, bound: Bound, context: Context) -> Bound:
    """GROUP BY, groupBy, rollup, cube, pivot."""
    return over_time(_aggregate, node, bound, context)


def _aggregate(node: sr.Aggregate, bound: Bound, context: Context) -> Bound:
    if node.pivot is not None:
        return pivots.pivot(node, bound, Scope.over(bound, context=context))
    return grouped_by(node, bound, context, bind_list)


def having(node: sr.Having, bound: Bound, context: Context) -> Bound:
    """A filter over groups that may use aggregates of its own."""
    if bound.grouped is None and bound.select is not None and isinstance(bound.plan, r.Project):
        bound = group(bound.inputs[0], bound.select, (), bound.plan.expressions)
    extended = Extended(bound, context, to_keys=True)
    try:
        condition = extended.expression(node.condition)
    except AnalysisError as fault:
        below = bound.select or Scope.over(bound, context=context)
        raise outside(fault, "UnresolvedHaving {}", node.condition, below) from None
    if contains(condition, e.WindowCall):
        raise AnalysisError("WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", clauseName="HAVING")
    # Unlike WHERE, HAVING takes whatever can be cast.
    if not isinstance(condition.type, t.BooleanType):
        require_castable(condition, t.BOOLEAN, mode_of(context), shown_sql(condition))
        condition = cast(condition, t.BOOLEAN, mode_of(context), context)
    found = extended.bound_again(r.Filter(extended.plan, as_condition(condition, context)))
    return _without_groups(found, context) if _asks_groups(condition, bound) else found


def _asks_groups(condition: e.Expression, bound: Bound) -> bool:
    """Whether HAVING computes of the groups what the select list `bound` does not."""
    listed = bound.plan
    while isinstance(listed, (r.Filter, r.Sort)):
        listed = listed.child
    known = {a.id for a in bound.output}
    entries = listed.expressions if isinstance(listed, r.Project) else ()
    said = {x.child for x in entries if isinstance(x, e.Alias)}
    stack = [condition]
    while stack:
        part = stack.pop()
        if part in said:
            continue
        if isinstance(part, e.Attribute) and part.id not in known:
            return True
        stack += children(part)
    return False


def _without_groups(bound: Bound, context: Context) -> Bound:
    """`bound` as ORDER BY has it in sight where HAVING asked the groups for more: Spark lets it
    look at the select list, and at columns that are keys, but at no more aggregates.
    """
    below = aggregate_below(bound.plan)
    if bound.grouped is None or below is None or below.sets is not None:
        return bound
    keys = tuple(k.attribute for k in bound.grouped.keys if isinstance(k.child, e.Attribute))
    return replace(bound, grouped=None, select=Scope(context, keys))


def qualify(node: sr.Qualify, bound: Bound, context: Context) -> Bound:
    """A filter over window functions."""
    extended = Extended(bound, context)
    condition = extended.condition(node.condition)
    if not _computes_windows(node):
        raise AnalysisError("QUALIFY_REQUIRES_WINDOW_FUNCTION")
    return extended.bound_again(r.Filter(extended.plan, condition))


def _computes_windows(node: sr.Qualify) -> bool:
    """Whether QUALIFY's condition, or the select list before it, holds a window."""
    below = node.input
    while isinstance(below, (sr.Having, sr.NamedWindows)):
        below = below.input
    listed: tuple[se.Expression, ...] = ()
    if isinstance(below, sr.Project):
        listed = below.expressions
    elif isinstance(below, sr.Aggregate):
        listed = below.aggregates
    nodes = nodes_of((node.condition, *listed), into=se.Expression)
    return any(isinstance(each, se.Window) for each in nodes)


class Extended:
    """A select list that grows by what a later clause needs and it does not name.

    `plan` is the grown relation. A name is looked for in the output first, then in the input of the
    select list; aggregates are computed beside the list's own.
    """

    def __init__(
        self, bound: Bound, context: Context, *, to_keys: bool = False, sorts: bool = False
    ) -> None:
        """Start with nothing added to `bound`. `to_keys`: a subquery sees the keys of its groups
        too, not the select list alone. `sorts`: for ORDER BY.
        """
        self.bound = bound
        self._sorts = sorts
        self._to_keys = to_keys
        self.plan = bound.plan
        self.context = context
        self._over = Scope.over(bound, context=context)

    def bound_again(self, plan: r.Relation) -> Bound:
        """`plan`, made over the grown relation, with the columns that there were at first."""
        if len(plan.output) != len(self.bound.output):
            plan = r.Project(plan, self.bound.output)
        return Bound(
            plan,
            (self.bound,),
            hidden=self.bound.hidden,
            grouped=self.bound.grouped,
            select=self.bound.select,
        )

    def condition(self, node: se.Expression) -> e.Expression:
        """A condition over the grown relation."""
        bound = self.expression(node)
        if contains(bound, e.WindowCall):
            alias = e.Alias(bound, "window")
            self.plan = r.Project(self.plan, (*self.plan.output, alias))
            bound = alias.attribute
        return as_condition(bound, self.context)

    def expression(self, node: se.Expression) -> e.Expression:
        """`node` over the output, or over the output grown by what it needs."""
        over = self._over
        if self.bound.select is not None:  # what is below comes before what is around
            over = replace(over, context=self.context.within(None))
        try:
            with self.context.attempt():
                found = unaliased(bind(node, over))
        except AnalysisError as missing:
            if missing.condition == "AMBIGUOUS_REFERENCE":
                # Spark goes on to look below, and says in the end that it found nothing.
                missing = self._not_found(node, missing)
            if not _may_be_below(missing) or self.bound.select is None:
                raise missing from None
            return self._through(node, self.bound.select, missing)
        self._refuse_aggregated_aliases(found)
        through = has_aggregate(found) or _is_about_file(found)
        if through and self.bound.select is not None:
            return self._through(node, self.bound.select, None)
        needed = [x for x in walk(found) if isinstance(x, e.Attribute)]
        self.plan = expose(self.plan, needed) or self.plan
        return found

    def _not_found(self, node: se.Expression, ambiguous: AnalysisError) -> AnalysisError:
        """That the name in `node` is not found which is `ambiguous`."""
        wanted = ambiguous.parameters["name"]
        names = (x for x in nodes_of(node, into=se.Expression) if isinstance(x, se.Name))
        found = next((x for x in names if ".".join(map(t.quoted, x.parts)) == wanted), None)
        return ambiguous if found is None else unresolved(found, self._over)

    def _through(
        self, node: se.Expression, below: Scope, missing: AnalysisError | None
    ) -> e.Expression:
        """`node` bound below the select list, where the list's own names come second."""
        key = below.context.key
        names = {
            key(a.name): a
            for a in self.bound.output
            if all(b.id == a.id for b in self.bound.output if key(b.name) == key(a.name))
        }
        asked: list[e.Alias] | None = [] if self.bound.grouped is not None else None
        waiting = self.context.waiting
        start = len(waiting.waiting)
        try:
            found = unaliased(bind(node, replace(below.with_aliases(names), asked=asked)))
        except AnalysisError as error:
            # Of a name that is wrong below Spark says that nothing was found.
            known = ("DATATYPE_MISMATCH", "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY", NESTED)
            if missing is not None and not error.condition.startswith(known):
                raise missing from None
            raise
        if self.bound.grouped is not None:
            self._refuse_aggregated_aliases(found)
            try:
                keys = self.bound.grouped.keys
                grown = regroup(self.plan, keys, found, self.context, asked or ())
            except AnalysisError as error:
                kinds = {"MISSING_AGGREGATION", "MISSING_GROUP_BY"}
                if error.condition in kinds and missing is not None:
                    # In the groups Spark has found the column first, and forgets it in the end.
                    waiting.forget(start)
                    self.context.postpone(self._lacking(error, node) or missing, late=True)
                    return found
                raise
            if grown is None:
                raise missing or _unsortable(found)
            self.plan, found = grown
            self._look_inside(found, below, missing)
            return found
        needed = [x for x in walk(found) if isinstance(x, e.Attribute)]
        inside = references(found) - {x.id for x in needed} - {a.id for a in self.plan.output}
        if missing is not None and inside & {a.id for a in below.attributes}:
            raise missing  # a subquery sees only the select list
        exposed = expose(self.plan, needed)
        if exposed is None:
            raise missing or _unsortable(found)
        self.plan = exposed
        return found

    def _refuse_aggregated_aliases(self, found: e.Expression) -> None:
        """In ORDER BY an alias comes before a column of the groups, also inside of an aggregate,
        where it means nothing: Spark then misses it below.
        """
        grouped, below = self.bound.grouped, aggregate_below(self.plan)
        if grouped is None or below is None or below.sets is not None or not self._sorts:
            return
        columns = grouped.scope.attributes
        known = {a.id for a in (*columns, *grouped.scope.hidden)}
        listed = {a.id for a in self.bound.output} - known
        for call in walk(found):
            inside = walk(call) if isinstance(call, e.AggregateCall) else ()
            for alias in inside:
                if isinstance(alias, e.Attribute) and alias.id in listed:
                    raise _missing(alias, columns, found)

    def _lacking(self, ungrouped: AnalysisError, node: se.Expression) -> AnalysisError | None:
        """That the name in `node` is not found which means the column that is `ungrouped`."""
        key = self.context.key
        column = key(ungrouped.parameters.get("expression", "").strip('"'))
        names = (x for x in nodes_of(node, into=se.Expression) if isinstance(x, se.Name))
        found = next((x for x in names if x.parts and key(x.parts[-1]) == column), None)
        return None if found is None else unresolved(found, self._over)

    def _look_inside(
        self, found: e.Expression, below: Scope, missing: AnalysisError | None
    ) -> None:
        """Have in sight what the subqueries of `found` look at of the groups."""
        output, under = {a.id for a in self.plan.output}, {a.id for a in below.attributes}
        looked = [
            column
            for node in walk(found)
            if isinstance(node, (e.ScalarSubquery, e.Exists, e.InSubquery))
            for column in outer_attributes(node.query)
            if column.id not in output and column.id in under
        ]
        if looked and not self._to_keys and missing is not None:
            raise missing
        grown = expose(self.plan, looked)
        if grown is None:
            raise AnalysisError(
                "MISSING_ATTRIBUTES.RESOLVED_ATTRIBUTE_MISSING_FROM_INPUT",
                missingAttributes=", ".join(dict.fromkeys(f'"{a.name}"' for a in looked)),
                input=", ".join(f'"{a.name}"' for a in self.plan.output),
                operator=f"!Filter {shown_sql(found)}",
            )
        self.plan = grown


def _missing(
    alias: e.Attribute, columns: tuple[e.Attribute, ...], found: e.Expression
) -> AnalysisError:
    told = {
        "missingAttributes": f'"{alias.name}"',
        "input": ", ".join(f'"{a.name}"' for a in columns),
        "operator": f"!Aggregate {shown_sql(found)}",
    }
    if any(a.name == alias.name for a in columns):
        condition = "MISSING_ATTRIBUTES.RESOLVED_ATTRIBUTE_APPEAR_IN_OPERATION"
        return AnalysisError(condition, operation=f'"{alias.name}"', **told)
    return AnalysisError("MISSING_ATTRIBUTES.RESOLVED_ATTRIBUTE_MISSING_FROM_INPUT", **told)


def _is_about_file(found: e.Expression) -> bool:
    """Whether a function in `found` asks which file a row is from."""
    return any(isinstance(x, e.Call) and "metadata" in x.function.extra for x in walk(found))


def _unsortable(found: e.Expression) -> AnalysisError:
    return AnalysisError(
        "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", objectName=t.quoted(shown_sql(found))
    )


# ---- order and size
# ------------------------------------------------------------------------------------


def sort(node: sr.Sort, bound: Bound, context: Context) -> Bound:
    """ORDER BY: names, positions, or expressions over what the select list had."""
    if node.all_columns is not None:
        template = node.all_columns
        keys = [key_of(a, template) for a in bound.output]
        _refuse_unordered(keys)
        return Bound(r.Sort(bound.plan, tuple(keys)), (bound,), hidden=bound.hidden)
    extended = Extended(bound, context, sorts=True)
    keys = each(node.order, lambda key: _sort_key(key, bound, extended))
    _refuse_unordered(keys)
    refuse_ordering(key.child for key in keys)
    _refuse_routines(node, context)
    for key in keys:
        if contains(key.child, e.GeneratorCall):
            plan = f"Sort [{key_text(key, numbered)}], {str(node.is_global).lower()}"
            raise AnalysisError("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", plan=plan)
        if contains(key.child, e.GroupingIndicator):
            context.postpone(AnalysisError("UNSUPPORTED_GROUPING_EXPRESSION"))
        elif contains(key.child, e.WindowCall) or has_aggregate(key.child):
            listed = ", ".join(f'"{shown_sql(x)}"' for x in _invalid(key.child))
            fault = AnalysisError("UNSUPPORTED_EXPR_FOR_OPERATOR", invalidExprSqls=listed)
            context.postpone(fault)
    return replace(
        extended.bound_again(r.Sort(extended.plan, tuple(keys))), grouped=None, select=None
    )


def _refuse_routines(node: sr.Sort, context: Context) -> None:
    """Functions that SQL made are not called in ORDER BY."""
    for call in nodes_of(node.order, into=se.Expression):
        if not isinstance(call, se.Call) or builtin_name(call, context) is not None:
            continue
        found = context.tables.function(call.name)
        if found is not None:
            name = ".".join(map(t.quoted, found.name))
            raise AnalysisError("UNSUPPORTED_SQL_UDF_USAGE", functionName=name, nodeName="Sort")


def _invalid(key: e.Expression) -> list[e.Expression]:
    """The window functions in `key`, and the aggregates in them and outside of them."""
    kinds = (e.WindowCall, e.AggregateCall)
    found = [x for x in walk(key) if isinstance(x, kinds)]
    windows = {x.function for x in found if isinstance(x, e.WindowCall)}
    rankings = {x for x in windows if x.function.kind is Kind.WINDOW}
    return [x for x in found if x not in rankings]


def _sort_key(key: se.SortOrder, bound: Bound, extended: Extended) -> e.SortKey:
    child = key.child
    by_position = extended.context.facts.setting("spark.sql.orderByOrdinal") != "false"
    if isinstance(child, se.Literal) and isinstance(child.type, t.IntegralType) and by_position:
        position = child.value
        if not 1 <= position <= len(bound.output):
            raise AnalysisError(
                "ORDER_BY_POS_OUT_OF_RANGE",
                context_of(None),
                index=position,
                size=len(bound.output),
            )
        return key_of(bound.output[position - 1], key)
    refuse_inner_stars(child)
    try:
        return key_of(extended.expression(child), key)
    except AnalysisError as fault:
        below = bound.select or Scope.over(bound, context=extended.context)
        shown = key_text(key_of(e.Literal(None, t.NULL, "{}"), key), shown_sql)
        raise outside(fault, f"Sort [{shown}], true", child, below) from None


def _refuse_unordered(keys: Sequence[e.SortKey]) -> None:
    for key in keys:
        if not is_orderable(key.child.type):
            raise AnalysisError(
                "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                functionName="`sortorder`",
                dataType=f'"{key.child.type.sql}"',
                sqlExpr=f'"{shown_sql(key.child)} {"ASC" if key.ascending else "DESC"} NULLS '
                f'{"FIRST" if key.nulls_first else "LAST"}"',
            )


def hint(node: sr.Hint, bound: Bound, context: Context) -> Bound:
    """A wish: it changes no rows, but those about partitions must make sense."""
    name = node.name.upper()
    if name == "COALESCE":
        number = node.parameters[0] if len(node.parameters) == 1 else None
        if not isinstance(number, se.Literal) or not isinstance(number.type, t.IntegerType):
            raise AnalysisError("_LEGACY_ERROR_TEMP_1048", hintName=name)
        _refuse_partitions(number.value)
    elif name in _JOINING:
        _refuse_values(node.parameters)
    elif name in _SPREADING:
        _spread(name, node.parameters, Scope.over(bound, context=context))
    return replace(bound, inputs=(bound,), plan_id=None)


_JOINING = (
    *("BROADCAST", "BROADCASTJOIN", "MAPJOIN", "MERGE", "MERGEJOIN", "SHUFFLE_MERGE"),
    *("SHUFFLE_HASH", "SHUFFLE_REPLICATE_NL"),
)


def _refuse_values(parameters: Sequence[object]) -> None:
    """A hint about a join names relations, as names or texts."""
    for x in parameters:
        if isinstance(x, se.Literal) and not isinstance(x.type, t.StringType):
            raise AnalysisError(
                "_LEGACY_ERROR_TEMP_1046",
                unsupported=f'"{x.value}"',
                **{"class": "class org.apache.spark.sql.catalyst.expressions.Literal"},
            )


_SPREADING = ("REPARTITION", "REPARTITION_BY_RANGE", "REBALANCE")


def _spread(name: str, parameters: Sequence[object], scope: Scope) -> None:
    """Check ``REPARTITION([number,] columns)`` and its kin: a text is the name of a column."""
    columns = [
        se.Name((x.value,)) if isinstance(x, se.Literal) and isinstance(x.type, t.StringType) else x
        for x in parameters
    ]
    first = columns[0] if columns else None
    if isinstance(first, se.Literal) and isinstance(first.type, t.IntegerType):
        _refuse_partitions(first.value)
        columns = columns[1:]
    for column in columns:
        if not isinstance(column, se.Name):
            text = column.value if isinstance(column, se.Literal) else "expression"
            raise AnalysisError("_LEGACY_ERROR_TEMP_1047", hintName=name, invalidParams=f'"{text}"')
        bind(column, scope)


def _refuse_partitions(number: int) -> None:
    if number <= 0:
        told = f"Number of partitions ({number}) must be positive."
        raise refused(f"requirement failed: {told}")


def repartition_by(node: sr.RepartitionByExpression, bound: Bound, context: Context) -> Bound:
    """A wish that a writer sees; the expressions must at least be there, perhaps below."""
    extended = Extended(bound, context)
    for expression in node.expressions:
        extended.expression(expression)
    if node.partitions is None:
        return bound
    return replace(bound, plan=r.Partitioned(bound.plan, node.partitions), inputs=(bound,))


def limit(node: sr.Limit, bound: Bound, context: Context) -> Bound:
    """LIMIT of a constant."""
    count = _row_count(node.limit, "limit", bound, context)
    below = bound.plan
    if isinstance(below, r.Limit) and below.limit is None and count + below.offset >= 1 << 31:
        condition = "SUM_OF_LIMIT_AND_OFFSET_EXCEEDS_MAX_INT"
        raise AnalysisError(condition, limit=count, offset=below.offset)
    return replace(_passed(bound), plan=r.Limit(bound.plan, count))


def offset(node: sr.Offset, bound: Bound, context: Context) -> Bound:
    """OFFSET of a constant."""
    count = _row_count(node.offset, "offset", bound, context)
    return replace(_passed(bound), plan=r.Limit(bound.plan, None, count))


def tail(node: sr.Tail, bound: Bound, context: Context) -> Bound:
    """The last rows."""
    count = _row_count(node.limit, "limit", bound, context)
    return replace(_passed(bound), plan=r.Tail(bound.plan, count))


def distinct(node: sr.Distinct, bound: Bound, context: Context) -> Bound:
    """SELECT DISTINCT."""
    refuse_incomparable(bound.output, context)
    return Bound(r.Distinct(bound.plan), (bound,))


def _passed(bound: Bound) -> Bound:
    return Bound(bound.plan, (bound,), hidden=bound.hidden)


def _row_count(node: se.Expression, name: str, bound: Bound, context: Context) -> int:
    scope = Scope.over(bound, context=context)
    try:
        value = unaliased(bind(node, scope))
    except AnalysisError as fault:
        raise outside(fault, "LocalLimit {}", node, scope) from None
    try:
        return _row_count_of(value, name, scope)
    except AnalysisError as fault:
        context.postpone(fault)
        return 0


def _row_count_of(value: e.Expression, name: str, scope: Scope) -> int:
    kind = "INVALID_LIMIT_LIKE_EXPRESSION"
    shown = f'"{"_nondeterministic" if is_random(value) else shown_sql(value)}"'
    if foldable(value) and not isinstance(value.type, t.IntegerType):
        given = f'"{value.type.sql}"'
        raise AnalysisError(f"{kind}.DATA_TYPE", name=name, expr=shown, dataType=given)
    constant = constant_of(value, scope)
    if constant is UNKNOWN:
        raise AnalysisError(f"{kind}.IS_UNFOLDABLE", name=name, expr=shown)
    if not isinstance(value.type, t.IntegerType):
        given = f'"{value.type.sql}"'
        raise AnalysisError(f"{kind}.DATA_TYPE", name=name, expr=shown, dataType=given)
    if constant is None:
        raise AnalysisError(f"{kind}.IS_NULL", name=name, expr=shown)
    if constant < 0:
        raise AnalysisError(
            f"{kind}.IS_NEGATIVE",
            name=name,
            expr=shown,
            v=constant,
        )
    return constant


def named_windows(node: sr.NamedWindows, context: Context) -> Bound:
    """The WINDOW clause: its names are in sight in the query below."""
    windows = {window.name: window for window in node.windows}
    inside = replace(context, windows={**context.windows, **windows})
    return context.bind(node.input, inside)
