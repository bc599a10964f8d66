"""What is in files that are there already: rows, and for each column the bounds and the nulls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.duck import tree
from boathouse.tables.delta.data_files import Target
from boathouse.tables.delta.scan import FILE
from boathouse.tables.delta.statistics import BOUNDS, Leaf, chosen, statistics

if TYPE_CHECKING:
    from boathouse.files.environment import Environment
    from boathouse.tables.delta.actions import AddFile
    from boathouse.tables.delta.snapshot import Snapshot

Facts = tuple[int, Mapping[str, Mapping[str, str]]]
"""How many rows a file has, and DuckDB's statistics of its columns."""
_COUNT = "boathouse_count"


def recounted(
    snapshot: Snapshot, files: Sequence[AddFile], environment: Environment
) -> list[AddFile]:
    """`files`, none of which has a deletion vector, with the statistics that the table wants now,
    as actions that change no data.
    """
    target = Target.of(snapshot.log.storage, snapshot.metadata)
    columns = chosen(target.data, target.properties, mapped=target.mapped)
    names = [f.name for f in target.data]
    relation = snapshot.scan(environment, files).relation([*names, FILE])
    facts = measured(relation, FILE, columns, environment)
    counted: list[AddFile] = []
    for file in files:
        rows, given = facts.get(file.path, (0, {}))
        text = statistics(rows, given, columns)
        counted.append(replace(file, stats=text, data_change=False))
    return counted


def measured(
    relation: tree.Relation, file: str, columns: Sequence[Leaf], environment: Environment
) -> Mapping[str, Facts]:
    """What the rows of `relation`, whose columns have their logical names, say of each `file`."""
    bounded = [leaf for leaf in columns if type(leaf.of) in BOUNDS]
    values: list[tuple[tree.Expression, str]] = [
        (tree.column(file), file),
        (tree.aggregate("count_star"), _COUNT),
    ]
    for at, leaf in enumerate(bounded):
        value = _value(leaf)
        values += [
            (tree.aggregate("min", value).cast("VARCHAR"), f"low{at}"),
            (tree.aggregate("max", value).cast("VARCHAR"), f"high{at}"),
            (tree.aggregate("count", value), f"count{at}"),
        ]
    query = tree.Select(tuple(values), relation, group=(tree.column(file),))
    rows = environment.run(query, tree.rows_of(relation)).to_pylist()
    return {row[file]: (row[_COUNT], _given(row, bounded)) for row in rows}


def _value(leaf: Leaf) -> tree.Expression:
    value: tree.Expression = tree.column(leaf.logical[0])
    for name in leaf.logical[1:]:
        value = tree.field_of(value, name)
    return value


def _given(row: Mapping[str, object], columns: Sequence[Leaf]) -> dict[str, dict[str, str]]:
    given: dict[str, dict[str, str]] = {}
    for at, leaf in enumerate(columns):
        low, high, count = row[f"low{at}"], row[f"high{at}"], row[f"count{at}"]
        found = {"null_count": str(int(str(row[_COUNT])) - int(str(count)))}
        if low is not None:
            found |= {"min": str(low), "max": str(high), "has_nan": str(high == "nan").lower()}
        given[leaf.key] = found
    return given
