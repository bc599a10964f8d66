"""Java's regular expressions as RE2 writes them.

The two share most of their syntax. What only Java has (look-around, back references, possessive
quantifiers, intersections of classes, comments) is refused as not built: `java_patterns_exactly`
knows most of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from boathouse.errors.exceptions import unsupported

_LINE_ENDS = r"\n\r\x{85}\x{2028}\x{2029}"
_LINE_END = rf"(?:\r\n|[{_LINE_ENDS}])"
_SPACE = r"\t\n\v\f\r "
_HORIZONTAL = r" \t\x{a0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}"
_VERTICAL = r"\n\v\f\r\x{85}\x{2028}\x{2029}"
_SETS = {"s": _SPACE, "h": _HORIZONTAL, "v": _VERTICAL}
_SAME = frozenset("dDwWbBAz")
_CONTROLS = {"t": r"\t", "n": r"\n", "r": r"\r", "f": r"\f", "a": r"\a", "e": r"\x{1b}"}
_CONTROL_CHARACTERS = {
    "t": "\t",
    "n": "\n",
    "r": "\r",
    "f": "\f",
    "a": "\a",
    "e": "\x1b",
}
_PROPERTIES = {
    "Lower": "[:lower:]",
    "Upper": "[:upper:]",
    "ASCII": "[:ascii:]",
    "Alpha": "[:alpha:]",
    "Digit": "[:digit:]",
    "Alnum": "[:alnum:]",
    "Punct": "[:punct:]",
    "Graph": "[:graph:]",
    "Print": "[:print:]",
    "Blank": "[:blank:]",
    "Cntrl": "[:cntrl:]",
    "XDigit": "[:xdigit:]",
    "Space": "[:space:]",
    "javaLowerCase": r"\p{Ll}",
    "javaUpperCase": r"\p{Lu}",
    "IsAlphabetic": r"\p{L}\p{Nl}",
    "IsUppercase": r"\p{Lu}",
    "IsLowercase": r"\p{Ll}",
    "IsDigit": r"\p{Nd}",
    "IsLetter": r"\p{L}",
    "IsPunctuation": r"\p{P}",
    "IsWhite_Space": r"\s\x{85}\x{a0}\x{2028}\x{2029}",
}
_MOST_REPEATS = 1000


class InvalidPattern(ValueError):
    """The text is no regular expression of Java."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A translated pattern: its RE2 `text`, how many `groups` it has, the numbers of the named
    ones, and the plain text it stands for (`literal`) when it has no operators.
    """

    text: str
    groups: int
    names: dict[str, int]
    literal: str | None
    may_skip: bool
    """Whether a group may take no part in a match."""
    may_be_empty: bool
    """Whether a match may hold no character."""


@cache
def translate(pattern: str, *, matching: bool = False) -> Pattern:
    """`pattern` for RE2. `matching` says that only whether there is a match counts, not which.
    Raises InvalidPattern, or UNSUPPORTED_FEATURE for what RE2 does not have.
    """
    reader = Reader(pattern, matching=matching)
    text = reader.alternatives(0)
    if reader.at < len(pattern):
        raise InvalidPattern(pattern)
    literal = "".join(reader.plain) if reader.is_plain else None
    may_skip = any(character in pattern for character in "?|*{")
    may_be_empty = not literal and any(character in pattern for character in "?|*{^$\\(")
    return Pattern(text, reader.groups, reader.names, literal, may_skip, may_be_empty)


@dataclass(slots=True)
class Reader:
    """Reads a Java pattern from left to right, giving RE2's text."""

    pattern: str
    matching: bool
    at: int = 0
    groups: int = 0
    names: dict[str, int] = field(default_factory=dict)
    plain: list[str] = field(default_factory=list)
    is_plain: bool = True
    flags: set[str] = field(default_factory=set)

    def peek(self, ahead: int = 0) -> str:
        """The character `ahead` of the place, empty past the end."""
        return self.pattern[self.at + ahead : self.at + ahead + 1]

    def take(self) -> str:
        """The next character; there must be one."""
        character = self.peek()
        if not character:
            raise InvalidPattern(self.pattern)
        self.at += 1
        return character

    def alternatives(self, depth: int) -> str:
        """What stands in a group, or in the whole pattern at depth 0."""
        outer = set(self.flags)
        parts: list[str] = []
        while self.peek() and not (depth and self.peek() == ")"):
            parts.append(self.item(depth))
        self.flags = outer
        return "".join(parts)

    def item(self, depth: int) -> str:
        """One item and its quantifier."""
        character = self.take()
        if character == "\\":
            return self.quantified(self.escape())
        if character == "[":
            self.is_plain = False
            return self.quantified(self.character_class())
        if character == "(":
            self.is_plain = False
            return self.group(depth)
        if character in ".^$|":
            self.is_plain = False
            return self.quantified(self.sign(character)) if character != "|" else character
        if character in "*+?{" or (character == ")" and not depth):
            raise InvalidPattern(self.pattern)
        self.plain.append(character)
        return self.quantified(self.escaped(character))

    def escaped(self, character: str) -> str:
        """A character that stands for itself."""
        return _escaped(character)

    def sign(self, character: str) -> str:
        """One of ``.^$``."""
        if character == ".":
            return "." if "s" in self.flags else f"[^{_LINE_ENDS}]"
        if character == "$" and "m" not in self.flags and self.matching:
            # Java's $ also matches before a last line end.
            return rf"(?:{_LINE_END})?\z"
        return character

    # ---- quantifiers ----

    def quantified(self, unit: str) -> str:
        """`unit` and the quantifier that follows it, if any."""
        sign = self.peek()
        if not sign or sign not in "*+?{":
            return unit
        self.is_plain = False
        if sign == "{":
            match = re.compile(r"\{(\d+)(?:(,)(\d*))?\}").match(self.pattern, self.at)
            if match is None:
                raise InvalidPattern(self.pattern)
            counts = [int(count) for count in (match[1], match[3] or "0")]
            if max(counts) > _MOST_REPEATS:
                raise unsupported("a regular expression with more than 1000 repetitions")
            self.at = match.end()
            quantifier = match[0]
        else:
            quantifier = self.take()
        if self.peek() == "+":
            raise unsupported("a regular expression with a possessive quantifier")
        if self.peek() == "?":
            quantifier += self.take()
        if self.peek() and self.peek() in "*+?":
            raise InvalidPattern(self.pattern)
        return unit + quantifier

    # ---- groups ----

    def group(self, depth: int) -> str:
        """A group, behind its parenthesis."""
        opening = "("
        if self.peek() == "?":
            self.at += 1
            special = self.special_group()
            if special.endswith(")"):
                return special
            opening = special
        else:
            self.groups += 1
        outer = set(self.flags)
        if opening.startswith("(?") and not opening.startswith("(?P"):
            self.set_flags(opening[2:-1])
        inside = self.alternatives(depth + 1)
        self.flags = outer
        if self.peek() != ")":
            raise InvalidPattern(self.pattern)
        self.at += 1
        return self.quantified(f"{opening}{inside})")

    def special_group(self) -> str:
        """What follows ``(?``: RE2's opening, or a whole ``(?i)``."""
        if self.peek() in {"=", "!"} or self.pattern[self.at : self.at + 2] in {"<=", "<!"}:
            raise unsupported("a regular expression that looks ahead or behind")
        if self.peek() == ">":
            raise unsupported("a regular expression with an atomic group")
        if self.peek() == "<":
            match = re.compile(r"<([A-Za-z][A-Za-z0-9]*)>").match(self.pattern, self.at)
            if match is None or match[1] in self.names:
                raise InvalidPattern(self.pattern)
            self.at = match.end()
            self.groups += 1
            self.names[match[1]] = self.groups
            return f"(?P<{match[1]}>"
        match = re.compile(r"([a-zA-Z]*(?:-[a-zA-Z]+)?)([:)])").match(self.pattern, self.at)
        if match is None or set(match[1]) - set("imsdxuU-"):
            raise InvalidPattern(self.pattern)
        if set(match[1].partition("-")[0]) & set("xU"):
            raise unsupported("a regular expression under the flag x or U")
        self.at = match.end()
        kept = re.sub("[duxU]", "", match[1]).removesuffix("-")
        if match[2] == ")":
            self.set_flags(kept)
            return f"(?{kept})" if kept else "(?:)"
        return f"(?{kept}:"

    def set_flags(self, text: str) -> None:
        """Turn flags on and off until the group ends."""
        on, _, off = text.rstrip(":").partition("-")
        self.flags |= set(on)
        self.flags -= set(off)

    # ---- escapes ----

    def escape(self) -> str:
        """What follows a backslash."""
        character = self.take()
        if character == "Q":
            return self.quotation()
        code = self.code_point(character)
        if code is not None:
            self.plain.append(chr(code))
            return rf"\x{{{code:x}}}"
        if character in _CONTROLS:
            self.plain.append(_CONTROL_CHARACTERS[character])
            return _CONTROLS[character]
        if not (character.isascii() and character.isalnum()):
            self.plain.append(character)
            return _escaped(character)
        self.is_plain = False
        if character in _SAME:
            return "\\" + character
        if character.lower() in _SETS:
            return f"[{'^' if character.isupper() else ''}{_SETS[character.lower()]}]"
        if character in "pP":
            return self.property_class(character, inside=False)
        if character == "R":
            return _LINE_END.replace("[", r"[\v\f")
        if character == "Z":
            return rf"(?:{_LINE_END})?\z" if self.matching else r"\z"
        if character.isdigit() or character == "k":
            raise unsupported("a regular expression with a back reference")
        if character in "GXN":
            raise unsupported(f"a regular expression with \\{character}")
        raise InvalidPattern(self.pattern)

    def quoted_text(self) -> str:
        r"""What stands between ``\Q`` and ``\E``."""
        end = self.pattern.find("\\E", self.at)
        end = len(self.pattern) if end < 0 else end
        quoted = self.pattern[self.at : end]
        self.at = min(end + 2, len(self.pattern))
        return quoted

    def quotation(self) -> str:
        """A quotation as a unit."""
        quoted = self.quoted_text()
        self.plain.append(quoted)
        text = "".join(_escaped(character) for character in quoted)
        return text if len(quoted) == 1 else f"(?:{text})"

    def code_point(self, character: str) -> int | None:
        r"""The code point that an escape after ``\x``, ``\u``, ``\0`` or ``\c`` names."""
        forms = {
            "x": r"([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\}",
            "u": r"([0-9a-fA-F]{4})",
            "0": r"([0-3]?[0-7]{1,2})",
        }
        if character == "c":
            return ord(self.take()) ^ 64
        form = forms.get(character)
        if form is None:
            return None
        match = re.compile(form).match(self.pattern, self.at)
        if match is None:
            raise InvalidPattern(self.pattern)
        self.at = match.end()
        return int(match[match.lastindex or 1], 8 if character == "0" else 16)

    def property_name(self) -> str:
        r"""What follows ``\p``."""
        if self.peek() != "{":
            return self.take()
        end = self.pattern.find("}", self.at)
        if end < 0:
            raise InvalidPattern(self.pattern)
        name = self.pattern[self.at + 1 : end]
        self.at = end + 1
        return name

    def property_class(self, sign: str, *, inside: bool) -> str:
        """The characters of a property."""
        name = self.property_name()
        negated = sign == "P"
        known = _PROPERTIES.get(name)
        if known is None:
            name = re.sub(r"^(Is|script=|sc=|general_category=|gc=)", "", name)
            if name.startswith(("In", "block=", "blk=", "java")):
                raise unsupported(f"the class \\p{{{name}}} in a regular expression")
            return rf"\{sign}{{{name}}}"
        if not inside:
            return f"[{'^' if negated else ''}{known}]"
        if not negated:
            return known
        if known.startswith("[:"):
            return f"[:^{known[2:]}"
        if known.count("\\") == 1:
            return known.replace("\\p", "\\P")
        raise unsupported(f"the class \\P{{{name}}} inside a class")

    # ---- classes ----

    def character_class(self) -> str:
        """A class, behind its bracket."""
        negated = self.peek() == "^"
        if negated:
            self.at += 1
        return f"[{'^' if negated else ''}{self.class_items()}]"

    def class_items(self) -> str:
        """What stands in a class, up to its end."""
        parts: list[str] = []
        first = True
        while True:
            character = self.take()
            if character == "]" and not first:
                return "".join(parts)
            first = False
            if character == "[":
                if self.peek() == "^":
                    raise unsupported("a negated class inside a class of a regular expression")
                parts.append(self.class_items())
            elif character == "&" and self.peek() == "&":
                raise unsupported("an intersection of classes in a regular expression")
            elif character == "\\":
                parts.append(self.class_escape())
            elif character == "-" and parts and self.peek() not in {"]", "["}:
                parts.append("-")
            else:
                parts.append(_escaped(character))

    def class_escape(self) -> str:
        """What follows a backslash in a class."""
        character = self.take()
        if character == "Q":
            return "".join(_escaped(each) for each in self.quoted_text())
        code = self.code_point(character)
        if code is not None:
            return rf"\x{{{code:x}}}"
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character in "dDwWS":
            return "\\" + character
        if character in _SETS:
            return _SETS[character]
        if character in "pP":
            return self.property_class(character, inside=True)
        if character.isascii() and character.isalnum():
            raise InvalidPattern(self.pattern)
        return _escaped(character)


