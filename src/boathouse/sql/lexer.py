"""SQL text to tokens with exact offsets: one compiled pattern, one pass.

A token is its kind, its word (upper-case for unquoted names, the text itself for all others) and
its offsets. The word of a quoted token keeps its quotes, so comparing `words[i]` with a keyword
never confuses ``'select'`` or `` `select` `` with SELECT.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum

from boathouse.errors.exceptions import ParseError, QueryContext


class Kind(IntEnum):
    """What a token is."""

    END = 0
    WORD = 1
    QUOTED = 2
    STRING = 3
    DOUBLE_QUOTED = 4
    NUMBER = 5
    OPERATOR = 6
    HINT = 7
    UNKNOWN = 8


_PATTERN = re.compile(
    r"""
    (?P<space>[\s\u00a0\u1680\u2000-\u200b\u2028\u202f\u205f\u3000]+
        |--(?:\\\n|[^\r\n])*\r?\n?)
  | (?P<number>(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?(?:[bB][dD]|[lLsSyYfFdD])?(?!\w))
  | (?P<string>[rR]'[^']*'|[rR]"[^"]*"|'(?:[^'\\]|\\.|'')*')
  | (?P<double>"(?:[^"\\]|\\.|"")*")
  | (?P<address>[^\W\d_]+://[\w/\-.?=&\#%]+)
  | (?P<word>\w+)
  | (?P<quoted>`(?:[^`]|``)*`)
  | (?P<hint>/\*\+)
  | (?P<comment>/\*)
  | (?P<operator><=>|<>|<=|>=|!=|!<|!>|==|<<|\|\||\|>|->|=>|::|\*/|[-+*/%=<>!&|^~()\[\],.;:?])
  | (?P<unknown>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_COMMENT_EDGE = re.compile(r"/\*|\*/")

_KINDS = {
    "word": Kind.WORD,
    "address": Kind.WORD,
    "quoted": Kind.QUOTED,
    "string": Kind.STRING,
    "double": Kind.DOUBLE_QUOTED,
    "number": Kind.NUMBER,
    "operator": Kind.OPERATOR,
    "hint": Kind.HINT,
    "unknown": Kind.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of `text` as parallel lists; the last one is END with the empty word.
    `stops` are exclusive.
    """

    text: str
    kinds: list[Kind]
    words: list[str]
    starts: list[int]
    stops: list[int]
    lines: list[int]
    """Offsets at which the lines begin."""

    def line_column(self, offset: int) -> tuple[int, int]:
        """The line (from 1) and column (from 0) of a character."""
        line = bisect_right(self.lines, offset)
        return line, offset - self.lines[line - 1]


def tokenize(text: str) -> Tokens:
    """Split `text`; raises UNCLOSED_BRACKETED_COMMENT. What is no SQL becomes UNKNOWN tokens."""
    kinds: list[Kind] = []
    words: list[str] = []
    starts: list[int] = []
    stops: list[int] = []
    position, size = 0, len(text)
    scan = _PATTERN.match
    while position < size:
        match = scan(text, position)
        if match is None:  # cannot be: `unknown` takes any character
            break
        group = match.lastgroup
        start, position = position, match.end()
        if group == "space":
            continue
        if group == "comment":
            position = _end_of_comment(text, start)
            continue
        word = match[0]
        words.append(word.upper() if group == "word" else word)
        kinds.append(_KINDS[group or "unknown"])
        starts.append(start)
        stops.append(position)
    kinds.append(Kind.END)
    words.append("")
    starts.append(size)
    stops.append(size)
    return Tokens(text, kinds, words, starts, stops, _line_starts(text))


def _line_starts(text: str) -> list[int]:
    lines = [0]
    offset = text.find("\n")
    while offset >= 0:
        lines.append(offset + 1)
        offset = text.find("\n", offset + 1)
    return lines


def _end_of_comment(text: str, start: int) -> int:
    """The offset after the bracketed comment at `start`; comments nest."""
    depth, position = 1, start + 2
    while depth:
        edge = _COMMENT_EDGE.search(text, position)
        if edge is None:
            context = QueryContext(text=text, start=start, stop=len(text))
            raise ParseError("UNCLOSED_BRACKETED_COMMENT", context)
        depth += 1 if edge[0] == "/*" else -1
        position = edge.end()
    return position


def split_statements(text: str) -> list[tuple[int, int]]:
    """Offsets of the statements of a script, split at ``;`` outside of strings and comments; empty
    ones are left out.
    """
    tokens = tokenize(text)
    pieces: list[tuple[int, int]] = []
    first: int | None = None
    for index, word in enumerate(tokens.words):
        if word in {"", ";"}:
            if first is not None:
                pieces.append((tokens.starts[first], tokens.stops[index - 1]))
            first = None
        elif first is None:
            first = index
    return pieces
