"""Which files of a table's directory nothing needs any more.

A file is needed while the newest version has it, and for the table's retention after the commit
that removed it: whoever travels in time, or still reads an old version, finds it. Files younger
than that are left alone too: a writer may be about to commit them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from boathouse.tables.delta import deletion_vectors, paths

if TYPE_CHECKING:
    from boathouse.tables.delta.actions import FileAction
    from boathouse.tables.delta.snapshot import Snapshot
    from boathouse.tables.storage import Entry, Storage

_CHANGES = "_change_data"


def stale_files(snapshot: Snapshot, cutoff: int) -> Iterator[Entry]:
    """The files that may go: none of them changed at or after `cutoff` (milliseconds)."""
    storage = snapshot.log.storage
    needed = set(_places(storage, snapshot.files.files()))
    removed = (one for one in snapshot.tombstones() if (one.deletion_timestamp or 0) >= cutoff)
    needed.update(_places(storage, removed))
    for entry in storage.walk():
        if _is_hidden(entry.name) or entry.modified >= cutoff:
            continue
        if paths.in_storage(storage, entry.name) not in needed:
            yield entry


def _places(storage: Storage, files: Iterable[FileAction]) -> Iterator[str]:
    """Where the files and their deletion vectors are."""
    for file in files:
        yield paths.canonical_in(storage, file.path)
        vector = file.deletion_vector
        if vector is not None and vector.storage_type != "i":
            yield paths.canonical_in(storage, deletion_vectors.file_of(vector))


def _is_hidden(name: str) -> bool:
    """Whether a file is none of the table's data: the log, what other programs keep there. The
    directory of a partition column may begin with an underscore.
    """
    *directories, last = name.split("/")
    if directories[:1] == [_CHANGES]:
        return False
    return last.startswith((".", "_")) or any(
        part.startswith(".") or (part.startswith("_") and "=" not in part) for part in directories
    )
