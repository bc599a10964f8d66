"""Functions of Spark's group for mathematics, but for rounding (`math_rounding`)."""

from __future__ import annotations

import math
from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions import arithmetic
from boathouse.functions.let import let
from boathouse.functions.narrowing import wrapped
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    DOUBLE,
    INT,
    LONG,
    STRING,
    Argument,
    Takes,
    TypeMismatch,
    always,
    never,
    optional,
    same_as,
)
from boathouse.functions.zeros import with_one_zero
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string

MATH = Group("math_funcs")

_Arguments = tuple[Argument, ...]
_ANSI_INTERVAL = (t.YearMonthIntervalType, t.DayTimeIntervalType)


# ---- functions of one double --------------------------------------------------------------------


def _curve(
    name: str,
    build: Callable[[Expression], Expression],
    doc: str,
    *aliases: str,
    shown: str | None = None,
) -> None:
    """A function of one double, shown in capitals by Spark unless `shown` says otherwise."""
    for called in (name, *aliases):
        word = shown or called.upper()
        MATH.scalar(
            called,
            takes=[DOUBLE],
            gives=t.DOUBLE,
            nullable=always,
            shows=_shown_as(word),
            doc=doc,
        )(build)


def _shown_as(word: str) -> Callable[..., str]:
    return lambda *names: f"{word}({', '.join(names)})"


def _duck(name: str) -> Callable[[Expression], Expression]:
    return lambda value: duck.call(name, value)


def _positive(name: str, least: float = 0.0) -> Callable[[Expression], Expression]:
    """DuckDB's `name` of a number above `least`, else null."""

    def build(value: Expression) -> Expression:
        # NaN is greater than every number for DuckDB, as it is for Spark.
        return let(value, lambda x: duck.if_(x.greater(least), duck.call(name, x)), "x")

    return build


_curve(
    "sqrt",
    _duck("sqrt"),
    """The square root; NaN of a negative number.

    >>> SELECT sqrt(16)
    4.0
    """,
)


def _cbrt(value: Expression) -> Expression:
    def build(x: Expression) -> Expression:
        near = duck.f.cbrt(x)
        # One step of Newton's method: DuckDB's root of 27 is a little more than 3.
        better = let(near, lambda r: r - (r * r * r - x) / (r * r * 3.0), "root")
        # Of the greatest numbers the root's cube may be beyond a double.
        huge = let(near, lambda r: r - (r - x / r / r) / 3.0, "root")
        better = duck.case((duck.f.abs(x).greater(1e300), huge), otherwise=better)
        plain = duck.any_of(x.equals(0.0), duck.f.isfinite(x).negated())
        return duck.case((plain, x), otherwise=better)

    return let(value, build, "x")


_curve(
    "cbrt",
    _cbrt,
    """The cube root.

    >>> SELECT cbrt(27)
    3.0
    """,
)
_curve(
    "exp",
    _duck("exp"),
    """The number e to a power.

    >>> SELECT exp(0)
    1.0
    """,
)


def _expm1(value: Expression) -> Expression:
    def build(x: Expression) -> Expression:
        near = duck.f.sinh(x / 2.0) * duck.f.exp(x / 2.0) * 2.0
        return duck.case((duck.f.abs(x).at_least(0.5), duck.f.exp(x) - 1.0), otherwise=near)

    return let(value, build, "x")


_curve(
    "expm1",
    _expm1,
    """The number e to a power, less 1; exact near 0.

    >>> SELECT expm1(0)
    0.0
    """,
)
_curve(
    "ln",
    _positive("ln"),
    """The natural logarithm; null of zero and below.

    >>> SELECT ln(1)
    0.0
    """,
    shown="ln",
)
_curve(
    "log2",
    _positive("log2"),
    """The logarithm to base 2; null of zero and below.

    >>> SELECT log2(8)
    3.0
    """,
)
_curve(
    "log10",
    _positive("log10"),
    """The logarithm to base 10; null of zero and below.

    >>> SELECT log10(1000)
    3.0
    """,
)


