"""Files that a real Spark wrote hold, below a log, what Spark reads in them."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from pyspark.errors import PySparkException

from tests.tables.builder import TableBuilder, metadata, protocol

FOLDER = Path(__file__).parent / "spark_files"
ANSWERS = json.loads((FOLDER / "answers.json").read_text())


def place(table: TableBuilder, schema: dict[str, Any], file: Path) -> None:
    table.commit(protocol(features=("timestampNtz", "variantType")), metadata(schema))
    shutil.copy(file, table.root / "a.parquet")
    add = {"path": "a.parquet", "partitionValues": {}, "size": file.stat().st_size,
           "modificationTime": 1, "dataChange": True}  # fmt: skip
    table.commit({"add": add})


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "variant_nested"])
def test_what_spark_wrote(table, spark, name):
    answer = ANSWERS[name]
    place(table, answer["schema"], FOLDER / f"{name}.parquet")
    texts = [f"CAST(`{field['name']}` AS STRING)" for field in answer["schema"]["fields"]]
    frame = spark.read.format("delta").load(str(table.root)).selectExpr(*texts)
    assert [list(row) for row in frame.collect()] == answer["rows"]


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "variant_nested"])
def test_what_spark_wrote_as_a_mere_file(spark, name):
    answer = ANSWERS[name]
    frame = spark.read.parquet(str(FOLDER / f"{name}.parquet"))
    assert frame.columns == [field["name"] for field in answer["schema"]["fields"]]
    texts = [f"CAST(`{column}` AS STRING)" for column in frame.columns]
    assert [list(row) for row in frame.selectExpr(*texts).collect()] == answer["rows"]


def test_files_by_two_calendars_side_by_side(spark, tmp_path):
    names = ("legacy_Los_Angeles_INT96", "corrected_UTC_INT96", "legacy_UTC_TIMESTAMP_MILLIS")
    for name in names:
        shutil.copy(FOLDER / f"{name}.parquet", tmp_path)
    frame = spark.read.parquet(str(tmp_path))
    texts = [f"CAST({column} AS STRING)" for column in frame.columns]
    found = sorted((list(row) for row in frame.selectExpr(*texts).collect()), key=repr)
    assert found == sorted((row for name in names for row in ANSWERS[name]["rows"]), key=repr)
    assert frame.where("d = DATE'0001-01-01'").count() == 3


def test_variants_in_columns_that_are_not_called_so(table, spark, tmp_path):
    answer = ANSWERS["variant_shredded"]
    pq.write_table(pq.read_table(FOLDER / "variant_shredded.parquet"), tmp_path / "bare.parquet")
    place(table, answer["schema"], tmp_path / "bare.parquet")
    frame = spark.read.format("delta").load(str(table.root))
    texts = frame.selectExpr(
        "CAST(id AS STRING)", "CAST(v AS STRING)", "variant_get(v, '$.a', 'int')"
    )
    found = [list(row) for row in texts.collect()]
    assert [row[:2] for row in found] == answer["rows"]
    assert [row[2] for row in found] == [1, 2, None, None, None, None]


def test_variants_of_mere_files(spark, tmp_path):
    answer = ANSWERS["variant_nested"]
    rows = [row for row in answer["rows"] if row[0] != "1"]
    bare = str(tmp_path / "bare.parquet")
    file = pq.read_table(FOLDER / "variant_nested.parquet")
    pq.write_table(file.replace_schema_metadata(None), bare)
    schema = "id BIGINT, s STRUCT<v: VARIANT, l: ARRAY<VARIANT>>, m MAP<STRING, VARIANT>, v VARIANT"
    frame = spark.read.schema(schema).parquet(bare).where("id <> 1")
    texts = [f"CAST({column} AS STRING)" for column in frame.columns]
    assert [list(row) for row in frame.selectExpr(*texts).collect()] == rows
    # Nothing says that they are variants: they are structs.
    of = dict(spark.read.parquet(bare).dtypes)["v"]
    assert of == "struct<value:binary,metadata:binary>"
    for asked in ("id VARIANT", "m VARIANT"):
        with pytest.raises(PySparkException) as error:
            spark.read.schema(asked).parquet(bare).collect()
        assert error.value.getCondition() == "FAILED_READ_FILE.NO_HINT"


def test_variants_that_duckdb_wrote(spark, tmp_path):
    file = tmp_path / "v.parquet"
    values = "CASE id WHEN 0 THEN {'a': 1, 'b': 'x'}::VARIANT WHEN 1 THEN 'text'::VARIANT END"
    duckdb.sql(f"COPY (SELECT id, {values} AS v FROM range(3) t(id)) TO '{file}'")
    frame = spark.read.parquet(str(file))
    assert frame.schema.simpleString() == "struct<id:bigint,v:variant>"
    texts = frame.selectExpr("CAST(v AS STRING)", "variant_get(v, '$.b', 'string')")
    assert [tuple(row) for row in texts.collect()] == [
        ('{"a":1,"b":"x"}', "x"),
        ("text", None),
        (None, None),
    ]
    with pytest.raises(PySparkException) as error:
        spark.read.schema("v STRUCT<metadata: BINARY, value: BINARY>").parquet(str(file)).collect()
    assert error.value.getCondition() == "FAILED_READ_FILE.NO_HINT"


def test_variants_of_every_type_at_every_depth(table, spark, tmp_path):
    # Annotated ones are DuckDB's affair, which has other texts for binaries; in row 1 is 1.0E300,
    # which is 1e300 in every variant here.
    answer = ANSWERS["variant_nested"]
    pq.write_table(pq.read_table(FOLDER / "variant_nested.parquet"), tmp_path / "bare.parquet")
    place(table, answer["schema"], tmp_path / "bare.parquet")
    texts = [f"CAST({field['name']} AS STRING)" for field in answer["schema"]["fields"]]
    frame = spark.read.format("delta").load(str(table.root)).where("id <> 1").selectExpr(*texts)
    assert [list(row) for row in frame.collect()] == [
        row for row in answer["rows"] if row[0] != "1"
    ]
