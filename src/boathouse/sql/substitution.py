"""``${name}`` in SQL text: the value of a setting, put in before the text is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import refused

if TYPE_CHECKING:
    from collections.abc import Callable

_REFERENCE = re.compile(r"\$\{(?:(\w+?):)?(\S+?)\}")
_PREFIXES = frozenset({None, "spark", "sparkconf", "hivevar", "hiveconf"})


def substituted(
    text: str, setting: Callable[[str], str], inside: frozenset[str] = frozenset()
) -> str:
    """`text` with each ``${name}`` and ``${spark:name}`` replaced by what `setting` says: nothing
    for an unknown one. Values may hold references themselves, but none to what they are `inside`
    of: each would make the text longer, for ever. Those of another prefix stay: what Spark knows
    as ``env`` and ``system`` is the server's alone here.
    """

    def value(reference: re.Match[str]) -> str:
        if reference[1] not in _PREFIXES:
            return reference[0]
        name = reference[0][2:-1]
        if name in inside:
            raise refused(f"requirement failed: {name} is a circular reference in {text}")
        return substituted(setting(reference[2]), setting, inside | {name})

    return _REFERENCE.sub(value, text)
