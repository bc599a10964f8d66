"""Unbound expressions: names, literals and calls as the client wrote them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from boathouse.types.cast_mode import CastMode

if TYPE_CHECKING:
    from boathouse.spec.relations import Relation
    from boathouse.types.datatypes import DataType


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in the SQL text (`start` to `stop`, character offsets; `line` from 1, `column` from 0)
    or in the client's program (`fragment` is the API's name, `call_site` the user's line) it stood.
    """

    text: str = ""
    start: int = 0
    stop: int = 0
    line: int = 0
    column: int = 0
    fragment: str = ""
    call_site: str = ""


@dataclass(frozen=True, slots=True)
class Expression:
    """The root of unbound expressions. An `origin` never takes part in comparison."""


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A typed constant. `value` is in the type's literal form (see `types.datatypes`): arrays and
    structs are tuples, maps are tuples of pairs, NULL is None.
    """

    value: Any
    type: DataType


@dataclass(frozen=True, slots=True)
class Name(Expression):
    """UnresolvedAttribute: a possibly qualified column name, already split into `parts`."""

    parts: tuple[str, ...]
    plan_id: int | None = None
    is_metadata: bool = False
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Star(Expression):
    """``*`` or ``t.*``; SQL adds ``EXCEPT (...)``. `target` is the qualifier's parts."""

    target: tuple[str, ...] = ()
    plan_id: int | None = None
    excluded: tuple[tuple[str, ...], ...] = ()
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NamePattern(Expression):
    """UnresolvedRegex: every column (of `table`) whose name matches `pattern`, in backquotes."""

    pattern: str
    plan_id: int | None = None
    table: tuple[str, ...] = ()
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """UnresolvedFunction, CallFunction and every SQL operator (``+``, ``and``, ``=``, ``<=>``,
    ``||``, ``in``, ``like``, ``between`` are function names here, as in Spark's registry;
    ``and``/``or`` may carry more than two arguments).

    `condition` is SQL's FILTER (WHERE ...), `within` its WITHIN GROUP (ORDER BY ...),
    `ignore_nulls` is None where nothing was said. `internal` marks a name only Connect may use.
    `written` says that SQL called it by its name, and so none that only binding and Connect know.
    `operator` says that SQL wrote it as one: Spark names ``-a`` and ``negative(a)``, ``(a, b)`` and
    ``struct(a, b)`` differently.
    """

    name: tuple[str, ...]
    arguments: tuple[Expression, ...] = ()
    distinct: bool = False
    condition: Expression | None = None
    within: tuple[SortOrder, ...] = ()
    ignore_nulls: bool | None = None
    user_defined: bool = False
    internal: bool = False
    written: bool = field(default=False, compare=False)
    operator: bool = False
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NamedArgument(Expression):
    """``name => value`` in a call."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class ExpressionText(Expression):
    """ExpressionString: SQL text of one expression (``F.expr``), parsed when bound."""

    text: str
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Alias(Expression):
    """`child` under one name, or a generator under several (or `listed` ones, in parentheses).
    `metadata` is JSON text.
    """

    child: Expression
    names: tuple[str, ...]
    metadata: str | None = None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """CAST; `type` is a DataType, or text still to be parsed as one."""

    child: Expression
    type: DataType | str
    mode: CastMode = CastMode.DEFAULT
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Case(Expression):
    """CASE WHEN: pairs of condition and value. The simple form is already turned into `=`."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None = None
    origin: Origin | None = field(default=None, compare=False)


class NullOrder(Enum):
    """Where nulls stand in an order."""

    DEFAULT = "default"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class SortOrder(Expression):
    """One key of an ORDER BY; DEFAULT nulls stand first ascending and last descending."""

    child: Expression
    ascending: bool = True
    nulls: NullOrder = NullOrder.DEFAULT


class FrameKind(Enum):
    """What a window frame counts."""

    ROWS = "rows"
    RANGE = "range"


class Bound(Enum):
    """The frame bounds that are not an expression."""

    UNBOUNDED_PRECEDING = "UNBOUNDED PRECEDING"
    CURRENT_ROW = "CURRENT ROW"
    UNBOUNDED_FOLLOWING = "UNBOUNDED FOLLOWING"


@dataclass(frozen=True, slots=True)
class Frame:
    """A window frame; an expression bound is an offset, negative for PRECEDING."""

    kind: FrameKind
    lower: Bound | Expression
    upper: Bound | Expression


@dataclass(frozen=True, slots=True)
class Window(Expression):
    """`function` OVER (...); `reference` names a WINDOW clause entry instead of, or under, the
    partition and order given here.
    """

    function: Expression
    partition: tuple[Expression, ...] = ()
    order: tuple[SortOrder, ...] = ()
    frame: Frame | None = None
    reference: str | None = None
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ExtractValue(Expression):
    """``child[extraction]`` or ``child.field``: struct field, array element or map value."""

    child: Expression
    extraction: Expression
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PathExtract(Expression):
    """``child:a.b[0]``: the value at `path` (keys and positions) inside a variant."""

    child: Expression
    path: tuple[str | int, ...]
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class UpdateField(Expression):
    """Column.withField (`value` given) and dropFields (`value` is None) on dotted `field`."""

    child: Expression
    field: str
    value: Expression | None = None


@dataclass(frozen=True, slots=True)
class LambdaVariable(Expression):
    """A parameter of the enclosing lambda."""

    name: str


@dataclass(frozen=True, slots=True)
class Lambda(Expression):
    """``(x, y) -> body``."""

    body: Expression
    parameters: tuple[str, ...]


class SubqueryKind(Enum):
    """What a subquery in an expression yields."""

    SCALAR = "scalar"
    EXISTS = "exists"
    IN = "in"
    TABLE_ARGUMENT = "table"


@dataclass(frozen=True, slots=True)
class Subquery(Expression):
    """A query inside an expression, given whole (`relation`) or by `plan_id` of an enclosing
    WithRelations. `values` are the left sides of IN. The table argument of a call may carry
    `partition`, `order` and `single_partition`.
    """

    kind: SubqueryKind
    relation: Relation | None = None
    plan_id: int | None = None
    values: tuple[Expression, ...] = ()
    partition: tuple[Expression, ...] = ()
    order: tuple[SortOrder, ...] = ()
    single_partition: bool = False
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Parameter(Expression):
    """``:name`` or, when `name` is None, the ``?`` at `position` (from 0)."""

    name: str | None = None
    position: int = 0
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class IdentifierClause(Expression):
    """``IDENTIFIER(text)`` standing where a name would: for a column, or (`call` given) a function
    whose remaining parts are `call`.
    """

    text: Expression
    call: Call | None = None
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Default(Expression):
    """The keyword DEFAULT as a value in INSERT and UPDATE."""


@dataclass(frozen=True, slots=True)
class UserDefinedFunction(Expression):
    """CommonInlineUserDefinedFunction: code of the client; `payload` is the encoded message."""

    name: str
    payload: bytes
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsupported(Expression):
    """A kind the protocol has and Boathouse does not yet answer; binding it raises."""

    feature: str
