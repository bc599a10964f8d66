"""The Delta tables of a session: their logs, and transactions as the session's settings say."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import AnalysisError, SparkError, UnsupportedError
from boathouse.session.auto_compaction import compact
from boathouse.session.catalog import Table, TableName
from boathouse.session.delta import DELTA, log_at
from boathouse.tables.delta.manifests import AUTOMATIC, write_manifests
from boathouse.tables.delta.properties import PROFILE, Values, checked, of_settings
from boathouse.tables.delta.transaction import Transaction
from boathouse.tables.storage import place_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boathouse.session.home import Home
    from boathouse.tables.delta.log import DeltaLog
    from boathouse.tables.delta.snapshot import Snapshot
    from boathouse.tables.table import Table as StoredTable

UPKEEP = "boathouse.delta.upkeep.enabled"
_CHECKPOINTS = "boathouse.delta.checkpoints.enabled"
PROFILE_SETTING = "boathouse.delta.profile"
_PROFILES = ("rich", "plain")
_USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
_ANY_PROPERTY = "spark.databricks.delta.allowArbitraryProperties.enabled"


def snapshot_of(table: Table) -> Snapshot:
    """The newest state of a table of the catalog."""
    return log_at(table.path).snapshot()


def opened(table: Table) -> StoredTable:
    """The table that lies where the catalog says."""
    return log_at(table.path)


def current(table: Table) -> Table:
    """`table` with the facts that it keeps itself: columns, partitions, properties, comment. One
    that is gone or cannot be read is as the catalog has it, so that it can be dropped.
    """
    try:
        snapshot = opened(table).snapshot()
    except AnalysisError as error:
        if error.condition != "DELTA_TABLE_NOT_FOUND":
            raise
        return table
    except UnsupportedError:
        return table  # of another engine, with features that are not known here
    return replace(
        table,
        schema=snapshot.columns,
        partition_by=snapshot.partition_by,
        properties=dict(snapshot.facts),
        comment=snapshot.description,
        cluster_by=snapshot.cluster_by,
    )


def table_at(path: str) -> Table:
    """The table at `path`, which no catalog has a name for."""
    place = place_of(path)
    bare = Table(TableName(DELTA, place), DELTA, t.StructType(()), path=place, external=True)
    return current(bare)


def begin(
    session: Home, base: Snapshot | DeltaLog, operation: str, parameters: Mapping[str, Any]
) -> Transaction:
    """A transaction on `base`, with what the session's settings say about commits."""
    transaction = Transaction(base, operation, parameters)
    if session.settings.flag(UPKEEP):
        checkpoints = session.settings.flag(_CHECKPOINTS)
        transaction.then(partial(session.warehouse.upkeep.committed, checkpoints=checkpoints))
    transaction.then(lambda log, version: compact(session, transaction))
    transaction.then(lambda log, version: _make_manifests(transaction))
    transaction.user_metadata = session.settings.text(_USER_METADATA) or None
    return transaction


def _make_manifests(transaction: Transaction) -> None:
    """Tell engines that read no log of the new files, where the table wants that."""
    if not Values(transaction.metadata.configuration).flag(AUTOMATIC):
        return
    snapshot = transaction.log.snapshot()
    try:
        write_manifests(snapshot)
    except SparkError as error:
        raise SparkError(
            "DELTA_POST_COMMIT_HOOK_FAILED",
            version=snapshot.version,
            name="Generate Symlink Format Manifest",
            message=f": {error.condition}",
        ) from error


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
