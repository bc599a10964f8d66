"""Long IN lists: the same rows in the same order as short ones, whatever the type."""

import datetime
from collections.abc import Iterator
from decimal import Decimal

import pytest
from pyspark.sql import Column, SparkSession
from pyspark.sql.functions import col, expr, isnull, lit

import boathouse


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    with boathouse.session() as session:
        session.conf.set("spark.sql.session.timeZone", "UTC")
        yield session


MANY = range(5, 500)
DAY = datetime.date(2020, 1, 1)

CASES = {
    "BIGINT": ("id", list(MANY)),
    "INT": ("CAST(id AS INT)", list(MANY)),
    "DOUBLE": ("CAST(id AS DOUBLE)", [float(n) for n in MANY]),
    "STRING": ("CAST(id AS STRING)", [str(n) for n in MANY]),
    "BINARY": ("CAST(CAST(id AS STRING) AS BINARY)", [str(n).encode() for n in MANY]),
    "DATE": (
        "date_add(DATE'2020-01-01', CAST(id AS INT))",
        [DAY + datetime.timedelta(days=n) for n in MANY],
    ),
    "DECIMAL": ("CAST(id AS DECIMAL(5,2))", [Decimal(n) for n in MANY]),
}


def kept(spark: SparkSession, condition: Column) -> list[int]:
    return [row[0] for row in spark.range(10).where(condition).collect()]


@pytest.mark.parametrize(("text", "values"), CASES.values(), ids=CASES)
def test_every_type(spark, text, values):
    assert kept(spark, expr(text).isin(values)) == [5, 6, 7, 8, 9]


def test_three_values_of_logic(spark):
    id = col("id")
    assert kept(spark, id.isin([*MANY, None])) == [5, 6, 7, 8, 9]
    assert kept(spark, ~id.isin([*MANY])) == [0, 1, 2, 3, 4]
    assert kept(spark, ~id.isin([*MANY, None])) == []
    assert kept(spark, isnull(id.isin([*MANY, None]))) == [0, 1, 2, 3, 4]
    assert kept(spark, lit(None).cast("bigint").isin([*MANY])) == []


def test_inside_other_conditions(spark):
    id = col("id")
    assert kept(spark, (id == 1) | id.isin([*MANY])) == [1, 5, 6, 7, 8, 9]
    assert kept(spark, (id > 6) & id.isin([*MANY]) & (id < 9)) == [7, 8]


def test_in_a_select_list(spark):
    rows = spark.range(4, 7).select(col("id").isin([*MANY])).collect()
    assert [row[0] for row in rows] == [False, True, True]


@pytest.mark.slow
def test_100_000_values(spark):
    values = list(range(0, 300_000, 3))
    assert spark.range(300_000).where(col("id").isin(values)).count() == 100_000
