"""Plans kept between the questions that a client asks about one query.

``spark.sql`` has a query bound to find its faults; then the client asks for its schema, then for
its rows. It is one plan each time, as long as everything that binding looked at is as it was.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from boathouse.errors.exceptions import SparkError

if TYPE_CHECKING:
    from boathouse.plan import relations as r

_MOST: Final = 32
"""As many plans as Spark's own cache of them has by default."""


@dataclass(slots=True)
class Lookups:
    """What binding one query looked up outside of it: each thing once, so that the query sees one
    state of a table however often it names it.
    """

    lasting: bool = True
    """False once something went into the plan that is another thing each time."""
    _found: dict[Hashable, tuple[Callable[[], Any], Any]] = field(default_factory=dict)

    def find(self, key: Hashable, look: Callable[[], Any]) -> Any:
        """What `look` finds for `key`, or found before."""
        known = self._found.get(key)
        if known is None:
            known = self._found[key] = (look, look())
        return known[1]

    def hold(self) -> bool:
        """Whether looking again finds the same."""
        try:
            return self.lasting and all(look() == found for look, found in self._found.values())
        except SparkError:  # What was there is gone: who binds anew says so.
            return False


@dataclass(frozen=True, slots=True)
class _Recent:
    state: tuple[object, ...]
    lookups: Lookups
    plan: r.Relation


class RecentPlans:
    """The plans of a session's last queries, by their text; `state` is what else of the session a
    plan depends on.
    """

    def __init__(self) -> None:
        """None yet."""
        self._plans: OrderedDict[str, _Recent] = OrderedDict()
        self._lock = threading.Lock()

    def put(
        self, query: str, state: tuple[object, ...], lookups: Lookups, plan: r.Relation
    ) -> None:
        """Remember `plan`, if it may be used again at all."""
        if not lookups.lasting:
            return
        with self._lock:
            self._plans[query] = _Recent(state, lookups, plan)
            if len(self._plans) > _MOST:
                self._plans.popitem(last=False)

    def get(self, query: str, state: tuple[object, ...], *, last: bool) -> r.Relation | None:
        """The plan of `query`, None when there is none that is right. Its rows are asked for
        `last`: who asks again wants them as they are then.
        """
        with self._lock:
            found = self._plans.get(query)
            if last:
                self._plans.pop(query, None)
        if found is None or found.state != state or not found.lookups.hold():
            return None
        return found.plan
