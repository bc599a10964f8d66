"""Aggregates that look at sorted values: percentiles, the mode, joined text."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boathouse import duck
from boathouse.duck.tree import Aggregate, SortKey
from boathouse.duck.types import duck_type
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.aggregate import AGGREGATE, present
from boathouse.functions.java_tables import place_in_map
from boathouse.functions.signature import (
    ANY,
    LONG,
    Argument,
    Takes,
    TypeMismatch,
    always,
    argument_at,
    changed,
    never,
    optional,
    same_as,
    unexpected,
    where,
)
from boathouse.types import datatypes as t
from boathouse.types.coercion import implicit_cast, is_interval, is_string
from boathouse.types.text import double_text

if TYPE_CHECKING:
    from boathouse.duck import Expression

_MAX_INT = 2**31 - 1


def _is_measure(given: t.DataType) -> bool:
    return isinstance(given, t.NumericType) or (
        is_interval(given) and not isinstance(given, t.CalendarIntervalType)
    )


def _is_place(given: t.DataType) -> bool:
    return _is_measure(given) or isinstance(
        given, (t.DateType, t.TimestampType, t.TimestampNTZType)
    )


_MEASURED = where(
    '("NUMERIC" or "INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH")', _is_measure, t.DOUBLE
)
_PLACED = where(
    '("NUMERIC" or "DATE" or "TIMESTAMP" or "TIMESTAMP_NTZ" or "INTERVAL YEAR TO MONTH" '
    'or "INTERVAL DAY TO SECOND")',
    _is_place,
    t.DOUBLE,
)


def _as_share(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.ArrayType):
        # Spark casts no text inside of an array without being asked, and nothing that may be null.
        element, may_be_null = given.type.element, given.type.contains_null
        number = isinstance(element, (t.NumericType, t.NullType)) and not may_be_null
        fits = number or element == t.DOUBLE
        return t.ArrayType(t.DOUBLE, contains_null=False) if fits else None
    return implicit_cast(given.type, t.DOUBLE, ansi=ansi)


_SHARE = Takes(_as_share, '("DOUBLE" or "ARRAY<DOUBLE>")', constant=True, name="percentage")


def _share_in(stands_for: str) -> Takes:
    """A share where Spark says which of both it wants, of a call that it shows so."""

    def refused(given: Argument, text: str) -> TypeMismatch | None:
        if _as_share(given, True) is not None:
            return None
        wanted = '"ARRAY<DOUBLE>"' if isinstance(given.type, t.ArrayType) else '"DOUBLE"'
        return unexpected(1, wanted, stands_for=stands_for)

    return changed(_SHARE, refused=refused)


def _check_share(
    arguments: tuple[Argument, ...], stands_for: str = "", *, takes_nan: bool = True
) -> None:
    share = arguments[1]
    if not share.constant:
        return
    if share.value is None:
        raise TypeMismatch("UNEXPECTED_NULL", exprName="percentage")
    shares: tuple[Any, ...] = share.value if isinstance(share.value, tuple) else (share.value,)
    if any(one is None or not _is_share(float(one), takes_nan=takes_nan) for one in shares):
        shown = ",".join("NULL" if one is None else f"{double_text(float(one))}D" for one in shares)
        raise TypeMismatch(
            "VALUE_OUT_OF_RANGE",
            stands_for=stands_for,
            exprName="percentage",
            valueRange="[0.0, 1.0]",
            currentValue=shown,
        )


def _is_share(number: float, *, takes_nan: bool) -> bool:
    # Spark asks whether it is too small or too large, and NaN is neither.
    return (takes_nan and math.isnan(number)) or 0.0 <= number <= 1.0


def _share(share: Expression, argument: Argument) -> Expression:
    """`share` with zeros for NaNs: Java's index of NaN is 0."""
    many = isinstance(argument.value, tuple)
    numbers = [float(one) for one in (argument.value if many else (argument.value,))]
    if not any(map(math.isnan, numbers)):
        return share
    known = [duck.literal(0.0 if math.isnan(one) else one) for one in numbers]
    return duck.list_of(*known) if many else known[0]


def _many(arguments: tuple[Argument, ...]) -> bool:
    return len(arguments) > 1 and isinstance(arguments[1].type, t.ArrayType)


def _one_type(given: t.DataType) -> t.DataType:
    match given:
        case t.YearMonthIntervalType():
            return t.YEAR_MONTH
        case t.DayTimeIntervalType():
            return t.DAY_TIME
        case _:
            return t.DOUBLE


def _share_type(arguments: tuple[Argument, ...]) -> t.DataType:
    one = _one_type(arguments[0].type)
    return t.ArrayType(one, contains_null=False) if _many(arguments) else one


