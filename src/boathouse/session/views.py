"""Temporary views. What SQL makes is its text, whose names are looked up at each use; what a
DataFrame makes keeps what its names meant. A snapshot of all views never changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boathouse.spec import relations as sr

GLOBAL_DATABASE = "global_temp"
"""Where the views are that all sessions see."""
Reference = tuple[str, str]
"""What kind of thing that does not last (VIEW, FUNCTION, VARIABLE), and its name in lower case."""


@dataclass(frozen=True, slots=True)
class TemporaryView:
    """A name for `query`, made while the database `namespace` was the current one.

    `views` are the temporary views of that moment, where its names go on to mean them. None: it is
    a text, whose names are looked up at each use. Then it has the columns that it was made with:
    `schema` says what they are, `output` what the query calls them.
    """

    name: str
    query: sr.Relation
    views: Mapping[str, TemporaryView] | None = field(repr=False)
    namespace: str
    comment: str | None = None
    text: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    created: int = 0
    """Milliseconds since the epoch."""
    schema: t.StructType = field(default_factory=t.StructType)
    output: tuple[str, ...] = ()
    refers: frozenset[Reference] = frozenset()
    """The temporary things that a text named when it was made: it may name these alone."""


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
