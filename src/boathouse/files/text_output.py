"""Values as text in files: the lines of CSV and JSON, as Spark writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from boathouse.duck import tree
from boathouse.duck.types import field_names
from boathouse.files import patterns
from boathouse.files.options import Options
from boathouse.functions.text_form import text_of
from boathouse.types import datatypes as t

_MOMENT = "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]"
_LOCAL = "yyyy-MM-dd'T'HH:mm:ss[.SSS]"


@dataclass(frozen=True, slots=True)
class Patterns:
    """How dates and times are written."""

    date: str
    timestamp: str
    timestamp_ntz: str


def patterns_of(options: Options) -> Patterns:
    """The patterns among a writer's options."""
    return Patterns(
        options.get("dateFormat", "yyyy-MM-dd"),
        options.get("timestampFormat", _MOMENT),
        options.get("timestampNTZFormat", _LOCAL),
    )


def _timed(value: tree.Expression, of: t.DataType, given: Patterns) -> tree.Expression | None:
    """Dates and times as text; None for any other type."""
    nothing = tree.literal("")
    match of:
        case t.DateType():
            if given.date == "yyyy-MM-dd":
                return text_of(value, of)
            return patterns.written(value.cast("TIMESTAMP"), given.date, nothing)
        case t.TimestampType():
            local = value.cast("TIMESTAMP")
            seconds = tree.call("epoch", local) - tree.call("epoch", value)
            return patterns.written(local, given.timestamp, _offset(seconds.cast("BIGINT")))
        case t.TimestampNTZType():
            return patterns.written(value, given.timestamp_ntz, nothing)
        case _:
            return None


