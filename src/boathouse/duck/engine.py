"""The only caller of DuckDB: SQL text in, Arrow batches out, one instance for each trust domain."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow
from duckdb.func import FunctionNullHandling, PythonUDFType

from boathouse.duck import native
from boathouse.duck.failures import is_fatal, spark_error
from boathouse.duck.kernels import named_in
from boathouse.duck.render import text_literal
from boathouse.duck.types import duck_zone
from boathouse.errors.exceptions import CancelledError, SparkError, internal

BATCH_ROWS = 65_536
"""How many rows a batch has at most."""

CACHE = "cache"
"""The attached in-memory database for materialised relations; it compresses what it holds."""

_IDLE_CURSORS = 4
_INTERRUPT_AGAIN = 0.05  # seconds

# What a cursor may still set when the configuration is locked: nothing that opens a door.
_PER_CURSOR = (
    "TimeZone",
    "max_execution_time",
    "enable_progress_bar",
    "enable_progress_bar_print",
)

Rows = Any
"""A pyarrow Table or RecordBatchReader, or what makes one when a statement that reads it begins."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one instance may use. `memory` is DuckDB's limit (``"4GB"``), which it overshoots by up
    to 80 MB. Its `operator_memory_limit` bounds nothing: a sort told to hold 100 MB held 2 GB.
    """

    memory: str | None = None
    threads: int | None = None


class Engine:
    """One DuckDB instance. It reads and writes below `directories` only, spills to `temporary`, and
    nothing that runs in it can change its settings. `startup` is SQL run once in each new instance
    (macros). A poisoned instance is replaced before the next query; `generation` then changes.
    """

    def __init__(
        self,
        *,
        directories: Sequence[Path],
        temporary: Path,
        limits: Limits | None = None,
        startup: Sequence[str] = (),
    ) -> None:
        self._directories = [str(directory) for directory in directories]
        self._temporary = temporary
        self._limits = limits or Limits()
        self._startup = tuple(startup)
        self._lock = threading.Lock()
        self._idle: dict[str, list[duckdb.DuckDBPyConnection]] = {}
        self._streams: set[Stream] = set()
        self._poisoned = False
        self._closed = False
        self._kernels: set[str] = set()
        self.generation = 1
        self._connection = self._open()

    # ---- queries ----

    def execute(
        self, sql: str, *, tables: Mapping[str, Rows] | None = None, zone: str = "UTC"
    ) -> Stream:
        """`sql`, ready to run with `tables` visible under their names and `zone` as time zone. It
        starts when its schema or first batch is asked for.
        """
        return Stream(self, sql, tables or {}, zone)

    def run(
        self, sql: str, *, tables: Mapping[str, Rows] | None = None, zone: str = "UTC"
    ) -> pyarrow.Table:
        """The whole result of `sql`: for statements and for what is known to be small."""
        with self.execute(sql, tables=tables, zone=zone) as stream:
            return stream.read_all()

    def close(self) -> None:
        """Interrupt what runs and let go of everything. Idempotent."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            streams = list(self._streams)
        for stream in streams:
            stream.close()
        with self._lock:
            self._drop_idle()
            self._shut()

    # ---- the instance ----

    def _open(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "allow_community_extensions": "false",
                "allow_persistent_secrets": "false",
                "python_enable_replacements": "false",
                # Of ours alone: after `_locks` nothing can be loaded any more.
                "allow_unsigned_extensions": str(native.available()).lower(),
            },
        )
        try:
            for statement in [*self._settings(), *self._startup, *self._locks()]:
                connection.execute(statement)
        except duckdb.Error as error:
            connection.close()
            raise spark_error(error) from error
        return connection

    def _settings(self) -> list[str]:
        statements = [
            f"SET temp_directory={text_literal(str(self._temporary))}",
            f"ATTACH ':memory:' AS {CACHE} (COMPRESS)",
            # Threads go round between queries: beside two heavy ones a small one waits 2 ms instead
            # of 10 (and 0.1 s at worst instead of 0.6), for at most 3 % more CPU.
            "SET scheduler_process_partial=true",
            # Whoever has bytes to write writes them. DuckDB's threads for that (8 as it comes, also
            # a single one) sometimes wait for ever for themselves when a write fails, once in some
            # hundred COPYs, and no interrupt ends that. Without them all costs the same CPU.
            "SET async_threads=0",
        ]
        if native.available():
            statements.append(f"LOAD {text_literal(str(native.library()))}")
        if self._limits.memory is not None:
            statements.append(f"SET memory_limit={text_literal(self._limits.memory)}")
        if self._limits.threads is not None:
            statements.append(f"SET threads={self._limits.threads}")
        return statements

    def _locks(self) -> list[str]:
        # The order matters: directories can only be named while external access is still on.
        directories = ",".join(text_literal(each) for each in self._directories)
        settings = ",".join(text_literal(each) for each in _PER_CURSOR)
        return [
            f"SET allowed_directories=[{directories}]",
            f"SET allowed_configs=[{settings}]",
            "SET enable_external_access=false",
            "SET lock_configuration=true",
        ]

    def cursor(self, zone: str) -> tuple[duckdb.DuckDBPyConnection, int]:
        """A cursor in `zone` that nobody else uses, and the generation it belongs to."""
        with self._lock:
            if self._closed:
                raise CancelledError("OPERATION_CANCELED")
            if self._poisoned:
                self._reopen()
            idle = self._idle.get(zone)
            if idle:
                return idle.pop(), self.generation
            cursor, generation = self._connection.cursor(), self.generation
        try:
            cursor.execute(self._preparation(zone))
        except duckdb.Error as error:
            cursor.close()
            raise spark_error(error) from error
        return cursor, generation

    def _preparation(self, zone: str) -> str:
        statements = (
            f"SET TimeZone={text_literal(duck_zone(zone))}",
            # Progress is only counted when the bar is on.
            "SET enable_progress_bar=true",
            "SET enable_progress_bar_print=false",
        )
        return ";".join(statements)

    def provide(self, sql: str) -> None:
        """Make the kernels and native functions that `sql` calls known to DuckDB, those that are
        not yet.
        """
        for name, said in native.made_in(sql):
            with self._lock:
                if not self._closed and name not in self._kernels:
                    self._connection.execute("SELECT native_make($1, $2)", (name, said)).fetchall()
                    self._kernels.add(name)
        for kernel in named_in(sql):
            with self._lock:
                if self._closed or kernel.name in self._kernels:
                    continue
                self._connection.create_function(
                    kernel.name,
                    kernel.compute,
                    None,
                    kernel.duck_type,
                    type=PythonUDFType.ARROW,
                    null_handling=FunctionNullHandling.SPECIAL,
                )
                self._kernels.add(kernel.name)

    def take_back(
        self, cursor: duckdb.DuckDBPyConnection, zone: str, generation: int, *, reusable: bool
    ) -> None:
        """Keep `cursor` for the next query of its zone if it is `reusable`, else close it."""
        with self._lock:
            idle = self._idle.setdefault(zone, [])
            current = generation == self.generation and not (self._closed or self._poisoned)
            if reusable and current and sum(map(len, self._idle.values())) < _IDLE_CURSORS:
                idle.append(cursor)
                return
        cursor.close()

    def enter(self, stream: Stream) -> None:
        """Note that `stream` has begun."""
        with self._lock:
            if self._closed:
                raise CancelledError("OPERATION_CANCELED")
            self._streams.add(stream)

    def leave(self, stream: Stream) -> None:
        """Note that `stream` is over."""
        with self._lock:
            self._streams.discard(stream)

    def suspect(self, generation: int) -> None:
        """After a fatal error: see whether the instance still answers; if not, replace it later."""
        with self._lock:
            if self._closed or generation != self.generation:
                return
            try:
                self._connection.cursor().execute("SELECT 1").fetchall()
            except duckdb.Error:
                self._poisoned = True

    def _reopen(self) -> None:
        self._drop_idle()
        # Streams of the old instance keep it alive until they have failed.
        with contextlib.suppress(duckdb.Error):
            self._shut()
        self._connection = self._open()
        self._kernels.clear()
        self.generation += 1
        self._poisoned = False

    def _shut(self) -> None:
        if native.available():
            with contextlib.suppress(duckdb.Error):  # A poisoned instance answers nothing.
                self._connection.execute(native.LEAVE).fetchall()
        self._connection.close()

    def _drop_idle(self) -> None:
        for cursors in self._idle.values():
            for cursor in cursors:
                cursor.close()
        self._idle.clear()


