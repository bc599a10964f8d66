"""Rounding: half up, half even, up and down, with the decimal types that Spark gives."""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.types import duck_type
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.arithmetic import overflow
from boathouse.functions.let import let
from boathouse.functions.narrowing import saturated, wrapped
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    INT,
    Argument,
    Takes,
    always,
    changed,
    constant,
    optional,
    unexpected,
)
from boathouse.types import datatypes as t
from boathouse.types.coercion import decimal_of_integral, is_string

MATH = Group("math_funcs")

_Arguments = tuple[Argument, ...]
_MOST = t.DecimalType.MAX_PRECISION


def rounded_decimal(given: t.DecimalType, digits: int) -> t.DecimalType:
    """The type of a decimal rounded to `digits` behind the point (before it, if negative)."""
    whole = given.precision - given.scale + 1
    if digits < 0:
        return t.DecimalType(min(max(whole, 1 - digits), _MOST), 0)
    scale = min(given.scale, digits)
    return t.DecimalType(min(whole + scale, _MOST), scale)


def _number(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.NumericType):
        return given.type
    return t.DOUBLE if is_string(given.type) or isinstance(given.type, t.NullType) else None


_NUMBER = Takes(_number, '"NUMERIC"')
_SCALE = changed(optional(constant(INT), 0), name="scale")


def _digits(arguments: _Arguments) -> int:
    value = arguments[1].value if len(arguments) > 1 else 0
    return value if isinstance(value, int) else 0


def _rounded_type(arguments: _Arguments) -> t.DataType:
    given = arguments[0].type
    if isinstance(given, t.DecimalType):
        return rounded_decimal(given, _digits(arguments))
    return given


# ---- half up, half even -------------------------------------------------------------------------


_MOST_OF_DOUBLES = 308
"""The digits behind the point that a power of ten which is a double can move before it."""


def _half_up_double(value: Expression, digits: int, kind: t.DataType) -> Expression:
    """Spark rounds the number as it is printed (1.005 to 1.01), DuckDB the number as it is: they
    differ next to a half only, where the text decides.
    """
    if digits <= 0:
        return duck.f.round(value, digits)
    if digits > _MOST_OF_DOUBLES:
        return value

    def build(x: Expression) -> Expression:
        scaled = duck.f.abs(x) * float(10**digits)
        distance = duck.f.abs(scaled - duck.f.floor(scaled) - 0.5)
        near_half = duck.all_of(scaled.less(1e15), distance.at_most((scaled + 1.0) * 1e-15))
        text = x.cast("DOUBLE").cast("VARCHAR")
        exact = text.try_cast(f"DECIMAL({_MOST},{min(digits, 18)})").cast("DOUBLE")
        plain = duck.if_(scaled.at_least(1e17), x, duck.f.round(x, digits))
        return duck.case((near_half, exact), otherwise=plain).cast(duck_type(kind))

    return let(value, build, "x")


def _rounding(name: str, duck_name: str, doc: str) -> None:
    def lowering(
        value: Expression,
        scale: Expression,
        *,
        arguments: _Arguments,
        result: t.DataType,
        ansi: bool,
    ) -> Expression:
        if arguments[1].value is None:
            return duck.NULL.cast(duck_type(result))
        digits = _digits(arguments)
        match arguments[0].type:
            case t.IntegralType() as kind:
                return _whole(value, digits, kind, duck_name, ansi=ansi)
            case t.DecimalType() as kind:
                if digits >= kind.scale:
                    return value.cast(duck_type(result))
                return duck.call(duck_name, value, digits).cast(duck_type(result))
            case kind:
                rounded = (
                    _half_up_double(value, digits, kind)
                    if duck_name == "round"
                    else duck.call(duck_name, value, digits)
                )
                # Java rounds in decimals, which have no minus zero.
                return (rounded + 0.0).cast(duck_type(kind))

    MATH.scalar(
        name,
        takes=[_NUMBER, _SCALE],
        gives=_rounded_type,
        nullable=always,
        needs=("arguments", "result", "ansi"),
        doc=doc,
    )(lowering)


def _whole(
    value: Expression, digits: int, kind: t.IntegralType, duck_name: str, *, ansi: bool
) -> Expression:
    if digits >= 0:
        return value
    if digits < -18:
        return value - value
    rounded = duck.call(duck_name, value.cast("HUGEINT").cast("DECIMAL(38,0)"), digits)
    number = rounded.cast("HUGEINT")
    if not ansi:
        return wrapped(number, kind.bits, "HUGEINT")
    failure = duck.if_(value.is_not_null(), overflow("Overflow"))
    return duck.f.coalesce(number.try_cast(duck_type(kind)), failure)


