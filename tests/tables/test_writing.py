"""Delta tables made and filled through the client: what is read back, and what the log says."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.errors import AnalysisException, SparkRuntimeException
from pyspark.sql import functions

from boathouse.tables.delta.log import DeltaLog
from boathouse.tables.storage import storage_of


def log(path):
    return DeltaLog(storage_of(str(path)))


def actions(path, version):
    text = (Path(path) / f"_delta_log/{version:020d}.json").read_text("utf-8")
    found = {}
    for line in text.splitlines():
        for key, value in json.loads(line).items():
            found.setdefault(key, []).append(value)
    return found


@pytest.fixture
def name(spark):
    """The name of a table that is gone afterwards."""
    yield "written"
    spark.sql("DROP TABLE IF EXISTS written")


def place_of(spark, name):
    rows = spark.sql(f"DESCRIBE EXTENDED {name}").collect()
    return next(r.data_type for r in rows if r.col_name == "Location").removeprefix("file:")


def rows(spark, name):
    return sorted(map(tuple, spark.table(name).collect()), key=repr)


def test_a_table_is_made_filled_and_overwritten(spark, name):
    spark.sql(f"CREATE TABLE {name} (i INT, s STRING, p DATE) USING delta PARTITIONED BY (p)")
    spark.sql(f"INSERT INTO {name} VALUES (1, 'a', DATE'2020-01-01'), (2, NULL, NULL)")
    spark.sql(f"INSERT INTO {name} (s, i) VALUES ('c', 3)")
    spark.sql(f"INSERT INTO {name} BY NAME SELECT DATE'2021-01-01' AS p, 'd' AS s, 4 AS i")
    found = [(i, s, None if p is None else p.isoformat()) for i, s, p in rows(spark, name)]
    assert found == [
        (1, "a", "2020-01-01"),
        (2, None, None),
        (3, "c", None),
        (4, "d", "2021-01-01"),
    ]
    spark.sql(f"INSERT OVERWRITE {name} SELECT 9, 'z', NULL")
    assert rows(spark, name) == [(9, "z", None)]


def test_statistics_and_partition_values_stand_in_the_log(spark, name):
    spark.sql(
        f"CREATE TABLE {name} (n DECIMAL(38, 10), s STRING, t TIMESTAMP, d DOUBLE, x STRUCT<y: INT>,"
        " l ARRAY<INT>, `p q` STRING) USING delta PARTITIONED BY (`p q`)"
    )
    spark.sql(
        f"INSERT INTO {name} SELECT 1234567890123456789012345678.0123456789, repeat('é', 40),"
        " TIMESTAMP'2020-01-01 00:00:00.123456', double('NaN'), named_struct('y', 5), array(1), 'a/b=c'"
    )
    [add] = actions(place_of(spark, name), 1)["add"]
    stats = json.loads(add["stats"])
    assert stats["numRecords"] == 1
    assert '"n":1234567890123456789012345678.0123456789' in add["stats"]
    assert stats["minValues"]["s"] == "é" * 32
    assert stats["maxValues"]["s"] == "é" * 32 + "\U0010ffff"
    assert stats["minValues"]["t"] == "2020-01-01T00:00:00.123Z"
    assert stats["minValues"]["x"] == {"y": 5}
    assert "d" not in stats["maxValues"]
    assert "l" not in stats["minValues"]
    assert add["partitionValues"] == {next(iter(add["partitionValues"])): "a/b=c"}
    assert rows(spark, name)[0][-1] == "a/b=c"


def test_several_files(spark, name):
    spark.range(10_000).repartition(3).write.format("delta").saveAsTable(name)
    files = actions(place_of(spark, name), 0)["add"]
    assert len(files) == 3
    assert sum(json.loads(f["stats"])["numRecords"] for f in files) == 10_000
    assert [f["baseRowId"] for f in files] == sorted({f["baseRowId"] for f in files})
    assert spark.table(name).count() == 10_000


def test_a_managed_table_is_rich_and_one_by_path_plain(spark, name, tmp_path):
    spark.range(3).write.format("delta").saveAsTable(name)
    protocol = log(place_of(spark, name)).snapshot().protocol
    assert (protocol.min_reader_version, protocol.min_writer_version) == (3, 7)
    assert {"deletionVectors", "columnMapping", "v2Checkpoint"} == set(protocol.reader_features)
    spark.range(3).write.format("delta").save(str(tmp_path / "t"))
    protocol = log(tmp_path / "t").snapshot().protocol
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
    assert log(tmp_path / "t").snapshot().properties == {}


def test_the_profile_can_be_chosen(spark, name):
    spark.sql(
        f"CREATE TABLE {name} (i INT) USING delta TBLPROPERTIES ('boathouse.profile' = 'plain')"
    )
    snapshot = log(place_of(spark, name)).snapshot()
    assert snapshot.protocol.min_reader_version == 1
    assert dict(snapshot.properties) == {}


def test_not_null_and_overflow_are_refused_and_nothing_is_written(spark, name):
    spark.sql(f"CREATE TABLE {name} (i TINYINT NOT NULL, s STRUCT<a: INT NOT NULL>) USING delta")
    for values, condition in [
        ("(NULL, NULL)", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"),
        ("(1, named_struct('a', CAST(NULL AS INT)))", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"),
    ]:
        with pytest.raises(SparkRuntimeException) as raised:
            spark.sql(f"INSERT INTO {name} VALUES {values}")
        assert raised.value.getCondition() == condition
    assert log(place_of(spark, name)).snapshot().version == 0
    spark.sql(f"INSERT INTO {name} VALUES (1, NULL)")
    assert rows(spark, name) == [(1, None)]


def test_the_modes_of_a_writer(spark, tmp_path):
    path = str(tmp_path / "t")
    frame = spark.range(3)
    frame.write.format("delta").save(path)
    with pytest.raises(AnalysisException) as raised:
        frame.write.format("delta").save(path)
    assert raised.value.getCondition() == "DELTA_PATH_EXISTS"
    frame.write.format("delta").mode("ignore").save(path)
    frame.write.format("delta").mode("append").save(path)
    assert spark.read.format("delta").load(path).count() == 6
    frame.write.format("delta").mode("overwrite").save(path)
    assert spark.read.format("delta").load(path).count() == 3
    assert [info.values["operation"] for _, _, info in log(path).history()] == ["WRITE"] * 3


@pytest.mark.parametrize("mode", ["append", "overwrite"])
@pytest.mark.parametrize("merges", ["false", "true"])
def test_types_that_do_not_go_together_at_a_path(spark, tmp_path, mode, merges):
    path = str(tmp_path / "t")
    spark.sql("SELECT 1L AS id, named_struct('x', 1) AS s").write.format("delta").save(path)
    for wrong in (
        "SELECT 'a' AS id",
        "SELECT array(1) AS ID",
        "SELECT named_struct('x', X'00') AS s",
    ):
        writer = spark.sql(wrong).write.format("delta").mode(mode).option("mergeSchema", merges)
        with pytest.raises(AnalysisException) as raised:
            writer.save(path)
        assert raised.value.getCondition() == "DELTA_FAILED_TO_MERGE_FIELDS"
    assert log(path).snapshot().version == 0
    spark.sql("SELECT 2 AS id, NULL AS s").write.format("delta").mode("append").save(path)
    assert spark.read.format("delta").load(path).count() == 2
    anew = spark.sql("SELECT 'a' AS id").write.format("delta").mode("overwrite")
    anew.option("overwriteSchema", "true").save(path)
    assert spark.read.format("delta").load(path).collect() == [("a",)]


def test_replacing_a_table(spark, name):
    spark.sql(f"CREATE TABLE {name} USING delta AS SELECT 1 AS a")
    spark.sql(f"CREATE OR REPLACE TABLE {name} USING delta AS SELECT 'x' AS b, 2 AS a")
    assert rows(spark, name) == [("x", 2)]
    assert log(place_of(spark, name)).snapshot().version == 1
    assert spark.table(name).columns == ["b", "a"]
    with pytest.raises(AnalysisException) as raised:
        spark.sql("REPLACE TABLE nowhere USING delta AS SELECT 1 AS a")
    assert raised.value.getCondition() == "DELTA_CANNOT_REPLACE_MISSING_TABLE"


def test_only_touched_partitions_are_overwritten(spark, name):
    frame = spark.range(6).selectExpr("id", "id % 3 AS p")
    frame.write.format("delta").partitionBy("p").saveAsTable(name)
    one = spark.createDataFrame([(100, 1)], "id LONG, p LONG")
    one.writeTo(name).overwritePartitions()
    assert rows(spark, name) == [(0, 0), (100, 1), (2, 2), (3, 0), (5, 2)]
    spark.sql(f"INSERT OVERWRITE {name} PARTITION (p = 2) SELECT 7")
    assert rows(spark, name) == [(0, 0), (100, 1), (3, 0), (7, 2)]


def test_an_application_writes_each_version_once(spark, tmp_path):
    path = str(tmp_path / "t")
    spark.range(1).write.format("delta").save(path)
    for version in (1, 1, 2, 1):
        writer = spark.range(1).write.format("delta").mode("append")
        writer.option("txnAppId", "app").option("txnVersion", version).save(path)
    assert spark.read.format("delta").load(path).count() == 3


def test_truncate_leaves_a_version_without_rows(spark, name):
    spark.range(3).write.format("delta").saveAsTable(name)
    spark.sql(f"TRUNCATE TABLE {name}")
    assert rows(spark, name) == []
    assert log(place_of(spark, name)).snapshot().version == 1


def test_a_schema_grows_with_what_is_written(spark, name):
    spark.sql(f"CREATE TABLE {name} (i INT, s STRUCT<a: INT>) USING delta")
    frame = spark.sql("SELECT 1 AS i, named_struct('a', 2, 'b', 'x') AS s, DATE'2020-01-01' AS d")
    with pytest.raises(AnalysisException) as raised:
        frame.write.format("delta").mode("append").saveAsTable(name)
    assert raised.value.getCondition() == "DELTA_METADATA_MISMATCH"
    frame.write.format("delta").mode("append").option("mergeSchema", "true").saveAsTable(name)
    spark.sql(f"INSERT INTO {name} (i) VALUES (5)")
    shown = [
        (r.i, None if r.s is None else (r.s.a, r.s.b), str(r.d))
        for r in spark.table(name).collect()
    ]
    assert sorted(shown) == [(1, (2, "x"), "2020-01-01"), (5, None, "None")]
    other = spark.sql("SELECT 'new' AS z")
    other.write.format("delta").mode("overwrite").option("overwriteSchema", "true").saveAsTable(
        name
    )
    assert spark.table(name).columns == ["z"]
    assert rows(spark, name) == [("new",)]


def test_rows_that_match_are_replaced(spark, name):
    spark.range(10).selectExpr("id", "id % 2 AS p").write.format("delta").saveAsTable(name)
    spark.sql(f"INSERT INTO {name} REPLACE WHERE id >= 7 SELECT 100, 0")
    assert sorted(r.id for r in spark.table(name).collect()) == [0, 1, 2, 3, 4, 5, 6, 100]
    frame = spark.createDataFrame([(3, 1)], "id LONG, p LONG")
    with pytest.raises(SparkRuntimeException) as raised:
        frame.write.format("delta").mode("overwrite").option("replaceWhere", "p = 0").saveAsTable(
            name
        )
    assert raised.value.getCondition() == "DELTA_REPLACE_WHERE_MISMATCH"
    frame.writeTo(name).overwrite(functions.col("p") == 1)
    assert sorted(r.id for r in spark.table(name).collect()) == [0, 2, 3, 4, 6, 100]


def test_columns_are_generated_and_counted(spark, name):
    spark.sql(
        f"CREATE TABLE {name} (n BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5),"
        " i INT DEFAULT 7, g INT GENERATED ALWAYS AS (i * 2)) USING delta"
        " TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')"
    )
    spark.sql(f"INSERT INTO {name} (i) VALUES (1), (2)")
    spark.sql(f"INSERT INTO {name} (i) VALUES (DEFAULT)")
    spark.sql(f"INSERT INTO {name} (i, g) VALUES (4, 8)")
    assert rows(spark, name) == [(10, 1, 2), (15, 2, 4), (20, 7, 14), (25, 4, 8)]
    with pytest.raises(SparkRuntimeException) as raised:
        spark.sql(f"INSERT INTO {name} (i, g) VALUES (4, 9)")
    assert raised.value.getCondition() == "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES"
    with pytest.raises(AnalysisException) as raised:
        spark.sql(f"INSERT INTO {name} (n, i) VALUES (1, 1)")
    condition = "DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED"
    assert raised.value.getCondition() == condition


def test_char_and_varchar_are_held_to_their_length(spark, name):
    spark.sql(f"CREATE TABLE {name} (c CHAR(3), v VARCHAR(3)) USING delta")
    spark.sql(f"INSERT INTO {name} VALUES ('a', 'b')")
    assert rows(spark, name) == [("a  ", "b")]
    with pytest.raises(SparkRuntimeException) as raised:
        spark.sql(f"INSERT INTO {name} VALUES ('a', 'long')")
    assert raised.value.getCondition() == "EXCEED_LIMIT_LENGTH"


def test_the_statement_shown_makes_the_table_again(spark, name):
    spark.sql(
        f"CREATE TABLE {name} (a INT COMMENT 'one', `b c` STRING) USING delta"
        " PARTITIONED BY (`b c`) COMMENT 'all' TBLPROPERTIES ('delta.appendOnly' = 'true')"
    )
    [statement] = spark.sql(f"SHOW CREATE TABLE {name}").collect()[0]
    properties = dict(log(place_of(spark, name)).snapshot().properties)
    spark.sql(f"DROP TABLE {name}")
    spark.sql(statement)
    again = dict(log(place_of(spark, name)).snapshot().properties)
    own = [key for key in properties if key.startswith("delta.rowTracking.")]
    assert {**again, **{key: properties[key] for key in own}} == properties
    assert spark.sql(f"SHOW CREATE TABLE {name}").collect()[0][0] == statement


def test_partitions_are_those_of_the_log(spark, name):
    spark.sql(f"CREATE TABLE {name} (a INT, p INT) USING delta PARTITIONED BY (p)")
    spark.sql(f"INSERT INTO {name} VALUES (1, 1), (2, 2), (3, NULL)")
    spark.sql(f"INSERT OVERWRITE {name} VALUES (1, 5), (3, NULL)")
    shown = [r.partition for r in spark.sql(f"SHOW PARTITIONS {name}").collect()]
    assert shown == ["p=5", "p=__HIVE_DEFAULT_PARTITION__"]


@pytest.mark.parametrize("profile", ["rich", "plain"])
def test_variants_are_written_as_delta_has_them(spark, name, profile):
    spark.sql(
        f"CREATE TABLE {name} (id INT, v VARIANT, s STRUCT<w: VARIANT>, a ARRAY<VARIANT>)"
        f" USING delta TBLPROPERTIES ('boathouse.profile' = '{profile}')"
    )
    text = '{"a":1.10,"b":12345678901234567890,"c":[1,null,"x"],"d":1e300}'
    spark.sql(
        f"INSERT INTO {name} VALUES (1, parse_json('{text}'), struct(parse_json('5')),"
        " array(parse_json('[1]'), NULL)), (2, parse_json('null'), NULL, NULL),"
        " (3, NULL, struct(NULL), array())"
    )
    query = (
        f"SELECT id, to_json(v), to_json(s.w), to_json(get(a, 0)), size(a) FROM {name} ORDER BY id"
    )
    assert [tuple(row) for row in spark.sql(query).collect()][1:] == [
        (2, "null", None, None, None),
        (3, None, None, None, 0),
    ]
    decimal = f"SELECT variant_get(v, '$.a', 'decimal(5,2)'), to_json(s.w), to_json(get(a, 0)) FROM {name}"
    first = spark.sql(f"{decimal} WHERE id = 1").first()
    assert (str(first[0]), *first[1:]) == ("1.10", "5", "[1]")
    place = Path(place_of(spark, name))
    schema = pq.read_schema(next(place.glob("*.parquet")))
    assert [f.type for f in schema.field("v").flatten()] == [pa.binary(), pa.binary()]
    assert "variantType" in actions(place, 0)["protocol"][0]["readerFeatures"]


def test_files_hold_no_more_rows_than_asked(spark, name):
    data = spark.range(1000).selectExpr("id", "id % 3 AS p")
    data.write.option("maxRecordsPerFile", 100).partitionBy("p").saveAsTable(name)
    counts = (
        f"SELECT p, count(*) FROM (SELECT p, _metadata.file_name AS f FROM {name}) GROUP BY p, f"
    )
    found = sorted(map(tuple, spark.sql(counts).collect()))
    assert [n for p, n in found if p == 0] == [34, 100, 100, 100]
    assert sum(n for _, n in found) == 1000
    spark.conf.set("spark.sql.files.maxRecordsPerFile", 400)
    spark.range(1000).repartition(2).selectExpr("id", "0 AS p").write.insertInto(
        name, overwrite=True
    )
    spark.conf.unset("spark.sql.files.maxRecordsPerFile")
    assert sorted(n for _, n in spark.sql(counts).collect()) == [100, 100, 400, 400]


def test_small_files_are_put_together_where_the_table_or_the_session_wants_it(spark, name):
    spark.sql(
        f"CREATE TABLE {name} (i BIGINT, p INT) USING delta PARTITIONED BY (p)"
        " TBLPROPERTIES ('delta.autoOptimize.autoCompact' = 'true')"
    )
    spark.conf.set("spark.databricks.delta.autoCompact.minNumFiles", 3)
    for start in range(4):
        spark.sql(
            f"INSERT INTO {name} SELECT id, id % 2 FROM range({start * 10}, {start * 10 + 10})"
        )
    spark.sql(f"INSERT INTO {name} VALUES (100, 7)")
    history = [
        (row.operation, row.operationParameters.get("auto"))
        for row in spark.sql(f"DESCRIBE HISTORY {name}").collect()
    ]
    assert history.count(("OPTIMIZE", "true")) == 1
    assert spark.sql(f"DESCRIBE DETAIL {name}").first().numFiles == 5
    assert rows(spark, name) == sorted([(i, i % 2) for i in range(40)] + [(100, 7)], key=repr)
    spark.conf.set("spark.databricks.delta.autoCompact.enabled", "false")
    for _ in range(3):
        spark.sql(f"INSERT INTO {name} VALUES (100, 7)")
    assert spark.sql(f"DESCRIBE DETAIL {name}").first().numFiles == 8
    for key in ("minNumFiles", "enabled"):
        spark.conf.unset(f"spark.databricks.delta.autoCompact.{key}")


def test_a_write_may_say_what_it_is(spark, name):
    spark.range(10).write.saveAsTable(name)
    spark.conf.set("spark.databricks.delta.commitInfo.userMetadata", "of the session")
    writer = spark.table(name).repartition(1).write.mode("overwrite")
    writer.option("dataChange", "false").option("userMetadata", "tidied").saveAsTable(name)
    spark.conf.unset("spark.databricks.delta.commitInfo.userMetadata")
    assert spark.sql(f"DESCRIBE HISTORY {name} LIMIT 1").first().userMetadata == "tidied"
    found = actions(place_of(spark, name), 1)
    assert {file["dataChange"] for kind in ("add", "remove") for file in found[kind]} == {False}
    assert spark.table(name).count() == 10


def test_fields_of_structs_are_matched_by_name_where_columns_are(spark, name):
    spark.sql(
        f"CREATE TABLE {name} (id BIGINT, r STRUCT<x: INT, y: INT>, a ARRAY<STRUCT<x: INT, y: INT>>)"
    )
    query = "SELECT {}L AS id, named_struct('y', 2, 'x', 1) AS r, array(named_struct('y', 2, 'x', 1)) AS a"
    spark.sql(query.format(1)).write.mode("append").saveAsTable(name)
    spark.sql(f"INSERT INTO {name} BY NAME {query.format(2)}")
    spark.sql(f"INSERT INTO {name} {query.format(3)}")
    less = "SELECT 4L AS id, named_struct('y', 2) AS r, array(named_struct('y', 2)) AS a"
    spark.sql(less).write.mode("append").saveAsTable(name)
    assert [tuple(row) for row in spark.table(name).orderBy("id").collect()] == [
        (1, (1, 2), [(1, 2)]),
        (2, (1, 2), [(1, 2)]),
        (3, (2, 1), [(2, 1)]),
        (4, (None, 2), [(None, 2)]),
    ]
    more = "SELECT 5L AS id, named_struct('z', 3, 'y', 2) AS r, array(named_struct('z', 3)) AS a"
    spark.sql(more).write.mode("append").option("mergeSchema", "true").saveAsTable(name)
    assert tuple(spark.table(name).where("id = 5").first()) == (
        5,
        (None, 2, 3),
        [(None, None, 3)],
    )


def test_a_database_may_be_called_delta(spark, tmp_path):
    spark.sql("CREATE DATABASE delta")
    try:
        spark.sql("CREATE TABLE delta.customer (id BIGINT)")
        spark.sql("INSERT INTO delta.customer VALUES (1), (2)")
        spark.sql("DELETE FROM delta.customer WHERE id = 1")
        spark.sql("OPTIMIZE delta.customer")
        assert spark.sql("SELECT * FROM delta.customer").collect() == [(2,)]
        assert spark.sql("DESCRIBE DETAIL delta.customer").first().name.endswith("delta.customer")
        place = tmp_path / "p"
        spark.sql(f"CREATE TABLE delta.`{place}` USING delta AS SELECT 3 AS id")
        assert spark.sql(f"SELECT * FROM delta.`{place}`").collect() == [(3,)]
        spark.sql(f"ANALYZE TABLE delta.`{place}` COMPUTE STATISTICS FOR ALL COLUMNS")
        shown = spark.sql("SHOW TABLES IN delta").where("NOT isTemporary").collect()
        assert [row.tableName for row in shown] == ["customer"]
    finally:
        spark.sql("DROP DATABASE delta CASCADE")


def test_a_value_that_must_be_there_is_missed_first(spark, name):
    spark.sql(f"CREATE TABLE {name} (a INT NOT NULL, b STRING, CONSTRAINT pos CHECK (a > 0))")
    for row, condition in (
        ("NULL, 'x'", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"),
        ("0, 'x'", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES"),
    ):
        with pytest.raises(SparkRuntimeException) as caught:
            spark.sql(f"INSERT INTO {name} VALUES ({row})")
        assert caught.value.getCondition() == condition
