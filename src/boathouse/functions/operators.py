"""Operators, and the functions that say the same: arithmetic and comparison (`logic` has AND, OR).

Types follow Spark's rules for binary operators: text gives way to the other side, numbers widen,
decimals keep their own shapes. Dates, times and intervals go to `datetime_operators`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.tree import InList
from boathouse.functions import arithmetic
from boathouse.functions.casts import cast, cast_nullable
from boathouse.functions.datetime_operators import taking_over
from boathouse.functions.let import let
from boathouse.functions.registry import Group, added
from boathouse.functions.signature import (
    ANY,
    Argument,
    Takes,
    TypeMismatch,
    Under,
    always,
    any_nullable,
    never,
    same_as,
)
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import (
    comparison_type,
    cut_decimal,
    is_orderable,
    is_string,
    operand_types,
    same_shape,
    widest,
)

MATH = Group("math_funcs")
LOGIC = Group("predicate_funcs")

_Arguments = tuple[Argument, ...]
_Operation = Callable[..., Expression]
_Pair = tuple[t.DataType, t.DataType]
_ANSI_INTERVAL = (t.YearMonthIntervalType, t.DayTimeIntervalType)
_NUMERIC = (t.NumericType,)
_SUMMABLE = (t.NumericType, *_ANSI_INTERVAL, t.CalendarIntervalType)
_SUMMABLE_WORDS = (
    '("NUMERIC" or "INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH" or "INTERVAL")'
)


def infix(symbol: str) -> Callable[..., str]:
    """How Spark names a column of a binary operator: ``(a + b)``, ``((a AND b) AND c)``."""

    def shows(*names: str) -> str:
        text = names[0]
        for name in names[1:]:
            text = f"({text} {symbol} {name})"
        return text

    return shows


# ---- arithmetic ---------------------------------------------------------------------------------


def operands(
    accepts: tuple[type[t.DataType], ...],
    wanted: str,
    empty: t.DataType = t.DOUBLE,
    *,
    whole: t.DataType | None = None,
) -> Callable[[_Arguments, bool], tuple[t.DataType, ...]]:
    """The rule for both operands, who must be among `accepts`, `wanted` in words; two bare NULLs
    are `empty`, whole numbers are all made `whole`.
    """

    def coerce(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
        first, second = given
        a, b = written(first, second), written(second, first)
        a, b = operand_types(a, b, accepts, ansi=ansi)
        if whole is not None:
            a = whole if isinstance(a, t.IntegralType) else a
            b = whole if isinstance(b, t.IntegralType) else b
        if isinstance(a, t.NullType) and isinstance(b, t.NullType):
            return empty, empty
        if isinstance(a, t.NullType) and isinstance(b, accepts):
            a = b
        elif isinstance(b, t.NullType) and isinstance(a, accepts):
            b = a
        if not _go_together(a, b, accepts):
            raise TypeMismatch("BINARY_OP_DIFF_TYPES", left=f'"{a.sql}"', right=f'"{b.sql}"')
        if not isinstance(a, accepts):
            actual = b if isinstance(a, t.NullType) else a
            raise TypeMismatch(
                "BINARY_OP_WRONG_TYPE", inputType=wanted, actualDataType=f'"{actual.sql}"'
            )
        return a, b

    return coerce


def _go_together(a: t.DataType, b: t.DataType, accepts: tuple[type[t.DataType], ...]) -> bool:
    if type(a) is type(b) and isinstance(a, (t.DecimalType, *_ANSI_INTERVAL)):
        return a == b or isinstance(a, accepts)
    if {type(a), type(b)} == {t.NullType, t.StringType}:
        return True
    return same_shape(a, b)


def written(given: Argument, other: Argument) -> t.DataType:
    """A whole number written beside a decimal is a decimal of just its digits."""
    written = type(given) is Argument and isinstance(given.value, int)
    # Spark has no such rule for 1Y.
    shrinks = isinstance(given.type, t.IntegralType) and not isinstance(given.type, t.ByteType)
    if written and shrinks and isinstance(other.type, t.DecimalType):
        return t.DecimalType(len(str(abs(given.value))), 0)
    return given.type


def _gives(
    of_decimals: Callable[[t.DecimalType, t.DecimalType], t.DataType],
) -> Callable[[_Arguments], t.DataType]:
    """The operands' own type, or what `of_decimals` says; intervals cover both their units."""

    def gives(given: _Arguments) -> t.DataType:
        a, b = given[0].type, given[1].type
        match a, b:
            case t.DecimalType(), t.DecimalType():
                return of_decimals(a, b)
            case t.YearMonthIntervalType(), t.YearMonthIntervalType():
                return t.YearMonthIntervalType(min(a.start, b.start), max(a.end, b.end))
            case t.DayTimeIntervalType(), t.DayTimeIntervalType():
                return t.DayTimeIntervalType(min(a.start, b.start), max(a.end, b.end))
            case _:
                return a

    return gives


