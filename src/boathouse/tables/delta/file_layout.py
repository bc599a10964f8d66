"""How a data file holds its columns: what its footer says, in DuckDB's words.

DuckDB can be told a schema to read files by, and fills in what a file lacks. For structs it must
not be: when only a field of one is used, it takes the fields of the file by position (2.0.0). So
a struct is read as the very type that the file has, and made into the table's by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from boathouse.duck.types import struct_type
from boathouse.errors.exceptions import SparkError
from boathouse.types import datatypes as t

ANCIENT = "INT96"
"""The kind of a moment in its old form, which DuckDB reads as TIMESTAMP, in UTC."""

STRUCT, LIST, MAP = "STRUCT", "LIST", "MAP"
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


def must_be_known(of: t.DataType) -> bool:
    """Whether how a file holds values of `of` must be known before they can be read."""
    nested = (t.StructType, t.ArrayType, t.MapType)
    return isinstance(of, (*nested, t.TimestampType, t.TimestampNTZType, t.VariantType))


@lru_cache(maxsize=_REMEMBERED)
def columns_of(path: str) -> tuple[Stored, ...]:
    """The columns of a data file, which never changes."""
    try:
        schema = pq.read_metadata(path).schema
    except FileNotFoundError:
        raise SparkError("FAILED_READ_FILE.FILE_NOT_EXIST", path=f"file:{path}") from None
    except (pa.ArrowException, OSError) as error:
        raise SparkError("FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", path=f"file:{path}") from error
    ancient = any(schema.column(at).physical_type == ANCIENT for at in range(len(schema)))
    return tuple(_stored(field, ancient=ancient) for field in schema.to_arrow_schema())


def _stored(field: pa.Field, *, ancient: bool) -> Stored:
    of = field.type
    number = None if field.metadata is None else field.metadata.get(_FIELD_ID)
    identity = None if number is None else int(number)
    if pa.types.is_struct(of):
        inner = [of.field(at) for at in range(of.num_fields)]
        return Stored(field.name, STRUCT, identity, _parts(inner, ancient=ancient))
    if pa.types.is_map(of):
        parts = _parts([of.key_field, of.item_field], ancient=ancient)
        return Stored(field.name, MAP, identity, parts)
    if pa.types.is_list(of) or pa.types.is_large_list(of) or pa.types.is_fixed_size_list(of):
        return Stored(field.name, LIST, identity, _parts([of.value_field], ancient=ancient))
    if ancient and of == pa.timestamp("ns"):
        return Stored(field.name, ANCIENT, identity)
    return Stored(field.name, _kind(of), identity)


def _parts(fields: list[pa.Field], *, ancient: bool) -> tuple[Stored, ...]:
    return tuple(_stored(field, ancient=ancient) for field in fields)


def _kind(of: pa.DataType) -> str:
    if pa.types.is_decimal(of):
        return f"DECIMAL({of.precision},{of.scale})"
    if pa.types.is_timestamp(of):
        return ("TIMESTAMPTZ" if of.tz else "TIMESTAMP") + ("_NS" if of.unit == "ns" else "")
    for test, kind in _KINDS:
        if test(of):
            return kind
    return str(of).upper()


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
    (pa.types.is_binary, "BLOB"),
    (pa.types.is_large_binary, "BLOB"),
    (pa.types.is_fixed_size_binary, "BLOB"),
    (pa.types.is_date, "DATE"),
    (pa.types.is_time, "TIME"),
)
