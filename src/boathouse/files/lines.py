"""Text files as rows of lines, and the two formats that are no more than that: text, binaryFile."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from boathouse.duck import tree
from boathouse.errors.exceptions import AnalysisError, SparkError, SparkRuntimeError, refused
from boathouse.files.environment import Environment
from boathouse.files.listing import DataFile
from boathouse.files.options import Options
from boathouse.files.reading import FILE_NAME, Request, selected
from boathouse.files.shape import has_plain_lines
from boathouse.files.staging import staged
from boathouse.types import datatypes as t

LINE = "boathouse_line"
"""The column of lines."""

# A separator that does not occur, so that a line stays one value.
_NO_DELIMITER = "\x01\x02\x03\x04"
_LONGEST_LINE = 64 << 20
_CHARSETS = ("US-ASCII", "ISO-8859-1", "UTF-8", "UTF-16BE", "UTF-16LE", "UTF-16", "UTF-32")
_NATIVE_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii"}


def is_native(options: Options) -> bool:
    """Whether the text is in an encoding that DuckDB reads."""
    return (options.first("encoding", "charset") or "UTF-8").lower() in _NATIVE_ENCODINGS


def lines_of(
    request: Request, *, keep_empty: bool = False, skip_first: bool = False
) -> tree.Relation:
    """The column `LINE` of the files' lines, and what is kept. Empty lines are left out unless
    `keep_empty`, and each file's first line with `skip_first`. Files that
    DuckDB cannot read as they are (other encodings, odd line ends) are staged.
    """
    encoding = request.options.first("encoding", "charset") or "UTF-8"
    separator = request.options.get("lineSep")
    if separator == "":
        raise refused("'lineSep' must not be empty.")
    plain: list[DataFile] = []
    odd: list[DataFile] = []
    for file in request.files:
        native = is_native(request.options) and separator in {None, "\n", "\r\n"}
        readable = native and has_plain_lines(file, keep_empty=keep_empty)
        (plain if readable else odd).append(file)
    reading = _Reading(encoding, separator, keep_empty, skip_first)
    sources = [_native(request, plain, skip_first=skip_first)] if plain else []
    sources += [_staged_lines(request, file, reading) for file in odd]
    return sources[0] if len(sources) == 1 else tree.SetOperation(tuple(sources), "UNION", all=True)


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a staged file becomes lines."""

    encoding: str
    separator: str | None
    keep_empty: bool
    skip_first: bool


def _native(request: Request, files: Sequence[DataFile], *, skip_first: bool) -> tree.Relation:
    columns = tree.StructOf(((LINE, tree.literal("VARCHAR")),))
    named = (
        ("auto_detect", tree.FALSE),
        ("header", tree.literal(skip_first)),
        ("columns", columns),
        ("delim", tree.literal(_NO_DELIMITER)),
        ("quote", tree.literal("")),
        ("escape", tree.literal("")),
        ("comment", tree.literal("")),
        ("nullstr", tree.literal("\x01\x02\x03NULL")),
        ("strict_mode", tree.FALSE),
        ("max_line_size", tree.literal(_longest(files))),
        *request.named,
    )
    paths = tree.files_at(*[file.path for file in files])
    kept = (LINE, *request.kept)
    source = tree.TableFunction("read_csv", (paths,), named)
    return tree.Select(tuple((tree.column(name), name) for name in kept), source)


def _longest(files: Sequence[DataFile]) -> int:
    """A bound for the length of a line: buffers are sized by it."""
    largest = max(file.size for file in files)
    return min(max(largest + 1, 2 << 20), _LONGEST_LINE) if largest > 2 << 20 else 2 << 20


def decoded(path: str, encoding: str) -> str:
    """All of a file's text, decompressed by its ending; bytes that are not text become U+FFFD."""
    try:
        content = decompressed(path)
    except (OSError, EOFError, pa.ArrowException) as error:
        raise SparkError("FAILED_READ_FILE.NO_HINT", path=f"file://{path}") from error
    try:
        return content.decode(encoding, "replace").removeprefix("\ufeff")
    except LookupError:
        raise SparkRuntimeError(
            "INVALID_PARAMETER_VALUE.CHARSET",
            parameter="`charset`",
            functionName="`option`",
            charset=encoding,
            charsets=", ".join(map(repr, _CHARSETS)),
        ) from None


def decompressed(path: str) -> bytes:
    """A file's bytes, decompressed by its ending."""
    with Path(path).open("rb") as handle:
        content = handle.read()
    if path.endswith(".gz"):
        return gzip.decompress(content)
    if path.endswith(".deflate"):
        return zlib.decompress(content)
    for ending, codec in ((".bz2", "bz2"), (".zst", "zstd"), (".lz4", "lz4")):
        if path.endswith(ending):
            return pa.CompressedInputStream(pa.BufferReader(content), codec).read()
    return content


