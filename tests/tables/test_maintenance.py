"""VACUUM, RESTORE, CLONE and CONVERT TO DELTA through the client."""

import json
import os
import time
from pathlib import Path

import pytest
from pyspark.errors import AnalysisException, IllegalArgumentException, PySparkException

from boathouse.tables.delta.log import DeltaLog
from boathouse.tables.storage import storage_of


@pytest.fixture
def table(spark):
    """A partitioned table of three versions: made, filled twice."""
    spark.sql("CREATE TABLE kept (i INT, p STRING) USING delta PARTITIONED BY (p)")
    spark.sql("INSERT INTO kept VALUES (1, 'a'), (2, 'b')")
    spark.sql("INSERT INTO kept VALUES (3, 'a')")
    yield "kept"
    spark.sql("DROP TABLE IF EXISTS kept")
    spark.sql("DROP TABLE IF EXISTS copy")


def place_of(spark, name):
    rows = spark.sql(f"DESCRIBE EXTENDED {name}").collect()
    return Path(next(r.data_type for r in rows if r.col_name == "Location").removeprefix("file:"))


def rows(spark, name):
    return sorted(map(tuple, spark.table(name).collect()), key=repr)


def data_files(place):
    return sorted(
        str(p.relative_to(place)) for p in place.rglob("*.parquet") if "_delta_log" not in str(p)
    )


def make_old(place, days=30):
    past = time.time() - days * 86_400
    for path in place.rglob("*"):
        if path.is_file() and "_delta_log" not in str(path):
            os.utime(path, (past, past))


def test_vacuum_takes_what_nothing_needs(spark, table):
    place = place_of(spark, table)
    spark.sql(f"INSERT OVERWRITE {table} VALUES (9, 'a')")
    live = {Path(f).name for f in spark.table(table).inputFiles()}
    (place / "orphan.parquet").write_bytes(b"x")
    (place / "_hidden.parquet").write_bytes(b"x")
    make_old(place)
    dry = [Path(r.path).name for r in spark.sql(f"VACUUM {table} DRY RUN").collect()]
    assert dry == ["orphan.parquet"], "removed files are within their retention"
    spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    try:
        found = spark.sql(f"VACUUM {table} RETAIN 0 HOURS").collect()
    finally:
        spark.conf.unset("spark.databricks.delta.retentionDurationCheck.enabled")
    assert [r.path for r in found] == [place.as_uri()]
    assert {Path(f).name for f in data_files(place)} == live | {"_hidden.parquet"}
    assert rows(spark, table) == [(9, "a")]


def test_vacuum_wants_its_retention(spark, table):
    with pytest.raises(IllegalArgumentException) as caught:
        spark.sql(f"VACUUM {table} RETAIN 1 HOURS")
    assert caught.value.getCondition() == "DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT"
    assert len(data_files(place_of(spark, table))) == 3


def test_restore_brings_back_rows_and_columns(spark, table):
    spark.sql(f"INSERT OVERWRITE {table} VALUES (9, 'z')")
    found = spark.sql(f"RESTORE TABLE {table} TO VERSION AS OF 1").first()
    assert (found.num_removed_files, found.num_restored_files) == (1, 2)
    assert rows(spark, table) == [(1, "a"), (2, "b")]
    spark.sql(f"RESTORE {table} VERSION AS OF 2")
    assert rows(spark, table) == [(1, "a"), (2, "b"), (3, "a")]


def test_restore_wants_a_version_and_its_files(spark, table):
    with pytest.raises(AnalysisException) as caught:
        spark.sql(f"RESTORE TABLE {table} TO VERSION AS OF 77")
    assert caught.value.getCondition() == "DELTA_CANNOT_RESTORE_TABLE_VERSION"


@pytest.mark.parametrize("kind", ["SHALLOW", "DEEP"])
def test_a_clone_goes_its_own_way(spark, table, kind):
    found = spark.sql(f"CREATE TABLE copy {kind} CLONE {table} VERSION AS OF 1").first()
    assert found.source_num_of_files == 2
    assert found.num_copied_files == (2 if kind == "DEEP" else 0)
    spark.sql("INSERT INTO copy VALUES (7, 'c')")
    assert rows(spark, "copy") == [(1, "a"), (2, "b"), (7, "c")]
    assert rows(spark, table) == [(1, "a"), (2, "b"), (3, "a")]
    own = data_files(place_of(spark, "copy"))
    assert len(own) == (3 if kind == "DEEP" else 1)
    with pytest.raises(AnalysisException) as caught:
        spark.sql(f"CREATE TABLE copy CLONE {table}")
    assert caught.value.getCondition() == "TABLE_OR_VIEW_ALREADY_EXISTS"
    spark.sql(f"CREATE OR REPLACE TABLE copy {kind} CLONE {table}")
    assert rows(spark, "copy") == rows(spark, table)


