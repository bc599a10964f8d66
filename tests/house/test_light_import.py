"""`import boathouse` costs next to nothing: command lines, plugins and workers all begin with it."""

import sys
from pathlib import Path

from tests.house.process import output_of

HEAVY = {
    "duckdb",
    "fastavro",
    "google",
    "grpc",
    "numpy",
    "pandas",
    "prompt_toolkit",
    "pyarrow",
    "pyspark",
}


def test_importing_boathouse_loads_nothing_heavy(root: Path):
    program = (
        "import sys, boathouse; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    code, output = output_of([sys.executable, "-c", program], root)
    assert code == 0, output
    assert not set(output.split()) & HEAVY


def test_boathouse_knows_its_version(root: Path):
    code, output = output_of(
        [sys.executable, "-c", "import boathouse; print(boathouse.__version__)"], root
    )
    assert (code, output.count(".")) == (0, 2), output


def test_session_stays_a_function_when_its_room_is_loaded(root: Path):
    program = "import boathouse, boathouse.session; print(callable(boathouse.session))"
    assert output_of([sys.executable, "-c", program], root) == (0, "True\n")


def test_a_server_needs_neither_the_client_nor_pandas(root: Path):
    program = """
import sys
from boathouse.app import Boathouse, serve
from boathouse.cli.startup import spare_pandas

spare_pandas()
with Boathouse() as made:
    server = serve(made)
    made.open_session("me", "id").close()
    import pyarrow as pa
    pa.array([1])
    print(*sorted({"pandas", "pyspark"} & set(sys.modules)))
    from boathouse.connect.messages import base_pb2
    from boathouse.app import client_importable
    with client_importable():
        from pyspark.sql.connect.proto import base_pb2 as theirs
        from pyspark.sql import SparkSession
    print(base_pb2.ExecutePlanRequest is theirs.ExecutePlanRequest)
    spark = SparkSession.builder.remote(f"sc://localhost:{server.port}").getOrCreate()
    print(spark.range(2).toPandas().id.sum())
    import pandas
    print(spark.createDataFrame(pandas.DataFrame({"x": [1.5, None]})).collect())
    spark.stop()
    server.stop()
"""
    code, output = output_of([sys.executable, "-c", program], root)
    assert (code, output) == (0, "\nTrue\n1\n[Row(x=1.5), Row(x=None)]\n"), output
