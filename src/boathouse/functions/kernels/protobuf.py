"""Single values in Protobuf's binary form, read and written without classes made by its compiler.

What a message says is fixed before the first row: a function for each field, by its descriptor and
the type that stands for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pyarrow as pa
from google.protobuf import json_format, unknown_fields
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, EncodeError

from boathouse.duck.types import field_names
from boathouse.errors.exceptions import AnalysisError, SparkError, SparkRuntimeError
from boathouse.functions.kernels.rows import by_row, by_row_with_nulls
from boathouse.types import datatypes as t
from boathouse.types.protobuf import (
    Message,
    class_of,
    descriptor_of,
    fields_of,
    inner_of,
    is_map,
    is_span,
    is_wrapper,
    names_of,
    pool_of,
)

_Read = Callable[[Any], Any]
_Write = Callable[[Any, Any], None]
"""Puts a value, which is not null, into a message."""

_MILLION = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# ---- reading ------------------------------------------------------------------------------------


@by_row
def read(
    data: bytes,
    *,
    message: Message,
    of: t.StructType,
    safe: bool,
    defaults: bool,
    enums_as_ints: bool,
) -> Any:
    """The value of `message` in `data`; a struct of nulls for what is none if `safe`. Fields that
    are not there are null, if `defaults` the zeros that they stand for.
    """
    made, fields = _reading(message, of, defaults=defaults, enums_as_ints=enums_as_ints)
    try:
        found = made.FromString(data)
        _require_whole(found)
        return _values(found, fields)
    except (DecodeError, ValueError, json_format.Error, TypeError):
        if safe:
            return dict.fromkeys(field_names(of))
        raise SparkError("MALFORMED_PROTOBUF_MESSAGE", failFastMode="FAILFAST") from None


def _require_whole(found: Any) -> None:
    """Raises where a required field is missing, or one was written under another type."""
    numbers = {field.number for field in found.DESCRIPTOR.fields}
    unknown = {field.field_number for field in unknown_fields.UnknownFieldSet(found)}
    if numbers & unknown or not found.IsInitialized():
        raise DecodeError


@lru_cache(maxsize=64)
def _reading(
    message: Message,
    of: t.StructType,
    *,
    defaults: bool,
    enums_as_ints: bool,
) -> tuple[Any, list[tuple[str, _Read]]]:
    reader = _Reader(message, defaults=defaults, enums_as_ints=enums_as_ints)
    return class_of(message), reader.fields(descriptor_of(message), of)


def _values(found: Any, fields: list[tuple[str, _Read]]) -> dict[str, Any]:
    return {name: value(found) for name, value in fields}


class _Reader:
    """Makes the functions that take a field's value from a message."""

    def __init__(self, message: Message, *, defaults: bool, enums_as_ints: bool) -> None:
        self._message = message
        self._defaults = defaults
        self._enums_as_ints = enums_as_ints

    def fields(self, descriptor: Descriptor, of: t.StructType) -> list[tuple[str, _Read]]:
        """The functions of the fields of `of`, by the names that Arrow has for them."""
        known = {f.name: f for f in fields_of(descriptor, extensions=self._message.extensions)}
        return [
            (name, self.field(known[f.name], f.type) if f.name in known else _nothing)
            for name, f in zip(field_names(of), of.fields, strict=True)
        ]

    def field(self, field: FieldDescriptor, of: t.DataType) -> _Read:
        get = _getter(field)
        if isinstance(of, t.MapType):
            entry = inner_of(field).fields_by_name
            key = self.value(entry["key"], of.key)
            value = self.value(entry["value"], of.value)
            return lambda found: [(key(pair.key), value(pair.value)) for pair in get(found)]
        if isinstance(of, t.ArrayType):
            item = self.value(field, of.element)
            return lambda found: [item(each) for each in get(found)]
        value, present = self.value(field, of), self.presence(field)
        return lambda found: value(get(found)) if present(found) else None

    def presence(self, field: FieldDescriptor) -> Callable[[Any], bool]:
        """Whether a message has a value for `field`."""
        if field.has_default_value or (self._defaults and not field.has_presence):
            return lambda _: True
        if field.is_extension:
            return lambda found: found.HasExtension(_extension(found, field))
        if field.has_presence:
            return lambda found: found.HasField(field.name)
        return lambda found: any(there.number == field.number for there, _ in found.ListFields())

    def value(self, field: FieldDescriptor, of: t.DataType) -> _Read:
        """The function from Python's value of `field` to Arrow's value of type `of`."""
        match field.cpp_type:
            case FieldDescriptor.CPPTYPE_MESSAGE:
                return self.message(inner_of(field), of)
            case FieldDescriptor.CPPTYPE_ENUM:
                return _plain if isinstance(of, t.IntegerType) else _enum_name(field)
            case FieldDescriptor.CPPTYPE_UINT32 if isinstance(of, t.IntegerType):
                return lambda value: value - (value >> 31 << 32)
            case FieldDescriptor.CPPTYPE_UINT64 if isinstance(of, t.LongType):
                return lambda value: value - (value >> 63 << 64)
            case _:
                return _plain

    def message(self, inner: Descriptor, of: t.DataType) -> _Read:
        """The same for messages inside of messages."""
        match of:
            case t.TimestampType():
                return lambda span: _EPOCH + timedelta(microseconds=_micros(span))
            case t.DayTimeIntervalType():
                return _micros
            case t.StringType() if inner.full_name == "google.protobuf.Any":
                return self._json
            case t.StructType():
                fields = self.fields(inner, of)
                return lambda found: _values(found, fields)
            case _:
                field = inner.fields_by_name["value"]
                value, present = self.value(field, of), self.presence(field)
                return lambda found: value(found.value) if present(found) else None

    def _json(self, found: Any) -> str:
        said = json_format.MessageToDict(
            found,
            preserving_proto_field_name=True,
            use_integers_for_enums=self._enums_as_ints,
            descriptor_pool=pool_of(self._message.files),
        )
        return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    return value


