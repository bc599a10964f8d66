"""The change data feed: what each commit inserted, deleted and updated, as a source of rows.

A commit that changed rows inside files says so in change files, which are read as they are. Any
other commit's changes are the rows of the files it added and removed; where a file only got another
deletion vector, the rows in which the two differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from boathouse.duck import tree
from boathouse.errors.exceptions import AnalysisError, SparkError
from boathouse.files.environment import Environment
from boathouse.tables.delta import paths
from boathouse.tables.delta.actions import AddCDCFile, AddFile, Metadata, RemoveFile
from boathouse.tables.delta.deletion_vectors import rows_of
from boathouse.tables.delta.file_group import Layout, Piece, no_rows, read_pieces
from boathouse.tables.delta.log import DeltaLog
from boathouse.tables.delta.paths import canonical
from boathouse.tables.delta.schema import public_schema
from boathouse.tables.delta.snapshot import Snapshot
from boathouse.tables.storage import Storage
from boathouse.types import datatypes as t

CHANGE_TYPE, VERSION, TIMESTAMP = "_change_type", "_commit_version", "_commit_timestamp"
ENABLED = "delta.enableChangeDataFeed"

_COLUMNS = (
    t.StructField(CHANGE_TYPE, t.STRING),
    t.StructField(VERSION, t.LONG),
    t.StructField(TIMESTAMP, t.TIMESTAMP),
)
_EXTRA: Mapping[str, t.DataType] = {f.name: f.type for f in _COLUMNS}


@dataclass(frozen=True, slots=True)
class ChangesScan:
    """The changes of the versions `start` to `end` in the schema of `snapshot`."""

    log: DeltaLog
    snapshot: Snapshot
    start: int
    end: int
    environment: Environment

    @property
    def name(self) -> str:
        """For EXPLAIN."""
        return "delta changes"

    @property
    def schema(self) -> t.StructType:
        """The table's columns, then what kind of change a row is, and when it came."""
        return t.StructType((*public_schema(self.snapshot.schema).fields, *_COLUMNS))

    @property
    def metadata_schema(self) -> t.StructType:
        """None."""
        return t.StructType(())

    @property
    def roots(self) -> tuple[str, ...]:
        """The place whose files these are."""
        return (paths.readable(self.log.storage, ""),)

    def input_files(self) -> list[str]:
        """The URIs of the files."""
        return [paths.uri(self.log.storage, piece.file.path) for piece in self._pieces()]

    def relation(self, columns: Sequence[str]) -> tree.Relation:
        """The duck relation giving `columns`, in order, under exactly these names."""
        pieces = list(self._pieces())
        if not pieces:
            return no_rows(columns, {f.name: f.type for f in self.schema.fields})
        snapshot = self.snapshot
        layout = Layout(
            self.log.storage, snapshot.mapping, snapshot.partition_by, snapshot.properties
        )
        return read_pieces(pieces, columns, layout, self.environment, _EXTRA)

    def _pieces(self) -> Iterator[Piece]:
        times = self.log.times()
        for version, actions in self.log.changes(self.start, self.end):
            for action in actions:
                if isinstance(action, Metadata) and not enabled(action.configuration):
                    raise missing(self.start, self.end, version)
            facts = {VERSION: version, TIMESTAMP: times.of(version) * 1000}
            yield from _commit(actions, facts, self.log, version)


def _commit(
    actions: Sequence[Any], facts: Mapping[str, Any], log: DeltaLog, version: int
) -> Iterator[Piece]:
    stated = [action for action in actions if isinstance(action, AddCDCFile)]
    if stated:
        for change in stated:
            file = AddFile(change.path, partition_values=change.partition_values, size=change.size)
            yield Piece(file, facts=tuple(facts.items()))
        return
    added = {canonical(a.path): a for a in actions if isinstance(a, AddFile) and a.data_change}
    removed = {canonical(a.path): a for a in actions if isinstance(a, RemoveFile) and a.data_change}
    for path in (*removed, *(path for path in added if path not in removed)):
        yield from _file_changes(removed.get(path), added.get(path), facts, log, version)


