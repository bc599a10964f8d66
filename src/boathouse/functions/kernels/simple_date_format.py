"""Java's SimpleDateFormat, which Spark used before 3.0 and uses under the policy LEGACY: a calendar
that is Julian before 1582-10-15, thousandths of a second, and numbers read as far as they go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from boathouse.functions.datetime_patterns import Field, legacy_parts
from boathouse.functions.kernels import zone_names
from boathouse.functions.kernels.java_fields import DAYS, ERAS, HALVES, MONTHS, Moment
from boathouse.types import civil
from boathouse.types.zones import Zone, zone_of

_REFORM = civil.day_number(1582, 10, 15)
_CENTURY = 80
"""A year of two digits lies in the century that began so many years ago."""
_FIRST_YEAR = 1900
"""Before it the old zones of Java know no other offset than that of today."""


def day_number(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to a date of the calendar that was in use then."""
    number = civil.day_number(year, month, day)
    return number if number >= _REFORM else civil.julian_day_number(year, month, day)


def _weekday(moment: Moment) -> int:
    """0 for Sunday."""
    return (day_number(moment.year, moment.month, moment.day) + 4) % 7


def _week(days: int, weekday: int) -> int:
    """The week of a day, in a year or month in which `days` went before it; weeks begin on Sunday,
    and the first one is that of the first day.
    """
    first = (weekday - days) % 7
    return (days + first) // 7 + 1


def _week_year(moment: Moment) -> tuple[int, int]:
    """Week-based year and week."""
    days = day_number(moment.year, moment.month, moment.day)
    next_year = day_number(moment.year + 1, 1, 1)
    if days - _weekday(moment) + 6 >= next_year:
        return moment.year + 1, 1
    return moment.year, _week(days - day_number(moment.year, 1, 1), _weekday(moment))


def _days_before(moment: Moment) -> int:
    """How many days of its month went before a day: the 4th of October 1582 was the one before the
    15th.
    """
    first = day_number(moment.year, moment.month, 1)
    return day_number(moment.year, moment.month, moment.day) - first


def _of_era(year: int) -> int:
    return year if year > 0 else 1 - year


_VALUES: dict[str, Callable[[Moment], int]] = {
    "y": lambda x: _of_era(x.year),
    "Y": lambda x: _week_year(x)[0],
    "M": lambda x: x.month,
    "L": lambda x: x.month,
    "w": lambda x: _week_year(x)[1],
    "W": lambda x: _week(_days_before(x), _weekday(x)),
    "D": lambda x: day_number(x.year, x.month, x.day) - day_number(x.year, 1, 1) + 1,
    "d": lambda x: x.day,
    "F": lambda x: _days_before(x) // 7 + 1,
    "u": lambda x: (_weekday(x) + 6) % 7 + 1,
    "H": lambda x: x.hour,
    "k": lambda x: x.hour or 24,
    "K": lambda x: x.hour % 12,
    "h": lambda x: x.hour % 12 or 12,
    "m": lambda x: x.second // 60 % 60,
    "s": lambda x: x.second % 60,
    "S": lambda x: x.micro // 1000,
}


def write(pattern: str, moment: Moment) -> str:
    """`moment` under a pattern."""
    return "".join(
        [part if isinstance(part, str) else _text(part, moment) for part in legacy_parts(pattern)]
    )


