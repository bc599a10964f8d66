"""Arithmetic on numbers as DuckDB expressions: Spark's overflow, its exact decimals.

Operands have one type, or are decimals of any two shapes. ANSI raises on overflow and division by
zero, TRY gives null, LEGACY wraps whole numbers and gives null otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression, native, tree
from boathouse.duck.kernels import kernel
from boathouse.duck.tree import Column, Literal
from boathouse.duck.types import duck_type
from boathouse.functions.let import is_settled, let
from boathouse.functions.narrowing import wrapped
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import adjusted_decimal, cut_decimal

_SETTING = '"spark.sql.ansi.enabled"'
_MOST = t.DecimalType.MAX_PRECISION
_NARROW = 18
"""Digits of the decimals that DuckDB keeps in 64 bits."""
_KEPT = 34
"""Digits of a decimal that come through a change of its sign."""


def mode_of(*, ansi: bool) -> CastMode:
    """The mode an operator works in."""
    return CastMode.ANSI if ansi else CastMode.LEGACY


def tried(
    a: Expression, b: Expression, build: Callable[[Expression, Expression], Expression]
) -> Expression:
    """`build(a, b)`, null where that fails; what fails inside `a` and `b` stays an error, and TRY
    takes nothing volatile, so it sees them as names only.
    """
    return named(a, b, lambda x, y: duck.f.TRY(build(x, y)))


def overflow(message: str) -> Expression:
    """Raise ARITHMETIC_OVERFLOW where there is no other function to try."""
    return duck.fail("ARITHMETIC_OVERFLOW", message=message, alternative="", config=_SETTING)


# ---- result types -------------------------------------------------------------------------------

Shape = Callable[[int, int], t.DecimalType]
"""What is made of a precision and a scale that may be too large."""


def sum_type(a: t.DecimalType, b: t.DecimalType, shape: Shape = adjusted_decimal) -> t.DecimalType:
    """The decimal of a + b and a - b."""
    scale = max(a.scale, b.scale)
    return shape(max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale)


def product_type(
    a: t.DecimalType, b: t.DecimalType, shape: Shape = adjusted_decimal
) -> t.DecimalType:
    """The decimal of a * b."""
    return shape(a.precision + b.precision + 1, a.scale + b.scale)


def quotient_type(
    a: t.DecimalType, b: t.DecimalType, shape: Shape = adjusted_decimal
) -> t.DecimalType:
    """The decimal of a / b."""
    scale = max(6, a.scale + b.precision + 1)
    whole = a.precision - a.scale + b.scale
    if shape is cut_decimal:
        # Spark shares what is too much between both sides of the point here.
        whole, scale = min(_MOST, whole), min(_MOST, scale)
        if whole + scale > _MOST:
            scale -= (whole + scale - _MOST) // 2 + 1
            whole = _MOST - scale
    return shape(whole + scale, scale)


def remainder_type(
    a: t.DecimalType, b: t.DecimalType, shape: Shape = adjusted_decimal
) -> t.DecimalType:
    """The decimal of a % b."""
    scale = max(a.scale, b.scale)
    return shape(min(a.precision - a.scale, b.precision - b.scale) + scale, scale)


# ---- plus, minus, times -------------------------------------------------------------------------


def plus(
    a: Expression,
    b: Expression,
    types: tuple[t.DataType, t.DataType],
    result: t.DataType,
    mode: CastMode,
) -> Expression:
    """The sum a + b of numbers of `types`."""
    return _combined("+", a, b, types, result, mode)


def minus(
    a: Expression,
    b: Expression,
    types: tuple[t.DataType, t.DataType],
    result: t.DataType,
    mode: CastMode,
) -> Expression:
    """The difference a - b of numbers of `types`."""
    return _combined("-", a, b, types, result, mode)


def times(
    a: Expression,
    b: Expression,
    types: tuple[t.DataType, t.DataType],
    result: t.DataType,
    mode: CastMode,
) -> Expression:
    """The product a * b of numbers of `types`."""
    match (*types, result):
        case t.DecimalType() as left, t.DecimalType() as right, t.DecimalType() as of:
            if mode is CastMode.ANSI:
                return _decimal_product(a, b, left, right, of)
            return tried(a, b, lambda x, y: _decimal_product(x, y, left, right, of))
        case _:
            return _combined("*", a, b, types, result, mode)


_WRAPPED = {"+": "wrapped_plus", "-": "wrapped_minus", "*": "wrapped_times"}
_WIDER = {8: "SMALLINT", 16: "INTEGER", 32: "BIGINT", 64: "HUGEINT"}


def _combined(
    symbol: str,
    a: Expression,
    b: Expression,
    types: tuple[t.DataType, t.DataType],
    result: t.DataType,
    mode: CastMode,
) -> Expression:
    match (*types, result):
        case t.DecimalType() as left, t.DecimalType() as right, t.DecimalType() as of:
            if mode is CastMode.ANSI:
                return _decimal_sum(symbol, a, b, left, right, of)
            return tried(a, b, lambda x, y: _decimal_sum(symbol, x, y, left, right, of))
        case t.IntegralType() as left, _, _:
            if mode is CastMode.LEGACY and left.bits == 64 and native.available():
                return native.call(_WRAPPED[symbol], a, b)
            if mode is CastMode.LEGACY:
                wide = _WIDER[left.bits]
                exact = duck.operator(symbol, a.cast(wide), b.cast(wide))
                return wrapped(exact, left.bits, wide if left.bits == 64 else "BIGINT")
            if mode is CastMode.TRY:
                return tried(a, b, lambda x, y: duck.operator(symbol, x, y))
            return duck.operator(symbol, a, b)
        case _:
            return duck.operator(symbol, a, b)


def _decimal_sum(
    symbol: str,
    a: Expression,
    b: Expression,
    left: t.DecimalType,
    right: t.DecimalType,
    result: t.DecimalType,
) -> Expression:
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    if whole + scale > _MOST:
        return named(a, b, lambda x, y: _long_sum(symbol, x, y, scale, result))
    value = duck.operator(symbol, _roomy(a, left, right, whole + scale + 1), b)
    return value.cast(duck_type(result))


def _long_sum(
    symbol: str, a: Expression, b: Expression, scale: int, result: t.DecimalType
) -> Expression:
    """The sum of decimals whose digits may not all fit in 38: exact if they do, else of rounded
    operands.
    """

    def of_shape(digits: int) -> Expression:
        shape = duck_type(t.DecimalType(_MOST, digits))
        return duck.operator(symbol, a.cast(shape), b.cast(shape)).cast(duck_type(result))

    size = duck.f.abs(a.cast("DOUBLE")) + duck.f.abs(b.cast("DOUBLE"))
    small = size.less(0.9 * 10 ** (_MOST - scale))
    return duck.case((small, of_shape(scale)), otherwise=of_shape(result.scale))


def _roomy(a: Expression, left: t.DecimalType, right: t.DecimalType, digits: int) -> Expression:
    """`a` in a shape that makes DuckDB compute with 38 digits where 18 may be too few: it never
    leaves the narrower kind by itself.
    """
    narrow = max(left.precision, right.precision) <= _NARROW
    return a.cast(f"DECIMAL({_NARROW + 1},{left.scale})") if narrow and digits > _NARROW else a


def _decimal_product(
    a: Expression, b: Expression, left: t.DecimalType, right: t.DecimalType, of: t.DecimalType
) -> Expression:
    result, scale = duck_type(of), left.scale + right.scale
    digits = left.precision + right.precision
    narrow = _in_64_bits(a, left), _in_64_bits(b, right)
    if narrow[0] and narrow[1] and digits > _NARROW > scale == of.scale:
        # DuckDB multiplies in 64 bits, which is several times as fast, and raises where 18 digits
        # are too few: only then is the product made with 38.
        wide = (_roomy(a, left, right, digits) * b).cast(result)
        return duck.f.coalesce(duck.f.TRY(narrow[0] * narrow[1]).cast(result), wide)
    if digits <= _MOST or scale == of.scale:
        # Nothing is rounded; a product of more than 38 digits is an error here as in Spark.
        return (_roomy(a, left, right, digits) * b).cast(result)

    def exact(x: Expression, y: Expression) -> Expression:
        said = rounded(x, y)
        if not native.available():
            return said
        return _in_256_bits("times", (x, left), (y, right), scale - of.scale, of, otherwise=said)

    def rounded(x: Expression, y: Expression) -> Expression:
        if scale > _MOST:
            return _by_parts(x, y, left, right, of)
        # Small products fit in 38 digits before they are rounded. TRY would be slow for the others.
        size = duck.f.abs(x.cast("DOUBLE") * y.cast("DOUBLE"))
        small = size.less(0.9 * 10 ** (_MOST - scale))
        return duck.case((small, (x * y).cast(result)), otherwise=_by_parts(x, y, left, right, of))

    return named(a, b, exact)


def _in_256_bits(
    word: str,
    a: tuple[Expression, t.DecimalType],
    b: tuple[Expression, t.DecimalType],
    shift: int,
    result: t.DecimalType,
    *,
    otherwise: Expression,
) -> Expression:
    """The product or quotient ("times", "over") in native code, `shift` digits less or more; where
    that has no answer, `otherwise` gives it, or raises.
    """
    exact = _native_result(word, a, b, shift, result)
    return duck.f.coalesce(exact.try_cast(duck_type(result)), otherwise)


def _native_result(
    word: str,
    a: tuple[Expression, t.DecimalType],
    b: tuple[Expression, t.DecimalType],
    shift: int,
    result: t.DecimalType,
) -> Expression:
    digits = [
        native.call(f"digits{of.scale}", x.cast(f"DECIMAL({_MOST},{of.scale})")) for x, of in (a, b)
    ]
    number = native.call(f"decimal_{word}", *digits, duck.literal(shift, "INTEGER"))
    return native.call(f"decimal{result.scale}", number)


def _in_64_bits(value: Expression, of: t.DecimalType) -> Expression | None:
    """`value` as DuckDB computes it in 64 bits: itself, or what a product tries first."""
    match value:
        case tree.Call("coalesce", (tree.Cast(child=tree.Call("TRY", (inner,))), _)):
            return inner
        case _ if of.precision <= _NARROW and is_settled(value):
            return value
        case _:
            return None


def _by_parts(
    a: Expression, b: Expression, left: t.DecimalType, right: t.DecimalType, result: t.DecimalType
) -> Expression:
    wholes = max(left.precision - left.scale, right.precision - right.scale)
    too_long = max(left.scale, right.scale) + wholes > _MOST
    if too_long or left.scale + right.scale - result.scale > _MOST:
        return _aside("product", a, b, result)
    return named(
        unscaled(a, left),
        unscaled(b, right),
        lambda whole_a, whole_b: _long_product(whole_a, whole_b, left, right, result),
    )


def _aside(name: str, a: Expression, b: Expression, result: t.DecimalType) -> Expression:
    """The product or quotient by a kernel, for which no number is too long."""
    compute = kernel("decimals", name, result, precision=result.precision, scale=result.scale)
    return compute(a, b)


def _long_product(
    a: Expression, b: Expression, left: t.DecimalType, right: t.DecimalType, result: t.DecimalType
) -> Expression:
    """The product of two unscaled numbers of up to 38 digits, by parts: wholes and fractions."""
    one_a, one_b = _power(left.scale), _power(right.scale)
    whole_a, part_a, whole_b, part_b = a // one_a, a % one_a, b // one_b, b % one_b
    most = max(left.scale, right.scale)
    across = whole_a * part_b * _power(most - right.scale) + part_a * whole_b * _power(
        most - left.scale
    )
    small = part_a * part_b
    full = left.scale + right.scale
    if most >= result.scale:
        step = _power(most - result.scale)
        high, low = across // step, across % step * _power(full - most)
    else:
        high, low = across * _power(result.scale - most), duck.literal(0, "HUGEINT")
    rounded = _rounded(low + small, full - result.scale)
    return decimal_of(whole_a * whole_b * _power(result.scale) + high + rounded, result)


def _rounded(value: Expression, digits: int) -> Expression:
    """`value` without its last `digits`, half away from zero."""
    if digits == 0:
        return value
    half = duck.literal(10**digits // 2, "HUGEINT")
    return let(
        value,
        lambda number: (number + duck.if_(number.less(0), -half, half)) // _power(digits),
        "rounded",
    )


def _power(digits: int) -> Expression:
    return duck.literal(10**digits, "HUGEINT")


def unscaled(value: Expression, given: t.DecimalType) -> Expression:
    """The digits of a decimal as a HUGEINT: 1.50 of DECIMAL(5,2) is 150."""
    if given.scale == 0:
        return value.cast("HUGEINT")
    if given.precision <= _NARROW or given.precision + given.scale + 1 <= _MOST:
        width = _NARROW + 1 if given.precision <= _NARROW else given.scale + 1
        return (value * duck.literal(10**given.scale, f"DECIMAL({width},0)")).cast("HUGEINT")
    return let(value, lambda number: _split_digits(number, given), "digits")


def _split_digits(value: Expression, given: t.DecimalType) -> Expression:
    whole = duck.f.trunc(value)
    fraction = (value - whole).cast(f"DECIMAL({_MOST},{given.scale})")
    if given.scale < _MOST // 2:
        power = duck.literal(10**given.scale, f"DECIMAL({given.scale + 1},0)")
        digits = (fraction * power).cast("HUGEINT")
    else:
        digits = duck.f.replace(fraction.cast("VARCHAR"), ".", "").cast("HUGEINT")
    return whole.cast("HUGEINT") * _power(given.scale) + digits


def decimal_of(digits: Expression, result: t.DecimalType) -> Expression:
    """The decimal whose unscaled digits are `digits`."""
    number = digits.cast(f"DECIMAL({_MOST},0)")
    if result.scale == 0:
        return number.cast(duck_type(result))
    unit = duck.literal("0." + "1".rjust(result.scale, "0"), f"DECIMAL({_MOST},{result.scale})")
    return (number * unit).cast(duck_type(result))


# ---- division -----------------------------------------------------------------------------------


def is_simple(value: Expression) -> bool:
    """Whether writing `value` twice costs nothing."""
    return isinstance(value, (Column, Literal))


def _is_nonzero(value: Expression) -> bool:
    while not isinstance(value, Literal):
        child = getattr(value, "child", None)
        if not isinstance(child, Expression):
            return False
        value = child
    return value.value not in {0, None}


def guarded(
    a: Expression, b: Expression, mode: CastMode, condition: str, *, nullable: bool
) -> tuple[Expression, Expression]:
    """The operands of a division by `b`: under ANSI a zero raises `condition`, else it is null.
    Where `a` may be null (`nullable`) and is, nothing is raised.
    """
    if _is_nonzero(b):
        return a, b
    zero = b.equals(0)
    if mode is not CastMode.ANSI:
        # NULLIF would make a double of a long decimal.
        return a, duck.case((zero, duck.NULL), otherwise=b)
    if nullable:
        zero = duck.all_of(zero, a.is_not_null())
    setting = {} if condition.startswith("INTERVAL") else {"config": _SETTING}
    return a, duck.case((zero, duck.fail(condition, **setting)), otherwise=b)


def over(
    a: Expression,
    b: Expression,
    types: tuple[t.DataType, t.DataType],
    result: t.DataType,
    mode: CastMode,
    *,
    nullable: bool = True,
) -> Expression:
    """The quotient a / b of doubles or decimals. `nullable` says whether `a` may be null."""

    def build(left: Expression, right: Expression) -> Expression:
        top, bottom = guarded(left, right, mode, "DIVIDE_BY_ZERO", nullable=nullable)
        match (*types, result):
            case t.DecimalType() as of_a, t.DecimalType() as of_b, t.DecimalType() as of:
                value = _decimal_quotient(top, bottom, of_a, of_b, of)
                return value if mode is CastMode.ANSI else duck.f.TRY(value)
            case _:
                return top / bottom

    return named(a, b, build)


def named(
    a: Expression, b: Expression, build: Callable[[Expression, Expression], Expression]
) -> Expression:
    """`build(a, b)` with each operand computed once."""
    return let(a, lambda left: let(b, lambda right: build(left, right), "bottom"), "top")


def _decimal_quotient(
    a: Expression, b: Expression, left: t.DecimalType, right: t.DecimalType, result: t.DecimalType
) -> Expression:
    shift = result.scale - left.scale + right.scale

    def build(top: Expression, bottom: Expression) -> Expression:
        # Half up: one more, away from zero, when the rest is at least half of the divisor.
        rest = duck.f.abs(top % bottom)
        more = rest.at_least(duck.f.abs(bottom) - rest)
        away = duck.if_(top.less(0).equals(bottom.less(0)), 1, -1)
        return decimal_of(top // bottom + duck.if_(more, away, 0).cast("HUGEINT"), result)

    def said(x: Expression, y: Expression) -> Expression:
        if not 0 <= shift <= _MOST:
            return _aside("quotient", x, y, result)
        quotient = named(unscaled(x, left) * _power(shift), unscaled(y, right), build)
        if left.precision + shift <= _MOST:
            return quotient
        small = duck.f.abs(x.cast("DOUBLE")).less(0.9 * 10.0 ** (_MOST - left.scale - shift))
        return duck.case((small, quotient), otherwise=_aside("quotient", x, y, result))

    if not native.available() or not 0 <= shift <= _MOST:
        return said(a, b)
    if left.precision - left.scale + right.scale + result.scale <= result.precision:
        # Any quotient has room.
        return _native_result("over", (a, left), (b, right), shift, result).cast(duck_type(result))
    return named(
        a,
        b,
        lambda x, y: _in_256_bits(
            "over", (x, left), (y, right), shift, result, otherwise=said(x, y)
        ),
    )


def integral_quotient(
    a: Expression,
    b: Expression,
    types: tuple[t.DataType, t.DataType],
    mode: CastMode,
    *,
    nullable: bool = True,
) -> Expression:
    """The quotient a div b as BIGINT, cut towards zero, of BIGINTs or decimals."""
    match types:
        case t.DecimalType() as left, t.DecimalType() as right:
            return named(
                a, b, lambda x, y: _decimal_div(x, y, (left, right), mode, nullable=nullable)
            )
        case _ if mode is CastMode.ANSI:
            # DuckDB raises both errors itself.
            return a // b
        case _:
            exact = a.cast("HUGEINT") // duck.f.nullif(b, 0).cast("HUGEINT")
            return (
                wrapped(exact, 64, "HUGEINT")
                if mode is CastMode.LEGACY
                else exact.try_cast("BIGINT")
            )


def _decimal_div(
    a: Expression,
    b: Expression,
    types: tuple[t.DecimalType, t.DecimalType],
    mode: CastMode,
    *,
    nullable: bool,
) -> Expression:
    left, right = types
    top, bottom = guarded(a, b, mode, "DIVIDE_BY_ZERO", nullable=nullable)
    scale = max(left.scale, right.scale)
    more, less = scale - left.scale, scale - right.scale
    upper, lower = unscaled(top, left), unscaled(bottom, right)
    if left.precision + more <= _MOST and right.precision + less <= _MOST:
        value = (upper * _power(more)) // (lower * _power(less))
    elif less:
        # A divisor of more than 38 digits is beyond every dividend.
        value = named(upper, lower, lambda x, y: _divided(x, y, less))
    else:
        value = _aside("whole_quotient", top, bottom, t.DecimalType(_MOST, 0)).cast("HUGEINT")
    # Spark keeps the lowest 64 bits.
    return wrapped(value if mode is CastMode.ANSI else duck.f.TRY(value), 64, "HUGEINT")


def _divided(a: Expression, b: Expression, digits: int) -> Expression:
    """The quotient a // (b with so many zeros behind it)."""
    quotient = a // duck.f.TRY(b * _power(digits))
    return duck.case(
        (duck.any_of(a.is_null(), b.is_null()), None), (quotient.is_null(), 0), otherwise=quotient
    )


