"""The service with its threads: those of calls, those of operations, and the one that tidies."""

from __future__ import annotations

import threading

from boathouse.connect.contract import OpenSession
from boathouse.connect.depth import lift_limits
from boathouse.connect.service import ConnectService
from boathouse.connect.workers import Workers

CALLS = 512
"""How many calls may be under way. A running query holds one, and an interrupt needs one more."""

OPERATIONS = 512
"""How many plans may run at once; more wait."""

TIDY_SECONDS = 15.0


class RunningService:
    """A service that takes calls until it is stopped; `calls` are the threads that they run in."""

    def __init__(self, open_session: OpenSession) -> None:
        """Ready; nothing is tidied before `start`."""
        lift_limits()
        self._operations = Workers(OPERATIONS, "boathouse-operation")
        self.service = ConnectService(open_session, self._operations)
        self.calls = Workers(CALLS, "boathouse-connect")
        self._stopping = threading.Event()
        self._door: object = None
        self._tidier = threading.Thread(target=self._tidy, name="boathouse-tidy", daemon=True)

    def start(self, door: object = None) -> None:
        """Tidy now and then. The `door` that leads here lives as long, whoever forgets it: gRPC
        closes one that is collected.
        """
        self._door = door
        self._tidier.start()

    def _tidy(self) -> None:
        while not self._stopping.wait(TIDY_SECONDS):
            self.service.tidy()

    @property
    def is_stopped(self) -> bool:
        """Whether it takes no more calls."""
        return self._stopping.is_set()

    def close_sessions(self) -> None:
        """Close all sessions, and tidy no more."""
        self._stopping.set()
        self.service.sessions.close_all()

    def stop(self) -> None:
        """Close all sessions, and wait for the threads. Idempotent."""
        self.close_sessions()
        self.calls.shutdown()
        self._operations.shutdown()
        if self._tidier.is_alive():
            self._tidier.join()
