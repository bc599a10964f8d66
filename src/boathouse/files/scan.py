"""Files of one format as a source of rows: what a plan's Scan holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from boathouse.duck import tree
from boathouse.duck.types import duck_type
from boathouse.errors.exceptions import AnalysisError
from boathouse.files.environment import Environment
from boathouse.files.listing import DataFile, Listing, escaped_path
from boathouse.files.options import Options
from boathouse.files.partitions import escape
from boathouse.files.reading import FILE_NAME, ROW_NUMBER, FileFormat, Request, distinct_names
from boathouse.functions.casts import CastMode, cast
from boathouse.functions.clock import Clock, is_utc
from boathouse.types import datatypes as t

METADATA = "_metadata"
_FACTS = (
    t.StructField("file_path", t.STRING, nullable=False),
    t.StructField("file_name", t.STRING, nullable=False),
    t.StructField("file_size", t.LONG, nullable=False),
    t.StructField("file_block_start", t.LONG, nullable=False),
    t.StructField("file_block_length", t.LONG, nullable=False),
    t.StructField("file_modification_time", t.TIMESTAMP, nullable=False),
)
_ROW_INDEX = t.StructField("row_index", t.LONG, nullable=False)
_KNOWN_FILE = "boathouse_known_file"
_KNOWN = ("boathouse_uri", "boathouse_name", "boathouse_size", "boathouse_modified")


@dataclass(frozen=True, slots=True)
class FileScan:
    """The rows of `listing`'s files, `data` being the schema of what the files hold and `schema`
    that of the rows; it is `trusted` when it was inferred from their values.
    """

    format: FileFormat
    listing: Listing
    data: t.StructType
    schema: t.StructType
    options: Options
    environment: Environment
    trusted: bool = False
    missing: Mapping[str, tree.Expression] = field(default_factory=dict[str, tree.Expression])
    """What rows of files that lack a column have in it, where that is not NULL."""

    @property
    def name(self) -> str:
        """The format, for EXPLAIN."""
        return self.format.name.lower()

    @property
    def metadata_schema(self) -> t.StructType:
        """The hidden column ``_metadata``, unless the data has one of that name."""
        # METADATA is the same in both cases of letters: few names need to be looked at closely.
        clash = [name for name in self.schema.names if name.lower() == METADATA]
        if any(self.environment.key(name) == METADATA for name in clash):
            return t.StructType(())
        facts = (*_FACTS, _ROW_INDEX) if self.format.counts_rows else _FACTS
        return t.StructType((t.StructField(METADATA, t.StructType(facts), nullable=False),))

    @property
    def roots(self) -> tuple[str, ...]:
        """The places whose files these are."""
        return self.listing.roots

    def input_files(self) -> list[str]:
        """The URIs of the files."""
        return [file.uri for file in self.listing.files]

    def relation(self, columns: Sequence[str]) -> tree.Relation:
        """The duck relation giving `columns`, in order, under exactly these names."""
        key = self.environment.key
        if not self.listing.files:
            return self._nothing(columns)
        partitions = {key(f.name): f for f in self.listing.partitions.fields}
        wanted = {key(name) for name in columns}
        data = tuple(
            f for f in self.data.fields if key(f.name) in wanted and key(f.name) not in partitions
        )
        hidden = METADATA in columns and METADATA in self.metadata_schema.names
        request = self._request(
            data, [partitions[k] for k in partitions if k in wanted], hidden=hidden
        )
        source = self.format.read(request)
        if hidden or (partitions and not request.hive and wanted & partitions.keys()):
            source = self._joined(source)
        called = distinct_names([f.name for f in data])
        values = {key(f.name): tree.column(called[f.name]) for f in data}
        for at, (k, f) in enumerate(partitions.items()):
            raw = f.name if request.hive else f"boathouse_partition_{at}"
            values[k] = _partition_value(tree.column(raw), f.type, self.environment.clock)
        if hidden:
            values[METADATA] = self._metadata()
        return tree.Select(tuple((values[key(name)], name) for name in columns), source)

    # ---- requests ----

    def _request(
        self,
        data: tuple[t.StructField, ...],
        partitions: Sequence[t.StructField],
        *,
        hidden: bool,
    ) -> Request:
        named: list[tuple[str, tree.Expression]] = []
        kept: list[str] = []
        hive = bool(self.listing.partitions.fields) and self._is_hive()
        if hive:
            kinds = {f.name: "VARCHAR" for f in self.listing.partitions.fields}
            types = tree.StructOf(tuple((name, tree.literal(of)) for name, of in kinds.items()))
            named += [("hive_partitioning", tree.TRUE), ("hive_types", types)]
            kept += [f.name for f in partitions]
        if hidden or (partitions and not hive):
            named.append(("filename", tree.literal(FILE_NAME)))
            kept.append(FILE_NAME)
        if hidden and self.format.counts_rows:
            named.append((ROW_NUMBER, tree.TRUE))
            kept.append(ROW_NUMBER)
        # Spark hands out the largest files first, which shows in the order of rows.
        files = sorted(self.listing.files, key=lambda file: -file.size)
        return Request(
            tuple(files),
            self.data,
            data,
            self.options,
            self.environment,
            tuple(named),
            tuple(kept),
            hive,
            self.listing.partitions.names,
            self.trusted,
            self.missing,
        )

    def _is_hive(self) -> bool:
        """Whether DuckDB reads the same partition columns off the paths: it looks at all of a path,
        Spark only below the base.
        """
        key = self.environment.key
        names = {key(name) for name in self.listing.partitions.names}
        clash = any(key(f.name) in names for f in self.data.fields)
        above = any("=" in part for part in self.listing.base.split("/"))
        inside = any("=" in file.name for file in self.listing.files)
        escaped = any(escape(name) != name for name in self.listing.partitions.names)
        return not (clash or above or inside or escaped)

    # ---- what is known of each file ----

    def _joined(self, source: tree.Relation) -> tree.Relation:
        """`source` with what the listing knows of each row's file."""
        count = len(self.listing.partitions.fields)
        names = (_KNOWN_FILE, *_KNOWN, *(f"boathouse_partition_{at}" for at in range(count)))
        known = tree.Values(tuple(_row(file) for file in self.listing.files), names)
        on = tree.column(FILE_NAME).equals(tree.column(_KNOWN_FILE))
        return tree.Join(source, known, "INNER", on)

    def _metadata(self) -> tree.Expression:
        uri, name, size, modified = map(tree.column, _KNOWN)
        values: list[tree.Expression] = [
            uri,
            name,
            size,
            tree.literal(0).cast("BIGINT"),
            size,
            tree.call("make_timestamptz", modified),
        ]
        facts = _FACTS
        if self.format.counts_rows:
            facts, values = (*_FACTS, _ROW_INDEX), [*values, tree.column(ROW_NUMBER)]
        return tree.StructOf(tuple((f.name, value) for f, value in zip(facts, values, strict=True)))

    def _nothing(self, columns: Sequence[str]) -> tree.Relation:
        fields = {f.name: f for f in (*self.schema.fields, *self.metadata_schema.fields)}
        nulls = tuple((tree.NULL.cast(duck_type(fields[name].type)), name) for name in columns)
        return tree.Select(nulls or ((tree.TRUE, "boathouse_row"),), None, tree.FALSE)