def remainder(
    a: Expression,
    b: Expression,
    types: tuple[t.DataType, t.DataType],
    result: t.DataType,
    mode: CastMode,
    *,
    nullable: bool = True,
) -> Expression:
    """The remainder a % b with the sign of `a`."""
    match (*types, result):
        case t.DecimalType() as left, t.DecimalType() as right, t.DecimalType() as of:
            if mode is CastMode.ANSI:
                return _decimal_remainder(a, b, left, right, of)
            # What raises by itself is not to be tried.
            zero = duck.case((b.equals(0), duck.NULL), otherwise=b)
            return tried(
                a, zero, lambda x, y: _decimal_remainder(x, y, left, right, of, checked=True)
            )
        case t.IntegralType(), _, _:
            b = _never_minus_one(b, result)
            return a % b if mode is CastMode.ANSI else a % duck.f.nullif(b, 0)
        case _:

            def build(left: Expression, right: Expression) -> Expression:
                top, bottom = guarded(left, right, mode, "REMAINDER_BY_ZERO", nullable=nullable)
                return top % bottom

            return named(a, b, build)


def _never_minus_one(divisor: Expression, of: t.DataType) -> Expression:
    """One in place of minus one, which leaves no rest either: DuckDB divides the least number by
    it, and finds no room for what comes out.
    """
    if isinstance(divisor, tree.Literal) and divisor.value != -1:
        return divisor
    one = duck.literal(1, duck_type(of))
    return let(divisor, lambda by: duck.if_(by.equals(-1), one, by), "divisor")


