"""VACUUM, RESTORE, CLONE and CONVERT TO DELTA."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import AnalysisError, IllegalArgumentError
from boathouse.files.formats import open_files
from boathouse.files.listing import local_path
from boathouse.session.answers import Answer, answer, nothing, schema
from boathouse.session.catalog import Table
from boathouse.session.commands.delta.tables import NewTable, catalog_entry
from boathouse.session.commands.delta.targets import snapshot_named
from boathouse.session.commands.targets import not_found, shown
from boathouse.session.delta import DELTA, log_at
from boathouse.session.delta_writing import begin, table_properties
from boathouse.spec import relations as sr
from boathouse.tables.delta.cloning import cloned_metadata, deep, shallow
from boathouse.tables.delta.conversion import checked_partitions, converted
from boathouse.tables.delta.creation import Definition, created
from boathouse.tables.delta.log import DeltaLog, place_of
from boathouse.tables.delta.properties import Values
from boathouse.tables.delta.restoring import restoration
from boathouse.tables.delta.transaction import now
from boathouse.tables.delta.vacuum import stale_files
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.spec import maintenance as m
    from boathouse.tables.delta.actions import Action, AddFile
    from boathouse.tables.delta.snapshot import Snapshot

_HOUR = 3_600_000
_CHECK = "spark.databricks.delta.retentionDurationCheck.enabled"
_PATH = schema(("path", t.STRING, True))
_RESTORED = schema(
    ("table_size_after_restore", t.LONG, True),
    ("num_of_files_after_restore", t.LONG, True),
    ("num_removed_files", t.LONG, True),
    ("num_restored_files", t.LONG, True),
    ("removed_files_size", t.LONG, True),
    ("restored_files_size", t.LONG, True),
)
_CLONED = schema(
    ("source_table_size", t.LONG, True),
    ("source_num_of_files", t.LONG, True),
    ("num_removed_files", t.LONG, True),
    ("num_copied_files", t.LONG, True),
    ("removed_files_size", t.LONG, True),
    ("copied_files_size", t.LONG, True),
)


def place(snapshot: Snapshot) -> str:
    """The path of a table, as the session notes changes by it."""
    return place_of(snapshot.log.storage)


def _bytes(files: list[AddFile]) -> int:
    return sum(file.size for file in files)


# ---- VACUUM -------------------------------------------------------------------------------------


def vacuum(session: Session, command: m.Vacuum, operation: Operation) -> Answer:
    """Remove the files that nothing needs; with DRY RUN only say which."""
    snapshot = snapshot_named(session, sr.NamedTable(command.table), "VACUUM")
    retention = Values(snapshot.properties).number("delta.deletedFileRetentionDuration")
    asked = retention if command.hours is None else int(command.hours * _HOUR)
    _require_safe(session, asked, retention)
    storage = snapshot.log.storage
    stale = stale_files(snapshot, now() - asked)
    if command.dry_run:
        uris = sorted(f"{storage.uri}/{entry.name}" for entry in stale)
        return answer(session, _PATH, [(uri,) for uri in uris])
    entries = list(stale)
    told = {
        "retentionCheckEnabled": str(session.settings.flag(_CHECK)).lower(),
        "defaultRetentionMillis": str(retention),
        "specifiedRetentionMillis": str(asked),
    }
    sizes = {"numFilesToDelete": len(entries), "sizeOfDataToDelete": sum(e.size for e in entries)}
    _tell(session, snapshot, "VACUUM START", told, sizes)
    for entry in entries:
        storage.delete(entry.name)
    gone = {"numDeletedFiles": len(entries), "numVacuumedDirectories": 1}
    _tell(session, snapshot, "VACUUM END", {"status": "COMPLETED"}, gone)
    return answer(session, _PATH, [(storage.uri,)])


def _require_safe(session: Session, asked: int, retention: int) -> None:
    if asked < 0 or (session.settings.flag(_CHECK) and asked < retention):
        raise IllegalArgumentError(
            "DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT",
            configured=-(-retention // _HOUR),
            requested=asked / _HOUR,
            config=_CHECK,
        )


def _tell(
    session: Session,
    snapshot: Snapshot,
    name: str,
    parameters: dict[str, Any],
    metrics: dict[str, Any],
) -> None:
    """A version that changes nothing, so that the history knows."""
    transaction = begin(session, DeltaLog.at(snapshot.log.storage).snapshot(), name, parameters)
    transaction.metrics = metrics
    transaction.commit()


# ---- RESTORE ------------------------------------------------------------------------------------


def restore(session: Session, command: m.Restore, operation: Operation) -> Answer:
    """Make an old version the newest."""
    node = command.table
    newest = snapshot_named(session, sr.NamedTable(node.parts), "RESTORE")
    wanted = _wanted(session, node, newest)
    transaction = begin(session, newest, "RESTORE", _state(node, wanted))
    found = restoration(newest, wanted, now())
    transaction.read_whole()
    transaction.add(*found.others, *found.removed, *found.restored)
    files = wanted.files.files()
    removed, restored = list(found.removed), list(found.restored)
    sizes = (
        _bytes(files),
        len(files),
        len(removed),
        len(restored),
        sum(file.size or 0 for file in removed),
        _bytes(restored),
    )
    transaction.metrics = {
        "tableSizeAfterRestore": sizes[0],
        "numOfFilesAfterRestore": sizes[1],
        "numRemovedFiles": sizes[2],
        "numRestoredFiles": sizes[3],
        "removedFilesSize": sizes[4],
        "restoredFilesSize": sizes[5],
    }
    transaction.commit()
    session.warehouse.changed(place(newest))
    return answer(session, _RESTORED, [sizes])


def _wanted(session: Session, node: sr.NamedTable, newest: Snapshot) -> Snapshot:
    """The version to go back to; what is not there is told as RESTORE tells it."""
    try:
        return snapshot_named(session, node, "RESTORE")
    except AnalysisError as error:
        told = error.parameters
        match error.condition:
            case "DELTA_VERSION_NOT_FOUND":
                raise AnalysisError(
                    "DELTA_CANNOT_RESTORE_TABLE_VERSION",
                    version=told["userVersion"],
                    startVersion=told["earliest"],
                    endVersion=newest.version,
                ) from None
            case "DELTA_TIMESTAMP_GREATER_THAN_COMMIT":
                raise AnalysisError(
                    "DELTA_CANNOT_RESTORE_TIMESTAMP_GREATER",
                    requestedTimestamp=told["providedTimestamp"],
                    latestTimestamp=told["maximumTimestamp"],
                ) from None
            case "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION":
                raise AnalysisError(
                    "DELTA_CANNOT_RESTORE_TIMESTAMP_EARLIER",
                    requestedTimestamp=told["userTimestamp"],
                    earliestTimestamp=told["commitTs"],
                ) from None
            case _:
                raise


def _state(node: sr.NamedTable, wanted: Snapshot) -> dict[str, Any]:
    if node.timestamp is None:
        return {"version": str(wanted.version), "timestamp": "null"}
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(wanted.timestamp / 1000))
    return {"version": "null", "timestamp": moment}


# ---- CLONE --------------------------------------------------------------------------------------


def clone(session: Session, command: m.Clone, operation: Operation) -> Answer:
    """A new table that starts with the rows of another one's version."""
    new, existing = _place_of_clone(session, command)
    if existing is not None and command.if_not_exists:
        return nothing(session)
    source = snapshot_named(session, command.source, "CLONE")
    log = log_at(new.path)
    previous = log.snapshot() if log.exists() else None
    if previous is not None and log.storage.uri == source.log.storage.uri:
        raise AnalysisError("DELTA_UNSUPPORTED_CLONE_REPLACE_SAME_TABLE", tableName=new.shown)
    if not command.replace and previous is not None and (existing or previous.files.count):
        raise AnalysisError("DELTA_UNSUPPORTED_NON_EMPTY_CLONE")
    parameters = {
        "source": shown(command.source.parts),
        "sourceVersion": str(source.version),
        "isShallow": str(not command.deep).lower(),
    }
    transaction = begin(session, previous or log, "CLONE", parameters)
    transaction.read_whole()
    gone = [] if previous is None else previous.files.files()
    files = deep(source, log.storage) if command.deep else shallow(source)
    transaction.add(*_table_actions(source, previous, dict(command.properties)))
    transaction.add(*(file.removed(now()) for file in gone), *files)
    copied = files if command.deep else []
    every = source.files.files()
    sizes = (_bytes(every), len(every), len(gone), len(copied), _bytes(gone), _bytes(copied))
    names = ("sourceTableSize", "sourceNumOfFiles", "numRemovedFiles", "numCopiedFiles")
    names = (*names, "removedFilesSize", "copiedFilesSize")
    transaction.metrics = dict(zip(names, sizes, strict=True))
    transaction.commit()
    session.warehouse.changed(new.path)
    if new.name is not None:
        session.warehouse.put(catalog_entry(new))
    return answer(session, _CLONED, [sizes])


