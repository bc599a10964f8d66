"""Partition columns in directory names: ``year=2024/month=1``.

Spark reads them off every directory below the base path, infers one type for each column from all
its values, and writes values with special characters as ``%XX``.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import PurePosixPath
from urllib.parse import unquote

from boathouse.errors.exceptions import AnalysisError, SparkRuntimeError
from boathouse.types import datatypes as t

DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__"
"""The directory of rows whose partition value is NULL or empty."""

_ESCAPED = frozenset("\"#%'*/:=?\\\x7f{[]^") | {chr(code) for code in range(1, 32)}
_DOUBLE = re.compile(r"[+-]?(NaN|Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})?")
_MAX_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Partitioning:
    """The partition columns found, and each directory's values as raw text (None: NULL)."""

    names: tuple[str, ...]
    values: dict[str, tuple[str | None, ...]]


NONE = Partitioning((), {})


def escape(text: str) -> str:
    """`text` as part of a directory name."""
    return "".join(f"%{ord(c):02X}" if c in _ESCAPED else c for c in text)


def directory_name(name: str, value: str | None) -> str:
    """``name=value`` of one partition column; NULL and empty text share one directory."""
    return f"{escape(name)}={escape(value) if value else DEFAULT_PARTITION}"


def discover(directories: Iterable[str], bases: Sequence[str]) -> Partitioning:
    """The partition columns of `directories` (those that hold data files) below `bases`.

    Raises CONFLICTING_DIRECTORY_STRUCTURES when they lie under different roots, and
    CONFLICTING_PARTITION_COLUMN_NAMES when they do not name the same columns.
    """
    values: dict[str, tuple[tuple[str, str | None], ...]] = {}
    roots: set[str] = set()
    for directory in directories:
        pairs, root = _parse(directory, frozenset(bases))
        roots.add(root)
        if pairs:
            values[directory] = pairs
    if not values:
        return NONE
    if len(roots) > 1:
        listed = "".join(f"\n\t{root}" for root in sorted(roots))
        raise SparkRuntimeError(
            "CONFLICTING_DIRECTORY_STRUCTURES", discoveredBasePaths=f"{listed}\n"
        )
    names = {tuple(name for name, _ in pairs) for pairs in values.values()}
    if len(names) > 1:
        raise _conflicting(names, values)
    return Partitioning(
        next(iter(names)),
        {place: tuple(value for _, value in pairs) for place, pairs in values.items()},
    )


def _conflicting(
    names: set[tuple[str, ...]], values: dict[str, tuple[tuple[str, str | None], ...]]
) -> SparkRuntimeError:
    lists = "".join(
        f"\n\tPartition column name list #{number}: {', '.join(columns)}"
        for number, columns in enumerate(sorted(names))
    )
    paths = "".join(f"\n\tfile:{path}" for path in sorted(values))
    return SparkRuntimeError(
        "CONFLICTING_PARTITION_COLUMN_NAMES",
        distinctPartColLists=lists,
        suspiciousPaths=paths,
    )


def _parse(directory: str, bases: frozenset[str]) -> tuple[tuple[tuple[str, str | None], ...], str]:
    """The (column, raw value) pairs of a directory, and the directory above the first of them."""
    pairs: list[tuple[str, str | None]] = []
    place = PurePosixPath(directory)
    while str(place) not in bases and place != place.parent:
        name, equals, value = place.name.partition("=")
        if not equals:
            break
        if not name:
            raise AnalysisError("EMPTY_PARTITION_COLUMN_NAME", columnSpec=place.name)
        if not value:
            raise AnalysisError("EMPTY_PARTITION_COLUMN_VALUE", columnSpec=place.name)
        pairs.append((unquote(name), None if value == DEFAULT_PARTITION else unquote(value)))
        place = place.parent
    return tuple(reversed(pairs)), str(place)


def infer_type(values: Iterable[str | None], *, timestamps_have_zone: bool) -> t.DataType:
    """The one type of a column with these raw `values`; STRING when all are NULL or mixed."""
    found: t.DataType = t.NULL
    for value in set(values):
        found = _common(found, _type_of(value, timestamps_have_zone=timestamps_have_zone))
    return t.STRING if found == t.NULL else found


def _type_of(value: str | None, *, timestamps_have_zone: bool) -> t.DataType:
    if value is None:
        return t.NULL
    if re.fullmatch(r"[+-]?\d+", value):
        number = int(value)
        if -(1 << 31) <= number < 1 << 31:
            return t.INTEGER
        if -(1 << 63) <= number < 1 << 63:
            return t.LONG
        digits = len(str(abs(number)))
        return t.DecimalType(digits, 0) if digits <= _MAX_DIGITS else t.DOUBLE
    if _DOUBLE.fullmatch(value):
        return t.DOUBLE
    if _TIMESTAMP.fullmatch(value) and _is_date(value[:10]):
        return t.TIMESTAMP if timestamps_have_zone else t.TIMESTAMP_NTZ
    return t.DATE if _is_date(value) else t.STRING


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.date(*map(int, text.split("-")))
    except ValueError:
        return False
    return True


def _common(one: t.DataType, other: t.DataType) -> t.DataType:
    if other in {one, t.NULL}:
        return one
    if one == t.NULL:
        return other
    kinds = {type(one), type(other)}
    if kinds == {t.IntegerType, t.LongType}:
        return t.LONG
    if kinds == {t.IntegerType, t.DoubleType}:
        return t.DOUBLE
    # Spark (PartitioningUtils, since 2.3): neither LONG nor DECIMAL widens to DOUBLE here.
    decimals = [kind for kind in (one, other) if isinstance(kind, t.DecimalType)]
    if decimals and kinds <= {t.DecimalType, t.IntegerType, t.LongType}:
        least = 20 if t.LongType in kinds else 10
        return t.DecimalType(max(least, *(kind.precision for kind in decimals)), 0)
    if kinds <= {t.DateType, t.TimestampType, t.TimestampNTZType}:
        return t.TIMESTAMP if t.TimestampType in kinds else t.TIMESTAMP_NTZ
    return t.STRING


def require_castable(value: str | None, to: t.DataType, column: str) -> None:
    """INVALID_PARTITION_VALUE unless the raw `value` can be read as a `to`."""
    if value is None or _reads_as(value, to):
        return
    raise SparkRuntimeError(
        "INVALID_PARTITION_VALUE",
        value=f"'{value}'",
        dataType=f'"{to.sql}"',
        columnName=t.quoted(column),
    )


def _reads_as(value: str, to: t.DataType) -> bool:
    match to:
        case t.IntegralType():
            limit = 1 << to.bits - 1
            return bool(re.fullmatch(r"[+-]?\d+", value)) and -limit <= int(value) < limit
        case t.DecimalType():
            try:
                Decimal(value)
            except InvalidOperation:
                return False
            return True
        case t.FloatType() | t.DoubleType():
            return _DOUBLE.fullmatch(value) is not None
        case t.DateType():
            return _is_date(value[:10])
        case _:
            return True
