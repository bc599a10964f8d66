"""Plans of unusual size and results of unusual length, through the unmodified client."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor as Executor
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from tests.bench.micro import Growth
from tests.bench.probe import DEPTH, PROBES, STACK
from tests.bench.process import usage

import boathouse

pytestmark = pytest.mark.slow

BENCH = Path(__file__).parents[1] / "bench"
SECONDS = 60
ENDLESS = "SELECT count(*) FROM range(100000000000) a JOIN range(1000) b ON a.id % 7 = b.id % 3"


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    with boathouse.session() as session:
        yield session


def with_room(run: Callable[[], Any]) -> Any:
    """`run` in a thread with a deep stack: the client recurses into plans."""
    before, size = sys.getrecursionlimit(), threading.stack_size(STACK)
    sys.setrecursionlimit(DEPTH)
    result: Future[Any] = Future()

    def work() -> None:
        try:
            result.set_result(run())
        except BaseException as error:  # noqa: BLE001 - told where it is waited for
            result.set_exception(error)

    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(before)
        threading.stack_size(size)
    return result.result()


@pytest.mark.parametrize("name", ["with_columns", "or_terms", "in_list", "wide", "unions"])
def test_it_is_answered(spark, name):
    assert with_room(lambda: PROBES[name](spark)) < SECONDS


def test_an_interrupt_ends_a_query_within_a_second(spark):
    ended: list[float] = []

    def work() -> None:
        try:
            spark.sql(ENDLESS).collect()
        except Exception as error:  # noqa: BLE001 - its kind is looked at below
            ended.append(time.perf_counter())
            ended_with.append(str(error))

    ended_with: list[str] = []
    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(1)
    start = time.perf_counter()
    spark.interruptAll()
    thread.join(timeout=10)
    assert ended
    assert ended[0] - start < 1
    assert "OPERATION_CANCELED" in ended_with[0]


def test_a_query_over_its_memory_fails_alone():
    with boathouse.session(memory="400MB") as spark, Executor() as executor:
        list_of_all = spark.range(100_000_000).selectExpr("size(collect_list(id)) AS n")
        heavy = executor.submit(list_of_all.collect)
        distinct = "SELECT count(DISTINCT id % 100000) AS n FROM range(200000)"
        while not heavy.done():
            assert spark.sql(distinct).collect() == [(100_000,)]
        failure = heavy.exception()
        assert isinstance(failure, PySparkException)
        assert failure.getCondition() == "UNABLE_TO_ACQUIRE_MEMORY"
        assert spark.sql(distinct).collect() == [(100_000,)]


def test_a_query_spills_before_it_fails():
    with boathouse.session(memory="300MB") as spark:
        texts = spark.range(10_000_000).selectExpr("concat('number ', id) AS text")
        assert texts.distinct().count() == 10_000_000


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    """A server in a process of its own: its URL and the number of the process."""
    process = subprocess.Popen(
        [sys.executable, str(BENCH / "server.py"), "boathouse"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def test_30_million_rows_cost_the_server_little_memory(server):
    url, process = server
    watch = Growth(process)
    client = subprocess.run(
        [sys.executable, str(BENCH / "probe.py"), url, "to_arrow"],
        capture_output=True,
        text=True,
        check=True,
    )
    growth = watch.stop()
    assert "seconds" in client.stdout
    assert growth < 300


def test_a_killed_client_frees_the_server(server):
    url, process = server
    code = (
        "from pyspark.sql.connect.session import SparkSession as S;"
        f"S.builder.remote('{url}').getOrCreate().sql('''{ENDLESS}''').collect()"
    )
    client = subprocess.Popen(
        [sys.executable, "-c", code], env={"SPARK_HOME": "/tmp"}, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 30
    before = usage(process).seconds
    while usage(process).seconds < before + 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    client.kill()
    client.wait()
    time.sleep(1.5)
    after = usage(process).seconds
    time.sleep(2)
    assert usage(process).seconds - after < 0.5
