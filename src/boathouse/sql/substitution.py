"""``${name}`` in SQL text: the value of a setting, put in before the text is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_REFERENCE = re.compile(r"\$\{(?:(\w+?):)?(\S+?)\}")
_PREFIXES = frozenset({None, "spark", "sparkconf", "hivevar", "hiveconf"})
_DEEPEST = 40


def substituted(text: str, setting: Callable[[str], str]) -> str:
    """`text` with each ``${name}`` and ``${spark:name}`` replaced by what `setting` says: nothing
    for an unknown one. Values may hold references themselves. Those of another prefix stay: what
    Spark knows as ``env`` and ``system`` is the server's alone here.
    """

    def value(reference: re.Match[str]) -> str:
        if reference[1] not in _PREFIXES:
            return reference[0]
        return setting(reference[2])

    for _ in range(_DEEPEST):
        changed = _REFERENCE.sub(value, text) if "${" in text else text
        if changed == text:
            break
        text = changed
    return text
