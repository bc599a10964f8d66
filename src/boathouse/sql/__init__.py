"""Spark SQL text to spec: a hand-written parser of Spark 4.2's grammar.

`lexer` cuts text into tokens; each parser reads on top of the one before it: `cursor`, `datatypes`,
`reader`, `calls`, `primaries`, `predicates`, `expressions`, `tables`, `queries`. Nothing is looked
up here, and nothing but SparkError is raised.
"""

from boathouse.sql.reading import (
    parse_expression,
    parse_identifier,
    parse_query,
    parse_statement,
    parse_type,
)
from boathouse.sql.settings import DEFAULT, ParserSettings

__all__ = [
    "DEFAULT",
    "ParserSettings",
    "parse_expression",
    "parse_identifier",
    "parse_query",
    "parse_statement",
    "parse_type",
]
