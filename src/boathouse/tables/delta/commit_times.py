"""When versions were committed: by the clock in the log (in-commit timestamps), or else by that of
the file system, which may go backwards: then a commit counts as a millisecond later than the one
before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from boathouse.errors.exceptions import AnalysisError
from boathouse.tables.delta.log_files import LogFiles, commit_name
from boathouse.tables.delta.state import State, lines
from boathouse.tables.storage import Storage
from boathouse.types.zones import named

ENABLED = "delta.enableInCommitTimestamps"
_SINCE_VERSION = "delta.inCommitTimestampEnablementVersion"
_SINCE_TIME = "delta.inCommitTimestampEnablementTimestamp"


def info_of(storage: Storage, version: int) -> Mapping[str, Any]:
    """The ``commitInfo`` of a version, empty when the commit has none."""
    for action in lines(storage.read(commit_name(version))):
        found = action.get("commitInfo")
        if found is not None:
            return found
    return {}


def in_commit(properties: Mapping[str, str]) -> bool:
    """Whether the log holds the times."""
    return properties.get(ENABLED, "").lower() == "true"


def of_snapshot(state: State, version: int, files: LogFiles, storage: Storage) -> int:
    """The time of the snapshot `version`, in milliseconds."""
    entry = files.commits.get(version)
    if state.metadata is not None and in_commit(state.metadata.configuration):
        time = state.commit_time
        if time is None and entry is not None:
            time = info_of(storage, version).get("inCommitTimestamp")
        if time is not None:
            return time
    return 0 if entry is None else entry.modified


class CommitTimes:
    """The times of the commits among `files`, of a table with these `properties`."""

    def __init__(self, storage: Storage, files: LogFiles, properties: Mapping[str, str]) -> None:
        self._storage = storage
        self._since = int(properties.get(_SINCE_VERSION, 0)) if in_commit(properties) else None
        self._since_time = int(properties.get(_SINCE_TIME, 0))
        self.versions = sorted(files.commits)
        self._by_file: dict[int, int] = {}
        last = -1
        for version in self.versions:
            last = self._by_file[version] = max(last + 1, files.commits[version].modified)

    def of(self, version: int) -> int:
        """The time of one commit, in milliseconds."""
        if self._since is not None and version >= self._since:
            found = info_of(self._storage, version).get("inCommitTimestamp")
            if found is not None:
                return found
        return self._by_file[version]

    def last_until(self, timestamp: int) -> int | None:
        """The last commit that is not later than `timestamp`; None when all are."""
        versions = self._around(timestamp)
        at = bisect_right(versions, timestamp, key=self.of)
        return versions[at - 1] if at else None

    def first_from(self, timestamp: int) -> int | None:
        """The first commit that is not earlier than `timestamp`; None when all are."""
        versions = self._around(timestamp)
        at = bisect_right(versions, timestamp - 1, key=self.of)
        if at < len(versions):
            return versions[at]
        later = [version for version in self.versions if not versions or version > versions[-1]]
        return later[0] if later else None

    def _around(self, timestamp: int) -> list[int]:
        """The versions among which to look for a moment, their times in order. Those of before the
        log held times have those of their files, which a copy of the table may have made later than
        all that followed.
        """
        if not self._since:
            return self.versions
        log_knows = timestamp >= self._since_time
        return [v for v in self.versions if (v >= self._since) == log_knows]


def version_at(times: CommitTimes, timestamp: int, table: str, zone: str) -> int:
    """The version that was current at `timestamp` (ms). Raises a DELTA_TIMESTAMP_* condition for
    one before the first or after the last commit, with times shown in `zone`.
    """
    version = times.last_until(timestamp)
    if version is None:
        first = times.of(times.versions[0])
        raise AnalysisError(
            "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION",
            userTimestamp=shown(timestamp, zone),
            commitTs=shown(first, zone),
            timestampString=shown(first, zone),
        )
    newest = times.versions[-1]
    if version == newest and times.of(newest) < timestamp:
        raise AnalysisError(
            "DELTA_TIMESTAMP_GREATER_THAN_COMMIT",
            providedTimestamp=shown(timestamp, zone),
            tableName=table,
            maximumTimestamp=shown(times.of(newest), zone),
        )
    return version


def shown(timestamp: int, zone: str) -> str:
    """Milliseconds as messages show them."""
    moment = datetime.fromtimestamp(timestamp / 1000, named(zone).clock)
    text = moment.strftime("%Y-%m-%d %H:%M:%S")
    return f"{text}.{timestamp % 1000:03}".rstrip("0").rstrip(".") if timestamp % 1000 else text
