"""Every entry of the function table has an example, and it gives what it says.

An answer is the text of each column, as a cast to STRING writes it, with `` | `` between columns;
NULL is written out.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import boathouse
from boathouse.analysis import expressions
from boathouse.functions.registry import functions
from boathouse.functions.signature import Function


def examples(function: Function) -> Iterator[tuple[str, list[str]]]:
    """The statements in the entry's text, each with the lines of its answer."""
    statement: str | None = None
    answer: list[str] = []
    for line in [*function.doc.splitlines(), ""]:
        text = line.removeprefix("    ")
        if text.startswith("... ") and statement is not None:
            statement += "\n" + text[4:]
        elif text.startswith(">>> ") or not text.strip():
            if statement is not None:
                yield statement, answer
            statement, answer = (text[4:] if text.startswith(">>> ") else None), []
        elif statement is not None:
            answer.append(text)


def cases() -> Iterator[object]:
    seen: set[str] = set()
    for name, function in functions().items():
        if function.missing or function.name in seen:
            continue
        seen.add(function.name)
        for number, (statement, answer) in enumerate(examples(function), 1):
            test = f"{function.group}:{name}:{number}"
            yield pytest.param(statement, answer, function.hidden, id=test)


@pytest.fixture(scope="module")
def spark() -> Iterator[object]:
    with boathouse.session() as session:
        session.conf.set("spark.sql.session.timeZone", "UTC")
        session.conf.set("spark.sql.timeType.enabled", "true")
        session.conf.set("spark.sql.pyspark.worker.logging.enabled", "true")
        yield session


@pytest.mark.parametrize(("statement", "answer", "hidden"), list(cases()))
def test_example(spark, statement, answer, hidden, monkeypatch):
    if hidden:
        # SQL does not call these by name, except here.
        monkeypatch.setattr(expressions, "is_callable", lambda call, name: True)
    frame = spark.sql(statement)
    named = frame.toDF(*(f"c{place}" for place in range(len(frame.columns))))
    texts = named.select(*(named[name].cast("string") for name in named.columns))
    rows = [
        " | ".join("NULL" if value is None else value for value in row) for row in texts.collect()
    ]
    assert rows == answer


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, function in functions().items()
        # These are put in by binding: nobody calls them.
        if not function.missing and function.group not in {"guards", "collated"}
    ),
)
def test_every_entry_is_explained(name):
    function = functions()[name]
    sentence = function.doc.strip().partition("\n")[0]
    assert sentence, "no sentence"
    assert next(examples(function), None) is not None, "no example"
