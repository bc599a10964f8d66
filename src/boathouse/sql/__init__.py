"""Spark SQL text to spec: a hand-written parser of Spark 4.2's grammar.

`lexer` cuts text into tokens. Each parser reads on top of the one before it: `cursor`, `datatypes`,
`reader`, `calls`, `primaries`, `predicates`, `expressions`, `tables`, `queries`, `pipes`, `dml`,
`ddl`, `alter`, `show`, `statements`; `reading` is the way in. Nothing is looked up here, and
nothing but SparkError is raised.
"""

from boathouse.sql.parameters import parameters_in
from boathouse.sql.reading import (
    parse_ddl,
    parse_expression,
    parse_expressions,
    parse_identifier,
    parse_query,
    parse_schema,
    parse_statement,
    parse_statements,
    parse_type,
    split_script,
)
from boathouse.sql.schemas import data_type_from_json
from boathouse.sql.settings import DEFAULT, ParserSettings, settings_from

__all__ = [
    "DEFAULT",
    "ParserSettings",
    "data_type_from_json",
    "parameters_in",
    "parse_ddl",
    "parse_expression",
    "parse_expressions",
    "parse_identifier",
    "parse_query",
    "parse_schema",
    "parse_statement",
    "parse_statements",
    "parse_type",
    "settings_from",
    "split_script",
]
