"""The clients' sessions: opened when first named, closed when released or idle."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from boathouse.connect.contract import OpenSession, Session
from boathouse.connect.encode.failures import as_spark_error
from boathouse.errors.exceptions import SparkError
from boathouse.session.operations import Operations

_log = logging.getLogger(__name__)

ERRORS_KEPT = 100
"""How many errors a session keeps the details of."""

CLOSED_KEPT = 1000
"""How many closed sessions are remembered, so that a late request is told so."""

Key = tuple[str, str]
K = TypeVar("K")
V = TypeVar("V")


def keep_newest(mapping: OrderedDict[K, V], most: int) -> None:
    """Drop the oldest entries beyond `most`."""
    while len(mapping) > most:
        mapping.popitem(last=False)


def checked_uuid(text: str) -> str:
    """`text` if it is a UUID in its usual form, else INVALID_HANDLE.FORMAT."""
    try:
        if str(uuid.UUID(text)) == text.lower():
            return text
    except ValueError:
        pass
    raise SparkError("INVALID_HANDLE.FORMAT", handle=text)


@dataclass(slots=True)
class Guest:
    """A client's session as the door sees it; `server_id` tells the client that it is still this
    one.
    """

    key: Key
    session: Session
    server_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    operations: Operations = field(default_factory=Operations)
    used: float = field(default_factory=time.monotonic)
    _errors: OrderedDict[str, SparkError] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def id(self) -> str:
        """The id that the client gave."""
        return self.key[1]

    def remember(self, error: SparkError) -> str:
        """Keep `error` for FetchErrorDetails; its id."""
        id = str(uuid.uuid4())
        with self._lock:
            self._errors[id] = error
            keep_newest(self._errors, ERRORS_KEPT)
        return id

    def recall(self, error_id: str) -> SparkError | None:
        """The error kept under `error_id`, once."""
        with self._lock:
            return self._errors.pop(error_id, None)


class Sessions:
    """All open sessions. `on_close` hears of each before it is closed."""

    def __init__(self, open_session: OpenSession, on_close: Callable[[Guest], None]) -> None:
        self._open = open_session
        self._on_close = on_close
        self._lock = threading.Lock()
        self._guests: dict[Key, Guest] = {}
        self._closed: OrderedDict[Key, str] = OrderedDict()

    def find(self, user: str, id: str, observed: str = "") -> Guest:
        """The session, which must be open."""
        with self._lock:
            guest = self._guests.get((user, id))
            if guest is None:
                self._refuse_closed((user, id))
                raise SparkError("INVALID_HANDLE.SESSION_NOT_FOUND", handle=id)
        return self._used(guest, observed)

    def find_or_open(self, user: str, id: str, observed: str = "") -> Guest:
        """The session, opened now if the client has not used it yet."""
        checked_uuid(id)
        with self._lock:
            guest = self._guests.get((user, id))
            if guest is None:
                self._refuse_closed((user, id))
                if observed:
                    raise SparkError("INVALID_HANDLE.SESSION_CHANGED", handle=id)
                guest = Guest((user, id), self._open(user, id))
                self._guests[guest.key] = guest
        return self._used(guest, observed)

    def _refuse_closed(self, key: Key) -> None:
        if key in self._closed:
            raise SparkError("INVALID_HANDLE.SESSION_CLOSED", handle=key[1])

    def _used(self, guest: Guest, observed: str) -> Guest:
        if observed and observed != guest.server_id:
            raise SparkError("INVALID_HANDLE.SESSION_CHANGED", handle=guest.id)
        guest.used = time.monotonic()
        return guest

    def clone(self, source: Guest, new_id: str) -> Guest:
        """An independent session under `new_id` with the state of `source`."""
        key = (source.key[0], new_id)
        self._check_clone(key)
        clone = Guest(key, source.session.clone(new_id))
        with self._lock:
            if key not in self._guests:
                self._guests[key] = clone
                return clone
        clone.session.close()
        raise SparkError(
            "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_ALREADY_EXISTS", targetSessionId=new_id
        )

    def _check_clone(self, key: Key) -> None:
        id = key[1]
        try:
            checked_uuid(id)
        except SparkError as error:
            raise SparkError(
                "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_FORMAT", targetSessionId=id
            ) from error
        with self._lock:
            if key in self._closed:
                raise SparkError(
                    "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_ALREADY_CLOSED",
                    targetSessionId=id,
                )
            if key in self._guests:
                raise SparkError(
                    "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_ALREADY_EXISTS",
                    targetSessionId=id,
                )

    def close(self, user: str, id: str, *, allow_reconnect: bool = False) -> str:
        """Close the session if it is open; its server-side id, empty if there was none. Its id is
        not to be had again unless `allow_reconnect`.
        """
        key = (user, id)
        with self._lock:
            guest = self._guests.pop(key, None)
            if allow_reconnect:
                self._closed.pop(key, None)
            elif guest is not None:
                self._closed[key] = guest.server_id
                keep_newest(self._closed, CLOSED_KEPT)
        if guest is None:
            return ""
        guest.operations.interrupt_all()
        self._on_close(guest)
        try:
            guest.session.close()
        except Exception as error:  # noqa: BLE001 - the client is gone; nobody else would hear it
            as_spark_error(error)
        return guest.server_id

    def close_idle(self, seconds: float) -> None:
        """Close the sessions not used for so long that run nothing."""
        limit = time.monotonic() - seconds
        with self._lock:
            keys = [guest.key for guest in self._guests.values() if guest.used < limit]
            idle = [key for key in keys if not self._guests[key].operations.is_busy]
        for key in idle:
            _log.info("closing the idle session %s", key[1])
            self.close(*key)

    def close_all(self) -> None:
        """Close every session."""
        with self._lock:
            keys = list(self._guests)
        for key in keys:
            with contextlib.suppress(SparkError):
                self.close(*key)
