"""The properties of Delta tables (``delta.*``): which there are, and what values they take."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from boathouse.errors.exceptions import AnalysisError, IllegalArgumentError

DEFAULTS = "spark.databricks.delta.properties.defaults."
"""Settings under this prefix are the properties of new tables."""
PROFILE = "boathouse.profile"
"""``plain``: a table that every engine reads and writes; ``rich``: all that Boathouse has."""

_MILLISECONDS = {
    "microsecond": 0.001,
    "millisecond": 1,
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
}
_INTERVAL = re.compile(r"\s*(?:interval\s+)?((?:[+-]?\d+\s+[a-z]+\s*)+)", re.IGNORECASE)


def milliseconds(text: str) -> int:
    """The length of ``interval 30 days`` or ``1 week 2 hours``. Raises ValueError."""
    match = _INTERVAL.fullmatch(text)
    if match is None:
        raise ValueError(text)
    words = match[1].split()
    total = 0.0
    for amount, unit in zip(words[::2], words[1::2], strict=True):
        singular = unit.lower().removesuffix("s")
        if singular not in _MILLISECONDS:
            raise ValueError(text)
        total += int(amount) * _MILLISECONDS[singular]
    return int(total)


def _flag(text: str) -> object:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


def _whole(least: int) -> Callable[[str], object]:
    def read(text: str) -> object:
        if int(text) < least:
            raise ValueError(text)
        return int(text)

    return read


def _one_of(*choices: str) -> Callable[[str], object]:
    def read(text: str) -> object:
        if text.lower() not in {choice.lower() for choice in choices}:
            raise ValueError(text)
        return text

    return read


@dataclass(frozen=True, slots=True)
class Property:
    """A property: its key without ``delta.``, how its text is read, its default, what it takes."""

    key: str
    read: Callable[[str], object]
    default: str | None
    takes: str


_TRUTH = "needs to be 'true' or 'false'."
_LENGTH = "needs to be provided as a calendar interval such as '2 weeks'."
_POSITIVE = "needs to be a positive integer."

PROPERTIES: Mapping[str, Property] = {
    f"delta.{one.key}".lower(): one
    for one in (
        Property("appendOnly", _flag, "false", _TRUTH),
        Property("autoOptimize.autoCompact", _one_of("true", "false", "auto"), None, _TRUTH),
        Property("autoOptimize.optimizeWrite", _flag, None, _TRUTH),
        Property("checkpointInterval", _whole(1), "10", _POSITIVE),
        Property("checkpointPolicy", _one_of("classic", "v2"), "classic", "is classic or v2."),
        Property("checkpointRetentionDuration", milliseconds, "interval 2 days", _LENGTH),
        Property("checkpoint.writeStatsAsJson", _flag, "true", _TRUTH),
        Property("checkpoint.writeStatsAsStruct", _flag, None, _TRUTH),
        Property("compatibility.symlinkFormatManifest.enabled", _flag, "false", _TRUTH),
        Property("columnMapping.maxColumnId", _whole(0), "0", "cannot be set."),
        Property("columnMapping.mode", _one_of("none", "name", "id"), "none", "is none, name, id."),
        Property("dataSkippingNumIndexedCols", _whole(-1), "32", "needs to be at least -1."),
        Property("dataSkippingStatsColumns", str, None, "is a list of columns."),
        Property("deletedFileRetentionDuration", milliseconds, "interval 1 week", _LENGTH),
        Property("enableChangeDataFeed", _flag, "false", _TRUTH),
        Property("enableDeletionVectors", _flag, "false", _TRUTH),
        Property("enableExpiredLogCleanup", _flag, "true", _TRUTH),
        Property("enableFullRetentionRollback", _flag, "true", _TRUTH),
        Property("enableInCommitTimestamps", _flag, "false", _TRUTH),
        Property("enableRowTracking", _flag, "false", _TRUTH),
        Property("enableTypeWidening", _flag, "false", _TRUTH),
        Property("inCommitTimestampEnablementTimestamp", _whole(0), None, "cannot be set."),
        Property("inCommitTimestampEnablementVersion", _whole(0), None, "cannot be set."),
        Property(
            "isolationLevel",
            _one_of("Serializable", "WriteSerializable", "SnapshotIsolation"),
            "WriteSerializable",
            "must be Serializable or WriteSerializable.",
        ),
        Property("logRetentionDuration", milliseconds, "interval 30 days", _LENGTH),
        Property("minReaderVersion", _whole(1), None, "needs to be one of 1, 2, 3."),
        Property("minWriterVersion", _whole(1), None, "needs to be one of 2, 3, 4, 5, 6, 7."),
        Property("parquet.compression.codec", str, None, "is a codec of Parquet."),
        Property(
            "dropFeatureTruncateHistory.retentionDuration",
            milliseconds,
            "interval 24 hours",
            _LENGTH,
        ),
        Property("requireCheckpointProtectionBeforeVersion", _whole(0), "0", "cannot be set."),
        Property("randomizeFilePrefixes", _flag, "false", _TRUTH),
        Property("randomPrefixLength", _whole(1), "2", _POSITIVE),
        Property("rowTracking.materializedRowIdColumnName", str, None, "cannot be set."),
        Property("rowTracking.materializedRowCommitVersionColumnName", str, None, "cannot be set."),
        Property("setTransactionRetentionDuration", milliseconds, None, _LENGTH),
        Property("targetFileSize", str, None, "is a size in bytes."),
        Property("tuneFileSizesForRewrites", _flag, None, _TRUTH),
    )
}
_FREE = ("delta.constraints.", "delta.feature.", "delta.universalformat.")
_FEATURE = "delta.feature."
_VERSIONS = frozenset({"delta.minreaderversion", "delta.minwriterversion"})
_SET_BY_THE_TABLE = frozenset(
    {
        "delta.columnmapping.maxcolumnid",
        "delta.incommittimestampenablementversion",
        "delta.requirecheckpointprotectionbeforeversion",
        "delta.incommittimestampenablementtimestamp",
        "delta.rowtracking.materializedrowidcolumnname",
        "delta.rowtracking.materializedrowcommitversioncolumnname",
    }
)


def check_protocol_properties(properties: Mapping[str, str]) -> None:
    """Raise for a protocol that is no number, and a feature that is anything but ``supported``."""
    for key, value in properties.items():
        if key.lower() in _VERSIONS and not value.strip().isdecimal():
            raise IllegalArgumentError("DELTA_PROTOCOL_PROPERTY_NOT_INT", key=key, value=value)
        if key.startswith(_FEATURE) and value.lower() not in {"supported", "enabled"}:
            feature = key.removeprefix(_FEATURE)
            raise AnalysisError("DELTA_UNSUPPORTED_FEATURE_STATUS", feature=feature, status=value)


def checked(properties: Mapping[str, str], *, unknown: bool = False) -> dict[str, str]:
    """`properties` with the keys of ``delta.*`` spelled as Delta spells them. Raises
    DELTA_UNKNOWN_CONFIGURATION (not where `unknown` are allowed), and for a value it does not take.
    """
    check_protocol_properties(properties)
    found: dict[str, str] = {}
    for key, value in properties.items():
        known = PROPERTIES.get(key.lower())
        if known is None:
            strange = key.lower().startswith("delta.") and not key.lower().startswith(_FREE)
            if strange and not unknown:
                raise AnalysisError(
                    "DELTA_UNKNOWN_CONFIGURATION",
                    config=key,
                    disableCheckConfig="spark.databricks.delta.allowArbitraryProperties.enabled",
                )
            if key.lower().startswith("delta.constraints."):
                raise AnalysisError("DELTA_ADD_CONSTRAINTS")
            found[key] = value
            continue
        if key.lower() in _SET_BY_THE_TABLE:
            raise AnalysisError("DELTA_CANNOT_MODIFY_TABLE_PROPERTY", prop=f"delta.{known.key}")
        check_value(known, value)
        found[f"delta.{known.key}"] = value
    return found


def check_value(known: Property, value: str) -> None:
    """DELTA_INVALID_TABLE_PROPERTY_VALUE unless the property takes `value`."""
    try:
        known.read(value)
    except ValueError:
        raise IllegalArgumentError(
            "DELTA_VIOLATE_PROPERTY_VALUE",
            key=f"delta.{known.key}",
            value=value,
            requirement=known.takes,
        ) from None


def settable(properties: Mapping[str, str]) -> dict[str, str]:
    """Those of a table's properties that CREATE TABLE takes."""
    own = ("delta.min", "delta.feature.", "delta.constraints.")
    return {
        key: value
        for key, value in properties.items()
        if key.lower() not in _SET_BY_THE_TABLE and not key.startswith(own)
    }


