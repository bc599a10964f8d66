"""OPTIMIZE and REORG: what is written anew, and what is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import relations as r
from boathouse.plan.tree import references
from boathouse.session.answers import Answer, answer, nothing
from boathouse.session.commands.delta.targets import snapshot_named
from boathouse.session.commands.delta.upkeep import place
from boathouse.session.delta_writing import begin
from boathouse.spec import relations as sr
from boathouse.tables.delta.compaction import small_files, whole_partitions, worn_files
from boathouse.tables.delta.data_files import Target
from boathouse.tables.delta.measuring import recounted
from boathouse.tables.delta.optimizing import (
    CLUSTERED,
    Rewrite,
    Rewritten,
    collect,
    described,
    rewritten,
    target_size,
)
from boathouse.tables.delta.statistics import chosen
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.spec import maintenance as m
    from boathouse.spec.expressions import Expression
    from boathouse.tables.delta.actions import AddFile
    from boathouse.tables.delta.snapshot import Snapshot

_STATS_CHECK = "spark.databricks.delta.optimize.zorder.checkStatsCollection.enabled"


def _struct(**fields: t.DataType) -> t.StructType:
    return t.StructType(tuple(t.StructField(name, of) for name, of in fields.items()))


_SIZES = _struct(min=t.LONG, max=t.LONG, avg=t.DOUBLE, totalFiles=t.LONG, totalSize=t.LONG)
_VECTORS = _struct(numDeletionVectorsRemoved=t.LONG, numDeletionVectorRowsRemoved=t.LONG)
_METRICS = _struct(
    numFilesAdded=t.LONG,
    numFilesRemoved=t.LONG,
    filesAdded=_SIZES,
    filesRemoved=_SIZES,
    partitionsOptimized=t.LONG,
    numBatches=t.LONG,
    totalConsideredFiles=t.LONG,
    totalFilesSkipped=t.LONG,
    preserveInsertionOrder=t.BOOLEAN,
    deletionVectorStats=_VECTORS,
)
_OPTIMIZED = _struct(path=t.STRING, metrics=_METRICS)


def optimize(session: Session, command: m.Optimize, operation: Operation) -> Answer:
    """Few large files instead of many small ones, their rows in order where that is asked for."""
    snapshot = snapshot_named(session, sr.NamedTable(command.table), "OPTIMIZE")
    clustered = snapshot.clustering
    _check_clauses(command, clustered)
    files = _wanted(session, snapshot, command, operation)
    if clustered:
        groups = _unclustered(files, full=command.full)
        rewrite = Rewrite(snapshot, groups, clustered, clusters=True)
    elif command.zorder_by:
        columns = _zorder_columns(session, snapshot, command.zorder_by)
        rewrite = Rewrite(snapshot, whole_partitions(files), columns)
    else:
        rewrite = Rewrite(snapshot, small_files(files, target_size(snapshot)))
    return _done(session, rewrite, files, "OPTIMIZE", command.condition, operation)


def reorganize(session: Session, command: m.Reorganize, operation: Operation) -> Answer:
    """Files without the rows that are deleted."""
    snapshot = snapshot_named(session, sr.NamedTable(command.table), "REORG")
    files = _wanted(session, snapshot, command, operation)
    rewrite = Rewrite(snapshot, worn_files(files))
    return _done(session, rewrite, files, "REORG", command.condition, operation)


def compute_statistics(
    session: Session, command: m.ComputeStatistics, operation: Operation
) -> Answer:
    """ANALYZE TABLE ... COMPUTE DELTA STATISTICS: every file is read, none is written."""
    snapshot = snapshot_named(session, sr.NamedTable(command.table), "ANALYZE TABLE")
    files = snapshot.files.files()
    if any(file.deletion_vector is not None for file in files):
        raise AnalysisError("DELTA_UNSUPPORTED_STATS_RECOMPUTE_WITH_DELETION_VECTORS")
    if files:
        transaction = begin(session, snapshot, "COMPUTE STATS", {"predicate": "[]"})
        transaction.read_files(files)
        transaction.add(*recounted(snapshot, files, session.files(operation)))
        transaction.commit()
        session.warehouse.changed(place(snapshot))
    return nothing(session)


# ---- what to write anew -------------------------------------------------------------------------


def _check_clauses(command: m.Optimize, clustered: Sequence[tuple[str, ...]]) -> None:
    if not clustered:
        if command.full:
            raise AnalysisError("DELTA_OPTIMIZE_FULL_NOT_SUPPORTED")
        return
    if command.zorder_by:
        names = ", ".join(".".join(path) for path in command.zorder_by)
        raise AnalysisError("DELTA_CLUSTERING_WITH_ZORDER_BY", zOrderBy=names)
    if command.condition is not None:
        text = _text(command.condition)
        raise AnalysisError("DELTA_CLUSTERING_WITH_PARTITION_PREDICATE", predicates=text)


def _text(condition: Expression) -> str:
    """What stands in the statement."""
    origin = getattr(condition, "origin", None)
    return "" if origin is None else origin.text[origin.start : origin.stop]


def _unclustered(files: Sequence[AddFile], *, full: bool) -> list[list[AddFile]]:
    """All files, unless every one of them is clustered already."""
    if not full and all(file.clustering_provider == CLUSTERED for file in files):
        return []
    return [list(files)] if files else []


def _zorder_columns(
    session: Session, snapshot: Snapshot, asked: Sequence[tuple[str, ...]]
) -> tuple[tuple[str, ...], ...]:
    """The columns as the schema spells them; all must be data columns with statistics."""
    target = Target.of(snapshot.log.storage, snapshot.metadata)
    partitions = {name.lower() for name in snapshot.partition_by}
    leaves = chosen(target.data, target.properties, mapped=target.mapped)
    counted = {tuple(name.lower() for name in leaf.logical) for leaf in leaves}
    found: list[tuple[str, ...]] = []
    for path in asked:
        if path[0].lower() in partitions:
            raise AnalysisError("DELTA_ZORDERING_ON_PARTITION_COLUMN", colName=".".join(path))
        spelled = _spelled(target.schema, path)
        if spelled is None:
            name = ".".join(path)
            raise AnalysisError("DELTA_ZORDERING_COLUMN_DOES_NOT_EXIST", columnName=name)
        found.append(spelled)
    bare = [".".join(p) for p in found if tuple(n.lower() for n in p) not in counted]
    if bare and session.settings.flag(_STATS_CHECK):
        raise AnalysisError(
            "DELTA_ZORDERING_ON_COLUMN_WITHOUT_STATS",
            cols=f"[{', '.join(bare)}]",
            zorderColStatKey=_STATS_CHECK,
        )
    return tuple(found)


def _spelled(schema: t.StructType, path: tuple[str, ...]) -> tuple[str, ...] | None:
    known = {f.name.lower(): f for f in schema.fields}
    field = known.get(path[0].lower())
    if field is None:
        return None
    if len(path) == 1:
        return (field.name,)
    if not isinstance(field.type, t.StructType):
        return None
    rest = _spelled(field.type, path[1:])
    return None if rest is None else (field.name, *rest)


def _wanted(
    session: Session,
    snapshot: Snapshot,
    command: m.Optimize | m.Reorganize,
    operation: Operation,
) -> list[AddFile]:
    """The files of the partitions that the command is about."""
    condition, table = command.condition, command.table
    if condition is None:
        return snapshot.files.files()
    plan = session.plan(sr.Filter(sr.NamedTable(table), condition), operation)
    assert isinstance(plan, r.Filter)  # noqa: S101 - just made
    partitions = {name.lower() for name in snapshot.partition_by}
    names = {a.id: a.name for a in plan.output}
    asked = sorted(names[i] for i in references(plan.condition))
    others = [name for name in asked if name.lower() not in partitions]
    if others:
        raise AnalysisError("DELTA_NON_PARTITION_COLUMN_REFERENCE", columnName=others[0])
    return snapshot.files.matching([plan.condition], names, session.zone)


# ---- the whole ----------------------------------------------------------------------------------


def _done(
    session: Session,
    rewrite: Rewrite,
    considered: Sequence[AddFile],
    name: str,
    condition: Expression | None,
    operation: Operation,
) -> Answer:
    snapshot = rewrite.snapshot
    done = rewritten(rewrite, session.files(operation))
    if done.removed:
        predicate = [] if condition is None else [_text(condition)]
        transaction = begin(session, snapshot, name, described(rewrite, predicate, auto=False))
        collect(transaction, done)
        transaction.commit()
        session.warehouse.changed(place(snapshot))
    row = (snapshot.log.storage.uri, _metrics(rewrite, done, considered))
    return answer(session, _OPTIMIZED, [row])


def _vectors(done: Rewritten) -> list[int]:
    return [f.deletion_vector.cardinality for f in done.removed if f.deletion_vector is not None]


def _metrics(rewrite: Rewrite, done: Rewritten, considered: Sequence[AddFile]) -> dict[str, Any]:
    vectors = _vectors(done)
    return {
        "numFilesAdded": len(done.added),
        "numFilesRemoved": len(done.removed),
        "filesAdded": _sizes(done.added),
        "filesRemoved": _sizes(done.removed),
        "partitionsOptimized": len({str(g[0].partition_values) for g in rewrite.groups}),
        "numBatches": 1 if done.removed else 0,
        "totalConsideredFiles": len(considered),
        "totalFilesSkipped": len(considered) - len(done.removed),
        "preserveInsertionOrder": not rewrite.order_by,
        "deletionVectorStats": {
            "numDeletionVectorsRemoved": len(vectors),
            "numDeletionVectorRowsRemoved": sum(vectors),
        },
    }


def _sizes(files: Sequence[AddFile]) -> dict[str, Any]:
    sizes = [file.size for file in files]
    return {
        "min": min(sizes, default=None),
        "max": max(sizes, default=None),
        "avg": sum(sizes) / len(sizes) if sizes else 0.0,
        "totalFiles": len(sizes),
        "totalSize": sum(sizes),
    }
