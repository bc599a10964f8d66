"""Functions are found before anything else is: of several faults an unknown function is told."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from boathouse.analysis.calls import check_arity
from boathouse.analysis.coercion import context_of
from boathouse.analysis.faults import STRAY_LAMBDA, turn
from boathouse.analysis.naming import class_named
from boathouse.analysis.scope import BUILTIN, search_path
from boathouse.errors.exceptions import AnalysisError, ParseError, SparkError
from boathouse.functions.registry import called, look_up
from boathouse.functions.signature import Kind, arity
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.spec.nodes import nodes_of
from boathouse.types import datatypes as t
from boathouse.types.collations import canonical, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boathouse.analysis.scope import Context

_MOST_PARTS: Final = 3
_BUILTIN: Final = (["builtin"], ["system", "builtin"])
_SOONER: Final = ("UNBOUND_SQL_PARAMETER", "DUPLICATED_CTE_NAMES")
"""What is told sooner than that a function is unknown."""
_BESIDE_LAMBDAS: Final = ("WRONG_NUM_ARGS", "INVALID_LAMBDA_FUNCTION_CALL")
"""What is told of calls, not of the names in them."""


def builtin_name(node: se.Call, context: Context) -> str | None:
    """The name in the built-in table; None when it may be a function of the session."""
    *qualifier, name = [part.lower() for part in node.name]
    if qualifier and qualifier not in _BUILTIN:
        return None
    if not qualifier and not node.operator and context.facts.path:
        return name if _is_builtin_by_path(name, context) else None
    if not qualifier and context.tables.function(node.name) is not None:
        known = look_up(name)
        # Spark looks among its own functions first, those of the session come after them.
        if known is None or known.missing:
            return None
    # ``-a`` and ``negative(a)`` are shown differently.
    return "unary -" if node.operator and name == "negative" else name


def _is_builtin_by_path(name: str, context: Context) -> bool:
    """Whether a call of `name` finds a function of Spark's before it finds another."""
    for place in context.facts.path:
        if tuple(part.lower() for part in place) == BUILTIN:
            known = look_up(name)
            if known is not None and not known.missing:
                return True
        elif context.tables.function((*place, name)) is not None:
            return False
    return False


def unknown_routine(
    parts: tuple[str, ...], origin: se.Origin | None, context: Context
) -> AnalysisError:
    """The error for a function that `parts` name, when there is none."""
    shown = ".".join(t.quoted(part) for part in parts)
    catalog = context.facts.session.get("catalog", "")
    if len(parts) > _MOST_PARTS or (len(parts) == _MOST_PARTS and parts[0].lower() != catalog):
        return AnalysisError(
            "REQUIRES_SINGLE_PART_NAMESPACE", sessionCatalog=catalog, identifier=shown
        )
    return AnalysisError(
        "UNRESOLVED_ROUTINE",
        context_of(origin),
        routineName=shown,
        searchPath=search_path(context),
    )


def told_first(error: SparkError, root: object, context: Context) -> SparkError:
    """What Spark tells of `root`, a query or command that has the fault `error`: that a function is
    unknown; or that a text is under no known collation; or that one is called with too few or too
    many arguments; or that a window stands in WHERE or HAVING; or else `error`. Queries inside of
    expressions tell theirs themselves, for they are not looked at where the inputs of the query
    around are not resolved.
    """
    if isinstance(error, ParseError) or error.condition in _SOONER:
        return error
    for node in _nodes(root):
        if isinstance(node, se.Call) and not node.operator and not _is_known(node, context):
            return unknown_routine(node.name, node.origin, context)
    try:
        # From the leaves up: against the order from the root down, the last part first.
        calls = [x for x in _nodes(root, last_first=True) if isinstance(x, se.Call)][::-1]
        for call in calls if error.condition != "TABLE_OR_VIEW_NOT_FOUND" else ():
            _refuse_collation(call)
        resolved = turn(error) > 0 or error.condition.startswith(_BESIDE_LAMBDAS)
        for call in calls:
            if resolved:
                _refuse_lambdas(call, context)
            _check_number(call, context)
        for node in _nodes(root):
            if isinstance(node, (sr.Filter, sr.Having)):
                _refuse_windows(node)
    except SparkError as wrong:
        return wrong
    return error


