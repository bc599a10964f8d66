"""CSV: the answers are those a real Spark 4.2 gave for the same files and options."""

import pytest

ODD = (
    'a,b,c\n1,"x, y",2.5\n2,"q""q",3\n3,"a\\"b",4\n4,"un"q,5\n5,sp"a,6\n\n'
    '6,"",7\n7,,8\n8,x\n9,x,1,2\n'
)
ODD_ROWS = [
    ("1", "x, y", "2.5"),
    ("2", '"q""q"', "3"),
    ("3", 'a"b', "4"),
    ("4", '"un"q', "5"),
    ("5", 'sp"a', "6"),
    ("6", None, "7"),
    ("7", None, "8"),
    ("8", "x", None),
    ("9", "x", "1"),
]
TYPED = """\
i,l,d,dbl,dt,ts,b,mix,dtts,big,ws,neg,exp,pct,ntz,ym,e
1,1,1.5,1e3,2020-01-01,2020-01-01 10:00:00,true,1,2020-01-01,99999999999999999999, 1,-5,1e5,5%,2020-01-01T10:00:00,2020-01,
2,99999999999,2,NaN,2020-1-2,2020-01-01T10:00:00Z,FALSE,x,2020-01-01 10:00:00,1,2 ,+5,1,6%,2020-01-02T10:00:00,2020-02,
3,3,3.25,Inf,2021-12-31,2020-01-01 10:00,True,2.5,2020-01-02,2,3,7,.5,7%,2020-01-02T10:00:00.123,2021-01,
"""


@pytest.mark.parametrize("multi_line", [False, True])
def test_quotes(files, multi_line):
    files.put("f.csv", ODD)
    schema, rows = files.read("csv", "f.csv", header=True, multiLine=multi_line)
    assert schema == "struct<a:string,b:string,c:string>"
    assert rows == ODD_ROWS


def test_no_header(files):
    files.put("f.csv", ODD)
    schema, rows = files.read("csv", "f.csv")
    assert schema == "struct<_c0:string,_c1:string,_c2:string>"
    assert rows == [("a", "b", "c"), *ODD_ROWS]


def test_inference(files):
    files.put("f.csv", TYPED)
    schema, rows = files.read("csv", "f.csv", header=True, inferSchema=True)
    assert schema == (
        "struct<i:int,l:bigint,d:double,dbl:double,dt:timestamp,ts:timestamp,b:boolean,mix:string,"
        "dtts:timestamp,big:decimal(20,0),ws:double,neg:int,exp:double,pct:string,ntz:timestamp,"
        "ym:timestamp,e:string>"
    )
    assert rows[1] == (
        2, 99999999999, 2.0, "NaN", "2020-01-02 00:00:00", "2020-01-01 10:00:00", False, "x",
        "2020-01-01 10:00:00", "1", 2.0, 5, 1.0, "6%", "2020-01-02 10:00:00",
        "2020-02-01 00:00:00", None,
    )  # fmt: skip
    assert rows[2][14] == "2020-01-02 10:00:00.123000"


def test_inference_with_patterns(files):
    files.put("f.csv", TYPED)
    by_day = files.scan("csv", "f.csv", header=True, inferSchema=True, dateFormat="yyyy-MM").schema
    kinds = {f.name: f.type.simple for f in by_day.fields}
    assert (kinds["ym"], kinds["dt"]) == ("date", "timestamp")
    by_time = files.scan(
        "csv", "f.csv", header=True, inferSchema=True, timestampFormat="yyyy-MM-dd HH:mm"
    ).schema
    kinds = {f.name: f.type.simple for f in by_time.fields}
    assert (kinds["ts"], kinds["dt"], kinds["l"]) == ("string", "string", "bigint")


