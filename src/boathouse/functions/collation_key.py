"""Keys of collated values: two are equal, or one comes first, where their keys' bytes do."""

from __future__ import annotations

from typing import Any

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions.nested_values import rebuilt
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument
from boathouse.types import datatypes as t
from boathouse.types.collations import Collation, is_collated, reading

TEXT = Group("string_funcs")

# ICU's sort key, in hexadecimal digits, is a level of letters, one of accents and one of case; the
# byte 01 stands between them, and nowhere else.
_LEVEL = "(?:[1-9A-F].|0[02-9A-F])*"
_LETTERS = f"^{_LEVEL}"
_ACCENTS = f"^{_LEVEL}(?:01{_LEVEL})?"


def text_key(text: Expression, collation: Collation) -> Expression:
    """What stands for `text` where it is compared."""
    if collation.ignores_trailing_blanks:
        text = duck.f.rtrim(text, " ")
    if collation.base == "UTF8_BINARY":
        return text
    if collation.base == "UTF8_LCASE":
        return lower_case(text)
    key = duck.f.icu_sort_key(text, collation.locale)
    match collation.ignores_case, collation.ignores_accents:
        case False, False:
            return key
        case True, False:
            return duck.f.regexp_extract(key, _ACCENTS)
        case True, True:
            return duck.f.regexp_extract(key, _LETTERS)
        case _:
            return duck.f.regexp_extract(key, _LETTERS).joined(_capitals(text))


def _capitals(text: Expression) -> Expression:
    """A digit for each letter: 1 for a small one, 2 for a capital."""
    bare = duck.f.regexp_replace(text, r"\pM", "", "g")
    small = duck.f.regexp_replace(bare, r"[^\p{Lu}\p{Lt}]", "1", "g")
    return duck.literal("01").joined(duck.f.regexp_replace(small, "[^1]", "2", "g"))


def lower_case(text: Expression) -> Expression:
    """`text` letter by letter in lower case, as UTF8_LCASE has it: a sigma is one wherever it
    stands, and I with a dot is two letters.
    """
    dotted = duck.f.replace(text, "\u0130", "i\u0307")
    return duck.f.replace(duck.f.lower(dotted), "\u03c2", "\u03c3")


def lower_case_of(text: str) -> str:
    """`lower_case` of a text that is known."""
    return "".join(map(str.lower, text)).replace("\u03c2", "\u03c3")


def key_of(value: Expression, given: t.DataType, depth: int = 0) -> Expression:
    """What stands for `value`, of the type `given`, and for the texts that it holds."""
    if not is_collated(given):
        return value
    if isinstance(given, t.StringType):
        return text_key(value, reading(given.collation))
    return rebuilt(value, given, key_of, depth)


def uncollated(given: t.DataType) -> Any:
    """`given` with its texts compared byte by byte."""
    match given:
        case t.StringType():
            return t.STRING
        case t.ArrayType():
            return t.ArrayType(uncollated(given.element), given.contains_null)
        case t.MapType():
            value = uncollated(given.value)
            return t.MapType(uncollated(given.key), value, given.value_contains_null)
        case t.StructType():
            fields = [t.StructField(f.name, uncollated(f.type), f.nullable) for f in given.fields]
            return t.StructType(tuple(fields))
        case _:
            return given


@TEXT.scalar(
    "collation_key",
    takes=[ANY],
    gives=lambda arguments: uncollated(arguments[0].type),
    shows=lambda text: text,
    needs=("arguments",),
    hidden=True,
)
def collation_key(value: Expression, arguments: tuple[Argument, ...]) -> Expression:
    """What stands for a value where it is compared: another, compared byte by byte.

    >>> SELECT collation_key('Kai')
    Kai
    """
    return key_of(value, arguments[0].type)
