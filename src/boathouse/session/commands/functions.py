"""Functions whose body is SQL: made, called, described, dropped."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from boathouse import sql
from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import cast, context_of, mode_of, require_castable
from boathouse.analysis.expressions import bind, expand, unaliased
from boathouse.analysis.naming import shown as shown_expression
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.routines import unknown_routine
from boathouse.analysis.scope import Bound, Context, Parameters, Scope
from boathouse.conf.settings import kept_setting
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.registry import look_up
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import walk
from boathouse.session.answers import Answer, answer, nothing, schema
from boathouse.session.catalog import CATALOG
from boathouse.session.commands.moments import moment
from boathouse.session.commands.targets import schema_not_found, shown
from boathouse.session.commands.views import settings as kept_settings
from boathouse.session.commands.views import told_settings
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.spec.nodes import nodes_of
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
    settings: Mapping[str, str] = field(default_factory=dict)
    """The settings under which it was made, and under which its body runs."""

    @property
    def shown(self) -> str:
        """As SHOW FUNCTIONS lists it."""
        return ".".join(self.name)

    def __call__(self, node: Any, scope: Any, binder: Any = None) -> Any:
        """The value, or the relation, of one call."""
        if self.definition.class_name:
            raise self.unloadable()
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
            "data_access": made.data_access,
            "collation": made.collation,
            "class_name": made.class_name,
            "created": self.created,
            "settings": dict(self.settings),
        }

    # ---- calls ----

    def unloadable(self) -> AnalysisError:
        """The error of a function that is a class: there is no JVM to load it into."""
        return AnalysisError(
            "CANNOT_LOAD_FUNCTION_CLASS",
            className=self.definition.class_name,
            functionName=shown(self.name),
        )

    def scalar(self, node: se.Call | sr.TableFunction, scope: Scope | Context) -> e.Expression:
        """The body with the arguments in the place of the parameters."""
        if isinstance(scope, Context) or not isinstance(node, se.Call):
            raise AnalysisError("NOT_A_TABLE_FUNCTION", functionName=shown(self.name))
        if scope.variables:
            raise AnalysisError(
                "UNSUPPORTED_FEATURE.LAMBDA_FUNCTION_WITH_SQL_UDF", funcName=self.shown
            )
        if node.distinct or node.condition is not None:
            raise AnalysisError(
                "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
                prettyName=shown(self.name),
                syntax="DISTINCT" if node.distinct else "FILTER CLAUSE",
            )
        given = self._given(node, _without_stars(node.arguments, scope), scope)
        values = self._values(given, scope.context)
        inside = self._inside(scope.context, values)
        body = unaliased(bind(self._body(), inside))
        returns = self.definition.returns
        if isinstance(returns, t.DataType):
            body = cast(body, returns, mode_of(inside.context), inside.context)
        if any(isinstance(argument, se.NamedArgument) for argument in node.arguments):
            texts = [shown_expression(value) for value in values.values()]
        else:
            texts = [shown_expression(value) for value in given.values()]
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
        bound = within.bind(self._query(), within)
        return self._returned(bound, context)

    def _body(self) -> se.Expression:
        return sql.parse_expression(self.definition.body, self._parser_settings())

    def _query(self) -> sr.Relation:
        return sql.parse_query(self.definition.body, self._parser_settings())

    def called(self) -> list[tuple[str, ...]]:
        """The names of the functions that the body calls."""
        if self.definition.class_name:
            return []
        root = self._query() if self.definition.returns_table else self._body()
        return [n.name for n in nodes_of(root) if isinstance(n, (se.Call, sr.TableFunction))]

    @property
    def reads_tables(self) -> bool:
        """Whether the body names a table."""
        if self.definition.class_name:
            return False
        root = self._query() if self.definition.returns_table else self._body()
        return any(isinstance(n, sr.NamedTable) for n in nodes_of(root))

    def _parser_settings(self) -> sql.ParserSettings:
        settings = sql.settings_from(
            lambda key: self.settings.get(key, ""),
            self.settings.get("spark.sql.session.timeZone", "UTC"),
        )
        collation = self.definition.collation
        return replace(settings, default_collation=collation) if collation else settings

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
        facts, kept = context.facts, self.settings
        if kept:
            facts = replace(
                facts,
                ansi=kept.get("spark.sql.ansi.enabled", "true") == "true",
                zone=kept.get("spark.sql.session.timeZone", facts.zone),
                path=(),
                setting=lambda key: kept_setting(kept, key, context.facts.setting),
            )
        alone = replace(
            context,
            facts=facts,
            outer=None,
            common_tables={},
            windows={},
            references={},
            named_parameters={},
            positional_parameters=(),
        )
        parameters = {alone.key(name): value for name, value in values.items()}
        return Scope(alone, parameters=Parameters(self.name[-1], parameters))

    def _given(
        self,
        node: Any,
        arguments: Sequence[se.Expression | e.Expression],
        scope: Scope,
    ) -> dict[str, e.Expression]:
        """The bound arguments by their parameters' names."""
        parameters = self.definition.parameters
        known = {scope.context.key(p.name): p.name for p in parameters}
        given: dict[str, e.Expression] = {}
        names = [p.name for p in parameters]
        known_by_place = 0
        while known_by_place < len(arguments) and not isinstance(
            arguments[known_by_place], se.NamedArgument
        ):
            known_by_place += 1
        for position, argument in enumerate(arguments):
            if not isinstance(argument, se.NamedArgument) and position > known_by_place:
                before = arguments[position - 1]
                raise AnalysisError(
                    "UNEXPECTED_POSITIONAL_ARGUMENT",
                    context_of(node.origin),
                    routineName=shown(self.name),
                    parameterName=t.quoted(getattr(before, "name", "")),
                )
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
                    both = known_by_place > 0 and name in names[:known_by_place]
                    kind = (
                        "BOTH_POSITIONAL_AND_NAMED" if both else "DOUBLE_NAMED_ARGUMENT_REFERENCE"
                    )
                    raise AnalysisError(
                        f"DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.{kind}",
                        context_of(node.origin),
                        routineName=shown(self.name),
                        parameterName=t.quoted(name),
                    )
                given[name] = unaliased(bind(argument.value, scope))
            elif position < len(parameters):
                given[parameters[position].name] = (
                    argument
                    if isinstance(argument, e.Expression)
                    else unaliased(bind(argument, scope))
                )
        self._require_all(node, given, known_by_place, len(arguments))
        return given

    def _require_all(
        self, node: Any, given: Mapping[str, e.Expression], by_place: int, count: int
    ) -> None:
        """Raise unless every parameter without default is given, and no more than there are."""
        parameters = self.definition.parameters
        needed = [
            p.name
            for p, default in zip(parameters, self._defaults(), strict=True)
            if default is None
        ]
        lacking = [name for name in needed if name not in given]
        if lacking and by_place < count <= len(parameters):
            raise AnalysisError(
                "REQUIRED_PARAMETER_NOT_FOUND",
                context_of(node.origin),
                routineName=shown(self.name),
                parameterName=t.quoted(lacking[0]),
                index=[p.name for p in parameters].index(lacking[0]),
            )
        if count > len(parameters) or any(name not in given for name in needed):
            raise AnalysisError(
                "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                context_of(node.origin),
                functionName=shown(self.name),
                expectedNum=len(parameters),
                actualNum=count,
                docroot=_DOCUMENTATION,
            )

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
            mode = mode_of(context)
            require_castable(value, parameter.type, mode, shown_sql(value))
            values[parameter.name] = cast(value, parameter.type, mode, context)
        return values

    # ---- checked ----

    def checked(self, context: Context) -> SqlFunction:
        """This function with the types of its result known; raises where its body is wrong."""
        if self.definition.class_name:
            if self.definition.temporary:
                raise self.unloadable()
            return self
        self._check_parameters(context)
        self._refuse_chars()
        inside = self._inside(context, {})
        inside = replace(
            inside,
            attributes=tuple(
                e.Attribute(e.fresh_id(), p.name, p.type, qualifier=self.name[-1:])
                for p in self.definition.parameters
            ),
        )
        if self.definition.returns_table:
            within = inside.context.within(inside)
            return self._checked_table(within.bind(self._query(), within))
        body = unaliased(bind(self._body(), inside))
        for node in walk(body):
            if isinstance(node, e.GeneratorCall):
                condition = "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS"
                raise AnalysisError(condition, expression=f'"{shown_sql(node)}"')
            if isinstance(node, (e.AggregateCall, e.WindowCall)):
                condition = "USER_DEFINED_FUNCTIONS.CANNOT_CONTAIN_COMPLEX_FUNCTIONS"
                raise AnalysisError(condition, queryText=self.definition.body)
        returns = self.definition.returns
        if isinstance(returns, t.DataType):
            require_castable(body, returns, mode_of(context), shown_sql(body))
            return self
        return replace(self, definition=replace(self.definition, returns=body.type))

    def _refuse_chars(self) -> None:
        made = self.definition
        said = [p.type for p in made.parameters]
        if isinstance(made.returns, t.DataType):
            said.append(made.returns)
        if any(t.contains_type(of, t.CharType, t.VarcharType) for of in said):
            raise AnalysisError("UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING")

    def _check_parameters(self, context: Context) -> None:
        made, name = self.definition, self.name[-1]
        names = [p.name.lower() for p in made.parameters]
        doubles = dict.fromkeys(n for n in names if names.count(n) > 1)
        if doubles:
            raise AnalysisError(
                "DUPLICATE_ROUTINE_PARAMETER_NAMES",
                routineName=name,
                names=", ".join(t.quoted(n) for n in doubles),
            )
        place = "USER_DEFINED_FUNCTIONS"
        pairs = list(zip(made.parameters, self._defaults(), strict=True))
        for (parameter, default), (following, next_default) in pairwise(pairs):
            if default is not None and next_default is None:
                raise AnalysisError(
                    f"{place}.NOT_A_VALID_DEFAULT_PARAMETER_POSITION",
                    functionName=name,
                    parameterName=parameter.name,
                    nextParameterName=following.name,
                )
        for parameter, default in pairs:
            if default is None:
                continue
            value = unaliased(bind(sql.parse_expression(default), Scope(context)))
            if any(isinstance(n, (e.ScalarSubquery, e.Exists, e.InSubquery)) for n in walk(value)):
                raise AnalysisError(
                    f"{place}.NOT_A_VALID_DEFAULT_EXPRESSION",
                    functionName=name,
                    parameterName=parameter.name,
                )

    def _checked_table(self, bound: Bound) -> SqlFunction:
        returns = self.definition.returns
        if not isinstance(returns, t.StructType):
            fields = tuple(a.field for a in bound.output)
            return replace(self, definition=replace(self.definition, returns=t.StructType(fields)))
        columns = [f.name.lower() for f in returns.fields]
        doubles = dict.fromkeys(n for n in columns if columns.count(n) > 1)
        if doubles:
            raise AnalysisError(
                "DUPLICATE_ROUTINE_RETURNS_COLUMNS",
                routineName=self.name[-1],
                columns=", ".join(t.quoted(n) for n in doubles),
            )
        if len(returns) != len(bound.output):
            raise AnalysisError(
                "USER_DEFINED_FUNCTIONS.RETURN_COLUMN_COUNT_MISMATCH",
                outputSize=len(bound.output),
                returnParamSize=len(returns),
                name=self.shown,
            )
        return self


