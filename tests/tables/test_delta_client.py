"""Delta's own Python client, unmodified, against Boathouse. It lives in an environment that holds
nothing else, `.venv-delta-client`, and stands on this one's PySpark.
"""

import sys
from importlib import import_module
from pathlib import Path

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as f
from pyspark.sql.types import LongType, StringType, StructField, StructType

from boathouse.connect.decode.delta_messages import MESSAGES

CLIENT = next(
    (Path(__file__).parents[2] / ".venv-delta-client").glob("lib/python*/site-packages"), None
)

pytestmark = pytest.mark.skipif(CLIENT is None, reason="make .venv-delta-client/.stamp")


@pytest.fixture(autouse=True)
def client(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(CLIENT)])


@pytest.fixture
def tables():
    return import_module("delta.tables").DeltaTable


@pytest.fixture
def people(spark, tables):
    """Three rows in two partitions, version 1."""
    spark.sql("DROP TABLE IF EXISTS people")
    made = (
        tables.create(spark)
        .tableName("people")
        .addColumn("id", "INT", nullable=False, comment="the key")
        .addColumn("name", StringType())
        .addColumn("loud", "STRING", generatedAlwaysAs="upper(name)")
        .addColumn("part", "INT")
        .partitionedBy("part")
        .comment("who there is")
        .property("house.kind", "test")
        .execute()
    )
    rows = spark.createDataFrame(
        [(1, "ann", 1), (2, "bob", 1), (3, "cid", 2)], "id int, name string, part int"
    )
    rows.write.format("delta").mode("append").saveAsTable("people")
    return made


def content(table, *columns):
    frame = table.toDF()
    return sorted(map(tuple, frame.select(*columns or frame.columns).collect()))


def refused(condition, call):
    with pytest.raises(PySparkException) as caught:
        call()
    assert caught.value.getCondition() == condition


def test_messages_are_the_clients(tables):
    compared = set()
    for part in ("base", "relations", "commands"):
        file = import_module(f"delta.connect.proto.{part}_pb2")
        for name, theirs in file.DESCRIPTOR.message_types_by_name.items():
            ours = MESSAGES[name].DESCRIPTOR
            assert [(x.number, x.name) for x in ours.fields] == [
                (x.number, x.name) for x in theirs.fields
            ], name
            compared.add(name)
    # What is left is nested in the client's, or a map's entry.
    assert set(MESSAGES) - compared == {
        "Action", "Assigning", "Column", "IdentityInfo", "Pair", "Path", "Plain",
    }  # fmt: skip


def test_a_table_is_created_as_it_was_built(spark, tables, people):
    assert content(people) == [(1, "ann", "ANN", 1), (2, "bob", "BOB", 1), (3, "cid", "CID", 2)]
    detail = people.detail().first()
    assert (detail.description, detail.partitionColumns) == ("who there is", ["part"])
    assert detail.properties["house.kind"] == "test"
    assert spark.table("people").schema["id"].metadata["comment"] == "the key"

    def create():
        tables.create(spark).tableName("people").addColumn("id", "INT").execute()

    refused("TABLE_OR_VIEW_ALREADY_EXISTS", create)
    kept = tables.createIfNotExists(spark).tableName("people").addColumn("id", "INT").execute()
    assert len(kept.toDF().columns) == 4
    replaced = tables.createOrReplace(spark).tableName("people").addColumn("only", "INT").execute()
    assert replaced.toDF().columns == ["only"]
    absent = tables.replace(spark).tableName("absent").addColumn("only", "INT")
    refused("DELTA_CANNOT_REPLACE_MISSING_TABLE", absent.execute)


def test_a_table_by_path_with_identity_and_clustering(spark, tables, tmp_path):
    identity = import_module("delta.tables").IdentityGenerator(start=10, step=5)
    path = str(tmp_path / "t")
    builder = tables.create(spark).location(path).addColumn("v", "VARCHAR(5)").clusterBy("v")
    table = builder.addColumn("id", LongType(), generatedAlwaysAs=identity).execute()
    spark.createDataFrame([("a",), ("b",)], "v string").coalesce(1).write.format("delta").mode(
        "append"
    ).save(path)
    assert content(table, "id") == [(10,), (15,)]
    assert table.detail().first().clusteringColumns == ["v"]
    assert tables.isDeltaTable(spark, path)
    assert tables.isDeltaTable(spark, f"file:{path}/below")
    assert not tables.isDeltaTable(spark, str(tmp_path))
    refused("DELTA_PATH_DOES_NOT_EXIST", tables.forPath(spark, str(tmp_path / "no")).delete)


