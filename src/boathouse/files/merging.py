"""One schema out of those of several files (``mergeSchema``)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from boathouse.errors.exceptions import SparkError
from boathouse.types import datatypes as t


def merge_schemas(schemas: Iterable[t.StructType]) -> t.StructType:
    """All fields of all `schemas`, in order of appearance. Raises CANNOT_MERGE_SCHEMAS when two
    give one field types that have nothing in common.
    """
    return reduce(_merge, schemas)


def _merge(left: t.StructType, right: t.StructType) -> t.StructType:
    try:
        merged = _common(left, right)
    except _Incompatible:
        raise SparkError(
            "CANNOT_MERGE_SCHEMAS", left=f'"{left.sql}"', right=f'"{right.sql}"'
        ) from None
    assert isinstance(merged, t.StructType)  # noqa: S101 - of two structs
    return merged


class _Incompatible(Exception):
    """Two types have nothing in common."""


def _common(left: t.DataType, right: t.DataType) -> t.DataType:
    if left == right:
        return left
    match left, right:
        case t.NullType(), _:
            return right
        case _, t.NullType():
            return left
        case t.StructType(), t.StructType():
            return _structs(left, right)
        case t.ArrayType(), t.ArrayType():
            element = _common(left.element, right.element)
            return t.ArrayType(element, left.contains_null or right.contains_null)
        case t.MapType(), t.MapType():
            return t.MapType(
                _common(left.key, right.key),
                _common(left.value, right.value),
                left.value_contains_null or right.value_contains_null,
            )
        case t.DecimalType(), t.DecimalType() if left.scale == right.scale:
            return t.DecimalType(max(left.precision, right.precision), left.scale)
        case _:
            raise _Incompatible


def _structs(left: t.StructType, right: t.StructType) -> t.StructType:
    others = {f.name: f for f in right.fields}
    fields = [_field(f, others.pop(f.name, None)) for f in left.fields]
    return t.StructType((*fields, *others.values()))


def _field(left: t.StructField, right: t.StructField | None) -> t.StructField:
    if right is None:
        return left
    nullable = left.nullable or right.nullable
    return t.StructField(left.name, _common(left.type, right.type), nullable, left.metadata)