def stored(arguments: _Arguments) -> _Pair:
    """The operands' types as numbers: intervals are whole numbers inside."""
    numbers: dict[type[t.DataType], t.DataType] = {
        t.YearMonthIntervalType: t.INTEGER,
        t.DayTimeIntervalType: t.LONG,
    }
    a, b = (numbers.get(type(given.type), given.type) for given in arguments)
    return a, b


def _symbol(symbol: str, operation: _Operation) -> _Operation:
    def lowering(
        a: Expression, b: Expression, *, arguments: _Arguments, result: t.DataType, ansi: bool
    ) -> Expression:
        kind = arguments[0].type
        if isinstance(kind, t.CalendarIntervalType):
            return duck.operator(symbol, a, b)
        if isinstance(kind, _ANSI_INTERVAL):
            tried = {"+": "add", "-": "subtract"}[symbol]
            total = duck.operator(symbol, a.cast("HUGEINT"), b.cast("HUGEINT"))
            return arithmetic.interval_in_range(
                total, result, "WITH_SUGGESTION", functionName=f"`try_{tried}`"
            )
        return operation(a, b, stored(arguments), result, arithmetic.mode_of(ansi=ansi))

    return lowering


def _dividing(operation: _Operation) -> _Operation:
    def lowering(
        a: Expression, b: Expression, *, arguments: _Arguments, result: t.DataType, ansi: bool
    ) -> Expression:
        mode, nullable = arithmetic.mode_of(ansi=ansi), arguments[0].nullable
        return operation(a, b, stored(arguments), result, mode, nullable=nullable)

    return lowering


_CUT = ", scale kept"


def cutting(name: str) -> Under:
    """The rule that hands decimals to another entry where no scale may be lost."""

    def under(setting: Callable[[str], str], given: _Arguments) -> str | None:
        if not any(isinstance(one.type, t.DecimalType) for one in given):
            return None
        kept = setting("spark.sql.decimalOperations.allowPrecisionLoss") == "false"
        return f"{name}{_CUT}" if kept else None

    return under


def _sum(symbol: str, operation: _Operation, doc: str) -> None:
    MATH.scalar(
        symbol,
        takes=[ANY, ANY],
        coerce=operands(_SUMMABLE, _SUMMABLE_WORDS),
        resolve=taking_over(symbol),
        gives=_gives(arithmetic.sum_type),
        under=cutting(symbol),
        extra={"null_without_ansi_decimals": True},
        shows=infix(symbol),
        needs=("arguments", "result", "ansi"),
        doc=doc,
    )(_symbol(symbol, operation))


_sum(
    "+",
    arithmetic.plus,
    """The sum of two numbers or intervals, or a date or time moved forward.

    >>> SELECT 1 + 1.5
    2.5
    """,
)
_sum(
    "-",
    arithmetic.minus,
    """The difference of two numbers, intervals, dates or times, or a date or time moved back.

    >>> SELECT 3 - 5
    -2
    """,
)

MATH.scalar(
    "*",
    takes=[ANY, ANY],
    coerce=operands(_NUMERIC, '"NUMERIC"'),
    resolve=taking_over("*"),
    gives=_gives(arithmetic.product_type),
    under=cutting("*"),
    extra={"null_without_ansi_decimals": True},
    shows=infix("*"),
    needs=("arguments", "result", "ansi"),
    doc="""The product of two numbers, or an interval so many times.

    >>> SELECT 1.5 * 1.5
    2.25
    """,
)(_symbol("*", arithmetic.times))


_QUOTIENT_WORDS = '("DOUBLE" or "DECIMAL")'


def _is_number_or_null(given: t.DataType) -> bool:
    return isinstance(given, (t.NumericType, t.NullType))


