"""Unbound expressions -> bound ones: routing, and the kinds that need only a few lines."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boathouse import sql
from boathouse.analysis import subqueries, windows
from boathouse.analysis.access import extract_value
from boathouse.analysis.calls import (
    bind_function,
    build,
    check_place,
    check_sides,
    constant_of,
    describe,
    function_named,
    ordinal,
    wrong_number,
)
from boathouse.analysis.coercion import (
    as_type,
    cast,
    context_of,
    mode_of,
    refuse_time,
    require_castable,
    to_common,
)
from boathouse.analysis.collations import agreed
from boathouse.analysis.conditions import as_condition
from boathouse.analysis.exposure import file_column
from boathouse.analysis.faults import STRAY_LAMBDA, each
from boathouse.analysis.measures import measure
from boathouse.analysis.modifiers import refuse_modifiers
from boathouse.analysis.named_arguments import by_position
from boathouse.analysis.names import aliases_seen, bind_name, find, matching, unresolved
from boathouse.analysis.naming import class_named, qualified_sql, shown, shown_in, shown_sql
from boathouse.analysis.routines import builtin_name, is_callable, unknown_routine
from boathouse.analysis.stars import MisusedStarError, refuse_in_operator, star
from boathouse.analysis.subqueries import refuse_subqueries
from boathouse.analysis.updates import bind_update_field
from boathouse.errors.exceptions import (
    AnalysisError,
    IllegalArgumentError,
    UnsupportedError,
    unsupported,
)
from boathouse.functions import casts
from boathouse.functions.collation_rules import Undecided
from boathouse.functions.registry import look_up
from boathouse.functions.signature import (
    UNKNOWN,
    Argument,
    Function,
    Kind,
    arity,
    rule_at,
)
from boathouse.plan import expressions as e
from boathouse.plan.tree import contains, walk
from boathouse.spec import expressions as se
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boathouse.analysis.scope import Scope


_COLUMNS_BEFORE_ALIASES = "spark.sql.analyzer.preferColumnOverLcaInArrayIndex"


def bind(node: se.Expression, scope: Scope) -> e.Expression:
    """The one bound expression that `node` is; stars and multi-aliases are refused here."""
    try:
        return _KINDS[type(node)](node, scope)
    except MisusedStarError as misused:
        raise misused.inside(node) from None


def bind_all(nodes: Sequence[se.Expression], scope: Scope) -> list[e.Expression]:
    """Bound expressions, stars and name patterns expanded."""
    return [bound for found in each(nodes, lambda node: expand(node, scope)) for bound in found]


def bind_condition(node: se.Expression, scope: Scope, *, bare_null: bool = True) -> e.Expression:
    """A condition: BOOLEAN, or what casts to it."""
    return as_condition(unaliased(bind(node, scope)), scope.context, bare_null=bare_null)


# ---- what stands for several expressions
# -----------------------------------------------------------


def expand(node: se.Expression, scope: Scope) -> list[e.Expression]:
    """`node` as one or, for a star or pattern, any number of bound expressions."""
    match node:
        case se.Star():
            return list(star(node, scope))
        case se.NamePattern():
            return list(_pattern(node, scope))
        case se.ExpressionText():
            return expand(_parsed(node, scope), scope)
        case se.Name():
            return [_named_part(bind(node, scope), node.parts[-1])]
        case _:
            return [bind(node, scope)]


def _named_part(found: e.Expression, written: str) -> e.Expression:
    """A struct field, map value or variable asked for by name alone is called as it was written."""
    if isinstance(found, e.Field):
        metadata = found.struct_field.metadata
        return e.Alias(found, written, metadata=metadata, generated=True)
    if isinstance(found, (e.Literal, e.GroupingIndicator)) or (
        isinstance(found, e.Call) and found.function.name == "map_value"
    ):
        return e.Alias(found, written, generated=True)
    return found


def _pattern(node: se.NamePattern, scope: Scope) -> Sequence[e.Expression]:
    pattern = node.pattern
    if pattern.startswith("`") and pattern.endswith("`"):
        found = matching(pattern[1:-1], scope, node.table)
        if found or node.origin is None or not pattern[1:-1].isidentifier():
            return found
        parts = (*node.table, pattern[1:-1])  # Spark looks for what nothing matches by its name
        return [bind_name(se.Name(parts, origin=node.origin), scope)]
    return [bind_name(se.Name(sql.parse_identifier(pattern), node.plan_id), scope)]


# ---- one kind each
# ----------------------------------------------------------------------------------


def _literal(node: se.Literal, scope: Scope) -> e.Expression:
    return e.Literal(node.value, node.type, shown_in(scope.context.facts.zone, node))


def _name(node: se.Name, scope: Scope) -> e.Expression:
    if len(node.parts) == 1 and node.plan_id is None:
        constant = _keyword_function(node, scope)
        if constant is not None:
            return constant
    return bind_name(node, scope)


_KEYWORD_FUNCTIONS = {
    "current_date": "current_date",
    "current_timestamp": "current_timestamp",
    "current_time": "current_time",
    "current_path": "current_path",
    "current_user": "current_user",
    "user": "current_user",
    "session_user": "current_user",
    "grouping__id": "grouping_id",
}


def _keyword_function(node: se.Name, scope: Scope) -> e.Expression | None:
    """Spark reads ``current_date`` and its kin as calls where no column has that name."""
    name = node.parts[0].lower()
    if name not in _KEYWORD_FUNCTIONS or find(node.parts, scope) is not None:
        return None
    return bind(se.Call((_KEYWORD_FUNCTIONS[name],), origin=node.origin), scope)


def _parsed(node: se.ExpressionText, scope: Scope) -> se.Expression:
    return sql.parse_expression(node.text, scope.context.facts.parser_settings)


def _text(node: se.ExpressionText, scope: Scope) -> e.Expression:
    return bind(_parsed(node, scope), scope)


def _alias(node: se.Alias, scope: Scope) -> e.Expression:
    child = bind(node.child, scope)
    if isinstance(child, e.GeneratorCall):
        return renamed_generator(child, node.names, scope)
    if len(node.names) != 1 or node.listed:
        raise AnalysisError(
            "MULTI_ALIAS_WITHOUT_GENERATOR",
            expr=f'"{shown_sql(child)}"',
            names=", ".join(node.names),
        )
    metadata = json.loads(node.metadata) if node.metadata else None
    if metadata is None and isinstance(child, e.Attribute):
        kept = child.metadata
    else:
        kept = t.metadata_pairs(metadata or {})
    return e.Alias(
        child.child if isinstance(child, e.Alias) else child, node.names[0], metadata=kept
    )


def renamed_generator(call: e.GeneratorCall, names: Sequence[str], scope: Scope) -> e.GeneratorCall:
    """`call` with other column names."""
    if len(names) != len(call.schema.fields):
        raise AnalysisError(
            "UDTF_ALIAS_NUMBER_MISMATCH",
            aliasesSize=len(call.schema.fields),
            aliasesNames=",".join(names),
        )
    pairs = zip(names, call.schema.fields, strict=True)
    fields = tuple(t.StructField(name, f.type, f.nullable, f.metadata) for name, f in pairs)
    return e.GeneratorCall(
        call.function, call.arguments, t.StructType(fields), call.outer, call.facts, call.name
    )


def _cast(node: se.Cast, scope: Scope) -> e.Expression:
    child = unaliased(bind(node.child, scope))
    if isinstance(node.child, se.PathExtract) and (name := _last_name(node.child)):
        child = e.Alias(child, name, 0, generated=True)  # It gives the cast its name.
    wanted = node.type
    if isinstance(wanted, str):
        wanted = sql.parse_type(wanted, scope.context.facts.parser_settings)
    mode = mode_of(scope.context) if node.mode is se.CastMode.DEFAULT else node.mode
    refuse_time(wanted, scope.context)
    bound = (
        cast(child, wanted, mode, scope.context, explicit=True, origin=node.origin)
        if casts.can_cast(child.type, wanted, mode)
        else None
    )
    if bound is None:
        text = shown_sql(e.Cast(child, wanted, mode, True, explicit=True))
        require_castable(child, wanted, mode, text, node.origin)
        raise AnalysisError("INTERNAL_ERROR", message=text)
    return bound


def unaliased(expression: e.Expression) -> e.Expression:
    """`expression` without the alias around it, which means nothing inside another expression."""
    while isinstance(expression, e.Alias):
        expression = expression.child
    return expression


def _case(node: se.Case, scope: Scope) -> e.Expression:
    number = len(node.branches)
    parts = [part for column in zip(*node.branches, strict=True) for part in column]
    last = [] if node.otherwise is None else [node.otherwise]
    bound = each((*parts, *last), lambda part: unaliased(bind(part, scope)))
    conditions, values, otherwise = bound[:number], bound[number : 2 * number], bound[2 * number :]
    return case_of(conditions, values, otherwise[0] if otherwise else None, scope, node.origin)


def case_of(
    conditions: Sequence[e.Expression],
    values: Sequence[e.Expression],
    otherwise: e.Expression | None,
    scope: Scope,
    origin: se.Origin | None,
) -> e.Case:
    """CASE over bound parts: conditions made BOOLEAN, values brought to one type."""
    everything = [*values, otherwise] if otherwise is not None else list(values)
    draft = e.Case(tuple(zip(conditions, values, strict=True)), otherwise, t.NULL)
    everything = agreed(everything, lambda: shown_sql(draft), undecided=Undecided.RESULT)
    common = to_common(everything, scope.context)
    if common is None:
        types = ", ".join(f'"{x.type.sql}"' for x in everything)
        raise AnalysisError(
            "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
            context_of(origin),
            sqlExpr=f'"{shown_sql(draft)}"',
            functionName="`casewhen`",
            dataType=f"[{types}]",
        )
    cast_values, of = common
    for position, condition in enumerate(conditions):
        # A bare NULL is refused too.
        if not isinstance(condition.type, t.BooleanType):
            raise AnalysisError(
                "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                context_of(origin),
                sqlExpr=f'"{shown_sql(draft)}"',
                paramIndex=ordinal(position),
                requiredType='"BOOLEAN"',
                inputSql=f'"{shown_sql(condition)}"',
                inputType=f'"{condition.type.sql}"',
            )
    last = cast_values.pop() if otherwise is not None else None
    pairs = zip(
        (as_type(c, t.BOOLEAN, scope.context) for c in conditions), cast_values, strict=True
    )
    return e.Case(tuple(pairs), last, of)


def _extract(node: se.ExtractValue, scope: Scope) -> e.Expression:
    child = unaliased(bind(node.child, scope))
    inside = scope
    if scope.lateral and scope.context.facts.setting(_COLUMNS_BEFORE_ALIASES) == "false":
        inside = scope.with_variables(aliases_seen(scope))
    return extract_value(child, unaliased(bind(node.extraction, inside)), scope, node.origin)


def _path(node: se.PathExtract, scope: Scope) -> e.Expression:
    """``variant:a.b[0]`` is variant_get of that path, as a variant."""
    child = unaliased(bind(node.child, scope))
    steps = [_step(step) for step in node.path]
    path = e.Literal("$" + "".join(steps), t.STRING)
    found = bind_function(
        "variant_get", [child, path, e.Literal("variant", t.STRING)], scope, node.origin
    )
    name = _last_name(node)
    return e.Alias(found, name, generated=True) if name else found


def _last_name(node: se.PathExtract) -> str:
    """The name of the column that a path makes, empty for one of positions alone."""
    return next((step for step in reversed(node.path) if isinstance(step, str)), "")


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if step.isidentifier() and step.isascii() else f"['{step}']"


def _update(node: se.UpdateField, scope: Scope) -> e.Expression:
    child = unaliased(bind(node.child, scope))
    value = None if node.value is None else unaliased(bind(node.value, scope))
    return bind_update_field(child, sql.parse_identifier(node.field), value, scope)


def _variable(node: se.LambdaVariable, scope: Scope) -> e.Expression:
    variable = scope.variables.get(scope.context.key(node.name))
    if variable is None:
        raise unresolved(se.Name((node.name,)), scope)
    return variable


def _parameter(node: se.Parameter, scope: Scope) -> e.Expression:
    context = scope.context
    if node.name is not None:
        value = context.named_parameters.get(node.name)
        name = node.name
    else:
        positional = context.positional_parameters
        value = positional[node.position] if node.position < len(positional) else None
        # Spark calls a parameter without a name after the place where it stands.
        name = f"_{node.position + 1 if node.origin is None else node.origin.start}"
    unnamed = node.name is None and not context.positional_parameters
    if value is None and unnamed and context.named_parameters:
        raise AnalysisError("INVALID_QUERY_MIXED_QUERY_PARAMETERS")
    if value is None:
        raise AnalysisError("UNBOUND_SQL_PARAMETER", context_of(node.origin), name=name)
    if isinstance(value, se.Literal) and isinstance(value.value, Decimal):
        # A decimal given as an argument has just its digits, whatever precision was stated.
        _, digits, exponent = value.value.as_tuple()
        scale = max(-int(exponent), 0)
        precision = max(len(digits) + max(int(exponent), 0), scale)
        return e.Literal(value.value, t.DecimalType(precision, scale))
    return bind(value, scope)


def identifier_parts(text: se.Expression, scope: Scope, origin: Any = None) -> tuple[str, ...]:
    """The name that ``IDENTIFIER(text)`` spells."""
    bound = unaliased(bind(text, scope))
    value = constant_of(bound, scope)
    common = {"name": "IDENTIFIER", "expr": qualified_sql(bound)}
    where = context_of(origin)
    if value is UNKNOWN:
        raise AnalysisError("NOT_A_CONSTANT_STRING.NOT_CONSTANT", where, **common)
    if not isinstance(bound.type, t.StringType):
        given = bound.type.simple
        raise AnalysisError("NOT_A_CONSTANT_STRING.WRONG_TYPE", where, dataType=given, **common)
    if value is None:
        raise AnalysisError("NOT_A_CONSTANT_STRING.NULL", where, **common)
    return sql.parse_identifier(value)


def _identifier(node: se.IdentifierClause, scope: Scope) -> e.Expression:
    parts = identifier_parts(node.text, scope, node.origin)
    if node.call is None:
        return bind(se.Name(parts, origin=node.origin), scope)
    call = node.call
    return bind(
        se.Call(
            parts + call.name, call.arguments, call.distinct, call.condition, origin=call.origin
        ),
        scope,
    )


def _refused(feature: str) -> Callable[[Any, Any], e.Expression]:
    def refuse(node: Any, scope: Any) -> e.Expression:
        raise unsupported(feature)

    return refuse


def _no_default(node: se.Default, scope: Scope) -> e.Expression:
    """DEFAULT where it stands for no column: Spark looks for a column of that name."""
    raise AnalysisError("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", objectName="`DEFAULT`")


def _unsupported(node: se.Unsupported, scope: Scope) -> e.Expression:
    raise unsupported(node.feature)


def _pattern_alone(node: se.NamePattern, scope: Scope) -> e.Expression:
    """The one column that a pattern means inside of an expression."""
    found = _pattern(node, scope)
    if len(found) != 1:
        raise MisusedStarError(node)
    return found[0]


def _star_alone(node: se.Star, scope: Scope) -> e.Expression:
    raise MisusedStarError(node)


def _stray_lambda(node: se.Lambda, scope: Scope) -> e.Expression:
    scope.context.postpone(AnalysisError(STRAY_LAMBDA, **{"class": "expression"}))
    return e.Literal(None, t.BOOLEAN)


def _sort_order(node: se.SortOrder, scope: Scope) -> e.Expression:
    return bind(node.child, scope)


# ---- calls
# ------------------------------------------------------------------------------------------


class WindowOfTimeError(UnsupportedError):
    """A `call` that stands for a column of windows, which its relation must make."""

    def __init__(self, call: se.Call) -> None:
        self.call = call
        feature = f"{call.name[-1].lower()} outside of a select list, WHERE and GROUP BY"
        super().__init__("UNSUPPORTED_FEATURE.NOT_BUILT", feature=feature)


def _in_their_places(node: se.Call, name: str, scope: Scope) -> se.Call:
    """`node` without names of arguments, which are put where the function `name` has them."""
    if any(isinstance(argument, se.NamedArgument) for argument in node.arguments):
        return by_position(node, function_named(name), lambda value: bind(value, scope))
    return node


def _call(node: se.Call, scope: Scope) -> e.Expression:
    name = builtin_name(node, scope.context)
    found = scope.context.tables.function(node.name) if name is None else None
    if found is not None:
        return found(node, scope, bind)
    if name is None or not is_callable(node, name):
        raise unknown_routine(node.name, node.origin, scope.context)
    special = _SPECIAL.get(name)
    if special is not None:
        node = _in_their_places(node, name, scope)
        check_sides(node, name)
        return special(node, scope)
    function = function_named(name if look_up(name) else node.name[-1])
    check_place(function, name, node, scope)
    node = _in_their_places(node, function.name, scope)
    if function.kind in (Kind.AGGREGATE, Kind.WINDOW):
        return _aggregate(function, name, node, scope)
    arguments = _arguments(node, function, scope)
    refuse_modifiers(node, function, name, scope, bind)
    least, most = arity(function)
    if function.extra.get("of_time") and least <= len(arguments) <= (most or least):
        raise WindowOfTimeError(node)
    about_file = function.extra.get("metadata")
    if about_file is not None:
        if arguments:
            raise wrong_number(name, "0", len(arguments), node.origin)
        arguments = _from_metadata(about_file, scope)
    return build(function, name, arguments, scope, node.origin)


def _aggregate(function: Function, name: str, node: se.Call, scope: Scope) -> e.Expression:
    """An aggregate, in which the aliases of its own select list must not stand."""

    def made(scope: Scope) -> e.Expression:
        arguments = _arguments(node, function, scope)
        return windows.aggregate_call(function, name, arguments, node, scope, bind)

    try:
        return made(scope.without_aliases("AGGREGATE_FUNC"))
    except AnalysisError as refused:
        raise windows.whole_aggregate(refused, replace(scope, naming=True), made) from None


def _from_metadata(field: str, scope: Scope) -> list[e.Expression | None]:
    """The field of the hidden column ``_metadata`` that a function about the file reads, if it is
    in sight.
    """
    for attribute in scope.hidden_named("_metadata"):
        if isinstance(attribute.of, t.StructType) and field in attribute.of.names:
            return [e.Field(attribute, attribute.of.names.index(field))]
    attribute = file_column(scope.inputs)
    if attribute is not None and isinstance(attribute.of, t.StructType):
        return [e.Field(attribute, attribute.of.names.index(field))]
    return []


def _arguments(node: se.Call, function: Function, scope: Scope) -> list[e.Expression | None]:
    """Bound arguments; lambdas wait until what they are called on is known."""
    expanded: list[se.Expression | e.Expression] = []
    for argument in node.arguments:
        if isinstance(argument, (se.Star, se.NamePattern)):
            refuse_in_operator(argument, node)
            expanded.extend(expand(argument, scope))
        else:
            expanded.append(argument)

    def value(argument: se.Expression | e.Expression) -> e.Expression | None:
        if isinstance(argument, se.Lambda):
            return None
        if isinstance(argument, se.Expression):
            return unaliased_argument(bind(argument, scope))
        return argument

    bound = each(expanded, value)
    if any(isinstance(a, se.Lambda) for a in expanded):
        _bind_lambdas(node, function, expanded, bound, scope)
    return [_as_lambda(x, i, function, bound, scope) for i, x in enumerate(bound)]


def _as_lambda(
    argument: e.Expression | None,
    position: int,
    function: Function,
    bound: Sequence[e.Expression | None],
    scope: Scope,
) -> e.Expression | None:
    """A plain value where a lambda is taken is one that does not look at its parameters."""
    if argument is None or isinstance(argument, e.Lambda) or not function.parameters:
        return argument
    if position >= (arity(function)[1] or position + 1):
        return argument
    rule = rule_at(function, position)
    if rule.variables is None:
        return argument
    described = tuple(describe(b, scope) if b is not None else Argument(t.NULL) for b in bound)
    types = rule.variables(described)
    taken = types[: len(types) - rule.optional_variables]
    variables = tuple(e.LambdaVariable(e.fresh_id(), "", of, null) for of, null in taken)
    return e.Lambda(variables, unaliased(argument))


def unaliased_argument(expression: e.Expression) -> e.Expression:
    """Arguments keep their alias: struct() takes field names from it."""
    return expression


def _bind_lambdas(
    node: se.Call,
    function: Function,
    expanded: Sequence[se.Expression | e.Expression],
    bound: list[e.Expression | None],
    scope: Scope,
) -> None:
    for position, argument in enumerate(expanded):
        if not isinstance(argument, se.Lambda):
            continue
        if position >= (arity(function)[1] or position + 1):
            break
        rule = rule_at(function, position)
        if rule.variables is None and any(x.variables for x in function.parameters):
            kind = "PARAMETER_DOES_NOT_ACCEPT_LAMBDA_FUNCTION"
            where = context_of(node.origin)
            raise AnalysisError(f"INVALID_LAMBDA_FUNCTION_CALL.{kind}", where)
        if rule.variables is None:
            raise AnalysisError(
                STRAY_LAMBDA, context_of(node.origin), **{"class": class_named(function.name)}
            )
        described = [describe(b, scope) if b is not None else Argument(t.NULL) for b in bound]
        types = rule.variables(tuple(described))
        bound[position] = _bind_lambda(argument, types, rule.optional_variables, scope, node)


def _bind_lambda(
    node: se.Lambda,
    types: Sequence[tuple[t.DataType, bool]],
    optional: int,
    scope: Scope,
    call: se.Call,
) -> e.Lambda:
    if not len(types) - optional <= len(node.parameters) <= len(types):
        raise AnalysisError(
            "INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
            context_of(call.origin),
            expectedNumArgs=len(node.parameters),
            actualNumArgs=len(types) - optional,
        )
    key = scope.context.key
    if len({key(name) for name in node.parameters}) < len(node.parameters):
        raise AnalysisError(
            "INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES",
            context_of(call.origin),
            args=", ".join(t.quoted(p) for p in node.parameters),
            caseSensitiveConfig='"spark.sql.caseSensitive"',
        )
    pairs = zip(node.parameters, types, strict=False)
    variables = [e.LambdaVariable(e.fresh_id(), name, of, null) for name, (of, null) in pairs]
    inside = scope.with_variables({key(v.name): v for v in variables})
    refuse_subqueries(node.body)
    body = unaliased(bind(node.body, inside))
    return e.Lambda(tuple(variables), body)


# ---- calls that are not one
# -----------------------------------------------------------------------


def _when(node: se.Call, scope: Scope) -> e.Expression:
    """F.when(...).otherwise(...): conditions and values in turn, perhaps one value more."""
    parts = [unaliased(bind(argument, scope)) for argument in node.arguments]
    otherwise = parts.pop() if len(parts) % 2 else None
    if not parts and otherwise is None:
        raise IllegalArgumentError(
            "COMPLEX_EXPRESSION_UNSUPPORTED_INPUT.NO_INPUTS", expression='"CASE END"'
        )
    return case_of(parts[0::2], parts[1::2], otherwise, scope, node.origin)


def _of_grouping(node: se.Call, scope: Scope) -> tuple[e.Expression, ...]:
    """The columns that a call of grouping() or grouping_id() names, and nothing else."""
    function = function_named(node.name[-1])
    refuse_modifiers(node, function, function.name, scope, bind)
    return tuple(unaliased(bind(argument, scope)) for argument in node.arguments)


def _grouping(node: se.Call, scope: Scope) -> e.Expression:
    columns = _of_grouping(node, scope)
    if len(columns) != 1:
        raise AnalysisError(
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
            context_of(node.origin),
            functionName="`grouping`",
            expectedNum=1,
            actualNum=len(columns),
            docroot="https://spark.apache.org/docs/latest",
        )
    return e.GroupingIndicator(columns, t.BYTE)


def _grouping_id(node: se.Call, scope: Scope) -> e.Expression:
    columns = _of_grouping(node, scope)
    short = scope.context.facts.setting("spark.sql.legacy.integerGroupingId") == "true"
    return e.GroupingIndicator(columns, t.INTEGER if short else t.LONG)


def _count(node: se.Call, scope: Scope) -> e.Expression:
    """count(*) is count(1); count(t.*) counts rows where all columns are there."""
    nothing = not node.arguments and not node.distinct
    allowed = "spark.sql.legacy.allowParameterlessCount"
    if nothing and scope.context.facts.setting(allowed).lower() == "true":
        return _aggregate(function_named("count_of_nothing"), node.name[-1], node, scope)
    if not node.arguments:
        raise AnalysisError(
            "WRONG_NUM_ARGS.WITH_SUGGESTION",
            context_of(node.origin),
            functionName="`count`",
            expectedNum=" >= 1",
            actualNum=0,
            legacyNum=0,
            legacyConfKey='"spark.sql.legacy.allowParameterlessCount"',
            legacyConfValue='"true"',
        )
    for argument in node.arguments:
        allows = "spark.sql.legacy.allowStarWithSingleTableIdentifierInCount"
        if (
            isinstance(argument, se.Star)
            and len(argument.target) == 1
            and len(node.arguments) == 1
            and scope.context.facts.setting(allows) != "true"
            and not isinstance(find(argument.target, scope), e.Expression)
        ):
            raise AnalysisError(
                "INVALID_USAGE_OF_STAR_WITH_TABLE_IDENTIFIER_IN_COUNT",
                context_of(node.origin),
                tableName=t.quoted(argument.target[0]),
            )
    written = [_parsed(a, scope) if isinstance(a, se.ExpressionText) else a for a in node.arguments]
    alone = len(written) == 1  # beside others it is all columns
    arguments = tuple(
        se.Literal(1, t.INTEGER)
        if isinstance(a, se.Star) and not a.target and not node.distinct and alone
        else a
        for a in written
    )
    function = function_named("count")
    return _aggregate(function, node.name[-1], replace(node, arguments=arguments), scope)


def _unresolved_alias_of_literal_true(node: se.Call, scope: Scope) -> e.Expression:
    """`and` / `or` of one operand is that operand."""
    function = function_named(node.name[-1])
    if len(node.arguments) == 1:
        return bind(node.arguments[0], scope)
    arguments = [unaliased(bind(argument, scope)) for argument in node.arguments]
    return build(function, node.name[-1], arguments, scope, node.origin)


def _row(node: se.Call, scope: Scope) -> e.Expression:
    """``(a, b)`` is named_struct with the names that struct() would find."""
    arguments = _arguments(node, function_named("struct"), scope)
    if not node.operator:
        refuse_modifiers(node, function_named("struct"), "struct", scope, bind)
        return build(function_named("struct"), "struct", arguments, scope, node.origin)
    pairs: list[e.Expression | None] = []
    for position, argument in enumerate(arguments, 1):
        given = Argument(t.NULL) if argument is None else describe(argument, scope)
        name = e.Literal(given.name or f"col{position}", t.STRING)
        pairs += [name, argument if argument is None else unaliased(argument)]
    entry = function_named("named_struct")
    return build(entry, "named_struct", pairs, scope, node.origin)


_SPECIAL: dict[str, Callable[[se.Call, Scope], e.Expression]] = {
    "when": _when,
    "grouping": _grouping,
    "grouping_id": _grouping_id,
    "count": _count,
    "measure": lambda node, scope: measure(node, scope, bind),
    "and": _unresolved_alias_of_literal_true,
    "or": _unresolved_alias_of_literal_true,
    "struct": _row,
}

_KINDS: dict[type, Callable[..., e.Expression]] = {
    se.Name: _name,
    se.Literal: _literal,
    se.Call: _call,
    se.Alias: _alias,
    se.Cast: _cast,
    se.Case: _case,
    se.ExpressionText: _text,
    se.ExtractValue: _extract,
    se.PathExtract: _path,
    se.UpdateField: _update,
    se.LambdaVariable: _variable,
    se.Parameter: _parameter,
    se.IdentifierClause: _identifier,
    se.SortOrder: _sort_order,
    se.Star: _star_alone,
    se.NamePattern: _pattern_alone,
    se.Lambda: _stray_lambda,
    se.Unsupported: _unsupported,
    se.UserDefinedFunction: _refused("Python functions"),
    se.NamedArgument: _refused("a named argument here"),
    se.Default: _no_default,
    se.Window: lambda node, scope: windows.bind_window(node, scope, bind),
    se.Subquery: lambda node, scope: subqueries.bind_subquery(node, scope, bind),
}

__all__ = [
    "bind",
    "bind_all",
    "bind_condition",
    "case_of",
    "contains",
    "expand",
    "renamed_generator",
    "shown",
    "star",
    "unaliased",
    "walk",
]
