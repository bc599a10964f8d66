"""The writers of the formats."""

from __future__ import annotations

import bz2
import gzip
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import pyarrow as pa
import pyarrow.parquet as pq

from boathouse.duck import tree
from boathouse.duck.types import field_names
from boathouse.errors.exceptions import AnalysisError, unsupported
from boathouse.files.environment import Environment
from boathouse.files.options import Options, codec_of
from boathouse.files.parquet import ROW_METADATA
from boathouse.files.text_output import CsvOutput, csv_header, csv_line
from boathouse.files.writing import Column, Sink
from boathouse.files.written_values import STORED_VARIANT, Written
from boathouse.files.xml import row_tag
from boathouse.functions.json_writing import json_document, writing_under
from boathouse.functions.xml import xml_text
from boathouse.types import datatypes as t

_ROWS_OF_A_GROUP = 1 << 17
_LINE = "boathouse_line"


# ---- formats of columns -------------------------------------------------------------------------

_PARQUET_CODECS = {
    "brotli": "brotli",
    "uncompressed": "none",
    "lzo": "lzo",
    "snappy": "snappy",
    "lz4_raw": "lz4",
    "none": "none",
    "zstd": "zstd",
    "lz4": "lz4",
    "gzip": "gzip",
}
_PARQUET_ENDINGS = {"none": "", "gzip": ".gz", "lz4": ".lz4raw", "brotli": ".br"}


class RowGroups:
    """Gathers batches into row groups of a good size."""

    def __init__(self, names: Sequence[str], flush: Callable[[pa.Table], None]) -> None:
        self._names = list(names)
        self._flush = flush
        self._batches: list[pa.RecordBatch] = []
        self._rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows; write them when they are enough."""
        self._batches.append(batch.rename_columns(self._names))
        self._rows += batch.num_rows
        if self._rows >= _ROWS_OF_A_GROUP:
            self.flush()

    def flush(self) -> None:
        """Write what is left."""
        if self._batches:
            self._flush(pa.Table.from_batches(self._batches))
            self._batches.clear()
            self._rows = 0


class ColumnWriter:
    """A writer of columns as they are."""

    def __init__(self, schema: t.StructType) -> None:
        self.schema = schema

    def payload(self, columns: Sequence[Column]) -> tuple[tuple[tree.Expression, str], ...]:
        """The columns, under names that cannot clash."""
        return tuple((value, f"c{at}") for at, (value, _, _) in enumerate(columns))


class ParquetWriter(ColumnWriter):
    """Parquet, with Spark's schema in the footer."""

    def __init__(self, schema: t.StructType, options: Options, environment: Environment) -> None:
        super().__init__(schema)
        default = environment.settings.text("spark.sql.parquet.compression.codec")
        self._codec = codec_of(options, default, _PARQUET_CODECS, "parquet.compression")
        if self._codec == "lzo":
            raise unsupported("the codec lzo")
        self._empty = arrow_schema(schema)

    def payload(self, columns: Sequence[Column]) -> tuple[tuple[tree.Expression, str], ...]:
        """The columns as Parquet has them."""
        written = Written()
        return super().payload([(written.value(value, of), of, at) for value, of, at in columns])

    @property
    def ending(self) -> str:
        """With the codec, as Spark names files."""
        return _PARQUET_ENDINGS.get(self._codec, f".{self._codec}") + ".parquet"

    def open(self, path: Path) -> Sink:
        """A new file."""
        return _ParquetSink(path, self.schema, self._codec, self._empty)


class _ParquetSink:
    def __init__(self, path: Path, schema: t.StructType, codec: str, empty: pa.Schema) -> None:
        self._path = path
        self._codec = codec
        self._empty = empty
        self._metadata = {ROW_METADATA: json.dumps(schema.json, separators=(",", ":")).encode()}
        self._writer: pq.ParquetWriter | None = None
        self._buffer = RowGroups(schema.names, self._write)

    def write(self, batch: pa.RecordBatch) -> None:
        self._buffer.add(batch)

    def _write(self, table: pa.Table) -> None:
        if self._writer is None:
            schema = table.schema.with_metadata(self._metadata)
            self._writer = pq.ParquetWriter(
                self._path, schema, compression=self._codec, store_decimal_as_integer=True
            )
        self._writer.write_table(table.replace_schema_metadata(self._metadata))

    def close(self) -> None:
        self._buffer.flush()
        if self._writer is None:
            self._write(self._empty.empty_table())
        if self._writer is not None:
            self._writer.close()


