"""JSON: the answers are those a real Spark 4.2 gave for the same files and options."""

MIXED = (
    '{"a":1,"b":2}\n{"a":"x","b":2}\n{"a":1.5,"b":2}\n{"a":"5","b":2}\n{"a":true,"b":[1]}\n'
    '{"a":null}\n{bad\n{"a":99999999999,"b":1}\n'
)
RECORDS = '[{"a":1},{"a":2},3]\n[]\n{"a":3}  \n{"a":4} x\n{"a":5,}\n{\'a\':6}\n{a:7}\n"s"\n   \n{"a":NaN}\n'
VALUES = (
    '{"a": 12345678901, "B": 1, "s": 1, "n":{"x":1,"y":null}, "ts":"2020-01-01T00:00:00Z",'
    '"d":"2020-01-01","arr":[1,null],"m":{"k":1}}\n'
    '{"a":1.0,"s":{"q": 1},"n":"notstruct","ts":"2020-01-01 01:02:03.5","d":"x","arr":5,'
    '"m":{"k":"v"}}\n'
    '{"a":"NaN","s":1.50,"f":"NaN","dec":"1.5"}\n{"a":NaN,"f":1e400,"dec":1.55}\n'
)


def test_inference_of_mixed_values(files):
    files.put("f.json", MIXED)
    assert files.read("json", "f.json") == (
        "struct<_corrupt_record:string,a:string,b:string>",
        [
            (None, "1", "2"),
            (None, "x", "2"),
            (None, "1.5", "2"),
            (None, "5", "2"),
            (None, "true", "[1]"),
            (None, None, None),
            ("{bad", None, None),
            (None, "99999999999", "1"),
        ],
    )


def test_inference_of_nested_values(files):
    files.put(
        "f.json",
        '{"a":{"b":[{"c":1},{"d":"x"}]},"e":[],"f":{},"g":[null],"h":[[1],[2.5]]}\n'
        '{"a":{"b":[]},"e":[{}],"i":123456789012345678901,"j":1.5,"k":true}\n'
        '{"i":1,"j":2,"k":"s"}\n',
    )
    schema = (
        "struct<a:struct<b:array<struct<c:bigint,d:string>>>,g:array<string>,"
        "h:array<array<double>>,i:decimal(21,0),j:double,k:string>"
    )
    assert files.read("json", "f.json") == (
        schema,
        [
            ({"b": [{"c": 1, "d": None}, {"c": None, "d": "x"}]}, [None], [[1.0], [2.5]],
             None, None, None),
            ({"b": []}, None, None, "123456789012345678901", 1.5, "true"),
            (None, None, None, "1", 2.0, "s"),
        ],
    )  # fmt: skip


def test_what_is_a_record(files):
    files.put("f.json", RECORDS)
    assert files.read("json", "f.json", "a int, _corrupt_record string")[1] == [
        (None, '[{"a":1},{"a":2},3]'),
        (3, None),
        (4, None),
        (None, '{"a":5,}'),
        (6, None),
        (None, "{a:7}"),
        (None, '"s"'),
        (None, '{"a":NaN}'),
    ]


def test_values_of_a_stated_schema(files):
    files.put("f.json", VALUES)
    schema = (
        "a bigint, b int, s string, n struct<x:int,y:int>, ts timestamp, d date, arr array<int>,"
        " m map<string,int>, f float, dec decimal(5,1)"
    )
    assert files.read("json", "f.json", schema)[1] == [
        (12345678901, None, "1", {"x": 1, "y": None}, "2020-01-01 00:00:00", "2020-01-01",
         [1, None], {"k": 1}, None, None),
        (None, None, '{"q":1}', None, "2020-01-01 01:02:03.500000", None, None, None, None, None),
        (None, None, "1.50", None, None, None, None, None, "NaN", "1.5"),
        (None, None, None, None, None, None, None, None, float("inf"), "1.6"),
    ]  # fmt: skip


def test_a_local_timestamp_takes_no_zone(files):
    files.put("f.json", VALUES)
    _, rows = files.read("json", "f.json", "ts timestamp_ntz, arr string")
    assert rows[:2] == [(None, "[1,null]"), ("2020-01-01 01:02:03.500000", "5")]


