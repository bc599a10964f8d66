"""Running a SQL script. What is being run is a list of frames, one for each block, branch and loop
that was entered: however deep a script nests, Python does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from boathouse.analysis.expressions import bind, unaliased
from boathouse.analysis.scope import Scope
from boathouse.errors.exceptions import AnalysisError, CancelledError, ScriptingError, SparkError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.session import execute
from boathouse.session.answers import NOTHING, Answer, Rows
from boathouse.session.commands import variables
from boathouse.session.commands.targets import shown
from boathouse.session.scopes import Cursor, Frame, Frames, Variable
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.spec import scripts as ss
from boathouse.spec.parameters import with_parameters
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from boathouse.session.operations import Operation
    from boathouse.session.session import Session

_END_OF_ROWS = "02"
"""How the SQLSTATE begins that says there are no more rows: no error, unless someone waits."""


def run_script(session: Session, command: ss.Script, operation: Operation) -> Answer:
    """BEGIN ... END; the answer is the rows of the last query."""
    outer, operation.frames = operation.frames, Frames()
    try:
        rows = _Run(session, operation, operation.frames).run(command.block)
    finally:
        operation.frames = outer
    return Answer(rows=rows.result(session.zone))


@dataclass(frozen=True, slots=True)
class _Turn(ss.Step):
    """The statements of a branch or of one turn of a loop, and the row that it is for."""

    body: ss.Body
    qualifier: str | None = None
    row: tuple[tuple[str, e.Literal], ...] = ()


class _Run:
    """A script that runs: its frames, and the rows of the last query so far."""

    def __init__(self, session: Session, operation: Operation, frames: Frames) -> None:
        self.session = session
        self.operation = operation
        self.frames = frames
        self.rows = NOTHING

    def run(self, block: ss.Block) -> Rows:
        """Run to the end; an error that no handler waits for is raised."""
        self.enter(block)
        while self.frames:
            self.operation.check()
            try:
                step = next(self.frames[-1].steps, None)
                if step is None:
                    self.frames.pop()
                else:
                    self._do(step)
            except CancelledError:
                raise
            except SparkError as error:
                self._handle(error)
        return self.rows

    def _do(self, step: ss.Statement) -> None:
        if isinstance(step, sr.Relation):
            self.rows = Rows.of(self.session.query(step, self.operation))
        elif isinstance(step, sc.Command):
            answer = self.session.command(step, self.operation)
            if isinstance(step, sc.ExecuteImmediate) and answer.rows is not None:
                rows = Rows.of(answer.rows)
                self.rows = rows if len(rows.schema) else self.rows
        else:
            _STEPS[type(step)](self, step)

    # ---- blocks, branches, loops ----

    def _push(self, steps: Iterator[ss.Statement], label: str | None = None) -> None:
        self.frames.append(Frame(steps, None if label is None else label.lower()))

    def enter(self, block: ss.Block) -> None:
        """BEGIN ... END."""
        label = None if block.label is None else block.label.lower()
        self.frames.append(Frame(iter(block.body), label, label, block.handlers))

    def turn(self, turn: _Turn) -> None:
        """A branch, or a loop's body once."""
        frame = Frame(iter(turn.body), qualifier=turn.qualifier)
        for name, value in turn.row:
            if name.lower() in frame.variables:
                shown = f"{t.quoted(turn.qualifier or '')}.{t.quoted(name.lower())}"
                raise AnalysisError("VARIABLE_ALREADY_EXISTS", variableName=shown)
            frame.variables[name.lower()] = Variable(value)
        self.frames.append(frame)

    def branch(self, step: ss.If) -> None:
        """IF, or searched CASE."""
        self._push(self._branches(step))

    def _branches(self, step: ss.If) -> Iterator[ss.Statement]:
        for test, body in step.branches:
            if self._holds(test):
                yield _Turn(body)
                return
        yield _Turn(step.otherwise)

    def match(self, step: ss.SimpleCase) -> None:
        """Simple CASE."""
        self._push(self._matching(step))

    def _matching(self, step: ss.SimpleCase) -> Iterator[ss.Statement]:
        for value, body in step.branches:
            same = se.Call(("=",), (step.value, value), operator=True)
            if self._constant(same).value:
                yield _Turn(body)
                return
        yield _Turn(step.otherwise)

    def loop(self, step: ss.While) -> None:
        """WHILE and LOOP."""
        self._push(self._turns(step), step.label)

    def _turns(self, step: ss.While) -> Iterator[ss.Statement]:
        while step.condition is None or self._holds(step.condition):
            yield _Turn(step.body)

    def repeat(self, step: ss.Repeat) -> None:
        """REPEAT."""
        self._push(self._repeated(step), step.label)

    def _repeated(self, step: ss.Repeat) -> Iterator[ss.Statement]:
        while True:
            yield _Turn(step.body)
            if self._holds(step.condition):
                return

    def each_row(self, step: ss.For) -> None:
        """FOR."""
        self._push(self._rows_of(step), step.label)

    def _rows_of(self, step: ss.For) -> Iterator[ss.Statement]:
        plan, rows = self._read(step.query)
        qualifier = None if step.row is None else step.row.lower()
        for row in rows:
            values = tuple(
                (a.name, e.Literal(value, a.of)) for a, value in zip(plan.output, row, strict=True)
            )
            yield _Turn(step.body, qualifier, values)

    def leave(self, step: ss.Leave) -> None:
        """Behind the end of what is labelled, or, in a handler, of the handler's body."""
        while True:
            frame = self.frames.pop()
            if frame.label == step.label or frame.handles is not None:
                return

    def iterate(self, step: ss.Iterate) -> None:
        """The loop's next turn, or the end of a handler's body."""
        while self.frames[-1].label != step.label:
            if self.frames.pop().handles is not None:
                return

    # ---- values ----

    def _holds(self, test: ss.Condition) -> bool:
        value = self._constant(test.value, test.text)
        return bool(value.value)

    def _constant(self, value: se.Expression, text: str | None = None) -> e.Literal:
        """The value of an expression; with its `text`, one that must be a truth value."""
        bound = unaliased(bind(value, Scope(self.session.context(self.operation))))
        if text is not None and not isinstance(bound.type, t.BooleanType):
            raise ScriptingError("INVALID_BOOLEAN_STATEMENT", invalidStatement=text.upper())
        return variables.constant(self.session, bound)

    def _read(self, query: sr.Relation) -> tuple[r.Relation, list[tuple[Any, ...]]]:
        plan = self.session.plan(query, self.operation)
        return plan, execute.rows(plan, self.session.engine, self.session.zone)

    # ---- cursors ----

    def declare_cursor(self, step: ss.DeclareCursor) -> None:
        """DECLARE ... CURSOR."""
        cursors = self.frames[-1].cursors
        if step.name.lower() in cursors:
            raise AnalysisError("CURSOR_ALREADY_EXISTS", cursorName=t.quoted(step.name))
        cursors[step.name.lower()] = Cursor(step.query)

    def _cursor(self, parts: tuple[str, ...], *, is_open: bool) -> Cursor:
        cursor = self.frames.cursor(parts)
        if cursor is None:
            raise AnalysisError("CURSOR_NOT_FOUND", cursorName=".".join(parts))
        if is_open and cursor.rows is None:
            raise AnalysisError("CURSOR_NOT_OPEN", cursorName=shown(parts))
        if not is_open and cursor.rows is not None:
            raise AnalysisError("CURSOR_ALREADY_OPEN", cursorName=shown(parts))
        return cursor

    def open(self, step: ss.OpenCursor) -> None:
        """OPEN: the query runs now."""
        cursor = self._cursor(step.name, is_open=False)
        arguments = variables.arguments(self.session, step.arguments, self.operation)
        cursor.plan, rows = self._read(with_parameters(cursor.query, arguments))
        cursor.rows = iter(rows)

    def fetch(self, step: ss.Fetch) -> None:
        """FETCH."""
        cursor = self._cursor(step.name, is_open=True)
        assert cursor.rows is not None  # noqa: S101 - it is open
        assert cursor.plan is not None  # noqa: S101 - it is open
        row = next(cursor.rows, None)
        if row is None:
            raise AnalysisError("CURSOR_NO_MORE_ROWS", cursorName=shown(step.name))
        values = [e.Literal(v, a.of) for a, v in zip(cursor.plan.output, row, strict=True)]
        variables.fetch(self.session, step.into, values, self.operation)

    def close(self, step: ss.CloseCursor) -> None:
        """CLOSE."""
        cursor = self._cursor(step.name, is_open=True)
        cursor.plan = cursor.rows = None

    # ---- errors ----

    def _handle(self, error: SparkError) -> None:
        """Go on in the nearest handler that waits for `error`, or raise it."""
        index = len(self.frames) - 1
        while index >= 0:
            frame = self.frames[index]
            handler = _waiting(frame.handlers, error)
            if handler is not None:
                self._start(handler, index)
                return
            # What goes wrong in a handler's body is for the blocks around the handler's own.
            index = (index if frame.handles is None else frame.handles) - 1
        if not error.sqlstate.startswith(_END_OF_ROWS):
            raise error

    def _start(self, handler: ss.Handler, index: int) -> None:
        if handler.leaves:
            # Where a handler's body runs, Spark leaves that body only, not the block of the handler
            # found: the block whose handler it was ends with it, and what is around goes on.
            bodies = [i for i, frame in enumerate(self.frames) if frame.handles is not None]
            left = max([index, *bodies])
            del self.frames[left + 1 :]
            self.frames[left].steps = iter(())
        self.frames.append(Frame(iter(handler.body), handles=index))


