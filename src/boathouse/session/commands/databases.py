"""Databases and the catalog: CREATE, ALTER and DROP DATABASE, USE, SET CATALOG."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from boathouse.analysis.expressions import identifier_parts
from boathouse.analysis.scope import Scope
from boathouse.errors.exceptions import AnalysisError, IllegalArgumentError
from boathouse.files.listing import local_path
from boathouse.session.answers import Answer, nothing
from boathouse.session.catalog import CATALOG, DEFAULT_DATABASE, Database
from boathouse.session.commands.targets import (
    catalog_not_found,
    database_of,
    refuse_nested,
    refuse_odd_name,
    require_database,
    schema_not_found,
    shown,
)
from boathouse.session.views import GLOBAL_DATABASE
from boathouse.spec import expressions as se
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.spec import commands as sc


def create_database(session: Session, command: sc.CreateDatabase, operation: Operation) -> Answer:
    """CREATE DATABASE, catalog.createDatabase."""
    catalog = session.warehouse.catalog
    name = database_of(session, command.name)
    if name == GLOBAL_DATABASE:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1066", database=GLOBAL_DATABASE)
    refuse_odd_name(name)
    if catalog.database(name) is not None:
        if command.if_not_exists:
            return nothing(session)
        raise AnalysisError("SCHEMA_ALREADY_EXISTS", schemaName=t.quoted(name))
    place = _place(command.location) or str(session.warehouse.directory / f"{name}.db")
    Path(place).mkdir(parents=True, exist_ok=True)
    comment = command.comment or ""
    database = Database(name, place, comment, dict(command.properties), command.collation)
    catalog.put_database(database)
    return nothing(session)


def _place(location: str | None) -> str | None:
    if location is None:
        return None
    if not location:
        raise IllegalArgumentError("INVALID_EMPTY_LOCATION", location=location)
    return local_path(location)


def alter_database(session: Session, command: sc.AlterDatabase, operation: Operation) -> Answer:
    """ALTER DATABASE: its properties, its location or its collation."""
    database = find_database(session, command.name)
    properties = {**database.properties, **dict(command.properties)}
    kept = {key: value for key, value in properties.items() if key not in command.unset}
    location = _place(command.location) or database.location
    collation = command.collation or database.collation
    changed = replace(database, properties=kept, location=location, collation=collation)
    session.warehouse.catalog.put_database(changed)
    return nothing(session)


def comment_on_database(session: Session, name: tuple[str, ...], text: str | None) -> None:
    """COMMENT ON DATABASE."""
    database = find_database(session, name)
    session.warehouse.catalog.put_database(replace(database, comment=text or ""))


def find_database(session: Session, parts: tuple[str, ...]) -> Database:
    """The database that `parts` name, the current one for no parts; SCHEMA_NOT_FOUND for none."""
    found = session.warehouse.catalog.database(require_database(session, parts))
    if found is None:
        raise schema_not_found(parts)
    return found


def drop_database(session: Session, command: sc.DropDatabase, operation: Operation) -> Answer:
    """DROP DATABASE; a full one only with CASCADE."""
    catalog = session.warehouse.catalog
    refuse_nested(command.name)
    name = database_of(session, command.name)
    if name == DEFAULT_DATABASE:
        raise AnalysisError("UNSUPPORTED_FEATURE.DROP_DATABASE", database=shown((CATALOG, name)))
    if catalog.database(name) is None:
        if command.if_exists:
            return nothing(session)
        raise schema_not_found((name,))
    if catalog.tables(name) and not command.cascade:
        raise AnalysisError("SCHEMA_NOT_EMPTY", schemaName=t.quoted(name))
    session.warehouse.upkeep.settle()
    catalog.drop_database(name)
    return nothing(session)


def use(session: Session, command: sc.Use, operation: Operation) -> Answer:
    """USE name: a database, or the catalog."""
    if command.kind == "catalog":
        _set_catalog(session, command.name[0])
    elif not command.kind and len(command.name) == 1 and command.name[0].lower() == CATALOG:
        _set_catalog(session, CATALOG)
    else:
        if command.name[-1].lower() == GLOBAL_DATABASE:
            raise AnalysisError("_LEGACY_ERROR_TEMP_1068", database=GLOBAL_DATABASE)
        require_database(session, command.name)
        session.current_schema = command.name[-1]
    return nothing(session)


def set_catalog(session: Session, command: sc.SetCatalog, operation: Operation) -> Answer:
    """SET CATALOG, catalog.setCurrentCatalog."""
    name = command.name
    _set_catalog(session, name if isinstance(name, str) else _said(session, name, operation))
    return nothing(session)


def _said(session: Session, name: se.Expression, operation: Operation) -> str:
    """The catalog that an expression says: a name without a variable of that name is its own."""
    if isinstance(name, se.IdentifierClause):
        name = name.text
    try:
        parts = identifier_parts(name, Scope(session.context(operation)))
    except AnalysisError as error:
        if not isinstance(name, se.Name) or not error.condition.startswith("UNRESOLVED_COLUMN"):
            raise
        parts = name.parts
    *before, catalog = parts
    if before:
        told = {"name": shown(parts), "statement": "SET CATALOG"}
        raise AnalysisError("INVALID_SQL_SYNTAX.MULTI_PART_NAME", **told)
    return catalog


def _set_catalog(session: Session, name: str) -> None:
    if name.lower() != CATALOG:
        raise catalog_not_found(name)
    if session.catalog != CATALOG:
        session.current_schema = DEFAULT_DATABASE
    session.catalog = CATALOG
