"""The engine: isolation, streams, interrupts, limits, locked settings, replacement."""

import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from boathouse.duck.engine import BATCH_ROWS, Engine, Limits
from boathouse.duck.types import duck_zone
from boathouse.errors.exceptions import CancelledError, SparkError

ENDLESS = "SELECT count(*) FROM range(100000000000) a(x), range(1000) b(y) WHERE x % 7 = 3"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine that may read and write below `tmp_path` only."""
    made = Engine(directories=[tmp_path], temporary=tmp_path / "spill")
    yield made
    made.close()


def resident() -> float:
    """Megabytes this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def test_rows_come_back(engine):
    assert engine.run("SELECT 1 AS a, 'x' AS b").to_pylist() == [{"a": 1, "b": "x"}]


def test_batches_are_bounded(engine):
    with engine.execute("SELECT range AS a FROM range(200000)") as stream:
        sizes = [batch.num_rows for batch in stream]
    assert sum(sizes) == 200_000
    assert max(sizes) <= BATCH_ROWS


def test_an_empty_result_has_a_schema(engine):
    with engine.execute("SELECT 1 AS a WHERE false") as stream:
        assert stream.schema.names == ["a"]
        assert list(stream) == []


def test_order_is_kept_without_order_by(engine):
    values = engine.run("SELECT range AS a FROM range(300000)")["a"].to_pylist()
    assert values == sorted(values)


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "2020-06-01 12:00:00+00"),
        ("Z", "2020-06-01 12:00:00+00"),
        ("Europe/Berlin", "2020-06-01 14:00:00+02"),
        ("+02:00", "2020-06-01 14:00:00+02"),
        ("GMT-8", "2020-06-01 04:00:00-08"),
        ("UTC+05:30", "2020-06-01 17:30:00+05:30"),
    ],
)
def test_the_zone_is_the_statements_own(engine, zone, shown):
    moment = "SELECT TIMESTAMPTZ '2020-06-01 12:00:00+00'::VARCHAR AS a"
    assert engine.run(moment, zone=zone).to_pylist() == [{"a": shown}]
    assert engine.run(moment).to_pylist() == [{"a": "2020-06-01 12:00:00+00"}]


def test_an_unknown_zone_is_an_error(engine):
    with pytest.raises(SparkError):
        engine.run("SELECT 1", zone="Nowhere/Land")


def test_offsets_are_spelled_for_duckdb():
    assert duck_zone("+2") == "GMT+02:00"
    assert duck_zone("UTC-08:30") == "GMT-08:30"
    assert duck_zone("America/New_York") == "America/New_York"


def test_tables_are_seen_by_their_own_statement_only(engine):
    table = pa.table({"x": [1, 2, 3]})
    assert engine.run("SELECT sum(x) AS s FROM t", tables={"t": table}).to_pylist() == [{"s": 6}]
    with pytest.raises(SparkError, match="does not exist"):
        engine.run("FROM t")


def test_a_reader_is_streamed_in(engine):
    table = pa.table({"x": list(range(1000))})
    reader = table.to_reader(max_chunksize=100)
    assert engine.run("SELECT count(*) AS n FROM t", tables={"t": reader})["n"][0].as_py() == 1000


def test_python_variables_are_not_tables(engine):
    outside = pa.table({"x": [1]})
    with pytest.raises(SparkError, match="does not exist"):
        engine.run("FROM outside")
    assert outside.num_rows == 1


def test_a_table_of_100_000_values_filters_quickly(engine):
    values = pa.table({"v": pa.array(range(0, 1_000_000, 10), pa.int64())})
    start = time.perf_counter()
    found = engine.run(
        "SELECT count(*) AS n FROM range(1000000) t(a) WHERE a IN (SELECT v FROM wanted)",
        tables={"wanted": values},
    )
    assert found["n"][0].as_py() == 100_000
    assert time.perf_counter() - start < 5


# ---- stopping -------------------------------------------------------------------------------------


def interrupted_after(stream, delay: float) -> float:
    """Seconds from an interrupt to the error, for a stream read in this thread."""
    asked: list[float] = []

    def interrupt() -> None:
        asked.append(time.perf_counter())
        stream.interrupt()

    timer = threading.Timer(delay, interrupt)
    timer.start()
    try:
        with pytest.raises(CancelledError) as caught:
            for _ in stream:
                pass
    finally:
        timer.join()
        stream.close()
    assert caught.value.condition == "OPERATION_CANCELED"
    return time.perf_counter() - asked[0]


