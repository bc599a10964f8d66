"""MERGE: clauses bound in the scopes they may look at; the schema a target grows to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boathouse.analysis.assignments import GENERATED, NUMBER, Assignment, Columns
from boathouse.analysis.calls import is_random
from boathouse.analysis.changes import (
    columns_of,
    field_named,
    path_of,
    refuse_identity,
    require_plain,
    target_of,
)
from boathouse.analysis.conditions import as_condition
from boathouse.analysis.expressions import bind, unaliased
from boathouse.analysis.naming import qualified_sql
from boathouse.analysis.scope import Bound, Context, Scope, StoredTable
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import changes
from boathouse.plan import expressions as e
from boathouse.plan.tree import contains, walk
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.tables.delta.conditions import identity_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Iterable

Evolve = Callable[[t.StructType, t.StructType], t.StructType]
"""The schema of a table once columns of a source's schema are added to it."""

_MERGE = "MERGE operation"


def bind_merge(
    node: sc.Merge,
    table: StoredTable,
    schema: t.StructType,
    context: Context,
    evolve: Evolve | None = None,
) -> changes.Change:
    """MERGE INTO table USING source ON condition WHEN ...; `evolve` where the table's schema may
    follow the source's.
    """
    _require_clauses(node)
    target, bound = target_of(table, node, context)
    source = context.bind(node.source, context)
    return _Merging(node, target, bound, source, schema, context, evolve).change()


def require_names(node: sc.Merge, table: StoredTable, context: Context) -> None:
    """The errors of names that are not there, and of aggregates and the like, for a target that is
    refused later.
    """
    _, bound = target_of(table, node, context)
    source = context.bind(node.source, context)
    both = Scope.over(bound, source, context=context, clause="MERGE")
    given = Scope.over(source, context=context, clause="MERGE")
    own = Scope.over(bound, context=context, clause="MERGE")
    require_plain((bind(node.condition, both),))
    for clauses, scope in (
        (node.matched, both),
        (node.not_matched, given),
        (node.not_matched_by_source, own),
    ):
        for clause in clauses:
            asked = [clause.condition] if clause.condition is not None else []
            asked += [value for _, value in clause.assignments]
            for value in asked:
                if not isinstance(value, se.Default):
                    require_plain((bind(value, scope),))
            for name, _ in clause.assignments:
                bind(name, own)
            for column in bound.output if clause.star else ():
                bind(se.Name((column.name,)), given)


def _require_clauses(node: sc.Merge) -> None:
    if not (node.matched or node.not_matched or node.not_matched_by_source):
        raise AnalysisError("DELTA_MERGE_MISSING_WHEN")
    kinds = {
        "MATCHED": node.matched,
        "NOT_MATCHED": node.not_matched,
        "NOT_MATCHED_BY_SOURCE": node.not_matched_by_source,
    }
    for name, clauses in kinds.items():
        if any(clause.condition is None for clause in clauses[:-1]):
            raise AnalysisError(f"DELTA_NON_LAST_{name}_CLAUSE_OMIT_CONDITION")
    for clause in node.not_matched_by_source:
        if clause.star:
            raise AnalysisError("DELTA_UNEXPECTED_ACTION_EXPRESSION", expression="*")


