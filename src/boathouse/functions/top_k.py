"""The values that occur most often: at once, or from states that are kept and put together.

A state holds the count of each value as JSON text, not a sketch in the bytes of DataSketches: it is
exact, and only these functions read it.
"""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.duck.types import duck_type, field_names
from boathouse.errors.exceptions import AnalysisError, SparkError, SparkRuntimeError
from boathouse.functions.aggregate import AGGREGATE
from boathouse.functions.misc import MISC
from boathouse.functions.signature import (
    ANY,
    INT,
    STRUCT,
    Argument,
    Takes,
    TypeMismatch,
    changed,
    never,
    optional,
)
from boathouse.functions.sketch_sets import gathered
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string

Arguments = tuple[Argument, ...]

_MOST_TRACKED = 1_000_000
_FROM_STATES = -1
"""What stands for the number of tracked items that the states say."""
_STORED = '[{"i":"VARCHAR","n":"BIGINT"}]'


def _type_check_failure(message: str) -> TypeMismatch:
    return TypeMismatch("TYPE_CHECK_FAILURE_WITH_HINT", msg=message, hint="")


# ---- checks -------------------------------------------------------------------------------------


def _check_items(of: t.DataType) -> None:
    kinds = (t.BooleanType, t.NumericType, t.DateType, t.TimestampType, t.TimestampNTZType)
    if not isinstance(of, (*kinds, t.NullType)) and not is_string(of):
        word = of.simple.partition("<")[0]
        raise _type_check_failure(f"{word} columns are not supported")


def _positive(given: Argument, name: str, words: str) -> int:
    if not given.constant:
        raise _type_check_failure(f"{words} must be a constant literal")
    if given.value is None:
        raise SparkRuntimeError("APPROX_TOP_K_NULL_ARG", argName=f"`{name}`")
    if given.value <= 0:
        raise SparkRuntimeError(
            "APPROX_TOP_K_NON_POSITIVE_ARG", argName=f"`{name}`", argValue=given.value
        )
    return int(given.value)


def _tracked(given: Argument) -> int:
    tracked = _positive(given, "maxItemsTracked", "Number of items tracked")
    if tracked > _MOST_TRACKED:
        raise SparkRuntimeError(
            "APPROX_TOP_K_MAX_ITEMS_TRACKED_EXCEEDS_LIMIT",
            maxItemsTracked=tracked,
            limit=_MOST_TRACKED,
        )
    return tracked


def _check_ranking(arguments: Arguments) -> None:
    _check_items(arguments[0].type)
    number = _positive(arguments[1], "k", "K")
    tracked = _tracked(arguments[2])
    if tracked < number:
        raise SparkRuntimeError(
            "APPROX_TOP_K_MAX_ITEMS_TRACKED_LESS_THAN_K", maxItemsTracked=tracked, k=number
        )


def _check_accumulating(arguments: Arguments) -> None:
    _check_items(arguments[0].type)
    _tracked(arguments[1])


def _check_state(state: Argument) -> None:
    of = state.type
    match [field.type for field in of.fields] if isinstance(of, t.StructType) else []:
        case [t.BinaryType(), t.IntegerType(), _, t.StringType()]:
            pass
        case _:
            raise _type_check_failure(
                "State must be a struct with 4 fields. Expected struct: struct<sketch:binary,"
                f"maxItemsTracked:int,itemDataType:any,itemDataTypeDDL:string>. Got: {of.simple}"
            )


def _check_combining(arguments: Arguments) -> None:
    _check_state(arguments[0])
    if not arguments[1].constant:
        _tracked(arguments[1])


