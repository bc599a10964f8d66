"""DELETE, UPDATE and MERGE that cannot be: Delta's conditions, and nothing changed. Two at once."""

import json
from pathlib import Path
from typing import Any
from urllib.request import url2pathname

import pytest
from pyspark.errors import PySparkException
from pyspark.sql.functions import col, expr

from boathouse.tables.delta import row_changes
from boathouse.tables.delta.transaction import Transaction

PROPERTIES = "'boathouse.profile' = 'rich'"
MERGE = "MERGE INTO ships t USING (SELECT 1L AS id, 'x' AS name, 5 AS n) s ON t.id = s.id "

REFUSED = {
    "DELETE FROM ships WHERE nothing = 1": "UNRESOLVED_COLUMN.WITH_SUGGESTION",
    "DELETE FROM ships WHERE rand() < 0.5": "INVALID_NON_DETERMINISTIC_EXPRESSIONS",
    "DELETE FROM ships WHERE sum(n) > 1": "UNSUPPORTED_EXPR_FOR_OPERATOR",
    "DELETE FROM ships WHERE n": "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN",
    "DELETE FROM no_such_table": "TABLE_OR_VIEW_NOT_FOUND",
    "DELETE FROM afloat": "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE",
    "UPDATE afloat SET n = 1": "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE",
    "UPDATE ships SET nothing = 1": "UNRESOLVED_COLUMN.WITH_SUGGESTION",
    "UPDATE ships SET n = 1, n = 2": "DELTA_CONFLICT_SET_COLUMN",
    "UPDATE ships SET at.x = 1, at = NULL": "DELTA_CONFLICT_SET_COLUMN",
    "UPDATE ships SET name.x = 1": "INVALID_EXTRACT_BASE_FIELD_TYPE",
    "UPDATE ships SET tags.x = 1": "DELTA_UNSUPPORTED_FIELD_UPDATE_NON_STRUCT",
    "UPDATE ships SET at = named_struct('x', 1)": "DELTA_UPDATE_SCHEMA_MISMATCH_EXPRESSION",
    "UPDATE ships SET n = array(1)": "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
    "UPDATE ships SET n = 3000000000": "DELTA_CAST_OVERFLOW_IN_TABLE_WRITE",
    "UPDATE ships SET n = rand()": "INVALID_NON_DETERMINISTIC_EXPRESSIONS",
    "UPDATE ships SET id = NULL": "DELTA_NOT_NULL_CONSTRAINT_VIOLATED",
    MERGE + "WHEN MATCHED THEN DELETE WHEN MATCHED THEN UPDATE SET n = 1": (
        "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION"
    ),
    MERGE + "WHEN NOT MATCHED THEN INSERT (id) VALUES (1) WHEN NOT MATCHED THEN INSERT *": (
        "NON_LAST_NOT_MATCHED_BY_TARGET_CLAUSE_OMIT_CONDITION"
    ),
    MERGE + "WHEN NOT MATCHED BY SOURCE THEN DELETE WHEN NOT MATCHED BY SOURCE THEN DELETE": (
        "NON_LAST_NOT_MATCHED_BY_SOURCE_CLAUSE_OMIT_CONDITION"
    ),
    MERGE + "WHEN MATCHED AND nothing THEN DELETE": "DELTA_MERGE_UNRESOLVED_EXPRESSION",
    MERGE + "WHEN MATCHED THEN UPDATE SET nothing = 1": "DELTA_MERGE_UNRESOLVED_EXPRESSION",
    MERGE + "WHEN MATCHED THEN UPDATE SET *": "DELTA_MERGE_UNRESOLVED_EXPRESSION",
    MERGE + "WHEN NOT MATCHED THEN INSERT (id) VALUES (t.id)": "DELTA_MERGE_UNRESOLVED_EXPRESSION",
    MERGE + "WHEN NOT MATCHED THEN INSERT (id, id) VALUES (1, 2)": (
        "DELTA_DUPLICATE_COLUMNS_ON_INSERT"
    ),
    MERGE + "WHEN NOT MATCHED THEN INSERT (id, at.x) VALUES (1, 2)": (
        "DELTA_UNSUPPORTED_NESTED_FIELD_IN_OPERATION"
    ),
    MERGE + "WHEN MATCHED AND rand() < 1 THEN DELETE": (
        "DELTA_NON_DETERMINISTIC_FUNCTION_NOT_SUPPORTED"
    ),
    MERGE + "WHEN MATCHED AND s.n IN (SELECT 1) THEN DELETE": "DELTA_UNSUPPORTED_SUBQUERY",
    MERGE + "WHEN MATCHED AND sum(s.n) > 1 THEN DELETE": "DELTA_AGGREGATION_NOT_SUPPORTED",
    MERGE: "MERGE_WITHOUT_WHEN",
    "MERGE INTO ships t USING (VALUES (1L), (1L)) s(id) ON t.id = s.id "
    "WHEN MATCHED THEN UPDATE SET n = 1": "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE",
}


@pytest.fixture
def ships(spark):
    """A table of three rows, and a view over it."""
    spark.sql("DROP VIEW IF EXISTS afloat")
    spark.sql("DROP TABLE IF EXISTS ships")
    spark.sql(
        "CREATE TABLE ships (id BIGINT NOT NULL, name STRING, n INT DEFAULT 9, "
        "at STRUCT<x: INT, y: INT>, tags ARRAY<STRUCT<x: INT>>) USING delta "
        f"TBLPROPERTIES ({PROPERTIES}, 'delta.feature.allowColumnDefaults' = 'supported')"
    )
    spark.sql(
        "INSERT INTO ships SELECT id, concat('s', id), CAST(id AS INT), "
        "named_struct('x', 1, 'y', 2), array(named_struct('x', 1)) FROM range(1, 4)"
    )
    spark.sql("CREATE VIEW afloat AS SELECT * FROM ships")
    return spark


