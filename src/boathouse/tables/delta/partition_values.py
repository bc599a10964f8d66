"""Values of partition columns: text in the log, typed in queries.

Empty text is null, whatever the type. A timestamp is written either without a zone, and then is in
the session's, or as ISO 8601 in UTC.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, TypeVar

import pyarrow as pa

from boathouse.errors.exceptions import SparkError
from boathouse.sql.datetimes import date_value, timestamp_value, to_instant, wall_clock
from boathouse.types import datatypes as t
from boathouse.types.arrow import arrow_type

_V = TypeVar("_V")
_FLOATS = {"infinity": math.inf, "+infinity": math.inf, "-infinity": -math.inf, "nan": math.nan}


def value_of(text: str | None, of: t.DataType, zone: str) -> Any:
    """The literal value (see `types.datatypes`) that `text` means as an `of`; `zone` is that of
    timestamps which state none. Raises DELTA_FAILED_CAST_PARTITION_VALUE.
    """
    if text is None or not text:
        return None
    try:
        return _PARSERS[type(of)](text, zone)
    except (ValueError, ArithmeticError, OverflowError, KeyError):
        raise SparkError(
            "DELTA_FAILED_CAST_PARTITION_VALUE", value=text, dataType=of.simple
        ) from None


def arrow_values(texts: Iterable[str | None], of: t.DataType, zone: str) -> pa.Array:
    """The values of `texts` as an Arrow array whose type DuckDB reads as that of `of`."""
    seen: dict[str | None, Any] = {}
    values: list[Any] = []
    for text in texts:
        if text not in seen:
            seen[text] = value_of(text, of, zone)
        values.append(seen[text])
    match of:
        case t.DateType():
            return pa.array(values, pa.int32()).cast(pa.date32())
        case t.TimestampType():
            return pa.array(values, pa.int64()).cast(pa.timestamp("us", "UTC"))
        case t.TimestampNTZType():
            return pa.array(values, pa.int64()).cast(pa.timestamp("us"))
        case t.StringType() | t.CharType() | t.VarcharType():
            return pa.array(values, pa.string())
        case _:
            return pa.array(values, arrow_type(of, zone))


def _boolean(text: str, _zone: str) -> bool:
    return {"true": True, "false": False}[text.strip().lower()]


def _integer(text: str, _zone: str) -> int:
    return int(text.strip())


def _float(text: str, _zone: str) -> float:
    known = _FLOATS.get(text.strip().lower())
    return float(text) if known is None else known


def _decimal(text: str, _zone: str) -> Decimal:
    return Decimal(text.strip())


def _date(text: str, zone: str) -> int:
    return _known(date_value(text, zone))


def _timestamp(text: str, zone: str) -> int:
    micros, zoned = _known(timestamp_value(text, zone))
    return micros if zoned else _known(to_instant(micros, zone))


def _timestamp_ntz(text: str, zone: str) -> int:
    return _known(wall_clock(text, zone))


def _known(value: _V | None) -> _V:
    if value is None:
        raise ValueError
    return value


def _text(text: str, _zone: str) -> str:
    return text


def _bytes(text: str, _zone: str) -> bytes:
    return text.encode()


_PARSERS: dict[type[t.DataType], Callable[[str, str], Any]] = {
    t.StringType: _text,
    t.CharType: _text,
    t.VarcharType: _text,
    t.BooleanType: _boolean,
    t.ByteType: _integer,
    t.ShortType: _integer,
    t.IntegerType: _integer,
    t.LongType: _integer,
    t.FloatType: _float,
    t.DoubleType: _float,
    t.DecimalType: _decimal,
    t.DateType: _date,
    t.TimestampType: _timestamp,
    t.TimestampNTZType: _timestamp_ntz,
    t.BinaryType: _bytes,
}
