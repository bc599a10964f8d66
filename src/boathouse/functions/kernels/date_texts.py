"""Moments written and read under Java's patterns, a row at a time."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import lru_cache

import pyarrow as pa

from boathouse.errors.exceptions import SparkArithmeticError, SparkRuntimeError, UpgradeError
from boathouse.functions.kernels import simple_date_format
from boathouse.functions.kernels.java_fields import Moment, moment_at
from boathouse.functions.kernels.java_formatter import formatter
from boathouse.functions.kernels.java_offsets import OffsetError
from boathouse.functions.kernels.java_resolver import Unresolved, resolved
from boathouse.types import civil
from boathouse.types.zones import Zone, zone_of

_MOST = 2**63
_SHOWN = 64
"""Java's messages show no more characters of a text."""
_PATTERNS = 16
_TEXTS = 16_384
"""Of how many texts of one pattern the answer is kept: days come again and again, and a text takes
some microseconds.
"""


def write(moments: pa.Array, *, pattern: str, zone: str, legacy: bool) -> list[str | None]:
    """The text of each moment in `zone`."""
    text = _writer(pattern, zone, legacy)
    return [
        None if micros is None else text(micros) for micros in moments.cast(pa.int64()).to_pylist()
    ]


@lru_cache(_PATTERNS)
def _writer(pattern: str, zone: str, legacy: bool) -> Callable[[int], str]:  # noqa: FBT001
    clock = _zone(zone)
    text: Callable[[Moment], str] = (
        (lambda moment: simple_date_format.write(pattern, moment))
        if legacy
        else formatter(pattern, reading=False).write
    )
    return lru_cache(_TEXTS)(lambda micros: text(moment_at(micros, clock)))


def read(
    texts: pa.Array, *, pattern: str, zone: str, zoned: bool, policy: str, error: str | None
) -> pa.Array:
    """The moment that each text shows: a timestamp if `zoned`, else one without a zone. A text that
    shows none is null, or an error that says to use the function `error`.
    """
    moment = reader(pattern, zone, zoned, policy, error)
    found = [None if text is None else moment(text) for text in texts.to_pylist()]
    return pa.array(found, pa.int64()).cast(pa.timestamp("us", "UTC" if zoned else None))


@lru_cache(_PATTERNS)
def reader(
    pattern: str,
    zone: str,
    zoned: bool,  # noqa: FBT001
    policy: str,
    error: str | None,
) -> Callable[[str], int | None]:
    """What reads one text for `read`, as microseconds."""
    clock = _zone(zone)
    legacy = policy == "LEGACY" and zoned

    def modern(text: str) -> int:
        return _modern(text, pattern, clock if zoned else None)

    def old(text: str) -> int:
        return _old(text, pattern, clock)

    def moment(text: str) -> int | None:
        try:
            return old(text) if legacy else modern(text)
        except Unresolved as wrong:
            if policy == "EXCEPTION" and _readable(old, text):
                raise _changed(text) from None
            if error is None:
                return None
            raise SparkRuntimeError(
                "CANNOT_PARSE_TIMESTAMP", func=f"`{error}`", message=str(wrong)
            ) from None

    # What a year of two digits means to the old formatter depends on when it is asked.
    return moment if legacy else lru_cache(_TEXTS)(moment)


def _zone(name: str) -> Zone:
    zone = zone_of(name)
    assert zone is not None  # noqa: S101 - the setting was checked
    return zone


def _modern(text: str, pattern: str, zone: Zone | None) -> int:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    start = f"Text '{shown}' could not be parsed"
    try:
        reading = formatter(pattern, reading=True).read(text)
    except OffsetError as wrong:
        raise Unresolved(str(wrong), reading=False) from None
    if isinstance(reading, str):
        raise Unresolved(start + reading)
    try:
        (year, month, day), (second, nano) = resolved(reading.fields)
    except Unresolved as wrong:
        raise Unresolved(f"{start}: {wrong}" if wrong.reading else str(wrong)) from None
    local = civil.day_number(year, month, day) * civil.DAY + second
    if zone is not None and reading.zone is not None:
        local -= reading.zone.of_local(local)
    elif zone is not None and "OFFSET_SECONDS" in reading.fields:
        local -= reading.fields["OFFSET_SECONDS"]
    elif zone is not None:
        local -= zone.of_local(local)
    return _long(local * civil.MICROS + nano // 1000)


def _long(micros: int) -> int:
    if not -_MOST <= micros < _MOST:
        raise SparkArithmeticError("NO_CONDITION", message="long overflow")
    return micros


def _old(text: str, pattern: str, zone: Zone) -> int:
    year = datetime.datetime.now(datetime.UTC).year
    try:
        micros = simple_date_format.read(pattern, text, zone, year_now=year)
    except simple_date_format.Unread:
        raise Unresolved(f'Unparseable date: "{text}"') from None
    return _long(micros)


def _readable(read_old: Callable[[str], int], text: str) -> bool:
    try:
        read_old(text)
    except ValueError:
        return False
    return True


def _changed(text: str) -> UpgradeError:
    return UpgradeError(
        "INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER",
        datetime=f"'{text}'",
        config='"spark.sql.legacy.timeParserPolicy"',
    )
