"""Texts parted into sentences and words as Java's iterators of breaks do it."""

from __future__ import annotations

import re

from boathouse.functions.kernels.rows import by_row

_END = re.compile(r"(?:[.!?]+[\"')\]}\u2019\u201d]*(?:\s+|$))+")
_OPENING = "\"'([{\u2018\u201c"
_WORD = re.compile(r"\w+(?:['\u2019.\"-]\w+)*")


@by_row
def split(text: str) -> list[list[str]]:
    """The sentences of `text`, each as its words."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if _ends(match[0], text[match.end() :]):
            found.append(text[start : match.end()])
            start = match.end()
    found.append(text[start:])
    return [_WORD.findall(sentence) for sentence in found if sentence]


def _ends(mark: str, rest: str) -> bool:
    """Whether a sentence ends at `mark`: after points alone only what may begin one may follow."""
    first = rest.lstrip(_OPENING)[:1]
    return "!" in mark or "?" in mark or not (first.islower() or first.isdigit())
