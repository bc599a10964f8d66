"""Arguments that a lowering must know, such as patterns, where they come out of a column.

Each value of the column is lowered for itself, once per batch, and computed for the rows that have
it: rare enough to be dear, and the answer is that of a constant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from boathouse.duck.kernels import kernel
from boathouse.duck.tree import Expression, literal
from boathouse.duck.types import duck_type
from boathouse.functions.signature import Argument, Takes, argument_at

Lowering = Callable[..., Expression]
_NEEDED = ("arguments", "result", "zone")


def lowered_by_value(
    name: str, rules: Sequence[Takes], needs: Sequence[str], lowering: Lowering
) -> tuple[Lowering, tuple[str, ...]]:
    """`lowering` of the function `name`, and what it needs now: it still gets every argument of a
    rule that is `known` as a constant.
    """
    places = tuple(place for place, rule in enumerate(rules) if rule.known)
    if not places:
        return lowering, tuple(needs)

    def known(*given: Expression | None, **facts: Any) -> Expression:
        arguments: tuple[Argument, ...] = facts["arguments"]
        varying = tuple(
            place
            for place in places
            if (argument := argument_at(arguments, place)) is not None and not argument.constant
        )
        if not varying:
            written = [
                _literal(one, argument_at(arguments, place)) if place in places else one
                for place, one in enumerate(given)
            ]
            return lowering(*written, **{need: facts[need] for need in needs})
        present = tuple(place for place, one in enumerate(given) if one is not None)
        others = {need: fact for need, fact in facts.items() if need not in _NEEDED}
        compute = kernel(
            "by_value",
            "by_value",
            facts["result"],
            name=name,
            result=facts["result"],
            types=tuple(argument.type for argument in arguments),
            present=present,
            constants=tuple(
                (place, argument.value)
                for place, argument in enumerate(arguments)
                if argument.constant and place in present and place not in varying
            ),
            varying=varying,
            zone=facts["zone"],
            facts=tuple(others.items()),
        )
        return compute(*(one for one in given if one is not None))

    return known, tuple(dict.fromkeys((*needs, *_NEEDED)))


def _literal(given: Expression | None, argument: Argument | None) -> Expression | None:
    """The literal of a constant that is computed."""
    if given is None or argument is None or not isinstance(argument.value, (str, int)):
        return given
    return literal(argument.value, duck_type(argument.type))
