"""Table features from the writer's side: what a table's properties and schema require, and the
protocol that says so.

A feature from before reader 3 / writer 7 is implied by a version; where all of a table's features
are such, its protocol is a pair of old versions, which the most engines read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from boathouse.errors.exceptions import SparkError, UnsupportedError
from boathouse.tables.delta.actions import Metadata, Protocol
from boathouse.types import datatypes as t

READER, WRITER = 3, 7
"""The versions from which a protocol lists its features."""

Required = Callable[[Mapping[str, str], t.StructType], bool]


@dataclass(frozen=True, slots=True)
class Feature:
    """A table feature: the oldest reader and writer versions that have it, what it needs itself,
    and whether a table's properties and schema require it.
    """

    name: str
    reader: int
    writer: int
    required: Required
    needs: tuple[str, ...] = ()

    @property
    def is_legacy(self) -> bool:
        """Whether a version alone implies it."""
        return self.writer < WRITER


def _on(key: str) -> Required:
    return lambda properties, schema: properties.get(key, "").lower() == "true"


def _never(properties: Mapping[str, str], schema: t.StructType) -> bool:
    return False


def _has_type(*kinds: type[t.DataType]) -> Required:
    return lambda properties, schema: any(isinstance(of, kinds) for of in parts(schema))


def _has_metadata(*keys: str) -> Required:
    return lambda properties, schema: any(
        key in dict(field.metadata) for field in columns(schema) for key in keys
    )


def parts(of: t.DataType) -> Iterator[t.DataType]:
    """A type and all types inside it."""
    stack = [of]
    while stack:
        one = stack.pop()
        yield one
        match one:
            case t.StructType():
                stack.extend(field.type for field in one.fields)
            case t.ArrayType():
                stack.append(one.element)
            case t.MapType():
                stack += [one.key, one.value]
            case _:
                pass


def columns(schema: t.StructType) -> Iterator[t.StructField]:
    """The columns of a schema and all parts of structs inside them."""
    for of in parts(schema):
        if isinstance(of, t.StructType):
            yield from of.fields


def _checks(properties: Mapping[str, str], schema: t.StructType) -> bool:
    return any(key.startswith("delta.constraints.") for key in properties)


def _maps_columns(properties: Mapping[str, str], schema: t.StructType) -> bool:
    return properties.get("delta.columnMapping.mode", "none").lower() != "none"


def _second_checkpoints(properties: Mapping[str, str], schema: t.StructType) -> bool:
    return properties.get("delta.checkpointPolicy", "classic").lower() == "v2"


def _not_null(properties: Mapping[str, str], schema: t.StructType) -> bool:
    return any(not field.nullable for field in columns(schema))


FEATURES: Mapping[str, Feature] = {
    feature.name: feature
    for feature in (
        Feature("appendOnly", 1, 2, _on("delta.appendOnly")),
        Feature("invariants", 1, 2, _not_null),
        Feature("checkConstraints", 1, 3, _checks),
        Feature("changeDataFeed", 1, 4, _on("delta.enableChangeDataFeed")),
        Feature("generatedColumns", 1, 4, _has_metadata("delta.generationExpression")),
        Feature("columnMapping", 2, 5, _maps_columns),
        Feature("identityColumns", 1, 6, _has_metadata("delta.identity.step")),
        Feature("deletionVectors", 3, 7, _on("delta.enableDeletionVectors")),
        Feature("rowTracking", 1, 7, _on("delta.enableRowTracking"), ("domainMetadata",)),
        Feature("domainMetadata", 1, 7, _never),
        Feature("clustering", 1, 7, _never, ("domainMetadata",)),
        Feature("v2Checkpoint", 3, 7, _second_checkpoints),
        Feature("inCommitTimestamp", 1, 7, _on("delta.enableInCommitTimestamps")),
        Feature("timestampNtz", 3, 7, _has_type(t.TimestampNTZType)),
        Feature("allowColumnDefaults", 1, 7, _has_metadata("CURRENT_DEFAULT")),
        Feature("typeWidening", 3, 7, _on("delta.enableTypeWidening")),
        Feature("variantType", 3, 7, _has_type(t.VariantType)),
        Feature("vacuumProtocolCheck", 3, 7, _never),
        Feature("checkpointProtection", 1, 7, _never),
    )
}
PREVIEWS: Mapping[str, str] = {
    "typeWidening-preview": "typeWidening",
    "variantType-preview": "variantType",
}
"""Names of features before they were final; a table keeps the one it has."""

_WRITABLE = frozenset(FEATURES) | frozenset(PREVIEWS)
_SUPPORTED = "delta.feature."


def unknown_version(reader: int, writer: int) -> UnsupportedError:
    """DELTA_INVALID_PROTOCOL_VERSION."""
    return UnsupportedError(
        "DELTA_INVALID_PROTOCOL_VERSION",
        tableNameOrPath="",
        readerRequired=reader,
        writerRequired=writer,
        supportedReaders="1, 2, 3",
        supportedWriters="2, 3, 4, 5, 6, 7",
    )


def check_writable(protocol: Protocol) -> None:
    """DELTA_UNSUPPORTED_FEATURES_FOR_WRITE unless everything in `protocol` can be honoured here."""
    if protocol.min_writer_version > WRITER or protocol.min_reader_version > READER:
        raise unknown_version(protocol.min_reader_version, protocol.min_writer_version)
    listed = {*(protocol.reader_features or ()), *(protocol.writer_features or ())}
    unknown = sorted(listed - _WRITABLE)
    if unknown:
        raise UnsupportedError(
            "DELTA_UNSUPPORTED_FEATURES_FOR_WRITE",
            tableNameOrPath="",
            unsupported=", ".join(unknown),
        )


def features_of(protocol: Protocol) -> set[str]:
    """The features that a protocol has, listed or implied by its versions."""
    if protocol.min_writer_version >= WRITER:
        return {*(protocol.writer_features or ()), *(protocol.reader_features or ())}
    return {
        name
        for name, feature in FEATURES.items()
        if feature.is_legacy
        and feature.writer <= protocol.min_writer_version
        and feature.reader <= max(protocol.min_reader_version, 1)
    }


def required_features(metadata: Metadata, schema: t.StructType) -> set[str]:
    """The features that a table's properties and schema require."""
    properties = metadata.configuration
    found = {name for name, feature in FEATURES.items() if feature.required(properties, schema)}
    found |= {key.removeprefix(_SUPPORTED) for key in properties if key.startswith(_SUPPORTED)}
    return found