def _cut_to(answer: Expression, result: t.DataType) -> Expression:
    """Doubles as `result`: intervals are cut towards zero, as Java's conversion does."""
    if isinstance(result, t.ArrayType):
        if isinstance(result.element, t.DoubleType):
            return answer
        cut = duck.lambda_("share", lambda share: _cut_to(share, result.element))
        return duck.f.list_transform(answer, cut)
    if isinstance(result, t.DoubleType):
        return answer
    return duck.f.trunc(answer).cast(duck_type(result))


@AGGREGATE.aggregate(
    "percentile",
    takes=[_MEASURED, _share_in(""), optional(LONG, 1)],
    gives=_share_type,
    nullable=always,
    check=_check_share,
    needs=("arguments", "result", "texts"),
)
def percentile(
    value: Expression,
    share: Expression,
    frequency: Expression,
    *,
    arguments: tuple[Argument, ...],
    result: t.DataType,
    texts: tuple[str, ...],
) -> Expression:
    """The value below which a share of all values lies, interpolated between its neighbours; the
    third argument says how often each value counts.

    >>> SELECT percentile(tons, 0.5) FROM VALUES (1), (2), (7) AS t(tons)
    2.0
    """
    number = value.cast("DOUBLE")
    if arguments[1].value == ():
        return _of_no_shares(result)
    share = _share(share, arguments[1])
    if len(arguments) < 3 or arguments[2].value == 1:
        return _cut_to(duck.aggregate("quantile_cont", number, share), result)
    negative = duck.fail(
        "NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION",
        frequencyExpression=f'"{texts[2]}"',
        negativeValue=frequency.cast("VARCHAR").joined("L"),
    )
    none = duck.list_of().cast("DOUBLE[]")
    copies = duck.case(
        (number.is_null(), None),
        (frequency.less(0), negative),
        (frequency.greater(0), duck.f.list_resize(none, frequency, number)),
    )
    flat = duck.f.flatten(present("list", copies))
    return _cut_to(duck.f.list_aggregate(flat, "quantile_cont", share), result)


def _of_no_shares(result: t.DataType) -> Expression:
    """Null: what an array of no shares asks for."""
    return duck.aggregate("first", duck.literal(None, duck_type(result)))


def _direction(order: tuple[SortKey, ...]) -> bool:
    return not order or order[0].ascending


@AGGREGATE.aggregate(
    "percentile_cont",
    takes=[_MEASURED, _share_in("percentile_cont({0}, {1})")],
    shows=lambda *names: f"percentile_cont({names[-1]})",
    gives=_share_type,
    nullable=always,
    check=lambda given: _check_share(given, "percentile_cont({0}, {1})"),
    needs=("arguments", "result", "order"),
    extra={"ordered_argument": True},
)
def percentile_cont(
    value: Expression,
    share: Expression,
    *,
    arguments: tuple[Argument, ...],
    result: t.DataType,
    order: tuple[SortKey, ...],
) -> Expression:
    """The value at a share of the sorted values, interpolated between its neighbours.

    >>> SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY tons) FROM VALUES (1), (2), (7) t(tons)
    1.5
    """
    if arguments[1].value == ():
        return _of_no_shares(result)
    known = _share(share, arguments[1])
    return _ordered("quantile_cont", value, known, result, ascending=_direction(order))


def _ordered(
    name: str, value: Expression, share: Expression, result: t.DataType, *, ascending: bool
) -> Expression:
    number = value.cast("DOUBLE")
    if ascending:
        return _cut_to(duck.aggregate(name, number, share), result)
    mirrored = duck.aggregate(name, -number, share)
    if isinstance(result, t.ArrayType):
        turned = duck.f.list_transform(mirrored, duck.lambda_("turned", lambda one: -one))
        return _cut_to(turned, result)
    return _cut_to(-mirrored, result)


@AGGREGATE.aggregate(
    "percentile_disc",
    takes=[_MEASURED, _share_in("percentile_disc({0}, {1})")],
    shows=lambda *names: f"percentile_disc({names[-1]})",
    gives=_share_type,
    nullable=always,
    check=_check_share,
    needs=("arguments", "result", "order"),
    extra={"ordered_argument": True},
)
def percentile_disc(
    value: Expression,
    share: Expression,
    *,
    arguments: tuple[Argument, ...],
    result: t.DataType,
    order: tuple[SortKey, ...],
) -> Expression:
    """The first of the sorted values that reaches a share of them.

    >>> SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY tons) FROM VALUES (1), (2), (7) t(tons)
    2.0
    """
    if arguments[1].value == ():
        return _of_no_shares(result)
    known = _share(share, arguments[1])
    return _ordered("quantile_disc", value, known, result, ascending=_direction(order))


