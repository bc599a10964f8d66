"""Common functions beside DuckDB's own words for them, on the same rows:

.venv/bin/python -m tests.bench.functions [ROWS [CASE...]]
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
    "lower": ("max(lower(kind))", "max(lower(kind))"),
    "trim": ("max(trim(name))", "max(trim(name))"),
    "length": ("max(length(name))", "max(length(name))"),
    "replace": ("max(replace(name, 'boat', 'ship'))", "max(replace(name, 'boat', 'ship'))"),
    "concat_ws": ("max(concat_ws('/', name, kind))", "max(concat_ws('/', name, kind))"),
    "startswith": (
        "count_if(startswith(name, 'boat-77'))",
        "count_if(starts_with(name, 'boat-77'))",
    ),
    "instr": ("max(instr(name, '7'))", "max(instr(name, '7'))"),
    "lpad": ("max(lpad(digits, 8, '0'))", "max(lpad(digits, 8, '0'))"),
    "month": ("max(month(day))", "max(month(day))"),
    "hour": ("max(hour(moment))", "max(hour(moment))"),
    "last_day": ("max(last_day(day))", "max(last_day(day))"),
    "add_months": ("max(add_months(day, 1))", "max(CAST(day + INTERVAL 1 MONTH AS DATE))"),
    "to_date by pattern": (
        "max(to_date(shown, 'yyyy-MM-dd'))",
        "max(CAST(strptime(shown, '%Y-%m-%d') AS DATE))",
    ),
    "timestamp to date": ("max(CAST(moment AS DATE))", "max(CAST(moment AS DATE))"),
    "unix_timestamp": ("max(unix_timestamp(moment))", "max(CAST(epoch(moment) AS BIGINT))"),
    "double to text": ("max(CAST(amount AS STRING))", "max(CAST(amount AS VARCHAR))"),
    "long double to text": ("max(CAST(share AS STRING))", "max(CAST(share AS VARCHAR))"),
    "float to text": ("max(CAST(single AS STRING))", "max(CAST(single AS VARCHAR))"),
    "decimal to text": ("max(CAST(price AS STRING))", "max(CAST(price AS VARCHAR))"),
    "date to text": ("max(CAST(day AS STRING))", "max(CAST(day AS VARCHAR))"),
    "timestamp to text": ("max(CAST(moment AS STRING))", "max(CAST(moment AS VARCHAR))"),
    "text to timestamp": ("max(CAST(told AS TIMESTAMP))", "max(CAST(told AS TIMESTAMP))"),
    "text to decimal": (
        "max(CAST(digits AS DECIMAL(12,2)))",
        "max(CAST(digits AS DECIMAL(12,2)))",
    ),
    "double to int": ("max(CAST(amount AS INT))", "max(CAST(trunc(amount) AS INTEGER))"),
    "long to int": ("max(CAST(large AS INT))", "max(CAST(large AS INTEGER))"),
    "int product": ("max(number * 3)", "max(number * 3)"),
    "long sum": ("max(large + number)", "max(large + number)"),
    "div": ("max(large DIV 7)", "max(large // 7)"),
    "modulo": ("max(large % 7)", "max(large % 7)"),
    "abs": ("max(abs(number))", "max(abs(number))"),
    "floor": ("max(floor(amount))", "max(CAST(floor(amount) AS BIGINT))"),
    "sqrt": ("max(sqrt(amount))", "max(sqrt(amount))"),
    "greatest": ("max(greatest(number, large))", "max(greatest(number, large))"),
    "double division": ("max(amount / 7)", "max(amount / 7)"),
    "decimal addition": ("max(price + rebate)", "max(price + rebate)"),
    "decimal division": ("max(price / 7.0)", "max(price / 7.0)"),
    "sum of ints": ("sum(number)", "sum(number)"),
    "sum of longs": ("sum(large)", "sum(large)"),
    "sum of doubles": ("sum(amount)", "sum(amount)"),
    "average of decimals": ("avg(price)", "avg(price)"),
    "stddev": ("stddev(amount)", "stddev(amount)"),
    "count distinct": ("count(DISTINCT number)", "count(DISTINCT number)"),
    "minimum of texts": ("min(name)", "min(name)"),
    "collect_list": ("size(collect_list(number))", "len(list(number))"),
    "array_contains": ("count_if(array_contains(parts, 3))", "count_if(list_contains(parts, 3))"),
    "array element": ("max(parts[1])", "max(parts[2])"),
    "explode": (
        "max(part) FROM (SELECT explode(parts) AS part FROM rows)",
        "max(part) FROM (SELECT unnest(parts) AS part FROM rows)",
    ),
    "transform": (
        "max(size(transform(parts, x -> x + 1)))",
        "max(len(list_transform(parts, lambda x: x + 1)))",
    ),
    "row_number": (
        "max(n) FROM (SELECT row_number() OVER (PARTITION BY number ORDER BY large) AS n FROM rows)",
        "max(n) FROM (SELECT row_number() OVER (PARTITION BY number ORDER BY large) AS n FROM rows)",
    ),
    "lag": (
        "max(n) FROM (SELECT lag(large) OVER (PARTITION BY number ORDER BY large) AS n FROM rows)",
        "max(n) FROM (SELECT lag(large) OVER (PARTITION BY number ORDER BY large) AS n FROM rows)",
    ),
    "group by": (
        "max(n) FROM (SELECT sum(large) AS n FROM rows GROUP BY number)",
        "max(n) FROM (SELECT sum(large) AS n FROM rows GROUP BY number)",
    ),
    "get_json_object": (
        "max(get_json_object(document, '$.a'))",
        "max(json_extract_string(document, '$.a'))",
    ),
    "from_json": (
        "max(from_json(document, 'a INT, b STRING').b)",
        """max(json_transform(document, '{"a": "INTEGER", "b": "VARCHAR"}').b)""",
    ),
    "md5": ("max(md5(name))", "max(md5(name))"),
    "sha2": ("max(sha2(name, 256))", "max(sha256(name))"),
    "xxhash64": ("max(xxhash64(name))", "max(hash(name))"),
    "hash": ("max(hash(name))", "max(hash(name))"),
}
"""For each the question in Spark's words, and in DuckDB's."""

_ROWS = """
SELECT 'boat-' || i AS name, CASE i % 3 WHEN 0 THEN 'brig' WHEN 1 THEN 'sloop' ELSE 'ketch' END
    AS kind, TIMESTAMP '2020-01-01' + to_seconds(i * 7) AS moment,
  DATE '2020-01-01' + CAST(i % 3000 AS INTEGER) AS day, CAST(i % 100000 AS VARCHAR) AS digits,
  CAST(DATE '2020-01-01' + CAST(i % 3000 AS INTEGER) AS VARCHAR) AS shown,
  CAST(i % 1000 AS INTEGER) AS number, CAST(i % 10000 / 100 AS DECIMAL(12,2)) AS price,
  CAST(i % 10 / 100 AS DECIMAL(12,2)) AS rebate,
  CASE WHEN i % 5 > 0 THEN CAST(i AS BIGINT) END AS maybe,
  i AS large, i / 16 AS amount, i / 7 AS share, CAST(i / 7 AS FLOAT) AS single,
  [i % 5, i % 7, i % 11] AS parts,
  '{{"a": ' || i % 1000 || ', "b": "boat ' || i % 77 || '"}}' AS document,
  CAST(TIMESTAMP '2020-01-01' + to_seconds(i % 5000000) AS VARCHAR) AS told