def _row(file: DataFile) -> tuple[tree.Expression, ...]:
    known: list[tree.Plain] = [
        file.path,
        "file:" + escaped_path(file.path),
        file.name,
    ]
    numbers = [tree.literal(number).cast("BIGINT") for number in (file.size, file.modified)]
    raw = [tree.literal(value).cast("VARCHAR") for value in file.partition]
    return (*map(tree.literal, known), *numbers, *raw)


def _partition_value(raw: tree.Expression, of: t.DataType, clock: Clock) -> tree.Expression:
    """A raw value, known to be one of `of`. Only a bare cast lets DuckDB leave out files."""
    match of:
        case t.IntegralType() | t.DecimalType() | t.DateType() | t.TimestampNTZType():
            return raw.try_cast(duck_type(of))
        case t.FloatType() | t.DoubleType():
            return raw.try_cast(duck_type(of))
        case t.TimestampType():
            local = raw.try_cast("TIMESTAMP")
            return local.cast("TIMESTAMPTZ") if is_utc(clock.zone) else clock.moment(local)
        case _:
            return cast(raw, t.STRING, of, CastMode.TRY)


def row_schema(listing: Listing, data: t.StructType, environment: Environment) -> t.StructType:
    """The data's columns, then the partition columns; one that is both stands in its place with the
    partition's values.
    """
    key = environment.key
    partitions = {key(f.name): f for f in listing.partitions.fields}
    fields = [
        replace(partitions.pop(key(f.name)), name=f.name) if key(f.name) in partitions else f
        for f in data.fields
    ]
    return t.StructType((*fields, *partitions.values()))


def require_supported(file_format: FileFormat, schema: t.StructType) -> None:
    """UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE for a column the format has no form for."""
    for f in schema.fields:
        if not file_format.accepts(f.type):
            raise AnalysisError(
                "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                columnName=t.quoted(f.name),
                columnType=f'"{f.type.sql}"',
                format=file_format.name,
            )
