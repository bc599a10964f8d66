"""A table as it is at one version. A snapshot never changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol as Shape

import orjson

from boathouse.files.environment import Environment
from boathouse.tables.delta.actions import (
    AddFile,
    DomainMetadata,
    Metadata,
    Protocol,
    RemoveFile,
)
from boathouse.tables.delta.creation import CLUSTERING, declared_schema
from boathouse.tables.delta.features import maps_columns
from boathouse.tables.delta.file_chunk import FileKey, Json, key_of
from boathouse.tables.delta.file_group import Layout
from boathouse.tables.delta.file_index import FileIndex
from boathouse.tables.delta.scan import DeltaScan
from boathouse.tables.delta.schema import ColumnMapping, public_schema, schema_of
from boathouse.tables.delta.state import State
from boathouse.tables.storage import Storage
from boathouse.types.datatypes import StructType

_MODE = "delta.columnMapping.mode"


class Log(Shape):
    """What a snapshot needs of the log it comes from."""

    @property
    def storage(self) -> Storage:
        """Where the table's files lie."""
        ...

    @property
    def table(self) -> str:
        """How messages call the table."""
        ...


@dataclass(frozen=True)
class Snapshot:
    """The table at `version`, committed at `timestamp` (milliseconds)."""

    log: Log
    version: int
    timestamp: int
    protocol: Protocol
    metadata: Metadata
    state: State

    @cached_property
    def schema(self) -> StructType:
        """The columns, with all that the log says of each in its field's metadata."""
        return schema_of(self.metadata.schema_string)

    @property
    def columns(self) -> StructType:
        """The columns as they were declared."""
        return public_schema(declared_schema(self.schema))

    @property
    def description(self) -> str | None:
        """The table's comment."""
        return self.metadata.description

    @property
    def partition_by(self) -> tuple[str, ...]:
        """The names of the partition columns."""
        return tuple(self.metadata.partition_columns)

    @property
    def cluster_by(self) -> tuple[str, ...]:
        """The names of the columns by which rows are clustered, dotted where they are nested."""
        return tuple(map(".".join, self.clustering))

    @property
    def clustering(self) -> tuple[tuple[str, ...], ...]:
        """The columns, or fields of them, by which rows are clustered."""
        found = self.domains.get(CLUSTERING)
        if found is None:
            return ()
        paths = orjson.loads(found.configuration).get("clusteringColumns") or ()
        return tuple(self.mapping.logical_path(path) for path in paths)

    @property
    def properties(self) -> Mapping[str, str]:
        """The table properties, ``delta.*`` and the user's."""
        return self.metadata.configuration

    @property
    def facts(self) -> dict[str, str]:
        """The table's properties, with the protocol told in the same form."""
        protocol = self.protocol
        listed = {*(protocol.reader_features or ()), *(protocol.writer_features or ())}
        return {
            **self.properties,
            "delta.minReaderVersion": str(protocol.min_reader_version),
            "delta.minWriterVersion": str(protocol.min_writer_version),
            **{f"delta.feature.{name}": "supported" for name in sorted(listed)},
        }

    def partitions(self) -> list[tuple[tuple[str, str | None], ...]]:
        """The partitions that hold files, as pairs of column and value, in order."""
        names = [(p, self.mapping.physical_name(p)) for p in self.partition_by]
        found = {
            tuple((name, file.partition_values.get(physical)) for name, physical in names)
            for file in self.files.files()
        }
        return sorted(found, key=str) if names else []

    @cached_property
    def mapping(self) -> ColumnMapping:
        """How files call the columns."""
        mode = self.properties.get(_MODE, "none") if maps_columns(self.protocol) else "none"
        return ColumnMapping(mode, self.schema)

    @property
    def files(self) -> FileIndex:
        """The data files."""
        return FileIndex(self.state.parts, self.mapping, self.partition_by)

    @property
    def transactions(self) -> Mapping[str, int]:
        """The last version that each application wrote."""
        return {name: one.version for name, one in (self.state.transactions or {}).items()}

    @property
    def domains(self) -> Mapping[str, DomainMetadata]:
        """The domains' configurations that are not removed."""
        found = self.state.domains or {}
        return {name: one for name, one in found.items() if not one.removed}

    def tombstones(self) -> list[RemoveFile]:
        """The files that were removed, as far as the log remembers them."""
        return [RemoveFile.from_json(one) for one in self._removes()]

    def _removes(self) -> Iterable[Json]:
        removed = self.state.removed or {}
        yield from removed.values()
        older: dict[FileKey, Json] = {}
        for kept in self.state.kept:
            older.update((key_of(one), one) for one in kept.read())
        for key in removed:
            older.pop(key, None)
        for part in self.state.parts:
            for key in part.chunk.keys(part.rows) if older else ():
                older.pop(key, None)
        yield from older.values()

    def scan(self, environment: Environment, files: Sequence[AddFile] | None = None) -> DeltaScan:
        """The rows, or those of some `files`."""
        layout = Layout(self.log.storage, self.mapping, self.partition_by, self.properties)
        given = None if files is None else tuple(files)
        return DeltaScan(layout, self.version, self.files, environment, given)
