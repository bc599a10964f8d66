"""SET lists and INSERT lists -> one value for each column of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import as_type, cast, require_castable, same_type
from boathouse.analysis.elements import converted, fields_differ
from boathouse.analysis.expressions import bind, unaliased
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.scope import Scope
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.spec import expressions as se
from boathouse.tables.delta.conditions import identity_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.analysis.scope import Context

CURRENT_DEFAULT = "CURRENT_DEFAULT"
GENERATED = "delta.generationExpression"
NUMBER = e.Literal(None, t.LONG)
"""Stands for the next value of an identity column; this object alone."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """`value` for the column, or the field inside a column, that `path` names."""

    path: tuple[str, ...]
    value: e.Expression


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table as a change leaves them (`schema`), what is there now (`current`, by
    key; a column that the change adds is not in it), and whether structs may lack fields.
    """

    schema: t.StructType
    current: Mapping[str, e.Expression]
    context: Context
    evolves: bool = False

    def updated(self, assignments: Sequence[Assignment]) -> tuple[e.Expression, ...]:
        """The values of UPDATE SET: what nothing is said of stays, what is generated follows."""
        key = self.context.key
        said = _by_first(assignments, self.schema, (), key)
        values: dict[str, e.Expression] = {}
        for field in self.schema.fields:
            current = self.current.get(key(field.name))
            operations = said.get(key(field.name), [])
            if operations or GENERATED not in dict(field.metadata):
                values[key(field.name)] = self._updated(field, current, operations, ())
        return self._completed(values)

    def unchanged(self) -> tuple[e.Expression, ...]:
        """The values of a row that stays as it is."""
        key = self.context.key
        fields = self.schema.fields
        return tuple(self._updated(f, self.current.get(key(f.name)), (), ()) for f in fields)

    def inserted(self, given: Mapping[str, e.Expression]) -> tuple[e.Expression, ...]:
        """The values of INSERT, `given` by key: what nothing is said of has its default, or is
        a NUMBER.
        """
        key = self.context.key
        values: dict[str, e.Expression] = {}
        for field in self.schema.fields:
            value = given.get(key(field.name))
            identity = identity_of(field)
            if identity is not None and value is None:
                values[key(field.name)] = NUMBER
                continue
            if identity is not None and not identity.given:
                name = "DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED"
                raise AnalysisError(name, colName=field.name)
            if value is None and GENERATED in dict(field.metadata):
                continue
            value = self.default(field) if value is None else value
            values[key(field.name)] = self.stored(value, field)
        return self._completed(values)

    def default(self, field: t.StructField) -> e.Expression:
        """What a row has in `field` when nothing is said, or DEFAULT is."""
        text = dict(field.metadata).get(CURRENT_DEFAULT)
        if text is None:
            return e.Literal(None, field.type)
        return unaliased(bind(sql.parse_expression(text), Scope(self.context)))

    def _completed(self, values: dict[str, e.Expression]) -> tuple[e.Expression, ...]:
        """`values` with those of generated columns, computed from the others."""
        key = self.context.key
        scope = Scope(self.context).with_aliases(dict(values))
        return tuple(
            values[key(f.name)] if key(f.name) in values else self._generated(f, scope)
            for f in self.schema.fields
        )

    def _generated(self, field: t.StructField, scope: Scope) -> e.Expression:
        text = dict(field.metadata)[GENERATED]
        return self.stored(unaliased(bind(sql.parse_expression(text), scope)), field)

    # ---- fields ----

    def _updated(
        self,
        field: t.StructField,
        current: e.Expression | None,
        operations: Sequence[Assignment],
        prefix: tuple[str, ...],
    ) -> e.Expression:
        if not operations:
            kept = e.Literal(None, field.type) if current is None else current
            return self.stored(kept, field)
        if any(len(x.path) == 1 for x in operations):
            if len(operations) > 1:
                paths = [".".join((*prefix, *x.path)) for x in operations]
                raise AnalysisError("DELTA_CONFLICT_SET_COLUMN", columnList=_column_list(paths))
            return self.stored(operations[0].value, field)
        here = (*prefix, field.name)
        if not isinstance(field.type, t.StructType):
            raise not_a_struct(here, field.type)
        inner = [Assignment(x.path[1:], x.value) for x in operations]
        return self._rebuilt(field.type, current, inner, here)

    def _rebuilt(
        self,
        struct: t.StructType,
        current: e.Expression | None,
        operations: Sequence[Assignment],
        prefix: tuple[str, ...],
    ) -> e.Expression:
        key = self.context.key
        said = _by_first(operations, struct, prefix, key)
        there = {} if current is None else _fields_of(current, key)
        values = [
            self._updated(f, there.get(key(f.name)), said.get(key(f.name), []), prefix)
            for f in struct.fields
        ]
        return self._struct(struct, values)

    def _struct(self, struct: t.StructType, values: Sequence[e.Expression]) -> e.Expression:
        arguments: list[e.Expression] = []
        for field, value in zip(struct.fields, values, strict=True):
            arguments += [e.Literal(field.name, t.STRING), value]
        return bind_function("named_struct", arguments, Scope(self.context))

    # ---- casts ----

    def stored(self, value: e.Expression, field: t.StructField) -> e.Expression:
        """`value` as one of `field`: cast as an assignment, structs by their fields' names."""
        if isinstance(field.type, (t.CharType, t.VarcharType)):
            text = self._cast(value, t.STRING)
            name = "fitted_to_char" if isinstance(field.type, t.CharType) else "fitted_to_varchar"
            length = e.Literal(field.type.length, t.INTEGER)
            return bind_function(name, [text, length], Scope(self.context))
        return self._cast(value, field.type)

    def _cast(self, value: e.Expression, wanted: t.DataType) -> e.Expression:
        given = value.type
        if isinstance(given, t.NullType):
            return e.Literal(None, wanted)
        if same_type(given, wanted):
            return value
        match given, wanted:
            case t.StructType(), t.StructType():
                return self._cast_struct(value, given, wanted)
            case (t.ArrayType(), t.ArrayType()) | (t.MapType(), t.MapType()) if fields_differ(
                given, wanted, self.context.key
            ):
                return converted(value, wanted, Scope(self.context), self._cast)
            case _:
                pass
        return self._cast_plainly(value, wanted)

    def _cast_plainly(self, value: e.Expression, wanted: t.DataType) -> e.Expression:
        if isinstance(value, e.Literal):
            return as_type(value, wanted, self.context)
        policy = self.context.facts.setting("spark.sql.storeAssignmentPolicy").upper()
        mode = se.CastMode.LEGACY if policy == "LEGACY" else se.CastMode.ANSI
        text = f"CAST({shown_sql(value)} AS {wanted.sql})"
        require_castable(value, wanted, mode, text)
        return cast(value, wanted, mode, self.context)

    def _cast_struct(
        self, value: e.Expression, given: t.StructType, wanted: t.StructType
    ) -> e.Expression:
        key = self.context.key
        there = _fields_of(value, key)
        names = {key(f.name) for f in wanted.fields}
        if there.keys() - names or (not self.evolves and names - there.keys()):
            raise _mismatch(given, wanted)
        values = [
            self._cast(there[key(f.name)], f.type)
            if key(f.name) in there
            else e.Literal(None, f.type)
            for f in wanted.fields
        ]
        built = self._struct(wanted, values)
        if not value.nullable:
            return built
        is_null = bind_function("isnull", [value], Scope(self.context))
        return e.Case(((is_null, e.Literal(None, built.type)),), built, built.type)


