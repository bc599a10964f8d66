"""Functions that take functions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boathouse import duck
from boathouse.duck.tree import Column, Expression, Lambda
from boathouse.duck.types import duck_type
from boathouse.functions.array import ARRAYS, REAL_ARRAY, element, may_hold_null, tightest
from boathouse.functions.collation_key import key_of
from boathouse.functions.map import check_key, map_of
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    Argument,
    Takes,
    TypeMismatch,
    argument_at,
    changed,
    lambda_taking,
    optional,
    unexpected,
)
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_orderable, widest
from boathouse.types.collations import is_collated

if TYPE_CHECKING:
    from collections.abc import Callable

Arguments = tuple[Argument, ...]
Variables = tuple[tuple[t.DataType, bool], ...]

LAMBDAS = Group("lambda_funcs")

_VARIABLE = "namedlambdavariable()"


# ---- what lambdas take and mean -----------------------------------------------------------------


def _truth(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type if isinstance(given.type, (t.BooleanType, t.NullType)) else None


def _condition(variables: Callable[[Arguments], Variables], optional_variables: int = 0) -> Takes:
    """A lambda that says yes or no."""
    rule = lambda_taking(variables, optional_variables)
    return changed(rule, coerce=_truth, wanted='"BOOLEAN"')


def _item(arguments: Arguments) -> Variables:
    return ((element(arguments[0]), may_hold_null(arguments[0])),)


def _item_and_index(arguments: Arguments) -> Variables:
    return (*_item(arguments), (t.INTEGER, False))


def _parts(function: Expression, count: int) -> tuple[tuple[str, ...], Expression]:
    """The parameters (`count` of them, made up where the client named fewer) and the body."""
    if not isinstance(function, Lambda):
        return tuple(f"unused{number}" for number in range(count)), function
    names = function.parameters
    more = tuple(f"{names[0]}_{number}" for number in range(len(names), count))
    return names + more, function.body


def substitute(root: Any, values: dict[str, Expression]) -> Any:
    """`root` with columns called as `values` says replaced."""
    if isinstance(root, Column) and root.table is None and root.name in values:
        return values[root.name]
    if isinstance(root, tuple):
        items = tuple(substitute(item, values) for item in root)
        return items if any(a is not b for a, b in zip(items, root, strict=True)) else root
    if not hasattr(type(root), "__dataclass_fields__"):
        return root
    changes: dict[str, Any] = {}
    for name in type(root).__dataclass_fields__:
        before = getattr(root, name)
        after = substitute(before, values)
        if after is not before:
            changes[name] = after
    return replace(root, **changes) if changes else root


def _over_items(function: Expression) -> Lambda:
    """A lambda over an item and, if the client took it, its index from 0."""
    names, body = _parts(function, 1)
    if len(names) == 1:
        return Lambda(names, body)
    # DuckDB counts from 1.
    index = (Column(names[1]) - 1).cast("INTEGER")
    return Lambda(names, substitute(body, {names[1]: index}))


# ---- arrays -------------------------------------------------------------------------------------


def _first_nullable(arguments: Arguments) -> bool:
    return arguments[0].nullable


@LAMBDAS.scalar(
    "transform",
    takes=[REAL_ARRAY, lambda_taking(_item_and_index, 1)],
    gives=lambda arguments: t.ArrayType(arguments[1].type, arguments[1].nullable),
    nullable=_first_nullable,
)
def transform(array: Expression, function: Expression) -> Expression:
    """An array of what a function of an element, and of its index from 0, makes.

    >>> SELECT transform(array(1, 2), x -> x * 10), transform(array(5, 5), (x, i) -> x + i)
    [10, 20] | [5, 6]
    """
    return duck.f.list_transform(array, _over_items(function))


@LAMBDAS.scalar(
    "filter",
    takes=[REAL_ARRAY, _condition(_item_and_index, 1)],
    gives=lambda arguments: arguments[0].type,
    nullable=_first_nullable,
)
def filter_(array: Expression, condition: Expression) -> Expression:
    """The elements for which a condition holds.

    >>> SELECT filter(array(1, 2, 3), x -> x > 1)
    [2, 3]
    """
    over = _over_items(condition)
    return duck.f.list_filter(array, Lambda(over.parameters, over.body.cast("BOOLEAN")))


def _verdict(array: Expression, condition: Expression, summary: str, empty: int) -> Expression:
    """Three-valued logic over all elements: false, null and true are 0, 1 and 2."""
    names, body = _parts(condition, 1)
    rank = duck.f.coalesce(body.cast("BOOLEAN").cast("INTEGER") * 2, 1)
    ranks = duck.f.list_transform(array, Lambda(names[:1], rank))
    code = duck.f.coalesce(duck.call(summary, ranks), empty)
    verdicts = duck.list_of(False, duck.literal(None, "BOOLEAN"), True)
    return duck.if_(array.is_not_null(), duck.f.list_extract(verdicts, code + 1))


def _verdict_nullable(arguments: Arguments) -> bool:
    return arguments[0].nullable or arguments[1].nullable


@LAMBDAS.scalar(
    "exists",
    takes=[REAL_ARRAY, _condition(_item)],
    gives=t.BOOLEAN,
    nullable=_verdict_nullable,
)
def exists(array: Expression, condition: Expression) -> Expression:
    """Whether a condition holds for some element; null when it is null for one and true for none.

    >>> SELECT exists(array(1, 2), x -> x > 1), exists(array(1, NULL), x -> x > 1)
    true | NULL
    """
    return _verdict(array, condition, "list_max", 0)


@LAMBDAS.scalar(
    "forall",
    takes=[REAL_ARRAY, _condition(_item)],
    gives=t.BOOLEAN,
    nullable=_verdict_nullable,
)
def forall(array: Expression, condition: Expression) -> Expression:
    """Whether a condition holds for every element; null when it is null for one and false for none.

    >>> SELECT forall(array(1, 2), x -> x > 0), forall(array(1, NULL), x -> x > 0)
    true | NULL
    """
    return _verdict(array, condition, "list_min", 2)


def _accumulator_and_item(arguments: Arguments) -> Variables:
    return ((arguments[1].type, True), *_item(arguments))


def _accumulator(arguments: Arguments) -> Variables:
    return ((arguments[1].type, True),)


def _check_merge(arguments: Arguments) -> None:
    start, merged = arguments[1].type, arguments[2].type
    if start.simple != merged.simple:
        raise unexpected(2, f'"{start.sql}"')


def _aggregate_type(arguments: Arguments) -> t.DataType:
    finish = argument_at(arguments, 3)
    return arguments[1].type if finish is None else finish.type


def _aggregate(
    array: Expression,
    start: Expression,
    merge: Expression,
    finish: Expression | None = None,
    *,
    arguments: Arguments,
) -> Expression:
    of = duck_type(arguments[1].type)
    names, body = _parts(merge, 2)
    result = duck.f.list_reduce(array, Lambda(names, body.cast(of)), start.cast(of))
    if finish is not None:
        last, ending = _parts(finish, 1)
        made = duck.f.list_transform(duck.list_of(result), Lambda(last, ending))
        result = duck.f.list_extract(made, 1)
    return duck.if_(array.is_not_null(), result)


def _shown_aggregate(name: str) -> Callable[..., str]:
    unchanged = f"lambdafunction({_VARIABLE}, {_VARIABLE})"

    def shown(*names: str) -> str:
        # Spark binds lambdas when it knows what they are called on.
        last = unchanged if _VARIABLE in names[2] else "lambdafunction(id, id)"
        return f"{name}({', '.join([*names, last][:4])})"

    return shown


def _aggregate_nullable(arguments: Arguments) -> bool:
    """What is merged may always be null; a finish may make something of it that is not."""
    finish = argument_at(arguments, 3)
    return arguments[0].nullable or finish is None or finish.nullable


for _name in ("aggregate", "reduce"):
    LAMBDAS.scalar(
        _name,
        takes=[
            REAL_ARRAY,
            ANY,
            lambda_taking(_accumulator_and_item),
            optional(lambda_taking(_accumulator)),
        ],
        gives=_aggregate_type,
        nullable=_aggregate_nullable,
        check=_check_merge,
        needs=("arguments",),
        shows=_shown_aggregate(_name),
        doc=f"""A start value merged with every element in turn; a last function may finish the
    result.

    >>> SELECT {_name}(array(1, 2, 3), 0, (sum, x) -> sum + x, sum -> sum * 10)
    60
    """,
    )(_aggregate)


def _two_items(arguments: Arguments) -> Variables:
    return ((element(arguments[0]), True), (element(arguments[1]), True))


@LAMBDAS.scalar(
    "zip_with",
    takes=[REAL_ARRAY, REAL_ARRAY, lambda_taking(_two_items)],
    gives=lambda arguments: t.ArrayType(arguments[2].type, arguments[2].nullable),
    nullable=lambda arguments: arguments[0].nullable or arguments[1].nullable,
)
def zip_with(left: Expression, right: Expression, function: Expression) -> Expression:
    """An array of what a function of two arrays' elements makes; the shorter one is filled with
    nulls.

    >>> SELECT zip_with(array(1, 2), array(10, 20), (x, y) -> x + y)
    [11, 22]
    """
    names, body = _parts(function, 2)
    place = f"{names[0]}_place"
    index = Column(place)
    paired = substitute(
        body,
        {
            names[0]: duck.f.list_extract(left, index),
            names[1]: duck.f.list_extract(right, index),
        },
    )
    longest = duck.f.greatest(duck.f.len(left), duck.f.len(right))
    zipped = duck.f.list_transform(duck.f.range(1, longest + 1), Lambda((place,), paired))
    return duck.if_(duck.all_of(left.is_not_null(), right.is_not_null()), zipped)


# ---- order --------------------------------------------------------------------------------------

_NATURAL_ORDER = (
    f"lambdafunction((IF((({_VARIABLE} IS NULL) AND ({_VARIABLE} IS NULL)), 0, "
    f"(IF(({_VARIABLE} IS NULL), 1, (IF(({_VARIABLE} IS NULL), -1, "
    f"(IF(({_VARIABLE} < {_VARIABLE}), -1, (IF(({_VARIABLE} > {_VARIABLE}), 1, 0)))))))))), "
    f"{_VARIABLE}, {_VARIABLE})"
)
"""How Spark writes out the order it sorts by when none is given."""


def _item_twice(arguments: Arguments) -> Variables:
    return _item(arguments) * 2


def _check_comparator(arguments: Arguments) -> None:
    comparator = argument_at(arguments, 1)
    if comparator is None:
        of = element(arguments[0])
        if not is_orderable(of):
            raise TypeMismatch(
                "INVALID_ORDERING_TYPE",
                stands_for=f"({_VARIABLE} < {_VARIABLE}){{0:.0}}",  # without the array
                functionName="`<`",
                dataType=f'"{of.sql}"',
            )
        return
    if not isinstance(comparator.type, t.IntegerType):
        raise TypeMismatch(
            "UNEXPECTED_RETURN_TYPE",
            functionName="`lambdafunction`",
            expectedType='"INT"',
            actualType=f'"{comparator.type.sql}"',
        )


@ARRAYS.scalar(
    "array_sort",
    takes=[REAL_ARRAY, optional(lambda_taking(_item_twice))],
    gives=lambda arguments: arguments[0].type,
    nullable=_first_nullable,
    check=_check_comparator,
    shows=lambda *names: f"array_sort({', '.join([*names, _NATURAL_ORDER][:2])})",
    needs=("setting",),
)
def array_sort(
    array: Expression,
    comparator: Expression | None = None,
    *,
    setting: Callable[[str], str],
) -> Expression:
    """The elements in order, nulls last, or as a function of two of them says: negative when the
    first comes first, positive when the second does.

    >>> SELECT array_sort(array(3, NULL, 1)), array_sort(array(3, 1, 2), (l, r) -> r - l)
    [1, 3, null] | [3, 2, 1]
    """
    if comparator is None:
        return duck.f.list_sort(array, "ASC", "NULLS LAST")
    names, body = _parts(comparator, 2)
    sorted_, next_ = f"{names[0]}_sorted", f"{names[0]}_next"
    if setting("spark.sql.legacy.allowNullComparisonResultInArraySort").upper() == "TRUE":
        unordered = duck.literal(0, "INTEGER")
    else:
        # Spark tells the first value twice.
        shown = Column(names[0]).cast("VARCHAR")
        unordered = duck.fail("COMPARATOR_RETURNS_NULL", firstValue=shown, secondValue=shown)
    ranked = Lambda((names[0],), duck.case((body.is_null(), unordered), otherwise=body))

    def rank() -> Expression:
        # The list of one element binds the comparator's first parameter.
        return duck.f.list_extract(duck.f.list_transform(Column(next_), ranked), 1)

    # Insertion: what is sorted so far, cut where the next element belongs. Java asks how the next
    # one compares to those before it.
    before = duck.f.list_filter(Column(sorted_), Lambda((names[1],), rank().at_least(0)))
    after = duck.f.list_filter(Column(sorted_), Lambda((names[1],), rank().less(0)))
    inserted = duck.f.list_concat(before, Column(next_), after)
    single = duck.f.list_transform(array, duck.lambda_("single", duck.list_of))
    return duck.case(
        (
            duck.f.len(array).greater(0),
            duck.f.list_reduce(single, Lambda((sorted_, next_), inserted)),
        ),
        otherwise=array,
    )


# ---- maps ---------------------------------------------------------------------------------------


def _map(argument: Argument) -> t.MapType:
    return argument.type if isinstance(argument.type, t.MapType) else t.MapType()


def _real_map(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type if isinstance(given.type, t.MapType) else None


REAL_MAP = Takes(_real_map, '"MAP"')


def _entry(arguments: Arguments) -> Variables:
    of = _map(arguments[0])
    return ((of.key, False), (of.value, of.value_contains_null))


def _over_entries(function: Expression) -> Lambda:
    """A lambda of a key and a value as one of an entry."""
    names, body = _parts(function, 2)
    entry = f"{names[0]}_entry"
    row = Column(entry)
    values = {names[0]: duck.field_of(row, "key"), names[1]: duck.field_of(row, "value")}
    return Lambda((entry,), substitute(body, values))


@LAMBDAS.scalar(
    "map_filter",
    takes=[REAL_MAP, _condition(_entry)],
    gives=lambda arguments: arguments[0].type,
    nullable=_first_nullable,
)
def map_filter(given: Expression, condition: Expression) -> Expression:
    """The entries of a map for whose key and value a condition holds.

    >>> SELECT map_filter(map('port', 1, 'bow', 2), (k, v) -> v > 1)
    {bow -> 2}
    """
    over = _over_entries(condition)
    holds = Lambda(over.parameters, over.body.cast("BOOLEAN"))
    kept = duck.f.list_filter(duck.f.map_entries(given), holds)
    return duck.if_(given.is_not_null(), duck.f.map_from_entries(kept))


@LAMBDAS.scalar(
    "transform_keys",
    takes=[REAL_MAP, lambda_taking(_entry)],
    gives=lambda arguments: t.MapType(
        arguments[1].type, _map(arguments[0]).value, _map(arguments[0]).value_contains_null
    ),
    nullable=_first_nullable,
    check=lambda arguments: check_key(arguments[1].type),
    needs=("result", "setting"),
)
def transform_keys(
    given: Expression,
    function: Expression,
    *,
    result: t.DataType,
    setting: Callable[[str], str],
) -> Expression:
    """A map with keys that a function of each key and value makes.

    >>> SELECT transform_keys(map('port', 1), (k, v) -> upper(k))
    {PORT -> 1}
    """
    keys = duck.f.list_transform(duck.f.map_entries(given), _over_entries(function))
    return duck.if_(given.is_not_null(), map_of(keys, duck.f.map_values(given), setting, result))


@LAMBDAS.scalar(
    "transform_values",
    takes=[REAL_MAP, lambda_taking(_entry)],
    gives=lambda arguments: t.MapType(
        _map(arguments[0]).key, arguments[1].type, arguments[1].nullable
    ),
    nullable=_first_nullable,
)
def transform_values(given: Expression, function: Expression) -> Expression:
    """A map with values that a function of each key and value makes.

    >>> SELECT transform_values(map('port', 1), (k, v) -> v * 10)
    {port -> 10}
    """
    values = duck.f.list_transform(duck.f.map_entries(given), _over_entries(function))
    return duck.if_(given.is_not_null(), duck.f.map(duck.f.map_keys(given), values))


def _common_key(arguments: Arguments) -> t.DataType:
    left, right = _map(arguments[0]).key, _map(arguments[1]).key
    return tightest(left, right) or widest((left, right), ansi=False) or left


def _key_and_two_values(arguments: Arguments) -> Variables:
    left, right = _map(arguments[0]), _map(arguments[1])
    return ((_common_key(arguments), False), (left.value, True), (right.value, True))


def _zip_types(arguments: Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    for position in (0, 1):
        if not isinstance(arguments[position].type, t.MapType):
            raise unexpected(position, '"MAP"')
    left, right = _map(arguments[0]), _map(arguments[1])
    key = tightest(left.key, right.key)
    if key is None and not ansi:
        key = widest((left.key, right.key), ansi=False)
    if key is None:
        raise TypeMismatch(
            "MAP_ZIP_WITH_DIFF_TYPES",
            functionName="`map_zip_with`",
            leftType=f'"{left.key.sql}"',
            rightType=f'"{right.key.sql}"',
        )
    return (
        t.MapType(key, left.value, left.value_contains_null),
        t.MapType(key, right.value, right.value_contains_null),
        arguments[2].type,
    )


@LAMBDAS.scalar(
    "map_zip_with",
    takes=[REAL_MAP, REAL_MAP, lambda_taking(_key_and_two_values)],
    coerce=_zip_types,
    gives=lambda arguments: t.MapType(
        _common_key(arguments), arguments[2].type, arguments[2].nullable
    ),
    nullable=lambda arguments: arguments[0].nullable or arguments[1].nullable,
    needs=("arguments",),
)
def map_zip_with(
    left: Expression, right: Expression, function: Expression, arguments: tuple[Argument, ...]
) -> Expression:
    """A map with the keys of two maps and what a function of key and both values makes.

    >>> SELECT map_zip_with(map('a', 1), map('a', 2, 'b', 3), (k, x, y) -> coalesce(x, 0) + y)
    {a -> 3, b -> 3}
    """
    names, body = _parts(function, 3)
    key, of = Column(names[0]), _map(arguments[0]).key
    looked_up = {
        names[1]: _value_at(left, key, of),
        names[2]: _value_at(right, key, of),
    }
    other = f"{names[0]}_other"
    absent = duck.f.list_contains(_compared_keys(left, of), key_of(Column(other), of)).negated()
    more = duck.f.list_filter(duck.f.map_keys(right), Lambda((other,), absent))
    keys = duck.f.list_concat(duck.f.map_keys(left), more)
    values = duck.f.list_transform(keys, Lambda((names[0],), substitute(body, looked_up)))
    known = duck.all_of(left.is_not_null(), right.is_not_null())
    return duck.if_(known, duck.f.map(keys, values))


def _compared_keys(given: Expression, of: t.DataType) -> Expression:
    """What the keys of a map, of the type `of`, are compared by."""
    return key_of(duck.f.map_keys(given), t.ArrayType(of))


def _value_at(given: Expression, key: Expression, of: t.DataType) -> Expression:
    """The value of a map at `key`, null if there is none."""
    if not is_collated(of):
        return duck.f.map_extract_value(given, key)
    place = duck.f.list_position(_compared_keys(given, of), key_of(key, of))
    return duck.f.list_extract(duck.f.map_values(given), place)
