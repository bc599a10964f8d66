"""Rows into Delta tables: append, overwrite (all, some partitions, what matches), new tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import AnalysisError
from boathouse.lower.expressions import column_name
from boathouse.lower.relations import Lowering
from boathouse.plan import relations as r
from boathouse.plan.tree import walk_relations
from boathouse.session import execute
from boathouse.session.commands.assignments import given
from boathouse.session.commands.delta_rows import described, stored_rows
from boathouse.session.delta_writing import begin
from boathouse.spec import commands as sc
from boathouse.spec import relations as sr
from boathouse.tables.delta import data_files
from boathouse.tables.delta.data_files import Rows, Target
from boathouse.tables.delta.transaction import now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boathouse.session.catalog import Table
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.tables.delta.actions import AddFile
    from boathouse.tables.delta.snapshot import Snapshot
    from boathouse.tables.delta.transaction import Transaction


@dataclass(frozen=True, slots=True)
class DeltaWrite:
    """How rows are put into a table that is there. `options` are the writer's, by lower case."""

    table: Table
    snapshot: Snapshot
    overwrite: bool = False
    dynamic: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    operation: str = "WRITE"

    @property
    def target(self) -> Target:
        """What the files are written for."""
        return Target.of(self.snapshot.log.storage, self.snapshot.metadata)


def insert(session: Session, command: sc.Insert, to: DeltaWrite, operation: Operation) -> None:
    """INSERT INTO / OVERWRITE."""
    plan = session.plan(command.input, operation)
    put(session, plan, command, to, operation)


def put(
    session: Session, plan: r.Relation, command: sc.Insert, to: DeltaWrite, operation: Operation
) -> None:
    """Put the rows of `plan` into a table, as `command` says which column is which."""
    context = session.context(operation)
    target = to.target
    values = given(command, plan, to.table, context)
    rows = stored_rows(plan, values, to.table, context, target.schema.fields, target.properties)
    transaction = begin(session, to.snapshot, to.operation, _parameters(to))
    if not _wanted(transaction, to.options):
        return
    files = write_rows(session, rows, target, operation, to.options)
    removed = _replaced(transaction, to, files)
    transaction.add(*files, *(file.removed(now()) for file in removed))
    transaction.metrics = write_metrics(files, removed, overwrite=to.overwrite)
    transaction.commit()
    session.warehouse.changed(to.table.path)


def _parameters(to: DeltaWrite) -> dict[str, Any]:
    mode = "Overwrite" if to.overwrite else "Append"
    parameters = {"mode": mode, "partitionBy": described(to.snapshot.partition_by)}
    if to.dynamic:
        parameters["isDynamicPartitionOverwrite"] = "true"
    return parameters


def _wanted(transaction: Transaction, options: Mapping[str, str]) -> bool:
    """Whether the write is not one that its application has made already (txnAppId, txnVersion)."""
    app, version = options.get("txnappid"), options.get("txnversion")
    if app is None and version is None:
        return True
    if app is None or version is None:
        raise AnalysisError(
            "DELTA_INVALID_IDEMPOTENT_WRITES_OPTIONS",
            reason="Both txnAppId and txnVersion must be given for idempotent writes",
        )
    try:
        number = int(version)
    except ValueError:
        raise AnalysisError(
            "DELTA_INVALID_IDEMPOTENT_WRITES_OPTIONS",
            reason=f"txnVersion must be a valid long value, found: {version}",
        ) from None
    return transaction.set_transaction(app, number)


def _replaced(transaction: Transaction, to: DeltaWrite, files: Sequence[AddFile]) -> list[AddFile]:
    """The files that the new ones take the place of."""
    if not to.overwrite:
        return []
    every = to.snapshot.files.files()
    if not to.dynamic:
        transaction.read_whole()
        return every
    touched = {tuple(sorted(file.partition_values.items(), key=str)) for file in files}
    transaction.read_predicate(lambda file: _partition_of(file) in touched)
    replaced = [file for file in every if _partition_of(file) in touched]
    transaction.read_files(replaced)
    return replaced


def _partition_of(file: AddFile) -> tuple[Any, ...]:
    return tuple(sorted(file.partition_values.items(), key=str))


def write_rows(
    session: Session,
    plan: r.Relation,
    target: Target,
    operation: Operation,
    options: Mapping[str, str] | None = None,
) -> list[AddFile]:
    """The files with the rows of `plan`, whose columns are those of the target's schema."""
    wished = next((n.partitions for n in walk_relations(plan) if isinstance(n, r.Partitioned)), 0)
    lowering = Lowering()
    child = lowering.query(execute.rewritten(plan, session.engine, session.zone))
    columns = [column_name(a.id) for a in plan.output]
    rows = Rows(child, columns, lowering.tables, wished)
    codec = (options or {}).get("compression")
    return data_files.write(session.files(operation), target, rows, codec=codec)


def write_metrics(
    added: Sequence[AddFile], removed: Sequence[AddFile] = (), *, overwrite: bool = False
) -> dict[str, Any]:
    """What the history says about a write."""
    metrics: dict[str, Any] = {
        "numFiles": len(added),
        "numOutputRows": sum(file.rows or 0 for file in added),
        "numOutputBytes": sum(file.size for file in added),
    }
    if overwrite:
        metrics["numRemovedFiles"] = len(removed)
        metrics["numRemovedBytes"] = sum(file.size for file in removed)
    return metrics


BY_NAME = sc.Insert((), sr.OneRow(), by_name=True)
"""Columns matched by name, as a DataFrame is saved."""


def put_by_name(session: Session, plan: r.Relation, to: DeltaWrite, operation: Operation) -> None:
    """Put the rows of `plan` into a table, its columns matched by name."""
    put(session, plan, BY_NAME, to, operation)
