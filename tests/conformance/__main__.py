"""Prints how many examples in the documentation of PySpark's client Boathouse answers as they say.

    python -m tests.conformance                      every module
    python -m tests.conformance dataframe column     these
    python -m tests.conformance --failures           also what was wanted and what was told
    python -m tests.conformance --remote sc://...    ask another server, a real Spark say

The examples are read from the installed client. What needs a later part of Boathouse is counted
apart, by reason (see later.py).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.conformance.examples import MODULES, Failure, Tally

TIMEOUT: Final = 240
"""Seconds that the examples of one module may take."""
_ROW: Final = "{:<12} {:>9} {:>7} {:>7} {:>7}   {}"


def main(arguments: list[str]) -> int:
    """Print the table; 1 where less than `--least` percent of the examples pass."""
    parser = argparse.ArgumentParser(prog="conformance", description="Run PySpark's own examples.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(MODULES))
    parser.add_argument("--failures", action="store_true", help="print each example that fails")
    parser.add_argument("--remote", help="the server to ask, sc://host:port")
    parser.add_argument("--least", type=float, default=0.0, help="percent that must pass")
    options = parser.parse_args(arguments)
    tallies = [examined(name, options.remote) for name in options.modules or MODULES]
    if options.failures:
        for tally in tallies:
            for failure in tally.failures:
                print(failure_text(failure))
    print(table_text(tallies))
    return int(share(tallies) < options.least)


def examined(name: str, remote: str | None = None) -> Tally:
    """What the examples of a module do, in a process of their own: they change much in it."""
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-m", "tests.conformance.examples", name]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command if remote is None else [*command, remote],
            check=False,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stderr}")
    told = json.loads(done.stdout.splitlines()[-1])
    return Tally(**{**told, "failures": [Failure(**failure) for failure in told["failures"]]})


def share(tallies: list[Tally]) -> float:
    """The percentage of examples that pass, among those that are not later."""
    passed = sum(tally.passed for tally in tallies)
    return 100.0 * passed / max(1, passed + sum(len(tally.failures) for tally in tallies))


def table_text(tallies: list[Tally]) -> str:
    """One line for each module, and one for all."""
    lines = [_ROW.format("module", "examples", "passed", "failed", "%", "later")]
    lines += [_line(tally.module, [tally]) for tally in tallies]
    return "\n".join([*lines, _line("all", tallies)])


def _line(name: str, tallies: list[Tally]) -> str:
    passed = sum(tally.passed for tally in tallies)
    failed = sum(len(tally.failures) for tally in tallies)
    later: dict[str, int] = {}
    for tally in tallies:
        for reason, count in tally.later.items():
            later[reason] = later.get(reason, 0) + count
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(later.items()))
    return _ROW.format(
        name, passed + failed, passed, failed, f"{share(tallies):.1f}", told
    ).rstrip()


def failure_text(failure: Failure) -> str:
    """An example, what it says, and what was told."""
    parts = (("wanted", failure.want), ("told", failure.got))
    told = (
        f"  {title}:\n" + "".join(f"    {line}\n" for line in text.splitlines())
        for title, text in parts
    )
    return f"== {failure.test}\n    {failure.source.strip()}\n" + "".join(told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
