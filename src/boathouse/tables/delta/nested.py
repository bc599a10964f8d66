"""Values as files hold them -> values as queries see them: names of fields inside structs, and
moments that were written in a form without a zone.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from boathouse.duck import tree
from boathouse.duck.types import duck_type, field_names
from boathouse.tables.delta.schema import ColumnMapping
from boathouse.types import datatypes as t

Value = tree.Expression


@dataclass(frozen=True, slots=True)
class Reading:
    """How one group of files holds its columns; in `ancient` ones moments are INT96, which DuckDB
    reads as times without a zone, in UTC.
    """

    mapping: ColumnMapping
    ancient: bool = False
    _numbers: itertools.count[int] = field(default_factory=itertools.count, compare=False)

    def stored(self, of: t.DataType) -> str:
        """The DuckDB type to read a column of type `of` as."""
        return duck_type(self._stored(self.mapping.physical_type(of)))

    def _stored(self, of: t.DataType) -> t.DataType:
        if not self.ancient:
            return of
        match of:
            case t.TimestampType():
                return t.TIMESTAMP_NTZ
            case t.StructType():
                fields = (
                    t.StructField(f.name, self._stored(f.type), f.nullable) for f in of.fields
                )
                return t.StructType(tuple(fields))
            case t.ArrayType():
                return t.ArrayType(self._stored(of.element))
            case t.MapType():
                return t.MapType(self._stored(of.key), self._stored(of.value))
            case _:
                return of

    def value(self, raw: Value, of: t.DataType) -> Value:
        """`raw`, read as `stored(of)`, as a value of `of`."""
        convert = self._conversion(of)
        return raw if convert is None else convert(raw)

    def _conversion(self, of: t.DataType) -> Callable[[Value], Value] | None:
        match of:
            case t.TimestampType():
                return _in_utc if self.ancient else None
            case t.StructType():
                return self._struct(of)
            case t.ArrayType():
                element = self._conversion(of.element)
                return None if element is None else self._list(element)
            case t.MapType():
                return self._map(self._conversion(of.key), self._conversion(of.value))
            case _:
                return None

    def _struct(self, of: t.StructType) -> Callable[[Value], Value] | None:
        given = field_names(self.mapping.physical_schema(of) if self.mapping.mode != "none" else of)
        wanted = field_names(of)
        inner = [self._conversion(f.type) for f in of.fields]
        if given == wanted and not any(inner):
            return None

        def convert(raw: Value) -> Value:
            fields: list[tuple[str, Value]] = []
            for old, new, change in zip(given, wanted, inner, strict=True):
                part = tree.field_of(raw, old)
                fields.append((new, part if change is None else change(part)))
            return tree.if_(raw.is_not_null(), tree.StructOf(tuple(fields)))

        return convert

    def _list(self, element: Callable[[Value], Value]) -> Callable[[Value], Value]:
        def convert(raw: Value) -> Value:
            name = f"x{next(self._numbers)}"
            return tree.call("list_transform", raw, tree.lambda_(name, element))

        return convert

    def _map(
        self, key: Callable[[Value], Value] | None, value: Callable[[Value], Value] | None
    ) -> Callable[[Value], Value] | None:
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
            entries = tree.call(
                "list_transform", tree.call("map_entries", raw), tree.lambda_(name, entry)
            )
            return tree.call("map_from_entries", entries)

        return convert


def _in_utc(raw: Value) -> Value:
    return tree.call("timezone", "UTC", raw)


def holds_moments(of: t.DataType) -> bool:
    """Whether values of `of` have moments in them."""
    match of:
        case t.TimestampType():
            return True
        case t.StructType():
            return any(holds_moments(f.type) for f in of.fields)
        case t.ArrayType():
            return holds_moments(of.element)
        case t.MapType():
            return holds_moments(of.key) or holds_moments(of.value)
        case _:
            return False
