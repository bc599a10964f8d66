"""Values as a Parquet file holds them -> values as queries see them: fields of structs by the names
that a table has for them and in its order, moments out of any form, values of older types.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from boathouse.duck import tree
from boathouse.duck.kernels import kernel
from boathouse.duck.types import duck_type, field_names
from boathouse.files.stored import ANCIENT, BARE, LIST, MAP, STRUCT, VARIANT, Stored
from boathouse.files.written_values import STORED_VARIANT
from boathouse.types import datatypes as t

Value = tree.Expression
Conversion = Callable[[Value], Value]
Finder = Callable[[Sequence[Stored], t.StructField], Stored | None]
"""Which of the columns of a file, or the fields of a struct there, holds a field."""


@dataclass(frozen=True, slots=True)
class Converter:
    """Converts the values of one group of files, in which `found` finds fields."""

    found: Finder
    _numbers: itertools.count[int] = field(default_factory=itertools.count, compare=False)

    def value(self, raw: Value, stored: Stored, of: t.DataType) -> Value:
        """`raw`, a `stored` column, as a value of `of`."""
        convert = self._conversion(stored, of)
        return raw if convert is None else convert(raw)

    def _conversion(self, stored: Stored, of: t.DataType) -> Conversion | None:
        match of:
            case t.StructType() if stored.kind in {STRUCT, BARE}:
                return self._struct(stored, of)
            case t.ArrayType() if stored.kind == LIST:
                element = self._conversion(stored.parts[0], of.element)
                return None if element is None else self._list(element)
            case t.MapType() if stored.kind == MAP:
                key, value = stored.parts
                return self._map(self._conversion(key, of.key), self._conversion(value, of.value))
            case _:
                return _leaf(stored, of)

    def _struct(self, stored: Stored, of: t.StructType) -> Conversion | None:
        names = field_names(of)
        parts = [self.found(stored.parts, f) for f in of.fields]
        changes = [
            None if part is None else self._conversion(part, f.type)
            for part, f in zip(parts, of.fields, strict=True)
        ]
        given = tuple(part.name for part in stored.parts)
        bare = stored.kind == BARE
        if given == names and not bare and None not in parts and not any(changes):
            return None

        def convert(raw: Value) -> Value:
            fields: list[tuple[str, Value]] = []
            for name, part, change, f in zip(names, parts, changes, of.fields, strict=True):
                if part is None:
                    fields.append((name, tree.NULL.cast(duck_type(f.type))))
                else:
                    inner = raw if bare else tree.field_of(raw, part.name)
                    fields.append((name, inner if change is None else change(inner)))
            made = tree.StructOf(tuple(fields))
            return made if bare else tree.if_(raw.is_not_null(), made)

        return convert

    def _list(self, element: Conversion) -> Conversion:
        def convert(raw: Value) -> Value:
            name = f"x{next(self._numbers)}"
            return tree.call("list_transform", raw, tree.lambda_(name, element))

        return convert

    def _map(self, key: Conversion | None, value: Conversion | None) -> Conversion | None:
        if key is None and value is None:
            return None

        def entry(raw: Value) -> Value:
            parts = [
                (name, part if change is None else change(part))
                for name, change, part in (
                    ("key", key, tree.field_of(raw, "key")),
                    ("value", value, tree.field_of(raw, "value")),
                )
            ]
            return tree.StructOf(tuple(parts))

        def convert(raw: Value) -> Value:
            name = f"x{next(self._numbers)}"
            entries = tree.call("map_entries", raw)
            changed = tree.call("list_transform", entries, tree.lambda_(name, entry))
            return tree.call("map_from_entries", changed)

        return convert


def _variant(stored: Stored) -> Conversion:
    """A variant as it is held. DuckDB reads those that are annotated, of parts or of one piece."""
    if stored.kind == VARIANT:
        return _annotated
    if any(part.name == "typed_value" for part in stored.parts):
        shredded = kernel("stored_variants", "decode_shredded", t.STRING)
        return lambda raw: shredded(raw).cast("JSON")
    return _whole


def _annotated(raw: Value) -> Value:
    pair = tree.call("variant_to_parquet_variant", raw).cast(duck_type(STORED_VARIANT))
    # DuckDB makes JSON's null of one that is not there.
    return tree.if_(raw.is_not_null(), _whole(pair))


def _whole(raw: Value) -> Value:
    decode = kernel("stored_variants", "decode", t.STRING)
    return decode(tree.field_of(raw, "value"), tree.field_of(raw, "metadata")).cast("JSON")


def _leaf(stored: Stored, of: t.DataType) -> Conversion | None:
    if isinstance(of, t.VariantType):
        return _variant(stored)
    if stored.calendar is not None and isinstance(of, _CALENDAR):
        return _of_old_calendar(stored, of)
    if stored.hides_nan:
        return _with_nan(stored, of)
    return _typed(stored, of)


def _typed(stored: Stored, of: t.DataType) -> Conversion | None:
    """A value that may be of an older type."""
    wanted = duck_type(of)
    if stored.duck == wanted:
        return None
    zoned = stored.kind.startswith("TIMESTAMPTZ")
    if isinstance(of, t.TimestampType) and not zoned:
        return _moment if stored.kind in {ANCIENT, "TIMESTAMP"} else _cut_moment
    if isinstance(of, t.TimestampNTZType) and zoned:
        return _moment  # the other way round, by the same function of DuckDB's
    return lambda raw: raw.cast(wanted)


_CALENDAR = (t.DateType, t.TimestampType, t.TimestampNTZType)


def _of_old_calendar(stored: Stored, of: t.DataType) -> Conversion | None:
    """A day or a moment as a file of the old calendar holds it; Spark leaves moments without a zone
    as they are.
    """
    day = stored.kind == "DATE"
    typed = _typed(stored, of)
    if not day and not isinstance(of, t.TimestampType):
        return typed
    moved = (
        kernel("calendars", "days", t.DATE)
        if day
        else kernel("calendars", "moments", t.TIMESTAMP, zone=stored.calendar or "UTC")
    )
    if typed is None:
        return moved
    return (lambda raw: typed(moved(raw))) if day else (lambda raw: moved(typed(raw)))


def with_nan(raw: tree.Expression, of: str) -> tree.Expression:
    """A column of the DuckDB type `of`, FLOAT or DOUBLE, of a file that hides NaN: the same values,
    but DuckDB does not conclude from statistics, as it does (2.0.0) that ``d = 2`` where both
    bounds are 2.
    """
    return tree.case((tree.call("isnan", raw), tree.literal("NaN").cast(of)), otherwise=raw)


def _with_nan(stored: Stored, of: t.DataType) -> Conversion:
    """A float of a file whose statistics leave NaN out: DuckDB must not conclude from them."""
    typed = _typed(stored, of)

    def convert(raw: Value) -> Value:
        seen = with_nan(raw, stored.duck)
        return seen if typed is None else typed(seen)

    return convert


def _moment(raw: Value) -> Value:
    return tree.call("timezone", "UTC", raw)


def _cut_moment(raw: Value) -> Value:
    return _moment(raw.cast("TIMESTAMP"))
