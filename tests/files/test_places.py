"""Where files are found: listings, partitions, metadata. As a real Spark 4.2 answered."""

import pytest

from boathouse.errors.exceptions import SparkError
from boathouse.files import open_files

RECORD = '{"v":1}\n'


@pytest.mark.parametrize(
    ("directories", "schema", "rows"),
    [
        (["a=1/b=x", "a=2/b=2020-01-01"], "a:int,b:string", [(1, 1, "x"), (1, 2, "2020-01-01")]),
        (["d=2020-01-01", "d=2020-01-02"], "d:date", [(1, "2020-01-01"), (1, "2020-01-02")]),
        (
            ["t=2020-01-01 10%3A00%3A00", "t=__HIVE_DEFAULT_PARTITION__"],
            "t:timestamp",
            [(1, "2020-01-01 10:00:00"), (1, None)],
        ),
        (["n=1.5", "n=2"], "n:double", [(1, 1.5), (1, 2.0)]),
        (["n=1", "n=99999999999"], "n:bigint", [(1, 1), (1, 99999999999)]),
        (["n=01", "n=2"], "n:int", [(1, 1), (1, 2)]),
        (["b=false", "b=true"], "b:string", [(1, "false"), (1, "true")]),
        (["k%3D=x%2Fy"], "k=:string", [(1, "x/y")]),
    ],
)
def test_partition_columns(files, directories, schema, rows):
    for directory in directories:
        files.put(f"t/{directory}/f.json", RECORD)
    assert files.read("json", "t") == (f"struct<v:bigint,{schema}>", rows)


def test_partition_columns_begin_at_the_base_path(files):
    files.put("t/a=1/b=x/f.json", RECORD)
    files.put("t/a=2/b=y/f.json", RECORD)
    assert files.read("json", "t/a=1") == ("struct<v:bigint,b:string>", [(1, "x")])
    base = str(files.place / "t")
    assert files.read("json", "t/a=1", basePath=base)[1] == [(1, 1, "x")]
    assert files.read("json", "t/*", basePath=base)[1] == [(1, 1, "x"), (1, 2, "y")]


def test_a_stated_type_of_a_partition_column(files, refused):
    files.put("t/p=1/f.json", RECORD)
    files.put("t/p=x/f.json", RECORD)
    assert files.read("json", "t", "v int, p string")[1] == [(1, "1"), (1, "x")]
    condition, parameters = refused(lambda: files.read("json", "t", "v int, p int"))
    assert condition == "INVALID_PARTITION_VALUE"
    assert parameters == {"value": "'x'", "dataType": '"INT"', "columnName": "`p`"}


def test_partition_types_are_not_inferred_when_told_so(files):
    files.settings.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
    files.put("t/p=1/f.json", RECORD)
    assert files.read("json", "t")[0] == "struct<v:bigint,p:string>"


def test_conflicting_directories(files, refused):
    files.put("t/a=1/f.json", RECORD)
    files.put("t/b=1/f.json", RECORD)
    condition, _ = refused(lambda: files.read("json", "t"))
    assert condition == "CONFLICTING_PARTITION_COLUMN_NAMES"


def test_only_the_named_directory_without_partitions(files):
    files.put("t/f.json", RECORD)
    files.put("t/x/y/f.json", RECORD)
    assert files.read("json", "t")[1] == [(1,)]
    assert files.read("json", "t", recursiveFileLookup=True)[1] == [(1,), (1,)]


def test_hidden_files_are_no_data(files):
    for name in ("f.json", "_SUCCESS", ".f.json.crc", "_temporary/x.json"):
        files.put(f"t/{name}", RECORD)
    assert [uri.rpartition("/")[2] for uri in files.scan("json", "t").input_files()] == ["f.json"]


