"""The order in which hash tables of Scala give back what was put in: Spark shows sets in it."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression, native
from boathouse.functions.let import let
from boathouse.types import datatypes as t

_WORD = 2**32
_SMALLEST, _FULL = 16, 0.75
"""How many places Scala's table has at first, and the share of them that may be taken."""
_FEW = 64
"""How many Spark's has at first."""


def in_table_order(values: Expression, given: t.DataType) -> Expression:
    """A list of different values of type `given`, none null, as Scala's mutable set has them; in
    their own order where their hashes are not known here.
    """
    if java_hash(duck.NULL, given) is None:
        return duck.f.list_sort(values)
    return let(values, lambda known: _sorted(known, given), "set")


def _sorted(values: Expression, given: t.DataType) -> Expression:
    wanted = (duck.f.len(values).cast("DOUBLE") + 1.0) / _FULL
    places = duck.f.greatest(_SMALLEST, duck.f.pow(2.0, duck.f.ceil(duck.f.log2(wanted))))

    def placed(value: Expression) -> Expression:
        return let(_spread(value, given), lambda hash: _key(hash, places, value), "hash")

    keyed = duck.f.list_sort(duck.f.list_transform(values, duck.lambda_("_each", placed)))
    return duck.f.list_transform(
        keyed, duck.lambda_("_keyed", lambda key: duck.field_of(key, "value"))
    )


def _key(hash_: Expression, places: Expression, value: Expression) -> Expression:
    signed = duck.if_(hash_.at_least(_WORD // 2), hash_ - _WORD, hash_)
    return duck.struct_of(place=hash_ % places.cast("BIGINT"), hash=signed, value=value)


def _spread(value: Expression, given: t.DataType) -> Expression:
    """The bits of the value's hash, the upper ones mixed into the lower."""
    hash_ = java_hash(value, given)
    assert hash_ is not None  # noqa: S101 - in_table_order asks first

    def mixed(bits: Expression) -> Expression:
        return duck.f.xor(bits, bits // (_WORD // 2**16))

    return let((hash_ % _WORD + _WORD) % _WORD, mixed, "bits")


def place_in_map(value: Expression, given: t.DataType) -> Expression | None:
    """Where Spark's own map keeps the key `value`, as long as it has few keys: its first keys come
    first. None where that is not known here.
    """
    is_long = t.LongType, t.TimestampType, t.TimestampNTZType, t.DayTimeIntervalType
    if not native.available():
        return None
    if isinstance(given, is_long):
        hash_: Expression | None = let(_micros(value, given), _folded, "long")
    else:
        hash_ = java_hash(value, given)
    if hash_ is None:
        return None
    signed = let(
        (hash_ % _WORD + _WORD) % _WORD,
        lambda bits: duck.if_(bits.at_least(_WORD // 2), bits - _WORD, bits).cast("INTEGER"),
        "bits",
    )
    mixed = native.call("murmur_integer", signed, duck.literal(0, "INTEGER"))
    return duck.operator("&", mixed, duck.literal(_FEW - 1, "INTEGER"))


def _micros(value: Expression, given: t.DataType) -> Expression:
    is_moment = isinstance(given, (t.TimestampType, t.TimestampNTZType))
    return duck.f.epoch_us(value) if is_moment else value.cast("BIGINT")


def java_hash(value: Expression, given: t.DataType) -> Expression | None:
    """What Scala hashes a value of type `given` to, as a whole number; None where that is not
    known here.
    """
    match given:
        case t.ByteType() | t.ShortType() | t.IntegerType() | t.YearMonthIntervalType():
            return value.cast("BIGINT")
        case t.DateType():
            return duck.f.date_diff("day", duck.literal("1970-01-01", "DATE"), value)
        case t.LongType() | t.DayTimeIntervalType() | t.TimestampType() | t.TimestampNTZType():
            return _of_long(_micros(value, given))
        case t.FloatType():
            return _float_bits(value)
        case t.DoubleType():
            return _double_bits(value)
        case t.DecimalType():
            return let(value.cast("DOUBLE"), _of_decimal, "double")
        case t.BooleanType():
            return duck.if_(value, duck.literal(1231, "BIGINT"), duck.literal(1237, "BIGINT"))
        case t.StringType() if native.available():
            return native.call("murmur_text", value, duck.literal(42, "INTEGER")).cast("BIGINT")
        case _:
            return None


def _of_long(value: Expression) -> Expression:
    """Small ones are their own hash, as that of the same INT."""
    small = value.try_cast("INTEGER").cast("BIGINT")
    return duck.f.coalesce(small, let(value, _folded, "long"))


def _folded(value: Expression) -> Expression:
    """The upper half of 64 bits and the lower one as one."""
    low = (value % _WORD + _WORD) % _WORD
    return duck.f.xor(low, ((value - low) // _WORD + _WORD) % _WORD)


def _float_bits(value: Expression) -> Expression:
    bits = value.cast("BIT").cast("INTEGER").cast("BIGINT")
    return duck.case((duck.f.isnan(value), duck.literal(0x7FC00000, "BIGINT")), otherwise=bits)


def _double_bits(value: Expression) -> Expression:
    bits = let(value.cast("BIT").cast("BIGINT"), _folded, "bits")
    return duck.case((duck.f.isnan(value), duck.literal(0x7FF80000, "BIGINT")), otherwise=bits)


def _of_decimal(value: Expression) -> Expression:
    """As the same whole number, or the same FLOAT, where there is one; else as a DOUBLE."""
    single = value.try_cast("FLOAT")
    same = duck.case((single.cast("DOUBLE").equals(value), single))
    whole = duck.case((duck.f.floor(value).equals(value), value)).try_cast("BIGINT")
    return duck.f.coalesce(_of_long(whole), _float_bits(same), _double_bits(value))
