"""Aggregates that count, add, compare and pick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck import native
from boathouse.duck.tree import Aggregate
from boathouse.duck.types import duck_type
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.arithmetic import decimal_of, interval_in_range, unscaled
from boathouse.functions.java_tables import in_table_order
from boathouse.functions.let import let, let_all
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    BOOLEAN,
    DOUBLE,
    ORDERABLE,
    Argument,
    Takes,
    TypeMismatch,
    always,
    argument_at,
    array_giving,
    changed,
    exactly,
    never,
    optional,
    same_as,
    where,
)
from boathouse.functions.zeros import with_one_zero
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_interval
from boathouse.types.collations import is_collated

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.duck import Expression

AGGREGATE = Group("agg_funcs")

_IS_ADDABLE = where(
    '"NUMERIC" or "ANSI INTERVAL"',
    lambda x: (
        isinstance(x, t.NumericType)
        or (is_interval(x) and not isinstance(x, t.CalendarIntervalType))
    ),
    t.DOUBLE,
)


def _addable(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    # Spark adds up timestamps as their seconds.
    if isinstance(given.type, t.TimestampType):
        return t.DOUBLE
    return _IS_ADDABLE.coerce(given, ansi)


_ADDABLE = Takes(_addable, _IS_ADDABLE.wanted)


def _integral(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.NullType):
        return t.LONG
    return given.type if isinstance(given.type, t.IntegralType) else None


def _bits(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return t.INTEGER if isinstance(given.type, t.NullType) else _integral(given, ansi)


_INTEGRAL = Takes(_integral, '"INTEGRAL"')
_BITS = Takes(_bits, '"INTEGRAL"', strict=True)


def present(name: str, *arguments: Expression, distinct: bool = False) -> Expression:
    """DuckDB's aggregate `name` over the rows where the first of `arguments` is not null."""
    condition = arguments[0].is_not_null()
    return Aggregate(name, arguments, distinct=distinct, condition=condition)


def rounded_quotient(dividend: Expression, divisor: Expression) -> Expression:
    """The HUGEINT quotient of whole numbers, halves away from zero; `divisor` is positive."""
    # DuckDB divides towards zero.
    half = duck.if_(dividend.less(0), -divisor, divisor)
    return (dividend * 2 + half) // (divisor * 2)


# ---- counting -----------------------------------------------------------------------------------


@AGGREGATE.aggregate("count", variadic=ANY, at_least=1, gives=t.LONG, nullable=never)
def count(*values: Expression) -> Expression:
    """How many rows have no null among the arguments; `*` counts every row.

    >>> SELECT count(*), count(berth) FROM VALUES (1), (NULL), (3) AS t(berth)
    3 | 2
    """
    if len(values) == 1:
        return duck.aggregate("count", values[0])
    complete = duck.all_of(*(value.is_not_null() for value in values))
    # A row value, so that DISTINCT compares all of them.
    return duck.aggregate("count", duck.if_(complete, duck.f.row(*values)))


@AGGREGATE.aggregate(
    "count_of_nothing", gives=t.LONG, nullable=never, shows=lambda: "count()", hidden=True
)
def count_of_nothing() -> Expression:
    """What count() is where a setting allows it.

    >>> SELECT count_of_nothing() FROM VALUES (1), (2)
    0
    """
    return duck.aggregate("count", duck.NULL)


@AGGREGATE.aggregate("count_if", takes=[BOOLEAN], gives=t.LONG, nullable=never)
def count_if(condition: Expression) -> Expression:
    """How many rows meet a condition.

    >>> SELECT count_if(berth > 1) FROM VALUES (1), (2), (NULL), (3) AS t(berth)
    2
    """
    return duck.aggregate("count", duck.if_(condition, 1))


# ---- adding -------------------------------------------------------------------------------------


def _sum_type(arguments: tuple[Argument, ...]) -> t.DataType:
    match arguments[0].type:
        case t.IntegralType():
            return t.LONG
        case t.DecimalType(precision=precision, scale=scale):
            return t.DecimalType(min(precision + 10, 38), scale)
        case t.YearMonthIntervalType() | t.DayTimeIntervalType() as interval:
            return interval
        case _:
            return t.DOUBLE


