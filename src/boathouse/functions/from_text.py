"""Text as a value of another type: what CAST from STRING reads.

Each function gives the value, or null where the text is none; `casts` decides whether null is an
error. Blanks and control characters around the text never matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck import native
from boathouse.duck.kernels import kernel
from boathouse.duck.types import duck_type
from boathouse.functions.clock import moment
from boathouse.functions.let import let
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.duck import Expression

_BLANK = r"[\x00-\x20\x7f]*"
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_DAY = r"([+-]?\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})"
_ZONE = r" ?([A-Za-z][^ ]*|[+-]\d[\d:]*)"
# A zone follows the seconds only.
_CLOCK = rf"([01]?\d|2[0-3])(?::([0-5]?\d)(?::([0-5]?\d)(?:\.(\d*))?(?:{_ZONE})?)?)?"

INTEGRAL = {t.BYTE: "TINYINT", t.SHORT: "SMALLINT", t.INTEGER: "INTEGER", t.LONG: "BIGINT"}


def _matches(text: Expression, pattern: str) -> Expression:
    return duck.f.regexp_full_match(text, f"{_BLANK}(?:{pattern}){_BLANK}")


def trimmed(text: Expression) -> Expression:
    """`text` without blanks and control characters at its ends."""
    blanks = "".join(chr(code) for code in (*range(1, 33), 127))
    return duck.f.trim(text, blanks)


def _read(text: Expression, duck_type: str) -> Expression:
    """What DuckDB reads, which skips blanks but no control characters."""
    return duck.f.coalesce(text.try_cast(duck_type), trimmed(text).try_cast(duck_type))


def to_whole(text: Expression, duck_type: str) -> Expression:
    """A whole number, digits only."""
    said = duck.if_(_says("whole", text, r"[+-]?\d+"), _read(text, duck_type))
    if not native.available():
        return said
    if duck_type == "BIGINT":
        return duck.f.coalesce(native.call("to_long", text), said)
    quick = native.call("to_integer", text)
    return duck.f.coalesce(quick if duck_type == "INTEGER" else quick.try_cast(duck_type), said)


def _says(what: str, text: Expression, pattern: str) -> Expression:
    """Whether `text` is, between blanks, as `pattern` has it: native code tells much quicker."""
    if native.available():
        return native.call(f"is_{what}", text)
    return _matches(text, pattern)


def to_whole_cut(text: Expression, duck_type: str) -> Expression:
    """A whole number, a fraction cut off: Spark's rule outside ANSI mode."""
    # "." and "+." are zero there.
    pattern = rf"{_BLANK}([+-]?)(\d*)(?:\.\d*)?{_BLANK}"
    digits = duck.f.regexp_replace(text, f"^{pattern}$", r"\10\2")
    return duck.if_(_matches(text, r"[+-]?(?:\d+\.?\d*|\.\d*)"), digits.try_cast(duck_type))


def to_decimal(
    text: Expression, to: t.DecimalType, failure: Callable[[Expression], Expression] | None = None
) -> Expression:
    """A decimal, rounded half up; of a text that holds none `failure`, which is given the text in
    ASCII, or null.
    """

    def said(plain: Expression) -> Expression:
        read = _said_decimal(plain, to)
        return read if failure is None else duck.f.coalesce(read, failure(plain))

    # What is named here stands once: DuckDB computes for all rows what stands twice.
    slow = let(in_ascii(text), said, "plain")
    if not native.available():
        return slow
    digits = native.call("to_digits", text, duck.literal(to.scale, "INTEGER"))
    return duck.f.coalesce(native.call(f"decimal{to.scale}", digits).try_cast(duck_type(to)), slow)


def _said_decimal(text: Expression, to: t.DecimalType) -> Expression:
    # DuckDB wants room for all digits before the exponent.
    shape = f"DECIMAL({to.MAX_PRECISION},{to.scale})"
    wide = _read(text, shape)
    if to.scale > _ROOMY:
        wide = duck.f.coalesce(wide, pointed(text).try_cast(shape))
    return duck.if_(is_number(text), wide.try_cast(duck_type(to)))


