"""Sketches as functions see them: bytes in, bytes or answers out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isnan
from typing import Any

import numpy as np
import pyarrow as pa

from boathouse.errors.exceptions import SparkRuntimeError
from boathouse.functions.kernels import hll, kll, theta
from boathouse.functions.kernels.murmur import hashed
from boathouse.functions.kernels.rows import by_row, groups
from boathouse.functions.kernels.theta import MalformedSketchError

Quoted = str
"""A function's name, as messages quote it."""


def _read(read: Callable[[bytes], Any], data: bytes, family: str, name: Quoted) -> Any:
    try:
        return read(data)
    except MalformedSketchError:
        raise SparkRuntimeError(f"{family}_INVALID_INPUT_SKETCH_BUFFER", function=name) from None


# ---- hll ----------------------------------------------------------------------------------------


def _hll(data: bytes, name: Quoted) -> hll.Sketch:
    return _read(hll.from_bytes, data, "HLL", name)


def hll_gathered(values: pa.ListArray, log: pa.Array) -> list[bytes]:
    """The sketch of each group's values."""
    result: list[bytes] = []
    for group, size in zip(groups(values), log.to_pylist(), strict=True):
        sketch = hll.Sketch(size)
        hll.add(sketch, hll.coupons_of(hashed(group)))
        result.append(hll.to_bytes(sketch))
    return result


@by_row
def hll_estimate(data: bytes, *, name: Quoted) -> int:
    """How many distinct values a sketch saw, rounded half up as Java does."""
    return int(hll.estimate(_hll(data, name)) + 0.5)


@by_row
def hll_united(first: bytes, second: bytes, different: bool, *, name: Quoted) -> bytes:  # noqa: FBT001
    """Two sketches in one, as wide as the narrower."""
    left, right = _hll(first, name), _hll(second, name)
    _check_width(left.log, right.log, different=different, name=name)
    return hll.to_bytes(hll.united([left, right], min(left.log, right.log)))


def hll_united_groups(values: pa.ListArray, different: pa.Array, *, name: Quoted) -> list[bytes]:
    """The sketches of each group in one, as wide as the first."""
    result: list[bytes] = []
    for group, allowed in zip(groups(values), different.to_pylist(), strict=True):
        sketches = [_hll(data, name) for data in group.drop_null().to_pylist()]
        log = sketches[0].log if sketches else 12
        for other in sketches:
            _check_width(log, other.log, different=bool(allowed), name=name)
        result.append(hll.to_bytes(hll.united(sketches, log)))
    return result


def _check_width(left: int, right: int, *, different: bool, name: Quoted) -> None:
    if left != right and not different:
        raise SparkRuntimeError("HLL_UNION_DIFFERENT_LG_K", left=left, right=right, function=name)


# ---- theta --------------------------------------------------------------------------------------


def _theta(data: bytes, name: Quoted) -> theta.Sketch:
    return _read(theta.read_theta, data, "THETA", name)


def _theta_groups(values: pa.ListArray, name: Quoted) -> Iterator[list[theta.Sketch]]:
    for group in groups(values):
        yield [_theta(data, name) for data in group.drop_null().to_pylist()]


def theta_gathered(values: pa.ListArray, log: pa.Array) -> list[bytes]:
    """The sketch of each group's values."""
    result: list[bytes] = []
    for group, size in zip(groups(values), log.to_pylist(), strict=True):
        keys = theta.keys_of(hashed(group))
        sketch = theta.gathered(keys, None, 1 << size) if len(keys) else theta.NOTHING
        result.append(theta.theta_bytes(sketch))
    return result


@by_row
def theta_estimate(data: bytes, *, name: Quoted) -> int:
    """How many distinct values a sketch saw, rounded half up as Java does."""
    return int(_theta(data, name).estimate + 0.5)


@by_row
def theta_united(first: bytes, second: bytes, log: int, *, name: Quoted) -> bytes:
    """What either saw."""
    return theta.theta_bytes(theta.united([_theta(first, name), _theta(second, name)], 1 << log))


@by_row
def theta_intersected(first: bytes, second: bytes, *, name: Quoted) -> bytes:
    """What both saw."""
    return theta.theta_bytes(theta.intersected([_theta(first, name), _theta(second, name)]))


@by_row
def theta_without(first: bytes, second: bytes, *, name: Quoted) -> bytes:
    """What the first saw and the second did not."""
    return theta.theta_bytes(theta.without(_theta(first, name), _theta(second, name)))


def theta_united_groups(values: pa.ListArray, log: pa.Array, *, name: Quoted) -> list[bytes]:
    """What any sketch of a group saw."""
    sketches, sizes = _theta_groups(values, name), log.to_pylist()
    united = (theta.united(each, 1 << size) for each, size in zip(sketches, sizes, strict=True))
    return [theta.theta_bytes(sketch) for sketch in united]


