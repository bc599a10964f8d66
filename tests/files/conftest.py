"""Reads and writes files as a session would, without a session."""

import datetime
import math
import time
import uuid
from decimal import Decimal
from pathlib import Path

import pytest

from boathouse import sql
from boathouse.conf import Settings
from boathouse.duck import tree
from boathouse.duck.engine import Engine
from boathouse.duck.render import render
from boathouse.errors.exceptions import SparkError
from boathouse.files import Environment, FileScan, open_files
from boathouse.files.formats import write_files
from boathouse.files.writing import Written
from boathouse.spec.commands import SaveMode

UTC = datetime.UTC


class Files:
    """`read` gives (schema as text, rows); `write` takes a query of DuckDB with the right types."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.settings = Settings({"spark.sql.session.timeZone": "UTC"})
        self.engine = Engine(directories=[place], temporary=place / "spill")
        self.environment = Environment(self.settings, self.run, place / "staging")

    def run(self, relation):
        return self.engine.run(render(relation), zone=self.environment.zone)

    def put(self, name: str, content: str | bytes) -> str:
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def scan(self, name, paths, schema=None, **options) -> FileScan:
        paths = [paths] if isinstance(paths, str) else list(paths)
        paths = [str(self.place / path) for path in paths]
        stated = sql.parse_schema(schema) if schema else None
        texts = {key: _text(value) for key, value in options.items()}
        return open_files(name, paths, texts, self.environment, stated)

    def read(self, name, paths, schema=None, columns=None, **options):
        scan = self.scan(name, paths, schema, **options)
        table = self.run(scan.relation(columns or scan.schema.names))
        rows = [
            tuple(map(_value, row))
            for row in zip(*(c.to_pylist() for c in table.columns), strict=True)
        ]
        return scan.schema.simple, rows

    def write(
        self, name, path, schema, query, mode=SaveMode.DEFAULT, by=(), files=1, **options
    ) -> Written:
        texts = {key: _text(value) for key, value in options.items()}
        stated = sql.parse_schema(schema)
        target = str(self.place / path)
        writing = write_files(name, stated, target, mode, by, texts, self.environment, files)
        rows = self.engine.run(query)
        table = f"t{uuid.uuid4().hex}"
        relation = writing.relation(tree.Table(table), rows.column_names)
        with self.engine.execute(render(relation), tables={table: rows}) as stream:
            return writing.write(stream)

    def lines(self, path: str) -> list[str]:
        parts = sorted((self.place / path).rglob("part-*"))
        return [line for part in parts for line in part.read_text().split("\n")[:-1]]


def _text(value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(value):
    """As the client shows it: decimals and moments as text, maps as dictionaries."""
    match value:
        case Decimal() | datetime.date():
            return str(value).removesuffix("+00:00")
        case [(str(), _), *_]:
            return dict(value)
        case list():
            return [_value(item) for item in value]
        case dict():
            return {key: _value(item) for key, item in value.items()}
        case float() if math.isnan(value):
            return "NaN"
        case _:
            return value


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    found = Files(tmp_path)
    yield found
    found.engine.close()
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def refused():
    """Runs what must fail and gives (condition, parameters)."""

    def run(action):
        with pytest.raises(SparkError) as error:
            action()
        return error.value.condition, error.value.parameters

    return run
