"""The rows of a snapshot as a source: what a plan's Scan holds.

Files are read with the schema that the log states, never with the one that a file happens to have:
a column that a file lacks is NULL, one of an older type is cast. What is known of a file as a whole
(partition values, ``_metadata``) is joined to its rows by the file's path; deleted rows are taken
away by an anti join, in which only the files with deletion vectors take part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from boathouse.duck import tree
from boathouse.duck.types import duck_type
from boathouse.files.environment import Environment
from boathouse.plan import expressions as e
from boathouse.tables.delta import paths
from boathouse.tables.delta.actions import AddFile
from boathouse.tables.delta.deletion_vectors import rows_of
from boathouse.tables.delta.file_index import FileIndex
from boathouse.tables.delta.file_layout import Stored, columns_of, must_be_known
from boathouse.tables.delta.partition_values import arrow_values
from boathouse.tables.delta.schema import ColumnMapping, public_schema
from boathouse.tables.delta.stored_values import Converter
from boathouse.tables.storage import Storage
from boathouse.types import datatypes as t

METADATA = "_metadata"
FILE = "boathouse_file"
"""The hidden column that holds the path of a row's file as the log has it."""
ROW = "boathouse_row"
"""The hidden column that holds the number of a row in its file, from 0."""
PLACE = "boathouse_place"
"""The hidden column that holds the local path of a row's file: unlike FILE it needs no join, which
would keep DuckDB from knowing how many rows there are.
"""
KEPT_ROW_ID = "boathouse_kept_row_id"
"""The hidden column that holds the id a row brought with it from another file."""
KEPT_ROW_VERSION = "boathouse_kept_row_version"
"""The hidden column that holds the version a row brought with it from another file."""

_NAME = "boathouse_name"
_NUMBER = "file_row_number"
_KNOWN = "boathouse_known"
_GONE = ("boathouse_gone_file", "boathouse_gone_row")

Layouts = tuple[tuple[str, Stored | None], ...]
"""How files hold some columns, by name; None: not at all."""

