"""Unbound relations, one to one with Spark Connect's; differences are named where they are.

SQL text adds `With` (CTEs), `LateralView`, `Values`, `GroupBy` inside `Aggregate`, `Having`,
`NamedWindows` and `QueryText` as they have no message of their own in the protocol.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boathouse.spec.expressions import Alias, Expression, Frame, Literal, Origin, SortOrder
    from boathouse.types.datatypes import StructType

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """The root of unbound relations; `plan_id` is the number the client gave this node."""

    plan_id: int | None = field(default=None, kw_only=True)
    origin: Origin | None = field(default=None, kw_only=True, compare=False)


# ---- sources --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NamedTable(Relation):
    """Read.NamedTable: a table, view or CTE by name. `version` and `timestamp` are SQL's time
    travel; ``delta.`/path` `` and ``parquet.`/path` `` arrive here too.
    """

    parts: tuple[str, ...]
    options: Options = ()
    streaming: bool = False
    version: Expression | None = None
    timestamp: Expression | None = None
    identifier: Expression | None = None
    """SQL's IDENTIFIER(text) in place of `parts`."""


@dataclass(frozen=True, slots=True)
class DataSource(Relation):
    """Read.DataSource: files of `format` at `paths`; `schema` is DDL or JSON text."""

    format: str
    schema: str = ""
    options: Options = ()
    paths: tuple[str, ...] = ()
    predicates: tuple[str, ...] = ()
    streaming: bool = False


@dataclass(frozen=True, slots=True)
class LocalRelation(Relation):
    """Rows the client sent as an Arrow IPC stream (`data`; None for an empty relation of `schema`,
    which is DDL or JSON text).
    """

    data: bytes | None = None
    schema: str = ""


@dataclass(frozen=True, slots=True)
class CachedLocalRelation(Relation):
    """Rows sent before as artifacts ``cache/<hash>``: one whole LocalRelation message
    (`legacy`), or Arrow chunks and the hash of the schema text.
    """

    data_hashes: tuple[str, ...]
    schema_hash: str = ""
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class CachedRemoteRelation(Relation):
    """A relation this server keeps under `relation_id` (checkpoints)."""

    relation_id: str


@dataclass(frozen=True, slots=True)
class Range(Relation):
    """`id` from `start` (inclusive) to `end` (exclusive) by `step`."""

    start: int
    end: int
    step: int = 1
    partitions: int | None = None


