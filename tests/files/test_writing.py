"""Writing: the bytes of text formats are those a real Spark 4.2 wrote for the same rows."""

import json

import pyarrow as pa
import pytest

from boathouse.files.layout import Layout
from boathouse.spec.commands import SaveMode

TEXTS = [
    "a,b", 'q"x', "nl\nx", " sp ", "-", "", None, "bs\\x", 'b\\"both', "t\tt", "cr\rx", "#x", "'",
    "é", '"', '"all"', "\\", "x\\", "a,b\\", "  ", ",",
]  # fmt: skip
COLUMNS = "i int, s string, z string"


def rows_of(texts) -> str:
    def quoted(text):
        return "NULL" if text is None else "'" + text.replace("'", "''") + "'"

    values = ",".join(f"({i}::INT,{quoted(text)},'z')" for i, text in enumerate(texts))
    return f"SELECT * FROM (VALUES {values}) t(i,s,z)"


def content(files, path) -> str:
    part = next((files.place / path).glob("part-*"))
    return part.read_bytes().decode()


def test_csv(files):
    files.write("csv", "t", COLUMNS, rows_of(TEXTS))
    cells = [
        '"a,b"', '"q\\"x"', '"nl\nx"', "sp", "-", '""', "", "bs\\x", '"b\\\\\\"both"', "t\tt",
        '"cr\rx"', "#x", "'", "é", '"\\""', '"\\"all\\""', "\\", "x\\", '"a,b\\\\"', '""', '","',
    ]  # fmt: skip
    assert content(files, "t") == "".join(f"{i},{cell},z\n" for i, cell in enumerate(cells))


def test_csv_with_doubled_quotes(files):
    files.write("csv", "t", COLUMNS, rows_of(["a,b", 'q"x', 'b\\"both', "x\\", '""']), escape='"')
    assert files.lines("t") == [
        '0,"a,b",z', '1,"q""x",z', '2,"b\\""both",z', "3,x\\,z", '4,"""""",z',
    ]  # fmt: skip


def test_csv_with_everything_quoted(files):
    files.write(
        "csv", "t", COLUMNS, rows_of(["a,b", 'q"x', " sp ", None, ""]), quoteAll=True,
        nullValue="NULL", header=True, ignoreLeadingWhiteSpace=False, ignoreTrailingWhiteSpace=False,
    )  # fmt: skip
    assert files.lines("t") == [
        '"i","s","z"', '"0","a,b","z"', '"1","q\\"x","z"', '"2"," sp ","z"', '"3","NULL","z"',
        '"4","","z"',
    ]  # fmt: skip


def test_csv_with_other_words(files):
    files.write(
        "csv", "t", "`i,j` int, s string, z string", rows_of(["a,b", 'q"x', None, ""]),
        escapeQuotes=False, emptyValue="E", header=True, sep="|",
    )  # fmt: skip
    assert files.lines("t") == ["i,j|s|z", "0|a,b|z", '1|q"x|z', "2||z", "3|E|z"]


NUMBERS = (
    "d double, f float, g double, n double, h double, dt date, t timestamp, n2 timestamp_ntz,"
    " b boolean, `dec` decimal(3,2), z int, bin binary, iv interval day"
)
NUMBER_QUERY = (
    "SELECT 1.5::DOUBLE d, 1e10::FLOAT f, 1e-5::DOUBLE g, 'nan'::DOUBLE n, 'inf'::DOUBLE h,"
    " DATE '2020-01-01' dt, TIMESTAMPTZ '2020-01-01 01:02:03+00' t,"
    " TIMESTAMP '2020-01-01 01:02:03.1' n2, true b, 1.50::DECIMAL(3,2) dec_, NULL::INT z,"
    " '\\xC3'::BLOB bin, 86400000000::BIGINT iv"
)


