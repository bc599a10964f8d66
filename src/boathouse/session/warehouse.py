"""What sessions share: the catalog of databases and tables, and the global temporary views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.scope import StoredTable, View
from boathouse.errors.exceptions import AnalysisError, unsupported
from boathouse.files.formats import FORMATS, is_file_format, open_files
from boathouse.session.catalog import CATALOG, Catalog, Table, TableName
from boathouse.session.views import Views
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from pathlib import Path

    from boathouse.plan import relations as r
    from boathouse.session.home import Home

GLOBAL_DATABASE = "global_temp"
_NAME_PARTS = 3


class Warehouse:
    """The data directory."""

    def __init__(self, directory: Path) -> None:
        """Open the warehouse at `directory`."""
        self.directory = directory
        self.catalog = Catalog(directory)
        self.global_views = Views()

    # ---- names ----

    def name_of(self, parts: tuple[str, ...], session: Home) -> TableName:
        """The table that `parts` name, completed by the session's current database."""
        if len(parts) == _NAME_PARTS and parts[0].lower() == CATALOG:
            parts = parts[1:]
        if len(parts) > 2:  # noqa: PLR2004 - a database and a table
            raise AnalysisError(
                "REQUIRES_SINGLE_PART_NAMESPACE", sessionCatalog=CATALOG,
                namespace=".".join(t.quoted(p) for p in parts[:-1]),
            )
        database = parts[0] if len(parts) == 2 else session.database  # noqa: PLR2004
        return TableName(database.lower(), parts[-1].lower())

    def find(self, name: TableName) -> Table | None:
        """The table or view of that name."""
        return self.catalog.table(name)

    def require_database(self, name: TableName) -> None:
        """SCHEMA_NOT_FOUND unless the table's database is there."""
        if self.catalog.database(name.database) is None:
            raise AnalysisError(
                "SCHEMA_NOT_FOUND", schemaName=f"{t.quoted(CATALOG)}.{t.quoted(name.database)}"
            )

    def location_of(self, name: TableName) -> Path:
        """Where a new managed table lies."""
        return self.catalog.location_of(name)

    def put(self, table: Table) -> None:
        """Remember a table."""
        self.catalog.put(table)

    # ---- reading ----

    def relation(self, node: sr.NamedTable, session: Home) -> View | StoredTable | None:
        """What a name means here; None when there is no such table."""
        parts = node.parts
        if len(parts) == 2 and is_file_format(parts[0]):  # noqa: PLR2004 - parquet.`path`
            return self._path(node, session)
        if len(parts) == 2 and parts[0].lower() == GLOBAL_DATABASE:  # noqa: PLR2004
            view = self.global_views.get(parts[1])
            return None if view is None else View((GLOBAL_DATABASE, view.name), view.query)
        if len(parts) > _NAME_PARTS or (
            len(parts) == _NAME_PARTS and parts[0].lower() != CATALOG
        ):
            return None
        table = self.find(self.name_of(parts, session))
        return None if table is None else self._stored(table, node, session)

    def _path(self, node: sr.NamedTable, session: Home) -> StoredTable:
        source = open_files(
            node.parts[0], [node.parts[1]], dict(node.options), session.files(None)
        )
        return StoredTable((), source)

    def _stored(
        self, table: Table, node: sr.NamedTable, session: Home
    ) -> View | StoredTable:
        qualifier = (CATALOG, table.name.database, table.name.table)
        if node.version is not None or node.timestamp is not None:
            raise unsupported("time travel on a table over files")
        if table.view is not None:
            query = sql.parse_query(table.view)
            columns = tuple(table.schema.names)
            return View(qualifier, sr.SubqueryAlias(query, table.name.table, columns=columns))
        options = {**table.options, **dict(node.options)}
        options = {k: v for k, v in options.items() if k.lower() != "path"}
        source = open_files(
            table.provider, [table.path], options, session.files(None), table.schema
        )
        return StoredTable(qualifier, source)

    def data_source(self, node: sr.DataSource, session: Home) -> r.Source | sr.Relation:
        """Files, as their format reads them."""
        if node.streaming:
            raise unsupported("reading a stream")
        if node.predicates:
            raise unsupported("JDBC")
        schema = sql.parse_schema(node.schema) if node.schema else None
        provider = node.format or session.settings.text("spark.sql.sources.default")
        return open_files(provider, node.paths, dict(node.options), session.files(None), schema)


def providers() -> list[str]:
    """The formats of files that tables can have."""
    return sorted(FORMATS)
