"""Bound relations -> DuckDB queries.

Relations that DuckDB can say in one SELECT share one: text is what a small query waits for, and
deep nesting is refused by DuckDB's parser.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

import pyarrow as pa

from boathouse import duck
from boathouse.duck import tree
from boathouse.duck.types import duck_type
from boathouse.lower.expressions import ExpressionLowering, column_name
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.spec.relations import JoinType

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.types import datatypes as t

Said = TypeVar("Said")

_JOINS: dict[JoinType, str] = {
    JoinType.INNER: "INNER",
    JoinType.CROSS: "CROSS",
    JoinType.LEFT_OUTER: "LEFT",
    JoinType.RIGHT_OUTER: "RIGHT",
    JoinType.FULL_OUTER: "FULL",
    JoinType.LEFT_SEMI: "SEMI",
    JoinType.LEFT_ANTI: "ANTI",
}


def rows_name(number: int) -> str:
    """The DuckDB name of rows held in memory."""
    return f"rows{number}"


LISTED = "listed"
"""The one column of a table that holds a list."""


def one_list(values: Any) -> Any:
    """`values`, an Arrow array, as the one row of an Arrow table."""
    whole = pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)
    return pa.table({LISTED: whole})


def common_name(number: int) -> str:
    """The DuckDB name of a common table."""
    return f"common{number}"


def _is_in_a_set(index: int, sets: tuple[tuple[int, ...], ...] | None) -> bool:
    """Whether the key `index` is grouped by at all: in none of the sets, it is always NULL."""
    return sets is None or any(index in one for one in sets)


_SPELLED_OUT = (r.Values, r.LocalData, r.OneRow)
_ROW_BY_ROW = (r.Project, r.Filter, r.Limit, r.Sort)


class Lowering:
    """Lowers one query; afterwards `tables` holds the Arrow tables it reads, by DuckDB name."""

    def __init__(self) -> None:
        """Start with no tables."""
        self.tables: dict[str, Any] = {}
        self.expression = ExpressionLowering(self.query)

    def query(self, plan: r.Relation) -> tree.Relation:
        """The DuckDB query of `plan`, its columns in the order of the output."""
        lowered = self.relation(plan)
        wanted = tuple(column_name(a.id) for a in plan.output)
        if isinstance(lowered, tree.Select) and tuple(n for _, n in lowered.columns) == wanted:
            return lowered
        if not wanted:
            return tree.Select(((tree.TRUE, "present"),), lowered)
        columns = tuple((tree.Column(name), name) for name in wanted)
        return tree.Select(columns, lowered)

    def relation(self, plan: r.Relation) -> tree.Relation:
        """A DuckDB relation with (at least) the columns of `plan` under their internal names."""
        chain: list[r.Unary] = []
        while isinstance(plan, r.Unary) and not isinstance(plan, r.With):
            chain.append(plan)
            plan = plan.child
        around = self.expression.spelled_out
        self.expression.spelled_out = isinstance(plan, _SPELLED_OUT)
        lowered = _LEAVES[type(plan)](self, plan)
        for node in reversed(chain):
            self.expression.spelled_out &= isinstance(node, _ROW_BY_ROW)
            lowered = _UNARY[type(node)](self, node, lowered)
        self.expression.spelled_out = around
        return lowered

    # ---- leaves ----

    def one_row(self, node: r.OneRow) -> tree.Relation:
        """One row; the column is never asked for."""
        return tree.Select(((tree.TRUE, "present"),))

    def local(self, node: r.LocalData) -> tree.Relation:
        """An Arrow table registered with the cursor; its columns go by position."""
        name = rows_name(len(self.tables))
        self.tables[name] = node.table
        names = node.table.column_names
        columns = tuple(
            (tree.Column(names[i]), column_name(a.id)) for i, a in enumerate(node.attributes)
        )
        return tree.Select(columns or ((tree.TRUE, "present"),), tree.Table(name))

    def scan(self, node: r.Scan) -> tree.Relation:
        """What the source says, under internal names."""
        read = node.source
        if node.filters and isinstance(read, r.Prunable):
            names = {a.id: name for name, a in zip(node.columns, node.attributes, strict=True)}
            read = read.pruned(node.filters, names)
        source = read.relation(node.columns)
        self.tables.update(tree.rows_of(source))
        columns = tuple(
            (tree.Column(name), column_name(a.id))
            for name, a in zip(node.columns, node.attributes, strict=True)
        )
        columns = columns or ((tree.TRUE, "present"),)
        if _takes(source, columns):
            return replace(source, columns=_through(source, columns))
        return tree.Select(columns, source)

    def number_range(self, node: r.Range) -> tree.Relation:
        """DuckDB's range() of BIGINT."""
        name = column_name(node.attribute.id)
        bounds = [tree.Literal(n, "BIGINT") for n in (node.start, node.end, node.step)]
        return tree.TableFunction("range", tuple(bounds), columns=(name,))

    def values(self, node: r.Values) -> tree.Relation:
        """VALUES, or for many rows of constants lists of constants."""
        names = tuple(column_name(a.id) for a in node.attributes)
        rows = [self.expression.all(row) for row in node.rows]
        first = tuple(
            value.cast(duck_type(a.of)) for value, a in zip(rows[0], node.attributes, strict=True)
        )
        return tree.Values((first, *rows[1:]), names)

    def join(self, node: r.Join) -> tree.Relation:
        """A join; an inner one without condition is a cross product."""
        left, right = self.relation(node.left), self.relation(node.right)
        kind = _JOINS[node.kind]
        condition = None if node.condition is None else self.expression.condition(node.condition)
        if kind == "CROSS" and condition is not None:
            kind = "INNER"
        if condition is None and kind != "CROSS":
            kind, condition = ("CROSS", None) if kind == "INNER" else (kind, tree.TRUE)
        if node.lateral and kind == "CROSS":
            kind, condition = "INNER", tree.TRUE
        return tree.Join(_source(left), _source(right), kind, condition, node.lateral)

    def as_of_join(self, node: r.AsOfJoin) -> tree.Relation:
        """The best right rows of each left row: a lateral query in order, cut off."""
        left, right = self.relation(node.left), self.relation(node.right)
        condition = None if node.condition is None else self.expression(node.condition)
        columns = tuple(
            (tree.Column(column_name(a.id)), column_name(a.id)) for a in node.right.output
        )
        best = tree.Select(
            columns,
            _source(right),
            where=condition,
            order=self.expression.keys(node.ranking),
            limit=tree.Literal(node.results),
        )
        kind = "LEFT" if node.outer else "INNER"
        return tree.Join(_source(left), best, kind, tree.TRUE, lateral=True)

    def set_operation(self, node: r.SetOperation) -> tree.Relation:
        """A set operation under new column names."""
        queries = tuple(self.query(child) for child in node.children)
        if not node.attributes:
            return tree.SetOperation(queries, node.operator.value, node.all)
        first = self._renamed(node.children[0], queries[0], node.attributes)
        return tree.SetOperation((first, *queries[1:]), node.operator.value, node.all)

    def _renamed(
        self, child: r.Relation, query: tree.Relation, attributes: tuple[e.Attribute, ...]
    ) -> tree.Relation:
        columns = tuple(
            (tree.Column(column_name(old.id)), column_name(new.id))
            for old, new in zip(child.output, attributes, strict=True)
        )
        return tree.Select(columns, query)

    def with_tables(self, node: r.With) -> tree.Relation:
        """WITH."""
        tables = tuple(self._common_table(table) for table in node.tables)
        recursive = any(table.recursive for table in node.tables)
        return tree.With(tables, self.query(node.child), recursive)

    def _common_table(self, table: r.CommonTable) -> tree.CommonTable:
        name = common_name(table.id)
        anchor = self.query(table.query)
        if table.step is None:
            return tree.CommonTable(name, anchor)
        columns = tuple(column_name(a.id) for a in table.query.output)
        step = self.query(table.step)
        return tree.CommonTable(
            name, tree.SetOperation((anchor, step), "UNION", table.all), columns
        )

    def common_table_scan(self, node: r.CommonTableScan) -> tree.Relation:
        """One use of a common table, under new column names."""
        columns = tuple(
            (tree.Column(column_name(old)), column_name(new.id))
            for old, new in zip(node.columns, node.attributes, strict=True)
        )
        return tree.Select(columns or ((tree.TRUE, "present"),), tree.Table(common_name(node.id)))

    # ---- one input ----

    def project(self, node: r.Project, child: tree.Relation) -> tree.Relation:
        """A select list, put into the child's SELECT when that only passes columns on."""
        columns = self._columns(node)
        if _takes(child, columns):
            return replace(child, columns=_through(child, columns))
        return tree.Select(columns, _source(child))

    def _columns(self, node: r.Project) -> tuple[tuple[tree.Expression, str], ...]:
        named = {column_name(a.id): x for a, x in zip(node.output, node.expressions, strict=True)}
        columns = tuple((self.expression(x), name) for name, x in named.items())
        return columns or ((tree.TRUE, "present"),)

    def filter(self, node: r.Filter, child: tree.Relation) -> tree.Relation:
        """WHERE, in the child's SELECT when its columns can be seen there."""
        condition = self.expression.condition(node.condition)
        if _takes(child, condition):
            where = _through(child, condition)
            both = where if child.where is None else duck.all_of(child.where, where)
            return replace(child, where=both)
        return tree.Select(source=_source(child), where=condition)

    def aggregate(self, node: r.Aggregate, child: tree.Relation) -> tree.Relation:
        """GROUP BY."""
        # A plain whole number would be the position of a column.
        keys = tuple(_typed(self.expression(x.child), x.child.type) for x in node.grouping)
        outputs = [
            (
                key if _is_in_a_set(i, node.sets) else tree.NULL.cast(duck_type(x.type)),
                column_name(x.id),
            )
            for i, (key, x) in enumerate(zip(keys, node.grouping, strict=True))
        ]
        outputs += [(self.expression(x.child), column_name(x.id)) for x in node.aggregates]
        columns = tuple(outputs) or ((duck.aggregate("count"), "present"),)
        source = _source(child)
        where = None
        if _takes(child, (columns, keys)):
            columns, keys = _through(child, columns), _through(child, keys)
            source, where = child.source, child.where
        # Of no rows there are no groups in Spark, not even that of all rows among several.
        sets = node.sets if keys or len(node.sets or ()) > 1 else None
        some = duck.aggregate("count").greater(0) if sets and () in sets else None
        return tree.Select(columns, source, where, keys, sets, some)

    def sort(self, node: r.Sort, child: tree.Relation) -> tree.Relation:
        """ORDER BY, without the constants in it, which DuckDB refuses."""
        keys = self.expression.keys(tuple([k for k in node.keys if not _is_constant(k.child)]))
        if not keys:
            return child
        if (
            isinstance(child, tree.Select)
            and _can_order(child)
            and all(isinstance(k.child, tree.Column) for k in keys)
        ):
            return replace(child, order=keys)
        return tree.Select(source=_source(child), order=keys)

    def limit(self, node: r.Limit, child: tree.Relation) -> tree.Relation:
        """LIMIT and OFFSET."""
        limit = None if node.limit is None else tree.Literal(node.limit)
        offset = tree.Literal(node.offset) if node.offset else None
        if isinstance(child, tree.Select) and child.limit is None and child.offset is None:
            return replace(child, limit=limit, offset=offset)
        return tree.Select(source=_source(child), limit=limit, offset=offset)

    def tail(self, node: r.Tail, child: tree.Relation) -> tree.Relation:
        """The last rows: numbered in order, counted, cut."""
        number, total = f"n{e.fresh_id()}", f"n{e.fresh_id()}"
        row_number = tree.Window(tree.Aggregate("row_number", ()))
        count = tree.Window(tree.Aggregate("count", ()))
        names = [column_name(a.id) for a in node.output]
        inner = tree.Select(
            (*[(tree.Column(n), n) for n in names], (row_number, number), (count, total)),
            _source(child),
        )
        wanted = tree.Column(number).greater(tree.Column(total) - node.limit)
        key = tree.SortKey(tree.Column(number))
        columns = tuple((tree.Column(n), n) for n in names) or ((tree.TRUE, "present"),)
        return tree.Select(columns, inner, wanted, order=(key,))

    def distinct(self, node: r.Distinct, child: tree.Relation) -> tree.Relation:
        """SELECT DISTINCT of exactly the output."""
        columns = tuple(
            (tree.Column(name), name)
            for name in dict.fromkeys(column_name(a.id) for a in node.output)
        )
        if not columns:
            return tree.Select(((tree.TRUE, "present"),), _source(child), limit=tree.Literal(1))
        if (
            isinstance(child, tree.Select)
            and _is_open(child)
            and not child.distinct
            and (tuple(n for _, n in child.columns) == tuple(n for _, n in columns))
        ):
            return replace(child, distinct=True)
        return tree.Select(columns, _source(child), distinct=True)

    def distinct_on(self, node: r.DistinctOn, child: tree.Relation) -> tree.Relation:
        """DISTINCT ON the keys."""
        columns = tuple((tree.Column(column_name(a.id)), column_name(a.id)) for a in node.output)
        keys = tuple(tree.Column(column_name(a.id)) for a in node.keys)
        return tree.Select(columns, _source(child), distinct_on=keys)

    def generate(self, node: r.Generate, child: tree.Relation) -> tree.Relation:
        """unnest() of the list that the generator makes, its fields as columns."""
        rows = self.expression(node.generator)
        if node.generator.outer:
            empty = duck.call("coalesce", duck.call("len", rows), 0).equals(0)
            rows = tree.Case(((empty, tree.ListOf((tree.NULL,))),), rows)
        row = f"g{e.fresh_id()}"
        passed = [column_name(a.id) for a in node.child.output]
        inner = tree.Select(
            (*[(tree.Column(n), n) for n in passed], (duck.call("unnest", rows), row)),
            _source(child),
        )
        columns = [(tree.Column(n), n) for n in passed]
        columns += self._generated(node, tree.Column(row))
        return tree.Select(tuple(columns), inner)

    def _generated(
        self, node: r.Generate, row: tree.Expression
    ) -> list[tuple[tree.Expression, str]]:
        if len(node.attributes) == 1:
            return [(row, column_name(node.attributes[0].id))]
        return [
            (duck.field_of(row, str(i)), column_name(a.id)) for i, a in enumerate(node.attributes)
        ]

    def sample(self, node: r.Sample, child: tree.Relation) -> tree.Relation:
        """Each row as often as its draw says, a hash of seed and row number."""
        number = f"n{e.fresh_id()}"
        names = [column_name(a.id) for a in node.output]
        row_number = tree.Window(tree.Aggregate("row_number", ()))
        inner = tree.Select(
            (*[(tree.Column(n), n) for n in names], (row_number, number)), _source(child)
        )
        draw = _draw(tree.Column(number), node.seed)
        columns = tuple((tree.Column(n), n) for n in names) or ((tree.TRUE, "present"),)
        times = duck.call("range", _poisson(draw, node.upper - node.lower))
        repeated = (*columns, (duck.call("unnest", times), f"n{e.fresh_id()}"))
        return tree.Select(columns, tree.Select(repeated, inner))

    def numbered(self, node: r.Numbered, child: tree.Relation) -> tree.Relation:
        """Row numbers, or those within parts of the rows."""
        partition: tuple[tree.Expression, ...] = ()
        order: tuple[tree.SortKey, ...] = ()
        start: tree.Expression = tree.Literal(0, "BIGINT")
        if node.base is not None:
            base = tree.Column(column_name(node.base.id))
            scaled = (base + 1) * tree.Literal(node.partitions, "BIGINT") - 1
            part = tree.Operator("//", (scaled, tree.Literal(node.rows, "BIGINT")))
            start = tree.Operator("//", (part * node.rows, tree.Literal(node.partitions, "BIGINT")))
            partition, order = (part,), (tree.SortKey(base),)
        row = tree.Window(tree.Aggregate("row_number", ()), partition, order)
        return self._widened(node.child, child, ((start + row - 1, node.attribute),))

    def drawn(self, node: r.Drawn, child: tree.Relation) -> tree.Relation:
        """Values out of lists that are held in memory, each a table of one row."""
        at = tree.Column(column_name(node.index.id)) + 1
        columns: list[tuple[tree.Expression, e.Attribute]] = []
        for attribute, values in zip(node.attributes, node.lists, strict=True):
            name = rows_name(len(self.tables))
            self.tables[name] = one_list(values)
            query = tree.Select(((tree.Column(LISTED), LISTED),), tree.Table(name))
            columns.append((duck.call("list_extract", tree.ScalarQuery(query), at), attribute))
        return self._widened(node.child, child, tuple(columns))

    def _widened(
        self,
        plan: r.Relation,
        child: tree.Relation,
        more: tuple[tuple[tree.Expression, e.Attribute], ...],
    ) -> tree.Relation:
        """`child` with more columns."""
        names = [column_name(a.id) for a in plan.output]
        columns = [(tree.Column(name), name) for name in dict.fromkeys(names)]
        columns += [(value.cast(duck_type(a.of)), column_name(a.id)) for value, a in more]
        return tree.Select(tuple(columns), _source(child))

    def passed(self, node: Any, child: tree.Relation) -> tree.Relation:
        """Relations whose meaning lies outside the rows."""
        return child


