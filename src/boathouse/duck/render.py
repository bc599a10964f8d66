"""Duck tree -> SQL text. The only place where SQL text is made.

Text is kept compact because DuckDB's parser, not its planner, is what a small query waits for.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from boathouse.duck import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_INT_MAX = 2**31 - 1
_LONG_MAX = 2**63 - 1


def render(node: tree.Relation) -> str:
    """The SQL text of a query."""
    return _query(node)


def render_expression(node: tree.Expression) -> str:
    """The SQL text of one expression."""
    return _expression(node)


NO_FIELD = "boathouse_no_field"
"""The one field of a struct without fields, which DuckDB does not have; it is always null."""


def quote(name: str) -> str:
    """`name` as a DuckDB identifier; plain lower-case internal names stay bare."""
    if name.isidentifier() and name.isascii() and name[0] == "c" and name[1:].isdigit():
        return name
    return '"' + name.replace('"', '""') + '"'


def text_literal(value: str) -> str:
    """`value` as a DuckDB string literal; NUL characters are spliced in with chr(0)."""
    quoted = "'" + value.replace("'", "''") + "'"
    return quoted if "\x00" not in value else "(" + quoted.replace("\x00", "'||chr(0)||'") + ")"


# ---- expressions --------------------------------------------------------------------------------


def _expression(node: tree.Expression) -> str:
    return _EXPRESSIONS[type(node)](node)


def _list(nodes: Iterable[tree.Expression]) -> str:
    return ",".join([_expression(node) for node in nodes])


def _column(node: tree.Column) -> str:
    return quote(node.name) if node.table is None else f"{quote(node.table)}.{quote(node.name)}"


def _literal(node: tree.Literal) -> str:
    if node.type is not None and isinstance(node.value, Decimal):
        # The parser makes a double of a number with more than 38 digits, leading zeros counted.
        return f"CAST('{node.value:f}' AS {node.type})"
    text = _plain(node.value)
    return text if node.type is None else f"CAST({text} AS {node.type})"


def _plain(value: tree.Plain) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int():
            return _whole(value)
        case float():
            return _double(value)
        case str():
            return text_literal(value)
        case bytes():
            return "'" + "".join(f"\\x{byte:02X}" for byte in value) + "'::BLOB"
        case Decimal():
            return f"{value:f}"
        case _:
            assert_never(value)


def _whole(value: int) -> str:
    if value >= 0:
        return str(value)
    # The parser reads a minus sign as an operator, so the lowest BIGINT would become HUGEINT.
    return f"({value})" if value >= -_LONG_MAX else f"'{value}'::BIGINT"


def _double(value: float) -> str:
    if math.isfinite(value):
        return f"({value!r}::DOUBLE)" if value < 0 else f"{value!r}::DOUBLE"
    return "'NaN'::DOUBLE" if math.isnan(value) else f"'{value}'::DOUBLE"


def _call(node: tree.Call) -> str:
    return f"{node.name}({_list(node.arguments)})"


def _aggregate(node: tree.Aggregate) -> str:
    inside = ("DISTINCT " if node.distinct else "") + (_list(node.arguments) or _no_arguments(node))
    if node.order:
        inside += f" ORDER BY {_order(node.order)}"
    if node.ignore_nulls:
        inside += " IGNORE NULLS"
    text = f"{node.name}({inside})"
    if node.condition is not None:
        text += f" FILTER (WHERE {_expression(node.condition)})"
    return text


def _no_arguments(node: tree.Aggregate) -> str:
    return "*" if node.name == "count" else ""


def _operator(node: tree.Operator) -> str:
    spaced = f" {node.symbol} "
    return f"({spaced.join([_expression(operand) for operand in node.operands])})"


def _prefix(node: tree.Prefix) -> str:
    return f"({node.symbol} {_expression(node.operand)})"


def _postfix(node: tree.Postfix) -> str:
    return f"({_expression(node.operand)} {node.symbol})"


def _cast(node: tree.Cast) -> str:
    return f"{'TRY_' if node.safe else ''}CAST({_expression(node.child)} AS {node.type})"


def _case(node: tree.Case) -> str:
    parts = ["CASE"]
    parts += [f"WHEN {_expression(when)} THEN {_expression(then)}" for when, then in node.branches]
    if node.otherwise is not None:
        parts.append(f"ELSE {_expression(node.otherwise)}")
    return " ".join([*parts, "END"])


def _in_list(node: tree.InList) -> str:
    return f"({_expression(node.child)} IN ({_list(node.items)}))"


def _lambda(node: tree.Lambda) -> str:
    return f"lambda {','.join(map(quote, node.parameters))}: {_expression(node.body)}"


def _list_of(node: tree.ListOf) -> str:
    return f"[{_list(node.items)}]"


def _struct_of(node: tree.StructOf) -> str:
    fields = [f"{text_literal(name)}:{_expression(value)}" for name, value in node.fields]
    return "{" + (",".join(fields) or f"{NO_FIELD}:NULL::BOOLEAN") + "}"


def _window(node: tree.Window) -> str:
    parts: list[str] = []
    if node.partition:
        parts.append(f"PARTITION BY {_list(node.partition)}")
    if node.order:
        parts.append(f"ORDER BY {_order(node.order)}")
    if node.unit is not None and node.lower is not None and node.upper is not None:
        bounds = f"{_bound(node.lower)} AND {_bound(node.upper)}"
        parts.append(f"{node.unit} BETWEEN {bounds}")
    return f"{_aggregate(node.function)} OVER ({' '.join(parts)})"


def _bound(bound: tree.FrameBound) -> str:
    if bound.direction == "CURRENT ROW":
        return bound.direction
    offset = "UNBOUNDED" if bound.offset is None else _expression(bound.offset)
    return f"{offset} {bound.direction}"


def _order(keys: Iterable[tree.SortKey]) -> str:
    return ",".join([_sort_key(key) for key in keys])


def _sort_key(key: tree.SortKey) -> str:
    direction = "ASC" if key.ascending else "DESC"
    return f"{_expression(key.child)} {direction} NULLS {'FIRST' if key.nulls_first else 'LAST'}"


def _scalar_query(node: tree.ScalarQuery) -> str:
    return f"({_query(node.query)})"


def _exists_query(node: tree.ExistsQuery) -> str:
    return f"EXISTS ({_query(node.query)})"


def _in_query(node: tree.InQuery) -> str:
    left = _list(node.children)
    left = left if len(node.children) == 1 else f"({left})"
    return f"({left} IN ({_query(node.query)}))"


_EXPRESSIONS: dict[type, Callable[..., str]] = {
    tree.Column: _column,
    tree.Literal: _literal,
    tree.Call: _call,
    tree.Aggregate: _aggregate,
    tree.Operator: _operator,
    tree.Prefix: _prefix,
    tree.Postfix: _postfix,
    tree.Cast: _cast,
    tree.Case: _case,
    tree.InList: _in_list,
    tree.Lambda: _lambda,
    tree.ListOf: _list_of,
    tree.StructOf: _struct_of,
    tree.Window: _window,
    tree.ScalarQuery: _scalar_query,
    tree.ExistsQuery: _exists_query,
    tree.InQuery: _in_query,
}


# ---- relations ----------------------------------------------------------------------------------


def _query(node: tree.Relation) -> str:
    """Text that can stand as a whole query, or inside parentheses."""
    match node:
        case tree.Select():
            return _select(node)
        case tree.SetOperation():
            words = f" {node.operator}{' ALL' if node.all else ''} "
            return words.join([_operand(query) for query in node.queries])
        case tree.With():
            return _with(node)
        case tree.Copy():
            return _copy(node)
        case _:
            return f"FROM {_source(node)}"


def _operand(node: tree.Relation) -> str:
    return f"({_query(node)})"


def _source(node: tree.Relation) -> str:
    """Text that can stand in FROM."""
    match node:
        case tree.Table() | tree.Rows():
            return quote(node.name)
        case tree.TableFunction():
            return _table_function(node)
        case tree.Values():
            rows = ",".join([f"({_list(row)})" for row in node.rows])
            return f"(VALUES {rows}) {_renamed(node.columns)}"
        case tree.Join():
            return _join(node)
        case _:
            return f"({_query(node)})"


def _renamed(columns: tuple[str, ...]) -> str:
    # A table's alias must differ from its neighbours'; the first column's name does.
    return f"AS {quote('t' + columns[0])}({','.join(map(quote, columns))})"


def _table_function(node: tree.TableFunction) -> str:
    arguments = [_expression(argument) for argument in node.arguments]
    arguments += [f"{name}={_expression(value)}" for name, value in node.named]
    ordinality = " WITH ORDINALITY" if node.with_ordinality else ""
    renamed = f" {_renamed(node.columns)}" if node.columns else ""
    return f"{node.name}({','.join(arguments)}){ordinality}{renamed}"


def _join(node: tree.Join) -> str:
    right = _source(node.right)
    right = f"({right})" if isinstance(node.right, tree.Join) else right
    lateral = "LATERAL " if node.lateral else ""
    text = f"{_source(node.left)} {node.kind} JOIN {lateral}{right}"
    return text if node.condition is None else f"{text} ON {_expression(node.condition)}"


def _select(node: tree.Select) -> str:
    parts = ["SELECT"]
    if node.distinct:
        parts.append("DISTINCT")
    elif node.distinct_on:
        parts.append(f"DISTINCT ON ({_list(node.distinct_on)})")
    parts.append(",".join([_output(value, name) for value, name in node.columns]) or "*")
    if node.source is not None:
        parts.append(f"FROM {_source(node.source)}")
    if node.sample is not None:
        parts.append(f"USING SAMPLE {node.sample}")
    if node.where is not None:
        parts.append(f"WHERE {_expression(node.where)}")
    parts += _grouping(node)
    if node.having is not None:
        parts.append(f"HAVING {_expression(node.having)}")
    if node.qualify is not None:
        parts.append(f"QUALIFY {_expression(node.qualify)}")
    return " ".join(parts + _tail(node))


def _output(value: tree.Expression, name: str) -> str:
    if isinstance(value, tree.Column) and value.name == name:
        return _column(value)
    return f"{_expression(value)} AS {quote(name)}"


def _grouping(node: tree.Select) -> list[str]:
    if node.grouping_sets is not None:
        group = [_expression(key) for key in node.group]
        sets = [f"({','.join([group[i] for i in chosen])})" for chosen in node.grouping_sets]
        return [f"GROUP BY GROUPING SETS ({','.join(sets)})"]
    return [f"GROUP BY {_list(node.group)}"] if node.group else []


def _tail(node: tree.Select) -> list[str]:
    parts: list[str] = []
    if node.order:
        parts.append(f"ORDER BY {_order(node.order)}")
    if node.limit is not None:
        parts.append(f"LIMIT {_expression(node.limit)}")
    if node.offset is not None:
        parts.append(f"OFFSET {_expression(node.offset)}")
    return parts


def _with(node: tree.With) -> str:
    tables = ",".join([_common_table(table) for table in node.tables])
    return f"WITH {'RECURSIVE ' if node.recursive else ''}{tables} {_query(node.query)}"


def _common_table(table: tree.CommonTable) -> str:
    columns = f"({','.join(map(quote, table.columns))})" if table.columns else ""
    hint = {None: "", True: "MATERIALIZED ", False: "NOT MATERIALIZED "}[table.materialized]
    return f"{quote(table.name)}{columns} AS {hint}({_query(table.query)})"


# ---- files --------------------------------------------------------------------------------------


def _copy(node: tree.Copy) -> str:
    options = ["FORMAT parquet", *[f"{name} {_copy_value(value)}" for name, value in node.options]]
    return f"COPY ({_query(node.query)}) TO {text_literal(node.place)} ({','.join(options)})"


def _copy_value(value: tree.CopyValue) -> str:
    match value:
        case tuple():
            return f"({','.join(map(quote, value))})"
        case tree.FieldIds():
            return _field_ids(value)
        case _:
            return _plain(value)


def _field_ids(ids: tree.FieldIds) -> str:
    parts: list[str] = []
    for name, number, inner in ids.fields:
        if inner is None:
            parts.append(f"{quote(name)}:{number}")
        else:
            own = "" if number is None else f"__duckdb_field_id:{number},"
            parts.append(f"{quote(name)}:{{{own}{_field_ids(inner)[1:]}")
    return "{" + ",".join(parts) + "}"
