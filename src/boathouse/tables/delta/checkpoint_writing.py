"""Checkpoints and checksums of a table, written after commits: so that readers need not replay the
whole log. Losing one loses nothing; a half-written one is never seen.
"""

from __future__ import annotations

import io
import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from boathouse.tables.delta.actions import (
    Action,
    AddFile,
    CheckpointMetadata,
    DomainMetadata,
    RemoveFile,
    SetTransaction,
    Sidecar,
)
from boathouse.tables.delta.properties import Values

if TYPE_CHECKING:
    from boathouse.tables.delta.snapshot import Snapshot

LOG = "_delta_log"
SIDECARS = f"{LOG}/_sidecars"
LAST = f"{LOG}/_last_checkpoint"
_SIDECAR_ACTIONS = 100_000
"""How many file actions a sidecar holds at most."""

_TEXTS = pa.map_(pa.string(), pa.string())
_VECTOR = pa.struct(
    [
        ("storageType", pa.string()),
        ("pathOrInlineDv", pa.string()),
        ("offset", pa.int32()),
        ("sizeInBytes", pa.int32()),
        ("cardinality", pa.int64()),
    ]
)
_COLUMNS: Mapping[str, pa.DataType] = {
    "txn": pa.struct(
        [("appId", pa.string()), ("version", pa.int64()), ("lastUpdated", pa.int64())]
    ),
    "add": pa.struct(
        [
            ("path", pa.string()),
            ("partitionValues", _TEXTS),
            ("size", pa.int64()),
            ("modificationTime", pa.int64()),
            ("dataChange", pa.bool_()),
            ("stats", pa.string()),
            ("tags", _TEXTS),
            ("deletionVector", _VECTOR),
            ("baseRowId", pa.int64()),
            ("defaultRowCommitVersion", pa.int64()),
            ("clusteringProvider", pa.string()),
        ]
    ),
    "remove": pa.struct(
        [
            ("path", pa.string()),
            ("deletionTimestamp", pa.int64()),
            ("dataChange", pa.bool_()),
            ("extendedFileMetadata", pa.bool_()),
            ("partitionValues", _TEXTS),
            ("size", pa.int64()),
            ("deletionVector", _VECTOR),
            ("baseRowId", pa.int64()),
            ("defaultRowCommitVersion", pa.int64()),
        ]
    ),
    "metaData": pa.struct(
        [
            ("id", pa.string()),
            ("name", pa.string()),
            ("description", pa.string()),
            ("format", pa.struct([("provider", pa.string()), ("options", _TEXTS)])),
            ("schemaString", pa.string()),
            ("partitionColumns", pa.list_(pa.string())),
            ("configuration", _TEXTS),
            ("createdTime", pa.int64()),
        ]
    ),
    "protocol": pa.struct(
        [
            ("minReaderVersion", pa.int32()),
            ("minWriterVersion", pa.int32()),
            ("readerFeatures", pa.list_(pa.string())),
            ("writerFeatures", pa.list_(pa.string())),
        ]
    ),
    "domainMetadata": pa.struct(
        [("domain", pa.string()), ("configuration", pa.string()), ("removed", pa.bool_())]
    ),
    "checkpointMetadata": pa.struct([("version", pa.int64()), ("tags", _TEXTS)]),
    "sidecar": pa.struct(
        [
            ("path", pa.string()),
            ("sizeInBytes", pa.int64()),
            ("modificationTime", pa.int64()),
            ("tags", _TEXTS),
        ]
    ),
}
_CLASSIC = ("txn", "add", "remove", "metaData", "protocol", "domainMetadata")
_SECOND = ("txn", "metaData", "protocol", "domainMetadata", "checkpointMetadata", "sidecar")
_FILES = ("add", "remove")


def write_checkpoint(snapshot: Snapshot, *, at: int | None = None) -> None:
    """A checkpoint of `snapshot`, of the kind that the table wants; `at` is now, in ms."""
    moment = time.time_ns() // 1_000_000 if at is None else at
    policy = str(Values(snapshot.properties).value("delta.checkpointPolicy")).lower()
    write = _write_second if policy == "v2" and _may_be_second(snapshot) else _write_classic
    hint = write(snapshot, moment)
    text = json.dumps({"version": snapshot.version, **hint}, separators=(",", ":"))
    snapshot.log.storage.put(LAST, text.encode())


def _may_be_second(snapshot: Snapshot) -> bool:
    return "v2Checkpoint" in (snapshot.protocol.reader_features or ())


def _write_classic(snapshot: Snapshot, moment: int) -> dict[str, Any]:
    files = list(_file_actions(snapshot, moment))
    actions = [*_few(snapshot, moment), *files]
    content = _parquet(actions, _CLASSIC)
    snapshot.log.storage.put(f"{LOG}/{snapshot.version:020d}.checkpoint.parquet", content)
    added = sum(isinstance(action, AddFile) for action in files)
    return {"size": len(actions), "sizeInBytes": len(content), "numOfAddFiles": added}


