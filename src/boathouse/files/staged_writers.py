"""The writers of ORC and Avro."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
from fastavro.write import Writer as FileWriter
from pyarrow import orc

from boathouse.files.environment import Environment
from boathouse.files.options import Options, codec_of
from boathouse.files.writers import ColumnWriter, RowGroups, arrow_schema
from boathouse.files.writing import Sink
from boathouse.types import datatypes as t
from boathouse.types.avro import avro_schema

_ORC_CODECS = {
    "uncompressed": "uncompressed",
    "lzo": "lzo",
    "snappy": "snappy",
    "none": "uncompressed",
    "zlib": "zlib",
    "zstd": "zstd",
    "lz4": "lz4",
    "brotli": "brotli",
}
_AVRO_CODECS = {
    "uncompressed": "null",
    "deflate": "deflate",
    "snappy": "snappy",
    "bzip2": "bzip2",
    "xz": "xz",
    "zstandard": "zstandard",
}


class OrcWriter(ColumnWriter):
    """Apache ORC."""

    def __init__(self, schema: t.StructType, options: Options, environment: Environment) -> None:
        super().__init__(schema)
        default = environment.settings.text("spark.sql.orc.compression.codec")
        self._codec = codec_of(options, default, _ORC_CODECS, "orc.compress")
        self._empty = arrow_schema(schema)

    @property
    def ending(self) -> str:
        """With the codec, as Spark names files."""
        return ".orc" if self._codec == "uncompressed" else f".{self._codec}.orc"

    def open(self, path: Path) -> Sink:
        """A new file."""
        return _OrcSink(path, self.schema, self._codec, self._empty)


class _OrcSink:
    def __init__(self, path: Path, schema: t.StructType, codec: str, empty: pa.Schema) -> None:
        self._writer = orc.ORCWriter(str(path), compression=codec)
        self._empty = empty
        self._groups = RowGroups(schema.names, self._write)
        self._written = False

    def write(self, batch: pa.RecordBatch) -> None:
        self._groups.add(batch)

    def _write(self, table: pa.Table) -> None:
        self._written = True
        self._writer.write(table)

    def close(self) -> None:
        self._groups.flush()
        if not self._written:
            self._write(self._empty.empty_table())
        self._writer.close()


class AvroWriter(ColumnWriter):
    """Apache Avro."""

    def __init__(self, schema: t.StructType, options: Options, environment: Environment) -> None:
        super().__init__(schema)
        default = environment.settings.text("spark.sql.avro.compression.codec")
        codec = codec_of(options, default, _AVRO_CODECS)
        # fastavro writes snappy and zstandard only with packages we do not ask for; readers find
        # the codec in the file, so another one does no harm.
        self._codec = codec if codec in {"null", "deflate", "bzip2", "xz"} else "deflate"
        name = options.get("recordName", "topLevelRecord")
        self._avro = avro_schema(schema, name, options.get("recordNamespace", ""))

    @property
    def ending(self) -> str:
        """Avro names its codec inside."""
        return ".avro"

    def open(self, path: Path) -> Sink:
        """A new file."""
        return _AvroSink(path, self.schema, self._codec, self._avro)


class _AvroSink:
    def __init__(self, path: Path, schema: t.StructType, codec: str, avro: dict[str, Any]) -> None:
        self._names = list(schema.names)
        self._file = path.open("wb")
        self._writer = FileWriter(self._file, avro, codec)

    def write(self, batch: pa.RecordBatch) -> None:
        for row in batch.rename_columns(self._names).to_pylist(maps_as_pydicts="strict"):
            self._writer.write(row)

    def close(self) -> None:
        self._writer.flush()
        self._file.close()
