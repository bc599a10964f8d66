"""JSON as Spark's parser takes it beyond the standard, put into standard JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from boathouse.functions.kernels.rows import by_row

_DEEPEST = 500
_LONGEST = 1000
"""How many characters a number may have."""
_SPACE = re.compile(r"[ \t\n\r]*")
_COMMENTED = re.compile(r"(?:[ \t\n\r]|/\*.*?\*/|//[^\n\r]*)*", re.DOTALL)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_ZEROS = re.compile(r"(-?)0+(?=\d)")
_ODD = re.compile(r"(?:NaN|[+-]INF|[+-]?Infinity)\b")
_NUMBERS = {
    "NaN": "NaN",
    "Infinity": "Infinity",
    "+Infinity": "Infinity",
    "+INF": "Infinity",
    "-Infinity": "-Infinity",
    "-INF": "-Infinity",
}
_PART_OF_WORD = re.compile(r"[\w$]")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "/": "/", "\\": "\\", '"': '"'}
_HALF = re.compile("[\\ud800-\\udfff]")


class _BrokenError(ValueError):
    """The text is no JSON, whatever the options."""


@by_row
def standard(text: str, *, allowed: tuple[str, ...]) -> str | None:
    """`text` as standard JSON; what follows its first value is left out. Null where it is none.
    `allowed` are the options that are on: ``singlequotes``, ``comments`` and so on; under
    ``eachkeyonce`` an object with a key twice is none, under ``everykey`` all keys are left, and
    halves of characters, else the last one of a key that comes twice.
    """
    return in_standard_form(text, allowed)


def in_standard_form(text: str, allowed: tuple[str, ...]) -> str | None:
    """What `standard` gives of one text."""
    reader = _Reader(text, frozenset(allowed))
    try:
        return reader.value(0)
    except (_BrokenError, IndexError):
        return None


@dataclass(slots=True)
class _Reader:
    """Reads JSON from left to right, giving standard JSON."""

    text: str
    allowed: frozenset[str]
    at: int = 0

    @property
    def behind(self) -> set[str]:
        """What may stand behind a number."""
        return {*",]} \t\n\r", "", *("/" if "comments" in self.allowed else "")}

    def skip(self) -> None:
        space = _COMMENTED if "comments" in self.allowed else _SPACE
        match = space.match(self.text, self.at)
        self.at = self.at if match is None else match.end()

    def expect(self, sign: str) -> None:
        self.skip()
        if self.text[self.at] != sign:
            raise _BrokenError
        self.at += 1

    def value(self, depth: int) -> str:
        self.skip()
        if depth > _DEEPEST:
            raise _BrokenError
        sign = self.text[self.at]
        if sign == "{":
            return self.members(depth)
        if sign == "[":
            return self.elements(depth)
        if sign == '"' or (sign == "'" and "singlequotes" in self.allowed):
            return self.quoted()
        for word in ("true", "false", "null"):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                if _PART_OF_WORD.match(self.text, self.at):
                    raise _BrokenError
                return word
        return self.number()

    def members(self, depth: int) -> str:
        found: dict[str, str] = {}
        all_of_them: list[str] = []
        self.at += 1
        self.skip()
        while self.text[self.at] != "}":
            if found:
                self.expect(",")
                self.skip()
            name = self.name()
            self.expect(":")
            if name in found and "eachkeyonce" in self.allowed:
                raise _BrokenError
            # Of fields with one name the last counts.
            found[name] = self.value(depth + 1)
            all_of_them.append(f"{name}:{found[name]}")
            self.skip()
        self.at += 1
        if "everykey" not in self.allowed:
            all_of_them = [f"{name}:{value}" for name, value in found.items()]
        return "{" + ",".join(all_of_them) + "}"

    def name(self) -> str:
        if self.text[self.at] in "\"'":
            return self.quoted()
        match = _NAME.match(self.text, self.at)
        if match is None or "unquotedfieldnames" not in self.allowed:
            raise _BrokenError
        self.at = match.end()
        return json.dumps(match[0])

    def elements(self, depth: int) -> str:
        found: list[str] = []
        self.at += 1
        self.skip()
        while self.text[self.at] != "]":
            if found:
                self.expect(",")
            found.append(self.value(depth + 1))
            self.skip()
        self.at += 1
        return "[" + ",".join(found) + "]"

    def quoted(self) -> str:
        mark = self.text[self.at]
        if mark == "'" and "singlequotes" not in self.allowed:
            raise _BrokenError
        self.at += 1
        parts: list[str] = []
        while (sign := self.text[self.at]) != mark:
            self.at += 1
            if sign == "\\":
                sign = self.escape()
            elif ord(sign) < 32 and "unquotedcontrolchars" not in self.allowed:
                raise _BrokenError
            parts.append(sign)
        self.at += 1
        if "everykey" in self.allowed:
            return json.dumps("".join(parts))
        return json.dumps(self.whole("".join(parts)), ensure_ascii=False)

    def whole(self, text: str) -> str:
        """`text` with halves of characters joined; a half alone is a question mark, or nothing
        that JSON may hold where each key may come once only, as a variant's.
        """
        joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        if "eachkeyonce" in self.allowed and _HALF.search(joined):
            raise _BrokenError
        return _HALF.sub("?", joined)

    def escape(self) -> str:
        sign = self.text[self.at]
        self.at += 1
        if sign == "u":
            digits = self.text[self.at : self.at + 4]
            if re.fullmatch("[0-9A-Fa-f]{4}", digits) is None:
                raise _BrokenError
            self.at += 4
            return chr(int(digits, 16))
        if sign in _ESCAPES:
            return _ESCAPES[sign]
        if "backslashescapinganycharacter" in self.allowed or (
            sign == "'" and "singlequotes" in self.allowed
        ):
            return sign
        raise _BrokenError

    def number(self) -> str:
        odd = _ODD.match(self.text, self.at)
        if odd is not None and "nonnumericnumbers" in self.allowed:
            self.at = odd.end()
            # Where all is left, it is a number, as Python writes it.
            return _NUMBERS[odd[0]] if "everykey" in self.allowed else json.dumps(odd[0])
        if "numericleadingzeros" in self.allowed:
            zeros = _ZEROS.match(self.text, self.at)
            if zeros is not None:
                self.text = self.text[: self.at] + zeros[1] + self.text[zeros.end() :]
        match = _NUMBER.match(self.text, self.at)
        if match is None or self.text[match.end() : match.end() + 1] not in self.behind:
            raise _BrokenError
        if len(match[0].lstrip("-")) > _LONGEST:
            raise _BrokenError
        self.at = match.end()
        return match[0]
