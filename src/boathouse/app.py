"""Joins the parts: an engine, what sessions share, the sessions, and the Spark Connect door.

The only file that knows all parts. They are imported when something starts, because `import
boathouse` is to cost nothing.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from boathouse.connect.running import RunningService
    from boathouse.connect.server import ConnectServer
    from boathouse.session.session import Session

EVERYWHERE = (Path("/"),)
"""The whole file system: what a program that runs as its user may read and write anyway."""


def setting_text(value: object) -> str:
    """`value` as the text of a setting: booleans as Spark writes them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Boathouse:
    """A running engine over a data directory; `open_session` makes sessions, `close` ends all.

    `data` is where databases and managed tables lie; without one they live in a temporary directory
    that `close` removes. Queries read and write files below `directories` only (and `data`).
    `settings` are what every session starts with. `memory` (``"4GB"``) and `threads` bound the
    engine.
    """

    def __init__(
        self,
        data: str | Path | None = None,
        *,
        directories: Sequence[Path] = EVERYWHERE,
        settings: Mapping[str, object] | None = None,
        memory: str | None = None,
        threads: int | None = None,
    ) -> None:
        from boathouse.duck.engine import Engine, Limits
        from boathouse.session.commands.functions import restored
        from boathouse.session.warehouse import Warehouse
        from boathouse.tables import object_storage

        self._closed = False
        self._lock = threading.Lock()
        self._scratch = Path(tempfile.mkdtemp(prefix="boathouse-"))
        try:
            self.data = Path(data).resolve() if data is not None else self._scratch / "data"
            self.data.mkdir(parents=True, exist_ok=True)
            self._settings = self._start_settings(settings or {})
            object_storage.configure(self._settings)
            self._engine = Engine(
                directories=[self.data, *directories],
                temporary=self._scratch / "spill",
                limits=Limits(memory=memory, threads=threads),
            )
            self._warehouse = Warehouse(self.data)
            self._warehouse.restore = restored
        except BaseException:
            shutil.rmtree(self._scratch, ignore_errors=True)
            raise

    def _start_settings(self, settings: Mapping[str, object]) -> dict[str, str]:
        given = {key: setting_text(value) for key, value in settings.items()}
        return {
            "spark.sql.warehouse.dir": self.data.as_uri(),
            "spark.master": "local[*]",
            # There is no JVM, so clients need not print its stack below every error.
            "spark.sql.connect.serverStacktrace.enabled": "false",
            **given,
        }

    def open_session(self, user: str, id: str) -> Session:
        """A new session of `user`."""
        from boathouse.conf import Settings
        from boathouse.session.commands import handler_of
        from boathouse.session.session import Session

        settings = Settings(self._settings)
        return Session(id, user, self._engine, self._warehouse, settings, handler_of)

    def close(self) -> None:
        """Stop the engine and remove what was temporary. Idempotent."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._warehouse.close()
        self._engine.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def serve(
    boathouse: Boathouse, *, host: str | None = None, port: int = 0, token: str | None = None
) -> ConnectServer:
    """A started Spark Connect server for `boathouse`: on this machine alone unless `host` is given.
    The caller stops it.
    """
    from boathouse.connect.server import ConnectServer

    server = ConnectServer(boathouse.open_session, host=host, port=port, token=token)
    server.start()
    return server


@contextlib.contextmanager
def client_importable() -> Generator[None]:
    """Lets pyspark be imported from ``python -c`` and the like, where it would look for a Spark
    installation and leave the process when it finds none.
    """
    missing = "SPARK_HOME" not in os.environ
    if missing:
        os.environ["SPARK_HOME"] = tempfile.gettempdir()
    try:
        yield
    finally:
        if missing:
            del os.environ["SPARK_HOME"]


def session(
    data: str | Path | None = None,
    *,
    memory: str | None = None,
    threads: int | None = None,
    settings: Mapping[str, object] | None = None,
    **conf: object,
) -> SparkSession:
    """Start an engine inside this process and return a PySpark session that talks to it.

    >>> with boathouse.session() as spark:
    ...     spark.range(3).show()

    `data` is the directory of databases and managed tables; without one they are gone when the
    session stops. `settings` are ``spark.*`` settings to start with, and so is every other keyword,
    with `_` for its dots: ``spark_sql_ansi_enabled=False``. `memory` (``"4GB"``) and `threads`
    bound the engine.

    The session is a context manager; leaving it, or `stop`, stops the engine and removes what was
    temporary. Two sessions share nothing.
    """
    dotted = {key if "." in key else key.replace("_", "."): value for key, value in conf.items()}
    # Whoever starts an engine in their own process may run programs there anyway.
    given = {"boathouse.programs.enabled": True, **dotted, **(settings or {})}
    boathouse = Boathouse(data, settings=given, memory=memory, threads=threads)
    try:
        with client_importable():
            # Before the service, which would read its messages without the client.
            importlib.import_module("pyspark.sql.connect")
        from boathouse.connect.running import RunningService

        running = RunningService(boathouse.open_session)
        running.start()
    except BaseException:
        boathouse.close()
        raise

    def close() -> None:
        atexit.unregister(close)
        running.stop()
        boathouse.close()

    # The client's own exit hooks call the server: registered after this one, they run before it.
    atexit.register(close)
    try:
        return _client(running, close)
    except BaseException:
        close()
        raise


def _client(running: RunningService, close: Callable[[], None]) -> SparkSession:
    """A client of the service `running`, which calls `close` once it is stopped."""
    with client_importable():
        from pyspark.sql.connect.session import SparkSession as ConnectSession

        from boathouse.connect.inside import InsideBuilder

    before = ConnectSession.getActiveSession()

    class EmbeddedSession(ConnectSession):
        """A session that is the active one of its thread until it is stopped."""

        def stop(self) -> None:
            """Stop the session and its engine."""
            super().stop()
            close()
            if before is not None and ConnectSession.getActiveSession() is None:
                ConnectSession._active_session.session = before  # noqa: SLF001

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *error: object) -> None:
            self.stop()

    client = EmbeddedSession(cast("Any", InsideBuilder(running)))
    # Inside one process no connection is lost: nothing need be kept for a client to come back to,
    # and none of its responses released, which is a call each.
    client.client.disable_reattachable_execute()
    ConnectSession._active_session.session = client  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    ConnectSession._set_default_and_active_session(client)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return cast("Any", client)
