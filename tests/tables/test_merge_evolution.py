"""MERGE WITH SCHEMA EVOLUTION: the table grows by the source's columns and fields."""

import pytest

SOURCE = """(SELECT 1L AS id, 5 AS n, named_struct('y', 7, 'z', 8) AS at, 'new' AS extra
    UNION ALL SELECT 9L, 6, named_struct('y', 1, 'z', 2), 'more')"""


@pytest.fixture(params=["plain", "rich"])
def ships(spark, request):
    spark.sql("DROP TABLE IF EXISTS ships")
    spark.sql(
        "CREATE TABLE ships (id BIGINT, n INT, at STRUCT<x: INT, y: INT>) USING delta "
        f"TBLPROPERTIES ('boathouse.profile' = '{request.param}')"
    )
    spark.sql(
        "INSERT INTO ships SELECT id, CAST(id AS INT), named_struct('x', 1, 'y', 2) FROM range(1, 3)"
    )
    return spark


def rows(spark):
    return [tuple(row) for row in spark.sql("SELECT * FROM ships ORDER BY id").collect()]


def test_everything_the_source_has(ships):
    ships.sql(
        f"MERGE WITH SCHEMA EVOLUTION INTO ships t USING {SOURCE} s ON t.id = s.id "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
    assert rows(ships) == [
        (1, 5, (1, 7, 8), "new"),
        (2, 2, (1, 2, None), None),
        (9, 6, (None, 1, 2), "more"),
    ]


def test_only_what_is_assigned(ships):
    ships.conf.set("spark.databricks.delta.schema.autoMerge.enabled", "true")
    try:
        ships.sql(
            f"MERGE INTO ships t USING {SOURCE} s ON t.id = s.id "
            "WHEN MATCHED THEN UPDATE SET extra = s.extra"
        )
    finally:
        ships.conf.unset("spark.databricks.delta.schema.autoMerge.enabled")
    assert rows(ships) == [(1, 1, (1, 2), "new"), (2, 2, (1, 2), None)]


def test_without_it_the_table_stays_as_it_is(ships):
    ships.sql(
        f"MERGE INTO ships t USING (SELECT id, n, NULL AS at, extra FROM {SOURCE}) s ON t.id = s.id "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
    assert rows(ships) == [(1, 5, None), (2, 2, (1, 2)), (9, 6, None)]
