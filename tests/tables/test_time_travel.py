"""Earlier versions, the history, and what changed between them."""

import os
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from pyroaring import BitMap64
from pyspark.errors import PySparkException

from boathouse.tables.delta.deletion_vectors import MAGIC, encoded, framed, z85_encoded
from tests.tables.builder import TableBuilder, metadata, protocol, removed

CDF = {"delta__enableChangeDataFeed": "true"}


def numbers(*values: int) -> pa.Table:
    return pa.table({"id": pa.array(values, pa.int64())})


def at(table: TableBuilder, version: int, time: str) -> None:
    """Let the commit of `version` be of `time`, in UTC."""
    moment = datetime.fromisoformat(time).replace(tzinfo=UTC).timestamp()
    os.utime(table.root / "_delta_log" / f"{version:020}.json", (moment, moment))


@pytest.fixture
def versions(table: TableBuilder) -> TableBuilder:
    """Version 1 holds 1, version 2 holds 1 and 2, version 3 holds 2 and 3."""
    table.created("id BIGINT")
    first = table.file(numbers(1))
    table.commit(first)
    table.commit(table.file(numbers(2)))
    table.commit(removed(first), table.file(numbers(3)))
    for version in range(4):
        at(table, version, f"2024-01-0{version + 1} 12:00:00")
    return table


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("VERSION AS OF 1", [1]),
        ("VERSION AS OF '2'", [1, 2]),
        ("FOR VERSION AS OF 3", [2, 3]),
        ("TIMESTAMP AS OF '2024-01-02 12:00:00'", [1]),
        ("TIMESTAMP AS OF DATE '2024-01-04'", [1, 2]),
        ("TIMESTAMP AS OF TIMESTAMP '2024-01-03 00:00:00' + INTERVAL 13 HOURS", [1, 2]),
    ],
)
def test_clauses(versions, spark, clause, expected):
    found = spark.sql(f"SELECT id FROM delta.`{versions.root}` {clause} ORDER BY id").collect()
    assert [row.id for row in found] == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"versionAsOf": 1}, [1]), ({"timestampAsOf": "2024-01-03 12:00:00"}, [1, 2]), ({"TIMESTAMPASOF": "2024-01-02T13:00:00Z"}, [1])],
)  # fmt: skip
def test_options(versions, rows, options, expected):
    assert rows(versions, **options) == [(value,) for value in expected]


def test_suffixes(versions, spark):
    read = spark.read.format("delta")
    assert read.load(f"{versions.root}@v1").collect() == [(1,)]
    assert read.load(f"{versions.root}@20240102120000000").collect() == [(1,)]
    spark.sql(f"CREATE TABLE travelled USING delta LOCATION '{versions.root}'")
    assert spark.sql("SELECT * FROM `travelled@v1`").collect() == [(1,)]
    assert spark.sql("SELECT * FROM travelled VERSION AS OF 1").collect() == [(1,)]
    assert spark.read.option("versionAsOf", 1).table("travelled").collect() == [(1,)]
    spark.sql("DROP TABLE travelled")


@pytest.mark.parametrize(
    ("clause", "condition"),
    [
        ("VERSION AS OF 9", "DELTA_VERSION_NOT_FOUND"),
        ("TIMESTAMP AS OF '2024-01-04 12:00:01'", "DELTA_TIMESTAMP_GREATER_THAN_COMMIT"),
        ("TIMESTAMP AS OF '2023-01-01'", "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION"),
        ("TIMESTAMP AS OF 'soon'", "INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.INPUT"),
        ("VERSION AS OF 'soon'", "DELTA_TIME_TRAVEL_INVALID_BEGIN_VALUE"),
    ],
)
def test_no_such_version(versions, spark, clause, condition):
    with pytest.raises(PySparkException) as error:
        spark.sql(f"SELECT * FROM delta.`{versions.root}` {clause}").collect()
    assert error.value.getCondition() == condition


