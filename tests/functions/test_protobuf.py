"""Protobuf: no real Spark answers here, for it needs a module of its own; what Spark's documentation
and its rules for types say.
"""

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    message_factory,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor import FieldDescriptor as F
from pyspark.errors import PySparkException
from pyspark.sql.protobuf.functions import from_protobuf, to_protobuf

import boathouse

ONE, REQUIRED, MANY = F.LABEL_OPTIONAL, F.LABEL_REQUIRED, F.LABEL_REPEATED


@pytest.fixture(scope="module")
def spark():
    with boathouse.session(settings={"spark.sql.session.timeZone": "UTC"}) as session:
        yield session


def field(message, name, number, kind, label=ONE, of="", **more):
    more |= {"type_name": of} if of else {}
    message.field.add(name=name, number=number, type=kind, label=label, **more)


def described(syntax="proto3"):
    """Files that say all kinds of fields."""
    files = descriptor_pb2.FileDescriptorSet()
    for module in (timestamp_pb2, duration_pb2, any_pb2, wrappers_pb2):
        module.DESCRIPTOR.CopyToProto(files.file.add())
    file = files.file.add(name="ship.proto", package="port", syntax=syntax)
    file.dependency.extend(f"google/protobuf/{name}.proto" for name in (
        "timestamp", "duration", "any", "wrappers"))  # fmt: skip
    kind = file.enum_type.add(name="Kind")
    for number, name in enumerate(("NONE", "SLOOP", "YAWL")):
        kind.value.add(name=name, number=number)
    mate = file.message_type.add(name="Mate")
    field(mate, "name", 1, F.TYPE_STRING)
    field(mate, "mate", 2, F.TYPE_MESSAGE, of=".port.Mate")
    file.message_type.add(name="Empty")
    ship = file.message_type.add(name="Ship")
    field(ship, "name", 1, F.TYPE_STRING)
    field(ship, "crew", 2, F.TYPE_UINT32)
    field(ship, "miles", 3, F.TYPE_UINT64)
    field(ship, "kind", 4, F.TYPE_ENUM, of=".port.Kind")
    field(ship, "ports", 5, F.TYPE_STRING, MANY)
    entry = ship.nested_type.add(name="CargoEntry")
    entry.options.map_entry = True
    field(entry, "key", 1, F.TYPE_STRING)
    field(entry, "value", 2, F.TYPE_INT32)
    field(ship, "cargo", 6, F.TYPE_MESSAGE, MANY, ".port.Ship.CargoEntry")
    field(ship, "built", 7, F.TYPE_MESSAGE, of=".google.protobuf.Timestamp")
    field(ship, "trip", 8, F.TYPE_MESSAGE, of=".google.protobuf.Duration")
    field(ship, "extra", 9, F.TYPE_MESSAGE, of=".google.protobuf.Any")
    field(ship, "masts", 10, F.TYPE_MESSAGE, of=".google.protobuf.Int32Value")
    ship.oneof_decl.add(name="power")
    field(ship, "sail", 11, F.TYPE_DOUBLE, oneof_index=0)
    field(ship, "motor", 12, F.TYPE_BYTES, oneof_index=0)
    field(ship, "nothing", 13, F.TYPE_MESSAGE, of=".port.Empty")
    return files.SerializeToString()


FILES = described()


def ship(**values):
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(FILES).file:
        pool.AddSerializedFile(file.SerializeToString())
    made: Any = message_factory.GetMessageClass(pool.FindMessageTypeByName("port.Ship"))
    return made(**values), pool


def read(spark, data, options=None, name="Ship", files=FILES):
    rows = spark.createDataFrame([(data,)], "data binary")
    column = from_protobuf("data", name, options=options, binaryDescriptorSet=files)
    return rows.select(column.alias("value"))


