"""Variables: of a session, and those that live as long as a block of a script."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boathouse.plan import expressions as e
    from boathouse.plan import relations as r
    from boathouse.spec import expressions as se
    from boathouse.spec import relations as sr
    from boathouse.spec.scripts import Handler, Statement


@dataclass(slots=True)
class Variable:
    """A value with its type, and what DEFAULT means for it."""

    value: e.Literal
    default: se.Expression | None = None


@dataclass(slots=True)
class Cursor:
    """A query of DECLARE ... CURSOR; while it is open, its plan and the rows not fetched yet."""

    query: sr.Relation
    plan: r.Relation | None = None
    rows: Iterator[tuple[Any, ...]] | None = None


@dataclass(slots=True)
class Frame:
    """What is being run of one block, branch or loop of a script: the statements still to come, and
    what it declares. `label` is what LEAVE and ITERATE call it, `qualifier` what its variables are
    called by.
    """

    steps: Iterator[Statement]
    label: str | None = None
    qualifier: str | None = None
    handlers: tuple[Handler, ...] = ()
    variables: dict[str, Variable] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    handles: int | None = None
    """For the body of a handler: where the block stands that declares it."""


class Frames(list[Frame]):
    """The frames of a script that runs, the innermost last."""

    def visible(self) -> Iterator[Frame]:
        """The frames whose names can be seen, the nearest first. The body of a handler sees what
        its block sees, not where the error came from.
        """
        index = len(self) - 1
        while index >= 0:
            frame = self[index]
            yield frame
            index = index - 1 if frame.handles is None else frame.handles

    def variable(self, parts: tuple[str, ...]) -> Variable | None:
        """The variable called exactly `parts`: a name, or a label and a name."""
        *label, name = (part.lower() for part in parts)
        for frame in self.visible():
            if label and [frame.qualifier] != label:
                continue
            found = frame.variables.get(name)
            if found is not None:
                return found
        return None

    def cursor(self, parts: tuple[str, ...]) -> Cursor | None:
        """The cursor called `parts`."""
        *label, name = (part.lower() for part in parts)
        for frame in self.visible():
            if label and [frame.qualifier] != label:
                continue
            found = frame.cursors.get(name)
            if found is not None:
                return found
        return None