def test_numbers_and_times_in_csv(files):
    files.write("csv", "t", NUMBERS, NUMBER_QUERY)
    expected = (
        "1.5,1.0E10,1.0E-5,NaN,Infinity,2020-01-01,2020-01-01T01:02:03.000Z,"
        "2020-01-01T01:02:03.100,true,1.50,,[C3],INTERVAL '1' DAY"
    )
    assert files.lines("t") == [expected]


def test_numbers_and_times_in_json(files):
    files.write("json", "t", NUMBERS, NUMBER_QUERY)
    expected = (
        '{"d":1.5,"f":1.0E10,"g":1.0E-5,"n":"NaN","h":"Infinity","dt":"2020-01-01",'
        '"t":"2020-01-01T01:02:03.000Z","n2":"2020-01-01T01:02:03.100","b":true,"dec":1.50,'
        '"bin":"ww==","iv":"INTERVAL \'1\' DAY"}'
    )
    assert files.lines("t") == [expected]


def test_nested_values_in_json(files):
    files.write(
        "json",
        "t",
        "s string, ar array<struct<a:int>>, m map<int,int>, m2 map<date,timestamp>, d struct<x:int>",
        "SELECT 'q\"\\' || chr(10) || chr(1) || 'é/</' s, [{'a': NULL::INT}] ar, MAP{1:2} m,"
        " MAP{DATE '2020-01-01': TIMESTAMPTZ '2020-01-01 00:00:00+00'} m2,"
        " NULL::STRUCT(x INT) d",
    )
    expected = (
        '{"s":"q\\"\\\\\\n\\u0001é/</","ar":[{}],"m":{"1":2},'
        '"m2":{"18262":"2020-01-01T00:00:00.000Z"}}'
    )
    assert files.lines("t") == [expected]


def test_json_with_nulls(files):
    query = "SELECT 1::INT a, NULL::INT b, [NULL,1] c"
    files.write("json", "t", "a int, b void, c array<int>", query, ignoreNullFields=False)
    assert files.lines("t") == ['{"a":1,"b":null,"c":[null,1]}']


def test_times_in_the_sessions_zone_and_in_patterns(files):
    query = "SELECT TIMESTAMPTZ '2020-07-01 10:00:00+00' t, DATE '2020-07-01' d"
    files.write(
        "csv", "t", "t timestamp, d date", query,
        timestampFormat="dd/MM/yyyy HH:mm", dateFormat="MMM d, yyyy",
    )  # fmt: skip
    assert files.lines("t") == ['01/07/2020 10:00,"Jul 1, 2020"']


def test_times_that_are_null_and_of_another_zone(files):
    query = (
        "SELECT TIMESTAMPTZ '2020-07-01 10:00:00+00' t, DATE '0001-01-01' d, TIMESTAMP "
        "'2020-07-01 10:00:00' n UNION ALL SELECT NULL, NULL, NULL"
    )
    schema = "t timestamp, d date, n timestamp_ntz"
    files.write("csv", "t", schema, query, timeZone="Asia/Tokyo", nullValue="-")
    assert files.lines("t") == [
        "2020-07-01T19:00:00.000+09:00,0001-01-01,2020-07-01T10:00:00.000",
        "-,-,-",
    ]
    files.write("json", "j", schema, query, timeZone="Asia/Tokyo", ignoreNullFields=False)
    assert [json.loads(line) for line in files.lines("j")] == [
        {"t": "2020-07-01T19:00:00.000+09:00", "d": "0001-01-01", "n": "2020-07-01T10:00:00.000"},
        {"t": None, "d": None, "n": None},
    ]


def test_json_over_several_lines(files):
    query = "SELECT 1 a, [1.50, 2] b, {'x': 'y'} c, {'e': []} d"
    schema = "a int, b array<decimal(3,2)>, c struct<x: string>, d struct<e: array<int>>"
    files.write("json", "t", schema, query, pretty=True)
    assert files.lines("t") == [
        "{", '  "a" : 1,', '  "b" : [ 1.50, 2.00 ],', '  "c" : {', '    "x" : "y"', "  },",
        '  "d" : {', '    "e" : [ ]', "  }", "}",
    ]  # fmt: skip


