"""Long lists of values become tables, because DuckDB reads SQL text at 50 us a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import pyarrow as pa

from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import map_children, transform
from boathouse.rewrite.rebuild import rebuild
from boathouse.types import datatypes as t
from boathouse.types.arrow import arrow_type

LONG = 200
"""From how many values on a list is a table."""

# How the literal form of a type becomes Arrow: the type to read it as, before the type itself.
_FORMS: Mapping[type[t.DataType], pa.DataType | None] = MappingProxyType(
    {
        t.BooleanType: None,
        t.ByteType: None,
        t.ShortType: None,
        t.IntegerType: None,
        t.LongType: None,
        t.DecimalType: None,
        t.StringType: None,
        t.BinaryType: None,
        t.DateType: pa.int32(),
        t.TimestampType: pa.int64(),
        t.TimestampNTZType: pa.int64(),
    }
)


def tabulate_long_lists(plan: r.Relation) -> r.Relation:
    """Read the values of a long IN list of a filter from a table.

    Filter[a IN (1, 2, ..., 1000)](t)  ->  Filter[a IN (SELECT v FROM local)](t)
    """
    return rebuild(plan, _tabulated)


def _tabulated(node: r.Relation) -> r.Relation:
    if not isinstance(node, r.Filter):
        return node
    condition = _conjunct(node.condition)
    return node if condition is node.condition else replace(node, condition=condition)


def _conjunct(node: e.Expression) -> e.Expression:
    if isinstance(node, e.Call) and node.function.name == "and":
        return map_children(node, _conjunct)
    found = _query(node)
    if found is None:
        return transform(node, _query)
    # A bare IN would become a join that may turn around, and rows lose their order as they never do
    # in Spark's filters; a condition that looks at the answer keeps it.
    return e.Case(((found, e.Literal(value=True, of=t.BOOLEAN)),), None, t.BOOLEAN)


def _query(node: e.Expression) -> e.Expression | None:
    if not isinstance(node, e.Call) or node.function.name != "in" or len(node.arguments) <= LONG:
        return None
    value, *items = node.arguments
    if value is None or type(value.type) not in _FORMS:
        return None
    values = [item.value for item in items if isinstance(item, e.Literal)]
    if len(values) != len(items) or not all(map(_same_as(value.type), items)):
        return None
    attribute = e.Attribute(e.fresh_id(), "value", value.type, None in values)
    table = pa.table({"c0": _array(values, value.type)})
    return e.InSubquery((value,), r.LocalData(table, (attribute,)), listed=True)


def _same_as(wanted: t.DataType) -> Callable[[e.Expression | None], bool]:
    return lambda item: item is not None and item.type == wanted


def _array(values: list[object], of: t.DataType) -> pa.Array:
    target = arrow_type(of, "UTC")
    return pa.array(values, _FORMS[type(of)] or target).cast(target)
