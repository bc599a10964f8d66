"""What no Delta table may be, and what cannot be asked of one: Delta's conditions, nothing changed."""

from pathlib import Path

import pytest
from pyspark.errors import PySparkException

PLAIN = "CREATE TABLE x (a INT, b STRING) USING delta"
ROWS = "INSERT INTO x VALUES (1, 'a')"


@pytest.fixture
def gone(spark):
    """No table called x before and after."""
    yield
    spark.sql("DROP TABLE IF EXISTS x")


def refused(spark, statement):
    """The condition and SQLSTATE that a statement, or a write, fails with."""
    with pytest.raises(PySparkException) as caught:
        spark.sql(statement) if isinstance(statement, str) else statement(spark)
    return caught.value.getCondition(), caught.value.getSqlState()


NEW = {
    "(a INT, m MAP<STRING, INT>) USING delta PARTITIONED BY (m)": (
        "DELTA_INVALID_PARTITION_COLUMN_TYPE",
        "42996",
    ),
    "(a INT, id BIGINT GENERATED ALWAYS AS IDENTITY) USING delta PARTITIONED BY (id)": (
        "DELTA_IDENTITY_COLUMNS_PARTITION_NOT_SUPPORTED",
        "42601",
    ),
    "(a INT, id INT GENERATED ALWAYS AS IDENTITY) USING delta": (
        "DELTA_IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE",
        "428H2",
    ),
    "(a INT, b INT, c INT, d INT, e INT) USING delta CLUSTER BY (a, b, c, d, e)": (
        "DELTA_CLUSTER_BY_INVALID_NUM_COLUMNS",
        "54000",
    ),
    "(a ARRAY<INT>, b INT) USING delta CLUSTER BY (a)": (
        "DELTA_CLUSTERING_COLUMNS_DATATYPE_NOT_SUPPORTED",
        "0A000",
    ),
    "(a INT, b INT) USING delta CLUSTER BY (b) TBLPROPERTIES ('delta.dataSkippingNumIndexedCols' = '1')": (
        "DELTA_CLUSTERING_COLUMN_MISSING_STATS",
        "22000",
    ),
    "(a INT, g STRING GENERATED ALWAYS AS (a + 1)) USING delta": (
        "DELTA_GENERATED_COLUMNS_EXPR_TYPE_MISMATCH",
        "42K09",
    ),
    "(a INT, g DATE GENERATED ALWAYS AS (a + 1)) USING delta": (
        "UNSUPPORTED_EXPRESSION_GENERATED_COLUMN",
        "42621",
    ),
    "(a INT, g DOUBLE GENERATED ALWAYS AS (rand())) USING delta": (
        "UNSUPPORTED_EXPRESSION_GENERATED_COLUMN",
        "42621",
    ),
    "(a INT, g INT GENERATED ALWAYS AS (g + 1)) USING delta": (
        "UNSUPPORTED_EXPRESSION_GENERATED_COLUMN",
        "42621",
    ),
    "(a INT, g BIGINT GENERATED ALWAYS AS (sum(a))) USING delta": (
        "UNSUPPORTED_EXPRESSION_GENERATED_COLUMN",
        "42621",
    ),
    "(a ARRAY<STRUCT<x: INT NOT NULL>>) USING delta": ("DELTA_NESTED_NOT_NULL_CONSTRAINT", "0AKDC"),
    "(a INT) USING delta TBLPROPERTIES ('delta.feature.nope' = 'supported')": (
        "DELTA_UNSUPPORTED_FEATURES_IN_CONFIG",
        "56038",
    ),
    "(a INT) USING delta TBLPROPERTIES ('delta.feature.deletionVectors' = 'yes')": (
        "DELTA_UNSUPPORTED_FEATURE_STATUS",
        "0AKDE",
    ),
    "(a INT) USING delta TBLPROPERTIES ('delta.minReaderVersion' = 'x')": (
        "DELTA_PROTOCOL_PROPERTY_NOT_INT",
        "42K06",
    ),
    "(a INT) USING delta TBLPROPERTIES ('delta.minReaderVersion' = '9', 'delta.minWriterVersion' = '9')": (
        "DELTA_INVALID_PROTOCOL_VERSION",
        "KD004",
    ),
    "(a INT, _change_type STRING) USING delta TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')": (
        "DELTA_TABLE_ALREADY_CONTAINS_CDC_COLUMNS",
        "42711",
    ),
    "(a INT) USING delta TBLPROPERTIES ('delta.dataSkippingStatsColumns' = 'zz')": (
        "DELTA_COLUMN_NOT_FOUND_IN_SCHEMA",
        "42703",
    ),
    "USING delta AS SELECT INTERVAL 1 DAY AS i": ("DELTA_UNSUPPORTED_DATA_TYPES", "0AKDC"),
}


@pytest.mark.parametrize(("definition", "condition"), NEW.items())
def test_tables_that_cannot_be_made(spark, gone, definition, condition):
    assert refused(spark, f"CREATE TABLE x {definition}") == condition
    assert not spark.catalog.tableExists("x")


