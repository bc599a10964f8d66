"""CSV as Spark reads it: line by line unless multiLine, quotes and escapes as its parser does.

A quoted value is one whose closing quote stands before a separator; anything else is taken as it
is, quotes included. An empty value is NULL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from boathouse.duck import tree
from boathouse.duck.types import duck_type
from boathouse.errors.exceptions import SparkError, SparkRuntimeError, unsupported
from boathouse.files.csv_inference import inferred_types
from boathouse.files.csv_records import Dialect, Record, records
from boathouse.files.environment import Environment
from boathouse.files.lines import LINE, decoded, is_native, kept_value, lines_of
from boathouse.files.listing import DataFile
from boathouse.files.options import Options, mode_of
from boathouse.files.reading import (
    Request,
    naming_files,
    require_corrupt_text,
    rows_to_keep,
    selected,
)
from boathouse.files.shape import is_compressed, is_regular
from boathouse.files.staging import staged
from boathouse.files.text_values import formats_of, trusted_value, value_of_text
from boathouse.types import datatypes as t

_TOKENS = "boathouse_tokens"
_QUOTED_EMPTY = "\x00\x01"
_ATOMS = (
    t.StringType,
    t.CharType,
    t.VarcharType,
    t.NumericType,
    t.BooleanType,
    t.DateType,
    t.TimestampType,
    t.TimestampNTZType,
    t.TimeType,
    t.BinaryType,
    t.YearMonthIntervalType,
    t.DayTimeIntervalType,
)


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """The options that decide what a file's values are."""

    dialect: Dialect
    header: bool
    null: str
    empty: str
    multi_line: bool
    mode: str
    corrupt: str

    @classmethod
    def of(cls, options: Options, environment: Environment) -> CsvOptions:
        """From the reader's options and the session's settings."""
        handling = options.get("unescapedQuoteHandling", "STOP_AT_DELIMITER")
        if handling.upper() != "STOP_AT_DELIMITER":
            raise unsupported(f"unescapedQuoteHandling {handling}")
        quote = options.character("quote", '"')
        dialect = Dialect(
            options.delimiter(","),
            quote,
            options.character("escape", "\\"),
            options.character("comment", ""),
            options.flag("ignoreLeadingWhiteSpace"),
            options.flag("ignoreTrailingWhiteSpace"),
            options.get("lineSep"),
        )
        corrupt = environment.settings.text("spark.sql.columnNameOfCorruptRecord")
        return cls(
            dialect,
            _header(options),
            options.get("nullValue", ""),
            options.get("emptyValue", ""),
            options.flag("multiLine"),
            mode_of(options),
            options.get("columnNameOfCorruptRecord", corrupt),
        )


def _header(options: Options) -> bool:
    text = options.get("header", "false").lower()
    if text not in {"true", "false"}:
        raise SparkRuntimeError(
            "INVALID_PARAMETER_VALUE.BOOLEAN",
            parameter="header",
            functionName="`option`",
            invalidValue=text,
        )
    return text == "true"


class Csv:
    """Comma-separated values."""

    name: ClassVar[str] = "CSV"
    counts_rows: ClassVar[bool] = False
    columns_are_fixed: ClassVar[bool] = False

    def infer(
        self, files: Sequence[DataFile], options: Options, environment: Environment
    ) -> t.StructType | None:
        """Names from the first line, types from all values if inferSchema is on."""
        read = CsvOptions.of(options, environment)
        first = _first_record(files, options, read)
        if first is None:
            return None if not files else t.StructType(())
        names = column_names(first, read, environment)
        fields = tuple(t.StructField(name, t.STRING) for name in names)
        schema = t.StructType(fields)
        if not options.flag("inferSchema"):
            return schema
        request = Request(files, schema, fields, options, environment)
        tokens = _tokens(request, read)
        values = [_text(at, read) for at in range(len(names))]
        types = inferred_types(tokens, values, options, environment)
        return t.StructType(
            tuple(t.StructField(name, of) for name, of in zip(names, types, strict=True))
        )

    def read(self, request: Request) -> tree.Relation:
        """The rows; how bad ones are met is the option `mode`."""
        read = CsvOptions.of(request.options, request.environment)
        if read.header and not request.options.flag("enforceSchema", default=True):
            _check_headers(request, read)
        request = naming_files(request, read.mode)
        return _rows(request, read)

    def accepts(self, of: t.DataType) -> bool:
        """Values that fit in one text."""
        if isinstance(of, t.UserDefinedType):
            return self.accepts(of.storage)
        return isinstance(of, _ATOMS) and not isinstance(of, t.NullType)


