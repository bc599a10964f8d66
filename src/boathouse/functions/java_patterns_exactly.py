"""Java's regular expressions as Python's `re` writes them: with look-around, back references and
possessive quantifiers, which RE2 does not have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from boathouse.errors.exceptions import unsupported
from boathouse.functions.java_patterns import InvalidPattern, Reader

_LINE_ENDS = "\\n\\r\\x85\\u2028\\u2029"
_BEFORE_LINE_END = rf"(?=\r\n|[{_LINE_ENDS}]|\Z)"
_AFTER_LINE_END = rf"(?:(?<=[{_LINE_ENDS}])|(?<![\s\S]))"
_BEFORE_LAST_LINE_END = rf"(?=(?:\r\n|[{_LINE_ENDS}])?\Z)"
_SETS = {
    "d": "0-9",
    "w": "a-zA-Z_0-9",
    "s": " \\t\\n\\x0b\\f\\r",
    "h": " \\t\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000",
    "v": "\\n\\x0b\\f\\r\\x85\\u2028\\u2029",
}
_POSIX = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": "\\x00-\\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": "!-/:-@\\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": " \\t",
    "Cntrl": "\\x00-\\x1f\\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": _SETS["s"],
    "IsDigit": "\\d",
}
_LETTERS = {
    "L": r"[^\W\d_]",
    "IsL": r"[^\W\d_]",
    "IsLetter": r"[^\W\d_]",
    "IsAlphabetic": r"[^\W\d_]",
}
_CONTROLS = {"t": "\\t", "n": "\\n", "r": "\\r", "f": "\\f", "a": "\\a", "e": "\\x1b"}


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Java's `pattern`. Raises InvalidPattern, or UNSUPPORTED_FEATURE for what Python lacks."""
    reader = _Reader(pattern, matching=False)
    text = reader.alternatives(0)
    if reader.at < len(pattern):
        raise InvalidPattern(pattern)
    try:
        return re.compile(text)
    except re.error as error:
        if "look-behind" in str(error):
            raise unsupported("a regular expression that looks behind at any width") from error
        raise InvalidPattern(pattern) from error


