"""The pytest plugin: what a test suite gets when Boathouse is installed beside it.

    def test_totals(spark):
        assert totals(spark.range(3)).collect() == [...]

- `spark`: one PySpark session, with its engine, for the whole run. Fast, and shared: what one test
  leaves behind the next one sees.
- `fresh_spark`: a session of its own for each test in the same engine, with its own settings,
  temporary views and current database, which is dropped at the end.

Settings to start with stand in the configuration of pytest, one per line:

    [tool.pytest.ini_options]
    boathouse_conf = ["spark.sql.session.timeZone=UTC", "spark.sql.ansi.enabled=false"]

A suite that defines a fixture of the same name keeps its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

import boathouse
from boathouse.app import sibling

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def pytest_addoption(parser: pytest.Parser) -> None:
    """Make the plugin's setting known."""
    parser.addini(
        "boathouse_conf", "settings of the `spark` fixture, KEY=VALUE", type="linelist", default=[]
    )


@pytest.fixture(scope="session")
def spark(pytestconfig: pytest.Config) -> Iterator[SparkSession]:
    """A PySpark session for the whole test run."""
    lines: list[str] = pytestconfig.getini("boathouse_conf")
    pairs = [line.partition("=") for line in lines]
    settings = {key.strip(): value.strip() for key, _, value in pairs}
    with boathouse.session(settings=settings) as session:
        yield session


@pytest.fixture
def fresh_spark(spark: SparkSession) -> Iterator[SparkSession]:
    """A PySpark session for one test, in the engine of `spark`, with a database of its own."""
    database = f"test_{uuid.uuid4().hex}"
    with sibling(spark) as session:
        session.sql(f"CREATE DATABASE {database}")
        session.catalog.setCurrentDatabase(database)
        yield session
        session.sql(f"DROP DATABASE {database} CASCADE")
