"""The protocol itself: reattaching, backpressure, conflicts, damaged input, strangers."""

import time
import uuid
import zlib

import grpc
import pytest
from grpc_status import rpc_status
from pyspark.sql.connect.proto import base_pb2

from boathouse.connect import sessions, workers
from boathouse.session.operations import OperationState
from tests.client.test_door import until


def condition_of(call):
    """The condition that `call` fails with."""
    with pytest.raises(grpc.RpcError) as caught:
        list(call()) if callable(call) else call
    return rpc_status.from_call(caught.value).message.split("]")[0].lstrip("[")


def reattach(request, last=None):
    found = base_pb2.ReattachExecuteRequest(
        session_id=request.session_id, operation_id=request.operation_id
    )
    if last is not None:
        found.last_response_id = last
    return found


def release(request, until_id=None):
    found = base_pb2.ReleaseExecuteRequest(
        session_id=request.session_id, operation_id=request.operation_id
    )
    if until_id is None:
        found.release_all.SetInParent()
    else:
        found.release_until.response_id = until_id
    return found


def rows(responses):
    return sum(r.arrow_batch.row_count for r in responses if r.HasField("arrow_batch"))


def test_responses_in_order(door):
    responses = list(door.call("ExecutePlan", door.plan(10, reattachable=True)))
    kinds = [r.WhichOneof("response_type") for r in responses]
    assert kinds == ["arrow_batch", "result_complete"]
    assert responses[0].HasField("schema")
    assert responses[1].HasField("metrics")
    assert len({r.response_id for r in responses}) == 2


def test_without_reattach_there_is_no_complete(door):
    responses = list(door.call("ExecutePlan", door.plan(10)))
    assert not [r for r in responses if r.HasField("result_complete")]


def test_reattach_goes_on_where_the_client_was(door):
    request = door.plan(2_000_000, reattachable=True)
    stream = door.call("ExecutePlan", request)
    first = [next(stream) for _ in range(4)]
    stream.cancel()
    rest = list(door.call("ReattachExecute", reattach(request, first[-1].response_id)))
    assert rest[-1].HasField("result_complete")
    assert rows(first) + rows(rest) == 2_000_000
    assert rest[0].arrow_batch.start_offset == rows(first)


def test_reattach_from_the_start(door):
    request = door.plan(10, reattachable=True)
    once = list(door.call("ExecutePlan", request))
    again = list(door.call("ReattachExecute", reattach(request)))
    assert once == again


def test_the_same_request_again_finds_its_operation(door):
    request = door.plan(10, reattachable=True)
    assert list(door.call("ExecutePlan", request)) == list(door.call("ExecutePlan", request))


def test_a_second_reader_disconnects_the_first(door):
    session = str(uuid.uuid4())
    request = door.plan(0, reattachable=True, table="sleep", session=session)
    first = door.call("ExecutePlan", request)
    assert next(first).HasField("schema")
    second = door.call("ReattachExecute", reattach(request))
    assert next(second).HasField("schema")
    assert condition_of(lambda: first) == "INVALID_CURSOR.DISCONNECTED"
    second.cancel()


def test_what_is_released_is_gone(door):
    request = door.plan(4 * 65536, reattachable=True)
    responses = list(door.call("ExecutePlan", request))
    door.call("ReleaseExecute", release(request, responses[1].response_id))
    last = responses[0].response_id
    gone = lambda: door.call("ReattachExecute", reattach(request, last))  # noqa: E731
    assert condition_of(gone) == "INVALID_CURSOR.POSITION_NOT_AVAILABLE"
    other = lambda: door.call("ReattachExecute", reattach(request, str(uuid.uuid4())))  # noqa: E731
    assert condition_of(other) == "INVALID_CURSOR.POSITION_NOT_FOUND"
    rest = list(door.call("ReattachExecute", reattach(request, responses[1].response_id)))
    assert rest == responses[2:]
    door.call("ReleaseExecute", release(request))
    assert (
        condition_of(lambda: door.call("ReattachExecute", reattach(request)))
        == "INVALID_HANDLE.OPERATION_ABANDONED"
    )


