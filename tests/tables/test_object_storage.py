"""Delta tables in an S3-compatible store: a server of moto's, out of `.venv-delta`."""

import contextlib
import socket
import subprocess
import threading
import time
import urllib.request
import uuid
from pathlib import Path

import pytest
from pyspark.errors import PySparkException

import boathouse
from boathouse.errors.exceptions import SparkError
from boathouse.tables.delta.log import DeltaLog
from boathouse.tables.object_storage import FileCache, ObjectStorage
from boathouse.tables.storage import storage_of

MOTO = Path(__file__).parents[2] / ".venv-delta/bin/moto_server"
needs_moto = pytest.mark.skipif(not MOTO.exists(), reason="make .venv-delta/.stamp")


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def request(method, url):
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=5) as answer:
        return answer.status


@pytest.fixture(scope="module")
def endpoint():
    """A server with the bucket "lake"."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    process = subprocess.Popen(
        [MOTO, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(300):
        with contextlib.suppress(OSError):
            request("PUT", f"{url}/lake")
            break
        time.sleep(0.1)
    yield url
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def spark(endpoint, tmp_path_factory):
    settings = {
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.access.key": "key",
        "spark.hadoop.fs.s3a.secret.key": "not checked",
    }
    with boathouse.session(tmp_path_factory.mktemp("data"), settings=settings) as session:
        yield session


@pytest.fixture
def place():
    return f"s3a://lake/{uuid.uuid4().hex}/a table"


@needs_moto
def test_a_table_in_a_bucket_is_written_and_read(spark, place):
    frame = spark.range(10).selectExpr("id", "concat('a/b ', id % 2) AS p")
    frame.write.format("delta").partitionBy("p").save(place)
    frame.write.format("delta").mode("append").save(place)
    spark.sql(f"INSERT INTO delta.`{place}` VALUES (100, NULL)")
    found = spark.read.format("delta").load(place)
    assert found.count() == 21
    assert found.where("p = 'a/b 1'").count() == 10
    frame.write.format("delta").mode("overwrite").save(place)
    assert spark.read.format("delta").load(place).count() == 10


@needs_moto
def test_a_named_table_may_lie_in_a_bucket(spark, place):
    spark.sql(f"CREATE TABLE far (i INT) USING delta LOCATION '{place}'")
    spark.sql("INSERT INTO far VALUES (1), (2)")
    assert sorted(r.i for r in spark.table("far").collect()) == [1, 2]
    spark.sql("DROP TABLE far")
    assert spark.read.format("delta").load(place).count() == 2


@needs_moto
def test_of_two_commits_one_is_refused(spark, place):
    storage = storage_of(place)
    assert isinstance(storage, ObjectStorage)
    won = []

    def attempt(number):
        won.append(storage.put_if_absent("_delta_log/00000000000000000000.json", b"%d" % number))

    threads = [threading.Thread(target=attempt, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


@needs_moto
def test_entries_are_those_directly_below_in_order(spark, place):
    storage = storage_of(place)
    for name in ("log/2.json", "log/1.json", "log/3.json", "log/inner/9", "other"):
        storage.put(name, b"x")
    assert [e.name for e in storage.entries("log", "2")] == ["log/2.json", "log/3.json"]
    assert {e.name for e in storage.walk()} >= {"other", "log/inner/9"}
    storage.delete("other")
    storage.delete("other")
    with pytest.raises(FileNotFoundError):
        storage.read("other")


def test_the_cache_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("boathouse.tables.object_storage._IN_USE", -1.0)
    cache = FileCache(tmp_path, limit=25)
    for number in range(5):
        cache.path(f"u{number}", lambda to: to.write_bytes(b"0123456789"))
    assert len(list(tmp_path.iterdir())) == 2
    fetched = []
    cache.path("u4", fetched.append)
    assert fetched == []


@needs_moto
def test_what_the_store_refuses_is_told(spark):
    nowhere = f"s3a://no-such-bucket-{uuid.uuid4().hex}/t"
    with pytest.raises(PySparkException) as caught:
        spark.read.format("delta").load(nowhere).collect()
    assert caught.value.getCondition() == "DELTA_PATH_DOES_NOT_EXIST"
    with pytest.raises(PySparkException) as caught:
        spark.range(3).write.format("delta").save(nowhere)
    assert caught.value.getCondition() == "TASK_WRITE_FAILED"


@needs_moto
def test_a_store_that_does_not_let_us_is_told(spark, place, monkeypatch):
    spark.range(3).write.format("delta").save(place)
    storage = ObjectStorage(place)
    denied = storage._obstore.exceptions.PermissionDeniedError("no")

    def refuse(*arguments, **named):
        raise denied

    monkeypatch.setattr(storage, "_obstore", Refusing(storage._obstore, refuse))
    with pytest.raises(SparkError) as caught:
        DeltaLog(storage).snapshot()
    assert caught.value.condition == "FAILED_READ_FILE"
    with pytest.raises(OSError, match="no"):
        storage.put_if_absent("x", b"1")


class Refusing:
    """A client of a store that answers everything with `refuse`."""

    def __init__(self, client, refuse):
        self.exceptions = client.exceptions
        self.get = self.put = self.list = self.delete = refuse


@needs_moto
def test_a_commit_whose_answer_was_lost_is_still_ours(spark, place):
    storage = storage_of(place)
    assert storage.put_if_absent("_delta_log/x.json", b"mine")
    # The client sends a request again when no answer came; the store then says "is there".
    assert storage.put_if_absent("_delta_log/x.json", b"mine")
    assert not storage.put_if_absent("_delta_log/x.json", b"theirs")
