"""What a real Spark says: a JVM that stays up, and a file of answers so that it is asked once."""

from __future__ import annotations

import json
import os
import select
import sqlite3
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from tests.differential.cases import Case

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_OPEN = (
    *("java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio"),
    *("java.util", "java.util.concurrent", "java.util.concurrent.atomic"),
    *("sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar"),
)
"""Packages of Java that Spark looks into."""
_PATIENCE = 120
"""Seconds that Spark has for an answer."""


class Spark:
    """Answers of Spark, from `file` where they are known; the JVM starts when one is not."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._known = sqlite3.connect(file, timeout=60)
        self._known.execute(
            "CREATE TABLE IF NOT EXISTS answers (question TEXT PRIMARY KEY, answer TEXT)"
        )
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._known.close()
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait(60)
            self._process.stdout.close()

    def answer(self, case: Case) -> dict[str, Any]:
        """What Spark answers to `case`: schema and rows, or condition, state, parameters, fragment."""
        question = json.dumps(
            {"sql": case.sql, "settings": dict(case.settings)}, ensure_ascii=False
        )
        found = self._known.execute(
            "SELECT answer FROM answers WHERE question = ?", (question,)
        ).fetchone()
        if found is not None:
            return json.loads(found[0])
        if self._process is None:
            self._process = _start()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        # Some plans keep its optimizer busy for hours.
        if select.select([self._process.stdout], [], [], _PATIENCE)[0]:
            answer = self._process.stdout.readline()
        else:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None
            answer = json.dumps({"condition": "NO_CONDITION no answer", "message": ""})
        if not answer:
            raise RuntimeError(f"the JVM is gone: {case.sql}")
        self._known.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (question, answer))
        self._known.commit()
        return json.loads(answer)


def _start() -> subprocess.Popen[str]:
    jars = str(next((ROOT / ".venv-spark/lib").glob("python*/site-packages/pyspark/jars"))) + "/*"
    classes = Path(tempfile.gettempdir()) / f"oracle-{os.getuid()}"
    subprocess.run(
        ["javac", "-nowarn", "-d", classes, "-cp", jars, HERE / "Oracle.java"], check=True
    )
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPEN]
    # The second compiler of the JVM costs more than it gives to code that runs once.
    options = ["-Xmx1500m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Duser.timezone=UTC"]
    return subprocess.Popen(
        ["java", *options, *opened, "-cp", f"{classes}:{jars}", "Oracle"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
