"""Functions and operators of Spark's group for bits."""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.tree import Prefix
from boathouse.functions.let import let
from boathouse.functions.narrowing import wrapped
from boathouse.functions.operators import infix, operands
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, INT, WHOLE, Argument, Takes, same_as
from boathouse.types import datatypes as t

BITS = Group("bitwise_funcs")

_Arguments = tuple[Argument, ...]


# ---- and, or, xor, not --------------------------------------------------------------------------


def _pair(symbol: str, doc: str, lowering: Callable[..., Expression]) -> None:
    BITS.scalar(
        symbol,
        takes=[ANY, ANY],
        coerce=operands((t.IntegralType,), '"INTEGRAL"', t.INTEGER),
        gives=same_as(0),
        shows=infix(symbol),
        doc=doc,
    )(lowering)


_pair(
    "&",
    """The bits set in both numbers.

    >>> SELECT 5 & 3
    1
    """,
    lambda a, b: duck.operator("&", a, b),
)
_pair(
    "|",
    """The bits set in either number.

    >>> SELECT 5 | 3
    7
    """,
    lambda a, b: duck.operator("|", a, b),
)
_pair(
    "^",
    """The bits set in one number alone.

    >>> SELECT 5 ^ 3
    6
    """,
    duck.f.xor,
)


def _whole(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.NullType):
        return t.INTEGER
    return given.type if isinstance(given.type, t.IntegralType) else None


@BITS.scalar(
    "~",
    takes=[Takes(_whole, '"INTEGRAL"')],
    gives=same_as(0),
    shows=lambda a: f"~{a}",
)
def _not(value: Expression) -> Expression:
    """The number with every bit turned over.

    >>> SELECT ~5
    -6
    """
    return Prefix("~", value)


# ---- shifts -------------------------------------------------------------------------------------


def _shifted(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.LongType):
        return t.LONG
    return INT.coerce(given, ansi)


_SHIFTED = Takes(_shifted, '("INT" or "BIGINT")')


def _bits(arguments: _Arguments) -> int:
    return 64 if isinstance(arguments[0].type, t.LongType) else 32


def _amount(count: Expression, bits: int) -> Expression:
    """Java looks at the lowest bits of the count alone."""
    return duck.operator("&", count, bits - 1)


def _left(value: Expression, count: Expression, *, arguments: _Arguments) -> Expression:
    bits = _bits(arguments)
    wide = "HUGEINT" if bits == 64 else "BIGINT"
    power = duck.operator("<<", duck.literal(1, wide), _amount(count, bits).cast(wide))
    return wrapped(value.cast(wide) * power, bits, wide)


def _right(value: Expression, count: Expression, *, arguments: _Arguments) -> Expression:
    wide = "BIGINT" if _bits(arguments) == 64 else "INTEGER"
    return duck.operator(">>", value, _amount(count, _bits(arguments)).cast(wide))


def _right_unsigned(value: Expression, count: Expression, *, arguments: _Arguments) -> Expression:
    bits = _bits(arguments)
    wide = "HUGEINT" if bits == 64 else "BIGINT"
    plain = duck.operator("&", value.cast(wide), duck.literal(2**bits - 1, wide))
    moved = duck.operator(">>", plain, _amount(count, bits).cast(wide))
    return wrapped(moved, bits, wide)


def _shift(name: str, symbol: str, lowering: Callable[..., Expression], doc: str) -> None:
    entry = {"takes": [_SHIFTED, INT], "gives": same_as(0), "needs": ("arguments",), "doc": doc}
    BITS.scalar(name, **entry)(lowering)
    entry = {"takes": [_SHIFTED, INT], "gives": same_as(0), "needs": ("arguments",)}
    BITS.scalar(
        symbol,
        shows=infix(symbol),
        doc=doc.replace(f"{name}(", "(").replace("(8, ", f"8 {symbol} ").replace(")\n", "\n"),
        **entry,
    )(lowering)


_shift(
    "shiftleft",
    "<<",
    _left,
    """The number with its bits moved to the left; those that leave it are lost.

    >>> SELECT shiftleft(8, 1)
    16
    """,
)
_shift(
    "shiftright",
    ">>",
    _right,
    """The number with its bits moved to the right, its sign kept.

    >>> SELECT shiftright(8, 1)
    4
    """,
)
_shift(
    "shiftrightunsigned",
    ">>>",
    _right_unsigned,
    """The number with its bits moved to the right, filled with zeros.

    >>> SELECT shiftrightunsigned(8, 1)
    4
    """,
)


# ---- single bits --------------------------------------------------------------------------------


def _countable(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.NullType):
        return t.LONG
    return given.type if isinstance(given.type, (t.IntegralType, t.BooleanType)) else None


@BITS.scalar(
    "bit_count",
    takes=[Takes(_countable, '("INTEGRAL" or "BOOLEAN")')],
    gives=t.INTEGER,
    needs=("arguments",),
)
def _bit_count(value: Expression, *, arguments: _Arguments) -> Expression:
    """How many bits of a number are set; a negative one counts as 64 bits wide.

    >>> SELECT bit_count(7)
    3
    """
    if isinstance(arguments[0].type, t.BooleanType):
        return value.cast("INTEGER")
    return duck.f.bit_count(value.cast("BIGINT")).cast("INTEGER")


def _bit(
    value: Expression, position: Expression, *, arguments: _Arguments, name: str = "getbit"
) -> Expression:
    given = arguments[0].type
    bits = given.bits if isinstance(given, t.IntegralType) else 64

    def build(at: Expression) -> Expression:
        outside = duck.any_of(at.less(0), at.at_least(bits))
        failure = duck.fail(
            "INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE",
            parameter="`pos`",
            functionName=f"`{name}`",
            upper=str(bits),
            invalidValue=at,
        )
        moved = duck.operator(">>", value.cast("BIGINT"), at.cast("BIGINT"))
        found = duck.operator("&", moved, 1).cast("TINYINT")
        return duck.case((value.is_null(), None), (outside, failure), otherwise=found)

    return let(position, build, "position")


def _add_bit(name: str) -> None:
    def lowering(value: Expression, position: Expression, *, arguments: _Arguments) -> Expression:
        return _bit(value, position, arguments=arguments, name=name)

    BITS.scalar(
        name,
        takes=[WHOLE, INT],
        gives=t.BYTE,
        needs=("arguments",),
        doc=f"""The bit of a number at a position, counted from the right from 0.

    >>> SELECT {name}(11, 0)
    1
    """,
    )(lowering)


_add_bit("getbit")
_add_bit("bit_get")
