"""How the schema of a table may change: by what is written to it, and by ALTER TABLE.

Pure functions over schemas. What a change means for files (ids, physical names) is the metadata's
affair: see `creation.with_schema`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.castable import can_store
from boathouse.sql.schemas import JsonObject
from boathouse.types import datatypes as t

Path = tuple[str, ...]

_WIDER: dict[type[t.DataType], tuple[type[t.DataType], ...]] = {
    t.ByteType: (t.ShortType, t.IntegerType, t.LongType, t.DoubleType),
    t.ShortType: (t.IntegerType, t.LongType, t.DoubleType),
    t.IntegerType: (t.LongType, t.DoubleType),
    t.FloatType: (t.DoubleType,),
    t.DateType: (t.TimestampNTZType,),
}
_DIGITS: dict[type[t.DataType], int] = {
    t.ByteType: 10,
    t.ShortType: 10,
    t.IntegerType: 10,
    t.LongType: 20,
}
"""The whole digits that a decimal needs to take the place of an integer."""


def may_widen(given: t.DataType, to: t.DataType) -> bool:
    """Whether a column of `given` may become one of `to` without its files being written anew
    (the Delta protocol, "Type Widening").
    """
    if isinstance(to, t.DecimalType):
        if isinstance(given, t.DecimalType):
            more = to.scale - given.scale
            return more >= 0 and to.precision - given.precision >= more
        digits = _DIGITS.get(type(given))
        return digits is not None and to.precision - to.scale >= digits
    return type(to) in _WIDER.get(type(given), ())


# ---- what is written ----------------------------------------------------------------------------


def merged(table: t.StructType, data: t.StructType, *, widens: bool) -> t.StructType:
    """`table` with the columns, and parts of structs, that `data` has beyond it, at the end and
    nullable. `widens`: a type may become a wider one. DELTA_FAILED_TO_MERGE_FIELDS for types that
    do not go together.
    """
    given = {f.name.lower(): f for f in data.fields}
    fields = [
        replace(f, type=_merged_type(f, given[f.name.lower()], widens=widens))
        if f.name.lower() in given
        else f
        for f in table.fields
    ]
    known = {f.name.lower() for f in table.fields}
    fields += [added(f) for f in data.fields if f.name.lower() not in known]
    return t.StructType(tuple(fields))


def added(f: t.StructField) -> t.StructField:
    """A column that rows of before do not have."""
    kept = {k: v for k, v in f.metadata if not k.startswith("delta.")}
    return replace(f, type=t.loosened(f.type), nullable=True, metadata=t.metadata_pairs(kept))


def _merged_type(table: t.StructField, data: t.StructField, *, widens: bool) -> t.DataType:
    return _together(table.type, data.type, (table, data), widens=widens)


def _together(
    a: t.DataType, b: t.DataType, fields: tuple[t.StructField, t.StructField], *, widens: bool
) -> t.DataType:
    match a, b:
        case t.StructType(), t.StructType():
            return merged(a, b, widens=widens)
        case t.ArrayType(), t.ArrayType():
            return replace(a, element=_together(a.element, b.element, fields, widens=widens))
        case t.MapType(), t.MapType():
            key = _together(a.key, b.key, fields, widens=widens)
            return replace(a, key=key, value=_together(a.value, b.value, fields, widens=widens))
        case _:
            pass
    if isinstance(a, t.NullType):
        return b
    if widens and may_widen(a, b):
        return b
    if a == b or can_store(b, a):
        return a
    raise AnalysisError(
        "DELTA_FAILED_TO_MERGE_FIELDS", currentField=fields[0].name, updateField=fields[1].name
    )


# ---- ALTER TABLE --------------------------------------------------------------------------------

Change = Callable[[list[t.StructField], int], None]
"""Changes the list of fields that has the named one at the position."""


def found(schema: t.StructType, path: Sequence[str]) -> t.StructField:
    """The column or part that `path` names (``element``, ``key``, ``value`` go into arrays and
    maps). DELTA_COLUMN_NOT_FOUND_IN_SCHEMA.
    """
    of: t.DataType = schema
    field: t.StructField | None = None
    for name in path:
        field = _part(of, name)
        if field is None:
            raise missing(schema, path)
        of = field.type
    if field is None:
        raise missing(schema, path)
    return field


def missing(schema: t.StructType, path: Sequence[str]) -> AnalysisError:
    """The error for a column that is not there."""
    return AnalysisError(
        "DELTA_COLUMN_NOT_FOUND_IN_SCHEMA",
        columnName=".".join(path),
        tableSchema=schema.simple,
    )


def _part(of: t.DataType, name: str) -> t.StructField | None:
    match of:
        case t.StructType():
            return next((f for f in of.fields if f.name.lower() == name.lower()), None)
        case t.ArrayType() if name.lower() == "element":
            return t.StructField("element", of.element, of.contains_null)
        case t.MapType() if name.lower() == "key":
            return t.StructField("key", of.key, nullable=False)
        case t.MapType() if name.lower() == "value":
            return t.StructField("value", of.value, of.value_contains_null)
        case _:
            return None


def changed(schema: t.StructType, path: Path, change: Change) -> t.StructType:
    """`schema` after `change` was made to the struct that holds the column `path`."""
    fields = _changed(schema, path, change, schema, path)
    assert isinstance(fields, t.StructType)  # noqa: S101 - a struct stays one
    return fields


def _changed(
    of: t.DataType, path: Path, change: Change, schema: t.StructType, whole: Path
) -> t.DataType:
    name, *rest = path
    match of:
        case t.StructType():
            return _changed_struct(of, name, tuple(rest), change, schema, whole)
        case t.ArrayType() if name.lower() == "element":
            return replace(of, element=_changed_part(of.element, rest, change, schema, whole))
        case t.MapType() if name.lower() == "key":
            return replace(of, key=_changed_part(of.key, rest, change, schema, whole))
        case t.MapType() if name.lower() == "value":
            return replace(of, value=_changed_part(of.value, rest, change, schema, whole))
        case _:
            raise missing(schema, whole)


def _changed_part(
    of: t.DataType, rest: Sequence[str], change: Change, schema: t.StructType, whole: Path
) -> t.DataType:
    """The element, key or value itself is changed as the only field of a struct would be."""
    if rest:
        return _changed(of, tuple(rest), change, schema, whole)
    fields = [t.StructField(whole[-1], of)]
    change(fields, 0)
    return fields[0].type


def _changed_struct(
    of: t.StructType, name: str, rest: Path, change: Change, schema: t.StructType, whole: Path
) -> t.StructType:
    fields = list(of.fields)
    at = next((i for i, f in enumerate(fields) if f.name.lower() == name.lower()), None)
    if at is None:
        raise missing(schema, whole)
    if rest:
        inner = _changed(fields[at].type, rest, change, schema, whole)
        fields[at] = replace(fields[at], type=inner)
    else:
        change(fields, at)
    return t.StructType(tuple(fields))


def with_column(
    schema: t.StructType, path: Path, column: t.StructField, place: Path | None
) -> t.StructType:
    """`schema` with `column` added in the struct `path` (empty: the table itself); `place` is None
    for the end, empty for the front, else the name of the column it comes after.
    """
    if not path:
        return t.StructType(tuple(_inserted(list(schema.fields), column, place, schema)))

    def change(fields: list[t.StructField], at: int) -> None:
        parent = fields[at]
        if not isinstance(parent.type, t.StructType):
            raise AnalysisError(
                "DELTA_ADD_COLUMN_PARENT_NOT_STRUCT",
                columnName=column.name,
                other=parent.type.simple,
            )
        inner = _inserted(list(parent.type.fields), column, place, schema)
        fields[at] = replace(parent, type=t.StructType(tuple(inner)))

    return changed(schema, path, change)


def _inserted(
    fields: list[t.StructField], column: t.StructField, place: Path | None, schema: t.StructType
) -> list[t.StructField]:
    if any(f.name.lower() == column.name.lower() for f in fields):
        raise AnalysisError(
            "FIELD_ALREADY_EXISTS",
            op="add",
            fieldNames=t.quoted(column.name),
            struct=f'"{schema.sql}"',
        )
    fields.insert(_position(fields, place, schema), column)
    return fields


def _position(fields: Sequence[t.StructField], place: Path | None, schema: t.StructType) -> int:
    if place is None:
        return len(fields)
    if not place:
        return 0
    for at, f in enumerate(fields):
        if f.name.lower() == place[0].lower():
            return at + 1
    raise missing(schema, place)


def without_column(schema: t.StructType, path: Path) -> t.StructType:
    """`schema` without the column `path`. DELTA_UNSUPPORTED_DROP... for the last of a struct."""

    def change(fields: list[t.StructField], at: int) -> None:
        if len(fields) == 1:
            raise AnalysisError("DELTA_DROP_COLUMN_ON_SINGLE_FIELD_SCHEMA", schema=schema.simple)
        del fields[at]

    return changed(schema, path, change)


def renamed(schema: t.StructType, path: Path, name: str) -> t.StructType:
    """`schema` with the column `path` called `name`."""

    def change(fields: list[t.StructField], at: int) -> None:
        if any(i != at and f.name.lower() == name.lower() for i, f in enumerate(fields)):
            raise AnalysisError(
                "FIELD_ALREADY_EXISTS",
                op="rename",
                fieldNames=t.quoted(name),
                struct=f'"{schema.sql}"',
            )
        fields[at] = replace(fields[at], name=name)

    return changed(schema, path, change)


def moved(schema: t.StructType, path: Path, place: Path) -> t.StructType:
    """`schema` with the column `path` in front (`place` empty) or after another."""

    def change(fields: list[t.StructField], at: int) -> None:
        column = fields.pop(at)
        fields.insert(_position(fields, place, schema), column)

    return changed(schema, path, change)


def with_type(schema: t.StructType, path: Path, to: t.DataType, *, widens: bool) -> t.StructType:
    """`schema` with another type for the column `path`: the same one, VARCHAR made longer, or
    (`widens`) a wider one, which the column's metadata then tells. Raises
    DELTA_ALTER_TABLE_CHANGE_COL_NOT_SUPPORTED.
    """
    own = _field_path(schema, path)
    inside = path[len(own) :]

    def change(fields: list[t.StructField], at: int) -> None:
        field = fields[at]
        before = found(schema, path).type
        if not _may_become(before, to, widens=widens):
            raise AnalysisError(
                "DELTA_ALTER_TABLE_CHANGE_COL_NOT_SUPPORTED",
                fieldPath=".".join(path),
                oldField=before.sql,
                newField=to.sql,
            )
        if may_widen(before, to):
            field = type_change(field, before, to, ".".join(inside))
        fields[at] = replace(field, type=_with_inner(field.type, inside, to))

    return changed(schema, own, change)


def _field_path(schema: t.StructType, path: Path) -> Path:
    """The part of `path` up to the last field of a struct: elements, keys and values are no fields,
    and have no metadata.
    """
    of: t.DataType = schema
    last = 0
    for at, name in enumerate(path):
        part = _part(of, name)
        if part is None:
            raise missing(schema, path)
        if isinstance(of, t.StructType):
            last = at + 1
        of = part.type
    return path[:last]


def _with_inner(of: t.DataType, inside: Path, to: t.DataType) -> t.DataType:
    if not inside:
        return to
    match of:
        case t.ArrayType():
            return replace(of, element=_with_inner(of.element, inside[1:], to))
        case t.MapType() if inside[0].lower() == "key":
            return replace(of, key=_with_inner(of.key, inside[1:], to))
        case t.MapType():
            return replace(of, value=_with_inner(of.value, inside[1:], to))
        case _:
            return to


def _may_become(given: t.DataType, to: t.DataType, *, widens: bool) -> bool:
    if given == to:
        return True
    match given, to:
        case t.VarcharType(), t.VarcharType():
            return given.length <= to.length
        case ((t.CharType() | t.VarcharType()), t.StringType()):
            return True
        case t.CharType(), t.VarcharType():
            return given.length <= to.length
        case _:
            return widens and may_widen(given, to)


def type_change(
    field: t.StructField, before: t.DataType, after: t.DataType, inside: str = ""
) -> t.StructField:
    """`field` with the change of its type on record (``delta.typeChanges``); `inside` is the way
    to an element, key or value.
    """
    entry = {"fromType": before.json, "toType": after.json}
    if inside:
        entry["fieldPath"] = inside
    metadata = dict(field.metadata)
    known = list(metadata.get("delta.typeChanges", ()))
    metadata["delta.typeChanges"] = (*known, JsonObject(entry))
    return replace(field, metadata=t.metadata_pairs(metadata))