def _total(value: Expression, given: t.DataType) -> Expression:
    # DuckDB adds FLOATs in single precision.
    return duck.aggregate("sum", value.cast("DOUBLE") if isinstance(given, t.FloatType) else value)


_ROOMY = 28
"""Digits of decimals of which no sum of all rows there can be needs more than 38."""


def _total_or_null(value: Expression, given: t.DataType) -> Expression:
    """The total; of long decimals null where it has more than 38 digits, which would be an error
    of DuckDB's: the upper and lower halves are added up for themselves.
    """
    if not isinstance(given, t.DecimalType) or given.precision <= _ROOMY:
        return _total(value, given)
    digits = unscaled(value, given)
    half = duck.literal(10**19, "HUGEINT")
    upper, lower = (duck.aggregate("sum", part) for part in (digits // half, digits % half))

    most = duck.literal(10**t.DecimalType.MAX_PRECISION, "HUGEINT")

    def joined(high: Expression, low: Expression) -> Expression:
        # As near to the limit as this a HUGEINT still holds the total.
        near = duck.f.abs(high + low // half).at_most(half)
        total = let(
            high * half + low,
            lambda whole: duck.case((duck.f.abs(whole).less(most), decimal_of(whole, given))),
            "total",
        )
        return duck.case((near, total))

    return let_all((upper, lower), joined, "half")


def _wrapped(total: Expression) -> Expression:
    """A HUGEINT as a BIGINT that runs around past its end, as Java's does."""
    span, half = 2**64, 2**63
    return (((total % span) + (span + half)) % span - half).cast("BIGINT")


def _fitting(total: Expression, result: t.DataType) -> Expression:
    """The `total` of intervals, an error where it is none."""
    return interval_in_range(total, result, "WITH_SUGGESTION", functionName="`try_add`")


@AGGREGATE.aggregate(
    "sum",
    takes=[_ADDABLE],
    gives=_sum_type,
    nullable=always,
    needs=("arguments", "result", "ansi"),
)
def sum_(
    value: Expression, *, arguments: tuple[Argument, ...], result: t.DataType, ansi: bool
) -> Expression:
    """The total of all values that are not null; null when there are none.

    >>> SELECT sum(tons) FROM VALUES (10), (NULL), (5) AS t(tons)
    15
    """
    given = arguments[0].type
    if isinstance(result, t.DecimalType) and not ansi:
        return _total_or_null(value, given).try_cast(duck_type(result))
    total = _total(value, given)
    if isinstance(result, t.LongType) and not ansi:
        return _wrapped(total)
    if is_interval(result):
        return _fitting(total, result)
    return total.cast(duck_type(result))


@AGGREGATE.aggregate(
    "try_sum",
    takes=[_ADDABLE],
    gives=_sum_type,
    nullable=always,
    needs=("arguments", "result"),
    extra={"expects": {"try_sum": "[1, 2]"}},
)
def try_sum(
    value: Expression, *, arguments: tuple[Argument, ...], result: t.DataType
) -> Expression:
    """The total of all values that are not null; null when it does not fit its type.

    >>> SELECT try_sum(tons) FROM VALUES (9223372036854775807), (1) AS t(tons)
    NULL
    """
    return _total_or_null(value, arguments[0].type).try_cast(duck_type(result))


def _average_type(arguments: tuple[Argument, ...]) -> t.DataType:
    match arguments[0].type:
        case t.DecimalType(precision=precision, scale=scale):
            return t.DecimalType(min(precision + 4, 38), min(scale + 4, 38))
        case t.YearMonthIntervalType():
            return t.YEAR_MONTH
        case t.DayTimeIntervalType():
            return t.DAY_TIME
        case _:
            return t.DOUBLE


def decimal_average(
    value: Expression, given: t.DecimalType, result: t.DecimalType, *, over: bool = False
) -> Expression:
    """The exact mean of decimals, halves away from zero in the last digit of `result`."""
    total = duck.aggregate("sum", value).cast(f"DECIMAL(38,{given.scale})")
    rows = duck.aggregate("count", value).cast("HUGEINT")
    if not over:
        return _exact_quotient(total, rows, given, result)
    # DuckDB finds equal aggregates, but computes equal window functions again: name them once.
    both = duck.list_of(duck.struct_of(total=total, rows=rows))
    divide = duck.lambda_(
        "pair",
        lambda pair: _exact_quotient(
            duck.field_of(pair, "total"), duck.field_of(pair, "rows"), given, result
        ),
    )
    return duck.f.list_extract(duck.f.list_transform(both, divide), 1)


def _average_or_null(value: Expression, given: t.DecimalType, result: t.DecimalType) -> Expression:
    """The mean of long decimals, null where the total or the mean has too many digits."""
    shape = f"DECIMAL({t.DecimalType.MAX_PRECISION},{given.scale})"
    total = _total_or_null(value, given).cast(shape)
    size = duck.f.abs(duck.aggregate("avg", value.cast("DOUBLE")))
    fits = size.less(10.0 ** (result.precision - result.scale))
    rows = duck.aggregate("count", value).cast("HUGEINT")
    return duck.case((fits, _exact_quotient(total, rows, given, result)))


def _exact_quotient(
    total: Expression, rows: Expression, given: t.DecimalType, result: t.DecimalType
) -> Expression:
    more = result.scale - given.scale
    if native.available() and given.precision + more <= result.precision:
        units = native.call(f"digits{given.scale}", total)
        mean = native.call("decimal_over", units, rows, duck.literal(more, "INTEGER"))
        return native.call(f"decimal{result.scale}", mean).cast(duck_type(result))
    if given.precision + 10 + given.scale <= t.DecimalType.MAX_PRECISION:
        units = (total * duck.literal(10**given.scale, "HUGEINT")).cast("HUGEINT")
    else:
        # The product could outgrow 38 digits.
        units = duck.f.replace(total.cast("VARCHAR"), ".", "").cast("HUGEINT")
    if given.precision + 10 + more < t.DecimalType.MAX_PRECISION:
        quotient = rounded_quotient(units * 10**more, rows)
    else:
        # The whole part first: only the remainder, smaller than the count, is scaled up.
        rest = rounded_quotient((units % rows) * 10**more, rows)
        quotient = (units // rows) * 10**more + rest
    unit = "0." + "1".rjust(result.scale, "0")
    one_unit = duck.literal(unit, f"DECIMAL(38,{result.scale})")
    return (quotient.cast("DECIMAL(38,0)") * one_unit).cast(duck_type(result))


@AGGREGATE.aggregate(
    "avg",
    "mean",
    "try_avg",
    takes=[_ADDABLE],
    gives=_average_type,
    nullable=always,
    needs=("arguments", "result", "ansi", "name", "over"),
    extra={"expects": {"try_avg": "[1, 2]"}},
)
def average(
    value: Expression,
    *,
    arguments: tuple[Argument, ...],
    result: t.DataType,
    ansi: bool = True,
    name: str = "avg",
    over: bool = False,
) -> Expression:
    """The mean of all values that are not null; null when there are none.

    >>> SELECT avg(tons), avg(CAST(tons AS DECIMAL(4, 1))) FROM VALUES (1), (2), (2) AS t(tons)
    1.6666666666666667 | 1.66667
    """
    given = arguments[0].type
    if isinstance(given, t.DecimalType) and isinstance(result, t.DecimalType):
        if given.precision > _ROOMY and (not ansi or name == "try_avg"):
            return _average_or_null(value, given, result)
        return decimal_average(value, given, result, over=over)
    if isinstance(result, t.DoubleType):
        return duck.aggregate("avg", value.cast("DOUBLE") if given == t.FLOAT else value)
    rows = duck.aggregate("count", value).cast("HUGEINT")
    total = duck.aggregate("sum", value)
    total = total.try_cast(duck_type(result)) if name == "try_avg" else _fitting(total, result)
    return rounded_quotient(total.cast("HUGEINT"), rows).cast(duck_type(result))


AGGREGATE.aggregates(
    "product",
    "product",
    takes=[DOUBLE],
    gives=t.DOUBLE,
    nullable=always,
    hidden=True,
    doc="""The product of all values that are not null; only programs may call it.

    >>> SELECT product(tons) FROM VALUES (2), (3), (NULL) AS t(tons)
    6.0
    """,
)


# ---- comparing ----------------------------------------------------------------------------------

AGGREGATE.aggregates(
    "min",
    "min",
    takes=[ORDERABLE],
    gives=same_as(0),
    nullable=always,
    doc="""The least value; nulls do not count.

    >>> SELECT min(ship) FROM VALUES ('sloop'), ('brig'), (NULL) AS t(ship)
    brig
    """,
)
AGGREGATE.aggregates(
    "max",
    "max",
    takes=[ORDERABLE],
    gives=same_as(0),
    nullable=always,
    doc="""The greatest value; nulls do not count, and NaN is greater than any number.

    >>> SELECT max(ship) FROM VALUES ('sloop'), ('brig'), (NULL) AS t(ship)
    sloop
    """,
)


def _chosen_type(arguments: tuple[Argument, ...]) -> t.DataType:
    given = arguments[0].type
    return given if argument_at(arguments, 2) is None else t.ArrayType(given)


def _in_order(key: Expression, *, rising: bool) -> Expression:
    """`key` so that equal ones follow each other as their rows do, or the other way round."""
    if not native.available():
        return key
    place = native.call("following")
    pair = duck.struct_of(key=key, place=place if rising else -place)
    return duck.case((key.is_not_null(), pair))


def _chosen(
    name: str,
    value: Expression,
    key: Expression,
    number: Expression | None,
    arguments: tuple[Argument, ...],
) -> Expression:
    """Of several rows with the same key Spark takes the last; of those it lists the first come
    first.
    """
    if number is None:
        return duck.aggregate(f"arg_{name}_null", value, _with_row(name, key, arguments[1].type))
    # DuckDB leaves out values that are null; a struct around them is not.
    key = _in_order(key, rising=name == "min")
    chosen = duck.aggregate(f"arg_{name}", duck.struct_of(value=value), key, number)
    return duck.f.list_transform(
        chosen, duck.lambda_("row", lambda row: duck.field_of(row, "value"))
    )


_LONG_DIGITS = 18
_COUNTED = (t.BooleanType, t.IntegralType, t.YearMonthIntervalType, t.DayTimeIntervalType)


def _with_row(name: str, key: Expression, of: t.DataType) -> Expression:
    """The key of a row, of type `of`, by which a later row with an equal one is further on. Keys
    that fit into 64 bits share a number with the row, which costs little.
    """
    if not native.available():
        return key
    kind = "greatest" if name == "max" else "least"
    match of:
        case t.FloatType() | t.DoubleType():
            return native.call(f"{kind}_double", key.cast("DOUBLE"))
        case t.DateType():
            return native.call(f"{kind}_whole", duck.f.epoch_us(key.cast("TIMESTAMP")))
        case t.TimestampType() | t.TimestampNTZType():
            return native.call(f"{kind}_whole", duck.f.epoch_us(key))
        case t.DecimalType() if of.precision <= _LONG_DIGITS:
            return native.call(f"{kind}_whole", unscaled(key, of).cast("BIGINT"))
        case _ if isinstance(of, _COUNTED):
            return native.call(f"{kind}_whole", key.cast("BIGINT"))
        case _:
            return _in_order(key, rising=name == "max")


_HOW_MANY = changed(optional(exactly(t.INTEGER)), constant=True, name="k")


def _how_many(arguments: tuple[Argument, ...]) -> None:
    given = argument_at(arguments, 2)
    if given is None or not given.constant:
        return
    number = given.value or 0
    if not 1 <= number <= 100_000:
        raise TypeMismatch(
            "VALUE_OUT_OF_RANGE", exprName="`k`", valueRange="[1, 100000]", currentValue=number
        )


@AGGREGATE.aggregate(
    "max_by",
    takes=[ANY, ORDERABLE, _HOW_MANY],
    gives=_chosen_type,
    nullable=always,
    check=_how_many,
    needs=("arguments",),
)
def max_by(
    value: Expression,
    key: Expression,
    number: Expression | None = None,
    *,
    arguments: tuple[Argument, ...],
) -> Expression:
    """The value of the row whose second argument is greatest; with a third, that many of them.

    >>> SELECT max_by(ship, tons) FROM VALUES ('sloop', 40), ('brig', 200) AS t(ship, tons)
    brig
    """
    return _chosen("max", value, key, number, arguments)


@AGGREGATE.aggregate(
    "min_by",
    takes=[ANY, ORDERABLE, _HOW_MANY],
    gives=_chosen_type,
    nullable=always,
    check=_how_many,
    needs=("arguments",),
)
def min_by(
    value: Expression,
    key: Expression,
    number: Expression | None = None,
    *,
    arguments: tuple[Argument, ...],
) -> Expression:
    """The value of the row whose second argument is least; with a third, that many of them.

    >>> SELECT min_by(ship, tons) FROM VALUES ('sloop', 40), ('brig', 200) AS t(ship, tons)
    sloop
    """
    return _chosen("min", value, key, number, arguments)


@AGGREGATE.aggregate(
    "first_of_greatest", takes=[ANY, ANY], gives=same_as(0), nullable=always, hidden=True
)
def first_of_greatest(value: Expression, key: Expression) -> Expression:
    """What `max` gives of values that are compared by keys: the first of those with the greatest.

    >>> SELECT first_of_greatest(ship, tons) FROM VALUES ('hoy', 9), ('brig', 200) AS t(ship, tons)
    brig
    """
    return duck.aggregate("arg_max_null", value, key)


@AGGREGATE.aggregate(
    "first_of_least", takes=[ANY, ANY], gives=same_as(0), nullable=always, hidden=True
)
def first_of_least(value: Expression, key: Expression) -> Expression:
    """What `min` gives of values that are compared by keys: the first of those with the least.

    >>> SELECT first_of_least(ship, tons) FROM VALUES ('hoy', 9), ('brig', 200) AS t(ship, tons)
    hoy
    """
    return duck.aggregate("arg_min_null", value, key)


# ---- the first, the last ------------------------------------------------------------------------


def _skips_nulls(arguments: tuple[Argument, ...], *, said: bool) -> bool:
    return said or (len(arguments) > 1 and arguments[1].value is True)


def _first(
    value: Expression,
    skip: Expression | None = None,
    *,
    arguments: tuple[Argument, ...],
    ignore_nulls: bool,
) -> Expression:
    skips = _skips_nulls(arguments, said=ignore_nulls)
    return duck.aggregate("any_value" if skips else "first", value)


def _last(
    value: Expression,
    skip: Expression | None = None,
    *,
    arguments: tuple[Argument, ...],
    ignore_nulls: bool,
    over: bool,
) -> Expression:
    if not _skips_nulls(arguments, said=ignore_nulls):
        return duck.aggregate("last", value)
    # DuckDB knows IGNORE NULLS only under OVER, and FILTER only outside it.
    return Aggregate("last", (value,), ignore_nulls=True) if over else present("last", value)


def _flag(name: str) -> Takes:
    """What says whether nulls are passed over: Spark looks for the word TRUE or FALSE itself."""

    def coerce(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        return t.BOOLEAN if type(given) is Argument and isinstance(given.value, bool) else None

    def refused(given: Argument, text: str) -> AnalysisError:
        return AnalysisError("_LEGACY_ERROR_TEMP_1210", funcName=name)

    return Takes(coerce, '"BOOLEAN"', default=None, refused=refused)


def _add_pick(name: str, lowering: Callable[..., Expression], doc: str) -> None:
    needs = (
        ("arguments", "ignore_nulls", "over")
        if lowering is _last
        else ("arguments", "ignore_nulls")
    )
    AGGREGATE.aggregate(
        name,
        takes=[ANY, _flag(name.removesuffix("_value") if name != "any_value" else name)],
        gives=same_as(0),
        nullable=always,
        needs=needs,
        ignores_nulls=True,
        shows=lambda *names: f"{name}({names[0]})",
        doc=doc,
    )(lowering)


for _name in ("first", "first_value", "any_value"):
    _add_pick(
        _name,
        _first,
        f"""The value of the first row seen; with true as second argument, the first not null.

    >>> SELECT {_name}(berth, true) FROM VALUES (NULL), (7), (8) AS t(berth)
    7
    """,  # noqa: S608 - an example
    )
for _name in ("last", "last_value"):
    _add_pick(
        _name,
        _last,
        f"""The value of the last row seen; with true as second argument, the last not null.

    >>> SELECT {_name}(berth, true) FROM VALUES (7), (8), (NULL) AS t(berth)
    8
    """,  # noqa: S608 - an example
    )


# ---- collecting ---------------------------------------------------------------------------------


def _collectable(arguments: tuple[Argument, ...]) -> None:
    if isinstance(arguments[0].type, t.MapType) or is_collated(arguments[0].type):
        raise TypeMismatch(
            "UNSUPPORTED_INPUT_TYPE",
            functionName="`collect_set`",
            dataType='"MAP" or "COLLATED STRING"',
        )


@AGGREGATE.aggregate(
    "collect_list",
    "array_agg",
    takes=[ANY],
    gives=array_giving(same_as(0), contains_null=False),
    nullable=never,
    shows=lambda *names: f"collect_list({names[0]})",
)
def collect_list(value: Expression) -> Expression:
    """An array of all values that are not null.

    >>> SELECT collect_list(ship) FROM VALUES ('sloop'), (NULL), ('brig') AS t(ship)
    [sloop, brig]
    """
    return duck.f.coalesce(present("list", value), duck.list_of())


@AGGREGATE.aggregate(
    "collect_set",
    takes=[ANY],
    gives=array_giving(same_as(0), contains_null=False),
    nullable=never,
    check=_collectable,
    needs=("arguments",),
)
def collect_set(value: Expression, *, arguments: tuple[Argument, ...]) -> Expression:
    """An array of all different values that are not null.

    >>> SELECT collect_set(berth) FROM VALUES (1), (2), (NULL), (1) AS t(berth)
    [1, 2]
    """
    value = with_one_zero(value, arguments[0].type)
    different = in_table_order(present("list", value, distinct=True), arguments[0].type)
    return duck.f.coalesce(different, duck.list_of())


# ---- truth and bits -----------------------------------------------------------------------------

AGGREGATE.aggregates(
    "bool_and",
    "bool_and",
    "every",
    takes=[BOOLEAN],
    gives=t.BOOLEAN,
    nullable=always,
    doc="""Whether a condition holds in every row where it is not null.

    >>> SELECT bool_and(afloat) FROM VALUES (true), (NULL), (false) AS t(afloat)
    false
    """,
)
AGGREGATE.aggregates(
    "bool_or",
    "bool_or",
    "some",
    "any",
    takes=[BOOLEAN],
    gives=t.BOOLEAN,
    nullable=always,
    doc="""Whether a condition holds in some row.

    >>> SELECT bool_or(afloat) FROM VALUES (true), (NULL), (false) AS t(afloat)
    true
    """,
)
for _name, _word, _answer in (("bit_and", "AND", 1), ("bit_or", "OR", 7), ("bit_xor", "XOR", 6)):
    AGGREGATE.aggregates(
        _name,
        _name,
        takes=[_BITS],
        gives=same_as(0),
        nullable=always,
        doc=f"""The bits of all values that are not null, joined by {_word}.

    >>> SELECT {_name}(flags) FROM VALUES (3), (5) AS t(flags)
    {_answer}
    """,  # noqa: S608 - an example
    )
