"""Every form a checkpoint may have stands for the commits before it."""

import json
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from pyspark.errors import PySparkException

from boathouse.session.delta import log_at
from tests.tables.builder import TableBuilder, checkpoint, lines, metadata, protocol, removed
from tests.tables.test_time_travel import vector

Action = dict[str, Any]
UNIQUE = "80a083e8-7026-4e79-81be-64bd76c43a11"


def numbers(*values: int) -> pa.Table:
    return pa.table({"id": pa.array(values, pa.int64())})


@pytest.fixture
def started(table: TableBuilder) -> tuple[TableBuilder, list[Action], list[Action]]:
    """Two commits; the actions of their state, and the files among them."""
    state = [
        protocol(features=("v2Checkpoint", "deletionVectors")),
        metadata("id BIGINT"),
        {"txn": {"appId": "me", "version": 7}},
    ]
    table.commit(*state)
    adds = [table.file(numbers(n, n + 1)) for n in (1, 10, 20)]
    adds[2]["add"]["deletionVector"] = vector(0)
    table.commit(*adds)
    return table, state, adds


def without_commits(table: TableBuilder) -> None:
    table.remove(f"{0:020}.json", f"{1:020}.json")


EXPECTED = [(1,), (10,), (11,), (2,), (21,)]


def test_several_parts(started, rows):
    table, state, adds = started
    name = f"{1:020}.checkpoint.{{:010}}.{3:010}.parquet"
    checkpoint(table, name.format(1), *state, adds[0])
    checkpoint(table, name.format(2), adds[1])
    checkpoint(
        table,
        name.format(3),
        adds[2],
        {"remove": {"path": "gone", "deletionTimestamp": 1, "dataChange": True}},
    )
    without_commits(table)
    assert rows(table) == EXPECTED
    snapshot = log_at(str(table.root)).snapshot()
    assert snapshot.transactions == {"me": 7}
    assert [one.path for one in snapshot.tombstones()] == ["gone"]


def test_a_missing_part_makes_it_none(started, rows):
    table, state, adds = started
    checkpoint(table, f"{1:020}.checkpoint.{1:010}.{2:010}.parquet", *state, *adds)
    assert rows(table) == EXPECTED


@pytest.mark.parametrize("form", ["json", "parquet"])
@pytest.mark.parametrize("sidecars", [True, False])
def test_manifests(started, rows, form, sidecars):
    table, state, adds = started
    own = [{"checkpointMetadata": {"version": 1}}, *state]
    if sidecars:
        for number, some in enumerate((adds[:1], adds[1:])):
            checkpoint(table, f"_sidecars/{number}.parquet", *some)
            own.append(
                {"sidecar": {"path": f"{number}.parquet", "sizeInBytes": 1, "modificationTime": 1}}
            )
    else:
        own += adds
    name = f"{1:020}.checkpoint.{UNIQUE}.{form}"
    if form == "json":
        table.put(name, lines(own))
    else:
        checkpoint(table, name, *own)
    without_commits(table)
    assert rows(table) == EXPECTED
    table.commit(removed(adds[2]), version=2)
    assert rows(table) == EXPECTED[:4]


def test_a_classic_name_may_hold_a_manifest(started, rows):
    table, state, adds = started
    checkpoint(table, "_sidecars/one.parquet", *adds)
    sidecar = {"sidecar": {"path": "one.parquet", "sizeInBytes": 1, "modificationTime": 1}}
    checkpoint(table, f"{1:020}.checkpoint.parquet", *state, sidecar)
    without_commits(table)
    assert rows(table) == EXPECTED


def test_a_lost_sidecar_is_passed_over(started, rows):
    table, state, _ = started
    sidecar = {"sidecar": {"path": "lost.parquet", "sizeInBytes": 1, "modificationTime": 1}}
    table.put(f"{1:020}.checkpoint.{UNIQUE}.json", lines([*state, sidecar]))
    assert rows(table) == EXPECTED


def test_the_same_file_with_another_vector(started, rows):
    table, state, adds = started
    checkpoint(table, f"{1:020}.checkpoint.parquet", *state, *adds)
    more = {"add": {**adds[2]["add"], "deletionVector": vector(0, 1)}}
    table.commit(removed(adds[2]), more)
    without_commits(table)
    assert rows(table) == EXPECTED[:4]


def test_typed_statistics_alone(table, rows, spark):
    table.created("id BIGINT, day DATE")
    days = [date(2020, 1, 1), date(2020, 2, 1)]
    adds = [
        table.file(pa.table({"id": [n], "day": [day]}), name=f"f{n}") for n, day in enumerate(days)
    ]
    table.commit(*adds)
    kind = pa.struct([("id", pa.int64()), ("day", pa.date32())])
    nulls = pa.struct([("id", pa.int64()), ("day", pa.int64())])
    of = pa.struct(
        [("numRecords", pa.int64()), ("minValues", kind), ("maxValues", kind), ("nullCount", nulls)]
    )

    def values(stats):
        bounds = {
            key: {**stats[key], "day": date.fromisoformat(stats[key]["day"])}
            for key in ("minValues", "maxValues")
        }
        return {**stats, **bounds}

    checkpoint(
        table,
        f"{1:020}.checkpoint.parquet",
        protocol(),
        metadata("id BIGINT, day DATE"),
        *adds,
        typed={"type": of, "values": values},
    )
    without_commits(table)
    files = log_at(str(table.root)).snapshot().files
    assert files.records == 2
    assert [json.loads(add.stats or "") for add in files.files()] == [
        json.loads(add["add"]["stats"]) for add in adds
    ]
    found = spark.sql(f"SELECT id FROM delta.`{table.root}` WHERE day >= '2020-01-15'")
    assert found.collect() == [(1,)]


def test_conditions_of_a_broken_log(started, spark):
    table, state, _ = started

    def condition() -> str:
        try:
            spark.read.format("delta").load(str(table.root)).collect()
        except PySparkException as error:
            return error.getCondition() or ""
        return "none"

    table.commit(table.file(numbers(5)), version=3)
    assert condition() == "DELTA_VERSIONS_NOT_CONTIGUOUS"
    table.remove(f"{3:020}.json", f"{0:020}.json")
    assert condition() == "DELTA_TRUNCATED_TRANSACTION_LOG"
    table.put(f"{0:020}.json", "{not json")
    assert condition() == "FAILED_READ_FILE.NO_HINT"
    table.put(f"{0:020}.json", lines(state[1:]))
    assert condition() == "DELTA_STATE_RECOVER_ERROR"
    table.put(f"{0:020}.json", lines(state))
    assert condition() == "none"
