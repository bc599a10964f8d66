"""Text read as a timestamp under a Java pattern.

The pattern becomes one regular expression with a group for each field, and the timestamp is made
from what the groups hold. Patterns of fixed width, the common ones, go through DuckDB's strptime.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from boathouse import duck
from boathouse.duck import Expression
from boathouse.errors.exceptions import unsupported
from boathouse.functions.datetime_make import range_message, zone_name
from boathouse.functions.datetime_patterns import Field, Part, Section, parse_pattern
from boathouse.functions.let import let

_FIXED = {
    ("y", 4): ("%Y", 4),
    ("M", 2): ("%m", 2),
    ("d", 2): ("%d", 2),
    ("H", 2): ("%H", 2),
    ("m", 2): ("%M", 2),
    ("s", 2): ("%S", 2),
}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_COLON_OFFSET = "[+-][0-9]{2}:[0-9]{2}"
_PLAIN_OFFSET = "[+-][0-9]{4}"
_ZONE_NAME = "[A-Za-z][A-Za-z0-9~/._+-]*|[+-][0-9:]+"


def read(text: Expression, pattern: str, *, zoned: bool, error: str | None) -> Expression:
    """The timestamp (TIMESTAMPTZ if `zoned`, else TIMESTAMP) that `text` shows under `pattern`.
    Text that does not fit is null, or ``CANNOT_PARSE_TIMESTAMP`` naming the function `error` to
    use instead.
    """
    parts = parse_pattern(pattern, reading=True)

    def moment(given: Expression) -> Expression:
        return _moment(given, parts, zoned=zoned, error=error)

    return let(text, moment, "text")


def _moment(
    text: Expression, parts: tuple[Part, ...], *, zoned: bool, error: str | None
) -> Expression:
    fixed = _fixed_width(parts)
    if fixed is None:
        return _by_groups(text, parts, zoned=zoned, error=error)
    format_, width = fixed
    local = duck.f.try_strptime(text, format_)
    quick = duck.case((duck.f.length(text).equals(width), local))
    if error is None:
        return quick.cast("TIMESTAMPTZ") if zoned else quick

    def checked(value: Expression) -> Expression:
        result = value.cast("TIMESTAMPTZ") if zoned else value
        wrong = _unread_fixed(text, parts, error)
        return duck.case((value.is_not_null(), result), (text.is_null(), None), otherwise=wrong)

    return let(quick, checked, "quick")


def _unread_fixed(text: Expression, parts: tuple[Part, ...], error: str) -> Expression:
    """The error for a text that a pattern of fixed width does not read."""
    groups: dict[str, Expression] = {}
    at = 1
    for part in parts:
        if isinstance(part, Field):
            groups[part.letter] = duck.f.substring(text, at, part.count)
            at += part.count
        elif isinstance(part, str):
            at += len(part)
    whole = duck.f.regexp_full_match(text, f"(?i:{_Reader().add(parts)})")
    detail = duck.f.concat(": ", range_message(*_clock_parts(groups)))
    message = duck.case((whole, detail), otherwise=_stop_message(text, parts))
    quoted = duck.operator("||", "Text '", text, "' could not be parsed")
    return duck.fail(
        "CANNOT_PARSE_TIMESTAMP", func=f"`{error}`", message=duck.f.concat(quoted, message)
    )


def _fixed_width(parts: tuple[Part, ...]) -> tuple[str, int] | None:
    """The strptime format of a pattern whose every field has one width, and that width."""
    format_, width = "", 0
    for part in parts:
        if isinstance(part, str):
            format_, width = format_ + part.replace("%", "%%"), width + len(part)
        elif isinstance(part, Field) and (part.letter, part.count) in _FIXED:
            letters, size = _FIXED[part.letter, part.count]
            format_, width = format_ + letters, width + size
        else:
            return None
    # Without a year strptime counts from 1900, Spark from 1970.
    return (format_, width) if "%Y" in format_ else None


# ---- by regular expression ----------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    """The regular expression of a pattern, and the letter that each of its groups holds."""

    letters: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    def add(self, parts: tuple[Part, ...]) -> str:
        return "".join(self.part(part) for part in parts)

    def part(self, part: Part) -> str:
        if isinstance(part, str):
            return re.escape(part).replace("\\ ", " ")
        if isinstance(part, Section):
            return f"(?:{self.add(part.parts)})?"
        name = "M" if part.letter == "L" else part.letter
        if name == "M" and part.count >= 3:
            name = "MMM"
        if name == "y" and part.count == 2:
            name = "yy"
        self.letters.append(name)
        return f"({_expression(part)})"


def _expression(part: Field) -> str:
    match part.letter, part.count:
        case "y", 4 | 5 | 6 as count:
            return f"[0-9]{{{count}}}|[+-][0-9]{{{count},9}}"
        case (("M" | "L"), (3 | 4) as count):
            return "|".join(name if count == 4 else name[:3] for name in _MONTHS)
        case "a", _:
            return "AM|PM"
        case "S", count:
            return f"[0-9]{{1,{count}}}"
        case "G", _:
            return "AD|BC|Anno Domini|Before Christ"
        case "X", 1:
            return "Z|[+-][0-9]{2}(?:[0-9]{2})?"
        case "X", 2 | 4:
            return f"Z|{_PLAIN_OFFSET}"
        case "X", _:
            return f"Z|{_COLON_OFFSET}"
        case "x", 1:
            return "[+-][0-9]{2}(?:[0-9]{2})?"
        case "x" | "Z", 2 | 4 if part.letter == "x":
            return _PLAIN_OFFSET
        case "x", _:
            return _COLON_OFFSET
        case "Z", 1 | 2 | 3:
            return _PLAIN_OFFSET
        case "Z", 5:
            return f"Z|{_COLON_OFFSET}"
        case "V", _:
            return _ZONE_NAME
        case (("z" | "O" | "Z"), _):
            raise unsupported(f"reading text under the pattern letter {part.letter * part.count}")
        case _, 1:
            return "[0-9]{1,9}"
        case _, count:
            return f"[0-9]{{{count}}}"


def _by_groups(
    text: Expression, parts: tuple[Part, ...], *, zoned: bool, error: str | None
) -> Expression:
    reader = _Reader()
    whole = reader.add(parts)
    names = ["all", *(f"g{number}" for number in range(len(reader.letters)))]
    found = duck.f.regexp_extract(text, f"^((?i:{whole}))$", duck.list_of(*names))

    def made(match: Expression) -> Expression:
        groups: dict[str, Expression] = {}
        for number, letter in enumerate(reader.letters):
            held = duck.f.nullif(duck.field_of(match, f"g{number}"), "")
            groups[letter] = duck.f.coalesce(groups[letter], held) if letter in groups else held
        unread = duck.field_of(match, "all").equals("")
        value = _assembled(groups, zoned=zoned)
        if error is None:
            return duck.case((duck.any_of(text.is_null(), unread), None), otherwise=value)
        return _or_error(text, value, groups, (unread, _stop_message(text, parts)), error)

    return let(found, made, "match")


def _or_error(
    text: Expression,
    value: Expression,
    groups: dict[str, Expression],
    stop: tuple[Expression, Expression],
    error: str,
) -> Expression:
    quoted = duck.operator("||", "Text '", text, "' could not be parsed")
    unread, message = stop
    detail = duck.f.concat(quoted, ": ", range_message(*_clock_parts(groups)))

    def failing(shown: Expression) -> Expression:
        return duck.fail("CANNOT_PARSE_TIMESTAMP", func=f"`{error}`", message=shown)

    return let(
        value,
        lambda moment: duck.case(
            (text.is_null(), None),
            (unread, failing(duck.f.concat(quoted, message))),
            (moment.is_null(), failing(detail)),
            otherwise=moment,
        ),
        "value",
    )


def _stop_message(text: Expression, parts: tuple[Part, ...]) -> Expression:
    """Where reading stopped: after the longest prefix of the pattern that the text has."""
    nested = ""
    for part in reversed(parts):
        nested = f"(?:{re.sub(r'[(](?![?])', '(?:', _Reader().part(part))}{nested})?"
    index = duck.f.length(duck.f.regexp_extract(text, f"^(?i:{nested})", 0))
    complete = duck.f.regexp_matches(text, f"^(?i:{_Reader().add(parts)})")
    return duck.case(
        (complete, duck.f.concat(", unparsed text found at index ", index)),
        otherwise=duck.f.concat(" at index ", index),
    )


def _whole(groups: dict[str, Expression], letter: str) -> Expression | None:
    held = groups.get(letter)
    return None if held is None else held.try_cast("INTEGER")


def _year(groups: dict[str, Expression]) -> Expression:
    if "yy" in groups:
        short = groups["yy"].cast("INTEGER") + 2000
        return duck.f.coalesce(short, 1970)
    year = _whole(groups, "y")
    return duck.literal(1970) if year is None else duck.f.coalesce(year, 1970)


def _month(groups: dict[str, Expression]) -> Expression:
    if "MMM" in groups:
        short = duck.f.lower(duck.f.left(groups["MMM"], 3))
        places = duck.list_of(*(name[:3].lower() for name in _MONTHS))
        named = duck.f.list_position(places, short).cast("INTEGER")
        return duck.f.coalesce(named, 1)
    month = _whole(groups, "M")
    return duck.literal(1) if month is None else duck.f.coalesce(month, 1)


def _hour(groups: dict[str, Expression]) -> Expression:
    hour = _whole(groups, "H")
    if hour is not None:
        return duck.f.coalesce(hour, 0)
    counted = _whole(groups, "k")
    if counted is not None:
        return duck.f.coalesce(counted % 24, 0)
    half = _whole(groups, "h")
    if half is None:
        half = _whole(groups, "K")
    if half is None:
        return duck.literal(0)
    late = groups.get("a")
    half = duck.f.coalesce(half % 12, 0)
    if late is None:
        return half
    afternoon = duck.f.upper(late).equals("PM")
    return duck.case((afternoon, half + 12), otherwise=half)


def _clock_parts(groups: dict[str, Expression]) -> tuple[Expression, ...]:
    """Year, month, day, hour, minute, second as INTEGER expressions."""
    day = _whole(groups, "d")
    small = [
        duck.f.coalesce(x, 0) if x is not None else duck.literal(0)
        for x in (_whole(groups, "m"), _whole(groups, "s"))
    ]
    return (
        _year(groups),
        _month(groups),
        duck.literal(1) if day is None else duck.f.coalesce(day, 1),
        _hour(groups),
        *small,
    )


def _assembled(groups: dict[str, Expression], *, zoned: bool) -> Expression:
    year, month, day, hour, minute, second = _clock_parts(groups)
    if "D" in groups:
        start = duck.f.TRY(duck.f.make_date(year, 1, 1))
        date = start + (groups["D"].cast("INTEGER") - 1)
        date = duck.case((duck.f.year(date).equals(year), date))
    else:
        date = duck.f.TRY(duck.f.make_date(year, month, day))
    fraction = groups.get("S")
    micros = (hour.cast("BIGINT") * 3600 + minute * 60 + second) * 1_000_000
    if fraction is not None:
        digits = duck.f.rpad(
            duck.f.left(duck.f.coalesce(fraction, "0"), 6), duck.literal(6, "INTEGER"), "0"
        )
        micros = micros + digits.cast("BIGINT")
    fits = duck.all_of(hour.less(24), minute.less(60), second.less(60))
    local = duck.case((fits, date.cast("TIMESTAMP") + duck.f.to_microseconds(micros)))
    return _in_zone(local, groups, zoned=zoned)


def _in_zone(local: Expression, groups: dict[str, Expression], *, zoned: bool) -> Expression:
    if not zoned:
        return local
    for letter in "XxZ":
        if letter in groups:
            held = groups[letter]
            offset = duck.case(
                (duck.f.upper(held).equals("Z"), "GMT"), otherwise=duck.operator("||", "GMT", held)
            )
            known = duck.f.timezone(offset, local)
            return duck.case((held.is_null(), local.cast("TIMESTAMPTZ")), otherwise=known)
    if "V" in groups:
        return duck.f.timezone(zone_name(groups["V"]), local)
    return local.cast("TIMESTAMPTZ")