def upgraded(protocol: Protocol | None, wanted: set[str]) -> Protocol:
    """`protocol` (None for a new table) with the features `wanted` and those they need. The same
    object when it has them.
    """
    had = set() if protocol is None else features_of(protocol)
    features = _closed(wanted) | had
    if protocol is not None and features == had:
        return protocol
    readers, writers = _least(protocol)
    known = [FEATURES[PREVIEWS.get(name, name)] for name in features]
    readers = max([readers, *(feature.reader for feature in known)])
    writers = max([writers, *(feature.writer for feature in known)])
    if writers < WRITER and readers < READER:
        implied = features_of(Protocol(readers, writers))
        # A version that would bring features nobody asked for is not taken for an upgrade.
        if protocol is None or implied <= features or not had:
            return Protocol(readers, writers)
    listed = sorted(features | {"appendOnly", "invariants"})
    if any(feature.reader > 1 for feature in known):
        readers = max(readers, 2)
    read = sorted(n for n in listed if FEATURES[PREVIEWS.get(n, n)].reader > 1)
    return Protocol(readers, WRITER, tuple(read) if readers >= READER else None, tuple(listed))


def _closed(wanted: set[str]) -> set[str]:
    """`wanted` with all that they need."""
    features: set[str] = set()
    stack = list(wanted)
    while stack:
        name = stack.pop()
        known = FEATURES.get(PREVIEWS.get(name, name))
        if known is None:
            raise SparkError("DELTA_UNSUPPORTED_FEATURES_IN_CONFIG", configs=f"{_SUPPORTED}{name}")
        if name not in features:
            features.add(name)
            stack.extend(known.needs)
    return features


def _least(protocol: Protocol | None) -> tuple[int, int]:
    if protocol is None:
        return 1, 2
    return protocol.min_reader_version, protocol.min_writer_version


def at_least(protocol: Protocol, reader: int, writer: int) -> list[Protocol]:
    """`protocol` raised to these versions; nothing where it has them."""
    if reader > READER or writer > WRITER:
        raise unknown_version(reader, writer)
    if (reader, writer) == (protocol.min_reader_version, protocol.min_writer_version):
        return []
    features = tuple(sorted(features_of(protocol))) if writer >= WRITER else None
    read = [n for n in features or () if FEATURES[PREVIEWS.get(n, n)].reader > 1]
    return [Protocol(reader, writer, tuple(read) if reader >= READER else None, features)]


def listed(features: Collection[str]) -> Protocol:
    """The protocol that lists these features, whatever versions would imply them."""
    known = {name: FEATURES[PREVIEWS.get(name, name)] for name in features}
    read = tuple(sorted(name for name, one in known.items() if one.reader > 1))
    reader = max([1, *(one.reader for one in known.values())])
    lists = reader >= READER
    return Protocol(reader, WRITER, read if lists else None, tuple(sorted(features)))
