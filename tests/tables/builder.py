"""Delta tables made by hand: each action as written, each data file as pyarrow writes it."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from boathouse.sql import parse_schema

LOG = "_delta_log"


class TableBuilder:
    """A table at `root`, commit by commit."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.version = -1

    # ---- the log ----

    def commit(self, *actions: dict[str, Any], version: int | None = None) -> int:
        """Write the next commit, or that of `version`."""
        self.version = self.version + 1 if version is None else version
        self.put(f"{self.version:020}.json", lines(actions))
        return self.version

    def put(self, name: str, content: str) -> None:
        """Write a file of the log."""
        path = self.root / LOG / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")

    def remove(self, *names: str) -> None:
        """Take files of the log away."""
        for name in names:
            (self.root / LOG / name).unlink()

    def created(self, schema: str, **facts: Any) -> None:
        """The first commit: a protocol and metadata."""
        protocol_facts = {k: facts.pop(k) for k in ("reader", "writer", "features") if k in facts}
        self.commit(protocol(**protocol_facts), metadata(schema, **facts))

    # ---- data files ----

    def file(self, table: pa.Table, name: str | None = None, **facts: Any) -> dict[str, Any]:
        """Write a data file, and give the action that adds it; `facts` are more of its fields."""
        name = name or f"part-{uuid.uuid4()}.parquet"
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        options = facts.pop("parquet", {})
        pq.write_table(table, path, **options)
        value: dict[str, Any] = {
            "path": facts.pop("path", quote(name, safe="/=")),
            "partitionValues": facts.pop("partition", {}),
            "size": path.stat().st_size,
            "modificationTime": facts.pop("modified", 1_700_000_000_000),
            "dataChange": True,
        }
        if facts.pop("stats", True):
            value["stats"] = json.dumps(statistics(table, **facts.pop("stated", {})))
        return {"add": {**value, **facts}}


def lines(actions: Any) -> str:
    """Actions as the text of a commit."""
    return "".join(json.dumps(action) + "\n" for action in actions)


def protocol(
    reader: int = 1, writer: int = 2, features: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """A protocol action; `features` are both the reader's and the writer's."""
    value: dict[str, Any] = {"minReaderVersion": reader, "minWriterVersion": writer}
    if features is not None:
        value = {
            "minReaderVersion": 3,
            "minWriterVersion": 7,
            "readerFeatures": list(features),
            "writerFeatures": list(features),
        }
    return {"protocol": value}


def metadata(
    schema: str | dict[str, Any], partition_by: tuple[str, ...] = (), **configuration: str
) -> dict[str, Any]:
    """A metaData action; `schema` is DDL or schema JSON."""
    fields = schema if isinstance(schema, dict) else parse_schema(schema).json
    return {
        "metaData": {
            "id": str(uuid.uuid4()),
            "format": {"provider": "parquet", "options": {}},
            "schemaString": json.dumps(fields),
            "partitionColumns": list(partition_by),
            "configuration": {
                key.replace("__", "."): value for key, value in configuration.items()
            },
            "createdTime": 1_700_000_000_000,
        }
    }


def removed(add: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """The action that removes an added file."""
    value = add["add"]
    kept = {
        key: value[key]
        for key in ("path", "partitionValues", "size", "deletionVector")
        if key in value
    }
    return {"remove": {**kept, "deletionTimestamp": 1_700_000_000_001, "dataChange": True, **facts}}


def statistics(table: pa.Table, **facts: Any) -> dict[str, Any]:
    """The statistics of the flat columns of a file."""
    least: dict[str, Any] = {}
    most: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    for name in table.column_names:
        column = table.column(name)
        nulls[name] = column.null_count
        values = [] if pa.types.is_nested(column.type) else column.drop_null().to_pylist()
        if values and not isinstance(values[0], (bytes, bool)):
            least[name], most[name] = shown(min(values)), shown(max(values))
    return {
        "numRecords": table.num_rows,
        "minValues": least,
        "maxValues": most,
        "nullCount": nulls,
        **facts,
    }


def shown(value: Any) -> Any:
    """A value in the form that statistics have."""
    match value:
        case datetime():
            text = value.isoformat(timespec="milliseconds").replace("+00:00", "")
            return text + ("Z" if value.tzinfo else "")
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case _:
            return value


# ---- checkpoints --------------------------------------------------------------------------------

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
KINDS: dict[str, list[tuple[str, pa.DataType]]] = {
    "protocol": [("minReaderVersion", pa.int32()), ("minWriterVersion", pa.int32()), ("readerFeatures", pa.list_(pa.string())), ("writerFeatures", pa.list_(pa.string()))],
    "metaData": [("id", pa.string()), ("schemaString", pa.string()), ("partitionColumns", pa.list_(pa.string())), ("configuration", _TEXTS), ("format", pa.struct([("provider", pa.string()), ("options", _TEXTS)]))],
    "add": [("path", pa.string()), ("partitionValues", _TEXTS), ("size", pa.int64()), ("modificationTime", pa.int64()), ("dataChange", pa.bool_()), ("stats", pa.string()), ("deletionVector", _VECTOR)],
    "remove": [("path", pa.string()), ("deletionTimestamp", pa.int64()), ("dataChange", pa.bool_()), ("deletionVector", _VECTOR)],
    "txn": [("appId", pa.string()), ("version", pa.int64())],
    "domainMetadata": [("domain", pa.string()), ("configuration", pa.string()), ("removed", pa.bool_())],
    "sidecar": [("path", pa.string()), ("sizeInBytes", pa.int64()), ("modificationTime", pa.int64())],
    "checkpointMetadata": [("version", pa.int64())],
}  # fmt: skip


def checkpoint(
    table: TableBuilder,
    name: str,
    *actions: dict[str, Any],
    typed: dict[str, Any] | None = None,
) -> None:
    """A Parquet file of actions below the log; with `typed`, the type of the statistics, they are
    there in ``stats_parsed`` alone.
    """
    kinds = {key: list(fields) for key, fields in KINDS.items()}
    if typed is not None:
        kinds["add"][5] = ("stats_parsed", typed["type"])
    rows = []
    for action in actions:
        ((key, value),) = action.items()
        kept = {field: value.get(field) for field, _ in kinds[key]}
        for one in ("partitionValues", "configuration"):
            if one in kept:
                kept[one] = list((kept[one] or {}).items())
        if key == "metaData":
            kept["format"] = {"provider": "parquet", "options": []}
        if key == "add" and typed is not None:
            kept["stats_parsed"] = typed["values"](json.loads(value["stats"]))
        rows.append({key: kept})
    present = {key for row in rows for key in row}
    schema = pa.schema(
        [(key, pa.struct(fields)) for key, fields in kinds.items() if key in present]
    )
    path = table.root / LOG / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