def test_paths_that_are_not_there(files, refused):
    where = str(files.place / "no")
    found = ("PATH_NOT_FOUND", {"path": f"file:{where}"})
    assert refused(lambda: files.read("json", "no")) == found
    assert refused(lambda: files.read("json", "no", "v int")) == found
    assert refused(lambda: files.read("json", "no*"))[1] == {"path": f"file:{where}*"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [("json", "JSON"), ("csv", "CSV"), ("parquet", "Parquet"), ("orc", "ORC")],
)
def test_no_files_have_no_schema(files, refused, name, shown):
    (files.place / "t").mkdir()
    assert refused(lambda: files.read(name, "t")) == ("UNABLE_TO_INFER_SCHEMA", {"format": shown})
    assert files.read(name, "t", "v int") == ("struct<v:int>", [])


def test_unknown_format(files, refused):
    files.put("t/f.json", RECORD)
    assert refused(lambda: files.read("nosuch", "t")) == (
        "DATA_SOURCE_NOT_FOUND",
        {"provider": "nosuch"},
    )


def test_globs_and_filters(files, refused):
    for name in ("a1.json", "a2.json", "b1.json"):
        files.put(f"t/{name}", RECORD)
    assert len(files.read("json", "t/a*.json")[1]) == 2
    assert len(files.read("json", "t/{a1,b1}.json")[1]) == 2
    assert len(files.read("json", "t/[^a]*")[1]) == 1
    assert len(files.read("json", "t", pathGlobFilter="*1.json")[1]) == 2
    assert len(files.read("json", "t", modifiedAfter="2020-06-01T13:00:00")[1]) == 3
    condition, _ = refused(lambda: files.read("json", "t", modifiedBefore="2020-06-01T13:00:00"))
    assert condition == "UNABLE_TO_INFER_SCHEMA"


def test_file_uris(files):
    path = files.put("t/f.json", RECORD)
    scan = open_files("json", [f"file:{path}"], {}, files.environment)
    assert scan.input_files() == [f"file://{path}"]
    scan = open_files("json", [f"file://{path}"], {}, files.environment)
    assert scan.input_files() == [f"file://{path}"]


@pytest.mark.parametrize("name", ["csv", "json", "text"])
def test_metadata(files, name):
    path = files.put("a dir/f.txt", "x\n" if name != "json" else RECORD)
    _, rows = files.read(name, "a dir", columns=["_metadata"])
    facts = rows[0][0]
    assert facts["file_path"] == f"file:{path}".replace(" ", "%20")
    assert facts["file_name"] == "f.txt"
    assert facts["file_size"] == facts["file_block_length"] == (8 if name == "json" else 2)
    assert facts["file_block_start"] == 0


def test_metadata_beside_partitions(files):
    files.put("t/p=1/f.json", RECORD)
    _, rows = files.read("json", "t", columns=["p", "_metadata", "v"])
    assert (rows[0][0], rows[0][1]["file_name"], rows[0][2]) == (1, "f.json", 1)


def test_text(files):
    files.put("t/f.txt", "a\n\n  b \r\nc")
    assert files.read("text", "t") == ("struct<value:string>", [("a",), ("",), ("  b ",), ("c",)])
    assert files.read("text", "t", wholetext=True)[1] == [("a\n\n  b \r\nc",)]
    assert files.read("text", "t", lineSep="b")[1] == [("a\n\n  ",), (" \r\nc",)]


def test_binary_files(files):
    path = files.put("t/f.bin", b"\x00\x01")
    schema, rows = files.read("binaryFile", "t", columns=["path", "length", "content"])
    assert "modificationTime:timestamp" in schema
    assert rows == [(f"file:{path}", 2, b"\x00\x01")]


def test_text_files_have_one_column_and_lines_that_end(files):
    files.put("t.txt", "a\nb\n")
    with pytest.raises(SparkError) as failed:
        files.read("text", "t.txt", "x string, y string")
    assert failed.value.condition == "_LEGACY_ERROR_TEMP_1290"
    with pytest.raises(SparkError, match="lineSep"):
        files.read("text", "t.txt", lineSep="")
