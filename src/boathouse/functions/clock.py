"""Between moments (TIMESTAMPTZ) and the clock of the session's zone (TIMESTAMP). DuckDB asks ICU
for each value, which takes ten times as long as a function otherwise does; in UTC there is nothing
to ask.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.types import duck_zone
from boathouse.errors.exceptions import DateTimeError
from boathouse.functions.let import let
from boathouse.types.zones import zone_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PARSER_POLICY = "spark.sql.legacy.timeParserPolicy"
_UTC = frozenset(("UTC", "ETC/UTC", "GMT", "ETC/GMT", "Z", "ZULU", "ETC/ZULU", "+00:00"))


def is_utc(zone: str) -> bool:
    """Whether the clock of `zone` is always that of UTC."""
    return zone.upper() in _UTC


def zone_name(zone: Expression) -> Expression:
    """The name of a zone as ICU knows it: offsets have GMT in front."""
    of_gmt = duck.f.regexp_replace(zone, "^(?:UTC|UT|GMT)?([+-])", r"GMT\1")
    return duck.if_(zone.equals("Z"), "UTC", of_gmt)


def clock(moment: Expression, zone: str) -> Expression:
    """What the clock of `zone`, the session's or that of a view, shows at `moment`."""
    if is_utc(zone):
        return duck.f.make_timestamp(duck.f.epoch_us(moment))
    if not zone:
        return moment.cast("TIMESTAMP")
    return duck.f.timezone(duck.literal(duck_zone(zone)), moment)


def moment(shown: Expression, zone: str = "") -> Expression:
    """When the clock of `zone`, the session's or that of a view, shows `shown`; its name is not
    always needed. Where clocks are set back an hour comes twice: Spark takes the first one, ICU the
    second.
    """
    if is_utc(zone):
        return duck.f.make_timestamptz(duck.f.epoch_us(shown))
    if not zone:
        return _first(shown, lambda x: x.cast("TIMESTAMPTZ"), lambda x: x.cast("TIMESTAMP"))
    name = duck.literal(duck_zone(zone))
    return _first(shown, lambda x: duck.f.timezone(name, x), lambda x: duck.f.timezone(name, x))


def moment_in(zone: Expression, shown: Expression) -> Expression:
    """The first time that the clock of `zone`, which ICU knows, shows `shown`."""

    def build(name: Expression) -> Expression:
        return _first(shown, lambda x: duck.f.timezone(name, x), lambda x: duck.f.timezone(name, x))

    return let(zone, build, "in_zone")


_DAY = 86_400_000_000


def _first(
    shown: Expression,
    read: Callable[[Expression], Expression],
    show: Callable[[Expression], Expression],
) -> Expression:
    """The moment that is `shown` by the offset of the day before, if the clock shows it then."""

    def chosen(local: Expression, later: Expression) -> Expression:
        before = duck.f.make_timestamptz(duck.f.epoch_us(later) - _DAY)

        def build(day_before: Expression) -> Expression:
            offset = duck.f.epoch_us(show(day_before)) - duck.f.epoch_us(day_before)
            earlier = duck.f.make_timestamptz(duck.f.epoch_us(local) - offset)
            return let(
                earlier,
                lambda first: duck.case(
                    (duck.all_of(first.less(later), show(first).equals(local)), first),
                    otherwise=later,
                ),
                "first",
            )

        return let(before, build, "before")

    return let(shown, lambda x: let(read(x), lambda later: chosen(x, later), "moment"), "at")


@dataclass(frozen=True, slots=True)
class Clock:
    """What texts of moments depend on: the session's time zone, and the policy (CORRECTED,
    EXCEPTION or LEGACY) that says which of Java's two kinds of patterns there are.
    """

    zone: str
    policy: str = "CORRECTED"
    foreign: bool = False
    """Whether `zone` is another than the session's."""

    def under(self, options: Mapping[str, str]) -> Clock:
        """The clock that `options` (lower-case names) ask for. Raises INVALID_TIMEZONE."""
        zone = options.get("timezone")
        if zone is None:
            return self
        if zone_of(zone) is None:
            raise DateTimeError("INVALID_TIMEZONE", timeZone=zone)
        return replace(self, zone=zone, foreign=True)

    @property
    def unzoned(self) -> Clock:
        """For days and times without a zone, which are the same in every zone."""
        return replace(self, zone="UTC", foreign=False)

    def local(self, moment: Expression) -> Expression:
        """The TIMESTAMP that clocks show at `moment`, a TIMESTAMPTZ."""
        if self.foreign:
            return duck.f.timezone(zone_name(duck.literal(self.zone)), moment)
        return clock(moment, self.zone)

    def moment(self, local: Expression) -> Expression:
        """The TIMESTAMPTZ at which clocks show `local`, a TIMESTAMP."""
        if self.foreign:
            return moment_in(zone_name(duck.literal(self.zone)), local)
        return moment(local, self.zone)


AT_GREENWICH = Clock("UTC")
