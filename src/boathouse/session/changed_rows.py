"""The rows that a change touches, as a relation: which clause met them and what they become.

A MERGE joins once, and the rows it found are kept inside the engine until the commit: a source that
would give other rows the second time is read but once. DELETE and UPDATE look at no source, and
simply read their rows again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

from boathouse.analysis.calls import bind_function
from boathouse.analysis.changes import is_deterministic
from boathouse.analysis.scope import Scope
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import references, walk
from boathouse.spec.commands import MergeVerb
from boathouse.spec.relations import JoinType
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    import pyarrow as pa

    from boathouse.analysis.scope import Context
    from boathouse.plan.changes import Change, Clause, Numbered

Attributes = tuple[e.Attribute, ...]


@dataclass(frozen=True, slots=True)
class ChangedRows:
    """A relation of touched rows. `clause` numbers the change's clauses, `file` and `row` say where
    a row was (null for a new one), `after` and `before` are its values (`before` only where it is
    kept), `row_id` what the table knows it by.
    """

    relation: r.Relation
    clause: e.Attribute
    file: e.Attribute
    row: e.Attribute
    after: Attributes
    before: Attributes = ()
    row_id: e.Attribute | None = None

    @property
    def columns(self) -> Attributes:
        """All of them."""
        found = (self.clause, self.file, self.row, *self.after, *self.before)
        return found if self.row_id is None else (*found, self.row_id)

    def over(self, source: r.Source) -> ChangedRows:
        """The same rows, kept as `source`, whose columns are these in order."""
        return replace(self, relation=r.Scan(source, source.schema.names, self.columns))


class Builder:
    """Builds relations over the rows of one change."""

    def __init__(self, change: Change, context: Context) -> None:
        """For `change`, bound in `context`."""
        self.change = change
        self._scope = Scope(context)
        self._first_ids: pa.Table | None = None
        self._mark = e.Alias(e.Literal(value=True, of=t.BOOLEAN), "boathouse_source")
        """A column of the source that is null where a row has no source."""

    def read(self, scan: r.Scan, first_ids: pa.Table | None) -> None:
        """Look at no rows of the target but those of `scan`. `first_ids` says, where the table
        keeps track of its rows, of each file the id of its first row and the version of them all.
        """
        self.change = self.change.reading(scan)
        self._first_ids = first_ids

    # ---- which rows ----

    def found(self, *, before: bool) -> ChangedRows:
        """The touched rows; `before`: with the values they had."""
        clause = e.Alias(self._clause(), "clause")
        joined = self._joined()
        below = r.Project(joined, (*joined.output, clause))
        met, row_id, _ = self.tracked(r.Filter(below, self._call("isnotnull", clause.attribute)))
        ids = () if row_id is None else (e.Alias(row_id, "id"),)
        after = self._after(clause.attribute)
        olds = self._before() if before else ()
        place = self._places(joined)
        plan = r.Project(met, (clause.attribute, *place, *after, *olds, *ids))
        return ChangedRows(
            plan,
            clause.attribute,
            e.attribute_of(place[0]),
            e.attribute_of(place[1]),
            tuple(x.attribute for x in after),
            tuple(x.attribute for x in olds),
            ids[0].attribute if ids else None,
        )

    def tracked(
        self, plan: r.Relation
    ) -> tuple[r.Relation, e.Expression | None, e.Expression | None]:
        """`plan`, over rows of the target, with the id and the last version of each, where the
        table keeps track of them: what a row brought with it, or what the log says of its file.
        """
        target = self.change.target
        if self._first_ids is None or self.change.inserts_only:
            return plan, None, None
        name, first, version = (
            e.Attribute(e.fresh_id(), "file", t.STRING),
            e.Attribute(e.fresh_id(), "first", t.LONG),
            e.Attribute(e.fresh_id(), "version", t.LONG),
        )
        known = r.LocalData(self._first_ids, (name, first, version))
        same = self._call("=", target.file.made_nullable(), name)
        joined = r.Join(plan, known, JoinType.LEFT_OUTER, same)
        kept_id, kept_version = (a.made_nullable() for a in target.track)
        number = self._call("+", first, target.row.made_nullable())
        return (
            joined,
            self._call("coalesce", kept_id, number),
            self._call("coalesce", kept_version, version),
        )

    def naming_files(self, rows: ChangedRows, names: pa.Table, of: t.DataType) -> ChangedRows:
        """`rows` with other names for their files, of the type `of`: the second column of `names`
        has them, the first those of now.
        """
        now = e.Attribute(e.fresh_id(), "known", rows.file.of)
        then = e.Attribute(e.fresh_id(), "file", of)
        known = r.LocalData(names, (now, then))
        same = self._call("=", rows.file.made_nullable(), now)
        joined = r.Join(rows.relation, known, JoinType.LEFT_OUTER, same)
        renamed = replace(rows, file=then.made_nullable())
        return replace(renamed, relation=r.Project(joined, renamed.columns))

    def _joined(self) -> r.Relation:
        """Target and source, the rows of each that some clause may be about."""
        change = self.change
        if change.source is None:
            scan = change.target.scan
            return scan if change.condition is None else r.Filter(scan, change.condition)
        marked = r.Project(change.source, (*change.source.output, self._mark))
        if change.inserts_only:
            return r.Join(marked, self.change.target.scan, JoinType.LEFT_ANTI, change.condition)
        kind = {
            (False, False): JoinType.INNER,
            (True, False): JoinType.RIGHT_OUTER,
            (False, True): JoinType.LEFT_OUTER,
            (True, True): JoinType.FULL_OUTER,
        }[bool(change.not_matched), bool(change.not_matched_by_source)]
        return r.Join(self.change.target.scan, marked, kind, change.condition)

    def _clause(self) -> e.Expression:
        """The number of the clause that a joined row meets, null for none."""
        change = self.change
        if change.source is None:
            return e.Literal(0, t.INTEGER)
        first = self._first(change.matched, 0)
        if change.inserts_only:
            return self._first(change.not_matched, 0)
        new = self._first(change.not_matched, len(change.matched))
        left = self._first(
            change.not_matched_by_source, len(change.matched) + len(change.not_matched)
        )
        branches: list[tuple[e.Expression, e.Expression]] = []
        if change.not_matched:
            branches.append((self._is_null(change.target.file), new))
        if change.not_matched_by_source:
            branches.append((self._is_null(self._mark.attribute), left))
        return e.Case(tuple(branches), first, t.INTEGER) if branches else first

    def _first(self, clauses: Sequence[Clause], offset: int) -> e.Expression:
        branches: list[tuple[e.Expression, e.Expression]] = []
        for number, clause in enumerate(clauses, offset):
            value = e.Literal(number, t.INTEGER)
            if clause.condition is None:
                return e.Case(tuple(branches), value, t.INTEGER) if branches else value
            branches.append((clause.condition, value))
        nothing = e.Literal(None, t.INTEGER)
        return e.Case(tuple(branches), None, t.INTEGER) if branches else nothing

    def _places(self, joined: r.Relation) -> tuple[e.Named, e.Named]:
        target = self.change.target
        if self.change.inserts_only:
            nowhere = e.Alias(e.Literal(None, t.STRING), "file")
            return nowhere, e.Alias(e.Literal(None, t.LONG), "row")
        known = {a.id: a for a in joined.output}
        return known[target.file.id], known[target.row.id]

    def _before(self) -> tuple[e.Alias, ...]:
        """The values that a row had, under the columns of the table as it will be."""
        fields = self.change.schema.fields
        if self.change.inserts_only:
            return tuple(e.Alias(e.Literal(None, f.type), f.name) for f in fields)
        pairs = zip(self.change.kept, fields, strict=True)
        return tuple(e.Alias(value, f.name) for value, f in pairs)

    def _after(self, clause: e.Attribute) -> tuple[e.Alias, ...]:
        """The values of each column, as the clause of a row says."""
        return tuple(
            e.Alias(self._value(clause, i, f.type), f.name)
            for i, f in enumerate(self.change.schema.fields)
        )

    def _value(self, clause: e.Attribute, column: int, of: t.DataType) -> e.Expression:
        writing = [(n, x.values[column]) for n, x in enumerate(self.change.clauses) if x.values]
        for numbered in self.change.numbered:
            if numbered.column == column:
                number = self._number(clause, numbered)
                writing = [(n, number if n in numbered.clauses else x) for n, x in writing]
        if not writing:
            return e.Literal(None, of)
        if len(writing) == len(self.change.clauses) and len({id(x) for _, x in writing}) == 1:
            return writing[0][1]
        branches = [
            (self._call("=", clause, e.Literal(number, t.INTEGER)), value)
            for number, value in writing
        ]
        return e.Case(tuple(branches), None, of)

    def _number(self, clause: e.Attribute, numbered: Numbered) -> e.Expression:
        """The next numbers for the rows of the clauses that are numbered, which are counted apart
        from all others.
        """
        met = self._met(clause, sorted(numbered.clauses))
        count = bind_function("row_number", [], self._scope)
        assert isinstance(count, e.AggregateCall)  # noqa: S101 - a window function is one
        place = self._call(
            "*", e.WindowCall(count, (met,)), e.Literal(numbered.step, t.LONG)
        )  # of the first row 1
        return self._call("+", place, e.Literal(numbered.first - numbered.step, t.LONG))

    def target_filters(self) -> list[e.Expression]:
        """What holds for every row of the target that is looked at, as far as it is about the
        target alone.
        """
        change = self.change
        if change.condition is None or change.not_matched_by_source:
            return []
        own = {a.id for a in change.target.scan.attributes}
        return [x for x in _conjuncts(change.condition) if references(x) <= own]

    def key_ranges(self) -> r.Relation | None:
        """One row: the least and the greatest of each key of the source, in the order of
        `range_filters`. None where there are none, or where reading the source once more might
        give other rows.
        """
        keys = self._keys()
        if not keys or self.change.source is None or not _is_settled(self.change.source):
            return None
        ends = [
            e.Alias(self._call(name, key), f"{name}{at}")
            for at, (_, key) in enumerate(keys)
            for name in ("min", "max")
        ]
        return r.Aggregate(self.change.source, (), tuple(ends))

    def range_filters(self, ends: Sequence[object]) -> list[e.Expression]:
        """What holds of the target's rows that may match, `ends` being the row of `key_ranges`."""
        found: list[e.Expression] = []
        for (own, key), least, most in zip(self._keys(), ends[::2], ends[1::2], strict=True):
            if least is None:
                return [e.Literal(value=False, of=t.BOOLEAN)]
            for symbol, end in ((">=", least), ("<=", most)):
                found.append(self._call(symbol, own, e.Literal(end, key.type)))
        return found

    def _keys(self) -> list[tuple[e.Expression, e.Expression]]:
        """What of the target must equal what of the source, if its values have an order in which
        the log's statistics are kept.
        """
        change = self.change
        if change.condition is None or change.source is None or change.not_matched_by_source:
            return []
        own = {a.id for a in change.target.scan.attributes}
        others = {a.id for a in change.source.output}
        found: list[tuple[e.Expression, e.Expression]] = []
        for one in _conjuncts(change.condition):
            if not isinstance(one, e.Call) or one.function.name != "=":
                continue
            left, right = one.arguments
            for mine, theirs in ((left, right), (right, left)):
                if mine is None or theirs is None or not _has_order(theirs.type):
                    continue
                a, b = references(mine), references(theirs)
                if a and b and a <= own and b <= others:
                    found.append((mine, theirs))
        return found

    # ---- what becomes of them ----

    def numbers_of(self, *verbs: MergeVerb) -> list[int]:
        """The numbers of the clauses that do one of `verbs`."""
        return [n for n, clause in enumerate(self.change.clauses) if clause.verb in verbs]

    def among(self, rows: ChangedRows, numbers: Sequence[int]) -> r.Relation:
        """The rows that met one of these clauses."""
        if len(numbers) == len(self.change.clauses):
            return rows.relation
        return r.Filter(rows.relation, self._met(rows.clause, numbers))

    def _met(self, clause: e.Attribute, numbers: Sequence[int]) -> e.Expression:
        """Whether a row met one of these clauses."""
        met = [self._call("=", clause, e.Literal(n, t.INTEGER)) for n in numbers]
        none: e.Expression = e.Literal(value=False, of=t.BOOLEAN)
        return reduce(lambda a, b: self._call("or", a, b), met, none)

    def kept(self, rows: ChangedRows, scan: r.Scan, *, read_again: bool) -> r.Relation:
        """The rows of `scan`, another view of the target, that no clause has met."""
        target, none = self.change.target, e.Literal(value=False, of=t.BOOLEAN)
        if read_again:
            if self.change.condition is None:
                return r.Filter(scan, none)
            met = self._call("coalesce", self.change.condition, none)
            return r.Filter(scan, self._call("not", met))
        file, row = rows.file.renewed(), rows.row.renewed()
        places = r.Project(
            rows.relation, (e.Alias(rows.file, "file", file.id), e.Alias(rows.row, "row", row.id))
        )
        same = self._call(
            "and", self._call("=", target.file, file), self._call("=", target.row, row)
        )
        return r.Join(scan, places, JoinType.LEFT_ANTI, same)

    def _is_null(self, attribute: e.Attribute) -> e.Expression:
        return self._call("isnull", attribute.made_nullable())

    def _call(self, name: str, *arguments: e.Expression) -> e.Expression:
        return bind_function(name, arguments, self._scope)


