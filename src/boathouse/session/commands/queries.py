"""Commands about queries: spark.sql, temporary views, checkpoints."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.errors.exceptions import ScriptingError
from boathouse.session.answers import Answer
from boathouse.session.execute import compiled, schema_of
from boathouse.session.storage import MEMORY_AND_DISK
from boathouse.spec import commands as sc
from boathouse.spec import relations as sr
from boathouse.spec.scripts import Script

if TYPE_CHECKING:
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session


def sql_command(session: Session, command: sc.SqlCommand, operation: Operation) -> Answer:
    """spark.sql: commands run at once, queries come back as they were."""
    query = command.query
    if not isinstance(query, sr.QueryText):
        return Answer(echo=query)
    query = replace(query, text=session.sql_text(query.text))
    statement = sql.parse_statement(query.text, session.parser_settings(), query)
    if isinstance(statement, Script) and query.positional:
        raise ScriptingError("UNSUPPORTED_FEATURE.SQL_SCRIPTING_WITH_POSITIONAL_PARAMETERS")
    if isinstance(statement, sc.Command):
        return session.command(session.with_parameters(statement, query), operation)
    session.plan(replace(query, parsed=statement), operation)
    return Answer(echo=query)


def checkpoint(session: Session, command: sc.Checkpoint, operation: Operation) -> Answer:
    """The rows as they are now, under an id."""
    plan = session.plan(command.input, operation)
    number = str(uuid.uuid4())
    zone = session.zone
    statement = compiled(plan, session.engine, zone)
    session.checkpoints[number] = plan.output
    session.cache.add(number, schema_of(plan), lambda: statement.query(zone), MEMORY_AND_DISK)
    if command.eager:
        session.cache.source(number, lambda stream: operation.on_cancel(stream.interrupt))
    return Answer(relation_id=number)


def remove_cached_relation(
    session: Session,
    command: sc.RemoveCachedRelation,
    operation: Operation,
) -> Answer:
    """A checkpoint's rows are needed no longer."""
    session.checkpoints.pop(command.relation_id, None)
    session.cache.remove(command.relation_id)
    return Answer()
