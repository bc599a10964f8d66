"""Formats DuckDB does not read, staged as Parquet: ORC through pyarrow, Avro through fastavro."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import ClassVar

import fastavro
import pyarrow as pa
from pyarrow import orc

from boathouse.duck import tree
from boathouse.errors.exceptions import SparkError, unsupported
from boathouse.files import avro_codecs
from boathouse.files.arrow import spark_type
from boathouse.files.environment import Environment
from boathouse.files.lines import kept_value
from boathouse.files.listing import DataFile
from boathouse.files.merging import merge_schemas
from boathouse.files.options import Options
from boathouse.files.parquet import Parquet
from boathouse.files.reading import Request
from boathouse.files.staging import staged
from boathouse.functions.options import nullable_everywhere
from boathouse.types import avro
from boathouse.types import datatypes as t
from boathouse.types.arrow import arrow_schema

_ROWS_OF_A_BATCH = 65_536
_ZONE = "UTC"


class StagedFormat:
    """A format whose files are converted to Parquet before DuckDB sees them."""

    name: ClassVar[str] = ""
    counts_rows: ClassVar[bool] = False
    columns_are_fixed: ClassVar[bool] = False

    def schema_of(self, file: DataFile, environment: Environment) -> t.StructType:
        """The schema of one file."""
        raise NotImplementedError

    def batches_of(self, file: DataFile) -> Iterator[pa.RecordBatch]:
        """The rows of one file: at least one batch."""
        raise NotImplementedError

    def infer(
        self, files: Sequence[DataFile], options: Options, environment: Environment
    ) -> t.StructType | None:
        """The first file's schema; with mergeSchema that of all files together."""
        if not files:
            return None
        if not options.flag("mergeSchema"):
            return self.schema_of(files[0], environment)
        return merge_schemas([self.schema_of(file, environment) for file in files])

    def read(self, request: Request) -> tree.Relation:
        """Each file as Parquet reads its copy, with what is kept as constants."""
        sources = [self._file(request, file) for file in request.files]
        if len(sources) == 1:
            return sources[0]
        return tree.SetOperation(tuple(sources), "UNION", all=True)

    def _file(self, request: Request, file: DataFile) -> tree.Relation:
        place = staged(request.environment.staging, file, self.name, lambda: self.batches_of(file))
        status = Path(place).stat()
        copy = DataFile(place, status.st_size, status.st_mtime_ns // 1000)
        inner = replace(request, files=[copy], named=(), kept=(), hive=False)
        columns = [(tree.column(f.name), f.name) for f in request.fields]
        columns += [(kept_value(request, file, name), name) for name in request.kept]
        return tree.Select(tuple(columns or [(tree.TRUE, "boathouse_row")]), Parquet().read(inner))

    def accepts(self, of: t.DataType) -> bool:
        """All but intervals of the calendar kind and variants."""
        return not isinstance(of, (t.CalendarIntervalType, t.VariantType))


def _damaged(file: DataFile, error: Exception) -> SparkError:
    damaged = SparkError("FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", path=f"file:{file.path}")
    damaged.__cause__ = error
    return damaged


class Orc(StagedFormat):
    """Apache ORC. Its timestamps are moments, as Spark takes them."""

    name: ClassVar[str] = "ORC"

    def schema_of(self, file: DataFile, environment: Environment) -> t.StructType:
        """By its footer."""
        return t.StructType(
            tuple(
                t.StructField(f.name, spark_type(f.type, frozenset(), f.name, environment))
                for f in _moments(self._opened(file).schema)
            )
        )

    def batches_of(self, file: DataFile) -> Iterator[pa.RecordBatch]:
        """Stripe by stripe."""
        opened = self._opened(file)
        schema = _moments(opened.schema)
        if not opened.nstripes:
            yield pa.RecordBatch.from_pylist([], schema)
        for stripe in range(opened.nstripes):
            table = pa.Table.from_batches([opened.read_stripe(stripe)]).cast(schema)
            yield from table.combine_chunks().to_batches()

    def _opened(self, file: DataFile) -> orc.ORCFile:
        try:
            return orc.ORCFile(file.path)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(file, error) from error


def _moments(schema: pa.Schema) -> pa.Schema:
    """`schema` with timestamps in UTC and in microseconds. Spark writes a TIMESTAMP_NTZ as a number
    and says so beside it.
    """
    return pa.schema([f.with_type(_moment(f)) for f in schema])


def _moment(f: pa.Field) -> pa.DataType:
    if (f.metadata or {}).get(b"spark.sql.catalyst.type") == b"timestamp_ntz":
        return pa.timestamp("us")
    return pa.timestamp("us", _ZONE) if pa.types.is_timestamp(f.type) else f.type


# ---- Avro ---------------------------------------------------------------------------------------

avro_codecs.register()


class Avro(StagedFormat):
    """Apache Avro."""

    name: ClassVar[str] = "Avro"

    def schema_of(self, file: DataFile, environment: Environment) -> t.StructType:
        """By its header."""
        return self._schema(file)

    def _schema(self, file: DataFile) -> t.StructType:
        with Path(file.path).open("rb") as handle:
            try:
                reader = fastavro.reader(handle)
            except (ValueError, EOFError, IndexError) as error:
                raise _damaged(file, error) from error
            of = nullable_everywhere(avro.spark_type(reader.writer_schema)[0])
        if not isinstance(of, t.StructType):
            raise unsupported(f"Avro files of {of.sql}")
        return of

    def batches_of(self, file: DataFile) -> Iterator[pa.RecordBatch]:
        """Some thousand records at a time."""
        of = self._schema(file)
        schema = arrow_schema(of, _ZONE)
        with Path(file.path).open("rb") as handle:
            rows = iter(fastavro.reader(handle))
            first = True
            while chunk := list(islice(rows, _ROWS_OF_A_BATCH)):
                first = False
                values = [avro.plain(row, of) for row in chunk]
                yield pa.RecordBatch.from_pylist(values, schema)
            if first:
                yield pa.RecordBatch.from_pylist([], schema)