def _draw(number: tree.Expression, seed: int) -> tree.Expression:
    """A number in [0, 1) that depends on `seed` and the row alone."""
    mixed = duck.call("hash", number, tree.Literal(seed, "BIGINT"))
    return (mixed % tree.Literal(2**53)).cast("DOUBLE") / float(2**53)


_POISSON_TERMS = 16


def _poisson(draw: tree.Expression, mean: float) -> tree.Expression:
    """How often a row comes: the inverse of the Poisson distribution at `draw`."""
    total, branches = 0.0, []
    for times in range(_POISSON_TERMS):
        total += math.exp(-mean) * mean**times / math.factorial(times)
        branches.append((draw.less(total), tree.Literal(times)))
    return tree.Case(tuple(branches), tree.Literal(_POISSON_TERMS))


# ---- one SELECT or two
# ----------------------------------------------------------------------------


def _source(relation: tree.Relation) -> tree.Relation:
    """`relation` as it stands in FROM: a SELECT that changes nothing is left away."""
    if (
        isinstance(relation, tree.Select)
        and not relation.columns
        and relation.source is not None
        and relation == tree.Select(source=relation.source)
    ):
        return relation.source
    return relation


def _is_open(select: tree.Select) -> bool:
    """Whether rows come out of `select` as they stand after its WHERE."""
    return (
        not select.group
        and select.grouping_sets is None
        and not select.distinct
        and not select.distinct_on
        and not select.order
        and select.limit is None
        and select.offset is None
        and select.qualify is None
        and select.source is not None
    )


