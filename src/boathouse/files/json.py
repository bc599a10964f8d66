"""JSON as Spark reads it: a record on each line, or with multiLine all the values of a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from boathouse.duck import tree
from boathouse.duck.types import duck_type
from boathouse.errors.exceptions import AnalysisError, unsupported
from boathouse.files.environment import Environment
from boathouse.files.json_inference import inferred_schema
from boathouse.files.json_values import misfits, path_of, value_of_json
from boathouse.files.lines import LINE, decoded, kept_value, lines_of
from boathouse.files.listing import DataFile
from boathouse.files.options import Options, mode_of
from boathouse.files.reading import (
    Request,
    naming_files,
    require_corrupt_text,
    rows_to_keep,
    selected,
)
from boathouse.files.shape import holds_arrays
from boathouse.files.staging import staged
from boathouse.files.text_values import TextFormats, formats_of
from boathouse.types import datatypes as t

_DOCUMENT = "boathouse_document"
_VALUES = "boathouse_values"


@dataclass(frozen=True, slots=True)
class JsonOptions:
    """The options that decide what a record is."""

    multi_line: bool
    mode: str
    corrupt: str
    variant: str | None = None
    """The one column that holds whole records, if they are not taken apart."""

    @classmethod
    def of(cls, options: Options, environment: Environment) -> JsonOptions:
        """From the reader's options and the session's settings."""
        for option in ("allowBackslashEscapingAnyCharacter", "allowUnquotedControlChars"):
            if options.flag(option):
                raise unsupported(f"the JSON option {option}")
        corrupt = environment.settings.text("spark.sql.columnNameOfCorruptRecord")
        return cls(
            options.flag("multiLine"),
            mode_of(options),
            options.get("columnNameOfCorruptRecord", corrupt),
            options.get("singleVariantColumn"),
        )


class Json:
    """JavaScript Object Notation."""

    name: ClassVar[str] = "JSON"
    counts_rows: ClassVar[bool] = False
    columns_are_fixed: ClassVar[bool] = False

    def infer(
        self, files: Sequence[DataFile], options: Options, environment: Environment
    ) -> t.StructType | None:
        """All fields of all records; `_corrupt_record` too if a record is malformed."""
        read = JsonOptions.of(options, environment)
        if read.variant is not None:
            return t.StructType((t.StructField(read.variant, t.VARIANT),))
        request = Request(files, t.StructType(()), (), options, environment)
        document, line = tree.column(_DOCUMENT), tree.column(LINE)
        source = _documents(request, read)
        return inferred_schema(source, document, line, options, environment, read.corrupt)

    def read(self, request: Request) -> tree.Relation:
        """The rows; how bad ones are met is the option `mode`."""
        read = JsonOptions.of(request.options, request.environment)
        require_corrupt_text(request, read.corrupt)
        if read.variant is not None:
            _require_variant(request.schema, read.variant, read.corrupt)
        request = naming_files(request, read.mode)
        return _rows(request, read)

    def accepts(self, of: t.DataType) -> bool:
        """Everything but intervals of the calendar kind."""
        return not isinstance(of, t.CalendarIntervalType)


def _require_variant(schema: t.StructType, name: str, corrupt: str) -> None:
    """INVALID_SINGLE_VARIANT_COLUMN unless there is only the variant, and the corrupt record."""
    fields = {f.name: f.type for f in schema.fields}
    if fields.get(name) != t.VARIANT or not fields.keys() <= {name, corrupt}:
        raise AnalysisError("INVALID_SINGLE_VARIANT_COLUMN", schema=f'"{schema.sql}"')


def _rows(request: Request, read: JsonOptions) -> tree.Relation:
    fields = [f for f in request.fields if f.name != read.corrupt]
    checked = fields if read.mode == "PERMISSIVE" else _stated(request, read)
    told = any(f.name == read.corrupt for f in request.fields) or read.mode != "PERMISSIVE"
    if told:
        checked = _stated(request, read)
    extracted = {f.name: at for at, f in enumerate(checked)}
    formats = formats_of(request.options, request.environment)

    whole = read.variant is not None
    typed = not (told or whole) and request.trusted and _are_distinct(checked)

    def raw(f: t.StructField) -> tree.Expression:
        if typed:
            return tree.field_of(tree.column(_VALUES), f.name)
        return tree.call("list_extract", tree.column(_VALUES), extracted[f.name] + 1)

    def converted(f: t.StructField) -> tree.Expression:
        if typed and _structure_of(f.type) is not None:
            return raw(f)
        return _as_written(raw(f), f, formats)

    bad = _is_bad([(raw(f), f.type) for f in checked], formats) if told else tree.FALSE
    line = tree.column(LINE)
    values = [converted(f) if f.name in extracted else tree.if_(bad, line) for f in request.fields]
    source = _extracted(request, read, checked, typed=typed)
    return selected(request, values, source, rows_to_keep(request, read.mode, bad))


def _stated(request: Request, read: JsonOptions) -> list[t.StructField]:
    return [f for f in request.schema.fields if f.name != read.corrupt]


def _is_bad(
    values: Sequence[tuple[tree.Expression, t.DataType]], formats: TextFormats
) -> tree.Expression:
    reasons = [misfits(value, of, formats) for value, of in values]
    return tree.any_of(tree.column(_DOCUMENT).is_null(), *reasons)


def _as_written(value: tree.Expression, f: t.StructField, formats: TextFormats) -> tree.Expression:
    """A field's value. Text keeps a number as it is written (``1.50``), which DuckDB does not."""
    converted = value_of_json(value, f.type, formats)
    if not isinstance(f.type, t.StringType):
        return converted
    quoted = "".join(f"\\x{{{ord(c):x}}}" for c in f.name)
    pattern = rf'"{quoted}"\s*:\s*(-?\d[\d.eE+-]*)'
    written = tree.call("regexp_extract", tree.column(LINE), pattern, 1)
    number = tree.call("regexp_full_match", value.cast("VARCHAR"), r"-?\d+[.eE][\d.eE+-]*")
    same = written.try_cast("DOUBLE").equals(value.cast("VARCHAR").try_cast("DOUBLE"))
    return tree.if_(number, tree.if_(same, written, converted), converted)


