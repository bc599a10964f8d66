"""Bound relations. `output` is the columns a relation gives, in order.

Binding and every pass ask for it again and again, so it is kept: in the dictionary that slots would
leave no room for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from boathouse.plan.expressions import attribute_of
from boathouse.plan.once import once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boathouse.duck import tree as duck_tree
    from boathouse.plan.expressions import (
        Alias,
        Attribute,
        Expression,
        GeneratorCall,
        Named,
        SortKey,
    )
    from boathouse.spec.relations import JoinType, SetOperator
    from boathouse.types.datatypes import StructType


class Source(Protocol):
    """What a Scan reads: files of a format, later a table's snapshot."""

    @property
    def name(self) -> str:
        """How EXPLAIN shows it."""
        ...

    @property
    def schema(self) -> StructType:
        """All columns it can give, metadata columns not among them."""
        ...

    @property
    def metadata_schema(self) -> StructType:
        """The hidden columns it can give, such as ``_metadata``."""
        ...

    def relation(self, columns: Sequence[str]) -> duck_tree.Relation:
        """The duck relation giving `columns` (names of `schema` or `metadata_schema`), in order,
        under exactly these names and with the DuckDB types of the schema.
        """
        ...

    def input_files(self) -> list[str]:
        """The URIs of the files it reads."""
        ...


@runtime_checkable
class Prunable(Protocol):
    """A source that can do without part of its rows."""

    def pruned(self, filters: Sequence[Expression], columns: Mapping[int, str]) -> Source:
        """The source without (some) rows for which one of `filters` is not true; `columns` are its
        names for the attributes in them, by id.
        """
        ...


@dataclass(frozen=True)
class Relation:
    """The root of bound relations."""

    @once
    def output(self) -> tuple[Attribute, ...]:
        """The columns, in order."""
        raise NotImplementedError


@dataclass(frozen=True)
class OneRow(Relation):
    """One row without columns."""

    @once
    def output(self) -> tuple[Attribute, ...]:
        """No columns."""
        return ()


@dataclass(frozen=True)
class LocalData(Relation):
    """Rows held in memory: `table` is a pyarrow Table in DuckDB's form, its columns by position
    those of `attributes`.
    """

    table: Any = field(compare=False)
    attributes: tuple[Attribute, ...]
    partitions: int = 1

    @once
    def output(self) -> tuple[Attribute, ...]:
        """The table's columns."""
        return self.attributes


@dataclass(frozen=True)
class Scan(Relation):
    """Rows of `source`; `columns` are the source's names for `attributes`. Of rows for which one of
    `filters` is not true nobody will notice whether they are given.
    """

    source: Source = field(compare=False)
    columns: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    filters: tuple[Expression, ...] = ()

    @once
    def output(self) -> tuple[Attribute, ...]:
        """The columns read."""
        return self.attributes


@dataclass(frozen=True)
class Range(Relation):
    """Numbers from `start` up to, not including, `end`."""

    start: int
    end: int
    step: int
    attribute: Attribute
    partitions: int = 1

    @once
    def output(self) -> tuple[Attribute, ...]:
        """The one column."""
        return (self.attribute,)


@dataclass(frozen=True)
class Values(Relation):
    """Rows of expressions that look at no input."""

    rows: tuple[tuple[Expression, ...], ...]
    attributes: tuple[Attribute, ...]
    partitions: int = 1

    @once
    def output(self) -> tuple[Attribute, ...]:
        """One column per position."""
        return self.attributes


@dataclass(frozen=True)
class Unary(Relation):
    """A relation over one `child`, by default with the child's columns."""

    child: Relation

    @once
    def output(self) -> tuple[Attribute, ...]:
        """The child's columns."""
        return self.child.output


@dataclass(frozen=True)
class Project(Unary):
    """A select list; windows stand in it, aggregates and generators do not."""

    expressions: tuple[Named, ...]

    @once
    def output(self) -> tuple[Attribute, ...]:
        """What the list gives."""
        return tuple(map(attribute_of, self.expressions))


@dataclass(frozen=True)
class Filter(Unary):
    """The rows for which `condition` is true."""

    condition: Expression


@dataclass(frozen=True)
class Aggregate(Unary):
    """One row per group. `grouping` and `aggregates` (of AggregateCall or GroupingIndicator) are
    the output; `sets` index `grouping`, None is one set of all.
    """

    grouping: tuple[Alias, ...]
    aggregates: tuple[Alias, ...]
    sets: tuple[tuple[int, ...], ...] | None = None

    @once
    def output(self) -> tuple[Attribute, ...]:
        """Keys, nullable when grouping sets may drop them, then aggregates."""
        keys = [key.attribute for key in self.grouping]
        if self.sets is not None:
            keys = [
                key.made_nullable() if any(i not in s for s in self.sets) else key
                for i, key in enumerate(keys)
            ]
        return (*keys, *[a.attribute for a in self.aggregates])


@dataclass(frozen=True)
class Sort(Unary):
    """Ordered rows."""

    keys: tuple[SortKey, ...]


