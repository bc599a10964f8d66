"""Long and deep text is read, in time; any text ends in a spec or a SparkError."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boathouse.errors.exceptions import SparkError
from boathouse.spec.expressions import Call
from boathouse.sql import parse_ddl, parse_expression, parse_statement

# Seconds on a busy machine; each takes a small part of it on a quiet one.
PATIENCE = 10.0

LONG = {
    "in list": lambda: "SELECT * FROM t WHERE a IN (" + ",".join(map(str, range(100_000))) + ")",
    "or": lambda: "SELECT * FROM t WHERE " + " OR ".join(f"a = {i}" for i in range(5_000)),
    "and": lambda: "SELECT * FROM t WHERE " + " AND ".join(f"a{i}" for i in range(5_000)),
    "sum": lambda: "SELECT " + "+".join(f"a{i}" for i in range(5_000)),
    "unions": lambda: " UNION ALL ".join(f"SELECT {i} AS a" for i in range(500)),
    "parentheses": lambda: "SELECT " + "(" * 2_000 + "1" + ")" * 2_000,
    "parentheses with operators": lambda: "SELECT " + "(" * 2_000 + "1" + " + 1)" * 2_000,
    "calls": lambda: "SELECT " + "f(" * 1_000 + "1" + ")" * 1_000,
    "cases": lambda: "SELECT " + "CASE WHEN a THEN " * 500 + "1" + " END" * 500,
    "subqueries": lambda: "SELECT * FROM " + "(SELECT * FROM " * 500 + "t" + ")" * 500,
    "minus signs": lambda: "SELECT " + "- " * 5_000 + "a",
    "not": lambda: "SELECT " + "NOT " * 5_000 + "a",
    "columns": lambda: "SELECT " + ", ".join(f"a{i} AS b{i}" for i in range(10_000)) + " FROM t",
    "rows": lambda: "VALUES " + ", ".join(f"({i}, 'x', 1.5)" for i in range(10_000)),
    "comment": lambda: "SELECT 1 " + "/* x " * 1_000 + "*/" * 1_000,
}


@pytest.mark.parametrize("kind", LONG)
def test_long_text_is_read_in_time(kind):
    text = LONG[kind]()
    started = time.monotonic()
    parse_statement(text)
    assert time.monotonic() - started < PATIENCE


def test_chains_of_and_and_or_are_flat():
    chain = parse_expression(" OR ".join(["a"] * 5_000))
    assert isinstance(chain, Call)
    assert len(chain.arguments) == 5_000


TOKENS = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "BY",
    "ORDER",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "JOIN",
    "LEFT",
    "OUTER",
    "ON",
    "USING",
    "NATURAL",
    "CROSS",
    "LATERAL",
    "VIEW",
    "UNION",
    "ALL",
    "EXCEPT",
    "INTERSECT",
    "DISTINCT",
    "AS",
    "WITH",
    "RECURSIVE",
    "VALUES",
    "TABLE",
    "IN",
    "EXISTS",
    "NOT",
    "AND",
    "OR",
    "IS",
    "NULL",
    "TRUE",
    "BETWEEN",
    "LIKE",
    "ESCAPE",
    "ANY",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "CAST",
    "TRY_CAST",
    "INTERVAL",
    "DAY",
    "YEAR",
    "TO",
    "DATE",
    "TIMESTAMP",
    "STRUCT",
    "ARRAY",
    "MAP",
    "INT",
    "STRING",
    "DECIMAL",
    "OVER",
    "PARTITION",
    "ROWS",
    "RANGE",
    "UNBOUNDED",
    "PRECEDING",
    "CURRENT",
    "ROW",
    "FILTER",
    "WITHIN",
    "IGNORE",
    "NULLS",
    "PIVOT",
    "UNPIVOT",
    "FOR",
    "TABLESAMPLE",
    "PERCENT",
    "QUALIFY",
    "WINDOW",
    "CREATE",
    "REPLACE",
    "TEMPORARY",
    "VIEW",
    "FUNCTION",
    "RETURNS",
    "RETURN",
    "DROP",
    "IF",
    "ALTER",
    "ADD",
    "COLUMN",
    "RENAME",
    "SET",
    "RESET",
    "INSERT",
    "INTO",
    "OVERWRITE",
    "DELETE",
    "UPDATE",
    "MERGE",
    "MATCHED",
    "DESCRIBE",
    "SHOW",
    "EXPLAIN",
    "USE",
    "CACHE",
    "EXTRACT",
    "TRIM",
    "SUBSTRING",
    "OVERLAY",
    "POSITION",
    "IDENTIFIER",
    "EXTEND",
    "AGGREGATE",
    "CLUSTER",
    "SORT",
    "DISTRIBUTE",
    "GROUPING",
    "SETS",
    "ROLLUP",
    "CUBE",
    "a",
    "b.c",
    "`d",
    "e`",
    "1",
    "-1",
    "1.5",
    "1e3",
    "1L",
    "'x'",
    '"y"',
    "X'1f'",
    "(",
    ")",
    "(",
    ")",
    ",",
    ",",
    ".",
    "*",
    "+",
    "-",
    "/",
    "%",
    "=",
    "<>",
    "<",
    ">",
    "<=",
    ">>",
    "||",
    "|",
    "&",
    "^",
    "~",
    "!",
    "->",
    "=>",
    "::",
    ":",
    "?",
    "[",
    "]",
    ";",
    "|>",
    "/*+",
    "*/",
    "#",
    "{",
]

soup = st.lists(st.sampled_from(TOKENS), max_size=25).map(" ".join)


@given(soup)
@settings(max_examples=300, deadline=None)
def test_any_tokens_end_in_a_spec_or_a_spark_error(text):
    for read in (parse_statement, parse_expression, parse_ddl):
        with suppress(SparkError):
            read(text)


@given(st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_text_ends_in_a_spec_or_a_spark_error(text):
    for start in ("", "SELECT ", "SELECT * FROM ", "SET ", "CREATE TABLE t ("):
        with suppress(SparkError):
            parse_statement(start + text)


@pytest.mark.parametrize(
    "written",
    [
        "9" * 5_000,
        "-" + "9" * 5_000 + "L",
        "0." + "1" * 5_000,
        "1e99999999999999999999BD",
        "1e999999999BD",
        "1e-999999999BD",
        "1e999999999",
        "INTERVAL " + "9" * 5_000 + " DAY",
        "INTERVAL '" + "9" * 5_000 + "-1' YEAR TO MONTH",
        "INTERVAL '٣' DAY",
        "CAST(1 AS DECIMAL(" + "9" * 5_000 + "))",
        "v:a[" + "9" * 5_000 + "]",
        "DATE'9999999-01-01'",
        "DATE'٢٠٢٠'",
        "TIMESTAMP'9999999-01-01'",
        "TIMESTAMP'2020-01-01 00:00:00 ../../etc'",
        "TIMESTAMP'2020-01-01 00:00:00 +99:00'",
        "5.1L",
    ],
)
def test_absurd_numbers_and_times_are_refused(written):
    with pytest.raises(SparkError):
        parse_expression(written)
