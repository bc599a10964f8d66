"""Parquet: schemas from footers, rows through DuckDB's reader."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

import pyarrow as pa

from boathouse.duck import tree
from boathouse.duck.types import duck_type
from boathouse.errors.exceptions import SparkError
from boathouse.files.arrow import spark_type
from boathouse.files.environment import Environment
from boathouse.files.listing import DataFile
from boathouse.files.merging import merge_schemas
from boathouse.files.options import Options
from boathouse.files.reading import Request, distinct_names, selected
from boathouse.files.stored import (
    ANCIENT,
    VARIANT,
    Stored,
    footer_at,
    hides_nan,
    is_like_variant,
    is_peculiar,
    stored_columns,
    with_variants,
)
from boathouse.files.stored_values import Converter, with_nan
from boathouse.functions.casts import CastMode, cast
from boathouse.sql.schemas import schema_from_json
from boathouse.types import datatypes as t

ROW_METADATA = b"org.apache.spark.sql.parquet.row.metadata"
"""The footer's key under which Spark keeps the schema of what it wrote."""

_COMPARED_FILES = 100
_REMEMBERED = 20_000


class Footer:
    """What is kept of a file's footer: its `schema` as Spark sees it, and the types as written;
    `hides_nan` says that the statistics are no witness to there being no NaN; `peculiar` are the
    columns whose values are not what DuckDB takes them for.
    """

    __slots__ = ("hides_nan", "int96", "odd", "peculiar", "schema", "written")

    def __init__(self, path: str, environment: Environment) -> None:
        footer = footer_at(path)
        schema = footer.schema
        arrow = schema.to_arrow_schema()
        self.int96 = frozenset(
            column.path
            for column in map(schema.column, range(len(schema)))
            if column.physical_type == ANCIENT
        )
        stored = stored_columns(footer)
        self.peculiar = tuple(filter(is_peculiar, stored))
        self.odd = frozenset(f.name for f in arrow if _is_odd(f.type))
        self.written = t.StructType(
            tuple(
                t.StructField(
                    f.name,
                    with_variants(spark_type(f.type, self.int96, f.name, environment), column),
                )
                for f, column in zip(arrow, stored, strict=True)
            )
        )
        self.schema = _stated(footer.metadata) or self.written
        self.hides_nan = hides_nan(footer.created_by)


def _witnessed(raw: tree.Expression, of: t.DataType) -> tree.Expression:
    """`raw` so that statistics of the floats in it are not believed; lists and maps have none."""
    if isinstance(of, (t.FloatType, t.DoubleType)):
        return with_nan(raw, duck_type(of))
    return tree.if_(raw.is_not_null(), raw) if _has_float(of) else raw


def _has_float(of: t.DataType) -> bool:
    if isinstance(of, t.StructType):
        return any(_has_float(f.type) for f in of.fields)
    return isinstance(of, (t.FloatType, t.DoubleType))


def _is_odd(of: pa.DataType) -> bool:
    """Whether DuckDB reads values of this type as another type than Spark's has in a query."""
    if of.num_fields:
        return any(_is_odd(of.field(at).type) for at in range(of.num_fields))
    unsigned = pa.types.is_unsigned_integer(of) or pa.types.is_float16(of)
    return unsigned or pa.types.is_time(of) or of == pa.timestamp("ns")


def _stated(metadata: dict[bytes, bytes] | None) -> t.StructType | None:
    """The schema Spark left in the footer."""
    text = (metadata or {}).get(ROW_METADATA)
    if text is None:
        return None
    stated = schema_from_json(text.decode())
    return stated if isinstance(stated, t.StructType) else None


_footers: dict[tuple[object, ...], Footer] = {}
_lock = threading.Lock()


def footer_of(file: DataFile, environment: Environment) -> Footer:
    """The footer of `file`, remembered while the file does not change."""
    settings = environment.settings
    key = (
        file.path,
        file.modified,
        file.size,
        settings.flag("spark.sql.parquet.binaryAsString"),
        settings.flag("spark.sql.parquet.inferTimestampNTZ.enabled"),
    )
    found = _footers.get(key)
    if found is None:
        found = Footer(file.path, environment)
        with _lock:
            if len(_footers) >= _REMEMBERED:
                _footers.clear()
            _footers[key] = found
    return found


