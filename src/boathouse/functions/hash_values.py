"""Spark's two hashes of any values: ``hash`` (Murmur 3, 32 bits) and ``xxhash64``.

Both start from 42 and carry the result of one value as the seed of the next; null changes nothing.
Numbers are unsigned here, kept to their bits with a mask, in a type twice as wide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.types import duck_type, field_names
from boathouse.errors.exceptions import unsupported
from boathouse.functions.arithmetic import unscaled
from boathouse.functions.let import let
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument, TypeMismatch, never
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string

HASH = Group("hash_funcs")

_Arguments = tuple[Argument, ...]
_SEED = 42


@dataclass(frozen=True, slots=True)
class Hash:
    """How one hash takes a whole number of 32 or 64 bits, or bytes (in hexadecimal digits)."""

    bits: int
    of_int: Callable[[Expression, Expression], Expression]
    of_long: Callable[[Expression, Expression], Expression]
    of_bytes: Callable[[Expression, Expression], Expression]

    @property
    def wide(self) -> str:
        """The DuckDB type that holds a product of two numbers."""
        return _wide(self.bits)


def _wide(bits: int) -> str:
    return "HUGEINT" if bits == 32 else "UHUGEINT"


def _constant(value: int, bits: int) -> Expression:
    return duck.literal(str(value), _wide(bits))


def _masked(value: Expression, bits: int) -> Expression:
    return duck.operator("&", value, _constant(2**bits - 1, bits))


def _times(value: Expression, factor: int, bits: int) -> Expression:
    return _masked(value * _constant(factor, bits), bits)


def _plus(value: Expression, more: Expression | int, bits: int) -> Expression:
    addend = _constant(more, bits) if isinstance(more, int) else more
    return _masked(value + addend, bits)


def _rotated(value: Expression, by: int, bits: int) -> Expression:
    def build(x: Expression) -> Expression:
        high = _masked(duck.operator("<<", x, _constant(by, bits)), bits)
        return duck.operator("|", high, duck.operator(">>", x, _constant(bits - by, bits)))

    return let(value, build, "rotated")


def _xor(a: Expression, b: Expression) -> Expression:
    return duck.f.xor(a, b)


def _folded(value: Expression, by: int, bits: int) -> Expression:
    return let(value, lambda x: _xor(x, duck.operator(">>", x, _constant(by, bits))), "folded")


def _word(digits: Expression, start: Expression, count: int, bits: int) -> Expression:
    """`count` bytes from the byte `start` on as a number, the first byte the lowest."""
    pairs = [duck.f.substr(digits, start * 2 + 2 * at + 1, 2) for at in reversed(range(count))]
    return duck.f.concat("0x", *pairs).cast("UBIGINT").cast(_wide(bits))


def _words(
    digits: Expression, first: Expression | int, end: Expression, count: int, bits: int, step: int
) -> Expression:
    places = duck.f.range(duck.literal(first).cast("BIGINT"), end, step)
    return duck.f.list_transform(
        places, duck.lambda_("_p", lambda place: _word(digits, place, count, bits))
    )


def _reduced(
    words: Expression, step: Callable[[Expression, Expression], Expression], seed: Expression
) -> Expression:
    return duck.f.list_reduce(words, duck.lambda_("_h _w", step), seed)


# ---- Murmur 3 -----------------------------------------------------------------------------------


def _murmur_step(seed: Expression, word: Expression) -> Expression:
    mixed = _times(_rotated(_times(word, 0xCC9E2D51, 32), 15, 32), 0x1B873593, 32)
    return _plus(_times(_rotated(_xor(seed, mixed), 13, 32), 5, 32), 0xE6546B64, 32)


def _murmur_end(seed: Expression, length: Expression) -> Expression:
    value = _times(_folded(_xor(seed, length), 16, 32), 0x85EBCA6B, 32)
    return _folded(_times(_folded(value, 13, 32), 0xC2B2AE35, 32), 16, 32)


def _murmur_int(value: Expression, seed: Expression) -> Expression:
    return _murmur_end(_murmur_step(seed, value), _constant(4, 32))


def _murmur_long(value: Expression, seed: Expression) -> Expression:
    def build(x: Expression) -> Expression:
        low, high = _masked(x, 32), duck.operator(">>", x, _constant(32, 32))
        return _murmur_end(_murmur_step(_murmur_step(seed, low), high), _constant(8, 32))

    return let(value, build, "long")


def _murmur_bytes(digits: Expression, seed: Expression) -> Expression:
    length = duck.f.length(digits) // 2
    aligned = length // 4 * 4

    def signed(byte: Expression) -> Expression:
        return duck.case((byte.at_least(128), byte + 0xFFFFFF00), otherwise=byte).cast("HUGEINT")

    tail = duck.f.list_transform(
        _words(digits, aligned, length, 1, 32, 1), duck.lambda_("_b", signed)
    )
    words = duck.f.list_concat(_words(digits, 0, aligned, 4, 32, 4), tail)
    return _murmur_end(_reduced(words, _murmur_step, seed), length.cast("HUGEINT"))


_MURMUR = Hash(32, _murmur_int, _murmur_long, _murmur_bytes)


# ---- xxHash -------------------------------------------------------------------------------------

_P1, _P2, _P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_P4, _P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5


def _xx_end(value: Expression) -> Expression:
    first = _times(_folded(value, 33, 64), _P2, 64)
    return _folded(_times(_folded(first, 29, 64), _P3, 64), 32, 64)


def _xx_int_step(seed: Expression, word: Expression) -> Expression:
    mixed = _rotated(_xor(seed, _times(word, _P1, 64)), 23, 64)
    return _plus(_times(mixed, _P2, 64), _P3, 64)


def _xx_long_step(seed: Expression, word: Expression) -> Expression:
    mixed = _times(_rotated(_times(word, _P2, 64), 31, 64), _P1, 64)
    return _plus(_times(_rotated(_xor(seed, mixed), 27, 64), _P1, 64), _P4, 64)


def _xx_byte_step(seed: Expression, byte: Expression) -> Expression:
    return _times(_rotated(_xor(seed, _times(byte, _P5, 64)), 11, 64), _P1, 64)


def _xx_int(value: Expression, seed: Expression) -> Expression:
    return _xx_end(_xx_int_step(_plus(seed, _P5 + 4, 64), value))


def _xx_long(value: Expression, seed: Expression) -> Expression:
    return _xx_end(_xx_long_step(_plus(seed, _P5 + 8, 64), value))


def _xx_lane(value: Expression, word: Expression) -> Expression:
    return _times(_rotated(_plus(value, _times(word, _P2, 64), 64), 31, 64), _P1, 64)


def _xx_stripes(digits: Expression, end: Expression, seed: Expression) -> Expression:
    """Four lanes, each over every fourth word of eight bytes, and then together."""
    starts = (_P1 + _P2, _P2, 0, 2**64 - _P1)
    lanes = duck.list_of(
        *(
            _reduced(_words(digits, 8 * at, end, 8, 64, 32), _xx_lane, _plus(seed, start, 64))
            for at, start in enumerate(starts)
        )
    )

    def together(found: Expression) -> Expression:
        lane = [duck.f.list_extract(found, at) for at in (1, 2, 3, 4)]
        total = _rotated(lane[0], 1, 64)
        for value, by in zip(lane[1:], (7, 12, 18), strict=True):
            total = _plus(total, _rotated(value, by, 64), 64)
        for value in lane:
            mixed = _times(_rotated(_times(value, _P2, 64), 31, 64), _P1, 64)
            total = _plus(_times(_xor(total, mixed), _P1, 64), _P4, 64)
        return total

    return let(lanes, together, "lanes")


def _xx_bytes(digits: Expression, seed: Expression) -> Expression:
    length = duck.f.length(digits) // 2
    striped, eights, fours = length // 32 * 32, length // 8 * 8, length // 4 * 4
    started = duck.case(
        (length.at_least(32), _xx_stripes(digits, striped, seed)),
        otherwise=_plus(seed, _P5, 64),
    )
    value = _plus(started, length.cast("UHUGEINT"), 64)
    value = _reduced(_words(digits, striped, eights, 8, 64, 8), _xx_long_step, value)
    value = _reduced(_words(digits, eights, fours, 4, 64, 4), _xx_int_step, value)
    return _xx_end(_reduced(_words(digits, fours, length, 1, 64, 1), _xx_byte_step, value))


_XX = Hash(64, _xx_int, _xx_long, _xx_bytes)


# ---- values -------------------------------------------------------------------------------------


def _unsigned(value: Expression, bits: int, hash: Hash) -> Expression:
    """The `bits` of a whole number as an unsigned one."""
    low = duck.operator("&", value.cast("HUGEINT"), duck.literal(2**bits - 1, "HUGEINT"))
    return low.cast(hash.wide)


def _value(hash: Hash, value: Expression, kind: t.DataType, seed: Expression) -> Expression:
    """`seed` changed by `value`, which is not null."""
    match kind:
        case t.BooleanType() | t.IntegralType() | t.YearMonthIntervalType() if _short(kind):
            return hash.of_int(_unsigned(value.cast("INTEGER"), 32, hash), seed)
        case t.DateType():
            days = value - duck.literal("1970-01-01", "DATE")
            return hash.of_int(_unsigned(days, 32, hash), seed)
        case t.LongType() | t.DayTimeIntervalType():
            return hash.of_long(_unsigned(value, 64, hash), seed)
        case t.TimestampType() | t.TimestampNTZType():
            return hash.of_long(_unsigned(duck.f.epoch_us(value), 64, hash), seed)
        case t.TimeType():
            micros = duck.f.epoch_us(duck.literal("1970-01-01", "DATE") + value)
            return hash.of_long(_unsigned(micros * 1000, 64, hash), seed)
        case t.FloatType():
            return hash.of_int(_unsigned(_bits(value, "FLOAT", "INTEGER"), 32, hash), seed)
        case t.DoubleType():
            return hash.of_long(_unsigned(_bits(value, "DOUBLE", "BIGINT"), 64, hash), seed)
        case t.DecimalType() if kind.precision <= 18:
            return hash.of_long(_unsigned(unscaled(value, kind), 64, hash), seed)
        case t.DecimalType():
            return hash.of_bytes(_shortest(unscaled(value, kind)), seed)
        case t.BinaryType():
            return let(duck.f.hex(value), lambda digits: hash.of_bytes(digits, seed), "digits")
        case t.ArrayType():
            return _array(hash, value, kind, seed)
        case t.StructType():
            return _struct(hash, value, kind, seed)
        case _ if is_string(kind):
            return let(duck.f.hex(value), lambda digits: hash.of_bytes(digits, seed), "digits")
        case _:
            raise unsupported(f"a hash of {kind.sql}")


def _short(kind: t.DataType) -> bool:
    return not isinstance(kind, t.LongType)


def _bits(value: Expression, floating: str, whole: str) -> Expression:
    """The IEEE bits of a number, minus zero as zero and every NaN as one."""
    plain = duck.case(
        (value.equals(duck.literal(0.0, floating)), duck.literal(0.0, floating)),
        (duck.f.isnan(value), duck.literal("NaN", floating)),
        otherwise=value,
    )
    return plain.cast("BIT").cast(whole)


def _shortest(value: Expression) -> Expression:
    """A whole number as the fewest bytes that keep its sign, highest first, in hexadecimal."""

    def build(number: Expression) -> Expression:
        def fits(count: Expression) -> Expression:
            edge = duck.operator("<<", duck.literal(1, "HUGEINT"), (count * 8 - 1).cast("HUGEINT"))
            return duck.all_of(number.less(edge), number.at_least(-edge))

        counts = duck.f.list_filter(duck.f.range(1, 16), duck.lambda_("_n", fits))
        count = duck.f.coalesce(duck.f.list_extract(counts, 1), 16)

        def byte(place: Expression) -> Expression:
            moved = duck.operator(">>", number, (place * 8).cast("HUGEINT"))
            low = duck.operator("&", moved, duck.literal(255, "HUGEINT"))
            return duck.f.lpad(duck.f.to_hex(low.cast("BIGINT")), 2, "0")

        places = duck.f.range(count - 1, -1, -1)
        return duck.f.array_to_string(duck.f.list_transform(places, duck.lambda_("_n", byte)), "")

    return let(value, build, "number")


def _into(hash: Hash, value: Expression, kind: t.DataType, seed: Expression) -> Expression:
    """`seed` changed by `value`; null leaves it as it is."""
    if isinstance(kind, t.NullType):
        return seed

    def build(start: Expression) -> Expression:
        return let(
            value,
            lambda v: duck.case((v.is_null(), start), otherwise=_value(hash, v, kind, start)),
            "value",
        )

    return let(seed, build, "seed")


def _array(hash: Hash, value: Expression, kind: t.ArrayType, seed: Expression) -> Expression:
    zero = _constant(0, hash.bits)
    states = duck.f.list_transform(value, duck.lambda_("_e", lambda e: duck.struct_of(h=zero, v=e)))

    def step(state: Expression, item: Expression) -> Expression:
        element = duck.field_of(item, "v")
        after = _into(hash, element, kind.element, duck.field_of(state, "h"))
        return duck.struct_of(h=after, v=element)

    start = duck.struct_of(h=seed, v=duck.NULL.cast(duck_type(kind.element)))
    done = duck.f.list_reduce(states, duck.lambda_("_s _i", step), start)
    return duck.field_of(done, "h")


def _struct(hash: Hash, value: Expression, kind: t.StructType, seed: Expression) -> Expression:
    for name, field in zip(field_names(kind), kind.fields, strict=True):
        seed = _into(hash, duck.field_of(value, name), field.type, seed)
    return seed


def _no_maps(name: str) -> Callable[[_Arguments], None]:
    def check(given: _Arguments) -> None:
        if any(_has_map(argument.type) for argument in given):
            raise TypeMismatch("HASH_MAP_TYPE", functionName=f"`{name}`")

    return check


def _has_map(kind: t.DataType) -> bool:
    match kind:
        case t.MapType():
            return True
        case t.ArrayType():
            return _has_map(kind.element)
        case t.StructType():
            return any(_has_map(field.type) for field in kind.fields)
        case _:
            return False


def _entry(name: str, hash: Hash, gives: t.DataType, doc: str) -> None:
    def lowering(*values: Expression, arguments: _Arguments) -> Expression:
        result = _constant(_SEED, hash.bits)
        for value, argument in zip(values, arguments, strict=True):
            result = _into(hash, value, argument.type, result)
        half, whole = 2 ** (hash.bits - 1), 2**hash.bits
        return let(
            result.cast("HUGEINT"),
            lambda h: duck.case(
                (h.at_least(duck.literal(half, "HUGEINT")), h - duck.literal(whole, "HUGEINT")),
                otherwise=h,
            ).cast(duck_type(gives)),
            "result",
        )

    HASH.scalar(
        name,
        takes=[ANY],
        variadic=ANY,
        gives=gives,
        nullable=never,
        check=_no_maps(name),
        needs=("arguments",),
        doc=doc,
    )(lowering)


_entry(
    "hash",
    _MURMUR,
    t.INTEGER,
    """A hash of values, of 32 bits.

    >>> SELECT hash('Spark', 1)
    205329825
    """,
)
_entry(
    "xxhash64",
    _XX,
    t.LONG,
    """A hash of values, of 64 bits.

    >>> SELECT xxhash64('Spark', 1)
    -4449867541325528513
    """,
)
