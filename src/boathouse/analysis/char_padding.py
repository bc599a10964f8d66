"""Columns of CHAR compared: blanks at the end do not count, so Spark fills up the shorter side."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from boathouse.functions.registry import functions
from boathouse.plan import expressions as e
from boathouse.types import datatypes as t
from boathouse.types.char_types import DECLARED

_COMPARING = frozenset(("=", "<=>", "!=", "<", "<=", ">", ">="))
_CHAR = re.compile(r"char\((\d+)\)( collate \w+)?")

Arguments = Sequence[e.Expression | None]


def with_blanks(
    name: str, arguments: Arguments, constant: Callable[[e.Expression], Any]
) -> Arguments:
    """`arguments` of a comparison or IN, filled up with blanks where a column of CHAR meets
    constants or another one; `constant` gives the value of an expression, anything but a text where
    it has none.
    """
    if name not in _COMPARING and name != "in":
        return arguments
    lengths = [_declared(argument) for argument in arguments]
    if not any(lengths):
        return arguments
    if name == "in":
        # What is in a list of one is what equals it.
        constants = len(arguments) == 2 or (lengths[0] and not any(lengths[1:]))
        return _filled(arguments, lengths, constant) if constants else arguments
    return _filled(arguments, lengths, constant)


def _filled(
    arguments: Arguments, declared: Sequence[int], constant: Callable[[e.Expression], Any]
) -> Arguments:
    lengths: list[int] = []
    for argument, length in zip(arguments, declared, strict=True):
        if not length:
            value = None if argument is None else constant(argument)
            if not isinstance(value, str):
                return arguments
            lengths.append(len(value))
        else:
            lengths.append(length)
    longest = max(lengths)
    return [
        argument if argument is None or length == longest else _padded(argument, longest)
        for argument, length in zip(arguments, lengths, strict=True)
    ]


def _declared(value: e.Expression | None) -> int:
    """The length of a column of CHAR, 0 for anything else."""
    if isinstance(value, e.OuterReference):
        value = value.attribute
    if not isinstance(value, e.Attribute) or not value.metadata:
        return 0
    found = _CHAR.fullmatch(str(dict(value.metadata).get(DECLARED, "")))
    return int(found[1]) if found else 0


def _padded(value: e.Expression, length: int) -> e.Call:
    function = functions()["padded_to_char"]
    arguments = (value, e.Literal(length, t.INTEGER))
    return e.Call(function, arguments, value.type, value.nullable)
