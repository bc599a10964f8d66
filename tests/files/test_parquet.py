"""Parquet: as a real Spark 4.2 reads and writes it."""

import datetime
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from boathouse.duck import tree

ROW = (
    "a int, t timestamp, n timestamp_ntz, d decimal(2,1), dt date, ar array<int>,"
    " m map<string,int>, s struct<x:int,y:string>, b binary, bo boolean, st string, f float,"
    " nu string, by tinyint, l bigint, dd double"
)
QUERY = (
    "SELECT 1::INT a, TIMESTAMPTZ '2020-01-01 01:02:03+00' t, TIMESTAMP '2020-01-01 01:02:03' n,"
    " 1.5::DECIMAL(2,1) d, DATE '2020-01-01' dt, [1,NULL] ar, MAP{'k':1} m, {'x':1,'y':'q'} s,"
    " '\\x01'::BLOB b, true bo, 'x' st, 1.5::FLOAT f, NULL::VARCHAR nu, 1::TINYINT by_,"
    " 5::BIGINT l, 2.5::DOUBLE dd"
)
VALUES = (
    1, "2020-01-01 01:02:03", "2020-01-01 01:02:03", "1.5", "2020-01-01", [1, None], {"k": 1},
    {"x": 1, "y": "q"}, b"\x01", True, "x", 1.5, None, 1, 5, 2.5,
)  # fmt: skip


def put(files, name, table, **options):
    path = files.place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **options)
    return str(path)


@pytest.mark.parametrize("name", ["parquet", "orc", "avro"])
def test_what_is_written_reads_back(files, name):
    files.write(name, "t", ROW, QUERY)
    schema, rows = files.read(name, "t")
    kinds = dict(pair.split(":", 1) for pair in schema[7:-1].split(",a", 1)[0].split(",")[:2])
    assert kinds == {"a": "int", "t": "timestamp"}
    # ORC keeps no local timestamps and Avro no TINYINT; the values are the same.
    assert rows == [VALUES]


def test_without_rows_the_schema_is_kept(files):
    for name in ("parquet", "orc", "avro"):
        assert files.write(name, name, "a bigint, b string", "SELECT 1,'' WHERE false").files == 1
        assert files.read(name, name) == ("struct<a:bigint,b:string>", [])


def test_spark_finds_its_schema_in_the_footer(files):
    files.write("parquet", "t", "a int, m map<string,int>", "SELECT 1, MAP{'k': 1}")
    part = next((files.place / "t").glob("part-*.snappy.parquet"))
    told = pq.read_metadata(part).metadata[b"org.apache.spark.sql.parquet.row.metadata"]
    assert [f["name"] for f in json.loads(told)["fields"]] == ["a", "m"]
    assert (files.place / "t" / "_SUCCESS").exists()


def test_int96_is_a_moment(files):
    moment = datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.UTC)
    table = pa.table({"t": pa.array([moment], pa.timestamp("us", "UTC"))})
    put(files, "f.parquet", table, use_deprecated_int96_timestamps=True)
    files.settings.set("spark.sql.session.timeZone", "America/New_York")
    schema, rows = files.read("parquet", "f.parquet")
    assert schema == "struct<t:timestamp>"
    assert rows == [("2020-01-01 07:00:00-05:00",)]


def test_int96_inside_of_values_and_without_a_zone(files):
    moment = datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.UTC)
    of = pa.timestamp("us", "UTC")
    data = {"t": pa.array([moment], of), "l": pa.array([[moment, None]], pa.list_(of))}
    put(files, "f.parquet", pa.table(data), use_deprecated_int96_timestamps=True)
    files.settings.set("spark.sql.session.timeZone", "America/New_York")
    local = "2020-01-01 07:00:00-05:00"
    assert files.read("parquet", "f.parquet") == (
        "struct<t:timestamp,l:array<timestamp>>",
        [(local, [local, None])],
    )
    naive = files.read("parquet", "f.parquet", "t timestamp_ntz, l array<timestamp_ntz>")[1]
    assert naive == [("2020-01-01 12:00:00", ["2020-01-01 12:00:00", None])]


