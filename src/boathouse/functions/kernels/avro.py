"""Single values in Avro's binary form, without a file around them."""

from __future__ import annotations

import json
from functools import lru_cache
from io import BytesIO
from typing import Any

import pyarrow as pa
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.schema import SchemaParseException

from boathouse.errors.exceptions import SparkError
from boathouse.functions.kernels.rows import by_row, by_row_with_nulls
from boathouse.types import datatypes as t
from boathouse.types.avro import plain, unplain


@lru_cache(maxsize=64)
def _parsed(schema: str) -> Any:
    return parse_schema(json.loads(schema))


def _malformed(data: bytes) -> SparkError:
    return SparkError(
        "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
        badRecord=data.hex().upper(),
        failFastMode="FAILFAST",
    )


@by_row
def read(data: bytes, *, written: str, wanted: str, of: t.DataType, safe: bool) -> Any:
    """The value of the schema `wanted` in `data`, which was written under `written`; null for what
    is none if `safe`.
    """
    reader = None if wanted == written else _parsed(wanted)
    try:
        value = schemaless_reader(BytesIO(data), _parsed(written), reader)
    except (EOFError, ValueError, IndexError, TypeError, SchemaParseException, KeyError):
        if safe:
            return None
        raise _malformed(data) from None
    return plain(value, of)


def _write(value: Any, schema: str) -> bytes:
    sink = BytesIO()
    parsed = _parsed(schema)
    schemaless_writer(sink, parsed, unplain(value, json.loads(schema)))
    return sink.getvalue()


def write(values: pa.Array, *, schema: str) -> list[bytes | None]:
    """Each value under `schema`; null stays null."""
    return by_row_with_nulls(lambda value: None if value is None else _write(value, schema))(values)
