"""The formats by name, and the way from a reader's words to a source of rows."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from boathouse.duck import tree
from boathouse.errors.exceptions import (
    AnalysisError,
    ProviderNotFoundError,
    UnsupportedError,
    unsupported,
)
from boathouse.files.csv import Csv
from boathouse.files.environment import Environment
from boathouse.files.json import Json
from boathouse.files.lines import BinaryFile, Text
from boathouse.files.listing import list_files
from boathouse.files.options import Options
from boathouse.files.parquet import Parquet
from boathouse.files.reading import FileFormat
from boathouse.files.scan import FileScan, require_supported, row_schema
from boathouse.files.staged_formats import Avro, Orc
from boathouse.files.staged_writers import AvroWriter, OrcWriter
from boathouse.files.writers import CsvWriter, JsonWriter, ParquetWriter, TextWriter, XmlWriter
from boathouse.files.writing import Writer, Writing, plan_write
from boathouse.files.xml import Xml
from boathouse.spec.commands import SaveMode
from boathouse.types import datatypes as t

FORMATS: Mapping[str, FileFormat] = {
    "parquet": Parquet(),
    "csv": Csv(),
    "json": Json(),
    "text": Text(),
    "orc": Orc(),
    "avro": Avro(),
    "binaryfile": BinaryFile(),
    "xml": Xml(),
}

WRITERS: Mapping[str, Callable[[t.StructType, Options, Environment], Writer]] = {
    "parquet": ParquetWriter,
    "csv": CsvWriter,
    "json": JsonWriter,
    "text": TextWriter,
    "xml": XmlWriter,
    "orc": OrcWriter,
    "avro": AvroWriter,
}

_KNOWN_ELSEWHERE = frozenset({"delta", "iceberg", "jdbc", "kafka", "rate", "socket"})


_CLASS = re.compile(
    r"org\.apache\.spark\.sql\.(?:(?:execution\.datasources\.)?(json|parquet)|hive\.(orc))"
    r"(?:\.defaultsource)?|com\.databricks\.spark\.(csv)"
    r"|org\.apache\.spark\.sql\.execution\.datasources\.(\w+)\.\w+format"
)
"""The packages and classes of Spark that stand for a format of theirs."""


def _short(name: str) -> str:
    found = _CLASS.fullmatch(name.lower())
    return found[found.lastindex or 0] if found is not None else name.lower()


def is_file_format(name: str) -> bool:
    """Whether `name` is a format of files read and written here."""
    return name.lower() in FORMATS


def format_named(name: str) -> FileFormat:
    """The format `name`, in any case. Raises DATA_SOURCE_NOT_FOUND."""
    found = FORMATS.get(_short(name))
    if found is not None:
        return found
    if name.lower() in _KNOWN_ELSEWHERE:
        raise unsupported(f"the data source {name}")
    raise ProviderNotFoundError("DATA_SOURCE_NOT_FOUND", provider=name)


def open_files(
    name: str,
    paths: Sequence[str],
    options: Mapping[str, str],
    environment: Environment,
    schema: t.StructType | None = None,
    *,
    must_exist: bool = True,
    missing: Mapping[str, tree.Expression] | None = None,
) -> FileScan:
    """The files of format `name` at `paths` (and at the options "path" and "paths") as a source;
    `schema` is the user's, else it is inferred; `missing` says what rows of files that lack a
    column have in it, where that is not NULL. Raises PATH_NOT_FOUND (where they
    `must_exist`), UNABLE_TO_INFER_SCHEMA.
    """
    file_format = format_named(name)
    read = Options(options)
    places = [*paths, *([read["path"]] if "path" in read and not paths else [])]
    if not places and schema is None:
        raise AnalysisError("UNABLE_TO_INFER_SCHEMA", format=file_format.name)
    listing = list_files(places, read, environment, schema=schema, must_exist=must_exist)
    key = environment.key
    partitions = {key(name) for name in listing.partitions.names}
    if schema is None:
        told = listing.files or file_format.columns_are_fixed
        data = file_format.infer(listing.files, read, environment) if told else None
        if data is None:
            raise AnalysisError("UNABLE_TO_INFER_SCHEMA", format=file_format.name)
    else:
        data = t.StructType(tuple(f for f in schema.fields if key(f.name) not in partitions))
    require_distinct(data, environment)
    data = nullable(data)
    require_supported(file_format, data)
    rows = row_schema(listing, data, environment)
    return FileScan(
        file_format,
        listing,
        data,
        rows,
        read,
        environment,
        trusted=schema is None,
        missing=missing or {},
    )


def open_texts(
    name: str,
    texts: Iterable[str | None],
    options: Mapping[str, str],
    environment: Environment,
    schema: t.StructType | None = None,
) -> FileScan:
    """`texts`, each a record of format `name` ("csv" or "json"), as a source: they become the lines
    of a file that lives as long as the session.
    """
    if name.lower() not in {"csv", "json"}:
        raise unsupported(f"reading {name} out of a DataFrame")
    environment.staging.mkdir(parents=True, exist_ok=True)
    place = environment.staging / f"{uuid.uuid4()}.txt"
    lines = (" ".join(text.splitlines()) for text in texts if text is not None)
    place.write_text("".join(f"{line}\n" for line in lines), "utf-8", "surrogatepass")
    single = {key: value for key, value in options.items() if key.lower() != "multiline"}
    return open_files(name, [str(place)], single, environment, schema)


def require_distinct(schema: t.StructType, environment: Environment) -> None:
    """COLUMN_ALREADY_EXISTS when two columns have one name."""
    seen: set[str] = set()
    for key in map(environment.key, schema.names):
        if key in seen:
            raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=t.quoted(key))
        seen.add(key)


def nullable(of: t.StructType) -> t.StructType:
    """`of` with everything nullable: files promise nothing."""
    return t.StructType(
        tuple(replace(f, type=t.loosened(f.type), nullable=True) for f in of.fields)
    )


def write_files(
    name: str,
    schema: t.StructType,
    path: str,
    mode: SaveMode,
    partition_by: Sequence[str],
    options: Mapping[str, str],
    environment: Environment,
    files: int = 1,
    below: str = "",
) -> Writing:
    """A write of rows of `schema` in the format `name`: see `Writing`. `files` is how many files
    to write (a repartition hint), `below` the partition that is replaced.
    """
    file_format = format_named(name)
    key = environment.key
    aside = {key(column) for column in partition_by}
    data = t.StructType(tuple(f for f in schema.fields if key(f.name) not in aside))
    make = WRITERS.get(_short(name))
    if make is None:
        raise UnsupportedError("UNSUPPORTED_FEATURE.WRITE_FOR_BINARY_SOURCE")
    require_distinct(schema, environment)
    require_supported(file_format, data)
    return plan_write(make, schema, path, mode, partition_by, options, environment, files, below)