def test_a_bad_element_spoils_its_array_and_map_but_not_its_struct(files):
    files.put(
        "f.json",
        '{"a":[1,"x",3],"m":{"k":1,"j":"v"},"n":{"x":1,"y":"q"},"c":5}\n'
        '{"a":5,"m":[1],"n":[],"c":5,"extra":1}\n'
        '{"a":[[1]],"m":{"k":null},"n":{"x":null},"c":"5"}\n',
    )
    schema = "a array<int>, m map<string,int>, n struct<x:int,y:int>, c int, _corrupt_record string"
    rows = files.read("json", "f.json", schema)[1]
    assert [row[:4] for row in rows] == [
        (None, None, {"x": 1, "y": None}, 5),
        (None, None, None, 5),
        (None, {"k": None}, {"x": None, "y": None}, None),
    ]
    assert all(row[4] for row in rows)


def test_conversions_from_other_kinds(files):
    files.put(
        "f.json",
        '{"a":1577836800,"b":1.5,"c":"1.25","d":"QUI=","e":"true","f":18262}\n'
        '{"a":"2020-01-01","b":"Infinity","c":1e2,"d":"!!","e":true,"f":"2020-1-1"}\n',
    )
    schema = "a timestamp, b float, c decimal(6,2), d binary, e boolean, f date"
    assert files.read("json", "f.json", schema)[1] == [
        ("2020-01-01 00:00:00", 1.5, "1.25", b"AB", None, None),
        ("2020-01-01 00:00:00", float("inf"), "100.00", None, True, "2020-01-01"),
    ]


def test_modes(files, refused):
    path = files.put("f.json", MIXED)
    dropped = files.read("json", "f.json", "a bigint", mode="DROPMALFORMED")[1]
    assert dropped == [(1,), (None,), (99999999999,)]
    assert files.read("json", "f.json", mode="DROPMALFORMED")[0] == "struct<a:string,b:string>"
    assert refused(lambda: files.read("json", "f.json", "a bigint", mode="FAILFAST")) == (
        "FAILED_READ_FILE.NO_HINT",
        {"path": f"file://{path}"},
    )
    assert refused(lambda: files.read("json", "f.json", mode="FAILFAST")) == (
        "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
        {"badRecord": "_corrupt_record", "failFastMode": "FAILFAST"},
    )


def test_multi_line(files):
    files.put("f.json", '[{"a":1},\n {"a":2}]\n')
    assert files.read("json", "f.json", multiLine=True) == ("struct<a:bigint>", [(1,), (2,)])
    assert files.read("json", "f.json") == (
        "struct<_corrupt_record:string,a:bigint>",
        [('[{"a":1},', None), (None, 2)],
    )


def test_primitives_as_string(files):
    files.put("f.json", '{"a":1,"b":[true],"c":{"d":1.5}}\n')
    assert files.read("json", "f.json", primitivesAsString=True) == (
        "struct<a:string,b:array<string>,c:struct<d:string>>",
        [("1", ["true"], {"d": "1.5"})],
    )


def test_names_that_differ_in_case_only(files, refused):
    files.put("f.json", '{"a":1}\n')
    condition, parameters = refused(lambda: files.read("json", "f.json", "A int, a int"))
    assert (condition, parameters) == ("COLUMN_ALREADY_EXISTS", {"columnName": "`a`"})


def test_what_is_nearly_json(files):
    files.put("f.json", '{\'a\':1,"b":\'x\'}\n{b:"y"}\n/*c*/{"a":2}\n{"a":03}\n')
    assert files.read("json", "f.json", "a int, b string")[1] == [
        (1, "x"), (None, None), (None, None), (None, None),
    ]  # fmt: skip
    rows = files.read(
        "json", "f.json", "a int, b string", allowUnquotedFieldNames=True, allowComments=True,
        allowNumericLeadingZeros=True,
    )[1]  # fmt: skip
    assert rows == [(1, "x"), (None, "y"), (2, None), (3, None)]


def test_inferred_names_that_differ_in_case_are_one(files):
    files.put("f.json", '{"Ab":1}\n{"aB":2}\n')
    assert files.read("json", "f.json")[0] == "struct<Ab:bigint>"


def test_times_with_offsets_in_a_pattern(files):
    lines = ['"2024-01-02T03:04:05.678Z"', '"2024-01-02T03:04:05.678+02:30"', '"2024-01-02"']
    files.put("t.json", "".join(f'{{"t":{line}}}\n' for line in lines))
    _, rows = files.read(
        "json", "t.json", "t timestamp", timestampFormat="yyyy-MM-dd'T'HH:mm:ss.SSSXXX"
    )
    assert rows == [("2024-01-02 03:04:05.678000",), ("2024-01-02 00:34:05.678000",), (None,)]
