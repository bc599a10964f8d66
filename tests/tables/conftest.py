"""A PySpark session over Delta tables in a directory of the test's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import boathouse
from tests.tables.builder import TableBuilder


@pytest.fixture(scope="session")
def spark(tmp_path_factory) -> Iterator[Any]:
    """One session for all tests of the folder."""
    with boathouse.session(tmp_path_factory.mktemp("data")) as session:
        session.conf.set("spark.sql.session.timeZone", "UTC")
        yield session


@pytest.fixture
def table(tmp_path: Path) -> TableBuilder:
    """An empty place for a table."""
    return TableBuilder(tmp_path / "table")


@pytest.fixture
def rows(spark):
    """The rows of a table, sorted, as tuples."""

    def read(table: TableBuilder, *columns: str, **options: str) -> list[tuple[Any, ...]]:
        frame = spark.read.format("delta").options(**options).load(str(table.root))
        if columns:
            frame = frame.selectExpr(*columns)
        return sorted(map(tuple, frame.collect()), key=repr)

    return read
