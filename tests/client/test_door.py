"""The unmodified client against the door: results, errors, interrupts, progress, sessions."""

import dataclasses
import threading
import time
from typing import Any

import pytest
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql.connect import functions as f
from pyspark.sql.connect.session import SparkSession
from pyspark.sql.observation import Observation

from boathouse.errors.exceptions import SparkError
from boathouse.spec import commands as c
from boathouse.spec import expressions as e
from boathouse.spec import relations as r


def in_thread(call):
    """Run `call` beside; the list holds what it raised."""
    raised = []

    def target():
        try:
            call()
        except PySparkException as error:
            raised.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    return thread, raised


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_rows_arrive(spark):
    assert [row.id for row in spark.range(5).collect()] == [0, 1, 2, 3, 4]


def test_no_rows_still_have_a_schema(spark):
    frame = spark.range(0)
    assert frame.collect() == []
    assert frame.toPandas().columns.tolist() == ["id"]


def test_a_large_result_arrives_in_order(spark):
    table = spark.range(1_500_000).toArrow()
    assert table.column("id").to_pylist() == list(range(1_500_000))


def test_batches_are_cut_into_chunks_if_the_client_asks(spark):
    spark.client._preferred_arrow_chunk_size = 2048
    assert spark.range(100_000).toArrow().num_rows == 100_000


def test_whole_batches_if_the_client_knows_no_chunks(spark):
    spark.client._allow_arrow_batch_chunking = False
    assert spark.range(100_000).toArrow().num_rows == 100_000


def test_without_reattach(spark):
    spark.client.disable_reattachable_execute()
    assert spark.range(100_000).toArrow().num_rows == 100_000


def test_rows_can_be_read_one_by_one(spark):
    rows = spark.range(1_000_000).toLocalIterator()
    assert [next(rows).id for _ in range(3)] == [0, 1, 2]


def test_an_error_tells_all(spark):
    with pytest.raises(AnalysisException) as caught:
        spark.table("bad").collect()
    error: Any = caught.value
    assert error.getCondition() == "TABLE_OR_VIEW_NOT_FOUND"
    assert error.getSqlState() == "42P01"
    assert error.getMessageParameters()["relationName"] == "`bad`"
    (context,) = error.getQueryContext()
    assert (context.startIndex(), context.stopIndex(), context.fragment()) == (14, 16, "bad")
    assert context.summary().splitlines()[1:] == ["SELECT * FROM bad", "              ^^^"]


def test_a_fault_of_ours_is_an_internal_error(spark, caplog):
    with pytest.raises(PySparkException) as caught:
        spark.table("broken").collect()
    assert caught.value.getCondition() == "INTERNAL_ERROR"
    assert "a fault of ours" in caplog.text


def test_the_cause_is_told(door, spark, monkeypatch):
    def fail(self, relation):
        raise above from KeyError("below")

    above = SparkError("INTERNAL_ERROR", message="above")
    monkeypatch.setattr("tests.connect.fake.FakeSession.schema", fail)
    with pytest.raises(PySparkException) as caught:
        _ = spark.range(1).schema
    error: Any = caught.value
    assert "Caused by: builtins.KeyError: 'below'" in error.getStackTrace()


def test_what_is_observed_arrives(spark):
    seen = Observation("seen")
    spark.range(4).observe(seen, f.count(f.lit(1)).alias("n")).collect()
    assert seen.get == {"n": 4, "s": None}


def test_metrics_count_the_rows(spark):
    frame = spark.range(4)
    frame.collect()
    (result,) = frame.executionInfo.metrics._metrics
    assert [(m.name, m.value) for m in result.metrics] == [("numOutputRows", 4)]


def test_progress_is_told(spark):
    told = []
    heard = threading.Event()

    def handler(stages, inflight_tasks, operation_id, done):
        told.extend((s.num_tasks, s.num_completed_tasks) for s in stages)
        if told:
            heard.set()

    spark.conf.set("spark.connect.progress.reportInterval", "100ms")
    spark.registerProgressHandler(handler)
    thread, _ = in_thread(spark.table("sleep").collect)
    assert heard.wait(10)
    spark.interruptAll()
    thread.join()
    assert told[0] == (100, 25)


