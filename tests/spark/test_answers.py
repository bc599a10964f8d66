"""Boathouse answers as Spark does: each case of the `.test` files, through the unmodified client."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyspark.sql.connect.session import SparkSession

import boathouse
from tests.spark import answer
from tests.spark.format import Case, Suite, compare, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


def cases() -> Iterator[object]:
    for path in sorted(HERE.rglob("*.test")):
        suite = parse(path.read_text(), path.name)
        for case in suite.cases:
            marks = ()
            if case.notimpl is not None:
                marks = (
                    pytest.mark.notimpl,
                    pytest.mark.xfail(reason=case.notimpl or "notimpl", strict=True),
                )
            name = f"{path.relative_to(HERE).with_suffix('')}:{case.line} {case.title}"
            yield pytest.param(suite, case, id=name, marks=marks)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    # Every session of the server starts in UTC, whatever the machine's zone is called.
    # Spark's answers were captured without Delta, where tables are Parquet files, and as local[1],
    # where rows have one partition.
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.sources.default": "parquet",
        "spark.default.parallelism": 1,
    }
    with boathouse.session(settings=settings) as session:
        assert isinstance(session, SparkSession)
        yield session


def fresh(spark: SparkSession) -> SparkSession:
    """A new session on the server of `spark`, which Python functions take for the active one."""
    session = SparkSession(connection=spark.client._builder, userId=spark.client._user_id)
    session.client._session_id = session._session_id = str(uuid.uuid4())
    # What comes back from a checkpoint belongs to the active session, which the embedded one is.
    SparkSession._active_session.session = session
    SparkSession._set_default_and_active_session(session)
    return session


@pytest.mark.parametrize(("suite", "case"), list(cases()))
def test_answer(spark: SparkSession, suite: Suite, case: Case) -> None:
    assert case.answer, "not captured yet: run `make capture`"
    session = fresh(spark)
    try:
        answer.prepare(session, suite)
        difference = compare(case, answer.answer(session, case))
    finally:
        answer.clear(session, suite)
        session.stop()
    if difference is not None:
        statement = "\n".join(case.body)
        pytest.fail(f"{statement}\n\n{difference}", pytrace=False)
