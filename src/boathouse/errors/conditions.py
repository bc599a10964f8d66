"""Error conditions as data: name -> (SQLSTATE, message with <parameter>s)."""

from __future__ import annotations

import re

CONDITIONS: dict[str, tuple[str, str]] = {
    "INTERNAL_ERROR": ("XX000", "<message>"),
    "UNSUPPORTED_FEATURE.NOT_BUILT": ("0A000", "Boathouse does not support <feature> yet."),
    "PARSE_SYNTAX_ERROR": ("42601", "Syntax error at or near <error><hint>."),
    "DIVIDE_BY_ZERO": ("22012", "Division by zero."),
}

_PARAMETER = re.compile(r"<(\w+)>")


def sqlstate_of(condition: str) -> str:
    """The SQLSTATE of `condition`; KeyError for one that is not in the table."""
    return CONDITIONS[condition][0]


def message_of(condition: str, parameters: dict[str, str]) -> str:
    """The text of `condition` with `parameters` filled in."""
    return _PARAMETER.sub(lambda m: parameters.get(m[1], m[0]), CONDITIONS[condition][1])
