"""ANALYZE: facts about tables and columns, kept to be told. Queries look at files themselves."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError
from boathouse.session.answers import Answer, nothing
from boathouse.session.commands import partitions
from boathouse.session.commands.caching import is_cached
from boathouse.session.commands.targets import Temporary, require, require_database, shown
from boathouse.session.delta import is_delta
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boathouse.session.catalog import Table
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session

_NOT_MEASURED = (
    t.ArrayType,
    t.MapType,
    t.StructType,
    t.VariantType,
    t.YearMonthIntervalType,
    t.DayTimeIntervalType,
)
_LONGEST_LONG_DECIMAL = 18


def analyze(session: Session, command: sc.Analyze, operation: Operation) -> Answer:
    """ANALYZE TABLE and TABLES."""
    if command.tables:
        database = require_database(session, command.name)
        for table in session.warehouse.catalog.tables(database):
            if not table.is_view:
                session.warehouse.put(_measured(session, table, command, operation))
        return nothing(session)
    found = require(session, command.name)
    if isinstance(found, Temporary):
        if command.columns or command.all_columns:
            if is_cached(session, command.name):
                return nothing(session)  # nothing is made of the statistics
            condition = "UNSUPPORTED_FEATURE.ANALYZE_UNCACHED_TEMP_VIEW"
            raise AnalysisError(condition, viewName=found.shown)
        raise AnalysisError(
            "EXPECT_PERMANENT_VIEW_NOT_TEMP",
            operation="ANALYZE TABLE",
            viewName=shown(command.name),
        )
    if found.is_view:
        raise AnalysisError("UNSUPPORTED_FEATURE.ANALYZE_VIEW")
    _require_partition(session, found, command)
    fields = _columns(found, command)
    # Of a Delta table the catalog keeps no more than before: the rest is in its log. It knows
    # nothing of one that is named by its path.
    kept = session.warehouse.catalog.table(found.name)
    if kept is None:
        return nothing(session)
    facts = {f.name: _facts(session, command.name, f, operation) for f in fields}
    kept = replace(kept, statistics={**kept.statistics, **facts})
    if not command.partition:
        kept = _measured(session, kept, command, operation)
    session.warehouse.put(kept)
    return nothing(session)


def _measured(session: Session, table: Table, command: sc.Analyze, operation: Operation) -> Table:
    """`table` with its size; rows are counted unless the files shall not be read. The log of a
    Delta table knows both at any time.
    """
    if is_delta(table.provider):
        return table
    size = _size_of_files(Path(table.path))
    if command.no_scan:
        # A count holds as long as the size is what it was.
        rows = table.measured_rows if size == table.measured_bytes else None
        return replace(table, measured_bytes=size, measured_rows=rows)
    name = (table.name.database, table.name.table)
    counted = se.Alias(_call("count", se.Literal(1, t.INTEGER)), ("c",))
    plan = session.plan(sr.Project(sr.NamedTable(name), (counted,)), operation)
    ((rows,),) = session.rows(plan)
    return replace(table, measured_bytes=size, measured_rows=rows)


def _size_of_files(root: Path) -> int:
    """Bytes of the files below `root` that hold rows."""
    files = (
        Path(place, name)
        for place, _, names in os.walk(root)
        for name in names
        if not name.startswith(("_", "."))
    )
    return sum(file.stat().st_size for file in files)


def _require_partition(session: Session, table: Table, command: sc.Analyze) -> None:
    """PARTITIONS_NOT_FOUND for a column that is none, or values that no partition has."""
    if not command.partition:
        return
    said = tuple((name, value) for name, value in command.partition if value is not None)
    wanted = partitions.said(session, table, said)
    for name, _ in command.partition:
        partitions.require_column(table, name)
    names = [name for name, _ in wanted]
    if names != list(table.partition_by[: len(names)]):
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1237",
            specColumns=",".join(names),
            schemaColumns=",".join(table.partition_by),
            table=table.name.table,
            database=table.name.database,
        )
    if wanted and not partitions.matching(table, wanted):
        raise partitions.not_found(table, wanted)


def _columns(table: Table, command: sc.Analyze) -> list[t.StructField]:
    known = {f.name.lower(): f for f in table.schema.fields}
    columns = tuple(known) if command.all_columns else command.columns
    lower = [column.lower() for column in columns]
    for column in columns:
        field = known.get(column.lower())
        if field is None:
            raise AnalysisError(
                "COLUMN_NOT_FOUND",
                colName=t.quoted(column),
                caseSensitiveConfig='"spark.sql.caseSensitive"',
            )
        if lower.count(column.lower()) > 1:
            raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=t.quoted(field.name))
        if isinstance(field.type, _NOT_MEASURED):
            raise AnalysisError(
                "UNSUPPORTED_FEATURE.ANALYZE_UNSUPPORTED_COLUMN_TYPE",
                columnName=t.quoted(field.name),
                columnType=f'"{field.type.sql}"',
                tableName=table.name.shown,
            )
    return [known[column.lower()] for column in columns]


def _facts(
    session: Session, name: sc.Parts, field: t.StructField, operation: Operation
) -> Mapping[str, str]:
    """What DESCRIBE EXTENDED tells of a column; what is not known is left out."""
    column = se.Name((field.name,))
    is_text = isinstance(field.type, (t.StringType, t.CharType, t.VarcharType, t.BinaryType))
    asked: dict[str, se.Expression] = {
        "num_nulls": _call("count_if", _call("isnull", column)),
        "distinct_count": _call("count", column, distinct=True),
    }
    if is_text:
        size = se.Literal(_size(field.type), t.LONG)
        length = _call("length", column)
        asked["avg_col_len"] = _call("coalesce", _call("ceil", _call("avg", length)), size)
        asked["max_col_len"] = _call("coalesce", _call("max", length), size)
    else:
        asked["min"], asked["max"] = _call("min", column), _call("max", column)
        if isinstance(field.type, (t.TimestampType, t.TimestampNTZType)):
            written = se.Literal("yyyy-MM-dd HH:mm:ss.SSSSSS Z", t.STRING)
            for edge in ("min", "max"):
                asked[edge] = _call("date_format", asked[edge], written)
    values = [
        se.Alias(se.Cast(value, t.STRING), (f"c{index}",))
        for index, value in enumerate(asked.values())
    ]
    plan = session.plan(sr.Project(sr.NamedTable(name), tuple(values)), operation)
    (row,) = session.rows(plan)
    facts = {key: str(value) for key, value in zip(asked, row, strict=True) if value is not None}
    if not is_text:
        facts |= dict.fromkeys(("avg_col_len", "max_col_len"), str(_size(field.type)))
    return facts


def _call(name: str, *arguments: se.Expression, distinct: bool = False) -> se.Expression:
    return se.Call((name,), arguments, distinct=distinct)


_SIZES: Sequence[tuple[type[t.DataType], int]] = (
    (t.BinaryType, 100),
    (t.StringType, 20),
    (t.CharType, 20),
    (t.VarcharType, 20),
    (t.BooleanType, 1),
    (t.ByteType, 1),
    (t.ShortType, 2),
    (t.IntegerType, 4),
    (t.FloatType, 4),
    (t.DateType, 4),
    (t.YearMonthIntervalType, 4),
)


def _size(of: t.DataType) -> int:
    """Spark's guess of how many bytes a value has."""
    if isinstance(of, t.DecimalType):
        return 8 if of.precision <= _LONGEST_LONG_DECIMAL else 16
    return next((size for kind, size in _SIZES if isinstance(of, kind)), 8)