class Parquet:
    """Apache Parquet."""

    name: ClassVar[str] = "Parquet"
    counts_rows: ClassVar[bool] = True
    columns_are_fixed: ClassVar[bool] = False

    def infer(
        self, files: Sequence[DataFile], options: Options, environment: Environment
    ) -> t.StructType | None:
        """The first file's schema; with mergeSchema that of all files together."""
        if not files:
            return None
        default = environment.settings.flag("spark.sql.parquet.mergeSchema")
        if not options.flag("mergeSchema", default):
            return footer_of(files[0], environment).schema
        return merge_schemas([footer_of(file, environment).schema for file in files])

    def read(self, request: Request) -> tree.Relation:
        """DuckDB's reader. Columns are found by name without regard to case; one that a file lacks
        is NULL, or what the request says of it.
        """
        if any(f.name in request.missing for f in request.fields):
            return _by_what_lacks(request, self.read)
        environment = request.environment
        few = request.files[:_COMPARED_FILES] if not request.hive else request.files
        if len(request.files) > _COMPARED_FILES and not request.hive:
            few = request.files[:1]
        footers = [footer_of(file, environment) for file in few]
        if len({footer.peculiar for footer in footers}) > 1:
            return _by_peculiarity(request, self.read)
        alike = len(footers) == len(request.files) and all(
            footer.written == footers[0].written for footer in footers
        )
        # Told a schema, DuckDB (2.0.0) takes the fields of a struct by position.
        if (
            alike
            or request.hive
            or footers[0].peculiar
            or any(t.contains_type(f.type, t.StructType) for f in request.fields)
        ):
            return _by_files(request, footers, alike=alike)
        return _by_schema(request, footers)

    def accepts(self, of: t.DataType) -> bool:
        """All but intervals of the calendar kind."""
        return not isinstance(of, t.CalendarIntervalType)


def _by_what_lacks(request: Request, read: Callable[[Request], tree.Relation]) -> tree.Relation:
    """The files that lack the same fields together, with what these have there."""
    key = request.environment.key
    groups: dict[tuple[str, ...], list[DataFile]] = {}
    for file in request.files:
        there = {key(name) for name in footer_of(file, request.environment).schema.names}
        names = (f.name for f in request.fields if f.name in request.missing)
        groups.setdefault(tuple(n for n in names if key(n) not in there), []).append(file)
    parts: list[tree.Relation] = []
    for lacking, files in groups.items():
        fields = tuple(f for f in request.fields if f.name not in lacking)
        source = read(replace(request, files=files, fields=fields, missing={}))
        values = [
            request.missing[f.name] if f.name in lacking else tree.column(f.name)
            for f in request.fields
        ]
        parts.append(selected(request, values, source))
    return parts[0] if len(parts) == 1 else tree.SetOperation(tuple(parts), "UNION", all=True)


def _by_peculiarity(request: Request, read: Callable[[Request], tree.Relation]) -> tree.Relation:
    """The files whose columns are peculiar in the same way together."""
    groups: dict[tuple[Stored, ...], list[DataFile]] = {}
    for file in request.files:
        groups.setdefault(footer_of(file, request.environment).peculiar, []).append(file)
    parts = tuple(read(replace(request, files=files)) for files in groups.values())
    return tree.SetOperation(parts, "UNION", all=True)


def _reader(request: Request, *named: tuple[str, tree.Expression]) -> tree.Relation:
    return tree.TableFunction("read_parquet", (request.paths,), (*request.named, *named))


def _by_files(request: Request, footers: Sequence[Footer], *, alike: bool) -> tree.Relation:
    """As the files say, cast to what is asked."""
    key = request.environment.key
    written: dict[str, tuple[t.StructField, bool]] = {}
    odd = {name for footer in footers for name in footer.odd}
    for footer in footers[:1] if alike else footers:
        called = distinct_names(footer.written.names)
        for f in footer.written.fields:
            ancient = f.name in footer.int96
            written.setdefault(key(f.name), (replace(f, name=called[f.name]), ancient))
    for f in request.fields:
        _require_readable(f, written.get(key(f.name)), request.files[0])
    hides = any(footer.hides_nan for footer in footers)
    peculiar = {key(column.name): column for column in footers[0].peculiar}
    converter = Converter(partial(_found, request.environment))
    values: list[tree.Expression] = []
    for f in request.fields:
        found, stored = written.get(key(f.name)), peculiar.get(key(f.name))
        if found is not None:
            _require_variant(f, stored, request.files[0])
        if found is None or stored is None:
            values.append(_value(f, found, odd, hides=hides))
        else:
            values.append(_peculiar_value(f, found[0].type, stored, converter))
    union = () if alike else (("union_by_name", tree.TRUE),)
    return selected(request, values, _reader(request, *union))


_PHYSICAL: dict[type[t.DataType], str] = {
    t.BooleanType: "BOOLEAN",
    t.ByteType: "INT32",
    t.ShortType: "INT32",
    t.IntegerType: "INT32",
    t.LongType: "INT64",
    t.FloatType: "FLOAT",
    t.DoubleType: "DOUBLE",
    t.StringType: "BINARY",
    t.BinaryType: "BINARY",
    t.DateType: "INT32",
    t.TimestampType: "INT64",
    t.TimestampNTZType: "INT64",
}
_READ_AS_THEMSELVES = (
    t.BooleanType,
    t.StringType,
    t.BinaryType,
    t.DateType,
    t.TimestampType,
    t.TimestampNTZType,
)


