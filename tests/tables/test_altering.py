"""ALTER TABLE on Delta tables."""

import pytest
from pyspark.errors import AnalysisException, PySparkException, SparkRuntimeException

from tests.tables.test_writing import log, name, place_of, rows

__all__ = ["name"]


def columns(spark, name):
    return [(f.name, f.dataType.simpleString()) for f in spark.table(name).schema.fields]


def refused(spark, statement):
    with pytest.raises((AnalysisException, SparkRuntimeException)) as raised:
        spark.sql(statement)
    return raised.value.getCondition() or ""


def features(spark, name):
    return set(log(place_of(spark, name)).snapshot().protocol.writer_features or ())


@pytest.fixture
def altered(spark, name):
    spark.sql(f"CREATE TABLE {name} (a INT, b STRUCT<x: INT, y: STRING>, c STRING) USING delta")
    spark.sql(f"INSERT INTO {name} VALUES (1, named_struct('x', 2, 'y', 'z'), 'c')")
    return name


def test_columns_come_go_move_and_change_their_names(spark, altered):
    spark.sql(f"ALTER TABLE {altered} ADD COLUMNS (d DATE AFTER a, b.w INT FIRST)")
    assert columns(spark, altered) == [
        ("a", "int"),
        ("d", "date"),
        ("b", "struct<w:int,x:int,y:string>"),
        ("c", "string"),
    ]
    spark.sql(f"ALTER TABLE {altered} RENAME COLUMN b.x TO v")
    spark.sql(f"ALTER TABLE {altered} RENAME COLUMN a TO e")
    spark.sql(f"ALTER TABLE {altered} ALTER COLUMN c FIRST")
    spark.sql(f"ALTER TABLE {altered} DROP COLUMNS (b.y, d)")
    assert columns(spark, altered) == [("c", "string"), ("e", "int"), ("b", "struct<w:int,v:int>")]
    assert [(c, e, tuple(b)) for c, e, b in rows(spark, altered)] == [("c", 1, (None, 2))]
    spark.sql(f"ALTER TABLE {altered} ADD COLUMN a INT")
    spark.sql(f"INSERT INTO {altered} VALUES ('k', 5, named_struct('w', 1, 'v', 2), 9)")
    found = [(c, e, tuple(b), a) for c, e, b, a in rows(spark, altered)]
    assert found == [("c", 1, (None, 2), None), ("k", 5, (1, 2), 9)]


def test_a_plain_table_keeps_its_columns(spark, name):
    spark.sql(
        f"CREATE TABLE {name} (a INT, b INT) USING delta TBLPROPERTIES ('boathouse.profile'='plain')"
    )
    spark.sql(f"INSERT INTO {name} VALUES (1, 2)")
    assert refused(spark, f"ALTER TABLE {name} DROP COLUMN a") == "DELTA_UNSUPPORTED_DROP_COLUMN"
    condition = refused(spark, f"ALTER TABLE {name} RENAME COLUMN a TO c")
    assert condition == "DELTA_UNSUPPORTED_RENAME_COLUMN"
    spark.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')")
    spark.sql(f"ALTER TABLE {name} RENAME COLUMN a TO c")
    assert rows(spark, name) == [(1, 2)]
    protocol = log(place_of(spark, name)).snapshot().protocol
    assert (protocol.min_reader_version, protocol.min_writer_version) == (2, 7)


def test_a_type_gets_wider(spark, altered):
    condition = refused(spark, f"ALTER TABLE {altered} ALTER COLUMN a TYPE BIGINT")
    assert condition == "DELTA_ALTER_TABLE_CHANGE_COL_NOT_SUPPORTED"
    spark.sql(f"ALTER TABLE {altered} SET TBLPROPERTIES ('delta.enableTypeWidening' = 'true')")
    spark.sql(f"ALTER TABLE {altered} ALTER COLUMN a TYPE BIGINT")
    spark.sql(f"ALTER TABLE {altered} ALTER COLUMN b.x TYPE BIGINT")
    spark.sql(
        f"INSERT INTO {altered} VALUES (5000000000, named_struct('x', 6000000000, 'y', 'q'), 'd')"
    )
    found = [(a, tuple(b), c) for a, b, c in rows(spark, altered)]
    assert found == [(1, (2, "z"), "c"), (5_000_000_000, (6_000_000_000, "q"), "d")]
    field = log(place_of(spark, altered)).snapshot().schema.fields[0]
    changes = dict(field.metadata)["delta.typeChanges"]
    assert [dict(change) for change in changes] == [{"fromType": "integer", "toType": "long"}]
    condition = refused(spark, f"ALTER TABLE {altered} ALTER COLUMN a TYPE INT")
    assert condition == "DELTA_ALTER_TABLE_CHANGE_COL_NOT_SUPPORTED"


