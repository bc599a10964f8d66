"""Values in Avro's binary form."""

from __future__ import annotations

import json
from typing import Any

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.errors.exceptions import SparkRuntimeError, unsupported
from boathouse.functions.misc import MISC
from boathouse.functions.options import OPTIONS, nullable_everywhere, options_of
from boathouse.functions.signature import (
    ANY,
    BINARY,
    STRING,
    Argument,
    always,
    changed,
    constant,
    never,
    optional,
)
from boathouse.types import datatypes as t
from boathouse.types.avro import Typed, avro_type, spark_type

Arguments = tuple[Argument, ...]

_SCHEMA = changed(constant(STRING), name="jsonFormatSchema")


def _text_of(given: Argument) -> str:
    if given.value is None:
        raise unsupported("an Avro schema that is null")
    return str(given.value)


def _typed(text: str) -> Typed:
    try:
        return spark_type(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise SparkRuntimeError("NO_CONDITION", message=f"No Avro schema: {error}") from None


def _wanted(arguments: Arguments, position: int = 1) -> str:
    """The schema to read by: an option may say a later one than the data was written under."""
    written = _text_of(arguments[position])
    return options_of(arguments, position + 1).get("avroschema", written)


def _gives(arguments: Arguments) -> t.DataType:
    of, _ = _typed(_wanted(arguments))
    return nullable_everywhere(of) if _is_safe(arguments) else of


def _is_safe(arguments: Arguments) -> bool:
    return options_of(arguments, 2).get("mode", "FAILFAST").upper() == "PERMISSIVE"


@MISC.scalar(
    "from_avro",
    takes=[BINARY, _SCHEMA, OPTIONS],
    gives=_gives,
    nullable=always,
    shows=lambda data, *_: f"from_avro({data})",
    needs=("arguments", "result"),
)
def from_avro(data: Expression, *_: Any, arguments: Arguments, result: t.DataType) -> Expression:
    """The value that bytes hold in Avro's binary form, under the schema that they were written by.

    >>> SELECT from_avro(X'0E0A736C6F6F70',
    ...   '{"type": "record", "name": "ship", "fields": [
    ...      {"name": "pier", "type": "int"}, {"name": "kind", "type": "string"}]}')
    {7, sloop}
    """
    read = kernel(
        "avro",
        "read",
        result,
        written=_text_of(arguments[1]),
        wanted=_wanted(arguments),
        of=result,
        safe=_is_safe(arguments),
    )
    return read(data)


@MISC.scalar(
    "to_avro",
    takes=[ANY, constant(changed(optional(STRING), name="jsonFormatSchema"))],
    gives=t.BINARY,
    shows=lambda value, *_: f"to_avro({value})",
    needs=("arguments",),
)
def to_avro(value: Expression, *_: Any, arguments: Arguments) -> Expression:
    """A value in Avro's binary form, under a schema or the one that its type suggests.

    >>> SELECT hex(to_avro(named_struct('pier', 7, 'kind', 'sloop'))), hex(to_avro(NULL))
    0E0A736C6F6F70 | NULL
    """
    given = arguments[0]
    said = arguments[1].value if len(arguments) > 1 else None
    if said is None:
        schema = json.dumps(avro_type(given.type, nullable=given.nullable))
    else:
        schema = str(said)
        _typed(schema)
    return kernel("avro", "write", t.BINARY, schema=schema)(value)


@MISC.scalar(
    "schema_of_avro",
    takes=[_SCHEMA, OPTIONS],
    gives=t.STRING,
    nullable=never,
    shows=lambda schema, *_: f"schema_of_avro({schema})",
    needs=("arguments",),
)
def schema_of_avro(schema: Expression, *_: Any, arguments: Arguments) -> Expression:
    """An Avro schema as DDL writes it.

    >>> SELECT schema_of_avro('{"type": "map", "values": ["null", "long"]}')
    MAP<STRING, BIGINT>
    """
    return duck.literal(_typed(_text_of(arguments[0]))[0].sql)
