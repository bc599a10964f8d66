"""ADD and LIST of files, LOAD DATA, CALL, CREATE and DROP INDEX."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from boathouse.analysis.scope import search_path
from boathouse.errors.exceptions import AnalysisError, SparkError
from boathouse.files.listing import local_path
from boathouse.session.answers import Answer, answer, nothing, schema
from boathouse.session.catalog import CATALOG
from boathouse.session.commands import partitions
from boathouse.session.commands.targets import require_table, shown
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.spec import resources as sr

_RESULTS = schema(("Results", t.STRING))


def add(session: Session, command: sr.AddResources, operation: Operation) -> Answer:
    """ADD JAR, FILE or ARCHIVE: remembered by the session. A JAR that is not there is passed over,
    as in Spark; NO_CONDITION for another file.
    """
    known = session.resources.setdefault(command.kind, [])
    for path in command.paths:
        place = Path(local_path(path)).absolute()
        if place.exists():
            known.append(f"file:{place}")
        elif command.kind != "jar":
            raise SparkError("NO_CONDITION", message=f"There is no file {place}")
    return nothing(session)


def list_resources(session: Session, command: sr.ListResources, operation: Operation) -> Answer:
    """LIST JARS, FILES or ARCHIVES."""
    known = session.resources.get(command.kind, [])
    if command.paths:
        wanted = {f"file:{Path(local_path(path)).absolute()}" for path in command.paths}
        known = [place for place in known if place in wanted]
    return answer(session, _RESULTS, [(place,) for place in known])


def load_data(session: Session, command: sr.LoadData, operation: Operation) -> Answer:
    """LOAD DATA, which only tables of Hive take."""
    table = require_table(session, command.table, "LOAD DATA")
    for column, _ in command.partition:
        partitions.require_column(table, column)
    raise AnalysisError("_LEGACY_ERROR_TEMP_1261", tableIdentWithDB=table.name.shown)


def call(session: Session, command: sr.CallProcedure, operation: Operation) -> Answer:
    """CALL: no catalog here has procedures."""
    raise procedure_not_found(session, command.name)


def procedure_not_found(session: Session, name: tuple[str, ...]) -> AnalysisError:
    """The error for a procedure, of which there are none."""
    in_catalog = name[:1] == (CATALOG,)
    if in_catalog and len(name) > 2:
        return AnalysisError("MISSING_CATALOG_ABILITY.PROCEDURES", plugin=CATALOG)
    if in_catalog and len(name) == 2:
        return AnalysisError(
            "REQUIRES_SINGLE_PART_NAMESPACE", sessionCatalog=CATALOG, identifier=shown(name[1:])
        )
    context = session.context()
    return AnalysisError(
        "UNRESOLVED_ROUTINE", routineName=shown(name), searchPath=search_path(context)
    )


def create_index(session: Session, command: sr.CreateIndex, operation: Operation) -> Answer:
    """CREATE INDEX, which no table here takes."""
    table = require_table(session, command.table, "CREATE INDEX")
    known = {name.lower() for name in table.schema.names}
    for column in command.columns:
        if column[0].lower() not in known:
            raise AnalysisError(
                "UNRESOLVED_COLUMN.WITH_SUGGESTION",
                objectName=shown(column),
                proposal=", ".join(t.quoted(name) for name in table.schema.names),
            )
    raise _no_index(table.name.database, table.name.table, "CreateIndex")


def drop_index(session: Session, command: sr.DropIndex, operation: Operation) -> Answer:
    """DROP INDEX, as CREATE INDEX."""
    table = require_table(session, command.table, "DROP INDEX")
    raise _no_index(table.name.database, table.name.table, "DropIndex")


def _no_index(database: str, table: str, operation: str) -> AnalysisError:
    message = f"{operation} is not supported in this table {database}.{table}."
    return AnalysisError("_LEGACY_ERROR_TEMP_1332", errorMessage=message)