def _file_changes(
    removed: RemoveFile | None,
    added: AddFile | None,
    facts: Mapping[str, Any],
    log: DeltaLog,
    version: int,
) -> Iterator[Piece]:
    inserted = (*{**facts, CHANGE_TYPE: "insert"}.items(),)
    deleted = (*{**facts, CHANGE_TYPE: "delete"}.items(),)
    storage = log.storage
    if removed is None and added is not None:
        yield Piece(added, _gone(added, storage), facts=inserted)
    elif added is None and removed is not None:
        file = _as_added(removed, log, version)
        yield Piece(file, _gone(file, storage), facts=deleted)
    elif added is not None and removed is not None:
        before, after = (_gone(file, storage, none=True) for file in (removed, added))
        assert before is not None and after is not None  # noqa: S101, PT018 - never none
        for rows, said in (
            (np.setdiff1d(after, before), deleted),
            (np.setdiff1d(before, after), inserted),
        ):
            if len(rows):
                yield Piece(added, rows, only=True, facts=said)


def _gone(file: AddFile | RemoveFile, storage: Storage, *, none: bool = False) -> np.ndarray | None:
    vector = file.deletion_vector
    if vector is not None:
        return rows_of(vector, storage)
    return np.empty(0, np.int64) if none else None


def _as_added(removed: RemoveFile, log: DeltaLog, version: int) -> AddFile:
    """The file as it was; a tombstone may not know its partition values."""
    if removed.partition_values is None and log.snapshot().partition_by:
        for file in log.snapshot(version - 1).files.files():
            if canonical(file.path) == canonical(removed.path):
                return file
        raise SparkError("DELTA_FILE_NOT_FOUND", path=removed.path)
    return AddFile(
        removed.path,
        partition_values=removed.partition_values or {},
        size=removed.size or 0,
        deletion_vector=removed.deletion_vector,
    )


def enabled(properties: Mapping[str, str]) -> bool:
    """Whether a table records its changes."""
    return properties.get(ENABLED, "").lower() == "true"


def missing(start: int, end: int, version: int) -> AnalysisError:
    """The error for a version whose changes were not recorded."""
    return AnalysisError(
        "DELTA_MISSING_CHANGE_DATA",
        startVersion=start,
        endVersion=end,
        version=version,
        key=ENABLED,
    )


@dataclass(frozen=True, slots=True)
class Bounds:
    """What part of the feed is asked for: each end by version or by time in milliseconds."""

    start_version: int | None = None
    start_timestamp: int | None = None
    end_version: int | None = None
    end_timestamp: int | None = None
    start_included: bool = True
    end_included: bool = True


def changes_of(log: DeltaLog, bounds: Bounds, environment: Environment) -> ChangesScan:
    """The changes within `bounds`. Raises Delta's conditions for a range that is none, and for
    versions without recorded changes.
    """
    snapshot = log.snapshot()
    start = _start(log, bounds, environment.zone)
    end = _end(log, bounds, snapshot.version)
    if start > snapshot.version:
        raise AnalysisError(
            "DELTA_VERSION_NOT_FOUND", userVersion=start, earliest=0, latest=snapshot.version
        )
    if end < start:
        raise AnalysisError("DELTA_INVALID_CDC_RANGE", start=start, end=end)
    if not enabled(log.snapshot(start).properties):
        raise missing(start, end, start)
    return ChangesScan(log, snapshot, start, end, environment)


def _start(log: DeltaLog, bounds: Bounds, zone: str) -> int:
    if bounds.start_version is not None and bounds.start_timestamp is not None:
        raise AnalysisError("DELTA_MULTIPLE_CDC_BOUNDARY", startingOrEnding="starting")
    if bounds.start_version is not None:
        return bounds.start_version + (not bounds.start_included)
    if bounds.start_timestamp is None:
        raise AnalysisError("DELTA_NO_START_FOR_CDC_READ")
    first = log.times().first_from(bounds.start_timestamp + (not bounds.start_included))
    if first is None:
        # The same condition as travelling there.
        return log.snapshot(timestamp=bounds.start_timestamp, zone=zone).version
    return first


def _end(log: DeltaLog, bounds: Bounds, latest: int) -> int:
    if bounds.end_version is not None and bounds.end_timestamp is not None:
        raise AnalysisError("DELTA_MULTIPLE_CDC_BOUNDARY", startingOrEnding="ending")
    if bounds.end_version is not None:
        return min(bounds.end_version - (not bounds.end_included), latest)
    if bounds.end_timestamp is None:
        return latest
    last = log.times().last_until(bounds.end_timestamp - (not bounds.end_included))
    return -1 if last is None else last
