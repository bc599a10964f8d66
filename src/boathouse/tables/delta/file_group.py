"""Data files of a table -> rows.

Files that hold the columns alike are read together, as they are, and made into what the log states:
a column that a file lacks is NULL, one of an older type is cast. (DuckDB could be told a schema to
read files by; it then takes them for one row and plans joins for that, and 2.0.0 finds the fields
of structs by position.) What is known of a file as a whole (partition values, ``_metadata``) is
joined to its rows by the file's path; deleted rows are taken away by an anti join, in which only
the files with deletion vectors take part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from boathouse.duck import tree
from boathouse.duck.types import duck_type
from boathouse.files.environment import Environment
from boathouse.files.stored import Stored, columns_of
from boathouse.files.stored_values import Converter
from boathouse.tables.delta import paths
from boathouse.tables.delta.actions import AddFile
from boathouse.tables.delta.arrays import integers
from boathouse.tables.delta.partition_values import arrow_values
from boathouse.tables.delta.schema import ColumnMapping
from boathouse.tables.storage import Storage
from boathouse.types import datatypes as t
from boathouse.types.arrow import arrow_type

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
_COUNTED = "boathouse_number"
_KNOWN = "boathouse_known"
_MARKED = ("boathouse_marked_file", "boathouse_marked_row")

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

    @property
    def metadata_fields(self) -> tuple[t.StructField, ...]:
        """The fields of ``_metadata``."""
        return (*_FACTS, *_TRACKED) if self.tracks_rows else _FACTS


@dataclass(frozen=True, slots=True)
class Piece:
    """A file to read: all rows of it, or (`marked`) without those numbers, or (`only`) only those.
    `facts` are columns of which each has one value for the whole file.
    """

    file: AddFile
    marked: np.ndarray | None = None
    only: bool = False
    facts: tuple[tuple[str, Any], ...] = ()


def read_pieces(
    pieces: Sequence[Piece],
    columns: Sequence[str],
    layout: Layout,
    environment: Environment,
    extra: Mapping[str, t.DataType] | None = None,
) -> tree.Relation:
    """The rows of `pieces`: `columns` of the table, hidden ones, and those of `extra`, which are
    facts or stand in the files.
    """
    extra = extra or {}
    looked = _data_fields(set(columns) - extra.keys(), layout, environment)
    own = _own_columns(columns, layout, extra)
    groups: dict[tuple[Any, ...], list[Piece]] = {}
    times: Counter[str] = Counter()
    for piece in pieces:
        path = paths.readable(layout.storage, piece.file.path)
        stored = columns_of(path) if looked or own or piece.marked is not None else ()
        layouts = (
            *((f.name, layout.mapping.found(stored, f)) for f in looked),
            *((name, _named(stored, name)) for name in own),
        )
        facts = tuple(name for name, _ in piece.facts)
        # A file may stand there several times, with other facts: in one group it must be once.
        again = (times[path], path if _has_own_numbers(stored) else None)
        key = (piece.marked is not None, piece.only, layouts, facts, again)
        times[path] += 1
        groups.setdefault(key, []).append(piece)
    queries = tuple(
        _Group(layout, environment, dict(key[2]), same, extra).query(columns)
        for key, same in groups.items()
    )
    return queries[0] if len(queries) == 1 else tree.SetOperation(queries, "UNION", all=True)


def _has_own_numbers(stored: Sequence[Stored]) -> bool:
    """Whether a file has a column of the name by which DuckDB tells the number of a row."""
    return any(one.name.lower() == _NUMBER for one in stored)


def _own_columns(
    columns: Sequence[str], layout: Layout, extra: Mapping[str, t.DataType]
) -> list[str]:
    """The columns of files that are not the table's, of which `columns` may need some."""
    found = [name for name in columns if name in extra]
    if layout.tracks_rows and {METADATA, KEPT_ROW_ID, KEPT_ROW_VERSION} & set(columns):
        names = (layout.properties.get(key) for key in (_ROW_ID_COLUMN, _ROW_VERSION_COLUMN))
        found += [name for name in names if name is not None]
    return found


def _named(stored: Sequence[Stored], name: str) -> Stored | None:
    return next((one for one in stored if one.name == name), None)


def _data_fields(names: set[str], layout: Layout, environment: Environment) -> list[t.StructField]:
    key = environment.key
    wanted = {key(name) for name in names} - {key(name) for name in layout.partition_by}
    return [f for f in layout.mapping.schema.fields if key(f.name) in wanted]


def no_rows(columns: Sequence[str], types: Mapping[str, t.DataType]) -> tree.Relation:
    """`columns` without rows."""
    numbers = dict.fromkeys((ROW, KEPT_ROW_ID, KEPT_ROW_VERSION), t.LONG)
    texts = dict.fromkeys((FILE, PLACE), t.STRING)
    known: dict[str, t.DataType] = {**types, **texts, **numbers}
    nulls = tuple((tree.NULL.cast(duck_type(known[name])), name) for name in columns)
    return tree.Select(nulls or ((tree.TRUE, "present"),), None, tree.FALSE)