def test_every_kind_of_field(spark):
    found, pool = ship(
        name="Kai", crew=2**32 - 1, miles=2**64 - 1, kind=1, ports=["a", "b"], sail=1.5
    )
    found.cargo["tea"] = 3
    found.built.FromDatetime(datetime.datetime(2024, 1, 2, 3, 4, 5, 678_901))
    found.trip.FromMicroseconds(-1_500_000)
    found.masts.value = 2
    mate = message_factory.GetMessageClass(pool.FindMessageTypeByName("port.Mate"))
    found.extra.Pack(mate(name="Ann"))
    frame = read(spark, found.SerializeToString())
    assert frame.schema["value"].dataType.simpleString() == (
        "struct<name:string,crew:int,miles:bigint,kind:string,ports:array<string>,"
        "cargo:map<string,int>,built:timestamp,trip:interval day to second,"
        "extra:struct<type_url:string,value:binary>,masts:struct<value:int>,sail:double,"
        "motor:binary>"
    )
    value = frame.first().value
    assert value.name == "Kai"
    assert (value.crew, value.miles, value.kind) == (-1, -1, "SLOOP")
    assert (value.ports, value.cargo) == (["a", "b"], {"tea": 3})
    assert value.built == datetime.datetime(2024, 1, 2, 3, 4, 5, 678_901)
    assert value.trip == datetime.timedelta(seconds=-1.5)
    assert (value.extra.type_url, value.masts.value) == ("type.googleapis.com/port.Mate", 2)
    assert (value.sail, value.motor) == (1.5, None)
    options = {
        "enums.as.ints": "true",
        "upcast.unsigned.ints": "true",
        "unwrap.primitive.wrapper.types": "true",
        "convert.any.fields.to.json": "true",
        "retain.empty.message.types": "true",
    }
    frame = read(spark, found.SerializeToString(), options)
    assert frame.schema["value"].dataType.simpleString() == (
        "struct<name:string,crew:bigint,miles:decimal(20,0),kind:int,ports:array<string>,"
        "cargo:map<string,int>,built:timestamp,trip:interval day to second,extra:string,"
        "masts:int,sail:double,motor:binary,nothing:struct<__dummy_field_in_empty_struct:string>>"
    )
    value = frame.first().value
    assert (value.crew, value.miles) == (2**32 - 1, Decimal(2**64 - 1))
    assert (value.kind, value.masts, value.nothing) == (1, 2, None)
    assert json.loads(value.extra) == {"@type": "type.googleapis.com/port.Mate", "name": "Ann"}


def test_what_is_not_there(spark):
    value = read(spark, b"").first().value
    assert (value.name, value.crew, value.kind, value.built) == (None, None, None, None)
    assert (value.ports, value.cargo) == ([], {})
    value = read(spark, b"", {"emit.default.values": "TRUE"}).first().value
    assert (value.name, value.crew, value.kind) == ("", 0, "NONE")
    assert (value.built, value.sail) == (None, None)


def test_what_is_no_message(spark):
    with pytest.raises(PySparkException) as failed:
        read(spark, b"\x0a\xff").collect()
    assert failed.value.getCondition() == "MALFORMED_PROTOBUF_MESSAGE"
    # The number of a known field, written as another type.
    with pytest.raises(PySparkException, match="MALFORMED_PROTOBUF_MESSAGE"):
        read(spark, b"\x08\x01").collect()
    value = read(spark, b"\x08\x01", {"mode": "PERMISSIVE"}).first().value
    assert set(value) == {None}


def test_messages_inside_of_themselves(spark):
    with pytest.raises(PySparkException) as failed:
        read(spark, b"", name="Mate").collect()
    assert failed.value.getCondition() == "RECURSIVE_PROTOBUF_SCHEMA"
    for depth, schema in (
        (1, "struct<name:string>"),
        (2, "struct<name:string,mate:struct<name:string>>"),
        (3, "struct<name:string,mate:struct<name:string,mate:struct<name:string>>>"),
    ):
        frame = read(spark, b"", {"recursive.fields.max.depth": str(depth)}, name="port.Mate")
        assert frame.schema["value"].dataType.simpleString() == schema


