"""Session variables: DECLARE, SET and DROP VARIABLE; EXECUTE IMMEDIATE."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from boathouse import sql
from boathouse.analysis.calls import is_random
from boathouse.analysis.coercion import require_castable
from boathouse.analysis.expressions import bind, identifier_parts, unaliased
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.scope import Scope, search_path
from boathouse.errors.exceptions import AnalysisError, ParseError, SparkError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import contains, walk
from boathouse.session import execute
from boathouse.session.answers import Answer, nothing
from boathouse.session.commands.assignments import stored
from boathouse.session.commands.defaults import is_default
from boathouse.session.commands.targets import shown
from boathouse.session.relations import is_session_place
from boathouse.session.scopes import Variable
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.spec.nodes import nodes_of
from boathouse.spec.scripts import Script
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.analysis.scope import Context
    from boathouse.session.operations import Operation
    from boathouse.session.scopes import Frames
    from boathouse.session.session import Session


def _own_name(parts: tuple[str, ...]) -> str | None:
    """The name of a session variable alone, None where its qualifier is not that of variables."""
    return parts[-1].lower() if is_session_place(parts[:-1]) else None


def _full_name(name: str) -> str:
    return shown(("system", "session", name))


def _unresolved(session: Session, parts: tuple[str, ...]) -> AnalysisError:
    path = search_path(session.context())
    return AnalysisError("UNRESOLVED_VARIABLE", variableName=shown(parts), searchPath=path)


def _unresolved_place(parts: tuple[str, ...]) -> AnalysisError:
    """The error for a variable that would be elsewhere than where variables are."""
    path = "[`system`.`session`]"
    return AnalysisError("UNRESOLVED_VARIABLE", variableName=shown(parts), searchPath=path)


# ---- DECLARE, DROP
# ----------------------------------------------------------------------------------


def declare(session: Session, command: sc.DeclareVariable, operation: Operation) -> Answer:
    """DECLARE [OR REPLACE] VARIABLE; inside a script, for as long as its block runs."""
    frames = operation.frames
    place = session.variables if frames is None else frames[-1].variables
    context = session.context(operation)
    names = [_declared_name(parts, frames) for parts in command.names]
    for name in names:
        if names.count(name) > 1:
            raise AnalysisError(
                "DUPLICATE_VARIABLE_NAME_INSIDE_DECLARE", variableName=_shown_in(name, frames)
            )
    made: dict[str, Variable] = {}
    for name in names:
        value = _bound(command.default, context)
        _require_simple_default(command, name, value)
        of = command.type if isinstance(command.type, t.DataType) else None
        of = of or (value.type if value is not None else t.NULL)
        if name in place and not command.replace:
            raise AnalysisError("VARIABLE_ALREADY_EXISTS", variableName=_shown_in(name, frames))
        value = e.Literal(None, of) if value is None else value
        made[name] = Variable(constant(session, value, of, context), command.default)
    place.update(made)
    return nothing(session)


def _declared_name(parts: tuple[str, ...], frames: Frames | None) -> str:
    name = _own_name(parts)
    if name is None or (frames is not None and len(parts) > 1):
        raise _unresolved_place(parts)
    return name


def _shown_in(name: str, frames: Frames | None) -> str:
    if frames is None:
        return _full_name(name)
    qualifier = frames[-1].qualifier
    return shown((name,) if qualifier is None else (qualifier, name))


def _require_simple_default(
    command: sc.DeclareVariable, name: str, value: e.Expression | None
) -> None:
    if value is not None and _has_subquery(value):
        raise AnalysisError(
            "INVALID_DEFAULT_VALUE.SUBQUERY_EXPRESSION",
            statement="DECLARE VARIABLE",
            colName=_full_name(name),
            defaultValue=_text_of(command),
        )


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


def constant(
    session: Session,
    value: e.Expression,
    of: t.DataType | None = None,
    context: Context | None = None,
    name: str | None = None,
) -> e.Literal:
    """The value of an expression without columns; with `context`, as a value of the type `of`."""
    for node in walk(value):
        shown_node = f'"{shown_sql(node)}"'
        if isinstance(node, e.GeneratorCall):
            raise AnalysisError("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", plan=shown_node)
        if isinstance(node, (e.AggregateCall, e.WindowCall)):
            raise AnalysisError("UNSUPPORTED_EXPR_FOR_OPERATOR", invalidExprSqls=shown_node)
    if of is not None and context is not None:
        require_castable(value, of, se.CastMode.ANSI, name or shown_sql(value))
        value = stored(value, of, context)
    plan = r.Project(r.OneRow(), (e.Alias(value, "value"),))
    rows = execute.rows(plan, session.engine, session.zone)
    return e.Literal(rows[0][0], value.type if of is None else of)


def drop(session: Session, command: sc.DropVariable, operation: Operation) -> Answer:
    """DROP TEMPORARY VARIABLE."""
    if operation.frames is not None:
        raise AnalysisError("UNSUPPORTED_FEATURE.SQL_SCRIPTING_DROP_TEMPORARY_VARIABLE")
    name = _own_name(command.name)
    if name is None:
        raise _unresolved_place(command.name)
    if session.variables.pop(name, None) is None and not command.if_exists:
        raise AnalysisError("VARIABLE_NOT_FOUND", variableName=_full_name(name))
    return nothing(session)


# ---- SET
# --------------------------------------------------------------------------------------------


def set_variable(session: Session, command: sc.SetVariable, operation: Operation) -> Answer:
    """SET VARIABLE name = value, ... or (names) = (query)."""
    targets = _targets(session, command.names, operation)
    if command.query is not None:
        _assign_rows(session, targets, command.query, operation)
        return nothing(session)
    if len(targets) > 1:
        _assign_rows(session, targets, _as_query(targets, command), operation)
        return nothing(session)
    context = session.context(operation)
    values: list[e.Literal] = []
    for target, value in zip(targets, command.values, strict=True):
        of = target.value.of
        if is_default(value):
            bound = _bound(target.default, context) or e.Literal(None, of)
        else:
            _refuse_inner_default(value)
            bound = unaliased(bind(value, Scope(context)))
        if contains(bound, e.AggregateCall, e.WindowCall, e.GeneratorCall):
            values += _row(session, [target], sr.Project(sr.OneRow(), (value,)), operation)
            continue
        values.append(constant(session, bound, of, context, command.names[len(values)][-1]))
    for target, value in zip(targets, values, strict=True):
        target.value = value
    return nothing(session)


def _as_query(targets: Sequence[Variable], command: sc.SetVariable) -> sr.Relation:
    """The new values of several variables as a query: a value may look at those to its left, but
    not at those that are names alone, for Spark gives them no alias.
    """
    values: list[se.Expression] = []
    for parts, target, value in zip(command.names, targets, command.values, strict=True):
        if is_default(value):
            said = target.default or se.Literal(None, t.NULL)
        else:
            _refuse_inner_default(value)
            said = value
        bare = isinstance(said, se.Name)
        values.append(said if bare else se.Alias(said, (parts[-1],)))
    return sr.Project(sr.OneRow(), tuple(values))


def _refuse_inner_default(value: se.Expression) -> None:
    if any(isinstance(x, (se.Name, se.Default)) and is_default(x) for x in nodes_of(value)):
        raise AnalysisError("DEFAULT_PLACEMENT_INVALID")


def _targets(
    session: Session,
    names: Sequence[tuple[str, ...]],
    operation: Operation,
    *,
    column: bool = False,
) -> list[Variable]:
    """The variables that `names` mean, each once."""
    found: list[Variable] = []
    for parts in names:
        local = None if operation.frames is None else operation.frames.variable(parts)
        name = _own_name(parts)
        variable = local or (None if name is None else session.variables.get(name))
        if variable is None and column:
            # Behind INTO, Spark takes them for columns at first.
            raise AnalysisError("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", objectName=shown(parts))
        if variable is None:
            raise _unresolved(session, parts)
        if any(variable is other for other in found):
            raise AnalysisError("DUPLICATE_ASSIGNMENTS", nameList=t.quoted(parts[-1].lower()))
        found.append(variable)
    return found


def _assign_rows(
    session: Session, targets: list[Variable], query: sr.Relation, operation: Operation
) -> None:
    """The one row of `query` into variables."""
    values = _row(session, targets, query, operation)
    for target, value in zip(targets, values, strict=True):
        target.value = value


def _row(
    session: Session, targets: list[Variable], query: sr.Relation, operation: Operation
) -> list[e.Literal]:
    """The one row of `query` as values for `targets`; no row: NULL for each."""
    plan = session.plan(query, operation)
    _require_as_many(targets, plan.output)
    context = session.context(operation)
    for column, target in zip(plan.output, targets, strict=True):
        require_castable(column, target.value.of, se.CastMode.ANSI, column.name)
    columns = [
        e.Alias(stored(a, target.value.of, context), a.name)
        for a, target in zip(plan.output, targets, strict=True)
    ]
    few = r.Limit(r.Project(plan, tuple(columns)), 2)
    rows = execute.rows(few, session.engine, session.zone)
    if len(rows) > 1:
        raise SparkError("ROW_SUBQUERY_TOO_MANY_ROWS")
    values = rows[0] if rows else (None,) * len(targets)
    return [e.Literal(v, x.value.of) for x, v in zip(targets, values, strict=True)]


def _require_as_many(targets: Sequence[Variable], values: Sequence[object]) -> None:
    if len(targets) != len(values):
        raise AnalysisError(
            "ASSIGNMENT_ARITY_MISMATCH", numTarget=len(targets), numExpr=len(values)
        )


def fetch(
    session: Session,
    names: Sequence[tuple[str, ...]],
    values: list[e.Literal],
    operation: Operation,
) -> None:
    """FETCH: the values of a row into variables, or all of them into one struct."""
    targets = _targets(session, names, operation)
    context = session.context(operation)
    only = targets[0].value.of
    if len(targets) == 1 and isinstance(only, t.StructType) and len(values) == len(only):
        fields = zip(values, only.fields, strict=True)
        parts = tuple(constant(session, v, f.type, context).value for v, f in fields)
        targets[0].value = e.Literal(parts, only)
        return
    _require_as_many(targets, values)
    found = [
        constant(session, value, target.value.of, context)
        for target, value in zip(targets, values, strict=True)
    ]
    for target, value in zip(targets, found, strict=True):
        target.value = value


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
    """EXECUTE IMMEDIATE text [INTO variables] [USING arguments]. The text does not see the
    variables of the script around. Only a query gives rows INTO variables; as in Spark, any other
    statement has done its work when that is told.
    """
    statement = _statement(session, command, operation)
    targets = _targets(session, command.into, operation, column=True)
    frames, operation.frames = operation.frames, None
    try:
        if isinstance(statement.spec, sc.Command):
            spec = session.with_parameters(statement.spec, statement.query)
            done = session.command(spec, operation)
            if targets:
                raise AnalysisError(
                    "INVALID_STATEMENT_FOR_EXECUTE_INTO", sqlString=statement.query.text.upper()
                )
            return done
        if targets:
            _assign_rows(session, targets, statement.query, operation)
            return nothing(session)
        return Answer(rows=session.query(statement.query, operation))
    finally:
        operation.frames = frames


def named_later(session: Session, command: sc.NamedLater, operation: Operation) -> Answer:
    """A command, read again with the names that its IDENTIFIER(...) spell now."""
    scope = Scope(session.context(operation))
    names = tuple(_spelt(text, scope) for text in command.identifiers)
    settings = replace(session.parser_settings(), names=names)
    spec = sql.parse_statement(command.query.text, settings, command.query)
    assert isinstance(spec, sc.Command)  # noqa: S101 - it was one
    return session.command(session.with_parameters(spec, command.query), operation)


def _spelt(text: se.Expression, scope: Scope) -> tuple[str, ...]:
    """The name that IDENTIFIER(text) spells; outside of queries there are no columns for it."""
    try:
        return identifier_parts(text, scope)
    except AnalysisError as error:
        if not error.condition.startswith("UNRESOLVED_COLUMN") or not isinstance(text, se.Name):
            raise
        said = {"name": "IDENTIFIER", "expr": ".".join(text.parts)}
        raise AnalysisError("NOT_A_CONSTANT_STRING.NOT_CONSTANT", **said) from None


def _require_plain(value: e.Expression) -> None:
    """UNSUPPORTED_EXPR_FOR_PARAMETER unless `value` looks at no rows and draws nothing."""
    rows = _has_subquery(value) or contains(value, e.AggregateCall, e.WindowCall, e.GeneratorCall)
    if rows or any(map(is_random, walk(value))):
        name = f'"{shown_sql(value)}"'
        raise AnalysisError("UNSUPPORTED_EXPR_FOR_PARAMETER", invalidExprSql=name)


def _statement(session: Session, command: sc.ExecuteImmediate, operation: Operation) -> _Statement:
    context = session.context(operation)
    bound = unaliased(bind(command.text, Scope(context)))
    if not isinstance(bound.type, t.StringType):
        raise AnalysisError(
            "INVALID_EXPR_TYPE_FOR_QUERY_EXECUTE_IMMEDIATE", exprType=f'"{bound.type.sql}"'
        )
    _require_plain(bound)
    text = context.fold(bound)
    if text is None:
        said = command.text
        name = shown(said.parts) if isinstance(said, se.Name) else t.quoted(shown_sql(bound))
        raise AnalysisError("NULL_QUERY_STRING_EXECUTE_IMMEDIATE", varName=name)
    query = replace(arguments(session, command.arguments, operation, mixed=True), text=text)
    spec = sql.parse_statement(text, session.parser_settings(), query)
    if isinstance(spec, Script):
        raise AnalysisError("SQL_SCRIPT_IN_EXECUTE_IMMEDIATE", sqlString=text)
    marks = {name is not None for name in sql.parameters_in(text)}
    if len(marks) > 1:
        raise AnalysisError("INVALID_QUERY_MIXED_QUERY_PARAMETERS")
    names = {name for name, _ in command.arguments}
    if True in marks and (not query.named or (None in names and len(names) > 1)):
        unnamed = [value for name, value in command.arguments if name is None]
        given = [unaliased(bind(value, Scope(context))) for value in unnamed]
        shown_values = ", ".join(f'"{shown_sql(value)}"' for value in given)
        raise AnalysisError("ALL_PARAMETERS_MUST_BE_NAMED", exprs=shown_values)
    return _Statement(query, spec)


def arguments(
    session: Session,
    given: Sequence[tuple[str | None, se.Expression]],
    operation: Operation,
    *,
    mixed: bool = False,
) -> sr.QueryText:
    """The arguments behind USING, as values; a variable without AS is also called by its name.
    INVALID_QUERY_MIXED_QUERY_PARAMETERS where some have names and some not, unless `mixed`.
    """
    context = session.context(operation)
    named: dict[str, se.Expression] = {}
    positional: list[se.Expression] = []
    variables: list[tuple[str, se.Expression]] = []
    for name, value in given:
        argument = unaliased(bind(value, Scope(context)))
        _require_plain(argument)
        bound = constant(session, argument)
        literal: se.Expression = se.Literal(bound.value, bound.of)
        if bound.value is None:
            literal = se.Cast(se.Literal(None, t.NULL), bound.of)
        if name is None and isinstance(value, se.Name):
            variables.append((value.parts[-1], literal))
        positional.append(literal)
        if name is None:
            continue
        if name in named:
            raise ParseError("EXEC_IMMEDIATE_DUPLICATE_ARGUMENT_ALIASES", aliases=t.quoted(name))
        named[name] = literal
    if named and len(named) < len(positional) and not mixed:
        raise AnalysisError("INVALID_QUERY_MIXED_QUERY_PARAMETERS")
    if named:  # where the text has marks without names, the names say nothing
        return sr.QueryText("", tuple(named.items()), tuple(positional))
    # A variable is called by its own name where the text asks for names.
    named = dict(variables) if len(variables) == len(positional) else {}
    return sr.QueryText("", tuple(named.items()), tuple(positional))
