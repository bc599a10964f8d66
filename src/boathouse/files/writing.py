"""DataFrameWriter to a path: checks, the relation to compute, and its rows into files.

The rows come as batches of the partition columns, as text, and then what the format writes: one
column of lines for text formats, the data's columns for the others. They are ordered by partition,
so that one file is open at a time.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from boathouse.duck import tree
from boathouse.errors.exceptions import AnalysisError
from boathouse.files.environment import Environment
from boathouse.files.layout import Layout
from boathouse.files.listing import local_path
from boathouse.files.options import Options
from boathouse.files.partitions import directory_name
from boathouse.functions.text_form import text_of
from boathouse.spec.commands import SaveMode
from boathouse.types import datatypes as t

_PARTITION = "boathouse_partition_"
Column = tuple[tree.Expression, t.DataType, str]
"""A column to write: its value, its Spark type, its name."""


class Sink(Protocol):
    """One open file."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        ...

    def close(self) -> None:
        """Finish the file."""
        ...


class Writer(Protocol):
    """How a format writes; made once for each write from its options."""

    @property
    def ending(self) -> str:
        """How file names end, such as ``.snappy.parquet``."""
        ...

    def payload(self, columns: Sequence[Column]) -> tuple[tuple[tree.Expression, str], ...]:
        """What is computed of each row."""
        ...

    def open(self, path: Path) -> Sink:
        """A new file."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did."""

    rows: int
    files: int


