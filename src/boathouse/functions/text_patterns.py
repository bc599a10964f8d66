"""Functions that take a Java regular expression."""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.duck.tree import Literal
from boathouse.errors.exceptions import UnsupportedError
from boathouse.functions.java_patterns import (
    InvalidPattern,
    Pattern,
    Replacement,
    translate,
    translate_replacement,
)
from boathouse.functions.kernels.patterns import invalid_pattern
from boathouse.functions.let import let, let_all
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    INT,
    STRING,
    Argument,
    TypeMismatch,
    always,
    optional,
)
from boathouse.types import datatypes as t

TEXT = Group("string_funcs")
PREDICATE = Group("predicate_funcs")

_Arguments = tuple[Argument, ...]


def pattern_of(argument: Argument, function: str, *, matching: bool = False) -> Pattern | None:
    """The pattern as RE2 knows it. None where it comes out of a column or RE2 has no words for it:
    then a kernel does the work. Raises ``INVALID_PARAMETER_VALUE.PATTERN``.
    """
    if not argument.constant or argument.value is None:
        return None
    try:
        return translate(argument.value, matching=matching)
    except InvalidPattern:
        raise invalid_pattern(str(argument.value), function) from None
    except UnsupportedError:
        return None


def _exactly(function: str, gives: t.DataType, name: str, *arguments: Expression) -> Expression:
    """The kernel `function`, which does as Java does, for the function `name`."""
    return kernel("patterns", function, gives, name=name)(*arguments)


def _matcher(name: str) -> None:
    def rlike(text: Expression, pattern: Expression, arguments: _Arguments) -> Expression:
        known = pattern_of(arguments[1], name, matching=True)
        if known is None:
            return _exactly("matches", t.BOOLEAN, name, text, pattern)
        if known.literal is not None:
            return duck.f.contains(text, known.literal)
        return duck.f.regexp_matches(text, duck.literal(known.text))

    PREDICATE.scalar(
        name,
        takes=[STRING, STRING],
        gives=t.BOOLEAN,
        needs=("arguments",),
        shows=lambda text, pattern: f"{name.upper()}({text}, {pattern})",
        doc=f"""Whether a part of a text matches a regular expression.

    >>> SELECT {name}('berth 12', '[0-9]+$'), {name}('berth 12', '^[0-9]')
    true | false
    """,
    )(rlike)


_matcher("rlike")
_matcher("regexp")
_matcher("regexp_like")


# ---- what matches -------------------------------------------------------------------------------


def _has_group(known: Pattern, argument: Argument) -> bool:
    """Whether the constant `argument` names a group; Spark minds only where something matches."""
    return argument.constant and 0 <= argument.value <= known.groups


def _any_null(arguments: _Arguments) -> bool:
    return any(argument.constant and argument.value is None for argument in arguments)


@TEXT.scalar(
    "regexp_extract",
    takes=[STRING, STRING, optional(INT, 1)],
    gives=t.STRING,
    needs=("arguments",),
)
def regexp_extract(
    text: Expression, pattern: Expression, group: Expression, arguments: _Arguments
) -> Expression:
    r"""What a group of a regular expression holds at its first match; empty where nothing matches.

    >>> SELECT regexp_extract('pier 7, berth 12', 'berth ([0-9]+)', 1)
    12
    """
    if _any_null(arguments):
        return duck.literal(None, "VARCHAR")
    known = pattern_of(arguments[1], "regexp_extract")
    if known is None or not _has_group(known, arguments[2]):
        return _exactly("extract", t.STRING, "regexp_extract", text, pattern, group)
    index = int(arguments[2].value)
    return duck.f.regexp_extract(text, known.text, index)


@TEXT.scalar(
    "regexp_extract_all",
    takes=[STRING, STRING, optional(INT, 1)],
    gives=t.ArrayType(t.STRING, True),
    needs=("arguments",),
)
def regexp_extract_all(
    text: Expression, pattern: Expression, group: Expression, arguments: _Arguments
) -> Expression:
    r"""What a group of a regular expression holds at each of its matches.

    >>> SELECT regexp_extract_all('pier 7, berth 12', '[a-z]+ ([0-9]+)', 1)
    [7, 12]
    """
    if _any_null(arguments):
        return duck.literal(None, "VARCHAR[]")
    known = pattern_of(arguments[1], "regexp_extract_all")
    if known is None or not _has_group(known, arguments[2]):
        every = t.ArrayType(t.STRING, True)
        return _exactly("extract_all", every, "regexp_extract_all", text, pattern, group)
    index = int(arguments[2].value)
    found = duck.f.regexp_extract_all(text, known.text, index)
    if index == 0 or not known.may_skip:
        return found
    return duck.f.list_transform(
        found, duck.lambda_("_held", lambda held: duck.f.coalesce(held, ""))
    )


@TEXT.scalar("regexp_count", takes=[STRING, STRING], gives=t.INTEGER, needs=("arguments",))
def regexp_count(text: Expression, pattern: Expression, arguments: _Arguments) -> Expression:
    r"""How often a regular expression matches in a text.

    >>> SELECT regexp_count('harbour master', '[aeiou]')
    5
    """
    # Spark counts what that function extracts, and blames it for a pattern.
    known = pattern_of(arguments[1], "regexp_extract_all")
    if known is None:
        return _exactly("count", t.INTEGER, "regexp_extract_all", text, pattern)
    found = duck.f.regexp_extract_all(text, known.text, 0)
    return duck.f.len(found).cast("INTEGER")


