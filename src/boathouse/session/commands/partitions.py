"""Partitions of a table over files, which are its directories: listed, added, dropped, renamed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from boathouse.analysis.coercion import cast
from boathouse.errors.exceptions import AnalysisError, unsupported
from boathouse.files.partitions import DEFAULT_PARTITION, directory_name
from boathouse.session.commands.assignments import partition_value, stored
from boathouse.session.commands.targets import table_operation
from boathouse.session.delta import is_delta
from boathouse.session.delta_writing import opened
from boathouse.spec import expressions as se
from boathouse.types import datatypes as t
from boathouse.types.char_types import text_for_char

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.session.catalog import Table
    from boathouse.session.session import Session
    from boathouse.spec import commands as sc

Partition = tuple[tuple[str, str | None], ...]
"""Column and value as text, None for NULL."""
Said = tuple[tuple[str, se.Expression], ...]


def partitions_of(table: Table) -> list[Partition]:
    """The partitions of `table`, in the order of their names."""
    if is_delta(table.provider):
        return list(opened(table).snapshot().partitions())
    found: list[Partition] = []
    depth = len(table.partition_by)

    def visit(directory: Path, above: Partition) -> None:
        if len(above) == depth:
            found.append(above)
            return
        for entry in sorted(os.scandir(directory), key=lambda e: e.name):
            name, separator, value = entry.name.partition("=")
            if separator and entry.is_dir():
                visit(Path(entry.path), (*above, (unquote(name), _value(value))))

    if depth and Path(table.path).is_dir():
        visit(Path(table.path), ())
    return found


def _value(text: str) -> str | None:
    return None if text == DEFAULT_PARTITION else unquote(text)


def name_of(partition: Partition) -> str:
    """``a=1/b=x``."""
    return "/".join(directory_name(*pair) for pair in partition)


def place_of(table: Table, partition: Partition) -> Path:
    """The directory of a partition."""
    return Path(table.path) / name_of(partition)


_ANYTHING = "spark.sql.legacy.skipTypeValidationOnAlterPartition"


def said(
    session: Session, table: Table, pairs: Said, *, lenient: bool = False, mark: str = "{}"
) -> Partition:
    """The values of a PARTITION clause as text, in the order of the table's partition columns.
    PARTITIONS_NOT_FOUND for a column that is none, _LEGACY_ERROR_TEMP_1076 for an empty text, where
    values stand in `mark`. `lenient`: a setting says whether values must fit their columns.
    """
    values: dict[str, str | None] = {}
    context = session.context()
    anything = lenient and session.settings.flag(_ANYTHING)
    for column, value in pairs:
        name = require_column(table, column)
        of = next(f.type for f in table.schema.fields if f.name == name)
        of = t.STRING if anything else of
        bound = stored(partition_value(value, text_for_char(of), context), of, context)
        values[name] = context.fold(cast(bound, t.STRING, se.CastMode.ANSI, context))
    found = tuple((name, values[name]) for name in table.partition_by if name in values)
    if any(value == "" for _, value in found):
        shown = ", ".join(f"{name}={mark.format(value)}" for name, value in found)
        details = f"The spec ([{shown}]) contains an empty partition column value"
        raise AnalysisError("_LEGACY_ERROR_TEMP_1076", details=details)
    return found


def require_whole(table: Table, wanted: Partition, action: str) -> None:
    """An error of Spark for a table without partitions, and for a value of too few columns."""
    if not table.partition_by:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1251", action=action, tableName=table.name.table)
    if len(wanted) < len(table.partition_by):
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1232",
            specKeys=", ".join(name for name, _ in wanted),
            partitionColumnNames=", ".join(table.partition_by),
            tableName=table.name.shown,
        )


def require_column(table: Table, column: str) -> str:
    """The partition column of that name, in any case; PARTITIONS_NOT_FOUND for none."""
    name = next((p for p in table.partition_by if p.lower() == column.lower()), None)
    if name is None:
        raise AnalysisError(
            "PARTITIONS_NOT_FOUND", partitionList=t.quoted(column), tableName=table.name.shown
        )
    return name


def matching(table: Table, wanted: Partition) -> list[Partition]:
    """The partitions that have the values of `wanted`."""
    return [p for p in partitions_of(table) if set(wanted) <= set(p)]


def not_found(table: Table, *wanted: Partition) -> AnalysisError:
    """The error for partitions that are not there."""
    return AnalysisError(
        "PARTITIONS_NOT_FOUND",
        partitionList=", ".join(_shown(table, partition) for partition in wanted),
        tableName=table.name.short,
    )


def _shown(table: Table, partition: Partition) -> str:
    told = [(name, DEFAULT_PARTITION if value is None else value) for name, value in partition]
    values = ", ".join(f"{t.quoted(name)} = {value}" for name, value in told)
    return f"PARTITION ({values})"


# Nothing has to be found again: the directories are the partitions.
REPAIRS = {"recover": "ALTER TABLE RECOVER PARTITIONS", "repair": "MSCK REPAIR TABLE"}


def alter_partitions(session: Session, table: Table, action: sc.AlterPartitions) -> None:
    """ADD, DROP, RENAME and RECOVER PARTITIONS."""
    if not table.partition_by:
        if action.verb in REPAIRS:
            raise AnalysisError(
                "NOT_A_PARTITIONED_TABLE",
                operation=REPAIRS[action.verb],
                tableIdentWithDB=table.name.shown,
            )
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1251",
            action=f"ALTER TABLE {action.verb.upper()} PARTITION",
            tableName=table.name.table,
        )
    wanted = [said(session, table, pairs, lenient=True) for pairs in action.partitions]
    if action.verb == "set location":
        for partition in wanted:
            if not matching(table, partition):
                raise not_found(table, partition)
    if any(action.places):
        raise unsupported("partitions whose files lie elsewhere")
    match action.verb:
        case "recover" | "repair":
            return
        case "add":
            for partition in wanted:
                require_whole(table, partition, "ALTER TABLE ADD PARTITION")
                _add(table, partition, conditional=action.conditional)
        case "drop":
            _drop(table, wanted, conditional=action.conditional)
        case "rename":
            for partition in wanted:
                require_whole(table, partition, "ALTER TABLE RENAME PARTITION")
            _rename(table, *wanted)
        case _:
            raise table_operation(table, f"{action.verb.upper()} PARTITION")
    session.warehouse.changed(table.path)
    session.warehouse.rows_changed(table)


def _add(table: Table, partition: Partition, *, conditional: bool) -> None:
    place = place_of(table, partition)
    if place.exists() and not conditional:
        raise AnalysisError(
            "PARTITIONS_ALREADY_EXIST",
            partitionList=_shown(table, partition),
            tableName=table.name.short,
        )
    place.mkdir(parents=True, exist_ok=True)


def _drop(table: Table, wanted: Sequence[Partition], *, conditional: bool) -> None:
    """All of them or, unless `conditional`, none. A value of too few columns names no partition, as
    in Spark's own catalog (that of Hive takes all partitions that have it).
    """
    there = partitions_of(table)
    missing = [partition for partition in wanted if partition not in there]
    if missing and not conditional:
        raise not_found(table, *missing)
    for partition in wanted:
        if partition in there:
            shutil.rmtree(place_of(table, partition))


def _rename(table: Table, old: Partition, new: Partition) -> None:
    source, target = place_of(table, old), place_of(table, new)
    if not source.exists():
        raise not_found(table, old)
    if target.exists():
        raise AnalysisError(
            "PARTITIONS_ALREADY_EXIST",
            partitionList=_shown(table, new),
            tableName=table.name.short,
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)
