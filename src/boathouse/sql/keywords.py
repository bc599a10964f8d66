"""Spark's words: which may name things, where, and in which mode.

Every keyword of Spark may be an identifier by default. Under
``spark.sql.ansi.enforceReservedKeywords`` the RESERVED ones may not. STRICT ones never name a
table without AS, as they continue a FROM clause.
"""

from __future__ import annotations

RESERVED = frozenset(
    [
        "ALL",
        "AND",
        "ANY",
        "AS",
        "AUTHORIZATION",
        "BOTH",
        "CALL",
        "CASE",
        "CAST",
        "CHECK",
        "COLLATE",
        "COLLATION",
        "COLLATIONS",
        "COLUMN",
        "CONSTRAINT",
        "CREATE",
        "CROSS",
        "CURRENT_DATE",
        "CURRENT_PATH",
        "CURRENT_SCHEMA",
        "CURRENT_TIME",
        "CURRENT_TIMESTAMP",
        "CURRENT_USER",
        "DISTINCT",
        "ELSE",
        "END",
        "ESCAPE",
        "EXCEPT",
        "EXECUTE",
        "FALSE",
        "FETCH",
        "FILTER",
        "FOR",
        "FOREIGN",
        "FROM",
        "FULL",
        "GRANT",
        "GROUP",
        "HAVING",
        "IN",
        "INNER",
        "INTERSECT",
        "INTO",
        "IS",
        "JOIN",
        "LATERAL",
        "LEADING",
        "LEFT",
        "NATURAL",
        "NOT",
        "NULL",
        "OFFSET",
        "ON",
        "ONLY",
        "OR",
        "ORDER",
        "OUTER",
        "OVERLAPS",
        "PRIMARY",
        "RECURSIVE",
        "REFERENCES",
        "RIGHT",
        "SELECT",
        "SESSION_USER",
        "SOME",
        "SQL",
        "TABLE",
        "THEN",
        "TIME",
        "TO",
        "TRAILING",
        "UNION",
        "UNIQUE",
        "UNKNOWN",
        "USER",
        "USING",
        "WHEN",
        "WHERE",
        "WITH",
        "WITHIN",
    ]
)

STRICT = frozenset(
    [
        "ANTI",
        "CROSS",
        "EXCEPT",
        "FULL",
        "INNER",
        "INTERSECT",
        "JOIN",
        "LATERAL",
        "LEFT",
        "MINUS",
        "NATURAL",
        "ON",
        "RIGHT",
        "SEMI",
        "UNION",
        "USING",
    ]
)