def _decimal_remainder(
    a: Expression,
    b: Expression,
    left: t.DecimalType,
    right: t.DecimalType,
    result: t.DecimalType,
    *,
    checked: bool = False,
) -> Expression:
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    if whole + scale > _MOST:
        if not checked:
            a, b = guarded(a, b, CastMode.ANSI, "REMAINDER_BY_ZERO", nullable=True)
        digits = named(
            unscaled(a, left),
            unscaled(b, right),
            lambda x, y: _long_remainder(x, y, left, right),
        )
        return decimal_of(digits, t.DecimalType(result.precision, scale)).cast(duck_type(result))
    value = _roomy(a, left, right, whole + scale) % b
    return value.cast(duck_type(result))


def _long_remainder(
    a: Expression, b: Expression, left: t.DecimalType, right: t.DecimalType
) -> Expression:
    """The rest, in the digits of the longer fraction, of unscaled numbers."""
    more, less = right.scale - left.scale, left.scale - right.scale
    if less >= 0:
        # What is less than the divisor is its own rest.
        rest = a % duck.f.TRY(b * _power(less))
        missing = duck.any_of(a.is_null(), b.is_null())
        return duck.case((missing, None), otherwise=duck.f.coalesce(rest, a))
    # So many zeros at a time that no number gets more than 38 digits (39 at worst).
    step = max(_MOST - right.precision, 1)
    powers = [10 ** min(step, more - done) for done in range(0, more, step)]
    shifted = duck.lambda_("_rest _power", lambda rest, power: rest * power % b)
    return duck.f.list_reduce(
        duck.list_of(*(duck.literal(power, "HUGEINT") for power in powers)), shifted, a % b
    )