def test_constraints_hold(spark, altered):
    condition = refused(spark, f"ALTER TABLE {altered} ADD CONSTRAINT big CHECK (a > 1)")
    assert condition == "DELTA_NEW_CHECK_CONSTRAINT_VIOLATION"
    spark.sql(f"ALTER TABLE {altered} ADD CONSTRAINT positive CHECK (a > 0)")
    condition = refused(spark, f"ALTER TABLE {altered} ADD CONSTRAINT positive CHECK (a > 5)")
    assert condition == "DELTA_CONSTRAINT_ALREADY_EXISTS"
    condition = refused(spark, f"INSERT INTO {altered} (a) VALUES (0)")
    assert condition == "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES"
    assert refused(spark, f"INSERT INTO {altered} (a) VALUES (NULL)") == condition
    condition = refused(spark, f"ALTER TABLE {altered} RENAME COLUMN a TO z")
    assert condition == "DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE"
    spark.sql(f"ALTER TABLE {altered} DROP CONSTRAINT positive")
    spark.sql(f"ALTER TABLE {altered} DROP CONSTRAINT IF EXISTS positive")
    condition = refused(spark, f"ALTER TABLE {altered} DROP CONSTRAINT positive")
    assert condition == "DELTA_CONSTRAINT_DOES_NOT_EXIST"
    spark.sql(f"INSERT INTO {altered} (a) VALUES (0)")


def test_not_null_comes_and_goes(spark, altered):
    spark.sql(f"ALTER TABLE {altered} ALTER COLUMN a SET NOT NULL")
    condition = refused(spark, f"INSERT INTO {altered} (c) VALUES ('x')")
    assert condition == "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"
    spark.sql(f"ALTER TABLE {altered} ALTER COLUMN a DROP NOT NULL")
    spark.sql(f"INSERT INTO {altered} (c) VALUES ('x')")
    condition = refused(spark, f"ALTER TABLE {altered} ALTER COLUMN a SET NOT NULL")
    assert condition == "DELTA_NEW_NOT_NULL_VIOLATION"


def test_properties_comments_and_defaults(spark, altered):
    spark.sql(
        f"ALTER TABLE {altered} SET TBLPROPERTIES ('delta.appendOnly' = 'true', 'mine' = 'x')"
    )
    with pytest.raises(Exception, match="DELTA_CANNOT_MODIFY_APPEND_ONLY"):
        spark.sql(f"INSERT OVERWRITE {altered} SELECT * FROM {altered}")
    spark.sql(f"ALTER TABLE {altered} UNSET TBLPROPERTIES ('delta.appendOnly')")
    condition = refused(spark, f"ALTER TABLE {altered} UNSET TBLPROPERTIES ('nothing')")
    assert condition == "DELTA_UNSET_NON_EXISTENT_PROPERTY"
    condition = refused(spark, f"ALTER TABLE {altered} SET TBLPROPERTIES ('delta.noSuch' = '1')")
    assert condition == "DELTA_UNKNOWN_CONFIGURATION"
    shown = dict(map(tuple, spark.sql(f"SHOW TBLPROPERTIES {altered}").collect()))
    assert shown["mine"] == "x"
    assert shown["delta.minReaderVersion"] == "3"
    spark.sql(f"COMMENT ON TABLE {altered} IS 'all of it'")
    spark.sql(f"ALTER TABLE {altered} ALTER COLUMN c COMMENT 'a text'")
    spark.sql(f"ALTER TABLE {altered} ALTER COLUMN c SET DEFAULT 'usual'")
    spark.sql(f"INSERT INTO {altered} (a) VALUES (2)")
    assert [r.c for r in spark.table(altered).where("a = 2").collect()] == ["usual"]
    details = {r.col_name: r for r in reversed(spark.sql(f"DESCRIBE EXTENDED {altered}").collect())}
    assert details["Comment"].data_type == "all of it"
    assert details["c"].comment == "a text"


