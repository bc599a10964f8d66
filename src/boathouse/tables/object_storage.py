"""Tables in S3-compatible object stores, through `obstore`.

A commit is a PUT that the store refuses when the key is there (``If-None-Match: *``). DuckDB reads
and writes local files only: what it reads is kept in a local cache of bounded size, what it writes
is uploaded when it is whole.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from boathouse.errors.exceptions import SparkError, unsupported
from boathouse.tables.entries import Entry

CACHE_BYTES = 16 * 1024**3
"""How much the cache holds before it forgets what was not read for longest."""
_IN_USE = 300.0
"""Seconds for which a file that was asked for may still be about to be read."""
_PATIENCE = timedelta(seconds=30)
"""How long a request is made again and again."""
_SCHEME = re.compile(r"s3[an]?://", re.IGNORECASE)
_PREFIX = "spark.hadoop.fs.s3a."
_KEYS = {
    "access.key": "access_key_id",
    "secret.key": "secret_access_key",
    "session.token": "session_token",
    "endpoint": "endpoint",
    "endpoint.region": "region",
}
_settings: dict[str, str] = {}


def is_object_uri(place: str) -> bool:
    """Whether `place` is in an object store."""
    return _SCHEME.match(place) is not None


def canonical_uri(place: str) -> str:
    """``s3://bucket/prefix`` without a trailing slash, however the scheme was spelled."""
    return "s3://" + _SCHEME.sub("", place, count=1).strip("/")


def configure(settings: Mapping[str, object]) -> None:
    """Take the settings ``spark.hadoop.fs.s3a.*`` of this process; what they leave open is said by
    the environment (``AWS_*``).
    """
    _settings.update({k: str(v) for k, v in settings.items() if k.startswith(_PREFIX)})


def _configuration() -> tuple[dict[str, Any], dict[str, Any]]:
    config: dict[str, Any] = {}
    for key, name in _KEYS.items():
        value = _settings.get(_PREFIX + key)
        if value:
            config[name] = value
    endpoint = str(config.get("endpoint") or os.environ.get("AWS_ENDPOINT_URL", ""))
    if endpoint:
        config["endpoint"] = endpoint
    config.setdefault("region", os.environ.get("AWS_REGION", "us-east-1"))
    client = {"allow_http": True} if endpoint.startswith("http://") else {}
    return config, client


