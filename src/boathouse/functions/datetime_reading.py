"""Text read as a timestamp under a Java pattern: by strptime where the text has the plain form that
the pattern shows, else by a kernel, which knows all of Java's rules and messages.
"""

from __future__ import annotations

import re

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.functions.clock import Clock
from boathouse.functions.datetime_patterns import Field, Part, Section, check_legacy, parse_pattern
from boathouse.functions.let import let
from boathouse.types import datatypes as t

_PLAIN = {
    ("y", 4): ("%Y", "[0-9]{4}"),
    ("M", 1): ("%m", "(?:0?[1-9]|1[0-2])"),
    ("M", 2): ("%m", "(?:0[1-9]|1[0-2])"),
    ("d", 1): ("%d", "(?:0?[1-9]|[12][0-9]|3[01])"),
    ("d", 2): ("%d", "[0-3][0-9]"),
    ("H", 1): ("%H", "(?:[01]?[0-9]|2[0-3])"),
    ("H", 2): ("%H", "[0-2][0-9]"),
    ("m", 1): ("%M", "[0-5]?[0-9]"),
    ("m", 2): ("%M", "[0-5][0-9]"),
    ("s", 1): ("%S", "[0-5]?[0-9]"),
    ("s", 2): ("%S", "[0-5][0-9]"),
    ("S", 3): ("%f", "[0-9]{3}"),
    ("S", 6): ("%f", "[0-9]{6}"),
    ("X", 3): ("%z", "(?:Z|[+-](?:0[0-9]|1[0-7]):[0-5][0-9])"),
}
"""Letters, what strptime calls them, and the texts of which it and Java think alike."""


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
    format_, form = plain

    offset = "%z" in format_

    def moment(given: Expression) -> Expression:
        # What strptime takes for an offset has digits.
        shown = duck.f.regexp_replace(given, "Z$", "+00:00") if offset else given
        local = duck.case(
            (duck.f.regexp_full_match(given, form), duck.f.try_strptime(shown, format_))
        )
        return let(
            local,
            lambda quick: duck.case((quick.is_not_null(), found(quick)), otherwise=slow(given)),
            "quick",
        )

    def found(quick: Expression) -> Expression:
        return clock.moment(quick) if zoned and not offset else quick

    return let(text, moment, "text")


def _plain(parts: tuple[Part, ...], zoned: bool) -> tuple[str, str] | None:  # noqa: FBT001
    """What strptime calls the pattern, and the regular expression of texts that it may read; None
    where there are none.
    """
    format_, form, letters = "", "", ""
    for before, part in zip((None, *parts), parts, strict=False):
        if isinstance(part, str):
            # To strptime a space is any number of them, and letters of Java's have no case.
            format_ += part.replace("%", "%%")
            form += re.escape(part)
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
        format_, form = format_ + found[0], form + found[1]
    # Java takes what is missing from 1970, strptime from 1900.
    return (format_, form) if "y" in letters else None
