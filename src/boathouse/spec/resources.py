"""Commands about what lies around tables: files of a session, data to load, indexes, procedures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from boathouse.spec.commands import Command, Parts

if TYPE_CHECKING:
    from boathouse.spec.expressions import Expression


@dataclass(frozen=True, slots=True)
class AddResources(Command):
    """ADD JAR, FILE or ARCHIVE (`kind`, in lower case) at `paths`."""

    kind: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListResources(Command):
    """LIST JAR, FILE or ARCHIVE (`kind`, in lower case): all, or those at `paths`."""

    kind: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadData(Command):
    """LOAD DATA [LOCAL] INPATH path [OVERWRITE] INTO TABLE name [PARTITION (...)]."""

    path: str
    table: Parts
    is_local: bool = False
    overwrite: bool = False
    partition: tuple[tuple[str, Expression], ...] = ()


@dataclass(frozen=True, slots=True)
class CallProcedure(Command):
    """CALL name (arguments)."""

    name: Parts
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateIndex(Command):
    """CREATE INDEX name ON table (columns)."""

    name: str
    table: Parts
    columns: tuple[Parts, ...]


@dataclass(frozen=True, slots=True)
class DropIndex(Command):
    """DROP INDEX name ON table."""

    name: str
    table: Parts
