"""Between moments (TIMESTAMPTZ) and the clock of the session's zone (TIMESTAMP). DuckDB asks ICU
for each value, which takes ten times as long as a function otherwise does; in UTC there is nothing
to ask.
"""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression

_UTC = frozenset(("UTC", "ETC/UTC", "GMT", "ETC/GMT", "Z", "ZULU", "ETC/ZULU", "+00:00"))


def is_utc(zone: str) -> bool:
    """Whether the clock of `zone` is always that of UTC."""
    return zone.upper() in _UTC


def clock(moment: Expression, zone: str) -> Expression:
    """What the clock of `zone`, the session's, shows at `moment`."""
    if is_utc(zone):
        return duck.f.make_timestamp(duck.f.epoch_us(moment))
    return moment.cast("TIMESTAMP")


def moment(shown: Expression, zone: str) -> Expression:
    """When the clock of `zone`, the session's, shows `shown`."""
    if is_utc(zone):
        return duck.f.make_timestamptz(duck.f.epoch_us(shown))
    return shown.cast("TIMESTAMPTZ")
