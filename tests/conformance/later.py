"""Which examples need what is not part of the engine yet, told from their source alone.

An example is later where its text speaks of such a thing, or where it uses a name that a later
example made. What it answers plays no part: an example is not excused because it fails.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import doctest
    from collections.abc import Iterator

PYTHON: Final = "Python functions"
STREAMS: Final = "streaming"
JVM: Final = "a JVM"

_WORDS: Final = (
    (
        PYTHON,
        re.compile(
            r"\bud[t]?f\b|\w_ud[t]?f\b|\bmapIn(?:Pandas|Arrow)\b|\bapplyIn(?:Pandas|Arrow)\w*"
            r"|\.foreach(?:Partition)?\(|\bdataSource\.register\b"
        ),
    ),
    (STREAMS, re.compile(r"\breadStream\b|\bwriteStream\b|\.streams\b|\bisStreaming\b")),
    (
        JVM,
        re.compile(
            r"\.rdd\b|\bsparkContext\b|'(?:test\.)?org\.apache\.\w|[\"']java\.\w|\bcheck_datatype\b"
        ),
    ),
)
# What an example makes under a name that only text holds: a registered function.
_REGISTERS: Final = re.compile(r"\b(?:register\(|CREATE FUNCTION )\W?(\w+)")


def reasons(test: doctest.DocTest) -> list[str | None]:
    """Why each example of `test` is later; None where it is not."""
    made: dict[str, str] = {}
    found: list[str | None] = []
    for example in test.examples:
        reason = next((why for why, words in _WORDS if words.search(example.source)), None)
        reason = reason or next(
            (made[word] for word in _read(example.source) if word in made), None
        )
        for name in _made(example.source):
            if reason is None:
                made.pop(name, None)
            else:
                made[name] = reason
        found.append(reason)
    return found


def _read(source: str) -> Iterator[str]:
    """The names that `source` reads, and the words in its texts."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Constant(value=str(text)):
                yield from re.findall(r"\w+", text)
            case _:
                pass


def _made(source: str) -> Iterator[str]:
    """The names that `source` gives, those it registers with the server included."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case _:
                pass
    yield from _REGISTERS.findall(source)
