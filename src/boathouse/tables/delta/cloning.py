"""CLONE: the actions of a table that starts as a copy of another one's version."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.tables.delta import deletion_vectors, paths
from boathouse.tables.storage import writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boathouse.tables.delta.actions import AddFile, DeletionVector, Metadata
    from boathouse.tables.delta.snapshot import Snapshot
    from boathouse.tables.storage import Storage

_TIMES = (
    "delta.inCommitTimestampEnablementVersion",
    "delta.inCommitTimestampEnablementTimestamp",
)
"""Properties that speak of the versions of the table they stand in."""


def cloned_metadata(
    source: Snapshot, properties: Mapping[str, str], previous: Metadata | None
) -> Metadata:
    """The clone's metadata; `previous` is that of a table that it replaces."""
    kept = {k: v for k, v in source.metadata.configuration.items() if k not in _TIMES}
    return replace(
        source.metadata,
        id=str(uuid.uuid4()) if previous is None else previous.id,
        configuration={**kept, **properties},
        created_time=time.time_ns() // 1_000_000,
    )


def shallow(source: Snapshot) -> list[AddFile]:
    """The source's files where they are."""
    storage = source.log.storage
    return [_elsewhere(file, storage) for file in source.files.files()]


def _elsewhere(file: AddFile, storage: Storage) -> AddFile:
    vector = file.deletion_vector
    if vector is not None and vector.storage_type == "u":
        place = paths.uri(storage, deletion_vectors.file_of(vector))
        vector = replace(vector, storage_type="p", path_or_inline_dv=place)
    path = paths.uri(storage, file.path)
    return replace(file, path=path, deletion_vector=vector, data_change=True)


def deep(source: Snapshot, target: Storage) -> list[AddFile]:
    """Copies of the source's files, on disk when this returns."""
    storage = source.log.storage
    copied: list[AddFile] = []
    vectors: dict[str, str] = {}
    for file in source.files.files():
        path = file.path if not _is_absolute(file.path) else f"part-{uuid.uuid4()}-c000.parquet"
        _put(target, paths.decoded(path), paths.read(storage, file.path))
        vector = file.deletion_vector
        if vector is not None and vector.storage_type != "i":
            vector = _copied(vector, storage, target, vectors)
        copied.append(replace(file, path=path, deletion_vector=vector, data_change=True))
    return copied


def _is_absolute(path: str) -> bool:
    return path.startswith("/") or ":" in path.partition("/")[0]


def _copied(
    vector: DeletionVector, source: Storage, target: Storage, done: dict[str, str]
) -> DeletionVector:
    """`vector` in a file of the target; several vectors may stand in one file."""
    name = deletion_vectors.file_of(vector)
    encoded = done.get(name)
    if encoded is None:
        identity = uuid.uuid4()
        encoded = done[name] = deletion_vectors.z85_encoded(identity.bytes)
        _put(target, f"deletion_vector_{identity}.bin", paths.read(source, name))
    return replace(vector, storage_type="u", path_or_inline_dv=encoded)


def _put(target: Storage, name: str, content: bytes) -> None:
    with writing(target, name):
        target.put(name, content)
