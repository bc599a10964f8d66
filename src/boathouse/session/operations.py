"""Operations: what a session is running or ran lately, how it is interrupted, and how it ended."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from enum import Enum
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import CancelledError, SparkError

if TYPE_CHECKING:
    from boathouse.session.scopes import Frames

ENDED_KEPT = 1000
"""How many ended operations a session still knows the state of."""


class OperationState(Enum):
    """Where an operation stands; the last three are final."""

    RUNNING = "running"
    TERMINATING = "terminating"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self not in {OperationState.RUNNING, OperationState.TERMINATING}


class Operation:
    """One running query or command: its id, the client's `tags`, and its cancellation.

    Whoever does the work registers with `on_cancel` what must stop (an engine's interrupt), and
    calls `check` between steps.
    """

    def __init__(self, id: str, tags: Iterable[str] = (), session: object = None) -> None:
        self.id = id
        self.tags = frozenset(tags)
        self.session = session
        self.frames: Frames | None = None
        """What is being run of a script, whose variables its statements see."""
        self.cancelled = threading.Event()
        self._lock = threading.Lock()
        self._state = OperationState.RUNNING
        self._callbacks: list[Callable[[], None]] = []

    @property
    def state(self) -> OperationState:
        """Where the operation stands now."""
        return self._state

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have `callback` called once at cancellation: at once if that has already happened.

        It runs in the canceller's thread and must not block. Returns what takes it back.
        """
        with self._lock:
            if not self.cancelled.is_set():
                self._callbacks.append(callback)
                return lambda: self._forget(callback)
        callback()
        return lambda: None

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

    def cancel(self) -> bool:
        """Ask the work to stop; False if it is already over or already asked."""
        with self._lock:
            if self._state is not OperationState.RUNNING:
                return False
            self._state = OperationState.TERMINATING
            self.cancelled.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()
        return True

    def check(self) -> None:
        """Raise CancelledError if the operation was cancelled."""
        if self.cancelled.is_set():
            raise cancellation(self.id)

    def finish(self, error: BaseException | None = None) -> None:
        """Record the end, once: an error that came after `cancel` is a cancellation."""
        with self._lock:
            if self._state.is_final:
                return
            if error is None:
                self._state = OperationState.SUCCEEDED
            elif self._state is OperationState.TERMINATING or isinstance(error, CancelledError):
                self._state = OperationState.CANCELLED
            else:
                self._state = OperationState.FAILED
            self._callbacks = []


class Operations:
    """The operations of one session."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Operation] = {}
        self._ended: OrderedDict[str, OperationState] = OrderedDict()

    def start(self, operation: Operation) -> Operation:
        """Enter `operation`; INVALID_HANDLE if its id is, or was, in use."""
        with self._lock:
            if operation.id in self._running or operation.id in self._ended:
                raise SparkError("INVALID_HANDLE.OPERATION_ALREADY_EXISTS", handle=operation.id)
            self._running[operation.id] = operation
        return operation

    def end(self, operation: Operation, error: BaseException | None = None) -> None:
        """Record how `operation` ended and keep only its state."""
        operation.finish(error)
        with self._lock:
            if self._running.pop(operation.id, None) is not None:
                self._ended[operation.id] = operation.state
            while len(self._ended) > ENDED_KEPT:
                self._ended.popitem(last=False)

    @property
    def is_busy(self) -> bool:
        """Whether something is running."""
        return bool(self._running)

    def interrupt_all(self) -> list[str]:
        """Cancel everything; the ids of what was running."""
        return self._interrupt(lambda operation: True)

    def interrupt_tag(self, tag: str) -> list[str]:
        """Cancel what carries `tag`; the ids of what was running."""
        return self._interrupt(lambda operation: tag in operation.tags)

    def interrupt_operation(self, id: str) -> list[str]:
        """Cancel the operation `id`; its id, or nothing if it was not running."""
        return self._interrupt(lambda operation: operation.id == id)

    def _interrupt(self, chosen: Callable[[Operation], bool]) -> list[str]:
        with self._lock:
            operations = [each for each in self._running.values() if chosen(each)]
        return [operation.id for operation in operations if operation.cancel()]

    def state_of(self, id: str) -> OperationState | None:
        """The state of the operation `id`, None if it is not known (any more)."""
        with self._lock:
            running = self._running.get(id)
            return running.state if running is not None else self._ended.get(id)

    def states(self) -> dict[str, OperationState]:
        """The state of every known operation, the ended ones first."""
        with self._lock:
            running = {id: operation.state for id, operation in self._running.items()}
            return {**self._ended, **running}


def cancellation(id: str) -> CancelledError:
    """The error a cancelled operation ends with."""
    return CancelledError("OPERATION_CANCELED")
