"""DELETE, UPDATE and MERGE."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boathouse.analysis.changes import bind_delete, bind_update
from boathouse.analysis.coercion import cast, require_castable
from boathouse.analysis.expressions import unaliased
from boathouse.analysis.merging import bind_merge, require_names
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.scope import StoredTable
from boathouse.errors.exceptions import (
    AnalysisError,
    SparkArithmeticError,
    UnsupportedError,
)
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.session import execute
from boathouse.session.answers import Answer, answer, schema
from boathouse.session.changes import Changing, Outcome
from boathouse.session.commands.assignments import told_by_delta
from boathouse.session.commands.change_history import METRICS, merge_parameters, predicate
from boathouse.session.commands.delta.rows import after_identities, checked_rows
from boathouse.session.commands.targets import (
    Temporary,
    find,
    not_found,
    require,
    shown_target,
)
from boathouse.session.delta import is_delta
from boathouse.session.delta_writing import begin
from boathouse.session.relations import stored_query
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.tables.delta.creation import declared_schema, with_schema
from boathouse.tables.delta.evolution import merged
from boathouse.tables.delta.log import DeltaLog
from boathouse.tables.delta.scan import DeltaScan
from boathouse.tables.delta.schema import schema_of
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.char_types import text_for_char

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boathouse.plan.changes import Change
    from boathouse.session.catalog import Table
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.tables.delta.snapshot import Snapshot
    from boathouse.tables.delta.transaction import Transaction

Statement = sc.Delete | sc.Update | sc.Merge

_AUTO_MERGE = "spark.databricks.delta.schema.autoMerge.enabled"
_AFFECTED = ("num_affected_rows", t.LONG, True)
_MERGED = schema(
    _AFFECTED,
    ("num_updated_rows", t.LONG, True),
    ("num_deleted_rows", t.LONG, True),
    ("num_inserted_rows", t.LONG, True),
)
_NOT_THERE = frozenset({"AMBIGUOUS_REFERENCE", "TABLE_OR_VIEW_NOT_FOUND", "UNRESOLVED_COLUMN"})
_FOUND_FIRST = _NOT_THERE | {
    "INVALID_NON_DETERMINISTIC_EXPRESSIONS",
    "UNSUPPORTED_EXPR_FOR_OPERATOR",
    "UNSUPPORTED_GENERATOR",
}
"""What Spark finds in a statement before it finds that the table cannot change."""
_REFUSED: dict[type[Statement], tuple[str, type[AnalysisError | UnsupportedError]]] = {
    sc.Delete: ("DELETE", AnalysisError),
    sc.Update: ("UPDATE TABLE", UnsupportedError),
    sc.Merge: ("MERGE INTO TABLE", UnsupportedError),
}


def delete(session: Session, command: sc.Delete, operation: Operation) -> Answer:
    """DELETE FROM."""
    running = _Running(session, command, operation)
    change = bind_delete(command, running.table, running.schema, running.context)
    outcome = running.run(change, "DELETE", predicate(change.condition))
    return answer(session, schema(_AFFECTED), [(outcome.rows.get(0, 0),)])


def update(session: Session, command: sc.Update, operation: Operation) -> Answer:
    """UPDATE."""
    running = _Running(session, command, operation)
    change = bind_update(command, running.table, running.schema, running.context)
    outcome = running.run(change, "UPDATE", predicate(change.condition))
    return answer(session, schema(_AFFECTED), [(outcome.rows.get(0, 0),)])


def merge(session: Session, command: sc.Merge, operation: Operation) -> Answer:
    """MERGE INTO."""
    running = _Running(session, command, operation)
    evolves = command.schema_evolution or session.settings.flag(_AUTO_MERGE)
    evolve = running.grown if evolves else None
    change = bind_merge(command, running.table, running.schema, running.context, evolve)
    outcome = running.run(change, "MERGE", merge_parameters(change))
    counts = [
        sum(count for n, count in outcome.rows.items() if change.clauses[n].verb is verb)
        for verb in (sc.MergeVerb.UPDATE, sc.MergeVerb.DELETE, sc.MergeVerb.INSERT)
    ]
    return answer(session, _MERGED, [(sum(counts), *counts)])


class _Running:
    """One statement: its target, and the transaction at its end."""

    def __init__(self, session: Session, command: Statement, operation: Operation) -> None:
        self._session = session
        self._operation = operation
        self.context = session.context(operation)
        self._refuse_others(command)
        found = self.context.tables.table(sr.NamedTable(command.table))
        if not isinstance(found, StoredTable) or not isinstance(found.source, DeltaScan):
            raise not_found(session, command.table, routines=True)
        self._source = found.source
        self._snapshot: Snapshot = DeltaLog.at(found.source.layout.storage).snapshot()
        self.table = replace(found, source=self._snapshot.scan(found.source.environment))
        fields = declared_schema(self._snapshot.schema).fields
        kept = tuple(f for f in fields if not isinstance(f.type, t.NullType))
        self.schema = t.StructType(kept)

    def _refuse_others(self, command: Statement) -> None:
        """Only tables can change, and of those only Delta tables."""
        if self._session.warehouse.is_delta_path(command.table):
            return
        found = require(self._session, command.table, routines=True)
        words, _ = _REFUSED[type(command)]
        if isinstance(found, Temporary) or found.is_view:
            raise self._refusal_of_view(command, found, words)
        if is_delta(found.provider):
            return
        self._require_sound(command, found)
        raise _no_operation(found.name.shown, command)

    def _refusal_of_view(
        self, command: Statement, found: Temporary | Table, words: str
    ) -> AnalysisError | UnsupportedError:
        """Spark looks through a view that is all of a table, and fails inside for DELETE from any
        other. Where the table could change, Boathouse refuses the view.
        """
        below = _all_of(self._session, found)
        if below is not None and is_delta(below.provider):
            return AnalysisError(
                "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE",
                viewName=shown_target(found),
                operation=words,
            )
        try:
            self._session.plan(_names_said(command), self._operation)
        except AnalysisError as error:
            if error.condition.partition(".")[0] in _NOT_THERE:
                return error
        if below is None and isinstance(command, sc.Delete):
            return AnalysisError("INTERNAL_ERROR", message="Unexpected table relation")
        return _no_operation("`unknown`" if below is None else below.name.shown, command)

    def _require_sound(self, command: Statement, table: Table) -> None:
        """What is not there, or may not stand there, is an error before the refusal of the whole,
        as in Spark; what else may be wrong with the statement is not.
        """
        found = self.context.tables.table(sr.NamedTable(command.table))
        assert isinstance(found, StoredTable)  # noqa: S101 - it was found as a table
        try:
            match command:
                case sc.Delete():
                    bind_delete(command, found, table.schema, self.context)
                case sc.Update():
                    bind_update(command, found, table.schema, self.context)
                case sc.Merge():
                    require_names(command, found, self.context)
        except AnalysisError as error:
            if error.condition.startswith("UNSUPPORTED_GENERATOR"):
                condition = "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT"
                raise AnalysisError(condition, plan=type(command).__name__) from None
            if error.condition.partition(".")[0] in _FOUND_FIRST:
                raise
        self._require_constants(command, table.schema)

    def _require_constants(self, command: Statement, schema: t.StructType) -> None:
        """Spark casts what is assigned and computes constants before it finds that it cannot do it:
        what fails then is an error first.
        """
        for query, types in _values_said(command, schema):
            try:
                plan = self._session.plan(query, self._operation)
            except AnalysisError:
                continue  # What else is wrong is not told: the refusal comes first.
            assigned = self._assigned(plan, types)
            execute.rewritten(assigned, self._session.engine, self._session.zone)

    def _assigned(self, plan: r.Relation, types: Sequence[t.DataType | None]) -> r.Relation:
        """The values of `plan` as columns of `types` take them."""
        if not isinstance(plan, r.Project) or not any(types):
            return plan
        values: list[e.Expression] = []
        for said, of in zip(plan.expressions, types, strict=True):
            value = unaliased(said)
            if of is not None and value.type != of:
                require_castable(value, of, CastMode.ANSI, shown_sql(value))
                value = cast(value, of, CastMode.ANSI, self.context)
            values.append(e.Alias(value, "value"))
        return replace(plan, expressions=tuple(values))

    def grown(self, schema: t.StructType, given: t.StructType) -> t.StructType:
        """The table's schema with what a source has beyond it."""
        widens = self._snapshot.properties.get("delta.enableTypeWidening", "").lower() == "true"
        return merged(schema, given, widens=widens)

    def run(self, change: Change, name: str, parameters: dict[str, Any]) -> Outcome:
        """Do it all and commit."""
        transaction = begin(self._session, self._snapshot, name, parameters)
        if change.schema != self.schema:
            absent = [f for f in self._snapshot.schema.fields if isinstance(f.type, t.NullType)]
            schema = t.StructType((*change.schema.fields, *absent))
            transaction.change_metadata(with_schema(self._snapshot.metadata, schema))

        def checked(plan: r.Relation) -> r.Relation:
            fields = change.schema.fields
            more = tuple(a.field for a in plan.output[len(fields) :])
            properties = transaction.metadata.configuration
            return checked_rows(plan, self.context, (*fields, *more), properties)

        changing = Changing(
            self._session,
            change,
            self._snapshot,
            transaction,
            self.context,
            self._operation,
            checked,
        )
        try:
            outcome = changing.run()
        except SparkArithmeticError as error:
            raise told_by_delta(error, change.schema) from error
        self._count_identities(transaction, change, outcome)
        if transaction.actions:
            transaction.metrics = METRICS[name](change, outcome)
            transaction.commit()
            for root in self._source.roots:
                self._session.warehouse.changed(root)
        return outcome

    def _count_identities(self, transaction: Transaction, change: Change, outcome: Outcome) -> None:
        """Keep in the schema how far identity columns have counted."""
        schema = schema_of(transaction.metadata.schema_string)
        after = schema
        for numbered in change.numbered:
            rows = sum(outcome.rows.get(n, 0) for n in numbered.clauses)
            name = change.schema.fields[numbered.column].name
            others = {f.name for f in schema.fields} - {name}
            after = after_identities(after, others, rows)
        if after != schema:
            transaction.change_metadata(with_schema(transaction.metadata, after))


