"""The response log: order, bounds, reattaching."""

import threading

import pytest
from pyspark.sql.connect.proto import base_pb2

from boathouse.connect.encode.batches import chunks, ipc_stream, split
from boathouse.connect.log import ResponseLog
from boathouse.errors.exceptions import AnalysisError, SparkError


def response(size=0):
    made = base_pb2.ExecutePlanResponse()
    made.arrow_batch.data = b"x" * size
    return made


def ids(log, token, index):
    found = []
    while not log.is_over(index):
        entry = log.read(token, index)
        if entry is not None:
            found.append(entry.response_id)
            index += 1
    return found


def test_in_order_and_to_the_end():
    log = ResponseLog(keeps=True)
    given = [response() for _ in range(5)]
    assert all(log.append(each) for each in given)
    log.end()
    token, index = log.attach()
    assert ids(log, token, index) == [each.response_id for each in given]
    assert not log.append(response())


def test_the_error_comes_after_the_responses():
    log = ResponseLog(keeps=True)
    log.append(response())
    log.end(AnalysisError("DIVIDE_BY_ZERO", config="x"))
    token, index = log.attach()
    assert log.read(token, index) is not None
    with pytest.raises(AnalysisError):
        log.read(token, index + 1)


def test_a_reader_waits_only_so_long():
    log = ResponseLog(keeps=False)
    token, index = log.attach()
    assert log.read(token, index, timeout=0.01) is None
    assert not log.is_over(index)


def test_the_writer_waits_for_room_and_is_let_go():
    log = ResponseLog(keeps=False, ahead=100)
    wrote = []

    def write():
        wrote.extend(log.append(response(60)) for _ in range(4))

    thread = threading.Thread(target=write)
    thread.start()
    token, index = log.attach()
    for step in range(4):
        assert log.read(token, index + step) is not None
        assert log.bytes_held < 400
    thread.join(5)
    assert wrote == [True] * 4
    while log.append(response(60), wait=False) and log.bytes_held < 100:
        pass
    thread = threading.Thread(target=write)
    thread.start()
    log.stop()
    thread.join(5)
    assert wrote[4:] == [False] * 4


def test_what_was_read_is_kept_within_bounds():
    log = ResponseLog(keeps=True, behind=250)
    for _ in range(10):
        log.append(response(60))
    token, index = log.attach()
    read = [log.read(token, index + step).response_id for step in range(10)]
    with pytest.raises(SparkError, match="POSITION_NOT_AVAILABLE"):
        log.attach(read[0])
    token, index = log.attach(read[7])
    assert log.read(token, index).response_id == read[8]


def test_release_frees_room_for_the_writer():
    log = ResponseLog(keeps=True, ahead=100)
    first = response(200)
    log.append(first)
    done = threading.Event()

    def write():
        log.append(response())
        done.set()

    threading.Thread(target=write).start()
    assert not done.wait(0.05)
    log.release_until(first.response_id)
    assert done.wait(5)


def test_only_the_last_reader_reads():
    log = ResponseLog(keeps=True)
    log.append(response())
    first, index = log.attach()
    second, _ = log.attach()
    with pytest.raises(SparkError, match="DISCONNECTED"):
        log.read(first, index)
    assert log.read(second, index) is not None
    log.detach(second)
    with pytest.raises(SparkError, match="DISCONNECTED"):
        log.read(second, index)


@pytest.mark.parametrize("id", ["", "seven", "0" * 36, "00000000-0000-0000-0000-000000000000"])
def test_ids_of_others_are_refused(id):
    log = ResponseLog(keeps=True)
    log.append(response())
    with pytest.raises(SparkError, match="POSITION_NOT_FOUND"):
        log.release_until(id)


def test_batches_are_cut_by_bytes():
    import pyarrow

    batch = pyarrow.record_batch({"a": pyarrow.array(range(1000), pyarrow.int64())})
    parts = list(split(batch, 800))
    assert [part.num_rows for part in parts] == [100] * 10
    assert pyarrow.Table.from_batches(parts).column("a").to_pylist() == list(range(1000))
    assert list(split(batch.slice(0, 0), 800)) == []
    data = ipc_stream(batch.schema, [batch])
    assert b"".join(chunks(data, 100)) == data.to_pybytes()
    assert max(map(len, chunks(data, 100))) == 100