def _nothing(_: Any) -> None:
    return None


def _getter(field: FieldDescriptor) -> _Read:
    if field.is_extension:
        return lambda found: found.Extensions[_extension(found, field)]
    return lambda found: getattr(found, field.name)


def _extension(found: Any, field: FieldDescriptor) -> Any:
    """`field` among the descriptors that `found` is made by."""
    return found.DESCRIPTOR.file.pool.FindExtensionByName(field.full_name)


def _enum_name(field: FieldDescriptor) -> _Read:
    names = names_of(field).values_by_number

    def name(number: int) -> str:
        found = names.get(number)
        # Java's name for a number that the enum does not have.
        return found.name if found else f"UNKNOWN_ENUM_VALUE_{names_of(field).name}_{number}"

    return name


def _micros(span: Any) -> int:
    return int(span.seconds) * _MILLION + _quotient(span.nanos, 1000)


def _quotient(value: int, by: int) -> int:
    """The whole part of value / by, as Java divides."""
    return -(-value // by) if value < 0 else value // by


# ---- writing ------------------------------------------------------------------------------------


def write(values: pa.Array, *, message: Message, of: t.StructType) -> list[bytes | None]:
    """Each struct of type `of` as a `message`; null stays null."""
    put, made = _writing(message, of), class_of(message)

    def text(row: Any) -> bytes | None:
        if row is None:
            return None
        found = made()
        put(found, row)
        try:
            return bytes(found.SerializeToString(deterministic=True))
        except EncodeError as error:
            raise SparkRuntimeError("NO_CONDITION", message=str(error)) from None

    return by_row_with_nulls(text)(values)


@lru_cache(maxsize=64)
def _writing(message: Message, of: t.StructType) -> _Write:
    """The function that puts a struct of type `of` into a `message`; an error where a field has no
    place, or one is missing.
    """
    descriptor = descriptor_of(message)
    try:
        return _Writer(message).struct(descriptor, of, (), ())
    except _Unfit:
        raise AnalysisError(
            "UNABLE_TO_CONVERT_TO_PROTOBUF_MESSAGE_TYPE",
            protobufType=descriptor.name,
            toType=f'"{of.sql}"',
        ) from None


class _Unfit(Exception):
    """A type that a message has no place for."""


_Path = tuple[str, ...]


class _Writer:
    """Makes the functions that put a field's value into a message."""

    def __init__(self, message: Message) -> None:
        self._message = message

    def struct(self, descriptor: Descriptor, of: t.StructType, path: _Path, place: _Path) -> _Write:
        """The function for a struct at `path` of the row and `place` in the message."""
        known = {
            f.name.lower(): f for f in fields_of(descriptor, extensions=self._message.extensions)
        }
        puts: list[tuple[str, _Write, Any]] = []
        for name, f in zip(field_names(of), of.fields, strict=True):
            field = known.pop(f.name.lower(), None)
            if field is None:
                raise _Unfit
            put = self.field(field, f.type, (*path, f.name), (*place, field.name))
            puts.append((name, put, _at_least(field)))
        if any(field.is_required for field in known.values()):
            raise _Unfit

        def write(found: Any, row: Mapping[str, Any]) -> None:
            for name, put, least in puts:
                value = row[name]
                if value is not None:
                    put(found, value)
                elif least is not None:
                    setattr(found, least[0], least[1])

        return write

    def field(self, field: FieldDescriptor, of: t.DataType, path: _Path, place: _Path) -> _Write:
        """The function for any field."""
        if isinstance(of, t.NullType):
            return lambda found, value: None
        if isinstance(of, t.MapType):
            return self.map(field, of, path, place)
        if isinstance(of, t.ArrayType) != field.is_repeated:
            raise _Unfit
        if isinstance(of, t.ArrayType):
            return self.array(field, of.element, (*path, "element"), (*place, "element"))
        return self.single(field, of, path, place)

    def array(self, field: FieldDescriptor, of: t.DataType, path: _Path, place: _Path) -> _Write:
        get = _getter(field)
        if field.message_type is not None:
            fill = self.message(field.message_type, of, path, place)

            def add(found: Any, values: list[Any]) -> None:
                for value in _no_nulls(values):
                    fill(get(found).add(), value)

            return add
        item = _scalar(field, of, path, place)
        return lambda found, values: get(found).extend(map(item, _no_nulls(values)))

    def map(self, field: FieldDescriptor, of: t.MapType, path: _Path, place: _Path) -> _Write:
        if not is_map(field):
            raise _Unfit
        entry, get = inner_of(field).fields_by_name, _getter(field)
        key = self.single(entry["key"], of.key, (*path, "key"), (*place, "key"))
        item = self.single(entry["value"], of.value, (*path, "value"), (*place, "value"))

        def write(found: Any, pairs: list[tuple[Any, Any]]) -> None:
            for name, value in pairs:
                pair = get(found).add()
                key(pair, name)
                if value is not None:
                    item(pair, value)

        return write

    def single(self, field: FieldDescriptor, of: t.DataType, path: _Path, place: _Path) -> _Write:
        """The function for one value."""
        if field.message_type is not None:
            get, fill = _getter(field), self.message(field.message_type, of, path, place)

            def put(found: Any, value: Any) -> None:
                inner = get(found)
                inner.SetInParent()
                fill(inner, value)

            return put
        value_of = _scalar(field, of, path, place)
        if field.is_extension:

            def extend(found: Any, value: Any) -> None:
                found.Extensions[_extension(found, field)] = value_of(value)

            return extend
        return lambda found, value: setattr(found, field.name, value_of(value))

    def message(self, inner: Descriptor, of: t.DataType, path: _Path, place: _Path) -> _Write:
        """The function that fills a message inside of another."""
        match of:
            case t.StructType():
                return self.struct(inner, of, path, place)
            case t.TimestampType() if is_span(inner, "Timestamp"):
                return _put_moment
            case t.DayTimeIntervalType() if is_span(inner, "Duration"):
                return _put_span
            case _ if is_wrapper(inner):
                return self.single(inner.fields_by_name["value"], of, path, place)
            case _:
                raise _Unfit


def _at_least(field: FieldDescriptor) -> tuple[str, Any] | None:
    """What a required field is where the row has null."""
    if field.is_required and field.message_type is None:
        return field.name, field.default_value
    return None


def _no_nulls(values: list[Any]) -> list[Any]:
    if None in values:
        raise SparkRuntimeError("NO_CONDITION", message="A repeated field has no place for null.")
    return values


def _put_moment(found: Any, moment: datetime) -> None:
    _put_span(found, (moment - _EPOCH) // timedelta.resolution)


def _put_span(found: Any, micros: int) -> None:
    # Spark writes no more than milliseconds, rounded down, and lets seconds and nanos have the
    # sign that Java's division gives them.
    millis = micros // 1000
    found.seconds = _quotient(millis, 1000)
    found.nanos = (millis - found.seconds * 1000) * _MILLION


_FITTING: dict[int, tuple[type[t.DataType], ...]] = {
    FieldDescriptor.CPPTYPE_INT32: (t.ByteType, t.ShortType, t.IntegerType, t.DateType),
    FieldDescriptor.CPPTYPE_INT64: (t.LongType,),
    FieldDescriptor.CPPTYPE_FLOAT: (t.FloatType,),
    FieldDescriptor.CPPTYPE_DOUBLE: (t.DoubleType,),
    FieldDescriptor.CPPTYPE_BOOL: (t.BooleanType,),
}
"""The types that fit a field as they are."""


def _scalar(field: FieldDescriptor, of: t.DataType, path: _Path, place: _Path) -> _Read:
    """The function from Arrow's value to Python's value of `field`."""
    match field.cpp_type, of:
        case FieldDescriptor.CPPTYPE_STRING, t.StringType() | t.BinaryType():
            if isinstance(of, t.BinaryType) != (field.type == FieldDescriptor.TYPE_BYTES):
                raise _Unfit
            return _plain
        case FieldDescriptor.CPPTYPE_ENUM, t.StringType():
            return _enum(names_of(field).values_by_name, path, place, '"')
        case FieldDescriptor.CPPTYPE_ENUM, t.IntegerType():
            return _enum(names_of(field).values_by_number, path, place, "")
        case FieldDescriptor.CPPTYPE_UINT32, t.ByteType() | t.ShortType() | t.IntegerType():
            return lambda value: value & 0xFFFF_FFFF
        case FieldDescriptor.CPPTYPE_UINT32, t.LongType():
            if field.type != FieldDescriptor.TYPE_UINT32:
                raise _Unfit
            return lambda value: value & 0xFFFF_FFFF
        case FieldDescriptor.CPPTYPE_UINT64, t.LongType():
            return lambda value: value & 0xFFFF_FFFF_FFFF_FFFF
        case FieldDescriptor.CPPTYPE_UINT64, t.DecimalType():
            if field.type != FieldDescriptor.TYPE_UINT64:
                raise _Unfit
            return lambda value: int(value) & 0xFFFF_FFFF_FFFF_FFFF
        case FieldDescriptor.CPPTYPE_INT32, t.DateType():
            return lambda value: (value - _EPOCH.date()).days
        case _:
            if not isinstance(of, _FITTING.get(field.cpp_type, ())):
                raise _Unfit
            return _plain


def _enum(known: Mapping[Any, Any], path: _Path, place: _Path, quote: str) -> _Read:
    shown = ", ".join(f"{quote}{name}{quote}" for name in known)

    def number(value: Any) -> int:
        found = known.get(value)
        if found is None:
            raise AnalysisError(
                "CANNOT_CONVERT_SQL_VALUE_TO_PROTOBUF_ENUM_TYPE",
                sqlColumn=".".join(f"`{part}`" for part in path),
                protobufColumn=f"field '{'.'.join(place)}'",
                data=value,
                enumString=shown,
            )
        return int(found.number)

    return number
