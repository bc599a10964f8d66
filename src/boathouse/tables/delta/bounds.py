"""What the log knows of the values of a column in each file: the least, the greatest, how many are
null.

Values are compared as whole numbers (days of dates, microseconds of times, 0 and 1 of booleans), as
doubles that are widened so that nothing is lost to rounding, or as text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from boathouse.tables.delta.file_chunk import FileChunk, Json
from boathouse.tables.delta.partition_values import value_of
from boathouse.types import datatypes as t

compute: Any = pyarrow.compute
"""Its functions are made at run time, so no type checker knows them."""

UNKNOWN = -1
_EPOCH_DAY = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TRUNCATED = 999
"""Times in statistics may be cut to milliseconds: the greatest may be 999 us more."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """One entry for each file; null where nothing is known. `nulls` and `rows` are counts, UNKNOWN
    where there are none. `exact` bounds are values that the file has.
    """

    least: pa.Array
    most: pa.Array
    nulls: np.ndarray
    rows: np.ndarray
    exact: bool = False

    @property
    def all_null(self) -> np.ndarray:
        """Files in which the column is null throughout."""
        return (self.nulls >= 0) & (self.nulls == self.rows)


def partition_bounds(chunk: FileChunk, physical: str, of: t.DataType, zone: str) -> Bounds | None:
    """Of a partition column; None for a type whose values are not compared here."""
    key = ("partition", physical, of, zone)
    if key not in chunk.kept:
        chunk.kept[key] = _partition_bounds(chunk, physical, of, zone)
    return chunk.kept[key]


def _partition_bounds(chunk: FileChunk, physical: str, of: t.DataType, zone: str) -> Bounds | None:
    kind = _KINDS.get(type(of))
    if kind is None:
        return None
    seen: dict[str | None, Any] = {}
    values: list[Any] = []
    for text in chunk.partition_texts(physical):
        if text not in seen:
            seen[text] = _comparable(value_of(text, of, zone))
        values.append(seen[text])
    array = pa.array(values, kind)
    ones = np.ones(len(chunk), np.int64)
    nulls = array.is_null().to_numpy(zero_copy_only=False).astype(np.int64)
    least, most = (array, array) if kind != pa.float64() else _widened(array, array)
    return Bounds(least, most, nulls, ones, exact=kind != pa.float64())


def column_bounds(chunk: FileChunk, path: tuple[str, ...], of: t.DataType) -> Bounds | None:
    """Of the column (or field of one) that files call `path`; None where types are not compared."""
    key = ("column", path, of)
    if key not in chunk.kept:
        chunk.kept[key] = _column_bounds(chunk, path, of)
    return chunk.kept[key]


def _column_bounds(chunk: FileChunk, path: tuple[str, ...], of: t.DataType) -> Bounds | None:
    kind = _KINDS.get(type(of))
    if kind is None:
        return None
    parse = _PARSERS[type(of)]
    least = _values(chunk, ("minValues", *path), kind, parse)
    most = _values(chunk, ("maxValues", *path), kind, parse)
    if kind == pa.float64():
        least, most = _widened(least, most)
    if isinstance(of, (t.TimestampType, t.TimestampNTZType)):
        most = pa.array(most.to_numpy(zero_copy_only=False) + _TRUNCATED, kind, from_pandas=True)
    return Bounds(
        least, most, _counts(chunk, ("nullCount", *path)), _counts(chunk, ("numRecords",))
    )


def counted(chunk: FileChunk) -> np.ndarray:
    """How many rows each file has, deleted ones too; UNKNOWN where the log does not say."""
    if "counted" not in chunk.kept:
        chunk.kept["counted"] = _counts(chunk, ("numRecords",))
    return chunk.kept["counted"]


def _values(
    chunk: FileChunk, path: tuple[str, ...], kind: pa.DataType, parse: Callable[[Any], Any]
) -> pa.Array:
    typed = chunk.parsed_statistics(path)
    found = _at(chunk.statistics(), path) if typed is None else typed.to_pylist()
    return pa.array([None if one is None else _attempted(parse, one) for one in found], kind)


def _at(statistics: Sequence[Json | None], path: tuple[str, ...]) -> list[Any]:
    found: list[Any] = list(statistics)
    for name in path:
        found = [one.get(name) if isinstance(one, dict) else None for one in found]
    return found


def _attempted(parse: Callable[[Any], Any], value: Any) -> Any:
    try:
        return parse(value)
    except (ValueError, TypeError, OverflowError):
        return None  # what cannot be read is not known


def _counts(chunk: FileChunk, path: tuple[str, ...]) -> np.ndarray:
    typed = chunk.parsed_statistics(path)
    if typed is not None:
        return typed.fill_null(UNKNOWN).to_numpy(zero_copy_only=False).astype(np.int64)
    found = _at(chunk.statistics(), path)
    numbers = (one if isinstance(one, int) else UNKNOWN for one in found)
    return np.fromiter(numbers, np.int64, len(chunk))


def _widened(least: pa.Array, most: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Doubles two steps apart: decimals and literals are rounded when they become doubles."""
    low = least.to_numpy(zero_copy_only=False).astype(np.float64)
    high = most.to_numpy(zero_copy_only=False).astype(np.float64)
    for _ in range(2):
        low, high = np.nextafter(low, -np.inf), np.nextafter(high, np.inf)
    return pa.array(low, from_pandas=True), pa.array(high, from_pandas=True)


def _comparable(value: Any) -> Any:
    match value:
        case bool():
            return int(value)
        case Decimal():
            return float(value)
        case float() if math.isnan(value):
            return None
        case _:
            return value


def _whole(value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    number = int(value)
    if number != value:
        raise ValueError(value)
    return number


def _double(value: Any) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _date(value: Any) -> int:
    day = value if isinstance(value, date) else date.fromisoformat(value[:10])
    return (day - _EPOCH_DAY).days


def _time(value: Any) -> int:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND


_KINDS: dict[type[t.DataType], pa.DataType] = {
    t.BooleanType: pa.int64(),
    t.ByteType: pa.int64(),
    t.ShortType: pa.int64(),
    t.IntegerType: pa.int64(),
    t.LongType: pa.int64(),
    t.DateType: pa.int64(),
    t.TimestampType: pa.int64(),
    t.TimestampNTZType: pa.int64(),
    t.FloatType: pa.float64(),
    t.DoubleType: pa.float64(),
    t.DecimalType: pa.float64(),
    t.StringType: pa.string(),
}

_PARSERS: dict[type[t.DataType], Callable[[Any], Any]] = {
    t.BooleanType: _whole,
    t.ByteType: _whole,
    t.ShortType: _whole,
    t.IntegerType: _whole,
    t.LongType: _whole,
    t.DateType: _date,
    t.TimestampType: _time,
    t.TimestampNTZType: _time,
    t.FloatType: _double,
    t.DoubleType: _double,
    t.DecimalType: _double,
    t.StringType: _text,
}
