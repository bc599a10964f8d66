"""Schemas as text or JSON: what `spark.read.schema`, `StructType.fromDDL` and UDFs send."""

from __future__ import annotations

import json
import re
from typing import Any

from boathouse.errors.exceptions import AnalysisError
from boathouse.types import datatypes as types
from boathouse.types.datatypes import DataType, StructField, StructType

_NAMES: dict[str, DataType] = {
    "void": types.NULL,
    "null": types.NULL,
    "boolean": types.BOOLEAN,
    "byte": types.BYTE,
    "tinyint": types.BYTE,
    "short": types.SHORT,
    "smallint": types.SHORT,
    "integer": types.INTEGER,
    "int": types.INTEGER,
    "long": types.LONG,
    "bigint": types.LONG,
    "float": types.FLOAT,
    "double": types.DOUBLE,
    "decimal": types.DecimalType(10, 0),
    "string": types.STRING,
    "binary": types.BINARY,
    "date": types.DATE,
    "timestamp": types.TIMESTAMP,
    "timestamp_ltz": types.TIMESTAMP,
    "timestamp_ntz": types.TIMESTAMP_NTZ,
    "time": types.TIME,
    "interval": types.CALENDAR_INTERVAL,
    "variant": types.VARIANT,
}
_SIZED = re.compile(r"(decimal|char|varchar|time)\(\s*(\d+)\s*(?:,\s*(-?\d+)\s*)?\)")
_SPATIAL = re.compile(r"(geometry|geography)\(([^,)]+)(?:,\s*\w+)?\)", re.IGNORECASE)
_COLLATED = re.compile(r"string collate (\w+)")
_INTERVAL = re.compile(r"interval (\w+)(?: to (\w+))?")


def data_type_from_json(value: Any) -> DataType:
    """The type that Spark's schema JSON (already parsed: a string or an object) describes; raises
    INVALID_JSON_DATA_TYPE for anything else.
    """
    if isinstance(value, str):
        return _named(value)
    if not isinstance(value, dict):
        raise _invalid(value)
    try:
        return _nested(value)
    except (KeyError, TypeError, ValueError):
        raise _invalid(value) from None


def _named(name: str) -> DataType:
    found = _NAMES.get(name)
    if found is not None:
        return found
    sized = _SIZED.fullmatch(name)
    if sized is not None:
        return _sized(sized[1], int(sized[2]), sized[3])
    collated = _COLLATED.fullmatch(name)
    if collated is not None:
        return types.StringType(collated[1])
    interval = _INTERVAL.fullmatch(name)
    if interval is not None:
        start, end = interval[1], interval[2] or interval[1]
        for units, kind in (
            (types.YEAR_MONTH_UNITS, types.YearMonthIntervalType),
            (types.DAY_TIME_UNITS, types.DayTimeIntervalType),
        ):
            if start in units and end in units:
                return kind(units.index(start), units.index(end))
    spatial = _SPATIAL.fullmatch(name)
    if spatial is not None:
        kind = types.GeometryType if spatial[1] == "geometry" else types.GeographyType
        systems = {system: srid for srid, system in kind.SYSTEMS.items()}
        return kind(systems.get(spatial[2], kind.ANY))
    raise _invalid(name)


def _sized(name: str, size: int, scale: str | None) -> DataType:
    match name:
        case "decimal":
            return types.DecimalType(size, int(scale or 0))
        case "char":
            return types.CharType(size)
        case "varchar":
            return types.VarcharType(size)
        case _:
            return types.TimeType(size)


def _nested(value: dict[str, Any]) -> DataType:
    match value["type"]:
        case "array":
            element = data_type_from_json(value["elementType"])
            return types.ArrayType(element, bool(value["containsNull"]))
        case "map":
            key = data_type_from_json(value["keyType"])
            item = data_type_from_json(value["valueType"])
            return types.MapType(key, item, bool(value["valueContainsNull"]))
        case "struct":
            return StructType(tuple(_field(field) for field in value["fields"]))
        case "udt":
            return types.UserDefinedType(
                data_type_from_json(value["sqlType"]),
                value.get("class", ""),
                value.get("pyClass", ""),
                value.get("serializedClass", ""),
            )
        case _:
            raise _invalid(value)


def _field(value: dict[str, Any]) -> StructField:
    metadata = dict(value.get("metadata") or {})
    type_ = data_type_from_json(value["type"])
    collations = metadata.pop("__COLLATIONS", None)
    if collations:
        type_ = _collated(type_, value["name"], collations)
    pairs = types.metadata_pairs({key: _frozen(item) for key, item in metadata.items()})
    return StructField(value["name"], type_, bool(value.get("nullable", True)), pairs)


def _collated(type_: DataType, path: str, collations: dict[str, str]) -> DataType:
    """`type_` with the collations that Spark keeps in a field's metadata, by path."""
    match type_:
        case types.StringType():
            found = collations.get(path)
            return types.StringType(found.rsplit(".", 1)[-1]) if found else type_
        case types.ArrayType(element, contains_null):
            return types.ArrayType(_collated(element, f"{path}.element", collations), contains_null)
        case types.MapType(key, item, contains_null):
            return types.MapType(
                _collated(key, f"{path}.key", collations),
                _collated(item, f"{path}.value", collations),
                contains_null,
            )
        case _:
            return type_


class JsonObject(dict[str, Any]):
    """A JSON object inside a field's metadata; hashable, as fields are."""

    def __hash__(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        return hash(tuple(sorted(self)))


def _frozen(value: Any) -> Any:
    """`value` with its lists and objects in hashable forms that JSON writes as before."""
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return JsonObject((key, _frozen(item)) for key, item in value.items())
    return value


def _invalid(value: Any) -> AnalysisError:
    return AnalysisError("INVALID_JSON_DATA_TYPE", invalidType=json.dumps(value))


def schema_from_json(text: str) -> DataType:
    """The type that JSON text describes."""
    try:
        value = json.loads(text)
    except ValueError:
        raise AnalysisError("INVALID_JSON_DATA_TYPE", invalidType=text) from None
    return data_type_from_json(value)
