"""HyperLogLog sketches of DataSketches, in the form HLL_8 that Spark writes.

A value's hash is a *coupon*: a 26-bit address and how many zeros the hash begins with. While there
are few, a sketch keeps the coupons, first as a list, then as a hash table; then it keeps for each
slot the longest run of zeros. While values arrive one by one it also counts by their history
(`hip`), which is the better estimate; joined sketches have no common history and fall back on the
slots alone.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from boathouse.functions.kernels.murmur import Hashes
from boathouse.functions.kernels.theta import MalformedSketchError

_FAMILY = 7
_LIST, _SET, _SLOTS = range(3)
_HLL_8 = 2 << 2
_EMPTY, _OUT_OF_ORDER = 4, 16
_ADDRESS_BITS = 26
_ADDRESS = (1 << _ADDRESS_BITS) - 1
_LIST_SIZE = 8
_FIRST_TABLE = 5
_CHUNK = 65_536

Coupons = NDArray[np.int64]


@dataclass(slots=True)
class Sketch:
    """A sketch of 2 to the power `log` slots, still of coupons while `slots` is None."""

    log: int
    coupons: dict[int, None] = field(default_factory=dict)
    slots: NDArray[np.uint8] | None = None
    hip: float = 0.0
    out_of_order: bool = False
    lowest: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing was seen."""
        return self.slots is None and not self.coupons

    @property
    def table(self) -> int:
        """The power of two of the hash table's size; 3 for the list."""
        if self.log < _LIST_SIZE or len(self.coupons) < _LIST_SIZE:
            return 3
        size = _FIRST_TABLE
        while 4 * len(self.coupons) > 3 << size:
            size += 1
        return size


def coupons_of(hashes: Hashes) -> Coupons:
    """The coupons of 128-bit hashes."""
    first, second = hashes
    # The position of the highest bit; a float would round up to the next power of two.
    high = second.copy()
    for shift in (1, 2, 4, 8, 16, 32):
        high |= high >> np.uint64(shift)
    zeros = 64 - np.bitwise_count(high).astype(np.int64)
    address = (first & np.uint64(_ADDRESS)).astype(np.int64)
    return (np.minimum(zeros, 62) + 1) << _ADDRESS_BITS | address


def add(sketch: Sketch, coupons: Coupons) -> None:
    """Show `coupons` to `sketch`, in order."""
    start = 0
    while sketch.slots is None and start < len(coupons):
        coupon = int(coupons[start])
        start += 1
        if coupon not in sketch.coupons:
            sketch.coupons[coupon] = None
            if _is_full(sketch):
                _promote(sketch)
    for at in range(start, len(coupons), _CHUNK):
        _add_to_slots(sketch, coupons[at : at + _CHUNK])


def _is_full(sketch: Sketch) -> bool:
    count = len(sketch.coupons)
    if sketch.log < _LIST_SIZE:
        return count >= _LIST_SIZE
    return sketch.table > sketch.log - 3


def _promote(sketch: Sketch) -> None:
    sketch.slots = np.zeros(1 << sketch.log, np.uint8)
    estimate = _coupon_estimate(len(sketch.coupons))
    for coupon in _stored(sketch):
        slot = coupon & _ADDRESS & (1 << sketch.log) - 1
        sketch.slots[slot] = max(sketch.slots[slot], coupon >> _ADDRESS_BITS)
    sketch.hip = estimate
    sketch.coupons = {}


def _add_to_slots(sketch: Sketch, coupons: Coupons) -> None:
    slots = sketch.slots
    assert slots is not None  # noqa: S101 - the caller's promise
    places = coupons & (1 << sketch.log) - 1
    runs = coupons >> _ADDRESS_BITS
    candidates = np.flatnonzero(runs > slots[places])
    if sketch.out_of_order:
        np.maximum.at(slots, places, runs.astype(np.uint8))
        return
    count = float(len(slots))
    chances = sum(_chances(slots))
    for place, run in zip(places[candidates].tolist(), runs[candidates].tolist(), strict=True):
        held = int(slots[place])
        if run > held:
            sketch.hip += count / chances
            chances += 2.0**-run - 2.0**-held
            slots[place] = run


