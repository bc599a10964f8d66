"""The runner counts what it should, and PySpark's own examples do not fall behind."""

import doctest
import textwrap
import types

import pytest

from tests.conformance import examples, later
from tests.conformance.__main__ import examined, share, table_text

LEAST = 93.0
"""Percent of PySpark's examples that must answer as they say."""


def docstring(text):
    module = types.ModuleType("documented")
    module.__doc__ = textwrap.dedent(text)
    return module


def tally(text):
    found = examples.Tally("documented")
    examples.run(docstring(text), {}, doctest.ELLIPSIS, found)
    return found


def reasons(text):
    test = doctest.DocTestParser().get_doctest(textwrap.dedent(text), {}, "documented", None, None)
    return later.reasons(test)


def test_examples_are_counted_one_by_one():
    found = tally(
        """
        >>> 1 + 1
        2
        >>> 1 + 1
        3
        >>> 1 / 0
        """
    )
    assert found.passed == 1
    assert [failure.got for failure in found.failures] == [
        "2\n",
        "ZeroDivisionError: division by zero",
    ]


def test_what_is_later_is_neither_passed_nor_failed():
    found = tally(
        """
        >>> udf = 1
        >>> udf
        2
        >>> 3
        3
        """
    )
    assert (found.passed, found.failures, found.later) == (1, [], {later.PYTHON: 2})


def test_what_rests_on_something_later_is_later_until_its_name_is_made_anew():
    assert reasons(
        """
        >>> stream = spark.readStream.load()
        >>> counted = stream.count()
        >>> stream = 1
        >>> stream, counted
        >>> stream
        """
    ) == [later.STREAMS, later.STREAMS, None, later.STREAMS, None]


def test_a_registered_function_is_known_by_its_name_in_text():
    assert reasons(
        """
        >>> _ = spark.udf.register("twice", lambda x: 2 * x)
        >>> spark.sql("SELECT twice(id) FROM range(3)").show()
        >>> spark.sql("SELECT twices FROM t").show()
        """
    ) == [later.PYTHON, later.PYTHON, None]


def test_the_table_adds_up():
    two = examples.Tally("a", 3, {later.JVM: 1}), examples.Tally("b", 0, {later.JVM: 2})
    two[1].failures.append(examples.Failure("t", "1", "2", "3"))
    assert share(list(two)) == 75.0
    assert table_text(list(two)).splitlines()[-1].split() == [
        "all",
        "4",
        "3",
        "1",
        "75.0",
        "3",
        "a",
        "JVM",
    ]


@pytest.mark.slow
def test_examples_of_pyspark():
    tallies = [examined(name) for name in examples.MODULES]
    assert share(tallies) >= LEAST, "\n" + table_text(tallies)
