"""DataFrame calls that rename, add, drop or pass through columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from boathouse import sql
from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import as_type, context_of
from boathouse.analysis.exposure import with_hidden
from boathouse.analysis.expressions import bind as bind_expression
from boathouse.analysis.generators import extract_generators
from boathouse.analysis.grouping import group, has_aggregate, named, refuse_piped_aggregates
from boathouse.analysis.named_queries import renamed_columns
from boathouse.analysis.names import ambiguous, bind_name, unresolved
from boathouse.analysis.scope import Bound, Context, Scope
from boathouse.analysis.views import requalified
from boathouse.analysis.windows import layered
from boathouse.errors.exceptions import AnalysisError, InvalidPlanError, ParseError, refused
from boathouse.functions import casts
from boathouse.functions.castable import can_store
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import walk_relations
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_orderable

_SEED_RANGE = 2**31


def projected(bound: Bound, expressions: tuple[e.Named, ...], context: Context) -> Bound:
    """A select list over `bound` that later clauses may look through."""
    return Bound(
        r.Project(bound.plan, expressions), (bound,), select=Scope.over(bound, context=context)
    )


def subquery_alias(node: sr.SubqueryAlias, bound: Bound, context: Context) -> Bound:
    """A name for a relation, perhaps new names for its columns."""
    if not node.columns:
        return requalified(bound, *node.qualifier, node.alias)
    if isinstance(node.input, sr.TableFunction) and len(node.columns) != len(bound.output):
        raise AnalysisError(
            "NUM_TABLE_VALUE_ALIASES_MISMATCH",
            context_of(node.origin),
            funcName=t.quoted(node.input.name[-1]),
            aliasesNum=len(node.columns),
            outColsNum=len(bound.output),
        )
    if isinstance(node.input, sr.Values) and len(node.columns) != len(bound.output):
        raise AnalysisError(
            "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
            context_of(node.input.origin),
            expectedNumCols=len(node.columns),
            actualNumCols=len(bound.output),
            rowIndex=0,
        )
    columns = renamed_columns(bound.output, node.columns)
    return requalified(projected(bound, columns, context), node.alias)


def to_df(node: sr.ToDF, bound: Bound, context: Context) -> Bound:
    """All columns renamed by position."""
    if len(node.names) != len(bound.output):
        raise AnalysisError(
            "ASSIGNMENT_ARITY_MISMATCH", numExpr=len(node.names), numTarget=len(bound.output)
        )
    pairs = zip(bound.output, node.names, strict=True)
    return projected(bound, tuple(e.Alias(a, n, metadata=a.metadata) for a, n in pairs), context)


def drop(node: sr.Drop, bound: Bound, context: Context) -> Bound:
    """Without some columns; names that are not there are passed over."""
    key = context.key
    scope = Scope.over(bound, context=context)
    gone = {key(name) for name in node.names}
    dropped: set[int] = set()
    for expression in node.expressions:
        dropped |= _dropped(expression, scope)
    kept = [a for a in bound.output if key(a.name) not in gone and a.id not in dropped]
    return projected(bound, tuple(kept), context)


def _dropped(expression: se.Expression, scope: Scope) -> set[int]:
    if not isinstance(expression, se.Name):
        found = bind_expression(expression, scope)
        return {found.id} if isinstance(found, e.Attribute) else set()
    try:
        found = bind_name(expression, scope)
    except AnalysisError as missing:
        if missing.condition.startswith(("UNRESOLVED_COLUMN", "CANNOT_RESOLVE_DATAFRAME")):
            return set()
        raise
    return {found.id} if isinstance(found, e.Attribute) else set()


def with_columns(node: sr.WithColumns, bound: Bound, context: Context) -> Bound:
    """Columns replaced where they stand, new ones behind the last."""
    scope = Scope.over(bound, context=context)
    key = context.key
    added: dict[str, e.Expression] = {}
    for alias in node.aliases:
        name = alias.names[0]
        if node.piped:
            _refuse_other_than_one(se.Name((name,), origin=node.origin), scope)
        if key(name) in added:
            raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=t.quoted(name.lower()))
        added[key(name)] = _new_column(alias, _beside(scope, added))
    # Only what is new is looked into: chains of thousands of withColumn are quadratic enough.
    present = [key(a.name) for a in bound.output]
    expressions: list[e.Expression] = list(bound.output)
    if node.piped:
        refuse_piped_aggregates(added.values(), "SET")
    replaced = added.keys() & present
    if replaced:
        expressions = [added.get(name, a) for name, a in zip(present, bound.output, strict=True)]
    expressions += [x for name, x in added.items() if name not in replaced]
    if any(has_aggregate(x) for x in added.values()):
        return group(bound, scope, (), expressions)
    plan, expressions = extract_generators(with_hidden(bound, added.values()), expressions)
    outputs = [x if isinstance(x, e.Attribute) else named(x) for x in expressions]
    return Bound(layered(plan, outputs), (bound,), select=scope)


def _refuse_other_than_one(name: se.Name, scope: Scope) -> None:
    """SET replaces one column that is there."""
    found = scope.named(name.parts[0])
    if not found:
        raise unresolved(name, scope, by_name=False)
    if len(found) > 1:
        raise ambiguous(name.parts, name.parts[0], found, name)


def _beside(scope: Scope, added: Mapping[str, e.Expression]) -> Scope:
    """A new column may name those `added` before it, as aliases to its left."""
    if not added:
        return scope
    aliases = {key: x.child for key, x in added.items() if isinstance(x, e.Alias)}
    return replace(scope.with_aliases(aliases), lateral=True)


def _new_column(alias: se.Alias, scope: Scope) -> e.Expression:
    bound = bind_expression(alias, scope)
    if (
        isinstance(bound, e.Alias)
        and alias.metadata is None
        and isinstance(bound.child, e.Attribute)
    ):
        return replace(bound, metadata=bound.child.metadata)
    return bound


def with_columns_renamed(node: sr.WithColumnsRenamed, bound: Bound, context: Context) -> Bound:
    """Columns under new names."""
    key = context.key
    names = [a.name for a in bound.output]
    called: defaultdict[str, list[int]] = defaultdict(list)
    for position, name in enumerate(names):
        called[key(name)].append(position)
    for old, new in node.renames:
        positions = called.pop(key(old), [])
        called[key(new)] += positions
        for position in positions:
            names[position] = new
    pairs = zip(bound.output, names, strict=True)
    expressions = tuple(
        a if a.name == name else e.Alias(a, name, metadata=a.metadata) for a, name in pairs
    )
    return projected(bound, expressions, context)


def to_schema(node: sr.ToSchema, bound: Bound, context: Context) -> Bound:
    """DataFrame.to: columns matched by name, reordered, cast where nothing is lost."""
    scope = Scope.over(bound, context=context)
    expressions: list[e.Named] = []
    for wanted in node.schema.fields:
        found = list(scope.named(wanted.name))
        if not found:
            if not wanted.nullable:
                raise AnalysisError(
                    "UNRESOLVED_COLUMN.WITH_SUGGESTION",
                    objectName=t.quoted(wanted.name),
                    proposal=", ".join(t.quoted(a.name) for a in bound.output),
                )
            expressions.append(
                e.Alias(e.Literal(None, wanted.type), wanted.name, metadata=wanted.metadata)
            )
            continue
        if len(found) > 1:
            raise AnalysisError(
                "AMBIGUOUS_COLUMN_OR_FIELD", name=t.quoted(wanted.name), n=len(found)
            )
        expressions.append(_fitted(found[0], wanted, context))
    return projected(bound, tuple(expressions), context)


def _fitted(column: e.Attribute, wanted: t.StructField, context: Context) -> e.Named:
    if column.may_be_null and not wanted.nullable:
        raise AnalysisError("NULLABLE_COLUMN_OR_FIELD", name=t.quoted(wanted.name))
    nested = isinstance(column.of, (t.StructType, t.ArrayType, t.MapType))
    fits = casts.can_cast(column.of, wanted.type, se.CastMode.ANSI)
    if not fits or not (nested or can_store(column.of, wanted.type)):
        raise AnalysisError(
            "INVALID_COLUMN_OR_FIELD_DATA_TYPE",
            name=t.quoted(wanted.name),
            type=f'"{column.of.sql}"',
            expectedType=f'"{wanted.type.sql}"',
        )
    fitted = as_type(column, wanted.type, context)
    return e.Alias(fitted, wanted.name, metadata=wanted.metadata or column.metadata)


def deduplicate(node: sr.Deduplicate, bound: Bound, context: Context) -> Bound:
    """dropDuplicates: one row for each value of the key columns."""
    if node.within_watermark:
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_3102",
            msg="dropDuplicatesWithinWatermark is not supported with batch DataFrames/DataSets",
        )
    if node.all_columns or not node.columns:
        return Bound(r.Distinct(bound.plan), (bound,))
    scope = Scope.over(bound, context=context)
    keys: list[e.Attribute] = []
    for name in node.columns:
        found = scope.named(name)
        if not found:
            raise InvalidPlanError(
                "CONNECT_INVALID_PLAN.UNRESOLVED_COLUMN_AMONG_FIELD_NAMES",
                context_of(node.origin),
                colName=name,
                fieldNames=", ".join(a.name for a in bound.output),
            )
        keys.extend(found)
    return Bound(r.DistinctOn(bound.plan, tuple(keys)), (bound,))


def sample(node: sr.Sample, bound: Bound, context: Context) -> Bound:
    """A random part of the rows; the same seed draws the same rows of the same input."""
    share = node.upper - node.lower
    if share < 0 or (share > 1 and not node.with_replacement):
        raise refused(f"A share of {share} is no part of the rows.")
    seed = node.seed if node.seed is not None else context.facts.now % _SEED_RANGE
    if node.with_replacement:
        return Bound(r.Sample(bound.plan, node.lower, node.upper, seed), (bound,))
    plan = bound.plan
    if node.deterministic_order:
        # randomSplit: parts of the same rows must see them in one order.
        keys = tuple(e.SortKey(a) for a in bound.output if is_orderable(a.of))
        plan = r.Sort(plan, keys) if keys else plan
    scope = Scope.over(bound, context=context)
    draw = bind_function("rand", [e.Literal(seed, t.LONG)], scope)
    ends = (("<", e.Literal(node.upper, t.DOUBLE)), (">=", e.Literal(node.lower, t.DOUBLE)))
    inside = [bind_function(operator, [draw, end], scope) for operator, end in ends]
    return Bound(r.Filter(plan, bind_function("and", inside, scope)), (bound,))


def repartition(node: sr.Repartition, bound: Bound, context: Context) -> Bound:
    """A wish that a writer sees."""
    return Bound(r.Partitioned(bound.plan, node.partitions), (bound,), hidden=bound.hidden)


def with_watermark(node: sr.WithWatermark, bound: Bound, context: Context) -> Bound:
    """The rows as they are: lateness matters to streams alone, but must make sense."""
    try:
        sql.parse_expression(f"INTERVAL '{node.delay}'")
    except ParseError:
        raise AnalysisError("CANNOT_PARSE_INTERVAL", intervalString=f"'{node.delay}'") from None
    column = bind_name(se.Name((node.event_time,)), Scope.over(bound, context=context))
    if not isinstance(column.type, (t.TimestampType, t.TimestampNTZType, t.StructType)):
        raise AnalysisError(
            "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE",
            eventName=f'"{node.event_time}"',
            eventType=f'"{column.type.sql}"',
        )
    return Bound(bound.plan, (bound,), hidden=bound.hidden)


def collect_metrics(node: sr.CollectMetrics, bound: Bound, context: Context) -> Bound:
    """Observation: aggregates over the rows that pass by."""
    scope = Scope.over(bound, context=context)
    if any(isinstance(x, r.Observe) and x.name == node.name for x in walk_relations(bound.plan)):
        raise AnalysisError("DUPLICATED_METRICS_NAME", metricName=node.name)
    metrics: list[e.Alias] = []
    for metric in node.metrics:
        expression = named(bind_expression(metric, scope))
        if not isinstance(expression, e.Alias) or not has_aggregate(expression.child):
            raise AnalysisError(
                "INVALID_OBSERVED_METRICS.NON_AGGREGATE_FUNC_ARG_IS_ATTRIBUTE",
                expr=f'"{expression.name}"',
            )
        metrics.append(expression)
    return Bound(r.Observe(bound.plan, node.name, tuple(metrics)), (bound,), hidden=bound.hidden)
