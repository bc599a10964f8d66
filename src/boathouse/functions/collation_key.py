"""Keys of collated and of nested values: two are equal, or one comes first, where their keys do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.types import field_names
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument
from boathouse.types import datatypes as t
from boathouse.types.collations import Collation, is_collated, reading

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def holds_nulls(given: t.DataType) -> bool:
    """Whether there may be nulls inside of a value: Spark has them first, DuckDB last."""
    match given:
        case t.ArrayType():
            return given.contains_null or holds_nulls(given.element)
        case t.StructType():
            return any(f.nullable or holds_nulls(f.type) for f in given.fields)
        case _:
            return False


def is_keyed(given: t.DataType) -> bool:
    """Whether DuckDB would bring values of the type `given` into another order than Spark."""
    return is_collated(given) or holds_nulls(given)


def key_of(value: Expression, given: t.DataType, depth: int = 0) -> Expression:
    """What stands for `value`, of the type `given`, and for the texts and nulls that it holds."""
    if not is_keyed(given):
        return value
    match given:
        case t.StringType():
            return text_key(value, reading(given.collation))
        case t.ArrayType():
            return _each(value, given.element, depth, marked=given.contains_null)
        case t.MapType():
            return duck.f.map_from_entries(_each(duck.f.map_entries(value), _pair(given), depth))
        case t.StructType():
            fields: dict[str, Expression] = {}
            for name, field in zip(field_names(given), given.fields, strict=True):
                part = duck.field_of(value, name)
                if field.nullable:
                    fields[f"{name}{_THERE}"] = part.is_not_null()
                fields[name] = key_of(part, field.type, depth)
            return duck.case((value.is_null(), None), otherwise=duck.struct_of(**fields))
        case _:
            return value


_THERE = " there"
"""What is put behind the name of a field for whether it is there: false comes before true."""


def _pair(given: t.MapType) -> t.StructType:
    return _all_there((("key", given.key), ("value", given.value)))


def _all_there(fields: Iterable[tuple[str, t.DataType]]) -> t.StructType:
    """A struct in which no null needs a mark, or has one already."""
    return t.StructType(tuple([t.StructField(n, of, nullable=False) for n, of in fields]))


def _each(
    value: Expression, element: t.DataType, depth: int, *, marked: bool = False
) -> Expression:
    def key(item: Expression) -> Expression:
        found = key_of(item, element, depth + 1)
        return duck.struct_of(there=item.is_not_null(), key=found) if marked else found

    return duck.f.list_transform(value, duck.lambda_(f"_key{depth}", key))


def key_type(given: t.DataType) -> t.DataType:
    """The type of the keys of values of the type `given`."""
    match given:
        case t.StringType():
            return t.STRING
        case t.ArrayType():
            inner = key_type(given.element)
            if not given.contains_null:
                return t.ArrayType(inner, contains_null=False)
            marked = (("there", t.BOOLEAN), ("key", inner))
            return t.ArrayType(_all_there(marked), contains_null=False)
        case t.MapType():
            return t.MapType(key_type(given.key), key_type(given.value), given.value_contains_null)
        case t.StructType():
            fields: list[tuple[str, t.DataType]] = []
            for field in given.fields:
                if field.nullable:
                    fields.append((f"{field.name}{_THERE}", t.BOOLEAN))
                fields.append((field.name, key_type(field.type)))
            return _all_there(fields)
        case _:
            return given


@TEXT.scalar(
    "collation_key",
    takes=[ANY],
    gives=lambda arguments: key_type(arguments[0].type),
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
