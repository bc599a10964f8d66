"""XML files: each element of the name that the option rowTag gives is a record.

A file is staged as the texts of its records, which are then read as from_xml reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

import pyarrow as pa

from boathouse.duck import tree
from boathouse.errors.exceptions import AnalysisError, unsupported
from boathouse.files.environment import Environment
from boathouse.files.lines import decoded, kept_value
from boathouse.files.listing import DataFile
from boathouse.files.options import Options, mode_of
from boathouse.files.reading import (
    Request,
    naming_files,
    require_corrupt_text,
    rows_to_keep,
    selected,
)
from boathouse.files.staging import staged
from boathouse.functions.kernels.xml import is_well_formed, schema_of_records
from boathouse.functions.xml import options_for, xml_value
from boathouse.types import datatypes as t

_RECORD = "boathouse_record"
_DOCUMENT = "boathouse_document"
_STRUCT = "boathouse_struct"

_SKIPPED = r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
_ATTRIBUTES = r"""(?:[^<>"']|"[^"]*"|'[^']*')*"""


def row_tag(options: Options) -> str:
    """The name of a record's element. Raises XML_ROW_TAG_MISSING."""
    tag = options.get("rowTag")
    if not tag:
        raise AnalysisError("XML_ROW_TAG_MISSING", rowTag="`rowTag`")
    return tag


def records(text: str, options: Options) -> Iterator[str]:
    """The texts of the outermost record elements of a document; after one that is damaged there are
    no more.
    """
    name = re.escape(row_tag(options))
    if options.flag("ignoreNamespace"):
        name = rf"(?:[\w.-]+:)?{name}"
    token = re.compile(
        rf"(?s){_SKIPPED}|(?P<end></{name}\s*>)|(?P<begin><{name}(?=[\s/>]){_ATTRIBUTES}/?>)"
    )
    depth, start = 0, 0
    for found in token.finditer(text):
        if found["begin"]:
            start = found.start() if depth == 0 else start
            depth += 0 if found[0].endswith("/>") else 1
        elif found["end"] and depth:
            depth -= 1
        else:
            continue
        if depth == 0:
            record = text[start : found.end()]
            yield record
            if not is_well_formed(record):
                return
    if depth > 0:
        yield text[start:]


class Xml:
    """Extensible Markup Language."""

    name: ClassVar[str] = "XML"
    counts_rows: ClassVar[bool] = False
    columns_are_fixed: ClassVar[bool] = False

    def infer(
        self, files: Sequence[DataFile], options: Options, environment: Environment
    ) -> t.StructType | None:
        """All fields of all records; `_corrupt_record` too if a record is malformed."""
        row_tag(options)
        variant = options.get("singleVariantColumn")
        if variant is not None:
            return t.StructType((t.StructField(variant, t.VARIANT),))
        texts = (record for file in files for record in records(_text(file, options), options))
        keeps = mode_of(options) == "PERMISSIVE"
        return schema_of_records(texts, options_for(dict(options)), keeps_corrupt=keeps)

    def read(self, request: Request) -> tree.Relation:
        """The rows; how bad ones are met is the option `mode`."""
        row_tag(request.options)
        if "rowValidationXSDPath" in request.options:
            raise unsupported("checking XML against an XSD")
        corrupt = request.options.get("columnNameOfCorruptRecord", "_corrupt_record")
        require_corrupt_text(request, corrupt)
        mode = mode_of(request.options)
        request = naming_files(request, mode)
        sources = [_rows(request, file, corrupt, mode) for file in request.files]
        if len(sources) == 1:
            return sources[0]
        return tree.SetOperation(tuple(sources), "UNION", all=True)

    def accepts(self, of: t.DataType) -> bool:
        """Everything but intervals."""
        intervals = (t.CalendarIntervalType, t.DayTimeIntervalType, t.YearMonthIntervalType)
        return not isinstance(of, intervals)


def _text(file: DataFile, options: Options) -> str:
    return decoded(file.path, options.first("encoding", "charset") or "UTF-8")


def _rows(request: Request, file: DataFile, corrupt: str, mode: str) -> tree.Relation:
    told = any(f.name == corrupt for f in request.fields)
    # A value that does not fit ends its record: all stated fields are read where that matters.
    stated = request.schema.fields if told or mode != "PERMISSIVE" else request.fields
    wanted = t.StructType(
        (*(f for f in stated if f.name != corrupt), t.StructField(corrupt, t.STRING))
    )
    options = {key: value for key, value in request.options.items() if key != "mode"}
    value = _variant(request) or xml_value(
        tree.column(_RECORD), wanted, options, request.environment.clock
    )
    columns = [(value, _STRUCT)]
    columns += [(tree.column(_DOCUMENT), _DOCUMENT)] if told else []
    columns += [(kept_value(request, file, name), name) for name in request.kept]
    source = tree.Select(tuple(columns), _records(request, file, whole=told))

    def field(name: str) -> tree.Expression:
        return tree.field_of(tree.column(_STRUCT), name)

    bad = field(corrupt).is_not_null()
    values = [
        tree.if_(bad, tree.column(_DOCUMENT)) if f.name == corrupt else field(f.name)
        for f in request.fields
    ]
    return selected(request, values, source, rows_to_keep(request, mode, bad))


def _variant(request: Request) -> tree.Expression | None:
    """A struct of one variant that holds the whole record, where the options ask for that."""
    name = request.options.get("singleVariantColumn")
    if name is None:
        return None
    around = tree.literal("<record>").joined(tree.column(_RECORD)).joined("</record>")
    tag = row_tag(request.options)
    corrupt = request.options.get("columnNameOfCorruptRecord", "_corrupt_record")
    inside = t.StructType((t.StructField(tag, t.VARIANT), t.StructField(corrupt, t.STRING)))
    value = xml_value(around, inside, dict(request.options), request.environment.clock)
    fields = ((name, tag), (corrupt, corrupt))
    return tree.StructOf(tuple((key, tree.field_of(value, inner)) for key, inner in fields))


def _records(request: Request, file: DataFile, *, whole: bool) -> tree.Relation:
    """The column `_RECORD`, and with `whole` the file's text beside each."""
    options = request.options

    def batches() -> Iterator[pa.RecordBatch]:
        text = _text(file, options)
        found = pa.array(list(records(text, options)), pa.large_string())
        columns: dict[str, pa.Array] = {_RECORD: found}
        if whole:
            zeros = pa.array([0] * len(found), pa.int32())
            columns[_DOCUMENT] = pa.DictionaryArray.from_arrays(zeros, pa.array([text]))
        yield pa.record_batch(columns)

    key = f"xml {whole} {sorted(options.items())}"
    place = staged(request.environment.staging, file, key, batches)
    return tree.TableFunction("read_parquet", (tree.file_at(place),))
