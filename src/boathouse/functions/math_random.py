"""Random numbers. Without a seed they are DuckDB's; with one, `rewrite.draw_numbers` makes them."""

from __future__ import annotations

import math
from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.types import duck_type
from boathouse.errors.exceptions import AnalysisError, SparkRuntimeError
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    INT,
    LONG,
    Argument,
    Takes,
    TypeMismatch,
    changed,
    constant,
    never,
    optional,
    unexpected,
)
from boathouse.types import datatypes as t
from boathouse.types.coercion import tightest_common

MATH = Group("math_funcs")

_Arguments = tuple[Argument, ...]


def _seed_of(name: str) -> Takes:
    def whole(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        return t.LONG if isinstance(given.type, (t.IntegralType, t.NullType)) else None

    def refused(given: Argument, text: str) -> AnalysisError | None:
        if whole(given, True) is None:
            return None
        return AnalysisError(
            "SEED_EXPRESSION_IS_UNFOLDABLE",
            seedExpr=text,
            exprWithSeed='"{}({})"'.format(name, text.strip('"')),
        )

    return changed(optional(Takes(whole, '("INT" or "BIGINT")')), constant=True, refused=refused)


@MATH.scalar(
    "rand",
    "random",
    takes=[_seed_of("rand")],
    gives=t.DOUBLE,
    nullable=never,
    deterministic=False,
    shows=lambda *seed: f"rand({', '.join(seed)})",
)
def _rand(seed: Expression | None) -> Expression:
    """A random number from 0 up to, but not including, 1.

    >>> SELECT rand(7) < 1
    true
    """
    return duck.f.random()


@MATH.scalar(
    "randn", takes=[_seed_of("randn")], gives=t.DOUBLE, nullable=never, deterministic=False
)
def _randn(seed: Expression | None) -> Expression:
    """A random number of the standard normal distribution.

    >>> SELECT randn(7) IS NOT NULL
    true
    """
    return _normal(duck.f.random(), duck.f.random())


def _normal(first: Expression, second: Expression) -> Expression:
    """Box and Muller's method on two draws; 1 - draw is never zero."""
    radius = duck.f.sqrt(duck.f.ln(duck.literal(1.0) - first) * -2.0)
    return radius * duck.f.cos(second * (2 * math.pi))


def _hashed(seed: Expression, place: Expression) -> Expression:
    mixed = duck.call("hash", place, seed.cast("BIGINT"))
    return (mixed % duck.literal(2**53, "BIGINT")).cast("DOUBLE") / float(2**53)


@MATH.scalar("hashed_rand", takes=[LONG, LONG], gives=t.DOUBLE, nullable=never, hidden=True)
def hashed_rand(seed: Expression, place: Expression) -> Expression:
    """A number from 0 up to 1 that depends on a seed and a place alone.

    >>> SELECT hashed_rand(7, 1) = hashed_rand(7, 1)
    true
    """
    return _hashed(seed, place)


@MATH.scalar("hashed_randn", takes=[LONG, LONG], gives=t.DOUBLE, nullable=never, hidden=True)
def hashed_randn(seed: Expression, place: Expression) -> Expression:
    """A number of the standard normal distribution that depends on a seed and a place alone.

    >>> SELECT hashed_randn(7, 1) = hashed_randn(7, 1)
    true
    """
    return _normal(_hashed(seed, place * 2), _hashed(seed, place * 2 + 1))


def _ends(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    for argument, name in zip(given, ("min", "max", "seed"), strict=False):
        refused = _constant(name, "integer or floating-point")(argument, f'"{argument.name}"')
        if refused is not None:
            raise refused
    least, most = given[0].type, given[1].type
    if not isinstance(least, (t.NumericType, t.NullType)):
        raise unexpected(0, '"NUMERIC"')
    if not isinstance(most, (t.NumericType, t.NullType)):
        raise unexpected(1, '"NUMERIC"')
    if given[2:] and not isinstance(given[2].type, (*_SEEDS, t.NullType)):
        raise unexpected(2, _SEED)
    common = _between(least, most)
    return (common, common, *(t.LONG for _ in given[2:]))


_SEEDS = (t.IntegerType, t.LongType)
_SEED = '("INT" or "BIGINT")'


def _between(least: t.DataType, most: t.DataType) -> t.DataType:
    """The type of a number between two: not one that holds both, but the one that says more."""
    both = (least, most)
    for kind in (t.NullType, t.DoubleType, t.FloatType):
        if any(isinstance(end, kind) for end in both):
            return t.DOUBLE if kind is t.NullType else kind()
    decimals = [end for end in both if isinstance(end, t.DecimalType)]
    if len(decimals) == 1:
        return decimals[0]
    return tightest_common(least, most, ansi=False) or t.DOUBLE


@MATH.scalar(
    "uniform",
    takes=[ANY, ANY, optional(LONG)],
    coerce=_ends,
    gives=lambda given: given[0].type,
    nullable=never,
    needs=("result",),
    deterministic=False,
)
def _uniform(
    least: Expression, most: Expression, seed: Expression | None = None, *, result: t.DataType
) -> Expression:
    """A random number between two others.

    >>> SELECT uniform(1, 10, 0) BETWEEN 1 AND 10
    true
    """
    low, high = least.cast("DOUBLE"), most.cast("DOUBLE")
    value = low + (high - low) * duck.f.random()
    return (duck.f.floor(value) if isinstance(result, t.IntegralType) else value).cast(
        duck_type(result)
    )


def _check_length(arguments: _Arguments) -> None:
    length = arguments[0]
    if length.value is not None and length.value < 0:
        raise SparkRuntimeError(
            "INVALID_PARAMETER_VALUE.LENGTH",
            functionName="`randstr`",
            parameter="`length`",
            length=length.value,
        )


def _seed(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return t.LONG if isinstance(given.type, (*_SEEDS, t.NullType)) else None


def _constant(name: str, kind: str) -> Callable[[Argument, str], Exception | None]:
    def refused(given: Argument, text: str) -> TypeMismatch | None:
        if given.constant:
            return None
        return TypeMismatch(
            "NON_FOLDABLE_INPUT", inputName=f"`{name}`", inputType=kind, inputExpr=text
        )

    return refused


@Group("string_funcs").scalar(
    "randstr",
    takes=[
        changed(constant(INT), refused=_constant("length", "integer")),
        changed(
            constant(optional(Takes(_seed, _SEED))),
            refused=_constant("seed", "integer or floating-point"),
        ),
    ],
    gives=t.STRING,
    nullable=never,
    check=_check_length,
    deterministic=False,
)
def _randstr(length: Expression, seed: Expression | None) -> Expression:
    """A text of so many random letters and digits.

    >>> SELECT length(randstr(5, 0))
    5
    """
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    picked = duck.lambda_(
        "_i",
        lambda _: duck.f.substr(signs, duck.f.floor(duck.f.random() * 62.0).cast("BIGINT") + 1, 1),
    )
    return duck.f.array_to_string(duck.f.list_transform(duck.f.range(length), picked), "")