def split_lines(text: str, separator: str | None) -> list[str]:
    """The lines of `text`: between `separator`s, else between LF, CR LF and CR. One at the end
    begins no line.
    """
    if separator is None:
        text, separator = text.replace("\r\n", "\n").replace("\r", "\n"), "\n"
    lines = text.split(separator)
    if lines and not lines[-1]:
        lines.pop()
    return lines


def _staged_lines(request: Request, file: DataFile, reading: _Reading) -> tree.Relation:
    def batches() -> Iterator[pa.RecordBatch]:
        lines = split_lines(decoded(file.path, reading.encoding), reading.separator)
        kept = lines if reading.keep_empty else [line for line in lines if line]
        first = 1 if reading.skip_first else 0
        yield pa.record_batch({LINE: pa.array(kept[first:], pa.large_string())})

    place = staged(request.environment.staging, file, f"lines {reading}", batches)
    source = tree.TableFunction("read_parquet", (tree.file_at(place),))
    columns = [(tree.column(LINE), LINE)]
    columns += [(kept_value(request, file, name), name) for name in request.kept]
    return tree.Select(tuple(columns), source)


def kept_value(request: Request, file: DataFile, name: str) -> tree.Expression:
    """The constant value of a kept column for all rows of a staged `file`."""
    if name == FILE_NAME:
        return tree.literal(file.path)
    return tree.literal(request.partition_of(file, name)).cast("VARCHAR")


class Text:
    """One column of lines, ``value``."""

    name: ClassVar[str] = "Text"
    counts_rows: ClassVar[bool] = False
    columns_are_fixed: ClassVar[bool] = True

    def infer(
        self, files: Sequence[DataFile], options: Options, environment: Environment
    ) -> t.StructType | None:
        """Always one column of text."""
        return t.StructType((t.StructField("value", t.STRING),))

    def read(self, request: Request) -> tree.Relation:
        """A row for each line, or with wholetext for each file."""
        if len(request.schema) > 1:
            raise AnalysisError("_LEGACY_ERROR_TEMP_1290", schemaSize=len(request.schema))
        if request.options.flag("wholetext"):
            source: tree.Relation = _whole(request)
        else:
            source = lines_of(request, keep_empty=True)
        return selected(request, [tree.column(LINE) for _ in request.fields], source)

    def accepts(self, of: t.DataType) -> bool:
        """Text alone."""
        return isinstance(of, t.StringType)


def _whole(request: Request) -> tree.Relation:
    sources = []
    for file in request.files:
        content = tree.TableFunction("read_text", (tree.file_at(file.path),))
        columns = [(tree.column("content"), LINE)]
        columns += [(kept_value(request, file, name), name) for name in request.kept]
        sources.append(tree.Select(tuple(columns), content))
    return sources[0] if len(sources) == 1 else tree.SetOperation(tuple(sources), "UNION", all=True)


class BinaryFile:
    """Whole files as rows: path, time of modification, length, content."""

    name: ClassVar[str] = "BinaryFile"
    counts_rows: ClassVar[bool] = False
    columns_are_fixed: ClassVar[bool] = True

    def infer(
        self, files: Sequence[DataFile], options: Options, environment: Environment
    ) -> t.StructType | None:
        """Always the same four columns."""
        return t.StructType(
            (
                t.StructField("path", t.STRING),
                t.StructField("modificationTime", t.TIMESTAMP),
                t.StructField("length", t.LONG),
                t.StructField("content", t.BINARY),
            )
        )

    def read(self, request: Request) -> tree.Relation:
        """DuckDB's read_blob; content is read only when asked for."""
        sources = [self._file(request, file) for file in request.files]
        if len(sources) == 1:
            return sources[0]
        return tree.SetOperation(tuple(sources), "UNION", all=True)

    def _file(self, request: Request, file: DataFile) -> tree.Relation:
        facts = {
            "path": tree.literal("file:" + file.path),
            "modificationTime": tree.call("make_timestamptz", file.modified),
            "length": tree.literal(file.size).cast("BIGINT"),
            "content": tree.column("content"),
        }
        columns = [(facts[f.name], f.name) for f in request.fields]
        columns += [(kept_value(request, file, name), name) for name in request.kept]
        limit = request.environment.settings.integer("spark.sql.sources.binaryFile.maxLength")
        reads = any(f.name == "content" for f in request.fields)
        if reads and file.size > limit:
            raise SparkError("FAILED_READ_FILE.NO_HINT", path=f"file://{file.path}")
        source = tree.TableFunction("read_blob", (tree.file_at(file.path),)) if reads else None
        return tree.Select(tuple(columns or [(tree.TRUE, "boathouse_row")]), source)

    def accepts(self, of: t.DataType) -> bool:
        """Its own columns."""
        return True
