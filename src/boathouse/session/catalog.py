"""Databases, tables over files and views, and the file beside them that remembers their names."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boathouse import sql
from boathouse.types import datatypes as t

DEFAULT_DATABASE = "default"
CATALOG = "spark_catalog"
_FILE = "_boathouse_metastore.json"


@dataclass(frozen=True, slots=True)
class TableName:
    """A table's database and own name, both in lower case as Spark's session catalog keeps them."""

    database: str
    table: str

    @property
    def shown(self) -> str:
        """As messages show it."""
        return ".".join(map(t.quoted, (CATALOG, self.database, self.table)))

    @property
    def short(self) -> str:
        """As messages show it without the catalog."""
        return ".".join(map(t.quoted, (self.database, self.table)))

    @property
    def plain(self) -> str:
        """Without quotes."""
        return f"{CATALOG}.{self.database}.{self.table}"


@dataclass(frozen=True, slots=True)
class Database:
    """A database: tables lie in directories under `location`."""

    name: str
    location: str
    comment: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """Files of `provider` at `path`, or (`view` is its text) a view over other tables."""

    name: TableName
    provider: str
    schema: t.StructType
    partition_by: tuple[str, ...] = ()
    path: str = ""
    external: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    comment: str | None = None
    view: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    created: int = 0
    """Milliseconds since the epoch."""


class Catalog:
    """The databases and tables of one data directory. Every change is on disk before it is seen."""

    def __init__(self, directory: Path) -> None:
        """Open the catalog of `directory`, which may be empty."""
        self.directory = directory
        self._lock = threading.RLock()
        self._databases: dict[str, Database] = {}
        self._tables: dict[TableName, Table] = {}
        self._load()
        if DEFAULT_DATABASE not in self._databases:
            self._databases[DEFAULT_DATABASE] = Database(
                DEFAULT_DATABASE, str(directory), "default database"
            )

    # ---- databases ----

    def databases(self) -> list[Database]:
        """All databases by name."""
        return sorted(self._databases.values(), key=lambda d: d.name)

    def database(self, name: str) -> Database | None:
        """The database `name`, in any case."""
        return self._databases.get(name.lower())

    def put_database(self, database: Database) -> None:
        """Add or replace a database."""
        with self._lock:
            self._save({**self._databases, database.name: database}, self._tables)

    def drop_database(self, name: str) -> None:
        """Without a database and its tables; files of managed tables go too."""
        with self._lock:
            gone = [table for key, table in self._tables.items() if key.database == name]
            databases = {k: v for k, v in self._databases.items() if k != name}
            tables = {k: v for k, v in self._tables.items() if k.database != name}
            location = Path(self._databases[name].location)
            self._save(databases, tables)
        for table in gone:
            _remove_files(table)
        if location != self.directory:
            shutil.rmtree(location, ignore_errors=True)

    # ---- tables ----

    def tables(self, database: str) -> list[Table]:
        """The tables and views of a database by name."""
        found = [table for key, table in self._tables.items() if key.database == database]
        return sorted(found, key=lambda table: table.name.table)

    def table(self, name: TableName) -> Table | None:
        """The table or view `name`."""
        return self._tables.get(name)

    def put(self, table: Table) -> None:
        """Add or replace a table."""
        with self._lock:
            self._save(self._databases, {**self._tables, table.name: table})

    def drop(self, name: TableName, *, files: bool = True) -> None:
        """Without a table; the files of a managed one go too."""
        with self._lock:
            table = self._tables[name]
            rest = {k: v for k, v in self._tables.items() if k != name}
            self._save(self._databases, rest)
        if files:
            _remove_files(table)

    def location_of(self, name: TableName) -> Path:
        """Where the files of a new managed table lie."""
        database = self._databases[name.database]
        return Path(database.location) / name.table

    # ---- on disk ----

    def _load(self) -> None:
        file = self.directory / _FILE
        if not file.exists():
            return
        stored = json.loads(file.read_text("utf-8"))
        self._databases = {d["name"]: Database(**d) for d in stored["databases"]}
        for entry in stored["tables"]:
            table = _table_of(entry)
            self._tables[table.name] = table

    def _save(
        self, databases: dict[str, Database], tables: dict[TableName, Table]
    ) -> None:
        stored = {
            "databases": [_database_json(d) for d in databases.values()],
            "tables": [_table_json(table) for table in tables.values()],
        }
        self.directory.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.directory, prefix="._boathouse")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(stored, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self.directory / _FILE)
        self._databases, self._tables = databases, tables


def _remove_files(table: Table) -> None:
    if not table.external and table.path:
        shutil.rmtree(table.path, ignore_errors=True)


def _database_json(database: Database) -> dict[str, Any]:
    return {
        "name": database.name,
        "location": database.location,
        "comment": database.comment,
        "properties": dict(database.properties),
    }


def _table_json(table: Table) -> dict[str, Any]:
    return {
        "database": table.name.database,
        "table": table.name.table,
        "provider": table.provider,
        "schema": json.dumps(table.schema.json),
        "partition_by": list(table.partition_by),
        "path": table.path,
        "external": table.external,
        "options": dict(table.options),
        "properties": dict(table.properties),
        "comment": table.comment,
        "view": table.view,
        "settings": dict(table.settings),
        "created": table.created,
    }


def _table_of(entry: dict[str, Any]) -> Table:
    values = dict(entry)
    name = TableName(values.pop("database"), values.pop("table"))
    schema = sql.parse_schema(values.pop("schema"))
    partition_by = tuple(values.pop("partition_by"))
    return Table(name, schema=schema, partition_by=partition_by, **values)


def matching(names: Iterable[str], pattern: str | None) -> list[str]:
    """The `names` that match a LIKE pattern of SHOW: ``*`` for anything, ``|`` between choices."""


    if pattern is None:
        return list(names)
    choices = [re.escape(p.strip()).replace(r"\*", ".*") for p in pattern.split("|")]
    compiled = re.compile("|".join(f"(?:{c})" for c in choices), re.IGNORECASE)
    return [name for name in names if compiled.fullmatch(name)]
