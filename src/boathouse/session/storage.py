"""How a persisted relation is kept: Spark's storage level, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StorageLevel:
    """Where copies of the rows lie; all False means: nowhere."""

    use_disk: bool = False
    use_memory: bool = False
    use_off_heap: bool = False
    deserialized: bool = False
    replication: int = 1


MEMORY_AND_DISK = StorageLevel(use_disk=True, use_memory=True, deserialized=True)
"""The level of `DataFrame.cache`."""
