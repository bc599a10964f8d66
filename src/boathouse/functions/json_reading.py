"""JSON text read as a value of a Spark type. What does not fit is null, where Spark has it so: a
field keeps its neighbours, an array or map with a wrong element is null as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from boathouse import duck
from boathouse.duck import Expression, native, tree
from boathouse.duck.kernels import kernel
from boathouse.duck.types import duck_type, field_names
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions import variant_text
from boathouse.functions.casts import cast
from boathouse.functions.clock import AT_GREENWICH, Clock
from boathouse.functions.datetime_reading import read
from boathouse.functions.from_text import to_local
from boathouse.functions.let import let, let_all
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import is_string

_WHOLE = ("UBIGINT", "BIGINT", "HUGEINT", "UHUGEINT")
_NUMBER = (*_WHOLE, "DOUBLE")
_ODD_NUMBERS = {
    "NaN": "NaN",
    "Infinity": "Infinity",
    "+Infinity": "Infinity",
    "INF": "Infinity",
    "+INF": "Infinity",
    "-Infinity": "-Infinity",
    "-INF": "-Infinity",
}


_OPTIONS = (
    "singlequotes",
    "nonnumericnumbers",
    "comments",
    "unquotedfieldnames",
    "numericleadingzeros",
    "backslashescapinganycharacter",
    "unquotedcontrolchars",
)
_ALLOWED = _OPTIONS[:2]
"""What Spark allows unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: patterns of dates and times (None: as a cast does), and the field that keeps
    what could not be read.
    """

    timestamp: str | None = None
    local: str | None = None
    date: str | None = None
    corrupt: str = "_corrupt_record"
    allowed: tuple[str, ...] = _ALLOWED
    """What is read beyond standard JSON: options without their ``allow``."""
    strict: bool = False
    """Whether what cannot be read is an error (mode FAILFAST)."""
    clock: Clock = AT_GREENWICH


def reading_under(options: dict[str, str], clock: Clock) -> Reading:
    """The reading that `options` (lower-case names) ask for."""
    return Reading(
        options.get("timestampformat"),
        options.get("timestampntzformat"),
        options.get("dateformat"),
        corrupt_name(options),
        tuple(
            name
            for name in _OPTIONS
            if options.get(f"allow{name}", str(name in _ALLOWED)).lower() == "true"
        ),
        is_strict("from_json", options),
        clock.under(options),
    )


def corrupt_name(options: dict[str, str]) -> str:
    """The field for what could not be read."""
    return options.get("columnnameofcorruptrecord", "_corrupt_record")


def is_strict(function: str, options: dict[str, str]) -> bool:
    """Whether `options` ask for an error at records that cannot be read; Spark takes a mode that it
    does not know for PERMISSIVE.
    """
    mode = options.get("mode", "PERMISSIVE").upper()
    if mode == "DROPMALFORMED":
        raise AnalysisError("PARSE_MODE_UNSUPPORTED", funcName=f"`{function}`", mode=mode)
    return mode == "FAILFAST"


def malformed(*values: Expression) -> Expression:
    """The error for a record of which no more than `values` could be read."""
    shown = [duck.f.coalesce(value.cast("VARCHAR"), "null") for value in values]
    return duck.fail(
        "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
        badRecord=_listed(duck.f.concat_ws(",", *shown)),
        failFastMode="FAILFAST",
    )


def _listed(text: Expression) -> Expression:
    return duck.f.concat("[", text, "]")


def _shown(value: Expression, given: t.DataType) -> Expression:
    """`value` as Java shows one inside a row."""
    match given:
        case t.StructType():
            parts = [
                _shown(duck.field_of(value, name), field.type)
                for name, field in zip(field_names(given), given.fields, strict=True)
            ]
            text = _listed(duck.f.concat_ws(",", *parts))
        case t.ArrayType():
            part = duck.lambda_("_part", lambda part: _shown(part, given.element))
            text = _listed(duck.f.array_to_string(duck.f.list_transform(value, part), ","))
        case _:
            text = value.cast("VARCHAR")
    return duck.case((value.is_null(), "null"), otherwise=text)


def check_corrupt(wanted: t.DataType, corrupt: str) -> None:
    """Refuse a field for records that cannot be read which cannot hold them."""
    fields = wanted.fields if isinstance(wanted, t.StructType) else ()
    for field in fields:
        if field.name == corrupt and not (is_string(field.type) and field.nullable):
            raise AnalysisError(
                "INVALID_CORRUPT_RECORD_TYPE",
                columnName=f"`{corrupt}`",
                actualType=f'"{field.type.sql}"',
            )


def _strictly_valid(text: Expression) -> Expression:
    """Whether `text` is standard JSON for sure."""
    # DuckDB takes commas behind the last value too, and words for infinity.
    odd = duck.f.regexp_matches(text, r",\s*[\]}]|NaN|INF|Infinity")
    return duck.all_of(duck.f.json_valid(text), odd.negated())


def plainly_valid(text: Expression) -> Expression:
    """Whether `text` is standard JSON, and no object has a key twice, for sure."""
    if native.available():
        return native.call("is_plain_json", text)

    def once(keys: Expression) -> Expression:
        return duck.f.len(duck.f.list_distinct(keys)).equals(duck.f.len(keys))

    keys = duck.f.regexp_extract_all(text, r'"(?:[^"\\]|\\.)*"\s*:')
    return duck.all_of(_strictly_valid(text), let(keys, once, "keys"))


_LETTERS: dict[type[t.DataType], str] = {
    t.StringType: "s",
    t.CharType: "s",
    t.VarcharType: "s",
    t.BooleanType: "?",
    t.ByteType: "1",
    t.ShortType: "2",
    t.IntegerType: "4",
    t.LongType: "8",
    t.FloatType: "f",
    t.DoubleType: "d",
}
"""How the native reader is told types."""


def _native_start(wanted: t.DataType, how: Reading) -> str:
    """What is allowed, and which field keeps what cannot be read, from 1."""
    allowed = sum(1 << place for place, option in enumerate(_OPTIONS) if option in how.allowed)
    fields = wanted.fields if isinstance(wanted, t.StructType) else ()
    kept = [place for place, field in enumerate(fields, 1) if _keeps(field, how)]
    return f"{allowed} {kept[0] if kept else 0}"


def _native_form(wanted: t.DataType) -> str | None:
    """The type as the native reader is told it (see ``json_values.c``); None if it does not read
    such values.
    """
    match wanted:
        case t.DecimalType():
            return f"n{wanted.precision} {wanted.scale} "
        case t.ArrayType():
            inner = _native_form(wanted.element)
            return inner and f"[{inner}"
        case t.MapType():
            inner = _native_form(wanted.value)
            return inner and f"{{{inner}"
        case t.StructType():
            forms = [_native_form(f.type) for f in wanted.fields]
            if not forms or None in forms or len(set(wanted.names)) < len(forms):
                return None
            names = zip(wanted.names, field_names(wanted), strict=True)
            named = [f"{_counted(name)}{_counted(column)}" for name, column in names]
            fields = "".join(f"{name}{form}" for name, form in zip(named, forms, strict=True))
            return f"({len(forms)} {fields}"
        case _:
            return _LETTERS.get(type(wanted))


def _counted(name: str) -> str:
    return f"{len(name.encode())} {name}"


def read_json(text: Expression, wanted: t.DataType, how: Reading) -> Expression:
    """`text` as `wanted`, a struct, array, map or variant."""
    said = None if how.strict else _native_form(wanted)
    if native.available() and said is not None:
        return native.call_made(f"{_native_start(wanted, how)} {said}", text)

    def document(given: Expression) -> Expression:
        # Functions of JSON see valid text alone: DuckDB may compute them ahead of a CASE.
        valid = plainly_valid(given)
        lenient = kernel("lenient_json", "standard", t.STRING, allowed=how.allowed)
        other = lenient(duck.case((valid.negated(), given)))
        checked = duck.case((valid, given), otherwise=other)
        return let(checked, lambda valid: parsed(given, valid), "valid")

    def parsed(given: Expression, valid: Expression) -> Expression:
        blank = duck.f.trim(given, " \t\n\r").equals("")
        return duck.case(
            (valid.is_not_null(), _document(given, valid, wanted, how)),
            (duck.any_of(given.is_null(), blank), None),
            otherwise=_broken(given, wanted, how),
        )

    return let(text, document, "text").cast(duck_type(wanted))


@dataclass(frozen=True, slots=True)
class _Value:
    """A value in a document: its kind (null where there is none), its text without quotes, and
    itself as JSON.
    """

    kind: Expression
    text: Expression
    json: Expression

    def is_(self, *kinds: str) -> Expression:
        """Whether it is of one of `kinds`."""
        return tree.InList(self.kind, tuple(duck.literal(kind) for kind in kinds))


def _value(item: Expression) -> _Value:
    return _Value(duck.f.json_type(item), duck.f.json_extract_string(item, "$"), item)


def _document(given: Expression, text: Expression, wanted: t.DataType, how: Reading) -> Expression:
    if isinstance(wanted, t.StructType):
        read_struct = _struct(text, wanted, how, 0, given)
        is_object = duck.f.json_type(text).equals("OBJECT")
        return duck.case((is_object, read_struct), otherwise=_broken(given, wanted, how))
    if isinstance(wanted, t.ArrayType) and isinstance(wanted.element, t.StructType):
        # Spark: an object stands for an array of one.
        one = duck.list_of(_struct(text, wanted.element, how, 0))
        is_object = duck.f.json_type(text).equals("OBJECT")
        if not how.strict:
            return duck.case((is_object, one), otherwise=_array(text, wanted, how, 0))
    item = _value(text)
    made = converted(item, wanted, how, 0)
    if not how.strict or isinstance(wanted, t.VariantType):
        return made

    def judged(value: Expression) -> Expression:
        failure = malformed(_shown(value, wanted)).cast(duck_type(wanted))
        return duck.case((_unread(item, value, wanted), failure), otherwise=value)

    return let(made, judged, "made")


def _broken(text: Expression, wanted: t.DataType, how: Reading) -> Expression:
    """What a text that is no such document gives: nulls, and itself in the field for such texts."""
    if how.strict:
        return malformed(duck.NULL).cast(duck_type(wanted))
    if not isinstance(wanted, t.StructType):
        return duck.literal(None, duck_type(wanted))
    fields = tuple(
        (name, text if _keeps(f, how) else duck.literal(None, duck_type(f.type)))
        for name, f in zip(field_names(wanted), wanted.fields, strict=True)
    )
    return tree.StructOf(fields).cast(duck_type(wanted))


def _keeps(field: t.StructField, how: Reading) -> bool:
    return field.name == how.corrupt and isinstance(field.type, t.StringType)


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


_NESTED = (t.StructType, t.ArrayType, t.MapType, t.VariantType)
_ASKS: tuple[tuple[str, Callable[[t.StructField], bool]], ...] = (
    ("json_type", lambda field: not is_string(field.type)),
    ("json_extract_string", lambda field: not isinstance(field.type, _NESTED)),
    ("json_extract", lambda field: isinstance(field.type, _NESTED)),
)
"""What can be asked about all fields of an object in one pass, and which fields need it."""


def _struct(
    value: Expression,
    wanted: t.StructType,
    how: Reading,
    depth: int,
    record: Expression | None = None,
) -> Expression:
    """The struct of an object's fields, each found once in one pass. `record` is the text that it
    was read from, where it is the whole of it.
    """
    if not wanted.fields:
        is_object = duck.f.json_type(value).equals("OBJECT")
        return duck.if_(is_object, duck.struct_of().cast(duck_type(wanted)))
    pointers = duck.list_of(*(_pointer(f.name) for f in wanted.fields))
    judged = record is not None and (how.strict or any(_keeps(f, how) for f in wanted.fields))

    def asked(function: str, needs: Callable[[t.StructField], bool]) -> Expression:
        needed = judged or any(map(needs, wanted.fields))
        return duck.call(function, value, pointers) if needed else duck.NULL

    def fields(kinds: Expression, texts: Expression, parts: Expression) -> Expression:
        items = [
            _Value(*(duck.f.list_extract(found, place) for found in (kinds, texts, parts)))
            for place in range(1, len(wanted.fields) + 1)
        ]
        made = tree.StructOf(
            tuple(
                (name, _field(item, f, how, depth))
                for name, item, f in zip(field_names(wanted), items, wanted.fields, strict=True)
            )
        )
        if record is None or not judged:
            return made
        whole = record
        return let(made, lambda row: _judged(row, items, wanted, how, whole), f"made{depth}")

    return let_all(tuple(asked(*each) for each in _ASKS), fields, f"fields{depth}_").cast(
        duck_type(wanted)
    )


def _judged(
    made: Expression,
    items: list[_Value],
    wanted: t.StructType,
    how: Reading,
    record: Expression,
) -> Expression:
    """The struct `made` of `items`, if all of them could be read; else an error, or the struct with
    the `record` in its field.
    """
    named = list(zip(field_names(wanted), wanted.fields, strict=True))
    unread: list[Expression] = [duck.FALSE]
    for item, (name, field) in zip(items, named, strict=True):
        if not _keeps(field, how):
            unread.append(_unread(item, duck.field_of(made, name), field.type))
    bad = duck.any_of(*unread)
    if how.strict:
        failure = malformed(*(_shown(duck.field_of(made, name), f.type) for name, f in named))
        return duck.case((bad, failure.cast(duck_type(wanted))), otherwise=made)
    kept = tuple(
        (
            name,
            duck.case((bad, record)) if _keeps(field, how) else duck.field_of(made, name),
        )
        for name, field in named
    )
    return tree.StructOf(kept)


def _unread(item: _Value, made: Expression, wanted: t.DataType) -> Expression:
    """Whether something in `item`, of which `made` was read, could not be: in structs Spark looks
    at each field.
    """
    said = duck.f.coalesce(item.kind, "NULL").differs("NULL")
    inside: list[Expression] = []
    if isinstance(wanted, t.StructType):
        for name, field in zip(field_names(wanted), wanted.fields, strict=True):
            part = _value(duck.f.json_extract(item.json, _pointer(field.name)))
            inside.append(_unread(part, duck.field_of(made, name), field.type))
    if isinstance(wanted, t.ArrayType) and isinstance(wanted.element, _NESTED[:2]):
        inside.append(_some_unread(item, made, wanted.element))
    return duck.all_of(said, duck.any_of(made.is_null(), *inside))


def _some_unread(item: _Value, made: Expression, wanted: t.DataType) -> Expression:
    """`_unread` of any element of an array."""

    def unread(found: Expression) -> Expression:
        def at(place: Expression) -> Expression:
            element = _value(duck.f.list_extract(found, place))
            return _unread(element, duck.f.list_extract(made, place), wanted)

        return duck.f.list_transform(
            duck.f.range(1, duck.f.len(found) + 1), duck.lambda_("_at", at)
        )

    return duck.f.list_bool_or(let(duck.f.json_extract(item.json, "$[*]"), unread, "elements"))


def _field(item: _Value, field: t.StructField, how: Reading, depth: int) -> Expression:
    if depth == 0 and _keeps(field, how):
        return duck.literal(None, "VARCHAR")
    return converted(item, field.type, how, depth + 1)


def converted(item: _Value, wanted: t.DataType, how: Reading, depth: int = 0) -> Expression:
    """The JSON value `item` as `wanted`, null where it does not fit."""
    match wanted:
        case t.StructType():
            return duck.case((item.is_("OBJECT"), _struct(item.json, wanted, how, depth)))
        case t.ArrayType():
            return duck.case((item.is_("ARRAY"), _array(item.json, wanted, how, depth)))
        case t.MapType():
            return duck.case((item.is_("OBJECT"), _map(item.json, wanted, how, depth)))
        case t.StringType() | t.VarcharType() | t.CharType():
            return item.text
        case t.NullType():
            return duck.literal(None, duck_type(wanted))
        case t.BooleanType():
            return duck.case((item.is_("BOOLEAN"), item.text.cast("BOOLEAN")))
        case t.ByteType():
            # Spark's parser takes a byte without a sign for one with.
            number = item.text.try_cast("SMALLINT")
            large = duck.all_of(number.greater(127), number.at_most(255))
            signed = duck.if_(large, number - 256, number)
            return duck.case((item.is_(*_WHOLE), signed.try_cast("TINYINT")))
        case t.IntegralType():
            number = item.text.try_cast(duck_type(wanted))
            return duck.case((item.is_(*_WHOLE), number))
        case t.FloatType() | t.DoubleType():
            return _floating(item, duck_type(wanted))
        case t.DecimalType():
            number = cast(item.text, t.STRING, wanted, CastMode.TRY)
            return duck.case((item.is_(*_NUMBER, "VARCHAR"), number))
        case t.VariantType():
            return variant_text.held(item.json.cast("VARCHAR"))
        case t.BinaryType():
            padded = duck.f.TRY(duck.f.from_base64(item.text))
            return duck.case((item.is_("VARCHAR"), padded))
        case _:
            return _time(item, wanted, how)


def _floating(item: _Value, to: str) -> Expression:
    odd = [
        (item.text.equals(said), duck.literal(said_as, to))
        for said, said_as in _ODD_NUMBERS.items()
    ]
    number = item.text.try_cast(to)
    return duck.case((item.is_(*_NUMBER), number), (item.is_("VARCHAR"), duck.case(*odd)))


def _time(item: _Value, wanted: t.DataType, how: Reading) -> Expression:
    patterns: dict[type[t.DataType], str | None] = {
        t.DateType: how.date,
        t.TimestampType: how.timestamp,
        t.TimestampNTZType: how.local,
    }
    pattern = patterns.get(type(wanted))
    text = item.text
    if pattern is None and how.clock.foreign and isinstance(wanted, t.TimestampType):
        zoned = duck.f.regexp_matches(text, r":[0-9.]+ *[A-Za-z+-]")
        moment = cast(text, t.STRING, wanted, CastMode.TRY, how.clock.zone)
        value = duck.case((zoned, moment), otherwise=how.clock.moment(to_local(text)))
    elif pattern is None:
        value = cast(text, t.STRING, wanted, CastMode.TRY, how.clock.zone)
    else:
        zoned = isinstance(wanted, t.TimestampType)
        value = read(text, pattern, zoned=zoned, error=None, clock=how.clock)
        value = value.cast(duck_type(wanted))
    branches = [(item.is_("VARCHAR"), value)]
    if isinstance(wanted, t.TimestampType):
        seconds = text.try_cast("BIGINT")
        branches.append((item.is_(*_WHOLE), duck.f.make_timestamptz(seconds * 1_000_000)))
    return duck.case(*branches)


def _array(item: Expression, wanted: t.ArrayType, how: Reading, depth: int) -> Expression:
    elements = duck.f.json_extract(item, "$[*]")
    return let(
        elements,
        lambda found: _all_or_none(
            found,
            duck.f.list_transform(found, _reader(wanted.element, how, depth)),
            wanted.element,
        ),
        f"items{depth}",
    )


def _reader(wanted: t.DataType, how: Reading, depth: int) -> Expression:
    return duck.lambda_(
        f"_item{depth}", lambda each: converted(_value(each), wanted, how, depth + 1)
    )


def _all_or_none(found: Expression, values: Expression, of: t.DataType) -> Expression:
    """`values` of type `of`, unless one is null that was not in the text."""
    if isinstance(of, t.NullType):
        return values
    present = duck.f.list_filter(
        found, duck.lambda_("_found", lambda each: duck.f.json_type(each).differs("NULL"))
    )

    def checked(converted: Expression) -> Expression:
        whole = duck.f.list_count(converted).equals(duck.f.len(present))
        return duck.case((whole, converted))

    return let(values, checked, "values")


def _map(item: Expression, wanted: t.MapType, how: Reading, depth: int) -> Expression:
    """Keys and values of an object; keys are text in JSON."""

    def entries(keys: Expression) -> Expression:
        pointers = duck.f.list_transform(
            keys,
            duck.lambda_(
                "_key",
                lambda key: duck.operator(
                    "||", "/", duck.f.replace(duck.f.replace(key, "~", "~0"), "/", "~1")
                ),
            ),
        )
        return let(
            duck.f.list_transform(
                pointers,
                duck.lambda_("_pointer", lambda pointer: duck.f.json_extract(item, pointer)),
            ),
            lambda found: _map_of(keys, found, wanted, how, depth),
            f"found{depth}",
        )

    return let(duck.f.json_keys(item), entries, f"keys{depth}")


def _map_of(
    keys: Expression, found: Expression, wanted: t.MapType, how: Reading, depth: int
) -> Expression:
    values = duck.f.list_transform(found, _reader(wanted.value, how, depth))
    named = keys
    if not isinstance(wanted.key, t.StringType):
        named = duck.f.list_transform(
            keys,
            duck.lambda_("_name", lambda key: cast(key, t.STRING, wanted.key, CastMode.TRY)),
        )
    return let(
        _all_or_none(found, values, wanted.value),
        lambda held: duck.case((held.is_not_null(), duck.f.map(named, held))),
        f"held{depth}",
    )
