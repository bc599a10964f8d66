"""Reading checkpoints: the state of a table at one version, in Parquet (or, for the top of a v2
checkpoint, JSON).

A classic checkpoint is one file or several parts; a v2 checkpoint has a manifest that names
sidecars, which hold the file actions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from boathouse.tables.delta.file_chunk import ArrowChunk, FileKey, Json, JsonChunk, key_of
from boathouse.tables.storage import Storage

LOG = "_delta_log"
SIDECARS = f"{LOG}/_sidecars"

_NAME = re.compile(
    r"(\d{20})\.checkpoint"
    r"(?:\.(?P<part>\d{10})\.(?P<parts>\d{10})|\.(?P<id>[0-9A-Fa-f-]{36}))?"
    r"\.(?P<form>parquet|json)"
)
_STATE = ("metaData", "protocol", "txn", "domainMetadata", "sidecar")
_UNREADABLE = (OSError, pa.ArrowException, orjson.JSONDecodeError, KeyError, ValueError, TypeError)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The files of one complete checkpoint: `names` below the table's root."""

    version: int
    names: tuple[str, ...]
    top: bool = False
    """Whether it is a v2 checkpoint by its name."""


class UnreadableCheckpointError(Exception):
    """A file of a checkpoint is damaged or gone: another way to the version must be found."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(slots=True)
class Contents:
    """What a checkpoint says. `removes` are read when somebody asks for them."""

    actions: list[tuple[str, Json]] = field(default_factory=list)
    chunks: list[ArrowChunk | JsonChunk] = field(default_factory=list)
    tombstones: list[Tombstones] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tombstones:
    """The removed files that a Parquet file of a checkpoint remembers."""

    storage: Storage
    name: str

    def read(self) -> Iterator[Json]:
        """The remove actions."""
        file = _opened(self.storage, self.name)
        if "remove" not in file.schema_arrow.names:
            return
        column = _stating(_flat(file.read(columns=["remove"]).column("remove")))
        yield from map(_plain, column.to_pylist(maps_as_pydicts="lossy"))


def checkpoints_among(names: Iterable[str]) -> list[Checkpoint]:
    """The complete checkpoints among the file `names` of a log, the best last: the newest, and of
    one version v2 before parts before a single file.
    """
    found: dict[tuple[int, int, str], dict[int, str]] = {}
    for name in names:
        match = _NAME.fullmatch(name)
        if match is None:
            continue
        version = int(match[1])
        if match["id"]:
            found[version, 0, match["id"]] = {1: name}
        elif match["parts"]:
            key = (version, int(match["parts"]), "")
            found.setdefault(key, {})[int(match["part"])] = name
        elif match["form"] == "parquet":
            found[version, 1, ""] = {1: name}
    complete = [
        (version, -parts, identity, files)
        for (version, parts, identity), files in found.items()
        if len(files) == (parts or 1)
    ]
    complete.sort(key=lambda entry: entry[:3])
    return [
        Checkpoint(version, tuple(f"{LOG}/{files[part]}" for part in sorted(files)), top=parts == 0)
        for version, parts, _, files in complete
    ]


def is_checkpoint(name: str) -> bool:
    """Whether a file of a log is (part of) a checkpoint."""
    return ".checkpoint." in name


def read_checkpoint(checkpoint: Checkpoint, storage: Storage) -> Contents:
    """The contents of `checkpoint`. Raises UnreadableCheckpointError."""
    contents = Contents()
    for name in checkpoint.names:
        try:
            sidecars = _read(name, storage, contents)
            for sidecar in sidecars:
                _read(_sidecar_name(sidecar["path"]), storage, contents)
        except _UNREADABLE as error:
            raise UnreadableCheckpointError(name) from error
    return contents


def _sidecar_name(path: str) -> str:
    return path if "/" in path else f"{SIDECARS}/{path}"


def _read(name: str, storage: Storage, contents: Contents) -> list[Json]:
    """Add what one file says to `contents`; the sidecars it names."""
    if name.endswith(".json"):
        return _read_json(storage.read(name), contents)
    file = _opened(storage, name)
    present = file.schema_arrow.names
    sidecars: list[Json] = []
    state = [key for key in _STATE if key in present]
    if state:
        table = file.read(columns=state)
        for key in state:
            column = table.column(key).combine_chunks()
            values = column.drop_null().to_pylist(maps_as_pydicts="lossy")
            for value in filter(None, map(_stated, values)):
                (sidecars if key == "sidecar" else []).append(value)
                contents.actions.append((key, value))
    if "add" in present:
        contents.chunks.append(_adds(file, partial(_parsed, storage, name)))
    if "remove" in present:
        contents.tombstones.append(Tombstones(storage, name))
    return sidecars


def _read_json(content: bytes, contents: Contents) -> list[Json]:
    """A manifest in JSON; without sidecars it holds the files too."""
    adds: dict[FileKey, Json] = {}
    sidecars: list[Json] = []
    for line in content.splitlines():
        if not line.strip():
            continue
        for key, value in orjson.loads(line).items():
            if key == "add":
                adds[key_of(value)] = value
            elif key == "sidecar":
                sidecars.append(value)
            contents.actions.append((key, value))
    if adds:
        contents.chunks.append(JsonChunk(adds))
    return sidecars


def _opened(storage: Storage, name: str) -> pq.ParquetFile:
    return pq.ParquetFile(pa.BufferReader(storage.read(name)))


def _adds(file: pq.ParquetFile, parsed: Any) -> ArrowChunk:
    kind = file.schema_arrow.field("add").type
    wanted = [
        f"add.{kind.field(at).name}"
        for at in range(kind.num_fields)
        if not kind.field(at).name.endswith("_parsed")
    ]
    column = _flat(file.read(columns=wanted).column("add"))
    return ArrowChunk(_live_fields(column), parsed)


def _flat(column: pa.ChunkedArray) -> pa.StructArray:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _stating(column: pa.StructArray) -> pa.StructArray:
    """The rows that state an action of this kind."""
    path = column.type.get_field_index("path")
    return column.filter(column.flatten()[path].is_valid())


def _live_fields(column: pa.StructArray) -> dict[str, pa.Array]:
    column = _stating(column)
    names = [column.type.field(at).name for at in range(column.type.num_fields)]
    return dict(zip(names, column.flatten(), strict=True))


def _parsed(storage: Storage, name: str, path: tuple[str, ...]) -> pa.Array | None:
    """One of the typed statistics of the adds; None for a checkpoint without it."""
    file = _opened(storage, name)
    kind = file.schema_arrow.field("add").type
    for part in ("stats_parsed", *path):
        at = kind.get_field_index(part) if pa.types.is_struct(kind) else -1
        if at < 0:
            return None
        kind = kind.field(at).type
    wanted = ".".join(("add", "stats_parsed", *path))
    column = _stating(_flat(file.read(columns=["add.path", wanted]).column("add")))
    for part in ("stats_parsed", *path):
        column = column.flatten()[column.type.get_field_index(part)]
    return column


def _stated(value: Mapping[str, Any] | None) -> Json | None:
    """An action without the fields that are null; None for one without any."""
    if value is None:
        return None
    return _plain(value) or None


def _plain(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _plain(one) for name, one in value.items() if one is not None}
