"""Functions whose body is SQL: made, called, described, dropped."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from boathouse import sql
from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import cast, context_of, mode_of
from boathouse.analysis.expressions import bind, unaliased
from boathouse.analysis.naming import shown as shown_expression
from boathouse.analysis.scope import Bound, Context, Scope
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.registry import look_up
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import walk
from boathouse.session.answers import Answer, answer, nothing, schema
from boathouse.session.catalog import CATALOG
from boathouse.session.commands.moments import moment
from boathouse.session.commands.targets import schema_not_found, shown
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boathouse.functions.signature import Function
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session

_DOCUMENTATION = "https://spark.apache.org/docs/latest"
_DESCRIPTION = schema(("function_desc", t.STRING))


@dataclass(frozen=True)
class SqlFunction:
    """A function with a SQL body. It is called with the node of a call and its scope, or, a table
    function, with the node of a relation and its context.
    """

    name: tuple[str, ...]
    """One part for a temporary function, else catalog, database and name."""
    definition: sc.CreateFunction
    created: int = 0

    @property
    def shown(self) -> str:
        """As SHOW FUNCTIONS lists it."""
        return ".".join(self.name)

    def __call__(self, node: Any, scope: Any, binder: Any = None) -> Any:
        """The value, or the relation, of one call."""
        return (
            self.table(node, scope) if self.definition.returns_table else self.scalar(node, scope)
        )

    # ---- on disk ----

    def stored(self) -> dict[str, Any]:
        """The form in which the catalog keeps the function."""
        made, returns = self.definition, self.definition.returns
        return {
            "parameters": json.dumps(t.StructType(made.parameters).json),
            "defaults": list(made.defaults),
            "returns": json.dumps(returns.json) if isinstance(returns, t.DataType) else None,
            "body": made.body,
            "returns_table": made.returns_table,
            "comment": made.comment,
            "deterministic": made.deterministic,
            "created": self.created,
        }

    # ---- calls ----

    def scalar(self, node: se.Call | sr.TableFunction, scope: Scope | Context) -> e.Expression:
        """The body with the arguments in the place of the parameters."""
        if isinstance(scope, Context) or not isinstance(node, se.Call):
            raise AnalysisError("NOT_A_TABLE_FUNCTION", functionName=shown(self.name))
        given = self._given(node, node.arguments, scope)
        values = self._values(given, scope.context)
        body = bind(sql.parse_expression(self.definition.body), self._inside(scope.context, values))
        body = unaliased(body)
        returns = self.definition.returns
        if isinstance(returns, t.DataType):
            body = cast(body, returns, mode_of(scope.context), scope.context)
        texts = [
            shown_expression(given[p.name]) for p in self.definition.parameters if p.name in given
        ]
        text = f"{self.shown}({', '.join(texts)})"
        return bind_function("called_as", [body, e.Literal(text, t.STRING)], scope)

    def table(self, node: se.Call | sr.TableFunction, context: Scope | Context) -> Bound:
        """The body's rows."""
        if not isinstance(context, Context) or not isinstance(node, sr.TableFunction):
            raise AnalysisError("NOT_A_SCALAR_FUNCTION", functionName=shown(self.name))
        scope = Scope(context)
        values = self._values(self._given(node, node.arguments, scope), context)
        inside = self._inside(context, values)
        within = inside.context.within(inside)
        bound = within.bind(sql.parse_query(self.definition.body), within)
        return self._returned(bound, context)

    def _returned(self, bound: Bound, context: Context) -> Bound:
        returns = self.definition.returns
        columns: list[e.Named] = []
        fields = returns.fields if isinstance(returns, t.StructType) else None
        for position, column in enumerate(bound.output):
            field = fields[position] if fields else column.field
            value = cast(column, field.type, mode_of(context), context)
            columns.append(e.Alias(value, field.name, qualifier=self.name[-1:]))
        return Bound(r.Project(bound.plan, tuple(columns)), (bound,))

    def _inside(self, context: Context, values: Mapping[str, e.Expression]) -> Scope:
        """The scope of the body: parameters, and nothing of the caller's."""
        alone = replace(
            context,
            outer=None,
            common_tables={},
            windows={},
            references={},
            named_parameters={},
            positional_parameters=(),
        )
        return Scope(alone, aliases={alone.key(name): value for name, value in values.items()})

    def _given(
        self,
        node: Any,
        arguments: Sequence[se.Expression],
        scope: Scope,
    ) -> dict[str, e.Expression]:
        """The bound arguments by their parameters' names."""
        parameters = self.definition.parameters
        known = {scope.context.key(p.name): p.name for p in parameters}
        given: dict[str, e.Expression] = {}
        for position, argument in enumerate(arguments):
            if isinstance(argument, se.NamedArgument):
                name = known.get(scope.context.key(argument.name))
                if name is None:
                    raise AnalysisError(
                        "UNRECOGNIZED_PARAMETER_NAME",
                        context_of(node.origin),
                        routineName=shown(self.name),
                        argumentName=t.quoted(argument.name),
                        proposal=" ".join(t.quoted(p.name) for p in parameters),
                    )
                if name in given:
                    raise AnalysisError(
                        "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE",
                        context_of(node.origin),
                        routineName=shown(self.name),
                        parameterName=t.quoted(name),
                    )
                given[name] = unaliased(bind(argument.value, scope))
            elif position < len(parameters):
                given[parameters[position].name] = unaliased(bind(argument, scope))
        needed = [
            p.name
            for p, default in zip(parameters, self._defaults(), strict=True)
            if default is None
        ]
        if len(arguments) > len(parameters) or any(name not in given for name in needed):
            raise AnalysisError(
                "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                context_of(node.origin),
                functionName=shown(self.name),
                expectedNum=len(parameters),
                actualNum=len(arguments),
                docroot=_DOCUMENTATION,
            )
        return given

    def _defaults(self) -> tuple[str | None, ...]:
        return self.definition.defaults or (None,) * len(self.definition.parameters)

    def _values(
        self, given: Mapping[str, e.Expression], context: Context
    ) -> dict[str, e.Expression]:
        """A value of the right type for every parameter."""
        values: dict[str, e.Expression] = {}
        for parameter, default in zip(self.definition.parameters, self._defaults(), strict=True):
            value = given.get(parameter.name)
            if value is None:
                value = unaliased(bind(sql.parse_expression(default or "NULL"), Scope(context)))
            values[parameter.name] = cast(value, parameter.type, mode_of(context), context)
        return values

    # ---- checked ----

    def checked(self, context: Context) -> SqlFunction:
        """This function with the types of its result known; raises where its body is wrong."""
        inside = self._inside(
            context,
            {p.name: e.Attribute(e.fresh_id(), p.name, p.type) for p in self.definition.parameters},
        )
        if self.definition.returns_table:
            within = inside.context.within(inside)
            bound = within.bind(sql.parse_query(self.definition.body), within)
            return self._checked_table(bound)
        body = unaliased(bind(sql.parse_expression(self.definition.body), inside))
        if any(
            isinstance(node, (e.AggregateCall, e.WindowCall, e.GeneratorCall))
            for node in walk(body)
        ):
            raise AnalysisError(
                "USER_DEFINED_FUNCTIONS.CANNOT_CONTAIN_COMPLEX_FUNCTIONS",
                queryText=self.definition.body,
            )
        if self.definition.returns is not None:
            return self
        return replace(self, definition=replace(self.definition, returns=body.type))

    def _checked_table(self, bound: Bound) -> SqlFunction:
        returns = self.definition.returns
        if not isinstance(returns, t.StructType):
            fields = tuple(a.field for a in bound.output)
            return replace(self, definition=replace(self.definition, returns=t.StructType(fields)))
        if len(returns) != len(bound.output):
            raise AnalysisError(
                "USER_DEFINED_FUNCTIONS.RETURN_COLUMN_COUNT_MISMATCH",
                outputSize=len(bound.output),
                returnParamSize=len(returns),
                name=self.shown,
            )
        return self