def test_clustering(spark, altered):
    spark.sql(f"ALTER TABLE {altered} CLUSTER BY (a, b.x)")
    snapshot = log(place_of(spark, altered)).snapshot()
    assert '[["a"], ["b", "x"]]' in snapshot.domains["delta.clustering"].configuration
    assert "clustering" in features(spark, altered)
    condition = refused(spark, f"ALTER TABLE {altered} DROP COLUMN a")
    assert condition == "DELTA_UNSUPPORTED_DROP_CLUSTERING_COLUMN"


def test_replacing_all_columns(spark, altered):
    spark.sql(f"ALTER TABLE {altered} REPLACE COLUMNS (c STRING COMMENT 'kept', n BIGINT)")
    assert columns(spark, altered) == [("c", "string"), ("n", "bigint")]
    assert rows(spark, altered) == [("c", None)]


def test_a_feature_of_writers_is_dropped(spark, altered):
    spark.sql(f"ALTER TABLE {altered} DROP FEATURE rowTracking")
    assert "rowTracking" not in features(spark, altered)
    spark.sql(f"INSERT INTO {altered} (a) VALUES (2)")


def test_rows_are_numbered_when_tracking_begins(spark, tmp_path):
    path = str(tmp_path / "t")
    spark.range(5).write.format("delta").save(path)
    spark.range(3).write.format("delta").mode("append").save(path)
    spark.sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('delta.enableRowTracking' = 'true')")
    files = log(path).snapshot().files.files()
    assert sorted(f.base_row_id for f in files) in ([0, 3], [0, 5])


def test_constraints_of_a_new_table(spark, name):
    spark.sql(f"CREATE TABLE {name} (a INT, CONSTRAINT Few CHECK (a < 10 AND (a > 0))) USING delta")
    assert refused(spark, f"INSERT INTO {name} VALUES (11)").startswith("DELTA_VIOLATE_CONSTRAINT")
    spark.sql(f"INSERT INTO {name} VALUES (9)")
    assert (
        log(place_of(spark, name)).snapshot().properties["delta.constraints.few"]
        == "a < 10 AND (a > 0)"
    )


# ---- features
# ------------------------------------------------------------------------------------------


def protocol_of(spark, name):
    facts = {row.key: row.value for row in spark.sql(f"SHOW TBLPROPERTIES {name}").collect()}
    listed = {
        key.removeprefix("delta.feature.") for key in facts if key.startswith("delta.feature.")
    }
    return int(facts["delta.minReaderVersion"]), int(facts["delta.minWriterVersion"]), listed


def test_all_that_readers_must_know_can_be_dropped(spark):
    spark.sql("CREATE TABLE fd (a INT, b STRING, s STRUCT<x: INT>) USING delta PARTITIONED BY (a)")
    spark.sql("INSERT INTO fd SELECT id % 3, 'b' || id, named_struct('x', id) FROM range(100)")
    spark.sql("DELETE FROM fd WHERE s.x = 7")
    spark.sql("ALTER TABLE fd RENAME COLUMN a TO `a a`")
    with pytest.raises(AnalysisException) as caught:
        spark.sql("ALTER TABLE fd DROP FEATURE columnMapping")
    assert caught.value.getCondition() == "DELTA_INVALID_COLUMN_NAMES_WHEN_REMOVING_COLUMN_MAPPING"
    spark.sql("ALTER TABLE fd RENAME COLUMN `a a` TO aa")
    with pytest.raises(AnalysisException) as caught:
        spark.sql("ALTER TABLE fd DROP FEATURE domainMetadata")
    assert caught.value.getCondition() == "DELTA_FEATURE_DROP_DEPENDENT_FEATURE"
    for feature in (
        "deletionVectors",
        "columnMapping",
        "v2Checkpoint",
        "rowTracking",
        "domainMetadata",
        "inCommitTimestamp",
    ):
        spark.sql(f"ALTER TABLE fd DROP FEATURE {feature}")
        found = spark.sql("SELECT count(*), sum(aa), min(b), sum(s.x) FROM fd").first()
        assert tuple(found) == (99, 98, "b0", 4943)
    assert protocol_of(spark, "fd") == (1, 7, {"appendOnly", "invariants", "checkpointProtection"})
    # What was is still there for those who know the features.
    old = spark.sql("SELECT count(*), sum(a), min(b), sum(s.x) FROM fd VERSION AS OF 1").first()
    assert tuple(old) == (100, 99, "b0", 4950)
    spark.sql("INSERT INTO fd VALUES (1, 'new', NULL)")
    assert spark.table("fd").count() == 100
    spark.sql("DROP TABLE fd")


