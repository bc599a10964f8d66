"""DuckDB: a typed tree of its SQL (`tree`), the only maker of SQL text (`render`), and the only
caller of the engine (`engine`).

`f` builds calls: ``f.substring(text, 1, 3)``. Python values stand for literals.
"""

from boathouse.duck.tree import (
    FALSE,
    NULL,
    TRUE,
    Expression,
    aggregate,
    all_of,
    any_of,
    call,
    case,
    column,
    f,
    fail,
    field_of,
    if_,
    lambda_,
    list_of,
    literal,
    operator,
    struct_of,
)

__all__ = [
    "FALSE",
    "NULL",
    "TRUE",
    "Expression",
    "aggregate",
    "all_of",
    "any_of",
    "call",
    "case",
    "column",
    "f",
    "fail",
    "field_of",
    "if_",
    "lambda_",
    "list_of",
    "literal",
    "operator",
    "struct_of",
]