def _by_first(
    assignments: Sequence[Assignment],
    schema: t.StructType,
    prefix: tuple[str, ...],
    key: Callable[[str], str],
) -> dict[str, list[Assignment]]:
    """`assignments` by the column they begin with, which must be there."""
    found: dict[str, list[Assignment]] = {key(f.name): [] for f in schema.fields}
    for assignment in assignments:
        first = key(assignment.path[0])
        if first not in found:
            raise AnalysisError(
                "DELTA_MISSING_SET_COLUMN",
                columnName=t.quoted(".".join((*prefix, assignment.path[0]))),
                columnList=_column_list([".".join((*prefix, f.name)) for f in schema.fields]),
            )
        found[first].append(assignment)
    return found


def _fields_of(struct: e.Expression, key: Callable[[str], str]) -> dict[str, e.Expression]:
    assert isinstance(struct.type, t.StructType)  # noqa: S101 - asked before
    return {key(f.name): e.Field(struct, i) for i, f in enumerate(struct.type.fields)}


def not_a_struct(path: Sequence[str], of: t.DataType) -> AnalysisError:
    """The error for a SET of something inside a column that is not a struct."""
    return AnalysisError(
        "DELTA_UNSUPPORTED_FIELD_UPDATE_NON_STRUCT",
        columnName=t.quoted(".".join(path)),
        dataType=of.sql,
    )


def _column_list(names: Sequence[str]) -> str:
    return f"[{', '.join(map(t.quoted, names))}]"


def _mismatch(given: t.DataType, wanted: t.DataType) -> AnalysisError:
    return AnalysisError(
        "DELTA_UPDATE_SCHEMA_MISMATCH_EXPRESSION",
        fromCatalog=given.simple,
        toCatalog=wanted.simple,
    )
