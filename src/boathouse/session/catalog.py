"""Databases, tables over files and views, and the file beside them that remembers their names."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import tempfile
import threading
import uuid
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from boathouse import sql
from boathouse.types import datatypes as t

DEFAULT_DATABASE = "default"
CATALOG = "spark_catalog"
UNAWARE = "UNAWARE"
"""The mode of views made while views had none: as BINDING, and not told."""
_FILE = "_boathouse_metastore.json"
_LOCK = "_boathouse_metastore.lock"


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
    def qualifier(self) -> tuple[str, ...]:
        """What its columns may be called by; nothing for a table that has but a path."""
        return () if self.database == "delta" else (CATALOG, self.database, self.table)

    @property
    def short(self) -> str:
        """As messages show it without the catalog."""
        return ".".join(map(t.quoted, (self.database, self.table)))

    def said(self, parts: tuple[str, ...]) -> TableName:
        """The same as a statement said it, for messages that show it so."""
        return replace(self, table=parts[-1])

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
    collation: str = ""
    """What the texts of new tables and views are under, where they do not say."""


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
    """The settings a view was made under."""
    created: int = 0
    """Milliseconds since the epoch."""
    namespace: str = DEFAULT_DATABASE
    """The database that was current when a view was made."""
    output: tuple[str, ...] = ()
    """The columns of a view's query, by the names they had there."""
    cluster_by: tuple[str, ...] = ()
    bucket_by: tuple[str, ...] = ()
    buckets: int = 0
    sort_by: tuple[str, ...] = ()
    collation: str = ""
    """The collation of its columns of text, where one was said for the table."""
    statistics: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What ANALYZE TABLE ... FOR COLUMNS found, by column."""
    measured_bytes: int | None = None
    """The size of its files as ANALYZE TABLE found it; None where rows have changed since."""
    measured_rows: int | None = None
    """How many rows ANALYZE TABLE counted; None where it did not count."""
    language: str = ""
    """YAML where the text of a view is that of a metric view."""
    schema_mode: str = ""
    """How a view follows its tables: BINDING, COMPENSATION (the empty text too), an EVOLUTION, or
    UNAWARE.
    """

    @property
    def shown_mode(self) -> str:
        """How a view follows its tables, as statements say it; nothing where it is unaware."""
        return "" if self.schema_mode == UNAWARE else self.schema_mode or "COMPENSATION"

    @property
    def follows(self) -> bool:
        """Whether a view becomes what its tables have become."""
        return self.schema_mode in {"EVOLUTION", "TYPE EVOLUTION"}

    @property
    def is_view(self) -> bool:
        """Whether this is a view."""
        return self.view is not None

    @property
    def kind(self) -> str:
        """MANAGED, EXTERNAL, VIEW or METRIC_VIEW."""
        if self.language:
            return "METRIC_VIEW"
        if self.is_view:
            return "VIEW"
        return "EXTERNAL" if self.external else "MANAGED"


class Catalog:
    """The databases and tables of one data directory. Every change is on disk before it is seen.

    Several processes may share the directory: a change is made to what the file says at that
    moment, under a lock, and a question is answered by the file as it is now.
    """

    def __init__(self, directory: Path) -> None:
        """Open the catalog of `directory`, which may be empty."""
        self.directory = directory
        self._lock = threading.RLock()
        self._databases: dict[str, Database] = {}
        self._tables: dict[TableName, Table] = {}
        self._functions: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._stamp: tuple[int, ...] | None = None
        self._load()

    # ---- databases ----

    def databases(self) -> list[Database]:
        """All databases by name."""
        self._refresh()
        return sorted(self._databases.values(), key=lambda d: d.name)

    def database(self, name: str) -> Database | None:
        """The database `name`, in any case."""
        self._refresh()
        return self._databases.get(name.lower())

    def put_database(self, database: Database) -> None:
        """Add or replace a database."""
        with self._changing():
            self._save({**self._databases, database.name: database}, self._tables)

    def drop_database(self, name: str) -> None:
        """Without a database and its tables; files of managed tables go too."""
        with self._changing():
            gone = [table for key, table in self._tables.items() if key.database == name]
            databases = {k: v for k, v in self._databases.items() if k != name}
            functions = {k: v for k, v in self._functions.items() if k[0] != name}
            tables = {k: v for k, v in self._tables.items() if k.database != name}
            location = Path(self._databases[name].location)
            self._save(databases, tables, functions)
        for table in gone:
            _remove_files(table)
        if location.parent == self.directory and location.exists():
            _discard(location)

    # ---- tables ----

    def tables(self, database: str) -> list[Table]:
        """The tables and views of a database by name."""
        self._refresh()
        found = [table for key, table in self._tables.items() if key.database == database]
        return sorted(found, key=lambda table: table.name.table)

    def table(self, name: TableName) -> Table | None:
        """The table or view `name`."""
        self._refresh()
        return self._tables.get(name)

    def put(self, table: Table) -> None:
        """Add or replace a table."""
        with self._changing():
            self._save(self._databases, {**self._tables, table.name: table})

    def drop(self, name: TableName, *, files: bool = True) -> None:
        """Without a table; the files of a managed one go too."""
        with self._changing():
            table = self._tables[name]
            rest = {k: v for k, v in self._tables.items() if k != name}
            self._save(self._databases, rest)
        if files:
            _remove_files(table)

    def remove_left(self, replaced: Table) -> None:
        """The files of a managed table go, if the one that took its name lies elsewhere."""
        now = self.table(replaced.name)
        if now is not None and now.path != replaced.path:
            _remove_files(replaced)

    def rename(self, table: Table, name: TableName) -> None:
        """`table` under another name; the files of a managed one move with it."""
        with self._changing():
            place, old = table.path, Path(table.path)
            if not table.external and not table.is_view:
                place = str(self.location_of(name))
                if old.exists():
                    old.rename(place)
            rest = {k: v for k, v in self._tables.items() if k != table.name}
            self._save(self._databases, {**rest, name: replace(table, name=name, path=place)})

    def location_of(self, name: TableName) -> Path:
        """Where the files of a new managed table lie."""
        database = self._databases[name.database]
        return Path(database.location) / name.table

    # ---- functions, in the form that their owner gives them ----

    def functions(self) -> list[tuple[str, str]]:
        """The database and name of every function."""
        self._refresh()
        return list(self._functions)

    def function(self, name: tuple[str, str]) -> Mapping[str, Any] | None:
        """The stored form of a function."""
        self._refresh()
        return self._functions.get(name)

    def put_function(self, name: tuple[str, str], stored: Mapping[str, Any]) -> None:
        """Add or replace a function."""
        with self._changing():
            functions = {**self._functions, name: stored}
            self._save(self._databases, self._tables, functions)

    def drop_function(self, name: tuple[str, str]) -> bool:
        """Without a function; False when there was none."""
        with self._changing():
            if name not in self._functions:
                return False
            rest = {k: v for k, v in self._functions.items() if k != name}
            self._save(self._databases, self._tables, rest)
            return True

    # ---- on disk ----

    def _load(self) -> None:
        stored: dict[str, Any] = {"databases": [], "tables": []}
        self._stamp = _stamp(self.directory / _FILE)
        if self._stamp is not None:
            stored = json.loads((self.directory / _FILE).read_text("utf-8"))
        databases = {d["name"]: Database(**d) for d in stored["databases"]}
        databases.setdefault(
            DEFAULT_DATABASE,
            Database(DEFAULT_DATABASE, str(self.directory), "default database"),
        )
        self._databases = databases
        self._tables = {table.name: table for table in map(_table_of, stored["tables"])}
        self._functions = {
            (entry["database"], entry["name"]): entry["function"]
            for entry in stored.get("functions", ())
        }

    def _refresh(self) -> None:
        """Read the file again if another process has changed it."""
        if _stamp(self.directory / _FILE) != self._stamp:
            with self._lock:
                self._load()

    @contextlib.contextmanager
    def _changing(self) -> Generator[None]:
        """Nobody else changes the catalog meanwhile."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with self._lock, (self.directory / _LOCK).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._refresh()
            yield

    def _save(
        self,
        databases: dict[str, Database],
        tables: dict[TableName, Table],
        functions: dict[tuple[str, str], Mapping[str, Any]] | None = None,
    ) -> None:
        functions = self._functions if functions is None else functions
        stored = {
            "databases": [_database_json(d) for d in databases.values()],
            "tables": [_table_json(table) for table in tables.values()],
            "functions": [
                {"database": database, "name": name, "function": dict(stored)}
                for (database, name), stored in functions.items()
            ],
        }
        self.directory.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.directory, prefix="._boathouse")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(stored, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self.directory / _FILE)
        self._stamp = _stamp(self.directory / _FILE)
        self._databases, self._tables, self._functions = databases, tables, functions