def test_an_interrupt_stops_an_aggregate_within_a_second(engine):
    assert interrupted_after(engine.execute(ENDLESS), 0.3) < 1


def test_an_interrupt_stops_a_stream_within_a_second(engine):
    assert interrupted_after(engine.execute("SELECT * FROM range(100000000000)"), 0.2) < 1


@pytest.mark.parametrize("delay", [0.0, 0.0005, 0.001, 0.002, 0.005])
def test_no_moment_is_deaf_to_an_interrupt(engine, delay):
    for _ in range(10):
        assert interrupted_after(engine.execute(ENDLESS), delay) < 1


def test_an_interrupt_before_the_start_is_remembered(engine):
    stream = engine.execute("SELECT 1")
    stream.interrupt()
    with pytest.raises(CancelledError):
        stream.next_batch()
    stream.close()


def test_an_interrupt_leaves_others_alone(engine):
    with engine.execute("SELECT * FROM range(1000000)") as other:
        assert other.next_batch() is not None
        assert interrupted_after(engine.execute(ENDLESS), 0.1) < 1
        assert sum(batch.num_rows for batch in other) == 1_000_000 - BATCH_ROWS


def test_close_from_another_thread_stops_what_runs(engine):
    stream = engine.execute(ENDLESS)
    caught: list[BaseException] = []

    def read() -> None:
        try:
            stream.next_batch()
        except CancelledError as error:
            caught.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(0.2)
    start = time.perf_counter()
    stream.close()
    thread.join(timeout=5)
    assert time.perf_counter() - start < 1
    assert len(caught) == 1


def test_closing_twice_and_early_is_fine(engine):
    stream = engine.execute("SELECT * FROM range(10000000)")
    assert stream.next_batch() is not None
    stream.close()
    stream.close()
    with pytest.raises(SparkError):
        stream.next_batch()


def test_closing_the_engine_stops_everything(tmp_path):
    engine = Engine(directories=[], temporary=tmp_path)
    stream = engine.execute("SELECT * FROM range(100000000000)")
    assert stream.next_batch() is not None
    start = time.perf_counter()
    engine.close()
    engine.close()
    assert time.perf_counter() - start < 1
    with pytest.raises(CancelledError):
        engine.run("SELECT 1")


def test_progress_grows(engine):
    stream = engine.execute(ENDLESS.replace("100000000000", "3000000"))
    thread = threading.Thread(target=lambda: _drain(stream))
    thread.start()
    seen: list[float] = []
    until = time.perf_counter() + 2
    while time.perf_counter() < until:
        progress = stream.progress()
        if progress is not None:
            seen.append(progress)
        time.sleep(0.05)
    stream.close()
    thread.join(timeout=5)
    assert seen
    assert seen == sorted(seen)
    assert 0 <= seen[-1] <= 1


def _drain(stream) -> None:
    try:
        stream.read_all()
    except CancelledError:
        return


# ---- walls ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/outside.parquet'",
        "ATTACH '/tmp/outside.db' AS outside",
        "SELECT * FROM '/etc/passwd'",
        "SET enable_external_access=true",
        "SET lock_configuration=false",
        "SET memory_limit='100GB'",
        "SET allowed_directories=['/']",
        "SET temp_directory='/etc'",
        "INSTALL httpfs",
        "LOAD '/tmp/evil.duckdb_extension'",
    ],
)
def test_nothing_outside_its_directories(engine, statement):
    with pytest.raises(SparkError):
        engine.run(statement)


def test_its_directories_are_open(engine, tmp_path):
    file = tmp_path / "a.parquet"
    engine.run(f"COPY (SELECT range AS a FROM range(10)) TO '{file}'")
    assert engine.run(f"SELECT sum(a) AS s FROM '{file}'").to_pylist() == [{"s": 45}]
    with pytest.raises(SparkError):
        engine.run(f"FROM '{tmp_path}/../../etc/passwd'")


