"""SET, RESET, SET TIME ZONE and the resources of a machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.analysis.expressions import bind, unaliased
from boathouse.analysis.scope import BUILTIN, TEMPORARY, Scope
from boathouse.conf.settings import setting_of
from boathouse.errors.exceptions import AnalysisError, ParseError
from boathouse.session.answers import NOTHING, Answer, rows_of, schema
from boathouse.spec import commands as sc
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.spec import expressions as se

_PAIR = schema(("key", t.STRING), ("value", t.STRING))
_REDUCERS = frozenset({"mapred.reduce.tasks", "mapreduce.job.reduces"})
_VARIABLE = "hivevar:"
"""What stands, in SET, before the name of a variable of Hive: a setting without it."""
_PARTITIONS = "spark.sql.shuffle.partitions"
_PATH = "spark.sql.path.enabled"
_ZONE = "spark.sql.session.timeZone"


def set_conf(session: Session, command: sc.SetConf, operation: Operation) -> Answer:
    """SET key=value, SET key, SET, SET -v; the answer shows what holds afterwards."""
    settings = session.settings
    if command.key is None:
        return Answer(rows=_all(session, verbose=command.verbose))
    if command.value is not None and command.key.lower() in session.variables:
        raise AnalysisError(
            "UNSUPPORTED_FEATURE.SET_VARIABLE_USING_SET", variableName=t.quoted(command.key)
        )
    if command.key in _REDUCERS:
        # Hadoop's names for it; Spark sets, and tells, its own instead.
        return set_conf(session, replace(command, key=_PARTITIONS), operation)
    if command.value is not None:
        settings.set(command.key.removeprefix(_VARIABLE), command.value)
        shown = command.value
    else:
        known = setting_of(command.key) is not None or command.key in dict(settings.items())
        shown = str(settings.get(command.key)) if known else "<undefined>"
    return Answer(rows=rows_of(_PAIR, [(command.key, shown)]).result(session.zone))


_PATHS = {
    "default_path": (BUILTIN, TEMPORARY, ()),
    "system_path": (BUILTIN,),
    "current_schema": ((),),
    "current_database": ((),),
}
"""What a word of SET PATH stands for; no parts are the current database."""


def set_path(session: Session, command: sc.SetPath, operation: Operation) -> Answer:
    """SET PATH: where names of one part are looked up."""
    if not session.settings.flag(_PATH):
        raise AnalysisError("UNSUPPORTED_FEATURE.SET_PATH_WHEN_DISABLED", config=_PATH)
    path: list[tuple[str, ...]] = []
    for said in command.places:
        word = said[0].lower() if len(said) == 1 else ""
        places = session.path or _PATHS["default_path"] if word == "path" else _PATHS.get(word)
        if places is None and len(said) == 1:
            raise ParseError("INVALID_SQL_PATH_SCHEMA_REFERENCE", qualifiedName=said[0])
        path += (said,) if places is None else places
    seen: set[str] = set()
    for place in path:
        entry = ".".join(place)
        if entry.lower() in seen:
            raise AnalysisError("DUPLICATE_SQL_PATH_ENTRY", pathEntry=entry or "current_schema")
        seen.add(entry.lower())
    session.path = tuple(path)
    return Answer(rows=NOTHING.result(session.zone))


def _all(session: Session, *, verbose: bool):  # noqa: ANN202 - a Result
    if not verbose:
        return rows_of(_PAIR, sorted(session.settings.items())).result(session.zone)
    columns = schema(
        ("key", t.STRING), ("value", t.STRING), ("meaning", t.STRING), ("Since version", t.STRING)
    )
    rows = [
        (key, value, getattr(setting_of(key), "doc", "") or "", "")
        for key, value in sorted(session.settings.items())
    ]
    return rows_of(columns, rows).result(session.zone)


def reset_conf(session: Session, command: sc.ResetConf, operation: Operation) -> Answer:
    """RESET one key, or all that were set."""
    keys = [command.key] if command.key is not None else [k for k, _ in session.settings.items()]
    for key in keys:
        if session.settings.is_modifiable(key) or command.key is not None:
            session.settings.unset(key)
    return Answer(rows=NOTHING.result(session.zone))


def set_time_zone(session: Session, command: sc.SetTimeZone, operation: Operation) -> Answer:
    """SET TIME ZONE."""
    zone = command.zone
    if not isinstance(zone, str):
        zone = _offset(session, zone)
    if zone.upper() == "LOCAL":
        session.settings.unset(_ZONE)
    else:
        session.settings.set(_ZONE, zone)
    rows = rows_of(_PAIR, [(_ZONE, session.zone)])
    return Answer(rows=rows.result(session.zone))


def _offset(session: Session, interval: se.Expression) -> str:
    """An interval as the name of a time zone: ``+03:00``."""
    context = session.context()
    value = unaliased(bind(interval, Scope(context)))
    seconds = context.fold(value) // 1_000_000
    minutes = abs(seconds) // 60
    text = f"{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
    return text if seconds % 60 == 0 else f"{text}:{abs(seconds) % 60:02}"


def get_resources(session: Session, command: sc.GetResources, operation: Operation) -> Answer:
    """No accelerators are managed."""
    return Answer(other={"resources": {}})


def create_resource_profile(
    session: Session,
    command: sc.CreateResourceProfile,
    operation: Operation,
) -> Answer:
    """A new id; a profile has no effect on one machine."""
    session.resource_profiles += 1
    return Answer(other={"profile_id": session.resource_profiles})
