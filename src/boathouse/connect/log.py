"""The responses of one operation, kept until the client has them, and bounded in bytes.

The producer waits when too much lies unread, so memory stays bounded whatever the result's size.
What was read is kept a little longer for a client that lost its connection (reattach).
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from typing import Any, NamedTuple

from boathouse.errors.exceptions import SparkError

AHEAD = 16 * 1024 * 1024
"""Bytes that may lie unread before the producer waits."""

BEHIND = 10 * 1024 * 1024
"""Bytes that are kept after they were read, for a client that reattaches."""


class Entry(NamedTuple):
    """A kept response."""

    number: int
    size: int
    response: Any


class ResponseLog:
    """A queue of responses with one producer and at most one consumer, which may be replaced."""

    def __init__(self, *, keeps: bool, ahead: int = AHEAD, behind: int = BEHIND) -> None:
        self._changed = threading.Condition()
        self._entries: deque[Entry] = deque()
        self._keeps = keeps
        self._limits = (ahead, behind)
        self._first_unread = 0
        self._next = 0
        self._unread_bytes = 0
        self._read_bytes = 0
        self._consumer = 0
        self.stopped = False
        self.ended = False
        self.error: BaseException | None = None
        # Ids carry their index, so that one long forgotten is told from one never given.
        self._stem = secrets.token_hex(8)

    def _id(self, index: int) -> str:
        stem = self._stem
        return (
            f"{stem[:8]}-{stem[8:12]}-{stem[12:]}-{index >> 48:04x}-{index & 0xFFFFFFFFFFFF:012x}"
        )

    def _index(self, id: str) -> int:
        """The index in a response id; INVALID_CURSOR if it is none of ours."""
        digits = id.replace("-", "")
        if len(digits) == 32 and digits.startswith(self._stem):
            index = int(digits[16:], 16)
            if index < self._next:
                return index
        raise SparkError("INVALID_CURSOR.POSITION_NOT_FOUND", responseId=id)

    # ---- the producer's side ------------------------------------------------------------------

    def append(self, response: Any, *, wait: bool = True) -> bool:
        """Add `response`, with an id, when there is room; False once nobody reads any more."""
        with self._changed:
            while wait and self._unread_bytes > self._limits[0] and not self.stopped:
                self._changed.wait()
            if self.stopped or self.ended:
                return False
            response.response_id = self._id(self._next)
            entry = Entry(self._next, response.ByteSize(), response)
            self._entries.append(entry)
            self._next += 1
            self._unread_bytes += entry.size
            self._changed.notify_all()
            return True

    def end(self, error: BaseException | None = None) -> None:
        """No more responses; readers get `error` after the last one."""
        with self._changed:
            if not self.ended:
                self.ended, self.error = True, error
            self._changed.notify_all()

    def stop(self) -> None:
        """Let a waiting producer go: what it adds from now on is dropped."""
        with self._changed:
            self.stopped = True
            self._changed.notify_all()

    # ---- the consumer's side ------------------------------------------------------------------

    def attach(self, last_response_id: str | None = None) -> tuple[int, int]:
        """Become the consumer, after the response of that id or from the start: (token, index).

        A consumer that was there before gets INVALID_CURSOR.DISCONNECTED.
        """
        with self._changed:
            index = 0 if last_response_id is None else self._index(last_response_id) + 1
            self._require(index)
            self._consumer += 1
            self._changed.notify_all()
            return self._consumer, index

    def _require(self, index: int) -> None:
        """INVALID_CURSOR.POSITION_NOT_AVAILABLE if the response at `index` was dropped already."""
        oldest = self._entries[0].number if self._entries else self._next
        if index < oldest:
            raise SparkError(
                "INVALID_CURSOR.POSITION_NOT_AVAILABLE", index=index, responseId=self._id(index)
            )

    def detach(self, token: int) -> None:
        """The consumer is gone; a reader with `token` gets nothing more."""
        with self._changed:
            if token == self._consumer:
                self._consumer += 1
            self._changed.notify_all()

    def read(self, token: int, index: int, timeout: float | None = None) -> Any:
        """The response at `index`, waiting for it: None after `timeout` seconds, or at the end
        (`ended`) when no error came. Asking for one means that those before it have been sent.
        """
        with self._changed:
            if token == self._consumer:
                self._advance(index)
            self._changed.wait_for(
                lambda: token != self._consumer or index < self._next or self.ended, timeout
            )
            if token != self._consumer:
                raise SparkError("INVALID_CURSOR.DISCONNECTED")
            if index >= self._next:
                if self.ended and self.error is not None:
                    raise self.error
                return None
            self._require(index)
            return self._entries[index - self._entries[0].number].response

    def is_over(self, index: int) -> bool:
        """Whether nothing is or will be at `index`."""
        return self.ended and index >= self._next

    def _advance(self, index: int) -> None:
        """Count what lies before `index` as read, and drop what need not be kept."""
        if not self._entries:
            return
        oldest = self._entries[0].number
        while self._first_unread < index:
            size = self._entries[self._first_unread - oldest].size
            self._unread_bytes -= size
            self._read_bytes += size
            self._first_unread += 1
        behind = self._limits[1] if self._keeps else -1
        while self._entries and self._entries[0].number < index and self._read_bytes > behind:
            self._read_bytes -= self._entries.popleft().size
        self._changed.notify_all()

    def release_until(self, response_id: str) -> None:
        """Drop the responses up to and including that one."""
        with self._changed:
            index = self._index(response_id)
            while self._entries and self._entries[0].number <= index:
                entry = self._entries.popleft()
                if entry.number < self._first_unread:
                    self._read_bytes -= entry.size
                else:
                    self._unread_bytes -= entry.size
                    self._first_unread = entry.number + 1
            self._changed.notify_all()

    @property
    def bytes_held(self) -> int:
        """What the log holds now."""
        with self._changed:
            return self._unread_bytes + self._read_bytes
