"""Calls of functions: look-up, arguments, implicit casts, result type."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boathouse.analysis.char_padding import with_blanks
from boathouse.analysis.coercion import as_type, chars_are_texts, context_of, shrunk
from boathouse.analysis.collations import agreed_arguments
from boathouse.analysis.naming import qualified_sql, shown, shown_sql, written_sql
from boathouse.analysis.truth import as_truth
from boathouse.analysis.whole_bounds import with_whole_bound
from boathouse.errors.exceptions import AnalysisError, SparkError, unsupported
from boathouse.functions.clock import PARSER_POLICY, Clock
from boathouse.functions.collation_rules import Refuses, rule_of
from boathouse.functions.registry import functions
from boathouse.functions.signature import (
    ABSENT,
    DATE,
    ORDERABLE,
    REQUIRED,
    TIMESTAMP,
    UNKNOWN,
    Argument,
    Function,
    Kind,
    Takes,
    TypeMismatch,
    arity,
    result_of,
    rule_at,
)
from boathouse.plan import expressions as e
from boathouse.plan.tree import contains, walk
from boathouse.sql.reading import parse_schema_argument
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import is_datetime, widest
from boathouse.types.collations import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boathouse.analysis.scope import Facts, Scope
    from boathouse.spec import expressions as se
    from boathouse.spec.expressions import Origin

_ORDINALS = ("first", "second", "third")
"""Spark counts in words so far, and then ``4th``, ``5th``."""


def function_named(name: str) -> Function:
    """The entry called `name`, which there is; an error when we have not built it."""
    function = functions()[name.lower()]
    if function.missing:
        reason = function.extra.get("because")
        raise unsupported(f"the function {name}" + (f": {reason}" if reason else ""))
    return function


def bind_function(
    name: str,
    arguments: Sequence[e.Expression],
    scope: Scope,
    origin: Origin | None = None,
) -> e.Expression:
    """A call of `name` with arguments that are bound already."""
    return build(function_named(name), name, arguments, scope, origin)


def build(
    function: Function,
    name: str,
    arguments: Sequence[e.Expression | None],
    scope: Scope,
    origin: Origin | None,
    **modifiers: Any,
) -> e.Expression:
    """A call of `function` on bound `arguments`: arity, casts, type."""
    if function.by_count is not None and (other := function.by_count(len(arguments))):
        return build(function_named(other), other, arguments, scope, origin)
    check_arity(function, name, len(arguments), origin)
    _check_settings(function, scope)
    if scope.generators_shown and function.kind is Kind.GENERATOR:
        # Whatever it is of, it is only to be shown, and to go with all types.
        return e.Literal(None, t.NULL, sql_of_call(function, name, arguments))
    for argument in arguments:
        if isinstance(argument, e.GeneratorCall):
            text = sql_of_call(function, name, arguments)
            raise AnalysisError(
                "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", expression=f'"{text}"'
            )
    if not scope.context.facts.ansi:
        truth = as_truth(function.name, arguments, lambda x, y: bind_function(x, y, scope, origin))
        if truth is not None:
            return truth
    whole = with_whole_bound(function.name, arguments)
    if isinstance(whole, e.Literal):
        return whole
    given, arguments = whole, _agreed(function, name, whole)
    filled = with_blanks(function.name, arguments, lambda value: constant_of(value, scope))
    if filled is not arguments and not chars_are_texts(scope.context):
        arguments = filled
    draft = [describe(argument, scope) for argument in arguments if argument is not None]
    if function.resolve is not None:
        other = function.resolve(tuple(draft))
        if other is not None:
            return build(function_named(other), other, arguments, scope, origin)
    if function.under is not None:
        other = function.under(scope.context.facts.setting, tuple(draft))
        if other is not None:
            return build(function_named(other), other, arguments, scope, origin)
    try:
        _refuse_collation(function, name, arguments, draft, origin)
        final = _coerced(function, name, list(arguments), draft, scope, origin)
        described = _described(function, final, scope)
        if function.check is not None:
            function.check(described)
        result = _collated(function, result_of(function.gives, described), draft, given)
        nullable = function.nullable(described)
        nullable |= not scope.context.facts.ansi and _overflows(function, result, described)
        nullable &= scope.context.facts.ansi or "filled_without_ansi" not in function.extra
    except TypeMismatch as mismatch:
        raise _mismatch(mismatch, function, name, arguments, origin) from None
    facts = _facts(function, name, described, result, final, scope)
    return _node(function, name, final, result, nullable, facts, origin, modifiers)


_SIDES = 2
"""How many arguments AND and OR have where they are called by name."""


def check_sides(node: se.Call, name: str) -> None:
    """Refuse AND and OR that are called by `name` with more or less than two arguments."""
    if not node.operator and name in {"and", "or"} and len(node.arguments) != _SIDES:
        raise wrong_number(name, str(_SIDES), len(node.arguments), node.origin)


def check_place(function: Function, name: str, node: se.Call, scope: Scope) -> None:
    """Refuse a table function where a value stands."""
    if function.kind is Kind.TABLE or ("in_from" in function.extra and scope.clause != "FROM"):
        where = context_of(node.origin)
        raise AnalysisError("NOT_A_SCALAR_FUNCTION", where, functionName=t.quoted(name))


def _overflows(function: Function, result: t.DataType, described: tuple[Argument, ...]) -> bool:
    """Whether a result is null outside of ANSI mode where it would be an error in it."""
    if callable(function.null_without_ansi):
        return function.null_without_ansi(described)
    decimals = "null_without_ansi_decimals" in function.extra
    return function.null_without_ansi or (decimals and isinstance(result, t.DecimalType))


_OF_COLLATIONS = frozenset(("collate", "collation", "collation_key"))


def _agreed(
    function: Function, name: str, arguments: Sequence[e.Expression | None]
) -> Sequence[e.Expression | None]:
    """`arguments`, their texts under one collation."""
    if function.name in _OF_COLLATIONS:
        return arguments
    # What Spark replaces is named after the arguments as they were.
    visibly = rule_of(function.name).visibly and not function.stands_for

    def text() -> str:
        if function.name == "between":
            return _between_text(arguments)
        return sql_of_call(function, name, arguments)

    return agreed_arguments(function.name, arguments, text, visibly=visibly)


def _between_text(arguments: Sequence[e.Expression | None]) -> str:
    """The one of its two comparisons in which BETWEEN meets another collation."""
    value, lower, upper = (argument for argument in arguments if argument is not None)
    if value.type != lower.type:
        return f"(commonexpressionref() >= {shown_sql(lower)})"
    return f"(commonexpressionref() <= {shown_sql(upper)})"


def _refuse_collation(
    function: Function,
    name: str,
    arguments: Sequence[e.Expression | None],
    draft: Sequence[Argument],
    origin: Origin | None,
) -> None:
    """Raise where the first text is under a collation that the function does not take."""
    refuses = rule_of(function.name).refuses
    for position, given in enumerate(draft):
        if refuses is not Refuses.NOTHING and _becomes(function, position, given) != given.type:
            return  # what is cast, or does not fit, comes first
        if isinstance(given.type, t.StringType):
            if given.type != t.STRING and refuses.holds(reading(given.type.collation)):
                raise _unexpected(
                    function, name, arguments, position, given, origin, wanted='"STRING"'
                )
            return


def _becomes(function: Function, position: int, given: Argument) -> t.DataType | None:
    if function.coerce is not None:
        return given.type
    target = rule_at(function, position).coerce(given, True)
    return given.type if target is not None and isinstance(given.type, t.StringType) else target


def _collated(
    function: Function,
    result: t.DataType,
    described: Sequence[Argument],
    given: Sequence[e.Expression | None],
) -> t.DataType:
    """`result`, text under the collation of the first text that it is made of, or under that of
    the first of `given`, the arguments before they were brought under one.
    """
    rule = rule_of(function.name)
    if rule.unchanged and isinstance(result, t.StringType) and given[0] is not None:
        return given[0].type if isinstance(given[0].type, t.StringType) else result
    if not rule.keeps:
        return result
    texts = [x.type for x in described if isinstance(x.type, t.StringType)]
    return t.with_texts(result, texts[0]) if texts and texts[0] != t.STRING else result


def _check_settings(function: Function, scope: Scope) -> None:
    """Refuse functions of TIME, and of shapes, where those types are switched off."""
    setting = scope.context.facts.setting
    if function.name.startswith("st_") and setting("spark.sql.geospatial.enabled") == "false":
        raise AnalysisError("UNSUPPORTED_FEATURE.GEOSPATIAL_DISABLED")
    needed = function.extra.get("needs_time_type")
    if needed and setting("spark.sql.timeType.enabled") != "true":
        raise AnalysisError("UNSUPPORTED_TIME_TYPE")


def _node(
    function: Function,
    name: str,
    arguments: Sequence[e.Expression | None],
    result: t.DataType,
    nullable: bool,  # noqa: FBT001 - one of many facts
    facts: tuple[tuple[str, Any], ...],
    origin: Origin | None,
    modifiers: dict[str, Any],
) -> e.Expression:
    shown_name = name.lower()
    match function.kind:
        case Kind.SCALAR:
            return e.Call(function, tuple(arguments), result, nullable, facts, shown_name, origin)
        case Kind.AGGREGATE | Kind.WINDOW:
            return e.AggregateCall(
                function,
                tuple(arguments),
                result,
                nullable,
                facts=facts,
                name=shown_name,
                origin=origin,
                **modifiers,
            )
        case Kind.GENERATOR:
            assert isinstance(result, t.StructType)  # noqa: S101 - the table's rule
            outer = bool(function.extra.get("outer"))
            return e.GeneratorCall(function, tuple(arguments), result, outer, facts, shown_name)
        case Kind.TABLE:
            raise AnalysisError(
                "UNRESOLVABLE_TABLE_VALUED_FUNCTION", context_of(origin), name=t.quoted(name)
            )


def describe(argument: e.Expression, scope: Scope) -> Argument:
    """What the function table may know of a bound argument."""
    named = (e.Attribute, e.Alias, e.LambdaVariable, e.Field)
    name = argument.name if isinstance(argument, named) else ""
    if isinstance(argument, e.OuterReference):
        name = argument.attribute.name
    if isinstance(argument, e.Call) and argument.function.name in _VALUES_OF_MAPS:
        key = argument.arguments[1]
        name = key.value if isinstance(key, e.Literal) and isinstance(key.value, str) else ""

    def show() -> str:
        return _quoted_sql(argument)

    if isinstance(argument, e.Literal):
        return Argument(argument.of, argument.nullable, argument.value, name, show)
    if isinstance(argument, _NEVER_CONSTANT):
        return Argument(argument.type, argument.nullable, name=name, shown=show)
    return Computed(argument, scope, name)


_VALUES_OF_MAPS = {"map_value", "collated_map_value"}
_NEVER_CONSTANT = (e.Attribute, e.OuterReference, e.LambdaVariable, e.Field, e.Lambda)


class Computed(Argument):
    """An argument of which a rule may ask whether it is constant, and its value: few do, the one is
    a walk over it and the other a query.
    """

    __slots__ = ("_argument", "_found", "_scope")

    def __init__(self, argument: e.Expression, scope: Scope, name: str) -> None:
        values: dict[str, Any] = {"type": argument.type, "nullable": argument.nullable}
        values |= {"name": name, "shown": lambda: _quoted_sql(argument)}
        for field, value in {**values, "_argument": argument, "_scope": scope}.items():
            object.__setattr__(self, field, value)

    @property
    def constant(self) -> bool:
        """Whether it looks at no row, whatever its value."""
        return foldable(self._argument)

    @property
    def value(self) -> Any:
        """The constant in literal form, UNKNOWN if it is none."""
        if not hasattr(self, "_found"):
            object.__setattr__(self, "_found", constant_of(self._argument, self._scope))
        return self._found

    @property
    def items(self) -> tuple[bool, ...] | None:
        """Which items may be null, of ``array(...)``."""
        array = self._argument
        if not (isinstance(array, e.Call) and array.function.name == "array"):
            return None
        return tuple([x is not None and x.nullable for x in array.arguments])


def constant_of(expression: e.Expression, scope: Scope) -> Any:
    """The value of a constant expression in literal form, UNKNOWN for any other."""
    if isinstance(expression, e.Literal):
        return expression.value
    if isinstance(expression, _NEVER_CONSTANT):
        return UNKNOWN
    return UNKNOWN if not foldable(expression) else scope.context.fold(expression)


_STEADY = {
    "assert_true",
    "raise_error",
    "current_date",
    "current_time",
    "current_timestamp",
    "localtimestamp",
}
"""Not constant while a query is bound, and yet one value for each row."""


def is_random(node: e.Expression) -> bool:
    """Whether `node` may give something else for the same row another time."""
    return (
        isinstance(node, (e.Call, e.AggregateCall))
        and not node.function.deterministic
        and node.function.name not in _STEADY
    )


def foldable(expression: e.Expression) -> bool:
    """Whether `expression` looks at no row and always gives the same value."""
    constant = (e.Literal, e.Call, e.Cast, e.Case, e.Lambda, e.LambdaVariable, e.Field)
    used: set[int] = set()
    bound: set[int] = set()
    for node in walk(expression):
        if not isinstance(node, constant):
            return False
        if isinstance(node, e.Call) and not node.function.deterministic:
            return False
        if isinstance(node, e.LambdaVariable):
            used.add(node.id)
        if isinstance(node, e.Lambda):
            bound.update(parameter.id for parameter in node.parameters)
    # The variable of an enclosing lambda is no constant.
    return used <= bound


def _described(
    function: Function, final: Sequence[e.Expression | None], scope: Scope
) -> tuple[Argument, ...]:
    found: list[Argument] = []
    for position, argument in enumerate(final):
        given = ABSENT if argument is None else describe(argument, scope)
        tagged = function.coerce is None and rule_at(function, position).tag == "schema"
        if tagged and argument is not None and isinstance(given.value, str):
            # A schema reaches the function table as the type it describes.
            schema = parse_schema_argument(given.value, scope.context.facts.parser_settings)
            given = Argument(given.type, given.nullable, schema, given.name)
        found.append(given)
    return tuple(found)


# ---- arguments
# -------------------------------------------------------------------------------------


def check_arity(function: Function, name: str, given: int, origin: Origin | None) -> None:
    """Refuse a call of `function` with `given` arguments if it takes more or less."""
    least, most = arity(function)
    if least <= given and (most is None or given <= most):
        return
    if function.named and given < least:
        raise AnalysisError(
            "REQUIRED_PARAMETER_NOT_FOUND",
            context_of(origin),
            routineName=t.quoted(function.name),
            parameterName=t.quoted(function.named[given]),
            index=0,
        )
    expected = f"> {least - 1}" if most is None else str(least)
    if most is not None and most != least:
        expected = f"[{', '.join(str(n) for n in range(least, most + 1))}]"
    # Spark does not always say what it takes.
    expected = function.extra.get("expects", {}).get(name.lower(), expected)
    raise wrong_number(name, expected, given, origin)


def wrong_number(name: str, expected: str, given: int, origin: Origin | None) -> AnalysisError:
    """The error for a call of `name` with another number of arguments than `expected`."""
    return AnalysisError(
        "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
        context_of(origin),
        functionName=t.quoted(name.lower()),
        expectedNum=expected,
        actualNum=given,
        docroot="https://spark.apache.org/docs/latest",
    )


def _coerced(
    function: Function,
    name: str,
    arguments: list[e.Expression | None],
    draft: list[Argument],
    scope: Scope,
    origin: Origin | None,
) -> list[e.Expression | None]:
    context = scope.context
    text = _text_of(function, draft)
    # What tries to compute tries to read its operands, too.
    mode = CastMode.TRY if "tries" in function.extra else None
    if function.coerce is not None:
        wanted = function.coerce(tuple(draft), context.facts.ansi)
        pairs = zip(arguments, wanted, strict=True)
        cast = [
            x if x is None else as_type(x, _kept(x.type, to, text), context, mode)
            for x, to in pairs
        ]
        return list(map(shrunk, arguments, cast)) if function.name in _EQUALITIES else cast
    targets = _targets(function, name, arguments, draft, scope, origin)
    if any(rule.strict for rule in function.parameters):
        arguments = [_written_null(x) for x in arguments]
    final: list[e.Expression | None] = [
        x if x is None else as_type(x, _kept(x.type, to, text), context, mode)
        for x, to in zip(arguments, targets, strict=True)
    ]
    for rule in function.parameters[len(arguments) :]:
        default = rule.default
        absent = default is None or default is REQUIRED
        literal = None if absent else plain_literal(default)
        if literal is not None and literal.of == t.STRING:
            literal = replace(literal, of=text)
        final.append(literal)
    return final


_EQUALITIES = frozenset(("=", "!="))


def _written_null(argument: e.Expression | None) -> e.Expression | None:
    void = argument is not None and isinstance(argument.type, t.NullType)
    return e.Literal(None, t.NULL) if void else argument


def _text_of(function: Function, draft: Sequence[Argument]) -> t.StringType:
    """What an argument becomes where text is taken: under the collation that all agreed on."""
    if not rule_of(function.name).agrees:
        return t.STRING
    texts = (x.type for x in draft if isinstance(x.type, t.StringType) and x.type != t.STRING)
    return next(texts, t.STRING)


def _kept(given: t.DataType, wanted: t.DataType, text: t.DataType) -> t.DataType:
    """`wanted`; what is to be text is `text`, or keeps its own collation."""
    if wanted != t.STRING:
        return wanted
    return given if isinstance(given, t.StringType) else text


def _targets(
    function: Function,
    name: str,
    arguments: Sequence[e.Expression | None],
    draft: Sequence[Argument],
    scope: Scope,
    origin: Origin | None,
) -> list[t.DataType]:
    ansi = scope.context.facts.ansi
    _refuse_at_once(function, arguments, draft, scope.context.facts)
    targets: list[t.DataType] = []
    for position, given in enumerate(draft):
        rule = rule_at(function, position)
        target = rule.coerce(given, ansi)
        changes = _must_be_constant(rule, given)
        error = _refusal(rule, given, arguments[position], ansi=ansi)
        if error is not None:
            raise error
        if target is None:
            raise _unexpected(function, name, arguments, position, given, origin)
        if changes:
            raise TypeMismatch(
                "NON_FOLDABLE_INPUT",
                inputName=t.quoted(rule.name or "argument"),
                inputType=f'"{target.sql}"',
                inputExpr=_quoted_sql(
                    arguments[position], "(- {})" if function.extra.get("negated") else "{}"
                ),
            )
        targets.append(target)
    return _tied(function, targets, ansi=ansi)


def _must_be_constant(rule: Takes, given: Argument) -> bool:
    return rule.constant and not given.constant and rule.variables is None


def _refusal(
    rule: Takes, given: Argument, argument: e.Expression | None, *, ansi: bool
) -> Exception | None:
    """The error that `rule` has of its own for an argument that does not fit, if it does not."""
    if rule.refused is None:
        return None
    fits = rule.coerce(given, ansi) is not None and not _must_be_constant(rule, given)
    if fits:
        return None
    outer = argument is not None and contains(argument, e.OuterReference)
    text = f'"{qualified_sql(argument)}"' if argument and outer else _quoted_sql(argument)
    return rule.refused(given, text)


_AT_ONCE = frozenset(("NON_FOLDABLE_INPUT", "TYPE_CHECK_FAILURE_WITH_HINT"))


def _refuse_at_once(
    function: Function,
    arguments: Sequence[e.Expression | None],
    draft: Sequence[Argument],
    facts: Facts,
) -> None:
    """Raise what Spark finds while it makes the call, before it looks at the types of any of its
    arguments: schemas that are none, and what must be written out.
    """
    for position, given in enumerate(draft):
        rule = rule_at(function, position)
        error = _refusal(rule, given, arguments[position], ansi=facts.ansi)
        # Spark looks whether it is constant, and what it says, before it looks at any type.
        unknown = isinstance(error, TypeMismatch) and error.subclass in _AT_ONCE
        if error is not None and (unknown or isinstance(error, SparkError)):
            raise error
        if rule.tag == "schema" and given.constant and given.value is None and rule.refused:
            error = rule.refused(given, _quoted_sql(arguments[position]))
            if error is not None:
                raise error
        if rule.tag == "schema" and isinstance(given.value, str):
            parse_schema_argument(given.value, facts.parser_settings)


def _quoted_sql(argument: e.Expression | None, form: str = "{}") -> str:
    return "" if argument is None else f'"{form.format(shown_sql(argument))}"'


def _tied(function: Function, targets: list[t.DataType], *, ansi: bool) -> list[t.DataType]:
    groups: dict[str, list[int]] = {}
    for position in range(len(targets)):
        tag = rule_at(function, position).tag
        if tag and tag != "schema":
            groups.setdefault(tag, []).append(position)
    for positions in groups.values():
        common = widest((targets[p] for p in positions), ansi=ansi)
        if common is None:
            types = [f'"{targets[p].sql}"' for p in positions]
            raise TypeMismatch(
                "DATA_DIFF_TYPES",
                functionName=t.quoted(function.name),
                dataType=f"({' or '.join(types)})",
            )
        for position in positions:
            targets[position] = common
    return targets


_TIMES_CAST_TO = {DATE.wanted: DATE.wanted, TIMESTAMP.wanted: TIMESTAMP.wanted}


def _cast_to(given: t.DataType, rule: Takes, name: str) -> str | None:
    """What Spark casts a time of day to, or makes one, where there is no such cast."""
    if isinstance(given, t.TimeType):
        if name == "date_add" or rule.uncast:
            return None
        first = next((kind for kind in _TIMES_CAST_TO if kind in rule.wanted), None)
        return '"TIMESTAMP"' if name == "to_char" else first
    takes_time = rule.wanted == '"TIME"' and not rule.uncast
    return '"TIME(6)"' if takes_time and is_datetime(given) else None


def _has_lambdas(function: Function) -> bool:
    """Whether it takes lambdas, which Spark binds when it knows what they are called on."""
    return any(rule.variables is not None for rule in function.parameters)


def ordinal(position: int) -> str:
    """``first`` for 0, and so on."""
    return _ORDINALS[position] if position < len(_ORDINALS) else f"{position + 1}th"


def _unexpected(
    function: Function,
    name: str,
    arguments: Sequence[e.Expression | None],
    position: int,
    given: Argument,
    origin: Origin | None,
    wanted: str = "",
) -> AnalysisError:
    rule = rule_at(function, position)
    argument = arguments[position]
    cast_to = _cast_to(given.type, rule, function.name)
    if cast_to is not None:
        # Spark puts a cast there, which then is none.
        raise AnalysisError(
            "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
            context_of(origin),
            sqlExpr=_quoted_sql(argument),
            srcType=f'"{given.type.sql}"',
            targetType=cast_to,
        )
    show = written_sql if rule.variables is None and _has_lambdas(function) else shown_sql
    if rule.wanted == ORDERABLE.wanted:
        types = [x.type for x in arguments if x is not None]
        of = widest(types) if len(types) > 1 else None
        return AnalysisError(
            "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
            context_of(origin),
            sqlExpr=f'"{sql_of_call(function, name, arguments)}"',
            functionName=t.quoted(function.name),
            dataType=f'"{(of or given.type).sql}"',
        )
    return AnalysisError(
        "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
        context_of(origin),
        sqlExpr=f'"{sql_of_call(function, name, arguments, show=show)}"',
        # Spark knows an interval before its moment or number only as the second operand.
        paramIndex=ordinal(
            1 - position if function.extra.get("swapped") and len(arguments) > 1 else position
        ),
        requiredType=wanted or rule.wanted,
        inputSql=_quoted_sql(argument),
        inputType=f'"{given.type.sql}"',
    )


def sql_of_call(
    function: Function,
    name: str,
    arguments: Sequence[e.Expression | None],
    stands_for: str | Callable[..., str] = "",
    show: Callable[[e.Expression], str] = shown_sql,
) -> str:
    """A call that could not be bound, as a message shows it."""
    texts = [show(argument) for argument in arguments if argument is not None]
    defaults = [rule.default for rule in function.parameters[len(arguments) :]]
    texts += [shown_sql(plain_literal(x)) for x in defaults if x is not None and x is not REQUIRED]
    stands_for = stands_for or function.stands_for
    if callable(stands_for):
        return stands_for(*texts)
    if "{" in stands_for:
        return stands_for.format(*texts)
    if stands_for:
        return f"{stands_for}({', '.join(texts)})"
    if function.shows is not None:
        return function.shows(*texts)
    return f"{name.lower()}({', '.join(texts)})"


def _mismatch(
    mismatch: TypeMismatch,
    function: Function,
    name: str,
    arguments: Sequence[e.Expression | None],
    origin: Origin | None,
) -> AnalysisError:
    parameters = dict(mismatch.parameters)
    qualified = parameters.pop("qualified", None)
    unknown = arguments[qualified] if isinstance(qualified, int) else None
    if unknown is not None:
        parameters["inputExpr"] = qualified_sql(unknown)
    position = parameters.pop("position", None)
    argument = arguments[position] if isinstance(position, int) else None
    early = mismatch.subclass == "MAP_ZIP_WITH_DIFF_TYPES" or (
        argument is not None and not isinstance(argument, e.Lambda)
    )
    show = written_sql if early and _has_lambdas(function) else shown_sql
    if isinstance(position, int) and argument is not None:
        parameters.setdefault("paramIndex", ordinal(position))
        parameters["inputSql"] = f'"{shown_sql(argument)}"'
        parameters.setdefault("inputType", f'"{argument.type.sql}"')
    onward = parameters.pop("onward", None)
    if isinstance(onward, int):
        rest = [x for x in arguments[onward:] if x is not None]
        parameters["paramIndex"] = f"{ordinal(onward)}..."
        parameters["inputSql"] = ",".join(f'"{shown_sql(x)}"' for x in rest)
        parameters["inputType"] = ",".join(f'"{x.type.sql}"' for x in rest)
    return AnalysisError(
        f"DATATYPE_MISMATCH.{mismatch.subclass}",
        context_of(origin),
        **{
            "sqlExpr": f'"{sql_of_call(function, name, arguments, mismatch.stands_for, show)}"',
            **parameters,
        },
    )


def plain_literal(value: Any) -> e.Literal:
    """A plain Python value as a literal of its natural Spark type."""
    kinds: dict[type, t.DataType] = {
        bool: t.BOOLEAN,
        int: t.INTEGER,
        float: t.DOUBLE,
        str: t.STRING,
        bytes: t.BINARY,
    }
    if isinstance(value, Decimal):
        return e.Literal(value, t.DecimalType(18, -int(value.as_tuple().exponent)))
    return e.Literal(value, kinds[type(value)])


def _facts(
    function: Function,
    name: str,
    described: tuple[Argument, ...],
    result: t.DataType,
    arguments: Sequence[e.Expression | None],
    scope: Scope,
) -> tuple[tuple[str, Any], ...]:
    facts = scope.context.facts
    known: dict[str, Callable[[], Any]] = {
        "arguments": lambda: described,
        "result": lambda: result,
        "ansi": lambda: facts.ansi,
        "zone": lambda: facts.zone,
        "clock": lambda: Clock(facts.zone, facts.setting(PARSER_POLICY).upper()),
        "name": name.lower,
        "texts": lambda: tuple(shown(x) for x in arguments if x is not None),
        "now": lambda: facts.now,
        "session": lambda: facts.session,
        "setting": lambda: facts.setting,
    }
    return tuple((need, known[need]()) for need in function.needs if need in known)


def with_distinct(call: e.AggregateCall) -> e.AggregateCall:
    """`call` over distinct values."""
    return replace(call, distinct=True)


def known_names() -> list[str]:
    """All names of the function table."""
    return sorted(functions())


__all__ = [
    "bind_function",
    "build",
    "constant_of",
    "describe",
    "foldable",
    "function_named",
    "known_names",
    "plain_literal",
    "shown",
    "sql_of_call",
    "with_distinct",
]
