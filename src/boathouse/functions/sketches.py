"""Summaries in little space: bitmaps of whole numbers, the most frequent values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.errors.exceptions import SparkRuntimeError
from boathouse.functions.aggregate import AGGREGATE
from boathouse.functions.misc import MISC
from boathouse.functions.signature import (
    ANY,
    LONG,
    Argument,
    Takes,
    changed,
    exactly,
    never,
    optional,
)
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.duck import Expression

_BITS = 32_768
_BYTES = _BITS // 8


def _bytes(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type if isinstance(given.type, t.BinaryType) else None


_BITMAP = Takes(_bytes, '"BINARY"')


@MISC.scalar("bitmap_bit_position", takes=[LONG], gives=t.LONG)
def bitmap_bit_position(number: Expression) -> Expression:
    """Which bit of its bitmap stands for a number.

    >>> SELECT bitmap_bit_position(5), bitmap_bit_position(32769)
    4 | 0
    """
    return duck.if_(number.greater(0), (number - 1) % _BITS, (-number) % _BITS).cast("BIGINT")


@MISC.scalar("bitmap_bucket_number", takes=[LONG], gives=t.LONG)
def bitmap_bucket_number(number: Expression) -> Expression:
    """Which bitmap holds a number.

    >>> SELECT bitmap_bucket_number(5), bitmap_bucket_number(32769)
    1 | 2
    """
    positive = (number - 1) // _BITS + 1
    return duck.if_(number.greater(0), positive, number // _BITS).cast("BIGINT")


@MISC.scalar("bitmap_count", takes=[_BITMAP], gives=t.LONG)
def bitmap_count(bitmap: Expression) -> Expression:
    """How many bits of a bitmap are set.

    >>> SELECT bitmap_count(X'0103')
    3
    """
    return duck.if_(
        duck.f.octet_length(bitmap).equals(0), 0, duck.f.bit_count(bitmap.cast("BIT"))
    ).cast("BIGINT")


def _filled(byte: bytes, size: Expression | int) -> Expression:
    return duck.f.repeat(byte, size)


@AGGREGATE.aggregate("bitmap_construct_agg", takes=[LONG], gives=t.BINARY, nullable=never)
def bitmap_construct_agg(position: Expression) -> Expression:
    """A bitmap of 4096 bytes with the bits at all positions set.

    >>> SELECT bitmap_count(bitmap_construct_agg(place)) FROM VALUES (0), (9), (9) AS t(place)
    2
    """
    outside = duck.fail(
        "INVALID_BITMAP_POSITION",
        bitPosition=position,
        bitmapNumBytes=_BYTES,
        bitmapNumBits=_BITS,
    )
    # Spark's bytes begin with their lowest bit, DuckDB's with their highest.
    mirrored = position - position % 8 + (-(position % 8) + 7)
    inside = duck.all_of(position.at_least(0), position.less(_BITS))
    checked = duck.case((position.is_null(), None), (inside, mirrored), otherwise=outside)
    bits = duck.aggregate("bitstring_agg", checked.cast("BIGINT"), 0, _BITS - 1)
    return duck.f.coalesce(bits.cast("BLOB"), _filled(b"\x00", _BYTES))


def _combined(name: str, bitmap: Expression, empty: bytes) -> Expression:
    padding = _filled(b"\x00", duck.f.greatest(-duck.f.octet_length(bitmap) + _BYTES, 0))
    whole = bitmap.joined(padding).cast("BIT")
    return duck.f.coalesce(duck.aggregate(name, whole).cast("BLOB"), _filled(empty, _BYTES))


@AGGREGATE.aggregate("bitmap_or_agg", takes=[_BITMAP], gives=t.BINARY, nullable=never)
def bitmap_or_agg(bitmap: Expression) -> Expression:
    """A bitmap of the bits that are set in any of several bitmaps.

    >>> SELECT bitmap_count(bitmap_or_agg(bits)) FROM VALUES (X'01'), (X'02') AS t(bits)
    2
    """
    return _combined("bit_or", bitmap, b"\x00")


@AGGREGATE.aggregate("bitmap_and_agg", takes=[_BITMAP], gives=t.BINARY, nullable=never)
def bitmap_and_agg(bitmap: Expression) -> Expression:
    """A bitmap of the bits that are set in all of several bitmaps.

    >>> SELECT bitmap_count(bitmap_and_agg(bits)) FROM VALUES (X'03'), (X'02') AS t(bits)
    1
    """
    return _combined("bit_and", bitmap, b"\xff")


# ---- the most frequent --------------------------------------------------------------------------


def _ranking(arguments: tuple[Argument, ...]) -> t.DataType:
    entry = t.StructType(
        (
            t.StructField("item", arguments[0].type),
            t.StructField("count", t.LONG, nullable=False),
        )
    )
    return t.ArrayType(entry, contains_null=False)


_NUMBER = exactly(t.INTEGER)
_MOST_TRACKED = 1_000_000


def _check_tracked(arguments: tuple[Argument, ...]) -> None:
    number, tracked = (argument.value for argument in arguments[1:3])
    for name, value in (("k", number), ("maxItemsTracked", tracked)):
        if value is None:
            raise SparkRuntimeError("APPROX_TOP_K_NULL_ARG", argName=f"`{name}`")
        if value <= 0:
            raise SparkRuntimeError(
                "APPROX_TOP_K_NON_POSITIVE_ARG", argName=f"`{name}`", argValue=value
            )
    if tracked > _MOST_TRACKED:
        raise SparkRuntimeError(
            "APPROX_TOP_K_MAX_ITEMS_TRACKED_EXCEEDS_LIMIT",
            maxItemsTracked=tracked,
            limit=_MOST_TRACKED,
        )
    if tracked < number:
        raise SparkRuntimeError(
            "APPROX_TOP_K_MAX_ITEMS_TRACKED_LESS_THAN_K", maxItemsTracked=tracked, k=number
        )


@AGGREGATE.aggregate(
    "approx_top_k",
    takes=[
        ANY,
        changed(optional(_NUMBER, 5), constant=True, name="k"),
        changed(optional(_NUMBER, 10_000), constant=True, name="maxItemsTracked"),
    ],
    gives=_ranking,
    nullable=never,
    check=_check_tracked,
)
def approx_top_k(value: Expression, number: Expression, tracked: Expression) -> Expression:
    """The values that occur most often, null among them, with how often. Counted exactly, so that
    any number of tracked items is enough.

    >>> SELECT approx_top_k(ship, 1) FROM VALUES ('brig'), ('sloop'), ('brig') AS t(ship)
    [{brig, 2}]
    """
    # Inside a struct, null counts as a value.
    counts = duck.f.map_entries(duck.aggregate("histogram", duck.struct_of(item=value)))

    def ranked(entry: Expression) -> Expression:
        times = duck.field_of(entry, "value").cast("BIGINT")
        item = duck.field_of(duck.field_of(entry, "key"), "item")
        return duck.struct_of(rank=-times, item=item)

    def shown(entry: Expression) -> Expression:
        return duck.struct_of(
            item=duck.field_of(entry, "item"), count=-duck.field_of(entry, "rank")
        )

    order = duck.f.list_sort(duck.f.list_transform(counts, duck.lambda_("entry", ranked)))
    first = duck.f.list_slice(order, 1, number)
    few = duck.fail("APPROX_TOP_K_NON_POSITIVE_ARG", argName="`k`", argValue=number)
    return duck.case(
        (number.less(1), few),
        otherwise=duck.f.coalesce(
            duck.f.list_transform(first, duck.lambda_("place", shown)), duck.list_of()
        ),
    )
