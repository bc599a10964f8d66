"""Values as text in files: the lines of CSV, as Spark writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from boathouse.duck import tree
from boathouse.files.options import Options
from boathouse.functions.clock import Clock
from boathouse.functions.datetime_writing import DAY, LOCAL, moment_pattern, written
from boathouse.functions.text_form import text_of
from boathouse.types import datatypes as t


@dataclass(frozen=True, slots=True)
class Times:
    """How dates and times are written."""

    clock: Clock
    date: str
    timestamp: str
    timestamp_ntz: str

    @classmethod
    def of(cls, options: Options, clock: Clock) -> Times:
        """By a writer's options; `clock` is the session's."""
        return cls(
            clock.under(options),
            options.get("dateFormat", DAY),
            options.get("timestampFormat", moment_pattern(clock)),
            options.get("timestampNTZFormat", LOCAL),
        )

    @property
    def are_plain(self) -> bool:
        """Whether nothing in them ever needs quotes."""
        plain = DAY, moment_pattern(self.clock), LOCAL
        return (self.date, self.timestamp, self.timestamp_ntz) == plain

    def text(self, value: tree.Expression, of: t.DataType) -> tree.Expression | None:
        """Dates and times as text; None for any other type."""
        match of:
            case t.DateType():
                if self.date == DAY:
                    return text_of(value, of)
                moment = value.cast("TIMESTAMP")
                return written(moment, self.date, zoned=False, clock=self.clock.unzoned)
            case t.TimestampType():
                return written(value, self.timestamp, zoned=True, clock=self.clock)
            case t.TimestampNTZType():
                return written(value, self.timestamp_ntz, zoned=False, clock=self.clock.unzoned)
            case _:
                return None


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
    times: Times

    @classmethod
    def of(cls, options: Options, clock: Clock) -> CsvOutput:
        """From the writer's options; `clock` is the session's."""
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
            Times.of(options, clock),
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
    text = output.times.text(value, of)
    if text is None:
        text = _bytes(value) if isinstance(of, t.BinaryType) else text_of(value, of)
    # Numbers, dates and times never need quotes, except by an odd separator.
    plain = not output.quote_all and not set(output.separator) & set(_PLAIN)
    plain = plain and not isinstance(of, (t.YearMonthIntervalType, t.DayTimeIntervalType))
    if not output.times.are_plain:
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
