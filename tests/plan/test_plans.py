"""What EXPLAIN EXTENDED says: spec, plan, rewritten plan, SQL text."""

from pathlib import Path

import pytest

from boathouse import sql
from tests.plan.snapshot import Snapshot, cases, check, normalised

HERE = Path(__file__).parent


@pytest.mark.parametrize("case", list(cases(HERE, "*.plan")))
def test_query_becomes(case: Snapshot, session, data, bless, monkeypatch):
    monkeypatch.chdir(data)
    query = sql.parse_query(case.query, session.parser_settings())
    check(case, normalised(session.explain(query, "extended"), data=data), bless=bless)


def test_numbers_of_columns_are_normalised():
    text = 'Project [a#41, b#7 AS c#9]\nSELECT c41,c7 AS c9 FROM t AS "tc41"(c41,c7)'
    expected = 'Project [a#1, b#2 AS c#3]\nSELECT c1,c2 AS c3 FROM t AS "tc1"(c1,c2)'
    assert normalised(text) == expected
