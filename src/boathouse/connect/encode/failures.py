"""Errors to gRPC status and to the details that a client asks for afterwards."""

from __future__ import annotations

import json
import logging
from typing import Any

from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

from boathouse.connect.messages import base_pb2
from boathouse.errors.exceptions import QueryContext, SparkError, internal

_log = logging.getLogger(__name__)

LONGEST_MESSAGE = 2048
"""Characters of a message in the status, which travels in headers of limited size; the details
have it whole.
"""

_ROOT_CLASSES = ("java.lang.Throwable", "java.lang.Object")


def as_spark_error(error: BaseException) -> SparkError:
    """`error` itself, or the INTERNAL_ERROR it means: a fault of ours, so it is logged."""
    if isinstance(error, SparkError):
        return error
    _log.error("an operation failed unexpectedly", exc_info=error)
    found = internal(f"{type(error).__name__}: {error}")
    found.__cause__ = error
    return found


def classes_of(error: SparkError) -> list[str]:
    """The JVM classes the client picks its exception by, most special first."""
    return [*error.jvm_classes, *(each for each in _ROOT_CLASSES if each not in error.jvm_classes)]


def message_of(error: SparkError) -> str:
    """The text shown to the user: like Spark's, with the place it speaks of below it."""
    context = error.context
    if context is None or not (context.text or context.call_site):
        return str(error)
    return f"{error}\n{summary_of(context)}"


def summary_of(context: QueryContext) -> str:
    """The line of SQL with the place marked, or the call in the client's program."""
    text, start = context.text, context.start
    if not text:
        call = f'"{context.fragment}" was called from\n{context.call_site}\n'
        return f"== DataFrame ==\n{call}"
    line, begin = text.count("\n", 0, start) + 1, text.rfind("\n", 0, start) + 1
    end = text.find("\n", begin)
    shown = text[begin : len(text) if end < 0 else end]
    column = start - begin
    width = max(min(context.stop - begin, len(shown)) - column, 1)
    of = f" of {context.object_type} {context.object_name}" if context.object_type else ""
    marks = " " * column + "^" * width
    return f"== SQL{of} (line {line}, position {column + 1}) ==\n{shown}\n{marks}\n"


def status(error: SparkError, error_id: str | None) -> status_pb2.Status:
    """The gRPC status of `error`; under `error_id` its details can be fetched."""
    classes = classes_of(error)
    metadata = {"classes": json.dumps(classes)}
    if error.named:
        metadata["errorClass"] = error.condition
    if error.sqlstate:
        metadata["sqlState"] = error.sqlstate
    parameters = json.dumps(error.parameters)
    if error.named and len(parameters) < LONGEST_MESSAGE:
        metadata["messageParameters"] = parameters
    if error_id is not None:
        metadata["errorId"] = error_id
    info = error_details_pb2.ErrorInfo(
        reason=classes[0], domain="org.apache.spark", metadata=metadata
    )
    packed = any_pb2.Any()
    packed.Pack(info)
    message = message_of(error)[:LONGEST_MESSAGE]
    return status_pb2.Status(code=code_pb2.INTERNAL, message=message, details=[packed])


def _fill_context(target: Any, context: QueryContext) -> None:
    kinds = base_pb2.FetchErrorDetailsResponse.QueryContext
    target.summary = summary_of(context)
    if context.text:
        target.context_type = kinds.SQL
        target.object_type, target.object_name = context.object_type, context.object_name
        target.start_index, target.stop_index = context.start, max(context.stop - 1, 0)
        target.fragment = context.text[context.start : context.stop]
    else:
        target.context_type = kinds.DATAFRAME
        target.fragment, target.call_site = context.fragment, context.call_site


def _fill_error(target: Any, error: SparkError) -> None:
    target.error_type_hierarchy.extend(classes_of(error))
    target.message = message_of(error)
    if not error.named:
        return
    throwable = target.spark_throwable
    throwable.error_class = error.condition
    if error.sqlstate:
        throwable.sql_state = error.sqlstate
    throwable.message_parameters.update(error.parameters)
    if error.context is not None:
        _fill_context(throwable.query_contexts.add(), error.context)


def fill_details(response: Any, error: SparkError) -> None:
    """Write `error` and its causes into a message with `errors` and `root_error_idx`."""
    response.root_error_idx = 0
    known: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in known:
        known.add(id(link))
        if response.errors:
            response.errors[-1].cause_idx = len(response.errors)
        target = response.errors.add()
        if isinstance(link, SparkError):
            _fill_error(target, link)
        else:
            target.error_type_hierarchy.append(f"{type(link).__module__}.{type(link).__name__}")
            target.message = str(link)
        link = link.__cause__
