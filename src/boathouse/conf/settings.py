"""A session's settings: what the table says, under what the user has set."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from boathouse.conf.kinds import Kind, Setting, Value, value_of, zone
from boathouse.conf.removed import require_there
from boathouse.conf.table import TABLE
from boathouse.errors.exceptions import AnalysisError, NoSuchElementError

# Settings of a cluster, which Spark reads once when it starts.
_CLUSTER_PREFIXES: Final = (
    "spark.driver.",
    "spark.executor.",
    "spark.task.",
    "spark.dynamicAllocation.",
    "spark.shuffle.",
    "spark.memory.",
    "spark.network.",
    "spark.rpc.",
    "spark.eventLog.",
    "spark.ui.",
)
_SESSION_PREFIXES: Final = ("spark.sql.", "spark.connect.", "spark.databricks.", "boathouse.")
_MISSING: Final = object()
_REJECTS_CORE = "spark.sql.legacy.setCommandRejectsSparkCoreConfs"
_DOCUMENTATION: Final = "https://spark.apache.org/docs/latest"


@cache
def known() -> Mapping[str, Setting]:
    """Every setting Spark has: those of `TABLE`, and those accepted without effect."""
    text = resources.files("boathouse.conf").joinpath("known.json").read_text("utf-8")
    others = {
        key: Setting(key, Kind(kind), default, static=static, effect=False)
        for key, (kind, default, static) in json.loads(text).items()
    }
    return {**others, **{setting.key: setting for setting in TABLE}}


@cache
def _entries() -> Mapping[str, Setting]:
    return {setting.key: setting for setting in TABLE}


def setting_of(key: str) -> Setting | None:
    """What is known about `key`; None for a key of the user's own."""
    return _entries().get(key) or known().get(key)


@cache
def machine_zone() -> str:
    """The machine's time zone by name, or its offset from UTC when it has no name we can find."""
    named = os.environ.get("TZ", "").removeprefix(":")
    link = Path("/etc/localtime").resolve().as_posix().partition("zoneinfo/")[2]
    for candidate in (named, link):
        try:
            return zone(candidate)
        except ValueError:
            continue
    hours, minutes = divmod(abs(time.timezone) // 60, 60)
    return f"{'-' if time.timezone > 0 else '+'}{hours:02}:{minutes:02}"


def kept_setting(kept: Mapping[str, str], key: str, current: Callable[[str], str]) -> str:
    """The text of `key` for a view or function that keeps the settings `kept` of its making. What
    of Spark's SQL had its default then has it still; what else there is, is the session's.
    """
    if key in kept:
        return kept[key]
    setting = setting_of(key) if kept and key.startswith("spark.sql.") else None
    return current(key) if setting is None else setting.default or ""


class Settings:
    """The settings of one session, as text under their keys; keys Spark does not know are free.

    `start` holds what the server was started with: there, static settings may be given too.
    """

    def __init__(self, start: Mapping[str, str] | None = None) -> None:
        self._start = dict(start or {})
        self._set: dict[str, str] = {}

    def get(self, key: str, default: object = _MISSING) -> str | None:
        """The text of `key`: set, else `default`, else Spark's default (None: known, without one).

        Raises SQL_CONF_NOT_FOUND for a key nobody knows, and INVALID_CONF_VALUE for a `default`
        that is no value of `key`.
        """
        setting = setting_of(key)
        if default is not _MISSING and default is not None and setting is not None:
            value_of(setting, str(default))
        for layer in (self._set, self._start):
            if key in layer:
                return layer[key]
        if default is not _MISSING:
            return None if default is None else str(default)
        if setting is None:
            raise NoSuchElementError("SQL_CONF_NOT_FOUND", sqlConf=f'"{key}"')
        return machine_zone() if setting.kind is Kind.ZONE else setting.default

    def flag(self, key: str) -> bool:
        """The value of a yes-or-no setting."""
        return self._value(key) is True

    def integer(self, key: str) -> int:
        """The value of a number, a size (bytes) or a time (in the setting's unit)."""
        value = self._value(key)
        if not isinstance(value, int):
            raise TypeError(key)
        return value

    def text(self, key: str) -> str:
        """The value of a text, empty when there is none; one of several choices in capitals."""
        value = self._value(key)
        return "" if value is None else str(value)

    def _value(self, key: str) -> Value | None:
        text = self.get(key)
        setting = setting_of(key)
        return text if text is None or setting is None else value_of(setting, text)

    def set(self, key: str, value: str) -> None:
        """Set `key`; raises CANNOT_MODIFY_STATIC_CONFIG, CANNOT_MODIFY_CONFIG,
        INVALID_CONF_VALUE.*, or what `require_there` does.
        """
        self._require_modifiable(key)
        require_there(key, value)
        setting = setting_of(key)
        if setting is not None:
            value_of(setting, value)
        self._set[key] = value

    def unset(self, key: str) -> None:
        """Go back to what the server was started with; raises as `set` does."""
        self._require_modifiable(key)
        self._set.pop(key, None)

    def is_modifiable(self, key: str) -> bool:
        """Whether Spark knows `key` as a setting that may change while the server runs."""
        setting = setting_of(key)
        return setting is not None and not setting.static and key.startswith(_SESSION_PREFIXES)

    def items(self, prefix: str = "") -> Iterator[tuple[str, str]]:
        """What is set or was given at the start, by key, for keys that begin with `prefix`."""
        merged = {**self._start, **self._set}
        return ((key, merged[key]) for key in sorted(merged) if key.startswith(prefix))

    def started_with(self, prefix: str = "") -> dict[str, str]:
        """What was given at the start, by key, for keys that begin with `prefix`."""
        return {key: text for key, text in self._start.items() if key.startswith(prefix)}

    def copy(self) -> Settings:
        """An independent copy (CloneSession)."""
        other = Settings(self._start)
        other._set = dict(self._set)
        return other

    def _require_modifiable(self, key: str) -> None:
        setting = setting_of(key)
        if setting is not None and setting.static:
            raise AnalysisError("CANNOT_MODIFY_STATIC_CONFIG", key=f'"{key}"')
        if key.startswith(_CLUSTER_PREFIXES) and self.flag(_REJECTS_CORE):
            raise AnalysisError("CANNOT_MODIFY_CONFIG", key=f'"{key}"', docroot=_DOCUMENTATION)
