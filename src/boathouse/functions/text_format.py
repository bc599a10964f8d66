"""Numbers as text under a pattern, and Java's format strings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.errors.exceptions import AnalysisError, SparkError, refused, unsupported
from boathouse.functions.let import let
from boathouse.functions.registry import Group, added
from boathouse.functions.signature import (
    ANY,
    STRING,
    Argument,
    Takes,
    always,
    known,
)
from boathouse.functions.stored_text import stored, stored_text, stored_type
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string

TEXT = Group("string_funcs")

_Arguments = tuple[Argument, ...]


# ---- format_number ------------------------------------------------------------------------------


def _number(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type if isinstance(given.type, (t.NumericType, t.NullType)) else None


def _digits_or_pattern(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, (t.IntegerType, t.NullType)):
        return t.INTEGER
    return t.STRING if is_string(given.type) else None


_PLAIN = re.compile(r"#,##0(?:\.(0*)(#*))?")
_DEFAULT = "#,##0"
_DIGITS_OF_DOUBLES = 340
"""Java writes no more digits behind the point, of whole numbers neither."""
_EXACT_TO = 2.0**53
"""Up to here every digit counts; of greater numbers Java puts zeros behind the digits it knows."""


def _rounded_text(number: Expression, given: t.DataType, fraction: int) -> Expression:
    """The size of `number` with exactly `fraction` digits behind the point, halves to even."""
    match given:
        case t.DecimalType(scale=scale):
            kept = min(scale, fraction)
            text = duck.f.round_even(duck.f.abs(number), kept).cast("VARCHAR")
            zeros = "0" * (fraction - kept)
            return text.joined(("." if kept == 0 and zeros else "") + zeros) if zeros else text
        case t.IntegralType():
            text = duck.f.abs(number.cast("HUGEINT")).cast("VARCHAR")
            return text.joined("." + "0" * fraction) if fraction else text
        case _:
            # The C library rounds the exact binary value, halves to even, as DecimalFormat does.
            return duck.f.format(f"{{:.{fraction}f}}", duck.f.abs(number.cast("DOUBLE")))


def grouped(digits: Expression) -> Expression:
    """Whole digits with a comma between thousands."""
    turned = duck.f.regexp_replace(duck.f.reverse(digits), "([0-9]{3})", "\\1,", "g")
    return duck.f.ltrim(duck.f.reverse(turned), ",")


def _plainly(number: Expression, given: t.DataType, zeros: int, more: int) -> Expression:
    """A number under ``#,##0.00##``, which DuckDB can say."""

    def build(rounded: Expression) -> Expression:
        # DuckDB writes no zero before the point of a decimal that is all fraction.
        whole = duck.f.split_part(rounded, ".", 1)
        text = grouped(duck.f.coalesce(duck.f.nullif(whole, ""), "0"))
        if zeros + more:
            fraction = duck.f.split_part(rounded, ".", 2)
            if more:
                kept = duck.f.left(fraction, zeros)
                fraction = kept.joined(duck.f.rtrim(duck.f.substring(fraction, zeros + 1), "0"))
            point = duck.case(
                (fraction.equals(""), ""), otherwise=duck.literal(".").joined(fraction)
            )
            text = text.joined(point)
        negative = number.less(0)
        if isinstance(given, (t.DoubleType, t.FloatType)):
            negative = duck.f.signbit(number)
        return duck.case((negative, "-"), otherwise="").joined(text)

    return let(_rounded_text(number, given, zeros + more), build, "rounded")


def _formatted(number: Expression, given: t.DataType, pattern: str) -> Expression:
    written = kernel("decimal_format", "written", t.STRING, pattern=pattern)
    plain = _PLAIN.fullmatch(pattern)
    floating = isinstance(given, (t.DoubleType, t.FloatType))
    if plain is None:
        if not floating and not isinstance(given, t.DecimalType):
            number = number.cast("BIGINT")
        return written(number.cast("DOUBLE") if floating else number)
    shown = _plainly(number, given, len(plain[1] or ""), len(plain[2] or ""))
    if not floating:
        return shown
    size = duck.f.abs(number.cast("DOUBLE"))
    return duck.case((size.less(_EXACT_TO), shown), otherwise=written(number.cast("DOUBLE")))


