"""What is written here, read by other engines: deltalake, Polars and DuckDB's delta extension.

They live in an environment of their own, `.venv-delta`, and answer as JSON.
"""

import json
import subprocess
from pathlib import Path

import pytest

PYTHON = Path(__file__).parents[2] / ".venv-delta/bin/python"
READERS = ("deltalake", "polars", "duckdb")

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="make .venv-delta")

READ = """
import json, sys
engine, path = sys.argv[1:]
if engine == "deltalake":
    import pyarrow as pa
    from deltalake import DeltaTable, QueryBuilder
    table = QueryBuilder().register("t", DeltaTable(path)).execute("SELECT * FROM t")
    table = pa.table(table.read_all())
elif engine == "polars":
    import polars as pl
    import polars_deltalake
    table = polars_deltalake.scan_delta(path).collect().to_arrow()
else:
    import duckdb, duckdb_extension_delta, pathlib
    place = pathlib.Path(duckdb_extension_delta.__file__).parent
    [extension] = place.rglob("delta.duckdb_extension*")
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension}'")
    table = connection.sql(f"SELECT * FROM delta_scan('{path}')").to_arrow_table()
rows = [[repr(v) for v in row.values()] for row in table.to_pylist()]
print(json.dumps([table.column_names, sorted(rows)]))
"""


def read(engine, path):
    done = subprocess.run(
        [PYTHON, "-c", READ, engine, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def expected(spark, path):
    frame = spark.read.format("delta").load(str(path))
    rows = [[repr(v) for v in row.values()] for row in frame.toArrow().to_pylist()]
    return [frame.columns, sorted(rows)]


PLAIN = (
    "SELECT id, CAST(id AS INT) AS i, CAST(id % 3 AS STRING) AS s, id * 0.5D AS d, id % 2 = 0 AS b,"
    " CAST(id AS DECIMAL(20, 3)) AS n, date_add(DATE'2020-01-01', CAST(id AS INT)) AS day,"
    " array(id, NULL) AS list, named_struct('x', id, 'y', concat('v', id)) AS struct,"
    " CASE WHEN id % 4 = 0 THEN NULL ELSE concat('p/', id % 3, '=') END AS part FROM range(20)"
)


@pytest.mark.parametrize("engine", READERS)
def test_a_plain_table_is_read_by_all(spark, tmp_path, engine):
    path = tmp_path / "t"
    frame = spark.sql(PLAIN)
    frame.write.format("delta").partitionBy("part").save(str(path))
    frame.where("id < 7").write.format("delta").mode("append").save(str(path))
    assert read(engine, path) == expected(spark, path)


@pytest.mark.parametrize("engine", READERS)
def test_a_plain_table_after_many_commits_is_read_by_all(spark, tmp_path, engine):
    path = tmp_path / "t"
    spark.range(1).write.format("delta").save(str(path))
    for _ in range(11):
        spark.range(1).write.format("delta").mode("append").save(str(path))
    spark.range(5).write.format("delta").mode("overwrite").save(str(path))
    assert read(engine, path) == expected(spark, path)


@pytest.mark.parametrize("engine", READERS)
def test_a_rich_table_is_read_by_those_that_can(spark, tmp_path, engine):
    path = tmp_path / "t"
    spark.sql(
        f"CREATE TABLE delta.`{path}` USING delta TBLPROPERTIES ('boathouse.profile' = 'rich')"
        f" AS {PLAIN}"
    )
    spark.sql(f"ALTER TABLE delta.`{path}` RENAME COLUMN i TO renamed")
    spark.sql(f"INSERT INTO delta.`{path}` SELECT * FROM delta.`{path}` WHERE id < 5")
    assert read(engine, path) == expected(spark, path)


def test_a_table_of_delta_rs_is_written_further(spark, tmp_path):
    path = tmp_path / "t"
    make = (
        "import pyarrow as pa, sys; from deltalake import write_deltalake as w;"
        "w(sys.argv[1], pa.table({'a': [1, 2], 'p': ['x', None]}), partition_by=['p'])"
    )
    subprocess.run([PYTHON, "-c", make, str(path)], check=True)
    spark.sql(f"INSERT INTO delta.`{path}` VALUES (3, 'y')")
    assert read("deltalake", path) == expected(spark, path)
    assert spark.read.format("delta").load(str(path)).count() == 3
