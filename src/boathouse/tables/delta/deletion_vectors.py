"""Deletion vectors: which rows of a data file are gone.

Source: the Delta protocol, "Deletion Vector Format": a magic number (little endian), then a 64-bit
Roaring bitmap in its portable form. In a file it stands between its size and its CRC-32, both big
endian; inline it is Z85 text.
"""

from __future__ import annotations

import struct
import uuid
import zlib
from functools import lru_cache

import numpy as np
from pyroaring import BitMap64

from boathouse.errors.exceptions import SparkError
from boathouse.tables.delta import paths
from boathouse.tables.delta.actions import DeletionVector
from boathouse.tables.storage import Storage

MAGIC = 1681511377
VERSION = 1
"""The first byte of a file of deletion vectors."""

_UUID_TEXT = 20
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_REMEMBERED = 1024


def z85_decoded(text: str) -> bytes:
    """The bytes of Z85 `text`, whose length is a multiple of 5."""
    out = bytearray()
    for at in range(0, len(text), 5):
        number = 0
        for digit in text[at : at + 5]:
            number = number * 85 + _VALUES[digit]
        out += number.to_bytes(4, "big")
    return bytes(out)


def z85_encoded(content: bytes) -> str:
    """`content`, whose length is a multiple of 4, as Z85 text."""
    out: list[str] = []
    for at in range(0, len(content), 4):
        number = int.from_bytes(content[at : at + 4], "big")
        out += [_DIGITS[number // 85**power % 85] for power in (4, 3, 2, 1, 0)]
    return "".join(out)


def file_of(vector: DeletionVector) -> str:
    """The path, as a log would have it, of the file that holds a vector that is not inline."""
    if vector.storage_type == "p":
        return vector.path_or_inline_dv
    prefix, encoded = (
        vector.path_or_inline_dv[:-_UUID_TEXT],
        vector.path_or_inline_dv[-_UUID_TEXT:],
    )
    name = f"deletion_vector_{uuid.UUID(bytes=z85_decoded(encoded))}.bin"
    return f"{prefix}/{name}" if prefix else name


def bitmap_of(vector: DeletionVector, storage: Storage) -> BitMap64:
    """The numbers of the deleted rows. Raises DELTA_DELETION_VECTOR_* when it cannot be read as it
    was written.
    """
    if vector.storage_type == "i":
        content = z85_decoded(vector.path_or_inline_dv)[: vector.size_in_bytes]
    else:
        content = _from_file(vector, storage)
    return decoded(content, vector)


def decoded(content: bytes, vector: DeletionVector) -> BitMap64:
    """The bitmap in `content`, which must have the cardinality that `vector` states."""
    (magic,) = struct.unpack_from("<i", content)
    if magic != MAGIC:
        raise SparkError("DELTA_DELETION_VECTOR_CHECKSUM_MISMATCH")
    bitmap = BitMap64.deserialize(content[4:])
    if len(bitmap) != vector.cardinality:
        raise SparkError("DELTA_DELETION_VECTOR_CARDINALITY_MISMATCH")
    return bitmap


def encoded(bitmap: BitMap64) -> bytes:
    """`bitmap` as it stands in a file or, in Z85, inline."""
    return struct.pack("<i", MAGIC) + bitmap.serialize()


def framed(content: bytes) -> bytes:
    """An encoded bitmap as it stands in a file: with its size before and its checksum behind."""
    return struct.pack(">i", len(content)) + content + struct.pack(">I", zlib.crc32(content))


def _from_file(vector: DeletionVector, storage: Storage) -> bytes:
    name = file_of(vector)
    try:
        content = paths.read(storage, name)
    except FileNotFoundError:
        raise SparkError("DELTA_FILE_NOT_FOUND", path=name) from None
    at = VERSION if vector.offset is None else vector.offset
    (size,) = struct.unpack_from(">i", content, at)
    if size != vector.size_in_bytes:
        raise SparkError("DELTA_DELETION_VECTOR_SIZE_MISMATCH")
    found = content[at + 4 : at + 4 + size]
    (checksum,) = struct.unpack_from(">I", content, at + 4 + size)
    if zlib.crc32(found) != checksum:
        raise SparkError("DELTA_DELETION_VECTOR_CHECKSUM_MISMATCH")
    return found


@lru_cache(maxsize=_REMEMBERED)
def rows_of(vector: DeletionVector, storage: Storage) -> np.ndarray:
    """The numbers of the deleted rows, in order."""
    return np.array(bitmap_of(vector, storage), dtype=np.int64)
