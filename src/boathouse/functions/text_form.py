"""Any value as the text that CAST to STRING gives it.

Numbers with a fraction look as Java prints them, nested values as ``[1, null]``, ``{k -> v}`` and
``{a, b}``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck import native
from boathouse.duck.kernels import kernel
from boathouse.duck.types import duck_type, field_names
from boathouse.functions import variant_text
from boathouse.functions.let import let
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.duck import Expression

    _Show = Callable[[Expression, t.DataType], Expression]

_MICROS = {"day": 86_400_000_000, "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000}


_MOST_ZEROS = 6


def text_of(value: Expression, given: t.DataType, *, java: bool = False) -> Expression:
    """`value` of the Spark type `given` as Spark's text; null stays null. Decimals look as in
    `java` if asked to: only under ANSI does Spark write out 1E-8.
    """
    if java and isinstance(given, t.DecimalType):
        return java_decimal(value, given)
    nested = _NESTED.get(type(given))
    if nested is not None:
        return nested(value, given, lambda part, of: shown(part, of, java=java))
    rule = _RULES.get(type(given))
    if rule is None:
        return value.cast("VARCHAR")
    return rule(value, given)


def shown(
    value: Expression, given: t.DataType, null: str = "null", *, java: bool = False
) -> Expression:
    """As `text_of`, with the word `null` where the value is null; texts in variants have quotes."""
    text = (
        variant_text.json_form(value)
        if isinstance(given, t.VariantType)
        else text_of(value, given, java=java)
    )
    return duck.f.coalesce(text, null)


# ---- numbers -------------------------------------------------------------------------------------


def _double(value: Expression, given: t.DataType) -> Expression:
    single = isinstance(given, t.FloatType)
    if native.available():
        return native.call("float_text" if single else "double_text", value)
    java = kernel("java_numbers", "text", t.STRING, single=single)

    def text(number: Expression) -> Expression:
        plain = _double_text(number, duck_type(given))
        return duck.if_(_is_odd(number, single=single), java(number), plain)

    return let(value, text, "double")


_SHORT_ENOUGH = 9
"""Characters of a float of which DuckDB shows no digit more than Java does."""


def _is_odd(number: Expression, *, single: bool) -> Expression:
    """Whether Java may write other digits than DuckDB, the fewest that tell a number apart."""
    size = duck.f.abs(number)
    power = duck.f.log2(size)
    large = duck.all_of(size.at_least(2.0 ** (23 if single else 53)), size.less(float("inf")))
    tiny = duck.all_of(size.less(1e-37 if single else 1e-307), size.greater(0.0))
    odd = duck.any_of(large, tiny, power.equals(duck.f.floor(power)))
    if not single:
        return odd
    long = duck.f.strlen(number.cast("VARCHAR")).greater(_SHORT_ENOUGH)
    return duck.any_of(odd, duck.all_of(size.at_least(1e-3), size.less(1e7), long))


def _double_text(value: Expression, kind: str) -> Expression:
    size, text = duck.f.abs(value), value.cast("VARCHAR")
    return duck.case(
        (duck.all_of(size.at_least(duck.literal(1e-3, kind)), size.less(1e7)), text),
        (value.equals(0.0), text),
        (duck.f.isnan(value), "NaN"),
        (duck.f.isinf(value), duck.if_(value.greater(0.0), "Infinity", "-Infinity")),
        (size.less(duck.literal(1e-4, kind)), _scientific(text)),
        (size.at_least(1e16), _scientific(text)),
        (size.less(1.0), _small(text)),
        otherwise=let(text, _large, "text"),
    )


def _decimal(value: Expression, given: t.DecimalType) -> Expression:
    if given.precision > given.scale:
        return value.cast("VARCHAR")
    # DuckDB writes no digit before the point where there is room for none.
    return duck.f.regexp_replace(value.cast("VARCHAR"), r"^(-?)\.", r"\10.")


def java_decimal(value: Expression, given: t.DecimalType) -> Expression:
    """A decimal as Java shows it: ``1.0E-9`` and ``0E-7`` where six zeros would follow the
    point.
    """
    if given.scale <= _MOST_ZEROS:
        return _decimal(value, given)

    def build(number: Expression) -> Expression:
        digits = duck.f.ltrim(duck.f.replace(duck.f.abs(number).cast("VARCHAR"), ".", ""), "0")
        figures = duck.if_(digits.equals(""), "0", digits)
        rest = duck.f.substring(figures, 2)
        fraction = duck.if_(rest.equals(""), "", duck.literal(".").joined(rest))
        exponent = (duck.f.length(figures) - (given.scale + 1)).cast("VARCHAR")
        text = _sign(number).joined(duck.f.left(figures, 1)).joined(fraction)
        limit = duck.literal("0.000001", duck_type(given))
        small = duck.f.abs(number).less(limit)
        return duck.case(
            (small, text.joined("E").joined(exponent)), otherwise=_decimal(number, given)
        )

    return let(value, build, "number")


def _scientific(text: Expression) -> Expression:
    """DuckDB's ``1.5e+300`` as ``1.5E300``, its ``1e-05`` as ``1.0E-5``."""
    exponent = duck.f.regexp_replace(text, r"e\+?(-?)0*", r"E\1")
    return duck.f.regexp_replace(exponent, r"^(-?\d)E", r"\1.0E")


