"""Whether a Delta table may be asked for what it is about to be asked for: rows that are there
must hold to a new constraint, and columns that others are made of must stay.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.changes import is_random
from boathouse.analysis.expressions import bind
from boathouse.analysis.scope import Scope
from boathouse.analysis.sources import attributes_of
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.castable import can_store
from boathouse.plan import expressions as e
from boathouse.plan.tree import contains, walk
from boathouse.session.commands.targets import shown
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.spec.nodes import nodes_of
from boathouse.tables.delta.conditions import check_constraints, generation_of
from boathouse.tables.delta.schema import schema_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.session.catalog import Table
    from boathouse.session.session import Session
    from boathouse.tables.delta.snapshot import Snapshot


_CHECK = re.compile(r"CHECK\s*\((.*)\)[^)]*", re.IGNORECASE | re.DOTALL)


def condition_of(constraint: str) -> str:
    """The expression of a constraint as SQL has it, ``CHECK (...)``; there are no others."""
    match = _CHECK.fullmatch(constraint.strip())
    if match is None:
        word = constraint.split("(", 1)[0].strip().upper()
        raise AnalysisError("DELTA_OPERATION_NOT_ALLOWED", operation=f"{word} constraint")
    return match[1].strip()


def require_generable(session: Session, schema: t.StructType) -> None:
    """The expression of each generated column must be one of the others', the same for the same
    row, and of the column's type.
    """
    plain = t.StructType(tuple(f for f in schema.fields if generation_of(f) is None))
    scope = Scope(session.context(), attributes_of(plain))
    for column in schema.fields:
        text = generation_of(column)
        if text is None:
            continue
        reason = _no_generation(text, scope)
        if (
            reason is None
            and (given := bind(sql.parse_expression(text), scope).type) != column.type
        ):
            if can_store(given, column.type):
                raise AnalysisError(
                    "DELTA_GENERATED_COLUMNS_EXPR_TYPE_MISMATCH",
                    columnName=column.name,
                    expressionType=given.sql,
                    columnType=column.type.sql,
                )
            reason = f"its type is {given.sql}, the column's {column.type.sql}"
        if reason is not None:
            raise AnalysisError(
                "UNSUPPORTED_EXPRESSION_GENERATED_COLUMN",
                fieldName=column.name,
                expressionStr=text,
                reason=reason,
            )


def _no_generation(text: str, scope: Scope) -> str | None:
    """What is wrong with the expression of a generated column, None for nothing."""
    try:
        bound = bind(sql.parse_expression(text), scope)
    except AnalysisError as error:
        if not error.condition.startswith("UNRESOLVED_COLUMN"):
            raise
        return "it needs a column that is none of the table's, or is generated itself"
    if contains(bound, e.AggregateCall, e.WindowCall, e.GeneratorCall):
        return "it is about more than one row"
    if contains(bound, e.ScalarSubquery, e.Exists, e.InSubquery):
        return "it has a subquery"
    if any(map(is_random, walk(bound))):
        return "it is not the same for the same row"
    return None


def require_all(session: Session, table: Table, name: str, text: str) -> None:
    """Every row must hold to a new CHECK constraint, which must be a condition."""
    spec = sql.parse_expression(text)
    context = session.context()
    bound = bind(spec, Scope(context, attributes_of(table.schema)))
    if any(map(is_random, walk(bound))):
        raise AnalysisError("NON_DETERMINISTIC_CHECK_CONSTRAINT", checkCondition=text)
    if not isinstance(bound.type, (t.BooleanType, t.NullType)):
        raise AnalysisError("DELTA_NON_BOOLEAN_CHECK_CONSTRAINT", name=name, expr=text)
    failing = _count(session, table, sql.parse_expression(f"NOT coalesce({text}, false)"))
    if failing:
        raise AnalysisError(
            "DELTA_NEW_CHECK_CONSTRAINT_VIOLATION",
            numRows=failing,
            tableName=table.name.shown,
            checkConstraint=text,
        )


def require_no_nulls(session: Session, table: Table, path: Sequence[str]) -> None:
    """No row may have NULL in a column that is to be NOT NULL."""
    column = shown(tuple(path))
    condition = f"{column} IS NULL"
    if len(path) > 1:
        condition += f" AND {shown(tuple(path[:-1]))} IS NOT NULL"
    failing = _count(session, table, sql.parse_expression(condition))
    if failing:
        raise AnalysisError(
            "DELTA_NEW_NOT_NULL_VIOLATION",
            numRows=failing,
            tableName=table.name.shown,
            colName=".".join(path),
        )


def _count(session: Session, table: Table, condition: se.Expression) -> int:
    """How many rows match."""
    source = sr.DataSource(format="delta", paths=(table.path,))
    counted = sr.Aggregate(
        sr.Filter(source, condition),
        sr.GroupKind.GROUP_BY,
        (),
        (se.Call(("count",), (se.Literal(1, t.INTEGER),)),),
    )
    plan = session.plan(counted)
    [(rows,)] = session.rows(plan)
    return int(rows)


def furthest(session: Session, table: Table, path: Sequence[str], *, upwards: bool) -> int | None:
    """The greatest value of a column, or the least; None for no values."""
    source = sr.DataSource(format="delta", paths=(table.path,))
    call = se.Call(("max" if upwards else "min",), (se.Name(tuple(path)),))
    plan = session.plan(sr.Aggregate(source, sr.GroupKind.GROUP_BY, (), (call,)))
    [(value,)] = session.rows(plan)
    return value


def require_unused(snapshot: Snapshot, path: Sequence[str], verb: str) -> None:
    """No constraint and no generated column may be made of the column that is to `verb`."""
    name = path[0].lower()
    schema = schema_of(snapshot.metadata.schema_string)
    for constraint, text in check_constraints(snapshot.metadata.configuration).items():
        if name in _columns_of(text):
            raise AnalysisError(
                "DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE",
                operation=verb,
                columnName=".".join(path),
                constraints=f"{constraint} -> {text}",
            )
    users = [f.name for f in schema.fields if name in _columns_of(generation_of(f) or "NULL")]
    if users:
        raise AnalysisError(
            "DELTA_GENERATED_COLUMNS_DEPENDENT_COLUMN_CHANGE",
            operation=verb,
            columnName=".".join(path),
            generatedColumns=", ".join(users),
        )


def _columns_of(text: str) -> set[str]:
    """The first parts of the names in an expression, in lower case."""
    nodes = nodes_of(sql.parse_expression(text))
    return {node.parts[0].lower() for node in nodes if isinstance(node, se.Name)}
