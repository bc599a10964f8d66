"""Common functions beside DuckDB's own words for them, on the same rows:

.venv/bin/python -m tests.bench.functions [ROWS]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

import boathouse

ROUNDS = 5
MOST = 1.3
"""How much longer than DuckDB's word a function may take."""

CASES = {
    "substring": ("max(substring(name, 2, 5))", "max(substring(name, 2, 5))"),
    "upper": ("max(upper(name))", "max(upper(name))"),
    "concat": ("max(concat(name, '-', kind))", "max(name || '-' || kind)"),
    "like": ("count_if(name LIKE '%77%')", "count_if(name LIKE '%77%')"),
    "regexp_extract": (
        "max(regexp_extract(name, '([0-9]+)', 1))",
        "max(regexp_extract(name, '([0-9]+)', 1))",
    ),
    "regexp_replace": (
        "max(regexp_replace(name, '[0-9]', '#'))",
        "max(regexp_replace(name, '[0-9]', '#', 'g'))",
    ),
    "rlike": ("count_if(name RLIKE '7+5')", "count_if(regexp_matches(name, '7+5'))"),
    "split": ("max(size(split(name, '-')))", "max(len(string_split(name, '-')))"),
    "date_trunc": ("max(date_trunc('MONTH', moment))", "max(date_trunc('month', moment))"),
    "year": ("max(year(moment))", "max(year(moment))"),
    "date_add": ("max(date_add(day, 7))", "max(day + 7)"),
    "datediff": ("max(datediff(DATE'2026-01-01', day))", "max(DATE '2026-01-01' - day)"),
    "date_format": (
        "max(date_format(moment, 'yyyy-MM-dd'))",
        "max(strftime(moment, '%Y-%m-%d'))",
    ),
    "text to int": ("max(CAST(digits AS INT))", "max(CAST(digits AS INTEGER))"),
    "text to double": ("max(CAST(digits AS DOUBLE))", "max(CAST(digits AS DOUBLE))"),
    "int to text": ("max(CAST(number AS STRING))", "max(CAST(number AS VARCHAR))"),
    "text to date": ("max(CAST(shown AS DATE))", "max(CAST(shown AS DATE))"),
    "int addition": ("max(number + 1)", "max(number + 1)"),
    "division": ("max(number / 7)", "max(number / 7)"),
    "sum of decimals": ("sum(price)", "sum(price)"),
    "decimal product": (
        "sum(price * (1 - rebate))",
        "sum(price * CAST(1 - rebate AS DECIMAL(12,2)))",
    ),
    "average": ("avg(number)", "avg(number)"),
    "round": ("max(round(price, 1))", "max(round(price, 1))"),
    "coalesce": ("max(coalesce(maybe, 0))", "max(coalesce(maybe, 0))"),
    "case": (
        "sum(CASE WHEN number > 500 THEN 1 ELSE 0 END)",
        "sum(CASE WHEN number > 500 THEN 1 ELSE 0 END)",
    ),
}
"""For each the question in Spark's words, and in DuckDB's."""

_ROWS = """
SELECT 'boat-' || i AS name, CASE i % 3 WHEN 0 THEN 'brig' WHEN 1 THEN 'sloop' ELSE 'ketch' END
    AS kind, TIMESTAMP '2020-01-01' + to_seconds(i * 7) AS moment,
  DATE '2020-01-01' + CAST(i % 3000 AS INTEGER) AS day, CAST(i % 100000 AS VARCHAR) AS digits,
  CAST(DATE '2020-01-01' + CAST(i % 3000 AS INTEGER) AS VARCHAR) AS shown,
  CAST(i % 1000 AS INTEGER) AS number, CAST(i % 10000 / 100 AS DECIMAL(12,2)) AS price,
  CAST(i % 10 / 100 AS DECIMAL(12,2)) AS rebate,
  CASE WHEN i % 5 > 0 THEN CAST(i AS BIGINT) END AS maybe
FROM range({rows}) t(i)
"""


def _seconds(ask: Callable[[], object]) -> float:
    start = time.perf_counter()
    ask()
    return time.perf_counter() - start


def measure(rows: int) -> dict[str, tuple[float, float]]:
    """Seconds of each case, ours and DuckDB's: medians of rounds that take turns."""
    found: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as place, boathouse.session() as spark:
        file = Path(place) / "rows.parquet"
        own = duckdb.connect()
        own.execute(f"COPY ({_ROWS.format(rows=rows)}) TO '{file}' (FORMAT parquet)")
        own.execute(f"CREATE VIEW rows AS SELECT * FROM '{file}'")
        spark.read.parquet(str(file)).createOrReplaceTempView("rows")
        for name, (ours, theirs) in CASES.items():
            pairs = [
                (
                    _seconds(lambda ours=ours: spark.sql(f"SELECT {ours} FROM rows").collect()),
                    _seconds(
                        lambda theirs=theirs: own.execute(f"SELECT {theirs} FROM rows").fetchall()
                    ),
                )
                for _ in range(ROUNDS + 1)
            ][1:]
            mine, its = (statistics.median(side) for side in zip(*pairs, strict=True))
            found[name] = mine, its
            print(f"{name:18} {mine:7.3f} s  {its:7.3f} s  {mine / its:5.2f}", flush=True)
    return found


def main() -> None:
    """Print the table, and how many cases are within the limit."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    print(f"{rows} rows: Boathouse, DuckDB, ratio")
    found = measure(rows)
    slow = [name for name, (ours, its) in found.items() if ours > MOST * its]
    print(f"within {MOST}: {len(found) - len(slow)} of {len(found)}; not: {', '.join(slow) or '-'}")


if __name__ == "__main__":
    main()
