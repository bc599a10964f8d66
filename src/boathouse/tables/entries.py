"""What a storage says of a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A file: its name below the root, its size in bytes, and when it last changed (ms)."""

    name: str
    size: int
    modified: int
