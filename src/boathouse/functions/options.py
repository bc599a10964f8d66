"""The options argument of functions such as from_json: a constant map of texts."""

from __future__ import annotations

from typing import Any

from boathouse.errors.exceptions import AnalysisError, SparkError, unsupported
from boathouse.functions.signature import Argument, Takes, argument_at, changed
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string


def _map_of_texts(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    match given.type:
        case t.MapType(key=key, value=value) if is_string(key) and is_string(value):
            return given.type
        case _:
            return None


def _no_options(given: Argument, text: str) -> SparkError:
    if isinstance(given.type, t.MapType) and _map_of_texts(given, True) is None:
        return AnalysisError("INVALID_OPTIONS.NON_STRING_TYPE", mapType=f'"{given.type.sql}"')
    return AnalysisError("INVALID_OPTIONS.NON_MAP_FUNCTION")


OPTIONS = changed(
    Takes(_map_of_texts, '"MAP<STRING, STRING>"'),
    constant=True,
    default=None,
    refused=_no_options,
)
"""An optional constant map of texts."""


def _no_schema(given: Argument, text: str) -> SparkError:
    return AnalysisError("INVALID_SCHEMA.NON_STRING_LITERAL", inputSchema=text)


SCHEMA = Takes(
    lambda given, ansi: t.STRING if is_string(given.type) else None,
    '"STRING"',
    constant=True,
    tag="schema",
    name="schema",
    refused=_no_schema,
)
"""A constant schema text. Binding hands it over as a DataType in `Argument.value`."""


def options_of(arguments: tuple[Argument, ...], position: int) -> dict[str, str]:
    """The options at `position` under lower-case names; empty when left away."""
    given = argument_at(arguments, position)
    if given is None or given.value is None:
        return {}
    if not given.constant:
        raise unsupported("options that are not constant")
    return {str(key).lower(): str(value) for key, value in _pairs(given.value)}


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, dict) else [tuple(pair) for pair in value]


def schema_of(arguments: tuple[Argument, ...], position: int) -> t.DataType:
    """The schema at `position`, every part of it nullable, as functions that read text give it."""
    value = arguments[position].value
    if not isinstance(value, t.DataType):
        raise unsupported("a schema that is not a constant text")
    return nullable_everywhere(value)


def nullable_everywhere(given: t.DataType) -> t.DataType:
    """`given` with every field, element and value nullable."""
    match given:
        case t.StructType():
            return t.StructType(
                tuple(
                    t.StructField(f.name, nullable_everywhere(f.type), True, f.metadata)
                    for f in given.fields
                )
            )
        case t.ArrayType():
            return t.ArrayType(nullable_everywhere(given.element), True)
        case t.MapType():
            return t.MapType(nullable_everywhere(given.key), nullable_everywhere(given.value), True)
        case _:
            return given
