"""Rows that go through a program on the machine, as lines of text (SELECT TRANSFORM)."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from boathouse.duck import tree
from boathouse.errors.exceptions import SparkError
from boathouse.session import execute
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from boathouse.duck.engine import Engine
    from boathouse.plan import relations as r
    from boathouse.session.operations import Operation
    from boathouse.spec.relations import RowFormat, Transform

_LINE_ENDS = re.compile(r"\r\n|\n|\r")
_KEY_AND_VALUE = ("key", "value")


@dataclass
class ProgramRows:
    """What a program makes of the rows of `input`, whose columns are texts, as the plan's source.
    The program runs when a statement that reads the rows begins (EXPLAIN runs none); all of them
    are in memory then.
    """

    input: r.Relation
    node: Transform
    engine: Engine
    zone: str
    operation: Operation | None
    _rows: pa.Table | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """How EXPLAIN shows it."""
        return f"TRANSFORM {self.node.program}"

    @property
    def schema(self) -> t.StructType:
        """A text for each column that the query names; a key and a value where it names none."""
        columns = self.node.columns
        count = len(_KEY_AND_VALUE) if columns is None else len(columns)
        return t.StructType(tuple(t.StructField(f"c{i}", t.STRING) for i in range(count)))

    @property
    def metadata_schema(self) -> t.StructType:
        """No hidden columns."""
        return t.StructType()

    def relation(self, columns: Sequence[str]) -> tree.Relation:
        """The chosen `columns` of what the program wrote."""
        chosen = tuple((tree.column(name), name) for name in columns)
        return tree.Select(columns=chosen, source=tree.rows(self._written))

    def input_files(self) -> list[str]:
        """No files."""
        return []

    def _written(self) -> pa.Table:
        """What the program wrote, which is run once."""
        if self._rows is None:
            self._rows = self._read(self._run())
        return self._rows

    def _run(self) -> str:
        """What the program writes when it is given the rows; _LEGACY_ERROR_TEMP_2264 when it
        fails.
        """
        given = self._given()
        # In a session of its own: whatever it starts is killed with it.
        process = subprocess.Popen(  # noqa: S603 - the setting allows it
            ["/bin/bash", "-c", self.node.program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with process, self._stopped_by(lambda: _kill(process)):
            written, complaints = process.communicate(_lines(given, self.node.reads).encode())
        if self.operation is not None:
            self.operation.check()
        if process.returncode != 0:
            raise SparkError(
                "_LEGACY_ERROR_TEMP_2264",
                exitCode=process.returncode,
                stderrBuffer=complaints.decode(errors="replace"),
            )
        return written.decode(errors="replace")

    def _given(self) -> pa.Table:
        """The rows that the program is given."""
        statement = execute.compiled(self.input, self.engine, self.zone)
        with (
            self.engine.execute(statement.sql, tables=statement.tables, zone=self.zone) as stream,
            self._stopped_by(stream.interrupt),
        ):
            return stream.read_all()

    @contextmanager
    def _stopped_by(self, callback: Callable[[], None]) -> Generator[None]:
        """Have a cancellation call `callback` meanwhile."""
        if self.operation is None:
            yield
            return
        forget = self.operation.on_cancel(callback)
        try:
            yield
        finally:
            forget()

    def _read(self, text: str) -> pa.Table:
        """Lines as rows: fields end where the format's pattern matches, what is missing is null."""
        names = self.schema.names
        written = self.node.writes
        null = None if self.node.columns is None else written.null
        lines = _LINE_ENDS.split(text)
        if lines[-1] == "":
            lines.pop()
        rows: list[list[str | None]] = []
        for line in lines:
            fields = _fields(line, written)[: len(names)]
            rows.append([None if value == null else value for value in fields])
        columns = [
            pa.array([row[i] if i < len(row) else None for row in rows], pa.string())
            for i in range(len(names))
        ]
        return pa.table(columns, names=list(names))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the program and what it has started, if it has not been waited for yet."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)


def _lines(rows: pa.Table, form: RowFormat) -> str:
    columns = [column.to_pylist() for column in rows.columns]
    lines = (
        form.fields.join(form.null if value is None else value for value in row)
        for row in zip(*columns, strict=True)
    )
    return "".join(f"{line}\n" for line in lines)


def _fields(line: str, form: RowFormat) -> list[str]:
    """Spark takes what ends a field for a pattern here, and for a text where it writes."""
    try:
        pattern = re.compile(form.fields)
    except re.error:
        return line.split(form.fields)
    fields = pattern.split(line)
    # In Java nothing stands before a match of no length at the beginning.
    return fields[1:] if len(fields) > 1 and pattern.match(line, 0, 0) else fields