def _together(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    refused = given.constant and _refused_together(given, "") is not None
    return None if refused else INT.coerce(given, ansi)


def _refused_together(given: Argument, text: str) -> SparkError | None:
    """Spark takes the number apart before it looks at any type."""
    if given.value == _FROM_STATES or not given.constant:
        return None
    if not isinstance(given.value, int | None):
        return AnalysisError("FAILED_FUNCTION_CALL", funcName="`approx_top_k_combine`")
    try:
        _tracked(given)
    except SparkError as error:
        return error
    return None


def _check_estimating(arguments: Arguments) -> None:
    _check_state(arguments[0])
    _positive(arguments[1], "k", "K")


_TOGETHER = Takes(
    _together,
    INT.wanted,
    default=_FROM_STATES,
    name="maxItemsTracked",
    refused=_refused_together,
)


# ---- types --------------------------------------------------------------------------------------


def _entries(of: t.DataType) -> t.DataType:
    fields = (t.StructField("item", of), t.StructField("count", t.LONG, nullable=False))
    return t.ArrayType(t.StructType(fields), contains_null=False)


def _state_of(of: t.DataType) -> t.StructType:
    return t.StructType(
        (
            t.StructField("sketch", t.BINARY, nullable=False),
            t.StructField("maxItemsTracked", t.INTEGER, nullable=False),
            t.StructField("itemDataType", of),
            t.StructField("itemDataTypeDDL", t.STRING, nullable=False),
        )
    )


def _item_type(state: t.DataType) -> t.DataType:
    assert isinstance(state, t.StructType)  # noqa: S101 - checked before
    return state.fields[2].type


def _field(state: Expression, arguments: Arguments, place: int) -> Expression:
    """A field of the first argument: what states are called inside does not matter."""
    of = arguments[0].type
    assert isinstance(of, t.StructType)  # noqa: S101 - checked before
    return duck.field_of(state, field_names(of)[place])


_K = changed(optional(INT, 5), name="k")
_TRACKED = changed(optional(INT, 10_000), name="maxItemsTracked")


# ---- counting -----------------------------------------------------------------------------------


def _counted(value: Expression) -> Expression:
    """A list of each value and how often it occurs; inside a struct, null counts as one."""
    counts = duck.f.map_entries(duck.aggregate("histogram", duck.struct_of(item=value)))

    def pair(entry: Expression) -> Expression:
        item = duck.field_of(duck.field_of(entry, "key"), "item")
        return duck.struct_of(item=item, count=duck.field_of(entry, "value").cast("BIGINT"))

    pairs = duck.f.list_transform(counts, duck.lambda_("entry", pair))
    return duck.f.coalesce(pairs, duck.list_of())


def _first(pairs: Expression, number: Expression) -> Expression:
    """The `number` most frequent of `pairs`, of equals the least one first."""

    def ranked(pair: Expression) -> Expression:
        return duck.struct_of(rank=-duck.field_of(pair, "count"), item=duck.field_of(pair, "item"))

    def shown(pair: Expression) -> Expression:
        return duck.struct_of(item=duck.field_of(pair, "item"), count=-duck.field_of(pair, "rank"))

    order = duck.f.list_sort(duck.f.list_transform(pairs, duck.lambda_("pair", ranked)))
    return duck.f.list_transform(duck.f.list_slice(order, 1, number), duck.lambda_("place", shown))


@AGGREGATE.aggregate(
    "approx_top_k",
    takes=[ANY, _K, _TRACKED],
    gives=lambda arguments: _entries(arguments[0].type),
    nullable=never,
    check=_check_ranking,
)
def approx_top_k(value: Expression, number: Expression, tracked: Expression) -> Expression:
    """The values that occur most often, null among them, with how often. Counted exactly, so that
    any number of tracked items is enough.

    >>> SELECT approx_top_k(ship, 1) FROM VALUES ('brig'), ('sloop'), ('brig') AS t(ship)
    [{brig, 2}]
    """
    return _first(_counted(value), number)


# ---- states -------------------------------------------------------------------------------------


def _state(sketch: Expression, tracked: Expression, of: t.DataType) -> Expression:
    return duck.struct_of(
        sketch=sketch,
        maxItemsTracked=tracked.cast("INTEGER"),
        itemDataType=duck.literal(None, duck_type(of)),
        itemDataTypeDDL="item string not null" if is_string(of) else f"item {of.sql} NOT NULL",
    )


@AGGREGATE.aggregate(
    "approx_top_k_accumulate",
    takes=[ANY, _TRACKED],
    gives=lambda arguments: _state_of(arguments[0].type),
    nullable=never,
    check=_check_accumulating,
    needs=("arguments",),
)
def approx_top_k_accumulate(
    value: Expression, tracked: Expression, arguments: Arguments
) -> Expression:
    """How often each value occurs, as a state for approx_top_k_combine and approx_top_k_estimate.

    >>> SELECT approx_top_k_estimate(approx_top_k_accumulate(ship), 1)
    ... FROM VALUES ('brig'), ('sloop'), ('brig') AS t(ship)
    [{brig, 2}]
    """

    def stored(pair: Expression) -> Expression:
        item = duck.field_of(pair, "item").cast("VARCHAR")
        return duck.struct_of(i=item, n=duck.field_of(pair, "count"))

    counts = duck.f.list_transform(_counted(value), duck.lambda_("pair", stored))
    return _state(duck.f.encode(duck.f.to_json(counts).cast("VARCHAR")), tracked, arguments[0].type)


@AGGREGATE.aggregate(
    "approx_top_k_combine",
    takes=[STRUCT, _TOGETHER],
    gives=lambda arguments: _state_of(_item_type(arguments[0].type)),
    nullable=never,
    check=_check_combining,
    needs=("arguments",),
)
def approx_top_k_combine(
    state: Expression, tracked: Expression, arguments: Arguments
) -> Expression:
    """Several states of approx_top_k_accumulate in one.

    >>> SELECT approx_top_k_estimate(approx_top_k_combine(state), 1)
    ... FROM (SELECT approx_top_k_accumulate(ship) AS state
    ... FROM VALUES ('brig'), ('sloop'), ('brig') AS t(ship) GROUP BY ship)
    [{brig, 2}]
    """
    together = kernel("summaries", "counts_together", t.BINARY)
    sketch = together(gathered(_field(state, arguments, 0)))
    if arguments[1].value == _FROM_STATES:
        least, most = (duck.aggregate(word, _field(state, arguments, 1)) for word in ("min", "max"))
        differ = duck.fail("APPROX_TOP_K_SKETCH_SIZE_NOT_MATCH", size1=least, size2=most)
        tracked = duck.case((least.differs(most), differ), otherwise=least)
    return _state(sketch, tracked, _item_type(arguments[0].type))


@MISC.scalar(
    "approx_top_k_estimate",
    takes=[STRUCT, _K],
    gives=lambda arguments: _entries(_item_type(arguments[0].type)),
    check=_check_estimating,
    needs=("arguments",),
)
def approx_top_k_estimate(
    state: Expression, number: Expression, arguments: Arguments
) -> Expression:
    """The values that occur most often, with how often, from a state of approx_top_k_accumulate.

    >>> SELECT approx_top_k_estimate(approx_top_k_accumulate(ship), 1)
    ... FROM VALUES ('brig'), ('sloop'), ('brig') AS t(ship)
    [{brig, 2}]
    """
    of = duck_type(_item_type(arguments[0].type))
    stored = duck.f.from_json(duck.f.decode(_field(state, arguments, 0)), _STORED)

    def pair(entry: Expression) -> Expression:
        return duck.struct_of(
            item=duck.field_of(entry, "i").cast(of), count=duck.field_of(entry, "n")
        )

    pairs = duck.f.list_transform(stored, duck.lambda_("entry", pair))
    tracked = _field(state, arguments, 1)
    few = duck.fail("APPROX_TOP_K_MAX_ITEMS_TRACKED_LESS_THAN_K", maxItemsTracked=tracked, k=number)
    return duck.case((tracked.less(number), few), otherwise=_first(pairs, number))
