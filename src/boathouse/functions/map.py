"""Functions of maps."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck.types import duck_type
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.array import not_between_intervals
from boathouse.functions.collation_key import key_of
from boathouse.functions.collection import key_differs
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    ARRAY,
    MAP,
    TEXT,
    Argument,
    Takes,
    TypeMismatch,
    always,
    never,
    optional,
    unexpected,
)
from boathouse.functions.stored_text import stored_text
from boathouse.types import datatypes as t
from boathouse.types.coercion import implicit_cast, tightest_common, wider, widest

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.duck import Expression

Arguments = tuple[Argument, ...]

MAPS = Group("map_funcs")

_POLICY = "spark.sql.mapKeyDedupPolicy"


# ---- building -----------------------------------------------------------------------------------


def map_of(
    keys: Expression, values: Expression, setting: Callable[[str], str], result: t.DataType
) -> Expression:
    """A map, of the type `result` if its keys have a collation, of two lists of one length. A null
    key is an error, and so is one that occurs twice unless the session lets the last one win.
    """
    compared = keys
    if isinstance(result, t.MapType):
        compared = key_of(keys, t.ArrayType(result.key))

    def before(place: Expression) -> Expression:
        """Where the key at `place` occurs first."""
        return duck.f.list_position(compared, duck.f.list_extract(compared, place))

    different = duck.f.list_distinct(compared)
    twice = duck.f.len(different).less(duck.f.len(keys))
    null = duck.f.list_count(keys).less(duck.f.len(keys))
    if setting(_POLICY).upper() == "LAST_WIN":
        places = duck.f.range(1, duck.f.len(keys) + 1)
        kept = duck.f.list_filter(places, duck.lambda_("at", lambda at: before(at).equals(at)))
        turned = duck.f.list_reverse(compared)

        def latest(at: Expression) -> Expression:
            same = duck.f.list_position(turned, duck.f.list_extract(compared, at))
            return duck.f.list_extract(values, duck.f.len(keys) + 1 - same)

        names = duck.lambda_("at", lambda at: duck.f.list_extract(keys, at))
        repeated = duck.f.map(
            duck.f.list_transform(kept, names),
            duck.f.list_transform(kept, duck.lambda_("at", latest)),
        )
    else:
        again = duck.lambda_("key place", lambda _, place: before(place).less(place))
        key = duck.f.list_extract(duck.f.list_filter(keys, again), 1)
        shown = stored_text(key, result.key) if isinstance(result, t.MapType) else key
        repeated = duck.fail("DUPLICATED_MAP_KEY", key=shown, mapKeyDedupPolicy=f'"{_POLICY}"')
    return duck.case(
        (duck.any_of(keys.is_null(), values.is_null()), None),
        (null, duck.fail("NULL_MAP_KEY")),
        (twice, repeated),
        otherwise=duck.f.map(keys, values),
    )


def _with_one_zero(
    keys: Expression, result: t.DataType, setting: Callable[[str], str]
) -> Expression:
    """`keys` of which none is minus zero: Spark's map() makes one zero of both."""
    as_they_are = setting("spark.sql.legacy.disableMapKeyNormalization").upper() == "TRUE"
    if as_they_are or not isinstance(result, t.MapType):
        return keys
    if not isinstance(result.key, (t.FloatType, t.DoubleType)):
        return keys
    return duck.f.list_transform(keys, duck.lambda_("zero", lambda key: key + 0))


def check_key(of: t.DataType) -> None:
    """Raise when `of` cannot be a map's key: it is a map, or holds one."""
    if t.contains_type(of, t.MapType, t.VariantType):
        raise TypeMismatch("INVALID_MAP_KEY_TYPE", keyType=f'"{of.sql}"')


def _common(arguments: Arguments, what: str, *, ansi: bool) -> t.DataType:
    found = widest((argument.type for argument in arguments), ansi=ansi)
    if found is None:
        types = ", ".join(f'"{argument.type.sql}"' for argument in arguments)
        raise TypeMismatch(
            f"CREATE_MAP_{what}_DIFF_TYPES", functionName="`map`", dataType=f"[{types}]"
        )
    return found


