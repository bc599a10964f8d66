"""Running a case through a Spark Connect session and writing what came back as answer lines."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import io
import logging
import math
import re
import struct
import warnings
from typing import TYPE_CHECKING, Any, Final

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame as AnyDataFrame
from pyspark.sql import Row, types
from pyspark.sql.connect import functions
from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.window import Window

from tests.spark.format import Case, Statement, Suite, split_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql.connect.session import SparkSession

_CREATES: Final = re.compile(
    r"\bCREATE\s+(?:OR\s+REPLACE\s+)?(GLOBAL\s+TEMP(?:ORARY)?\s+)?(?:EXTERNAL\s+)?"
    r"(TABLE|DATABASE|SCHEMA|VIEW|FUNCTION)\s+(?:IF\s+NOT\s+EXISTS\s+)?"
    r"(?:IDENTIFIER\(')?([\w.`]+)"
    r"|\bRENAME\s+TO\s+([\w.`]+)"
    r"|\.(?:saveAsTable|writeTo)\(\s*[\"']([\w.`]+)",
    re.IGNORECASE,
)
# The client logs every error with its stack; here errors are answers.
for _name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
    logging.getLogger(_name).disabled = True


class SetupError(Exception):
    """A statement that only prepares a case failed: the case cannot be answered."""


def prepare(session: SparkSession, suite: Suite) -> None:
    """Run the setup of `suite` in `session`."""
    for statement in split_statements(suite.setup):
        _run(session, statement, _namespace(session))


def clear(session: SparkSession, suite: Suite) -> None:
    """Drop what the setup of `suite` created and outlives its session."""
    _drop_created(session, suite.setup)


def answer(session: SparkSession, case: Case) -> tuple[str, ...]:
    """The answer lines of `case` from `session`, whose settings and temporary views it may change.

    Raises SetupError where a statement before the last one fails.
    """
    *first, last = case.statements
    names = _namespace(session)
    try:
        for key, value in case.settings:
            session.conf.set(key, value)
        for statement in first:
            try:
                _run(session, statement, names)
            except PySparkException as error:
                raise SetupError(f"{statement.text}: {error}") from error
        return tuple(evaluate(session, last, names))
    finally:
        _drop_created(session, case.body)


def evaluate(session: SparkSession, statement: Statement, names: dict[str, Any]) -> Iterator[str]:
    """The answer lines of one statement: schema and rows, printed output, a value, or an error."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the client's advice is no part of an answer
            result = _run(session, statement, names)
            table = (
                (result.schema, result.collect())
                if isinstance(result, AnyDataFrame | DataFrame)
                else None
            )
    except PySparkException as error:
        yield from error_lines(error)
        return
    if printed.getvalue():
        yield "output"
        yield from (f"  {line}" for line in printed.getvalue().rstrip("\n").split("\n"))
    if table is not None:
        yield from schema_lines(table[0])
        yield from row_lines(*table)
    elif result is not None:
        yield f"value {result!r}"


def schema_lines(schema: types.StructType) -> Iterator[str]:
    """The schema block: one line for each column, with name, type and nullability."""
    yield "schema"
    for field in schema.fields:
        suffix = "" if field.nullable else " NOT NULL"
        yield f"  {name_text(field.name)} {type_text(field.dataType)}{suffix}"


def row_lines(schema: types.StructType, rows: list[Row]) -> Iterator[str]:
    """The rows block: one line for each row."""
    yield "rows"
    for row in rows:
        values = zip(row, schema.fields, strict=True)
        yield "  " + (" | ".join(value_text(one, field.dataType) for one, field in values) or "()")


def error_lines(error: PySparkException) -> Iterator[str]:
    """The error block: condition, SQLSTATE, exception class, then the message parameters."""
    condition = error.getCondition() or "NO_CONDITION"
    yield f"error {condition} {error.getSqlState() or '-'} {type(error).__name__}"
    for key, value in sorted((error.getMessageParameters() or {}).items()):
        # Plans and the numbers that Spark gives to columns differ from run to run.
        shown = "(plan)" if key == "treeNode" else re.sub(r"#\d+L?", "#", _escaped(value))
        yield f"  {key}: {shown}".rstrip()


