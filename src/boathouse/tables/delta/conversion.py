"""CONVERT TO DELTA: the actions that make a table of the Parquet files in a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from boathouse.duck import tree
from boathouse.errors.exceptions import AnalysisError
from boathouse.tables.delta.actions import AddFile
from boathouse.tables.delta.measuring import Facts, measured
from boathouse.tables.delta.statistics import leaves, statistics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boathouse.files.listing import Listing
    from boathouse.files.scan import FileScan
    from boathouse.types import datatypes as t

_FILE = "boathouse_file"
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


def _facts(scan: FileScan) -> Mapping[str, Facts]:
    """Rows and bounds of each file, by its path."""
    paths = tree.files_at(*[file.path for file in scan.listing.files])
    named = (("filename", tree.literal(_FILE)), ("union_by_name", tree.TRUE))
    source = tree.TableFunction("read_parquet", (paths,), named)
    return measured(source, _FILE, list(leaves(scan.data.fields, mapped=False)), scan.environment)