THERE = [
    (PLAIN, "ALTER TABLE x CLUSTER BY (zz)", "DELTA_COLUMN_NOT_FOUND_IN_SCHEMA"),
    (
        "CREATE TABLE x (a INT, _change_type STRING) USING delta",
        "ALTER TABLE x SET TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')",
        "DELTA_TABLE_ALREADY_CONTAINS_CDC_COLUMNS",
    ),
    (
        "CREATE TABLE x (a INT, b ARRAY<INT>) USING delta",
        "ALTER TABLE x CLUSTER BY (b)",
        "DELTA_CLUSTERING_COLUMNS_DATATYPE_NOT_SUPPORTED",
    ),
    (
        "CREATE TABLE x (id BIGINT GENERATED ALWAYS AS IDENTITY, a INT) USING delta",
        "ALTER TABLE x ALTER COLUMN id TYPE DECIMAL(20, 0)",
        "DELTA_IDENTITY_COLUMNS_ALTER_COLUMN_NOT_SUPPORTED",
    ),
    (
        "CREATE TABLE x (id BIGINT GENERATED ALWAYS AS IDENTITY, a INT) USING delta",
        "ALTER TABLE x REPLACE COLUMNS (id BIGINT)",
        "DELTA_IDENTITY_COLUMNS_REPLACE_COLUMN_NOT_SUPPORTED",
    ),
    (PLAIN, "RESTORE TABLE x TO VERSION AS OF 7", "DELTA_CANNOT_RESTORE_TABLE_VERSION"),
    (
        PLAIN,
        "RESTORE TABLE x TO TIMESTAMP AS OF '2999-01-01'",
        "DELTA_CANNOT_RESTORE_TIMESTAMP_GREATER",
    ),
    (
        PLAIN,
        "RESTORE TABLE x TO TIMESTAMP AS OF '1999-01-01'",
        "DELTA_CANNOT_RESTORE_TIMESTAMP_EARLIER",
    ),
    (
        PLAIN,
        "ALTER TABLE x ADD CONSTRAINT c CHECK (rand() > 1)",
        "NON_DETERMINISTIC_CHECK_CONSTRAINT",
    ),
    (PLAIN, "INSERT INTO x PARTITION (a = 1) VALUES ('b')", "NON_PARTITION_COLUMN"),
    (PLAIN, "INSERT INTO x VALUES (3000000000, 'b')", "DELTA_CAST_OVERFLOW_IN_TABLE_WRITE"),
    (
        "CREATE TABLE x (a INT, b STRING) USING delta TBLPROPERTIES ('delta.appendOnly' = 'true')",
        "DELETE FROM x",
        "DELTA_CANNOT_MODIFY_APPEND_ONLY",
    ),
    (
        PLAIN,
        lambda spark: (
            spark.table("x")
            .write.mode("overwrite")
            .option("replaceWhere", "a = 1")
            .option("partitionOverwriteMode", "dynamic")
            .saveAsTable("x")
        ),
        "DELTA_REPLACE_WHERE_WITH_DYNAMIC_PARTITION_OVERWRITE",
    ),
    (
        PLAIN,
        lambda spark: spark.range(1).write.mode("append").option("txnAppId", "q").saveAsTable("x"),
        "DELTA_METADATA_MISMATCH",
    ),
]


@pytest.mark.parametrize(("made", "statement", "condition"), THERE)
def test_what_cannot_be_asked_of_a_table(spark, gone, made, statement, condition):
    spark.sql(made)
    if made == PLAIN or "appendOnly" in made:
        spark.sql(ROWS)
    versions = spark.sql("DESCRIBE HISTORY x").count()
    assert refused(spark, statement)[0] == condition
    assert spark.sql("DESCRIBE HISTORY x").count() == versions


def test_a_table_that_cannot_be_read_can_be_dropped(spark, gone):
    spark.sql(PLAIN)
    place = spark.sql("DESCRIBE DETAIL x").first().location.removeprefix("file:")
    line = '{"protocol":{"minReaderVersion":9,"minWriterVersion":9}}'
    Path(f"{place}/_delta_log/{1:020}.json").write_text(line, "utf-8")
    assert (
        refused(spark, lambda spark: spark.table("x").collect())[0]
        == "DELTA_INVALID_PROTOCOL_VERSION"
    )
    spark.sql("DROP TABLE x")
    assert not spark.catalog.tableExists("x")


def test_a_table_is_made_anew_where_it_lies(spark, gone, tmp_path):
    spark.sql(PLAIN)
    for elsewhere in (
        f"CREATE OR REPLACE TABLE x (a INT) USING delta LOCATION '{tmp_path}'",
        lambda spark: (
            spark.range(1).write.mode("overwrite").option("path", str(tmp_path)).saveAsTable("x")
        ),
    ):
        assert refused(spark, elsewhere) == ("DELTA_TABLE_LOCATION_MISMATCH", "42613")
    assert list(tmp_path.iterdir()) == []
    assert spark.table("x").columns == ["a", "b"]


def test_files_of_a_managed_table_go_when_it_is_made_anew_elsewhere(spark, gone, tmp_path):
    spark.range(3).write.format("parquet").saveAsTable("x")
    (described,) = spark.sql("DESCRIBE EXTENDED x").where("col_name = 'Location'").collect()
    place = Path(described.data_type.removeprefix("file:"))
    assert place.is_dir()
    writer = spark.range(4).write.format("parquet").mode("overwrite")
    writer.option("path", str(tmp_path)).saveAsTable("x")
    assert spark.table("x").count() == 4
    assert not place.exists()
    spark.sql("DROP TABLE x")
    assert list(tmp_path.glob("*.parquet"))
