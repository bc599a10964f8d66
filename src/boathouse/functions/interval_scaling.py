"""An interval so many times, or parts of it: hidden entries of the table, which ``*`` and ``/``
hand over to.
"""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions.arithmetic import guarded
from boathouse.functions.datetime_operators import entry
from boathouse.functions.let import let
from boathouse.functions.signature import Argument, Takes, always
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import is_string

_Arguments = tuple[Argument, ...]


def _any_interval(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    kinds = (t.CalendarIntervalType, t.YearMonthIntervalType, t.DayTimeIntervalType)
    return given.type if isinstance(given.type, kinds) else None


def _number(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.NumericType):
        return given.type
    return t.DOUBLE if is_string(given.type) or isinstance(given.type, t.NullType) else None


_INTERVAL = Takes(_any_interval, '"INTERVAL"')
_NUMBER = Takes(_number, '"NUMERIC"')


def _scaled_type(position: int) -> Callable[[_Arguments], t.DataType]:
    def gives(given: _Arguments) -> t.DataType:
        match given[position].type:
            case t.YearMonthIntervalType():
                return t.YEAR_MONTH
            case t.DayTimeIntervalType():
                return t.DAY_TIME
            case other:
                return other

    return gives


def _stored(kind: t.DataType) -> str:
    return "INTEGER" if isinstance(kind, t.YearMonthIntervalType) else "BIGINT"


def _times(span: Expression, number: Expression, *, arguments: _Arguments) -> Expression:
    kind, by = (argument.type for argument in arguments)
    if isinstance(by, t.IntegralType):
        return (span.cast("HUGEINT") * number).cast(_stored(kind))
    if isinstance(by, t.DecimalType):
        exact = span.cast("DECIMAL(19,0)") * number.cast(_fitting(by))
        return duck.f.round(exact).cast(_stored(kind))
    return duck.f.round(span.cast("DOUBLE") * number).cast(_stored(kind))


def _fitting(by: t.DecimalType) -> str:
    """A shape that leaves room for the 19 digits of an interval."""
    scale = min(by.scale, 9)
    return f"DECIMAL({min(by.precision - by.scale + scale, 19)},{scale})"


def _by_number(number: Expression, span: Expression, *, arguments: _Arguments) -> Expression:
    return _times(span, number, arguments=arguments[::-1])


def _divided(
    span: Expression,
    number: Expression,
    *,
    arguments: _Arguments,
    mode: CastMode = CastMode.ANSI,
) -> Expression:
    kind, by = (argument.type for argument in arguments)

    def build(value: Expression) -> Expression:
        top, bottom = guarded(span, value, mode, "INTERVAL_DIVIDED_BY_ZERO", nullable=False)
        if isinstance(by, t.IntegralType):
            return _half_up(top.cast("HUGEINT"), bottom.cast("HUGEINT")).cast(_stored(kind))
        return duck.f.round(top.cast("DOUBLE") / bottom.cast("DOUBLE")).cast(_stored(kind))

    return let(number, build, "divisor")


def _half_up(top: Expression, bottom: Expression) -> Expression:
    twice = top * 2 + duck.if_(top.less(0), -1, 1).cast("HUGEINT") * duck.f.abs(bottom)
    return twice // (bottom * 2)


entry(
    "interval * number",
    _times,
    """An interval so many times, rounded half up.

    >>> SELECT CAST(INTERVAL '1' MONTH * 3 AS STRING)
    INTERVAL '0-3' YEAR TO MONTH
    """,
    takes=[_INTERVAL, _NUMBER],
    gives=_scaled_type(0),
    needs=("arguments",),
    shows="({} * {})".format,
)
entry(
    "number * interval",
    _by_number,
    """An interval so many times, rounded half up.

    >>> SELECT CAST(2 * INTERVAL '1' DAY AS STRING)
    INTERVAL '2 00:00:00' DAY TO SECOND
    """,
    takes=[_NUMBER, _INTERVAL],
    gives=_scaled_type(1),
    needs=("arguments",),
    shows="({1} * {0})".format,
    extra={"swapped": True},
)
entry(
    "interval / number",
    _divided,
    """A part of an interval, rounded half up.

    >>> SELECT CAST(INTERVAL '1' DAY / 2 AS STRING)
    INTERVAL '0 12:00:00' DAY TO SECOND
    """,
    takes=[_INTERVAL, _NUMBER],
    gives=_scaled_type(0),
    needs=("arguments",),
    shows="({} / {})".format,
)
entry(
    "try interval / number",
    lambda span, number, *, arguments: _divided(
        span, number, arguments=arguments, mode=CastMode.TRY
    ),
    """A part of an interval; null for a zero divisor.

    >>> SELECT CAST(try_divide(INTERVAL '1' DAY, 0) AS STRING)
    NULL
    """,
    takes=[_INTERVAL, _NUMBER],
    gives=_scaled_type(0),
    nullable=always,
    needs=("arguments",),
)
