"""Rows into Delta tables that are there: append, overwrite (all, some partitions, what matches)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import AnalysisError, SparkArithmeticError
from boathouse.files.formats import nullable
from boathouse.session import execute
from boathouse.session.commands.assignments import given, told_by_delta
from boathouse.session.commands.delta.files import write_changes, write_metrics, write_rows
from boathouse.session.commands.delta.matching import Matching
from boathouse.session.commands.delta.replacing import Condition, belonging, take_away
from boathouse.session.commands.delta.rows import after_identities, described, stored_rows
from boathouse.session.delta_writing import begin
from boathouse.spec import commands as sc
from boathouse.spec import relations as sr
from boathouse.tables.delta.creation import declared_schema, with_schema
from boathouse.tables.delta.data_files import Target
from boathouse.tables.delta.evolution import merged
from boathouse.tables.delta.properties import Values
from boathouse.tables.delta.schema import public_schema, schema_of
from boathouse.tables.delta.transaction import now
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boathouse.plan import expressions as e
    from boathouse.plan import relations as r
    from boathouse.session.catalog import Table
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.tables.delta.actions import AddFile, Metadata
    from boathouse.tables.delta.snapshot import Snapshot
    from boathouse.tables.delta.transaction import Transaction

BY_NAME = sc.Insert((), sr.OneRow(), by_name=True)
"""Columns matched by name, as a DataFrame is saved."""


@dataclass(frozen=True, slots=True)
class DeltaWrite:
    """How rows are put into a table, and what gives way to them: with `overwrite` all rows, or the
    partitions that they are of (`dynamic`), or what meets a `condition`, or what is `matching`.
    `options` are the writer's, by lower case; `merges` lets the schema grow, `replaces_schema`
    makes it that of the rows, partitioned by `partition_by`.
    """

    table: Table
    snapshot: Snapshot
    overwrite: bool = False
    dynamic: bool = False
    condition: Condition | None = None
    matching: Matching | None = None
    merges: bool = False
    replaces_schema: bool = False
    partition_by: tuple[str, ...] | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Raise for what does not go together."""
        if self.condition is not None and self.dynamic:
            raise AnalysisError("DELTA_REPLACE_WHERE_WITH_DYNAMIC_PARTITION_OVERWRITE")
        if self.replaces_schema and self.dynamic:
            raise AnalysisError("DELTA_OVERWRITE_SCHEMA_WITH_DYNAMIC_PARTITION_OVERWRITE")
        asked = self.partition_by
        there = tuple(name.lower() for name in self.snapshot.partition_by)
        if asked and not self.replaces_schema and tuple(n.lower() for n in asked) != there:
            raise AnalysisError(
                "DELTA_METADATA_MISMATCH",
                tableId=self.snapshot.metadata.id,
                details=f"It is partitioned by [{', '.join(there)}], not [{', '.join(asked)}].",
            )

    @property
    def parameters(self) -> dict[str, Any]:
        """What the history says of it."""
        mode = "Overwrite" if self.overwrite else "Append"
        parameters: dict[str, Any] = {
            "mode": mode,
            "partitionBy": described(self.snapshot.partition_by),
        }
        if self.condition is not None:
            parameters["predicate"] = described([self.condition.text])
        if self.matching is not None:
            parameters["predicate"] = described([self.matching.text])
        if self.dynamic:
            parameters["isDynamicPartitionOverwrite"] = "true"
        return parameters


def put_by_name(session: Session, plan: r.Relation, to: DeltaWrite, operation: Operation) -> None:
    """Put the rows of a DataFrame into a table, its columns matched by name."""
    known = {f.name.lower() for f in to.table.schema.fields}
    extra = [a.name for a in plan.output if a.name.lower() not in known]
    if extra and not (to.merges or to.replaces_schema):
        raise AnalysisError(
            "DELTA_METADATA_MISMATCH",
            tableId=to.snapshot.metadata.id,
            details=f"The table has no column {', '.join(map(t.quoted, extra))}. The option"
            ' "mergeSchema" adds columns, "overwriteSchema" replaces them all.',
        )
    put(session, plan, BY_NAME, to, operation)


def put(
    session: Session, plan: r.Relation, command: sc.Insert, to: DeltaWrite, operation: Operation
) -> None:
    """Put the rows of `plan` into a table, as `command` says which column is which."""
    try:
        _put(session, plan, command, to, operation)
    except SparkArithmeticError as error:
        raise told_by_delta(error, to.table.schema) from error


