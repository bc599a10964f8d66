"""KLL sketches of DataSketches: quantiles of a stream in little space.

A sketch is a row of levels; an item on level i stands for 2^i values. When all are full, a level is
sorted, every other item of it moves up and the rest is dropped, the first kept one by a coin. The
capacities of the levels shrink by two thirds from the top down.
"""

from __future__ import annotations

import math
import random
import struct
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boathouse.functions.kernels.theta import MalformedSketchError

DEFAULT_K = 200
_FAMILY = 15
_LEAST = 8
_EMPTY, _SORTED, _SINGLE = 1, 2, 4
_FORMATS = {"bigint": "<i8", "double": "<f8", "float": "<f4"}


@dataclass(slots=True)
class Sketch:
    """Values of `kind` (bigint, double or float): `levels` of items, the first in arrival order and
    the others sorted; `count` values seen between `least` and `greatest`. `least_k` is the smallest
    k that went into it.
    """

    kind: str
    k: int = DEFAULT_K
    least_k: int = 0
    count: int = 0
    least: Any = None
    greatest: Any = None
    levels: list[list[Any]] = field(default_factory=lambda: [[]])

    def __post_init__(self) -> None:
        self.least_k = self.least_k or self.k

    @property
    def retained(self) -> int:
        """How many items it holds."""
        return sum(map(len, self.levels))