def test_interrupt_all(spark):
    thread, raised = in_thread(spark.table("sleep").collect)
    ids = []
    until(lambda: ids.extend(spark.interruptAll()) or ids)
    thread.join()
    assert raised[0].getCondition() == "OPERATION_CANCELED"
    assert raised[0].getSqlState() == "HY008"


def test_interrupt_by_tag(spark):
    def tagged():
        spark.addTag("slow")
        spark.table("sleep").collect()

    thread, raised = in_thread(tagged)
    assert spark.interruptTag("other") == []
    ids = []
    until(lambda: ids.extend(spark.interruptTag("slow")) or ids)
    thread.join()
    assert raised[0].getCondition() == "OPERATION_CANCELED"


def test_interrupt_by_operation(spark):
    thread, _ = in_thread(spark.table("sleep").collect)

    def running():
        statuses = spark.client._get_operation_statuses().operation_statuses
        return [s.operation_id for s in statuses if s.state == s.OPERATION_STATE_RUNNING]

    until(running)
    (id,) = running()
    assert spark.interruptOperation(id) == [id]
    thread.join()
    (status,) = spark.client._get_operation_statuses([id]).operation_statuses
    assert status.state == status.OPERATION_STATE_CANCELLED


def test_states_of_operations(spark):
    spark.range(1).collect()
    with pytest.raises(PySparkException):
        spark.table("bad").collect()
    statuses = spark.client._get_operation_statuses().operation_statuses
    kinds = {status.OperationState.Name(status.state) for status in statuses}
    assert kinds == {"OPERATION_STATE_SUCCEEDED", "OPERATION_STATE_FAILED"}
    (unknown,) = spark.client._get_operation_statuses(["nobody"]).operation_statuses
    assert unknown.state == unknown.OPERATION_STATE_UNKNOWN


def test_settings(spark):
    key = "spark.sql.session.timeZone"
    spark.conf.set(key, "Asia/Tokyo")
    assert spark.conf.get(key) == "Asia/Tokyo"
    assert spark.conf.getAll[key] == "Asia/Tokyo"
    spark.conf.unset(key)
    assert key not in spark.conf.getAll
    assert spark.conf.get("no.such.key", None) is None
    assert spark.conf.get("no.such.key", "x") == "x"
    assert spark.conf.isModifiable(key)
    assert not spark.conf.isModifiable("spark.sql.warehouse.dir")
    with pytest.raises(PySparkException, match="SQL_CONF_NOT_FOUND"):
        spark.conf.get("no.such.key")
    with pytest.raises(PySparkException, match="CANNOT_MODIFY_STATIC_CONFIG"):
        spark.conf.set("spark.sql.warehouse.dir", "x")


def test_what_the_client_needs_at_its_start_is_there(spark, session):
    assert spark.createDataFrame([(1, "a")], ["n", "s"]).columns == ["id"]
    assert spark.client._get_plan_compression_threshold_and_algorithm() == (10485760, "ZSTD")


def test_a_long_plan_travels_compressed(spark, session):
    spark.client._plan_compression_threshold, spark.client._plan_compression_algorithm = 10, "ZSTD"
    frame = spark.range(3).observe(Observation("x" * 1000), f.lit(1).alias("a"))
    frame.collect()
    assert isinstance(session.said[-1], r.CollectMetrics)
    assert session.said[-1].name == "x" * 1000


def test_a_query_text_comes_back_as_itself(spark, session):
    frame = spark.sql("SELECT :n AS n", args={"n": 1})
    text = session.said[-1].query
    assert isinstance(session.said[-1], c.SqlCommand)
    assert text.named == (("n", e.Literal(1, text.named[0][1].type)),)
    with pytest.raises(PySparkException):
        frame.collect()
    assert dataclasses.replace(session.said[-1], plan_id=text.plan_id) == text


def test_a_command_text_comes_back_as_rows(spark, session):
    frame = spark.sql("SHOW TABLES")
    with pytest.raises(PySparkException):
        frame.collect()
    sent = session.said[-1]
    assert isinstance(sent, r.LocalRelation)
    assert '"name":"id"' in sent.schema


def test_questions(spark, capsys):
    frame = spark.range(3)
    assert frame.schema.names == ["id"]
    assert spark.version == "4.2.0"
    frame.explain("formatted")
    assert capsys.readouterr().out == "formatted of Range\n"
    frame.printSchema()
    assert frame.isLocal()
    assert not frame.isStreaming
    assert frame.inputFiles() == ["a.parquet"]
    assert frame.sameSemantics(spark.range(3))
    assert frame.semanticHash() == 42


