"""What later parts of Boathouse will do is refused by name, and the session goes on."""

import pytest
from pyspark.errors import UnsupportedOperationException
from pyspark.sql.connect import functions
from pyspark.sql.connect.window import Window

import boathouse


@pytest.fixture(scope="module")
def spark():
    with boathouse.session() as session:
        yield session


def stream(spark):
    return spark.readStream.format("rate").load()


def twice(frames):
    yield from frames


REFUSED = {
    "a stream's schema": lambda spark: stream(spark).schema,
    "a stream's rows": lambda spark: (
        stream(spark).writeStream.format("memory").queryName("q").start()
    ),
    "a stream into a table": lambda spark: stream(spark).writeStream.toTable("t"),
    "streams that run": lambda spark: spark.streams.active,
    "waiting for a stream": lambda spark: spark.streams.awaitAnyTermination(1),
    "a registered function": lambda spark: spark.udf.register("f", lambda x: x, "int"),
    "a function of a row": lambda spark: (
        spark.range(2).select(functions.udf(lambda x: x, "long")("id")).collect()
    ),
    "a function in a window": lambda spark: (
        spark.range(2)
        .select(
            functions.udf(lambda x: x, "long")(functions.sum("id").over(Window.partitionBy("id")))
        )
        .collect()
    ),
    "mapInPandas": lambda spark: spark.range(2).mapInPandas(twice, "id long").collect(),
    "mapInArrow": lambda spark: spark.range(2).mapInArrow(twice, "id long").collect(),
    "applyInPandas": lambda spark: (
        spark.range(2).groupBy("id").applyInPandas(lambda frame: frame, "id long").collect()
    ),
    "cogroup": lambda spark: (
        spark.range(2)
        .groupBy("id")
        .cogroup(spark.range(2).groupBy("id"))
        .applyInPandas(lambda left, right: left, "id long")
        .collect()
    ),
    "a source that is not there": lambda spark: spark.read.format("jdbc").load().collect(),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_is_refused_and_the_session_goes_on(spark, call):
    with pytest.raises(UnsupportedOperationException) as refused:
        call(spark)
    assert refused.value.getCondition() == "UNSUPPORTED_FEATURE.NOT_BUILT"
    assert refused.value.getSqlState() == "0A000"
    assert spark.range(3).count() == 3