@cache
def capacity(k: int, levels: int, level: int) -> int:
    """How many items `level` may hold where there are so many `levels`."""
    depth = levels - 1 - level
    return max(_LEAST, ((2 * k << depth) // 3**depth + 1) >> 1)


@cache
def _whole_capacity(k: int, levels: int) -> int:
    return sum(capacity(k, levels, level) for level in range(levels))


def add(sketch: Sketch, values: list[Any]) -> None:
    """Show `values`, none of them NaN, to `sketch`."""
    if not values:
        return
    _note(sketch, min(values), max(values), len(values))
    coin = random.Random(len(values))  # noqa: S311 - a coin, and the same for the same values
    start = 0
    while start < len(values):
        free = _whole_capacity(sketch.k, len(sketch.levels)) - sketch.retained
        if free <= 0:
            _compact(sketch, coin)
            continue
        sketch.levels[0].extend(values[start : start + free])
        start += free


def _note(sketch: Sketch, least: Any, greatest: Any, count: int) -> None:
    sketch.least = least if sketch.count == 0 else min(sketch.least, least)
    sketch.greatest = greatest if sketch.count == 0 else max(sketch.greatest, greatest)
    sketch.count += count


def _compact(sketch: Sketch, coin: random.Random) -> None:
    """Halve the lowest level that is full."""
    levels, number = sketch.levels, len(sketch.levels)
    level = next(i for i in range(number) if len(levels[i]) >= capacity(sketch.k, number, i))
    if level == number - 1:
        levels.append([])
    items = sorted(levels[level])
    odd = len(items) % 2
    half = items[odd + coin.randrange(2) :: 2]
    levels[level + 1] = sorted([*half, *levels[level + 1]])
    levels[level] = items[:odd]


def merge(sketch: Sketch, other: Sketch) -> None:
    """Put what `other` holds into `sketch`."""
    if other.kind != sketch.kind:
        raise MalformedSketchError(other.kind)
    if not other.count:
        return
    _note(sketch, other.least, other.greatest, other.count)
    if len(other.levels) > 1:
        # Only what was dropped makes it less exact.
        sketch.least_k = min(sketch.least_k, other.least_k)
    while len(sketch.levels) < len(other.levels):
        sketch.levels.append([])
    # DataSketches fills a level from its end.
    sketch.levels[0] = [*reversed(other.levels[0]), *sketch.levels[0]]
    for level in range(1, len(other.levels)):
        sketch.levels[level] = sorted([*sketch.levels[level], *other.levels[level]])
    coin = random.Random(sketch.count)  # noqa: S311 - a coin
    while sketch.retained > _whole_capacity(sketch.k, len(sketch.levels)):
        _compact(sketch, coin)


# ---- questions ----------------------------------------------------------------------------------


def _weighted(sketch: Sketch) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The items in order, and how many values stand at or below each."""
    items = np.array([item for level in sketch.levels for item in level])
    weights = np.repeat(
        [1 << level for level in range(len(sketch.levels))], [len(each) for each in sketch.levels]
    )
    order = np.argsort(items, kind="stable")
    return items[order], np.cumsum(weights[order])


def quantiles(sketch: Sketch, ranks: list[float]) -> list[Any]:
    """The least items with at least so much of all values, 0 to 1, at or below them."""
    items, reached = _weighted(sketch)
    wanted = [math.ceil(rank * sketch.count) for rank in ranks]
    places = np.minimum(np.searchsorted(reached, wanted), len(items) - 1)
    found = [items[place].item() for place in places]
    ends = {0.0: sketch.least, 1.0: sketch.greatest}
    return [ends.get(rank, item) for rank, item in zip(ranks, found, strict=True)]


def ranks(sketch: Sketch, values: list[Any]) -> list[float]:
    """Which part of all values, 0 to 1, is at or below each of `values`."""
    items, reached = _weighted(sketch)
    places = np.searchsorted(items, values, side="right")
    counts = np.concatenate([[0], reached])[places]
    return [int(count) / sketch.count for count in counts]


def summary(sketch: Sketch) -> str:
    """The lines in which DataSketches describes a sketch."""
    names = {"bigint": "KllKllLongsSketch", "double": "KllKllDoublesSketch"}
    number = len(sketch.levels)
    whole = _whole_capacity(sketch.k, number)
    width = np.dtype(_FORMATS[sketch.kind]).itemsize
    facts = {
        "K": sketch.k,
        "Dynamic min K": sketch.least_k,
        "M": _LEAST,
        "N": sketch.count,
        "Epsilon": _percent(2.296, 0.9723, sketch.least_k),
        "Epsilon PMF": _percent(2.446, 0.9433, sketch.least_k),
        "Empty": str(not sketch.count).lower(),
        "Estimation Mode": str(number > 1).lower(),
        "Levels": number,
        "Level 0 Sorted": "false",
        "Capacity Items": whole,
        "Retained Items": sketch.retained,
        "Free Space": whole - sketch.retained,
        "ReadOnly": "false",
        "Updatable Storage Bytes": 20 + 4 * (number + 1) + (whole + 2) * width,
        "Compact Storage Bytes": len(to_bytes(sketch)),
        "Min Item": sketch.least,
        "Max Item": sketch.greatest,
    }
    lines = [f"   {name:<23}: {value}" for name, value in facts.items()]
    title = f"### {names.get(sketch.kind, 'KllKllFloatsSketch')} Summary:"
    return "\n".join(["", title, *lines, "### End sketch summary", ""])


def _percent(factor: float, power: float, k: int) -> str:
    return f"{100 * factor / k**power:.3f}%"


# ---- bytes --------------------------------------------------------------------------------------


def to_bytes(sketch: Sketch) -> bytes:
    """The compact form."""
    dtype = np.dtype(_FORMATS[sketch.kind])
    if not sketch.count:
        return struct.pack("<4BHBB", 2, 1, _FAMILY, _EMPTY, sketch.k, _LEAST, 0)
    if sketch.count == 1:
        head = struct.pack("<4BHBB", 2, 2, _FAMILY, _SINGLE, sketch.k, _LEAST, 0)
        return head + np.array(sketch.levels[0], dtype).tobytes()
    number = len(sketch.levels)
    head = struct.pack("<4BHBB", 5, 1, _FAMILY, 0, sketch.k, _LEAST, 0)
    head += struct.pack("<QHBB", sketch.count, sketch.least_k, number, 0)
    starts, start = list[int](), _whole_capacity(sketch.k, number) - sketch.retained
    for level in sketch.levels:
        starts.append(start)
        start += len(level)
    items = [item for level in sketch.levels for item in level]
    head += np.array(starts, "<u4").tobytes()
    return head + np.array([sketch.least, sketch.greatest, *items], dtype).tobytes()


def from_bytes(data: bytes, kind: str) -> Sketch:
    """The sketch of `kind` in `data`. MalformedSketchError where there is none."""
    try:
        return _read(data, kind)
    except (struct.error, ValueError, IndexError) as error:
        raise MalformedSketchError(str(error)) from error


def _read(data: bytes, kind: str) -> Sketch:
    ints, version, family, flags, k, least, _ = struct.unpack_from("<4BHBB", data)
    if family != _FAMILY or version not in {1, 2} or ints not in {2, 5} or least != _LEAST:
        raise MalformedSketchError(data[:8].hex())
    dtype = np.dtype(_FORMATS[kind])
    if flags & _EMPTY:
        return Sketch(kind, k)
    if version == 2:
        (item,) = np.frombuffer(data, dtype, -1, 8).tolist()
        return Sketch(kind, k, k, 1, item, item, [[item]])
    count, least_k, number, _ = struct.unpack_from("<QHBB", data, 8)
    starts = np.frombuffer(data, "<u4", number, 20).tolist()
    held = _whole_capacity(k, number) - starts[0]
    least_item, greatest, *items = np.frombuffer(data, dtype, -1, 20 + 4 * number).tolist()
    if len(items) != held:
        raise MalformedSketchError(str(len(items)))
    bounds = [start - starts[0] for start in starts] + [held]
    levels = [items[bounds[i] : bounds[i + 1]] for i in range(number)]
    return Sketch(kind, k, least_k, count, least_item, greatest, levels)
