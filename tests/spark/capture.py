"""Asks a real Spark for the answers of `.test` files and writes them into the files.

    python -m tests.spark.capture                 files changed since the last commit, or with open cases
    python -m tests.spark.capture FILE ...        every case of these files
    python -m tests.spark.capture --missing ...   only the cases that have no answer yet
    python -m tests.spark.capture --check ...     writes nothing, says what would change

Runs in the environment of requirements/spark.in. The server is the one at SPARK_REMOTE
(`sc://host:port`), or else a Spark started for the occasion, which needs a JVM.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql.connect.session import SparkSession

HERE = Path(__file__).parent
LOCAL = {
    "spark.driver.memory": "2g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
}


def main(arguments: list[str]) -> int:
    """Capture, and say what was done; 1 where a case could not be answered or `--check` differs."""
    parser = argparse.ArgumentParser(prog="capture", description="Capture Spark's answers.")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--missing", action="store_true", help="only cases without an answer")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    files = options.files or changed_files()
    if not files:
        print("nothing to capture")
        return 0
    os.environ["TZ"] = "UTC"
    time.tzset()
    connect = connector()
    results = [
        capture(path, connect, missing=options.missing, check=options.check) for path in files
    ]
    return max(results)


def capture(path: Path, connect: Callable[[], SparkSession], *, missing: bool, check: bool) -> int:
    """Answer the cases of `path` and write it back; 1 where something failed or `check` differs."""
    from tests.spark import answer, format  # the client starts slowly: not for `--help`

    text = path.read_text()
    suite = format.parse(text, str(path))
    cases, failures = [], 0
    for case in suite.cases:
        if missing and case.answer:
            cases.append(case)
            continue
        session = connect()
        try:
            answer.prepare(session, suite)
            lines = answer.answer(session, case)
            # Rows in another order are no other answer, unless the order counts.
            same = case.answer and format.compare(case, lines) is None
            cases.append(case if same else format.with_answer(case, lines))
        except Exception as error:  # noqa: BLE001 - one bad case must not lose the others
            failures += 1
            cases.append(case)
            print(f"{path}:{case.line}: {case.title}: {type(error).__name__}: {str(error)[:500]}")
        finally:
            session.stop()
    written = format.print_suite(replace(suite, cases=tuple(cases)))
    changed = sum(one != other for one, other in zip(suite.cases, cases, strict=True))
    print(f"{path}: {len(cases)} cases, {changed} answers changed, {failures} failed")
    if check:
        return int(failures > 0 or changed > 0)
    if written != text:
        path.write_text(written)
    return int(failures > 0)


def connector() -> Callable[[], SparkSession]:
    """A function that opens a new session on the server of SPARK_REMOTE, or on a local Spark."""
    from pyspark.sql.connect.session import SparkSession

    remote = os.environ.get("SPARK_REMOTE") or start_spark()
    return lambda: SparkSession.builder.remote(remote).create()


def start_spark() -> str:
    """Start a Spark that lives as long as this process; gives its address."""
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client import DefaultChannelBuilder

    # A port of its own, so that several can run at once; the client knows only the usual one.
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    DefaultChannelBuilder.default_port = staticmethod(lambda: port)
    builder = SparkSession.builder.remote("local[1]")
    builder = builder.config("spark.connect.grpc.binding.port", str(port))
    for key, value in LOCAL.items():
        builder = builder.config(key, value)
    builder = builder.config("spark.sql.warehouse.dir", tempfile.mkdtemp())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the client cannot set again what the server started with
        endpoint = getattr(builder.getOrCreate().client._builder, "endpoint")  # noqa: B009
    del os.environ["SPARK_LOCAL_REMOTE"]  # or the first session that stops would stop Spark itself
    return f"sc://{endpoint}"


def changed_files() -> list[Path]:
    """The `.test` files that differ from the last commit or hold a case without an answer."""
    from tests.spark import format

    command = ["git", "status", "--porcelain", "--untracked-files=all", "--", str(HERE)]
    status = subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE)
    root = HERE.parents[1]
    changed = {root / line[3:] for line in status.stdout.splitlines() if line.endswith(".test")}
    every = sorted(HERE.rglob("*.test"))
    return [
        path
        for path in every
        if path in changed
        or any(not case.answer for case in format.parse(path.read_text(), str(path)).cases)
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
