"""Temporary views of a session. A snapshot never changes: a view made from another keeps its
meaning
when the other is replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boathouse.spec import relations as sr


@dataclass(frozen=True, slots=True)
class TemporaryView:
    """A name for `query`; `views` are the temporary views that its names meant when it was made."""

    name: str
    query: sr.Relation
    views: Mapping[str, TemporaryView] = field(repr=False)
    comment: str | None = None
    text: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    created: int = 0
    """Milliseconds since the epoch."""


class Views:
    """The views by lower-case name."""

    def __init__(self) -> None:
        """No views."""
        self._views: Mapping[str, TemporaryView] = MappingProxyType({})
        self.version = 0
        """Another number after each change."""

    def snapshot(self) -> Mapping[str, TemporaryView]:
        """All views as they are now."""
        return self._views

    def get(self, name: str) -> TemporaryView | None:
        """The view called `name`, without regard to case."""
        return self._views.get(name.lower())

    def put(self, view: TemporaryView) -> None:
        """Add `view`, or put it in the place of another."""
        self._views = MappingProxyType({**self._views, view.name.lower(): view})
        self.version += 1

    def drop(self, name: str) -> bool:
        """Without the view `name`; False when there was none."""
        if name.lower() not in self._views:
            return False
        rest = {k: v for k, v in self._views.items() if k != name.lower()}
        self._views = MappingProxyType(rest)
        self.version += 1
        return True

    def copy(self) -> Views:
        """An independent copy."""
        copy = Views()
        copy._views = self._views
        return copy
