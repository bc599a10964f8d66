"""Default values of columns: checked when a table is made, put in when rows leave them out.

Kept in the column's metadata as Spark keeps them: ``CURRENT_DEFAULT`` is the text for new rows,
``EXISTS_DEFAULT`` the text for rows that were there before the column.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.coercion import as_type, cast
from boathouse.analysis.expressions import bind
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.scope import Scope
from boathouse.errors.exceptions import AnalysisError, SparkError, SparkRuntimeError
from boathouse.functions.castable import is_up_cast
from boathouse.plan import expressions as e
from boathouse.plan.tree import walk
from boathouse.session.existing_rows import EXISTS
from boathouse.session.warehouse import as_read, as_read_type
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_datetime, is_string

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boathouse.analysis.scope import Context
    from boathouse.session.session import Session

CURRENT = "CURRENT_DEFAULT"


def stored_column(
    session: Session, definition: sc.ColumnDefinition, statement: str
) -> t.StructField:
    """The column with its default in its metadata. INVALID_DEFAULT_VALUE.* where it is none."""
    column = definition.column
    if definition.default is None:
        return column
    value = check_default(session, column, definition.default, statement)
    # A moment that the default reads is that of the statement for rows that are there.
    fixed = isinstance(value, e.Literal) and is_datetime(value.of)
    existing = shown_sql(value) if fixed else definition.default
    metadata = {**dict(column.metadata), CURRENT: definition.default, EXISTS: existing}
    return replace(column, metadata=t.metadata_pairs(metadata))


def require_provider(
    session: Session,
    provider: str,
    definitions: Iterable[sc.ColumnDefinition],
    statement: str,
) -> None:
    """DEFAULT_UNSUPPORTED for a default in a table whose format has none."""
    allowed = session.settings.text("spark.sql.defaultColumn.allowedProviders")
    known = {name.strip().lower() for name in allowed.split(",")}
    if provider.lower() not in known and any(d.default is not None for d in definitions):
        raise AnalysisError("DEFAULT_UNSUPPORTED", statementType=statement, dataSource=provider)


def check_default(
    session: Session, column: t.StructField, text: str, statement: str
) -> e.Expression:
    """The value that `text` says; INVALID_DEFAULT_VALUE.* unless it is one for `column`."""
    common = {"statement": statement, "colName": t.quoted(column.name), "defaultValue": text}
    try:
        value = default_value(text, session.context())
    except AnalysisError as error:
        if not error.condition.startswith("UNRESOLVED_COLUMN"):
            raise
        raise AnalysisError("INVALID_DEFAULT_VALUE.NOT_CONSTANT", **common) from None
    for node in walk(value):
        if isinstance(node, (e.ScalarSubquery, e.Exists, e.InSubquery)):
            raise AnalysisError("INVALID_DEFAULT_VALUE.SUBQUERY_EXPRESSION", **common)
    if not _fits(value, column.type, session.context()):
        raise AnalysisError(
            "INVALID_DEFAULT_VALUE.DATA_TYPE",
            expectedType=f'"{column.type.sql}"',
            actualType=f'"{value.type.sql}"',
            **common,
        )
    of = column.type
    short = of.length if isinstance(of, (t.CharType, t.VarcharType)) else None
    written = str(value.value).rstrip(" ") if isinstance(value, e.Literal) else ""
    if short is not None and len(written) > short:
        raise SparkRuntimeError("EXCEED_LIMIT_LENGTH", limit=short)
    return value


def _fits(value: e.Expression, of: t.DataType, context: Context) -> bool:
    """Whether a default may stand for a column: a type that loses nothing, or a constant that can
    be cast to a number, or a text to a day or moment.
    """
    written = value.child if isinstance(value, e.Cast) else value
    bare = as_read(t.StructType((t.StructField("a", of),))).fields[0].type
    if value.type == bare or isinstance(value.type, t.NullType) or is_up_cast(value.type, bare):
        return True
    given = isinstance(value.type, (t.NumericType, t.StringType))
    wanted = isinstance(bare, t.NumericType) or (is_string(value.type) and is_datetime(bare))
    if not (isinstance(written, e.Literal) and given and wanted):
        return False
    try:
        context.fold(cast(value, bare, se.CastMode.ANSI, context))
    except SparkError:
        return False
    return True


def default_value(text: str, context: Context) -> e.Expression:
    """The expression that `text` says, without columns."""
    bound = bind(sql.parse_expression(text), Scope(context))
    return bound.child if isinstance(bound, e.Alias) else bound


def is_default(value: object) -> bool:
    """Whether it is the word DEFAULT."""
    if isinstance(value, se.Name):
        return len(value.parts) == 1 and value.parts[0].upper() == "DEFAULT"
    return isinstance(value, se.Default)


def default_of(column: t.StructField, context: Context) -> e.Expression:
    """What a new row has in `column` when nothing is said: its default, else NULL."""
    text = dict(column.metadata).get(CURRENT)
    if text is None:
        return e.Literal(None, column.type)
    return as_type(default_value(text, context), as_read_type(column.type), context)