def _small(text: Expression) -> Expression:
    """``0.00012`` as ``1.2E-4``: all these have the exponent -4."""
    moved = duck.f.regexp_replace(text, r"^(-?)0\.000(\d)(\d*)$", r"\1\2.\3E-4")
    return duck.f.replace(moved, ".E", ".0E")


def _large(text: Expression) -> Expression:
    """``12345678.5`` as ``1.23456785E7``."""
    moved = duck.f.regexp_replace(text, r"^(-?\d)(\d*)\.(\d*)$", r"\1.\2\3")
    digits = duck.f.regexp_replace(moved, r"(\.\d+?)0+$", r"\1")
    whole = duck.f.length(duck.f.regexp_extract(text, r"\d(\d*)\.", 1))
    return digits.joined("E").joined(whole.cast("VARCHAR"))


# ---- bytes, dates and times ----------------------------------------------------------------------


def _binary(value: Expression, given: t.DataType) -> Expression:
    # Bytes that are no UTF-8 cannot stand in DuckDB's text.
    return duck.f.decode(value, "replace")


def _date(value: Expression, given: t.DataType) -> Expression:
    return let(value, lambda day: _four_digit_year(day, day, "VARCHAR", "DATE"), "day")


def _timestamp(value: Expression, given: t.DataType) -> Expression:
    local = value.cast("TIMESTAMP") if isinstance(given, t.TimestampType) else value
    return let(local, lambda at: _four_digit_year(at, at, "VARCHAR", "TIMESTAMP"), "at")


def _four_digit_year(value: Expression, day: Expression, to: str, type: str) -> Expression:
    plain = value.cast(to)
    first, last = duck.literal("0001-01-01", type), duck.literal("9999-12-31 23:59:59.999999", type)
    usual = duck.all_of(value.at_least(first), value.at_most(last))
    return duck.if_(usual, plain, _odd_year(day, plain))


def _odd_year(day: Expression, plain: Expression) -> Expression:
    # DuckDB counts years before 1 from 1 (BC), Spark from 0 down; past 9999 Spark writes a plus.
    year = duck.f.year(day)
    sign = duck.if_(year.less(0), "-", duck.if_(year.greater(9999), "+", ""))
    number = duck.f.abs(year).cast("VARCHAR")
    padded = duck.if_(duck.f.length(number).less(4), duck.f.lpad(number, 4, "0"), number)
    rest = duck.f.regexp_replace(duck.f.replace(plain, " (BC)", ""), r"^\d+", "")
    return sign.joined(padded).joined(rest)


# ---- intervals -----------------------------------------------------------------------------------


def _sign(value: Expression) -> Expression:
    return duck.if_(value.less(0), "-", "")


def _two(value: Expression) -> Expression:
    return duck.f.lpad(value.cast("VARCHAR"), 2, "0")


def _year_month(value: Expression, given: t.YearMonthIntervalType) -> Expression:
    return let(value, lambda months: _year_month_text(months, given), "months")


