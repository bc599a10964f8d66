"""Spark's lattice of types: what two types have in common, and what may stand for what.

ANSI mode (the default) and legacy mode differ only where text meets other types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMERIC_ORDER: tuple[type[t.DataType], ...] = (
    t.ByteType,
    t.ShortType,
    t.IntegerType,
    t.LongType,
    t.FloatType,
    t.DoubleType,
)
_INTEGRAL_DIGITS: dict[type[t.DataType], int] = {
    t.ByteType: 3,
    t.ShortType: 5,
    t.IntegerType: 10,
    t.LongType: 20,
}
_DATETIME_ORDER: tuple[type[t.DataType], ...] = (
    t.DateType,
    t.TimestampNTZType,
    t.TimestampType,
)
_MIN_ADJUSTED_SCALE = 6


def decimal_of_integral(given: t.DataType) -> t.DecimalType | None:
    """The decimal that holds every value of an integral type, else None."""
    digits = _INTEGRAL_DIGITS.get(type(given))
    return None if digits is None else t.DecimalType(digits, 0)


def bounded_decimal(precision: int, scale: int) -> t.DecimalType:
    """A decimal cut to 38 digits, keeping whole digits rather than fraction."""
    most = t.DecimalType.MAX_PRECISION
    if precision <= most:
        return t.DecimalType(precision, scale)
    whole = precision - scale
    return t.DecimalType(most, max(0, min(scale, most - whole)))


def adjusted_decimal(precision: int, scale: int) -> t.DecimalType:
    """The result type of decimal arithmetic: past 38 digits the scale shrinks, to 6 at least."""
    most = t.DecimalType.MAX_PRECISION
    if precision <= most:
        return t.DecimalType(precision, scale)
    whole = precision - scale
    kept = max(most - whole, min(scale, _MIN_ADJUSTED_SCALE))
    return t.DecimalType(most, kept)


def wider_decimal(a: t.DecimalType, b: t.DecimalType) -> t.DecimalType:
    """The decimal that holds both."""
    scale = max(a.scale, b.scale)
    whole = max(a.precision - a.scale, b.precision - b.scale)
    return bounded_decimal(whole + scale, scale)


def tightest_common(a: t.DataType, b: t.DataType) -> t.DataType | None:
    """The type both go to without losing anything, text never converted; None if there is none."""
    if a == b:
        return a
    if isinstance(a, t.NullType):
        return b
    if isinstance(b, t.NullType):
        return a
    if isinstance(a, t.NumericType) and isinstance(b, t.NumericType):
        return _common_number(a, b)
    if type(a) in _DATETIME_ORDER and type(b) in _DATETIME_ORDER:
        return max(a, b, key=lambda x: _DATETIME_ORDER.index(type(x)))
    return _common_interval(a, b) or _common_nested(a, b)


def _common_number(a: t.DataType, b: t.DataType) -> t.DataType | None:
    if isinstance(a, t.DecimalType) or isinstance(b, t.DecimalType):
        return _common_decimal(a, b)
    return max(a, b, key=lambda x: _NUMERIC_ORDER.index(type(x)))


def _common_decimal(a: t.DataType, b: t.DataType) -> t.DataType:
    left = a if isinstance(a, t.DecimalType) else decimal_of_integral(a)
    right = b if isinstance(b, t.DecimalType) else decimal_of_integral(b)
    return t.DOUBLE if left is None or right is None else wider_decimal(left, right)


def _common_interval(a: t.DataType, b: t.DataType) -> t.DataType | None:
    if isinstance(a, t.YearMonthIntervalType) and isinstance(b, t.YearMonthIntervalType):
        return t.YearMonthIntervalType(min(a.start, b.start), max(a.end, b.end))
    if isinstance(a, t.DayTimeIntervalType) and isinstance(b, t.DayTimeIntervalType):
        return t.DayTimeIntervalType(min(a.start, b.start), max(a.end, b.end))
    if isinstance(a, t.TimeType) and isinstance(b, t.TimeType):
        return t.TimeType(max(a.precision, b.precision))
    return None


def _common_nested(a: t.DataType, b: t.DataType, *, text: bool | None = None) -> t.DataType | None:
    def both(x: t.DataType, y: t.DataType) -> t.DataType | None:
        return tightest_common(x, y) if text is None else wider(x, y, ansi=text)

    match a, b:
        case t.ArrayType(), t.ArrayType():
            element = both(a.element, b.element)
            nulls = a.contains_null or b.contains_null
            return None if element is None else t.ArrayType(element, nulls)
        case t.MapType(), t.MapType():
            key, value = both(a.key, b.key), both(a.value, b.value)
            if key is None or value is None:
                return None
            return t.MapType(key, value, a.value_contains_null or b.value_contains_null)
        case t.StructType(), t.StructType() if _same_names(a, b):
            return _common_struct(a, b, text=text)
        case _:
            return None


def _same_names(a: t.StructType, b: t.StructType) -> bool:
    return [n.lower() for n in a.names] == [n.lower() for n in b.names]


def _common_struct(a: t.StructType, b: t.StructType, *, text: bool | None) -> t.StructType | None:
    fields: list[t.StructField] = []
    for x, y in zip(a.fields, b.fields, strict=True):
        common = tightest_common(x.type, y.type) if text is None else wider(x.type, y.type, ansi=text)
        if common is None:
            return None
        fields.append(t.StructField(x.name, common, x.nullable or y.nullable))
    return t.StructType(tuple(fields))


def wider(a: t.DataType, b: t.DataType, *, ansi: bool = True) -> t.DataType | None:
    """The common type of set operations, CASE, COALESCE and arrays: as `tightest_common`, but text
    gives way to the other side (ANSI) or wins (legacy).
    """
    common = tightest_common(a, b)
    if common is not None:
        return common
    for text, other in ((a, b), (b, a)):
        if is_string(text) and _is_atomic(other):
            return _text_meets(other, ansi=ansi)
    return _common_nested(a, b, text=ansi)


def _text_meets(other: t.DataType, *, ansi: bool) -> t.DataType | None:
    if is_string(other):
        return t.STRING
    if not ansi:
        return None if isinstance(other, (t.BooleanType, t.BinaryType)) else t.STRING
    match other:
        case t.IntegralType():
            return t.LONG
        case t.FractionalType():
            return t.DOUBLE
        case t.CalendarIntervalType() | t.YearMonthIntervalType() | t.DayTimeIntervalType():
            return None
        case _:
            return other


def widest(types: Iterable[t.DataType], *, ansi: bool = True) -> t.DataType | None:
    """The `wider` type of all `types`; None if two have nothing in common, void for none."""
    result: t.DataType | None = t.NULL
    for given in types:
        result = wider(result, given, ansi=ansi)
        if result is None:
            return None
    return result


def is_string(given: t.DataType) -> bool:
    """STRING of any collation, CHAR or VARCHAR."""
    return isinstance(given, (t.StringType, t.CharType, t.VarcharType))


def is_datetime(given: t.DataType) -> bool:
    """DATE or a timestamp of either kind."""
    return type(given) in _DATETIME_ORDER


def is_interval(given: t.DataType) -> bool:
    """Any of the three kinds of interval."""
    return isinstance(
        given, (t.CalendarIntervalType, t.YearMonthIntervalType, t.DayTimeIntervalType)
    )


def _is_atomic(given: t.DataType) -> bool:
    nested = (t.ArrayType, t.MapType, t.StructType, t.NullType, t.VariantType)
    return not isinstance(given, nested)


def is_orderable(given: t.DataType) -> bool:
    """Whether values can be sorted: not maps, variants or calendar intervals, at any depth."""
    match given:
        case t.MapType() | t.VariantType() | t.CalendarIntervalType():
            return False
        case t.ArrayType():
            return is_orderable(given.element)
        case t.StructType():
            return all(is_orderable(f.type) for f in given.fields)
        case t.UserDefinedType():
            return is_orderable(given.storage)
        case _:
            return True


def implicit_cast(
    given: t.DataType, wanted: t.DataType, *, ansi: bool = True, constant: bool = False
) -> t.DataType | None:
    """The type an argument of type `given` gets where a function takes `wanted`; None if refused.
    A `constant` text may become any atomic type under ANSI.
    """
    if given == wanted or (type(given) is type(wanted) and _same_but_parameters(wanted)):
        return given
    if isinstance(given, t.NullType):
        return wanted
    if is_string(wanted):
        return t.STRING if _is_atomic(given) or is_string(given) else None
    if is_string(given):
        allowed = _is_atomic(wanted)
        return wanted if allowed and (constant or not ansi or _text_casts(wanted)) else None
    return _implicit_between(given, wanted, ansi=ansi)


def _same_but_parameters(wanted: t.DataType) -> bool:
    return isinstance(wanted, (t.YearMonthIntervalType, t.DayTimeIntervalType, t.TimeType))


def _text_casts(wanted: t.DataType) -> bool:
    numbers_and_bytes = (t.NumericType, t.BooleanType, t.BinaryType)
    return isinstance(wanted, numbers_and_bytes) or is_datetime(wanted)


def _implicit_between(
    given: t.DataType, wanted: t.DataType, *, ansi: bool
) -> t.DataType | None:
    if isinstance(given, t.NumericType) and isinstance(wanted, t.NumericType):
        if isinstance(wanted, t.DecimalType):
            return decimal_of_integral(given) or wanted
        return wanted
    if is_datetime(given) and is_datetime(wanted):
        return wanted
    if isinstance(given, t.ArrayType) and isinstance(wanted, t.ArrayType):
        element = implicit_cast(given.element, wanted.element, ansi=ansi)
        return None if element is None else t.ArrayType(element, given.contains_null)
    return None