def in_ascii(text: Expression) -> Expression:
    """`text` with 0 to 9 for the digits of other scripts, which Java's decimals know too."""
    plain = kernel("decimals", "ascii_digits", t.STRING)
    return duck.if_(duck.f.regexp_matches(text, r"[^\x00-\x7F]"), plain(text), text)


_ROOMY = 20
"""With more digits behind the point there may be no room for those before an exponent."""


def pointed(text: Expression) -> Expression:
    """A number with an exponent, the point before its first digit: ``.12e1`` for ``1.2e0``."""

    def build(found: dict[str, Expression]) -> Expression:
        digits = found["w"].joined(found["f"])
        exponent = found["e"].try_cast("INTEGER") + duck.f.length(found["w"]).cast("INTEGER")
        return duck.operator("||", found["s"], ".", digits, "e", exponent.cast("VARCHAR"))

    return _parts(text, r"([+-]?)(\d+)\.?(\d*)[eE]([+-]?\d+)", "swfe", build)


def is_number(text: Expression) -> Expression:
    """Whether `text` is a decimal number."""
    return _says("number", text, _NUMBER)


def to_floating(text: Expression, duck_type: str) -> Expression:
    """A float or double; Java's suffixes ``f`` and ``d`` and words for infinity are allowed."""
    bare = duck.f.regexp_replace(trimmed(text), "[fFdD]?$", "")
    special = duck.case(
        (_matches(text, "(?i)nan"), duck.literal("NaN", duck_type)),
        (_matches(text, r"(?i)\+?inf(?:inity)?"), duck.literal("inf", duck_type)),
        (_matches(text, "(?i)-inf(?:inity)?"), duck.literal("-inf", duck_type)),
    )
    said = duck.case(
        (is_number(text), _read(text, duck_type)),
        (_matches(text, f"{_NUMBER}[fFdD]"), bare.try_cast(duck_type)),
        otherwise=special,
    )
    if native.available() and duck_type == "DOUBLE":
        return duck.f.coalesce(native.call("to_double", text), said)
    return said


def to_boolean(text: Expression) -> Expression:
    """The words for true and false."""
    return duck.case(
        (_matches(text, "(?i)t|true|y|yes|1"), True),
        (_matches(text, "(?i)f|false|n|no|0"), False),
    )


def _parts(
    text: Expression, pattern: str, names: str, body: Callable[[dict[str, Expression]], Expression]
) -> Expression:
    """`body` of the groups of `pattern`, called by the letters in `names`; empty where unread."""
    found = duck.f.regexp_extract(text, f"^{_BLANK}{pattern}{_BLANK}$", duck.list_of(*names))
    return let(found, lambda struct: body({n: duck.field_of(struct, n) for n in names}), "parts")


def _number(part: Expression, otherwise: int) -> Expression:
    return duck.f.coalesce(part.try_cast("INTEGER"), otherwise)


def _attempt(value: Expression) -> Expression:
    return duck.f.TRY(value)


def to_date(text: Expression) -> Expression:
    """A date: ``[+-]yyyy[-m[-d]]``; what follows a ``T`` or blank after the day is not read."""

    def build(part: dict[str, Expression]) -> Expression:
        return _attempt(
            duck.f.make_date(
                part["y"].try_cast("INTEGER"), _number(part["m"], 1), _number(part["d"], 1)
            )
        )

    return duck.case(
        (_says("day", text, r"\d{4}-\d{1,2}-\d{1,2}"), _read(text, "DATE")),
        otherwise=_parts(text, rf"{_DAY}(?:[T ][\s\S]*)?)?)?", "ymd", build),
    )


_WHOLE_MOMENT = r"\d{4}-\d{1,2}-\d{1,2}[T ](?:[01]?\d|2[0-3]):[0-5]?\d:[0-5]?\d(?:\.\d{1,6})?"
_MOMENT = rf"{_DAY}(?:[T ]{_CLOCK})?)?)?"


