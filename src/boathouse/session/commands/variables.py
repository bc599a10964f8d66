"""Session variables: DECLARE, SET and DROP VARIABLE; EXECUTE IMMEDIATE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boathouse import sql
from boathouse.analysis.coercion import cast, require_castable
from boathouse.analysis.expressions import bind, unaliased
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.scope import Scope
from boathouse.errors.exceptions import AnalysisError, SparkError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import walk
from boathouse.session import execute
from boathouse.session.answers import Answer, nothing
from boathouse.session.commands.defaults import is_default
from boathouse.session.commands.targets import shown
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.session.operations import Operation
    from boathouse.session.session import Session

_PLACES = ((), ("session",), ("system", "session"))


def _own_name(parts: tuple[str, ...]) -> str | None:
    """The name of a variable alone, None where its qualifier is not that of variables."""
    qualifier = tuple(part.lower() for part in parts[:-1])
    return parts[-1].lower() if qualifier in _PLACES else None


def _full_name(name: str) -> str:
    return shown(("system", "session", name))


def _unresolved(session: Session, parts: tuple[str, ...], *, anywhere: bool) -> AnalysisError:
    path = "[`system`.`session`]"
    if anywhere:
        place = f"{t.quoted(session.catalog)}.{t.quoted(session.database)}"
        path = f"[`system`.`builtin`, `system`.`session`, {place}]"
    return AnalysisError("UNRESOLVED_VARIABLE", variableName=shown(parts), searchPath=path)


# ---- DECLARE, DROP
# ----------------------------------------------------------------------------------


def declare(session: Session, command: sc.DeclareVariable, operation: Operation) -> Answer:
    """DECLARE [OR REPLACE] VARIABLE."""
    context = session.context(operation)
    for parts in command.names:
        name = _own_name(parts)
        if name is None:
            raise _unresolved(session, parts, anywhere=False)
        value = _bound(command.default, context)
        if value is not None and _has_subquery(value):
            assert command.default is not None  # noqa: S101 - it was bound
            raise AnalysisError(
                "INVALID_DEFAULT_VALUE.SUBQUERY_EXPRESSION",
                statement="DECLARE VARIABLE",
                colName=_full_name(name),
                defaultValue=_text_of(command),
            )
        of = command.type if isinstance(command.type, t.DataType) else None
        of = of or (value.type if value is not None else t.NULL)
        if value is None:
            value = e.Literal(None, of)
        if name in session.variables and not command.replace:
            raise AnalysisError("VARIABLE_ALREADY_EXISTS", variableName=_full_name(name))
        session.variables[name] = _constant(session, value, of, operation)
        session.variable_defaults[name] = command.default
    return nothing(session)


def _text_of(command: sc.DeclareVariable) -> str:
    origin = command.origin
    text = "" if origin is None else origin.text[origin.start : origin.stop + 1]
    for word in (" DEFAULT ", " default ", "="):
        if word in text:
            return text.partition(word)[2].strip().rstrip(";")
    return text


def _bound(value: se.Expression | None, context: Any) -> e.Expression | None:
    return None if value is None else unaliased(bind(value, Scope(context)))


def _has_subquery(value: e.Expression) -> bool:
    return any(isinstance(n, (e.ScalarSubquery, e.Exists, e.InSubquery)) for n in walk(value))


def _constant(
    session: Session, value: e.Expression, of: t.DataType, operation: Operation
) -> e.Literal:
    """The value of an expression without columns, of the type `of`."""
    context = session.context(operation)
    require_castable(value, of, se.CastMode.ANSI, shown_sql(value))
    wanted = cast(value, of, se.CastMode.ANSI, context) if value.type != of else value
    plan = r.Project(r.OneRow(), (e.Alias(wanted, "value"),))
    rows = execute.rows(plan, session.engine, session.zone)
    return e.Literal(rows[0][0], of)


def drop(session: Session, command: sc.DropVariable, operation: Operation) -> Answer:
    """DROP TEMPORARY VARIABLE."""
    name = _own_name(command.name)
    if name is None:
        raise _unresolved(session, command.name, anywhere=False)
    if session.variables.pop(name, None) is None and not command.if_exists:
        raise AnalysisError("VARIABLE_NOT_FOUND", variableName=_full_name(name))
    session.variable_defaults.pop(name, None)
    return nothing(session)


# ---- SET
# --------------------------------------------------------------------------------------------


def set_variable(session: Session, command: sc.SetVariable, operation: Operation) -> Answer:
    """SET VARIABLE name = value, ... or (names) = (query)."""
    names = _targets(session, command.names)
    if command.query is not None:
        _assign_rows(session, names, command.query, operation)
        return nothing(session)
    context = session.context(operation)
    found: dict[str, e.Literal] = {}
    for name, value in zip(names, command.values, strict=True):
        of = session.variables[name].of
        if is_default(value):
            default = session.variable_defaults.get(name)
            bound = _bound(default, context) or e.Literal(None, of)
        else:
            bound = unaliased(bind(value, Scope(context)))
        found[name] = _constant(session, bound, of, operation)
    session.variables.update(found)
    return nothing(session)


def _targets(session: Session, names: Sequence[tuple[str, ...]]) -> list[str]:
    found: list[str] = []
    for parts in names:
        name = _own_name(parts)
        if name is None or name not in session.variables:
            raise _unresolved(session, parts, anywhere=True)
        if name in found:
            raise AnalysisError("DUPLICATE_ASSIGNMENTS", nameList=t.quoted(name))
        found.append(name)
    return found


def _assign_rows(
    session: Session, names: list[str], query: sr.Relation, operation: Operation
) -> None:
    """The one row of `query` into variables; no row: NULL in each."""
    plan = session.plan(query, operation)
    if len(plan.output) != len(names):
        raise AnalysisError(
            "ASSIGNMENT_ARITY_MISMATCH", numTarget=len(names), numExpr=len(plan.output)
        )
    context = session.context(operation)
    columns = [
        e.Alias(cast(a, session.variables[n].of, se.CastMode.ANSI, context), n)
        for a, n in zip(plan.output, names, strict=True)
    ]
    few = r.Limit(r.Project(plan, tuple(columns)), 2)
    rows = execute.rows(few, session.engine, session.zone)
    if len(rows) > 1:
        raise SparkError("ROW_SUBQUERY_TOO_MANY_ROWS")
    values = rows[0] if rows else (None,) * len(names)
    for name, value in zip(names, values, strict=True):
        session.variables[name] = e.Literal(value, session.variables[name].of)


# ---- EXECUTE IMMEDIATE
# ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement read from text at run time, with the arguments of its parameters."""

    query: sr.QueryText
    spec: sr.Relation | sc.Command