def _waiting(handlers: tuple[ss.Handler, ...], error: SparkError) -> ss.Handler | None:
    """The handler for `error`: by its condition, by the class of that, by its SQLSTATE, by kind."""
    condition, state = error.condition, error.sqlstate
    ends = state.startswith(_END_OF_ROWS)
    tests: tuple[Callable[[ss.Handler], bool], ...] = (
        lambda handler: condition.upper() in handler.conditions,
        lambda handler: condition.partition(".")[0].upper() in handler.conditions,
        lambda handler: state in handler.states,
        lambda handler: handler.not_found if ends else handler.exceptions,
    )
    for test in tests:
        for handler in handlers:
            if test(handler):
                return handler
    return None


_STEPS: dict[type, Callable[[_Run, Any], None]] = {
    ss.Block: _Run.enter,
    ss.If: _Run.branch,
    ss.SimpleCase: _Run.match,
    ss.While: _Run.loop,
    ss.Repeat: _Run.repeat,
    ss.For: _Run.each_row,
    ss.Leave: _Run.leave,
    ss.Iterate: _Run.iterate,
    ss.DeclareCursor: _Run.declare_cursor,
    ss.OpenCursor: _Run.open,
    ss.Fetch: _Run.fetch,
    ss.CloseCursor: _Run.close,
    _Turn: _Run.turn,
}