def theta_intersected_groups(values: pa.ListArray, *, name: Quoted) -> list[bytes]:
    """What all sketches of a group saw."""
    return [theta.theta_bytes(theta.intersected(each)) for each in _theta_groups(values, name)]


# ---- tuples -------------------------------------------------------------------------------------

# What a hash of a theta sketch brings into a tuple sketch, by mode.
_DEFAULTS = {
    True: {"sum": 0.0, "min": np.inf, "max": -np.inf, "alwaysone": 1.0},
    False: {"sum": 0, "min": 2**31 - 1, "max": -(2**31), "alwaysone": 1},
}


def _tuple(data: bytes, name: Quoted, *, double: bool) -> theta.Sketch:
    def read(given: bytes) -> theta.Sketch:
        return theta.read_tuple(given, double=double)

    return _read(read, data, "TUPLE", name)


def _with_defaults(sketch: theta.Sketch, mode: str, *, double: bool) -> theta.Sketch:
    dtype = np.float64 if double else np.int64
    summaries = np.full(len(sketch.hashes), _DEFAULTS[double][mode], dtype)
    return theta.Sketch(sketch.hashes, sketch.theta, sketch.empty, summaries)


def tuple_gathered(
    values: pa.ListArray, log: pa.Array, modes: pa.Array, *, double: bool
) -> list[bytes]:
    """The sketch of each group's pairs of key and summary; pairs with a null do not count."""
    result: list[bytes] = []
    dtype = np.float64 if double else np.int64
    for group, size, mode in zip(groups(values), log.to_pylist(), modes.to_pylist(), strict=True):
        pairs = pa.RecordBatch.from_struct_array(group).to_struct_array()
        keys, summaries = pairs.field("key"), pairs.field("summary")
        counted = pa.array([_counts(key) for key in keys.to_pylist()], pa.bool_())
        keys, summaries = keys.filter(counted), summaries.filter(counted)
        there = summaries.is_valid()
        keys, summaries = keys.filter(there), summaries.filter(there)
        numbers = summaries.to_numpy(zero_copy_only=False).astype(dtype)
        hashes = hashed(keys)[0] >> np.uint64(1)
        sketch = theta.gathered(hashes, numbers, 1 << size, mode)
        result.append(theta.tuple_bytes(sketch if len(hashes) else theta.NOTHING, mode))
    return result


def _counts(key: Any) -> bool:
    """Whether there is something to hash."""
    return bool(key) if isinstance(key, (str, bytes, list)) else key is not None


@by_row
def tuple_estimate(data: bytes, *, name: Quoted, double: bool) -> float:
    """How many distinct keys a sketch saw."""
    # Spark reads a sketch of the other kind too: no summary is looked at.
    try:
        return float(theta.read_tuple(data, double=double).estimate)
    except MalformedSketchError:
        return float(_tuple(data, name, double=not double).estimate)


@by_row
def tuple_theta(data: bytes, *, name: Quoted, double: bool) -> float:
    """Which share of keys a sketch keeps."""
    return _tuple(data, name, double=double).share


@by_row
def tuple_summary(data: bytes, mode: str, *, name: Quoted, double: bool) -> float | int:
    """All summaries in one, those of dropped keys not counted in."""
    summaries = _tuple(data, name, double=double).summaries
    assert summaries is not None  # noqa: S101 - a tuple sketch has them
    if mode == "alwaysone":
        return type(_DEFAULTS[double]["sum"])(len(summaries))
    if not len(summaries):
        return _DEFAULTS[double]["sum"]
    reduce = {"sum": np.sum, "min": np.min, "max": np.max}[mode]
    return reduce(summaries).item()


@by_row
def tuple_united(
    first: bytes, second: bytes, log: int, mode: str, *, name: Quoted, double: bool, plain: bool
) -> bytes:
    """What either saw; `plain` says that the second is a theta sketch."""
    pair = _pair(first, second, mode, name, double=double, plain=plain)
    return theta.tuple_bytes(theta.united(pair, 1 << log, mode), mode)


@by_row
def tuple_intersected(
    first: bytes, second: bytes, mode: str, *, name: Quoted, double: bool, plain: bool
) -> bytes:
    """What both saw."""
    pair = _pair(first, second, mode, name, double=double, plain=plain)
    return theta.tuple_bytes(theta.intersected(pair, mode), mode)


@by_row
def tuple_without(first: bytes, second: bytes, *, name: Quoted, double: bool, plain: bool) -> bytes:
    """What the first saw and the second did not."""
    left, right = _pair(first, second, "sum", name, double=double, plain=plain)
    return theta.tuple_bytes(theta.without(left, right), "sum")


