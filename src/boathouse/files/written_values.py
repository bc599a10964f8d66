"""Values as queries see them -> values as Parquet files hold them: variants in their binary form,
the fields of structs under the names that they have there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from boathouse.duck import tree
from boathouse.duck.kernels import kernel
from boathouse.duck.types import field_names
from boathouse.types import datatypes as t

STORED_VARIANT = t.StructType(
    (t.StructField("metadata", t.BINARY), t.StructField("value", t.BINARY))
)


@dataclass(frozen=True, slots=True)
class Written:
    """How values are put into files; `names`: what the fields of a struct are called there."""

    names: Callable[[t.StructType], Sequence[str]] = field_names

    def changes(self, of: t.DataType) -> bool:
        """Whether a value of the type looks different in files."""
        match of:
            case t.VariantType():
                return True
            case t.StructType():
                renamed = tuple(self.names(of)) != tuple(field_names(of))
                return renamed or any(self.changes(f.type) for f in of.fields)
            case t.ArrayType():
                return self.changes(of.element)
            case t.MapType():
                return self.changes(of.key) or self.changes(of.value)
            case _:
                return False

    def value(self, value: tree.Expression, of: t.DataType, depth: int = 0) -> tree.Expression:
        """`value`, inside `depth` lists and maps, as files have it."""
        if not self.changes(of):
            return value
        match of:
            case t.VariantType():
                # What Delta's readers expect: not shredded, and a group without annotation.
                return kernel("stored_variants", "encode", STORED_VARIANT)(value.cast("VARCHAR"))
            case t.StructType():
                return self._struct(value, of, depth)
            case t.ArrayType():
                return self._list(value, of.element, depth)
            case t.MapType():
                keys = self._list(tree.call("map_keys", value), of.key, depth)
                values = self._list(tree.call("map_values", value), of.value, depth)
                built = tree.call("map", keys, values)
                return tree.case((value.is_null(), tree.NULL), otherwise=built)
            case _:
                return value

    def _struct(self, value: tree.Expression, of: t.StructType, depth: int) -> tree.Expression:
        parts = tuple(
            (called, self.value(tree.field_of(value, name), f.type, depth))
            for called, name, f in zip(self.names(of), field_names(of), of.fields, strict=True)
        )
        return tree.case((value.is_null(), tree.NULL), otherwise=tree.StructOf(parts))

    def _list(self, value: tree.Expression, of: t.DataType, depth: int) -> tree.Expression:
        each = tree.lambda_(f"x{depth}", lambda x: self.value(x, of, depth + 1))
        return tree.call("list_transform", value, each)
