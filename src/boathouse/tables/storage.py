"""Where a table's bytes lie: a local directory or an object store, behind one Protocol.

Names are relative to the storage's root and use ``/``. A name that is an absolute URI means itself.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from boathouse.errors.exceptions import SparkError
from boathouse.files.listing import local_path
from boathouse.tables.entries import Entry
from boathouse.tables.object_storage import ObjectStorage, canonical_uri, is_object_uri

__all__ = ["Entry", "LocalStorage", "Storage", "place_of", "storage_of", "writing"]


class Storage(Protocol):
    """A place that holds files. Every write is durable when it returns."""

    @property
    def uri(self) -> str:
        """The root as a URI, without a trailing slash."""
        ...

    def read(self, name: str) -> bytes:
        """The content of a file. Raises FileNotFoundError."""
        ...

    def entries(self, directory: str, start: str = "") -> Iterator[Entry]:
        """The files directly below `directory` whose names are `start` or greater, in order of
        name; none when the directory is not there.
        """
        ...

    def walk(self) -> Iterator[Entry]:
        """All files below the root, in no order."""
        ...

    def put(self, name: str, content: bytes) -> Entry:
        """Write a file, or replace it."""
        ...

    def put_if_absent(self, name: str, content: bytes) -> bool:
        """Write a file unless there is one of that name; whether it was written."""
        ...

    def delete(self, name: str) -> None:
        """Remove a file; nothing happens when it is not there."""
        ...

    def readable(self, name: str) -> str:
        """A local path by which DuckDB can read the file."""
        ...

    def staged(self, name: str) -> str:
        """A local path to write a new file to; `publish` puts it in its place."""
        ...

    def publish(self, name: str) -> Entry:
        """Make the file that was written to `staged(name)` durable and visible."""
        ...


class LocalStorage:
    """A directory of this machine."""

    def __init__(self, root: Path) -> None:
        """Files below `root`, which need not be there yet."""
        self.root = root

    @property
    def uri(self) -> str:
        """The root as a URI."""
        return self.root.absolute().as_uri()

    def _path(self, name: str) -> Path:
        return self.root / name

    def read(self, name: str) -> bytes:
        """The content of a file."""
        return self._path(name).read_bytes()

    def entries(self, directory: str, start: str = "") -> Iterator[Entry]:
        """The files of a directory from `start` on, in order."""
        try:
            with os.scandir(self._path(directory)) as found:
                names = sorted(e.name for e in found if e.name >= start)
        except (FileNotFoundError, NotADirectoryError):
            return
        for name in names:
            entry = self._entry(f"{directory}/{name}" if directory else name)
            if entry is not None:
                yield entry

    def _entry(self, name: str) -> Entry | None:
        path = self._path(name)
        try:
            facts = path.stat()
        except FileNotFoundError:
            return None
        if path.is_dir():
            return None
        return Entry(name, facts.st_size, facts.st_mtime_ns // 1_000_000)

    def walk(self) -> Iterator[Entry]:
        """All files below the root."""
        for directory, _, names in os.walk(self.root):
            inside = Path(directory).relative_to(self.root)
            for name in names:
                entry = self._entry((inside / name).as_posix())
                if entry is not None:
                    yield entry

    def put(self, name: str, content: bytes) -> Entry:
        """Write or replace a file: readers see the old content or the new one."""
        temporary = self._written(name, content)
        temporary.replace(self._path(name))
        _sync_directory(self._path(name).parent)
        return self._known(name)

    def put_if_absent(self, name: str, content: bytes) -> bool:
        """Write a file unless it is there. A link, unlike a rename, never replaces one."""
        temporary = self._written(name, content)
        try:
            os.link(temporary, self._path(name))
        except FileExistsError:
            return False
        finally:
            temporary.unlink()
        # Where this fails the file can be seen, but may be gone after a crash: to take it away now
        # would be worse, because others may have gone on from it.
        _sync_directory(self._path(name).parent)
        return True

    def _written(self, name: str, content: bytes) -> Path:
        """`content` in a durable file beside `name`, out of every reader's sight."""
        parent = self._path(name).parent
        _make_directory(parent)
        handle, path = tempfile.mkstemp(dir=parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(path).chmod(0o644)
        except BaseException:
            Path(path).unlink()
            raise
        return Path(path)

    def delete(self, name: str) -> None:
        """Remove a file."""
        self._path(name).unlink(missing_ok=True)

    def readable(self, name: str) -> str:
        """The file itself."""
        return str(self._path(name))

    def staged(self, name: str) -> str:
        """The file itself: data files are in nobody's sight until a commit names them."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)

    def publish(self, name: str) -> Entry:
        """Flush the file and the directories down to it."""
        path = self._path(name)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        for directory in path.relative_to(self.root).parents:
            _sync_directory(self.root / directory)
        return self._known(name)

    def _known(self, name: str) -> Entry:
        entry = self._entry(name)
        if entry is None:
            raise FileNotFoundError(name)
        return entry


@contextmanager
def writing(storage: Storage, name: str) -> Generator[None]:
    """TASK_WRITE_FAILED where a file cannot be written."""
    try:
        yield
    except OSError as error:
        path = f"{storage.uri}/{name}" if name else storage.uri
        raise SparkError("TASK_WRITE_FAILED", path=path) from error


def storage_of(place: str) -> Storage:
    """The storage whose root is `place`: a local path or a URI."""
    if is_object_uri(place):
        return _object_storage(canonical_uri(place))
    return LocalStorage(Path(local_path(place)))


@lru_cache(maxsize=256)
def _object_storage(uri: str) -> ObjectStorage:
    return ObjectStorage(uri)


def place_of(text: str) -> str:
    """The place that `text` names: an absolute local path, or the URI of one in an object store."""
    return canonical_uri(text) if is_object_uri(text) else local_path(text)


def _make_directory(path: Path) -> None:
    """Make a directory, and those above it, so that they are there after a crash."""
    if path.is_dir():
        return
    _make_directory(path.parent)
    path.mkdir(exist_ok=True)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