def _extracted(
    request: Request, read: JsonOptions, fields: Sequence[t.StructField], *, typed: bool
) -> tree.Relation:
    """The columns `LINE`, `_DOCUMENT` and `_VALUES`: the JSON values of `fields`, in order; when
    `typed` a struct of them, in which what holds no text is a value already.
    """
    document = tree.column(_DOCUMENT)
    whole = read.variant is not None
    paths = tree.list_of(*["$" if whole else path_of(f.name) for f in fields])
    if typed and fields:
        structure = {f.name: _structure_of(f.type) or "JSON" for f in fields}
        found = tree.call("json_transform", document, json.dumps(structure, ensure_ascii=False))
    else:
        found = tree.call("json_extract", document, paths) if fields else tree.NULL
    columns = [(tree.column(LINE), LINE), (document, _DOCUMENT), (found, _VALUES)]
    columns += [(tree.column(name), name) for name in request.kept]
    return tree.Select(tuple(columns), _documents(request, read))


def _are_distinct(fields: Sequence[t.StructField]) -> bool:
    return len({f.name.lower() for f in fields}) == len(fields)


def _structure_of(of: t.DataType) -> Any:
    """What json_transform makes of values that are known to be of the type `of`; None for what
    holds text, which Spark keeps as it is written.
    """
    match of:
        case t.LongType() | t.DoubleType() | t.BooleanType():
            return duck_type(of)
        case t.ArrayType():
            element = _structure_of(of.element)
            return None if element is None else [element]
        case t.StructType() if of.fields and _are_distinct(of.fields):
            inner = {f.name: _structure_of(f.type) for f in of.fields}
            return None if None in inner.values() else inner
        case _:
            return None


# ---- records ------------------------------------------------------------------------------------


def _documents(request: Request, read: JsonOptions) -> tree.Relation:
    """The columns `LINE` and `_DOCUMENT`: a record's text, and the same as JSON if it is an object.
    A line that is an array is one record for each of its objects.
    """
    source = _staged_values(request) if read.multi_line else lines_of(request)
    line = tree.column(LINE)
    text = _repaired(line, request.options)
    shaped = tree.Select(
        (
            (line, LINE),
            (_document(text), _DOCUMENT),
            *((tree.column(name), name) for name in request.kept),
        ),
        source,
        tree.call("regexp_full_match", line, r"[\x00-\x20]*").negated(),
    )
    if not read.multi_line and any(holds_arrays(file) for file in request.files):
        shaped = _spread(request, shaped)
    document = tree.column(_DOCUMENT)
    is_object = tree.call("json_type", document).equals("OBJECT")
    columns = [(line, LINE), (tree.if_(is_object, document), _DOCUMENT)]
    columns += [(tree.column(name), name) for name in request.kept]
    return tree.Select(tuple(columns), shaped)