def test_a_vacuumed_clone_leaves_its_source_alone(spark, table):
    spark.sql(f"CREATE TABLE copy SHALLOW CLONE {table}")
    make_old(place_of(spark, table))
    spark.sql("VACUUM copy")
    assert rows(spark, "copy") == rows(spark, table)


def test_parquet_files_become_a_table(spark, tmp_path):
    place = tmp_path / "plain"
    frame = spark.createDataFrame(
        [(1, "x", 1.5, "a b"), (2, None, float("nan"), "c=d")],
        "i int, s string, d double, p string",
    )
    frame.write.partitionBy("p").parquet(str(place))
    with pytest.raises(AnalysisException) as caught:
        spark.sql(f"CONVERT TO DELTA parquet.`{place}`")
    assert caught.value.getCondition() == "DELTA_UNEXPECTED_NUM_PARTITION_COLUMNS_FROM_FILE_NAME"
    spark.sql(f"CONVERT TO DELTA parquet.`{place}` PARTITIONED BY (p STRING)")
    read = spark.read.format("delta").load(str(place))
    assert sorted((r.i, r.s, r.p) for r in read.collect()) == [(1, "x", "a b"), (2, None, "c=d")]
    assert read.where("i = 2").count() == 1
    assert read.where("d > 1.5").count() == 1
    spark.sql(f"INSERT INTO delta.`{place}` VALUES (3, 'y', 0.5, 'e')")
    assert spark.read.format("delta").load(str(place)).count() == 3
    spark.sql(f"CONVERT TO DELTA parquet.`{place}` PARTITIONED BY (p STRING)")


@pytest.mark.parametrize("statement", ["VACUUM {}", "RESTORE TABLE {} TO VERSION AS OF 0"])
def test_other_tables_are_refused(spark, statement):
    spark.sql("CREATE TABLE IF NOT EXISTS plain_files (i INT) USING parquet")
    with pytest.raises(AnalysisException) as caught:
        spark.sql(statement.format("plain_files"))
    assert caught.value.getCondition() == "DELTA_TABLE_ONLY_OPERATION"
    with pytest.raises(AnalysisException) as caught:
        spark.sql(statement.format("no_such_table"))
    assert caught.value.getCondition() == "TABLE_OR_VIEW_NOT_FOUND"


def test_optimize_packs_small_files(spark, table):
    place = place_of(spark, table)
    spark.sql(f"INSERT INTO {table} VALUES (4, 'b'), (5, 'a')")
    before = rows(spark, table)
    ids = dict(spark.sql(f"SELECT i, _metadata.row_id FROM {table}").collect())
    metrics = spark.sql(f"OPTIMIZE {table}").first().metrics
    assert (metrics.numFilesRemoved, metrics.numFilesAdded) == (5, 2)
    assert rows(spark, table) == before
    assert len(spark.table(table).inputFiles()) == 2
    assert dict(spark.sql(f"SELECT i, _metadata.row_id FROM {table}").collect()) == ids
    assert len(data_files(place)) == 7
    again = spark.sql(f"OPTIMIZE {table}").first().metrics
    assert again.numFilesRemoved == 0
    history = spark.sql(f"OPTIMIZE {table} WHERE p = 'a'").first().metrics
    assert history.totalConsideredFiles == 1


def test_a_z_order_keeps_rows_that_are_near_together(spark):
    spark.sql(
        "CREATE TABLE z (a INT, b STRING) USING delta TBLPROPERTIES ('delta.targetFileSize' = '8kb')"
    )
    try:
        spark.sql(
            "INSERT INTO z SELECT CAST(id * 7919 % 4096 AS INT), lpad(CAST(id * 104729 % 4096 AS STRING), 5, '0') FROM range(4096)"
        )
        before = rows(spark, "z")
        spark.sql("OPTIMIZE z ZORDER BY (a, b)")
        assert rows(spark, "z") == before
        every = len(spark.table("z").inputFiles())
        hit = spark.sql(
            "SELECT DISTINCT _metadata.file_name FROM z WHERE a < 256 AND b < '00256'"
        ).count()
        assert every >= 4
        assert hit <= every / 2
    finally:
        spark.sql("DROP TABLE z")