def test_release_of_nothing_is_quiet(door):
    request = door.plan(1)
    assert not door.call("ReleaseExecute", release(request)).HasField("operation_id")


def test_reattach_to_nothing(door):
    request = door.plan(10, reattachable=True)
    call = lambda: door.call("ReattachExecute", reattach(request))  # noqa: E731
    assert condition_of(call) == "INVALID_HANDLE.SESSION_NOT_FOUND"
    list(door.call("ExecutePlan", request))
    request.operation_id = str(uuid.uuid4())
    assert condition_of(call) == "INVALID_HANDLE.OPERATION_NOT_FOUND"


def test_not_reattachable(door):
    session = str(uuid.uuid4())
    request = door.plan(0, table="sleep", session=session)
    stream = door.call("ExecutePlan", request)
    next(stream)
    call = lambda: door.call("ReattachExecute", reattach(request))  # noqa: E731
    assert condition_of(call) == "INVALID_CURSOR.NOT_REATTACHABLE"
    stream.cancel()


def test_the_producer_waits_for_a_slow_reader(door):
    request = door.plan(30_000_000, reattachable=True)
    stream = door.call("ExecutePlan", request)
    next(stream)
    session = door.sessions[request.session_id]
    produced = -1
    while produced < session.produced:  # until it waits
        produced = session.produced
        time.sleep(0.7)
    assert produced < 15_000_000
    stream.cancel()
    door.call("ReleaseExecute", release(request))
    guest = door.server.running.service.sessions.find("", request.session_id)
    until(lambda: guest.operations.state_of(request.operation_id).is_final)
    assert guest.operations.state_of(request.operation_id) is OperationState.CANCELLED


def test_a_vanished_client_stops_its_query(door):
    request = door.plan(0, table="sleep")
    stream = door.call("ExecutePlan", request)
    next(stream)
    guest = door.server.running.service.sessions.find("", request.session_id)
    stream.cancel()
    until(lambda: guest.operations.state_of(request.operation_id) is OperationState.CANCELLED, 2)


def test_a_stream_that_is_let_go_of_stops_its_query(door):
    request = door.plan(0, table="sleep")
    stream = door.call("ExecutePlan", request)
    next(stream)
    guest = door.server.running.service.sessions.find("", request.session_id)
    del stream
    until(lambda: guest.operations.state_of(request.operation_id) is OperationState.CANCELLED, 2)


def test_a_reattachable_query_waits_for_its_client_a_while(door):
    service = door.server.running.service
    request = door.plan(0, table="sleep", reattachable=True)
    stream = door.call("ExecutePlan", request)
    next(stream)
    stream.cancel()
    guest = service.sessions.find("", request.session_id)
    until(lambda: service.executions.find(guest, request.operation_id).left_at is not None)
    service.tidy()
    assert guest.operations.state_of(request.operation_id) is OperationState.RUNNING
    service.executions._detached_seconds = 0
    service.tidy()
    until(lambda: guest.operations.state_of(request.operation_id) is OperationState.CANCELLED)


def test_idle_sessions_are_closed(door):
    service = door.server.running.service
    request = door.plan(1)
    list(door.call("ExecutePlan", request))
    service._idle_seconds = 0
    service.tidy()
    assert door.sessions[request.session_id].closed.is_set()
    request.operation_id = str(uuid.uuid4())
    call = lambda: door.call("ExecutePlan", request)  # noqa: E731
    assert condition_of(call) == "INVALID_HANDLE.SESSION_CLOSED"


def test_an_operation_id_is_used_once(door):
    request = door.plan(1)
    list(door.call("ExecutePlan", request))
    call = lambda: door.call("ExecutePlan", request)  # noqa: E731
    assert condition_of(call) == "INVALID_HANDLE.OPERATION_ALREADY_EXISTS"


@pytest.mark.parametrize("field", ["session_id", "operation_id"])
def test_handles_are_uuids(door, field):
    request = door.plan(1)
    setattr(request, field, "seven")
    assert condition_of(lambda: door.call("ExecutePlan", request)) == "INVALID_HANDLE.FORMAT"


