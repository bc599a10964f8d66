"""The rows of a plan into the files of a Delta table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boathouse.duck import tree
from boathouse.files.options import Options
from boathouse.lower.expressions import column_name
from boathouse.lower.relations import Lowering
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import walk_relations
from boathouse.session import execute
from boathouse.tables.delta import data_files
from boathouse.tables.delta.actions import AddCDCFile
from boathouse.tables.delta.data_files import CHANGE_TYPE, CHANGES, Rows, Target
from boathouse.tables.delta.ordering import ordered, value_at
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.tables.delta.actions import AddFile

_MOST = "maxRecordsPerFile"
_FEW = 10_000


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
    said = Options(options or {})
    most = said.whole(_MOST, session.settings.integer(f"spark.sql.files.{_MOST}"))
    order: tuple[tree.SortKey, ...] = ()
    if target.cluster_by and not _is_small(plan):
        child, order = _clustered(child, columns, target)
    rows = Rows(child, columns, lowering.tables, wished, order=order, most=most)
    codec = said.get("compression")
    return data_files.write(session.files(operation), target, rows, codec=codec)


def _is_small(plan: r.Relation) -> bool:
    """Whether `plan` is a few rows that were said: an order of them would help nobody."""
    while isinstance(plan, (r.Project, r.Filter)):
        plan = plan.child
    if isinstance(plan, r.LocalData):
        return plan.table.num_rows < _FEW
    return isinstance(plan, r.Values) and len(plan.rows) < _FEW


def _clustered(
    relation: tree.Relation, columns: Sequence[str], target: Target
) -> tuple[tree.Relation, tuple[tree.SortKey, ...]]:
    """`relation` with the order in which a clustered table's rows are written."""
    fields = target.schema.fields
    values: list[tree.Expression] = []
    for name, *inner in target.cluster_by:
        at = next((i for i, f in enumerate(fields) if f.name.lower() == name.lower()), None)
        if at is None or isinstance(fields[at].type, t.NullType):
            return relation, ()  # columns that are replaced by this write
        values.append(value_at(tree.column(columns[at]), inner))
    return ordered(relation, columns, values) if values else (relation, ())


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


def write_changes(
    session: Session, plan: r.Relation, kind: str, target: Target, operation: Operation
) -> list[AddCDCFile]:
    """Files of the change data feed: the rows of `plan` as changes of one `kind` (``insert``,
    ``delete``, ``update_preimage``, ``update_postimage``).
    """
    word = e.Alias(e.Literal(kind, t.STRING), CHANGE_TYPE)
    lowering = Lowering()
    marked = r.Project(plan, (*plan.output, word))
    child = lowering.query(execute.rewritten(marked, session.engine, session.zone))
    columns = [column_name(a.id) for a in plan.output]
    extra = ((column_name(word.id), CHANGE_TYPE),)
    rows = Rows(child, columns, lowering.tables, extra=extra)
    files = data_files.write(session.files(operation), target, rows, directory=CHANGES)
    return [AddCDCFile(file.path, file.partition_values, file.size) for file in files]
