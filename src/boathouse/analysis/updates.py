"""Column.withField and dropFields: a struct rebuilt with a field set or left away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.calls import bind_function
from boathouse.analysis.naming import shown_sql
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.analysis.scope import Scope


def bind_update_field(
    struct: e.Expression,
    path: tuple[str, ...],
    value: e.Expression | None,
    scope: Scope,
    shown: str = "",
) -> e.Expression:
    """`struct` with the field at `path` set to `value`, or dropped when that is None. `shown` is
    how a chain of such changes reads.
    """
    if not isinstance(struct.type, t.StructType):
        raise AnalysisError(
            "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
            sqlExpr=f'"update_fields({shown_sql(struct)})"',
            paramIndex="first",
            requiredType='"STRUCT"',
            inputSql=f'"{shown_sql(struct)}"',
            inputType=f'"{struct.type.sql}"',
        )
    entries = _updated(struct, path, value, scope)
    if not entries:
        raise AnalysisError(
            "DATATYPE_MISMATCH.CANNOT_DROP_ALL_FIELDS",
            sqlExpr=f'"update_fields({shown or f"{shown_sql(struct)}, dropfield()"})"',
        )
    arguments: list[e.Expression] = []
    for name, inner in entries:
        arguments += [e.Literal(name, t.STRING), inner]
    built = bind_function("named_struct", arguments, scope)
    if not struct.nullable:
        return built
    # Where fields are read the struct is known to be there: they are as nullable as it says.
    of = t.StructType(
        tuple(t.StructField(name, x.type, _nullable(x, struct)) for name, x in entries)
    )
    is_null = bind_function("isnull", [struct], scope)
    return e.Case(((is_null, e.Literal(None, of)),), built, of)


def _nullable(value: e.Expression, struct: e.Expression) -> bool:
    if isinstance(value, e.Field) and value.child is struct:
        assert isinstance(struct.type, t.StructType)  # noqa: S101 - asked before
        return struct.type.fields[value.index].nullable
    return value.nullable


def _updated(
    struct: e.Expression, path: tuple[str, ...], value: e.Expression | None, scope: Scope
) -> list[tuple[str, e.Expression]]:
    assert isinstance(struct.type, t.StructType)  # noqa: S101 - asked before
    key = scope.context.key
    first, *rest = path
    entries: list[tuple[str, e.Expression]] = []
    found = False
    for index, field in enumerate(struct.type.fields):
        inner: e.Expression = e.Field(struct, index)
        if key(field.name) != key(first):
            entries.append((field.name, inner))
            continue
        found = True
        if rest:
            entries.append((field.name, bind_update_field(inner, tuple(rest), value, scope)))
        elif value is not None:
            entries.append((first, value))
    if not found and value is not None:
        if rest:
            names = ", ".join(t.quoted(n) for n in struct.type.names)
            raise AnalysisError("FIELD_NOT_FOUND", fieldName=t.quoted(first), fields=names)
        entries.append((first, value))
    return entries
