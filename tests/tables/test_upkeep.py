"""Checkpoints, checksums and the removal of old log files."""

import json
import os
import time
from pathlib import Path

import pytest

from boathouse.tables.delta.checkpoint_writing import write_checkpoint
from boathouse.tables.delta.log import DeltaLog
from boathouse.tables.delta.upkeep import clean_up, look_after
from boathouse.tables.storage import storage_of


@pytest.fixture(params=["rich", "plain"])
def path(spark, tmp_path, request):
    """A table of twelve commits in either profile, without any upkeep."""
    place = tmp_path / "t"
    spark.conf.set("boathouse.delta.upkeep.enabled", "false")
    spark.sql(
        f"CREATE TABLE delta.`{place}` (i INT, p STRING) USING delta PARTITIONED BY (p)"
        f" TBLPROPERTIES ('boathouse.profile' = '{request.param}')"
    )
    for number in range(10):
        spark.sql(f"INSERT INTO delta.`{place}` VALUES ({number}, 'p {number % 2}')")
    spark.sql(f"INSERT OVERWRITE delta.`{place}` PARTITION (p = 'p 1') VALUES (100)")
    yield place
    spark.conf.unset("boathouse.delta.upkeep.enabled")


def log(path):
    return DeltaLog(storage_of(str(path)))


def rows(spark, path):
    return sorted(map(tuple, spark.read.format("delta").load(str(path)).collect()))


def forget(path, below):
    for version in range(below):
        (Path(path) / f"_delta_log/{version:020d}.json").unlink()


def test_a_checkpoint_stands_for_all_before_it(spark, path):
    before, snapshot = rows(spark, path), log(path).snapshot()
    write_checkpoint(snapshot)
    forget(path, snapshot.version)
    again = log(path).snapshot()
    assert again.files.count == snapshot.files.count
    assert {f.path: f for f in again.files.files()}.keys() == {
        f.path for f in snapshot.files.files()
    }
    assert {f.path for f in again.tombstones()} == {f.path for f in snapshot.tombstones()}
    assert (again.metadata, again.protocol) == (snapshot.metadata, snapshot.protocol)
    assert again.domains == snapshot.domains
    assert rows(spark, path) == before
    hint = json.loads((path / "_delta_log/_last_checkpoint").read_text("utf-8"))
    assert hint["version"] == snapshot.version
    assert hint["numOfAddFiles"] == snapshot.files.count


def test_a_checksum_tells_the_state(path):
    snapshot = log(path).snapshot()
    look_after(log(path), snapshot.version)
    found = json.loads((path / f"_delta_log/{snapshot.version:020d}.crc").read_text("utf-8"))
    assert found["numFiles"] == snapshot.files.count
    assert found["tableSizeBytes"] == snapshot.files.bytes
    assert found["metadata"]["id"] == snapshot.metadata.id


def test_old_log_files_go_and_the_table_stays(spark, path):
    before = rows(spark, path)
    snapshot = log(path).snapshot()
    assert clean_up(snapshot) == []
    write_checkpoint(log(path).snapshot(version=5))
    long_ago = time.time() - 40 * 86_400
    for version in range(8):
        os.utime(path / f"_delta_log/{version:020d}.json", (long_ago, long_ago))
    removed = clean_up(snapshot)
    assert sorted(removed) == [f"_delta_log/{version:020d}.json" for version in range(5)]
    assert log(path).snapshot().files.count == snapshot.files.count
    assert log(path).snapshot(version=5).version == 5
    assert rows(spark, path) == before
