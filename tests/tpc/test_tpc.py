"""TPC-H and TPC-DS through Boathouse: schema, nullability and rows as Spark gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import boathouse
from boathouse.demo import tpch
from tests.tpc.benchmark import TPCDS, TPCH, Benchmark, difference, result_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.slow

QUERIES = [
    pytest.param(benchmark, number, id=f"{benchmark.name}-{number}")
    for benchmark in (TPCH, TPCDS)
    for number in range(1, benchmark.queries + 1)
]


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    with boathouse.session() as session:
        session.conf.set("spark.sql.session.timeZone", "UTC")
        yield session


@pytest.fixture(scope="module")
def tables(spark: SparkSession) -> dict[str, dict[str, DataFrame]]:
    """The tables of each benchmark whose data is there, also registered as temporary views."""
    return {
        benchmark.name: benchmark.register(spark)
        for benchmark in (TPCH, TPCDS)
        if benchmark.is_generated
    }


def require(benchmark: Benchmark) -> None:
    if not benchmark.is_generated:
        pytest.skip(f"no data for {benchmark.name}: run tests/tpc/generate.py (`make tpc`)")


@pytest.mark.parametrize(("benchmark_of", "number"), QUERIES)
def test_query(spark: SparkSession, tables, benchmark_of: Benchmark, number: int) -> None:
    require(benchmark_of)
    expected = benchmark_of.answer_file(number).read_text().splitlines()
    actual = result_lines(spark.sql(benchmark_of.texts()[number]))
    found = difference(expected, actual)
    if found is not None:
        pytest.fail(found, pytrace=False)


@pytest.mark.parametrize("number", range(1, TPCH.queries + 1))
def test_tpch_as_dataframes(tables, number: int) -> None:
    require(TPCH)
    frame = tpch.QUERIES[number](tpch.Tables(**tables[TPCH.name]))
    expected = TPCH.answer_file(number).read_text().splitlines()
    actual = result_lines(frame)
    found = difference(_sorted(expected), _sorted(actual))
    if found is not None:
        pytest.fail(found, pytrace=False)


def _sorted(lines: list[str]) -> list[str]:
    start = lines.index("rows") + 1
    return [*lines[:start], *sorted(lines[start:])]
