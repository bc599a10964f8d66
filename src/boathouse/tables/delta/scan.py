"""The rows of a snapshot as a source: what a plan's Scan holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from boathouse.duck import tree
from boathouse.files.environment import Environment
from boathouse.plan import expressions as e
from boathouse.tables.delta import paths
from boathouse.tables.delta.actions import AddFile
from boathouse.tables.delta.deletion_vectors import rows_of
from boathouse.tables.delta.file_group import (
    FILE,
    KEPT_ROW_ID,
    KEPT_ROW_VERSION,
    METADATA,
    PLACE,
    ROW,
    Layout,
    Piece,
    no_rows,
    read_pieces,
)
from boathouse.tables.delta.file_index import FileIndex
from boathouse.tables.delta.schema import public_schema
from boathouse.types import datatypes as t

__all__ = [
    "FILE",
    "KEPT_ROW_ID",
    "KEPT_ROW_VERSION",
    "METADATA",
    "PLACE",
    "ROW",
    "DeltaScan",
    "Layout",
]


@dataclass(frozen=True, slots=True)
class DeltaScan:
    """The rows of `files` (None: all of `index`) of a table at `version`."""

    layout: Layout
    version: int
    index: FileIndex
    environment: Environment
    files: tuple[AddFile, ...] | None = None

    @property
    def name(self) -> str:
        """For EXPLAIN."""
        return "delta"

    @property
    def schema(self) -> t.StructType:
        """The columns in the table's order."""
        return public_schema(self.layout.mapping.schema)

    @property
    def metadata_schema(self) -> t.StructType:
        """The hidden column ``_metadata``, unless the table has one of that name."""
        key = self.environment.key
        if any(key(name) == METADATA for name in self.layout.mapping.schema.names):
            return t.StructType(())
        facts = t.StructType(self.layout.metadata_fields)
        return t.StructType((t.StructField(METADATA, facts, nullable=False),))

    @property
    def roots(self) -> tuple[str, ...]:
        """The place whose files these are."""
        return (paths.readable(self.layout.storage, ""),)

    def input_files(self) -> list[str]:
        """The URIs of the files."""
        return [paths.uri(self.layout.storage, file.path) for file in self.chosen]

    @property
    def chosen(self) -> Sequence[AddFile]:
        """The files that are read."""
        return self.index.files() if self.files is None else self.files

    def pruned(self, filters: Sequence[e.Expression], columns: Mapping[int, str]) -> DeltaScan:
        """Without the files that can have no row for which all `filters` are true; `columns` are
        the names of the columns by their ids in the filters.
        """
        if self.files is not None:
            return self
        zone = self.environment.zone
        return replace(self, files=tuple(self.index.matching(filters, columns, zone)))

    def relation(self, columns: Sequence[str]) -> tree.Relation:
        """The duck relation giving `columns`, in order, under exactly these names."""
        if not columns and (counted := self._counted()) is not None:
            return counted
        files = self.chosen
        if not files:
            fields = (*self.schema.fields, *self.metadata_schema.fields)
            return no_rows(columns, {f.name: f.type for f in fields})
        pieces = [self._piece(file) for file in files]
        return read_pieces(pieces, columns, self.layout, self.environment)

    def _counted(self) -> tree.Relation | None:
        """As many rows as the log says there are, when it says so of every file."""
        records = self.index.records if self.files is None else None
        if records is None:
            return None
        return tree.Select(
            ((tree.TRUE, "present"),), tree.TableFunction("range", (tree.literal(records),))
        )

    def _piece(self, file: AddFile) -> Piece:
        vector = file.deletion_vector
        return Piece(file, None if vector is None else rows_of(vector, self.layout.storage))
