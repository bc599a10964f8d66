"""Spark's error conditions as data.

`conditions.json` holds one line per condition: its name, its SQLSTATE and a message with
``<parameter>``s. Names, SQLSTATEs and parameters are Spark 4.2's; the messages are our own. A
sub-condition (``PARENT.SUB``) is told as its parent's message followed by its own, so each states
only what it adds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

_PARAMETER = re.compile(r"<(\w+)>")


@cache
def conditions() -> Mapping[str, tuple[str, str]]:
    """Every condition: name -> (SQLSTATE, message). Read at the first error, not at import."""
    text = resources.files("boathouse.errors").joinpath("conditions.json").read_text("utf-8")
    return {name: (sqlstate, message) for name, (sqlstate, message) in json.loads(text).items()}


def sqlstate_of(condition: str) -> str:
    """The SQLSTATE of `condition`, empty where Spark gives none; KeyError for one that is not in
    the table.
    """
    return conditions()[condition][0]


def template_of(condition: str) -> str:
    """The message of `condition`, its parent's part included, with its ``<parameter>``s."""
    parent, dot, _ = condition.partition(".")
    own = conditions()[condition][1]
    return f"{conditions()[parent][1]} {own}".rstrip() if dot else own


def parameters_of(condition: str) -> tuple[str, ...]:
    """The names of the parameters of `condition`, each once, in the order of its message."""
    return tuple(dict.fromkeys(_PARAMETER.findall(template_of(condition))))


def message_of(condition: str, parameters: Mapping[str, str]) -> str:
    """The text of `condition` with `parameters` filled in; one that is missing stays visible."""
    return _PARAMETER.sub(lambda m: parameters.get(m[1], m[0]), template_of(condition))
