"""Kernels that look at one row at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa


def by_row(function: Callable[..., Any]) -> Callable[..., list[Any]]:
    """`function` of Python values as a kernel: null where any argument is."""

    def compute(*columns: pa.Array, **constants: Any) -> list[Any]:
        rows = zip(*[column.to_pylist() for column in columns], strict=True)
        return [None if None in row else function(*row, **constants) for row in rows]

    return compute


def by_row_with_nulls(function: Callable[..., Any]) -> Callable[..., list[Any]]:
    """`function` of Python values as a kernel that is called with None for null."""

    def compute(*columns: pa.Array, **constants: Any) -> list[Any]:
        rows = zip(*[column.to_pylist() for column in columns], strict=True)
        return [function(*row, **constants) for row in rows]

    return compute


def groups(column: pa.ListArray) -> Iterator[pa.Array]:
    """The elements of each row of `column`, none where it is null: what an aggregate gathered."""
    for row in range(len(column)):
        values = column[row].values
        yield column.values[:0] if values is None else values
