"""The files of a log by what they are: commits, compacted commits, checkpoints."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from boathouse.errors.exceptions import SparkError
from boathouse.tables.delta.checkpoints import (
    LOG,
    Checkpoint,
    checkpoints_among,
    is_checkpoint,
)
from boathouse.tables.storage import Entry, Storage

LAST_CHECKPOINT = f"{LOG}/_last_checkpoint"
_COMMIT = re.compile(r"(\d{20})\.json")
_COMPACTED = re.compile(r"(\d{20})\.(\d{20})\.compacted\.json")


def commit_name(version: int) -> str:
    """The name of a commit's file."""
    return f"{LOG}/{version:020d}.json"


@dataclass(frozen=True, slots=True)
class Compacted:
    """A file that stands for the commits of `start` to `end`."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class LogFiles:
    """What a listing found: `checkpoints` with the best last."""

    commits: dict[int, Entry]
    compacted: tuple[Compacted, ...]
    checkpoints: tuple[Checkpoint, ...]

    @property
    def latest(self) -> int:
        """The newest version that a commit or a checkpoint makes; -1 for none."""
        newest = max(self.commits, default=-1)
        return max(newest, self.checkpoints[-1].version if self.checkpoints else -1)

    @property
    def earliest(self) -> int:
        """The oldest version that can be read: the first commit, if the ones from 0 are all there,
        or that of a checkpoint; -1 for none.
        """
        if 0 in self.commits:
            return 0
        return min((checkpoint.version for checkpoint in self.checkpoints), default=-1)


def list_log(storage: Storage, start: int = 0) -> LogFiles:
    """The files of the log from version `start` on."""
    commits: dict[int, Entry] = {}
    compacted: list[Compacted] = []
    others: list[str] = []
    for entry in storage.entries(LOG, f"{start:020d}."):
        name = entry.name.rpartition("/")[2]
        if _COMMIT.fullmatch(name):
            commits[int(name[:20])] = entry
        elif is_checkpoint(name):
            if entry.size:
                others.append(name)
        elif match := _COMPACTED.fullmatch(name):
            compacted.append(Compacted(int(match[1]), int(match[2]), entry.name))
    return LogFiles(commits, tuple(compacted), tuple(checkpoints_among(others)))


def hinted_version(storage: Storage) -> int:
    """The version that ``_last_checkpoint`` names; 0 when it is not there or cannot be read."""
    try:
        hint = orjson.loads(storage.read(LAST_CHECKPOINT))
        return max(int(hint["version"]), 0)
    except (OSError, ValueError, KeyError, TypeError):
        return 0


@dataclass(frozen=True, slots=True)
class Segment:
    """What must be read for `version`: a checkpoint (None: none) and then `names`, in order."""

    version: int
    checkpoint: Checkpoint | None
    names: tuple[str, ...]


def segments(files: LogFiles, version: int) -> Iterable[Segment]:
    """The ways to `version`, the shortest first. Raises a condition of Delta's when there is
    none.
    """
    found = False
    for checkpoint in reversed(files.checkpoints):
        if checkpoint.version <= version:
            yield Segment(version, checkpoint, _tail(files, checkpoint.version + 1, version))
            found = True
    if 0 in files.commits or not found:
        yield Segment(version, None, _tail(files, 0, version))


def _tail(files: LogFiles, start: int, end: int) -> tuple[str, ...]:
    """The commits of `start` to `end`, compacted ones where they reach far enough."""
    reach: dict[int, Compacted] = {}
    for one in files.compacted:
        if one.start >= start and one.end <= end:
            reach[one.start] = max(reach.get(one.start, one), one, key=lambda found: found.end)
    names: list[str] = []
    at = start
    while at <= end:
        one = reach.get(at)
        if one is None and at in files.commits:
            names.append(files.commits[at].name)
            at += 1
        elif one is None:
            raise _gap(files, at, start, end)
        else:
            names.append(one.name)
            at = one.end + 1
    return tuple(names)


def _gap(files: LogFiles, missing: int, start: int, end: int) -> SparkError:
    if start == 0 and missing == 0:
        return SparkError("DELTA_TRUNCATED_TRANSACTION_LOG", path=commit_name(0), version=end)
    later = min((version for version in files.commits if version > missing), default=end)
    return SparkError(
        "DELTA_VERSIONS_NOT_CONTIGUOUS",
        startVersion=missing - 1,
        endVersion=later,
        versionToLoad=end,
    )