def _log1p(value: Expression) -> Expression:
    def build(x: Expression) -> Expression:
        small = duck.f.atanh(x / (x + 2.0)) * 2.0
        return duck.case(
            (x.at_most(-1.0), duck.NULL),
            (duck.f.abs(x).less(0.5), small),
            otherwise=duck.f.ln(x + 1.0),
        )

    return let(value, build, "x")


_curve(
    "log1p",
    _log1p,
    """The natural logarithm of the number plus 1, exact near 0; null of -1 and below.

    >>> SELECT log1p(0)
    0.0
    """,
)
for _name, _meaning, _example in (
    ("sin", "The sine of an angle in radians.", "0.0"),
    ("cos", "The cosine of an angle in radians.", "1.0"),
    ("tan", "The tangent of an angle in radians.", "0.0"),
    ("asin", "The angle whose sine this is, in radians.", "0.0"),
    ("acos", "The angle whose cosine this is, in radians.", "1.5707963267948966"),
    ("atan", "The angle whose tangent this is, in radians.", "0.0"),
    ("sinh", "The hyperbolic sine.", "0.0"),
    ("cosh", "The hyperbolic cosine.", "1.0"),
    ("tanh", "The hyperbolic tangent.", "0.0"),
    ("asinh", "The inverse of the hyperbolic sine.", "0.0"),
    ("acosh", "The inverse of the hyperbolic cosine; NaN below 1.", "NaN"),
    ("atanh", "The inverse of the hyperbolic tangent; NaN outside -1 to 1.", "0.0"),
    ("degrees", "An angle in radians as degrees.", "0.0"),
    ("radians", "An angle in degrees as radians.", "0.0"),
):
    _curve(_name, _duck(_name), f"{_meaning}\n\n    >>> SELECT {_name}(0)\n    {_example}\n    ")
_curve(
    "sec",
    lambda value: duck.literal(1.0) / duck.f.cos(value),
    """The secant of an angle in radians.

    >>> SELECT sec(0)
    1.0
    """,
)
_curve(
    "csc",
    lambda value: duck.literal(1.0) / duck.f.sin(value),
    """The cosecant of an angle in radians.

    >>> SELECT csc(0)
    Infinity
    """,
)
_curve(
    "cot",
    lambda value: duck.literal(1.0) / duck.f.tan(value),
    """The cotangent of an angle in radians.

    >>> SELECT cot(0)
    Infinity
    """,
)
_curve(
    "rint",
    lambda value: duck.f.round_even(value, 0),
    """The nearest whole number, as a double; the even one of two.

    >>> SELECT rint(2.5)
    2.0
    """,
    shown="rint",
)


# ---- two doubles --------------------------------------------------------------------------------


def _two(
    name: str, build: Callable[[Expression, Expression], Expression], doc: str, shown: str
) -> None:
    MATH.scalar(name, takes=[DOUBLE, DOUBLE], gives=t.DOUBLE, shows=_shown_as(shown), doc=doc)(
        build
    )


_POWER = """A number to a power.

    >>> SELECT power(2, 10)
    1024.0
    """
_two("power", duck.f.pow, _POWER, "POWER")
_two("pow", duck.f.pow, _POWER.replace("power(2", "pow(2"), "pow")
_two(
    "atan2",
    # Java is given 0.0 for -0.0.
    lambda y, x: duck.f.atan2(with_one_zero(y, t.DOUBLE), with_one_zero(x, t.DOUBLE)),
    """The angle of the point with these coordinates (y first), in radians.

    >>> SELECT atan2(0, 1)
    0.0
    """,
    "ATAN2",
)
_SQUARABLE = (1e-140, 1e140)
"""The square of a size between them is a double with all of its digits."""