def _passes(select: tree.Select) -> bool:
    """Whether every column of `select` is a column of its source, perhaps renamed."""
    return all(isinstance(value, tree.Column) for value, _ in select.columns)


def _takes(child: tree.Relation, value: Any) -> TypeGuard[tree.Select]:
    """Whether `value`, said over `child`, can be said in the same SELECT. Subqueries cannot where
    columns would get other names: a source's name could mean another column inside them.
    """
    if not isinstance(child, tree.Select) or not _is_open(child) or not _passes(child):
        return False
    renames = any(isinstance(c, tree.Column) and c.name != name for c, name in child.columns)
    return not renames or not _has_query(value)


def _has_query(value: Any) -> bool:
    if isinstance(value, (tree.Column, tree.Literal)):
        return False
    if isinstance(value, tree.Relation):
        return True
    if isinstance(value, tuple):
        return any(_has_query(item) for item in value)
    fields = getattr(type(value), "__dataclass_fields__", ())
    return any(_has_query(getattr(value, name)) for name in fields)


def _typed(key: tree.Expression, of: t.DataType) -> tree.Expression:
    if isinstance(key, tree.Literal) and isinstance(key.value, int) and key.type is None:
        return tree.Literal(key.value, duck_type(of))
    return key


def _is_constant(key: e.Expression) -> bool:
    return isinstance(key, e.Literal) or (isinstance(key, e.Cast) and _is_constant(key.child))


