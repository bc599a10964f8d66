"""INSERT ... REPLACE USING and REPLACE ON: what matches the query's rows gives way to them."""

import pytest
from pyspark.errors import AnalysisException


@pytest.fixture(params=["true", "false"], ids=["vectors", "copies"])
def table(spark, request):
    spark.sql(
        "CREATE TABLE replaced (a INT, b STRING) USING delta TBLPROPERTIES"
        f" ('delta.enableChangeDataFeed' = 'true', 'delta.enableDeletionVectors' = '{request.param}')"
    )
    spark.sql(
        "INSERT INTO replaced VALUES (1, 'one'), (1, 'uno'), (2, 'two'), (3, 'three'), (NULL, 'n')"
    )
    yield "replaced"
    spark.sql("DROP TABLE replaced")


def rows(spark, query="SELECT * FROM replaced"):
    return sorted(map(tuple, spark.sql(query).collect()), key=repr)


def test_rows_equal_in_the_columns_named_give_way(spark, table):
    spark.sql(
        f"INSERT INTO {table} REPLACE USING (a) VALUES (1, 'x'), (1, 'y'), (5, 'z'), (NULL, 'm')"
    )
    # Null is equal to nothing, not to another null either.
    assert rows(spark) == sorted(
        [(1, "x"), (1, "y"), (2, "two"), (3, "three"), (5, "z"), (None, "n"), (None, "m")],
        key=repr,
    )
    changes = "SELECT _change_type, a, b FROM table_changes('replaced', 2)"
    assert rows(spark, changes) == sorted(
        [
            ("delete", 1, "one"),
            ("delete", 1, "uno"),
            ("insert", 1, "x"),
            ("insert", 1, "y"),
            ("insert", 5, "z"),
            ("insert", None, "m"),
        ],
        key=repr,
    )
    last = spark.sql(f"DESCRIBE HISTORY {table} LIMIT 1").first()
    assert last.operation == "WRITE"
    assert last.operationParameters["predicate"] == '["USING (`a`)"]'


def test_a_condition_speaks_of_table_and_query_by_their_aliases(spark, table):
    spark.sql(
        f"INSERT INTO {table} AS t REPLACE ON t.a = q.k + 1 OR t.b <=> q.w"
        " (SELECT 1 AS k, 'n' AS w) AS q"
    )
    assert rows(spark) == sorted([(1, "one"), (1, "uno"), (1, "n"), (3, "three")], key=repr)
    spark.sql(f"INSERT INTO {table} t BY NAME REPLACE ON t.a = q.a (SELECT 'x' AS b, 3 AS a) q")
    assert (3, "x") in rows(spark)
    assert (3, "three") not in rows(spark)
    spark.sql(f"INSERT INTO {table} REPLACE ON b = other SELECT 7, 'one' AS other")
    assert rows(spark) == sorted([(7, "one"), (1, "uno"), (1, "n"), (3, "x")], key=repr)


def test_a_query_that_gives_other_rows_each_time_is_run_once(spark, table):
    spark.sql(
        f"INSERT INTO {table} REPLACE USING (b) SELECT 8, uuid() FROM range(3) UNION ALL SELECT 9, 'one'"
    )
    spark.sql(f"INSERT INTO {table} REPLACE USING (a, b) SELECT a, b FROM {table} WHERE a > 0")
    found = rows(spark)
    assert len(found) == 8
    assert len([b for a, b in found if a == 8]) == 3
    assert (1, "one") not in found


def test_the_schema_may_grow_with_it(spark, table):
    spark.sql(
        f"INSERT WITH SCHEMA EVOLUTION INTO {table} BY NAME REPLACE USING (a)"
        " SELECT 'drei' AS b, 3 AS a, 7 AS c"
    )
    assert (3, "drei", 7) in rows(spark)
    assert (1, "one", None) in rows(spark)
    assert len(rows(spark)) == 5


@pytest.mark.parametrize(
    ("statement", "condition"),
    [
        ("REPLACE USING (zz) SELECT 1, 'x'", "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
        ("REPLACE ON zz = 1 SELECT 1, 'x'", "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
        ("REPLACE USING (a) SELECT 1", "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"),
        ("t REPLACE WHERE a = 1 SELECT 1, 'x'", "INSERT_REPLACE_WHERE_TABLE_ALIAS_NOT_ALLOWED"),
        ("REPLACE USING () SELECT 1, 'x'", "PARSE_SYNTAX_ERROR"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(spark, table, statement, condition):
    before = rows(spark)
    with pytest.raises(AnalysisException) as caught:
        spark.sql(f"INSERT INTO {table} {statement}")
    assert caught.value.getCondition() == condition
    assert rows(spark) == before


def test_rows_of_a_condition_go_by_deletion_vectors(spark):
    spark.sql(
        "CREATE TABLE replaced TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true') AS"
        " SELECT id, uuid() AS u FROM range(100000)"
    )
    try:
        ids = spark.sql("SELECT id, _metadata.row_id FROM replaced WHERE id = 99").first()
        spark.sql("INSERT INTO replaced REPLACE WHERE id < 3 SELECT 1L, 'one'")
        assert spark.table("replaced").count() == 99998
        metrics = spark.sql("DESCRIBE HISTORY replaced LIMIT 1").first().operationMetrics
        assert (metrics["numOutputRows"], metrics["numRemovedFiles"]) == ("1", "0")
        changes = spark.sql(
            "SELECT _change_type, count(*) FROM table_changes('replaced', 1) GROUP BY 1"
        )
        assert sorted(map(tuple, changes.collect())) == [("delete", 3), ("insert", 1)]
        more = spark.sql("SELECT 99L AS id, 'x' AS u, 5 AS more")
        writer = more.write.mode("overwrite").option("replaceWhere", "id BETWEEN 50 AND 99")
        writer.option("mergeSchema", "true").saveAsTable("replaced")
        assert tuple(spark.table("replaced").where("id = 99").first()) == (99, "x", 5)
        assert spark.table("replaced").where("more IS NULL").count() == 99948
        later = spark.sql("SELECT _metadata.row_id FROM replaced WHERE id = 100").first()
        assert later.row_id == ids.row_id + 1
    finally:
        spark.sql("DROP TABLE replaced")


def test_a_condition_may_name_columns_of_the_dataframe(spark):
    frame = spark.range(6).selectExpr("id", "'old' AS s")
    frame.writeTo("replaced").create()
    try:
        new = spark.range(3).selectExpr("id", "'new' AS s")
        new.writeTo("replaced").overwrite(new.id < 3)
        assert rows(spark, "SELECT s, count(*) FROM replaced GROUP BY s") == [
            ("new", 3),
            ("old", 3),
        ]
    finally:
        spark.sql("DROP TABLE replaced")
