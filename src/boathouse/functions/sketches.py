"""Summaries in little space: bitmaps of whole numbers, the most frequent values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.functions.aggregate import AGGREGATE
from boathouse.functions.misc import MISC
from boathouse.functions.signature import (
    LONG,
    Argument,
    Takes,
    never,
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
    below = duck.if_(number.equals(duck.literal(-(2**63))), 0, -number)
    return duck.if_(number.greater(0), (number - 1) % _BITS, below % _BITS).cast("BIGINT")


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
