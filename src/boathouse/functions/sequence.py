"""sequence(): runs of numbers, days and moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck.types import duck_type
from boathouse.functions.array import ARRAYS
from boathouse.functions.interval_parts import duration
from boathouse.functions.signature import (
    ANY,
    Argument,
    TypeMismatch,
    argument_at,
    optional,
)
from boathouse.functions.size_limits import within_array
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_datetime, is_interval, is_string, tightest_common, widest

if TYPE_CHECKING:
    from boathouse.duck import Expression

Arguments = tuple[Argument, ...]

_DAY = 86_400_000_000


def _wrong() -> TypeMismatch:
    return TypeMismatch(
        "SEQUENCE_WRONG_INPUT_TYPES",
        functionName="`sequence`",
        startType='("TIMESTAMP" or "TIMESTAMP_NTZ" or "DATE")',
        stepType='("INTERVAL" or "INTERVAL YEAR TO MONTH" or "INTERVAL DAY TO SECOND")',
        otherStartType='"INTEGRAL"',
    )


def _types(arguments: Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    bound = tightest_common(arguments[0].type, arguments[1].type)
    if bound is None and ansi:
        bound = widest((arguments[0].type, arguments[1].type))  # a text next to a number is one
    step = argument_at(arguments, 2)
    if step is not None and ansi:
        numbers = widest((*[argument.type for argument in arguments[:2]], step.type))
        texts = any(is_string(argument.type) for argument in arguments)
        if texts and isinstance(numbers, t.IntegralType):
            return numbers, numbers, numbers
    if isinstance(bound, t.IntegralType):
        if step is None:
            return bound, bound
        common = tightest_common(bound, step.type)
        if isinstance(common, t.IntegralType):
            return common, common, common
        raise _wrong()
    if bound is None or not is_datetime(bound):
        raise _wrong()
    if step is None:
        return bound, bound
    if is_interval(step.type):
        return bound, bound, step.type
    if isinstance(step.type, t.NullType):
        return bound, bound, t.DAY_TIME
    raise _wrong()


@ARRAYS.scalar(
    "sequence",
    takes=[ANY, ANY, optional(ANY)],
    coerce=_types,
    gives=lambda arguments: t.ArrayType(arguments[0].type, contains_null=False),
    needs=("arguments", "result"),
)
def sequence(
    start: Expression,
    stop: Expression,
    step: Expression | None = None,
    *,
    arguments: Arguments,
    result: t.DataType,
) -> Expression:
    """All values from a first to a last, both included, by steps of 1 or of one day, or as the
    third argument says; downwards when the last is less.

    >>> SELECT sequence(1, 7, 3), sequence(DATE '2026-02-27', DATE '2026-03-01')
    [1, 4, 7] | [2026-02-27, 2026-02-28, 2026-03-01]
    """
    given = arguments[0].type
    known = duck.all_of(*(x.is_not_null() for x in (start, stop, step) if x is not None))
    if isinstance(given, t.IntegralType):
        made = _numbers(start.cast("BIGINT"), stop.cast("BIGINT"), step)
    else:
        made = _moments(start, stop, step, arguments)
    return duck.if_(known, made).cast(duck_type(result))


def _numbers(start: Expression, stop: Expression, step: Expression | None) -> Expression:
    if step is None:
        last = within_array("sequence", _span(start, stop) + 1, stop)
        downwards = duck.f.generate_series(start, last, -1)
        return duck.if_(start.at_most(stop), duck.f.generate_series(start, last), downwards)
    step = step.cast("BIGINT")
    # What is constant is computed though it is not asked for, where steps are of nothing too.
    count = _span(start, stop) // duck.f.nullif(duck.f.abs(step.cast("HUGEINT")), 0) + 1
    last = within_array("sequence", count, stop)
    return duck.case(
        (start.equals(stop), duck.list_of(start)),
        (_away(start, stop, step), _no_way(start, stop, step)),
        otherwise=duck.f.generate_series(start, last, step),
    )


def _span(start: Expression, stop: Expression) -> Expression:
    return duck.f.abs(stop.cast("HUGEINT") - start.cast("HUGEINT"))


def _away(start: Expression, stop: Expression, step: Expression) -> Expression:
    """Whether steps of this sign never reach the end."""
    return duck.any_of(
        step.equals(0),
        duck.all_of(step.greater(0), start.greater(stop)),
        duck.all_of(step.less(0), start.less(stop)),
    )


def _no_way(start: Expression, stop: Expression, step: Expression) -> Expression:
    # Spark raises this without a condition.
    message = duck.f.concat(
        "A sequence from ",
        start.cast("VARCHAR"),
        " does not reach ",
        stop.cast("VARCHAR"),
        " by steps of ",
        step.cast("VARCHAR"),
        ".",
    )
    return duck.fail("NO_CONDITION", message=message)


# ---- days and moments ---------------------------------------------------------------------------


def _moments(
    start: Expression, stop: Expression, step: Expression | None, arguments: Arguments
) -> Expression:
    given = arguments[0].type
    if step is None:
        up, down = (_walk(start, stop, duck.literal(sign), _days, given) for sign in (1, -1))
        return duck.if_(start.at_most(stop), up, down)
    if isinstance(given, t.DateType):
        return _dates(start, stop, step, arguments[2].type)
    match arguments[2].type:
        case t.YearMonthIntervalType():
            return _checked(start, stop, step, _walk(start, stop, step, _months, given))
        case t.DayTimeIntervalType():
            made = (
                _calendar(start, stop, duration(step), step, given)
                if isinstance(given, t.TimestampType)
                else _walk(start, stop, step, _micros, given)
            )
            return _checked(start, stop, step, made)
        case _:
            size = duck.f.epoch_us(step)
            return _checked(start, stop, size, _calendar(start, stop, step, size, given))


def _dates(start: Expression, stop: Expression, step: Expression, kind: t.DataType) -> Expression:
    """Steps of less than a day are none for dates, what else they have of a day's parts counts."""
    match kind:
        case t.YearMonthIntervalType():
            name, none = "interval year to month", step.equals(0)
            made = _checked(start, stop, step, _walk(start, stop, step, _months, t.DATE))
        case t.DayTimeIntervalType():
            name, none = "interval day to second", (step // _DAY).equals(0)
            days = _walk(start, stop, step // _DAY, _days, t.DATE)
            ends = start.cast("TIMESTAMP"), stop.cast("TIMESTAMP")
            parts = _walk(*ends, step, _micros, t.TIMESTAMP_NTZ).cast("DATE[]")
            made = duck.case(((step % _DAY).differs(0), parts), otherwise=days)
            made = _checked(start, stop, step, made)
        case _:
            name, size = "interval", duck.f.epoch_us(step)
            parts = duck.f.year(step), duck.f.month(step), duck.f.day(step)
            none = duck.all_of(*(part.equals(0) for part in parts))
            made = _checked(start, stop, size, _calendar(start, stop, step, size, t.DATE))
    return duck.case(
        (none, duck.fail("_LEGACY_ERROR_TEMP_3242", intervalType=name)), otherwise=made
    )


def _checked(start: Expression, stop: Expression, size: Expression, made: Expression) -> Expression:
    return duck.case(
        (start.equals(stop), duck.list_of(start)),
        (_away(start, stop, size), _no_way(start, stop, size)),
        otherwise=made,
    )


_Unit = tuple[str, str]
_days: _Unit = ("to_days", "day")
_months: _Unit = ("to_months", "month")
_micros: _Unit = ("to_microseconds", "microsecond")


def _walk(
    start: Expression, stop: Expression, step: Expression, unit: _Unit, given: t.DataType
) -> Expression:
    """Every value from `start` by multiples of `step`: added one by one, months would lose the 31st
    for good after the first shorter month.
    """
    make, part = unit
    plain = "TIMESTAMPTZ" if isinstance(given, t.TimestampType) else "TIMESTAMP"
    span = duck.f.date_diff(part, start.cast(plain), stop.cast(plain))
    # `date_diff` counts boundaries, which may be one more or less than whole steps.
    count = duck.f.abs(span // duck.f.nullif(step.cast("BIGINT"), 0)) + 2
    size = "BIGINT" if make == "to_microseconds" else "INTEGER"

    def at(index: Expression) -> Expression:
        distance = duck.call(make, (index * step).cast(size))
        return (start + distance).cast(duck_type(given))

    every = duck.f.range(within_array("sequence", count, count))
    return _until(stop, step, duck.f.list_transform(every, duck.lambda_("i", at)))


def _calendar(
    start: Expression, stop: Expression, step: Expression, size: Expression, given: t.DataType
) -> Expression:
    span = duck.f.epoch_us(stop) - duck.f.epoch_us(start)
    # A month is counted as 30 days here and is never shorter than 28.
    count = duck.f.abs(span * 15 // duck.f.nullif(size * 14, 0)) + 2

    def at(index: Expression) -> Expression:
        return (start + step * index).cast(duck_type(given))

    every = duck.f.range(within_array("sequence", count, count))
    return _until(stop, size, duck.f.list_transform(every, duck.lambda_("i", at)))


def _until(stop: Expression, size: Expression, values: Expression) -> Expression:
    """`values` up to `stop`, or down to it."""
    inside = duck.lambda_(
        "moment",
        lambda moment: duck.if_(size.greater(0), moment.at_most(stop), moment.at_least(stop)),
    )
    return duck.f.list_filter(values, inside)
