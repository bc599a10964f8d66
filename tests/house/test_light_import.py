"""`import boathouse` costs next to nothing: command lines, plugins and workers all begin with it."""

import sys
from pathlib import Path

from tests.house.process import output_of

HEAVY = {
    "duckdb",
    "fastavro",
    "google",
    "grpc",
    "numpy",
    "pandas",
    "prompt_toolkit",
    "pyarrow",
    "pyspark",
}


def test_importing_boathouse_loads_nothing_heavy(root: Path):
    program = (
        "import sys, boathouse; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    code, output = output_of([sys.executable, "-c", program], root)
    assert code == 0, output
    assert not set(output.split()) & HEAVY


def test_boathouse_knows_its_version(root: Path):
    code, output = output_of(
        [sys.executable, "-c", "import boathouse; print(boathouse.__version__)"], root
    )
    assert (code, output.count(".")) == (0, 2), output


def test_session_stays_a_function_when_its_room_is_loaded(root: Path):
    program = "import boathouse, boathouse.session; print(callable(boathouse.session))"
    assert output_of([sys.executable, "-c", program], root) == (0, "True\n")