def test_a_session_that_changed(door):
    request = door.plan(1)
    request.client_observed_server_side_session_id = "before"
    call = lambda: door.call("ExecutePlan", request)  # noqa: E731
    assert condition_of(call) == "INVALID_HANDLE.SESSION_CHANGED"


def test_a_released_session_may_come_back_only_if_so_said(door):
    for allow, expected in ((True, None), (False, "INVALID_HANDLE.SESSION_CLOSED")):
        request = door.plan(1)
        list(door.call("ExecutePlan", request))
        door.call(
            "ReleaseSession",
            base_pb2.ReleaseSessionRequest(session_id=request.session_id, allow_reconnect=allow),
        )
        request.operation_id = str(uuid.uuid4())
        if expected is None:
            assert list(door.call("ExecutePlan", request))
        else:
            assert condition_of(lambda: door.call("ExecutePlan", request)) == expected  # noqa: B023


def test_a_clone_needs_a_free_id(door):
    request = door.plan(1)
    clone = base_pb2.CloneSessionRequest(session_id=request.session_id)
    call = lambda: [door.call("CloneSession", clone)]  # noqa: E731
    assert condition_of(call) == "INVALID_HANDLE.SESSION_NOT_FOUND"
    list(door.call("ExecutePlan", request))
    assert door.call("CloneSession", clone).new_session_id != request.session_id
    clone.new_session_id = request.session_id
    kind = "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID"
    assert condition_of(call) == f"{kind}_ALREADY_EXISTS"
    clone.new_session_id = "seven"
    assert condition_of(call) == f"{kind}_FORMAT"


def test_plans_that_say_nothing(door):
    request = door.plan(1)
    request.plan.Clear()
    call = lambda: door.call("ExecutePlan", request)  # noqa: E731
    assert condition_of(call) == "CONNECT_INVALID_PLAN.INVALID_ONE_OF_FIELD_NOT_SET"
    request.operation_id = str(uuid.uuid4())
    request.plan.root.SetInParent()
    assert condition_of(call) == "CONNECT_INVALID_PLAN.INVALID_ONE_OF_FIELD_NOT_SET"
    request.operation_id = str(uuid.uuid4())
    request.plan.compressed_operation.data = b"junk"
    request.plan.compressed_operation.compression_codec = base_pb2.COMPRESSION_CODEC_ZSTD
    assert condition_of(call) == "CONNECT_INVALID_PLAN.CANNOT_PARSE"


def nested(depth):
    """The bytes of an ExecutePlanRequest with so many filters upon each other."""

    def field(number, data):
        size, length = [], len(data)
        while length > 127:
            size.append(length & 127 | 128)
            length >>= 7
        tag = number << 3 | 2
        return (
            bytes([tag & 127 | 128, tag >> 7] if tag > 127 else [tag])
            + bytes([*size, length])
            + data
        )

    # Written from the inside out, in pieces: joining them once keeps it linear.
    pieces, total = [], 0
    for _ in range(depth):
        for number in (1, 4):
            head = field(number, b"\0" * total)[:-total] if total else field(number, b"")
            pieces.append(head)
            total += len(head)
    return b"".join(reversed(pieces)), field


def test_deeper_than_any_stack(port):
    body, field = nested(30_000)
    session, operation = str(uuid.uuid4()), str(uuid.uuid4())
    plan = field(3, field(1, body))
    data = field(1, session.encode()) + plan + field(6, operation.encode())
    call = port.channel.unary_stream(
        "/spark.connect.SparkConnectService/ExecutePlan",
        response_deserializer=base_pb2.ExecutePlanResponse.FromString,
    )
    found = condition_of(lambda: call(data, metadata=port.metadata))
    assert found == "CONNECT_INVALID_PLAN.INVALID_ONE_OF_FIELD_NOT_SET"


def test_analysis_of_nothing(door):
    request = base_pb2.AnalyzePlanRequest(session_id=str(uuid.uuid4()))
    call = lambda: [door.call("AnalyzePlan", request)]  # noqa: E731
    assert condition_of(call) == "CONNECT_INVALID_PLAN.UNKNOWN_ANALYZE_METHOD"