def _chances(slots: NDArray[np.uint8]) -> tuple[float, float]:
    """The sums of 2 to the power of minus each slot, of runs below 32 and of longer ones."""
    counts = np.bincount(slots, minlength=64)
    parts = [int(count) * 2.0**-run for run, count in enumerate(counts)]
    return math.fsum(parts[:32]), math.fsum(parts[32:])


# ---- estimates ----------------------------------------------------------------------------------


def estimate(sketch: Sketch) -> float:
    """About how many distinct values were seen."""
    if sketch.slots is None:
        return _coupon_estimate(len(sketch.coupons))
    return _slot_estimate(sketch) if sketch.out_of_order else sketch.hip


def _coupon_estimate(count: int) -> float:
    """Two values share a coupon with a chance of 1 in 3 * 2^26."""
    return count + count * (count - 1) / (6.0 * (1 << _ADDRESS_BITS))


_CORRECTIONS = {4: 0.673, 5: 0.697, 6: 0.709}
_CROSSOVERS = {4: 0.718, 5: 0.672}


def _slot_estimate(sketch: Sketch) -> float:
    slots = sketch.slots
    assert slots is not None  # noqa: S101 - the caller's promise
    count = len(slots)
    raw = _harmonic(sketch.log, sum(_chances(slots)) / count)
    adjusted = _unbiased(sketch.log, raw)
    if adjusted > 3 * count:
        return adjusted
    free = int((slots == 0).sum())
    linear = _linear(count, free)
    crossover = _CROSSOVERS.get(sketch.log, 0.64) * count
    return adjusted if (adjusted + linear) / 2 > crossover else linear


def _harmonic(log: int, mean: float) -> float:
    count = 1 << log
    return _CORRECTIONS.get(log, 0.7213 / (1 + 1.079 / count)) * count / mean


def _linear(count: int, free: int) -> float:
    """How many balls it takes to leave `free` of `count` boxes empty."""
    if free == 0:
        return count * math.log(count / 0.5)
    return count * (_harmonic_number(count) - _harmonic_number(free))


def _harmonic_number(number: int) -> float:
    if number < 64:
        return sum(1.0 / n for n in range(1, number + 1))
    inverse = 1.0 / number
    return math.log(number) + 0.5772156649015329 + inverse / 2 - inverse * inverse / 12


def _unbiased(log: int, raw: float) -> float:
    """The number of values whose expected raw estimate is `raw`. DataSketches has a table of
    simulated means for this; here it is computed, which differs by less than the estimate's error.
    """
    count = 1 << log
    if raw <= _expected(log, 0.0):
        return 0.0
    low, high = 0.0, 2.0 * raw
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _expected(log, middle / count) < raw else (low, middle)
    return high


@cache
def _expected(log: int, load: float) -> float:
    """The raw estimate to expect with `load` values for each slot."""
    mean, square, below = 0.0, 0.0, 0.0
    for run in range(64):
        upto = math.exp(-load * 2.0**-run)
        mean += 2.0**-run * (upto - below)
        square += 4.0**-run * (upto - below)
        below = upto
    # The mean of a reciprocal is above the reciprocal of the mean, by this in the second order.
    spread = (square / mean**2 - 1) / (1 << log)
    return _harmonic(log, mean) * (1 + spread)


# ---- unions -------------------------------------------------------------------------------------


def united(sketches: list[Sketch], log: int) -> Sketch:
    """What was seen by any of `sketches`, in a sketch of `log` or the least that any has."""
    result = Sketch(log)
    for other in sketches:
        result = _joined(result, other)
    return result


def _joined(held: Sketch, other: Sketch) -> Sketch:
    if other.empty:
        return held
    if other.slots is None:
        add(held, np.array(_stored(other), np.int64))
        return held
    if held.slots is None:
        result = _narrowed(other, min(held.log, other.log))
        add(result, np.array(_stored(held), np.int64))
        return result
    log = min(held.log, other.log)
    first, second = _narrowed(held, log), _narrowed(other, log)
    assert first.slots is not None  # noqa: S101 - it has slots as `held` has
    assert second.slots is not None  # noqa: S101 - as `other` has
    return Sketch(log, slots=np.maximum(first.slots, second.slots), out_of_order=True)


