"""The gRPC server of the door: where it listens, who may call, how it starts and stops."""

from __future__ import annotations

import contextlib
import hmac
import socket
from collections.abc import Callable
from typing import Any, cast

import grpc

from boathouse.connect.contract import OpenSession
from boathouse.connect.depth import deep_stacks
from boathouse.connect.messages import base_pb2_grpc
from boathouse.connect.running import RunningService

LARGEST_MESSAGE = 128 * 1024 * 1024
"""Bytes; the client takes no larger ones either."""

PORT_TRIES = 5
"""How often a free port is sought that is free on both addresses of this machine."""


def _has_ipv6_loopback() -> bool:
    """Whether this machine can listen on ``::1``."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


class _Bearer(grpc.ServerInterceptor):
    """Lets only those in who know the token."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode()

    def intercept_service(
        self, continuation: Callable[[Any], Any], handler_call_details: Any
    ) -> Any:
        """The call's handler, or one that refuses."""
        metadata = dict(handler_call_details.invocation_metadata)
        given = str(metadata.get("authorization", "")).encode()
        if hmac.compare_digest(given, self._expected):
            return continuation(handler_call_details)
        handler = continuation(handler_call_details)
        return _refusing(handler)


def _refuse(request: Any, context: Any) -> Any:
    context.abort(grpc.StatusCode.UNAUTHENTICATED, "Invalid authentication token.")


def _refusing(handler: Any) -> Any:
    """A handler of the same shape that refuses before it decodes anything."""
    if handler is None:
        return None
    if handler.request_streaming:
        return grpc.stream_unary_rpc_method_handler(_refuse)
    if handler.response_streaming:
        return grpc.unary_stream_rpc_method_handler(_refuse)
    return grpc.unary_unary_rpc_method_handler(_refuse)


class ConnectServer:
    """A running door. `port` is where it listens."""

    def __init__(
        self,
        open_session: OpenSession,
        *,
        host: str | None = None,
        port: int = 0,
        token: str | None = None,
    ) -> None:
        """Listen on `host` (None: this machine alone) and `port` (0: any that is free)."""
        self.running = RunningService(open_session)
        self._server = grpc.server(
            cast("Any", self.running.calls),
            interceptors=[_Bearer(token)] if token else [],
            options=[
                ("grpc.max_receive_message_length", LARGEST_MESSAGE),
                ("grpc.max_send_message_length", LARGEST_MESSAGE),
                ("grpc.max_metadata_size", 64 * 1024),
                ("grpc.so_reuseport", 0),
            ],
        )
        base_pb2_grpc.add_SparkConnectServiceServicer_to_server(
            cast("Any", self.running.service), self._server
        )
        self.port = self._listen(host, port)

    def _listen(self, host: str | None, port: int) -> int:
        """The port listened on; OSError if it is taken or not to be had."""
        try:
            return self._bound(host, port)
        except RuntimeError as error:
            self.running.stop()
            place = f"{host or 'localhost'}:{port}"
            raise OSError(f"cannot listen on {place}: is it taken? Port 0 is a free one") from error

    def _bound(self, host: str | None, port: int) -> int:
        if host is not None:
            return self._server.add_insecure_port(f"{host}:{port}")
        if not _has_ipv6_loopback():
            return self._server.add_insecure_port(f"127.0.0.1:{port}")
        # The client says `localhost`, which may mean either address. Both must be ours: a stranger
        # on one of them would be told the token.
        chosen = port
        for _ in range(PORT_TRIES):
            chosen = self._server.add_insecure_port(f"127.0.0.1:{port}")
            with contextlib.suppress(RuntimeError):
                return self._server.add_insecure_port(f"[::1]:{chosen}")
            if port:
                break
        raise RuntimeError(f"port {chosen} is taken on [::1]")

    def start(self) -> None:
        """Begin to take calls."""
        # gRPC's own thread decodes the messages.
        with deep_stacks():
            self._server.start()
        self.running.start(door=self)

    def stop(self, grace: float = 1.0) -> None:
        """Take no more calls, close all sessions, and wait for the threads."""
        stopped = self._server.stop(grace)
        self.running.close_sessions()
        stopped.wait()
        self.running.stop()

    def wait(self) -> None:
        """Wait until the server is stopped."""
        self._server.wait_for_termination()
