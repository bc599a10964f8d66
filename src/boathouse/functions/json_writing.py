"""Values written as JSON text, as Spark writes them, by their type."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.duck.types import field_names
from boathouse.functions import variant_text
from boathouse.functions.clock import Clock
from boathouse.functions.datetime_writing import DAY, LOCAL, moment_pattern, written
from boathouse.functions.let import let
from boathouse.functions.text_form import text_of
from boathouse.types import datatypes as t


@dataclass(frozen=True, slots=True)
class Writing:
    """How to write: the clock, patterns of times, and whether null fields are left out."""

    clock: Clock
    timestamp: str
    local: str = LOCAL
    date: str = DAY
    drops_nulls: bool = True
    sorts: bool = False
    """Whether fields and keys are written in alphabetical order."""
    pretty: bool = False
    has_intervals: bool = True
    """Whether intervals can be written; XML has no form for them."""


def writing_under(options: Mapping[str, str], clock: Clock) -> Writing:
    """The writing that `options` (lower-case names) ask for."""
    return Writing(
        clock.under(options),
        options.get("timestampformat", moment_pattern(clock)),
        options.get("timestampntzformat", LOCAL),
        options.get("dateformat", DAY),
        options.get("ignorenullfields", "true").lower() == "true",
        options.get("sortkeys", "false").lower() == "true",
        options.get("pretty", "false").lower() == "true",
    )


def json_document(value: Expression, given: t.DataType, how: Writing) -> Expression:
    """`value` of type `given` as a JSON text of its own, over several lines if `how` says so."""
    text = json_text(value, given, how)
    return kernel("json_lines", "pretty", t.STRING)(text) if how.pretty else text


def json_text(value: Expression, given: t.DataType, how: Writing, depth: int = 0) -> Expression:
    """`value` of type `given` as JSON text; null stays null."""
    match given:
        case t.StructType():
            return let(value, lambda struct: _struct(struct, given, how, depth), f"json{depth}")
        case t.ArrayType():
            return _array(value, given, how, depth)
        case t.MapType():
            return _map(value, given, how, depth)
        case t.FloatType() | t.DoubleType():
            return let(value, lambda number: _floating(number, given), f"json{depth}")
        case t.DateType():
            day, clock = value.cast("TIMESTAMP"), how.clock.unzoned
            return _quoted(written(day, how.date, zoned=False, clock=clock))
        case t.TimestampType():
            return _quoted(written(value, how.timestamp, zoned=True, clock=how.clock))
        case t.TimestampNTZType():
            return _quoted(written(value, how.local, zoned=False, clock=how.clock.unzoned))
        case t.UserDefinedType():
            return json_text(value, given.storage, how, depth)
        case t.BinaryType():
            return _quoted(duck.f.base64(value))
        case t.VariantType():
            return variant_text.json_form(value)
        case t.NullType():
            return duck.literal(None, "VARCHAR")
        case t.DecimalType():
            return text_of(value, given, java=True)
        case t.BooleanType() | t.IntegralType():
            return value.cast("VARCHAR")
        case t.YearMonthIntervalType() | t.DayTimeIntervalType() if not how.has_intervals:
            return duck.case((value.is_not_null(), _no_interval(value, given)))
        case _:
            return _quoted(text_of(value, given))


def _no_interval(
    value: Expression, given: t.YearMonthIntervalType | t.DayTimeIntervalType
) -> Expression:
    months = isinstance(given, t.YearMonthIntervalType)
    return duck.fail(
        "_LEGACY_ERROR_TEMP_3238",
        v=value.cast("VARCHAR"),
        **{"class": f"class java.lang.{'Integer' if months else 'Long'}"},
        dt=f"{type(given).__name__}({given.start},{given.end})",
    ).cast("VARCHAR")


def _quoted(text: Expression) -> Expression:
    return duck.f.json_quote(text).cast("VARCHAR")


def _floating(number: Expression, given: t.DataType) -> Expression:
    text = text_of(number, given)
    odd = duck.any_of(duck.f.isnan(number), duck.f.isinf(number))
    return duck.case((odd, _quoted(text)), otherwise=text)


def _struct(struct: Expression, given: t.StructType, how: Writing, depth: int) -> Expression:
    pieces: list[Expression] = []
    fields = list(zip(field_names(given), given.fields, strict=True))
    if how.sorts:
        fields.sort(key=lambda pair: pair[1].name)
    for name, field in fields:
        held = duck.field_of(struct, name)
        text = json_text(held, field.type, how, depth + 1)
        key = json.dumps(field.name, ensure_ascii=False) + ":"
        if not how.drops_nulls:
            text = duck.f.coalesce(text, "null")
        pieces.append(duck.operator("||", key, text))
    inside = duck.f.concat_ws(",", *pieces) if pieces else duck.literal("")
    return duck.case((struct.is_not_null(), duck.operator("||", "{", inside, "}")))


def _joined(
    items: Expression, text: Callable[[Expression], Expression], edges: str, depth: int
) -> Expression:
    inner = duck.lambda_(f"_item{depth}", text)
    texts = duck.f.array_to_string(duck.f.list_transform(items, inner), ",")
    return duck.operator("||", edges[0], texts, edges[1])


def _array(value: Expression, given: t.ArrayType, how: Writing, depth: int) -> Expression:
    def text(item: Expression) -> Expression:
        return duck.f.coalesce(json_text(item, given.element, how, depth + 1), "null")

    return _joined(value, text, "[]", depth)


def _map(value: Expression, given: t.MapType, how: Writing, depth: int) -> Expression:
    def text(entry: Expression) -> Expression:
        key = _quoted(_key(duck.field_of(entry, "key"), given.key))
        held = json_text(duck.field_of(entry, "value"), given.value, how, depth + 1)
        return duck.operator("||", key, ":", duck.f.coalesce(held, "null"))

    entries = duck.f.map_entries(value)
    return _joined(duck.f.list_sort(entries) if how.sorts else entries, text, "{}", depth)


def _key(key: Expression, given: t.DataType) -> Expression:
    """A key as text: dates and times are the numbers that Spark holds inside."""
    match given:
        case t.DateType():
            return (key - duck.literal("1970-01-01", "DATE")).cast("VARCHAR")
        case t.TimestampType() | t.TimestampNTZType():
            return duck.f.epoch_us(key).cast("VARCHAR")
        case t.YearMonthIntervalType() | t.DayTimeIntervalType():
            return key.cast("VARCHAR")
        case t.StructType():
            # The text of a row inside Spark, which is not the one of a cast.
            pairs = zip(field_names(given), given.fields, strict=True)
            parts = [
                duck.f.coalesce(text_of(duck.field_of(key, n), f.type), "null") for n, f in pairs
            ]
            return duck.operator("||", "[", duck.f.concat_ws(",", *parts), "]")
        case _:
            return text_of(key, given)
