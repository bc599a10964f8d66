"""What a table over files may say of its rows: nothing, but Spark looks at it before it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.calls import is_random
from boathouse.analysis.expressions import bind
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.scope import Scope
from boathouse.analysis.sources import attributes_of
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import contains, walk
from boathouse.session import execute
from boathouse.session.commands.delta.checks import condition_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.session.session import Session
    from boathouse.spec import commands as sc


def require_conditions(session: Session, command: sc.CreateTable) -> None:
    """Every CHECK of a new table must be a condition on its columns, the same for the same row, and
    its constants must be ones that can be computed.
    """
    schema = t.StructType(tuple(c.column for c in command.columns))
    scope = Scope(session.context(), attributes_of(schema))
    for name, constraint in command.constraints:
        if not constraint.upper().startswith("CHECK"):
            continue
        text = condition_of(constraint)
        outside = AnalysisError("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", plan="CreateTable")
        try:
            bound = bind(sql.parse_expression(text, session.parser_settings()), scope)
        except AnalysisError as error:
            raise (
                outside if error.condition.startswith("UNSUPPORTED_GENERATOR") else error
            ) from None
        if contains(bound, e.GeneratorCall):
            raise outside
        if any(map(is_random, walk(bound))):
            raise AnalysisError("NON_DETERMINISTIC_CHECK_CONSTRAINT", checkCondition=text)
        if not isinstance(bound.type, (t.BooleanType, t.NullType)):
            raise AnalysisError(
                "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                sqlExpr=f'"CONSTRAINT {name or "null"} CHECK ({text})"',
                paramIndex="first",
                inputSql=f'"{shown_sql(bound)}"',
                inputType=f'"{bound.type.sql}"',
                requiredType='"BOOLEAN"',
            )
        execute.rewritten(r.Filter(r.OneRow(), bound), session.engine, session.zone)
