"""The files of a change: rows as they are now, and what became of each for the change data feed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boathouse.lower.expressions import column_name
from boathouse.lower.relations import Lowering
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.session import execute
from boathouse.spec.relations import SetOperator
from boathouse.tables.delta import data_files
from boathouse.tables.delta.actions import AddCDCFile, AddFile
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.tables.delta.transaction import Transaction
    from boathouse.tables.storage import Storage

CHANGE_TYPE = "_change_type"
"""The column of the change data feed that says what became of a row."""

_DIRECTORY = "_change_data"
_ROW_ID = "delta.rowTracking.materializedRowIdColumnName"
_ROW_VERSION = "delta.rowTracking.materializedRowCommitVersionColumnName"

Checked = Callable[[r.Relation], r.Relation]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows for the table's files: `values` over `relation`, one for each column, with the id and
    the last version of each row where they are known; `checked` against the table's constraints.
    """

    relation: r.Relation
    values: Sequence[e.Expression]
    row_id: e.Expression | None = None
    row_version: e.Expression | None = None
    checked: bool = False


class Writing:
    """Writes the files of one transaction and collects their actions in it."""

    def __init__(
        self,
        session: Session,
        storage: Storage,
        transaction: Transaction,
        operation: Operation,
        checked: Checked,
    ) -> None:
        """`checked` puts the table's constraints above a relation that begins with its columns."""
        self._session = session
        self._storage = storage
        self._transaction = transaction
        self._environment = session.files(operation)
        self._checked = checked

    def data(self, parts: Sequence[Part]) -> list[AddFile]:
        """Data files of all `parts` together."""
        target = self._target()
        names = self._tracked()
        plans: list[r.Relation] = []
        for part in parts:
            ids = [part.row_id, part.row_version][: len(names)]
            facts = [e.Literal(None, t.LONG) if x is None else x for x in ids]
            plan = _shaped(part.relation, target.schema, part.values, facts)
            plans.append(self._checked(plan) if part.checked else plan)
        files = self._put(plans, target, names, "")
        self._transaction.add(*files)
        return files

    def changes(
        self, images: Sequence[tuple[str, r.Relation, Sequence[e.Expression]]]
    ) -> list[AddFile]:
        """Files of the change data feed: pairs of the word for what happened, and the rows."""
        target = self._target()
        plans = [
            _shaped(relation, target.schema, values, [e.Literal(word, t.STRING)])
            for word, relation, values in images
        ]
        files = self._put(plans, target, [CHANGE_TYPE], _DIRECTORY)
        self._transaction.add(
            *[AddCDCFile(file.path, file.partition_values, file.size) for file in files]
        )
        return files

    def _target(self) -> data_files.Target:
        return data_files.Target.of(self._storage, self._transaction.metadata)

    def _tracked(self) -> list[str]:
        """The columns that keep the id and the last version of a row that moves."""
        properties = self._transaction.metadata.configuration
        return [properties[name] for name in (_ROW_ID, _ROW_VERSION) if name in properties]

    def _put(
        self,
        plans: Sequence[r.Relation],
        target: data_files.Target,
        extra: Sequence[str],
        directory: str,
    ) -> list[AddFile]:
        if not plans:
            return []
        session = self._session
        plan = plans[0] if len(plans) == 1 else _together(plans)
        lowering = Lowering()
        query = lowering.query(execute.rewritten(plan, session.engine, session.zone))
        names = [column_name(a.id) for a in plan.output]
        columns = names[: len(target.schema)]
        pairs = tuple(zip(names[len(columns) :], extra, strict=True))
        rows = data_files.Rows(query, columns, lowering.tables, extra=pairs)
        return data_files.write(self._environment, target, rows, directory=directory)


def _shaped(
    relation: r.Relation,
    schema: t.StructType,
    values: Sequence[e.Expression],
    more: Sequence[e.Expression],
) -> r.Project:
    """`relation` as the columns of `schema`, of which those of type void are in no row, and `more`
    behind them.
    """
    given = iter(values)
    outputs = [
        e.Alias(e.Literal(None, f.type) if isinstance(f.type, t.NullType) else next(given), f.name)
        for f in schema.fields
    ]
    return r.Project(relation, (*outputs, *[e.Alias(x, "fact") for x in more]))


def _together(plans: Sequence[r.Relation]) -> r.Relation:
    attributes = tuple(a.renewed().made_nullable() for a in plans[0].output)
    return r.SetOperation(tuple(plans), SetOperator.UNION, all=True, attributes=attributes)