class ObjectStorage:
    """The objects below a prefix of a bucket."""

    def __init__(self, uri: str) -> None:
        """Objects below `uri`, ``s3://bucket/prefix``."""
        self._uri = canonical_uri(uri)
        bucket, _, prefix = self._uri.removeprefix("s3://").partition("/")
        config, client = _configuration()
        self._obstore: Any = _obstore()
        self._store: Any = import_module("obstore.store").S3Store(
            bucket,
            prefix=prefix or None,
            config=config,
            client_options=client,
            retry_config={"max_retries": 5, "retry_timeout": _PATIENCE},
        )
        self._staging = _folder() / "staging" / uuid.uuid4().hex

    @property
    def uri(self) -> str:
        """The root as a URI."""
        return self._uri

    def read(self, name: str) -> bytes:
        """The content of an object."""
        with self._reading(name):
            return bytes(self._obstore.get(self._store, name).bytes())

    @contextmanager
    def _reading(self, name: str) -> Generator[None]:
        """What the store says against a read, as files say it: FileNotFoundError, or
        FAILED_READ_FILE where it does not answer or does not let us.
        """
        path = f"{self._uri}/{name}"
        try:
            yield
        except self._obstore.exceptions.BaseError as error:
            if "<Code>NoSuchBucket</Code>" in str(
                error
            ):  # a listing has no error of its own for it
                raise FileNotFoundError(path) from error
            raise SparkError("FAILED_READ_FILE", path=path) from error

    @contextmanager
    def _writing(self, name: str) -> Generator[None]:
        """What the store says against a write, as a full disk would."""
        try:
            yield
        except self._obstore.exceptions.BaseError as error:
            raise OSError(f"{self._uri}/{name}: {error}") from error

    def entries(self, directory: str, start: str = "") -> Iterator[Entry]:
        """The objects directly below `directory` from `start` on, in order."""
        inside = f"{directory}/" if directory else ""
        offset = f"{inside}{start}" if start else None
        found = [
            entry
            for entry in self._listed(directory or None, offset)
            if "/" not in entry.name[len(inside) :]
        ]
        yield from sorted(found, key=lambda entry: entry.name)

    def walk(self) -> Iterator[Entry]:
        """All objects below the root."""
        return self._listed(None, None)

    def _listed(self, prefix: str | None, offset: str | None) -> Iterator[Entry]:
        with suppress(FileNotFoundError), self._reading(prefix or ""):  # there may be no bucket
            for chunk in self._obstore.list(self._store, prefix, offset=offset):
                for one in chunk:
                    moment = int(one["last_modified"].timestamp() * 1000)
                    yield Entry(one["path"], one["size"], moment)

    def put(self, name: str, content: bytes) -> Entry:
        """Write or replace an object."""
        with self._writing(name):
            self._obstore.put(self._store, name, content)
        return Entry(name, len(content), time.time_ns() // 1_000_000)

    def put_if_absent(self, name: str, content: bytes) -> bool:
        """Write an object unless it is there: the store decides. One that is there may be ours, if
        the store's first answer was lost and the request was sent again.
        """
        try:
            with self._writing(name):
                self._obstore.put(self._store, name, content, mode="create")
        except OSError as error:
            if not isinstance(error.__cause__, self._obstore.exceptions.AlreadyExistsError):
                raise
            return self.read(name) == content
        return True

    def delete(self, name: str) -> None:
        """Remove an object, and what was staged under its name."""
        (self._staging / name).unlink(missing_ok=True)
        with self._writing(name):
            self._obstore.delete(self._store, name)

    def readable(self, name: str) -> str:
        """The object in the local cache. Data files never change, so that one is fetched once."""
        return str(_cache().path(f"{self._uri}/{name}", lambda to: self._fetch(name, to)))

    def _fetch(self, name: str, to: Path) -> None:
        with to.open("wb") as file, self._reading(name):
            for chunk in self._obstore.get(self._store, name).stream(min_chunk_size=1 << 23):
                file.write(chunk)

    def staged(self, name: str) -> str:
        """A local path to write to."""
        path = self._staging / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)

    def publish(self, name: str) -> Entry:
        """Upload what was staged; it stays in the cache."""
        path = self._staging / name
        size = path.stat().st_size
        with self._writing(name):
            self._obstore.put(self._store, name, path)
        _cache().keep(f"{self._uri}/{name}", path)
        return Entry(name, size, time.time_ns() // 1_000_000)


def _obstore() -> Any:
    try:
        return import_module("obstore")
    except ImportError:
        raise unsupported("object stores without the extra boathouse[s3]") from None


# ---- the cache ----------------------------------------------------------------------------------


class FileCache:
    """Local copies of immutable objects, at most about `limit` bytes of them."""

    def __init__(self, folder: Path, limit: int = CACHE_BYTES) -> None:
        """Copies below `folder`."""
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._used: dict[str, tuple[Path, int, float]] = {}
        """By URI: the copy, its size, and when it was last asked for; the oldest first."""

    def path(self, uri: str, fetch: Any) -> Path:
        """The copy of `uri`, which `fetch` writes to a path where there is none."""
        with self._lock:
            known = self._used.pop(uri, None)
            if known is not None:
                self._used[uri] = (known[0], known[1], time.monotonic())
                return known[0]
        temporary = self._new()
        try:
            fetch(temporary)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return self.keep(uri, temporary)

    def keep(self, uri: str, path: Path) -> Path:
        """Take over a local file as the copy of `uri`."""
        place = self._new()
        path.replace(place)
        with self._lock:
            self._used[uri] = (place, place.stat().st_size, time.monotonic())
            self._forget()
        return place

    def _new(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{uuid.uuid4().hex}.parquet"

    def _forget(self) -> None:
        total = sum(size for _, size, _ in self._used.values())
        long_ago = time.monotonic() - _IN_USE
        for uri, (path, size, moment) in list(self._used.items()):
            if total <= self._limit or moment > long_ago:
                return
            del self._used[uri]
            path.unlink(missing_ok=True)
            total -= size


@cache
def _folder() -> Path:
    """A folder for this process, gone when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="boathouse-objects-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _cache() -> FileCache:
    return FileCache(_folder() / "cache")