def test_clocks_that_go_backwards(versions, rows):
    at(versions, 2, "2024-01-01 00:00:00")
    assert rows(versions, timestampAsOf="2024-01-02 12:00:00.001") == [(1,), (2,)]


def test_commit_times_in_the_log(table, spark, rows):
    table.commit(
        {"commitInfo": {"inCommitTimestamp": 1_000, "operation": "CREATE TABLE"}},
        protocol(features=("inCommitTimestamp",)) | {},
        metadata("id BIGINT", delta__enableInCommitTimestamps="true"),
    )
    table.put(
        f"{0:020}.json",
        (table.root / "_delta_log" / f"{0:020}.json")
        .read_text()
        .replace('"readerFeatures": ["inCommitTimestamp"]', '"readerFeatures": []'),
    )
    for time in (2_000, 3_000):
        table.commit(
            {"commitInfo": {"inCommitTimestamp": time, "operation": "WRITE"}},
            table.file(numbers(time)),
        )
    assert rows(table, timestampAsOf="1970-01-01 00:00:02.5") == [(2000,)]
    history = spark.sql(f"DESCRIBE HISTORY '{table.root}'").collect()
    assert [(row.version, row.timestamp.timestamp(), row.operation) for row in history] == [
        (2, 3.0, "WRITE"), (1, 2.0, "WRITE"), (0, 1.0, "CREATE TABLE"),
    ]  # fmt: skip


def test_times_across_the_start_of_times_in_the_log(table, spark, rows):
    day = "2024-01-0{} 00:00:00"
    table.created("id BIGINT")
    table.commit(table.file(numbers(1)))
    start = 1_704_240_000_000  # 2024-01-03
    properties = {
        "delta__enableInCommitTimestamps": "true",
        "delta__inCommitTimestampEnablementVersion": "2",
        "delta__inCommitTimestampEnablementTimestamp": str(start),
    }
    versions = {"readerFeatures": None, "writerFeatures": ["inCommitTimestamp"]}
    table.commit(
        {"commitInfo": {"inCommitTimestamp": start}},
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 7, **versions}},
        metadata("id BIGINT", **properties),
    )
    more = {"commitInfo": {"inCommitTimestamp": start + 86_400_000}}
    table.commit(more, table.file(numbers(3)))

    def found(moment: str) -> list[Any]:
        return [row[0] for row in rows(table, timestampAsOf=moment)]

    # The files say the same; then those of before are copied, so that they look younger than all;
    # then they lie about the others, of which the log itself speaks.
    for days in ((1, 2, 3, 4), (8, 9, 3, 4), (1, 2, 9, 9)):
        for version, number in enumerate(days):
            at(table, version, day.format(number))
        assert found(day.format(3)) == [1]
        assert found("2024-01-03 23:59:59.999") == [1]
        assert found(day.format(4)) == [1, 3]
        history = spark.sql(f"DESCRIBE HISTORY '{table.root}'").collect()
        assert [row.timestamp.day for row in history[:2]] == [4, 3]
        if days[0] == 1:
            assert found("2024-01-01 12:00:00") == []
            assert found("2024-01-02 12:00:00") == [1]
        else:
            with pytest.raises(PySparkException) as error:
                found("2024-01-02 12:00:00")
            assert error.value.getCondition() == "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION"


def test_history_and_detail(table, spark):
    table.commit(protocol(), metadata("id BIGINT, p STRING", partition_by=("p",), user__key="x"))
    info = {"operation": "WRITE", "operationParameters": {"mode": "Append", "partitionBy": "[]"}, "readVersion": 0,
            "operationMetrics": {"numFiles": "1"}, "engineInfo": "test", "isBlindAppend": True}  # fmt: skip
    table.commit({"commitInfo": info}, table.file(numbers(1), partition={"p": "a"}))
    (row,) = spark.sql(f"DESCRIBE HISTORY delta.`{table.root}` LIMIT 1").collect()
    assert (row.version, row.operation, row.readVersion, row.isBlindAppend) == (1, "WRITE", 0, True)
    assert row.operationParameters == {"mode": "Append", "partitionBy": "[]"}
    (detail,) = spark.sql(f"DESCRIBE DETAIL '{table.root}'").collect()
    assert (detail.format, detail.numFiles, detail.partitionColumns) == ("delta", 1, ["p"])
    assert detail.location == f"file:{table.root}"
    assert (detail.minReaderVersion, detail.tableFeatures) == (1, ["appendOnly", "invariants"])


