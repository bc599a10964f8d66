"""The state of a table at a version, and how commits change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import orjson

from boathouse.errors.exceptions import SparkError
from boathouse.tables.delta.actions import DomainMetadata, Metadata, Protocol, SetTransaction
from boathouse.tables.delta.checkpoints import Contents, Tombstones
from boathouse.tables.delta.file_chunk import FileChunk, FileKey, Json, JsonChunk, key_of, live_rows

_MERGED_CHUNKS = 8
"""How many chunks a state may have before the small ones are put together."""


@dataclass(frozen=True, slots=True)
class Part:
    """A chunk of files and which of them are live (None: all)."""

    chunk: FileChunk
    live: np.ndarray | None = None

    @property
    def count(self) -> int:
        """How many are live."""
        return len(self.chunk) if self.live is None else int(np.count_nonzero(self.live))

    @property
    def rows(self) -> np.ndarray:
        """The numbers of those that are live."""
        return np.arange(len(self.chunk)) if self.live is None else np.flatnonzero(self.live)


@dataclass(frozen=True, slots=True)
class State:
    """All that a log says. `commit_time` is the in-commit timestamp of the last commit read."""

    protocol: Protocol | None = None
    metadata: Metadata | None = None
    transactions: Mapping[str, SetTransaction] | None = None
    domains: Mapping[str, DomainMetadata] | None = None
    parts: tuple[Part, ...] = ()
    removed: Mapping[FileKey, Json] | None = None
    kept: tuple[Tombstones, ...] = ()
    """The tombstones of the checkpoint, of which `removed` and later adds take precedence."""
    commit_time: int | None = None


def state_of(contents: Contents) -> State:
    """The state that a checkpoint says."""
    replay = _Replay(State())
    for key, value in contents.actions:
        if key not in {"add", "sidecar"}:
            replay.take(key, value)
    state = replay.finished()
    parts = tuple(Part(chunk) for chunk in contents.chunks)
    return replace(state, parts=parts, kept=tuple(contents.tombstones))


def advanced(state: State, commits: Iterable[tuple[str, bytes]]) -> State:
    """`state` after `commits`, (name, content) in order. Raises FAILED_READ_FILE for one that is
    not what a commit should be.
    """
    replay = _Replay(state)
    for name, content in commits:
        try:
            replay.commit(content)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise SparkError("FAILED_READ_FILE.NO_HINT", path=name) from error
    return replay.finished()


def lines(content: bytes) -> Iterator[Mapping[str, Any]]:
    """The actions of a commit, as JSON."""
    for line in content.split(b"\n"):
        if line and not line.isspace():
            yield orjson.loads(line)


class _Replay:
    """Actions in order, of which the last about a thing counts."""

    def __init__(self, state: State) -> None:
        self._before = state
        self._protocol, self._metadata = state.protocol, state.metadata
        self._transactions = dict(state.transactions or {})
        self._domains = dict(state.domains or {})
        self._added: dict[FileKey, Json] = {}
        self._gone: set[FileKey] = set()
        self._removed: dict[FileKey, Json] = dict(state.removed or {})
        self._commit_time: int | None = None

    def commit(self, content: bytes) -> None:
        """All actions of one commit."""
        self._commit_time = None
        for action in lines(content):
            for key, value in action.items():
                self.take(key, value)

    def take(self, key: str, value: Any) -> None:
        """One action; null is none."""
        if value is None:
            return
        if key == "add":
            identity = key_of(value)
            self._added[identity] = value
            self._removed.pop(identity, None)
        elif key == "remove":
            identity = key_of(value)
            self._added.pop(identity, None)
            self._gone.add(identity)
            self._removed[identity] = value
        else:
            self._take_rare(key, value)

    def _take_rare(self, key: str, value: Any) -> None:
        match key:
            case "metaData":
                self._metadata = Metadata.from_json(value)
            case "protocol":
                self._protocol = Protocol.from_json(value)
            case "txn":
                self._transactions[value["appId"]] = SetTransaction.from_json(value)
            case "domainMetadata":
                self._domains[value["domain"]] = DomainMetadata.from_json(value)
            case "commitInfo":
                self._commit_time = value.get("inCommitTimestamp")
            case _:
                pass

    def finished(self) -> State:
        """The state after all of them."""
        return State(
            self._protocol,
            self._metadata,
            self._transactions,
            self._domains,
            self._parts(),
            self._removed,
            self._before.kept,
            self._commit_time,
        )

    def _parts(self) -> tuple[Part, ...]:
        touched = self._gone | self._added.keys()
        parts: list[Part] = []
        for part in self._before.parts:
            live = live_rows(part.chunk, part.chunk.among(touched), part.live)
            if live is None or live.any():
                parts.append(part if live is part.live else Part(part.chunk, live))
        if self._added:
            parts.append(Part(JsonChunk(self._added)))
        return _merged(parts)


def _merged(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The JSON chunks put into one when there are many."""
    if len(parts) <= _MERGED_CHUNKS:
        return tuple(parts)
    together: dict[FileKey, Json] = {}
    rest: list[Part] = []
    for part in parts:
        if isinstance(part.chunk, JsonChunk):
            together.update(part.chunk.live(part.rows))
        else:
            rest.append(part)
    return (*rest, Part(JsonChunk(together))) if together else tuple(rest)