@TEXT.scalar(
    "format_number",
    takes=[
        Takes(_number, '"NUMERIC"'),
        known(Takes(_digits_or_pattern, '("INT" or "STRING")')),
    ],
    gives=t.STRING,
    nullable=always,
    needs=("arguments",),
)
def format_number(number: Expression, form: Expression, arguments: _Arguments) -> Expression:
    """A number with commas between thousands and a count of digits behind the point, or under a
    pattern such as ``#,##0.00``. Halves go to the even digit.

    >>> SELECT format_number(1234567.891, 2), format_number(0.5, '00.0#')
    1,234,567.89 | 00.5
    """
    given, said = arguments[0].type, arguments[1]
    if said.value is None or isinstance(given, t.NullType):
        return duck.literal(None, "VARCHAR")
    if isinstance(said.value, str):
        pattern = said.value or _DEFAULT
    elif said.value < 0:
        return duck.literal(None, "VARCHAR")
    else:
        exact = isinstance(given, t.DecimalType)
        digits = said.value if exact else min(said.value, _DIGITS_OF_DOUBLES)
        pattern = f"{_DEFAULT}.{'0' * digits}" if digits else _DEFAULT
    return let(number, lambda value: _formatted(value, given, pattern), "number")


# ---- format_string ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Directive:
    """``%[index$][flags][width][.precision]conversion``."""

    index: int | None
    flags: str
    width: int
    precision: int | None
    conversion: str


_DIRECTIVE = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(<]*)([1-9]\d*)?(?:\.(\d+))?([a-zA-Z%])")
_CONVERSIONS = "bBsSdxXoeEfgGaAcChHn%"


def _refused(format_: str) -> SparkError:
    """Spark lets Java's exception through, which has no condition."""
    if "%0$" in format_:
        return AnalysisError(
            "INVALID_PARAMETER_VALUE.ZERO_INDEX",
            parameter="`strfmt`",
            functionName="`format_string`",
        )
    return refused(f"The format string does not fit its arguments: {format_}")


_FLAGS = {
    "s": "-<",
    "b": "-<",
    "h": "-<",
    "c": "-<",
    "d": "-+ 0,(<",
    "x": "-#0<",
    "o": "-#0<",
    "e": "-#+ 0(<",
    "f": "-#+ 0,(<",
    "g": "-+ 0,(<",
    "a": "-#+ 0<",
    "%": "-",
    "n": "",
}
"""The flags that each conversion takes."""
_PRECISE = "sbhefga"


def _is_legal(directive: _Directive) -> bool:
    """Whether Java's Formatter takes these flags, this width and precision together."""
    flags, kind = directive.flags, directive.conversion.lower()
    return not (
        set(flags) - set(_FLAGS[kind])
        or len(set(flags)) < len(flags)
        or ({"-", "0"} & set(flags) and not directive.width)
        or {"-", "0"} <= set(flags)
        or {"+", " "} <= set(flags)
        or (directive.precision is not None and kind not in _PRECISE)
        or (kind == "n" and directive.width)
    )


def _directives(format_: str) -> list[str | _Directive]:
    """The parts of a format string: plain text and directives."""
    parts: list[str | _Directive] = []
    at = 0
    while at < len(format_):
        mark = format_.find("%", at)
        if mark < 0:
            parts.append(format_[at:])
            break
        if mark > at:
            parts.append(format_[at:mark])
        match = _DIRECTIVE.match(format_, mark)
        if match is None or match[5] not in _CONVERSIONS:
            raise _refused(format_)
        index, flags, width, precision, conversion = match.groups()
        directive = _Directive(
            int(index) if index else None,
            flags,
            int(width or 0),
            None if precision is None else int(precision),
            conversion,
        )
        if not _is_legal(directive):
            raise _refused(format_)
        parts.append(directive)
        at = match.end()
    return parts


def _placed(
    parts: list[str | _Directive], count: int, format_: str
) -> list[tuple[_Directive, int]]:
    """Each directive with the place of its argument (from 1; 0 for none)."""
    placed: list[tuple[_Directive, int]] = []
    following, last = 0, 0
    for part in parts:
        if isinstance(part, str):
            continue
        if part.conversion in "%n":
            placed.append((part, 0))
            continue
        if "<" in part.flags:
            place = last
        elif part.index is not None:
            place = part.index
        else:
            following += 1
            place = following
        if not 1 <= place <= count:
            raise _refused(format_)
        last = place
        placed.append((part, place))
    return placed


_FITTING: dict[str, tuple[type[t.DataType], ...]] = {
    "d": (t.IntegralType,),
    "x": (t.IntegralType,),
    "o": (t.IntegralType,),
    "c": (t.IntegerType, t.ShortType, t.ByteType),
    "e": (t.FloatType, t.DoubleType),
    "f": (t.FloatType, t.DoubleType),
    "g": (t.FloatType, t.DoubleType),
    "a": (t.FloatType, t.DoubleType),
}


