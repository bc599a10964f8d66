"""The actions of a Delta log, as values. Each knows its JSON form (the Delta protocol, "Actions").

A field that is None is left away in JSON. Paths are as the log has them: percent-encoded, relative
to the table's root or absolute URIs. Partition values are text, keyed by physical column name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

Json = dict[str, Any]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@dataclass(frozen=True, slots=True)
class Action:
    """The root of actions; `key` is the name of its JSON object in a commit."""

    key: ClassVar[str] = ""
    names: ClassVar[Mapping[str, str]] = {}
    """JSON names that are not the camel case of the field's."""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The action that a JSON object says; what the object has beyond is not kept."""
        given = {
            one.name: found
            for one in fields(cls)
            if (found := value.get(cls.names.get(one.name) or _camel(one.name))) is not None
        }
        return cls(**given)

    @property
    def json(self) -> Json:
        """The JSON object."""
        names = self.names
        return {
            names.get(one.name) or _camel(one.name): value
            for one in fields(self)
            if (value := getattr(self, one.name)) is not None
        }

    @property
    def line(self) -> str:
        """The line of a commit file."""
        return json.dumps({self.key: self.json}, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class DeletionVector:
    """Where the deleted rows of a file are listed. `storage_type`: ``u`` a file named by a UUID
    below the table's root, ``p`` an absolute path, ``i`` inline; `size_in_bytes` and `cardinality`
    are of the bitmap.
    """

    storage_type: str
    path_or_inline_dv: str
    size_in_bytes: int
    cardinality: int
    offset: int | None = None

    @property
    def unique_id(self) -> str:
        """With a file's path, what tells one state of the file from another."""
        at = "" if self.offset is None else f"@{self.offset}"
        return f"{self.storage_type}{self.path_or_inline_dv}{at}"

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The descriptor that a JSON object says."""
        return cls(
            value["storageType"],
            value["pathOrInlineDv"],
            value["sizeInBytes"],
            value["cardinality"],
            value.get("offset"),
        )

    @property
    def json(self) -> Json:
        """The JSON object."""
        value: Json = {
            "storageType": self.storage_type,
            "pathOrInlineDv": self.path_or_inline_dv,
            "sizeInBytes": self.size_in_bytes,
            "cardinality": self.cardinality,
        }
        return value if self.offset is None else {**value, "offset": self.offset}


@dataclass(frozen=True, slots=True)
class FileAction(Action):
    """What adding and removing a file share."""

    path: str
    deletion_vector: DeletionVector | None = field(default=None, kw_only=True)

    @property
    def identity(self) -> tuple[str, str | None]:
        """What a later action must name to mean this one: the path and the deletion vector."""
        vector = self.deletion_vector
        return self.path, None if vector is None else vector.unique_id

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The action that a JSON object says."""
        vector = value.get("deletionVector")
        if vector is None:
            return super(FileAction, cls).from_json(value)
        return super(FileAction, cls).from_json(
            {**value, "deletionVector": DeletionVector.from_json(vector)}
        )

    @property
    def json(self) -> Json:
        """The JSON object."""
        value = super(FileAction, self).json
        if self.deletion_vector is not None:
            value["deletionVector"] = self.deletion_vector.json
        return value


@dataclass(frozen=True, slots=True)
class AddFile(FileAction):
    """A data file that is part of the table; `stats` is JSON text, times are milliseconds."""

    key: ClassVar[str] = "add"
    partition_values: Mapping[str, str | None] = field(default_factory=dict)
    size: int = 0
    modification_time: int = 0
    data_change: bool = True
    stats: str | None = None
    tags: Mapping[str, str] | None = None
    base_row_id: int | None = None
    default_row_commit_version: int | None = None
    clustering_provider: str | None = None

    @property
    def rows(self) -> int | None:
        """How many rows the file has, deleted ones too; None where it is not known."""
        return None if self.stats is None else json.loads(self.stats).get("numRecords")

    def removed(self, at: int, *, data_change: bool = True) -> RemoveFile:
        """The action that takes this file away at `at`, in milliseconds."""
        return RemoveFile(
            self.path,
            at,
            data_change=data_change,
            extended_file_metadata=True,
            partition_values=self.partition_values,
            size=self.size,
            stats=self.stats,
            tags=self.tags,
            deletion_vector=self.deletion_vector,
            base_row_id=self.base_row_id,
            default_row_commit_version=self.default_row_commit_version,
        )


@dataclass(frozen=True, slots=True)
class RemoveFile(FileAction):
    """A data file that is no longer part of the table: a tombstone until it is vacuumed."""

    key: ClassVar[str] = "remove"
    deletion_timestamp: int | None = None
    data_change: bool = True
    extended_file_metadata: bool | None = None
    partition_values: Mapping[str, str | None] | None = None
    size: int | None = None
    stats: str | None = None
    tags: Mapping[str, str] | None = None
    base_row_id: int | None = None
    default_row_commit_version: int | None = None


@dataclass(frozen=True, slots=True)
class AddCDCFile(Action):
    """A file of the change data feed of its version."""

    key: ClassVar[str] = "cdc"
    path: str
    partition_values: Mapping[str, str | None] = field(default_factory=dict)
    size: int = 0
    data_change: bool = False
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Metadata(Action):
    """What the table is: schema as JSON text, partitioning, properties (`configuration`)."""

    key: ClassVar[str] = "metaData"
    id: str
    schema_string: str
    name: str | None = None
    description: str | None = None
    format: Mapping[str, Any] = field(
        default_factory=lambda: {"provider": "parquet", "options": {}}
    )
    partition_columns: tuple[str, ...] | list[str] = ()
    configuration: Mapping[str, str] = field(default_factory=dict)
    created_time: int | None = None


@dataclass(frozen=True, slots=True)
class Protocol(Action):
    """What a client must know to read or write the table; features from reader 3, writer 7 on."""

    key: ClassVar[str] = "protocol"
    min_reader_version: int
    min_writer_version: int
    reader_features: tuple[str, ...] | list[str] | None = None
    writer_features: tuple[str, ...] | list[str] | None = None


@dataclass(frozen=True, slots=True)
class SetTransaction(Action):
    """The last version that the application `app_id` wrote; `last_updated` in milliseconds."""

    key: ClassVar[str] = "txn"
    app_id: str
    version: int
    last_updated: int | None = None


@dataclass(frozen=True, slots=True)
class DomainMetadata(Action):
    """The configuration (JSON text) of one named concern, such as ``delta.clustering``."""

    key: ClassVar[str] = "domainMetadata"
    domain: str
    configuration: str
    removed: bool = False


@dataclass(frozen=True, slots=True)
class CommitInfo(Action):
    """Where a commit came from: any fields, as the writer wrote them."""

    key: ClassVar[str] = "commitInfo"
    values: Mapping[str, Any]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """All fields are kept."""
        return cls(dict(value))

    @property
    def json(self) -> Json:
        """All fields."""
        return dict(self.values)

    @property
    def in_commit_timestamp(self) -> int | None:
        """The time of the commit in milliseconds, where the table keeps it in the log."""
        return self.values.get("inCommitTimestamp")


@dataclass(frozen=True, slots=True)
class CheckpointMetadata(Action):
    """Stands in a v2 checkpoint; `version` is the table's."""

    key: ClassVar[str] = "checkpointMetadata"
    version: int
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Sidecar(Action):
    """A Parquet file below ``_delta_log/_sidecars`` with file actions of a v2 checkpoint."""

    key: ClassVar[str] = "sidecar"
    path: str
    size_in_bytes: int
    modification_time: int
    tags: Mapping[str, str] | None = None


READERS: Mapping[str, Callable[[Mapping[str, Any]], Action]] = {
    kind.key: kind.from_json
    for kind in (
        AddFile,
        RemoveFile,
        AddCDCFile,
        Metadata,
        Protocol,
        SetTransaction,
        DomainMetadata,
        CommitInfo,
        CheckpointMetadata,
        Sidecar,
    )
}


def action_of(value: Mapping[str, Mapping[str, Any]]) -> Action | None:
    """The action that one line of a commit (parsed JSON) holds; None for one of a kind that a
    reader need not know.
    """
    for key, content in value.items():
        read = READERS.get(key)
        if read is not None:
            return read(content)
    return None