_FACTS = (
    t.StructField("file_path", t.STRING, nullable=False),
    t.StructField("file_name", t.STRING, nullable=False),
    t.StructField("file_size", t.LONG, nullable=False),
    t.StructField("file_block_start", t.LONG, nullable=False),
    t.StructField("file_block_length", t.LONG, nullable=False),
    t.StructField("file_modification_time", t.TIMESTAMP, nullable=False),
    t.StructField("row_index", t.LONG, nullable=False),
)
_TRACKED = (
    t.StructField("base_row_id", t.LONG),
    t.StructField("default_row_commit_version", t.LONG),
    t.StructField("row_id", t.LONG),
    t.StructField("row_commit_version", t.LONG),
)
_ROW_TRACKING = "delta.enableRowTracking"
_ROW_ID_COLUMN = "delta.rowTracking.materializedRowIdColumnName"
_ROW_VERSION_COLUMN = "delta.rowTracking.materializedRowCommitVersionColumnName"


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a table tells how its files are read."""

    storage: Storage
    mapping: ColumnMapping
    partition_by: tuple[str, ...]
    properties: Mapping[str, str]

    @property
    def tracks_rows(self) -> bool:
        """Whether every row has an id."""
        return self.properties.get(_ROW_TRACKING, "").lower() == "true"


@dataclass(frozen=True, slots=True)
class DeltaScan:
    """The rows of `files` (None: all of `index`) of a table at `version`."""

    layout: Layout
    version: int
    index: FileIndex
    environment: Environment
    files: tuple[AddFile, ...] | None = None

    @property
    def name(self) -> str:
        """For EXPLAIN."""
        return "delta"

    @property
    def schema(self) -> t.StructType:
        """The columns in the table's order."""
        return public_schema(self.layout.mapping.schema)

    @property
    def metadata_schema(self) -> t.StructType:
        """The hidden column ``_metadata``, unless the table has one of that name."""
        key = self.environment.key
        if any(key(name) == METADATA for name in self.layout.mapping.schema.names):
            return t.StructType(())
        facts = t.StructType(self.facts)
        return t.StructType((t.StructField(METADATA, facts, nullable=False),))

    @property
    def facts(self) -> tuple[t.StructField, ...]:
        """The fields of ``_metadata``."""
        return (*_FACTS, *_TRACKED) if self.layout.tracks_rows else _FACTS

    @property
    def roots(self) -> tuple[str, ...]:
        """The place whose files these are."""
        return (paths.readable(self.layout.storage, ""),)

    def input_files(self) -> list[str]:
        """The URIs of the files."""
        return [paths.uri(self.layout.storage, file.path) for file in self.chosen]

    @property
    def chosen(self) -> Sequence[AddFile]:
        """The files that are read."""
        return self.index.files() if self.files is None else self.files

    def pruned(self, filters: Sequence[e.Expression], columns: Mapping[int, str]) -> DeltaScan:
        """Without the files that can have no row for which all `filters` are true; `columns` are
        the names of the columns by their ids in the filters.
        """
        if self.files is not None:
            return self
        zone = self.environment.zone
        return replace(self, files=tuple(self.index.matching(filters, columns, zone)))

    def relation(self, columns: Sequence[str]) -> tree.Relation:
        """The duck relation giving `columns`, in order, under exactly these names."""
        files = self.chosen
        if not files:
            return self._nothing(columns)
        looked = [f for f in self._data_fields(columns) if self._must_look(f.type)]
        groups: dict[tuple[bool, Layouts], list[AddFile]] = {}
        for file in files:
            layouts = self._layouts(file, looked)
            groups.setdefault((file.deletion_vector is not None, layouts), []).append(file)
        queries = tuple(
            _Group(self, dict(layouts), tuple(same), with_vectors=with_vectors).query(columns)
            for (with_vectors, layouts), same in groups.items()
        )
        return queries[0] if len(queries) == 1 else tree.SetOperation(queries, "UNION", all=True)

    def _must_look(self, of: t.DataType) -> bool:
        """Whether a column must be looked for in each file. By numbers, all are."""
        return self.layout.mapping.mode == "id" or must_be_known(of)

    def _layouts(self, file: AddFile, looked: Sequence[t.StructField]) -> Layouts:
        """How `file` holds the columns of `looked`."""
        if not looked:
            return ()
        columns = columns_of(paths.readable(self.layout.storage, file.path))
        converter = Converter(self.layout.mapping)
        return tuple((f.name, converter.found(columns, f)) for f in looked)

    def _data_fields(self, columns: Sequence[str]) -> list[t.StructField]:
        key = self.environment.key
        partitions = {key(name) for name in self.layout.partition_by}
        wanted = {key(name) for name in columns} - partitions
        return [f for f in self.layout.mapping.schema.fields if key(f.name) in wanted]

    def _nothing(self, columns: Sequence[str]) -> tree.Relation:
        fields = {f.name: f.type for f in (*self.schema.fields, *self.metadata_schema.fields)}
        numbers = dict.fromkeys((ROW, KEPT_ROW_ID, KEPT_ROW_VERSION), t.LONG)
        texts = dict.fromkeys((FILE, PLACE), t.STRING)
        types: dict[str, t.DataType] = {**fields, **texts, **numbers}
        nulls = tuple((tree.NULL.cast(duck_type(types[name])), name) for name in columns)
        return tree.Select(nulls or ((tree.TRUE, "present"),), None, tree.FALSE)


