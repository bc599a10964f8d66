"""What a pattern's letters name, and the moment that they are written from."""

from __future__ import annotations

from dataclasses import dataclass

from boathouse.types import civil
from boathouse.types.zones import Zone

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ERAS = (("BC", "Before Christ"), ("AD", "Anno Domini"))
HALVES = ("AM", "PM")
QUARTERS = ("1st quarter", "2nd quarter", "3rd quarter", "4th quarter")


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time as a zone's clocks and today's calendar show it."""

    year: int
    month: int
    day: int
    second: int
    """Of the day."""
    micro: int
    offset: int
    """Seconds east of Greenwich."""
    summer: bool
    zone: Zone

    @property
    def weekday(self) -> int:
        """1 for Monday."""
        return (civil.day_number(self.year, self.month, self.day) + 3) % 7 + 1

    @property
    def hour(self) -> int:
        """0 to 23."""
        return self.second // 3600

    @property
    def year_day(self) -> int:
        """1 for the first of January."""
        return civil.day_of_year(self.year, self.month, self.day)


def moment_at(micros: int, zone: Zone) -> Moment:
    """The moment so many microseconds after 1970-01-01 00:00:00 UTC."""
    seconds, micro = divmod(micros, civil.MICROS)
    offset, summer = zone.at(seconds)
    number, second = divmod(seconds + offset, civil.DAY)
    year, month, day = civil.date_of(number)
    return Moment(year, month, day, second, micro, offset, summer, zone)
