"""Protobuf messages as Spark types: what a set of file descriptors says of them.

A message is a struct of its fields, in their order; a field that is required is not nullable. A
message inside of itself has no such type: how often it may be unfolded is said by an option.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import DecodeError

from boathouse.errors.exceptions import AnalysisError
from boathouse.types import datatypes as t

_SHADED = ("org.sparkproject.spark_protobuf.protobuf.", "com.google.protobuf.")
"""Where Java has the classes of Google's own messages: the only ones that need no descriptors."""
_MOST_UNFOLDED = 10
_UNSIGNED = t.DecimalType(20, 0)
DUMMY = "__dummy_field_in_empty_struct"
"""The field of messages that have none, where they are kept."""


@dataclass(frozen=True, slots=True)
class Message:
    """The message `name` among the file descriptors `files`, a serialized FileDescriptorSet."""

    name: str
    files: bytes
    extensions: bool = False
    """Whether fields that other messages add to one (proto2) are fields of it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How values of messages look."""

    depth: int = -1
    any_as_json: bool = False
    enums_as_ints: bool = False
    upcast_unsigned: bool = False
    unwrap: bool = False
    keep_empty: bool = False


# ---- descriptors --------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def pool_of(files: bytes, *, with_maps: bool = True) -> descriptor_pool.DescriptorPool:
    """The descriptors of a serialized FileDescriptorSet. Without maps these are lists of entries,
    as which they are written: in order, and with keys that come twice.
    """
    pool = descriptor_pool.DescriptorPool()
    for proto in _in_order(_parsed(files)):
        if not with_maps:
            for message in proto.message_type:
                _forget_maps(message)
        try:
            pool.AddSerializedFile(proto.SerializeToString())
        except TypeError:
            raise AnalysisError("CANNOT_PARSE_PROTOBUF_DESCRIPTOR") from None
    return pool


def _parsed(files: bytes) -> list[descriptor_pb2.FileDescriptorProto]:
    try:
        return list(descriptor_pb2.FileDescriptorSet.FromString(files).file)
    except DecodeError:
        raise AnalysisError("CANNOT_PARSE_PROTOBUF_DESCRIPTOR") from None


def _in_order(
    files: list[descriptor_pb2.FileDescriptorProto],
) -> list[descriptor_pb2.FileDescriptorProto]:
    """The files, each once and after those that it imports."""
    named = {file.name: file for file in files}
    ordered: dict[str, descriptor_pb2.FileDescriptorProto] = {}
    todo = [(file.name, False) for file in reversed(files)]
    while todo:
        name, complete = todo.pop()
        if name in ordered:
            continue
        if name not in named:
            raise AnalysisError("PROTOBUF_DEPENDENCY_NOT_FOUND", dependencyName=name)
        if complete:
            ordered[name] = named[name]
            continue
        todo.append((name, True))
        todo += [(needed, False) for needed in named[name].dependency]
    return list(ordered.values())


def _forget_maps(message: descriptor_pb2.DescriptorProto) -> None:
    todo = [message]
    while todo:
        inner = todo.pop()
        inner.options.ClearField("map_entry")
        todo += inner.nested_type


def descriptor_of(message: Message) -> Descriptor:
    """The descriptor of `message`."""
    return pool_of(message.files).FindMessageTypeByName(_full_name(message))


def _full_name(message: Message) -> str:
    for file in _parsed(message.files):
        for found in file.message_type:
            full = f"{file.package}.{found.name}" if file.package else found.name
            if message.name in {found.name, full}:
                return full
    raise AnalysisError("PROTOBUF_MESSAGE_NOT_FOUND", messageName=message.name)


def of_class(name: str) -> Message:
    """The message of a Java class: one of Google's own."""
    for prefix in _SHADED:
        module = _well_known().get(name.removeprefix(prefix)) if name.startswith(prefix) else None
        if module is not None:
            file = descriptor_pb2.FileDescriptorProto()
            module.DESCRIPTOR.CopyToProto(file)
            files = descriptor_pb2.FileDescriptorSet(file=[file])
            return Message(
                f"google.protobuf.{name.removeprefix(prefix)}", files.SerializeToString()
            )
    raise AnalysisError(
        "CANNOT_LOAD_PROTOBUF_CLASS",
        protobufClassName=name,
        explanation="Ensure the class include in the jar"
        if "." in name
        else "Ensure the class name includes package prefix",
    )


@lru_cache(maxsize=1)
def _well_known() -> Mapping[str, Any]:
    """The modules of Google's own messages by their names."""
    from google.protobuf import (  # noqa: PLC0415 - nobody else needs them
        any_pb2,
        duration_pb2,
        empty_pb2,
        field_mask_pb2,
        struct_pb2,
        timestamp_pb2,
        wrappers_pb2,
    )

    modules: tuple[Any, ...] = (any_pb2, duration_pb2, empty_pb2, field_mask_pb2, struct_pb2)
    modules += (timestamp_pb2, wrappers_pb2)
    return {name: m for m in modules for name in m.DESCRIPTOR.message_types_by_name}


def class_of(message: Message) -> Any:
    """The Python class that reads and writes `message`, its maps as lists of entries."""
    pool = pool_of(message.files, with_maps=False)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(_full_name(message)))


def fields_of(descriptor: Descriptor, *, extensions: bool) -> list[FieldDescriptor]:
    """The fields in their order, then those that other messages add, by their numbers."""
    fields = list(descriptor.fields)
    if extensions:
        added = descriptor.file.pool.FindAllExtensions(descriptor)
        fields += sorted(added, key=lambda field: field.number)
    return fields