def test_clustering_writes_what_is_not_clustered_yet(spark):
    spark.sql("CREATE TABLE c (a INT, b INT) USING delta CLUSTER BY (a, b)")
    try:
        spark.sql("INSERT INTO c SELECT id % 50, id FROM range(200)")
        spark.sql("INSERT INTO c SELECT id % 50, id FROM range(200, 300)")
        assert spark.sql("OPTIMIZE c").first().metrics.numFilesRemoved == 2
        assert spark.sql("OPTIMIZE c").first().metrics.numFilesRemoved == 0
        assert spark.sql("OPTIMIZE c FULL").first().metrics.numFilesRemoved == 1
        assert spark.table("c").count() == 300
        with pytest.raises(AnalysisException) as caught:
            spark.sql("OPTIMIZE c ZORDER BY (a)")
        assert caught.value.getCondition() == "DELTA_CLUSTERING_WITH_ZORDER_BY"
    finally:
        spark.sql("DROP TABLE c")


def test_what_is_written_is_clustered(spark):
    spark.sql(
        "CREATE TABLE cw CLUSTER BY (s.a, b) TBLPROPERTIES ('delta.targetFileSize' = '1mb') AS"
        " SELECT named_struct('a', id * 7919 % 1000003) AS s, id * 104729 % 1000003 AS b, uuid() AS u"
        " FROM range(1000000)"
    )
    try:
        every = len(spark.table("cw").inputFiles())
        assert every > 5
        hit = "SELECT DISTINCT _metadata.file_name FROM cw WHERE s.a < 100000 AND b < 100000"
        assert spark.sql(hit).count() <= 2
        spark.sql("TRUNCATE TABLE cw")
        more = spark.sql(
            "SELECT named_struct('a', pmod(id * 7L, 100L)) AS s, id AS b, 'u' AS u FROM range(100)"
        )
        more.write.option("maxRecordsPerFile", 10).mode("append").saveAsTable("cw")
        found = spark.table("cw").groupBy("_metadata.file_name").count().collect()
        assert [row["count"] for row in found] == [10] * 10
    finally:
        spark.sql("DROP TABLE cw")


def test_a_large_partition_is_several_files(spark):
    spark.sql(
        "CREATE TABLE lp PARTITIONED BY (p) TBLPROPERTIES ('delta.targetFileSize' = '1mb') AS"
        " SELECT uuid() AS u, id % 2 AS p FROM range(600000)"
    )
    try:
        files = spark.sql(
            "SELECT p, _metadata.file_size, count(*) n FROM lp GROUP BY ALL"
        ).collect()
        assert {row.p for row in files} == {0, 1}
        assert len(files) >= 4
        assert sum(row.n for row in files) == 600000
    finally:
        spark.sql("DROP TABLE lp")