def test_values_of_a_stated_schema(files):
    files.put("f.csv", TYPED)
    _, rows = files.read(
        "csv",
        "f.csv",
        "i boolean, l int, d int, dbl double, dt string, ts timestamp_ntz, b boolean, mix tinyint,"
        " dtts timestamp_ntz, big decimal(10,0), ws int, neg int, exp int, pct binary,"
        " ntz timestamp",
        header=True,
    )
    assert rows == [
        (None, 1, None, 1000.0, "2020-01-01", "2020-01-01 10:00:00", True, 1,
         "2020-01-01 00:00:00", None, None, -5, None, b"5%", "2020-01-01 10:00:00"),
        (None, None, 2, "NaN", "2020-1-2", None, False, None, "2020-01-01 10:00:00", "1", None, 5,
         1, b"6%", "2020-01-02 10:00:00"),
        (None, 3, None, float("inf"), "2021-12-31", "2020-01-01 10:00:00", True, None,
         "2020-01-02 00:00:00", "2", 3, 7, None, b"7%", "2020-01-02 10:00:00.123000"),
    ]  # fmt: skip


def test_decimals_round_and_dates_may_carry_a_time(files):
    files.put("f.csv", TYPED)
    schema = "i double, l string, d decimal(5,1), dbl float, dt timestamp, ts date, b string"
    _, rows = files.read("csv", "f.csv", schema, header=True)
    assert [row[2] for row in rows] == ["1.5", "2.0", "3.3"]
    assert [row[5] for row in rows] == ["2020-01-01"] * 3


def test_permissive_keeps_the_corrupt_record(files):
    files.put("f.csv", ODD)
    schema = "a int, b string, c double, _corrupt_record string"
    _, rows = files.read("csv", "f.csv", schema, header=True)
    assert rows[0] == (1, "x, y", 2.5, None)
    assert rows[-2:] == [(8, "x", None, "8,x"), (9, "x", 1.0, "9,x,1,2")]


def test_permissive_gives_null_for_what_does_not_fit(files):
    files.put("f.csv", ODD)
    _, rows = files.read("csv", "f.csv", "a int, b int, c int", header=True)
    assert rows == [
        (n, None, c) for n, c in zip(range(1, 10), [None, 3, 4, 5, 6, 7, 8, None, 1], strict=True)
    ]


def test_drop_malformed(files):
    files.put("f.csv", ODD)
    _, rows = files.read("csv", "f.csv", header=True, mode="DROPMALFORMED")
    assert rows == ODD_ROWS[:7]


def test_fail_fast(files, refused):
    path = files.put("f.csv", ODD)
    found = refused(lambda: files.read("csv", "f.csv", header=True, mode="FAILFAST"))
    assert found == ("FAILED_READ_FILE.NO_HINT", {"path": f"file://{path}"})


def test_an_unknown_mode_is_permissive(files):
    files.put("f.csv", ODD)
    assert files.read("csv", "f.csv", header=True, mode="foo")[1] == ODD_ROWS


def test_headers_that_repeat_or_are_empty(files):
    files.put("f.csv", "a,a,,B,b\n1,2,3,4,5\n")
    assert files.read("csv", "f.csv", header=True) == (
        "struct<a0:string,a1:string,_c2:string,B3:string,b4:string>",
        [("1", "2", "3", "4", "5")],
    )


BARS = "a|b\n1|'x|y'\n2|z # c\n# comment\n3|  sp  \nNA|\"q\"\n"


def test_another_dialect(files):
    files.put("f.csv", BARS)
    _, rows = files.read(
        "csv", "f.csv", header=True, sep="|", quote="'", comment="#", nullValue="NA"
    )
    assert rows == [("1", "x|y"), ("2", "z # c"), ("3", "  sp  "), (None, '"q"')]


def test_stripping(files):
    files.put("f.csv", BARS)
    _, rows = files.read(
        "csv", "f.csv", header=True, sep="|", comment="#",
        ignoreLeadingWhiteSpace=True, ignoreTrailingWhiteSpace=True,
    )  # fmt: skip
    assert rows == [("1", "'x"), ("2", "z # c"), ("3", "sp"), ("NA", "q")]


def test_a_regular_file_and_an_odd_one_read_alike(files):
    regular = 'a,b\n1,"x,y"\n2,\n3\n4,5,6\n'
    files.put("one.csv", regular)
    files.put("two.csv", regular + '5,"a\\"b"\n')
    one = files.read("csv", "one.csv", header=True)[1]
    two = files.read("csv", "two.csv", header=True)[1]
    assert two == [*one, ("5", 'a"b')]
    assert one == [("1", "x,y"), ("2", None), ("3", None), ("4", "5")]


