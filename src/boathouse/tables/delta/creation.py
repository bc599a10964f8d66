"""What a new table is: its metadata and protocol, in the rich profile or the plain one."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from boathouse.errors.exceptions import AnalysisError
from boathouse.errors.exceptions import unsupported as not_built
from boathouse.sql import parse_type
from boathouse.tables.delta import upgrades
from boathouse.tables.delta.actions import Action, DomainMetadata, Metadata, Protocol
from boathouse.tables.delta.definitions import check, check_clustering
from boathouse.tables.delta.physical import (
    MAX_ID,
    MODE,
    highest_id,
    is_mapped,
    mapped_schema,
    physical_name,
)
from boathouse.tables.delta.schema import schema_of
from boathouse.types import datatypes as t
from boathouse.types.char_types import DECLARED, texts_for_chars
from boathouse.types.collations import is_collated

RICH: Mapping[str, str] = {
    "delta.columnMapping.mode": "name",
    "delta.enableDeletionVectors": "true",
    "delta.enableInCommitTimestamps": "true",
    "delta.checkpointPolicy": "v2",
    "delta.enableRowTracking": "true",
}
"""The properties of a managed table where its maker says nothing else."""

CLUSTERING = "delta.clustering"
ROW_ID = "delta.rowTracking.materializedRowIdColumnName"
ROW_COMMIT_VERSION = "delta.rowTracking.materializedRowCommitVersionColumnName"
_FORBIDDEN = frozenset(" ,;{}()\n\t=")
_UNSUPPORTED = (
    t.CalendarIntervalType,
    t.YearMonthIntervalType,
    t.DayTimeIntervalType,
    t.TimeType,
    t.UserDefinedType,
)


@dataclass(frozen=True, slots=True)
class Definition:
    """What a table is to be. `schema` has default, generation and identity in its metadata;
    `cluster_by` are names of columns, nested ones with dots.
    """

    schema: t.StructType
    partition_by: tuple[str, ...] = ()
    cluster_by: tuple[tuple[str, ...], ...] = ()
    properties: Mapping[str, str] | None = None
    name: str | None = None
    comment: str | None = None


def created(
    definition: Definition, previous: tuple[Protocol, Metadata] | None = None
) -> list[Action]:
    """The protocol, metadata and domains of a table; `previous` is the table that this one
    replaces: its id and column ids go on, and what its readers must know they still must.
    """
    before = None if previous is None else previous[1]
    properties = dict(definition.properties or {})
    versions = _asked_versions(properties)
    schema = texts_for_chars(definition.schema)
    check_schema(schema, mapped=is_mapped(properties))
    if is_mapped(properties):
        last = 0 if before is None else int(before.configuration.get(MAX_ID, 0))
        last = max(last, highest_id(schema))
        schema, last = mapped_schema(schema, last, fresh=before is None)
        properties[MAX_ID] = str(last)
    if properties.get("delta.enableRowTracking", "").lower() == "true":
        properties.setdefault(ROW_ID, f"_row-id-col-{uuid.uuid4()}")
        properties.setdefault(ROW_COMMIT_VERSION, f"_row-commit-version-col-{uuid.uuid4()}")
    wanted = {
        key.removeprefix("delta.feature.") for key in properties if key.startswith("delta.feature.")
    }
    kept = {k: v for k, v in properties.items() if not k.startswith("delta.feature.")}
    metadata = Metadata(
        str(uuid.uuid4()) if before is None else before.id,
        json.dumps(schema.json, separators=(",", ":"), ensure_ascii=False),
        definition.name,
        definition.comment,
        partition_columns=definition.partition_by,
        configuration=kept,
        created_time=time.time_ns() // 1_000_000 if before is None else before.created_time,
    )
    check(metadata)
    wanted |= upgrades.required_features(metadata, schema)
    domains: list[Action] = []
    if definition.cluster_by:
        wanted |= {"clustering"}
        domains = [clustering(schema, definition.cluster_by, mapped=is_mapped(properties))]
        check_clustering(metadata, definition.cluster_by)
    had = versions if previous is None else previous[0]
    protocol = upgrades.upgraded(had, wanted)
    changed = [] if previous is not None and protocol is had else [protocol]
    return [*changed, metadata, *domains]


def _asked_versions(properties: dict[str, str]) -> Protocol | None:
    """The protocol versions that the properties ask for, taken out of them."""
    reader = properties.pop("delta.minReaderVersion", None)
    writer = properties.pop("delta.minWriterVersion", None)
    if reader is None and writer is None:
        return None
    versions = int(reader or 1), int(writer or 2)
    if versions[0] > upgrades.READER or versions[1] > upgrades.WRITER:
        raise upgrades.unknown_version(*versions)
    listed = () if versions[1] >= upgrades.WRITER else None
    return Protocol(*versions, listed if versions[0] >= upgrades.READER else None, listed)


def clustering(
    schema: t.StructType, cluster_by: Sequence[tuple[str, ...]], *, mapped: bool
) -> DomainMetadata:
    """The domain that says by which columns the rows are clustered, by physical names."""
    columns = [physical_path(schema, path, mapped=mapped) for path in cluster_by]
    text = json.dumps({"clusteringColumns": columns, "domainName": CLUSTERING})
    return DomainMetadata(CLUSTERING, text, removed=False)


def physical_path(schema: t.StructType, path: Sequence[str], *, mapped: bool) -> list[str]:
    """The physical names of a column or part of a struct. DELTA_COLUMN_NOT_FOUND_IN_SCHEMA."""
    names: list[str] = []
    of: t.DataType = schema
    for part in path:
        fields = of.fields if isinstance(of, t.StructType) else ()
        found = next((f for f in fields if f.name.lower() == part.lower()), None)
        if found is None:
            raise AnalysisError(
                "DELTA_COLUMN_NOT_FOUND_IN_SCHEMA",
                columnName=".".join(path),
                tableSchema=schema.simple,
            )
        names.append(physical_name(found, mapped=mapped))
        of = found.type
    return names


def check_schema(schema: t.StructType, *, mapped: bool) -> None:
    """Raise for names that cannot stand in Parquet files, equal names, and types Delta has not."""
    for field in schema.fields:
        if is_collated(field.type):
            raise not_built("collated columns of Delta tables")
    unsupported = [
        f"{field.name}: {of.simple}"
        for field in schema.fields
        for of in upgrades.parts(field.type)
        if isinstance(of, _UNSUPPORTED)
    ]
    if unsupported:
        raise AnalysisError(
            "DELTA_UNSUPPORTED_DATA_TYPES",
            dataTypeList=f"[{', '.join(unsupported)}]",
            config="spark.databricks.delta.schema.typeCheck.enabled",
        )
    for of in upgrades.parts(schema):
        if not isinstance(of, t.StructType):
            continue
        seen: set[str] = set()
        for field in of.fields:
            if field.name.lower() in seen:
                raise AnalysisError(
                    "DELTA_DUPLICATE_COLUMNS_FOUND",
                    coltype="in the table schema",
                    duplicateCols=field.name.lower(),
                )
            seen.add(field.name.lower())
    if mapped:
        return
    invalid = [f.name for f in upgrades.columns(schema) if _FORBIDDEN & set(f.name)]
    if invalid:
        raise AnalysisError(
            "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES",
            invalidColumnNames=", ".join(invalid),
        )


def enabled(metadata: Metadata, properties: Mapping[str, str]) -> Metadata:
    """`metadata` with `properties` set, and what they bring with them."""
    before, after = metadata.configuration, {**metadata.configuration, **properties}
    _check_mapping_change(before, after)
    if after.get("delta.enableRowTracking", "").lower() == "true":
        after.setdefault(ROW_ID, f"_row-id-col-{uuid.uuid4()}")
        after.setdefault(ROW_COMMIT_VERSION, f"_row-commit-version-col-{uuid.uuid4()}")
    changed = replace(metadata, configuration=after)
    if is_mapped(after) and not is_mapped(before):
        # The files that are there call the columns as the table does.
        schema, last = mapped_schema(schema_of(metadata.schema_string), 0, fresh=True)
        after[MAX_ID] = str(last)
        text = json.dumps(schema.json, separators=(",", ":"), ensure_ascii=False)
        changed = replace(changed, configuration=after, schema_string=text)
    return changed


def _check_mapping_change(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    old, new = (of.get(MODE, "none").lower() for of in (before, after))
    if old != new and (old, new) != ("none", "name"):
        raise AnalysisError(
            "DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE", oldMode=old, newMode=new
        )


def declared_schema(schema: t.StructType) -> t.StructType:
    """`schema` of a log as it was declared, with CHAR and VARCHAR."""
    return t.StructType(tuple(_declared_field(f) for f in schema.fields))


def _declared_field(f: t.StructField) -> t.StructField:
    metadata = dict(f.metadata)
    text = metadata.pop(DECLARED, None)
    if text is None:
        return f
    return replace(f, type=parse_type(text), metadata=t.metadata_pairs(metadata))


def with_schema(metadata: Metadata, schema: t.StructType) -> Metadata:
    """`metadata` with another schema; new columns of a mapped table get their ids."""
    properties = dict(metadata.configuration)
    schema = texts_for_chars(schema)
    if is_mapped(properties):
        last = max(int(properties.get(MAX_ID, 0)), highest_id(schema))
        schema, last = mapped_schema(schema, last, fresh=False)
        properties[MAX_ID] = str(last)
    check_schema(schema, mapped=is_mapped(properties))
    text = json.dumps(schema.json, separators=(",", ":"), ensure_ascii=False)
    return replace(metadata, schema_string=text, configuration=properties)
