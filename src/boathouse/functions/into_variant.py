"""CAST to VARIANT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.duck import Expression
    from boathouse.types.cast_mode import CastMode


def into_variant(
    value: Expression, given: t.DataType, to: t.DataType, mode: CastMode
) -> Expression:
    """`value`, of the type `given`, as JSON, which is how variants are stored."""
    match given:
        case t.DecimalType():
            # DuckDB writes long ones as doubles, and no zero before the point where none has room.
            digits = duck.f.regexp_replace(value.cast("VARCHAR"), r"^(-?)\.", r"\1" + "0.")
            # Zeros at the end are not kept.
            return (duck.f.regexp_replace(digits, r"\.?0+$", "") if given.scale else digits).cast(
                "JSON"
            )
        case t.BinaryType():
            return duck.f.to_json(duck.f.base64(value))
        case t.TimestampType():
            # DuckDB leaves the minutes of most offsets away.
            text = value.cast("VARCHAR")
            return duck.f.to_json(duck.f.regexp_replace(text, r"([+-]\d\d)$", r"\1:00"))
        case t.ArrayType():
            items = duck.lambda_("_item", lambda item: into_variant(item, given.element, to, mode))
            return duck.f.to_json(duck.f.list_transform(value, items))
        case _:
            return duck.f.to_json(value)
