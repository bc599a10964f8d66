"""Bound changes of a table's rows: DELETE and UPDATE are a MERGE without a source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from boathouse.spec.commands import MergeVerb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boathouse.plan.expressions import Attribute, Expression
    from boathouse.plan.relations import Relation, Scan
    from boathouse.types.datatypes import StructType

PLACE = "boathouse_place"
"""The hidden column of a table that names a row's data file by its local path."""

ROW = "boathouse_row"
"""The hidden column that numbers the rows of a data file from 0."""

KEPT_ROW_ID = "boathouse_kept_row_id"
"""The hidden column, where the table keeps track of its rows, of the id that a row brought with it
from another file.
"""

KEPT_ROW_VERSION = "boathouse_kept_row_version"
"""The hidden column of the version that a row brought with it from another file."""


@dataclass(frozen=True, slots=True)
class Clause:
    """WHEN ... [AND condition] THEN verb. `values` has one value for each column of the table as it
    will be; a DELETE has none.
    """

    verb: MergeVerb
    condition: Expression | None = None
    values: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """The rows that may change: a scan, which gives `columns` (one for each of the table's), the
    row's `file` and number (`row`), and, where the table keeps `track` of its rows, the id and the
    version that a row brought with it.
    """

    scan: Scan
    columns: tuple[Attribute, ...]
    file: Attribute
    row: Attribute
    track: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Numbered:
    """A column (by position) whose values go on from `first` by `step` in the rows that one of the
    `clauses` (by number) inserts.
    """

    column: int
    first: int
    step: int
    clauses: frozenset[int]


@dataclass(frozen=True, slots=True)
class Change:
    """For each row of `target` that meets `condition` (None: each row) with a row of `source`
    (None: by itself) the first of the `matched` clauses whose own condition holds; `not_matched`
    clauses for the source's other rows, `not_matched_by_source` ones for the target's. Afterwards
    the table's columns are those of `schema`, which in a row that stays have the values `kept`;
    some are `numbered`.
    """

    target: Target
    condition: Expression | None
    schema: StructType
    kept: tuple[Expression, ...]
    source: Relation | None = None
    matched: tuple[Clause, ...] = ()
    not_matched: tuple[Clause, ...] = ()
    not_matched_by_source: tuple[Clause, ...] = ()
    numbered: tuple[Numbered, ...] = ()

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """All of them."""
        return self.matched + self.not_matched + self.not_matched_by_source

    @property
    def inserts_only(self) -> bool:
        """Whether no row that is there already can change."""
        return not (self.matched or self.not_matched_by_source)

    def expressions(self) -> Iterator[Expression]:
        """Every expression of the change."""
        if self.condition is not None:
            yield self.condition
        for clause in self.clauses:
            if clause.condition is not None:
                yield clause.condition
            yield from clause.values

    def reading(self, scan: Scan) -> Change:
        """This change with other rows of the same table as its target."""
        return replace(self, target=replace(self.target, scan=scan))