def _check_format(arguments: _Arguments) -> None:
    if not arguments or not arguments[0].constant or arguments[0].value is None:
        return
    format_ = str(arguments[0].value)
    for directive, place in _placed(_directives(format_), len(arguments) - 1, format_):
        fitting = _FITTING.get(directive.conversion.lower())
        given = stored_type(arguments[place].type)
        if fitting and place and not isinstance(given, (*fitting, t.NullType)):
            raise _refused(format_)


@TEXT.scalar(
    "format_string",
    "printf",
    takes=[known(STRING)],
    variadic=ANY,
    gives=t.STRING,
    nullable=lambda arguments: arguments[0].nullable,
    check=_check_format,
    needs=("arguments",),
)
def format_string(format: Expression, *values: Expression, arguments: _Arguments) -> Expression:
    """Values written into a text at the marks of Java's Formatter, such as ``%s`` and ``%05.1f``.

    >>> SELECT format_string('%s has %d berths, %.1f%% taken', 'Kai', 12, 62.5D)
    Kai has 12 berths, 62.5% taken
    """
    if arguments[0].value is None:
        return duck.literal(None, "VARCHAR")
    parts = _directives(str(arguments[0].value))
    places = iter(_placed(parts, len(values), str(arguments[0].value)))
    pieces: list[Expression] = [duck.literal("")]
    for part in parts:
        if isinstance(part, str):
            pieces.append(duck.literal(part))
            continue
        directive, place = next(places)
        pieces.append(_written(directive, values[place - 1] if place else None, arguments[place]))
    return duck.operator("||", *pieces) if len(pieces) > 1 else pieces[0]


def _written(directive: _Directive, value: Expression | None, argument: Argument) -> Expression:
    if value is None:
        sign = duck.literal("\n" if directive.conversion == "n" else "%")
        return _padded(directive, sign)
    kind = stored_type(argument.type)
    number = stored(value, argument.type)
    text = let(number, lambda given: _converted(directive, given, kind), "value")
    if directive.precision is not None:
        text = _cut(directive, text, value)
    upper = directive.conversion.isupper()
    return _padded(directive, duck.f.upper(text) if upper else text)


def _cut(directive: _Directive, text: Expression, value: Expression) -> Expression:
    """At most as many letters as the precision says, which for numbers says something else, and
    yet cuts the word that stands for NULL.
    """
    short = duck.f.left(text, directive.precision)
    if directive.conversion.lower() in "sbh":
        return short
    return duck.case((value.is_null(), short), otherwise=text)


def _padded(directive: _Directive, text: Expression) -> Expression:
    if directive.width == 0:
        return text
    pad = "rpad" if "-" in directive.flags else "lpad"

    def filled(given: Expression) -> Expression:
        width = duck.f.greatest(duck.f.length(given), directive.width).cast("INTEGER")
        return duck.call(pad, given, width, " ")

    return let(text, filled, "text")


def _converted(directive: _Directive, value: Expression, given: t.DataType) -> Expression:
    kind = directive.conversion.lower()
    if isinstance(given, t.NullType):
        return duck.literal("false" if kind == "b" else "null")
    match kind:
        case "b":
            if isinstance(given, t.BooleanType):
                return duck.f.coalesce(value, False).cast("VARCHAR")
            return value.is_not_null().cast("VARCHAR")
        case "s":
            return duck.f.coalesce(stored_text(value, given), "null")
        case "c":
            return duck.f.coalesce(duck.f.chr(value.cast("INTEGER")), "null")
        case "h":
            bits = _java_hash(value, given).cast("BIGINT")
            unsigned = duck.case((bits.less(0), bits + 2**32), otherwise=bits)
            return duck.f.coalesce(duck.f.format("{:x}", unsigned), "null")
        case _:
            shown = _signed_number(directive, value, given, kind)
            return duck.case((value.is_null(), "null"), otherwise=shown)


def _java_hash(value: Expression, given: t.DataType) -> Expression:
    """What Java's ``hashCode`` is of a value; of a text it is Spark's hash."""
    match given:
        case t.StringType():
            lowering = added("hash").lowering
            assert lowering is not None  # noqa: S101 - it is built
            hashed = lowering(value, arguments=(Argument(given),))
            return duck.case((value.is_not_null(), hashed))
        case t.BooleanType():
            return duck.case((value.is_null(), None), (value, 1231), otherwise=1237)
        case t.ByteType() | t.ShortType() | t.IntegerType():
            return value
        case t.LongType():
            return _folded(duck.f.hex(value))
        case _:
            raise unsupported(f"the conversion %h of {given.sql} in a format string")