def restored(name: tuple[str, ...], stored: Mapping[str, Any]) -> SqlFunction:
    """The function that `SqlFunction.stored` gave."""
    returns = stored["returns"]
    definition = sc.CreateFunction(
        name,
        sql.parse_schema(stored["parameters"]).fields,
        tuple(stored["defaults"]),
        None if returns is None else sql.parse_type(returns),
        stored["body"],
        returns_table=stored["returns_table"],
        comment=stored["comment"],
        deterministic=stored["deterministic"],
    )
    return SqlFunction(name, definition, stored["created"])


# ---- made and dropped
# -----------------------------------------------------------------------------


def create_function(session: Session, command: sc.CreateFunction, operation: Operation) -> Answer:
    """CREATE [TEMPORARY] FUNCTION ... RETURN."""
    name = _full_name(session, command.name, temporary=command.temporary)
    existing = find(session, name)
    if existing is not None and not command.replace:
        if command.if_not_exists:
            return nothing(session)
        raise AnalysisError(
            "ROUTINE_ALREADY_EXISTS",
            existingRoutineType="routine",
            newRoutineType="routine",
            routineName=shown(command.name[-1:] if command.temporary else name[1:]),
        )
    made = SqlFunction(name, command, time.time_ns() // 1_000_000)
    checked = made.checked(session.context(operation))
    if command.temporary:
        session.functions[name[-1]] = checked
    else:
        session.warehouse.put_function(checked)
    return nothing(session)


def _full_name(session: Session, parts: tuple[str, ...], *, temporary: bool) -> tuple[str, ...]:
    if temporary:
        return (parts[-1].lower(),)
    name = session.warehouse.name_of(parts, session)
    if session.warehouse.catalog.database(name.database) is None:
        raise schema_not_found((name.database,))
    return (CATALOG, name.database, name.table)


def find(session: Session, name: tuple[str, ...]) -> Any:
    """The function of the session, or of the catalog, that a full name means."""
    if len(name) == 1:
        return session.functions.get(name[0].lower())
    return session.warehouse.function(name[-2], name[-1])


def drop_function(session: Session, command: sc.DropFunction, operation: Operation) -> Answer:
    """DROP [TEMPORARY] FUNCTION."""
    last = command.name[-1].lower()
    if len(command.name) == 1 and look_up(last) is not None:
        raise AnalysisError(
            "FORBIDDEN_OPERATION",
            statement="DROP",
            objectType="FUNCTION",
            objectName=t.quoted(command.name[0]),
        )
    if command.temporary:
        dropped, missing = session.functions.pop(last, None) is not None, (last,)
    else:
        name = _full_name(session, command.name, temporary=False)
        dropped, missing = session.warehouse.drop_function(name[1], name[2]), name[1:]
    if not dropped and not command.if_exists:
        raise AnalysisError("ROUTINE_NOT_FOUND", routineName=shown(missing))
    return nothing(session)


# ---- described
# ------------------------------------------------------------------------------------


def resolve(session: Session, parts: tuple[str, ...]) -> Any:
    """The built-in, temporary or stored function that `parts` mean; UNRESOLVED_ROUTINE for none."""
    builtin = look_up(parts[-1]) if len(parts) == 1 else None
    found = builtin or session.tables().function(parts)
    if found is None:
        place = f"{t.quoted(session.catalog)}.{t.quoted(session.database)}"
        raise AnalysisError(
            "UNRESOLVED_ROUTINE",
            routineName=shown(parts),
            searchPath=f"[`system`.`builtin`, `system`.`session`, {place}]",
        )
    return found


def usage(function: Function) -> str:
    """How a function is called and what it gives, in a line."""
    names = [rule.name or f"arg{i}" for i, rule in enumerate(function.parameters, 1)]
    if function.variadic is not None:
        names.append("...")
    if names == ["arg1"]:
        names = ["expr"]
    text = " ".join(function.doc.strip().partition(">>>")[0].split())
    return f"{function.name}({', '.join(names)}) - {text}"


def class_name(function: Any) -> str:
    """What stands for the name of the class that computes a function."""
    return f"{type(function).__module__}.{type(function).__name__}"


def describe_function(session: Session, command: sc.Describe) -> Answer:
    """DESCRIBE FUNCTION, from the function's own entry."""
    function = resolve(session, command.name)
    if isinstance(function, SqlFunction):
        lines = _described(function, session, extended=command.extended)
    elif hasattr(function, "doc"):
        name = function.name if command.name[-1] not in function.aliases else command.name[-1]
        lines = [f"Function: {name}", f"Class: {class_name(function)}", f"Usage: {usage(function)}"]
        if command.extended:
            lines.append(_examples(function))
    else:
        lines = [f"Function: {command.name[-1]}", f"Class: {class_name(function)}", "Usage: N/A."]
    return answer(session, _DESCRIPTION, [(line,) for line in lines])


def _examples(function: Function) -> str:
    example = [line.strip() for line in function.doc.splitlines() if line.strip()]
    starts = [i for i, line in enumerate(example) if line.startswith(">>>")]
    if not starts:
        return "Extended Usage:\n"
    lines = [
        f"      > {line[3:].strip()};" if line.startswith(">>>") else f"       {line}"
        for line in example[starts[0] :]
    ]
    return "Extended Usage:\n    Examples:\n" + "\n".join(lines) + "\n"


def _described(function: SqlFunction, session: Session, *, extended: bool) -> list[str]:
    definition = function.definition
    width = 15 if extended else 10
    inputs = [
        _parameter(p, d)
        for p, d in zip(
            definition.parameters,
            definition.defaults or (None,) * len(definition.parameters),
            strict=True,
        )
    ]
    returns = definition.returns
    if isinstance(returns, t.StructType) and definition.returns_table:
        results = [f"{f.name} {f.type.sql}" for f in returns.fields]
    else:
        results = [returns.sql if isinstance(returns, t.DataType) else ""]
    facts: list[tuple[str, list[str]]] = [
        ("Function:", [function.shown]),
        ("Type:", ["TABLE" if definition.returns_table else "SCALAR"]),
        ("Input:", inputs or ["()"]),
        ("Returns:", results),
    ]
    if extended:
        if definition.comment is not None:
            facts.append(("Comment:", [definition.comment]))
        deterministic = definition.deterministic is not False
        configs = [f"{k}={session.setting_text(k)}" for k in _CONFIGS]
        facts += [
            ("Deterministic:", ["true" if deterministic else "false"]),
            ("Data Access:", ["READS SQL DATA" if definition.returns_table else "CONTAINS SQL"]),
            ("Configs:", configs),
            ("Create Time:", [moment(session.zone, function.created)]),
            ("Body:", [definition.body]),
        ]
    return [
        (key if position == 0 else "").ljust(width) + value
        for key, values in facts
        for position, value in enumerate(values)
    ]


_CONFIGS = ("spark.sql.ansi.enabled", "spark.sql.session.timeZone")


def _parameter(parameter: t.StructField, default: str | None) -> str:
    comment = dict(parameter.metadata).get("comment")
    text = f"{parameter.name} {parameter.type.sql}"
    if default is not None:
        text += f" DEFAULT {default}"
    return text if comment is None else f"{text} '{comment}'"
