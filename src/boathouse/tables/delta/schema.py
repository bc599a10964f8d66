"""The schema of a table's metadata, and the names under which its files hold the columns.

With column mapping a field has a physical name, and a number, that never change; files, partition
values and statistics go by the physical name, whatever the column is called today.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import SparkError
from boathouse.sql.schemas import schema_from_json
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.files.stored import Stored

PHYSICAL_NAME = "delta.columnMapping.physicalName"
FIELD_ID = "delta.columnMapping.id"
_INTERNAL = "delta."


def schema_of(text: str) -> t.StructType:
    """The schema that `schemaString` says; a column of type void, which no file can hold, is not
    read.
    """
    parsed = schema_from_json(text) if text else t.StructType(())
    if not isinstance(parsed, t.StructType):
        raise SparkError("DELTA_CORRUPTED_SCHEMA", schema=text)
    return parsed


def fact(one: t.StructField, key: str) -> Any:
    """The value of `key` in the metadata of a field, None when it has none."""
    for name, value in one.metadata:
        if name == key:
            return value
    return None


def public(of: t.DataType) -> t.DataType:
    """`of` without what is Delta's own in the metadata of its fields."""
    if isinstance(of, t.StructType):
        return t.StructType(tuple(_public_field(f) for f in of.fields))
    return t.with_parts(of, public)


def public_schema(schema: t.StructType) -> t.StructType:
    """`schema` as queries see it."""
    fields = (f for f in schema.fields if not isinstance(f.type, t.NullType))
    return t.StructType(tuple(_public_field(f) for f in fields))


def _public_field(f: t.StructField) -> t.StructField:
    kept = tuple(pair for pair in f.metadata if not pair[0].startswith(_INTERNAL))
    return t.StructField(f.name, public(f.type), f.nullable, kept)


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How the columns of `schema` are called in files; `mode` is none, name or id."""

    mode: str
    schema: t.StructType
    _by_name: dict[str, t.StructField] = field(init=False, compare=False, repr=False)
    _by_physical: dict[str, t.StructField] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        by_name = {f.name.lower(): f for f in self.schema.fields}
        object.__setattr__(self, "_by_name", by_name)
        by_physical = {self.physical(f): f for f in self.schema.fields}
        object.__setattr__(self, "_by_physical", by_physical)

    def field(self, name: str) -> t.StructField:
        """The top-level field of that logical name, in any case. Raises KeyError."""
        return self._by_name[name.lower()]

    def physical(self, of: t.StructField) -> str:
        """What files call a field, at any depth."""
        if self.mode == "none":
            return of.name
        return fact(of, PHYSICAL_NAME) or of.name

    def found(self, fields: Sequence[Stored], of: t.StructField) -> Stored | None:
        """The one of a file's `fields` that holds the table's field `of`; None when none does."""
        if self.mode == "id":
            number = fact(of, FIELD_ID)
            if any(one.id is not None for one in fields):
                return next((one for one in fields if one.id == number), None)
        name = self.physical(of)
        exact = next((one for one in fields if one.name == name), None)
        return exact or next((one for one in fields if one.name.lower() == name.lower()), None)

    def physical_name(self, name: str) -> str:
        """What files call the top-level column `name`."""
        return self.physical(self.field(name))

    def logical_name(self, physical: str) -> str:
        """The top-level column that files call `physical`; that name itself where there is none."""
        found = self._by_physical.get(physical)
        return physical if found is None else found.name

    def logical_path(self, physical: Iterable[str]) -> tuple[str, ...]:
        """The names of a column and of the fields inside it that files call `physical`."""
        fields: tuple[t.StructField, ...] = self.schema.fields
        names: list[str] = []
        for name in physical:
            found = next((f for f in fields if self.physical(f) == name), None)
            names.append(name if found is None else found.name)
            inner = None if found is None else found.type
            fields = inner.fields if isinstance(inner, t.StructType) else ()
        return tuple(names)

    def physical_type(self, of: t.DataType) -> t.DataType:
        """`of` with the fields of its structs called as in files."""
        if self.mode == "none":
            return of
        if isinstance(of, t.StructType):
            return self.physical_schema(of)
        return t.with_parts(of, self.physical_type)

    def physical_schema(self, of: t.StructType) -> t.StructType:
        """The fields of `of` called as in files."""
        fields = (
            replace(f, name=self.physical(f), type=self.physical_type(f.type)) for f in of.fields
        )
        return t.StructType(tuple(fields))
