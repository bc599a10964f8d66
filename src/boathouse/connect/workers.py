"""Threads that run calls and operations, kept for the next one."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from boathouse.connect.depth import start_thread

SPARE = 2
"""Threads started in advance: once the interpreter is leaving no new ones can be, and the client
still calls then.
"""


LONGEST_WAIT = 10.0
"""Seconds that `shutdown` waits for the threads."""


class Workers(Executor):
    """An executor of at most `most` daemon threads with deep stacks.

    Unlike the standard library's it still takes work while the interpreter shuts down: the client's
    exit hooks call a server that may live in the same process.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closed = False
        for _ in range(min(SPARE, most)):
            self._grow()

    def _grow(self) -> None:
        """One more thread; it counts as idle until it has taken work."""
        self._idle += 1
        try:
            self._threads.append(start_thread(self._work, name=self._name))
        except RuntimeError:
            # The interpreter is leaving: those that are there must do.
            self._idle -= 1

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run ``fn(*args, **kwargs)`` as soon as a thread is free."""
        future: Future[Any] = Future()
        with self._changed:
            if self._closed:
                raise RuntimeError(self._name)
            self._waiting.append((future, lambda: fn(*args, **kwargs)))
            if len(self._waiting) > self._idle and len(self._threads) < self._most:
                self._grow()
            self._changed.notify()
        return future

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    if self._closed:
                        return
                    self._changed.wait()
                future, call = self._waiting.popleft()
                self._idle -= 1
            if future.set_running_or_notify_cancel():
                _settle(future, call)
            del future, call
            with self._changed:
                self._idle += 1

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002
        """Take no more work; what waits is still done, or dropped with `cancel_futures`."""
        with self._changed:
            self._closed = True
            dropped = list(self._waiting) if cancel_futures else []
            if cancel_futures:
                self._waiting.clear()
            self._changed.notify_all()
        for future, _ in dropped:
            future.cancel()
        if wait:
            # They are daemons: work that does not end must not keep the process from ending.
            deadline = time.monotonic() + LONGEST_WAIT
            for thread in self._threads:
                if thread is not threading.current_thread():
                    thread.join(max(0.0, deadline - time.monotonic()))


def _settle(future: Future[Any], call: Callable[[], Any]) -> None:
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - the future carries it
        future.set_exception(error)
    else:
        future.set_result(result)
