"""Rows as text: a table, CSV, or a JSON object per line."""

from __future__ import annotations

import base64
import csv
import datetime
import decimal
import json
import math
from collections.abc import Callable
from typing import Any, TextIO

from boathouse.session.operations import Operation
from boathouse.session.session import Session
from boathouse.spec import expressions as e
from boathouse.spec import relations as r
from boathouse.types import datatypes as t

TABLE_ROWS = 1000
"""How many rows a table shows; the other formats print all."""

Write = Callable[[Session, r.Relation, Operation, TextIO], None]


def write_table(session: Session, relation: r.Relation, operation: Operation, out: TextIO) -> None:
    """The table that `show()` prints, nothing cut off."""
    shown = r.ShowString(relation, TABLE_ROWS, truncate=0)
    for row in _rows(session, shown, operation):
        print(row[0].rstrip("\n"), file=out)


def write_csv(session: Session, relation: r.Relation, operation: Operation, out: TextIO) -> None:
    """A line of names, then one per row: values as CAST(... AS STRING) has them, NULL empty."""
    schema = session.schema(relation)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(schema.names)
    numbered = tuple(f"c{index}" for index in range(len(schema)))
    texts = tuple(e.Alias(e.Cast(e.Name((name,)), t.STRING), (name,)) for name in numbered)
    if texts:
        writer.writerows(_rows(session, r.Project(r.ToDF(relation, numbered), texts), operation))


def write_json(session: Session, relation: r.Relation, operation: Operation, out: TextIO) -> None:
    """An object per row, columns by name."""
    schema = session.schema(relation)
    for row in _rows(session, relation, operation):
        print(json_text(row, schema), file=out)


FORMATS: dict[str, Write] = {"table": write_table, "csv": write_csv, "json": write_json}


def _rows(session: Session, relation: r.Relation, operation: Operation) -> Any:
    """The rows of `relation` as tuples of Python values."""
    result = session.query(relation, operation)
    try:
        for batch in result.batches:
            columns = [column.to_pylist() for column in batch.columns]
            yield from zip(*columns, strict=True)
    finally:
        result.close()


def json_text(value: Any, type: t.DataType) -> str:
    """`value`, as Arrow gives it, in JSON. Numbers keep all their digits; what JSON has no word for
    is text.
    """
    match value, type:
        case None, _:
            return "null"
        case _, t.StructType(fields):
            parts = value.values() if isinstance(value, dict) else value
            pairs = [
                f"{json.dumps(f.name, ensure_ascii=False)}:{json_text(part, f.type)}"
                for f, part in zip(fields, parts, strict=True)
            ]
            return f"{{{','.join(pairs)}}}"
        case _, t.ArrayType(element):
            return f"[{','.join(json_text(item, element) for item in value)}]"
        case _, t.MapType(key, item):
            pairs = [f"{_key_text(k, key)}:{json_text(v, item)}" for k, v in value]
            return f"{{{','.join(pairs)}}}"
        case _, t.UserDefinedType(storage):
            return json_text(value, storage)
        case _:
            return _atom_text(value)


def _key_text(value: Any, type: t.DataType) -> str:
    text = json_text(value, type)
    return text if text.startswith('"') else json.dumps(text, ensure_ascii=False)


def _atom_text(value: Any) -> str:
    match value:
        case bool() | int():
            return json.dumps(value)
        case float():
            return json.dumps(value if math.isfinite(value) else str(value))
        case decimal.Decimal():
            return format(value, "f")
        case bytes():
            return json.dumps(base64.b64encode(value).decode())
        case datetime.datetime():
            return json.dumps(value.isoformat(sep="T"))
        case _:
            return json.dumps(str(value), ensure_ascii=False)
