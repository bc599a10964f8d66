"""The kinds of value a setting takes: how each is read and what Spark calls it in errors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from boathouse.errors.exceptions import IllegalArgumentError
from boathouse.types.zones import zone_of


class Kind(Enum):
    """What a setting's text is; the value is Spark's word for it in INVALID_CONF_VALUE."""

    TEXT = "string"
    FLAG = "boolean"
    INTEGER = "int"
    LONG = "long"
    NUMBER = "double"
    SIZE = "bytes in BYTE"
    SECONDS = "time in SECONDS"
    MILLISECONDS = "time in MILLISECONDS"
    ZONE = "time zone"


Value = bool | int | float | str

_SIZE = re.compile(r"(-?\d+)\s*([kmgtp]?)b?", re.IGNORECASE)
_SIZE_SHIFT = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50}
_TIME = re.compile(r"(-?\d+)\s*(us|ms|s|m|min|h|d)?", re.IGNORECASE)
_MILLISECONDS = {
    "us": 0.001,
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "min": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `default` is text as Spark shows it, None when it has none; `choices` are the
    allowed values in capitals; `positive` demands more than zero. A `static` one is fixed when the
    server starts. `effect` is False for what is accepted because Spark knows it, and changes
    nothing here.
    """

    key: str
    kind: Kind
    default: str | None
    doc: str = ""
    choices: tuple[str, ...] = ()
    positive: bool = False
    static: bool = False
    effect: bool = True


def size_in_bytes(text: str) -> int:
    """``10MB``, ``1g`` or ``4096`` in bytes; ValueError for anything else."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return int(match[1]) << _SIZE_SHIFT[match[2].lower()]


def time_in_milliseconds(text: str, unit: str) -> int:
    """``5min`` or ``300`` (then in `unit`) in milliseconds; ValueError for anything else."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return int(int(match[1]) * _MILLISECONDS[(match[2] or unit).lower()])


def zone(text: str) -> str:
    """`text` if it names a time zone as Spark understands it; ValueError otherwise."""
    if zone_of(text) is None:
        raise ValueError(text)
    return text


def _flag(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered not in {"true", "false"}:
        raise ValueError(text)
    return lowered == "true"


def _whole(text: str, bits: int) -> int:
    value = int(text.strip())
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise ValueError(text)
    return value


def _read(kind: Kind, text: str) -> Value:
    match kind:
        case Kind.FLAG:
            return _flag(text)
        case Kind.INTEGER:
            return _whole(text, 32)
        case Kind.LONG:
            return _whole(text, 64)
        case Kind.NUMBER:
            return float(text)
        case Kind.SIZE:
            return size_in_bytes(text)
        case Kind.SECONDS:
            return time_in_milliseconds(text, "s") // 1000
        case Kind.MILLISECONDS:
            return time_in_milliseconds(text, "ms")
        case Kind.ZONE:
            return zone(text)
        case Kind.TEXT:
            return text


def value_of(setting: Setting, text: str) -> Value:
    """`text` as the value of `setting`: bool, int (bytes, seconds, milliseconds), float or str.

    Raises INVALID_CONF_VALUE.* when it is none. One of several choices comes back in capitals.
    """
    named = {"confName": setting.key, "confValue": text}
    try:
        value = _read(setting.kind, text)
    except ValueError:
        if setting.kind is Kind.ZONE:
            raise IllegalArgumentError("INVALID_CONF_VALUE.TIME_ZONE", **named) from None
        raise IllegalArgumentError(
            "INVALID_CONF_VALUE.TYPE_MISMATCH", confType=setting.kind.value, **named
        ) from None
    if setting.choices:
        value = str(value).upper()
        if value not in setting.choices:
            options = ", ".join(setting.choices)
            if (setting.default or "").islower():  # as Spark writes the names of codecs
                options = options.lower()
            raise IllegalArgumentError(
                "INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS", confOptions=options, **named
            )
    if setting.positive and isinstance(value, int | float) and value <= 0:
        requirement = f"The value of {setting.key} must be positive"
        raise IllegalArgumentError(
            "INVALID_CONF_VALUE.REQUIREMENT", confRequirement=requirement, **named
        )
    return value
