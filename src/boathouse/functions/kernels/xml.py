"""XML as functions see it: answers of XPath; documents read by a schema, described and written."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, cast
from xml.sax import saxutils

from boathouse.errors.exceptions import SparkError, SparkRuntimeError
from boathouse.functions.kernels.rows import by_row
from boathouse.functions.kernels.xml_tree import ELEMENT, TEXT, MalformedXmlError, Node, parse
from boathouse.functions.kernels.xpath import (
    Value,
    XPathError,
    evaluated,
    to_boolean,
    to_number,
    to_string,
)
from boathouse.types import datatypes as t
from boathouse.types.coercion import tightest_common
from boathouse.types.text import pretty_text

# ---- XPath --------------------------------------------------------------------------------------


def _asked(text: str, path: str) -> Value | None:
    if not text or not path:
        return None
    try:
        return evaluated(path, parse(text))
    except (MalformedXmlError, XPathError) as error:
        # Spark raises these without a condition.
        raise SparkRuntimeError("NO_CONDITION", message=f"XPath {path}: {error}") from None


@by_row
def found(text: str, path: str) -> list[str | None] | None:
    """The values of the nodes that `path` selects; an element has none of its own."""
    value = _asked(text, path)
    if value is None:
        return None
    if not isinstance(value, list):
        raise SparkRuntimeError("NO_CONDITION", message=f"XPath {path} selects no nodes")
    return [None if node.kind == ELEMENT else node.value for node in value]


@by_row
def as_text(text: str, path: str) -> str | None:
    """What `path` gives, as text."""
    value = _asked(text, path)
    return None if value is None else to_string(value)


@by_row
def as_truth(text: str, path: str) -> bool | None:
    """Whether `path` holds or selects anything."""
    value = _asked(text, path)
    return None if value is None else to_boolean(value)


@by_row
def as_double(text: str, path: str) -> float | None:
    """What `path` gives, as a number; NaN where it is none."""
    value = _asked(text, path)
    return None if value is None else to_number(value)


@by_row
def as_whole(text: str, path: str, *, bits: int) -> int | None:
    """What `path` gives, cut to a whole number as Java cuts doubles; 0 where it is none."""
    value = _asked(text, path)
    if value is None:
        return None
    number = to_number(value)
    if math.isnan(number):
        return 0
    wide = max(bits, 32)
    low, high = -(1 << (wide - 1)), (1 << (wide - 1)) - 1
    whole = low if number <= low else high if number >= high else int(number)
    if bits < wide:
        whole = (whole + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))
    return whole


# ---- reading ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Options:
    """What the options of XML functions say; `pattern` fields are left to SQL."""

    prefix: str = "_"
    value_tag: str = "_VALUE"
    corrupt: str = "_corrupt_record"
    null: str | None = None
    trims: bool = True
    attributes: bool = True
    infers: bool = True
    decimals: bool = False
    fails: bool = False
    namespaces: bool = True
    row_tag: str = "ROW"
    item: str = "item"
    indent: str = "    "


class _BadValueError(ValueError):
    """Text that is no value of its type."""


@by_row
def read(text: str, *, schema: t.StructType, options: Options) -> str:
    """The JSON of the fields of `schema` in a document. At the first value that does not fit, what
    was read so far stays and the text itself goes into the field for that.
    """
    result: dict[str, Any] = {}
    try:
        element = parse(text).elements[0]
        _read_struct(element, schema, options, result)
    except (_BadValueError, MalformedXmlError):
        if options.fails:
            raise _malformed(_record(result, schema)) from None
        result[options.corrupt] = text
    return json.dumps(result)


def _malformed(record: str) -> SparkError:
    condition = "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION"
    return SparkError(condition, badRecord=record, failFastMode="FAILFAST")


def _record(result: dict[str, Any], schema: t.StructType) -> str:
    values = [result.get(field.name) for field in schema.fields]
    return f"[{','.join('null' if value is None else str(value) for value in values)}]"


def _read_struct(
    element: Node, schema: t.StructType, options: Options, result: dict[str, Any]
) -> None:
    fields = {field.name.lower(): field for field in schema.fields}
    for attribute in element.attributes if options.attributes else []:
        field = fields.get((options.prefix + _local(attribute.name, options)).lower())
        if field is not None:
            result[field.name] = _read_text(attribute.value, field.type, options)
    for child in element.children:
        if child.kind == TEXT and child.value.strip():
            _read_field(options.value_tag, child, fields, options, result)
        elif child.kind == ELEMENT:
            _read_field(_local(child.name, options), child, fields, options, result)


def _read_field(
    name: str,
    child: Node,
    fields: dict[str, t.StructField],
    options: Options,
    result: dict[str, Any],
) -> None:
    field = fields.get(name.lower())
    if field is None:
        return
    if isinstance(field.type, t.ArrayType):
        result.setdefault(field.name, []).append(_read_value(child, field.type.element, options))
    else:
        result[field.name] = _read_value(child, field.type, options)


def _local(name: str, options: Options) -> str:
    """`name`, without its prefix where namespaces do not count."""
    return name if options.namespaces else name.rpartition(":")[2]


def _read_value(element: Node, wanted: t.DataType, options: Options) -> Any:
    match wanted:
        case t.StructType():
            inside: dict[str, Any] = {}
            _read_struct(element, wanted, options, inside)
            return inside
        case t.MapType():
            pairs = {child.name: child for child in element.elements}
            return {name: _read_value(each, wanted.value, options) for name, each in pairs.items()}
        case t.ArrayType():
            return [_read_value(each, wanted.element, options) for each in element.elements]
        case t.VariantType():
            return _read_variant(element, options)
        case t.StringType() if element.elements:
            return "".join(map(_markup, element.children))
        case _:
            return _read_text(element.text, wanted, options)


def _markup(node: Node) -> str:
    """A node as XML text."""
    if node.kind != ELEMENT:
        return saxutils.escape(node.value) if node.kind == TEXT else ""
    attributes = "".join(
        f" {each.name}={saxutils.quoteattr(each.value)}" for each in node.attributes
    )
    return f"<{node.name}{attributes}>{''.join(map(_markup, node.children))}</{node.name}>"


_WHOLE = re.compile(r"[+-]?\d+")
_FLOATING = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?")
_ODD = {"NaN", "Infinity", "-Infinity", "+Infinity"}
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


def _read_text(given: str, wanted: t.DataType, options: Options) -> Any:
    text = given.strip() if options.trims else given
    if text == options.null:
        return None
    if isinstance(wanted, (t.StringType, t.CharType, t.VarcharType)):
        return text
    text = text.strip()
    if not text:
        return None
    match wanted:
        case t.BooleanType() if text.lower() in _TRUTHS:
            return _TRUTHS[text.lower()]
        case t.IntegralType() if _WHOLE.fullmatch(text) and _fits(int(text), wanted.bits):
            return int(text)
        case t.FloatType() | t.DoubleType() if _FLOATING.fullmatch(text):
            return float(text.rstrip("dDfF"))
        case t.FloatType() | t.DoubleType() if text in _ODD:
            return text
        case t.BooleanType() | t.IntegralType() | t.FloatType() | t.DoubleType():
            raise _BadValueError(text)
        case t.StructType(fields=fields):
            names = {field.name: field for field in fields}
            inner = names.get(options.value_tag)
            return {} if inner is None else {inner.name: _read_text(text, inner.type, options)}
        case _:
            return text


def _fits(number: int, bits: int) -> bool:
    return -(1 << (bits - 1)) <= number < 1 << (bits - 1)


def _read_variant(element: Node, options: Options) -> Any:
    if not element.elements and not element.attributes:
        return _variant_text(element.text, options)
    inside: dict[str, Any] = {
        options.prefix + each.name: _variant_text(each.value, options)
        for each in element.attributes
    }
    repeated: dict[str, list[Any]] = {}
    for child in element.children:
        if child.kind == ELEMENT:
            name, value = _local(child.name, options), _read_variant(child, options)
        elif child.kind == TEXT and child.value.strip():
            name, value = options.value_tag, _variant_text(child.value, options)
        else:
            continue
        repeated.setdefault(name, []).append(value)
    inside.update((name, v if len(v) > 1 else v[0]) for name, v in repeated.items())
    return inside


def _variant_text(given: str, options: Options) -> Any:
    kind = _kind_of(given, options)
    match kind:
        case t.LongType() | t.DoubleType() | t.BooleanType():
            return _read_text(given, kind, options)
        case t.NullType():
            return None
        case _:
            return given.strip() if options.trims else given


# ---- schemas ------------------------------------------------------------------------------------

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?"
)


@by_row
def schema_of(text: str, *, options: Options) -> str:
    """The schema of a document, as DDL writes it."""
    try:
        return _settled(_record_type(text, options)).sql
    except MalformedXmlError:
        return f"STRUCT<{t.quoted_if_needed(options.corrupt)}: STRING>"


def _record_type(text: str, options: Options) -> t.StructType:
    found = _inferred(parse(text).elements[0], options)
    if isinstance(found, t.StructType):
        return found
    empty = isinstance(found, t.NullType)
    return t.StructType(() if empty else (t.StructField(options.value_tag, found),))


def schema_of_records(
    texts: Iterable[str], options: Options, *, keeps_corrupt: bool
) -> t.StructType:
    """The schema of all `texts` together; where it `keeps_corrupt` ones, with a field for them."""
    merged: t.DataType = t.StructType(())
    for text in texts:
        try:
            found = _record_type(text, options)
        except MalformedXmlError:
            if options.fails:
                raise _malformed(options.corrupt) from None
            if not keeps_corrupt:
                continue
            found = t.StructType((t.StructField(options.corrupt, t.STRING),))
        merged = _merged(merged, found, options)
    settled = _settled(merged)
    assert isinstance(settled, t.StructType)  # noqa: S101 - structs merge to structs
    return settled


def is_element_name(name: str) -> bool:
    """Whether an element may have that name."""
    return re.fullmatch(r"[^\W\d][\w.:-]*", name) is not None


def is_well_formed(text: str) -> bool:
    """Whether `text` is a document."""
    try:
        parse(text)
    except MalformedXmlError:
        return False
    return True


def _inferred(element: Node, options: Options) -> t.DataType:
    attributes = element.attributes if options.attributes else []
    texts = [child.value for child in element.children if child.kind == TEXT]
    if not attributes and not element.elements:
        return _kind_of("".join(texts), options)
    fields: dict[str, t.DataType] = {
        options.prefix + _local(each.name, options): _kind_of(each.value, options)
        for each in attributes
    }
    for child in element.elements:
        kind = _inferred(child, options)
        name = _local(child.name, options)
        known = fields.get(name)
        if known is not None:
            held = known.element if isinstance(known, t.ArrayType) else known
            kind = t.ArrayType(_merged(held, kind, options))
        fields[name] = kind
    kinds = [_kind_of(text, options) for text in texts if text.strip()]
    if kinds:
        merged = reduce(lambda left, right: _merged(left, right, options), kinds)
        fields[options.value_tag] = merged if len(kinds) == 1 else t.ArrayType(merged)
    return t.StructType(tuple(t.StructField(name, fields[name]) for name in sorted(fields)))


def _kind_of(given: str, options: Options) -> t.DataType:
    text = given.strip()
    if not text or text == options.null:
        return t.NULL
    if not options.infers:
        return t.STRING
    if _WHOLE.fullmatch(text) and _fits(int(text), 64):
        return t.LONG
    if _FLOATING.fullmatch(text):
        return _decimal_of(text) if options.decimals else t.DOUBLE
    if text.lower() in {"true", "false"}:
        return t.BOOLEAN
    if _DATE.fullmatch(text):
        return t.DATE
    return t.TIMESTAMP if _MOMENT.fullmatch(text) else t.STRING


def _decimal_of(text: str) -> t.DataType:
    if not re.fullmatch(r"[+-]?\d*\.?\d*", text):
        return t.DOUBLE
    whole, _, fraction = text.lstrip("+-").partition(".")
    precision = max(len(whole.lstrip("0")) + len(fraction), len(fraction), 1)
    return t.DecimalType(precision, len(fraction)) if precision <= 38 else t.DOUBLE


def _merged(left: t.DataType, right: t.DataType, options: Options) -> t.DataType:
    match left, right:
        case t.NullType(), _:
            return right
        case _, t.NullType():
            return left
        case t.StructType(), t.StructType():
            fields = {field.name: field.type for field in left.fields}
            for field in right.fields:
                known = fields.get(field.name, t.NULL)
                fields[field.name] = _merged(known, field.type, options)
            return t.StructType(tuple(t.StructField(n, fields[n]) for n in sorted(fields)))
        case t.StructType(), _:
            other = t.StructType((t.StructField(options.value_tag, right),))
            return _merged(left, other, options)
        case _, t.StructType():
            return _merged(right, left, options)
        case t.ArrayType(), t.ArrayType():
            return t.ArrayType(_merged(left.element, right.element, options))
        case t.ArrayType(), _:
            return t.ArrayType(_merged(left.element, right, options))
        case _, t.ArrayType():
            return _merged(right, left, options)
        case _:
            return tightest_common(left, right) or t.STRING


def _settled(given: t.DataType) -> t.DataType:
    """`given` with STRING where nothing is known."""
    match given:
        case t.NullType():
            return t.STRING
        case t.ArrayType():
            return t.ArrayType(_settled(given.element))
        case t.StructType():
            return t.StructType(
                tuple(t.StructField(field.name, _settled(field.type)) for field in given.fields)
            )
        case _:
            return given


# ---- writing ------------------------------------------------------------------------------------


@by_row
def write(text: str, *, schema: t.DataType, options: Options, depth: int) -> str:
    """The document of a value that is given as JSON, its numbers as they stand there, indented
    `depth` times.
    """
    value = json.loads(text, parse_int=str, parse_float=str)
    lines = list(_element(options.row_tag, value, schema, options, depth))
    if options.indent or depth:
        return ("\n" if options.indent else "").join(lines)
    return "".join(lines) + "\n"


def _element(name: str, value: Any, of: t.DataType, options: Options, depth: int) -> Iterator[str]:
    margin = options.indent * depth
    if not is_element_name(name):
        # Spark raises Java's own error, without a condition.
        raise SparkRuntimeError("NO_CONDITION", message=f"{name!r} is no name of an XML element")
    if not isinstance(of, (t.StructType, t.MapType)) and not isinstance(value, dict):
        yield f"{margin}<{name}>{_written(value, of)}</{name}>"
        return
    start, inner = f"{margin}<{name}", list[str]()
    content = ""
    for field, item, kind in _pairs(value, of):
        if field == options.value_tag:
            content += "" if item is None else _written(item, kind)
        elif options.prefix and field.startswith(options.prefix):
            if item is not None:
                quoted = saxutils.escape(_plain(item), {'"': "&quot;"})
                start += f' {field[len(options.prefix) :]}="{quoted}"'
        else:
            inner += _member(field, item, kind, options, depth + 1)
    if not inner:
        yield f"{start}>{content}</{name}>" if content else f"{start}/>"
        return
    yield f"{start}>{content}"
    yield from inner
    yield f"{margin}</{name}>"


def _pairs(value: Any, of: t.DataType) -> Iterator[tuple[str, Any, t.DataType]]:
    if isinstance(of, t.StructType):
        for field in of.fields:
            yield field.name, value.get(field.name), field.type
        return
    inner = of.value if isinstance(of, t.MapType) else t.VARIANT
    for key, item in value.items():
        yield key, item, inner


def _member(name: str, value: Any, of: t.DataType, options: Options, depth: int) -> Iterator[str]:
    if value is None:
        if options.null is not None:
            yield f"{options.indent * depth}<{name}>{saxutils.escape(options.null)}</{name}>"
        return
    if not isinstance(value, list):
        yield from _element(name, value, of, options, depth)
        return
    element = of.element if isinstance(of, t.ArrayType) else t.VARIANT
    for item in cast("list[Any]", value):
        if isinstance(item, list):
            inside, kind = cast("list[Any]", item), element
            if isinstance(element, t.ArrayType) and isinstance(element.element, t.ArrayType):
                # Spark writes each second array of those inside of each other without a name.
                inside = [deep for part in inside if part is not None for deep in part]
                kind = element.element
            inner = t.StructType((t.StructField(options.item, kind),))
            yield from _element(name, {options.item: inside}, inner, options, depth)
        else:
            yield from _member(name, item, element, options, depth)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _written(value: Any, of: t.DataType) -> str:
    if isinstance(of, t.BinaryType):
        return pretty_text(base64.b64decode(value), of)
    # Java's writer leaves the closing bracket as it is.
    return _plain(value).replace("&", "&amp;").replace("<", "&lt;")