def _hypotenuse(a: Expression, b: Expression) -> Expression:
    least, most = _SQUARABLE

    def build(size: Expression) -> Expression:
        x, y = a / size, b / size
        scaled = size * duck.f.sqrt(x * x + y * y)
        plain = duck.any_of(duck.all_of(size.at_least(least), size.at_most(most)), size.equals(0.0))
        squares = duck.f.sqrt(a * a + b * b)
        endless = duck.any_of(duck.f.isinf(a), duck.f.isinf(b))
        known = duck.any_of(plain, duck.f.isnan(size))
        missing = duck.any_of(a.is_null(), b.is_null())
        return duck.case(
            (missing, None), (endless, float("inf")), (known, squares), otherwise=scaled
        )

    return let(duck.f.greatest(duck.f.abs(a), duck.f.abs(b)), build, "size")


_two(
    "hypot",
    lambda a, b: let(a, lambda x: let(b, lambda y: _hypotenuse(x, y), "second"), "first"),
    """The length of the hypotenuse over two sides.

    >>> SELECT hypot(3, 4)
    5.0
    """,
    "HYPOT",
)


@MATH.scalar(
    "log",
    takes=[DOUBLE, optional(DOUBLE)],
    gives=t.DOUBLE,
    nullable=always,
    shows=lambda *names: f"LOG({', '.join(names if len(names) == 2 else ('E()', *names))})",
)
def _log(base: Expression, value: Expression | None) -> Expression:
    """The logarithm of the last number, to the base before it or e; null of zero and below.

    >>> SELECT log(2, 8)
    3.0
    """
    if value is None:
        return _positive("ln")(base)
    top, bottom = _positive("ln")(value), _positive("ln")(base)
    return top / bottom


@MATH.scalar("pi", gives=t.DOUBLE, nullable=never, shows=lambda: "PI()")
def _pi() -> Expression:
    """The ratio of a circle's circumference to its diameter.

    >>> SELECT pi()
    3.141592653589793
    """
    return duck.literal(math.pi)


@MATH.scalar("e", gives=t.DOUBLE, nullable=never, shows=lambda: "E()")
def _e() -> Expression:
    """The base of the natural logarithm.

    >>> SELECT e()
    2.718281828459045
    """
    return duck.literal(math.e)


# ---- sign and size ------------------------------------------------------------------------------


def _double_or_interval(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, _ANSI_INTERVAL):
        return given.type
    return DOUBLE.coerce(given, ansi)


_SIGNED = Takes(
    _double_or_interval,
    '("DOUBLE" or "INTERVAL YEAR TO MONTH" or "INTERVAL DAY TO SECOND")',
)


def _sign(value: Expression, *, arguments: _Arguments) -> Expression:
    def build(x: Expression) -> Expression:
        sign = duck.f.sign(x).cast("DOUBLE")
        if isinstance(arguments[0].type, t.DoubleType):
            return duck.case((duck.any_of(duck.f.isnan(x), x.equals(0)), x), otherwise=sign)
        return sign

    return let(value, build, "x")


_SIGN = """1.0 for a positive number, -1.0 for a negative one, 0.0 for zero.

    >>> SELECT sign(-5)
    -1.0
    """
for _name, _word in (("sign", "sign"), ("signum", "SIGNUM")):
    MATH.scalar(
        _name,
        takes=[_SIGNED],
        gives=t.DOUBLE,
        nullable=always,
        needs=("arguments",),
        shows=_shown_as(_word),
        doc=_SIGN.replace("sign(-5)", f"{_name}(-5)"),
    )(_sign)


def _measurable(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, (t.NumericType, *_ANSI_INTERVAL)):
        return given.type
    return t.DOUBLE if is_string(given.type) or isinstance(given.type, t.NullType) else None


@MATH.scalar(
    "abs",
    takes=[
        Takes(_measurable, '("NUMERIC" or "INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH")')
    ],
    gives=same_as(0),
    needs=("arguments", "ansi"),
)
def _abs(value: Expression, *, arguments: _Arguments, ansi: bool) -> Expression:
    """The number or interval without its sign.

    >>> SELECT abs(-5)
    5
    """
    kind = arguments[0].type
    if not ansi and isinstance(kind, t.IntegralType):
        return wrapped(duck.f.abs(value.cast("HUGEINT")), kind.bits, "HUGEINT")
    return arithmetic.absolute(value, kind)


