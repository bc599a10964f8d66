"""Functions that yield rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck.tree import StructOf
from boathouse.duck.types import duck_type
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument, Takes, TypeMismatch, changed, unexpected
from boathouse.types import datatypes as t
from boathouse.types.coercion import tightest_common

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.duck import Expression

Arguments = tuple[Argument, ...]

GENERATOR = Group("generator_funcs")


def _collection(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type if isinstance(given.type, (t.ArrayType, t.MapType)) else None


_COLLECTION = Takes(_collection, '("ARRAY" or "MAP")', name="collection")


def _exploded(arguments: Arguments) -> tuple[t.StructField, ...]:
    match arguments[0].type:
        case t.MapType(key=key, value=value, value_contains_null=nulls):
            return t.StructField("key", key, nullable=False), t.StructField("value", value, nulls)
        case t.ArrayType(element=element, contains_null=nulls):
            return (t.StructField("col", element, nulls),)
        case _:
            return ()


def _numbered(*values: Expression) -> Expression:
    """A struct as a generator's rows are: fields ``0``, ``1``, ..."""
    return StructOf(tuple((str(number), value) for number, value in enumerate(values)))


def _explode(collection: Expression, *, arguments: Arguments) -> Expression:
    if isinstance(arguments[0].type, t.ArrayType):
        return collection
    entry = duck.lambda_(
        "entry",
        lambda entry: _numbered(duck.field_of(entry, "key"), duck.field_of(entry, "value")),
    )
    return duck.f.list_transform(duck.f.map_entries(collection), entry)


def _posexplode(collection: Expression, *, arguments: Arguments) -> Expression:
    if isinstance(arguments[0].type, t.ArrayType):
        row = duck.lambda_("item place", lambda item, place: _numbered(_from_zero(place), item))
        return duck.f.list_transform(collection, row)
    entry = duck.lambda_(
        "entry place",
        lambda entry, place: _numbered(
            _from_zero(place), duck.field_of(entry, "key"), duck.field_of(entry, "value")
        ),
    )
    return duck.f.list_transform(duck.f.map_entries(collection), entry)


def _from_zero(place: Expression) -> Expression:
    return (place - 1).cast("INTEGER")


def _position_too(arguments: Arguments) -> t.DataType:
    return t.StructType((t.StructField("pos", t.INTEGER, nullable=False), *_exploded(arguments)))


