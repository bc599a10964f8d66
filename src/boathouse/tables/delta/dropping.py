"""What a table must be rid of before it can do without a table feature (DROP FEATURE)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from boathouse.tables.delta import upgrades
from boathouse.tables.delta.actions import (
    Action,
    AddFile,
    DomainMetadata,
    Metadata,
    Protocol,
    RemoveFile,
)
from boathouse.tables.delta.conflicts import ROW_TRACKING
from boathouse.tables.delta.creation import CLUSTERING, ROW_COMMIT_VERSION, ROW_ID
from boathouse.tables.delta.physical import ID, MAX_ID, MODE, PHYSICAL
from boathouse.tables.delta.schema import schema_of
from boathouse.tables.delta.snapshot import Snapshot
from boathouse.types import datatypes as t

PROTECTION = "checkpointProtection"
"""The feature of a table whose history has versions with features that it has no longer."""
PROTECTED = "delta.requireCheckpointProtectionBeforeVersion"
"""From which version on checkpoints may be made and taken away one by one."""
TYPE_CHANGES = "delta.typeChanges"

Chosen = Callable[[Snapshot, AddFile], bool]


def _no_file(snapshot: Snapshot, file: AddFile) -> bool:
    return False


def _every_file(snapshot: Snapshot, file: AddFile) -> bool:
    return True


def _has_vector(snapshot: Snapshot, file: AddFile) -> bool:
    return file.deletion_vector is not None


def _may_be_narrow(snapshot: Snapshot, file: AddFile) -> bool:
    """Whether a file may hold a column as what it was before it was widened."""
    return any(TYPE_CHANGES in dict(f.metadata) for f in upgrades.columns(snapshot.schema))


@dataclass(frozen=True, slots=True)
class Removal:
    """What goes with a feature: table `properties`, `facts` in the metadata of columns, a `domain`;
    and which `files` have to be written anew.
    """

    properties: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    domain: str | None = None
    files: Chosen = _no_file


_DATES = "delta.inCommitTimestampEnablement"
REMOVALS: Mapping[str, Removal] = {
    "allowColumnDefaults": Removal(),
    "changeDataFeed": Removal(("delta.enableChangeDataFeed",)),
    "checkConstraints": Removal(),
    "clustering": Removal(domain=CLUSTERING),
    "columnMapping": Removal((MODE, MAX_ID), (ID, PHYSICAL), files=_every_file),
    "deletionVectors": Removal(("delta.enableDeletionVectors",), files=_has_vector),
    "domainMetadata": Removal(),
    "generatedColumns": Removal(),
    "identityColumns": Removal(),
    "inCommitTimestamp": Removal(
        ("delta.enableInCommitTimestamps", f"{_DATES}Version", f"{_DATES}Timestamp")
    ),
    "rowTracking": Removal(
        ("delta.enableRowTracking", ROW_ID, ROW_COMMIT_VERSION), domain=ROW_TRACKING
    ),
    "timestampNtz": Removal(),
    "typeWidening": Removal(("delta.enableTypeWidening",), (TYPE_CHANGES,), files=_may_be_narrow),
    "v2Checkpoint": Removal(("delta.checkpointPolicy",)),
    "vacuumProtocolCheck": Removal(),
    "variantType": Removal(),
}
"""The features that can go. Of those without a word here the table must be rid already."""


def removal_of(feature: str) -> Removal | None:
    """What goes with a feature, which may have the name of its preview."""
    return REMOVALS.get(upgrades.PREVIEWS.get(feature, feature))


def without_traces(snapshot: Snapshot, removal: Removal) -> Metadata:
    """The table's metadata without what goes with a feature."""
    before = snapshot.metadata
    kept = {k: v for k, v in before.configuration.items() if k not in removal.properties}
    if not removal.facts:
        return replace(before, configuration=kept)
    schema = _without(schema_of(before.schema_string), removal.facts)
    text = json.dumps(schema.json, separators=(",", ":"), ensure_ascii=False)
    return replace(before, configuration=kept, schema_string=text)


def _without(of: t.StructType, facts: Iterable[str]) -> t.StructType:
    gone = frozenset(facts)

    def bare(of: t.DataType) -> t.DataType:
        if isinstance(of, t.StructType):
            return t.StructType(tuple(map(bare_field, of.fields)))
        return t.with_parts(of, bare)

    def bare_field(f: t.StructField) -> t.StructField:
        kept = tuple(pair for pair in f.metadata if pair[0] not in gone)
        return replace(f, type=bare(f.type), metadata=kept)

    return t.StructType(tuple(map(bare_field, of.fields)))


def removed_domains(snapshot: Snapshot, removal: Removal) -> list[DomainMetadata]:
    """The domain that goes with a feature, as removed."""
    found = None if removal.domain is None else snapshot.domains.get(removal.domain)
    return [] if found is None else [replace(found, removed=True)]


def worn_with(snapshot: Snapshot, removal: Removal) -> list[AddFile]:
    """The files to be written anew."""
    if removal.files is _no_file:
        return []
    return [file for file in snapshot.files.files() if removal.files(snapshot, file)]


def needed_by(protocol: Protocol, feature: str) -> list[str]:
    """The table's other features that need this one."""
    there = upgrades.features_of(protocol)
    known = (upgrades.FEATURES.get(upgrades.PREVIEWS.get(name, name)) for name in there)
    return sorted(one.name for one in known if one is not None and feature in one.needs)


def reads_differently(feature: str) -> bool:
    """Whether readers must know the feature."""
    return upgrades.FEATURES[upgrades.PREVIEWS.get(feature, feature)].reader > 1


def uses(feature: str, action: Action) -> bool:
    """Whether an action of the log is what a reader without the feature cannot read."""
    name = upgrades.PREVIEWS.get(feature, feature)
    match action:
        case Metadata():
            schema = schema_of(action.schema_string)
            return upgrades.FEATURES[name].required(action.configuration, schema)
        case AddFile() | RemoveFile():
            return name == "deletionVectors" and action.deletion_vector is not None
        case _:
            return False


def downgraded(protocol: Protocol, feature: str, *, protects: bool) -> Protocol:
    """`protocol` without a feature, at the lowest versions that say so; `protects`: versions that
    had it are still there.
    """
    left = upgrades.features_of(protocol) - {feature}
    if protects:
        left |= {PROTECTION}
    lowest = upgrades.upgraded(None, left)
    if feature not in upgrades.features_of(lowest):
        return lowest
    # The version that has what is left has the feature as well: what is left is listed.
    return upgrades.listed(left)
