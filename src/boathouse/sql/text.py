"""The values of string literals: quotes, escapes, raw strings."""

from __future__ import annotations

import re

from boathouse.sql.settings import DEFAULT, ParserSettings

_ESCAPE = re.compile(
    r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\([0-3][0-7]{2})|\\(.)|(''|\"\")", re.DOTALL
)

_LETTERS = {
    "0": "\0",
    "b": "\b",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "Z": "\x1a",
    "%": r"\%",
    "_": r"\_",
}


def string_value(token: str, settings: ParserSettings = DEFAULT) -> str:
    r"""The value of a string token, quotes included. ``\%`` and ``\_`` keep their backslash, as
    LIKE wants to see it; a backslash before any other letter vanishes.
    """
    if token[0] in "rR":
        # Spark 4.2 cuts one letter from either end here too, which leaves a quote.
        return token[1:-1] if settings.escaped_string_literals else token[2:-1]
    quote, body = token[0], token[1:-1]
    if settings.escaped_string_literals:
        return body
    if "\\" not in body and quote not in body:
        return body
    doubled = "" if settings.consecutive_quotes_join else quote

    def value(match: re.Match[str]) -> str:
        point = match[1] or match[2]
        if point:
            return _character(int(point, 16), match[0])
        if match[3]:
            return chr(int(match[3], 8))
        if match[4]:
            return _LETTERS.get(match[4], match[4])
        return doubled if match[5][0] == quote else match[5]

    return _join_surrogates(_ESCAPE.sub(value, body))


def _character(point: int, written: str) -> str:
    return chr(point) if point <= 0x10FFFF else written[1:]


def _join_surrogates(text: str) -> str:
    """Java writes characters beyond 16 bits as two escapes."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