def positive_remainder(
    a: Expression,
    b: Expression,
    types: tuple[t.DataType, t.DataType],
    result: t.DataType,
    mode: CastMode,
    *,
    nullable: bool = True,
) -> Expression:
    """pmod(a, b): the remainder made positive by adding `b` once."""

    def build(left: Expression, right: Expression) -> Expression:
        rest = remainder(left, right, types, result, mode, nullable=nullable)
        return let(rest, lambda r: _made_positive(r, right, result), "rest")

    return named(a, b, build)


def _made_positive(rest: Expression, b: Expression, result: t.DataType) -> Expression:
    shifted = (rest + b) % b
    if isinstance(result, t.DecimalType):
        shifted = shifted.cast(duck_type(result))
    return duck.case((rest.less(0), shifted), otherwise=rest)


# ---- one operand --------------------------------------------------------------------------------


def negated(a: Expression, given: t.DataType, mode: CastMode) -> Expression:
    """-a."""
    match given:
        case t.IntegralType() if mode is CastMode.ANSI:
            least = duck.literal(-(2 ** (given.bits - 1)), duck_type(given))
            zero = duck.literal(0, duck_type(given))
            return let(
                a,
                # DuckDB's minus sign would widen the type.
                lambda x: duck.case((x.equals(least), overflow("overflow")), otherwise=zero - x),
                "number",
            )
        case t.IntegralType():
            return minus(duck.literal(0, duck_type(given)), a, (given, given), given, mode)
        case t.DecimalType(precision=precision) if precision > _KEPT:
            return let(a, lambda x: _negated_decimal(x, given), "number")
        case _:
            return -a


