"""The digits that Java 17 writes of floating point numbers.

They are not always the fewest that tell a number apart. A whole number below 2^63 is written out,
without the digits that its last bit says nothing of. Of any other, digits are made until what is
left is within half the last bit of the number, or within that of the next digit; of numbers that
are written with an exponent there are two at least.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

_INT = 32
_LONG = 64
_KNOWN_FIVES = 27
"""Java counts the bits of lower powers of five; of others it thinks as of three for each."""
_PLAIN = range(-3, 8)
"""The powers of ten of numbers of which one digit may do."""


def figures(value: float, *, single: bool) -> tuple[str, int]:
    """The digits of a finite number above zero, and how many of them stand before the point (less
    than none: zeros behind it come first).
    """
    parts = _parts(value, single=single)
    return _whole(parts) if parts.below == 0 and parts.exponent < _LONG - 1 else _fraction(parts)


@dataclass(frozen=True, slots=True)
class _Parts:
    """``mantissa * 2 ** (exponent + 1 - bits)``, where `bits` are those of the odd `mantissa`;
    `exact` bits are stored of the number.
    """

    mantissa: int
    exponent: int
    bits: int
    exact: int

    @property
    def below(self) -> int:
        """Bits behind the point."""
        return max(0, self.bits - self.exponent - 1)


def _parts(value: float, *, single: bool) -> _Parts:
    size, width, code = (32, 23, "<f") if single else (64, 52, "<d")
    stored = int.from_bytes(struct.pack(code, value), "little")
    mantissa, high = stored & ((1 << width) - 1), stored >> width
    bias = (1 << (size - width - 2)) - 1
    exact = width + 1 if high else mantissa.bit_length()
    exponent = high - bias if high else exact - width - bias
    mantissa |= (high > 0) << width
    zeros = (mantissa & -mantissa).bit_length() - 1
    return _Parts(mantissa >> zeros, exponent, exact - zeros, exact)


def _whole(parts: _Parts) -> tuple[str, int]:
    number = parts.mantissa << (parts.exponent + 1 - parts.bits)
    unknown = parts.exponent - parts.exact - 1
    dropped = int(unknown * math.log10(2)) if unknown > 1 else 0
    number, rest = divmod(number, 10**dropped)
    number += dropped > 0 and 2 * rest >= 10**dropped
    text = str(number)
    return text.rstrip("0"), len(text) + dropped


class _Division:
    """``number / divisor`` digit by digit: `enough` when what is left is less than `half`, `over`
    when it is so near to the next digit. `word`: the bits of Java's type for it, 0 for any size.
    """

    def __init__(self, number: int, divisor: int, half: int, word: int) -> None:
        self.number, self.divisor, self.half = number, divisor, half
        self.word = word
        self.enough = self.over = False

    def digit(self) -> int:
        """The next one."""
        found, rest = divmod(self.number, self.divisor)
        self.number, self.half = 10 * rest, _wrapped(10 * self.half, self.word)
        # Java's numbers go round: a half that did is more than any rest, but a sum is not noticed.
        gone_round = self.half <= 0
        self.enough = gone_round or self.number < self.half
        beyond = _wrapped(self.number + self.half, self.word) - 10 * self.divisor
        # Java asks in another way where the numbers are too large for its own.
        self.over = gone_round or (beyond > 0 if self.word else beyond >= 0)
        return found

    def rounds_up(self, last: int) -> bool:
        """Whether the `last` digit is nearer to the next one."""
        rest = 2 * self.number - 10 * self.divisor
        return self.over and (not self.enough or rest > 0 or (rest == 0 and last % 2 == 1))


def _wrapped(number: int, word: int) -> int:
    """The number in a signed word of so many bits; 0: of any number of them."""
    half = 1 << word >> 1
    return (number + half) % (2 * half) - half if word else number


def _fraction(parts: _Parts) -> tuple[str, int]:
    division, place = _scaled(parts)
    digits = [division.digit()]
    if digits == [0] and not division.over:
        place -= 1
        digits.clear()
    done = place in _PLAIN and (division.enough or division.over)
    while not done:
        digits.append(division.digit())
        done = division.enough or division.over
    number = int("".join(map(str, digits))) + division.rounds_up(digits[-1])
    text = str(number)
    return text, place + 1 + (len(text) > len(digits))


def _scaled(parts: _Parts) -> tuple[_Division, int]:
    """The number over its power of ten, which is guessed, all in whole numbers."""
    fraction = math.ldexp(parts.mantissa, 1 - parts.bits)
    guess = (fraction - 1.5) * 0.289529654 + 0.176091259 + parts.exponent * 0.301029995663981
    place = math.floor(guess)
    fives, under = max(0, -place), max(0, place)
    twos, below = fives + parts.below + parts.exponent, under + parts.below
    halves = twos - parts.exact
    twos -= parts.bits - 1
    shared = min(twos, below)
    # Below a power of two the numbers lie closer.
    lowest = halves - shared - (parts.bits == 1)
    shared += min(0, lowest)
    twos, below, halves = twos - shared, below - shared, max(0, lowest)
    most = max(_size(parts.bits + twos, fives), _size(below + 1, under + 1))
    word = _INT if most < _INT else _LONG if most < _LONG else 0
    number = parts.mantissa * 5**fives << twos
    return _Division(number, 5**under << below, 5**fives << halves, word), place


def _size(twos: int, fives: int) -> int:
    return twos + ((5**fives).bit_length() if fives < _KNOWN_FIVES else 3 * fives)
