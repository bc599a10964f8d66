"""Tables of other engines are read here, and tables made by hand give the same rows everywhere."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.tables.builder import TableBuilder, metadata, protocol
from tests.tables.peers import plain, shown
from tests.tables.test_time_travel import vector

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def peers(root: Path):
    """Runs tests/tables/peers.py where the other engines are."""
    python = root / ".venv-delta" / "bin" / "python"
    if not python.exists():
        pytest.skip("`make .venv-delta/.stamp` makes the environment of the other engines")

    def run(*arguments: str) -> str:
        script = root / "tests" / "tables" / "peers.py"
        command = [str(python), str(script), *arguments]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=300
        ).stdout

    return run


@pytest.fixture(scope="module")
def written(peers, tmp_path_factory) -> Path:
    """Tables that delta-rs wrote."""
    place = tmp_path_factory.mktemp("delta-rs")
    peers("write", str(place))
    return place


def ours(frame: Any) -> list[str]:
    """The rows of a DataFrame as peers show theirs."""
    return shown(
        [{name: client(value) for name, value in row.asDict().items()} for row in frame.collect()]
    )


def client(value: Any) -> Any:
    """A value of the client as pyarrow would give it."""
    if isinstance(value, dict):
        return [[key, client(one)] for key, one in value.items()]
    if hasattr(value, "asDict"):
        return {name: client(one) for name, one in value.asDict().items()}
    return [client(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", ["plain", "by_text", "by_time", "by_number"])
def test_tables_of_delta_rs(written, peers, spark, name):
    place = str(written / name)
    frame = spark.read.format("delta").load(place)
    theirs = json.loads(peers("read", "deltalake", place))
    assert ours(frame) == theirs
    assert frame.count() == len(theirs)
    for condition in (
        "i = 5",
        "t < '2020-01-02'",
        "n = 0.25",
        "b",
        "b IS NULL",
        "d = '2020-01-03'",
        "s LIKE 's 1%'",
        "r.b.c = '12'",
    ):
        everything = spark.createDataFrame(frame.toPandas().loc[:, ["i"]]).count()
        assert everything == len(theirs)
        kept = frame.selectExpr("i", f"({condition}) AS c").where("c").count()
        assert frame.where(condition).count() == kept


def test_the_feed_of_delta_rs(written, peers, spark):
    place = str(written / "feed")
    theirs = [json.loads(row) for row in json.loads(peers("read", "feed", place))]
    found = spark.sql(f"SELECT * FROM table_changes_by_path('{place}', 0)").drop(
        "_commit_timestamp"
    )
    for row in theirs:
        del row["_commit_timestamp"]
    assert ours(found) == sorted(json.dumps(plain(row), sort_keys=True) for row in theirs)


@pytest.mark.parametrize("engine", ["duckdb", "kernel"])
def test_deletion_vectors_elsewhere(peers, spark, table: TableBuilder, engine):
    table.commit(
        protocol(features=("deletionVectors",)),
        metadata("id BIGINT, p STRING", partition_by=("p",)),
    )
    data = pa.table({"id": pa.array(range(10), pa.int64())})
    file = table.file(data, partition={"p": "a b"})
    table.commit(
        {"add": {**file["add"], "deletionVector": vector(0, 3, 9)}},
        table.file(data, partition={"p": None}),
    )
    assert ours(spark.read.format("delta").load(str(table.root))) == json.loads(
        peers("read", engine, str(table.root))
    )