_OF_THEIR_OWN: Final = frozenset(
    ("when", "grouping", "grouping_id", "count", "measure", "struct", "and", "or")
)
"""Functions whose arguments are counted where they are bound."""
_LISTED: Final = (se.Star, se.NamePattern, se.NamedArgument)


def _check_number(call: se.Call, context: Context) -> None:
    """Refuse a wrong number of arguments that are resolved without any input."""
    name = builtin_name(call, context)
    function = None if name is None or call.operator or name in _OF_THEIR_OWN else called(name)
    if name is None or function is None or call.within or function.missing:
        return
    if function.kind is Kind.TABLE or "in_from" in function.extra:
        return
    if {"metadata", "ordered_argument"} & function.extra.keys():
        return
    if any(isinstance(x, (se.Name, se.Subquery, *_LISTED)) for x in nodes_of(call.arguments)):
        return
    given = len(call.arguments)
    if function.by_count is None or function.by_count(given) is None:
        check_arity(function, name, given, call.origin)


def _refuse_lambdas(call: se.Call, context: Context) -> None:
    """Refuse lambdas of a function that takes none, and looks at nothing else."""
    name = builtin_name(call, context)
    function = None if name is None or call.operator else called(name)
    if function is None or any(rule.variables is not None for rule in function.parameters):
        return
    least, most = arity(function)
    fits = least <= len(call.arguments) <= (most or len(call.arguments))
    if fits and any(isinstance(x, se.Lambda) for x in call.arguments):
        raise AnalysisError(
            STRAY_LAMBDA, context_of(call.origin), **{"class": class_named(name or "")}
        )


def _refuse_collation(call: se.Call) -> None:
    """Raise COLLATION_INVALID_NAME where a literal is under a collation that there is not."""
    match call:
        case se.Call(
            name=("collate",), arguments=(se.Literal(value=str()), se.Literal(value=str() as name))
        ):
            if canonical(name) is None:
                bare = name.rpartition(".")[2]
                told = {"collationName": bare, "proposals": nearest(bare)}
                raise SparkError("COLLATION_INVALID_NAME", **told)
        case _:
            pass


def _refuse_windows(node: sr.Filter | sr.Having) -> None:
    clause = "WHERE" if isinstance(node, sr.Filter) else "HAVING"
    if any(isinstance(part, se.Window) for part in _nodes(node.condition)):
        raise AnalysisError("WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", clauseName=clause)


def _is_known(call: se.Call, context: Context) -> bool:
    name = builtin_name(call, context)
    if name is None:
        return context.tables.function(call.name) is not None
    return is_callable(call, name)


def is_callable(call: se.Call, name: str) -> bool:
    """Whether there is a function `name` that `call` may mean: SQL calls those alone by name that
    SHOW FUNCTIONS lists.
    """
    if call.operator:
        return True
    function = called(name)
    return function is not None and not (call.written and function.hidden)


def _nodes(root: object, *, last_first: bool = False) -> Iterator[Any]:
    """The nodes of `root` outside of queries inside of expressions: a relation, what is its own,
    and then its inputs.
    """
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        inputs, rest = _parts(node)
        if not isinstance(node, tuple):
            yield node
        parts = rest if isinstance(node, se.Expression) else (*rest, *inputs)
        stack.extend(parts if last_first else reversed(parts))


def _parts(node: Any) -> tuple[list[Any], list[Any]]:
    """The relations that are parts of `node`, and what else is."""
    if isinstance(node, tuple):
        values = list(node)
    elif is_dataclass(node) and not isinstance(node, (type, se.Origin, t.DataType)):
        values = [getattr(node, field.name) for field in fields(node)]
    else:
        values = []
    if isinstance(node, sr.LateralView):
        values.remove(node.generator)  # It is told in its own way.
    inputs = [value for value in values if isinstance(value, sr.Relation)]
    return inputs, [value for value in values if not isinstance(value, sr.Relation)]
