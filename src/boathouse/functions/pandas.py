"""What the pandas API on Spark computes with: hidden entries that its client calls by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boathouse import duck
from boathouse.duck.tree import Aggregate, SortKey, Window
from boathouse.functions.aggregate import AGGREGATE
from boathouse.functions.misc import MISC
from boathouse.functions.signature import (
    ANY,
    ARRAY,
    BOOLEAN,
    DOUBLE,
    INT,
    Argument,
    always,
    constant,
    exactly,
    never,
    optional,
)
from boathouse.functions.statistics import finite, or_nan
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.duck import Expression

Arguments = tuple[Argument, ...]

_FLAG = constant(BOOLEAN)
_FREEDOM = constant(INT)
_NOTHING = 1e-14
"""A sum of squares that pandas takes for none."""


@AGGREGATE.aggregate(
    "pandas_product",
    takes=[DOUBLE, _FLAG],
    gives=t.DOUBLE,
    nullable=always,
    needs=("arguments",),
    hidden=True,
)
def product(value: Expression, drops: Expression, *, arguments: Arguments) -> Expression:
    """The product of all values; nulls are dropped, or make it null.

    >>> SELECT pandas_product(tons, true), pandas_product(tons, false)
    ...   FROM VALUES (2), (3), (NULL) AS t(tons)
    6.0 | NULL
    """
    answer = duck.aggregate("product", value)
    if arguments[1].value:
        return answer
    has_null = duck.aggregate("bool_or", value.is_null())
    return duck.if_(duck.f.coalesce(has_null, duck.FALSE), None, answer)


# ---- spread, over so many degrees of freedom less ------------------------------------------------


def _over(squares: Expression, rows: Expression, freedom: Expression) -> Expression:
    left = rows - freedom
    return duck.if_(left.differs(0), squares / left.cast("DOUBLE"))


def _squares(value: Expression) -> Expression:
    return duck.aggregate("var_pop", value) * duck.aggregate("count", value)


def _variance(value: Expression, freedom: Expression) -> Expression:
    return _over(_squares(value), duck.aggregate("count", value), freedom)


@AGGREGATE.aggregate(
    "pandas_var", takes=[DOUBLE, _FREEDOM], gives=t.DOUBLE, nullable=always, hidden=True
)
def variance(value: Expression, freedom: Expression) -> Expression:
    """The variance, divided by the number of values less `freedom`.

    >>> SELECT pandas_var(tons, 1), pandas_var(tons, 0) FROM VALUES (2), (4) AS t(tons)
    2.0 | 1.0
    """
    return _variance(value, freedom)


@AGGREGATE.aggregate(
    "pandas_stddev", takes=[DOUBLE, _FREEDOM], gives=t.DOUBLE, nullable=always, hidden=True
)
def standard_deviation(value: Expression, freedom: Expression) -> Expression:
    """The root of `pandas_var`.

    >>> SELECT pandas_stddev(tons, 0) FROM VALUES (2), (4) AS t(tons)
    1.0
    """
    return duck.f.sqrt(_variance(value, freedom))


@AGGREGATE.aggregate(
    "pandas_covar", takes=[DOUBLE, DOUBLE, _FREEDOM], gives=t.DOUBLE, nullable=always, hidden=True
)
def covariance(x: Expression, y: Expression, freedom: Expression) -> Expression:
    """The covariance, divided by the number of pairs less `freedom`.

    >>> SELECT pandas_covar(tons, crew, 1) FROM VALUES (2, 1), (4, 3) AS t(tons, crew)
    2.0
    """
    rows = duck.aggregate("regr_count", y, x)
    return _over(duck.aggregate("regr_sxy", y, x), rows, freedom)


def _corrected(name: str, value: Expression, least: int) -> Expression:
    """DuckDB's moment, which corrects for a sample as pandas does."""
    known = finite(value)
    answer = duck.case(
        (duck.aggregate("count", known).less(least), None),
        (_squares(known).less(_NOTHING), 0.0),
        otherwise=duck.aggregate(name, known),
    )
    return or_nan(value, answer)


@AGGREGATE.aggregate("pandas_skew", takes=[DOUBLE], gives=t.DOUBLE, nullable=always, hidden=True)
def skew(value: Expression) -> Expression:
    """The skewness of a sample; null for fewer than three values.

    >>> SELECT pandas_skew(tons) FROM VALUES (1), (2), (3) AS t(tons)
    0.0
    """
    return _corrected("skewness", value, 3)


