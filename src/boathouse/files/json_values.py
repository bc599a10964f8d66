"""JSON values as Spark values.

A JSON value that does not fit its type is NULL and makes its record malformed; so is an array or a
map with one such element, while a struct keeps its other fields.
"""

from __future__ import annotations

from collections.abc import Callable

from boathouse.duck import tree
from boathouse.duck.types import duck_type, field_names
from boathouse.files.text_values import TextFormats, value_of_text
from boathouse.functions.casts import CastMode, cast
from boathouse.functions.variant_text import held
from boathouse.types import datatypes as t

_INFINITIES = {
    "inf": ("Infinity", "+Infinity", "INF", "+INF"),
    "-inf": ("-Infinity", "-INF"),
    "NaN": ("NaN",),
}


def path_of(name: str) -> str:
    """The JSON path of the field `name`."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'$."{escaped}"'


def is_missing(value: tree.Expression) -> tree.Expression:
    """Whether there is no value, or JSON's null."""
    return tree.call("coalesce", _text(value).equals("null"), tree.TRUE)


def _text(value: tree.Expression) -> tree.Expression:
    """The JSON text of `value`, strings with their quotes."""
    return value.cast("VARCHAR")


def _unquoted(value: tree.Expression) -> tree.Expression:
    return tree.call("json_extract_string", value, "$")


def _begins(value: tree.Expression, character: str) -> tree.Expression:
    return tree.call("starts_with", _text(value), character)


def value_of_json(
    value: tree.Expression, of: t.DataType, formats: TextFormats, level: int = 0
) -> tree.Expression:
    """`value`, a JSON expression, as `of`; NULL where there is none or it does not fit. `level`
    counts the lambdas around.
    """
    target = duck_type(of)
    match of:
        case t.StringType() | t.CharType() | t.VarcharType():
            bare = tree.if_(is_missing(value).negated(), _text(value))
            return tree.if_(_begins(value, '"'), _unquoted(value), bare)
        case t.IntegralType():
            whole = tree.call("regexp_full_match", _text(value), r"-?\d+")
            return tree.if_(whole, _text(value).try_cast(target))
        case t.FloatType() | t.DoubleType():
            return _floating(value, target)
        case t.DecimalType():
            quoted = value_of_text(_unquoted(value), of, formats)
            number = tree.call("regexp_full_match", _text(value), r"-?\d[\d.eE+-]*")
            return tree.if_(
                _begins(value, '"'), quoted, tree.if_(number, _text(value).try_cast(target))
            )
        case t.BooleanType():
            return tree.case(
                (_text(value).equals("true"), True), (_text(value).equals("false"), False)
            )
        case t.TimestampType():
            whole = tree.call("regexp_full_match", _text(value), r"-?\d{1,12}")
            seconds = _text(value).try_cast("BIGINT") * 1_000_000
            moment = tree.if_(whole, tree.call("make_timestamptz", seconds))
            quoted = value_of_text(_unquoted(value), of, formats)
            return tree.if_(_begins(value, '"'), quoted, moment)
        case t.BinaryType():
            decoded = tree.call("TRY", tree.call("from_base64", _unquoted(value)))
            return tree.if_(_begins(value, '"'), decoded)
        case t.VariantType():
            return tree.if_(is_missing(value).negated(), held(_text(value)))
        case t.NullType():
            return tree.NULL.cast(target)
        case t.UserDefinedType():
            return value_of_json(value, of.storage, formats, level)
        case t.ArrayType() | t.MapType() | t.StructType():
            return _nested(value, of, formats, level)
        case t.YearMonthIntervalType() | t.DayTimeIntervalType() | t.TimeType():
            bare = cast(_unquoted(value), t.STRING, of, CastMode.TRY)
            return tree.if_(_begins(value, '"'), bare)
        case _:
            quoted = value_of_text(_unquoted(value), of, formats)
            return tree.if_(_begins(value, '"'), quoted)


