"""Column.withField and dropFields: a struct rebuilt with a field set or left away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.calls import bind_function
from boathouse.analysis.naming import shown_sql
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.analysis.scope import Scope

Entries = list[tuple[t.StructField, e.Expression]]
"""The fields of a struct and their values."""


def bind_update_field(
    struct: e.Expression, path: tuple[str, ...], value: e.Expression | None, scope: Scope
) -> e.Expression:
    """`struct` with the field at `path` set to `value`, or dropped when that is None."""
    before, changes, entries = _parts(struct)
    entries, change = _changed(entries, path, value, scope)
    changes = _with(changes, change, scope)
    shown = f'"update_fields({", ".join(map(shown_sql, (before, *changes)))})"'
    if not isinstance(struct.type, t.StructType):
        raise AnalysisError(
            "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
            sqlExpr=shown,
            paramIndex="first",
            requiredType='"STRUCT"',
            inputSql=f'"{shown_sql(struct)}"',
            inputType=f'"{struct.type.sql}"',
        )
    if not entries:
        raise AnalysisError("DATATYPE_MISMATCH.CANNOT_DROP_ALL_FIELDS", sqlExpr=shown)
    built = _built(before, entries, scope)
    return bind_function("update_fields", [built, before, *changes], scope)


def _parts(struct: e.Expression) -> tuple[e.Expression, list[e.Expression], Entries]:
    """The struct before the first change, the changes, and what its fields are by now."""
    if not isinstance(struct.type, t.StructType):
        return struct, [], []
    fields = struct.type.fields
    if not (isinstance(struct, e.Call) and struct.function.name == "update_fields"):
        return struct, [], [(f, e.Field(struct, i)) for i, f in enumerate(fields)]
    built, before, *changes = (x for x in struct.arguments if x is not None)
    made = built.otherwise if isinstance(built, e.Case) else built
    assert isinstance(made, e.Call)  # noqa: S101 - see _built
    values = [x for x in made.arguments[1::2] if x is not None]
    return before, changes, list(zip(fields, values, strict=True))


def _changed(
    entries: Entries, path: tuple[str, ...], value: e.Expression | None, scope: Scope
) -> tuple[Entries, e.Expression]:
    """The fields after the change, and the change."""
    key = scope.context.key
    first, *rest = path
    name = e.Literal(first, t.STRING)
    place = next((i for i, (f, _) in enumerate(entries) if key(f.name) == key(first)), None)
    if rest:
        if place is None:
            names = ", ".join(t.quoted(f.name) for f, _ in entries)
            raise AnalysisError("FIELD_NOT_FOUND", fieldName=t.quoted(first), fields=names)
        first = entries[place][0].name
        value = bind_update_field(entries[place][1], tuple(rest), value, scope)
    if value is None:
        kept = [entry for i, entry in enumerate(entries) if i != place]
        return kept, bind_function("dropfield", [name], scope)
    entry = (t.StructField(first, value.type, value.nullable), value)
    kept = [*entries, entry]
    if place is not None:
        kept = [*entries[:place], entry, *entries[place + 1 :]]
    return kept, bind_function("withfield", [name, value], scope)


def _with(
    changes: Sequence[e.Expression], change: e.Expression, scope: Scope
) -> list[e.Expression]:
    """`changes` and one more: a field that is set again is shown once, where it first was."""
    name = _name(change, scope)
    if name is not None and any(_name(x, scope) == name for x in changes):
        return [change if _name(x, scope) == name else x for x in changes]
    return [*changes, change]


def _name(change: e.Expression, scope: Scope) -> str | None:
    """The field that a change sets, None for one that drops it."""
    if not (isinstance(change, e.Call) and change.function.name == "withfield"):
        return None
    name = change.arguments[0]
    assert isinstance(name, e.Literal)  # noqa: S101 - see _changed
    return scope.context.key(name.value)


def _built(before: e.Expression, entries: Entries, scope: Scope) -> e.Expression:
    """A struct of `entries` where there is one `before`."""
    arguments: list[e.Expression] = []
    for field, value in entries:
        arguments += [e.Literal(field.name, t.STRING), value]
    built = bind_function("named_struct", arguments, scope)
    if not before.nullable:
        return built
    # Where fields are read the struct is known to be there: they are as nullable as it says.
    of = t.StructType(tuple(t.StructField(f.name, x.type, f.nullable) for f, x in entries))
    is_null = bind_function("isnull", [before], scope)
    return e.Case(((is_null, e.Literal(None, of)),), built, of)