def test_a_feature_goes_with_its_history_once_that_is_old(spark):
    spark.sql(
        "CREATE TABLE fh (a INT) USING delta TBLPROPERTIES ('boathouse.profile' = 'plain',"
        " 'delta.enableDeletionVectors' = 'true',"
        " 'delta.dropFeatureTruncateHistory.retentionDuration' = 'interval 10 hours')"
    )
    spark.sql("INSERT INTO fh SELECT id FROM range(100000)")
    spark.sql("DELETE FROM fh WHERE a = 5")
    drop = "ALTER TABLE fh DROP FEATURE deletionVectors TRUNCATE HISTORY"
    for condition in ("WAIT_FOR_RETENTION_PERIOD", "HISTORICAL_VERSIONS_EXIST"):
        with pytest.raises(PySparkException) as caught:
            spark.sql(drop)
        assert caught.value.getCondition() == f"DELTA_FEATURE_DROP_{condition}"
    key = "delta.dropFeatureTruncateHistory.retentionDuration"
    spark.sql(f"ALTER TABLE fh SET TBLPROPERTIES ('{key}' = 'interval 0 hours')")
    spark.sql(drop)
    assert protocol_of(spark, "fh") == (1, 2, set())
    assert spark.table("fh").count() == 99999
    assert "WRITE" not in {row.operation for row in spark.sql("DESCRIBE HISTORY fh").collect()}
    spark.sql("DROP TABLE fh")


@pytest.mark.parametrize(
    ("feature", "condition"),
    [
        ("nope", "DELTA_FEATURE_DROP_UNSUPPORTED_CLIENT_FEATURE"),
        ("clustering", "DELTA_FEATURE_DROP_FEATURE_NOT_PRESENT"),
        ("appendOnly", "DELTA_FEATURE_DROP_NONREMOVABLE_FEATURE"),
        ("checkConstraints", "DELTA_CANNOT_DROP_CHECK_CONSTRAINT_FEATURE"),
        ("allowColumnDefaults", "DELTA_FEATURE_DROP_STILL_IN_USE"),
        ("rowTracking TRUNCATE HISTORY", "DELTA_FEATURE_DROP_HISTORY_TRUNCATION_NOT_ALLOWED"),
    ],
)
def test_features_that_stay(spark, feature, condition):
    spark.sql("CREATE TABLE fs (a INT DEFAULT 5, CONSTRAINT c CHECK (a > 0)) USING delta")
    with pytest.raises(AnalysisException) as caught:
        spark.sql(f"ALTER TABLE fs DROP FEATURE {feature}")
    assert caught.value.getCondition() == condition
    spark.sql("DROP TABLE fs")


def test_identity_columns_count_on_from_what_is_there(spark):
    spark.sql(
        "CREATE TABLE si (id BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 10 INCREMENT BY 5),"
        " v INT) USING delta"
    )
    spark.sql("INSERT INTO si (v) VALUES (1), (2)")
    spark.sql("INSERT INTO si VALUES (101, 3)")
    spark.sql("ALTER TABLE si ALTER COLUMN id SYNC IDENTITY")
    spark.sql("INSERT INTO si (v) VALUES (4)")
    assert [row.id for row in spark.sql("SELECT id FROM si ORDER BY v").collect()] == [
        10,
        15,
        101,
        110,
    ]
    spark.sql("DELETE FROM si WHERE id > 100")
    spark.sql("ALTER TABLE si ALTER COLUMN id SYNC IDENTITY")
    spark.sql("INSERT INTO si (v) VALUES (5)")
    assert spark.sql("SELECT max(id) FROM si").first()[0] == 115
    with pytest.raises(AnalysisException) as caught:
        spark.sql("ALTER TABLE si ALTER COLUMN v SYNC IDENTITY")
    assert caught.value.getCondition() == "DELTA_IDENTITY_COLUMNS_ALTER_NON_IDENTITY_COLUMN"
    spark.sql("DROP TABLE si")