def _without_stars(
    arguments: Sequence[se.Expression], scope: Scope
) -> list[se.Expression | e.Expression]:
    """`arguments` with the columns that a star stands for."""
    found: list[se.Expression | e.Expression] = []
    for argument in arguments:
        found += expand(argument, scope) if isinstance(argument, se.Star) else [argument]
    return found


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
        data_access=stored.get("data_access", ""),
        collation=stored.get("collation", ""),
        class_name=stored.get("class_name", ""),
    )
    return SqlFunction(name, definition, stored["created"], stored.get("settings", {}))


# ---- made and dropped
# -----------------------------------------------------------------------------


def create_function(session: Session, command: sc.CreateFunction, operation: Operation) -> Answer:
    """CREATE [TEMPORARY] FUNCTION ... RETURN."""
    name = _full_name(session, command.name, temporary=command.temporary)
    existing = find(session, name)
    if existing is None and command.replace and command.temporary:
        own = look_up(name[-1])
        if own is not None and not own.missing:
            condition = "USER_DEFINED_FUNCTIONS.CANNOT_REPLACE_NON_SQL_UDF_WITH_SQL_UDF"
            raise AnalysisError(condition, name=name[-1])
    made = SqlFunction(name, command, time.time_ns() // 1_000_000, kept_settings(session))
    tables = session.tables(operation).noting()
    try:
        checked = made.checked(replace(session.context(operation), tables=tables))
    except AnalysisError as error:
        missing = str(error.parameters.get("routineName", ""))
        own = missing == t.quoted(name[-1])
        if error.condition != "UNRESOLVED_ROUTINE" or (command.temporary and not own):
            raise
        if "`.`" not in missing:
            missing = f"{t.quoted(session.current_schema)}.{missing}"
        raise AnalysisError("ROUTINE_NOT_FOUND", routineName=missing) from None
    if command.data_access == "CONTAINS SQL" and made.reads_tables:
        raise AnalysisError("INVALID_SQL_FUNCTION_DATA_ACCESS")
    if existing is not None:
        _refuse_circle(session, made)
        if command.if_not_exists:
            return nothing(session)
        if not command.replace:
            raise AnalysisError(
                "ROUTINE_ALREADY_EXISTS",
                existingRoutineType="routine",
                newRoutineType="routine",
                routineName=shown(command.name[-1:] if command.temporary else name[1:]),
            )
    if not command.temporary:
        tables.refuse_passing("FUNCTION", shown(name[1:]))
    if command.temporary:
        session.functions[name[-1]] = checked
    else:
        session.warehouse.put_function(checked)
    return nothing(session)


def _refuse_circle(session: Session, made: SqlFunction) -> None:
    """CYCLIC_FUNCTION_REFERENCE where a replaced function would come to call itself."""
    paths: list[tuple[SqlFunction, ...]] = [(made,)]
    tables = session.tables()
    while paths:
        path = paths.pop()
        for called in path[-1].called():
            found = tables.function(called)
            if not isinstance(found, SqlFunction) or found.name in {f.name for f in path[1:]}:
                continue
            if found.name == made.name:
                text = " -> ".join(f.shown for f in (*path, made))
                raise AnalysisError("CYCLIC_FUNCTION_REFERENCE", path=text)
            paths.append((*path, found))


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
    own = command.temporary and last in session.functions
    if len(command.name) == 1 and look_up(last) is not None and not own:
        raise AnalysisError(
            "FORBIDDEN_OPERATION",
            statement="DROP",
            objectType="FUNCTION",
            objectName=t.quoted(command.name[0]),
        )
    if not command.temporary and len(command.name) == 1 and last in session.functions:
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1017",
            name=command.name[0],
            cmd="DROP FUNCTION",
            hintStr=" Please use DROP TEMPORARY FUNCTION to drop a temporary function.",
        )
    if command.temporary:
        dropped, missing = session.functions.pop(last, None) is not None, (last,)
    else:
        database = session.warehouse.name_of(command.name, session).database
        if command.if_exists and session.warehouse.catalog.database(database) is None:
            return nothing(session)
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
        raise unknown_routine(parts, None, session.context())
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
    if isinstance(function, SqlFunction) and function.definition.class_name:
        named = [f"Function: {function.shown}", f"Class: {function.definition.class_name}"]
        lines = [*named, "Usage: N/A."]
    elif isinstance(function, SqlFunction):
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
    defaults = definition.defaults or (None,) * len(definition.parameters)
    inputs = _lines(definition.parameters, defaults, extended=extended)
    returns = definition.returns
    if isinstance(returns, t.StructType) and definition.returns_table:
        results = _lines(returns.fields, (None,) * len(returns), extended=extended)
    else:
        results = [returns.sql if isinstance(returns, t.DataType) else ""]
    facts: list[tuple[str, list[str]]] = [
        ("Function:", [function.shown]),
        ("Type:", ["TABLE" if definition.returns_table else "SCALAR"]),
        ("Input:", inputs or ["()"]),
        ("Returns:", results),
    ]
    if definition.collation:
        facts.append(("Collation:", [definition.collation]))
    if extended:
        if definition.comment is not None:
            facts.append(("Comment:", [definition.comment]))
        deterministic = definition.deterministic is not False
        told = told_settings(session, function.settings)
        configs = [f"{key}={value}" for key, value in sorted(told.items())]
        derived = "READS SQL DATA" if function.reads_tables else "CONTAINS SQL"
        facts += [
            ("Deterministic:", ["true" if deterministic else "false"]),
            ("Data Access:", [definition.data_access or derived]),
            ("Configs:", configs),
            ("Create Time:", [moment(session.zone, function.created)]),
            ("Body:", [definition.body]),
        ]
    return [
        (key if position == 0 else "").ljust(width) + value
        for key, values in facts
        for position, value in enumerate(values)
    ]


def _lines(
    fields: Sequence[t.StructField], defaults: Sequence[str | None], *, extended: bool
) -> list[str]:
    """Parameters or columns, their names and types one below the other."""
    if not fields:
        return []
    name_width = max(len(f.name) for f in fields)
    type_width = max(len(f.type.sql) for f in fields)
    lines: list[str] = []
    for each, default in zip(fields, defaults, strict=True):
        line = f"{each.name.ljust(name_width)} {each.type.sql.ljust(type_width)}"
        if extended and default is not None:
            line += f" DEFAULT {default}"
        comment = dict(each.metadata).get("comment")
        if extended and comment is not None:
            line += f" '{comment}'"
        lines.append(line)
    return lines