def arrow_schema(schema: t.StructType) -> pa.Schema:
    """The Arrow schema in which DuckDB gives rows of `schema`, for files without rows."""
    return pa.schema([pa.field(f.name, _arrow(f.type)) for f in schema.fields])


def _arrow(of: t.DataType) -> pa.DataType:
    simple = _SIMPLE.get(type(of))
    if simple is not None:
        return simple
    match of:
        case t.DecimalType():
            return pa.decimal128(of.precision, of.scale)
        case t.TimestampType():
            return pa.timestamp("us", tz="UTC")
        case t.ArrayType():
            return pa.list_(_arrow(of.element))
        case t.MapType():
            return pa.map_(_arrow(of.key), _arrow(of.value))
        case t.StructType():
            return pa.struct([pa.field(f.name, _arrow(f.type)) for f in of.fields])
        case t.UserDefinedType():
            return _arrow(of.storage)
        case t.VariantType():
            return _arrow(STORED_VARIANT)
        case _:
            return pa.string()


_SIMPLE: dict[type[t.DataType], pa.DataType] = {
    t.NullType: pa.int32(),
    t.BooleanType: pa.bool_(),
    t.ByteType: pa.int8(),
    t.ShortType: pa.int16(),
    t.IntegerType: pa.int32(),
    t.LongType: pa.int64(),
    t.FloatType: pa.float32(),
    t.DoubleType: pa.float64(),
    t.BinaryType: pa.binary(),
    t.DateType: pa.date32(),
    t.TimestampNTZType: pa.timestamp("us"),
    t.TimeType: pa.time64("us"),
    t.YearMonthIntervalType: pa.int32(),
    t.DayTimeIntervalType: pa.int64(),
}


# ---- formats of lines ---------------------------------------------------------------------------

_TEXT_CODECS = {
    "bzip2": "bzip2",
    "deflate": "deflate",
    "uncompressed": "none",
    "snappy": "snappy",
    "none": "none",
    "lz4": "lz4",
    "gzip": "gzip",
}
_TEXT_ENDINGS = {"bzip2": ".bz2", "deflate": ".deflate", "gzip": ".gz", "none": ""}


class _Bytes(Protocol):
    def write(self, data: bytes, /) -> object: ...

    def close(self) -> object: ...


