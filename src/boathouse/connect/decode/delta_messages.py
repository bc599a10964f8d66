"""The messages that Delta's Connect client packs into Spark's ``extension`` fields, described here
so that the server needs no package of Delta's.

They live in a pool of their own: the client in the same process may have loaded its own
descriptions. Spark's messages inside them are kept as bytes, which on the wire they are.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "delta.connect"
_REPEATED = "*"
_SCALARS = {
    "text": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    "bytes": descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    "bool": descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    "int32": descriptor_pb2.FieldDescriptorProto.TYPE_INT32,
    "int64": descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
    "double": descriptor_pb2.FieldDescriptorProto.TYPE_DOUBLE,
}
_TABLE = ("table", "DeltaTable")

# Fields as (name, type) in the order of their numbers, which start at 1. A type is a scalar or a
# message of this table; with a star it is repeated (a map is a repeated `Pair`).
_FIELDS: dict[str, tuple[tuple[str, str], ...]] = {
    "Pair": (("key", "text"), ("value", "text")),
    "Path": (("path", "text"), ("hadoop_conf", "Pair*")),
    "DeltaTable": (("path", "Path"), ("table_or_view_name", "text")),
    "Scan": (_TABLE,),
    "DescribeHistory": (_TABLE,),
    "DescribeDetail": (_TABLE,),
    "ConvertToDelta": (
        ("identifier", "text"),
        ("partition_schema_string", "text"),
        ("partition_schema_struct", "bytes"),
    ),
    "RestoreTable": (_TABLE, ("version", "int64"), ("timestamp", "text")),
    "IsDeltaTable": (("path", "text"),),
    "Assignment": (("field", "bytes"), ("value", "bytes")),
    "DeleteFromTable": (("target", "bytes"), ("condition", "bytes")),
    "UpdateTable": (("target", "bytes"), ("condition", "bytes"), ("assignments", "Assignment*")),
    "Plain": (),
    "Assigning": (("assignments", "Assignment*"),),
    "Action": (
        ("condition", "bytes"),
        ("delete_action", "Plain"),
        ("update_action", "Assigning"),
        ("update_star_action", "Plain"),
        ("insert_action", "Assigning"),
        ("insert_star_action", "Plain"),
    ),
    "MergeIntoTable": (
        ("target", "bytes"),
        ("source", "bytes"),
        ("condition", "bytes"),
        ("matched_actions", "Action*"),
        ("not_matched_actions", "Action*"),
        ("not_matched_by_source_actions", "Action*"),
        ("with_schema_evolution", "bool"),
    ),
    "OptimizeTable": (_TABLE, ("partition_filters", "text*"), ("zorder_columns", "text*")),
    "CloneTable": (
        _TABLE,
        ("target", "text"),
        ("version", "int32"),
        ("timestamp", "text"),
        ("is_shallow", "bool"),
        ("replace", "bool"),
        ("properties", "Pair*"),
    ),
    "VacuumTable": (_TABLE, ("retention_hours", "double")),
    "UpgradeTableProtocol": (_TABLE, ("reader_version", "int32"), ("writer_version", "int32")),
    "Generate": (_TABLE, ("mode", "text")),
    "IdentityInfo": (("start", "int64"), ("step", "int64"), ("allow_explicit_insert", "bool")),
    "Column": (
        ("name", "text"),
        ("data_type", "bytes"),
        ("nullable", "bool"),
        ("generated_always_as", "text"),
        ("comment", "text"),
        ("identity_info", "IdentityInfo"),
    ),
    "CreateDeltaTable": (
        ("mode", "int32"),
        ("table_name", "text"),
        ("location", "text"),
        ("comment", "text"),
        ("columns", "Column*"),
        ("partitioning_columns", "text*"),
        ("properties", "Pair*"),
        ("clustering_columns", "text*"),
    ),
    "AddFeatureSupport": (_TABLE, ("feature_name", "text")),
    "DropFeatureSupport": (_TABLE, ("feature_name", "text"), ("truncate_history", "bool")),
}

# The two messages that are packed: each holds one of these.
_CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "DeltaRelation": (
        ("scan", "Scan"),
        ("describe_history", "DescribeHistory"),
        ("describe_detail", "DescribeDetail"),
        ("convert_to_delta", "ConvertToDelta"),
        ("restore_table", "RestoreTable"),
        ("is_delta_table", "IsDeltaTable"),
        ("delete_from_table", "DeleteFromTable"),
        ("update_table", "UpdateTable"),
        ("merge_into_table", "MergeIntoTable"),
        ("optimize_table", "OptimizeTable"),
    ),
    "DeltaCommand": (
        ("clone_table", "CloneTable"),
        ("vacuum_table", "VacuumTable"),
        ("upgrade_table_protocol", "UpgradeTableProtocol"),
        ("generate", "Generate"),
        ("create_delta_table", "CreateDeltaTable"),
        ("add_feature_support", "AddFeatureSupport"),
        ("drop_feature_support", "DropFeatureSupport"),
    ),
}


def _describe(message: Any, fields: tuple[tuple[str, str], ...], *, choice: bool) -> None:
    if choice:
        message.oneof_decl.add(name="kind")
    for number, (name, of) in enumerate(fields, start=1):
        bare = of.removesuffix(_REPEATED)
        field = message.field.add(name=name, number=number)
        field.label = field.LABEL_OPTIONAL if bare == of else field.LABEL_REPEATED
        if bare in _SCALARS:
            field.type = _SCALARS[bare]
        else:
            field.type = field.TYPE_MESSAGE
            field.type_name = f".{_PACKAGE}.{bare}"
        if choice:
            field.oneof_index = 0


def _classes() -> dict[str, Any]:
    # The old syntax, in which every field knows whether it was set.
    file = descriptor_pb2.FileDescriptorProto(name="delta.proto", package=_PACKAGE, syntax="proto2")
    for name, fields in (_FIELDS | _CHOICES).items():
        _describe(file.message_type.add(name=name), fields, choice=name in _CHOICES)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    names = [f"{_PACKAGE}.{name}" for name in (*_FIELDS, *_CHOICES)]
    found = [pool.FindMessageTypeByName(name) for name in names]
    return {each.name: message_factory.GetMessageClass(each) for each in found}


MESSAGES = _classes()
"""The classes of the messages, by their names."""


def packed_name(message: Any) -> str:
    """What an ``Any`` holds, if one of the messages that are packed; else the empty text."""
    package, _, name = message.TypeName().rpartition(".")
    return name if package == _PACKAGE and name in _CHOICES else ""
