"""JSON text read as a value of a Spark type. What does not fit is null, where Spark has it so: a
field keeps its neighbours, an array or map with a wrong element is null as a whole. Who reads is
``duck/native/json_values.c`` or ``kernels/json_values.py``; both say the same.
"""

from __future__ import annotations

from dataclasses import replace

from boathouse import duck
from boathouse.duck import Expression, native
from boathouse.duck.kernels import kernel
from boathouse.duck.types import duck_type, field_names
from boathouse.errors.exceptions import AnalysisError, SparkError
from boathouse.functions.casts import cast
from boathouse.functions.clock import Clock
from boathouse.functions.datetime_reading import native_form
from boathouse.functions.kernels.json_values import Reading
from boathouse.functions.let import let
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import is_string
from boathouse.types.zones import local_changes

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
        clock.under(options).zone,
        clock.policy,
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


_TIMES = (t.DateType, t.TimestampType, t.TimestampNTZType)
_FOREIGN = (
    t.YearMonthIntervalType,
    t.DayTimeIntervalType,
    t.CalendarIntervalType,
    t.TimeType,
)
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
    t.VariantType: "v",
}
"""How the native reader is told types."""


def _keeps(field: t.StructField, how: Reading) -> bool:
    return field.name == how.corrupt and isinstance(field.type, t.StringType)


def _native_start(wanted: t.DataType, how: Reading) -> str:
    """What is allowed, which field keeps what cannot be read (from 1), whether that is an error,
    and the clock.
    """
    allowed = sum(1 << place for place, option in enumerate(_OPTIONS) if option in how.allowed)
    fields = wanted.fields if isinstance(wanted, t.StructType) else ()
    kept = [place for place, field in enumerate(fields, 1) if _keeps(field, how)]
    moments = any(isinstance(part, t.TimestampType) for part in t.parts_of(wanted))
    changes = local_changes(how.zone) if moments else ()
    clock = " ".join(f"{start} {offset}" for start, offset in changes)
    return f"{allowed} {kept[0] if kept else 0} {int(how.strict)} {len(changes)} {clock}".rstrip()


def _native_form(wanted: t.DataType, how: Reading) -> str | None:
    """The type as the native reader is told it (see ``json_shape.c``); None if it does not read
    such values.
    """
    match wanted:
        case t.DecimalType():
            return f"n{wanted.precision} {wanted.scale} "
        case t.DateType():
            return _time_form("D", how.date, how)
        case t.TimestampType():
            return _time_form("M", how.timestamp, how)
        case t.TimestampNTZType():
            return _time_form("L", how.local, how)
        case t.ArrayType():
            inner = _native_form(wanted.element, how)
            return inner and f"[{inner}"
        case t.MapType():
            inner = _native_form(wanted.value, how)
            return inner and f"{{{inner}"
        case t.StructType():
            return _struct_form(wanted, how)
        case _:
            return _LETTERS.get(type(wanted))


def _time_form(letter: str, pattern: str | None, how: Reading) -> str | None:
    if pattern is None:
        return f"{letter}0 "
    try:
        form = native_form(pattern, zoned=letter == "M", policy=how.policy)
    except SparkError:  # No text can be read under such a pattern.
        return None
    return form and f"{letter}{_counted(form)}"


def _struct_form(wanted: t.StructType, how: Reading) -> str | None:
    forms = [_native_form(f.type, how) for f in wanted.fields]
    if not forms or None in forms or len(set(wanted.names)) < len(forms):
        return None
    names = zip(wanted.names, field_names(wanted), forms, strict=True)
    fields = [f"{_counted(name)}{_counted(column)}{form}" for name, column, form in names]
    return f"({len(forms)} {''.join(fields)}"


def _counted(name: str) -> str:
    return f"{len(name.encode())} {name}"


def read_json(text: Expression, wanted: t.DataType, how: Reading) -> Expression:
    """`text` as `wanted`, a struct, array, map or variant: by the native reader where it surely
    reads it, else by the kernel.
    """
    given = _with_texts(wanted)
    shown = t.STRING if isinstance(given, t.VariantType) else given
    slowly = kernel("json_values", "read", shown, wanted=wanted, how=how)
    told = _native_form(wanted, how) if native.available() else None

    def read(text: Expression) -> Expression:
        if told is None:
            return slowly(text).cast(duck_type(given))
        quick, sure = native.calls_made(f"{_native_start(wanted, how)} {told}", text)
        quick = quick.cast(duck_type(given))
        if not how.strict and not any(isinstance(part, _TIMES) for part in t.parts_of(wanted)):
            return quick
        return duck.case((sure, quick), otherwise=slowly(text))

    return cast(let(text, read, "text"), given, wanted, CastMode.TRY, how.zone).cast(
        duck_type(wanted)
    )


def _with_texts(wanted: t.DataType) -> t.DataType:
    """`wanted` with STRING in place of types that JSON does not know, such as intervals."""
    match wanted:
        case t.ArrayType():
            return t.ArrayType(_with_texts(wanted.element), wanted.contains_null)
        case t.MapType():
            return t.MapType(wanted.key, _with_texts(wanted.value), wanted.value_contains_null)
        case t.StructType():
            return t.StructType(tuple(replace(f, type=_with_texts(f.type)) for f in wanted.fields))
        case _:
            return t.STRING if isinstance(wanted, _FOREIGN) else wanted
