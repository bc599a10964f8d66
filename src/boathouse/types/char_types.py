"""CHAR and VARCHAR as queries and files have them: text, the declared type in the metadata."""

from __future__ import annotations

from dataclasses import replace

from boathouse.types import datatypes as t

DECLARED = "__CHAR_VARCHAR_TYPE_STRING"
"""The key in a column's metadata for its type with CHAR and VARCHAR."""


def texts_for_chars(schema: t.StructType) -> t.StructType:
    """`schema` with text for CHAR and VARCHAR, whose types are metadata."""
    return t.StructType(tuple(_field(field) for field in schema.fields))


def _field(field: t.StructField) -> t.StructField:
    kind = text_for_char(field.type)
    if kind == field.type:
        return field
    metadata = {**dict(field.metadata), DECLARED: field.type.simple}
    return replace(field, type=kind, metadata=t.metadata_pairs(metadata))


def varchar_for_char(of: t.DataType) -> t.DataType:
    """`of` with VARCHAR for each CHAR in it."""
    if isinstance(of, t.CharType):
        return t.VarcharType(of.length, of.collation, of.stated)
    return t.with_parts(of, varchar_for_char)


def text_for_char(of: t.DataType) -> t.DataType:
    """`of` with text for each CHAR and VARCHAR in it."""
    if isinstance(of, (t.CharType, t.VarcharType)):
        return t.StringType(of.collation, stated=of.stated)
    return t.with_parts(of, text_for_char)
