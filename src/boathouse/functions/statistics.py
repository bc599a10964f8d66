"""Aggregates that describe how numbers are spread, and how two of them go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck import native
from boathouse.duck.types import duck_type
from boathouse.functions.aggregate import AGGREGATE, average
from boathouse.functions.signature import DOUBLE, NUMERIC, Argument, always, never
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.duck import Expression


def moment(name: str, *columns: Expression, otherwise: Callable[[], Expression]) -> Expression:
    """The native aggregate `name`, with Spark's digits to the last, or what DuckDB has instead."""
    if native.available():
        return duck.aggregate(f"native_{name}", *columns)
    return otherwise()


def _moment(name: str) -> Callable[..., Expression]:
    return lambda *columns: moment(name, *columns, otherwise=lambda: duck.aggregate(name, *columns))


_SPREADS = (
    (
        ("stddev", "stddev_samp", "std"),
        "stddev_samp",
        "The sample standard deviation; null for fewer than two values.",
        "1.0",
    ),
    (
        ("stddev_pop",),
        "stddev_pop",
        "The standard deviation of a whole population.",
        "0.816496580927726",
    ),
    (
        ("variance", "var_samp"),
        "var_samp",
        "The sample variance; null for fewer than two values.",
        "1.0",
    ),
    (("var_pop",), "var_pop", "The variance of a whole population.", "0.6666666666666666"),
)
for _names, _duck_name, _sentence, _answer in _SPREADS:
    AGGREGATE.aggregate(
        *_names,
        takes=[DOUBLE],
        gives=t.DOUBLE,
        nullable=always,
        doc=f"""{_sentence}

    >>> SELECT {_names[0]}(tons) FROM VALUES (1), (2), (3) AS t(tons)
    {_answer}
    """,  # noqa: S608 - an example
    )(_moment(_duck_name))


_CUBED, _SQUARED_TWICE = 1e102, 1e76
"""Larger numbers have no third or fourth power: DuckDB raises, and Spark's answer is NaN."""


def _not_finite(value: Expression) -> Expression:
    return duck.f.isfinite(value).negated()


def _within(value: Expression, most: float) -> Expression:
    """`value`, null where it is NaN or so large that a power of it is infinite."""
    return duck.if_(duck.f.abs(value).at_most(most), value)


def finite(value: Expression) -> Expression:
    """`value`, null where it is infinite or NaN, over which DuckDB raises."""
    return duck.if_(duck.f.isfinite(value), value)


def or_nan(value: Expression, answer: Expression, most: float | None = None) -> Expression:
    """`answer`, or NaN where a value is infinite or NaN, or larger than `most`."""
    large = _not_finite(value) if most is None else duck.f.abs(value).greater(most)
    unusual = duck.aggregate("bool_or", large)
    return duck.if_(duck.f.coalesce(unusual, duck.FALSE), float("nan"), answer)


@AGGREGATE.aggregate("skewness", takes=[DOUBLE], gives=t.DOUBLE, nullable=always)
def skewness(value: Expression) -> Expression:
    """How lopsided the values lie around their mean: 0 where they are symmetric.

    >>> SELECT skewness(tons) FROM VALUES (1), (2), (3) AS t(tons)
    0.0
    """
    return moment("skewness", value, otherwise=lambda: _skewness(value))


def _skewness(value: Expression) -> Expression:
    known = _within(value, _CUBED)
    rows = duck.aggregate("count", known).cast("DOUBLE")
    # DuckDB corrects for a sample, which is undefined for two values; Spark does not.
    corrected = duck.aggregate("skewness", known)
    answer = duck.case(
        (duck.aggregate("var_pop", known).equals(0), None),
        (rows.equals(2), 0.0),
        otherwise=corrected * (rows - 2.0) / duck.f.sqrt(rows * (rows - 1.0)),
    )
    return or_nan(value, answer, _CUBED)