def _floating(value: tree.Expression, target: str) -> tree.Expression:
    unquoted = _unquoted(value)
    branches: list[tuple[tree.Value, tree.Value]] = [
        (
            tree.call("regexp_full_match", _text(value), r"-?\d[\d.eE+-]*"),
            _text(value).try_cast(target),
        )
    ]
    for special, words in _INFINITIES.items():
        listed = tree.InList(unquoted, tuple(tree.literal(word) for word in words))
        branches.append((listed, tree.literal(special, target)))
    return tree.case(*branches)


def _nested(
    value: tree.Expression,
    of: t.ArrayType | t.MapType | t.StructType,
    formats: TextFormats,
    level: int,
) -> tree.Expression:
    match of:
        case t.StructType():
            return _struct(value, of, formats, level)
        case t.ArrayType():
            return _array(value, of, formats, level)
        case t.MapType():
            return _map(value, of, formats, level)


def _struct(
    value: tree.Expression, of: t.StructType, formats: TextFormats, level: int
) -> tree.Expression:
    fields = tuple(
        (
            name,
            value_of_json(
                tree.call("json_extract", value, path_of(f.name)), f.type, formats, level
            ),
        )
        for name, f in zip(field_names(of), of.fields, strict=True)
    )
    return tree.if_(_begins(value, "{"), tree.StructOf(fields))


def _field(value: tree.Expression, f: t.StructField) -> tree.Expression:
    return tree.call("json_extract", value, path_of(f.name))


def _array(
    value: tree.Expression, of: t.ArrayType, formats: TextFormats, level: int
) -> tree.Expression:
    items = tree.call("json_extract", value, "$[*]")
    name = f"boathouse_item_{level}"
    converted = tree.call(
        "list_transform",
        items,
        tree.lambda_(name, lambda item: value_of_json(item, of.element, formats, level + 1)),
    )
    good = _none(items, name, lambda item: misfits(item, of.element, formats, level + 1))
    return tree.if_(tree.all_of(_begins(value, "["), good), converted)


def _map(
    value: tree.Expression, of: t.MapType, formats: TextFormats, level: int
) -> tree.Expression:
    entries = tree.call("map_entries", value.cast("MAP(VARCHAR, JSON)"))
    name = f"boathouse_entry_{level}"

    def entry(item: tree.Expression) -> tree.Expression:
        inner = value_of_json(_entry_value(item), of.value, formats, level + 1)
        return tree.struct_of(key=tree.field_of(item, "key"), value=inner)

    converted = tree.call(
        "map_from_entries", tree.call("list_transform", entries, tree.lambda_(name, entry))
    )
    good = _none(
        entries, name, lambda item: misfits(_entry_value(item), of.value, formats, level + 1)
    )
    return tree.if_(_begins(value, "{"), tree.if_(good, converted.cast(duck_type(of))))


def _entry_value(item: tree.Expression) -> tree.Expression:
    return tree.field_of(item, "value")


def _none(
    items: tree.Expression,
    name: str,
    condition: Callable[[tree.Expression], tree.Expression],
) -> tree.Expression:
    """Whether `condition` holds for none of `items`."""
    found = tree.call("list_filter", items, tree.lambda_(name, condition))
    return tree.call("len", found).equals(0)


def misfits(
    value: tree.Expression, of: t.DataType, formats: TextFormats, level: int = 0
) -> tree.Expression:
    """Whether there is a value that does not fit `of`, or one inside it."""
    present = is_missing(value).negated()
    if isinstance(of, (t.StringType, t.VariantType, t.NullType)):
        return tree.FALSE
    unfit = value_of_json(value, of, formats, level).is_null()
    if isinstance(of, t.StructType):
        inside = [misfits(_field(value, f), f.type, formats, level) for f in of.fields]
        unfit = tree.any_of(unfit, *inside)
    return tree.all_of(present, unfit)
