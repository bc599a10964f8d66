"""Table features: what a reader must know to read a table."""

from __future__ import annotations

from boathouse.errors.exceptions import UnsupportedError
from boathouse.tables.delta.actions import Protocol

READER_VERSION = 3
WRITER_VERSION = 7
_COLUMN_MAPPING_READER = 2

READER_FEATURES = frozenset(
    {
        "columnMapping",
        "deletionVectors",
        "timestampNtz",
        "typeWidening",
        "typeWidening-preview",
        "v2Checkpoint",
        "vacuumProtocolCheck",
        "variantType",
        "variantType-preview",
        "variantShredding",
        "variantShredding-preview",
    }
)
"""The reader features that are understood."""


def require_readable(protocol: Protocol, table: str) -> None:
    """DELTA_INVALID_PROTOCOL_VERSION for a reader version, DELTA_UNSUPPORTED_FEATURES_FOR_READ for
    a feature that is not known; `table` is its name or path.
    """
    if protocol.min_reader_version > READER_VERSION:
        raise UnsupportedError(
            "DELTA_INVALID_PROTOCOL_VERSION",
            tableNameOrPath=table,
            readerRequired=protocol.min_reader_version,
            writerRequired=protocol.min_writer_version,
            supportedReaders=", ".join(map(str, range(1, READER_VERSION + 1))),
            supportedWriters=", ".join(map(str, range(1, WRITER_VERSION + 1))),
        )
    unknown = set(protocol.reader_features or ()) - READER_FEATURES
    if unknown:
        raise UnsupportedError(
            "DELTA_UNSUPPORTED_FEATURES_FOR_READ",
            tableNameOrPath=table,
            unsupported=", ".join(sorted(unknown)),
        )


def maps_columns(protocol: Protocol) -> bool:
    """Whether files of the table may call columns by physical names."""
    if protocol.min_reader_version < READER_VERSION:
        return protocol.min_reader_version == _COLUMN_MAPPING_READER
    return "columnMapping" in (protocol.reader_features or ())
