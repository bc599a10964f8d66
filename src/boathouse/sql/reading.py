"""The functions of this room: text in, spec out."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import TypeVar

from boathouse.errors.exceptions import AnalysisError, ParseError, QueryContext, SparkError
from boathouse.spec.commands import Command
from boathouse.spec.expressions import Expression
from boathouse.spec.relations import QueryText, Relation
from boathouse.sql.lexer import split_statements
from boathouse.sql.schemas import schema_from_json
from boathouse.sql.scripts import ScriptParser
from boathouse.sql.settings import DEFAULT, ParserSettings
from boathouse.types.datatypes import (
    CharType,
    DataType,
    StructField,
    StructType,
    VarcharType,
    contains_type,
)

T = TypeVar("T")

_REMEMBERED_LENGTH = 50_000
"""Up to how many characters the text of a statement is remembered with what was read from it."""

_MOMENT = re.compile(r"(?i)now|today|tomorrow|yesterday|\\")
"""Words that, as dates and times, mean another moment whenever they are read, and the backslash, by
which they could be written otherwise."""

_DEEP = 100_000
"""Frames for text that nests deeply; Python's own calls do not use the stack of C."""

_depth_lock = Lock()


@contextmanager
def _deep() -> Generator[None]:
    """Python's limit on nested calls raised for as long as one deep text is read."""
    with _depth_lock:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _DEEP))
        try:
            yield
        finally:
            sys.setrecursionlimit(limit)


def _read(
    text: str,
    settings: ParserSettings,
    rule: Callable[[ScriptParser], T],
    arguments: QueryText | None = None,
) -> T:
    """What `rule` reads from the whole of `text`; FAILED_TO_PARSE_TOO_COMPLEX where it nests by
    thousands.
    """
    try:
        return _read_whole(text, settings, rule, arguments)
    except RecursionError:
        pass
    try:
        with _deep():
            return _read_whole(text, settings, rule, arguments)
    except RecursionError:
        context = QueryContext(text=text, start=0, stop=len(text))
        raise ParseError("FAILED_TO_PARSE_TOO_COMPLEX", context) from None


def _read_whole(
    text: str,
    settings: ParserSettings,
    rule: Callable[[ScriptParser], T],
    arguments: QueryText | None,
) -> T:
    parser = ScriptParser(text, settings, arguments)
    result = rule(parser)
    parser.finish()
    return result


def parse_statement(
    text: str, settings: ParserSettings = DEFAULT, arguments: QueryText | None = None
) -> Relation | Command:
    """Read one statement, a query or a command; a trailing semicolon is allowed. Strings and whole
    numbers among `arguments` stand in for their parameters wherever a literal may stand; the other
    parameters stay Parameter. Raises ParseError with Spark's conditions.
    """
    plain = arguments is None or not (arguments.named or arguments.positional)
    if plain and len(text) <= _REMEMBERED_LENGTH and not _MOMENT.search(text):
        return _remembered(text, settings)
    return _read(text, settings, ScriptParser.whole, arguments)


@lru_cache(maxsize=256)
def _remembered(text: str, settings: ParserSettings) -> Relation | Command:
    """A statement without arguments: a client's query is read at its analysis and when it runs."""
    return _read(text, settings, ScriptParser.whole)


_BLOCKS = ParserSettings(continue_handlers=True, cursors=True)


def parse_statements(
    text: str, settings: ParserSettings = DEFAULT
) -> list[tuple[str, Relation | Command]]:
    """Read a script: its statements, each with its own text."""
    pieces = [text[start:stop] for start, stop in split_statements(text)]
    return [(piece, parse_statement(piece, settings)) for piece in pieces]


def split_script(text: str) -> list[str]:
    """The texts of a script's statements, without semicolons. A block from BEGIN to END, whose
    statements have semicolons of their own, is one; the rest is not read yet.
    """
    places = split_statements(text)
    pieces: list[str] = []
    at = 0
    while at < len(places):
        last = _end_of_block(text, places, at)
        pieces.append(text[places[at][0] : places[last][1]])
        at = last + 1
    return pieces


def _end_of_block(text: str, places: list[tuple[int, int]], at: int) -> int:
    """The index of the piece with which the block that begins at `at` ends; `at` for no block."""
    start = places[at][0]
    if text[start : start + 5].upper() == "BEGIN":
        for last in range(at, len(places)):
            try:
                parse_statement(text[start : places[last][1]], _BLOCKS)
            except SparkError:
                continue
            return last
    return at


def parse_query(text: str, settings: ParserSettings = DEFAULT) -> Relation:
    """Read one query."""
    return _read(text, settings, ScriptParser.query)


def parse_expression(text: str, settings: ParserSettings = DEFAULT) -> Expression:
    """Read one expression, which may carry an alias: ``a + 1 AS b``, ``*``, ``t.*``."""
    return _read(text, settings, ScriptParser.named_expression)


def parse_expressions(text: str, settings: ParserSettings = DEFAULT) -> tuple[Expression, ...]:
    """Read a select list."""
    return _read(text, settings, ScriptParser.named_expressions)


def parse_identifier(text: str, settings: ParserSettings = DEFAULT) -> tuple[str, ...]:
    """Read a name of one or more parts, such as ``catalog.`my schema`.t``."""
    return _read(text, settings, ScriptParser.multipart)


def parse_type(text: str, settings: ParserSettings = DEFAULT) -> DataType:
    """Read one data type, as SQL (``ARRAY<INT>``) or as Spark's JSON."""
    if _is_json(text):
        return schema_from_json(text)
    return _read(text, settings, ScriptParser.data_type)


def parse_ddl(text: str, settings: ParserSettings = DEFAULT) -> DataType:
    """Read a column list (``a INT, b STRING``) as a struct, or one type, or Spark's JSON."""
    if _is_json(text):
        return schema_from_json(text)
    try:
        return _read(text, settings, ScriptParser.column_types)
    except ParseError as first:
        try:
            return _read(text, settings, ScriptParser.data_type)
        except ParseError:
            raise first from None


def parse_schema_argument(text: str, settings: ParserSettings = DEFAULT) -> DataType:
    """Read the schema that a function such as from_json is given: one type, a column list, or
    Spark's JSON. What is none of them is told as no type.
    """
    try:
        type_ = _read(text, settings, ScriptParser.data_type)
    except SparkError as error:
        try:
            type_ = parse_ddl(text, settings)
        except SparkError:
            raise AnalysisError(error.condition, error.context, **error.parameters) from None
    if contains_type(type_, CharType, VarcharType):
        raise AnalysisError("UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING")
    return type_


def parse_schema(text: str, settings: ParserSettings = DEFAULT) -> StructType:
    """Read a schema: what `parse_ddl` reads, a single type as the one column ``value``."""
    type_ = parse_ddl(text, settings)
    if isinstance(type_, StructType):
        return type_
    return StructType((StructField("value", type_),))


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] in {"{", '"'}