def _write_second(snapshot: Snapshot, moment: int) -> dict[str, Any]:
    storage = snapshot.log.storage
    files = list(_file_actions(snapshot, moment))
    sidecars: list[Sidecar] = []
    for start in range(0, len(files), _SIDECAR_ACTIONS):
        name = f"{uuid.uuid4()}.parquet"
        content = _parquet(files[start : start + _SIDECAR_ACTIONS], _FILES)
        entry = storage.put(f"{SIDECARS}/{name}", content)
        sidecars.append(Sidecar(name, entry.size, entry.modified))
    few = [CheckpointMetadata(snapshot.version), *_few(snapshot, moment), *sidecars]
    content = _parquet(few, _SECOND)
    name = f"{snapshot.version:020d}.checkpoint.{uuid.uuid4()}.parquet"
    storage.put(f"{LOG}/{name}", content)
    size = len(content) + sum(sidecar.size_in_bytes for sidecar in sidecars)
    added = sum(isinstance(action, AddFile) for action in files)
    return {"size": len(few) + len(files), "sizeInBytes": size, "numOfAddFiles": added}


def _few(snapshot: Snapshot, moment: int) -> list[Action]:
    """All actions but those about files."""
    return [
        snapshot.protocol,
        snapshot.metadata,
        *_transactions(snapshot, moment),
        *snapshot.domains.values(),
    ]


def _transactions(snapshot: Snapshot, moment: int) -> list[SetTransaction]:
    """What applications wrote last, but for what the table may forget."""
    kept = Values(snapshot.properties).value("delta.setTransactionRetentionDuration")
    every = list((snapshot.state.transactions or {}).values())
    if not isinstance(kept, int):
        return every
    return [t for t in every if t.last_updated is None or t.last_updated > moment - kept]


def _file_actions(snapshot: Snapshot, moment: int) -> Iterator[Action]:
    yield from snapshot.files.files()
    kept = Values(snapshot.properties).number("delta.deletedFileRetentionDuration")
    for file in snapshot.tombstones():
        if (file.deletion_timestamp or 0) > moment - kept:
            yield file


def _parquet(actions: Sequence[Action], columns: Sequence[str]) -> bytes:
    arrays: list[pa.Array] = []
    for key in columns:
        of = _COLUMNS[key]
        values = [_value(action, of) if action.key == key else None for action in actions]
        arrays.append(pa.array(values, of))
    table = pa.Table.from_arrays(arrays, names=list(columns))
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="snappy")
    return sink.getvalue()


def _value(action: Action, of: pa.StructType) -> dict[str, Any]:
    given = action.json
    value = {of.field(i).name: given.get(of.field(i).name) for i in range(of.num_fields)}
    if isinstance(action, (AddFile, RemoveFile)):
        # In a checkpoint nothing is new.
        value["dataChange"] = False
    return _with_pairs(value, of)


def _with_pairs(value: dict[str, Any], of: pa.StructType) -> dict[str, Any]:
    """`value` with its objects as lists of pairs where Arrow has a map."""
    for i in range(of.num_fields):
        part = of.field(i)
        found = value.get(part.name)
        if isinstance(found, Mapping):
            if pa.types.is_map(part.type):
                value[part.name] = list(found.items())
            elif pa.types.is_struct(part.type):
                value[part.name] = _with_pairs(dict(found), part.type)
    return value


# ---- checksums ----------------------------------------------------------------------------------


def write_checksum(snapshot: Snapshot, transaction: str | None) -> None:
    """The ``.crc`` of a version: what a reader can check its replay against."""
    values: dict[str, Any] = {
        "txnId": transaction,
        "tableSizeBytes": snapshot.files.bytes,
        "numFiles": snapshot.files.count,
        "numMetadata": 1,
        "numProtocol": 1,
        "setTransactions": _json_of((snapshot.state.transactions or {}).values()),
        "domainMetadata": _json_of(snapshot.domains.values()),
        "metadata": snapshot.metadata.json,
        "protocol": snapshot.protocol.json,
    }
    if Values(snapshot.properties).flag("delta.enableInCommitTimestamps"):
        values["inCommitTimestampOpt"] = snapshot.timestamp
    kept = {key: value for key, value in values.items() if value is not None}
    name = f"{LOG}/{snapshot.version:020d}.crc"
    snapshot.log.storage.put_if_absent(name, json.dumps(kept, separators=(",", ":")).encode())


def _json_of(actions: Iterable[SetTransaction | DomainMetadata]) -> list[dict[str, Any]]:
    return [action.json for action in actions]
