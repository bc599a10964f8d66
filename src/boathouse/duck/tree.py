"""A small typed tree of DuckDB SQL. `render` turns it into text; nothing else does.

Expressions combine with Python's ``+ - * %`` and with methods named after what they say
(`equals`, `less`, `is_null`, `cast`): plain Python values become literals. ``==`` compares trees.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_OF_PATTERNS = re.compile(r"[*?\[]")

Plain = bool | int | float | str | bytes | Decimal | None


@dataclass(frozen=True, slots=True)
class Expression:
    """The root of DuckDB expressions."""

    def __add__(self, other: Value) -> Expression:
        return operator("+", self, other)

    def __sub__(self, other: Value) -> Expression:
        return operator("-", self, other)

    def __mul__(self, other: Value) -> Expression:
        return operator("*", self, other)

    def __truediv__(self, other: Value) -> Expression:
        """Division of doubles: DuckDB's ``/`` always gives DOUBLE."""
        return operator("/", self, other)

    def __floordiv__(self, other: Value) -> Expression:
        """Division of whole numbers towards zero: DuckDB's ``//``."""
        return operator("//", self, other)

    def __mod__(self, other: Value) -> Expression:
        return operator("%", self, other)

    def __neg__(self) -> Expression:
        return Prefix("-", self)

    def equals(self, other: Value) -> Expression:
        """``=``."""
        return operator("=", self, other)

    def differs(self, other: Value) -> Expression:
        """``<>``."""
        return operator("<>", self, other)

    def less(self, other: Value) -> Expression:
        """``<``."""
        return operator("<", self, other)

    def at_most(self, other: Value) -> Expression:
        """``<=``."""
        return operator("<=", self, other)

    def greater(self, other: Value) -> Expression:
        """``>``."""
        return operator(">", self, other)

    def at_least(self, other: Value) -> Expression:
        """``>=``."""
        return operator(">=", self, other)

    def same(self, other: Value) -> Expression:
        """``IS NOT DISTINCT FROM``: equal, or both null."""
        return operator("IS NOT DISTINCT FROM", self, other)

    def is_null(self) -> Expression:
        """``IS NULL``."""
        return Postfix("IS NULL", self)

    def is_not_null(self) -> Expression:
        """``IS NOT NULL``."""
        return Postfix("IS NOT NULL", self)

    def negated(self) -> Expression:
        """``NOT``."""
        return Prefix("NOT", self)

    def joined(self, other: Value) -> Expression:
        """``||``."""
        return operator("||", self, other)

    def cast(self, to: str) -> Expression:
        """CAST to the DuckDB type `to`; an impossible value raises."""
        return Cast(self, to)

    def try_cast(self, to: str) -> Expression:
        """TRY_CAST to the DuckDB type `to`; an impossible value is null."""
        return Cast(self, to, safe=True)


Value = Expression | Plain


@dataclass(frozen=True, slots=True)
class Column(Expression):
    """A column by its unique internal name."""

    name: str
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A constant; `type` is the DuckDB type it is cast to, None where its text says it."""

    value: Plain
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """``name(arguments)`` of a scalar function."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Aggregate(Expression):
    """``name([DISTINCT] arguments [ORDER BY order]) [FILTER (WHERE condition)]``; also the ranking
    functions, which need a Window around them.
    """

    name: str
    arguments: tuple[Expression, ...]
    distinct: bool = False
    condition: Expression | None = None
    order: tuple[SortKey, ...] = ()
    ignore_nulls: bool = False


@dataclass(frozen=True, slots=True)
class Operator(Expression):
    """Two or more operands around an infix `symbol`; three or more only where it is associative."""

    symbol: str
    operands: tuple[Expression, ...]

    def negated(self) -> Expression:
        """``NOT``; of ``=`` it is ``<>``, by which DuckDB can join and leave out row groups."""
        return Operator("<>", self.operands) if self.symbol == "=" else Prefix("NOT", self)


@dataclass(frozen=True, slots=True)
class Prefix(Expression):
    """``NOT x``, ``-x``, ``~x``."""

    symbol: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Postfix(Expression):
    """``x IS NULL`` and its kin."""

    symbol: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """CAST, or TRY_CAST when `safe`."""

    child: Expression
    type: str
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Case(Expression):
    """CASE WHEN; without `otherwise` the rest is null."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None = None


@dataclass(frozen=True, slots=True)
class InList(Expression):
    """``child IN (items)``."""

    child: Expression
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Lambda(Expression):
    """``lambda parameters: body``, only as an argument of a call."""

    parameters: tuple[str, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class ListOf(Expression):
    """``[a, b]``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class StructOf(Expression):
    """``{'a': x}``; names are unique without regard to case."""

    fields: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class SortKey:
    """A key of ORDER BY with everything said."""

    child: Expression
    ascending: bool = True
    nulls_first: bool = True


