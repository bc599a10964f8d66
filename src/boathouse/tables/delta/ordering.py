"""An order of rows in which those that are alike in some columns lie near each other."""

from __future__ import annotations

from collections.abc import Sequence

from boathouse.duck import tree

_RANK, _PLACE = "boathouse_rank", "boathouse_place"
_BITS = 16
"""Bits of each column's rank in a Z-order value, where there is room for so many."""
_ROOM = 120


def ordered(
    relation: tree.Relation, names: Sequence[str], values: Sequence[tree.Expression]
) -> tuple[tree.Relation, tuple[tree.SortKey, ...]]:
    """`relation`, with its columns `names`, and what its rows are ordered by: one value itself, of
    several a Z-order value of their ranks, whatever their types are.
    """
    if len(values) == 1:
        return relation, (tree.SortKey(values[0]),)
    share = tree.Aggregate("ntile", (tree.literal(2 ** _rank_bits(len(values))),))
    columns = [(tree.column(name), name) for name in names]
    ranks = [
        (tree.Window(share, order=(tree.SortKey(value),)) - 1, f"{_RANK}{at}")
        for at, value in enumerate(values)
    ]
    ranked = tree.Select((*columns, *ranks), relation)
    place = _z_order([tree.column(name) for _, name in ranks])
    placed = tree.Select((*columns, (place, _PLACE)), ranked)
    return placed, (tree.SortKey(tree.column(_PLACE)),)


def value_at(value: tree.Expression, path: Sequence[str]) -> tree.Expression:
    """The field of a struct `value` that `path` leads to; `value` itself for an empty one."""
    for name in path:
        value = tree.field_of(value, name)
    return value


def _rank_bits(columns: int) -> int:
    """How many bits the rank of each of so many columns has."""
    return min(_BITS, _ROOM // columns)


def _z_order(ranks: Sequence[tree.Expression]) -> tree.Expression:
    """A number that is near for rows whose `ranks` (0 up to 2 to the power of the rank's bits) are
    near in all columns: their bits one after the other, the highest first.
    """
    count = len(ranks)
    parts: list[tree.Expression] = []
    for at, rank in enumerate(ranks):
        for bit in range(_rank_bits(count)):
            one = tree.operator("&", tree.operator(">>", rank, bit), 1)
            parts.append(one.cast("HUGEINT") * tree.literal(2 ** (bit * count + at), "HUGEINT"))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
