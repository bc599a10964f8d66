"""Which type may be cast to which, and when a cast may give null. Types only, no values.

Three modes: ANSI raises for a value that does not convert, TRY and LEGACY give null.
"""

from __future__ import annotations

from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import decimal_of_integral, is_datetime, is_string

_INTERVALS = (t.YearMonthIntervalType, t.DayTimeIntervalType)
_NESTED = (t.ArrayType, t.MapType, t.StructType)
_WIDTH: dict[type[t.DataType], int] = {
    t.ByteType: 0,
    t.ShortType: 1,
    t.IntegerType: 2,
    t.LongType: 3,
    t.FloatType: 4,
    t.DoubleType: 5,
}
_EXACT = (t.IntegralType, t.DecimalType)
_NOT_IN_VARIANT = (*_INTERVALS, t.CalendarIntervalType, t.MapType, t.StructType)


def can_cast(given: t.DataType, to: t.DataType, mode: CastMode) -> bool:
    """Whether CAST from `given` to `to` is legal in `mode`, whatever the values."""
    if given == to or isinstance(given, t.NullType):
        return True
    if isinstance(given, t.UserDefinedType) or isinstance(to, t.UserDefinedType):
        return isinstance(given, t.UserDefinedType) and is_string(to)
    if isinstance(to, t.NullType):
        return False
    if is_string(to):
        return True
    if isinstance(to, t.VariantType):
        return _to_variant(given)
    match given:
        case t.ArrayType() | t.MapType() | t.StructType():
            return _can_cast_nested(given, to, mode)
        case t.VariantType():
            return _from_variant(to)
        case _:
            return not isinstance(to, _NESTED) and _can_cast_atomic(given, to, mode)


def _to_variant(given: t.DataType) -> bool:
    if isinstance(given, t.ArrayType):
        return not isinstance(given.element, t.NullType) and _to_variant(given.element)
    return not isinstance(given, _NOT_IN_VARIANT)


def _from_variant(to: t.DataType) -> bool:
    match to:
        case t.ArrayType():
            return _from_variant(to.element)
        case t.MapType():
            return is_string(to.key) and _from_variant(to.value)
        case t.StructType():
            return all(_from_variant(f.type) for f in to.fields)
        case _:
            return not isinstance(to, (*_INTERVALS, t.CalendarIntervalType))


def _can_cast_atomic(given: t.DataType, to: t.DataType, mode: CastMode) -> bool:
    legacy = mode is CastMode.LEGACY
    match given:
        case t.StringType() | t.CharType() | t.VarcharType():
            return True
        case t.BooleanType():
            return isinstance(to, (t.NumericType, t.BooleanType)) or (
                legacy and isinstance(to, t.TimestampType)
            )
        case t.NumericType():
            return _can_cast_number(given, to, legacy=legacy)
        case t.DateType():
            numbers = legacy and isinstance(to, (t.NumericType, t.BooleanType))
            return numbers or isinstance(to, (t.TimestampType, t.TimestampNTZType))
        case t.TimestampType():
            return isinstance(to, (t.NumericType, t.DateType, t.TimestampNTZType)) or (
                legacy and isinstance(to, t.BooleanType)
            )
        case t.TimestampNTZType():
            return isinstance(to, (t.DateType, t.TimestampType))
        case t.TimeType():
            return isinstance(to, (t.TimeType, *_EXACT))
        case t.YearMonthIntervalType() | t.DayTimeIntervalType():
            return isinstance(to, (type(given), *_EXACT))
        case _:
            return False


def _can_cast_number(given: t.DataType, to: t.DataType, *, legacy: bool) -> bool:
    if isinstance(to, (t.NumericType, t.BooleanType, t.TimestampType)):
        return True
    if isinstance(to, t.BinaryType):
        return legacy and isinstance(given, t.IntegralType)
    return isinstance(to, _INTERVALS) and isinstance(given, _EXACT)


