"""OPTIMIZE and REORG: files of a snapshot written anew, without a change of rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from boathouse.duck import tree
from boathouse.tables.delta import data_files
from boathouse.tables.delta.creation import ROW_COMMIT_VERSION, ROW_ID
from boathouse.tables.delta.data_files import TARGET_SIZE, Rows, Target, size_of
from boathouse.tables.delta.ordering import ordered, value_at
from boathouse.tables.delta.scan import METADATA
from boathouse.tables.delta.transaction import now

if TYPE_CHECKING:
    from boathouse.files.environment import Environment
    from boathouse.tables.delta.actions import AddFile, Metadata
    from boathouse.tables.delta.snapshot import Snapshot
    from boathouse.tables.delta.transaction import Transaction

CLUSTERED = "liquid"
"""What an `add` says of a file whose rows are clustered."""

Path = tuple[str, ...]
"""A column by its logical name; a part of a struct by several."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """`groups` of files of one snapshot, each to be written anew by itself; `order_by` are the
    columns by which the rows of a group come to lie near each other.
    """

    snapshot: Snapshot
    groups: Sequence[Sequence[AddFile]]
    order_by: tuple[Path, ...] = ()
    clusters: bool = False
    metadata: Metadata | None = None
    """What the table will be, where it changes with this."""


@dataclass(slots=True)
class Rewritten:
    """What was written for what."""

    added: list[AddFile] = field(default_factory=list)
    removed: list[AddFile] = field(default_factory=list)


def target_size(snapshot: Snapshot) -> int:
    """Bytes of a file of the table, about."""
    said = snapshot.properties.get("delta.targetFileSize")
    return TARGET_SIZE if said is None else size_of(said)


def rewritten(rewrite: Rewrite, environment: Environment) -> Rewritten:
    """Write all groups; the new files are on disk when this returns."""
    done = Rewritten()
    for group in rewrite.groups:
        files = _written(rewrite, group, environment)
        provider = CLUSTERED if rewrite.clusters else None
        done.added += [
            replace(file, data_change=False, clustering_provider=provider) for file in files
        ]
        done.removed += group
    return done


def collect(transaction: Transaction, done: Rewritten) -> None:
    """Have `transaction` put the new files in the place of the old ones."""
    vectors = [file for file in done.removed if file.deletion_vector is not None]
    moment = now()
    transaction.read_files(done.removed)
    transaction.add(*(file.removed(moment, data_change=False) for file in done.removed))
    transaction.add(*done.added)
    transaction.metrics = {
        "numAddedFiles": len(done.added),
        "numRemovedFiles": len(done.removed),
        "numAddedBytes": sum(file.size for file in done.added),
        "numRemovedBytes": sum(file.size for file in done.removed),
        "numDeletionVectorsRemoved": len(vectors),
    }


def described(rewrite: Rewrite, predicate: Sequence[str] = (), *, auto: bool) -> dict[str, str]:
    """What the history says of a rewrite; `auto`: nobody asked for it."""
    columns = json.dumps([".".join(path) for path in rewrite.order_by])
    return {
        "predicate": json.dumps(list(predicate)),
        "zOrderBy": "[]" if rewrite.clusters else columns,
        "clusterBy": columns if rewrite.clusters else "[]",
        "auto": str(auto).lower(),
    }


def _written(rewrite: Rewrite, group: Sequence[AddFile], environment: Environment) -> list[AddFile]:
    snapshot = rewrite.snapshot
    target = Target.of(snapshot.log.storage, rewrite.metadata or snapshot.metadata)
    names = [f.name for f in target.schema.fields]
    scan = snapshot.scan(environment, group)
    tracked = scan.layout.tracks_rows
    relation = scan.relation([*names, METADATA] if tracked else names)
    extra: tuple[tuple[str, str], ...] = ()
    if tracked:
        relation, extra = _with_row_ids(relation, names, snapshot)
    order: tuple[tree.SortKey, ...] = ()
    if rewrite.order_by:
        kept = [*names, *(name for name, _ in extra)]
        values = [value_at(tree.column(name), inner) for name, *inner in rewrite.order_by]
        relation, order = ordered(relation, kept, values)
    size = sum(file.size for file in group)
    files = max(1, round(size / target_size(snapshot)))
    rows = Rows(relation, names, tree.rows_of(relation), files, extra, order)
    return data_files.write(environment, target, rows)


def _with_row_ids(
    relation: tree.Relation, names: Sequence[str], snapshot: Snapshot
) -> tuple[tree.Relation, tuple[tuple[str, str], ...]]:
    """A row that moves keeps its id and the version that last changed it, in columns of its own."""
    known = {"row_id": ROW_ID, "row_commit_version": ROW_COMMIT_VERSION}
    facts = {name: snapshot.properties[key] for name, key in known.items()}
    metadata = tree.column(METADATA)
    columns = [(tree.column(name), name) for name in names]
    columns += [(tree.field_of(metadata, name), stored) for name, stored in facts.items()]
    pairs = tuple((stored, stored) for stored in facts.values())
    return tree.Select(tuple(columns), relation), pairs
