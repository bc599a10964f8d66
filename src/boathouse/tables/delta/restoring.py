"""RESTORE: the actions that make an old version the newest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import SparkError
from boathouse.tables.delta import paths
from boathouse.tables.delta.conflicts import ROW_TRACKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.tables.delta.actions import Action, AddFile, RemoveFile
    from boathouse.tables.delta.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Restoration:
    """What comes back and what goes, and the other actions it takes."""

    restored: Sequence[AddFile]
    removed: Sequence[RemoveFile]
    others: Sequence[Action]


def restoration(newest: Snapshot, wanted: Snapshot, at: int) -> Restoration:
    """From `newest` back to `wanted`, at `at` (milliseconds). The protocol stays: what readers had
    to know once they may still need for old versions. Raises DELTA_CANNOT_RESTORE_TABLE_VERSION's
    kin when a data file is gone.
    """
    have = {file.identity: file for file in newest.files.files()}
    want = {file.identity: file for file in wanted.files.files()}
    restored = [replace(f, data_change=True) for key, f in want.items() if key not in have]
    _require_there(wanted, restored)
    removed = [file.removed(at) for key, file in have.items() if key not in want]
    others: list[Action] = []
    if wanted.metadata != newest.metadata:
        others.append(replace(wanted.metadata, created_time=newest.metadata.created_time))
    for name, domain in wanted.domains.items():
        if name != ROW_TRACKING and newest.domains.get(name) != domain:
            others.append(domain)
    for name, domain in newest.domains.items():
        if name != ROW_TRACKING and name not in wanted.domains:
            others.append(replace(domain, removed=True))
    return Restoration(restored, removed, others)


def _require_there(wanted: Snapshot, files: Sequence[AddFile]) -> None:
    """Files elsewhere, those of a shallow clone, are not looked for."""
    if not files:
        return
    storage = wanted.log.storage
    there = {paths.in_storage(storage, entry.name) for entry in storage.walk()}
    root = paths.in_storage(storage, "")
    for file in files:
        place = paths.canonical_in(storage, file.path)
        if place.startswith(root) and place not in there:
            raise SparkError(
                "DELTA_CANNOT_RESTORE_MISSING_FILES", version=wanted.version, path=file.path
            )