def test_types_as_text(spark):
    from pyspark.sql.types import IntegerType, StructType

    assert spark.client._analyze("ddl_parse", ddl_string="int").parsed == IntegerType()
    both = spark.client._analyze("ddl_parse", ddl_string="a INT NOT NULL, b STRING").parsed
    assert both == StructType.fromJson(both.jsonValue())
    assert both.names == ["a", "b"]
    assert spark.client._analyze("json_to_ddl", json_string=both.json()).ddl_string == (
        "a INT NOT NULL,b STRING"
    )


def test_persist_and_storage_level(spark):
    frame = spark.range(3).persist()
    assert frame.storageLevel.useMemory
    frame.unpersist()
    assert not frame.storageLevel.useMemory


def test_checkpoint_and_resources(spark):
    assert spark.range(3).checkpoint()._plan._relation_id == "kept"
    assert spark.client._resources() == {}


def test_cached_local_relation(spark, session):
    blob = b"x" * 3_000_000
    hash = spark.client.cache_artifact(blob)
    assert session.artifacts.get(f"cache/{hash}") == blob
    assert spark.client._artifact_manager.is_cached_artifact(hash)
    assert not spark.client._artifact_manager.is_cached_artifact("0" * 64)


def test_files_are_uploaded(spark, session, tmp_path):
    (tmp_path / "more.py").write_text("x = 1")
    (tmp_path / "big.txt").write_bytes(b"ab" * 50_000)
    spark.addArtifact(str(tmp_path / "more.py"), pyfile=True)
    spark.addArtifact(str(tmp_path / "big.txt"), file=True)
    assert session.artifacts.names() == ["files/big.txt", "pyfiles/more.py"]
    assert session.artifacts.get("files/big.txt") == b"ab" * 50_000


def test_a_clone_goes_its_own_way(spark):
    spark.conf.set("spark.sql.ansi.enabled", "false")
    clone = spark.cloneSession()
    assert clone.conf.get("spark.sql.ansi.enabled") == "false"
    clone.conf.set("spark.sql.ansi.enabled", "true")
    assert spark.conf.get("spark.sql.ansi.enabled") == "false"
    clone.client.release_session()  # `clone.stop()` stumbles over an attribute the client forgets
    clone.client.close()


def test_stopping_closes_the_session(port):
    spark = SparkSession(port.url)
    spark.range(1).collect()
    session = port.sessions[spark.session_id]
    spark.stop()
    assert session.closed.is_set()


def test_users_do_not_share_sessions(port):
    id = "11111111-2222-4333-8444-555555555555"
    one = SparkSession(f"{port.url};session_id={id}", userId="one")
    other = SparkSession(f"{port.url};session_id={id}", userId="other")
    one.conf.set("spark.sql.ansi.enabled", "false")
    assert other.conf.get("spark.sql.ansi.enabled") == "true"
    one.stop()
    other.stop()


def test_deep_plans(spark, session):
    frame = spark.range(1)
    for number in range(2000):
        frame = frame.withColumn("c", f.lit(number))
    with pytest.raises(PySparkException):
        frame.collect()
    depth, node = 0, session.said[-1]
    while isinstance(node, r.WithColumns):
        depth, node = depth + 1, node.input
    assert depth == 2000


def test_a_long_disjunction_is_one_call(spark, session):
    condition = f.col("id") == 0
    for number in range(1, 1000):
        condition = condition | (f.col("id") == number)
    with pytest.raises(PySparkException):
        spark.range(1).filter(condition).collect()
    assert len(session.said[-1].condition.arguments) == 1000


def test_what_is_not_built_says_so(spark):
    with pytest.raises(PySparkException) as caught:
        spark.udf.register("twice", lambda x: x, "int")
    assert caught.value.getCondition() == "UNSUPPORTED_FEATURE.NOT_BUILT"


def test_nothing_is_left_when_the_server_stops(port):
    spark = SparkSession(port.url)
    spark.range(1).collect()
    spark.stop()
    port.close()
    assert not [t.name for t in threading.enumerate() if t.name.startswith("boathouse")]
