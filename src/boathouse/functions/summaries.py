"""Summaries of a column's values: count-min sketches and histograms."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.duck.types import duck_type
from boathouse.functions.aggregate import AGGREGATE
from boathouse.functions.signature import (
    Argument,
    Takes,
    TypeMismatch,
    always,
    as_it_is,
    changed,
    constant,
    exactly,
    never,
    where,
)
from boathouse.functions.sketch_sets import gathered
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string
from boathouse.types.text import double_text

Arguments = tuple[Argument, ...]


def _countable(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    kinds = (t.IntegralType, t.BinaryType)
    return given.type if isinstance(given.type, kinds) or is_string(given.type) else None


def _named(rule: Takes, name: str) -> Takes:
    return constant(changed(rule, name=name))


def _doubled(value: float) -> str:
    return f"{double_text(float(value))}D"


def _check_count_min(arguments: Arguments) -> None:
    for position, name in enumerate(("eps", "confidence", "seed"), 1):
        if arguments[position].value is None:
            raise TypeMismatch("UNEXPECTED_NULL", exprName=name)
    error, confidence = (arguments[position].value for position in (1, 2))
    if error <= 0:
        raise TypeMismatch(
            "VALUE_OUT_OF_RANGE",
            exprName="eps",
            valueRange="(0.0, 1.7976931348623157E308]",
            currentValue=_doubled(error),
        )
    if not 0 < confidence <= 1:
        raise TypeMismatch(
            "VALUE_OUT_OF_RANGE",
            exprName="confidence",
            valueRange="(0.0, 1.0]",
            currentValue=_doubled(confidence),
        )


_SHARE = as_it_is(t.DOUBLE)


@AGGREGATE.aggregate(
    "count_min_sketch",
    takes=[
        Takes(_countable, '("INTEGRAL" or "STRING" or "BINARY")'),
        _named(_SHARE, "eps"),
        _named(_SHARE, "confidence"),
        _named(exactly(t.INTEGER), "seed"),
    ],
    gives=t.BINARY,
    nullable=never,
    check=_check_count_min,
    needs=("arguments",),
    named=("column", "epsilon", "confidence", "seed"),
)
def count_min_sketch(value: Expression, *_: Expression, arguments: Arguments) -> Expression:
    """A table of counts from which Spark's CountMinSketch tells about how often a value occurs: at
    most too high by a part of all values, with a confidence; the seed draws the hash functions.

    >>> SELECT length(count_min_sketch(pier, 0.5D, 0.5D, 1)) FROM VALUES (7), (8), (7) AS t(pier)
    60
    """
    error, confidence, seed = (argument.value for argument in arguments[1:])
    compute = kernel(
        "summaries",
        "count_min",
        t.BINARY,
        error=float(error),
        confidence=float(confidence),
        seed=int(seed),
    )
    return compute(gathered(value))


# ---- histograms ---------------------------------------------------------------------------------


def _is_place(given: t.DataType) -> bool:
    kinds = (
        t.NumericType,
        t.DateType,
        t.TimestampType,
        t.TimestampNTZType,
        t.YearMonthIntervalType,
        t.DayTimeIntervalType,
    )
    return isinstance(given, kinds)


_PLACED = where(
    '("NUMERIC" or "DATE" or "TIMESTAMP" or "TIMESTAMP_NTZ" or "INTERVAL YEAR TO MONTH" or '
    '"INTERVAL DAY TO SECOND")',
    _is_place,
    t.DOUBLE,
)


def bins_of(of: t.DataType) -> t.DataType:
    """Bins whose centres are of the type `of`."""
    return t.ArrayType(t.StructType((t.StructField("x", of), t.StructField("y", t.DOUBLE))))


def _bins_type(arguments: Arguments) -> t.DataType:
    return bins_of(arguments[0].type)


def _check_bins(arguments: Arguments) -> None:
    given = arguments[1]
    if given.value is None:
        raise TypeMismatch("UNEXPECTED_NULL", exprName="nb")
    if given.value < 2:
        raise TypeMismatch(
            "VALUE_OUT_OF_RANGE",
            exprName="nb",
            valueRange="[2, 2147483647]",
            currentValue=given.value,
        )


_EPOCH = duck.literal("1970-01-01", "DATE")


def _as_double(value: Expression, given: t.DataType) -> Expression:
    match given:
        case t.DateType():
            return (value - _EPOCH).cast("DOUBLE")
        case t.TimestampType() | t.TimestampNTZType():
            return duck.f.epoch_us(value).cast("DOUBLE")
        case _:
            return value.cast("DOUBLE")


def _from_double(value: Expression, given: t.DataType) -> Expression:
    match given:
        case t.FloatType() | t.DoubleType() | t.DecimalType():
            return value.cast(duck_type(given))
        case t.DateType():
            return _EPOCH + duck.f.trunc(value).cast("INTEGER")
        case t.TimestampType():
            return duck.f.make_timestamptz(duck.f.trunc(value).cast("BIGINT"))
        case t.TimestampNTZType():
            return duck.f.make_timestamp(duck.f.trunc(value).cast("BIGINT"))
        case _:
            return duck.f.trunc(value).cast(duck_type(given))


@AGGREGATE.aggregate(
    "histogram_numeric",
    takes=[_PLACED, _named(exactly(t.INTEGER), "nb")],
    gives=_bins_type,
    nullable=always,
    check=_check_bins,
    needs=("arguments",),
)
def histogram_numeric(value: Expression, bins: Expression, arguments: Arguments) -> Expression:
    """The centres of so many bins at most, which follow the values, each with its number of values.

    >>> SELECT histogram_numeric(tons, 2) FROM VALUES (1), (3), (40) AS t(tons)
    [{2, 2.0}, {40, 1.0}]
    """
    given = arguments[0].type
    centred = duck.lambda_(
        "bin",
        lambda each: duck.struct_of(
            x=_from_double(duck.field_of(each, "x"), given), y=duck.field_of(each, "y")
        ),
    )
    return duck.f.list_transform(histogram_of_doubles(value, bins, arguments), centred)


def histogram_of_doubles(value: Expression, bins: Expression, arguments: Arguments) -> Expression:
    """The same with centres that are doubles, whatever the values are."""
    found = kernel("summaries", "histogram", bins_of(t.DOUBLE), bins=int(arguments[1].value))
    return found(gathered(_as_double(value, arguments[0].type)))
