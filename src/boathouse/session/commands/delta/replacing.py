"""Overwriting the rows of a Delta table that match a condition (replaceWhere)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.calls import bind_function
from boathouse.analysis.changes import bind_delete, columns_of
from boathouse.analysis.expressions import bind_condition
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.scope import Bound, Scope, StoredTable
from boathouse.analysis.sources import attributes_of
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.session.changes import Changing
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec.nodes import nodes_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.analysis.scope import Context
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.tables.delta.actions import AddFile
    from boathouse.tables.delta.snapshot import Snapshot
    from boathouse.tables.delta.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Condition:
    """Which rows are replaced; `text` is how messages and the history show it."""

    spec: se.Expression
    text: str

    @classmethod
    def of(cls, text: str) -> Condition:
        """The condition that `text` says."""
        return cls(sql.parse_expression(text), text)

    @classmethod
    def over(cls, spec: se.Expression, schema: t.StructType, context: Context) -> Condition:
        """`spec` as a condition on rows of `schema`."""
        rows = Bound(r.Values((), attributes_of(schema)))
        condition = cls(spec, "")
        bound = bind_condition(spec, condition.scope(rows, context))
        return replace(condition, text=shown_sql(bound))

    @property
    def plan_ids(self) -> tuple[int, ...]:
        """The numbers of the DataFrames whose columns it names: the table's are meant."""
        names = (node for node in nodes_of(self.spec) if isinstance(node, se.Name))
        return tuple(sorted({name.plan_id for name in names if name.plan_id is not None}))

    def scope(self, rows: Bound, context: Context) -> Scope:
        """What its names mean over `rows` of the table."""
        for plan_id in self.plan_ids:
            rows = rows.numbered(plan_id)
        return Scope.over(rows, context=context)


def belonging(plan: r.Relation, condition: Condition, context: Context) -> r.Relation:
    """`plan`, an error for a row that is not one of those `condition` means."""
    scope = condition.scope(Bound(plan), context)
    bound = bind_condition(condition.spec, scope)
    text = e.Literal(condition.text, t.STRING)
    return r.Filter(plan, bind_function("delta_replaces", [bound, text], scope))


def take_away(
    session: Session,
    transaction: Transaction,
    snapshot: Snapshot,
    condition: Condition,
    schema: t.StructType,
    operation: Operation,
) -> tuple[Sequence[AddFile], bool]:
    """Collect in `transaction` that the rows that match go. The files that are gone, and whether
    others say which rows of them. `schema` is the table's as it will be.
    """
    context = session.context(operation)
    stored = StoredTable((), snapshot.scan(session.files(operation)))
    deletes = sc.Delete((), condition.spec, plan_ids=condition.plan_ids)
    change = bind_delete(deletes, stored, schema, context)
    kept = columns_of(change.target, schema, context, evolves=True).unchanged()
    change = replace(change, kept=kept)
    outcome = Changing(session, change, snapshot, transaction, context, operation).run()
    return outcome.fate.gone, bool(outcome.change_files)