def _escaped(character: str) -> str:
    """A character that stands for itself, inside and outside classes."""
    plain = character.isalnum() or ord(character) > 127 or character in " _,;:=<>!\"'%@/`~"
    return (
        character
        if plain
        else rf"\x{{{ord(character):x}}}"
        if ord(character) < 32
        else ("\\" + character)
    )


@dataclass(frozen=True, slots=True)
class Replacement:
    """A replacement for RE2: its `text`, the plain text it is when it names no group (`literal`),
    and whether it names a group that there is not.
    """

    text: str
    literal: str | None = None
    broken: bool = False


def translate_replacement(replacement: str, pattern: Pattern) -> Replacement:
    r"""Java's ``$1``, ``${name}`` and ``\`` as RE2's rewrite string."""
    parts: list[str] = []
    plain: list[str] | None = []
    at = 0
    while at < len(replacement):
        character = replacement[at]
        at += 1
        if character == "\\":
            if at == len(replacement):
                return Replacement("", broken=True)
            character = replacement[at]
            parts.append(_rewritten(character))
            plain = None if plain is None else [*plain, character]
            at += 1
        elif character == "$":
            number, at = _group_number(replacement, at, pattern)
            if number is None:
                return Replacement("", broken=True)
            if number > 9:
                raise unsupported("a replacement by a group after the ninth")
            parts.append(f"\\{number}")
            plain = None
        else:
            parts.append(_rewritten(character))
            plain = None if plain is None else [*plain, character]
    return Replacement("".join(parts), None if plain is None else "".join(plain))


def _rewritten(character: str) -> str:
    return "\\\\" if character == "\\" else character


def _group_number(text: str, at: int, pattern: Pattern) -> tuple[int | None, int]:
    """The group named at `at`, behind the dollar sign; as many digits as there are groups for."""
    named = re.compile(r"\{([A-Za-z][A-Za-z0-9]*)\}").match(text, at)
    if named is not None:
        return pattern.names.get(named[1]), named.end()
    if not text[at : at + 1].isdigit():
        return None, at
    number, at = int(text[at]), at + 1
    if number > pattern.groups:
        return None, at
    while text[at : at + 1].isdigit() and number * 10 + int(text[at]) <= pattern.groups:
        number, at = number * 10 + int(text[at]), at + 1
    return number, at