class _Group:
    """Files that are read in one way."""

    def __init__(
        self,
        scan: DeltaScan,
        layouts: Mapping[str, Stored | None],
        files: tuple[AddFile, ...],
        *,
        with_vectors: bool,
    ) -> None:
        self._scan = scan
        self._layout = scan.layout
        self._layouts = layouts
        self._converter = Converter(scan.layout.mapping)
        self._files = files
        self._with_vectors = with_vectors
        self._paths = [paths.readable(scan.layout.storage, file.path) for file in files]
        self._read: dict[str, tuple[str, str]] = {}
        """The columns to read: by their names in files, DuckDB's name and type."""
        self._known: dict[str, pa.Array] = {}
        """What is known of each file, by column."""
        self._numbered = with_vectors
        self._placed = with_vectors
        self._weighed = False

    def query(self, columns: Sequence[str]) -> tree.Relation:
        """The rows of the group."""
        values = [(self._value(name), name) for name in columns]
        return tree.Select(tuple(values or [(tree.TRUE, "present")]), self._source())

    # ---- columns ----

    def _value(self, name: str) -> tree.Expression:
        layout, key = self._layout, self._scan.environment.key
        hidden = self._hidden.get(name)
        if hidden is not None and name not in layout.mapping.schema.names:
            return hidden()
        f = layout.mapping.field(name)
        physical = layout.mapping.physical(f)
        if any(key(f.name) == key(one) for one in layout.partition_by):
            return self._partition(f, physical)
        return self._data(f, physical)

    def _data(self, f: t.StructField, physical: str) -> tree.Expression:
        if f.name not in self._layouts:
            return self._column(physical, duck_type(f.type))
        stored = self._layouts[f.name]
        if stored is None:
            return tree.NULL.cast(duck_type(f.type))
        return self._converter.value(self._column(stored.name, stored.duck), stored, f.type)

    @property
    def _hidden(self) -> Mapping[str, Callable[[], tree.Expression]]:
        return {
            FILE: self._file,
            ROW: self._row,
            PLACE: self._place,
            KEPT_ROW_ID: lambda: self._stored(_ROW_ID_COLUMN),
            KEPT_ROW_VERSION: lambda: self._stored(_ROW_VERSION_COLUMN),
            METADATA: self._metadata,
        }

    def _column(self, physical: str, kind: str) -> tree.Expression:
        name, _ = self._read.setdefault(physical, (f"d{len(self._read)}", kind))
        return tree.column(name)

    def _partition(self, f: t.StructField, physical: str) -> tree.Expression:
        texts = [file.partition_values.get(physical) for file in self._files]
        return self._fact(arrow_values(texts, f.type, self._scan.environment.zone))

    def _fact(self, values: pa.Array) -> tree.Expression:
        """A column that has one value for each file."""
        name = f"k{len(self._known)}"
        self._known[name] = values
        return tree.column(name)

    def _file(self) -> tree.Expression:
        return self._fact(pa.array([file.path for file in self._files], pa.string()))

    def _row(self) -> tree.Expression:
        self._numbered = True
        return tree.column(_NUMBER)

    def _metadata(self) -> tree.Expression:
        storage, files = self._layout.storage, self._files
        uris = [paths.uri(storage, file.path).replace("file:///", "file:/", 1) for file in files]
        sizes = self._fact(pa.array([file.size for file in files], pa.int64()))
        modified = pa.array([file.modification_time * 1000 for file in files], pa.int64())
        values: list[tree.Expression] = [
            self._fact(pa.array(uris, pa.string())),
            self._fact(pa.array([path.rpartition("/")[2] for path in self._paths], pa.string())),
            sizes,
            tree.Literal(0, "BIGINT"),
            sizes,
            self._fact(modified.cast(pa.timestamp("us", "UTC"))),
            self._row(),
        ]
        if self._layout.tracks_rows:
            values += self._tracking()
        facts = zip(self._scan.facts, values, strict=True)
        return tree.StructOf(tuple((f.name, value) for f, value in facts))

    def _tracking(self) -> list[tree.Expression]:
        files = self._files
        first = self._fact(pa.array([file.base_row_id for file in files], pa.int64()))
        versions = [file.default_row_commit_version for file in files]
        version = self._fact(pa.array(versions, pa.int64()))
        row_id = tree.call("coalesce", self._stored(_ROW_ID_COLUMN), first + self._row())
        row_version = tree.call("coalesce", self._stored(_ROW_VERSION_COLUMN), version)
        return [first, version, row_id, row_version]

    def _stored(self, name: str) -> tree.Expression:
        """A column for what rows bring with them from other files; NULL where there is none."""
        stored = self._layout.properties.get(name)
        return tree.NULL.cast("BIGINT") if stored is None else self._column(stored, "BIGINT")

    def _place(self) -> tree.Expression:
        self._placed = self._numbered = self._weighed = True
        return tree.column(_NAME)

    # ---- rows ----

    def _source(self) -> tree.Relation:
        named: list[tuple[str, tree.Expression]] = []
        schema = self._schema()
        if schema is not None:
            named.append(("schema", schema))
        if self._known or self._placed:
            named.append(("filename", tree.literal(_NAME)))
        if self._numbered:
            named.append((_NUMBER, tree.TRUE))
        source: tree.Relation = tree.TableFunction(
            "read_parquet", (tree.list_of(*self._paths),), tuple(named)
        )
        if self._weighed:
            source = self._with_weight(source)
        if self._with_vectors:
            source = self._without_deleted(source)
        if self._known:
            source = self._with_known(source)
        return source

    def _schema(self) -> tree.Expression | None:
        if not self._read and (self._known or self._numbered or self._placed):
            # Some column must be named, so that no column of the file can have one of our names.
            self._column("boathouse_none", "BOOLEAN")
        if not self._read:
            return None
        entries = [
            tree.struct_of(name=name, type=kind, default_value=None)
            for name, kind in self._read.values()
        ]
        return tree.call("map", tree.list_of(*self._read), tree.list_of(*entries))

    def _with_weight(self, source: tree.Relation) -> tree.Relation:
        """`source`, and no rows from a branch of known size. DuckDB takes files that are read under
        a given schema for one row, and would make its hash table of the larger side of a join
        (MERGE into 20 M rows: 8 CPU s and 5 GB instead of 0.4 s and 0.1 GB).
        """
        rows = sum(file.rows or 0 for file in self._files)
        # A fifth is what DuckDB expects of a comparison.
        numbers = tree.TableFunction("range", (tree.Literal(5 * rows),), columns=("n",))
        kinds = [*self._read.values(), (_NAME, "VARCHAR"), (_NUMBER, "BIGINT")]
        nulls = tuple((tree.NULL.cast(kind), name) for name, kind in kinds)
        nothing = tree.Select(nulls, numbers, tree.column("n").less(-1))
        columns = tuple((tree.column(name), name) for name, _ in kinds)
        return tree.SetOperation((tree.Select(columns, source), nothing), "UNION", all=True)

    def _without_deleted(self, source: tree.Relation) -> tree.Relation:
        storage = self._layout.storage
        gone = [
            rows_of(file.deletion_vector, storage)
            for file in self._files
            if file.deletion_vector is not None
        ]
        names = pa.DictionaryArray.from_arrays(
            pa.array(np.repeat(np.arange(len(gone), dtype=np.int32), [len(rows) for rows in gone])),
            pa.array(self._paths, pa.string()),
        )
        table = pa.table({_GONE[0]: names, _GONE[1]: pa.array(np.concatenate(gone))})
        on = tree.all_of(
            tree.column(_NAME).equals(tree.column(_GONE[0])),
            tree.column(_NUMBER).equals(tree.column(_GONE[1])),
        )
        return tree.Join(source, tree.rows(table), "ANTI", on)

    def _with_known(self, source: tree.Relation) -> tree.Relation:
        table = pa.table({_KNOWN: pa.array(self._paths, pa.string()), **self._known})
        on = tree.column(_NAME).equals(tree.column(_KNOWN))
        return tree.Join(source, tree.rows(table), "INNER", on)
