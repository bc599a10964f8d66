"""The types of CSV columns, found in one pass over all values (``inferSchema``).

Each value has a least type; a column's type is what those of its values have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from boathouse.duck import tree
from boathouse.files.environment import Environment
from boathouse.files.options import Options
from boathouse.files.text_values import TextFormats, formats_of, in_pattern, value_of_text
from boathouse.types import datatypes as t

_DAY = r"\d{4}-\d{2}-\d{2}"
_MAX_DIGITS = 38


def inferred_types(
    source: tree.Relation,
    values: Sequence[tree.Expression],
    options: Options,
    environment: Environment,
) -> list[t.DataType]:
    """The types of the columns whose texts are `values` over `source`."""
    formats = formats_of(options, environment)
    ntz = environment.settings.text("spark.sql.timestampType") == "TIMESTAMP_NTZ"
    columns = tuple(
        (
            tree.Aggregate("list", (_class(value, formats, options, ntz=ntz),), distinct=True),
            f"c{at}",
        )
        for at, value in enumerate(values)
    )
    if not columns:
        return []
    table = environment.run(tree.Select(columns, source))
    return [_common(column.to_pylist()[0] or []) for column in table.columns]


def _class(
    value: tree.Expression, formats: TextFormats, options: Options, *, ntz: bool
) -> tree.Expression:
    """The least type of a value by name; decimals with their digits, as ``DECIMAL 20``."""
    digits = tree.call("regexp_full_match", value, r"[+-]?\d+")
    bare = tree.call("ltrim", tree.call("ltrim", value, "+-"), "0")
    length = tree.call("greatest", tree.call("length", bare), 1)
    decimal = tree.literal("DECIMAL ").joined(length.cast("VARCHAR"))

    def reads(of: t.DataType) -> tree.Expression:
        return value_of_text(value, of, formats).is_not_null()

    short = tree.call("regexp_full_match", value, r"-?\d{1,9}")
    fraction = tree.call("regexp_full_match", value, r"-?\d{1,30}\.\d{1,30}")
    branches: list[tuple[tree.Value, tree.Value]] = [
        (value.is_null(), None),
        *_obvious(value, formats),
        (short, "INTEGER"),
        (fraction, "DOUBLE"),
        (tree.all_of(digits, value.try_cast("INTEGER").is_not_null()), "INTEGER"),
        (tree.all_of(digits, value.try_cast("BIGINT").is_not_null()), "LONG"),
        (tree.all_of(digits, length.at_most(_MAX_DIGITS)), decimal),
        (reads(t.DOUBLE), "DOUBLE"),
    ]
    if options.flag("preferDate", default=True):
        branches.append((_is_day(value, formats), "DATE"))
    if ntz:
        branches.append((reads(t.TIMESTAMP_NTZ), "TIMESTAMP_NTZ"))
    branches += [(reads(t.TIMESTAMP), "TIMESTAMP"), (reads(t.BOOLEAN), "BOOLEAN")]
    return tree.case(*branches, otherwise="STRING")


def _obvious(value: tree.Expression, formats: TextFormats) -> list[tuple[tree.Value, tree.Value]]:
    """Texts that begin as no number, time or boolean does, told apart before any pattern."""
    if formats != TextFormats():
        return []
    first = tree.call("left", value, 1)
    blanks = "".join(map(chr, range(1, 33)))
    known = tree.call("contains", "0123456789+-.,NItTfF\x7f" + blanks, first)
    return [(tree.all_of(known.negated(), first.differs("\x00")), "STRING")]


def _is_day(value: tree.Expression, formats: TextFormats) -> tree.Expression:
    # Spark infers a date by a strict pattern, though it reads dates loosely (CSVInferSchema, 3.4).
    if formats.date is not None:
        return in_pattern(value, formats.date, formats, zoned=False).is_not_null()
    shape = tree.call("regexp_full_match", value, _DAY)
    return tree.all_of(shape, value.try_cast("DATE").is_not_null())


_NAMED: dict[str, t.DataType] = {
    "INTEGER": t.INTEGER,
    "LONG": t.LONG,
    "DOUBLE": t.DOUBLE,
    "DATE": t.DATE,
    "TIMESTAMP": t.TIMESTAMP,
    "TIMESTAMP_NTZ": t.TIMESTAMP_NTZ,
    "BOOLEAN": t.BOOLEAN,
    "STRING": t.STRING,
}


def _common(classes: Iterable[str | None]) -> t.DataType:
    names = {name for name in classes if name is not None}
    decimals = [int(name.split()[1]) for name in names if name.startswith("DECIMAL")]
    plain = {name for name in names if not name.startswith("DECIMAL")}
    if decimals and plain <= {"INTEGER", "LONG"}:
        least = 20 if "LONG" in plain else 10 if plain else 1
        return t.DecimalType(min(max(least, *decimals), _MAX_DIGITS), 0)
    if decimals:
        plain.add("DOUBLE")
    if not plain:
        return t.STRING
    for family in (("INTEGER", "LONG", "DOUBLE"), ("DATE", "TIMESTAMP_NTZ", "TIMESTAMP")):
        if plain <= set(family):
            return _NAMED[max(plain, key=family.index)]
    return _NAMED[next(iter(plain))] if len(plain) == 1 else t.STRING
