"""Tables after every kind of change, read by other engines; tables of Sail, read and written on."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.tables.peers import shown
from tests.tables.test_other_engines import client

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
OTHERS, SAIL = ROOT / ".venv-delta/bin/python", ROOT / ".venv-bench/bin/python"
WITHOUT_ABSOLUTE_PATHS = ("deltalake", "polars", "duckdb")
"""Engines that look for the files of another table, which a shallow clone has, below their own."""
QUERY = (
    "SELECT id, CAST(id % 3 AS INT) AS p, CAST(id AS DECIMAL(12, 2)) AS n, concat('s ', id % 7) AS s,"
    " TIMESTAMP'2020-01-01 00:00:00' + make_interval(0, 0, 0, 0, CAST(id AS INT)) AS t,"
    " named_struct('a', id, 'b', array(named_struct('c', id))) AS r FROM range({}, {})"
)
MERGE = (
    "MERGE INTO {t} t USING (SELECT explode(sequence(90L, 109L)) AS id) s ON t.id = s.id"
    " WHEN MATCHED AND s.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET s = 'merged'"
    " WHEN NOT MATCHED THEN INSERT (id, p, s) VALUES (s.id, 9, 'inserted')"
)
STEPS = {
    "append": f"INSERT INTO {{t}} {QUERY.format(60, 100)}",
    "delete": "DELETE FROM {t} WHERE id % 10 = 3",
    "update": "UPDATE {t} SET s = concat(s, '!'), r.a = -1 WHERE id BETWEEN 20 AND 25",
    "merge": MERGE,
    "optimize": "OPTIMIZE {t} ZORDER BY (id)",
    "again": "DELETE FROM {t} WHERE id = 50",
    "grown": "ALTER TABLE {t} ADD COLUMNS (more STRING, r.d INT)",
    "filled": "INSERT INTO {t} (id, p, more) VALUES (1000, 1, 'm'), (1001, NULL, NULL)",
    "replaced": "INSERT INTO {t} REPLACE WHERE p = 2 SELECT 2000L, 2, 1, 'r', NULL, NULL, 'x'",
    "restored": "RESTORE TABLE {t} TO VERSION AS OF 4",
    "compact": "OPTIMIZE {t}",
}
RICH = {
    "renamed": "ALTER TABLE {t} RENAME COLUMN s TO text",
    "dropped": "ALTER TABLE {t} DROP COLUMN n",
    "after": "DELETE FROM {t} WHERE id = 41",
    "purged": "REORG TABLE {t} APPLY (PURGE)",
}


def ours(spark: Any, place: Path) -> list[str]:
    frame = spark.read.format("delta").load(str(place))
    return shown([{k: client(v) for k, v in row.asDict().items()} for row in frame.collect()])


def copy(table: Path, place: Path) -> None:
    """The table as it is, while a checkpoint may be written beside: files that are not there yet are
    nobody's business, and what names the last checkpoint is read before it.
    """
    hint = table / "_delta_log" / "_last_checkpoint"
    last = hint.read_bytes() if hint.exists() else None
    shutil.copytree(table, place, ignore=shutil.ignore_patterns(".*", hint.name))
    if last is not None:
        (place / "_delta_log" / hint.name).write_bytes(last)


def lives(spark: Any, root: Path, profile: str, by: str) -> list[Path]:
    """A table of `profile`, and copies of it as it was after each step."""
    root.mkdir()
    table, places = root / "table", list[Path]()
    # Written anew are small files alone, and vectors are wanted.
    spark.sql(
        f"CREATE TABLE delta.`{table}` USING delta {by}"
        f" TBLPROPERTIES ('boathouse.profile' = '{profile}', 'delta.checkpointInterval' = '4')"
        f" AS {QUERY.format(0, 60)}"
    )
    if profile == "rich":
        wide = f"INSERT INTO delta.`{table}` SELECT 10000 + id, 7, 0, uuid(), NULL, NULL FROM range(90000)"
        spark.sql(wide)
    steps = {**STEPS, **(RICH if profile == "rich" else {})}
    if profile == "rich":
        steps["optimize"] = "OPTIMIZE {t}"
        steps["delete"] = "DELETE FROM {t} WHERE id % 10 = 3 AND id < 11000"
    for name, statement in steps.items():
        spark.sql(statement.format(t=f"delta.`{table}`"))
        places.append(root / name)
        copy(table, places[-1])
    for kind in ("SHALLOW", "DEEP"):
        places.append(root / kind.lower())
        spark.sql(f"CREATE TABLE delta.`{places[-1]}` {kind} CLONE delta.`{table}`")
    return places


def theirs(engine: str, places: Sequence[Path]) -> list[list[str]]:
    """What `engine` reads in each place."""
    done = subprocess.run(
        [str(OTHERS), "tests/tables/peers.py", "read", engine, *map(str, places)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def differences(spark: Any, engines: Sequence[str], places: Sequence[Path]) -> set[tuple[str, str]]:
    """Where an engine finds other rows than are found here."""
    expected = {place.name: ours(spark, place) for place in places}
    assert len(set(map(str, expected.values()))) > 5
    found: set[tuple[str, str]] = set()
    for engine in engines:
        for place, rows in zip(places, theirs(engine, places), strict=True):
            if rows != expected[place.name]:
                print(engine, place.name, rows[:2], expected[place.name][:2])
                found.add((engine, place.name))
    return found


@pytest.mark.skipif(not OTHERS.exists(), reason="make .venv-delta/.stamp")
@pytest.mark.parametrize("by", ["", "PARTITIONED BY (p)"])
def test_plain_tables_are_read_by_all(spark, tmp_path, by):
    places = lives(spark, tmp_path / "plain", "plain", by)
    engines = ("deltalake", "query", "polars", "kernel", "duckdb")
    assert differences(spark, engines, places) == {(x, "shallow") for x in WITHOUT_ABSOLUTE_PATHS}


@pytest.mark.skipif(not OTHERS.exists(), reason="make .venv-delta/.stamp")
def test_rich_tables_are_read_by_those_that_know_their_features(spark, tmp_path):
    places = lives(spark, tmp_path / "rich", "rich", "CLUSTER BY (id)")
    assert differences(spark, ("query", "kernel", "duckdb"), places) == {("duckdb", "shallow")}


def sail(*statements: str) -> list[list[str]]:
    """What the last of `statements` gives in Sail, as text."""
    done = subprocess.run(
        [str(SAIL), "tests/tables/sail.py"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        input=json.dumps(statements),
        text=True,
        timeout=300,
    )
    return json.loads(done.stdout.splitlines()[-1])


def text(spark: Any, query: str) -> list[list[str]]:
    return [[str(value) for value in row] for row in spark.sql(query).collect()]


@pytest.mark.skipif(not SAIL.exists(), reason="make .venv-bench/.stamp")
def test_tables_go_from_hand_to_hand_with_sail(spark, tmp_path):
    theirs_, ours_ = tmp_path / "theirs", tmp_path / "ours"
    columns = "(id BIGINT, s STRING, d DATE, n DECIMAL(10, 2), l ARRAY<INT>)"
    row = "'{0}', DATE'2020-02-29', 1.25, array(1, NULL)"
    everything = "SELECT * FROM delta.`{}` ORDER BY id"
    found = sail(
        f"CREATE TABLE t {columns} USING delta PARTITIONED BY (s) LOCATION '{theirs_}'",
        f"INSERT INTO t VALUES (1, {row.format('a b')}), (2, {row.format('ü/%')}), (3, NULL, NULL, NULL, NULL)",
        "DELETE FROM t WHERE id = 1",
        f"INSERT INTO t VALUES (4, {row.format('c')})",
        "SELECT * FROM t ORDER BY id",
    )
    assert text(spark, everything.format(theirs_)) == found
    assert [line[0] for line in found] == ["2", "3", "4"]
    spark.sql(f"UPDATE delta.`{theirs_}` SET n = 9 WHERE id = 2")
    spark.sql(f"INSERT INTO delta.`{theirs_}` VALUES (5, {row.format('own')})")
    spark.sql(f"OPTIMIZE delta.`{theirs_}`")
    assert sail(everything.format(theirs_)) == text(spark, everything.format(theirs_))
    spark.sql(
        f"CREATE TABLE delta.`{ours_}` USING delta AS SELECT * FROM delta.`{theirs_}` WHERE id > 2"
    )
    found = sail(
        f"CREATE TABLE u USING delta LOCATION '{ours_}'",
        f"INSERT INTO u VALUES (6, {row.format('six')})",
        "DELETE FROM u WHERE id = 3",
        everything.format(ours_),
    )
    assert text(spark, everything.format(ours_)) == found
    assert [line[0] for line in found] == ["4", "5", "6"]
