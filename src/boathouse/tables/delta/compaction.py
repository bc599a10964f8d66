"""OPTIMIZE: which files are read and written anew together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boathouse.tables.delta.actions import AddFile

PURGED_SHARE = 0.05
"""A file of which more than this part is deleted is written anew."""

Partition = tuple[tuple[str, str | None], ...]


def partition_of(file: AddFile) -> Partition:
    """The partition values of a file, as a key."""
    return tuple(sorted(file.partition_values.items()))


def small_files(files: Iterable[AddFile], target: int) -> list[list[AddFile]]:
    """The groups of files worth writing anew: small ones of one partition together, each group for
    about one file of `target` bytes; and those with many deleted rows.
    """
    partitions: dict[Partition, list[AddFile]] = {}
    for file in files:
        if file.size < target or _deleted_share(file) > PURGED_SHARE:
            partitions.setdefault(partition_of(file), []).append(file)
    groups: list[list[AddFile]] = []
    for found in partitions.values():
        groups += [g for g in _packed(found, target) if len(g) > 1 or _is_worn(g[0])]
    return groups


def crowded(
    files: Iterable[AddFile], new: Iterable[AddFile], *, least: int, small: int, target: int
) -> list[list[AddFile]]:
    """The groups of files of less than `small` bytes to put together, each group for about one file
    of `target` bytes, in those partitions of the `new` files that have `least` or more of them.
    """
    touched: dict[Partition, list[AddFile]] = {partition_of(file): [] for file in new}
    for file in files:
        found = touched.get(partition_of(file))
        if found is not None and file.size < small:
            found.append(file)
    crowds = [found for found in touched.values() if len(found) >= least]
    return [group for found in crowds for group in _packed(found, target) if len(group) > 1]


def worn_files(files: Iterable[AddFile]) -> list[list[AddFile]]:
    """Files with deleted rows, each by itself: REORG ... APPLY (PURGE)."""
    return [[file] for file in files if file.deletion_vector is not None]


def whole_partitions(files: Iterable[AddFile]) -> list[list[AddFile]]:
    """All files of each partition: what an order of rows is made of."""
    partitions: dict[Partition, list[AddFile]] = {}
    for file in files:
        partitions.setdefault(partition_of(file), []).append(file)
    return list(partitions.values())


def _packed(files: Sequence[AddFile], target: int) -> list[list[AddFile]]:
    """`files` in groups of at most `target` bytes, the small ones first."""
    groups: list[list[AddFile]] = []
    room = 0
    for file in sorted(files, key=lambda one: one.size):
        if file.size > room:
            groups.append([])
            room = target
        groups[-1].append(file)
        room -= file.size
    return groups


def _is_worn(file: AddFile) -> bool:
    return _deleted_share(file) > PURGED_SHARE


def _deleted_share(file: AddFile) -> float:
    """The part of a file's rows that is deleted."""
    vector, rows = file.deletion_vector, file.rows
    if vector is None:
        return 0.0
    return 1.0 if not rows else vector.cardinality / rows
