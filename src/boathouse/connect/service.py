"""The twelve calls of Spark Connect."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from functools import wraps
from typing import Any, NoReturn

from grpc_status import rpc_status

from boathouse.connect import analysis, uploads
from boathouse.connect.configuration import configure
from boathouse.connect.contract import OpenSession
from boathouse.connect.decode.invalid import bad_enum
from boathouse.connect.encode.failures import as_spark_error, fill_details, status
from boathouse.connect.executions import Execution, Executions
from boathouse.connect.messages import base_pb2
from boathouse.connect.sessions import Guest, Sessions, checked_uuid
from boathouse.connect.work import run
from boathouse.errors.exceptions import SparkError
from boathouse.session.operations import Operation, OperationState

DETACHED_SECONDS = 300.0
"""How long a reattachable operation waits for its client to come back."""

IDLE_SECONDS = 3600.0
"""How long a session may lie unused."""

_STATES = {
    OperationState.RUNNING: "OPERATION_STATE_RUNNING",
    OperationState.TERMINATING: "OPERATION_STATE_TERMINATING",
    OperationState.SUCCEEDED: "OPERATION_STATE_SUCCEEDED",
    OperationState.FAILED: "OPERATION_STATE_FAILED",
    OperationState.CANCELLED: "OPERATION_STATE_CANCELLED",
}

INSIDE = "inside"
"""The peer of a call that comes from this very process."""

Method = Callable[[Any, Any, Any], Any]


def _fail(context: Any, error: BaseException, guest: Guest | None) -> NoReturn:
    """End the call with `error`; its details stay with the session, if there is one."""
    found = as_spark_error(error)
    error_id = guest.remember(found) if guest is not None else None
    context.abort_with_status(rpc_status.to_status(status(found, error_id)))
    raise AssertionError


def _answered(method: Method) -> Method:
    """A call that finds or opens the session, and whose errors the client understands."""

    @wraps(method)
    def call(service: ConnectService, request: Any, context: Any) -> Any:
        guest: Guest | None = None
        try:
            guest = service.guest_of(request)
            return method(service, request, guest)
        except Exception as error:  # noqa: BLE001 - every error is told to the client
            _fail(context, error, guest)

    return call


def _is_nearby(peer: str) -> bool:
    """Whether a gRPC peer is on this machine, where connections break only because clients end."""
    return peer.startswith((INSIDE, "ipv4:127.", "ipv6:[::1]", "ipv6:%5B::1%5D", "unix:"))


class ConnectService:
    """The calls, over sessions that `open_session` makes; plans run in `workers`."""

    def __init__(
        self,
        open_session: OpenSession,
        workers: Executor,
        *,
        detached_seconds: float = DETACHED_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.executions = Executions(workers, detached_seconds)
        self.sessions = Sessions(open_session, self.executions.drop_session)
        self._idle_seconds = idle_seconds

    def guest_of(self, request: Any) -> Guest:
        """The session of `request`, opened if it is new."""
        observed = request.client_observed_server_side_session_id
        return self.sessions.find_or_open(
            request.user_context.user_id, request.session_id, observed
        )

    def tidy(self) -> None:
        """Drop what was abandoned; to be called now and then."""
        self.executions.drop_abandoned()
        self.sessions.close_idle(self._idle_seconds)

    # ---- running plans ------------------------------------------------------------------------

    def ExecutePlan(self, request: Any, context: Any) -> Iterator[Any]:
        """Run a plan and stream its responses."""
        guest: Guest | None = None
        try:
            guest = self.guest_of(request)
            execution = self._execution(guest, request)
            token, index = execution.log.attach()
            yield from self._stream(execution, token, index, context)
        except Exception as error:  # noqa: BLE001 - every error is told to the client
            _fail(context, error, guest)

    def _execution(self, guest: Guest, request: Any) -> Execution:
        """A new execution, or the one that this very request, sent again, has started before."""
        operation_id = checked_uuid(request.operation_id or str(uuid.uuid4()))
        reattachable = any(
            option.reattach_options.reattachable for option in request.request_options
        )
        known = self.executions.find(guest, operation_id)
        if known is not None and reattachable and known.request.plan == request.plan:
            return known
        operation = Operation(operation_id, request.tags, guest.session)
        execution = Execution(guest, operation, request, reattachable=reattachable)
        self.executions.start(execution, run)
        return execution

    def ReattachExecute(self, request: Any, context: Any) -> Iterator[Any]:
        """Stream on after the last response that the client has."""
        guest: Guest | None = None
        try:
            guest = self.sessions.find(
                request.user_context.user_id,
                request.session_id,
                request.client_observed_server_side_session_id,
            )
            execution = self._known(guest, request.operation_id)
            if not execution.reattachable:
                raise SparkError("INVALID_CURSOR.NOT_REATTACHABLE")
            last = request.last_response_id if request.HasField("last_response_id") else None
            token, index = execution.log.attach(last)
            yield from self._stream(execution, token, index, context)
        except Exception as error:  # noqa: BLE001 - every error is told to the client
            _fail(context, error, guest)

    def _known(self, guest: Guest, operation_id: str) -> Execution:
        execution = self.executions.find(guest, operation_id)
        if execution is not None:
            return execution
        if guest.operations.state_of(operation_id) is not None:
            raise SparkError("INVALID_HANDLE.OPERATION_ABANDONED", handle=operation_id)
        raise SparkError("INVALID_HANDLE.OPERATION_NOT_FOUND", handle=operation_id)

    def _stream(self, execution: Execution, token: int, index: int, context: Any) -> Iterator[Any]:
        """The responses from `index` on, with progress while there is nothing else to send."""
        execution.left_at = None
        nearby = _is_nearby(context.peer())

        def leave() -> None:
            self.executions.leave(execution, token, nearby=nearby)

        if not context.add_callback(leave):
            leave()
            return
        interval = execution.report_seconds
        while True:
            response = execution.log.read(token, index, interval)
            if response is not None:
                yield response
                index += 1
            elif execution.log.is_over(index):
                return
            elif execution.log.stopped:
                interval = None
            else:
                execution.report_progress()

    @_answered
    def ReleaseExecute(self, request: Any, guest: Guest) -> Any:
        """Forget responses the client has, or the whole operation."""
        response = base_pb2.ReleaseExecuteResponse(
            session_id=guest.id, server_side_session_id=guest.server_id
        )
        execution = self.executions.find(guest, request.operation_id)
        if execution is None:
            return response
        response.operation_id = execution.operation.id
        if request.WhichOneof("release") == "release_until":
            if not execution.reattachable:
                raise SparkError("INVALID_CURSOR.NOT_REATTACHABLE")
            execution.log.release_until(request.release_until.response_id)
        else:
            self.executions.drop(execution)
        return response

    @_answered
    def Interrupt(self, request: Any, guest: Guest) -> Any:
        """Cancel all operations of the session, those with a tag, or one."""
        operations = guest.operations
        kinds = base_pb2.InterruptRequest
        match request.interrupt_type:
            case kinds.INTERRUPT_TYPE_TAG:
                ids = operations.interrupt_tag(request.operation_tag)
            case kinds.INTERRUPT_TYPE_OPERATION_ID:
                ids = operations.interrupt_operation(request.operation_id)
            case kinds.INTERRUPT_TYPE_ALL:
                ids = operations.interrupt_all()
            case _:
                raise bad_enum(request, "interrupt_type")
        return base_pb2.InterruptResponse(
            session_id=guest.id, server_side_session_id=guest.server_id, interrupted_ids=ids
        )

    @_answered
    def GetStatus(self, request: Any, guest: Guest) -> Any:
        """How the operations asked for, or all of them, stand."""
        response = base_pb2.GetStatusResponse(
            session_id=guest.id, server_side_session_id=guest.server_id
        )
        if not request.HasField("operation_status"):
            return response
        states = guest.operations.states()
        kinds = base_pb2.GetStatusResponse.OperationStatus
        for id in request.operation_status.operation_ids or states:
            state = states.get(id)
            name = "OPERATION_STATE_UNKNOWN" if state is None else _STATES[state]
            response.operation_statuses.add(operation_id=id, state=kinds.OperationState.Value(name))
        return response

    # ---- the session --------------------------------------------------------------------------

    @_answered
    def AnalyzePlan(self, request: Any, guest: Guest) -> Any:
        """Answer one of fourteen questions."""
        response = base_pb2.AnalyzePlanResponse(
            session_id=guest.id, server_side_session_id=guest.server_id
        )
        analysis.analyze(guest.session, request, response)
        return response

    @_answered
    def Config(self, request: Any, guest: Guest) -> Any:
        """Read and change settings."""
        response = base_pb2.ConfigResponse(
            session_id=guest.id, server_side_session_id=guest.server_id
        )
        configure(guest.session.settings, request.operation, response)
        return response

    def AddArtifacts(self, requests: Any, context: Any) -> Any:
        """Take in uploads."""
        guest: Guest | None = None
        try:
            first = next(requests)
            guest = self.guest_of(first)
            response = base_pb2.AddArtifactsResponse(
                session_id=guest.id, server_side_session_id=guest.server_id
            )
            everything = itertools.chain([first], requests)
            for name, intact in uploads.receive(guest.session.artifacts, everything):
                response.artifacts.add(name=name, is_crc_successful=intact)
            return response
        except StopIteration:
            return base_pb2.AddArtifactsResponse()
        except Exception as error:  # noqa: BLE001 - every error is told to the client
            _fail(context, error, guest)

    @_answered
    def ArtifactStatus(self, request: Any, guest: Guest) -> Any:
        """Which artifacts are there."""
        response = base_pb2.ArtifactStatusesResponse(
            session_id=guest.id, server_side_session_id=guest.server_id
        )
        for name in request.names:
            response.statuses[name].exists = guest.session.artifacts.has(name)
        return response

    @_answered
    def FetchErrorDetails(self, request: Any, guest: Guest) -> Any:
        """An error's condition, parameters, context and causes."""
        response = base_pb2.FetchErrorDetailsResponse(
            session_id=guest.id, server_side_session_id=guest.server_id
        )
        error = guest.recall(request.error_id)
        if error is not None:
            fill_details(response, error)
        return response

    def CloneSession(self, request: Any, context: Any) -> Any:
        """A second session with the state of the first."""
        guest: Guest | None = None
        try:
            guest = self.sessions.find(
                request.user_context.user_id,
                request.session_id,
                request.client_observed_server_side_session_id,
            )
            clone = self.sessions.clone(guest, request.new_session_id or str(uuid.uuid4()))
            return base_pb2.CloneSessionResponse(
                session_id=guest.id,
                server_side_session_id=guest.server_id,
                new_session_id=clone.id,
                new_server_side_session_id=clone.server_id,
            )
        except Exception as error:  # noqa: BLE001 - every error is told to the client
            _fail(context, error, guest)

    def ReleaseSession(self, request: Any, context: Any) -> Any:
        """Close the session."""
        try:
            server_id = self.sessions.close(
                request.user_context.user_id,
                checked_uuid(request.session_id),
                allow_reconnect=request.allow_reconnect,
            )
            return base_pb2.ReleaseSessionResponse(
                session_id=request.session_id, server_side_session_id=server_id
            )
        except Exception as error:  # noqa: BLE001 - every error is told to the client
            _fail(context, error, None)
