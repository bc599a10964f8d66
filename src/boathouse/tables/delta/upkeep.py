"""What is done for a table after a commit, out of the writer's way: checksum, checkpoint, and the
removal of log files that are past their retention.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import SparkError
from boathouse.tables.delta.checkpoint_writing import write_checkpoint, write_checksum
from boathouse.tables.delta.dropping import PROTECTED
from boathouse.tables.delta.log_files import commit_name, list_log
from boathouse.tables.delta.properties import Values

if TYPE_CHECKING:
    from boathouse.tables.delta.log import DeltaLog
    from boathouse.tables.delta.snapshot import Snapshot

_DAY = 86_400_000
_LOG = logging.getLogger(__name__)


class Upkeep:
    """A thread that looks after tables. A failure here is logged and harms no commit."""

    def __init__(self) -> None:
        """Nothing runs before the first commit."""
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def committed(self, log: DeltaLog, version: int, *, checkpoints: bool = True) -> None:
        """Version `version` was committed: do what is due, later; of `checkpoints` only if told."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "delta-upkeep")
            with contextlib.suppress(RuntimeError):
                self._pool.submit(_look_after, log, version, checkpoints=checkpoints)

    def settle(self) -> None:
        """Wait for what is due: what it writes while a table's directory goes would be found by the
        next table of that name.
        """
        with self._lock:
            last = None if self._pool is None else self._pool.submit(lambda: None)
        if last is not None:
            last.result()  # there is one thread, which takes things in their order

    def close(self) -> None:
        """Finish what is due; nothing new is taken. Idempotent."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True)


def _look_after(log: DeltaLog, version: int, *, checkpoints: bool) -> None:
    try:
        look_after(log, version, checkpoints=checkpoints)
    except (SparkError, OSError) as error:
        _LOG.warning("upkeep of %s after version %d: %s", log.storage.uri, version, error)


def look_after(log: DeltaLog, version: int, *, checkpoints: bool = True) -> None:
    """Write what version `version` of a table is due."""
    newest = log.snapshot()
    if newest.version == version:
        write_checksum(newest, _transaction_of(newest))
    interval = Values(newest.properties).number("delta.checkpointInterval")
    if not checkpoints or version % interval or not version:
        return
    snapshot = newest if newest.version == version else log.snapshot(version)
    write_checkpoint(snapshot)
    if Values(snapshot.properties).flag("delta.enableExpiredLogCleanup"):
        clean_up(snapshot)


def _transaction_of(snapshot: Snapshot) -> str | None:
    """The id of the transaction that made the version."""
    first = snapshot.log.storage.read(commit_name(snapshot.version)).split(b"\n", 1)[0]
    return json.loads(first).get("commitInfo", {}).get("txnId")


def clean_up(
    snapshot: Snapshot, *, at: int | None = None, retention: int | None = None
) -> list[str]:
    """Remove the log files of versions that are past the table's retention (or another one, in
    milliseconds) and stand before a checkpoint from which all later ones can be had. The names of
    what was removed.
    """
    moment = time.time_ns() // 1_000_000 if at is None else at
    values = Values(snapshot.properties)
    kept = values.number("delta.logRetentionDuration")
    cutoff = (moment - kept) // _DAY * _DAY if retention is None else moment - retention
    storage = snapshot.log.storage
    files = list_log(storage)
    fresh = [v for v, entry in files.commits.items() if entry.modified > cutoff]
    first = min([*fresh, snapshot.version])
    bases = [c.version for c in files.checkpoints if c.version <= first]
    if not bases:
        return []
    base = max(bases)
    if base < values.number(PROTECTED):
        # What was set up for readers without a dropped feature goes all at once or not at all.
        return []
    removed: list[str] = []
    for entry in list(storage.entries("_delta_log", "0")):
        name = entry.name.rpartition("/")[2]
        digits = name[:20]
        if digits.isdigit() and int(digits) < base and entry.modified <= cutoff:
            storage.delete(entry.name)
            removed.append(entry.name)
    return removed
