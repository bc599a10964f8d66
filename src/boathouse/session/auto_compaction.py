"""Small files put together right after the write that made them too many (auto compaction)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import SparkError
from boathouse.tables.delta.actions import AddFile
from boathouse.tables.delta.compaction import crowded
from boathouse.tables.delta.optimizing import Rewrite, collect, described, rewritten
from boathouse.tables.delta.properties import Values
from boathouse.tables.delta.transaction import Transaction

if TYPE_CHECKING:
    from boathouse.session.home import Home

ENABLED = "spark.databricks.delta.autoCompact.enabled"
_LARGEST = "spark.databricks.delta.autoCompact.maxFileSize"
_SMALL = "spark.databricks.delta.autoCompact.minFileSize"
_LEAST = "spark.databricks.delta.autoCompact.minNumFiles"
_PROPERTY = "delta.autoOptimize.autoCompact"
_LOG = logging.getLogger(__name__)


def is_wanted(session: Home, transaction: Transaction) -> bool:
    """Whether files are to be put together after this commit: the session says so, or else the
    table. What changed no data called for nothing.
    """
    said = session.settings.text(ENABLED) or Values(transaction.metadata.configuration).value(
        _PROPERTY
    )
    return str(said).lower() in {"true", "auto"} and bool(_added(transaction))


def _added(transaction: Transaction) -> list[AddFile]:
    return [a for a in transaction.actions if isinstance(a, AddFile) and a.data_change]


def compact(session: Home, transaction: Transaction) -> None:
    """Put small files of the partitions that `transaction` wrote to together, where there are too
    many. The write is done already: a failure here is logged, and the next write tries again.
    """
    if not is_wanted(session, transaction):
        return
    try:
        _compact(session, transaction)
    except (SparkError, OSError) as error:
        _LOG.warning("auto compaction of %s: %s", transaction.log.storage.uri, error)


def _compact(session: Home, transaction: Transaction) -> None:
    settings = session.settings
    largest = settings.integer(_LARGEST)
    groups = crowded(
        transaction.log.snapshot().files.files(),
        _added(transaction),
        least=settings.integer(_LEAST),
        small=settings.integer(_SMALL) or largest // 2,
        target=largest,
    )
    if not groups:
        return
    snapshot = transaction.log.snapshot()
    order = snapshot.clustering
    rewrite = Rewrite(snapshot, groups, order, clusters=bool(order))
    done = rewritten(rewrite, session.files(None))
    following = Transaction(snapshot, "OPTIMIZE", described(rewrite, auto=True))
    collect(following, done)
    following.commit()
