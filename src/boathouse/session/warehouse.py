"""What sessions share: databases, tables over files, global temporary views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.errors.exceptions import unsupported

if TYPE_CHECKING:
    from pathlib import Path

    from boathouse.analysis.scope import StoredTable, View
    from boathouse.plan import relations as r
    from boathouse.session.session import Session
    from boathouse.spec import relations as sr


class Warehouse:
    """The data directory."""

    def __init__(self, directory: Path) -> None:
        """Open the warehouse at `directory`."""
        self.directory = directory

    def relation(self, node: sr.NamedTable, session: Session) -> View | StoredTable | None:
        """What a name means here; None when there is no such table."""
        del node, session
        return None

    def data_source(self, node: sr.DataSource, session: Session) -> r.Source | sr.Relation:
        """Files, as their format reads them."""
        del session
        raise unsupported(f"reading {node.format}")