def test_rows_change(spark, people):
    assert people.update("id = 1", {"name": "'zed'"}).first()[0] == 1
    aliased = people.alias("p")
    assert aliased.update(f.col("p.id") == 2, {"p.name": f.lit("two")}).first()[0] == 1
    assert people.update(people.toDF()["id"] == 3, {"name": people.toDF()["name"]}).first()[0] == 1
    assert people.delete(f.col("id") == 3).first()[0] == 1
    assert content(people) == [(1, "zed", "ZED", 1), (2, "two", "TWO", 1)]
    assert people.delete().first()[0] == 2
    assert people.history().select("operation").collect()[0][0] == "DELETE"


def test_merge(spark, people):
    source = spark.createDataFrame([(1, "new", 1), (9, "nin", 2)], "id int, name string, part int")
    told = (
        people.alias("t")
        .merge(source.alias("s"), "t.id = s.id")
        .whenMatchedUpdate(set={"name": "s.name"})
        .whenNotMatchedInsert(values={"id": "s.id", "name": f.col("s.name"), "part": "s.part"})
        .whenNotMatchedBySourceDelete("t.id = 2")
        .whenNotMatchedBySourceUpdate(set={"name": "concat(t.name, '!')"})
        .execute()
    )
    assert told.first() == (4, 2, 1, 1)
    assert content(people, "id", "loud") == [(1, "NEW"), (3, "CID!"), (9, "NIN")]
    # It ran once, though its rows were asked for as a DataFrame's.
    assert [row[0] for row in people.history().select("operation").collect()].count("MERGE") == 1


def test_merge_by_columns_of_the_dataframes(spark, people):
    source = spark.createDataFrame([(1, "x", 5), (2, "y", 6)], "id int, name string, part int")
    target = people.toDF()
    merge = people.merge(source, target["id"] == source["id"])
    merge.whenMatchedUpdate(target["id"] == 1, {"name": source["name"]}).execute()
    assert content(people, "id", "name") == [(1, "x"), (2, "bob"), (3, "cid")]


def test_merge_of_all_columns_with_schema_evolution(spark, tables, tmp_path):
    path = str(tmp_path / "t")
    spark.range(3).write.format("delta").save(path)
    table = tables.forPath(spark, path)
    source = spark.range(2, 5).withColumn("more", f.lit("m"))
    merge = table.alias("t").merge(source.alias("s"), "t.id = s.id").withSchemaEvolution()
    merge.whenMatchedUpdateAll().whenNotMatchedInsertAll("s.id < 4").execute()
    found = table.toDF().orderBy("id").collect()
    assert [tuple(row) for row in found] == [(0, None), (1, None), (2, "m"), (3, "m")]


def test_history_restore_and_clone(spark, tables, people, tmp_path):
    people.delete("id = 1")
    assert [row.version for row in people.history(2).collect()] == [2, 1]
    assert people.restoreToVersion(1).first().num_restored_files == 1
    assert len(content(people)) == 3
    late = "2999-01-01"
    refused("DELTA_CANNOT_RESTORE_TIMESTAMP_GREATER", lambda: people.restoreToTimestamp(late))
    spark.sql("DROP TABLE IF EXISTS people_copy")
    copy = people.clone("people_copy", isShallow=True, properties={"house.copy": "yes"})
    assert content(copy) == content(people)
    assert copy.detail().first().properties["house.copy"] == "yes"
    at_two = people.cloneAtVersion(2, str(tmp_path / "copy"))
    assert content(at_two, "id") == [(2,), (3,)]


def test_upkeep(spark, people):
    told = people.optimize().where("part = 1").where("part < 5").executeCompaction().first()
    assert told.metrics.totalConsideredFiles <= 2
    assert people.optimize().executeZOrderBy("id", "name").first().metrics.numFilesAdded == 2
    people.vacuum()
    assert people.history(1).first().operation == "VACUUM END"
    refused("DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT", lambda: people.vacuum(0))
    assert len(content(people)) == 3


def test_protocol(people):
    people.upgradeTableProtocol(3, 7)
    people.addFeatureSupport("checkConstraints")
    detail = people.detail().first()
    assert (detail.minReaderVersion, detail.minWriterVersion) == (3, 7)
    assert "checkConstraints" in detail.tableFeatures
    people.dropFeatureSupport("checkConstraints")
    assert "checkConstraints" not in people.detail().first().tableFeatures
    refused(
        "DELTA_UNSUPPORTED_MANIFEST_GENERATION_WITH_COLUMN_MAPPING",
        lambda: people.generate("symlink_format_manifest"),
    )


@pytest.mark.parametrize("schema", ["p bigint", StructType([StructField("p", LongType())])])
def test_convert(spark, tables, tmp_path, schema):
    path = str(tmp_path / "files")
    spark.range(4).selectExpr("id", "id % 2 AS p").write.partitionBy("p").parquet(path)
    table = tables.convertToDelta(spark, f"parquet.`{path}`", schema)
    assert content(table) == [(0, 0), (1, 1), (2, 0), (3, 1)]
    assert table.detail().first().partitionColumns == ["p"]
