"""The functions of this room: text in, spec out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.spec.commands import Command
from boathouse.spec.expressions import Expression
from boathouse.spec.relations import Relation
from boathouse.sql.queries import SelectParser
from boathouse.sql.settings import DEFAULT, ParserSettings
from boathouse.types.datatypes import DataType

if TYPE_CHECKING:
    from boathouse.types.datatypes import StructType


def parse_statement(text: str, settings: ParserSettings = DEFAULT) -> Relation | Command:
    """Read one statement, a trailing semicolon allowed."""
    parser = SelectParser(text, settings)
    result = parser.query()
    parser.finish()
    return result


def parse_query(text: str, settings: ParserSettings = DEFAULT) -> Relation:
    """Read one query."""
    parser = SelectParser(text, settings)
    result = parser.query()
    parser.finish()
    return result


def parse_expression(text: str, settings: ParserSettings = DEFAULT) -> Expression:
    """Read one expression, which may carry an alias: ``a + 1 AS b``, ``*``, ``t.*``."""
    parser = SelectParser(text, settings)
    result = parser.named_expression()
    parser.finish()
    return result


def parse_type(text: str, settings: ParserSettings = DEFAULT) -> DataType:
    """Read one data type."""
    parser = SelectParser(text, settings)
    result = parser.data_type()
    parser.finish()
    return result


def parse_identifier(text: str, settings: ParserSettings = DEFAULT) -> tuple[str, ...]:
    """Read a name of one or more parts."""
    parser = SelectParser(text, settings)
    result = parser.multipart()
    parser.finish()
    return result
