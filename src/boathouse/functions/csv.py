"""Functions of Spark's group for CSV."""

from __future__ import annotations

import csv as reader
import re
from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression, tree
from boathouse.duck.types import duck_type, field_names
from boathouse.errors.exceptions import AnalysisError, unsupported
from boathouse.functions.casts import cast
from boathouse.functions.clock import Clock
from boathouse.functions.csv_values import dialect_of, is_on, sign_written, values_of
from boathouse.functions.datetime_reading import read
from boathouse.functions.datetime_writing import DAY, LOCAL, moment_pattern, written
from boathouse.functions.json_reading import check_corrupt, is_strict, malformed
from boathouse.functions.let import let
from boathouse.functions.options import OPTIONS, SCHEMA, options_of, schema_of
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    TEXT,
    Argument,
    Takes,
    TypeMismatch,
    always,
    changed,
    constant,
    never,
)
from boathouse.functions.text_form import text_of
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode

CSV = Group("csv_funcs")

_Arguments = tuple[Argument, ...]


# ---- writing ------------------------------------------------------------------------------------


def _struct_only(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if t.contains_type(given.type, t.VariantType):
        return None
    return given.type if isinstance(given.type, (t.StructType, t.NullType)) else None


def _no_struct(given: Argument, text: str) -> TypeMismatch:
    return TypeMismatch(
        "UNSUPPORTED_INPUT_TYPE", functionName="`to_csv`", dataType=f'"{given.type.sql}"'
    )


def _written_value(
    value: Expression, given: t.DataType, options: dict[str, str], clock: Clock
) -> Expression:
    match given:
        case t.DateType():
            pattern = options.get("dateformat", DAY)
            return written(value.cast("TIMESTAMP"), pattern, zoned=False, clock=clock.unzoned)
        case t.TimestampType():
            pattern = options.get("timestampformat", moment_pattern(clock))
            return written(value, pattern, zoned=True, clock=clock)
        case t.TimestampNTZType():
            pattern = options.get("timestampntzformat", LOCAL)
            return written(value, pattern, zoned=False, clock=clock.unzoned)
        case t.ArrayType() | t.MapType() | t.StructType():
            null = options.get("nullvalue", "")

            def write(part: Expression, of: t.DataType) -> Expression:
                text = duck.operator("||", " ", _written_value(part, of, options, clock))
                return duck.f.coalesce(text, f" {null}" if null else "")

            return _nested(value, given, write)
        case t.BinaryType():
            pairs = duck.f.rtrim(duck.f.regexp_replace(duck.f.hex(value), "(..)", "\\1 ", "g"))
            return duck.operator("||", "[", pairs, "]")
        case _:
            return text_of(value, given)


def _nested(
    value: Expression, given: t.DataType, write: Callable[[Expression, t.DataType], Expression]
) -> Expression:
    """``[1, 2]``, ``{k -> v}`` or ``{a, b}`` of parts that `write` shows behind a blank, nulls
    without one.
    """

    def without_blank(part: Expression, of: t.DataType) -> Expression:
        return let(
            write(part, of), lambda text: duck.if_(part.is_null(), text, _rest(text)), "text"
        )

    def entry(item: Expression) -> Expression:
        assert isinstance(given, t.MapType)  # noqa: S101 - called for maps alone
        key = without_blank(duck.field_of(item, "key"), given.key)
        return duck.operator("||", key, " ->", write(duck.field_of(item, "value"), given.value))

    match given:
        case t.ArrayType():
            parts = duck.f.list_transform(
                value, duck.lambda_("part", lambda part: write(part, given.element))
            )
            text = duck.f.array_to_string(parts, ",")
            first_is_null = duck.f.list_extract(value, 1).is_null()
            inner = duck.if_(first_is_null, text, _rest(text))
            return duck.operator("||", "[", inner, "]")
        case t.MapType():
            entries = duck.f.list_transform(duck.f.map_entries(value), duck.lambda_("e", entry))
            return duck.operator("||", "{", duck.f.array_to_string(entries, ", "), "}")
        case t.StructType():
            texts: list[Expression | str] = []
            for name, field in zip(field_names(given), given.fields, strict=True):
                part = duck.field_of(value, name)
                show = write if texts else without_blank
                texts += [*([","] if texts else []), show(part, field.type)]
            return duck.if_(value.is_not_null(), duck.operator("||", "{", *texts, "}"))
        case _:
            return text_of(value, given)


def _rest(text: Expression) -> Expression:
    return duck.f.substring(text, 2)


_BLANKS = "".join(map(chr, range(1, 33)))
"""What Java trims, but for a character that DuckDB has no text of."""


def _quoted_if_needed(text: Expression, options: dict[str, str], *, first: bool) -> Expression:
    """A value of a line, the `first` one or another, as it is written."""
    how = dialect_of(options)
    quote, escape = how.quote, how.escape

    def quoted(given: Expression) -> Expression:
        trimmed = given
        if is_on(options, "ignoreleadingwhitespace", otherwise=True):
            trimmed = duck.f.ltrim(trimmed, _BLANKS)
        if is_on(options, "ignoretrailingwhitespace", otherwise=True):
            trimmed = duck.f.rtrim(trimmed, _BLANKS)
        marks = [how.separator, "\n", "\r"]
        if is_on(options, "escapequotes", otherwise=True):
            marks.append(quote)
        pattern = "|".join(map(re.escape, marks))
        special = duck.f.regexp_matches(given, f"^#|{pattern}" if first else pattern)
        if is_on(options, "quoteall"):
            special = duck.TRUE
        escaped = trimmed
        if escape != quote:
            escaped = duck.f.replace(trimmed, escape, escape * 2)
        escaped = duck.f.replace(escaped, quote, duck.operator("||", sign_written(escape), quote))
        return duck.case(
            (given.equals(""), options.get("emptyvalue", '""')),
            (special, duck.operator("||", sign_written(quote), escaped, sign_written(quote))),
            otherwise=trimmed,
        )

    return let(text, quoted, "text")


@CSV.scalar(
    "to_csv",
    takes=[Takes(_struct_only, '"STRUCT"', refused=_no_struct), OPTIONS],
    gives=t.STRING,
    nullable=always,
    shows=lambda value, *_: f"to_csv({value})",
    needs=("arguments", "clock"),
)
def to_csv(
    value: Expression, options: Expression | None, arguments: _Arguments, clock: Clock
) -> Expression:
    """The fields of a struct as a line of CSV.

    >>> SELECT to_csv(named_struct('pier', 7, 'boat', 'Kai, old'))
    7,"Kai, old"
    """
    said = options_of(arguments, 1)
    separator = dialect_of(said).separator
    struct_type = arguments[0].type
    if isinstance(struct_type, t.NullType):
        return duck.literal(None, "VARCHAR")
    assert isinstance(struct_type, t.StructType)  # noqa: S101 - what _struct_only lets through

    def line(struct: Expression) -> Expression:
        pieces: list[Expression | str] = []
        for name, field in zip(field_names(struct_type), struct_type.fields, strict=True):
            text = _written_value(duck.field_of(struct, name), field.type, said, clock)
            value = _quoted_if_needed(text, said, first=not pieces)
            shown = duck.f.coalesce(value, said.get("nullvalue", ""))
            pieces += [separator, shown] if pieces else [shown]
        if len(pieces) == 1 and not said.get("nullvalue"):
            # Of a single null there is nothing to write.
            only = duck.field_of(struct, field_names(struct_type)[0])
            return duck.case((only.is_not_null(), pieces[0]))
        return duck.case((struct.is_not_null(), duck.operator("||", "", *pieces)))

    return let(value, line, "struct")


# ---- reading ------------------------------------------------------------------------------------


def _check_schema(arguments: _Arguments) -> None:
    schema = schema_of(arguments, 1)
    if not isinstance(schema, t.StructType):
        shown = f'"{schema.sql}"'
        raise AnalysisError("INVALID_SCHEMA.NON_STRUCT_TYPE", inputSchema=shown, dataType=shown)
    for field in schema.fields:
        if isinstance(field.type, (t.ArrayType, t.MapType, t.StructType)):
            raise AnalysisError("UNSUPPORTED_DATATYPE", typeName=f'"{field.type.sql}"')
    said = options_of(arguments, 2)
    check_corrupt(schema, _corrupt(said))
    is_strict("from_csv", said)


def _corrupt(options: dict[str, str]) -> str:
    return options.get("columnnameofcorruptrecord", "_corrupt_record")


def _read_value(
    text: Expression, wanted: t.DataType, options: dict[str, str], clock: Clock
) -> Expression:
    patterns: dict[type[t.DataType], str] = {
        t.DateType: "dateformat",
        t.TimestampType: "timestampformat",
        t.TimestampNTZType: "timestampntzformat",
    }
    pattern = options.get(patterns.get(type(wanted), ""))
    null = options.get("nullvalue", "")

    def value(given: Expression) -> Expression:
        if pattern is not None:
            zoned = isinstance(wanted, t.TimestampType)
            result = read(given, pattern, zoned=zoned, error=None, clock=clock)
            result = result.cast(duck_type(wanted))
        elif isinstance(wanted, t.DecimalType):
            # Thousands may stand in groups.
            result = cast(duck.f.replace(given, ",", ""), t.STRING, wanted, CastMode.TRY)
        else:
            result = cast(given, t.STRING, wanted, CastMode.TRY)
        if isinstance(wanted, (t.FloatType, t.DoubleType)):
            result = _odd_double(given, result, options)
        if isinstance(wanted, t.BooleanType):
            result = duck.case(
                (
                    duck.any_of(
                        duck.f.lower(given).equals("true"), duck.f.lower(given).equals("false")
                    ),
                    result,
                )
            )
        if isinstance(wanted, t.IntegralType):
            # Blanks around it are no part of a whole number.
            result = duck.case((duck.f.regexp_full_match(given, r"\S*"), result))
        return duck.case((given.differs(null), result))

    return let(text, value, "value")


def _odd_double(text: Expression, number: Expression, options: dict[str, str]) -> Expression:
    """`number`, or what the text of one that is none or infinite is under the options."""
    words = {"nanvalue": "nan", "positiveinf": "inf", "negativeinf": "-inf"}
    said = [
        (text.equals(options[name]), duck.literal(value, "DOUBLE"))
        for name, value in words.items()
        if name in options
    ]
    return duck.case(*said, otherwise=number) if said else number


@CSV.scalar(
    "from_csv",
    takes=[TEXT, SCHEMA, OPTIONS],
    gives=lambda arguments: schema_of(arguments, 1),
    check=_check_schema,
    shows=lambda text, *_: f"from_csv({text})",
    needs=("arguments", "clock"),
)
def from_csv(
    text: Expression,
    schema: Expression,
    options: Expression | None,
    arguments: _Arguments,
    clock: Clock,
) -> Expression:
    """A line of CSV as a struct of a schema; values that do not fit are null.

    >>> SELECT from_csv('7,"Kai, old"', 'pier INT, boat STRING').boat
    Kai, old
    """
    said = options_of(arguments, 2)
    wanted = schema_of(arguments, 1)
    assert isinstance(wanted, t.StructType)  # noqa: S101 - see _check_schema

    corrupt, strict = _corrupt(said), is_strict("from_csv", said)
    named = list(zip(field_names(wanted), wanted.fields, strict=True))
    plain = [(name, field) for name, field in named if field.name != corrupt]

    def fields(values: Expression) -> Expression:
        items = [(name, duck.f.list_extract(values, at)) for at, (name, _) in enumerate(plain, 1)]
        pairs = {
            name: _read_value(item, field.type, said, clock)
            for (name, item), (_, field) in zip(items, plain, strict=True)
        }
        made: Expression = tree.StructOf(tuple(pairs.items()))
        if strict or len(plain) < len(named):
            made = let(made, lambda known: judged(known, values, items), "made")
        return duck.case((values.is_not_null(), made))

    def judged(
        made: Expression, values: Expression, items: list[tuple[str, Expression]]
    ) -> Expression:
        null = said.get("nullvalue", "")
        unread: list[Expression] = []
        for name, item in items:
            said_something = duck.f.coalesce(item, null).differs(null)
            unread.append(duck.all_of(said_something, duck.field_of(made, name).is_null()))
        bad = duck.any_of(duck.f.len(values).differs(len(plain)), *unread)
        if strict:
            failure = malformed(*(duck.field_of(made, name) for name, _ in plain))
            return duck.case((bad, failure.cast(duck_type(wanted))), otherwise=made)
        kept = tuple(
            (name, duck.case((bad, text)) if field.name == corrupt else duck.field_of(made, name))
            for name, field in named
        )
        return tree.StructOf(kept)

    comment = said.get("comment", "")
    line = text
    if comment:
        line = duck.case((duck.f.starts_with(text, comment), ""), otherwise=text)
    return let(values_of(line, said), fields, "values").cast(duck_type(wanted))


# ---- schemas ------------------------------------------------------------------------------------

_MOMENT = r"(\d{4}-\d{2}-\d{2}[ T])?\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
_KINDS: tuple[tuple[str, Callable[[str], t.DataType]], ...] = (
    (r"[+-]?\d+", lambda text: _whole(int(text))),
    (r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|NaN|[+-]?Inf(inity)?", lambda text: t.DOUBLE),
    (r"\d{4}-\d{2}-\d{2}", lambda text: t.DATE),
    (_MOMENT + ".*", lambda text: t.TIMESTAMP),
    (r"(?i)true|false", lambda text: t.BOOLEAN),
    (r"", lambda text: t.STRING),
)


def _whole(value: int) -> t.DataType:
    if -(2**31) <= value < 2**31:
        return t.INTEGER
    if -(2**63) <= value < 2**63:
        return t.LONG
    return t.DecimalType(min(len(str(abs(value))), 38), 0)


def _kind(text: str, *, local: bool) -> t.DataType:
    if local and re.fullmatch(_MOMENT, text):
        return t.TIMESTAMP_NTZ
    for pattern, kind in _KINDS:
        if re.fullmatch(pattern, text):
            return kind(text)
    return t.STRING


def _check_sample(arguments: _Arguments) -> None:
    if arguments[0].value is None:
        raise TypeMismatch("UNEXPECTED_NULL", exprName="csv")


@CSV.scalar(
    "schema_of_csv",
    takes=[changed(constant(TEXT), name="csv"), OPTIONS],
    gives=t.STRING,
    nullable=never,
    check=_check_sample,
    shows=lambda text, *_: f"schema_of_csv({text})",
    needs=("arguments",),
)
def schema_of_csv(
    text: Expression, options: Expression | None, arguments: _Arguments, *, local: bool = False
) -> Expression:
    """The schema, as DDL text, of a constant line of CSV.

    >>> SELECT schema_of_csv('7,Kai,2.5')
    STRUCT<_c0: INT, _c1: STRING, _c2: DOUBLE>
    """
    how = dialect_of(options_of(arguments, 1))
    if len(how.separator) != 1:
        raise unsupported("the schema of CSV with a separator of several characters")
    sample = str(arguments[0].value)
    parts = next(
        reader.reader(
            [sample], delimiter=how.separator, escapechar=how.escape, quotechar=how.quote
        ),
        [],
    )
    kinds = (_kind(part, local=local) for part in parts)
    fields = tuple(t.StructField(f"_c{place}", kind) for place, kind in enumerate(kinds))
    return duck.literal(t.StructType(fields).sql)
