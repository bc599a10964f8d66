"""CACHE, UNCACHE and CLEAR CACHE; REFRESH."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError, IllegalArgumentError, ParseError
from boathouse.functions.registry import look_up
from boathouse.session.answers import Answer, nothing
from boathouse.session.commands import functions, views
from boathouse.session.commands.targets import Temporary, find, not_found, require, shown
from boathouse.session.storage import MEMORY_AND_DISK, StorageLevel
from boathouse.spec import commands as sc
from boathouse.spec import relations as sr

if TYPE_CHECKING:
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session

_LEVELS = {
    "NONE": StorageLevel(),
    "DISK_ONLY": StorageLevel(use_disk=True),
    "DISK_ONLY_2": StorageLevel(use_disk=True, replication=2),
    "DISK_ONLY_3": StorageLevel(use_disk=True, replication=3),
    "MEMORY_ONLY": StorageLevel(use_memory=True, deserialized=True),
    "MEMORY_ONLY_2": StorageLevel(use_memory=True, deserialized=True, replication=2),
    "MEMORY_ONLY_SER": StorageLevel(use_memory=True),
    "MEMORY_ONLY_SER_2": StorageLevel(use_memory=True, replication=2),
    "MEMORY_AND_DISK": MEMORY_AND_DISK,
    "MEMORY_AND_DISK_2": StorageLevel(
        use_disk=True, use_memory=True, deserialized=True, replication=2
    ),
    "MEMORY_AND_DISK_SER": StorageLevel(use_disk=True, use_memory=True),
    "MEMORY_AND_DISK_SER_2": StorageLevel(use_disk=True, use_memory=True, replication=2),
    "OFF_HEAP": StorageLevel(use_disk=True, use_memory=True, use_off_heap=True),
}


def cache(session: Session, command: sc.Cache, operation: Operation) -> Answer:
    """CACHE [LAZY] TABLE name [AS query], catalog.cacheTable."""
    level = _level(dict(command.options))
    if command.input is not None:
        if len(command.name) > 1:
            raise ParseError("_LEGACY_ERROR_TEMP_0037", quoted=".".join(command.name[:-1]))
        origin = command.origin
        text = "" if origin is None else origin.text[origin.start : origin.stop + 1]
        view = sc.CreateView(command.name, command.input, text=text)
        views.create_view(session, view, operation)
    elif find(session, command.name) is None:
        raise not_found(session, command.name, routines=True)
    relation = sr.NamedTable(command.name)
    session.persist(relation, level)
    if not command.lazy and command.input is not None:
        session.persisted(relation, lambda stream: operation.on_cancel(stream.interrupt))
    return nothing(session)


def _level(options: dict[str, str]) -> StorageLevel | None:
    name = next((v for k, v in options.items() if k.lower() == "storagelevel"), None)
    if name is None:
        return None
    if name.upper() not in _LEVELS:
        raise IllegalArgumentError("_LEGACY_ERROR_TEMP_3082", name=name)
    return _LEVELS[name.upper()]


def is_cached(session: Session, name: tuple[str, ...]) -> bool:
    """Whether what `name` means is kept."""
    require(session, name, routines=True)
    return session.storage_level(sr.NamedTable(name)) is not None


def uncache(session: Session, command: sc.Uncache, operation: Operation) -> Answer:
    """UNCACHE TABLE, catalog.uncacheTable."""
    if find(session, command.name) is None:
        if command.if_exists:
            return nothing(session)
        raise not_found(session, command.name, routines=True)
    session.unpersist(sr.NamedTable(command.name))
    return nothing(session)


def clear_cache(session: Session, command: sc.ClearCache, operation: Operation) -> Answer:
    """CLEAR CACHE: everything persisted goes; checkpoints stay."""
    for key in session.cache.kept():
        if isinstance(key, sr.Relation):
            session.unpersist(key)
    return nothing(session)


def refresh(session: Session, command: sc.Refresh, operation: Operation) -> Answer:
    """REFRESH: what was kept of a table or path is read anew. Files are listed at each query."""
    if command.path is not None:
        session.warehouse.changed(command.path)
    elif command.function:
        _refresh_function(session, command.name)
    else:
        target = require(session, command.name, routines=command.from_catalog)
        if not isinstance(target, Temporary) and target.path:
            session.warehouse.changed(target.path)
    return nothing(session)


def _refresh_function(session: Session, parts: tuple[str, ...]) -> None:
    if len(parts) == 1 and look_up(parts[0]) is not None:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1256", functionName=parts[0])
    if len(parts) == 1 and functions.find(session, parts) is not None:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1257", functionName=parts[0])
    name = session.warehouse.name_of(parts, session)
    found = session.warehouse.function(name.database, name.table)
    if found is None:
        raise AnalysisError("ROUTINE_NOT_FOUND", routineName=shown((name.database, name.table)))
    # Spark loads the class of a function, and a SQL function has none.
    raise AnalysisError(
        "CANNOT_LOAD_FUNCTION_CLASS",
        className=found.definition.class_name or "sqlFunction.",
        functionName=name.shown,
    )
