"""Executions: each runs one plan in a thread of its own and leaves its responses in a log."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future, wait
from typing import Any

from boathouse.connect.encode.failures import as_spark_error
from boathouse.connect.log import ResponseLog
from boathouse.connect.messages import base_pb2
from boathouse.connect.sessions import Guest
from boathouse.errors.exceptions import SparkError
from boathouse.session.operations import Operation, cancellation

_log = logging.getLogger(__name__)

Work = Callable[["Execution"], Generator[Any, None, Any]]
"""Runs the plan of an execution: yields its responses, and returns one to close with, or None."""

Key = tuple[str, str, str]

DROP_SECONDS = 10.0
"""How long a closing session waits for its operations to notice that they are cancelled."""

NEARBY_SECONDS = 0.8
"""How long a running operation waits for a client on this machine to come back."""

PROGRESS_STEPS = 100
"""Progress is told as tasks done of so many: the protocol knows no fractions."""


class Execution:
    """One ExecutePlan: its operation, its thread, its log."""

    def __init__(
        self, guest: Guest, operation: Operation, request: Any, *, reattachable: bool
    ) -> None:
        self.guest = guest
        self.operation = operation
        self.request = request
        self.reattachable = reattachable
        self.log = ResponseLog(keeps=reattachable)
        self.left_at: float | None = None
        self.progress: Callable[[], float | None] = lambda: None
        self.over: Future[None] | None = None
        operation.on_cancel(self.log.stop)

    @property
    def key(self) -> Key:
        """User, session and operation."""
        return (*self.guest.key, self.operation.id)

    def new(self) -> Any:
        """An empty response of this operation."""
        return base_pb2.ExecutePlanResponse(
            session_id=self.guest.id,
            server_side_session_id=self.guest.server_id,
            operation_id=self.operation.id,
        )

    @property
    def report_seconds(self) -> float:
        """How often progress is told."""
        key = "spark.connect.progress.reportInterval"
        return max(self.guest.session.settings.integer(key) / 1000, 0.1)

    def report_progress(self) -> None:
        """Tell how far the query is, if that is known, without waiting."""
        fraction = self.progress()
        if fraction is None:
            return
        response = self.new()
        done = min(max(round(fraction * PROGRESS_STEPS), 0), PROGRESS_STEPS)
        stage = response.execution_progress.stages.add(
            stage_id=0, num_tasks=PROGRESS_STEPS, num_completed_tasks=done
        )
        stage.done = done == PROGRESS_STEPS
        response.execution_progress.num_inflight_tasks = 0 if stage.done else 1
        self.log.append(response, wait=False)

    def run(self, work: Work) -> None:
        """Run `work` to its end, good or bad, in the calling thread."""
        error: SparkError | None = None
        closing: Any = None
        try:
            closing = self._produce(work)
        except BaseException as raised:  # noqa: BLE001 - whatever it is, the client must hear of it
            # What a cancelled engine complains of is the cancellation.
            cancelled = self.operation.cancelled.is_set()
            error = cancellation(self.operation.id) if cancelled else as_spark_error(raised)
        # The state is final before the client learns of the end.
        self.guest.operations.end(self.operation, error)
        if error is None:
            self._close(closing)
        self.log.end(error)

    def _produce(self, work: Work) -> Any:
        responses = work(self)
        try:
            while True:
                if not self.log.append(next(responses)):
                    raise cancellation(self.operation.id)
        except StopIteration as end:
            return end.value
        finally:
            responses.close()

    def _close(self, closing: Any) -> None:
        """Send the last response; a client that may reattach must see that it is the last."""
        if self.reattachable:
            closing = self.new() if closing is None else closing
            closing.result_complete.SetInParent()
        if closing is not None:
            self.log.append(closing, wait=False)


class Executions:
    """What is running or still waits to be fetched."""

    def __init__(self, workers: Executor, detached_seconds: float) -> None:
        self._workers = workers
        self._detached_seconds = detached_seconds
        self._lock = threading.Lock()
        self._all: dict[Key, Execution] = {}

    def start(self, execution: Execution, work: Work) -> None:
        """Begin to run `work`; INVALID_HANDLE if the operation id was used before."""
        with self._lock:
            execution.guest.operations.start(execution.operation)
            self._all[execution.key] = execution
        execution.over = self._workers.submit(execution.run, work)

    def find(self, guest: Guest, operation_id: str) -> Execution | None:
        """The execution of that operation; None if it is not, or no longer, there."""
        with self._lock:
            return self._all.get((*guest.key, operation_id))

    def drop(self, execution: Execution) -> None:
        """Forget `execution`; what still runs is cancelled."""
        with self._lock:
            self._all.pop(execution.key, None)
        execution.operation.cancel()
        execution.log.stop()

    def leave(self, execution: Execution, token: int, *, nearby: bool = False) -> None:
        """The client's connection is gone: a reattachable execution waits for it to come back. A
        client on this machine that is to come back does so at once, so what still runs for it waits
        for `NEARBY_SECONDS` only.
        """
        execution.log.detach(token)
        execution.left_at = left_at = time.monotonic()
        if not execution.reattachable:
            self.drop(execution)
        elif nearby and not execution.operation.state.is_final:
            timer = threading.Timer(NEARBY_SECONDS, self._drop_if_left, (execution, left_at))
            timer.daemon = True
            timer.start()

    def _drop_if_left(self, execution: Execution, left_at: float) -> None:
        if execution.left_at == left_at and not execution.operation.state.is_final:
            _log.info("dropping the operation %s: its client is gone", execution.operation.id)
            self.drop(execution)

    def drop_abandoned(self) -> None:
        """Drop what no client has asked for in a long time."""
        limit = time.monotonic() - self._detached_seconds
        with self._lock:
            everything = list(self._all.values())
        for execution in everything:
            if execution.left_at is not None and execution.left_at < limit:
                _log.info("dropping the abandoned operation %s", execution.operation.id)
                self.drop(execution)

    def drop_session(self, guest: Guest) -> None:
        """Drop all that belongs to `guest`, and wait a little for it to end."""
        with self._lock:
            mine = [each for each in self._all.values() if each.guest is guest]
        for execution in mine:
            self.drop(execution)
        running = [execution.over for execution in mine if execution.over is not None]
        wait(running, timeout=DROP_SECONDS)
