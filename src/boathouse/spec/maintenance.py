"""Commands that look after tables of an open format: their files, versions and copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from boathouse.spec.commands import Command, Parts

if TYPE_CHECKING:
    from boathouse.spec.expressions import Expression
    from boathouse.spec.relations import NamedTable, Options
    from boathouse.types.datatypes import StructType


@dataclass(frozen=True, slots=True)
class Optimize(Command):
    """OPTIMIZE table [FULL] [WHERE condition] [ZORDER BY (columns)]."""

    table: Parts
    condition: Expression | None = None
    zorder_by: tuple[Parts, ...] = ()
    full: bool = False


@dataclass(frozen=True, slots=True)
class Reorganize(Command):
    """REORG TABLE table [WHERE condition] APPLY (PURGE)."""

    table: Parts
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class Vacuum(Command):
    """VACUUM table [RETAIN hours HOURS] [DRY RUN]; without `hours` the table's own retention."""

    table: Parts
    hours: float | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Restore(Command):
    """RESTORE TABLE table TO VERSION | TIMESTAMP AS OF: `table` names the state to go back to."""

    table: NamedTable


@dataclass(frozen=True, slots=True)
class Clone(Command):
    """CREATE TABLE name SHALLOW | DEEP CLONE source, which may be an old version."""

    name: Parts
    source: NamedTable
    deep: bool = False
    create: bool = True
    replace: bool = False
    if_not_exists: bool = False
    properties: Options = ()
    location: str | None = None


@dataclass(frozen=True, slots=True)
class ConvertToDelta(Command):
    """CONVERT TO DELTA table or parquet.`path` [NO STATISTICS] [PARTITIONED BY (columns)]."""

    table: Parts
    partition_by: StructType
    statistics: bool = True


@dataclass(frozen=True, slots=True)
class Generate(Command):
    """GENERATE mode FOR TABLE table: manifests for other engines."""

    mode: str
    table: Parts


@dataclass(frozen=True, slots=True)
class ComputeStatistics(Command):
    """ANALYZE TABLE table COMPUTE DELTA STATISTICS: what the log says of each file, anew."""

    table: Parts


@dataclass(frozen=True, slots=True)
class IsDeltaTable(Command):
    """DeltaTable.isDeltaTable(path): whether `path` is, or lies in, a Delta table."""

    path: str


@dataclass(frozen=True, slots=True)
class Named(Command):
    """DeltaTable.convertToDelta(...): `command`, answered with the `name` that the table has."""

    command: Command
    name: str
