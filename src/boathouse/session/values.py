"""Arrow values in DuckDB's form -> Python values in literal form (see `types.datatypes`)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boathouse.types import datatypes as t

if TYPE_CHECKING:
    import pyarrow as pa


def literal_values(column: pa.Array | pa.ChunkedArray, of: t.DataType) -> list[Any]:
    """The values of `column` in the literal form of `of`."""
    return [literal_value(scalar, of) for scalar in column]


def literal_value(scalar: Any, of: t.DataType) -> Any:
    """One Arrow scalar in the literal form of `of`."""
    if not scalar.is_valid:
        return None
    match of:
        case t.DateType():
            return scalar.value  # days, of which some are beyond Python's dates
        case t.TimestampType() | t.TimestampNTZType():
            return scalar.value
        case t.TimeType():
            return scalar.value * 1000
        case t.CalendarIntervalType():
            months, days, nanos = scalar.as_py()
            return months, days, nanos // 1000
        case t.ArrayType():
            return tuple(literal_value(item, of.element) for item in scalar)
        case t.MapType():
            return tuple(
                (literal_value(entry[0], of.key), literal_value(entry[1], of.value))
                for entry in scalar.values
            )
        case t.StructType():
            return tuple(literal_value(scalar[i], field.type) for i, field in enumerate(of.fields))
        case t.DecimalType():
            return Decimal(scalar.as_py())
        case t.UserDefinedType():
            return literal_value(scalar, of.storage)
        case _:
            return scalar.as_py()