def _negated_decimal(a: Expression, given: t.DecimalType) -> Expression:
    """-a, of which Spark keeps 34 digits; beyond the type by that, it is an error."""
    few = 10 ** (_KEPT - given.scale) if given.scale <= _KEPT else 0
    text = str(few) if few else "0." + "1".rjust(given.scale - _KEPT, "0")
    largest = duck.literal(text, duck_type(given))
    digits = let(unscaled(a, given), _kept_digits, "digits")

    def within(kept: Expression) -> Expression:
        refused = duck.if_(
            kept.greater(0), _no_room(given, negative=True), _no_room(given, negative=False)
        )
        size = duck.f.abs(kept)
        return duck.if_(size.at_least(_power(given.precision)), refused, decimal_of(-kept, given))

    rounded = let(digits, within, "kept")
    return duck.if_(duck.f.abs(a).less(largest), -a, rounded)


def _kept_digits(digits: Expression) -> Expression:
    """The first 34 digits, halves to the even one, and zeros for the others."""

    def without(number: int) -> tuple[Expression, Expression]:
        size = duck.f.abs(digits)
        kept, rest, half = size // _power(number), size % _power(number), _power(number) // 2
        odd = (kept % 2).equals(1)
        up = duck.any_of(rest.greater(half), duck.all_of(rest.equals(half), odd))
        whole = (kept + duck.if_(up, 1, 0)) * _power(number)
        signed = duck.if_(digits.less(0), -whole, whole)
        return size.at_least(_power(_KEPT + number - 1)), signed

    return duck.case(*(without(number) for number in range(_MOST - _KEPT, 0, -1)), otherwise=digits)