# ---- names --------------------------------------------------------------------------------------


def _first_record(
    files: Sequence[DataFile], options: Options, read: CsvOptions
) -> list[str | None] | None:
    """The values of the first line that is neither blank nor a comment."""
    encoding = options.first("encoding", "charset") or "UTF-8"
    for file in files:
        if not file.size:
            continue
        text = _beginning(file, encoding, read)
        for record in records(text, read.dialect, multi_line=read.multi_line):
            return record.values
    return None


def _beginning(file: DataFile, encoding: str, read: CsvOptions) -> str:
    """Enough of a file's text to hold its first record."""
    if (
        not is_compressed(file.path)
        and not read.multi_line
        and encoding.lower() in {"utf-8", "utf8"}
    ):
        with Path(file.path).open("rb") as handle:
            lines = handle.readlines(1 << 16)
        return b"".join(lines).decode("utf-8", "replace").removeprefix("\ufeff")
    return decoded(file.path, encoding)


def column_names(
    first: Sequence[str | None], read: CsvOptions, environment: Environment
) -> list[str]:
    """A header's names: an empty one becomes ``_c0``, and those that occur twice are numbered."""
    if not read.header:
        return [f"_c{at}" for at in range(len(first))]
    keys = [environment.key(name) for name in first if name]
    names: list[str] = []
    for at, name in enumerate(first):
        if not name or name == read.null:
            names.append(f"_c{at}")
        elif keys.count(environment.key(name)) > 1:
            names.append(f"{name}{at}")
        else:
            names.append(name)
    return names


def _check_headers(request: Request, read: CsvOptions) -> None:
    """FAILED_READ_FILE for a file whose header does not say what the schema says."""
    key = request.environment.key
    stated = [key(name) for name in request.schema.names if name != read.corrupt]
    for file in request.files:
        first = _first_record([file], request.options, read)
        if first is not None and [key(name or "") for name in first] != stated:
            raise SparkError("FAILED_READ_FILE.NO_HINT", path=file.uri)


# ---- rows ---------------------------------------------------------------------------------------


def _rows(request: Request, read: CsvOptions) -> tree.Relation:
    key = request.environment.key
    stated = [f for f in request.schema.fields if key(f.name) != key(read.corrupt)]
    require_corrupt_text(request, read.corrupt)
    corrupt = next((f for f in request.fields if key(f.name) == key(read.corrupt)), None)
    positions = {key(f.name): at for at, f in enumerate(stated)}
    formats = formats_of(request.options, request.environment)
    conversions: dict[str, tuple[tree.Expression, tree.Expression]] = {}
    for f in request.fields:
        at = positions.get(key(f.name))
        if at is not None:
            text = _text(at, read)
            convert = trusted_value if request.trusted else value_of_text
            conversions[f.name] = text, convert(text, f.type, formats)
    lenient = corrupt is None and read.mode == "PERMISSIVE" and not read.multi_line
    lenient = lenient and len(stated) > 1 and not _tells_empty(read)
    if lenient and is_native(request.options) and _are_regular(request, read):
        return _native(request, read, conversions, len(stated))
    bad = _is_bad(conversions, len(stated))
    line = tree.column(LINE)
    values = [
        conversions[f.name][1] if f.name in conversions else tree.if_(bad, line)
        for f in request.fields
    ]
    values = [
        value.cast(duck_type(f.type)) if value == tree.NULL else value
        for f, value in zip(request.fields, values, strict=True)
    ]
    return selected(request, values, _tokens(request, read), rows_to_keep(request, read.mode, bad))


