"""XML files through the client; what is expected is what Spark 4.2 answered about the same files."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.errors import AnalysisException, PySparkException

FLEET = """<?xml version="1.0"?>
<fleet name="north">
  <!-- <ship><name>ghost</name></ship> -->
  <ship id="1"><name>Sloop</name><tons>40</tons><port>Kiel</port><port>Oslo</port></ship>
  <ship id="2"><name>Brig</name><tons>70.5</tons><crew><captain>Ann</captain></crew></ship>
  <ship id="x"><name><![CDATA[A <b> & c]]></name><note lang="en">hi</note></ship>
  <ship/>
</fleet>
"""
UNFIT = "<r><ship><id>1</id></ship><ship><id>two</id><k>5</k></ship><ship><id>3</id></ship></r>"
BROKEN = "<r><ship><id>1</id></ship><ship><id>2</i></ship><ship><id>3</id></ship></r>"


@pytest.fixture
def file(tmp_path):
    def write(text: str) -> str:
        place = tmp_path / "given.xml"
        place.write_text(text)
        return str(place)

    return write


def rows(frame: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame.collect()]


def test_the_schema_comes_from_all_records(spark, file):
    frame = spark.read.xml(file(FLEET), rowTag="ship")
    assert frame.schema.simpleString() == (
        "struct<_id:string,crew:struct<captain:string>,name:string,"
        "note:struct<_VALUE:string,_lang:string>,port:array<string>,tons:double>"
    )
    assert rows(frame.select("_id", "name", "port", "tons", "note._VALUE")) == [
        ("1", "Sloop", ["Kiel", "Oslo"], 40.0, None),
        ("2", "Brig", None, 70.5, None),
        ("x", "A <b> & c", None, None, "hi"),
        (None, None, None, None, None),
    ]


def test_a_record_may_hold_others_of_its_name(spark, file):
    text = "<r><a><id>1</id><a><id>9</id></a></a><as><id>5</id></as><a n='1>2' ><id>2</id></a></r>"
    frame = spark.read.xml(file(text), rowTag="a")
    assert rows(frame.select("_n", "id", "a.id")) == [(None, 1, 9), ("1>2", 2, None)]


def test_an_end_without_a_beginning_is_no_record(spark, file):
    frame = spark.read.xml(file("<r></a><a><id>1</id></a><a><id>2</id></a></r>"), rowTag="a")
    assert rows(frame) == [(1,), (2,)]


def test_text_between_elements_is_a_list(spark, file):
    text = "<r><p id='3'>a<q>1</q>b</p><p>7</p></r>"
    frame = spark.read.xml(file(text), rowTag="p")
    assert rows(frame.select("_VALUE", "_id", "q")) == [(["a", "b"], 3, 1), (["7"], None, None)]


def test_prefixes_may_be_ignored(spark, file):
    text = '<r xmlns:n="u"><n:ship n:id="4"><n:id>1</n:id></n:ship></r>'
    frame = spark.read.xml(file(text), rowTag="ship", ignoreNamespace=True)
    assert rows(frame) == [(4, 1)]


def test_a_record_as_a_variant(spark, file):
    reader = spark.read.option("singleVariantColumn", "v")
    frame = reader.xml(file("<r><p id='3'><q>1</q><q>2.5</q></p></r>"), rowTag="p")
    assert rows(frame.selectExpr("to_json(v)")) == [('{"_id":3,"q":[1,2.5]}',)]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("PERMISSIVE", [(1, None, None), (None, None, UNFIT), (3, None, None)]),
        ("DROPMALFORMED", [(1, None, None), (3, None, None)]),
    ],
)
def test_values_that_do_not_fit(spark, file, mode, expected):
    reader = spark.read.schema("id int, k int, _corrupt_record string")
    assert rows(reader.xml(file(UNFIT), rowTag="ship", mode=mode)) == expected


def test_the_first_bad_record_fails_if_asked_to(spark, file):
    frame = spark.read.schema("id int").xml(file(UNFIT), rowTag="ship", mode="FAILFAST")
    with pytest.raises(PySparkException) as caught:
        frame.collect()
    assert caught.value.getCondition() == "FAILED_READ_FILE.NO_HINT"


def test_nothing_is_read_after_a_broken_record(spark, file):
    frame = spark.read.xml(file(BROKEN), rowTag="ship")
    assert rows(frame) == [(None, 1), (BROKEN, None)]


@pytest.mark.parametrize(
    "act",
    [
        lambda spark, place: spark.read.format("xml").load(place).collect(),
        lambda spark, place: spark.range(1).write.format("xml").save(f"{place}.out"),
    ],
    ids=["read", "write"],
)
def test_the_row_tag_must_be_given(spark, file, act):
    place = file(FLEET)
    with pytest.raises(AnalysisException) as caught:
        act(spark, place)
    assert caught.value.getCondition() == "XML_ROW_TAG_MISSING"


def written(frame: Any, place: Any, **options: str) -> str:
    frame.coalesce(1).write.options(rowTag="boat", **options).format("xml").save(str(place))
    (part,) = place.glob("part-*.xml")
    return part.read_text()


def test_rows_as_written(spark, tmp_path):
    frame = spark.sql(
        "SELECT 1 AS _id, 'a<&>' AS name, array(1, 2) AS n, map('k', 1) AS m,"
        " named_struct('y', DATE '2020-01-02') AS st, CAST(NULL AS STRING) AS z"
    )
    head = '<?xml version="1.0"?>\n<fleet name="n">\n    <boat id="1">\n'
    assert written(
        frame,
        tmp_path / "out",
        rootTag='fleet name="n"',
        nullValue="-",
        declaration='version="1.0"',
    ) == (
        f"{head}        <name>a&lt;&amp;></name>\n        <n>1</n>\n        <n>2</n>\n"
        "        <m>\n            <k>1</k>\n        </m>\n"
        "        <st>\n            <y>2020-01-02</y>\n        </st>\n"
        "        <z>-</z>\n    </boat>\n</fleet>"
    )


def test_a_file_without_rows_is_empty(spark, tmp_path):
    assert written(spark.sql("SELECT 1 AS a WHERE false"), tmp_path / "out") == ""


def test_what_was_written_is_read_again(spark, tmp_path):
    frame = spark.sql("SELECT id, named_struct('a', id * 2) AS s, array(id, 1) AS l FROM range(50)")
    frame.write.xml(str(tmp_path / "out"), rowTag="boat")
    back = spark.read.schema(frame.schema).xml(str(tmp_path / "out"), rowTag="boat")
    assert sorted(rows(back)) == sorted(rows(frame))


def test_a_column_that_is_no_element_name(spark, tmp_path):
    with pytest.raises(PySparkException) as caught:
        spark.sql("SELECT 1 AS `a b`").write.xml(str(tmp_path / "out"), rowTag="boat")
    assert not caught.value.getCondition()  # Java's own error, in Spark
    assert "'a b' is no name of an XML element" in str(caught.value)
    assert not (tmp_path / "out").exists()
