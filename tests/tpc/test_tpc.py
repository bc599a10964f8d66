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
    """The tables of both benchmarks, also registered as temporary views."""
    if not (TPCH.generate() and TPCDS.generate()):
        pytest.skip("no data: needs the environment of requirements/tpc.in (`make test`)")
    return {benchmark.name: benchmark.register(spark) for benchmark in (TPCH, TPCDS)}


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(("of", "number"), QUERIES)
def test_query(spark: SparkSession, of: Benchmark, number: int) -> None:
    expected = of.answer_file(number).read_text().splitlines()
    actual = result_lines(spark.sql(of.texts()[number]))
    found = difference(expected, actual)
    if found is not None:
        pytest.fail(found, pytrace=False)


@pytest.mark.parametrize("number", range(1, TPCH.queries + 1))
def test_tpch_as_dataframes(tables, number: int) -> None:
    frame = tpch.QUERIES[number](tpch.Tables(**tables[TPCH.name]))
    expected = TPCH.answer_file(number).read_text().splitlines()
    actual = result_lines(frame)
    found = difference(_sorted(expected), _sorted(actual))
    if found is not None:
        pytest.fail(found, pytrace=False)


def _sorted(lines: list[str]) -> list[str]:
    start = lines.index("rows") + 1
    return [*lines[:start], *sorted(lines[start:])]
