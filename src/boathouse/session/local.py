"""Rows that a client sent as Arrow, as a Spark schema and a table in DuckDB's form.

DuckDB's form: durations and intervals as whole numbers, times in microseconds, variants as JSON
text, struct fields under the names of `duck.types.field_names`, columns numbered ``c0, c1, ...``.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyarrow import ipc
from pyarrow import types as kinds

from boathouse.duck.types import field_names
from boathouse.errors.exceptions import AnalysisError, SparkError
from boathouse.types import arrow, variant
from boathouse.types import datatypes as t


def local_relation(
    chunks: Sequence[bytes], schema: t.StructType | None = None
) -> tuple[t.StructType, pa.Table]:
    """The rows in `chunks` (each a whole Arrow IPC stream of the same schema) under `schema`, which
    defaults to the Arrow one: its types (user-defined ones as their storage) and its rows, in
    DuckDB's form. Without chunks there are no rows.
    """
    if not chunks:
        chosen = schema or t.StructType()
        return chosen, pa.table([pa.array([], duck_arrow(f.type)) for f in chosen], _names(chosen))
    batches = [batch for chunk in chunks for batch in _read(chunk)]
    sent = pa.Table.from_batches(batches)
    found = arrow.spark_schema(sent.schema)
    chosen = schema or found
    if len(chosen) != len(found):
        raise _mismatch(chosen, found)
    pairs = zip(sent.columns, found.fields, chosen.fields, strict=True)
    columns = [_column(values, has, wants) for values, has, wants in pairs]
    if not columns:
        return chosen, _rows_without_columns(sum(batch.num_rows for batch in batches))
    return chosen, pa.table(columns, names=_names(chosen))


def _read(chunk: bytes) -> list[pa.RecordBatch]:
    """The batches of a stream, at least one."""
    try:
        with ipc.open_stream(chunk) as reader:
            batches = list(reader)
            return batches or [pa.RecordBatch.from_pylist([], reader.schema)]
    except pa.ArrowInvalid as error:
        raise SparkError("INTERNAL_ERROR", message=f"Local rows are damaged: {error}") from error


def _names(schema: t.StructType) -> list[str]:
    return [f"c{index}" for index in range(len(schema))]


def _rows_without_columns(rows: int) -> pa.Table:
    # DuckDB has no table without columns: one that nobody looks at counts the rows.
    return pa.table([pa.nulls(rows, pa.int32())], names=["c0"])


def _column(values: pa.ChunkedArray, has: t.StructField, wants: t.StructField) -> pa.ChunkedArray:
    if values.null_count and not wants.nullable:
        raise AnalysisError("NULLABLE_COLUMN_OR_FIELD", name=t.quoted(wants.name))
    target = duck_arrow(wants.type)
    try:
        return pa.chunked_array([_to_duck(chunk, target) for chunk in values.chunks], target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise AnalysisError(
            "INVALID_COLUMN_OR_FIELD_DATA_TYPE",
            name=t.quoted(wants.name),
            type=f'"{has.type.sql}"',
            expectedType=f'"{wants.type.sql}"',
        ) from error


def _mismatch(chosen: t.StructType, found: t.StructType) -> AnalysisError:
    return AnalysisError("ASSIGNMENT_ARITY_MISMATCH", numTarget=len(chosen), numExpr=len(found))


# ---- DuckDB's form ------------------------------------------------------------------------------


def duck_arrow(of: t.DataType) -> pa.DataType:
    """The Arrow type that DuckDB reads as `duck.types.duck_type(of)`."""
    match of:
        case t.NullType() | t.YearMonthIntervalType():
            return pa.int32()
        case t.DayTimeIntervalType():
            return pa.int64()
        case t.TimeType():
            return pa.time64("us")
        case t.VariantType():
            return pa.string()
        case t.ArrayType():
            return pa.list_(duck_arrow(of.element))
        case t.MapType():
            return pa.map_(duck_arrow(of.key), duck_arrow(of.value))
        case t.StructType():
            pairs = zip(field_names(of), of.fields, strict=True)
            return pa.struct([pa.field(name, duck_arrow(f.type)) for name, f in pairs])
        case t.UserDefinedType():
            return duck_arrow(of.storage)
        case _:
            return arrow.arrow_type(of, "UTC")


def _to_duck(array: pa.Array, target: pa.DataType) -> pa.Array:
    """`array` with its nested parts converted; leaves that differ are left to a cast."""
    given = array.type
    if given == target:
        return array
    if kinds.is_null(given):
        return pa.nulls(len(array), target)
    if kinds.is_dictionary(given):
        return _to_duck(array.dictionary_decode(), target)
    if kinds.is_duration(given):
        return array.cast(pa.duration("us"), safe=False).cast(pa.int64())
    if arrow.is_variant(given):
        return _variant_text(array)
    if kinds.is_map(target) and kinds.is_map(given):
        return _map(array, target)
    if kinds.is_list(target):
        return _list(array, target)
    if kinds.is_struct(target) and kinds.is_struct(given):
        return _struct(array, target)
    if kinds.is_timestamp(target) and kinds.is_timestamp(given):
        return _moment(array, target)
    return array.cast(target, safe=not kinds.is_time64(target))


def _moment(array: pa.Array, target: pa.DataType) -> pa.Array:
    if (array.type.tz is None) == (target.tz is None):
        return array.cast(target, safe=False)
    # The client means the same clock time: it is not moved between zones.
    return array.cast(pa.timestamp("us", tz=array.type.tz), safe=False).cast(target)


def _start(array: pa.Array) -> pa.Array:
    return pa.concat_arrays([array]) if array.offset else array


def _mask(array: pa.Array) -> pa.Array | None:
    return array.is_null() if array.null_count else None


def _list(array: pa.Array, target: pa.DataType) -> pa.Array:
    if not kinds.is_list(array.type):
        array = array.cast(pa.list_(array.type.value_type))
    array = _start(array)
    values = _to_duck(array.values, target.value_type)
    return pa.ListArray.from_arrays(array.offsets, values, type=target, mask=_mask(array))


def _map(array: pa.Array, target: pa.DataType) -> pa.Array:
    array = _start(array)
    keys, items = _to_duck(array.keys, target.key_type), _to_duck(array.items, target.item_type)
    return pa.MapArray.from_arrays(array.offsets, keys, items, type=target, mask=_mask(array))


def _struct(array: pa.Array, target: pa.DataType) -> pa.Array:
    if array.type.num_fields != target.num_fields:
        return array.cast(target)
    parts = [_to_duck(array.field(i), target.field(i).type) for i in range(target.num_fields)]
    return pa.StructArray.from_arrays(parts, fields=list(target), mask=_mask(array))


def _variant_text(array: pa.Array) -> pa.Array:
    texts = [
        None if each is None else variant.decode(each["value"], each["metadata"])
        for each in array.to_pylist()
    ]
    return pa.array(texts, pa.string())
