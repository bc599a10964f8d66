"""The rows of a query as rows of a table: columns matched by name or position, static partition
values and defaults put in, everything cast as an assignment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import as_type, cast, chars_are_texts, require_castable
from boathouse.analysis.elements import converted, fields_differ
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.scope import Scope
from boathouse.errors.exceptions import AnalysisError, SparkArithmeticError
from boathouse.functions.castable import can_store, is_up_cast
from boathouse.functions.registry import functions
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.session.commands import defaults
from boathouse.session.commands.defaults import default_of, is_default
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.spec.nodes import nodes_of
from boathouse.types import datatypes as t
from boathouse.types.char_types import text_for_char

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from boathouse.analysis.scope import Context
    from boathouse.session.catalog import Table
    from boathouse.session.session import Session

ENFORCES = "spark.sql.fileSource.insert.enforceNotNull"
"""The setting under which tables over files keep to NOT NULL, in the making and in the filling."""


def told_by_column(
    error: SparkArithmeticError, table: Table, values: Mapping[str, e.Expression]
) -> SparkArithmeticError:
    """An overflow of a cast as what it is in an INSERT of `values` (see `given`)."""
    if not _is_overflow(error):
        return error
    wanted, source = _types_told(error)
    found = [
        (path, before)
        for field in table.schema.fields
        if field.name in values
        for path, before, after in _casts(values[field.name].type, field.type, (field.name,))
        if after.sql == wanted and source in (None, before.sql)
    ]
    if not found:
        return error
    return SparkArithmeticError(
        "CAST_OVERFLOW_IN_TABLE_INSERT",
        sourceType=f'"{found[0][1].sql}"',
        targetType=f'"{wanted}"',
        columnName=", ".join(".".join(map(t.quoted, path)) for path, _ in found),
    )


def _is_overflow(error: SparkArithmeticError) -> bool:
    """Whether a cast made `error`, to a type that was too small."""
    kind = error.condition.partition(".")[0]
    return kind in {"CAST_OVERFLOW", "NUMERIC_VALUE_OUT_OF_RANGE"}


def _types_told(error: SparkArithmeticError) -> tuple[str, str | None]:
    """The type that was too small as SQL, and where it is told, the type of the value."""
    told = error.parameters
    if error.condition == "CAST_OVERFLOW":
        return told.get("targetType", "").strip('"'), told.get("sourceType", "").strip('"')
    return f"DECIMAL({told.get('precision')},{told.get('scale')})", None


def _casts(
    given: t.DataType, wanted: t.DataType, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], t.DataType, t.DataType]]:
    """Where values of `given` are cast on their way to `wanted`, from which type to which."""
    match given, wanted:
        case t.StructType(), t.StructType():
            for before, after in zip(given.fields, wanted.fields, strict=False):
                yield from _casts(before.type, after.type, (*path, after.name))
        case t.ArrayType(), t.ArrayType():
            yield from _casts(given.element, wanted.element, (*path, "element"))
        case t.MapType(), t.MapType():
            yield from _casts(given.key, wanted.key, (*path, "key"))
            yield from _casts(given.value, wanted.value, (*path, "value"))
        case _ if given != wanted:
            yield path, given, wanted
        case _:
            pass


def told_by_delta(error: SparkArithmeticError, columns: t.StructType) -> SparkArithmeticError:
    """An overflow of a cast as what it is in a write to a Delta table."""
    if not _is_overflow(error):
        return error
    target, source = _types_told(error)
    names = [f.name for f in columns.fields if f.type.sql == target]
    return SparkArithmeticError(
        "DELTA_CAST_OVERFLOW_IN_TABLE_WRITE",
        sourceType=f'"{source or "DECIMAL"}"',
        targetType=f'"{target}"',
        columnName=", ".join(map(t.quoted, names)),
        storeAssignmentPolicyFlag="spark.sql.storeAssignmentPolicy",
        updateAndMergeCastingFollowsAnsiEnabledFlag=(
            "spark.databricks.delta.updateAndMergeCastingFollowsAnsiEnabledFlag"
        ),
        ansiEnabledFlag="spark.sql.ansi.enabled",
    )


def with_defaults(command: sc.Insert, table: Table, session: Session) -> sc.Insert:
    """`command` with the word DEFAULT in VALUES replaced by what it stands for there."""
    if not session.settings.flag("spark.sql.defaultColumn.enabled"):
        return command
    key = session.context().key
    static = {key(c) for c, value in command.partition if value is not None}
    names = command.columns or tuple(n for n in table.schema.names if key(n) not in static)
    fields = {key(f.name): f for f in table.schema.fields}
    if not {key(n) for n in names} <= fields.keys():
        return command
    values = [_default_said(fields[key(n)]) for n in names]
    return replace(command, input=_filled(command.input, values))


def _default_said(field: t.StructField) -> se.Expression:
    text = dict(field.metadata).get(defaults.CURRENT)
    if text is None:
        return se.Literal(None, t.NULL)
    return se.Cast(sql.parse_expression(text), text_for_char(field.type))


def _filled(query: sr.Relation, values: Sequence[se.Expression]) -> sr.Relation:
    """`query` with DEFAULT at each position replaced by the one of `values` there."""

    def value(position: int, said: se.Expression) -> se.Expression:
        if not is_default(said) and any(map(is_default, nodes_of(said))):
            raise AnalysisError("DEFAULT_PLACEMENT_INVALID")
        return values[position] if is_default(said) and position < len(values) else said

    match query:
        case sr.Values():
            rows = tuple(tuple(value(i, x) for i, x in enumerate(row)) for row in query.rows)
            return replace(query, rows=rows)
        case (
            sr.Project(expressions=(se.Star(target=()),))
            | sr.SubqueryAlias()
            | sr.Sort()
            | sr.Limit()
        ):
            return replace(query, input=_filled(query.input, values))
        case sr.Project():
            columns = tuple(value(i, x) for i, x in enumerate(query.expressions))
            rows = query.input
            if isinstance(rows, sr.SubqueryAlias) and isinstance(rows.input, sr.Values):
                rows = _filled(rows, values)
            return replace(query, input=rows, expressions=columns)
        case _:
            return query


def fitted(command: sc.Insert, plan: r.Relation, table: Table, context: Context) -> r.Relation:
    """The rows of `plan` as rows of `table`; what is not given has its default."""
    values = given(command, plan, table, context)
    outputs: list[e.Alias] = []
    for field in _enforced(table, context):
        value = values.get(field.name) or _default(field, table, context)
        value = assigned(value, field, table, context, by_name=command.by_name)
        outputs.append(e.Alias(_asserted(value, field, context), field.name))
    return r.Project(plan, tuple(outputs))


def _enforced(table: Table, context: Context) -> Iterator[t.StructField]:
    """The columns of `table` with the NOT NULL that an insert keeps to: of partition columns, and
    of all under a setting that the table must have been made under, too.
    """
    everywhere = context.facts.setting(ENFORCES) == "true"
    for field in table.schema.fields:
        kept = everywhere or field.name in table.partition_by
        yield field if kept else replace(field, type=t.loosened(field.type), nullable=True)


def _asserted(value: e.Expression, field: t.StructField, context: Context) -> e.Expression:
    """`value`, an error where it, or a part of it, is null and must not be."""
    path = f"\n{field.name}\n"
    if t.loosened(field.type) != field.type:
        facts = (("wanted", field.type), ("path", path))
        inside = functions()["asserted_inside"]
        value = e.Call(inside, (value,), value.type, value.nullable, facts)
    if field.nullable or not value.nullable:
        return value
    said = e.Literal(path, t.STRING)
    return bind_function("asserted_not_null", [value, said], Scope(context))


def _default(field: t.StructField, table: Table, context: Context) -> e.Expression:
    """What a column of which nothing is said has."""
    nulls = context.facts.setting("spark.sql.defaultColumn.useNullsForMissingDefaultValues")
    none = nulls == "false" or not field.nullable
    if none and defaults.CURRENT not in dict(field.metadata):
        raise AnalysisError(
            "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_FIND_DATA",
            tableName=table.name.shown,
            colName=t.quoted(field.name),
        )
    return default_of(field, context)


def given(
    command: sc.Insert, plan: r.Relation, table: Table, context: Context
) -> dict[str, e.Expression]:
    """What is said for the columns of `table`, by their names: static partition values, and
    columns of `plan` matched by name or position.
    """
    key = context.key
    static = {key(column): value for column, value in command.partition if value is not None}
    wanted = [f for f in table.schema.fields if key(f.name) not in static]
    matches = matched(command, plan, wanted, table, key)
    values = {
        field.name: column
        for field, column in zip(wanted, matches, strict=True)
        if column is not None
    }
    fixed = {
        f.name: partition_value(static[key(f.name)], text_for_char(f.type), context)
        for f in table.schema.fields
        if key(f.name) in static
    }
    return {**values, **fixed}


def partition_value(value: se.Expression, of: t.DataType, context: Context) -> e.Expression:
    """A constant of a PARTITION clause as one of the column's type: whatever it is, it is read as
    a text, as if from the name of a directory.
    """
    plan = context.bind(sr.Project(sr.OneRow(), (value,)), context).plan
    assert isinstance(plan, r.Project)  # noqa: S101 - just made
    only = plan.expressions[0]
    only = only.child if isinstance(only, e.Alias) else only
    text = context.fold(cast(only, t.STRING, se.CastMode.ANSI, context))
    return cast(e.Literal(text, t.STRING), of, se.CastMode.ANSI, context)


def matched(
    command: sc.Insert,
    plan: r.Relation,
    wanted: list[t.StructField],
    table: Table,
    key: Callable[[str], str],
) -> list[e.Expression | None]:
    """The columns of `plan` for the columns `wanted`, None where nothing is said; names are the
    same whose `key` is.
    """
    output = plan.output
    _check_beside_partition(command, output, wanted, table)
    if command.by_name:
        by_name = {key(a.name): a for a in output}
        names = {key(f.name) for f in wanted}
        extra = [a.name for a in output if key(a.name) not in names]
        if extra:
            raise _extra_columns(extra, table)
        for name in by_name:
            if [key(a.name) for a in output].count(name) > 1:
                raise AnalysisError(
                    "INCOMPATIBLE_DATA_FOR_TABLE.AMBIGUOUS_COLUMN_NAME",
                    tableName=table.name.shown,
                    colName=t.quoted(name),
                )
        return [by_name.get(key(f.name)) for f in wanted]
    if command.columns:
        positions: dict[str, int] = {}
        for position, column in enumerate(command.columns):
            if key(column) in positions:
                raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=t.quoted(key(column)))
            positions[key(column)] = position
        known = {key(f.name) for f in wanted}
        static = [f.name for f in table.schema.fields if key(f.name) in positions.keys() - known]
        if static:
            raise _extra_columns(static, table)
        unknown = [c for c in positions if c not in known]
        if unknown:
            raise AnalysisError(
                "UNRESOLVED_COLUMN.WITH_SUGGESTION",
                objectName=t.quoted(unknown[0]),
                proposal=", ".join(map(t.quoted, table.schema.names[:_MOST_PROPOSALS])),
            )
        _check_count(command, output, len(command.columns), table, wanted)
        return [
            output[positions[key(f.name)]] if key(f.name) in positions else None for f in wanted
        ]
    _check_count(command, output, len(wanted), table, wanted)
    return list(output)


def _extra_columns(names: Sequence[str], table: Table) -> AnalysisError:
    return AnalysisError(
        "INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS",
        tableName=table.name.shown,
        extraColumns=", ".join(map(t.quoted, names)),
    )


def _check_beside_partition(
    command: sc.Insert,
    output: Sequence[e.Attribute],
    wanted: Sequence[t.StructField],
    table: Table,
) -> None:
    """The columns beside the constants of a PARTITION clause: as many as are left, or fewer where
    they have names.
    """
    constants = sorted(name for name, value in command.partition if value is not None)
    names = command.columns or tuple(a.name for a in output)
    named = command.by_name or command.columns
    if not constants or len(names) == len(wanted) or (named and len(names) < len(wanted)):
        return
    raise AnalysisError(
        "INSERT_PARTITION_COLUMN_ARITY_MISMATCH",
        tableName=table.name.shown,
        tableColumns=", ".join(map(t.quoted, table.schema.names)),
        dataColumns=", ".join(map(t.quoted, names)),
        staticPartCols=", ".join(map(t.quoted, constants)),
    )


def _check_count(
    command: sc.Insert,
    output: Sequence[e.Attribute],
    count: int,
    table: Table,
    wanted: Sequence[t.StructField],
) -> None:
    if len(output) == count:
        return
    kind = "NOT_ENOUGH_DATA_COLUMNS" if len(output) < count else "TOO_MANY_DATA_COLUMNS"
    columns = command.columns or [f.name for f in wanted]
    raise AnalysisError(
        f"INSERT_COLUMN_ARITY_MISMATCH.{kind}",
        tableName=table.name.shown,
        tableColumns=", ".join(t.quoted(c) for c in columns),
        dataColumns=", ".join(t.quoted(a.name) for a in output),
    )


def assigned(
    value: e.Expression,
    field: t.StructField,
    table: Table,
    context: Context,
    *,
    by_name: bool = False,
    fills: bool = False,
) -> e.Expression:
    """`value` cast to the column's type under the store assignment policy; fields of structs are
    matched by position or `by_name`, where those that are not there may be NULL (`fills`).
    """
    target = _Target(table, context, by_name, fills)
    target.require(value.type, field.type, (field.name,))
    return target.assigned(value, field.type, (field.name,))


def _is_strict(given: t.DataType, wanted: t.DataType) -> bool:
    return is_up_cast(given, wanted) and not isinstance(given, t.NullType)


def _is_anything(given: t.DataType, wanted: t.DataType) -> bool:
    return True  # what can be cast at all is asked later


_ALLOWED = {"STRICT": _is_strict, "ANSI": can_store, "LEGACY": _is_anything}
"""What may be stored under each policy."""


@dataclass(frozen=True, slots=True)
class _Target:
    """Where values go; see `assigned`."""

    table: Table
    context: Context
    by_name: bool
    fills: bool

    def assigned(
        self, value: e.Expression, wanted: t.DataType, path: tuple[str, ...]
    ) -> e.Expression:
        """`value` as one of `wanted`, for the column or field at `path`."""
        if chars_are_texts(self.context) and text_for_char(wanted) != wanted:
            return self.assigned(value, text_for_char(wanted), path)
        if isinstance(wanted, (t.CharType, t.VarcharType)):
            text = self.assigned(value, t.STRING, path)
            name = "fitted_to_char" if isinstance(wanted, t.CharType) else "fitted_to_varchar"
            length = e.Literal(wanted.length, t.INTEGER)
            return bind_function(name, [text, length], Scope(self.context))
        if isinstance(wanted, (t.ArrayType, t.MapType)) and text_for_char(wanted) != wanted:
            return _fitted(self.assigned(value, text_for_char(wanted), path), wanted)
        if value.type == wanted:
            return value
        policy = self.context.facts.setting("spark.sql.storeAssignmentPolicy").upper()
        if isinstance(wanted, t.StructType):
            given = value.type
            if isinstance(given, t.StructType):
                return self._struct(value, given, wanted, path)
        if self._goes_by_parts(value.type, wanted):
            assert isinstance(wanted, (t.ArrayType, t.MapType))  # noqa: S101 - just asked

            def inside(part: e.Expression, of: t.DataType) -> e.Expression:
                return self.assigned(part, of, path)

            return converted(value, wanted, Scope(self.context), inside)
        if policy == "LEGACY":
            require_castable(value, wanted, se.CastMode.LEGACY, shown_sql(value))
            return cast(value, wanted, se.CastMode.LEGACY, self.context)
        if isinstance(value, e.Literal):
            return as_type(value, wanted, self.context)
        return cast(value, wanted, se.CastMode.ANSI, self.context)

    def require(self, given: t.DataType, wanted: t.DataType, path: tuple[str, ...]) -> None:
        """INCOMPATIBLE_DATA_FOR_TABLE unless the policy lets values of `given` be stored as
        `wanted`, at `path`; the parts of nested types are asked one by one.
        """
        policy = self.context.facts.setting("spark.sql.storeAssignmentPolicy").upper()
        if given == wanted:
            return
        allowed = _ALLOWED[policy]
        match given, wanted:
            case t.StructType(), t.StructType():
                sources = self._fields(given, wanted, path)
                for field, source in zip(wanted.fields, sources, strict=True):
                    if source is not None:
                        of = given.fields[source].type
                        self.require(of, field.type, (*path, field.name))
            case t.ArrayType(), t.ArrayType():
                self.require(given.element, wanted.element, (*path, "element"))
            case t.MapType(), t.MapType():
                self.require(given.key, wanted.key, (*path, "key"))
                self.require(given.value, wanted.value, (*path, "value"))
            case _ if not allowed(given, text_for_char(wanted)):
                raise AnalysisError(
                    "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST",
                    srcType=f'"{given.simple.upper()}"',
                    targetType=f'"{text_for_char(wanted).simple.upper()}"',
                    **self._place(path),
                )
            case _:
                pass

    def _goes_by_parts(self, given: t.DataType, wanted: t.DataType) -> bool:
        """Whether an array or a map is no cast as a whole: its fields are found by name, or it is
        the empty map, whose keys have no type.
        """
        if not isinstance(wanted, (t.ArrayType, t.MapType)) or type(given) is not type(wanted):
            return False
        if isinstance(given, t.MapType) and isinstance(given.key, t.NullType):
            return True
        return self.by_name and fields_differ(given, wanted, self.context.key)

    def _place(self, path: tuple[str, ...]) -> dict[str, str]:
        shown = ".".join(map(t.quoted, path))
        return {"tableName": self.table.name.shown, "colName": shown}

    def _struct(
        self,
        value: e.Expression,
        given: t.StructType,
        wanted: t.StructType,
        path: tuple[str, ...],
    ) -> e.Expression:
        sources = self._fields(given, wanted, path)
        scope = Scope(self.context)
        arguments: list[e.Expression] = []
        for field, source in zip(wanted.fields, sources, strict=True):
            given_part = e.Literal(None, t.NULL) if source is None else e.Field(value, source)
            part = self.assigned(given_part, field.type, (*path, field.name))
            arguments += [e.Literal(field.name, t.STRING), part]
        built = bind_function("named_struct", arguments, scope)
        if not value.nullable:
            return built
        is_null = bind_function("isnull", [value], scope)
        return e.Case(((is_null, e.Literal(None, built.type)),), built, built.type)

    def _fields(
        self, given: t.StructType, wanted: t.StructType, path: tuple[str, ...]
    ) -> list[int | None]:
        """The position in `given` of each field of `wanted`."""
        key = self.context.key
        there = {key(name): index for index, name in enumerate(given.names)}
        if self.by_name:
            known = {key(name) for name in wanted.names}
            missing: list[str] = []
            for name in wanted.names:
                if key(name) not in there and not self.fills:
                    raise AnalysisError(
                        "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_FIND_DATA", **self._place((*path, name))
                    )
            extra = [name for name in given.names if key(name) not in known]
        else:
            missing = list(wanted.names[len(given) :])
            extra = list(given.names[len(wanted) :])
        for kind, parameter, names in (
            ("STRUCT_MISSING_FIELDS", "missingFields", missing),
            ("EXTRA_STRUCT_FIELDS", "extraFields", extra),
        ):
            if names:
                shown = {parameter: ", ".join(map(t.quoted, names))}
                raise AnalysisError(
                    f"INCOMPATIBLE_DATA_FOR_TABLE.{kind}", **self._place(path), **shown
                )
        if self.by_name:
            return [there.get(key(name)) for name in wanted.names]
        return list(range(len(wanted)))


_MOST_PROPOSALS = 5


def stored(value: e.Expression, of: t.DataType, context: Context) -> e.Expression:
    """`value` cast to `of`, with its texts as CHAR and VARCHAR in it demand."""
    text = text_for_char(of)
    value = cast(value, text, se.CastMode.ANSI, context) if value.type != text else value
    return value if text == of else _fitted(value, of)


def _fitted(value: e.Expression, wanted: t.DataType) -> e.Expression:
    """`value` with its texts as CHAR and VARCHAR inside of `wanted` store them."""
    function = functions()["fitted_inside"]
    return e.Call(function, (value,), value.type, value.nullable, (("wanted", wanted),))
