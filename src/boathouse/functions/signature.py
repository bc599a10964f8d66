"""What an entry of the function table says: parameters, result type, nullability, meaning.

A rule about types is a named value that composes: ``takes=[array_of(ANY), INT]``,
``gives=element_of(0)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from boathouse.types import datatypes as t
from boathouse.types.coercion import implicit_cast, is_orderable, widest

if TYPE_CHECKING:
    from boathouse.duck.tree import Expression


class TypeMismatch(Exception):
    """Arguments that do not fit together: binding turns it into ``DATATYPE_MISMATCH.<subclass>``,
    adding the parameter ``sqlExpr``.
    """

    def __init__(self, subclass: str, /, stands_for: str = "", **parameters: object) -> None:
        """`subclass` as in Spark's table (``BINARY_OP_DIFF_TYPES``), with its parameters; for the
        argument at ``position``, for all ``onward`` from one, or to show the one at
        ``qualified`` as ``inputExpr``.
        `stands_for`, as in `Function`, is the part of the call that does not fit.
        """
        super().__init__(subclass)
        self.subclass = subclass
        self.stands_for = stands_for
        self.parameters = parameters


def unexpected(position: int, wanted: str, *, stands_for: str = "") -> TypeMismatch:
    """The error for the argument at `position` where types depend on each other: `wanted` is what
    should stand there. Binding adds what does.
    """
    return TypeMismatch(
        "UNEXPECTED_INPUT_TYPE", stands_for=stands_for, position=position, requiredType=wanted
    )


class _Required:
    """Marks a parameter without a default, and an argument whose value is not known."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Any = _Required()
UNKNOWN: Any = _Required()


@dataclass(frozen=True, slots=True)
class Argument:
    """What binding knows of an argument. `value` is its constant in literal form (see
    `types.datatypes`), UNKNOWN when it is not a foldable constant. `name` is the column name it
    would have, `shown` gives it as a message shows it.
    """

    type: t.DataType
    nullable: bool = True
    value: Any = UNKNOWN
    name: str = ""
    shown: Callable[[], str] = field(default=str, compare=False)

    @property
    def constant(self) -> bool:
        """Whether `value` is known while binding."""
        return self.value is not UNKNOWN

    @property
    def items(self) -> tuple[bool, ...] | None:
        """Which items may be null, of an array that is written item by item."""
        return None


ABSENT = Argument(t.NULL, nullable=False, value=None)
"""Stands for an optional argument that was left away, so that it never makes a result nullable."""


# ---- what a parameter takes
# -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Takes:
    """A rule for one parameter. `coerce(argument, ansi)` gives the type the argument is cast to, or
    None when it cannot stand there; `wanted` is how an error message names the rule. `tag` ties
    parameters that share one common type. `variables` (lambdas only) gives, from the arguments
    bound so far, the (type, nullable) of each lambda parameter; `optional_variables` may be left
    away from the right. The lowering of a `known` argument always sees a constant (see `by_value`).
    `refused` gives the error for an argument that does not fit, from its SQL text, where it is
    another than usual. Nothing is cast for an `uncast` rule. Where a rule is
    `strict` Spark casts none of the arguments of the function: what is always null is written as
    NULL.
    """

    coerce: Callable[[Argument, bool], t.DataType | None]
    wanted: str
    default: Any = REQUIRED
    tag: str = ""
    constant: bool = False
    known: bool = False
    refused: Callable[[Argument, str], Exception | None] | None = None
    variables: Callable[[tuple[Argument, ...]], tuple[tuple[t.DataType, bool], ...]] | None = None
    optional_variables: int = 0
    name: str = ""
    strict: bool = False
    uncast: bool = False


