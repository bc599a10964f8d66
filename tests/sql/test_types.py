"""Data types and schemas: SQL text, DDL and JSON."""

import json

import pytest

from boathouse.sql import (
    ParserSettings,
    data_type_from_json,
    parse_ddl,
    parse_identifier,
    parse_schema,
    parse_type,
)
from boathouse.types import datatypes as types
from boathouse.types.datatypes import StructField, StructType

TYPES = {
    "boolean": types.BOOLEAN,
    "tinyint": types.BYTE,
    "SHORT": types.SHORT,
    "integer": types.INTEGER,
    "LONG": types.LONG,
    "real": types.FLOAT,
    "double": types.DOUBLE,
    "DECIMAL": types.DecimalType(10, 0),
    "DEC(5)": types.DecimalType(5, 0),
    "NUMERIC(10, 2)": types.DecimalType(10, 2),
    "string": types.STRING,
    "STRING COLLATE unicode": types.StringType("UNICODE"),
    "CHAR(3)": types.CharType(3),
    "CHARACTER(3)": types.CharType(3),
    "VARCHAR(3)": types.VarcharType(3),
    "binary": types.BINARY,
    "date": types.DATE,
    "timestamp": types.TIMESTAMP,
    "TIMESTAMP_LTZ": types.TIMESTAMP,
    "TIMESTAMP_NTZ": types.TIMESTAMP_NTZ,
    "TIMESTAMP WITHOUT TIME ZONE": types.TIMESTAMP_NTZ,
    "TIME": types.TIME,
    "TIME(3)": types.TimeType(3),
    "void": types.NULL,
    "variant": types.VARIANT,
    "INTERVAL": types.CALENDAR_INTERVAL,
    "INTERVAL YEAR": types.YearMonthIntervalType(0, 0),
    "INTERVAL YEAR TO MONTH": types.YEAR_MONTH,
    "INTERVAL HOUR TO SECOND": types.DayTimeIntervalType(1, 3),
    "ARRAY<INT>": types.ArrayType(types.INTEGER),
    "MAP<STRING, ARRAY<ARRAY<INT>>>": types.MapType(
        types.STRING, types.ArrayType(types.ArrayType(types.INTEGER))
    ),
    "STRUCT<>": StructType(),
    "STRUCT<a INT, `b c`: STRING NOT NULL COMMENT 'x'>": StructType(
        (
            StructField("a", types.INTEGER),
            StructField("b c", types.STRING, False, (("comment", "x"),)),
        )
    ),
}


@pytest.mark.parametrize("written", TYPES)
def test_a_type_is_read(written):
    assert parse_type(written) == TYPES[written]


ROUND_TRIPS = [t for t in TYPES.values() if not isinstance(t, types.StringType)] + [
    types.STRING,
    StructType((StructField("a", types.ArrayType(types.LONG, False), False, (("k", 1),)),)),
]


@pytest.mark.parametrize("type_", ROUND_TRIPS, ids=str)
def test_json_is_read_back(type_):
    assert data_type_from_json(json.loads(json.dumps(type_.json))) == type_
    assert parse_type(json.dumps(type_.json)) == type_


@pytest.mark.parametrize(
    "type_", [t for t in TYPES.values() if not isinstance(t, StructType)], ids=str
)
def test_the_sql_form_is_read_back(type_):
    assert parse_type(type_.sql) == type_


def test_json_keeps_metadata_and_collations():
    text = json.dumps(
        {
            "type": "struct",
            "fields": [
                {
                    "name": "a",
                    "type": {"type": "array", "elementType": "string", "containsNull": True},
                    "nullable": True,
                    "metadata": {
                        "__COLLATIONS": {"a.element": "icu.UNICODE"},
                        "ml": {"n": [1, 2]},
                    },
                }
            ],
        }
    )
    (field,) = parse_schema(text).fields
    assert field.type == types.ArrayType(types.StringType("UNICODE"))
    assert json.loads(json.dumps(dict(field.metadata))) == {"ml": {"n": [1, 2]}}
    assert hash(field) == hash(field)


def test_udt_json():
    value = {"type": "udt", "class": "c.C", "pyClass": "m.P", "sqlType": "double"}
    assert data_type_from_json(value) == types.UserDefinedType(types.DOUBLE, "c.C", "m.P")


def test_a_schema_is_a_column_list_or_one_type():
    expected = StructType((StructField("a", types.INTEGER), StructField("b", types.STRING)))
    assert parse_schema("a INT, b STRING") == expected
    assert parse_schema("a: int, b: string") == expected
    assert parse_schema("struct<a:int,b:string>") == expected
    assert parse_schema("int") == StructType((StructField("value", types.INTEGER),))
    assert parse_ddl("int") == types.INTEGER


def test_identifiers():
    assert parse_identifier("a.`b.c`.d") == ("a", "b.c", "d")
    quoted = ParserSettings(double_quoted_identifiers=True)
    assert parse_identifier('a."b.c"', quoted) == ("a", "b.c")


def test_settings_change_types():
    wall = ParserSettings(timestamp_type="TIMESTAMP_NTZ")
    assert parse_type("TIMESTAMP", wall) == types.TIMESTAMP_NTZ
    plain = ParserSettings(character_as_string=True)
    assert parse_type("VARCHAR(3)", plain) == types.STRING
