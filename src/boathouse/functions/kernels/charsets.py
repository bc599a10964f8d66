"""Text as bytes of a character set and back, by Python's tables."""

from __future__ import annotations

import codecs

from boathouse.errors.exceptions import SparkRuntimeError
from boathouse.functions.kernels.rows import by_row

_OF_JAVA = {"utf-16": "utf-16-be", "utf-32": "utf-32-be"}
"""Java's order of bytes where none is said."""
_MARKS = {
    "utf-16": (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE),
    "utf-32": (codecs.BOM_UTF32_BE, codecs.BOM_UTF32_LE),
}
"""What says the order of bytes in front of a text."""


def is_known(charset: str) -> bool:
    """Whether there is such a character set."""
    try:
        return not isinstance("".encode(charset), str)
    except LookupError:
        return False


@by_row
def encode(text: str, *, charset: str, lenient: bool) -> bytes:
    """`text` as bytes; what the set does not have is a question mark if `lenient`."""
    mark = codecs.BOM_UTF16_BE if charset.lower() == "utf-16" and text else b""
    try:
        return mark + text.encode(_plain(charset), _errors(lenient))
    except UnicodeEncodeError:
        raise _malformed("encode", charset) from None


@by_row
def decode(data: bytes, *, charset: str, lenient: bool) -> str:
    """The text of `data`; what is none is U+FFFD if `lenient`."""
    set_name = charset.lower()
    marked = data.startswith(_MARKS.get(set_name, ()))
    try:
        return data.decode(set_name if marked else _plain(charset), _errors(lenient))
    except UnicodeDecodeError:
        raise _malformed("decode", charset) from None


def _plain(charset: str) -> str:
    return _OF_JAVA.get(charset.lower(), charset)


def _errors(lenient: bool) -> str:  # noqa: FBT001
    return "replace" if lenient else "strict"


def _malformed(function: str, charset: str) -> SparkRuntimeError:
    return SparkRuntimeError(
        "MALFORMED_CHARACTER_CODING", function=f"`{function}`", charset=charset
    )