@dataclass(frozen=True, slots=True)
class FrameBound:
    """``offset PRECEDING/FOLLOWING``, or unbounded, or the current row (both None/False)."""

    direction: str
    """One of "PRECEDING", "FOLLOWING", "CURRENT ROW"."""
    offset: Expression | None = None
    """None with a direction means UNBOUNDED."""


@dataclass(frozen=True, slots=True)
class Window(Expression):
    """`function` OVER (...); `unit` is ROWS or RANGE, None for DuckDB's default frame."""

    function: Aggregate
    partition: tuple[Expression, ...] = ()
    order: tuple[SortKey, ...] = ()
    unit: str | None = None
    lower: FrameBound | None = None
    upper: FrameBound | None = None


@dataclass(frozen=True, slots=True)
class ScalarQuery(Expression):
    """A query of one column and at most one row, as a value."""

    query: Relation


@dataclass(frozen=True, slots=True)
class ExistsQuery(Expression):
    """EXISTS (query)."""

    query: Relation


@dataclass(frozen=True, slots=True)
class InQuery(Expression):
    """``child IN (query)``; a row value is a StructOf-free tuple of `children`."""

    children: tuple[Expression, ...]
    query: Relation


# ---- relations ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Relation:
    """The root of DuckDB relations."""


@dataclass(frozen=True, slots=True)
class Table(Relation):
    """A table, view or registered Arrow object by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Rows(Relation):
    """The Arrow table `rows` under a `name` that no other has: whoever runs the query registers
    it (`rows_of`).
    """

    name: str
    rows: Any = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TableFunction(Relation):
    """``name(arguments, key = value)`` in FROM, its columns renamed when `columns` is given."""

    name: str
    arguments: tuple[Expression, ...] = ()
    named: tuple[tuple[str, Expression], ...] = ()
    columns: tuple[str, ...] = ()
    with_ordinality: bool = False


@dataclass(frozen=True, slots=True)
class Values(Relation):
    """VALUES rows under `columns`."""

    rows: tuple[tuple[Expression, ...], ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Select(Relation):
    """One SELECT. No `columns` means ``*``; `group` None means no GROUP BY clause, `()` means
    one group of all rows only if aggregates stand in `columns`. `grouping_sets` index `group`.
    """

    columns: tuple[tuple[Expression, str], ...] = ()
    source: Relation | None = None
    where: Expression | None = None
    group: tuple[Expression, ...] = ()
    grouping_sets: tuple[tuple[int, ...], ...] | None = None
    having: Expression | None = None
    qualify: Expression | None = None
    distinct: bool = False
    distinct_on: tuple[Expression, ...] = ()
    order: tuple[SortKey, ...] = ()
    limit: Expression | None = None
    offset: Expression | None = None
    sample: str | None = None


@dataclass(frozen=True, slots=True)
class Join(Relation):
    """``left kind JOIN right ON condition``; kind is INNER, LEFT, RIGHT, FULL, SEMI, ANTI, CROSS,
    ASOF or ASOF LEFT; `lateral` lets the right side see the left.
    """

    left: Relation
    right: Relation
    kind: str
    condition: Expression | None = None
    lateral: bool = False


@dataclass(frozen=True, slots=True)
class SetOperation(Relation):
    """UNION / INTERSECT / EXCEPT [ALL] of queries, by position."""

    queries: tuple[Relation, ...]
    operator: str
    all: bool = False


@dataclass(frozen=True, slots=True)
class CommonTable:
    """``name(columns) AS [NOT] MATERIALIZED (query)``."""

    name: str
    query: Relation
    columns: tuple[str, ...] = ()
    materialized: bool | None = None


@dataclass(frozen=True, slots=True)
class With(Relation):
    """WITH [RECURSIVE] tables query."""

    tables: tuple[CommonTable, ...]
    query: Relation
    recursive: bool = False


@dataclass(frozen=True, slots=True)
class FieldIds:
    """The Parquet field ids of columns (or parts of one): name, own id (None: none), parts."""

    fields: tuple[tuple[str, int | None, FieldIds | None], ...]


CopyValue = bool | int | str | tuple[str, ...] | FieldIds
"""What an option of COPY can be set to."""


@dataclass(frozen=True, slots=True)
class Copy(Relation):
    """``COPY (query) TO place (FORMAT parquet, ...)``: a whole statement, whose rows are the files
    written with their statistics. `options` are (name, value) in order; the value of PARTITION_BY
    is a tuple of column names, a nested one of FIELD_IDS numbers by name.
    """

    query: Relation
    place: str
    options: tuple[tuple[str, CopyValue], ...] = ()


# ---- builders -----------------------------------------------------------------------------------

NULL = Literal(None)
TRUE = Literal(value=True)
FALSE = Literal(value=False)


def literal(value: Value, type: str | None = None) -> Expression:
    """`value` itself when it is an expression already, else a literal, cast to `type` if given."""
    return value if isinstance(value, Expression) else Literal(value, type)


def column(name: str) -> Expression:
    """The column `name`."""
    return Column(name)


def call(name: str, *arguments: Value) -> Expression:
    """``name(arguments)``."""
    return Call(name, tuple(literal(argument) for argument in arguments))


def aggregate(name: str, *arguments: Value, order: Sequence[SortKey] = ()) -> Expression:
    """An aggregate (or ranking) call; DISTINCT, FILTER and OVER are put on by lowering."""
    return Aggregate(name, tuple(literal(argument) for argument in arguments), order=tuple(order))


def operator(symbol: str, *operands: Value) -> Expression:
    """``a symbol b``."""
    return Operator(symbol, tuple(literal(operand) for operand in operands))


def case(*branches: tuple[Value, Value], otherwise: Value = None) -> Expression:
    """CASE WHEN; a pair is (condition, value)."""
    pairs = tuple((literal(when), literal(then)) for when, then in branches)
    return Case(pairs, None if otherwise is None else literal(otherwise))


def if_(condition: Value, then: Value, otherwise: Value = None) -> Expression:
    """CASE WHEN with one branch."""
    return case((condition, then), otherwise=otherwise)


def all_of(*conditions: Value) -> Expression:
    """AND of any number of conditions, flattened."""
    return _chain("AND", conditions, TRUE)


def any_of(*conditions: Value) -> Expression:
    """OR of any number of conditions, flattened."""
    return _chain("OR", conditions, FALSE)


def _chain(symbol: str, conditions: Sequence[Value], empty: Expression) -> Expression:
    parts: list[Expression] = []
    for condition in map(literal, conditions):
        if isinstance(condition, Operator) and condition.symbol == symbol:
            parts.extend(condition.operands)
        else:
            parts.append(condition)
    if not parts:
        return empty
    return parts[0] if len(parts) == 1 else Operator(symbol, tuple(parts))


def list_of(*items: Value) -> Expression:
    """``[a, b]``."""
    return ListOf(tuple(literal(item) for item in items))


def file_at(path: str) -> Expression:
    """The argument by which a reader of DuckDB's, which takes every path for a pattern, reads the
    file `path` and no other.
    """
    return Literal(_OF_PATTERNS.sub(r"[\g<0>]", path))


def files_at(*paths: str) -> Expression:
    """The same for several files."""
    return ListOf(tuple(map(file_at, paths)))


def struct_of(**fields: Value) -> Expression:
    """``{'name': value}``."""
    return StructOf(tuple((name, literal(value)) for name, value in fields.items()))


def field_of(struct: Expression, name: str) -> Expression:
    """Field `name` of `struct`."""
    return Call("struct_extract", (struct, Literal(name)))


def lambda_(parameters: str, body: Callable[..., Expression]) -> Expression:
    """``lambda_("x i", lambda x, i: ...)``: a lambda whose body is built from its parameters. Names
    must not clash with an enclosing lambda's.
    """
    names = tuple(parameters.split())
    return Lambda(names, body(*(Column(name) for name in names)))


FAILURE = "\x01boathouse\x1f"
"""How a message raised by `fail` begins; `engine` turns it back into a condition."""


def fail(condition: str, /, **parameters: Value) -> Expression:
    """An expression that raises `condition` when a row is computed, with `parameters` as text.
    Put it behind a CASE. Its type is NULL.
    """
    parts: list[Value] = [f"{FAILURE}{condition}"]
    for name, value in parameters.items():
        shown = (
            value
            if isinstance(value, str)
            else Call("coalesce", (Cast(literal(value), "VARCHAR"), Literal("NULL")))
        )
        parts += [f"\x1f{name}\x1f", shown]
    text = parts[0] if len(parts) == 1 else call("concat", *parts)
    return call("error", text)


class _Functions:
    """`f.name(...)` is `call("name", ...)`."""

    def __getattr__(self, name: str) -> Callable[..., Expression]:
        def build(*arguments: Value) -> Expression:
            return call(name, *arguments)

        return build


f = _Functions()


# ---- Arrow tables inside a tree -----------------------------------------------------------------

_numbers = itertools.count(1)


def rows(table: Any) -> Rows:
    """`table`, a pyarrow Table or what makes one when a statement begins, as a relation."""
    return Rows(f"arrow{next(_numbers)}", table)


def rows_of(relation: Relation | None) -> dict[str, Any]:
    """The Arrow tables in the sources of `relation`, by name."""
    found: dict[str, Any] = {}
    stack = [relation]
    while stack:
        match stack.pop():
            case Rows(name, table):
                found[name] = table
            case Select(source=source):
                stack.append(source)
            case Join(left=left, right=right):
                stack += [left, right]
            case SetOperation(queries=queries):
                stack += queries
            case _:
                pass
    return found
