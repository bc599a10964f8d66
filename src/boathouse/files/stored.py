"""How a Parquet file holds its columns: what its footer says, in DuckDB's words."""

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
from boathouse.types import datatypes as t

ANCIENT = "INT96"
"""The kind of a moment in its old form, which DuckDB reads as TIMESTAMP, in UTC."""

STRUCT, LIST, MAP = "STRUCT", "LIST", "MAP"
BARE = "BARE"
"""A struct of one field that DuckDB takes for that field: an element of a list in its old form."""
VARIANT = "VARIANT"
_ANNOTATED = re.compile(r"group field_id=-?\d+ (.+?) \(Variant\(")
_FIELD_ID = b"PARQUET:field_id"
_REMEMBERED = 100_000
_SPARK = b"org.apache.spark."
_PROLEPTIC = {"datetime": (3, 0), "INT96": (3, 1)}
"""The version of Spark from which on files hold days and moments by the calendar of today."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A column of a file or a part of one. `kind` is STRUCT, BARE, LIST, MAP, ANCIENT, or the
    DuckDB type that its values are read as; the parts of a list are its element, of a map its key
    and value.
    `calendar` is the time zone of days and moments that were written as the Julian calendar has
    them; `hides_nan` says that the file's statistics tell nothing of NaN, which DuckDB would take
    for there being none.
    """

    name: str
    kind: str
    id: int | None = None
    parts: tuple[Stored, ...] = ()
    calendar: str | None = None
    hides_nan: bool = False

    @property
    def duck(self) -> str:
        """The DuckDB type to read it as."""
        match self.kind:
            case "STRUCT":
                return struct_type([(part.name, part.duck) for part in self.parts])
            case "BARE":
                return self.parts[0].duck
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
    """The columns of a file that never changes."""
    return stored_columns(footer_at(path))


def footer_at(path: str) -> pq.FileMetaData:
    """The footer of a file."""
    try:
        return pq.read_metadata(path)
    except FileNotFoundError:
        raise SparkError("FAILED_READ_FILE.FILE_NOT_EXIST", path=f"file:{path}") from None
    except (pa.ArrowException, OSError) as error:
        raise SparkError("FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", path=f"file:{path}") from error


_KEEPS_NAN = ("parquet-mr", "DuckDB")


def hides_nan(writer: str) -> bool:
    """Whether the least and greatest value that `writer` states of floats leave NaN out."""
    return not writer.startswith(_KEEPS_NAN)


def stored_columns(footer: pq.FileMetaData) -> tuple[Stored, ...]:
    """The columns of the file that `footer` is of."""
    schema = footer.schema
    # The leaves of the Arrow schema are the columns of the Parquet schema, in order.
    physical = iter([schema.column(at).physical_type for at in range(len(schema))])
    columns = tuple(_stored(field, physical) for field in schema.to_arrow_schema())
    traits = _Traits.of(footer)
    if traits is not None:
        columns = tuple(map(traits.mark, columns))
    if not any(_may_be_variant(column) for column in columns):
        return columns
    # What is annotated as a variant is told in the schema's text alone.
    names = frozenset(_ANNOTATED.findall(str(schema)))
    return tuple(_annotated(column, names) for column in columns) if names else columns


def is_peculiar(column: Stored) -> bool:
    """Whether DuckDB reads values of `column` as something else than they are."""
    if column.calendar is not None or column.kind in {BARE, VARIANT} or _may_be_variant(column):
        return True
    return any(part.kind == ANCIENT or is_peculiar(part) for part in column.parts)


def with_variants(of: t.DataType, stored: Stored) -> t.DataType:
    """`of`, the type of a `stored` column, in which what is annotated as a variant is one."""
    match of:
        case _ if stored.kind == VARIANT:
            return t.VARIANT
        case t.StructType() if stored.kind == STRUCT:
            pairs = zip(of.fields, stored.parts, strict=True)
            return t.StructType(tuple(replace(f, type=with_variants(f.type, s)) for f, s in pairs))
        case t.ArrayType() if stored.kind == LIST:
            return replace(of, element=with_variants(of.element, stored.parts[0]))
        case t.MapType() if stored.kind == MAP:
            return replace(of, value=with_variants(of.value, stored.parts[1]))
        case _:
            return of


def is_like_variant(column: Stored) -> bool:
    """Whether a struct has the fields of a variant."""
    return column.kind == STRUCT and {"metadata", "value"} <= {part.name for part in column.parts}


def _may_be_variant(column: Stored) -> bool:
    return is_like_variant(column) or any(map(_may_be_variant, column.parts))


def _annotated(column: Stored, names: frozenset[str]) -> Stored:
    """`column` in which structs called one of `names` that look like variants are variants."""
    if column.name in names and is_like_variant(column):
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
        if _is_bare(of.value_field):
            element = Stored("array", BARE, None, _parts([of.value_type.field(0)], physical))
            return Stored(field.name, LIST, identity, (element,))
        return Stored(field.name, LIST, identity, _parts([of.value_field], physical))
    kind = ANCIENT if next(physical) == ANCIENT else _kind(of)
    return Stored(field.name, kind, identity)


def _is_bare(element: pa.Field) -> bool:
    """Whether the element is itself what is repeated: a group of this name is, says the format,
    even if it has one field only.
    """
    old = element.name == "array" or element.name.endswith("_tuple")
    alone = pa.types.is_struct(element.type) and element.type.num_fields == 1
    return old and alone and not element.nullable


@dataclass(frozen=True, slots=True)
class _Traits:
    """What the writer of a file means by values: see `Stored`."""

    days: str | None
    ancient: str | None
    hides_nan: bool

    @classmethod
    def of(cls, footer: Any) -> _Traits | None:
        """Those of a file; None where values mean what they say."""
        facts: dict[bytes, bytes] = footer.metadata or {}
        zone = facts.get(_SPARK + b"timeZone", b"UTC").decode()
        old = [_is_old(facts, key, of) for key, of in _LEGACY]
        hides = hides_nan(footer.created_by)
        found = cls(*(zone if one else None for one in old), hides_nan=hides)
        return found if any(old) or hides else None

    def mark(self, column: Stored) -> Stored:
        """`column` with what is true of it."""
        if column.parts:
            return replace(column, parts=tuple(map(self.mark, column.parts)))
        if column.kind in {"FLOAT", "DOUBLE"}:
            return replace(column, hides_nan=self.hides_nan)
        if column.kind == ANCIENT:
            return replace(column, calendar=self.ancient)
        if column.kind in {"DATE", "TIMESTAMP", "TIMESTAMPTZ"}:
            return replace(column, calendar=self.days)
        return column


_LEGACY = ((b"legacyDateTime", "datetime"), (b"legacyINT96", "INT96"))


def _is_old(facts: dict[bytes, bytes], key: bytes, of: str) -> bool:
    """Whether Spark wrote values of a kind by the calendar of before 1582, and says so."""
    version = facts.get(_SPARK + b"version")
    if version is None:
        return False
    numbers = tuple(int(part) for part in version.decode().split(".")[:2])
    return numbers < _PROLEPTIC[of] or _SPARK + key in facts


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
