"""Reaching into structs, arrays and maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import context_of
from boathouse.analysis.naming import shown, shown_sql
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.analysis.scope import Scope
    from boathouse.spec.expressions import Origin


def extract_field(
    child: e.Expression, name: str, scope: Scope, origin: Origin | None = None
) -> e.Expression:
    """``child.name``: a struct's field, that of each struct in an array, or a map's value."""
    match child.type:
        case t.StructType() as struct:
            return e.Field(child, _field_index(struct, name, scope, origin), name)
        case t.ArrayType(element=t.StructType() as struct):
            return e.Field(child, _field_index(struct, name, scope, origin), name)
        case t.MapType():
            return _value_of_map(child, e.Literal(name, t.STRING), scope, origin)
        case t.ArrayType():
            return bind_function("array_item", [child, e.Literal(name, t.STRING)], scope, origin)
        case t.NullType():
            return e.Literal(None, t.NULL, f"{shown(child)}.{name}")
        case _:
            raise _not_extractable(child, name, origin)


def extract_value(
    child: e.Expression, extraction: e.Expression, scope: Scope, origin: Origin | None = None
) -> e.Expression:
    """``child[extraction]``."""
    match child.type:
        case t.MapType():
            return _value_of_map(child, extraction, scope, origin)
        case t.StructType() | t.ArrayType(element=t.StructType()) if isinstance(
            extraction, e.Literal
        ) and isinstance(extraction.of, t.StringType):
            return extract_field(child, extraction.value, scope, origin)
        case t.ArrayType():
            return bind_function("array_item", [child, extraction], scope, origin)
        case t.StructType():
            raise AnalysisError(
                "INVALID_EXTRACT_FIELD_TYPE",
                context_of(origin),
                extraction=f'"{shown_sql(extraction)}"',
            )
        case t.NullType():
            return e.Literal(None, t.NULL, f"{shown(child)}[{shown(extraction)}]")
        case _:
            raise _not_extractable(child, shown_sql(extraction))


def _value_of_map(
    child: e.Expression, key: e.Expression, scope: Scope, origin: Origin | None
) -> e.Expression:
    of = child.type
    assert isinstance(of, t.MapType)  # noqa: S101 - asked before
    if isinstance(key.type, t.StringType) and isinstance(of.key, _NESTED):
        # Spark puts a cast there, which then is none.
        fault = AnalysisError(
            "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
            context_of(origin),
            sqlExpr=f'"{shown_sql(key)}"',
            srcType='"STRING"',
            targetType=f'"{of.key.sql}"',
        )
        scope.context.postpone(fault)
        return e.Literal(None, of.value, f"{shown(child)}[{shown(key)}]")
    return bind_function("map_value", [child, key], scope, origin)


_NESTED = (t.ArrayType, t.MapType, t.StructType)


def _field_index(struct: t.StructType, name: str, scope: Scope, origin: Origin | None) -> int:
    key = scope.context.key
    found = [i for i, field in enumerate(struct.fields) if key(field.name) == key(name)]
    if len(found) == 1:
        return found[0]
    # Spark parts these names at their dots.
    fields = ", ".join(
        ".".join(t.quoted(part) for part in field.name.split(".")) for field in struct.fields
    )
    if found:
        raise AnalysisError(
            "AMBIGUOUS_REFERENCE_TO_FIELDS",
            context_of(origin),
            field=t.quoted(name),
            count=len(found),
        )
    raise AnalysisError(
        "FIELD_NOT_FOUND", context_of(origin), fieldName=t.quoted(name), fields=fields
    )


def _not_extractable(child: e.Expression, name: str, origin: Origin | None = None) -> AnalysisError:
    return (
        AnalysisError(
            "INVALID_EXTRACT_BASE_FIELD_TYPE",
            context_of(origin),
            base=f'"{shown_sql(child)}"',
            other=f'"{child.type.sql}"',
        )
        if name
        else AnalysisError("INTERNAL_ERROR", message="a field without a name")
    )
