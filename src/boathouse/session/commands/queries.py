"""Commands about queries: spark.sql, temporary views, checkpoints."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.errors.exceptions import AnalysisError
from boathouse.session.answers import NOTHING, Answer
from boathouse.session.execute import compiled, schema_of
from boathouse.session.storage import MEMORY_AND_DISK
from boathouse.session.views import TemporaryView
from boathouse.spec import commands as sc
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session


def nothing(session: Session) -> Answer:
    """The answer of a command without rows."""
    return Answer(rows=NOTHING.result(session.zone))


def sql_command(session: Session, command: sc.SqlCommand, operation: Operation) -> Answer:
    """spark.sql: commands run at once, queries come back as they were."""
    query = command.query
    if not isinstance(query, sr.QueryText):
        return Answer(echo=query)
    statement = sql.parse_statement(query.text, session.parser_settings(), query)
    if isinstance(statement, sc.Command):
        return session.command(session.with_parameters(statement, query), operation)
    session.plan(query, operation)
    return Answer(echo=query)


def create_view(session: Session, command: sc.CreateView, operation: Operation) -> Answer:
    """A temporary view: bound once, so that mistakes show now, and kept as it was said."""
    if not command.temporary and not command.is_global:
        return session.warehouse.create_view(session, command)
    name = command.name[-1]
    if command.is_global:
        return session.warehouse.create_global_view(session, command)
    if not command.replace and session.views.get(name) is not None:
        if command.if_not_exists:
            return nothing(session)
        raise AnalysisError(
            "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", relationName=t.quoted(name)
        )
    query = command.input
    if command.columns:
        query = sr.SubqueryAlias(query, name, columns=tuple(c for c, _ in command.columns))
    session.plan(query, operation)
    view = TemporaryView(name, query, session.views.snapshot(), command.comment, command.text)
    session.views.put(view)
    return nothing(session)


def drop_view(session: Session, command: sc.DropView, operation: Operation) -> Answer:  # noqa: ARG001
    """DROP VIEW, catalog.dropTempView."""
    if len(command.name) == 1 and not command.is_global and session.views.drop(command.name[0]):
        return Answer(rows=NOTHING.result(session.zone), other={"dropped": True})
    if command.temporary_only:
        return Answer(rows=NOTHING.result(session.zone), other={"dropped": False})
    return session.warehouse.drop_view(session, command)


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
    session: Session, command: sc.RemoveCachedRelation, operation: Operation  # noqa: ARG001
) -> Answer:
    """A checkpoint's rows are needed no longer."""
    session.checkpoints.pop(command.relation_id, None)
    session.cache.remove(command.relation_id)
    return Answer()


