"""A schema as the indented tree that `printSchema` prints."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.types import datatypes as t


def tree_text(schema: t.StructType, depth: int | None = None) -> str:
    """The tree of `schema`, `depth` levels of it (None or less than one: all)."""
    most = depth if depth is not None and depth > 0 else 1 << 30
    return "".join(f"{line}\n" for line in ["root", *_struct(schema, " |", most)])


def _struct(struct: t.StructType, prefix: str, depth: int) -> Iterator[str]:
    for field in struct:
        yield from _entry(
            field.name, field.type, f"nullable = {_word(field.nullable)}", prefix, depth
        )


def _entry(name: str, type: t.DataType, note: str, prefix: str, depth: int) -> Iterator[str]:
    if depth <= 0:
        return
    yield f"{prefix}-- {name}: {_type_name(type)}{f' ({note})' if note else ''}"
    below = prefix + "    |"
    match type:
        case t.StructType():
            yield from _struct(type, below, depth - 1)
        case t.ArrayType():
            note = f"containsNull = {_word(type.contains_null)}"
            yield from _entry("element", type.element, note, below, depth - 1)
        case t.MapType():
            yield from _entry("key", type.key, "", below, depth - 1)
            note = f"valueContainsNull = {_word(type.value_contains_null)}"
            yield from _entry("value", type.value, note, below, depth - 1)
        case _:
            pass


def _word(flag: bool) -> str:  # noqa: FBT001
    return "true" if flag else "false"


def _type_name(type: t.DataType) -> str:
    """The name of the JSON form; nested types are named by their kind alone."""
    json = type.json
    return json["type"] if isinstance(json, dict) else str(json)
