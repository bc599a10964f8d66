"""The `.test` format itself: what is written can be read back, and comparison is neither lax nor fussy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spark.format import FormatError, Statement, compare, is_ordered, parse, print_suite

TEXT = """\
# About this file

=== setup
CREATE OR REPLACE TEMP VIEW t AS SELECT 1 AS a

=== plain
# why it is here
@conf spark.sql.ansi.enabled = false
@notimpl later
SELECT a,
       a + 1
FROM t
---
schema
  a INT NOT NULL
rows
  2
  1

=== python
>>> frame = spark.range(2)
>>> frame.select(
...     "id"
... )
"""


def test_what_is_printed_is_read_back():
    assert print_suite(parse(TEXT)) == TEXT


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.rglob("*.test")), ids=str)
def test_every_file_is_written_in_the_one_form(path: Path):
    assert print_suite(parse(path.read_text(), path.name)) == path.read_text()


def test_statements_end_at_semicolons_and_prompts():
    body = ("SELECT ';'", "FROM t;", ">>> x = 1", ">>> f(", "...   x)")
    case = parse("\n".join(["=== one", *body])).cases[0]
    assert case.statements == (
        Statement("SELECT ';'\nFROM t", False),
        Statement("x = 1", True),
        Statement("f(\n  x)", True),
    )


@pytest.mark.parametrize(
    ("text", "ordered"),
    [
        ("SELECT * FROM t ORDER BY a", True),
        ("SELECT * FROM (SELECT * FROM t ORDER BY a)", False),
        ("SELECT sum(a) OVER (PARTITION BY f(b) ORDER BY a) FROM t", False),
        ("SELECT 'ORDER BY' FROM t", False),
        ("FROM t |> ORDER BY a", True),
    ],
)
def test_order_counts_where_the_statement_sorts(text: str, ordered: bool):
    assert is_ordered(Statement(text, is_python=False)) == ordered


def test_rows_may_come_in_any_order_unless_sorted():
    case = parse(TEXT).cases[0]
    assert compare(case, ("schema", "  a INT NOT NULL", "rows", "  1", "  2")) is None
    assert compare(case, ("schema", "  a INT NOT NULL", "rows", "  1", "  1")) is not None


def test_doubles_are_exact_unless_marked():
    plain = parse("=== x\nSELECT 1\n---\nrows\n  0.1\n  2").cases[0]
    loose = parse("=== x\n@approx 1e-12\nSELECT 1\n---\nrows\n  0.1\n  2").cases[0]
    other = ("rows", "  0.10000000000000002", "  2")
    assert compare(plain, other) is not None
    assert compare(loose, other) is None
    assert compare(loose, ("rows", "  0.1001", "  2")) is not None


@pytest.mark.parametrize("text", ["=== a\n---", "=== a\n@what x\nSELECT 1", "=== a\nx\n\n=== a\ny"])
def test_a_malformed_file_is_refused(text: str):
    with pytest.raises(FormatError):
        parse(text)
