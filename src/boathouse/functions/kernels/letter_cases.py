"""Letters whose other case is several letters, or depends on the letters around them."""

from __future__ import annotations

from boathouse.functions.kernels.rows import by_row


@by_row
def upper(text: str) -> str:
    """`text` in upper case."""
    return text.upper()


@by_row
def lower(text: str) -> str:
    """`text` in lower case; a sigma at the end of a word is another one."""
    return text.lower()


@by_row
def initcap(text: str) -> str:
    """`text` in lower case, the first letter of each word, which blanks part, in title case."""
    return " ".join(_titled(word) for word in text.split(" "))


def _titled(word: str) -> str:
    return word[:1].title() + word.lower()[len(word[:1].lower()) :]
