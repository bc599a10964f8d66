"""What tables of other writers hold that is rare and right."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pytest
from pyspark.errors import PySparkException

from tests.tables.builder import checkpoint, metadata, protocol, removed
from tests.tables.test_time_travel import numbers, stored, vector

VECTORS = ("deletionVectors",)
Action = dict[str, Any]
NAN = float("nan")


@pytest.mark.parametrize(
    ("added", "gone"),
    [
        ("{root}/a.parquet", "file:{root}/a.parquet"),
        ("file://{root}/a.parquet", "{root}/a.parquet"),
        ("file:{root}/a%20b@%23h.parquet", "file:///{root}/a%20b@%23h.parquet"),
    ],
)
def test_one_path_in_many_forms(table, rows, added, gone):
    table.created("id BIGINT")
    table.commit(table.file(numbers(1), path=added.format(root=table.root)), table.file(numbers(2)))
    table.commit({"remove": {"path": gone.format(root=table.root), "dataChange": True}})
    assert rows(table) == [(2,)]


NAMES = ("a[1].parquet", "a*.parquet", "a?.parquet", "[ab]c/x.parquet", "{a,b}.parquet", "a%20b.parquet",
         "ü'\"\\#+&;.parquet", "p=2020-01-01 00%3A00%3A00/a.parquet", "hive=7/id=8/a.parquet", "**/a.parquet",
         "noext", ".hidden.parquet", "_under/x.PARQUET", "tab\tx.parquet")  # fmt: skip


def test_names_of_files(table, rows):
    table.created("id BIGINT, p STRING", partition_by=("p",))
    for number, name in enumerate(NAMES):
        path = quote(name, safe="/=")
        table.commit(table.file(numbers(number), name=name, path=path, partition={"p": name}))
    found = rows(table, "id", "p", "_metadata.file_name")
    expected = [(number, name, name.rpartition("/")[2]) for number, name in enumerate(NAMES)]
    assert found == sorted(expected, key=repr)


def test_a_file_comes_back(table, rows):
    table.created("id BIGINT")
    one, two = table.file(numbers(1)), table.file(numbers(2))
    table.commit(one, two)
    table.commit(removed(one))
    table.commit(one)
    table.commit(one)
    assert rows(table) == [(1,), (2,)]
    table.commit(removed(two), two)
    assert rows(table) == [(1,), (2,)]
    table.commit(two, removed(one), {"remove": {"path": "never-there", "dataChange": True}})
    assert rows(table) == [(2,)]
    assert rows(table, "count(*)") == [(1,)]


def test_commits_may_hold_what_nobody_knows(table, rows):
    table.created("id BIGINT")
    one = table.file(numbers(1))
    future = {"future": {"x": 1}}
    empty = {"remove": None, "txn": None}
    text = "\n".join(["", json.dumps(one) + "\r", "", json.dumps(future), "{}", json.dumps(empty)])
    table.put(f"{1:020}.json", text)
    table.put(f"{1:020}.crc", '{"numFiles":9}')
    table.put(f"{9:020}.json.tmp", "x")
    (table.root / "_delta_log" / "_staged_commits").mkdir()
    bare = {**table.file(numbers(2), stats=False)["add"], "stats": "", "partitionValues": None}
    table.commit({"add": {**bare, "tags": None, "deletionVector": None}}, version=2)
    assert rows(table) == [(1,), (2,)]


def test_a_file_goes_from_vector_to_vector(table, rows):
    table.commit(protocol(features=VECTORS), metadata("id BIGINT"))
    bare = table.file(numbers(*range(5)))
    table.commit(bare)

    def without(*gone: int) -> Action:
        return {"add": {**bare["add"], "deletionVector": vector(*gone)}}

    first, second, third = without(0), without(0, 1), without(0, 1, 2)
    table.commit(removed(bare), first)
    gone = {"remove": {"path": bare["add"]["path"], "dataChange": True}}
    state = (protocol(features=VECTORS), metadata("id BIGINT"), first, gone)
    checkpoint(table, f"{2:020}.checkpoint.parquet", *state)
    table.remove(f"{0:020}.json", f"{1:020}.json")
    table.commit(removed(first), second)
    assert rows(table) == [(2,), (3,), (4,)]
    table.commit(third, removed(second))
    assert rows(table) == [(3,), (4,)]
    table.commit(removed(third), bare)
    assert rows(table) == [(n,) for n in range(5)]
    table.commit(removed(bare), without())
    assert rows(table) == [(n,) for n in range(5)]


def test_vectors_side_by_side_in_one_file(table, rows):
    table.commit(protocol(features=VECTORS), metadata("id BIGINT"))
    files = [table.file(numbers(*range(n, n + 3))) for n in (0, 3)]
    first = stored(table, "deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin", 0)
    place = table.root / "deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin"
    before = place.read_bytes()
    second = stored(table, "other.bin", 1, 2)
    place.write_bytes(before + (table.root / "other.bin").read_bytes()[1:])
    second["offset"] = len(before)
    name = {"storageType": "u", "pathOrInlineDv": "^-aqEH.-t@S}K{vb[*k^"}
    table.commit(
        *[
            {"add": {**file["add"], "deletionVector": {**name, **one}}}
            for file, one in zip(files, (first, second), strict=True)
        ]
    )
    assert rows(table) == [(1,), (2,), (3,)]


def test_columns_that_are_called_like_the_readers_own(table, rows):
    count = 200_000
    schema = "id BIGINT, filename STRING, file_row_number BIGINT, `_metadata` INT, file_index INT"
    table.commit(protocol(features=VECTORS), metadata(schema))
    data = {
        "id": pa.array(range(count), pa.int64()),
        "filename": [f"f{n % 9}" for n in range(count)],
        "file_row_number": pa.array(range(count, 0, -1), pa.int64()),
        "_metadata": pa.array([9] * count, pa.int32()),
        "file_index": pa.array([8] * count, pa.int32()),
    }
    gone = [n for n in range(count) if n % 3 == 0]
    file = table.file(
        pa.table(data), parquet={"row_group_size": 5000}, deletionVector=vector(*gone)
    )
    table.commit(file, table.file(numbers(-1)))
    left = [n for n in range(count) if n % 3]
    totals = ("count(*)", "sum(id)", "sum(file_row_number)", "max(filename)", "max(_metadata)")
    numbered = sum(count - n for n in left)
    assert rows(table, *totals) == [(len(left) + 1, sum(left) - 1, numbered, "f8", 9)]
    assert rows(table, "count_if(id % 3 = 0)") == [(0,)]


def test_statistics_that_leave_nan_out(table, spark):
    table.created("d DOUBLE, s STRUCT<f: FLOAT>")
    values = [NAN, 2.0]
    inside = pa.array([{"f": value} for value in values], pa.struct([("f", pa.float32())]))
    table.commit(table.file(pa.table({"d": values, "s": inside}), stats=False))
    frame = spark.read.format("delta").load(str(table.root))
    found = {
        condition: frame.where(condition).count()
        for condition in ("d = 2", "d > 5", "isnan(d)", "d <> 2", "s.f = 2", "s.f > 5")
    }
    assert found == {"d = 2": 1, "d > 5": 1, "isnan(d)": 1, "d <> 2": 1, "s.f = 2": 1, "s.f > 5": 1}


PARTITIONS = [
    ("BIGINT", "-9223372036854775808", -(2**63)), ("DOUBLE", "-Infinity", float("-inf")), ("FLOAT", "1.0E10", 1e10),
    ("BOOLEAN", "TRUE", True), ("STRING", " a ", " a "), ("STRING", "null", "null"), ("INT", "", None), ("INT", " +5 ", 5),
    ("DATE", "0001-01-01", date(1, 1, 1)), ("DATE", "9999-12-31", date(9999, 12, 31)), ("DATE", "2021-1-2", date(2021, 1, 2)),
    ("TIMESTAMP", "2021-01-01T00:00:00+01:00", datetime(2020, 12, 31, 23)), ("TIMESTAMP", "2021-1-1 1:2:3", datetime(2021, 1, 1, 1, 2, 3)),
    ("TIMESTAMP", "1000-01-01 00:00:00", datetime(1000, 1, 1)), ("TIMESTAMP", "2021-01-01", datetime(2021, 1, 1)),
    ("TIMESTAMP_NTZ", "2021-01-01T00:00:00.100000", datetime(2021, 1, 1, 0, 0, 0, 100000)),
    ("DECIMAL(38,18)", "12345678901234567890.123456789012345678", Decimal("12345678901234567890.123456789012345678")),
    ("DECIMAL(10,2)", "1E+2", Decimal("100.00")), ("BINARY", "\u0001\u0002", b"\1\2"),
]  # fmt: skip


def test_texts_of_partition_values(table, rows):
    names = tuple(f"p{number}" for number in range(len(PARTITIONS)))
    columns = ", ".join(f"{n} {of}" for n, (of, _, _) in zip(names, PARTITIONS, strict=True))
    table.commit(
        protocol(features=("timestampNtz",)), metadata(f"id BIGINT, {columns}", partition_by=names)
    )
    values = {name: text for name, (_, text, _) in zip(names, PARTITIONS, strict=True)}
    table.commit(table.file(numbers(1), partition=values))
    assert rows(table) == [(1, *(value for _, _, value in PARTITIONS))]


@pytest.mark.parametrize(("of", "text"), [("INT", "x"), ("DATE", "2021-13-01"), ("TIMESTAMP", "?")])
def test_a_partition_value_that_is_none(table, spark, of, text):
    table.created(f"id BIGINT, p {of}", partition_by=("p",))
    table.commit(table.file(numbers(1), partition={"p": text}))
    with pytest.raises(PySparkException) as error:
        spark.read.format("delta").load(str(table.root)).collect()
    assert error.value.getCondition() == "DELTA_FAILED_CAST_PARTITION_VALUE"


def test_types_that_got_wider(table, rows):
    schema = (
        "b BIGINT, f DOUBLE, d DECIMAL(20,5), di DECIMAL(12,1), dd DOUBLE, n TIMESTAMP_NTZ,"
        " a ARRAY<BIGINT>, m MAP<BIGINT,DOUBLE>, s STRUCT<x: INT, y: ARRAY<STRUCT<z: DECIMAL(30,3)>>>"
    )
    table.commit(protocol(features=("typeWidening", "timestampNtz")), metadata(schema))
    inner = pa.struct([("z", pa.decimal128(5, 1))])
    data = {
        "b": pa.array([1], pa.int8()), "f": pa.array([1.5], pa.float32()),
        "d": pa.array([Decimal("1.25")], pa.decimal128(5, 2)), "di": pa.array([3], pa.int32()), "dd": pa.array([4], pa.int32()),
        "n": pa.array([date(2020, 1, 1)]), "a": pa.array([[1, None]], pa.list_(pa.int16())),
        "m": pa.array([[(1, 2.5)]], pa.map_(pa.int32(), pa.float32())),
        "s": pa.array([{"x": 1, "y": [{"z": Decimal("1.5")}]}], pa.struct([("x", pa.int16()), ("y", pa.list_(inner))])),
    }  # fmt: skip
    table.commit(table.file(pa.table(data)))
    nested = (1, [(Decimal("1.500"),)])
    assert rows(table) == [
        (1, 1.5, Decimal("1.25000"), Decimal("3.0"), 4.0, datetime(2020, 1, 1), [1, None], {1: 2.5}, nested)
    ]  # fmt: skip
    assert rows(table, "typeof(d)") == [("decimal(20,5)",)]


def test_files_that_hold_other_columns(table, rows):
    table.created("a BIGINT, p INT", partition_by=("p",))
    table.commit(table.file(numbers(1).rename_columns(["a"]), partition={"p": "7"}))
    later = "b STRING, a BIGINT, p INT, s STRUCT<x: INT, y: ARRAY<STRUCT<k: INT, q: STRING>>>"
    data = {"a": pa.array([2], pa.int64()), "b": ["x"], "s": [{"y": [{"q": "v", "k": 1}], "x": 1}]}
    table.commit(
        metadata(later, partition_by=("p",)), table.file(pa.table(data), partition={"p": "8"})
    )
    more = {
        "extra": [1],
        "A": pa.array([3], pa.int64()),
        "p": [99],
        "s": pa.array([{"x": 1, "zz": 3}]),
    }
    table.commit(table.file(pa.table(more), partition={"p": None}))
    assert rows(table, "a", "b", "s", "p") == [
        (1, None, None, 7),
        (2, "x", (1, [(1, "v")]), 8),
        (3, None, (1, None), None),
    ]
    assert rows(table, versionAsOf="1") == [(1, 7)]


def test_a_column_of_nothing_and_texts_of_a_length(table, rows):
    def field(name, of, **facts):
        return {"name": name, "type": of, "nullable": True, "metadata": facts}

    inner = {"type": "struct", "fields": [field("a", "long"), field("n", "void")]}
    char = field("c", "string", __CHAR_VARCHAR_TYPE_STRING="char(5)")
    lower = field("k", "string", __COLLATIONS={"k": "spark.UTF8_LCASE"})
    fields = [field("id", "long"), field("v", "void"), field("s", inner), char, lower]
    table.commit(protocol(), metadata({"type": "struct", "fields": fields}))
    data = {"id": pa.array([1], pa.int64()), "s": [{"a": 1}], "c": ["ab"], "k": ["Ab"]}
    table.commit(table.file(pa.table(data)))
    assert rows(table, "id", "s", "trim(c)", "k = 'aB'") == [(1, (1, None), "ab", True)]


def test_a_log_without_its_beginning(table, rows, spark):
    table.created("id BIGINT")
    one, two = table.file(numbers(1)), table.file(numbers(2))
    table.commit(one)
    table.commit(two)
    checkpoint(table, f"{1:020}.checkpoint.parquet", protocol(), metadata("id BIGINT"), one)
    table.remove(f"{0:020}.json", f"{1:020}.json")
    assert rows(table) == [(1,), (2,)]
    assert rows(table, versionAsOf="1") == [(1,)]
    with pytest.raises(PySparkException) as error:
        spark.read.format("delta").option("versionAsOf", "0").load(str(table.root)).collect()
    assert error.value.getCondition() == "DELTA_VERSION_NOT_FOUND"
    table.remove(f"{2:020}.json")
    assert rows(table) == [(1,)]


@pytest.mark.parametrize("mode", ["name", "id"])
def test_column_mapping_that_came_later(table, rows, mode):
    table.created("a BIGINT, s STRUCT<x: INT>")
    plain = pa.struct([("x", pa.int32())])
    table.commit(table.file(pa.table({"a": [1], "s": pa.array([{"x": 1}], plain)})))

    def mapped(name, of, number, physical):
        facts = {"delta.columnMapping.id": number, "delta.columnMapping.physicalName": physical}
        return {"name": name, "type": of, "nullable": True, "metadata": facts}

    inner = {"type": "struct", "fields": [mapped("y", "integer", 3, "x")]}
    fields = [
        mapped("b", "long", 1, "a"),
        mapped("t", inner, 2, "s"),
        mapped("l", "string", 4, "c-9"),
    ]
    schema = {"type": "struct", "fields": fields}
    table.commit(protocol(2, 5), metadata(schema, delta__columnMapping__mode=mode))

    def field(name, of, number):
        return pa.field(name, of, metadata={b"PARQUET:field_id": number})

    columns = [
        field("c-9", pa.string(), b"4"),
        field("a", pa.int64(), b"1"),
        field("s", pa.struct([field("x", pa.int32(), b"3")]), b"2"),
    ]
    row = {"c-9": "z", "a": 2, "s": {"x": 2}}
    table.commit(table.file(pa.Table.from_pylist([row], pa.schema(columns))))
    assert rows(table) == [(1, (1,), None), (2, (2,), "z")]
    assert rows(table, "t.y", "l") == [(1, None), (2, "z")]


@pytest.mark.parametrize("name", ["a b", "a%20b", "ü#x", "p=1", "a+b", "x;y,z", "_a", "[ab]*"])
def test_places_of_tables(table, rows, spark, name):
    table.root = table.root / name
    table.created("id BIGINT")
    table.commit(table.file(numbers(1)))
    spark.sql(f"INSERT INTO delta.`{table.root}` VALUES (2)")
    assert rows(table) == [(1,), (2,)]
    assert sorted(spark.sql(f"SELECT * FROM delta.`{table.root}`").collect()) == [(1,), (2,)]


def test_metadata_of_other_ages(table, rows):
    def field(name, of, **facts):
        return {"name": name, "type": of, "nullable": True, "metadata": facts}

    deep = {"comment": "c", "n": None, "l": [1, {"y": None}], "o": {"a": {"b": 1.5}}, "t": True}
    fields = [field("id", "long", **deep), field("v", "null"), field("d", "decimal")]
    fields += [field("e", "decimal(10, 2)"), field("c", "char(3)"), field("w", "varchar(9)")]
    value = metadata({"type": "struct", "fields": fields})
    bare = {key: value["metaData"][key] for key in ("id", "schemaString")}
    table.commit({"protocol": {"minReaderVersion": 3, "minWriterVersion": 7}}, {"metaData": bare})
    table.commit(table.file(numbers(1)))
    assert rows(table) == [(1, None, None, None, None)]


ODD_STATISTICS = (
    {"numRecords": 1, "minValues": {"id": "x"}, "maxValues": {}},
    [],
    {"numRecords": "1"},
    {"numRecords": 1, "minValues": {"id": 1.0}, "maxValues": {"id": 10**20}},
    {"numRecords": 1, "minValues": {"t": "2020-01-01 00:00:00.000"}, "maxValues": {"t": "?"}},
    {"numRecords": 1, "minValues": None, "maxValues": {"id": {"a": 1}}, "nullCount": {"id": "0"}},
    {"numRecords": 1, "minValues": {"s": "s" * 40_000}, "maxValues": {"s": "t" * 40_000}},
)


def test_statistics_that_say_nothing(table, rows):
    table.created("id BIGINT, s STRING, t TIMESTAMP")
    for number, said in enumerate(ODD_STATISTICS):
        add = table.file(numbers(number), stats=False)
        add["add"]["stats"] = json.dumps(said)
        table.commit(add)
    count = len(ODD_STATISTICS)
    assert rows(table, "count(*)", "count_if(id >= 0)") == [(count, count)]
    assert len(rows(table)) == count


def test_encodings_of_data_files(table, rows):
    table.created("id BIGINT, s STRING, f DOUBLE, b BOOLEAN, d DECIMAL(5,2), g DECIMAL(38,0)")
    count = 1000
    data = pa.table(
        {
            "id": pa.array(range(count), pa.int64()),
            "s": [f"s{n}" for n in range(count)],
            "f": [n / 4 for n in range(count)],
            "b": [n % 4 == 0 for n in range(count)],
            "d": pa.array([Decimal(n % 7) / 4 for n in range(count)], pa.decimal128(5, 2)),
            "g": pa.array([Decimal(10) ** (n % 38) for n in range(count)], pa.decimal128(38, 0)),
        }
    )
    encodings = {"id": "DELTA_BINARY_PACKED", "s": "DELTA_BYTE_ARRAY", "f": "BYTE_STREAM_SPLIT"}
    written = [
        {"compression": codec} for codec in ("snappy", "gzip", "zstd", "brotli", "lz4", "none")
    ]
    written += [
        {"data_page_version": "2.0", "use_dictionary": False, "column_encoding": encodings},
        {"store_decimal_as_integer": True},
        {"row_group_size": 7, "write_statistics": False},
    ]
    for options in written:
        table.commit(table.file(data, parquet=options, stats=False))
    table.commit(table.file(data.slice(0, 0), stats=False))
    times = len(written)
    asked = ("sum(id)", "count(DISTINCT s)", "sum(f)", "count_if(b)", "max(d)", "max(g)")
    [found] = rows(table, *asked)
    assert found == (
        499500 * times, count, 124875.0 * times, 250 * times, Decimal("1.50"), Decimal(10) ** 37
    )  # fmt: skip


def test_structs_and_voids_inside_lists_and_maps(table, rows):
    fields = [
        {"name": "id", "type": "long", "nullable": True, "metadata": {}},
        {"name": "a", "type": {"type": "array", "elementType": "void", "containsNull": True}, "nullable": True, "metadata": {}},
        {"name": "m", "type": {"type": "map", "keyType": "string", "valueContainsNull": True, "valueType": {"type": "struct", "fields": [
            {"name": "x", "type": "void", "nullable": True, "metadata": {}}, {"name": "y", "type": "long", "nullable": True, "metadata": {}}]}},
            "nullable": True, "metadata": {}},
    ]  # fmt: skip
    table.commit(protocol(), metadata({"type": "struct", "fields": fields}))
    inner = pa.map_(pa.string(), pa.struct([("y", pa.int64())]))
    table.commit(table.file(pa.table({"id": [1], "m": pa.array([[("k", {"y": 1})]], inner)})))
    assert rows(table) == [(1, None, {"k": (None, 1)})]
