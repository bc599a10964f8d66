"""What looks for text in text under a collation: stands in the place of the function of its name.

A text is taken apart into units, what each of its characters is compared by; kernels look for units
in units. What ICU makes of several characters together (a contraction, a letter that is two) is
looked at character by character.
"""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.functions.collation_key import lower_case, text_key
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument, same_as
from boathouse.types import datatypes as t
from boathouse.types.collations import Collation, reading

TEXT = Group("collated")

PREFIX = "collated_"
"""How the names of these entries begin."""

_Lowering = Callable[..., Expression]


def units(text: Expression, given: t.DataType, *, trimmed: bool = False) -> Expression:
    """What the characters of `text`, of the type `given`, are compared by, as a list of texts;
    `trimmed`: without blanks at the end, where those are ignored.
    """
    collation = reading(given.collation if isinstance(given, t.StringType) else "UTF8_BINARY")
    if trimmed and collation.ignores_trailing_blanks:
        text = duck.f.rtrim(text, " ")
    letters = duck.f.list_filter(
        duck.f.string_split(text, ""), duck.lambda_("_letter", lambda letter: letter.differs(""))
    )
    if collation.base == "UTF8_BINARY" or collation.is_plain_unicode:
        return letters
    if collation.base == "UTF8_LCASE":
        return duck.f.list_transform(letters, duck.lambda_("_letter", lower_case))
    # What trails counts as any other character does.
    alone = collation.with_trailing_blanks()
    return duck.f.list_transform(
        letters, duck.lambda_("_letter", lambda letter: _unit(letter, alone))
    )


def _unit(letter: Expression, collation: Collation) -> Expression:
    """What a character is compared by: nothing where only the levels' ends are left of its key."""
    return duck.f.regexp_replace(text_key(letter, collation), "^(01)+$", "")


def _entry(
    name: str, count: int, gives: t.DataType | int, *, trimmed: bool = False
) -> Callable[[_Lowering], None]:
    """Add the entry that stands for `name`, a function of `count` arguments. Its result is a type,
    or the argument at a position. The decorated lowering receives the arguments, and the units
    of the texts among them by a function; `trimmed` as for `units`.
    """

    def add(lowering: _Lowering) -> None:
        def lowered(*values: Expression | None, arguments: tuple[Argument, ...]) -> Expression:
            def of(position: int) -> Expression:
                value = values[position] or duck.NULL
                return units(value, arguments[position].type, trimmed=trimmed)

            return lowering(of, *values)

        TEXT.scalar(
            f"{PREFIX}{name}",
            takes=[ANY] * count,
            gives=gives if isinstance(gives, t.DataType) else same_as(gives),
            needs=("arguments",),
            hidden=True,
            doc=lowering.__doc__,
        )(lowered)

    return add


_Units = Callable[[int], Expression]


@_entry("contains", 2, t.BOOLEAN, trimmed=True)
def contains(of: _Units, _text: Expression, _part: Expression) -> Expression:
    """`contains`."""
    return kernel("collated", "contains", t.BOOLEAN)(of(0), of(1))


@_entry("startswith", 2, t.BOOLEAN, trimmed=True)
def startswith(of: _Units, _text: Expression, _part: Expression) -> Expression:
    """`startswith`."""
    return kernel("collated", "startswith", t.BOOLEAN)(of(0), of(1))


@_entry("endswith", 2, t.BOOLEAN, trimmed=True)
def endswith(of: _Units, _text: Expression, _part: Expression) -> Expression:
    """`endswith`."""
    return kernel("collated", "endswith", t.BOOLEAN)(of(0), of(1))


@_entry("instr", 2, t.INTEGER, trimmed=True)
def instr(of: _Units, _text: Expression, _part: Expression) -> Expression:
    """`instr`."""
    return kernel("collated", "locate", t.INTEGER)(of(0), of(1), 1)


@_entry("locate", 3, t.INTEGER, trimmed=True)
def locate(of: _Units, _part: Expression, _text: Expression, start: Expression) -> Expression:
    """`locate`: without a place nothing is found."""
    return kernel("collated", "locate", t.INTEGER)(of(1), of(0), duck.f.coalesce(start, 0))


def _cases(name: str) -> None:
    def lowering(text: Expression, arguments: tuple[Argument, ...]) -> Expression:
        given = arguments[0].type
        collation = reading(given.collation if isinstance(given, t.StringType) else "UTF8_BINARY")
        return kernel("collated", "cased", t.STRING, how=name, language=collation.locale)(text)

    TEXT.scalar(
        f"{PREFIX}{name}",
        takes=[ANY],
        gives=same_as(0),
        needs=("arguments",),
        hidden=True,
        doc=f"`{name}` by the letters and words of a language.",
    )(lowering)


_cases("upper")
_cases("lower")
_cases("initcap")


@_entry("replace", 3, 0)
def replace(of: _Units, text: Expression, _part: Expression, other: Expression) -> Expression:
    """`replace`."""
    return kernel("collated", "replace", t.STRING)(text, of(0), of(1), other)


@_entry("translate", 3, 0)
def translate(of: _Units, text: Expression, _given: Expression, others: Expression) -> Expression:
    """`translate`."""
    return kernel("collated", "translate", t.STRING)(text, of(0), of(1), others)


def _trims(name: str, *, left: bool, right: bool) -> None:
    @_entry(name, 2, 0)
    def _trim(of: _Units, text: Expression, _letters: Expression) -> Expression:
        """A trim with letters."""
        cut = kernel("collated", "trimmed", t.STRING, left=left, right=right)
        return cut(text, of(0), of(1))


_trims("trim", left=True, right=True)
_trims("btrim", left=True, right=True)
_trims("ltrim", left=True, right=False)
_trims("rtrim", left=False, right=True)


@_entry("split_part", 3, 0)
def split_part(of: _Units, text: Expression, _part: Expression, number: Expression) -> Expression:
    """`split_part`."""
    return kernel("collated", "split_part", t.STRING)(text, of(0), of(1), number)


@_entry("substring_index", 3, 0)
def substring_index(
    of: _Units, text: Expression, _part: Expression, count: Expression
) -> Expression:
    """`substring_index`."""
    return kernel("collated", "substring_index", t.STRING)(text, of(0), of(1), count)


@_entry("find_in_set", 2, t.INTEGER, trimmed=True)
def find_in_set(of: _Units, text: Expression, texts: Expression) -> Expression:
    """`find_in_set`."""
    return kernel("collated", "find_in_set", t.INTEGER)(text, of(0), texts, of(1))
