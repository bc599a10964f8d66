"""Spark's types as Avro schemas, and back; and Avro's values in the form Arrow takes.

A union of null and one type is a nullable type, of int and long a long, of float and double a
double; any other is a struct with a field for each branch, ``member0``, ``member1``, ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from boathouse.errors.exceptions import unsupported
from boathouse.types import datatypes as t

_AVRO: Mapping[str, t.DataType] = MappingProxyType(
    {
        "null": t.NULL,
        "boolean": t.BOOLEAN,
        "int": t.INTEGER,
        "long": t.LONG,
        "float": t.FLOAT,
        "double": t.DOUBLE,
        "bytes": t.BINARY,
        "string": t.STRING,
        "enum": t.STRING,
        "fixed": t.BINARY,
    }
)
_LOGICAL: Mapping[str, t.DataType] = MappingProxyType(
    {
        "date": t.DATE,
        "timestamp-millis": t.TIMESTAMP,
        "timestamp-micros": t.TIMESTAMP,
        "local-timestamp-millis": t.TIMESTAMP_NTZ,
        "local-timestamp-micros": t.TIMESTAMP_NTZ,
        "uuid": t.STRING,
    }
)

Typed = tuple[t.DataType, bool]
"""A type, and whether its values may be null."""


def spark_type(node: Any) -> Typed:
    """The Spark type of an Avro schema, as JSON reads it."""
    return _typed(node, {})


def _typed(node: Any, named: dict[str, Any]) -> Typed:
    if isinstance(node, list):
        branches = [branch for branch in node if branch != "null"]
        return _union(branches, named), len(branches) < len(node)
    if isinstance(node, str):
        found = _AVRO.get(node)
        return (found, found == t.NULL) if found is not None else _typed(named[node], named)
    kind = node["type"]
    if not isinstance(kind, str):
        return _typed(kind, named)
    if "name" in node:
        named[node["name"]] = node
    return _complex(node, kind, named), False


def _complex(node: Any, kind: str, named: dict[str, Any]) -> t.DataType:
    logical = node.get("logicalType")
    if logical == "decimal":
        return t.DecimalType(node["precision"], node.get("scale", 0))
    if logical in _LOGICAL:
        return _LOGICAL[logical]
    match kind:
        case "record" | "error":
            fields = [(f["name"], *_typed(f["type"], named)) for f in node["fields"]]
            return t.StructType(tuple(t.StructField(*field) for field in fields))
        case "array":
            return t.ArrayType(*_typed(node["items"], named))
        case "map":
            return t.MapType(t.STRING, *_typed(node["values"], named))
        case _:
            return _AVRO[kind]


def _union(branches: Sequence[Any], named: dict[str, Any]) -> t.DataType:
    kinds = [_typed(branch, named)[0] for branch in branches]
    if len(kinds) == 1:
        return kinds[0]
    if set(kinds) == {t.INTEGER, t.LONG}:
        return t.LONG
    if set(kinds) == {t.FLOAT, t.DOUBLE}:
        return t.DOUBLE
    if not kinds:
        return t.NULL
    return t.StructType(
        tuple(t.StructField(f"member{place}", kind) for place, kind in enumerate(kinds))
    )


def is_union(of: t.DataType) -> bool:
    """Whether `of` is the struct that stands for a union."""
    names = of.names if isinstance(of, t.StructType) else ()
    return bool(names) and names == tuple(f"member{place}" for place in range(len(names)))


def plain(value: Any, of: t.DataType) -> Any:
    """An Avro value in the form Arrow takes for `of`."""
    if value is None:
        return None
    match of:
        case t.StructType() if is_union(of):
            return _branch(value, of)
        case t.StructType():
            return {f.name: plain(value[f.name], f.type) for f in of.fields}
        case t.ArrayType():
            return [plain(item, of.element) for item in value]
        case t.MapType():
            return [(key, plain(item, of.value)) for key, item in value.items()]
        case t.StringType():
            return str(value)
        case _:
            return value


def _branch(value: Any, of: t.StructType) -> dict[str, Any]:
    """The value under the first branch that it can be of."""
    chosen = next((f for f in of.fields if _can_be(value, f.type)), None)
    if chosen is None:
        raise unsupported(f"an Avro union value of type {type(value).__name__}")
    return {f.name: plain(value, f.type) if f is chosen else None for f in of.fields}


_PYTHON: Mapping[type[t.DataType], tuple[type, ...]] = MappingProxyType(
    {
        t.BooleanType: (bool,),
        t.IntegerType: (int,),
        t.LongType: (int,),
        t.FloatType: (float,),
        t.DoubleType: (float,),
        t.StringType: (str,),
        t.BinaryType: (bytes,),
        t.StructType: (dict,),
        t.MapType: (dict,),
        t.ArrayType: (list,),
    }
)


def _can_be(value: Any, of: t.DataType) -> bool:
    kinds = _PYTHON.get(type(of))
    if kinds is None:
        return not isinstance(value, (bool, int, float, str, bytes, dict, list))
    if isinstance(of, t.StructType) and isinstance(value, dict):
        return set(of.names) == set(value)
    return isinstance(value, kinds) and (isinstance(value, bool) == (kinds == (bool,)))


def unplain(value: Any, node: Any) -> Any:
    """A value as Arrow has it, in the form that the Avro schema `node` is written from."""
    if isinstance(node, list):
        branches = [branch for branch in node if branch != "null"]
        if value is None:
            return None
        if len(branches) == 1:
            return unplain(value, branches[0])
        if isinstance(value, dict) and set(value) == {f"member{i}" for i in range(len(branches))}:
            return next((item for item in value.values() if item is not None), None)
        return value
    if not isinstance(node, dict) or value is None:
        return value
    kind = node["type"]
    if isinstance(kind, (list, dict)):
        return unplain(value, kind)
    match kind:
        case "record":
            names = list(value)
            pairs = zip(names, node["fields"], strict=True)
            return {f["name"]: unplain(value[name], f["type"]) for name, f in pairs}
        case "array":
            return [unplain(item, node["items"]) for item in value]
        case "map":
            return {key: unplain(item, node["values"]) for key, item in value}
        case _:
            return value


# ---- writing ------------------------------------------------------------------------------------


def avro_schema(schema: t.StructType, name: str, namespace: str) -> dict[str, Any]:
    """The Avro schema of rows of `schema`: every field a union with null, as Spark writes it."""
    return _record(schema, name, namespace)


def avro_type(of: t.DataType, *, nullable: bool, name: str = "topLevelRecord") -> Any:
    """The Avro schema of values of `of`, as Spark makes it up."""
    return _nullable(t.StructField(name, of, nullable), "")


def _record(of: t.StructType, name: str, namespace: str) -> dict[str, Any]:
    inner = f"{namespace}.{name}" if namespace else name
    fields = [{"name": f.name, "type": _nullable(f, inner)} for f in of.fields]
    record: dict[str, Any] = {"type": "record", "name": name, "fields": fields}
    if namespace:
        record["namespace"] = namespace
    return record


def _nullable(f: t.StructField, namespace: str) -> Any:
    of = _to_avro(f.type, f.name, namespace)
    return [of, "null"] if f.nullable and of != "null" else of


_WRITTEN: Mapping[type[t.DataType], Any] = MappingProxyType(
    {
        t.NullType: "null",
        t.BooleanType: "boolean",
        t.ByteType: "int",
        t.ShortType: "int",
        t.IntegerType: "int",
        t.LongType: "long",
        t.FloatType: "float",
        t.DoubleType: "double",
        t.BinaryType: "bytes",
        t.DateType: {"type": "int", "logicalType": "date"},
        t.TimestampType: {"type": "long", "logicalType": "timestamp-micros"},
        t.TimestampNTZType: {"type": "long", "logicalType": "local-timestamp-micros"},
        t.YearMonthIntervalType: "int",
        t.DayTimeIntervalType: "long",
    }
)


def _to_avro(of: t.DataType, name: str, namespace: str) -> Any:
    simple = _WRITTEN.get(type(of))
    if simple is not None:
        return simple
    match of:
        case t.StringType() | t.CharType() | t.VarcharType():
            return "string"
        case t.DecimalType():
            return {
                "type": "bytes",
                "logicalType": "decimal",
                "precision": of.precision,
                "scale": of.scale,
            }
        case t.ArrayType():
            element = t.StructField(name, of.element, of.contains_null)
            return {"type": "array", "items": _nullable(element, namespace)}
        case t.MapType():
            value = t.StructField(name, of.value, of.value_contains_null)
            return {"type": "map", "values": _nullable(value, namespace)}
        case t.StructType():
            return _record(of, name, namespace)
        case _:
            raise unsupported(f"{of.sql} in Avro")