def test_unsigned_numbers_get_the_next_wider_type(files):
    kinds = {"a": pa.uint8(), "b": pa.uint16(), "c": pa.uint32(), "d": pa.uint64()}
    put(files, "f.parquet", pa.table({k: pa.array([1], kind) for k, kind in kinds.items()}))
    assert files.read("parquet", "f.parquet") == (
        "struct<a:smallint,b:int,c:bigint,d:decimal(20,0)>",
        [(1, 1, 1, "1")],
    )


def test_columns_are_found_by_name_in_any_case_and_may_be_missing(files):
    table = pa.table({"A": pa.array([1], pa.int32()), "s": [{"x": 1, "y": 2}]})
    put(files, "f.parquet", table)
    schema = "a bigint, zz int, s struct<x:bigint,q:int>"
    assert files.read("parquet", "f.parquet", schema) == (
        "struct<a:bigint,zz:int,s:struct<x:bigint,q:int>>",
        [(1, None, {"x": 1, "q": None})],
    )


def test_files_of_different_schemas(files, refused):
    put(files, "t/1.parquet", pa.table({"a": pa.array([1], pa.int32()), "b": ["x"]}))
    put(files, "t/2.parquet", pa.table({"b": ["y"], "c": [2.5]}))
    assert files.read("parquet", "t") == ("struct<a:int,b:string>", [(None, "y"), (1, "x")])
    assert files.read("parquet", "t", mergeSchema=True) == (
        "struct<a:int,b:string,c:double>",
        [(None, "y", 2.5), (1, "x", None)],
    )
    put(files, "t/3.parquet", pa.table({"a": pa.array([3], pa.int64())}))
    condition, parameters = refused(lambda: files.read("parquet", "t", mergeSchema=True))
    assert condition == "CANNOT_MERGE_SCHEMAS"
    assert parameters["right"] == '"STRUCT<a: BIGINT>"'


def test_a_column_of_another_type(files, refused):
    path = put(files, "f.parquet", pa.table({"a": pa.array([1], pa.int32())}))
    assert refused(lambda: files.read("parquet", "f.parquet", "a string")) == (
        "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH",
        {
            "path": f"file://{path}",
            "column": "[a]",
            "expectedType": "string",
            "actualType": "INT32",
        },
    )


@pytest.mark.parametrize("name", ["parquet", "orc"])
def test_another_file_has_no_footer(files, refused, name):
    path = files.put("f.txt", "no such thing")
    assert refused(lambda: files.read(name, "f.txt")) == (
        "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER",
        {"path": f"file:{path}"},
    )


def test_row_index(files):
    put(files, "t/1.parquet", pa.table({"a": [1, 2]}))
    put(files, "t/2.parquet", pa.table({"a": [3]}))
    _, rows = files.read("parquet", "t", columns=["a", "_metadata"])
    found = sorted((a, facts["file_name"], facts["row_index"]) for a, facts in rows)
    assert found == [(1, "1.parquet", 0), (2, "1.parquet", 1), (3, "2.parquet", 0)]


def test_a_scan_that_is_only_counted(files):
    put(files, "t/p=1/1.parquet", pa.table({"a": [1, 2]}))
    scan = files.scan("parquet", "t")
    assert files.run(scan.relation([])).num_rows == 2
    assert files.read("parquet", "t", columns=["p"])[1] == [(1,), (1,)]


def test_partitions_below_a_directory_that_looks_like_one(files):
    put(files, "x=9/t/p=1/1.parquet", pa.table({"a": [1]}))
    assert files.read("parquet", "x=9/t") == ("struct<a:bigint,p:int>", [(1, 1)])


def test_a_partition_column_that_is_data_too(files):
    put(files, "t/p=1/1.parquet", pa.table({"p": [7], "a": [1]}))
    assert files.read("parquet", "t") == ("struct<p:int,a:bigint>", [(1, 1)])


def test_a_field_of_a_struct_is_found_by_name(files):
    one = pa.table({"s": pa.array([{"x": 1, "y": "a"}])})
    other = pa.table({"s": pa.array([{"y": "b", "x": 2}]), "more": pa.array([1])})
    paths = [put(files, "t/1.parquet", one), put(files, "t/2.parquet", other)]
    scan = files.scan("parquet", paths, "s struct<x:bigint,y:string>, more bigint")
    field = tree.field_of(tree.column("s"), "y")
    found = files.run(tree.Select(((field, "y"),), scan.relation(["s"])))
    assert sorted(found["y"].to_pylist()) == ["a", "b"]
