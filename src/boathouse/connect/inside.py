"""The door for a client in the same process: the client's own stub, over a channel whose calls are
calls. No port is open, and no message is written out, copied or read again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from inspect import isgeneratorfunction
from typing import Any, NoReturn, Self

import grpc
from pyspark.sql.connect.client import ChannelBuilder

from boathouse.connect.running import RunningService
from boathouse.connect.service import INSIDE

Method = Callable[[Any, Any], Any]


class InsideError(grpc.RpcError):
    """An ended call, as the client looks at it: its code, its details, and what they came with."""

    def __init__(self, code: grpc.StatusCode, details: str, metadata: Any = ()) -> None:
        """The call ended with `code`."""
        super().__init__(details)
        self._code, self._details, self._metadata = code, details, metadata

    def code(self) -> grpc.StatusCode:
        """How it ended."""
        return self._code

    def details(self) -> str:
        """Why."""
        return self._details

    def trailing_metadata(self) -> Any:
        """Pairs; one of them has the error in full."""
        return self._metadata

    def alone(self) -> InsideError:
        """This one without what led to it: the client's error is not to hold the server's work."""
        return InsideError(self._code, self._details, self._metadata)


class _Context:
    """What the service sees of a call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []
        self._over = False

    def peer(self) -> str:
        """Where the client is."""
        return INSIDE

    def add_callback(self, callback: Callable[[], None]) -> bool:
        """Have `callback` called when the call is over; False if it is."""
        with self._lock:
            if not self._over:
                self._callbacks.append(callback)
            return not self._over

    def abort_with_status(self, status: grpc.Status) -> NoReturn:
        """End the call with an error."""
        raise InsideError(status.code, status.details, status.trailing_metadata)

    def end(self) -> None:
        """The call is over. Idempotent."""
        with self._lock:
            callbacks, self._callbacks, self._over = self._callbacks, [], True
        for callback in callbacks:
            callback()


class _Stream:
    """The responses of a call, made while the client waits for them. They end with the last one,
    with an error, or when the client lets go of them.
    """

    def __init__(self, method: Method, request: Any) -> None:
        self._context = _Context()
        self._responses: Iterator[Any] = method(request, self._context)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._responses)
        except InsideError as raised:
            error = raised
        except BaseException:  # the last one was read, or the client was interrupted
            self.cancel()
            raise
        self.cancel()
        raise error.alone()

    def cancel(self) -> None:
        """Read no more."""
        self._context.end()

    def __del__(self) -> None:
        self.cancel()


def _closing(method: Method) -> Method:
    """A call with many responses as one with the last of them: so the client drops checkpoints."""

    def call(request: Any, context: Any) -> Any:
        responses = deque(method(request, context), maxlen=1)
        return responses[0] if responses else None

    return call


class InsideChannel(grpc.Channel):
    """A channel to a service in this process. What the client says of serializers, metadata and
    time limits is for the others.
    """

    def __init__(self, running: RunningService) -> None:
        """Over the service that runs as `running`."""
        self._running = running

    def unary_unary(self, method: str, *_: Any, **options: Any) -> Any:
        """A call with one response."""
        chosen = self._method(method)
        return self._answering(_closing(chosen) if isgeneratorfunction(chosen) else chosen)

    def stream_unary(self, method: str, *_: Any, **options: Any) -> Any:
        """A call of many requests."""
        return self._answering(self._method(method))

    def unary_stream(self, method: str, *_: Any, **options: Any) -> Any:
        """A call with many responses."""
        chosen = self._method(method)

        def call(request: Any, **options: Any) -> _Stream:
            self._check()
            return _Stream(chosen, request)

        return call

    def stream_stream(self, method: str, *_: Any, **options: Any) -> Any:
        """A call of many requests with many responses: the protocol has none."""
        raise NotImplementedError(method)

    def _method(self, path: str) -> Method:
        return getattr(self._running.service, path.rpartition("/")[2])

    def _check(self) -> None:
        if self._running.is_stopped:
            raise InsideError(grpc.StatusCode.CANCELLED, "The session is stopped.")

    def _answering(self, method: Method) -> Callable[..., Any]:
        def call(request: Any, **options: Any) -> Any:
            self._check()
            context = _Context()
            try:
                # In a thread whose stack is deep enough for any plan.
                return self._running.calls.submit(method, request, context).result()
            except InsideError as raised:
                error = raised
            finally:
                context.end()
            raise error.alone()

        return call

    def subscribe(self, callback: Callable[[Any], None], try_to_connect: object = None) -> None:
        """Hear of the connection: it stands."""
        callback(grpc.ChannelConnectivity.READY)

    def unsubscribe(self, callback: Callable[[Any], None]) -> None:
        """Hear no more of it."""

    def close(self) -> None:
        """Nothing to let go of: the service is its owner's."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class InsideBuilder(ChannelBuilder):
    """What the client is given for the address of a service in this process."""

    def __init__(self, running: RunningService) -> None:
        """For channels to the service that runs as `running`."""
        super().__init__()
        self._running = running

    def toChannel(self) -> grpc.Channel:
        """A channel; each client takes its own."""
        return InsideChannel(self._running)

    @property
    def host(self) -> str:
        """Where the service is."""
        return "localhost"

    def __deepcopy__(self, memo: object) -> InsideBuilder:
        """For a clone of the client: the same service, parameters of its own."""
        copy = InsideBuilder(self._running)
        copy._params.update(self._params)
        return copy