@dataclass(frozen=True, slots=True)
class Values(Relation):
    """SQL's VALUES; columns are col1, col2, ... unless aliased above, by `names` for errors."""

    rows: tuple[tuple[Expression, ...], ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OneRow(Relation):
    """The input of a SELECT without FROM: one row, no columns."""


@dataclass(frozen=True, slots=True)
class TableFunction(Relation):
    """UnresolvedTableValuedFunction: ``range(5)``, ``explode(...)`` in FROM, ``spark.tvf.*``."""

    name: tuple[str, ...]
    arguments: tuple[Expression, ...] = ()
    identifier: Expression | None = None
    """SQL's IDENTIFIER(text) in place of `name`."""


@dataclass(frozen=True, slots=True)
class QueryText(Relation):
    """SQL: query text with its arguments, parsed when bound unless somebody had to do it before."""

    text: str
    named: tuple[tuple[str, Expression], ...] = ()
    positional: tuple[Expression, ...] = ()
    parsed: Relation | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RelationChanges(Relation):
    """The change data feed of a table."""

    parts: tuple[str, ...]
    options: Options = ()
    streaming: bool = False


# ---- one input ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Project(Relation):
    """A select list over `input`; generators and aggregates may stand in it."""

    input: Relation
    expressions: tuple[Expression, ...]
    piped: str = ""
    """The pipe operator that it is, where that takes no aggregates."""


@dataclass(frozen=True, slots=True)
class Filter(Relation):
    """The rows for which `condition` is true."""

    input: Relation
    condition: Expression


@dataclass(frozen=True, slots=True)
class PipeStep(Relation):
    """What comes out of a ``|>``: columns that it leaves away are out of sight for the next one."""

    input: Relation


@dataclass(frozen=True, slots=True)
class Sort(Relation):
    """Ordered rows; not `is_global` sorts each partition alone. `all_columns` is ORDER BY ALL."""

    input: Relation
    order: tuple[SortOrder, ...]
    is_global: bool = True
    all_columns: SortOrder | None = None


@dataclass(frozen=True, slots=True)
class Limit(Relation):
    """The first `limit` rows."""

    input: Relation
    limit: Expression


@dataclass(frozen=True, slots=True)
class Offset(Relation):
    """All but the first `offset` rows."""

    input: Relation
    offset: Expression


@dataclass(frozen=True, slots=True)
class Tail(Relation):
    """The last `limit` rows."""

    input: Relation
    limit: Expression


class GroupKind(Enum):
    """How an Aggregate groups."""

    GROUP_BY = "groupby"
    ROLLUP = "rollup"
    CUBE = "cube"
    PIVOT = "pivot"
    GROUPING_SETS = "grouping sets"


@dataclass(frozen=True, slots=True)
class Pivot:
    """The pivoting `column`; no `values` means: the distinct ones, found by a query."""

    column: Expression
    values: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupingAnalytic:
    """SQL's ROLLUP / CUBE / GROUPING SETS item inside a GROUP BY list."""

    kind: GroupKind
    sets: tuple[tuple[Expression, ...], ...]


@dataclass(frozen=True, slots=True)
class Aggregate(Relation):
    """Grouped rows. From Connect, the output is the grouping expressions followed by `aggregates`;
    from SQL (`select_list`), `aggregates` is the whole select list and grouping expressions may be
    ordinals or aliases of it. `analytics` are SQL's mixed ROLLUP/CUBE/GROUPING SETS items,
    `by_all` is GROUP BY ALL. Of the pipe operator AGGREGATE the last `piped` must be aggregates.
    """

    input: Relation
    kind: GroupKind
    grouping: tuple[Expression, ...]
    aggregates: tuple[Expression, ...]
    pivot: Pivot | None = None
    grouping_sets: tuple[tuple[Expression, ...], ...] = ()
    select_list: bool = False
    analytics: tuple[GroupingAnalytic, ...] = ()
    by_all: bool = False
    piped: int = 0


@dataclass(frozen=True, slots=True)
class Having(Relation):
    """SQL's HAVING; `input` is an Aggregate (or a Project that becomes one)."""

    input: Relation
    condition: Expression


@dataclass(frozen=True, slots=True)
class Qualify(Relation):
    """SQL's QUALIFY: a filter that may use window functions and the select list's aliases."""

    input: Relation
    condition: Expression


@dataclass(frozen=True, slots=True)
class NamedWindow:
    """An entry of the WINDOW clause; `reference` copies another entry."""

    name: str
    partition: tuple[Expression, ...] = ()
    order: tuple[SortOrder, ...] = ()
    frame: Frame | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class NamedWindows(Relation):
    """SQL's WINDOW clause over the query below."""

    input: Relation
    windows: tuple[NamedWindow, ...]


@dataclass(frozen=True, slots=True)
class SubqueryAlias(Relation):
    """`input` under a name; SQL may rename its `columns` too."""

    input: Relation
    alias: str
    qualifier: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Distinct(Relation):
    """SQL's SELECT DISTINCT."""

    input: Relation


@dataclass(frozen=True, slots=True)
class Deduplicate(Relation):
    """dropDuplicates; no `columns` and `all_columns` compares whole rows."""

    input: Relation
    columns: tuple[str, ...] = ()
    all_columns: bool = False
    within_watermark: bool = False


@dataclass(frozen=True, slots=True)
class Sample(Relation):
    """A Bernoulli sample of the rows whose draw lies in [lower, upper). SQL's ``n ROWS`` and
    ``BUCKET x OUT OF y`` arrive as Limit and as a fraction.
    """

    input: Relation
    lower: float
    upper: float
    with_replacement: bool = False
    seed: int | None = None
    deterministic_order: bool = False


@dataclass(frozen=True, slots=True)
class Repartition(Relation):
    """A wish for `partitions`, seen in the number of files written."""

    input: Relation
    partitions: int
    shuffle: bool = True


@dataclass(frozen=True, slots=True)
class RepartitionByExpression(Relation):
    """A wish for rows with equal `expressions` in one partition."""

    input: Relation
    expressions: tuple[Expression, ...]
    partitions: int | None = None


@dataclass(frozen=True, slots=True)
class Hint(Relation):
    """Advice that never changes the answer."""

    input: Relation
    name: str
    parameters: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class ToDF(Relation):
    """All columns renamed by position."""

    input: Relation
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToSchema(Relation):
    """Columns matched by name to `schema`: reordered, cast, nullability checked."""

    input: Relation
    schema: StructType


@dataclass(frozen=True, slots=True)
class Drop(Relation):
    """Without the named `columns`, and without those that the expressions resolve to."""

    input: Relation
    expressions: tuple[Expression, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WithColumns(Relation):
    """Columns added, or replaced by name."""

    input: Relation
    aliases: tuple[Alias, ...]
    piped: bool = False
    """The pipe operator SET, which only replaces."""


@dataclass(frozen=True, slots=True)
class WithColumnsRenamed(Relation):
    """Pairs of old and new name; unknown old names are passed over."""

    input: Relation
    renames: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Unpivot(Relation):
    """Columns to rows. `values` None means: all but `ids`. SQL groups several value columns
    (`value_names` has more than one) and names each group in `aliases`.
    """

    input: Relation
    ids: tuple[Expression, ...] | None
    values: tuple[tuple[Expression, ...], ...] | None
    variable_name: str
    value_names: tuple[str, ...]
    aliases: tuple[str | None, ...] = ()
    include_nulls: bool = True


@dataclass(frozen=True, slots=True)
class PivotClause(Relation):
    """SQL's PIVOT (aggregates FOR columns IN (values)); grouping is by all other columns."""

    input: Relation
    aggregates: tuple[Expression, ...]
    columns: tuple[Expression, ...]
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Transpose(Relation):
    """Rows to columns; no `index` means the first column."""

    input: Relation
    index: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class LateralView(Relation):
    """SQL's LATERAL VIEW [OUTER] generator(...) alias AS columns."""

    input: Relation
    generator: Expression
    outer: bool
    alias: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WithWatermark(Relation):
    """Event time and lateness; without effect on a batch query."""

    input: Relation
    event_time: str
    delay: str


@dataclass(frozen=True, slots=True)
class CollectMetrics(Relation):
    """Observation `name`: `metrics` over the rows that pass."""

    input: Relation
    name: str
    metrics: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Parse(Relation):
    """A column of strings read as `format` (csv, json, xml)."""

    input: Relation
    format: str
    schema: StructType | None = None
    options: Options = ()


# ---- statistics and missing values ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShowString(Relation):
    """The text that ``show()`` prints, as one row of one column ``show_string``."""

    input: Relation
    rows: int = 20
    truncate: int = 20
    vertical: bool = False


@dataclass(frozen=True, slots=True)
class HtmlString(Relation):
    """The HTML table of a notebook, as one row of one column ``html_string``."""

    input: Relation
    rows: int = 20
    truncate: int = 20


@dataclass(frozen=True, slots=True)
class Summary(Relation):
    """``summary()``; no `statistics` means Spark's eight."""

    input: Relation
    statistics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Describe(Relation):
    """``describe()``; no `columns` means all numeric and string ones."""

    input: Relation
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Crosstab(Relation):
    """Pair-wise frequencies."""

    input: Relation
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Covariance(Relation):
    """Sample covariance of two columns, one row of one column ``cov``."""

    input: Relation
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Correlation(Relation):
    """Pearson correlation of two columns, one row of one column ``corr``."""

    input: Relation
    first: str
    second: str
    method: str = "pearson"


@dataclass(frozen=True, slots=True)
class ApproximateQuantile(Relation):
    """Quantiles of each column, one row of one column ``approx_quantile``."""

    input: Relation
    columns: tuple[str, ...]
    probabilities: tuple[float, ...]
    relative_error: float


@dataclass(frozen=True, slots=True)
class FrequentItems(Relation):
    """Items at least as frequent as `support` (0 to 1), possibly with false positives."""

    input: Relation
    columns: tuple[str, ...]
    support: float = 0.01


@dataclass(frozen=True, slots=True)
class SampleBy(Relation):
    """A stratified sample: each stratum literal of `column` with its fraction."""

    input: Relation
    column: Expression
    fractions: tuple[tuple[Literal, float], ...]
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class FillNull(Relation):
    """na.fill: one value for all, or one per column."""

    input: Relation
    columns: tuple[str, ...]
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class DropNull(Relation):
    """na.drop: rows with at least `minimum_non_null` (None: all) of `columns` present."""

    input: Relation
    columns: tuple[str, ...] = ()
    minimum_non_null: int | None = None


@dataclass(frozen=True, slots=True)
class Replace(Relation):
    """na.replace: pairs of old and new value in `columns` (none: all)."""

    input: Relation
    columns: tuple[str, ...]
    replacements: tuple[tuple[Literal, Literal], ...]


# ---- several inputs -----------------------------------------------------------------------------


class JoinType(Enum):
    """Spark's join types."""

    INNER = "inner"
    CROSS = "cross"
    LEFT_OUTER = "left outer"
    RIGHT_OUTER = "right outer"
    FULL_OUTER = "full outer"
    LEFT_SEMI = "left semi"
    LEFT_ANTI = "left anti"


@dataclass(frozen=True, slots=True)
class Join(Relation):
    """Two relations; `using` names the equal columns, `natural` means all common ones. `structs`
    says of each side whether it comes out as one struct column (joinWith); `lateral` lets the
    right side see the left.
    """

    left: Relation
    right: Relation
    type: JoinType
    condition: Expression | None = None
    using: tuple[str, ...] = ()
    natural: bool = False
    lateral: bool = False
    structs: tuple[bool, bool] | None = None


@dataclass(frozen=True, slots=True)
class AsOfJoin(Relation):
    """For each left row the nearest right row; `direction` is backward, forward or nearest."""

    left: Relation
    right: Relation
    left_as_of: Expression
    right_as_of: Expression
    condition: Expression | None
    using: tuple[str, ...]
    type: str
    tolerance: Expression | None
    allow_exact_matches: bool
    direction: str


@dataclass(frozen=True, slots=True)
class NearestByJoin(Relation):
    """For each left row the `results` right rows that rank best; `type` is inner or leftouter,
    `mode` approx or exact, `direction` distance or similarity.
    """

    left: Relation
    right: Relation
    ranking: Expression
    results: int
    type: str
    mode: str
    direction: str


class SetOperator(Enum):
    """The set operations."""

    UNION = "UNION"
    INTERSECT = "INTERSECT"
    EXCEPT = "EXCEPT"


@dataclass(frozen=True, slots=True)
class SetOperation(Relation):
    """Rows of both, matched by position or `by_name` (with nulls for missing columns)."""

    left: Relation
    right: Relation
    operator: SetOperator
    all: bool = False
    by_name: bool = False
    allow_missing_columns: bool = False


@dataclass(frozen=True, slots=True)
class WithRelations(Relation):
    """`root`, whose expressions name `references` by plan id."""

    root: Relation
    references: tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class CommonTable:
    """One ``name (columns) AS (query)`` of a WITH clause; `max_depth` is MAX RECURSION LEVEL."""

    name: str
    relation: Relation
    columns: tuple[str, ...] = ()
    max_depth: int | None = None


@dataclass(frozen=True, slots=True)
class With(Relation):
    """SQL's WITH [RECURSIVE]: `tables` visible in `input` and in the tables after them."""

    input: Relation
    tables: tuple[CommonTable, ...]
    recursive: bool = False


@dataclass(frozen=True, slots=True)
class RowFormat:
    """How rows are lines of text: what ends a field, what stands for null; or as Hive's classes do
    it (the name of `serde`).
    """

    fields: str = "\t"
    null: str = "\\N"
    serde: str = ""


DELIMITED = RowFormat()


@dataclass(frozen=True, slots=True)
class Transform(Relation):
    """SELECT TRANSFORM (...) USING program: the rows of `input` as lines (`reads`) that a program
    turns into others (`writes`); without `columns` they have a key and a value.
    """

    input: Relation
    program: str
    columns: StructType | None = None
    reads: RowFormat = DELIMITED
    writes: RowFormat = DELIMITED


@dataclass(frozen=True, slots=True)
class CommandResult(Relation):
    """A command in the place of a relation (``spark.sql("SHOW TABLES")``, Relation.catalog):
    bound by running `command` and keeping its rows.
    """

    command: object


@dataclass(frozen=True, slots=True)
class Unsupported(Relation):
    """A kind the protocol has and Boathouse does not yet answer; binding it raises."""

    feature: str
