"""Column mapping from the writer's side: the names that columns have in files, and their ids."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from boathouse.duck import tree
from boathouse.files.written_values import Written
from boathouse.types import datatypes as t

PHYSICAL = "delta.columnMapping.physicalName"
ID = "delta.columnMapping.id"
MODE = "delta.columnMapping.mode"
MAX_ID = "delta.columnMapping.maxColumnId"
_PLAIN = re.compile(r"[\w.-]+", re.ASCII)


def is_mapped(properties: Mapping[str, str]) -> bool:
    """Whether columns have physical names of their own."""
    return properties.get(MODE, "none").lower() in {"name", "id"}


def physical_name(field: t.StructField, *, mapped: bool) -> str:
    """The name of a column, or part of one, in files and in the log."""
    if not mapped:
        return field.name
    found = dict(field.metadata).get(PHYSICAL)
    return field.name if found is None else str(found)


def mapped_schema(schema: t.StructType, last: int, *, fresh: bool) -> tuple[t.StructType, int]:
    """`schema` with an id and a physical name for every column and part that has none, and the
    highest id. Ids go on from `last`. `fresh`: no file was written yet, so that a column may be
    called in files what it is called in the table, which every engine reads; later columns get
    names that no dropped column can have had.
    """
    fields, last = _mapped_fields(schema.fields, last, fresh=fresh)
    return t.StructType(fields), last


def _mapped_fields(
    fields: Sequence[t.StructField], last: int, *, fresh: bool
) -> tuple[tuple[t.StructField, ...], int]:
    mapped: list[t.StructField] = []
    for field in fields:
        metadata = dict(field.metadata)
        if ID not in metadata:
            last += 1
            metadata[ID] = last
        if PHYSICAL not in metadata:
            plain = fresh and _PLAIN.fullmatch(field.name)
            metadata[PHYSICAL] = field.name if plain else f"col-{uuid.uuid4()}"
        of, last = _mapped_type(field.type, last, fresh=fresh)
        mapped.append(replace(field, type=of, metadata=t.metadata_pairs(metadata)))
    return tuple(mapped), last


def _mapped_type(of: t.DataType, last: int, *, fresh: bool) -> tuple[t.DataType, int]:
    match of:
        case t.StructType():
            fields, last = _mapped_fields(of.fields, last, fresh=fresh)
            return t.StructType(fields), last
        case t.ArrayType():
            element, last = _mapped_type(of.element, last, fresh=fresh)
            return replace(of, element=element), last
        case t.MapType():
            key, last = _mapped_type(of.key, last, fresh=fresh)
            value, last = _mapped_type(of.value, last, fresh=fresh)
            return replace(of, key=key, value=value), last
        case _:
            return of, last


def highest_id(of: t.DataType) -> int:
    """The highest id in a type, 0 for none."""
    match of:
        case t.StructType():
            return max(
                (max(int(dict(f.metadata).get(ID, 0)), highest_id(f.type)) for f in of.fields),
                default=0,
            )
        case t.ArrayType():
            return highest_id(of.element)
        case t.MapType():
            return max(highest_id(of.key), highest_id(of.value))
        case _:
            return 0


def field_ids(fields: Sequence[t.StructField], *, mapped: bool) -> tree.FieldIds | None:
    """The Parquet field ids of columns; None where the table has none."""
    entries: list[tuple[str, int | None, tree.FieldIds | None]] = []
    for field in fields:
        number = dict(field.metadata).get(ID)
        inner = _inner_ids(field.type, mapped=mapped)
        if number is not None or inner is not None:
            entries.append(
                (physical_name(field, mapped=mapped), None if number is None else number, inner)
            )
    return tree.FieldIds(tuple(entries)) if entries else None


def _inner_ids(of: t.DataType, *, mapped: bool) -> tree.FieldIds | None:
    match of:
        case t.StructType():
            return field_ids(of.fields, mapped=mapped)
        case t.ArrayType():
            parts = [("element", of.element)]
        case t.MapType():
            parts = [("key", of.key), ("value", of.value)]
        case _:
            return None
    inner = [(name, None, _inner_ids(part, mapped=mapped)) for name, part in parts]
    entries = [entry for entry in inner if entry[2] is not None]
    return tree.FieldIds(tuple(entries)) if entries else None


# ---- values under their physical names ----------------------------------------------------------


def written(value: tree.Expression, of: t.DataType, *, mapped: bool) -> tree.Expression:
    """`value` of a query as it is put into a file: parts of structs under their physical names,
    variants in their binary form.
    """

    def names(of: t.StructType) -> tuple[str, ...]:
        return tuple(physical_name(f, mapped=mapped) for f in of.fields)

    return Written(names).value(value, of)
