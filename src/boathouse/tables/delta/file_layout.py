"""How a data file holds its columns: what its footer says, in DuckDB's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from boathouse.duck.types import struct_type
from boathouse.errors.exceptions import SparkError

ANCIENT = "INT96"
"""The kind of a moment in its old form, which DuckDB reads as TIMESTAMP, in UTC."""

STRUCT, LIST, MAP = "STRUCT", "LIST", "MAP"
VARIANT = "VARIANT"
_ANNOTATED = re.compile(r"group field_id=-?\d+ (.+?) \(Variant\(")
_FIELD_ID = b"PARQUET:field_id"
_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Stored:
    """A column of a file or a part of one. `kind` is STRUCT, LIST, MAP, ANCIENT, or the DuckDB type
    that its values are read as; the parts of a list are its element, of a map its key and value.
    """

    name: str
    kind: str
    id: int | None = None
    parts: tuple[Stored, ...] = ()

    @property
    def duck(self) -> str:
        """The DuckDB type to read it as."""
        match self.kind:
            case "STRUCT":
                return struct_type([(part.name, part.duck) for part in self.parts])
            case "LIST":
                return f"{self.parts[0].duck}[]"
            case "MAP":
                return f"MAP({self.parts[0].duck},{self.parts[1].duck})"
            case "INT96":
                return "TIMESTAMP"
            case _:
                return self.kind


@lru_cache(maxsize=_REMEMBERED)
def columns_of(path: str) -> tuple[Stored, ...]:
    """The columns of a data file, which never changes."""
    try:
        schema = pq.read_metadata(path).schema
    except FileNotFoundError:
        raise SparkError("FAILED_READ_FILE.FILE_NOT_EXIST", path=f"file:{path}") from None
    except (pa.ArrowException, OSError) as error:
        raise SparkError("FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", path=f"file:{path}") from error
    # The leaves of the Arrow schema are the columns of the Parquet schema, in order.
    physical = iter([schema.column(at).physical_type for at in range(len(schema))])
    columns = tuple(_stored(field, physical) for field in schema.to_arrow_schema())
    if not any(_may_be_variant(column) for column in columns):
        return columns
    # What is annotated as a variant is told in the schema's text alone.
    names = frozenset(_ANNOTATED.findall(str(schema)))
    return tuple(_annotated(column, names) for column in columns) if names else columns


def _may_be_variant(column: Stored) -> bool:
    if column.kind == STRUCT and {"metadata", "value"} <= {part.name for part in column.parts}:
        return True
    return any(_may_be_variant(part) for part in column.parts)


def _annotated(column: Stored, names: frozenset[str]) -> Stored:
    """`column` in which structs called one of `names` that look like variants are variants."""
    if column.name in names and column.kind == STRUCT and _may_be_variant(column):
        return Stored(column.name, VARIANT, column.id)
    return replace(column, parts=tuple(_annotated(part, names) for part in column.parts))


def _stored(field: pa.Field, physical: Iterator[str]) -> Stored:
    of = field.type
    number = None if field.metadata is None else field.metadata.get(_FIELD_ID)
    identity = None if number is None else int(number)
    if pa.types.is_struct(of):
        inner = [of.field(at) for at in range(of.num_fields)]
        return Stored(field.name, STRUCT, identity, _parts(inner, physical))
    if pa.types.is_map(of):
        return Stored(field.name, MAP, identity, _parts([of.key_field, of.item_field], physical))
    if any(test(of) for test in _LISTS):
        return Stored(field.name, LIST, identity, _parts([of.value_field], physical))
    kind = ANCIENT if next(physical) == ANCIENT else _kind(of)
    return Stored(field.name, kind, identity)


def _parts(fields: list[pa.Field], physical: Iterator[str]) -> tuple[Stored, ...]:
    return tuple(_stored(field, physical) for field in fields)


def _kind(of: pa.DataType) -> str:
    """The DuckDB type of a leaf; the Arrow type may be one of a writer's own, such as a dictionary
    or a view.
    """
    if pa.types.is_dictionary(of):
        return _kind(of.value_type)
    if pa.types.is_decimal(of):
        return f"DECIMAL({of.precision},{of.scale})"
    if pa.types.is_timestamp(of):
        return ("TIMESTAMPTZ" if of.tz else "TIMESTAMP") + ("_NS" if of.unit == "ns" else "")
    for test, kind in _KINDS:
        if test(of):
            return kind
    return str(of).upper()


_LISTS = (
    pa.types.is_list,
    pa.types.is_large_list,
    pa.types.is_fixed_size_list,
    pa.types.is_list_view,
    pa.types.is_large_list_view,
)

_KINDS: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (pa.types.is_boolean, "BOOLEAN"),
    (pa.types.is_int8, "TINYINT"),
    (pa.types.is_int16, "SMALLINT"),
    (pa.types.is_int32, "INTEGER"),
    (pa.types.is_int64, "BIGINT"),
    (pa.types.is_uint8, "UTINYINT"),
    (pa.types.is_uint16, "USMALLINT"),
    (pa.types.is_uint32, "UINTEGER"),
    (pa.types.is_uint64, "UBIGINT"),
    (pa.types.is_float32, "FLOAT"),
    (pa.types.is_float64, "DOUBLE"),
    (pa.types.is_string, "VARCHAR"),
    (pa.types.is_large_string, "VARCHAR"),
    (pa.types.is_string_view, "VARCHAR"),
    (pa.types.is_binary, "BLOB"),
    (pa.types.is_large_binary, "BLOB"),
    (pa.types.is_binary_view, "BLOB"),
    (pa.types.is_fixed_size_binary, "BLOB"),
    (pa.types.is_date, "DATE"),
    (pa.types.is_time, "TIME"),
)
