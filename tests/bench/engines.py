"""The engines side by side, each in its environment."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.process import Worker

ROOT: Final = Path(__file__).parents[2]
HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine: its `name` for the worker, its `title`, the environment it lives in."""

    name: str
    title: str
    environment: str
    needs_java: bool = False

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return ROOT / self.environment / "bin" / "python"

    def missing(self) -> str | None:
        """Why it cannot take part; None if it can."""
        if not self.python.exists():
            return f"no {self.environment}"
        if self.needs_java and shutil.which("java") is None:
            return "no Java"
        return None

    def start(self, logs: Path) -> Worker:
        """A fresh process of it."""
        command = [str(self.python), str(HERE / "worker.py"), self.name]
        return Worker(command, logs / f"{self.name}.log", {"TZ": "UTC"})


ENGINES: Final[Sequence[Engine]] = (
    Engine("duckdb", "raw DuckDB", ".venv"),
    Engine("boathouse", "Boathouse", ".venv"),
    Engine("polars", "Polars", ".venv-bench"),
    Engine("sail", "Sail", ".venv-bench"),
    Engine("spark", "Spark", ".venv-spark", needs_java=True),
)
REFERENCE: Final = ENGINES[0]
"""Whose time is 1.00, and whose answers the others are held to."""
