"""Text read as a timestamp under a Java pattern: by strptime where the text has the plain form that
the pattern shows, else by a kernel, which knows all of Java's rules and messages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from boathouse import duck
from boathouse.duck import Expression, native
from boathouse.duck.kernels import kernel
from boathouse.functions.clock import AT_GREENWICH, Clock
from boathouse.functions.datetime_patterns import Field, Part, Section, check_legacy, parse_pattern
from boathouse.functions.let import let
from boathouse.types import datatypes as t

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_PLAIN = {
    ("y", 4): ("%Y", "[0-9]{4}", "Y"),
    ("M", 1): ("%m", "(?:0?[1-9]|1[0-2])", "o"),
    ("M", 2): ("%m", "(?:0[1-9]|1[0-2])", "O"),
    ("M", 3): ("%b", f"(?:{'|'.join(name[:3] for name in _MONTHS)})", "N"),
    ("M", 4): ("%B", f"(?:{'|'.join(_MONTHS)})", "n"),
    ("d", 1): ("%d", "(?:0?[1-9]|[12][0-9]|3[01])", "d"),
    ("d", 2): ("%d", "[0-3][0-9]", "D"),
    ("H", 1): ("%H", "(?:[01]?[0-9]|2[0-3])", "h"),
    ("H", 2): ("%H", "[0-2][0-9]", "H"),
    ("m", 1): ("%M", "[0-5]?[0-9]", "m"),
    ("m", 2): ("%M", "[0-5][0-9]", "M"),
    ("s", 1): ("%S", "[0-5]?[0-9]", "s"),
    ("s", 2): ("%S", "[0-5][0-9]", "S"),
    ("S", 3): ("%f", "[0-9]{3}", "f"),
    ("S", 6): ("%f", "[0-9]{6}", "F"),
    ("X", 3): ("%z", "(?:Z|[+-](?:0[0-9]|1[0-7]):[0-5][0-9])", "X"),
}
"""Letters, what strptime calls them, the texts of which it and Java think alike, and what native
code calls them.
"""


@dataclass(frozen=True, slots=True)
class _Form:
    """The plain form of the texts of a pattern: for strptime, as a regular expression, and for
    native code.
    """

    strptime: str = ""
    expression: str = ""
    native: str = ""

    @property
    def is_offset(self) -> bool:
        """Whether the texts tell how far their clock is from UTC."""
        return "%z" in self.strptime

    def moment(self, text: Expression, clock: Clock) -> Expression:
        """The TIMESTAMPTZ that `text` says, by `clock` if need be; null where it has another
        form.
        """
        if not self.is_offset:
            return clock.moment(self.local(text))
        if native.available():
            return AT_GREENWICH.moment(self.local(text))
        # What strptime takes for an offset has digits.
        return self._said(text, duck.f.regexp_replace(text, "Z$", "+00:00"))

    def local(self, text: Expression) -> Expression:
        """The TIMESTAMP that `text` says, in UTC if it tells an offset."""
        if native.available():
            return native.call("by_form", text, self.native)
        return self._said(text, text)

    def _said(self, text: Expression, shown: Expression) -> Expression:
        read = duck.f.try_strptime(shown, self.strptime)
        return duck.case((duck.f.regexp_full_match(text, self.expression), read))


def read(
    text: Expression, pattern: str, *, zoned: bool, error: str | None, clock: Clock
) -> Expression:
    """The timestamp (TIMESTAMPTZ if `zoned`, else TIMESTAMP) that `text` shows under `pattern`.
    Text that does not fit is null, or ``CANNOT_PARSE_TIMESTAMP`` naming the function `error` to
    use instead.
    """
    # Spark's old formatter knows no timestamps without a zone.
    legacy = clock.policy == "LEGACY" and zoned
    if legacy:
        check_legacy(pattern)
    plain = None if legacy else _plain(parse_pattern(pattern, reading=True, zoned=zoned), zoned)
    slow = kernel(
        "date_texts",
        "read",
        t.TIMESTAMP if zoned else t.TIMESTAMP_NTZ,
        pattern=pattern,
        zone=clock.zone,
        zoned=zoned,
        policy=clock.policy,
        error=error,
    )
    if plain is None:
        return slow(text)

    def moment(given: Expression) -> Expression:
        quick = plain.moment(given, clock) if zoned else plain.local(given)
        return duck.f.coalesce(quick, slow(given))

    return let(text, moment, "text")


def native_form(pattern: str, *, zoned: bool, policy: str) -> str | None:
    """The form by which native code reads texts of `pattern`; None where a kernel must."""
    if policy != "CORRECTED":
        return None
    plain = _plain(parse_pattern(pattern, reading=True, zoned=zoned), zoned)
    return None if plain is None else plain.native


def _plain(parts: tuple[Part, ...], zoned: bool) -> _Form | None:  # noqa: FBT001
    """The plain form of what the pattern reads; None where there is none."""
    form, letters = _Form(), ""
    for before, part in zip((None, *parts), parts, strict=False):
        if isinstance(part, str):
            # To strptime a space is any number of them, and letters of Java's have no case.
            quoted = "".join(f"'{character}" for character in part)
            form = _longer(form, part.replace("%", "%%"), re.escape(part), quoted)
            continue
        found = None if isinstance(part, Section) else _PLAIN.get((part.letter, part.count))
        if found is None or isinstance(part, Section) or part.letter in letters:
            return None
        if part.letter == "X" and (not zoned or part is not parts[-1]):
            return None
        # Numbers that touch take digits from each other.
        if isinstance(before, Field) and (part.letter == "S" or 1 in {before.count, part.count}):
            return None
        letters += part.letter
        form = _longer(form, *found)
    # Java takes what is missing from 1970, strptime from 1900.
    return form if "y" in letters else None


def _longer(form: _Form, strptime: str, expression: str, native: str) -> _Form:
    return _Form(form.strptime + strptime, form.expression + expression, form.native + native)
