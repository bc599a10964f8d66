"""What sessions share: the catalog of databases and tables, and the global temporary views."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boathouse import sql
from boathouse.analysis.scope import StoredTable
from boathouse.errors.exceptions import AnalysisError, unsupported
from boathouse.files.formats import FORMATS, is_file_format, open_files
from boathouse.session import delta, delta_writing
from boathouse.session.catalog import CATALOG, Catalog, Table, TableName
from boathouse.session.existing_rows import existing_values
from boathouse.session.views import Views
from boathouse.spec import relations as sr
from boathouse.tables.delta.upkeep import Upkeep
from boathouse.tables.storage import place_of
from boathouse.types import datatypes as t
from boathouse.types.char_types import texts_for_chars

if TYPE_CHECKING:
    from pathlib import Path

    from boathouse.plan import relations as r
    from boathouse.session.home import Home

_NAME_PARTS = 3


class Warehouse:
    """The data directory."""

    def __init__(self, directory: Path) -> None:
        """Open the warehouse at `directory`."""
        self._functions: dict[tuple[str, str], Any] = {}
        self.restore: Callable[[tuple[str, ...], Mapping[str, Any]], Any] = _cannot_restore
        """Makes a function from its stored form: handed in by those who know what functions are."""
        self.directory = directory
        self.catalog = Catalog(directory)
        self.global_views = Views()
        self.changes: dict[str, int] = {}
        """The number of the last change to the files below each place."""
        self._numbers = itertools.count(1)
        self.upkeep = Upkeep()

    def close(self) -> None:
        """Finish what is done in the background. Idempotent."""
        self.upkeep.close()

    def changed(self, place: str) -> None:
        """Note that files below `place` are others now: what was kept of them is stale."""
        self.changes[place_of(place)] = next(self._numbers)

    def last_change(self, places: Iterable[str]) -> int:
        """The number of the last change that touched one of `places`, 0 for none."""
        return max(
            (
                number
                for changed, number in list(self.changes.items())
                for place in places
                if _within(place, changed) or _within(changed, place)
            ),
            default=0,
        )

    # ---- names ----

    def name_of(
        self, parts: tuple[str, ...], session: Home, database: str | None = None
    ) -> TableName:
        """The table that `parts` name, completed by `database` or the session's current one."""
        *qualifier, table = parts
        if len(parts) == _NAME_PARTS and qualifier[0].lower() == CATALOG:
            qualifier = qualifier[1:]
        if len(qualifier) > 1:
            raise AnalysisError(
                "REQUIRES_SINGLE_PART_NAMESPACE",
                sessionCatalog=CATALOG,
                identifier=".".join(t.quoted(p) for p in parts),
            )
        database = qualifier[0] if qualifier else database or session.database
        return TableName(database.lower(), table.lower())

    def find(self, name: TableName) -> Table | None:
        """The table or view of that name; of a Delta table what its log says now."""
        table = self.catalog.table(name)
        if table is None or not delta.is_delta(table.provider):
            return table
        return delta_writing.current(table)

    def is_delta_path(self, parts: tuple[str, ...]) -> bool:
        """Whether `parts` are ``delta`` and the path of a table; where there is a database of that
        name a bare word is one of its tables.
        """
        if len(parts) != 2 or not delta.is_delta(parts[0]):
            return False
        return "/" in parts[1] or self.catalog.database(parts[0].lower()) is None

    def require_database(self, name: TableName) -> None:
        """SCHEMA_NOT_FOUND unless the table's database is there."""
        if self.catalog.database(name.database) is None:
            raise AnalysisError(
                "SCHEMA_NOT_FOUND", schemaName=f"{t.quoted(CATALOG)}.{t.quoted(name.database)}"
            )

    def location_of(self, name: TableName) -> Path:
        """Where a new managed table lies."""
        return self.catalog.location_of(name)

    def rows_changed(self, table: Table) -> None:
        """Note that a table has other rows: what ANALYZE found of it holds no more."""
        if table.statistics or table.measured_bytes is not None:
            self.put(replace(table, statistics={}, measured_bytes=None, measured_rows=None))

    def put(self, table: Table) -> None:
        """Remember a table."""
        self.catalog.put(table)

    # ---- functions ----

    def put_function(self, function: Any) -> None:
        """Remember a function; its name has three parts."""
        self.catalog.put_function(function.name[1:], function.stored())
        self._functions[function.name[1:]] = function

    def drop_function(self, database: str, name: str) -> bool:
        """Without a function; False when there was none."""
        self._functions.pop((database, name), None)
        return self.catalog.drop_function((database, name))

    def function(self, database: str, name: str) -> Any:
        """The function of that name, None for none."""
        key = (database.lower(), name.lower())
        stored = self.catalog.function(key)
        if stored is None:
            return None
        found = self._functions.get(key)
        if found is None:
            found = self._functions[key] = self.restore((CATALOG, *key), stored)
        return found

    def functions(self, session: Home, database: str | None = None) -> list[Any]:
        """The functions of `database`, or of the session's current one."""
        wanted = database or session.database
        keys = [key for key in self.catalog.functions() if key[0] == wanted]
        return [self.function(*key) for key in sorted(keys)]

    # ---- reading ----

    def relation(
        self, node: sr.NamedTable, session: Home, database: str | None = None
    ) -> Table | StoredTable | None:
        """What a name means here, while `database` is the current one; None when there is no such
        table. A persistent view is given as the table it is.
        """
        parts = node.parts
        if len(parts) == 2 and is_file_format(parts[0]):
            return self._path(node, session)
        if self.is_delta_path(parts):
            return StoredTable((), delta.read_path(parts[1], dict(node.options), session, node))
        table = self.find(self.name_of(parts, session, database))
        if table is None and "@" in parts[-1]:
            return self._at_suffix(node, session, database)
        if table is None or (table.is_view and node.version is node.timestamp is None):
            return table
        return self._stored(table, node, session)

    def _at_suffix(
        self, node: sr.NamedTable, session: Home, database: str | None
    ) -> StoredTable | None:
        """What a name such as ``ships@v3`` means: the table as it was then."""
        bare, travel = delta.travel_suffix(node.parts[-1], session.zone)
        table = self.find(self.name_of((*node.parts[:-1], bare), session, database))
        if travel == delta.Moment() or table is None or not delta.is_delta(table.provider):
            return None
        if node.version is not None or node.timestamp is not None:
            raise AnalysisError("MULTIPLE_TIME_TRAVEL_SPEC")
        qualifier = (CATALOG, table.name.database, table.name.table)
        log = delta.log_at(table.path)
        return StoredTable(qualifier, delta.read_log(log, dict(node.options), session, travel))

    def change_feed(
        self, node: sr.RelationChanges, session: Home, database: str | None = None
    ) -> StoredTable | None:
        """The change data feed of a table; None when there is no such table."""
        parts, options = node.parts, dict(node.options)
        if self.is_delta_path(parts):
            log = delta.require_log(parts[1])
            return StoredTable((), delta.read_changes(log, options, session))
        table = self.find(self.name_of(parts, session, database))
        if table is None:
            return None
        if not delta.is_delta(table.provider):
            raise AnalysisError(
                "DELTA_TABLE_ONLY_OPERATION",
                tableName=table.name.shown,
                operation="Reading the change data feed",
            )
        qualifier = (CATALOG, table.name.database, table.name.table)
        log = delta.log_at(table.path)
        return StoredTable(qualifier, delta.read_changes(log, options, session))

    def _path(self, node: sr.NamedTable, session: Home) -> StoredTable:
        source = open_files(node.parts[0], [node.parts[1]], dict(node.options), session.files(None))
        return StoredTable((), source)

    def _stored(self, table: Table, node: sr.NamedTable, session: Home) -> StoredTable:
        qualifier = (CATALOG, table.name.database, table.name.table)
        if delta.is_delta(table.provider):
            options, log = dict(node.options), delta.log_at(table.path)
            travel = delta.moment_of(options, session.zone, node)
            source = delta.read_log(log, options, session, travel)
            return StoredTable(qualifier, source)
        if node.version is not None or node.timestamp is not None:
            shown = ".".join(t.quoted(part) for part in qualifier)
            raise AnalysisError("UNSUPPORTED_FEATURE.TIME_TRAVEL", relationId=shown)
        options = {**table.options, **dict(node.options)}
        options = {k: v for k, v in options.items() if k.lower() != "path"}
        # A table whose directory is gone has no rows.
        source = open_files(
            table.provider,
            [table.path],
            options,
            session.files(None),
            texts_for_chars(table.schema),
            must_exist=False,
            missing=existing_values(texts_for_chars(table.schema), session.context()),
        )
        return StoredTable(qualifier, source)

    def data_source(self, node: sr.DataSource, session: Home) -> r.Source | sr.Relation:
        """Files, as their format reads them."""
        if node.streaming:
            raise unsupported("reading a stream")
        if node.predicates:
            raise unsupported("JDBC")
        schema = sql.parse_schema(node.schema, session.parser_settings()) if node.schema else None
        provider = node.format or session.settings.text("spark.sql.sources.default")
        if delta.is_delta(provider):
            return delta.read_source(node, session)
        return open_files(provider, node.paths, dict(node.options), session.files(None), schema)


def _cannot_restore(name: tuple[str, ...], stored: Mapping[str, Any]) -> Any:
    raise unsupported("stored functions in this process")


def _within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith(outer.rstrip("/") + "/")


def providers() -> list[str]:
    """The formats of files that tables can have."""
    return sorted(FORMATS)