FROM range({rows}) t(i)
"""


def _seconds(ask: Callable[[], object]) -> float:
    start = time.perf_counter()
    ask()
    return time.perf_counter() - start


def _query(words: str) -> str:
    return f"SELECT {words}" if " FROM " in words else f"SELECT {words} FROM rows"


def measure(rows: int, cases: list[str]) -> dict[str, tuple[float, float]]:
    """Seconds of each case, ours and DuckDB's: medians of rounds that take turns."""
    found: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as place, boathouse.session() as spark:
        file = Path(place) / "rows.parquet"
        own = duckdb.connect()
        own.execute(f"COPY ({_ROWS.format(rows=rows)}) TO '{file}' (FORMAT parquet)")
        own.execute(f"CREATE VIEW rows AS SELECT * FROM '{file}'")
        spark.read.parquet(str(file)).createOrReplaceTempView("rows")
        for name in cases:
            ours, theirs = CASES[name]
            pairs = [
                (
                    _seconds(lambda ours=ours: spark.sql(_query(ours)).collect()),
                    _seconds(lambda theirs=theirs: own.execute(_query(theirs)).fetchall()),
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
    found = measure(rows, sys.argv[2:] or list(CASES))
    slow = [name for name, (ours, its) in found.items() if ours > MOST * its]
    print(f"within {MOST}: {len(found) - len(slow)} of {len(found)}; not: {', '.join(slow) or '-'}")


if __name__ == "__main__":
    main()