def test_a_round_trip(spark):
    row = spark.sql(
        "SELECT named_struct('Name', 'Kai', 'crew', 3, 'miles', 5L, 'kind', 'YAWL', 'ports', "
        "array('a', 'b'), 'cargo', map('tea', 3, 'gin', 4), 'built', timestamp'2024-01-02 03:04:05"
        ".678901', 'trip', interval '1.5' second, 'masts', 2, 'motor', X'01') AS value"
    )
    written = row.select(to_protobuf("value", "Ship", binaryDescriptorSet=FILES).alias("data"))
    options = {"unwrap.primitive.wrapper.types": "true"}
    value = (
        written.select(from_protobuf("data", "Ship", None, options, FILES).alias("value"))
        .first()
        .value
    )
    assert (value.name, value.crew, value.miles, value.kind) == ("Kai", 3, 5, "YAWL")
    assert (value.ports, value.cargo) == (["a", "b"], {"tea": 3, "gin": 4})
    # Spark writes milliseconds.
    assert value.built == datetime.datetime(2024, 1, 2, 3, 4, 5, 678_000)
    assert value.trip == datetime.timedelta(seconds=1.5)
    assert (value.masts, value.motor, value.sail) == (2, b"\x01", None)


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        ("named_struct('name', 1)", "UNABLE_TO_CONVERT_TO_PROTOBUF_MESSAGE_TYPE"),
        ("named_struct('nosuch', 1)", "UNABLE_TO_CONVERT_TO_PROTOBUF_MESSAGE_TYPE"),
        ("named_struct('ports', 'x')", "UNABLE_TO_CONVERT_TO_PROTOBUF_MESSAGE_TYPE"),
        ("named_struct('kind', 'BRIG')", "CANNOT_CONVERT_SQL_VALUE_TO_PROTOBUF_ENUM_TYPE"),
        ("named_struct('kind', 9)", "CANNOT_CONVERT_SQL_VALUE_TO_PROTOBUF_ENUM_TYPE"),
        ("1", "DATATYPE_MISMATCH.NON_STRUCT_TYPE"),
    ],
)
def test_what_has_no_place(spark, value, condition):
    row = spark.sql(f"SELECT {value} AS value")
    with pytest.raises(PySparkException) as failed:
        row.select(to_protobuf("value", "Ship", binaryDescriptorSet=FILES)).collect()
    assert failed.value.getCondition() == condition


@pytest.mark.parametrize(
    ("name", "files", "condition"),
    [
        ("Nosuch", FILES, "PROTOBUF_MESSAGE_NOT_FOUND"),
        ("Ship", b"\x00", "CANNOT_PARSE_PROTOBUF_DESCRIPTOR"),
        ("Ship", None, "CANNOT_LOAD_PROTOBUF_CLASS"),
    ],
)
def test_no_such_message(spark, name, files, condition):
    with pytest.raises(PySparkException) as failed:
        read(spark, b"", name=name, files=files).collect()
    assert failed.value.getCondition() == condition


def test_a_file_that_is_missing(spark):
    files = descriptor_pb2.FileDescriptorSet.FromString(FILES)
    del files.file[0]
    with pytest.raises(PySparkException) as failed:
        read(spark, b"", files=files.SerializeToString()).collect()
    assert failed.value.getCondition() == "PROTOBUF_DEPENDENCY_NOT_FOUND"


def test_fields_of_proto2(spark):
    files = descriptor_pb2.FileDescriptorSet()
    file = files.file.add(name="old.proto")
    old = file.message_type.add(name="Old")
    field(old, "must", 1, F.TYPE_INT32, REQUIRED)
    field(old, "said", 2, F.TYPE_STRING, default_value="so")
    old.extension_range.add(start=100, end=200)
    file.extension.add(
        name="added", number=100, type=F.TYPE_INT64, label=ONE, extendee=".Old", json_name="added"
    )
    said = files.SerializeToString()
    frame = read(spark, b"\x08\x05\xa0\x06\x07", name="Old", files=said)
    assert not frame.schema["value"].dataType["must"].nullable
    assert tuple(frame.first().value) == (5, "so")
    with pytest.raises(PySparkException, match="MALFORMED_PROTOBUF_MESSAGE"):
        read(spark, b"", name="Old", files=said).collect()
    key = "spark.sql.function.protobufExtensions.enabled"
    spark.conf.set(key, "true")
    try:
        frame = read(spark, b"\x08\x05\xa0\x06\x07", name="Old", files=said)
        assert tuple(frame.first().value) == (5, "so", 7)
        row = spark.sql("SELECT named_struct('must', 5, 'added', 7L) AS value")
        written = row.select(to_protobuf("value", "Old", binaryDescriptorSet=said))
        assert bytes(written.first()[0]) == b"\x08\x05\xa0\x06\x07"
    finally:
        spark.conf.unset(key)


def test_a_class_of_java(spark):
    row = spark.sql("SELECT named_struct('seconds', 1668035962L, 'nanos', 2020) AS value")
    name = "org.sparkproject.spark_protobuf.protobuf.Timestamp"
    written = row.select(to_protobuf("value", name).alias("data"))
    assert bytes(written.first().data).hex() == "08faeab09b0610e40f"
    assert tuple(written.select(from_protobuf("data", name)).first()[0]) == (1668035962, 2020)
