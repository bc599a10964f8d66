"""Running SQL text from the command line: one statement after another, each can be interrupted."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import Future
from typing import TextIO

import pyarrow

from boathouse.cli.output import FORMATS
from boathouse.connect.depth import lift_limits, start_thread
from boathouse.connect.encode.failures import summary_of
from boathouse.errors.exceptions import SparkError
from boathouse.session.execute import Result
from boathouse.session.operations import Operation
from boathouse.session.session import Session
from boathouse.spec import commands as c
from boathouse.spec import relations as r
from boathouse.sql import split_script
from boathouse.types.arrow import arrow_schema


class Runner:
    """Runs statements in `session` and prints their rows to `out` in `format`."""

    def __init__(self, session: Session, format: str, out: TextIO) -> None:
        self.session = session
        self.format = format
        self.out = out
        lift_limits()

    def script(self, text: str) -> None:
        """Run the statements of `text` in order; the first that fails ends it."""
        for statement in split_script(text):
            self.statement(statement)

    def statement(self, text: str) -> None:
        """Run one statement. KeyboardInterrupt cancels it, and comes out once it has stopped."""
        operation = Operation(str(uuid.uuid4()))
        done: Future[None] = Future()
        start_thread(self._settle, text, operation, done, name="boathouse-statement")
        try:
            done.result()
        except KeyboardInterrupt:
            operation.cancel()
            done.exception()
            raise

    def _settle(self, text: str, operation: Operation, done: Future[None]) -> None:
        try:
            self._run(text, operation)
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            done.set_exception(error)
        else:
            done.set_result(None)

    def _run(self, text: str, operation: Operation) -> None:
        answer = self.session.command(c.SqlCommand(r.QueryText(text)), operation)
        relation = answer.echo
        if answer.rows is not None and len(answer.rows.schema):
            relation = self._local(answer.rows)
        if relation is not None:
            FORMATS[self.format](self.session, relation, operation, self.out)
        self.out.flush()

    def _local(self, rows: Result) -> r.Relation:
        """The rows of a command as a relation, so that they print as those of a query do."""
        zone = self.session.settings.text("spark.sql.session.timeZone")
        schema = arrow_schema(rows.schema, zone)
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, schema) as writer:
            for batch in rows.batches:
                writer.write_batch(batch.cast(schema))
        return r.LocalRelation(sink.getvalue().to_pybytes(), json.dumps(rows.schema.json))


def one_line(error: BaseException) -> str:
    """An error for a terminal: its condition and message, on a single line."""
    told = isinstance(error, (SparkError, OSError))
    text = str(error) if told else f"{type(error).__name__}: {error}"
    return " ".join(text.split())


def place(error: BaseException) -> str:
    """The line of SQL with a mark where the error stands; empty when that is unknown."""
    context = error.context if isinstance(error, SparkError) else None
    return summary_of(context).rstrip() if context is not None and context.text else ""