@dataclass(frozen=True, slots=True)
class Writing:
    """A write that has passed its checks. Run `relation(...)` and give its batches to `write`."""

    writer: Writer
    schema: t.StructType
    partition_by: tuple[int, ...]
    layout: Layout
    files: int
    most_rows: int
    skipped: bool = False

    def relation(self, child: tree.Relation, columns: Sequence[str]) -> tree.Relation:
        """What to compute of `child`, in which `columns` are the names of the schema's fields."""
        fields = list(zip(columns, self.schema.fields, strict=True))
        partitions = tuple(
            (_raw(tree.column(fields[at][0]), fields[at][1].type), f"{_PARTITION}{number}")
            for number, at in enumerate(self.partition_by)
        )
        data: list[Column] = [
            (tree.column(name), f.type, f.name)
            for at, (name, f) in enumerate(fields)
            if at not in self.partition_by
        ]
        order = tuple(tree.SortKey(tree.column(name)) for _, name in partitions)
        payload = self.writer.payload(data)
        if not order:
            return tree.Select(payload, child)
        names = [name for _, name in (*partitions, *payload)]
        inner = tree.Select((*partitions, *payload), child)
        return tree.Select(tuple((tree.column(n), n) for n in names), inner, order=order)

    def write(self, batches: Iterable[pa.RecordBatch]) -> Written:
        """Put the rows into files; what was there before is as it was if this fails."""
        if self.skipped:
            return Written(0, 0)
        place = self.layout.begin()
        try:
            written = self._fill(place, batches)
        except BaseException:
            self.layout.abort()
            raise
        self.layout.commit()
        return written

    def _fill(self, place: Path, batches: Iterable[pa.RecordBatch]) -> Written:
        with contextlib.closing(_Files(self, place)) as files:
            for batch in batches:
                for directory, part in self._parts(batch):
                    for slot, share in self._shares(part):
                        files.add(directory, share, slot)
            if not self.partition_by:
                files.ensure_one()
        return Written(files.rows, files.count)

    def _shares(self, batch: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The rows for each of the files, about equally many."""
        rows = batch.num_rows
        ends = [rows * (slot + 1) // self.files for slot in range(self.files)]
        for slot, (start, end) in enumerate(itertools.pairwise([0, *ends])):
            if start < end:
                yield slot, batch.slice(start, end - start)

    def _parts(self, batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
        """The runs of rows of one partition, each with its directory."""
        count = len(self.partition_by)
        if not count:
            yield "", batch
            return
        keys = [batch.column(at).to_pylist() for at in range(count)]
        payload = batch.select(list(range(count, batch.num_columns)))
        names = [self.schema.fields[at].name for at in self.partition_by]
        start = 0
        for end in [*_changes(keys), batch.num_rows]:
            values = [column[start] for column in keys]
            directory = "/".join(map(directory_name, names, values))
            yield directory, payload.slice(start, end - start)
            start = end


def _changes(keys: Sequence[Sequence[str | None]]) -> Iterator[int]:
    """The positions at which any key differs from the one before."""
    for at in range(1, len(keys[0])):
        if any(column[at] != column[at - 1] for column in keys):
            yield at


def _raw(value: tree.Expression, of: t.DataType) -> tree.Expression:
    """A partition value as the text of its directory, before escaping."""
    return text_of(value, of)


class _Files:
    """The open files of a write: one for each slot, and only those of the last partition."""

    def __init__(self, writing: Writing, place: Path) -> None:
        self.rows = 0
        self.count = 0
        self._writing = writing
        self._place = place
        self._directory: str | None = None
        self._open: dict[int, tuple[Sink, int]] = {}

    def add(self, directory: str, batch: pa.RecordBatch, slot: int) -> None:
        """Write `batch` to the file of `slot` in `directory`."""
        if directory != self._directory:
            self.close()
            self._directory = directory
        most = self._writing.most_rows
        self.rows += batch.num_rows
        while batch.num_rows:
            sink, filled = self._open.get(slot) or (self._new(), 0)
            part = batch.slice(0, most - filled) if most > 0 else batch
            sink.write(part)
            batch = batch.slice(part.num_rows)
            filled += part.num_rows
            self._open[slot] = sink, filled
            if 0 < most <= filled:
                sink.close()
                del self._open[slot]

    def ensure_one(self) -> None:
        """A write without rows leaves one file, which tells the schema."""
        if not self.count:
            self._directory = ""
            self._open[0] = self._new(), 0

    def _new(self) -> Sink:
        directory = self._place / (self._directory or "")
        directory.mkdir(parents=True, exist_ok=True)
        name = f"part-{self.count:05d}-{self._writing.layout.identity}-c000"
        self.count += 1
        return self._writing.writer.open(directory / f"{name}{self._writing.writer.ending}")

    def close(self) -> None:
        """Finish all open files."""
        for sink, _ in self._open.values():
            sink.close()
        self._open.clear()


# ---- checks -------------------------------------------------------------------------------------


def plan_write(
    make: Callable[[t.StructType, Options, Environment], Writer],
    schema: t.StructType,
    path: str,
    mode: SaveMode,
    partition_by: Sequence[str],
    options: Mapping[str, str],
    environment: Environment,
    files: int = 1,
    below: str = "",
) -> Writing:
    """A write of rows of `schema` to `path`, which replaces what lies `below`. Raises
    PATH_ALREADY_EXISTS in the default mode, and for partition columns that are missing, repeated,
    of no plain type, or all there are.
    """
    chosen = Options(options)
    positions = _positions(schema, partition_by, environment)
    target = Path(local_path(path))
    exists = target.exists()  # Spark minds an empty directory too
    if exists and mode in {SaveMode.DEFAULT, SaveMode.ERROR_IF_EXISTS}:
        raise AnalysisError("PATH_ALREADY_EXISTS", outputPath=f"file:{target}")
    default = environment.settings.text("spark.sql.sources.partitionOverwriteMode")
    overwrite = chosen.get("partitionOverwriteMode", default).upper()
    data = t.StructType(tuple(f for at, f in enumerate(schema.fields) if at not in positions))
    limit = environment.settings.integer("spark.sql.files.maxRecordsPerFile")
    return Writing(
        make(data, chosen, environment),
        schema,
        positions,
        Layout(
            target,
            replace=mode is SaveMode.OVERWRITE,
            dynamic=overwrite == "DYNAMIC" and below.count("=") < len(positions),
            below=below,
        ),
        max(1, files),
        chosen.whole("maxRecordsPerFile", limit),
        skipped=exists and mode is SaveMode.IGNORE,
    )


def _positions(
    schema: t.StructType, partition_by: Sequence[str], environment: Environment
) -> tuple[int, ...]:
    key = environment.key
    keys = [key(name) for name in schema.names]
    positions: list[int] = []
    for name in partition_by:
        if key(name) not in keys:
            raise AnalysisError("_LEGACY_ERROR_TEMP_1155", col=name, schemaCatalog=schema.simple)
        at = keys.index(key(name))
        if at in positions:
            raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=t.quoted(key(name)))
        of = schema.fields[at].type
        if isinstance(of, (t.NullType, t.ArrayType, t.MapType, t.StructType, t.VariantType)):
            raise AnalysisError("INVALID_PARTITION_COLUMN_DATA_TYPE", type=f'"{of.sql}"')
        positions.append(at)
    if positions and len(positions) == len(schema):
        raise AnalysisError("ALL_PARTITION_COLUMNS_NOT_ALLOWED")
    return tuple(positions)
