"""Default values of columns: checked when a table is made, put in when rows leave them out.

Kept in the column's metadata as Spark keeps them: ``CURRENT_DEFAULT`` is the text for new rows,
``EXISTS_DEFAULT`` the text for rows that were there before the column.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.changes import is_deterministic
from boathouse.analysis.coercion import as_type, cast
from boathouse.analysis.expressions import bind
from boathouse.analysis.scope import Scope
from boathouse.errors.exceptions import AnalysisError, SparkError, SparkRuntimeError
from boathouse.functions.castable import can_cast, is_up_cast
from boathouse.plan import expressions as e
from boathouse.plan.tree import walk
from boathouse.session.existing_rows import EXISTS
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.types import datatypes as t
from boathouse.types.char_types import text_for_char, varchar_for_char
from boathouse.types.text import literal_text, timestamp_text

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
    if session.settings.flag("spark.sql.charAsVarchar"):
        column = replace(column, type=varchar_for_char(column.type))
    if definition.default is None:
        return column
    value = check_default(session, column, definition.default, statement)
    existing = _existing(value, definition.default)
    metadata = {**dict(column.metadata), CURRENT: definition.default, EXISTS: existing}
    return replace(column, metadata=t.metadata_pairs(metadata))


_WRITTEN = (
    t.StringType,
    t.BinaryType,
    t.BooleanType,
    t.ByteType,
    t.ShortType,
    t.IntegerType,
    t.LongType,
    t.DecimalType,
    t.DateType,
    t.TimestampNTZType,
)
"""Types of which every value can be written as a literal that means it wherever it is read."""


def _existing(value: e.Literal, text: str) -> str:
    """What `value` of a default is written as for rows that are there already: they have what the
    default `text`, which may read the clock, said when their column came.
    """
    if isinstance(value.of, t.TimestampType) and value.value is not None:
        return f"TIMESTAMP '{timestamp_text(value.value, 'UTC')}Z'"
    if isinstance(value.of, _WRITTEN):
        return literal_text(value.value, value.of, quoted=True)
    return text


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


def check_default(session: Session, column: t.StructField, text: str, statement: str) -> e.Literal:
    """The value that `text` says now; INVALID_DEFAULT_VALUE.* unless it is one for `column`."""
    common = {"statement": statement, "colName": t.quoted(column.name), "defaultValue": text}
    context = session.context()
    try:
        said = default_value(text, context)
    except AnalysisError as error:
        if not error.condition.startswith("UNRESOLVED_COLUMN"):
            raise
        raise AnalysisError("INVALID_DEFAULT_VALUE.NOT_CONSTANT", **common) from None
    for node in walk(said):
        if isinstance(node, e.Literal) and node.shown is not None:
            # A variable: the default would mean something else when it is used.
            raise AnalysisError("INVALID_DEFAULT_VALUE.NOT_CONSTANT", **common)
        if isinstance(node, (e.ScalarSubquery, e.Exists, e.InSubquery)):
            raise AnalysisError("INVALID_DEFAULT_VALUE.SUBQUERY_EXPRESSION", **common)
    if not _fits(said, column.type, context):
        raise AnalysisError(
            "INVALID_DEFAULT_VALUE.DATA_TYPE",
            expectedType=f'"{column.type.sql}"',
            actualType=f'"{said.type.sql}"',
            **common,
        )
    if _aggregates(said):
        raise AnalysisError("INVALID_DEFAULT_VALUE.NOT_CONSTANT", **common)
    if not is_deterministic([said]):
        raise AnalysisError("INVALID_DEFAULT_VALUE.NON_DETERMINISTIC", **common)
    value = said if isinstance(said, e.Literal) else e.Literal(context.fold(said), said.type)
    of = column.type
    short = of.length if isinstance(of, (t.CharType, t.VarcharType)) else None
    if short is not None and len(str(value.value).rstrip(" ")) > short:
        raise SparkRuntimeError("EXCEED_LIMIT_LENGTH", limit=short)
    return value


def _aggregates(said: e.Expression) -> bool:
    return any(isinstance(node, e.AggregateCall) for node in walk(said))


_UNCAST = (t.BooleanType, t.ArrayType, t.MapType, t.StructType)


def _fits(said: e.Expression, of: t.DataType, context: Context) -> bool:
    """Whether a default may stand for a column: a type that loses nothing, or a constant that can
    be cast to the column's type and is not null then. Booleans and nested values are not cast.
    """
    bare = text_for_char(of)
    if said.type == bare or isinstance(said.type, t.NullType) or is_up_cast(said.type, bare):
        return True
    if isinstance(said.type, _UNCAST) or isinstance(bare, _UNCAST):
        return False
    modes = (se.CastMode.ANSI, se.CastMode.LEGACY)
    mode = next((one for one in modes if can_cast(said.type, bare, one)), None)
    if mode is None or not is_deterministic([said]) or _aggregates(said):
        return False
    try:
        return context.fold(cast(said, bare, mode, context)) is not None
    except SparkError:
        return False


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
    return as_type(default_value(text, context), text_for_char(column.type), context)
