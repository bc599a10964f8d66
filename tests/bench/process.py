"""A process under measurement: what it answers, and what it and its children use."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

TICKS: Final = os.sysconf("SC_CLK_TCK")
KILL_AFTER: Final = 10  # seconds


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU `seconds` so far, and resident megabytes now (`resident`) and at most (`peak`)."""

    seconds: float
    resident: float
    peak: float


def descendants(root: int) -> list[int]:
    """`root` and all processes below it."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it ended while we looked
        parent = int(text.rpartition(")")[2].split()[1])
        parents.setdefault(parent, []).append(int(folder.name))
    found, queue = [], [root]
    while queue:
        number = queue.pop()
        found.append(number)
        queue.extend(parents.get(number, ()))
    return found


def usage(root: int) -> Usage:
    """What `root` and all below it use. Peaks of several processes are added up."""
    seconds = resident = peak = 0.0
    for number in descendants(root):
        folder = Path("/proc") / str(number)
        try:
            times = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            status = (folder / "status").read_text(errors="replace")
        except OSError:
            continue
        seconds += (int(times[11]) + int(times[12]) + int(times[13]) + int(times[14])) / TICKS
        resident += _megabytes(status, "VmRSS")
        peak += _megabytes(status, "VmHWM")
    return Usage(seconds, resident, peak)


def _megabytes(status: str, key: str) -> float:
    for line in status.splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    return 0.0


class WorkerError(Exception):
    """The worker refused a request, did not answer in time, or is gone."""


class Worker:
    """A subprocess that answers one JSON line with another. Its own chatter goes to `log`."""

    def __init__(self, command: Sequence[str], log: Path, environment: dict[str, str]) -> None:
        self.log = log
        with log.open("w", encoding="utf-8") as errors:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                bufsize=1,
                env=_without_spark_home() | environment,
            )
        self._started = time.perf_counter()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def ask(self, timeout: float, **request: Any) -> dict[str, Any]:
        """The answer to `request`; WorkerError with its reason when there is none."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerError(self._ended()) from error
        ready, _, _ = select.select([self._process.stdout], [], [], timeout)
        if not ready:
            self.close()
            message = f"no answer within {timeout:.0f} s"
            raise WorkerError(message)
        line = self._process.stdout.readline()
        if not line:
            raise WorkerError(self._ended())
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer

    def _ended(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return f"ended: {lines[-1] if lines else 'without a word'}"

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def usage(self) -> Usage:
        """What it and its children use."""
        return usage(self.pid)

    def close(self) -> None:
        """End it and what it started."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        below = descendants(self.pid)
        try:
            self._process.wait(timeout=KILL_AFTER)
        except subprocess.TimeoutExpired:
            for number in below:
                _kill(number)
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def _without_spark_home() -> dict[str, str]:
    """This process's environment: a SPARK_HOME of the machine would be another Spark."""
    return {key: value for key, value in os.environ.items() if key != "SPARK_HOME"}


def _kill(number: int) -> None:
    try:
        os.kill(number, 9)
    except ProcessLookupError:
        return
