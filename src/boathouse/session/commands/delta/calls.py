"""What Delta's Python API asks and SQL cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.session.answers import Answer, answer, schema
from boathouse.session.delta import log_at
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.spec import maintenance as m


def is_delta_table(session: Session, command: m.IsDeltaTable, operation: Operation) -> Answer:
    """Whether a path, or a directory above it, is a Delta table's."""
    found = any(log_at(place).exists() for place in _upward(command.path))
    return answer(session, schema(("value", t.BOOLEAN)), [(found,)])


def _upward(path: str) -> Iterator[str]:
    """A path or URI, then every directory above it short of the root."""
    while path and not path.endswith(":"):
        yield path
        path = path.rstrip("/").rpartition("/")[0].rstrip("/")


def named(session: Session, command: m.Named, operation: Operation) -> Answer:
    """Run a command and answer with a name."""
    session.command(command.command, operation)
    return answer(session, schema(("value", t.STRING, True)), [(command.name,)])
