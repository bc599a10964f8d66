"""Seeded random numbers, and what else tells partitions apart, as Spark gives them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa

from boathouse.functions import xorshift
from boathouse.functions.registry import look_up
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import computed, contains, map_children, walk
from boathouse.rewrite.rebuild import rebuild
from boathouse.types import datatypes as t

_MOST_ROWS: Final = 500_000
"""Rows for which numbers are made before the query runs; for more they come from a hash."""
_ROWS_OF_A_PARTITION: Final = 33
"""Bits that monotonically_increasing_id leaves for the rows of one partition."""
_DRAWN: Final = ("rand", "randn", "uniform", "randstr")
_WITH_SEED: Final = {"uniform": 3, "randstr": 2}
"""How many arguments a call has that has a seed."""
_COUNTED: Final = ("spark_partition_id", "monotonically_increasing_id")
_KEPT: Final = (
    r.Project,
    r.Filter,
    r.Sort,
    r.Limit,
    r.Observe,
    r.Partitioned,
    r.Numbered,
    r.Drawn,
)


def draw_numbers(plan: r.Relation) -> r.Relation:
    """Make random numbers columns of a relation that knows where its rows stand.

        Project[rand(7)](Range)  ->  Project[c](Drawn[c = (0.92, 0.37, ...)[n]](Numbered[n](Range)))

    A number of Spark depends on the seed, the partition and the place in it. Rows that were sent,
    ranges and VALUES have partitions that are known, and keep them through select lists and
    filters. Anything else has one partition, and its numbers are a hash of seed and place: others
    than Spark's, but the same in every run.
    """
    return rebuild(plan, _drawn)


def _drawn(node: r.Relation) -> r.Relation:
    if not isinstance(node, r.Unary):
        return node
    found = (x for root in computed(node) for x in walk(root))
    calls = dict.fromkeys(x for x in found if isinstance(x, e.Call) and _is_drawn(x))
    if not calls:
        return node
    placed = _place(node.child)
    if placed is None:
        return _hashed(node, [call for call in calls if call.function.name in {"rand", "randn"}])
    numbers = {call: _numbers(call, placed.sizes) for call in calls}
    known = {call: made for call, made in numbers.items() if made is not None}
    if not known:
        return node
    columns = {call: e.Attribute(e.fresh_id(), call.name, call.of, False) for call in known}
    lists = tuple(pa.array(made) for made in known.values())
    child = r.Drawn(placed.child, placed.index, tuple(columns.values()), lists)
    return _above(node, child, columns)


def _is_drawn(call: e.Call) -> bool:
    name = call.function.name
    return name in _COUNTED or (name in _DRAWN and isinstance(call.arguments[-1], e.Literal))


def _above(node: r.Unary, child: r.Relation, columns: dict[Any, e.Attribute]) -> r.Relation:
    """`node` over `child`, with columns where it called for numbers, and its own output."""

    def visit(root: e.Expression) -> e.Expression:
        return columns.get(root) or map_children(root, visit)

    changed = replace(map_children(node, visit), child=child)
    return changed if changed.output == node.output else r.Project(changed, node.output)


def _hashed(node: r.Unary, calls: list[Any]) -> r.Relation:
    if not calls:
        return node
    place = e.Attribute(e.fresh_id(), "place", t.LONG, may_be_null=False)
    draws: list[e.Alias] = []
    for call in calls:
        function = look_up(f"hashed_{call.function.name}")
        assert function is not None  # noqa: S101 - both stand beside rand and randn
        drawn = e.Call(function, (*call.arguments, place), t.DOUBLE, may_be_null=False)
        draws.append(e.Alias(drawn, call.name))
    child = r.Project(r.Numbered(node.child, place), (*node.child.output, *draws))
    columns = {call: draw.attribute for call, draw in zip(calls, draws, strict=True)}
    return _above(node, child, columns)


# ---- where rows stand ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Placed:
    """`child` has in its column `index` the number that each row has when partitions of `sizes`
    rows stand one after the other; a filter leaves places at their ends free.
    """

    child: r.Relation
    index: e.Attribute
    sizes: tuple[int, ...]


def _place(plan: r.Relation) -> _Placed | None:
    chain: list[Any] = []
    leaf = plan
    while isinstance(leaf, _KEPT):
        chain.append(leaf)
        leaf = leaf.child
    rows, partitions = _leaf_rows(leaf)
    if not 0 < rows <= _MOST_ROWS or any(_reorders(node) for node in chain):
        return None
    for node in reversed(chain):
        if isinstance(node, (r.Sort, r.Limit)) and not _is_ours(node):
            partitions = 1  # so few rows come together when they are sorted
        elif isinstance(node, r.Partitioned):
            partitions = node.partitions
    place = e.Attribute(e.fresh_id(), "place", t.LONG, may_be_null=False)
    if partitions <= 1:
        return _Placed(r.Numbered(plan, place), place, (rows,))
    sizes = tuple((p + 1) * rows // partitions - p * rows // partitions for p in range(partitions))
    carried: r.Relation = r.Numbered(leaf, place)
    for node in reversed(chain):
        one = node
        if isinstance(node, r.Project):
            one = replace(node, expressions=(*node.expressions, place))
        carried = replace(one, child=carried)
    if not any(isinstance(node, r.Filter) for node in chain):
        return _Placed(carried, place, sizes)
    again = e.Attribute(e.fresh_id(), "place", t.LONG, may_be_null=False)
    anew = r.Numbered(carried, again, place, rows, partitions)
    return _Placed(r.Sort(anew, (e.SortKey(place),)), again, sizes)


def _is_ours(node: r.Relation) -> bool:
    """Whether `node` is the sort that puts rows back where an earlier draw found them."""
    return (
        isinstance(node, r.Sort)
        and isinstance(node.child, r.Numbered)
        and node.child.base is not None
    )


def _reorders(node: r.Relation) -> bool:
    """Whether rows come out of a select list in another order or number."""
    return isinstance(node, r.Project) and any(contains(x, e.WindowCall) for x in node.expressions)


def _leaf_rows(leaf: r.Relation) -> tuple[int, int]:
    """How many rows and partitions a leaf has; no rows where that is not known."""
    match leaf:
        case r.LocalData():
            return leaf.table.num_rows, min(leaf.table.num_rows, leaf.partitions)
        case r.Range():
            return len(range(leaf.start, leaf.end, leaf.step)), leaf.partitions
        case r.Values():
            return len(leaf.rows), min(len(leaf.rows), leaf.partitions)
        case r.OneRow():
            return 1, 1
        case _:
            return 0, 1


# ---- numbers ------------------------------------------------------------------------------------


def _numbers(call: e.Call, sizes: tuple[int, ...]) -> Any:
    """What `call` gives for partitions of `sizes` rows; None where it can do without, or has no
    seed.
    """
    values = [_constant(x) for x in call.arguments if x is not None]
    if len(values) < _WITH_SEED.get(call.function.name, 0):
        return None
    if call.function.name in _WITH_SEED and values[-1] is None:
        values[-1] = 0
    match call.function.name:
        case "rand" | "randn" if values[0] is None and call.arguments[0] is not None:
            return _numbers(replace(call, arguments=(e.Literal(0, t.LONG),)), sizes)
        case "rand" if values[0] is not None:
            return xorshift.doubles(values[0], sizes)
        case "randn" if values[0] is not None:
            return xorshift.gaussians(values[0], sizes)
        case "uniform" if None not in values and isinstance(call.of, t.IntegralType):
            least, most, seed = values
            numbers = least + (most - least) * xorshift.doubles(seed, sizes)
            return np.trunc(numbers).astype(np.int64)
        case "uniform" if None not in values and isinstance(call.of, (t.DoubleType, t.FloatType)):
            least, most, seed = values
            least, most = float(least), float(most)
            return least + (most - least) * xorshift.doubles(seed, sizes)
        case "uniform" if None not in values and isinstance(call.of, t.DecimalType):
            least, most, seed = (float(str(value)) for value in values)
            numbers = least + (most - least) * xorshift.doubles(int(seed), sizes)
            return [_rounded(number, call.of) for number in numbers]
        case "randstr" if None not in values:
            length, seed = values
            return xorshift.texts(seed, sizes, length)
        case "spark_partition_id" if len(sizes) > 1:
            return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        case "monotonically_increasing_id" if len(sizes) > 1:
            parts = [np.arange(n) + (p << _ROWS_OF_A_PARTITION) for p, n in enumerate(sizes)]
            return np.concatenate(parts)
        case _:
            return None


def _constant(argument: e.Expression) -> Any:
    """The value of a constant, or of one that is cast to another number; else None."""
    while isinstance(argument, e.Cast) and isinstance(argument.type, t.NumericType):
        argument = argument.child
    return argument.value if isinstance(argument, e.Literal) else None


def _rounded(number: float, of: t.DecimalType) -> Decimal:
    return Decimal(repr(float(number))).quantize(Decimal(1).scaleb(-of.scale), ROUND_HALF_UP)