def _pair(
    first: bytes, second: bytes, mode: str, name: Quoted, *, double: bool, plain: bool
) -> list[theta.Sketch]:
    left = _tuple(first, name, double=double)
    if plain:
        return [left, _with_defaults(_theta(second, name), mode, double=double)]
    return [left, _tuple(second, name, double=double)]


def tuple_united_groups(
    values: pa.ListArray, log: pa.Array, modes: pa.Array, *, name: Quoted, double: bool
) -> list[bytes]:
    """What any sketch of a group saw."""
    result: list[bytes] = []
    for group, size, mode in zip(groups(values), log.to_pylist(), modes.to_pylist(), strict=True):
        sketches = [_tuple(data, name, double=double) for data in group.drop_null().to_pylist()]
        result.append(theta.tuple_bytes(theta.united(sketches, 1 << size, mode), mode))
    return result


def tuple_intersected_groups(
    values: pa.ListArray, modes: pa.Array, *, name: Quoted, double: bool
) -> list[bytes]:
    """What all sketches of a group saw."""
    result: list[bytes] = []
    for group, mode in zip(groups(values), modes.to_pylist(), strict=True):
        sketches = [_tuple(data, name, double=double) for data in group.drop_null().to_pylist()]
        result.append(theta.tuple_bytes(theta.intersected(sketches, mode), mode))
    return result


# ---- kll ----------------------------------------------------------------------------------------


def _kll(data: bytes, kind: str, name: Quoted) -> kll.Sketch:
    def read(given: bytes) -> kll.Sketch:
        return kll.from_bytes(given, kind)

    return _read(read, data, "KLL", name)


def kll_gathered(values: pa.ListArray, sizes: pa.Array, *, kind: str) -> list[bytes]:
    """The sketch of each group's values."""
    result: list[bytes] = []
    for group, size in zip(groups(values), sizes.to_pylist(), strict=True):
        sketch = kll.Sketch(kind, size)
        # NaN has no place in an order.
        kll.add(sketch, [value for value in group.drop_null().to_pylist() if not isnan(value)])
        result.append(kll.to_bytes(sketch))
    return result


def kll_merged_groups(
    values: pa.ListArray, sizes: pa.Array, *, kind: str, name: Quoted
) -> list[bytes]:
    """The sketches of each group in one, of the size asked for or the first one's."""
    result: list[bytes] = []
    for group, size in zip(groups(values), sizes.to_pylist(), strict=True):
        sketches = [_kll(data, kind, name) for data in group.drop_null().to_pylist()]
        first = sketches[0].k if sketches else kll.DEFAULT_K
        merged = kll.Sketch(kind, size or first)
        for sketch in sketches:
            kll.merge(merged, sketch)
        result.append(kll.to_bytes(merged))
    return result


@by_row
def kll_merged(first: bytes, second: bytes, *, kind: str, name: Quoted) -> bytes:
    """Two sketches in one."""
    sketch = _kll(first, kind, name)
    kll.merge(sketch, _kll(second, kind, name))
    return kll.to_bytes(sketch)


@by_row
def kll_count(data: bytes, *, kind: str, name: Quoted) -> int:
    """How many values a sketch saw."""
    return _kll(data, kind, name).count


@by_row
def kll_summary(data: bytes, *, kind: str, name: Quoted) -> str:
    """A description in several lines."""
    return kll.summary(_kll(data, kind, name))


@by_row
def kll_quantiles(data: bytes, ranks: list[float | None], *, kind: str, name: Quoted) -> list[Any]:
    """The values at `ranks`."""
    sketch = _asked(data, kind, name)
    known = [rank for rank in ranks if rank is not None]
    if any(not 0 <= rank <= 1 for rank in known):
        raise SparkRuntimeError("KLL_SKETCH_INVALID_QUANTILE_RANGE", functionName=name)
    found = iter(kll.quantiles(sketch, known))
    return [None if rank is None else next(found) for rank in ranks]


@by_row
def kll_ranks(data: bytes, values: list[Any], *, kind: str, name: Quoted) -> list[float | None]:
    """The ranks of `values`, 0 to 1."""
    sketch = _asked(data, kind, name)
    found = iter(kll.ranks(sketch, [value for value in values if value is not None]))
    return [None if value is None else next(found) for value in values]


def _asked(data: bytes, kind: str, name: Quoted) -> kll.Sketch:
    sketch = _kll(data, kind, name)
    if not sketch.count:
        raise SparkRuntimeError("KLL_INVALID_INPUT_SKETCH_BUFFER", function=name)
    return sketch