def _are_regular(request: Request, read: CsvOptions) -> bool:
    return all(is_regular(file, read.dialect) for file in request.files)


def _native(
    request: Request,
    read: CsvOptions,
    conversions: dict[str, tuple[tree.Expression, tree.Expression]],
    columns: int,
) -> tree.Relation:
    """The rows by DuckDB's own reader, for files it splits into the same values."""
    dialect = read.dialect
    names = [f"boathouse_{at}" for at in range(columns)]
    kinds = tree.StructOf(tuple((name, tree.literal("VARCHAR")) for name in names))
    named = (
        ("auto_detect", tree.FALSE),
        ("header", tree.literal(read.header)),
        ("columns", kinds),
        ("delim", tree.literal(dialect.separator)),
        ("quote", tree.literal(dialect.quote)),
        ("escape", tree.literal(dialect.quote)),
        ("comment", tree.literal("")),
        ("null_padding", tree.TRUE),
        ("strict_mode", tree.FALSE),
        *request.named,
    )
    source = tree.TableFunction("read_csv", (request.paths,), named)
    tokens = tree.list_of(*map(tree.column, names))
    listed = ((tokens, _TOKENS), *((tree.column(name), name) for name in request.kept))
    values = [conversions[f.name][1] for f in request.fields]
    return selected(request, values, tree.Select(listed, source))


def _is_bad(
    conversions: dict[str, tuple[tree.Expression, tree.Expression]], columns: int
) -> tree.Expression:
    """Whether a line has another number of values than columns, or one that cannot be read."""
    reasons = [tree.call("len", tree.column(_TOKENS)).differs(columns)]
    for text, value in conversions.values():
        if text != value:
            reasons.append(tree.all_of(text.is_not_null(), value.is_null()))
    return tree.any_of(*reasons)


def _text(at: int, read: CsvOptions) -> tree.Expression:
    """The value of column `at` as text, NULL where it is empty or the word for NULL."""
    token: tree.Expression = tree.call("list_extract", tree.column(_TOKENS), at + 1)
    token = tree.call("nullif", token, "")
    if _tells_empty(read):
        token = tree.if_(token.equals(_QUOTED_EMPTY), read.empty, token)
    return tree.call("nullif", token, read.null) if read.null else token


def _tells_empty(read: CsvOptions) -> bool:
    """Whether ``""`` is another value than nothing at all."""
    return bool(read.null or read.empty) and bool(read.dialect.quote)


def _tokens(request: Request, read: CsvOptions) -> tree.Relation:
    """The columns `LINE` and `_TOKENS` (the raw values of a line, unquoted), and what is kept."""
    dialect = read.dialect
    if read.multi_line or (read.header and dialect.comment):
        return _staged_tokens(request, read)
    source = lines_of(request, skip_first=read.header)
    line = tree.column(LINE)
    content = tree.call("regexp_full_match", line, r"[\x00-\x20]*").negated()
    if dialect.comment:
        content = tree.all_of(content, tree.call("starts_with", line, dialect.comment).negated())
    columns = [(line, LINE), (_split(line, read), _TOKENS)]
    columns += [(tree.column(name), name) for name in request.kept]
    return tree.Select(tuple(columns), source, content)


