"""The read path, top to bottom: spec -> plan -> rewritten plan -> duck tree -> SQL -> batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boathouse.analysis.grouping import group
from boathouse.analysis.scope import Bound, Scope
from boathouse.duck.render import render
from boathouse.lower.relations import Lowering
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import walk_relations
from boathouse.rewrite.order_windows import order_windows
from boathouse.rewrite.passes import rewrite
from boathouse.rewrite.refuse_products import refuse_products
from boathouse.session.blame import blaming
from boathouse.session.cache import Query
from boathouse.session.results import converter
from boathouse.session.values import literal_values
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa

    from boathouse.analysis.scope import Context
    from boathouse.duck import tree
    from boathouse.duck.engine import Engine, Stream

Metrics = dict[str, dict[str, tuple[Any, t.DataType]]]


@dataclass(frozen=True, slots=True)
class Statement:
    """A query as DuckDB gets it: text, and the Arrow tables that it names."""

    sql: str
    tables: dict[str, Any]

    def query(self, zone: str) -> Query:
        """This statement as the cache runs it."""
        return Query(self.sql, self.tables, zone)


@dataclass(slots=True)
class Result:
    """Rows on their way. `batches` is read once; then `metrics` holds what was observed."""

    schema: t.StructType
    batches: Iterator[pa.RecordBatch]
    progress: Callable[[], float | None] = lambda: None
    close: Callable[[], None] = lambda: None
    metrics: Metrics = field(default_factory=dict)


def run(plan: r.Relation, context: Context, engine: Engine) -> tuple[Result, Stream]:
    """Start a bound plan: the steps that follow, each visible in EXPLAIN EXTENDED."""
    zone = context.facts.zone
    if context.facts.setting("spark.sql.crossJoin.enabled") == "false":
        refuse_products(plan)
    with blaming(plan):
        statement = compiled(plan, engine, zone)
        stream = engine.execute(statement.sql, tables=statement.tables, zone=zone)
    result = Result(schema_of(plan), iter(()), stream.progress, stream.close)
    large = context.facts.setting("spark.sql.execution.arrow.useLargeVarTypes") == "true"
    observed = [node for node in walk_relations(plan) if isinstance(node, r.Observe)]

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            with blaming(plan):
                actual = _visible(stream.schema, result.schema)
                shape = converter(actual, result.schema, zone, large=large)
                for batch in stream:
                    yield shape(batch)
            for node in observed:
                result.metrics[node.name] = _observed(node, context, engine)
        finally:
            stream.close()

    result.batches = batches()
    return result, stream


def _visible(actual: pa.Schema, schema: t.StructType) -> pa.Schema:
    """A relation without columns still has rows: DuckDB needs one column to count them with."""
    return actual if len(schema) else actual.empty_table().select([]).schema


def compiled(plan: r.Relation, engine: Engine, zone: str) -> Statement:
    """`plan` rewritten, lowered and rendered, for rows that somebody reads in their order."""
    return lowered(order_windows(rewritten(plan, engine, zone)))


def rewritten(plan: r.Relation, engine: Engine, zone: str) -> r.Relation:
    """`plan` after all passes."""
    return rewrite(plan, lambda expressions: constants(expressions, engine, zone))


def lowered(plan: r.Relation) -> Statement:
    """A rewritten plan as text."""
    lowering = Lowering()
    tree = lowering.query(plan)
    return Statement(render(tree), lowering.tables)


def rendered(tree: tree.Relation) -> str:
    """A duck tree as text."""
    return render(tree)


def schema_of(plan: r.Relation) -> t.StructType:
    """The schema a client sees."""
    return t.StructType(tuple(a.field for a in plan.output))


def rows(plan: r.Relation, engine: Engine, zone: str) -> list[tuple[Any, ...]]:
    """All rows of a small plan in literal form, for binding and commands."""
    return _rows(plan, compiled(plan, engine, zone), engine, zone)


def _rows(
    plan: r.Relation, statement: Statement, engine: Engine, zone: str
) -> list[tuple[Any, ...]]:
    table = engine.run(statement.sql, tables=statement.tables, zone=zone)
    columns = [
        literal_values(column, a.of) for column, a in zip(table.columns, plan.output, strict=False)
    ]
    return list(zip(*columns, strict=True))


def constants(expressions: Sequence[e.Expression], engine: Engine, zone: str) -> list[Any]:
    """The values of expressions that look at no rows, in literal form."""
    plan = r.Project(r.OneRow(), tuple(e.Alias(x, "value") for x in expressions))
    return list(_rows(plan, lowered(plan), engine, zone)[0])


def _observed(
    node: r.Observe, context: Context, engine: Engine
) -> dict[str, tuple[Any, t.DataType]]:
    below = Bound(node.child)
    plan = group(below, Scope.over(below, context=context), (), node.metrics).plan
    values = rows(plan, engine, context.facts.zone)[0]
    return {a.name: (value, a.of) for a, value in zip(plan.output, values, strict=True)}
