"""Numbers under a pattern of Java's DecimalFormat, in the symbols of the United States.

    [text] number [text] [; [text] number [text]]      a number: #,##0.00#  or  ##0.###E0

A quote keeps what is behind it from being signs; ``%`` and ``‰`` multiply the number. The half
behind the semicolon is for negative numbers: only its texts count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from boathouse.errors.exceptions import SparkError, refused
from boathouse.functions.kernels.rows import by_row
from boathouse.types.java_numbers import figures

_EXACT = Context(prec=1500, rounding=ROUND_HALF_EVEN)
_UNLIMITED = 2**31 - 1
_PATTERNS = 64
"""How many patterns are kept as they were read."""
_PER = {"%": 2, "\u2030": 3}
"""By how many powers of ten a sign multiplies."""
_SHOWN = {"\u00a4": "$"}


@dataclass(frozen=True, slots=True)
class Format:
    """What a pattern says. `grouping` is how many digits stand between commas, 0 for none;
    `exponent` how many digits an exponent has at least, 0 where there is none; `point` whether it
    stands without a fraction too.
    """

    before: str
    after: str
    negative_before: str
    negative_after: str
    shift: int
    least_whole: int
    most_whole: int
    least_fraction: int
    most_fraction: int
    grouping: int
    exponent: int
    point: bool


@by_row
def written(value: float | Decimal, *, pattern: str) -> str:
    """`value` under `pattern`."""
    form = parsed(pattern)
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    negative = math.copysign(1.0, value) < 0 if isinstance(value, float) else value < 0
    before = form.negative_before if negative else form.before
    after = form.negative_after if negative else form.after
    if isinstance(value, float) and math.isinf(value):
        return f"{before}\u221e{after}"
    if isinstance(value, float):
        size = abs(value) * 10.0**form.shift
    else:
        size = _EXACT.abs(Decimal(value)).scaleb(form.shift, _EXACT)
    body = _scientific(size, form) if form.exponent else _plain(size, form)
    return f"{before}{body}{after}"


def _digits(size: float | Decimal) -> Decimal:
    """`size` in the digits that Java writes of it."""
    if isinstance(size, Decimal):
        return size
    if not size:
        return Decimal(0)
    digits, place = figures(size, single=False)
    return Decimal(f"0.{digits}E{place}")


def _rounded(size: float | Decimal, places: int) -> Decimal:
    """`size` with so many `places` behind the point, halves to even. Where digits are cut it is
    the double itself that is rounded.
    """
    known = _digits(size)
    cut = -places > int(known.as_tuple().exponent)
    return _EXACT.quantize(Decimal(size) if cut else known, Decimal(1).scaleb(-places))


def _plain(size: float | Decimal, form: Format) -> str:
    whole, _, fraction = f"{_rounded(size, form.most_fraction):f}".partition(".")
    whole = whole.lstrip("0").rjust(form.least_whole, "0")
    fraction = fraction.rstrip("0").ljust(form.least_fraction, "0")
    if not whole and not fraction:
        whole = "0"
    point = "." if fraction or form.point else ""
    return f"{_grouped(whole, form.grouping)}{point}{fraction}"


def _grouped(whole: str, size: int) -> str:
    if not size:
        return whole
    first = len(whole) % size or size
    parts = [whole[:first], *(whole[at : at + size] for at in range(first, len(whole), size))]
    return ",".join(parts)


def _scientific(size: float | Decimal, form: Format) -> str:
    """`size` with an exponent; that of engineers goes in steps of `most_whole`."""
    first = _digits(size).adjusted()
    kept = _rounded(size, form.most_whole + form.most_fraction - 1 - first)
    digits = "".join(map(str, kept.as_tuple().digits)).rstrip("0") if kept else ""
    place = kept.adjusted() + 1 if kept else 0
    least = form.least_whole
    if form.most_whole > 1 and form.most_whole > least:
        exponent = (place - 1) // form.most_whole * form.most_whole if kept else 0
        least = 1
    else:
        exponent = place - least if kept else 0
    whole = place - exponent if kept else least
    total = max(form.least_whole + form.least_fraction, whole, len(digits))
    digits = digits.ljust(total, "0")
    point = "." if total > whole or form.point else ""
    sign = "-" if exponent < 0 else ""
    power = str(abs(exponent)).rjust(form.exponent, "0")
    return f"{digits[:whole]}{point}{digits[whole:]}E{sign}{power}"


# ---- reading a pattern --------------------------------------------------------------------------


@dataclass(slots=True)
class _Half:
    """One half of a pattern: the texts around its number, and that number's signs."""

    pattern: str
    at: int
    shift: int = 0
    texts: list[str] = field(default_factory=lambda: ["", ""])
    optional_left: int = 0
    zeros: int = 0
    optional_right: int = 0
    point: int = -1
    grouping: int = -1
    exponent: int = 0

    def read(self, *, second: bool) -> None:
        """Read up to the semicolon or the end."""
        self._text(0, second=second)
        # Signs behind the second text go on with the number.
        while self.at < len(self.pattern) and self.pattern[self.at] != ";":
            self._skip() if second else self._number()
            self._text(1, second=second)

    def _skip(self) -> None:
        while self.at < len(self.pattern) and self.pattern[self.at] in "#0,.E":
            self.at += 1

    def _text(self, which: int, *, second: bool) -> None:
        quoted = False
        while self.at < len(self.pattern):
            letter = self.pattern[self.at]
            if letter == "'":
                if self.pattern[self.at + 1 : self.at + 2] == "'":
                    self.at += 1
                    self.texts[which] += letter
                else:
                    quoted = not quoted
                self.at += 1
                continue
            if not quoted and letter == ";":
                if which == 1 and not second:
                    break
                raise self._refused("Unquoted special character ';' in pattern")
            if not quoted and letter in "#0,.":
                return
            if not quoted:
                self.shift = _PER.get(letter, self.shift)
                letter = _SHOWN.get(letter, letter)
            self.texts[which] += letter
            self.at += 1
        if quoted:
            raise self._refused("Malformed pattern")

    def _number(self) -> None:
        while self.at < len(self.pattern):
            letter = self.pattern[self.at]
            if letter == "#":
                self.optional_left += self.zeros == 0
                self.optional_right += self.zeros > 0
            elif letter == "0":
                if self.optional_right:
                    raise self._refused("Unexpected '0' in pattern")
                self.zeros += 1
            elif letter == ".":
                if self.point >= 0:
                    raise self._refused("Multiple decimal separators in pattern")
                self.point = self.optional_left + self.zeros + self.optional_right
            elif letter == "E":
                self._exponent()
                return
            elif letter != ",":
                return
            if letter == ",":
                self.grouping = 0
            elif letter in "#0" and self.grouping >= 0 and self.point < 0:
                self.grouping += 1
            self.at += 1

    def _exponent(self) -> None:
        rest = self.pattern[self.at + 1 :]
        self.exponent = len(rest) - len(rest.lstrip("0"))
        self.at += 1 + self.exponent
        if self.optional_left + self.zeros < 1 or not self.exponent:
            raise self._refused("Malformed exponential pattern")

    def _refused(self, why: str) -> SparkError:
        return refused(f'{why} "{self.pattern}"')

    def settle(self) -> None:
        """Make one of the signs of ``#.##`` a zero; refuse what means nothing."""
        if self.zeros == 0 and self.optional_left > 0 and self.point >= 0:
            whole = max(self.point, 1)
            self.optional_right = self.optional_left - whole
            self.optional_left = whole - 1
            self.zeros = 1
        last = self.optional_left + self.zeros
        wrong = not self.optional_left <= self.point <= last
        if self.grouping == 0 or (wrong if self.point >= 0 else self.optional_right > 0):
            raise self._refused("Malformed pattern")


@lru_cache(_PATTERNS)
def parsed(pattern: str) -> Format:
    """What `pattern` says; raises an error without a condition for one that Java refuses."""
    half = _Half(pattern, 0)
    half.read(second=False)
    half.settle()
    before, after = half.texts
    negative = f"-{before}", after
    if half.at < len(pattern):
        other = _Half(pattern, half.at + 1)
        other.read(second=True)
        if tuple(other.texts) != (before, after):
            negative = other.texts[0], other.texts[1]
    total = half.optional_left + half.zeros + half.optional_right
    point = half.point if half.point >= 0 else total
    least = point - half.optional_left
    return Format(
        before,
        after,
        *negative,
        half.shift,
        least,
        half.optional_left + least if half.exponent else _UNLIMITED,
        max(half.optional_left + half.zeros - point, 0),
        total - point,
        max(half.grouping, 0),
        half.exponent,
        point=half.point in {0, total},
    )
