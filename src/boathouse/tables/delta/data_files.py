"""Rows into the data files of a table: DuckDB writes Parquet and says what is in it.

Nothing written here is part of a table until a commit names it. Every file is on disk when `write`
returns.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from boathouse.duck import tree
from boathouse.errors.exceptions import SparkError
from boathouse.functions.text_form import text_of
from boathouse.tables.delta.actions import AddFile
from boathouse.tables.delta.physical import field_ids, is_mapped, physical_name, written
from boathouse.tables.delta.schema import schema_of
from boathouse.tables.delta.statistics import Leaf, chosen, statistics
from boathouse.tables.storage import writing
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    import pyarrow as pa

    from boathouse.files.environment import Environment
    from boathouse.tables.delta.actions import Metadata
    from boathouse.tables.storage import Entry, Storage

TARGET_SIZE = 128 * 1024 * 1024
"""Bytes of a data file, about, where the table does not say (delta.targetFileSize)."""
_CODECS = {
    "uncompressed": "uncompressed",
    "none": "uncompressed",
    "snappy": "snappy",
    "gzip": "gzip",
    "zstd": "zstd",
    "brotli": "brotli",
    "lz4": "lz4_raw",
    "lz4_raw": "lz4_raw",
}
_CODEC = "spark.sql.parquet.compression.codec"
CHANGES = "_change_data"
"""Where the files of the change data feed lie."""
CHANGE_TYPE = "_change_type"
"""The column that they have beyond the table's."""
_NUMBER = "boathouse_file"
_SAFE = "/!$&'()*+,;=:@~-._"
"""What a path in the log may hold as it is, besides letters and digits."""


@dataclass(frozen=True, slots=True)
class Target:
    """The table that files are written for. `schema` is the logical one with Delta's metadata,
    `cluster_by` the columns (or fields of them) by which rows are to lie together.
    """

    storage: Storage
    schema: t.StructType
    partition_by: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    cluster_by: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(
        cls,
        storage: Storage,
        metadata: Metadata,
        cluster_by: tuple[tuple[str, ...], ...] = (),
    ) -> Target:
        """The table that `metadata` describes."""
        return cls(
            storage,
            schema_of(metadata.schema_string),
            tuple(metadata.partition_columns),
            metadata.configuration,
            cluster_by,
        )

    @property
    def mapped(self) -> bool:
        """Whether columns have names of their own in files."""
        return is_mapped(self.properties)

    @property
    def tracks_changes(self) -> bool:
        """Whether the table keeps a change data feed."""
        return self.properties.get("delta.enableChangeDataFeed", "").lower() == "true"

    @property
    def data(self) -> list[t.StructField]:
        """The columns that files hold."""
        aside = {name.lower() for name in self.partition_by}
        return [f for f in self.schema.fields if f.name.lower() not in aside and _is_kept(f)]

    @property
    def partitions(self) -> list[t.StructField]:
        """The partition columns in their order."""
        known = {f.name.lower(): f for f in self.schema.fields}
        return [known[name.lower()] for name in self.partition_by]