def _quotient_operands(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    if isinstance(given[0].type, t.NullType) and _is_number_or_null(given[1].type):
        given = (Argument(t.DOUBLE), given[1])
    if isinstance(given[0].type, t.NullType) and is_string(given[1].type) and ansi:
        # Nobody makes a number of a text beside NULL alone.
        words = {"inputType": _QUOTIENT_WORDS, "actualDataType": f'"{given[1].type.sql}"'}
        raise TypeMismatch("BINARY_OP_WRONG_TYPE", stands_for="(NULL / {1})", **words)
    a, b = operands(_NUMERIC, _QUOTIENT_WORDS)(given, ansi)
    if isinstance(a, t.DecimalType) and isinstance(b, t.DecimalType):
        return a, b
    # Beside a whole number a text is read as one, before both become doubles.
    texts = [is_string(one.type) and ansi for one in given]
    whole = isinstance(a, t.IntegralType) and any(texts)
    first, second = [a if whole and text else t.DOUBLE for text in texts]
    return first, second


def _quotient(given: _Arguments) -> t.DataType:
    """A double, unless both operands are decimals."""
    of = _gives(arithmetic.quotient_type)(given)
    return t.DOUBLE if isinstance(of, t.IntegralType) else of


MATH.scalar(
    "/",
    takes=[ANY, ANY],
    coerce=_quotient_operands,
    resolve=taking_over("/"),
    gives=_quotient,
    under=cutting("/"),
    nullable=always,
    shows=infix("/"),
    needs=("arguments", "result", "ansi"),
    doc="""The quotient of two numbers, a double or a decimal; or a part of an interval.

    >>> SELECT 3 / 2
    1.5
    """,
)(_dividing(arithmetic.over))


def _div(
    a: Expression,
    b: Expression,
    types: _Pair,
    result: t.DataType,
    mode: CastMode,
    *,
    nullable: bool,
) -> Expression:
    if isinstance(types[0], t.IntegerType):  # year-month intervals
        a, b = a.cast("BIGINT"), b.cast("BIGINT")
    return arithmetic.integral_quotient(a, b, types, mode, nullable=nullable)


def _div_operands(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    accepts = (t.IntegralType, t.DecimalType, *_ANSI_INTERVAL)
    words = '("BIGINT" or "DECIMAL" or "INTERVAL YEAR TO MONTH" or "INTERVAL DAY TO SECOND")'
    return operands(accepts, words, t.LONG, whole=t.LONG)(given, ansi)


MATH.scalar(
    "div",
    takes=[ANY, ANY],
    coerce=_div_operands,
    gives=t.LONG,
    nullable=always,
    shows=infix("div"),
    needs=("arguments", "result", "ansi"),
    doc="""How many times the second number goes into the first, as a whole number.

    >>> SELECT 7 div 2
    3
    """,
)(_dividing(_div))


def _remainder(name: str, operation: _Operation, doc: str, *, operator: bool = False) -> None:
    MATH.scalar(
        name,
        takes=[ANY, ANY],
        coerce=operands(_NUMERIC, '"NUMERIC"'),
        gives=_gives(arithmetic.remainder_type),
        under=cutting(name),
        nullable=always,
        shows=infix(name) if operator else None,
        needs=("arguments", "result", "ansi"),
        doc=doc,
    )(_dividing(operation))


_REMAINDER = """What is left of the first number after whole parts of the second, with its sign.

    >>> SELECT mod(-7, 3)
    -1
    """
_remainder("%", arithmetic.remainder, _REMAINDER.replace("mod(-7, 3)", "-7 % 3"), operator=True)
_remainder("mod", arithmetic.remainder, _REMAINDER)
_remainder(
    "pmod",
    arithmetic.positive_remainder,
    """The remainder of a division, never negative for a positive divisor.

    >>> SELECT pmod(-7, 3)
    2
    """,
)


def add_cut(name: str, of_decimals: Callable[..., t.DataType]) -> None:
    """Add the entry that takes over from `name` where decimals keep their scale."""
    entry = added(name)
    MATH.add(
        replace(
            entry,
            name=f"{name}{_CUT}",
            gives=_gives(lambda a, b: of_decimals(a, b, cut_decimal)),
            shows=entry.shows or (lambda a, b: f"{name}({a}, {b})"),
            resolve=None,
            under=None,
            hidden=True,
        )
    )


for _name, _rule in {
    "+": arithmetic.sum_type,
    "-": arithmetic.sum_type,
    "*": arithmetic.product_type,
    "/": arithmetic.quotient_type,
    "%": arithmetic.remainder_type,
    "mod": arithmetic.remainder_type,
    "pmod": arithmetic.remainder_type,
}.items():
    add_cut(_name, _rule)


# ---- one operand --------------------------------------------------------------------------------


def _signed(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, _SUMMABLE):
        return given.type
    text = is_string(given.type) or isinstance(given.type, t.NullType)
    return t.DOUBLE if text else None


_SIGNED = Takes(_signed, _SUMMABLE_WORDS)


def _negative(a: Expression, *, arguments: _Arguments, ansi: bool) -> Expression:
    kind = arguments[0].type
    if isinstance(kind, t.CalendarIntervalType):
        return -a
    if isinstance(kind, _ANSI_INTERVAL):
        return arithmetic.interval_in_range(-a.cast("HUGEINT"), kind, "WITHOUT_SUGGESTION")
    number, _ = stored((arguments[0], arguments[0]))
    return arithmetic.negated(a, number, arithmetic.mode_of(ansi=ansi))


_NEGATIVE = """The number or interval with the other sign.

    >>> SELECT negative(5)
    -5
    """
MATH.scalar(
    "negative",
    takes=[_SIGNED],
    gives=same_as(0),
    needs=("arguments", "ansi"),
    doc=_NEGATIVE,
)(_negative)
MATH.scalar(
    "unary -",
    takes=[_SIGNED],
    gives=same_as(0),
    shows=lambda a: f"(- {a})",
    needs=("arguments", "ansi"),
    hidden=True,
    doc=_NEGATIVE.replace("negative(5)", "-(5)"),
)(_negative)


@MATH.scalar("positive", takes=[_SIGNED], gives=same_as(0), shows=lambda a: f"(+ {a})")
def _positive(a: Expression) -> Expression:
    """The number or interval as it is.

    >>> SELECT positive(5)
    5
    """
    return a


# ---- comparison ---------------------------------------------------------------------------------


def _compared(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    """Both operands in the type in which they are told apart; the first decides names inside."""
    return _compared_in(comparison_type, given, ansi=ansi)


def _ordered(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    """Both operands in the type in which they have an order."""
    return _compared_in(_in_order, given, ansi=ansi)


def _compared_in(
    common_type: Callable[..., t.DataType | None], given: _Arguments, *, ansi: bool
) -> tuple[t.DataType, ...]:
    first, second = given
    left, right = written(first, second), written(second, first)
    common = common_type(left, right, ansi=ansi)
    if common is None:
        raise TypeMismatch("BINARY_OP_DIFF_TYPES", left=f'"{left.sql}"', right=f'"{right.sql}"')
    return common, common


def _in_order(a: t.DataType, b: t.DataType, *, ansi: bool) -> t.DataType | None:
    # Without ANSI true equals 1, but it does not come before 2.
    if {type(a), type(b)} & {t.BooleanType} and isinstance(a, t.NumericType) != isinstance(
        b, t.NumericType
    ):
        return None
    return comparison_type(a, b, ansi=ansi)


def ordered(name: str, stands_for: str = "") -> Callable[[_Arguments], None]:
    """A check that the first argument's type has an order, for the function or operator `name`;
    `stands_for` as in `TypeMismatch`.
    """

    def check(given: _Arguments) -> None:
        first = given[0].type
        alike = all(same_shape(first, other.type) for other in given)
        require_order((alike and widest(x.type for x in given)) or first, name, stands_for)

    return check


def require_order(kind: t.DataType, name: str, stands_for: str = "") -> None:
    """Raise unless values of `kind` have an order, as for `ordered`."""
    if not is_orderable(kind):
        raise TypeMismatch(
            "INVALID_ORDERING_TYPE",
            stands_for=stands_for,
            functionName=f"`{name}`",
            dataType=f'"{kind.sql}"',
        )


def _comparison(symbol: str, *names: str, duck_symbol: str, doc: str) -> None:
    nullable = never if symbol == "<=>" else any_nullable
    LOGIC.scalar(
        symbol,
        *names,
        takes=[ANY, ANY],
        coerce=_compared if symbol in {"=", "<=>"} else _ordered,
        check=ordered(symbol),
        gives=t.BOOLEAN,
        nullable=nullable,
        shows=infix(symbol),
        doc=doc,
    )(lambda a, b: duck.operator(duck_symbol, a, b))


_comparison(
    "=",
    "==",
    duck_symbol="=",
    doc="""Whether two values are equal; NaN equals itself.

    >>> SELECT 1 = 1.0
    true
    """,
)
_comparison(
    "<=>",
    duck_symbol="IS NOT DISTINCT FROM",
    doc="""Whether two values are equal or both null; never null.

    >>> SELECT NULL <=> 1
    false
    """,
)
_comparison(
    "<",
    duck_symbol="<",
    doc="""Whether the first value comes before the second.

    >>> SELECT 1 < 2
    true
    """,
)
_comparison(
    "<=",
    duck_symbol="<=",
    doc="""Whether the first value does not come after the second.

    >>> SELECT 2 <= 2
    true
    """,
)
_comparison(
    ">",
    duck_symbol=">",
    doc="""Whether the first value comes after the second; NaN comes after every number.

    >>> SELECT double('NaN') > 1
    true
    """,
)
_comparison(
    ">=",
    duck_symbol=">=",
    doc="""Whether the first value does not come before the second.

    >>> SELECT 1 >= 2
    false
    """,
)


@LOGIC.scalar(
    "!=",
    "<>",
    takes=[ANY, ANY],
    coerce=_compared,
    check=ordered("="),
    gives=t.BOOLEAN,
    shows=lambda a, b: f"(NOT ({a} = {b}))",
)
def _differs(a: Expression, b: Expression) -> Expression:
    """Whether two values are different.

    >>> SELECT 1 != 2
    true
    """
    return a.differs(b)


@LOGIC.scalar(
    "equal_null",
    takes=[ANY, ANY],
    coerce=_compared,
    check=ordered("<=>"),
    gives=t.BOOLEAN,
    nullable=never,
    stands_for="({0} <=> {1})",
)
def _equal_null(a: Expression, b: Expression) -> Expression:
    """Whether two values are equal or both null; never null.

    >>> SELECT equal_null(NULL, NULL)
    true
    """
    return a.same(b)


def _listed(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    types = [argument.type for argument in given]
    if all(same_shape(types[0], other) for other in types[1:]):
        return (types[0],) * len(types)
    common = widest(types, ansi=ansi)
    if common is None:
        raise TypeMismatch(
            "DATA_DIFF_TYPES",
            functionName="`in`",
            dataType=f"[{', '.join(f'{chr(34)}{x.sql}{chr(34)}' for x in types)}]",
        )
    return (common,) * len(types)


@LOGIC.scalar(
    "in",
    takes=[ANY],
    variadic=ANY,
    coerce=_listed,
    check=ordered("in"),
    gives=t.BOOLEAN,
    shows=lambda value, *items: f"({value} IN ({', '.join(items)}))",
)
def _in(value: Expression, *items: Expression) -> Expression:
    """Whether a value equals one of a list; null when it equals none and one of them is null.

    >>> SELECT 2 IN (1, 2, 3)
    true
    """
    if not items:  # Column.isin of an empty list
        return duck.literal(value=False)
    return value.equals(items[0]) if len(items) == 1 else InList(value, items)


def _bounded(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    """Each bound in the type in which it is compared with the value; the value too, if these are
    one, else it is cast for each of them.
    """
    value, *bounds = given
    compared: list[t.DataType] = []
    for bound, form in zip(bounds, (">= {1}", "<= {2}"), strict=True):
        common = _in_order(value.type, written(bound, value), ansi=ansi)
        shown = f"(commonexpressionref() {form})"
        if common is None:
            raise TypeMismatch(
                "BINARY_OP_DIFF_TYPES",
                stands_for=shown,
                left=f'"{value.type.sql}"',
                right=f'"{bound.type.sql}"',
            )
        require_order(common, form.partition(" ")[0], shown)
        compared.append(common)
    lower, upper = compared
    return (lower if lower == upper else value.type, lower, upper)


def _bounds_nullable(given: _Arguments) -> bool:
    """Whether a comparison of the first argument with one of the others may be null: text may be
    no number.
    """
    value, *others = given
    for other in others:
        common = comparison_type(value.type, other.type) or value.type
        for side in (value, other):
            if cast_nullable(side.type, common, CastMode.ANSI, side.nullable):
                return True
    return False


def compared_as(
    a: Expression,
    b: Expression,
    types: _Pair,
    compare: Callable[[Expression, Expression], Expression],
    *,
    ansi: bool,
) -> Expression:
    """`compare(a, b)` in the type in which values of `types` are compared."""
    common = comparison_type(*types, ansi=ansi)
    if common is None:
        return compare(a, b)
    mode = arithmetic.mode_of(ansi=ansi)
    return compare(cast(a, types[0], common, mode), cast(b, types[1], common, mode))


@LOGIC.scalar(
    "between",
    takes=[ANY, ANY, ANY],
    coerce=_bounded,
    nullable=_bounds_nullable,
    gives=t.BOOLEAN,
    needs=("arguments", "ansi"),
)
def _between(
    value: Expression,
    lower: Expression,
    upper: Expression,
    *,
    arguments: _Arguments,
    ansi: bool,
) -> Expression:
    """Whether a value lies between two others or equals one of them.

    >>> SELECT 2 BETWEEN 1 AND 3
    true
    """
    of, low, high = (argument.type for argument in arguments)

    def build(x: Expression) -> Expression:
        return duck.all_of(
            compared_as(x, lower, (of, low), lambda a, b: a.at_least(b), ansi=ansi),
            compared_as(x, upper, (of, high), lambda a, b: a.at_most(b), ansi=ansi),
        )

    return let(value, build, "between")
