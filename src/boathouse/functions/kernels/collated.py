"""Looking for text in text under a collation.

A text comes with its units: what each of its characters is compared by. The unit of a character
that a collation ignores is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from boathouse.errors.exceptions import SparkRuntimeError
from boathouse.functions.kernels.rows import by_row

Units = list[str]


def _found(units: Units, sought: Units) -> list[tuple[int, int]]:
    """Where `sought` stands in `units`, from the left, no two places overlapping."""
    kept = [place for place, unit in enumerate(units) if unit]
    wanted = [unit for unit in sought if unit]
    places: list[tuple[int, int]] = []
    at, width = 0, len(wanted)
    while width and at + width <= len(kept):
        if all(units[kept[at + n]] == unit for n, unit in enumerate(wanted)):
            places.append((kept[at], kept[at + width - 1] + 1))
            at += width
        else:
            at += 1
    return places


def _is_empty(sought: Units) -> bool:
    return not any(sought)


_WORD = re.compile(r"\w+(?:['\u2019.:\u00b7]\w+)*")


def _turkic(change: Callable[[str], str], pairs: dict[int, str]) -> Callable[[str], str]:
    return lambda text: change(text.translate(pairs))


_UPPER = _turkic(str.upper, str.maketrans({"i": "\u0130"}))
_LOWER = _turkic(str.lower, str.maketrans({"I": "\u0131", "\u0130": "i"}))


@by_row
def cased(text: str, how: str, language: str) -> str:
    """`text` in upper or lower case, or each of its words begun with a capital."""
    turkic = language in {"tr", "az"}
    upper, lower = (_UPPER, _LOWER) if turkic else (str.upper, str.lower)
    match how:
        case "upper":
            return upper(text)
        case "lower":
            return lower(text)
        case _:
            return _WORD.sub(lambda word: upper(word[0][0]) + lower(word[0][1:]), text)


@by_row
def contains(units: Units, sought: Units) -> bool:
    """Whether `sought` stands somewhere in `units`."""
    return _is_empty(sought) or bool(_found(units, sought))


@by_row
def startswith(units: Units, sought: Units) -> bool:
    """Whether `units` begin with `sought`."""
    wanted = [unit for unit in sought if unit]
    return [unit for unit in units if unit][: len(wanted)] == wanted


@by_row
def endswith(units: Units, sought: Units) -> bool:
    """Whether `units` end with `sought`."""
    wanted = [unit for unit in sought if unit]
    given = [unit for unit in units if unit]
    return given[len(given) - len(wanted) :] == wanted if len(wanted) <= len(given) else False


@by_row
def locate(units: Units, sought: Units, start: int) -> int:
    """Where `sought` first stands at or after `start`; 1 is the first character, 0 nowhere."""
    if start < 1:
        return 0
    if _is_empty(sought):
        return 1
    places = _found(units[start - 1 :], sought)
    return places[0][0] + start if places else 0


@by_row
def replace(text: str, units: Units, sought: Units, other: str) -> str:
    """`text` with `other` wherever `sought` stands."""
    return other.join(_parts(text, _found(units, sought)))


def _parts(text: str, places: list[tuple[int, int]]) -> list[str]:
    """What stands between `places` of `text`."""
    parts: list[str] = []
    at = 0
    for start, end in places:
        parts.append(text[at:start])
        at = end
    return [*parts, text[at:]]


@by_row
def translate(text: str, units: Units, sought: Units, others: str) -> str:
    """`text`, its characters that are among `sought` replaced by those of `others` in their places;
    left out where there is none.
    """
    table: dict[str, str] = {}
    for place, unit in enumerate(sought):
        table.setdefault(unit, others[place : place + 1])
    return "".join(table.get(unit, letter) for letter, unit in zip(text, units, strict=True))


@by_row
def trimmed(text: str, units: Units, sought: Units, left: bool, right: bool) -> str:  # noqa: FBT001
    """`text` without the characters of `sought` at its beginning, its end or both."""
    start, end = 0, len(units)
    while left and start < end and units[start] in sought:
        start += 1
    while right and end > start and units[end - 1] in sought:
        end -= 1
    return text[start:end]


@by_row
def split_part(text: str, units: Units, sought: Units, number: int) -> str:
    """The part of this number between the places where `sought` stands."""
    if number == 0:
        raise SparkRuntimeError("INVALID_INDEX_OF_ZERO")
    if _is_empty(sought):
        return text if number in {1, -1} else ""
    parts = _parts(text, _found(units, sought))
    place = number - 1 if number > 0 else number + len(parts)
    return parts[place] if 0 <= place < len(parts) else ""


@by_row
def substring_index(text: str, units: Units, sought: Units, count: int) -> str:
    """What stands before the count-th `sought`, or behind it when counted from the end."""
    places = _found(units, sought)
    if count == 0 or _is_empty(sought):
        return ""
    if abs(count) > len(places):
        return text
    return text[: places[count - 1][0]] if count > 0 else text[places[count][1] :]


@by_row
def find_in_set(text: str, sought: Units, texts: str, units: Units) -> int:
    """Which of the texts between commas has the units of `text`, which are `sought`; 0 for none."""
    if "," in text:
        return 0
    wanted = [unit for unit in sought if unit]
    at = 0
    for number, one in enumerate(texts.split(","), 1):
        if [unit for unit in units[at : at + len(one)] if unit] == wanted:
            return number
        at += len(one) + 1
    return 0