def _can_cast_nested(given: t.DataType, to: t.DataType, mode: CastMode) -> bool:
    match given, to:
        case t.ArrayType(), t.ArrayType():
            return can_cast(given.element, to.element, mode) and _nulls_fit(
                given.element, to.element, mode, (given.contains_null, to.contains_null)
            )
        case t.MapType(), t.MapType():
            if not can_cast(given.key, to.key, mode) or not can_cast(given.value, to.value, mode):
                return False
            if mode is not CastMode.ANSI and _forces_null(given.key, to.key, mode):
                return False
            nulls = given.value_contains_null, to.value_contains_null
            return _nulls_fit(given.value, to.value, mode, nulls)
        case t.StructType(), t.StructType():
            if len(given) != len(to):
                return False
            return all(
                can_cast(x.type, y.type, mode)
                and _nulls_fit(x.type, y.type, mode, (x.nullable, y.nullable))
                for x, y in zip(given.fields, to.fields, strict=True)
            )
        case _:
            return False


def _nulls_fit(given: t.DataType, to: t.DataType, mode: CastMode, nulls: tuple[bool, bool]) -> bool:
    has_nulls, allowed = nulls
    if allowed:
        return True
    return not has_nulls and (mode is CastMode.ANSI or not _forces_null(given, to, mode))


def _forces_null(given: t.DataType, to: t.DataType, mode: CastMode) -> bool:
    return cast_nullable(given, to, mode, False)


def cast_nullable(
    given: t.DataType,
    to: t.DataType,
    mode: CastMode,
    nullable: bool,  # noqa: FBT001 - the fourth fact of a cast
) -> bool:
    """Whether the result of a cast may be null, of a `nullable` child or not."""
    if nullable or isinstance(given, t.NullType):
        return nullable
    if mode is CastMode.TRY:
        reads = isinstance(given, t.VariantType) or not isinstance(to, t.BinaryType)
        return reads and not is_up_cast(given, to)
    return given != to and _may_give_null(given, to)


def _may_give_null(given: t.DataType, to: t.DataType) -> bool:
    if is_string(given):
        return not is_string(to) and not isinstance(to, t.BinaryType)
    if is_string(to):
        return isinstance(given, t.VariantType)
    match given:
        case t.VariantType():
            return True
        case t.DateType():
            return not isinstance(to, t.TimestampType)
        case t.TimestampNTZType():
            return isinstance(to, t.DateType)
        case t.TimeType():
            return isinstance(to, (t.ByteType, t.ShortType, t.DecimalType))
        case t.TimestampType():
            return isinstance(to, (t.ByteType, t.ShortType, t.IntegerType, t.DecimalType))
        case t.FloatType() | t.DoubleType():
            return isinstance(to, (t.IntegralType, t.DecimalType, t.TimestampType))
        case t.DecimalType() if isinstance(to, t.IntegralType):
            return True
        case t.BooleanType():
            return False
        case _:
            return isinstance(to, t.DecimalType) and not (
                _holds(to, given) or _rounds_to(to, given)
            )


def _holds(to: t.DecimalType, given: t.DataType) -> bool:
    exact = given if isinstance(given, t.DecimalType) else decimal_of_integral(given)
    if exact is None:
        return False
    whole = to.precision - to.scale
    return exact.precision - exact.scale <= whole and exact.scale <= to.scale


def _rounds_to(to: t.DecimalType, given: t.DataType) -> bool:
    # A carry from rounding needs one digit more.
    whole = to.precision - to.scale
    return isinstance(given, t.DecimalType) and given.precision - given.scale < whole


