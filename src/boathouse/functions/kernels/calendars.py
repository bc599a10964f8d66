"""Days and moments of before 1582-10-15 that were written as the Julian calendar has them, as Spark
did before 3.0 and does in its legacy mode: the same date and clock in the calendar of today, which
is taken to have been in use ever since (proleptic Gregorian).
"""

from __future__ import annotations

import datetime
from datetime import timedelta

import numpy as np
import pyarrow as pa

from boathouse.types.zones import Zone, named

_EPOCH = datetime.date(1970, 1, 1).toordinal()
_MARCH_OF_YEAR_0 = -719_470
"""The day 0000-03-01 of the Julian calendar, counted from 1970-01-01 of today's."""
_CENTURIES = (1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15)
"""Those whose year had a 29th of February in the Julian calendar alone."""
_REFORM = -141_427
"""1582-10-15, the first day on which both have the same date."""
_STARTS = np.array([_MARCH_OF_YEAR_0 + 36_525 * n for n in _CENTURIES] + [_REFORM])
_SHIFTS = np.array([*range(2, -11, -1), 0])
"""Days to add before the first of `_STARTS`, from it on, from the next on, ..."""
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_MODERN = -2_208_988_800_000_000
"""1900-01-01, before which Java's old calendar knew no changes of a zone's clock."""


def days(column: pa.Array) -> pa.Array:
    """Dates -> dates."""
    numbers = column.cast(pa.int32())
    given = numbers.fill_null(0).to_numpy(zero_copy_only=False)
    moved = pa.array((given + _shift(given)).astype(np.int32), mask=_nulls(column))
    return moved.cast(pa.date32())


def moments(column: pa.Array, *, zone: str) -> pa.Array:
    """Moments -> moments; `zone` is where they were written."""
    numbers = column.cast(pa.int64())
    given = numbers.fill_null(0).to_numpy(zero_copy_only=False)
    clock = named(zone)
    local = given + _standard(clock)
    local = local + _shift(local // _DAY) * _DAY
    moved = given.copy()
    for row in np.flatnonzero(given < _MODERN):
        moved[row] = local[row] - clock.of_local(int(local[row]) // _SECOND) * _SECOND
    return pa.array(moved, mask=_nulls(column)).cast(pa.timestamp("us", "UTC"))


def _nulls(column: pa.Array) -> np.ndarray:
    return column.is_null().to_numpy(zero_copy_only=False)


def _shift(numbers: np.ndarray) -> np.ndarray:
    return _SHIFTS[np.searchsorted(_STARTS, numbers, side="right")]


def _standard(zone: Zone) -> int:
    """The offset that the old calendar gave all old moments: today's, without summer time."""
    now = datetime.datetime(2020, 1, 1, tzinfo=zone.clock)
    offset, summer = now.utcoffset(), now.dst()
    return ((offset or timedelta()) - (summer or timedelta())) // timedelta(microseconds=1)