def inner_of(field: FieldDescriptor) -> Descriptor:
    """The message that values of `field` are."""
    assert field.message_type is not None  # noqa: S101 - the caller knows
    return field.message_type


def names_of(field: FieldDescriptor) -> EnumDescriptor:
    """The names that values of `field` have."""
    assert field.enum_type is not None  # noqa: S101 - the caller knows
    return field.enum_type


def is_map(field: FieldDescriptor) -> bool:
    """Whether `field` is a map."""
    inner = field.message_type
    return inner is not None and bool(inner.GetOptions().map_entry)


def is_span(descriptor: Descriptor, name: str) -> bool:
    """Whether it is one of the messages `name` (Timestamp or Duration): seconds, then nanos."""
    return descriptor.name == name and [f.name for f in descriptor.fields] == ["seconds", "nanos"]


# ---- types --------------------------------------------------------------------------------------

_NUMBERS: Mapping[int, t.DataType] = MappingProxyType(
    {
        FieldDescriptor.CPPTYPE_INT32: t.INTEGER,
        FieldDescriptor.CPPTYPE_UINT32: t.INTEGER,
        FieldDescriptor.CPPTYPE_INT64: t.LONG,
        FieldDescriptor.CPPTYPE_UINT64: t.LONG,
        FieldDescriptor.CPPTYPE_FLOAT: t.FLOAT,
        FieldDescriptor.CPPTYPE_DOUBLE: t.DOUBLE,
        FieldDescriptor.CPPTYPE_BOOL: t.BOOLEAN,
    }
)
_WRAPPED: Mapping[str, t.DataType] = MappingProxyType(
    {
        "google.protobuf.BoolValue": t.BOOLEAN,
        "google.protobuf.Int32Value": t.INTEGER,
        "google.protobuf.UInt32Value": t.INTEGER,
        "google.protobuf.Int64Value": t.LONG,
        "google.protobuf.UInt64Value": t.LONG,
        "google.protobuf.StringValue": t.STRING,
        "google.protobuf.BytesValue": t.BINARY,
        "google.protobuf.FloatValue": t.FLOAT,
        "google.protobuf.DoubleValue": t.DOUBLE,
    }
)
"""Google's messages of one value, and its type."""


def is_wrapper(descriptor: Descriptor) -> bool:
    """Whether it is one of Google's messages of one value."""
    return descriptor.full_name in _WRAPPED


def schema_of(message: Message, shape: Shape) -> t.StructType:
    """The struct that stands for `message`."""
    descriptor = descriptor_of(message)
    found = _Schema(shape, message.extensions).struct(descriptor, {descriptor.full_name: 1})
    return t.StructType(()) if found is None else found


@dataclass(frozen=True, slots=True)
class _Schema:
    shape: Shape
    extensions: bool

    def struct(self, descriptor: Descriptor, seen: dict[str, int]) -> t.StructType | None:
        """None for a message that has no fields, or none that are left."""
        fields = fields_of(descriptor, extensions=self.extensions)
        kept = tuple(f for field in fields if (f := self.field(field, seen)) is not None)
        if kept:
            return t.StructType(kept)
        if self.shape.keep_empty:
            return t.StructType((t.StructField(DUMMY, t.STRING),))
        return None

    def field(self, field: FieldDescriptor, seen: dict[str, int]) -> t.StructField | None:
        """None where a message has been unfolded often enough."""
        if is_map(field):
            entry = inner_of(field).fields_by_name
            key, value = self.type(entry["key"], seen), self.type(entry["value"], seen)
            if key is None or value is None:
                return None
            return t.StructField(field.name, t.MapType(key, value, value_contains_null=False))
        of = self.type(field, seen)
        if of is None:
            return None
        if field.is_repeated:
            return t.StructField(field.name, t.ArrayType(of, contains_null=False))
        return t.StructField(field.name, of, nullable=not field.is_required)

    def type(self, field: FieldDescriptor, seen: dict[str, int]) -> t.DataType | None:
        """The type of one value of `field`."""
        upcast = self.shape.upcast_unsigned
        match field.cpp_type:
            case FieldDescriptor.CPPTYPE_STRING:
                return t.BINARY if field.type == FieldDescriptor.TYPE_BYTES else t.STRING
            case FieldDescriptor.CPPTYPE_ENUM:
                return t.INTEGER if self.shape.enums_as_ints else t.STRING
            case FieldDescriptor.CPPTYPE_MESSAGE:
                return self.message(field, seen)
            case _ if upcast and field.type == FieldDescriptor.TYPE_UINT32:
                return t.LONG
            case _ if upcast and field.type == FieldDescriptor.TYPE_UINT64:
                return _UNSIGNED
            case _:
                return _NUMBERS[field.cpp_type]

    def message(self, field: FieldDescriptor, seen: dict[str, int]) -> t.DataType | None:
        """The type of a message inside of another."""
        inner = inner_of(field)
        if is_span(inner, "Duration"):
            return t.DayTimeIntervalType()
        if is_span(inner, "Timestamp"):
            return t.TIMESTAMP
        if self.shape.any_as_json and inner.full_name == "google.protobuf.Any":
            return t.STRING
        if self.shape.unwrap and is_wrapper(inner):
            return self.type(inner.fields_by_name["value"], seen)
        depth = seen.get(inner.full_name, 0)
        if depth and not 0 < self.shape.depth <= _MOST_UNFOLDED:
            raise AnalysisError("RECURSIVE_PROTOBUF_SCHEMA", fieldDescriptor=field.full_name)
        if depth and depth >= self.shape.depth:
            return None
        return self.struct(inner, {**seen, inner.full_name: depth + 1})