@TEXT.scalar(
    "regexp_substr",
    takes=[STRING, STRING],
    gives=t.STRING,
    nullable=always,
    needs=("arguments",),
)
def regexp_substr(text: Expression, pattern: Expression, arguments: _Arguments) -> Expression:
    r"""The first part of a text that matches a regular expression, null where none does.

    >>> SELECT regexp_substr('pier 7, berth 12', '[0-9]{2}')
    12
    """
    # Spark extracts it, and blames that function for a pattern.
    known = pattern_of(arguments[1], "regexp_extract")
    if known is None:
        return _exactly("substring", t.STRING, "regexp_extract", text, pattern)
    return duck.f.nullif(duck.f.regexp_extract(text, known.text, 0), "")


@TEXT.scalar(
    "regexp_instr",
    takes=[STRING, STRING, optional(INT, 0)],
    gives=t.INTEGER,
    needs=("arguments",),
)
def regexp_instr(
    text: Expression, pattern: Expression, group: Expression, arguments: _Arguments
) -> Expression:
    r"""Where a regular expression first matches in a text: 1 is its first character, 0 nowhere.

    >>> SELECT regexp_instr('pier 7', '[0-9]'), regexp_instr('pier', '[0-9]')
    6 | 0
    """
    known = pattern_of(arguments[1], "regexp_instr")
    if known is None:
        place_of = _exactly("place", t.INTEGER, "regexp_instr", text, pattern)
        return duck.if_(group.is_not_null(), place_of)
    whole = duck.literal(f"^((?s:.*?))(?:{known.text})")

    def place(given: Expression) -> Expression:
        ahead = duck.f.length(duck.f.regexp_extract(given, whole, 1))
        matches = duck.f.regexp_matches(given, known.text)
        at = duck.case((matches, ahead + 1), otherwise=matches.cast("BIGINT"))
        return at.cast("INTEGER")

    return duck.if_(group.is_not_null(), let(text, place, "part"))


# ---- replacing ----------------------------------------------------------------------------------


def _check_position(arguments: _Arguments) -> None:
    position = arguments[3] if len(arguments) > 3 else None
    if position is None or position.value is None:
        return
    if not position.constant:
        raise TypeMismatch(
            "NON_FOLDABLE_INPUT",
            inputName="`position`",
            inputType='"INT"',
            inputExpr=f'"{position.name}"',
        )
    if position.value <= 0:
        raise TypeMismatch(
            "VALUE_OUT_OF_RANGE",
            exprName="position",
            valueRange="(0, 2147483647]",
            currentValue=position.value,
        )


@TEXT.scalar(
    "regexp_replace",
    takes=[STRING, STRING, STRING, optional(INT, 1)],
    gives=t.STRING,
    check=_check_position,
    needs=("arguments",),
)
def regexp_replace(
    text: Expression,
    pattern: Expression,
    replacement: Expression,
    position: Expression,
    arguments: _Arguments,
) -> Expression:
    r"""The text with every match of a regular expression replaced; ``$1`` is what a group holds.

    >>> SELECT regexp_replace('pier 7, berth 12', '([a-z]+) ([0-9]+)', '$2-$1')
    7-pier, 12-berth
    """
    if _any_null(arguments):
        return duck.literal(None, "VARCHAR")
    known = pattern_of(arguments[1], "regexp_replace")
    translated = _replacement_of(arguments[2], known)
    if known is None or translated is None or translated.broken:
        return _exactly(
            "replaced", t.STRING, "regexp_replace", text, pattern, replacement, position
        )
    if known.literal and translated.literal is not None:
        old, literal = known.literal, translated.literal
        return _from(position, text, lambda part: duck.f.replace(part, old, literal))
    sought, new = known.text, translated.text
    return _from(position, text, lambda part: duck.f.regexp_replace(part, sought, new, "g"))


def _replacement_of(argument: Argument, known: Pattern | None) -> Replacement | None:
    """The replacement as RE2 writes it, None where a kernel must do the work."""
    if known is None or not argument.constant:
        return None
    try:
        return translate_replacement(argument.value, known)
    except UnsupportedError:
        return None


def _from(
    position: Expression, text: Expression, changed: Callable[[Expression], Expression]
) -> Expression:
    """The text with only the part from `position` on `changed`."""
    if isinstance(position, Literal) and position.value == 1:
        return changed(text)

    def parted(given: Expression, start: Expression) -> Expression:
        before = duck.f.left(given, duck.f.greatest(start - 1, 0))
        missing = start.is_null()
        whole = before.joined(changed(duck.f.substring(given, duck.f.greatest(start, 1))))
        return duck.case((missing, None), otherwise=whole)

    return let_all((text, position), parted, "part")


# ---- splitting ----------------------------------------------------------------------------------


@TEXT.scalar(
    "split",
    takes=[STRING, STRING, optional(INT, -1)],
    gives=t.ArrayType(t.STRING, False),
    needs=("arguments",),
    shows=lambda text, pattern, limit="-1": f"split({text}, {pattern}, {limit})",
)
def split(
    text: Expression, pattern: Expression, limit: Expression, arguments: _Arguments
) -> Expression:
    r"""The parts of a text between matches of a regular expression; at most `limit` if positive.

    >>> SELECT split('fore, aft,port', ', *'), split('a-b-c', '-', 2)
    [fore, aft, port] | [a, b-c]
    """
    if _any_null(arguments):
        return duck.literal(None, "VARCHAR[]")
    known = pattern_of(arguments[1], "split")
    whole = isinstance(limit, Literal) and isinstance(limit.value, int) and limit.value <= 0
    if known is not None and known.literal and whole:
        return duck.f.string_split(text, known.literal)
    if known is not None and whole and not known.may_be_empty:
        return duck.f.string_split_regex(text, known.text)
    return _exactly("parts", t.ArrayType(t.STRING, True), "split", text, pattern, limit)