def execute_immediate(
    session: Session, command: sc.ExecuteImmediate, operation: Operation
) -> Answer:
    """EXECUTE IMMEDIATE text [INTO variables] [USING arguments]."""
    statement = _statement(session, command, operation)
    names = _targets(session, command.into)
    if not isinstance(statement.spec, sc.Command):
        if names:
            _assign_rows(session, names, statement.query, operation)
            return nothing(session)
        return Answer(rows=session.query(statement.query, operation))
    if names:
        raise AnalysisError(
            "INVALID_STATEMENT_FOR_EXECUTE_INTO", sqlString=statement.query.text.upper()
        )
    return session.command(session.with_parameters(statement.spec, statement.query), operation)


def _shown(text: se.Expression) -> str:
    return shown(text.parts) if isinstance(text, se.Name) else ""


def _statement(session: Session, command: sc.ExecuteImmediate, operation: Operation) -> _Statement:
    context = session.context(operation)
    bound = unaliased(bind(command.text, Scope(context)))
    if not isinstance(bound.type, t.StringType):
        raise AnalysisError(
            "INVALID_EXPR_TYPE_FOR_QUERY_EXECUTE_IMMEDIATE", exprType=f'"{bound.type.sql}"'
        )
    text = context.fold(bound)
    if text is None:
        raise AnalysisError("NULL_QUERY_STRING_EXECUTE_IMMEDIATE", varName=_shown(command.text))
    named = tuple((n, value) for n, value in command.arguments if n is not None)
    positional = tuple(value for n, value in command.arguments if n is None)
    if named and positional:
        raise AnalysisError("INVALID_QUERY_MIXED_QUERY_PARAMETERS")
    query = sr.QueryText(text, named, positional)
    return _Statement(query, sql.parse_statement(text, session.parser_settings(), query))