def _narrowed(sketch: Sketch, log: int) -> Sketch:
    assert sketch.slots is not None  # noqa: S101 - the caller's promise
    slots = sketch.slots.reshape(-1, 1 << log).max(axis=0)
    same = log == sketch.log
    hip, out_of_order = (sketch.hip, sketch.out_of_order) if same else (0.0, True)
    return Sketch(log, slots=slots, hip=hip, out_of_order=out_of_order)


# ---- bytes --------------------------------------------------------------------------------------


def _stored(sketch: Sketch) -> list[int]:
    """The coupons in the order in which the list or the hash table has them."""
    if sketch.table == 3:
        return list(sketch.coupons)
    return [coupon for coupon in _hash_table(sketch) if coupon]


def _hash_table(sketch: Sketch) -> list[int]:
    size, seen = 1 << _FIRST_TABLE, list[int]()
    table = [0] * size
    log = _FIRST_TABLE
    for number, coupon in enumerate(sketch.coupons, 1):
        _put(table, coupon, log)
        if 4 * number > 3 << log:
            seen = [held for held in table if held]
            log += 1
            table = [0] * (1 << log)
            for held in seen:
                _put(table, held, log)
    return table


def _put(table: list[int], coupon: int, log: int) -> None:
    mask = (1 << log) - 1
    place = coupon & mask
    stride = (coupon & _ADDRESS) >> log | 1
    while table[place]:
        place = place + stride & mask
    table[place] = coupon


def to_bytes(sketch: Sketch) -> bytes:
    """The updatable form."""
    if sketch.slots is not None:
        return _slots_bytes(sketch)
    log, count = sketch.table, len(sketch.coupons)
    if log == 3:
        flags = 0 if count else _EMPTY
        head = struct.pack("<8B", 2, 1, _FAMILY, sketch.log, 3, flags, count, _LIST | _HLL_8)
        coupons = [*sketch.coupons, *[0] * (_LIST_SIZE - count)]
        return head + struct.pack("<8I", *coupons)
    head = struct.pack("<8BI", 3, 1, _FAMILY, sketch.log, log, 0, 0, _SET | _HLL_8, count)
    return head + np.array(_hash_table(sketch), "<u4").tobytes()


def _slots_bytes(sketch: Sketch) -> bytes:
    slots = sketch.slots
    assert slots is not None  # noqa: S101 - the caller looked
    flags, lowest = 0, 0
    if sketch.out_of_order:
        # A union counts its lowest slots anew; a sketch that is still fed does not.
        flags, lowest = _OUT_OF_ORDER, int(slots.min())
    at_lowest = int((slots == lowest).sum())
    head = struct.pack("<8B", 10, 1, _FAMILY, sketch.log, 0, flags, lowest, _SLOTS | _HLL_8)
    facts = struct.pack("<3dII", sketch.hip, *_chances(slots), at_lowest, 0)
    return head + facts + slots.tobytes()


def from_bytes(data: bytes) -> Sketch:
    """The sketch in `data`, of HLL_8, updatable or compact. MalformedSketchError for none."""
    try:
        return _read(data)
    except (struct.error, ValueError, IndexError) as error:
        raise MalformedSketchError(str(error)) from error


def _read(data: bytes) -> Sketch:
    ints, version, family, log, table, flags, count, mode = struct.unpack_from("<8B", data)
    if version != 1 or family != _FAMILY or not 4 <= log <= 21:
        raise MalformedSketchError(data[:8].hex())
    if mode & 3 != _SLOTS:
        if mode & 3 == _SET:
            count = struct.unpack_from("<I", data, 8)[0]
        stored = np.frombuffer(data, "<u4", -1, ints * 4)
        coupons = [int(coupon) for coupon in stored if coupon]
        if len(coupons) < count or len(stored) < min(1 << table, count):
            raise MalformedSketchError(str(len(stored)))
        return Sketch(log, dict.fromkeys(coupons[:count]))
    if mode >> 2 & 3 != 2:
        message = "only HLL_8 is read"
        raise MalformedSketchError(message)
    hip = struct.unpack_from("<d", data, 8)[0]
    slots = np.frombuffer(data, np.uint8, 1 << log, 40).copy()
    return Sketch(log, slots=slots, hip=hip, out_of_order=bool(flags & _OUT_OF_ORDER))
