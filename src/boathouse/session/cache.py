"""Rows kept inside the engine: persisted relations, cached tables, checkpoints.

A kept relation is a table that DuckDB compresses and moves to disk when memory runs short, so what
is kept is bounded by the disk, not by memory, at every storage level. It is computed when first
read, and again when the engine had to be replaced.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from boathouse.duck import stored, tree
from boathouse.duck.engine import Engine, Rows, Stream
from boathouse.session.storage import StorageLevel
from boathouse.types.datatypes import StructField, StructType

Watch = Callable[[Stream], object]
"""Told of each statement before it runs, so that it can be interrupted."""

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Query:
    """A statement with the Arrow tables it reads and its time zone."""

    sql: str
    tables: Mapping[str, Rows] = field(default_factory=dict[str, Rows])
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Kept:
    """A relation whose rows lie in the engine, as the plan's source. Its columns are called ``c0``,
    ``c1``, ... because those of a relation may share a name.
    """

    name: str
    schema: StructType
    generation: int = field(compare=False)

    @property
    def metadata_schema(self) -> StructType:
        """No hidden columns."""
        return StructType()

    def relation(self, columns: Sequence[str]) -> tree.Relation:
        """The chosen `columns` of the kept table."""
        chosen = tuple([(tree.column(name), name) for name in columns])
        return tree.Select(columns=chosen, source=tree.Table(self.name))

    def input_files(self) -> list[str]:
        """No files."""
        return []


@dataclass(slots=True)
class _Entry:
    """What is to be kept, and, once it has been read, where it lies."""

    schema: StructType
    level: StorageLevel
    compute: Callable[[], Query]
    lock: threading.Lock = field(default_factory=threading.Lock)
    kept: Kept | None = None


class Cache:
    """The kept relations of one session, each under a key that says when two plans are the same."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._entries: dict[Hashable, _Entry] = {}

    def add(
        self,
        key: Hashable,
        schema: StructType,
        compute: Callable[[], Query],
        level: StorageLevel,
    ) -> bool:
        """Keep what `compute` says from its first use on; False if `key` is kept already."""
        with self._lock:
            if key in self._entries:
                return False
            self._entries[key] = _Entry(_numbered(schema), level, compute)
            return True

    def level(self, key: Hashable) -> StorageLevel | None:
        """How `key` is kept, None if it is not."""
        entry = self._entries.get(key)
        return None if entry is None else entry.level

    def kept(self) -> list[Hashable]:
        """Everything that is kept."""
        return list(self._entries)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def materialized(self, key: Hashable) -> bool:
        """Whether the rows of `key` lie in the engine now."""
        entry = self._entries.get(key)
        kept = None if entry is None else entry.kept
        return kept is not None and kept.generation == self._engine.generation

    def source(self, key: Hashable, watch: Watch | None = None) -> Kept | None:
        """The rows kept under `key`, computed now if they are not there; None for another key."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        with entry.lock:
            if entry.kept is None or entry.kept.generation != self._engine.generation:
                entry.kept = self._store(entry, watch)
            return entry.kept

    def remove(self, key: Hashable) -> bool:
        """Let go of `key` and its rows; False if it was not kept."""
        with self._lock:
            entry = self._entries.pop(key, None)
        if entry is None:
            return False
        with entry.lock:
            kept, entry.kept = entry.kept, None
        if kept is not None and kept.generation == self._engine.generation:
            self._discard(kept.name)
        return True

    def clear(self) -> None:
        """Let go of everything."""
        for key in list(self._entries):
            self.remove(key)

    def _store(self, entry: _Entry, watch: Watch | None) -> Kept:
        query = entry.compute()
        name = f"kept_{next(_numbers)}"
        create, show = stored.store(name, entry.schema.names, query.sql)
        stream = self._engine.execute(create, tables=query.tables, zone=query.zone)
        with stream:
            if watch is not None:
                watch(stream)
            stream.read_all()
            generation = stream.generation
        self._engine.run(show)
        return Kept(name, entry.schema, generation)

    def _discard(self, name: str) -> None:
        for statement in stored.discard(name):
            self._engine.run(statement)


def _numbered(schema: StructType) -> StructType:
    return StructType(
        tuple(
            StructField(f"c{index}", f.type, f.nullable, f.metadata)
            for index, f in enumerate(schema.fields)
        )
    )
