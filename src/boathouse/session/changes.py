"""Changes of rows of a Delta table, from the bound change to the commit.

The touched rows are found first, on no more files than need be. Then each file's fate is decided:
whole files go by name alone, most others get a deletion vector, some are written anew. What was
inserted and updated goes into new files, with it the rows that a rewritten file keeps, and, where
the table has a change data feed, a file says what became of each row.
"""

from __future__ import annotations

import itertools
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyroaring import BitMap64

from boathouse import duck
from boathouse.duck import stored, tree
from boathouse.duck.render import render
from boathouse.errors.exceptions import UnsupportedError
from boathouse.lower.expressions import column_name
from boathouse.lower.relations import Lowering
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.changes import Clause
from boathouse.plan.tree import references
from boathouse.session import execute
from boathouse.session.cache import Kept
from boathouse.session.change_files import Part, Writing
from boathouse.session.changed_rows import Builder, ChangedRows
from boathouse.spec.commands import MergeVerb
from boathouse.tables.delta import paths, row_changes
from boathouse.tables.delta.partition_values import arrow_values
from boathouse.tables.delta.row_changes import Fate, Touched
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.analysis.scope import Context
    from boathouse.plan.changes import Change
    from boathouse.session.operations import Operation
    from boathouse.session.session import Session
    from boathouse.tables.delta.actions import AddFile
    from boathouse.tables.delta.snapshot import Snapshot
    from boathouse.tables.delta.transaction import Transaction

_numbers = itertools.count(1)
_MANY_FILES = 2
"""From how many files on it pays to learn the range of a source's keys."""


@dataclass(slots=True)
class Outcome:
    """What a change came to: rows by the number of their clause, files, and the time of each part
    in milliseconds.
    """

    rows: dict[int, int] = field(default_factory=dict)
    source_rows: int | None = None
    copied: int = 0
    before: tuple[AddFile, ...] = ()
    fate: Fate = field(default_factory=Fate)
    added: list[AddFile] = field(default_factory=list)
    change_files: list[AddFile] = field(default_factory=list)
    scan_time: int = 0
    rewrite_time: int = 0
    whole_time: int = 0


