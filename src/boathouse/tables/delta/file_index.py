"""The files of a snapshot, and those of them that a query may need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from boathouse.plan import expressions as e
from boathouse.tables.delta.actions import AddFile
from boathouse.tables.delta.bounds import counted
from boathouse.tables.delta.pruning import Columns, Pruner
from boathouse.tables.delta.schema import ColumnMapping
from boathouse.tables.delta.state import Part


@dataclass(frozen=True, slots=True)
class FileIndex:
    """The live files in `parts` of a table with these columns."""

    parts: tuple[Part, ...]
    mapping: ColumnMapping
    partition_by: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many files."""
        return sum(part.count for part in self.parts)

    @property
    def bytes(self) -> int:
        """How large they are together."""
        return int(sum(part.chunk.sizes()[part.rows].sum() for part in self.parts))

    @property
    def records(self) -> int | None:
        """How many rows they have together; None when the log does not say it of all."""
        total = 0
        for part in self.parts:
            counts = counted(part.chunk)[part.rows]
            if (counts < 0).any():
                return None
            total += int(counts.sum()) - int(part.chunk.deleted()[part.rows].sum())
        return total

    def files(self) -> list[AddFile]:
        """All of them."""
        return [file for part in self.parts for file in part.chunk.adds(part.rows)]

    def matching(
        self, filters: Sequence[e.Expression], columns: Mapping[int, str], zone: str = "UTC"
    ) -> list[AddFile]:
        """Those that may hold rows for which all `filters` are true; `columns` are the names of the
        table's columns by the ids that the filters have for them.
        """
        known = Columns(self.mapping, self.partition_by, columns, zone)
        found: list[AddFile] = []
        for part in self.parts:
            pruner = Pruner(part.chunk, known)
            wanted = np.ones(len(part.chunk), np.bool_) if part.live is None else part.live
            for condition in filters:
                wanted = wanted & pruner.may_be_true(condition)
            found += part.chunk.adds(np.flatnonzero(wanted))
        return found