def chunk(data, crc=None):
    crc = zlib.crc32(data) if crc is None else crc
    return base_pb2.AddArtifactsRequest.ArtifactChunk(data=data, crc=crc)


def upload(session, **payload):
    return base_pb2.AddArtifactsRequest(session_id=session, **payload)


def begin(session, name, total, chunks, first):
    body = base_pb2.AddArtifactsRequest.BeginChunkedArtifact(
        name=name, total_bytes=total, num_chunks=chunks, initial_chunk=first
    )
    return upload(session, begin_chunk=body)


def test_artifacts_in_chunks(door):
    session = str(uuid.uuid4())
    requests = [
        begin(session, "files/a", 6, 2, chunk(b"abc")),
        upload(session, chunk=chunk(b"def")),
    ]
    (summary,) = door.call("AddArtifacts", iter(requests)).artifacts
    assert (summary.name, summary.is_crc_successful) == ("files/a", True)
    assert door.sessions[session].artifacts.get("files/a") == b"abcdef"


def test_a_damaged_artifact_is_not_kept(door):
    session = str(uuid.uuid4())
    single = base_pb2.AddArtifactsRequest.SingleChunkArtifact(name="files/b", data=chunk(b"abc", 1))
    batch = base_pb2.AddArtifactsRequest.Batch(artifacts=[single])
    (summary,) = door.call("AddArtifacts", iter([upload(session, batch=batch)])).artifacts
    assert not summary.is_crc_successful
    assert not door.sessions[session].artifacts.has("files/b")


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", ""])
def test_an_artifact_stays_in_its_folder(door, name):
    session = str(uuid.uuid4())
    single = base_pb2.AddArtifactsRequest.SingleChunkArtifact(name=name, data=chunk(b"abc"))
    batch = base_pb2.AddArtifactsRequest.Batch(artifacts=[single])
    call = lambda: [door.call("AddArtifacts", iter([upload(session, batch=batch)]))]  # noqa: E731
    assert condition_of(call) == "INVALID_ARTIFACT_PATH"


def test_chunks_out_of_order(door):
    session = str(uuid.uuid4())
    first = begin(session, "files/a", 6, 2, chunk(b"abc"))
    for requests in ([upload(session, chunk=chunk(b"x"))], [first], [first, first]):
        call = lambda: [door.call("AddArtifacts", iter(requests))]  # noqa: B023, E731
        assert condition_of(call) == "CONNECT_INVALID_PLAN.ASSERTION_FAILURE"


@pytest.mark.parametrize("metadata", [[], [("authorization", "Bearer wrong")]])
@pytest.mark.parametrize("method", ["ExecutePlan", "Config", "AddArtifacts"])
def test_strangers_are_refused(port, method, metadata):
    request = port.plan(1)
    given = {
        "ExecutePlan": request,
        "Config": base_pb2.ConfigRequest(session_id=request.session_id),
        "AddArtifacts": iter([]),
    }[method]
    call = getattr(port.stub, method)
    with pytest.raises(grpc.RpcError) as caught:
        list(call(given, metadata=metadata))
    assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED
    assert not port.sessions


def test_only_so_many_errors_are_kept():
    guest = sessions.Guest(("u", "s"), None)
    ids = [guest.remember(f"error {n}") for n in range(sessions.ERRORS_KEPT + 1)]
    assert guest.recall(ids[0]) is None
    assert guest.recall(ids[1]) == "error 1"
    assert guest.recall(ids[1]) is None


def test_workers_run_what_they_are_given():
    pool = workers.Workers(3, "boathouse-test")
    futures = [pool.submit(lambda n: n * n, n) for n in range(20)]
    assert [future.result(5) for future in futures] == [n * n for n in range(20)]
    failing = pool.submit(lambda: 1 / 0)
    assert isinstance(failing.exception(5), ZeroDivisionError)
    pool.shutdown()
    with pytest.raises(RuntimeError):
        pool.submit(print)
