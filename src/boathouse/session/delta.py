"""Delta tables by path, as readers name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError, IllegalArgumentError
from boathouse.tables.delta.log import DeltaLog, place_of
from boathouse.tables.storage import storage_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boathouse.session.home import Home
    from boathouse.spec import relations as sr
    from boathouse.tables.delta.scan import DeltaScan

DELTA = "delta"
"""The name of the format."""


def is_delta(provider: str) -> bool:
    """Whether a provider's name, in any case, means Delta tables."""
    return provider.lower() == DELTA


def log_at(path: str) -> DeltaLog:
    """The log of the table at a local path or URI."""
    return DeltaLog.at(storage_of(path))


def read_path(path: str, options: Mapping[str, str], session: Home) -> DeltaScan:
    """The rows of the Delta table at `path`. Raises DELTA_PATH_DOES_NOT_EXIST."""
    log = log_at(path)
    if not log.exists():
        raise AnalysisError("DELTA_PATH_DOES_NOT_EXIST", path=place_of(log.storage))
    return log.snapshot().scan(session.files(None))


def read_source(node: sr.DataSource, session: Home) -> DeltaScan:
    """What ``spark.read.format("delta")`` describes."""
    options = dict(node.options)
    if node.schema:
        raise AnalysisError("DELTA_UNSUPPORTED_SCHEMA_DURING_READ")
    given = [value for key, value in options.items() if key.lower() == "path"]
    paths = list(node.paths) or given
    if len(paths) != 1:
        raise IllegalArgumentError("DELTA_INVALID_PATHS", paths=", ".join(paths))
    return read_path(paths[0], options, session)
