"""Functions of Spark's group for XML: known, not built."""

from __future__ import annotations

from boathouse.functions.registry import Group

XML = Group("xml_funcs")

XML.missing(
    "from_xml",
    "schema_of_xml",
    "to_xml",
    "xpath",
    "xpath_boolean",
    "xpath_double",
    "xpath_float",
    "xpath_int",
    "xpath_long",
    "xpath_number",
    "xpath_short",
    "xpath_string",
)
