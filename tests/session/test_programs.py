"""Programs of SELECT TRANSFORM: when they run, and how they are stopped."""

import threading
import time

import pytest

from boathouse.app import Boathouse
from boathouse.errors.exceptions import CancelledError, SparkError
from boathouse.session.operations import Operation
from boathouse.spec import relations as sr


@pytest.fixture
def session(tmp_path):
    with Boathouse(tmp_path / "data", settings={"boathouse.programs.enabled": True}) as server:
        session = server.open_session("user", "one")
        yield session
        session.close()


def transform(program: str) -> sr.QueryText:
    return sr.QueryText(f"SELECT TRANSFORM(id) USING '{program}' AS (x) FROM range(3)")


def rows(session, query, operation):
    result = session.query(query, operation)
    return [row["x"] for batch in result.batches for row in batch.to_pylist()]


def test_it_runs_once_when_rows_are_asked_for(session, tmp_path):
    query = transform(f"echo ran >> {tmp_path}/log; cat")
    session.schema(query)
    for mode in ("simple", "extended"):
        session.explain(query, mode)
    assert not (tmp_path / "log").exists()
    assert rows(session, query, Operation("rows")) == ["0", "1", "2"]
    assert (tmp_path / "log").read_text() == "ran\n"


def test_a_cancelled_one_is_killed_with_what_it_started(session, tmp_path):
    query = transform(
        f"(sleep 2; touch {tmp_path}/late) | cat & echo begun > {tmp_path}/begun; wait"
    )
    operation = Operation("rows")

    def cancel():
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        operation.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    begun = time.monotonic()
    with pytest.raises(CancelledError):
        rows(session, query, operation)
    thread.join()
    assert time.monotonic() - begun < 2
    time.sleep(max(0.0, begun + 3 - time.monotonic()))
    assert not (tmp_path / "late").exists()


def test_what_it_complains_of_is_told(session):
    with pytest.raises(SparkError) as caught:
        rows(session, transform("echo no >&2; exit 3"), Operation("rows"))
    assert caught.value.condition == "_LEGACY_ERROR_TEMP_2264"
    assert caught.value.parameters["stderrBuffer"] == "no\n"