def is_up_cast(given: t.DataType, to: t.DataType) -> bool:
    """Whether every value of `given` survives a cast to `to`: what encoders and views allow."""
    if given == to or isinstance(given, t.NullType):
        return True
    if is_string(to):
        return not isinstance(given, (*_NESTED, t.VariantType, t.UserDefinedType))
    match given, to:
        case t.NumericType(), t.DecimalType():
            return _holds(to, given)
        case t.DecimalType(), t.NumericType():
            return isinstance(to, t.IntegralType) and _integral_holds(given, to)
        case t.NumericType(), t.NumericType():
            return _WIDTH[type(given)] <= _WIDTH[type(to)]
        case (t.LongType(), t.TimestampType()) | (t.TimestampType(), t.LongType()):
            return True
        case t.DateType(), t.TimestampType() | t.TimestampNTZType():
            return True
        case (t.TimestampType(), t.TimestampNTZType()) | (t.TimestampNTZType(), t.TimestampType()):
            return True
        case t.YearMonthIntervalType(), t.YearMonthIntervalType():
            return True
        case t.DayTimeIntervalType(), t.DayTimeIntervalType():
            return True
        case t.TimeType(), t.TimeType():
            return given.precision <= to.precision
        case _:
            return _is_up_cast_nested(given, to)


def _integral_holds(given: t.DecimalType, to: t.IntegralType) -> bool:
    exact = decimal_of_integral(to)
    return exact is not None and given.scale == 0 and given.precision < exact.precision


def _is_up_cast_nested(given: t.DataType, to: t.DataType) -> bool:
    match given, to:
        case t.ArrayType(), t.ArrayType():
            nulls = to.contains_null or not given.contains_null
            return nulls and is_up_cast(given.element, to.element)
        case t.MapType(), t.MapType():
            nulls = to.value_contains_null or not given.value_contains_null
            return nulls and is_up_cast(given.key, to.key) and is_up_cast(given.value, to.value)
        case t.StructType(), t.StructType():
            return len(given) == len(to) and all(
                (y.nullable or not x.nullable) and is_up_cast(x.type, y.type)
                for x, y in zip(given.fields, to.fields, strict=True)
            )
        case _:
            return False


def cast_mismatch(given: t.DataType, to: t.DataType, mode: CastMode) -> tuple[str, dict[str, str]]:
    """The subclass of DATATYPE_MISMATCH for a cast that `can_cast` refuses, and its parameters
    without ``sqlExpr`` (the CAST itself; its child alone where `to` is nested).
    """
    types = {"srcType": f'"{given.sql}"', "targetType": f'"{to.sql}"'}
    if (
        mode is CastMode.ANSI
        and can_cast(given, to, CastMode.LEGACY)
        and not (isinstance(given, t.DateType) and isinstance(to, t.NumericType))
    ):
        setting = {"config": '"spark.sql.ansi.enabled"', "configVal": "'false'"}
        return "CAST_WITH_CONF_SUGGESTION", types | setting
    if mode is not CastMode.LEGACY:
        if isinstance(given, t.NumericType) and isinstance(to, t.DateType):
            return "CAST_WITH_FUNC_SUGGESTION", types | {"functionNames": "`DATE_FROM_UNIX_DATE`"}
        if isinstance(given, t.DateType) and isinstance(to, t.NumericType):
            return "CAST_WITH_FUNC_SUGGESTION", types | {"functionNames": "`UNIX_DATE`"}
    return "CAST_WITHOUT_SUGGESTION", types


def can_store(given: t.DataType, to: t.DataType) -> bool:
    """Whether a value of `given` may be assigned to a column of `to` under the ANSI policy: numbers
    to numbers, dates to timestamps and back, anything plain to text, but no text to a number.
    """
    if given == to or isinstance(given, t.NullType):
        return True
    match given, to:
        case t.NumericType(), t.NumericType():
            return True
        case t.ArrayType(), t.ArrayType():
            return can_store(given.element, to.element)
        case t.MapType(), t.MapType():
            return can_store(given.key, to.key) and can_store(given.value, to.value)
        case t.StructType(), t.StructType():
            return len(given) == len(to) and all(
                can_store(a.type, b.type) for a, b in zip(given.fields, to.fields, strict=True)
            )
        case _ if is_string(to):
            return not isinstance(given, (*_NESTED, t.VariantType))
        case _ if is_datetime(given) and is_datetime(to):
            return True
        case _:
            # Intervals of other units are other types, and none of them is stored as another.
            return type(given) is type(to) and not isinstance(given, _INTERVALS)