def _require_readable(
    wanted: t.StructField, found: tuple[t.StructField, bool] | None, file: DataFile
) -> None:
    """FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH for what Spark does not convert."""
    if found is None or _is_readable(found[0].type, wanted.type):
        return
    given = found[0].type
    raise SparkError(
        "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH",
        path=file.uri,
        column=f"[{found[0].name}]",
        expectedType=wanted.type.simple,
        actualType="INT96" if found[1] else _PHYSICAL.get(type(given), given.simple),
    )


def _is_readable(given: t.DataType, to: t.DataType) -> bool:
    if isinstance(to, t.UserDefinedType):
        return _is_readable(given, to.storage)
    if isinstance(given, t.LongType) and isinstance(to, t.IntegralType):
        return to.bits == given.bits
    text = (t.StringType, t.BinaryType, t.CharType, t.VarcharType)
    if isinstance(given, text) and isinstance(to, text):
        return True
    if isinstance(given, _READ_AS_THEMSELVES):
        return type(given) is type(to) or {type(given), type(to)} <= {
            t.TimestampType,
            t.TimestampNTZType,
            t.DateType,
        }
    return not isinstance(to, (*text, t.BooleanType)) or isinstance(to, type(given))


def _value(
    wanted: t.StructField,
    found: tuple[t.StructField, bool] | None,
    odd: set[str],
    *,
    hides: bool,
) -> tree.Expression:
    if found is None:
        return tree.NULL.cast(duck_type(wanted.type))
    written, ancient = found
    column = tree.column(written.name)
    if ancient and isinstance(wanted.type, t.TimestampNTZType):
        return column  # Spark takes the moment as UTC has it, whatever the session's zone is
    if ancient and isinstance(written.type, t.TimestampType):
        # Spark writes moments as INT96 by default; DuckDB reads them as UTC without a zone.
        column = tree.call("timezone", "UTC", column)
    if hides:
        column = _witnessed(column, written.type)
    if duck_type(written.type) == duck_type(wanted.type):
        return column.cast(duck_type(wanted.type)) if written.name in odd else column
    return _converted(column, written.type, wanted.type)


def _found(environment: Environment, fields: Sequence[Stored], of: t.StructField) -> Stored | None:
    key = environment.key
    return next((one for one in fields if key(one.name) == key(of.name)), None)


def _require_variant(wanted: t.StructField, stored: Stored | None, file: DataFile) -> None:
    """A variant is read as one, and nothing else is: Spark fails, and gives no reason."""
    asked = isinstance(wanted.type, t.VariantType)
    annotated = stored is not None and stored.kind == VARIANT
    alike = annotated or (stored is not None and is_like_variant(stored))
    if (asked and not alike) or (annotated and not asked):
        raise SparkError("FAILED_READ_FILE.NO_HINT", path=file.uri)


def _peculiar_value(
    wanted: t.StructField, written: t.DataType, stored: Stored, converter: Converter
) -> tree.Expression:
    # Who asks tells whether a struct of binaries is a variant; an old moment without a zone is what
    # UTC had.
    as_asked = t.contains_type(wanted.type, t.VariantType, t.TimestampNTZType)
    own = wanted.type if as_asked else written
    value = converter.value(tree.column(stored.name), stored, own)
    return (
        value if duck_type(own) == duck_type(wanted.type) else _converted(value, own, wanted.type)
    )


def _converted(column: tree.Expression, given: t.DataType, to: t.DataType) -> tree.Expression:
    if isinstance(given, (t.ArrayType, t.MapType, t.StructType)):
        return column.cast(duck_type(to))
    if isinstance(given, t.BinaryType) and isinstance(to, t.StringType):
        return tree.call("decode", column)
    return cast(column, given, to, CastMode.ANSI)


def _by_schema(request: Request, footers: Sequence[Footer]) -> tree.Relation:
    """As asked: DuckDB finds the columns in each file by name, fills in NULL and casts."""
    int96 = {request.environment.key(path) for footer in footers for path in footer.int96}
    hides = any(footer.hides_nan for footer in footers)
    entries: list[tree.Expression] = []
    values: list[tree.Expression] = []
    for f in request.fields:
        ancient = request.environment.key(f.name) in int96
        kind = "TIMESTAMP" if ancient and f.type == t.TIMESTAMP else duck_type(f.type)
        entries.append(tree.struct_of(name=f.name, type=kind, default_value=None))
        column = tree.column(f.name)
        column = _witnessed(column, f.type) if hides else column
        values.append(tree.call("timezone", "UTC", column) if kind != duck_type(f.type) else column)
    if not entries:
        return selected(request, values, _reader(request))
    names = tree.list_of(*[f.name for f in request.fields])
    schema = tree.call("map", names, tree.list_of(*entries))
    return selected(request, values, _reader(request, ("schema", schema)))
