"""Asks a real Spark for the answers to TPC-H and TPC-DS and writes them to answers/.

    python -m tests.tpc.capture [tpch|tpcds [NUMBER ...]]

Needs the data (`generate.py`); runs where `tests.spark.capture` runs, with 4 GB for the driver.
"""

from __future__ import annotations

import os
import sys
import time

from pyspark.sql.connect.session import SparkSession

from tests.spark.capture import connector
from tests.tpc.benchmark import TPCDS, TPCH, Benchmark, result_lines


def main(arguments: list[str]) -> int:
    """Capture the queries asked for; 1 where one failed."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    connect = connector()
    chosen = [benchmark for benchmark in (TPCH, TPCDS) if benchmark.name in arguments[:1]]
    numbers = [int(word) for word in arguments[1:]]
    return max(capture(benchmark, connect(), numbers) for benchmark in chosen or [TPCH, TPCDS])


def capture(benchmark: Benchmark, session: SparkSession, numbers: list[int]) -> int:
    """Answer the queries `numbers` of `benchmark`, all where none is named; 1 where one failed."""
    benchmark.register(session)
    failed = 0
    for number, text in benchmark.texts().items():
        if numbers and number not in numbers:
            continue
        started = time.monotonic()
        try:
            lines = result_lines(session.sql(text))
        except Exception as error:  # noqa: BLE001 - one failing query must not lose the others
            failed = 1
            print(f"{benchmark.name} {number}: {str(error).split('JVM stacktrace')[0][:1500]}")
            continue
        file = benchmark.answer_file(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n")
        rows = len(lines) - lines.index("rows") - 1
        print(
            f"{benchmark.name} {number}: {rows} rows, {time.monotonic() - started:.1f} s",
            flush=True,
        )
    session.stop()
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
