"""Plans as text: EXPLAIN and printSchema."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import inputs
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORT = 160
_UNSAID = {"plan_id", "origin", "written"}


def explain(said: object, plan: r.Relation, rewritten: r.Relation, sql: str, mode: str) -> str:
    """EXPLAIN in `mode` (simple, extended, codegen, cost, formatted) of a plan and its steps."""
    physical = f"== Physical Plan ==\n{sql}\n"
    if mode in {"simple", "formatted", "codegen"}:
        return physical
    return (
        f"== Parsed Logical Plan ==\n{spec_text(said)}\n\n"
        f"== Analyzed Logical Plan ==\n{output_text(plan)}\n{plan_text(plan)}\n\n"
        f"== Optimized Logical Plan ==\n{plan_text(rewritten)}\n\n{physical}"
    )


def output_text(plan: r.Relation) -> str:
    """The columns of `plan` with their types."""
    return ", ".join(f"{a.name}: {a.of.simple}" for a in plan.output)


def plan_text(plan: r.Relation) -> str:
    """A tree, a line for each relation."""
    lines: list[str] = []
    stack: list[tuple[r.Relation, int]] = [(plan, 0)]
    while stack:
        node, depth = stack.pop()
        prefix = "" if depth == 0 else "   " * (depth - 1) + "+- "
        lines.append(prefix + _line(node))
        stack.extend((child, depth + 1) for child in reversed(inputs(node)))
    return "\n".join(lines)


def _line(node: r.Relation) -> str:
    match node:
        case r.Scan():
            filters = "".join(f", {expression_text(one)}" for one in node.filters)
            return f"Relation {node.source.name} [{_columns(node.attributes)}]{filters}"
        case r.LocalData():
            return f"LocalRelation [{_columns(node.attributes)}]"
        case r.Project():
            return f"Project [{', '.join(map(expression_text, node.expressions))}]"
        case r.Filter():
            return f"Filter {expression_text(node.condition)}"
        case r.Aggregate():
            keys = ", ".join(map(expression_text, node.grouping))
            return f"Aggregate [{keys}], [{', '.join(map(expression_text, node.aggregates))}]"
        case r.Join():
            condition = "" if node.condition is None else f", {expression_text(node.condition)}"
            return f"Join {node.kind.value}{condition}"
        case r.Sort():
            return f"Sort [{', '.join(_key(key) for key in node.keys)}]"
        case r.Limit():
            return f"Limit {node.limit}" + (f" offset {node.offset}" if node.offset else "")
        case _:
            return f"{type(node).__name__} [{_columns(node.output)}]"


def _columns(attributes: tuple[e.Attribute, ...]) -> str:
    return ", ".join(f"{a.name}#{a.id}" for a in attributes)


def _key(key: e.SortKey) -> str:
    order = "ASC" if key.ascending else "DESC"
    return f"{expression_text(key.child)} {order} NULLS {'FIRST' if key.nulls_first else 'LAST'}"


def expression_text(node: Any) -> str:
    """An expression with the ids of its columns."""
    match node:
        case e.Attribute():
            return f"{node.name}#{node.id}"
        case e.Alias():
            return f"{expression_text(node.child)} AS {node.name}#{node.id}"
        case e.Literal():
            return str(node.value)
        case e.OuterReference():
            return f"outer({expression_text(node.attribute)})"
        case e.Call() | e.AggregateCall():
            inside = ", ".join(expression_text(x) for x in node.arguments if x is not None)
            return f"{node.name}({inside})"
        case e.Cast():
            return f"cast({expression_text(node.child)} as {node.to.simple})"
        case _:
            return _any_text(node)


def _any_text(node: Any) -> str:
    values = (getattr(node, field.name) for field in fields(node))
    parts = [text for value in values if (text := _part_text(value))]
    return f"{type(node).__name__.lower()}({', '.join(parts)})"


def _part_text(value: object) -> str:
    """What stands inside an expression; nothing for a flag, a name or a type."""
    if isinstance(value, e.Expression):
        return expression_text(value)
    if isinstance(value, e.SortKey):
        return _key(value)
    if isinstance(value, r.Relation):
        return " <- ".join(line.lstrip(" +-") for line in plan_text(value).splitlines())
    if isinstance(value, tuple) and value:
        inside = [text for part in value if (text := _part_text(part))]
        return f"[{', '.join(inside)}]" if inside else ""
    return ""


def spec_text(node: object, depth: int = 0) -> str:
    """What the client said, as a tree."""
    lines: list[str] = []
    stack: list[tuple[object, int]] = [(node, depth)]
    while stack:
        current, level = stack.pop()
        prefix = "" if level == 0 else "   " * (level - 1) + "+- "
        below: list[object] = []
        shown: list[str] = []
        for field in fields(current):  # pyright: ignore[reportArgumentType] - a spec node
            value = getattr(current, field.name)
            if field.name in {"input", "left", "right", "root"} and is_dataclass(value):
                below.append(value)
            elif field.name not in _UNSAID and value != field.default:
                shown.append(_shortened(value))
        lines.append(f"{prefix}'{type(current).__name__} [{', '.join(shown)}]")
        stack.extend((child, level + 1) for child in reversed(below))
    return "\n".join(lines)


def _shortened(value: object) -> str:
    text = _said(value)
    return text if len(text) <= _SHORT else text[: _SHORT - 3] + "..."


def _said(value: object) -> str:
    """A part of the spec, without what the client left at its default."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_said, value))}]"
    if isinstance(value, Enum):
        return str(value.value)
    if not is_dataclass(value):
        return repr(value)
    parts = ((field, getattr(value, field.name)) for field in fields(value))
    shown = [
        _said(part) for field, part in parts if field.name not in _UNSAID and part != field.default
    ]
    return f"{type(value).__name__}({', '.join(shown)})"