def _folded(digits: Expression) -> Expression:
    """Both halves of 64 bits, which `digits` show, by exclusive or."""
    wide = duck.f.lpad(digits, 16, "0")
    high, low = duck.f.left(wide, 8), duck.f.right(wide, 8)
    high, low = (duck.operator("||", "0x", half).cast("BIGINT") for half in (high, low))
    return duck.f.xor(high, low)


def _signed_number(
    directive: _Directive, value: Expression, given: t.DataType, kind: str
) -> Expression:
    if kind in "xo":
        return _bits(directive, value, given, kind)
    flags = directive.flags
    if kind == "d":
        body = duck.f.abs(value.cast("HUGEINT")).cast("VARCHAR")
    else:
        body = _floating(directive, duck.f.abs(value), kind)
    if "," in flags:
        body = let(body, _grouped_number, "body")
    negative = value.less(0) if kind == "d" else duck.f.signbit(value)
    before = duck.case((negative, "(" if "(" in flags else "-"), otherwise=_plus(flags))
    after = duck.case((negative, ")"), otherwise="") if "(" in flags else duck.literal("")
    if "0" in flags and directive.width:
        signs = duck.f.length(before) + duck.f.length(after)
        body = let(body, lambda text: _filled(text, signs, directive), "filled")
    shown = duck.operator("||", before, body, after)
    if kind == "d":
        return shown
    odd = duck.operator("||", before, "Infinity", after)
    return duck.case((duck.f.isnan(value), "NaN"), (duck.f.isinf(value), odd), otherwise=shown)


def _plus(flags: str) -> str:
    return "+" if "+" in flags else " " if " " in flags else ""


def _filled(text: Expression, signs: Expression, directive: _Directive) -> Expression:
    if directive.conversion.lower() != "a":
        return _zero_filled(text, signs, directive.width)
    return duck.literal("0x").joined(
        _zero_filled(duck.f.substring(text, 3), signs + 2, directive.width)
    )


def _zero_filled(text: Expression, signs: Expression, width: int) -> Expression:
    wide = duck.f.greatest(duck.f.length(text), duck.literal(width) - signs).cast("INTEGER")
    return duck.f.lpad(text, wide, "0")


def _grouped_number(text: Expression) -> Expression:
    whole = duck.f.split_part(text, ".", 1)
    return grouped(whole).joined(duck.f.substring(text, duck.f.length(whole) + 1))


def _bits(directive: _Directive, value: Expression, given: t.DataType, kind: str) -> Expression:
    """Whole numbers in base 16 or 8; negative ones as the bits of their type."""
    width = given.bits if isinstance(given, t.IntegralType) else 64
    wide = value.cast("HUGEINT")
    unsigned = duck.case((wide.less(0), wide + 2**width), otherwise=wide)
    prefix = ("0x" if kind == "x" else "0") if "#" in directive.flags else ""
    text = duck.operator("||", prefix, duck.f.format(f"{{:{kind}}}", unsigned))
    if "0" in directive.flags and directive.width:
        return let(text, lambda digits: _zero_filled(digits, duck.literal(0), directive.width), "b")
    return text


def _floating(directive: _Directive, size: Expression, kind: str) -> Expression:
    if kind == "a":
        written = kernel("java_floats", "hexadecimal", t.STRING, digits=directive.precision)
        return written(size.cast("DOUBLE"))
    digits = 6 if directive.precision is None else directive.precision
    # The point of a number without a fraction.
    point = "." if "#" in directive.flags and digits == 0 else ""
    if kind == "e":
        text = kernel("java_floats", "scientific", t.STRING, digits=digits)(size.cast("DOUBLE"))
        return duck.f.replace(text, "e", ".e") if point else text
    plain = duck.f.printf(f"%.{digits}f", size.cast("DOUBLE"))
    if kind == "f":
        if digits > 20:
            return plain
        # Java rounds the shortest decimal text of a double, halves up.
        decimal = size.cast("VARCHAR").try_cast(f"DECIMAL(38,{digits})").cast("VARCHAR")
        return duck.f.coalesce(decimal, plain).joined(point)
    digits = max(digits, 1)
    scientific = duck.f.printf(f"%.{digits - 1}e", size.cast("DOUBLE"))
    small = duck.all_of(size.at_least(0.0001), size.less(10.0**digits))
    places = duck.literal(digits - 1) - duck.f.floor(duck.f.log10(size)).cast("INTEGER")
    fixed = duck.case(
        *(
            (places.equals(count), duck.f.printf(f"%.{count}f", size.cast("DOUBLE")))
            for count in range(digits + 4)
        )
    )
    return duck.case(
        (size.equals(0), duck.f.printf(f"%.{digits - 1}f", 0.0)),
        (small, fixed),
        otherwise=scientific,
    )