PARTITIONED = "a int, p string, n int, d date, f double, t timestamp, b boolean"
PARTITIONED_QUERY = (
    "SELECT 1::INT a, 'x/y=z' p, NULL::INT n, DATE '2020-01-01' d, 1.5::DOUBLE f,"
    " TIMESTAMPTZ '2020-01-01 01:02:03+00' t, true b UNION ALL SELECT 2,'',3,NULL,2.0,NULL,false"
)
BY = ("p", "n", "d", "f", "t", "b")


@pytest.mark.parametrize("name", ["parquet", "csv", "json", "orc", "avro"])
def test_partitions(files, name):
    assert files.write(name, "t", PARTITIONED, PARTITIONED_QUERY, by=BY).files == 2
    directories = {
        str(path.parent.relative_to(files.place / "t")) for path in files.place.rglob("t/**/part-*")
    }
    null = (
        "p=__HIVE_DEFAULT_PARTITION__/n=3/d=__HIVE_DEFAULT_PARTITION__/f=2.0"
        "/t=__HIVE_DEFAULT_PARTITION__/b=false"
    )
    assert directories == {
        null,
        "p=x%2Fy%3Dz/n=__HIVE_DEFAULT_PARTITION__/d=2020-01-01/f=1.5/t=2020-01-01 01%3A02%3A03/b=true",
    }
    schema, rows = files.read(name, "t")
    assert schema.endswith("p:string,n:int,d:date,f:double,t:timestamp,b:string>")
    assert sorted(row[1:] for row in rows if row[1]) == [
        ("x/y=z", None, "2020-01-01", 1.5, "2020-01-01 01:02:03", "true")
    ]


def test_modes(files, refused):
    def write(value, mode):
        return files.write("csv", "t", "a int", f"SELECT {value}::INT", mode)

    write(1, SaveMode.DEFAULT)
    found = refused(lambda: write(2, SaveMode.ERROR_IF_EXISTS))
    assert found == ("PATH_ALREADY_EXISTS", {"outputPath": f"file:{files.place / 't'}"})
    assert write(3, SaveMode.IGNORE).rows == 0
    write(4, SaveMode.APPEND)
    assert sorted(files.lines("t")) == ["1", "4"]
    write(5, SaveMode.OVERWRITE)
    assert files.lines("t") == ["5"]
    assert sorted(path.name[:4] for path in files.place.iterdir()) == ["t"]


def test_dynamic_overwrite_keeps_other_partitions(files):
    files.write(
        "csv", "t", "a int, p int", "SELECT i::INT, i::INT % 2 FROM range(4) t(i)", by=("p",)
    )
    files.write(
        "csv", "t", "a int, p int", "SELECT 9::INT, 1::INT", SaveMode.OVERWRITE, by=("p",),
        partitionOverwriteMode="dynamic",
    )  # fmt: skip
    assert sorted(files.read("csv", "t")[1]) == [("0", 0), ("2", 0), ("9", 1)]
    assert (files.place / "t" / "_SUCCESS").exists()


@pytest.mark.parametrize("mode", [SaveMode.APPEND, SaveMode.OVERWRITE])
def test_a_write_that_fails_leaves_everything_as_it_was(files, mode):
    files.write("csv", "t", "a int, p int", "SELECT 1::INT, 1::INT", by=("p",))
    before = sorted(str(path) for path in files.place.rglob("*"))
    with pytest.raises(ZeroDivisionError):
        _broken_write(files, mode)
    assert sorted(str(path) for path in files.place.rglob("*")) == before


def _broken_write(files, mode):
    from boathouse import sql
    from boathouse.files.formats import write_files

    schema = sql.parse_schema("a int, p int")
    target = str(files.place / "t")
    writing = write_files("csv", schema, target, mode, ("p",), {}, files.environment)

    def batches():
        yield pa.record_batch({"p": ["1"], "line": ["7\n"]})
        raise ZeroDivisionError

    writing.write(batches())