def _no_operation(name: str, command: Statement) -> AnalysisError | UnsupportedError:
    words, error = _REFUSED[type(command)]
    condition = "UNSUPPORTED_FEATURE.TABLE_OPERATION"
    return error(condition, tableName=name, operation=words)


def _all_of(session: Session, view: Temporary | Table) -> Table | None:
    """The table that `view` is all of, by way of other such views; None for any other view."""
    found: Temporary | Table | None = view
    while isinstance(found, Temporary) or (found is not None and found.is_view):
        query = (
            found.view.query
            if isinstance(found, Temporary)
            else stored_query(session, found, found.settings)
        )
        while isinstance(query, sr.Project) and query.expressions == (se.Star(),):
            query = query.input
        found = find(session, query.parts) if isinstance(query, sr.NamedTable) else None
    return found


def _values_said(
    command: Statement, schema: t.StructType
) -> Iterator[tuple[sr.Relation, list[t.DataType | None]]]:
    """Queries of the conditions and values of `command`, over the rows that they see, each with the
    types of the columns of `schema` that take the values.
    """
    columns = {f.name.lower(): text_for_char(f.type) for f in schema.fields}

    def query(
        rows: sr.Relation,
        condition: se.Expression | None,
        assignments: Sequence[tuple[se.Expression, se.Expression]],
    ) -> tuple[sr.Relation, list[t.DataType | None]]:
        said = [
            (value, columns.get(key.parts[-1].lower()) if isinstance(key, se.Name) else None)
            for key, value in assignments
            if not isinstance(value, se.Default)
        ]
        if condition is not None:
            said.append((condition, None))
        if not said:
            return rows, []
        return sr.Project(rows, tuple(value for value, _ in said)), [of for _, of in said]

    target: sr.Relation = sr.NamedTable(command.table)
    if command.alias is not None:
        target = sr.SubqueryAlias(target, command.alias)
    match command:
        case sc.Delete():
            yield query(target, command.condition, ())
        case sc.Update():
            yield query(target, command.condition, command.assignments)
        case sc.Merge():
            both = sr.Join(target, command.source, sr.JoinType.INNER, command.condition)
            yield query(both, None, ())
            for rows, clauses in (
                (both, command.matched),
                (command.source, command.not_matched),
                (target, command.not_matched_by_source),
            ):
                for clause in clauses:
                    yield query(rows, clause.condition, clause.assignments)


def _names_said(command: Statement) -> sr.Relation:
    """A query with the names of `command`, to find those that are not there."""
    target: sr.Relation = sr.NamedTable(command.table)
    if command.alias is not None:
        target = sr.SubqueryAlias(target, command.alias)
    match command:
        case sc.Merge():
            joined = sr.Join(target, command.source, sr.JoinType.INNER, command.condition)
            return sr.Project(joined, ())
        case sc.Update():
            said = tuple(x for pair in command.assignments for x in pair)
            names = tuple(x for x in said if not isinstance(x, se.Default))
            return sr.Project(target, names)
        case sc.Delete():
            return target if command.condition is None else sr.Filter(target, command.condition)
