"""The statistics of a data file, as an `add` action keeps them: JSON text with numRecords,
minValues, maxValues and nullCount, keyed by physical names.

They come from DuckDB's COPY ... RETURN_STATS. A bound that cannot be told exactly is left away,
which is always right: a file without one is read.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boathouse.tables.delta.physical import physical_name
from boathouse.types import datatypes as t

FIRST_COLUMNS = 32
"""How many leaf columns have statistics where the table does not say (delta.dataSkipping...)."""
_TEXT = 32
"""Characters kept of a text."""
_ASCII_LAST, _LAST = "\x7f", "\U0010ffff"

Given = Mapping[str, Mapping[str, str]]
"""DuckDB's statistics: by column (quoted physical names, joined by dots) name and value as text."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column that may have statistics: its physical `path` through structs, and its type."""

    path: tuple[str, ...]
    logical: tuple[str, ...]
    of: t.DataType

    @property
    def key(self) -> str:
        """Its name in DuckDB's statistics."""
        return ".".join('"' + name.replace('"', '""') + '"' for name in self.path)


def leaves(fields: Sequence[t.StructField], *, mapped: bool) -> Iterator[Leaf]:
    """The leaf columns below `fields`, in order: structs are looked into, arrays and maps not."""
    for field in fields:
        name = physical_name(field, mapped=mapped)
        if isinstance(field.type, t.StructType):
            for leaf in leaves(field.type.fields, mapped=mapped):
                yield Leaf((name, *leaf.path), (field.name, *leaf.logical), leaf.of)
        else:
            yield Leaf((name,), (field.name,), field.type)


def chosen(
    fields: Sequence[t.StructField], properties: Mapping[str, str], *, mapped: bool
) -> list[Leaf]:
    """The leaf columns that a table's properties want statistics of."""
    every = leaves(fields, mapped=mapped)
    if "delta.dataSkippingStatsColumns" in properties:
        wanted = set(said_columns(properties))
        return [
            leaf
            for leaf in every
            if any(_lower(leaf.logical)[: len(name)] == name for name in wanted)
        ]
    most = int(properties.get("delta.dataSkippingNumIndexedCols", FIRST_COLUMNS))
    found = list(every)
    return found if most < 0 else found[:most]


def said_columns(properties: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The columns that `delta.dataSkippingStatsColumns` names, in lower case."""
    named = properties.get("delta.dataSkippingStatsColumns", "")
    return [tuple(_parts(name.lower())) for name in _split(named)]


def _lower(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.lower() for name in path)


def _split(text: str) -> list[str]:
    """The names of a comma separated list; commas inside backticks do not separate."""
    names, quoted = [""], False
    for letter in text:
        quoted ^= letter == "`"
        if letter == "," and not quoted:
            names.append("")
        else:
            names[-1] += letter
    return [name.strip() for name in names if name.strip()]


def _parts(name: str) -> list[str]:
    parts, quoted = [""], False
    for letter in name:
        if letter == "`":
            quoted = not quoted
        elif letter == "." and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def statistics(rows: int, given: Given, columns: Sequence[Leaf]) -> str:
    """The statistics of a file of `rows` rows."""
    lowest: dict[str, Any] = {}
    highest: dict[str, Any] = {}
    nulls: dict[str, Any] = {}
    for leaf in columns:
        found = given.get(leaf.key, {})
        count = found.get("null_count")
        if count is not None:
            _put(nulls, leaf.path, count)
        bounds = None if "min" not in found else BOUNDS.get(type(leaf.of))
        if bounds is None:
            continue
        low, high = bounds(found["min"], found["max"])
        if low is not None:
            _put(lowest, leaf.path, low)
        # NaN is greater than every number in Spark, and not among DuckDB's bounds.
        if high is not None and found.get("has_nan") != "true":
            _put(highest, leaf.path, high)
    parts = {"minValues": lowest, "maxValues": highest, "nullCount": nulls}
    body = ",".join(f'"{name}":{_text(tree)}' for name, tree in parts.items() if tree)
    return f'{{"numRecords":{rows}{"," if body else ""}{body}}}'


def _put(tree: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = value


def _text(tree: dict[str, Any]) -> str:
    """`tree` as JSON text. Its leaves are JSON text already, so that no digit is lost."""
    entries: list[str] = []
    for name, value in tree.items():
        text = value if isinstance(value, str) else _text(value)
        entries.append(f"{json.dumps(name, ensure_ascii=False)}:{text}")
    return "{" + ",".join(entries) + "}"


# ---- bounds -------------------------------------------------------------------------------------

Bounds = tuple[str | None, str | None]


def _exact(low: str, high: str) -> Bounds:
    return low, high


def _double(low: str, high: str) -> Bounds:
    return _number(low), _number(high)


def _number(text: str) -> str | None:
    value = float(text)
    return repr(value) if math.isfinite(value) else None


def _string(low: str, high: str) -> Bounds:
    return json.dumps(low[:_TEXT], ensure_ascii=False), _raised(high)


def _raised(text: str) -> str:
    """An upper bound of at most 33 characters: what is cut off is replaced by one that is greater
    than its first character.
    """
    if len(text) <= _TEXT:
        return json.dumps(text, ensure_ascii=False)
    last = _ASCII_LAST if text[_TEXT] < _ASCII_LAST else _LAST
    return json.dumps(text[:_TEXT] + last, ensure_ascii=False)


def _date(low: str, high: str) -> Bounds:
    return _checked(low, datetime.date.fromisoformat), _checked(high, datetime.date.fromisoformat)


def _checked(text: str, read: Any) -> str | None:
    """`text` as JSON if it is a day of the years 1 to 9999, written as Delta writes it."""
    try:
        value = read(text)
    except ValueError:
        return None
    return json.dumps(value.isoformat())


def _moment(text: str) -> str | None:
    try:
        value = datetime.datetime.fromisoformat(text)
        if value.tzinfo is not None:
            value = value.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        return None
    zone = "" if value.tzinfo is None else "Z"
    shown = value.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return json.dumps(shown + zone)


def _timestamp(low: str, high: str) -> Bounds:
    return _moment(low), _moment(high)


BOUNDS: dict[type[t.DataType], Any] = {
    t.ByteType: _exact,
    t.ShortType: _exact,
    t.IntegerType: _exact,
    t.LongType: _exact,
    t.DecimalType: _exact,
    t.FloatType: _double,
    t.DoubleType: _double,
    t.StringType: _string,
    t.CharType: _string,
    t.VarcharType: _string,
    t.DateType: _date,
    t.TimestampType: _timestamp,
    t.TimestampNTZType: _timestamp,
}
"""How the text of DuckDB's bounds becomes the log's, for each type that has bounds."""