def _stamp(file: Path) -> tuple[int, ...] | None:
    """What tells one state of a file from another; None when it is not there."""
    try:
        facts = file.stat()
    except FileNotFoundError:
        return None
    return facts.st_ino, facts.st_mtime_ns, facts.st_size


def _remove_files(table: Table) -> None:
    if not table.external and table.path and Path(table.path).exists():
        _discard(Path(table.path))


def _discard(directory: Path) -> None:
    """Remove a directory so that its name is free at once, however long the removal takes."""
    aside = directory.with_name(f".dropped-{uuid.uuid4().hex}")
    directory.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def _database_json(database: Database) -> dict[str, Any]:
    return {
        "name": database.name,
        "location": database.location,
        "comment": database.comment,
        "properties": dict(database.properties),
        "collation": database.collation,
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
        "namespace": table.namespace,
        "output": list(table.output),
        "cluster_by": list(table.cluster_by),
        "bucket_by": list(table.bucket_by),
        "buckets": table.buckets,
        "sort_by": list(table.sort_by),
        "collation": table.collation,
        "statistics": {column: dict(facts) for column, facts in table.statistics.items()},
        "measured_bytes": table.measured_bytes,
        "measured_rows": table.measured_rows,
        "language": table.language,
        "schema_mode": table.schema_mode,
    }


_LISTS = ("partition_by", "output", "cluster_by", "bucket_by", "sort_by")


def _table_of(entry: dict[str, Any]) -> Table:
    values = dict(entry)
    name = TableName(values.pop("database"), values.pop("table"))
    schema = sql.parse_schema(values.pop("schema"))
    lists = {key: tuple(values.pop(key, ())) for key in _LISTS}
    return Table(name, schema=schema, **lists, **values)


def matching(names: Iterable[str], pattern: str | None) -> list[str]:
    """The `names` that match a LIKE pattern of SHOW, in order: ``*`` for anything, ``|`` between
    choices, and otherwise, as in Spark, a regular expression in any case.
    """
    if pattern is None:
        return list(names)
    compiled = [found for part in pattern.strip().split("|") if (found := _compiled(part))]
    return sorted({name for name in names if any(c.fullmatch(name) for c in compiled)})


def _compiled(part: str) -> re.Pattern[str] | None:
    try:
        return re.compile(part.replace("*", ".*"), re.IGNORECASE)
    except re.error:
        return None