class _Deflate:
    """zlib's format, which Hadoop calls deflate."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("wb")
        self._compressor = zlib.compressobj()

    def write(self, data: bytes, /) -> None:
        self._file.write(self._compressor.compress(data))

    def close(self) -> None:
        self._file.write(self._compressor.flush())
        self._file.close()


_OPENERS: Mapping[str, Callable[[Path], Any]] = {
    "none": lambda path: path.open("wb"),
    "gzip": lambda path: gzip.GzipFile(path, "wb"),
    "bzip2": lambda path: bz2.BZ2File(path, "wb"),
    "deflate": _Deflate,
}


class _Lines:
    """A writer of lines: the text of each, its end included, is computed by DuckDB."""

    extension = ""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.separator = options.get("lineSep", "\n")
        self.encoding = options.first("encoding", "charset") or "UTF-8"
        self._codec = codec_of(options, "none", _TEXT_CODECS)
        if self._codec not in _OPENERS:
            raise unsupported(f"writing text with the codec {self._codec}")

    @property
    def ending(self) -> str:
        """The format's, then the codec's."""
        return self.extension + _TEXT_ENDINGS[self._codec]

    @property
    def header(self) -> str:
        """What stands before the rows of each file."""
        return ""

    @property
    def footer(self) -> str:
        """What stands after them."""
        return ""

    def payload(self, columns: Sequence[Column]) -> tuple[tuple[tree.Expression, str], ...]:
        """One column: the line of the row."""
        return ((self.line(columns).joined(self.separator), _LINE),)

    def line(self, columns: Sequence[Column]) -> tree.Expression:
        """The line of a row, without its end."""
        raise NotImplementedError

    def open(self, path: Path) -> Sink:
        """A new file."""
        raw = cast("_Bytes", _OPENERS[self._codec](path))
        return _LineSink(raw, self)


class _LineSink:
    def __init__(self, raw: _Bytes, lines: _Lines) -> None:
        self._raw = raw
        self._lines = lines
        encoding = lines.encoding
        self._encoding = None if encoding.lower() in {"utf-8", "utf8"} else encoding
        self._is_empty = True
        # Without rows CSV still has its header; XML, which has a footer too, is an empty file.
        if lines.header and not lines.footer:
            self._begin()

    def _begin(self) -> None:
        self._is_empty = False
        self._raw.write(self._lines.header.encode(self._lines.encoding))

    def write(self, batch: pa.RecordBatch) -> None:
        if self._is_empty and batch.num_rows:
            self._begin()
        lines = batch.column(0).cast(pa.large_string())
        _, offsets, data = lines.buffers()
        if data is None:
            return
        ends = memoryview(offsets).cast("q")
        text = data.slice(ends[lines.offset], ends[lines.offset + len(lines)] - ends[lines.offset])
        if self._encoding is None:
            self._raw.write(memoryview(text))  # pyright: ignore[reportArgumentType]
        else:
            self._raw.write(text.to_pybytes().decode().encode(self._encoding, "replace"))

    def close(self) -> None:
        if not self._is_empty:
            self._raw.write(self._lines.footer.encode(self._lines.encoding))
        self._raw.close()


class CsvWriter(_Lines):
    """CSV."""

    extension = ".csv"

    def __init__(self, schema: t.StructType, options: Options, environment: Environment) -> None:
        super().__init__(options)
        self._output = CsvOutput.of(options, environment.clock)
        self._names = schema.names

    @property
    def header(self) -> str:
        """The names, if asked for."""
        if not self.options.flag("header"):
            return ""
        return csv_header(self._names, self._output) + self.separator

    def line(self, columns: Sequence[Column]) -> tree.Expression:
        """The line of a row."""
        return csv_line([(value, of) for value, of, _ in columns], self._output)


class JsonWriter(_Lines):
    """JSON, an object on each line."""

    extension = ".json"

    def __init__(self, schema: t.StructType, options: Options, environment: Environment) -> None:
        super().__init__(options)
        self._schema = schema
        default = environment.settings.flag("spark.sql.jsonGenerator.ignoreNullFields")
        said = {"ignorenullfields": str(default), **options}
        self._how = writing_under(said, environment.clock)

    def line(self, columns: Sequence[Column]) -> tree.Expression:
        """The line of a row."""
        return json_document(_row(self._schema, columns), self._schema, self._how)


class TextWriter(_Lines):
    """The one column of text there is."""

    extension = ".txt"

    def __init__(self, schema: t.StructType, options: Options, environment: Environment) -> None:
        super().__init__(options)
        if len(schema) != 1:
            raise AnalysisError(
                "INVALID_COLUMN_OR_FIELD_DATA_TYPE",
                name="the text to write",
                type=f'"{schema.sql}"',
                expectedType='"STRING"',
            )

    def line(self, columns: Sequence[Column]) -> tree.Expression:
        """The text; NULL is an empty line."""
        return tree.call("coalesce", columns[0][0], "")


def _row(schema: t.StructType, columns: Sequence[Column]) -> tree.Expression:
    names = field_names(schema)
    return tree.StructOf(tuple(zip(names, (value for value, _, _ in columns), strict=True)))


_DECLARATION = 'version="1.0" encoding="UTF-8" standalone="yes"'


class XmlWriter(_Lines):
    """XML: an element for each row, in one around them all. A file without rows is empty."""

    extension = ".xml"

    def __init__(self, schema: t.StructType, options: Options, environment: Environment) -> None:
        super().__init__(options)
        row_tag(options)
        self._schema = schema
        self._clock = environment.clock
        self._root = options.get("rootTag", "ROWS")

    @property
    def header(self) -> str:
        """The declaration and the root's beginning."""
        declaration = self.options.get("declaration", _DECLARATION)
        return (f"<?xml {declaration}?>\n" if declaration else "") + f"<{self._root}>\n"

    @property
    def footer(self) -> str:
        """The root's end; what is said after its name are attributes."""
        return f"</{self._root.split()[0]}>"

    def line(self, columns: Sequence[Column]) -> tree.Expression:
        """The element of a row."""
        row = _row(self._schema, columns)
        return xml_text(row, self._schema, dict(self.options), self._clock, depth=1)
