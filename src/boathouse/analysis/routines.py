"""Functions are found before anything else is: of several faults an unknown function is told."""

from __future__ import annotations

from collections import deque
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from boathouse.analysis.coercion import context_of
from boathouse.analysis.scope import search_path
from boathouse.errors.exceptions import AnalysisError, ParseError
from boathouse.functions.registry import called, look_up
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boathouse.analysis.scope import Context

_MOST_PARTS: Final = 3
_BUILTIN: Final = (["builtin"], ["system", "builtin"])
_SOONER: Final = ("UNBOUND_SQL_PARAMETER", "DUPLICATED_CTE_NAMES")
"""What is told sooner than that a function is unknown."""


def builtin_name(node: se.Call, context: Context) -> str | None:
    """The name in the built-in table; None when it may be a function of the session."""
    *qualifier, name = [part.lower() for part in node.name]
    if qualifier and qualifier not in _BUILTIN:
        return None
    if not qualifier and context.tables.function(node.name) is not None:
        known = look_up(name)
        # Spark looks among its own functions first, those of the session come after them.
        if known is None or known.missing:
            return None
    # ``-a`` and ``negative(a)`` are shown differently.
    return "unary -" if node.operator and name == "negative" else name


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


def told_first(error: AnalysisError, root: object, context: Context) -> AnalysisError:
    """That a function in `root`, a query or command, is unknown, if one is; else its `error`."""
    if isinstance(error, ParseError) or error.condition in _SOONER:
        return error
    for call in _calls(root):
        if not call.operator and not _is_known(call, context):
            return unknown_routine(call.name, call.origin, context)
    return error


def _is_known(call: se.Call, context: Context) -> bool:
    name = builtin_name(call, context)
    if name is None:
        return context.tables.function(call.name) is not None
    return called(name) is not None


def _calls(root: object) -> Iterator[se.Call]:
    """The calls in `root` as Spark comes to them: of a relation first its own, then those of its
    inputs, and those of subqueries last.
    """
    waiting = deque([root])
    while waiting:
        stack: list[Any] = [waiting.popleft()]
        while stack:
            node = stack.pop()
            if isinstance(node, se.Call):
                yield node
            inputs, rest = _parts(node)
            if isinstance(node, se.Expression):
                waiting.extend(inputs)
                inputs = []
            stack.extend(reversed((*rest, *inputs)))


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
