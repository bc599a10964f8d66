"""What each pass makes of a plan, that it says the same, and that it knows when it is done."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from boathouse import sql
from boathouse.plan import relations as r
from boathouse.plan.explain import plan_text
from boathouse.rewrite.fold_constants import fold_constants
from boathouse.rewrite.order_windows import order_windows
from boathouse.rewrite.passes import PASSES
from boathouse.session import execute
from boathouse.session.session import Session
from tests.plan.snapshot import Snapshot, cases, check, normalised

HERE = Path(__file__).parent
CASES = list(cases(HERE, "*.rewrite"))
ZONE = "UTC"

Pass = Callable[[r.Relation], r.Relation]


def rewriting(session: Session, name: str) -> Pass:
    """The pass called `name`."""
    evaluate = partial(execute.constants, engine=session.engine, zone=ZONE)
    passes: dict[str, Pass] = {one.__name__: one for one in PASSES}
    passes["order_windows"] = order_windows
    passes["fold_constants"] = lambda plan: fold_constants(plan, evaluate)
    return passes[name]


@pytest.fixture
def bound(session, data, monkeypatch) -> Callable[[Snapshot], r.Relation]:
    monkeypatch.chdir(data)

    def bind(case: Snapshot) -> r.Relation:
        text = case.query.replace("(LONG LIST)", f"({', '.join(map(str, range(300)))})")
        return session.plan(sql.parse_query(text, session.parser_settings()))

    return bind


@pytest.mark.parametrize("case", CASES)
def test_pass_rewrites(case: Snapshot, session, data, bound, bless):
    plan = bound(case)
    after = rewriting(session, case.path.stem)(plan)
    text = f"{plan_text(plan)}\n=>\n{plan_text(after)}"
    check(case, normalised(text, data=data), bless=bless)


@pytest.mark.parametrize("case", CASES)
def test_rows_stay_the_same(case: Snapshot, session, bound):
    plan = bound(case)
    after = rewriting(session, case.path.stem)(plan)
    assert answer(after, session) == answer(plan, session)


@pytest.mark.parametrize("case", CASES)
def test_a_second_time_changes_nothing(case: Snapshot, session, bound):
    one = rewriting(session, case.path.stem)
    once = one(bound(case))
    assert one(once) is once


def answer(plan: r.Relation, session: Session) -> object:
    """Columns and rows of `plan`, as it is, with no other pass."""
    statement = execute.lowered(plan)
    table = session.engine.run(statement.sql, tables=statement.tables, zone=ZONE)
    columns = [(a.name, a.of, a.may_be_null) for a in plan.output]
    rows = zip(*(column.to_pylist() for column in table.columns[: len(columns)]), strict=True)
    return columns, sorted(rows, key=repr)


def test_every_pass_has_its_cases():
    passes = {"fold_constants", "order_windows", *(one.__name__ for one in PASSES)}
    assert {path.stem for path in HERE.glob("*.rewrite")} == passes