def test_a_query_over_its_memory_fails_alone(tmp_path):
    engine = Engine(
        directories=[], temporary=tmp_path / "spill", limits=Limits(memory="200MB", threads=2)
    )
    try:
        with pytest.raises(SparkError) as caught:
            engine.run("SELECT len(list(range)) AS n FROM range(100000000)")
        assert caught.value.condition == "UNABLE_TO_ACQUIRE_MEMORY"
        assert engine.run("SELECT 1 AS a").to_pylist() == [{"a": 1}]
    finally:
        engine.close()


@pytest.mark.slow
def test_it_spills_before_it_fails(tmp_path):
    engine = Engine(
        directories=[], temporary=tmp_path / "spill", limits=Limits(memory="300MB", threads=2)
    )
    try:
        count = "SELECT count(*) AS n FROM (SELECT DISTINCT hash(range) FROM range(20000000))"
        assert engine.run(count).to_pylist() == [{"n": 20_000_000}]
    finally:
        engine.close()


@pytest.mark.slow
def test_30_million_rows_stream_through_little_memory(engine):
    gc.collect()
    before = most = resident()
    rows = 0
    text = "SELECT range AS a, range * 2 AS b, 'text ' || range AS c FROM range(30000000)"
    with engine.execute(text) as stream:
        for batch in stream:
            rows += batch.num_rows
            most = max(most, resident())
    assert rows == 30_000_000
    assert most - before < 300


@pytest.mark.slow
def test_a_slow_reader_holds_the_query_back(engine):
    gc.collect()
    before = resident()
    with engine.execute("SELECT range AS a, 'text ' || range AS c FROM range(30000000)") as stream:
        for _ in range(5):
            assert stream.next_batch() is not None
            time.sleep(0.3)
        assert resident() - before < 300


@pytest.mark.slow
def test_a_small_query_passes_heavy_ones(engine):
    heavy = "SELECT count(*) FROM (SELECT DISTINCT hash(range) FROM range(60000000))"
    streams = [engine.execute(heavy) for _ in range(2)]
    threads = [threading.Thread(target=_drain, args=(stream,)) for stream in streams]
    for thread in threads:
        thread.start()
    times: list[float] = []
    for _ in range(50):
        time.sleep(0.02)
        start = time.perf_counter()
        engine.run("SELECT sum(range) FROM range(1000)")
        times.append(time.perf_counter() - start)
    for stream in streams:
        stream.close()
    for thread in threads:
        thread.join()
    assert sorted(times)[25] < 0.1


# ---- replacement ----------------------------------------------------------------------------------


def test_a_poisoned_instance_is_replaced(engine, monkeypatch):
    engine.run("CREATE TABLE memory.main.lost AS SELECT 1 AS a")
    broken = engine._connection
    broken.close()  # answers nothing any more, as after "database has been invalidated"
    engine.suspect(engine.generation)
    assert engine.run("SELECT 2 AS a", zone="+01:00").to_pylist() == [{"a": 2}]
    assert engine.generation == 2
    with pytest.raises(SparkError):
        engine.run("SET lock_configuration=false")


def test_a_healthy_instance_is_kept(engine):
    engine.suspect(engine.generation)
    engine.run("SELECT 1")
    assert engine.generation == 1


def test_startup_statements_run_in_every_instance(tmp_path):
    engine = Engine(directories=[], temporary=tmp_path, startup=["CREATE MACRO twice(x) AS x * 2"])
    try:
        assert engine.run("SELECT twice(4) AS a").to_pylist() == [{"a": 8}]
        engine._poisoned = True
        assert engine.run("SELECT twice(5) AS a").to_pylist() == [{"a": 10}]
    finally:
        engine.close()


def test_a_broken_startup_statement_is_told(tmp_path):
    with pytest.raises(SparkError):
        Engine(directories=[], temporary=tmp_path, startup=["CREATE MACRO broken("])


def test_many_threads_at_once(engine):
    results: list[int] = []

    def work(number: int) -> None:
        table = pa.table({"x": [number]})
        for _ in range(20):
            value = engine.run("SELECT x + 1 AS y FROM t", tables={"t": table})["y"][0].as_py()
            results.append(value - number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [1] * 160


def test_the_version_of_duckdb_is_the_one_we_render_for():
    assert duckdb.__version__.startswith("2.0.")
