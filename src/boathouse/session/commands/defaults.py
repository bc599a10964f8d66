"""Default values of columns: checked when a table is made, put in when rows leave them out.

Kept in the column's metadata as Spark keeps them: ``CURRENT_DEFAULT`` is the text for new rows,
``EXISTS_DEFAULT`` the text for rows that were there before the column.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.expressions import bind
from boathouse.analysis.scope import Scope
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.castable import is_up_cast
from boathouse.plan import expressions as e
from boathouse.plan.tree import walk
from boathouse.session.warehouse import as_read
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.analysis.scope import Context
    from boathouse.session.session import Session

CURRENT = "CURRENT_DEFAULT"
EXISTS = "EXISTS_DEFAULT"


def stored_column(
    session: Session, definition: sc.ColumnDefinition, statement: str
) -> t.StructField:
    """The column with its default in its metadata. INVALID_DEFAULT_VALUE.* where it is none."""
    column = definition.column
    if definition.default is None:
        return column
    check_default(session, column, definition.default, statement)
    metadata = {**dict(column.metadata), CURRENT: definition.default, EXISTS: definition.default}
    return replace(column, metadata=t.metadata_pairs(metadata))


def check_default(session: Session, column: t.StructField, text: str, statement: str) -> None:
    """Raise INVALID_DEFAULT_VALUE.* unless `text` is a value for `column`."""
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
    if not _fits(value, column.type):
        raise AnalysisError(
            "INVALID_DEFAULT_VALUE.DATA_TYPE",
            expectedType=f'"{column.type.sql}"',
            actualType=f'"{value.type.sql}"',
            **common,
        )


_BITS: dict[type[t.DataType], int] = {
    t.ByteType: 8,
    t.ShortType: 16,
    t.IntegerType: 32,
    t.LongType: 64,
}


def _fits(value: e.Expression, of: t.DataType) -> bool:
    """Whether a default may stand for a column: a type that loses nothing, or a number written in a
    wider one than it needs.
    """
    written = value.child if isinstance(value, e.Cast) else value
    bare = as_read(t.StructType((t.StructField("a", of),))).fields[0].type
    if value.type == bare or isinstance(value.type, t.NullType) or is_up_cast(value.type, bare):
        return True
    numbers = isinstance(value.type, t.NumericType) and isinstance(bare, t.NumericType)
    if numbers and isinstance(written, e.Literal) and isinstance(bare, t.IntegralType):
        most = 1 << (_BITS[type(bare)] - 1)
        return isinstance(value.type, t.IntegralType) and -most <= int(written.value) < most
    dates = isinstance(value.type, t.StringType) and isinstance(
        bare, (t.DateType, t.TimestampType, t.TimestampNTZType)
    )
    return isinstance(written, e.Literal) and (numbers or dates)


def default_value(text: str, context: Context) -> e.Expression:
    """The expression that `text` says, without columns."""
    bound = bind(sql.parse_expression(text), Scope(context))
    return bound.child if isinstance(bound, e.Alias) else bound


def is_default(value: se.Expression) -> bool:
    """Whether it is the word DEFAULT."""
    if isinstance(value, se.Name):
        return len(value.parts) == 1 and value.parts[0].upper() == "DEFAULT"
    return isinstance(value, se.Default)


def default_of(column: t.StructField, context: Context) -> e.Expression:
    """What a new row has in `column` when nothing is said: its default, else NULL."""
    text = dict(column.metadata).get(CURRENT)
    return e.Literal(None, column.type) if text is None else default_value(text, context)
