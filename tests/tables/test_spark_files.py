"""Files that a real Spark wrote hold, below a log, what Spark reads in them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

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
