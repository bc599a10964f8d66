"""Murmur 3 and xxHash in DuckDB's SQL, for where there is no native code.

Numbers are unsigned here, kept to their bits with a mask, in a type twice as wide; bytes are
hexadecimal digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions.let import let

_Step = Callable[[Expression, Expression], Expression]


@dataclass(frozen=True, slots=True)
class InSql:
    """One hash: how it takes a whole number of 32 or 64 bits, or bytes."""

    bits: int
    int_step: _Step
    long_step: _Step
    digits_step: _Step
    takes_null: bool = False

    @property
    def start(self) -> Expression:
        """The seed of the first value."""
        return _constant(42, self.bits)

    def of_int(self, value: Expression, seed: Expression) -> Expression:
        """`seed` changed by an INTEGER."""
        return self.int_step(self._unsigned(value, 32), seed)

    def of_long(self, value: Expression, seed: Expression) -> Expression:
        """`seed` changed by a BIGINT."""
        return self.long_step(self._unsigned(value, 64), seed)

    def of_float(self, value: Expression, seed: Expression) -> Expression:
        """`seed` changed by the bits of a FLOAT."""
        return self.of_int(_bits(value, "FLOAT", "INTEGER"), seed)

    def of_double(self, value: Expression, seed: Expression) -> Expression:
        """`seed` changed by the bits of a DOUBLE."""
        return self.of_long(_bits(value, "DOUBLE", "BIGINT"), seed)

    def of_text(self, value: Expression, seed: Expression) -> Expression:
        """`seed` changed by a text."""
        return let(duck.f.hex(value), lambda digits: self.digits_step(digits, seed), "digits")

    def of_bytes(self, value: Expression, seed: Expression) -> Expression:
        """`seed` changed by a BLOB."""
        return self.of_text(value, seed)

    def result(self, state: Expression) -> Expression:
        """The last state as a signed number."""
        half, whole = 2 ** (self.bits - 1), 2**self.bits
        return let(
            state.cast("HUGEINT"),
            lambda h: duck.case(
                (h.at_least(duck.literal(half, "HUGEINT")), h - duck.literal(whole, "HUGEINT")),
                otherwise=h,
            ),
            "result",
        )

    def _unsigned(self, value: Expression, bits: int) -> Expression:
        low = duck.operator("&", value.cast("HUGEINT"), duck.literal(2**bits - 1, "HUGEINT"))
        return low.cast(_wide(self.bits))


def _bits(value: Expression, floating: str, whole: str) -> Expression:
    """The IEEE bits of a number, minus zero as zero and every NaN as one."""
    plain = duck.case(
        (value.equals(duck.literal(0.0, floating)), duck.literal(0.0, floating)),
        (duck.f.isnan(value), duck.literal("NaN", floating)),
        otherwise=value,
    )
    return plain.cast("BIT").cast(whole)


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


def _murmur_digits(digits: Expression, seed: Expression) -> Expression:
    length = duck.f.length(digits) // 2
    aligned = length // 4 * 4

    def signed(byte: Expression) -> Expression:
        return duck.case((byte.at_least(128), byte + 0xFFFFFF00), otherwise=byte).cast("HUGEINT")

    tail = duck.f.list_transform(
        _words(digits, aligned, length, 1, 32, 1), duck.lambda_("_b", signed)
    )
    words = duck.f.list_concat(_words(digits, 0, aligned, 4, 32, 4), tail)
    return _murmur_end(_reduced(words, _murmur_step, seed), length.cast("HUGEINT"))


MURMUR = InSql(32, _murmur_int, _murmur_long, _murmur_digits)


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


def _xx_digits(digits: Expression, seed: Expression) -> Expression:
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


XX = InSql(64, _xx_int, _xx_long, _xx_digits)
