"""The pytest plugin: what a test suite gets when Boathouse is installed beside it.

    def test_totals(spark):
        assert totals(spark.range(3)).collect() == [...]

- `spark`: one PySpark session, with its engine, for the whole run. Fast, and shared: what one test
  leaves behind the next one sees.
- `fresh_spark`: a session with an engine of its own for each test that asks for it, so nothing
  is there from other tests: tables, views, settings. Costs about a tenth of a second.

Settings to start with stand in the configuration of pytest, one per line:

    [tool.pytest.ini_options]
    boathouse_conf = ["spark.sql.session.timeZone=UTC", "spark.sql.ansi.enabled=false"]

A suite that defines a fixture of the same name keeps its own.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

import boathouse
from boathouse.app import client_importable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def pytest_addoption(parser: pytest.Parser) -> None:
    """Make the plugin's setting known."""
    parser.addini(
        "boathouse_conf",
        "settings of `spark` and `fresh_spark`, KEY=VALUE",
        type="linelist",
        default=[],
    )


def _settings(config: pytest.Config) -> dict[str, str]:
    lines: list[str] = config.getini("boathouse_conf")
    pairs = [line.partition("=") for line in lines]
    return {key.strip(): value.strip() for key, _, value in pairs}


def _session(config: pytest.Config) -> SparkSession:
    # PySpark's assertions look for a Spark installation when they are first used, and leave the
    # process when there is none.
    with client_importable():
        importlib.import_module("pyspark.testing.pandasutils")
    return boathouse.session(settings=_settings(config))


@pytest.fixture(scope="session")
def spark(pytestconfig: pytest.Config) -> Iterator[SparkSession]:
    """A PySpark session for the whole test run."""
    with _session(pytestconfig) as session:
        yield session


@pytest.fixture
def fresh_spark(pytestconfig: pytest.Config) -> Iterator[SparkSession]:
    """A PySpark session for one test, with an engine of its own."""
    with _session(pytestconfig) as session:
        yield session