def _text(field: Field, moment: Moment) -> str:
    letter, count = field.letter, field.count
    match letter:
        case "G":
            return ERAS[moment.year > 0][0]
        case "a":
            return HALVES[moment.hour // 12]
        case "E":
            name = DAYS[_weekday(moment) - 1]
            return name if count >= 4 else name[:3]
        case "M" | "L" if count >= 3:
            name = MONTHS[moment.month - 1]
            return name if count >= 4 else name[:3]
        case "z" | "Z" | "X":
            return _zone(letter, count, moment)
        case "y" | "Y" if count == 2:
            value = _VALUES[letter](moment)
            return _padded(value % 100 if value > 0 else value, 2)
        case _:
            return _padded(_VALUES[letter](moment), count)


def _padded(value: int, count: int) -> str:
    digits = str(abs(value)).rjust(count, "0")
    return f"-{digits}" if value < 0 else digits


def _zone(letter: str, count: int, moment: Moment) -> str:
    if letter == "z":
        names = zone_names.names_of(moment.zone.name)
        if names is None:
            return _custom(moment)
        return names.shown(summer=moment.summer, long=count >= 4)
    offset = moment.offset if moment.year >= _FIRST_YEAR else _standard(moment.zone)
    if letter == "X" and offset == 0:
        return "Z"
    size = abs(offset)
    sign = "-" if offset < 0 else "+"
    if letter == "X" and count == 1:
        return f"{sign}{size // 3600:02}"
    colon = ":" if count == 3 and letter == "X" else ""
    return f"{sign}{size // 3600:02}{colon}{size // 60 % 60:02}"


@cache
def _standard(zone: Zone) -> int:
    """The offset of a zone outside summer time, as far as is known today."""
    return min(zone.at(civil.day_number(2037, month, 15) * civil.DAY)[0] for month in range(1, 13))


def _custom(moment: Moment) -> str:
    """The old name of a zone that is but an offset."""
    size = abs(moment.offset)
    sign = "-" if moment.offset < 0 else "+"
    return f"GMT{sign}{size // 3600:02}:{size // 60 % 60:02}" if size else "GMT"


# ---- reading ------------------------------------------------------------------------------------


class Unread(ValueError):
    """A text that the pattern does not read."""


_NUMBERED = "yYMLdDFuwWHkKhmsS"
_RANGES = {
    "M": (1, 12),
    "L": (1, 12),
    "d": (1, 31),
    "D": (1, 366),
    "F": (-1, 6),
    "u": (1, 7),
    "w": (1, 53),
    "W": (0, 6),
    "H": (0, 23),
    "k": (1, 24),
    "K": (0, 11),
    "h": (1, 12),
    "m": (0, 59),
    "s": (0, 59),
    "S": (0, 999),
    "y": (1, 292_278_994),
    "Y": (1, 292_278_994),
}


@dataclass(slots=True)
class _Read:
    """Values by letter, in the order read (of a letter said twice the last), and an offset."""

    values: dict[str, int]
    offset: int | None = None
    zone: Zone | None = None
    summer: bool = False

    def put(self, letter: str, value: int) -> None:
        self.values.pop(letter, None)
        self.values[letter] = value


def read(pattern: str, text: str, zone: Zone, *, year_now: int) -> int:
    """The moment that a text begins with, in microseconds since 1970 UTC. Raises Unread."""
    found = _Read({})
    at = 0
    parts = legacy_parts(pattern)
    for index, part in enumerate(parts):
        if isinstance(part, str):
            if text[at : at + len(part)] != part:
                raise Unread
            at += len(part)
        else:
            following = parts[index + 1] if index + 1 < len(parts) else None
            at = _field(found, part, text, at, year_now, touched=_touches(following))
    return _micros(found, zone)


def _touches(following: Field | str | None) -> bool:
    """Whether a number that `following` touches must have as many digits as there are letters."""
    if not isinstance(following, Field) or following.letter not in _NUMBERED:
        return False
    return following.letter not in "ML" or following.count <= 2


def _field(found: _Read, field: Field, text: str, at: int, year_now: int, *, touched: bool) -> int:
    start = at
    while at < len(text) and text[at] in " \t":
        at += 1
    if at >= len(text):
        raise Unread
    letter, count = field.letter, field.count
    if letter not in _NUMBERED or (letter in "ML" and count > 2):
        return _named(found, field, text, at)
    if touched and start + count > len(text):
        raise Unread
    end = _number_end(text, at, start + count if touched else len(text))
    value = int(text[at:end])
    if letter in "yY" and count <= 2 and end - at == 2 and text[at] != "-":
        value = _in_century(value, year_now)
    if letter in "kh":
        least, most = _RANGES[letter]
        if not least <= value <= most:
            raise Unread
    found.put(letter, value)
    return end


def _number_end(text: str, at: int, limit: int) -> int:
    end = at + (text[at] == "-")
    first = end
    while end < min(limit, len(text)) and text[end] in "0123456789":
        end += 1
    if end == first:
        raise Unread
    return end


def _in_century(value: int, year_now: int) -> int:
    start = year_now - _CENTURY
    year = start - start % 100 + value
    return year + 100 if value < start % 100 else year


def _named(found: _Read, field: Field, text: str, at: int) -> int:
    match field.letter:
        case "G":
            return _era_read(found, text, at)
        case "a":
            names: tuple[str, ...] = HALVES
        case "E":
            names = DAYS
        case "M" | "L":
            names = MONTHS
        case _:
            return _zone_read(found, field, text, at)
    lower = text[at:].lower()
    best = max(
        (
            (length, index)
            for index, name in enumerate(names)
            for length in {len(name), min(3, len(name))}
            if lower.startswith(name[:length].lower())
        ),
        default=None,
    )
    if best is None:
        raise Unread
    length, index = best
    found.put(field.letter, index + (field.letter in "MLE"))
    return at + length


def _era_read(found: _Read, text: str, at: int) -> int:
    lower = text[at:].lower()
    for era, names in enumerate(ERAS):
        for name in sorted(names, key=len, reverse=True):
            if lower.startswith(name.lower()):
                found.put("G", era)
                return at + len(name)
    raise Unread


def _zone_read(found: _Read, field: Field, text: str, at: int) -> int:
    letter = text[at].upper()
    if field.letter == "X":
        if text[at] == "Z":
            found.offset = 0
            return at + 1
        if letter not in "+-":
            raise Unread
        return _offset(found, text, at, field.count, colon=field.count == 3)
    if letter in "+-":
        return _offset(found, text, at, 0, colon=False)
    if text[at : at + 3].upper() == "GMT":
        after = at + 3
        if text[after : after + 1] in {"+", "-"}:
            return _offset(found, text, after, 0, colon=True)
        found.offset = 0
        return after
    named = zone_names.longest(text, at, "any")
    if named is None:
        raise Unread
    shown = text[at : named[1]].lower()
    names = zone_names.names_of(named[0])
    found.zone = zone_of(named[0])
    if names is not None and shown in {names.short_summer.lower(), names.long_summer.lower()}:
        found.summer = shown not in {names.short.lower(), names.long.lower()}
    return named[1]


def _offset(found: _Read, text: str, at: int, count: int, *, colon: bool) -> int:
    sign = -1 if text[at] == "-" else 1
    place = at + 1
    width = 0
    while width < 2 and text[place + width : place + width + 1].isdigit():
        width += 1
    if width == 0 or (width == 1 and not (colon and count == 0)):
        raise Unread
    hours = int(text[place : place + width])
    place += width
    minutes = 0
    if count != 1:
        if colon:
            if text[place : place + 1] != ":":
                raise Unread
            place += 1
        digits = text[place : place + 2]
        if len(digits) < 2 or not digits.isdigit() or int(digits) > 59:
            raise Unread
        minutes = int(digits)
        place += 2
    if hours > 23:
        raise Unread
    found.offset = sign * (hours * 3600 + minutes * 60)
    return place


def _micros(found: _Read, zone: Zone) -> int:
    values = found.values
    for letter, value in values.items():
        least, most = _RANGES.get(letter, (value, value))
        if not least <= value <= most:
            raise Unread
    number = _day(values)
    second = _second(values)
    number, second = number + second // civil.DAY, second % civil.DAY
    year, month, day = _date(number)
    unused = "yMLd" if _by_week_year(values) else "Y"
    values = {letter: value for letter, value in values.items() if letter not in unused}
    _same(values, Moment(year, month, day, second, values.get("S", 0) * 1000, 0, False, zone))
    local = civil.day_number(year, month, day) * civil.DAY + second
    seconds = local - _offset_of(found, zone, local)
    return seconds * civil.MICROS + values.get("S", 0) * 1000


def _offset_of(found: _Read, zone: Zone, local: int) -> int:
    if found.offset is not None:
        return found.offset
    if found.zone is None:
        return zone.of_local(local)
    offset = found.zone.of_local(local)
    _, summer = found.zone.at(local - offset)
    # A name that says summer means it, even in winter.
    return offset + 3600 if found.summer and not summer else offset


def _date(number: int) -> tuple[int, int, int]:
    """The date of the calendar that was in use on a day."""
    if number >= _REFORM:
        return civil.date_of(number)
    # The Julian year has a leap day each four years, so that day numbers repeat after 1461 days.
    cycle, rest = divmod(number - civil.julian_day_number(1, 1, 1), 1461)
    year = min(rest // 365, 3)
    days = rest - year * 365
    year += 1 + cycle * 4
    for month in range(12, 1, -1):
        start = civil.julian_day_number(year, month, 1) - civil.julian_day_number(year, 1, 1)
        if days >= start:
            return year, month, days - start + 1
    return year, 1, days + 1


def _year(values: dict[str, int]) -> int:
    year = values.get("y", 1970)
    return 1 - year if values.get("G") == 0 else year


def _day(values: dict[str, int]) -> int:
    """The day, by the fields that Java's calendar takes of those that were read."""
    order = {letter: index for index, letter in enumerate(values)}
    year = _year(values)
    weekday = _said_weekday(values)
    if _by_week_year(values):
        return _of_week(values["Y"], values.get("w", 1), weekday or 0)
    month = values.get("M", values.get("L", 1))
    first = day_number(year, month, 1)
    match _way(order):
        case "D":
            return day_number(year, 1, 1) + values["D"] - 1
        case "w":
            return _of_week(year, values["w"], weekday or 0)
        case "W":
            start = first - (first + 4) % 7
            return start + (values["W"] - 1) * 7 + (weekday or 0)
        case "F":
            start = first + ((weekday or 0) - (first + 4)) % 7
            return start + (values.get("F", 1) - 1) * 7
        case _:
            return first + values.get("d", 1) - 1


def _by_week_year(values: dict[str, int]) -> bool:
    """Whether a year of weeks was read after any other year: then no other date counts."""
    letters = list(values)
    return "Y" in values and ("y" not in values or letters.index("Y") > letters.index("y"))


def _said_weekday(values: dict[str, int]) -> int | None:
    """0 for Sunday; None where none was read."""
    said = values.get("u", values.get("E"))
    return None if said is None else said % 7


def _way(order: dict[str, int]) -> str:
    """Which field says the day: the one read last, of ``W``, ``F`` and ``w`` only with a weekday.
    If there is none, these alone; a weekday alone is the first such of the month.
    """
    weekday = max(order.get("u", -1), order.get("E", -1))
    read = {way: order[way] for way in "dWFDw" if way in order}
    whole = {
        way: at if way in "dD" else max(at, weekday)
        for way, at in read.items()
        if way in "dD" or weekday >= 0
    }
    if whole:
        return max(whole, key=lambda way: (whole[way], read[way]))
    if read:
        return max(read, key=lambda way: read[way])
    return "d" if weekday < 0 else "F"


def _of_week(year: int, week: int, weekday: int) -> int:
    first = day_number(year, 1, 1)
    return first - (first + 4) % 7 + (week - 1) * 7 + weekday


def _second(values: dict[str, int]) -> int:
    order = {letter: index for index, letter in enumerate(values)}
    whole = max((order[letter] for letter in "Hk" if letter in order), default=-1)
    half = max((order[letter] for letter in "Kha" if letter in order), default=-1)
    if whole > half:
        last = max((letter for letter in "Hk" if letter in order), key=lambda x: order[x])
        hour = values[last] % 24 if last == "k" else values[last]
    else:
        hour = values["h"] % 12 if "h" in values else values.get("K", 0)
        hour += 12 * values.get("a", 0)
    return hour * 3600 + values.get("m", 0) * 60 + values.get("s", 0)


def _same(values: dict[str, int], moment: Moment) -> None:
    """A strict reader takes nothing back: each value must be what the moment shows."""
    for letter, value in values.items():
        if letter in "GaE":
            said = {
                "G": int(moment.year > 0),
                "a": moment.hour // 12,
                "E": (_weekday(moment) + 6) % 7 + 1,
            }[letter]
        else:
            said = _VALUES[letter](moment)
        if said != value:
            raise Unread