# What stands after a word that opens a clause. A word not followed so is a name: Spark's parser
# reads `SELECT 1 limit` as a column called limit. The empty set means: anything but an end.
CLAUSES: dict[str, frozenset[str]] = {
    "FROM": frozenset(),
    "WHERE": frozenset(),
    "HAVING": frozenset(),
    "QUALIFY": frozenset(),
    "LIMIT": frozenset(),
    "OFFSET": frozenset(),
    "WINDOW": frozenset(),
    "ON": frozenset(),
    "USING": frozenset(),
    "GROUP": frozenset({"BY"}),
    "ORDER": frozenset({"BY"}),
    "SORT": frozenset({"BY"}),
    "CLUSTER": frozenset({"BY"}),
    "DISTRIBUTE": frozenset({"BY"}),
    "UNION": frozenset(),
    "EXCEPT": frozenset(),
    "MINUS": frozenset(),
    "INTERSECT": frozenset(),
    "LATERAL": frozenset(),
    "JOIN": frozenset(),
    "CROSS": frozenset({"JOIN"}),
    "INNER": frozenset({"JOIN"}),
    "LEFT": frozenset({"JOIN", "OUTER", "SEMI", "ANTI"}),
    "RIGHT": frozenset({"JOIN", "OUTER"}),
    "FULL": frozenset({"JOIN", "OUTER"}),
    "SEMI": frozenset({"JOIN"}),
    "ANTI": frozenset({"JOIN"}),
    "NATURAL": frozenset({"JOIN", "CROSS", "INNER", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI"}),
    "APPROX": frozenset({"NEAREST"}),
    "EXACT": frozenset({"NEAREST"}),
    "PIVOT": frozenset({"("}),
    "UNPIVOT": frozenset({"(", "INCLUDE", "EXCLUDE"}),
    "TABLESAMPLE": frozenset({"("}),
    "WITH": frozenset({"(", "ROLLUP", "CUBE", "SCHEMA", "SINGLE"}),
    "GROUPING": frozenset({"SETS"}),
    "SELECT": frozenset(),
    "INSERT": frozenset({"INTO", "OVERWRITE"}),
    "SET": frozenset(),
    "WHEN": frozenset(),
    "THEN": frozenset(),
    "ELSE": frozenset(),
    "END": frozenset({")", ",", "", ";", "AS", "FROM", "THEN", "WHEN", "END", "ELSE"}),
    "FOR": frozenset(),
    "IN": frozenset({"("}),
    "AND": frozenset(),
    "OR": frozenset(),
    "ASC": frozenset({")", ",", "", ";", "NULLS", "LIMIT", "ROWS", "RANGE", "SORT", "WINDOW"}),
    "DESC": frozenset({")", ",", "", ";", "NULLS", "LIMIT", "ROWS", "RANGE", "SORT", "WINDOW"}),
    "VERSION": frozenset({"AS"}),
    "TIMESTAMP": frozenset({"AS"}),
    "SYSTEM_VERSION": frozenset({"AS"}),
    "SYSTEM_TIME": frozenset({"AS"}),
    "AS": frozenset(),
}
"""Words that end a select item or a table, each with what must follow it."""

TABLE_CLAUSES = frozenset(
    [
        "JOIN",
        "CROSS",
        "INNER",
        "LEFT",
        "RIGHT",
        "FULL",
        "SEMI",
        "ANTI",
        "NATURAL",
        "ON",
        "USING",
        "APPROX",
        "EXACT",
        "PIVOT",
        "UNPIVOT",
        "TABLESAMPLE",
        "SET",
        "VERSION",
        "TIMESTAMP",
        "SYSTEM_VERSION",
        "SYSTEM_TIME",
    ]
)
"""Those that can only stand behind a table."""

CASE_WORDS = frozenset({"WHEN", "THEN", "ELSE", "END"})
"""Those that can only stand inside CASE."""

ENDS = frozenset({"", ")", ",", ";", "|>"})
"""Where a query, a list or a text ends."""

QUERY_STARTS = frozenset({"SELECT", "WITH", "VALUES", "FROM", "TABLE", "MAP", "REDUCE"})

SET_OPERATORS = frozenset({"UNION", "EXCEPT", "MINUS", "INTERSECT"})

ORGANIZES = frozenset({"ORDER", "SORT", "CLUSTER", "DISTRIBUTE"})
"""What opens a clause behind a query with BY."""

CONTINUES_QUERY = frozenset(
    {*SET_OPERATORS, "ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "LIMIT", "OFFSET", "WINDOW", "|>"}
)
"""What may follow a query in parentheses as a part of a larger query."""

_JOINS = frozenset({"JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "ANTI", "SEMI"})
_CLAUSES = frozenset({"ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "LIMIT", "OFFSET", "WINDOW"})
_STEPS = frozenset({"SELECT", "EXTEND", "SET", "DROP", "AS", "WHERE", "AGGREGATE"})
_TABLES = frozenset({"PIVOT", "UNPIVOT", "TABLESAMPLE"})
PIPED = SET_OPERATORS | _JOINS | _CLAUSES | _STEPS | _TABLES
"""The words that operators of pipes begin with: before them a single ``|`` is a pipe too."""
