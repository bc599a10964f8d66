"""Functions of Spark's group for VARIANT, which is held as JSON text."""

from __future__ import annotations

import re

from boathouse import duck
from boathouse.duck import Expression, native
from boathouse.duck.kernels import kernel
from boathouse.duck.tree import InList, StructOf
from boathouse.duck.types import duck_type, field_names
from boathouse.errors.exceptions import SparkRuntimeError, unsupported
from boathouse.functions.aggregate import AGGREGATE
from boathouse.functions.castable import can_cast
from boathouse.functions.casts import cast
from boathouse.functions.generator import GENERATOR
from boathouse.functions.into_variant import variant_of
from boathouse.functions.kernels.json_paths import parse_path
from boathouse.functions.let import let
from boathouse.functions.options import SCHEMA, nullable_everywhere
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    TEXT,
    Argument,
    Takes,
    TypeMismatch,
    always,
    argument_at,
    changed,
    known,
    never,
)
from boathouse.functions.variant_text import json_form, text_form
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import is_interval, is_string
from boathouse.types.variant import MARK

VARIANT = Group("variant_funcs")

_Arguments = tuple[Argument, ...]


def _variant(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return t.VARIANT if isinstance(given.type, (t.VariantType, t.NullType)) else None


_VARIANT = Takes(_variant, '"VARIANT"')


def _parsed(text: Expression, *, safe: bool) -> Expression:
    read = kernel("variants", "read", t.STRING)

    def found(given: Expression) -> Expression:
        held = native.call("variant", given) if native.available() else read(given)
        if safe:
            return held
        failure = duck.fail(
            "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
            badRecord=given,
            failFastMode="FAILFAST",
        )
        return duck.f.coalesce(held, duck.case((given.is_not_null(), failure)))

    return let(text, found, "text").cast("JSON")


@VARIANT.scalar("parse_json", takes=[TEXT], gives=t.VARIANT)
def parse_json(text: Expression) -> Expression:
    """The variant that a JSON text shows.

    >>> SELECT to_json(parse_json('{"pier": 7}'))
    {"pier":7}
    """
    return _parsed(text, safe=False)


@VARIANT.scalar("try_parse_json", takes=[TEXT], gives=t.VARIANT, nullable=always)
def try_parse_json(text: Expression) -> Expression:
    """The variant that a JSON text shows, null where it is none.

    >>> SELECT try_parse_json('pier')
    NULL
    """
    return _parsed(text, safe=True)


@VARIANT.scalar("is_variant_null", takes=[_VARIANT], gives=t.BOOLEAN, nullable=never)
def is_variant_null(value: Expression) -> Expression:
    """Whether a variant holds JSON's null, which is not SQL's NULL.

    >>> SELECT is_variant_null(parse_json('null')), is_variant_null(NULL)
    true | false
    """
    return duck.f.coalesce(duck.f.json_type(value).equals("NULL"), False)


@VARIANT.scalar("is_valid_variant", takes=[_VARIANT], gives=t.BOOLEAN)
def is_valid_variant(value: Expression) -> Expression:
    """Whether the bytes of a variant are sound; here they always are.

    >>> SELECT is_valid_variant(parse_json('[1]'))
    true
    """
    return duck.case((value.is_not_null(), duck.TRUE))


# ---- reading ------------------------------------------------------------------------------------


_DOUBLE_QUOTED = re.compile(r"""\["([^"?']+)"\]""")


def _in_single_quotes(step: re.Match[str]) -> str:
    return f"['{step[1]}']"


def _pointer(path: str, function: str) -> str:
    steps = parse_path(_DOUBLE_QUOTED.sub(_in_single_quotes, path))
    if steps is None or None in steps:
        raise SparkRuntimeError("INVALID_VARIANT_GET_PATH", path=path, functionName=f"`{function}`")
    shown = [
        f"[{step}]" if isinstance(step, int) else '."{}"'.format(str(step).replace('"', '\\"'))
        for step in steps
    ]
    return "$" + "".join(shown)


def _wanted(arguments: _Arguments) -> t.DataType:
    given = argument_at(arguments, 2)
    if given is None:
        return t.VARIANT
    if not isinstance(given.value, t.DataType):
        raise unsupported("a type that is not a constant text")
    return nullable_everywhere(given.value)


def _check_wanted(arguments: _Arguments) -> None:
    wanted = _wanted(arguments)
    if not can_cast(t.VARIANT, wanted, CastMode.ANSI):
        raise TypeMismatch(
            "CAST_WITHOUT_SUGGESTION", srcType='"VARIANT"', targetType=f'"{wanted.sql}"'
        )


def _getter(name: str, doc: str, *, safe: bool) -> None:
    def lowering(
        value: Expression,
        path: Expression,
        schema: Expression | None,
        arguments: _Arguments,
    ) -> Expression:
        wanted = _wanted(arguments)
        if arguments[1].value is None:
            return duck.literal(None, duck_type(wanted))
        found = duck.f.json_extract(value, _pointer(str(arguments[1].value), name))
        if isinstance(wanted, t.VariantType):
            return found
        return let(found, lambda item: _cast(item, wanted, safe=safe), "found")

    VARIANT.scalar(
        name,
        takes=[_VARIANT, known(TEXT), changed(SCHEMA, default=None)],
        gives=_wanted,
        nullable=always,
        check=_check_wanted,
        shows=lambda value, path, *_: f"{name}({value}, {path})",
        needs=("arguments",),
        doc=doc,
    )(lowering)


def out_of_variant(item: Expression, wanted: t.DataType, *, safe: bool) -> Expression:
    """The variant `item` as `wanted`; where it cannot be, null if `safe`, else an error."""
    return let(item, lambda given: _cast(given, wanted, safe=safe), "variant")


def _cast(item: Expression, wanted: t.DataType, *, safe: bool, depth: int = 0) -> Expression:
    """A variant as `wanted`: nested values by their parts, others as a cast of their text."""
    if isinstance(wanted, t.VariantType):
        return item.cast("JSON")
    value = _as_type(item, wanted, safe=safe, depth=depth).cast(duck_type(wanted))
    failure = None
    if not safe:
        failure = duck.fail(
            "INVALID_VARIANT_CAST",
            value=json_form(item),
            dataType=f'"{wanted.sql}"',
        )
    empty = duck.any_of(item.is_null(), duck.f.json_type(item).equals("NULL"))
    return let(
        value,
        lambda held: duck.case((held.is_not_null(), held), (empty, None), otherwise=failure),
        f"held{depth}",
    )


def _as_type(item: Expression, wanted: t.DataType, *, safe: bool, depth: int) -> Expression:
    def part(each: Expression, of: t.DataType, name: str) -> Expression:
        return let(
            each, lambda given: _cast(given, of, safe=safe, depth=depth + 1), f"{name}{depth}"
        )

    match wanted:
        case t.ArrayType():
            items = duck.f.json_extract(item, "$[*]")
            one = duck.lambda_(f"_item{depth}", lambda each: part(each, wanted.element, "item"))
            return duck.case((_kind(item, "ARRAY"), duck.f.list_transform(items, one)))
        case t.MapType():
            # Spark: keys in order, as objects of variants have them.
            keys = duck.f.list_sort(duck.f.json_keys(item))
            one = duck.lambda_(
                f"_key{depth}",
                lambda key: part(duck.f.json_extract(item, _of_key(key)), wanted.value, "value"),
            )
            return duck.case(
                (_kind(item, "OBJECT"), duck.f.map(keys, duck.f.list_transform(keys, one)))
            )
        case t.StructType():
            parts = tuple(
                (name, part(duck.f.json_extract(item, _of_key(field.name)), field.type, "field"))
                for name, field in zip(field_names(wanted), wanted.fields, strict=True)
            )
            return duck.case((_kind(item, "OBJECT"), StructOf(parts)))
        case _:
            return _atom(item, wanted)


def _of_key(key: str | Expression) -> Expression:
    """The JSON pointer to a field of an object."""
    if isinstance(key, str):
        return duck.literal("/" + key.replace("~", "~0").replace("/", "~1"))
    escaped = duck.f.replace(duck.f.replace(key, "~", "~0"), "/", "~1")
    return duck.operator("||", "/", escaped)


def _kind(item: Expression, *kinds: str) -> Expression:
    return InList(duck.f.json_type(item), tuple(duck.literal(kind) for kind in kinds))


_WHOLE = ("UBIGINT", "BIGINT")
_EXACT = ("DOUBLE", "HUGEINT", "UHUGEINT", "n")
_SOURCES: tuple[tuple[tuple[str, ...], t.DataType], ...] = (
    (("VARCHAR", "s"), t.STRING),
    (_WHOLE, t.LONG),
    (("BOOLEAN",), t.BOOLEAN),
    (("d",), t.DOUBLE),
    (("f",), t.FLOAT),
    (("D",), t.DATE),
    (("T",), t.TIMESTAMP),
    (("L",), t.TIMESTAMP_NTZ),
    (("B",), t.BINARY),
)
"""The types of what is neither array nor object, by JSON's kind or the letter behind the mark."""


def _atom(item: Expression, wanted: t.DataType) -> Expression:
    """What is neither array nor object is cast as values of its own type are."""
    if is_string(wanted):
        return duck.case((_kind(item, "NULL"), None), otherwise=text_form(item))

    def read(raw: Expression) -> Expression:
        marked = duck.f.starts_with(raw, MARK)
        kind = duck.if_(marked, duck.f.substring(raw, 2, 1), duck.f.json_type(item))
        text = duck.if_(marked, duck.f.substring(raw, 3), raw)
        return let(kind, lambda known: let(text, lambda bare: by_kind(known, bare), "bare"), "kind")

    def by_kind(kind: Expression, text: Expression) -> Expression:
        branches = [(_is_one_of(kind, _EXACT), _exact(text, wanted))]
        branches += [
            (_is_one_of(kind, kinds), cast(_value_of(text, given), given, wanted, CastMode.TRY))
            for kinds, given in _SOURCES
            if can_cast(given, wanted, CastMode.ANSI)
        ]
        return duck.case(*branches)

    return let(duck.f.json_extract_string(item, "$"), read, "raw")


def _is_one_of(kind: Expression, kinds: tuple[str, ...]) -> Expression:
    return InList(kind, tuple(duck.literal(each) for each in kinds))


def _exact(text: Expression, wanted: t.DataType) -> Expression:
    """A decimal, of any precision and scale, as `wanted`."""
    number = text.try_cast("DOUBLE")
    match wanted:
        case t.IntegralType():
            whole = duck.f.regexp_replace(text, r"\..*", "")
            return whole.try_cast(duck_type(wanted))
        case t.NumericType():
            return cast(text, t.STRING, wanted, CastMode.TRY)
        case t.TimestampType():
            return duck.f.make_timestamptz(duck.f.trunc(number * 1e6).try_cast("BIGINT"))
        case t.BooleanType():
            return number.differs(0.0)
        case _:
            return duck.literal(None, duck_type(wanted))


def _value_of(text: Expression, given: t.DataType) -> Expression:
    match given:
        case t.DateType():
            first = duck.literal("1970-01-01").cast("DATE")
            return first + text.try_cast("INTEGER")
        case t.TimestampType():
            return duck.f.make_timestamptz(text.try_cast("BIGINT"))
        case t.TimestampNTZType():
            return duck.f.make_timestamp(text.try_cast("BIGINT"))
        case t.BinaryType():
            return duck.f.TRY(duck.f.from_base64(text))
        case _:
            return text.try_cast(duck_type(given))


_getter(
    "variant_get",
    """What stands at a path of a variant, as a type.

    >>> SELECT variant_get(parse_json('{"pier": [7, 8]}'), '$.pier[1]', 'int')
    8
    """,
    safe=False,
)
_getter(
    "try_variant_get",
    """What stands at a path of a variant, as a type; null where it cannot be.

    >>> SELECT try_variant_get(parse_json('{"pier": "x"}'), '$.pier', 'int')
    NULL
    """,
    safe=True,
)


def _nested(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    kinds = (t.ArrayType, t.MapType, t.StructType)
    return given.type if isinstance(given.type, kinds) and _is_held(given.type) else None


def _is_held(given: t.DataType) -> bool:
    """Whether a variant can hold values of the type `given`."""
    match given:
        case t.NullType():
            return False
        case t.MapType(key=key, value=value):
            return is_string(key) and _is_held(value)
        case t.ArrayType(element=element):
            return _is_held(element)
        case t.StructType(fields=fields):
            return all(_is_held(field.type) for field in fields)
        case _:
            return not is_interval(given)


def _not_nested(given: Argument, text: str) -> TypeMismatch:
    return TypeMismatch(
        "CAST_WITHOUT_SUGGESTION", srcType=f'"{given.type.sql}"', targetType='"VARIANT"'
    )


@VARIANT.scalar(
    "to_variant_object",
    takes=[Takes(_nested, '"ANY"', refused=_not_nested)],
    gives=t.VARIANT,
    needs=("arguments",),
)
def to_variant_object(value: Expression, arguments: _Arguments) -> Expression:
    """A struct, array or map as a variant.

    >>> SELECT to_json(to_variant_object(named_struct('pier', 7)))
    {"pier":7}
    """
    return variant_of(value, arguments[0].type)


@VARIANT.scalar("schema_of_variant", takes=[_VARIANT], gives=t.STRING)
def schema_of_variant(value: Expression) -> Expression:
    """The schema of a variant, its objects told as OBJECT.

    >>> SELECT schema_of_variant(parse_json('{"pier": [7, 8.5], "open": true}'))
    OBJECT<open: BOOLEAN, pier: ARRAY<DECIMAL(21,1)>>
    """
    return kernel("variants", "schema", t.STRING)(value.cast("VARCHAR"))


@AGGREGATE.aggregate("schema_of_variant_agg", takes=[_VARIANT], gives=t.STRING, nullable=never)
def schema_of_variant_agg(value: Expression) -> Expression:
    """The schema that all variants of a group have in common.

    >>> SELECT schema_of_variant_agg(parse_json(v)) FROM VALUES ('{"pier": 7}'), ('{}') AS t(v)
    OBJECT<pier: BIGINT>
    """
    gathered = duck.aggregate("list", value.cast("VARCHAR"))
    return kernel("variants", "merged_schema", t.STRING)(gathered)


# ---- rows ---------------------------------------------------------------------------------------


def _entries(value: Expression) -> Expression:
    """One row for each element or field: place, key, value."""

    def element(place: Expression) -> Expression:
        item = duck.f.json_extract(value, duck.f.concat("$[", place, "]"))
        return _row(place, duck.literal(None, "VARCHAR"), item)

    def field(key: Expression, place: Expression) -> Expression:
        pointer = duck.f.replace(duck.f.replace(key, "~", "~0"), "/", "~1")
        return _row(place - 1, key, duck.f.json_extract(value, duck.f.concat("/", pointer)))

    kind = duck.f.json_type(value)
    places = duck.f.range(duck.f.json_array_length(value).cast("BIGINT"))
    names = duck.f.list_sort(duck.f.json_keys(value))
    return duck.case(
        (kind.equals("ARRAY"), duck.f.list_transform(places, duck.lambda_("place", element))),
        (kind.equals("OBJECT"), duck.f.list_transform(names, duck.lambda_("key place", field))),
    )


def _row(place: Expression, key: Expression, item: Expression) -> Expression:
    fields = {"0": place.cast("INTEGER"), "1": key, "2": item.cast("JSON")}
    return StructOf(tuple(fields.items()))


def _add_rows(name: str, *, outer: bool, more: str) -> None:
    fields = (
        t.StructField("pos", t.INTEGER, nullable=False),
        t.StructField("key", t.STRING),
        t.StructField("value", t.VARIANT, nullable=False),
    )
    GENERATOR.generator(
        name,
        takes=[changed(_VARIANT, name="input")],
        gives=t.StructType(fields),
        extra={"outer": outer, "in_from": True},
        stands_for="variant_explode",
        named=("input",),
        doc=f"""One row for each element of a variant's array, or field of its object.{more}

    >>> SELECT pos, key, to_json(value) FROM {name}(parse_json('{{"pier": 7, "open": true}}'))
    0 | open | true
    1 | pier | 7
    """,  # noqa: S608 - an example
    )(lambda value: let(value, _entries, "variant"))


_add_rows("variant_explode", outer=False, more="")
_add_rows("variant_explode_outer", outer=True, more=" A row of nulls when there is nothing.")
