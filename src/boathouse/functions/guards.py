"""Hidden functions that binding puts in to hold a query to Spark's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck.types import field_names
from boathouse.functions.let import let
from boathouse.functions.nested_values import rebuilt
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, BOOLEAN, INT, LONG, STRING, never, same_as
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.duck import Expression

GUARDS = Group("guards")


@GUARDS.scalar(
    "called_as",
    takes=[ANY, STRING],
    gives=same_as(0),
    hidden=True,
    shows=lambda body, text, *rest, **facts: text,
)
def called_as(body: Expression, text: Expression) -> Expression:
    """`body`, shown as `text`: what a call of a SQL function becomes."""
    return body


@GUARDS.scalar("fitted_to_char", takes=[STRING, INT], gives=t.STRING, hidden=True)
def fitted_to_char(text: Expression, length: Expression) -> Expression:
    """`text` as CHAR(length) stores it: spaces at the end put there or taken away."""
    return duck.f.rpad(fitted_to_varchar(text, length), length, duck.literal(" "))


@GUARDS.scalar("fitted_to_varchar", takes=[STRING, INT], gives=t.STRING, hidden=True)
def fitted_to_varchar(text: Expression, length: Expression) -> Expression:
    """`text` as VARCHAR(length) stores it: an error where it is longer and not by spaces alone."""
    short = duck.f.rpad(duck.f.rtrim(text, duck.literal(" ")), length, duck.literal(" "))
    bare = duck.f.length(duck.f.rtrim(text, duck.literal(" ")))
    failure = duck.fail("EXCEED_LIMIT_LENGTH", limit=length)
    return duck.case(
        (duck.f.length(text).at_most(length), text),
        (bare.at_most(length), short),
        otherwise=duck.if_(text.is_null(), text, failure),
    )


@GUARDS.scalar("fitted_inside", takes=[ANY], gives=same_as(0), needs=("wanted",), hidden=True)
def fitted_inside(value: Expression, wanted: t.DataType) -> Expression:
    """An array or map as one of CHARs and VARCHARs stores it."""
    return _fitted(value, wanted, 0)


def _fitted(value: Expression, wanted: t.DataType, depth: int) -> Expression:
    match wanted:
        case t.CharType():
            return fitted_to_char(value, duck.literal(wanted.length, "INTEGER"))
        case t.VarcharType():
            return fitted_to_varchar(value, duck.literal(wanted.length, "INTEGER"))
        case _:
            return rebuilt(value, wanted, _fitted, depth)


@GUARDS.scalar(
    "next_recursion_level", takes=[LONG, LONG], gives=t.LONG, nullable=never, hidden=True
)
def next_recursion_level(level: Expression, most: Expression) -> Expression:
    """One more than `level`, an error where that reaches `most`."""
    failure = duck.fail("RECURSION_LEVEL_LIMIT_EXCEEDED", levelLimit=most)
    return duck.if_((level + 1).at_least(most), failure, level + 1)


@GUARDS.scalar(
    "next_recursion_rows", takes=[LONG, LONG, LONG], gives=t.LONG, nullable=never, hidden=True
)
def next_recursion_rows(rows: Expression, added: Expression, most: Expression) -> Expression:
    """`rows` and `added` together, an error where they reach `most`."""
    failure = duck.fail("RECURSION_ROW_LIMIT_EXCEEDED", rowLimit=most)
    return duck.if_((rows + added).at_least(most), failure, rows + added)


@GUARDS.scalar("delta_not_null", takes=[ANY, STRING], gives=same_as(0), hidden=True)
def delta_not_null(value: Expression, column: Expression) -> Expression:
    """`value`, an error where it is NULL: what a NOT NULL column of a Delta table stores."""
    failure = duck.fail("DELTA_NOT_NULL_CONSTRAINT_VIOLATED", columnName=column)
    return duck.if_(value.is_null(), failure, value)


@GUARDS.scalar("asserted_not_null", takes=[ANY, STRING], gives=same_as(0), hidden=True)
def asserted_not_null(value: Expression, path: Expression) -> Expression:
    """`value`, an error where it is NULL: what a NOT NULL column of a table over files stores."""
    failure = duck.fail("NOT_NULL_ASSERT_VIOLATION", walkedTypePath=path)
    return duck.if_(value.is_null(), failure, value)


@GUARDS.scalar(
    "asserted_inside", takes=[ANY], gives=same_as(0), needs=("wanted", "path"), hidden=True
)
def asserted_inside(value: Expression, wanted: t.DataType, path: str) -> Expression:
    """`value`, what the column at `path` stores, an error where a part is NULL that is NOT NULL in
    the type `wanted`.
    """
    return _held(value, wanted, path, 0)


def _held(value: Expression, wanted: t.DataType, path: str, depth: int) -> Expression:
    match wanted:
        case t.StructType():
            fields = zip(field_names(wanted), wanted.fields, strict=True)
            parts = {
                name: _present(duck.field_of(value, name), f, path, depth) for name, f in fields
            }
            return duck.case((value.is_null(), None), otherwise=duck.struct_of(**parts))
        case t.ArrayType():

            def element(item: Expression) -> Expression:
                return _held(item, wanted.element, f"{path}element\n", depth + 1)

            return duck.f.list_transform(value, duck.lambda_(f"_held{depth}", element))
        case t.MapType():
            entries = _held(duck.f.map_entries(value), wanted.entries, path, depth)
            return duck.f.map_from_entries(entries)
        case _:
            return value


def _present(value: Expression, field: t.StructField, path: str, depth: int) -> Expression:
    held = _held(value, field.type, f"{path}{field.name}\n", depth)
    return (
        held if field.nullable else asserted_not_null(held, duck.literal(f"{path}{field.name}\n"))
    )


@GUARDS.scalar("delta_holds", takes=[BOOLEAN, STRING, STRING, STRING], gives=t.BOOLEAN, hidden=True)
def delta_holds(
    condition: Expression, name: Expression, text: Expression, values: Expression
) -> Expression:
    """True, an error where a CHECK constraint does not hold (NULL is no better than false)."""
    failure = duck.fail(
        "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", constraintName=name, expression=text, values=values
    )
    return duck.case((condition, True), otherwise=failure)


@GUARDS.scalar("measure_of_a_row", takes=[], gives=t.STRING, hidden=True)
def measure_of_a_row() -> Expression:
    """An error: a measure is read by measure(...) under GROUP BY. Spark fails inside."""
    message = "A measure is read by measure(...) under GROUP BY"
    return duck.fail("INTERNAL_ERROR", message=message)


@GUARDS.scalar("delta_replaces", takes=[BOOLEAN, STRING], gives=t.BOOLEAN, hidden=True)
def delta_replaces(condition: Expression, text: Expression) -> Expression:
    """True, an error for a row that does not belong among those it is to replace."""
    failure = duck.fail(
        "DELTA_REPLACE_WHERE_MISMATCH", replaceWhere=text, message="A row does not match it."
    )
    return duck.case((condition, True), otherwise=failure)


@GUARDS.scalar(
    "padded_to_char", takes=[STRING, INT], gives=t.STRING, shows=lambda text, _: text, hidden=True
)
def padded_to_char(text: Expression, length: Expression) -> Expression:
    """A text filled up with blanks where it is compared with a longer CHAR."""
    return let(
        text,
        lambda given: duck.case(
            (duck.f.length(given).less(length), duck.f.rpad(given, length, " ")), otherwise=given
        ),
        "padded",
    )
