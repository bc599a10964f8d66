"""A request's plan: a relation or a command, perhaps compressed."""

from __future__ import annotations

from typing import Any

import zstandard
from google.protobuf.message import DecodeError

from boathouse.connect.decode.commands import command
from boathouse.connect.decode.invalid import InvalidPlanError, bad_enum, invalid, unset
from boathouse.connect.decode.relations import relation
from boathouse.connect.messages import base_pb2, commands_pb2, relations_pb2
from boathouse.spec.commands import Command
from boathouse.spec.relations import Relation

LARGEST_PLAN = 512 * 1024 * 1024
"""The most bytes that a compressed plan may unfold to (a small message could fill the memory)."""


def _unfolded(compressed: Any) -> bytes:
    if compressed.compression_codec != base_pb2.COMPRESSION_CODEC_ZSTD:
        raise bad_enum(compressed, "compression_codec")
    try:
        reader = zstandard.ZstdDecompressor().stream_reader(compressed.data)
        data = reader.read(LARGEST_PLAN + 1)
    except zstandard.ZstdError as error:
        raise InvalidPlanError("CONNECT_INVALID_PLAN.CANNOT_PARSE", errorMsg=error) from error
    if len(data) > LARGEST_PLAN:
        raise InvalidPlanError(
            "CONNECT_INVALID_PLAN.PLAN_SIZE_LARGER_THAN_MAX",
            planSize=f"over {LARGEST_PLAN}",
            maxPlanSize=LARGEST_PLAN,
        )
    return data


def _uncompressed(message: Any) -> Any:
    """The `Relation` or `Command` message in a `Plan`."""
    kind = message.WhichOneof("op_type")
    if kind in {"root", "command"}:
        return getattr(message, kind)
    if kind is None:
        raise unset(message, "op_type")
    compressed = message.compressed_operation
    is_relation = compressed.op_type == compressed.OP_TYPE_RELATION
    target = relations_pb2.Relation() if is_relation else commands_pb2.Command()
    try:
        target.ParseFromString(_unfolded(compressed))
    except DecodeError as error:
        raise InvalidPlanError("CONNECT_INVALID_PLAN.CANNOT_PARSE", errorMsg=error) from error
    return target


def plan(message: Any) -> Relation | Command:
    """The relation or command that a `Plan` message says."""
    found = _uncompressed(message)
    return relation(found) if isinstance(found, relations_pb2.Relation) else command(found)


def relation_of(message: Any) -> Relation:
    """The relation of a `Plan` that must hold one."""
    found = plan(message)
    if not isinstance(found, Relation):
        raise invalid("not a relation")
    return found
