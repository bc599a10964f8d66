"""Functions of arrays: building, looking inside, sets, order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck.kernels import kernel
from boathouse.duck.tree import Aggregate, StructOf, Window
from boathouse.duck.types import duck_type, field_names
from boathouse.functions.let import let
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    ARRAY,
    INT,
    LONG,
    STRING,
    TEXT,
    Argument,
    Takes,
    TypeMismatch,
    array_of,
    constant,
    element_of,
    optional,
    same,
    same_as,
    unexpected,
)
from boathouse.functions.size_limits import within_array
from boathouse.functions.string import joined_texts
from boathouse.functions.zeros import has_zeros, with_one_zero
from boathouse.types import datatypes as t
from boathouse.types.coercion import (
    element_type,
    is_orderable,
    not_between_intervals,
    tightest,
    tightest_common,
    widest,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.duck import Expression

Arguments = tuple[Argument, ...]

ARRAYS = Group("array_funcs")


# ---- types --------------------------------------------------------------------------------------


def element(argument: Argument) -> t.DataType:
    """The element type of an array, void for anything else."""
    return argument.type.element if isinstance(argument.type, t.ArrayType) else t.NULL


def may_hold_null(argument: Argument) -> bool:
    """Whether an element may be null."""
    return not isinstance(argument.type, t.ArrayType) or argument.type.contains_null


def strict(wanted: t.DataType) -> Takes:
    """`wanted` and nothing that would have to be cast, except narrower whole numbers."""

    def coerce(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        narrow = isinstance(given.type, (t.ByteType, t.ShortType)) and wanted == t.INTEGER
        unknown = isinstance(given.type, t.NullType)
        return wanted if given.type == wanted or narrow or unknown else None

    return Takes(coerce, f'"{wanted.sql}"')


def _real_array(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type if isinstance(given.type, t.ArrayType) else None


REAL_ARRAY = Takes(_real_array, '"ARRAY"')
"""An array; NULL without a type is none."""


def ordered(name: str, *, whole: bool = False, both: bool = False) -> Callable[[Arguments], None]:
    """A check that elements, of `both` arguments, can be sorted; `whole` shows the array's type."""

    def check(arguments: Arguments) -> None:
        of = element(arguments[0])
        if both:
            of = element_type(of, element(arguments[1])) or of
        if not is_orderable(of):
            shown = arguments[0].type if whole else of
            raise TypeMismatch(
                "INVALID_ORDERING_TYPE", functionName=f"`{name}`", dataType=f'"{shown.sql}"'
            )

    return check


def _differ(name: str, left: Argument, right: Argument) -> TypeMismatch:
    return TypeMismatch(
        "ARRAY_FUNCTION_DIFF_TYPES",
        functionName=f"`{name}`",
        dataType='"ARRAY"',
        leftType=f'"{left.type.sql}"',
        rightType=f'"{right.type.sql}"',
    )


def _narrow(given: Argument, *, at: int) -> t.DataType:
    if isinstance(given.type, (t.ByteType, t.ShortType, t.IntegerType)):
        return t.INTEGER
    raise unexpected(at, '"INT"')


