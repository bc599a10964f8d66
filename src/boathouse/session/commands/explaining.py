"""EXPLAIN of a query or a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError
from boathouse.plan.explain import spec_text
from boathouse.session.answers import Answer, answer, schema
from boathouse.spec import commands as sc
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session

_PLAN = schema(("plan", t.STRING, True))


def explain(session: Session, command: sc.Explain, operation: Operation) -> Answer:
    """EXPLAIN: the plan as one row of text; a query that cannot be bound is explained by why."""
    said = command.input
    if isinstance(said, sc.Command):
        text = f"== Physical Plan ==\n{spec_text(said)}\n\n"
        return answer(session, _PLAN, [(text,)])
    try:
        rows = [session.explain(said, command.mode)]
    except AnalysisError as error:
        rows = [f"Error occurred during query planning: \n{error}", *spec_text(said).splitlines()]
        rows = [line for row in rows for line in row.split("\n")]
    return answer(session, _PLAN, [(row,) for row in rows])