_ORDERED = (
    t.ByteType,
    t.ShortType,
    t.IntegerType,
    t.LongType,
    t.DateType,
    t.TimestampType,
    t.TimestampNTZType,
)


def _has_order(of: t.DataType) -> bool:
    """Text only where it is compared by its bytes."""
    return of == t.STRING or isinstance(of, _ORDERED)


def _is_settled(source: r.Relation) -> bool:
    """Whether `source` is rows that are there, looked at one by one: reading their keys once more
    is cheap and gives the same.
    """
    while isinstance(source, (r.Project, r.Filter)):
        looked = source.expressions if isinstance(source, r.Project) else (source.condition,)
        dear = (e.WindowCall, e.ScalarSubquery, e.Exists, e.InSubquery)
        if not is_deterministic(looked) or any(
            isinstance(node, dear) for root in looked for node in walk(root)
        ):
            return False
        source = source.child
    return isinstance(source, (r.LocalData, r.OneRow, r.Scan, r.Values, r.Range))


def _conjuncts(condition: e.Expression) -> list[e.Expression]:
    """The conditions that AND joins."""
    found: list[e.Expression] = []
    stack = [condition]
    while stack:
        node = stack.pop()
        if isinstance(node, e.Call) and node.function.name == "and":
            stack.extend(x for x in reversed(node.arguments) if x is not None)
        else:
            found.append(node)
    return found