def _can_order(select: tree.Select) -> bool:
    return (
        not select.order
        and select.limit is None
        and select.offset is None
        and not select.distinct_on
    )


def _through(child: tree.Select, said: Said) -> Said:
    """What is `said` over `child`, over the source of `child`."""
    names = {
        name: column
        for column, name in child.columns
        if not (isinstance(column, tree.Column) and column.name == name)
    }
    return _substituted(said, names) if names else said


def _substituted(value: Any, names: dict[str, tree.Expression]) -> Any:
    if isinstance(value, tree.Column):
        return names.get(value.name, value) if value.table is None else value
    if isinstance(value, tuple):
        items = tuple([_substituted(item, names) for item in value])
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    if not isinstance(value, (tree.Expression, tree.SortKey, tree.FrameBound, tree.Relation)):
        return value
    changes: dict[str, Any] = {}
    for name in type(value).__dataclass_fields__:
        before = getattr(value, name)
        after = _substituted(before, names)
        if after is not before:
            changes[name] = after
    return replace(value, **changes) if changes else value


_LEAVES: dict[type, Callable[[Lowering, Any], tree.Relation]] = {
    r.OneRow: Lowering.one_row,
    r.LocalData: Lowering.local,
    r.Scan: Lowering.scan,
    r.Range: Lowering.number_range,
    r.Values: Lowering.values,
    r.Join: Lowering.join,
    r.AsOfJoin: Lowering.as_of_join,
    r.SetOperation: Lowering.set_operation,
    r.With: Lowering.with_tables,
    r.CommonTableScan: Lowering.common_table_scan,
}

_UNARY: dict[type, Callable[[Lowering, Any, tree.Relation], tree.Relation]] = {
    r.Project: Lowering.project,
    r.Filter: Lowering.filter,
    r.Aggregate: Lowering.aggregate,
    r.Sort: Lowering.sort,
    r.Limit: Lowering.limit,
    r.Tail: Lowering.tail,
    r.Distinct: Lowering.distinct,
    r.DistinctOn: Lowering.distinct_on,
    r.Generate: Lowering.generate,
    r.Sample: Lowering.sample,
    r.Numbered: Lowering.numbered,
    r.Drawn: Lowering.drawn,
    r.Observe: Lowering.passed,
    r.Partitioned: Lowering.passed,
}