def _is_kept(column: t.StructField) -> bool:
    """A column of type void is always null, and in no file."""
    return not isinstance(column.type, t.NullType)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to write: a duck `relation`, its `columns` in the order of the target's schema, and the
    Arrow `tables` it reads. `files` is how many files are wished for (0: as it fits), `most` how
    many rows one may have (0: any); `extra` are columns of the relation that are written as they
    are: (name, name in files). With an `order` each file holds a run of the ordered rows.
    """

    relation: tree.Relation
    columns: Sequence[str]
    tables: Mapping[str, Any] = field(default_factory=dict)
    files: int = 0
    extra: tuple[tuple[str, str], ...] = ()
    order: tuple[tree.SortKey, ...] = ()
    most: int = 0

    @property
    def are_numbered(self) -> bool:
        """Whether each row is told which file it goes to."""
        return self.files > 1 or self.most > 0


def write(
    environment: Environment,
    target: Target,
    rows: Rows,
    *,
    directory: str = "",
    codec: str | None = None,
) -> list[AddFile]:
    """Write `rows` below `directory` of the table; the files as actions. A relation without rows
    gives none.
    """
    with writing(target.storage, directory):
        place = target.storage.staged(directory)
        Path(place).mkdir(parents=True, exist_ok=True)
    prefix = f"part-{uuid.uuid4()}"
    options = _options(environment, target, rows, codec)
    options += (("FILENAME_PATTERN", f"{prefix}-c{{i}}"),)
    copy = tree.Copy(_query(target, rows), place, options)
    try:
        done: pa.Table = environment.run(copy, rows.tables)
    except SparkError as error:
        # DuckDB says the same of a file that it cannot open for reading and for writing.
        if prefix not in error.parameters.get("path", ""):
            raise
        raise SparkError("TASK_WRITE_FAILED", path=error.parameters["path"]) from error
    leaves = chosen(target.data, target.properties, mapped=target.mapped)
    added: list[AddFile] = []
    for file in done.to_pylist():
        name = Path(file["filename"]).relative_to(place).as_posix()
        name = f"{directory}/{name}" if directory else name
        if not file["count"]:
            target.storage.delete(name)
            continue
        with writing(target.storage, name):
            entry = target.storage.publish(name)
        added.append(_added(target, entry, file, leaves))
    return added


def _query(target: Target, rows: Rows) -> tree.Relation:
    mapped = target.mapped
    names = dict(zip((f.name for f in target.schema.fields), rows.columns, strict=True))
    columns = [
        (
            written(tree.Column(names[f.name]), f.type, mapped=mapped),
            physical_name(f, mapped=mapped),
        )
        for f in target.data
    ]
    columns += [(tree.Column(name), stored) for name, stored in rows.extra]
    columns += [
        (partition_text(tree.Column(names[f.name]), f.type), physical_name(f, mapped=mapped))
        for f in target.partitions
    ]
    if rows.are_numbered:
        parts = tuple(tree.Column(names[f.name]) for f in target.partitions)
        columns.append((_file_number(rows, parts), _NUMBER))
    return tree.Select(tuple(columns), rows.relation, order=rows.order)


def _file_number(rows: Rows, partition: tuple[tree.Expression, ...]) -> tree.Expression:
    """The number of a row's file among those of its partition."""
    files = max(rows.files, 1)
    if rows.order and rows.most:
        place = tree.Window(tree.Aggregate("row_number", ()), order=rows.order) - 1
        return tree.operator("//", place, rows.most)
    if rows.order:
        share = tree.Aggregate("ntile", (tree.literal(files),))
        return tree.Window(share, order=rows.order)
    if not rows.most:
        return tree.Window(tree.Aggregate("row_number", ())) % files
    place = tree.Window(tree.Aggregate("row_number", ()), partition=partition) - 1
    full = tree.operator("//", tree.operator("//", place, files), rows.most)
    return place % files + full * files


def _options(
    environment: Environment, target: Target, rows: Rows, codec: str | None
) -> tuple[tuple[str, tree.CopyValue], ...]:
    mapped = target.mapped
    wanted = target.properties.get("delta.parquet.compression.codec") or codec
    wanted = wanted or environment.settings.text(_CODEC)
    size = target.properties.get("delta.targetFileSize")
    options: list[tuple[str, tree.CopyValue]] = [
        ("CODEC", _CODECS.get(wanted.lower(), "snappy")),
        ("RETURN_STATS", True),
        ("OVERWRITE_OR_IGNORE", True),
    ]
    if mapped:
        ids = field_ids(target.data, mapped=mapped)
        if ids is not None:
            options.append(("FIELD_IDS", ids))
    names = tuple(physical_name(f, mapped=mapped) for f in target.partitions)
    if rows.are_numbered:
        options += [("PARTITION_BY", (*names, _NUMBER)), ("HIVE_FILE_PATTERN", False)]
        return tuple(options)
    if names:
        options.append(("PARTITION_BY", names))
    options.append(("FILE_SIZE_BYTES", TARGET_SIZE if size is None else size_of(size)))
    return tuple(options)


def size_of(text: str) -> int:
    """Bytes of ``134217728``, ``128mb`` and the like."""
    units = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
    bare = text.strip().lower().removesuffix("b")
    return int(bare[:-1]) * units[bare[-1]] if bare[-1:] in units else int(bare)


def partition_text(value: tree.Expression, of: t.DataType) -> tree.Expression:
    """A partition value as the log has it."""
    match of:
        case t.TimestampType():
            moment = tree.call("timezone", "UTC", value)
            return tree.call("strftime", moment, "%Y-%m-%dT%H:%M:%S.%fZ")
        case t.TimestampNTZType():
            return tree.call("strftime", value, "%Y-%m-%d %H:%M:%S.%f")
        case _:
            return text_of(value, of)


def _added(
    target: Target, entry: Entry, file: Mapping[str, Any], leaves: Sequence[Leaf]
) -> AddFile:
    given = {name: dict(values) for name, values in file["column_statistics"]}
    keys = dict(file["partition_keys"] or ())
    mapped = target.mapped
    values = {
        physical_name(f, mapped=mapped): keys.get(physical_name(f, mapped=mapped)) or None
        for f in target.partitions
    }
    return AddFile(
        quote(entry.name, safe=_SAFE),
        partition_values=values,
        size=entry.size,
        modification_time=entry.modified or time.time_ns() // 1_000_000,
        stats=statistics(file["count"], given, leaves),
    )