def _map_types(arguments: Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    if len(arguments) % 2:
        raise odd_number("map", len(arguments))
    key = _common(arguments[::2], "KEY", ansi=ansi)
    value = _common(arguments[1::2], "VALUE", ansi=ansi)
    return (key, value) * (len(arguments) // 2)


def odd_number(name: str, given: int) -> AnalysisError:
    """The error for a function that takes pairs and got half of one."""
    return AnalysisError(
        "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
        functionName=f"`{name}`",
        expectedNum="2n (n > 0)",
        actualNum=given,
        docroot="https://spark.apache.org/docs/latest",
    )


def _map_type(arguments: Arguments) -> t.DataType:
    if not arguments:
        return t.MapType(t.NULL, t.NULL, value_contains_null=False)
    nulls = any(argument.nullable for argument in arguments[1::2])
    key = widest(argument.type for argument in arguments[::2]) or t.NULL
    value = widest(argument.type for argument in arguments[1::2]) or t.NULL
    return t.MapType(key, value, nulls)


@MAPS.scalar(
    "map",
    variadic=ANY,
    coerce=_map_types,
    gives=_map_type,
    nullable=never,
    check=lambda arguments: check_key(arguments[0].type) if arguments else None,
    needs=("result", "setting"),
)
def map_(*parts: Expression, result: t.DataType, setting: Callable[[str], str]) -> Expression:
    """A map of keys and values in turn.

    >>> SELECT map('port', 1, 'bow', 2)
    {port -> 1, bow -> 2}
    """
    assert isinstance(result, t.MapType)  # noqa: S101 - given above
    keys = duck.list_of(*parts[::2]).cast(f"{duck_type(result.key)}[]")
    keys = _with_one_zero(keys, result, setting)
    values = duck.list_of(*parts[1::2]).cast(f"{duck_type(result.value)}[]")
    # One key cannot occur twice, and two lists need no comparing when there is none.
    if len(parts) <= 2 and all(part != duck.NULL for part in parts[:1]):
        checked = duck.fail("NULL_MAP_KEY")
        made = duck.f.map(keys, values)
        return duck.if_(parts[0].is_null(), checked, made) if parts else made
    return map_of(keys, values, setting, result)


def _arrays_type(arguments: Arguments) -> t.MapType:
    keys, values = arguments[0].type, arguments[1].type
    assert isinstance(keys, t.ArrayType)  # noqa: S101 - its rule
    assert isinstance(values, t.ArrayType)  # noqa: S101 - its rule
    return t.MapType(keys.element, values.element, values.contains_null)


@MAPS.scalar(
    "map_from_arrays",
    takes=[ARRAY, ARRAY],
    gives=_arrays_type,
    check=lambda arguments: check_key(_arrays_type(arguments).key),
    needs=("result", "setting"),
)
def map_from_arrays(
    keys: Expression, values: Expression, *, result: t.DataType, setting: Callable[[str], str]
) -> Expression:
    """A map of an array of keys and an array of their values.

    >>> SELECT map_from_arrays(array('port', 'bow'), array(1, 2))
    {port -> 1, bow -> 2}
    """
    uneven = duck.f.len(keys).differs(duck.f.len(values))
    return duck.case(
        (uneven, duck.fail("_LEGACY_ERROR_TEMP_2128")),
        otherwise=map_of(keys, values, setting, result),
    )


def _pairs(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    match given.type:
        case t.ArrayType(element=t.StructType(fields=fields)) if len(fields) == 2:
            return given.type
        case _:
            return None


def _entries_type(arguments: Arguments) -> t.MapType:
    array = arguments[0].type
    assert isinstance(array, t.ArrayType)  # noqa: S101 - its rule
    assert isinstance(array.element, t.StructType)  # noqa: S101 - its rule
    key, value = array.element.fields
    return t.MapType(key.type, value.type, value.nullable)


def _entries_nullable(arguments: Arguments) -> bool:
    array = arguments[0].type
    return arguments[0].nullable or (isinstance(array, t.ArrayType) and array.contains_null)


@MAPS.scalar(
    "map_from_entries",
    takes=[Takes(_pairs, '"ARRAY" of pair "STRUCT"')],
    gives=_entries_type,
    nullable=_entries_nullable,
    check=lambda arguments: check_key(_entries_type(arguments).key),
    needs=("result", "setting"),
)
def map_from_entries(
    entries: Expression, *, result: t.DataType, setting: Callable[[str], str]
) -> Expression:
    """A map of an array of pairs; null when a pair is null.

    >>> SELECT map_from_entries(array(struct('port', 1), struct('bow', 2)))
    {port -> 1, bow -> 2}
    """
    keys = duck.f.list_transform(
        entries, duck.lambda_("pair", lambda pair: duck.f.struct_extract_at(pair, 1))
    )
    values = duck.f.list_transform(
        entries, duck.lambda_("pair", lambda pair: duck.f.struct_extract_at(pair, 2))
    )
    complete = duck.f.list_count(entries).equals(duck.f.len(entries))
    return duck.if_(complete, map_of(keys, values, setting, result))


def _concat_types(arguments: Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    if any(not isinstance(argument.type, t.MapType) for argument in arguments):
        types = ", ".join(f'"{argument.type.sql}"' for argument in arguments)
        raise TypeMismatch(
            "MAP_CONCAT_DIFF_TYPES", functionName="`map_concat`", dataType=f"[{types}]"
        )
    found: t.DataType | None = arguments[0].type if arguments else None
    for argument in arguments[1:]:
        found = None if found is None else wider(found, argument.type, ansi=ansi)
    if found is None and arguments:
        types = " or ".join(f'"{argument.type.sql}"' for argument in arguments)
        raise TypeMismatch("DATA_DIFF_TYPES", functionName="`map_concat`", dataType=f"({types})")
    return tuple(found for _ in arguments if found is not None)


def _concat_type(arguments: Arguments) -> t.DataType:
    types = [argument.type for argument in arguments] or [t.MapType(t.STRING, t.STRING)]
    return reduce(lambda a, b: wider(a, b) or a, types)


@MAPS.scalar(
    "map_concat",
    variadic=ANY,
    coerce=_concat_types,
    gives=_concat_type,
    needs=("result", "setting"),
)
def map_concat(*maps: Expression, result: t.DataType, setting: Callable[[str], str]) -> Expression:
    """The entries of all maps in one.

    >>> SELECT map_concat(map('port', 1), map('bow', 2))
    {port -> 1, bow -> 2}
    """
    if len(maps) < 2:
        return maps[0] if maps else duck.f.map().cast(duck_type(result))
    keys = duck.f.list_concat(*(duck.f.map_keys(one) for one in maps))
    values = duck.f.list_concat(*(duck.f.map_values(one) for one in maps))
    known = duck.all_of(*(one.is_not_null() for one in maps))
    return duck.if_(known, map_of(keys, values, setting, result))


@MAPS.scalar(
    "str_to_map",
    takes=[TEXT, optional(TEXT, ","), optional(TEXT, ":")],
    gives=t.MapType(t.STRING, t.STRING),
    needs=("result", "setting"),
)
def str_to_map(
    text: Expression,
    between: Expression,
    inside: Expression,
    *,
    result: t.DataType,
    setting: Callable[[str], str],
) -> Expression:
    """A map read from text: patterns say what stands between entries and between key and value.

    >>> SELECT str_to_map('port=1;bow=2', ';', '=')
    {port -> 1, bow -> 2}
    """
    entries = duck.f.string_split_regex(text, between)

    def parts(entry: Expression) -> Expression:
        return duck.f.string_split_regex(entry, inside)

    def rest(entry: Expression) -> Expression:
        # What follows the first separator, which may be any text that matches the pattern.
        found = duck.f.regexp_extract(entry, inside)
        head = duck.f.length(duck.f.list_extract(parts(entry), 1))
        tail = duck.f.substring(entry, head + duck.f.length(found) + 1)
        return duck.if_(duck.f.len(parts(entry)).greater(1), tail)

    keys = duck.f.list_transform(
        entries, duck.lambda_("entry", lambda entry: duck.f.list_extract(parts(entry), 1))
    )
    values = duck.f.list_transform(entries, duck.lambda_("entry", rest))
    known = duck.all_of(text.is_not_null(), between.is_not_null(), inside.is_not_null())
    return duck.if_(known, map_of(keys, values, setting, result))


# ---- looking inside -----------------------------------------------------------------------------


def _key_of(argument: Argument) -> t.DataType:
    return argument.type.key if isinstance(argument.type, t.MapType) else t.NULL


def _value_of(argument: Argument) -> t.DataType:
    return argument.type.value if isinstance(argument.type, t.MapType) else t.NULL


def _values_null(argument: Argument) -> bool:
    return not isinstance(argument.type, t.MapType) or argument.type.value_contains_null


MAPS.calls(
    "map_keys",
    "map_keys",
    takes=[MAP],
    gives=lambda arguments: t.ArrayType(_key_of(arguments[0])),
    doc="""The keys of a map.

    >>> SELECT map_keys(map('port', 1, 'bow', 2))
    [port, bow]
    """,
)
MAPS.calls(
    "map_values",
    "map_values",
    takes=[MAP],
    gives=lambda arguments: t.ArrayType(_value_of(arguments[0])),
    doc="""The values of a map.

    >>> SELECT map_values(map('port', 1, 'bow', 2))
    [1, 2]
    """,
)


def _list_of_entries(arguments: Arguments) -> t.DataType:
    entry = t.StructType(
        (
            t.StructField("key", _key_of(arguments[0]), nullable=False),
            t.StructField("value", _value_of(arguments[0]), _values_null(arguments[0])),
        )
    )
    return t.ArrayType(entry, contains_null=False)


MAPS.calls(
    "map_entries",
    "map_entries",
    takes=[MAP],
    gives=_list_of_entries,
    doc="""The entries of a map as an array of structs.

    >>> SELECT map_entries(map('port', 1))
    [{port, 1}]
    """,
)


def _contained_types(arguments: Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    given, key = arguments
    if isinstance(key.type, t.NullType):
        raise TypeMismatch("NULL_TYPE", functionName="`map_contains_key`")
    if isinstance(given.type, t.MapType):
        held = given.type.key
        common = not_between_intervals(held, key.type, tightest_common(held, key.type, ansi=False))
        if common is not None:
            nulls = given.type.value_contains_null
            return t.MapType(common, given.type.value, nulls), common
    raise key_differs("map_contains_key", given, key)


@MAPS.scalar(
    "map_contains_key",
    takes=[ANY, ANY],
    coerce=_contained_types,
    gives=t.BOOLEAN,
    nullable=always,
)
def map_contains_key(given: Expression, key: Expression) -> Expression:
    """Whether a map has a key.

    >>> SELECT map_contains_key(map('port', 1), 'bow')
    false
    """
    held = duck.f.list_contains(duck.f.map_keys(given), key)
    return duck.if_(duck.all_of(given.is_not_null(), key.is_not_null()), held)


def _value_types(arguments: Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    given, key = arguments
    assert isinstance(given.type, t.MapType)  # noqa: S101 - asked before
    wanted = implicit_cast(key.type, given.type.key, ansi=ansi)
    collated = isinstance(key.type, t.StringType) and key.type != t.STRING
    moved = not_between_intervals(key.type, given.type.key, wanted) is None
    if moved or (collated and key.type != given.type.key):
        raise unexpected(1, f'"{given.type.key.sql}"')
    return given.type, given.type.key


@MAPS.scalar(
    "map_value",
    takes=[MAP, ANY],
    coerce=_value_types,
    gives=lambda arguments: _value_of(arguments[0]),
    nullable=always,
    shows=lambda given, key: f"{given}[{key}]",
    hidden=True,
)
def map_value(given: Expression, key: Expression) -> Expression:
    """``map[key]``: the value of a key; null when it is not there.

    >>> SELECT map('port', 1)['port']
    1
    """
    return duck.f.map_extract_value(given, key)
