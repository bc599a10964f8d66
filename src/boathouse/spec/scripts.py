"""SQL scripts: what stands between BEGIN and END. A statement is a relation (a query), a command,
or one of the nodes below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from boathouse.spec.commands import Command, Parts

if TYPE_CHECKING:
    from boathouse.spec.expressions import Expression
    from boathouse.spec.relations import Relation


@dataclass(frozen=True, slots=True)
class Step:
    """The root of statements that only a script has."""


Statement: TypeAlias = "Relation | Command | Step"
Body: TypeAlias = "tuple[Statement, ...]"


@dataclass(frozen=True, slots=True)
class Condition:
    """A test: the expression and its text."""

    value: Expression
    text: str


@dataclass(frozen=True, slots=True)
class Handler:
    """DECLARE EXIT | CONTINUE HANDLER FOR conditions: names of conditions in upper case, SQLSTATEs,
    SQLEXCEPTION (`exceptions`) and NOT FOUND.
    """

    body: Body
    leaves: bool = True
    conditions: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    exceptions: bool = False
    not_found: bool = False


@dataclass(frozen=True, slots=True)
class Block(Step):
    """[label:] BEGIN ... END; declarations of variables are the first statements of `body`."""

    body: Body
    handlers: tuple[Handler, ...] = ()
    label: str | None = None


@dataclass(frozen=True, slots=True)
class If(Step):
    """IF, ELSEIF and searched CASE: the body of the first test that holds, or `otherwise`."""

    branches: tuple[tuple[Condition, Body], ...]
    otherwise: Body = ()


@dataclass(frozen=True, slots=True)
class SimpleCase(Step):
    """CASE value WHEN value THEN ...."""

    value: Expression
    branches: tuple[tuple[Expression, Body], ...]
    otherwise: Body = ()


@dataclass(frozen=True, slots=True)
class While(Step):
    """WHILE condition DO ...; LOOP is one without condition."""

    condition: Condition | None
    body: Body
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Repeat(Step):
    """REPEAT ... UNTIL condition."""

    body: Body
    condition: Condition
    label: str | None = None


@dataclass(frozen=True, slots=True)
class For(Step):
    """FOR [row AS] query DO ...; `row` qualifies the columns."""

    query: Relation
    body: Body
    row: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Leave(Step):
    """LEAVE label: behind its end."""

    label: str


@dataclass(frozen=True, slots=True)
class Iterate(Step):
    """ITERATE label: the loop's next turn."""

    label: str


@dataclass(frozen=True, slots=True)
class DeclareCursor(Step):
    """DECLARE name CURSOR FOR query; the query keeps its text for OPEN ... USING."""

    name: str
    query: Relation


@dataclass(frozen=True, slots=True)
class OpenCursor(Step):
    """OPEN name [USING arguments (name or None, value)]."""

    name: Parts
    arguments: tuple[tuple[str | None, Expression], ...] = ()


@dataclass(frozen=True, slots=True)
class Fetch(Step):
    """FETCH [NEXT FROM] name INTO variables."""

    name: Parts
    into: tuple[Parts, ...]


@dataclass(frozen=True, slots=True)
class CloseCursor(Step):
    """CLOSE name."""

    name: Parts


@dataclass(frozen=True, slots=True)
class Script(Command):
    """A whole script; its answer is the rows of its last query."""

    block: Block