def _document(text: tree.Expression) -> tree.Expression:
    """`text` as JSON, NULL when it is none. Spark reads the first value of a line and does not look
    at what follows it; DuckDB takes a comma before a closing bracket, which Spark does not.
    """
    first = tree.call("regexp_extract", text, r"^\s*(\{[\s\S]*\})", 1)
    begins = tree.if_(tree.call("json_valid", first), first.cast("JSON"))
    marks = (",}", ",]", ", }", ", ]")
    suspect = tree.any_of(*[tree.call("contains", text, mark) for mark in marks])
    bare = tree.call("regexp_replace", text, r'"(?:[^"\\]|\\.)*"', "", "g")
    trailing = tree.if_(suspect, tree.call("regexp_matches", bare, r",\s*[}\]]"), tree.FALSE)
    return tree.case(
        (tree.all_of(tree.call("json_valid", text), trailing.negated()), text.cast("JSON")),
        (trailing, None),
        otherwise=begins,
    )


_REPAIRS = (
    ("allowSingleQuotes", True, "'", r"'((?:[^'\"\\]|\\.)*)'", r'"\1"'),
    ("allowComments", False, "/", r"/\*[\s\S]*?\*/|//[^\n]*", ""),
    ("allowUnquotedFieldNames", False, ":", r"([{,]\s*)([A-Za-z_$][\w$]*)\s*:", r'\1"\2":'),
    ("allowNumericLeadingZeros", False, "0", r"([:\[,]\s*-?)0+(\d)", r"\1\2"),
)
"""Option, its default, what a text must contain, and what becomes what to be plain JSON."""


def _repaired(line: tree.Expression, options: Options) -> tree.Expression:
    """`line` as plain JSON, where it is not yet and the options allow what it holds."""
    for option, default, mark, pattern, replacement in _REPAIRS:
        if options.flag(option, default):
            odd = tree.all_of(
                tree.call("contains", line, mark), tree.call("json_valid", line).negated()
            )
            replaced = tree.call("regexp_replace", line, pattern, replacement, "g")
            line = tree.if_(odd, replaced, line)
    return line


def _spread(request: Request, shaped: tree.Relation) -> tree.Relation:
    """Each object of an array is a record of its own; an array of anything else is malformed."""
    document = tree.column(_DOCUMENT)
    items = tree.call("json_extract", document, "$[*]")
    objects = tree.call(
        "list_filter",
        items,
        tree.lambda_("boathouse_item", lambda x: tree.call("json_type", x).equals("OBJECT")),
    )
    whole = tree.call("len", objects).equals(tree.call("len", items))
    is_array = tree.call("json_type", document).equals("ARRAY")
    records = tree.if_(
        tree.call("coalesce", tree.all_of(is_array, whole), tree.FALSE),
        items,
        tree.list_of(document),
    )
    columns = [(tree.column(LINE), LINE), (tree.call("unnest", records), _DOCUMENT)]
    columns += [(tree.column(name), name) for name in request.kept]
    return tree.Select(tuple(columns), shaped)


def _staged_values(request: Request) -> tree.Relation:
    """The values of whole files as lines: with multiLine a record may span lines."""
    encoding = request.options.first("encoding", "charset") or "UTF-8"
    sources: list[tree.Relation] = []
    for file in request.files:

        def batches(file: DataFile = file) -> Iterator[pa.RecordBatch]:
            found = list(_values(decoded(file.path, encoding)))
            yield pa.record_batch({LINE: pa.array(found, pa.large_string())})

        place = staged(request.environment.staging, file, f"json {encoding}", batches)
        columns = [(tree.column(LINE), LINE)]
        columns += [(kept_value(request, file, name), name) for name in request.kept]
        source = tree.TableFunction("read_parquet", (tree.file_at(place),))
        sources.append(tree.Select(tuple(columns), source))
    if len(sources) == 1:
        return sources[0]
    return tree.SetOperation(tuple(sources), "UNION", all=True)


def _values(text: str) -> Iterator[str]:
    """The texts of the objects in a file: of the array it is, or of the first value. All of a file
    that cannot be read is one malformed record.
    """
    decoder = json.JSONDecoder()
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] != "[":
        try:
            _, end = decoder.raw_decode(text, start)
        except ValueError:
            end = len(text)
        if text[start:end].strip():
            yield text[start:end]
        return
    try:
        found = list(_elements(text, start + 1, decoder))
    except ValueError:
        found = [text]
    yield from found


def _elements(text: str, at: int, decoder: json.JSONDecoder) -> Iterator[str]:
    while True:
        while text[at : at + 1].isspace():
            at += 1
        if text[at : at + 1] == "]":
            return
        _, end = decoder.raw_decode(text, at)
        yield text[at:end]
        while text[end : end + 1].isspace():
            end += 1
        if text[end : end + 1] not in {",", "]"}:
            raise ValueError(text[end : end + 1])
        at = end + 1 if text[end] == "," else end
