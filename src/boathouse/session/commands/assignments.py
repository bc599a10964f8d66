"""The rows of a query as rows of a table: columns matched by name or position, static partition
values and defaults put in, everything cast as an assignment.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import as_type, cast
from boathouse.analysis.scope import Scope
from boathouse.errors.exceptions import AnalysisError, SparkArithmeticError
from boathouse.functions.castable import can_store
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.session.commands import defaults
from boathouse.session.commands.defaults import default_of, is_default
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.analysis.scope import Context
    from boathouse.session.catalog import Table


def told_by_column(error: SparkArithmeticError, table: Table) -> SparkArithmeticError:
    """An overflow of a cast as what it is in an INSERT."""
    if error.condition != "CAST_OVERFLOW":
        return error
    target = error.parameters.get("targetType", "")
    columns = [f.name for f in table.schema.fields if f'"{f.type.sql}"' == target]
    return SparkArithmeticError(
        "CAST_OVERFLOW_IN_TABLE_INSERT",
        sourceType=error.parameters.get("sourceType", ""),
        targetType=target,
        columnName=", ".join(map(t.quoted, columns)),
    )


def told_by_delta(error: SparkArithmeticError, columns: t.StructType) -> SparkArithmeticError:
    """An overflow of a cast as what it is in a write to a Delta table."""
    if error.condition != "CAST_OVERFLOW":
        return error
    target = error.parameters.get("targetType", "")
    names = [f.name for f in columns.fields if f'"{f.type.sql}"' == target]
    return SparkArithmeticError(
        "DELTA_CAST_OVERFLOW_IN_TABLE_WRITE",
        sourceType=error.parameters.get("sourceType", ""),
        targetType=target,
        columnName=", ".join(map(t.quoted, names)),
        storeAssignmentPolicyFlag="spark.sql.storeAssignmentPolicy",
        updateAndMergeCastingFollowsAnsiEnabledFlag=(
            "spark.databricks.delta.updateAndMergeCastingFollowsAnsiEnabledFlag"
        ),
        ansiEnabledFlag="spark.sql.ansi.enabled",
    )


def with_defaults(command: sc.Insert, table: Table) -> sc.Insert:
    """`command` with the word DEFAULT in VALUES replaced by what it stands for there."""
    names = command.columns or tuple(
        f.name
        for f in table.schema.fields
        if f.name.lower() not in {c.lower() for c, value in command.partition if value is not None}
    )
    fields = {f.name.lower(): f for f in table.schema.fields}
    texts = [
        dict(fields[n.lower()].metadata).get(defaults.CURRENT) if n.lower() in fields else None
        for n in names
    ]
    return replace(command, input=_filled(command.input, texts))


def _filled(query: sr.Relation, texts: Sequence[str | None]) -> sr.Relation:
    """`query` with DEFAULT at each position replaced by the expression of that column's text."""

    def value(position: int, said: se.Expression) -> se.Expression:
        if not is_default(said) or position >= len(texts):
            return said
        text = texts[position]
        return se.Literal(None, t.NULL) if text is None else sql.parse_expression(text)

    match query:
        case sr.Values():
            rows = tuple(tuple(value(i, x) for i, x in enumerate(row)) for row in query.rows)
            return replace(query, rows=rows)
        case sr.Project():
            columns = tuple(value(i, x) for i, x in enumerate(query.expressions))
            return replace(query, expressions=columns)
        case _:
            return query


def fitted(command: sc.Insert, plan: r.Relation, table: Table, context: Context) -> r.Relation:
    """The rows of `plan` as rows of `table`; what is not given has its default."""
    values = given(command, plan, table, context)
    outputs = [
        e.Alias(
            assigned(values.get(f.name.lower()) or default_of(f, context), f, table, context),
            f.name,
        )
        for f in table.schema.fields
    ]
    return r.Project(plan, tuple(outputs))


def given(
    command: sc.Insert, plan: r.Relation, table: Table, context: Context
) -> dict[str, e.Expression]:
    """What is said for the columns of `table`, by their names in lower case: static partition
    values, and columns of `plan` matched by name or position.
    """
    static = {column.lower(): value for column, value in command.partition if value is not None}
    wanted = [f for f in table.schema.fields if f.name.lower() not in static]
    matches = matched(command, plan, wanted, table)
    values = {
        field.name.lower(): column
        for field, column in zip(wanted, matches, strict=True)
        if column is not None
    }
    return {**values, **{name: context_value(value, context) for name, value in static.items()}}


def context_value(value: se.Expression, context: Context) -> e.Expression:
    """A constant of a PARTITION clause."""
    plan = context.bind(sr.Project(sr.OneRow(), (value,)), context).plan
    assert isinstance(plan, r.Project)  # noqa: S101 - just made
    only = plan.expressions[0]
    return only.child if isinstance(only, e.Alias) else only


def matched(
    command: sc.Insert,
    plan: r.Relation,
    wanted: list[t.StructField],
    table: Table,
) -> list[e.Expression | None]:
    """The columns of `plan` for the columns `wanted`, None where nothing is said."""
    output = plan.output
    if command.by_name:
        by_name = {a.name.lower(): a for a in output}
        extra = [a.name for a in output if a.name.lower() not in {f.name.lower() for f in wanted}]
        if extra:
            raise AnalysisError(
                "INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS",
                tableName=table.name.shown,
                extraColumns=", ".join(map(t.quoted, extra)),
            )
        return [by_name.get(f.name.lower()) for f in wanted]
    if command.columns:
        positions: dict[str, int] = {}
        for position, column in enumerate(command.columns):
            if column.lower() in positions:
                raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=t.quoted(column.lower()))
            positions[column.lower()] = position
        unknown = [c for c in positions if c not in {f.name.lower() for f in wanted}]
        if unknown:
            raise AnalysisError(
                "UNRESOLVED_COLUMN.WITH_SUGGESTION",
                objectName=t.quoted(unknown[0]),
                proposal=", ".join(t.quoted(f.name) for f in wanted),
            )
        _check_count(command, output, len(command.columns), table, wanted)
        return [
            output[positions[f.name.lower()]] if f.name.lower() in positions else None
            for f in wanted
        ]
    _check_count(command, output, len(wanted), table, wanted)
    return list(output)


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
    value: e.Expression, field: t.StructField, table: Table, context: Context
) -> e.Expression:
    """`value` cast to the column's type by the store assignment policy (ANSI)."""
    if isinstance(field.type, (t.CharType, t.VarcharType)):
        text = assigned(value, replace(field, type=t.STRING), table, context)
        name = "fitted_to_char" if isinstance(field.type, t.CharType) else "fitted_to_varchar"
        length = e.Literal(field.type.length, t.INTEGER)
        return bind_function(name, [text, length], Scope(context))
    if value.type == field.type:
        return value
    if not can_store(value.type, field.type):
        raise AnalysisError(
            "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST",
            tableName=table.name.shown,
            colName=t.quoted(field.name),
            srcType=f'"{value.type.sql}"',
            targetType=f'"{field.type.sql}"',
        )
    if isinstance(value, e.Literal):
        return as_type(value, field.type, context)
    return cast(value, field.type, se.CastMode.ANSI, context)
