"""Whether a CSV file is so regular that DuckDB's own reader splits it as Spark does: every quote
opens or closes a whole value, nothing is escaped, and no value spans lines.
"""

from __future__ import annotations

import mmap
import re
import threading
from collections.abc import Sequence
from pathlib import Path

from boathouse.files.csv_records import Dialect
from boathouse.files.listing import DataFile

_known: dict[tuple[object, ...], bool] = {}
_lock = threading.Lock()
_REMEMBERED = 20_000


def is_regular(files: Sequence[DataFile], dialect: Dialect) -> bool:
    """Whether all `files` are; remembered while they do not change."""
    plain = (
        len(dialect.separator) == 1
        and dialect.separator.isascii()
        and not dialect.comment
        and not dialect.strip_leading
        and not dialect.strip_trailing
        and dialect.line_separator is None
    )
    return plain and all(_is_known(file, dialect) for file in files)


def _is_known(file: DataFile, dialect: Dialect) -> bool:
    key = (file.path, file.size, file.modified, dialect)
    found = _known.get(key)
    if found is None:
        found = _look(file, dialect)
        with _lock:
            if len(_known) >= _REMEMBERED:
                _known.clear()
            _known[key] = found
    return found


def _look(file: DataFile, dialect: Dialect) -> bool:
    if not file.size or re.search(r"\.(gz|bz2|zst|lz4|deflate|snappy|xz)$", file.path):
        return False
    with (
        Path(file.path).open("rb") as handle,
        mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        if content[:3] == b"\xef\xbb\xbf" or content.find(b"\r") >= 0 or content.find(b"\0") >= 0:
            return False
        # A line of blanks alone is none to Spark.
        if re.search(rb"(?:\A|\n)[\x01-\x09\x0b-\x20]+(?:\n|\Z)", content) is not None:
            return False
        if not dialect.quote or content.find(dialect.quote.encode()) < 0:
            return True
        escapes = dialect.escape not in {"", dialect.quote}
        if escapes and content.find(dialect.escape.encode()) >= 0:
            return False
        return _is_well_quoted(content, dialect)


def _is_well_quoted(content: mmap.mmap, dialect: Dialect) -> bool:
    quote, separator = re.escape(dialect.quote.encode()), re.escape(dialect.separator.encode())
    pattern = re.compile(
        rb"(?:(?<![^"
        + separator
        + rb"\n])"
        + quote
        + rb"[^"
        + quote
        + rb"\n]*+"
        + quote
        + rb"(?=["
        + separator
        + rb"\n]|\Z)|[^"
        + quote
        + separator
        + rb"\n]++|["
        + separator
        + rb"\n])*+"
    )
    match = pattern.match(content)
    return match is not None and match.end() == len(content)