@dataclass(frozen=True)
class Limit(Unary):
    """At most `limit` rows (None: all) after `offset`."""

    limit: int | None
    offset: int = 0


@dataclass(frozen=True)
class Tail(Unary):
    """The last `limit` rows."""

    limit: int


@dataclass(frozen=True)
class Distinct(Unary):
    """Rows without duplicates."""


@dataclass(frozen=True)
class DistinctOn(Unary):
    """One row for each value of `keys`."""

    keys: tuple[Attribute, ...]


@dataclass(frozen=True)
class Sample(Unary):
    """Rows drawn with replacement: each comes as often as a Poisson draw of mean `upper` - `lower`
    says.
    """

    lower: float
    upper: float
    seed: int


@dataclass(frozen=True)
class Numbered(Unary):
    """The rows of `child`, numbered from 0 in `attribute`. With `base`, the number that each of
    `rows` rows had when they were cut into `partitions`, numbers are given anew in each partition,
    from where it begins.
    """

    attribute: Attribute
    base: Attribute | None = None
    rows: int = 0
    partitions: int = 1

    @once
    def output(self) -> tuple[Attribute, ...]:
        """The child's columns and the number."""
        return (*self.child.output, self.attribute)


@dataclass(frozen=True)
class Drawn(Unary):
    """Each row of `child` with the values that stand at its `index` in `lists` (Arrow arrays)."""

    index: Attribute
    attributes: tuple[Attribute, ...]
    lists: tuple[Any, ...] = field(compare=False)

    @once
    def output(self) -> tuple[Attribute, ...]:
        """The child's columns, then one for each list."""
        return self.child.output + self.attributes


@dataclass(frozen=True)
class Generate(Unary):
    """Each row of `child` with each row that `generator` yields for it, or, when the call is outer,
    with nulls when it yields none.
    """

    generator: GeneratorCall
    attributes: tuple[Attribute, ...]

    @once
    def output(self) -> tuple[Attribute, ...]:
        """The child's columns, then the generator's."""
        return self.child.output + self.attributes


@dataclass(frozen=True)
class Observe(Unary):
    """The rows of `child`, while `metrics` over them are collected under `name`."""

    name: str
    metrics: tuple[Alias, ...]


@dataclass(frozen=True)
class Partitioned(Unary):
    """The rows of `child`, which a writer puts into `partitions` files."""

    partitions: int


@dataclass(frozen=True)
class Join(Relation):
    """Pairs of rows; `lateral` lets the right side use columns of the left."""

    left: Relation
    right: Relation
    kind: JoinType
    condition: Expression | None
    lateral: bool = False

    @once
    def output(self) -> tuple[Attribute, ...]:
        """Both sides' columns, nullable where the other side may be missing."""
        left, right = self.left.output, self.right.output
        match self.kind.value:
            case "left semi" | "left anti":
                return left
            case "left outer":
                return left + tuple([a.made_nullable() for a in right])
            case "right outer":
                return tuple([a.made_nullable() for a in left]) + right
            case "full outer":
                return tuple([a.made_nullable() for a in left + right])
            case _:
                return left + right


@dataclass(frozen=True)
class AsOfJoin(Relation):
    """For each left row the right row with the least `distance` among those that meet `condition`;
    `outer` keeps left rows without any.
    """

    left: Relation
    right: Relation
    condition: Expression | None
    ranking: tuple[SortKey, ...]
    results: int
    outer: bool

    @once
    def output(self) -> tuple[Attribute, ...]:
        """Both sides' columns."""
        right = self.right.output
        return self.left.output + (
            tuple([a.made_nullable() for a in right]) if self.outer else right
        )


@dataclass(frozen=True)
class SetOperation(Relation):
    """Rows of all `children`, whose columns agree in number and type."""

    children: tuple[Relation, ...]
    operator: SetOperator
    all: bool
    attributes: tuple[Attribute, ...]

    @once
    def output(self) -> tuple[Attribute, ...]:
        """New columns named after the first child's."""
        return self.attributes


@dataclass(frozen=True, slots=True)
class CommonTable:
    """A query with a name that several places read. A recursive one has its `anchor` and a step."""

    id: int
    query: Relation
    name: str = ""
    step: Relation | None = None
    all: bool = True
    max_depth: int = 100

    @property
    def recursive(self) -> bool:
        """Whether the step reads the table itself."""
        return self.step is not None


@dataclass(frozen=True)
class With(Unary):
    """`child`, in which CommonTableScans of `tables` may stand."""

    tables: tuple[CommonTable, ...]


@dataclass(frozen=True)
class CommonTableScan(Relation):
    """The rows of common table `id`: `attributes` are new columns for its output, by position;
    `columns` are the ids of the query's own.
    """

    id: int
    columns: tuple[int, ...]
    attributes: tuple[Attribute, ...]
    name: str = ""

    @once
    def output(self) -> tuple[Attribute, ...]:
        """One new column for each of the query's."""
        return self.attributes
