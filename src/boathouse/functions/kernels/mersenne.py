"""What Spark draws with a Mersenne Twister: identifiers and shuffles under a seed."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import numpy as np
import pyarrow as pa

_WORD = 0xFFFFFFFF
_AT_ONCE = 256


def _state(*key: int) -> np.random.RandomState:
    return np.random.RandomState(key)


def _words(state: np.random.RandomState, number: int) -> list[int]:
    return state.randint(0, 2**32, number, dtype=np.uint32).tolist()


def _halves(seed: int) -> tuple[int, int]:
    return seed >> 32 & _WORD, seed & _WORD


def identifiers(rows: pa.Array, *, seed: int) -> list[str]:
    """The identifier of each row; `rows` count from 1 in the order in which Spark draws."""
    places = rows.to_pylist()
    words = _words(_state(*_halves(seed)), 4 * max(places, default=0))
    return [str(_identifier(words[4 * place - 4 : 4 * place])) for place in places]


def _identifier(words: list[int]) -> UUID:
    most = (words[0] << 32 | words[1]) & 0xFFFFFFFFFFFF0FFF | 0x4000
    least = (words[2] << 32 | words[3]) & 0x3FFFFFFFFFFFFFFF | 0x8000000000000000
    return UUID(int=most << 64 | least)


def shuffled(arrays: pa.ListArray, rows: pa.Array, *, seed: int) -> pa.Array:
    """The elements of each of `arrays` in another order. One state serves all rows of a batch; that
    of a later batch also depends on its first row.
    """
    first = rows[0].as_py() if len(rows) else 1
    bits = _bits(_state(*_halves(seed), *(() if first == 1 else (first,))))
    found = [
        None if not each.is_valid else each.values.take(_order(len(each.values), bits))
        for each in arrays
    ]
    values = [each for each in found if each is not None]
    flat = pa.concat_arrays(values) if values else pa.array([], arrays.type.value_type)
    starts: list[int | None] = [0]
    for each in found:
        starts.append((starts[-1] or 0) + (0 if each is None else len(each)))
    offsets = pa.array(
        [
            None if at < len(found) and found[at] is None else start
            for at, start in enumerate(starts)
        ],
        pa.int32(),
    )
    return pa.ListArray.from_arrays(offsets, flat)


def _bits(state: np.random.RandomState) -> Iterator[int]:
    """31 bits at a time."""
    while True:
        for word in _words(state, _AT_ONCE):
            yield word >> 1


def _order(size: int, bits: Iterator[int]) -> pa.Array:
    """Which element stands at each place: Fisher and Yates from the inside out."""
    order = [0] * size
    for place in range(size):
        other = _below(place + 1, bits)
        order[place] = order[other]
        order[other] = place
    return pa.array(order, pa.int64())


def _below(bound: int, bits: Iterator[int]) -> int:
    drawn = next(bits)
    if bound & (bound - 1) == 0:
        return bound * drawn >> 31
    while drawn - drawn % bound + bound - 1 >= 1 << 31:
        drawn = next(bits)
    return drawn % bound
