"""Snappy and Zstandard blocks of Avro files, through pyarrow: fastavro leaves these two codecs to
packages of their own, and Spark writes snappy by default.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import fastavro.read
import pyarrow as pa

_CRC = 4


def _read_length(source: Any) -> int:
    """A zigzag number."""
    shift = value = 0
    while True:
        byte = source.read(1)[0]
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return (value >> 1) ^ -(value & 1)
        shift += 7


def _snappy_size(data: bytes) -> int:
    """How large a snappy block is, which its first bytes say."""
    shift = size = 0
    for byte in data:
        size |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
        shift += 7
    return size


def _read_snappy(source: Any) -> BytesIO:
    length = _read_length(source)
    data = source.read(length - _CRC)
    source.read(_CRC)
    return BytesIO(pa.decompress(data, _snappy_size(data), "snappy", asbytes=True))


def _read_zstandard(source: Any) -> BytesIO:
    data = source.read(_read_length(source))
    return BytesIO(pa.CompressedInputStream(pa.BufferReader(data), "zstd").read())


def register() -> None:
    """Teach fastavro to read both codecs. Idempotent."""
    readers: dict[str, Any] = fastavro.read.BLOCK_READERS
    readers["snappy"] = _read_snappy
    readers["zstandard"] = _read_zstandard