@AGGREGATE.aggregate("kurtosis", takes=[DOUBLE], gives=t.DOUBLE, nullable=always)
def kurtosis(value: Expression) -> Expression:
    """How heavy the tails are, less the 3 that a normal distribution has.

    >>> SELECT kurtosis(tons) FROM VALUES (1), (3) AS t(tons)
    -2.0
    """
    known = _within(value, _SQUARED_TWICE)
    return moment(
        "kurtosis",
        value,
        otherwise=lambda: or_nan(value, duck.aggregate("kurtosis_pop", known), _SQUARED_TWICE),
    )


# ---- two at a time ------------------------------------------------------------------------------

for _name, _sentence, _answer in (
    (
        "covar_pop",
        "The covariance of two columns that are a whole population.",
        "1.3333333333333333",
    ),
    ("covar_samp", "The covariance of two columns that are a sample.", "2.0"),
):
    AGGREGATE.aggregate(
        _name,
        takes=[DOUBLE, DOUBLE],
        gives=t.DOUBLE,
        nullable=always,
        doc=f"""{_sentence}

    >>> SELECT {_name}(tons, crew) FROM VALUES (1, 2), (2, 4), (3, 6) AS t(tons, crew)
    {_answer}
    """,  # noqa: S608 - an example
    )(_moment(_name))


def _spread(of: Expression, beside: Expression) -> Expression:
    """The sum of squared distances of `of` from its mean, over rows where both have a value."""
    # DuckDB finds 0 for a single value, whatever it is.
    both = duck.if_(beside.is_not_null(), of)
    return moment(
        "squares", both, otherwise=lambda: or_nan(both, duck.aggregate("regr_sxx", beside, of))
    )


@AGGREGATE.aggregate(
    "corr", takes=[DOUBLE, DOUBLE], gives=t.DOUBLE, nullable=always, needs=("ansi",)
)
def correlation(x: Expression, y: Expression, *, ansi: bool) -> Expression:
    """Pearson's correlation of two columns, from -1 to 1.

    >>> SELECT corr(tons, crew) FROM VALUES (1, 2), (2, 4), (3, 6) AS t(tons, crew)
    1.0
    """
    # Spark divides by a spread of zero here, which ANSI mode does not allow.
    undefined = duck.fail("DIVIDE_BY_ZERO", config='"spark.sql.ansi.enabled"') if ansi else None
    if native.available():
        answer = duck.aggregate("native_corr", x, y)
        return duck.case((duck.f.isinf(answer), undefined), otherwise=answer)
    spreads = _spread(x, y) * _spread(y, x)
    return duck.case(
        (duck.aggregate("regr_count", y, x).at_most(1), None),
        (spreads.equals(0.0), undefined),
        otherwise=duck.aggregate("regr_sxy", y, x) / duck.f.sqrt(spreads),
    )


@AGGREGATE.aggregate("regr_count", takes=[NUMERIC, NUMERIC], gives=t.LONG, nullable=never)
def regr_count(y: Expression, x: Expression) -> Expression:
    """How many rows have both values.

    >>> SELECT regr_count(crew, tons) FROM VALUES (1, 2), (2, NULL) AS t(crew, tons)
    1
    """
    return duck.aggregate("count", duck.if_(duck.all_of(y.is_not_null(), x.is_not_null()), 1))


def _average_at(position: int) -> object:
    def gives(arguments: tuple[Argument, ...]) -> t.DataType:
        given = arguments[position].type
        if isinstance(given, t.DecimalType):
            return t.DecimalType(min(given.precision + 4, 38), min(given.scale + 4, 38))
        return t.DOUBLE

    return gives


def _pair_average(
    value: Expression, other: Expression, argument: Argument, result: t.DataType
) -> Expression:
    both = duck.if_(other.is_not_null(), value)
    return average(both, arguments=(argument,), result=result)


@AGGREGATE.aggregate(
    "regr_avgx",
    takes=[NUMERIC, NUMERIC],
    gives=_average_at(1),
    nullable=always,
    needs=("arguments", "result"),
)
def regr_avgx(
    y: Expression, x: Expression, *, arguments: tuple[Argument, ...], result: t.DataType
) -> Expression:
    """The mean of the second argument over rows that have both values.

    >>> SELECT regr_avgx(crew, tons) FROM VALUES (1, 2), (NULL, 4), (3, 5) AS t(crew, tons)
    3.5
    """
    return _pair_average(x, y, arguments[1], result)


