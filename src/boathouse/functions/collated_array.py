"""What compares elements of arrays under a collation: stands in the place of the function of its
name. Each element is paired with its key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.tree import SortKey
from boathouse.functions.collated_text import PREFIX
from boathouse.functions.collation_key import key_of, uncollated
from boathouse.functions.let import let
from boathouse.functions.nested_order import order_key
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument, same_as
from boathouse.types import datatypes as t

ARRAY = Group("collated")

_Arguments = tuple[Argument, ...]


def _element(array: t.DataType) -> t.DataType:
    return array.element if isinstance(array, t.ArrayType) else t.NULL


def _key(pair: Expression) -> Expression:
    """The key of a pair, in a struct: a key that is null equals another then."""
    return duck.struct_of(key=duck.field_of(pair, "key"))


def _pairs(array: Expression, element: t.DataType) -> Expression:
    body = duck.lambda_("_e", lambda e: duck.struct_of(key=key_of(e, element), value=e))
    return duck.f.list_transform(array, body)


def _pairs_in_order(array: Expression, element: t.DataType) -> Expression:
    """Elements with the keys that they are ordered by."""

    def pair(value: Expression) -> Expression:
        key = order_key(key_of(value, element), uncollated(element))
        return duck.struct_of(key=key, value=value)

    return duck.f.list_transform(array, duck.lambda_("_e", pair))


def _keys(pairs: Expression) -> Expression:
    return duck.f.list_transform(pairs, duck.lambda_("_k", _key))


def _values(pairs: Expression) -> Expression:
    return duck.f.list_transform(pairs, duck.lambda_("_v", lambda v: duck.field_of(v, "value")))


def _different(pairs: Expression) -> Expression:
    """The first of each key's pairs."""

    def build(known: Expression) -> Expression:
        def is_first(pair: Expression, at: Expression) -> Expression:
            return duck.f.list_position(_keys(known), _key(pair)).equals(at)

        return duck.f.list_filter(known, duck.lambda_("_p _i", is_first))

    return let(pairs, build, "pairs")


def _among(pairs: Expression, others: Expression) -> Expression:
    """Which of `pairs` have a key that one of `others` has."""
    return _filter(pairs, lambda pair: duck.f.list_contains(_keys(others), _key(pair)))


def _not_among(pairs: Expression, others: Expression) -> Expression:
    return _filter(pairs, lambda pair: duck.f.list_contains(_keys(others), _key(pair)).negated())


def _filter(pairs: Expression, holds: Callable[[Expression], Expression]) -> Expression:
    return duck.f.list_filter(pairs, duck.lambda_("_p", holds))


def _entry(name: str, takes: int, **options: Any) -> Callable[[Any], None]:
    """Add the entry that stands for `name`."""

    def add(lowering: Any) -> None:
        entry = {"gives": same_as(0), "needs": ("arguments",), "hidden": True, **options}
        ARRAY.scalar(f"{PREFIX}{name}", takes=[ANY] * takes, doc=lowering.__doc__, **entry)(
            lowering
        )

    return add


@_entry("array_distinct", 1)
def array_distinct(array: Expression, arguments: _Arguments) -> Expression:
    """`array_distinct`."""
    return _values(_different(_pairs(array, _element(arguments[0].type))))


def _of_two(name: str, combine: Callable[[Expression, Expression], Expression]) -> None:
    @_entry(name, 2)
    def _combined(a: Expression, b: Expression, arguments: _Arguments) -> Expression:
        """An array of two."""
        element = _element(arguments[0].type)
        ours, theirs = _pairs(a, element), _pairs(b, element)
        either = duck.any_of(a.is_null(), b.is_null())
        return duck.case((either, None), otherwise=_values(_different(combine(ours, theirs))))


_of_two("array_union", duck.f.list_concat)
_of_two("array_intersect", _among)
_of_two("array_except", _not_among)


@_entry("array_remove", 2)
def array_remove(array: Expression, value: Expression, arguments: _Arguments) -> Expression:
    """`array_remove`."""
    pairs = _pairs(array, _element(arguments[0].type))
    removed = duck.struct_of(key=key_of(value, arguments[1].type))
    kept = _filter(pairs, lambda pair: _key(pair).same(removed).negated())
    return duck.case((value.is_null(), None), otherwise=_values(kept))


def extreme(array: Expression, element: t.DataType, choose: str) -> Expression:
    """The first of the elements of `array` whose keys are what `choose` finds; null of none."""
    pairs = _pairs_in_order(array, element)
    there = _filter(pairs, lambda pair: duck.field_of(pair, "value").is_not_null())

    def build(pairs: Expression) -> Expression:
        keys = _keys(pairs)
        return duck.f.list_extract(
            _values(pairs), duck.f.list_position(keys, duck.f.list_aggregate(keys, choose))
        )

    return let(there, build, "there")


def _extremes(name: str, choose: str) -> None:
    @_entry(f"array_{name}", 1, gives=lambda arguments: _element(arguments[0].type))
    def _of_array(array: Expression, arguments: _Arguments) -> Expression:
        """The extreme of an array."""
        return extreme(array, _element(arguments[0].type), choose)


_extremes("max", "max")
_extremes("min", "min")


def _of_several(name: str, choose: str) -> None:
    def lowering(*values: Expression, arguments: _Arguments) -> Expression:
        return extreme(duck.list_of(*values), arguments[0].type, choose)

    ARRAY.scalar(
        f"{PREFIX}{name}",
        variadic=ANY,
        gives=same_as(0),
        needs=("arguments",),
        hidden=True,
        doc="The extreme of several.",
    )(lowering)


_of_several("greatest", "max")
_of_several("least", "min")