@AGGREGATE.aggregate("pandas_kurt", takes=[DOUBLE], gives=t.DOUBLE, nullable=always, hidden=True)
def kurt(value: Expression) -> Expression:
    """The excess kurtosis of a sample; null for fewer than four values.

    >>> SELECT pandas_kurt(tons) FROM VALUES (1), (2), (3) AS t(tons)
    NULL
    """
    return _corrected("kurtosis", value, 4)


# ---- values -------------------------------------------------------------------------------------


@AGGREGATE.aggregate(
    "pandas_mode",
    takes=[ANY, _FLAG],
    gives=lambda arguments: t.ArrayType(arguments[0].type),
    nullable=never,
    needs=("arguments",),
    hidden=True,
)
def mode(value: Expression, drops: Expression, *, arguments: Arguments) -> Expression:
    """The values that occur most often; nulls are dropped, or count as a value.

    >>> SELECT pandas_mode(tons, true), pandas_mode(tons, false)
    ...   FROM VALUES (1), (NULL), (NULL) AS t(tons)
    [1] | [null]
    """
    # A struct around a null is not null, and so is counted.
    counted: Any = duck.struct_of(value=value)
    if arguments[1].value:
        counted = duck.if_(value.is_not_null(), counted)
    counts = duck.aggregate("histogram", counted)
    most = duck.f.list_max(duck.f.map_values(counts))
    frequent = duck.f.list_filter(
        duck.f.map_entries(counts),
        duck.lambda_("entry", lambda entry: duck.field_of(entry, "value").equals(most)),
    )
    values = duck.f.list_transform(
        frequent,
        duck.lambda_("entry", lambda entry: duck.field_of(duck.field_of(entry, "key"), "value")),
    )
    return duck.f.coalesce(values, duck.f.list_value())


@AGGREGATE.aggregate(
    "collect_top_k",
    takes=[ANY, _FREEDOM, _FLAG],
    gives=lambda arguments: t.ArrayType(arguments[0].type, contains_null=False),
    nullable=never,
    needs=("arguments",),
    hidden=True,
)
def collect_top_k(
    value: Expression, number: Expression, reverse: Expression, *, arguments: Arguments
) -> Expression:
    """The so many greatest values, the greatest first; in reverse the least, the least first.

    >>> SELECT collect_top_k(tons, 2, false), collect_top_k(tons, 2, true)
    ...   FROM VALUES (1), (3), (2) AS t(tons)
    [3, 2] | [1, 2]
    """
    order = SortKey(value, ascending=bool(arguments[2].value), nulls_first=False)
    present = duck.aggregate("list", value, order=[order])
    found = duck.f.list_slice(duck.f.list_filter(present, duck.lambda_("x", _is_there)), 1, number)
    return duck.f.coalesce(found, duck.f.list_value())


def _is_there(value: Expression) -> Expression:
    return value.is_not_null()


@MISC.scalar("array_binary_search", takes=[ARRAY, ANY], gives=t.INTEGER, hidden=True)
def array_binary_search(array: Expression, value: Expression) -> Expression:
    """Where a value stands in a sorted array, from 0; else where it would, negative and less 1.

    >>> SELECT array_binary_search(array(1, 3), 3), array_binary_search(array(1, 3), 2)
    1 | -2
    """
    smaller = duck.f.list_filter(array, duck.lambda_("x", lambda x: x.less(value)))
    missing = (duck.f.len(smaller) + 1) * -1
    position = duck.f.list_position(array, value) - 1
    return duck.if_(array.is_not_null(), duck.f.coalesce(position, missing)).cast("INTEGER")


@MISC.scalar("timestamp_ntz_to_long", takes=[exactly(t.TIMESTAMP_NTZ)], gives=t.LONG, hidden=True)
def timestamp_ntz_to_long(value: Expression) -> Expression:
    """The microseconds since 1970.

    >>> SELECT timestamp_ntz_to_long(TIMESTAMP_NTZ '1970-01-01 00:00:01')
    1000000
    """
    return duck.f.epoch_us(value)


def _row_number() -> Expression:
    return Window(Aggregate("row_number", ())) - 1


@MISC.scalar("distributed_id", gives=t.LONG, nullable=never, deterministic=False, hidden=True)
def distributed_id() -> Expression:
    """A number of its own for each row.

    >>> SELECT distributed_id()
    0
    """
    return _row_number()


@MISC.scalar(
    "distributed_sequence_id",
    takes=[optional(_FLAG)],
    gives=t.LONG,
    nullable=never,
    deterministic=False,
    hidden=True,
)
def distributed_sequence_id(caches: Expression | None = None) -> Expression:
    """The number of the row, from 0; zipWithIndex counts with it too.

    >>> SELECT distributed_sequence_id()
    0
    """
    return _row_number()