@AGGREGATE.aggregate(
    "regr_avgy",
    takes=[NUMERIC, NUMERIC],
    gives=_average_at(0),
    nullable=always,
    needs=("arguments", "result"),
)
def regr_avgy(
    y: Expression, x: Expression, *, arguments: tuple[Argument, ...], result: t.DataType
) -> Expression:
    """The mean of the first argument over rows that have both values.

    >>> SELECT regr_avgy(crew, tons) FROM VALUES (1, 2), (2, NULL), (4, 5) AS t(crew, tons)
    2.5
    """
    return _pair_average(y, x, arguments[0], result)


def _summed(
    name: str, sentence: str, answer: str, compute: Callable[[Expression, Expression], Expression]
) -> None:
    AGGREGATE.aggregate(
        name,
        takes=[DOUBLE, DOUBLE],
        gives=t.DOUBLE,
        nullable=always,
        doc=f"""{sentence}

    >>> SELECT {name}(crew, tons) FROM VALUES (2, 1), (4, 2), (6, 3) AS t(crew, tons)
    {answer}
    """,  # noqa: S608 - an example
    )(compute)


_summed(
    "regr_sxx",
    "The sum of squares of the second argument's distances from its mean.",
    "2.0",
    lambda y, x: _spread(x, y),
)
_summed(
    "regr_syy",
    "The sum of squares of the first argument's distances from its mean.",
    "8.0",
    _spread,
)
_summed(
    "regr_sxy",
    "The sum of products of both arguments' distances from their means.",
    "4.0",
    lambda y, x: moment("products", y, x, otherwise=lambda: duck.aggregate("regr_sxy", y, x)),
)


def _on_a_line(x: Expression, y: Expression, answer: Expression) -> Expression:
    """`answer` where `x` varies, NaN where it cannot be told, else null."""
    return duck.if_(_spread(x, y).greater(0.0), duck.f.coalesce(answer, float("nan")))


@AGGREGATE.aggregate("regr_slope", takes=[DOUBLE, DOUBLE], gives=t.DOUBLE, nullable=always)
def regr_slope(y: Expression, x: Expression) -> Expression:
    """The slope of the straight line that fits best; null where the second argument is constant.

    >>> SELECT regr_slope(crew, tons) FROM VALUES (2, 1), (4, 2), (6, 3) AS t(crew, tons)
    2.0
    """
    return moment(
        "slope", x, y, otherwise=lambda: _on_a_line(x, y, duck.aggregate("regr_slope", y, x))
    )


@AGGREGATE.aggregate(
    "regr_intercept", takes=[DOUBLE, DOUBLE], gives=t.DOUBLE, nullable=always, needs=("over",)
)
def regr_intercept(y: Expression, x: Expression, *, over: bool) -> Expression:
    """Where the straight line that fits best meets zero.

    >>> SELECT regr_intercept(crew, tons) FROM VALUES (2, 1), (4, 2), (6, 3) AS t(crew, tons)
    0.0
    """
    crossing = duck.aggregate("regr_intercept", y, x)
    name = "intercept_over" if over else "intercept"
    return moment(name, x, y, otherwise=lambda: _on_a_line(x, y, crossing))


@AGGREGATE.aggregate("regr_r2", takes=[DOUBLE, DOUBLE], gives=t.DOUBLE, nullable=always)
def regr_r2(y: Expression, x: Expression) -> Expression:
    """How much of the first argument's spread the best straight line explains, from 0 to 1.

    >>> SELECT regr_r2(crew, tons) FROM VALUES (2, 1), (4, 2), (6, 3) AS t(crew, tons)
    1.0
    """
    return moment("r2", y, x, otherwise=lambda: _explained(y, x))


def _explained(y: Expression, x: Expression) -> Expression:
    common = duck.aggregate("regr_sxy", y, x)
    answer = duck.if_(
        _spread(y, x).equals(0.0), 1.0, common * common / (_spread(x, y) * _spread(y, x))
    )
    return _on_a_line(x, y, answer).cast(duck_type(t.DOUBLE))
