"""Functions that build structs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.duck.tree import StructOf
from boathouse.duck.types import field_names
from boathouse.functions.map import odd_number
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument, TypeMismatch, never, same_as
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.duck import Expression

Arguments = tuple[Argument, ...]

STRUCTS = Group("struct_funcs")
GUARDS = Group("guards")


def _built(values: tuple[Expression, ...], result: t.DataType) -> Expression:
    assert isinstance(result, t.StructType)  # noqa: S101 - given by the entries below
    return StructOf(tuple(zip(field_names(result), values, strict=True)))


def _struct_type(arguments: Arguments) -> t.DataType:
    return t.StructType(
        tuple(
            t.StructField(argument.name or f"col{number}", argument.type, argument.nullable)
            for number, argument in enumerate(arguments, 1)
        )
    )


@STRUCTS.scalar("struct", variadic=ANY, gives=_struct_type, nullable=never, needs=("result",))
def struct(*values: Expression, result: t.DataType) -> Expression:
    """A struct of the arguments. Columns and aliases name its fields, others are col1, col2, ...

    >>> SELECT struct('sloop' AS ship, 40)
    {sloop, 40}
    """
    return _built(values, result)


def _check_names(arguments: Arguments) -> None:
    if len(arguments) % 2:
        raise odd_number("named_struct", len(arguments))
    wrong = [name for name in arguments[::2] if not isinstance(name.value, str)]
    if wrong:
        shown = ", ".join(name.shown() for name in wrong)
        raise TypeMismatch("CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING", inputExprs=f"[{shown}]")


def _named_type(arguments: Arguments) -> t.DataType:
    pairs = zip(arguments[::2], arguments[1::2], strict=True)
    return t.StructType(
        tuple(t.StructField(str(name.value), value.type, value.nullable) for name, value in pairs)
    )


@STRUCTS.scalar(
    "named_struct",
    variadic=ANY,
    gives=_named_type,
    nullable=never,
    check=_check_names,
    needs=("result",),
)
def named_struct(*parts: Expression, result: t.DataType) -> Expression:
    """A struct of names and values in turn.

    >>> SELECT named_struct('ship', 'sloop', 'tons', 40)
    {sloop, 40}
    """
    return _built(parts[1::2], result)


# ---- Column.withField and dropFields ----


def _shows_update(_: str, struct: str, *changes: str) -> str:
    return f"update_fields({', '.join([struct, *changes])})"


@GUARDS.scalar(
    "update_fields",
    takes=[ANY, ANY],
    variadic=ANY,
    gives=same_as(0),
    nullable=lambda arguments: arguments[0].nullable,
    shows=_shows_update,
    hidden=True,
)
def update_fields(updated: Expression, struct: Expression, *changes: Expression) -> Expression:
    """The struct as it is after the changes, which with the struct before are there to be shown."""
    return updated


@GUARDS.scalar(
    "withfield",
    takes=[ANY, ANY],
    gives=same_as(1),
    shows=lambda _, value: f"WithField({value})",
    hidden=True,
)
def withfield(name: Expression, value: Expression) -> Expression:
    """A change of a struct: the field `name` becomes `value`."""
    return value


@GUARDS.scalar(
    "dropfield", takes=[ANY], gives=same_as(0), shows=lambda _: "dropfield()", hidden=True
)
def dropfield(name: Expression) -> Expression:
    """A change of a struct: the field `name` goes."""
    return name