# ---- schemas
# -------------------------------------------------------------------------------------------


def tree_text(schema: t.StructType, level: int | None = None) -> str:
    """printSchema: ``root`` and a line for each field, nested ones deeper, down to `level`."""
    lines = ["root", *_fields(schema, " |", 1, level or 2**31)]
    return "\n".join(lines) + "\n"


def _fields(schema: t.StructType, prefix: str, depth: int, level: int) -> Iterator[str]:
    if depth > level:
        return
    for field in schema.fields:
        name = _tree_name(field.type)
        yield f"{prefix}-- {field.name}: {name} (nullable = {_flag(value=field.nullable)})"
        yield from _inside(field.type, f"{prefix}    |", depth + 1, level)


def _inside(of: t.DataType, prefix: str, depth: int, level: int) -> Iterator[str]:
    if depth > level:
        return
    match of:
        case t.StructType():
            yield from _fields(of, prefix, depth, level)
        case t.ArrayType():
            flag = _flag(value=of.contains_null)
            yield f"{prefix}-- element: {_tree_name(of.element)} (containsNull = {flag})"
            yield from _inside(of.element, f"{prefix}    |", depth + 1, level)
        case t.MapType():
            flag = _flag(value=of.value_contains_null)
            yield f"{prefix}-- key: {_tree_name(of.key)}"
            yield from _inside(of.key, f"{prefix}    |", depth + 1, level)
            yield f"{prefix}-- value: {_tree_name(of.value)} (valueContainsNull = {flag})"
            yield from _inside(of.value, f"{prefix}    |", depth + 1, level)
        case _:
            return


_TREE_NAMES: dict[type[t.DataType], str] = {
    t.ByteType: "byte",
    t.ShortType: "short",
    t.IntegerType: "integer",
    t.LongType: "long",
    t.ArrayType: "array",
    t.MapType: "map",
    t.StructType: "struct",
}


def _tree_name(of: t.DataType) -> str:
    return _TREE_NAMES.get(type(of), of.simple)


def _flag(*, value: bool) -> str:
    return "true" if value else "false"
