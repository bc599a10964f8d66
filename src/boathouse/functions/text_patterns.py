"""Functions that take a Java regular expression."""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.tree import Literal
from boathouse.errors.exceptions import SparkRuntimeError, unsupported
from boathouse.functions.java_patterns import (
    InvalidPattern,
    Pattern,
    translate,
    translate_replacement,
)
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
    """The translated pattern when it is a constant text, else None. Raises
    ``INVALID_PARAMETER_VALUE.PATTERN``.
    """
    if not argument.constant or argument.value is None:
        return None
    try:
        return translate(argument.value, matching=matching)
    except InvalidPattern:
        raise SparkRuntimeError(
            "INVALID_PARAMETER_VALUE.PATTERN",
            parameter="`regexp`",
            functionName=f"`{function}`",
            value=_quoted(str(argument.value)),
        ) from None


def _quoted(pattern: str) -> str:
    """A pattern as SQL text: what the message shows."""
    return "'" + pattern.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _written(pattern: Expression, known: Pattern | None) -> Expression:
    return pattern if known is None else duck.literal(known.text)


def _matcher(name: str) -> None:
    def rlike(text: Expression, pattern: Expression, arguments: _Arguments) -> Expression:
        known = pattern_of(arguments[1], name, matching=True)
        if known is not None and known.literal is not None:
            return duck.f.contains(text, known.literal)
        return duck.f.regexp_matches(text, _written(pattern, known))

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


def _check_group(index: int, known: Pattern, function: str) -> None:
    if not 0 <= index <= known.groups:
        raise SparkRuntimeError(
            "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
            parameter="`idx`",
            functionName=f"`{function}`",
            groupCount=known.groups,
            groupIndex=index,
        )


def _group(arguments: _Arguments, known: Pattern | None, function: str) -> int:
    if not arguments[2].constant:
        raise unsupported(f"{function} of a group that is not a constant")
    index = int(arguments[2].value)
    if known is not None:
        _check_group(index, known, function)
    return index


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
    index = _group(arguments, known, "regexp_extract")
    return duck.f.regexp_extract(text, _written(pattern, known), index)


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
    index = _group(arguments, known, "regexp_extract_all")
    found = duck.f.regexp_extract_all(text, _written(pattern, known), index)
    if index == 0 or (known is not None and not known.may_skip):
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
    known = pattern_of(arguments[1], "regexp_count")
    found = duck.f.regexp_extract_all(text, _written(pattern, known), 0)
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
    known = pattern_of(arguments[1], "regexp_substr")
    return duck.f.nullif(duck.f.regexp_extract(text, _written(pattern, known), 0), "")


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

    def place(given: Expression, sought: Expression) -> Expression:
        whole = duck.operator("||", "^((?s:.*?))(?:", sought, ")")
        if known is not None:
            whole = duck.literal(f"^((?s:.*?))(?:{known.text})")
        ahead = duck.f.length(duck.f.regexp_extract(given, whole, 1))
        matches = duck.f.regexp_matches(given, sought)
        at = duck.case((matches, ahead + 1), otherwise=matches.cast("BIGINT"))
        return at.cast("INTEGER")

    return let_all((text, _written(pattern, known)), place, "part")


# ---- replacing ----------------------------------------------------------------------------------


def _check_position(arguments: _Arguments) -> None:
    position = arguments[3] if len(arguments) > 3 else None
    if position is None or not position.constant or position.value is None:
        return
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
    known = pattern_of(arguments[1], "regexp_replace")
    written = _written(pattern, known)
    new = replacement
    if known is None or not arguments[2].constant:
        new = _dynamic_replacement(replacement)
    elif arguments[2].value is not None:
        translated = translate_replacement(arguments[2].value, known)
        if translated.broken:
            return _broken(text, written, *(str(given.value) for given in arguments[1:]))
        if known.literal and translated.literal is not None:
            old, literal = known.literal, translated.literal
            return _from(position, text, lambda part: duck.f.replace(part, old, literal))
        new = duck.literal(translated.text)
    return _from(position, text, lambda part: duck.f.regexp_replace(part, written, new, "g"))


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


def _dynamic_replacement(replacement: Expression) -> Expression:
    r"""Java's ``$1`` as RE2's ``\1`` where the replacement is known only row by row."""
    unescaped = duck.f.regexp_replace(replacement, r"\\([^\\$0-9])", r"\1", "g")
    hidden = duck.f.replace(unescaped, "\\$", "\x01")
    named = duck.f.regexp_replace(hidden, r"\$([0-9])", r"\\\1", "g")
    return duck.f.replace(named, "\x01", "$")


def _broken(
    text: Expression, written: Expression, pattern: str, replacement: str, position: str = "1"
) -> Expression:
    """What a replacement by a group that there is not gives: an error, once something matches."""

    def failing(given: Expression) -> Expression:
        wrong = duck.fail(
            "INVALID_REGEXP_REPLACE",
            source=given,
            pattern=pattern,
            replacement=replacement,
            position=position,
        )
        return duck.case((duck.f.regexp_matches(given, written), wrong), otherwise=given)

    return let(text, failing, "text")


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
    if isinstance(limit, Literal) and isinstance(limit.value, int) and limit.value <= 0:
        return _parts(text, pattern, known)

    def limited(given: Expression, most: Expression) -> Expression:
        return let(
            _parts(given, pattern, known),
            lambda parts: duck.case(
                (duck.any_of(most.at_most(0), duck.f.len(parts).at_most(most)), parts),
                otherwise=_first_parts(given, parts, pattern, known, most),
            ),
            "parts",
        )

    return let_all((text, limit), limited, "part")


def _parts(text: Expression, pattern: Expression, known: Pattern | None) -> Expression:
    if known is not None and known.literal is not None:
        return duck.f.string_split(text, known.literal)
    return duck.f.string_split_regex(text, _written(pattern, known))


def _first_parts(
    text: Expression,
    parts: Expression,
    pattern: Expression,
    known: Pattern | None,
    most: Expression,
) -> Expression:
    """All parts but those past the limit, and the rest of the text as it was."""
    kept = duck.f.list_slice(parts, 1, most - 1)
    if known is not None and known.literal is not None:
        rest = duck.f.array_to_string(duck.f.list_slice(parts, most, -1), known.literal)
    else:
        between = duck.f.regexp_extract_all(text, _written(pattern, known), 0)
        before = _characters(kept) + _characters(duck.f.list_slice(between, 1, most - 1))
        rest = duck.f.substring(text, before + 1)
    return duck.f.list_append(kept, rest)


def _characters(texts: Expression) -> Expression:
    """How many characters a list of texts has."""
    return duck.f.length(duck.f.array_to_string(texts, ""))