def _sorted(pairs: Expression, *, ascending: bool) -> Expression:
    """The values of `pairs` by their keys, in their own order where keys are equal."""

    def placed(pair: Expression, at: Expression) -> Expression:
        return duck.struct_of(
            key=duck.field_of(pair, "key"),
            place=at if ascending else -at,
            value=duck.field_of(pair, "value"),
        )

    rows = duck.f.list_transform(pairs, duck.lambda_("_p _i", placed))
    return _values(duck.f.list_sort(rows, "ASC" if ascending else "DESC"))


def _in_order(
    array: Expression, element: t.DataType, *, ascending: bool, nulls_first: bool
) -> Expression:
    pairs = _pairs_in_order(array, element)
    there = _filter(pairs, lambda pair: duck.field_of(pair, "value").is_not_null())
    missing = duck.f.list_filter(array, duck.lambda_("_n", lambda value: value.is_null()))
    ordered = _sorted(there, ascending=ascending)
    parts = (missing, ordered) if nulls_first else (ordered, missing)
    # A list of no elements next to null would be that list.
    return duck.case((array.is_null(), None), otherwise=duck.f.list_concat(*parts))


@_entry("sort_array", 2)
def sort_array(array: Expression, ascending: Expression, arguments: _Arguments) -> Expression:
    """`sort_array`."""
    element = _element(arguments[0].type)
    up = _in_order(array, element, ascending=True, nulls_first=True)
    down = _in_order(array, element, ascending=False, nulls_first=False)
    return duck.case((ascending, up), (ascending.negated(), down))


@_entry("array_sort", 1)
def array_sort(array: Expression, arguments: _Arguments) -> Expression:
    """`array_sort` without a comparison of its own."""
    return _in_order(array, _element(arguments[0].type), ascending=True, nulls_first=False)


# ---- maps ----------------------------------------------------------------------------------------


def _place(given: Expression, key: Expression, arguments: _Arguments) -> Expression:
    """Where in a map a key stands; null if nowhere."""
    of = arguments[0].type
    assert isinstance(of, t.MapType)  # noqa: S101 - bound so
    body = duck.lambda_("_m", lambda one: key_of(one, of.key))
    keys = duck.f.list_transform(duck.f.map_keys(given), body)
    return duck.f.list_position(keys, key_of(key, arguments[1].type))


def _map_value(given: Expression, key: Expression, arguments: _Arguments) -> Expression:
    return duck.f.list_extract(duck.f.map_values(given), _place(given, key, arguments))


for _name in ("map_value", "element_at"):
    ARRAY.scalar(
        f"{PREFIX}{_name}",
        takes=[ANY, ANY],
        gives=lambda arguments: _value_type(arguments[0].type),
        needs=("arguments",),
        hidden=True,
        doc="The value of a key of a map.",
    )(_map_value)


def _value_type(given: t.DataType) -> t.DataType:
    return given.value if isinstance(given, t.MapType) else t.NULL


@_entry("map_contains_key", 2, gives=t.BOOLEAN)
def map_contains_key(given: Expression, key: Expression, arguments: _Arguments) -> Expression:
    """`map_contains_key`."""
    known = duck.all_of(given.is_not_null(), key.is_not_null())
    return duck.if_(known, _place(given, key, arguments).is_not_null())


# ---- aggregates ----------------------------------------------------------------------------------


def _gathered(value: Expression, given: t.DataType, order: tuple[SortKey, ...] = ()) -> Expression:
    """The first pair of each key, of all values that are not null."""
    pair = duck.struct_of(key=key_of(value, given), value=value)
    gathered = duck.aggregate("list", duck.case((value.is_not_null(), pair)), order=order)
    return _different(_filter(gathered, lambda pair: pair.is_not_null()))


@ARRAY.aggregate(
    f"{PREFIX}collect_list", takes=[ANY], gives=same_as(0), needs=("arguments",), hidden=True
)
def collect_list(value: Expression, arguments: _Arguments) -> Expression:
    """`collect_list(DISTINCT value)`.

    >>> SELECT collect_list(DISTINCT 'Kai')
    [Kai]
    """
    return duck.f.coalesce(_values(_gathered(value, arguments[0].type)), duck.list_of())


@ARRAY.aggregate(
    f"{PREFIX}listagg",
    takes=[ANY, ANY],
    gives=same_as(0),
    needs=("arguments", "order"),
    hidden=True,
)
def listagg(
    value: Expression,
    delimiter: Expression | None = None,
    *,
    arguments: _Arguments,
    order: tuple[SortKey, ...],
) -> Expression:
    """`listagg(DISTINCT value)`.

    >>> SELECT listagg(DISTINCT 'Kai')
    Kai
    """
    values = _values(_gathered(value, arguments[0].type, order))
    between = duck.f.coalesce("" if delimiter is None else delimiter, "")
    return duck.f.array_to_string(values, between)


@ARRAY.aggregate(f"{PREFIX}mode", takes=[ANY], gives=same_as(0), needs=("arguments",), hidden=True)
def mode(value: Expression, arguments: _Arguments) -> Expression:
    """`mode`: the first of the values of the commonest key.

    >>> SELECT mode('Kai')
    Kai
    """
    pair = duck.struct_of(key=key_of(value, arguments[0].type), value=value)
    gathered = duck.aggregate("list", duck.case((value.is_not_null(), pair)))
    there = _filter(gathered, lambda pair: pair.is_not_null())

    def build(pairs: Expression) -> Expression:
        keys = _keys(pairs)
        return duck.f.list_extract(
            _values(pairs), duck.f.list_position(keys, duck.f.list_aggregate(keys, "mode"))
        )

    return let(there, build, "there")