def _offset(seconds: tree.Expression) -> tree.Expression:
    """Seconds east of UTC as ``+02:00``, or ``Z``."""
    size = tree.call("abs", seconds)

    def two(number: tree.Expression) -> tree.Expression:
        return tree.call("lpad", number.cast("VARCHAR"), 2, "0")

    sign = tree.if_(seconds.less(0), "-", "+")
    clock = sign.joined(two(size // 3600)).joined(":").joined(two(size // 60 % 60))
    return tree.if_(seconds.equals(0), "Z", clock)


# ---- CSV ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CsvOutput:
    """How a CSV line is written."""

    separator: str
    quote: str
    escape: str
    null: str
    empty: str
    quote_all: bool
    escape_quotes: bool
    strip_leading: bool
    strip_trailing: bool
    patterns: Patterns

    @classmethod
    def of(cls, options: Options) -> CsvOutput:
        """From the writer's options."""
        return cls(
            options.delimiter(","),
            options.character("quote", '"') or "\x00",
            options.character("escape", "\\"),
            options.get("nullValue", ""),
            options.get("emptyValue", '""'),
            options.flag("quoteAll"),
            options.flag("escapeQuotes", default=True),
            options.flag("ignoreLeadingWhiteSpace", default=True),
            options.flag("ignoreTrailingWhiteSpace", default=True),
            patterns_of(options),
        )


_PLAIN = "0123456789+-.:eEIinfityNaTZtrufalse[]ABCD"


def csv_line(
    values: Sequence[tuple[tree.Expression, t.DataType]], output: CsvOutput
) -> tree.Expression:
    """The line of a row."""
    cells = [_cell(value, of, output) for value, of in values]
    return tree.call("concat_ws", output.separator, *cells) if cells else tree.literal("")


def csv_header(names: Sequence[str], output: CsvOutput) -> str:
    """The line of the names."""
    return output.separator.join(_name_cell(name, output) for name in names)


def _name_cell(name: str, output: CsvOutput) -> str:
    blanks = "".join(map(chr, range(33)))
    name = name.lstrip(blanks) if output.strip_leading else name
    name = name.rstrip(blanks) if output.strip_trailing else name
    special = [output.separator, "\n", "\r"] + ([output.quote] if output.escape_quotes else [])
    if not output.quote_all and not any(mark in name for mark in special):
        return name
    if output.escape not in {output.quote, ""}:
        name = name.replace(output.escape, output.escape * 2)
    return output.quote + name.replace(output.quote, output.escape + output.quote) + output.quote


def _cell(value: tree.Expression, of: t.DataType, output: CsvOutput) -> tree.Expression:
    quoted_null = output.quote + output.null + output.quote
    null = quoted_null if output.quote_all else output.null
    if isinstance(of, t.UserDefinedType):
        of = of.storage
    if isinstance(of, (t.StringType, t.CharType, t.VarcharType)):
        return tree.call("coalesce", _text_cell(value, output), null)
    text = _timed(value, of, output.patterns)
    if text is None:
        text = _bytes(value) if isinstance(of, t.BinaryType) else text_of(value, of)
    # Numbers, dates and times never need quotes, except by an odd separator.
    plain = not output.quote_all and not set(output.separator) & set(_PLAIN)
    plain = plain and not isinstance(of, (t.YearMonthIntervalType, t.DayTimeIntervalType))
    if output.patterns != patterns_of(Options()):
        plain = plain and isinstance(of, t.NumericType)
    return tree.call("coalesce", text if plain else _text_cell(text, output), null)


def _bytes(value: tree.Expression) -> tree.Expression:
    pairs = tree.call("regexp_replace", tree.call("hex", value), "(..)", r"\1 ", "g")
    return tree.literal("[").joined(tree.call("rtrim", pairs)).joined("]")


def _text_cell(text: tree.Expression, output: CsvOutput) -> tree.Expression:
    # NUL cannot be written in SQL text inside a set of characters; Spark strips it too.
    blanks = "".join(map(chr, range(1, 33)))
    if output.strip_leading:
        text = tree.call("ltrim", text, blanks)
    if output.strip_trailing:
        text = tree.call("rtrim", text, blanks)
    inner = text
    if output.escape and output.escape != output.quote:
        inner = tree.call("replace", inner, output.escape, output.escape * 2)
    inner = tree.call("replace", inner, output.quote, output.escape + output.quote)
    quoted = tree.literal(output.quote).joined(inner).joined(output.quote)
    if output.quote_all:
        return quoted
    marks = [output.separator, "\n", "\r"] + ([output.quote] if output.escape_quotes else [])
    special = tree.any_of(*[tree.call("contains", text, mark) for mark in marks])
    return tree.case((text.equals(""), output.empty), (special, quoted), otherwise=text)


# ---- JSON ---------------------------------------------------------------------------------------


def json_line(
    fields: Sequence[tuple[str, tree.Expression, t.DataType]],
    given: Patterns,
    *,
    skip_null: bool,
) -> tree.Expression:
    """The line of a row: an object, without its NULL fields if `skip_null`."""
    return _object(fields, given, skip_null=skip_null, level=0)


def _object(
    fields: Sequence[tuple[str, tree.Expression, t.DataType]],
    given: Patterns,
    *,
    skip_null: bool,
    level: int,
) -> tree.Expression:
    members: list[tree.Expression] = []
    for name, value, of in fields:
        key = tree.call("to_json", tree.literal(name)).cast("VARCHAR")
        text = _json(value, of, given, skip_null=skip_null, level=level)
        if not skip_null:
            text = tree.call("coalesce", text, "null")
        members.append(key.joined(":").joined(text))
    inside = tree.call("concat_ws", ",", *members) if members else tree.literal("")
    return tree.literal("{").joined(inside).joined("}")


def _quoted(text: tree.Expression) -> tree.Expression:
    return tree.call("to_json", text).cast("VARCHAR")


def _json(
    value: tree.Expression, of: t.DataType, given: Patterns, *, skip_null: bool, level: int
) -> tree.Expression:
    """`value` as JSON text; NULL when it is NULL."""
    match of:
        case t.StringType() | t.CharType() | t.VarcharType():
            return _quoted(value)
        case t.FloatType() | t.DoubleType():
            text = text_of(value, of)
            finite = tree.call("isfinite", value)
            return tree.if_(finite, text, tree.literal('"').joined(text).joined('"'))
        case t.IntegralType() | t.DecimalType() | t.BooleanType():
            return value.cast("VARCHAR")
        case t.BinaryType():
            return tree.literal('"').joined(tree.call("to_base64", value)).joined('"')
        case t.VariantType():
            return value.cast("VARCHAR")
        case t.NullType():
            return tree.NULL.cast("VARCHAR")
        case t.UserDefinedType():
            return _json(value, of.storage, given, skip_null=skip_null, level=level)
        case t.StructType():
            fields = [
                (f.name, tree.field_of(value, name), f.type)
                for name, f in zip(field_names(of), of.fields, strict=True)
            ]
            text = _object(fields, given, skip_null=skip_null, level=level)
            return tree.if_(value.is_not_null(), text)
        case t.ArrayType() | t.MapType():
            return _collection(value, of, given, skip_null=skip_null, level=level)
        case _:
            text = _timed(value, of, given)
            return _quoted(text_of(value, of) if text is None else text)


def _collection(
    value: tree.Expression,
    of: t.ArrayType | t.MapType,
    given: Patterns,
    *,
    skip_null: bool,
    level: int,
) -> tree.Expression:
    name = f"boathouse_member_{level}"

    def text(item: tree.Expression, inner: t.DataType) -> tree.Expression:
        shown = _json(item, inner, given, skip_null=skip_null, level=level + 1)
        return tree.call("coalesce", shown, "null")

    if isinstance(of, t.ArrayType):
        items, edges = value, "[]"
        member = tree.lambda_(name, lambda item: text(item, of.element))
    else:
        items, edges = tree.call("map_entries", value), "{}"
        member = tree.lambda_(
            name,
            lambda item: (
                _quoted(_key(tree.field_of(item, "key"), of.key))
                .joined(":")
                .joined(text(tree.field_of(item, "value"), of.value))
            ),
        )
    texts = tree.call("list_transform", items, member)
    inside = tree.call("array_to_string", texts, ",")
    return tree.literal(edges[0]).joined(inside).joined(edges[1])


def _key(key: tree.Expression, of: t.DataType) -> tree.Expression:
    """A map's key as text: dates and times as the numbers they are stored as."""
    match of:
        case t.DateType():
            return tree.call("datediff", "day", tree.literal("1970-01-01", "DATE"), key).cast(
                "VARCHAR"
            )
        case t.TimestampType() | t.TimestampNTZType():
            return tree.call("epoch_us", key).cast("VARCHAR")
        case _:
            return text_of(key, of)