def to_local(text: Expression) -> Expression:
    """A TIMESTAMP_NTZ: a date, alone or with a time; a zone is read and ignored."""
    return _quick_or(text, lambda usual: usual, _parts(text, _MOMENT, "ymdhisfz", _local))


def to_moment(text: Expression, zone: str = "") -> Expression:
    """A TIMESTAMP in its own zone, or the session's `zone`, whose name is not always needed; a time
    alone is of the current day.
    """
    # In SQL odd forms are lambdas in lambdas, each of which doubles the time that DuckDB binds.
    told = duck.literal(zone) if zone else duck.f.current_setting("TimeZone")
    odd = kernel("moments", "read", t.TIMESTAMP)(text, told)
    otherwise = duck.f.coalesce(_with_offset(text), odd)
    return _quick_or(text, lambda usual: moment(usual, zone), otherwise)


def _with_offset(text: Expression) -> Expression:
    """The moment of a text of the usual form with ``Z`` or an offset such as ``+02:00`` behind."""

    def at(shown: Expression, seconds: Expression) -> Expression:
        usual = _quick_or(shown, lambda usual: usual, duck.literal(None, "TIMESTAMP"))
        return duck.f.make_timestamptz(duck.f.epoch_us(usual) - seconds * 1_000_000)

    hours = duck.f.substring(text, -5, 2).try_cast("BIGINT")
    seconds = hours * 3600 + duck.f.right(text, 2).try_cast("BIGINT") * 60
    west = duck.f.substring(text, -6, 1).equals("-")
    return duck.case(
        (duck.f.suffix(text, "Z"), at(duck.f.left(text, -1), duck.literal(0))),
        (
            duck.f.regexp_matches(text, r"[+-](?:0\d|1[0-7]):[0-5]\d$"),
            at(duck.f.left(text, -6), duck.if_(west, -seconds, seconds)),
        ),
    )


def _quick_or(
    text: Expression, body: Callable[[Expression], Expression], otherwise: Expression
) -> Expression:
    """`body` of the moment that a `text` of the usual form says, `otherwise` for the others."""
    if native.available():
        return duck.f.coalesce(body(native.call("to_moment", text)), otherwise)
    usual = body(_read(text, "TIMESTAMP"))
    return duck.case((_matches(text, _WHOLE_MOMENT), usual), otherwise=otherwise)


def _local(part: dict[str, Expression]) -> Expression:
    day = part["y"].try_cast("INTEGER"), _number(part["m"], 1), _number(part["d"], 1)
    clock = _number(part["h"], 0), _number(part["i"], 0), _seconds(part)
    return _attempt(duck.f.make_timestamp(*day, *clock))


def _seconds(part: dict[str, Expression]) -> Expression:
    micros = duck.f.rpad(part["f"], 6, "0").cast("DOUBLE") / 1e6
    return _number(part["s"], 0).cast("DOUBLE") + micros


def to_time(text: Expression) -> Expression:
    """A TIME: ``[T]h:m[:s[.fraction]]``, by two times twelve hours where AM or PM follows. Spark
    keeps the microseconds that it reads, however few digits the type has.
    """

    def build(part: dict[str, Expression]) -> Expression:
        hour, minute = part["h"].try_cast("INTEGER"), part["i"].try_cast("INTEGER")
        half = duck.f.upper(part["p"])
        of_half = hour % 12 + duck.if_(half.equals("P"), 12, 0)
        hour = duck.case(
            (half.equals(""), hour), (duck.all_of(hour.at_least(1), hour.at_most(12)), of_half)
        )
        cut = part | {"f": duck.f.left(part["f"], 6)}
        return _attempt(duck.f.make_time(hour, minute, _seconds(cut)))

    clock = r"T?(\d|[01]\d|2[0-3]):([0-5]?\d)(?::([0-5]?\d)(?:\.(\d*))?)?"
    return _parts(text, rf"{clock}(?: *([AaPp])[Mm])?", "hisfp", build)
