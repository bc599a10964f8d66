"""Record batches to the Arrow IPC streams of ArrowBatch messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow

BATCH = 4 * 1024 * 1024
"""Bytes of Arrow data a message aims at."""


def split(batch: pyarrow.RecordBatch, limit: int) -> Iterator[pyarrow.RecordBatch]:
    """`batch` in slices of about `limit` bytes, none of them without rows."""
    rows = batch.num_rows
    if not rows:
        return
    step = max(1, min(rows, int(rows * limit / max(batch.nbytes, 1))))
    for start in range(0, rows, step):
        yield batch.slice(start, step)


def ipc_stream(schema: pyarrow.Schema, batches: Iterable[pyarrow.RecordBatch]) -> pyarrow.Buffer:
    """A whole IPC stream: the schema, then `batches`."""
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.getvalue()


def chunks(data: pyarrow.Buffer, limit: int) -> list[bytes]:
    """`data` in pieces of at most `limit` bytes."""
    size = data.size
    return [data.slice(at, min(limit, size - at)).to_pybytes() for at in range(0, size, limit)]
