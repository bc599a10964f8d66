"""Delta tables as statements name them, by name or by path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.time_travel import travelling
from boathouse.errors.exceptions import AnalysisError
from boathouse.session.commands.targets import Temporary, find, require, shown_target
from boathouse.session.delta import Moment, is_delta, log_at, moment_of, travel_suffix

if TYPE_CHECKING:
    from boathouse.session.session import Session
    from boathouse.spec import relations as sr
    from boathouse.tables.delta.log import DeltaLog
    from boathouse.tables.delta.snapshot import Snapshot

Parts = tuple[str, ...]


def log_of(
    session: Session, parts: Parts, operation: str, path: str = ""
) -> tuple[DeltaLog, str | None]:
    """The log of the table that `parts`, or else a `path`, name, and its name in full unless it was
    named by path. Raises DELTA_MISSING_DELTA_TABLE, TABLE_OR_VIEW_NOT_FOUND,
    EXPECT_TABLE_NOT_VIEW, and DELTA_TABLE_ONLY_OPERATION for a table of another kind.
    """
    if path or session.warehouse.is_delta_path(parts):
        log = log_at(path or parts[1])
        if not log.exists():
            name = f"delta.`{path or parts[1]}`"
            raise AnalysisError("DELTA_MISSING_DELTA_TABLE", tableName=name)
        return log, None
    target = require(session, parts)
    if isinstance(target, Temporary) or target.is_view:
        raise AnalysisError(
            "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE",
            viewName=shown_target(target),
            operation=operation,
        )
    if not is_delta(target.provider):
        raise AnalysisError(
            "DELTA_TABLE_ONLY_OPERATION", tableName=target.name.shown, operation=operation
        )
    return log_at(target.path), target.name.plain


def snapshot_named(session: Session, node: sr.NamedTable, operation: str) -> Snapshot:
    """The state of a table that `node` names, which may end in ``@v1`` or ``@`` and a time."""
    context, parts = session.context(), node.parts
    moment = moment_of(dict(node.options), session.zone, travelling(node, context))
    if moment == Moment() and find(session, parts) is None:
        last, moment = travel_suffix(parts[-1], session.zone)
        parts = (*parts[:-1], last)
    log, _ = log_of(session, parts, operation)
    return log.snapshot(moment.version, moment.timestamp, session.zone)