def _year_month_text(months: Expression, given: t.YearMonthIntervalType) -> Expression:
    size = duck.f.abs(months.cast("BIGINT"))
    years, rest = (size // 12).cast("VARCHAR"), (size % 12).cast("VARCHAR")
    if (given.start, given.end) == (0, 0):
        number = years
    elif (given.start, given.end) == (1, 1):
        number = size.cast("VARCHAR")
    else:
        number = years.joined("-").joined(rest)
    units = given.simple.removeprefix("interval ").upper()
    return duck.literal("INTERVAL '").joined(_sign(months)).joined(number).joined(f"' {units}")


def _day_time(value: Expression, given: t.DayTimeIntervalType) -> Expression:
    return let(value, lambda micros: _day_time_text(micros, given), "micros")


def _day_time_text(micros: Expression, given: t.DayTimeIntervalType) -> Expression:
    units = t.DAY_TIME_UNITS[given.start : given.end + 1]
    size = duck.f.abs(micros.cast("HUGEINT"))
    text = duck.literal("INTERVAL '").joined(_sign(micros))
    for position, unit in enumerate(units):
        larger = _MICROS[units[position - 1]] if position else None
        inside = size if larger is None else size % larger
        number = (inside // _MICROS[unit]).cast("BIGINT")
        if position:
            text = text.joined(" " if units[position - 1] == "day" else ":")
        if unit == "day":
            text = text.joined(number.cast("VARCHAR"))
        else:
            wide = number.at_least(100)
            text = text.joined(duck.if_(wide, number.cast("VARCHAR"), _two(number)))
        if unit == "second":
            text = text.joined(_fraction((inside % 1_000_000).cast("BIGINT")))
    name = given.simple.removeprefix("interval ").upper()
    return text.joined(f"' {name}")


def _fraction(micros: Expression) -> Expression:
    digits = duck.f.rtrim(duck.f.lpad(micros.cast("VARCHAR"), 6, "0"), "0")
    return duck.if_(micros.equals(0), "", duck.literal(".").joined(digits))


def _calendar(value: Expression, given: t.DataType) -> Expression:
    return let(value, _calendar_text, "interval")


def _calendar_text(value: Expression) -> Expression:
    months = duck.f.datepart("year", value) * 12 + duck.f.datepart("month", value)
    days = duck.f.datepart("day", value)
    hours = duck.f.datepart("hour", value)
    micros = duck.f.datepart("microsecond", value)
    parts = [
        _unit(_toward_zero(months, 12), "years"),
        _unit(months - _toward_zero(months, 12) * 12, "months"),
        _unit(days, "days"),
        _unit(hours, "hours"),
        _unit(duck.f.datepart("minute", value), "minutes"),
        duck.if_(micros.differs(0), _seconds(micros).joined(" seconds")),
    ]
    text = duck.f.concat_ws(" ", *parts)
    return duck.case((value.is_null(), None), (text.equals(""), "0 seconds"), otherwise=text)


def _toward_zero(value: Expression, divisor: int) -> Expression:
    return value // divisor


def _unit(number: Expression, word: str) -> Expression:
    return duck.if_(number.differs(0), number.cast("VARCHAR").joined(f" {word}"))


def _seconds(micros: Expression) -> Expression:
    size = duck.f.abs(micros)
    whole = (size // 1_000_000).cast("VARCHAR")
    return _sign(micros).joined(whole).joined(_fraction(size % 1_000_000))


# ---- nested --------------------------------------------------------------------------------------


def _joined(value: Expression, item: Callable[[Expression], Expression], edges: str) -> Expression:
    texts = duck.f.list_transform(value, duck.lambda_("_item", item))
    inside = duck.f.array_to_string(texts, ", ")
    return duck.literal(edges[0]).joined(inside).joined(edges[1])


def _array(value: Expression, given: t.ArrayType, show: _Show) -> Expression:
    return _joined(value, lambda item: show(item, given.element), "[]")


def _map(value: Expression, given: t.MapType, show: _Show) -> Expression:
    def entry(item: Expression) -> Expression:
        key = show(duck.field_of(item, "key"), given.key)
        return key.joined(" -> ").joined(show(duck.field_of(item, "value"), given.value))

    return _joined(duck.f.map_entries(value), entry, "{}")


def _struct(value: Expression, given: t.StructType, show: _Show) -> Expression:
    return let(value, lambda struct: _struct_text(struct, given, show), "struct")


def _struct_text(struct: Expression, given: t.StructType, show: _Show) -> Expression:
    names = field_names(given)
    parts: list[Expression] = []
    for name, field in zip(names, given.fields, strict=True):
        parts += [
            duck.literal(", " if parts else "{"),
            show(duck.field_of(struct, name), field.type),
        ]
    text = duck.f.concat(*(parts or [duck.literal("{")]), duck.literal("}"))
    return duck.if_(struct.is_not_null(), text)


def _variant(value: Expression, given: t.DataType) -> Expression:
    return variant_text.text_form(value)


def _user_defined(value: Expression, given: t.UserDefinedType) -> Expression:
    return text_of(value, given.storage)


_RULES: dict[type[t.DataType], Callable[..., Expression]] = {
    t.FloatType: _double,
    t.DoubleType: _double,
    t.DecimalType: _decimal,
    t.BinaryType: _binary,
    t.DateType: _date,
    t.TimestampType: _timestamp,
    t.TimestampNTZType: _timestamp,
    t.YearMonthIntervalType: _year_month,
    t.DayTimeIntervalType: _day_time,
    t.CalendarIntervalType: _calendar,
    t.VariantType: _variant,
    t.UserDefinedType: _user_defined,
}
_NESTED: dict[type[t.DataType], Callable[..., Expression]] = {
    t.ArrayType: _array,
    t.MapType: _map,
    t.StructType: _struct,
}
"""These are told how to show what they hold."""
