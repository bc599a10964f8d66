"""The schema of JSON records.

DuckDB tells the structure of each record; there are few different ones, and they become one schema
by Spark's rules. Records whose structure it cannot tell apart (mixed arrays, empty objects, numbers
of many digits) are looked at one by one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from functools import reduce
from typing import Any

from boathouse.duck import tree
from boathouse.errors.exceptions import SparkError
from boathouse.files.environment import Environment
from boathouse.files.options import Options, mode_of
from boathouse.functions.json import is_moment
from boathouse.types import datatypes as t

_LONG_DIGITS = 19
_MAX_DIGITS = 38
_STRUCTURE = {
    "UBIGINT": t.LONG,
    "BIGINT": t.LONG,
    "HUGEINT": t.DecimalType(20, 0),
    "UHUGEINT": t.DecimalType(20, 0),
    "DOUBLE": t.DOUBLE,
    "VARCHAR": t.STRING,
    "BOOLEAN": t.BOOLEAN,
    "NULL": t.NULL,
}


def inferred_schema(
    source: tree.Relation,
    document: tree.Expression,
    line: tree.Expression,
    options: Options,
    environment: Environment,
    corrupt: str,
) -> t.StructType:
    """The schema of the records `document` (JSON, NULL where `line` is none) over `source`, its
    fields in order of their names; `corrupt` is where malformed records go.
    """
    detailed = options.flag("prefersDecimal") or options.flag("inferTimestamp")
    structure = tree.call("json_structure", document).cast("VARCHAR")
    alone = tree.any_of(
        document.is_null(),
        tree.call("contains", structure, '"JSON"'),
        tree.call("regexp_matches", line, rf"\d{{{_LONG_DIGITS},}}"),
        tree.literal(detailed),
    )
    columns = (
        (tree.if_(alone, None, structure), "c0"),
        (tree.if_(alone, tree.call("coalesce", document.cast("VARCHAR"), line)), "c1"),
    )
    told = tree.Select(columns, source)
    table = environment.run(tree.Select((), told, distinct=True))
    found: list[t.DataType | None] = []
    for known, text in zip(*(column.to_pylist() for column in table.columns), strict=True):
        if known is not None:
            found.append(_of_structure(json.loads(known)))
        else:
            found.append(_of_text(text, options))
    return _schema(found, options, environment, corrupt)


def _schema(
    found: Iterable[t.DataType | None],
    options: Options,
    environment: Environment,
    corrupt: str,
) -> t.StructType:
    records: list[t.StructType] = []
    malformed = False
    # The order of what DuckDB finds differs from run to run.
    for kind in sorted(found, key=lambda kind: "" if kind is None else kind.simple):
        if isinstance(kind, t.StructType):
            records.append(kind)
        elif kind is None:
            malformed = True
    if malformed and mode_of(options) == "FAILFAST":
        raise SparkError(
            "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
            badRecord=corrupt,
            failFastMode="FAILFAST",
        )
    merged = reduce(common, records, t.StructType(()))
    fields = merged.fields if isinstance(merged, t.StructType) else ()
    if malformed and mode_of(options) == "PERMISSIVE":
        fields = (t.StructField(corrupt, t.STRING), *fields)
    as_text = options.flag("primitivesAsString")
    drop = options.flag("dropFieldIfAllNull")
    whole = t.StructType(fields)
    if not environment.case_sensitive:
        whole = _without_case(whole)
    schema = _finished(whole, as_text=as_text, drop=drop)
    return schema if isinstance(schema, t.StructType) else t.StructType(())


def _without_case(of: t.DataType) -> Any:
    """`of` with fields whose names differ in case only made one, under the first name in order."""
    match of:
        case t.StructType():
            merged: dict[str, t.StructField] = {}
            for f in sorted(of.fields, key=lambda f: f.name):
                key, kind = f.name.lower(), _without_case(f.type)
                known = merged.get(key)
                name, kind = (known.name, common(known.type, kind)) if known else (f.name, kind)
                merged[key] = t.StructField(name, kind)
            return t.StructType(tuple(merged.values()))
        case t.ArrayType():
            return t.ArrayType(_without_case(of.element))
        case _:
            return of


def _finished(of: t.DataType, *, as_text: bool, drop: bool) -> t.DataType | None:
    """`of` with fields in order, NULL as text, and nothing that is empty (None: all of it is)."""
    match of:
        case t.NullType():
            return None if drop else t.STRING
        case t.StructType():
            fields = [
                t.StructField(f.name, kind)
                for f in sorted(of.fields, key=lambda f: f.name)
                if f.name and (kind := _finished(f.type, as_text=as_text, drop=drop)) is not None
            ]
            return t.StructType(tuple(fields)) if fields else None
        case t.ArrayType():
            element = _finished(of.element, as_text=as_text, drop=drop)
            return None if element is None else t.ArrayType(element)
        case _:
            return t.STRING if as_text else of


# ---- of one record ------------------------------------------------------------------------------


def _of_structure(node: Any) -> t.DataType | None:
    """The type DuckDB's description of a record stands for; None for one that is no object."""
    if isinstance(node, list):
        element = _inner_structure(node[0]) if node else t.NULL
        return element if isinstance(element, t.StructType) else None
    return _inner_structure(node) if isinstance(node, dict) else None