_rounding(
    "round",
    "round",
    """A number rounded to so many digits behind the point, half away from zero.

    >>> SELECT round(2.5)
    3
    """,
)
_rounding(
    "bround",
    "round_even",
    """A number rounded to so many digits behind the point, half to the even digit.

    >>> SELECT bround(2.5)
    2
    """,
)


# ---- up and down --------------------------------------------------------------------------------


def _bounded(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, (t.DecimalType, t.DoubleType, t.LongType)):
        return given.type
    if isinstance(given.type, t.IntegralType):
        return t.LONG
    floating = isinstance(given.type, (t.FloatType, t.NullType)) or is_string(given.type)
    return t.DOUBLE if floating else None


_BOUNDED = Takes(_bounded, '("DOUBLE" or "DECIMAL" or "BIGINT")')


def _step_types(name: str, given: _Arguments, *, ansi: bool) -> tuple[t.DataType, ...]:
    """With a number of digits everything is a decimal; without, a decimal or a BIGINT."""
    kind = _bounded(given[0], ansi)
    if kind is None:
        raise unexpected(0, _BOUNDED.wanted if len(given) == 1 else '"DECIMAL"')
    if len(given) == 1:
        return (kind,)
    whole = isinstance(given[1].type, t.IntegralType)
    if not whole or not given[1].constant or given[1].value is None:
        raise AnalysisError(
            "NON_FOLDABLE_ARGUMENT", funcName=f"`{name}`", paramName="`scale`", paramType='"INT"'
        )
    if isinstance(kind, t.LongType):
        kind = decimal_of_integral(given[0].type) or t.DecimalType(20, 0)
    if isinstance(kind, t.DoubleType):
        single = isinstance(given[0].type, t.FloatType)
        kind = t.DecimalType(14, 7) if single else t.DecimalType(30, 15)
    return kind, t.INTEGER


def _step_gives(arguments: _Arguments) -> t.DataType:
    given = arguments[0].type
    if isinstance(given, t.DecimalType):
        unchanged = len(arguments) == 1 and given.scale == 0
        return given if unchanged else rounded_decimal(given, _digits(arguments))
    return t.LONG


def _coercion(name: str) -> Callable[[_Arguments, bool], tuple[t.DataType, ...]]:
    return lambda given, ansi: _step_types(name, given, ansi=ansi)


def _stepping(name: str, *aliases: str, shown: str, doc: str) -> None:
    def lowering(
        value: Expression,
        scale: Expression | None = None,
        *,
        arguments: _Arguments,
        result: t.DataType,
    ) -> Expression:
        match arguments[0].type:
            case t.DoubleType():
                return saturated(duck.call(name, value), t.LONG)
            case t.DecimalType() as kind:
                return _stepped(name, value, kind, _digits(arguments), duck_type(result))
            case _:
                return value

    for called in (name, *aliases):
        MATH.scalar(
            called,
            takes=[_BOUNDED, optional(INT)],
            coerce=_coercion(called),
            gives=_step_gives,
            nullable=always,
            needs=("arguments", "result"),
            shows=_shows(called, shown if called == name else called),
            extra={"expects": {called: "2"}},
            doc=doc,
        )(lowering)


def _shows(name: str, single: str) -> Callable[..., str]:
    return lambda *names: f"{single if len(names) == 1 else name}({', '.join(names)})"


def _stepped(
    name: str, value: Expression, kind: t.DecimalType, digits: int, result: str
) -> Expression:
    if digits >= kind.scale:
        return value.cast(result)
    if digits == 0:
        return duck.call(name, value).cast(result)

    def beyond_all(x: Expression) -> Expression:
        """With steps longer than decimals there is zero, and nothing else."""
        moves = x.greater(0) if name == "ceil" else x.less(0)
        return duck.case((moves, None), (x.is_not_null(), duck.literal("0", result)))

    if -digits >= _MOST:
        return let(value, beyond_all, "x")

    def build(x: Expression) -> Expression:
        cut = duck.f.trunc(x, digits).cast(result)
        beyond = x.greater(cut) if name == "ceil" else x.less(cut)
        step = f"{10**-digits}" if digits < 0 else "0." + "1".rjust(digits, "0")
        unit = duck.literal(step, result)
        moved = cut + unit if name == "ceil" else cut - unit
        return duck.case((beyond, moved.cast(result)), otherwise=cut)

    return let(value, build, "x")


_stepping(
    "ceil",
    "ceiling",
    shown="CEIL",
    doc="""The least whole number (or with so many digits) that is not below a number.

    >>> SELECT ceil(1.2)
    2
    """,
)
_stepping(
    "floor",
    shown="FLOOR",
    doc="""The greatest whole number (or with so many digits) that is not above a number.

    >>> SELECT floor(1.8)
    1
    """,
)