def canonical_key(key: str) -> str:
    """`key` as Delta spells it."""
    known = PROPERTIES.get(key.lower())
    return key if known is None else f"delta.{known.key}"


def of_settings(settings: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The properties of new tables that a session's settings say."""
    return {
        f"delta.{key.removeprefix(DEFAULTS)}": value
        for key, value in settings
        if key.startswith(DEFAULTS)
    }


class Values(Mapping[str, str]):
    """The properties of one table, with typed questions; what is not set has its default."""

    def __init__(self, properties: Mapping[str, str]) -> None:
        self._set = properties

    def __getitem__(self, key: str) -> str:
        return self._set[key]

    def __iter__(self):  # noqa: ANN204 - Mapping says it
        return iter(self._set)

    def __len__(self) -> int:
        return len(self._set)

    def value(self, key: str) -> object:
        """The typed value of the property `key` (with ``delta.``), its default where not set."""
        known = PROPERTIES[key.lower()]
        text = self._set.get(key, known.default)
        return None if text is None else known.read(text)

    def flag(self, key: str) -> bool:
        """The value of a yes-or-no property."""
        return self.value(key) is True

    def number(self, key: str) -> int:
        """The value of a number, or of a length of time in milliseconds."""
        value = self.value(key)
        assert isinstance(value, int)  # noqa: S101 - asked of numbers only
        return value
