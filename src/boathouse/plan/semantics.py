"""Whether two plans are the same query: their text once columns are numbered by appearance."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from typing import Any

import pyarrow as pa

from boathouse.functions.signature import Function
from boathouse.plan import expressions as e
from boathouse.plan import relations as r


def canonical(plan: r.Relation) -> str:
    """A text that is equal for plans that differ only in column ids and in names on the way."""
    return _Canonical().text(plan)


def _rows(table: pa.Table) -> str:
    """What tells the rows of one table from those of another."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()


class _Canonical:
    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}

    def _number(self, identity: int) -> str:
        return f"#{self._numbers.setdefault(identity, len(self._numbers))}"

    def text(self, node: Any) -> str:
        match node:
            case e.Attribute() | e.LambdaVariable():
                return self._number(node.id)
            case e.Alias():
                return f"{self.text(node.child)}>{self._number(node.id)}"
            case Function():
                return node.name
            case r.LocalData():
                return f"LocalData({_rows(node.table)},{self.text(node.attributes)})"
            case r.Scan():
                files = node.source.input_files()
                return (
                    f"Scan({node.source.name},{files},{node.columns},{self.text(node.attributes)})"
                )
            case tuple():
                return f"[{','.join([self.text(item) for item in node])}]"
            case _ if is_dataclass(node):
                inner = [self.text(getattr(node, f.name)) for f in fields(node) if f.compare]
                return f"{type(node).__name__}({','.join(inner)})"
            case _:
                return repr(node)
