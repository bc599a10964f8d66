"""Runs in .venv-bench: Sail executes the statements that stand in standard input as JSON, and prints
the rows of the last one as JSON.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import json
import os
import sys
from typing import Any


def main() -> None:
    """A server of its own, and a client for it."""
    os.environ.setdefault("SPARK_HOME", "/tmp")
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    server = SparkConnectServer()
    server.start(background=True)
    spark: Any = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}")
    spark = spark.getOrCreate()
    found: list[Any] = []
    for statement in json.load(sys.stdin):
        found = spark.sql(statement).collect()
    print(json.dumps([[str(value) for value in row] for row in found]), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
