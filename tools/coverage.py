"""What of the protocol is answered, found by asking: a small message of every kind that the
protocol's descriptors list is decoded and bound; what comes back as not built is not covered.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from pyspark.sql.connect.proto import (
    base_pb2,
    catalog_pb2,
    commands_pb2,
    expressions_pb2,
    relations_pb2,
)

from boathouse.analysis import bind
from boathouse.app import Boathouse
from boathouse.connect import analysis
from boathouse.connect.decode import catalog, commands, expressions, relations
from boathouse.connect.service import ConnectService
from boathouse.errors.exceptions import SparkError, unsupported
from boathouse.session.commands import handler_of
from boathouse.session.operations import Operation
from boathouse.session.session import Session
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec import maintenance
from boathouse.spec import relations as sr

UNSUPPORTED = "UNSUPPORTED_FEATURE.NOT_BUILT"
_DEPTH = 6
_TEXTS = {
    "catalog_name": "spark_catalog",
    "db_name": "default",
    "function_name": "upper",
    "metadata": "{}",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message: its name in the protocol, and what is missing ("": it is answered)."""

    name: str
    missing: str = ""


_WORD = re.compile(r"[A-Z][a-z0-9]*")
_OF_THE_PROTOCOL = {
    sc.Command,
    sc.Unsupported,
    sc.Write,
    sc.WriteV2,
    sc.SqlCommand,
    sc.CatalogCall,
    sc.Checkpoint,
    sc.RemoveCachedRelation,
    sc.GetResources,
    sc.CreateResourceProfile,
}

_MERGE = {"merge_action", "merge_into_table_command"}
"""A sample of either would need the other."""

Part = tuple[str, tuple[Kind, ...]]


def protocol() -> list[Part]:
    """Every kind of message of the protocol, by what it is."""
    with tempfile.TemporaryDirectory() as scratch, Boathouse(scratch) as boathouse:
        session = boathouse.open_session("", "coverage")
        with contextlib.closing(session), contextlib.chdir(scratch):
            session.command(_view(), Operation(""))
            ask = _Asking(session)
            return [
                ("Calls", tuple(_calls())),
                ("Relations", _kinds(relations_pb2.Relation, "rel_type", ask.relation)),
                ("Expressions", _kinds(expressions_pb2.Expression, "expr_type", ask.expression)),
                ("Commands", _kinds(commands_pb2.Command, "command_type", ask.command)),
                ("Catalog operations", _kinds(catalog_pb2.Catalog, "cat_type", ask.catalog)),
                ("Analyses", _kinds(base_pb2.AnalyzePlanRequest, "analyze", ask.analysis)),
            ]


def statements() -> list[Kind]:
    """Every kind of SQL statement that is not a query."""
    return [
        Kind(" ".join(_WORD.findall(kind.__name__)).upper(), _handled(kind))
        for kind in (*vars(sc).values(), *vars(maintenance).values())
        if _is_statement(kind)
    ]


def _is_statement(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, sc.Command) and kind not in _OF_THE_PROTOCOL


def _handled(kind: type[sc.Command]) -> str:
    return _refusal(lambda: handler_of(object.__new__(kind)))


def _calls() -> Iterator[Kind]:
    """The calls of the service."""
    service = base_pb2.DESCRIPTOR.services_by_name["SparkConnectService"]
    for method in service.methods:
        yield Kind(method.name, "" if hasattr(ConnectService, method.name) else method.name)


def _kinds(message: Any, oneof: str, ask: Callable[[Any, str], str]) -> tuple[Kind, ...]:
    fields = message.DESCRIPTOR.oneofs_by_name[oneof].fields
    return tuple(
        Kind(field.name, ask(_sample(message(), field.name), field.name)) for field in fields
    )


def _view() -> sc.CreateView:
    return sc.CreateView(("a",), sr.Range(0, 1, 1), replace=True)


# ---- asking --------------------------------------------------------------------------------------


def _refusal(ask: Callable[[], object]) -> str:
    """What `ask` says is missing; "" when it answers, or refuses the sample for another reason."""
    try:
        ask()
    except SparkError as error:
        if error.condition == UNSUPPORTED:
            return error.parameters["feature"]
    except KeyError as error:
        if "cache/" not in str(error):  # only an upload that was never sent may be lacking
            raise
    return ""


