"""Boathouse answers as Spark does: each case of the `.test` files, through the unmodified client."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import boathouse
from tests.spark import answer
from tests.spark.format import Case, Suite, compare, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql.connect.session import SparkSession

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
    with boathouse.session() as session:
        session.conf.set("spark.sql.session.timeZone", "UTC")
        yield session


@pytest.fixture(scope="session")
def prepared(spark: SparkSession) -> dict[int, SparkSession]:
    """One session for each file, with the file's setup done; filled when first needed."""
    return {}


@pytest.mark.parametrize(("suite", "case"), list(cases()))
def test_answer(
    spark: SparkSession, prepared: dict[int, SparkSession], suite: Suite, case: Case
) -> None:
    assert case.answer, "not captured yet: run `make capture`"
    if id(suite) not in prepared:
        fresh = spark.cloneSession()
        answer.prepare(fresh, suite)
        prepared[id(suite)] = fresh
    session = prepared[id(suite)].cloneSession()
    try:
        difference = compare(case, answer.answer(session, case))
    finally:
        session.stop()
    if difference is not None:
        statement = "\n".join(case.body)
        pytest.fail(f"{statement}\n\n{difference}", pytrace=False)