@dataclass(slots=True)
class _Reader(Reader):
    """Reads a Java pattern from left to right, giving Python's text."""

    def alternatives(self, depth: int) -> str:
        outer = set(self.flags)
        parts: list[str] = []
        # Python sets flags for groups alone: what follows (?i) is one, up to the next alternative.
        opened: list[str] = []
        while self.peek() and not (depth and self.peek() == ")"):
            part = self.item(depth)
            if (
                part.startswith("(?")
                and part.endswith(")")
                and re.fullmatch(r"\(\?[-a-z]*\)", part)
            ):
                opened.append(part[:-1] + ":")
                parts.append(opened[-1])
            elif part == "|":
                parts.append(")" * len(opened) + "|" + "".join(opened))
            else:
                parts.append(part)
        self.flags = outer
        return "".join(parts) + ")" * len(opened)

    def escaped(self, character: str) -> str:
        return re.escape(character)

    def sign(self, character: str) -> str:
        if character == ".":
            return r"[\s\S]" if "s" in self.flags else f"[^{_LINE_ENDS}]"
        if character == "$":
            return _BEFORE_LINE_END if "m" in self.flags else _BEFORE_LAST_LINE_END
        return _AFTER_LINE_END if "m" in self.flags else r"\A"

    def quantified(self, unit: str) -> str:
        match = re.compile(r"([*+?]|\{\d+(?:,\d*)?\})([+?]?)").match(self.pattern, self.at)
        if match is None:
            if self.peek() == "{":
                raise InvalidPattern(self.pattern)
            return unit
        self.at = match.end()
        if self.peek() and self.peek() in "*+?":
            raise InvalidPattern(self.pattern)
        return (
            f"(?:{unit}){match[0]}" if unit.startswith(("(?=", "(?!", "(?<")) else unit + match[0]
        )

    def special_group(self) -> str:
        for opening in ("<=", "<!", "=", "!", ">"):
            if self.pattern.startswith(opening, self.at):
                self.at += len(opening)
                return "(?" + opening
        return Reader.special_group(self)

    def escape(self) -> str:
        character = self.peek()
        if character == "k":
            match = re.compile(r"k<([A-Za-z][A-Za-z0-9]*)>").match(self.pattern, self.at)
            if match is None or match[1] not in self.names:
                raise InvalidPattern(self.pattern)
            self.at = match.end()
            return f"(?P={match[1]})"
        if character.isdigit() and character != "0":
            return self.back_reference()
        if character in "pP" and character:
            self.at += 1
            return self.property_class(character, inside=False)
        if character == "Q":
            self.at += 1
            return "".join(self.escaped(each) for each in self.quoted_text())
        self.at += 1
        if character.lower() in _SETS and character:
            return f"[{'^' if character.isupper() else ''}{_SETS[character.lower()]}]"
        code = self.code_point(character)
        if code is not None:
            return self.escaped(chr(code))
        if character in _CONTROLS:
            return _CONTROLS[character]
        simple = {
            "b": r"\b",
            "B": r"\B",
            "A": r"\A",
            "z": r"\Z",
            "Z": _BEFORE_LAST_LINE_END,
            "R": rf"(?:\r\n|[\x0b\f{_LINE_ENDS}])",
        }
        if character in simple:
            return simple[character]
        if character in {"G", "X", "N"}:
            raise unsupported(f"a regular expression with \\{character}")
        if not character or (character.isascii() and character.isalnum()):
            raise InvalidPattern(self.pattern)
        return self.escaped(character)

    def back_reference(self) -> str:
        number = int(self.take())
        while self.peek().isdigit() and number * 10 + int(self.peek()) <= self.groups:
            number = number * 10 + int(self.take())
        # Java: a group that is not there, or not yet, never matches.
        return f"(?:\\{number})" if number <= self.groups else "(?!)"

    def property_class(self, sign: str, *, inside: bool) -> str:
        name = self.property_name()
        members = _POSIX.get(name)
        if members is not None:
            if inside and sign == "p":
                return members
            return f"[{'^' if sign == 'P' else ''}{members}]"
        if name in _LETTERS and not inside:
            return _LETTERS[name] if sign == "p" else r"[\W\d_]"
        raise unsupported(f"the class \\{sign}{{{name}}} beside what only Java's expressions have")

    # ---- classes ----

    def character_class(self) -> str:
        """A class as alternatives: its own characters, and the classes that stand in it."""
        negated = self.peek() == "^"
        if negated:
            self.at += 1
        operands = [self.union()]
        while self.pattern.startswith("&&", self.at):
            self.at += 2
            if self.peek() not in {"]", "&"}:
                operands.append(self.union())
        if self.peek() != "]":
            raise InvalidPattern(self.pattern)
        self.at += 1
        ahead = "".join(f"(?={operand})" for operand in operands)
        if negated:
            return rf"(?:(?!{ahead}[\s\S])[\s\S])" if len(operands) > 1 else _not(operands[0])
        return operands[0] if len(operands) == 1 else f"(?:{ahead}[\\s\\S])"

    def union(self) -> str:
        members: list[str] = []
        classes: list[str] = []
        first = True
        while not self.pattern.startswith("&&", self.at):
            character = self.peek()
            if not character:
                raise InvalidPattern(self.pattern)
            if character == "]" and not first:
                break
            first = False
            self.at += 1
            if character == "[":
                classes.append(self.character_class())
            elif character == "\\":
                self.class_member(members, classes)
            elif character == "-" and members and self.peek() not in {"]", "[", ""}:
                members.append("-")
            else:
                members.append(self.escaped(character))
        own = [f"[{''.join(members)}]"] if members else []
        both = own + classes
        return both[0] if len(both) == 1 else f"(?:{'|'.join(both)})"

    def class_member(self, members: list[str], classes: list[str]) -> None:
        character = self.peek()
        if character == "Q":
            self.at += 1
            members.extend(self.escaped(each) for each in self.quoted_text())
        elif character and character in "DWSHV":
            self.at += 1
            classes.append(f"[^{_SETS[character.lower()]}]")
        elif character and character in _SETS:
            self.at += 1
            members.append(_SETS[character])
        elif character and character in "pP":
            self.at += 1
            text = self.property_class(character, inside=True)
            (classes if text.startswith("[") else members).append(text)
        else:
            members.append(self.escape())


def _not(operand: str) -> str:
    if operand.startswith("[") and not operand.startswith("[^"):
        return "[^" + operand[1:]
    return rf"(?:(?!{operand})[\s\S])"
