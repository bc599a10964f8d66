"""Theta and tuple sketches of DataSketches: the smallest hashes of a set, alone or with summaries.

A sketch keeps the `nominal` smallest hashes of what it saw; `theta` is the smallest dropped one.
That says all: unions, intersections and differences are set operations on hashes below a common
theta, and the number of distinct values is the number of hashes kept divided by the share of all
possible hashes below theta.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boathouse.functions.kernels.murmur import SEED_HASH, Hashes

MAX_THETA = 2**63 - 1
_COMPACT, _TUPLE = 3, 9
_EMPTY, _SINGLE = 4, 32
_READ_ONLY_COMPACT_ORDERED = 2 | 8 | 16
_TUPLE_COMPACT = 2 | 8

Summaries = NDArray[Any]
"""Of int64 or float64."""


class MalformedSketchError(ValueError):
    """Bytes that are no such sketch."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """Sorted `hashes` below `theta`. `empty` says that nothing was ever seen, which a sketch
    without hashes need not mean. A tuple sketch has one of `summaries` for each hash.
    """

    hashes: NDArray[np.uint64]
    theta: int = MAX_THETA
    empty: bool = False
    summaries: Summaries | None = None

    @property
    def share(self) -> float:
        """The part of all hashes that lies below theta, 0 to 1."""
        return self.theta / MAX_THETA

    @property
    def estimate(self) -> float:
        """About how many distinct values were seen."""
        return len(self.hashes) if self.theta == MAX_THETA else len(self.hashes) / self.share


NOTHING = Sketch(np.empty(0, np.uint64), empty=True)


def keys_of(hashes: Hashes) -> NDArray[np.uint64]:
    """What sketches keep of 128-bit hashes: 63 bits of them, never 0."""
    keys = hashes[0] >> np.uint64(1)
    return keys[keys > 0]


def combined(values: Summaries, groups: NDArray[np.intp], count: int, mode: str) -> Summaries:
    """The summaries of each of `count` groups made one by `mode`: sum, min, max or alwaysone."""
    if mode == "alwaysone":
        return np.ones(count, values.dtype)
    if mode == "sum":
        result = np.zeros(count, values.dtype)
        np.add.at(result, groups, values)
        if values.dtype == np.int64:
            # Java's int: it wraps around.
            return result.astype(np.int32).astype(np.int64)
        return result
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(count))
    reduce = np.minimum if mode == "min" else np.maximum
    return reduce.reduceat(values[order], starts) if count else values[:0]


def gathered(
    keys: NDArray[np.uint64],
    summaries: Summaries | None,
    nominal: int,
    mode: str = "sum",
    theta: int = MAX_THETA,
) -> Sketch:
    """The sketch of `keys`, which may repeat, limited to `nominal` of them and to those below
    `theta`.
    """
    below = keys < np.uint64(theta)
    keys = keys[below]
    unique, groups = np.unique(keys, return_inverse=True)
    if summaries is not None:
        summaries = combined(summaries[below], groups.reshape(-1), len(unique), mode)
    return limited(Sketch(unique, theta, summaries=summaries), nominal)


def limited(sketch: Sketch, nominal: int) -> Sketch:
    """`sketch` with `nominal` hashes at most."""
    if len(sketch.hashes) <= nominal:
        return sketch
    kept = None if sketch.summaries is None else sketch.summaries[:nominal]
    return Sketch(sketch.hashes[:nominal], int(sketch.hashes[nominal]), summaries=kept)


# ---- set operations -----------------------------------------------------------------------------


def united(sketches: list[Sketch], nominal: int, mode: str = "sum") -> Sketch:
    """What was seen by any of `sketches`."""
    seen = [sketch for sketch in sketches if not sketch.empty]
    if not seen:
        return NOTHING
    theta = min(sketch.theta for sketch in seen)
    keys = np.concatenate([sketch.hashes for sketch in seen])
    parts = [sketch.summaries for sketch in seen if sketch.summaries is not None]
    return gathered(keys, np.concatenate(parts) if parts else None, nominal, mode, theta)


def intersected(sketches: list[Sketch], mode: str = "sum") -> Sketch:
    """What was seen by all of `sketches`."""
    if not sketches or any(sketch.empty for sketch in sketches):
        return NOTHING
    result = sketches[0]
    for other in sketches[1:]:
        theta = min(result.theta, other.theta)
        keys, ours, theirs = np.intersect1d(
            result.hashes, other.hashes, assume_unique=True, return_indices=True
        )
        below = keys < np.uint64(theta)
        keys, ours, theirs = keys[below], ours[below], theirs[below]
        summaries = result.summaries
        if summaries is not None and other.summaries is not None:
            both = np.concatenate([summaries[ours], other.summaries[theirs]])
            groups = np.tile(np.arange(len(keys)), 2)
            summaries = combined(both, groups, len(keys), mode)
        result = Sketch(keys, theta, not len(keys) and theta == MAX_THETA, summaries)
    return result


def without(first: Sketch, second: Sketch) -> Sketch:
    """What was seen by `first` and not by `second`."""
    if first.empty or second.empty:
        return first
    theta = min(first.theta, second.theta)
    kept = (first.hashes < np.uint64(theta)) & ~np.isin(first.hashes, second.hashes)
    summaries = None if first.summaries is None else first.summaries[kept]
    return Sketch(first.hashes[kept], theta, not kept.any() and theta == MAX_THETA, summaries)


# ---- bytes --------------------------------------------------------------------------------------


def theta_bytes(sketch: Sketch) -> bytes:
    """The compact, ordered form; compressed (serial version 4) unless it holds a hash or none."""
    count = len(sketch.hashes)
    exact = sketch.theta == MAX_THETA
    if sketch.empty:
        # Without a seed's hash: nothing was hashed.
        return struct.pack("<6BH", 1, 3, _COMPACT, 0, 0, _READ_ONLY_COMPACT_ORDERED | _EMPTY, 0)
    flags = _READ_ONLY_COMPACT_ORDERED
    if count == 1 and exact:
        head = struct.pack("<6BH", 1, 3, _COMPACT, 0, 0, flags | _SINGLE, SEED_HASH)
        return head + sketch.hashes.tobytes()
    if count == 0:
        return struct.pack("<6BHIfQ", 3, 3, _COMPACT, 0, 0, flags, SEED_HASH, 0, 1.0, sketch.theta)
    differences = np.diff(sketch.hashes, prepend=np.uint64(0))
    bits = int(differences.max()).bit_length()
    size = (count.bit_length() + 7) // 8
    head = struct.pack("<6BH", 1 if exact else 2, 4, _COMPACT, bits, size, flags, SEED_HASH)
    head += b"" if exact else struct.pack("<Q", sketch.theta)
    return head + count.to_bytes(size, "little") + _packed(differences, bits)


def _packed(numbers: NDArray[np.uint64], bits: int) -> bytes:
    """`numbers` of `bits` bits each, one after the other, the highest bit first."""
    octets = numbers.astype(">u8").view(np.uint8).reshape(-1, 8)
    return np.packbits(np.unpackbits(octets, axis=1)[:, 64 - bits :]).tobytes()


def _unpacked(data: bytes, count: int, bits: int) -> NDArray[np.uint64]:
    flat = np.unpackbits(np.frombuffer(data, np.uint8))[: count * bits].reshape(count, bits)
    whole = np.zeros((count, 64), np.uint8)
    whole[:, 64 - bits :] = flat
    return np.packbits(whole, axis=1).view(">u8").reshape(-1).astype(np.uint64)


def read_theta(data: bytes) -> Sketch:
    """The theta sketch in `data`, compact or compressed; MalformedSketchError for none."""
    try:
        return _read_theta(data)
    except (struct.error, ValueError, IndexError) as error:
        raise MalformedSketchError(str(error)) from error


def _read_theta(data: bytes) -> Sketch:
    longs, version, family, bits, size, flags, _seed = struct.unpack_from("<6BH", data)
    if family != _COMPACT or version not in {3, 4}:
        raise MalformedSketchError(data[:8].hex())
    if flags & _EMPTY:
        return NOTHING
    if version == 4:
        theta = struct.unpack_from("<Q", data, 8)[0] if longs > 1 else MAX_THETA
        start = 16 if longs > 1 else 8
        count = int.from_bytes(data[start : start + size], "little")
        hashes = np.cumsum(_unpacked(data[start + size :], count, bits), dtype=np.uint64)
        return Sketch(hashes, theta)
    return Sketch(*_read_plain(data, longs & 63, 8)[:2])


def _read_plain(
    data: bytes, longs: int, width: int
) -> tuple[NDArray[np.uint64], int, NDArray[np.uint8]]:
    """Hashes, theta, and the entries of `width` bytes as they stand."""
    count = 1 if longs == 1 else struct.unpack_from("<I", data, 8)[0]
    theta = struct.unpack_from("<Q", data, 16)[0] if longs > 2 else MAX_THETA
    rows = np.frombuffer(data, np.uint8, count * width, longs * 8).reshape(count, width)
    hashes = np.ascontiguousarray(rows[:, :8]).view("<u8").reshape(-1).astype(np.uint64)
    order = np.argsort(hashes)
    return hashes[order], theta, rows[order]


_MODES = ("sum", "min", "max", "alwaysone")


def tuple_bytes(sketch: Sketch, mode: str) -> bytes:
    """The compact form of a tuple sketch: each summary with the code of its mode."""
    count = len(sketch.hashes)
    exact = sketch.theta == MAX_THETA
    flags = _TUPLE_COMPACT | (_EMPTY if sketch.empty else 0)
    longs = 3 if not exact else 1 if count <= 1 else 2
    head = struct.pack("<6BH", longs, 3, _TUPLE, 1, 0, flags, SEED_HASH)
    if longs > 1:
        head += struct.pack("<II", count, 0)
    if longs > 2:
        head += struct.pack("<Q", sketch.theta)
    if sketch.summaries is None or not count:
        return head
    kind = "<f8" if sketch.summaries.dtype == np.float64 else "<i4"
    entries = np.zeros(count, np.dtype([("hash", "<u8"), ("summary", kind), ("mode", "u1")]))
    entries["hash"], entries["summary"] = sketch.hashes, sketch.summaries
    entries["mode"] = _MODES.index(mode)
    return head + entries.tobytes()


def read_tuple(data: bytes, *, double: bool) -> Sketch:
    """The tuple sketch in `data`, of doubles or of ints; MalformedSketchError for none."""
    try:
        longs, version, family, kind, _, flags, _seed = struct.unpack_from("<6BH", data)
        if family != _TUPLE or version != 3 or kind != 1:
            raise MalformedSketchError(data[:8].hex())
        empty = np.empty(0, np.float64 if double else np.int64)
        if flags & _EMPTY:
            return Sketch(NOTHING.hashes, empty=True, summaries=empty)
        width = 17 if double else 13
        hashes, theta, rows = _read_plain(data, longs, width)
        if len(data) != longs * 8 + len(hashes) * width:
            raise MalformedSketchError(str(len(data)))
        summaries = np.ascontiguousarray(rows[:, 8 : width - 1])
        if double:
            return Sketch(hashes, theta, summaries=summaries.view("<f8").reshape(-1))
        return Sketch(hashes, theta, summaries=summaries.view("<i4").reshape(-1).astype(np.int64))
    except (struct.error, ValueError) as error:
        raise MalformedSketchError(str(error)) from error