def _inner_structure(node: Any) -> t.DataType:
    if isinstance(node, dict):
        return t.StructType(
            tuple(t.StructField(name, _inner_structure(kind)) for name, kind in node.items())
        )
    if isinstance(node, list):
        return t.ArrayType(_inner_structure(node[0]) if node else t.NULL)
    return _STRUCTURE[node]


def _of_text(text: str, options: Options) -> t.DataType | None:
    """The type of the record `text`; None when it is malformed."""
    try:
        value = json.loads(text, parse_float=_Float)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list):
        if not all(isinstance(item, dict) for item in value):
            return None
        return reduce(common, (_of_value(item, options) for item in value), t.StructType(()))
    return _of_value(value, options) if isinstance(value, dict) else None


class _Float(str):
    """A number with a fraction or exponent, as written."""

    __slots__ = ()


def _of_value(value: Any, options: Options) -> t.DataType:
    match value:
        case None:
            return t.NULL
        case bool():
            return t.BOOLEAN
        case int():
            return _of_whole(value)
        case _Float() | float():
            return _of_fraction(str(value), options)
        case str():
            return _of_string(value, options)
        case list():
            kinds = (_of_value(item, options) for item in value)
            return t.ArrayType(reduce(common, kinds, t.NULL))
        case _:
            return t.StructType(
                tuple(t.StructField(k, _of_value(v, options)) for k, v in value.items())
            )


def _of_whole(value: int) -> t.DataType:
    if -(1 << 63) <= value < 1 << 63:
        return t.LONG
    digits = len(str(abs(value)))
    return t.DecimalType(digits, 0) if digits <= _MAX_DIGITS else t.DOUBLE


def _of_fraction(text: str, options: Options) -> t.DataType:
    if not options.flag("prefersDecimal"):
        return t.DOUBLE
    return _decimal(text) or t.DOUBLE


def _decimal(text: str) -> t.DecimalType | None:
    """The decimal that holds exactly the number `text`."""
    try:
        _, digits, exponent = Decimal(text).as_tuple()
    except ArithmeticError:
        return None
    if not isinstance(exponent, int):
        return None
    scale = max(0, -exponent)
    precision = max(len(digits) + max(0, exponent), scale)
    return t.DecimalType(precision, scale) if precision <= _MAX_DIGITS else None


def _of_string(text: str, options: Options) -> t.DataType:
    if options.flag("prefersDecimal"):
        found = _decimal(text)
        if found is not None:
            return found
    if options.flag("inferTimestamp") and is_moment(text):
        return t.TIMESTAMP
    return t.STRING


# ---- of several ---------------------------------------------------------------------------------


def common(one: t.DataType, other: t.DataType) -> t.DataType:
    """The type that holds values of both; STRING when nothing else does."""
    if one == other or isinstance(other, t.NullType):
        return one
    match one, other:
        case t.NullType(), _:
            return other
        case t.StructType(), t.StructType():
            return _structs(one, other)
        case t.ArrayType(), t.ArrayType():
            return t.ArrayType(common(one.element, other.element))
        case t.DecimalType(), t.DecimalType():
            return _decimals(one, other)
        case (t.LongType(), t.DecimalType()):
            return _decimals(t.DecimalType(20, 0), other)
        case (t.DecimalType(), t.LongType()):
            return _decimals(one, t.DecimalType(20, 0))
        case (t.DoubleType(), t.LongType() | t.DecimalType()) | (
            t.LongType() | t.DecimalType(),
            t.DoubleType(),
        ):
            return t.DOUBLE
        case _:
            return t.STRING


def _decimals(one: t.DecimalType, other: t.DecimalType) -> t.DataType:
    scale = max(one.scale, other.scale)
    whole = max(one.precision - one.scale, other.precision - other.scale)
    return t.DecimalType(whole + scale, scale) if whole + scale <= _MAX_DIGITS else t.DOUBLE


def _structs(one: t.StructType, other: t.StructType) -> t.StructType:
    others = {f.name: f for f in other.fields}
    fields = [
        t.StructField(f.name, common(f.type, others.pop(f.name).type)) if f.name in others else f
        for f in one.fields
    ]
    return t.StructType((*fields, *others.values()))
