"""Kept relations: computed once, on first use, bounded, and gone when let go."""

import threading
from collections.abc import Iterator

import pyarrow as pa
import pytest

from boathouse.duck.engine import Engine, Limits
from boathouse.duck.render import render
from boathouse.errors.exceptions import CancelledError, SparkError
from boathouse.session.cache import Cache, Query
from boathouse.session.storage import MEMORY_AND_DISK
from boathouse.types import datatypes as t

SCHEMA = t.StructType((t.StructField("a", t.LONG), t.StructField("a", t.STRING)))


@pytest.fixture
def engine(tmp_path) -> Iterator[Engine]:
    made = Engine(directories=[], temporary=tmp_path / "spill", limits=Limits(memory="300MB"))
    yield made
    made.close()


@pytest.fixture
def cache(engine) -> Cache:
    return Cache(engine)


class Counted:
    """A query that counts how often it was asked for."""

    def __init__(self, sql: str, **tables: pa.Table) -> None:
        self.query = Query(sql, tables)
        self.times = 0

    def __call__(self) -> Query:
        self.times += 1
        return self.query


def rows(engine: Engine, cache: Cache, key: object) -> list[tuple[object, ...]]:
    kept = cache.source(key)
    assert kept is not None
    table = engine.run(render(kept.relation(["c1", "c0"])))
    return list(zip(*[column.to_pylist() for column in table.columns], strict=True))


def test_rows_are_computed_once_on_first_use(engine, cache):
    compute = Counted("SELECT x, 'y' || x FROM l", l=pa.table({"x": [2, 1]}))
    assert cache.add("k", SCHEMA, compute, MEMORY_AND_DISK)
    assert compute.times == 0
    assert not cache.materialized("k")
    assert rows(engine, cache, "k") == [("y2", 2), ("y1", 1)]
    assert rows(engine, cache, "k") == [("y2", 2), ("y1", 1)]
    assert compute.times == 1
    assert cache.materialized("k")


def test_adding_twice_keeps_the_first(cache):
    first, second = Counted("SELECT 1, 'a'"), Counted("SELECT 2, 'b'")
    assert cache.add("k", SCHEMA, first, MEMORY_AND_DISK)
    assert not cache.add("k", SCHEMA, second, MEMORY_AND_DISK)


def test_levels_are_told(cache):
    cache.add("k", SCHEMA, Counted("SELECT 1, 'a'"), MEMORY_AND_DISK)
    assert cache.level("k") == MEMORY_AND_DISK
    assert cache.level("other") is None
    assert "k" in cache
    assert len(cache) == 1


def test_removing_frees_the_table(engine, cache):
    cache.add("k", SCHEMA, Counted("SELECT 1, 'a'"), MEMORY_AND_DISK)
    kept = cache.source("k")
    assert kept is not None
    assert cache.remove("k")
    assert not cache.remove("k")
    assert cache.source("k") is None
    left = engine.run("SELECT count(*) AS n FROM duckdb_tables() WHERE database_name = 'cache'")
    assert left["n"][0].as_py() == 0
    with pytest.raises(SparkError):
        engine.run(render(kept.relation(["c0"])))


def test_clearing_forgets_all(cache):
    for key in range(3):
        cache.add(key, SCHEMA, Counted("SELECT 1, 'a'"), MEMORY_AND_DISK)
        cache.source(key)
    cache.clear()
    assert len(cache) == 0


def test_a_replaced_engine_computes_again(engine, cache):
    compute = Counted("SELECT 1, 'a'")
    cache.add("k", SCHEMA, compute, MEMORY_AND_DISK)
    cache.source("k")
    engine._poisoned = True
    engine.run("SELECT 1")
    assert not cache.materialized("k")
    assert rows(engine, cache, "k") == [("a", 1)]
    assert compute.times == 2


def test_a_failure_leaves_nothing_and_may_be_tried_again(engine, cache):
    cache.add("k", SCHEMA, Counted("SELECT error('no'), 'a'"), MEMORY_AND_DISK)
    for _ in range(2):
        with pytest.raises(SparkError):
            cache.source("k")
    assert cache.remove("k")


def test_many_readers_compute_once(engine, cache):
    compute = Counted("SELECT range, 'a' FROM range(1000000)")
    cache.add("k", SCHEMA, compute, MEMORY_AND_DISK)
    threads = [threading.Thread(target=cache.source, args=("k",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert compute.times == 1


def test_keeping_can_be_interrupted(cache):
    endless = "SELECT count(*), 'a' FROM range(100000000000) t(x), range(1000) u(y) WHERE x % 7 = 3"
    cache.add("k", SCHEMA, Counted(endless), MEMORY_AND_DISK)
    with pytest.raises(CancelledError):
        cache.source("k", lambda stream: threading.Timer(0.2, stream.interrupt).start())


def test_no_columns_still_count_rows(engine, cache):
    cache.add("k", t.StructType(), Counted("SELECT 1 FROM range(3)"), MEMORY_AND_DISK)
    kept = cache.source("k")
    assert kept is not None
    assert engine.run(f'SELECT count(*) AS n FROM "{kept.name}"')["n"][0].as_py() == 3


@pytest.mark.slow
def test_more_than_memory_goes_to_disk(engine, cache):
    sql = "SELECT range, uuid()::VARCHAR FROM range(15000000)"
    cache.add("k", SCHEMA, Counted(sql), MEMORY_AND_DISK)
    kept = cache.source("k")
    assert kept is not None
    assert engine.run(f'SELECT count(c1) AS n FROM "{kept.name}"')["n"][0].as_py() == 15_000_000
