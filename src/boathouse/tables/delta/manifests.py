"""Manifests: lists of a table's files for engines without its log (symlink_format_manifest)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.errors.exceptions import UnsupportedError
from boathouse.files.partitions import directory_name
from boathouse.tables.delta import paths
from boathouse.tables.delta.physical import is_mapped
from boathouse.tables.storage import writing

if TYPE_CHECKING:
    from boathouse.tables.delta.actions import AddFile
    from boathouse.tables.delta.snapshot import Snapshot

DIRECTORY = "_symlink_format_manifest"
AUTOMATIC = "delta.compatibility.symlinkFormatManifest.enabled"
"""The table property that has them made after every commit."""


def write_manifests(snapshot: Snapshot) -> None:
    """Write a manifest for each partition, and remove those of partitions without files. Raises
    DELTA_UNSUPPORTED_GENERATE_WITH_DELETION_VECTORS and
    DELTA_UNSUPPORTED_MANIFEST_GENERATION_WITH_COLUMN_MAPPING: their readers would see other rows.
    """
    if is_mapped(snapshot.properties):
        raise UnsupportedError("DELTA_UNSUPPORTED_MANIFEST_GENERATION_WITH_COLUMN_MAPPING")
    files = snapshot.files.files()
    if any(file.deletion_vector is not None for file in files):
        raise UnsupportedError("DELTA_UNSUPPORTED_GENERATE_WITH_DELETION_VECTORS")
    storage = snapshot.log.storage
    manifests: dict[str, list[str]] = {} if snapshot.partition_by else {_manifest(()): []}
    for file in files:
        place = paths.canonical_in(storage, file.path)
        manifests.setdefault(_manifest(_values(snapshot, file)), []).append(place)
    there = {e.name for e in storage.walk() if e.name.startswith(f"{DIRECTORY}/")}
    with writing(storage, DIRECTORY):
        for name, places in manifests.items():
            storage.put(name, "".join(f"{place}\n" for place in sorted(places)).encode())
        for name in there - manifests.keys():
            storage.delete(name)


def _values(snapshot: Snapshot, file: AddFile) -> tuple[tuple[str, str | None], ...]:
    return tuple((name, file.partition_values.get(name)) for name in snapshot.partition_by)


def _manifest(partition: tuple[tuple[str, str | None], ...]) -> str:
    parts = [directory_name(name, value) for name, value in partition]
    return "/".join((DIRECTORY, *parts, "manifest"))
