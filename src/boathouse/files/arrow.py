"""The Spark types of columns in Parquet and ORC files, by their Arrow types."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import types as kinds

from boathouse.files.environment import Environment
from boathouse.types import arrow
from boathouse.types import datatypes as t

# Parquet's unsigned numbers get the next wider signed type.
_WIDER: dict[pa.DataType, t.DataType] = {
    pa.uint8(): t.SHORT,
    pa.uint16(): t.INTEGER,
    pa.uint32(): t.LONG,
    pa.uint64(): t.DecimalType(20, 0),
    pa.float16(): t.FLOAT,
    pa.date64(): t.DATE,
    pa.time32("s"): t.TIME,
    pa.time32("ms"): t.TIME,
    pa.time64("us"): t.TIME,
    pa.time64("ns"): t.TIME,
}


def spark_type(
    of: pa.DataType, int96: frozenset[str], path: str, environment: Environment
) -> t.DataType:
    """The type of the column at `path`; those in `int96` are moments. Everything may be NULL, as
    Spark takes files to be.
    """
    wider = _WIDER.get(of)
    if wider is not None:
        return wider

    def inner(child: pa.DataType, *steps: str) -> t.DataType:
        return spark_type(child, int96, ".".join((path, *steps)), environment)

    if kinds.is_timestamp(of):
        zoned = of.tz is not None or path in int96
        inferred = environment.settings.flag("spark.sql.parquet.inferTimestampNTZ.enabled")
        return t.TIMESTAMP if zoned or not inferred else t.TIMESTAMP_NTZ
    if kinds.is_binary(of) or kinds.is_large_binary(of):
        as_text = environment.settings.flag("spark.sql.parquet.binaryAsString")
        return t.STRING if as_text else t.BINARY
    if kinds.is_struct(of):
        return t.StructType(tuple(t.StructField(f.name, inner(f.type, f.name)) for f in of))
    if kinds.is_map(of):
        return t.MapType(
            inner(of.key_type, "key_value", "key"), inner(of.item_type, "key_value", "value")
        )
    if kinds.is_list(of) or kinds.is_large_list(of) or kinds.is_fixed_size_list(of):
        return t.ArrayType(inner(of.value_type, "list", "element"))
    return arrow.spark_type(of)
