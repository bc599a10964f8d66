"""WITH: queries under names, and those that read themselves."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import as_type, context_of
from boathouse.analysis.exposure import expose
from boathouse.analysis.faults import each
from boathouse.analysis.scope import Bound, CommonTableEntry, Context, Scope
from boathouse.errors.exceptions import AnalysisError, SparkError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import contains, outer_attributes, walk_relations
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.spec.nodes import nodes_of
from boathouse.types import datatypes as t
from boathouse.types.coercion import widest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

_PRECEDENCE = "spark.sql.legacy.ctePrecedencePolicy"


def with_tables(node: sr.With, context: Context) -> Bound:
    """WITH: each table sees the ones before it; the query sees all."""
    inside = context
    defining = _inside_definitions(context)
    tables: list[r.CommonTable] = []
    seen: set[str] = set()
    failed: set[str] = set()

    def add(common: sr.CommonTable) -> None:
        nonlocal inside, defining
        key = context.key(common.name)
        if key in seen:
            raise AnalysisError(
                "DUPLICATED_CTE_NAMES",
                context_of(node.origin),
                duplicateNames=t.quoted(common.name),
            )
        seen.add(key)
        sealed = key in context.sealed
        if sealed and not _is_legacy(context):
            raise _of_two_queries(common)
        failed.add(key)
        if not _reads_any(common.relation, failed - {key}, context):
            entry, table = _common_table(common, defining.further_in(), recursive=node.recursive)
            failed.remove(key)
            tables.append(table)
            defining = _with_table(defining, key, entry)
            inside = inside if sealed else _with_table(inside, key, entry)

    def query() -> Bound | None:
        readable = not _reads_any(node.input, failed, context)
        return context.bind(node.input, inside) if readable else None

    # What reads a table that could not be bound has no fault of its own.
    steps = [*(partial(add, common) for common in node.tables), query]
    bound = each(steps, lambda step: step())[-1]
    assert bound is not None  # noqa: S101 - no table failed, or `each` has raised
    if not tables:
        return bound
    return Bound(r.With(bound.plan, tuple(tables)), (bound,), hidden=bound.hidden)


def _inside_definitions(context: Context) -> Context:
    """Where the tables of a WITH are defined: by the older rules those of a WITH further out are
    not seen there, and of two with one name the query means the outer.
    """
    if not context.sealed or not _is_legacy(context):
        return context
    seen = {k: v for k, v in context.common_tables.items() if k not in context.sealed}
    return replace(context, common_tables=seen, sealed=frozenset())


def _with_table(context: Context, key: str, entry: CommonTableEntry) -> Context:
    return replace(context, common_tables={**context.common_tables, key: entry})


def _is_legacy(context: Context) -> bool:
    return context.facts.setting(_PRECEDENCE) == "LEGACY"


def _of_two_queries(common: sr.CommonTable) -> AnalysisError:
    return AnalysisError(
        "AMBIGUOUS_ALIAS_IN_NESTED_CTE",
        name=t.quoted(common.name),
        config=f'"{_PRECEDENCE}"',
        docroot="https://spark.apache.org/docs/latest",
    )


def _common_table(
    common: sr.CommonTable, context: Context, *, recursive: bool
) -> tuple[CommonTableEntry, r.CommonTable]:
    if recursive and _reads(common.relation, context.key(common.name), context):
        return _Recursion(common, context).table()
    bound = context.bind(common.relation, context)
    columns = renamed_columns(bound.output, common.columns)
    number = e.fresh_id()
    entry = CommonTableEntry(columns, number, common.name)
    return entry, r.CommonTable(number, bound.plan, common.name)


def renamed_columns(
    columns: tuple[e.Attribute, ...], names: tuple[str, ...]
) -> tuple[e.Attribute, ...]:
    """`columns` under `names`, or as they are when there are none."""
    if not names:
        return columns
    if len(names) != len(columns):
        raise AnalysisError("ASSIGNMENT_ARITY_MISMATCH", numExpr=len(names), numTarget=len(columns))
    return tuple(c.named(name) for c, name in zip(columns, names, strict=True))


def common_table_scan(entry: CommonTableEntry) -> Bound:
    """New columns for one use of a WITH query."""
    attributes = tuple(a.renewed().qualified(entry.name) for a in entry.columns)
    ids = tuple(a.id for a in entry.columns)
    if not entry.counters:
        return Bound(r.CommonTableScan(entry.id, ids, attributes, entry.name))
    return Bound(r.Project(_counted_scan(entry, attributes), attributes))


def _counted_scan(
    entry: CommonTableEntry, attributes: tuple[e.Attribute, ...]
) -> r.CommonTableScan:
    """One use of a recursive table in its own step: `attributes`, then the counters."""
    read = entry.columns if attributes else ()
    ids = tuple(a.id for a in (*read, *entry.counters))
    counters = tuple(a.renewed() for a in entry.counters)
    return r.CommonTableScan(entry.id, ids, (*attributes, *counters), entry.name)


def _reads(relation: sr.Relation, key: str, context: Context) -> bool:
    """Whether `key` is read anywhere in `relation`."""
    return _reads_any(relation, {key}, context)


def _reads_any(relation: sr.Relation, keys: AbstractSet[str], context: Context) -> bool:
    """Whether one of `keys` is read anywhere in `relation`."""
    return bool(keys) and any(
        isinstance(node, sr.NamedTable)
        and len(node.parts) == 1
        and context.key(node.parts[0]) in keys
        for node in nodes_of(relation)
    )


# ---- recursion
# ------------------------------------------------------------------------------------------


class _Recursion:
    """Binds a table that reads itself: a start, and a step over the rows of the step before.

    Each row knows the level of the step that made it and, where rows are limited, how many there
    have been: all rows of a step know the same.
    """

    def __init__(self, common: sr.CommonTable, context: Context) -> None:
        """Take the start and the step out of `common`."""
        self._common = common
        self._context = context
        self._key = context.key(common.name)
        self._number = e.fresh_id()
        self._start, self._step, self._names = self._parts()
        facts = context.facts
        depth = facts.setting("spark.sql.cteRecursionLevelLimit") or "100"
        levels = int(depth) if common.max_depth is None else common.max_depth
        self._levels = levels if levels >= 0 else _NO_LIMIT
        # To count rows takes a window in each step: only where fewer than usual are allowed.
        self._rows = int(facts.setting(_ROW_LIMIT) or _USUAL_ROWS)
        self._counts = 0 <= self._rows < _USUAL_ROWS

    def _parts(self) -> tuple[sr.Relation, sr.Relation, tuple[str, ...]]:
        union, names, tables = self._common.relation, self._common.columns, list[sr.With]()
        while isinstance(union, (sr.SubqueryAlias, sr.With)):
            if isinstance(union, sr.SubqueryAlias):
                names = names or union.columns
            else:
                tables.append(union)
            union = union.input
        if not isinstance(union, sr.SetOperation) or union.operator is not sr.SetOperator.UNION:
            raise AnalysisError("INVALID_RECURSIVE_CTE")
        if not union.all:
            raise AnalysisError("UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE")
        start, step = union.left, union.right
        if _reads(start, self._key, self._context):
            raise AnalysisError("INVALID_RECURSIVE_CTE")
        for outer in reversed(tables):
            start, step = replace(outer, input=start), replace(outer, input=step)
        return start, step, names

    def _is_query_of_itself(self, node: object) -> bool:
        return (
            isinstance(node, se.Subquery)
            and node.relation is not None
            and _reads(node.relation, self._key, self._context)
        )

    def table(self) -> tuple[CommonTableEntry, r.CommonTable]:
        """What the name means outside, and the table."""
        start = self._context.bind(self._start, self._context).plan
        columns = renamed_columns(start.output, self._names)
        columns = tuple(a.renewed().made_nullable() for a in columns)
        entry = CommonTableEntry(columns, self._number, self._common.name, self._counters())
        tables = {**self._context.common_tables, self._key: entry}
        inside = replace(self._context, common_tables=tables)
        step = self._context.bind(self._step, inside).plan
        if any(self._is_query_of_itself(node) for node in nodes_of(self._step)):
            raise AnalysisError("INVALID_RECURSIVE_REFERENCE.PLACE")
        for part in (start, step):
            _refuse_outer(part)
        self._check_types(columns, step.output)
        nulls = [
            a.may_be_null or s.may_be_null for a, s in zip(start.output, step.output, strict=True)
        ]
        pairs = zip(columns, nulls, strict=True)
        known = tuple(c.made_nullable(nullable=null) for c, null in pairs)
        table = r.CommonTable(
            self._number,
            self._first(start, entry),
            self._common.name,
            self._next(step, entry),
            True,
            self._levels,
        )
        return replace(entry, columns=known, counters=()), table

    def _counters(self) -> tuple[e.Attribute, ...]:
        names = ("level", "rows") if self._counts else ("level",)
        return tuple(e.Attribute(e.fresh_id(), n, t.LONG, may_be_null=False) for n in names)

    def _check_types(self, columns: Sequence[e.Attribute], step: Sequence[e.Attribute]) -> None:
        if len(step) != len(columns):
            raise AnalysisError(
                "NUM_COLUMNS_MISMATCH",
                operator="UNION",
                firstNumColumns=len(columns),
                invalidOrdinalNum="second",
                invalidNumColumns=len(step),
            )
        ansi = self._context.facts.ansi
        for a, c in zip(step, columns, strict=True):
            if widest((a.of, c.of), ansi=ansi) not in {c.of, None}:
                raise SparkError(
                    "CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE",
                    left=f'"{c.of.sql}"',
                    right=f'"{a.of.sql}"',
                )

    def _first(self, start: r.Relation, entry: CommonTableEntry) -> r.Relation:
        """The start, with its counters."""
        pairs = zip(start.output, entry.columns, strict=True)
        outputs = [e.Alias(a, c.name, c.id) for a, c in pairs]
        counted = self._counted([e.Literal(0, t.LONG)])
        values = [e.Literal(0, t.LONG), *counted]
        pairs = zip(values, entry.counters, strict=True)
        outputs += [e.Alias(value, c.name, c.id) for value, c in pairs]
        return r.Project(start, tuple(outputs))

    def _counted(self, before: Sequence[e.Expression]) -> list[e.Expression]:
        """How many rows there are with those of this step, after those `before`."""
        if not self._counts:
            return []
        scope = Scope(self._context)
        count = bind_function("count", [e.Literal(1, t.INTEGER)], scope)
        assert isinstance(count, e.AggregateCall)  # noqa: S101 - it is one
        limit = e.Literal(self._rows, t.LONG)
        given = [before[-1], e.WindowCall(count), limit]
        return [bind_function("next_recursion_rows", given, scope)]

    def _next(self, step: r.Relation, entry: CommonTableEntry) -> r.Relation:
        """The step in the types of the start, with its counters."""
        self._refuse_misplaced(step)
        scans = [
            node
            for node in walk_relations(step)
            if isinstance(node, r.CommonTableScan) and node.id == self._number
        ]
        if not scans:
            raise AnalysisError("INVALID_RECURSIVE_REFERENCE.PLACE")
        before: Sequence[e.Expression] = scans[0].attributes[-len(entry.counters) :]
        exposed = expose(step, scans[0].attributes[-len(entry.counters) :])
        if exposed is None:  # behind DISTINCT or UNION: any row of the step before tells
            exposed, before = step, [self._of_any_row(entry, i) for i in range(len(entry.counters))]
        outputs: list[e.Named] = [
            e.Alias(as_type(a, c.of, self._context), a.name)
            for a, c in zip(step.output, entry.columns, strict=True)
        ]
        scope, limit = Scope(self._context), e.Literal(self._levels, t.LONG)
        level = bind_function("next_recursion_level", [before[0], limit], scope)
        values = [level, *self._counted(before)]
        pairs = zip(values, entry.counters, strict=True)
        return r.Project(exposed, (*outputs, *[e.Alias(value, c.name) for value, c in pairs]))

    def _of_any_row(self, entry: CommonTableEntry, index: int) -> e.Expression:
        scan = _counted_scan(entry, ())
        most = bind_function("max", [scan.attributes[index]], Scope(self._context))
        return e.ScalarSubquery(r.Aggregate(scan, (), (e.Alias(most, "most"),)))

    def _refuse_misplaced(self, step: r.Relation) -> None:
        """The table may not be read below what needs all of its rows, nor where they may lack."""
        for node in walk_relations(step):
            misplaced = isinstance(node, (r.Aggregate, r.Sort)) or (
                isinstance(node, r.Project)
                and any(contains(x, e.WindowCall) for x in node.expressions)
            )
            misplaced = misplaced or (
                isinstance(node, r.SetOperation) and node.operator is not sr.SetOperator.UNION
            )
            if (misplaced and self._is_below(node)) or self._may_lack(node):
                raise AnalysisError("INVALID_RECURSIVE_REFERENCE.PLACE")

    def _may_lack(self, node: r.Relation) -> bool:
        if not isinstance(node, r.Join):
            return False
        sides = {"left": node.left, "right": node.right}
        return any(self._is_below(sides[side]) for side in _LACKING.get(node.kind.value, ()))

    def _is_below(self, node: r.Relation) -> bool:
        return any(
            isinstance(inner, r.CommonTableScan) and inner.id == self._number
            for inner in walk_relations(node)
        )


def _refuse_outer(part: r.Relation) -> None:
    """A table that reads itself cannot look at the query around."""
    if outer_attributes(part):
        condition = "ACCESSING_OUTER_QUERY_COLUMN_IS_NOT_ALLOWED"
        raise AnalysisError(f"UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.{condition}", treeNode="CTE")


_NO_LIMIT = 2**63 - 1
_ROW_LIMIT = "spark.sql.cteRecursionRowLimit"
_USUAL_ROWS = 1_000_000

_LACKING = {
    "left outer": ("right",),
    "left semi": ("right",),
    "left anti": ("right",),
    "right outer": ("left",),
    "full outer": ("left", "right"),
}
"""The sides of a join whose rows may be missing, or count only by being there."""