@pytest.mark.parametrize(
    ("clause", "condition"),
    [
        ("ZORDER BY (p)", "DELTA_ZORDERING_ON_PARTITION_COLUMN"),
        ("ZORDER BY (nope)", "DELTA_ZORDERING_COLUMN_DOES_NOT_EXIST"),
        ("FULL", "DELTA_OPTIMIZE_FULL_NOT_SUPPORTED"),
        ("WHERE i = 1", "DELTA_NON_PARTITION_COLUMN_REFERENCE"),
        ("WHERE nope = 1", "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
    ],
)
def test_optimize_refuses_what_makes_no_sense(spark, table, clause, condition):
    with pytest.raises(AnalysisException) as caught:
        spark.sql(f"OPTIMIZE {table} {clause}")
    assert caught.value.getCondition() == condition


def test_manifests_list_the_files_for_engines_without_a_log(spark, tmp_path):
    place = tmp_path / "t"
    spark.sql(f"CREATE TABLE delta.`{place}` (a INT, p STRING) USING delta PARTITIONED BY (p)")
    spark.sql(f"INSERT INTO delta.`{place}` VALUES (1, 'x'), (2, 'y'), (3, NULL)")
    spark.sql(f"GENERATE symlink_format_manifest FOR TABLE delta.`{place}`")
    found = {
        path.parent.name: path.read_text("utf-8").split()
        for path in (place / "_symlink_format_manifest").rglob("manifest")
    }
    assert set(found) == {"p=x", "p=y", "p=__HIVE_DEFAULT_PARTITION__"}
    listed = [Path(line.removeprefix("file:")) for lines in found.values() for line in lines]
    assert sorted(listed) == sorted(place.glob("p=*/*.parquet"))
    on = "'delta.compatibility.symlinkFormatManifest.enabled' = 'true'"
    spark.sql(f"ALTER TABLE delta.`{place}` SET TBLPROPERTIES ({on})")
    spark.sql(f"DELETE FROM delta.`{place}` WHERE p = 'x'")
    assert not (place / "_symlink_format_manifest/p=x/manifest").exists()


@pytest.mark.parametrize(
    ("properties", "mode", "condition"),
    [
        (
            "",
            "symlink_format_manifest",
            "DELTA_UNSUPPORTED_MANIFEST_GENERATION_WITH_COLUMN_MAPPING",
        ),
        (
            "TBLPROPERTIES ('boathouse.profile' = 'plain', 'delta.enableDeletionVectors' = 'true')",
            "symlink_format_manifest",
            "DELTA_UNSUPPORTED_GENERATE_WITH_DELETION_VECTORS",
        ),
        ("", "other", "DELTA_MODE_NOT_SUPPORTED"),
    ],
)
def test_manifests_that_would_lie_are_refused(spark, properties, mode, condition):
    spark.sql(
        f"CREATE TABLE gm USING delta {properties} AS SELECT id, uuid() AS u FROM range(100000)"
    )
    spark.sql("DELETE FROM gm WHERE id = 7")
    with pytest.raises(PySparkException) as caught:
        spark.sql(f"GENERATE {mode} FOR TABLE gm")
    assert caught.value.getCondition() == condition
    spark.sql("DROP TABLE gm")


def test_facts_about_columns(spark):
    spark.sql("CREATE TABLE facts AS SELECT id, concat('n', id % 3) AS name FROM range(10)")
    spark.sql("ANALYZE TABLE facts COMPUTE STATISTICS FOR ALL COLUMNS")
    spark.sql("ALTER TABLE facts RENAME COLUMN id TO number")
    spark.sql("ANALYZE TABLE facts COMPUTE STATISTICS FOR COLUMNS number")
    told = {
        name: dict(
            spark.sql(f"DESCRIBE EXTENDED facts {name}").select("info_name", "info_value").collect()
        )
        for name in ("number", "name")
    }
    assert (told["number"]["min"], told["number"]["max"]) == ("0", "9")
    assert (told["name"]["distinct_count"], told["name"]["max_col_len"]) == ("3", "2")
    assert spark.table("facts").columns == ["number", "name"]
    spark.sql("DROP TABLE facts")


def test_statistics_are_computed_anew(spark):
    spark.sql(
        "CREATE TABLE cs USING delta TBLPROPERTIES ('delta.dataSkippingNumIndexedCols' = '0') AS"
        " SELECT id AS a, named_struct('x', IF(id > 5, NULL, id / 2)) AS s FROM range(10)"
    )
    spark.sql("ALTER TABLE cs RENAME COLUMN a TO b")
    spark.sql("ALTER TABLE cs SET TBLPROPERTIES ('delta.dataSkippingNumIndexedCols' = '-1')")
    place = spark.sql("DESCRIBE DETAIL cs").first().location.removeprefix("file:")
    spark.sql("ANALYZE TABLE cs COMPUTE DELTA STATISTICS")
    [file] = DeltaLog(storage_of(place)).snapshot().files.files()
    assert json.loads(file.stats) == {
        "numRecords": 10,
        "minValues": {"a": 0, "s": {"x": 0.0}},
        "maxValues": {"a": 9, "s": {"x": 2.5}},
        "nullCount": {"a": 0, "s": {"x": 4}},
    }
    assert spark.sql("DESCRIBE HISTORY cs LIMIT 1").first().operation == "COMPUTE STATS"
    assert spark.table("cs").count() == 10
    spark.sql("DROP TABLE cs")