def _no_room(given: t.DecimalType, *, negative: bool) -> Expression:
    """Raise for the power of ten to which a number of nothing but nines is rounded."""
    places = given.precision - given.scale
    sign = "-" if negative else ""
    tail = "0" * (_KEPT - 1)
    shown = f"1{tail[:places]}.{tail[places:]}".rstrip(".")
    return duck.fail(
        "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION",
        originalValue=sign + (shown if places < _KEPT else f"1.{tail}E+{places}"),
        roundedValue=f"{sign}1{'0' * places}" + f".{'0' * given.scale}".rstrip("."),
        precision=str(given.precision),
        scale=str(given.scale),
    )


def absolute(a: Expression, given: t.DataType) -> Expression:
    """The size of a number; of a decimal below zero, as with a minus sign before it."""
    if not (isinstance(given, t.DecimalType) and given.precision > _KEPT):
        return duck.f.abs(a)
    return let(a, lambda x: duck.if_(x.less(0), _negated_decimal(x, given), x), "number")


def interval_in_range(
    size: Expression, kind: t.DataType, hint: str, **parameters: str
) -> Expression:
    """The interval of a `size` that may be beyond it, which is an error."""
    failure = duck.fail(f"INTERVAL_ARITHMETIC_OVERFLOW.{hint}", **parameters)

    def build(total: Expression) -> Expression:
        fits = total.try_cast(duck_type(kind))
        return duck.f.coalesce(fits, duck.if_(total.is_not_null(), failure))

    return let(size, build, "size")
