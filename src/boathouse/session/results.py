"""DuckDB's Arrow as the Arrow that clients expect for a Spark schema.

Most columns differ only in labels (names, nullability, the time zone, BIGINT for a duration): those
are given their new label without touching a value. Columns go by position, because DuckDB's names
are internal.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from pyarrow import types as kinds

from boathouse.duck.render import NO_FIELD
from boathouse.errors.exceptions import internal
from boathouse.types import arrow, datatypes, variant

Convert = Callable[[pa.RecordBatch], pa.RecordBatch]


def converter(
    actual: pa.Schema, wanted: datatypes.StructType, zone: str, *, large: bool = False
) -> Convert:
    """What turns batches of DuckDB's schema `actual` into those that clients expect for `wanted` in
    the session's `zone`; `large` for 64-bit offsets of text. Made once for a whole result.
    """
    target = arrow.arrow_schema(wanted, zone, large=large)
    if not len(target):
        return _without_columns
    if len(actual) != len(target):
        raise internal(f"{len(actual)} columns were computed for {len(target)}.")
    if actual.equals(target, check_metadata=True):
        return lambda batch: batch
    pairs = list(zip(actual, target, strict=True))
    for index, (given, to) in enumerate(pairs):
        _check(given.type, to.type, wanted.fields[index])
    if all(_same_layout(given.type, to.type) for given, to in pairs):
        return lambda batch: _relabelled_batch(batch, target)
    types = [f.type for f in target]

    def convert(batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = [_converted(c, to) for c, to in zip(batch.columns, types, strict=True)]
        return pa.RecordBatch.from_arrays(columns, schema=target)

    return convert


def _without_columns(batch: pa.RecordBatch) -> pa.RecordBatch:
    """As many rows, of nothing: DuckDB needed a column to count them with."""
    return batch.select([])


def _check(given: pa.DataType, to: pa.DataType, f: datatypes.StructField) -> None:
    """A result of another type than analysis promised is a fault of ours, told before any row."""
    if not _reachable(given, to):
        raise internal(f"Column {f.name} was computed as {given} instead of {f.type.sql}.")


def _reachable(given: pa.DataType, to: pa.DataType) -> bool:
    if _same_layout(given, to) or kinds.is_null(to) or kinds.is_null(given):
        return True
    if kinds.is_map(to):
        return kinds.is_map(given) and (
            _reachable(given.key_type, to.key_type) and _reachable(given.item_type, to.item_type)
        )
    if kinds.is_list(to):
        return kinds.is_list(given) and _reachable(given.value_type, to.value_type)
    if arrow.is_variant(to):
        return kinds.is_string(given) or kinds.is_large_string(given)
    if kinds.is_struct(to) and not to.num_fields:
        return given == _NO_FIELD
    if kinds.is_struct(to):
        return (
            kinds.is_struct(given)
            and given.num_fields == to.num_fields
            and all(_reachable(a.type, b.type) for a, b in zip(given, to, strict=True))
        )
    return (given, to) in _CASTS


_NO_FIELD = pa.struct({NO_FIELD: pa.bool_()})

_CASTS = frozenset(
    {
        (pa.time64("us"), pa.time64("ns")),
        (pa.string(), pa.large_string()),
        (pa.binary(), pa.large_binary()),
        (pa.large_string(), pa.string()),
        (pa.large_binary(), pa.binary()),
    }
)


def _same_layout(given: pa.DataType, to: pa.DataType) -> bool:
    """Whether values of both types are the same bytes in the same buffers."""
    if given == to:
        return True
    if kinds.is_timestamp(given) and kinds.is_timestamp(to):
        return given.unit == to.unit and (given.tz is None) == (to.tz is None)
    if kinds.is_duration(to):
        return kinds.is_int64(given) and to.unit == "us"
    if kinds.is_map(to):
        return (
            kinds.is_map(given)
            and _same_layout(given.key_type, to.key_type)
            and _same_layout(given.item_type, to.item_type)
        )
    if kinds.is_list(to):
        return kinds.is_list(given) and _same_layout(given.value_type, to.value_type)
    if kinds.is_struct(to):
        return (
            kinds.is_struct(given)
            and given.num_fields == to.num_fields
            and all(_same_layout(a.type, b.type) for a, b in zip(given, to, strict=True))
        )
    return False


def _relabelled_batch(batch: pa.RecordBatch, target: pa.Schema) -> pa.RecordBatch:
    _, values = batch.__arrow_c_array__()
    return pa.RecordBatch._import_from_c_capsule(  # noqa: SLF001 - the PyCapsule protocol
        target.__arrow_c_schema__(), values
    )


def _relabelled(array: pa.Array, target: pa.DataType) -> pa.Array:
    _, values = array.__arrow_c_array__()
    return pa.Array._import_from_c_capsule(  # noqa: SLF001 - the PyCapsule protocol
        target.__arrow_c_schema__(), values
    )


def _converted(array: pa.Array, target: pa.DataType) -> pa.Array:
    given = array.type
    if given == target:
        return array
    if kinds.is_null(target):
        return pa.nulls(len(array))
    if kinds.is_null(given):
        return pa.nulls(len(array), target)
    if _same_layout(given, target):
        return _relabelled(array, target)
    if kinds.is_map(target):
        return _converted_map(array, target)
    if kinds.is_list(target):
        return _converted_list(array, target)
    if arrow.is_variant(target):
        return _converted_variant(array, target)
    if kinds.is_struct(target):
        return _converted_struct(array, target)
    return array.cast(target)


def _from_start(array: pa.Array) -> pa.Array:
    """`array` without an offset into its buffers, which its parts would not know of."""
    return pa.concat_arrays([array]) if array.offset else array


def _mask(array: pa.Array) -> pa.Array | None:
    return array.is_null() if array.null_count else None


def _converted_list(array: pa.Array, target: pa.DataType) -> pa.Array:
    array = _from_start(array)
    values = _converted(array.values, target.value_type)
    return pa.ListArray.from_arrays(array.offsets, values, type=target, mask=_mask(array))


def _converted_map(array: pa.Array, target: pa.DataType) -> pa.Array:
    array = _from_start(array)
    keys = _converted(array.keys, target.key_type)
    items = _converted(array.items, target.item_type)
    return pa.MapArray.from_arrays(array.offsets, keys, items, type=target, mask=_mask(array))


def _converted_struct(array: pa.Array, target: pa.DataType) -> pa.Array:
    if not target.num_fields:
        validity = _from_start(array).buffers()[0]
        return pa.StructArray.from_buffers(target, len(array), [validity])
    parts = [
        _converted(array.field(index), target.field(index).type)
        for index in range(target.num_fields)
    ]
    return pa.StructArray.from_arrays(parts, fields=list(target), mask=_mask(array))


def _converted_variant(array: pa.Array, target: pa.DataType) -> pa.Array:
    texts = array.to_pylist()
    pairs = [variant.encode("null" if text is None else text) for text in texts]
    parts = [pa.array([pair[i] for pair in pairs], pa.binary()) for i in (0, 1)]
    return pa.StructArray.from_arrays(parts, fields=list(target), mask=_mask(array))