def rows(spark: Any, columns: str = "*") -> list[Any]:
    return spark.sql(f"SELECT {columns} FROM ships ORDER BY id").collect()


@pytest.mark.parametrize(("statement", "condition"), REFUSED.items())
def test_what_is_refused(ships, statement, condition):
    before = rows(ships)
    with pytest.raises(PySparkException) as raised:
        ships.sql(statement).collect()
    assert raised.value.getCondition() == condition
    assert rows(ships) == before


def test_a_row_matched_twice_may_be_deleted(ships):
    answer = ships.sql(
        "MERGE INTO ships t USING (VALUES (1L), (1L)) s(id) ON t.id = s.id WHEN MATCHED THEN DELETE"
    ).collect()
    assert [tuple(row) for row in answer] == [(1, 0, 1, 0)]
    assert [row.id for row in rows(ships)] == [2, 3]


def test_fields_defaults_and_subqueries(ships):
    ships.sql("UPDATE ships SET at.x = id, n = DEFAULT WHERE id = 2")
    ships.sql("UPDATE ships SET at = named_struct('y', 7, 'x', 8L) WHERE id = 3")
    ships.sql("DELETE FROM ships WHERE id IN (SELECT min(id) FROM ships)")
    assert [(r.id, r.n, tuple(r.at)) for r in rows(ships)] == [(2, 9, (2, 2)), (3, 3, (8, 7))]


def test_the_dataframe_api(ships):
    source = ships.createDataFrame([(1, "new", 5), (9, "more", 6)], "id BIGINT, name STRING, n INT")
    merging = source.alias("s").mergeInto("ships", expr("s.id = ships.id"))
    merging.whenMatched().update({"name": col("s.name")}).whenNotMatched().insert(
        {"id": col("s.id"), "n": col("s.n")}
    ).whenNotMatchedBySource(col("ships.id") == 3).delete().merge()
    assert [(r.id, r.name, r.n) for r in rows(ships)] == [
        (1, "new", 1),
        (2, "s2", 2),
        (9, None, 6),
    ]


def test_the_history_tells_what_was_done(ships, tmp_path):
    ships.sql(
        MERGE + "WHEN MATCHED THEN UPDATE SET n = s.n WHEN NOT MATCHED THEN INSERT (id) VALUES (9)"
    )
    place = ships.table("ships").inputFiles()[0]
    log = sorted(Path(url2pathname(place.removeprefix("file:"))).parent.glob("_delta_log/*.json"))
    told = [json.loads(line) for line in log[-1].read_text("utf-8").splitlines()]
    info = next(action["commitInfo"] for action in told if "commitInfo" in action)
    assert info["operation"] == "MERGE"
    assert info["operationMetrics"]["numTargetRowsUpdated"] == "1"
    assert info["operationMetrics"]["numTargetRowsInserted"] == "0"
    assert json.loads(info["operationParameters"]["matchedPredicates"]) == [
        {"actionType": "update"}
    ]


# ---- two at once
# -----------------------------------------------------------------------------------


@pytest.fixture
def meanwhile(ships, monkeypatch):
    """Runs a statement just before the next one commits."""
    monkeypatch.setattr(row_changes, "SMALL_FILE", 0)
    monkeypatch.setattr(row_changes, "REWRITTEN_SHARE", 1.0)
    commit = Transaction.commit

    def prepare(statement: str) -> None:
        def first_the_other(self: Transaction) -> int:
            monkeypatch.setattr(Transaction, "commit", commit)
            ships.sql(statement).collect()
            return commit(self)

        monkeypatch.setattr(Transaction, "commit", first_the_other)

    return prepare


def test_two_deletions_of_other_rows_of_one_file_are_both_had(ships, meanwhile):
    meanwhile("DELETE FROM ships WHERE id = 1")
    ships.sql("DELETE FROM ships WHERE id = 2").collect()
    assert [row.id for row in rows(ships)] == [3]


def test_two_deletions_of_one_row_conflict(ships, meanwhile):
    meanwhile("DELETE FROM ships WHERE id = 1")
    with pytest.raises(PySparkException) as raised:
        ships.sql("UPDATE ships SET n = 4 WHERE id = 1").collect()
    assert str(raised.value.getCondition()).startswith("DELTA_CONCURRENT_")
    assert [row.id for row in rows(ships)] == [2, 3]


def test_rows_that_came_meanwhile_and_would_have_mattered_conflict(ships, meanwhile):
    meanwhile("UPDATE ships SET n = 8 WHERE id = 1")
    with pytest.raises(PySparkException) as raised:
        ships.sql("DELETE FROM ships WHERE n >= 2").collect()
    assert raised.value.getCondition() == "DELTA_CONCURRENT_APPEND"


def test_rows_that_came_meanwhile_and_could_not_have_mattered_do_not(ships, meanwhile):
    meanwhile("UPDATE ships SET n = 8 WHERE id = 1")
    ships.sql("DELETE FROM ships WHERE id = 3").collect()
    assert [(row.id, row.n) for row in rows(ships)] == [(1, 8), (2, 2)]
