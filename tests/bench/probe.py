"""One question to a Spark server or a local Spark: `probe.py URL NAME`; prints one line of JSON.

URL is ``sc://...`` or ``local``. Each probe checks its own answer, so a wrong one is a failure.
"""

from __future__ import annotations

import importlib
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

ROWS = 30_000_000
DEPTH = 1_000_000
STACK = 512 * 2**20
"""The client itself recurses into deep plans: it is given room."""


def connected(url: str) -> Any:
    """The session behind `url`."""
    builder = importlib.import_module("pyspark.sql").SparkSession.builder
    if url != "local":
        return builder.remote(url).getOrCreate()
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.memory": "8g",
        "spark.log.level": "ERROR",
        "spark.driver.maxResultSize": "0",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.master(f"local[{os.cpu_count()}]").getOrCreate()


def check(actual: Any, expected: Any) -> None:
    """Refuse a wrong answer."""
    if actual != expected:
        message = f"{str(actual)[:100]} instead of {str(expected)[:100]}"
        raise AssertionError(message)


def functions() -> Any:
    """pyspark's functions."""
    return importlib.import_module("pyspark.sql.functions")


def collect(spark: Any) -> float:
    """The median of `spark.range(1).collect()`, in seconds."""
    times: list[float] = []
    for _ in range(300):
        start = time.perf_counter()
        rows = spark.range(1).collect()
        times.append(time.perf_counter() - start)
        check(rows[0].id, 0)
    return statistics.median(times[100:])


def timed(run: Callable[[Any], None]) -> Callable[[Any], float]:
    """How long `run` takes."""

    def measured(spark: Any) -> float:
        start = time.perf_counter()
        run(spark)
        return time.perf_counter() - start

    return measured


def with_columns(spark: Any) -> None:
    """A chain of 2,000 `withColumn`."""
    frame = spark.range(3)
    for number in range(2000):
        frame = frame.withColumn(f"c{number}", functions().lit(number))
    row = frame.collect()[2]
    check((len(row), row.id, row.c1999), (2001, 2, 1999))


def or_terms(spark: Any) -> None:
    """An OR of 5,000 terms, as text: the client cannot nest columns more than 100 deep."""
    condition = " OR ".join(f"id = {number * 2}" for number in range(5000))
    check(spark.range(100_000).where(condition).count(), 5000)


def in_list(spark: Any) -> None:
    """An IN list of 100,000 values."""
    id = functions().col("id")
    check(spark.range(300_000).where(id.isin(list(range(0, 300_000, 3)))).count(), 100_000)


def wide(spark: Any) -> None:
    """A table of 2,000 columns."""
    rows = [tuple(range(i, i + 2000)) for i in range(100)]
    frame = spark.createDataFrame(rows, [f"c{i}" for i in range(2000)])
    sums = frame.agg({f"c{i}": "sum" for i in range(2000)}).collect()[0]
    check(sums["sum(c1999)"], sum(range(1999, 2099)))
    check(len(frame.where("c0 > 50").select("*").collect()[0]), 2000)


def unions(spark: Any) -> None:
    """500 unions."""
    frame = spark.range(2)
    for _ in range(500):
        frame = frame.union(spark.range(2))
    check(frame.count(), 1002)


def big(spark: Any) -> Any:
    """30 million rows of two numbers and a text."""
    return spark.range(ROWS).selectExpr("id", "id * 2 AS twice", "concat('text ', id) AS text")


def to_arrow(spark: Any) -> None:
    """`toArrow()` of 30 million rows."""
    check(big(spark).toArrow().num_rows, ROWS)


def iterated(spark: Any) -> None:
    """`toLocalIterator()` of 30 million rows."""
    check(sum(1 for _ in big(spark).toLocalIterator()), ROWS)


PROBES: dict[str, Callable[[Any], float]] = {
    "collect": collect,
    "with_columns": timed(with_columns),
    "or_terms": timed(or_terms),
    "in_list": timed(in_list),
    "wide": timed(wide),
    "unions": timed(unions),
    "to_arrow": timed(to_arrow),
    "iterated": timed(iterated),
}


def main() -> None:
    """Print the answer of the probe that the command line names."""
    print(f"\n{json.dumps(answer())}", flush=True)


def answer() -> dict[str, Any]:
    """How long it took, or what went wrong."""
    try:
        return {"seconds": PROBES[sys.argv[2]](connected(sys.argv[1]))}
    except Exception as error:  # noqa: BLE001 - every failure is an answer
        first = str(error).strip().splitlines() or [""]
        return {"error": f"{type(error).__name__}: {first[0]}"[:300]}


if __name__ == "__main__":
    sys.setrecursionlimit(DEPTH)
    threading.stack_size(STACK)
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
    os._exit(0)
