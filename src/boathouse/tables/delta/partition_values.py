"""Values of partition columns: text in the log, typed in queries.

Empty text is null, whatever the type. A timestamp is written either without a zone, and then is in
the session's, or as ISO 8601 in UTC.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from boathouse.errors.exceptions import SparkError
from boathouse.types import datatypes as t
from boathouse.types.arrow import arrow_type

_EPOCH_DAY = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
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


def _date(text: str, _zone: str) -> int:
    return (date.fromisoformat(text.strip()[:10]) - _EPOCH_DAY).days


def _timestamp(text: str, zone: str) -> int:
    moment = _moment(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_time_zone(zone))
    return (moment - _EPOCH) // _MICROSECOND


def _timestamp_ntz(text: str, _zone: str) -> int:
    return (_moment(text).replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


def _moment(text: str) -> datetime:
    text = text.strip()
    head, dot, rest = text.partition(".")
    if not dot:
        return datetime.fromisoformat(text)
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return datetime.fromisoformat(f"{head}.{rest[:digits][:6]:0<6}{rest[digits:]}")


def _time_zone(name: str) -> ZoneInfo | timezone:
    if name in {"UTC", "Z", "GMT"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):
        offset = datetime.strptime(name[-6:], "%z").utcoffset()
        return timezone(offset or timedelta())


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
