"""CONVERT TO DELTA: the actions that make a table of the Parquet files in a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from boathouse.duck import tree
from boathouse.errors.exceptions import AnalysisError
from boathouse.tables.delta.actions import AddFile
from boathouse.tables.delta.statistics import BOUNDS, Leaf, leaves, statistics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boathouse.files.listing import Listing
    from boathouse.files.scan import FileScan
    from boathouse.types import datatypes as t

_SAFE = "/!$&'()*+,;=:@~-._"


def checked_partitions(listing: Listing, stated: t.StructType) -> None:
    """The partition columns that directories name must be the ones stated, in their order."""
    found, wanted = listing.partitions.names, stated.names
    path = listing.files[0].path
    if len(found) != len(wanted):
        raise AnalysisError(
            "DELTA_UNEXPECTED_NUM_PARTITION_COLUMNS_FROM_FILE_NAME",
            expectedColsSize=len(wanted),
            expectedCols=list(wanted),
            parsedColsSize=len(found),
            parsedCols=list(found),
            path=path,
        )
    for name, other in zip(wanted, found, strict=True):
        if name.lower() != other.lower():
            raise AnalysisError(
                "DELTA_UNEXPECTED_PARTITION_COLUMN_FROM_FILE_NAME",
                expectedCol=name,
                parsedCol=other,
                path=path,
            )


def converted(scan: FileScan, root: str, stated: t.StructType, *, collect: bool) -> list[AddFile]:
    """The files of `scan` below `root` as parts of a table, with what is in them if `collect`."""
    facts = _facts(scan) if collect else {}
    columns = list(leaves(scan.data.fields, mapped=False))
    added: list[AddFile] = []
    for file in scan.listing.files:
        found = facts.get(file.path)
        text = None if found is None else statistics(found[0], found[1], columns)
        added.append(
            AddFile(
                quote(file.path[len(root) :].lstrip("/"), safe=_SAFE),
                partition_values=dict(zip(stated.names, file.partition, strict=True)),
                size=file.size,
                modification_time=file.modified // 1000,
                stats=text,
            )
        )
    return added


_FILE, _COUNT = "boathouse_file", "boathouse_count"


def _facts(scan: FileScan) -> Mapping[str, tuple[int, Mapping[str, Mapping[str, str]]]]:
    """Rows and bounds of each file, by its path."""
    columns = [leaf for leaf in leaves(scan.data.fields, mapped=False) if _has_bounds(leaf)]
    paths = tree.list_of(*[file.path for file in scan.listing.files])
    named = (("filename", tree.literal(_FILE)), ("union_by_name", tree.TRUE))
    source = tree.TableFunction("read_parquet", (paths,), named)
    values: list[tuple[tree.Expression, str]] = [
        (tree.column(_FILE), _FILE),
        (tree.aggregate("count_star"), _COUNT),
    ]
    for at, leaf in enumerate(columns):
        value = _value(leaf)
        values += [
            (tree.aggregate("min", value).cast("VARCHAR"), f"low{at}"),
            (tree.aggregate("max", value).cast("VARCHAR"), f"high{at}"),
            (tree.aggregate("count", value), f"count{at}"),
        ]
    query = tree.Select(tuple(values), source, group=(tree.column(_FILE),))
    rows = scan.environment.run(query).to_pylist()
    return {row[_FILE]: (row[_COUNT], _given(row, columns)) for row in rows}


def _has_bounds(leaf: Leaf) -> bool:
    return type(leaf.of) in BOUNDS


def _value(leaf: Leaf) -> tree.Expression:
    value: tree.Expression = tree.column(leaf.path[0])
    for name in leaf.path[1:]:
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
