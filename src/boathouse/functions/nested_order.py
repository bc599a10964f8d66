"""The order of structs and arrays: Spark puts a null inside of them first, DuckDB puts it last."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.types import field_names
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument
from boathouse.types import datatypes as t

GUARDS = Group("guards")


def hides_nulls(given: t.DataType) -> bool:
    """Whether there may be nulls inside of values of this type."""
    match given:
        case t.ArrayType():
            return given.contains_null or hides_nulls(given.element)
        case t.StructType():
            return any(f.nullable or hides_nulls(f.type) for f in given.fields)
        case _:
            return False


def order_key(value: Expression, given: t.DataType, depth: int = 0) -> Expression:
    """What DuckDB orders as Spark orders `value`: whatever lies inside of it is told to be there
    before it is shown.
    """
    match given:
        case t.ArrayType():
            body = duck.lambda_(
                f"_order{depth}",
                lambda item: duck.struct_of(
                    there=item.is_not_null(), key=order_key(item, given.element, depth + 1)
                ),
            )
            return duck.f.list_transform(value, body)
        case t.StructType():
            parts: dict[str, Expression] = {}
            for at, (name, field) in enumerate(zip(field_names(given), given.fields, strict=True)):
                held = duck.field_of(value, name)
                parts[f"there{at}"] = held.is_not_null()
                parts[f"key{at}"] = order_key(held, field.type, depth)
            return duck.case((value.is_null(), None), otherwise=duck.struct_of(**parts))
        case _:
            return value


def order_type(given: t.DataType) -> t.DataType:
    """The type of the key of values of the type `given`."""
    match given:
        case t.ArrayType():
            pair = (("there", t.BOOLEAN), ("key", order_type(given.element)))
            return t.ArrayType(t.StructType(tuple(t.StructField(*field) for field in pair)))
        case t.StructType():
            fields: list[t.StructField] = []
            for at, field in enumerate(given.fields):
                fields.append(t.StructField(f"there{at}", t.BOOLEAN))
                fields.append(t.StructField(f"key{at}", order_type(field.type)))
            return t.StructType(tuple(fields))
        case _:
            return given


@GUARDS.scalar(
    "order_key",
    takes=[ANY],
    gives=lambda arguments: order_type(arguments[0].type),
    shows=lambda value: value,
    needs=("arguments",),
    hidden=True,
)
def keyed(value: Expression, arguments: tuple[Argument, ...]) -> Expression:
    """What stands for a value where it is put in order."""
    return order_key(value, arguments[0].type)
