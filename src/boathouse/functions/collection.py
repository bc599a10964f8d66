"""Functions that take arrays and maps alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.functions.array import at_any, element_type, item_nullable
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    ARRAY,
    Argument,
    Takes,
    TypeMismatch,
    unexpected,
    where,
)
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.duck import Expression

Arguments = tuple[Argument, ...]

COLLECTION = Group("collection_funcs")

_COLLECTION = where(
    '("ARRAY" or "MAP")',
    lambda x: isinstance(x, (t.ArrayType, t.MapType)),
    t.ArrayType(t.NULL),
)


def _length(collection: Expression, argument: Argument) -> Expression:
    """How many elements or entries there are; null for null."""
    counted = duck.f.cardinality if isinstance(argument.type, t.MapType) else duck.f.len
    return counted(collection).cast("INTEGER")


@COLLECTION.scalar(
    "size",
    "cardinality",
    takes=[_COLLECTION],
    gives=t.INTEGER,
    needs=("arguments", "ansi"),
    extra={"filled_without_ansi": True},
)
def size(collection: Expression, *, arguments: Arguments, ansi: bool) -> Expression:
    """How many elements an array or entries a map has. NULL has NULL in ANSI mode, else -1.

    >>> SELECT size(array('port', 'bow')), size(map('a', 1))
    2 | 1
    """
    counted = _length(collection, arguments[0])
    # Spark gives -1 only where neither the setting nor ANSI mode says otherwise.
    return counted if ansi else duck.f.coalesce(counted, -1)


@COLLECTION.scalar("array_size", takes=[ARRAY], gives=t.INTEGER)
def array_size(array: Expression) -> Expression:
    """How many elements an array has; null for null.

    >>> SELECT array_size(array('port', 'bow'))
    2
    """
    return duck.f.len(array).cast("INTEGER")


# ---- by index or key ----------------------------------------------------------------------------


def key_differs(name: str, left: Argument, right: Argument) -> TypeMismatch:
    """The error for a key that cannot be one of a map's."""
    return TypeMismatch(
        "MAP_FUNCTION_DIFF_TYPES",
        functionName=f"`{name}`",
        dataType='"MAP"',
        leftType=f'"{left.type.sql}"',
        rightType=f'"{right.type.sql}"',
    )


def _lookup_types(arguments: Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    collection, key = arguments
    match collection.type:
        case t.ArrayType():
            if isinstance(key.type, t.IntegralType) and not isinstance(key.type, t.LongType):
                return collection.type, t.INTEGER
            raise unexpected(1, '"INT"')
        case t.MapType(key=of, value=value, value_contains_null=nulls):
            common = element_type(of, key.type)
            if common is None:
                raise key_differs("element_at", collection, key)
            return t.MapType(common, value, nulls), common
        case _:
            raise unexpected(0, '("ARRAY" or "MAP")')


def _lookup_type(arguments: Arguments) -> t.DataType:
    match arguments[0].type:
        case t.ArrayType(element=element):
            return element
        case t.MapType(value=value):
            return value
        case _:
            return t.NULL


_in_array = item_nullable(1, strict_index=True)


def _lookup_nullable(arguments: Arguments) -> bool:
    return isinstance(arguments[0].type, t.MapType) or _in_array(arguments)


def _element(
    collection: Expression, key: Expression, argument: Argument, *, outside: Expression | None
) -> Expression:
    if isinstance(argument.type, t.MapType):
        return duck.f.map_extract_value(collection, key)
    found = duck.f.list_extract(collection, key)
    zero = (key.equals(0), duck.fail("INVALID_INDEX_OF_ZERO"))
    known = collection.is_not_null()
    if outside is None:
        return duck.case((known.negated(), None), zero, otherwise=found)
    inside = duck.f.abs(key.cast("BIGINT")).at_most(duck.f.len(collection))
    unknown = duck.any_of(known.negated(), key.is_null())
    return duck.case((unknown, None), zero, (inside, found), otherwise=outside)


_LOOKUP = [Takes(_COLLECTION.coerce, _COLLECTION.wanted), ANY]


@COLLECTION.scalar(
    "element_at",
    takes=_LOOKUP,
    coerce=_lookup_types,
    gives=_lookup_type,
    nullable=_lookup_nullable,
    null_without_ansi=at_any,
    needs=("arguments", "ansi"),
)
def element_at(
    collection: Expression, key: Expression, *, arguments: Arguments, ansi: bool
) -> Expression:
    """The element of an array at an index (1 is the first, -1 the last), or a map's value of a key.
    An index outside is an error in ANSI mode, else null; so is a key that is not there.

    >>> SELECT element_at(array('port', 'bow'), -1), element_at(map('a', 1), 'a')
    bow | 1
    """
    outside = duck.fail(
        "INVALID_ARRAY_INDEX_IN_ELEMENT_AT", indexValue=key, arraySize=duck.f.len(collection)
    )
    return _element(collection, key, arguments[0], outside=outside if ansi else None)


_perhaps_in_array = item_nullable(1, strict_index=False)


def _maybe_outside(arguments: Arguments) -> bool:
    """Whether the element may be null or not be there."""
    return isinstance(arguments[0].type, t.MapType) or _perhaps_in_array(arguments)


@COLLECTION.scalar(
    "try_element_at",
    takes=_LOOKUP,
    coerce=_lookup_types,
    gives=_lookup_type,
    nullable=_maybe_outside,
    needs=("arguments",),
    stands_for="element_at",
)
def try_element_at(collection: Expression, key: Expression, *, arguments: Arguments) -> Expression:
    """As `element_at`, but null for an index outside the array.

    >>> SELECT try_element_at(array('port', 'bow'), 5)
    NULL
    """
    return _element(collection, key, arguments[0], outside=None)
