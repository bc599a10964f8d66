"""Files DuckDB cannot read, once converted to Parquet where it can.

A conversion is kept as long as the process lives and the original does not change. It is written
under a temporary name and renamed, so a half-written one is never read.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from boathouse.files.listing import DataFile

_lock = threading.Lock()


def staged(
    place: Path, file: DataFile, key: str, batches: Callable[[], Iterator[pa.RecordBatch]]
) -> str:
    """The path below `place` of `file`'s rows as Parquet; `key` tells conversions of one file
    apart, `batches` makes the rows (at least one batch, which may be empty).
    """
    identity = f"{file.path}\n{file.size}\n{file.modified}\n{key}"
    name = hashlib.sha256(identity.encode()).hexdigest()[:32]
    target = place / f"{name}.parquet"
    if target.exists():
        return str(target)
    place.mkdir(parents=True, exist_ok=True)
    unfinished = place / f"{name}.{os.getpid()}.{threading.get_ident()}.unfinished"
    try:
        _write(unfinished, batches())
        with _lock:
            unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return str(target)


def _write(place: Path, batches: Iterator[pa.RecordBatch]) -> None:
    first = next(batches)
    with pq.ParquetWriter(place, first.schema, compression="lz4") as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)
