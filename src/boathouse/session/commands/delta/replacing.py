"""Overwriting the rows of a Delta table that match a condition (replaceWhere)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.calls import bind_function
from boathouse.analysis.expressions import bind_condition
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.scope import Bound, Scope
from boathouse.analysis.sources import attributes_of
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.session import execute
from boathouse.session.commands.delta.files import write_changes, write_rows
from boathouse.tables.delta.scan import FILE
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.analysis.scope import Context
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.spec import expressions as se
    from boathouse.tables.delta.actions import Action, AddFile
    from boathouse.tables.delta.data_files import Target
    from boathouse.tables.delta.snapshot import Snapshot


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
        scope = Scope(context, attributes_of(schema))
        return cls(spec, shown_sql(bind_condition(spec, scope)))


@dataclass(slots=True)
class Replaced:
    """The files that go, those with the rows of theirs that stay, and what else is to commit."""

    removed: list[AddFile] = field(default_factory=list)
    kept: list[AddFile] = field(default_factory=list)
    changes: list[Action] = field(default_factory=list)


def belonging(plan: r.Relation, condition: Condition, context: Context) -> r.Relation:
    """`plan`, an error for a row that is not one of those `condition` means."""
    scope = Scope.over(Bound(plan), context=context)
    bound = bind_condition(condition.spec, scope)
    text = e.Literal(condition.text, t.STRING)
    return r.Filter(plan, bind_function("delta_replaces", [bound, text], scope))


def replaced(
    session: Session,
    snapshot: Snapshot,
    target: Target,
    condition: Condition,
    context: Context,
    operation: Operation,
) -> Replaced:
    """Take the rows that match out of a table: files in which there are any are written anew
    without them.
    """
    scan = _Scan(session, snapshot, context, operation)
    touched = scan.touched(condition)
    if not touched:
        return Replaced()
    plan, matches = scan.rows(condition, touched)
    scope = Scope(context)
    rest = bind_function("not", [_is_true(matches, scope)], scope)
    columns = _columns(plan, target)
    kept = write_rows(session, r.Project(r.Filter(plan, rest), columns), target, operation)
    done = Replaced(touched, kept)
    if target.tracks_changes:
        gone = r.Project(r.Filter(plan, matches), columns)
        done.changes += write_changes(session, gone, "delete", target, operation)
    return done


def _is_true(condition: e.Expression, scope: Scope) -> e.Expression:
    return bind_function("coalesce", [condition, e.Literal(value=False, of=t.BOOLEAN)], scope)


def _columns(plan: r.Relation, target: Target) -> tuple[e.Named, ...]:
    """The columns of the table's schema; one that nothing can be read of is null."""
    known = {a.name.lower(): a for a in plan.output}
    return tuple(
        known.get(f.name.lower()) or e.Alias(e.Literal(None, f.type), f.name)
        for f in target.schema.fields
    )


class _Scan:
    """The rows of a snapshot, each with the path of its file."""

    def __init__(
        self, session: Session, snapshot: Snapshot, context: Context, operation: Operation
    ) -> None:
        self._session = session
        self._snapshot = snapshot
        self._context = context
        self._operation = operation

    def rows(
        self, condition: Condition, files: Sequence[AddFile] | None
    ) -> tuple[r.Scan, e.Expression]:
        """A scan, its last column the file, and the condition over it."""
        source = self._snapshot.scan(self._session.files(self._operation), files)
        attributes = attributes_of(source.schema)
        file = e.Attribute(e.fresh_id(), FILE, t.STRING)
        plan = r.Scan(source, (*source.schema.names, FILE), (*attributes, file))
        scope = Scope.over(Bound(plan), context=self._context)
        return plan, bind_condition(condition.spec, scope)

    def touched(self, condition: Condition) -> list[AddFile]:
        """The files that hold rows which match."""
        plan, matches = self.rows(condition, None)
        names = {a.id: a.name for a in plan.attributes}
        likely = self._snapshot.files.matching([matches], names, self._session.zone)
        if not likely:
            return []
        plan, matches = self.rows(condition, likely)
        file = plan.attributes[-1]
        paths = r.Distinct(r.Project(r.Filter(plan, matches), (file,)))
        found = execute.rows(paths, self._session.engine, self._session.zone)
        wanted = {path for (path,) in found}
        return [one for one in likely if one.path in wanted]
