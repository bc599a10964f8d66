"""Arguments given by name, put where they belong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from boathouse.analysis.calls import plain_literal
from boathouse.analysis.coercion import context_of
from boathouse.analysis.names import edit_distance
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.signature import REQUIRED, Function, rule_at
from boathouse.spec import expressions as se
from boathouse.types import datatypes as t

_MOST_PROPOSALS = 3


def by_position(
    node: se.Call, function: Function, bind: Callable[[se.Expression], object]
) -> se.Call:
    """`node` with every argument in its place; those left away in between get their defaults.
    Arguments that `bind` refuses are an error before their names are.
    """
    try:
        return _by_position(node, function)
    except AnalysisError:
        for argument in node.arguments:
            value = argument.value if isinstance(argument, se.NamedArgument) else argument
            if not isinstance(value, se.Lambda):
                bind(value)
        raise


def _by_position(node: se.Call, function: Function) -> se.Call:
    names = [name.lower() for name in function.named]
    where, routine = context_of(node.origin), t.quoted(function.name)
    if not names:
        called = t.quoted(node.name[-1].lower())
        raise AnalysisError("NAMED_PARAMETERS_NOT_SUPPORTED", where, functionName=called)
    given: dict[int, se.Expression] = {}
    last_name = ""
    by_name: set[int] = set()
    for position, argument in enumerate(node.arguments):
        if not isinstance(argument, se.NamedArgument):
            if last_name:
                raise AnalysisError(
                    "UNEXPECTED_POSITIONAL_ARGUMENT",
                    where,
                    routineName=routine,
                    parameterName=t.quoted(last_name),
                )
            given[position] = argument
            continue
        last_name = argument.name
        if argument.name.lower() not in names:
            raise _unknown(argument.name, node, function)
        place = names.index(argument.name.lower())
        if place in given:
            raise _twice(argument.name, node, function, named=place in by_name)
        given[place] = argument.value
        by_name.add(place)
    return replace(node, arguments=_completed(given, node, function))


def _completed(
    given: dict[int, se.Expression], node: se.Call, function: Function
) -> tuple[se.Expression, ...]:
    arguments: list[se.Expression] = []
    by_place = len([x for x in node.arguments if not isinstance(x, se.NamedArgument)])
    for place in range(max(given, default=-1) + 1):
        rule = rule_at(function, place)
        if place not in given and rule.default is REQUIRED:
            raise AnalysisError(
                "REQUIRED_PARAMETER_NOT_FOUND",
                context_of(node.origin),
                routineName=t.quoted(function.name),
                parameterName=t.quoted(function.named[place]),
                index=place - by_place,
            )
        arguments.append(given.get(place) or _literal(rule.default))
    return tuple(arguments)


def _literal(default: Any) -> se.Literal:
    if default is None:
        return se.Literal(None, t.NULL)
    literal = plain_literal(default)
    return se.Literal(literal.value, literal.of)


def _unknown(name: str, node: se.Call, function: Function) -> AnalysisError:
    # Of names that are equally near the last one comes first.
    names = [t.quoted(known) for known in reversed(function.named)]
    names.sort(key=lambda known: edit_distance(name, known))
    return AnalysisError(
        "UNRECOGNIZED_PARAMETER_NAME",
        context_of(node.origin),
        routineName=t.quoted(function.name),
        argumentName=t.quoted(name),
        proposal=" ".join(names[:_MOST_PROPOSALS]),
    )


def _twice(name: str, node: se.Call, function: Function, *, named: bool) -> AnalysisError:
    kind = "DOUBLE_NAMED_ARGUMENT_REFERENCE" if named else "BOTH_POSITIONAL_AND_NAMED"
    return AnalysisError(
        f"DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.{kind}",
        context_of(node.origin),
        routineName=t.quoted(function.name),
        parameterName=t.quoted(name),
    )
