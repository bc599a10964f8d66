"""Predicates that are functions: tests for null and NaN, and patterns (LIKE, RLIKE)."""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    BOOLEAN,
    STRING,
    Argument,
    Takes,
    always,
    changed,
    never,
    optional,
    unexpected,
)
from boathouse.types import datatypes as t

PREDICATE = Group("predicate_funcs")

_Arguments = tuple[Argument, ...]


# ---- null and NaN -------------------------------------------------------------------------------


@PREDICATE.scalar(
    "isnull", takes=[ANY], gives=t.BOOLEAN, nullable=never, shows=lambda a: f"({a} IS NULL)"
)
def _is_null(value: Expression) -> Expression:
    """Whether a value is null.

    >>> SELECT isnull(NULL)
    true
    """
    return value.is_null()


@PREDICATE.scalar(
    "isnotnull", takes=[ANY], gives=t.BOOLEAN, nullable=never, shows=lambda a: f"({a} IS NOT NULL)"
)
def _is_not_null(value: Expression) -> Expression:
    """Whether a value is not null.

    >>> SELECT isnotnull(1)
    true
    """
    return value.is_not_null()


def _truth(shown: str) -> Callable[[_Arguments, bool], tuple[t.DataType, ...]]:
    """Only a condition is taken, nothing that could become one; Spark's message shows the call of
    what it looked at more than once as another one.
    """

    def coerce(arguments: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
        given = arguments[0].type
        if isinstance(given, (t.NumericType, t.StringType)):
            raise unexpected(0, BOOLEAN.wanted, stands_for=shown)
        if not isinstance(given, (t.BooleanType, t.NullType)):
            raise unexpected(0, BOOLEAN.wanted)
        return (t.BOOLEAN,)

    return coerce


@PREDICATE.scalar(
    "isunknown",
    takes=[ANY],
    gives=t.BOOLEAN,
    coerce=_truth("({} IS NULL)"),
    nullable=never,
    shows=lambda a: f"({a} IS UNKNOWN)",
    hidden=True,
)
def _is_unknown(condition: Expression) -> Expression:
    """Whether a condition is neither true nor false.

    >>> SELECT (1 = NULL) IS UNKNOWN
    true
    """
    return condition.is_null()


@PREDICATE.scalar(
    "isnotunknown",
    takes=[ANY],
    gives=t.BOOLEAN,
    coerce=_truth("({} IS NOT NULL)"),
    nullable=never,
    shows=lambda a: f"({a} IS NOT UNKNOWN)",
    hidden=True,
)
def _is_not_unknown(condition: Expression) -> Expression:
    """Whether a condition is true or false.

    >>> SELECT (1 = NULL) IS NOT UNKNOWN
    false
    """
    return condition.is_not_null()


def floating(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    """The rule of DOUBLE or FLOAT, which other numbers and text become the first of."""
    if isinstance(given.type, (t.FloatType, t.DoubleType)):
        return given.type
    numeric = isinstance(given.type, (t.NumericType, t.NullType, t.StringType))
    return t.DOUBLE if numeric else None


FLOATING = Takes(floating, '("DOUBLE" or "FLOAT")')


@PREDICATE.scalar("isnan", takes=[FLOATING], gives=t.BOOLEAN, nullable=never)
def _is_nan(value: Expression) -> Expression:
    """Whether a number is NaN; false for null.

    >>> SELECT isnan(double('NaN'))
    true
    """
    return duck.f.coalesce(duck.f.isnan(value), False)


# ---- LIKE ---------------------------------------------------------------------------------------

_ESCAPE = "\\"


def checked_pattern(pattern: str, escape: str) -> None:
    """INVALID_FORMAT unless every `escape` in `pattern` stands before a wildcard or itself."""
    position = 0
    while position < len(pattern):
        if pattern[position] != escape:
            position += 1
            continue
        shown = "'" + pattern.replace("\\", "\\\\").replace("'", "\\'") + "'"
        if position + 1 == len(pattern):
            raise AnalysisError("INVALID_FORMAT.ESC_AT_THE_END", format=shown)
        follower = pattern[position + 1]
        if follower not in {"%", "_", escape}:
            raise AnalysisError(
                "INVALID_FORMAT.ESC_IN_THE_MIDDLE", format=shown, char=f"'{follower}'"
            )
        position += 2


def _one_character(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return t.STRING if isinstance(given.value, str) and len(given.value) == 1 else None


def _no_escape(given: Argument, text: str) -> AnalysisError:
    return AnalysisError("INVALID_ESCAPE_CHAR", sqlExpr=text)


_ESCAPE_MARK = changed(optional(Takes(_one_character, '"STRING"')), refused=_no_escape)


def _like(symbol: str, function: str) -> Callable[..., Expression]:
    def lowering(
        text: Expression,
        pattern: Expression,
        escape: Expression | None = None,
        *,
        arguments: _Arguments,
    ) -> Expression:
        mark = arguments[2].value if escape is not None else _ESCAPE
        known = arguments[1].value
        if isinstance(known, str) and isinstance(mark, str):
            checked_pattern(known, mark)
            if mark not in known:
                # The plain operator becomes a search for a prefix, suffix or part.
                return duck.operator(symbol, text, pattern)
        return duck.call(function, text, pattern, escape if escape is not None else _ESCAPE)

    return lowering


def _like_shown(text: str, pattern: str, escape: str | None = None) -> str:
    shown = f"{text} LIKE {pattern}"
    return shown if escape is None else f"{shown} ESCAPE '{escape}'"


PREDICATE.scalar(
    "like",
    takes=[STRING, STRING, _ESCAPE_MARK],
    gives=t.BOOLEAN,
    shows=_like_shown,
    needs=("arguments",),
    doc=r"""Whether a text matches a pattern: ``%`` is any text, ``_`` any character.

    >>> SELECT like('Boathouse', 'Boat%')
    true
    """,
)(_like("LIKE", "like_escape"))
PREDICATE.scalar(
    "ilike",
    takes=[STRING, STRING, _ESCAPE_MARK],
    gives=t.BOOLEAN,
    needs=("arguments",),
    shows=lambda text, pattern, *_: f"ilike({text}, {pattern})",
    doc="""Whether a text matches a pattern of LIKE, whatever the case of its letters.

    >>> SELECT ilike('Boathouse', 'BOAT%')
    true
    """,
)(_like("ILIKE", "ilike_escape"))


def _quantified(name: str, *, every: bool, wanted: bool, ignore_case: bool = False) -> None:
    """LIKE ALL and its kin, as Connect may name them."""
    single = _like(
        "ILIKE" if ignore_case else "LIKE", "ilike_escape" if ignore_case else "like_escape"
    )

    def lowering(text: Expression, *patterns: Expression, arguments: _Arguments) -> Expression:
        found = [
            single(text, pattern, arguments=(arguments[0], arguments[place]))
            for place, pattern in enumerate(patterns, 1)
        ]
        tests = found if wanted else [one.negated() for one in found]
        return duck.all_of(*tests) if every else duck.any_of(*tests)

    PREDICATE.scalar(
        name,
        takes=[STRING],
        variadic=STRING,
        at_least=2,
        gives=t.BOOLEAN,
        needs=("arguments",),
        shows=lambda text, *patterns: f"{name}({text})",
        nullable=always,
        hidden=True,
        doc="""Whether a text matches all (or any) of several patterns.

    >>> SELECT 'abc' LIKE ALL ('a%', '%c')
    true
    """,
    )(lowering)


_quantified("likeall", every=True, wanted=True)
_quantified("likeany", every=False, wanted=True)
_quantified("notlikeall", every=True, wanted=False)
_quantified("notlikeany", every=False, wanted=False)
