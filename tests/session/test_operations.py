"""Operations: their states, their interrupts."""

import pytest

from boathouse.errors.exceptions import CancelledError, SparkError
from boathouse.session.artifacts import Artifacts
from boathouse.session.operations import ENDED_KEPT, Operation, Operations, OperationState


def test_states():
    operations = Operations()
    good, bad, stopped = (operations.start(Operation(name)) for name in ("g", "b", "s"))
    assert operations.states() == dict.fromkeys("gbs", OperationState.RUNNING)
    operations.end(good)
    operations.end(bad, ValueError())
    assert stopped.cancel()
    assert operations.state_of("s") is OperationState.TERMINATING
    operations.end(stopped, ValueError("what the engine says when it is interrupted"))
    assert operations.states() == {
        "g": OperationState.SUCCEEDED,
        "b": OperationState.FAILED,
        "s": OperationState.CANCELLED,
    }
    assert not operations.is_busy
    assert operations.state_of("x") is None


def test_an_id_is_used_once():
    operations = Operations()
    first = operations.start(Operation("a"))
    for _ in range(2):
        with pytest.raises(SparkError, match="OPERATION_ALREADY_EXISTS"):
            operations.start(Operation("a"))
        operations.end(first)


def test_callbacks_are_called_once():
    called = []
    operation = Operation("a")
    operation.on_cancel(lambda: called.append(1))
    forget = operation.on_cancel(lambda: called.append(2))
    forget()
    assert operation.cancel()
    assert not operation.cancel()
    operation.on_cancel(lambda: called.append(3))
    assert called == [1, 3]
    with pytest.raises(CancelledError, match="OPERATION_CANCELED"):
        operation.check()


def test_what_is_over_cannot_be_cancelled():
    operation = Operation("a")
    operation.check()
    operation.finish()
    assert not operation.cancel()
    assert operation.state is OperationState.SUCCEEDED


def test_interrupts_choose():
    operations = Operations()
    for name, tags in (("a", ["x"]), ("b", ["x", "y"]), ("c", [])):
        operations.start(Operation(name, tags))
    assert operations.interrupt_tag("y") == ["b"]
    assert operations.interrupt_tag("x") == ["a"]
    assert operations.interrupt_operation("z") == []
    assert operations.interrupt_operation("c") == ["c"]
    assert operations.interrupt_all() == []


def test_only_so_many_ends_are_remembered():
    operations = Operations()
    for number in range(ENDED_KEPT + 5):
        operations.end(operations.start(Operation(str(number))))
    assert len(operations.states()) == ENDED_KEPT
    assert operations.state_of("0") is None


def test_artifacts():
    artifacts = Artifacts()
    assert not artifacts.has("a")
    assert artifacts.names() == []
    artifacts.put("a", b"1")
    artifacts.put("files/b", b"2")
    artifacts.put("a", b"3")
    copy = artifacts.copy()
    assert artifacts.names() == copy.names() == ["a", "files/b"]
    assert copy.get("a") == b"3"
    with pytest.raises(KeyError):
        artifacts.get("c")
    folder = artifacts.folder
    artifacts.close()
    copy.close()
    assert not folder.exists()


@pytest.mark.parametrize("name", ["", "/a", "../a", "a/../../b", "a\0b", "a\\b"])
def test_artifacts_stay_inside(name):
    artifacts = Artifacts()
    with pytest.raises(SparkError, match="INVALID_ARTIFACT_PATH"):
        artifacts.put(name, b"")
    artifacts.close()
