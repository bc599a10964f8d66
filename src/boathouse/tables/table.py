"""What a table format has to be able to do, for those who do not care which one it is.

Delta fulfils these today (`tables.delta`); what is Delta's alone is asked of it there. A snapshot
never changes; whoever wants to see what was committed since asks the table for another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from boathouse.files.environment import Environment
from boathouse.plan.expressions import Expression
from boathouse.plan.relations import Source
from boathouse.types.datatypes import StructType


class DataFile(Protocol):
    """A file with rows of a table."""

    @property
    def path(self) -> str:
        """Its name as the table's metadata has it."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def rows(self) -> int | None:
        """How many rows it holds, deleted ones among them; None where nobody counted."""
        ...


class DataFiles(Protocol):
    """The data files of a snapshot."""

    @property
    def count(self) -> int:
        """How many."""
        ...

    @property
    def bytes(self) -> int:
        """How large they are together."""
        ...

    @property
    def records(self) -> int | None:
        """How many rows they have together; None where the metadata does not say it of all."""
        ...

    def files(self) -> Sequence[DataFile]:
        """All of them."""
        ...

    def matching(
        self, filters: Sequence[Expression], columns: Mapping[int, str], zone: str = "UTC"
    ) -> Sequence[DataFile]:
        """Those that may hold rows for which all `filters` are true; `columns` are names of the
        table's columns by the ids that the filters have for them.
        """
        ...


class Snapshot(Protocol):
    """A table as it is at one version."""

    @property
    def version(self) -> int:
        """The number of the version."""
        ...

    @property
    def timestamp(self) -> int:
        """When it was committed, in milliseconds."""
        ...

    @property
    def columns(self) -> StructType:
        """The columns as they were declared."""
        ...

    @property
    def partition_by(self) -> tuple[str, ...]:
        """The partition columns."""
        ...

    @property
    def cluster_by(self) -> tuple[str, ...]:
        """The columns by which rows are clustered, dotted where they are nested."""
        ...

    @property
    def description(self) -> str | None:
        """The table's comment."""
        ...

    @property
    def facts(self) -> Mapping[str, str]:
        """The table's properties, and what else of it is told in that form."""
        ...

    @property
    def files(self) -> DataFiles:
        """The data files."""
        ...

    def partitions(self) -> Iterable[tuple[tuple[str, str | None], ...]]:
        """The partitions that hold files, as pairs of column and value, in order."""
        ...

    def scan(self, environment: Environment) -> Source:
        """The rows."""
        ...


class Table(Protocol):
    """A table: the versions that there are of it."""

    def exists(self) -> bool:
        """Whether there is one."""
        ...

    def snapshot(
        self, version: int | None = None, timestamp: int | None = None, zone: str = "UTC"
    ) -> Snapshot:
        """The newest state, or that of `version`, or the one of `timestamp` (milliseconds);
        messages show times in `zone`. Raises the format's conditions for what is not there.
        """
        ...


class Transaction(Protocol):
    """Changes to one table, made visible all at once."""

    def commit(self) -> int:
        """Make them the table's next version, and its number: durable when this returns. Raises
        the format's conditions for what others have changed in between.
        """
        ...


class Committer(Protocol):
    """Who decides which of several commits of a version is the one: the storage, or a catalog."""

    def put_if_absent(self, name: str, content: bytes) -> bool:
        """Make `content` the commit of that `name`, unless there is one; whether it was made."""
        ...
