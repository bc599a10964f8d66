"""Delta's conflict rules: may a transaction that read one state commit after others did?

Pure functions over actions. The same rules hold between writers of one process, of several, and of
other engines: all they see is the commits that won.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from boathouse.errors.exceptions import ConcurrentModificationError
from boathouse.tables.delta.actions import (
    Action,
    AddFile,
    CommitInfo,
    DomainMetadata,
    Metadata,
    Protocol,
    RemoveFile,
    SetTransaction,
)

_DOCUMENTATION = "https://docs.delta.io/latest/concurrency-control.html"
ROW_TRACKING = "delta.rowTracking"
_MERGED_DOMAINS = frozenset({ROW_TRACKING})
"""Domains whose state is computed anew at each attempt, so that two writers may both set them."""


class Isolation(Enum):
    """How strictly reads are guarded. WriteSerializable lets a blind append slip in front of what
    read before it.
    """

    SERIALIZABLE = "Serializable"
    WRITE_SERIALIZABLE = "WriteSerializable"
    SNAPSHOT = "SnapshotIsolation"


Kind = TypeVar("Kind", bound=Action)
MayMatch = Callable[[AddFile], bool]
"""Whether a file may hold rows that a predicate reads."""


@dataclass(slots=True)
class ReadSet:
    """What a transaction looked at: the `whole` table, `files` by path, files that may match one of
    `predicates`, and the versions of applications.
    """

    whole: bool = False
    files: dict[str, AddFile] = field(default_factory=dict)
    predicates: list[MayMatch] = field(default_factory=list)
    applications: set[str] = field(default_factory=set)

    @property
    def is_blind(self) -> bool:
        """Whether nothing was read."""
        return not (self.whole or self.files or self.predicates)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that came first."""

    version: int
    actions: Sequence[Action]

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Its actions of one kind."""
        return [action for action in self.actions if isinstance(action, kind)]

    @property
    def info(self) -> Mapping[str, object]:
        """What it says about itself."""
        return next((a.values for a in self.of(CommitInfo)), {})

    @property
    def is_blind_append(self) -> bool:
        """Whether it only added files, having read none."""
        return self.info.get("isBlindAppend") is True

    @property
    def shown(self) -> str:
        """As messages show it."""
        info = {key: self.info[key] for key in ("timestamp", "operation") if key in self.info}
        return json.dumps({"version": self.version, **info})


def check(read: ReadSet, own: Sequence[Action], winner: Commit, isolation: Isolation) -> None:
    """Raise DELTA_CONCURRENT_* and its kin where `own` actions, based on `read`, may not follow
    `winner`.
    """
    _check_protocol(winner)
    _check_metadata(winner)
    _check_appends(read, own, winner, isolation)
    _check_removed(read, own, winner)
    _check_applications(read, winner)
    _check_domains(own, winner)


def _conflict(condition: str, winner: Commit, **parameters: object) -> ConcurrentModificationError:
    return ConcurrentModificationError(
        condition, conflictingCommit=winner.shown, docLink=_DOCUMENTATION, **parameters
    )


def _check_protocol(winner: Commit) -> None:
    if winner.of(Protocol):
        raise _conflict("DELTA_PROTOCOL_CHANGED", winner, additionalInfo="")


def _check_metadata(winner: Commit) -> None:
    if winner.of(Metadata):
        raise _conflict("DELTA_METADATA_CHANGED", winner)


def _check_appends(
    read: ReadSet, own: Sequence[Action], winner: Commit, isolation: Isolation
) -> None:
    if read.is_blind or isolation is Isolation.SNAPSHOT:
        return
    added = winner.of(AddFile)
    if isolation is Isolation.WRITE_SERIALIZABLE:
        # An append that read nothing may be thought of as having come after what we read.
        if winner.is_blind_append and not _changes_metadata(own):
            return
        # So may files that only moved rows.
        added = [file for file in added if file.data_change]
    met = next((f for f in added if read.whole or _met(read.predicates, f)), None)
    if met is not None:
        raise _conflict("DELTA_CONCURRENT_APPEND", winner, partition=_partition(met), retryMsg="")


def _changes_metadata(own: Sequence[Action]) -> bool:
    return any(isinstance(action, Metadata) for action in own)


def _met(predicates: Iterable[MayMatch], file: AddFile) -> bool:
    return any(may_match(file) for may_match in predicates)


def _partition(file: AddFile) -> str:
    if not file.partition_values:
        return "the root of the table"
    pairs = ", ".join(f"{name}={value}" for name, value in file.partition_values.items())
    return f"partition [{pairs}]"


def _check_removed(read: ReadSet, own: Sequence[Action], winner: Commit) -> None:
    gone = {file.path: file for file in winner.of(RemoveFile)}
    if not gone:
        return
    removing = {action.path for action in own if isinstance(action, RemoveFile)}
    twice = next((path for path in gone if path in removing), None)
    if twice is not None:
        raise _conflict("DELTA_CONCURRENT_DELETE_DELETE", winner, file=twice)
    looked_at = next((path for path in gone if path in read.files), None)
    if looked_at is not None:
        raise _conflict("DELTA_CONCURRENT_DELETE_READ", winner, file=looked_at)
    if read.whole:
        raise _conflict("DELTA_CONCURRENT_DELETE_READ", winner, file=next(iter(gone)))


def _check_applications(read: ReadSet, winner: Commit) -> None:
    if any(action.app_id in read.applications for action in winner.of(SetTransaction)):
        raise _conflict("DELTA_CONCURRENT_TRANSACTION", winner)


def _check_domains(own: Sequence[Action], winner: Commit) -> None:
    theirs = {action.domain for action in winner.of(DomainMetadata)} - _MERGED_DOMAINS
    ours = {action.domain for action in own if isinstance(action, DomainMetadata)}
    both = sorted(theirs & ours)
    if both:
        raise _conflict("DELTA_CONCURRENT_DOMAIN_METADATA", winner, domain=", ".join(both))