def _place_of_clone(session: Session, command: m.Clone) -> tuple[NewTable, Table | None]:
    if session.warehouse.is_delta_path(command.name):
        return NewTable(local_path(command.name[1]), external=True), None
    name = session.warehouse.name_of(command.name, session)
    session.warehouse.require_database(name)
    existing = session.warehouse.find(name)
    if existing is not None and not command.replace and not command.if_not_exists:
        raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=name.shown)
    if existing is None and not command.create:
        raise AnalysisError("DELTA_CANNOT_REPLACE_MISSING_TABLE", tableName=name.shown)
    stated = None if command.location is None else local_path(command.location)
    own = None if existing is None else existing.path
    path = stated or own or str(session.warehouse.location_of(name))
    external = stated is not None or (existing is not None and existing.external)
    return NewTable(path, name, external=external), existing


def _table_actions(
    source: Snapshot, previous: Snapshot | None, properties: dict[str, str]
) -> list[Action]:
    before = None if previous is None else previous.metadata
    actions: list[Action] = [
        source.protocol,
        cloned_metadata(source, properties, before),
        *source.domains.values(),
    ]
    for name, domain in {} if previous is None else dict(previous.domains).items():
        if name not in source.domains:
            actions.append(replace(domain, removed=True))
    return actions