@dataclass(frozen=True)
class _Merging:
    """One MERGE while it is bound."""

    node: sc.Merge
    target: changes.Target
    target_rows: Bound
    source: Bound
    schema: t.StructType
    context: Context
    evolve: Evolve | None

    def change(self) -> changes.Change:
        """Everything bound."""
        condition = self._condition(self.node.condition, self._both, "search", "search condition")
        columns = self._final_columns()
        matched = tuple(self._clause(x, self._both, columns) for x in self.node.matched)
        inserted = tuple(self._clause(x, self._source, columns) for x in self.node.not_matched)
        return changes.Change(
            self.target,
            condition,
            columns.schema,
            columns.unchanged(),
            self.source.plan,
            matched,
            inserted,
            tuple(self._clause(x, self._target, columns) for x in self.node.not_matched_by_source),
            _numbered(columns.schema, inserted, len(matched)),
        )

    # ---- what names mean ----

    @property
    def _both(self) -> Scope:
        return Scope.over(self.target_rows, self.source, context=self.context, clause="MERGE")

    @property
    def _source(self) -> Scope:
        return Scope.over(self.source, context=self.context, clause="MERGE")

    @property
    def _target(self) -> Scope:
        return Scope.over(self.target_rows, context=self.context, clause="MERGE")

    def _told(self, clause: str, scope: Scope, error: AnalysisError) -> AnalysisError:
        """`error` as a MERGE tells of names that nobody has."""
        if not error.condition.startswith("UNRESOLVED_COLUMN."):
            return error
        columns = ", ".join(qualified_sql(a) for a in scope.attributes)
        return AnalysisError(
            "DELTA_MERGE_UNRESOLVED_EXPRESSION",
            error.context,
            sqlExpr=error.parameters["objectName"].replace("`", ""),
            clause=clause,
            cols=f"columns {columns}",
        )

    def _bound(self, node: se.Expression, scope: Scope, clause: str) -> e.Expression:
        try:
            return unaliased(bind(node, scope))
        except AnalysisError as error:
            raise self._told(clause, scope, error) from None

    def _condition(self, node: se.Expression, scope: Scope, kind: str, clause: str) -> e.Expression:
        condition = as_condition(self._bound(node, scope, clause), scope.context)
        where = f"{kind} condition of {_MERGE}"
        shown = f"(condition = {qualified_sql(condition)})."
        if any(map(is_random, walk(condition))):
            name = "DELTA_NON_DETERMINISTIC_FUNCTION_NOT_SUPPORTED"
            raise AnalysisError(name, operation=where, expression=shown)
        if contains(condition, e.AggregateCall, e.WindowCall, e.GeneratorCall):
            raise AnalysisError("DELTA_AGGREGATION_NOT_SUPPORTED", operation=where, predicate=shown)
        if contains(condition, e.ScalarSubquery, e.Exists, e.InSubquery):
            raise AnalysisError(
                "DELTA_UNSUPPORTED_SUBQUERY", operation=where, cond=qualified_sql(condition)
            )
        return condition

    # ---- the schema afterwards ----

    def _final_columns(self) -> Columns:
        if self.evolve is None:
            return columns_of(self.target, self.schema, self.context)
        source = t.StructType(tuple(a.field for a in self.source.output))
        actions = (*self.node.matched, *self.node.not_matched)
        paths: set[tuple[str, ...]] = {p for x in actions for p in self._new_paths(x)}
        star = any(action.star for action in actions)
        wanted = _narrowed(source, (), paths, self.context.key, star=star)
        schema = self.evolve(self.schema, wanted)
        return columns_of(self.target, schema, self.context, evolves=True)

    def _new_paths(self, action: sc.MergeAction) -> Iterable[tuple[str, ...]]:
        """What the assignments of `action` name, in the form in which equal names are equal."""
        for key, _ in action.assignments:
            path = self._path(key, f"{action.verb.name} clause")
            yield tuple(self.context.key(part) for part in path)

    def _path(self, key: se.Expression, clause: str) -> tuple[str, ...]:
        """What the left side of an assignment names: with evolution it may be the source's."""
        try:
            return path_of(key, self._target)
        except AnalysisError as error:
            if not error.condition.startswith("UNRESOLVED_COLUMN.") or self.evolve is None:
                raise self._told(clause, self._target, error) from None
        try:
            return path_of(key, self._source)
        except AnalysisError as error:
            raise self._told(clause, self._source, error) from None

    # ---- clauses ----

    def _clause(self, action: sc.MergeAction, scope: Scope, columns: Columns) -> changes.Clause:
        verb = action.verb.name
        condition = None
        if action.condition is not None:
            condition = self._condition(action.condition, scope, verb, f"{verb} condition")
        values: tuple[e.Expression, ...] = ()
        if action.verb is sc.MergeVerb.UPDATE:
            values = columns.updated(self._updates(action, scope, columns))
        elif action.verb is sc.MergeVerb.INSERT:
            values = columns.inserted(self._inserts(action, scope, columns))
        require_plain(values)
        return changes.Clause(action.verb, condition, values)

    def _updates(self, action: sc.MergeAction, scope: Scope, columns: Columns) -> list[Assignment]:
        clause = "UPDATE clause"
        if action.star:
            every = self._all_leaves(columns) if columns.evolves else self._all_columns(clause)
            for one in every:
                refuse_identity(field_named(one.path[0], columns))
            return every
        found: list[Assignment] = []
        for key, value in action.assignments:
            path = self._path(key, clause)
            field = field_named(path[0], columns)
            refuse_identity(field)
            if not isinstance(value, se.Default) or field is None:
                found.append(Assignment(path, self._bound(value, scope, clause)))
            elif GENERATED not in dict(field.metadata):
                found.append(Assignment(path, columns.default(field)))
        return found

    def _inserts(
        self, action: sc.MergeAction, scope: Scope, columns: Columns
    ) -> Mapping[str, e.Expression]:
        key_of, clause = self.context.key, "INSERT clause"
        if action.star and columns.evolves:
            return {key_of(a.name): a for a in self.source.output}
        if action.star:
            return {key_of(x.path[0]): x.value for x in self._all_columns(clause)}
        found: dict[str, e.Expression] = {}
        said: set[str] = set()
        for key, value in action.assignments:
            path = self._path(key, clause)
            self._require_insertable(path, said)
            said.add(key_of(path[0]))
            if not isinstance(value, se.Default):
                found[key_of(path[0])] = self._bound(value, scope, clause)
        return found

    def _require_insertable(self, path: Sequence[str], said: set[str]) -> None:
        if len(path) > 1:
            raise AnalysisError(
                "DELTA_UNSUPPORTED_NESTED_FIELD_IN_OPERATION",
                operation=f"INSERT clause of {_MERGE}",
                fieldName=".".join(map(t.quoted, path)),
            )
        if self.context.key(path[0]) in said:
            raise AnalysisError("DELTA_DUPLICATE_COLUMNS_ON_INSERT")

    def _all_columns(self, clause: str) -> list[Assignment]:
        """``*``: every column of the target from the source's of the same name."""
        return [
            Assignment((a.name,), self._bound(se.Name((a.name,)), self._source, clause))
            for a in self.target.columns
        ]

    def _all_leaves(self, columns: Columns) -> list[Assignment]:
        """``*`` with evolution: every column of the source, structs field by field, so that fields
        that only the target has stay as they are.
        """
        found: list[Assignment] = []
        stack: list[tuple[tuple[str, ...], e.Expression, t.StructField | None]] = [
            ((a.name,), a, field_named(a.name, columns)) for a in reversed(self.source.output)
        ]
        while stack:
            path, value, there = stack.pop()
            both = there is not None and isinstance(there.type, t.StructType)
            if not isinstance(value.type, t.StructType) or not both:
                found.append(Assignment(path, value))
                continue
            for index, field in reversed(list(enumerate(value.type.fields))):
                stack.append(((*path, field.name), e.Field(value, index), _inside(there, field)))
        return found


