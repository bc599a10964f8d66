"""What a text file is like, which decides whether DuckDB sees in it what Spark sees.

A file is looked through once; what was found is remembered while the file does not change.
"""

from __future__ import annotations

import codecs
import mmap
import re
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from boathouse.files.csv_records import Dialect
from boathouse.files.listing import DataFile

_PIECE = 1 << 20
_REMEMBERED = 20_000
_known: dict[tuple[object, ...], bool] = {}
_lock = threading.Lock()


def is_compressed(path: str) -> bool:
    """Whether the name says so."""
    return re.search(r"\.(gz|bz2|zst|lz4|deflate|snappy|xz)$", path) is not None


def _remembered(file: DataFile, question: object, look: Callable[[mmap.mmap], bool]) -> bool:
    """The answer of `look` for the bytes of `file`, which is not empty."""
    key = (file.path, file.size, file.modified, question)
    found = _known.get(key)
    if found is None:
        with _mapped(file) as content:
            found = look(content)
        with _lock:
            if len(_known) >= _REMEMBERED:
                _known.clear()
            _known[key] = found
    return found


@contextmanager
def _mapped(file: DataFile) -> Generator[mmap.mmap]:
    with (
        Path(file.path).open("rb") as handle,
        mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        yield content


def _is_text(content: mmap.mmap) -> bool:
    """Whether all of it is UTF-8 without a mark at the beginning."""
    if content[:3] == codecs.BOM_UTF8:
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(content), _PIECE):
            decoder.decode(content[at : at + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


# ---- lines --------------------------------------------------------------------------------------


def has_plain_lines(file: DataFile, *, keep_empty: bool) -> bool:
    """Whether DuckDB sees the same lines in the file as Spark does; it drops empty ones."""
    if is_compressed(file.path):
        return file.path.endswith((".gz", ".zst")) and not keep_empty
    if not file.size:
        return True
    return _remembered(file, ("lines", keep_empty), lambda c: _has_plain_lines(c, keep_empty))


def _has_plain_lines(content: mmap.mmap, keep_empty: bool) -> bool:  # noqa: FBT001 - one of two
    returns = content.find(b"\r") >= 0
    if keep_empty and (returns or content[:1] == b"\n" or content.find(b"\n\n") >= 0):
        return False
    return (not returns or _ends_alike(content)) and _is_text(content)


def _ends_alike(content: mmap.mmap) -> bool:
    """Whether every line ends in CR LF: mixed line ends confuse DuckDB."""
    at = content.find(b"\r")
    if content[at : at + 2] != b"\r\n" or content.find(b"\n") != at + 1:
        return False
    text = bytes(content)
    return text.count(b"\r") == text.count(b"\n") == text.count(b"\r\n")


def holds_arrays(file: DataFile) -> bool:
    """Whether a line of the file may be a JSON array."""
    if not file.size:
        return False
    if is_compressed(file.path):
        return True
    return _remembered(file, "arrays", _holds_arrays)


def _holds_arrays(content: mmap.mmap) -> bool:
    start = content[:4096].lstrip()[:1] == b"["
    return start or re.search(rb"\n[ \t]*\[", content) is not None


# ---- CSV ----------------------------------------------------------------------------------------


def is_regular(file: DataFile, dialect: Dialect) -> bool:
    """Whether a CSV file is so regular that DuckDB's own reader splits it as Spark does: every
    quote opens or closes a whole value, nothing is escaped, and no value spans lines.
    """
    plain = (
        len(dialect.separator) == 1
        and dialect.separator.isascii()
        and not dialect.comment
        and not dialect.strip_leading
        and not dialect.strip_trailing
        and dialect.line_separator is None
    )
    if not plain or not file.size or is_compressed(file.path):
        return False
    return _remembered(file, dialect, lambda content: _is_regular(content, dialect))


def _is_regular(content: mmap.mmap, dialect: Dialect) -> bool:
    if content.find(b"\r") >= 0 or content.find(b"\0") >= 0:
        return False
    # A line of blanks alone is none to Spark.
    if re.search(rb"(?:\A|\n)[\x01-\x09\x0b-\x20]+(?:\n|\Z)", content) is not None:
        return False
    if not dialect.quote or content.find(dialect.quote.encode()) < 0:
        return _is_text(content)
    escapes = dialect.escape not in {"", dialect.quote}
    if escapes and content.find(dialect.escape.encode()) >= 0:
        return False
    return _is_well_quoted(content, dialect) and _is_text(content)


def _is_well_quoted(content: mmap.mmap, dialect: Dialect) -> bool:
    quote, separator = re.escape(dialect.quote.encode()), re.escape(dialect.separator.encode())
    value = rb"(?<![^" + separator + rb"\n])" + quote + rb"[^" + quote + rb"\n]*+" + quote
    closed = value + rb"(?=[" + separator + rb"\n]|\Z)"
    bare = rb"[^" + quote + separator + rb"\n]++"
    pattern = re.compile(rb"(?:" + closed + rb"|" + bare + rb"|[" + separator + rb"\n])*+")
    match = pattern.match(content)
    return match is not None and match.end() == len(content)
