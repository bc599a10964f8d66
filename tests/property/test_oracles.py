"""Queries that must agree with each other, whatever the answer is: no other engine is needed.

- TLP: the rows where a condition holds, where it does not and where it is unknown are all rows.
- NoREC: as many rows pass a condition in WHERE as have it true when it is a value.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

import boathouse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

TABLE = """
    (0, '', 0.0D, 0.5, true, DATE'1970-01-01'), (1, 'a', -1.5D, -0.5, false, DATE'2020-02-29'),
    (2, 'A', CAST('NaN' AS DOUBLE), 99.9, NULL, NULL), (-1, ' a ', -0.0D, NULL, true, DATE'2019-12-31'),
    (NULL, NULL, NULL, 12.0, NULL, DATE'0001-01-01'), (7, '10', 1e300D, 0.0, false, DATE'9999-12-31')
    AS t(i, s, d, m, b, t)
"""
COLUMNS = {
    "number": ("i", "d", "m", "i + 1", "d * 2", "-m", "abs(i)", "length(s)", "1", "0.5", "NULL"),
    "text": ("s", "upper(s)", "concat(s, 'a')", "'a'", "''", "CAST(i AS STRING)", "trim(s)"),
    "date": ("t", "date_add(t, 1)", "DATE'2020-01-01'", "last_day(t)"),
}
COMPARISONS = ("=", "<=>", "<", "<=", ">", ">=", "<>")


def condition(dice: random.Random, depth: int = 2) -> str:
    """A random condition over the columns of TABLE; none that can raise."""
    if depth and dice.random() < 0.6:
        one, other = condition(dice, depth - 1), condition(dice, depth - 1)
        return dice.choice(
            (
                f"({one} AND {other})",
                f"({one} OR {other})",
                f"NOT ({one})",
                f"({one}) IS NULL",
                f"CASE WHEN {one} THEN {other} END",
                f"coalesce({one}, {other})",
                f"({one}) <=> ({other})",
                f"if({one}, {other}, NULL)",
            )
        )
    kind = dice.choice((*COLUMNS, "flag", "nested"))
    if kind == "flag":
        return dice.choice(
            ("b", "true", "b IS NULL", "b IS NOT FALSE", "s LIKE '%a%'", "s RLIKE '[0-9]'")
        )
    if kind == "nested":
        pair = dice.choice(("array(i, 1)", "named_struct('x', s)", "array(d)"))
        return f"{pair} {dice.choice(('=', '<=>', '<>'))} {pair}"
    a, b, c = (dice.choice(COLUMNS[kind]) for _ in range(3))
    return dice.choice(
        (
            f"{a} {dice.choice(COMPARISONS)} {b}",
            f"{a} IN ({b}, {c})",
            f"{a} NOT IN ({b}, {c})",
            f"{a} BETWEEN {b} AND {c}",
            f"nullif({a}, {b}) IS NULL",
            f"greatest({a}, {b}) = {c}",
            f"{a} IN (SELECT {b} FROM VALUES {TABLE})",
        )
    )


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    with boathouse.session() as session:
        session.sql(f"SELECT * FROM VALUES {TABLE}").createOrReplaceTempView("rows")
        yield session


@pytest.mark.parametrize("seed", range(6))
def test_true_false_and_unknown_are_all(spark: SparkSession, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(4):
        asked = condition(dice)
        parts = " UNION ALL ".join(
            f"SELECT * FROM rows WHERE {part}"
            for part in (asked, f"NOT ({asked})", f"({asked}) IS NULL")
        )
        found = sorted(map(str, spark.sql(parts).collect()))
        assert found == sorted(map(str, spark.table("rows").collect())), asked


@pytest.mark.parametrize("seed", range(100, 106))
def test_where_keeps_what_is_true(spark: SparkSession, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(4):
        asked = condition(dice)
        (kept,) = spark.sql(f"SELECT count(*) FROM rows WHERE {asked}").collect()
        values = spark.sql(f"SELECT ({asked}) AS c FROM rows").collect()
        assert kept[0] == sum(1 for row in values if row.c), asked
