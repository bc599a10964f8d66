"""Small questions: latency, start, memory, and plans of unusual size. One server process each."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.engines import HERE, ROOT, Engine
from tests.bench.process import usage

TIMEOUT = 300.0  # seconds
PROBES = {
    "collect": "range(1).collect(), median",
    "with_columns": "2,000 withColumn",
    "or_terms": "OR of 5,000 terms",
    "in_list": "IN list of 100,000",
    "wide": "table of 2,000 columns",
    "unions": "500 unions",
    "to_arrow": "toArrow() of 30 M rows",
    "iterated": "toLocalIterator() of 30 M rows",
}
MEMORY = ("to_arrow", "iterated")
"""The probes that also tell how much the server's memory grew."""

COLD = {
    "boathouse": "import boathouse; print(boathouse.session().range(1).collect())",
    "spark": (
        "from pyspark.sql import SparkSession as S;"
        "print(S.builder.master('local[2]').config('spark.ui.enabled','false').getOrCreate()"
        ".range(1).collect())"
    ),
    "sail": (
        "from pysail.spark import SparkConnectServer as C; from pyspark.sql import SparkSession as S;"
        "c=C(); c.start(background=True);"
        "print(S.builder.remote(f'sc://localhost:{c.listening_address[1]}').getOrCreate()"
        ".range(1).collect())"
    ),
}


@dataclass(slots=True)
class Findings:
    """What one engine showed: a text for each line of the report."""

    engine: Engine
    cells: dict[str, str] = field(default_factory=dict[str, str])


def measure(engines: Sequence[Engine], logs: Path, probes: Sequence[str]) -> list[Findings]:
    """All micro benchmarks of the engines that speak Spark."""
    found = [Findings(engine) for engine in engines if engine.name in COLD]
    for findings in found:
        print(f"{findings.engine.title}: cold start", flush=True)
        findings.cells["cold start to the first row"] = _cold(findings.engine)
        if findings.engine.name == "spark":
            _ask(findings, "local", None, [p for p in probes if p not in MEMORY])
        else:
            _with_server(findings, logs, probes)
    return found


def _environment(engine: Engine) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "SPARK_HOME"}
    # Other servers' clients do not start from `-c` without it.
    return kept | {"TZ": "UTC"} | ({"SPARK_HOME": "/tmp"} if engine.name == "sail" else {})


def _cold(engine: Engine) -> str:
    times: list[float] = []
    for _ in range(3):
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(engine.python), "-c", COLD[engine.name]],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            text=True,
            env=_environment(engine),
        )
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        seen = any("Row(" in line for line in lines)
        times.append(time.perf_counter() - start)
        process.stdout.close()
        process.wait(timeout=60)
        if not seen:
            return "FAILED"
    return f"{statistics.median(times):.2f} s"


def _with_server(findings: Findings, logs: Path, probes: Sequence[str]) -> None:
    name = findings.engine.name
    with (logs / f"server-{name}.log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(
            [str(findings.engine.python), str(HERE / "server.py"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=_environment(findings.engine),
        )
        assert server.stdout is not None
        assert server.stdin is not None
        url = server.stdout.readline().strip()
        try:
            if not url:
                findings.cells["idle server"] = "FAILED: it does not start"
                return
            time.sleep(1)
            findings.cells["idle server"] = f"{usage(server.pid).resident:.0f} MB"
            _ask(findings, url, server.pid, probes)
        finally:
            server.stdin.close()
            server.wait(timeout=30)
            server.stdout.close()


def _ask(findings: Findings, url: str, server: int | None, probes: Sequence[str]) -> None:
    python = findings.engine.python
    for probe in probes:
        print(f"{findings.engine.title}: {PROBES[probe]}", flush=True)
        watch = Growth(server) if server is not None and probe in MEMORY else None
        try:
            done = subprocess.run(
                [str(python), str(HERE / "probe.py"), url, probe],
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
                stdin=subprocess.DEVNULL,
                env=_environment(findings.engine),
            )
            text = _told(done.stdout)
        except subprocess.TimeoutExpired:
            text = f"FAILED: no answer within {TIMEOUT:.0f} s"
        if watch is not None:
            text += f", server +{watch.stop():.0f} MB"
        findings.cells[PROBES[probe]] = text


def _told(output: str) -> str:
    lines = output.strip().splitlines()
    answer = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    if "seconds" not in answer:
        return f"FAILED: {answer.get('error', 'the client ended')}"
    seconds = answer["seconds"]
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"


class Growth:
    """Watches how far a process grows beyond what it had."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._before = self._most = usage(process).resident
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            self._most = max(self._most, usage(self._process).resident)

    def stop(self) -> float:
        """The growth in megabytes."""
        self._done.set()
        self._thread.join()
        return self._most - self._before


def report(found: Sequence[Findings]) -> str:
    """The table as Markdown."""
    labels = list(dict.fromkeys(label for findings in found for label in findings.cells))
    lines = ["## Small questions", ""]
    lines.append(f"|  | {' | '.join(f.engine.title for f in found)} |")
    lines.append(f"| --- | {' | '.join('---:' for _ in found)} |")
    for label in labels:
        cells = [findings.cells.get(label, "-") for findings in found]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def compile_times() -> str:
    """How long Boathouse needs to bind, rewrite, lower and render TPC-DS; a paragraph."""
    done = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "python"), "-m", "tests.bench.compile"],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
        cwd=ROOT,
    )
    tail = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return "\n".join(tail if done.returncode == 0 else ["FAILED:", *tail[-1:]]) + "\n"