def _numbered(
    schema: t.StructType, inserted: Sequence[changes.Clause], offset: int
) -> tuple[changes.Numbered, ...]:
    """The identity columns that some of the `inserted` clauses, numbered from `offset`, fill."""
    found: list[changes.Numbered] = []
    for column, field in enumerate(schema.fields):
        identity = identity_of(field)
        clauses = {n for n, x in enumerate(inserted, offset) if x.values[column] is NUMBER}
        if identity is not None and clauses:
            numbers = frozenset(clauses)
            found.append(changes.Numbered(column, identity.next, identity.step, numbers))
    return tuple(found)


def _inside(there: t.StructField | None, field: t.StructField) -> t.StructField | None:
    if there is None or not isinstance(there.type, t.StructType):
        return None
    return next((f for f in there.type.fields if f.name.lower() == field.name.lower()), None)


def _narrowed(
    schema: t.StructType,
    prefix: tuple[str, ...],
    paths: set[tuple[str, ...]],
    key: Callable[[str], str],
    *,
    star: bool,
) -> t.StructType:
    """The columns and fields of a source that some assignment names, or ``*`` does."""
    kept: list[t.StructField] = []
    for field in schema.fields:
        path = (*prefix, key(field.name))
        below = any(other[: len(path)] == path for other in paths)
        if path in paths or (star and not isinstance(field.type, t.StructType)):
            kept.append(field)
        elif isinstance(field.type, t.StructType) and (below or star):
            inner = _narrowed(field.type, path, paths, key, star=star)
            kept.append(t.StructField(field.name, inner, field.nullable, field.metadata))
    return t.StructType(tuple(kept))
