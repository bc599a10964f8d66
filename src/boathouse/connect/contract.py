"""What the door asks of a session. `boathouse.session` fulfils it; tests use a small one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import pyarrow

from boathouse.conf import Settings
from boathouse.session.artifacts import Artifacts
from boathouse.session.operations import Operation
from boathouse.spec.commands import Command
from boathouse.spec.relations import Relation
from boathouse.types.datatypes import DataType, StructType


class Result(Protocol):
    """Rows on their way: `batches` is read once, and then `metrics` holds what was observed
    (observation -> column -> value in literal form and its type).
    """

    schema: StructType
    batches: Iterator[pyarrow.RecordBatch]
    metrics: Mapping[str, Mapping[str, tuple[Any, DataType]]]
    progress: Callable[[], float | None]

    def close(self) -> None:
        """Give back what the query holds, wherever it stands."""
        ...


class Answer(Protocol):
    """What a command yields: `rows`, or the query to `echo`, or the id of a cached relation, or
    `other` facts by name.
    """

    rows: Any
    echo: Relation | None
    relation_id: str | None
    other: Mapping[str, Any]


class Session(Protocol):
    """One client's session."""

    settings: Settings
    artifacts: Artifacts

    def query(self, relation: Relation, operation: Operation) -> Any:
        """Start `relation` and return its Result."""
        ...

    def command(self, command: Command, operation: Operation) -> Any:
        """Run `command` and return its Answer."""
        ...

    def schema(self, relation: Relation) -> StructType:
        """The schema of `relation`."""
        ...

    def explain(self, relation: Relation, mode: str) -> str:
        """The text of EXPLAIN in `mode`."""
        ...

    def tree_string(self, relation: Relation, level: int | None = None) -> str:
        """The schema as printSchema prints it, `level` levels deep."""
        ...

    def is_local(self, relation: Relation) -> bool:
        """Whether the rows are in the plan itself."""
        ...

    def is_streaming(self, relation: Relation) -> bool:
        """Whether a source never ends."""
        ...

    def input_files(self, relation: Relation) -> list[str]:
        """The files that `relation` reads."""
        ...

    def same_semantics(self, one: Relation, other: Relation) -> bool:
        """Whether both are the same query."""
        ...

    def semantic_hash(self, relation: Relation) -> int:
        """A 32-bit hash, equal for the same query."""
        ...

    def persist(self, relation: Relation, level: Any) -> None:
        """Keep the rows of `relation` at `level`, a StorageLevel or None."""
        ...

    def unpersist(self, relation: Relation) -> None:
        """Keep them no longer."""
        ...

    def storage_level(self, relation: Relation) -> Any:
        """How `relation` is kept, a StorageLevel, or None."""
        ...

    def clone(self, new_id: str) -> Session:
        """An independent session that starts with the same state."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


OpenSession = Callable[[str, str], Session]
"""Makes the session of (user id, session id)."""
