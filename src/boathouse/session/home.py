"""What the parts of a session ask of the session they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from boathouse.analysis.scope import Context
    from boathouse.conf import Settings
    from boathouse.duck.engine import Engine
    from boathouse.files import Environment
    from boathouse.plan import expressions as e
    from boathouse.session.artifacts import Artifacts
    from boathouse.session.cache import Cache, Kept, Watch
    from boathouse.session.operations import Operation
    from boathouse.session.scopes import Variable
    from boathouse.session.views import Views
    from boathouse.spec import commands as sc
    from boathouse.spec import relations as sr
    from boathouse.sql import ParserSettings


class Home(Protocol):
    """A session, as its tables and its warehouse see it."""

    engine: Engine
    settings: Settings
    artifacts: Artifacts
    cache: Cache
    catalog: str
    checkpoints: dict[str, tuple[e.Attribute, ...]]
    functions: dict[str, Any]
    variables: dict[str, Variable]
    views: Views

    warehouse: Any
    """The `Warehouse` it shares with other sessions."""

    def context(self, operation: Operation | None = None) -> Context:
        """The context for binding one query."""
        ...

    def files(self, operation: Operation | None) -> Environment:
        """What reading and writing files needs to know."""
        ...

    @property
    def database(self) -> str:
        """The current database, as the catalog knows it."""
        ...

    @property
    def has_path(self) -> bool:
        """Whether SET PATH says where names are looked up."""
        ...

    def search_path(self) -> tuple[tuple[str, ...], ...]:
        """Where names of one part are looked up now."""
        ...

    @property
    def zone(self) -> str:
        """The session's time zone."""
        ...

    def parser_settings(self) -> ParserSettings:
        """How SQL text is read."""
        ...

    def setting_text(self, key: str) -> str:
        """The text of a setting, empty for one that nobody knows."""
        ...

    def collected(self, command: sc.Command, operation: Operation | None) -> Any:
        """The `Rows` of a command, run now."""
        ...

    def persisted(self, relation: sr.Relation, watch: Watch) -> Kept | None:
        """The rows kept for a relation."""
        ...