# ---- changes ------------------------------------------------------------------------------------


def vector(*rows: int) -> dict[str, object]:
    """An inline deletion vector."""
    content = encoded(BitMap64(rows))
    padded = content + b"\0" * (-len(content) % 4)
    return {
        "storageType": "i",
        "pathOrInlineDv": z85_encoded(padded),
        "sizeInBytes": len(content),
        "cardinality": len(rows),
    }


@pytest.fixture
def changing(table: TableBuilder) -> TableBuilder:
    """Rows come (1), go by a deletion vector (2), are updated (3), are rearranged (4), go with a file (5)."""
    table.created("id BIGINT", **CDF)
    first = table.file(numbers(1, 2, 3))
    table.commit(first)
    after = {"add": {**first["add"], "deletionVector": vector(1)}}
    table.commit(removed(first), after)
    change = pa.table(
        {
            "id": pa.array([3, 30], pa.int64()),
            "_change_type": ["update_preimage", "update_postimage"],
        }
    )
    stated = table.file(change, name="_change_data/cdc-1.parquet")["add"]
    more = {"add": {**first["add"], "deletionVector": vector(1, 2)}}
    new = table.file(numbers(30))
    table.commit(
        removed(after),
        more,
        new,
        {
            "cdc": {key: stated[key] for key in ("path", "partitionValues", "size")}
            | {"dataChange": False}
        },
    )
    moved = table.file(numbers(1, 30), dataChange=False)
    table.commit(removed(more, dataChange=False), removed(new, dataChange=False), moved)
    table.commit(removed(moved))
    for version in range(6):
        at(table, version, f"2024-01-0{version + 1} 12:00:00")
    return table


EVERYTHING = [
    (1, "insert", 1), (2, "insert", 1), (3, "insert", 1),
    (2, "delete", 2), (3, "update_preimage", 3), (30, "update_postimage", 3),
    (1, "delete", 5), (30, "delete", 5),
]  # fmt: skip


@pytest.mark.parametrize("query", [
    "SELECT * FROM table_changes_by_path('{root}', 0)",
    "SELECT * FROM table_changes('delta.`{root}`', 0, 5)",
    "SELECT * FROM table_changes('delta.`{root}`', '2024-01-01', '2024-01-09')",
    "SELECT * FROM delta.`{root}` CHANGES FROM VERSION 0 TO VERSION 5",
])  # fmt: skip
def test_all_changes(changing, spark, query):
    found = spark.sql(query.format(root=changing.root))
    assert found.columns == ["id", "_change_type", "_commit_version", "_commit_timestamp"]
    assert sorted((r[0], r[1], r[2]) for r in found.collect()) == sorted(EVERYTHING)
    assert {r[3].day - 1 == r[2] for r in found.collect()} == {True}
    assert found.groupBy("_change_type").count().count() == 4
    assert found.count() == len(EVERYTHING)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"startingVersion": 2, "endingVersion": 3}, {2, 3}),
        ({"startingTimestamp": "2024-01-03 12:00:00"}, {2, 3, 5}),
        ({"startingTimestamp": "2024-01-03 12:00:00.001", "endingVersion": 4}, {3}),
        ({"startingVersion": 5, "endingVersion": 99}, {5}),
    ],
)
def test_part_of_the_changes(changing, spark, options, expected):
    feed = (
        spark.read.format("delta")
        .option("readChangeFeed", "true")
        .options(**options)
        .load(str(changing.root))
    )
    found = sorted((r[0], r[1], r[2]) for r in feed.collect())
    assert found == sorted(row for row in EVERYTHING if row[2] in expected)


