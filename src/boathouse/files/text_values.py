"""Text in files as values: what CSV columns and JSON strings hold, read as Spark reads them.

Each function gives the value, or NULL where the text is none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from boathouse.duck import tree
from boathouse.duck.types import duck_type
from boathouse.files.environment import Environment
from boathouse.files.options import Options
from boathouse.functions import from_text
from boathouse.functions.casts import CastMode, cast
from boathouse.functions.clock import AT_GREENWICH, Clock
from boathouse.functions.datetime_reading import read
from boathouse.types import datatypes as t

_FLOATING = (
    r"[\x00-\x20]*[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)[\x00-\x20]*"
)
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
# A time with a zone, which TIMESTAMP_NTZ does not take.
_ZONED = r"[\s\S]*\d(?:[Zz]|[+-]\d\d?(?::?\d\d)?| ?[A-Za-z][A-Za-z/_]+\d*)"


@dataclass(frozen=True, slots=True)
class TextFormats:
    """How dates, times and special numbers are written; None stands for the forms CAST reads.
    Times without a zone are those of `clock`.
    """

    date: str | None = None
    timestamp: str | None = None
    timestamp_ntz: str | None = None
    not_a_number: str = "NaN"
    positive_infinity: str = "Inf"
    negative_infinity: str = "-Inf"
    clock: Clock = field(default=AT_GREENWICH, compare=False)


def formats_of(options: Options, environment: Environment) -> TextFormats:
    """The formats among a reader's options."""
    return TextFormats(
        options.get("dateFormat"),
        options.get("timestampFormat"),
        options.get("timestampNTZFormat"),
        options.get("nanValue", "NaN"),
        options.get("positiveInf", "Inf"),
        options.get("negativeInf", "-Inf"),
        environment.clock.under(options),
    )


def trusted_value(text: tree.Expression, of: t.DataType, formats: TextFormats) -> tree.Expression:
    """As `value_of_text`, for texts already known to be values of `of`: DuckDB's cast, which takes
    more than Spark, comes first.
    """
    match of:
        case t.IntegralType() | t.BooleanType():
            return text.try_cast(duck_type(of))
        case t.DoubleType():
            return tree.call("coalesce", text.try_cast("DOUBLE"), _floating(text, of, formats))
        case t.DateType() if formats.date is None:
            return tree.call("coalesce", text.try_cast("DATE"), from_text.to_date(text))
        case _:
            return value_of_text(text, of, formats)


def value_of_text(text: tree.Expression, of: t.DataType, formats: TextFormats) -> tree.Expression:
    """`text` as a value of the type `of`; NULL where it is none."""
    match of:
        case t.StringType() | t.CharType() | t.VarcharType():
            return text
        case t.IntegralType():
            whole = tree.call("regexp_full_match", text, r"[+-]?\d+")
            return tree.if_(whole, text.try_cast(duck_type(of)))
        case t.FloatType() | t.DoubleType():
            return _floating(text, of, formats)
        case t.DecimalType():
            plain = tree.call("replace", text, ",", "")
            number = tree.call("regexp_full_match", plain, _NUMBER)
            return tree.if_(number, plain.try_cast(duck_type(of)))
        case t.BooleanType():
            lowered = tree.call("lower", text)
            return tree.case((lowered.equals("true"), True), (lowered.equals("false"), False))
        case t.DateType():
            if formats.date is not None:
                return in_pattern(text, formats.date, formats, zoned=False).cast("DATE")
            return from_text.to_date(text)
        case t.TimestampType():
            if formats.timestamp is not None:
                return in_pattern(text, formats.timestamp, formats, zoned=True)
            return _moment(text, formats)
        case t.TimestampNTZType():
            return _local(text, formats)
        case t.BinaryType():
            return tree.call("encode", text)
        case t.UserDefinedType():
            return value_of_text(text, of.storage, formats)
        case _:
            return cast(text, t.STRING, of, CastMode.TRY)


def _floating(text: tree.Expression, of: t.DataType, formats: TextFormats) -> tree.Expression:
    kind = duck_type(of)
    return tree.case(
        (tree.call("regexp_full_match", text, r"-?\d+(?:\.\d+)?"), text.try_cast(kind)),
        (text.equals(formats.not_a_number), tree.literal("NaN", kind)),
        (text.equals(formats.positive_infinity), tree.literal("inf", kind)),
        (text.equals(formats.negative_infinity), tree.literal("-inf", kind)),
        (tree.call("regexp_full_match", text, _FLOATING), from_text.to_floating(text, kind)),
    )


def _local(text: tree.Expression, formats: TextFormats) -> tree.Expression:
    if formats.timestamp_ntz is not None:
        return in_pattern(text, formats.timestamp_ntz, formats, zoned=False)
    clock = tree.call("regexp_full_match", text, rf"[^:]*[T ]{_ZONED}")
    return tree.if_(clock.negated(), from_text.to_local(text))


def _moment(text: tree.Expression, formats: TextFormats) -> tree.Expression:
    clock = formats.clock
    if not clock.foreign:
        return from_text.to_moment(text, clock.zone)
    zoned = tree.call("regexp_full_match", text, rf"[^:]*[T ]{_ZONED}")
    return tree.if_(
        zoned, from_text.to_moment(text, clock.zone), clock.moment(from_text.to_local(text))
    )


def in_pattern(
    text: tree.Expression, pattern: str, formats: TextFormats, *, zoned: bool
) -> tree.Expression:
    """`text` read by `pattern`, a moment if `zoned`, else a TIMESTAMP; NULL where it is none."""
    return read(text, pattern, zoned=zoned, error=None, clock=formats.clock)
