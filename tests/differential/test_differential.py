"""A few random statements of each family: Spark and Boathouse disagree no more than they did."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import pytest

import boathouse
from tests.differential.__main__ import differences
from tests.differential.cases import FAMILIES, cases
from tests.differential.explained import explanation
from tests.differential.ours import Boathouse
from tests.differential.spark import ROOT, Spark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(shutil.which("javac") is None, reason="needs a JVM"),
    pytest.mark.skipif(not (ROOT / ".venv-spark").exists(), reason="needs .venv-spark"),
]
LEAST: Final = 0.98
"""So many of each family are to be equal, functions that are not built and what is explained left
out. Of two mistakes not always the same one is told.
"""


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    folder: Path = tmp_path_factory.mktemp("differential")
    with Spark(folder / "answers.sqlite") as spark:
        yield spark


@pytest.fixture(scope="module")
def ours() -> Iterator[Boathouse]:
    with boathouse.session(settings={"spark.sql.session.timeZone": "UTC"}) as session:
        yield Boathouse(session)


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"function"}))
def test_family(family: str, spark: Spark, ours: Boathouse) -> None:
    asked = list(cases(seed=2, number=60, families=(family,)))
    found = [
        one
        for one in differences(asked, spark, ours, "parameters")
        if "not built" not in one[1] and explanation(one[0], *one[2:]) is None
    ]
    shown = "\n".join(f"{kind}: {case.sql}" for case, kind, *_ in found)
    assert len(found) <= len(asked) * (1 - LEAST), shown