class Changing:
    """One change of the rows of `snapshot`, collected in `transaction`."""

    def __init__(
        self,
        session: Session,
        change: Change,
        snapshot: Snapshot,
        transaction: Transaction,
        context: Context,
        operation: Operation,
        checked: Callable[[r.Relation], r.Relation] = lambda plan: plan,
    ) -> None:
        """`checked` puts the table's constraints above a relation that begins with its columns."""
        self._session = session
        self._snapshot = snapshot
        self._transaction = transaction
        self._operation = operation
        self._environment = session.files(operation)
        self._storage = snapshot.log.storage
        self._builder = Builder(change, context)
        self._change = change
        self._writing = Writing(session, snapshot.log.storage, transaction, operation, checked)
        self._kept: Kept | None = None
        self._found_rows: Sequence[Touched] = ()
        self.outcome = Outcome()

    # ---- the whole ----

    def run(self) -> Outcome:
        """Find the rows, write the files, collect the actions."""
        started = time.monotonic()
        try:
            self._run()
        finally:
            if self._kept is not None:
                for statement in stored.discard(self._kept.name):
                    self._session.engine.run(statement)
        self.outcome.whole_time = _milliseconds(started)
        return self.outcome

    def _run(self) -> None:
        started = time.monotonic()
        if self._removes_whole_files():
            self.outcome.scan_time = _milliseconds(started)
            return
        rows = self._found()
        touched = self._found_rows = self._touched(rows)
        self.outcome.scan_time = _milliseconds(started)
        started = time.monotonic()
        fate = row_changes.fate_of(touched, self._storage, vectors=self._has_vectors())
        self.outcome.fate = fate
        self._write(rows, fate)
        self._transaction.read_files([one.file for one in touched])
        self._transaction.add(*row_changes.actions_of(fate, self._storage))
        if fate.marked and self._changes_all_it_meets():
            row_changes.keep_apart(self._transaction, touched)
        self.outcome.rewrite_time = _milliseconds(started)

    # ---- what the table is like ----

    def _flag(self, name: str) -> bool:
        return self._snapshot.properties.get(name, "").lower() == "true"

    def _has_vectors(self) -> bool:
        features = self._snapshot.protocol.writer_features or ()
        return self._flag("delta.enableDeletionVectors") and "deletionVectors" in features

    def _has_feed(self) -> bool:
        return self._flag("delta.enableChangeDataFeed")

    def _tells_itself(self, fate: Fate) -> bool:
        """Whether readers of the feed see what happened from the files alone: whole files came, or
        went, but no row was updated.
        """
        return not (fate.marked or fate.rewritten or self._done(MergeVerb.UPDATE))

    def _done(self, *verbs: MergeVerb) -> list[int]:
        """The numbers of the clauses of `verbs` that some row met."""
        return [n for n in self._builder.numbers_of(*verbs) if self.outcome.rows.get(n)]

    def _changes_all_it_meets(self) -> bool:
        """Whether every row that was met is one that changes: then nothing hangs on what others did
        to other rows.
        """
        matched = self._change.matched
        settled = bool(matched) and matched[-1].condition is None
        return not self._change.not_matched or settled

    # ---- whole files ----

    def _removes_whole_files(self) -> bool:
        """Take away whole files, where a DELETE says which without a look into them."""
        change = self._change
        if change.source is not None or change.matched[0].verb is not MergeVerb.DELETE:
            return False
        if change.condition is None:
            files = self._snapshot.files.files()
        else:
            partitions = self._partition_columns()
            asked = references(change.condition)
            if not asked or not asked <= partitions.keys():
                return False
            files = self._of_partitions(partitions)
        counts = [row_changes.live_records(file) for file in files]
        known = [count for count in counts if count is not None]
        self.outcome.rows[0] = sum(known) if len(known) == len(counts) else -1
        self.outcome.before = tuple(files)
        self.outcome.fate = Fate(removed=tuple(files))
        self._transaction.read_files(files)
        self._transaction.add(*row_changes.actions_of(self.outcome.fate, self._storage))
        return True

    def _partition_columns(self) -> dict[int, t.StructField]:
        """The target's partition columns by id."""
        names = {name.lower() for name in self._snapshot.partition_by}
        fields = {f.name.lower(): f for f in self._snapshot.schema.fields}
        columns = self._change.target.columns
        return {a.id: fields[a.name.lower()] for a in columns if a.name.lower() in names}

    def _of_partitions(self, partitions: Mapping[int, t.StructField]) -> list[AddFile]:
        """The files whose partition values meet the condition, which is about nothing else."""
        files = self._snapshot.files.files()
        mapping, zone = self._snapshot.mapping, self._session.zone
        columns = [a for a in self._change.target.columns if a.id in partitions]
        values = [pa.array(range(len(files)), pa.int64())]
        for attribute in columns:
            physical = mapping.physical(partitions[attribute.id])
            texts = [file.partition_values.get(physical) for file in files]
            values.append(arrow_values(texts, attribute.of, zone))
        number = e.Attribute(e.fresh_id(), "number", t.LONG, may_be_null=False)
        table = pa.table(values, names=[f"c{i}" for i in range(len(values))])
        known = r.LocalData(table, (number, *columns))
        assert self._change.condition is not None  # noqa: S101 - asked before
        met = r.Project(r.Filter(known, self._change.condition), (number,))
        found = execute.rows(met, self._session.engine, zone)
        return [files[row] for (row,) in found]

    # ---- finding ----

    def _found(self) -> ChangedRows:
        """The touched rows; those of a MERGE are kept inside the engine."""
        files = self._candidates()
        self.outcome.before = tuple(files)
        self._builder.read(self._scan(files), self._first_ids(files))
        rows = self._builder.found(before=self._has_feed())
        return rows if self._change.source is None else self._stored(rows, files)

    def _stored(self, rows: ChangedRows, files: Sequence[AddFile]) -> ChangedRows:
        """`rows`, kept inside the engine: with the numbers of their files, for a path takes more
        room than all else that is known of many a row.
        """
        known = [pa.array(self._paths(files), pa.string()), pa.array(range(len(files)), pa.int64())]
        rows = self._builder.naming_files(rows, pa.table(known, names=["c0", "c1"]), t.LONG)
        statement = execute.compiled(rows.relation, self._session.engine, self._session.zone)
        name = f"changed_{next(_numbers)}"
        names = tuple(f"c{i}" for i in range(len(rows.columns)))
        create, show = stored.store(name, names, statement.sql)
        engine = self._session.engine
        with engine.execute(create, tables=statement.tables, zone=self._session.zone) as stream:
            self._operation.on_cancel(stream.interrupt)
            stream.read_all()
            generation = stream.generation
        schema = t.StructType(
            tuple(t.StructField(n, a.of) for n, a in zip(names, rows.columns, strict=True))
        )
        self._kept = Kept(name, schema, generation)
        engine.run(show)
        kept = rows.over(self._kept)
        return self._builder.naming_files(kept, pa.table(known[::-1], names=["c0", "c1"]), t.STRING)

    def _candidates(self) -> list[AddFile]:
        """The files that may hold a row to be touched."""
        filters = [*self._builder.target_filters(), *self._key_filters()]
        columns = {a.id: a.name for a in self._change.target.columns}
        files, zone = self._snapshot.files, self._session.zone

        def may_match(file: AddFile) -> bool:
            return bool(row_changes.alone(file, files).matching(filters, columns, zone))

        self._transaction.read_predicate(may_match)
        return files.matching(filters, columns, zone)

    def _key_filters(self) -> list[e.Expression]:
        """What holds of the target's rows that some row of the source may match, by the range of
        the source's keys: a look at the source that saves one at the files beyond.
        """
        if self._snapshot.files.count < _MANY_FILES:
            return []
        ranges = self._builder.key_ranges()
        if ranges is None:
            return []
        (ends,) = execute.rows(ranges, self._session.engine, self._session.zone)
        return self._builder.range_filters(ends)

    def _first_ids(self, files: Sequence[AddFile]) -> pa.Table | None:
        """What the log says of the ids and versions of each file's rows, where it does."""
        if not self._change.target.track:
            return None
        numbers = (
            [file.base_row_id for file in files],
            [file.default_row_commit_version for file in files],
        )
        columns = [
            pa.array(self._paths(files), pa.string()),
            *(pa.array(x, pa.int64()) for x in numbers),
        ]
        return pa.table(columns, names=["c0", "c1", "c2"])

    def _paths(self, files: Sequence[AddFile]) -> list[str]:
        """What a scan calls each file."""
        return [paths.readable(self._storage, file.path) for file in files]

    def _scan(self, files: Sequence[AddFile]) -> r.Scan:
        source = self._snapshot.scan(self._environment, files)
        return replace(self._change.target.scan, source=source)

    def _touched(self, rows: ChangedRows) -> list[Touched]:
        """The touched rows of each file, counted by clause on the way.
        DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE where one is met twice.
        """
        found: list[Touched] = []
        files = dict(zip(self._paths(self.outcome.before), self.outcome.before, strict=True))
        plan = r.Project(rows.relation, (rows.clause, rows.file, rows.row))
        lowering = Lowering()
        inner = lowering.query(execute.rewritten(plan, self._session.engine, self._session.zone))
        clause, file, row = (
            tree.column(column_name(a.id)) for a in (rows.clause, rows.file, rows.row)
        )
        listed = duck.aggregate("list", row)
        query = tree.Select(
            ((clause, "clause"), (file, "file"), (listed, "rows")), inner, group=(clause, file)
        )
        by_file: dict[str, BitMap64] = {}
        for number, path, numbers in self._batches(query, lowering.tables):
            if path is None:
                self._count(number, len(numbers))
                continue
            bitmap = BitMap64(array("Q", numbers.to_numpy(zero_copy_only=False).tobytes()))
            before = by_file.get(path)
            if len(bitmap) < len(numbers) or (before is not None and before & bitmap):
                self._refuse_twice_matched()
            self._count(number, len(bitmap))
            by_file[path] = bitmap if before is None else before | bitmap
        found.extend(Touched(files[path], bitmap) for path, bitmap in by_file.items())
        return found

    def _batches(self, query: tree.Relation, tables: Mapping[str, Any]) -> Any:
        text = render(query)
        with self._session.engine.execute(text, tables=tables, zone=self._session.zone) as stream:
            self._operation.on_cancel(stream.interrupt)
            for batch in stream:
                clauses, files, rows = batch.columns
                for at in range(batch.num_rows):
                    yield clauses[at].as_py(), files[at].as_py(), rows[at].values

    def _count(self, clause: int, rows: int) -> None:
        self.outcome.rows[clause] = self.outcome.rows.get(clause, 0) + rows

    def _refuse_twice_matched(self) -> None:
        """Deleting a row twice is no contradiction; all else is."""
        if self._change.matched == (Clause(MergeVerb.DELETE),):
            return
        raise UnsupportedError(
            "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE",
            usageReference="https://docs.delta.io/latest/delta-update.html",
        )

    # ---- writing ----

    def _write(self, rows: ChangedRows, fate: Fate) -> None:
        """New files: what was inserted and updated, and what rewritten files keep; what became of
        each row.
        """
        change, outcome, parts = self._change, self.outcome, list[Part]()
        numbers = self._done(MergeVerb.UPDATE, MergeVerb.INSERT)
        if numbers:
            new = self._builder.among(rows, numbers)
            parts.append(Part(new, rows.after, rows.row_id, None, checked=True))
        if fate.rewritten:
            scan = self._scan(fate.rewritten)
            left = self._builder.kept(rows, scan, read_again=self._kept is None)
            left, row_id, row_version = self._builder.tracked(left)
            parts.append(Part(left, change.kept, row_id, row_version))
            outcome.copied = self._left(fate)
        outcome.added = self._writing.data(parts)
        if self._has_feed() and not self._tells_itself(fate):
            outcome.change_files = self._writing.changes(self._images(rows))

    def _left(self, fate: Fate) -> int:
        """How many rows of rewritten files stay as they are."""
        live = sum(row_changes.live_records(file) or 0 for file in fate.rewritten)
        paths = {file.path for file in fate.rewritten}
        return live - sum(len(one.rows) for one in self._found_rows if one.file.path in paths)

    def _images(self, rows: ChangedRows) -> list[tuple[str, r.Relation, Sequence[e.Expression]]]:
        """What became of each row, by the feed's word for it."""
        images: list[tuple[str, r.Relation, Sequence[e.Expression]]] = []
        among, keys = self._builder.among, (rows.file, rows.row)
        if numbers := self._done(MergeVerb.DELETE):
            images.append(("delete", r.DistinctOn(among(rows, numbers), keys), rows.before))
        if numbers := self._done(MergeVerb.UPDATE):
            images.append(("update_preimage", among(rows, numbers), rows.before))
            images.append(("update_postimage", among(rows, numbers), rows.after))
        if numbers := self._done(MergeVerb.INSERT):
            images.append(("insert", among(rows, numbers), rows.after))
        return images


def _milliseconds(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
