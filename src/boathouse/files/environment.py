"""What reading and writing files needs to know of the session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from boathouse.conf.settings import Settings
from boathouse.duck import tree
from boathouse.functions.clock import PARSER_POLICY, Clock


class Run(Protocol):
    """Computes a relation whose result is known to be small."""

    def __call__(self, relation: tree.Relation, tables: Mapping[str, Any] = ...) -> pa.Table:
        """The rows of `relation`, which reads the Arrow objects of `tables` by their names."""
        ...


@dataclass(frozen=True, slots=True)
class Environment:
    """The session's `settings`; `run` for schema inference; `staging`, a directory DuckDB may read,
    where files it cannot read are put in a form it can. `warehouse` is not needed here.
    """

    settings: Settings
    run: Run
    staging: Path

    @property
    def zone(self) -> str:
        """The session's time zone."""
        return self.settings.text("spark.sql.session.timeZone")

    @property
    def clock(self) -> Clock:
        """The clock that times are read and written by."""
        return Clock(self.zone, self.settings.text(PARSER_POLICY))

    @property
    def case_sensitive(self) -> bool:
        """Whether names that differ in case only are different."""
        return self.settings.flag("spark.sql.caseSensitive")

    @property
    def key(self) -> Callable[[str], str]:
        """Gives a name in the form in which it is compared."""
        return str if self.case_sensitive else str.lower
