"""The TPC benchmarks as tests see them: folders of data, query texts, and Spark's captured answers."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.spark.answer import row_lines, schema_lines

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

HERE: Final = Path(__file__).parent
DATA: Final = HERE.parents[1] / "data" / "tpc"
# The environment of requirements/tpc.in.
ENVIRONMENT: Final = Path(os.environ.get("BOATHOUSE_TPC", HERE.parents[1] / ".venv-tpc"))
GENERATOR: Final = ENVIRONMENT / "bin" / "python"
# Spark adds doubles in another order: stddev and the like agree to about 15 digits.
TOLERANCE: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`tpch` or `tpcds`: where its data lies and what its queries are."""

    name: str
    queries: int

    @property
    def folder(self) -> Path:
        """Where `generate.py` put tables and texts."""
        return DATA / self.name

    def generate(self) -> bool:
        """Make data and texts unless they are there; False where nothing is there to make them."""
        if not (self.folder / "queries.json").exists() and GENERATOR.exists():
            command = [str(GENERATOR), str(HERE / "generate.py"), str(DATA)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return (self.folder / "queries.json").exists()

    def texts(self) -> dict[int, str]:
        """The query texts by number."""
        texts = json.loads((self.folder / "queries.json").read_text())
        return {int(number): text for number, text in texts.items()}

    def answer_file(self, number: int) -> Path:
        """Where the answer to a query is kept."""
        return HERE / "answers" / self.name / f"q{number:02}.txt"

    def register(self, session: SparkSession) -> dict[str, DataFrame]:
        """Every table as a temporary view of `session`; the same as DataFrames by name."""
        tables = {}
        for file in sorted(self.folder.glob("*.parquet")):
            tables[file.stem] = session.read.parquet(str(file))
            tables[file.stem].createOrReplaceTempView(file.stem)
        return tables


TPCH: Final = Benchmark("tpch", 22)
TPCDS: Final = Benchmark("tpcds", 99)


def result_lines(frame: DataFrame) -> list[str]:
    """Schema and rows of `frame` in the form of the answers."""
    schema = frame.schema
    return [*schema_lines(schema), *row_lines(schema, frame.collect())]


def difference(expected: list[str], actual: list[str]) -> str | None:
    """The first line that differs, or None. DOUBLE columns may differ by TOLERANCE, all else not at all."""
    if "rows" not in actual or expected.index("rows") != actual.index("rows"):
        return f"columns differ: expected {expected[:40]}, actual {actual[:40]}"
    start = expected.index("rows")
    doubles = [line.endswith((" DOUBLE", " DOUBLE NOT NULL")) for line in expected[1:start]]
    for number, (left, right) in enumerate(zip(expected, actual, strict=False)):
        same = left == right or (number > start and _rows_close(left, right, doubles))
        if not same:
            return f"line {number + 1}\n  expected {left}\n  actual   {right}"
    if len(expected) != len(actual):
        return f"expected {len(expected) - start - 1} rows, actual {len(actual) - start - 1}"
    return None


def _rows_close(left: str, right: str, doubles: list[bool]) -> bool:
    expected, actual = re.split(r" \| ", left.strip()), re.split(r" \| ", right.strip())
    if not len(expected) == len(actual) == len(doubles):
        return False
    return all(
        one == other or (is_double and _close(one, other))
        for one, other, is_double in zip(expected, actual, doubles, strict=True)
    )


def _close(one: str, other: str) -> bool:
    try:
        left, right = float(one), float(other)
    except ValueError:
        return False
    return abs(left - right) <= TOLERANCE * max(abs(left), abs(right))
