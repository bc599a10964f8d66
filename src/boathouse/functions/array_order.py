"""The order of an array's elements: sorted, the greatest, the least."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.functions.array import ARRAYS, element, ordered, strict
from boathouse.functions.let import let
from boathouse.functions.signature import (
    ARRAY,
    Argument,
    Takes,
    TypeMismatch,
    always,
    argument_at,
    element_of,
    optional,
    same_as,
    unexpected,
)
from boathouse.functions.zeros import has_zeros
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.duck import Expression

Arguments = tuple[Argument, ...]


def _extreme(name: str, found_by: str, doc: str) -> None:
    def lowering(array: Expression, arguments: Arguments) -> Expression:
        if not has_zeros(element(arguments[0])):
            return duck.call(found_by, array)

        def first(given: Expression) -> Expression:
            # Of zeros with either sign Spark gives the first.
            place = duck.f.list_position(given, duck.call(found_by, given))
            return duck.f.list_extract(given, place)

        return let(array, first, "array")

    ARRAYS.scalar(
        name,
        takes=[ARRAY],
        gives=element_of(0),
        nullable=always,
        check=ordered(name),
        needs=("arguments",),
        doc=doc,
    )(lowering)


_extreme(
    "array_max",
    "list_max",
    """The greatest element; nulls do not count.

    >>> SELECT array_max(array(3, NULL, 7))
    7
    """,
)
_extreme(
    "array_min",
    "list_min",
    """The least element; nulls do not count.

    >>> SELECT array_min(array(3, NULL, 7))
    3
    """,
)


def _check_sort(arguments: Arguments) -> None:
    ordered("sort_array", whole=True)(arguments)
    flag = argument_at(arguments, 1)
    if flag is not None and not flag.constant:
        raise TypeMismatch(
            "NON_FOLDABLE_INPUT",
            inputName="`ascendingOrder`",
            inputType=f'"{flag.type.sql}"',
            inputExpr=flag.shown(),
        )
    if flag is not None and flag.type != t.BOOLEAN:
        raise unexpected(1, '"BOOLEAN"')


def _flag(given: Argument, ansi: bool) -> t.DataType:  # noqa: FBT001
    # Whether it is constant comes before its type.
    return strict(t.BOOLEAN).coerce(given, ansi) or given.type


@ARRAYS.scalar(
    "sort_array",
    takes=[ARRAY, optional(Takes(_flag, '"BOOLEAN"'), True)],
    gives=same_as(0),
    check=_check_sort,
)
def sort_array(array: Expression, ascending: Expression) -> Expression:
    """The elements in order: upwards with nulls first, or downwards with nulls last.

    >>> SELECT sort_array(array(2, NULL, 1)), sort_array(array(2, NULL, 1), false)
    [null, 1, 2] | [2, 1, null]
    """
    return duck.case(
        (ascending, duck.f.list_sort(array, "ASC", "NULLS FIRST")),
        (ascending.negated(), duck.f.list_sort(array, "DESC", "NULLS LAST")),
    )