# ---- CONVERT TO DELTA ---------------------------------------------------------------------------


def convert(session: Session, command: m.ConvertToDelta, operation: Operation) -> Answer:
    """Make a Delta table of the Parquet files in a directory, where they are."""
    path, table = _parquet_place(session, command.table)
    log = log_at(path)
    if log.exists():
        return nothing(session)
    scan = open_files("parquet", [path], {"mergeSchema": "true"}, session.files(operation))
    if not scan.listing.files:
        raise AnalysisError("DELTA_EMPTY_DIRECTORY", directory=path)
    stated = command.partition_by
    if table is not None and not stated.fields:
        stated = scan.listing.partitions
    checked_partitions(scan.listing, stated)
    files = converted(scan, path, stated, collect=command.statistics)
    whole = t.StructType((*scan.data.fields, *stated.fields))
    properties = table_properties(session, {}, profile="plain", rich={})
    definition = Definition(whole, stated.names, properties=properties)
    parameters = {
        "numFiles": str(len(files)),
        "partitionedBy": str(list(stated.names)),
        "collectStats": str(command.statistics).lower(),
    }
    transaction = begin(session, log, "CONVERT", parameters)
    transaction.add(*created(definition), *files)
    transaction.metrics = {"numConvertedFiles": len(files)}
    transaction.commit()
    session.warehouse.changed(path)
    if table is not None:
        entry = catalog_entry(NewTable(path, table.name, external=table.external))
        session.warehouse.put(entry)
    return nothing(session)


def _parquet_place(session: Session, parts: tuple[str, ...]) -> tuple[str, Table | None]:
    """Where the files are, and the table of the catalog that they are, if one was named."""
    if len(parts) == 2 and parts[0].lower() == "parquet":
        return local_path(parts[1]), None
    if session.warehouse.is_delta_path(parts):
        return local_path(parts[1]), None
    table = session.warehouse.find(session.warehouse.name_of(parts, session))
    if table is None:
        raise not_found(session, parts, routines=True)
    if table.provider.lower() not in {"parquet", DELTA}:
        raise AnalysisError(
            "DELTA_CONVERT_NON_PARQUET_TABLE",
            sourceName=table.provider,
            tableId=table.name.shown,
        )
    return table.path, table
