"""The AnalyzePlan RPC: fourteen questions about a plan, a type or the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from boathouse import sql
from boathouse.connect.contract import Session
from boathouse.connect.decode.invalid import InvalidPlanError
from boathouse.connect.decode.plan import relation_of
from boathouse.connect.decode.relations import relation
from boathouse.connect.encode.types import fill_data_type
from boathouse.session.storage import StorageLevel
from boathouse.types import datatypes as t

SPARK_VERSION = "4.2.0"
"""The version of Spark whose behaviour is answered; clients choose their features by it."""

_MODES = ("extended", "simple", "extended", "codegen", "cost", "formatted")


def _schema(session: Session, request: Any, response: Any) -> None:
    fill_data_type(response.schema, session.schema(relation_of(request.plan)))


def _explain(session: Session, request: Any, response: Any) -> None:
    mode = _MODES[request.explain_mode]
    response.explain_string = session.explain(relation_of(request.plan), mode)


def _tree_string(session: Session, request: Any, response: Any) -> None:
    level = request.level if request.HasField("level") else None
    response.tree_string = session.tree_string(relation_of(request.plan), level)


def _is_local(session: Session, request: Any, response: Any) -> None:
    response.is_local = session.is_local(relation_of(request.plan))


def _is_streaming(session: Session, request: Any, response: Any) -> None:
    response.is_streaming = session.is_streaming(relation_of(request.plan))


def _input_files(session: Session, request: Any, response: Any) -> None:
    response.files.extend(session.input_files(relation_of(request.plan)))


def _spark_version(session: Session, request: Any, response: Any) -> None:
    response.version = SPARK_VERSION


def _ddl_parse(session: Session, request: Any, response: Any) -> None:
    fill_data_type(response.parsed, sql.parse_ddl(request.ddl_string))


def _same_semantics(session: Session, request: Any, response: Any) -> None:
    one, other = relation_of(request.target_plan), relation_of(request.other_plan)
    response.result = session.same_semantics(one, other)


def _semantic_hash(session: Session, request: Any, response: Any) -> None:
    response.result = session.semantic_hash(relation_of(request.plan))


def _persist(session: Session, request: Any, response: Any) -> None:
    level = None
    if request.HasField("storage_level"):
        said = request.storage_level
        level = StorageLevel(
            said.use_disk,
            said.use_memory,
            said.use_off_heap,
            said.deserialized,
            said.replication,
        )
    session.persist(relation(request.relation), level)


def _unpersist(session: Session, request: Any, response: Any) -> None:
    session.unpersist(relation(request.relation))


def _storage_level(session: Session, request: Any, response: Any) -> None:
    level = session.storage_level(relation(request.relation)) or StorageLevel()
    target = response.storage_level
    target.use_disk, target.use_memory = level.use_disk, level.use_memory
    target.use_off_heap, target.deserialized = level.use_off_heap, level.deserialized
    target.replication = level.replication


def _json_to_ddl(session: Session, request: Any, response: Any) -> None:
    response.ddl_string = ddl_text(sql.parse_schema(request.json_string))


def ddl_text(schema: t.StructType) -> str:
    """The schema as the column list of a CREATE TABLE: ``a INT NOT NULL,b STRING``."""
    return ",".join(
        f"{t.quoted_if_needed(f.name)} {f.type.sql}{'' if f.nullable else ' NOT NULL'}"
        for f in schema
    )


KINDS: dict[str, Callable[[Session, Any, Any], None]] = {
    "schema": _schema,
    "explain": _explain,
    "tree_string": _tree_string,
    "is_local": _is_local,
    "is_streaming": _is_streaming,
    "input_files": _input_files,
    "spark_version": _spark_version,
    "ddl_parse": _ddl_parse,
    "same_semantics": _same_semantics,
    "semantic_hash": _semantic_hash,
    "persist": _persist,
    "unpersist": _unpersist,
    "get_storage_level": _storage_level,
    "json_to_ddl": _json_to_ddl,
}


def analyze(session: Session, request: Any, response: Any) -> None:
    """Answer the question in `request` into `response`."""
    which = request.WhichOneof("analyze")
    if which is None:
        raise InvalidPlanError("CONNECT_INVALID_PLAN.UNKNOWN_ANALYZE_METHOD", other="unset")
    target = getattr(response, which)
    target.SetInParent()
    KINDS[which](session, getattr(request, which), target)