def name_text(name: str) -> str:
    """A column name as written in an answer: plain where it is a word, else in backquotes."""
    if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        return name
    return "`" + _escaped(name.replace("`", "``")) + "`"


def type_text(data_type: types.DataType) -> str:
    """A Spark type as written in an answer, nullability of nested parts included."""
    match data_type:
        case types.ArrayType():
            return f"ARRAY<{type_text(data_type.elementType)}{_null(data_type.containsNull)}>"
        case types.MapType():
            key, value = type_text(data_type.keyType), type_text(data_type.valueType)
            return f"MAP<{key}, {value}{_null(data_type.valueContainsNull)}>"
        case types.StructType():
            fields = (
                f"{name_text(field.name)}: {type_text(field.dataType)}{_null(field.nullable)}"
                for field in data_type.fields
            )
            return f"STRUCT<{', '.join(fields)}>"
        case _:
            name, at, collation = data_type.simpleString().partition(" collate ")
            return name.upper() + at.upper() + collation


def value_text(value: Any, data_type: types.DataType) -> str:
    """A value as written in an answer; `data_type` decides the form."""
    if value is None:
        return "NULL"
    match data_type:
        case types.ArrayType():
            return "[" + ", ".join(value_text(item, data_type.elementType) for item in value) + "]"
        case types.MapType():
            entries = (
                f"{value_text(key, data_type.keyType)}: {value_text(item, data_type.valueType)}"
                for key, item in value.items()
            )
            return "{" + ", ".join(entries) + "}"
        case types.StructType():
            parts = zip(value, data_type.fields, strict=True)
            return "(" + ", ".join(value_text(item, field.dataType) for item, field in parts) + ")"
        case types.FloatType():
            return _float_text(value)
        case _:
            return _atom_text(value)


def _atom_text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return "'" + _escaped(value).replace("'", "\\'") + "'"
        case bytes() | bytearray():
            return f"X'{value.hex().upper()}'"
        case float():
            return _double_text(value)
        case decimal.Decimal():
            return f"{value:f}"
        case datetime.timedelta():
            return f"INTERVAL {value}"
        case datetime.date() | datetime.time() | int():
            return str(value)
        case _:
            return f"{type(value).__name__} {_escaped(str(value))}"


def _double_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _float_text(value: float) -> str:
    if not math.isfinite(value):
        return _double_text(value)
    for digits in range(1, 10):
        short = float(f"{value:.{digits}g}")
        if struct.pack("f", short) == struct.pack("f", value):
            return repr(short)
    return repr(value)


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return "".join(
        char if char.isprintable() or char == "\u00a0" else _code_point(char) for char in escaped
    )


def _code_point(char: str) -> str:
    return "\\t" if char == "\t" else f"\\u{{{ord(char):x}}}"


def _null(nullable: bool) -> str:
    return "" if nullable else " NOT NULL"


def _namespace(session: SparkSession) -> dict[str, Any]:
    return {
        "spark": session,
        "F": functions,
        "T": types,
        "Window": Window,
        "Row": Row,
        "Decimal": decimal.Decimal,
        "date": datetime.date,
        "datetime": datetime.datetime,
        "timedelta": datetime.timedelta,
    }


def _run(session: SparkSession, statement: Statement, names: dict[str, Any]) -> object:
    if not statement.is_python:
        return session.sql(statement.text)
    try:
        code = compile(statement.text, "<case>", "eval")
    except SyntaxError:
        exec(compile(statement.text, "<case>", "exec"), names)
        return None
    return eval(code, names)


def _drop_created(session: SparkSession, lines: Sequence[str]) -> None:
    for match in reversed(list(_CREATES.finditer("\n".join(lines)))):
        kind, name = (match[2] or "TABLE").upper(), match[3] or match[4] or match[5]
        place = "global_temp." if match[1] else ""
        cascade = " CASCADE" if kind in {"DATABASE", "SCHEMA"} else ""
        with contextlib.suppress(PySparkException):
            session.sql(f"DROP {kind} IF EXISTS {place}{name}{cascade}")