def exactly(wanted: t.DataType) -> Takes:
    """`wanted`, or what Spark casts to it without being asked."""

    def coerce(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        return implicit_cast(given.type, wanted, ansi=ansi)

    return Takes(coerce, f'"{wanted.sql}"')


def where(wanted: str, accepts: Callable[[t.DataType], bool], fallback: t.DataType) -> Takes:
    """Types for which `accepts` holds, as they are; others, NULL too, only if they cast to
    `fallback` implicitly.
    """

    def coerce(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        if accepts(given.type):
            return given.type
        return implicit_cast(given.type, fallback, ansi=ansi)

    return Takes(coerce, wanted)


def _any(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type


def _numeric(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.NumericType):
        return given.type
    return implicit_cast(given.type, t.DOUBLE, ansi=ansi)


def _orderable(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type if is_orderable(given.type) else None


ANY = Takes(_any, '"ANY"')
ORDERABLE = Takes(_orderable, '"ORDERABLE"')
NUMERIC = Takes(_numeric, '"NUMERIC"')
STRING = exactly(t.STRING)
BINARY = exactly(t.BINARY)
BOOLEAN = exactly(t.BOOLEAN)
INT = exactly(t.INTEGER)
LONG = exactly(t.LONG)
DOUBLE = exactly(t.DOUBLE)
DATE = exactly(t.DATE)
TIMESTAMP = exactly(t.TIMESTAMP)
INTEGRAL = where('"INTEGRAL"', lambda x: isinstance(x, t.IntegralType), t.LONG)
ARRAY = where('"ARRAY"', lambda x: isinstance(x, t.ArrayType), t.ArrayType(t.NULL))
MAP = where('"MAP"', lambda x: isinstance(x, t.MapType), t.MapType(t.NULL, t.NULL))
STRUCT = where('"STRUCT"', lambda x: isinstance(x, t.StructType), t.StructType(()))


def one_of(*rules: Takes) -> Takes:
    """The first rule that takes the type as it is, else the first that casts it."""

    def coerce(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        outcomes = [rule.coerce(given, ansi) for rule in rules]
        if given.type in outcomes:
            return given.type
        return next((outcome for outcome in outcomes if outcome is not None), None)

    joined = ", ".join(rule.wanted for rule in rules)
    return Takes(coerce, f"({joined})".replace(", ", " or ") if len(rules) > 1 else joined)


def as_it_is(*types: t.DataType) -> Takes:
    """Exactly one of `types`; nothing is cast, but NULL stands for the first."""

    def coerce(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        kinds = {type(each): given.type for each in types if type(each) is type(given.type)}
        elements = [each.element for each in types if isinstance(each, t.ArrayType)]
        if isinstance(given.type, t.ArrayType) and elements:
            return given.type if given.type.element in {*elements, t.NULL} else None
        return types[0] if isinstance(given.type, t.NullType) else kinds.get(type(given.type))

    names = " or ".join(f'"{each.sql}"' for each in types)
    return Takes(coerce, f"({names})" if len(types) > 1 else names, strict=True)


def _whole(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.IntegralType):
        return given.type
    return t.LONG if isinstance(given.type, t.NullType) else None


WHOLE = Takes(_whole, INTEGRAL.wanted)
"""A whole number of any size, and nothing that would have to be cast to one."""
TEXT = as_it_is(t.STRING)
"""Text, and nothing that would have to be cast to it: what Spark's older functions take."""


def array_of(rule: Takes) -> Takes:
    """An array whose elements `rule` takes."""

    def coerce(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        if isinstance(given.type, t.NullType):
            given = Argument(t.ArrayType(t.NULL))
        if not isinstance(given.type, t.ArrayType):
            return None
        element = rule.coerce(Argument(given.type.element), ansi)
        return None if element is None else t.ArrayType(element, given.type.contains_null)

    return Takes(coerce, f'"ARRAY<{rule.wanted.strip(chr(34))}>"')


def changed(rule: Takes, **fields: Any) -> Takes:
    """`rule` with other fields: ``changed(INT, default=1)``."""
    values = {name: getattr(rule, name) for name in Takes.__dataclass_fields__}
    return Takes(**(values | fields))


def optional(rule: Takes, default: Any = None) -> Takes:
    """`rule` with a `default`, a plain Python value; None means the argument is absent and the
    lowering receives None.
    """
    return changed(rule, default=default)


def constant(rule: Takes) -> Takes:
    """`rule` for an argument that must be foldable."""
    return changed(rule, constant=True)


def known(rule: Takes) -> Takes:
    """`rule` for an argument of which the lowering must know the value, in a column each one."""
    return changed(rule, known=True)


def same(tag: str, rule: Takes = ANY) -> Takes:
    """`rule`; all parameters of one `tag` are cast to their common type."""
    return changed(rule, tag=tag)


def lambda_taking(
    variables: Callable[[tuple[Argument, ...]], tuple[tuple[t.DataType, bool], ...]],
    optional_variables: int = 0,
) -> Takes:
    """A lambda; `variables` gives its parameters' types from the other arguments."""
    return Takes(_any, '"LAMBDA"', variables=variables, optional_variables=optional_variables)


# ---- what a function gives
# ------------------------------------------------------------------------

Gives = t.DataType | Callable[["tuple[Argument, ...]"], t.DataType]


def same_as(position: int) -> Callable[[tuple[Argument, ...]], t.DataType]:
    """The type of the argument at `position`."""
    return lambda arguments: arguments[position].type


def element_of(position: int) -> Callable[[tuple[Argument, ...]], t.DataType]:
    """The element type of the array at `position`."""

    def gives(arguments: tuple[Argument, ...]) -> t.DataType:
        array = arguments[position].type
        return array.element if isinstance(array, t.ArrayType) else t.NULL

    return gives


def array_giving(
    inner: Gives, *, contains_null: bool = True
) -> Callable[[tuple[Argument, ...]], t.DataType]:
    """An array of what `inner` gives."""
    return lambda arguments: t.ArrayType(result_of(inner, arguments), contains_null)


def common_type(arguments: tuple[Argument, ...]) -> t.DataType:
    """The common type of all arguments."""
    return widest(argument.type for argument in arguments) or t.NULL


def result_of(gives: Gives, arguments: tuple[Argument, ...]) -> t.DataType:
    """The type `gives` stands for, given `arguments`."""
    return gives if isinstance(gives, t.DataType) else gives(arguments)


def argument_at(arguments: tuple[Argument, ...], position: int) -> Argument | None:
    """The argument at `position`, None when it was left away: an absent one is described as a void
    that is not nullable.
    """
    if position >= len(arguments):
        return None
    found = arguments[position]
    return None if found == ABSENT else found


def any_nullable(arguments: tuple[Argument, ...]) -> bool:
    """Null when any argument is: what most functions do."""
    return any(argument.nullable for argument in arguments)


def all_nullable(arguments: tuple[Argument, ...]) -> bool:
    """Null only when all arguments are."""
    return all(argument.nullable for argument in arguments)


def always(arguments: tuple[Argument, ...]) -> bool:
    """May be null whatever the arguments are."""
    return True


def never(arguments: tuple[Argument, ...]) -> bool:
    """Never null."""
    return False


Under = Callable[[Callable[[str], str], "tuple[Argument, ...]"], "str | None"]


def under_setting(key: str, value: str, name: str, *, alone: bool = False) -> Under:
    """The rule that hands over to the entry `name` where the setting `key` is `value`, in capitals;
    if `alone` for calls without arguments.
    """

    def under(setting: Callable[[str], str], given: tuple[Argument, ...]) -> str | None:
        if alone and given:
            return None
        return name if setting(key).upper() == value else None

    return under


# ---- the entry
# --------------------------------------------------------------------------------------


class Kind(Enum):
    """Where a function may stand."""

    SCALAR = "scalar"
    AGGREGATE = "aggregate"
    WINDOW = "window"
    GENERATOR = "generator"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Function:
    """An entry of the function table.

    `lowering` receives one duck expression per argument (None for an absent optional one; lambdas
    as `duck.tree.Lambda`) and, by keyword, the facts named in `needs`: ``arguments`` (tuple of
    Argument after implicit casts), ``result`` (DataType), ``ansi`` (bool), ``zone`` (str),
    ``clock`` (the zone, and which patterns there are), ``now`` (microseconds since 1970), ``name``
    (as called), ``order`` (the duck SortKeys of WITHIN GROUP, maybe none), ``over`` (bool: under
    OVER), ``ignore_nulls`` (bool: IGNORE NULLS was said), ``distinct`` (bool: DISTINCT was said),
    ``session`` (mapping: user, catalog, database), ``setting`` (a setting's text by its key),
    ``texts`` (the arguments as names show them). An aggregate with ``extra["ordered_argument"]``
    takes the key of WITHIN GROUP as its first argument. An aggregate's lowering builds
    `duck.aggregate` nodes, on which lowering puts DISTINCT, FILTER and OVER. A generator gives a
    StructType (its output columns); its lowering yields a DuckDB list with one element per row: the
    value itself for one column, else structs with fields ``0``, ``1``, ... A missing function has
    no lowering.
    """

    name: str
    group: str
    kind: Kind
    parameters: tuple[Takes, ...] = ()
    gives: Gives = t.NULL
    lowering: Callable[..., Expression] | None = None
    aliases: tuple[str, ...] = ()
    variadic: Takes | None = None
    """The rule of all arguments after `parameters`."""
    at_least: int = 0
    """How many arguments a variadic function needs."""
    nullable: Callable[[tuple[Argument, ...]], bool] = any_nullable
    null_without_ansi: bool | Callable[[tuple[Argument, ...]], bool] = False
    """Whether values that raise under ANSI give null without, so that the result is nullable then;
    or for which arguments.
    """
    needs: tuple[str, ...] = ()
    check: Callable[[tuple[Argument, ...]], None] | None = None
    """Raises when the (cast) arguments do not fit together."""
    coerce: Callable[[tuple[Argument, ...], bool], tuple[t.DataType, ...]] | None = None
    """Replaces the parameters' own rules where types depend on each other (operators)."""
    resolve: Callable[[tuple[Argument, ...]], str | None] | None = None
    """The name of the function that takes over for these argument types, None for this one."""
    under: Under | None = None
    """The name of the function that takes over under the session's settings (a setting's text by
    its key), None for this one.
    """
    by_count: Callable[[int], str | None] | None = None
    """The name of the function that takes over for so many arguments, None for this one."""
    shows: Callable[..., str] | None = None
    """The auto-generated column name from the arguments' names; default ``name(a, b)``."""
    stands_for: str | Callable[..., str] = ""
    """The expression that Spark puts in the call's place before it looks at types, so that errors
    show it: ``coalesce({0}, {1})``, what makes it of the arguments' texts, or a mere name where
    only that is another.
    """
    deterministic: bool = True
    named: tuple[str, ...] = ()
    """The names by which the arguments may be given, none if they may not."""
    ignores_nulls: bool = False
    """Whether IGNORE NULLS may be said (first, last, any_value, lead, lag, nth_value)."""
    doc: str = ""
    hidden: bool = False
    """Operators and internal names: not listed by SHOW FUNCTIONS."""
    extra: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def missing(self) -> bool:
        """Known to Spark, not yet built here."""
        return self.lowering is None


def arity(function: Function) -> tuple[int, int | None]:
    """The least and the greatest number of arguments (None: any)."""
    least = sum(1 for rule in function.parameters if rule.default is REQUIRED)
    if "alone" in function.extra:
        least = 0
    if function.variadic is not None:
        return max(least, function.at_least), None
    return least, len(function.parameters)


def rule_at(function: Function, position: int) -> Takes:
    """The rule for the argument at `position`."""
    if position < len(function.parameters):
        return function.parameters[position]
    if function.variadic is None:
        raise IndexError(position)
    return function.variadic
