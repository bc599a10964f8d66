"""MurmurHash3 x64 128 of many values at once: the hash of every DataSketches sketch.

Source: the MurmurHash3 algorithm (public domain), with the seed that DataSketches uses everywhere.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

SEED = 9001
SEED_HASH = 0x93CC
"""The 16 bits of the seed's own hash that sketches carry, so that none is joined with another
seed's.
"""

Words = NDArray[np.uint64]
Hashes = tuple[Words, Words]

_C1 = np.uint64(0x87C37B91114253D5)
_C2 = np.uint64(0x4CF5AD432745937F)
_FIVE = np.uint64(5)
_ADD1 = np.uint64(0x52DCE729)
_ADD2 = np.uint64(0x38495AB5)
_MIX1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)


def _rotated(words: Words, bits: int) -> Words:
    return words << np.uint64(bits) | words >> np.uint64(64 - bits)


def _mixed(words: Words) -> Words:
    shift = np.uint64(33)
    words = (words ^ words >> shift) * _MIX1
    words = (words ^ words >> shift) * _MIX2
    return words ^ words >> shift


def hashes(rows: Words, size: int) -> Hashes:
    """The two halves of the hash of each row of `rows`: values of `size` bytes, filled with zeros
    to whole pairs of little-endian words.
    """
    first = np.full(len(rows), SEED, np.uint64)
    second = first.copy()
    pairs = size // 16
    with np.errstate(over="ignore"):
        for pair in range(pairs):
            first ^= _rotated(rows[:, 2 * pair] * _C1, 31) * _C2
            first = (_rotated(first, 27) + second) * _FIVE + _ADD1
            second ^= _rotated(rows[:, 2 * pair + 1] * _C2, 33) * _C1
            second = (_rotated(second, 31) + first) * _FIVE + _ADD2
        if size % 16:
            first ^= _rotated(rows[:, 2 * pairs] * _C1, 31) * _C2
            if size % 16 > 8:
                second ^= _rotated(rows[:, 2 * pairs + 1] * _C2, 33) * _C1
        length = np.uint64(size)
        first, second = first ^ length, second ^ length
        first = first + second
        second = second + first
        first, second = _mixed(first), _mixed(second)
        first = first + second
        second = second + first
    return first, second


def hashed(values: pa.Array) -> Hashes:
    """The hashes of `values`, in order, as DataSketches hashes their type: whole numbers as longs,
    floating ones as canonical doubles, text and bytes as bytes, arrays element by element. Nulls
    and what is empty are left out.
    """
    values = values.drop_null()
    kind = values.type
    if pa.types.is_integer(kind):
        return _of_longs(values.to_numpy(zero_copy_only=False).astype(np.int64))
    if pa.types.is_floating(kind):
        doubles = values.to_numpy(zero_copy_only=False).astype(np.float64) + 0.0
        doubles[np.isnan(doubles)] = np.nan
        return _of_longs(doubles.view(np.int64))
    if pa.types.is_list(kind):
        width = 8 if pa.types.is_int64(kind.value_type) else 4
        dtype = np.int64 if width == 8 else np.int32
        # A null element is the 0 that lies in its place in Java.
        rows = ([element or 0 for element in row] for row in values.to_pylist())
        return _of_bytes([np.array(row, dtype).tobytes() for row in rows])
    return _of_bytes(values.cast(pa.binary()).to_pylist())


def _of_longs(longs: NDArray[np.int64]) -> Hashes:
    return hashes(longs.view(np.uint64).reshape(-1, 1), 8)


def _of_bytes(values: list[bytes]) -> Hashes:
    """Values of one length are hashed together."""
    first = np.zeros(len(values), np.uint64)
    second = np.zeros(len(values), np.uint64)
    sizes = np.fromiter(map(len, values), np.int64, len(values))
    for size in np.unique(sizes[sizes > 0]):
        places = np.flatnonzero(sizes == size)
        width = -(-int(size) // 16) * 16
        joined = b"".join([values[place].ljust(width, b"\0") for place in places])
        rows = np.frombuffer(joined, np.uint64).reshape(len(places), -1)
        first[places], second[places] = hashes(rows, int(size))
    present = sizes > 0
    return first[present], second[present]