def test_changes_by_name(changing, spark):
    spark.sql(f"CREATE TABLE feed USING delta LOCATION '{changing.root}'")
    assert spark.read.option("startingVersion", 3).changes("feed").count() == 4
    exclusive = (
        spark.read.option("startingVersion", 3)
        .option("startingBoundInclusive", "false")
        .changes("feed")
    )
    assert exclusive.count() == 2
    spark.sql("DROP TABLE feed")


@pytest.mark.parametrize(
    ("options", "condition"),
    [
        ({}, "DELTA_NO_START_FOR_CDC_READ"),
        ({"startingVersion": 3, "endingVersion": 2}, "DELTA_INVALID_CDC_RANGE"),
        ({"startingVersion": 3, "startingTimestamp": "2024-01-01"}, "DELTA_MULTIPLE_CDC_BOUNDARY"),
        ({"startingVersion": 9}, "DELTA_VERSION_NOT_FOUND"),
    ],
)
def test_no_such_changes(changing, spark, options, condition):
    feed = spark.read.format("delta").option("readChangeFeed", "true").options(**options)
    with pytest.raises(PySparkException) as error:
        feed.load(str(changing.root)).collect()
    assert error.value.getCondition() == condition


def test_changes_that_were_not_recorded(versions, spark):
    with pytest.raises(PySparkException) as error:
        spark.sql(f"SELECT * FROM table_changes_by_path('{versions.root}', 0)").collect()
    assert error.value.getCondition() == "DELTA_MISSING_CHANGE_DATA"


# ---- deletion vectors ---------------------------------------------------------------------------


def stored(table: TableBuilder, name: str, *rows: int) -> dict[str, object]:
    """A deletion vector in the file `name`."""
    content = encoded(BitMap64(rows))
    (table.root / name).parent.mkdir(parents=True, exist_ok=True)
    (table.root / name).write_bytes(b"\1" + framed(content))
    return {"offset": 1, "sizeInBytes": len(content), "cardinality": len(rows)}


def test_deletion_vectors_of_each_kind(table, rows):
    table.commit(protocol(features=("deletionVectors",)), metadata("id BIGINT"))
    files = [table.file(numbers(*range(n, n + 5))) for n in (0, 10, 20, 30)]
    identity = "ab^-aqEH.-t@S}K{vb[*k^"  # what the protocol's own text has as an example of one
    uuid_file = "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin"
    vectors = [
        vector(0, 4),
        {
            "storageType": "p",
            "pathOrInlineDv": f"file://{table.root}/v%20x.bin",
            **stored(table, "v x.bin", 1),
        },
        {
            "storageType": "u",
            "pathOrInlineDv": identity,
            **stored(table, uuid_file, 0, 1, 2, 3, 4),
        },
    ]
    adds = [
        {"add": {**file["add"], "deletionVector": v}}
        for file, v in zip(files, vectors, strict=False)
    ]
    table.commit(*adds, files[3])
    left = [1, 2, 3, 10, 12, 13, 14, 30, 31, 32, 33, 34]
    assert [value for (value,) in rows(table, "id")] == sorted(
        left, key=lambda value: repr((value,))
    )
    assert rows(table, "count(*)", "sum(id)") == [(12, sum(left))]


def test_a_damaged_deletion_vector(table, spark):
    table.commit(protocol(features=("deletionVectors",)), metadata("id BIGINT"))
    file = table.file(numbers(1, 2))
    described = {
        "storageType": "p",
        "pathOrInlineDv": f"file://{table.root}/v.bin",
        **stored(table, "v.bin", 1),
    }
    table.commit({"add": {**file["add"], "deletionVector": described}})
    content = bytearray((table.root / "v.bin").read_bytes())
    content[-1] ^= 1
    (table.root / "v.bin").write_bytes(content)
    with pytest.raises(PySparkException) as error:
        spark.read.format("delta").load(str(table.root)).collect()
    assert error.value.getCondition() == "DELTA_DELETION_VECTOR_CHECKSUM_MISMATCH"
    assert MAGIC == 1681511377