def test_multi_line_values(files):
    files.put("f.csv", 'a,b\n1,"x\ny"\n2,z\n')
    assert files.read("csv", "f.csv", header=True, multiLine=True)[1] == [("1", "x\ny"), ("2", "z")]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends(files, end):
    files.put("f.csv", end.join(["a,b", "1,x", "2,y", ""]))
    assert files.read("csv", "f.csv", header=True)[1] == [("1", "x"), ("2", "y")]


def test_encodings(files):
    files.put("latin.csv", "a\né\n".encode("latin-1"))
    assert files.read("csv", "latin.csv", header=True, encoding="ISO-8859-1")[1] == [("é",)]
    files.put("marked.csv", "\ufeffa\né\n")
    assert files.read("csv", "marked.csv", header=True) == ("struct<a:string>", [("é",)])


@pytest.mark.parametrize(
    ("options", "condition", "parameters"),
    [
        (
            {"quote": "ab"},
            "OPTION_VALUE_EXCEEDS_ONE_CHARACTER",
            {"paramName": "quote", "actualValue": "ab"},
        ),
        ({"sep": ""}, "INVALID_DELIMITER_VALUE.EMPTY_STRING", {}),
        ({"sep": "\\"}, "INVALID_DELIMITER_VALUE.SINGLE_BACKSLASH", {}),
    ],
)
def test_bad_options(files, refused, options, condition, parameters):
    files.put("f.csv", ODD)
    assert refused(lambda: files.read("csv", "f.csv", **options)) == (condition, parameters)


def test_the_corrupt_record_must_be_text_and_not_alone(files, refused):
    files.put("f.csv", ODD)
    wrong = "a int, _corrupt_record int"
    condition, parameters = refused(lambda: files.read("csv", "f.csv", wrong))
    assert condition == "INVALID_CORRUPT_RECORD_TYPE"
    assert parameters == {"columnName": "`_corrupt_record`", "actualType": '"INT"'}
    right = "a int, _corrupt_record string"
    condition, _ = refused(lambda: files.read("csv", "f.csv", right, ["_corrupt_record"]))
    assert condition == "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN"


def test_nested_types_have_no_csv(files, refused):
    files.put("f.csv", ODD)
    assert refused(lambda: files.read("csv", "f.csv", "a array<int>")) == (
        "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
        {"columnName": "`a`", "columnType": '"ARRAY<INT>"', "format": "CSV"},
    )


def test_a_quote_that_is_never_closed_takes_the_rest_of_the_line(files):
    files.put("f.csv", 'a,b\n"unclosed,5\n"a,b"c,6\n')
    assert files.read("csv", "f.csv", header=True)[1] == [("unclosed,5", None), ('"a,b"c', "6")]


def test_an_empty_text_is_another_value_than_nothing(files):
    files.put("f.csv", 'a,b\n"",1\n,2\nNA,3\n')
    assert files.read("csv", "f.csv", header=True, nullValue="NA")[1] == [
        ("", "1"), (None, "2"), (None, "3"),
    ]  # fmt: skip
    rows = files.read("csv", "f.csv", header=True, nullValue="NA", emptyValue="E")[1]
    assert rows[0] == ("E", "1")


def test_one_column_with_blank_lines(files):
    files.put("f.csv", "a\n1,2\n\n3\n")
    assert files.read("csv", "f.csv", header=True)[1] == [("1",), ("3",)]


def test_headers_are_checked_if_asked_for(files, refused):
    path = files.put("f.csv", "id,name\n1,Ann\n")
    right, wrong = "id int, name string", "id int, x string"
    assert files.read("csv", "f.csv", right, header=True, enforceSchema=False)[1] == [(1, "Ann")]
    assert files.read("csv", "f.csv", wrong, header=True)[1] == [(1, "Ann")]
    told = refused(lambda: files.read("csv", "f.csv", wrong, header=True, enforceSchema=False))
    assert told == ("FAILED_READ_FILE.NO_HINT", {"path": f"file://{path}"})
