"""Rows that go: as deletion vectors, as files without them, or whole files at once.

A file keeps its place with a deletion vector while few of its rows are gone; it is written anew
where many are, where it is small, or where the table has no deletion vectors.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pyroaring import BitMap64

from boathouse.tables.delta import deletion_vectors
from boathouse.tables.delta.actions import Action, AddFile, DeletionVector, RemoveFile
from boathouse.tables.delta.conflicts import Commit, check
from boathouse.tables.delta.file_chunk import JsonChunk, key_of
from boathouse.tables.delta.file_index import FileIndex
from boathouse.tables.delta.state import Part
from boathouse.tables.storage import writing

if TYPE_CHECKING:
    from boathouse.tables.delta.transaction import Transaction
    from boathouse.tables.storage import Storage

REWRITTEN_SHARE = 0.25
"""A file of which more than this part is gone is written anew: readers would skip too much."""

SMALL_FILE = 1 << 20
"""Bytes up to which writing a file anew costs no more than a deletion vector."""

_INLINE = 128
"""Bytes of a bitmap that stands in the log itself, which saves a file."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A file and the numbers of those of its rows that are to go."""

    file: AddFile
    rows: BitMap64


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of the touched files: `removed` whole, `marked` with all rows that are gone
    (those that were gone before among them), or `rewritten` without them.
    """

    removed: tuple[AddFile, ...] = ()
    marked: tuple[Touched, ...] = ()
    rewritten: tuple[AddFile, ...] = ()

    @property
    def gone(self) -> tuple[AddFile, ...]:
        """The files that are no longer part of the table."""
        return self.removed + self.rewritten


def fate_of(touched: Iterable[Touched], storage: Storage, *, vectors: bool) -> Fate:
    """What to do with each file; `vectors`: whether the table may have deletion vectors."""
    removed: list[AddFile] = []
    marked: list[Touched] = []
    rewritten: list[AddFile] = []
    for one in touched:
        rows = one.rows | deleted(one.file, storage)
        count = records(one.file)
        if count is not None and len(rows) == count:
            removed.append(one.file)
        elif vectors and count is not None and not _is_rewritten(one.file, len(rows), count):
            marked.append(Touched(one.file, rows))
        else:
            rewritten.append(one.file)
    return Fate(tuple(removed), tuple(marked), tuple(rewritten))


def _is_rewritten(file: AddFile, gone: int, count: int) -> bool:
    return file.size <= SMALL_FILE or gone > count * REWRITTEN_SHARE


def alone(file: AddFile, index: FileIndex) -> FileIndex:
    """`file` as the only one of the table that `index` is of."""
    value = file.json
    chunk = JsonChunk({key_of(value): value})
    return FileIndex((Part(chunk),), index.mapping, index.partition_by)


def deleted(file: AddFile, storage: Storage) -> BitMap64:
    """The numbers of the rows of `file` that are gone already."""
    if file.deletion_vector is None:
        return BitMap64()
    return deletion_vectors.bitmap_of(file.deletion_vector, storage)


def records(file: AddFile) -> int | None:
    """How many rows the file holds, those that are gone among them; None where nobody counted."""
    return None if file.stats is None else json.loads(file.stats).get("numRecords")


def live_records(file: AddFile) -> int | None:
    """How many rows of the file are part of the table."""
    count = records(file)
    vector = file.deletion_vector
    return count if count is None or vector is None else count - vector.cardinality


def actions_of(fate: Fate, storage: Storage) -> list[Action]:
    """The removes, and the adds of marked files; their deletion vectors are on disk afterwards."""
    at = time.time_ns() // 1_000_000
    vectors = write_vectors(storage, {one.file.path: one.rows for one in fate.marked})
    actions: list[Action] = [file.removed(at) for file in fate.gone]
    for one in fate.marked:
        actions += [one.file.removed(at), marked(one.file, vectors[one.file.path])]
    return actions


def marked(file: AddFile, vector: DeletionVector) -> AddFile:
    """`file` with other rows gone: its statistics now only bound what is left."""
    stats: dict[str, Any] = json.loads(file.stats or "{}")
    text = json.dumps({**stats, "tightBounds": False}, separators=(",", ":"), ensure_ascii=False)
    return replace(file, stats=text, deletion_vector=vector, data_change=True)


def write_vectors(storage: Storage, rows: Mapping[str, BitMap64]) -> dict[str, DeletionVector]:
    """A deletion vector for each name: small ones inline, the others in one new file."""
    name = uuid.uuid4()
    encoded_name = deletion_vectors.z85_encoded(name.bytes)
    content = bytearray([deletion_vectors.VERSION])
    vectors: dict[str, DeletionVector] = {}
    for path, bitmap in rows.items():
        bytes_ = deletion_vectors.encoded(bitmap)
        if len(bytes_) <= _INLINE:
            text = deletion_vectors.z85_encoded(bytes_ + bytes(-len(bytes_) % 4))
            vectors[path] = DeletionVector("i", text, len(bytes_), len(bitmap))
            continue
        vectors[path] = DeletionVector("u", encoded_name, len(bytes_), len(bitmap), len(content))
        content += deletion_vectors.framed(bytes_)
    if len(content) > 1:
        file = f"deletion_vector_{name}.bin"
        with writing(storage, file):
            storage.put(file, bytes(content))
    return vectors


# ---- two writers, other rows of one file
# ----------------------------------------------------------------


def keep_apart(transaction: Transaction, touched: Sequence[Touched]) -> None:
    """Let `transaction` follow commits that deleted other rows of the files it marks: both
    deletions are had. Where rows are the same, or anything else is met, the usual rules decide.
    """
    own = {one.file.path: one.rows for one in touched}

    def reconcile(actions: Sequence[Action], winner: Commit) -> Sequence[Action] | None:
        merged = _merged(actions, winner, own, transaction.log.storage)
        if merged is None:
            return None
        paths = merged.keys()
        check(
            replace_files(transaction, paths),
            [a for a in actions if getattr(a, "path", None) not in paths],
            Commit(winner.version, [a for a in winner.actions if _path(a) not in paths]),
            transaction.isolation,
        )
        return [x for a in actions for x in merged.get(_path(a) or "", {}).get(type(a), (a,))]

    transaction.reconcile = reconcile


def replace_files(transaction: Transaction, paths: Iterable[str]) -> Any:
    """What `transaction` read, without the files `paths`."""
    gone = set(paths)
    files = {path: file for path, file in transaction.read.files.items() if path not in gone}
    return replace(transaction.read, files=files)


def _path(action: Action) -> str | None:
    return getattr(action, "path", None)


Merged = dict[str, dict[type[Action], tuple[Action, ...]]]


def _merged(
    actions: Sequence[Action], winner: Commit, own: Mapping[str, BitMap64], storage: Storage
) -> Merged | None:
    """For each file that both mark, what our remove and add of it become; None where both delete
    one row, or where there is no such file.
    """
    theirs = {file.path: file for file in winner.of(AddFile)}
    before = {file.path: file for file in winner.of(RemoveFile) if file.path in theirs}
    ours = {a.path: a for a in actions if isinstance(a, AddFile) and a.path in own}
    both = ours.keys() & theirs.keys() & before.keys()
    union: dict[str, BitMap64] = {}
    for path in both:
        rows = deleted(theirs[path], storage)
        fresh = rows - deleted(_as_added(before[path]), storage)
        if fresh & own[path]:
            return None
        union[path] = rows | own[path]
    if not union:
        return None
    vectors = write_vectors(storage, union)
    at = time.time_ns() // 1_000_000
    return {
        path: {
            RemoveFile: (theirs[path].removed(at),),
            AddFile: (marked(theirs[path], vectors[path]),),
        }
        for path in both
    }


def _as_added(file: RemoveFile) -> AddFile:
    return AddFile(file.path, deletion_vector=file.deletion_vector)
