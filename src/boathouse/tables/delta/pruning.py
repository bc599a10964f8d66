"""Which files may hold rows for which a condition is true, by what the log knows of their values.

Every answer errs on the side of reading: what is not understood may be true anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from boathouse.plan import expressions as e
from boathouse.tables.delta.bounds import Bounds, column_bounds, partition_bounds
from boathouse.tables.delta.file_chunk import FileChunk
from boathouse.tables.delta.schema import ColumnMapping
from boathouse.types import datatypes as t

compute: Any = pyarrow.compute
"""Its functions are made at run time, so no type checker knows them."""

Maybe = np.ndarray
"""For each file, whether a condition may be true for a row of it."""

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<=>": "<=>"}
_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "<>"}
_DAY = 86_400_000_000
_MOST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Columns:
    """How conditions name the columns of a table: `names` by the ids of attributes."""

    mapping: ColumnMapping
    partition_by: tuple[str, ...]
    names: Mapping[int, str]
    zone: str


@dataclass(slots=True)
class Pruner:
    """Looks at the files of one `chunk`."""

    chunk: FileChunk
    columns: Columns
    _bounds: dict[tuple[tuple[str, ...], t.DataType], Bounds | None] = field(default_factory=dict)

    def may_be_true(self, condition: e.Expression, *, negated: bool = False) -> Maybe:
        """For each file, whether `condition` (or its negation) may be true for a row of it."""
        match condition:
            case e.Literal(value=value):
                true = value is not None and bool(value) is not negated
                return np.full(len(self.chunk), true)
            case e.Call(function=function):
                rule = _RULES.get(function.name)
                return self._unknown() if rule is None else rule(self, condition, negated=negated)
            case _ if isinstance(condition.type, t.BooleanType):
                return self._compared(condition, "=", e.Literal(not negated, t.BOOLEAN))
            case _:
                return self._unknown()

    def _unknown(self) -> Maybe:
        return np.ones(len(self.chunk), np.bool_)

    # ---- logic ----

    def and_(self, call: e.Call, *, negated: bool) -> Maybe:
        """All of several conditions."""
        return self._combined(call, np.logical_or if negated else np.logical_and, negated=negated)

    def or_(self, call: e.Call, *, negated: bool) -> Maybe:
        """One of several conditions."""
        return self._combined(call, np.logical_and if negated else np.logical_or, negated=negated)

    def _combined(self, call: e.Call, together: Any, *, negated: bool) -> Maybe:
        parts = [self.may_be_true(x, negated=negated) for x in call.arguments if x is not None]
        return together.reduce(parts)

    def not_(self, call: e.Call, *, negated: bool) -> Maybe:
        """The negation of one."""
        (inner,) = call.arguments
        return self._unknown() if inner is None else self.may_be_true(inner, negated=not negated)

    # ---- null ----

    def is_null(self, call: e.Call, *, negated: bool) -> Maybe:
        """IS NULL."""
        return self._not_null(call.arguments[0]) if negated else self._null(call.arguments[0])

    def is_not_null(self, call: e.Call, *, negated: bool) -> Maybe:
        """IS NOT NULL."""
        return self.is_null(call, negated=not negated)

    def _null(self, value: e.Expression | None) -> Maybe:
        bounds = self._known(value)
        return self._unknown() if bounds is None else bounds.nulls != 0

    def _not_null(self, value: e.Expression | None) -> Maybe:
        bounds = self._known(value)
        return self._unknown() if bounds is None else ~bounds.all_null

    # ---- comparisons ----

    def comparison(self, call: e.Call, *, negated: bool) -> Maybe:
        """A column and a literal, either way round."""
        left, right = call.arguments
        symbol = call.function.name
        if left is None or right is None:
            return self._unknown()
        if constant(left) is not None:
            left, right, symbol = right, left, _FLIPPED[symbol]
        if symbol == "<=>":
            return self._null_safe(left, right, negated=negated)
        return self._compared(left, _NEGATED[symbol] if negated else symbol, right)

    def _null_safe(self, left: e.Expression, right: e.Expression, *, negated: bool) -> Maybe:
        found = constant(right)
        if found is None or (negated and found.value is not None):
            return self._unknown()
        if found.value is None:
            return self._not_null(left) if negated else self._null(left)
        return self._compared(left, "=", right)

    def _compared(self, left: e.Expression, symbol: str, right: e.Expression) -> Maybe:
        found = constant(right)
        if found is None:
            return self._unknown()
        if found.value is None:
            return np.zeros(len(self.chunk), np.bool_)
        bounds = self._known(left)
        if bounds is None:
            return self._unknown()
        return self._within(bounds, symbol, found) & ~bounds.all_null

    def _within(self, bounds: Bounds, symbol: str, found: e.Literal) -> Maybe:
        value = _comparable(found.value)
        if isinstance(value, float):
            if math.isnan(value) or symbol == "<>":
                return self._unknown()
            bounds = _as_doubles(bounds)
        kind = bounds.least.type
        if isinstance(value, str) != pa.types.is_string(kind) or not _fits(value, kind):
            return self._unknown()
        scalar = pa.scalar(float(value) if kind == pa.float64() else value, kind)
        least, most = bounds.least, bounds.most
        match symbol:
            case "=":
                low, high = compute.less_equal(least, scalar), compute.greater_equal(most, scalar)
                return _maybe(low) & _maybe(high)
            case "<":
                return _maybe(compute.less(least, scalar))
            case "<=":
                return _maybe(compute.less_equal(least, scalar))
            case ">":
                return _maybe(compute.greater(most, scalar))
            case ">=":
                return _maybe(compute.greater_equal(most, scalar))
            case _:
                same = compute.and_(compute.equal(least, scalar), compute.equal(most, scalar))
                return _maybe(compute.invert(same))

    def between(self, call: e.Call, *, negated: bool) -> Maybe:
        """Both bounds included."""
        value, low, high = call.arguments
        if negated or value is None or low is None or high is None:
            return self._unknown()
        return self._compared(value, ">=", low) & self._compared(value, "<=", high)

    def in_(self, call: e.Call, *, negated: bool) -> Maybe:
        """One of several literals."""
        value, *items = call.arguments
        if negated or value is None:
            return self._unknown()
        parts = [self._compared(value, "=", item) for item in items if item is not None]
        return np.logical_or.reduce(parts) if parts else self._unknown()

    # ---- text ----

    def starts_with(self, call: e.Call, *, negated: bool) -> Maybe:
        """Text that begins with a literal."""
        value, prefix = call.arguments
        found = None if prefix is None else constant(prefix)
        if negated or value is None or found is None or not isinstance(found.value, str):
            return self._unknown()
        return self._prefixed(value, found.value)

    def like(self, call: e.Call, *, negated: bool) -> Maybe:
        """A pattern: what stands before its first wildcard counts."""
        value, pattern, *_ = call.arguments
        found = None if pattern is None else constant(pattern)
        if negated or value is None or found is None or not isinstance(found.value, str):
            return self._unknown()
        prefix = found.value
        for special in "%_\\":
            prefix = prefix.partition(special)[0]
        return self._prefixed(value, prefix)

    def _prefixed(self, value: e.Expression, prefix: str) -> Maybe:
        bounds = self._known(value)
        if bounds is None or not prefix or not pa.types.is_string(bounds.least.type):
            return self._unknown()
        low = compute.less_equal(bounds.least, pa.scalar(prefix + _MOST))
        high = compute.greater_equal(bounds.most, pa.scalar(prefix))
        return _maybe(low) & _maybe(high) & ~bounds.all_null

    # ---- columns ----

    def _known(self, value: e.Expression | None) -> Bounds | None:
        """What is known of a column, of a field of one, or of a cast that keeps order."""
        if isinstance(value, e.Cast):
            return self._known_cast(value)
        path = None if value is None else self._path(value)
        if value is None or path is None:
            return None
        key = (path, value.type)
        if key not in self._bounds:
            self._bounds[key] = self._looked_up(path, value.type)
        return self._bounds[key]

    def _known_cast(self, value: e.Cast) -> Bounds | None:
        given, to = value.child.type, value.to
        numbers = isinstance(given, t.NumericType) and isinstance(to, t.NumericType)
        if numbers and _keeps_order(given, to):
            return self._known(value.child)
        zoned = isinstance(to, t.TimestampType) and self.columns.zone in {"UTC", "Z", "Etc/UTC"}
        if isinstance(given, t.DateType) and (zoned or isinstance(to, t.TimestampNTZType)):
            found = self._known(value.child)
            return None if found is None else _as_times(found)
        return None

    def _path(self, value: e.Expression) -> tuple[str, ...] | None:
        match value:
            case e.Attribute(id=number):
                name = self.columns.names.get(number)
                try:
                    return None if name is None else (self.columns.mapping.physical_name(name),)
                except KeyError:
                    return None
            case e.Field(child=child) if isinstance(child.type, t.StructType):
                above = self._path(child)
                return None if above is None else self._inside(above, value)
            case _:
                return None

    def _inside(self, above: tuple[str, ...], value: e.Field) -> tuple[str, ...] | None:
        """The field's path; the log's own fields, which know physical names, are asked."""
        mapping = self.columns.mapping
        fields = mapping.schema.fields
        for name in above:
            found = next((f for f in fields if mapping.physical(f) == name), None)
            if found is None or not isinstance(found.type, t.StructType):
                return None
            fields = found.type.fields
        return (*above, mapping.physical(fields[value.index]))

    def _looked_up(self, path: tuple[str, ...], of: t.DataType) -> Bounds | None:
        columns = self.columns
        if isinstance(of, t.StringType) and of != t.STRING:
            return None  # another collation has another order
        partitions = {columns.mapping.physical_name(name) for name in columns.partition_by}
        if len(path) == 1 and path[0] in partitions:
            return partition_bounds(self.chunk, path[0], of, columns.zone)
        return column_bounds(self.chunk, path, of)


def constant(value: e.Expression) -> e.Literal | None:
    """The literal that `value` is, through casts between numbers; None when it is none."""
    if isinstance(value, e.Literal):
        return value
    if not isinstance(value, e.Cast):
        return None
    inner = constant(value.child)
    if inner is None:
        return None
    if inner.value is None:
        return e.Literal(None, value.to)
    if not isinstance(inner.of, t.NumericType):
        return None
    match value.to:
        case t.DecimalType(scale=scale):
            step = Decimal(1).scaleb(-scale)
            number = Decimal(inner.value)
            return e.Literal(number.quantize(step, ROUND_HALF_UP), value.to)
        case t.DoubleType():
            return e.Literal(float(inner.value), value.to)
        case t.IntegralType() if isinstance(inner.of, t.IntegralType):
            return e.Literal(inner.value, value.to)
        case _:
            return None


def _keeps_order(given: t.DataType, to: t.DataType) -> bool:
    if isinstance(to, t.IntegralType):
        return isinstance(given, t.IntegralType) and to.bits >= given.bits
    if isinstance(to, t.DecimalType):
        wide = isinstance(given, t.DecimalType) and to.scale >= given.scale
        return wide or isinstance(given, t.IntegralType)
    return isinstance(to, t.DoubleType)


def _comparable(value: Any) -> Any:
    match value:
        case bool():
            return int(value)
        case Decimal():
            whole = value == value.to_integral_value()
            return int(value) if whole and abs(value) < 2**53 else float(value)
        case _:
            return value


def _fits(value: Any, kind: pa.DataType) -> bool:
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return isinstance(value, (float, str)) and kind in {pa.float64(), pa.string()}


def _as_doubles(bounds: Bounds) -> Bounds:
    if bounds.least.type != pa.int64():
        return bounds
    low = np.nextafter(_doubles(bounds.least), -np.inf)
    high = np.nextafter(_doubles(bounds.most), np.inf)
    least, most = pa.array(low, from_pandas=True), pa.array(high, from_pandas=True)
    return Bounds(least, most, bounds.nulls, bounds.rows)


def _doubles(array: pa.Array) -> np.ndarray:
    return array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def _as_times(bounds: Bounds) -> Bounds:
    least, most = (compute.multiply(days, _DAY) for days in (bounds.least, bounds.most))
    return Bounds(least, most, bounds.nulls, bounds.rows, bounds.exact)


def _maybe(known: pa.Array) -> Maybe:
    """What is not known may be."""
    return known.fill_null(True).to_numpy(zero_copy_only=False)


_RULES: dict[str, Callable[..., Maybe]] = {
    "and": Pruner.and_,
    "or": Pruner.or_,
    "not": Pruner.not_,
    "isnull": Pruner.is_null,
    "isnotnull": Pruner.is_not_null,
    "=": Pruner.comparison,
    "<=>": Pruner.comparison,
    "<": Pruner.comparison,
    "<=": Pruner.comparison,
    ">": Pruner.comparison,
    ">=": Pruner.comparison,
    "between": Pruner.between,
    "in": Pruner.in_,
    "startswith": Pruner.starts_with,
    "like": Pruner.like,
}
