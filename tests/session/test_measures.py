"""What ANALYZE TABLE finds of a table over files, as DESCRIBE EXTENDED tells it."""

import re

import pytest

import boathouse


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    with boathouse.session(tmp_path_factory.mktemp("data")) as session:
        yield session


def told(spark, table):
    """Whether there are bytes, and how many rows; None for nothing."""
    rows = spark.sql(f"DESCRIBE EXTENDED {table}").collect()
    found = [row.data_type for row in rows if row.col_name == "Statistics"]
    if not found:
        return None
    said = re.fullmatch(r"(\d+) bytes(?:, (\d+) rows)?", found[0])
    assert said is not None
    size, count = said.groups()
    return int(size) > 0, None if count is None else int(count)


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO m VALUES (9, 1)",
        "INSERT OVERWRITE m VALUES (9, 1)",
        "TRUNCATE TABLE m",
        "ALTER TABLE m DROP PARTITION (p = 1)",
    ],
)
def test_size_and_rows(spark, change):
    spark.sql("DROP TABLE IF EXISTS m")
    spark.sql("CREATE TABLE m (a INT, p INT) USING parquet PARTITIONED BY (p)")
    spark.sql("INSERT INTO m VALUES (1, 1), (2, 1), (3, 2)")
    assert told(spark, "m") is None
    spark.sql("ANALYZE TABLE m COMPUTE STATISTICS")
    assert told(spark, "m") == (True, 3)
    spark.sql("ANALYZE TABLE m COMPUTE STATISTICS NOSCAN")
    assert told(spark, "m") == (True, 3)
    spark.sql(change)
    assert told(spark, "m") is None


def test_all_tables_of_a_database(spark):
    spark.sql("CREATE DATABASE d")
    spark.sql("CREATE TABLE d.one USING csv AS SELECT 1 AS a")
    spark.sql("CREATE TABLE d.two (a INT) USING parquet")
    spark.sql("CREATE VIEW d.v AS SELECT 1 AS a")
    spark.sql("ANALYZE TABLES IN d COMPUTE STATISTICS NOSCAN")
    assert told(spark, "d.one") == (True, None)
    spark.sql("ANALYZE TABLES IN d COMPUTE STATISTICS")
    assert (told(spark, "d.one"), told(spark, "d.two")) == ((True, 1), (False, 0))
    spark.sql("ANALYZE TABLE d.two COMPUTE STATISTICS FOR ALL COLUMNS")
    assert told(spark, "d.two") == (False, 0)