# ---- whole numbers ------------------------------------------------------------------------------


@MATH.scalar("factorial", takes=[INT], gives=t.LONG, nullable=always)
def _factorial(value: Expression) -> Expression:
    """The product of all whole numbers up to this one; null outside 0 to 20.

    >>> SELECT factorial(5)
    120
    """

    def build(n: Expression) -> Expression:
        inside = duck.all_of(n.at_least(0), n.at_most(20))
        return duck.if_(inside, duck.f.factorial(n).cast("BIGINT"))

    return let(value, build, "n")


def _hex_type(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.BinaryType) or is_string(given.type):
        return given.type
    return LONG.coerce(given, ansi) or STRING.coerce(given, ansi)


@MATH.scalar("hex", takes=[Takes(_hex_type, '("BIGINT" or "BINARY" or "STRING")')], gives=t.STRING)
def _hex(value: Expression) -> Expression:
    """A number, or the bytes of a text, in hexadecimal digits.

    >>> SELECT hex(255)
    FF
    """
    return duck.f.hex(value)


@MATH.scalar("unhex", takes=[STRING], gives=t.BINARY, nullable=always)
def _unhex(text: Expression) -> Expression:
    """The bytes written as hexadecimal digits; null for other characters.

    >>> SELECT decode(unhex('5370'), 'UTF-8')
    Sp
    """

    def build(digits: Expression) -> Expression:
        even = duck.if_((duck.f.length(digits) % 2).equals(1), "0", "").joined(digits)
        legal = duck.f.regexp_full_match(digits, "[0-9A-Fa-f]*")
        return duck.if_(legal, duck.f.unhex(even))

    return let(text, build, "digits")


@MATH.scalar("bin", takes=[LONG], gives=t.STRING)
def _bin(value: Expression) -> Expression:
    """A whole number in binary digits; a negative one as its 64 bits.

    >>> SELECT bin(13)
    1101
    """
    return duck.f.bin(value)


_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@MATH.scalar("conv", takes=[STRING, INT, INT], gives=t.STRING, nullable=always, needs=("ansi",))
def _conv(number: Expression, given: Expression, wanted: Expression, *, ansi: bool) -> Expression:
    """A whole number, written in one base, in another; a negative base asks for a sign.

    >>> SELECT conv('ff', 16, 10)
    255
    """

    def build(text: Expression) -> Expression:
        legal = duck.all_of(
            duck.f.abs(given).at_least(2),
            duck.f.abs(given).at_most(36),
            duck.f.abs(wanted).at_least(2),
            duck.f.abs(wanted).at_most(36),
            text.differs(""),
        )
        value = let(_conv_value(text, given, ansi=ansi), lambda v: _conv_text(v, wanted), "value")
        return duck.if_(legal, value)

    return let(duck.f.upper(duck.f.trim(number)), build, "text")


