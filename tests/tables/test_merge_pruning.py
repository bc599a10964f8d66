"""A MERGE reads no file that can have no key of the source."""

import pytest

from boathouse.session import delta

FILES, ROWS = 4, 100
VALUES = "id, date_add(DATE'2020-01-01', int(id)) AS day, concat('k', lpad(id, 4, '0')) AS name"
KEYS = f"(SELECT {VALUES} FROM range(150, 160))"
UPDATE = " WHEN MATCHED THEN UPDATE SET n = t.n + 1"
INSERT = " WHEN NOT MATCHED THEN INSERT (id, n) VALUES (-1, -1)"


@pytest.fixture
def place(spark, tmp_path):
    """A table of four files, each with its own range of keys."""
    root = tmp_path / "table"
    spark.sql(
        f"CREATE TABLE delta.`{root}` (id BIGINT, day DATE, name STRING, n INT) USING delta "
        "TBLPROPERTIES ('boathouse.profile' = 'rich')"
    )
    for at in range(FILES):
        some = f"range({at * ROWS}, {(at + 1) * ROWS})"
        spark.sql(f"INSERT INTO delta.`{root}` SELECT {VALUES}, 0 FROM {some}")
    return root


@pytest.mark.parametrize(
    ("source", "condition", "clauses", "changed"),
    [
        (KEYS, "t.id = s.id", UPDATE, (10, 0)),
        (KEYS, "s.name = t.name AND t.n < 5", UPDATE + INSERT, (10, 0)),
        (KEYS, "t.day = s.day", INSERT, (0, 0)),
        ("(SELECT 5000 AS id)", "t.id = s.id", UPDATE + INSERT, (0, 1)),
        ("(SELECT CAST(NULL AS BIGINT) AS id)", "t.id = s.id", UPDATE + INSERT, (0, 1)),
        ("(SELECT id FROM range(3) WHERE id > 5)", "t.id = s.id", UPDATE + INSERT, (0, 0)),
    ],
)
def test_files_beyond_the_keys_are_not_read(spark, place, source, condition, clauses, changed):
    log = delta.log_at(str(place)).snapshot()
    beyond = [
        add for add in log.files.files() if '"id":100' not in (add.stats or "").split("max")[0]
    ]
    for add in beyond:
        (place / add.path).rename(place / f"{add.path}.away")
    (found,) = spark.sql(
        f"MERGE INTO delta.`{place}` t USING {source} s ON {condition}{clauses}"
    ).collect()
    assert (found.num_updated_rows, found.num_inserted_rows) == changed
    for add in beyond:
        (place / f"{add.path}.away").rename(place / add.path)
    frame = spark.read.format("delta").load(str(place))
    assert frame.count() == FILES * ROWS + changed[1]
    assert frame.where("n = 1").count() == changed[0]


@pytest.mark.parametrize(
    ("source", "clauses", "left"),
    [
        (KEYS, " WHEN NOT MATCHED BY SOURCE THEN DELETE", 10),
        ("(SELECT int(rand() * 400) AS id)", " WHEN MATCHED THEN DELETE", FILES * ROWS - 1),
    ],
)
def test_all_are_read_where_that_is_not_known(spark, place, source, clauses, left):
    spark.sql(f"MERGE INTO delta.`{place}` t USING {source} s ON t.id = s.id{clauses}")
    assert spark.read.format("delta").load(str(place)).count() == left
