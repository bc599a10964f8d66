"""What an execution does: decode the plan, have the session run it, encode what comes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Generator
from typing import Any

import pyarrow

from boathouse.connect.contract import Answer, Result
from boathouse.connect.decode.plan import plan
from boathouse.connect.encode.batches import ipc_stream
from boathouse.connect.encode.relations import fill_relation
from boathouse.connect.encode.responses import ResultOptions, options_of, result_responses
from boathouse.connect.executions import Execution
from boathouse.errors.exceptions import internal
from boathouse.spec import commands as c
from boathouse.spec.relations import Relation
from boathouse.types.arrow import arrow_schema

Responses = Generator[Any, None, Any]
"""Yields responses and returns the one that closes the stream, or None."""


def run(execution: Execution) -> Responses:
    """Run the plan of `execution`: yields its responses but the last, which it returns if there is
    one.
    """
    session, operation = execution.guest.session, execution.operation
    if _is_empty_clean_up(execution.request.plan):
        return None
    options = options_of(execution.request, session.settings.text("spark.sql.session.timeZone"))
    said = plan(execution.request.plan)
    operation.check()
    if isinstance(said, Relation):
        return (yield from _rows(execution, session.query(said, operation), options))
    answer = session.command(said, operation)
    return (yield from _ANSWERS.get(type(said), _plain)(execution, answer, options))


def _is_empty_clean_up(message: Any) -> bool:
    """Whether the plan clears the cache of fitted models, which is empty while none can be fitted:
    the client does so whenever its process ends.
    """
    if message.WhichOneof("op_type") != "command":
        return False
    return message.command.ml_command.WhichOneof("command") == "clean_cache"


def _rows(execution: Execution, result: Result, options: ResultOptions) -> Responses:
    with contextlib.closing(result):
        execution.progress = result.progress
        return (yield from result_responses(result, execution.new, options))


def _plain(execution: Execution, answer: Answer, options: ResultOptions) -> Responses:
    """A command that need not have rows."""
    if answer.rows is None:
        return None
    return (yield from _rows(execution, answer.rows, options))


def _sql(execution: Execution, answer: Answer, options: ResultOptions) -> Responses:
    """The query itself for a query, and for a command its rows as a relation that the client can
    build upon.
    """
    response = execution.new()
    target = response.sql_command_result.relation
    if answer.echo is not None:
        fill_relation(target, answer.echo)
    elif answer.rows is not None:
        with contextlib.closing(answer.rows) as rows:
            execution.progress = rows.progress
            schema = arrow_schema(rows.schema, options.timezone)
            target.local_relation.data = ipc_stream(schema, _cast(rows, schema)).to_pybytes()
            target.local_relation.schema = json.dumps(rows.schema.json, separators=(",", ":"))
    else:
        raise internal("spark.sql answered neither rows nor a query")
    yield response


def _cast(rows: Result, schema: pyarrow.Schema) -> Generator[pyarrow.RecordBatch]:
    for batch in rows.batches:
        yield batch if batch.schema == schema else batch.cast(schema)


def _checkpoint(execution: Execution, answer: Answer, options: ResultOptions) -> Responses:
    if answer.relation_id is None:
        raise internal("a checkpoint has no id")
    response = execution.new()
    response.checkpoint_command_result.relation.relation_id = answer.relation_id
    yield response


def _resources(execution: Execution, answer: Answer, options: ResultOptions) -> Responses:
    response = execution.new()
    response.get_resources_command_result.SetInParent()
    yield response


def _profile(execution: Execution, answer: Answer, options: ResultOptions) -> Responses:
    response = execution.new()
    response.create_resource_profile_command_result.profile_id = answer.other["profile_id"]
    yield response


_ANSWERS: dict[type[c.Command], Callable[[Execution, Answer, ResultOptions], Responses]] = {
    c.SqlCommand: _sql,
    c.Checkpoint: _checkpoint,
    c.GetResources: _resources,
    c.CreateResourceProfile: _profile,
}
