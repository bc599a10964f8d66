"""Arrays, maps and structs made anew from what lies inside of them."""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.types import field_names
from boathouse.types import datatypes as t


def rebuilt(
    value: Expression,
    given: t.DataType,
    part: Callable[[Expression, t.DataType, int], Expression],
    depth: int = 0,
) -> Expression:
    """`value`, of the type `given`, with `part` of each element, key, value or field (told its type
    and depth, which keeps the names of lambdas apart); a value that holds none is as it was.
    """
    match given:
        case t.ArrayType():
            body = duck.lambda_(f"_part{depth}", lambda item: part(item, given.element, depth + 1))
            return duck.f.list_transform(value, body)
        case t.MapType():

            def pair(entry: Expression, of: t.DataType, inner: int) -> Expression:
                return rebuilt(entry, of, part, inner)

            entries = rebuilt(duck.f.map_entries(value), given.entries, pair, depth)
            return duck.f.map_from_entries(entries)
        case t.StructType():
            fields = zip(field_names(given), given.fields, strict=True)
            parts = {name: part(duck.field_of(value, name), f.type, depth) for name, f in fields}
            return duck.case((value.is_null(), None), otherwise=duck.struct_of(**parts))
        case _:
            return value