class Stream:
    """One running statement: its `schema`, then its batches, once. Close it in a ``finally``."""

    def __init__(self, engine: Engine, sql: str, tables: Mapping[str, Rows], zone: str) -> None:
        self.sql = sql
        self._engine = engine
        self._tables = tables
        self._zone = zone
        self._lock = threading.Lock()  # held while DuckDB works for this stream
        self._interrupted = threading.Event()
        self._over = threading.Event()
        self._exhausted = False
        self._generation = 0
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._reader: pyarrow.RecordBatchReader | None = None

    @property
    def schema(self) -> pyarrow.Schema:
        """DuckDB's names and types of the columns. Waits for the first batch of a query that
        aggregates or sorts.
        """
        with self._lock:
            return self._started().schema

    @property
    def generation(self) -> int:
        """Which of the engine's instances it runs in; 0 before it has started."""
        return self._generation

    def __iter__(self) -> Iterator[pyarrow.RecordBatch]:
        while (batch := self.next_batch()) is not None:
            yield batch

    def next_batch(self) -> pyarrow.RecordBatch | None:
        """The next batch of 1 to `BATCH_ROWS` rows; None when there are no more."""
        with self._lock:
            reader = self._started()
            with self._told():
                while not self._exhausted:
                    try:
                        batch = reader.read_next_batch()
                    except StopIteration:
                        self._exhausted = True
                        break
                    if batch.num_rows:
                        return batch
        return None

    def read_all(self) -> pyarrow.Table:
        """All remaining rows at once."""
        schema = self.schema
        return pyarrow.Table.from_batches(list(self), schema)

    def _started(self) -> pyarrow.RecordBatchReader:
        if self._over.is_set():
            raise (
                internal("The stream is closed.")
                if not self._interrupted.is_set()
                else _cancelled()
            )
        if self._reader is not None:
            return self._reader
        # Rows that are made only now may need the engine themselves.
        tables = {name: rows() if callable(rows) else rows for name, rows in self._tables.items()}
        self._engine.enter(self)
        self._cursor, self._generation = self._engine.cursor(self._zone)
        with self._told():
            for name, rows in tables.items():
                self._cursor.register(name, rows)
            self._engine.provide(self.sql)
            self._check()
            self._reader = _reader(self._cursor, self.sql)
        return self._reader

    def _check(self) -> None:
        if self._interrupted.is_set():
            raise _cancelled()

    @contextlib.contextmanager
    def _told(self) -> Generator[None]:
        """DuckDB's errors, also those that come through Arrow, told as Spark's."""
        self._check()
        try:
            yield
        except SparkError:
            raise
        except (duckdb.Error, OSError, pyarrow.ArrowException) as error:
            if is_fatal(error):
                self._engine.suspect(self._generation)
            raise spark_error(error) from error

    def interrupt(self) -> None:
        """Stop the statement, from any thread and without waiting: whoever reads gets
        OPERATION_CANCELED.
        """
        if self._interrupted.is_set():
            return
        self._interrupted.set()
        # An interrupt that comes before DuckDB starts to execute is forgotten: say it until heard.
        threading.Thread(target=self._insist, name="interrupt", daemon=True).start()

    def _insist(self) -> None:
        while not self._over.is_set():
            if self._lock.acquire(blocking=False):
                self._lock.release()
                return
            cursor = self._cursor
            if cursor is not None:
                with contextlib.suppress(duckdb.Error):
                    cursor.interrupt()
            self._over.wait(_INTERRUPT_AGAIN)

    def progress(self) -> float | None:
        """How much of the statement is done, 0 to 1; None when DuckDB cannot say."""
        cursor = self._cursor
        if cursor is None or self._over.is_set():
            return None
        try:
            percent = cursor.query_progress()
        except duckdb.Error:
            return None
        return min(percent, 100.0) / 100 if percent >= 0 else None

    def close(self) -> None:
        """Stop and free everything; from any thread, any number of times."""
        if self._over.is_set():
            return
        if not self._lock.acquire(blocking=False):
            self.interrupt()
            self._lock.acquire()
        try:
            if not self._over.is_set():
                self._free()
        finally:
            self._lock.release()

    def _free(self) -> None:
        self._over.set()
        self._engine.leave(self)
        reader, self._reader = self._reader, None
        cursor, self._cursor = self._cursor, None
        if reader is not None:
            with contextlib.suppress(OSError, pyarrow.ArrowException):
                reader.close()
        if cursor is not None:
            clean = self._exhausted and not self._tables and not self._interrupted.is_set()
            self._engine.take_back(cursor, self._zone, self._generation, reusable=clean)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _reader(cursor: duckdb.DuckDBPyConnection, sql: str) -> pyarrow.RecordBatchReader:
    """The rows of `sql` as they are computed.

    ``cursor.sql(sql).to_arrow_reader()`` means the same, but reads and binds the text twice: once
    to describe the relation, once to run it. This is the call that it makes the second time.
    """
    submit: Any = cursor._submit  # noqa: SLF001
    return submit(sql, None, "stream", BATCH_ROWS).arrow_reader()


def _cancelled() -> CancelledError:
    return CancelledError("OPERATION_CANCELED")
