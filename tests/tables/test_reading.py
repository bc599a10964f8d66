"""What a log says is what is read."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from pyspark.errors import PySparkException

from tests.tables.builder import checkpoint, lines, metadata, protocol, removed


def numbers(*values: int) -> pa.Table:
    return pa.table({"id": pa.array(values, pa.int64())})


def test_files_come_and_go(table, rows):
    table.created("id BIGINT")
    one, two = table.file(numbers(1, 2)), table.file(numbers(3))
    table.commit(one, two)
    assert rows(table) == [(1,), (2,), (3,)]
    table.commit(removed(one), table.file(numbers(4)))
    assert rows(table) == [(3,), (4,)]


def test_a_checkpoint_stands_for_the_commits_before_it(table, rows):
    table.created("id BIGINT")
    one, two, three = (table.file(numbers(n)) for n in (1, 2, 3))
    table.commit(one, two)
    checkpoint(table, f"{1:020}.checkpoint.parquet", protocol(), metadata("id BIGINT"), one, two)
    table.commit(removed(one), three)
    table.remove(f"{0:020}.json", f"{1:020}.json")
    assert rows(table) == [(2,), (3,)]


def test_a_damaged_checkpoint_is_passed_over(table, rows):
    table.created("id BIGINT")
    table.commit(table.file(numbers(1)))
    table.commit(table.file(numbers(2)))
    table.put(f"{1:020}.checkpoint.parquet", "no Parquet")
    table.put("_last_checkpoint", json.dumps({"version": 1, "size": 1}))
    assert rows(table) == [(1,), (2,)]


@pytest.mark.parametrize("hint", ["", "{", '{"version": 99}', "[]"])
def test_the_hint_may_be_wrong(table, rows, hint):
    table.created("id BIGINT")
    table.commit(table.file(numbers(1)))
    table.put("_last_checkpoint", hint)
    assert rows(table) == [(1,)]


def test_partition_values_come_from_the_log_alone(table, rows):
    schema = "id BIGINT, i INT, d DATE, m DECIMAL(10,2), b BOOLEAN, s STRING, t TIMESTAMP, n TIMESTAMP_NTZ, f DOUBLE, x BINARY"
    names = ("i", "d", "m", "b", "s", "t", "n", "f", "x")
    table.commit(protocol(features=("timestampNtz",)), metadata(schema, partition_by=names))
    values = {
        "i": "-7", "d": "2020-02-29", "m": "12.30", "b": "true", "s": "a/b=c %20 ü", "t": "2020-01-01 10:00:00.5",
        "n": "2020-01-01 00:00:00", "f": "NaN", "x": "xyz",
    }  # fmt: skip
    table.commit(table.file(numbers(1), name="i=8/odd%20name.parquet", partition=values))
    table.commit(
        table.file(numbers(2), partition={**values, "t": "2020-01-01T10:00:00.500000Z", "s": ""})
    )
    table.commit(table.file(numbers(3), partition=dict.fromkeys(names)))
    found = rows(table)
    first = (
        -7,
        date(2020, 2, 29),
        Decimal("12.30"),
        True,
        "a/b=c %20 ü",
        datetime(2020, 1, 1, 10, 0, 0, 500_000),
    )
    assert found[0][:7] == (1, *first)
    assert found[0][7] == datetime(2020, 1, 1)
    assert repr(found[0][8]) == "nan"
    assert found[0][9] == b"xyz"
    assert found[1][:7] == (2, *first[:4], None, first[5])
    assert found[2] == (3, *[None] * 9)


def test_missing_columns_and_old_types(table, rows):
    table.created("a BIGINT, b DOUBLE, s STRUCT<x: BIGINT, y: STRING>")
    table.commit(table.file(pa.table({"a": pa.array([1], pa.int32())})))
    table.commit(
        table.file(pa.table({"s": pa.array([{"x": 5}]), "b": pa.array([1.5], pa.float32())}))
    )
    assert rows(table) == [(1, None, None), (None, 1.5, (5, None))]


def test_moments_in_every_form(table, rows, spark):
    table.created("t TIMESTAMP, l ARRAY<TIMESTAMP>")
    for unit, old in (("us", False), ("ms", False), ("ns", False), ("us", True)):
        moment = pa.array([datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC)], pa.timestamp(unit, "UTC"))
        data = pa.table({"t": moment, "l": pa.array([moment.to_pylist()], pa.list_(moment.type))})
        table.commit(table.file(data, parquet={"use_deprecated_int96_timestamps": old}))
    when = datetime(2021, 5, 6, 7, 8, 9)
    assert rows(table) == [(when, [when])] * 4
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    assert rows(table, "hour(t)", "hour(l[0])") == [(3, 3)] * 4
    assert rows(table, "t = '2021-05-06 03:08:09'") == [(True,)] * 4
    spark.conf.set("spark.sql.session.timeZone", "UTC")


@pytest.mark.parametrize("mode", ["name", "id"])
def test_columns_by_physical_names(table, rows, mode):
    def named(name, of, number, physical):
        return {"name": name, "type": of, "nullable": True, "metadata": {
            "delta.columnMapping.id": number, "delta.columnMapping.physicalName": physical}}  # fmt: skip

    inner = {"type": "struct", "fields": [named("new", "long", 3, "col-3")]}
    schema = {"type": "struct", "fields": [
        named("First", "long", 1, "col-1"), named("S", inner, 2, "col-2"),
        named("L", {"type": "array", "elementType": inner, "containsNull": True}, 4, "col-4"),
        named("M", {"type": "map", "keyType": "string", "valueType": inner, "valueContainsNull": True}, 5, "col-5"),
        named("P", "string", 6, "col-6"), named("later", "string", 7, "col-7"),
    ]}  # fmt: skip
    table.commit(
        protocol(2, 5), metadata(schema, partition_by=("P",), delta__columnMapping__mode=mode)
    )
    number = b"PARQUET:field_id"
    inside = pa.struct([pa.field("col-3", pa.int64(), metadata={number: b"3"})])
    fields = [
        pa.field("col-1", pa.int64(), metadata={number: b"1"}),
        pa.field("col-2", inside, metadata={number: b"2"}),
        pa.field("col-4", pa.list_(inside), metadata={number: b"4"}),
        pa.field("col-5", pa.map_(pa.string(), inside), metadata={number: b"5"}),
    ]
    data = [{"col-1": 1, "col-2": {"col-3": 2}, "col-4": [{"col-3": 3}, None], "col-5": [("k", {"col-3": 4})]},
            {"col-1": None, "col-2": None, "col-4": None, "col-5": None}]  # fmt: skip
    table.commit(
        table.file(pa.Table.from_pylist(data, pa.schema(fields)), partition={"col-6": "p"})
    )
    assert rows(table) == [
        (1, (2,), [(3,), None], {"k": (4,)}, "p", None),
        (None, None, None, None, "p", None),
    ]
    assert rows(table, "S.new", "p") == [(2, "p"), (None, "p")]
    assert rows(table, "count(*)") == [(2,)]


def test_unknown_reader_features_are_refused_by_name(table, spark):
    table.commit(protocol(features=("deletionVectors", "flying")), metadata("id BIGINT"))
    with pytest.raises(PySparkException, match="flying") as error:
        spark.read.format("delta").load(str(table.root)).collect()
    assert error.value.getCondition() == "DELTA_UNSUPPORTED_FEATURES_FOR_READ"


def test_a_path_in_sql(table, spark):
    table.created("id BIGINT")
    table.commit(table.file(numbers(1, 2)))
    assert spark.sql(f"SELECT sum(id) FROM delta.`{table.root}`").collect() == [(3,)]


def test_metadata_of_files(table, rows):
    table.created("id BIGINT, file_row_number INT, filename STRING")
    table.commit(table.file(numbers(1, 2), name="a b.parquet"))
    found = rows(
        table, "id", "_metadata.file_name", "_metadata.row_index", "_metadata.file_path", "filename"
    )
    place = f"file:{table.root}/a%20b.parquet"
    assert found == [(1, "a b.parquet", 0, place, None), (2, "a b.parquet", 1, place, None)]


def test_one_file_under_several_paths(table, rows):
    table.created("id BIGINT")
    gone = table.file(numbers(1), name="x y.parquet", path=f"{table.root}/x%20y.parquet")
    table.commit(gone, table.file(numbers(2)))
    assert rows(table) == [(1,), (2,)]
    table.commit(
        {"remove": {**removed(gone)["remove"], "path": f"file://{table.root}/x%20y.parquet"}}
    )
    assert rows(table) == [(2,)]


def test_compacted_commits(table, rows):
    table.created("id BIGINT")
    adds = [table.file(numbers(n)) for n in range(4)]
    for add in adds:
        table.commit(add)
    table.put(f"{2:020}.{4:020}.compacted.json", lines([*adds[1:], removed(adds[0])]))
    assert rows(table) == [(1,), (2,), (3,)]


def test_variants(table, rows):
    from boathouse.types.variant import encode

    table.commit(
        protocol(features=("variantType-preview",)),
        metadata("id INT, v VARIANT, s STRUCT<w: VARIANT>"),
    )
    texts = ['{"a":[1,2.5,"x"]}', "null", '"text"', None]
    pairs = [
        None if text is None else dict(zip(("value", "metadata"), encode(text), strict=True))
        for text in texts
    ]
    kind = pa.struct([("value", pa.binary()), ("metadata", pa.binary())])
    data = {
        "id": pa.array(range(4), pa.int32()),
        "v": pa.array(pairs, kind),
        "s": pa.array([{"w": pair} for pair in pairs], pa.struct([("w", kind)])),
    }
    table.commit(table.file(pa.table(data), stats=False))
    query = "SELECT 4::INTEGER AS id, '{\"b\":1}'::JSON::VARIANT AS v"
    duckdb.connect().execute(f"COPY ({query}) TO '{table.root / 'annotated'}' (FORMAT parquet)")
    table.commit(
        {
            "add": {
                "path": "annotated",
                "partitionValues": {},
                "size": 1,
                "modificationTime": 1,
                "dataChange": True,
            }
        }
    )
    found = rows(table, "id", "to_json(v)", "to_json(s.w)", "variant_get(v, '$.a[1]', 'double')")
    assert found == [
        (0, texts[0], texts[0], 2.5), (1, "null", "null", None), (2, '"text"', '"text"', None),
        (3, None, None, None), (4, '{"b":1}', None, None),
    ]  # fmt: skip
    assert rows(table, "id", "v IS NULL") == [(n, n == 3) for n in range(5)]
