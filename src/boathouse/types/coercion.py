"""Spark's lattice of types: what two types have in common, and what may stand for what.

ANSI mode (the default) and legacy mode differ only where text meets other types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from boathouse.types import datatypes as t

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


def cut_decimal(precision: int, scale: int) -> t.DecimalType:
    """The result type where spark.sql.decimalOperations.allowPrecisionLoss is off: the scale stays,
    and what has no room is an overflow.
    """
    most = t.DecimalType.MAX_PRECISION
    return t.DecimalType(min(precision, most), min(scale, most))


def wider_decimal(a: t.DecimalType, b: t.DecimalType) -> t.DecimalType:
    """The decimal that holds both."""
    scale = max(a.scale, b.scale)
    whole = max(a.precision - a.scale, b.precision - b.scale)
    return bounded_decimal(whole + scale, scale)


def tightest_common(a: t.DataType, b: t.DataType, *, ansi: bool = True) -> t.DataType | None:
    """The type both go to without losing anything, text never converted; None if there is none."""
    if a == b:
        return a
    if isinstance(a, t.NullType):
        return b
    if isinstance(b, t.NullType):
        return a
    if isinstance(a, t.NumericType) and isinstance(b, t.NumericType):
        return _common_number(a, b, ansi=ansi)
    if type(a) in _DATETIME_ORDER and type(b) in _DATETIME_ORDER:
        return max(a, b, key=lambda x: _DATETIME_ORDER.index(type(x)))
    return _common_interval(a, b) or _common_nested(a, b, lambda x, y: tightest(x, y, ansi=ansi))


def tightest(a: t.DataType, b: t.DataType, *, ansi: bool = True) -> t.DataType | None:
    """As `tightest_common` where the types stand inside of others, or beside an array's elements: a
    decimal meets a whole number only if it holds all of its values, and no other decimal at all.
    """
    for this, other in ((a, b), (b, a)):
        if isinstance(this, t.DecimalType) and isinstance(other, t.NumericType) and this != other:
            whole = decimal_of_integral(other)
            fits = whole is not None and this.precision - this.scale >= whole.precision
            return this if fits else None
    return tightest_common(a, b, ansi=ansi)


def element_type(a: t.DataType, b: t.DataType) -> t.DataType | None:
    """As `tightest` where both sides are cast to it for a function of arrays or maps, which looks
    by the older rules whatever the mode.
    """
    return not_between_intervals(a, b, tightest(a, b, ansi=False))


def not_between_intervals(
    a: t.DataType, b: t.DataType, common: t.DataType | None
) -> t.DataType | None:
    """`common`, None where it has an interval of other fields than `a` or `b`: intervals have
    common types, but functions do not cast them.
    """
    if common is None or _recasts_interval(a, common) or _recasts_interval(b, common):
        return None
    return common


def _recasts_interval(given: t.DataType, to: t.DataType) -> bool:
    match given, to:
        case t.ArrayType(), t.ArrayType():
            return _recasts_interval(given.element, to.element)
        case t.MapType(), t.MapType():
            keys = _recasts_interval(given.key, to.key)
            return keys or _recasts_interval(given.value, to.value)
        case t.StructType(), t.StructType():
            pairs = zip(given.fields, to.fields, strict=True)
            return any(_recasts_interval(x.type, y.type) for x, y in pairs)
        case _:
            return is_interval(given) and given != to


def _common_number(a: t.DataType, b: t.DataType, *, ansi: bool) -> t.DataType | None:
    if isinstance(a, t.DecimalType) or isinstance(b, t.DecimalType):
        return _common_decimal(a, b)
    if ansi and {type(a), type(b)} - {t.FloatType} and t.FloatType in {type(a), type(b)}:
        # A float does not hold every whole number, a double does (nearly).
        return t.DOUBLE
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
    return None


_Common = Callable[[t.DataType, t.DataType], t.DataType | None]


def _common_nested(a: t.DataType, b: t.DataType, both: _Common) -> t.DataType | None:
    match a, b:
        case t.ArrayType(), t.ArrayType():
            element = both(a.element, b.element)
            nulls = a.contains_null or b.contains_null
            return None if element is None else t.ArrayType(element, nulls)
        case t.MapType(), t.MapType():
            key, value = both(a.key, b.key), both(a.value, b.value)
            if key is None or value is None or _loses_keys(a.key, b.key, key):
                return None
            return t.MapType(key, value, a.value_contains_null or b.value_contains_null)
        case t.StructType(), t.StructType() if _same_names(a, b):
            return _common_struct(a, b, both)
        case _:
            return None


def _loses_keys(a: t.DataType, b: t.DataType, common: t.DataType) -> bool:
    """Whether a key may become null on its way to `common`: text that is no number."""
    return any(is_string(key) and not is_string(common) for key in (a, b))


def _same_names(a: t.StructType, b: t.StructType) -> bool:
    return [n.lower() for n in a.names] == [n.lower() for n in b.names]


def _common_struct(a: t.StructType, b: t.StructType, both: _Common) -> t.StructType | None:
    fields: list[t.StructField] = []
    for x, y in zip(a.fields, b.fields, strict=True):
        common = both(x.type, y.type)
        if common is None:
            return None
        fields.append(t.StructField(x.name, common, x.nullable or y.nullable))
    return t.StructType(tuple(fields))


def wider(a: t.DataType, b: t.DataType, *, ansi: bool = True) -> t.DataType | None:
    """The common type of set operations, CASE, COALESCE and arrays: as `tightest_common`, but text
    gives way to the other side (ANSI) or wins (legacy).
    """
    common = tightest_common(a, b, ansi=ansi)
    if common is not None:
        return common
    for text, other in ((a, b), (b, a)):
        if isinstance(text, t.StringType) and isinstance(other, t.StringType):
            return None  # two collations: whoever binds them decides which wins
        if is_string(text) and (_is_atomic(other) or isinstance(other, t.VariantType)):
            return _text_meets(other, ansi=ansi)
    return _common_nested(a, b, lambda x, y: wider(x, y, ansi=ansi))


def _text_meets(other: t.DataType, *, ansi: bool) -> t.DataType | None:
    if is_string(other):
        return t.STRING
    if not ansi:
        refused = (t.BooleanType, t.BinaryType, t.CalendarIntervalType)
        return None if isinstance(other, refused) else t.STRING
    return text_gives_way(other)


def text_gives_way(other: t.DataType) -> t.DataType | None:
    """What text becomes beside `other` under ANSI; None where it stays text."""
    match other:
        case t.IntegralType():
            return t.LONG
        case t.FractionalType():
            return t.DOUBLE
        case t.CalendarIntervalType() | t.YearMonthIntervalType() | t.DayTimeIntervalType():
            return None
        case t.ArrayType() | t.MapType() | t.StructType() | t.NullType():
            return None
        case _:
            return other


def operand_types(
    a: t.DataType,
    b: t.DataType,
    accepts: tuple[type[t.DataType], ...],
    *,
    ansi: bool = True,
) -> tuple[t.DataType, t.DataType]:
    """What the operands of ``+``, ``&`` or ``AND`` become, which take types of `accepts`; those
    that stay apart do not go together. Decimals keep their shapes, a whole number beside one
    becomes one. Text is promoted whatever comes of it, other types only to what is accepted.
    """
    a, b = _texts_as_numbers(a, b, ansi=ansi)
    if a == b or (isinstance(a, t.DecimalType) and isinstance(b, t.DecimalType)):
        return a, b
    match a, b:
        case t.DecimalType(), t.IntegralType():
            return a, decimal_of_integral(b) or b
        case t.IntegralType(), t.DecimalType():
            return decimal_of_integral(a) or a, b
        case ((t.FloatType() | t.DoubleType()), t.DecimalType()):
            b = t.DOUBLE
        case t.DecimalType(), (t.FloatType() | t.DoubleType()):
            a = t.DOUBLE
        case _:
            pass
    common = tightest_common(a, b, ansi=ansi)
    return (common, common) if isinstance(common, accepts) else (a, b)


def _texts_as_numbers(a: t.DataType, b: t.DataType, *, ansi: bool) -> tuple[t.DataType, t.DataType]:
    if not ansi:
        if is_interval(a) or is_interval(b):
            return a, b
        return (t.DOUBLE if is_string(a) else a), (t.DOUBLE if is_string(b) else b)
    if is_string(a) and not is_string(b):
        both = text_gives_way(b)
        return (a, b) if both is None else (both, both)
    if is_string(b) and not is_string(a):
        both = text_gives_way(a)
        return (a, b) if both is None else (both, both)
    return a, b


def comparison_type(a: t.DataType, b: t.DataType, *, ansi: bool = True) -> t.DataType | None:
    """The type in which values of `a` and `b` are compared; None if they cannot be."""
    if same_shape(a, b):
        return tightest_common(a, renamed(b, a), ansi=ansi) or a
    common = tightest_common(a, b, ansi=ansi)
    if common is not None:
        return common
    for text, other in ((a, b), (b, a)):
        if is_string(text) and (_is_atomic(other) or isinstance(other, t.VariantType)):
            return text_gives_way(other) if ansi else _text_compared(other)
    if not ansi and isinstance(a, t.BooleanType) and isinstance(b, t.NumericType):
        return b
    if not ansi and isinstance(b, t.BooleanType) and isinstance(a, t.NumericType):
        return a
    return None


def _text_compared(other: t.DataType) -> t.DataType | None:
    if is_interval(other):
        return None
    return t.DOUBLE if isinstance(other, t.DecimalType) else other


def same_shape(a: t.DataType, b: t.DataType) -> bool:
    """Equal but for nullability inside and for the names of struct fields."""
    match a, b:
        case t.ArrayType(), t.ArrayType():
            return same_shape(a.element, b.element)
        case t.MapType(), t.MapType():
            return same_shape(a.key, b.key) and same_shape(a.value, b.value)
        case t.StructType(), t.StructType():
            return len(a) == len(b) and all(
                same_shape(x.type, y.type) for x, y in zip(a.fields, b.fields, strict=True)
            )
        case _:
            return a == b


def renamed(given: t.DataType, like: t.DataType) -> t.DataType:
    """`given`, its structs with the names of the fields that those of `like` have, which is of the
    same shape; else as it is.
    """
    if not same_shape(given, like):
        return given
    match given, like:
        case t.StructType(), t.StructType():
            pairs = zip(given.fields, like.fields, strict=True)
            return t.StructType(
                tuple(t.StructField(y.name, renamed(x.type, y.type), x.nullable) for x, y in pairs)
            )
        case t.ArrayType(), t.ArrayType():
            return t.ArrayType(renamed(given.element, like.element), given.contains_null)
        case t.MapType(), t.MapType():
            key, value = renamed(given.key, like.key), renamed(given.value, like.value)
            return t.MapType(key, value, given.value_contains_null)
        case _:
            return given


def widest(
    types: Iterable[t.DataType], *, ansi: bool = True, promotes_text: bool = True
) -> t.DataType | None:
    """The `wider` type of all `types`, or the `tightest_common` one where text is not to be
    promoted; None if two have nothing in common, void for none.
    """
    common = wider if promotes_text else _wider_without_text
    result: t.DataType | None = t.NULL
    for given in types:
        result = common(result, given, ansi=ansi)
        if result is None:
            return None
    return result


def _wider_without_text(a: t.DataType, b: t.DataType, *, ansi: bool) -> t.DataType | None:
    return tightest_common(a, b, ansi=ansi) or _common_nested(
        a, b, lambda x, y: _wider_without_text(x, y, ansi=ansi)
    )


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
    nested = (t.ArrayType, t.MapType, t.StructType, t.NullType, t.VariantType, t.SpatialType)
    return not isinstance(given, nested)


def is_orderable(given: t.DataType) -> bool:
    """Whether values can be sorted: not maps, variants or calendar intervals, at any depth."""
    match given:
        case t.MapType() | t.VariantType() | t.CalendarIntervalType() | t.SpatialType():
            return False
        case t.ArrayType():
            return is_orderable(given.element)
        case t.StructType():
            return all(is_orderable(f.type) for f in given.fields)
        case t.UserDefinedType():
            return is_orderable(given.storage)
        case _:
            return True


def implicit_cast(given: t.DataType, wanted: t.DataType, *, ansi: bool = True) -> t.DataType | None:
    """The type an argument of type `given` gets where `wanted` is taken; None if it is refused."""
    if given == wanted or (type(given) is type(wanted) and _same_but_parameters(wanted)):
        return given
    if isinstance(given, t.NullType):
        return wanted
    if isinstance(given, t.StringType) and wanted == t.STRING:
        return given  # a text keeps its collation
    if is_string(wanted):
        atomic = _is_atomic(given) or isinstance(given, t.VariantType)
        calendar = isinstance(given, t.CalendarIntervalType)
        return t.STRING if atomic and (ansi or not calendar) else None
    if is_string(given):
        return wanted if _is_atomic(wanted) and _text_becomes(wanted, ansi=ansi) else None
    return _implicit_between(given, wanted, ansi=ansi)


def _same_but_parameters(wanted: t.DataType) -> bool:
    return isinstance(wanted, (t.YearMonthIntervalType, t.DayTimeIntervalType, t.TimeType))


def _text_becomes(wanted: t.DataType, *, ansi: bool) -> bool:
    if ansi:
        return not is_interval(wanted)
    return isinstance(wanted, (t.NumericType, t.BinaryType, t.TimeType)) or is_datetime(wanted)


def _implicit_between(given: t.DataType, wanted: t.DataType, *, ansi: bool) -> t.DataType | None:
    if isinstance(given, t.NumericType) and isinstance(wanted, t.NumericType):
        return wanted
    if is_datetime(given) and is_datetime(wanted):
        return wanted
    if isinstance(given, t.ArrayType) and isinstance(wanted, t.ArrayType):
        element = implicit_cast(given.element, wanted.element, ansi=ansi)
        return None if element is None else t.ArrayType(element, given.contains_null)
    return None