def _put(
    session: Session, plan: r.Relation, command: sc.Insert, to: DeltaWrite, operation: Operation
) -> None:
    to.check()
    context = session.context(operation)
    transaction = begin(session, to.snapshot, "WRITE", to.parameters)
    transaction.user_metadata = to.options.get("usermetadata", transaction.user_metadata)
    if not _wanted(transaction, to.options):
        return
    _evolve(transaction, plan, command, to)
    clustering = to.snapshot.clustering
    target = Target.of(transaction.log.storage, transaction.metadata, clustering)
    table = replace(to.table, schema=public_schema(declared_schema(target.schema)))
    values = given(command, plan, table, context)
    rows = stored_rows(
        plan,
        values,
        table,
        context,
        target.schema.fields,
        target.properties,
        by_name=command.by_name,
        fills=command is BY_NAME or to.merges,
    )
    if to.condition is not None:
        rows = belonging(rows, to.condition, context)
    files = write_rows(session, rows, target, operation, to.options)
    transaction.add(*files)
    _count_identities(transaction, target, values, files)
    fields, told = table.schema, False
    if to.matching is not None:
        removed, told = to.matching.take_away(session, transaction, values, fields, operation)
    elif to.condition is not None:
        removed, told = take_away(
            session, transaction, to.snapshot, to.condition, fields, operation
        )
    else:
        removed = _remove(transaction, to, files)
    if target.tracks_changes and told:
        # Where files say what changed, readers look at nothing else.
        transaction.add(*write_changes(session, rows, "insert", target, operation))
    transaction.metrics = write_metrics(files, removed, overwrite=to.overwrite)
    if to.options.get("datachange", "").lower() == "false":
        transaction.rearranges()
    transaction.commit()
    session.warehouse.changed(to.table.path)


def _wanted(transaction: Transaction, options: Mapping[str, str]) -> bool:
    """Whether the write is not one that its application has made already (txnAppId, txnVersion)."""
    app, version = options.get("txnappid"), options.get("txnversion")
    if app is None and version is None:
        return True
    if app is None or version is None:
        raise AnalysisError(
            "DELTA_INVALID_IDEMPOTENT_WRITES_OPTIONS",
            reason="txnAppId and txnVersion are given together or not at all.",
        )
    try:
        number = int(version)
    except ValueError:
        raise AnalysisError(
            "DELTA_INVALID_IDEMPOTENT_WRITES_OPTIONS", reason=f"{version} is no version."
        ) from None
    return transaction.set_transaction(app, number)


# ---- the schema
# ------------------------------------------------------------------------------------------


def _evolve(transaction: Transaction, plan: r.Relation, command: sc.Insert, to: DeltaWrite) -> None:
    """Change the table's schema to fit the rows, where the write may."""
    before = transaction.metadata
    schema = declared_schema(schema_of(before.schema_string))
    if to.replaces_schema:
        after = nullable(execute.schema_of(plan))
        changed = with_schema(replace(before, partition_columns=to.partition_by or ()), after)
        transaction.read_whole()
        transaction.change_metadata(changed)
        return
    if not to.merges:
        return
    after = merged(schema, _named(plan, command, to), widens=_widens(before))
    if after != schema:
        transaction.change_metadata(with_schema(before, after))


def _named(plan: r.Relation, command: sc.Insert, to: DeltaWrite) -> t.StructType:
    """The rows' schema under the names of the table's columns, where they go by position."""
    given_schema = execute.schema_of(plan)
    if command.by_name or command.columns:
        return given_schema
    static = {name.lower() for name, value in command.partition if value is not None}
    names = [f.name for f in to.table.schema.fields if f.name.lower() not in static]
    fields = [
        replace(f, name=names[at]) if at < len(names) else f
        for at, f in enumerate(given_schema.fields)
    ]
    return t.StructType(tuple(fields))


def _widens(metadata: Metadata) -> bool:
    return Values(metadata.configuration).flag("delta.enableTypeWidening")


def _count_identities(
    transaction: Transaction,
    target: Target,
    values: Mapping[str, e.Expression],
    files: Sequence[AddFile],
) -> None:
    """Keep in the schema how far identity columns have counted."""
    rows = sum(file.rows or 0 for file in files)
    after = after_identities(target.schema, values, rows)
    if after != target.schema:
        transaction.change_metadata(with_schema(transaction.metadata, after))


# ---- what gives way
# --------------------------------------------------------------------------------------


def _remove(
    transaction: Transaction, to: DeltaWrite, files: Sequence[AddFile]
) -> Sequence[AddFile]:
    """Take away what the new rows take the place of; the files."""
    if not to.overwrite:
        return ()
    if to.dynamic:
        removed = _remove_partitions(transaction, to, files)
    else:
        transaction.read_whole()
        removed = to.snapshot.files.files()
    moment = now()
    transaction.add(*(file.removed(moment) for file in removed))
    return removed


def _remove_partitions(
    transaction: Transaction, to: DeltaWrite, files: Sequence[AddFile]
) -> list[AddFile]:
    touched = {_partition_of(file) for file in files}
    transaction.read_predicate(lambda file: _partition_of(file) in touched)
    removed = [file for file in to.snapshot.files.files() if _partition_of(file) in touched]
    transaction.read_files(removed)
    return removed


def _partition_of(file: AddFile) -> frozenset[tuple[str, str | None]]:
    return frozenset(file.partition_values.items())
