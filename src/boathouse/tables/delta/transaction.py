"""A transaction on a Delta table: what was read, what is to change, and the loop that commits it.

A commit is the log's next file, written only if it is not there. Whoever finds it there reads what
came first, checks that nothing of it matters to what was read, and tries the next number.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import Any

from boathouse.errors.exceptions import ConcurrentModificationError, SparkError
from boathouse.tables.delta import upgrades
from boathouse.tables.delta.actions import (
    Action,
    AddCDCFile,
    AddFile,
    CommitInfo,
    DomainMetadata,
    FileAction,
    Metadata,
    Protocol,
    RemoveFile,
    SetTransaction,
)
from boathouse.tables.delta.conflicts import (
    ROW_TRACKING,
    Commit,
    Isolation,
    MayMatch,
    ReadSet,
    check,
)
from boathouse.tables.delta.definitions import check as check_definition
from boathouse.tables.delta.log import DeltaLog
from boathouse.tables.delta.log_files import commit_name
from boathouse.tables.delta.properties import Values
from boathouse.tables.delta.schema import schema_of
from boathouse.tables.delta.snapshot import Snapshot
from boathouse.tables.storage import writing
from boathouse.tables.table import Committer

ATTEMPTS = 10_000
"""How often a commit is tried before DELTA_MAX_COMMIT_RETRIES_EXCEEDED."""
_ORDER: tuple[type[Action], ...] = (
    CommitInfo,
    Protocol,
    Metadata,
    SetTransaction,
    DomainMetadata,
    RemoveFile,
    AddFile,
    AddCDCFile,
)

Reconcile = Callable[[Sequence[Action], Commit], Sequence[Action] | None]
"""Given our actions and a commit that came first: our actions as they would be after it, None where
the rules must decide (two deletions of other rows of one file can both be had).
"""
AfterCommit = Callable[[DeltaLog, int], None]


@cache
def engine() -> str:
    """This engine and its version, as the history shows them."""
    return f"Boathouse/{version('boathouse')}"


def now() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class _State:
    """What an attempt stands on: the version before it, and what of it is needed."""

    version: int
    timestamp: int
    high_water_mark: int


class Transaction:
    """Changes to one table, made visible all at once by `commit`."""

    def __init__(
        self,
        base: Snapshot | DeltaLog,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        isolation: Isolation | None = None,
        committer: Committer | None = None,
    ) -> None:
        """Changes to the table as `base` has it; a DeltaLog for one that is to be made. `operation`
        and `parameters` are what the history shows. `committer` is the table's storage where
        nobody else is.
        """
        self.snapshot = base if isinstance(base, Snapshot) else None
        self.log = base if isinstance(base, DeltaLog) else DeltaLog.at(base.log.storage)
        self.operation = operation
        self.parameters = parameters
        self.metrics: dict[str, Any] = {}
        self.read = ReadSet()
        self.actions: list[Action] = []
        self.reconcile: Reconcile | None = None
        self.user_metadata: str | None = None
        self._isolation = isolation
        self._committer: Committer = committer or self.log.storage
        self._after: list[AfterCommit] = []
        if self.snapshot is not None:
            upgrades.check_writable(self.snapshot.protocol)

    # ---- what was read ----

    def read_whole(self) -> None:
        """All of the table was looked at."""
        self.read.whole = True

    def read_files(self, files: Sequence[AddFile]) -> None:
        """Rows of these files were looked at."""
        self.read.files.update((file.path, file) for file in files)

    def read_predicate(self, may_match: MayMatch) -> None:
        """Rows were looked for: files that `may_match` and come in between would have mattered."""
        self.read.predicates.append(may_match)

    # ---- what changes ----

    def add(self, *actions: Action) -> None:
        """Collect actions."""
        self.actions += actions

    def rearranges(self) -> None:
        """Say of all files so far that they hold the rows that were there: no reader of changes
        need look at them.
        """
        self.actions = [
            replace(action, data_change=False)
            if isinstance(action, (AddFile, RemoveFile))
            else action
            for action in self.actions
        ]

    @property
    def metadata(self) -> Metadata:
        """The table's metadata as it will be."""
        changed = [action for action in self.actions if isinstance(action, Metadata)]
        if changed:
            return changed[-1]
        if self.snapshot is None:
            raise SparkError("DELTA_METADATA_ABSENT")
        return self.snapshot.metadata

    @property
    def protocol(self) -> Protocol:
        """The table's protocol as it will be."""
        changed = [action for action in self.actions if isinstance(action, Protocol)]
        if changed:
            return changed[-1]
        if self.snapshot is None:
            raise SparkError("DELTA_METADATA_ABSENT")
        return self.snapshot.protocol

    def change_metadata(self, metadata: Metadata) -> None:
        """Collect new metadata, and the protocol that it requires. Raises for what no table may
        be.
        """
        check_definition(metadata)
        wanted = upgrades.required_features(metadata, schema_of(metadata.schema_string))
        before = self.protocol
        kept = {
            key: value
            for key, value in metadata.configuration.items()
            if not key.startswith("delta.feature.")
        }
        after = upgrades.upgraded(before, wanted)
        if after is not before:
            self.add(after)
        self.add(replace(metadata, configuration=kept))

    def set_transaction(self, app_id: str, version: int) -> bool:
        """Have the application's `version` recorded; False where it, or a later one, already is."""
        self.read.applications.add(app_id)
        if self.snapshot is not None and self.snapshot.transactions.get(app_id, -1) >= version:
            return False
        self.add(SetTransaction(app_id, version, now()))
        return True

    # ---- committing ----

    def then(self, call: AfterCommit) -> None:
        """Have something done once this is committed."""
        self._after.append(call)

    @property
    def isolation(self) -> Isolation:
        """What the table asks for; a commit that changes no data is guarded least."""
        if self._isolation is not None:
            return self._isolation
        files = [action for action in self.actions if isinstance(action, (AddFile, RemoveFile))]
        if files and not any(file.data_change for file in files):
            return Isolation.SNAPSHOT
        said = str(Values(self.metadata.configuration).value("delta.isolationLevel"))
        return next(i for i in Isolation if i.value.lower() == said.lower())

    @property
    def is_blind_append(self) -> bool:
        """Whether files are added and nothing was read or removed."""
        files = [action for action in self.actions if isinstance(action, FileAction)]
        return self.read.is_blind and all(isinstance(file, AddFile) for file in files)

    def commit(self) -> int:
        """Make the changes the table's next version, and its number. They are durable when this
        returns. Raises DELTA_CONCURRENT_*, DELTA_METADATA_CHANGED, DELTA_PROTOCOL_CHANGED.
        """
        self._check_changes()
        state = self._start()
        started, first = time.monotonic(), state.version + 1
        for _ in range(ATTEMPTS):
            number = state.version + 1
            content = self._content(state).encode()
            if self._put(commit_name(number), content):
                for call in self._after:
                    call(self.log, number)
                return number
            state = self._behind_the_winners(state)
        raise ConcurrentModificationError(
            "DELTA_MAX_COMMIT_RETRIES_EXCEEDED",
            numAttempts=ATTEMPTS,
            startVersion=first,
            failVersion=state.version + 1,
            numActions=len(self.actions),
            timeSpent=int((time.monotonic() - started) * 1000),
        )

    def _put(self, name: str, content: bytes) -> bool:
        with writing(self.log.storage, name):
            return self._committer.put_if_absent(name, content)

    def _check_changes(self) -> None:
        if self.snapshot is None:
            _ = self.metadata, self.protocol
        before = None if self.snapshot is None else self.snapshot.metadata
        append_only = before is not None and Values(before.configuration).flag("delta.appendOnly")
        removes = any(isinstance(a, RemoveFile) and a.data_change for a in self.actions)
        if append_only and removes:
            raise SparkError(
                "DELTA_CANNOT_MODIFY_APPEND_ONLY",
                table_name=self.log.table,
                config="delta.appendOnly",
            )

    def _start(self) -> _State:
        if self.snapshot is None:
            return _State(-1, 0, -1)
        domain = self.snapshot.domains.get(ROW_TRACKING)
        mark = -1 if domain is None else json.loads(domain.configuration)["rowIdHighWaterMark"]
        return _State(self.snapshot.version, self.snapshot.timestamp, mark)

    def _behind_the_winners(self, state: _State) -> _State:
        """The state after all commits that came first, none of which may matter to us."""
        if self.snapshot is None:
            raise ConcurrentModificationError(
                "DELTA_PROTOCOL_CHANGED",
                additionalInfo="The table was created by another writer.",
                conflictingCommit="{}",
                docLink="",
            )
        for number, actions in self.log.changes(state.version + 1, None):
            winner = Commit(number, actions)
            merged = None if self.reconcile is None else self.reconcile(self.actions, winner)
            if merged is not None:
                self.actions = list(merged)
            else:
                check(self.read, self.actions, winner, self.isolation)
            state = _State(number, _time_of(winner, state), _mark_of(winner, state))
        return state

    def _content(self, state: _State) -> str:
        """The commit's text, for the version after `state`."""
        actions, mark = self._numbered(state)
        if mark != state.high_water_mark:
            text = json.dumps({"rowIdHighWaterMark": mark})
            actions.append(DomainMetadata(ROW_TRACKING, text))
        info = self._info(state)
        actions = [self._dated(action, info, state) for action in actions]
        actions.append(info)
        ranks = {kind: rank for rank, kind in enumerate(_ORDER)}
        actions.sort(key=lambda action: ranks[type(action)])
        return "".join(f"{action.line}\n" for action in actions)

    def _dated(self, action: Action, info: CommitInfo, state: _State) -> Action:
        """Metadata that begins to keep the times of commits in the log says from when on."""
        if not isinstance(action, Metadata) or self.snapshot is None:
            return action
        before = Values(self.snapshot.properties).flag("delta.enableInCommitTimestamps")
        moment = info.in_commit_timestamp
        if before or moment is None:
            return action
        since = {
            "delta.inCommitTimestampEnablementVersion": str(state.version + 1),
            "delta.inCommitTimestampEnablementTimestamp": str(moment),
        }
        return replace(action, configuration={**action.configuration, **since})

    def _numbered(self, state: _State) -> tuple[list[Action], int]:
        """The actions with row ids for new files, and the highest one given."""
        mark = state.high_water_mark
        if "rowTracking" not in upgrades.features_of(self.protocol):
            return list(self.actions), mark
        numbered: list[Action] = []
        for action in self.actions:
            if isinstance(action, AddFile) and action.base_row_id is None:
                rows = None if action.stats is None else json.loads(action.stats).get("numRecords")
                if rows is None:
                    raise SparkError("DELTA_ROW_ID_ASSIGNMENT_WITHOUT_STATS")
                numbered.append(
                    replace(
                        action,
                        base_row_id=mark + 1,
                        default_row_commit_version=state.version + 1,
                    )
                )
                mark += rows
            else:
                numbered.append(action)
        return numbered, mark

    def _info(self, state: _State) -> CommitInfo:
        moment = now()
        values: dict[str, Any] = {"timestamp": moment, "operation": self.operation}
        values["operationParameters"] = {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in self.parameters.items()
        }
        if state.version >= 0:
            values["readVersion"] = (
                state.version if self.snapshot is None else self.snapshot.version
            )
        values["isolationLevel"] = self.isolation.value
        values["isBlindAppend"] = self.is_blind_append
        if self.metrics:
            values["operationMetrics"] = {key: str(value) for key, value in self.metrics.items()}
        if self.user_metadata is not None:
            values["userMetadata"] = self.user_metadata
        values |= {"engineInfo": engine(), "txnId": str(uuid.uuid4())}
        if Values(self.metadata.configuration).flag("delta.enableInCommitTimestamps"):
            # Later than the version before it, whatever the clocks of two machines say.
            moment = max(moment, state.timestamp + 1)
            values = {"inCommitTimestamp": moment, **values, "timestamp": moment}
        return CommitInfo(values)


def _time_of(winner: Commit, state: _State) -> int:
    moment = winner.info.get("inCommitTimestamp")
    return moment if isinstance(moment, int) else state.timestamp


def _mark_of(winner: Commit, state: _State) -> int:
    found = [d for d in winner.of(DomainMetadata) if d.domain == ROW_TRACKING]
    if not found:
        return state.high_water_mark
    return int(json.loads(found[-1].configuration)["rowIdHighWaterMark"])
