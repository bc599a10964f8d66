"""The log of a Delta table: which versions there are, and the snapshot of each."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache

from boathouse.errors.exceptions import AnalysisError, SparkError
from boathouse.tables.delta.actions import Action, CommitInfo, action_of
from boathouse.tables.delta.checkpoints import LOG, UnreadableCheckpointError, read_checkpoint
from boathouse.tables.delta.commit_times import CommitTimes, info_of, of_snapshot, version_at
from boathouse.tables.delta.features import require_readable
from boathouse.tables.delta.log_files import (
    LogFiles,
    Segment,
    commit_name,
    hinted_version,
    list_log,
    segments,
)
from boathouse.tables.delta.snapshot import Snapshot
from boathouse.tables.delta.state import State, advanced, lines, state_of
from boathouse.tables.storage import Entry, Storage

_OLD_SNAPSHOTS = 4
_LOGS = 512


class DeltaLog:
    """The log at one table's root. Thread-safe; it keeps the newest snapshot, to which a later
    request only adds what was committed since.
    """

    def __init__(self, storage: Storage) -> None:
        """Of the table whose root is `storage`; `at` gives the one that is shared."""
        self.storage = storage
        self._lock = threading.RLock()
        self._newest: Snapshot | None = None
        self._newest_entry: Entry | None = None
        self._old: dict[int, Snapshot] = {}

    @classmethod
    def at(cls, storage: Storage) -> DeltaLog:
        """The log at `storage`: one for each place in a process."""
        return _log_at(storage.uri, _Holder(storage))

    @property
    def table(self) -> str:
        """How messages call the table."""
        return f"delta.`{place_of(self.storage)}`"

    def exists(self) -> bool:
        """Whether there is a table."""
        return any(
            name.endswith((".json", ".parquet"))
            for name in (entry.name for entry in self.storage.entries(LOG, "0"))
        )

    # ---- snapshots ----

    def snapshot(
        self, version: int | None = None, timestamp: int | None = None, zone: str = "UTC"
    ) -> Snapshot:
        """The newest, or that of `version`, or the one that was current at `timestamp` (ms);
        messages show times in `zone`.
        """
        with self._lock:
            if timestamp is not None:
                version = version_at(self.times(), timestamp, self.table, zone)
            if version is None:
                return self._latest()
            return self._at(version)

    def _latest(self) -> Snapshot:
        known, entry = self._newest, self._newest_entry
        if known is not None and entry is not None:
            files = list_log(self.storage, known.version)
            if files.commits.get(known.version) == entry:
                return self._later(known, files)
        return self._loaded()

    def _later(self, known: Snapshot, files: LogFiles) -> Snapshot:
        latest = max(files.commits)
        if latest == known.version:
            return known
        versions = range(known.version + 1, latest + 1)
        if any(version not in files.commits for version in versions):
            return self._loaded()
        names = [files.commits[version].name for version in versions]
        state = advanced(known.state, self._contents(names))
        return self._keep(self._snapshot(state, latest, files), files)

    def _loaded(self) -> Snapshot:
        # What was known may be of another table that was at this place.
        self._old.clear()
        files = list_log(self.storage, hinted_version(self.storage))
        if not files.checkpoints:
            files = list_log(self.storage)
        if files.latest < 0:
            raise self._missing()
        try:
            snapshot = self._built(files, files.latest)
        except SparkError:
            # A newer checkpoint than the rest needs may be broken: look at the whole log.
            files = list_log(self.storage)
            snapshot = self._built(files, files.latest)
        return self._keep(snapshot, files)

    def _keep(self, snapshot: Snapshot, files: LogFiles) -> Snapshot:
        self._newest = snapshot
        self._newest_entry = files.commits.get(snapshot.version)
        return snapshot

    def _at(self, version: int) -> Snapshot:
        known = self._newest
        latest = self._latest()
        if version == latest.version:
            return latest
        if known is not latest:
            self._old.clear()
        found = self._old.get(version)
        if found is None:
            files = list_log(self.storage)
            if not files.earliest <= version <= files.latest:
                raise AnalysisError(
                    "DELTA_VERSION_NOT_FOUND",
                    userVersion=version,
                    earliest=files.earliest,
                    latest=files.latest,
                )
            found = self._built(files, version)
            if len(self._old) >= _OLD_SNAPSHOTS:
                del self._old[next(iter(self._old))]
            self._old[version] = found
        return found

    def _built(self, files: LogFiles, version: int) -> Snapshot:
        """The snapshot of `version`: from the newest checkpoint that can be read."""
        damaged = ""
        for segment in segments(files, version):
            try:
                state = self._state(segment)
            except UnreadableCheckpointError as error:
                damaged = damaged or error.name
            else:
                return self._snapshot(state, version, files)
        raise SparkError("DELTA_FAILED_READ_FILE_FOOTER", currentFile=damaged)

    def _state(self, segment: Segment) -> State:
        state = State()
        if segment.checkpoint is not None:
            state = state_of(read_checkpoint(segment.checkpoint, self.storage))
        return advanced(state, self._contents(segment.names))

    def _contents(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        for name in names:
            try:
                yield name, self.storage.read(name)
            except FileNotFoundError:
                raise SparkError("DELTA_LOG_FILE_NOT_FOUND", path=name) from None

    def _snapshot(self, state: State, version: int, files: LogFiles) -> Snapshot:
        if state.protocol is None or state.metadata is None:
            missing = "protocol" if state.protocol is None else "metadata"
            raise SparkError("DELTA_STATE_RECOVER_ERROR", operation=missing, version=version)
        require_readable(state.protocol, self.table)
        return Snapshot(
            self,
            version,
            of_snapshot(state, version, files, self.storage),
            state.protocol,
            state.metadata,
            state,
        )

    def _missing(self) -> SparkError:
        return AnalysisError("DELTA_TABLE_NOT_FOUND", tableName=self.table)

    # ---- commits ----

    def changes(self, start: int, end: int | None = None) -> Iterator[tuple[int, list[Action]]]:
        """The actions of the commits from `start` to `end` (None: the newest), in order."""
        for version, found in self.commits(start, end):
            actions = (action_of(line) for line in lines(found))
            yield version, [action for action in actions if action is not None]

    def commits(self, start: int, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The commits from `start` to `end` (None: the newest) as they stand in the log."""
        if end is None:
            end = self._latest().version
        for version in range(start, end + 1):
            name = commit_name(version)
            for _, content in self._contents([name]):
                yield version, content

    def history(self, limit: int | None = None) -> list[tuple[int, int, CommitInfo]]:
        """The commits that are still there, the newest first: version, time in milliseconds, and
        what the writer said about it.
        """
        found: list[tuple[int, int, CommitInfo]] = []
        times = self.times()
        for version in times.versions[::-1][:limit]:
            info = info_of(self.storage, version)
            found.append((version, times.of(version), CommitInfo(info)))
        return found

    def times(self) -> CommitTimes:
        """When the commits that are still there were made."""
        properties = self._latest().properties
        return CommitTimes(self.storage, list_log(self.storage), properties)


class _Holder:
    """A storage beside the key of a cache, without being part of it."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Holder)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=_LOGS)
def _log_at(uri: str, holder: _Holder) -> DeltaLog:
    return DeltaLog(holder.storage)


def place_of(storage: Storage) -> str:
    """The root of `storage` as messages show it: a local one as a path."""
    uri = storage.uri
    return uri[len("file://") :] if uri.startswith("file:///") else uri