class _Group:
    """Files that are read in one way."""

    def __init__(
        self,
        layout: Layout,
        environment: Environment,
        layouts: Mapping[str, Stored | None],
        pieces: Sequence[Piece],
        extra: Mapping[str, t.DataType],
    ) -> None:
        self._layout = layout
        self._environment = environment
        self._layouts = layouts
        self._converter = Converter(layout.mapping.found)
        self._pieces = pieces
        self._extra = extra
        self._files = [piece.file for piece in pieces]
        self._marked = pieces[0].marked is not None
        self._paths = [paths.readable(layout.storage, file.path) for file in self._files]
        self._counts = len(self._paths) == 1 and _has_own_numbers(columns_of(self._paths[0]))
        self._known: dict[str, pa.Array] = {}
        """What is known of each file, by column."""
        self._numbered = self._placed = self._marked

    def query(self, columns: Sequence[str]) -> tree.Relation:
        """The rows of the group."""
        values = [(self._value(name), name) for name in columns]
        return tree.Select(tuple(values or [(tree.TRUE, "present")]), self._source())

    # ---- columns ----

    def _value(self, name: str) -> tree.Expression:
        layout, key = self._layout, self._environment.key
        if name in self._extra:
            return self._extra_value(name)
        hidden = self._hidden.get(name)
        if hidden is not None and name not in layout.mapping.schema.names:
            return hidden()
        f = layout.mapping.field(name)
        physical = layout.mapping.physical(f)
        if any(key(f.name) == key(one) for one in layout.partition_by):
            return self._partition(f, physical)
        return self._data(f)

    def _extra_value(self, name: str) -> tree.Expression:
        of = self._extra[name]
        if name not in dict(self._pieces[0].facts):
            return self._own(name, of)
        values = [dict(piece.facts)[name] for piece in self._pieces]
        return self._fact(pa.array(values, arrow_type(of, "UTC")))

    def _data(self, f: t.StructField) -> tree.Expression:
        stored = self._layouts[f.name]
        if stored is None:
            return tree.NULL.cast(duck_type(f.type))
        return self._converter.value(tree.column(stored.name), stored, f.type)

    def _own(self, name: str, of: t.DataType) -> tree.Expression:
        """A column that is in files without being one of the table's."""
        stored = self._layouts.get(name)
        return tree.NULL.cast(duck_type(of)) if stored is None else tree.column(stored.name)

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

    def _partition(self, f: t.StructField, physical: str) -> tree.Expression:
        texts = [file.partition_values.get(physical) for file in self._files]
        return self._fact(arrow_values(texts, f.type, self._environment.zone))

    def _fact(self, values: pa.Array) -> tree.Expression:
        """A column that has one value for each file."""
        name = f"boathouse_fact_{len(self._known)}"
        self._known[name] = values
        return tree.column(name)

    def _file(self) -> tree.Expression:
        return self._fact(pa.array([file.path for file in self._files], pa.string()))

    def _row(self) -> tree.Expression:
        self._numbered = True
        return tree.column(_COUNTED if self._counts else _NUMBER)

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
        facts = zip(self._layout.metadata_fields, values, strict=True)
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
        return tree.NULL.cast("BIGINT") if stored is None else self._own(stored, t.LONG)

    def _place(self) -> tree.Expression:
        self._placed = self._numbered = True
        return tree.column(_NAME)

    # ---- rows ----

    def _source(self) -> tree.Relation:
        named: list[tuple[str, tree.Expression]] = []
        if self._known or self._placed or self._counts:
            named.append(("filename", tree.literal(_NAME)))
        if self._numbered and not self._counts:
            named.append((_NUMBER, tree.TRUE))
        source: tree.Relation = tree.TableFunction(
            "read_parquet", (tree.files_at(*self._paths),), tuple(named)
        )
        if self._numbered and self._counts:
            source = self._counted(source)
        if self._marked:
            source = self._with_marked(source)
        if self._known:
            source = self._with_known(source)
        return source

    def _counted(self, source: tree.Relation) -> tree.Relation:
        """The rows of one file, numbered in the order in which they are read, which is the file's:
        without partitions and order the window is no more than a counter.
        """
        number = tree.Window(tree.Aggregate("row_number", ())) - 1
        names = [*(one.name for one in columns_of(self._paths[0])), _NAME]
        kept = [(tree.column(name), name) for name in names]
        return tree.Select((*kept, (number, _COUNTED)), source)

    def _with_marked(self, source: tree.Relation) -> tree.Relation:
        """Without the marked rows, or with them alone."""
        marked = [piece.marked for piece in self._pieces if piece.marked is not None]
        lengths = [len(rows) for rows in marked]
        names = pa.DictionaryArray.from_arrays(
            integers(np.repeat(np.arange(len(marked), dtype=np.int32), lengths)),
            pa.array(self._paths, pa.string()),
        )
        table = pa.table({_MARKED[0]: names, _MARKED[1]: integers(np.concatenate(marked))})
        on = tree.all_of(
            tree.column(_NAME).equals(tree.column(_MARKED[0])),
            self._row().equals(tree.column(_MARKED[1])),
        )
        kind = "SEMI" if self._pieces[0].only else "ANTI"
        return tree.Join(source, tree.rows(table), kind, on)

    def _with_known(self, source: tree.Relation) -> tree.Relation:
        table = pa.table({_KNOWN: pa.array(self._paths, pa.string()), **self._known})
        on = tree.column(_NAME).equals(tree.column(_KNOWN))
        return tree.Join(source, tree.rows(table), "INNER", on)
