"""What a table may not be: checked of all metadata before it is committed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError, UnsupportedError
from boathouse.tables.delta.conditions import IDENTITY_STEP
from boathouse.tables.delta.physical import is_mapped
from boathouse.tables.delta.schema import schema_of
from boathouse.tables.delta.statistics import BOUNDS, chosen, said_columns
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.tables.delta.actions import Metadata

MOST_CLUSTERING = 4
"""By how many columns a table may be clustered."""
_RESERVED = ("_change_type", "_commit_version", "_commit_timestamp")
_NO_PARTITIONS = (t.ArrayType, t.MapType, t.StructType, t.VariantType, t.BinaryType)


def check(metadata: Metadata) -> None:
    """Raise for columns that cannot be partition columns, that have the names of the change data
    feed's, that do not exist though properties name them, and for NOT NULL where nobody looks.
    """
    schema = schema_of(metadata.schema_string)
    known = {f.name.lower(): f for f in schema.fields}
    for name in metadata.partition_columns:
        _check_partition(known[name.lower()])
    if metadata.configuration.get("delta.enableChangeDataFeed", "").lower() == "true":
        taken = [name for name in _RESERVED if name in known]
        if taken:
            columns = ", ".join(taken)
            raise AnalysisError("DELTA_TABLE_ALREADY_CONTAINS_CDC_COLUMNS", columnList=columns)
    for column in schema.fields:
        if IDENTITY_STEP in dict(column.metadata) and not isinstance(column.type, t.LongType):
            raise AnalysisError(
                "DELTA_IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE", dataType=column.type.simple
            )
    for path in said_columns(metadata.configuration):
        if not _is_there(schema, path):
            raise AnalysisError(
                "DELTA_COLUMN_NOT_FOUND_IN_SCHEMA",
                columnName=".".join(path),
                tableSchema=schema.simple,
            )
    for kind, inner, name in _unguarded(schema):
        raise AnalysisError(
            "DELTA_NESTED_NOT_NULL_CONSTRAINT",
            parent=name,
            nestType=kind,
            nestedPrettyJson=json.dumps(inner.json),
            configKey="spark.databricks.delta.constraints.allowUnenforcedNotNull.enabled",
        )


def _check_partition(column: t.StructField) -> None:
    if isinstance(column.type, _NO_PARTITIONS):
        raise AnalysisError(
            "DELTA_INVALID_PARTITION_COLUMN_TYPE", name=column.name, dataType=column.type.sql
        )
    if IDENTITY_STEP in dict(column.metadata):
        raise AnalysisError("DELTA_IDENTITY_COLUMNS_PARTITION_NOT_SUPPORTED", colName=column.name)


def _is_there(schema: t.StructType, path: Sequence[str]) -> bool:
    of: t.DataType = schema
    for name in path:
        fields = of.fields if isinstance(of, t.StructType) else ()
        found = next((f for f in fields if f.name.lower() == name), None)
        if found is None:
            return False
        of = found.type
    return True


def _unguarded(schema: t.StructType) -> Iterator[tuple[str, t.DataType, str]]:
    """Arrays and maps below which a field is NOT NULL, each with its kind and the column's name."""
    stack = [(f.type, f.name) for f in schema.fields]
    while stack:
        of, name = stack.pop()
        match of:
            case t.StructType():
                stack += [(f.type, f"{name}.{f.name}") for f in of.fields]
            case t.ArrayType() if _requires(of.element):
                yield "array", of.element, name
            case t.MapType() if _requires(of.key) or _requires(of.value):
                yield "map", of.key if _requires(of.key) else of.value, name
            case _:
                pass


def _requires(of: t.DataType) -> bool:
    """Whether a field of a struct inside the type is NOT NULL."""
    stack = [of]
    while stack:
        one = stack.pop()
        match one:
            case t.StructType():
                if not all(f.nullable for f in one.fields):
                    return True
                stack += [f.type for f in one.fields]
            case t.ArrayType():
                stack.append(one.element)
            case t.MapType():
                stack += [one.key, one.value]
            case _:
                pass
    return False


def check_clustering(metadata: Metadata, cluster_by: Sequence[Sequence[str]]) -> None:
    """Raise for too many columns, and for such as files keep no bounds of."""
    if len(cluster_by) > MOST_CLUSTERING:
        raise AnalysisError(
            "DELTA_CLUSTER_BY_INVALID_NUM_COLUMNS",
            numColumnsLimit=MOST_CLUSTERING,
            actualNumColumns=len(cluster_by),
        )
    schema, properties = schema_of(metadata.schema_string), metadata.configuration
    leaves = chosen(schema.fields, properties, mapped=is_mapped(properties))
    counted = {tuple(name.lower() for name in leaf.logical): leaf.of for leaf in leaves}
    every = {**properties, "delta.dataSkippingNumIndexedCols": "-1"}
    every.pop("delta.dataSkippingStatsColumns", None)
    known = {
        tuple(name.lower() for name in leaf.logical): leaf.of
        for leaf in chosen(schema.fields, every, mapped=is_mapped(properties))
    }
    paths = [tuple(name.lower() for name in path) for path in cluster_by]
    strange = [p for p in paths if type(known.get(p, t.STRING)) not in BOUNDS]
    if strange:
        listed = ", ".join(f"{'.'.join(p)} : {known[p].sql}" for p in strange)
        raise UnsupportedError(
            "DELTA_CLUSTERING_COLUMNS_DATATYPE_NOT_SUPPORTED", columnsWithDataTypes=listed
        )
    bare = [".".join(p) for p in paths if p in known and p not in counted]
    if bare:
        raise AnalysisError(
            "DELTA_CLUSTERING_COLUMN_MISSING_STATS", columns=", ".join(bare), schema=schema.simple
        )