def _beside(
    name: str,
    common: Callable[..., t.DataType | None] = tightest,
    *,
    void: bool = True,
    at: int = 1,
) -> Callable[[Arguments, bool], tuple[t.DataType, ...]]:
    """Types of an array and, at `at`, a value that is to be one of its elements. Without `void`
    neither may be NULL.
    """

    def coerce(arguments: Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
        array, value = arguments[0], arguments[at]
        kinds = {type(array.type)} | (set() if void else {type(value.type)})
        if t.NullType in kinds and name in {"array_contains", "array_position"}:
            raise TypeMismatch("NULL_TYPE", functionName=f"`{name}`")
        if not isinstance(array.type, t.ArrayType):
            loose = name in {"array_remove", "array_insert"}
            raise _differ(name, array, value) if loose else unexpected(0, '"ARRAY"')
        middle = [_narrow(x, at=number) for number, x in enumerate(arguments[1:at], 1)]
        pair = array.type.element, value.type
        # Spark looks by its older rules here: a float beside a whole number stays one.
        found = not_between_intervals(*pair, common(*pair, ansi=False))
        if found is None:
            raise _differ(name, array, value)
        if name == "array_position" and isinstance(found, t.NullType):
            raise TypeMismatch("NULL_TYPE", functionName=f"`{name}`")
        if name in _COMPARING and not is_orderable(found):
            raise TypeMismatch(
                "INVALID_ORDERING_TYPE", functionName=f"`{name}`", dataType=f'"{found.sql}"'
            )
        types = [t.ArrayType(found, array.type.contains_null)]
        return (*types, *middle, found)

    return coerce


_COMPARING = frozenset(("array_contains", "array_position", "array_remove"))


def _two_arrays(name: str) -> Callable[[Arguments, bool], tuple[t.DataType, ...]]:
    def coerce(arguments: Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
        left, right = arguments[0].type, arguments[1].type
        found = None
        if isinstance(left, t.ArrayType) and isinstance(right, t.ArrayType):
            found = element_type(left.element, right.element)
        if found is None:
            raise TypeMismatch(
                "BINARY_ARRAY_DIFF_TYPES",
                functionName=f"`{name}`",
                arrayType='"ARRAY"',
                leftType=f'"{left.sql}"',
                rightType=f'"{right.sql}"',
            )
        nulls = may_hold_null(arguments[0]), may_hold_null(arguments[1])
        return t.ArrayType(found, nulls[0]), t.ArrayType(found, nulls[1])

    return coerce


# ---- building -----------------------------------------------------------------------------------


def _array_type(arguments: Arguments) -> t.DataType:
    of = widest(argument.type for argument in arguments) or t.NULL
    return t.ArrayType(of, any(argument.nullable for argument in arguments))


def _never(arguments: Arguments) -> bool:
    return False


@ARRAYS.scalar(
    "array",
    variadic=same("element", ANY),
    gives=_array_type,
    nullable=_never,
    needs=("result",),
)
def array(*elements: Expression, result: t.DataType) -> Expression:
    """An array of the arguments.

    >>> SELECT array(1, 2, NULL)
    [1, 2, null]
    """
    made = duck.list_of(*elements)
    return made if elements else made.cast(duck_type(result))


def _array_of_first(arguments: Arguments) -> t.DataType:
    return t.ArrayType(arguments[0].type, arguments[0].nullable)


@ARRAYS.scalar(
    "array_repeat",
    takes=[ANY, strict(t.INTEGER)],
    gives=_array_of_first,
    nullable=lambda arguments: arguments[1].nullable,
    needs=("result",),
)
def array_repeat(value: Expression, times: Expression, *, result: t.DataType) -> Expression:
    """An array that holds a value so many times.

    >>> SELECT array_repeat('oar', 2)
    [oar, oar]
    """
    size = within_array("array_repeat", times, duck.f.greatest(times, 0))
    copies = duck.f.list_transform(duck.f.range(size), duck.lambda_("copy", lambda copy: value))
    return duck.if_(times.is_not_null(), copies).cast(duck_type(result))


# ---- looking inside -----------------------------------------------------------------------------


def has_null(array: Expression) -> Expression:
    """Whether an element is null."""
    return duck.f.list_count(array).less(duck.f.len(array))


def _found_or_unknown(arguments: Arguments) -> bool:
    return any(a.nullable for a in arguments) or may_hold_null(arguments[0])


@ARRAYS.scalar(
    "array_contains",
    takes=[REAL_ARRAY, ANY],
    coerce=_beside("array_contains", tightest_common, void=False),
    gives=t.BOOLEAN,
    nullable=_found_or_unknown,
    needs=("arguments",),
)
def array_contains(array: Expression, value: Expression, *, arguments: Arguments) -> Expression:
    """Whether a value is in an array; null when it is not, and an element is null.

    >>> SELECT array_contains(array(1, 2), 2), array_contains(array(1, NULL), 2)
    true | NULL
    """
    found = duck.f.list_contains(array, value)
    if not _found_or_unknown(arguments):
        return found
    return duck.case(
        (duck.any_of(array.is_null(), value.is_null()), None),
        (found, True),
        (has_null(array), None),
        otherwise=False,
    )


@ARRAYS.scalar(
    "array_position",
    takes=[REAL_ARRAY, ANY],
    coerce=_beside("array_position"),
    gives=t.LONG,
)
def array_position(array: Expression, value: Expression) -> Expression:
    """Where a value first is in an array, counted from 1; 0 when it is not there.

    >>> SELECT array_position(array('sloop', 'brig'), 'brig')
    2
    """
    position = duck.f.coalesce(duck.f.list_position(array, value), 0).cast("BIGINT")
    return duck.if_(duck.all_of(array.is_not_null(), value.is_not_null()), position)


@ARRAYS.scalar(
    "array_join",
    takes=[array_of(STRING), TEXT, optional(TEXT)],
    gives=t.STRING,
)
def array_join(
    array: Expression, delimiter: Expression, instead: Expression | None = None
) -> Expression:
    """The elements joined by a delimiter; nulls are left out, or replaced by the third argument.

    >>> SELECT array_join(array('port', NULL, 'bow'), '-', '?')
    port-?-bow
    """
    known = [array.is_not_null(), delimiter.is_not_null()]
    if instead is not None:
        replaced = duck.lambda_("word", lambda word: duck.f.coalesce(word, instead))
        array = duck.f.list_transform(array, replaced)
        known.append(instead.is_not_null())
    # Of nulls alone it is an empty text.
    return duck.if_(duck.all_of(*known), duck.f.coalesce(joined_texts(array, delimiter), ""))


def item_nullable(base: int, *, strict_index: bool) -> Callable[[Arguments], bool]:
    """Whether an element at an index may be null. Spark looks into an array that is written item by
    item, and, where an index outside is an error, trusts the array's type for an index that is not
    constant.
    """

    def nullable(arguments: Arguments) -> bool:
        array, index = arguments[0], arguments[1]
        if not is_at_constant(arguments) or (index.nullable and not strict_index):
            found_nullable = array.nullable or index.nullable or may_hold_null(array)
            return found_nullable if strict_index else True
        items = array.items
        if items is None or (base == 0 and index.value < 0):
            return True
        place = index.value - base if index.value >= base else len(items) + index.value
        return not 0 <= place < len(items) or items[place]

    return nullable


def is_at_constant(arguments: Arguments) -> bool:
    """Whether the index is known."""
    return arguments[1].constant and arguments[1].value is not None


def at_any(arguments: Arguments) -> bool:
    """Whether the index is not known, so that it may be outside."""
    return not is_at_constant(arguments)


@ARRAYS.scalar(
    "get",
    takes=[REAL_ARRAY, INT],
    gives=element_of(0),
    nullable=item_nullable(0, strict_index=False),
)
def get(array: Expression, index: Expression) -> Expression:
    """The element at an index, counted from 0; null outside the array.

    >>> SELECT get(array('port', 'bow'), 1), get(array('port', 'bow'), 2)
    bow | NULL
    """
    return duck.if_(index.at_least(0), duck.f.list_extract(array, index.cast("BIGINT") + 1))


def _integral(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.NullType):
        return t.INTEGER
    return given.type if isinstance(given.type, t.IntegralType) else None


@ARRAYS.scalar(
    "array_item",
    takes=[REAL_ARRAY, Takes(_integral, '"INTEGRAL"')],
    gives=element_of(0),
    nullable=item_nullable(0, strict_index=True),
    null_without_ansi=at_any,
    needs=("ansi",),
    shows=lambda array, index: f"{array}[{index}]",
    hidden=True,
)
def array_item(array: Expression, index: Expression, *, ansi: bool) -> Expression:
    """``array[index]``, counted from 0; an index outside is an error in ANSI mode, else null.

    >>> SELECT array('port', 'bow')[1]
    bow
    """
    found = duck.f.list_extract(array, index.cast("BIGINT") + 1)
    inside = duck.all_of(index.at_least(0), index.less(duck.f.len(array)))
    if not ansi:
        return duck.if_(inside, found)
    outside = duck.fail("INVALID_ARRAY_INDEX", indexValue=index, arraySize=duck.f.len(array))
    unknown = duck.any_of(array.is_null(), index.is_null())
    return duck.case((inside, found), (unknown, None), otherwise=outside)


# ---- changing -----------------------------------------------------------------------------------


def _with_nulls(arguments: Arguments) -> t.DataType:
    given, value = element(arguments[0]), arguments[-1].type
    # To Spark, everything in what has been put into an array may be null.
    return t.ArrayType(t.loosened(element_type(given, value) or given), contains_null=True)


def _first_nullable(arguments: Arguments) -> bool:
    return arguments[0].nullable


@ARRAYS.scalar(
    "array_append",
    takes=[REAL_ARRAY, ANY],
    coerce=_beside("array_append"),
    gives=_with_nulls,
    nullable=_first_nullable,
)
def array_append(array: Expression, value: Expression) -> Expression:
    """The array with a value put at its end.

    >>> SELECT array_append(array(1, 2), 3)
    [1, 2, 3]
    """
    return duck.if_(array.is_not_null(), duck.f.list_append(array, value))


@ARRAYS.scalar(
    "array_prepend",
    takes=[REAL_ARRAY, ANY],
    coerce=_beside("array_prepend"),
    gives=_with_nulls,
    nullable=_first_nullable,
)
def array_prepend(array: Expression, value: Expression) -> Expression:
    """The array with a value put at its front.

    >>> SELECT array_prepend(array(1, 2), 0)
    [0, 1, 2]
    """
    return duck.if_(array.is_not_null(), duck.f.list_prepend(value, array))


def _nulls(count: Expression, result: t.DataType) -> Expression:
    """An array of `count` nulls; none when that is negative."""
    return duck.f.list_transform(
        duck.f.range(duck.f.greatest(count, 0)), duck.lambda_("gap", lambda gap: duck.NULL)
    ).cast(duck_type(result))


@ARRAYS.scalar(
    "array_insert",
    takes=[REAL_ARRAY, strict(t.INTEGER), ANY],
    coerce=_beside("array_insert", at=2),
    gives=_with_nulls,
    nullable=lambda arguments: arguments[0].nullable or arguments[1].nullable,
    needs=("result",),
)
def array_insert(
    array: Expression, position: Expression, value: Expression, *, result: t.DataType
) -> Expression:
    """The array with a value put in at a position, from 1, or from -1 at the end; a gap is filled
    with nulls.

    >>> SELECT array_insert(array('a', 'c'), 2, 'b'), array_insert(array('a'), -1, 'z')
    [a, b, c] | [a, z]
    """
    size = duck.f.len(array)
    # Where the value goes, counted from 1, when the array is long enough.
    place = duck.if_(position.greater(0), position.cast("BIGINT"), size + position + 2)
    front = duck.f.list_slice(array, 1, duck.f.greatest(place - 1, 0))
    back = duck.f.list_slice(array, duck.f.greatest(place, 1), size)
    after = duck.f.list_concat(front, _nulls(place - size - 1, result), duck.list_of(value), back)
    before = duck.f.list_concat(duck.list_of(value), _nulls(-place + 1, result), array)
    return duck.case(
        (duck.any_of(array.is_null(), position.is_null()), None),
        (position.equals(0), duck.fail("INVALID_INDEX_OF_ZERO")),
        (place.less(1), before),
        otherwise=after,
    )


@ARRAYS.scalar(
    "array_remove",
    takes=[REAL_ARRAY, ANY],
    coerce=_beside("array_remove"),
    gives=same_as(0),
)
def array_remove(array: Expression, value: Expression) -> Expression:
    """The array without the elements that equal a value.

    >>> SELECT array_remove(array(1, 2, 1), 1)
    [2]
    """
    other = duck.lambda_("item", lambda item: duck.operator("IS DISTINCT FROM", item, value))
    return duck.if_(value.is_not_null(), duck.f.list_filter(array, other))


def _without_nulls(arguments: Arguments) -> t.DataType:
    return t.ArrayType(element(arguments[0]), contains_null=False)


@ARRAYS.scalar("array_compact", takes=[ARRAY], gives=_without_nulls)
def array_compact(array: Expression) -> Expression:
    """The array without its nulls.

    >>> SELECT array_compact(array(1, NULL, 2))
    [1, 2]
    """
    return duck.f.list_filter(array, duck.lambda_("item", lambda item: item.is_not_null()))


@ARRAYS.scalar("slice", takes=[ARRAY, INT, INT], gives=same_as(0))
def slice_(array: Expression, start: Expression, length: Expression) -> Expression:
    """Part of an array from a position, 1 being the first and -1 the last, so many elements long.

    >>> SELECT slice(array(1, 2, 3, 4), 2, 2), slice(array(1, 2, 3, 4), -1, 2)
    [2, 3] | [4]
    """
    first = duck.if_(
        start.greater(0), start.cast("BIGINT"), duck.f.len(array) + start.cast("BIGINT") + 1
    )
    part = duck.f.list_slice(array, first, first + length.cast("BIGINT") - 1)
    no_part = duck.f.list_slice(array, 1, 0)
    return duck.case(
        (duck.any_of(array.is_null(), start.is_null(), length.is_null()), None),
        (
            start.equals(0),
            duck.fail("INVALID_PARAMETER_VALUE.START", parameter="`start`", functionName="`slice`"),
        ),
        (
            length.less(0),
            duck.fail(
                "INVALID_PARAMETER_VALUE.LENGTH",
                parameter="`length`",
                length=length,
                functionName="`slice`",
            ),
        ),
        (duck.any_of(first.less(1), length.equals(0)), no_part),
        otherwise=part,
    )


def _flat_type(arguments: Arguments) -> t.DataType:
    inner = element(arguments[0])
    return inner if isinstance(inner, t.ArrayType) else t.ArrayType(t.NULL)


def _nested(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type if isinstance(element(given), t.ArrayType) else None


@ARRAYS.scalar(
    "flatten",
    takes=[Takes(_nested, '"ARRAY" of "ARRAY"')],
    gives=_flat_type,
    nullable=lambda arguments: arguments[0].nullable or may_hold_null(arguments[0]),
)
def flatten(array: Expression) -> Expression:
    """The elements of all inner arrays in one; null when an inner array is null.

    >>> SELECT flatten(array(array(1, 2), array(3)))
    [1, 2, 3]
    """
    return duck.if_(duck.f.list_count(array).equals(duck.f.len(array)), duck.f.flatten(array))


@ARRAYS.scalar(
    "shuffle",
    takes=[ARRAY, constant(optional(LONG))],
    gives=same_as(0),
    nullable=_first_nullable,
    needs=("arguments", "result"),
    deterministic=False,
    shows=lambda *names: f"shuffle({names[0]})",
)
def shuffle(
    array: Expression,
    seed: Expression | None = None,
    *,
    arguments: tuple[Argument, ...],
    result: t.DataType,
) -> Expression:
    """The elements in random order; with a seed, always in the same.

    >>> SELECT size(shuffle(array(1, 2, 3)))
    3
    """
    if seed is not None:
        row = Window(Aggregate("row_number", ()))
        return kernel("mersenne", "shuffled", result, seed=arguments[1].value or 0)(array, row)

    def draw(item: Expression, _: Expression) -> Expression:
        return duck.struct_of(chance=duck.f.random(), item=item)

    drawn = duck.f.list_sort(duck.f.list_transform(array, duck.lambda_("item index", draw)))
    unwrap = duck.lambda_("pair", lambda pair: duck.field_of(pair, "item"))
    return duck.f.list_transform(drawn, unwrap)


# ---- sets ---------------------------------------------------------------------------------------


def distinct(given: Expression, of: t.DataType) -> Expression:
    """The array `given`, of the type `of`, with each value once, in the order they came; null
    counts as a value, and minus zero is zero.
    """
    if has_zeros(of):
        return let(with_one_zero(given, of), _first_ones, "array")
    return _first_ones(given)


def _first_ones(array: Expression) -> Expression:
    first = duck.lambda_(
        "value place",
        lambda value, place: duck.f.list_position(array, value).equals(place),
    )
    # The search for each element's first place is quadratic: skip it where nothing is to be done.
    already = duck.f.len(duck.f.list_distinct(array)).equals(duck.f.len(array))
    return duck.if_(already, array, duck.f.list_filter(array, first))


def _holds(array: Expression, value: Expression) -> Expression:
    """Whether `value`, perhaps null, is in `array`."""
    return duck.f.list_position(array, value).is_not_null()


@ARRAYS.scalar(
    "array_distinct",
    takes=[ARRAY],
    gives=same_as(0),
    check=ordered("array_distinct"),
    needs=("result",),
)
def array_distinct(array: Expression, *, result: t.DataType) -> Expression:
    """The array with each value once.

    >>> SELECT array_distinct(array(2, 1, 2, NULL, NULL))
    [2, 1, null]
    """
    return distinct(array, result)


@ARRAYS.scalar(
    "array_except",
    takes=[REAL_ARRAY, REAL_ARRAY],
    coerce=_two_arrays("array_except"),
    gives=same_as(0),
    check=ordered("array_except"),
    needs=("result",),
)
def array_except(left: Expression, right: Expression, *, result: t.DataType) -> Expression:
    """The different elements of the first array that are not in the second.

    >>> SELECT array_except(array(3, 1, 2, 3), array(1))
    [3, 2]
    """
    other = duck.lambda_("item", lambda item: _holds(right, item).negated())
    return duck.if_(right.is_not_null(), duck.f.list_filter(distinct(left, result), other))


@ARRAYS.scalar(
    "array_intersect",
    takes=[REAL_ARRAY, REAL_ARRAY],
    coerce=_two_arrays("array_intersect"),
    gives=lambda arguments: t.ArrayType(
        element(arguments[0]), may_hold_null(arguments[0]) and may_hold_null(arguments[1])
    ),
    check=ordered("array_intersect"),
    needs=("result",),
)
def array_intersect(left: Expression, right: Expression, *, result: t.DataType) -> Expression:
    """The different elements that are in both arrays.

    >>> SELECT array_intersect(array(3, 1, 2, 3), array(2, 3))
    [3, 2]
    """
    shared = duck.lambda_("item", lambda item: _holds(right, item))
    return duck.if_(right.is_not_null(), duck.f.list_filter(distinct(left, result), shared))


def _union_type(arguments: Arguments) -> t.DataType:
    given, more = element(arguments[0]), element(arguments[1])
    nulls = may_hold_null(arguments[0]) or may_hold_null(arguments[1])
    return t.ArrayType(element_type(given, more) or given, nulls)


@ARRAYS.scalar(
    "array_union",
    takes=[REAL_ARRAY, REAL_ARRAY],
    coerce=_two_arrays("array_union"),
    gives=_union_type,
    check=ordered("array_union", both=True),
    needs=("result",),
)
def array_union(left: Expression, right: Expression, *, result: t.DataType) -> Expression:
    """The different elements that are in either array.

    >>> SELECT array_union(array(1, 2), array(2, 3))
    [1, 2, 3]
    """
    known = duck.all_of(left.is_not_null(), right.is_not_null())
    return duck.if_(known, distinct(duck.f.list_concat(left, right), result))


@ARRAYS.scalar(
    "arrays_overlap",
    takes=[REAL_ARRAY, REAL_ARRAY],
    coerce=_two_arrays("arrays_overlap"),
    gives=t.BOOLEAN,
    nullable=lambda arguments: any(a.nullable or may_hold_null(a) for a in arguments),
    check=ordered("arrays_overlap", both=True),
)
def arrays_overlap(left: Expression, right: Expression) -> Expression:
    """Whether two arrays share an element that is not null; null when only a null could be shared.

    >>> SELECT arrays_overlap(array(1, 2), array(2)), arrays_overlap(array(1, NULL), array(2))
    true | NULL
    """
    filled = duck.all_of(duck.f.len(left).greater(0), duck.f.len(right).greater(0))
    return duck.case(
        (duck.any_of(left.is_null(), right.is_null()), None),
        (duck.f.list_has_any(left, right), True),
        (duck.all_of(filled, duck.any_of(has_null(left), has_null(right))), None),
        otherwise=False,
    )


# ---- side by side -------------------------------------------------------------------------------


def _zip_type(arguments: Arguments) -> t.DataType:
    fields = tuple(
        t.StructField(argument.name or str(number), element(argument))
        for number, argument in enumerate(arguments)
    )
    return t.ArrayType(t.StructType(fields), contains_null=False)


@ARRAYS.scalar("arrays_zip", variadic=ARRAY, gives=_zip_type, needs=("result",))
def arrays_zip(*arrays: Expression, result: t.DataType) -> Expression:
    """An array of structs: the first elements of all arrays, then the second, to the longest's end.

    >>> SELECT arrays_zip(array(1, 2), array('a', 'b'))
    [{1, a}, {2, b}]
    """
    of = result.element if isinstance(result, t.ArrayType) else None
    assert isinstance(of, t.StructType)  # noqa: S101 - given above
    if not arrays:
        return duck.list_of().cast(duck_type(result))

    def row(index: Expression) -> Expression:
        values = [duck.f.list_extract(array, index) for array in arrays]
        return StructOf(tuple(zip(field_names(of), values, strict=True)))

    lengths = [duck.f.len(array) for array in arrays]
    indices = duck.f.range(1, duck.f.greatest(*lengths) + 1)
    zipped = duck.f.list_transform(indices, duck.lambda_("place", row))
    return duck.if_(duck.all_of(*(array.is_not_null() for array in arrays)), zipped)
