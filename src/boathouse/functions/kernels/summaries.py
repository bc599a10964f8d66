"""Count-min sketches and histograms of a group's values."""

from __future__ import annotations

import json
import math
import struct
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from boathouse.functions.kernels.java_random import JavaRandom
from boathouse.functions.kernels.rows import groups

_PRIME = (1 << 31) - 1
_INT = 0xFFFFFFFF


# ---- count-min ----------------------------------------------------------------------------------


def count_min(values: pa.ListArray, *, error: float, confidence: float, seed: int) -> list[bytes]:
    """The sketch of each group's values in Spark's form: version, count, size, hash numbers, table;
    the first byte of a number is its highest.
    """
    depth = math.ceil(-math.log(1 - confidence) / math.log(2)) if confidence < 1 else 0
    width = math.ceil(2 / error)
    draw = JavaRandom(seed)
    numbers = [draw.below(_PRIME) for _ in range(depth)]
    return [_counted(group.drop_null(), numbers, width) for group in groups(values)]


def _counted(group: pa.Array, numbers: list[int], width: int) -> bytes:
    table = np.zeros((len(numbers), width), ">i8")
    for value, times in Counter(group.to_pylist()).items():
        for row, place in enumerate(_places(value, numbers, width)):
            table[row, place] += times
    head = struct.pack(">iqii", 1, len(group), len(numbers), width)
    return head + struct.pack(f">{len(numbers)}q", *numbers) + table.tobytes()


def _places(value: int | str | bytes, numbers: list[int], width: int) -> list[int]:
    if isinstance(value, int):
        return [_of_number(value, number, width) for number in numbers]
    data = value.encode() if isinstance(value, str) else value
    first = _hash(data, 0)
    second = _hash(data, first)
    sums = (_signed(first + row * _signed(second)) for row in range(len(numbers)))
    return [abs(int(math.fmod(each, width))) for each in sums]


def _of_number(value: int, number: int, width: int) -> int:
    product = number * value & (1 << 64) - 1
    product -= (product >> 63) << 64
    product += product >> 32
    return (product & _PRIME) % width


def _signed(number: int) -> int:
    number &= _INT
    return number - (number >> 31 << 32)


def _hash(data: bytes, seed: int) -> int:
    """Spark's variant of MurmurHash3 x86 32: the bytes after the last word are mixed one by one."""
    state = seed & _INT
    whole = len(data) // 4 * 4
    words = list(struct.unpack(f"<{whole // 4}I", data[:whole]))
    tail = [byte - 256 if byte > 127 else byte for byte in data[whole:]]
    for word in [*words, *tail]:
        mixed = word * 0xCC9E2D51 & _INT
        mixed = (mixed << 15 | mixed >> 17) * 0x1B873593 & _INT
        state ^= mixed
        state = ((state << 13 | state >> 19) & _INT) * 5 + 0xE6546B64 & _INT
    state ^= len(data)
    state = (state ^ state >> 16) * 0x85EBCA6B & _INT
    state = (state ^ state >> 13) * 0xC2B2AE35 & _INT
    return state ^ state >> 16


# ---- histograms ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Bins:
    """Centres and weights of at most `limit` bins, in order of their centres."""

    limit: int
    centres: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    coin: JavaRandom = field(default_factory=lambda: JavaRandom(31_183))

    def add(self, value: float) -> None:
        """Put `value` into its own bin, and two neighbours into one where there are too many."""
        place = int(np.searchsorted(self.centres, value))
        if place < len(self.centres) and self.centres[place] == value:
            self.weights[place] += 1
            return
        self.centres.insert(place, value)
        self.weights.insert(place, 1.0)
        if len(self.centres) > self.limit:
            self._join_nearest()

    def _join_nearest(self) -> None:
        """Join the two nearest bins; among equally near ones a coin decides."""
        place, ties = 0, 1
        least = self.centres[1] - self.centres[0]
        for at in range(1, len(self.centres) - 1):
            distance = self.centres[at + 1] - self.centres[at]
            if distance < least:
                place, ties, least = at, 1, distance
            elif distance == least:
                ties += 1
                if self.coin.double() <= 1.0 / ties:
                    place = at
        weight = self.weights[place] + self.weights[place + 1]
        left = self.centres[place] * (self.weights[place] / weight)
        right = self.centres[place + 1] * (self.weights[place + 1] / weight)
        self.centres[place : place + 2] = [left + right]
        self.weights[place : place + 2] = [weight]


def histogram(values: pa.ListArray, *, bins: int) -> list[list[dict[str, float]] | None]:
    """The bins of each group, null where there are no values."""
    result: list[list[dict[str, float]] | None] = []
    for group in groups(values):
        made = _Bins(bins)
        for value in group.drop_null().to_pylist():
            made.add(value)
        pairs = zip(made.centres, made.weights, strict=True)
        result.append([{"x": x, "y": y} for x, y in pairs] or None)
    return result


# ---- counts of values ---------------------------------------------------------------------------


def counts_together(states: pa.ListArray) -> list[bytes]:
    """The counts of each group's states in one; a state is ``[{"i": value, "n": count}, ...]``."""
    return [_added(group.drop_null().to_pylist()) for group in groups(states)]


def _added(states: list[bytes]) -> bytes:
    counts: Counter[str | None] = Counter()
    for state in states:
        for entry in json.loads(state):
            counts[entry["i"]] += entry["n"]
    return json.dumps([{"i": item, "n": count} for item, count in counts.items()]).encode()
