"""A value as the text that a variant is held as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck.types import field_names
from boathouse.errors.exceptions import unsupported
from boathouse.functions.text_form import text_of
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string
from boathouse.types.variant import MARK

if TYPE_CHECKING:
    from boathouse.duck import Expression
    from boathouse.types.cast_mode import CastMode


def into_variant(
    value: Expression, given: t.DataType, to: t.DataType, mode: CastMode
) -> Expression:
    """`value`, of the type `given`, as a variant."""
    return variant_of(value, given)


def variant_of(value: Expression, given: t.DataType, depth: int = 0) -> Expression:
    """`value` of the type `given` as a variant; null stays null, and is JSON's inside of others."""
    match given:
        case t.VariantType():
            return value
        case t.StructType():
            named = sorted(
                zip(field_names(given), given.fields, strict=True), key=lambda pair: pair[1].name
            )
            parts: list[Expression] = []
            for name, field in named:
                inside = variant_of(duck.field_of(value, name), field.type, depth)
                parts += [duck.literal(field.name), inside]
            return duck.case((value.is_not_null(), duck.f.json_object(*parts)))
        case t.ArrayType():
            one = duck.lambda_(
                f"_item{depth}", lambda item: variant_of(item, given.element, depth + 1)
            )
            return duck.f.to_json(duck.f.list_transform(value, one))
        case t.MapType():
            # The keys of objects stand in order.
            key = duck.lambda_(f"_key{depth}", lambda key: duck.f.map_extract_value(value, key))
            keys = duck.f.list_sort(duck.f.map_keys(value))
            item = duck.lambda_(
                f"_item{depth}", lambda item: variant_of(item, given.value, depth + 1)
            )
            values = duck.f.list_transform(duck.f.list_transform(keys, key), item)
            return duck.f.to_json(duck.f.map(keys, values))
        case t.BooleanType() | t.IntegralType() | t.NullType():
            return duck.f.to_json(value)
        case _:
            return duck.f.to_json(_marked(value, given))


def _marked(value: Expression, given: t.DataType) -> Expression:
    match given:
        case t.DecimalType():
            return _with("n", text_of(value, given))
        case t.DoubleType():
            return _with("d", text_of(value, given))
        case t.FloatType():
            return _with("f", text_of(value, given))
        case t.DateType():
            days = duck.f.date_diff("day", duck.literal("1970-01-01").cast("DATE"), value)
            return _with("D", days.cast("VARCHAR"))
        case t.TimestampType():
            return _with("T", duck.f.epoch_us(value).cast("VARCHAR"))
        case t.TimestampNTZType():
            return _with("L", duck.f.epoch_us(value).cast("VARCHAR"))
        case t.BinaryType():
            return _with("B", duck.f.base64(value))
        case _ if not is_string(given):
            raise unsupported(f"{given.sql} in a VARIANT")
        case _:
            text = value.cast("VARCHAR")
            return duck.if_(duck.f.starts_with(text, MARK), _with("s", text), text)


def _with(kind: str, text: Expression) -> Expression:
    return duck.operator("||", MARK + kind, text)
