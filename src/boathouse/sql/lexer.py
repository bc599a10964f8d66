"""SQL text to tokens with exact offsets: one compiled pattern, one pass.

A token is its kind, its word (upper-case for unquoted names, the text itself for all others) and
its offsets. The word of a quoted token keeps its quotes, so comparing `words[i]` with a keyword
never confuses ``'select'`` or `` `select` `` with SELECT.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
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
    DOLLARS = 9


_PATTERN = re.compile(
    r"""
    (?:[\s\u00a0\u1680\u2000-\u200b\u2028\u202f\u205f\u3000]+|--(?:\\\n|[^\r\n])*)*+
    (?:
    ([0-9]+(?!\w|\.)
      |(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?(?:[bB][dD]|[fFdD])?(?!\w)
      |[0-9]+[lLsSyY](?!\w))
  | ([rR]'[^']*'|[rR]"[^"]*"|'(?:[^'\\]|\\.|'')*')
  | ([^\W\d_]+://[\w/\-.?=&\#%]+|\w+)
  | (<=>|<>|<=|>=|!=|!<|!>|==|<<|\|\||\|>|->|=>|::|\*/|/(?!\*)|[-+*%=<>!&|^~()\[\],.;:?])
  | (`(?:[^`]|``)*`)
  | ("(?:[^"\\]|\\.|"")*")
  | (/\*\+)
  | (/\*)
  | (\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
  | (.)
  | \Z
    )
    """,
    re.VERBOSE | re.DOTALL,
)

# The kind of each group above, in order; a comment is no token.
_KINDS = (
    Kind.END,
    Kind.NUMBER,
    Kind.STRING,
    Kind.WORD,
    Kind.OPERATOR,
    Kind.QUOTED,
    Kind.DOUBLE_QUOTED,
    Kind.HINT,
    Kind.END,
    Kind.DOLLARS,
    Kind.END,
    Kind.UNKNOWN,
)
_COMMENT = 8

_COMMENT_EDGE = re.compile(r"/\*|\*/")


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
    given: set[int] = field(default_factory=set)
    """The indexes of tokens that are arguments in the place of their parameters."""

    def written(self, first: int, last: int) -> str:
        """The text from one token to another, with arguments where parameters stood."""
        pieces: list[str] = []
        start = self.starts[first]
        for index in sorted(i for i in self.given if first <= i <= last):
            pieces += (self.text[start : self.starts[index]], self.words[index])
            start = self.stops[index]
        return "".join((*pieces, self.text[start : self.stops[last]]))

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
    position: int | None = 0
    while position is not None:
        position = _scan(text, position, kinds, words, starts, stops)
    size = len(text)
    kinds.append(Kind.END)
    words.append("")
    starts.append(size)
    stops.append(size)
    return Tokens(text, kinds, words, starts, stops, _line_starts(text))


def _scan(
    text: str,
    position: int,
    kinds: list[Kind],
    words: list[str],
    starts: list[int],
    stops: list[int],
) -> int | None:
    """Append the tokens from `position` to the end (None) or over the next bracketed comment."""
    table, word_kind = _KINDS, Kind.WORD
    for match in _PATTERN.finditer(text, position):
        group = match.lastindex
        if group is None:
            return None
        start, stop = match.span(group)
        if group == _COMMENT:
            return _end_of_comment(text, start)
        kind = table[group]
        word = text[start:stop]
        words.append(word.upper() if kind is word_kind else word)
        kinds.append(kind)
        starts.append(start)
        stops.append(stop)
    return None


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
