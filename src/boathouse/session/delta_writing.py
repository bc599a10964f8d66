"""The Delta tables of a session: their logs, and transactions as the session's settings say."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import AnalysisError
from boathouse.session.catalog import Table, TableName
from boathouse.session.delta import DELTA, log_at
from boathouse.tables.delta.creation import CLUSTERING, declared_schema, logical_path
from boathouse.tables.delta.physical import is_mapped
from boathouse.tables.delta.properties import PROFILE, checked, of_settings
from boathouse.tables.delta.schema import public_schema, schema_of
from boathouse.tables.delta.transaction import Transaction
from boathouse.tables.storage import place_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boathouse.session.home import Home
    from boathouse.tables.delta.log import DeltaLog
    from boathouse.tables.delta.snapshot import Snapshot

UPKEEP = "boathouse.delta.upkeep.enabled"
PROFILE_SETTING = "boathouse.delta.profile"
_PROFILES = ("rich", "plain")
_USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
_ANY_PROPERTY = "spark.databricks.delta.allowArbitraryProperties.enabled"


def snapshot_of(table: Table) -> Snapshot:
    """The newest state of a table of the catalog."""
    return log_at(table.path).snapshot()


def current(table: Table) -> Table:
    """`table` with the facts that its log has: columns, partitions, properties, comment. One whose
    log is gone is as the catalog has it, so that it can be dropped.
    """
    try:
        snapshot = snapshot_of(table)
    except AnalysisError as error:
        if error.condition != "DELTA_TABLE_NOT_FOUND":
            raise
        return table
    return replace(
        table,
        schema=public_schema(declared_schema(schema_of(snapshot.metadata.schema_string))),
        partition_by=tuple(snapshot.metadata.partition_columns),
        properties=shown_properties(snapshot),
        comment=snapshot.metadata.description,
        cluster_by=clustering_columns(snapshot),
    )


def table_at(path: str) -> Table:
    """The table at `path`, which no catalog has a name for."""
    place = place_of(path)
    bare = Table(TableName(DELTA, place), DELTA, t.StructType(()), path=place, external=True)
    return current(bare)


def shown_properties(snapshot: Snapshot) -> dict[str, str]:
    """The table's properties, with the protocol told in the same form."""
    protocol = snapshot.protocol
    listed = {*(protocol.reader_features or ()), *(protocol.writer_features or ())}
    return {
        **snapshot.metadata.configuration,
        "delta.minReaderVersion": str(protocol.min_reader_version),
        "delta.minWriterVersion": str(protocol.min_writer_version),
        **{f"delta.feature.{name}": "supported" for name in sorted(listed)},
    }


def clustering_columns(snapshot: Snapshot) -> tuple[str, ...]:
    """The columns by which the table is clustered, with dots between the parts of nested ones."""
    domain = snapshot.domains.get(CLUSTERING)
    if domain is None or domain.removed:
        return ()
    mapped = is_mapped(snapshot.metadata.configuration)
    schema = schema_of(snapshot.metadata.schema_string)
    columns: list[list[str]] = json.loads(domain.configuration)["clusteringColumns"]
    return tuple(".".join(logical_path(schema, path, mapped=mapped)) for path in columns)


def partitions_of_log(table: Table) -> list[tuple[tuple[str, str | None], ...]]:
    """The partitions of a Delta table that hold files, as pairs of column and value."""
    snapshot = snapshot_of(table)
    names = [(p, snapshot.mapping.physical_name(p)) for p in snapshot.partition_by]
    found = {
        tuple((name, file.partition_values.get(physical)) for name, physical in names)
        for file in snapshot.files.files()
    }
    return sorted(found, key=str) if names else []


def begin(
    session: Home, base: Snapshot | DeltaLog, operation: str, parameters: Mapping[str, Any]
) -> Transaction:
    """A transaction on `base`, with what the session's settings say about commits."""
    after = (session.warehouse.upkeep.committed,) if session.settings.flag(UPKEEP) else ()
    transaction = Transaction(base, operation, parameters, after=after)
    transaction.user_metadata = session.settings.text(_USER_METADATA) or None
    return transaction


def table_properties(
    session: Home, said: Mapping[str, str], *, profile: str, rich: Mapping[str, str]
) -> dict[str, str]:
    """The properties of a new table: the profile's, under the session's defaults for new tables,
    under what is `said`. `profile` holds where neither names one.
    """
    given = {key.lower(): value for key, value in said.items()}
    free = session.settings.flag(_ANY_PROPERTY)
    chosen = given.get(PROFILE, profile).lower()
    if chosen not in _PROFILES:
        raise AnalysisError(
            "DELTA_VIOLATE_PROPERTY_VALUE",
            key=PROFILE,
            value=chosen,
            requirement=f"is one of {', '.join(_PROFILES)}.",
        )
    # A protocol asked for by number is one that an older engine knows.
    versions = {"delta.minreaderversion", "delta.minwriterversion"}
    base = rich if chosen == "rich" and not versions & set(given) else {}
    defaults = of_settings(session.settings.items())
    kept = {k: v for k, v in said.items() if k.lower() != PROFILE}
    return {**base, **checked(defaults, unknown=free), **checked(kept, unknown=free)}
