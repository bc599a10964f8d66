"""One engine behind JSON lines; runs in that engine's own environment: `worker.py ENGINE`.

    {"do": "open", "folder": "data/..."}   -> {"seconds": ...}
    {"do": "query", "number": 1, "text": "SELECT ..."} -> {"seconds": ..., "rows": ..., "sum": ...}

Only what is installed everywhere may be imported at the top.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import re
import sys
import time
from pathlib import Path
from typing import Any


class DuckDB:
    """Raw DuckDB on Parquet."""

    def open(self, folder: Path) -> None:
        """A view for each file."""
        duckdb = importlib.import_module("duckdb")
        self.connection = duckdb.connect()
        for file in sorted(folder.glob("*.parquet")):
            self.connection.execute(f"CREATE VIEW {file.stem} AS FROM '{file}'")

    def query(self, number: int, text: str) -> Any:
        """The answer as Arrow."""
        return self.connection.sql(text).to_arrow_table()


class Polars:
    """Polars, lazily from Parquet, with its streaming engine and its own expressions."""

    def open(self, folder: Path) -> None:
        """Nothing is read yet."""
        polars = importlib.import_module("polars")
        sys.path.insert(0, str(Path(__file__).parent))
        self.queries = importlib.import_module("polars_queries").QUERIES
        self.tables = {
            file.stem: polars.scan_parquet(file) for file in sorted(folder.glob("*.parquet"))
        }

    def query(self, number: int, text: str) -> Any:
        """The answer as Arrow."""
        return self.queries[number](self.tables).collect(engine="streaming").to_arrow()


class Spark:
    """Anything that a PySpark session drives."""

    def session(self) -> Any:
        """The session; subclasses say where it comes from."""
        raise NotImplementedError

    def open(self, folder: Path) -> None:
        """A temporary view for each file."""
        self.spark = self.session()
        for file in sorted(folder.glob("*.parquet")):
            self.spark.read.parquet(str(file)).createOrReplaceTempView(file.stem)

    def query(self, number: int, text: str) -> Any:
        """The answer as Arrow."""
        return self.spark.sql(re.sub(r'"([^"]*)"', r"`\1`", text)).toArrow()


class JvmSpark(Spark):
    """Apache Spark in local mode, with as many threads as the others."""

    def session(self) -> Any:
        """A classic session."""
        sql = importlib.import_module("pyspark.sql")
        cores = os.cpu_count()
        builder = sql.SparkSession.builder.master(f"local[{cores}]").appName("bench")
        settings = {
            "spark.ui.enabled": "false",
            "spark.driver.memory": "8g",
            "spark.sql.shuffle.partitions": str(cores),
            "spark.sql.session.timeZone": "UTC",
            "spark.log.level": "ERROR",
        }
        for key, value in settings.items():
            builder = builder.config(key, value)
        return builder.getOrCreate()


class Sail(Spark):
    """Sail's Spark Connect server, in this process."""

    def session(self) -> Any:
        """A Spark Connect session."""
        self.server = importlib.import_module("pysail.spark").SparkConnectServer()
        self.server.start(background=True)
        _, port = self.server.listening_address
        sql = importlib.import_module("pyspark.sql")
        return sql.SparkSession.builder.remote(f"sc://localhost:{port}").getOrCreate()


class Boathouse(Spark):
    """Boathouse, in this process, through the unmodified client."""

    def session(self) -> Any:
        """A Spark Connect session."""
        return importlib.import_module("boathouse").session()


ENGINES = {
    "duckdb": DuckDB,
    "polars": Polars,
    "sail": Sail,
    "spark": JvmSpark,
    "boathouse": Boathouse,
}


def total(table: Any) -> float:
    """The sum of all numbers of an Arrow table: enough to see that two answers differ."""
    result = 0.0
    for column in table.columns:
        kind = str(column.type)
        if kind.startswith(("int", "uint", "float", "double", "decimal")):
            values = [float(value) for value in column.to_pylist() if value is not None]
            result += sum(value for value in values if math.isfinite(value))
    return result


def answer(engine: Any, request: dict[str, Any]) -> dict[str, Any]:
    """What a request gives."""
    start = time.perf_counter()
    if request["do"] == "open":
        engine.open(Path(request["folder"]))
        return {"seconds": time.perf_counter() - start}
    table = engine.query(request["number"], request["text"])
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "rows": table.num_rows, "sum": total(table)}


def main() -> None:
    """Answer until the input ends. What engines print must not disturb the answers."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    engine = ENGINES[sys.argv[1]]()
    for line in sys.stdin:
        try:
            result = answer(engine, json.loads(line))
        except Exception as error:  # noqa: BLE001 - every failure is an answer
            first = str(error).strip().splitlines() or [""]
            result = {"error": f"{type(error).__name__}: {first[0]}"[:300]}
        answers.write(json.dumps(result) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    # Engines leave threads and servers behind that nobody needs any more.
    os._exit(0)