@AGGREGATE.aggregate(
    "median",
    takes=[_MEASURED],
    gives=_share_type,
    nullable=always,
    needs=("result",),
)
def median(value: Expression, *, result: t.DataType) -> Expression:
    """The value in the middle, or the mean of the two there.

    >>> SELECT median(tons) FROM VALUES (1), (2), (7), (8) AS t(tons)
    4.5
    """
    return _cut_to(duck.aggregate("quantile_cont", value.cast("DOUBLE"), 0.5), result)


# ---- approximate --------------------------------------------------------------------------------


def _check_accuracy(arguments: tuple[Argument, ...]) -> None:
    if len(arguments) > 2 and arguments[2].constant:
        accuracy = arguments[2].value
        if accuracy is None:
            raise TypeMismatch("UNEXPECTED_NULL", exprName="accuracy")
        if not 0 < accuracy <= _MAX_INT:
            raise TypeMismatch(
                "VALUE_OUT_OF_RANGE",
                exprName="accuracy",
                valueRange=f"(0, {_MAX_INT}]",
                currentValue=f"{accuracy}L",
            )
    _check_share(arguments, takes_nan=False)


def _place_type(arguments: tuple[Argument, ...]) -> t.DataType:
    one = arguments[0].type
    return t.ArrayType(one, contains_null=False) if _many(arguments) else one


@AGGREGATE.aggregate(
    "percentile_approx",
    "approx_percentile",
    takes=[
        _PLACED,
        _SHARE,
        changed(optional(LONG, 10_000), constant=True, name="accuracy"),
    ],
    gives=_place_type,
    nullable=always,
    check=_check_accuracy,
    needs=("arguments", "result"),
)
def percentile_approx(
    value: Expression,
    share: Expression,
    accuracy: Expression,
    *,
    arguments: tuple[Argument, ...],
    result: t.DataType,
) -> Expression:
    """A value below which about a share of all values lies. Answered exactly, so that every
    accuracy asked for is met.

    >>> SELECT percentile_approx(tons, 0.5) FROM VALUES (1), (2), (7), (8) AS t(tons)
    2
    """
    if arguments[1].value == ():
        return _of_no_shares(result)
    return duck.aggregate("quantile_disc", value, share).cast(duck_type(result))


