"""What a command yields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from boathouse.session.execute import Result
from boathouse.session.local import duck_arrow, local_relation
from boathouse.session.results import converter
from boathouse.types import datatypes as t
from boathouse.types.arrow import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boathouse.spec import relations as sr


@dataclass(frozen=True, slots=True)
class Answer:
    """`rows` of a command, or the query to `echo`, or the id of a cached relation, or `other`
    facts.
    """

    rows: Result | None = None
    echo: sr.Relation | None = None
    relation_id: str | None = None
    other: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rows:
    """A small finished table: `table` is in DuckDB's form (see `session.local`)."""

    schema: t.StructType
    table: pa.Table

    @classmethod
    def of(cls, result: Result) -> Rows:
        """The rows of `result`, read to the end."""
        batches = list(result.batches)
        result.close()
        wanted = arrow_schema(result.schema, "UTC")
        # Batches for a client carry its session's zone, which here is but a label.
        columns = pa.Table.from_batches(batches).cast(wanted) if batches else wanted.empty_table()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, columns.schema) as writer:
            writer.write_table(columns)
        return cls(*local_relation([sink.getvalue().to_pybytes()], result.schema))

    def result(self, zone: str) -> Result:
        """The rows as a client gets them."""
        shape = converter(self.table.schema, self.schema, zone)
        return Result(self.schema, iter([shape(b) for b in self.table.to_batches()]))


class Zoned(Protocol):
    """A session, of which an answer needs the time zone."""

    @property
    def zone(self) -> str:
        """The session's time zone."""
        ...


NOTHING = Rows(t.StructType(()), pa.table({}))
"""The rows of a command that has none."""


def rows_of(schema: t.StructType, rows: Iterable[Sequence[Any]]) -> Rows:
    """Rows of plain Python values (text, numbers, booleans, None) under `schema`."""
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [
        pa.array(list(values), duck_arrow(f.type))
        for values, f in zip(columns, schema.fields, strict=True)
    ]
    return Rows(schema, pa.table(arrays, names=[f"c{i}" for i in range(len(schema))]))


def schema(*columns: tuple[str, t.DataType] | tuple[str, t.DataType, bool]) -> t.StructType:
    """A schema from (name, type) or (name, type, nullable); not nullable unless said."""
    return t.StructType(
        tuple(t.StructField(c[0], c[1], c[2] if len(c) > 2 else False) for c in columns)
    )


def commented(columns: t.StructType, *comments: str) -> t.StructType:
    """`columns` with what Spark says of each."""
    pairs = zip(columns.fields, comments, strict=True)
    fields = (replace(f, metadata=t.metadata_pairs({"comment": text})) for f, text in pairs)
    return t.StructType(tuple(fields))


def nothing(session: Zoned) -> Answer:
    """The answer of a command without rows."""
    return Answer(rows=NOTHING.result(session.zone))


def answer(session: Zoned, columns: t.StructType, rows: Iterable[Sequence[Any]]) -> Answer:
    """The answer of a command with `rows`."""
    return Answer(rows=rows_of(columns, rows).result(session.zone))
