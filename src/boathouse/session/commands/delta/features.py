"""ALTER TABLE ... DROP FEATURE.

First a version that has no trace of the feature any more, then, behind a checkpoint that readers
without the feature can start from, one whose protocol does not name it. Versions before that keep
what they have; a table property says that no checkpoint may hide where they end.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError, SparkError
from boathouse.session.delta_writing import begin, snapshot_of
from boathouse.tables.delta import dropping, upgrades
from boathouse.tables.delta.checkpoint_writing import write_checkpoint
from boathouse.tables.delta.compaction import whole_partitions
from boathouse.tables.delta.conditions import check_constraints
from boathouse.tables.delta.creation import check_schema
from boathouse.tables.delta.log import DeltaLog
from boathouse.tables.delta.optimizing import Rewrite, collect, rewritten
from boathouse.tables.delta.properties import Values
from boathouse.tables.delta.schema import schema_of
from boathouse.tables.delta.upkeep import clean_up
from boathouse.tables.storage import writing

if TYPE_CHECKING:
    from boathouse.session.catalog import Table
    from boathouse.session.session import Session
    from boathouse.tables.delta.actions import Metadata
    from boathouse.tables.delta.snapshot import Snapshot

_LOG = logging.getLogger(__name__)
_RETENTION = "delta.dropFeatureTruncateHistory.retentionDuration"
_LOG_RETENTION = "delta.logRetentionDuration"


def drop_feature(session: Session, table: Table, name: str, *, truncates: bool) -> None:
    """Make the table one without the feature `name`; `truncates`: and its history too."""
    snapshot = snapshot_of(table)
    removal = _checked(snapshot, name, truncates=truncates)
    changed = _leave_no_trace(session, snapshot, removal)
    snapshot = snapshot_of(table)
    schema = schema_of(snapshot.metadata.schema_string)
    if name in upgrades.required_features(snapshot.metadata, schema):
        raise AnalysisError("DELTA_FEATURE_DROP_STILL_IN_USE", feature=name)
    if truncates:
        snapshot = _truncated(snapshot, name, changed=changed)
    _downgrade(session, snapshot, name, truncates=truncates)


def _checked(snapshot: Snapshot, name: str, *, truncates: bool) -> dropping.Removal:
    """What goes with the feature. Raises DELTA_FEATURE_DROP_*."""
    if name not in upgrades.FEATURES and name not in upgrades.PREVIEWS:
        raise AnalysisError("DELTA_FEATURE_DROP_UNSUPPORTED_CLIENT_FEATURE", feature=name)
    if name not in upgrades.features_of(snapshot.protocol):
        raise AnalysisError("DELTA_FEATURE_DROP_FEATURE_NOT_PRESENT", feature=name)
    found = dropping.removal_of(name)
    if found is None:
        raise AnalysisError("DELTA_FEATURE_DROP_NONREMOVABLE_FEATURE", feature=name)
    users = dropping.needed_by(snapshot.protocol, name)
    if users:
        raise AnalysisError(
            "DELTA_FEATURE_DROP_DEPENDENT_FEATURE",
            feature=name,
            dependentFeatures=", ".join(users),
        )
    if truncates and not dropping.reads_differently(name):
        raise AnalysisError("DELTA_FEATURE_DROP_HISTORY_TRUNCATION_NOT_ALLOWED", feature=name)
    if name == "columnMapping":
        _require_plain_names(snapshot)
    checks = check_constraints(snapshot.properties)
    if name == "checkConstraints" and checks:
        names = ", ".join(checks)
        raise AnalysisError("DELTA_CANNOT_DROP_CHECK_CONSTRAINT_FEATURE", constraints=names)
    return found


def _require_plain_names(snapshot: Snapshot) -> None:
    """Without mapping, files call the columns what the table calls them."""
    try:
        check_schema(snapshot.schema, mapped=False)
    except AnalysisError as error:
        if error.condition != "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES":
            raise
        raise AnalysisError(
            "DELTA_INVALID_COLUMN_NAMES_WHEN_REMOVING_COLUMN_MAPPING", **error.parameters
        ) from None


def _leave_no_trace(session: Session, snapshot: Snapshot, removal: dropping.Removal) -> bool:
    """Commit a version that does not use the feature, unless the newest is one; whether it was."""
    metadata = dropping.without_traces(snapshot, removal)
    files = dropping.worn_with(snapshot, removal)
    domains = dropping.removed_domains(snapshot, removal)
    if metadata == snapshot.metadata and not domains and not files:
        return False
    transaction = begin(session, snapshot, "SET TBLPROPERTIES", {"properties": {}})
    transaction.read_whole()
    if files:
        groups = [[file] for file in files]
        if len(files) == snapshot.files.count:
            groups = whole_partitions(files)
        rewrite = Rewrite(snapshot, groups, metadata=metadata)
        collect(transaction, rewritten(rewrite, session.files(None)))
    transaction.add(metadata, *domains)
    transaction.commit()
    return True


def _truncated(snapshot: Snapshot, name: str, *, changed: bool) -> Snapshot:
    """The table once its history has no version that uses the feature. Raises
    DELTA_FEATURE_DROP_WAIT_FOR_RETENTION_PERIOD, DELTA_FEATURE_DROP_HISTORICAL_VERSIONS_EXIST
    where such versions may not go yet.
    """
    values = Values(snapshot.properties)
    if not changed:
        _checkpoint(snapshot)
        clean_up(snapshot, retention=values.number(_RETENTION))
    if not changed and not _history_uses(snapshot, name):
        return snapshot
    condition = "HISTORICAL_VERSIONS_EXIST" if not changed else "WAIT_FOR_RETENTION_PERIOD"
    raise SparkError(
        f"DELTA_FEATURE_DROP_{condition}",
        feature=name,
        logRetentionPeriodKey=_LOG_RETENTION,
        logRetentionPeriod=snapshot.properties.get(_LOG_RETENTION, "30 days"),
        truncateHistoryLogRetentionPeriod=snapshot.properties.get(_RETENTION, "24 hours"),
    )


def _history_uses(snapshot: Snapshot, name: str) -> bool:
    """Whether a version that can be had still uses the feature."""
    log = DeltaLog.at(snapshot.log.storage)
    versions = sorted(version for version, _, _ in log.history())
    if not versions:
        return False
    first = log.snapshot(versions[0])
    if dropping.uses(name, first.metadata):
        return True
    if any(dropping.uses(name, file) for file in first.files.files()):
        return True
    commits = log.changes(versions[0] + 1, None)
    return any(dropping.uses(name, action) for _, actions in commits for action in actions)


def _downgrade(session: Session, snapshot: Snapshot, name: str, *, truncates: bool) -> None:
    """Commit the protocol without the feature, behind a checkpoint and before one."""
    protects = dropping.reads_differently(name) and not truncates
    parameters = {"featureName": name, "truncateHistory": str(truncates).lower()}
    transaction = begin(session, snapshot, "DROP FEATURE", parameters)
    transaction.read_whole()
    protocol = dropping.downgraded(snapshot.protocol, name, protects=protects)
    metadata: Metadata = snapshot.metadata
    if protects:
        _checkpoint(snapshot)
        version = str(snapshot.version + 1)
        configuration = {**metadata.configuration, dropping.PROTECTED: version}
        transaction.add(protocol, replace(metadata, configuration=configuration))
    else:
        transaction.add(protocol)
    version = transaction.commit()
    if not dropping.reads_differently(name):
        return
    try:
        write_checkpoint(transaction.log.snapshot(version))
    except OSError as error:  # the feature is gone; the next checkpoint will do as well
        _LOG.warning("checkpoint of %s: %s", snapshot.log.storage.uri, error)


def _checkpoint(snapshot: Snapshot) -> None:
    with writing(snapshot.log.storage, "_delta_log"):
        write_checkpoint(snapshot)