def _conv_value(text: Expression, base: Expression, *, ansi: bool) -> Expression:
    """The digits that are ones in `base`, as a number of 64 bits without a sign."""
    negative = duck.f.starts_with(text, "-")
    digits = duck.f.list_transform(
        duck.f.string_split(duck.f.ltrim(text, "-"), ""),
        duck.lambda_("_c", lambda c: (duck.f.strpos(_DIGITS, c) - 1).cast("HUGEINT")),
    )
    width = duck.f.abs(base)
    marked = duck.f.list_transform(
        digits, duck.lambda_("_d", lambda d: duck.any_of(d.less(0), d.at_least(width)))
    )
    end = duck.f.coalesce(duck.f.nullif(duck.f.list_position(marked, duck.TRUE), 0), 1000)
    read = duck.f.list_slice(digits, 1, end - 1)
    most = duck.literal(2**64 - 1, "HUGEINT")
    total = duck.f.list_reduce(
        read,
        duck.lambda_(
            "_a _d", lambda a, d: duck.f.least(a * width + d, duck.literal(2**70, "HUGEINT"))
        ),
        duck.literal(0, "HUGEINT"),
    )
    failure = duck.fail(
        "ARITHMETIC_OVERFLOW",
        message="Overflow in function conv()",
        alternative="",
        config='"spark.sql.ansi.enabled"',
    )
    capped = let(
        total,
        lambda v: duck.case((v.greater(most), failure if ansi else most), otherwise=v),
        "total",
    )
    whole = duck.literal(2**64, "HUGEINT")
    return let(
        capped,
        lambda v: duck.case(
            (duck.all_of(negative, v.greater(0), v.less(2**63)), whole - v), otherwise=v
        ),
        "capped",
    )


def _conv_text(value: Expression, base: Expression) -> Expression:
    whole = duck.literal(2**64, "HUGEINT")
    signed = duck.all_of(base.less(0), value.at_least(2**63))
    size = duck.case((signed, whole - value), otherwise=value)
    width = duck.f.abs(base)

    def digits(number: Expression) -> Expression:
        start = duck.list_of(duck.struct_of(n=number, s=""))
        seeds = duck.f.list_transform(
            duck.f.range(64), duck.lambda_("_i", lambda _: duck.struct_of(n=number, s=""))
        )

        def step(state: Expression, _: Expression) -> Expression:
            left, text = duck.field_of(state, "n"), duck.field_of(state, "s")
            digit = duck.f.substr(_DIGITS, (left % width).cast("BIGINT") + 1, 1)
            more = duck.struct_of(n=left // width, s=digit.joined(text))
            return duck.case((left.equals(0), state), otherwise=more)

        done = duck.f.list_reduce(duck.f.list_concat(start, seeds), duck.lambda_("_s _x", step))
        text = duck.field_of(done, "s")
        return duck.case((text.equals(""), "0"), otherwise=text)

    shown = let(size, digits, "size")
    return duck.if_(signed, "-", "").joined(shown)


# ---- buckets ------------------------------------------------------------------------------------


def _check_buckets(arguments: _Arguments) -> None:
    measured = [argument.type for argument in arguments[:3]]
    if len({type(given) for given in measured}) > 1:
        shown = " or ".join(f'"{given.sql}"' for given in measured)
        raise TypeMismatch("DATA_DIFF_TYPES", functionName="`width_bucket`", dataType=f"({shown})")


@MATH.scalar(
    "width_bucket",
    takes=[_SIGNED, _SIGNED, _SIGNED, LONG],
    gives=t.LONG,
    nullable=always,
    check=_check_buckets,
)
def _width_bucket(
    value: Expression, least: Expression, most: Expression, count: Expression
) -> Expression:
    """The number of the bucket a value falls in, of so many of equal width between two ends.

    >>> SELECT width_bucket(5.3, 0.2, 10.6, 5)
    3
    """
    v, low, high = (part.cast("DOUBLE") for part in (value, least, most))
    legal = duck.all_of(
        count.greater(0),
        count.less(2**63 - 1),
        low.differs(high),
        duck.f.isfinite(low),
        duck.f.isfinite(high),
        duck.f.isnan(v).negated(),
    )
    below = duck.any_of(
        duck.all_of(low.less(high), v.less(low)), duck.all_of(low.greater(high), v.greater(low))
    )
    above = duck.any_of(
        duck.all_of(low.less(high), v.at_least(high)),
        duck.all_of(low.greater(high), v.at_most(high)),
    )
    inside = duck.f.floor(count.cast("DOUBLE") * (v - low) / (high - low)).cast("BIGINT") + 1
    place = duck.case((below, 0), (above, count + 1), otherwise=inside).cast("BIGINT")
    return duck.if_(legal, place)
