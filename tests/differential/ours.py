"""What Boathouse says, in the form of `tests.differential.spark`."""

from __future__ import annotations

import itertools
import json
import logging
import uuid
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.plan import SQL
from pyspark.sql.connect.session import SparkSession

from boathouse.functions.kernels.variants import shown
from boathouse.types import variant

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

    from tests.differential.cases import Case


# The client logs every error with its stack; here errors are answers.
for _name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
    logging.getLogger(_name).disabled = True


_MOST_ROWS = 10_000
"""Many more than the oracle takes, whose rows are some of these: no range of more fits in memory."""


class Boathouse:
    """Answers of the engine behind `session`; each group of settings has a session of its own."""

    def __init__(self, session: SparkSession) -> None:
        self._first = session
        self._sessions: dict[tuple[tuple[str, str], ...], SparkSession] = {}

    def answer(self, case: Case) -> dict[str, Any]:
        """What Boathouse answers to `case`."""
        if case.settings not in self._sessions:
            self._sessions[case.settings] = self._fresh(case)
        session = self._sessions[case.settings]
        try:
            frame = DataFrame(SQL(case.sql), session)
            schema, table = _storable(frame)
            columns = [_texts(column.combine_chunks()) for column in table.columns]
            rows = [list(row) for row in zip(*columns, strict=True)]
            if not columns:
                rows = [[] for _ in range(table.num_rows)]
            return {"schema": json.loads(schema.json()), "rows": rows}
        except PySparkException as error:
            contexts = error.getQueryContext()
            return {
                "condition": error.getCondition() or f"NO_CONDITION {str(error)[:200]}",
                "state": error.getSqlState(),
                "parameters": dict(error.getMessageParameters() or {}),
                "fragment": contexts[0].fragment() if contexts else "",
            }

    def _fresh(self, case: Case) -> SparkSession:
        first = self._first
        session = SparkSession(connection=first.client._builder, userId=first.client._user_id)
        session.client._session_id = session._session_id = str(uuid.uuid4())
        # What is allowed here by default, Spark wants to be asked for.
        for key, value in (("spark.sql.timeType.enabled", "false"), *case.settings):
            session.conf.set(key, value)
        return session


def _storable(frame: DataFrame) -> tuple[StructType, pa.Table]:
    """Schema and table of `frame`; intervals as text, since not every client can hold them."""
    schema = frame.schema
    frame = cast("DataFrame", frame.limit(_MOST_ROWS))
    simple = [field.dataType.simpleString() for field in schema.fields]
    if any("interval" in one for one in simple):
        named = frame.toDF(*[f"c{p}" for p in range(len(simple))])
        kept = [
            f"CAST(c{p} AS STRING) c{p}" if "interval" in one else f"c{p}"
            for p, one in enumerate(simple)
        ]
        return schema, cast("DataFrame", named.selectExpr(*kept))._to_table()[0]
    return schema, frame._to_table()[0]


def _texts(array: Any) -> list[str]:
    """Each value of an Arrow array in Spark's storage form."""
    kind = array.type
    if pa.types.is_null(kind):
        return ["NULL"] * len(array)
    if pa.types.is_struct(kind):
        found = _struct_texts(array)
    elif pa.types.is_map(kind):
        keys, items = _texts(array.keys), _texts(array.items)
        found = [
            "{" + ", ".join(keys[a:b]) + " -> " + ", ".join(items[a:b]) + "}"
            for a, b in _spans(array)
        ]
    elif pa.types.is_list(kind):
        values = _texts(array.values)
        found = [f"[{', '.join(values[a:b])}]" for a, b in _spans(array)]
    else:
        found = [_text(value, kind) for value in _stored(array).to_pylist()]
    valid = array.is_valid().to_pylist()
    return [text if there else "NULL" for text, there in zip(found, valid, strict=True)]


def _struct_texts(array: Any) -> list[str]:
    metadata = [array.type.field(p) for p in range(array.type.num_fields)]
    if [f.name for f in metadata] == ["value", "metadata"] and _is_variant(metadata):
        return [str(value) for value in _variants(array)]
    parts = [_texts(array.field(p)) for p in range(array.type.num_fields)]
    return [f"({', '.join(part[row] for part in parts)})" for row in range(len(array))]


def _is_variant(fields: list[Any]) -> bool:
    return b"variant" in (fields[1].metadata or {})


def _variants(array: Any) -> list[Any]:
    # The client's own text knows no day before the year 1, and writes floats as Python does.
    rows = array.to_pylist()
    held = [row and variant.decode(row["value"], row["metadata"]) for row in rows]
    return shown(pa.array(held, pa.string()), pa.array(["UTC"] * len(held)))


def _spans(array: Any) -> list[tuple[int, int]]:
    offsets = array.offsets.to_pylist()
    return list(itertools.pairwise(offsets))


def _stored(array: Any) -> Any:
    kind = array.type
    if pa.types.is_date32(kind):
        return array.cast(pa.int32())
    if pa.types.is_timestamp(kind) or pa.types.is_time64(kind) or pa.types.is_duration(kind):
        return array.cast(pa.int64())
    return array


def _text(value: Any, kind: Any) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).lower()
        case str():
            return f"'{value}'"
        case bytes():
            return f"X'{value.hex()}'"
        case float():
            return f"{value!r}"
        case int() if pa.types.is_time64(kind):
            return str(value if kind.unit == "ns" else value * 1000)
        case _:
            return f"{value:f}" if pa.types.is_decimal(kind) else str(value)
