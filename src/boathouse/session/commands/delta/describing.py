"""DESCRIBE HISTORY and DESCRIBE DETAIL: what a Delta table's log says about the table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import IllegalArgumentError
from boathouse.session.answers import Answer, answer, nothing, schema
from boathouse.session.commands.delta.targets import log_of
from boathouse.tables.delta.log import place_of
from boathouse.tables.delta.manifests import write_manifests
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.spec import commands as sc
    from boathouse.spec import maintenance as m

_TEXTS = t.MapType(t.STRING, t.STRING)

_MANIFEST = "symlink_format_manifest"


def _struct(*names: str) -> t.StructType:
    return t.StructType(tuple(t.StructField(name, t.STRING) for name in names))


_JOB = _struct("jobId", "jobName", "jobRunId", "runId", "jobOwnerId", "triggerType")
_NOTEBOOK = _struct("notebookId")
_HISTORY = schema(
    ("version", t.LONG, True),
    ("timestamp", t.TIMESTAMP, True),
    ("userId", t.STRING, True),
    ("userName", t.STRING, True),
    ("operation", t.STRING, True),
    ("operationParameters", _TEXTS, True),
    ("job", _JOB, True),
    ("notebook", _NOTEBOOK, True),
    ("clusterId", t.STRING, True),
    ("readVersion", t.LONG, True),
    ("isolationLevel", t.STRING, True),
    ("isBlindAppend", t.BOOLEAN, True),
    ("operationMetrics", _TEXTS, True),
    ("userMetadata", t.STRING, True),
    ("engineInfo", t.STRING, True),
)
_DETAIL = schema(
    ("format", t.STRING, True),
    ("id", t.STRING, True),
    ("name", t.STRING, True),
    ("description", t.STRING, True),
    ("location", t.STRING, True),
    ("createdAt", t.TIMESTAMP, True),
    ("lastModified", t.TIMESTAMP, True),
    ("partitionColumns", t.ArrayType(t.STRING), True),
    ("clusteringColumns", t.ArrayType(t.STRING), True),
    ("numFiles", t.LONG, True),
    ("sizeInBytes", t.LONG, True),
    ("properties", _TEXTS, True),
    ("minReaderVersion", t.INTEGER, True),
    ("minWriterVersion", t.INTEGER, True),
    ("tableFeatures", t.ArrayType(t.STRING), True),
)


def describe_history(session: Session, command: sc.DescribeHistory, operation: Operation) -> Answer:
    """The commits that are still there, the newest first."""
    log, _ = log_of(session, command.name, "DESCRIBE HISTORY", command.path)
    rows = [_commit(*entry) for entry in log.history(command.limit)]
    return answer(session, _HISTORY, rows)


def _commit(version: int, time: int, info: Any) -> tuple[Any, ...]:
    values: Mapping[str, Any] = info.values
    return (
        version,
        time * 1000,
        values.get("userId"),
        values.get("userName"),
        values.get("operation"),
        _texts(values.get("operationParameters")),
        _part(values.get("job"), _JOB),
        _part(values.get("notebook"), _NOTEBOOK),
        values.get("clusterId"),
        values.get("readVersion"),
        values.get("isolationLevel"),
        values.get("isBlindAppend"),
        _texts(values.get("operationMetrics")),
        values.get("userMetadata"),
        values.get("engineInfo"),
    )


def _part(value: Mapping[str, Any] | None, of: t.StructType) -> dict[str, Any] | None:
    return None if value is None else {name: value.get(name) for name in of.names}


def _texts(values: Mapping[str, Any] | None) -> list[tuple[str, str | None]] | None:
    if values is None:
        return None
    return [(key, _text(value)) for key, value in values.items()]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def describe_detail(session: Session, command: sc.DescribeDetail, operation: Operation) -> Answer:
    """One row about the table as it is now."""
    log, name = log_of(session, command.name, "DESCRIBE DETAIL", command.path)
    snapshot = log.snapshot()
    metadata, protocol = snapshot.metadata, snapshot.protocol
    features = {*(protocol.reader_features or ()), *(protocol.writer_features or ())}
    created = metadata.created_time
    row = (
        "delta",
        metadata.id,
        name,
        metadata.description,
        f"file:{place_of(log.storage)}",
        None if created is None else created * 1000,
        snapshot.timestamp * 1000,
        list(snapshot.partition_by),
        list(snapshot.cluster_by),
        snapshot.files.count,
        snapshot.files.bytes,
        sorted(metadata.configuration.items()),
        protocol.min_reader_version,
        protocol.min_writer_version,
        sorted(features) or implied_features(snapshot),
    )
    return answer(session, _DETAIL, [row])


def generate(session: Session, command: m.Generate, operation: Operation) -> Answer:
    """GENERATE symlink_format_manifest."""
    if command.mode.lower() != _MANIFEST:
        raise IllegalArgumentError(
            "DELTA_MODE_NOT_SUPPORTED", mode=command.mode, supportedModes=_MANIFEST
        )
    log, _ = log_of(session, command.table, "GENERATE")
    write_manifests(log.snapshot())
    return nothing(session)


def implied_features(snapshot: Any) -> list[str]:
    """The features that old versions of the protocol stand for."""
    reader, writer = snapshot.protocol.min_reader_version, snapshot.protocol.min_writer_version
    found = [name for version, name in _IMPLIED if version <= writer]
    return sorted({*found, *(["columnMapping"] if reader >= 2 else [])})


_IMPLIED = (
    (2, "appendOnly"),
    (2, "invariants"),
    (3, "checkConstraints"),
    (4, "changeDataFeed"),
    (4, "generatedColumns"),
    (5, "columnMapping"),
    (6, "identityColumns"),
)
