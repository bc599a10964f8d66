"""Paths as a log has them: percent-encoded, relative to the table's root or absolute."""

from __future__ import annotations

import re
from urllib.parse import unquote

from boathouse.tables.storage import Storage

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?://([^/]*))?")


def decoded(path: str) -> str:
    """The name that a percent-encoded `path` means: relative, an absolute path, or a URI."""
    return unquote(path) if "%" in path else path


def canonical(path: str) -> str:
    """The form of `path` in which two that mean one file are equal: ``/a``, ``file:/a`` and
    ``file:///a`` are the same.
    """
    if path.startswith("/"):
        return "file:" + _single(decoded(path))
    match = _SCHEME.match(path)
    if match is None:
        return decoded(path)
    scheme, authority = match[1].lower(), match[2] or ""
    rest = decoded(path[match.end() :])
    if scheme == "file":
        return "file:" + _single(rest)
    return f"{scheme}://{authority}{rest}"


def _single(path: str) -> str:
    return "/" + path.lstrip("/")


def canonical_in(storage: Storage, path: str) -> str:
    """The canonical form of `path` in the log of the table at `storage`, absolute in any case."""
    name = canonical(path)
    return name if _SCHEME.match(name) else in_storage(storage, name)


def in_storage(storage: Storage, name: str) -> str:
    """The canonical form of the file that `storage` calls `name`."""
    return f"{canonical(storage.uri)}/{name}"


def readable(storage: Storage, path: str) -> str:
    """The local path by which DuckDB reads the file that a log calls `path`."""
    name = canonical(path)
    if name.startswith("file:/"):
        return name[len("file:") :]
    return storage.readable(name)


def read(storage: Storage, path: str) -> bytes:
    """The content of the file that a log calls `path`."""
    name = canonical(path)
    return storage.read(name[len("file:") :] if name.startswith("file:/") else name)


def uri(storage: Storage, path: str) -> str:
    """The URI of the file that a log calls `path`."""
    if path.startswith("/"):
        return "file://" + path
    match = _SCHEME.match(path)
    if match is None:
        return f"{storage.uri}/{path}"
    if match[1].lower() == "file":
        return "file://" + _single(path[match.end() :])
    return path