def _structs(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    match given.type:
        case t.ArrayType(element=t.StructType()):
            return given.type
        case _:
            return None


def _inlined(arguments: Arguments) -> t.DataType:
    array = arguments[0].type
    assert isinstance(array, t.ArrayType)  # noqa: S101 - its rule
    assert isinstance(array.element, t.StructType)  # noqa: S101 - its rule
    return t.StructType(
        tuple(
            t.StructField(f.name, f.type, f.nullable or array.contains_null)
            for f in array.element.fields
        )
    )


def _inline(array: Expression, *, result: t.DataType) -> Expression:
    assert isinstance(result, t.StructType)  # noqa: S101 - given above
    count = len(result.fields)

    def row(item: Expression) -> Expression:
        values = [duck.f.struct_extract_at(item, number) for number in range(1, count + 1)]
        return values[0] if count == 1 else _numbered(*values)

    return duck.f.list_transform(array, duck.lambda_("item", row))


def _add(
    name: str,
    takes: Takes,
    gives: Callable[[Arguments], t.DataType],
    lowering: Callable[..., Expression],
    needs: str,
    doc: str,
) -> None:
    """Add a generator, and its form that yields a row of nulls where there is nothing."""
    for suffix, more in (("", ""), ("_outer", " A row of nulls when there is nothing.")):
        GENERATOR.generator(
            name + suffix,
            takes=[takes],
            gives=gives,
            needs=(needs,),
            extra={"outer": bool(suffix)},
            stands_for=name,
            named=(takes.name,),
            doc=doc.format(more=more, name=name + suffix),
        )(lowering)


_add(
    "explode",
    _COLLECTION,
    lambda arguments: t.StructType(_exploded(arguments)),
    _explode,
    "arguments",
    """A row for each element of an array, or each entry of a map.{more}

    >>> SELECT {name}(array('port', 'bow'))
    port
    bow
    """,
)
_add(
    "posexplode",
    _COLLECTION,
    _position_too,
    _posexplode,
    "arguments",
    """A row for each element of an array, or each entry of a map, with its index from 0.{more}

    >>> SELECT {name}(array('port', 'bow'))
    0 | port
    1 | bow
    """,
)
_add(
    "inline",
    Takes(_structs, '"ARRAY<STRUCT>"', name="input"),
    _inlined,
    _inline,
    "result",
    """A row for each struct of an array, a column for each field.{more}

    >>> SELECT {name}(array(struct(1 AS berth, 'sloop' AS ship)))
    1 | sloop
    """,
)


# ---- stack --------------------------------------------------------------------------------------


def _rows(arguments: Arguments) -> int:
    return int(arguments[0].value)


def _columns(arguments: Arguments) -> int:
    return -(-(len(arguments) - 1) // _rows(arguments))


def _check_rows(arguments: Arguments) -> None:
    if not isinstance(arguments[0].type, t.IntegerType):
        raise unexpected(0, '"INT"')
    if not arguments[0].constant:
        raise TypeMismatch(
            "NON_FOLDABLE_INPUT",
            inputName="`n`",
            inputType='"INT"',
            inputExpr=f'"{arguments[0].name}"',
        )
    if arguments[0].value is None or _rows(arguments) < 1:
        raise TypeMismatch(
            "VALUE_OUT_OF_RANGE",
            exprName="`n`",
            valueRange=f"(0, {2**31 - 1}]",
            currentValue=arguments[0].value,
        )
    width = _columns(arguments)
    for column in range(width):
        _check_column(arguments, column, range(column + 1, len(arguments), width))


def _check_column(arguments: Arguments, column: int, places: range) -> None:
    first = next((p for p in places if not isinstance(arguments[p].type, t.NullType)), places[0])
    for place in places:
        left, right = arguments[first].type, arguments[place].type
        if not isinstance(right, t.NullType) and left != right:
            raise TypeMismatch(
                "STACK_COLUMN_DIFF_TYPES",
                columnIndex=column,
                leftParamIndex=first,
                leftType=f'"{left.sql}"',
                rightParamIndex=place,
                rightType=f'"{right.sql}"',
            )


def _stacked(arguments: Arguments) -> t.DataType:
    width = _columns(arguments)
    fields: list[t.StructField] = []
    for column in range(width):
        of: t.DataType = t.NULL
        for argument in arguments[column + 1 :: width]:
            of = tightest_common(of, argument.type) or of
        fields.append(t.StructField(f"col{column}", of))
    return t.StructType(tuple(fields))


@GENERATOR.generator(
    "stack",
    takes=[changed(ANY, name="n")],
    variadic=ANY,
    at_least=2,
    gives=_stacked,
    check=_check_rows,
    needs=("arguments", "result"),
)
def stack(
    rows: Expression, *values: Expression, arguments: Arguments, result: t.DataType
) -> Expression:
    """So many rows, filled with the other arguments one after the other.

    >>> SELECT stack(2, 1, 'sloop', 2, 'brig')
    1 | sloop
    2 | brig
    """
    assert isinstance(result, t.StructType)  # noqa: S101 - given above
    width = len(result.fields)
    filled = [*values, *[duck.NULL] * (_rows(arguments) * width - len(values))]
    typed = [
        value.cast(duck_type(result.fields[place % width].type))
        for place, value in enumerate(filled)
    ]
    if width == 1:
        return duck.list_of(*typed)
    return duck.list_of(
        *(_numbered(*typed[place : place + width]) for place in range(0, len(typed), width))
    )
