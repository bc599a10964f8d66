"""Keys of collated texts: two texts are equal, or one comes first, where their keys' bytes do."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.errors.exceptions import unsupported
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument
from boathouse.types import datatypes as t

TEXT = Group("string_funcs")

# ICU's sort key, in hexadecimal digits, is a level of letters, one of accents and one of case; the
# byte 01 stands between them, and nowhere else.
_LEVEL = "(?:[1-9A-F].|0[02-9A-F])*"
_LETTERS = f"^{_LEVEL}"
_ACCENTS = f"^{_LEVEL}(?:01{_LEVEL})?"


def key_of(text: Expression, collation: str) -> Expression:
    """What stands for `text` where it is compared under `collation`; an error where that collation
    is not built.
    """
    name = collation.removesuffix("_RTRIM")
    if name != collation:
        text = duck.f.rtrim(text, " ")
    match name:
        case "UTF8_BINARY":
            return text
        case "UTF8_LCASE":
            return lower_case(text)
        case "UNICODE":
            return duck.f.icu_sort_key(text, "en")
        case "UNICODE_CI":
            return duck.f.regexp_extract(duck.f.icu_sort_key(text, "en"), _ACCENTS)
        case "UNICODE_CI_AI":
            return duck.f.regexp_extract(duck.f.icu_sort_key(text, "en"), _LETTERS)
        case _:
            raise unsupported(f"the collation {collation}")


def lower_case(text: Expression) -> Expression:
    """`text` letter by letter in lower case, as UTF8_LCASE has it: a sigma is one wherever it
    stands, and I with a dot is two letters.
    """
    dotted = duck.f.replace(text, "\u0130", "i\u0307")
    return duck.f.replace(duck.f.lower(dotted), "\u03c2", "\u03c3")


@TEXT.scalar(
    "collation_key",
    takes=[ANY],
    gives=t.STRING,
    shows=lambda text: text,
    needs=("arguments",),
    hidden=True,
)
def collation_key(text: Expression, arguments: tuple[Argument, ...]) -> Expression:
    """What stands for a text where it is compared: another text, compared byte by byte.

    >>> SELECT collation_key('Kai')
    Kai
    """
    given = arguments[0].type
    return key_of(text, given.collation) if isinstance(given, t.StringType) else text