def test_what_is_read_may_be_overwritten(files):
    files.write("csv", "t", "a int", "SELECT 1::INT")
    scan = files.scan("csv", "t", "a int")
    rows = files.run(scan.relation(["a"])).column("a").to_pylist()
    files.write("csv", "t", "a int", f"SELECT {rows[0]}::INT + 1", SaveMode.OVERWRITE)
    assert files.lines("t") == ["2"]


def test_the_layout_of_a_directory_that_must_stay(files):
    target = files.place / "t"
    (target / "p=1").mkdir(parents=True)
    (target / "p=1" / "old").touch()
    link = files.place / "link"
    link.symlink_to(target)
    layout = Layout(link, replace=True)
    place = layout.begin()
    (place / "p=1").mkdir()
    (place / "p=1" / "new").touch()
    layout.commit()
    found = sorted(str(path.relative_to(target)) for path in target.rglob("*"))
    assert found == ["_SUCCESS", "p=1", "p=1/new"]


def test_numbers_of_files(files):
    query = "SELECT range FROM range(10)"
    assert files.write("parquet", "t", "id bigint", query, maxRecordsPerFile=3).files == 4
    assert len(files.read("parquet", "t")[1]) == 10


def test_rows_are_shared_among_the_files_asked_for(files):
    query = "SELECT * FROM range(10) t(id)"
    assert files.write("parquet", "t", "id bigint", query, files=3).files == 3
    assert len(files.read("parquet", "t")[1]) == 10
    assert files.write("parquet", "few", "id bigint", "SELECT 1::BIGINT", files=3).files == 1


@pytest.mark.parametrize(
    ("codec", "ending"), [("gzip", "gz"), ("bzip2", "bz2"), ("deflate", "deflate")]
)
def test_compressed_text(files, codec, ending):
    files.write("csv", "t", COLUMNS, rows_of(["a", "b"]), compression=codec)
    assert next((files.place / "t").glob("part-*")).name.endswith(f".csv.{ending}")
    assert files.read("csv", "t")[1] == [("0", "a", "z"), ("1", "b", "z")]


@pytest.mark.parametrize(
    ("name", "schema", "by", "options", "condition", "parameters"),
    [
        ("csv", "a int, b map<int,int>", ("b",), {}, "INVALID_PARTITION_COLUMN_DATA_TYPE",
         {"type": '"MAP<INT, INT>"'}),
        ("csv", "a int", ("a",), {}, "ALL_PARTITION_COLUMNS_NOT_ALLOWED", {}),
        ("csv", "a int, b int", ("a", "A"), {}, "COLUMN_ALREADY_EXISTS", {"columnName": "`a`"}),
        ("csv", "a array<int>", (), {}, "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
         {"columnName": "`a`", "columnType": '"ARRAY<INT>"', "format": "CSV"}),
        ("csv", "n void", (), {}, "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
         {"columnName": "`n`", "columnType": '"VOID"', "format": "CSV"}),
        ("text", "a int", (), {}, "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
         {"columnName": "`a`", "columnType": '"INT"', "format": "Text"}),
        ("binaryFile", "a int", (), {}, "UNSUPPORTED_FEATURE.WRITE_FOR_BINARY_SOURCE", {}),
        ("csv", "a int", (), {"compression": "foo"},
         "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION",
         {"codecName": "foo",
          "availableCodecs": "bzip2, deflate, uncompressed, snappy, none, lz4, gzip"}),
        ("parquet", "a int", (), {"compression": "foo"},
         "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION",
         {"codecName": "foo",
          "availableCodecs": "brotli, uncompressed, lzo, snappy, lz4_raw, none, zstd, lz4, gzip"}),
    ],
)  # fmt: skip
def test_refusals(files, refused, name, schema, by, options, condition, parameters):
    found = refused(lambda: files.write(name, "t", schema, "SELECT 1", by=by, **options))
    assert found == (condition, parameters)
