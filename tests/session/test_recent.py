"""A plan is bound once for the questions about one query, and anew when anything has changed."""

import tempfile
from pathlib import Path

import pytest

from boathouse.app import Boathouse
from boathouse.errors.exceptions import SparkError
from boathouse.session.operations import Operation
from boathouse.spec import commands as sc
from boathouse.spec import relations as sr


@pytest.fixture(scope="module")
def server():
    with tempfile.TemporaryDirectory() as folder, Boathouse(Path(folder)) as server:
        yield server


class Told:
    """A session by its SQL."""

    def __init__(self, session):
        self.session = session

    def run(self, text):
        answer = self.session.command(sc.SqlCommand(sr.QueryText(text)), Operation("run"))
        return [] if answer.echo is None else self.rows(text)

    def rows(self, text):
        result = self.session.query(sr.QueryText(text), Operation("rows"))
        return [row for batch in result.batches for row in batch.to_pylist()]

    def plan(self, text):
        return self.session.plan(sr.QueryText(text))


@pytest.fixture
def told(server):
    told = Told(server.open_session("user", "one"))
    told.run("CREATE OR REPLACE TABLE ships (name STRING)")
    told.run("INSERT INTO ships VALUES ('Ada')")
    told.run("CREATE OR REPLACE TEMP VIEW boats AS SELECT name FROM ships")
    told.run("CREATE OR REPLACE TEMP FUNCTION loud(x STRING) RETURN upper(x)")
    told.run("DECLARE OR REPLACE VARIABLE shore = 'east'")
    yield told
    told.session.close()


QUERIES = [
    "SELECT * FROM ships",
    "SELECT * FROM ships a JOIN ships b USING (name)",
    "SELECT * FROM boats",
    "SELECT loud(name) FROM boats",
    "SELECT name, shore FROM ships",
    "SELECT 1",
]


@pytest.mark.parametrize("query", QUERIES)
def test_the_same_plan_until_rows_are_asked_for(told, query):
    first = told.plan(query)
    assert told.plan(query) is first
    told.run(query)
    assert told.plan(query) is not first


CHANGES = [
    "INSERT INTO ships VALUES ('Eve')",
    "CREATE OR REPLACE TEMP VIEW boats AS SELECT lower(name) AS name FROM ships",
    "CREATE OR REPLACE TEMP FUNCTION loud(x STRING) RETURN concat(x, '!')",
    "SET VAR shore = 'west'",
    "SET spark.sql.ansi.enabled = false",
    "CACHE TABLE ships",
]


@pytest.mark.parametrize("change", CHANGES)
def test_another_plan_after_a_change(told, change):
    query = "SELECT loud(name) AS name, shore FROM boats"
    first = told.plan(query)
    told.run(change)
    assert told.plan(query) is not first
    told.run("UNCACHE TABLE IF EXISTS ships")
    told.run("RESET")


def test_rows_are_those_of_the_moment(told):
    told.plan("SELECT count(*) AS n FROM boats")
    told.run("INSERT INTO ships VALUES ('Eve'), ('Mia')")
    assert told.rows("SELECT count(*) AS n FROM boats") == [{"n": 3}]


def test_a_file_that_another_wrote(told, tmp_path):
    (tmp_path / "a.txt").write_text("one\n")
    query = f"SELECT count(*) AS n FROM text.`{tmp_path}`"
    told.plan(query)
    (tmp_path / "b.txt").write_text("two\n")
    assert told.rows(query) == [{"n": 2}]


def test_what_is_gone_is_missed(told):
    told.plan("SELECT * FROM ships")
    told.run("DROP TABLE ships")
    with pytest.raises(SparkError, match="TABLE_OR_VIEW_NOT_FOUND"):
        told.rows("SELECT * FROM ships")


@pytest.mark.parametrize("query", ["SELECT now()", "SELECT current_date(), name FROM ships"])
def test_a_moment_is_never_kept(told, query):
    assert told.plan(query) is not told.plan(query)


def test_random_numbers_are_drawn_anew(told):
    told.plan("SELECT rand() AS x")
    assert told.run("SELECT rand() AS x") != told.run("SELECT rand() AS x")


def test_it_can_be_turned_off(told):
    told.run("SET spark.connect.session.planCache.enabled = false")
    assert told.plan("SELECT 1") is not told.plan("SELECT 1")
    told.run("RESET")


@pytest.mark.parametrize(
    "query",
    ["SELECT f() AS mine, x AS its FROM seas.v", "SELECT x AS its, f() AS mine FROM seas.v"],
)
def test_a_view_calls_the_function_of_its_own_database(told, query):
    told.run("CREATE DATABASE seas")
    for database in ("default", "seas"):
        told.run(f"CREATE FUNCTION {database}.f() RETURNS STRING RETURN '{database}'")
    told.run("USE seas")
    told.run("CREATE VIEW v AS SELECT f() AS x")
    told.run("USE default")
    [row] = told.rows(query)
    told.run("DROP DATABASE seas CASCADE")
    told.run("DROP FUNCTION default.f")
    assert row == {"mine": "default", "its": "seas"}
