"""Functions of Spark's group for XML."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.clock import Clock
from boathouse.functions.json_reading import read_json
from boathouse.functions.json_writing import json_text, writing_under
from boathouse.functions.kernels.json_values import Reading
from boathouse.functions.kernels.xml import Options
from boathouse.functions.options import OPTIONS, SCHEMA, options_of, schema_of
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    STRING,
    STRUCT,
    TEXT,
    Argument,
    TypeMismatch,
    always,
    changed,
    constant,
    never,
)
from boathouse.types import datatypes as t

XML = Group("xml_funcs")

Arguments = tuple[Argument, ...]


# ---- XPath --------------------------------------------------------------------------------------


def _no_path(given: Argument, text: str) -> TypeMismatch | None:
    if given.constant or (TEXT.coerce(given, True) is None and STRING.coerce(given, True) is None):
        return None
    return TypeMismatch(
        "NON_FOLDABLE_INPUT", inputName="`path`", inputType='"STRING"', inputExpr=text
    )


_PATH = constant(changed(TEXT, name="path", refused=_no_path))


def _add_path(names: tuple[str, ...], function: str, gives: t.DataType, doc: str) -> None:
    bits = {"bits": gives.bits} if isinstance(gives, t.IntegralType) else {}

    def lowering(text: Expression, path: Expression) -> Expression:
        return kernel("xml", function, gives, **bits)(text, path)

    XML.scalar(*names, takes=[TEXT, _PATH], gives=gives, nullable=always, doc=doc)(lowering)


_add_path(
    ("xpath",),
    "found",
    t.ArrayType(t.STRING),
    """The values of the nodes that an XPath expression selects; elements have none of their own.

    >>> SELECT xpath('<fleet><ship>sloop</ship><ship>brig</ship></fleet>', 'fleet/ship/text()')
    [sloop, brig]
    """,
)
_add_path(
    ("xpath_string",),
    "as_text",
    t.STRING,
    """The text of what an XPath expression gives; of nodes, the first one's.

    >>> SELECT xpath_string('<fleet><ship>sloop</ship></fleet>', 'fleet/ship')
    sloop
    """,
)
_add_path(
    ("xpath_boolean",),
    "as_truth",
    t.BOOLEAN,
    """Whether an XPath expression holds, or selects anything.

    >>> SELECT xpath_boolean('<fleet><ship>sloop</ship></fleet>', 'fleet/ship = "brig"')
    false
    """,
)
for _names, _type, _answer in (
    (("xpath_double", "xpath_number"), t.DOUBLE, "70.0"),
    (("xpath_float",), t.FLOAT, "70.0"),
    (("xpath_long",), t.LONG, "70"),
    (("xpath_int",), t.INTEGER, "70"),
    (("xpath_short",), t.SHORT, "70"),
):
    _add_path(
        _names,
        "as_whole" if isinstance(_type, t.IntegralType) else "as_double",
        _type,
        f"""The number that an XPath expression gives.

    >>> SELECT {_names[0]}('<f><tons>30</tons><tons>40</tons></f>', 'sum(f/tons)')
    {_answer}
    """,
    )


# ---- documents ----------------------------------------------------------------------------------


def _on(options: dict[str, str], name: str, *, otherwise: bool) -> bool:
    said = options.get(name)
    return otherwise if said is None else said.lower() == "true"


def options_for(given: dict[str, str]) -> Options:
    """What the options of a function, or of files, say (names in lower case)."""
    values: dict[str, Any] = {
        "prefix": given.get("attributeprefix", "_"),
        "value_tag": given.get("valuetag", "_VALUE"),
        "corrupt": given.get("columnnameofcorruptrecord", "_corrupt_record"),
        "null": given.get("nullvalue"),
        "trims": _on(given, "ignoresurroundingspaces", otherwise=True),
        "attributes": not _on(given, "excludeattribute", otherwise=False),
        "infers": _on(given, "inferschema", otherwise=True),
        "decimals": _on(given, "prefersdecimal", otherwise=False),
        "fails": given.get("mode", "").upper() == "FAILFAST",
        "row_tag": given.get("rowtag", "ROW"),
        "item": given.get("arrayelementname", "item"),
        "namespaces": not _on(given, "ignorenamespace", otherwise=False),
        "indent": given.get("indent", "    "),
    }
    return Options(**values)


def _check_read(arguments: Arguments) -> None:
    schema = schema_of(arguments, 1)
    if not isinstance(schema, t.StructType):
        raise TypeMismatch("INVALID_XML_SCHEMA", schema=f'"{schema.sql}"')
    mode = options_of(arguments, 2).get("mode", "PERMISSIVE")
    if mode.upper() not in {"PERMISSIVE", "FAILFAST"}:
        raise AnalysisError("PARSE_MODE_UNSUPPORTED", funcName="`from_xml`", mode=mode)


@XML.scalar(
    "from_xml",
    takes=[TEXT, SCHEMA, OPTIONS],
    gives=lambda arguments: schema_of(arguments, 1),
    nullable=always,
    check=_check_read,
    shows=lambda text, *_: f"from_xml({text})",
    needs=("arguments", "clock"),
)
def from_xml(
    text: Expression,
    schema: Expression,
    options: Expression | None = None,
    *,
    arguments: Arguments,
    clock: Clock,
) -> Expression:
    """The struct that a schema finds in an XML text: attributes under names with an underscore in
    front, elements that repeat as arrays. What does not fit is null.

    >>> SELECT from_xml('<ship tons="40"><name>sloop</name></ship>', '_tons INT, name STRING')
    {40, sloop}
    """
    wanted = schema_of(arguments, 1)
    given = options_of(arguments, 2)
    assert isinstance(wanted, t.StructType)  # noqa: S101 - the check
    return xml_value(text, wanted, given, clock)


def xml_value(
    text: Expression, wanted: t.StructType, given: dict[str, str], clock: Clock
) -> Expression:
    """The struct `wanted` in an XML text, read under the options `given`."""
    how = Reading(
        given.get("timestampformat"),
        given.get("timestampntzformat"),
        given.get("dateformat"),
        corrupt="",
        zone=clock.under(given).zone,
        policy=clock.policy,
    )
    fields = kernel("xml", "read", t.STRING, schema=wanted, options=options_for(given))
    return read_json(fields(text), wanted, how)


_DOCUMENT = changed(constant(TEXT), name="xml")


def _check_document(arguments: Arguments) -> None:
    if arguments[0].value is None:
        raise TypeMismatch("UNEXPECTED_NULL", exprName="xml")


@XML.scalar(
    "schema_of_xml",
    takes=[_DOCUMENT, OPTIONS],
    gives=t.STRING,
    nullable=never,
    check=_check_document,
    shows=lambda text, *_: f"schema_of_xml({text})",
    needs=("arguments",),
)
def schema_of_xml(
    text: Expression, options: Expression | None = None, *, arguments: Arguments
) -> Expression:
    """The schema of a constant XML text, as DDL writes it.

    >>> SELECT schema_of_xml('<ship tons="40"><name>sloop</name></ship>')
    STRUCT<_tons: BIGINT, name: STRING>
    """
    how = options_for(options_of(arguments, 1))
    return kernel("xml", "schema_of", t.STRING, options=how)(text)


@XML.scalar(
    "to_xml",
    takes=[STRUCT, OPTIONS],
    gives=t.STRING,
    nullable=always,
    shows=lambda value, *_: f"to_xml({value})",
    needs=("arguments", "clock"),
)
def to_xml(
    value: Expression,
    options: Expression | None = None,
    *,
    arguments: Arguments,
    clock: Clock,
) -> Expression:
    """A struct as XML text: a field whose name begins with an underscore becomes an attribute.

    >>> SELECT to_xml(named_struct('_tons', 40), map('rowTag', 'ship'))
    <ship tons="40"/>
    """
    return xml_text(value, arguments[0].type, options_of(arguments, 1), clock)


def xml_text(
    value: Expression, schema: t.DataType, given: dict[str, str], clock: Clock, depth: int = 0
) -> Expression:
    """A struct as XML text under the options `given`, indented `depth` times."""
    how = replace(writing_under(given, clock), drops_nulls=False, sorts=False, has_intervals=False)
    options = options_for(given)
    write = kernel("xml", "write", t.STRING, schema=schema, options=options, depth=depth)
    return write(json_text(value, schema, how))
