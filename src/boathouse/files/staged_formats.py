"""Formats DuckDB does not read, staged as Parquet: ORC through pyarrow, Avro through fastavro."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

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
from boathouse.types import datatypes as t
from boathouse.types.arrow import arrow_schema

_ROWS_OF_A_BATCH = 65_536
_ZONE = "UTC"


class StagedFormat:
    """A format whose files are converted to Parquet before DuckDB sees them."""

    name: ClassVar[str] = ""
    counts_rows: ClassVar[bool] = False

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

_AVRO: dict[str, t.DataType] = {
    "null": t.NULL,
    "boolean": t.BOOLEAN,
    "int": t.INTEGER,
    "long": t.LONG,
    "float": t.FLOAT,
    "double": t.DOUBLE,
    "bytes": t.BINARY,
    "string": t.STRING,
    "enum": t.STRING,
    "fixed": t.BINARY,
}
_LOGICAL: dict[str, t.DataType] = {
    "date": t.DATE,
    "timestamp-millis": t.TIMESTAMP,
    "timestamp-micros": t.TIMESTAMP,
    "local-timestamp-millis": t.TIMESTAMP_NTZ,
    "local-timestamp-micros": t.TIMESTAMP_NTZ,
    "uuid": t.STRING,
}


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
            of = _of_avro(reader.writer_schema, {})
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
                values = [_row(row, of) for row in chunk]
                yield pa.RecordBatch.from_pylist(values, schema)
            if first:
                yield pa.RecordBatch.from_pylist([], schema)


def _of_avro(node: Any, named: dict[str, Any]) -> t.DataType:
    """The Spark type of an Avro schema; `named` are the types defined before."""
    if isinstance(node, list):
        return _union([branch for branch in node if branch != "null"], named)
    if isinstance(node, str):
        found = _AVRO.get(node)
        return found if found is not None else _of_avro(named[node], named)
    kind = node["type"]
    if not isinstance(kind, str):
        return _of_avro(kind, named)
    if "name" in node:
        named[node["name"]] = node
    logical = node.get("logicalType")
    if logical == "decimal":
        return t.DecimalType(node["precision"], node.get("scale", 0))
    if logical in _LOGICAL:
        return _LOGICAL[logical]
    match kind:
        case "record" | "error":
            return t.StructType(
                tuple(t.StructField(f["name"], _of_avro(f["type"], named)) for f in node["fields"])
            )
        case "array":
            return t.ArrayType(_of_avro(node["items"], named))
        case "map":
            return t.MapType(t.STRING, _of_avro(node["values"], named))
        case _:
            return _AVRO[kind]


def _union(branches: Sequence[Any], named: dict[str, Any]) -> t.DataType:
    kinds = [_of_avro(branch, named) for branch in branches]
    if len(kinds) == 1:
        return kinds[0]
    if set(kinds) == {t.INTEGER, t.LONG}:
        return t.LONG
    if set(kinds) == {t.FLOAT, t.DOUBLE}:
        return t.DOUBLE
    if not kinds:
        return t.NULL
    raise unsupported("Avro unions of " + ", ".join(kind.sql for kind in kinds))


def _row(value: Any, of: t.DataType) -> Any:
    """An Avro value in the form Arrow takes for `of`."""
    if value is None:
        return None
    match of:
        case t.StructType():
            return {f.name: _row(value[f.name], f.type) for f in of.fields}
        case t.ArrayType():
            return [_row(item, of.element) for item in value]
        case t.MapType():
            return [(key, _row(item, of.value)) for key, item in value.items()]
        case t.StringType():
            return str(value)
        case _:
            return value


# ---- writing ------------------------------------------------------------------------------------


def avro_schema(schema: t.StructType, name: str, namespace: str) -> dict[str, Any]:
    """The Avro schema of rows of `schema`: every field a union with null, as Spark writes it."""
    return _record(schema, name, namespace)


def _record(of: t.StructType, name: str, namespace: str) -> dict[str, Any]:
    inner = f"{namespace}.{name}" if namespace else name
    fields = [{"name": f.name, "type": _nullable(f, inner)} for f in of.fields]
    record: dict[str, Any] = {"type": "record", "name": name, "fields": fields}
    if namespace:
        record["namespace"] = namespace
    return record


def _nullable(f: t.StructField, namespace: str) -> Any:
    of = _to_avro(f.type, f.name, namespace)
    return [of, "null"] if f.nullable and of != "null" else of


_WRITTEN: dict[type[t.DataType], Any] = {
    t.NullType: "null",
    t.BooleanType: "boolean",
    t.ByteType: "int",
    t.ShortType: "int",
    t.IntegerType: "int",
    t.LongType: "long",
    t.FloatType: "float",
    t.DoubleType: "double",
    t.BinaryType: "bytes",
    t.DateType: {"type": "int", "logicalType": "date"},
    t.TimestampType: {"type": "long", "logicalType": "timestamp-micros"},
    t.TimestampNTZType: {"type": "long", "logicalType": "local-timestamp-micros"},
    t.YearMonthIntervalType: "int",
    t.DayTimeIntervalType: "long",
}


def _to_avro(of: t.DataType, name: str, namespace: str) -> Any:
    simple = _WRITTEN.get(type(of))
    if simple is not None:
        return simple
    match of:
        case t.StringType() | t.CharType() | t.VarcharType():
            return "string"
        case t.DecimalType():
            return {
                "type": "bytes",
                "logicalType": "decimal",
                "precision": of.precision,
                "scale": of.scale,
            }
        case t.ArrayType():
            element = t.StructField(name, of.element, of.contains_null)
            return {"type": "array", "items": _nullable(element, namespace)}
        case t.MapType():
            value = t.StructField(name, of.value, of.value_contains_null)
            return {"type": "map", "values": _nullable(value, namespace)}
        case t.StructType():
            return _record(of, name, namespace)
        case _:
            raise unsupported(f"{of.sql} in Avro")