def _split(line: tree.Expression, read: CsvOptions) -> tree.Expression:
    dialect = read.dialect
    plain = _stripped_all(tree.call("string_split", line, dialect.separator), dialect)
    if not dialect.quote:
        return plain
    inner, unescape = _quoted_shapes(dialect)
    separator = re.escape(dialect.separator)
    quote = re.escape(dialect.quote)
    pad = r"[\x00-\x20]*"
    before = pad if dialect.strip_leading else ""
    not_separator = f"[^{separator}]*" if len(dialect.separator) == 1 else r"[\s\S]*?"
    # A quoted value ends where a quote stands before a separator. With another quote first it is
    # taken as it is, up to the separator; with none at all it goes on to the end of the line.
    opened = f"{before}{quote}{inner}"
    pattern = f"({opened}{quote}{not_separator}|{opened}|{not_separator}){separator}"
    raw = tree.call("regexp_extract_all", line.joined(dialect.separator), pattern, 1)
    closed, lone = f"{before}{quote}({inner}){quote}{pad}", f"{before}{quote}({inner})"

    def unescaped(token: tree.Expression) -> tree.Expression:
        return tree.call("regexp_replace", token, unescape, r"\1", "g")

    def inside(token: tree.Expression, shape: str) -> tree.Expression:
        return unescaped(tree.call("regexp_replace", token, f"^{shape}$", r"\1"))

    def value(token: tree.Expression) -> tree.Expression:
        content = inside(token, closed)
        if _tells_empty(read):
            content = tree.if_(content.equals(""), _QUOTED_EMPTY, content)
        begins = tree.call("regexp_full_match", token, rf"{before}{quote}[\s\S]*")
        return tree.case(
            (begins.negated(), _stripped(token, dialect)),
            (tree.call("regexp_full_match", token, closed), content),
            (tree.call("regexp_full_match", token, opened), inside(token, lone)),
            otherwise=unescaped(token),
        )

    quoted = tree.call("list_transform", raw, tree.lambda_("boathouse_token", value))
    return tree.if_(tree.call("contains", line, dialect.quote), quoted, plain)


def _quoted_shapes(dialect: Dialect) -> tuple[str, str]:
    """What stands between quotes, and what its escapes look like."""
    quote, escape = re.escape(dialect.quote), re.escape(dialect.escape)
    if dialect.escape == dialect.quote:
        return f"(?:[^{quote}]|{quote}{quote})*", f"{quote}({quote})"
    if not dialect.escape:
        return f"[^{quote}]*", "(\x00)"
    return f"(?:[^{quote}{escape}]|{escape}[\\s\\S])*", f"{escape}([{quote}{escape}])"


def _stripped_all(tokens: tree.Expression, dialect: Dialect) -> tree.Expression:
    if not (dialect.strip_leading or dialect.strip_trailing):
        return tokens
    strip = tree.lambda_("boathouse_token", lambda token: _stripped(token, dialect))
    return tree.call("list_transform", tokens, strip)


def _stripped(token: tree.Expression, dialect: Dialect) -> tree.Expression:
    blanks = "".join(chr(code) for code in range(1, 33))
    if dialect.strip_leading:
        token = tree.call("ltrim", token, blanks)
    return tree.call("rtrim", token, blanks) if dialect.strip_trailing else token


def _staged_tokens(request: Request, read: CsvOptions) -> tree.Relation:
    """As `_tokens`, for records that span lines: parsed here."""
    encoding = request.options.first("encoding", "charset") or "UTF-8"
    sources: list[tree.Relation] = []
    for file in request.files:

        def batches(file: DataFile = file) -> Iterator[pa.RecordBatch]:
            text = decoded(file.path, encoding)
            found = list(records(text, read.dialect, multi_line=read.multi_line))
            yield _batch(found[1:] if read.header else found, read)

        place = staged(
            request.environment.staging, file, f"csv {request.options.canonical()}", batches
        )
        source = tree.TableFunction("read_parquet", (tree.file_at(place),))
        columns = [(tree.column(name), name) for name in (LINE, _TOKENS)]
        columns += [(kept_value(request, file, name), name) for name in request.kept]
        sources.append(tree.Select(tuple(columns), source))
    if len(sources) == 1:
        return sources[0]
    return tree.SetOperation(tuple(sources), "UNION", all=True)


def _batch(found: Sequence[Record], read: CsvOptions) -> pa.RecordBatch:
    empty = _QUOTED_EMPTY if _tells_empty(read) else ""
    tokens = [[empty if v == "" else v or "" for v in record.values] for record in found]
    return pa.record_batch(
        {
            LINE: pa.array([record.text for record in found], pa.large_string()),
            _TOKENS: pa.array(tokens, pa.list_(pa.string())),
        }
    )