def _error_size(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    fractions = isinstance(given.type, (t.DoubleType, t.DecimalType))
    return t.DOUBLE if fractions and type(given) is Argument and given.constant else None


_LARGEST_ERROR = 1.106 / 2**1.5
"""With more, Spark's sketch would have less than four bits."""


def _check_error_size(arguments: tuple[Argument, ...]) -> None:
    size = argument_at(arguments, 1)
    if size is not None and size.value is not None and float(size.value) > _LARGEST_ERROR:
        raise AnalysisError("FAILED_FUNCTION_CALL", funcName="`approx_count_distinct`")


def _no_error_size(given: Argument, text: str) -> AnalysisError:
    return AnalysisError("_LEGACY_ERROR_TEMP_1104")


@AGGREGATE.aggregate(
    "approx_count_distinct",
    takes=[ANY, Takes(_error_size, '"DOUBLE"', default=None, refused=_no_error_size)],
    gives=t.LONG,
    nullable=never,
    check=_check_error_size,
    shows=lambda *names: f"approx_count_distinct({names[0]})",
)
def approx_count_distinct(value: Expression, error: Expression | None = None) -> Expression:
    """About how many different values there are. Counted exactly, so that every relative error
    asked for is met.

    >>> SELECT approx_count_distinct(ship) FROM VALUES ('brig'), ('sloop'), ('brig') AS t(ship)
    2
    """
    return Aggregate("count", (value,), distinct=True)


def _shown_mode(value: str, settled: str = "false") -> str:
    return f"mode() WITHIN GROUP (ORDER BY {value} DESC)" if settled == "true" else f"mode({value})"


def _boolean_alone(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    known = not given.constant or given.value is not None
    return t.BOOLEAN if isinstance(given.type, t.BooleanType) and known else None


def _no_boolean(given: Argument, text: str) -> AnalysisError:
    if given.constant and given.value is None:
        return AnalysisError(
            "DATATYPE_MISMATCH.UNEXPECTED_NULL", exprName="`deterministic`", sqlExpr=text
        )
    if not given.constant:
        return AnalysisError(
            "NON_FOLDABLE_ARGUMENT",
            funcName="`mode`",
            paramName="`deterministic`",
            paramType='"BOOLEAN"',
        )
    return AnalysisError(
        "UNEXPECTED_INPUT_TYPE",
        paramIndex="second",
        functionName="`mode`",
        requiredType='"BOOLEAN"',
        inputSql=text,
        inputType=f'"{given.type.sql}"',
    )


@AGGREGATE.aggregate(
    "mode",
    takes=[
        ANY,
        Takes(_boolean_alone, '"BOOLEAN"', constant=True, default=False, refused=_no_boolean),
    ],
    gives=same_as(0),
    nullable=always,
    needs=("arguments", "order"),
    shows=_shown_mode,
    extra={
        "ordered_argument": True,
        "reversed": True,
        "shown_ordered": "mode()",
        "expects": {"mode": "0"},
    },
)
def mode(
    value: Expression,
    deterministic: Expression,
    *,
    arguments: tuple[Argument, ...],
    order: tuple[SortKey, ...],
) -> Expression:
    """The value that occurs most often. Of several, the least when the second argument is true.

    >>> SELECT mode(ship) FROM VALUES ('brig'), ('sloop'), ('brig') AS t(ship)
    brig
    """
    given = arguments[0].type
    if arguments[0].constant:
        # With an order DuckDB takes a constant for the fraction of a percentile.
        return duck.aggregate("mode", value)
    if order or (len(arguments) > 1 and arguments[1].value is True):
        return duck.aggregate("mode", value, order=(SortKey(value, ascending=_direction(order)),))
    # Of several Spark takes the first in its hash table.
    place = place_in_map(value, given)
    return duck.aggregate("mode", value, order=() if place is None else (SortKey(place),))


# ---- joined text --------------------------------------------------------------------------------


def _textual(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.BinaryType):
        return given.type
    return implicit_cast(given.type, t.STRING, ansi=ansi)


_TEXTUAL = Takes(_textual, '("STRING" or "BINARY")')


def _same_kind(name: str, arguments: tuple[Argument, ...]) -> None:
    if len(arguments) < 2 or isinstance(arguments[1].type, t.NullType):
        return
    # Texts under two collations are of two kinds, constants too.
    if arguments[0].type != arguments[1].type:
        raise TypeMismatch(
            "DATA_DIFF_TYPES",
            functionName=f"`{name}`",
            dataType=f'("{arguments[0].type.sql}" or "{arguments[1].type.sql}")',
        )


def _add_joined(name: str) -> None:
    def shown(called: str, *names: str) -> str:
        return f"{called}({names[0]}, {names[1] if len(names) > 1 else 'NULL'})"

    AGGREGATE.aggregate(
        name,
        takes=[_TEXTUAL, changed(optional(_TEXTUAL), constant=True, name="delimiter")],
        gives=same_as(0),
        nullable=always,
        check=lambda arguments: _same_kind(name, arguments),
        needs=("order", "result", "distinct"),
        shows=lambda *names: shown(name, *names),
        # With an order, Spark shows its own name for it.
        extra={"shown_ordered": lambda *names: shown("listagg", *names)},
        doc=f"""All values that are not null, joined by a delimiter.

    >>> SELECT {name}(ship, ', ') WITHIN GROUP (ORDER BY ship) FROM VALUES ('c'), ('b') AS t(ship)
    b, c
    """,  # noqa: S608 - an example
    )(_joined)


def _joined(
    value: Expression,
    delimiter: Expression | None = None,
    *,
    order: tuple[SortKey, ...],
    result: t.DataType,
    distinct: bool,
) -> Expression:
    if is_string(result):
        between = duck.f.coalesce("" if delimiter is None else delimiter, "")
        if distinct and order and value != order[0].child:
            return _joined_in_order(value, order[0], between)
        return duck.aggregate("string_agg", value, between, order=order)
    parts = duck.aggregate("list", value, order=order)
    whole = duck.f.list_filter(parts, duck.lambda_("part", lambda part: part.is_not_null()))
    between = duck.f.coalesce(b"" if delimiter is None else delimiter, b"")
    joined = duck.lambda_("front part", lambda front, part: front.joined(between).joined(part))
    return duck.if_(duck.f.len(whole).greater(0), duck.f.list_reduce(whole, joined))


def _joined_in_order(value: Expression, key: SortKey, between: Expression) -> Expression:
    """The texts `value` of what `key` sorts by, each once. DuckDB lets DISTINCT be ordered by its
    argument only, so both are one.
    """
    pair = duck.struct_of(key=key.child, text=value)
    known = duck.aggregate("list", pair, order=(replace(key, child=pair),))
    texts = duck.f.list_transform(
        known, duck.lambda_("part", lambda part: duck.field_of(part, "text"))
    )
    there = duck.f.list_filter(texts, duck.lambda_("part", lambda part: part.is_not_null()))
    return duck.if_(duck.f.len(there).greater(0), duck.f.array_to_string(there, between))


for _name in ("listagg", "string_agg"):
    _add_joined(_name)