class _Asking:
    """Asks `session` about messages."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def relation(self, message: Any, name: str) -> str:
        """What is missing to bind a relation."""
        if name not in relations.KINDS:
            return name
        if name == "catalog":
            return ""
        return _refusal(lambda: self._plan(relations.relation(message)))

    def _plan(self, relation: sr.Relation) -> None:
        if type(relation) not in bind.LEAVES.keys() | bind.CHAINED.keys():
            raise unsupported(type(relation).__name__)
        self._session.plan(relation)

    def expression(self, message: Any, name: str) -> str:
        """What is missing to bind an expression."""
        if name not in expressions.KINDS:
            return name
        if name in _MERGE:
            return _handled(sc.Merge)
        return _refusal(lambda: self._bind(expressions.expression(message)))

    def _bind(self, expression: se.Expression) -> None:
        if isinstance(expression, se.NamedArgument):  # stands in a call alone
            expression = se.Call(("mask",), (expression,))
        self._session.plan(sr.Project(sr.OneRow(), (expression,)))

    def command(self, message: Any, name: str) -> str:
        """What is missing to run a command; it is not run."""
        if name not in commands.KINDS:
            return name
        if name in _MERGE:
            return _handled(sc.Merge)

        def ask() -> None:
            command = commands.command(message)
            if isinstance(command, sc.Unsupported):
                handler_of(command)(self._session, command, Operation(""))
            handler_of(command)

        return _refusal(ask)

    def catalog(self, message: Any, name: str) -> str:
        """What is missing to run a catalog operation, which is run on a scratch session."""
        if name not in catalog.KINDS:
            return name
        return _refusal(lambda: self._session.command(catalog.command(message), Operation("")))

    def analysis(self, message: Any, name: str) -> str:
        """What is missing to answer a question about a plan."""
        if name not in analysis.KINDS:
            return name
        response = base_pb2.AnalyzePlanResponse()
        return _refusal(lambda: analysis.analyze(self._session, message, response))


# ---- sample messages -----------------------------------------------------------------------------


def _sample(message: Any, which: str, depth: int = _DEPTH) -> Any:
    """`message` with its field `which` set to something small and plausible."""
    field = message.DESCRIPTOR.fields_by_name[which]
    if field.message_type is None:
        setattr(message, which, _scalar(field))
    else:
        _fill(getattr(message, which), depth)
    return message


def _fill(message: Any, depth: int) -> None:
    message.SetInParent()
    shortcut = _SHORTCUTS.get(message.DESCRIPTOR.name)
    if shortcut is not None:
        shortcut(message)
        return
    chosen: set[str] = set()
    for field in message.DESCRIPTOR.fields:
        oneof = field.containing_oneof
        if oneof is not None:
            if oneof.name in chosen:
                continue
            chosen.add(oneof.name)
        if depth > 0:
            _fill_field(message, field, depth - 1)


def _fill_field(message: Any, field: FieldDescriptor, depth: int) -> None:
    value = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return
    if field.is_repeated and field.message_type is not None:
        _fill(value.add(), depth)
    elif field.is_repeated:
        value.append(_scalar(field))
    elif field.message_type is not None:
        _fill(value, depth)
    else:
        setattr(message, field.name, _scalar(field))


def _scalar(field: FieldDescriptor) -> object:
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
            return b""
        case FieldDescriptor.CPPTYPE_STRING:
            return _TEXTS.get(field.name, "a")
        case FieldDescriptor.CPPTYPE_BOOL:
            return False
        case _:
            return 1


def _range(message: Any) -> None:
    message.range.end, message.range.step = 1, 1


def _integer(message: Any) -> None:
    message.literal.integer = 1


def _struct(message: Any) -> None:
    field = message.struct.fields.add(name="id")
    field.data_type.long.SetInParent()


_SHORTCUTS: dict[str, Callable[[Any], None]] = {
    "Relation": _range,
    "Expression": _integer,
    "Literal": lambda message: setattr(message, "integer", 1),
    "DataType": _struct,
    "Plan": lambda message: _range(message.root),
    "Any": lambda message: None,
}
