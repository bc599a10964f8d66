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


def started(benchmark: Benchmark) -> Iterator[tuple[SparkSession, dict[str, DataFrame]]]:
    """A session with the tables of `benchmark`, also as temporary views."""
    if not benchmark.generate():
        pytest.skip("no data: needs the environment of requirements/tpc.in (`make test`)")
    with boathouse.session() as session:
        session.conf.set("spark.sql.session.timeZone", "UTC")
        yield session, benchmark.register(session)


@pytest.fixture(scope="module")
def on_tpch() -> Iterator[tuple[SparkSession, dict[str, DataFrame]]]:
    yield from started(TPCH)


@pytest.fixture(scope="module")
def on_tpcds() -> Iterator[tuple[SparkSession, dict[str, DataFrame]]]:
    yield from started(TPCDS)


def check(benchmark: Benchmark, number: int, frame: DataFrame, *, ordered: bool = True) -> None:
    expected = benchmark.answer_file(number).read_text().splitlines()
    actual = result_lines(frame)
    if not ordered:
        expected, actual = rows_sorted(expected), rows_sorted(actual)
    found = difference(expected, actual)
    if found is not None:
        pytest.fail(found, pytrace=False)


def rows_sorted(lines: list[str]) -> list[str]:
    start = lines.index("rows") + 1
    return [*lines[:start], *sorted(lines[start:])]


@pytest.mark.parametrize("number", range(1, TPCH.queries + 1))
def test_tpch(on_tpch, number: int) -> None:
    spark, _ = on_tpch
    check(TPCH, number, spark.sql(TPCH.texts()[number]))


@pytest.mark.parametrize("number", range(1, TPCH.queries + 1))
def test_tpch_as_dataframes(on_tpch, number: int) -> None:
    # Rows that the specification leaves tied may come in any order here.
    _, tables = on_tpch
    frame = tpch.QUERIES[number](tpch.Tables(**tables))
    check(TPCH, number, frame, ordered=False)


@pytest.mark.parametrize("number", range(1, TPCDS.queries + 1))
def test_tpcds(on_tpcds, number: int) -> None:
    spark, _ = on_tpcds
    check(TPCDS, number, spark.sql(TPCDS.texts()[number]))
