"""Delta tables by path and by name, at any of their versions, as readers name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import AnalysisError, IllegalArgumentError, unsupported
from boathouse.spec import expressions as se
from boathouse.tables.delta.changes import Bounds, changes_of
from boathouse.tables.delta.log import DeltaLog, place_of
from boathouse.tables.storage import storage_of
from boathouse.types.zones import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boathouse.plan import relations as r
    from boathouse.session.home import Home
    from boathouse.spec import relations as sr

DELTA = "delta"
"""The name of the format."""

_SUFFIX = re.compile(r"(.+)@(?:[vV](\d+)|(\d{17}))")
_FEED = ("readchangefeed", "readchangedata")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_delta(provider: str) -> bool:
    """Whether a provider's name, in any case, means Delta tables."""
    return provider.lower() == DELTA


def log_at(path: str) -> DeltaLog:
    """The log of the table at a local path or URI."""
    return DeltaLog.at(storage_of(path))


def require_log(path: str) -> DeltaLog:
    """The log of the table at `path`. Raises DELTA_PATH_DOES_NOT_EXIST."""
    log = log_at(path)
    if not log.exists():
        raise AnalysisError("DELTA_PATH_DOES_NOT_EXIST", path=place_of(log.storage))
    return log


@dataclass(frozen=True, slots=True)
class Moment:
    """What to travel to: a version, or a time in milliseconds; None and None is now."""

    version: int | None = None
    timestamp: int | None = None


def read_path(
    path: str, options: Mapping[str, str], session: Home, node: sr.NamedTable | None = None
) -> r.Source:
    """The rows of the Delta table at `path`, which may end in ``@v1`` or ``@`` and a time. Raises
    DELTA_PATH_DOES_NOT_EXIST.
    """
    log, travel = log_at(path), moment_of(options, session.zone, node)
    if not log.exists():
        bare, suffix = travel_suffix(path, session.zone)
        log = log_at(bare)
        if suffix == Moment() or not log.exists():
            raise AnalysisError("DELTA_PATH_DOES_NOT_EXIST", path=path)
        if travel != Moment():
            raise AnalysisError("MULTIPLE_TIME_TRAVEL_SPEC")
        travel = suffix
    return read_log(log, options, session, travel)


def read_log(log: DeltaLog, options: Mapping[str, str], session: Home, travel: Moment) -> r.Source:
    """The rows of a table, or with the option readChangeFeed its changes."""
    lowered = {key.lower(): value for key, value in options.items()}
    if any(lowered.get(name, "").lower() == "true" for name in _FEED):
        if travel != Moment():
            raise unsupported("time travel in a change data feed")
        return read_changes(log, options, session)
    snapshot = log.snapshot(travel.version, travel.timestamp, session.zone)
    return snapshot.scan(session.files(None))


def read_source(node: sr.DataSource, session: Home) -> r.Source:
    """What ``spark.read.format("delta")`` describes."""
    options = dict(node.options)
    if node.schema:
        raise AnalysisError("DELTA_UNSUPPORTED_SCHEMA_DURING_READ")
    given = [value for key, value in options.items() if key.lower() == "path"]
    paths = list(node.paths) or given
    if len(paths) != 1:
        raise IllegalArgumentError("DELTA_INVALID_PATHS", paths=", ".join(paths))
    return read_path(paths[0], options, session)


# ---- time ---------------------------------------------------------------------------------------


def moment_of(options: Mapping[str, str], zone: str, node: sr.NamedTable | None = None) -> Moment:
    """The moment that ``versionAsOf``, ``timestampAsOf`` or a clause in SQL asks for."""
    lowered = {key.lower(): value for key, value in options.items()}
    version, timestamp = lowered.get("versionasof"), lowered.get("timestampasof")
    found = [] if version is None else [Moment(version=_version(version, "versionAsOf"))]
    if timestamp is not None:
        found.append(Moment(timestamp=milliseconds(timestamp, zone)))
    if node is not None and node.version is not None:
        found.append(Moment(version=_version(str(_value(node.version)), "VERSION AS OF")))
    if node is not None and node.timestamp is not None:
        found.append(Moment(timestamp=int(_value(node.timestamp)) // 1000))
    if len(found) > 1:
        raise AnalysisError("MULTIPLE_TIME_TRAVEL_SPEC")
    return found[0] if found else Moment()


def travel_suffix(name: str, zone: str) -> tuple[str, Moment]:
    """`name` without ``@v1`` or ``@yyyyMMddHHmmssSSS``, and the moment which that names."""
    match = _SUFFIX.fullmatch(name)
    if match is None:
        return name, Moment()
    if match[2] is not None:
        return match[1], Moment(version=int(match[2]))
    try:
        time = datetime.strptime(match[3] + "000", "%Y%m%d%H%M%S%f").replace(
            tzinfo=named(zone).clock
        )
    except ValueError:
        raise AnalysisError(
            "DELTA_INVALID_TIMESTAMP_FORMAT", timestamp=match[3], format="yyyyMMddHHmmssSSS"
        ) from None
    return match[1], Moment(timestamp=_since_epoch(time))


def milliseconds(text: str, zone: str) -> int:
    """The time that `text` says, in `zone` unless it says another. Raises
    DELTA_TIMESTAMP_INVALID.
    """
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise AnalysisError("DELTA_TIMESTAMP_INVALID", expr=text) from None
    return _since_epoch(time if time.tzinfo is not None else time.replace(tzinfo=named(zone).clock))


def _since_epoch(time: datetime) -> int:
    return round((time - _EPOCH).total_seconds() * 1000)


def _version(text: str, key: str) -> int:
    if not text.strip().isdecimal():
        raise AnalysisError("DELTA_TIME_TRAVEL_INVALID_BEGIN_VALUE", timeTravelKey=key)
    return int(text)


def _value(expression: se.Expression) -> Any:
    assert isinstance(expression, se.Literal)  # noqa: S101 - binding made it one
    return expression.value


# ---- changes ------------------------------------------------------------------------------------


def read_changes(log: DeltaLog, options: Mapping[str, str], session: Home) -> r.Source:
    """The changes of a table within the options' bounds (``startingVersion`` and its kin)."""
    lowered = {key.lower(): value for key, value in options.items()}

    def version(edge: str) -> int | None:
        text = lowered.get(f"{edge}version")
        return None if text is None else _version(text, f"{edge}Version")

    def timestamp(edge: str) -> int | None:
        text = lowered.get(f"{edge}timestamp")
        return None if text is None else milliseconds(text, session.zone)

    bounds = Bounds(
        version("starting"),
        timestamp("starting"),
        version("ending"),
        timestamp("ending"),
        lowered.get("startingboundinclusive", "true").lower() == "true",
        lowered.get("endingboundinclusive", "true").lower() == "true",
    )
    if lowered.get("deduplicationmode", "none").lower() not in {"none", "dropcarryovers"}:
        raise unsupported("net changes")
    return changes_of(log, bounds, session.files(None))
