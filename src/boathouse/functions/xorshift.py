"""Spark's random numbers: a 64-bit xorshift generator for each partition, as Java's Random uses it.

The generator of partition `p` under a seed starts from a hash of ``seed + p`` (Spark's
XORShiftRandom), so a number depends on the seed, the partition and the row's place in it alone.

A step is linear over the bits of the state. Long sequences are therefore cut into lanes that start
where the one before ends, and all lanes step at once in numpy.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

Bits = Any
"""A numpy array of uint64."""

_MASK_32 = 0xFFFFFFFF
_MASK_64 = (1 << 64) - 1
_ARRAY_SEED = 0x3C074A61
"""What Scala's MurmurHash3 starts from when it hashes an array."""
_LANE = 4096
"""Steps from which on a sequence is worth cutting."""


def doubles(seed: int, sizes: Sequence[int]) -> Any:
    """Numbers from 0 up to 1, `sizes[p]` of them for each partition `p`, one after the other."""
    return _each(seed, sizes, 2, lambda words: _double(words[:, 0], words[:, 1]))


def gaussians(seed: int, sizes: Sequence[int]) -> Any:
    """Numbers of the standard normal distribution, in the order of `doubles`."""
    parts = [_polar(state_of(seed + p), size) for p, size in enumerate(sizes)]
    return np.array([number for part in parts for number in part], dtype=np.float64)


def texts(seed: int, sizes: Sequence[int], length: int) -> list[str]:
    """Texts of `length` digits and letters each, in the order of `doubles`."""
    signs = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if length == 0:
        return [""] * sum(sizes)
    words = _each(seed, sizes, length, lambda words: words.astype(np.uint32).astype(np.int32))
    places = np.abs(np.fmod(words, len(signs)))
    return ["".join([signs[place] for place in row]) for row in places]


def state_of(seed: int) -> int:
    """The first state under `seed`."""
    data = struct.pack(">q", _signed(seed))
    low = _murmur(data, _ARRAY_SEED)
    return _murmur(data, low) << 32 | low


def _signed(value: int) -> int:
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def _murmur(data: bytes, seed: int) -> int:
    hashed = seed
    for word in struct.unpack("<2I", data):
        mixed = _rotated(word * 0xCC9E2D51 & _MASK_32, 15) * 0x1B873593 & _MASK_32
        hashed = (_rotated(hashed ^ mixed, 13) * 5 + 0xE6546B64) & _MASK_32
    hashed ^= len(data)
    hashed = (hashed ^ hashed >> 16) * 0x85EBCA6B & _MASK_32
    hashed = (hashed ^ hashed >> 13) * 0xC2B2AE35 & _MASK_32
    return hashed ^ hashed >> 16


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & _MASK_32


# ---- steps --------------------------------------------------------------------------------------


def _step(state: int) -> int:
    state ^= state << 21 & _MASK_64
    state ^= state >> 35
    return state ^ (state << 4 & _MASK_64)


def _steps(state: Bits) -> Bits:
    state = state ^ (state << np.uint64(21))
    state = state ^ (state >> np.uint64(35))
    return state ^ (state << np.uint64(4))


@cache
def _lane_columns() -> tuple[int, ...]:
    """Where `_LANE` steps take each single bit."""
    columns = np.array([1 << bit for bit in range(64)], dtype=np.uint64)
    for _ in range(_LANE):
        columns = _steps(columns)
    return tuple(int(column) for column in columns)


def _jumped(state: int) -> int:
    """The state `_LANE` steps after `state`."""
    result = 0
    for bit, column in enumerate(_lane_columns()):
        if state >> bit & 1:
            result ^= column
    return result


def _states(state: int, count: int) -> Bits:
    """The `count` states after `state`."""
    starts = [state]
    for _ in range(math.ceil(count / _LANE) - 1):
        starts.append(_jumped(starts[-1]))
    lanes = np.array(starts, dtype=np.uint64)
    steps = np.empty((min(count, _LANE), len(starts)), dtype=np.uint64)
    for row in range(len(steps)):
        lanes = _steps(lanes)
        steps[row] = lanes
    return steps.T.reshape(-1)[:count]


def _each(seed: int, sizes: Sequence[int], words: int, number: Callable[[Bits], Any]) -> Any:
    """`number` of `words` states for each row of each partition."""
    parts = [
        number(_states(state_of(seed + p), size * words).reshape(size, words))
        for p, size in enumerate(sizes)
        if size
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def _double(high: Any, low: Any) -> Any:
    """Java's nextDouble: 26 bits of one word and 27 of the next."""
    bits = ((high & ((1 << 26) - 1)) << 27) + (low & ((1 << 27) - 1))
    return bits * 2.0**-53


def _polar(state: int, count: int) -> list[float]:
    """Java's nextGaussian: pairs by the polar method, which throws some draws away."""
    made: list[float] = []
    while len(made) < count:
        pair: list[float] = []
        for _ in range(2):
            first = _step(state)
            state = _step(first)
            pair.append(2.0 * _double(first, state) - 1.0)
        square = pair[0] * pair[0] + pair[1] * pair[1]
        if not 0.0 < square < 1.0:
            continue
        scale = math.sqrt(-2.0 * math.log(square) / square)
        made += [value * scale for value in pair]
    return made[:count]
