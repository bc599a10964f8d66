"""A session without a door, over one small file, and much the same as a Delta table."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from boathouse.app import Boathouse
from boathouse.session.session import Session
from tests.tables.builder import TableBuilder


@pytest.fixture(scope="package")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    ships = {
        "name": ["Kai", "Ina", "Ole", "Ada"],
        "berth": [7, 3, None, 7],
        "tons": [12.5, 40.0, 3.25, None],
        "built": [1998, 2004, 1987, 2011],
    }
    pq.write_table(pa.table(ships), folder / "ships.parquet")
    fleet = TableBuilder(folder / "fleet")
    fleet.created("name STRING, berth BIGINT, tons DOUBLE")
    rows = pa.table(ships).select(["name", "berth", "tons"])
    fleet.commit(fleet.file(rows.slice(0, 2)), fleet.file(rows.slice(2)))
    return folder


@pytest.fixture(scope="package")
def session() -> Iterator[Session]:
    settings = {"spark.sql.session.timeZone": "UTC"}
    with Boathouse(settings=settings, threads=1) as boathouse:
        yield boathouse.open_session("ann", "plans")
